//! What may happen to a path, whatever the event.

use serde_json::Value;
use testkit::{Repository, Told};

use crate::tool::{Look, look, plan, push};

/// The last commit of a repository, as a push.
fn last(repository: &Repository) -> (Look<'_>, String, String) {
    let (before, after) = (repository.id("HEAD~1"), repository.head());
    (look(repository, push("refs/heads/main", &before, &after)), before, after)
}

#[track_caller]
fn check(repository: &Repository, files: &str) -> Told {
    let (look, before, after) = last(repository);
    look.check(&before, &after, "before-push", files)
}

#[test]
fn a_file_is_added_modified_deleted() {
    let it = Repository::new();
    it.write("src/a", "1").write("src/b", "1").write("docs/private/c", "1").commit("one");
    it.write("src/a", "2")
        .remove("src/b")
        .write("src/d/e/f", "1")
        .write("docs/private/c", "2")
        .commit("two");
    check(&it, "M docs/private/c, M src/a, D src/b, A src/d/e/f");
    it.commit("nothing");
    check(&it, "");
}

#[test]
fn a_file_that_becomes_a_folder_is_two_changes() {
    let it = Repository::new();
    it.write("src/a", "1").write("src/b/c", "1").commit("one");
    it.remove("src/a").write("src/a/x", "1").remove("src/b").write("src/b", "1").commit("two");
    check(&it, "D src/a, A src/a/x, A src/b, D src/b/c");
}

#[cfg(unix)]
#[test]
fn a_mode_alone_is_a_change() {
    let it = Repository::new();
    it.write("src/a", "1").commit("one");
    it.chmod("src/a", true).commit("two");
    check(&it, "M src/a");
    it.git(&["config", "core.fileMode", "false"]);
    check(&it, "M src/a");
}

#[cfg(unix)]
#[test]
fn a_file_that_becomes_a_link_is_another_type() {
    let it = Repository::new();
    it.write("src/a", "1").symlink("src/b", "a").commit("one");
    it.remove("src/a").symlink("src/a", "b").remove("src/b").write("src/b", "1").commit("two");
    let told = check(&it, "T src/a, T src/b");
    // It is a modification too, so that `added|modified: ...` does not lose it.
    let filters = "both: [added|modified: 'src/**']\nexactly: [type-changed: 'src/**']\nnew: [added: 'src/**']";
    let told = last(&it).0.input("filters", filters).run_ok(&told);
    assert_eq!(told.outputs["filters"], r#"{"both":true,"exactly":true,"new":false}"#);
    let (only, before, after) = last(&it);
    only.input("status", "T").check(&before, &after, "before-push", "T src/a, T src/b");
    let (only, before, after) = last(&it);
    only.input("status", "AD").untold().check(&before, &after, "before-push", "");
}

#[cfg(unix)]
#[test]
fn links_count_unless_they_are_left_out() {
    let it = Repository::new();
    it.symlink("src/a", "1").write("src/f", "1").write("src/g", "1").commit("one");
    it.remove("src/a").symlink("src/a", "2").symlink("src/b", "/etc/passwd").write("src/f", "2");
    it.remove("src/g").symlink("src/g", "f").commit("two");
    check(&it, "M src/a, A src/b, M src/f, T src/g");
    let (without, before, after) = last(&it);
    // What was a file before still counts.
    let without = without.input("include-symlinks", "false").untold();
    without.check(&before, &after, "before-push", "M src/f, T src/g");
}

#[test]
fn a_submodule_is_one_path() {
    let it = Repository::new();
    let first = it.write("src/a", "1").commit("one");
    it.submodule("libs/sub", &first).commit_index("two");
    check(&it, "A libs/sub");
    let second = it.id("HEAD");
    it.submodule("libs/sub", &second).commit_index("three");
    let told = check(&it, "M libs/sub");
    let told = last(&it).0.input("filters", "sub: 'libs/sub/**'\nin: 'libs/*'").run_ok(&told);
    assert_eq!(told.outputs["filters"], r#"{"in":true,"sub":true}"#);
    let (without, before, after) = last(&it);
    without.input("include-submodules", "false").untold().check(&before, &after, "before-push", "");
    // Also where the configuration says that submodules do not matter.
    it.git(&["config", "diff.ignoreSubmodules", "all"]);
    check(&it, "M libs/sub");
    it.git(&["rm", "--quiet", "--cached", "libs/sub"]);
    it.commit_index("four");
    check(&it, "D libs/sub");
}

#[test]
fn a_renamed_file_is_gone_at_one_path_and_new_at_the_other() {
    let text = "one\ntwo\nthree\nfour\nfive\n";
    let it = Repository::new();
    it.write("src/a", text).write("docs/same", "x").commit("one");
    it.remove("src/a").write("docs/b", text).commit("two");
    check(&it, "A docs/b, D src/a");
    // With pairs the same, and the new one knows its old name.
    let (pairs, before, after) = last(&it);
    let told = pairs.input("renames", "pairs").untold().check(
        &before,
        &after,
        "before-push",
        "R docs/b, D src/a",
    );
    let files = plan(&told)["files"].clone();
    assert_eq!(files[0]["from"]["path"], "src/a");
    assert_eq!(files[1]["from"], Value::Null);
    let filters = "moved: [renamed: '**']\nnew: [added: '**']\ngone: [deleted: 'src/**']";
    let told = last(&it).0.input("renames", "pairs").input("filters", filters).run_ok(&told);
    assert_eq!(told.outputs["filters"], r#"{"gone":true,"moved":true,"new":true}"#);
}

#[test]
fn a_renamed_file_with_another_line_is_still_a_pair() {
    let lines: Vec<String> = (0..40).map(|number| format!("line {number}\n")).collect();
    let lines = lines.concat();
    let it = Repository::new();
    it.write("src/a", &lines).write("src/copied", "the same\n").commit("one");
    it.remove("src/a")
        .write("src/b", lines.replace("line 7\n", ""))
        .write("src/copy", "the same\n")
        .commit("two");
    let (pairs, before, after) = last(&it);
    pairs.input("renames", "pairs").untold().check(
        &before,
        &after,
        "before-push",
        "D src/a, R src/b, A src/copy",
    );
}

#[test]
fn only_the_statuses_that_are_asked_for_count() {
    let it = Repository::new();
    it.write("src/a", "1").write("src/b", "1").commit("one");
    it.write("src/a", "2").remove("src/b").write("src/c", "1").commit("two");
    for (letters, files) in [
        ("A", "A src/c"),
        ("D", "D src/b"),
        ("M", "M src/a"),
        ("am", "M src/a, A src/c"),
        ("ADMT", "M src/a, D src/b, A src/c"),
        ("T", ""),
    ] {
        let (some, before, after) = last(&it);
        some.input("status", letters).untold().check(&before, &after, "before-push", files);
    }
}

#[test]
fn directories_are_as_deep_as_is_asked() {
    let it = Repository::new();
    it.write("README", "1").commit("one");
    it.write("README", "2")
        .write("src/a/b/c", "1")
        .write("src/a/d", "1")
        .write("docs/x", "1")
        .commit("two");
    for (depth, wanted) in [
        ("0", r#"[".","docs","src/a","src/a/b"]"#),
        ("1", r#"[".","docs","src"]"#),
        ("2", r#"[".","docs","src/a"]"#),
        ("9", r#"[".","docs","src/a","src/a/b"]"#),
    ] {
        let told = last(&it).0.input("directory-depth", depth).run();
        assert_eq!(told.outputs["directories"], wanted, "{depth}");
    }
}

impl Look<'_> {
    /// Another run of the same change, which goes well too.
    #[track_caller]
    fn run_ok(&self, before: &Told) -> Told {
        let told = self.run();
        assert_eq!(told.exit, 0, "{}", told.stdout);
        assert_eq!(told.outputs["base"], before.outputs["base"]);
        told
    }
}
