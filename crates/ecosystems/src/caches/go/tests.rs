//! Cases of go: which lines of its files count, and what is kept.

use proptest::prelude::*;

use crate::caches::testing::{Told, facts, paths};
use crate::caches::{Ecosystem, Layer, Level};

const MOD: &str = "module m\n\ngo 1.22\n\nrequire github.com/pkg/errors v0.9.1\n";
const SUM: &str = "github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=\n\
    github.com/pkg/errors v0.9.1/go.mod h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=\n";

/// What Go 1.27.3 answers, less what is empty.
const ANSWER: &str = r#"{"CC": "gcc", "CGO_ENABLED": "1", "GOAMD64": "v1", "GOARCH": "amd64",
    "GOCACHE": "/home/me/.cache/go-build", "GOFLAGS": "-tags=hunter2", "GOMODCACHE": "/home/me/go/pkg/mod",
    "GOOS": "linux", "GOVERSION": "go1.27.3"}"#;

#[test]
fn a_module_says_what_it_needs() {
    let files = [("go.mod", MOD), ("go.sum", SUM), ("a.go", "package m\n")];
    let told = Told { answers: &[ANSWER], variables: &[("HOME", "/home/me")], ..Told::files(&files) };
    let found = told.read(Ecosystem::Go).unwrap();
    assert_eq!(
        facts(&found, Level::Toolchain),
        [
            "go: CC",
            "go: CGO_ENABLED = 1",
            "go: GOAMD64 = v1",
            "go: GOARCH = amd64",
            "go: GOFLAGS",
            "go: GOOS = linux",
            "go: GOVERSION = go1.27.3",
            "go: line go = 1.22",
        ]
    );
    assert_eq!(
        facts(&found, Level::Dependencies),
        [
            "checksums in go.sum: github.com/pkg/errors v0.9.1 = h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=",
            "checksums in go.sum: github.com/pkg/errors v0.9.1/go.mod = h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=",
            "modules in go.mod: require github.com/pkg/errors = v0.9.1",
        ]
    );
    assert_eq!(facts(&found, Level::Workspace), ["sources: a.go"]);
    assert_eq!(paths(&found, Layer::Registry), ["~/go/pkg/mod/cache/download"]);
    assert_eq!(paths(&found, Layer::Dependencies), ["~/.cache/go-build"]);
    assert!(found.problems.is_empty() && !found.is_unlocked);
}

#[test]
fn what_is_taken_from_a_folder_asks_for_more() {
    let own = "module m\nrequire (\n\tx v0.0.0\n)\nreplace x => ../x\n";
    let files = [("a/go.mod", own), ("x/go.mod", "module x\nrequire y v1.0.0\n")];
    let tree = repo_model::MemoryTree::new(files).unwrap();
    let settings = crate::caches::Settings {
        workspaces: vec![crate::caches::Workspace { folder: b"a".to_vec(), target: None }],
        ..crate::caches::Settings::default()
    };
    let found = Ecosystem::Go
        .read(&crate::caches::Seen {
            tree: &tree,
            variables: &std::collections::BTreeMap::new(),
            answers: &[],
            beyond: &[],
            machine: &crate::caches::Machine::default(),
            settings: &settings,
        })
        .unwrap();
    assert_eq!(
        facts(&found, Level::Dependencies),
        [
            "modules in a/go.mod: replace x = ../x",
            "modules in a/go.mod: require x = v0.0.0",
            "modules in x/go.mod: require y = v1.0.0",
        ]
    );
    assert!(!found.is_unlocked, "all that it needs itself is in the repository");
}

#[test]
fn one_question_is_asked_for_each_toolchain() {
    let files = [("a/go.mod", "module a\ngo 1.22\n"), ("b/go.mod", "module b\ngo 1.22\n"), ("c/go.mod", "module c\ngo 1.23\n")];
    let tree = repo_model::MemoryTree::new(files).unwrap();
    let wants = Ecosystem::Go.wants(&tree, &crate::caches::Settings::default());
    let folders: Vec<&[u8]> = wants.probes.iter().map(|(folder, _)| folder.as_slice()).collect();
    assert_eq!(folders, [b"a", b"c"]);
}

#[test]
fn where_nothing_confirms_versions_that_is_told() {
    let found = Told::files(&[("go.mod", MOD)]).read(Ecosystem::Go).unwrap();
    assert!(found.is_unlocked && found.problems.len() == 1);
    let copied = [("go.mod", MOD), ("vendor/modules.txt", "# github.com/pkg/errors v0.9.1\n## explicit\ngithub.com/pkg/errors\n")];
    let found = Told::files(&copied).read(Ecosystem::Go).unwrap();
    assert!(!found.is_unlocked);
    let told = facts(&found, Level::Dependencies);
    assert!(told.contains(&"copies in vendor/modules.txt: github.com/pkg/errors = v0.9.1".to_owned()), "{told:?}");
    let shared = [("go.mod", MOD), ("go.work", "go 1.22\nuse .\n"), ("go.work.sum", SUM)];
    assert!(!Told::files(&shared).read(Ecosystem::Go).unwrap().is_unlocked);
}

#[test]
fn what_is_broken_says_where() {
    let line = |files: &[(&str, &str)]| {
        let problems = Told::files(files).read(Ecosystem::Go).unwrap_err();
        assert!(problems.iter().all(|it| it.help.is_some()));
        problems[0].place.clone().unwrap().line
    };
    let conflict = format!("{SUM}<<<<<<< ours\n");
    assert_eq!(line(&[("go.mod", MOD), ("go.sum", &conflict)]), Some(3));
    assert_eq!(line(&[("go.mod", "module m\n<<<<<<< ours\n")]), Some(2));
    let cut = SUM.get(..150).unwrap();
    assert_eq!(line(&[("go.mod", MOD), ("go.sum", cut)]), Some(2));
}

#[test]
fn places_are_where_each_system_and_variable_has_them() {
    let check = |os, variables: &[(&str, &str)], modules: &str, builds: &str| {
        let files = [("go.mod", "module m\n")];
        let told = Told { variables, os, ..Told::files(&files) };
        let found = told.read(Ecosystem::Go).unwrap();
        assert_eq!(paths(&found, Layer::Registry), [modules]);
        assert_eq!(paths(&found, Layer::Workspace), [builds]);
    };
    check("linux", &[], "~/go/pkg/mod/cache/download", "~/.cache/go-build");
    check("macos", &[], "~/go/pkg/mod/cache/download", "~/Library/Caches/go-build");
    check("windows", &[], "~/go/pkg/mod/cache/download", "~/AppData/Local/go-build");
    let home = ("HOME", "/home/me");
    check("linux", &[home, ("GOPATH", "/home/me/x:/y")], "~/x/pkg/mod/cache/download", "~/.cache/go-build");
    check("linux", &[("GOMODCACHE", "/m"), ("GOCACHE", "/b")], "/m/cache/download", "/b");
    check("linux", &[("XDG_CACHE_HOME", "/c")], "~/go/pkg/mod/cache/download", "/c/go-build");
}

proptest! {
    #[test]
    fn any_sums_are_read_or_refused(text in "[a-z0-9:. =\n\r/]{0,80}") {
        let _ = Told::files(&[("go.mod", MOD), ("go.sum", &text)]).read(Ecosystem::Go);
    }

    #[test]
    fn sums_that_end_early_are_refused_or_others(end in 0_usize..174) {
        let whole = Told::files(&[("go.mod", MOD), ("go.sum", SUM)]).read(Ecosystem::Go).unwrap();
        let cut = SUM.get(..end.min(SUM.trim_end().len() - 1)).unwrap();
        if let Ok(found) = Told::files(&[("go.mod", MOD), ("go.sum", cut)]).read(Ecosystem::Go) {
            prop_assert_ne!(found.ingredients, whole.ingredients);
        }
    }
}
