//! What change-detector can be told and what it tells: the only declaration of inputs and outputs.
//!
//! `cargo xtask generate` turns this file into `actions/changes/action.yml` and its README tables.

use std::path::PathBuf;

use affected::filters::Statuses;
use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use runner_protocol::{Action, ExitCode, Further, Interface, Permission};

mod choices;
mod outputs;
mod values;

pub(crate) use choices::{
    FetchMode, ListKind, MatrixOf, OnUnknownBase, Overflow, PrMode, QuantifierKind, RenameMode,
    ServiceNames,
};
pub(crate) use outputs::OUTPUTS;
pub(crate) use values::{Graphs, SinceWord};

/// Says what changed, and which filters, services and packages are affected.
#[derive(Clone, Debug, Parser)]
#[command(name = "change-detector", version = version(), subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What change-detector can do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Say everything that the inputs ask for: filters, services, packages.
    Detect(Box<LookArgs>),
    /// The same for services: without `--services`, every folder below `services`.
    Services(Box<LookArgs>),
    /// The same for packages: without `--graph`, those of every ecosystem that is found.
    Crates(Box<LookArgs>),
    /// Write the files that the change deletes again, as they were, into a folder of their own.
    Recover(Box<RecoverArgs>),
    /// Print the step that does what a step of dorny/paths-filter does.
    ImportDorny(ImportArgs),
}

/// What is compared.
#[derive(Args, Clone, Debug)]
pub(crate) struct RangeArgs {
    /// What to compare with: a branch, from where the head left it, or a commit or tag as it is.
    /// Without it the event says.
    #[arg(long, env = "SIGNALBOX_BASE", value_name = "REF")]
    pub(crate) base: Option<String>,

    /// What to look at; without it the event says, else what is checked out.
    #[arg(long, env = "SIGNALBOX_HEAD", value_name = "REF")]
    pub(crate) head: Option<String>,

    /// Since when: `event` as the event says, `last-push` also in a pull request, `last-success` of
    /// this workflow on this branch (needs `token`), or a moment such as `2026-11-21` in UTC.
    #[arg(long, env = "SIGNALBOX_SINCE", value_name = "WHEN", default_value = "event", value_parser = values::since)]
    pub(crate) since: SinceWord,

    /// How a pull request is compared.
    #[arg(long, env = "SIGNALBOX_PR_MODE", value_enum, default_value_t)]
    pub(crate) pr_mode: PrMode,

    /// What happens where no base is known. It is never "nothing changed".
    #[arg(long, env = "SIGNALBOX_ON_UNKNOWN_BASE", value_enum, default_value_t)]
    pub(crate) on_unknown_base: OnUnknownBase,

    /// Which tags count as earlier releases, as a pattern such as `v*`; without it, all.
    #[arg(long, env = "SIGNALBOX_TAGS_PATTERN", value_name = "GLOB")]
    pub(crate) tags_pattern: Option<String>,

    /// Whether commits that are missing here may be fetched.
    #[arg(long, env = "SIGNALBOX_FETCH", value_enum, default_value_t)]
    pub(crate) fetch: FetchMode,

    /// Look at the files as they are on the disk, with what is not committed yet, instead of at the
    /// head.
    #[arg(long, env = "SIGNALBOX_WORKTREE", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) worktree: bool,

    /// The event to replay, for use on a machine of one's own; a job knows its event.
    #[arg(long, value_name = "NAME", requires = "event_path")]
    pub(crate) event_name: Option<String>,

    /// The file with the payload of the event to replay.
    #[arg(long, value_name = "FILE", requires = "event_name")]
    pub(crate) event_path: Option<PathBuf>,
}

/// Which changed files count.
#[derive(Args, Clone, Debug)]
pub(crate) struct ScopeArgs {
    /// How a renamed file is told.
    #[arg(long, env = "SIGNALBOX_RENAMES", value_enum, default_value_t)]
    pub(crate) renames: RenameMode,

    /// Which changes count, by git's letters: A added, D deleted, M modified, T became something else.
    /// Services and packages do not see the others either.
    #[arg(long, env = "SIGNALBOX_STATUS", value_name = "LETTERS", default_value = "ADMT", value_parser = values::statuses)]
    pub(crate) status: Statuses,

    /// Whether symbolic links count.
    #[arg(long, env = "SIGNALBOX_INCLUDE_SYMLINKS", action = ArgAction::Set, value_name = "BOOL", default_value_t = true)]
    pub(crate) include_symlinks: bool,

    /// Whether submodules count.
    #[arg(long, env = "SIGNALBOX_INCLUDE_SUBMODULES", action = ArgAction::Set, value_name = "BOOL", default_value_t = true)]
    pub(crate) include_submodules: bool,
}

/// Which services there are.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServiceArgs {
    /// Which folders are services, as patterns, one a line: `services/*`. They are looked for in the
    /// head's files, not on the disk.
    #[arg(long, env = "SIGNALBOX_SERVICES", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) services: Vec<String>,

    /// The files of which a service has one directly in its folder, as patterns with `|` between them;
    /// `*` for any.
    #[arg(
        long,
        env = "SIGNALBOX_SERVICE_MARKERS",
        value_name = "GLOBS",
        default_value = "go.mod|package.json|Cargo.toml|Dockerfile|pyproject.toml|*.tf|Chart.yaml|foundry.toml|main.go"
    )]
    pub(crate) service_markers: String,

    /// Which other paths affect a service, as YAML, or a file of it: a name, a folder or a pattern
    /// for either, and a list of patterns for paths. `'*': libs/common/**` is for all services.
    #[arg(long, env = "SIGNALBOX_SERVICE_DEPENDS", value_name = "YAML")]
    pub(crate) service_depends: Option<String>,

    /// Which names services may have.
    #[arg(long, env = "SIGNALBOX_SERVICE_NAMES", value_enum, default_value_t)]
    pub(crate) service_names: ServiceNames,
}

/// Which packages there are.
#[derive(Args, Clone, Debug)]
pub(crate) struct GraphArgs {
    /// Whose packages are read, with commas between them: `cargo`, `npm`, `go`, `foundry`; `auto` for
    /// all that are found, `none` for none.
    #[arg(long, env = "SIGNALBOX_GRAPH", value_name = "NAMES", value_parser = values::graphs)]
    pub(crate) graph: Option<Graphs>,

    /// Where the packages of cargo come from.
    #[arg(long, env = "SIGNALBOX_CARGO_GRAPH", value_enum, default_value_t)]
    pub(crate) cargo_graph: CargoGraph,

    /// What a package of Go is: a folder with Go files, or a whole module.
    #[arg(long, env = "SIGNALBOX_GO_UNIT", value_enum, default_value_t)]
    pub(crate) go_unit: GoUnit,

    /// A file of rules that mark packages, in the form of guppy's determinator (TOML).
    #[arg(long, env = "SIGNALBOX_RULES", value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,

    /// Look into Rust sources for files of other crates that they include.
    #[arg(long, env = "SIGNALBOX_SCAN_INCLUDES", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) scan_includes: bool,

    /// Paths whose change affects every service and package, as patterns, one a line.
    #[arg(long, env = "SIGNALBOX_GLOBAL_FILES", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) global_files: Vec<String>,

    /// Paths whose change affects no service and no package, as patterns, one a line. Filters see
    /// them all the same.
    #[arg(long, env = "SIGNALBOX_IGNORE", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) ignore: Vec<String>,
}

/// An ecosystem whose packages can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GraphName {
    /// Cargo workspaces.
    Cargo,
    /// Workspaces of npm, pnpm, yarn and bun.
    Npm,
    /// Go modules and packages.
    Go,
    /// Foundry and Hardhat projects.
    Foundry,
}

impl GraphName {
    /// Every ecosystem.
    pub(crate) const ALL: [Self; 4] = [Self::Cargo, Self::Npm, Self::Go, Self::Foundry];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Npm => "npm",
            Self::Go => "go",
            Self::Foundry => "foundry",
        }
    }
}

/// Where the packages of cargo come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CargoGraph {
    /// The manifests and lock file of both commits; no toolchain, no network.
    #[default]
    Manifests,
    /// What `cargo metadata` says here: the head must be checked out.
    Metadata,
}

/// What a package of Go is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GoUnit {
    /// A folder with Go files, as an import names it.
    #[default]
    Package,
    /// All that one go.mod is for.
    Module,
}

/// How it is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct TellArgs {
    /// What the matrix is made of.
    #[arg(long, env = "SIGNALBOX_MATRIX", value_enum, default_value_t)]
    pub(crate) matrix: MatrixOf,

    /// How many entries a matrix may have; GitHub allows 256.
    #[arg(long, env = "SIGNALBOX_MATRIX_LIMIT", value_name = "NUMBER", default_value = "256", value_parser = values::matrix_limit)]
    pub(crate) matrix_limit: usize,

    /// What happens to a matrix that is longer.
    #[arg(long, env = "SIGNALBOX_MATRIX_OVERFLOW", value_enum, default_value_t)]
    pub(crate) matrix_overflow: Overflow,

    /// How the files of each filter are listed.
    #[arg(long, env = "SIGNALBOX_LIST_FILES", value_enum, default_value_t)]
    pub(crate) list_files: ListKind,

    /// How many folders deep `directories` goes; 0 for all the way.
    #[arg(long, env = "SIGNALBOX_DIRECTORY_DEPTH", value_name = "NUMBER", default_value_t = 0)]
    pub(crate) directory_depth: usize,

    /// Where to write the change plan; in a job it is written for later steps in any case.
    #[arg(long, env = "SIGNALBOX_PLAN_FILE", value_name = "FILE")]
    pub(crate) plan_file: Option<PathBuf>,

    /// Show every step to the base, every matching file and every chain, not just the first.
    #[arg(long, env = "SIGNALBOX_EXPLAIN", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) explain: bool,
}

/// The arguments of `detect` and its kin.
#[derive(Args, Clone, Debug)]
pub(crate) struct LookArgs {
    /// The filters, as YAML or as the path of a file of it: names, and for each a pattern or a list
    /// of patterns. The form of dorny/paths-filter.
    #[arg(long, env = "SIGNALBOX_FILTERS", value_name = "YAML")]
    pub(crate) filters: Option<String>,

    /// How the patterns of a filter come together.
    #[arg(long, env = "SIGNALBOX_QUANTIFIER", value_enum, default_value_t)]
    pub(crate) quantifier: QuantifierKind,

    #[command(flatten)]
    pub(crate) range: RangeArgs,

    #[command(flatten)]
    pub(crate) scope: ScopeArgs,

    #[command(flatten)]
    pub(crate) service: ServiceArgs,

    #[command(flatten)]
    pub(crate) graph: GraphArgs,

    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

/// The arguments of `recover`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    pub(crate) range: RangeArgs,

    /// The folder to write to. It must be empty or not be there yet.
    #[arg(long, env = "SIGNALBOX_INTO", value_name = "DIR", required = true)]
    pub(crate) into: PathBuf,

    /// Which deleted files, as patterns, one a line; without any, all.
    #[arg(long, env = "SIGNALBOX_PATHS", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) paths: Vec<String>,
}

/// The arguments of `import-dorny`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// The workflow file; `-` is standard input.
    #[arg(long, env = "SIGNALBOX_WORKFLOW", value_name = "FILE", required = true)]
    pub(crate) workflow: PathBuf,
}

/// What runner-protocol and the generator need to know about this tool.
pub fn interface() -> Interface {
    Interface {
        tool: "change-detector",
        action: Action {
            name: "changes",
            title: "signalbox changes",
            description: "Says what changed, and which filters, services and packages are affected.",
            icon: "git-pull-request",
            color: "blue",
            permissions: &[
                Permission {
                    scope: "contents",
                    access: "read",
                    why: "Check the repository out, and fetch the commits that a shallow clone lacks.",
                },
                Permission {
                    scope: "actions",
                    access: "read",
                    why: "Ask GitHub for the last successful run; for `since: last-success` alone.",
                },
            ],
        },
        command: Arguments::command,
        choose: |given| {
            if given("into") {
                "recover"
            } else if given("workflow") {
                "import-dorny"
            } else {
                "detect"
            }
        },
        choice: "`recover` with `into`, `import-dorny` with `workflow`, `detect` otherwise",
        token: Some(
            "The token with which GitHub is asked for the last successful run, for `since: last-success` alone: `github.token`, in a job with `permissions: actions: read`.",
        ),
        outputs: OUTPUTS,
        further: Further::NOTHING,
        exit_codes: &[
            ExitCode { code: 0, doc: "It is known what changed, or everything counts as changed." },
            ExitCode {
                code: 2,
                doc: "A wrong input, filter or rule, or a manifest that cannot be read; nothing was written.",
            },
            ExitCode { code: 3, doc: "git, the network or the disk failed." },
        ],
    }
}

/// The version of the suite: the release build sets it, a build from source says so.
fn version() -> &'static str {
    option_env!("SIGNALBOX_VERSION").unwrap_or("0.0.0 (built from source)")
}
