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
