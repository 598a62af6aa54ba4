//! What is behind symbolic links. How cargo sees them was tried with cargo 1.95.

use repo_model::{ChangeSet, Kind, MemoryTree};

use super::{Options, PACKAGE_A, compared, files, listed, metadata, names, needs, read};
use crate::workspaces::Sides;
use crate::workspaces::testing::{Files, edited, touches, tree};

/// A tree in which a text that begins with `->` is a link.
fn linked(given: &Files<'_>) -> MemoryTree {
    let texts = given.iter().map(|(path, text)| (*path, text.strip_prefix("-> ").unwrap_or(text)));
    let links = given.iter().filter(|(_, text)| text.starts_with("-> "));
    links.fold(tree(&texts.collect()), |tree, (path, _)| {
        tree.with_kind(path.as_bytes(), Kind::Symlink)
    })
}

/// What a change of a file touches, and which packages and needs there are.
#[track_caller]
fn check(
    given: &[(&str, &str)],
    path: &str,
    now: &str,
    (packages, needed): (&[&str], &[&str]),
    wanted: &[&str],
) {
    let base = files(given);
    let head = edited(&base, &[(path, Some(now))]);
    let (base, head) = (linked(&base), linked(&head));
    let reading = listed(&head);
    assert_eq!((names(&reading), needs(&reading)), (texts(packages), texts(needed)));
    let reading = compared(&base, &head, false);
    assert_eq!(touches(&reading), wanted, "{path}: {:?}", reading.touches);
    assert!(reading.touches.iter().all(|touch| touch.path.as_bytes() == path.as_bytes()));
    assert_eq!(reading.known.len(), usize::from(!wanted.is_empty()), "{:?}", reading.known);
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

const ROOT: (&str, &str) = ("Cargo.toml", "workspace.members = ['crates/*']");
const USES_B: (&str, &str) =
    ("crates/a/Cargo.toml", "package.name = 'a'\ndependencies.b.path = '../b'");
const B: &str = "[package]\nname = 'b'\n[dependencies]";

#[test]
fn the_folder_of_a_member_or_a_dependency_may_be_a_link() {
    let both: (&[&str], &[&str]) = (&["a", "b"], &["a -> b"]);
    let member = [
        ROOT,
        USES_B,
        ("crates/b", "-> ../real/b"),
        ("real/b/Cargo.toml", B),
        ("real/b/src/lib.rs", ""),
        ("real/c/Cargo.toml", "package.name = 'c'"),
    ];
    check(&member, "real/b/src/lib.rs", "new", both, &["b: all"]);
    check(&member, "real/b/Cargo.toml", &format!("{B}\nx = '1'"), both, &["b: all"]);
    let named = ("Cargo.toml", "workspace.members = ['crates/a', 'crates/b/']");
    let member: Vec<(&str, &str)> =
        std::iter::once(named).chain(member.into_iter().skip(1)).collect();
    check(&member, "real/b/src/lib.rs", "new", both, &["b: all"]);
    check(&member, "crates/b", "-> ../real/c", (&["a", "c"], &["a -> c"]), &["c: all"]);
    let dependency = [
        ROOT,
        ("crates/a/Cargo.toml", "package.name = 'a'\ndependencies.b.path = '../../linked/b'"),
        ("linked", "-> real"),
        ("real/b/Cargo.toml", B),
        ("real/b/src/lib.rs", ""),
    ];
    check(&dependency, "real/b/src/lib.rs", "new", both, &["b: all"]);
}

#[test]
fn the_paths_of_a_package_behind_a_link_begin_where_it_is_seen() {
    let given = [
        ROOT,
        ("crates/b", "-> ../real/b"),
        ("real/b/Cargo.toml", "package.name = 'b'\ndependencies.c.path = '../c'"),
        ("crates/c/Cargo.toml", "package.name = 'c'"),
        ("crates/c/src/lib.rs", ""),
    ];
    check(&given, "crates/c/src/lib.rs", "new", (&["b", "c"], &["b -> c"]), &["c: all"]);
}

#[test]
fn a_manifest_may_be_a_link() {
    let given = [
        ROOT,
        USES_B,
        ("crates/b/Cargo.toml", "-> ../../man/b.toml"),
        ("crates/b/src/lib.rs", ""),
        ("man/b.toml", B),
    ];
    let both: (&[&str], &[&str]) = (&["a", "b"], &["a -> b"]);
    check(&given, "crates/b/src/lib.rs", "new", both, &["b: all"]);
    check(&given, "man/b.toml", &format!("{B}\nserde = '1'"), both, &["b: all"]);
    let same = format!("# words\n{B}");
    let head = edited(&files(&given), &[("man/b.toml", Some(&same))]);
    assert_eq!(touches(&compared(&linked(&files(&given)), &linked(&head), false)), [""; 0]);
}

#[test]
fn what_is_included_may_be_a_link() {
    let a = ("crates/a/Cargo.toml", PACKAGE_A);
    let only: (&[&str], &[&str]) = (&["a"], &[]);
    let page = ("crates/a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]");
    let link = ("crates/a/README.md", "-> ../../README.md");
    check(&[ROOT, a, page, link, ("README.md", "")], "README.md", "new", only, &["a: own"]);
    let deep = ("crates/a/src/x.rs", page.1);
    check(&[ROOT, a, deep, link, ("README.md", "")], "README.md", "new", only, &["a: own"]);
    let other = ("crates/a/NOTICE", "-> ../../text/notice");
    let takes = ("crates/a/src/x.rs", "const X: &str = include_str!(\"../NOTICE\");");
    let given = [ROOT, a, takes, other, ("text/notice", "")];
    check(&given, "text/notice", "new", only, &["a: all"]);
    let script = ("crates/a/build.rs", "f(\"../../proto\")");
    let given = [ROOT, a, script, ("proto", "-> schemas"), ("schemas/x", "")];
    check(&given, "schemas/x", "new", only, &["a: all"]);
    let target = ("crates/a/Cargo.toml", "package.name = 'a'\nlib.path = '../../s/lib.rs'");
    let given = [ROOT, target, ("s", "-> shared"), ("shared/lib.rs", "")];
    check(&given, "shared/lib.rs", "new", only, &["a: all"]);
}

#[test]
fn settings_and_lock_files_may_be_links() {
    let given = [
        ("Cargo.toml", "package.name = 'root'\nworkspace.exclude = ['fuzz', 'x']"),
        ("fuzz/Cargo.toml", "package.name = 'fuzz'\ndependencies.root.path = '..'"),
        ("fuzz/Cargo.lock", "-> ../ci/Cargo.lock"),
        ("fuzz/rust-toolchain.toml", "-> ../ci/nightly.toml"),
        ("fuzz/clippy.toml", "-> ../ci/clippy.txt"),
        ("ci/Cargo.lock", ""),
        ("ci/nightly.toml", ""),
        ("ci/clippy.txt", ""),
    ];
    let both: (&[&str], &[&str]) = (&["fuzz", "root@"], &["fuzz -> root"]);
    check(&given, "ci/Cargo.lock", "new", both, &["fuzz: all"]);
    check(&given, "ci/nightly.toml", "new", both, &["fuzz: all"]);
    check(&given, "ci/clippy.txt", "new", both, &["fuzz: lint"]);
}

#[test]
fn cargo_says_where_it_sees_a_package() {
    let head =
        linked(&files(&[ROOT, USES_B, ("crates/b", "-> ../real/b"), ("real/b/Cargo.toml", B)]));
    let json = r#"{"workspace_root":"/w","packages":[
        {"id":"b","source":null,"manifest_path":"/w/crates/b/Cargo.toml","dependencies":[]},
        {"id":"a","source":null,"manifest_path":"/w/crates/a/Cargo.toml",
            "dependencies":[{"kind":null,"path":"/w/crates/b"}]}]}"#;
    let told = metadata::read(json.as_bytes(), b"/w").unwrap();
    let sides = Sides { base: None, head: &head, changes: &ChangeSet::default() };
    let reading = read(&sides, &Options { metadata: Some(&told), ..Options::default() }).unwrap();
    assert_eq!((names(&reading), needs(&reading)), (texts(&["a", "b"]), texts(&["a -> b"])));
}

#[test]
fn a_patch_may_go_through_a_link() {
    let given = [
        ("Cargo.toml", "workspace.members = ['crates/*']\npatch.crates-io.x.path = 'linked/x'"),
        ("crates/a/Cargo.toml", "package.name = 'a'\ndependencies.x = '1'"),
        ("linked", "-> real"),
        ("real/x/Cargo.toml", "package.name = 'x'"),
        ("real/x/src/lib.rs", ""),
    ];
    let both: (&[&str], &[&str]) = (&["a", "x"], &["a -> x"]);
    check(&given, "real/x/src/lib.rs", "new", both, &["x: all"]);
}

#[test]
fn links_that_lead_nowhere_are_no_packages() {
    for leads in ["..", ".", "b", "/etc", "../../..", "x"] {
        let link = format!("-> {leads}");
        let given = files(&[ROOT, ("crates/a/Cargo.toml", PACKAGE_A), ("crates/b", &link)]);
        assert_eq!(names(&listed(&linked(&given))), ["a"], "{leads}");
    }
}
