//! Jobs that are cargo commands: which of them need a GPU, and what their packages say that they need.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use diagnostics::{Foreign, Piece, Problem, text};
use ecosystems::workspaces::cargo::features::{Asks, Features, Hint, read};
use placement::config::Job;
use runner_protocol::{Cause, Failure, Out};
use system::{CommandFailure, run_within};

/// How long cargo may take to read the manifests of a workspace.
const PATIENCE: Duration = Duration::from_mins(1);

/// The most bytes of what it says.
const LARGEST: u64 = 256 << 20;

const HELP: &str =
    "write one job a line, `kernels: cargo test -p kernels --features gpu`, in plain words";

/// What a package says that a job needs, as JSON, and where.
pub(super) struct Need {
    pub(super) json: String,
    pub(super) manifest: Foreign,
}

/// What is known of jobs that are cargo commands.
#[derive(Default)]
pub(super) struct Cargo {
    /// What their packages say, by job.
    pub(super) needs: BTreeMap<String, Need>,
    /// The jobs that build nothing that needs a GPU.
    none: BTreeSet<String>,
    /// The jobs that need one and whose packages do not say more.
    all: BTreeSet<String>,
    pub(super) remarks: Vec<Problem>,
}

impl Cargo {
    /// The jobs that need no GPU.
    ///
    /// # Errors
    /// If a job needs one and nobody says what for.
    pub(super) fn without_gpu(&self, jobs: &[Job]) -> Result<BTreeSet<String>, Failure> {
        let is_described = |name: &&String| !jobs.iter().any(|job| job.name == **name);
        let problems: Vec<Problem> = self
            .all
            .iter()
            .filter(is_described)
            .map(|name| {
                let name = Foreign::from(name.as_str());
                Problem::error(text!["what the job ", name, " needs is not known"]).help(
                    "write `[package.metadata.gpu]` into its package, or `[jobs.NAME]` into `.github/gpu-jobs.toml`",
                )
            })
            .collect();
        if problems.is_empty() {
            Ok(self.none.clone())
        } else {
            Err(Failure { cause: Cause::NoAnswer, problems })
        }
    }
}

/// Asks cargo for the packages, and finds out what each command builds.
pub(super) fn asked(lines: &[String], out: &mut Out) -> Result<Cargo, Failure> {
    let commands = commands(lines)?;
    let features = metadata()?;
    let mut cargo =
        Cargo { remarks: features.hints().iter().map(Hint::problem).collect(), ..Cargo::default() };
    for (name, words) in commands {
        match features.asks(&words) {
            Asks::Gpu { package, way, .. } => {
                let shown = Foreign::from(way.join(" -> ").as_str());
                let job = Foreign::from(name.as_str());
                out.trace(|say| {
                    say.append(text!["the job ", job, " needs a GPU: ", shown]);
                });
                cargo.need(&name, features.need(&package));
            }
            Asks::NoGpu => {
                cargo.name(&name);
                cargo.none.insert(name);
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
                let only = packages.next().filter(|_| packages.next().is_none());
                cargo.need(&name, only.and_then(|(package, _)| features.need(package)));
            }
        }
    }
    Ok(cargo)
}

impl Cargo {
    /// The jobs alone, of which nobody asked whether they need a GPU, because none of them gets one.
    pub(super) fn named(lines: &[String]) -> Result<Self, Failure> {
        let mut cargo = Self::default();
        for name in commands(lines)?.keys() {
            cargo.name(name);
        }
        Ok(cargo)
    }

    /// A job that is placed nowhere, and a job all the same.
    fn name(&mut self, name: &str) {
        let (json, manifest) = ("{}".to_owned(), Foreign::from("the input `cargo-commands`"));
        self.needs.insert(name.to_owned(), Need { json, manifest });
    }

    fn need(&mut self, name: &str, need: Option<(String, &str)>) {
        self.all.insert(name.to_owned());
        if let Some((json, manifest)) = need {
            let manifest = Foreign::from(format!("[package.metadata.gpu] of {manifest}").as_str());
            self.needs.insert(name.to_owned(), Need { json, manifest });
        }
    }
}

/// The words of each job's command, by its name.
fn commands(lines: &[String]) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let mut problems = Vec::new();
    let mut commands: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
        match command(line) {
            Some((name, words)) if !commands.contains_key(name) => {
                commands.insert(name.to_owned(), words);
            }
            Some((name, _)) => problems.push(
                Problem::error(text!["the job ", Foreign::from(name), " has two commands"])
                    .help(HELP),
            ),
            None => problems.push(
                Problem::error(text!["this is no job with a command: ", Foreign::from(line)])
                    .help(HELP),
            ),
        }
    }
    if !problems.is_empty() {
        return Err(Failure { cause: Cause::NoAnswer, problems });
    }
    Ok(commands)
}

/// A job's name and the words of its command. A shell would make something else of other letters.
fn command(line: &str) -> Option<(&str, Vec<String>)> {
    let (name, command) = line.split_once(':')?;
    let name = name.trim();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let is_plain =
        |letter: char| letter.is_ascii_alphanumeric() || " \t_-./,:=@+?".contains(letter);
    let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    let is_right = !name.is_empty() && name.bytes().all(is_name) && command.chars().all(is_plain);
    (is_right && !words.is_empty()).then_some((name, words))
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
