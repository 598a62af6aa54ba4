//! What is made once for all tests: the release tree and the tool.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use end_to_end::act::Act;
use end_to_end::release::{self, ReleaseTree};

/// Something that is made again when no test holds it any more: what a static owns is never removed.
type Shared<T> = Mutex<Weak<T>>;

fn shared(of: &Shared<ReleaseTree>, make: impl FnOnce() -> ReleaseTree) -> Arc<ReleaseTree> {
    let mut shared = of.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let tree = Arc::new(make());
        *shared = Arc::downgrade(&tree);
        tree
    })
}

/// The tree behind `org/actions@v1`.
pub(crate) fn release_tree() -> Arc<ReleaseTree> {
    static TREE: Shared<ReleaseTree> = Mutex::new(Weak::new());
    shared(&TREE, || ReleaseTree::find().unwrap())
}

/// The same without what tools are built from.
fn actions() -> Arc<ReleaseTree> {
    static TREE: Shared<ReleaseTree> = Mutex::new(Weak::new());
    shared(&TREE, || release_tree().without_source().unwrap())
}

/// The folder with the tools.
pub(crate) fn tools() -> PathBuf {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| release::tools().unwrap()).clone()
}

/// A workflow that finds our actions and their tools.
pub(crate) fn act(workflow: &str) -> Act {
    let act = Act::new(workflow).unwrap();
    act.release(actions()).env("SIGNALBOX_BIN_DIR", tools())
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
