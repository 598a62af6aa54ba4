//! The lines of libtest's `--format json`, each an event: those of Rust 1.95, and of cargo-nextest's
//! `--message-format libtest-json` and `libtest-json-plus` (0.9.143).
//!
//! nextest names a test `package::crate$test`, with `@stress-0` after the crate in a stress run and
//! `#2` after the test where it is the second try. Its time is the last try's only: what earlier ones
//! took is not in this report, but is in nextest's `JUnit`.
//!
//! A test that began and did not end has failed: its process died, or the report is cut off. Not so
//! with nextest, which gives each test a process and also begins some that it then ignores: there it
//! is not known to have run.

use std::rc::Rc;

use bstr::{BString, ByteSlice as _};
use serde::Deserialize;

use super::Sink;
use crate::begun::{Begun, Pair};
use crate::head::{Head, Value};
use crate::json_lines;
use crate::json_values::{Seconds, Text};
use crate::position::Counted;
use crate::{Case, Found, Identity, Outcome, Sample, Time, WhyNoTime};

pub(super) const NAME: &str = "libtest-json";
pub(super) const WANTED: &str = "lines of libtest's `--format json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.line_has("type", Value::Text) && head.line_has("event", Value::Text)
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    let mut run = Run::default();
    json_lines::read(input, sink, |line, sink| run.take(&line, sink))?;
    run.end(sink)
}

/// One line. Fields that do not matter here are left out.
#[derive(Deserialize)]
struct Line {
    #[serde(default, rename = "type")]
    kind: Kind,
    #[serde(default)]
    event: Happened,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    exec_time: Seconds,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Test,
    /// A benchmark's result: it ends the test of the same name.
    Bench,
    /// A suite, a report of times, and what is not known yet.
    #[default]
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Happened {
    Started,
    Ok,
    Failed,
    Ignored,
    /// `timeout`, which says that a test is slow and still runs, and what is not known yet.
    #[default]
    #[serde(other)]
    Other,
}

/// What is going on.
#[derive(Default)]
struct Run {
    /// The tests that have begun, each after its binary as nextest names it, or after nothing.
    begun: Begun,
}

impl Run {
    fn take(&mut self, line: &Line, sink: &mut Sink<'_>) -> Result<(), Found> {
        let outcome = match (line.kind, line.event) {
            (Kind::Test, Happened::Started) => return self.begun.insert(pair(&line.name.0)),
            (Kind::Test, Happened::Ok) | (Kind::Bench, _) => Outcome::Passed,
            (Kind::Test, Happened::Failed) => Outcome::Failed,
            (Kind::Test, Happened::Ignored) => Outcome::Skipped,
            (Kind::Test, Happened::Other) | (Kind::Other, _) => return Ok(()),
        };
        let test = pair(&line.name.0);
        self.begun.remove(&test);
        sink.push(Sample::new(identity(test), outcome, line.exec_time.0))
    }

    fn end(self, sink: &mut Sink<'_>) -> Result<(), Found> {
        self.begun.into_iter().try_for_each(|test| {
            let is_nextest = !test.0.is_empty();
            let outcome = if is_nextest { Outcome::Skipped } else { Outcome::Failed };
            sink.push(Sample::new(identity(test), outcome, Time::Unknown(WhyNoTime::Missing)))
        })
    }
}

/// nextest's binary and test, without the number of the try; of other names only a test.
fn pair(name: &[u8]) -> Pair {
    let Some((binary, test)) = name.split_once_str("$") else {
        return (BString::default(), name.into());
    };
    let test = match test.rsplit_once_str("#") {
        Some((test, number)) if is_number(number) => test,
        _ => test,
    };
    (binary.into(), test.into())
}

fn identity((binary, test): Pair) -> Identity {
    let binary = match binary.rsplit_once_str("@stress-") {
        Some((binary, number)) if is_number(number) => binary.into(),
        _ => binary,
    };
    let class = Some(binary).filter(|binary| !binary.is_empty());
    let suite = class.clone().map(Rc::new);
    Identity::Case(Case { suite, class, name: Some(test), ..Case::default() })
}

fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, class: Option<&str>, test: &str) {
        let Identity::Case(case) = identity(pair(name.as_bytes())) else {
            panic!("a key of {name}")
        };
        let class = class.map(BString::from);
        assert_eq!((case.class, case.name), (class.clone(), Some(test.into())), "{name}");
        assert_eq!(case.suite.map(|suite| BString::clone(&suite)), class, "{name}");
    }

    #[test]
    fn a_name_of_nextest_is_a_binary_and_a_test() {
        check("nt::api$from_outside", Some("nt::api"), "from_outside");
        check("nt$tests::is_flaky#2", Some("nt"), "tests::is_flaky");
        check("nt::nt@stress-0$tests::a#12", Some("nt::nt"), "tests::a");
        check("nt$r#try", Some("nt"), "r#try");
        check("nt$a#", Some("nt"), "a#");
        check("nt@x$a$b", Some("nt@x"), "a$b");
        check("tests::a", None, "tests::a");
        check("tests::a#2", None, "tests::a#2");
    }
}
