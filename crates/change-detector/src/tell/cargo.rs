//! Words for cargo, which takes packages of one workspace in a call.
//!
//! `-p` with the name of a package of another workspace is an error (The Cargo Book, "cargo test",
//! "Package Selection"; seen with cargo 1.95). So there are words for each workspace, and the plain
//! outputs are for one of them: the only one that is affected, or else the nearest to the root, and then
//! it is told that there are more.

use affected::impact::{Chosen, Workspace};
use bstr::ByteSlice as _;
use diagnostics::{Foreign, Level, Problem, text};
use runner_protocol::Out;
use serde::Serialize;

use super::Told;
use super::outputs::{filterset, flags};
use crate::wire::{line_of, shell_word};

/// The words for one workspace.
#[derive(Serialize)]
struct Entry {
    #[serde(rename = "manifest-path")]
    manifest: String,
    args: String,
    excludes: String,
    #[serde(rename = "nextest-filter")]
    filter: String,
}

fn chosen<'g>(told: &'g Told<'_>) -> Chosen<'g> {
    Chosen::new(&told.gathered.graphs, "cargo", &told.decision.impact)
}

/// Flags for the chosen workspace, after its manifest unless cargo finds that by itself.
fn words(chosen: &Chosen<'_>, flag: &str, names: &[&str]) -> String {
    let flags = flags(flag, names);
    if chosen.is_nearest {
        return flags;
    }
    format!("--manifest-path {} {flags}", manifest(chosen.one.root)).trim_end().to_owned()
}

/// Sets the outputs that are for cargo.
pub(super) fn set(told: &Told<'_>, out: &mut Out) {
    let chosen = chosen(told);
    out.output("cargo-args", words(&chosen, "-p", &chosen.one.affected));
    out.output("cargo-excludes", words(&chosen, "--exclude", &chosen.one.others));
    out.output("nextest-filter", filterset(&chosen.one.affected));
    let entries: Vec<Entry> = chosen.affected.iter().map(entry).collect();
    out.output("cargo-workspaces", line_of(&entries));
    if chosen.affected.len() > 1 {
        let message = text![
            "affected crates lie in ",
            chosen.affected.len(),
            " workspaces, and `cargo-args` is for that of ",
            Foreign::from(manifest(chosen.one.root).as_str()),
            " alone"
        ];
        let level = if chosen.are_within { Level::Notice } else { Level::Warning };
        let problem = Problem { level, ..Problem::warning(message) };
        out.problem(problem.help("call cargo for each of `cargo-workspaces`, as a matrix"));
    }
}

/// The arguments for one call.
pub(super) fn args(told: &Told<'_>) -> String {
    let chosen = chosen(told);
    words(&chosen, "-p", &chosen.one.affected)
}

fn entry(workspace: &Workspace<'_>) -> Entry {
    Entry {
        manifest: manifest(workspace.root),
        args: flags("-p", &workspace.affected),
        excludes: flags("--exclude", &workspace.others),
        filter: filterset(&workspace.affected),
    }
}

/// The manifest of a workspace, as a word for a shell.
fn manifest(root: &[u8]) -> String {
    let path =
        if root.is_empty() { b"Cargo.toml".to_vec() } else { [root, b"/Cargo.toml"].concat() };
    shell_word(&path).to_str_lossy().into_owned()
}
