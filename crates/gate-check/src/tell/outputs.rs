//! The outputs.

use std::collections::BTreeMap;
use std::path::Path;

use runner_protocol::Out;
use verdict::State;

use super::Told;
use crate::wire::line_of;

/// Sets them.
pub(super) fn set(told: &Told<'_>, report: Option<&Path>, out: &mut Out) {
    let decision = told.decision;
    out.output("verdict", decision.verdict.name());
    out.output("passed", if decision.blocks() { "false" } else { "true" });
    let blocking: Vec<&str> =
        decision.blocking().into_iter().map(|outcome| outcome.gate.name()).collect();
    out.output("blocking", line_of(&blocking));
    let mut counts: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for outcome in &decision.outcomes {
        let gate = counts.entry(outcome.gate.name()).or_default();
        for reason in &outcome.reasons {
            let word = match &reason.state {
                State::Open => reason.verdict.name(),
                State::Waived(_) => "waived",
                State::Acknowledged => "acknowledged",
                State::Known => "known",
                State::Suppressed(_) => "suppressed",
            };
            *gate.entry(word).or_default() += 1;
        }
    }
    out.output("counts", line_of(&counts));
    let report = report.map(|path| out.reach(path).display().to_string());
    out.output("report", report.unwrap_or_default());
}
