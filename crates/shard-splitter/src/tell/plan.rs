//! A plan that was just made: the plan file, the matrix, the figures, and what is odd about them.

use std::cmp::Reverse;

use diagnostics::{Foreign, Piece, Problem, text};
use runner_protocol::{Failure, Out};
use sharding::{Plan, Timings, Weighing};

use super::page::plan_page;
use super::{gap_thousandths, path_output, seconds};
use crate::args::PlanArgs;
use crate::gather::{LONGEST_PLAN, Reports, disk};
use crate::wire::{self, PlanFile};

/// The share of known times, in percent, below which names probably do not match.
const FEW_KNOWN: u64 = 50;

/// The longest that a job may take on GitHub's own machines, in microseconds (GitHub documentation,
/// "Usage limits, billing, and administration": 6 hours).
const LONGEST_JOB: u64 = 6 * 3600 * 1_000_000;

/// A plan that was just made, with what it was made from.
pub(crate) struct Planned<'a> {
    pub(crate) args: &'a PlanArgs,
    pub(crate) plan: &'a Plan,
    pub(crate) reports: &'a Reports,
    pub(crate) file: &'a PlanFile,
}

/// Writes the plan file and tells the plan.
pub(crate) fn plan(planned: &Planned<'_>, out: &mut Out) -> Result<(), Failure> {
    let Planned { args, plan, reports, file } = *planned;
    let bytes = file.bytes();
    let path = path_output(&args.plan.file, out)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST_PLAN) {
        return Err(Failure::no_answer(
            Problem::error(text![
                "the plan would have ",
                bytes.len(),
                " bytes, and no shard reads more than ",
                LONGEST_PLAN
            ])
            .help("list files or packages instead of single tests"),
        ));
    }
    system::write_whole(&args.plan.file, &bytes).map_err(|failure| {
        disk(&failure, "the plan file")
            .help_with("`--plan-file` (input `plan-file`) names a file that can be written")
    })?;
    out.output("matrix", matrix(plan).to_string());
    out.output("shards", plan.shards.len().to_string());
    out.output("has-tests", (plan.item_count() > 0).to_string());
    out.output("plan-file", path);
    out.output("plan-digest", wire::sha256(&bytes));
    out.output("estimate-max", seconds(plan, plan.makespan()));
    out.output("lower-bound", seconds(plan, plan.bound.value));
    out.output("gap-percent", percent(gap_thousandths(plan)));
    out.output("known-percent", percent(known_thousandths(plan)));
    out.result(file);
    if few_known(plan, reports) {
        out.problem(names_differ(plan, &reports.timings));
    }
    if let Some(problem) = too_long(plan) {
        out.problem(problem);
    }
    out.trace(|say| {
        say.text("weights are ");
        say.text(match plan.weighing {
            Weighing::Time => "times in microseconds",
            Weighing::Count => "counts, because no item has a known time",
        });
        say.text("; each item went to the shard with the least to do, the heaviest first");
    });
    out.summary(|page| plan_page(page, plan, Some(reports)));
    Ok(())
}

/// The matrix for `strategy.matrix`: numbers only, because a name in it would be pasted into
/// scripts by whoever uses `${{ matrix.name }}`.
fn matrix(plan: &Plan) -> serde_json::Value {
    let total = plan.shards.len();
    let include = plan.shards.iter().enumerate().map(|(index, shard)| {
        let estimate = match plan.weighing {
            Weighing::Time => runner_protocol::duration(shard.load),
            Weighing::Count => String::new(),
        };
        serde_json::json!({
            "index": index,
            "total": total,
            "name": format!("{}/{total}", index + 1),
            "estimate": estimate,
        })
    });
    serde_json::json!({ "include": include.collect::<Vec<_>>() })
}

/// The share of items with a known time, in thousandths of a percent and rounded down: one unknown
/// item is not 100 %. No item is unknown when there is none.
fn known_thousandths(plan: &Plan) -> u64 {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let (known, all) = (count(plan.known_count()), count(plan.item_count()));
    known.saturating_mul(100_000).checked_div(all).unwrap_or(100_000)
}

/// Thousandths of a percent as percent with three decimals.
fn percent(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

/// Whether reports were read but name hardly any item.
fn few_known(plan: &Plan, reports: &Reports) -> bool {
    reports.read > 0 && plan.item_count() > 0 && known_thousandths(plan) < FEW_KNOWN * 1_000
}

/// What to tell when one item takes longer than a job may: times in another unit.
fn too_long(plan: &Plan) -> Option<Problem> {
    let known = plan.placed().filter(|placed| placed.weight.is_known());
    let heaviest = known.max_by_key(|placed| (placed.weight.value(), Reverse(&placed.id)))?;
    let micros = heaviest.weight.value();
    (micros > LONGEST_JOB).then(|| {
        let message = text![
            Foreign::new(heaviest.id.as_bytes()),
            " takes ",
            Piece::Micros(micros),
            ", longer than the 6 hours of a job on GitHub's machines"
        ];
        Problem::warning(message)
            .help("are the report's times in milliseconds? these formats have seconds")
    })
}

fn names_differ(plan: &Plan, timings: &Timings) -> Problem {
    let mut message = match plan.known_count() {
        0 => text!["none of the ", plan.item_count(), " items has a known time"],
        1 => text!["only 1 of ", plan.item_count(), " items has a known time"],
        known => text!["only ", known, " of ", plan.item_count(), " items have a known time"],
    };
    let unknown = plan.placed().filter(|placed| !placed.weight.is_known());
    if let Some(first) = unknown.map(|placed| &placed.id).min() {
        message.text("; the first without is ").foreign(first.as_bytes());
    }
    if let Some(first) = timings.first_unmatched().first() {
        message
            .text("; ")
            .number(timings.unmatched())
            .text(" times belong to no item, the first is ")
            .foreign(first.as_slice());
    }
    Problem::warning(message).help(if timings.unmatched() == 0 {
        "see whether the reports are those of this suite; an item without a time gets a guess"
    } else {
        "if both mean the same test, has a prefix of the paths changed? an item without a time gets a guess"
    })
}
