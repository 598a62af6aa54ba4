//! Files of the repository itself that change what is installed: patches, scripts of members, packages that
//! are copied from a path.
//!
//! Sources: npm, "package.json", "Local Paths"; Bun and pnpm, "patchedDependencies"; patch-package.

use repo_model::RepoPath;
use serde_json::Value;

use super::{MANIFEST, Manager, SCRIPTS, SECTIONS};
use crate::caches::reading::{File, Reading, folders_with, has, name_of, shown};
use crate::caches::{Ingredient, Level, Source, values};
use crate::workspaces::folders;

/// Whether somebody keeps a change to a package there (patch-package: `patches`; pnpm: `patches`; Yarn:
/// `.yarn/patches`).
pub(super) fn is_patch(path: &[u8]) -> bool {
    let (folder, name) = folders::split(path);
    name.ends_with(b".patch") && name_of(folder) == b"patches"
        || name.ends_with(b".patch") && folders::names_of(folder).any(|it| it == b"patches")
}

/// Adds the patches that lie below a folder where tools keep them.
pub(super) fn patches(folder: &[u8], reading: &mut Reading<'_>) {
    let name = [b"patches in ", shown(folder)].concat();
    let source = Source::Input("ecosystems");
    let why = "packages are changed by it when they are installed";
    let mut it = Ingredient::new(Level::Dependencies, name, source, why);
    let is_meant = |path: &[u8]| folders::inside(folder, path).is_some_and(|_| is_patch(path));
    reading.contents(&is_meant, &mut it);
    if let Some(first) = it.facts.keys().next()
        && let Ok(path) = RepoPath::of_git(first)
    {
        it.source = Source::File(path);
    }
    reading.push(it);
}

/// Adds the patches that a manifest or settings name, wherever they lie (Bun and pnpm, "patchedDependencies";
/// patch-package, `--patch-dir`).
pub(in crate::caches) fn named_patches(
    folder: &[u8],
    file: &File,
    all: &Value,
    reading: &mut Reading<'_>,
) {
    let of_managers = [all.get("patchedDependencies"), all.pointer("/pnpm/patchedDependencies")];
    let patches = of_managers.into_iter().flat_map(values::entries).map(|(_, path)| path);
    let scripts = values::entries(all.get("scripts")).filter_map(|(_, words)| {
        let (_, rest) = words.as_str()?.split_once("--patch-dir")?;
        rest.trim_start_matches(['=', ' ']).split_ascii_whitespace().next()
    });
    let named = patches.filter_map(Value::as_str).chain(scripts);
    let named: Vec<Vec<u8>> =
        named.filter_map(|path| folders::resolve(folder, path.as_bytes())).collect();
    if named.is_empty() {
        return;
    }
    let name = [b"patches named in ", file.path()].concat();
    let why = "packages are changed by it when they are installed";
    let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why);
    let is_meant = |path: &[u8]| named.iter().any(|named| folders::inside(named, path).is_some());
    reading.contents(&is_meant, &mut it);
    reading.push(it);
}

/// Adds the scripts of members that run when packages are installed. What has a lock file of its own is
/// installed by itself.
pub(super) fn scripts_of_members(folder: &[u8], reading: &mut Reading<'_>) {
    let tree = reading.seen.tree;
    let is_own =
        |at: &[u8]| Manager::ALL.iter().flat_map(|it| it.locks()).any(|lock| has(tree, at, lock));
    for below in folders_with(tree, &|name| name == MANIFEST.as_bytes()) {
        let is_member = below != folder
            && folders::inside(folder, &below).is_some()
            && !folders::upwards(&below).take_while(|it| *it != folder).any(is_own);
        if !is_member {
            continue;
        }
        let Some(file) = reading.file(&below, MANIFEST) else { continue };
        // One that cannot be read cannot be installed either.
        let Ok(manifest) = values::json(file.path(), &file.bytes) else { continue };
        let name = [b"scripts in ", file.path()].concat();
        let why = "they run when packages are installed";
        let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why);
        let scripts = manifest.get("scripts").map(|scripts| values::only(scripts, &SCRIPTS));
        values::add_all(&mut it, "script ", scripts.as_ref());
        reading.push(it);
    }
}

/// Adds the files of packages that the manifests in and below a folder ask for by their paths, and of those
/// that these ask for (npm, "package.json", "Local Paths"). Links are not copied.
pub(in crate::caches) fn copied(folder: &[u8], reading: &mut Reading<'_>) {
    let paths = |file: &File| {
        // One that cannot be read cannot be installed either.
        let manifest = values::json(file.path(), &file.bytes).unwrap_or_default();
        let sections = SECTIONS.iter().chain(&["resolutions"]);
        let ranges = sections.flat_map(|section| values::entries(manifest.get(section)));
        ranges.filter_map(|(_, range)| local(range.as_str()?).map(str::to_owned)).collect()
    };
    reading.copied_through(folder, MANIFEST, paths);
}

/// The path of a package that is asked for by it.
fn local(range: &str) -> Option<&str> {
    let is_path = || range.starts_with("./") || range.starts_with("../");
    range.strip_prefix("file:").or_else(|| is_path().then_some(range))
}
