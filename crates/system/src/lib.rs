//! The disk: whole reads, writes that are whole or not at all, searches in a fixed order; and other
//! programs.
//!
//! Nothing here decides; a failure says which path and what the operating system said.

mod clock;
mod command;
mod disk_tree;
mod find;
mod read;
mod write;

pub use clock::seconds_since_1970;
pub use command::{CommandFailure, Said, run, run_timed};
pub use disk_tree::DiskTree;
pub use find::{Found, exists, find, is_empty_folder, is_same_file, whole_path};
pub use read::{open, read_beginning, read_file, read_whole};
pub use write::{write_new, write_whole};

use std::io;
use std::path::{Path, PathBuf};

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
}
