//! What is made once for all tests: the release tree and the tool.

use std::fmt::Write as _;
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

/// The jobs of a workflow with what they need and when they run, as they stand. They do nothing, and those that
/// the variable `FAILS` names fail.
pub(crate) fn skeleton(workflow: &str) -> String {
    let (_, jobs) = workflow.split_once("\njobs:\n").unwrap();
    let mut made = "name: skeleton\non: push\npermissions: {}\njobs:\n".to_owned();
    let mut job = "";
    for line in jobs.lines() {
        let name = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':'));
        if let Some(name) = name.filter(|name| !name.starts_with([' ', '#'])) {
            job = name;
            let _ = writeln!(made, "  {job}:\n    runs-on: ubuntu-latest");
        } else if line.starts_with("    needs: ") || line.starts_with("    if: ") {
            let _ = writeln!(made, "{line}");
        } else if line == "    steps:" {
            let _ = writeln!(
                made,
                "    steps:\n      - run: case \" $FAILS \" in *\" {job} \"*) exit 1 ;; esac"
            );
        }
    }
    made
}
