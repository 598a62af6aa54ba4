//! What sources take in from elsewhere: a changed file that another package includes, a page that is
//! documentation and test in one, a helper of the tests that the library shares.
//!
//! Every source of every package of the head is read, because only a source says what it includes. What
//! it includes is read in turn, on its behalf.

use std::collections::BTreeSet;

use diagnostics::{Foreign, text};
use memchr::memmem;
use repo_model::{Entry, NotRead, Tree, below, entry};

use super::changed_files::AllTargets;
use super::changed_manifests::{Layouts, NewVariable};
use super::files::Use;
use super::layout::{folder_of, in_folder, name_of, relative};
use super::manifest::joined;
use super::source::{self, From, Named, Usage};
use super::touches::Touches;
use crate::workspaces::Reach;

/// How many sources are held in memory at once.
const AT_ONCE: usize = 512;

/// A source that is read on behalf of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked<'a> {
    path: &'a [u8],
    folder: &'a [u8],
    reach: Reach,
}

/// How many sources are read to see whether they read a version or the like. Where more would have to be,
/// they are taken to: a release of everything touches everything anyway.
const MOST_FOR_VERSIONS: usize = 1000;

/// Touches the dependents of packages of which cargo tells something new in a variable, if what they are
/// built from reads it.
///
/// # Errors
/// When the contents of a source cannot be had.
pub(super) fn variables(
    layouts: Layouts<'_>,
    head: &dyn Tree,
    targets: &AllTargets,
    variables: &[NewVariable],
    touches: &mut Touches<'_>,
) -> Result<(), NotRead> {
    let mut sources: Vec<(&NewVariable, &Entry)> = Vec::new();
    for variable in variables {
        for entry in below(head, &variable.folder) {
            let is_read = sourced(layouts, targets, entry).is_some_and(|asked| {
                asked.folder == variable.folder && asked.reach == Reach::Dependents
            });
            if is_read {
                sources.push((variable, entry));
            }
        }
    }
    if sources.len() > MOST_FOR_VERSIONS {
        for variable in variables {
            let what = text![Foreign::from(variable.name), ", which its sources may read"];
            touches.add(&variable.folder, Reach::Dependents, &variable.path, Some(what));
        }
        return Ok(());
    }
    let entries: Vec<&Entry> = sources.iter().map(|(_, entry)| *entry).collect();
    for ((variable, entry), bytes) in sources.iter().zip(head.read(&entries)?) {
        if reads(&bytes, variable.name) {
            let source = Foreign::from(entry.path.as_bytes());
            let what = text![Foreign::from(variable.name), ", which ", source, " reads"];
            touches.add(&variable.folder, Reach::Dependents, &variable.path, Some(what));
        }
    }
    Ok(())
}

/// The package that a source belongs to, and how far it reaches.
fn sourced<'a>(layouts: Layouts<'a>, targets: &AllTargets, entry: &'a Entry) -> Option<Asked<'a>> {
    let path = entry.path.as_bytes();
    if !entry.kind.is_file() || !path.ends_with(b".rs") {
        return None;
    }
    let (folder, _) = layouts.head.owner(path)?;
    match targets.get(folder)?.usage(relative(path, folder)?) {
        Use::Read(reach) => Some(Asked { path, folder, reach }),
        Use::Unread => None,
    }
}

/// Whose sources are read.
pub(super) enum Scope {
    /// Those of every package.
    All,
    /// Those of the packages in these folders.
    Only(BTreeSet<Vec<u8>>),
}

impl Scope {
    fn has(&self, folder: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Only(folders) => folders.contains(folder),
        }
    }
}

/// Touches the packages whose sources include a changed file.
///
/// # Errors
/// When the contents of a source cannot be had.
pub(super) fn includes(
    layouts: Layouts<'_>,
    head: &dyn Tree,
    targets: &AllTargets,
    scope: &Scope,
    touches: &mut Touches<'_>,
) -> Result<(), NotRead> {
    if matches!(scope, Scope::Only(folders) if folders.is_empty()) {
        return Ok(());
    }
    let sources = head.entries().iter().filter_map(|entry| sourced(layouts, targets, entry));
    let mut wave: Vec<Asked<'_>> = sources.filter(|asked| scope.has(asked.folder)).collect();
    let mut seen: BTreeSet<Asked<'_>> = wave.iter().cloned().collect();
    while !wave.is_empty() {
        let mut next = Vec::new();
        for asked in wave.chunks(AT_ONCE) {
            let entries: Vec<&Entry> =
                asked.iter().filter_map(|asked| entry(head, asked.path)).collect();
            for (asked, bytes) in asked.iter().zip(head.read(&entries)?) {
                for named in source::named(&bytes) {
                    if let Some(included) = take(asked, &named, head, touches) {
                        next.push(included);
                    }
                }
            }
        }
        next.retain(|asked| seen.insert(asked.clone()));
        wave = next;
    }
    Ok(())
}

/// Touches the package if what it includes changed; what it includes, if that is a source.
fn take<'a>(
    asked: &Asked<'a>,
    named: &Named,
    head: &'a dyn Tree,
    touches: &mut Touches<'_>,
) -> Option<Asked<'a>> {
    let from = match named.from {
        From::Source => folder_of(asked.path),
        From::Package => asked.folder,
    };
    let path = joined(from, &named.path)?;
    let reach = match named.usage {
        Usage::Documentation => asked.reach.min(Reach::Own),
        Usage::Data | Usage::Module => asked.reach,
    };
    let mut changed = touches.changed_within(&path);
    if named.usage == Usage::Module {
        changed.extend(modules_of(&path).iter().flat_map(|folder| touches.changed_within(folder)));
    }
    for changed in changed {
        let what = text![Foreign::from(asked.path), " includes it"];
        touches.add(asked.folder, reach, changed, Some(what));
        touches.known.insert(changed.clone());
    }
    let is_source = path.ends_with(b".rs") && relative(&path, asked.folder).is_none();
    let included = entry(head, &path).filter(|entry| is_source && entry.kind.is_file())?;
    Some(Asked { path: included.path.as_bytes(), folder: asked.folder, reach })
}

/// The folder in which the modules of a module's file are looked for (The Rust Reference, "Module source
/// filenames"): its own for `mod.rs`, and for any file that a `path` attribute names, since such a file
/// is treated like `mod.rs`; inline modules add the file's name.
fn modules_of(path: &[u8]) -> Vec<Vec<u8>> {
    let folder = folder_of(path);
    let name = name_of(path);
    let stem = name.strip_suffix(b".rs").unwrap_or(name);
    if stem == b"mod" && !folder.is_empty() {
        vec![folder.to_vec()]
    } else {
        vec![in_folder(folder, stem)]
    }
}

/// Whether a source puts a variable of cargo's into the program: by its name, by clap's ways to it (its
/// documentation, "Derive Reference" and "Macros"), or through the crates `built` and `shadow-rs`, which
/// write all of them.
fn reads(source: &[u8], variable: &str) -> bool {
    let has = |word: &[u8]| memmem::find(source, word).is_some();
    let (macros, attribute): (&[u8], &[u8]) = match variable {
        "CARGO_PKG_VERSION" => (b"crate_version!", b"version"),
        "CARGO_PKG_AUTHORS" => (b"crate_authors!", b"author"),
        "CARGO_PKG_DESCRIPTION" => (b"crate_description!", b"about"),
        _ => (b"", b""),
    };
    let by_clap = || {
        let in_attribute = || has(attribute) && (has(b"#[command(") || has(b"#[clap("));
        !macros.is_empty() && (has(macros) || has(b"command!(") || in_attribute())
    };
    has(variable.as_bytes()) || has(b"write_built_file") || has(b"shadow_rs") || by_clap()
}
