//! Whole readings of trees in memory; what is expected was worked out by hand from The Cargo Book.

mod configs;
mod links;
mod locks;
mod nested;
mod origins;
mod properties;
mod sources;

use repo_model::{ChangeSet, Kind, MemoryTree};

use super::{Options, metadata, read};
use crate::workspaces::testing::{self, Edit, Files, edited, touches, tree};
use crate::workspaces::{NeedKind, Reading, Sides};

fn files<'a>(files: &[(&'a str, &'a str)]) -> Files<'a> {
    files.iter().copied().collect()
}

fn compared(base: &MemoryTree, head: &MemoryTree, scan_includes: bool) -> Reading {
    let options = Options { scan_includes, metadata: None };
    testing::compared(base, head, |sides| read(sides, &options)).unwrap()
}

fn listed(tree: &MemoryTree) -> Reading {
    let changes = ChangeSet::default();
    read(&Sides { base: None, head: tree, changes: &changes }, &Options::default()).unwrap()
}

/// `name@folder`, or `name` alone where the folder ends in the name.
fn names(reading: &Reading) -> Vec<String> {
    let named = |it: &crate::workspaces::Package| {
        let folder = String::from_utf8(it.folder.clone()).unwrap();
        if folder.ends_with(&it.name) { it.name.clone() } else { format!("{}@{folder}", it.name) }
    };
    reading.packages.iter().map(named).collect()
}

#[track_caller]
fn check_packages(files_given: &[(&str, &str)], wanted: &[&str]) {
    assert_eq!(names(&listed(&tree(&files(files_given)))), wanted);
}

const PACKAGE_A: &str = "package.name = 'a'";
const PACKAGE_B: &str = "package.name = 'b'";

#[test]
fn members_are_found_as_cargo_finds_them() {
    check_packages(&[("Cargo.toml", PACKAGE_A)], &["a@"]);
    check_packages(&[("README.md", "")], &[]);
    let root = "[workspace]\nmembers = ['crates/*']";
    let (a, b) = (("crates/a/Cargo.toml", PACKAGE_A), ("crates/b/Cargo.toml", PACKAGE_B));
    check_packages(&[("Cargo.toml", root), a, b], &["a", "b"]);
    let excluding = "[workspace]\nmembers = ['crates/*']\nexclude = ['crates/b']";
    let explicit = "[workspace]\nmembers = ['crates/*', 'crates/b']\nexclude = ['crates/b']";
    // Excluded, it is alone: still a package.
    check_packages(&[("Cargo.toml", excluding), a, b], &["a", "b"]);
    check_packages(&[("Cargo.toml", explicit), a, b], &["a", "b"]);
    let only_a = "[workspace]\nmembers = ['crates/a']";
    check_packages(&[("Cargo.toml", only_a), a, b], &["a"]);
    let to_b = "package.name = 'a'\ndependencies.b.path = '../b'";
    check_packages(&[("Cargo.toml", only_a), ("crates/a/Cargo.toml", to_b), b], &["a", "b"]);
    let shared =
        "[workspace]\nmembers = ['crates/a']\n[workspace.dependencies]\nb.path = 'crates/b'";
    let inherits = "package.name = 'a'\ndev-dependencies.b.workspace = true";
    check_packages(&[("Cargo.toml", shared), a, b], &["a"]);
    check_packages(&[("Cargo.toml", shared), ("crates/a/Cargo.toml", inherits), b], &["a", "b"]);
}

#[test]
fn several_workspaces_and_packages_that_are_alone_stand_side_by_side() {
    check_packages(
        &[
            ("x/Cargo.toml", "[workspace]\nmembers = ['a', '../far']"),
            ("x/a/Cargo.toml", PACKAGE_A),
            ("y/Cargo.toml", "workspace = {}\npackage.name = 'y'"),
            ("alone/Cargo.toml", "package.name = 'alone'\ndependencies.macros.path = 'macros'"),
            ("alone/macros/Cargo.toml", "package.name = 'macros'"),
            ("alone/other/Cargo.toml", "package.name = 'other'"),
            ("far/Cargo.toml", "package.name = 'far'\npackage.workspace = '../x'"),
        ],
        &["a", "alone", "far", "macros", "y"],
    );
}

#[test]
fn a_manifest_that_no_workspace_reaches_is_data_below_a_package() {
    let broken = "not a manifest";
    check_packages(
        &[
            ("Cargo.toml", "workspace.members = ['crates/*']\npackage.name = 'root'"),
            ("crates/a/Cargo.toml", PACKAGE_A),
            ("crates/a/tests/fixture/Cargo.toml", broken),
            ("crates/a/containers/x/Cargo.toml", broken),
            ("tests/x/Cargo.toml", "[workspace]\npackage.name = 'x'"),
            ("template/Cargo.toml", broken),
        ],
        &["a", "root@"],
    );
}

#[test]
fn what_a_root_excludes_below_its_package_is_a_package_outside_of_its_tests() {
    check_packages(
        &[
            (
                "Cargo.toml",
                "workspace.exclude = ['fuzz', 'tests/x', 'deep']\npackage.name = 'root'",
            ),
            ("fuzz/Cargo.toml", "package.name = 'fuzz'\ndependencies.root.path = '..'"),
            ("tests/x/Cargo.toml", "package.name = 'x'"),
            ("deep/y/Cargo.toml", "[workspace]\nmembers = ['z']"),
            ("deep/y/z/Cargo.toml", "package.name = 'z'"),
        ],
        &["fuzz", "root@", "z"],
    );
}

#[test]
fn a_manifest_that_cargo_would_not_build_is_no_package() {
    let reading = listed(&tree(&files(&[
        ("Cargo.toml", "[workspace]\nmembers = ['a', 'gone']"),
        ("a/Cargo.toml", PACKAGE_A),
        ("b/Cargo.toml", PACKAGE_B),
        ("template/Cargo.toml", "{{ not a manifest }}"),
        ("nested/Cargo.toml", "[workspace]\nmembers = ['c']"),
        ("nested/c/Cargo.toml", "package.name = 'c'"),
    ])));
    assert_eq!(names(&reading), ["a", "c"]);
    assert_eq!(reading.problems.len(), 2, "{:?}", reading.problems);
}

/// Who needs whom: `a -> b` to be used, `a => b` to be built, `a ~> b` for tests.
fn needs(reading: &Reading) -> Vec<String> {
    let mut said = Vec::new();
    for package in &reading.packages {
        for need in &package.needs {
            let arrow = match need.kind {
                NeedKind::Normal => "->",
                NeedKind::Build => "=>",
                NeedKind::Dev => "~>",
            };
            said.push(format!("{} {arrow} {}", package.name, reading.packages[need.on].name));
        }
    }
    said
}

#[track_caller]
fn check_needs(files_given: &[(&str, &str)], wanted: &[&str]) {
    assert_eq!(needs(&listed(&tree(&files(files_given)))), wanted);
}

const ROOT: (&str, &str) = (
    "Cargo.toml",
    "[workspace]\nmembers = ['*']\n[workspace.dependencies]\nc = { path = 'c', version = '1' }",
);
const B: (&str, &str) = ("b/Cargo.toml", PACKAGE_B);
const C: (&str, &str) = ("c/Cargo.toml", "package.name = 'c'");

#[test]
fn a_dependency_with_a_path_is_a_need() {
    let check = |a: &str, wanted: &[&str]| {
        let a = format!("package.name = 'a'\n{a}");
        check_needs(&[ROOT, ("a/Cargo.toml", &a), B, C], wanted);
    };
    check("dependencies.b.path = '../b'", &["a -> b"]);
    check("dependencies.b = { path = '../b', optional = true }", &["a -> b"]);
    check("dependencies.b = '1'", &[]);
    check("dependencies.c.workspace = true", &["a -> c"]);
    check("dependencies.x = { path = '../b', package = 'b' }", &["a -> b"]);
    check("build-dependencies.b.path = '../b'", &["a => b"]);
    check("dev_dependencies.b.path = '../b'\ndependencies.c.path = '../c'", &["a ~> b", "a -> c"]);
    check("target.'cfg(windows)'.dependencies.b.path = '../b'", &["a -> b"]);
    check("dependencies.a.path = '.'", &[]);
    check("dependencies.b.path = '../../elsewhere'", &[]);
}

const LOCK_WITH_PATCH: &str = "version = 4
[[package]]
name = 'a'
version = '0.1.0'
dependencies = ['serde']
[[package]]
name = 'b'
version = '0.1.0'
[[package]]
name = 'c'
version = '0.1.0'
dependencies = ['b', 'quiet']
[[package]]
name = 'quiet'
version = '1.0.0'
source = 'registry+r'
[[package]]
name = 'serde'
version = '1.0.0'
source = 'registry+r'
dependencies = ['b']
";

#[test]
fn a_patch_makes_needs_that_only_the_lock_file_knows() {
    let root = ("Cargo.toml", "[workspace]\nmembers = ['*']\n[patch.crates-io]\nb.path = 'b'");
    let a = ("a/Cargo.toml", "package.name = 'a'\ndev-dependencies.serde = '1'");
    let c = ("c/Cargo.toml", "package.name = 'c'\ndependencies = { b = '1', quiet = '1' }");
    check_needs(&[root, a, B, c, ("Cargo.lock", LOCK_WITH_PATCH)], &["a ~> b", "c -> b"]);
    // Without it, whoever uses anything from elsewhere may use the patched one.
    check_needs(&[root, a, B, c], &["a ~> b", "c -> b"]);
    let only_quiet = ("c/Cargo.toml", "package.name = 'c'\ndependencies.quiet = '1'");
    check_needs(&[root, B, only_quiet], &["c -> b"]);
    check_needs(&[ROOT, B, only_quiet], &[]);
}

/// A workspace of a root package and two members, `b` needing `a`.
fn workspace() -> Files<'static> {
    files(&[
        (
            "Cargo.toml",
            "workspace.members = ['crates/*']\n[package]\nname = 'root'\nversion = '1.0.0'\n[workspace.dependencies]\nserde = '1'\n[workspace.package]\nedition = '2021'\n[workspace.lints]\nclippy.x = 'warn'",
        ),
        (
            "Cargo.lock",
            "version = 4\n[[package]]\nname = 'a'\nversion = '1.0.0'\ndependencies = ['serde']\n[[package]]\nname = 'b'\nversion = '1.0.0'\ndependencies = ['a']\n[[package]]\nname = 'serde'\nversion = '1.0.1'\nsource = 'r'\nchecksum = '1'\n",
        ),
        ("src/lib.rs", ""),
        ("build.rs", "fn main() { read(\"docs/man\"); read(\"../\"); }"),
        (
            "crates/a/Cargo.toml",
            "[package]\nname = 'a'\nversion = '1.0.0'\nedition.workspace = true\n[dependencies]\nserde.workspace = true\n[lints]\nworkspace = true",
        ),
        ("crates/a/src/lib.rs", "const X: &str = env!(\"CARGO_PKG_VERSION\");"),
        ("crates/a/tests/it.rs", ""),
        (
            "crates/b/Cargo.toml",
            "[package]\nname = 'b'\nversion = '1.0.0'\n[dependencies]\na.path = '../a'",
        ),
        (
            "crates/b/src/lib.rs",
            "#![doc = include_str!(\"../README.md\")]\nconst X: &str = include_str!(\"../../a/tests/it.rs\");",
        ),
        ("crates/b/README.md", ""),
        ("crates/b/build.rs", "fn main() { compile(\"../../proto/x.proto\") }"),
        ("proto/x.proto", ""),
        ("docs/guide.md", ""),
        ("docs/man/x.1", ""),
    ])
}

#[track_caller]
fn check_edit(edits: &[Edit<'_>], wanted: &[&str]) {
    let base = workspace();
    let reading = compared(&tree(&base), &tree(&edited(&base, edits)), true);
    assert_eq!(touches(&reading), wanted, "{edits:?}: {:?}", reading.touches);
}

/// The text of a file of [`workspace`], with a part replaced.
fn with(path: &str, from: &str, to: &str) -> String {
    let text = workspace()[path];
    assert!(text.contains(from), "{path} has no {from}");
    text.replace(from, to)
}

#[test]
fn a_file_touches_the_package_that_it_belongs_to() {
    check_edit(&[], &[]);
    check_edit(&[("crates/a/src/lib.rs", Some("x"))], &["a: all"]);
    check_edit(&[("crates/b/src/new.rs", Some("x"))], &["b: all"]);
    check_edit(&[("crates/b/src/lib.rs", None)], &["b: all"]);
    check_edit(&[("src/lib.rs", Some("x"))], &["root: all"]);
    check_edit(&[("build.rs", Some("x"))], &["root: all"]);
    check_edit(&[("docs/guide.md", Some("x"))], &[]);
    check_edit(&[("docs/man/x.1", Some("x"))], &["root: all"]);
    check_edit(&[(".github/workflows/x.yml", Some("x"))], &[]);
    check_edit(&[("etc/x", Some("x"))], &["root: all"]);
    check_edit(&[("crates/a/README.md", Some("x"))], &[]);
    check_edit(&[("crates/a/docker/x", Some("x"))], &["a: all"]);
}

#[test]
fn what_another_package_includes_touches_both() {
    check_edit(&[("crates/a/tests/it.rs", Some("x"))], &["a: own", "b: all"]);
    check_edit(&[("crates/b/README.md", Some("x"))], &["b: own"]);
    check_edit(&[("proto/x.proto", Some("x"))], &["b: all", "root: all"]);
    // A package's own page is found in its sources without being asked to look into all of them.
    let head = edited(&workspace(), &[("crates/b/README.md", Some("x"))]);
    assert_eq!(touches(&compared(&tree(&workspace()), &tree(&head), false)), ["b: own"]);
    let base = workspace();
    let head = edited(&base, &[("crates/a/tests/it.rs", Some("x"))]);
    let reading = compared(&tree(&base), &tree(&head), false);
    assert_eq!(touches(&reading), ["a: own"], "without reading sources");
}

#[test]
fn a_source_outside_is_read_on_behalf_of_who_includes_it() {
    let base = files(&[
        ("Cargo.toml", "[workspace]\nmembers = ['a']"),
        ("a/Cargo.toml", PACKAGE_A),
        (
            "a/src/lib.rs",
            "#[path = \"../../shared/mod.rs\"]\nmod shared;\ninclude!(\"../../x/y.rs\");",
        ),
        ("shared/mod.rs", "mod deep;"),
        ("shared/deep.rs", ""),
        ("x/y.rs", "include_str!(\"z.txt\")"),
        ("x/z.txt", ""),
        ("x/other.txt", ""),
    ]);
    let check = |path: &str, is_touched: bool| {
        let head = edited(&base, &[(path, Some("new"))]);
        let reading = compared(&tree(&base), &tree(&head), true);
        let wanted: &[&str] = if is_touched { &["a: all"] } else { &[] };
        assert_eq!(touches(&reading), wanted, "{path}");
        assert_eq!(reading.known.len(), usize::from(is_touched), "{path}");
    };
    check("shared/deep.rs", true);
    check("x/y.rs", true);
    check("x/z.txt", true);
    check("x/other.txt", false);
}

#[test]
fn a_manifest_is_compared_by_meaning() {
    let a = |from, to| with("crates/a/Cargo.toml", from, to);
    check_edit(&[("crates/a/Cargo.toml", Some(&a("[lints]", "# words\n[lints]")))], &[]);
    check_edit(&[("crates/a/Cargo.toml", Some(&a("serde.workspace = true", "serde = '1'")))], &[]);
    let edition = a("edition.workspace = true", "edition = '2024'");
    check_edit(&[("crates/a/Cargo.toml", Some(&edition))], &["a: all"]);
    let dev = a("[lints]", "[dev-dependencies]\nx = '1'\n[lints]");
    check_edit(&[("crates/a/Cargo.toml", Some(&dev))], &["a: own"]);
}

#[test]
fn a_version_reaches_the_dependents_if_the_sources_read_it() {
    let new = |path| with(path, "version = '1.0.0'", "version = '1.0.1'");
    let (a, b) = (new("crates/a/Cargo.toml"), new("crates/b/Cargo.toml"));
    check_edit(&[("crates/a/Cargo.toml", Some(&a))], &["a: all"]);
    check_edit(&[("crates/b/Cargo.toml", Some(&b))], &["b: own"]);
}

#[test]
fn what_describes_a_package_reaches_the_dependents_if_the_sources_read_it() {
    let check = |key: &str, source: &str, reach: &str| {
        let base = edited(&workspace(), &[("crates/b/src/lib.rs", Some(source))]);
        let manifest =
            with("crates/b/Cargo.toml", "[dependencies]", &format!("{key}\n[dependencies]"));
        let head = edited(&base, &[("crates/b/Cargo.toml", Some(&manifest))]);
        let found = compared(&tree(&base), &tree(&head), false);
        assert_eq!(touches(&found), [format!("b: {reach}")], "{key} and {source}");
    };
    let described = "description = 'x'";
    check(described, "env!(\"CARGO_PKG_DESCRIPTION\")", "all");
    check(described, "env!(\"CARGO_PKG_AUTHORS\")", "own");
    check(described, "#[command(version, about)] struct A;", "all");
    check(described, "clap::crate_description!()", "all");
    check(described, "built::write_built_file()", "all");
    check(described, "", "own");
    check("license = 'MIT'", "option_env!(\"CARGO_PKG_LICENSE\")", "all");
    check("license = 'MIT'", "#[command(version, about)] struct A;", "own");
    check("metadata.system-deps.glib = '2'", "", "all");
}

#[test]
fn a_root_touches_who_inherits_what_changed() {
    let check = |from, to, wanted: &[&str]| {
        check_edit(&[("Cargo.toml", Some(&with("Cargo.toml", from, to)))], wanted);
    };
    check("serde = '1'", "serde = '1.0'", &["a: all"]);
    check("serde = '1'", "serde = '1'\nnew = '1'", &[]);
    check("'2021'", "'2024'", &["a: all"]);
    check("'warn'", "'deny'", &["a: lint"]);
    check("[workspace.lints]", "[workspace.metadata.x]\ny = 1\n[workspace.lints]", &[]);
    let all = ["a: all", "b: all", "root: all"];
    check("[workspace.lints]", "[profile.dev]\ndebug = 0\n[workspace.lints]", &all);
    check("workspace.members", "workspace.resolver = '3'\nworkspace.members", &all);
    check("name = 'root'", "name = 'root'\ndescription = 'x'", &["root: own"]);
}

#[test]
fn members_come_and_go() {
    let new = "package.name = 'n'";
    check_edit(
        &[("crates/n/Cargo.toml", Some(new)), ("crates/n/src/lib.rs", Some(""))],
        &["n: all", "n: all"],
    );
    let base = workspace();
    let deleted: Vec<Edit<'_>> = base
        .keys()
        .filter(|path| path.starts_with("crates/b/"))
        .map(|path| (*path, None))
        .collect();
    let reading = compared(&tree(&base), &tree(&edited(&base, &deleted)), true);
    assert!(reading.touches.is_empty());
    assert_eq!(reading.gone, ["b"]);
    assert_eq!(reading.known.len(), deleted.len());
    let fewer = with("Cargo.toml", "['crates/*']", "['crates/a']");
    let reading =
        compared(&tree(&base), &tree(&edited(&base, &[("Cargo.toml", Some(&fewer))])), true);
    assert!(reading.touches.is_empty());
    assert_eq!(reading.gone, ["b"]);
    let back = compared(&tree(&edited(&base, &[("Cargo.toml", Some(&fewer))])), &tree(&base), true);
    assert_eq!(touches(&back), ["b: all"]);
}

#[test]
fn a_lock_file_touches_who_reaches_what_changed() {
    let lock = |from, to| with("Cargo.lock", from, to);
    check_edit(&[("Cargo.lock", Some(&lock("1.0.1", "1.0.2")))], &["a: all"]);
    check_edit(&[("Cargo.lock", Some(&lock("checksum = '1'", "checksum = '2'")))], &["a: all"]);
    check_edit(
        &[(
            "Cargo.lock",
            Some(&lock("name = 'b'\nversion = '1.0.0'", "name = 'b'\nversion = '1.0.9'")),
        )],
        &[],
    );
    let all = ["a: all", "b: all", "root: all"];
    check_edit(&[("Cargo.lock", None)], &all);
    check_edit(&[("Cargo.lock", Some("<<<<<<< HEAD"))], &all);
    let base = workspace();
    let head = edited(&base, &[("Cargo.lock", Some("<<<<<<< HEAD"))]);
    let reading = compared(&tree(&base), &tree(&head), true);
    assert_eq!(reading.problems[0].place.as_ref().unwrap().line, Some(1));
}

#[test]
fn settings_touch_every_package_below_them() {
    let all = ["a: all", "b: all", "root: all"];
    check_edit(&[(".cargo/config.toml", Some("build.rustflags = []"))], &all);
    check_edit(&[(".cargo/config.toml", Some("alias.x = 'run'"))], &[]);
    check_edit(&[("rust-toolchain.toml", Some(""))], &all);
    check_edit(&[("clippy.toml", Some(""))], &["a: lint", "b: lint", "root: lint"]);
    check_edit(&[("crates/a/rustfmt.toml", Some(""))], &["a: lint"]);
    check_edit(&[("crates/a/tests/x/.cargo/config.toml", Some(""))], &["a: own"]);
}

#[test]
fn what_could_not_be_read_before_counts_as_changed() {
    let good = workspace();
    let check = |path: &str, wanted: &[&str]| {
        let broken = edited(&good, &[(path, Some("= broken"))]);
        let reading = compared(&tree(&broken), &tree(&good), true);
        assert_eq!(touches(&reading), wanted);
        assert_eq!(reading.problems.len(), 1);
    };
    check("crates/b/Cargo.toml", &["b: all"]);
    check("Cargo.toml", &["a: all", "b: all", "root: all"]);
}

#[test]
fn what_cannot_be_read_now_is_an_error_with_a_place() {
    let good = workspace();
    let head = tree(&edited(&good, &[("crates/b/Cargo.toml", Some("[package]\nname = "))]));
    let base = tree(&good);
    let changes = base.changes_to(&head);
    let sides = Sides { base: Some(&base), head: &head, changes: &changes };
    let problem = read(&sides, &Options::default()).unwrap_err();
    let place = problem.place.unwrap();
    assert_eq!((place.file.raw(), place.line), (&b"crates/b/Cargo.toml"[..], Some(2)));
}

#[test]
fn a_dependency_in_a_submodule_is_touched_with_it() {
    let given = files(&[
        ("Cargo.toml", "[workspace]\nmembers = ['a']"),
        ("a/Cargo.toml", "package.name = 'a'\ndependencies.x.path = '../vendor/lib/x'"),
        ("vendor/lib", "1"),
    ]);
    let base = tree(&given).with_kind(b"vendor/lib", Kind::Submodule);
    let head = tree(&edited(&given, &[("vendor/lib", Some("2"))]));
    let head = head.with_kind(b"vendor/lib", Kind::Submodule);
    assert_eq!(touches(&compared(&base, &head, true)), ["a: all"]);
}

#[test]
fn what_a_link_leads_to_touches_who_has_the_link() {
    let base = edited(
        &workspace(),
        &[("crates/b/src/shared", Some("../../a/tests")), ("crates/b/tests/up", Some("../.."))],
    );
    let check = |path: &str, wanted: &[&str]| {
        let linked = |files: &Files<'_>| {
            let tree = tree(files).with_kind(b"crates/b/src/shared", Kind::Symlink);
            tree.with_kind(b"crates/b/tests/up", Kind::Symlink)
        };
        let head = edited(&base, &[(path, Some("new"))]);
        assert_eq!(touches(&compared(&linked(&base), &linked(&head), false)), wanted);
    };
    check("crates/a/tests/it.rs", &["a: own", "b: all"]);
    check("crates/a/src/lib.rs", &["a: all"]);
}

#[test]
fn a_package_around_an_excluded_one_may_read_it() {
    let base = files(&[
        ("Cargo.toml", "workspace.exclude = ['fuzz', 'samples/x']\npackage.name = 'root'"),
        ("fuzz/Cargo.toml", "package.name = 'fuzz'"),
        ("samples/x/Cargo.toml", "package.name = 'x'"),
    ]);
    let check = |path: &str, wanted: &[&str]| {
        let head = edited(&base, &[(path, Some("new"))]);
        assert_eq!(touches(&compared(&tree(&base), &tree(&head), true)), wanted);
    };
    check("fuzz/src/x.rs", &["fuzz: all"]);
    check("samples/x/src/x.rs", &["root: all", "x: all"]);
}

#[test]
fn what_cargo_says_is_believed() {
    let given = files(&[
        ("Cargo.toml", "[workspace]\nmembers = ['*']"),
        ("a/Cargo.toml", PACKAGE_A),
        ("b/Cargo.toml", "package.name = 'b'\ndependencies.a.path = '../a'"),
        ("c/Cargo.toml", "package.name = 'c'"),
    ]);
    let json = r#"{"workspace_root":"/w","packages":[
        {"id":"a","source":null,"manifest_path":"/w/a/Cargo.toml","dependencies":[]},
        {"id":"x","source":"r","manifest_path":"/r/x/Cargo.toml","dependencies":[]},
        {"id":"b","source":null,"manifest_path":"/w/b/Cargo.toml","dependencies":[{"kind":"dev","path":"/w/a"}]}],
        "resolve":{"nodes":[{"id":"a","deps":[{"pkg":"x","dep_kinds":[{"kind":"build"}]}]},
            {"id":"b","deps":[]},{"id":"x","deps":[{"pkg":"b","dep_kinds":[]},{"pkg":"x"}]}]}}"#;
    let told = metadata::read(json.as_bytes(), b"/w").unwrap();
    let head = tree(&given);
    let sides = Sides { base: None, head: &head, changes: &ChangeSet::default() };
    let options = Options { metadata: Some(&told), ..Options::default() };
    let reading = read(&sides, &options).unwrap();
    assert_eq!(names(&reading), ["a", "b"]);
    assert_eq!(needs(&reading), ["a => b", "b ~> a"]);
    let fewer = tree(&edited(&given, &[("a/Cargo.toml", None)]));
    let changes = head.changes_to(&fewer);
    let sides = Sides { base: Some(&head), head: &fewer, changes: &changes };
    let gone = read(&sides, &options).unwrap().gone;
    assert_eq!(gone, ["a"], "not `c`, which never was one");
    assert!(metadata::read(b"{", b"/w").is_err());
    assert!(metadata::read(json.as_bytes(), b"/elsewhere").is_err());
}
