//! Jobs that are cargo commands: which of them need a GPU, and what their packages say that they need.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use diagnostics::{Foreign, Piece, Problem, text};
use ecosystems::workspaces::cargo::features::{Asks, Features, Hint, read};
use runner_protocol::{Cause, Failure, Out};
use system::{CommandFailure, run_within};

/// How long cargo may take to read the manifests of a workspace.
const PATIENCE: Duration = Duration::from_mins(1);

/// The most bytes of what it says.
const LARGEST: u64 = 256 << 20;

const HELP: &str =
    "write the command of `cargo` in plain words, as it is run at the root of the workspace";

/// What is known of jobs that are cargo commands.
#[derive(Default)]
pub(super) struct Cargo {
    /// The package that says what each of them needs, by job.
    pub(super) packages: BTreeMap<String, String>,
    /// The manifests of packages that say what they need.
    pub(super) manifests: Vec<String>,
    /// The jobs that build nothing that needs a GPU.
    pub(super) without_gpu: BTreeSet<String>,
    pub(super) remarks: Vec<Problem>,
}

/// Asks cargo for the packages, and finds out what each command builds.
pub(super) fn asked(
    commands: BTreeMap<String, Vec<String>>,
    out: &mut Out,
) -> Result<Cargo, Failure> {
    let features = metadata()?;
    let mut cargo = Cargo {
        manifests: features.gpu_packages().map(|(_, manifest)| manifest.to_owned()).collect(),
        remarks: features.hints().iter().map(Hint::problem).collect(),
        ..Cargo::default()
    };
    for (name, words) in commands {
        match features.asks(&words) {
            Asks::Gpu { package, way, .. } => {
                let shown = Foreign::from(way.join(" -> ").as_str());
                let job = Foreign::from(name.as_str());
                out.trace(|say| {
                    say.append(text!["the job ", job, " needs a GPU: ", shown]);
                });
                cargo.packages.insert(name, package);
            }
            Asks::NoGpu => {
                cargo.without_gpu.insert(name);
            }
            Asks::Unknown(why) => {
                let message = text![
                    "it is not known whether the job ",
                    Foreign::from(name.as_str()),
                    " needs a GPU, so it is taken to: ",
                    Piece::said(&why)
                ];
                cargo.remarks.push(Problem::warning(message).help(HELP));
                // Where one package alone is for GPUs, what it needs is what the job needs.
                let mut packages = features.gpu_packages();
                if let (Some((package, _)), None) = (packages.next(), packages.next()) {
                    cargo.packages.insert(name, package.to_owned());
                }
            }
        }
    }
    Ok(cargo)
}

/// What cargo says of the packages here. Those from elsewhere are not asked for, which would need the network.
fn metadata() -> Result<Features, Failure> {
    let words = ["metadata", "--format-version", "1", "--no-deps"].map(OsString::from);
    let failed = |label: Piece| {
        Failure::environment(
            Problem::error("cargo does not say which packages there are")
                .label(label)
                .help("run `cargo metadata --no-deps` here, and see that cargo is installed"),
        )
    };
    match run_within("cargo", &words, Path::new("."), LARGEST, PATIENCE) {
        Ok(said) if said.code == Some(0) => {
            read(&said.stdout).map_err(|problems| Failure { cause: Cause::NoAnswer, problems })
        }
        Ok(said) => Err(failed(Piece::Said(Foreign::new(said.stderr)))),
        Err(failure) => Err(failed(match &failure {
            CommandFailure::Start(error) => Piece::said(error),
            CommandFailure::TooMuch(_) | CommandFailure::TimedOut(_) | CommandFailure::Read(_) => {
                Piece::said(&failure)
            }
        })),
    }
}
