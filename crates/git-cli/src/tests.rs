//! The real git, on repositories made by scripts: every question, in every kind of clone.

#![cfg(unix)]

mod fetching;
mod history;
mod hostile;
mod kinds;
mod patches;
mod questions;
mod trees;
mod trouble;
mod work_tree;

use std::time::Duration;

use repo_model::{ChangeSet, CommitId, Status};
use testkit::Repository as Scripted;

use crate::{Base, Repository, Settings};

/// Without the machine's configuration, and without waiting between tries.
pub(super) fn settings(of: &Scripted) -> Settings {
    Settings { variables: of.variables(), pause: Duration::from_millis(1), ..Settings::default() }
}

pub(super) fn open(of: &Scripted) -> Repository {
    Repository::open(&of.path(), settings(of)).unwrap()
}

pub(super) fn open_to_fetch(of: &Scripted) -> Repository {
    Repository::open(&of.path(), Settings { fetch: true, ..settings(of) }).unwrap()
}

pub(super) fn id(text: &str) -> CommitId {
    text.parse().unwrap()
}

/// Paths and statuses, to be compared with what is expected.
pub(super) fn shown(changes: &ChangeSet) -> Vec<(String, Status)> {
    changes
        .iter()
        .map(|change| (String::from_utf8_lossy(change.path.as_bytes()).into_owned(), change.status))
        .collect()
}

pub(super) fn since(commit: &str) -> Base {
    Base::Commit(id(commit))
}
