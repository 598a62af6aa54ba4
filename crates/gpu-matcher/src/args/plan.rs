//! The inputs of `match`, `explain` and `lint`: jobs, the fleet, and what happens where they do not meet.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::values::{self, CpuRunner};

/// What jobs need.
#[derive(Args, Clone, Debug)]
pub(crate) struct JobsArgs {
    /// What each job needs: a file in TOML or JSON, or the text itself. Without it, `.github/gpu-jobs.toml`, and
    /// the table `gpu` of `.github/signalbox.toml`, as far as they are there.
    #[arg(long, env = "SIGNALBOX_GPU_JOBS", value_name = "FILE")]
    pub(crate) gpu_jobs: Option<String>,
}

/// What jobs need, and what there is.
#[derive(Args, Clone, Debug)]
pub(crate) struct SourceArgs {
    #[command(flatten)]
    pub(crate) jobs: JobsArgs,

    /// What runners have: a file in TOML or JSON, or the text itself. Without it, `.github/gpu-fleet.toml`, and the
    /// table `gpu` of `.github/signalbox.toml`, as far as they are there.
    #[arg(long, env = "SIGNALBOX_FLEET", value_name = "FILE")]
    pub(crate) fleet: Option<String>,

    /// Who says which runners there are: `api` is GitHub, which needs a `token` that may list them; `static` is
    /// `fleet` alone; `auto` is GitHub where there is a token.
    #[arg(long, env = "SIGNALBOX_FLEET_SOURCE", value_enum, default_value_t)]
    pub(crate) fleet_source: FleetSource,

    /// Whose runners GitHub is asked for, separated by commas. The groups that this repository may use are asked
    /// for with `org`.
    #[arg(
        long,
        env = "SIGNALBOX_SCOPE_OF_RUNNERS",
        value_name = "SCOPES",
        value_enum,
        value_delimiter = ',',
        default_value = "repo"
    )]
    pub(crate) scope_of_runners: Vec<ScopeName>,

    /// The enterprise, for `scope-of-runners: enterprise`.
    #[arg(long, env = "SIGNALBOX_ENTERPRISE", value_name = "NAME")]
    pub(crate) enterprise: Option<String>,

    /// The address of the API, where it is not the one that the runner names.
    #[arg(long, env = "SIGNALBOX_API_URL", value_name = "URL")]
    pub(crate) api_url: Option<String>,

    /// The repository that jobs run for, `owner/name`, on a machine of one's own; a job knows its repository.
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,

    /// What happens if GitHub does not say which runners there are.
    #[arg(long, env = "SIGNALBOX_ON_UNKNOWN", value_enum, default_value_t)]
    pub(crate) on_unknown: OnUnknown,
}

/// What is decided.
#[derive(Args, Clone, Debug)]
pub(crate) struct PolicyArgs {
    /// The jobs that are placed, separated by commas; without it, all.
    #[arg(long, env = "SIGNALBOX_ONLY", value_name = "JOBS", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// What happens to a job that nothing fits, if the job itself does not say; `fail` if nobody does.
    #[arg(long, env = "SIGNALBOX_ON_NO_MATCH", value_enum)]
    pub(crate) on_no_match: Option<NoMatch>,

    /// What happens to a job if everything that fits runs another one; `wait` if nobody says.
    #[arg(long, env = "SIGNALBOX_ON_BUSY", value_enum)]
    pub(crate) on_busy: Option<Busy>,

    /// What happens to a job if everything that fits is offline; `fallback` if nobody says.
    #[arg(long, env = "SIGNALBOX_ON_OFFLINE", value_enum)]
    pub(crate) on_offline: Option<Offline>,

    /// What happens to GPU jobs of a run that strangers may have written code for, such as that of a pull request
    /// from a fork.
    #[arg(long, env = "SIGNALBOX_FORKS", value_enum, default_value_t)]
    pub(crate) forks: Forks,

    /// What a job without a GPU runs on: a label, or a JSON array of labels.
    #[arg(long, env = "SIGNALBOX_CPU_RUNNER", value_name = "LABELS", default_value = "ubuntu-latest", value_parser = values::cpu_runner)]
    pub(crate) cpu_runner: CpuRunner,

    /// The change plan of `actions/changes` (its output `plan-path`), for jobs that need a GPU only after some
    /// changes; without it they always do.
    #[arg(long, env = "SIGNALBOX_CHANGE_PLAN", value_name = "FILE", value_parser = named_file())]
    pub(crate) change_plan: Option<PathBuf>,
}

/// The arguments of `match`.
#[derive(Args, Clone, Debug)]
pub(crate) struct MatchArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    /// Where to write where each job goes, and why.
    #[arg(
        long,
        env = "SIGNALBOX_GPU_PLAN_FILE",
        value_name = "FILE",
        default_value = "gpu-plan.json",
        value_parser = named_file()
    )]
    pub(crate) gpu_plan_file: PathBuf,
}

/// The arguments of `explain`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// The arguments of `lint`.
#[derive(Args, Clone, Debug)]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

/// Who says which runners there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FleetSource {
    /// GitHub where there is a token, else the file.
    #[default]
    Auto,
    /// GitHub, and the file for what GitHub does not know.
    Api,
    /// The file alone.
    Static,
}

/// Whose runners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum ScopeName {
    /// This repository's own.
    Repo,
    /// Its organization's, and which groups the repository may use.
    Org,
    /// The enterprise's.
    Enterprise,
    /// GitHub's own larger runners of the organization.
    Hosted,
}

/// What happens if GitHub does not say which runners there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnUnknown {
    /// The run fails.
    #[default]
    Fail,
    /// The file alone counts, with a warning.
    Static,
}

/// What happens to a job that nothing fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NoMatch {
    /// The run fails.
    Fail,
    /// It runs without a GPU, and is told as degraded.
    Cpu,
    /// It does not run.
    Skip,
    /// It waits until somebody asks again.
    Wait,
}

/// What happens to a job if everything that fits is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Busy {
    /// It waits in GitHub's queue.
    Wait,
    /// It makes do with the next best.
    Fallback,
}

/// What happens to a job if everything that fits is offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Offline {
    /// It makes do with the next best.
    Fallback,
    /// The run fails.
    Fail,
    /// It waits in GitHub's queue, which gives up after a day.
    Wait,
}

/// What happens to GPU jobs of strangers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Forks {
    /// They run without a GPU, and are told as degraded.
    #[default]
    Cpu,
    /// They do not run.
    Skip,
    /// The run fails.
    Fail,
    /// They run on your GPU machines, with whatever stands in them.
    Allow,
}

/// A file of one's own: `-` would be standard input here and a file of that name there.
fn named_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str() == "-" { Err("expected the name of a file") } else { Ok(path) }
    })
}
