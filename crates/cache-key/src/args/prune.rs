//! The inputs of `prune`.

use clap::{ArgAction, Args, ValueEnum};

use super::ComputeArgs;

/// What may be dropped before a cache is saved.
#[derive(Args, Clone, Debug)]
pub(crate) struct PruneArgs {
    #[command(flatten)]
    pub(crate) compute: ComputeArgs,

    /// Drop it. Without this, it is only said what would be.
    #[arg(long, env = "SIGNALBOX_APPLY", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true")]
    pub(crate) apply: bool,

    /// Whether downloads outside of the repository may be dropped. `auto` does so only on a machine that is
    /// thrown away (GitHub's own runners), because elsewhere others may use them.
    #[arg(
        long,
        env = "SIGNALBOX_PRUNE_HOME",
        value_name = "WHEN",
        default_value = "auto",
        value_enum
    )]
    pub(crate) prune_home: PruneHome,

    /// Keep every downloaded package, whether a lock file names it or not.
    #[arg(long, env = "SIGNALBOX_CACHE_ALL_CRATES", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) cache_all_crates: bool,

    /// The job builds with one compiler alone, the `rustc` of the repository's root: drop what another made.
    #[arg(long, env = "SIGNALBOX_ONE_COMPILER", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) one_compiler: bool,
}

/// Whether downloads outside of the repository may be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PruneHome {
    /// On a machine that is thrown away.
    Auto,
    /// On every machine.
    Always,
    /// On none.
    Never,
}
