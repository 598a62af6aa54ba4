//! Whole repositories, read as a tool reads them. What is expected follows from what Go documents, by
//! hand.

use diagnostics::{Foreign, text};
use proptest::prelude::*;

use super::touches::may_match;
use super::*;
use crate::workspaces::NeedKind;
use crate::workspaces::testing::{self, Files, compared, edited, tree};

fn reading(base: &Files<'_>, head: &Files<'_>, unit: Unit) -> Result<Reading, Box<Problem>> {
    compared(&tree(base), &tree(head), |sides| read(sides, unit))
}

/// Two modules in a workspace, one of them replaced by a third beside it.
const FILES: &[(&str, &str)] = &[
    ("go.work", "go 1.22\nuse ./svc\nuse ./lib\n"),
    ("go.work.sum", ""),
    (
        "svc/go.mod",
        "module m/svc\ngo 1.22\nrequire (\n\tm/lib v1.0.0\n\tx.org/x v1.0.0\n\tx.org/y v1.0.0 // indirect\n)\n",
    ),
    ("svc/go.sum", ""),
    ("svc/main.go", "package main\nimport (\n\"fmt\"\n\"m/svc/internal/a\"\n)\n"),
    ("svc/main_test.go", "package main\nimport \"m/svc/internal/b\"\n"),
    (
        "svc/internal/a/a.go",
        "package a\nimport (\n\"m/lib\"\n\"m/lib/deep/er\"\n)\n//go:embed b static/*\n",
    ),
    ("svc/internal/a/b/b.go", "package b\nimport \"x.org/x/z\"\n"),
    ("svc/internal/b/b.go", "package b\nimport \"os\"\n"),
    ("svc/internal/b/testdata/in.go", "package no\n"),
    ("lib/go.mod", "module m/lib\nrequire x.org/x v1.0.0\n"),
    ("lib/lib.go", "package lib\nimport _ \"x.org/x\"\n"),
    ("lib/deep/er/er.go", "package er\n"),
    ("alone/go.mod", "module m/alone\nrequire m/lib v1.0.0\nreplace m/svc => ../svc\n"),
    ("alone/a.go", "package alone\nimport \"m/lib\"\nimport \"m/svc/internal/b\"\n"),
    ("README.md", ""),
];

fn files() -> Files<'static> {
    FILES.iter().copied().collect()
}

/// Replaces a file's text, or removes the file for nothing; what modules and what packages are touched.
#[track_caller]
fn check(path: &str, text: Option<&str>, modules: &[&str], packages: &[&str]) -> [Reading; 2] {
    let head = edited(&files(), &[(path, text)]);
    let readings =
        [Unit::Module, Unit::Package].map(|unit| reading(&files(), &head, unit).unwrap());
    for (reading, wanted) in readings.iter().zip([modules, packages]) {
        let mut touches = testing::touches(reading);
        touches.dedup();
        assert_eq!(touches, wanted);
    }
    readings
}

#[track_caller]
fn check_needs(unit: Unit, wanted: &[(&str, &[(&str, NeedKind)])]) {
    let reading = reading(&files(), &files(), unit).unwrap();
    let wanted: Vec<_> = wanted.iter().map(|(name, needs)| (*name, needs.to_vec())).collect();
    assert_eq!(testing::needs(&reading), wanted);
    assert!(reading.touches.is_empty() && reading.known.is_empty() && reading.gone.is_empty());
}

#[test]
fn a_module_needs_what_it_gets_from_the_repository() {
    // `alone` is not in the workspace: its `m/lib` comes from a proxy.
    check_needs(
        Unit::Module,
        &[
            ("m/alone", &[("m/svc", NeedKind::Normal)]),
            ("m/lib", &[]),
            ("m/svc", &[("m/lib", NeedKind::Normal)]),
        ],
    );
}

#[test]
fn a_package_needs_what_its_files_import() {
    use NeedKind::{Dev, Normal};
    check_needs(
        Unit::Package,
        &[
            ("m/alone", &[("m/svc/internal/b", Normal)]),
            ("m/lib", &[]),
            ("m/lib/deep/er", &[]),
            ("m/svc", &[("m/svc/internal/a", Normal), ("m/svc/internal/b", Dev)]),
            ("m/svc/internal/a", &[("m/lib", Normal), ("m/lib/deep/er", Normal)]),
            ("m/svc/internal/a/b", &[]),
            ("m/svc/internal/b", &[]),
        ],
    );
}

#[test]
fn a_file_touches_what_is_nearest_above() {
    let [module, package] = check(
        "svc/internal/b/b.go",
        Some("package b\n"),
        &["m/svc: all"],
        &["m/svc/internal/b: all"],
    );
    assert_eq!((module.known.len(), package.known.len()), (1, 1));
    check("svc/main_test.go", Some(""), &["m/svc: own"], &["m/svc: own"]);
    check("svc/internal/b/testdata/in.go", None, &["m/svc: own"], &["m/svc/internal/b: own"]);
    check("svc/web/x.css", Some(""), &["m/svc: all"], &["m/svc: all"]);
    check("svc/README.md", Some(""), &["m/svc: own"], &["m/svc: own"]);
    let [reading, _] = check("README.md", Some("x"), &[], &[]);
    assert!(reading.known.is_empty());
}

#[test]
fn what_is_embedded_touches_who_embeds_it() {
    let both = ["m/svc/internal/a: all", "m/svc/internal/a/b: all"];
    check("svc/internal/a/b/b.txt", Some(""), &["m/svc: all"], &both);
    check("svc/internal/a/static/x.md", Some(""), &["m/svc: all"], &["m/svc/internal/a: all"]);
    for (pattern, path, wanted) in [
        ("b", "b", true),
        ("b", "b/c", true),
        ("b", "bc", false),
        ("b/*.html", "b/x.html", true),
        ("*", "x", true),
        (".", "x/y", true),
        ("./x", "x", true),
    ] {
        assert_eq!(may_match(pattern, path.as_bytes()), wanted, "{pattern} {path}");
    }
}

#[test]
fn a_version_touches_what_imports_from_elsewhere() {
    let text = FILES[2].1;
    // `lib` asks for x 1.0.0 too, and gets the workspace's.
    check(
        "svc/go.mod",
        Some(&text.replace("x.org/x v1.0.0", "x.org/x v1.1.0")),
        &["m/lib: all", "m/svc: all"],
        &["m/lib: all", "m/svc/internal/a/b: all"],
    );
    check(
        "svc/go.mod",
        Some(&text.replace("x.org/x v1.0.0", "x.org/x v0.9.0")),
        &["m/svc: all"],
        &["m/svc/internal/a/b: all"],
    );
    check(
        "svc/go.mod",
        Some(&text.replace("x.org/y v1.0.0", "x.org/y v1.1.0")),
        &["m/svc: all"],
        &["m/svc/internal/a/b: all"],
    );
    check("svc/go.mod", Some(&text.replace("\tx.org", "x.org")), &[], &[]);
    check("svc/go.mod", Some(&format!("{text}retract v1.0.0 // oops\n")), &[], &[]);
    check("svc/go.sum", Some("x"), &["m/svc: own"], &["m/svc/internal/a/b: own"]);
    let sums = ["m/lib: own", "m/svc/internal/a/b: own"];
    check("go.work.sum", Some("x"), &["m/lib: own", "m/svc: own"], &sums);
}

const LIST: &str = "# x.org/x v1.0.0\n## explicit; go 1.20\nx.org/x\nx.org/x/in\n# x.org/y v1.0.0\nx.org/y\n# x.org/z v1.0.0\n## explicit\nx.org/z\n# x.org/unused => ../x\n";

/// A module without a package at its root, with copies of others: y needs a package of x.
const VENDORED: &[(&str, &str)] = &[
    ("svc/go.mod", "module m/svc\nrequire x.org/x v1.0.0\n"),
    ("svc/a/a.go", "package a\nimport \"x.org/y\"\n"),
    ("svc/a/vendor/own/x.js", ""),
    ("svc/b/b.go", "package b\nimport \"m/svc/a\"\n"),
    ("svc/c/c.go", "package c\nimport \"fmt\"\n"),
    ("svc/c/c_test.go", "package c\nimport \"x.org/z\"\n"),
    ("svc/d/d.go", "package d\nimport \"nodot/n\"\n"),
    ("svc/vendor/modules.txt", LIST),
    ("svc/vendor/nodot/n/n.go", "package n\n"),
    ("svc/vendor/x.org/x/in/in.go", "package in\n"),
    ("svc/vendor/x.org/x/in/include/in.h", ""),
    ("svc/vendor/x.org/x/LICENSE", ""),
    ("svc/vendor/x.org/y/y.go", "package y\nimport \"x.org/x/in\"\n"),
    ("svc/vendor/x.org/y/go.mod", "module x.org/y\n"),
    ("svc/vendor/x.org/z/z.go", "package z\n"),
    ("other/go.mod", "module m/other\n"),
    ("other/o.go", "package o\nimport \"x.org/y\"\n"),
];

#[track_caller]
fn check_vendored(files: &[(&str, &str)], path: &str, text: Option<&str>, wanted: [&[&str]; 2]) {
    let base: Files<'_> = files.iter().copied().collect();
    let head = edited(&base, &[(path, text)]);
    for (unit, wanted) in [Unit::Module, Unit::Package].into_iter().zip(wanted) {
        let reading = reading(&base, &head, unit).unwrap();
        assert_eq!(testing::touches(&reading), wanted, "{path}");
        assert_eq!(reading.known.len(), 1, "{path}");
    }
}

#[test]
fn a_copy_of_a_package_touches_whose_imports_reach_it() {
    let check = |path: &str, text: Option<&str>, packages: &[&str]| {
        let modules: &[&str] = if packages.is_empty() { &[] } else { &["m/svc: all"] };
        check_vendored(VENDORED, path, text, [modules, packages]);
    };
    check("svc/vendor/x.org/y/y.go", Some("package y\n"), &["m/svc/a: all"]);
    check("svc/vendor/x.org/x/in/in.go", Some("package in // 2\n"), &["m/svc/a: all"]);
    check("svc/vendor/x.org/x/in/in.go", None, &["m/svc/a: all"]);
    check("svc/vendor/x.org/x/in/include/in.h", Some("2"), &["m/svc/a: all"]);
    check("svc/vendor/x.org/z/z.go", Some("package z // 2\n"), &["m/svc/c: own"]);
    check("svc/vendor/nodot/n/n.go", None, &["m/svc/d: all"]);
    // What belongs to no copy may be anything, but words for people.
    check("svc/vendor/x.h", Some(""), &["m/svc/a: all", "m/svc/c: own", "m/svc/d: all"]);
    check_vendored(VENDORED, "svc/vendor/x.org/x/LICENSE", None, [&[], &[]]);
    // A submodule may hold whatever there is.
    check("svc/vendor", Some(""), &["m/svc/a: all", "m/svc/c: own", "m/svc/d: all"]);
    // A folder of that name elsewhere is one like any other.
    check("svc/a/vendor/own/x.js", Some("2"), &["m/svc/a: all"]);
    let mut head: Files<'_> = VENDORED.iter().copied().collect();
    head.insert("svc/vendor/x.org/x/in/in.go", "");
    let reading = reading(&VENDORED.iter().copied().collect(), &head, Unit::Package).unwrap();
    let why =
        text!["a copy of ", Foreign::from("x.org/x/in"), ", through ", Foreign::from("x.org/y")];
    assert_eq!(reading.touches[0].what, Some(why));
}

#[test]
fn the_list_of_copies_counts_by_meaning() {
    let check = |text: &str, packages: &[&str]| {
        let modules: &[&str] = if packages.is_empty() { &[] } else { &["m/svc: all"] };
        let path = "svc/vendor/modules.txt";
        check_vendored(VENDORED, path, Some(text), [modules, packages]);
    };
    check(&LIST.replace("# x.org/x v1.0.0", "# x.org/x v1.1.0"), &["m/svc/a: all"]);
    check(&LIST.replace("go 1.20", "go 1.21"), &["m/svc/a: all"]);
    check(&LIST.replace("x.org/x/in\n", ""), &["m/svc/a: all"]);
    check(&LIST.replace("# x.org/z v1.0.0", "# x.org/z v1.0.0 => ../z"), &["m/svc/c: own"]);
    check(&LIST.replace("## explicit\n", ""), &[]);
    check(&LIST.replace("# x.org/unused => ../x\n", ""), &[]);
    // Copies for a workspace are others.
    let all = ["m/svc/a: all", "m/svc/c: own", "m/svc/d: all"];
    check(&format!("## workspace\n{LIST}"), &all);
}

#[test]
fn copies_for_a_workspace_are_those_of_all_its_modules() {
    let mut files = vec![("go.work", "go 1.22\nuse ./svc\nuse ./other\n")];
    files.extend(VENDORED.iter().filter(|(path, _)| !path.contains("svc/vendor")));
    files.push(("vendor/x.org/y/y.go", "package y\n"));
    let wanted: [&[&str]; 2] = [&["m/other: all", "m/svc: all"], &["m/other: all", "m/svc/a: all"]];
    check_vendored(&files, "vendor/x.org/y/y.go", Some(""), wanted);
}

/// Replaces a file's text in some files; which packages are touched. `->` before a text makes a link.
#[track_caller]
fn check_files(files: &[(&str, &str)], path: &str, text: &str, wanted: &[&str]) -> Reading {
    let base: Files<'_> = files.iter().copied().collect();
    let mut head = base.clone();
    match text {
        "" => head.remove(path),
        text => head.insert(path, text),
    };
    let reading = reading(&base, &head, Unit::Package).unwrap();
    assert_eq!(testing::touches(&reading), wanted, "{path}");
    reading
}

/// Modules without a workspace: `svc` replaces both others, of which `b` imports `c`.
const REPLACED: &[(&str, &str)] = &[
    (
        "svc/go.mod",
        "module m.co/svc\ngo 1.22\nrequire (\n\tm.co/b v0.0.0\n\tm.co/c v0.0.0 // indirect\n\tg.co/x v1.0.0 // indirect\n)\n\
         replace m.co/b => ../b\nreplace m.co/c => ../c\n",
    ),
    ("svc/main.go", "package main\nimport \"m.co/svc/x\"\n"),
    ("svc/x/x.go", "package x\nimport \"m.co/b/in\"\n"),
    ("svc/y/y.go", "package y\nimport \"m.co/b/out\"\n"),
    ("b/go.mod", "module m.co/b\ngo 1.22\nrequire m.co/c v0.0.0\n"),
    ("b/in/b.go", "package in\nimport \"m.co/c\"\n"),
    ("b/out/b.go", "package out\n"),
    ("c/go.mod", "module m.co/c\ngo 1.22\nrequire g.co/x v1.0.0\n"),
    ("c/c.go", "package c\nimport \"g.co/x\"\n"),
];

#[test]
fn a_main_module_decides_what_others_import() {
    let reading = check_files(REPLACED, "c/c.go", "package c\n", &["m.co/c: all"]);
    let needs = |name: &str| -> Vec<&str> {
        let package = reading.packages.iter().find(|it| it.name == name).unwrap();
        package.needs.iter().map(|it| reading.packages[it.on].name.as_str()).collect()
    };
    assert_eq!((needs("m.co/svc/x"), needs("m.co/b/in")), (vec!["m.co/b/in"], vec!["m.co/c"]));
    assert_eq!(needs("m.co/b/out"), [""; 0]);
}

#[test]
fn a_version_touches_what_comes_to_it_through_other_modules() {
    let text = REPLACED[0].1.replace("x v1.0.0", "x v1.1.0");
    check_files(REPLACED, "svc/go.mod", &text, &["m.co/svc/x: all"]);
    check_files(REPLACED, "svc/go.sum", "x", &["m.co/svc/x: own"]);
    let asks = "module m\nrequire corp/x v1.0.0\n";
    let files =
        [("go.mod", asks), ("a/a.go", "package a\nimport \"corp/x/y\"\n"), ("b/b.go", "package b")];
    check_files(&files, "go.mod", &asks.replace("1.0", "1.1"), &["m/a: all"]);
}

#[test]
fn a_folder_without_packages_counts_for_who_imports_it() {
    let files = [
        ("go.mod", "module m\n"),
        ("a/a.go", "package a\nimport \"m/b/testdata/gen\"\n"),
        ("a/a_test.go", "package a\nimport \"m/_x\"\n"),
        ("b/testdata/gen/g.go", "package gen\nimport \"m/.y/in\"\nimport \"m/c\"\n"),
        ("b/b.go", "package b\n"),
        ("c/c.go", "package c\n"),
        ("_x/x.go", "package x\n"),
        (".y/in/y.go", "package in\n"),
        (".y/in/y_test.go", "package in\n"),
        ("_x/l.go", "->../tmpl"),
        ("tmpl", "package x\n"),
    ];
    check_files(&files, "tmpl", "package y\n", &["m/a: own"]);
    check_files(&files, "b/testdata/gen/g.go", "package gen\n", &["m/a: all", "m/b: own"]);
    check_files(&files, "b/testdata/gen/g.go", "", &["m/a: all", "m/b: own"]);
    check_files(&files, "b/testdata/gen/g_test.go", "package gen\n", &["m/b: own"]);
    check_files(&files, "_x/x.go", "package y\n", &["m/a: own"]);
    let reading = check_files(&files, ".y/in/y.go", "package y\n", &["m/a: all"]);
    assert_eq!(reading.known.len(), 1);
    check_files(&files, ".y/in/y_test.go", "package y\n", &[]);
    let needs = |at: usize| reading.packages[at].needs.iter().map(|it| it.on).collect::<Vec<_>>();
    assert_eq!((needs(0), needs(1)), (vec![2], vec![]));
}

#[test]
fn a_module_counts_for_another_one_that_imports_its_testdata() {
    let base = Files::from([
        ("a/go.mod", "module m/a\nreplace m/b => ../b\n"),
        ("a/a.go", "package a\nimport \"m/b/testdata/gen\"\n"),
        ("b/go.mod", "module m/b\n"),
        ("b/testdata/gen/g.go", "package gen\n"),
        ("b/testdata/gen/l.go", "->../../../shared.go"),
        ("b/testdata/in.txt", ""),
        ("shared.go", "package gen\n"),
    ]);
    let check = |path: &str, wanted: &[&str]| {
        let head = edited(&base, &[(path, Some("package x\n"))]);
        let reading = reading(&base, &head, Unit::Module).unwrap();
        assert_eq!(testing::touches(&reading), wanted, "{path}");
    };
    check("b/testdata/gen/g.go", &["m/a: all", "m/b: own"]);
    check("b/testdata/in.txt", &["m/b: own"]);
    check("shared.go", &["m/a: all", "m/b: own"]);
}

#[test]
fn links_lead_to_files_and_packages() {
    let files = [
        ("go.mod", "module m\nrequire x.org/x v1.0.0\n"),
        ("a/a.go", "package a\n"),
        ("a/x.go", "->../shared/x.tmpl"),
        ("a/testdata/in", "->../../data/in"),
        ("b/b.go", "package b\nimport \"m/linked\"\nimport \"m/other/in\"\n"),
        ("linked", "->data/go"),
        ("other", "->c"),
        ("c/in/c.go", "package in\n"),
        ("d/d.go", "package d\n"),
        ("d/up", "->.."),
        ("d/out.go", "->../../x.go"),
        ("data/go/x.go", "package x\nimport \"m/d\"\n"),
        ("data/in/x.txt", ""),
        ("shared/x.tmpl", "package a\nimport \"x.org/x\"\n"),
    ];
    // `data/go` is a package, too.
    check_files(&files, "shared/x.tmpl", "package a\n", &["m/a: all"]);
    check_files(&files, "data/in/x.txt", "2", &["m/a: own"]);
    check_files(&files, "data/go/x.go", "package y\n", &["m/data/go: all"]);
    check_files(&files, "linked", "->data/in", &["m/b: all"]);
    let asked = "module m\nrequire x.org/x v1.1.0\n";
    let reading = check_files(&files, "go.mod", asked, &["m/a: all"]);
    let names: Vec<&str> = reading.packages.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["m/a", "m/b", "m/c/in", "m/d", "m/data/go"]);
    let needs: Vec<usize> = reading.packages[1].needs.iter().map(|it| it.on).collect();
    assert_eq!(needs, [2, 4]);
}

#[test]
fn links_lead_to_modules() {
    let files = [
        ("svc/go.mod", "module m/svc\nrequire m/lib v0.0.0\nreplace m/lib => ../linked\n"),
        ("svc/s.go", "package s\nimport \"m/lib\"\n"),
        ("linked", "->real/lib"),
        ("real/lib/go.mod", "->../mod"),
        ("real/lib/l.go", "package lib\nimport \"x.org/x\"\n"),
        ("real/mod", "module m/lib\nrequire x.org/x v1.0.0\n"),
        ("svc/vendor", "->../copies"),
        ("copies/x.org/x/x.go", "package x\n"),
    ];
    let asked = "module m/lib\nrequire x.org/x v1.1.0\n";
    let reading = check_files(&files, "real/mod", asked, &["m/lib: all"]);
    assert_eq!(reading.packages[1].needs.iter().map(|it| it.on).collect::<Vec<_>>(), [0]);
    check_files(&files, "copies/x.org/x/x.go", "package y\n", &["m/svc: all"]);
}

/// The paths that touch a package.
#[track_caller]
fn check_causes(base: &Files<'_>, head: &Files<'_>, unit: Unit, name: &str, wanted: &[&str]) {
    let reading = reading(base, head, unit).unwrap();
    let touches = reading.touches.iter().filter(|it| reading.packages[it.package].name == name);
    let mut paths: Vec<String> =
        touches.map(|it| String::from_utf8_lossy(it.path.as_bytes()).into_owned()).collect();
    paths.sort();
    assert_eq!(paths, wanted, "{name}");
}

#[test]
fn every_cause_touches_by_itself() {
    let base = files();
    // Settings for all that is below.
    let mut head = base.clone();
    head.extend([(".go-version", "1"), (".tool-versions", "1")]);
    let both = [".go-version", ".tool-versions"];
    check_causes(&base, &head, Unit::Module, "m/lib", &both);
    // Another version of the workspace: by the module that asks for it.
    let base = Files::from([
        ("go.work", "use ./a\nuse ./b\nuse ./c\n"),
        ("a/go.mod", "module m/a\nrequire x.org/y v1.0.0\n"),
        ("b/go.mod", "module m/b\nrequire x.org/x v1.0.0\n"),
        ("c/go.mod", "module m/c\nrequire x.org/x v1.0.0\n"),
    ]);
    let mut head = base.clone();
    head.insert("a/go.mod", "module m/a\nrequire x.org/y v1.1.0\n");
    head.insert("b/go.mod", "module m/b\nrequire x.org/x v1.1.0\n");
    check_causes(&base, &head, Unit::Module, "m/c", &["b/go.mod"]);
    // A package with another path, or of another module, by the file above it.
    let base = Files::from([
        ("a/go.mod", "module m/a\n"),
        ("b/go.mod", "module m/b\n"),
        ("b/x/x.go", "package x\n"),
        ("go.mod", "module m\n"),
    ]);
    let mut head = base.clone();
    head.insert("a/go.mod", "module n/a\n");
    head.remove("b/go.mod");
    check_causes(&base, &head, Unit::Package, "m/b/x", &["b/go.mod"]);
    // What is gone, by its files.
    let base = Files::from([
        ("go.mod", "module m\n"),
        ("a/a.go", "package a\nimport \"m/b\"\nimport \"m/c\"\n"),
        ("b/0.md", ""),
        ("b/b.go", "package b\n"),
        ("c/c.go", "package c\n"),
        ("c/d.go", "package c\n"),
    ]);
    let mut head = base.clone();
    head.retain(|path, _| !matches!(*path, "b/b.go" | "c/c.go" | "c/d.go"));
    head.insert("b/0.md", "2");
    check_causes(&base, &head, Unit::Package, "m/a", &["b/b.go", "c/c.go", "c/d.go"]);
    // Copies, each.
    let base: Files<'_> = VENDORED.iter().copied().collect();
    let mut head = base.clone();
    let (x, y) = ("svc/vendor/x.org/x/in/in.go", "svc/vendor/x.org/y/y.go");
    head.extend([(x, "package in // 2\n"), (y, "package y\nimport \"x.org/x/in\" // 2\n")]);
    for (unit, name) in [(Unit::Package, "m/svc/a"), (Unit::Module, "m/svc")] {
        check_causes(&base, &head, unit, name, &[x, y]);
    }
}

#[test]
fn a_language_version_touches_all_of_its_module_or_workspace() {
    let text = FILES[2].1;
    let svc =
        ["m/svc: all", "m/svc/internal/a: all", "m/svc/internal/a/b: all", "m/svc/internal/b: all"];
    check("svc/go.mod", Some(&text.replace("go 1.22", "go 1.23")), &["m/svc: all"], &svc);
    let all = [&["m/lib: all", "m/lib/deep/er: all"][..], &svc].concat();
    check("go.work", Some("go 1.23\nuse ./svc\nuse ./lib\n"), &["m/lib: all", "m/svc: all"], &all);
    check("go.work", Some("use (\n./lib\n./svc\n)\ngo 1.22 // x\n"), &[], &[]);
    check("go.work", None, &["m/lib: all", "m/svc: all"], &all);
    check("svc/.go-version", Some("1"), &["m/svc: all"], &svc);
    let lint = ["m/alone: lint", "m/lib: lint", "m/svc: lint"];
    let head = edited(&files(), &[(".golangci.yml", Some(""))]);
    let reading = reading(&files(), &head, Unit::Module).unwrap();
    assert_eq!(testing::touches(&reading), lint);
}

#[test]
fn what_is_gone_touches_who_asks_for_it() {
    let [_, reading] =
        check("lib/deep/er/er.go", None, &["m/lib: all"], &["m/svc/internal/a: all"]);
    assert_eq!(reading.gone, ["m/lib/deep/er"]);
    let [modules, packages] = check(
        "lib/go.mod",
        Some("module m/bil\nrequire x.org/x v1.0.0\n"),
        &["m/bil: all", "m/svc: all"],
        &["m/bil: all", "m/bil/deep/er: all", "m/svc/internal/a: all"],
    );
    assert_eq!((modules.gone.len(), packages.gone.len()), (1, 2));
}

#[test]
fn what_cannot_be_read_now_is_an_error_and_what_could_not_be_before_touches() {
    let mut broken = files();
    broken.insert("svc/go.mod", "module m/svc\nrequire (\n");
    for unit in [Unit::Module, Unit::Package] {
        let problem = reading(&files(), &broken, unit).unwrap_err();
        let place = problem.place.unwrap();
        assert_eq!((place.file.raw(), place.line), (&b"svc/go.mod"[..], Some(2)));
        let repaired = reading(&broken, &files(), unit).unwrap();
        assert_eq!(repaired.problems.len(), 1);
        assert!(testing::touches(&repaired).contains(&"m/svc: all".to_owned()));
    }
}

proptest! {
    #[test]
    fn any_two_sides_are_read(
        edits in proptest::collection::vec((0..FILES.len(), 0..FILES.len() + 2), 0..6),
    ) {
        let mut head = files();
        for (path, text) in edits {
            let path = FILES[path].0;
            match FILES.get(text) {
                Some((_, text)) => head.insert(path, text),
                None => head.remove(path),
            };
        }
        for unit in [Unit::Module, Unit::Package] {
            if let Ok(read) = reading(&files(), &head, unit) {
                let needs = read.packages.iter().flat_map(|it| &it.needs);
                prop_assert!(needs.clone().all(|need| need.on < read.packages.len()));
                let same = reading(&head, &head, unit).unwrap();
                prop_assert!(same.touches.is_empty() && same.gone.is_empty());
                prop_assert_eq!(same.packages, read.packages);
            }
        }
    }
}
