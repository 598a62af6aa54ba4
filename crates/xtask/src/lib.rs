//! Chores: what is generated, and the rules that the machine keeps.
//!
//! `cargo xtask generate` writes each action's `action.yml` and the tables of its README from the
//! tool's own declarations; with `--check` it writes nothing and fails on drift. `bench` measures.
//! The rules of the house (arrows between crates, headers, pins, places) are functions here and tests in `tests/`.

#![expect(clippy::disallowed_methods, reason = "a chore reads and writes the repository's files")]
#![expect(clippy::print_stdout, reason = "a chore talks to the person who started it")]

pub mod action_yml;
pub mod arrows;
pub mod bench;
pub mod elsewhere;
pub mod files;
pub mod generate;
pub mod headers;
pub mod inputs;
pub mod pipelines;
pub mod readme;
pub mod release;
pub mod yaml_lines;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use runner_protocol::Interface;

/// Chores of the signalbox repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Write what is generated: each action.yml and the tables of the READMEs.
    Generate {
        /// Write nothing; fail if something is not up to date.
        #[arg(long)]
        check: bool,
    },
    /// Build the tools with the release profile and fail if one is too large.
    Size {
        /// Look at the binaries in this folder instead, named `<tool>-<target>` as they are released.
        #[arg(long, value_name = "FOLDER")]
        assets: Option<PathBuf>,
    },
    /// Say everything that stands against a release of this version.
    ReleaseCheck {
        /// The version, as 1.2.3.
        version: String,
        /// A file with the names of the tags that are there, one a line.
        #[arg(long)]
        tags: PathBuf,
        /// The repository to look at; this one if not given.
        #[arg(long)]
        root: Option<PathBuf>,
    },
    /// Print the notes of a release, from the changelog.
    ReleaseNotes {
        /// The version, as 1.2.3.
        version: String,
        /// The repository that releases, as owner/name.
        #[arg(long)]
        repository: String,
        /// The release commit.
        #[arg(long)]
        commit: String,
        /// The commit of the source.
        #[arg(long)]
        source: String,
        /// The repository to look at; this one if not given.
        #[arg(long)]
        root: Option<PathBuf>,
    },
    /// Measure the tools against floors and peers; build them with the release profile first.
    Bench {
        /// The times to balance: a JSON object from names to seconds. Made up if not given.
        timings: Option<PathBuf>,
    },
    /// Compare shard-splitter with its peers and measure it on hard instances.
    BenchShard {
        /// A folder of JSON files from names to seconds, with a history of one suite in a folder.
        data: Option<PathBuf>,
    },
    /// Measure change-detector beside plain git, node and its peers.
    BenchChanges {
        /// A folder with real commits and what they affect.
        data: Option<PathBuf>,
    },
    /// Count how often the rule of the performance gate is wrong on this machine.
    BenchNoise,
    /// The program that `bench-noise` measures.
    #[command(hide = true)]
    NoiseWork {
        /// How much work it does, in hundredths of the usual.
        hundredths: u64,
    },
    /// Measure gate-check on large reports beside a scan of their bytes and its peers.
    BenchGate,
    /// Measure how long cache-key takes to make a key, and to say what may go of a cache.
    BenchCacheKey,
    /// Measure cache-key's hash of 100 000 files beside sha256sum and node.
    BenchHash,
    /// Measure how long gpu-matcher takes to place 10 000 jobs on 1 000 runners.
    BenchGpu,
}

/// The tools, in the order of the table in the README. A new action is one line here.
pub fn interfaces() -> Vec<Interface> {
    vec![
        change_detector::interface(),
        cache_key::interface(),
        shard_splitter::interface(),
        gpu_matcher::interface(),
        gate_check::interface(),
    ]
}

/// Runs the chore that the command line names.
///
/// # Errors
/// When a file cannot be read or written, two declarations contradict each other, or what is
/// measured does not work.
pub fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().chore {
        Chore::Generate { check } => generated(check),
        Chore::Size { assets } => {
            match assets {
                Some(folder) => bench::size_of_assets(&folder)?,
                None => bench::size(&files::root())?,
            }
            Ok(ExitCode::SUCCESS)
        }
        Chore::ReleaseCheck { version, tags, root } => checked(&version, &tags, root),
        Chore::ReleaseNotes { version, repository, commit, source, root } => {
            let (version, repository) = (version.as_str(), repository.as_str());
            let facts =
                release::notes::Facts { version, repository, commit: &commit, source: &source };
            print!("{}", release::notes(&root.unwrap_or_else(files::root), &facts)?);
            Ok(ExitCode::SUCCESS)
        }
        Chore::Bench { timings } => {
            bench::run(&files::root(), timings.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Chore::BenchShard { data } => bench::shard(&files::root(), data.as_deref()),
        Chore::BenchChanges { data } => bench::changes(&files::root(), data.as_deref()),
        Chore::BenchNoise => bench::noise(&files::root()),
        Chore::NoiseWork { hundredths } => {
            bench::noise_work(hundredths);
            Ok(ExitCode::SUCCESS)
        }
        Chore::BenchGate => bench::gate(&files::root()),
        Chore::BenchCacheKey => bench::cache_key(&files::root()),
        Chore::BenchHash => bench::hash(&files::root()),
        Chore::BenchGpu => bench::gpu(&files::root()),
    }
}

fn checked(version: &str, tags: &Path, root: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let names = std::fs::read_to_string(tags)
        .with_context(|| format!("failed to read {}", tags.display()))?;
    let mistakes = release::mistakes(&root.unwrap_or_else(files::root), version, &names)?;
    if mistakes.is_empty() {
        println!("manifest, lock file, changelog and tags agree on {version}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{version} cannot be released:");
    for mistake in &mistakes {
        println!("  {mistake}");
    }
    Ok(ExitCode::FAILURE)
}

fn generated(check: bool) -> anyhow::Result<ExitCode> {
    let root = files::root();
    let stale = generate::stale(&root, &interfaces())?;
    if stale.is_empty() {
        println!("everything that is generated is up to date");
        return Ok(ExitCode::SUCCESS);
    }
    for file in &stale {
        if check {
            println!("stale: {}", file.path);
        } else {
            std::fs::write(root.join(&file.path), &file.wanted)?;
            println!("wrote {}", file.path);
        }
    }
    if check {
        println!("run `cargo xtask generate` and commit what it writes");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
