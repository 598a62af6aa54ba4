//! What differs between two trees, file by file.
//!
//! Source of the words: git-diff-tree(1), "RAW OUTPUT FORMAT".

use crate::{ObjectId, RepoPath};

/// What an entry of a tree is (git-fast-import(1), "filemodify": its four modes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A file, mode 100644 (and git's historical 100664).
    File,
    /// A file that may be run, mode 100755.
    Executable,
    /// A symbolic link, mode 120000; its contents are where it leads.
    Symlink,
    /// A commit of another repository, mode 160000.
    Submodule,
}

impl Kind {
    /// Reads a mode in octal digits, as git writes it; nothing for a folder or an unknown mode.
    pub fn from_mode(digits: &[u8]) -> Option<Self> {
        match digits {
            b"100644" | b"100664" => Some(Self::File),
            b"100755" => Some(Self::Executable),
            b"120000" => Some(Self::Symlink),
            b"160000" => Some(Self::Submodule),
            _ => None,
        }
    }

    /// Whether it has contents of its own: a file, run or not.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }
}

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// What stands there.
    pub kind: Kind,
    /// Its contents; nothing where git does not know them yet (a changed file of the work tree).
    pub id: Option<ObjectId>,
}

/// What happened to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is new: `A`.
    Added,
    /// Its contents or its right to be run changed: `M`.
    Modified,
    /// It is gone: `D`.
    Deleted,
    /// It became something else, a file a link for example: `T`.
    TypeChanged,
}

impl Status {
    /// The letter of git's documentation.
    pub fn letter(self) -> char {
        match self {
            Self::Added => 'A',
            Self::Modified => 'M',
            Self::Deleted => 'D',
            Self::TypeChanged => 'T',
        }
    }
}

/// A path that differs. A renamed file is two of them: the old path is gone, the new one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which path.
    pub path: RepoPath,
    /// What happened to it.
    pub status: Status,
    /// What stood there before; nothing if it is new.
    pub old: Option<Side>,
    /// What stands there now; nothing if it is gone.
    pub new: Option<Side>,
}

/// A file that moved: both of its changes stand in the [`ChangeSet`] too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// Where it was.
    pub from: RepoPath,
    /// Where it is.
    pub to: RepoPath,
    /// How alike both are, in percent.
    pub similarity: u8,
}

/// Everything that differs, each path once, in the order of the paths' bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet(Vec<Change>);

impl ChangeSet {
    /// These changes, sorted. Of two changes of one path the first counts.
    pub fn new(mut changes: Vec<Change>) -> Self {
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        changes.dedup_by(|later, first| later.path == first.path);
        Self(changes)
    }

    /// The changes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.0.iter()
    }

    /// The changes in order.
    pub fn as_slice(&self) -> &[Change] {
        &self.0
    }

    /// How many paths differ.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What happened to the path of these bytes, if anything did.
    pub fn of(&self, path: &[u8]) -> Option<&Change> {
        let at = self.0.binary_search_by(|change| change.path.as_bytes().cmp(path)).ok()?;
        self.0.get(at)
    }
}

impl<'a> IntoIterator for &'a ChangeSet {
    type Item = &'a Change;
    type IntoIter = std::slice::Iter<'a, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &[u8], status: Status) -> Change {
        Change { path: RepoPath::of_git(path).unwrap(), status, old: None, new: None }
    }

    #[test]
    fn a_path_is_found_among_the_changes() {
        let changes = ChangeSet::new(vec![
            change(b"b", Status::Deleted),
            change(b"a\xff", Status::Added),
            change(b"b", Status::Added),
        ]);
        assert_eq!(changes.len(), 2);
        assert_eq!(changes.of(b"a\xff").map(|change| change.status), Some(Status::Added));
        assert_eq!(changes.of(b"b").map(|change| change.status), Some(Status::Deleted));
        assert_eq!(changes.of(b"a"), None);
    }

    #[test]
    fn modes_are_what_git_calls_them() {
        assert_eq!(Kind::from_mode(b"100755"), Some(Kind::Executable));
        assert_eq!(Kind::from_mode(b"040000"), None);
        assert_eq!(Kind::from_mode(b"000000"), None);
        assert!(!Kind::Symlink.is_file());
    }
}
