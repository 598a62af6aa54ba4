//! What `hash` can be told.

use clap::{ArgAction, Args, ValueEnum};

/// Which files, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct HashArgs {
    /// Patterns besides those of `--hash-files`, in the same form.
    #[arg(value_name = "PATTERN")]
    pub(crate) patterns: Vec<String>,

    /// The files to hash, below the working directory: patterns as `hashFiles()` takes them, one a line.
    /// `!` takes away what came before, `#` begins a comment.
    #[arg(long, env = "SIGNALBOX_HASH_FILES", value_name = "PATTERNS", default_value = "")]
    pub(crate) hash_files: String,

    /// How the hash is made.
    #[arg(
        long,
        env = "SIGNALBOX_HASH_STYLE",
        value_name = "STYLE",
        default_value = "hash-files",
        value_enum
    )]
    pub(crate) hash_style: StyleName,

    /// Whether links are followed, as with `hashFiles('--follow-symbolic-links', ...)`.
    #[arg(long, env = "SIGNALBOX_FOLLOW_SYMBOLIC_LINKS", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) follow_symbolic_links: bool,

    /// Accept that patterns match no file, instead of failing: they then say nothing, and the hash is empty.
    #[arg(long, env = "SIGNALBOX_ALLOW_EMPTY", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) allow_empty: bool,
}

/// A way to make one hash of many files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StyleName {
    /// The same hash as `hashFiles()`, so that keys stay what they were. It is another one where lines
    /// end otherwise, and the same where a file is renamed and its place in the order stays.
    HashFiles,
    /// Names and contents count, with line ends as in git; links count as what they name, `.git` does not.
    Names,
}
