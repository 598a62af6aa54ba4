//! The inputs of `probe`: what to print of this machine.

use clap::{Args, ValueEnum};

use super::JobsArgs;

/// The arguments of `probe`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ProbeArgs {
    /// What standard output holds, in place of the report: something for a file or another program.
    #[arg(long, value_enum)]
    pub(crate) print: Option<Print>,

    /// The job that this machine was matched for, by its name in `gpu-jobs`. Where the machine is not what the job
    /// needs, the step fails, and where it is, the job sees the GPUs that fit.
    #[arg(long, env = "SIGNALBOX_EXPECT", value_name = "JOB")]
    pub(crate) expect: Option<String>,

    #[command(flatten)]
    pub(crate) jobs: JobsArgs,
}

/// What is printed of a machine, for another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Print {
    /// The labels to register its runner with, separated by commas.
    Labels,
    /// Its facts, as a fleet file takes them.
    Toml,
    /// The same as JSON.
    Json,
    /// The variables that show a job all GPUs that can be used, a line each.
    Env,
}
