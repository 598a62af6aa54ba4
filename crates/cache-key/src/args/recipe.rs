//! The inputs that say what a person adds: files, values, folders, and what images are built with.

use std::path::PathBuf;

use clap::{ArgAction, Args};

/// What a person adds to what is known of the ecosystems.
#[derive(Args, Clone, Debug)]
pub(crate) struct RecipeArgs {
    /// What the cache depends on besides, one a line: `files: GLOB` (as in paths-filter, from the root of the
    /// repository; `!` takes out), `value: NAME=VALUE`, `env: NAME`, and `command: WORDS`, whose output
    /// counts, which no shell reads and which may take five minutes; a JSON list says its words exactly.
    #[arg(long, env = "SIGNALBOX_RECIPE", value_name = "LINES", default_value = "")]
    pub(crate) recipe: String,

    /// Further folders to keep, one a line, each perhaps with a layer and with how far it may be used under
    /// another key: `~/.cache/ccache -> deps same-system`. Without that it is of the most general layer
    /// that is kept, and `exact`: then nothing but the very key is restored.
    #[arg(long, env = "SIGNALBOX_PATHS", value_name = "LINES", default_value = "")]
    pub(crate) paths: String,

    /// Accept that patterns match no file, instead of failing: they then say nothing, and the hash is empty.
    #[arg(long, env = "SIGNALBOX_ALLOW_EMPTY", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) allow_empty: bool,

    /// The arguments that images are built with, one a line, `NAME=VALUE`, for `ecosystems: docker`. They
    /// are hashed and never shown.
    #[arg(long, env = "SIGNALBOX_BUILD_ARGS", value_name = "LINES", default_value = "")]
    pub(crate) build_args: String,

    /// Where `BuildKit` keeps the cache of images, for the outputs `docker-cache-from` and
    /// `docker-cache-to`: `{scope}` stands for the name of the cache. A registry's is
    /// `type=registry,ref=ghcr.io/me/app:{scope}`.
    #[arg(
        long,
        env = "SIGNALBOX_DOCKER_CACHE",
        value_name = "CACHE",
        default_value = "type=gha,scope={scope}"
    )]
    pub(crate) docker_cache: String,

    /// The configuration, whose table `[cache-key]` is read; without it, `.github/signalbox.toml` if it is
    /// there. What it names comes to what the inputs name; other inputs stand in its place.
    #[arg(long, env = "SIGNALBOX_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}
