//! Symbolic links within the repository. Cargo and rustc follow them wherever they open a file: a folder
//! of a member or of a dependency, a manifest, a page that is included.
//!
//! Where a link leads is read of the head alone: one that changes is itself a change.

use std::borrow::Cow;
use std::collections::BTreeMap;

use repo_model::{
    Change, ChangeSet, Entry, Kind, NotRead, RepoPath, Stop, Tree, WayEnd, entry, follow,
};

use super::layout::{MANIFEST, name_of};

/// The links of a tree.
#[derive(Debug, Default)]
pub(crate) struct Links {
    texts: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Each link that stays in the repository, and where it leads in the end.
    leads: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The changes of a repository, with those that are seen through links.
pub(crate) struct Seen<'a> {
    /// Each change, and once more under the name of a manifest that is a link to it.
    pub(crate) changes: Cow<'a, ChangeSet>,
    /// The changed paths behind these names.
    real: BTreeMap<RepoPath, RepoPath>,
}

impl Links {
    /// The links of the tree.
    ///
    /// # Errors
    /// When it cannot be had where one leads.
    pub(crate) fn of(tree: &dyn Tree) -> Result<Self, NotRead> {
        let links = tree.entries().iter().filter(|entry| entry.kind == Kind::Symlink);
        let links: Vec<&Entry> = links.collect();
        let texts = tree.read(&links)?;
        let pairs = links.iter().zip(texts);
        let texts = pairs.map(|(link, text)| (link.path.as_bytes().to_vec(), text)).collect();
        let mut links = Self { texts, leads: Vec::new() };
        let leads = links.texts.keys().filter_map(|it| Some((it.clone(), links.resolve(it)?)));
        links.leads = leads.collect();
        Ok(links)
    }

    /// Where a path leads when every link on the way is followed; nothing if that is outside of the
    /// repository, or nowhere.
    pub(crate) fn resolve(&self, path: &[u8]) -> Option<Vec<u8>> {
        if self.texts.is_empty() {
            return Some(path.to_vec());
        }
        let stop = |at: &[u8]| self.texts.get(at).map_or(Stop::Other, |text| Stop::Link(text));
        match follow(path, stop) {
            WayEnd::At(path) => Some(path),
            WayEnd::Odd(_) | WayEnd::Unread => None,
        }
    }

    /// Each link, and where it leads in the end, for those that stay in the repository.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.leads.iter().map(|(link, leads)| (link.as_slice(), leads.as_slice()))
    }

    /// The file at a path, behind links if need be.
    pub(crate) fn file<'a>(&self, tree: &'a dyn Tree, path: &[u8]) -> Option<&'a Entry> {
        let is_file = |entry: &&Entry| entry.kind.is_file();
        let here = entry(tree, path).filter(is_file);
        here.or_else(|| entry(tree, &self.resolve(path)?).filter(is_file))
    }

    /// The changes as they are seen through manifests that are links.
    pub(crate) fn seen<'a>(&self, changes: &'a ChangeSet) -> Seen<'a> {
        let manifests = self.iter().filter(|(link, _)| name_of(link) == MANIFEST);
        let through = |(link, leads): (&[u8], &[u8])| {
            let change = changes.of(leads)?;
            let is_new = changes.of(link).is_none();
            let path = RepoPath::of_git(link).ok().filter(|_| is_new)?;
            Some((Change { path, ..change.clone() }, change.path.clone()))
        };
        let through: Vec<(Change, RepoPath)> = manifests.filter_map(through).collect();
        if through.is_empty() {
            return Seen { changes: Cow::Borrowed(changes), real: BTreeMap::new() };
        }
        let real = through.iter().map(|(seen, real)| (seen.path.clone(), real.clone())).collect();
        let all = changes.iter().cloned().chain(through.into_iter().map(|(change, _)| change));
        Seen { changes: Cow::Owned(ChangeSet::new(all.collect())), real }
    }
}

impl Seen<'_> {
    /// The changed path behind one that may be seen through a link.
    pub(crate) fn real(&self, path: RepoPath) -> RepoPath {
        self.real.get(&path).cloned().unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    #[test]
    fn a_file_is_found_behind_links() {
        let links = [("a/b", "../c"), ("c", "d"), ("out", "../x")];
        let files = links.into_iter().chain([("d/Cargo.toml", "")]);
        let mut tree = MemoryTree::new(files).unwrap();
        for (path, _) in links {
            tree = tree.with_kind(path.as_bytes(), Kind::Symlink);
        }
        let links = Links::of(&tree).unwrap();
        let leads: Vec<(&[u8], &[u8])> = links.iter().collect();
        assert_eq!(leads, [(&b"a/b"[..], &b"d"[..]), (b"c", b"d")]);
        assert_eq!(links.resolve(b"out/y"), None);
        let file = links.file(&tree, b"a/b/Cargo.toml").unwrap();
        assert_eq!(file.path.as_bytes(), b"d/Cargo.toml");
    }
}
