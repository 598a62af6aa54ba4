//! The input of `import`.

use std::path::PathBuf;

use clap::Args;

/// What to look through.
#[derive(Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// The workflow file, or a file with its steps alone; `-` is standard input.
    #[arg(long, env = "SIGNALBOX_WORKFLOW", value_name = "FILE")]
    pub(crate) workflow: PathBuf,
}
