//! What a canary and alerts can be told.

use std::path::PathBuf;

use clap::Args;

use super::ConfigFileArgs;

/// How a canary is judged.
#[derive(Args, Clone, Debug)]
pub(crate) struct CanaryArgs {
    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,

    #[command(flatten)]
    pub(crate) server: PrometheusArgs,

    /// A new folder, in which every answer of Prometheus is kept as it came.
    #[arg(long, env = "SIGNALBOX_RECORD", value_name = "FOLDER")]
    pub(crate) record: Option<PathBuf>,

    /// How much traffic the canary has, in per cent: one of the policy's `steps`. Without it, what the
    /// canary's state says, else the first step.
    #[arg(long, env = "SIGNALBOX_WEIGHT", value_name = "PERCENT")]
    pub(crate) weight: Option<u8>,

    /// Where it is kept what one step leaves for the next: its weight, how often it held, and how many samples in a
    /// row were bad. It is that of one `release` in one `environment`, which both have to be named. Without it, each
    /// step begins anew.
    #[arg(long, env = "SIGNALBOX_CANARY_STATE", value_name = "FILE")]
    pub(crate) canary_state: Option<PathBuf>,

    /// The environment that the release goes to: for a deployment one of `[deploy.environments]` if there are any.
    #[arg(long, env = "SIGNALBOX_ENVIRONMENT", value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// The version that goes there: a tag, a commit or a digest.
    #[arg(long, env = "SIGNALBOX_RELEASE", value_name = "VERSION")]
    pub(crate) release: Option<String>,

    /// What is known of the policy's `triggers`, one a line: `smoke-test=false`, or a file that will hold `true` or
    /// `false`. `true` ends the canary at once; without a word the canary holds.
    #[arg(long, env = "SIGNALBOX_TRIGGERED", value_name = "LINES")]
    pub(crate) triggered: Option<String>,
}

/// Whom to ask for samples.
#[derive(Args, Clone, Debug)]
pub(crate) struct PrometheusArgs {
    /// The address of Prometheus, without `/api/v1`. A token stands in `SIGNALBOX_PROMETHEUS_TOKEN`, a name and a
    /// password in `SIGNALBOX_PROMETHEUS_USERNAME` and `SIGNALBOX_PROMETHEUS_PASSWORD`; with them it is asked over https
    /// only.
    #[arg(long, env = "SIGNALBOX_PROMETHEUS", value_name = "URL")]
    pub(crate) prometheus: Option<String>,
}

/// The arguments of `alerts`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AlertsArgs {
    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,

    #[command(flatten)]
    pub(crate) server: PrometheusArgs,
}

/// The arguments of `canary-step`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CanaryStepArgs {
    #[command(flatten)]
    pub(crate) canary: CanaryArgs,
}

/// The arguments of `canary-walk`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CanaryWalkArgs {
    #[command(flatten)]
    pub(crate) canary: CanaryArgs,

    /// The command that gives the canary `$WEIGHT` per cent of the traffic, as a line for `sh`; with 0 it takes all
    /// from it.
    #[arg(long, env = "SIGNALBOX_SHIFT", value_name = "COMMAND", required = true)]
    pub(crate) shift: String,
}

/// The arguments of `canary-judge`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CanaryJudgeArgs {
    #[command(flatten)]
    pub(crate) canary: CanaryArgs,

    /// When the window ended: seconds since 1970, or a time such as `2026-11-21T12:00:00Z`. Without it, now
    /// by the clock of Prometheus.
    #[arg(long, env = "SIGNALBOX_WINDOW_END", value_name = "TIME")]
    pub(crate) window_end: Option<String>,

    /// A file with the samples, in place of a server.
    #[arg(long, env = "SIGNALBOX_SAMPLES", value_name = "FILE", conflicts_with_all = ["prometheus", "replay"])]
    pub(crate) samples: Option<PathBuf>,

    /// A folder that `record` filled, in place of a server.
    #[arg(long, env = "SIGNALBOX_REPLAY", value_name = "FOLDER", conflicts_with = "prometheus")]
    pub(crate) replay: Option<PathBuf>,
}
