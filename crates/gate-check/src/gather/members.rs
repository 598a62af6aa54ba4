//! The members of the cargo workspace, as cargo itself says.

use std::ffi::OsString;
use std::path::Path;

use diagnostics::{Foreign, Piece, Problem};
use runner_protocol::Failure;
use serde::Deserialize;

/// The most bytes that cargo may say: a workspace of ten thousand members.
const LONGEST: u64 = 256 << 20;
const HELP: &str =
    "see that cargo is there and the manifests can be read: `cargo metadata --no-deps`";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

/// The names of the members, sorted; none where there is no workspace here.
pub(super) fn members() -> Result<Vec<String>, Failure> {
    let is_there = system::exists(Path::new("Cargo.toml")).map_err(|failure| {
        super::files::refused(&failure, "the manifest", "see its permissions")
    })?;
    if !is_there {
        return Ok(Vec::new());
    }
    // Without dependencies nothing is looked up, so it needs no network.
    let words = ["metadata", "--no-deps", "--format-version", "1", "--offline"].map(OsString::from);
    let said = system::run("cargo", &words, Path::new("."), LONGEST).map_err(|failure| {
        let problem = Problem::error("cargo does not say which members the workspace has");
        Failure::environment(problem.label(Piece::said(&failure)).help(HELP))
    })?;
    if said.code != Some(0) {
        let why = Foreign::new(said.stderr.trim_ascii());
        let problem = Problem::error("cargo does not say which members the workspace has");
        return Err(Failure::no_answer(problem.label(diagnostics::text![why]).help(HELP)));
    }
    let metadata: Metadata = serde_json::from_slice(&said.stdout).map_err(|error| {
        let problem = Problem::error("what cargo says of the workspace cannot be read");
        Failure::environment(problem.label(Piece::said(&error)).help(HELP))
    })?;
    let mut names: Vec<String> = metadata.packages.into_iter().map(|it| it.name).collect();
    names.sort();
    Ok(names)
}
