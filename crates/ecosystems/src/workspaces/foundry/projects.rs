//! The projects of one version of a repository, and what they take from each other.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Place, Problem, text};
use repo_model::{Entry, Kind, RepoPath, Tree};

use super::config::Config;
use super::solidity;
use crate::workspaces::NeedKind;
use crate::workspaces::draft::not_read;
use crate::workspaces::folders::{self, Owners};

/// A project.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Project {
    pub(super) folder: Vec<u8>,
    pub(super) config: Config,
}

/// All of one side.
#[derive(Debug, Default)]
pub(super) struct Projects {
    /// In the order of their folders.
    pub(super) all: Vec<Project>,
    /// Files that cannot be read.
    pub(super) broken: Vec<(RepoPath, Box<Problem>)>,
}

/// What the sources of projects import from others.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// Who needs whom, and what for.
    pub(super) needs: Vec<(usize, usize, NeedKind)>,
    /// The projects whose tests or scripts others import from.
    pub(super) lending: BTreeSet<usize>,
}

/// How many remappings a project has at most: each import is held against each.
const MOST_REMAPPINGS: usize = 500;
/// How many projects a folder of libraries stands for at most.
const MOST_BELOW: usize = 300;

const HARDHAT: &[u8] = b"hardhat.config.";

/// Whether a path decides which projects there are, and what is where in them.
pub(super) fn decides(path: &[u8]) -> bool {
    let (folder, name) = folders::split(path);
    let is_config = matches!(name, b"foundry.toml" | b"remappings.txt") || is_hardhat(name);
    is_config && !folders::names_of(folder).any(|name| name == b"node_modules")
}

fn is_hardhat(name: &[u8]) -> bool {
    name.strip_prefix(HARDHAT)
        .is_some_and(|ending| matches!(ending, b"js" | b"ts" | b"cjs" | b"mjs" | b"cts" | b"mts"))
}

impl Projects {
    /// Reads one side.
    ///
    /// # Errors
    /// When the tree cannot be read. What is wrong in a file stands in [`Projects::broken`].
    pub(super) fn read(tree: &dyn Tree) -> Result<Self, Box<Problem>> {
        let is_wanted = |it: &&Entry| it.kind.is_file() && decides(it.path.as_bytes());
        let entries: Vec<&Entry> = tree.entries().iter().filter(is_wanted).collect();
        let contents = tree.read(&entries).map_err(|error| not_read(&error))?;
        let mut projects = Self::default();
        let mut found: BTreeMap<&[u8], Config> = BTreeMap::new();
        let mut remappings: Vec<(&[u8], &[u8])> = Vec::new();
        for (entry, bytes) in entries.into_iter().zip(&contents) {
            let (folder, name) = folders::split(entry.path.as_bytes());
            match name {
                b"remappings.txt" => remappings.push((folder, bytes)),
                b"foundry.toml" => match Config::read(entry.path.as_bytes(), bytes) {
                    Ok(config) => {
                        found.insert(folder, config);
                    }
                    Err(problem) => projects.broken.push((entry.path.clone(), problem)),
                },
                _ => {
                    found.entry(folder).or_insert_with(Config::none);
                }
            }
        }
        for (folder, bytes) in remappings {
            if let Some(config) = found.get_mut(folder) {
                config.add_remappings(bytes);
            }
        }
        for (folder, config) in &found {
            if config.remappings.len() > MOST_REMAPPINGS {
                let path = folders::join(folder, b"foundry.toml");
                if let Ok(path) = RepoPath::of_git(&path) {
                    projects.broken.push((path, too_many(folder).into()));
                }
            }
        }
        // A project that is copied into another one's `lib` is part of that one. Folders come after those
        // above them.
        let mut whole: BTreeSet<&[u8]> = BTreeSet::new();
        for folder in found.keys() {
            let is_part = |above: &[u8]| {
                let inner = folders::inside(above, folder).filter(|_| whole.contains(above));
                let libs = found.get(above).map(|config| config.libs.as_slice());
                inner.is_some_and(|inner| is_below(inner, libs.unwrap_or_default()))
            };
            if !folders::upwards(folder).any(is_part) {
                whole.insert(folder);
            }
        }
        let own = |(folder, config): (&[u8], Config)| Project { folder: folder.to_vec(), config };
        projects.all =
            found.into_iter().filter(|(folder, _)| whole.contains(folder)).map(own).collect();
        Ok(projects)
    }

    /// The place of the project nearest above a path, by folder.
    pub(super) fn owners(&self) -> Owners<'_> {
        Owners::new(self.all.iter().map(|it| it.folder.as_slice()))
    }

    /// What they take from each other.
    ///
    /// # Errors
    /// When a source file cannot be read.
    pub(super) fn imports(&self, tree: &dyn Tree) -> Result<Imports, Box<Problem>> {
        let owners = self.owners();
        let mut imports = Imports::default();
        for (at, project) in self.all.iter().enumerate() {
            let config = &project.config;
            let targets = config.remappings.iter().map(|(_, path)| path).chain(&config.libs);
            for target in targets {
                let Some(path) = folders::resolve(&project.folder, target.as_bytes()) else {
                    continue;
                };
                // Not its own folder, but one that holds others: all of them.
                let is_own = folders::inside(&project.folder, &path).is_some();
                let below = if is_own { Vec::new() } else { owners.below(&path) };
                let below = below.into_iter().take(MOST_BELOW);
                let needed = owners.above(&path).into_iter().chain(below);
                imports.needs.extend(needed.map(|on| (at, on, NeedKind::Normal)));
            }
        }
        let mut sources: Vec<(usize, &Entry)> = Vec::new();
        for entry in tree.entries() {
            let path = entry.path.as_bytes();
            let Some(at) = owners.of(path) else { continue };
            let Some(project) = self.all.get(at) else { continue };
            let inner = folders::inside(&project.folder, path).unwrap_or_default();
            let in_libs = is_below(inner, &project.config.libs);
            let is_link = entry.kind == Kind::Symlink && in_libs;
            let is_source = entry.kind.is_file() && path.ends_with(b".sol") && !in_libs;
            if is_link || is_source && !inner.starts_with(b"node_modules/") {
                sources.push((at, entry));
            }
        }
        let entries: Vec<&Entry> = sources.iter().map(|(_, entry)| *entry).collect();
        let contents = tree.read(&entries).map_err(|error| not_read(&error))?;
        for ((at, entry), bytes) in sources.into_iter().zip(contents) {
            let Some(project) = self.all.get(at) else { continue };
            let (folder, _) = folders::split(entry.path.as_bytes());
            let inner = folders::inside(&project.folder, entry.path.as_bytes()).unwrap_or_default();
            let kind = if project.is_own(inner) { NeedKind::Dev } else { NeedKind::Normal };
            let paths: Vec<Vec<u8>> = match entry.kind {
                Kind::Symlink => folders::resolve(folder, &bytes).into_iter().collect(),
                Kind::File | Kind::Executable | Kind::Submodule => {
                    let imported = solidity::imports(&bytes).into_iter();
                    imported.filter_map(|path| project.resolve(folder, &path)).collect()
                }
            };
            for path in paths {
                let Some(on) = owners.above(&path).filter(|on| *on != at) else { continue };
                imports.needs.push((at, on, kind));
                let other = self.all.get(on);
                let is_lent = other.is_some_and(|other| {
                    folders::inside(&other.folder, &path).is_some_and(|inner| other.is_own(inner))
                });
                if is_lent {
                    imports.lending.insert(on);
                }
            }
        }
        imports.needs.sort_unstable();
        imports.needs.dedup();
        Ok(imports)
    }
}

impl Project {
    /// Whether a path below its folder is a test or a script.
    pub(super) fn is_own(&self, inner: &[u8]) -> bool {
        inner.ends_with(b".t.sol")
            || inner.ends_with(b".s.sol")
            || is_below(inner, &self.config.own)
    }

    /// Where an import of a file in `folder` leads: beside the file, by the longest name that is
    /// remapped, or from the folder of the project.
    fn resolve(&self, folder: &[u8], path: &[u8]) -> Option<Vec<u8>> {
        if path.starts_with(b"./") || path.starts_with(b"../") {
            return folders::resolve(folder, path);
        }
        let named = self.config.remappings.iter().filter_map(|(name, target)| {
            Some((name.len(), target, path.strip_prefix(name.as_bytes())?))
        });
        match named.max_by_key(|(length, ..)| *length) {
            Some((_, target, rest)) => {
                folders::resolve(&self.folder, &[target.as_bytes(), rest].concat())
            }
            None => folders::resolve(&self.folder, path),
        }
    }
}

fn too_many(folder: &[u8]) -> Problem {
    let file = folders::join(folder, b"foundry.toml");
    Problem::error("a project has more remappings than can be read")
        .at(Place::file(file.as_slice()))
        .label(text!["expected at most ", MOST_REMAPPINGS, " in it and its ", "`remappings.txt`"])
        .help("name folders instead of single files")
}

/// Whether a path is in one of these folders or is one.
fn is_below(path: &[u8], folders: &[String]) -> bool {
    folders.iter().any(|folder| {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        !folder.is_empty() && folders::inside(folder.as_bytes(), path).is_some()
    })
}
