//! What a suite says of its tests in totals, against what is there.

use bstr::BString;

use crate::formats::Sink;
use crate::told::Failure;

/// The totals of one suite, with those of the suites in it.
#[derive(Default)]
pub(crate) struct Claims {
    tests: Option<u64>,
    skipped: u64,
    failed: u64,
    found: Counts,
    /// How many tests are claimed, here and in the suites in it, and neither there nor skipped.
    missing: u64,
    /// The first suite with fewer tests than it says, how many it says, and how many are there.
    short: Option<(BString, u64, u64)>,
}

/// What is there.
#[derive(Clone, Copy, Default)]
struct Counts {
    tests: u64,
    skipped: u64,
    /// Elements that say that something failed, in tests and outside of them: Catch2 writes one for
    /// each assertion.
    failures: u64,
    errors: u64,
}

impl Claims {
    /// Takes an attribute of the suite. What is no number claims nothing.
    pub(crate) fn claim(&mut self, name: &str, value: &str) {
        let number = || value.parse::<u64>().ok();
        match name {
            "tests" => self.tests = number(),
            // One tool writes one of them, and gtest `disabled` beside it.
            "skipped" | "skips" | "ignored" | "disabled" => {
                self.skipped = self.skipped.saturating_add(number().unwrap_or_default());
            }
            "failures" | "errors" => {
                self.failed = self.failed.saturating_add(number().unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Takes a case of the suite.
    pub(crate) fn found(&mut self, is_skipped: bool, failures: u64, errors: u64) {
        self.found.tests += 1;
        self.found.skipped += u64::from(is_skipped);
        self.found.failures += failures;
        self.found.errors += errors;
    }

    /// Takes the number of tests for that of something else: Catch2 and doctest write how many
    /// assertions there were.
    pub(crate) fn counts_assertions(&mut self) {
        self.tests = None;
    }

    /// Takes something that failed outside of a case.
    pub(crate) fn found_outside(&mut self) {
        self.found.errors += 1;
    }

    /// Takes a suite in the suite.
    pub(crate) fn add(&mut self, inner: Self) {
        self.found.tests += inner.found.tests;
        self.found.skipped += inner.found.skipped;
        self.found.failures += inner.found.failures;
        self.found.errors += inner.found.errors;
        self.missing += inner.missing;
        self.short = self.short.take().or(inner.short);
    }

    /// Says what is claimed and not there. It then counts as found, so that no suite around says it
    /// again.
    pub(crate) fn end(&mut self, name: Option<&BString>, is_root: bool, sink: &mut Sink<'_>) {
        let name = || name.cloned().unwrap_or_default();
        let found = self.found.failures.saturating_add(self.found.errors);
        let hidden = self.failed.saturating_sub(found);
        if hidden > 0 {
            let message = Some("the suite says that more failed than its tests".into());
            sink.trouble(name(), Failure { message, ..Failure::default() });
            self.found.errors = self.found.errors.saturating_add(hidden);
        }
        // A test with an `error` may count twice, and a suite that does not load has none.
        let there = self.found.tests.saturating_add(self.found.errors);
        let missing = self.tests.map_or(0, |tests| tests.saturating_sub(there));
        if missing > 0 {
            self.missing = self.missing.saturating_add(missing);
            self.short = self.short.take().or(Some((name(), there + missing, self.found.tests)));
            self.found.tests = self.found.tests.saturating_add(missing);
        }
        // Skipped tests may be left out, and mocha-junit-reporter counts them on the root alone.
        let left_out = self.skipped.saturating_sub(self.found.skipped).min(self.missing);
        self.missing -= left_out;
        self.found.skipped = self.found.skipped.saturating_add(left_out);
        if self.missing == 0 {
            self.short = None;
        }
        if is_root && let Some((suite, claimed, found)) = self.short.take() {
            sink.short(suite, claimed, found);
        }
    }
}
