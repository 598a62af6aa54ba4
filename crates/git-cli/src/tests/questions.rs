//! What there is, and what differs.

use repo_model::{Kind, Side, Status, Tree as _};
use testkit::Repository as Scripted;

use super::{id, open, shown, since};
use crate::{Base, FailureKind, Name, RefName, Repository};

#[test]
fn a_repository_is_found_from_any_folder_in_it() {
    let scripted = Scripted::new();
    let head = scripted.write("a b/\n/c", "1").commit("one");
    let repository = open(&scripted);
    assert_eq!(repository.top_level(), Some(scripted.path().as_path()));
    assert_eq!(repository.prefix(), "");
    assert!(!repository.is_bare() && !repository.is_shallow() && !repository.is_sha256());
    assert!(!repository.is_partial().unwrap());
    assert_eq!(repository.head().unwrap(), Some(id(&head)));

    let settings = super::settings(&scripted);
    let below = Repository::open(&scripted.at("a b/\n"), settings.clone()).unwrap();
    assert_eq!(below.top_level(), Some(scripted.path().as_path()));
    assert_eq!(below.prefix(), "a b/\n");
    assert_eq!(below.changes(&Base::EmptyTree, &id(&head)).unwrap().len(), 1);
    assert_eq!(below.worktree_changes(&since(&head)).unwrap().len(), 0);
    assert_eq!(below.tree(&id(&head)).unwrap().entries().len(), 1);

    let outside = Repository::open(scripted.scratch().path(), settings.clone()).unwrap_err();
    assert_eq!(outside.kind, FailureKind::NotARepository);
    let none = Repository::open(&scripted.at("none"), settings).unwrap_err();
    assert!(none.is_wrong_place());
}

#[test]
fn a_name_means_what_it_says() {
    let scripted = Scripted::new();
    let first = scripted.write("a", "1").commit("one");
    scripted.tag("main").tag("refs/heads/side").annotated_tag("v1");
    scripted.git(&["tag", "--no-sign", "-a", "-m", "twice", "v2", "v1"]);
    scripted.git(&["tag", "--no-sign", "blob", &scripted.id("HEAD:a")]);
    let second = scripted.write("a", "2").commit("two");
    scripted.git(&["update-ref", "refs/heads/-x", &first]);
    let repository = open(&scripted);
    let check = |name: &str, wanted: Option<&str>| {
        let name = Name::Ref(RefName::new(name.as_bytes()).unwrap());
        assert_eq!(repository.find(&name).unwrap(), wanted.map(id), "{name:?}");
    };
    check("refs/heads/main", Some(&second));
    check("refs/tags/main", Some(&first));
    check("refs/tags/refs/heads/side", Some(&first));
    // Git itself would take the tag `refs/heads/side` for it.
    check("refs/heads/side", None);
    check("refs/heads/-x", Some(&first));
    check("refs/tags/v1", Some(&first));
    check("refs/tags/v2", Some(&first));
    check("refs/tags/blob", None);
    check("refs/tags", None);
    check("refs/remotes/origin/main", None);

    let by_id = |text: &str| repository.find(&Name::Id(id(text))).unwrap();
    assert_eq!(by_id(&first), Some(id(&first)));
    assert_eq!(by_id(&scripted.id("refs/tags/v2")), Some(id(&first)));
    assert_eq!(by_id(&scripted.id("HEAD:a")), None);
    assert_eq!(by_id(&"0".repeat(40)), None);
    assert_eq!(by_id(&"a".repeat(40)), None);
    assert_eq!(by_id(&"a".repeat(64)), None);
    assert_eq!(repository.find(&Name::Head).unwrap(), Some(id(&second)));
}

#[test]
fn parents_are_those_of_the_commit() {
    let scripted = Scripted::new();
    let first = scripted.write("a", "1").commit("one");
    scripted.branch("side").write("b", "1").commit("two");
    let side = scripted.head();
    scripted.checkout("main");
    let merge = scripted.merge("side");
    let repository = open(&scripted);
    let parents = |text: &str| repository.parents(&id(text)).unwrap();
    assert_eq!(parents(&first), Some(vec![]));
    assert_eq!(parents(&merge), Some(vec![id(&first), id(&side)]));
    assert_eq!(parents(&"a".repeat(40)), None);
}

#[test]
fn before_the_first_commit_there_is_none() {
    let scripted = Scripted::new();
    let repository = open(&scripted);
    assert_eq!(repository.head().unwrap(), None);
    scripted.write("a", "1").write("b", "1").git(&["add", "b"]);
    let changes = repository.worktree_changes(&Base::EmptyTree).unwrap();
    assert_eq!(shown(&changes), [("a".into(), Status::Added), ("b".into(), Status::Added)]);
}

#[test]
fn each_way_to_differ_has_its_status() {
    let scripted = Scripted::new();
    scripted
        .write("modified", "1")
        .write("gone", "1")
        .write("run", "1")
        .write("moved", "long\nfile\n");
    scripted.write("link", "1").write("sub/file", "1").write("typed", "1");
    scripted.git(&["add", "."]);
    let base = scripted.submodule("module", &"1".repeat(40)).commit_index("one");
    scripted.write("modified", "2").remove("gone").chmod("run", true).remove("link");
    scripted.symlink("link", "modified").remove("moved").write("new/moved", "long\nfile\n");
    scripted.remove("sub").write("sub", "now a file").remove("typed");
    scripted.git(&["add", "."]);
    scripted.git(&["rm", "--quiet", "--cached", "--ignore-unmatch", "typed"]);
    scripted.submodule("typed", &"2".repeat(40)).submodule("module", &"3".repeat(40));
    let head = scripted.commit_index("three");
    let repository = open(&scripted);
    let changes = repository.changes(&since(&base), &id(&head)).unwrap();
    let wanted = [
        ("gone", Status::Deleted),
        ("link", Status::TypeChanged),
        ("modified", Status::Modified),
        ("module", Status::Modified),
        ("moved", Status::Deleted),
        ("new/moved", Status::Added),
        ("run", Status::Modified),
        ("sub", Status::Added),
        ("sub/file", Status::Deleted),
        ("typed", Status::TypeChanged),
    ];
    assert_eq!(shown(&changes), wanted.map(|(path, status)| (path.to_owned(), status)));
    let run = changes.of(b"run").unwrap();
    assert_eq!(run.old.unwrap().kind, Kind::File);
    assert_eq!(run.new.unwrap().kind, Kind::Executable);
    let module = Side { kind: Kind::Submodule, id: Some("3".repeat(40).parse().unwrap()) };
    assert_eq!(changes.of(b"module").unwrap().new, Some(module));
    let renames = repository.renames(&since(&base), &id(&head)).unwrap();
    assert_eq!(renames.len(), 1);
    assert_eq!(renames[0].to.as_bytes(), b"new/moved");
    assert_eq!(renames[0].similarity, 100);
    assert_eq!(repository.changes(&since(&head), &id(&head)).unwrap().len(), 0);
}

#[test]
fn nothing_that_is_configured_changes_an_answer() {
    let scripted = Scripted::new();
    let base = scripted.write("ä/x", "long\nfile\n").write("y", "1").commit("one");
    scripted.remove("ä").write("z/x", "long\nfile\n").write("z/y", "1");
    scripted.write(".gitattributes", "* diff=evil\n").write("order", "z/y\n");
    scripted.git(&["add", "."]);
    let head = scripted.submodule("m", &"1".repeat(40)).commit_index("two");
    let wanted = open(&scripted).changes(&since(&base), &id(&head)).unwrap();
    assert_eq!(wanted.len(), 6);
    for (key, value) in [
        ("core.quotepath", "true"),
        ("core.fsmonitor", "touch ran; true"),
        ("core.abbrev", "5"),
        ("diff.renames", "copies"),
        ("diff.external", "false"),
        ("diff.ignoreSubmodules", "all"),
        ("diff.orderFile", "order"),
        ("diff.relative", "true"),
        ("diff.evil.textconv", "touch ran; false"),
        ("diff.evil.command", "touch ran; false"),
        ("color.ui", "always"),
        ("core.pager", "false"),
        ("submodule.m.ignore", "all"),
    ] {
        scripted.git(&["config", key, value]);
    }
    let mut settings = super::settings(&scripted);
    for (name, value) in [("GIT_EXTERNAL_DIFF", "false"), ("GIT_DIFF_OPTS", "-u0")] {
        // Over those of this process, so they are seen even though git would not inherit them.
        settings.variables.push((name.into(), value.into()));
    }
    let below = Repository::open(&scripted.at("z"), settings).unwrap();
    // The submodule is not on the disk.
    assert_eq!(below.changes(&since(&base), &id(&head)).unwrap(), wanted);
    assert_eq!(below.worktree_changes(&since(&base)).unwrap().len(), 5);
    assert!(!scripted.at("ran").exists() && !scripted.at("z/ran").exists());
    // What was laid over a commit does not count either.
    scripted.git(&["replace", &head, &base]);
    assert_eq!(open(&scripted).changes(&since(&base), &id(&head)).unwrap(), wanted);
}

#[test]
fn an_id_that_is_not_here_is_a_failure_and_no_empty_list() {
    let scripted = Scripted::new();
    let head = scripted.write("a", "1").commit("one");
    let repository = open(&scripted);
    let failure = repository.changes(&since(&"a".repeat(40)), &id(&head)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::ObjectMissing);
    assert_eq!(failure.code, Some(128));
    assert!(repository.tree(&id(&"a".repeat(40))).is_err());
    let tree = scripted.id("HEAD^{tree}");
    let (folder, file) = tree.split_at(2);
    scripted.remove(format!(".git/objects/{folder}/{file}"));
    assert!(open(&scripted).changes(&Base::EmptyTree, &id(&head)).is_err());
}
