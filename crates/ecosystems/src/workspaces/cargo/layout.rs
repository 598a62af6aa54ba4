//! Which packages a tree has, and which workspace each belongs to, as cargo finds them.
//!
//! Sources: The Cargo Book, "Workspaces"; cargo's `find_path_deps` and `is_excluded` for what the book
//! leaves open. A root's members are those that its patterns name, the root package, and every path
//! dependency of a member that lies below the root or points to it; `exclude` takes away, unless
//! `members` names the folder or one above it. What a patch takes by path is no member, but a package.
//!
//! What no root reaches is a package of its own, unless
//! - a root above it does not exclude it: cargo refuses to build it ("believes it's in a workspace when
//!   it's not"), so it is data;
//! - or it lies below another package's folder: a fixture, a template, the project of a test. An
//!   `exclude` makes it a package there, outside of `src`, `tests`, `benches` and `examples`; so does what it
//!   takes from around it (see [`super::nested`]). A file that is taken for data touches the package around
//!   it, which is the safe side; a file of a fixture that is taken for a package would touch nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use diagnostics::{Foreign, Place, Problem, text};
use repo_model::{Entry, NotRead, RepoPath, Side, Tree};

use super::locked;
use super::manifest::{Manifest, joined};
use super::member_glob::MemberGlob;
use super::reader::Reader;
use crate::workspaces::NeedKind;

/// The name of every manifest.
pub(crate) const MANIFEST: &[u8] = b"Cargo.toml";

/// The folders of a package in which cargo looks for its targets (The Cargo Book, "Package Layout").
pub(crate) const TARGET_FOLDERS: [&[u8]; 4] = [b"src", b"tests", b"benches", b"examples"];

/// A package of the tree.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The folder of the root of its workspace; its own, if it is alone.
    pub(crate) root: Vec<u8>,
    /// What its manifest says.
    pub(crate) manifest: Rc<Manifest>,
    /// What it takes from folders of the repository.
    pub(crate) paths: Vec<PathNeed>,
}

/// A dependency that is taken from a folder of the repository.
#[derive(Clone, Debug)]
pub(crate) struct PathNeed {
    /// The folder.
    pub(crate) folder: Vec<u8>,
    /// What it is needed for.
    pub(crate) kind: NeedKind,
    /// The name by which the package's code knows it.
    pub(crate) alias: String,
}

impl Found {
    /// The package that a manifest describes, in the workspace of a root.
    pub(crate) fn new(
        manifest: Rc<Manifest>,
        root: Vec<u8>,
        of_root: Option<&Manifest>,
        reader: &Reader<'_>,
    ) -> Self {
        let mut paths = Vec::new();
        // Cargo begins a path where it came from: at each folder that is a link to this one, too.
        let from = std::iter::once(&manifest.folder).chain(reader.also_seen_at(&manifest.folder));
        for from in from {
            paths.extend(manifest.dependencies().into_iter().filter_map(|dependency| {
                let folder = reader.real(dependency.folder_from(from, of_root)?);
                Some(PathNeed { folder, kind: dependency.kind, alias: dependency.alias.to_owned() })
            }));
        }
        Self { root, manifest, paths }
    }
}

/// A manifest that cannot be read.
#[derive(Debug)]
pub(crate) struct Broken {
    /// Why.
    pub(crate) problem: Box<Problem>,
    /// Whether a root or a package names it.
    pub(crate) is_named: bool,
}

/// The packages of a tree.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Each package, by its folder.
    pub(crate) packages: BTreeMap<Vec<u8>, Found>,
    /// Each root of a workspace, by its folder.
    roots: BTreeMap<Vec<u8>, Root>,
    /// What could not be read, by its folder.
    pub(crate) broken: BTreeMap<Vec<u8>, Broken>,
    /// What somebody should look at.
    pub(crate) problems: Vec<Problem>,
    /// How often a pattern was held against a folder.
    tries: usize,
}

/// How often patterns of members are held against the folders of manifests, in all: 100 patterns for
/// each of 10,000.
const MOST_TRIES: usize = 1_000_000;

fn too_many(folder: &[u8]) -> Problem {
    Problem::error("the workspaces have more patterns and manifests than can be read")
        .at(Place::file(in_folder(folder, MANIFEST).as_slice()))
        .label(text![
            "expected at most ",
            MOST_TRIES,
            " pairs of a pattern and a manifest below it"
        ])
        .help("name the folders of members without wildcards")
}

/// The root of a workspace.
#[derive(Debug)]
pub(crate) struct Root {
    manifest: Rc<Manifest>,
    exclude: BTreeSet<Vec<u8>>,
    explicit: BTreeSet<Vec<u8>>,
}

/// The folder of a path, and nothing of a path at the root.
pub(crate) fn folder_of(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    path.get(..slash).unwrap_or_default()
}

/// The name of a path, without its folder.
pub(crate) fn name_of(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// What of `path` follows the folder; nothing if it is not below it.
pub(crate) fn relative<'a>(path: &'a [u8], folder: &[u8]) -> Option<&'a [u8]> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix(b"/")
}

/// Whether a folder is another one, or lies in it.
pub(crate) fn is_within(folder: &[u8], other: &[u8]) -> bool {
    folder == other || relative(folder, other).is_some()
}

/// Each folder above a path, the nearest first, the root of the repository last.
pub(crate) fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(outer(path), |folder| outer(folder))
}

fn outer(path: &[u8]) -> Option<&[u8]> {
    if path.is_empty() { None } else { Some(folder_of(path)) }
}

/// The path of a file in a folder.
pub(crate) fn in_folder(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

/// The contents of one side of a change; nothing if no file is there. The tree is not searched for it:
/// listing the tree before a change would take longer than reading what changed.
pub(crate) fn contents(
    tree: &dyn Tree,
    path: &RepoPath,
    side: Option<Side>,
) -> Result<Option<Vec<u8>>, NotRead> {
    let Some(side) = side.filter(|side| side.kind.is_file()) else { return Ok(None) };
    let entry = Entry { path: path.clone(), kind: side.kind, id: side.id };
    Ok(tree.read(&[&entry])?.pop())
}

impl Root {
    /// The root that a manifest describes.
    pub(crate) fn new(manifest: Rc<Manifest>) -> Self {
        let folders = |key| {
            let written = manifest.workspace_list(key);
            written.filter_map(|path| joined(&manifest.folder, path)).collect()
        };
        Self { exclude: folders("exclude"), explicit: folders("members"), manifest }
    }

    /// Whether it takes the folder out of its workspace.
    pub(crate) fn excludes(&self, folder: &[u8]) -> bool {
        let names = |named: &BTreeSet<Vec<u8>>| {
            named.contains(folder) || above(folder).any(|above| named.contains(above))
        };
        names(&self.exclude) && !names(&self.explicit)
    }
}

impl Layout {
    /// Finds the packages of the reader's tree.
    ///
    /// # Errors
    /// When a manifest's contents cannot be had.
    pub(crate) fn of(reader: &mut Reader<'_>) -> Result<Self, NotRead> {
        let mut layout = Self::default();
        let mut outside = Vec::new();
        let mut levels: BTreeMap<usize, Vec<Vec<u8>>> = BTreeMap::new();
        for folder in reader.folders() {
            let depth = if folder.is_empty() { 0 } else { folder.split(|b| *b == b'/').count() };
            levels.entry(depth).or_default().push(folder.clone());
        }
        for folders in levels.into_values() {
            layout.settle_level(folders, reader, &mut outside)?;
        }
        let alone = layout.packages.iter().filter(|(folder, package)| package.root == **folder);
        let alone = alone.map(|(_, package)| &package.manifest);
        let patches = layout.roots.values().map(|root| &root.manifest).chain(alone);
        outside.extend(patches.flat_map(|it| it.local_patches()).map(|(_, folder)| folder));
        outside.append(&mut reader.stand_ins.clone());
        layout.settle_outside(outside, reader)?;
        let mut outside = Vec::new();
        layout.settle_nested(reader, &mut outside)?;
        layout.settle_outside(outside, reader)?;
        Ok(layout)
    }

    /// The manifest of the root of a package's workspace.
    pub(crate) fn root_of(&self, package: &Found) -> Option<&Manifest> {
        self.roots.get(&package.root).map(|root| root.manifest.as_ref())
    }

    /// The manifest of the package in a folder and its root's.
    pub(super) fn side_at(&self, folder: &[u8]) -> Option<locked::Side<'_>> {
        let package = self.packages.get(folder)?;
        Some(locked::Side { manifest: &package.manifest, root: self.root_of(package) })
    }

    /// The manifests of the roots, by their folders.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (&[u8], &Rc<Manifest>)> {
        self.roots.iter().map(|(folder, root)| (folder.as_slice(), &root.manifest))
    }

    /// The manifest of the root in a folder.
    pub(crate) fn root(&self, folder: &[u8]) -> Option<&Rc<Manifest>> {
        self.roots.get(folder).map(|root| &root.manifest)
    }

    /// The root in a folder.
    pub(crate) fn whole_root(&self, folder: &[u8]) -> Option<&Root> {
        self.roots.get(folder)
    }

    /// Adds what has been found by itself; what is there stays as it is.
    pub(crate) fn adopt(&mut self, other: Self) {
        for (folder, found) in other.packages {
            self.packages.entry(folder).or_insert(found);
        }
        for (folder, root) in other.roots {
            self.roots.entry(folder).or_insert(root);
        }
        for (folder, broken) in other.broken {
            self.broken.entry(folder).or_insert(broken);
        }
        self.problems.extend(other.problems);
    }

    /// Whether a lock file in the folder counts: it is a root, or a package that is alone.
    pub(crate) fn is_root(&self, folder: &[u8]) -> bool {
        self.roots.contains_key(folder)
            || self.packages.get(folder).is_some_and(|package| package.root == folder)
    }

    /// The folder and the package that a path belongs to: the nearest above it.
    pub(crate) fn owner(&self, path: &[u8]) -> Option<(&[u8], &Found)> {
        above(path).find_map(|folder| {
            self.packages.get_key_value(folder).map(|(folder, found)| (folder.as_slice(), found))
        })
    }

    /// Settles the manifests of one depth that no root above has reached.
    fn settle_level(
        &mut self,
        mut folders: Vec<Vec<u8>>,
        reader: &mut Reader<'_>,
        outside: &mut Vec<Vec<u8>>,
    ) -> Result<(), NotRead> {
        folders.retain(|folder| !self.packages.contains_key(folder) && self.may_be_package(folder));
        reader.read_all(&folders)?;
        let mut alone = Vec::new();
        for folder in folders {
            match reader.get(&folder).cloned() {
                Some(Ok(manifest)) if manifest.workspace().is_some() => {
                    self.settle_root(Root::new(manifest), reader, outside)?;
                }
                Some(Ok(manifest)) => alone.push((folder, manifest)),
                Some(Err(problem)) => self.break_at(folder, problem, false),
                None => {}
            }
        }
        for (folder, manifest) in alone {
            let is_refused = above(&folder)
                .any(|above| self.roots.get(above).is_some_and(|root| !root.excludes(&folder)));
            if !is_refused && !self.packages.contains_key(&folder) {
                self.settle_alone(folder, manifest, reader, outside);
            }
        }
        Ok(())
    }

    fn may_be_package(&self, folder: &[u8]) -> bool {
        let Some((outer, _)) = self.owner(folder) else { return true };
        let first = relative(folder, outer).and_then(|rest| rest.split(|b| *b == b'/').next());
        let mut roots = above(folder).filter_map(|above| self.roots.get(above));
        first.is_some_and(|first| !TARGET_FOLDERS.contains(&first))
            && roots.next().is_some_and(|root| root.excludes(folder))
    }

    fn break_at(&mut self, folder: Vec<u8>, problem: Box<Problem>, is_named: bool) {
        self.broken.entry(folder).or_insert(Broken { problem, is_named });
    }

    fn settle_alone(
        &mut self,
        folder: Vec<u8>,
        manifest: Rc<Manifest>,
        reader: &Reader<'_>,
        outside: &mut Vec<Vec<u8>>,
    ) {
        if manifest.name().is_some() {
            let found = Found::new(manifest, folder.clone(), None, reader);
            outside.extend(found.paths.iter().map(|path| path.folder.clone()));
            self.packages.insert(folder, found);
        }
    }

    /// Settles a workspace.
    ///
    /// # Errors
    /// When a manifest's contents cannot be had.
    pub(crate) fn settle_root(
        &mut self,
        root: Root,
        reader: &mut Reader<'_>,
        outside: &mut Vec<Vec<u8>>,
    ) -> Result<(), NotRead> {
        let folder = root.manifest.folder.clone();
        let mut wave: Vec<(Vec<u8>, bool)> = vec![(folder.clone(), false)];
        wave.extend(self.named(&root, reader).into_iter().map(|folder| (folder, false)));
        let mut seen = BTreeSet::new();
        while !wave.is_empty() {
            wave.retain(|(member, _)| reader.has(member) && seen.insert(member.clone()));
            let folders: Vec<Vec<u8>> = wave.iter().map(|(folder, _)| folder.clone()).collect();
            reader.read_all(&folders)?;
            let mut next = Vec::new();
            for (member, is_path) in std::mem::take(&mut wave) {
                let manifest = match reader.get(&member).cloned() {
                    Some(Ok(manifest)) => manifest,
                    Some(Err(problem)) => {
                        self.break_at(member, problem, true);
                        continue;
                    }
                    None => continue,
                };
                let is_far = is_path
                    && !is_within(&member, &folder)
                    && manifest.root_pointer().as_ref() != Some(&folder);
                let is_other_root = manifest.workspace().is_some() && member != folder;
                if is_far || is_other_root || root.excludes(&member) {
                    outside.extend(is_path.then_some(member));
                } else if manifest.name().is_some() {
                    let found = Found::new(manifest, folder.clone(), Some(&root.manifest), reader);
                    next.extend(found.paths.iter().map(|path| (path.folder.clone(), true)));
                    let is_other = |found: &Found| found.root != member;
                    if !self.packages.get(&member).is_some_and(is_other) {
                        self.packages.insert(member, found);
                    }
                }
            }
            wave = next;
        }
        self.roots.insert(folder, root);
        Ok(())
    }

    /// The folders that a root's `members` mean.
    fn named(&mut self, root: &Root, reader: &Reader<'_>) -> BTreeSet<Vec<u8>> {
        let mut folders = BTreeSet::new();
        let written: BTreeSet<&str> = root.manifest.workspace_list("members").collect();
        for written in written {
            let Some(glob) = MemberGlob::new(&root.manifest.folder, written) else { continue };
            match glob.folder().map(|folder| reader.real(folder)) {
                Some(folder) if reader.has(&folder) => {
                    folders.insert(folder);
                }
                Some(_) => {
                    let path = in_folder(&root.manifest.folder, MANIFEST);
                    let message =
                        text!["the member ", Foreign::from(written), " has no manifest in git"];
                    let problem = Problem::warning(message).at(Place::file(path.as_slice()));
                    self.problems.push(problem.help("what changes there is not seen"));
                }
                None => {
                    let beginning = glob.beginning();
                    for (folder, real) in reader.below(&beginning) {
                        self.tries += 1;
                        if self.tries > MOST_TRIES {
                            let folder = root.manifest.folder.clone();
                            let problem = too_many(&folder);
                            self.break_at(folder, Box::new(problem), true);
                            return folders;
                        }
                        if glob.matches(folder) {
                            folders.insert(real.to_vec());
                        }
                    }
                }
            }
        }
        folders
    }

    /// Settles the packages that others name by path from outside of their workspaces.
    fn settle_outside(
        &mut self,
        mut wave: Vec<Vec<u8>>,
        reader: &mut Reader<'_>,
    ) -> Result<(), NotRead> {
        while !wave.is_empty() {
            wave = wave.into_iter().map(|folder| reader.real(folder)).collect();
            wave.retain(|folder| reader.has(folder) && !self.packages.contains_key(folder));
            reader.read_all(&wave)?;
            let mut next = Vec::new();
            for folder in std::mem::take(&mut wave) {
                match reader.get(&folder).cloned() {
                    Some(Ok(manifest)) => self.settle_alone(folder, manifest, reader, &mut next),
                    Some(Err(problem)) => self.break_at(folder, problem, true),
                    None => {}
                }
            }
            wave = next;
        }
        Ok(())
    }
}
