//! Takes what reports tell of tests, one after the other, and keeps what a decision needs.
//!
//! Of a test that passed nothing is kept, unless names are asked for; of failures, as many as anybody
//! reads, and the number of all.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use reports::{Case, Failure, Identity, Outcome, Short, Tested, Told, Trouble};

use super::policy::{Component, Policy, Reruns};
use crate::globs::is_in;

/// How many failures, and how many of everything else, are kept.
const MOST_KEPT: usize = 10_000;

/// How many tests ended how. A flaky test passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) tests: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    pub(super) flaky: u64,
}

impl Counts {
    pub(super) fn ran(self) -> u64 {
        self.tests.saturating_sub(self.skipped)
    }

    pub(super) fn passed(self) -> u64 {
        self.ran().saturating_sub(self.failed)
    }
}

/// A test that failed, perhaps before it passed.
#[derive(Clone, Debug)]
pub(super) struct FailedTest {
    pub(super) name: BString,
    pub(super) failure: Failure,
    pub(super) is_flaky: bool,
    pub(super) component: Option<usize>,
    /// How many runs of it failed.
    runs: u64,
}

/// What all reports tell.
#[derive(Clone, Debug, Default)]
pub struct TestsSeen {
    parts: Vec<Component>,
    one_pass_is_enough: bool,
    all: Counts,
    counts: Vec<Counts>,
    failed: BTreeMap<BString, FailedTest>,
    not_kept: u64,
    troubles: Vec<Trouble>,
    troubles_not_kept: u64,
    shorts: Vec<Short>,
    /// The names of those that passed, where one pass is enough.
    passed: BTreeSet<BString>,
    names: Option<BTreeSet<BString>>,
}

impl TestsSeen {
    /// Nothing yet. `keeps_names` where they are compared with a baseline, or become one; without it the
    /// memory it takes does not grow with the number of tests that pass.
    pub fn new(policy: &Policy, keeps_names: bool) -> Self {
        Self {
            parts: policy.components.clone(),
            one_pass_is_enough: policy.reruns == Reruns::Any,
            counts: vec![Counts::default(); policy.components.len()],
            names: keeps_names.then(BTreeSet::new),
            ..Self::default()
        }
    }

    /// Takes the next thing that a report tells.
    pub fn take(&mut self, told: Told) {
        match told {
            Told::Test(test) => self.test(test),
            Told::Trouble(trouble) if self.troubles.len() < MOST_KEPT => {
                self.troubles.push(trouble);
            }
            Told::Trouble(_) => self.troubles_not_kept = self.troubles_not_kept.saturating_add(1),
            Told::Short(short) if self.shorts.len() < MOST_KEPT => self.shorts.push(short),
            Told::Short(_) => {}
        }
    }

    fn test(&mut self, test: Tested) {
        let component = self.component(&test.identity);
        let (is_failed, is_flaky) = (test.outcome == Outcome::Failed, test.is_flaky);
        let part = component.and_then(|at| self.counts.get_mut(at));
        for counts in std::iter::once(&mut self.all).chain(part) {
            counts.tests += 1;
            counts.failed += u64::from(is_failed);
            counts.skipped += u64::from(test.outcome == Outcome::Skipped);
            counts.flaky += u64::from(is_flaky);
        }
        let keeps_passed = self.one_pass_is_enough && test.outcome == Outcome::Passed;
        if self.names.is_none() && !keeps_passed && !is_failed && !is_flaky {
            return;
        }
        let name = test_name(&test.identity);
        if keeps_passed {
            self.passed.insert(name.clone());
        }
        if is_failed || is_flaky {
            self.keep(&name, component, test);
        }
        if let Some(names) = &mut self.names {
            names.insert(name);
        }
    }

    fn keep(&mut self, name: &BString, component: Option<usize>, test: Tested) {
        let is_flaky = test.is_flaky;
        let runs = u64::from(!is_flaky);
        if let Some(kept) = self.failed.get_mut(name) {
            kept.is_flaky &= is_flaky;
            kept.runs = kept.runs.saturating_add(runs);
            return;
        }
        if self.failed.len() >= MOST_KEPT {
            self.not_kept = self.not_kept.saturating_add(runs);
            return;
        }
        let failure = test.failure.map_or_else(Failure::default, |failure| *failure);
        let failure = match (&failure.file, &test.identity) {
            (None, Identity::Case(Case { file: Some(file), .. })) => {
                Failure { file: Some(BString::clone(file)), line: None, ..failure }
            }
            _ => failure,
        };
        let test = FailedTest { name: name.clone(), failure, is_flaky, component, runs };
        self.failed.insert(name.clone(), test);
    }

    fn component(&self, identity: &Identity) -> Option<usize> {
        if self.parts.is_empty() {
            return None;
        }
        let case = match identity {
            Identity::Key(key) => {
                return self
                    .parts
                    .iter()
                    .position(|part| is_in(&part.paths, key) || is_in(&part.suites, key));
            }
            Identity::Case(case) => case,
        };
        let file = case.file.as_deref();
        let suites = [case.class.as_ref(), case.suite.as_deref()];
        self.parts.iter().position(|part| {
            file.is_some_and(|file| is_in(&part.paths, file))
                || suites.into_iter().flatten().any(|suite| is_in(&part.suites, suite))
        })
    }

    /// Ends the reports: where one pass is enough, what failed and passed is flaky.
    #[must_use]
    pub fn finished(mut self) -> Self {
        for test in self.failed.values_mut() {
            if test.is_flaky || !self.passed.contains(&test.name) {
                continue;
            }
            test.is_flaky = true;
            let part = test.component.and_then(|at| self.counts.get_mut(at));
            for counts in std::iter::once(&mut self.all).chain(part) {
                counts.failed = counts.failed.saturating_sub(test.runs);
                counts.flaky += 1;
            }
        }
        self
    }

    pub(super) fn all(&self) -> Counts {
        self.all
    }

    pub(super) fn components(&self) -> impl Iterator<Item = Counts> {
        self.counts.iter().copied()
    }

    pub(super) fn failed(&self) -> impl Iterator<Item = &FailedTest> {
        self.failed.values()
    }

    pub(super) fn not_kept(&self) -> u64 {
        self.not_kept
    }

    pub(super) fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        self.troubles.iter()
    }

    pub(super) fn troubles_not_kept(&self) -> u64 {
        self.troubles_not_kept
    }

    pub(super) fn shorts(&self) -> impl Iterator<Item = &Short> {
        self.shorts.iter()
    }

    /// The names of all tests that a report names, if they were asked for.
    pub fn names(&self) -> Option<&BTreeSet<BString>> {
        self.names.as_ref()
    }
}

/// The name by which a test is told and compared with the base: its file, its class or else its suite,
/// and its own name, with ` > ` between them. The machine it ran on is no part of it.
pub fn test_name(identity: &Identity) -> BString {
    let case = match identity {
        Identity::Key(key) => return key.clone(),
        Identity::Case(case) => case,
    };
    let suite = case.class.as_ref().filter(|class| !class.is_empty()).or(case.suite.as_deref());
    let file = case.file.as_deref();
    let suite = suite.filter(|suite| file != Some(*suite));
    let mut name = BString::default();
    for part in [file, suite, case.name.as_ref()].into_iter().flatten() {
        if !name.is_empty() {
            name.extend_from_slice(b" > ");
        }
        name.extend_from_slice(part);
    }
    name
}
