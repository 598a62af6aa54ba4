//! What shard-splitter can be told and what it tells: the only declaration of inputs and outputs.
//!
//! `cargo xtask generate` turns this file into `actions/shard/action.yml` and its README tables.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use runner_protocol::{Action, ExitCode, Interface, Output};
use sharding::ShardCount;

/// Splits a test suite so that N runners finish together and every test runs exactly once.
#[derive(Clone, Debug, Parser)]
#[command(name = "shard-splitter", version = version(), subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What shard-splitter can do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Decide which shard runs which item; write the plan file and the matrix.
    Plan(PlanArgs),
    /// Write the list of one shard's items, as the plan says.
    Select(SelectArgs),
    /// Show a plan, or why one item is where it is.
    Explain(ExplainArgs),
}

/// Where the plan is, the same for whoever writes and whoever reads it.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlanPath {
    /// The plan file: `plan` writes it, `select` and `explain` read it.
    #[arg(
        id = "plan-file",
        long = "plan-file",
        env = "SIGNALBOX_PLAN_FILE",
        value_name = "FILE",
        default_value = "shard-plan.json",
        value_parser = named_file()
    )]
    pub(crate) file: PathBuf,
}

/// The arguments of `plan`.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlanArgs {
    /// The file that lists what must run, from the test tool's own discovery: one item a line, or
    /// NUL-separated, or a JSON array of strings; `-` is standard input.
    #[arg(long, env = "SIGNALBOX_ITEMS", value_name = "FILE")]
    pub(crate) items: PathBuf,

    /// How many shards share the work: 1 to 256, the most jobs that GitHub allows in one matrix.
    #[arg(long, env = "SIGNALBOX_SHARDS", value_name = "N", allow_negative_numbers = true)]
    pub(crate) shards: ShardCount,

    /// Reports of earlier runs with the time of each test, as glob patterns, one a line: JUnit
    /// XML, pytest-split or knapsack JSON; without any, items are split by count.
    #[arg(long, env = "SIGNALBOX_TIMINGS", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) timings: Vec<String>,

    #[command(flatten)]
    pub(crate) plan: PlanPath,

    /// What to do with shards that would get nothing when there are fewer items than shards.
    #[arg(long, env = "SIGNALBOX_EMPTY", value_enum, default_value_t)]
    pub(crate) empty: EmptyShards,

    /// Fail when there is no item at all, which is how a broken discovery looks.
    #[arg(long, env = "SIGNALBOX_REQUIRE_TESTS", action = ArgAction::Set, value_name = "BOOL", default_value_t = true)]
    pub(crate) require_tests: bool,

    /// Fail when a report of timings is missing or cannot be understood, instead of planning
    /// without it.
    #[arg(long, env = "SIGNALBOX_STRICT", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) strict: bool,
}

/// The arguments of `select`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SelectArgs {
    #[command(flatten)]
    pub(crate) plan: PlanPath,

    /// Which shard this is, counted from 0: `matrix.index`.
    #[arg(long, env = "SIGNALBOX_INDEX", value_name = "I", allow_negative_numbers = true, value_parser = whole_number)]
    pub(crate) index: u16,

    /// How many shards there are, to be compared with the plan: `matrix.total`.
    #[arg(long, env = "SIGNALBOX_TOTAL", value_name = "N", allow_negative_numbers = true, value_parser = whole_number)]
    pub(crate) total: Option<u16>,

    /// Where to write the list of this shard's items.
    #[arg(
        long,
        env = "SIGNALBOX_LIST_FILE",
        value_name = "FILE",
        default_value = "shard-items.txt",
        value_parser = named_file()
    )]
    pub(crate) list_file: PathBuf,

    /// How the list is written.
    #[arg(long, env = "SIGNALBOX_LIST_FORMAT", value_enum, default_value_t)]
    pub(crate) list_format: ListFormat,
}

/// The arguments of `explain`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) plan: PlanPath,

    /// The item to explain; without it, the whole plan is shown.
    #[arg(long, env = "SIGNALBOX_ITEM", value_name = "ITEM")]
    pub(crate) item: Option<OsString>,
}

/// What becomes of shards without items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmptyShards {
    /// Leave them out of the matrix.
    #[default]
    Drop,
    /// Start them all the same.
    Keep,
}

/// How a list of items is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// One item a line; an item with a line break is refused.
    #[default]
    Lines,
    /// Each item is followed by a NUL byte, for `xargs -0`.
    Nul,
    /// A JSON array of strings.
    Json,
}

const PLAN: &[&str] = &["plan"];
const SELECT: &[&str] = &["select"];
const BOTH: &[&str] = &["plan", "select"];

/// Every output of `actions/shard`.
pub(crate) const OUTPUTS: &[Output] = &[
    Output {
        name: "matrix",
        doc: "The matrix for `strategy.matrix`, through `fromJSON`: index, total, name and estimate of each shard, never a test's name.",
        commands: PLAN,
    },
    Output { name: "shards", doc: "How many shards the matrix has.", commands: PLAN },
    Output {
        name: "has-tests",
        doc: "`true` when there is something to run, `false` otherwise: the guard for `if:`.",
        commands: BOTH,
    },
    Output {
        name: "plan-file",
        doc: "The path of the plan file, to be handed to the shards.",
        commands: BOTH,
    },
    Output {
        name: "plan-digest",
        doc: "The SHA-256 of the plan file, the same in every shard.",
        commands: BOTH,
    },
    Output {
        name: "estimate-max",
        doc: "The estimated seconds of the slowest shard; empty when no item has a known time.",
        commands: PLAN,
    },
    Output {
        name: "lower-bound",
        doc: "The seconds that no plan with this many shards can beat; empty when no item has a known time.",
        commands: PLAN,
    },
    Output {
        name: "gap-percent",
        doc: "How far the slowest shard is above the lower bound, in percent.",
        commands: PLAN,
    },
    Output {
        name: "known-percent",
        doc: "The share of items whose time is known, in percent.",
        commands: PLAN,
    },
    Output {
        name: "items-file",
        doc: "The path of the list of this shard's items.",
        commands: SELECT,
    },
    Output { name: "item-count", doc: "How many items this shard runs.", commands: SELECT },
    Output {
        name: "estimate",
        doc: "The estimated seconds of this shard; empty when no item has a known time.",
        commands: SELECT,
    },
    Output {
        name: "json",
        doc: "Everything above, and the exit code and the problems found, as one JSON object.",
        commands: &["plan", "select", "explain"],
    },
];

/// What runner-protocol and the generator need to know about this tool.
pub fn interface() -> Interface {
    Interface {
        tool: "shard-splitter",
        action: Action {
            name: "shard",
            title: "signalbox shard",
            description: "Splits a test suite so that N runners finish together and every test runs exactly once.",
            icon: "shuffle",
            color: "blue",
            permissions: &[],
        },
        command: Arguments::command,
        choose: |given| {
            let of_select = ["index", "total", "list-file", "list-format"];
            if of_select.into_iter().any(given) { "select" } else { "plan" }
        },
        choice: "`select` when `index` or another input of it is given, `plan` otherwise",
        outputs: OUTPUTS,
        exit_codes: &[
            ExitCode { code: 0, doc: "The plan, the list or the explanation was made." },
            ExitCode {
                code: 2,
                doc: "A wrong input, no items, or a plan or report that cannot be trusted; nothing was written.",
            },
            ExitCode { code: 3, doc: "The disk or the runner failed." },
        ],
    }
}

/// A file of one's own: `-` would be standard input here and a file of that name there.
fn named_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str() == "-" { Err("expected the name of a file") } else { Ok(path) }
    })
}

/// A number as GitHub writes it: decimal digits only.
fn whole_number(text: &str) -> Result<u16, &'static str> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { text.parse().ok() } else { None };
    number.ok_or("expected a whole number from 0 on")
}

/// The version of the suite: the release build sets it, a build from source says so.
fn version() -> &'static str {
    option_env!("SIGNALBOX_VERSION").unwrap_or("0.0.0 (built from source)")
}
