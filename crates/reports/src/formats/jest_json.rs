//! The `--json` of jest and vitest's reporter `json`, which has the same shape (written by jest 29.7
//! and vitest 3.2).
//!
//! Each assertion is a test, named by its file and its full name. The file as a whole is handed over
//! too: it also holds what its tests share. A file that could not be loaded has no assertions, has
//! failed, and its time says nothing. Only one file is kept at a time.

use std::rc::Rc;

use bstr::BString;
use serde::Deserialize;
use serde::de::{DeserializeSeed as _, MapAccess, SeqAccess};
use serde_json::value::RawValue;

use super::{Detail, Sink};
use crate::head::{Head, Value};
use crate::json_stream::{self, AsList, AsObject, List, Object, Samples, seen};
use crate::json_values::{Loose, Milliseconds, Text};
use crate::position::Counted;
use crate::told::Failure;
use crate::{Case, Found, Identity, Outcome, Sample, Time, Unit, WhyNoTime, time};

pub(super) const NAME: &str = "jest-json";
pub(super) const WANTED: &str = "the JSON of jest or vitest";

/// The list of files, or two of the counts that stand before it.
pub(super) fn sniff(head: &Head<'_>) -> bool {
    let has_count = |name: &&&str| head.has(name, Value::Other);
    head.has("testResults", Value::List) || COUNTS.iter().filter(has_count).count() > 1
}

const COUNTS: &[&str] = &[
    "numFailedTestSuites",
    "numFailedTests",
    "numPassedTestSuites",
    "numPassedTests",
    "numTotalTestSuites",
    "numTotalTests",
];

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    json_stream::read(input, sink, sink.limits().log_bytes, |samples, json| {
        let mut report = Report { samples, has_files: false };
        AsObject(&mut report).deserialize(json)?;
        seen(report.has_files)
    })
}

struct Report<'s, 'a, 'b> {
    samples: &'s mut Samples<'a, 'b>,
    has_files: bool,
}

impl Object for Report<'_, '_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "testResults" {
            self.has_files = true;
            return map.next_value_seed(AsList(Files(self.samples)));
        }
        if key == "wasInterrupted" && self.samples.is_for_a_gate() {
            if map.next_value::<bool>()? {
                let message = Some("the run was interrupted".into());
                self.samples.trouble("jest", Failure { message, ..Failure::default() });
            }
            return Ok(());
        }
        self.samples.pass_over(map)
    }
}

struct Files<'s, 'a, 'b>(&'s mut Samples<'a, 'b>);

impl List for Files<'_, '_, '_> {
    fn element<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(file) = list.next_element::<File>()? else { return Ok(false) };
        file.push(self.0)?;
        Ok(true)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    name: Text,
    status: Status,
    #[serde(default)]
    assertion_results: Vec<Assertion>,
    start_time: Option<Box<RawValue>>,
    end_time: Option<Box<RawValue>>,
    /// Where the two times stand in jest's own results, from which some reporters write.
    perf_stats: Option<PerfStats>,
    /// What is wrong, if the file as a whole failed.
    #[serde(default)]
    message: Loose<Text>,
}

#[derive(Deserialize)]
struct PerfStats {
    start: Option<Box<RawValue>>,
    end: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    full_name: Text,
    status: Status,
    #[serde(default)]
    duration: Milliseconds,
    #[serde(default)]
    failure_messages: Loose<Vec<Text>>,
    /// How often it was run; vitest does not say.
    #[serde(default)]
    invocations: Loose<u64>,
    #[serde(default)]
    location: Loose<Location>,
}

#[derive(Deserialize)]
struct Location {
    line: Option<u64>,
}

/// How a test or a file ended. Another word is another shape: whether it ran cannot be guessed.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// jest calls a file `focused` in which some tests passed and others were not run.
    #[serde(alias = "focused")]
    Passed,
    Failed,
    #[serde(alias = "pending", alias = "todo", alias = "disabled")]
    Skipped,
}

impl Status {
    fn outcome(self) -> Outcome {
        match self {
            Self::Passed => Outcome::Passed,
            Self::Failed => Outcome::Failed,
            Self::Skipped => Outcome::Skipped,
        }
    }
}

impl File {
    fn push<E: serde::de::Error>(self, samples: &mut Samples<'_, '_>) -> Result<(), E> {
        let took = self.took();
        let outcome = self.outcome();
        let file = Rc::new(self.name.0);
        let mut has_failed = false;
        for assertion in self.assertion_results {
            has_failed |= matches!(assertion.status, Status::Failed);
            let detail = if samples.is_for_a_gate() { assertion.detail(&file) } else { Detail::default() };
            let (status, duration) = (assertion.status, assertion.duration);
            let (file, name) = (Some(Rc::clone(&file)), Some(assertion.full_name.0));
            let case = Case { file, name, ..Case::default() };
            let sample = Sample::new(Identity::Case(case), status.outcome(), duration.0);
            samples.push_test(sample, detail)?;
        }
        if outcome == Outcome::Failed && !has_failed && samples.is_for_a_gate() {
            let message = self.message.0.as_ref().map(|Text(message)| message.as_slice());
            let failure = Failure::of(message.unwrap_or_default()).or_at(Some(&file), None);
            samples.trouble(BString::clone(&file), failure);
        }
        let path = Rc::unwrap_or_clone(file);
        samples.push_whole(Sample::new(Identity::Key(path), outcome, took))
    }

    /// How the file as a whole ended. vitest calls one passed of which nothing was run.
    fn outcome(&self) -> Outcome {
        let is_skipped =
            |assertion: &Assertion| matches!(assertion.status.outcome(), Outcome::Skipped);
        let assertions = &self.assertion_results;
        if !assertions.is_empty() && assertions.iter().all(is_skipped) {
            return Outcome::Skipped;
        }
        self.status.outcome()
    }

    fn took(&self) -> Time {
        let (start, end) = match &self.perf_stats {
            Some(stats) => (&stats.start, &stats.end),
            None => (&self.start_time, &self.end_time),
        };
        match (start, end) {
            (Some(start), Some(end)) if !self.assertion_results.is_empty() => {
                let [start, end] = [start, end].map(|point| point.get().as_bytes());
                time::between(start, end, Unit::Milliseconds)
            }
            (_, _) => Time::Unknown(WhyNoTime::Missing),
        }
    }
}

impl Assertion {
    fn detail(&self, file: &BString) -> Detail {
        let is_again = self.invocations.0.is_some_and(|times| times > 1);
        let is_flaky = is_again && matches!(self.status, Status::Passed);
        let line = self.location.0.as_ref().and_then(|location| location.line);
        let failure = matches!(self.status, Status::Failed).then(|| {
            let messages = self.failure_messages.0.as_ref();
            let first = messages.and_then(|messages| messages.first());
            let message = first.map(|Text(message)| message.as_slice()).unwrap_or_default();
            Box::new(Failure::of(message).or_at(Some(file), line))
        });
        Detail { outcome: None, is_flaky, failure }
    }
}
