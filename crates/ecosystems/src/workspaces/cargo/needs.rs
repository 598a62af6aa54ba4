//! Which package of the repository needs which.
//!
//! A need is a dependency with a path, its own or one that it inherits. There is one more way: a
//! `[patch]` or `[replace]`, or cargo's configuration, puts a package of the repository in the place of one from a registry, and
//! then whoever comes to use that one, perhaps through packages from elsewhere, needs it. Only the lock
//! file knows who does. Without one, whoever uses anything from elsewhere is taken to; also where it is
//! behind the manifests, and knows nothing of the package or of the patch.

use std::collections::{BTreeMap, BTreeSet};

use super::configs::Configs;
use super::layout::{Found, Layout};
use super::lock::Lock;
use super::lock_scope::built_with;
use super::manifest::Manifest;
use crate::workspaces::{Need, NeedKind};

/// The places of packages in the answer, by their folders.
pub(super) type Places = BTreeMap<Vec<u8>, usize>;

/// The folders of packages that stand in for others, by the names of these.
pub(super) type Patches = BTreeMap<String, BTreeSet<Vec<u8>>>;

/// What each package needs, by its place; `locks` holds the lock files of the roots that are `patched`.
pub(super) fn needs(
    layout: &Layout,
    places: &Places,
    locks: &BTreeMap<Vec<u8>, Lock>,
    patched: BTreeMap<Vec<u8>, Patches>,
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
    for (root, patches) in patched {
        for (folder, package) in built_with(layout, &root) {
            let lock = locks.get(&root);
            let used = lock.and_then(|lock| used_through(lock, layout, package));
            let is_known = |name: &&str| lock.is_some_and(|lock| lock.has_local(name));
            let names = patches.keys().map(String::as_str);
            let unknown: Vec<&str> =
                names.filter(|name| used.is_none() || !is_known(name)).collect();
            let guessed = guessed(layout, package, &unknown);
            for (name, kind) in used.into_iter().flatten().chain(guessed) {
                for on in patches.get(name).into_iter().flatten() {
                    add(folder, on, kind);
                }
            }
        }
    }
    needs.into_iter().map(|needs| needs.into_iter().collect()).collect()
}

/// The folders of packages that stand in for others, by the names of these, of each root.
pub(super) fn patched(layout: &Layout, configs: &Configs) -> BTreeMap<Vec<u8>, Patches> {
    let packages = layout
        .packages
        .iter()
        .filter(|(folder, package)| package.root == **folder && layout.root(folder).is_none());
    let alone = packages.map(|(folder, package)| (folder.as_slice(), &package.manifest));
    let patches = layout.roots().chain(alone).map(|(folder, manifest)| {
        let mut patches = Patches::new();
        for (name, stands_in) in manifest.local_patches() {
            patches.entry(name).or_default().insert(stands_in);
        }
        for config in configs.for_folder(folder) {
            let name = |it: &Vec<u8>| layout.packages.get(it)?.manifest.name().map(str::to_owned);
            let overrides = config.overrides.iter().filter_map(|it| Some((name(it)?, it.clone())));
            for (name, stands_in) in config.patches.iter().cloned().chain(overrides) {
                patches.entry(name).or_default().insert(stands_in);
            }
        }
        (folder.to_vec(), patches)
    });
    patches.filter(|(_, patches)| !patches.is_empty()).collect()
}

/// The packages from paths that a package comes to use, and what for; nothing if the lock file does not
/// know the package.
fn used_through<'a>(
    lock: &'a Lock,
    layout: &Layout,
    package: &Found,
) -> Option<Vec<(&'a str, NeedKind)>> {
    let root = layout.root_of(package);
    let places = lock.places(package.manifest.name()?, package.manifest.version(root));
    if places.is_empty() {
        return None;
    }
    let kinds = kinds(&package.manifest, root);
    let mut used = Vec::new();
    for kind in [NeedKind::Normal, NeedKind::Build, NeedKind::Dev] {
        let from = direct(lock, places, &kinds, |it| it == kind);
        used.extend(lock.reached_local(&from).into_iter().map(|name| (name, kind)));
    }
    Some(used)
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

/// The places of the direct dependencies of some kinds that a package has, whose own places are given.
/// The lock file does not say what a dependency is for; one that the manifest does not explain is taken
/// for a normal one.
pub(super) fn direct(
    lock: &Lock,
    packages: &[usize],
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
    packages.iter().flat_map(|at| lock.direct(*at)).filter_map(wanted).collect()
}

/// What a package may use of these patched ones, of which no lock file says who uses them: all of them,
/// if it depends on anything from elsewhere.
fn guessed<'a>(layout: &Layout, package: &Found, names: &[&'a str]) -> Vec<(&'a str, NeedKind)> {
    if names.is_empty() {
        return Vec::new();
    }
    let root = layout.root_of(package);
    let elsewhere = package
        .manifest
        .dependencies()
        .into_iter()
        .filter(|dependency| package.manifest.folder_of(*dependency, root).is_none());
    let kinds: BTreeSet<NeedKind> = elsewhere.map(|dependency| dependency.kind).collect();
    names.iter().flat_map(|name| kinds.iter().map(|kind| (*name, *kind))).collect()
}
