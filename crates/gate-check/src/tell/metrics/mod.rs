//! Tells metrics: a record, where it was stored, the figures of DORA, and the weekly review.

mod dora;
mod review;

use std::path::Path;

use diagnostics::{Foreign, Level, Problem, Text, text};
use pipeline_metrics::{JobRecord, Record, Share, Standing};
use runner_protocol::{Column, Failure, Out, Page, Table};

pub(crate) use dora::dora;
pub(crate) use review::review;

use crate::args::CollectArgs;
use crate::gather::{Collected, Pushed, put};
use crate::wire::{MetricsDocument, line_of, open_metrics};

/// The most jobs of a table; the record has all.
const MOST: usize = 20;

/// Tells a record.
pub(crate) fn collected(
    args: &CollectArgs,
    collected: &Collected,
    out: &mut Out,
) -> Result<(), Failure> {
    let record = &collected.record;
    let document = MetricsDocument::new(record);
    let mut line = line_of(&document);
    line.push('\n');
    let path =
        written(args.metrics_file.as_deref(), ("signalbox-record", "metrics.json"), &line, out)?;
    if let Some(path) = &args.openmetrics_file {
        put(path, open_metrics(record).as_bytes())?;
    }
    if let Some(path) = &args.job_times_file {
        put(path, job_times(record).as_bytes())?;
    }
    let rate = record.sums().counts.success_rate();
    out.output("collected", "true");
    out.output("metrics-path", path);
    out.output("success-rate", rate.map(plain).unwrap_or_default());
    if record.missing > 0 {
        let message =
            text![record.missing, " jobs of the run were not handed over: every sum is too small"];
        out.problem(Problem::warning(message).help("save all pages of its jobs"));
    }
    if collected.odd_lines > 0 {
        let message = text![collected.odd_lines, " lines of our own tools were not understood"];
        out.problem(Problem::notice(message).help("let all actions be of one release"));
    }
    out.result(&document);
    out.summary(|page| record_page(record, page));
    Ok(())
}

/// What is set where nothing was collected and that fails nobody.
pub(crate) fn not_collected(out: &mut Out) {
    out.output("collected", "false");
    out.output("metrics-path", "");
    out.output("success-rate", "");
}

/// Writes a document where it is asked for, or, in a job, for later steps; where, as the next step knows it.
fn written(
    asked: Option<&Path>,
    (folder, name): (&str, &str),
    text: &str,
    out: &mut Out,
) -> Result<String, Failure> {
    let unique = out.unique(folder)?;
    let temporary = || Some(out.temporary()?.join(unique).join(name));
    let Some(place) = asked.map(Path::to_owned).or_else(temporary) else {
        return Ok(String::new());
    };
    let written = put(&place, text.as_bytes())?;
    Ok(out.reach(&written).display().to_string())
}

/// How long each job ran, in seconds by its name: the longest of those with one name.
fn job_times(record: &Record) -> String {
    let mut times = std::collections::BTreeMap::new();
    for job in record.jobs.iter().filter(|job| job.standing == Standing::Ran) {
        if let Some(duration) = job.duration {
            let known = times.entry(job.name.as_str()).or_insert(duration);
            *known = duration.max(*known);
        }
    }
    let entries = times.into_iter().map(|(name, time)| {
        format!("  {}: {}.{:03}", line_of(&name), time.0 / 1000, time.0 % 1000)
    });
    format!("{{\n{}\n}}\n", entries.collect::<Vec<_>>().join(",\n"))
}

fn record_page(record: &Record, page: &mut Page) {
    let sums = record.sums();
    let counts = sums.counts;
    let workflow = record.run.workflow.as_deref().unwrap_or("the workflow");
    page.heading(text!["Pipeline: ", Foreign::from(workflow), ", attempt ", record.run.attempt]);
    let failed = counts.failure + counts.timed_out;
    let mut said = text!["Jobs: ", counts.success, " passed, ", failed, " failed"];
    for (count, words) in [
        (counts.cancelled, " cancelled"),
        (counts.skipped, " skipped"),
        (sums.reused, " kept from an older attempt"),
        (sums.unfinished, " not over yet"),
    ] {
        if count > 0 {
            said.text(", ").number(count).text(words);
        }
    }
    said.text(". They ran for ").micros(sums.duration.as_micros());
    said.text(" together and waited ").micros(sums.queue.as_micros()).text(" for runners");
    if sums.approval.0 > 0 {
        said.text(", and ").micros(sums.approval.as_micros()).text(" for an approval");
    }
    said.text(".");
    page.paragraph(said);
    if !record.flaky.is_empty() {
        let mut flaky = text!["Failed before and passed now, on the same commit: "];
        for (place, name) in record.flaky.iter().take(MOST).enumerate() {
            flaky.text(if place == 0 { "" } else { ", " }).foreign(name.as_str());
        }
        page.callout(Level::Warning, flaky);
    }
    jobs_table(record, page);
}

fn jobs_table(record: &Record, page: &mut Page) {
    let mut jobs: Vec<&JobRecord> =
        record.jobs.iter().filter(|job| job.standing == Standing::Ran).collect();
    jobs.sort_by_key(|job| std::cmp::Reverse(job.duration));
    if jobs.is_empty() {
        return;
    }
    let mut table = Table::new(vec![
        Column::left("job"),
        Column::left("ended"),
        Column::right("waited"),
        Column::right("ran"),
    ]);
    for job in jobs.iter().take(MOST) {
        let end = job.conclusion.as_ref().map_or("", |end| end.name());
        table.row(vec![
            text![Foreign::from(job.name.as_str())],
            text![Foreign::from(end)],
            span(job.queue),
            span(job.duration),
        ]);
    }
    page.table(table);
    if jobs.len() > MOST {
        page.paragraph(text![jobs.len() - MOST, " quicker ones are in the record."]);
    }
}

/// A span for people, or nothing.
fn span(span: Option<pipeline_metrics::Millis>) -> Text {
    span.map_or_else(Text::new, |span| text![diagnostics::Piece::Micros(span.as_micros())])
}

/// A share in percent with one decimal, cut: 2 of 3 are `66.6`.
fn plain(share: Share) -> String {
    let tenths = share.percent_thousandths() / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The same for people.
fn percent(share: Option<Share>) -> Text {
    share.map_or_else(Text::new, |share| {
        let tenths = share.percent_thousandths() / 100;
        text![tenths / 10, ".", tenths % 10, " %"]
    })
}

/// Tells where records were stored, and what became of the others.
pub(crate) fn pushed(pushed: &Pushed, out: &mut Out) {
    out.output("pushed", line_of(&pushed.stored));
    for problem in pushed.why.iter().flat_map(|failure| &failure.problems) {
        out.problem(Problem { level: Level::Warning, ..problem.clone() });
    }
    out.result(&pushed.stored);
    out.summary(|page| {
        let all = pushed.stored.len() + pushed.left.len();
        page.heading(text!["Metrics: ", pushed.stored.len(), " of ", all, " stored"]);
        page.list(pushed.stored.iter().map(|it| text![Foreign::from(it.as_str())]).collect());
        for record in &pushed.left {
            // Nobody has to look for what the storage did not take.
            let line = line_of(&MetricsDocument::new(record));
            page.details("The record that was not stored", |page| {
                page.code(Foreign::from(line.as_str()));
            });
        }
    });
}

/// What is set where nothing could be stored and that fails nobody.
pub(crate) fn not_pushed(out: &mut Out) {
    out.output("pushed", "[]");
}
