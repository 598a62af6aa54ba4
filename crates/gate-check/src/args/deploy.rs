//! What a deployment can be told.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::ConfigFileArgs;

/// What is deployed, and where.
#[derive(Args, Clone, Debug)]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,

    /// The environment that the release goes to: for a deployment one of `[deploy.environments]` if there are any.
    #[arg(long, env = "SIGNALBOX_ENVIRONMENT", value_name = "NAME", required = true)]
    pub(crate) environment: String,

    /// The version that goes there: a tag, a commit or a digest.
    #[arg(long, env = "SIGNALBOX_RELEASE", value_name = "VERSION", required = true)]
    pub(crate) release: String,

    /// The components to deploy, with commas or line breaks between them, or as a JSON array; without it, all of
    /// the environment.
    #[arg(long, env = "SIGNALBOX_COMPONENTS", value_name = "NAMES")]
    pub(crate) components: Option<String>,
}

/// The arguments of `deploy-run`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DeployRunArgs {
    #[command(flatten)]
    pub(crate) deploy: DeployArgs,

    /// Whether the commands are only shown: nothing is run and nothing is written.
    #[arg(long, env = "SIGNALBOX_DRY_RUN", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) dry_run: bool,

    /// Where it is kept how far the deployment is, so that a run that was killed can be gone on with; without it,
    /// `deploy-<environment>.state.json`.
    #[arg(long, env = "SIGNALBOX_STATE_FILE", value_name = "FILE")]
    pub(crate) state_file: Option<PathBuf>,

    /// What became of steps that had begun when a run was killed, with commas or line breaks between them:
    /// `api=done`, `api=not-done`.
    #[arg(long, env = "SIGNALBOX_SETTLED", value_name = "STEPS")]
    pub(crate) settled: Option<String>,

    /// Whether a deployment that has ended is begun once more from its first wave.
    #[arg(long, env = "SIGNALBOX_AFRESH", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) afresh: bool,

    /// Whether what the state file says is deployed is taken back, in reverse.
    #[arg(long, env = "SIGNALBOX_TAKE_BACK", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) take_back: bool,
}
