//! What is made once for all tests: the release tree and the tool.

use std::path::PathBuf;
use std::sync::OnceLock;

use end_to_end::act::Act;
use end_to_end::release::{self, ReleaseTree};

/// The tree behind `org/actions@v1`.
pub(crate) fn release_tree() -> PathBuf {
    static TREE: OnceLock<ReleaseTree> = OnceLock::new();
    TREE.get_or_init(|| ReleaseTree::find().unwrap()).path()
}

/// The folder with the tools.
pub(crate) fn tools() -> PathBuf {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| release::tools().unwrap()).clone()
}

/// A workflow that finds our actions and their tools.
pub(crate) fn act(workflow: &str) -> Act {
    let act = Act::new(workflow).unwrap();
    act.repository(release::NAME, &release_tree()).env("SIGNALBOX_BIN_DIR", tools())
}

/// The head of a workflow with one job, whose steps follow.
pub(crate) const ONE_JOB: &str = "\
name: one job
on: push
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
";
