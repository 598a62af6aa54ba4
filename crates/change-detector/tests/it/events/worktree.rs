//! What is on the disk and not committed.

use testkit::Repository;

use crate::tool::{check_no_answer, local, look, other};

/// A repository with a change of every kind that is not committed.
fn changed() -> (Repository, String) {
    let it = Repository::new();
    it.write(".gitignore", "*.log\n");
    for name in ["src/deleted", "src/kept", "src/staged", "src/unstaged", "src/untracked-now"] {
        it.write(name, "1");
    }
    let head = it.commit("one");
    it.write("src/staged", "2").write("src/new-staged", "1");
    it.git(&["add", "src/staged", "src/new-staged"]);
    it.write("src/unstaged", "2")
        .remove("src/deleted")
        .write("src/untracked", "1")
        .write("src/x.log", "1");
    it.git(&["rm", "--quiet", "--cached", "src/untracked-now"]);
    (it, head)
}

const FILES: &str =
    "D src/deleted, A src/new-staged, M src/staged, M src/unstaged, A src/untracked";

#[test]
fn staged_unstaged_untracked_and_deleted_files_count_and_ignored_ones_do_not() {
    let (it, head) = changed();
    it.git(&["add", "src/untracked-now"]);
    let asked =
        look(&it, other("schedule")).input("worktree", "true").input("base", "HEAD").untold();
    asked.check(&head, &head, "given-commit", FILES);
    // A file that was changed and changed back is none.
    it.write("src/unstaged", "1").write("src/staged", "1");
    let files = "D src/deleted, A src/new-staged, A src/untracked";
    asked.check(&head, &head, "given-commit", files);
    // Without being asked, only what is committed counts.
    look(&it, other("schedule")).input("base", "HEAD").check(&head, &head, "given-commit", "");
}

#[test]
fn a_file_that_was_only_taken_out_of_the_index_is_there() {
    let (it, head) = changed();
    let asked =
        look(&it, other("schedule")).input("worktree", "true").input("base", "HEAD").untold();
    let told = asked.run();
    assert_eq!(told.outputs["base"], head);
    let files: Vec<String> = serde_json::from_str(&told.outputs["files"]).unwrap();
    // git's index says that it is gone; the disk has it. It is never told as deleted.
    let plan = crate::tool::plan(&told);
    let deleted = plan["files"].as_array().unwrap().iter().filter(|file| file["status"] == "D");
    assert_eq!(
        deleted.map(|file| file["path"].as_str().unwrap()).collect::<Vec<_>>(),
        ["src/deleted"]
    );
    assert!(files.contains(&"src/new-staged".to_owned()));
}

#[test]
fn what_is_committed_since_a_branch_counts_too() {
    let it = Repository::new();
    it.write("src/a", "1").commit("one");
    let base = it.head();
    it.branch("topic").write("src/b", "1").commit("two");
    it.write("src/c", "1").write("src/a", "2");
    let asked =
        look(&it, other("schedule")).input("worktree", "true").input("base", "main").untold();
    asked.check(&base, &it.head(), "given-branch", "M src/a, A src/b, A src/c");
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let it = Repository::new();
    it.write("src/a", "1").write("src/b", "1");
    let head = it.commit("one");
    it.remove("src/a").symlink("src/a", "b").symlink("src/c", "/").symlink("docs", "src");
    let asked =
        look(&it, other("schedule")).input("worktree", "true").input("base", "HEAD").untold();
    // The link `docs` is one path, whatever is behind it.
    asked.check(&head, &head, "given-commit", "A docs, T src/a, A src/c");
}

#[test]
fn a_person_may_ask_for_what_is_not_committed() {
    let (it, _) = changed();
    let told = local(&it, &["detect", "--base", "HEAD", "--worktree", "--format", "args"]).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    // What is gone cannot be handed to a program.
    assert!(told.stdout.contains("src/untracked"), "{}", told.stdout);
    assert!(!told.stdout.contains("src/deleted"), "{}", told.stdout);
}

#[test]
fn the_disk_belongs_to_what_is_checked_out() {
    let (it, head) = changed();
    it.git(&["commit", "--quiet", "--allow-empty", "-m", "two"]);
    let asked = |head: &str| {
        let asked = look(&it, other("schedule")).input("worktree", "true").input("base", "HEAD");
        asked.input("head", head).run()
    };
    check_no_answer(&asked(&head), "The files on the disk are not those of the head");
    assert_eq!(asked("HEAD").exit, 0);
}

#[test]
fn below_the_top_all_of_the_work_tree_counts() {
    let (it, head) = changed();
    it.git(&["add", "src/untracked-now"]);
    it.write("below/x", "1");
    let asked =
        look(&it, other("schedule")).input("worktree", "true").input("base", "HEAD").untold();
    asked.at(it.at("below")).check(&head, &head, "given-commit", &format!("A below/x, {FILES}"));
}

#[test]
fn files_that_moved_are_not_paired_in_the_work_tree_and_that_is_told() {
    let (it, _) = changed();
    let asked = look(&it, other("schedule")).input("worktree", "true").input("base", "HEAD");
    let told = asked.input("renames", "pairs").run();
    assert_eq!((told.exit, told.outputs["count"].as_str()), (0, "6"), "{}", told.summary);
    let warnings = told.commands().into_iter().filter(|command| command.name == "warning");
    let warnings: Vec<String> = warnings.map(|command| command.data).collect();
    assert!(
        warnings.iter().any(|said| said.contains("not paired in the work tree")),
        "{warnings:?}"
    );
}
