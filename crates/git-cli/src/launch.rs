//! The command line and the environment of every git: nothing that a user, a repository or a runner has
//! set changes an answer, opens a terminal or runs a program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::Settings;

/// Settings for every git (git-config(1)). On the command line, because they are no secret and go
/// together with those that a user has put into the environment.
const ALWAYS: &[&str] = &[
    // A container runs as another user than the one who checked out; since git 2.38 a caller may say
    // that this is in order (git-config(1), `safe.directory`).
    "safe.directory=*",
    "core.quotepath=false",
    "diff.renames=false",
    // A repository must not run programs for us.
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// Variables that would change what git reads or prints (git(1), "Environment Variables"). `GIT_DIR` and
/// `GIT_WORK_TREE` stay: whoever sets them means another repository.
const REMOVED: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_CONFIG",
    "GIT_DEFAULT_HASH",
    "GIT_DEFAULT_REF_FORMAT",
    "GIT_DIFF_OPTS",
    "GIT_EXTERNAL_DIFF",
    "GIT_FLUSH",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_NO_LAZY_FETCH",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_PROTOCOL",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "LANGUAGE",
];

/// Variables for every git.
const SET: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    // What a commit says counts, not what somebody has laid over it (git-replace(1)).
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    // Credentials stay out of traces, which end up in what is said of a failure.
    ("GIT_TRACE_REDACT", "1"),
    // Advice is for people.
    ("GIT_ADVICE", "0"),
];

/// Whether a git may open a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// It may not, not even to fetch an object that is missing in a partial clone.
    Closed,
    /// It may.
    Open,
}

/// A git in `folder`, that has not been started.
pub(crate) fn command(settings: &Settings, folder: &Path, network: Network) -> Command {
    #[expect(clippy::disallowed_methods, reason = "this crate is the room in which git runs")]
    let mut command = Command::new(&settings.program);
    command.current_dir(folder);
    for name in REMOVED {
        command.env_remove(name);
    }
    command.envs(settings.variables.iter().map(|(name, value)| (name, value)));
    command.envs(SET.iter().copied());
    if network == Network::Closed {
        // The first is known since git 2.45; the second, a list of protocols without one that exists,
        // holds for all versions.
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none");
    }
    command.args(ALWAYS.iter().flat_map(|setting| [OsStr::new("-c"), OsStr::new(setting)]));
    command
}
