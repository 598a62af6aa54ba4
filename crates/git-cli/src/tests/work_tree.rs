//! The files on the disk.

use repo_model::{Kind, Status, Tree as _, entry};
use testkit::Repository as Scripted;

use super::trouble::fake;
use super::{id, open, settings, shown, since};
use crate::{Base, FailureKind, First, Repository, Settings};

#[track_caller]
fn check(scripted: &Scripted, base: &str, wanted: &[(&str, Status)]) {
    let before = scripted.snapshot();
    let changes = open(scripted).worktree_changes(&since(base)).unwrap();
    let wanted: Vec<(String, Status)> =
        wanted.iter().map(|(path, status)| ((*path).to_owned(), *status)).collect();
    assert_eq!(shown(&changes), wanted);
    assert_eq!(scripted.snapshot(), before, "looking changed something");
}

#[test]
fn staged_changed_and_unknown_files_differ_and_ignored_ones_do_not() {
    let scripted = Scripted::new();
    scripted.write("a", "1").write("b", "1").write("c", "1").write("d", "1").write("e", "1");
    let base = scripted.write(".gitignore", "*.log\n").commit("one");
    check(&scripted, &base, &[]);
    // Only its date changes.
    scripted.write("d", "1");
    scripted.write("a", "2").git(&["add", "a"]);
    scripted.write("b", "2").remove("c").write("new", "1").write("x.log", "1").write("f/g", "1");
    // Known to git no longer, and still there.
    scripted.git(&["rm", "--quiet", "--cached", "e"]);
    let wanted = [
        ("a", Status::Modified),
        ("b", Status::Modified),
        ("c", Status::Deleted),
        ("e", Status::Modified),
        ("f/g", Status::Added),
        ("new", Status::Added),
    ];
    check(&scripted, &base, &wanted);
}

#[test]
fn kinds_and_repositories_inside_are_told_apart() {
    let scripted = Scripted::new();
    let base = scripted.write("a", "1").write("b", "1").write("d/e", "1").commit("one");
    scripted.remove("a").symlink("a", "b").chmod("b", true).symlink("l", "/").remove("d");
    scripted.write("nested/x", "1").git(&["init", "--quiet", "nested"]);
    // What is behind the link is another place: the file below it is gone.
    scripted.write("elsewhere/e", "1").symlink("d", "elsewhere");
    let wanted = [
        ("a", Status::TypeChanged),
        ("b", Status::Modified),
        ("d", Status::Added),
        ("d/e", Status::Deleted),
        ("elsewhere/e", Status::Added),
        ("l", Status::Added),
        ("nested", Status::Added),
    ];
    check(&scripted, &base, &wanted);
    let repository = open(&scripted);
    let changes = repository.worktree_changes(&since(&base)).unwrap();
    let new = |path: &str| changes.of(path.as_bytes()).unwrap().new.unwrap();
    assert_eq!(new("nested").kind, Kind::Submodule);
    assert_eq!(new("l").kind, Kind::Symlink);
    assert_eq!((new("b").kind, new("b").id), (Kind::Executable, None));

    let tree = repository.work_tree().unwrap();
    let paths: Vec<(&[u8], Kind)> =
        tree.entries().iter().map(|entry| (entry.path.as_bytes(), entry.kind)).collect();
    let wanted: [(&[u8], Kind); 6] = [
        (b"a", Kind::Symlink),
        (b"b", Kind::Executable),
        (b"d", Kind::Symlink),
        (b"elsewhere/e", Kind::File),
        (b"l", Kind::Symlink),
        (b"nested", Kind::Submodule),
    ];
    assert_eq!(paths, wanted);
    let asked = [entry(&tree, b"l").unwrap(), entry(&tree, b"b").unwrap()];
    assert_eq!(tree.read(&asked).unwrap(), [b"/".to_vec(), b"1".to_vec()]);
    assert!(tree.read(&[entry(&tree, b"nested").unwrap()]).is_err());
    scripted.remove("b");
    assert!(tree.read(&[entry(&tree, b"b").unwrap()]).is_err());
    // A folder that became a link since is not looked through.
    scripted.remove("elsewhere").symlink("elsewhere", "nested").write("nested/e", "secret");
    assert!(tree.read(&[entry(&tree, b"elsewhere/e").unwrap()]).is_err());
}

#[test]
fn a_merge_that_stopped_differs_where_it_stopped() {
    let scripted = Scripted::new();
    let base = scripted.write("a", "1").write("gone", "1").commit("one");
    scripted.branch("side").write("a", "2").remove("gone").commit("two");
    scripted.checkout("main").write("a", "3").write("gone", "2").commit("three");
    let failed = scripted.command(&["merge", "--quiet", "side"]).output().unwrap();
    assert!(!failed.status.success());
    check(&scripted, &base, &[("a", Status::Modified), ("gone", Status::Modified)]);
    let tree = open(&scripted).work_tree().unwrap();
    assert_eq!(tree.entries().len(), 2);
}

#[test]
fn a_file_outside_of_a_sparse_checkout_is_there_and_unchanged() {
    let scripted = Scripted::new();
    let base = scripted.write("in/a", "1").write("out/b", "2").commit("one");
    scripted.git(&["sparse-checkout", "set", "in"]);
    assert!(!scripted.at("out/b").exists());
    check(&scripted, &base, &[]);
    let tree = open(&scripted).work_tree().unwrap();
    let paths: Vec<&[u8]> = tree.entries().iter().map(|entry| entry.path.as_bytes()).collect();
    assert_eq!(paths, [&b"in/a"[..], b"out/b"]);
    let asked = [entry(&tree, b"out/b").unwrap(), entry(&tree, b"in/a").unwrap()];
    assert_eq!(tree.read(&asked).unwrap(), [b"2".to_vec(), b"1".to_vec()]);
}

#[test]
fn a_submodule_differs_when_another_commit_or_a_changed_file_is_in_it() {
    let inner = Scripted::new();
    inner.write("x", "1").commit("one");
    let scripted = Scripted::new();
    scripted.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &inner.url(),
        "m",
    ]);
    let base = scripted.commit("one");
    check(&scripted, &base, &[]);
    scripted.write("m/x", "2");
    check(&scripted, &base, &[("m", Status::Modified)]);
    // Inside of it, it is a repository as any other.
    let inside = Repository::open(&scripted.at("m"), settings(&scripted)).unwrap();
    assert_eq!(inside.top_level(), Some(scripted.at("m").as_path()));
    assert_eq!(inside.worktree_changes(&since(&inner.head())).unwrap().len(), 1);
}

#[test]
fn without_a_work_tree_the_question_is_a_failure() {
    let scripted = Scripted::new();
    scripted.write("a", "1").commit("one");
    let bare = scripted.cloned(&["--bare"]);
    let failure = open(&bare).worktree_changes(&Base::EmptyTree).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NoWorkTree);
    assert!(open(&bare).work_tree().is_err());
}

#[test]
fn opened_for_the_disk_it_is_the_same_tree() {
    let scripted = Scripted::new();
    let commit = scripted.write("a", "1").write("d/e", "1").write("gone", "1").commit("one");
    scripted.write("new", "1").write("d/f", "1").write("nested/x", "1").remove("gone");
    scripted.git(&["init", "--quiet", "nested"]);
    let paths = |repository: &Repository| {
        let tree = repository.work_tree().unwrap();
        let paths = tree.entries().iter().map(|entry| (entry.path.as_bytes().to_vec(), entry.kind));
        paths.collect::<Vec<_>>()
    };
    let first = Settings { first: First::WorkTree, ..settings(&scripted) };
    for folder in ["", "d"] {
        let repository = Repository::open(&scripted.at(folder), first.clone()).unwrap();
        let found = paths(&repository);
        assert_eq!(found, paths(&open(&scripted)), "{folder}");
        assert_eq!(found.len(), 5, "{folder}");
        // What comes later is seen by whoever asks again, and commits may be asked for all the same.
        scripted.write("later", "1");
        assert_eq!(paths(&repository).len(), 6, "{folder}");
        assert_eq!(repository.head().unwrap(), Some(id(&commit)), "{folder}");
        scripted.remove("later");
    }
    let bare = scripted.cloned(&["--bare"]);
    let failure = Repository::open(&bare.path(), first).unwrap().work_tree().unwrap_err();
    assert_eq!(failure.kind, FailureKind::NoWorkTree);
}

#[test]
fn two_gits_are_enough_for_the_files_of_the_disk() {
    let scripted = Scripted::new();
    scripted.write("a", "1").commit("one");
    scripted.write("new", "1");
    let (scratch, fake) = fake("echo >>\"$0.log\"; exec git \"$@\"");
    let variables = settings(&scripted).variables;
    let settings = Settings { first: First::WorkTree, variables, ..fake };
    let tree = Repository::open(&scripted.path(), settings).unwrap().work_tree().unwrap();
    assert_eq!(tree.entries().len(), 2);
    assert_eq!(scratch.read_text("git.log"), "\n\n");
}
