//! How git is run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What a repository is opened for: git begins with it while it is asked where the repository is. Anything
/// else may be asked all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum First {
    /// Commits, and what stands in their files.
    #[default]
    Objects,
    /// The files on the disk, once: [`crate::Repository::work_tree`].
    WorkTree,
    /// The paths that git knows, once: [`crate::Repository::known_paths`].
    Index,
}

/// How git is run, and how much of it is waited for and kept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program: `git`, found on the path, or where another one is.
    pub program: OsString,
    /// Variables for git, over those of this process.
    pub variables: Vec<(OsString, OsString)>,
    /// What is asked first.
    pub first: First,
    /// Whether anything may be fetched. Without it no git started here opens a connection.
    pub fetch: bool,
    /// How long one git may take.
    pub timeout: Duration,
    /// How often a fetch is tried.
    pub tries: u32,
    /// How long to wait before the second try; twice as long before the third, and so on.
    pub pause: Duration,
    /// Where what is fetched is kept until the end; the system's folder for temporary files where there
    /// is nothing.
    pub temporary: Option<PathBuf>,
    /// The most bytes that one git may print.
    pub most_output: u64,
    /// The most bytes of one file that is read from a commit or the work tree.
    pub most_contents: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            program: "git".into(),
            variables: Vec::new(),
            first: First::default(),
            fetch: false,
            timeout: Duration::from_mins(1),
            tries: 3,
            pause: Duration::from_secs(1),
            temporary: None,
            most_output: 1 << 30,
            most_contents: 64 << 20,
        }
    }
}
