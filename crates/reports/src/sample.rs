//! What a report says about one test.

use std::collections::BTreeMap;
use std::rc::Rc;

use bstr::BString;

use crate::Format;

/// A duration in whole microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub u64);

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed, perhaps after retries.
    Passed,
    /// It failed, or could not be run.
    Failed,
    /// It was not run.
    Skipped,
}

/// How a report names a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By one text: a pytest node id, a path.
    Key(BString),
    /// By several, of which any may be missing: `JUnit`, and most of what runners write in JSON.
    Case(Case),
}

/// The names that a `JUnit` `testcase` has, and what comes nearest to them in other formats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// The attribute `file` of the case or of a suite around it; in JSON the test's file.
    pub file: Option<Rc<BString>>,
    /// The `name` of the innermost suite around it; of nextest the binary id.
    pub suite: Option<Rc<BString>>,
    /// The `hostname` of the innermost suite: the machine, or, as Playwright writes, the project.
    pub host: Option<Rc<BString>>,
    /// The attribute `classname`; of Go the package, of nextest the binary id.
    pub class: Option<BString>,
    /// The attribute `name`; in JSON of JavaScript's runners with the titles around it.
    pub name: Option<BString>,
}

/// One test of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Which test.
    pub identity: Identity,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, all tries together where the report tells of them.
    pub time: Time,
}

impl Sample {
    /// A sample; one of a test that was not run has no time.
    pub(crate) fn new(identity: Identity, outcome: Outcome, time: Time) -> Self {
        let time = match outcome {
            Outcome::Skipped => Time::Unknown(WhyNoTime::Skipped),
            Outcome::Passed | Outcome::Failed => time,
        };
        Self { identity, outcome, time }
    }
}

/// How long something took, or why that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// This long.
    Known(Micros),
    /// Not known.
    Unknown(WhyNoTime),
}

/// Why a time is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhyNoTime {
    /// None was written.
    Missing,
    /// What was written is no number, or not a finite one.
    NotANumber,
    /// It is below zero.
    Negative,
    /// `1,234` may be a thousand or a bit more than one.
    Ambiguous,
    /// Longer than any test can have taken.
    TooLarge,
    /// The test was not run.
    Skipped,
}

/// What was read, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The report's format.
    pub format: Format,
    /// How many tests were handed over.
    pub samples: u64,
    /// How many of them have no time, by the reason.
    pub without_time: BTreeMap<WhyNoTime, u64>,
}

impl Read {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, samples: 0, without_time: BTreeMap::new() }
    }

    pub(crate) fn count(&mut self, sample: &Sample) {
        self.samples += 1;
        match sample.time {
            Time::Known(_) => {}
            Time::Unknown(why) => *self.without_time.entry(why).or_default() += 1,
        }
    }
}
