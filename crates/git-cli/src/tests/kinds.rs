//! Repositories of every kind.

use testkit::Repository as Scripted;

use super::{id, open, open_to_fetch, settings, since};
use crate::{Base, Name, RefName, Repository};

#[test]
fn a_bare_repository_answers() {
    let scripted = Scripted::new();
    let base = scripted.write("a", "1").commit("one");
    let head = scripted.write("b", "1").commit("two");
    let clone = scripted.cloned(&["--bare"]);
    let repository = open(&clone);
    assert!(repository.is_bare());
    assert_eq!(repository.top_level(), None);
    assert_eq!(repository.head().unwrap(), Some(id(&head)));
    assert_eq!(repository.changes(&since(&base), &id(&head)).unwrap().len(), 1);
    assert_eq!(
        repository.find(&Name::Ref(RefName::of_branch(b"main").unwrap())).unwrap(),
        Some(id(&head))
    );
    // So does the folder `.git` of another.
    let inside = Repository::open(&scripted.at(".git"), settings(&scripted)).unwrap();
    assert_eq!(inside.top_level(), None);
    assert_eq!(inside.changes(&since(&base), &id(&head)).unwrap().len(), 1);
}

#[test]
fn a_repository_with_long_ids_answers() {
    let scripted = Scripted::with_sha256();
    let base = scripted.write("a", "1").commit("one");
    let head = scripted.write("a", "2").write("b", "1").commit("two");
    let repository = open(&scripted);
    assert!(repository.is_sha256());
    assert_eq!(repository.changes(&since(&base), &id(&head)).unwrap().len(), 2);
    assert_eq!(repository.changes(&Base::EmptyTree, &id(&head)).unwrap().len(), 2);
    assert_eq!(repository.find(&Name::Id(id(&"a".repeat(40)))).unwrap(), None);
    assert_eq!(repository.find(&Name::Id(id(&"0".repeat(64)))).unwrap(), None);
    let clone = scripted.cloned(&["--depth=1"]);
    let before = clone.snapshot();
    let repository = open_to_fetch(&clone);
    assert_eq!(repository.find(&Name::Id(id(&base))).unwrap(), None);
    assert_eq!(repository.fetch_commit(&id(&base)).unwrap(), Some(id(&base)));
    assert_eq!(repository.changes(&since(&base), &id(&head)).unwrap().len(), 2);
    assert_eq!(clone.snapshot(), before);
}

#[test]
fn a_linked_work_tree_answers() {
    let origin = Scripted::new();
    let base = origin.write("a", "1").commit("one");
    origin.write("a", "2").commit("two");
    let clone = origin.cloned(&["--depth=1"]);
    let linked = clone.scratch().at("linked");
    clone.git(&["worktree", "add", "--quiet", "-b", "side", linked.to_str().unwrap()]);
    clone.scratch().write("linked/new", "1");
    let options = crate::Settings { fetch: true, ..settings(&clone) };
    let repository = Repository::open(&linked, options).unwrap();
    assert_eq!(repository.top_level(), Some(linked.as_path()));
    assert!(repository.is_shallow());
    let head = repository.head().unwrap().unwrap();
    assert_eq!(repository.worktree_changes(&Base::Commit(head.clone())).unwrap().len(), 1);
    let before = clone.snapshot();
    assert_eq!(repository.fetch_commit(&id(&base)).unwrap(), Some(id(&base)));
    assert_eq!(repository.changes(&since(&base), &head).unwrap().len(), 1);
    assert_eq!(clone.snapshot(), before);
}

#[test]
fn a_clone_that_borrows_from_one_that_borrows_fetches_too() {
    let origin = Scripted::new();
    let base = origin.write("a", "1").commit("one");
    let first = origin.cloned(&["--bare"]);
    let second = first.cloned(&["--bare", "--shared"]);
    second.write("objects/info/alternates", format!("{}/objects\n", first.path().display()));
    let third = origin.cloned(&["--depth=1"]);
    let relative = format!(
        "../../../../{}/work/objects\n",
        second.scratch().path().file_name().unwrap().to_str().unwrap()
    );
    third.write(".git/objects/info/alternates", &relative);
    let head = origin.write("a", "2").commit("two");
    let repository = open_to_fetch(&third);
    let before = third.snapshot();
    assert_eq!(repository.fetch_commit(&id(&head)).unwrap(), Some(id(&head)));
    assert_eq!(repository.changes(&since(&base), &id(&head)).unwrap().len(), 1);
    assert_eq!(third.snapshot(), before);
}

#[test]
fn another_owner_is_no_obstacle() {
    let scripted = Scripted::new();
    let head = scripted.write("a", "1").commit("one");
    let mut settings = settings(&scripted);
    // Git's own way to test this (t/README, `GIT_TEST_ASSUME_DIFFERENT_OWNER`).
    settings.variables.push(("GIT_TEST_ASSUME_DIFFERENT_OWNER".into(), "1".into()));
    let repository = Repository::open(&scripted.path(), settings).unwrap();
    assert_eq!(repository.changes(&Base::EmptyTree, &id(&head)).unwrap().len(), 1);
    assert!(repository.worktree_changes(&since(&head)).unwrap().is_empty());
}

#[test]
fn the_repository_that_the_environment_names_is_the_one() {
    let (scripted, other) = (Scripted::new(), Scripted::new());
    let head = scripted.write("a", "1").commit("one");
    let mut settings = settings(&scripted);
    settings.variables.push(("GIT_DIR".into(), scripted.at(".git").into()));
    settings.variables.push(("GIT_WORK_TREE".into(), scripted.path().into()));
    let repository = Repository::open(&other.path(), settings.clone()).unwrap();
    assert_eq!(repository.head().unwrap(), Some(id(&head)));
    assert_eq!(repository.top_level(), None);
    let repository = Repository::open(&scripted.path(), settings).unwrap();
    assert_eq!(repository.top_level(), Some(scripted.path().as_path()));
}
