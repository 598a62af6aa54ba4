//! From the disk and the test tools to facts: tests, timings, plans, records.

mod changes;
mod facts;
mod missing;
mod patterns;
mod records;
mod suite;
mod timings;

use std::path::Path;

use diagnostics::{Foreign, Piece, Place, Problem, offset, position, text};
use runner_protocol::{Cause, Failure, Out};
use sharding::Shard;
use system::DiskFailure;

use crate::args::ShardArgs;
use crate::wire::{NotAPlan, PlanFile, ReadPlan, Shape};

pub(crate) use facts::gathered;
pub(crate) use missing::{PlanIs, check_digest, missing_plan};
pub(crate) use records::{
    evidence, holders, idle_report, if_there, may_save, run_in_question, shard_report,
    timings_file, timings_so_far,
};
pub(crate) use suite::tests;
pub(crate) use timings::Reports;

/// The longest plan file, in bytes, for whoever writes it as well: a name that is not UTF-8 takes
/// twice its length, and each item some more.
pub(crate) const LONGEST_PLAN: u64 = 256 << 20;

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
        NotAPlan::Shape(Shape { line, column }) => {
            let (line, column) = position(bytes, offset(bytes, line, column));
            Place::at(Foreign::path(path), line, column)
        }
        NotAPlan::Version(_)
        | NotAPlan::ShardOrder(_)
        | NotAPlan::TooManyShards
        | NotAPlan::Name(_)
        | NotAPlan::Doubled(_)
        | NotAPlan::Load(_)
        | NotAPlan::Items
        | NotAPlan::Bound
        | NotAPlan::Framework
        | NotAPlan::Indexing => Place::file(Foreign::path(path)),
    };
    Failure::no_answer(
        Problem::error("the plan cannot be trusted")
            .at(place)
            .label(Piece::said(&error))
            .help("plan again with this version, and hand the file over as it is"),
    )
}

/// The shard that `args` mean, and its index from 0.
pub(crate) fn shard<'a>(
    read: &'a ReadPlan,
    args: &ShardArgs,
    file: &Path,
    out: &Out,
) -> Result<(u16, &'a Shard), Failure> {
    let count = read.plan.shards.len();
    if let Some(total) = args.total
        && usize::from(total) != count
    {
        let mut message = text!["the matrix has ", total, " shards ("];
        message.append(out.argument("total")).text("), the plan has ").push(count);
        return Err(Failure::no_answer(
            Problem::error(message)
                .at(Place::file(Foreign::path(file)))
                .help("use the matrix and the plan file of the same `plan` step"),
        ));
    }
    let first = read.facts.indexing;
    let index = args.index.checked_sub(first);
    let found = index.and_then(|index| Some((index, read.plan.shards.get(usize::from(index))?)));
    found.ok_or_else(|| {
        let last = count.saturating_sub(1) + usize::from(first);
        let mut message = text!["there is no shard ", args.index, " ("];
        message.append(out.argument("index")).text("): the plan has ").push(count);
        let help = if count == 0 {
            text!["the plan has nothing to run; guard the job with `has-tests`"]
        } else {
            text!["shards are counted from ", first, " to ", last, ": use `matrix.index`"]
        };
        Failure::no_answer(Problem::error(message).at(Place::file(Foreign::path(file))).help(help))
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
pub(crate) fn refuse_overwriting(
    written: &Path,
    read: &Path,
    what: &'static str,
    input: &'static str,
) -> Result<(), Failure> {
    if !system::is_same_file(written, read) {
        return Ok(());
    }
    let mut message = text![Foreign::path(written), " would be written over ", what];
    message.text(" (input `").text(input).text("`)");
    Err(Failure::no_answer(
        Problem::error(message)
            .help("name another file, or narrow the pattern that finds this one"),
    ))
}

/// What to tell of a failure of the disk. A path that is not what was meant is a wrong input; what
/// the machine will not read or write is the machine's failure.
pub(crate) fn disk(failure: &DiskFailure, what: &'static str) -> DiskProblem {
    let cause = if failure.is_wrong_path() { Cause::NoAnswer } else { Cause::Environment };
    DiskProblem(failure.problem(what), cause)
}
