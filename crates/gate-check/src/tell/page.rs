//! The report: what blocks, why, and what to do first.

use diagnostics::{Foreign, Level, Text, text};
use runner_protocol::{Column, Out, Page, Table};
use verdict::{Outcome, Reason, State, Verdict};

use super::Told;
use super::problems::{named, worst};

/// How many reasons of a gate are listed; the verdict file has all of them.
const MOST: usize = 20;

/// Fills the report.
pub(super) fn page(told: &Told<'_>, out: &mut Out) {
    out.summary(|page| {
        page.heading(heading(told));
        let (level, first) = first_thing(told);
        page.callout(level, first);
        gates(told, page);
        notes(told, page);
        set_aside(told, page);
    });
}

fn heading(told: &Told<'_>) -> Text {
    match told.decision.verdict {
        Verdict::Error => text!["Gate: no answer"],
        _ if told.decision.blocks() => text!["Gate: blocked"],
        Verdict::Pass => text!["Gate: passed"],
        Verdict::Warn
        | Verdict::Inconclusive
        | Verdict::Acknowledge
        | Verdict::Review
        | Verdict::Fail => text!["Gate: passed, with remarks"],
    }
}

/// The one thing to do first.
fn first_thing(told: &Told<'_>) -> (Level, Text) {
    let blocking = told.decision.blocking();
    let Some(gate) = blocking.first() else {
        let ran = told.decision.outcomes.len();
        let mut all = text!["Nothing blocks: ", ran];
        all.text(if ran == 1 { " gate was looked at." } else { " gates were looked at." });
        return (Level::Notice, all);
    };
    let mut first = text![Foreign::from(gate.gate.name())];
    first.text(match gate.verdict() {
        Verdict::Error => " has no answer: ",
        Verdict::Review => " needs an approval: ",
        Verdict::Acknowledge => " needs an acknowledgement: ",
        Verdict::Pass | Verdict::Warn | Verdict::Inconclusive | Verdict::Fail => " blocks: ",
    });
    if let Some(reason) = worst(gate).first() {
        first.append(named(reason));
        if let Some(help) = &reason.help {
            first.text(". First: ").append(help.clone());
        } else if let Some(place) = &reason.place {
            first.text(". First: see ").foreign(place.file.clone());
            if let Some(line) = place.line {
                first.text(":").number(line);
            }
        }
    }
    if !first.unescaped().ends_with('?') {
        first.text(".");
    }
    for other in blocking.iter().skip(1) {
        first.text(" ").foreign(other.gate.name()).text(match other.verdict() {
            Verdict::Error => " has no answer.",
            Verdict::Pass
            | Verdict::Warn
            | Verdict::Inconclusive
            | Verdict::Acknowledge
            | Verdict::Review
            | Verdict::Fail => " blocks too.",
        });
    }
    (Level::Error, first)
}

fn gates(told: &Told<'_>, page: &mut Page) {
    let mut table = Table::new(vec![
        Column::left("gate"),
        Column::left("verdict"),
        Column::left("measured"),
        Column::left("limit"),
        Column::left("found"),
    ]);
    for outcome in &told.decision.outcomes {
        let verdict = outcome.verdict();
        table.row(vec![
            text![outcome.gate.name()],
            text![mark(told, verdict), verdict.name()],
            outcome.measured.clone(),
            outcome.limit.clone(),
            found(outcome),
        ]);
    }
    page.table(table);
}

/// How many reasons there are of each verdict, the worst first: `1 fail, 2 warn`.
fn found(outcome: &Outcome) -> Text {
    let open = worst(outcome);
    let mut said = Text::new();
    for verdict in Verdict::ALL.into_iter().rev() {
        let count = open.iter().filter(|reason| reason.verdict == verdict).count();
        if count > 0 {
            said.text(if said.is_empty() { "" } else { ", " });
            said.push(count).text(" ").text(verdict.name());
        }
    }
    said
}

fn mark(told: &Told<'_>, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅ ",
        _ if told.decision.is_blocking(verdict) => "❌ ",
        Verdict::Warn
        | Verdict::Inconclusive
        | Verdict::Acknowledge
        | Verdict::Review
        | Verdict::Fail
        | Verdict::Error => "⚠️ ",
    }
}

/// What is worth knowing and is no problem. Problems follow the report.
fn notes(told: &Told<'_>, page: &mut Page) {
    let reasons = told.decision.outcomes.iter().flat_map(|outcome| &outcome.reasons);
    let notes = reasons.filter(|it| it.state == State::Open && it.verdict == Verdict::Pass);
    let notes: Vec<&Reason> = notes.collect();
    if notes.is_empty() {
        return;
    }
    page.details(text!["Worth knowing: ", notes.len()], |page| {
        page.list(notes.iter().take(MOST).map(|reason| line(reason)).collect());
        if notes.len() > MOST {
            page.paragraph(text![
                notes.len() - MOST,
                " more are in the verdict file (`--verdict-file`)."
            ]);
        }
    });
}

fn line(reason: &Reason) -> Text {
    let mut line = named(reason);
    if let Some(place) = &reason.place {
        line.text(" at ").foreign(place.file.clone());
        if let Some(number) = place.line {
            line.text(":").number(number);
        }
    }
    if let Some(help) = &reason.help {
        line.text(": ").append(help.clone());
    }
    line
}

/// What was found and does not count, and why.
fn set_aside(told: &Told<'_>, page: &mut Page) {
    let mut lines = Vec::new();
    let reasons = told.decision.outcomes.iter().flat_map(|outcome| &outcome.reasons);
    let mut left = 0;
    for reason in reasons {
        let why = match &reason.state {
            State::Open => continue,
            State::Waived(number) => waived(told, *number),
            State::Acknowledged => text!["acknowledged"],
            State::Known => text!["the base has it too"],
            State::Suppressed(why) => {
                let mut said = text!["suppressed in the tool"];
                if let Some(why) = why {
                    said.text(": ").foreign(why.clone());
                }
                said
            }
        };
        if lines.len() == MOST {
            left += 1;
            continue;
        }
        let mut line = named(reason);
        line.text(", ").append(why);
        lines.push(line);
    }
    if lines.is_empty() {
        return;
    }
    let total = lines.len() + left;
    page.details(text!["Set aside: ", total], |page| {
        page.list(lines);
        if left > 0 {
            page.paragraph(text![left, " more are in the verdict file."]);
        }
    });
}

fn waived(told: &Told<'_>, number: usize) -> Text {
    let Some(waiver) = told.policy.waivers.get(number) else { return text!["waived"] };
    let mut why = text!["waived by ", Foreign::from(waiver.owner.as_str())];
    why.text(" until ").foreign(waiver.expires.to_string().as_str());
    why.text(": ").foreign(waiver.reason.as_str());
    why
}
