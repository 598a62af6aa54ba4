//! Copies of packages from elsewhere that the repository keeps: `directory` and `local-registry` of a source.
//!
//! Cargo takes a copy for the package that its `.cargo-checksum.json` names, and builds it again only when that
//! name changes, whatever the files hold where its list of them is empty (cargo's
//! `sources/directory.rs`, `fingerprint`). So a product of an edited copy is taken for one of the new copy, and
//! what the copies hold is part of the key. A path in a configuration begins at the folder around the one that
//! holds the file (The Cargo Book, "Configuration", "Config-relative paths").

use std::collections::BTreeMap;

use diagnostics::{Foreign, Place as At, Problem, text};
use repo_model::{Entry, below};

use super::outside::in_repository;
use super::sources::{source_of, submodule};
use crate::caches::sources::{Held, held};
use crate::caches::{Found, Ingredient, Level, Seen};
use crate::workspaces::cargo::layout::relative;
use crate::workspaces::cargo::value::Value;

/// The keys of a source that name a folder, and whether cargo holds what it takes from there against the
/// checksum in the lock file ("unable to verify that ... is the same as when the lockfile was generated"; seen
/// with cargo 1.95).
const KEYS: [(&str, bool); 2] = [("directory", false), ("local-registry", true)];

/// A folder with copies.
pub(super) struct Vendored<'a> {
    /// The file that names it, as a person would write its path.
    file: &'a [u8],
    /// How it is written there.
    said: &'a str,
    /// Where it is, if it is in the repository.
    folder: Option<Vec<u8>>,
    /// Whether the lock file says what is in it.
    is_locked: bool,
}

/// The folders that a configuration names: how a person would write its path, and where it is.
pub(super) fn named<'a>(
    seen: &Seen<'_>,
    (file, at): (&'a [u8], &[u8]),
    tree: &'a Value,
) -> Vec<Vendored<'a>> {
    let sources = tree.get("source").and_then(Value::as_table).into_iter().flatten();
    let said = sources.flat_map(|(_, source)| {
        KEYS.into_iter().filter_map(|(key, is_locked)| Some((source.get(key)?.as_str()?, is_locked)))
    });
    let one = |(said, is_locked)| {
        Vendored { file, said, folder: in_repository(seen, at, said), is_locked }
    };
    said.map(one).collect()
}

/// What is in them.
pub(super) fn read(seen: &Seen<'_>, all: &[Vendored<'_>]) -> Result<Found, Vec<Problem>> {
    let mut found = Found::default();
    if !seen.settings.keeps_products() {
        return Ok(found);
    }
    let mut wrong = Vec::new();
    let mut known: BTreeMap<&[u8], &Vendored<'_>> = BTreeMap::new();
    for it in all {
        match &it.folder {
            Some(folder) => {
                known.entry(folder).or_insert(it);
            }
            None => found.problems.extend(unseen(it)),
        }
    }
    for (folder, it) in known {
        match copies(seen, folder, it.file) {
            Ok(Some(ingredient)) => found.ingredients.push(ingredient),
            Ok(None) => match submodule(seen, folder) {
                Some(ingredient) => found.ingredients.push(ingredient),
                None => found.problems.extend(unseen(it)),
            },
            Err(problem) => wrong.push(*problem),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// The copies in a folder, one fact each; nothing where git knows none.
fn copies(
    seen: &Seen<'_>,
    folder: &[u8],
    file: &[u8],
) -> Result<Option<Ingredient>, Box<Problem>> {
    let all = below(seen.tree, folder);
    if all.is_empty() {
        return Ok(None);
    }
    let name = [b"vendored packages", super::of_folder(folder).as_slice()].concat();
    let why = "packages are built from them, and cargo does not look whether they are still the same";
    let mut it = Ingredient::new(Level::Dependencies, name, source_of(file), why);
    let all: Vec<&Entry> = all.iter().collect();
    let mut packages: BTreeMap<&[u8], Vec<u8>> = BTreeMap::new();
    for (file, held) in held(seen.tree, &all)? {
        let path = relative(file.path.as_bytes(), folder).unwrap_or(file.path.as_bytes());
        let package = path.split(|byte| *byte == b'/').next().unwrap_or(path);
        let holds = packages.entry(package).or_default();
        // No path holds a zero, and a length tells where contents end.
        holds.extend_from_slice(path);
        holds.push(0);
        match held {
            Held::Named(id) => holds.extend_from_slice(id.as_bytes()),
            Held::Contents(bytes) => {
                holds.extend_from_slice(bytes.len().to_string().as_bytes());
                holds.push(0);
                holds.extend_from_slice(&bytes);
            }
        }
        holds.push(0);
    }
    for (package, holds) in packages {
        it.hidden(package, holds);
    }
    Ok(Some(it))
}

fn unseen(it: &Vendored<'_>) -> Option<Problem> {
    if it.is_locked {
        return None;
    }
    let message = text!["packages are taken from ", Foreign::from(it.said), ", and git knows nothing there"];
    let help = "commit it, or let a `recipe` name what it is made from: the key does not change with it";
    Some(Problem::warning(message).at(At::file(it.file)).help(help))
}
