//! Cargo: the packages of a repository, who needs whom, and which of them a change touches.
//!
//! Everything is read from manifests and lock files of both sides, without cargo, toolchain, network or
//! checkout. Sources: The Cargo Book; each file here names its part of it. What differs is compared by
//! meaning: comments, order and spelling touch nothing.
//!
//! The safe side is to touch more. It is taken wherever a file may be read by a build script or a macro,
//! where a key of a manifest is not known, and where one side cannot be read.

mod changed_files;
mod changed_locks;
mod changed_manifests;
pub(crate) mod configs;
pub mod features;
mod files;
mod includes;
pub(crate) mod layout;
pub(crate) mod links;
pub(crate) mod lock;
pub(crate) mod lock_scope;
mod locked;
pub(crate) mod manifest;
pub(crate) mod meaning;
mod member_glob;
pub mod metadata;
mod needs;
mod nested;
mod origins;
pub(crate) mod reader;
pub(crate) mod settings;
mod source;
#[cfg(test)]
mod tests;
mod touches;
pub(crate) mod value;
mod vendored;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Level, Piece, Problem, text};
use repo_model::{ChangeSet, Entry, NotRead, RepoPath, Tree, entry};

use self::changed_locks::LOCK;
use self::changed_manifests::Layouts;
use self::configs::Configs;
use self::includes::Scope;
use self::layout::{Layout, MANIFEST, in_folder, name_of};
use self::links::Links;
use self::lock::Lock;
use self::metadata::Metadata;
use self::needs::Places;
use self::reader::Reader;
use self::touches::Touches;
use super::{Need, Package, Reading, Sides, Touch};

/// How cargo's packages are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Whether the sources of all packages are read for what they include (`include_str!`, `#[path]`).
    /// Without, a file that another package includes touches only its own.
    pub scan_includes: bool,
    /// What `cargo metadata` said of the head: its packages and needs are believed more than what the
    /// manifests say.
    pub metadata: Option<&'a Metadata>,
}

/// Reads cargo's packages, and what the change touches of them.
///
/// # Errors
/// When contents cannot be had, on either side, or a manifest of the head that counts cannot be read; the
/// problem names the file, and the line and column in it. One that nobody names, that was as unreadable
/// before and did not change (a template), is only remarked on.
pub fn read(sides: &Sides<'_>, options: &Options<'_>) -> Result<Reading, Box<Problem>> {
    let links = Links::of(sides.head).map_err(|error| unread(&error))?;
    let seen = links.seen(sides.changes);
    let sides = &Sides { changes: &seen.changes, ..*sides };
    let metadata = options.metadata.map(|metadata| metadata.resolved(&links));
    let options = &Options { metadata: metadata.as_ref(), ..*options };
    let configs = Configs::of(sides.head).map_err(|error| unread(&error))?;
    let mut reader = Reader::new(sides.head, &links, configs.stand_ins());
    let mut head = Layout::of(&mut reader).map_err(|error| unread(&error))?;
    let superfluous = options.metadata.map(|metadata| metadata.superfluous(&head));
    let superfluous = superfluous.unwrap_or_default();
    if let Some(metadata) = options.metadata {
        let corrected = metadata.correct(&mut head, &mut reader, &superfluous);
        corrected.map_err(|error| unread(&error))?;
    }
    let mut problems = judged(&mut head, sides)?;
    let (mut packages, places) = packages(&head);
    let mut patched = needs::patched(&head, &configs);
    for folders in patched.values_mut().flat_map(BTreeMap::values_mut) {
        *folders = std::mem::take(folders).into_iter().map(|folder| reader.real(folder)).collect();
    }
    let locks = locks_of(patched.keys(), sides.head).map_err(|error| unread(&error))?;
    let mut needs = needs::needs(&head, &places, &locks, patched);
    if let Some(metadata) = options.metadata {
        metadata.replace(&places, &mut needs);
    }
    for (package, needs) in packages.iter_mut().zip(needs) {
        package.needs = needs;
    }
    let mut reading = Reading { packages, problems: Vec::new(), ..Reading::default() };
    if let Some(base) = sides.base.filter(|_| !sides.changes.is_empty()) {
        let old = if touches_manifests(sides.changes) {
            let mut reader = reader.before(base, sides.changes);
            let mut layout = Layout::of(&mut reader).map_err(|error| unread(&error))?;
            if let Some(metadata) = options.metadata {
                let corrected = metadata.correct(&mut layout, &mut reader, &superfluous);
                corrected.map_err(|error| unread(&error))?;
            }
            Some(layout)
        } else {
            None
        };
        let before = old.as_ref().unwrap_or(&head);
        let layouts =
            Layouts { base: before, head: &head, changes: sides.changes, configs: &configs };
        let touches = Touches::new(sides.changes, &links, &places);
        let touches = touched(layouts, [base, sides.head], touches, options)
            .map_err(|error| unread(&error))?;
        let (touches, known, found) = touches.finish();
        problems.extend(found);
        reading.gone = gone(before, &reading.packages);
        let real = |touch: Touch| Touch { path: seen.real(touch.path), ..touch };
        reading.touches = touches.into_iter().map(real).collect();
        let known: BTreeSet<RepoPath> = known.into_iter().map(|path| seen.real(path)).collect();
        reading.known = known.into_iter().collect();
    }
    reading.problems = problems;
    Ok(reading)
}

fn touches_manifests(changes: &ChangeSet) -> bool {
    changes.iter().any(|change| name_of(change.path.as_bytes()) == MANIFEST)
}

fn touched<'a>(
    layouts: Layouts<'a>,
    trees: [&dyn Tree; 2],
    mut touches: Touches<'a>,
    options: &Options<'_>,
) -> Result<Touches<'a>, NotRead> {
    let variables = layouts.manifests(&mut touches);
    changed_locks::locks(layouts, trees, &mut touches)?;
    vendored::vendored(layouts, trees, &mut touches)?;
    let targets = layouts.targets();
    layouts.files(trees, &targets, &mut touches)?;
    let [_, head] = trees;
    layouts.links(&targets, &mut touches);
    layouts.build_scripts(head, &targets, &mut touches)?;
    layouts.unseen(&mut touches);
    includes::variables(layouts, head, &targets, &variables, &mut touches)?;
    let scope = Scope { is_all: options.scan_includes, ..layouts.scope(&targets, &touches) };
    includes::includes(layouts, head, &targets, &scope, &mut touches)?;
    Ok(touches)
}

/// Contents that cannot be had, as a problem.
fn unread(error: &NotRead) -> Box<Problem> {
    let path = Foreign::from(error.path.as_bytes());
    Box::new(Problem::error(text![path, " cannot be read: ", Piece::said(&error.why)]))
}

/// What is wrong with the head: an error if it counts, otherwise remarks.
fn judged(head: &mut Layout, sides: &Sides<'_>) -> Result<Vec<Problem>, Box<Problem>> {
    let mut problems = std::mem::take(&mut head.problems);
    for (folder, broken) in std::mem::take(&mut head.broken) {
        let is_changed = sides.changes.of(&in_folder(&folder, MANIFEST)).is_some();
        if broken.is_named || is_changed || folder.is_empty() {
            return Err(broken.problem);
        }
        let mut problem = *broken.problem;
        problem.level = Level::Warning;
        problems.push(problem.help("no workspace names it, so it counts as no package"));
    }
    Ok(problems)
}

/// The packages in the order of the answer, without their needs, and their places.
fn packages(layout: &Layout) -> (Vec<Package>, Places) {
    let each = layout.packages.iter().map(|(folder, found)| Package {
        name: found.manifest.name().unwrap_or_default().to_owned(),
        folder: folder.clone(),
        root: found.root.clone(),
        needs: Vec::<Need>::new(),
    });
    let mut packages: Vec<Package> = each.collect();
    packages.sort_by(|one, other| {
        one.name.cmp(&other.name).then_with(|| one.folder.cmp(&other.folder))
    });
    let places = packages.iter().enumerate().map(|(at, it)| (it.folder.clone(), at)).collect();
    (packages, places)
}

/// The lock files of some roots. One that cannot be read is as none: the guess without it is the larger.
fn locks_of<'a>(
    roots: impl Iterator<Item = &'a Vec<u8>>,
    tree: &dyn Tree,
) -> Result<BTreeMap<Vec<u8>, Lock>, NotRead> {
    let found: Vec<(&Vec<u8>, &Entry)> = roots
        .filter_map(|root| Some((root, entry(tree, &in_folder(root, LOCK))?)))
        .filter(|(_, entry)| entry.kind.is_file())
        .collect();
    let entries: Vec<&Entry> = found.iter().map(|(_, entry)| *entry).collect();
    let mut locks = BTreeMap::new();
    for ((root, entry), bytes) in found.iter().zip(tree.read(&entries)?) {
        if let Ok(lock) = Lock::read(entry.path.as_bytes(), &bytes) {
            locks.insert((*root).clone(), lock);
        }
    }
    Ok(locks)
}

/// The names of the packages that are no more.
fn gone(base: &Layout, packages: &[Package]) -> Vec<String> {
    let is_gone =
        |name: &&str| packages.binary_search_by(|package| package.name.as_str().cmp(name)).is_err();
    let names = base.packages.values().filter_map(|package| package.manifest.name());
    let mut gone: Vec<String> = names.filter(is_gone).map(str::to_owned).collect();
    gone.sort();
    gone.dedup();
    gone
}
