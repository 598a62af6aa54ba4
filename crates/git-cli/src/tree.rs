//! The files of a commit, and of the work tree, as a [`Tree`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bstr::ByteSlice as _;
use repo_model::{ChangeSet, CommitId, Entry, Kind, NotRead, ObjectId, RepoPath, Tree};

use crate::GitFailure;
use crate::disk::{self, Found};
use crate::output::{Indexed, index, tree};
use crate::scratch::of_bytes;
use crate::store::{Contents, Store, WORK_TREE};

/// The way to the objects, shared by a repository and its trees.
pub(crate) type Shared = Arc<Mutex<Store>>;

/// The store, for one question.
pub(crate) fn locked(store: &Shared) -> MutexGuard<'_, Store> {
    // What a panic elsewhere left behind is a whole store: it is changed only by whole answers.
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files of a commit. Contents are read from git when they are asked for.
#[derive(Clone, Debug)]
pub struct CommitTree {
    entries: Vec<Entry>,
    store: Shared,
}

impl CommitTree {
    pub(crate) fn of_commit(store: &Shared, commit: &CommitId) -> Result<Self, GitFailure> {
        let question = "which files a commit has";
        let output = locked(store).listed(commit)?;
        let entries = tree(&output).map_err(|it| GitFailure::malformed(question, it))?;
        Ok(Self { entries, store: Arc::clone(store) })
    }

    /// The files of which `changes` made these: what was there before.
    #[must_use]
    pub fn before(&self, changes: &ChangeSet) -> Self {
        let old = changes.iter().filter_map(|change| {
            let side = change.old?;
            Some(Entry { path: change.path.clone(), kind: side.kind, id: side.id })
        });
        let kept = self.entries.iter().filter(|entry| changes.of(entry.path.as_bytes()).is_none());
        let mut entries: Vec<Entry> = kept.cloned().chain(old).collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Self { entries, store: Arc::clone(&self.store) }
    }
}

impl Tree for CommitTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entries: &[&Entry]) -> Result<Vec<Vec<u8>>, NotRead> {
        objects(&self.store, entries)
    }
}

/// The contents of entries whose objects are known.
fn objects(store: &Shared, entries: &[&Entry]) -> Result<Vec<Vec<u8>>, NotRead> {
    let not_read = |entry: &Entry, why: String| NotRead { path: entry.path.clone(), why };
    let mut ids = BTreeSet::new();
    for entry in entries {
        match (entry.kind, entry.id) {
            (Kind::Submodule, _) => return Err(not_read(entry, SUBMODULE.to_owned())),
            (Kind::File | Kind::Executable | Kind::Symlink, Some(id)) => {
                ids.insert(id);
            }
            (Kind::File | Kind::Executable | Kind::Symlink, None) => {
                return Err(not_read(entry, "git does not know its contents yet".to_owned()));
            }
        }
    }
    let Some(first) = entries.first() else { return Ok(Vec::new()) };
    let mut store = locked(store);
    // A failure is that of the first that was asked for.
    let found = store.contents(&ids).map_err(|failure| not_read(first, failure.to_string()))?;
    let most = store.settings.most_contents;
    let contents = |entry: &&Entry| match entry.id.and_then(|id: ObjectId| found.get(&id)) {
        Some(Contents::Here(bytes)) => Ok(bytes.to_vec()),
        Some(Contents::TooLarge(size)) => Err(not_read(entry, too_large(*size, most))),
        Some(Contents::Missing) | None => Err(not_read(entry, store.why_missing().to_owned())),
    };
    entries.iter().map(contents).collect()
}

const SUBMODULE: &str = "it is a submodule, whose files are in another repository";

fn too_large(size: u64, most: u64) -> String {
    format!("it has {size} bytes, and at most {most} are read")
}

impl Store {
    fn why_missing(&self) -> &'static str {
        if self.settings.fetch {
            "its contents are not in this clone, and the server did not send them"
        } else {
            "its contents are not in this clone, and fetching is not allowed"
        }
    }
}

/// The files on the disk: those that git knows and those that it neither knows nor ignores.
#[derive(Clone, Debug)]
pub struct WorkTree {
    entries: Vec<Entry>,
    top: PathBuf,
    store: Shared,
}

impl WorkTree {
    /// The paths of the index alone.
    pub(crate) fn of_index(store: &Shared) -> Result<Vec<Entry>, GitFailure> {
        let question = "which files git knows";
        let output = locked(store).index_listed()?;
        let listed = index(&output).map_err(|it| GitFailure::malformed(question, it))?;
        let known = listed.known.into_iter();
        Ok(known.map(|it| Entry { path: it.path, kind: it.kind, id: Some(it.id) }).collect())
    }

    pub(crate) fn of_disk(store: &Shared, top: &Path) -> Result<Self, GitFailure> {
        let question = WORK_TREE;
        let output = locked(store).work_tree_listed()?;
        let listed = index(&output).map_err(|it| GitFailure::malformed(question, it))?;
        let mut entries = Vec::with_capacity(listed.known.len() + listed.others.len());
        let mut folders = Folders::new(top);
        let mut found = |path: &RepoPath| {
            folders.found(path).map_err(|error| GitFailure::disk(question, &error))
        };
        for Indexed { path, kind, id, is_skipped } in listed.known {
            let (kind, id) = match (kind, found(&path)?) {
                // Outside of a sparse checkout: what the index says counts.
                (_, Found::Nothing) if is_skipped => (kind, Some(id)),
                // Not checked out, perhaps; it is a commit of another repository all the same.
                (Kind::Submodule, Found::Folder) => (Kind::Submodule, None),
                (_, Found::File(false)) => (Kind::File, None),
                (_, Found::File(true)) => (Kind::Executable, None),
                (_, Found::Link) => (Kind::Symlink, None),
                (_, Found::Nothing | Found::Folder) => continue,
            };
            entries.push(Entry { path, kind, id });
        }
        for (path, is_repository) in listed.others {
            let kind = match found(&path)? {
                _ if is_repository => Kind::Submodule,
                Found::File(false) => Kind::File,
                Found::File(true) => Kind::Executable,
                Found::Link => Kind::Symlink,
                // One that is gone since is not there.
                Found::Folder | Found::Nothing => continue,
            };
            entries.push(Entry { path, kind, id: None });
        }
        // What git knows stands first, and counts.
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries.dedup_by(|later, first| later.path == first.path);
        Ok(Self { entries, top: top.to_owned(), store: Arc::clone(store) })
    }
}

impl Tree for WorkTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entries: &[&Entry]) -> Result<Vec<Vec<u8>>, NotRead> {
        let of_index: Vec<&Entry> =
            entries.iter().filter(|entry| entry.id.is_some()).copied().collect();
        let mut of_index = objects(&self.store, &of_index)?.into_iter();
        let most = locked(&self.store).settings.most_contents;
        let mut folders = Folders::new(&self.top);
        let mut read = |entry: &&Entry| {
            if entry.id.is_some() {
                return Ok(of_index.next().unwrap_or_default());
            }
            let not_read = |why: String| NotRead { path: entry.path.clone(), why };
            let place = self.top.join(of_bytes(entry.path.as_bytes()));
            // Looked at again, because a link may have taken its place, or that of a folder above it.
            let found = folders.found(&entry.path).map_err(|error| not_read(error.to_string()))?;
            match (entry.kind, found) {
                (Kind::Submodule, _) => Err(not_read(SUBMODULE.to_owned())),
                (_, Found::Link) => {
                    disk::target(&place).map_err(|error| not_read(error.to_string()))
                }
                (_, Found::File(_)) => match disk::contents(&place, most) {
                    Ok(Some(contents)) => Ok(contents),
                    Ok(None) => Err(not_read(format!("it has more than {most} bytes"))),
                    Err(error) => Err(not_read(error.to_string())),
                },
                (_, Found::Nothing | Found::Folder) => {
                    Err(not_read("it is no longer there".to_owned()))
                }
            }
        };
        entries.iter().map(&mut read).collect()
    }
}

/// Looks at paths below a folder without following a link on the way: behind a link is another place.
struct Folders<'a> {
    top: &'a Path,
    /// The last folder that was seen to be one all the way down; empty for the top.
    seen: Vec<u8>,
}

impl<'a> Folders<'a> {
    fn new(top: &'a Path) -> Self {
        Self { top, seen: Vec::new() }
    }

    fn found(&mut self, path: &RepoPath) -> std::io::Result<Found> {
        let bytes = path.as_bytes();
        let folder = bytes.rfind_byte(b'/').and_then(|at| bytes.get(..at)).unwrap_or_default();
        if folder != self.seen.as_slice() {
            let ends = folder.find_iter(b"/").chain([folder.len()]);
            for above in ends.filter_map(|end| folder.get(..end)).filter(|it| !it.is_empty()) {
                let is_seen = self.seen.strip_prefix(above);
                if is_seen.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/")) {
                    continue;
                }
                if !matches!(disk::found(&self.top.join(of_bytes(above)))?, Found::Folder) {
                    return Ok(Found::Nothing);
                }
            }
            self.seen = folder.to_vec();
        }
        disk::found(&self.top.join(of_bytes(bytes)))
    }
}
