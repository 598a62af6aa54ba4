//! The disk: whole reads, writes that are whole or not at all, searches in a fixed order; and other
//! programs.
//!
//! Nothing here decides; a failure says which path and what the operating system said.

mod clock;
mod command;
mod disk_tree;
mod find;
mod hash;
mod lock;
mod read;
mod rooted;
mod write;

pub use clock::{Pace, seconds_since_1970};
pub use command::{CommandFailure, Deadline, Performed, Said, perform, run, run_timed, run_within};
pub use disk_tree::DiskTree;
pub use find::{Found, exists, find, is_empty_folder, is_folder, is_same_file, whole_path};
pub use hash::{HEADER, HashRequest, HashStyle, Hashed, hash_files};
pub use lock::{Lock, lock};
pub use read::{open, read_beginning, read_file, read_whole};
pub use rooted::{Listed, ListedKind, Listing, NotRemoved, Opened, Rooted};
pub use write::{write_new, write_whole};

use std::io;
use std::path::{Path, PathBuf};

use diagnostics::{Foreign, Piece, Place, Problem, text};

/// What the operating system refused.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed")]
pub struct DiskFailure {
    /// The path in question.
    pub path: PathBuf,
    /// What was tried: `reading`, `writing`, `searching`.
    pub action: &'static str,
    /// The operating system's answer.
    pub source: io::Error,
}

impl DiskFailure {
    fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), action, source }
    }

    /// Whether what the path names cannot be what was meant: nothing is there, a directory, a device,
    /// more than was allowed. Otherwise the machine refused.
    pub fn is_wrong_path(&self) -> bool {
        use io::ErrorKind::{
            FileTooLarge, InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound,
        };
        let kinds =
            [FileTooLarge, InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound];
        kinds.contains(&self.source.kind())
    }

    /// The failure for people. `what` says in words before the path what it is of: "the plan".
    pub fn problem(&self, what: &'static str) -> Problem {
        let path = Foreign::path(&self.path);
        Problem::error(text![what, " ", path.clone(), ": ", self.action, " failed"])
            .at(Place::file(path))
            .label(Piece::said(&self.source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_the_path_and_what_the_system_said() {
        let failure = DiskFailure::new("reading", Path::new("a/b"), io::ErrorKind::NotFound.into());
        let problem = failure.problem("the plan");
        let path = Foreign::from("a/b");
        assert_eq!(
            problem.message,
            text!["the plan", " ", path.clone(), ": ", "reading", " failed"]
        );
        assert_eq!(problem.place, Some(Place::file(path)));
        let said = io::Error::from(io::ErrorKind::NotFound).to_string();
        assert_eq!(problem.label, Some(text![Piece::Said(Foreign::from(said.as_str()))]));
    }
}
