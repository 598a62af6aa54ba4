//! What a person asked for, in the words of the decision.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};
use diagnostics::{Foreign, Problem, text};
use ecosystems::caches::{
    Found, Ingredient, Layer, Level, Place, Reuse, Settings, Source, Wants, Workspace,
};
use repo_model::RepoPath;
use runner_protocol::{Cause, Failure, Out};

use crate::args::ComputeArgs;

/// What is kept: `layers`, with what the inputs of rust-cache say beside it.
pub(crate) fn layers(args: &ComputeArgs) -> BTreeSet<Layer> {
    let mut layers: BTreeSet<Layer> = args.layers.iter().map(|layer| layer.layer()).collect();
    if args.cache_workspace_crates {
        layers.insert(Layer::Workspace);
    }
    if !args.cache_targets {
        layers = BTreeSet::from([Layer::Registry]);
    }
    layers
}

/// What a person keeps besides.
pub(crate) fn own(args: &ComputeArgs, out: &Out) -> Found {
    let place = |path: &str| Place {
        path: path.as_bytes().to_vec(),
        layer: Layer::Registry,
        reuse: Reuse::SameToolchain,
        why: "`cache-directories` says that it is to be kept",
    };
    let places = args.cache_directories.split_whitespace().map(place).collect();
    let ingredients = own_variables(&args.env_vars, out).into_iter().collect();
    Found { places, ingredients, ..Found::default() }
}

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
        keeps_dependencies: layers.contains(&Layer::Dependencies),
        keeps_programs: args.cache_bin,
        requires_lock: args.require_lock,
        build_args: super::recipe::build_args(args)?,
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

/// The variables that an ecosystem wants.
pub(crate) fn variables(wants: &Wants, out: &Out) -> BTreeMap<BString, BString> {
    out.variables(&|name: &[u8]| wants.variables.iter().any(|pattern| is_meant(pattern, name)))
}

/// The variables that a person named: what is kept depends on them, whatever it is.
fn own_variables(named: &str, out: &Out) -> Option<Ingredient> {
    // As rust-cache takes them: beginnings of names.
    let named: Vec<&str> =
        named.split_whitespace().map(|name| name.trim_end_matches('*')).collect();
    let set = out.variables(&|name: &[u8]| named.iter().any(|begin| name.starts_with_str(begin)));
    let mut it = Ingredient::new(
        Level::Toolchain,
        "environment",
        Source::Input("env-vars"),
        "somebody says that what is built depends on it",
    );
    for (name, value) in set.into_iter().filter(|(_, value)| !value.is_empty()) {
        it.hidden(name, value);
    }
    (!it.facts.is_empty()).then_some(it)
}

/// Whether a name of a variable, in which the first `*` stands for any letters, means another.
fn is_meant(pattern: &str, name: &[u8]) -> bool {
    match pattern.split_once('*') {
        None => name == pattern.as_bytes(),
        Some((beginning, end)) => {
            name.len() >= beginning.len() + end.len()
                && name.starts_with_str(beginning)
                && name.ends_with_str(end)
        }
    }
}

/// The job that this is a step of; `local` outside of one.
pub(crate) fn job(out: &Out) -> String {
    out.context().map_or_else(|_| "local".to_owned(), |context| context.job)
}
