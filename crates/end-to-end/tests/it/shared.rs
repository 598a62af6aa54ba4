//! What is made once for all tests: the release tree and the tool.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use end_to_end::act::Act;
use end_to_end::release::{self, ReleaseTree};

/// The tree behind `org/actions@v1`, made again when no test holds it any more: what a static
/// owns is never removed.
pub(crate) fn release_tree() -> Arc<ReleaseTree> {
    static TREE: Mutex<Weak<ReleaseTree>> = Mutex::new(Weak::new());
    let mut shared = TREE.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let tree = Arc::new(ReleaseTree::find().unwrap());
        *shared = Arc::downgrade(&tree);
        tree
    })
}

/// The folder with the tools.
pub(crate) fn tools() -> PathBuf {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| release::tools().unwrap()).clone()
}

/// A workflow that finds our actions and their tools.
pub(crate) fn act(workflow: &str) -> Act {
    let act = Act::new(workflow).unwrap();
    act.release(release_tree()).env("SIGNALBOX_BIN_DIR", tools())
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
