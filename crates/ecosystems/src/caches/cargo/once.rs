//! Files that are read once, whoever asks.

use std::cell::RefCell;
use std::collections::BTreeMap;

use repo_model::{Entry, NotRead, RepoPath, Tree};

/// A tree that remembers what has been read of it.
pub(super) struct ReadOnce<'a> {
    tree: &'a dyn Tree,
    read: RefCell<BTreeMap<RepoPath, Vec<u8>>>,
}

impl<'a> ReadOnce<'a> {
    /// The same tree.
    pub(super) fn new(tree: &'a dyn Tree) -> Self {
        Self { tree, read: RefCell::new(BTreeMap::new()) }
    }
}

impl Tree for ReadOnce<'_> {
    fn entries(&self) -> &[Entry] {
        self.tree.entries()
    }

    fn read(&self, entries: &[&Entry]) -> Result<Vec<Vec<u8>>, NotRead> {
        let mut kept = self.read.borrow_mut();
        let new: Vec<&Entry> =
            entries.iter().filter(|entry| !kept.contains_key(&entry.path)).copied().collect();
        for (entry, bytes) in new.iter().zip(self.tree.read(&new)?) {
            kept.insert(entry.path.clone(), bytes);
        }
        let of = |entry: &&Entry| kept.get(&entry.path).cloned().unwrap_or_default();
        Ok(entries.iter().map(of).collect())
    }
}
