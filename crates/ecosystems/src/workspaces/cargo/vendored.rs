//! What changed copies of packages from elsewhere touch (The Cargo Book, "Source Replacement"): the
//! packages that the lock file says reach the copied one.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Text, text};
use repo_model::{Entry, NotRead, RepoPath, Tree, entry};

use super::changed_locks::{LOCK, all};
use super::changed_manifests::Layouts;
use super::layout::{MANIFEST, contents, in_folder, is_within, relative};
use super::lock::Lock;
use super::lock_scope::LockScope;
use super::manifest::Manifest;
use super::needs::{direct, kinds};
use super::touches::{Touches, changed_within};
use crate::workspaces::{NeedKind, Reach};

/// How many changed copies are looked up one by one. Where more changed, every package is touched by the
/// rest.
const MOST: usize = 500;

/// A changed copy.
struct Copy<'a> {
    /// Its name and version; nothing where no manifest says them.
    says: Option<(String, String)>,
    /// Changed files of it.
    paths: Vec<&'a RepoPath>,
}

/// Of a copy's changed files one for each folder in it and ending: there are thousands, and what a pattern
/// takes away it takes by these.
type Paths<'a> = BTreeMap<(&'a [u8], &'a [u8]), &'a RepoPath>;

/// Touches what the changed copies touch. The paths in them are nobody else's then.
///
/// # Errors
/// When a lock file or the manifest of a copy cannot be had.
pub(super) fn vendored(
    layouts: Layouts<'_>,
    trees: [&dyn Tree; 2],
    touches: &mut Touches<'_>,
) -> Result<(), NotRead> {
    let [_, head] = trees;
    for (from, config) in layouts.configs.iter() {
        for folder in &config.vendored {
            let copies = copies(layouts, folder, trees, touches)?;
            if copies.is_empty() {
                continue;
            }
            let packages = layouts.head.packages.values();
            let roots: BTreeSet<&[u8]> =
                packages.map(|it| it.root.as_slice()).filter(|it| is_within(it, from)).collect();
            for root in roots {
                of_root(layouts, root, &copies, head, touches)?;
            }
        }
    }
    Ok(())
}

/// The copies of a folder that changed, but for those that are packages of the repository.
fn copies<'a>(
    layouts: Layouts<'a>,
    folder: &[u8],
    [base, head]: [&dyn Tree; 2],
    touches: &mut Touches<'_>,
) -> Result<Vec<Copy<'a>>, NotRead> {
    let mut by_name: BTreeMap<&[u8], Paths<'a>> = BTreeMap::new();
    for path in changed_within(layouts.changes, folder) {
        let owner = layouts.head.owner(path.as_bytes());
        if owner.is_some_and(|(owner, _)| is_within(owner, folder)) {
            continue;
        }
        touches.known.insert(path.clone());
        let Some(rest) = relative(path.as_bytes(), folder) else { continue };
        if !rest.contains(&b'/') && !rest.ends_with(b".crate") {
            // Nobody reads it: a copy is a folder, or packed.
            continue;
        }
        let mut parts = rest.splitn(3, |byte| *byte == b'/');
        let (name, first) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let ending = rest.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        by_name.entry(name).or_default().entry((first, ending)).or_insert(path);
    }
    let manifest = |name: &[u8]| in_folder(&in_folder(folder, name), MANIFEST);
    let found: Vec<(&[u8], &Entry)> = by_name
        .keys()
        .filter_map(|name| Some((*name, entry(head, &manifest(name))?)))
        .filter(|(_, entry)| entry.kind.is_file())
        .collect();
    let entries: Vec<&Entry> = found.iter().map(|(_, entry)| *entry).collect();
    let names = found.iter().map(|(name, _)| *name);
    let mut manifests: BTreeMap<&[u8], Vec<u8>> = names.zip(head.read(&entries)?).collect();
    for name in by_name.keys().take(MOST) {
        // A copy that is gone may be used still, if the lock file is behind.
        if !manifests.contains_key(name)
            && let Some(change) = layouts.changes.of(&manifest(name))
            && let Some(bytes) = contents(base, &change.path, change.old)?
        {
            manifests.insert(name, bytes);
        }
    }
    let says = |name: &[u8]| {
        let read = Manifest::read(folder, MANIFEST, manifests.get(name)?).ok()?;
        Some((read.name()?.to_owned(), read.version(None).to_owned()))
    };
    let copy = |(name, paths): (&[u8], BTreeMap<_, &'a RepoPath>)| Copy {
        says: says(name),
        paths: paths.into_values().collect(),
    };
    Ok(by_name.into_iter().map(copy).collect())
}

/// Touches what of one workspace reaches changed copies; all of it, where that cannot be told.
fn of_root(
    layouts: Layouts<'_>,
    root: &[u8],
    copies: &[Copy<'_>],
    head: &dyn Tree,
    touches: &mut Touches<'_>,
) -> Result<(), NotRead> {
    let found = entry(head, &in_folder(root, LOCK)).filter(|entry| entry.kind.is_file());
    let bytes = found.map_or(Ok(Vec::new()), |entry| head.read(&[entry]))?.pop();
    let lock = bytes.and_then(|bytes| Lock::read(LOCK, &bytes).ok());
    let scope = lock.as_ref().map(|lock| (lock, LockScope::of(layouts.head, root, lock, head)));
    for (place, copy) in copies.iter().enumerate() {
        let (Some((lock, scope)), Some((name, version))) =
            (scope.as_ref().filter(|_| place < MOST), &copy.says)
        else {
            for path in &copy.paths {
                let what = Text::from("a copy of a package from elsewhere");
                all(layouts, root, path, &what, touches);
            }
            continue;
        };
        let Some(reaching) = lock.users(name, version) else { continue };
        let what = text![
            "the copy of ",
            Foreign::from(name.as_str()),
            " ",
            Foreign::from(version.as_str())
        ];
        let uses = |folder: &[u8]| {
            let side = layouts.head.side_at(folder)?;
            let places = lock.places(side.manifest.name()?, side.manifest.version(side.root));
            let kinds = kinds(side.manifest, side.root);
            let reaches = |is_wanted: &dyn Fn(NeedKind) -> bool| {
                let direct = direct(lock, places, &kinds, is_wanted);
                direct.iter().any(|at| reaching.get(*at) == Some(&true))
            };
            if reaches(&|kind| kind != NeedKind::Dev) {
                Some((Reach::Dependents, what.clone()))
            } else {
                reaches(&|_| true).then(|| (Reach::Own, what.clone()))
            }
        };
        scope.touch(&copy.paths, uses, touches);
    }
    Ok(())
}
