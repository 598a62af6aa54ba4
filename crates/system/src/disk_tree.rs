//! The files of a repository as they are on disk, where somebody else knows which there are.

use std::path::{Path, PathBuf};

use repo_model::{Entry, Kind, NotRead, RepoPath, Tree};

use crate::DiskFailure;

/// The most bytes of one file that are read: manifests and lock files.
const LARGEST: u64 = 64 << 20;
/// The number of paths below which a second thread costs more than it looks at.
const FEW: usize = 400;

/// A tree of files on disk. Links at paths that count are followed, because the tools whose files these are
/// follow them; of another link its text is read.
#[derive(Clone, Debug)]
pub struct DiskTree {
    top: PathBuf,
    entries: Vec<Entry>,
}

impl DiskTree {
    /// The tree below `top` with these paths, each with whether it counts, as far as they are there. Only
    /// paths that count are looked at; the others are believed to be there, and are told so when they are
    /// read. Of a path that is named twice the first entry is taken.
    ///
    /// # Errors
    /// When the machine refuses to say what is at a path that counts.
    pub fn new(
        top: &Path,
        paths: impl IntoIterator<Item = (Entry, bool)>,
    ) -> Result<Self, DiskFailure> {
        let mut paths: Vec<(Entry, bool)> = paths.into_iter().collect();
        paths.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
        // Once each: looking is what takes the time here.
        paths.dedup_by(|(later, later_counts), (first, counts)| {
            let is_same = later.path == first.path;
            *counts |= is_same && *later_counts;
            is_same
        });
        if paths.len() < FEW {
            return Ok(Self { top: top.to_owned(), entries: there(top, paths)? });
        }
        let rest = paths.split_off(paths.len() / 2);
        let (first, rest) = std::thread::scope(|scope| {
            let rest = scope.spawn(|| there(top, rest));
            (there(top, paths), rest.join())
        });
        let mut entries = first?;
        entries.extend(rest.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        Ok(Self { top: top.to_owned(), entries })
    }
}

impl Tree for DiskTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entries: &[&Entry]) -> Result<Vec<Vec<u8>>, NotRead> {
        let read = |entry: &&Entry| {
            let path = self.top.join(of_repository(&entry.path));
            if entry.kind == Kind::Symlink
                && let Ok(leads) = path.read_link()
            {
                return Ok(leads.into_os_string().into_encoded_bytes());
            }
            // A link that is none on disk is a file with the link's text (git-config(1), `core.symlinks`).
            crate::read_file(&path, LARGEST).map_err(|failure| NotRead {
                path: entry.path.clone(),
                why: failure.source.to_string(),
            })
        };
        entries.iter().map(read).collect()
    }
}

/// Those that are there, in their order.
fn there(top: &Path, paths: Vec<(Entry, bool)>) -> Result<Vec<Entry>, DiskFailure> {
    let mut there = Vec::with_capacity(paths.len());
    for (mut entry, counts) in paths {
        if counts {
            match kind(&top.join(of_repository(&entry.path)))? {
                Some(kind) => entry.kind = kind,
                None => continue,
            }
        }
        there.push(entry);
    }
    Ok(there)
}

/// What is at a path that a tool would open; nothing where there is nothing, or a folder.
fn kind(path: &Path) -> Result<Option<Kind>, DiskFailure> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match path.metadata() {
        Ok(metadata) => Ok(metadata.is_file().then_some(Kind::File)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(DiskFailure::new("searching", path, error)),
    }
}

#[cfg(unix)]
fn of_repository(path: &RepoPath) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

/// git keeps names as UTF-8 there.
#[cfg(not(unix))]
fn of_repository(path: &RepoPath) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(path.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(paths: &[&str]) -> Vec<Entry> {
        let entry = |path: &&str| Entry {
            path: RepoPath::of_git(path.as_bytes()).unwrap(),
            kind: Kind::File,
            id: None,
        };
        paths.iter().map(entry).collect()
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_where_it_counts_and_read_where_it_does_not() {
        let folder = testkit::Scratch::new();
        folder.write("a/x", "text");
        std::os::unix::fs::symlink("a", folder.at("folder")).unwrap();
        std::os::unix::fs::symlink("a/x", folder.at("link")).unwrap();
        let mut known = entries(&["folder", "link"]);
        for it in &mut known {
            it.kind = Kind::Symlink;
        }
        let known = known.into_iter().map(|it| (it.clone(), it.path.as_bytes() == b"link"));
        let tree = DiskTree::new(folder.path(), known).unwrap();
        let [one, other] = tree.entries() else { panic!("two are there") };
        assert_eq!(tree.read(&[one, other]).unwrap(), [&b"a"[..], b"text"]);
    }

    #[test]
    fn many_paths_are_looked_at_as_few_are() {
        let folder = testkit::Scratch::new();
        let names: Vec<String> = (0..2 * FEW).map(|number| format!("{number:04}")).collect();
        for name in names.iter().step_by(3) {
            folder.write(name, "");
        }
        // Each is named twice, and of both the first one is meant.
        let known = entries(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let again = known.iter().cloned().map(|it| (it, true));
        let marked =
            known.iter().cloned().map(|it| (Entry { kind: Kind::Executable, ..it }, false));
        let tree = DiskTree::new(folder.path(), marked.chain(again)).unwrap();
        let there: Vec<String> = tree
            .entries()
            .iter()
            .map(|it| String::from_utf8_lossy(it.path.as_bytes()).into())
            .collect();
        assert_eq!(there, names.iter().step_by(3).cloned().collect::<Vec<_>>());
    }

    #[test]
    fn what_counts_and_is_gone_is_not_there() {
        let folder = testkit::Scratch::new();
        folder.write("a/Cargo.toml", "[package]");
        let known = entries(&["a/Cargo.toml", "b/Cargo.toml", "b/main.rs", "a"]);
        let counts = |path: &[u8]| path.ends_with(b"Cargo.toml") || path == b"a";
        let known = known.into_iter().map(|it| (it.clone(), counts(it.path.as_bytes())));
        let tree = DiskTree::new(folder.path(), known).unwrap();
        let paths: Vec<&[u8]> = tree.entries().iter().map(|it| it.path.as_bytes()).collect();
        assert_eq!(paths, [&b"a/Cargo.toml"[..], b"b/main.rs"]);
        let [first, second] = tree.entries() else { panic!("two are there") };
        assert_eq!(tree.read(&[first]).unwrap(), [b"[package]"]);
        assert_eq!(tree.read(&[second]).unwrap_err().path, second.path);
    }
}
