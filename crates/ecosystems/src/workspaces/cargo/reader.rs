//! The manifests of a tree, and the folders in which they stand or are seen.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use diagnostics::Problem;
use repo_model::{ChangeSet, Entry, NotRead, RepoPath, Side, Tree};

use super::changed_locks::LOCK;
use super::layout::{MANIFEST, folder_of, in_folder, is_within, name_of, relative};
use super::links::Links;
use super::manifest::Manifest;

/// How many folders are known to be seen through links.
const MOST_ALIASES: usize = 10_000;

/// The keys that are a folder, or below it.
pub(crate) fn below<'a, T>(
    folders: &'a BTreeMap<Vec<u8>, T>,
    folder: &[u8],
) -> impl Iterator<Item = &'a Vec<u8>> + use<'a, T> {
    let first = [folder, b"/"].concat();
    let is_all = folder.is_empty();
    let from = if is_all { Vec::new() } else { first.clone() };
    let all = folders.range(from..).map(|(folder, _)| folder);
    let below = all.take_while(move |folder| is_all || folder.starts_with(&first));
    let itself = folders.get_key_value(folder).filter(|_| !is_all);
    itself.map(|(folder, _)| folder).into_iter().chain(below)
}

/// Reads each manifest of a tree at most once, many at a time.
pub(crate) struct Reader<'a> {
    tree: &'a dyn Tree,
    folders: BTreeMap<Vec<u8>, Entry>,
    locks: BTreeSet<Vec<u8>>,
    links: &'a Links,
    /// The folders under which a folder with a manifest is seen through a link, and that folder.
    aliases: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The same the other way round.
    seen_at: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    read: BTreeMap<Vec<u8>, Result<Rc<Manifest>, Box<Problem>>>,
    /// Folders of packages that cargo's configuration names.
    pub(crate) stand_ins: Vec<Vec<u8>>,
}

impl<'a> Reader<'a> {
    /// A reader of a tree, whose links these are; cargo's configuration names packages in the folders
    /// `stand_ins`.
    pub(crate) fn new(tree: &'a dyn Tree, links: &'a Links, stand_ins: Vec<Vec<u8>>) -> Self {
        let is_manifest =
            |entry: &&Entry| entry.kind.is_file() && name_of(entry.path.as_bytes()) == MANIFEST;
        let entries = tree.entries().iter().filter(is_manifest);
        let mut folders: BTreeMap<Vec<u8>, Entry> = entries
            .map(|entry| (folder_of(entry.path.as_bytes()).to_vec(), entry.clone()))
            .collect();
        let mut aliases = BTreeMap::new();
        let mut seen_at: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for (link, leads) in links.iter() {
            if name_of(link) == MANIFEST
                && let Some(entry) = links.file(tree, leads)
            {
                folders.insert(folder_of(link).to_vec(), entry.clone());
            }
        }
        for (link, leads) in links.iter() {
            // A link to a folder around itself is no other place.
            if is_within(link, leads) {
                continue;
            }
            let more = MOST_ALIASES.saturating_sub(aliases.len());
            let linked: Vec<Vec<u8>> = below(&folders, leads).take(more).cloned().collect();
            for real in linked {
                let rest = relative(&real, leads).unwrap_or_default();
                let alias = if rest.is_empty() { link.to_vec() } else { in_folder(link, rest) };
                if aliases.insert(alias.clone(), real.clone()).is_none() {
                    seen_at.entry(real).or_default().push(alias);
                }
            }
        }
        let is_lock = |entry: &&Entry| name_of(entry.path.as_bytes()) == LOCK;
        let locks = tree.entries().iter().filter(is_lock);
        let locks = locks.map(|entry| folder_of(entry.path.as_bytes()).to_vec()).collect();
        let read = BTreeMap::new();
        Self { tree, folders, locks, links, aliases, seen_at, read, stand_ins }
    }

    /// A reader of the tree before the changes: what did not change is taken from this one, so that the
    /// tree need not be listed.
    pub(crate) fn before(&self, tree: &'a dyn Tree, changes: &ChangeSet) -> Self {
        let mut folders = self.folders.clone();
        for change in changes.iter().filter(|change| name_of(change.path.as_bytes()) == MANIFEST) {
            let folder = folder_of(change.path.as_bytes());
            match change.old.filter(|old| old.kind.is_file()) {
                Some(Side { kind, id }) => {
                    let path = self.links.resolve(change.path.as_bytes());
                    let path = path.and_then(|path| RepoPath::of_git(&path).ok());
                    let path = path.unwrap_or_else(|| change.path.clone());
                    folders.insert(folder.to_vec(), Entry { path, kind, id });
                }
                None => {
                    folders.remove(folder);
                }
            }
        }
        let mut locks = self.locks.clone();
        for change in changes.iter().filter(|change| name_of(change.path.as_bytes()) == LOCK) {
            let folder = folder_of(change.path.as_bytes());
            if change.old.is_some() {
                locks.insert(folder.to_vec());
            } else {
                locks.remove(folder);
            }
        }
        let same = self.read.iter().filter(|(folder, read)| {
            read.is_ok() && changes.of(&in_folder(folder, MANIFEST)).is_none()
        });
        let read = same.map(|(folder, read)| (folder.clone(), read.clone())).collect();
        let (links, stand_ins) = (self.links, self.stand_ins.clone());
        let (aliases, seen_at) = (self.aliases.clone(), self.seen_at.clone());
        Self { tree, folders, locks, links, aliases, seen_at, read, stand_ins }
    }

    /// The folders of all manifests.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.folders.keys()
    }

    /// Whether a lock file stands in the folder.
    pub(crate) fn has_lock(&self, folder: &[u8]) -> bool {
        self.locks.contains(folder)
    }

    /// Whether the manifest in the folder has been read and is that of a root.
    pub(crate) fn is_root(&self, folder: &[u8]) -> bool {
        let manifest = self.get(folder).and_then(|read| read.as_ref().ok());
        manifest.is_some_and(|manifest| manifest.workspace().is_some())
    }

    /// The folders in a folder and below it that have manifests or are links to such, and where these
    /// are.
    pub(crate) fn below(&self, folder: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
        let own = below(&self.folders, folder).map(|it| (it.as_slice(), it.as_slice()));
        let linked = below(&self.aliases, folder);
        own.chain(linked.filter_map(|it| Some((it.as_slice(), self.aliases.get(it)?.as_slice()))))
    }

    /// The folder with a manifest that is meant by another, through links.
    pub(crate) fn real(&self, folder: Vec<u8>) -> Vec<u8> {
        if self.has(&folder) {
            return folder;
        }
        let real = self.links.resolve(&folder).filter(|real| self.has(real));
        real.unwrap_or(folder)
    }

    /// The other folders under which a package is seen.
    pub(crate) fn also_seen_at(&self, folder: &[u8]) -> impl Iterator<Item = &Vec<u8>> {
        self.seen_at.get(folder).into_iter().flatten()
    }

    /// Whether a manifest stands in the folder.
    pub(crate) fn has(&self, folder: &[u8]) -> bool {
        self.folders.contains_key(folder)
    }

    /// Reads the manifests of these folders that are there and have not been read yet.
    ///
    /// # Errors
    /// When the contents of one cannot be had.
    pub(crate) fn read_all(&mut self, folders: &[Vec<u8>]) -> Result<(), NotRead> {
        let new: BTreeSet<&[u8]> = folders
            .iter()
            .map(Vec::as_slice)
            .filter(|folder| !self.read.contains_key(*folder))
            .collect();
        let found = new.iter().filter_map(|folder| self.folders.get_key_value(*folder));
        let (folders, entries): (Vec<&Vec<u8>>, Vec<&Entry>) = found.unzip();
        for ((folder, entry), bytes) in folders.iter().zip(&entries).zip(self.tree.read(&entries)?)
        {
            let manifest = Manifest::read(folder, entry.path.as_bytes(), &bytes).map(Rc::new);
            self.read.insert((*folder).clone(), manifest);
        }
        Ok(())
    }

    /// The manifests of these folders that are there and can be read.
    pub(crate) fn manifests(&mut self, folders: &[Vec<u8>]) -> Result<Vec<Rc<Manifest>>, NotRead> {
        self.read_all(folders)?;
        let read = |folder: &Vec<u8>| Some(Rc::clone(self.get(folder)?.as_ref().ok()?));
        Ok(folders.iter().filter_map(read).collect())
    }

    /// The manifest of a folder, if it has been read.
    pub(crate) fn get(&self, folder: &[u8]) -> Option<&Result<Rc<Manifest>, Box<Problem>>> {
        self.read.get(folder)
    }
}
