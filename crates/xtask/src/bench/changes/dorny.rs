//! dorny/paths-filter, if a checkout of it is named: its released JavaScript, started as GitHub starts it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::place::Place;

/// The variable that names a checkout.
pub(crate) const NAMED_BY: &str = "SIGNALBOX_BENCH_DORNY";

/// Its inputs with the defaults of its `action.yml` (version 4), which the runner would give; without a
/// token it asks git and no server.
const INPUTS: &[(&str, &str)] = &[
    ("INPUT_TOKEN", ""),
    ("INPUT_BASE", "main"),
    ("INPUT_LIST-FILES", "none"),
    ("INPUT_INITIAL-FETCH-DEPTH", "100"),
    ("INPUT_PREDICATE-QUANTIFIER", "some"),
];

/// A checkout.
pub(crate) struct Dorny {
    script: PathBuf,
    node: PathBuf,
}

impl Dorny {
    /// The one that is named, if node is here too.
    pub(crate) fn named(place: &Place) -> Option<Self> {
        let checkout = PathBuf::from(std::env::var_os(NAMED_BY)?);
        let script = checkout.join("dist/index.js").canonicalize().ok()?;
        Some(Self { script, node: place.node.clone()? })
    }

    pub(crate) fn step(&self, place: &Place, repository: &Path, filters: &str) -> Command {
        let mut node = place.alone(&self.node, repository);
        node.arg(&self.script).envs(INPUTS.iter().copied()).env("INPUT_FILTERS", filters);
        node
    }
}
