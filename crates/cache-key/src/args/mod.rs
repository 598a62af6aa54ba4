//! What cache-key can be told and what it tells: the only declaration of inputs and outputs.
//!
//! `cargo xtask generate` turns this file into `actions/cache-key/action.yml` and its README tables.
//! Inputs that rust-cache has under the same name mean the same here.

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand};
use runner_protocol::{Action, ExitCode, Interface};

mod outputs;
mod values;

pub(crate) use outputs::OUTPUTS;
pub(crate) use values::{Chosen, LayerName};

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
}

/// What is kept, and what it is told apart by.
#[derive(Args, Clone, Debug)]
pub(crate) struct ComputeArgs {
    /// What to keep the downloads and products of, separated by commas; `auto` is whatever the repository
    /// has. What is named and not there is an error.
    #[arg(long, env = "SIGNALBOX_ECOSYSTEMS", value_name = "NAMES", default_value = "auto", value_parser = values::ecosystems)]
    pub(crate) ecosystems: Chosen,

    /// What is kept of them, separated by commas: `registry` is downloads, `deps` what was built or
    /// installed from elsewhere, `workspace` what was built from the repository's own sources.
    #[arg(
        long,
        env = "SIGNALBOX_LAYERS",
        value_name = "LAYERS",
        default_value = "registry,deps",
        value_delimiter = ',',
        value_enum
    )]
    pub(crate) layers: Vec<LayerName>,

    /// The folders that count, one a line, each perhaps with where its products are: `crates/a -> target`.
    /// Without any, all that are found.
    #[arg(long, env = "SIGNALBOX_WORKSPACES", value_name = "FOLDER", value_delimiter = '\n')]
    pub(crate) workspaces: Vec<String>,

    /// What every key begins with. Another one is another cache, whatever else is the same.
    #[arg(long, env = "SIGNALBOX_PREFIX_KEY", value_name = "WORD", default_value = "signalbox")]
    pub(crate) prefix_key: String,

    /// The name under which jobs share one cache. Without it, each job has its own, because what one job
    /// builds is not what another needs.
    #[arg(long, env = "SIGNALBOX_SHARED_KEY", value_name = "WORD")]
    pub(crate) shared_key: Option<String>,

    /// What tells this cache from others of the same job: `matrix.features`.
    #[arg(long, env = "SIGNALBOX_KEY", value_name = "WORD")]
    pub(crate) key: Option<String>,

    /// Environment variables that change what is built, besides those that are known to: names, one a
    /// line or separated by spaces, `*` at the end for all that begin so.
    #[arg(long, env = "SIGNALBOX_ENV_VARS", value_name = "NAMES", default_value = "")]
    pub(crate) env_vars: String,

    /// Fail where nothing is locked, instead of making the key of what the manifests ask for.
    #[arg(long, env = "SIGNALBOX_REQUIRE_LOCK", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) require_lock: bool,

    /// Where to write what the key was made of, to travel with the cache.
    #[arg(long, env = "SIGNALBOX_MATERIAL_FILE", value_name = "FILE")]
    pub(crate) material_file: Option<PathBuf>,
}

/// What runner-protocol and the generator need to know about this tool.
pub fn interface() -> Interface {
    Interface {
        tool: "cache-key",
        action: Action {
            name: "cache-key",
            title: "signalbox cache-key",
            description: "Says which key makes a cache correct and hit most, and why it missed.",
            icon: "key",
            color: "blue",
            permissions: &[],
        },
        command: Arguments::command,
        choose: |_given| "compute",
        choice: "`compute`",
        token: None,
        outputs: OUTPUTS,
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
