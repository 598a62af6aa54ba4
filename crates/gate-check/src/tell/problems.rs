//! Reasons as problems: annotations in a job, blocks with their source on a terminal.

use diagnostics::{Level, Problem, Text, text};
use runner_protocol::Out;
use verdict::{Outcome, Reason, State, Verdict};

use super::Told;

/// How many reasons of a gate become problems; the verdict file has all of them.
const MOST: usize = 50;

/// Tells what is open, the worst first.
pub(super) fn tell(told: &Told<'_>, out: &mut Out) {
    for outcome in &told.decision.outcomes {
        let worst = worst(outcome);
        for reason in worst.iter().take(MOST) {
            out.problem(problem(told, reason));
        }
        if worst.len() > MOST {
            let gate = outcome.gate.name();
            let message = text![worst.len() - MOST, " more of the gate ", gate, " are not shown"];
            out.problem(Problem::notice(message).help("the verdict file has all of them"));
        }
    }
}

/// The open reasons of a gate that are worth a look, the worst first.
pub(super) fn worst(outcome: &Outcome) -> Vec<&Reason> {
    let open = outcome.reasons.iter().filter(|reason| reason.state == State::Open);
    let mut open: Vec<&Reason> = open.filter(|reason| reason.verdict > Verdict::Pass).collect();
    open.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
    open
}

/// What is wrong, with the rule by which a waiver and `explain` name it; missing evidence is not waived.
pub(super) fn named(reason: &Reason) -> Text {
    let mut message = reason.message.clone();
    let rule = reason.rule.raw();
    let is_said = message.unescaped().as_bytes().windows(rule.len().max(1)).any(|it| it == rule);
    if reason.verdict != Verdict::Error && !rule.is_empty() && !is_said {
        message.text(" (").foreign(reason.rule.clone()).text(")");
    }
    message
}

fn problem(told: &Told<'_>, reason: &Reason) -> Problem {
    let level =
        if told.decision.is_blocking(reason.verdict) { Level::Error } else { Level::Warning };
    let mut problem = Problem { level, ..Problem::error(named(reason)) };
    problem.place.clone_from(&reason.place);
    problem.help.clone_from(&reason.help);
    problem
}
