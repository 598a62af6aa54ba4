//! Whether what was found may become what later runs are compared with.
//!
//! A baseline moves after a pass or a waiver. What is worse than the base must not become the base because
//! a mode only warns of it: then it would never be told again. What warns for another reason, as a floor
//! that was never reached, keeps nothing, or the base would be stuck.

use crate::{Decision, Gate, Reason, State, Verdict};

/// The rules that hold what is found against the base.
const AGAINST_THE_BASE: [&str; 5] = [
    "coverage-component-drop",
    "coverage-max-drop",
    "performance-regression",
    "performance-removed",
    "test-vanished",
];

impl Decision {
    /// Whether a gate's part of the baseline may move; `has_base` says whether there is one yet. A gate that
    /// did not run moves nothing.
    pub fn may_move(&self, gate: Gate, has_base: bool) -> bool {
        let outcome = self.outcomes.iter().find(|outcome| outcome.gate == gate);
        outcome.is_some_and(|outcome| {
            let is_open = |reason: &&Reason| reason.state == State::Open;
            let mut open = outcome.reasons.iter().filter(is_open);
            outcome.verdict() <= Verdict::Inconclusive
                && !(has_base && open.any(|reason| is_worse(gate, reason)))
        })
    }
}

/// Whether an open reason says that something is worse than the base.
fn is_worse(gate: Gate, reason: &Reason) -> bool {
    if gate == Gate::Security {
        // What the base has too is not open where the base counts.
        return !matches!(reason.verdict, Verdict::Pass | Verdict::Inconclusive);
    }
    reason.verdict > Verdict::Pass
        && AGAINST_THE_BASE.iter().any(|rule| reason.rule.raw() == rule.as_bytes())
}

#[cfg(test)]
mod tests {
    use diagnostics::text;

    use super::*;
    use crate::{Mode, Outcome};

    /// Whether the part of a gate moves, with and without a base, where it gives one reason.
    #[track_caller]
    fn check(gate: Gate, rule: &str, verdict: Verdict, state: State, wanted: (bool, bool)) {
        let reason = Reason { state, ..Reason::new(rule, verdict, "x") };
        let outcome =
            Outcome { gate, measured: text!["x"], limit: text!["x"], reasons: vec![reason] };
        let decision = Decision::of(vec![outcome], Mode::Block, false);
        let found = (decision.may_move(gate, true), decision.may_move(gate, false));
        assert_eq!(found, wanted, "{rule} {verdict:?}");
        assert!(!decision.may_move(Gate::Docs, false));
    }

    #[test]
    fn what_is_worse_than_the_base_does_not_become_it() {
        let open = || State::Open;
        check(Gate::Tests, "test-vanished", Verdict::Fail, open(), (false, false));
        check(Gate::Tests, "test-vanished", Verdict::Warn, open(), (false, true));
        check(Gate::Tests, "test-vanished", Verdict::Fail, State::Waived(0), (true, true));
        check(Gate::Tests, "flaky-test", Verdict::Warn, open(), (true, true));
        check(Gate::Coverage, "coverage-min", Verdict::Warn, open(), (true, true));
        check(Gate::Coverage, "coverage-max-drop", Verdict::Warn, open(), (false, true));
        check(
            Gate::Coverage,
            "coverage-patch-unknown",
            Verdict::Inconclusive,
            open(),
            (true, true),
        );
        check(
            Gate::Performance,
            "performance-regression",
            Verdict::Inconclusive,
            open(),
            (false, true),
        );
        check(
            Gate::Performance,
            "performance-no-base",
            Verdict::Inconclusive,
            open(),
            (true, true),
        );
        check(Gate::Security, "CVE-1", Verdict::Warn, open(), (false, true));
        check(Gate::Security, "CVE-1", Verdict::Warn, State::Known, (true, true));
        check(Gate::Security, "CVE-1", Verdict::Pass, open(), (true, true));
    }
}
