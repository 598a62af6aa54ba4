//! What gpu-matcher can be told and what it tells: the only declaration of inputs and outputs.
//!
//! `cargo xtask generate` turns this file into `actions/gpu/action.yml` and its README tables.

use clap::{CommandFactory as _, Parser, Subcommand};
use runner_protocol::{Action, ExitCode, Further, Interface, Permission};

mod check;
mod outputs;
mod plan;
mod probe;
mod values;

pub(crate) use check::{CheckArgs, Package, SystemName};
pub(crate) use outputs::OUTPUTS;
pub(crate) use plan::{
    Busy, ExplainArgs, FleetSource, Forks, JobsArgs, LintArgs, MatchArgs, NoMatch, Offline,
    OnUnknown, PolicyArgs, ScopeName, SourceArgs,
};
pub(crate) use probe::{Print, ProbeArgs};
pub(crate) use values::CpuRunner;

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
    /// Say which runner each job asks for, so that as many as possible run and none where it does not fit.
    Match(Box<MatchArgs>),
    /// Say what the fleet has for each job, and why the rest does not fit.
    Explain(Box<ExplainArgs>),
    /// Say what of jobs and fleet can never work.
    Lint(Box<LintArgs>),
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
            permissions: &[Permission {
                scope: "contents",
                access: "read",
                why: "Check the repository out, in which jobs and runners are described.",
            }],
        },
        command: Arguments::command,
        choose: |given| {
            if given("expect") {
                "probe"
            } else if ["cuda", "image-require"].into_iter().any(given) {
                "check"
            } else {
                "match"
            }
        },
        choice: "`probe` with `expect`, `check` with `cuda` or `image-require`, `match` otherwise",
        token: Some(
            "A token that may list runners, for `fleet-source: api`: `github.token` may not. For a repository's own it has the permission Administration (read), for an organization's Self-hosted runners (read).",
        ),
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
            ExitCode { code: 4, doc: "A job waits, and nothing is there that it could queue for." },
        ],
    }
}

/// The version of the suite: the release build sets it, a build from source says so.
fn version() -> &'static str {
    option_env!("SIGNALBOX_VERSION").unwrap_or("0.0.0 (built from source)")
}
