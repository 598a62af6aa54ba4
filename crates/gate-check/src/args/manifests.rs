//! What the gates `manifests` and `parity` look at, and the commands that run them alone.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigArgs, FileArgs};

/// Where manifests are.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ManifestArgs {
    /// The manifests of an environment, as Helm or Kustomize renders them: glob patterns, folders, or `-` for
    /// standard input, one a line. Without it, `files` of `[gate.manifests]`.
    #[arg(long, env = "SIGNALBOX_MANIFESTS", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) manifests: Vec<String>,

    /// The same of the base, for `only-new`. Without it, the same files of the change's base, where git has
    /// them.
    #[arg(long, env = "SIGNALBOX_MANIFESTS_BASE", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) manifests_base: Vec<String>,

    /// A chart to render with `helm template`, which has to be on the PATH.
    #[arg(long, env = "SIGNALBOX_HELM_CHART", value_name = "FOLDER")]
    pub(crate) helm_chart: Option<PathBuf>,

    /// Files of values for the chart, one a line; later ones win.
    #[arg(
        long,
        env = "SIGNALBOX_HELM_VALUES",
        value_name = "FILE",
        value_delimiter = '\n',
        requires = "helm_chart"
    )]
    pub(crate) helm_values: Vec<PathBuf>,
}

impl ManifestArgs {
    /// Whether they name anything to look at.
    pub(crate) fn is_any(&self) -> bool {
        !self.manifests.is_empty() || self.helm_chart.is_some()
    }
}

/// The arguments of `manifests`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ManifestsArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) manifests: ManifestArgs,

    #[command(flatten)]
    pub(crate) files: FileArgs,
}

/// Where Compose files are.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ComposeArgs {
    /// The Compose files of the project, one a line, as `docker compose -f` takes them: later ones add to
    /// earlier ones. Without it, `compose` of `[gate.parity]`, else the file that Compose would take.
    #[arg(long, env = "SIGNALBOX_COMPOSE", value_name = "FILE", value_delimiter = '\n')]
    pub(crate) compose: Vec<String>,
}

/// The arguments of `parity`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ParityArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) manifests: ManifestArgs,

    #[command(flatten)]
    pub(crate) compose: ComposeArgs,

    #[command(flatten)]
    pub(crate) files: FileArgs,
}
