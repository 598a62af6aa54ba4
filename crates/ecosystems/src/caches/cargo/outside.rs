//! Cargo's configurations outside of the repository: in the folders above it, in cargo's home, and what these
//! include. And where a path in a configuration leads.
//!
//! Source: The Cargo Book, "Configuration" ("Hierarchical structure", "Config-relative paths", `include`,
//! `[patch]`, `paths`): a path begins at the folder around the one that holds the file. Seen with cargo 1.95.

use std::collections::BTreeSet;

use diagnostics::{Foreign, Place as At, Problem, text};

use super::configuration::{ABOVE, IN_HOME, included};
use crate::caches::{BeyondFile, Folder, Seen, homes};
use crate::workspaces::cargo::layout::folder_of;
use crate::workspaces::cargo::manifest::patch_paths;
use crate::workspaces::cargo::value::{self, Value};
use crate::workspaces::folders;

/// Those that count, the nearest first, of two in one folder the one that counts.
pub(super) fn files<'a>(seen: &Seen<'a>) -> Vec<&'a BeyondFile> {
    let is_one = |it: &&BeyondFile| match it.wanted.folder {
        Folder::Above => ABOVE.contains(&it.wanted.path),
        Folder::Variable { .. } => IN_HOME.contains(&it.wanted.path),
        Folder::Home | Folder::Named { .. } | Folder::Listed { .. } => false,
    };
    let all: Vec<&BeyondFile> = seen.beyond.iter().filter(is_one).collect();
    let is_first = |it: &&BeyondFile| it.wanted.path.ends_with("config");
    let firsts = all.iter().copied().filter(|it| is_first(it) && it.by.is_none());
    let folders: BTreeSet<&[u8]> = firsts.map(|it| folder_of(&it.at)).collect();
    let counts = |it: &&BeyondFile| {
        let begun = it.by.as_deref().unwrap_or(&it.at);
        is_first(it) || !folders.contains(folder_of(begun))
    };
    all.into_iter().filter(counts).collect()
}

/// The files that one includes: where each is, and how a person would write that.
pub(super) fn includes(file: &BeyondFile) -> Vec<(Vec<u8>, Vec<u8>)> {
    let is_settings = [ABOVE, IN_HOME].concat().contains(&file.wanted.path);
    let Some(tree) = value::read(&file.shown, &file.bytes).ok().filter(|_| is_settings) else {
        return Vec::new();
    };
    let both = |(named, _): (&str, bool)| {
        let shown = [folder_of(&file.shown), b"/", named.as_bytes()].concat();
        let shown = if named.starts_with('/') { named.into() } else { shown };
        (beside(file, named), shown)
    };
    included(&tree).into_iter().map(both).collect()
}

/// That what one includes is not there, although it must be.
pub(super) fn not_included(seen: &Seen<'_>, file: &BeyondFile, tree: &Value) -> Vec<Problem> {
    let is_there = |at: &[u8]| seen.beyond.iter().any(|it| it.at == at);
    let missing = included(tree).into_iter();
    let missing = missing.filter(|(named, is_optional)| !is_optional && !is_there(&beside(file, named)));
    let problem = |(named, _): (&str, bool)| {
        Problem::error(text!["it includes ", Foreign::from(named), ", which is not there"])
            .at(At::file(file.shown.as_slice()))
            .help("put the file there, or take it out of `include`: what it sets is part of the key")
    };
    missing.map(problem).collect()
}

fn beside(file: &BeyondFile, named: &str) -> Vec<u8> {
    if named.starts_with('/') {
        return homes::normal(named.as_bytes());
    }
    homes::normal(&[folder_of(&file.at), b"/", named.as_bytes()].concat())
}

/// The folders of the repository whose packages stand in for others by these files.
pub(super) fn stand_ins(seen: &Seen<'_>) -> BTreeSet<Vec<u8>> {
    let mut folders = BTreeSet::new();
    for file in files(seen) {
        // What cannot be read is told where all of it is read.
        let Ok(tree) = value::read(&file.shown, &file.bytes) else { continue };
        let said = stand_in_paths(&tree).into_iter();
        folders.extend(said.filter_map(|said| in_repository(seen, &file.at, said)));
    }
    folders
}

/// The paths in a configuration of what stands in for other packages.
pub(super) fn stand_in_paths(tree: &Value) -> Vec<&str> {
    let overrides = tree.get("paths").and_then(Value::as_list).unwrap_or_default();
    let patches = patch_paths(tree).into_iter().map(|(_, said)| said);
    patches.chain(overrides.iter().filter_map(Value::as_str)).collect()
}

/// The folder of the repository that a path in the configuration at `file` leads to; nothing for one
/// elsewhere. `file` is absolute, or a path of the repository.
pub(super) fn in_repository(seen: &Seen<'_>, file: &[u8], said: &str) -> Option<Vec<u8>> {
    let machine = seen.machine;
    let slashes = |path: &[u8]| homes::slashes(machine, path);
    let (top, said) = (homes::normal(&slashes(&machine.repository)), slashes(said.as_bytes()));
    let file = slashes(file);
    let is_absolute = |path: &[u8]| path.starts_with(b"/") || matches!(path, [_, b':', ..]);
    let file = if is_absolute(&file) { file } else { [&top, &b"/"[..], &file].concat() };
    let whole = if is_absolute(&said) {
        said
    } else {
        [folder_of(folder_of(&file)), b"/", &said].concat()
    };
    let whole = homes::normal(&whole);
    let inside = folders::inside(&top, &whole)?;
    Some(inside.strip_prefix(b"/").unwrap_or(inside).to_vec())
}
