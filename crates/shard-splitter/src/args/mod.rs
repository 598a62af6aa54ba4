//! What shard-splitter can be told and what it tells: the only declaration of inputs and outputs.
//!
//! `cargo xtask generate` turns this file into `actions/shard/action.yml` and its README tables.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand};
use ecosystems::Framework;
use runner_protocol::{Action, ExitCode, Further, Interface};
use sharding::{ShardCount, Stability, Unknown};

mod choices;
mod outputs;
mod values;

pub(crate) use choices::{
    EmptyShards, EstimateKind, GranularityKind, ListFormat, MissingPlan, NewSkips, Optimize,
    TimeUnit,
};
pub(crate) use outputs::OUTPUTS;
pub(crate) use values::Count;

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
    /// Write the list of one shard's items, as the plan says, and the filter for its test tool.
    Select(SelectArgs),
    /// Keep what this shard's reports say, for `merge` and `verify`; works when tests failed.
    Record(RecordArgs),
    /// Put the records of all shards into the file of timings for the next plan.
    Merge(MergeArgs),
    /// Prove from the records of all shards that every test ran exactly once.
    Verify(VerifyArgs),
    /// Show a plan, or why one item is where it is.
    Explain(ExplainArgs),
}

/// Where the plan is, the same for whoever writes and whoever reads it.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlanPath {
    /// The plan file: `plan` writes it, the others read it.
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

/// What must run.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {
    /// The file that lists what must run, from the test tool's own discovery: one item a line, or
    /// NUL-separated, or a JSON array of strings; `-` is standard input. Without it, the tool of
    /// `framework` is asked.
    #[arg(long, env = "SIGNALBOX_ITEMS", value_name = "FILE")]
    pub(crate) items: Option<PathBuf>,

    /// The test tool. It is asked for its tests where there is no list, and `select` writes the filter
    /// that makes it run one shard.
    #[arg(long, env = "SIGNALBOX_FRAMEWORK", value_name = "NAME", value_parser = framework())]
    pub(crate) framework: Option<Framework>,

    /// Options of your own for the test tool when it is asked for its tests, one word a line:
    /// `--features` and `gpu`. Give the same to the run.
    #[arg(
        long,
        env = "SIGNALBOX_FRAMEWORK_ARGS",
        value_name = "WORD",
        value_delimiter = '\n',
        allow_hyphen_values = true
    )]
    pub(crate) framework_args: Vec<String>,

    /// The change plan of `actions/changes` (its output `plan-path`): tests of packages that it does not
    /// affect are left out, and nothing else.
    #[arg(long, env = "SIGNALBOX_CHANGES", value_name = "FILE", value_parser = named_file())]
    pub(crate) changes: Option<PathBuf>,

    /// Fail when there is no item at all, which is how a broken discovery looks.
    #[arg(long, env = "SIGNALBOX_REQUIRE_TESTS", action = ArgAction::Set, value_name = "BOOL", default_value_t = true)]
    pub(crate) require_tests: bool,
}

/// How long each item takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct TimingArgs {
    /// The timings of earlier runs, as glob patterns, one a line: the file that `merge` keeps, or
    /// reports in any known format; without any, items are split by count.
    #[arg(long, env = "SIGNALBOX_TIMINGS", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) timings: Vec<String>,

    /// What plain numbers are in reports that do not say it.
    #[arg(long, env = "SIGNALBOX_TIME_UNIT", value_enum, default_value_t)]
    pub(crate) time_unit: TimeUnit,

    /// How the times of several runs become one, in the file that `merge` keeps.
    #[arg(long, env = "SIGNALBOX_ESTIMATE", value_enum, default_value_t)]
    pub(crate) estimate: EstimateKind,

    /// What a test without a time weighs: what is known of its file, else of its group, else the
    /// median (`auto`); or always the `mean`, `median` or `p75` of all known times, or a time such as
    /// `5s`.
    #[arg(long, env = "SIGNALBOX_UNKNOWN", value_name = "GUESS", default_value = "auto", value_parser = values::unknown)]
    pub(crate) unknown: Unknown,

    /// Fail when a report of timings is missing or cannot be understood, instead of planning
    /// without it.
    #[arg(long, env = "SIGNALBOX_STRICT", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) strict: bool,
}

/// How many shards.
#[derive(Args, Clone, Debug)]
pub(crate) struct CountArgs {
    /// How many shards share the work: 1 to 256, the most jobs that GitHub allows in one matrix; or
    /// `auto`, as many as `target-duration` or `optimize` asks for.
    #[arg(long, env = "SIGNALBOX_SHARDS", value_name = "N", allow_negative_numbers = true, value_parser = values::count)]
    pub(crate) shards: Option<Count>,

    /// With `shards: auto`, how long the slowest shard may take, `overhead` included: `10m`, `90s`.
    #[arg(long, env = "SIGNALBOX_TARGET_DURATION", value_name = "TIME", value_parser = values::time)]
    pub(crate) target_duration: Option<u64>,

    /// With `shards: auto`, the fewest shards.
    #[arg(
        long,
        env = "SIGNALBOX_MIN_SHARDS",
        value_name = "N",
        default_value = "1",
        allow_negative_numbers = true
    )]
    pub(crate) min_shards: ShardCount,

    /// With `shards: auto`, the most shards.
    #[arg(
        long,
        env = "SIGNALBOX_MAX_SHARDS",
        value_name = "N",
        default_value = "32",
        allow_negative_numbers = true
    )]
    pub(crate) max_shards: ShardCount,

    /// With `shards: auto`, what the number of shards is chosen for.
    #[arg(long, env = "SIGNALBOX_OPTIMIZE", value_enum, default_value_t)]
    pub(crate) optimize: Optimize,

    /// What each shard does before its first test (start, checkout, build): `45s`.
    #[arg(long, env = "SIGNALBOX_OVERHEAD", value_name = "TIME", default_value = "0", value_parser = values::time)]
    pub(crate) overhead: u64,

    /// What single shards have to do besides, one time each from the first shard on, comma-separated:
    /// `2m,0,0`.
    #[arg(long, env = "SIGNALBOX_SHARD_OVERHEAD", value_name = "TIMES", value_delimiter = ',', value_parser = values::time)]
    pub(crate) shard_overhead: Vec<u64>,

    /// What a shard should have to do to be worth starting: with less, there are fewer shards.
    #[arg(long, env = "SIGNALBOX_MIN_SHARD_DURATION", value_name = "TIME", default_value = "0", value_parser = values::time)]
    pub(crate) min_shard_duration: u64,

    /// The most items that a shard may have.
    #[arg(long, env = "SIGNALBOX_MAX_ITEMS_PER_SHARD", value_name = "N", allow_negative_numbers = true, value_parser = items_of_a_shard)]
    pub(crate) max_items_per_shard: Option<usize>,

    /// What to do with shards that would get nothing when there are fewer items than shards.
    #[arg(long, env = "SIGNALBOX_EMPTY", value_enum, default_value_t)]
    pub(crate) empty: EmptyShards,

    /// The number of the first shard in the matrix.
    #[arg(long, env = "SIGNALBOX_INDEXING", value_name = "FIRST", default_value = "0", value_parser = ["0", "1"])]
    pub(crate) indexing: String,
}

/// What stays together, and where it was.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShapeArgs {
    /// What is shared out, where `framework` says what a test is part of.
    #[arg(long, env = "SIGNALBOX_GRANULARITY", value_enum, default_value_t)]
    pub(crate) granularity: GranularityKind,

    /// Which items stay together: regular expressions, one a line. Items with the same first group, or
    /// the same match, are on one shard; behind ` -> ` stands another key, in which `$1` is a group.
    #[arg(long, env = "SIGNALBOX_GROUP", value_name = "REGEX", value_delimiter = '\n')]
    pub(crate) group: Vec<String>,

    /// Which items must never run at the same time: regular expressions, one a line. All that one
    /// matches is on one shard.
    #[arg(long, env = "SIGNALBOX_SERIAL_GROUP", value_name = "REGEX", value_delimiter = '\n')]
    pub(crate) serial_group: Vec<String>,

    /// How much of the last plan stays: `off`; `hash`, names say where items belong; `sticky`, items
    /// stay where `last-plan` had them. The last two may make the slowest shard 1 % slower, or as much
    /// as stands behind a colon: `sticky:2%`. Without a last plan, `sticky` is `off`.
    #[arg(long, env = "SIGNALBOX_STABILITY", value_name = "HOW", default_value = "sticky:1%", value_parser = values::stability)]
    pub(crate) stability: Stability,

    /// The plan file of an earlier run, for `stability`; it may be missing.
    #[arg(long, env = "SIGNALBOX_LAST_PLAN", value_name = "FILE", value_parser = named_file())]
    pub(crate) last_plan: Option<PathBuf>,
}

/// All that a plan is made from.
#[derive(Args, Clone, Debug)]
pub(crate) struct FactArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,

    #[command(flatten)]
    pub(crate) count: CountArgs,

    #[command(flatten)]
    pub(crate) timing: TimingArgs,

    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
}

/// The arguments of `plan`.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) facts: FactArgs,

    #[command(flatten)]
    pub(crate) plan: PlanPath,
}

/// The arguments of `select`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SelectArgs {
    #[command(flatten)]
    pub(crate) plan: PlanPath,

    /// The SHA-256 that the plan file must have: `plan-digest` of the job that planned.
    #[arg(long, env = "SIGNALBOX_PLAN_DIGEST", value_name = "SHA256")]
    pub(crate) plan_digest: Option<String>,

    /// What to do without a plan file: plan here, from the same inputs in every shard; in a re-run
    /// that is only safe if all shards run again.
    #[arg(long, env = "SIGNALBOX_ON_MISSING_PLAN", value_enum, default_value_t)]
    pub(crate) on_missing_plan: MissingPlan,

    #[command(flatten)]
    pub(crate) which: ShardArgs,

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

    /// Where to write what makes the test tool run this shard, where the plan knows the tool; without
    /// it, beside the list, under a name that the tool likes.
    #[arg(long, env = "SIGNALBOX_FILTER_FILE", value_name = "FILE", value_parser = named_file())]
    pub(crate) filter_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) facts: FactArgs,
}

/// Which shard this is.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShardArgs {
    /// Which shard this is, as the matrix numbers them: `matrix.index`.
    #[arg(long, env = "SIGNALBOX_INDEX", value_name = "I", allow_negative_numbers = true, value_parser = whole_number)]
    pub(crate) index: u16,

    /// How many shards there are, to be compared with the plan: `matrix.total`.
    #[arg(long, env = "SIGNALBOX_TOTAL", value_name = "N", allow_negative_numbers = true, value_parser = whole_number)]
    pub(crate) total: Option<u16>,
}

/// The arguments of `record`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RecordArgs {
    #[command(flatten)]
    pub(crate) plan: PlanPath,

    #[command(flatten)]
    pub(crate) which: ShardArgs,

    /// The reports that this shard's tests wrote, as glob patterns, one a line.
    #[arg(
        long,
        env = "SIGNALBOX_REPORTS",
        value_name = "GLOB",
        value_delimiter = '\n',
        required = true
    )]
    pub(crate) reports: Vec<String>,

    /// What plain numbers are in reports that do not say it.
    #[arg(long, env = "SIGNALBOX_TIME_UNIT", value_enum, default_value_t)]
    pub(crate) time_unit: TimeUnit,

    /// Where to write the record: upload it as an artifact of its own, also when tests failed.
    #[arg(
        long,
        env = "SIGNALBOX_RECORD_FILE",
        value_name = "FILE",
        default_value = "shard-record.json",
        value_parser = named_file()
    )]
    pub(crate) record_file: PathBuf,
}

/// The arguments of `merge`.
#[derive(Args, Clone, Debug)]
pub(crate) struct MergeArgs {
    /// The records of the shards, as glob patterns, one a line.
    #[arg(
        long,
        env = "SIGNALBOX_RECORDS",
        value_name = "GLOB",
        value_delimiter = '\n',
        required = true
    )]
    pub(crate) records: Vec<String>,

    /// The file of timings, to be read if it is there and written anew.
    #[arg(
        long,
        env = "SIGNALBOX_TIMINGS_FILE",
        value_name = "FILE",
        default_value = "shard-timings.json",
        value_parser = named_file()
    )]
    pub(crate) timings_file: PathBuf,

    /// How the times of several runs become one, in the file that `merge` keeps.
    #[arg(long, env = "SIGNALBOX_ESTIMATE", value_enum, default_value_t)]
    pub(crate) estimate: EstimateKind,

    /// How much the slowest shard must have changed for the file to be written, where it is kept in
    /// the repository: `2%`. With `0%` it is always written.
    #[arg(long, env = "SIGNALBOX_WRITE_THRESHOLD", value_name = "SHARE", default_value = "0%", value_parser = values::share)]
    pub(crate) write_threshold: u64,

    #[command(flatten)]
    pub(crate) plan: PlanPath,
}

/// The arguments of `verify`.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,

    #[command(flatten)]
    pub(crate) plan: PlanPath,

    /// The records of the shards, as glob patterns, one a line.
    #[arg(
        long,
        env = "SIGNALBOX_RECORDS",
        value_name = "GLOB",
        value_delimiter = '\n',
        required = true
    )]
    pub(crate) records: Vec<String>,

    /// The file of timings of earlier runs: a test that ran there and is skipped now may have been lost.
    #[arg(long, env = "SIGNALBOX_BASELINE", value_name = "FILE", value_parser = named_file())]
    pub(crate) baseline: Option<PathBuf>,

    /// What a test is that ran before, as `baseline` says, and is skipped now.
    #[arg(long, env = "SIGNALBOX_NEW_SKIPS", value_enum, default_value_t)]
    pub(crate) new_skips: NewSkips,
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
            let of_select =
                ["index", "total", "list-file", "list-format", "filter-file", "plan-digest"];
            if of_select.into_iter().any(given) { "select" } else { "plan" }
        },
        choice: "`select` when `index` or another input of it is given, `plan` otherwise",
        token: None,
        outputs: OUTPUTS,
        further: Further::NOTHING,
        exit_codes: &[
            ExitCode { code: 0, doc: "It was done; every test ran exactly once." },
            ExitCode { code: 1, doc: "`verify`: not every test ran exactly once." },
            ExitCode {
                code: 2,
                doc: "A wrong input, no items, or a plan, report or record that is missing or cannot be trusted; nothing was written.",
            },
            ExitCode {
                code: 3,
                doc: "The disk, the runner or the test tool's own discovery failed.",
            },
        ],
    }
}

/// The name of a framework.
fn framework() -> impl TypedValueParser<Value = Framework> {
    let names = Framework::ALL.iter().map(|framework| framework.name());
    PossibleValuesParser::new(names).try_map(|name| {
        let found = Framework::ALL.iter().find(|framework| framework.name() == name);
        found.copied().ok_or("expected the name of a framework")
    })
}

fn items_of_a_shard(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|items| *items > 0).ok_or("expected a whole number from 1 on")
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
