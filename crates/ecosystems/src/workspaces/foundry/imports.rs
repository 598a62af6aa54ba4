//! What the projects of a repository take from each other, and from outside of all of them.
//!
//! Settings name folders, source files import files, links lead anywhere. What one of these leads to
//! belongs to another project, which is then needed, or to none: then the path itself is kept, and for
//! a source file what it imports.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::Problem;
use repo_model::{Entry, Tree, below, entry};

use super::projects::{Project, Projects, is_below};
use super::solidity;
use crate::workspaces::draft::not_read;
use crate::workspaces::folders::{self, Owners};
use crate::workspaces::links::Links;
use crate::workspaces::{NeedKind, Reach};

/// How many projects a folder stands for at most; beyond that everything counts.
const MOST_BELOW: usize = 300;
/// How many files outside of projects are followed from all of them at most, and how many of their
/// imports; beyond that everything counts.
const MOST_FOLLOWED: usize = 100_000;
const MOST_IMPORTS: usize = 1_000_000;
/// In how many folders an import without a remapping is looked for.
const MOST_SEARCHED: usize = 50;

/// What projects take from others.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// Who needs whom, and what for.
    pub(super) needs: Vec<(usize, usize, NeedKind)>,
    /// The tests and scripts that others import from.
    pub(super) lent: BTreeSet<Vec<u8>>,
    /// Files and folders outside of projects, with the projects that take something from them.
    pub(super) outside: BTreeMap<Vec<u8>, BTreeSet<(usize, Reach)>>,
    /// The projects that take more than can be told apart.
    pub(super) all: BTreeSet<usize>,
}

impl Imports {
    /// Reads what the projects of a tree take.
    ///
    /// # Errors
    /// When a source file or link cannot be read.
    pub(super) fn read(tree: &dyn Tree, projects: &Projects) -> Result<Self, Box<Problem>> {
        if projects.all.is_empty() {
            return Ok(Self::default());
        }
        let owners = projects.owners();
        let mut reading = Importing {
            tree,
            projects,
            owners,
            links: Links::read(tree).map_err(|error| not_read(&error))?,
            imports: Self::default(),
            own: Vec::new(),
            followed: BTreeSet::new(),
            next: Vec::new(),
        };
        for (at, project) in projects.all.iter().enumerate() {
            reading.settings(at, project);
        }
        reading.lead_by_links();
        reading.sources()?;
        reading.follow()?;
        Ok(reading.finish())
    }

    /// Which projects take something from a path outside of projects, and how far it reaches.
    pub(super) fn taking(&self, path: &[u8]) -> BTreeSet<(usize, Reach)> {
        let above = folders::upwards(path).filter_map(|folder| self.outside.get(folder));
        // A submodule stands for all that lies below it.
        let prefix = [path, b"/"].concat();
        let inner = self.outside.range(prefix.clone()..);
        let inner = inner.take_while(|(target, _)| target.starts_with(&prefix)).map(|(_, it)| it);
        above.chain(inner).flatten().copied().collect()
    }
}

/// An [`Imports`] while it is made.
struct Importing<'t> {
    tree: &'t dyn Tree,
    projects: &'t Projects,
    owners: Owners<'t>,
    links: Links,
    imports: Imports,
    /// Imports of tests and scripts by others of their project.
    own: Vec<(Vec<u8>, Vec<u8>)>,
    /// The files outside that projects come to.
    followed: BTreeSet<(usize, Vec<u8>, NeedKind)>,
    /// Those that are not read yet, each with the path that leads to it.
    next: Vec<(usize, NeedKind, Vec<u8>, &'t Entry)>,
}

impl<'t> Importing<'t> {
    /// What the settings of a project name.
    fn settings(&mut self, at: usize, project: &Project) {
        let config = &project.config;
        let remapped = config.remappings.iter().map(|(_, path)| path);
        let shared = remapped.chain(&config.libs).chain(&config.include_paths);
        let shared = shared.chain(&config.extends).chain(&config.named);
        let shared = shared.map(|path| (path, NeedKind::Normal, false));
        let sources = config.sources.iter().map(|path| (path, NeedKind::Normal, true));
        let own = config.own.iter().map(|path| (path, NeedKind::Dev, true));
        let resolved = shared.chain(sources).chain(own).filter_map(|(path, kind, is_source)| {
            Some((folders::resolve(&project.folder, path.as_bytes())?, kind, is_source))
        });
        for (path, kind, is_source) in resolved.collect::<BTreeSet<_>>() {
            let Some(target) = self.go(at, kind, &path) else { continue };
            self.lead(at, kind, &target);
            if is_source {
                self.lead_to_all(at, kind, &path, &target);
            }
        }
        // What a program loads has no ending there.
        for path in &config.named {
            let Some(path) = folders::resolve(&project.folder, path.as_bytes()) else { continue };
            for ending in [&b".ts"[..], b".js", b".cts", b".cjs", b".mts", b".mjs", b".json"] {
                let path = [path.as_slice(), ending].concat();
                if entry(self.tree, &path).is_some() {
                    self.lead(at, NeedKind::Normal, &path);
                }
            }
        }
    }

    /// What the links in projects lead to.
    fn lead_by_links(&mut self) {
        let links: Vec<Vec<u8>> = self.links.paths().map(<[u8]>::to_vec).collect();
        for link in &links {
            let Some((at, project)) = self.owner(link) else { continue };
            let inner = folders::inside(&project.folder, link).unwrap_or_default();
            if inner.starts_with(b"node_modules/") {
                continue;
            }
            let kind = if project.is_own(inner) { NeedKind::Dev } else { NeedKind::Normal };
            let Some(target) = self.go(at, kind, link) else { continue };
            self.lead(at, kind, &target);
            self.lead_to_all(at, kind, link, &target);
        }
    }

    /// That a project takes all source files below `target`, to which `path` leads.
    fn lead_to_all(&mut self, at: usize, kind: NeedKind, path: &[u8], target: &[u8]) {
        let tree = self.tree;
        if self.owners.above(target).is_none() {
            for entry in below(tree, target).iter().filter(|it| is_source_file(it)) {
                let inner = folders::inside(target, entry.path.as_bytes()).unwrap_or_default();
                self.outside(at, kind, &folders::join(path, inner), entry.path.as_bytes());
            }
        }
    }

    /// What the source files of projects import.
    fn sources(&mut self) -> Result<(), Box<Problem>> {
        let mut sources: Vec<(usize, &'t Entry)> = Vec::new();
        let is_source = |it: &&Entry| is_source_file(it);
        for entry in self.tree.entries().iter().filter(is_source) {
            let path = entry.path.as_bytes();
            let Some((at, project)) = self.owner(path) else { continue };
            let inner = folders::inside(&project.folder, path).unwrap_or_default();
            if !is_below(inner, &project.config.libs) && !inner.starts_with(b"node_modules/") {
                sources.push((at, entry));
            }
        }
        let entries: Vec<&Entry> = sources.iter().map(|(_, entry)| *entry).collect();
        let contents = self.tree.read(&entries).map_err(|error| not_read(&error))?;
        for ((at, entry), bytes) in sources.into_iter().zip(contents) {
            let Some(project) = self.projects.all.get(at) else { continue };
            let path = entry.path.as_bytes();
            let inner = folders::inside(&project.folder, path).unwrap_or_default();
            let kind = if project.is_own(inner) { NeedKind::Dev } else { NeedKind::Normal };
            self.file(at, kind, path, &solidity::imports(&bytes));
        }
        Ok(())
    }

    /// What files outside of projects import that these come to, and so on.
    fn follow(&mut self) -> Result<(), Box<Problem>> {
        let mut known: BTreeMap<&[u8], Vec<Vec<u8>>> = BTreeMap::new();
        let mut steps = 0;
        while !self.next.is_empty() {
            let next = std::mem::take(&mut self.next);
            let unread: BTreeMap<&[u8], &Entry> = next
                .iter()
                .map(|(.., entry)| (entry.path.as_bytes(), *entry))
                .filter(|(path, _)| !known.contains_key(path))
                .collect();
            let entries: Vec<&Entry> = unread.values().copied().collect();
            let contents = self.tree.read(&entries).map_err(|error| not_read(&error))?;
            let read = contents.iter().map(|bytes| solidity::imports(bytes));
            known.extend(unread.into_keys().zip(read));
            for (at, kind, from, entry) in next {
                let imported = known.get(entry.path.as_bytes());
                let imported = imported.map(Vec::as_slice).unwrap_or_default();
                steps += imported.len();
                if steps > MOST_IMPORTS {
                    self.imports.all.insert(at);
                } else {
                    self.file(at, kind, &from, imported);
                }
            }
        }
        Ok(())
    }

    /// The imports of one file, as the project at a place finds them.
    fn file(&mut self, at: usize, kind: NeedKind, from: &[u8], imported: &[Vec<u8>]) {
        let projects = self.projects;
        let Some(project) = projects.all.get(at) else { return };
        let folder = folders::split(from).0;
        for import in imported {
            for path in self.candidates(project, folder, import) {
                let from_here = path;
                let Some(path) = self.go(at, kind, &from_here) else { continue };
                let Some((on, other)) = self.owner(&path) else {
                    self.outside(at, kind, &from_here, &path);
                    continue;
                };
                if on != at {
                    self.imports.needs.push((at, on, kind));
                }
                let inner = folders::inside(&other.folder, &path).unwrap_or_default();
                if other.is_own(inner) {
                    if on != at || kind != NeedKind::Dev {
                        self.imports.lent.insert(path);
                    } else {
                        self.own.push((from.to_vec(), path));
                    }
                }
            }
        }
    }

    /// Where an import of a file in `folder` may lead: beside the file, by the longest name that is
    /// remapped, or from the folder of the project; and where there is such a file, from the folders that
    /// a project finds imports in. Foundry finds those in libraries without a remapping, too.
    fn candidates(&self, project: &Project, folder: &[u8], import: &[u8]) -> Vec<Vec<u8>> {
        if import.starts_with(b"./") || import.starts_with(b"../") {
            return folders::resolve(folder, import).into_iter().collect();
        }
        let named = project.config.remappings.iter().filter_map(|(name, target)| {
            Some((name.len(), target, import.strip_prefix(name.as_bytes())?))
        });
        if let Some((_, target, rest)) = named.max_by_key(|(length, ..)| *length) {
            let path = folders::resolve(&project.folder, &[target.as_bytes(), rest].concat());
            return path.into_iter().collect();
        }
        let resolved = |path: &[u8]| folders::resolve(&project.folder, path);
        let mut found: Vec<Vec<u8>> = resolved(import).into_iter().collect();
        let is_there = |path: &Vec<u8>| {
            let path = self.links.follow(path);
            path.is_some_and(|path| entry(self.tree, &path).is_some())
        };
        let config = &project.config;
        let join = |folder: &String, name: &[u8]| resolved(&folders::join(folder.as_bytes(), name));
        let searched = config.include_paths.iter().take(MOST_SEARCHED);
        found.extend(searched.filter_map(|path| join(path, import)).filter(is_there));
        if let Some(slash) = import.iter().position(|byte| *byte == b'/') {
            let (name, rest) = import.split_at(slash);
            for libs in config.libs.iter().take(MOST_SEARCHED) {
                let below = [&b"/src"[..], b"/contracts", b""];
                let paths = below.map(|below| join(libs, &[name, below, rest].concat()));
                found.extend(paths.into_iter().flatten().find(is_there));
            }
        }
        found
    }

    /// Where a path leads through all links. Those outside of projects count themselves.
    fn go(&mut self, at: usize, kind: NeedKind, path: &[u8]) -> Option<Vec<u8>> {
        let (mut links, path) = self.links.way(path)?;
        links.retain(|link| self.owners.of(link).is_none());
        for link in links {
            self.imports.outside.entry(link).or_default().insert((at, reach(kind)));
        }
        Some(path)
    }

    /// The project that has a path.
    fn owner(&self, path: &[u8]) -> Option<(usize, &'t Project)> {
        let at = self.owners.above(path)?;
        Some((at, self.projects.all.get(at)?))
    }

    /// That a project takes what is at a path, or below it.
    fn lead(&mut self, at: usize, kind: NeedKind, path: &[u8]) {
        let Some(project) = self.projects.all.get(at) else { return };
        if folders::inside(&project.folder, path).is_some() {
            return;
        }
        let below = self.owners.below(path);
        if below.len() > MOST_BELOW {
            self.imports.all.insert(at);
        }
        let above = self.owners.above(path);
        let needed = above.into_iter().chain(below.into_iter().take(MOST_BELOW));
        self.imports.needs.extend(needed.filter(|on| *on != at).map(|on| (at, on, kind)));
        if above.is_none() {
            self.outside(at, kind, path, path);
        }
    }

    /// That a project takes what belongs to none: `path`, to which `from` leads. Foundry looks for what
    /// a file behind a link imports beside the link; others may do so beside the file.
    fn outside(&mut self, at: usize, kind: NeedKind, from: &[u8], path: &[u8]) {
        self.imports.outside.entry(path.to_vec()).or_default().insert((at, reach(kind)));
        let Some(entry) = entry(self.tree, path).filter(|it| is_source_file(it)) else { return };
        for from in [from, path] {
            if self.followed.len() >= MOST_FOLLOWED {
                self.imports.all.insert(at);
            } else if self.followed.insert((at, from.to_vec(), kind)) {
                self.next.push((at, kind, from.to_vec(), entry));
            }
        }
    }

    /// What is lent imports of its own project.
    fn finish(mut self) -> Imports {
        let mut by_file: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
        for (from, on) in &self.own {
            by_file.entry(from).or_default().push(on);
        }
        let mut next: Vec<Vec<u8>> = self.imports.lent.iter().cloned().collect();
        while let Some(from) = next.pop() {
            for on in by_file.get(from.as_slice()).into_iter().flatten() {
                if self.imports.lent.insert(on.to_vec()) {
                    next.push(on.to_vec());
                }
            }
        }
        self.imports.needs.sort_unstable();
        self.imports.needs.dedup();
        self.imports
    }
}

fn is_source_file(entry: &Entry) -> bool {
    entry.kind.is_file() && entry.path.as_bytes().ends_with(b".sol")
}

fn reach(kind: NeedKind) -> Reach {
    match kind {
        NeedKind::Normal | NeedKind::Build => Reach::Dependents,
        NeedKind::Dev => Reach::Own,
    }
}
