//! Mocha's reporter `json` (written by mocha 10.8 and 11).
//!
//! Each test stands in `tests`, which does not say how it ended, and again in `passes`, `failures` or
//! `pending`, which do: so these three are read. A hook that failed stands in `failures` like a test,
//! and is none. The time is the last try's; what earlier ones took is not in the report.

use std::rc::Rc;

use bstr::ByteSlice as _;
use serde::Deserialize;
use serde::de::{DeserializeSeed as _, MapAccess, SeqAccess};

use super::{Detail, Sink};
use crate::head::{Head, Value};
use crate::json_stream::{self, AsList, AsObject, List, Object, Samples, seen};
use crate::json_values::{Loose, Milliseconds, Text};
use crate::position::Counted;
use crate::told::Failure;
use crate::{Case, Found, Identity, Outcome, Sample};

pub(super) const NAME: &str = "mocha-json";
pub(super) const WANTED: &str = "the JSON of mocha";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let lists = ["tests", "passes", "failures", "pending"];
    head.has("stats", Value::Object) || lists.iter().any(|list| head.has(list, Value::List))
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    json_stream::read(input, sink, sink.limits().log_bytes, |samples, json| {
        let mut report = Report { samples, has_tests: false };
        AsObject(&mut report).deserialize(json)?;
        seen(report.has_tests)
    })
}

struct Report<'s, 'a, 'b> {
    samples: &'s mut Samples<'a, 'b>,
    has_tests: bool,
}

impl Object for Report<'_, '_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let outcome = match key {
            "passes" => Outcome::Passed,
            "failures" => Outcome::Failed,
            "pending" => Outcome::Skipped,
            _ => return self.samples.pass_over(map),
        };
        self.has_tests = true;
        map.next_value_seed(AsList(Tests { samples: self.samples, outcome }))
    }
}

struct Tests<'s, 'a, 'b> {
    samples: &'s mut Samples<'a, 'b>,
    outcome: Outcome,
}

impl List for Tests<'_, '_, '_> {
    fn element<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(test) = list.next_element::<Test>()? else { return Ok(false) };
        if !self.samples.is_for_a_gate() {
            if !test.is_hook() {
                self.samples.push(test.sample(self.outcome))?;
            }
            return Ok(true);
        }
        let failure = (self.outcome == Outcome::Failed).then(|| test.failure());
        if test.is_hook() {
            self.samples.trouble(test.full_title.0, failure.unwrap_or_default());
            return Ok(true);
        }
        let is_again = test.current_retry.0.is_some_and(|tries| tries > 0);
        let is_flaky = is_again && self.outcome == Outcome::Passed;
        let detail = Detail { outcome: None, is_flaky, failure: failure.map(Box::new) };
        self.samples.push_test(test.sample(self.outcome), detail)?;
        Ok(true)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    title: Text,
    full_title: Text,
    file: Option<Text>,
    #[serde(default)]
    duration: Milliseconds,
    #[serde(default)]
    current_retry: Loose<u64>,
    #[serde(default)]
    err: Loose<Wrong>,
}

#[derive(Deserialize)]
struct Wrong {
    #[serde(default)]
    message: Loose<Text>,
    #[serde(default)]
    stack: Loose<Text>,
}

/// How the titles of hooks begin.
const HOOKS: &[&str] =
    &["\"before all\" hook", "\"before each\" hook", "\"after all\" hook", "\"after each\" hook"];

impl Test {
    fn is_hook(&self) -> bool {
        HOOKS.iter().any(|hook| self.title.0.starts_with_str(hook))
    }

    fn failure(&self) -> Failure {
        let err = self.err.0.as_ref();
        let [message, stack] = [
            err.and_then(|err| err.message.0.as_ref()),
            err.and_then(|err| err.stack.0.as_ref()),
        ]
        .map(|text| text.map(|Text(text)| Failure::of(text)).unwrap_or_default());
        let message = Failure { message: message.message.or(stack.message), ..stack };
        message.or_at(self.file.as_ref().map(|Text(file)| file), None)
    }

    fn sample(self, outcome: Outcome) -> Sample {
        let file = self.file.map(|Text(file)| Rc::new(file));
        let case = Case { file, name: Some(self.full_title.0), ..Case::default() };
        Sample::new(Identity::Case(case), outcome, self.duration.0)
    }
}
