//! What gpu-matcher can be told and what it tells: the only declaration of inputs and outputs.
//!
//! `cargo xtask generate` turns this file into `actions/gpu/action.yml` and its README tables.

use clap::{CommandFactory as _, Parser, Subcommand};
use runner_protocol::{Action, ExitCode, Further, Interface};

mod check;
mod outputs;
mod probe;
mod values;

pub(crate) use check::{CheckArgs, Package, SystemName};
pub(crate) use outputs::OUTPUTS;
pub(crate) use probe::{Print, ProbeArgs};

/// Says which runner fits a job's GPU needs, and whether it is truly what it says.
#[derive(Clone, Debug, Parser)]
#[command(name = "gpu-matcher", version = version(), subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What gpu-matcher can do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Say whether a CUDA program runs on a GPU and its driver, and what it would die of if not.
    Check(CheckArgs),
    /// Say which GPUs this machine has, whether they can be used, and which labels are true of it.
    Probe(ProbeArgs),
}

/// What runner-protocol and the generator need to know about this tool.
pub fn interface() -> Interface {
    Interface {
        tool: "gpu-matcher",
        action: Action {
            name: "gpu",
            title: "signalbox gpu",
            description: "Says which runner fits a job's GPU needs, and whether it is truly what it says.",
            icon: "cpu",
            color: "blue",
            permissions: &[],
        },
        command: Arguments::command,
        choose: |_| "check",
        choice: "`check`",
        token: None,
        outputs: OUTPUTS,
        further: Further::NOTHING,
        exit_codes: &[
            ExitCode { code: 0, doc: "Every GPU job has a place to go, or it runs there." },
            ExitCode { code: 1, doc: "A job has no place to go, or it would die there." },
            ExitCode {
                code: 2,
                doc: "A wrong input, or too little is known to say whether it fits.",
            },
            ExitCode { code: 3, doc: "The disk, the network, GitHub or the GPU's driver failed." },
        ],
    }
}

/// The version of the suite: the release build sets it, a build from source says so.
fn version() -> &'static str {
    option_env!("SIGNALBOX_VERSION").unwrap_or("0.0.0 (built from source)")
}
