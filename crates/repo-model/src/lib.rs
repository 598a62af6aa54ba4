//! Paths, patterns, commits, trees and changes of a repository, as values without a repository at
//! hand.

mod change_set;
mod commit_id;
mod glob;
pub mod hash_files;
mod line_changes;
mod links;
mod object_id;
mod path_pattern;
mod repo_path;
pub mod text_lines;
mod tree;

pub use change_set::{Change, ChangeSet, Kind, Rename, Side, Status};
pub use commit_id::{CommitId, NotACommitId, from_hexadecimal, hexadecimal};
pub use glob::{Glob, GlobSet, NotAGlob, OnlyItself};
pub use line_changes::{ChangedLines, LineRange, NotADiff};
pub use links::{OddLink, Stop, WayEnd, follow};
pub use object_id::ObjectId;
pub use path_pattern::{NotAPattern, PathPattern};
pub use repo_path::{NotARepoPath, RepoPath};
pub use tree::{Entry, MemoryTree, NotRead, Tree, below, entry};
