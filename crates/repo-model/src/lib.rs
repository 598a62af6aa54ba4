//! Paths, patterns and commits of a repository, as values without a repository at hand.

mod commit_id;
mod path_pattern;
mod repo_path;

pub use commit_id::{CommitId, NotACommitId, hexadecimal};
pub use path_pattern::{NotAPattern, PathPattern};
pub use repo_path::{NotARepoPath, RepoPath};
