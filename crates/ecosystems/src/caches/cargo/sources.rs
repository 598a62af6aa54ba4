//! The repository's own sources, by git's names for their contents where those are known.
//!
//! Those of a workspace's packages count for its own products alone. Those that it takes by path from
//! elsewhere in the repository (another workspace, a patch, a submodule) are built like packages from
//! elsewhere, so they count with the dependencies.
//!
//! A file is named by the id that git has for it, if the tree says it: then it is what is on disk, whatever
//! line endings it was checked out with. Otherwise it is read as git would keep it.

use std::collections::BTreeMap;

use diagnostics::{Foreign, Place as At, Problem, text};
use repo_model::{Entry, Kind, RepoPath, below, entry};

use super::roots::{Roots, outside_paths, unknown_paths};
use crate::caches::sources::held;
use crate::caches::{Found, Ingredient, Level, Seen, Source};
use crate::workspaces::cargo::layout::{
    Found as Package, MANIFEST, above, in_folder, name_of, relative,
};
use crate::workspaces::cargo::manifest::Manifest;
use crate::workspaces::cargo::value;

/// The sources that count.
pub(super) fn read(seen: &Seen<'_>, roots: &Roots) -> Result<Found, Vec<Problem>> {
    let mut found = Found::default();
    let mut wrong = Vec::new();
    let mut wanted: BTreeMap<(Level, &[u8]), &Package> = BTreeMap::new();
    let mut paths: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut outside: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for root in roots.iter() {
        for (folder, package) in root.lent() {
            wanted.insert((Level::Dependencies, folder), package);
        }
        paths.extend(unknown_paths(root));
        outside.extend(outside_paths(root));
    }
    if seen.settings.keeps_workspace {
        for (folder, package) in roots.iter().flat_map(|root| root.members()) {
            wanted.insert((Level::Workspace, folder), package);
        }
        found.ingredients.extend(roots.iter().filter_map(|root| {
            let is_member = wanted.contains_key(&(Level::Workspace, root.folder));
            let manifest = root.manifest().filter(|_| !is_member)?;
            Some(whole_manifest(root.folder, b"workspace".as_slice(), manifest, Level::Workspace))
        }));
    }
    for ((level, folder), package) in &wanted {
        match sources(seen, folder, *level) {
            Ok(ingredient) => found.ingredients.push(ingredient),
            Err(problem) => wrong.push(*problem),
        }
        let mut manifest = whole_manifest(folder, b"package", &package.manifest, *level);
        if let Some(root) = roots.of_package(package).filter(|_| *level == Level::Dependencies) {
            inherited(root, &mut manifest);
        }
        found.ingredients.push(manifest);
    }
    if seen.settings.keeps_products() {
        for (folder, by) in paths {
            match submodule(seen, &folder) {
                Some(ingredient) => found.ingredients.push(ingredient),
                None => found.problems.push(unseen(&folder, &in_folder(&by, MANIFEST))),
            }
        }
        let told = outside.iter().map(|(path, by)| unseen(path, &in_folder(by, MANIFEST)));
        found.problems.extend(told);
    }
    found.ingredients.sort();
    found.ingredients.dedup();
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// Adds what a package of another workspace may inherit from its root, dependencies aside.
fn inherited(root: &Manifest, it: &mut Ingredient) {
    for key in ["package", "lints"] {
        let Some(value) = root.workspace().and_then(|table| table.get(key)) else { continue };
        for (key, value) in value.leaves(&format!("workspace.{key}")) {
            it.hidden(key, value::Value::written(value));
        }
    }
}

/// All that a manifest says: its own package is built with that.
fn whole_manifest(
    folder: &[u8],
    what: &[u8],
    manifest: &Manifest,
    level: Level,
) -> Ingredient {
    let path = in_folder(folder, MANIFEST);
    let name = [b"manifest of the ", what, super::of_folder(folder).as_slice()].concat();
    let source = source_of(&path);
    let mut it = Ingredient::new(level, name, source, "the package is built as it says");
    for (key, value) in manifest.tree.leaves("") {
        it.hidden(key, value::Value::written(value));
    }
    it
}

pub(super) fn source_of(path: &[u8]) -> Source {
    match RepoPath::of_git(path) {
        Ok(path) => Source::File(path),
        Err(_) => Source::Beyond(path.into()),
    }
}

/// The sources of a package: all files in its folder that belong to no other package in it.
fn sources(
    seen: &Seen<'_>,
    folder: &[u8],
    level: Level,
) -> Result<Ingredient, Box<Problem>> {
    let why = match level {
        Level::System | Level::Toolchain | Level::Dependencies => {
            "packages outside of the workspace are built from it"
        }
        Level::Workspace => "the package is built from it",
    };
    let name = [b"sources", super::of_folder(folder).as_slice()].concat();
    let source = source_of(&in_folder(folder, MANIFEST));
    let mut it = Ingredient::new(level, name, source, why);
    let all = below(seen.tree, folder);
    let is_nested = |path: &[u8]| {
        let mut folders = above(path).take_while(|above| *above != folder);
        folders.any(|above| entry(seen.tree, &in_folder(above, MANIFEST)).is_some())
    };
    // What they say counts by its meaning.
    let is_read = |path: &[u8]| matches!(name_of(path), b"Cargo.toml" | b"Cargo.lock");
    // No package is built from what the repository's host reads.
    let is_of_host = |path: &[u8]| folder.is_empty() && path.starts_with(b".github/");
    let counts = |path: &[u8]| !is_read(path) && !is_of_host(path) && !is_nested(path);
    let counted: Vec<&Entry> = all.iter().filter(|it| counts(it.path.as_bytes())).collect();
    for (file, held) in held(seen.tree, &counted)? {
        held.add(&mut it, relative(file.path.as_bytes(), folder).unwrap_or(file.path.as_bytes()));
    }
    Ok(it)
}

/// The submodule that a folder lies in, by its commit.
pub(super) fn submodule(seen: &Seen<'_>, folder: &[u8]) -> Option<Ingredient> {
    let mut folders = [folder].into_iter().chain(above(folder));
    let module = folders.find_map(|path| {
        entry(seen.tree, path).filter(|it| it.kind == Kind::Submodule)
    })?;
    let path = module.path.as_bytes();
    let name = [b"submodule ", path].concat();
    let why = "packages are taken from it";
    let mut it =
        Ingredient::new(Level::Dependencies, name, Source::File(module.path.clone()), why);
    it.shown("commit", module.id.map_or_else(String::new, |id| id.to_string()));
    Some(it)
}

/// That git knows no package in a folder, by the file that names it.
pub(super) fn unseen(folder: &[u8], by: &[u8]) -> Problem {
    let message = text!["the package in ", Foreign::new(folder), " is taken by path, and git knows no manifest there"];
    Problem::warning(message).at(At::file(by)).help(
        "commit it, or let a `recipe` name what it is made from: the key does not change with it",
    )
}
