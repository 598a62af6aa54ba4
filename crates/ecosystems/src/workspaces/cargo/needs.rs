//! Which package of the repository needs which.
//!
//! A need is a dependency with a path, its own or one that it inherits. There is one more way: a
//! `[patch]` or `[replace]` puts a package of the repository in the place of one from a registry, and
//! then whoever comes to use that one, perhaps through packages from elsewhere, needs it. Only the lock
//! file knows who does. Without one, whoever uses anything from elsewhere is taken to.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{Found, Layout};
use super::lock::Lock;
use super::manifest::Manifest;
use crate::workspaces::{Need, NeedKind};

/// The places of packages in the answer, by their folders.
pub(super) type Places = BTreeMap<Vec<u8>, usize>;

/// The folders of packages that stand in for others, by the names of these.
type Patches = BTreeMap<String, Vec<u8>>;

/// What each package needs, by its place; `locks` holds the lock files of the roots that have patches.
pub(super) fn needs(
    layout: &Layout,
    places: &Places,
    locks: &BTreeMap<Vec<u8>, Lock>,
) -> Vec<Vec<Need>> {
    let mut needs: Vec<BTreeSet<Need>> = vec![BTreeSet::new(); places.len()];
    let mut add = |from: &[u8], to: &[u8], kind| {
        if let (Some(from), Some(on)) = (places.get(from), places.get(to))
            && from != on
            && let Some(needs) = needs.get_mut(*from)
        {
            needs.insert(Need { on: *on, kind });
        }
    };
    for (folder, package) in &layout.packages {
        for path in &package.paths {
            add(folder, &path.folder, path.kind);
        }
    }
    for (root, patches) in patched(layout) {
        for (folder, package) in layout.packages.iter().filter(|(_, it)| it.root == root) {
            let used = match locks.get(&root) {
                Some(lock) => used_through(lock, layout, package),
                None => guessed(layout, package, &patches),
            };
            for (name, kind) in used {
                if let Some(on) = patches.get(&name) {
                    add(folder, on, kind);
                }
            }
        }
    }
    needs.into_iter().map(|needs| needs.into_iter().collect()).collect()
}

/// The folders of packages that stand in for others, by the names of these, of each root.
pub(super) fn patched(layout: &Layout) -> BTreeMap<Vec<u8>, Patches> {
    let packages = layout
        .packages
        .iter()
        .filter(|(folder, package)| package.root == **folder && layout.root(folder).is_none());
    let alone = packages.map(|(folder, package)| (folder.as_slice(), &package.manifest));
    let patches = layout.roots().chain(alone).map(|(folder, manifest)| {
        (folder.to_vec(), manifest.local_patches().into_iter().collect::<Patches>())
    });
    patches.filter(|(_, patches)| !patches.is_empty()).collect()
}

/// The packages from paths that a package comes to use, and what for.
fn used_through(lock: &Lock, layout: &Layout, package: &Found) -> Vec<(String, NeedKind)> {
    let Some(at) = package.manifest.name().and_then(|name| lock.local().get(name)) else {
        return Vec::new();
    };
    let kinds = kinds(&package.manifest, layout.root_of(package));
    let mut used = Vec::new();
    for kind in [NeedKind::Normal, NeedKind::Build, NeedKind::Dev] {
        let from = direct(lock, *at, &kinds, |it| it == kind);
        used.extend(lock.reached_local(&from).into_iter().map(|name| (name.to_owned(), kind)));
    }
    used
}

/// What a package's dependencies are for, by the names of the packages that are meant.
pub(super) fn kinds<'a>(manifest: &'a Manifest, root: Option<&'a Manifest>) -> Kinds<'a> {
    let mut kinds: Kinds<'a> = BTreeMap::new();
    for dependency in manifest.dependencies() {
        kinds.entry(dependency.package(root)).or_default().push(dependency.kind);
    }
    kinds
}

/// What dependencies are for, by the names of packages.
pub(super) type Kinds<'a> = BTreeMap<&'a str, Vec<NeedKind>>;

/// The places of a package's direct dependencies of some kinds. The lock file does not say what a
/// dependency is for; one that the manifest does not explain is taken for a normal one.
pub(super) fn direct(
    lock: &Lock,
    package: usize,
    kinds: &Kinds<'_>,
    is_wanted: impl Fn(NeedKind) -> bool,
) -> Vec<usize> {
    let wanted = |(at, name): (usize, &str)| {
        let is_wanted = match kinds.get(name) {
            Some(kinds) => kinds.iter().any(|kind| is_wanted(*kind)),
            None => is_wanted(NeedKind::Normal),
        };
        is_wanted.then_some(at)
    };
    lock.direct(package).filter_map(wanted).collect()
}

/// What a package may use of the patched ones, if no lock file says: all of them, if it depends on
/// anything from elsewhere.
fn guessed(layout: &Layout, package: &Found, patches: &Patches) -> Vec<(String, NeedKind)> {
    let root = layout.root_of(package);
    let elsewhere = package
        .manifest
        .dependencies()
        .into_iter()
        .filter(|dependency| package.manifest.folder_of(*dependency, root).is_none());
    let kinds: BTreeSet<NeedKind> = elsewhere.map(|dependency| dependency.kind).collect();
    let pairs = patches.keys().flat_map(|name| kinds.iter().map(|kind| (name.clone(), *kind)));
    pairs.collect()
}
