//! Histories: for each event the base, the head, the reason and the files that follow from it.
//!
//! What is expected stands in each case by reasoning, and wherever both ends are commits git's own
//! `git diff --name-status` is asked for it again.

mod clones;
mod kinds;
mod others;
mod pull_requests;
mod push;
mod tags;
mod worktree;

use testkit::Repository;

/// The branch `main` is a, b, c, d; the branch `topic` left it at b: e, f. A server with both, and a full
/// clone in which `topic` is checked out.
pub(crate) struct Story {
    pub(crate) origin: Repository,
    pub(crate) clone: Repository,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) c: String,
    pub(crate) d: String,
    pub(crate) e: String,
    pub(crate) f: String,
}

/// What differs between some of its commits.
pub(crate) const A_TO_F: &str = "M docs/guide.md, M src/lib.txt, A src/topic.txt";
pub(crate) const B_TO_F: &str = "M docs/guide.md, A src/topic.txt";
pub(crate) const E_TO_F: &str = "M docs/guide.md";
pub(crate) const D_TO_F: &str = "M README.md, M docs/guide.md, D src/main.txt, A src/topic.txt";
pub(crate) const ALL_OF_F: &str = "A README.md, A docs/guide.md, A src/lib.txt, A src/topic.txt";
pub(crate) const C_TO_D: &str = "M README.md";
pub(crate) const B_TO_D: &str = "M README.md, A src/main.txt";
pub(crate) const ALL_OF_D: &str = "A README.md, A docs/guide.md, A src/lib.txt, A src/main.txt";
pub(crate) const A_TO_D: &str = "M README.md, M src/lib.txt, A src/main.txt";

impl Story {
    pub(crate) fn new() -> Self {
        let (origin, commits) = told(Repository::new());
        let clone = origin.cloned(&[]);
        clone.checkout("topic");
        let mut commits = commits.into_iter();
        let mut next = || commits.next().unwrap_or_default();
        let (a, b) = (next(), next());
        Self { origin, clone, a, b, c: next(), d: next(), e: next(), f: next() }
    }
}

/// The story in this repository, with `main` checked out at the end, and its commits from a to f.
pub(crate) fn told(origin: Repository) -> (Repository, [String; 6]) {
    origin.write("README.md", "1").write("docs/guide.md", "1").write("src/lib.txt", "1");
    let root = origin.commit("a");
    let left = origin.write("src/lib.txt", "2").commit("b");
    origin.branch("topic");
    let fifth = origin.write("src/topic.txt", "1").commit("e");
    let sixth = origin.write("docs/guide.md", "2").commit("f");
    origin.checkout("main");
    let third = origin.write("src/main.txt", "1").commit("c");
    let fourth = origin.write("README.md", "2").commit("d");
    (origin, [root, left, third, fourth, fifth, sixth])
}

/// What actions/checkout leaves: an own repository, `commit` of the server fetched so deep under a ref of
/// the remote's, and checked out; as a branch where `to` is one of `origin`.
pub(crate) fn checked_out(origin: &Repository, commit: &str, to: &str, depth: u32) -> Repository {
    let clone = Repository::new();
    clone.git(&["remote", "add", "origin", &origin.url()]);
    let (depth, wanted) = (format!("--depth={depth}"), format!("+{commit}:{to}"));
    let words = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--prune",
        "--no-recurse-submodules",
        &depth,
        "origin",
        &wanted,
    ];
    clone.git(&words);
    match to.strip_prefix("refs/remotes/origin/") {
        Some(branch) => clone.git(&["checkout", "--quiet", "--force", "-B", branch, to]),
        None => clone.git(&["checkout", "--quiet", "--force", to]),
    };
    clone
}
