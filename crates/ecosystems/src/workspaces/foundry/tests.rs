//! Whole repositories, read as a tool reads them. What is expected follows from what Foundry and Solidity
//! document, by hand.

use repo_model::{ChangeSet, Kind, MemoryTree};

use super::*;
use crate::workspaces::NeedKind;
use crate::workspaces::testing::{Files, compared, edited, names, needs, touches, tree};

/// Four projects: `app` imports from `shared` by a remapping and from `core` by a path; its tests use
/// the tests of `core`; `hard` is one of Hardhat.
const FILES: &[(&str, &str)] = &[
    ("app/foundry.toml", "[profile.default]\nremappings = ['@shared/=../shared/src/']\n"),
    ("app/src/A.sol", "import {S} from \"@shared/S.sol\";\nimport \"../../core/src/C.sol\";"),
    (
        "app/test/A.t.sol",
        "import \"../../core/test/Base.sol\";\nimport \"../../hard/contracts/H.sol\";",
    ),
    ("app/lib/forge-std/foundry.toml", ""),
    ("app/lib/forge-std/src/Test.sol", "import \"../../../../hard/contracts/H.sol\";"),
    ("core/foundry.toml", "[profile.default]\nsrc = 'src'\n[fmt]\nline_length = 80\n"),
    ("core/remappings.txt", "ds-test/=lib/ds-test/src/\n"),
    ("core/src/C.sol", "import \"ds-test/test.sol\";"),
    ("core/test/Base.sol", ""),
    ("hard/hardhat.config.ts", ""),
    ("hard/contracts/H.sol", "import \"@openzeppelin/contracts/x.sol\";"),
    ("hard/test/h.ts", ""),
    ("shared/foundry.toml", ""),
    ("shared/src/S.sol", ""),
    ("shared/test/S.t.sol", ""),
];

fn files() -> Files<'static> {
    FILES.iter().copied().collect()
}

fn reading(base: &Files<'_>, head: &Files<'_>) -> Result<Reading, Box<Problem>> {
    compared(&tree(base), &tree(head), read)
}

#[track_caller]
fn check(path: &str, text: Option<&str>, wanted: &[&str]) -> Reading {
    let reading = reading(&files(), &edited(&files(), &[(path, text)])).unwrap();
    assert_eq!(touches(&reading), wanted);
    reading
}

#[test]
fn a_project_needs_what_its_sources_and_remappings_lead_to() {
    let reading = reading(&files(), &files()).unwrap();
    assert_eq!(names(&reading), ["app", "core", "hard", "shared"]);
    assert_eq!(
        needs(&reading)[0],
        (
            "app",
            vec![
                ("core", NeedKind::Normal),
                ("core", NeedKind::Dev),
                ("hard", NeedKind::Dev),
                ("shared", NeedKind::Normal),
            ]
        )
    );
    assert!(reading.packages.iter().skip(1).all(|it| it.needs.is_empty()));
    assert!(reading.touches.is_empty() && reading.known.is_empty());
}

#[test]
fn a_file_reaches_as_far_as_its_place_says() {
    check("shared/src/S.sol", Some("x"), &["shared: all"]);
    check("shared/test/S.t.sol", None, &["shared: own"]);
    // `app` imports from the tests of `core`.
    check("core/test/Base.sol", Some("x"), &["core: all"]);
    check("hard/test/h.ts", Some("x"), &["hard: own"]);
    check("app/lib/forge-std/src/Test.sol", Some("x"), &["app: all"]);
    check("app/lib/solady", Some("commit"), &["app: all"]);
    check("app/README.md", Some(""), &["app: own"]);
    check("app/.solhint.json", Some(""), &["app: lint"]);
    let reading = check("README.md", Some(""), &[]);
    assert!(reading.known.is_empty());
}

#[test]
fn a_configuration_is_read_by_its_meaning() {
    check(
        "core/foundry.toml",
        Some("[fmt]\nline_length = 80\n[profile.default]\nsrc = \"src\"\n"),
        &[],
    );
    check(
        "core/foundry.toml",
        Some("[fmt]\nline_length = 9\n[profile.default]\nsrc='src'\n"),
        &["core: lint"],
    );
    check(
        "core/foundry.toml",
        Some("[fmt]\nline_length = 80\n[profile.default]\nsrc='s'\n"),
        &["core: all"],
    );
    check("core/remappings.txt", Some(""), &["core: all"]);
    check("hard/hardhat.config.ts", Some("x"), &["hard: all"]);
    let reading = check("hard/hardhat.config.ts", None, &[]);
    assert_eq!((reading.gone, reading.known.len()), (vec!["hard".to_owned()], 1));
    check("new/foundry.toml", Some(""), &["new: all"]);
}

#[test]
fn links_in_libraries_lead_to_projects() {
    let tree = MemoryTree::new([
        ("a/foundry.toml", ""),
        ("a/lib/b", "../../b"),
        ("b/foundry.toml", "[profile.default]\nlibs = ['../all']\n"),
        ("all/c/foundry.toml", ""),
    ]);
    let tree = tree.unwrap().with_kind(b"a/lib/b", Kind::Symlink);
    let changes = ChangeSet::default();
    let reading = read(&Sides { base: None, head: &tree, changes: &changes }).unwrap();
    let needs: Vec<Vec<usize>> =
        reading.packages.iter().map(|it| it.needs.iter().map(|need| need.on).collect()).collect();
    assert_eq!(needs, [vec![2], vec![], vec![1]]);
}

/// What one changed file touches of some files; it needs not be one of them.
#[track_caller]
fn check_files(files: &[(&str, &str)], path: &str, wanted: &[&str]) {
    let tree = tree(&files.iter().copied().collect());
    let file = RepoPath::of_git(path.as_bytes()).unwrap();
    let change = Change { path: file, status: Status::Modified, old: None, new: None };
    let all = ChangeSet::new(vec![change]);
    let reading = read(&Sides { base: Some(&tree), head: &tree, changes: &all }).unwrap();
    assert_eq!(touches(&reading), wanted, "{path}");
    assert_eq!(reading.known.len(), usize::from(!wanted.is_empty()));
}

#[test]
fn what_belongs_to_no_project_touches_who_takes_it() {
    let a = ("a/foundry.toml", "");
    // By a path, also through other such files.
    let files = [
        a,
        ("a/src/A.sol", "import \"../../common/X.sol\";"),
        ("a/test/A.t.sol", "import \"../../common/T.sol\";"),
        ("b/foundry.toml", ""),
        ("common/X.sol", "import \"../deep/Y.sol\";"),
        ("deep/Y.sol", ""),
    ];
    check_files(&files, "common/X.sol", &["a: all"]);
    check_files(&files, "deep/Y.sol", &["a: all"]);
    check_files(&files, "common/T.sol", &["a: own"]);
    check_files(&files, "common/Z.sol", &[]);
    // By settings.
    let settings = "[profile.default]\nlibs = ['../lib']\nremappings = ['c/ = ../lib2/c/src']\n\
                    src = '../contracts'\ntest = '../tests'\ninclude_paths = ['../shared']\nextends = '../base.toml'\n";
    let files = [
        ("a/foundry.toml", settings),
        ("base.toml", "[profile.default]\nremappings = ['d/=../d/']"),
        ("contracts/A.sol", "import \"lib2/X.sol\";\nimport \"../deep/Y.sol\";"),
        ("tests/A.t.sol", "import \"../deep/T.sol\";"),
        ("shared/lib2/X.sol", ""),
    ];
    for path in ["lib/solmate/src/X.sol", "lib/solmate", "lib2/c", "lib2/c/src/x/X.sol"] {
        check_files(&files, path, &["a: all"]);
    }
    for path in ["contracts/A.sol", "deep/Y.sol", "shared/lib2/X.sol", "base.toml", "d/D.sol"] {
        check_files(&files, path, &["a: all"]);
    }
    check_files(&files, "tests/A.t.sol", &["a: own"]);
    check_files(&files, "deep/T.sol", &["a: own"]);
    check_files(&files, "lib2/d", &[]);
    let extended = "[profile.default]\nextends = { path = '../base.toml' }\n";
    check_files(&[("a/foundry.toml", extended)], "base.toml", &["a: all"]);
    // By links.
    let files = [
        a,
        ("a/lib/common", "->../../common"),
        ("a/src/deep", "->../../deep"),
        ("a/src/A.sol", "import \"./deep/X.sol\";"),
        ("deep", "->real/deep"),
        ("real/deep/X.sol", "import \"../Y.sol\";\nimport \"../../../beside/the/Link.sol\";"),
        ("a/src/loop", "->loop"),
    ];
    for path in ["common/X.sol", "deep", "real/deep/X.sol", "real/Y.sol", "beside/the/Link.sol"] {
        check_files(&files, path, &["a: all"]);
    }
    check_files(&files, "real/Z.sol", &[]);
    // By a program.
    let program =
        "import base from '../base';\nmodule.exports = {paths: {sources: \"../contracts\"}}";
    let files = [("a/hardhat.config.ts", program), ("base.ts", "")];
    check_files(&files, "contracts/A.sol", &["a: all"]);
    check_files(&files, "base.ts", &["a: all"]);
}

#[test]
fn a_test_that_others_import_reaches_them() {
    let files = [
        ("a/foundry.toml", ""),
        ("a/src/X.sol", "import \"../test/Mock.sol\";"),
        ("a/test/Mock.sol", "import \"./Base.sol\";"),
        ("a/test/A.t.sol", "import \"./Mock.sol\";"),
        ("b/foundry.toml", ""),
        ("b/lib/a", "->../../a"),
        ("b/test/B.t.sol", "import \"a/script/S.sol\";"),
        ("a/script/S.sol", ""),
    ];
    check_files(&files, "a/test/Mock.sol", &["a: all"]);
    check_files(&files, "a/test/Base.sol", &["a: all"]);
    check_files(&files, "a/test/A.t.sol", &["a: own"]);
    check_files(&files, "a/script/S.sol", &["a: all"]);
}

#[test]
fn a_new_project_is_told_by_what_made_it_one() {
    let base = Files::from([
        ("a/foundry.toml", "[profile.default]\nlibs = ['x']\n"),
        ("a/x/b/foundry.toml", ""),
        ("0/remappings.txt", ""),
    ]);
    let mut head = base.clone();
    head.insert("a/foundry.toml", "[profile.default]\nlibs = ['y']\n");
    head.insert("0/remappings.txt", "x=y");
    let reading = reading(&base, &head).unwrap();
    assert_eq!(touches(&reading), ["a: all", "a/x/b: all"]);
    assert!(reading.touches.iter().all(|it| it.path.as_bytes() == b"a/foundry.toml"));
}

#[test]
fn what_cannot_be_read_now_is_an_error_and_what_could_not_be_before_touches() {
    let mut broken = files();
    broken.insert("core/foundry.toml", "[profile.default]\nsrc = \n");
    let place = reading(&files(), &broken).unwrap_err().place.unwrap();
    assert_eq!((place.file.raw(), place.line), (&b"core/foundry.toml"[..], Some(2)));
    let repaired = reading(&broken, &files()).unwrap();
    assert_eq!((repaired.touches.len(), repaired.problems.len()), (1, 1));
    assert_eq!(repaired.touches[0].reach, Reach::Dependents);
}
