//! From the disk to facts: items, timings, a plan.

mod timings;

use std::path::Path;

use diagnostics::{Foreign, Piece, Place, Problem, Snippet, offset, position, text};
use reports::{NotAnItemList, WhyNotAnItemList};
use runner_protocol::{Cause, Failure, Out};
use sharding::{ItemId, Items, Shard};
use system::DiskFailure;

use crate::args::{PlanArgs, SelectArgs};
use crate::tell::counted;
use crate::wire::{NotAPlan, PlanFile, ReadPlan};

pub(crate) use timings::{Reports, timings};

/// The longest list of items that is read, in bytes: a million names of 64.
const LONGEST_LIST: u64 = 64 << 20;

/// The most items that are shared out. More of them are cases of parameters, not tests or files.
const MOST_ITEMS: usize = 2_000_000;

/// The longest plan file, in bytes, for whoever writes it as well: a name that is not UTF-8 takes
/// twice its length, and each item some more.
pub(crate) const LONGEST_PLAN: u64 = 256 << 20;

/// The items that must run.
pub(crate) fn items(args: &PlanArgs, out: &mut Out) -> Result<Items, Failure> {
    let file = foreign(&args.items);
    refuse_overwriting(&args.plan.file, &args.items, "the list of items", "plan-file")?;
    let bytes = system::read_whole(&args.items, LONGEST_LIST).map_err(|failure| {
        disk(&failure, "the list of items").help_with(
            "`--items` (input `items`) names a file with the list that your test tool discovers",
        )
    })?;
    let names = reports::read_item_list(&bytes, MOST_ITEMS)
        .map_err(|error| not_a_list(&file, &bytes, error))?;
    let (items, repeated) = Items::listed(names.into_iter().filter_map(ItemId::new).collect());
    if let Some(first) = repeated.first() {
        let mut message = counted(repeated.len(), " item is", " items are");
        message.text(" listed more than once, the first is ").foreign(first.as_bytes());
        out.problem(
            Problem::warning(message)
                .at(Place::file(file.clone()))
                .help("each runs once; if they are different tests, give them different names"),
        );
    }
    if items.is_empty() && args.require_tests {
        return Err(Failure::no_answer(
            Problem::error("there are no items to share out").at(Place::file(file)).help(
                "see why the discovery found no test; where nothing to run is fine, set `require-tests` to false",
            ),
        ));
    }
    Ok(items)
}

/// What to do with a list that begins as JSON and is none.
const JSON_OR_LINES: &str =
    "give a JSON array of strings, or one item a line; what begins as JSON does is read as JSON";

fn not_a_list(file: &Foreign, bytes: &[u8], error: NotAnItemList) -> Failure {
    let (label, help) = match error.why {
        WhyNotAnItemList::TooMany => {
            return Failure::no_answer(
                Problem::error(text!["the list has more than ", MOST_ITEMS, " items"])
                    .at(Place::file(file.clone()))
                    .help("list files or packages instead of single tests"),
            );
        }
        WhyNotAnItemList::Utf16 => (
            "this is UTF-16 text",
            "write it as UTF-8, in PowerShell by `Out-File -Encoding utf8`; if each item is one character, write one a line",
        ),
        WhyNotAnItemList::Mixed => (
            "this is a NUL in a list of lines",
            "end each item with a NUL, or write one item a line without any; a name of several lines can stand in a JSON array",
        ),
        WhyNotAnItemList::CutOff => (
            "the JSON array ends too early",
            "see that the list is written whole before this step reads it",
        ),
        WhyNotAnItemList::NotJson => ("this is not JSON", JSON_OR_LINES),
        WhyNotAnItemList::NotText => ("this is not an array of strings", JSON_OR_LINES),
        WhyNotAnItemList::NoName => ("an item has no name", "give each item a name"),
    };
    let (line, column) = position(bytes, error.at);
    Failure::no_answer(
        Problem::error("the list of items cannot be read")
            .at(Place::at(file.clone(), line, column))
            .snippet(Snippet::of(bytes, error.at))
            .label(label)
            .help(help),
    )
}

/// The plan in the file at `path`.
pub(crate) fn plan_file(path: &Path) -> Result<ReadPlan, Failure> {
    let bytes = system::read_whole(path, LONGEST_PLAN).map_err(|failure| {
        disk(&failure, "the plan").help_with(
            "hand the plan file of the job that planned to this one, as an artifact of the same run",
        )
    })?;
    PlanFile::read(&bytes).map_err(|error| not_a_plan(path, &bytes, error))
}

fn not_a_plan(path: &Path, bytes: &[u8], error: NotAPlan) -> Failure {
    let place = match error {
        NotAPlan::Shape { line, column } => {
            let (line, column) = position(bytes, offset(bytes, line, column));
            Place::at(foreign(path), line, column)
        }
        NotAPlan::Version(_)
        | NotAPlan::ShardOrder(_)
        | NotAPlan::TooManyShards
        | NotAPlan::Name(_)
        | NotAPlan::Doubled(_)
        | NotAPlan::Load(_)
        | NotAPlan::Items => Place::file(foreign(path)),
    };
    Failure::no_answer(
        Problem::error("the plan cannot be trusted")
            .at(place)
            .label(Piece::said(&error))
            .help("plan again with this version, and hand the file over as it is"),
    )
}

/// The shard that `args` mean.
pub(crate) fn shard<'a>(
    read: &'a ReadPlan,
    args: &SelectArgs,
    out: &Out,
) -> Result<&'a Shard, Failure> {
    refuse_overwriting(&args.list_file, &args.plan.file, "the plan file", "list-file")?;
    let count = read.plan.shards.len();
    if let Some(total) = args.total
        && usize::from(total) != count
    {
        let mut message = text!["the matrix has ", total, " shards ("];
        message.append(out.argument("total")).text("), the plan has ").push(count);
        return Err(Failure::no_answer(
            Problem::error(message)
                .at(Place::file(foreign(&args.plan.file)))
                .help("use the matrix and the plan file of the same `plan` step"),
        ));
    }
    read.plan.shards.get(usize::from(args.index)).ok_or_else(|| {
        let last = count.saturating_sub(1);
        let mut message = text!["there is no shard ", args.index, " ("];
        message.append(out.argument("index")).text("): the plan has ").push(count);
        let help = if count == 0 {
            text!["the plan has nothing to run; guard the job with `has-tests`"]
        } else {
            text!["shards are counted from 0 to ", last, ": use `matrix.index`"]
        };
        Failure::no_answer(
            Problem::error(message).at(Place::file(foreign(&args.plan.file))).help(help),
        )
    })
}

/// A failure of the disk, on its way to become a [`Failure`].
pub(crate) struct DiskProblem(Problem, Cause);

impl DiskProblem {
    /// The problem, and whose failure it is.
    pub(crate) fn parts(self) -> (Problem, Cause) {
        (self.0, self.1)
    }

    pub(crate) fn help_with(self, help: &'static str) -> Failure {
        Failure { cause: self.1, problems: vec![self.0.help(help)] }
    }
}

/// Refuses to write one file over another that is read.
fn refuse_overwriting(
    written: &Path,
    read: &Path,
    what: &'static str,
    input: &'static str,
) -> Result<(), Failure> {
    if !system::is_same_file(written, read) {
        return Ok(());
    }
    let mut message = text![foreign(written), " would be written over ", what];
    message.text(" (input `").text(input).text("`)");
    Err(Failure::no_answer(
        Problem::error(message)
            .help("name another file, or narrow the pattern that finds this one"),
    ))
}

/// What to tell of a failure of the disk. A path that is not what was meant is a wrong input; what
/// the machine will not read or write is the machine's failure.
pub(crate) fn disk(failure: &DiskFailure, what: &'static str) -> DiskProblem {
    let path = foreign(&failure.path);
    let cause = if failure.is_wrong_path() { Cause::NoAnswer } else { Cause::Environment };
    let message = text![what, " ", path.clone(), ": ", failure.action, " failed"];
    let problem = Problem::error(message).at(Place::file(path)).label(Piece::said(&failure.source));
    DiskProblem(problem, cause)
}

pub(crate) fn foreign(path: &Path) -> Foreign {
    Foreign::new(path.as_os_str().as_encoded_bytes())
}
