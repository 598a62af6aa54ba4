//! The files of a commit, and what stands in them.

use repo_model::{Entry, Kind, Tree, entry};
use testkit::Repository as Scripted;

use super::{id, open, open_to_fetch, since};
use crate::{CommitTree, Settings};

fn read(tree: &dyn Tree, path: &[u8]) -> Result<Vec<u8>, String> {
    let entry = entry(tree, path).unwrap();
    tree.read(&[entry]).map(|mut read| read.remove(0)).map_err(|not_read| not_read.why)
}

#[test]
fn contents_are_read_in_the_order_asked() {
    let scripted = Scripted::new();
    scripted.write("a", "one\n").write("b/c", "").write("d", vec![b'\n'; 300_000]);
    scripted.write("same", "one\n").symlink("link", "b/c");
    scripted.git(&["add", "."]);
    let head = scripted.submodule("module", &"1".repeat(40)).commit_index("one");
    let tree = open(&scripted).tree(&id(&head)).unwrap();
    let kinds: Vec<(&[u8], Kind)> =
        tree.entries().iter().map(|entry| (entry.path.as_bytes(), entry.kind)).collect();
    let wanted: [(&[u8], Kind); 6] = [
        (b"a", Kind::File),
        (b"b/c", Kind::File),
        (b"d", Kind::File),
        (b"link", Kind::Symlink),
        (b"module", Kind::Submodule),
        (b"same", Kind::File),
    ];
    assert_eq!(kinds, wanted);
    let asked: Vec<&Entry> = ["same", "d", "b/c", "link", "a", "same"]
        .iter()
        .map(|path| entry(&tree, path.as_bytes()).unwrap())
        .collect();
    let contents = tree.read(&asked).unwrap();
    let lengths: Vec<usize> = contents.iter().map(Vec::len).collect();
    assert_eq!(lengths, [4, 300_000, 0, 3, 4, 4]);
    assert_eq!(contents[3], b"b/c");
    assert_eq!(tree.read(&[]).unwrap(), Vec::<Vec<u8>>::new());
    assert!(read(&tree, b"module").unwrap_err().contains("submodule"));
}

#[test]
fn thousands_of_files_are_read_at_once() {
    let scripted = Scripted::bare();
    let head = scripted.history(1, 3000);
    let tree = open(&scripted).tree(&id(&head)).unwrap();
    let all: Vec<&Entry> = tree.entries().iter().collect();
    let contents = tree.read(&all).unwrap();
    assert_eq!(contents.len(), 3000);
    assert_eq!(contents[2999], b"2999");
}

#[test]
fn what_was_there_before_is_known_without_asking_again() {
    let scripted = Scripted::new();
    scripted.write("a-b", "1").write("a/b", "1").write("gone", "old").write("c", "1");
    let base = scripted.write("was/file", "1").commit("one");
    scripted.write("c", "2").remove("gone").remove("was").write("was", "2").write("a.b", "new");
    let head = scripted.remove("a").symlink("a", "c").commit("two");
    let repository = open(&scripted);
    let changes = repository.changes(&since(&base), &id(&head)).unwrap();
    let before = repository.tree(&id(&head)).unwrap().before(&changes);
    assert_eq!(before.entries(), repository.tree(&id(&base)).unwrap().entries());
    assert_eq!(read(&before, b"gone").unwrap(), b"old");
    assert_eq!(read(&before, b"c").unwrap(), b"1");
}

#[test]
fn a_file_that_is_too_large_is_not_read_and_holds_up_nobody() {
    let scripted = Scripted::new();
    scripted.write("a", "1").write("huge", vec![b'x'; 5_000_000]).write("z", "2");
    let head = scripted.commit("one");
    let settings = Settings { most_contents: 1000, ..super::settings(&scripted) };
    let repository = crate::Repository::open(&scripted.path(), settings).unwrap();
    let tree = repository.tree(&id(&head)).unwrap();
    let all: Vec<&Entry> = tree.entries().iter().collect();
    let refused = tree.read(&all).unwrap_err();
    assert_eq!(refused.path.as_bytes(), b"huge");
    assert_eq!(refused.why, "it has 5000000 bytes, and at most 1000 are read");
    assert_eq!(read(&tree, b"a").unwrap(), b"1");
    assert_eq!(read(&tree, b"z").unwrap(), b"2");
}

fn blobless() -> (Scripted, Scripted, String, String) {
    let origin = Scripted::new();
    let base = origin.write("a", "one").write("b", "two").write("moved", "1\n2\n3\n").commit("one");
    let head = origin.write("a", "three").remove("moved").write("to", "1\n2\n3\n4\n").commit("two");
    let clone = origin.cloned(&["--filter=blob:none", "--no-checkout"]);
    (origin, clone, base, head)
}

fn all(tree: &CommitTree) -> Result<Vec<Vec<u8>>, String> {
    let entries: Vec<&Entry> = tree.entries().iter().collect();
    tree.read(&entries).map_err(|not_read| not_read.why)
}

#[test]
fn without_contents_and_without_the_network_what_differs_is_known() {
    let (_origin, clone, base, head) = blobless();
    let repository = open(&clone);
    assert!(repository.is_partial().unwrap());
    let before = clone.snapshot();
    assert_eq!(repository.changes(&since(&base), &id(&head)).unwrap().len(), 3);
    let why = all(&repository.tree(&id(&head)).unwrap()).unwrap_err();
    assert_eq!(why, "its contents are not in this clone, and fetching is not allowed");
    // A search for renames opens files: then it fails, and what differs is known all the same.
    assert!(repository.renames(&since(&base), &id(&head)).is_err());
    assert_eq!(repository.changes(&since(&base), &id(&head)).unwrap().len(), 3);
    assert_eq!(clone.snapshot(), before);
}

#[test]
fn contents_that_a_filter_left_out_are_fetched_into_the_scratch_store() {
    let (_origin, clone, base, head) = blobless();
    let repository = open_to_fetch(&clone);
    let before = clone.snapshot();
    let tree = repository.tree(&id(&head)).unwrap();
    assert_eq!(all(&tree).unwrap(), [&b"three"[..], b"two", b"1\n2\n3\n4\n"]);
    let changes = repository.changes(&since(&base), &id(&head)).unwrap();
    assert_eq!(read(&tree.before(&changes), b"a").unwrap(), b"one");
    assert_eq!(repository.renames(&since(&base), &id(&head)).unwrap().len(), 1);
    assert_eq!(clone.snapshot(), before);
}

#[test]
fn folders_that_a_filter_left_out_are_fetched_into_the_scratch_store() {
    let origin = Scripted::new();
    let base = origin.write("a/b/c", "1").write("x/y", "1").commit("one");
    let head = origin.write("a/b/c", "2").commit("two");
    let clone = origin.cloned(&["--filter=tree:0", "--no-checkout"]);
    let before = clone.snapshot();
    let failure = open(&clone).changes(&since(&base), &id(&head)).unwrap_err();
    assert_eq!(failure.kind, crate::FailureKind::ObjectMissing);
    let repository = open_to_fetch(&clone);
    let changes = repository.changes(&since(&base), &id(&head)).unwrap();
    assert_eq!(super::shown(&changes), [("a/b/c".to_owned(), repo_model::Status::Modified)]);
    assert_eq!(repository.tree(&id(&head)).unwrap().entries().len(), 2);
    assert_eq!(clone.snapshot(), before);
}

#[test]
fn contents_that_neither_side_has_are_not_read() {
    let (origin, clone, _, head) = blobless();
    drop(origin);
    let why = all(&open_to_fetch(&clone).tree(&id(&head)).unwrap()).unwrap_err();
    assert!(why.starts_with("git does not say what the server has"), "{why}");
}

#[test]
fn a_tree_that_was_expected_is_the_same_tree() {
    let origin = Scripted::new();
    let first = origin.write("a", "1").commit("one");
    let second = origin.write("b/c", "1").commit("two");
    let names = |repository: &crate::Repository, commit: &str| {
        let tree = repository.tree(&id(commit)).unwrap();
        let paths = tree.entries().iter().map(|entry| entry.path.as_bytes().to_vec());
        String::from_utf8(paths.collect::<Vec<_>>().join(&b" "[..])).unwrap()
    };
    let clone = origin.cloned(&[]);
    let repository = open(&clone);
    repository.expect_tree(&id(&second));
    assert_eq!(repository.changes(&since(&first), &id(&second)).unwrap().len(), 1);
    assert_eq!(names(&repository, &second), "a b/c");
    // Another one than was expected, and one that the clone has to fetch first.
    repository.expect_tree(&id(&second));
    assert_eq!(names(&repository, &first), "a");
    let clone = origin.cloned(&["--filter=tree:0", "--no-checkout"]);
    let repository = open_to_fetch(&clone);
    repository.expect_tree(&id(&second));
    assert_eq!(names(&repository, &second), "a b/c");
    // One that nobody has: the listing says nothing, and neither does the tree.
    repository.expect_tree(&id(&"a".repeat(40)));
    assert!(repository.tree(&id(&"a".repeat(40))).is_err());
}
