//! The inputs of `explain`.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::ComputeArgs;

/// Two keys to compare.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) compute: ComputeArgs,

    /// What the key of now was made of: a file that `material-path` named. Without it, the key is computed.
    #[arg(long, env = "SIGNALBOX_CURRENT", value_name = "FILE")]
    pub(crate) current: Option<PathBuf>,

    /// The key of the cache that was restored, so that a file that another one left is not taken for its.
    #[arg(long, env = "SIGNALBOX_MATCHED_KEY", value_name = "KEY")]
    pub(crate) matched_key: Option<String>,

    /// Put what the key of now was made of in the place of the earlier one, to travel with the cache that
    /// will be saved. Without `matched-key`, nothing was restored; what cannot be read is a warning.
    #[arg(long, env = "SIGNALBOX_REPLACE", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) replace: bool,
}
