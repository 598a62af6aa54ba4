//! The workspaces that count, and the packages outside of any.
//!
//! A workspace counts. So does a package that is alone, unless it is only there for others: one that
//! another package takes by path, unless that lies below it, or that itself lies below another package
//! without being excluded there (a fixture), counts if it has a lock file of its own. Packages that take each
//! other count, if no other takes them. Where a person named workspaces, those count in which a named folder
//! lies.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Level, Problem, text};
use repo_model::entry;

use super::{LOCK, outside, told};
use crate::caches::seen::unread;
use crate::caches::{Seen, Workspace};
use crate::workspaces::cargo::configs::Configs;
use crate::workspaces::cargo::layout::{Found, Layout, above, in_folder, is_within};
use crate::workspaces::cargo::links::Links;
use crate::workspaces::cargo::lock_scope::built_with;
use crate::workspaces::cargo::manifest::{Manifest, joined, patch_paths};
use crate::workspaces::cargo::reader::Reader;
use crate::workspaces::cargo::value::Value;

/// The most packages that take each other and count each for itself. Each counts with all others, so of more
/// the first stands for all.
const LARGEST_RING: usize = 16;

/// What is read of a repository.
pub(super) struct Roots {
    layout: Layout,
    configs: Configs,
    /// The folders of what stands in for others by configurations outside of the repository.
    outside: BTreeSet<Vec<u8>>,
    counted: BTreeSet<Vec<u8>>,
    problems: Vec<Problem>,
}

/// A workspace, or a package outside of any.
#[derive(Clone, Copy)]
pub(super) struct Root<'a> {
    /// Its folder.
    pub(super) folder: &'a [u8],
    layout: &'a Layout,
    configs: &'a Configs,
    outside: &'a BTreeSet<Vec<u8>>,
}

impl Roots {
    /// Reads the manifests of the repository.
    ///
    /// # Errors
    /// When one that counts cannot be read or understood, or nothing that a person named is there.
    pub(super) fn of(seen: &Seen<'_>) -> Result<Self, Vec<Problem>> {
        let tree = seen.tree;
        let links = Links::of(tree).map_err(|error| vec![unread(&error)])?;
        let configs = Configs::of(tree).map_err(|error| vec![unread(&error)])?;
        let outside = outside::stand_ins(seen);
        let stand_ins = configs.stand_ins().into_iter().chain(outside.iter().cloned()).collect();
        let mut reader = Reader::new(tree, &links, stand_ins);
        let mut layout = Layout::of(&mut reader).map_err(|error| vec![unread(&error)])?;
        let named = &seen.settings.workspaces;
        let mut problems = std::mem::take(&mut layout.problems);
        let mut wrong = Vec::new();
        for (folder, broken) in std::mem::take(&mut layout.broken) {
            let is_meant = named.is_empty() || named.iter().any(|it| is_within(&folder, &it.folder));
            let help = "repair it: what it asks for is part of the key";
            if is_meant && (broken.is_named || folder.is_empty()) {
                wrong.push(broken.problem.help(help));
            } else {
                let problem = Problem { level: Level::Warning, ..*broken.problem };
                problems.push(problem.help("no workspace names it, so it counts as no package"));
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut roots = Self { layout, configs, outside, counted: BTreeSet::new(), problems };
        roots.counted = if named.is_empty() { roots.all(seen) } else { roots.named(named)? };
        Ok(roots)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    /// The manifest of the root of a package's workspace.
    pub(super) fn of_package(&self, package: &Found) -> Option<&Manifest> {
        self.layout.root_of(package)
    }

    /// What somebody should look at.
    pub(super) fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }

    /// Each, in the order of their folders.
    pub(super) fn iter(&self) -> impl Iterator<Item = Root<'_>> {
        let Self { layout, configs, outside, .. } = self;
        let one = |folder| Root { folder, layout, configs, outside };
        self.counted.iter().map(move |folder| one(folder.as_slice()))
    }

    /// The folders from which a build may be started: those of packages, and those between them and
    /// their roots. What counts there for cargo and rustup is what lies in them, and above.
    pub(super) fn starts(&self) -> BTreeSet<&[u8]> {
        let mut starts = BTreeSet::new();
        for root in self.iter() {
            starts.insert(root.folder);
            for (folder, _) in root.members() {
                starts.insert(folder);
                starts.extend(above(folder).filter(|above| is_within(above, root.folder)));
            }
        }
        starts
    }

    /// The folders in which files of settings count: where builds may be started, and above.
    pub(super) fn around(&self) -> BTreeSet<&[u8]> {
        let starts = self.starts();
        let above = starts.iter().flat_map(|folder| above(folder));
        above.chain(starts.iter().copied()).collect()
    }

    /// All that are there for themselves.
    fn all(&self, seen: &Seen<'_>) -> BTreeSet<Vec<u8>> {
        let layout = &self.layout;
        let packages = layout.packages.values();
        let paths = packages.clone().flat_map(|it| {
            let taker = it.manifest.folder.as_slice();
            it.paths.iter().map(move |path| (taker, path.folder.clone()))
        });
        let manifests = layout.roots().map(|(_, manifest)| manifest);
        let manifests = manifests.chain(packages.map(|it| &it.manifest));
        let patched = manifests.flat_map(|it| {
            let patches = it.local_patches().into_iter();
            patches.map(|(_, folder)| (it.folder.as_slice(), folder))
        });
        // What lies below a package, such as its fuzz targets or its macros, is there for it.
        let taken = paths.chain(patched).filter(|(taker, folder)| !is_within(taker, folder));
        let mut takers: BTreeMap<Vec<u8>, BTreeSet<&[u8]>> = BTreeMap::new();
        for (taker, folder) in taken.filter(|(_, folder)| !folder.is_empty()) {
            takers.entry(folder).or_default().insert(taker);
        }
        let stand_ins = self.configs.stand_ins().into_iter().chain(self.outside.iter().cloned());
        let stand_ins: BTreeSet<Vec<u8>> = stand_ins.filter(|folder| !folder.is_empty()).collect();
        let has_lock = |folder: &[u8]| entry(seen.tree, &in_folder(folder, LOCK)).is_some();
        let is_inside = |folder: &[u8]| {
            above(folder).any(|above| {
                let excludes = layout.whole_root(above).map(|root| root.excludes(folder));
                match excludes {
                    Some(excludes) => !excludes,
                    None => layout.packages.get(above).is_some_and(|it| it.root == above),
                }
            })
        };
        let mut all: BTreeSet<Vec<u8>> =
            layout.roots().map(|(folder, _)| folder.to_vec()).collect();
        // Those that others take: they may all be of a ring.
        let mut open: BTreeMap<&[u8], &BTreeSet<&[u8]>> = BTreeMap::new();
        for (folder, _) in layout.packages.iter().filter(|(folder, it)| it.root == **folder) {
            if all.contains(folder) {
                continue;
            }
            if has_lock(folder) {
                all.insert(folder.clone());
            } else if !is_inside(folder) && !stand_ins.contains(folder) {
                match takers.get(folder) {
                    Some(takers) => drop(open.insert(folder, takers)),
                    None => drop(all.insert(folder.clone())),
                }
            }
        }
        all.extend(in_rings(&open).into_iter().map(<[u8]>::to_vec));
        // A copy of a package from elsewhere may have the lock file of where it comes from.
        all.retain(|folder| folder.is_empty() || !self.configs.is_vendored(folder));
        all
    }

    /// Those in which the named folders lie.
    fn named(&self, named: &[Workspace]) -> Result<BTreeSet<Vec<u8>>, Vec<Problem>> {
        let root_of = |it: &Workspace| {
            let is_root = self.layout.is_root(&it.folder);
            let package = self.layout.packages.get(&it.folder);
            is_root.then(|| it.folder.clone()).or_else(|| Some(package?.root.clone()))
        };
        let counted: BTreeSet<Vec<u8>> = named.iter().filter_map(root_of).collect();
        if !counted.is_empty() || named.is_empty() {
            return Ok(counted);
        }
        let there: Vec<&[u8]> = self.layout.roots().map(|(folder, _)| folder).collect();
        let alone = self.layout.packages.iter().filter(|(folder, it)| it.root == **folder);
        let mut there: BTreeSet<&[u8]> = there.into_iter().collect();
        there.extend(alone.map(|(folder, _)| folder.as_slice()));
        let mut label = text!["workspaces and packages are in: "];
        for (at, folder) in there.iter().take(10).enumerate() {
            label.text(if at == 0 { "" } else { ", " }).foreign(told(folder));
        }
        let first = named.first().map(|it| Foreign::new(it.folder.clone()));
        let problem = Problem::error(text![
            "none of the named workspaces is one of cargo's, the first being ",
            first.unwrap_or_else(|| Foreign::from(""))
        ]);
        Err(vec![problem.label(label).help(
            "name the folder of a `Cargo.toml` from the root of the repository in `workspaces`",
        )])
    }
}

impl<'a> Root<'a> {
    /// The manifest of the workspace, or of the package that is alone.
    pub(super) fn manifest(&self) -> Option<&'a Manifest> {
        let of_root = self.layout.root(self.folder).map(AsRef::as_ref);
        of_root.or_else(|| Some(self.layout.packages.get(self.folder)?.manifest.as_ref()))
    }

    /// The packages of the workspace, by their folders.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'a [u8], &'a Found)> + use<'a> {
        let root = self.folder;
        let all = self.layout.packages.iter().filter(move |(_, it)| it.root == root);
        all.map(|(folder, it)| (folder.as_slice(), it))
    }

    /// Whether a package of it is in a folder.
    pub(super) fn has(&self, folder: &[u8]) -> bool {
        self.layout.packages.get(folder).is_some_and(|it| it.root == self.folder)
    }

    /// Those that it takes by path, or as a patch, from elsewhere in the repository.
    pub(super) fn lent(&self) -> BTreeMap<&'a [u8], &'a Found> {
        let mut lent = built_with(self.layout, self.folder);
        for folder in self.stand_ins() {
            if let Some((folder, package)) = self.layout.packages.get_key_value(&folder) {
                lent.insert(folder, package);
            }
        }
        lent.retain(|_, package| package.root != self.folder);
        lent
    }

    /// The folders of what stands in for other packages, by its manifest and by cargo's configuration.
    fn stand_ins(&self) -> BTreeSet<Vec<u8>> {
        let patches = self.manifest().map(Manifest::local_patches).unwrap_or_default();
        let configs = self.configs.for_folder(self.folder);
        let configured = configs.flat_map(|it| {
            it.patches.iter().map(|(_, folder)| folder).chain(&it.overrides).cloned()
        });
        let own = patches.into_iter().map(|(_, folder)| folder).chain(configured);
        own.chain(self.outside.iter().cloned()).collect()
    }

    /// The manifest of the workspace that a package belongs to.
    pub(super) fn root_of(&self, package: &Found) -> Option<&'a Manifest> {
        self.layout.root_of(package)
    }

    /// The path of its lock file.
    pub(super) fn lock(&self) -> Vec<u8> {
        in_folder(self.folder, LOCK)
    }
}

/// Of packages with those that take them, the ones that nobody takes but those that they take themselves, one
/// after another.
///
/// Source: Sharir, "A strong-connectivity algorithm and its applications in data flow analysis" (1981): of a
/// walk along what is taken, what is left last belongs to a ring that no other takes.
fn in_rings<'a>(takers: &BTreeMap<&'a [u8], &BTreeSet<&'a [u8]>>) -> BTreeSet<&'a [u8]> {
    let mut taken: BTreeMap<&[u8], Vec<&'a [u8]>> = BTreeMap::new();
    for (folder, takers) in takers {
        for taker in *takers {
            taken.entry(taker).or_default().push(folder);
        }
    }
    let (mut seen, mut left) = (BTreeSet::new(), Vec::new());
    for start in takers.keys().copied() {
        let mut way: Vec<(&'a [u8], usize)> = Vec::new();
        if seen.insert(start) {
            way.push((start, 0));
        }
        while let Some((at, next)) = way.last_mut() {
            let other = taken.get(*at).and_then(|all| all.get(*next)).copied();
            *next += 1;
            match other {
                Some(other) if seen.insert(other) => way.push((other, 0)),
                Some(_) => {}
                None => {
                    left.push(*at);
                    way.pop();
                }
            }
        }
    }
    let (mut known, mut found) = (BTreeSet::new(), BTreeSet::new());
    for start in left.into_iter().rev() {
        if !known.insert(start) {
            continue;
        }
        let (mut ring, mut open) = (BTreeSet::from([start]), vec![start]);
        let mut is_of_others = false;
        while let Some(at) = open.pop() {
            for taker in takers.get(at).into_iter().flat_map(|it| it.iter().copied()) {
                if ring.contains(taker) {
                    continue;
                }
                // One of another ring, or one that counts, or not, whatever becomes of these.
                if !takers.contains_key(taker) || !known.insert(taker) {
                    is_of_others = true;
                } else {
                    ring.insert(taker);
                    open.push(taker);
                }
            }
        }
        if !is_of_others {
            let most = if ring.len() > LARGEST_RING { 1 } else { ring.len() };
            found.extend(ring.into_iter().take(most));
        }
    }
    found
}

/// The folders that packages are taken from and in which git knows no manifest, with whose they are.
pub(super) fn unknown_paths(root: Root<'_>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let members = root.members().map(|(_, it)| it);
    let packages: Vec<&Found> = members.chain(root.lent().into_values()).collect();
    let mut unknown = BTreeMap::new();
    for package in packages {
        for path in &package.paths {
            if !root.layout.packages.contains_key(&path.folder) {
                unknown.insert(path.folder.clone(), package.manifest.folder.clone());
            }
        }
    }
    for folder in root.stand_ins() {
        if !root.layout.packages.contains_key(&folder) {
            unknown.insert(folder, root.folder.to_vec());
        }
    }
    unknown
}

/// The paths out of the repository that packages are taken from, as they are written, with whose they are.
pub(super) fn outside_paths(root: Root<'_>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let members = root.members().map(|(_, it)| it);
    let packages: Vec<&Found> = members.chain(root.lent().into_values()).collect();
    let mut outside = BTreeMap::new();
    for package in packages {
        let (manifest, of_root) = (&package.manifest, root.root_of(package));
        for dependency in manifest.dependencies() {
            let shared = || of_root?.shared(dependency)?.get("path")?.as_str();
            let said = dependency.detail().get("path").and_then(Value::as_str).or_else(shared);
            if let Some(said) = said
                && dependency.folder_from(&manifest.folder, of_root).is_none()
            {
                outside.insert(said.as_bytes().to_vec(), manifest.folder.clone());
            }
        }
    }
    if let Some(manifest) = root.manifest() {
        let patches = patch_paths(&manifest.tree).into_iter();
        let patches = patches.filter(|(_, said)| joined(&manifest.folder, said).is_none());
        let folder = || manifest.folder.clone();
        outside.extend(patches.map(|(_, said)| (said.as_bytes().to_vec(), folder())));
    }
    outside
}
