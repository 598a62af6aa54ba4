//! The files that a key can depend on: those that git knows, lock files beside them that it does not,
//! and some outside of the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bstr::BString;
use ecosystems::caches::{BeyondFile, Ecosystem, Folder, Wants};
use git_cli::{Repository, Settings};
use repo_model::{Entry, Kind, RepoPath};
use runner_protocol::{Failure, Out};
use system::DiskTree;

use super::disk;

/// The most bytes of a file outside of the repository: they are settings.
const LARGEST: u64 = 16 << 20;

/// The files of the repository that this is started in.
pub(crate) fn tree(out: &Out) -> Result<DiskTree, Failure> {
    let settings = Settings { temporary: out.temporary(), ..Settings::default() };
    let repository = Repository::open(Path::new("."), settings).map_err(|error| git(&error))?;
    let mut entries = repository.known_paths().map_err(|error| git(&error))?;
    let top = repository.top_level().unwrap_or(Path::new("."));
    let folders: BTreeSet<&[u8]> = entries
        .iter()
        .map(|entry| entry.path.as_bytes())
        .filter(|path| counts(path))
        .map(folder_of)
        .collect();
    let beside = folders.into_iter().flat_map(|folder| {
        Ecosystem::ALL.iter().flat_map(|it| it.locks()).map(move |lock| {
            let separator: &[u8] = if folder.is_empty() { b"" } else { b"/" };
            [folder, separator, lock.as_bytes()].concat()
        })
    });
    let beside: Vec<Entry> = beside
        .filter_map(|path| RepoPath::of_git(&path).ok())
        .map(|path| Entry { path, kind: Kind::File, id: None })
        .collect();
    entries.extend(beside);
    DiskTree::new(top, entries, &counts)
        .map_err(|failure| disk(&failure, "the file", "see the permissions of the work tree"))
}

/// Whether an ecosystem looks into the file at this path.
fn counts(path: &[u8]) -> bool {
    Ecosystem::ALL.iter().any(|ecosystem| ecosystem.looks_into(path))
}

fn folder_of(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
    path.get(..end).unwrap_or_default()
}

fn git(failure: &git_cli::GitFailure) -> Failure {
    let problem = failure.problem();
    if failure.is_wrong_place() {
        Failure::no_answer(problem)
    } else {
        Failure::environment(problem)
    }
}

/// The wanted files outside of the repository that are there.
pub(crate) fn beyond(wants: &Wants, out: &Out) -> Result<Vec<BeyondFile>, Failure> {
    let mut found = Vec::new();
    for wanted in &wants.beyond {
        for (path, shown) in candidates(&wanted.folder, wanted.path, out)? {
            let help = "see its permissions: what is built depends on it";
            let is_there =
                system::exists(&path).map_err(|failure| disk(&failure, "the settings", help))?;
            if !is_there {
                continue;
            }
            let bytes = system::read_file(&path, LARGEST)
                .map_err(|failure| disk(&failure, "the settings", help))?;
            found.push(BeyondFile { wanted: wanted.clone(), shown: BString::from(shown), bytes });
        }
    }
    Ok(found)
}

/// Where a file may be, and how a person would write that.
fn candidates(folder: &Folder, path: &str, out: &Out) -> Result<Vec<(PathBuf, String)>, Failure> {
    let home = out.folder_of("HOME").or_else(|| out.folder_of("USERPROFILE"));
    match folder {
        Folder::Home => {
            Ok(home.map(|home| (home.join(path), format!("~/{path}"))).into_iter().collect())
        }
        Folder::Variable { name, otherwise } => Ok(match (out.folder_of(name), home) {
            (Some(folder), _) => vec![(folder.join(path), format!("${name}/{path}"))],
            (None, Some(home)) => {
                vec![(home.join(otherwise).join(path), format!("~/{otherwise}/{path}"))]
            }
            (None, None) => Vec::new(),
        }),
        Folder::Above => {
            let here = system::whole_path(Path::new(".")).map_err(|failure| {
                disk(&failure, "the working directory", "start from a folder that is there")
            })?;
            let above = here.ancestors().skip(1).zip(1..);
            Ok(above
                .map(|(folder, steps)| (folder.join(path), "../".repeat(steps) + path))
                .collect())
        }
    }
}
