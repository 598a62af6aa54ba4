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

use super::{Detail, Sink};
use crate::begun::{Begun, Pair};
use crate::head::{Head, Value};
use crate::json_lines;
use crate::json_values::{Loose, Seconds, Text};
use crate::position::Counted;
use crate::told::Failure;
use crate::{Case, Found, Identity, Outcome, Sample, Time, WhyNoTime};

pub(super) const NAME: &str = "libtest-json";
pub(super) const WANTED: &str = "lines of libtest's `--format json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.line_has("type", Value::Text) && head.line_has("event", Value::Text)
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    let mut run = Run::default();
    json_lines::read(input, sink, None, |line, sink| run.take(&line, sink))?;
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
    #[serde(default)]
    stdout: Loose<Text>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Test,
    /// A benchmark's result: it ends the test of the same name.
    Bench,
    Suite,
    /// A report of times, and what is not known yet.
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
    /// How many suites have begun and not ended.
    suites: u64,
}

impl Run {
    fn take(&mut self, line: &Line, sink: &mut Sink<'_>) -> Result<(), Found> {
        let outcome = match (line.kind, line.event) {
            (Kind::Test, Happened::Started) => return self.begun.insert(pair(&line.name.0)),
            (Kind::Test, Happened::Ok) | (Kind::Bench, _) => Outcome::Passed,
            (Kind::Test, Happened::Failed) => Outcome::Failed,
            (Kind::Test, Happened::Ignored) => Outcome::Skipped,
            (Kind::Suite, Happened::Started) => {
                self.suites = self.suites.saturating_add(1);
                return Ok(());
            }
            (Kind::Suite, Happened::Ok | Happened::Failed) => {
                self.suites = self.suites.saturating_sub(1);
                return Ok(());
            }
            (Kind::Test, Happened::Other)
            | (Kind::Suite, Happened::Ignored | Happened::Other)
            | (Kind::Other, _) => return Ok(()),
        };
        let test = pair(&line.name.0);
        self.begun.remove(&test);
        let is_again = test.0.len() + test.1.len() + 1 < line.name.0.len() && !test.0.is_empty();
        let said = line.stdout.0.as_ref().filter(|_| outcome == Outcome::Failed);
        let detail = Detail {
            outcome: None,
            is_flaky: is_again && outcome == Outcome::Passed,
            failure: said.filter(|_| sink.is_for_a_gate()).map(|Text(said)| Box::new(failure(said))),
        };
        sink.push_test(Sample::new(identity(test), outcome, line.exec_time.0), detail)
    }

    fn end(self, sink: &mut Sink<'_>) -> Result<(), Found> {
        // A suite that did not end has tests of which nothing is known. Times may be read all the same.
        if self.suites > 0 && sink.is_for_a_gate() {
            return Err(Found::End);
        }
        self.begun.into_iter().try_for_each(|test| {
            let is_nextest = !test.0.is_empty();
            let outcome = if is_nextest { Outcome::Skipped } else { Outcome::Failed };
            sink.push(Sample::new(identity(test), outcome, Time::Unknown(WhyNoTime::Missing)))
        })
    }
}

/// Why a test failed: what follows the line in which it panicked, which has the place.
fn failure(output: &[u8]) -> Failure {
    let panicked = output.find(b" panicked at ");
    let start = panicked.and_then(|at| output.get(..at)?.rfind_byte(b'\n').map(|line| line + 1));
    let told = match panicked {
        Some(_) => output.get(start.unwrap_or_default()..).unwrap_or(output),
        None => output,
    };
    let mut failure = Failure::of(told);
    if panicked.is_some()
        && let Some((_, message)) = told.split_once_str("\n")
        && let Failure { message: Some(message), .. } = Failure::of(message)
    {
        failure.message = Some(message);
    }
    failure
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
