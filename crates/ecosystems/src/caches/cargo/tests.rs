//! Whole repositories in memory, and what is said of them.

mod outside;

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use diagnostics::Problem;
use proptest::prelude::*;
use repo_model::{Kind, MemoryTree};

use super::*;
use crate::caches::{Answer, Fact, Layer, Level, Machine, Reuse, Workspace};

const LOCK_FILE: &str = include_str!("../../../tests/locks/cargo-1.95.0.lock");
const COMPILER: &str = "release: 1.95.0\ncommit-hash: 1\nhost: x\nLLVM version: 22.1\n";

/// What is told to the reader besides the files.
struct Told {
    settings: Settings,
    variables: BTreeMap<BString, BString>,
    beyond: Vec<BeyondFile>,
    machine: Machine,
}

impl Default for Told {
    fn default() -> Self {
        let machine = Machine {
            os: "linux".to_owned(),
            home: Some(b"/home/me".to_vec()),
            repository: b"/home/me/work".to_vec(),
            ..Machine::default()
        };
        let settings = Settings { keeps_dependencies: true, ..Settings::default() };
        Self { settings, variables: BTreeMap::new(), beyond: Vec::new(), machine }
    }
}

impl Told {
    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// A configuration in cargo's home, with what it includes.
    fn at_home(mut self, files: &[(&str, &str)]) -> Self {
        let folder = Folder::Variable { name: "CARGO_HOME", otherwise: ".cargo" };
        let wanted = Beyond { folder, path: "config.toml" };
        let first = b"/home/me/.cargo/config.toml";
        self.beyond = files.iter().map(|(path, text)| BeyondFile {
            wanted: wanted.clone(),
            at: format!("/home/me/.cargo/{path}").into_bytes(),
            by: (*path != "config.toml").then(|| first.to_vec()),
            shown: format!("~/.cargo/{path}").into(),
            bytes: text.as_bytes().to_vec(),
        }).collect();
        self
    }

    fn workspaces(mut self, lines: &[(&str, Option<&str>)]) -> Self {
        let one = |(folder, target): &(&str, Option<&str>)| Workspace {
            folder: folder.as_bytes().to_vec(),
            target: target.map(|it| it.as_bytes().to_vec()),
        };
        self.settings.workspaces = lines.iter().map(one).collect();
        self
    }

    fn read(&self, tree: &MemoryTree) -> Result<Found, Vec<Problem>> {
        let wants = wants(tree, &self.settings);
        let answers = vec![Answer::Said(COMPILER.into()); wants.probes.len()];
        read(&Seen {
            tree,
            variables: &self.variables,
            answers: &answers,
            beyond: &self.beyond,
            machine: &self.machine,
            settings: &self.settings,
        })
    }
}

fn tree(files: &[(&str, &str)]) -> MemoryTree {
    MemoryTree::new(files.iter().copied()).unwrap()
}

fn package(name: &str) -> String {
    format!("[package]\nname = '{name}'\n")
}

/// The packages that the lock file of a package alone names.
fn locked(lock: &str) -> Result<Found, Vec<Problem>> {
    let manifest = package("a");
    Told::default().read(&tree(&[("Cargo.toml", &manifest), ("Cargo.lock", lock)]))
}

fn names(found: &Found) -> Vec<String> {
    found.ingredients.iter().map(|it| it.name.to_string()).collect()
}

fn facts(found: &Found, name: &str) -> BTreeMap<String, Fact> {
    let it = found.ingredients.iter().find(|it| it.name == name);
    let facts = it.map(|it| it.facts.clone()).unwrap_or_default();
    facts.into_iter().map(|(name, fact)| (name.to_string(), fact)).collect()
}

fn shown(facts: &BTreeMap<String, Fact>, name: &str) -> String {
    match facts.get(name) {
        Some(Fact::Shown(value)) => value.to_string(),
        Some(Fact::Hidden(_)) => "hidden".to_owned(),
        None => panic!("{name} is none of {facts:?}"),
    }
}

#[test]
fn each_package_from_elsewhere_is_a_fact() {
    let facts = facts(&locked(LOCK_FILE).unwrap(), "Cargo.lock");
    let checksum = "65cd87c9a6d60536580b316ad985726104730a5151c99845f2490428ef91240a";
    assert_eq!(shown(&facts, "libc 0.2"), format!("0.2.191 sha256:{checksum}"));
    assert!(shown(&facts, "quote 1").ends_with(" needs proc-macro2"));
    assert!(facts.contains_key("itoa 0.4") && facts.contains_key("itoa 1"));
    let app = shown(&facts, "app of the repository");
    assert_eq!(app, "needs itoa 0.4, itoa 1, libc, memchr, outside, serde, util");
    assert!(!facts.keys().any(|name| name.starts_with("util 1")));
}

/// The same in the formats 1 and 2, by what cargo's `encode.rs` says of them.
#[test]
fn all_formats_of_one_content_are_the_same() {
    let source = "registry+https://github.com/rust-lang/crates.io-index";
    let whole = |dependency: &str, version: &str| format!("{dependency} {version} ({source})");
    let head = "[[package]]\nname = \"a\"\nversion = \"0.0.0\"\ndependencies = [\n";
    let c = format!("[[package]]\nname = \"c\"\nversion = \"0.3.1\"\nsource = \"{source}\"\n");
    let git = "git+https://h/r?branch=x/y#0123456789012345678901234567890123456789";
    let r = |source: &str| format!("[[package]]\nname = \"r\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n");
    let one = format!(
        "[root]\nname = \"a\"\nversion = \"0.0.0\"\ndependencies = [\n \"{}\",\n \"r 1.0.0 (git+https://h/r?branch=x/y)\",\n]\n\n{c}\n{}\n[metadata]\n\"checksum {}\" = \"00\"\n\"checksum r 1.0.0 ({git})\" = \"<none>\"\n",
        whole("c", "0.3.1"), r(git), whole("c", "0.3.1"),
    );
    let two = format!("{head} \"c\",\n \"r\",\n]\n\n{c}checksum = \"00\"\n\n{}", r(git));
    let four = two.replace("x/y", "x%2Fy");
    let found = |lock: &str| facts(&locked(lock).unwrap(), "Cargo.lock");
    let wanted = found(&two);
    assert_eq!(wanted.len(), 3, "{wanted:?}");
    for lock in [one, format!("version = 3\n{two}"), format!("version = 4\n{four}")] {
        assert_eq!(found(&lock), wanted, "{lock}");
    }
}

#[test]
fn a_conflict_is_told_with_its_place() {
    let lock = LOCK_FILE.replacen("\n[[package]]", "\n<<<<<<< HEAD\n[[package]]", 2);
    let problem = locked(&lock).unwrap_err().remove(0);
    let place = problem.place.unwrap();
    assert_eq!((place.line, place.column), (Some(5), Some(1)));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let problems = Told::default().read(&tree(&[
        ("Cargo.toml", "[package]\nname = 'a'\n"),
        ("Cargo.lock", "version = 4\n<<<<<<< HEAD\n"),
        (".cargo/config.toml", "= x"),
        ("rust-toolchain.toml", "= y"),
    ]));
    assert_eq!(problems.unwrap_err().len(), 3);
}

#[track_caller]
fn check_roots(files: &[(&str, &str)], wanted: &[&str]) {
    let told = Told::default();
    let tree = tree(files);
    let settings = &told.settings;
    let variables = BTreeMap::new();
    let seen = Seen {
        tree: &tree,
        variables: &variables,
        answers: &[],
        beyond: &[],
        machine: &told.machine,
        settings,
    };
    let roots = Roots::of(&seen).unwrap();
    let found: Vec<String> =
        roots.iter().map(|root| String::from_utf8_lossy(root.folder).into_owned()).collect();
    assert_eq!(found, wanted);
}

#[test]
fn workspaces_and_packages_outside_of_any_count() {
    let (a, b) = (package("a"), package("b"));
    let root = "[workspace]\nmembers = ['a']\nexclude = ['b', 'c']";
    check_roots(&[("Cargo.toml", root), ("a/Cargo.toml", &a), ("b/Cargo.toml", &b)], &["", "b"]);
    check_roots(&[("x/Cargo.toml", &a), ("y/Cargo.toml", &b)], &["x", "y"]);
    // A fixture of a package, and one that is data of a workspace.
    check_roots(&[("Cargo.toml", &a), ("tests/x/Cargo.toml", &b)], &[""]);
    let root = "[workspace]\nmembers = ['a']";
    check_roots(&[("Cargo.toml", root), ("a/Cargo.toml", &a), ("data/Cargo.toml", &b)], &[""]);
    // Taken by path from outside: it is no root of its own, unless it has a lock file.
    let uses = "[package]\nname = 'a'\n[dependencies]\nb.path = '../y'";
    check_roots(&[("x/Cargo.toml", uses), ("y/Cargo.toml", &b)], &["x"]);
    check_roots(
        &[("x/Cargo.toml", uses), ("y/Cargo.toml", &b), ("y/Cargo.lock", "version = 4\n")],
        &["x", "y"],
    );
}

#[test]
fn packages_that_take_each_other_are_there_for_themselves() {
    let takes = |name: &str, others: &[&str]| {
        let paths = others.iter().map(|it| format!("{it}.path = '../{it}'\n"));
        package(name) + "[dependencies]\n" + &paths.collect::<String>()
    };
    let check = |packages: &[(&str, &[&str])], wanted: &[&str]| {
        let files: Vec<(String, String)> = packages
            .iter()
            .map(|(name, others)| (format!("{name}/Cargo.toml"), takes(name, others)))
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        check_roots(&files, wanted);
    };
    check(&[("x", &["y"]), ("y", &["x"])], &["x", "y"]);
    check(&[("x", &["y"]), ("y", &["z", "l"]), ("z", &["x"]), ("l", &[])], &["x", "y", "z"]);
    // Others take them, or a ring of others does.
    check(&[("a", &["y"]), ("x", &["y"]), ("y", &["x"])], &["a"]);
    check(&[("u", &["v"]), ("v", &["u", "b"]), ("b", &["c"]), ("c", &["b"])], &["u", "v"]);
    let (x, y) = (takes("x", &["y"]), takes("y", &["x"]));
    let root = "[workspace]\nmembers = ['m']\nexclude = ['x', 'y']";
    let member = takes("m", &["x"]);
    let files = [("Cargo.toml", root), ("m/Cargo.toml", &member), ("x/Cargo.toml", &x), ("y/Cargo.toml", &y)];
    check_roots(&files, &[""]);
    // Of very many, one stands for all: each would count with all others.
    let name = |at: usize| format!("p{:04}", at % 1000);
    let many = (0..1000).map(|at| (name(at) + "/Cargo.toml", takes(&name(at), &[&name(at + 1)])));
    let many: Vec<(String, String)> = many.collect();
    let files: Vec<(&str, &str)> =
        many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    check_roots(&files, &["p0000"]);
}

#[test]
fn a_package_that_only_others_below_it_take_is_there_for_itself() {
    let a = package("a");
    let fuzz = "[package]\nname = 'fuzz'\n[workspace]\n[dependencies]\na.path = '..'\n";
    check_roots(&[("Cargo.toml", &a), ("fuzz/Cargo.toml", fuzz)], &["", "fuzz"]);
    check_roots(&[("x/Cargo.toml", &a), ("x/fuzz/Cargo.toml", fuzz)], &["x", "x/fuzz"]);
    let takes = "[package]\nname = 'b'\n[dependencies]\na.path = '..'\n";
    check_roots(&[("Cargo.toml", &a), ("benches-crate/Cargo.toml", takes)], &[""]);
    // The two take each other.
    let of_macros = "[package]\nname = 'a'\n[dependencies]\nb.path = 'b'\n";
    check_roots(&[("Cargo.toml", of_macros), ("b/Cargo.toml", takes)], &[""]);
    check_roots(&[("x/Cargo.toml", of_macros), ("x/b/Cargo.toml", takes)], &["x"]);
}

#[test]
fn a_named_workspace_is_the_one_that_counts() {
    let (a, b) = (package("a"), package("b"));
    let tree = tree(&[("x/Cargo.toml", &a), ("y/Cargo.toml", &b), ("z/a.txt", "")]);
    let found = Told::default().workspaces(&[("y", None)]).read(&tree).unwrap();
    assert!(names(&found).contains(&"manifests of y".to_owned()));
    assert!(!names(&found).contains(&"manifests of x".to_owned()));
    let problems = Told::default().workspaces(&[("z", None)]).read(&tree).unwrap_err();
    assert_eq!(problems.len(), 1);
}

#[track_caller]
fn check_places(told: &Told, files: &[(&str, &str)], layer: Layer, wanted: &[&str]) {
    let found = told.read(&tree(files)).unwrap();
    let places = found.places.iter().filter(|it| it.layer == layer);
    let places: BTreeSet<String> =
        places.map(|it| String::from_utf8_lossy(&it.path).into_owned()).collect();
    assert_eq!(places.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
}

#[test]
fn places_are_where_cargo_is_told() {
    let (a, b) = (package("a"), package("b"));
    let files = [("Cargo.toml", a.as_str())];
    let downloads = ["~/.cargo/git/db", "~/.cargo/registry/cache", "~/.cargo/registry/index"];
    check_places(&Told::default(), &files, Layer::Registry, &downloads);
    let target = |told: Told, files: &[(&str, &str)], wanted: &[&str]| {
        check_places(&told, files, Layer::Workspace, wanted);
    };
    let set = |name: &str, value: &str| Told::default().variable(name, value);
    target(Told::default(), &files, &["target"]);
    target(Told::default(), &[("a/Cargo.toml", &a), ("b/Cargo.toml", &b)], &["a/target", "b/target"]);
    target(set("CARGO_TARGET_DIR", "out"), &files, &["out"]);
    target(set("CARGO_TARGET_DIR", "/home/me/work/out/"), &files, &["out"]);
    target(set("CARGO_TARGET_DIR", "/home/me/out"), &files, &["~/out"]);
    target(set("CARGO_TARGET_DIR", "/mnt/out"), &files, &["/mnt/out"]);
    target(set("CARGO_TARGET_DIR", "../out"), &files, &["~/out"]);
    target(set("CARGO_BUILD_TARGET_DIR", "o"), &files, &["o"]);
    // The repository itself is never kept whole.
    target(set("CARGO_TARGET_DIR", "."), &files, &[]);
    let config = "[build]\ntarget-dir = '../t'\nbuild-dir = '{cargo-cache-home}/b/{workspace-path-hash}'";
    let with = [("a/Cargo.toml", a.as_str()), ("a/.cargo/config.toml", config)];
    target(Told::default(), &with, &["t", "~/.cargo/b"]);
    let named = Told::default().workspaces(&[("a", Some("x/y")), ("b", Some("/mnt/z"))]);
    target(named, &[("a/Cargo.toml", &a), ("b/Cargo.toml", &b)], &["/mnt/z", "a/x/y"]);
    let home = ["/opt/cargo/git/db", "/opt/cargo/registry/cache", "/opt/cargo/registry/index"];
    check_places(&set("CARGO_HOME", "/opt/cargo"), &files, Layer::Registry, &home);
    let home = [".cargo-home/git/db", ".cargo-home/registry/cache", ".cargo-home/registry/index"];
    check_places(&set("CARGO_HOME", "/home/me/work/.cargo-home"), &files, Layer::Registry, &home);
}

#[test]
fn a_folder_outside_that_a_file_of_the_repository_names_is_only_claimed() {
    let a = package("a");
    let check = |told: Told, config: &str, wanted: &[&str]| {
        let files = [("Cargo.toml", a.as_str()), (".cargo/config.toml", config)];
        let found = told.read(&tree(&files)).unwrap();
        let claimed: Vec<String> =
            found.claimed.iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect();
        assert_eq!(claimed, wanted, "{config}");
    };
    check(Told::default(), "build.target-dir = '../other/target'", &["~/other/target"]);
    check(Told::default(), "build.build-dir = '/mnt/x'", &["/mnt/x"]);
    check(Told::default(), "build.target-dir = 'out'", &[]);
    check(Told::default(), "build.build-dir = '{cargo-cache-home}/b/{workspace-path-hash}'", &[]);
    let set = Told::default().variable("CARGO_TARGET_DIR", "../other/target");
    check(set, "build.target-dir = '../other/target'", &[]);
}

#[test]
fn installed_programs_are_kept_only_where_a_person_asks() {
    let a = package("a");
    let tree = tree(&[("Cargo.toml", &a)]);
    let mut told = Told::default();
    let has_bin = |told: &Told| {
        let found = told.read(&tree).unwrap();
        assert!(found.places.iter().all(|it| it.reuse != Reuse::Exact));
        found.places.iter().any(|it| it.path == b"~/.cargo/bin")
    };
    assert!(!has_bin(&told));
    told.settings.keeps_programs = true;
    assert!(has_bin(&told));
}

#[test]
fn a_windows_path_is_taken() {
    let a = package("a");
    let mut told = Told::default().variable("CARGO_HOME", "D:\\cargo").variable("CARGO_TARGET_DIR", "C:\\w\\x\\out");
    told.machine.os = "windows".to_owned();
    told.machine.repository = b"C:\\w\\x".to_vec();
    check_places(&told, &[("Cargo.toml", &a)], Layer::Workspace, &["out"]);
    let home = ["D:/cargo/git/db", "D:/cargo/registry/cache", "D:/cargo/registry/index"];
    check_places(&told, &[("Cargo.toml", &a)], Layer::Registry, &home);
}

#[test]
fn a_submodule_counts_by_its_commit() {
    let uses = "[package]\nname = 'a'\n[dependencies]\nb.path = 'modules/b'";
    let tree = tree(&[("Cargo.toml", uses), ("modules", "")]);
    let tree = tree.with_kind(b"modules", Kind::Submodule);
    let found = Told::default().read(&tree).unwrap();
    assert!(names(&found).contains(&"submodule modules".to_owned()));
}

#[test]
fn a_package_that_is_taken_from_outside_is_told() {
    let check = |files: &[(&str, &str)], wanted: usize| {
        let found = Told::default().read(&tree(files)).unwrap();
        let told = found.problems.iter().map(|it| format!("{it:?}"));
        assert_eq!(told.filter(|it| it.contains("is taken by path")).count(), wanted, "{files:?}");
    };
    let of = |path: &str| format!("[package]\nname = 'a'\n[dependencies]\no.path = '{path}'\n");
    check(&[("Cargo.toml", &of("../outside"))], 1);
    check(&[("Cargo.toml", &of("/opt/outside"))], 1);
    check(&[("Cargo.toml", &of("o")), ("o/Cargo.toml", &package("o"))], 0);
    let root = "[workspace]\nmembers = ['a']\n[workspace.dependencies]\no.path = '../outside'\n";
    let shared = "[package]\nname = 'a'\n[dependencies]\no.workspace = true\n";
    check(&[("Cargo.toml", root), ("a/Cargo.toml", shared)], 1);
}

#[test]
fn what_a_target_of_ones_own_says_counts() {
    let read = |config: &str, told: Told| {
        let a = package("a");
        let files =
            [("x/Cargo.toml", a.as_str()), ("x/.cargo/config.toml", config), ("x/t.json", "{}"), ("u.json", "[]")];
        names(&told.read(&tree(&files)).unwrap())
    };
    let has = |config: &str, name: &str| read(config, Told::default()).contains(&name.to_owned());
    assert!(has("build.target = 't.json'", "target x/t.json"));
    assert!(has("build.target = ['../u.json']", "target u.json"));
    assert!(!has("build.target = 't'", "target x/t.json"));
    let set = Told::default().variable("CARGO_BUILD_TARGET", "u.json");
    assert!(read("", set).contains(&"target u.json".to_owned()));
}

#[test]
fn a_lock_file_is_missing_and_asked_for() {
    let a = package("a");
    let tree = tree(&[("Cargo.toml", &a)]);
    let mut told = Told::default();
    let found = told.read(&tree).unwrap();
    assert!(found.is_unlocked && found.problems.len() == 1);
    assert_eq!(shown(&facts(&found, "manifests"), "locked"), "no");
    told.settings.requires_lock = true;
    assert_eq!(told.read(&tree).unwrap_err().len(), 1);
}

#[test]
fn a_package_that_the_lock_file_does_not_know_is_told() {
    let found = locked("version = 4\n").unwrap();
    assert_eq!(found.problems.len(), 1);
    assert!(facts(&found, "Cargo.lock").contains_key("a is not in it"));
}

#[test]
fn the_compiler_is_known_by_what_tells_it_apart() {
    let found = locked("version = 4\n").unwrap();
    let facts = facts(&found, "rustc");
    let names: Vec<&str> = facts.keys().map(String::as_str).collect();
    assert_eq!(names, ["LLVM version", "commit-hash", "host", "release"]);
}

#[test]
fn whatever_is_shown_may_be_read() {
    let manifest = "[package]\nname = 'a'\n[dependencies]\nx = { git = 'https://me:hunter2@h/x' }\n";
    let lock = "version = 4\n[[package]]\nname = 'a'\nversion = '0.0.0'\n[[package]]\nname = 'x'\nversion = '1.0.0'\nsource = 'git+https://me:hunter2@h/x#01'\n";
    let config = "[env]\nX = 'hunter2'\n[registries.r]\nindex = 'https://hunter2@h/'\ntoken = 'hunter2'\n";
    let told = Told::default().variable("RUSTFLAGS", "hunter2").variable("CARGO_HOME", "/hunter2");
    let files = [("Cargo.toml", manifest), ("Cargo.lock", lock), (".cargo/config.toml", config)];
    let found = told.read(&tree(&files)).unwrap();
    for ingredient in &found.ingredients {
        for (name, fact) in &ingredient.facts {
            let is_told = match fact {
                Fact::Shown(value) => value.to_string(),
                Fact::Hidden(_) => String::new(),
            };
            assert!(!format!("{name} {is_told}").contains("hunter2"), "{ingredient:?}");
        }
    }
    assert!(found.ingredients.iter().all(|it| it.level != Level::System));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        lock in prop_oneof![any::<Vec<u8>>(), "(\\[\\[package\\]\\]\n|name = '[ab]'\n|version = '[01]'\n|source = 'r'\n|version = [45]\n|<<<<<<< \n){0,12}".prop_map(String::into_bytes)],
        manifest in any::<Vec<u8>>(),
        config in "[a-z.\\[\\] ='\n]{0,60}",
        toolchain in any::<Vec<u8>>(),
    ) {
        for manifest in [manifest, package("a").into_bytes()] {
            let tree = MemoryTree::new([
                ("Cargo.toml", manifest.as_slice()),
                ("Cargo.lock", &lock),
                (".cargo/config", config.as_bytes()),
                ("rust-toolchain", &toolchain),
            ]).unwrap();
            if let Err(problems) = Told::default().read(&tree) {
                prop_assert!(!problems.is_empty());
            }
        }
    }

    #[test]
    fn a_truncated_lock_file_is_refused_or_another(end in 0..LOCK_FILE.len() - 1) {
        let whole = facts(&locked(LOCK_FILE).unwrap(), "Cargo.lock");
        let cut = LOCK_FILE.get(..end).unwrap();
        if let Ok(found) = locked(cut) {
            prop_assert_ne!(facts(&found, "Cargo.lock"), whole);
        }
    }
}

#[test]
fn a_compiler_that_the_repository_brings_is_not_run() {
    let manifest = package("a");
    let toolchain = "[toolchain]\npath = '/opt/evil'\n";
    let brought = tree(&[("Cargo.toml", &manifest), ("rust-toolchain.toml", toolchain)]);
    let settings = Settings { keeps_dependencies: true, ..Settings::default() };
    assert!(wants(&brought, &settings).probes.is_empty());
    let wrong = Told::default().read(&brought).unwrap_err();
    let place = wrong.first().and_then(|problem| problem.place.clone());
    assert_eq!(place, Some(diagnostics::Place::at("rust-toolchain.toml", 2, 8)));
}

#[test]
fn a_compiler_that_a_folder_brings_keeps_no_other_from_being_asked() {
    let manifest = package("a");
    let toolchain = "[toolchain]\npath = '/opt/evil'\n";
    let asked = |files: &[(&str, &str)]| {
        let settings = Settings { keeps_dependencies: true, ..Settings::default() };
        let probes = wants(&tree(files), &settings).probes;
        probes.into_iter().map(|(folder, _)| String::from_utf8(folder).unwrap()).collect::<Vec<_>>()
    };
    let root = ("Cargo.toml", manifest.as_str());
    assert_eq!(asked(&[root, ("testdata/x/rust-toolchain.toml", toolchain)]), [""]);
    let other = ("b/Cargo.toml", manifest.as_str());
    let lock = ("b/Cargo.lock", "");
    let chosen = ("b/rust-toolchain", "stable");
    let brought = ("rust-toolchain.toml", toolchain);
    assert_eq!(asked(&[root, other, lock, chosen, brought]), ["b"]);
    assert!(asked(&[root, other, lock, brought]).is_empty());
}

const VENDORED: &str = "[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'\n";

#[test]
fn copies_of_packages_that_are_committed_count_one_by_one() {
    let read = |config: &str, source: &str| {
        let manifest = package("a");
        let dep = package("dep");
        Told::default()
            .read(&tree(&[
                ("svc/Cargo.toml", &manifest),
                ("svc/Cargo.lock", "version = 4\n[[package]]\nname = 'a'\nversion = '0.0.0'\n"),
                (".cargo/config.toml", config),
                ("vendor/dep/Cargo.toml", &dep),
                ("vendor/dep/Cargo.lock", "version = 4\n"),
                ("vendor/dep/src/lib.rs", source),
                ("vendor/other/README.md", ""),
            ]))
            .unwrap()
    };
    let first = read(VENDORED, "1");
    let facts_of = |found: &Found| facts(found, "vendored packages of vendor");
    assert_eq!(facts_of(&first).into_keys().collect::<Vec<_>>(), ["dep", "other"]);
    let second = facts_of(&read(VENDORED, "2"));
    assert_ne!(facts_of(&first)["dep"], second["dep"]);
    assert_eq!(facts_of(&first)["other"], second["other"]);
    // A copy with a lock file is built by nobody for itself.
    assert!(first.places.iter().all(|it| !it.path.starts_with(b"vendor")), "{:?}", first.places);
    let absolute = VENDORED.replace("'vendor'", "'/home/me/work/vendor'");
    assert_eq!(facts_of(&read(&absolute, "1")), facts_of(&first));
    let local = VENDORED.replace("directory", "local-registry");
    assert_eq!(facts_of(&read(&local, "1")), facts_of(&first));
    let warned = |config: &str| {
        let found = read(config, "1");
        let told = found.problems.iter().map(|it| format!("{it:?}"));
        told.filter(|it| it.contains("git knows nothing")).count()
    };
    for elsewhere in ["'../vendor'", "'/usr/share/cargo/registry'", "'not-there'"] {
        let directory = VENDORED.replace("'vendor'", elsewhere);
        assert_eq!(warned(&directory), 1, "{elsewhere}");
        // Cargo holds that against the lock file.
        assert_eq!(warned(&directory.replace("directory", "local-registry")), 0, "{elsewhere}");
    }
    assert_eq!(warned(VENDORED), 0);
}
