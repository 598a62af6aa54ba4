//! Playwright's reporter `json` (written by Playwright 1.65): suites in suites, the outermost a file.
//!
//! A test is named as in Playwright's `JUnit`: by its file, and by the titles around it and its own
//! with ` › ` between them; its project is its class, `[chromium]`. All tries of it count together. In
//! several projects it is a sample each.

use std::fmt;
use std::rc::Rc;

use bstr::BString;
use serde::de::{DeserializeSeed as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Detail, Sink};
use crate::head::{Head, Value};
use crate::json_stream::{self, AsList, AsObject, List, Object, Samples, seen};
use crate::json_values::{Loose, Milliseconds, Text};
use crate::position::Counted;
use crate::told::Failure;
use crate::{Case, Found, Identity, Outcome, Sample, Time, WhyNoTime, time};

pub(super) const NAME: &str = "playwright-json";
pub(super) const WANTED: &str = "the JSON of Playwright";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.has("suites", Value::List) || head.has("config", Value::Object)
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    json_stream::read(input, sink, sink.limits().log_bytes, |samples, json| {
        let mut report = Report { samples, has_suites: false };
        AsObject(&mut report).deserialize(json)?;
        seen(report.has_suites)
    })
}

struct Report<'s, 'a, 'b> {
    samples: &'s mut Samples<'a, 'b>,
    has_suites: bool,
}

impl Object for Report<'_, '_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "suites" {
            self.has_suites = true;
            let mut place = Place { samples: self.samples, titles: BString::default() };
            return map.next_value_seed(AsList(Suites { place: &mut place, depth: 0 }));
        }
        if key == "errors" && self.samples.is_for_a_gate() {
            return map.next_value_seed(AsList(Errors(self.samples)));
        }
        self.samples.pass_over(map)
    }
}

/// What went wrong outside of any test: a file that does not load, a time that is over.
struct Errors<'s, 'a, 'b>(&'s mut Samples<'a, 'b>);

impl List for Errors<'_, '_, '_> {
    fn element<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(Loose(wrong)) = list.next_element::<Loose<Wrong>>()? else { return Ok(false) };
        let message = wrong.and_then(|wrong| wrong.message);
        let message = message.map(|Text(message)| message).unwrap_or_default();
        self.0.trouble("playwright", Failure::of(&message));
        Ok(true)
    }
}

#[derive(Deserialize)]
struct Wrong {
    message: Option<Text>,
}

/// Where in the report the reader is.
struct Place<'s, 'a, 'b> {
    samples: &'s mut Samples<'a, 'b>,
    /// The titles of the suites around, each with what joins it to the next.
    titles: BString,
}

/// The most bytes of the titles around a test, because every test in the suite carries them.
const LONGEST_TITLES: usize = 4096;

struct Suites<'p, 's, 'a, 'b> {
    place: &'p mut Place<'s, 'a, 'b>,
    depth: usize,
}

impl List for Suites<'_, '_, '_, '_> {
    fn element<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let around = self.place.titles.len();
        let mut suite = Suite { place: self.place, depth: self.depth, has_title: false };
        let is_there = list.next_element_seed(AsObject(&mut suite))?.is_some();
        self.place.titles.truncate(around);
        Ok(is_there)
    }
}

struct Suite<'p, 's, 'a, 'b> {
    place: &'p mut Place<'s, 'a, 'b>,
    /// How many suites stand around it; the outermost is a file.
    depth: usize,
    has_title: bool,
}

impl Object for Suite<'_, '_, '_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "title" => {
                self.has_title = true;
                let Text(title) = map.next_value()?;
                self.open(&title)
            }
            // Playwright writes the title first. Without it, tests would have other names.
            "specs" | "suites" if !self.has_title => Err(A::Error::custom("tests before a title")),
            "specs" => map.next_value_seed(AsList(Specs(self.place))),
            "suites" => {
                map.next_value_seed(AsList(Suites { place: self.place, depth: self.depth + 1 }))
            }
            _ => self.place.samples.pass_over(map),
        }
    }
}

impl Suite<'_, '_, '_, '_> {
    fn open<E: serde::de::Error>(&mut self, title: &BString) -> Result<(), E> {
        if self.depth > 0 {
            self.place.titles.extend_from_slice(title);
            self.place.titles.extend_from_slice(" › ".as_bytes());
        }
        if self.place.titles.len() > LONGEST_TITLES {
            return Err(self.place.samples.refuse(Found::TooLong));
        }
        Ok(())
    }
}

struct Specs<'p, 's, 'a, 'b>(&'p mut Place<'s, 'a, 'b>);

impl List for Specs<'_, '_, '_, '_> {
    fn element<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(spec) = list.next_element::<Spec>()? else { return Ok(false) };
        let Place { samples, titles } = &mut *self.0;
        let file = spec.file.map(|Text(file)| Rc::new(file));
        titles.extend_from_slice(&spec.title.0);
        let name = titles.clone();
        titles.truncate(name.len() - spec.title.0.len());
        for test in spec.tests {
            let outcome = test.status.outcome();
            let is_flaky = matches!(test.status, Status::Flaky);
            let is_told = samples.is_for_a_gate() && (is_flaky || outcome == Outcome::Failed);
            let failure = test.results.2.as_deref().filter(|_| is_told).map(|message| {
                let file = file.as_deref();
                Box::new(Failure { file: None, ..Failure::of(message) }.or_at(file, spec.line.0))
            });
            // It was to be run, and the run ended before: then nothing is known of it.
            if !samples.is_for_a_gate() && outcome == Outcome::Skipped && !test.results.1 && !test.expected_status.is_skipped() {
                continue;
            }
            let project = test.project_name.map(|Text(project)| project).unwrap_or_default();
            let class = Some([&b"["[..], &project, b"]"].concat().into());
            let name = Some(name.clone());
            let case = Case { file: file.clone(), name, class, ..Case::default() };
            let sample = Sample::new(Identity::Case(case), outcome, test.results.0);
            samples.push_test(sample, Detail { outcome: None, is_flaky, failure })?;
        }
        Ok(true)
    }
}

/// A test as it is written, which is run once in each project.
#[derive(Deserialize)]
struct Spec {
    title: Text,
    file: Option<Text>,
    #[serde(default)]
    line: Loose<u64>,
    #[serde(default)]
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    status: Status,
    #[serde(default)]
    expected_status: Expected,
    project_name: Option<Text>,
    #[serde(default)]
    results: Tries,
}

/// How a test should end.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expected {
    /// It is not to be run. Reports without the word are taken at theirs.
    #[default]
    Skipped,
    #[serde(other)]
    Other,
}

impl Expected {
    fn is_skipped(self) -> bool {
        match self {
            Self::Skipped => true,
            Self::Other => false,
        }
    }
}

/// How a test ended. Another word is another shape: whether it ran cannot be guessed.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// As expected, which a failure can be.
    Expected,
    Unexpected,
    Flaky,
    Skipped,
}

impl Status {
    fn outcome(self) -> Outcome {
        match self {
            Self::Expected | Self::Flaky => Outcome::Passed,
            Self::Unexpected => Outcome::Failed,
            Self::Skipped => Outcome::Skipped,
        }
    }
}

/// What all tries of a test took, of which none is kept, whether there was any, and what the first that
/// failed says.
struct Tries(Time, bool, Option<BString>);

impl Default for Tries {
    fn default() -> Self {
        Self(Time::Unknown(WhyNoTime::Missing), false, None)
    }
}

#[derive(Deserialize)]
struct Try {
    #[serde(default)]
    duration: Milliseconds,
    #[serde(default)]
    error: Loose<Wrong>,
}

impl<'de> Deserialize<'de> for Tries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TriesVisitor;

        impl<'de> Visitor<'de> for TriesVisitor {
            type Value = Tries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of tries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tries, A::Error> {
                let (mut all, mut message) = (None, None);
                while let Some(Try { duration: Milliseconds(took), error }) = list.next_element()? {
                    message = message.or(error.0.and_then(|wrong| wrong.message));
                    all = Some(all.map_or(took, |all| time::sum(all, took)));
                }
                let message = message.map(|Text(message)| message);
                Ok(all.map_or_else(Tries::default, |all| Tries(all, true, message)))
            }
        }

        deserializer.deserialize_seq(TriesVisitor)
    }
}
