//! Did every test run and pass, and are those still there that the base has?
//!
//! The tests that a report lists decide, never its totals. A test that failed in one report and passed in
//! another failed, unless the policy says that one pass is enough. Tests that were skipped did not run;
//! where none ran there is no evidence.

mod policy;
mod seen;

use std::collections::BTreeSet;

use bstr::BString;
use diagnostics::{Foreign, Piece, Place, Text, text};
use reports::{Failure, Short, Trouble};

pub use policy::{Component, Policy, Reruns};
pub use seen::{TestsSeen, test_name};

use seen::{Counts, FailedTest};

use crate::globs::is_in;
use crate::{Counted, Gate, Mode, Outcome, Reason, Verdict};

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the reports tell.
    pub seen: &'a TestsSeen,
    /// The names of the base's tests, by [`test_name`], if a baseline has them.
    pub base: Option<&'a BTreeSet<BString>>,
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let seen = facts.seen;
    let all = seen.all();
    let mut reasons = Vec::new();
    if all.ran() == 0 {
        let said = if all.skipped == 0 { "no report has a test" } else { "every test was skipped" };
        reasons.push(
            Reason::new("no-tests", Verdict::Error, said)
                .help("see whether the tests ran at all, and whether the report is the right one"),
        );
    }
    let (failed, flaky): (Vec<&FailedTest>, Vec<&FailedTest>) =
        seen.failed().partition(|test| !test.is_flaky);
    for test in &failed {
        let mode = policy.mode_of(test.component);
        reasons.push(failed_test(test, mode.soften(Verdict::Fail)));
    }
    if seen.not_kept() > 0 {
        let said = text![seen.not_kept(), " more tests failed than are told"];
        reasons.push(Reason::new("test-failed", policy.mode.soften(Verdict::Fail), said));
    }
    reasons.extend(seen.troubles().map(|trouble| trouble_reason(policy, trouble)));
    if seen.troubles_not_kept() > 0 {
        let said = text![seen.troubles_not_kept(), " more failures outside of tests"];
        reasons.push(Reason::new("suite-failed", policy.mode.soften(Verdict::Fail), said));
    }
    reasons.extend(seen.shorts().map(|short| short_reason(policy, short)));
    let limits = Limits {
        name: None,
        mode: policy.mode,
        min_tests: policy.min_tests,
        max_flaky: policy.max_flaky,
        max_skipped: policy.max_skipped,
    };
    reasons.extend(limits.reasons(all));
    let too_flaky = policy.max_flaky.is_some_and(|most| all.flaky > most);
    for test in flaky {
        let verdict = if too_flaky { Verdict::Fail } else { Verdict::Pass };
        let verdict = policy.mode_of(test.component).soften(verdict);
        let said = text![Foreign::new(test.name.as_slice()), " failed before it passed"];
        reasons.push(with_place(
            Reason::new("flaky-test", verdict, said),
            &test.failure,
            &test.name,
        ));
    }
    for (component, counts) in policy.components.iter().zip(seen.components()) {
        reasons.extend(Limits::of(component).reasons(counts));
    }
    reasons.extend(vanished(policy, facts));
    let mut measured = text![all.passed(), " of ", all.ran(), " tests passed"];
    for (number, what) in [(all.skipped, " skipped"), (all.flaky, " flaky")] {
        if number > 0 {
            measured.append(text![", ", number, what]);
        }
    }
    let mut limit = text!["every test, at least ", policy.min_tests];
    if let Some(most) = policy.max_flaky {
        limit.append(text![", at most ", most, " flaky"]);
    }
    if let Some(most) = policy.max_skipped {
        limit.append(text![", at most ", most, " skipped"]);
    }
    Outcome { gate: Gate::Tests, measured, limit, reasons }
}

fn failed_test(test: &FailedTest, verdict: Verdict) -> Reason {
    let mut said = text![Foreign::new(test.name.as_slice()), " failed"];
    if let Some(message) = &test.failure.message {
        said.text(": ").push(Piece::Said(Foreign::new(message.as_slice())));
    }
    with_place(Reason::new("test-failed", verdict, said), &test.failure, &test.name)
}

fn with_place(reason: Reason, failure: &Failure, name: &BString) -> Reason {
    let mut reason = about(reason, name);
    reason.place = failure.file.as_ref().map(|file| Place {
        file: Foreign::new(file.as_slice()),
        line: failure.line,
        column: None,
    });
    reason
}

/// The reason, as one that a waiver can name by the test.
fn about(mut reason: Reason, name: &BString) -> Reason {
    reason.aliases = vec![Foreign::new(name.as_slice())];
    reason.fingerprint = Some(Foreign::new(name.as_slice()));
    reason
}

fn trouble_reason(policy: &Policy, Trouble { name, failure }: &Trouble) -> Reason {
    let mut said = Text::new();
    if name.is_empty() {
        said.text("something failed outside of any test");
    } else {
        said.foreign(Foreign::new(name.as_slice())).text(" failed outside of any test");
    }
    if let Some(message) = &failure.message {
        said.text(": ").push(Piece::Said(Foreign::new(message.as_slice())));
    }
    with_place(Reason::new("suite-failed", policy.mode.soften(Verdict::Fail), said), failure, name)
}

fn short_reason(policy: &Policy, Short { suite, claimed, found }: &Short) -> Reason {
    let suite = Foreign::new(suite.as_slice());
    let said = text![suite, " says that it has ", *claimed, " tests, and ", *found, " are there"];
    let verdict = policy.totals.soften(Verdict::Fail);
    Reason::new("tests-total", policy.mode.soften(verdict), said)
        .help("see whether the report was cut or merged; `totals = \"block\"` makes this a failure")
}

/// What numbers of tests are held against: of all, or of a component.
struct Limits<'p> {
    name: Option<&'p str>,
    mode: Mode,
    min_tests: u64,
    max_flaky: Option<u64>,
    max_skipped: Option<u64>,
}

impl<'p> Limits<'p> {
    fn of(component: &'p Component) -> Self {
        let Component { name, mode, min_tests, max_flaky, max_skipped, .. } = component;
        Self {
            name: Some(name),
            mode: *mode,
            min_tests: *min_tests,
            max_flaky: *max_flaky,
            max_skipped: *max_skipped,
        }
    }

    fn reasons(&self, counts: Counts) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut push = |rule: &'static str, verdict, number: u64, what: &'static str, limit| {
            let mut said = Text::new();
            if let Some(name) = self.name {
                said.foreign(Foreign::from(name)).text(": ");
            }
            said.append(text![number, what, limit]);
            let mut reason = Reason::new(rule, self.mode.soften(verdict), said);
            reason.aliases = self.name.map(Foreign::from).into_iter().collect();
            if verdict == Verdict::Error {
                reason = reason.help("a test counts for the first component that it fits: see `paths` and `suites` of this one, and of those before it");
            }
            reasons.push(reason);
        };
        let ran = counts.ran();
        // That no test ran at all is told by the gate.
        if ran < self.min_tests && (ran > 0 || self.name.is_some()) {
            let verdict = if ran == 0 { Verdict::Error } else { Verdict::Fail };
            push(
                "too-few-tests",
                verdict,
                ran,
                " tests ran, and there must be at least ",
                self.min_tests,
            );
        }
        if let Some(most) = self.max_flaky.filter(|most| counts.flaky > *most) {
            push(
                "too-many-flaky",
                Verdict::Fail,
                counts.flaky,
                " tests are flaky, and may be at most ",
                most,
            );
        }
        if let Some(most) = self.max_skipped.filter(|most| counts.skipped > *most) {
            let what = " tests were skipped, and may be at most ";
            push("too-many-skipped", Verdict::Fail, counts.skipped, what, most);
        }
        reasons
    }
}

/// How many tests that vanished are told by name.
const MOST_TOLD: usize = 1000;

/// The tests that the base has and no report names any more.
fn vanished(policy: &Policy, facts: &Facts<'_>) -> Vec<Reason> {
    let (Some(base), Some(names)) = (facts.base, facts.seen.names()) else {
        let said = "there is no list of the base's tests to compare with";
        let reason = policy.needs_base.then(|| {
            let verdict = policy.mode.soften(Verdict::Fail);
            Reason::new("no-base", verdict, said).help(
                "give a baseline of the default branch; for the first one, waive this for a week",
            )
        });
        return reason.into_iter().collect();
    };
    let is_allowed = |name: &&BString| is_in(&policy.allow_removed, name);
    let gone: Vec<&BString> = base.difference(names).filter(|name| !is_allowed(name)).collect();
    let most = usize::try_from(policy.max_vanished).unwrap_or(usize::MAX);
    let verdict = if gone.len() > most { Verdict::Fail } else { Verdict::Pass };
    let verdict = policy.mode.soften(verdict);
    let mut reasons: Vec<Reason> = gone
        .iter()
        .take(MOST_TOLD)
        .map(|name| {
            let said =
                text![Foreign::new(name.as_slice()), " ran on the base, and is in no report here"];
            let mut reason = about(Reason::new("test-vanished", verdict, said), name);
            let within = Verdict::Pass;
            reason.counted = Some(Counted { number: 0, most: policy.max_vanished, within });
            reason.help("if it was removed or renamed, list it under `allow-removed`")
        })
        .collect();
    if gone.len() > MOST_TOLD {
        let said =
            text![gone.len() - MOST_TOLD, " more tests ran on the base, and are in no report here"];
        reasons.push(Reason::new("test-vanished", verdict, said));
    }
    reasons
}

#[cfg(test)]
mod cases;
