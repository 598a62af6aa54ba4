//! What cache-key can be told and what it tells: the only declaration of inputs and outputs.
//!
//! `cargo xtask generate` turns this file into `actions/cache-key/action.yml` and its README tables.

use clap::{CommandFactory as _, Parser, Subcommand};
use runner_protocol::{Action, ExitCode, Interface};

mod compute;
mod explain;
mod hash;
mod import;
mod outputs;
mod prune;
mod recipe;
mod steps;
mod values;

pub(crate) use compute::ComputeArgs;
pub(crate) use explain::ExplainArgs;
pub(crate) use hash::{HashArgs, StyleName};
pub(crate) use import::ImportArgs;
pub(crate) use outputs::OUTPUTS;
pub(crate) use prune::{PruneArgs, PruneHome};
pub(crate) use values::{Backend, Chosen, LayerName, ecosystems};

/// Says which key makes a cache correct and hit most, and why it missed.
#[derive(Clone, Debug, Parser)]
#[command(name = "cache-key", version = version(), subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What cache-key can do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Say which key names the cache of this job, what may be restored instead, and what is kept.
    Compute(ComputeArgs),
    /// Say what differs from what an earlier key was made of, and what of that cache is still of use.
    Explain(ExplainArgs),
    /// Print the steps that do the same as those of a workflow that cache with other actions.
    Import(ImportArgs),
    /// Say what of the kept folders the next build cannot use, and remove it if asked.
    Prune(PruneArgs),
    /// Say the hash of the files that patterns match, the same as `hashFiles()` says or one in which names
    /// count.
    Hash(HashArgs),
}

/// What runner-protocol and the generator need to know about this tool.
pub fn interface() -> Interface {
    Interface {
        tool: "cache-key",
        action: Action {
            name: "cache-key",
            title: "signalbox cache-key",
            description: "Says which key makes a cache correct and hit most, and why it missed.",
            icon: "archive",
            color: "blue",
            permissions: &[],
        },
        command: Arguments::command,
        choose: |given| if given("workflow") { "import" } else { "compute" },
        choice: "`import` with `workflow`, `compute` otherwise",
        token: None,
        outputs: OUTPUTS,
        further: steps::FURTHER,
        exit_codes: &[
            ExitCode { code: 0, doc: "It was done." },
            ExitCode {
                code: 2,
                doc: "A wrong input, nothing to keep, or a file that the key depends on and that cannot be read or understood.",
            },
            ExitCode { code: 3, doc: "The disk, the runner or git failed." },
        ],
    }
}

/// The version of the suite: the release build sets it, a build from source says so.
fn version() -> &'static str {
    option_env!("SIGNALBOX_VERSION").unwrap_or("0.0.0 (built from source)")
}
