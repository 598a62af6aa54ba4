//! The files of one version of a repository, wherever they are kept: in memory, in a commit, on disk.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;

use crate::{Change, ChangeSet, Kind, ObjectId, RepoPath, Side, Status};

/// One path of a tree. Folders have no entry of their own: git knows none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: RepoPath,
    /// What it is.
    pub kind: Kind,
    /// Its contents' name; nothing where that is not known without reading it.
    pub id: Option<ObjectId>,
}

/// The files of one version.
pub trait Tree {
    /// Every path, sorted by its bytes, each once.
    fn entries(&self) -> &[Entry];

    /// The contents of each of `entries`, in their order; where a link leads, for a link. All at once,
    /// because a question for each would be slow.
    ///
    /// # Errors
    /// When one cannot be read: unknown is not empty.
    fn read(&self, entries: &[&Entry]) -> Result<Vec<Vec<u8>>, NotRead>;
}

/// Contents that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotRead {
    /// Which.
    pub path: RepoPath,
    /// Why, in words that follow "cannot be read: ".
    pub why: String,
}

/// The entry of the path of these bytes, if it is there.
pub fn entry<'a>(tree: &'a dyn Tree, path: &[u8]) -> Option<&'a Entry> {
    let entries = tree.entries();
    let at = entries.binary_search_by(|entry| entry.path.as_bytes().cmp(path)).ok()?;
    entries.get(at)
}

/// The entries below `folder`, at any depth; all of them for the empty folder.
pub fn below<'a>(tree: &'a dyn Tree, folder: &[u8]) -> &'a [Entry] {
    let entries = tree.entries();
    if folder.is_empty() {
        return entries;
    }
    let mut first: Vec<u8> = folder.to_vec();
    first.push(b'/');
    let from = entries.partition_point(|entry| entry.path.as_bytes() < first.as_slice());
    let rest = entries.get(from..).unwrap_or_default();
    let length = rest.partition_point(|entry| entry.path.as_bytes().starts_with(&first));
    rest.get(..length).unwrap_or_default()
}

/// A tree in memory: for tests, and for what is made up.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    entries: Vec<Entry>,
    contents: BTreeMap<RepoPath, BString>,
}

impl MemoryTree {
    /// A tree of files with these paths and contents. Of two files at one path the later counts.
    ///
    /// # Errors
    /// When a path is none that git could have.
    pub fn new<P: AsRef<[u8]>, C: AsRef<[u8]>>(
        files: impl IntoIterator<Item = (P, C)>,
    ) -> Result<Self, crate::NotARepoPath> {
        let mut contents = BTreeMap::new();
        for (path, content) in files {
            contents.insert(RepoPath::of_git(path.as_ref())?, BString::from(content.as_ref()));
        }
        let entry = |path: &RepoPath| Entry { path: path.clone(), kind: Kind::File, id: None };
        Ok(Self { entries: contents.keys().map(entry).collect(), contents })
    }

    /// The same tree, with the path of these bytes as something else than a file.
    #[must_use]
    pub fn with_kind(mut self, path: &[u8], kind: Kind) -> Self {
        for entry in self.entries.iter_mut().filter(|entry| entry.path.as_bytes() == path) {
            entry.kind = kind;
        }
        self
    }

    /// What differs from this tree to a later one. A file that moved is gone and new; no names of
    /// contents are known.
    pub fn changes_to(&self, later: &Self) -> ChangeSet {
        let paths: BTreeSet<&RepoPath> =
            self.contents.keys().chain(later.contents.keys()).collect();
        let change = |path: &RepoPath| {
            let side = |tree: &Self| {
                entry(tree, path.as_bytes()).map(|it| Side { kind: it.kind, id: it.id })
            };
            let (old, new) = (side(self), side(later));
            let status = match (old, new) {
                (None, _) => Status::Added,
                (_, None) => Status::Deleted,
                (Some(old), Some(new)) => {
                    if old == new && self.contents.get(path) == later.contents.get(path) {
                        return None;
                    }
                    let is_same_type =
                        old.kind == new.kind || (old.kind.is_file() && new.kind.is_file());
                    if is_same_type { Status::Modified } else { Status::TypeChanged }
                }
            };
            Some(Change { path: path.clone(), status, old, new })
        };
        ChangeSet::new(paths.into_iter().filter_map(change).collect())
    }
}

impl Tree for MemoryTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entries: &[&Entry]) -> Result<Vec<Vec<u8>>, NotRead> {
        let content = |entry: &&Entry| match self.contents.get(&entry.path) {
            Some(content) => Ok(content.to_vec()),
            None => Err(NotRead { path: entry.path.clone(), why: "it is not there".to_owned() }),
        };
        entries.iter().map(content).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> MemoryTree {
        MemoryTree::new([("a/b", "1"), ("a-b", "2"), ("a/c/d", "3"), ("ab", "4"), ("a/b", "5")])
            .unwrap()
    }

    #[test]
    fn contents_are_read_in_the_order_asked() {
        let tree = tree();
        let asked = [entry(&tree, b"ab").unwrap(), entry(&tree, b"a/b").unwrap()];
        assert_eq!(tree.read(&asked).unwrap(), [b"4".to_vec(), b"5".to_vec()]);
        assert_eq!(entry(&tree, b"a"), None);
    }

    #[test]
    fn a_folder_holds_what_is_below_it_and_nothing_beside_it() {
        let tree = tree();
        let names = |folder: &[u8]| -> Vec<BString> {
            below(&tree, folder).iter().map(|entry| entry.path.as_bytes().into()).collect()
        };
        assert_eq!(names(b"a"), ["a/b", "a/c/d"]);
        assert_eq!(names(b"a/c"), ["a/c/d"]);
        assert_eq!(names(b"").len(), 4);
        assert!(names(b"b").is_empty());
    }

    #[test]
    fn two_trees_differ_where_contents_or_kinds_do() {
        let later = MemoryTree::new([
            ("a-b", "2"),
            ("a/b", "5"),
            ("a/c/d", "other"),
            ("a/new", "1"),
            ("exe", "1"),
            ("link", "1"),
        ]);
        let later = later.unwrap().with_kind(b"exe", Kind::Executable);
        let later = later.with_kind(b"link", Kind::Symlink);
        let old = MemoryTree::new([
            ("a-b", "2"),
            ("a/b", "5"),
            ("a/c/d", "3"),
            ("ab", "4"),
            ("exe", "1"),
            ("link", "1"),
        ]);
        let changes = old.unwrap().changes_to(&later);
        let said = changes.iter().map(|it| {
            let kinds = [it.old, it.new].map(|side| side.map(|side| side.kind));
            (it.status.letter(), it.path.as_bytes(), kinds)
        });
        let file = Some(Kind::File);
        assert_eq!(
            said.collect::<Vec<_>>(),
            [
                ('M', &b"a/c/d"[..], [file, file]),
                ('A', b"a/new", [None, file]),
                ('D', b"ab", [file, None]),
                ('M', b"exe", [file, Some(Kind::Executable)]),
                ('T', b"link", [file, Some(Kind::Symlink)]),
            ]
        );
        assert!(later.changes_to(&later).is_empty());
    }
}
