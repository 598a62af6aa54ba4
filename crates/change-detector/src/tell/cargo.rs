//! Words for cargo, which takes packages of one workspace in a call.
//!
//! `-p` with the name of a package of another workspace is an error (The Cargo Book, "cargo test",
//! "Package Selection"; seen with cargo 1.95). So there are words for each workspace, and the plain
//! outputs are for one of them: the only one that is affected, or else the nearest to the root, and then
//! it is told that there are more.

use affected::impact::{Workspace, workspaces};
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

/// The workspaces with affected packages, and the one that plain words are for.
struct Chosen<'g> {
    affected: Vec<Workspace<'g>>,
    one: Workspace<'g>,
    /// What comes before the words, unless cargo finds the workspace by itself.
    at: String,
}

impl<'g> Chosen<'g> {
    fn new(told: &'g Told<'_>) -> Self {
        let all = workspaces(&told.gathered.graphs, "cargo", &told.decision.impact);
        let affected: Vec<Workspace<'g>> =
            all.iter().filter(|it| !it.affected.is_empty()).cloned().collect();
        let one = affected.first().or(all.first()).cloned().unwrap_or_default();
        let is_first = all.first().is_none_or(|first| first.root == one.root);
        let at = if is_first {
            String::new()
        } else {
            format!("--manifest-path {} ", manifest(one.root))
        };
        Self { affected, one, at }
    }

    fn words(&self, flag: &str, names: &[&str]) -> String {
        format!("{}{}", self.at, flags(flag, names)).trim_end().to_owned()
    }
}

/// Sets the outputs that are for cargo.
pub(super) fn set(told: &Told<'_>, out: &mut Out) {
    let chosen = Chosen::new(told);
    out.output("cargo-args", chosen.words("-p", &chosen.one.affected));
    out.output("cargo-excludes", chosen.words("--exclude", &chosen.one.others));
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
        // A workspace within another, such as that of cargo-fuzz, is left out on purpose more often.
        let around = chosen.one.root;
        let is_within = |it: &Workspace<'_>| {
            let rest = it.root.strip_prefix(around);
            rest.is_some_and(|rest| around.is_empty() || matches!(rest.first(), None | Some(b'/')))
        };
        let is_usual = chosen.affected.iter().all(is_within);
        let level = if is_usual { Level::Notice } else { Level::Warning };
        let problem = Problem { level, ..Problem::warning(message) };
        out.problem(problem.help("call cargo for each of `cargo-workspaces`, as a matrix"));
    }
}

/// The arguments for one call.
pub(super) fn args(told: &Told<'_>) -> String {
    let chosen = Chosen::new(told);
    chosen.words("-p", &chosen.one.affected)
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
