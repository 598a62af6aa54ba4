//! Names that somebody chose to be difficult.

use repo_model::{Status, Tree, entry};
use testkit::Repository as Scripted;

use super::{id, open, since};

#[test]
fn names_of_any_bytes_come_through() {
    let long = "n".repeat(250);
    let deep = [long.as_str(); 15].join("/");
    let names: Vec<&[u8]> = vec![
        b" ",
        b"\"quoted\"",
        b"$(touch x)",
        b"-rf",
        b"::error::x",
        b"\\back\\slash",
        b"a\nb",
        b"a\r",
        b"a\tb",
        b"caf\xc3\xa9",
        b"latin\xe9",
        b"\xff\xfe",
        b"\x01\x1b[31m",
        b"\xe2\x80\xaeabc",
        b"~",
        deep.as_bytes(),
    ];
    let scripted = Scripted::new();
    let base = scripted.write("a", "1").commit("one");
    for name in &names {
        scripted.write(name, "1");
    }
    let head = scripted.commit("two");
    let repository = open(&scripted);
    let changes = repository.changes(&since(&base), &id(&head)).unwrap();
    let tree = repository.tree(&id(&head)).unwrap();
    assert_eq!(changes.len(), names.len());
    for name in names {
        assert_eq!(changes.of(name).unwrap().status, Status::Added, "{name:?}");
        assert_eq!(tree.read(&[entry(&tree, name).unwrap()]).unwrap(), [b"1"]);
    }
    let disk = repository.work_tree().unwrap();
    let paths = |tree: &dyn Tree| -> Vec<repo_model::RepoPath> {
        tree.entries().iter().map(|entry| entry.path.clone()).collect()
    };
    assert_eq!(paths(&disk), paths(&tree));
}

#[test]
fn a_tree_that_was_made_by_hand_is_read_or_refused() {
    let scripted = Scripted::new();
    let blob =
        String::from_utf8(scripted.git_bytes(&["hash-object", "-w", "--stdin"], b"x")).unwrap();
    let line = |name: &str| format!("100644 blob {}\t{name}", blob.trim());
    // `mktree` sorts and takes what `fsck` would not.
    let made = |lines: &[String]| {
        let input = lines.join("\n") + "\n";
        let tree = scripted.git_bytes(&["mktree"], input.as_bytes());
        let tree = String::from_utf8(tree).unwrap();
        scripted.git(&["commit-tree", "-m", "made", tree.trim()])
    };
    let twice = made(&[line("a"), line("a")]);
    let repository = open(&scripted);
    assert_eq!(repository.tree(&id(&twice)).unwrap().entries().len(), 1);
    let outside = made(&[line(".."), line("b")]);
    assert!(repository.tree(&id(&outside)).is_err());
    assert!(repository.changes(&crate::Base::EmptyTree, &id(&outside)).is_err());
}

#[test]
fn a_folder_of_many_thousand_changes_is_read_quickly() {
    let scripted = Scripted::bare();
    let head = scripted.history(1, 20_000);
    let repository = open(&scripted);
    let changes = repository.changes(&crate::Base::EmptyTree, &id(&head)).unwrap();
    assert_eq!(changes.len(), 20_000);
    assert!(repository.tree(&id(&head)).unwrap().before(&changes).entries().is_empty());
}
