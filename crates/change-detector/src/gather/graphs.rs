//! The packages of the ecosystems that are asked for.

use std::ffi::OsString;
use std::path::Path;

use affected::base::Resolution;
use affected::impact::Graph;
use diagnostics::{Foreign, Piece, Problem, text};
use ecosystems::workspaces::cargo::metadata::{self, Metadata};
use ecosystems::workspaces::{Reading, Sides, cargo, foundry, go, npm};
use git_cli::Repository;
use repo_model::ChangeSet;
use runner_protocol::{Failure, Out};

use super::{Policy, Trees, git};
use crate::args::{CargoGraph, FetchMode, GoUnit, GraphName, LookArgs};

/// The most that cargo may say of a workspace, in bytes.
const LONGEST: u64 = 512 << 20;

/// What cargo is asked. Without all features it would leave out what an optional dependency leads to.
const ASKED: [&str; 6] =
    ["metadata", "--format-version", "1", "--locked", "--quiet", "--all-features"];

/// What is looked at, and how it was asked for.
pub(super) struct Here<'a> {
    pub(super) repository: &'a Repository,
    pub(super) args: &'a LookArgs,
    pub(super) resolution: &'a Resolution,
}

/// The graphs, in a fixed order.
pub(super) fn graphs(
    policy: &Policy,
    here: &Here<'_>,
    trees: &Trees,
    changes: &ChangeSet,
    out: &mut Out,
) -> Result<Vec<Graph>, Failure> {
    let sides = Sides { base: trees.base.as_deref(), head: trees.head.as_ref(), changes };
    let mut graphs = Vec::new();
    for name in &policy.graphs {
        let reading = match name {
            GraphName::Cargo => of_cargo(&sides, here)?,
            GraphName::Npm => npm::read(&sides).map_err(|problem| Failure::no_answer(*problem))?,
            GraphName::Go => {
                let unit = match here.args.graph.go_unit {
                    GoUnit::Package => go::Unit::Package,
                    GoUnit::Module => go::Unit::Module,
                };
                go::read(&sides, unit).map_err(|problem| Failure::no_answer(*problem))?
            }
            GraphName::Foundry => {
                foundry::read(&sides).map_err(|problem| Failure::no_answer(*problem))?
            }
        };
        for problem in &reading.problems {
            out.problem(problem.clone());
        }
        graphs.push(Graph { ecosystem: name.name(), reading });
    }
    if graphs.iter().all(|graph| graph.reading.packages.is_empty()) && !graphs.is_empty() {
        let mut message = text!["there is no package of"];
        for graph in &graphs {
            message.text(" ").text(graph.ecosystem);
        }
        let problem = Problem::warning(message);
        out.problem(problem.help("see `graph`, and whether the manifests are committed"));
    }
    Ok(graphs)
}

fn of_cargo(sides: &Sides<'_>, here: &Here<'_>) -> Result<Reading, Failure> {
    let args = &here.args.graph;
    let metadata = match args.cargo_graph {
        CargoGraph::Manifests => None,
        CargoGraph::Metadata => Some(asked(here)?),
    };
    let options = cargo::Options { scan_includes: args.scan_includes, metadata: metadata.as_ref() };
    cargo::read(sides, &options).map_err(|problem| Failure::no_answer(*problem))
}

/// What cargo itself says of the head, which must be what is checked out.
fn asked(here: &Here<'_>) -> Result<Metadata, Failure> {
    let checked_out = here.repository.head().map_err(|failure| git(&failure))?;
    if checked_out != here.resolution.head && !here.args.range.worktree {
        return Err(Failure::no_answer(
            Problem::error("cargo can only be asked about what is checked out, and that is another commit than the head")
                .help("check the head out, or leave `cargo-graph` at `manifests`, which reads any commit"),
        ));
    }
    let Some(top) = here.repository.top_level() else {
        return Err(Failure::no_answer(
            Problem::error("cargo can only be asked where files are checked out")
                .help("leave `cargo-graph` at `manifests`"),
        ));
    };
    let mut words = ASKED.to_vec();
    if here.args.range.fetch == FetchMode::Never {
        words.push("--offline");
    }
    let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    let said = system::run("cargo", &words, Path::new("."), LONGEST).map_err(|failure| {
        Failure::environment(
            Problem::error("cargo cannot be asked for the packages")
                .label(Piece::said(&failure))
                .help("install Rust, or leave `cargo-graph` at `manifests`, which needs none"),
        )
    })?;
    if said.code != Some(0) {
        return Err(Failure::environment(refused(&said.stderr)));
    }
    metadata::read(&said.stdout, top.as_os_str().as_encoded_bytes())
        .map_err(|problem| Failure::no_answer(*problem))
}

/// That cargo gave no answer, by what it said instead.
fn refused(stderr: &[u8]) -> Problem {
    let has = |word: &str| stderr.windows(word.len()).any(|it| it == word.as_bytes());
    let help = if has("could not find `Cargo.toml`") {
        "run where the workspace is (`working-directory`), or leave `cargo-graph` at `manifests`"
    } else if has("--locked") {
        "commit the lock file that cargo would write, or leave `cargo-graph` at `manifests`"
    } else {
        "see that cargo answers here, or leave `cargo-graph` at `manifests`, which needs none"
    };
    let said = Foreign::new(error_of(stderr));
    Problem::error(text!["`cargo metadata --locked` failed: ", said]).help(help)
}

/// The error and its causes, of all that cargo writes: it ends with advice, or with a piece of a file.
fn error_of(stderr: &[u8]) -> Vec<u8> {
    let lines = stderr.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut lines = lines.filter(|line| !line.is_empty()).peekable();
    let first = lines.peek().copied().unwrap_or(b"it said nothing");
    let error = lines.by_ref().find(|line| line.starts_with(b"error")).unwrap_or(first);
    let mut said = vec![error.strip_prefix(b"error: ").unwrap_or(error)];
    while let Some(line) = lines.next() {
        said.extend(lines.next_if(|_| line == b"Caused by:"));
    }
    said.join(&b"; "[..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stderr: &str, said: &str, help: &str) {
        let problem = refused(stderr.as_bytes());
        let wanted = text!["`cargo metadata --locked` failed: ", Foreign::from(said)];
        assert_eq!(problem.message, wanted);
        assert!(format!("{problem:?}").contains(help), "{problem:?}");
    }

    /// What cargo 1.95 writes.
    #[test]
    fn what_cargo_refuses_is_quoted_with_its_causes() {
        check(
            "error: could not find `Cargo.toml` in `/w` or any parent directory\n",
            "could not find `Cargo.toml` in `/w` or any parent directory",
            "working-directory",
        );
        check(
            "error: cannot update the lock file /w/Cargo.lock because --locked was passed to prevent this\nhelp: to generate the lock file without accessing the network, remove the --locked flag and use --offline instead.\n",
            "cannot update the lock file /w/Cargo.lock because --locked was passed to prevent this",
            "commit the lock file",
        );
        check(
            "warning: x\nerror: failed to load manifest for workspace member `/w/a`\n\nCaused by:\n  failed to parse manifest at `/w/a/Cargo.toml`\n\nCaused by:\n  key with no value\n   --> Cargo.toml:4:5\n",
            "failed to load manifest for workspace member `/w/a`; failed to parse manifest at `/w/a/Cargo.toml`; key with no value",
            "see that cargo answers",
        );
        check("", "it said nothing", "see that cargo answers");
        check("\n killed\n", "killed", "see that cargo answers");
    }
}
