//! Whether every test ran exactly once, and if not, exactly which did not.

use std::collections::BTreeSet;
use std::path::Path;

use bstr::BString;
use diagnostics::{Foreign, Level, Place, Problem, Text, text};
use runner_protocol::{Column, Failure, Out, Page, Table};
use sharding::{ItemId, ShardReport, Verdict};

use super::counted;
use crate::wire::{ReadPlan, VerdictFile};

/// Tells that there is nothing to hold skipped tests against.
pub(crate) fn no_baseline(path: &Path, out: &mut Out) {
    out.problem(
        Problem::notice("there is no baseline, so tests that are newly skipped cannot be told")
            .at(Place::file(Foreign::path(path)))
            .help("on a first run there is none yet; `merge` writes it"),
    );
}

/// Tells tests that ran before and are skipped now, where that is allowed.
pub(crate) fn new_skips(names: &[BString], out: &mut Out) {
    if let Some(first) = names.first() {
        let mut message = counted(names.len(), SKIPPED[0], SKIPPED[1]);
        message.text(", the first is ").foreign(first.as_slice());
        out.problem(Problem::warning(message).help("see that each is meant to be skipped"));
    }
}

/// One and several tests that ran before and are skipped now.
const SKIPPED: [&str; 2] = [
    " test is skipped that ran in an earlier run",
    " tests are skipped that ran in an earlier run",
];

/// The run that all records belong to; 0 outside of a run.
pub(crate) fn only_run(reports: &[ShardReport]) -> Result<u64, Failure> {
    let runs: BTreeSet<u64> = reports.iter().map(|report| report.run).collect();
    if runs.len() > 1 {
        let problem = Problem::error(text![runs.len(), " runs wrote these records"]);
        return Err(Failure::no_answer(problem.help("give the records of one run only")));
    }
    Ok(runs.into_iter().next().unwrap_or(0))
}

/// How many names of each kind are told.
const TOLD: usize = 20;

/// Tells the verdict.
pub(crate) fn verdict(verdict: &Verdict, read: &ReadPlan, out: &mut Out) {
    out.output("verified", verdict.holds().to_string());
    out.output("missing", verdict.missing.len().to_string());
    out.output("doubled", verdict.doubled.len().to_string());
    out.output("unknown-tests", verdict.unknown.len().to_string());
    out.output("unreported", verdict.unreported.len().to_string());
    out.result(&VerdictFile::new(verdict, &read.digest));
    for problem in problems(verdict) {
        out.problem(problem);
    }
    out.summary(|page| fill(page, verdict, read));
}

fn fill(page: &mut Page, verdict: &Verdict, read: &ReadPlan) {
    page.heading(if verdict.holds() {
        let mut heading = text!["Verified: each of "];
        heading
            .append(counted(verdict.discovered, " test", " tests"))
            .text(" was on exactly one shard");
        heading
    } else {
        text!["Not every test ran exactly once"]
    });
    if let Some(first) = problems(verdict).into_iter().next() {
        let mut advice = first.message.clone();
        if let Some(help) = first.help {
            advice.text(": ").append(help);
        }
        page.callout(Level::Error, advice);
    }
    let mut sentence = counted(verdict.discovered, " test was", " tests were");
    sentence.text(" discovered; ").push(verdict.ran).text(" ran on ");
    sentence.append(counted(read.plan.shards.len(), " shard", " shards")).text(", ");
    sentence.append(counted(verdict.skipped, " was", " were")).text(" skipped; ");
    sentence.push(verdict.failed).text(" of those that ran failed.");
    page.paragraph(sentence);
    let rows = rows(verdict);
    if !rows.is_empty() {
        let mut table = Table::new(vec![Column::left("test"), Column::left("what is wrong")]);
        for row in rows {
            table.row(row);
        }
        page.table(table);
    }
}

/// The first names of each kind.
fn rows(verdict: &Verdict) -> Vec<Vec<Text>> {
    let missing = verdict
        .missing
        .iter()
        .take(TOLD)
        .map(|id| vec![text![Foreign::new(id.as_bytes())], text!["ran nowhere"]]);
    let doubled = verdict.doubled.iter().take(TOLD).map(|(id, shards)| {
        let mut what = text!["ran on shards "];
        what.append(numbers(shards));
        vec![text![Foreign::new(id.as_bytes())], what]
    });
    let unknown = verdict.unknown.iter().take(TOLD).map(|(name, shard)| {
        let what = text!["ran on shard ", usize::from(*shard) + 1, " and was not discovered"];
        vec![text![Foreign::new(name.as_slice())], what]
    });
    let skipped = verdict.newly_skipped.iter().take(TOLD).map(|name| {
        vec![text![Foreign::new(name.as_slice())], text!["is skipped, and ran in an earlier run"]]
    });
    missing.chain(doubled).chain(unknown).chain(skipped).collect()
}

/// Shards as people count them.
fn numbers(shards: &[u16]) -> Text {
    let mut list = Text::new();
    for shard in shards.iter().take(TOLD) {
        if !list.is_empty() {
            list.text(", ");
        }
        list.push(usize::from(*shard) + 1);
    }
    if shards.len() > TOLD {
        list.text(", ...");
    }
    list
}

/// Everything that is wrong, the gravest first.
fn problems(verdict: &Verdict) -> Vec<Problem> {
    let mut problems = about_shards(verdict);
    problems.extend(about_tests(verdict));
    problems
}

/// What is wrong with the records, so that they prove nothing.
fn about_shards(verdict: &Verdict) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tell = |count: usize, message: Text, help: &'static str| {
        if count > 0 {
            problems.push(Problem::error(message).help(help));
        }
    };
    let with = |mut message: Text, shards: &[u16]| {
        message.text(": ").append(numbers(shards));
        message
    };
    let unreported =
        counted(verdict.unreported.len(), " shard never reported", " shards never reported");
    tell(
        verdict.unreported.len(),
        with(unreported, &verdict.unreported),
        "see whether its job ran to its `record` step, which needs `if: always()`, and uploaded the record",
    );
    let other = counted(
        verdict.other_plan.len(),
        " shard followed another plan",
        " shards followed another plan",
    );
    tell(
        verdict.other_plan.len(),
        with(other, &verdict.other_plan),
        "hand the plan file of this run's `plan` step to every shard",
    );
    let repeated = counted(
        verdict.repeated.len(),
        " shard has several records of one attempt",
        " shards have several records of one attempt",
    );
    tell(
        verdict.repeated.len(),
        with(repeated, &verdict.repeated),
        "they say different things: run each shard once, and give each matrix its own plan and records",
    );
    tell(
        usize::from(verdict.ran == 0 && verdict.discovered > 0 && verdict.skipped > 0),
        text!["not a single test ran"],
        "see why all of them are skipped",
    );
    let surplus = counted(
        verdict.no_such_shard.len(),
        " record is of a shard that the plan does not have",
        " records are of shards that the plan does not have",
    );
    tell(
        verdict.no_such_shard.len(),
        with(surplus, &verdict.no_such_shard),
        "download the records of this run only",
    );
    tell(
        verdict.runs.len(),
        counted(verdict.runs.len(), " other run wrote these records", " runs wrote these records"),
        "download the records of this run only",
    );
    problems
}

/// What is wrong with single tests.
fn about_tests(verdict: &Verdict) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tell = |count: usize, message: Text, help: &'static str| {
        if count > 0 {
            problems.push(Problem::error(message).help(help));
        }
    };
    let named = |mut message: Text, first: Option<&[u8]>| {
        if let Some(first) = first {
            message.text(", the first is ").foreign(first);
        }
        message
    };
    let first = verdict.missing.first().map(ItemId::as_bytes);
    let missing = counted(verdict.missing.len(), " test ran nowhere", " tests ran nowhere");
    tell(
        verdict.missing.len(),
        named(missing, first),
        if verdict.unknown.is_empty() {
            "see whether the filter reached the test tool"
        } else {
            "the reports may name tests in another way than the list: the README's section on the proof says which reports do"
        },
    );
    let first = verdict.doubled.first().map(|(id, _)| id.as_bytes());
    let doubled = counted(
        verdict.doubled.len(),
        " test ran on several shards",
        " tests ran on several shards",
    );
    tell(
        verdict.doubled.len(),
        named(doubled, first),
        "see whether every shard was given its own filter of the same plan",
    );
    let first = verdict.unknown.first().map(|(name, _)| name.as_slice());
    let unknown = counted(
        verdict.unknown.len(),
        " test ran that was not discovered",
        " tests ran that were not discovered",
    );
    tell(
        verdict.unknown.len(),
        named(unknown, first),
        "see whether the discovery lists all tests, and names them as the reports do",
    );
    let first = verdict.newly_skipped.first().map(|name| name.as_slice());
    let skipped = counted(verdict.newly_skipped.len(), SKIPPED[0], SKIPPED[1]);
    tell(
        verdict.newly_skipped.len(),
        named(skipped, first),
        "does it need the set-up of another test? keep both together by `group`; if it is meant to be skipped, merge this run's records, or allow it once by `new-skips: warn`",
    );
    problems
}
