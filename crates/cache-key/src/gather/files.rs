//! The files that a key can depend on: those that git knows, lock files beside them that it does not,
//! and some outside of the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};
use ecosystems::caches::{self, BeyondFile, Ecosystem, Folder, Wants};
use git_cli::{Base, First, GitFailure, Repository, Settings};
use repo_model::{Entry, Kind, RepoPath};
use runner_protocol::{Failure, Out};
use system::{DiskFailure, DiskTree};

use super::disk;

/// The most bytes of a file outside of the repository: they are settings.
const LARGEST: u64 = 16 << 20;
/// The most files that one outside of the repository includes, with what these include.
const MOST_INCLUDED: usize = 100;

/// The repository that this is started in.
pub(crate) struct Files {
    /// Its files, as they are on disk. One has an id only where that names what is on disk; a submodule
    /// has that of the commit that git wants there.
    pub(crate) tree: DiskTree,
    /// Where its root is.
    pub(crate) top: PathBuf,
}

/// The files of the repository. Which of them are on disk as git has them is only asked where sources
/// count: git has to look at each.
pub(crate) fn files(sources_count: bool, out: &Out) -> Result<Files, Failure> {
    let settings =
        Settings { temporary: out.temporary(), first: First::Index, ..Settings::default() };
    let repository = Repository::open(Path::new("."), settings).map_err(|error| git(&error))?;
    let mut entries = repository.known_paths().map_err(|error| git(&error))?;
    let top = repository.top_level().unwrap_or(Path::new(".")).to_owned();
    if sources_count || has_copies(&entries, &top)? {
        correct(&mut entries, &repository).map_err(|error| git(&error))?;
    } else {
        for entry in entries.iter_mut().filter(|entry| entry.kind != Kind::Submodule) {
            entry.id = None;
        }
    }
    let tree = on_disk(&top, counted(entries))?;
    Ok(Files { tree, top })
}

fn on_disk(top: &Path, entries: Vec<(Entry, bool)>) -> Result<DiskTree, Failure> {
    DiskTree::new(top, entries)
        .map_err(|failure| disk(&failure, "the file", "see the permissions of the work tree"))
}

/// Whether settings name folders with copies of packages, which count as sources do: to read all of them
/// would take longer than to ask git.
fn has_copies(entries: &[Entry], top: &Path) -> Result<bool, Failure> {
    let settings = entries.iter().filter(|it| caches::may_name_copies(it.path.as_bytes()));
    let settings = settings.map(|it| (it.clone(), true)).collect();
    Ok(caches::names_copies(&on_disk(top, settings)?))
}

/// Takes the id from each file that is not on disk as git has it, and adds those that git does not know
/// and does not ignore: they are built as well.
fn correct(entries: &mut Vec<Entry>, repository: &Repository) -> Result<(), GitFailure> {
    let base = repository.head()?.map_or(Base::EmptyTree, Base::Commit);
    let changes = repository.worktree_changes(&base)?;
    entries.retain_mut(|entry| {
        let Some(change) = changes.of(entry.path.as_bytes()) else { return true };
        let Some(new) = change.new else { return false };
        // One that is staged and not changed since has its own id, but nobody says that it has not.
        (entry.kind, entry.id) = (new.kind, None);
        true
    });
    let known: BTreeSet<&[u8]> = entries.iter().map(|entry| entry.path.as_bytes()).collect();
    let new = changes.iter().filter(|change| !known.contains(change.path.as_bytes()));
    let new = new.filter_map(|change| {
        Some(Entry { path: change.path.clone(), kind: change.new?.kind, id: None })
    });
    let new: Vec<Entry> = new.collect();
    entries.extend(new);
    Ok(())
}

/// Each file, with whether an ecosystem looks into it; and those that count beside these, whether git knows
/// them or not.
fn counted(entries: Vec<Entry>) -> Vec<(Entry, bool)> {
    let mut folders: BTreeSet<(Ecosystem, &[u8])> = BTreeSet::new();
    let mut counts = Vec::with_capacity(entries.len());
    for path in entries.iter().map(|entry| entry.path.as_bytes()) {
        let mut does_count = false;
        for ecosystem in Ecosystem::ALL.iter().filter(|it| it.looks_into(path)) {
            folders.insert((*ecosystem, folder_of(path)));
            does_count = true;
        }
        counts.push(does_count);
    }
    let paths = folders.into_iter().flat_map(|(ecosystem, folder)| {
        let separator: &[u8] = if folder.is_empty() { b"" } else { b"/" };
        ecosystem.locks().iter().map(move |lock| [folder, separator, lock.as_bytes()].concat())
    });
    let paths: BTreeSet<RepoPath> = paths.filter_map(|path| RepoPath::of_git(&path).ok()).collect();
    let beside = paths.into_iter().map(|path| (Entry { path, kind: Kind::File, id: None }, true));
    entries.into_iter().zip(counts).chain(beside).collect()
}

fn folder_of(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
    path.get(..end).unwrap_or_default()
}

fn git(failure: &GitFailure) -> Failure {
    Failure::outside(failure.is_wrong_place(), failure.problem())
}

/// The wanted files outside of the repository that are there, each with what it includes.
pub(crate) fn beyond(
    ecosystem: Ecosystem,
    wants: &Wants,
    top: &Path,
    out: &Out,
) -> Result<Vec<BeyondFile>, Failure> {
    let mut found = Vec::new();
    for wanted in &wants.beyond {
        for (path, shown) in candidates(&wanted.folder, wanted.path, top, out) {
            let Some(bytes) = settings(&path)? else { continue };
            let at = path.into_os_string().into_encoded_bytes();
            let shown = BString::from(shown);
            let file = BeyondFile { wanted: wanted.clone(), at, by: None, shown, bytes };
            found.extend(with_included(ecosystem, file)?);
        }
    }
    Ok(found)
}

/// A file and what it includes, each once.
fn with_included(ecosystem: Ecosystem, first: BeyondFile) -> Result<Vec<BeyondFile>, Failure> {
    let (wanted, by) = (first.wanted.clone(), first.at.clone());
    let mut found = vec![first];
    let mut next = 0;
    while let Some(file) = found.get(next) {
        next += 1;
        for (at, shown) in ecosystem.includes(file) {
            let is_known = found.iter().any(|it| it.at == at);
            let path = at.to_path().ok().filter(|_| !is_known && found.len() <= MOST_INCLUDED);
            let Some(bytes) = path.map(settings).transpose()?.flatten() else { continue };
            let by = Some(by.clone());
            found.push(BeyondFile { wanted: wanted.clone(), at, by, shown: shown.into(), bytes });
        }
    }
    Ok(found)
}

/// What is in a file of settings; nothing where there is none.
fn settings(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let told = |failure: &DiskFailure| {
        disk(failure, "the settings", "see its permissions: what is built depends on it")
    };
    if !system::exists(path).map_err(|failure| told(&failure))? {
        return Ok(None);
    }
    system::read_file(path, LARGEST).map(Some).map_err(|failure| told(&failure))
}

/// The home folder.
pub(crate) fn home(out: &Out) -> Option<PathBuf> {
    out.folder_of("HOME").or_else(|| out.folder_of("USERPROFILE"))
}

/// Where a file may be, and how a person would write that.
fn candidates(folder: &Folder, path: &str, top: &Path, out: &Out) -> Vec<(PathBuf, String)> {
    match folder {
        Folder::Home => {
            home(out).map(|home| (home.join(path), format!("~/{path}"))).into_iter().collect()
        }
        Folder::Variable { name, otherwise } => match (out.folder_of(name), home(out)) {
            (Some(folder), _) => vec![(folder.join(path), format!("${name}/{path}"))],
            (None, Some(home)) => {
                vec![(home.join(otherwise).join(path), format!("~/{otherwise}/{path}"))]
            }
            (None, None) => Vec::new(),
        },
        Folder::Named { variable } => {
            let file = out.folder_of(variable).map(|file| top.join(file));
            file.map(|file| (file, format!("${variable}"))).into_iter().collect()
        }
        Folder::Listed { variable } => {
            let listed = out.folder_of(variable).unwrap_or_default();
            let words = listed.as_os_str().as_encoded_bytes().split(u8::is_ascii_whitespace);
            let files =
                words.filter_map(|word| word.to_path().ok()).filter(|it| *it != Path::new(""));
            // Where a file lies depends on the machine, so it is named by its number.
            let shown =
                |at| if at == 1 { format!("${variable}") } else { format!("${variable} ({at})") };
            files.zip(1..).map(|(file, at)| (top.join(file), shown(at))).collect()
        }
        Folder::Above => {
            let above = top.ancestors().skip(1).zip(1..);
            above.map(|(folder, steps)| (folder.join(path), "../".repeat(steps) + path)).collect()
        }
    }
}
