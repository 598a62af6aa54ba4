//! The inputs that say what a key is of. Those that rust-cache has under the same name mean the same here.
//!
//! Source: Swatinem/rust-cache v2.9.2, `action.yml` and README.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::recipe::RecipeArgs;
use super::values::{self, Backend, Chosen, LayerName};

/// What is kept, and what it is told apart by.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an input that is true or false")]
pub(crate) struct ComputeArgs {
    /// What to keep the downloads and products of, separated by commas; `auto` is whatever the repository
    /// has, and `none` leaves what `paths` and `cache-directories` name alone. What is named and not there
    /// is an error.
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

    /// Keep these folders as well, separated by white space; `~/` is the home folder. What is in them is
    /// taken as it is by a job with the same toolchain, whatever it locks.
    #[arg(long, env = "SIGNALBOX_CACHE_DIRECTORIES", value_name = "FOLDERS", default_value = "")]
    pub(crate) cache_directories: String,

    /// Keep what was built, and not downloads alone. `false` is the same as `layers: registry`.
    #[arg(long, env = "SIGNALBOX_CACHE_TARGETS", action = ArgAction::Set, value_name = "BOOL", default_value_t = true)]
    pub(crate) cache_targets: bool,

    /// Keep what was built of the repository's own packages too. `true` adds `workspace` to `layers`.
    #[arg(long, env = "SIGNALBOX_CACHE_WORKSPACE_CRATES", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) cache_workspace_crates: bool,

    /// Keep programs that were installed for a person to run, such as those of `cargo install`. They are not
    /// told apart by who needs them, so they are kept only when asked for.
    #[arg(long, env = "SIGNALBOX_CACHE_BIN", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) cache_bin: bool,

    /// What a person adds.
    #[command(flatten)]
    pub(crate) recipe: RecipeArgs,

    /// What every key begins with. Another one is another cache, whatever else is the same.
    #[arg(long, env = "SIGNALBOX_PREFIX_KEY", value_name = "WORD", default_value = "signalbox")]
    pub(crate) prefix_key: String,

    /// The name under which jobs share one cache. Without it, each job has its own, because what one job
    /// builds is not what another needs.
    #[arg(long, env = "SIGNALBOX_SHARED_KEY", value_name = "WORD")]
    pub(crate) shared_key: Option<String>,

    /// What tells this cache from others of the same job: `matrix.features`. It has no effect beside
    /// `shared-key`, nor where all jobs share one cache of downloads (`layers: registry`).
    #[arg(long, env = "SIGNALBOX_KEY", value_name = "WORD")]
    pub(crate) key: Option<String>,

    /// Whether the job's id is in the key. It has no effect beside `shared-key`, nor where all jobs share one
    /// cache of downloads (`layers: registry`).
    #[arg(long, env = "SIGNALBOX_ADD_JOB_ID_KEY", action = ArgAction::Set, value_name = "BOOL", default_value_t = true)]
    pub(crate) add_job_id_key: bool,

    /// Environment variables that change what is built, besides those that are known to: beginnings of
    /// their names, separated by white space. Their values are hashed and never shown.
    #[arg(long, env = "SIGNALBOX_ENV_VARS", value_name = "NAMES", default_value = "")]
    pub(crate) env_vars: String,

    /// Fail where nothing is locked, instead of making the key of what the manifests ask for.
    #[arg(long, env = "SIGNALBOX_REQUIRE_LOCK", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) require_lock: bool,

    /// Where caches are stored, which decides who must be kept from whose.
    #[arg(long, env = "SIGNALBOX_BACKEND", value_enum, default_value_t)]
    pub(crate) backend: Backend,

    /// Whose caches this run writes and reads: `auto` goes by the event and the ref, `trusted` and
    /// `untrusted` are said by you, and any other word is a scope of its own. A run that handles code of
    /// strangers never gets a key of those that are trusted.
    #[arg(long, env = "SIGNALBOX_SCOPE", value_name = "SCOPE", default_value = "auto")]
    pub(crate) scope: String,

    /// Whether the action restores the cache, and saves it when the job has succeeded. Only with the
    /// backend `actions`; without it there are outputs alone, for steps of your own.
    #[arg(long, env = "SIGNALBOX_RESTORE", action = ArgAction::Set, value_name = "BOOL", default_value_t = true)]
    pub(crate) restore: bool,

    /// Whether the cache may be saved: `github.ref == 'refs/heads/main'` as an expression.
    #[arg(long, env = "SIGNALBOX_SAVE_IF", action = ArgAction::Set, value_name = "BOOL", default_value_t = true)]
    pub(crate) save_if: bool,

    /// Only look whether there is a cache, without restoring or saving one.
    #[arg(long, env = "SIGNALBOX_LOOKUP_ONLY", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) lookup_only: bool,

    /// Save the cache of a job that fails as well. A composite action cannot, so `true` is told with the
    /// step to add.
    #[arg(long, env = "SIGNALBOX_CACHE_ON_FAILURE", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) cache_on_failure: bool,

    /// What an earlier key was made of: a file that `material-path` named then.
    #[arg(long, env = "SIGNALBOX_PREVIOUS", value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,

    /// Where to write what the key was made of; in a job it is written for later steps in any case.
    #[arg(long, env = "SIGNALBOX_MATERIAL_FILE", value_name = "FILE")]
    pub(crate) material_file: Option<PathBuf>,
}
