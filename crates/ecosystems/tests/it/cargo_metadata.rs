//! The packages and needs that are read from manifests, against `cargo metadata --no-deps --offline` on
//! made-up workspaces.
//!
//! For every package that is read, cargo has to know it, with the same paths of dependencies. Of every
//! manifest that is taken for data, cargo has to refuse it, or it has to lie below another package.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use ecosystems::workspaces::{NeedKind, Reading, Sides, cargo};
use repo_model::{ChangeSet, MemoryTree};
use serde_json::Value;

/// Folders in which packages may be put; some lie in each other, one in a package's tests.
const FOLDERS: [&str; 9] = [
    "",
    "a",
    "a/inner",
    "a/tests/fixture",
    "crates/b",
    "crates/b-macros",
    "crates/b/sub",
    "tools/c",
    "x",
];

/// Patterns of members, each with a folder that has to be a package: cargo refuses a pattern that means
/// nothing.
const PATTERNS: [(&str, &str); 10] = [
    ("crates/*", "crates/b"),
    ("a", "a"),
    ("tools/*", "tools/c"),
    ("crates/b*", "crates/b"),
    ("crates/?", "crates/b"),
    ("crates/[a-b]", "crates/b"),
    ("a/inner", "a/inner"),
    ("*/inner", "a/inner"),
    ("./x/", "x"),
    ("**/sub", "crates/b/sub"),
];

/// A fixed sequence of numbers that look random (Steele and Vigna's splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }

    fn is_chosen(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn some<'a>(&mut self, of: &[&'a str], one_in: usize) -> Vec<&'a str> {
        of.iter().copied().filter(|_| self.is_chosen(one_in)).collect()
    }
}

fn name(folder: &str) -> String {
    if folder.is_empty() { "root".to_owned() } else { folder.replace('/', "-") }
}

/// The way from one folder to another.
fn way(from: &str, to: &str) -> String {
    let depth = from.split('/').filter(|part| !part.is_empty()).count();
    format!("{}{to}", "../".repeat(depth))
}

fn workspace_table(random: &mut Random, packages: &[&str]) -> String {
    let fitting = PATTERNS.iter().filter(|(_, folder)| packages.contains(folder));
    let patterns: Vec<&str> = fitting.map(|(pattern, _)| *pattern).collect();
    let shared = random.some(&FOLDERS[1..], 3);
    let mut table = format!(
        "[workspace]\nmembers = {:?}\nexclude = {:?}\n[workspace.dependencies]\n",
        random.some(&patterns, 2),
        random.some(&["a/inner", "x", "crates/b-macros", "a/tests"], 4),
    );
    for folder in shared {
        let _ = writeln!(table, "{} = {{ path = {folder:?} }}", name(folder));
    }
    table
}

fn package(random: &mut Random, folder: &str, others: &[&str], shared: &str) -> String {
    let mut text =
        format!("[package]\nname = {:?}\nversion = \"0.1.0\"\nedition = \"2021\"\n", name(folder));
    for table in [
        "dependencies",
        "dev-dependencies",
        "build-dependencies",
        "target.'cfg(unix)'.dependencies",
    ] {
        let _ = writeln!(text, "[{table}]");
        for other in others.iter().filter(|other| **other != folder) {
            if !random.is_chosen(5) {
                continue;
            }
            let name = name(other);
            let way = way(folder, other);
            let _ = if shared.contains(&format!("\n{name} = ")) && random.is_chosen(2) {
                writeln!(text, "{name}.workspace = true")
            } else if random.is_chosen(3) {
                writeln!(text, "renamed-{name} = {{ path = {way:?}, package = {name:?} }}")
            } else {
                let optional = !table.starts_with("dev");
                writeln!(text, "{name} = {{ path = {way:?}, optional = {optional} }}")
            };
        }
    }
    text
}

/// Some manifests, by their paths.
fn manifests(random: &mut Random) -> BTreeMap<String, String> {
    let packages = random.some(&FOLDERS, 2);
    let root = workspace_table(random, &packages);
    let mut files = BTreeMap::new();
    let is_workspace = !random.is_chosen(6);
    for folder in &packages {
        let shared = if is_workspace { root.as_str() } else { "" };
        let mut text = package(random, folder, &packages, shared);
        if folder.is_empty() && is_workspace {
            text = format!("{root}{text}");
        } else if random.is_chosen(12) {
            text = format!("[workspace]\n{text}");
        }
        files.insert(format!("{folder}/Cargo.toml").trim_start_matches('/').to_owned(), text);
    }
    if is_workspace && !packages.contains(&"") {
        files.insert("Cargo.toml".to_owned(), root);
    }
    files
}

/// Each package's folder, and what it needs.
type Told = BTreeMap<String, BTreeSet<(String, NeedKind)>>;

/// What cargo says of the workspace that a manifest belongs to, as it is and as it is understood here.
#[expect(clippy::disallowed_methods, reason = "a test asks the real cargo")]
fn told(root: &Path, folder: &str) -> Option<(Vec<u8>, Told)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(root.join(folder).join("Cargo.toml"))
        .current_dir(root)
        .output()
        .unwrap();
    if !output.status.success() {
        return None;
    }
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let inside = |path: &str| {
        let path = Path::new(path).strip_prefix(root).unwrap();
        path.to_str().unwrap().trim_end_matches("Cargo.toml").trim_end_matches('/').to_owned()
    };
    let needs = |package: &Value| -> BTreeSet<(String, NeedKind)> {
        let listed = package["dependencies"].as_array().unwrap().iter();
        let local = listed.filter_map(|it| {
            let kind = match it["kind"].as_str() {
                Some("dev") => NeedKind::Dev,
                Some("build") => NeedKind::Build,
                _ => NeedKind::Normal,
            };
            Some((inside(it["path"].as_str()?), kind))
        });
        local.collect()
    };
    let packages = json["packages"].as_array().unwrap().iter();
    let told = packages.map(|it| (inside(it["manifest_path"].as_str().unwrap()), needs(it)));
    let told = told.collect();
    Some((output.stdout, told))
}

/// The reading that believes cargo has exactly what cargo said.
fn check_exact(root: &Path, tree: &MemoryTree, json: &[u8], told: &Told) {
    let folder = root.to_str().unwrap().as_bytes();
    let metadata = cargo::metadata::read(json, folder).unwrap();
    let sides = Sides { base: None, head: tree, changes: &ChangeSet::default() };
    let options = cargo::Options { metadata: Some(&metadata), ..cargo::Options::default() };
    let reading = cargo::read(&sides, &options).unwrap();
    let places = places(&reading);
    for (member, wanted) in told {
        let is_known = |(on, _): &&(String, NeedKind)| places.contains_key(on) && on != member;
        let wanted: BTreeSet<_> = wanted.iter().filter(is_known).cloned().collect();
        assert_eq!(needs(&reading, places[member]), wanted, "{member}");
    }
}

/// The places of the packages, by their folders.
fn places(reading: &Reading) -> BTreeMap<String, usize> {
    let folder = |at: usize| String::from_utf8(reading.packages[at].folder.clone()).unwrap();
    (0..reading.packages.len()).map(|at| (folder(at), at)).collect()
}

fn needs(reading: &Reading, at: usize) -> BTreeSet<(String, NeedKind)> {
    let folder = |at: usize| String::from_utf8(reading.packages[at].folder.clone()).unwrap();
    reading.packages[at].needs.iter().map(|need| (folder(need.on), need.kind)).collect()
}

fn is_below_a_package(reading: &Reading, folder: &str) -> bool {
    reading.packages.iter().any(|package| {
        let outer = String::from_utf8(package.folder.clone()).unwrap();
        !folder.is_empty() && (outer.is_empty() || folder.starts_with(&format!("{outer}/")))
    })
}

#[expect(clippy::disallowed_methods, reason = "a test writes what cargo reads")]
fn write(root: &Path, files: &BTreeMap<String, String>) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap().join("src")).unwrap();
        std::fs::write(path.parent().unwrap().join("src/lib.rs"), "").unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn packages_and_needs_are_those_of_cargo() {
    let mut random = Random(4);
    let (mut compared, mut data, mut refused) = (0, 0, 0);
    for case in 0..30 {
        let files = manifests(&mut random);
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        write(&root, &files);
        let tree = MemoryTree::new(&files).unwrap();
        let sides = Sides { base: None, head: &tree, changes: &ChangeSet::default() };
        let reading = cargo::read(&sides, &cargo::Options::default()).unwrap();
        let places = places(&reading);
        let explained = || format!("case {case}: {files:#?}");
        let mut done: BTreeSet<String> = BTreeSet::new();
        for path in files.keys() {
            let folder = path.trim_end_matches("Cargo.toml").trim_end_matches('/');
            if done.contains(folder) {
                continue;
            }
            let told = told(&root, folder);
            match (told, places.contains_key(folder)) {
                (Some((json, told)), is_read) => {
                    check_exact(&root, &tree, &json, &told);
                    for (member, wanted) in told {
                        let Some(at) = places.get(&member) else {
                            assert!(
                                is_below_a_package(&reading, &member),
                                "{member}: {}",
                                explained()
                            );
                            data += 1;
                            continue;
                        };
                        let is_known = |(on, _): &&(String, NeedKind)| {
                            places.contains_key(on) && *on != member
                        };
                        let wanted: BTreeSet<_> = wanted.iter().filter(is_known).cloned().collect();
                        assert_eq!(needs(&reading, *at), wanted, "{member}: {}", explained());
                        compared += 1;
                        done.insert(member);
                    }
                    assert!(done.contains(folder) || !is_read, "{folder}: {}", explained());
                }
                // What cargo cannot load at all is not ours to judge.
                (None, _) => refused += 1,
            }
        }
    }
    assert!(compared > 90 && data > 0 && refused < compared, "{compared}, {data}, {refused}");
}
