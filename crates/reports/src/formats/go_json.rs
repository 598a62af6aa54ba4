//! The lines of `go test -json`, each an event (`go doc test2json`; Go 1.19 wrote the fixtures, newer
//! ones also write the events of a build).
//!
//! A subtest's time is part of its parent's, so only top-level tests are handed over, and each package
//! as a whole: its time holds what its tests share, and is less than their sum where they run side by
//! side. The package time of a cached result, or of one that was not built, is no time of its tests.
//!
//! A test that began and did not end ended as its package did: its process died, or it is a benchmark,
//! which never ends (golang/go#61767). Where a package that began did not end, the report is cut off:
//! `go test` ends every package that it names.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};
use serde::Deserialize;

use super::{Detail, Sink};
use crate::begun::{Begun, Pair};
use crate::head::{Head, Value};
use crate::json_lines;
use crate::json_values::{Seconds, Text};
use crate::position::Counted;
use crate::told::Failure;
use crate::{Case, Found, Identity, Outcome, Sample, Time, WhyNoTime};

pub(super) const NAME: &str = "go-json";
pub(super) const WANTED: &str = "lines of `go test -json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let names = ["Package", "ImportPath", "Test", "Time"];
    head.line_has("Action", Value::Text) && names.iter().any(|name| head.line_has(name, Value::Text))
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    let mut run = Run::default();
    json_lines::read(input, sink, Some(hear), |event, sink| run.take(event, sink))?;
    run.end()
}

/// Up to Go 1.23 a package that is not built is told in a line of text only.
fn hear(line: &[u8], sink: &mut Sink<'_>) {
    let Some(rest) = line.strip_prefix(b"FAIL\t") else { return };
    let Some((package, why)) = rest.split_once_str(" ") else { return };
    if why.trim_ascii_end().ends_with(b" failed]") {
        sink.trouble(package, Failure::of(why));
    }
}

/// One line. Fields that do not matter here are left out.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    #[serde(default)]
    action: Action,
    #[serde(default)]
    package: Text,
    test: Option<Text>,
    #[serde(default)]
    elapsed: Seconds,
    output: Option<Text>,
    failed_build: Option<Text>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Run,
    Start,
    Output,
    Pass,
    Fail,
    Skip,
    /// `pause`, `cont`, `bench`, those of a build, and those that are not known yet.
    #[default]
    #[serde(other)]
    Other,
}

/// What is going on.
#[derive(Default)]
struct Run {
    /// The top-level tests that have begun, each after its package.
    begun: Begun,
    /// The packages that have begun and not ended.
    packages: Begun,
    /// The last package whose time is no time of its tests.
    without_time: Option<BString>,
    /// For a gate: what tests that run print first, and the packages that have a test that failed.
    said: BTreeMap<Pair, Failure>,
    failed: BTreeSet<BString>,
}

/// How many tests that run at once are listened to.
const MOST_HEARD: usize = 10_000;

impl Run {
    fn take(&mut self, event: Event, sink: &mut Sink<'_>) -> Result<(), Found> {
        let Event { action, package: Text(package), test, elapsed: Seconds(time), .. } = &event;
        let outcome = match action {
            Action::Run => return self.begin(event),
            // A package that begins and does not end was cut off. Times may be read all the same.
            Action::Start if sink.is_for_a_gate() && !package.is_empty() => {
                return self.packages.insert((package.clone(), BString::default()));
            }
            Action::Output => {
                if sink.is_for_a_gate() {
                    self.listen(&event);
                }
                self.hear(event);
                return Ok(());
            }
            Action::Start | Action::Other => return Ok(()),
            Action::Pass => Outcome::Passed,
            Action::Fail => Outcome::Failed,
            Action::Skip => Outcome::Skipped,
        };
        match test {
            Some(Text(test)) if test.contains(&b'/') => Ok(()),
            Some(Text(test)) => {
                let begun = (package.clone(), test.clone());
                self.begun.remove(&begun);
                self.push(begun, outcome, *time, sink)
            }
            None => self.end_package(event, outcome, sink),
        }
    }

    fn begin(&mut self, event: Event) -> Result<(), Found> {
        let Some(Text(test)) = event.test.filter(|Text(test)| !test.contains(&b'/')) else {
            return Ok(());
        };
        let package = event.package.0;
        self.packages.insert((package.clone(), BString::default()))?;
        self.begun.insert((package, test))
    }

    fn push(
        &mut self,
        test: Pair,
        outcome: Outcome,
        time: Time,
        sink: &mut Sink<'_>,
    ) -> Result<(), Found> {
        if !sink.is_for_a_gate() {
            return sink.push(case(test, outcome, time));
        }
        let said = self.said.remove(&test);
        let mut detail = Detail::default();
        if outcome == Outcome::Failed {
            self.failed.insert(test.0.clone());
            detail.failure = said.map(Box::new);
        }
        sink.push_test(case(test, outcome, time), detail)
    }

    /// Keeps what a test prints first with a place, `    a_test.go:12: message`, or else first of all.
    fn listen(&mut self, event: &Event) {
        let Some(Text(output)) = &event.output else { return };
        let test = event.test.as_ref().map(|Text(test)| test.as_slice()).unwrap_or_default();
        let top = test.split_str("/").next().unwrap_or(test);
        let said = output.trim_ascii();
        let is_frame = ["=== ", "--- ", "PASS", "FAIL", "ok  ", "exit status"];
        if said.is_empty() || is_frame.iter().any(|start| said.starts_with(start.as_bytes())) {
            return;
        }
        let key = (event.package.0.clone(), BString::from(top));
        let is_room = self.said.len() < MOST_HEARD;
        match self.said.get_mut(&key) {
            Some(kept) if kept.file.is_some() => {}
            Some(kept) => {
                let failure = Failure::of(said);
                if failure.file.is_some() {
                    *kept = failure;
                }
            }
            None if is_room => {
                self.said.insert(key, Failure::of(said));
            }
            None => {}
        }
    }

    /// What a package's own output says about its time.
    fn hear(&mut self, event: Event) {
        let is_none = |Text(output): &Text| {
            output.contains_str("\t(cached)") || output.contains_str("[build failed]")
        };
        if event.test.is_none() && event.output.as_ref().is_some_and(is_none) {
            self.without_time = Some(event.package.0);
        }
    }

    fn end_package(
        &mut self,
        event: Event,
        outcome: Outcome,
        sink: &mut Sink<'_>,
    ) -> Result<(), Found> {
        let Text(package) = event.package;
        let missing = Time::Unknown(WhyNoTime::Missing);
        while let Some(begun) = self.begun.take_of(&package) {
            self.push(begun, outcome, missing, sink)?;
        }
        let said = self.said.remove(&(package.clone(), BString::default()));
        if !self.failed.remove(&package) && outcome == Outcome::Failed {
            sink.trouble(package.clone(), said.unwrap_or_default());
        }
        if package.is_empty() {
            return Ok(());
        }
        self.packages.remove(&(package.clone(), BString::default()));
        let has_none = event.failed_build.is_some() || self.without_time.as_ref() == Some(&package);
        let time = if has_none { missing } else { event.elapsed.0 };
        sink.push_whole(Sample::new(Identity::Key(package), outcome, time))
    }

    fn end(self) -> Result<(), Found> {
        if self.packages.into_iter().next().is_some() { Err(Found::End) } else { Ok(()) }
    }
}

fn case((package, test): Pair, outcome: Outcome, time: Time) -> Sample {
    let class = Some(package).filter(|package| !package.is_empty());
    Sample::new(Identity::Case(Case { class, name: Some(test), ..Case::default() }), outcome, time)
}
