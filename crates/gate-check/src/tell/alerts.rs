//! Tells which thresholds are reached.

use std::collections::BTreeMap;

use diagnostics::{Foreign, Level as Severity, Piece, Problem, Text, text};
use rollout::alerts::{Bad, Decision, Level, Outcome, Rule};
use rollout::canary::Reading;
use runner_protocol::{Column, Out, Page, Table};

use super::canary::number;
use crate::gather::alerts::Watched;
use crate::wire::{AlertsDocument, line_of};

/// How many series of an alert are listed; the JSON has all.
const MOST: usize = 10;

/// Tells it.
pub(crate) fn alerts(watched: &Watched, decision: &Decision, out: &mut Out) {
    let mut all: Vec<(&Rule, &Outcome)> =
        watched.policy.rules.iter().zip(&decision.outcomes).collect();
    all.sort_by_key(|(_, outcome)| std::cmp::Reverse(outcome.level));
    let firing = all.iter().filter(|(_, outcome)| outcome.level >= Level::Warn);
    let firing: Vec<&str> = firing.map(|(rule, _)| rule.name.as_str()).collect();
    out.output("alert", decision.level.name());
    out.output("firing", line_of(&firing));
    for (rule, outcome) in &all {
        let words = sentence(rule, outcome);
        match outcome.level {
            Level::Critical => out.problem(Problem::error(words).help(help(outcome))),
            Level::Warn | Level::Unknown => {
                out.problem(Problem::warning(words).help(help(outcome)));
            }
            Level::Ok => {}
        }
    }
    out.summary(|page| {
        page.heading(text!["Alerts: ", decision.level.name()]);
        first_thing(&all, page);
        table(&all, page);
    });
    out.result(&AlertsDocument::new(&watched.policy, decision));
}

/// What an alert comes to.
fn sentence(rule: &Rule, outcome: &Outcome) -> Text {
    let mut said = text![Foreign::from(rule.name.as_str())];
    let threshold = match outcome.level {
        Level::Critical => rule.critical,
        Level::Warn => rule.warn,
        Level::Ok => None,
        Level::Unknown => {
            said.text(": nobody knows");
            if let Some(why) = &outcome.error {
                said.text(": ").push(Piece::Said(why.clone()));
            }
            return said;
        }
    };
    said.text(": ");
    if let Some((_, seen)) = outcome.series.first() {
        said.append(value(&seen.reading));
        if !labels(&seen.labels).is_empty() {
            said.text(" at ").append(labels(&seen.labels));
        }
    }
    if let Some(threshold) = threshold {
        said.text(", and ").push(number(threshold)).text(match outcome.level {
            Level::Critical => " is critical",
            Level::Ok | Level::Unknown | Level::Warn => " is worth a warning",
        });
    }
    said
}

fn help(outcome: &Outcome) -> &'static str {
    match (outcome.level, &outcome.error) {
        (Level::Unknown, Some(_)) => {
            "see that Prometheus answers, and that the query gives numbers"
        }
        (Level::Unknown, None) => {
            "see whether the query names a series that is there; a count that begins with its first event may have `empty = \"zero\"`"
        }
        (Level::Ok | Level::Warn | Level::Critical, _) => "see what changed last there",
    }
}

/// The one thing to do first.
fn first_thing(all: &[(&Rule, &Outcome)], page: &mut Page) {
    let Some((rule, outcome)) = all.first().filter(|(_, outcome)| outcome.level > Level::Ok) else {
        page.callout(
            Severity::Notice,
            text!["No threshold is reached: ", all.len(), " were looked at."],
        );
        return;
    };
    let level = if outcome.level == Level::Critical { Severity::Error } else { Severity::Warning };
    let mut said = sentence(rule, outcome);
    said.text(". First: ").text(help(outcome)).text(".");
    page.callout(level, said);
}

fn table(all: &[(&Rule, &Outcome)], page: &mut Page) {
    let mut table = Table::new(vec![
        Column::left("alert"),
        Column::left("series"),
        Column::right("now"),
        Column::right("warn"),
        Column::right("critical"),
        Column::left("level"),
    ]);
    for (rule, outcome) in all {
        let name = || text![Foreign::from(rule.name.as_str())];
        let sign = match rule.bad {
            Bad::High => "≥ ",
            Bad::Low => "≤ ",
        };
        let threshold =
            |it: Option<rollout::Decimal>| it.map(|it| text![sign, number(it)]).unwrap_or_default();
        let mut row = |series: Text, now: Text, level: Level| {
            let level = text![mark(level), level.name()];
            table.row(vec![
                name(),
                series,
                now,
                threshold(rule.warn),
                threshold(rule.critical),
                level,
            ]);
        };
        if outcome.series.is_empty() {
            row(Text::new(), text!["no data"], outcome.level);
        }
        for (level, seen) in outcome.series.iter().take(MOST) {
            row(labels(&seen.labels), value(&seen.reading), *level);
        }
        if outcome.series.len() > MOST {
            row(text![outcome.series.len() - MOST, " more"], Text::new(), Level::Ok);
        }
    }
    page.table(table);
}

fn mark(level: Level) -> &'static str {
    match level {
        Level::Ok => "✅ ",
        Level::Unknown => "❔ ",
        Level::Warn => "⚠️ ",
        Level::Critical => "❌ ",
    }
}

fn value(reading: &Reading) -> Text {
    match reading {
        Reading::Value(value) => text![number(*value)],
        Reading::Infinity => text!["+Inf"],
        Reading::NegativeInfinity => text!["-Inf"],
        Reading::NoData(_) => text!["no data"],
        Reading::Error(why) => text![Piece::Said(why.clone())],
    }
}

/// The labels of a series, as a query would choose it.
fn labels(labels: &BTreeMap<String, String>) -> Text {
    let pairs = labels.iter().filter(|(label, _)| *label != "__name__");
    let pairs: Vec<String> = pairs.map(|(label, value)| format!("{label}={value}")).collect();
    if pairs.is_empty() {
        return Text::new();
    }
    text![Foreign::from(pairs.join(", ").as_str())]
}
