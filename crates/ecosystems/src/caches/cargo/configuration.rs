//! Cargo's configuration files: in the repository, in the folders above it and in cargo's home.
//!
//! Source: The Cargo Book, "Configuration" ("Hierarchical structure", "Configuration format", `include`).
//! What a file includes is looked for beside it; of `config` and `config.toml` in one folder the first
//! counts. Cargo looks from the folder that it is started in, so the files in the folders of all packages
//! count, and those above.
//!
//! What is left out, because no product depends on it: `alias`, `cache`, `cargo-new`, `credential-alias`,
//! `doc`, `future-incompat-report`, `http`, `install`, `net`, `registry` and `term`; of `registries` all but
//! `index`, so that no token is read; `build.jobs`, `build.target-dir`, `build.build-dir`,
//! `build.dep-info-basedir`; the `runner` of a target. A key that is not known counts.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Place as At, Problem, text};
use repo_model::entry;
use repo_model::text_lines::as_committed;

use super::roots::Roots;
use super::outside;
use super::sources::{source_of, unseen};
use super::vendored::{self, Vendored};
use crate::caches::seen::unread;
use crate::caches::{Found, Ingredient, Level, Seen, Source};
use crate::workspaces::cargo::layout::{folder_of, in_folder, is_within, name_of};
use crate::workspaces::cargo::manifest::joined;
use crate::workspaces::cargo::value::{self, Value};

/// Its paths below a folder.
pub(super) const ABOVE: [&str; 2] = [".cargo/config", ".cargo/config.toml"];
/// Its names in cargo's home.
pub(super) const IN_HOME: [&str; 2] = ["config", "config.toml"];

/// The tables that no product depends on.
const NOT_BUILDS: &[&str] = &[
    "alias",
    "cache",
    "cargo-new",
    "credential-alias",
    "doc",
    "future-incompat-report",
    "http",
    "install",
    "net",
    "registry",
    "term",
];

/// The tables that say which packages are built and where they come from, or how: of cargo's manifests
/// too.
const OF_DEPENDENCIES: &[&str] =
    &["patch", "paths", "profile", "registries", "resolver", "source"];

/// How many files one file may include, with what these include.
const MOST_INCLUDED: usize = 100;

/// A configuration file.
struct File {
    /// The folder for which it counts; nothing for one outside of the repository.
    folder: Option<Vec<u8>>,
    /// Its path, as a person would write it.
    path: Vec<u8>,
    /// Where it is: its path in the repository, or absolute.
    at: Vec<u8>,
    source: Source,
    tree: Value,
}

/// All of them, those outside of the repository last.
pub(super) struct Configurations {
    files: Vec<File>,
}

impl Configurations {
    /// Reads those that count.
    ///
    /// # Errors
    /// When one cannot be read, or includes what is not there.
    pub(super) fn of(seen: &Seen<'_>, roots: &Roots) -> Result<Self, Vec<Problem>> {
        let mut reading = Reading { seen, files: Vec::new(), wrong: Vec::new() };
        for folder in roots.around() {
            let path = ABOVE.iter().map(|name| in_folder(folder, name.as_bytes()));
            let first = path.into_iter().find(|path| reading.is_there(path));
            reading.file(folder, first);
        }
        let Reading { mut files, mut wrong, .. } = reading;
        for file in outside::files(seen) {
            match value::read(&file.shown, &file.bytes) {
                Ok(tree) => {
                    wrong.extend(outside::not_included(seen, file, &tree));
                    let source = Source::Beyond(file.shown.clone());
                    let (path, at) = (file.shown.to_vec(), file.at.clone());
                    files.push(File { folder: None, path, at, source, tree });
                }
                Err(problem) => wrong.push(*problem),
            }
        }
        if wrong.is_empty() { Ok(Self { files }) } else { Err(wrong) }
    }

    /// What of them the cache depends on.
    pub(super) fn found(&self) -> Found {
        let mut found = Found::default();
        let mut by_name: BTreeMap<(Level, Vec<u8>), Ingredient> = BTreeMap::new();
        for file in &self.files {
            // Where a file outside lies depends on the machine; what it says is what counts.
            let name = match &file.folder {
                // The name of the file is of no matter, but of one that is included.
                Some(folder) if !is_included(&file.path) => {
                    [b"cargo's configuration", super::of_folder(folder).as_slice()].concat()
                }
                Some(_) => file.path.clone(),
                None => b"cargo's configuration outside of the repository".to_vec(),
            };
            for (level, key, value) in counting(&file.tree) {
                let why = match level {
                    Level::System | Level::Toolchain => "it says how cargo compiles",
                    Level::Dependencies => "it says where packages come from, and how they are compiled",
                    Level::Workspace => "it says how the repository's own packages are compiled",
                };
                let it = by_name.entry((level, name.clone())).or_insert_with(|| {
                    Ingredient::new(level, name.clone(), file.source.clone(), why)
                });
                let is_shown = file.folder.is_some() && is_harmless(&key);
                if key.starts_with("source.") || key.starts_with("registries.") {
                    it.is_of_downloads = true;
                }
                if is_shown { it.shown(key, value) } else { it.hidden(key, value) }
            }
        }
        found.ingredients = by_name.into_values().collect();
        found
    }

    /// What is in the files that describe a target of one's own. `build.target` names one from the folder
    /// around the one that holds the configuration, the variable from where cargo is started (cargo's
    /// `core/compiler/compile_kind.rs`).
    pub(super) fn targets(&self, seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
        let named = self.files.iter().filter(|file| file.folder.is_some()).flat_map(|file| {
            let from = folder_of(folder_of(&file.path));
            let said = file.tree.get("build").and_then(|build| build.get("target"));
            let said = said.map(|it| it.as_list().unwrap_or_else(|| std::slice::from_ref(it)));
            said.unwrap_or_default().iter().filter_map(Value::as_str).map(move |it| (from, it))
        });
        let variable = seen.variable("CARGO_BUILD_TARGET").and_then(|it| std::str::from_utf8(it).ok());
        let named = named.chain(variable.map(|it| (&b""[..], it)));
        let named = named.filter(|(_, it)| it.as_bytes().ends_with(b".json"));
        let paths: BTreeSet<Vec<u8>> = named.filter_map(|(from, it)| joined(from, it)).collect();
        let (mut found, mut wrong) = (Found::default(), Vec::new());
        for path in paths {
            let name = [b"target ", path.as_slice()].concat();
            let why = "it says what is compiled for";
            let mut it = Ingredient::new(Level::Toolchain, name, source_of(&path), why);
            match seen.contents(&path) {
                Ok(Some(bytes)) => {
                    it.hidden("contents", as_committed(&bytes));
                    found.ingredients.push(it);
                }
                // Cargo tells it.
                Ok(None) => {}
                Err(problem) => wrong.push(*problem),
            }
        }
        if wrong.is_empty() { Ok(found) } else { Err(wrong) }
    }

    /// The folders with copies of packages that they name.
    pub(super) fn vendored(&self, seen: &Seen<'_>) -> Vec<Vendored<'_>> {
        let files = self.files.iter();
        files.flat_map(|it| vendored::named(seen, (&it.path, &it.at), &it.tree)).collect()
    }

    /// What stands in for other packages and lies elsewhere than in the repository.
    pub(super) fn unseen(&self, seen: &Seen<'_>) -> Found {
        let said = |file: &'_ File| {
            let said = outside::stand_in_paths(&file.tree).into_iter();
            let elsewhere = said.filter(|said| outside::in_repository(seen, &file.at, said).is_none());
            let unseen = elsewhere.map(|said| unseen(said.as_bytes(), &file.path));
            unseen.collect::<Vec<Problem>>()
        };
        let problems = self.files.iter().filter(|_| seen.settings.keeps_products()).flat_map(said);
        Found { problems: problems.collect(), ..Found::default() }
    }

    /// What the nearest file to a folder of the repository says of a key of `[build]`, with the folder
    /// that paths in it begin at: nothing for that where the file lies outside.
    pub(super) fn build_path(&self, folder: &[u8], key: &str) -> Option<(Option<&[u8]>, &str)> {
        let counts = |file: &&File| match &file.folder {
            Some(from) => is_within(folder, from),
            None => true,
        };
        let said = |file: &File| Some(file.tree.get("build")?.get(key)?.as_str()?.to_owned());
        let mut nearest: Vec<&File> = self.files.iter().filter(counts).collect();
        // Those outside come last, and keep their order.
        nearest.sort_by_key(|file| {
            std::cmp::Reverse(file.folder.as_ref().map(|folder| (folder.len(), folder)))
        });
        let file = nearest.into_iter().find(|file| said(file).is_some())?;
        let text = file.tree.get("build")?.get(key)?.as_str()?;
        Some((file.folder.as_deref(), text))
    }
}

/// Whether a file is one that only another's `include` makes a configuration.
fn is_included(path: &[u8]) -> bool {
    !(IN_HOME.iter().any(|name| name.as_bytes() == name_of(path))
        && name_of(folder_of(path)) == b".cargo")
}

struct Reading<'a, 'b> {
    seen: &'a Seen<'b>,
    files: Vec<File>,
    wrong: Vec<Problem>,
}

impl Reading<'_, '_> {
    fn is_there(&self, path: &[u8]) -> bool {
        entry(self.seen.tree, path).is_some_and(|it| it.kind.is_file())
    }

    /// Reads the file at a path, and what it includes.
    fn file(&mut self, folder: &[u8], path: Option<Vec<u8>>) {
        let mut rest: Vec<Vec<u8>> = path.into_iter().collect();
        let mut read = BTreeSet::new();
        while let Some(path) = rest.pop() {
            if read.len() > MOST_INCLUDED || !read.insert(path.clone()) {
                continue;
            }
            let Some(entry) = entry(self.seen.tree, &path) else { continue };
            let bytes = match self.seen.tree.read(&[entry]) {
                Ok(contents) => contents.into_iter().next().unwrap_or_default(),
                Err(error) => {
                    self.wrong.push(unread(&error));
                    continue;
                }
            };
            let tree = match value::read(&path, &bytes) {
                Ok(tree) => tree,
                Err(problem) => {
                    self.wrong.push(*problem);
                    continue;
                }
            };
            for (named, is_optional) in included(&tree) {
                match joined(folder_of(&path), named).filter(|path| self.is_there(path)) {
                    Some(path) => rest.push(path),
                    None if is_optional => {}
                    None => self.wrong.push(not_included(&path, named)),
                }
            }
            let source = Source::File(entry.path.clone());
            let at = path.clone();
            self.files.push(File { folder: Some(folder.to_vec()), path, at, source, tree });
        }
    }
}

fn not_included(path: &[u8], named: &str) -> Problem {
    Problem::error(text!["it includes ", Foreign::from(named), ", which git does not know"])
        .at(At::file(path))
        .help("commit the file, or take it out of `include`: what it sets is part of the key")
}

/// The files that a configuration includes, and whether each may be missing: a text, a table with a
/// `path`, or a list of both.
pub(super) fn included(tree: &Value) -> Vec<(&str, bool)> {
    let Some(include) = tree.get("include") else { return Vec::new() };
    let each = include.as_list().unwrap_or_else(|| std::slice::from_ref(include)).iter();
    each.filter_map(|it| {
        let is_optional = it.get("optional").and_then(Value::as_bool).unwrap_or(false);
        Some((it.as_str().or_else(|| it.get("path")?.as_str())?, is_optional))
    })
    .collect()
}

/// What of a configuration counts: how far, the keys that lead there, and what is said.
fn counting(tree: &Value) -> Vec<(Level, String, String)> {
    let tables = tree.as_table().into_iter().flatten();
    let tables = tables.filter(|(key, _)| key.as_str() != "include");
    let tables = tables.filter(|(key, _)| !NOT_BUILDS.contains(&key.as_str()));
    let mut found = Vec::new();
    for (table, value) in tables {
        for (key, leaf) in value.leaves(table) {
            let last = key.rsplit('.').next().unwrap_or_default();
            let level = match (table.as_str(), last) {
                ("build" | "profile", "incremental") => Level::Workspace,
                ("build", "jobs" | "target-dir" | "build-dir" | "dep-info-basedir")
                | ("target", "runner") => continue,
                ("registries", last) if last != "index" => continue,
                (table, _) if OF_DEPENDENCIES.contains(&table) => Level::Dependencies,
                (_, _) => Level::Toolchain,
            };
            found.push((level, key.clone(), flags(last, leaf)));
        }
    }
    found
}

/// What is said, in one spelling: flags may be a text or a list of words.
fn flags(key: &str, value: &Value) -> String {
    match value.as_str().filter(|_| matches!(key, "rustflags" | "rustdocflags")) {
        Some(text) => Value::texts(text.split_whitespace()).written(),
        None => value.written(),
    }
}

/// Whether a value under this key may be read by anybody who may read the key's material: not what is set
/// in the environment, and no address, which may hold a password.
fn is_harmless(key: &str) -> bool {
    let table = key.split('.').next().unwrap_or_default();
    matches!(table, "build" | "profile" | "target" | "unstable" | "resolver")
}
