//! Tells the weekly review.

use diagnostics::{Foreign, Piece, Text, text};
use pipeline_metrics::Millis;
use pipeline_metrics::report::Report;
use runner_protocol::{Column, Failure, Out, Page, Table};

use super::{percent, span, written};
use crate::args::ReportArgs;

/// The most rows of a table.
const MOST: usize = 15;

/// The most bytes of the review as Markdown: as much as a comment of an issue may have.
const LONGEST: usize = 60_000;

/// Tells it.
pub(crate) fn review(args: &ReportArgs, report: &Report, out: &mut Out) -> Result<(), Failure> {
    let mut page = Page::new();
    fill(report, &mut page);
    let text = page.to_markdown(LONGEST);
    let path = written(args.review_file.as_deref(), ("signalbox-review", "review.md"), &text, out)?;
    out.output("review-path", path);
    out.summary(|summary| fill(report, summary));
    Ok(())
}

fn fill(report: &Report, page: &mut Page) {
    page.heading("Weekly review");
    let mut said = text!["Attempts of runs: ", report.attempts];
    if report.unfinished > 0 {
        said.text("; those that went on when they were collected, and count by their jobs: ");
        said.number(report.unfinished);
    }
    page.paragraph(said.text(".").clone());
    weeks(report, page);
    jobs(report, page);
    queues(report, page);
    caches(report, page);
    flaky(report, page);
    gates(report, page);
}

fn weeks(report: &Report, page: &mut Page) {
    let mut table = Table::new(vec![
        Column::left("week of"),
        Column::right("passed"),
        Column::right("failed"),
        Column::right("success"),
        Column::right("median run"),
        Column::right("95 % waited at most"),
        Column::right("time of jobs"),
    ]);
    let skipped = report.weeks.len().saturating_sub(MOST);
    for ((year, month, day), week) in report.weeks.iter().skip(skipped) {
        let counts = week.counts;
        table.row(vec![
            text![Foreign::from(format!("{year:04}-{month:02}-{day:02}").as_str())],
            text![counts.success],
            text![counts.failure + counts.timed_out],
            percent(counts.success_rate()),
            span(week.duration),
            span(week.queue),
            span(Some(week.job_time)),
        ]);
    }
    page.table(table);
}

fn jobs(report: &Report, page: &mut Page) {
    let mut table = Table::new(vec![
        Column::left("slowest jobs"),
        Column::right("runs"),
        Column::right("success"),
        Column::right("p50"),
        Column::right("p95"),
    ]);
    for job in report.jobs.iter().take(MOST) {
        let mut name = text![Foreign::from(job.job.as_str())];
        if !job.workflow.is_empty() {
            name.text(" of ").foreign(job.workflow.as_str());
        }
        table.row(vec![
            name,
            text![job.runs],
            percent(job.counts.success_rate()),
            took(job.p50),
            took(job.p95),
        ]);
    }
    if !report.jobs.is_empty() {
        page.table(table);
    }
}

fn queues(report: &Report, page: &mut Page) {
    let mut table = Table::new(vec![
        Column::left("waits for runners with"),
        Column::right("jobs"),
        Column::right("p50"),
        Column::right("p95"),
        Column::right("longest"),
    ]);
    for queue in report.queues.iter().take(MOST) {
        let labels = queue.labels.join(", ");
        table.row(vec![
            text![Foreign::from(labels.as_str())],
            text![queue.jobs],
            took(queue.p50),
            took(queue.p95),
            took(queue.longest),
        ]);
    }
    if !report.queues.is_empty() {
        page.table(table);
    }
}

fn caches(report: &Report, page: &mut Page) {
    let mut table = Table::new(vec![
        Column::left("caches"),
        Column::right("exact"),
        Column::right("partial"),
        Column::right("miss"),
        Column::right("hit rate"),
    ]);
    for (family, uses) in report.caches.iter().take(MOST) {
        table.row(vec![
            text![Foreign::from(family.as_str())],
            text![uses.exact],
            text![uses.partial],
            text![uses.miss],
            percent(uses.hit_rate()),
        ]);
    }
    if !report.caches.is_empty() {
        page.table(table);
    }
}

fn flaky(report: &Report, page: &mut Page) {
    let mut flaky: Vec<_> = report.flaky.iter().collect();
    flaky.sort_by_key(|(_, commits)| std::cmp::Reverse(**commits));
    let lines = flaky.iter().take(MOST).map(|((workflow, job), commits)| {
        let mut line: Text = text!["flaky: ", Foreign::from(job.as_str())];
        if !workflow.is_empty() {
            line.text(" of ").foreign(workflow.as_str());
        }
        line.text(" failed and passed on the same commit, on ").number(**commits);
        line.text(if **commits == 1 { " commit" } else { " commits" });
        line
    });
    let lines: Vec<Text> = lines.collect();
    if !lines.is_empty() {
        page.list(lines);
    }
}

fn gates(report: &Report, page: &mut Page) {
    let mut table = Table::new(vec![
        Column::left("gates"),
        Column::right("kept out"),
        Column::right("of decisions"),
        Column::right("share"),
    ]);
    for (gate, effect) in &report.gates {
        table.row(vec![
            text![Foreign::from(gate.as_str())],
            text![effect.blocked],
            text![effect.decisions],
            percent(effect.share()),
        ]);
    }
    if !report.gates.is_empty() {
        page.table(table);
    }
}

fn took(time: Millis) -> Text {
    text![Piece::Micros(time.as_micros())]
}
