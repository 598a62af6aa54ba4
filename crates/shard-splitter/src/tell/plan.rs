//! A plan that was just made: the plan file, the matrix, the figures, and what is odd about them.

use std::cmp::Reverse;

use std::path::Path;

use diagnostics::{Foreign, Piece, Problem, text};
use runner_protocol::{Failure, Out};
use sharding::{Choice, Guess, Made, Placed, Plan, Prefix, Timings, Weighing, Weight};

use super::page::{Details, plan_page};
use super::{counted, gap_thousandths, path_output, seconds};
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
    pub(crate) made: &'a Made,
    pub(crate) reports: &'a Reports,
    pub(crate) file: &'a PlanFile,
}

/// Writes the plan file.
pub(crate) fn write_plan(path: &Path, file: &PlanFile) -> Result<String, Failure> {
    let bytes = file.bytes();
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
    system::write_whole(path, &bytes).map_err(|failure| {
        disk(&failure, "the plan file")
            .help_with("`--plan-file` (input `plan-file`) names a file that can be written")
    })?;
    Ok(wire::sha256(&bytes))
}

/// Writes the plan file and tells the plan.
pub(crate) fn plan(planned: &Planned<'_>, out: &mut Out) -> Result<(), Failure> {
    let Planned { args, made, reports, file } = *planned;
    let plan = &made.plan;
    let path = path_output(&args.plan.file, out)?;
    let digest = write_plan(&args.plan.file, file)?;
    out.output("matrix", matrix(plan, file.indexing()).to_string());
    out.output("shards", plan.shards.len().to_string());
    out.output("has-tests", (plan.item_count() > 0).to_string());
    out.output("plan-file", path);
    out.output("plan-digest", digest);
    out.output("estimate-max", seconds(plan, plan.makespan()));
    out.output("lower-bound", seconds(plan, plan.bound.value));
    out.output("gap-percent", percent(gap_thousandths(plan)));
    out.output("proven", is_proven(made).to_string());
    out.output("known-percent", percent(known_thousandths(plan)));
    out.result(file);
    if few_known(plan, reports) {
        out.problem(names_differ(plan, &reports.timings));
    }
    out_of_step(made, reports, out);
    out.trace(|say| {
        say.text("weights are ");
        say.text(match plan.weighing {
            Weighing::Time => "times in microseconds",
            Weighing::Count => "counts, because no item has a known time",
        });
        say.text(if plan.is_proven() {
            "; no plan with as many shards finishes earlier"
        } else {
            "; whether a plan with as many shards finishes earlier is not known"
        });
    });
    let overhead = args.facts.count.overhead;
    out.summary(|page| plan_page(page, plan, Some(&Details { made, reports, overhead })));
    Ok(())
}

/// What is odd about a plan besides names that do not match.
fn out_of_step(made: &Made, reports: &Reports, out: &mut Out) {
    let plan = &made.plan;
    out_of_reach(made, out);
    if let Some(problem) = too_long(plan) {
        out.problem(problem);
    }
    if let Some(prefix) = reports.timings.prefix() {
        let mut message = counted(reports.timings.by_end(), " time was", " times were");
        message.text(" found by the end of the path only: ");
        match prefix {
            Prefix::InReports(prefix) => {
                message.text("the reports begin it with ").foreign(prefix.as_slice())
            }
            Prefix::InList(prefix) => {
                message.text("the list begins it with ").foreign(prefix.as_slice())
            }
        };
        out.problem(Problem::notice(message).help(
            "has a prefix of the paths changed? nothing has to be done if both mean the same files",
        ));
    }
}

/// What to tell when the target cannot be kept.
fn out_of_reach(made: &Made, out: &mut Out) {
    let Choice::OutOfReach { target, by_one } = made.choice else { return };
    let plan = &made.plan;
    let mut message = text!["no shard should take longer than ", Piece::Micros(target)];
    message.text(", but the slowest takes ").push(Piece::Micros(plan.makespan()));
    let problem = Problem::warning(message);
    let problem = match made.heaviest.as_ref().filter(|_| by_one) {
        Some((first, items, weight)) => {
            let mut label = text![Foreign::new(first.as_bytes())];
            if *items > 1 {
                label.text(" and what stays together with it, ").push(*items).text(" items,");
            }
            label.text(if *items > 1 { " take " } else { " alone takes " });
            label.push(Piece::Micros(*weight));
            problem.label(label).help("split it, or allow more time: more shards cannot help")
        }
        None => {
            problem.help("allow more shards by `--max-shards` (input `max-shards`), or more time")
        }
    };
    out.problem(problem);
}

/// Whether it was shown that nothing is better.
fn is_proven(made: &Made) -> bool {
    made.plan.is_proven()
        && match made.choice {
            Choice::Fewest { proven, .. } => proven,
            Choice::Given | Choice::OutOfReach { .. } | Choice::NoTimes => true,
            // What each number costs was not looked at in every way.
            Choice::Cheapest => false,
        }
}

/// The matrix for `strategy.matrix`: numbers only, because a name in it would be pasted into
/// scripts by whoever uses `${{ matrix.name }}`.
fn matrix(plan: &Plan, first: u16) -> serde_json::Value {
    let total = plan.shards.len();
    let include = plan.shards.iter().enumerate().map(|(index, shard)| {
        let estimate = match plan.weighing {
            Weighing::Time => runner_protocol::duration(shard.load),
            Weighing::Count => String::new(),
        };
        serde_json::json!({
            "index": index + usize::from(first),
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

/// Whether reports were read but name hardly any item. One of whose tests some are named is named.
fn few_known(plan: &Plan, reports: &Reports) -> bool {
    let is_named = |placed: &&Placed| {
        placed.weight.is_known() || matches!(placed.weight, Weight::Guessed(_, Guess::Parts))
    };
    let (named, all) = (plan.placed().filter(is_named).count() as u64, plan.item_count() as u64);
    reports.read > 0 && named * 100 < all * FEW_KNOWN
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
