//! Which lines differ.

use testkit::Repository as Scripted;

use super::{id, open, since};
use crate::Base;

fn lines(patch: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(patch);
    let is_told = |line: &&str| line.starts_with("@@") || line.starts_with("+++");
    text.lines().filter(is_told).map(str::to_owned).collect()
}

/// What a user may have configured must not change what is read.
const ODD: [(&str, &str); 5] = [
    ("diff.noprefix", "true"),
    ("diff.mnemonicPrefix", "true"),
    ("diff.context", "10"),
    ("color.ui", "always"),
    ("diff.external", "false"),
];

#[test]
fn lines_differ_between_commits_and_on_the_disk_whatever_is_configured() {
    let scripted = Scripted::new();
    for (key, value) in ODD {
        scripted.git(&["config", key, value]);
    }
    let text = (1..=20).fold(String::new(), |text, number| format!("{text}{number}\n"));
    let base = scripted.write("a", &text).write("gone", "1\n").commit("one");
    let changed = text.replace("\n7\n", "\nseven\n").replace("20\n", "20\n21\n");
    let head = scripted.remove("a").write("dir/moved", &changed).remove("gone").commit("two");
    let repository = open(&scripted);
    let patch = repository.patch(&since(&base), &id(&head)).unwrap();
    assert_eq!(
        lines(&patch),
        ["+++ b/dir/moved", "@@ -7 +7 @@", "@@ -20,0 +21 @@", "+++ /dev/null", "@@ -1 +0,0 @@"]
    );
    let new = repository.patch(&Base::EmptyTree, &id(&base)).unwrap();
    assert_eq!(lines(&new), ["+++ b/a", "@@ -0,0 +1,20 @@", "+++ b/gone", "@@ -0,0 +1 @@"]);
    scripted.write("dir/moved", changed.replace("seven", "7a\n7b")).write("unknown", "1\n");
    let on_disk = repository.worktree_patch(&since(&head)).unwrap();
    assert_eq!(lines(&on_disk), ["+++ b/dir/moved", "@@ -7 +7,2 @@"]);
}

#[test]
fn a_commit_that_is_not_there_is_never_no_lines() {
    let scripted = Scripted::new();
    let base = scripted.write("a", "1\n").commit("one");
    let repository = open(&scripted);
    let missing = "a".repeat(40);
    assert!(repository.patch(&since(&missing), &id(&base)).is_err());
    assert!(repository.worktree_patch(&since(&missing)).is_err());
}
