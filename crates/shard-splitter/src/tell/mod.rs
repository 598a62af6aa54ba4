//! From decisions to outputs, the summary and files.

mod explain;
mod merge;
mod page;
mod plan;
mod record;
mod select;
mod verify;

use diagnostics::{Foreign, Piece, Place, Problem, Text, counted, text};
use reports::Malformed;
use runner_protocol::{Failure, Out};
use sharding::{Guess, Plan, Weighing, Weight};

pub(crate) use explain::explanation;
pub(crate) use merge::{Merging, merge};
pub(crate) use plan::{Planned, plan, write_plan};
pub(crate) use record::record;
pub(crate) use select::selection;
pub(crate) use verify::{new_skips, no_baseline, only_run, verdict};

/// How far the slowest shard is above the bound, in thousandths of a percent, rounded up: a gap is
/// never told as none.
fn gap_thousandths(plan: &Plan) -> u64 {
    plan.gap_millionths().div_ceil(10)
}

/// Microseconds as seconds with all their digits; nothing where weights are counts.
fn seconds(plan: &Plan, micros: u64) -> String {
    match plan.weighing {
        Weighing::Time => format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000),
        Weighing::Count => String::new(),
    }
}

/// A load in words.
fn weight_text(weighing: Weighing, value: u64) -> Text {
    match weighing {
        Weighing::Time => text![Piece::Micros(value)],
        Weighing::Count => counted(value, " test", " tests"),
    }
}

fn item_weight(weight: Weight) -> Text {
    match weight {
        Weight::Known(micros) => text![Piece::Micros(micros)],
        Weight::Guessed(micros, _) => text!["about ", Piece::Micros(micros)],
        Weight::Counted(tests) => counted(tests, " test", " tests"),
    }
}

/// Where a weight comes from.
fn weight_source(weight: Weight) -> &'static str {
    match weight {
        Weight::Known(_) => "from the reports",
        Weight::Counted(_) => "because no item has a known time",
        Weight::Guessed(_, guess) => match guess {
            Guess::Holder => "a guess from what is known of its file or class",
            Guess::Group => "a guess from its group",
            Guess::Suite => "a guess because no report names it, at most an even share",
            Guess::Given => "given for items without a time",
            Guess::Parts => "a guess for some of its tests",
        },
    }
}

/// The problem to tell of a report that could not be read.
pub(crate) fn malformed(file: Foreign, error: &Malformed) -> Problem {
    Problem::warning(text!["a report of timings cannot be read, so none of its times count"])
        .at(Place::at(file, error.line, error.column))
        .label(text!["expected ", error.wanted, ", found ", Piece::said(&error.found)])
        .help("see what wrote it; only the balance of the shards depends on it, never what runs")
}

/// A path as an output, as the next step knows it: the runner's files hold text.
fn path_output(path: &std::path::Path, out: &Out) -> Result<String, Failure> {
    out.reach(path).to_str().map(str::to_owned).ok_or_else(|| {
        Failure::no_answer(
            Problem::error(text![
                "the path ",
                Foreign::path(path),
                " is not UTF-8 and cannot be an output"
            ])
            .help("choose a path of plain letters"),
        )
    })
}
