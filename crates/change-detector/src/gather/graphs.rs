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
    let mut words = vec!["metadata", "--format-version", "1", "--locked", "--quiet"];
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
        let last = said.stderr.rsplit(|byte| *byte == b'\n').find(|line| !line.is_empty());
        let last = Foreign::new(last.unwrap_or_default());
        return Err(Failure::environment(
            Problem::error(text!["`cargo metadata --locked` failed: ", last]).help(
                "see that the lock file is up to date, or leave `cargo-graph` at `manifests`",
            ),
        ));
    }
    metadata::read(&said.stdout, top.as_os_str().as_encoded_bytes())
        .map_err(|problem| Failure::no_answer(*problem))
}
