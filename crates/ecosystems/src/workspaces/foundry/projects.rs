//! The projects of one version of a repository, and what they take from each other.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Place, Problem, text};
use repo_model::{Entry, RepoPath, Tree, entry};

use super::config::Config;
use super::hardhat;
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

/// How many remappings a project has at most: each import is held against each.
const MOST_REMAPPINGS: usize = 500;
/// From how many files a configuration takes what it begins with: each profile names one.
const MOST_EXTENDS: usize = 20;

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
        let mut named: Vec<(&[u8], Vec<String>)> = Vec::new();
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
                _ => named.push((folder, hardhat::named(bytes))),
            }
        }
        extend(tree, &mut found)?;
        for (folder, named) in named {
            found.entry(folder).or_insert_with(Config::none).named.extend(named);
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
}

impl Project {
    /// Whether a path below its folder is a test or a script.
    pub(super) fn is_own(&self, inner: &[u8]) -> bool {
        inner.ends_with(b".t.sol")
            || inner.ends_with(b".s.sol")
            || is_below(inner, &self.config.own)
    }
}

/// Adds what the configurations begin with. What is not there, or no TOML, says nothing: Foundry tells.
fn extend(tree: &dyn Tree, found: &mut BTreeMap<&[u8], Config>) -> Result<(), Box<Problem>> {
    let mut files: Vec<(&[u8], &Entry)> = Vec::new();
    for (folder, config) in &*found {
        let paths = config.extends.iter().take(MOST_EXTENDS);
        let paths = paths.filter_map(|path| folders::resolve(folder, path.as_bytes()));
        let entries = paths.filter_map(|path| entry(tree, &path));
        files.extend(entries.filter(|it| it.kind.is_file()).map(|entry| (*folder, entry)));
    }
    let entries: Vec<&Entry> = files.iter().map(|(_, entry)| *entry).collect();
    let contents = tree.read(&entries).map_err(|error| not_read(&error))?;
    for ((folder, entry), bytes) in files.into_iter().zip(contents) {
        if let (Some(config), Ok(other)) =
            (found.get_mut(folder), Config::read(entry.path.as_bytes(), &bytes))
        {
            config.add_extended(other);
        }
    }
    Ok(())
}

fn too_many(folder: &[u8]) -> Problem {
    let file = folders::join(folder, b"foundry.toml");
    Problem::error("a project has more remappings than can be read")
        .at(Place::file(file.as_slice()))
        .label(text!["expected at most ", MOST_REMAPPINGS, " in it and its ", "`remappings.txt`"])
        .help("name folders instead of single files")
}

/// Whether a path is in one of these folders or is one.
pub(super) fn is_below(path: &[u8], folders: &[String]) -> bool {
    folders.iter().any(|folder| {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        !folder.is_empty() && folders::inside(folder.as_bytes(), path).is_some()
    })
}
