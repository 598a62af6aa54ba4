//! What a person asked for, in the words of the decision.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};
use diagnostics::{Foreign, Problem, text};
use ecosystems::caches::{Layer, Settings, Wants, Workspace};
use repo_model::RepoPath;
use runner_protocol::{Cause, Failure, Out};

use crate::args::ComputeArgs;

/// The settings.
pub(crate) fn settings(args: &ComputeArgs, layers: &BTreeSet<Layer>) -> Result<Settings, Failure> {
    let lines = args.workspaces.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
    let mut workspaces = Vec::new();
    let mut problems = Vec::new();
    for line in lines {
        match workspace(line) {
            Ok(workspace) => workspaces.push(workspace),
            Err(problem) => problems.push(*problem),
        }
    }
    if !problems.is_empty() {
        return Err(Failure { cause: Cause::NoAnswer, problems });
    }
    Ok(Settings {
        workspaces,
        keeps_workspace: layers.contains(&Layer::Workspace),
        requires_lock: args.require_lock,
    })
}

/// A line of `workspaces`: `folder`, or `folder -> products`.
fn workspace(line: &str) -> Result<Workspace, Box<Problem>> {
    let (folder, target) = match line.split_once("->") {
        Some((folder, target)) => (folder.trim(), Some(target.trim())),
        None => (line, None),
    };
    let folder = match folder {
        "" | "." | "./" => Vec::new(),
        other => match RepoPath::normalized(other.as_bytes()) {
            Ok(path) => path.as_bytes().to_vec(),
            Err(error) => {
                let line = Foreign::from(line);
                return Err(Box::new(Problem::error(text!["the workspace ", line, " is no folder of this repository"])
                    .label(diagnostics::Piece::said(&error))
                    .help("name a folder from the root of the repository: `crates/a`, or `crates/a -> target`")));
            }
        },
    };
    let target = target.filter(|target| !target.is_empty());
    Ok(Workspace { folder, target: target.map(|target| target.as_bytes().to_vec()) })
}

/// The variables that count.
pub(crate) fn variables(wants: &Wants, own: &str, out: &Out) -> BTreeMap<BString, BString> {
    let own = own.split_whitespace();
    let patterns: Vec<&str> = wants.variables.iter().copied().chain(own).collect();
    out.variables(&|name: &[u8]| {
        patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with_str(beginning),
            None => name == pattern.as_bytes(),
        })
    })
}

/// The job that this is a step of; `local` outside of one.
pub(crate) fn job(out: &Out) -> String {
    out.context().map_or_else(|_| "local".to_owned(), |context| context.job)
}
