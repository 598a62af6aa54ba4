//! `JUnit` XML, which nobody has specified: the dialects of cargo-nextest, pytest, jest-junit,
//! vitest, Playwright, mocha-junit-reporter, `node --test` and surefire are read.
//!
//! Suites may be nested, missing or the root. `file` may stand on the case or on a suite around it.
//! A suite's own `time` is never used: it is 0 for some tools and counts twice for others. What
//! earlier tries took (`flakyFailure`, `rerunFailure` and their kin, as surefire and nextest write
//! them) is part of what the test costs.
//!
//! A gate is told more. The elements decide, and never a total: but a suite that claims more tests than
//! are there was cut or merged, and one that claims more failures failed outside of its tests, as one of
//! jest-junit does whose file does not load. pytest counts a test that passes and whose teardown fails
//! twice, and mocha-junit-reporter leaves skipped tests out. A test that is skipped and has a `failure`
//! was not to count (`todo` of `node --test`); one that is skipped and has an `error` broke in its
//! teardown (pytest), unless Catch2 says that it may fail. What `CTest` could not run stands there as
//! skipped, and has failed.
//!
//! A DTD is passed over: nothing in it is read, resolved or fetched. An entity that only a DTD could
//! define makes the report malformed where one of its values is used.

use std::borrow::Cow;
use std::rc::Rc;

use bstr::BString;

use super::{Detail, Sink};
use crate::head::Head;
use crate::junit_claims::Claims;
use crate::position::Counted;
use crate::told::{Failure, LONGEST_TEXT};
use crate::xml_tags::{Kind, Tag, Tags};
use crate::{Case, Found, Identity, Micros, Outcome, Sample, Time, WhyNoTime, time};

pub(super) const NAME: &str = "junit";
pub(super) const WANTED: &str = "JUnit XML";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.text.starts_with(b"<")
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    let limits = sink.limits();
    let mut tags = Tags::new(input, limits.tag_bytes, limits.depth);
    let mut document = Document { is_for_a_gate: sink.is_for_a_gate(), ..Document::default() };
    let read = tags_to(&mut document, &mut tags, sink);
    if let Err(found) = read {
        sink.place = Some(tags.place_of(found));
    }
    read?;
    if document.seen_root { Ok(()) } else { Err(Found::OtherXml) }
}

fn tags_to(
    document: &mut Document,
    tags: &mut Tags<'_, '_>,
    sink: &mut Sink<'_>,
) -> Result<(), Found> {
    while let Some(tag) = tags.next()? {
        match tag.kind {
            Kind::Open => document.open(&tag)?,
            Kind::Empty => {
                document.open(&tag)?;
                document.close(&tag, sink)?;
            }
            Kind::Close => document.close(&tag, sink)?,
        }
        match document.text {
            Wanted::Nothing => {}
            Wanted::Begin => {
                tags.keep_text(LONGEST_TEXT);
                document.text = Wanted::Nothing;
            }
            Wanted::End => {
                document.explain(&tags.take_text(), sink);
                document.text = Wanted::Nothing;
            }
        }
    }
    Ok(())
}

/// What is to be done about the text between tags.
#[derive(Clone, Copy, Default)]
enum Wanted {
    #[default]
    Nothing,
    /// It is to be kept: it may be the message.
    Begin,
    /// It is there.
    End,
}

/// The longest name of a suite or its file, because every case of the suite carries it.
const LONGEST_SHARED: usize = 1024;

/// Where in the document the reader is.
#[derive(Default)]
struct Document {
    suites: Vec<Suite>,
    /// The file of the last `Root Suite`: mocha-junit-reporter writes the suites of a file after it
    /// and beside it, and under Cypress names the file there only.
    root_file: Option<Rc<BString>>,
    case: Option<OpenCase>,
    seen_root: bool,
    is_for_a_gate: bool,
    /// What `testsuites` claims, and what was found.
    whole: Claims,
    /// The failure that is open: what is said of it so far.
    failure: Option<Open>,
    text: Wanted,
}

/// A `failure` or its like that is being read.
struct Open {
    element: String,
    message: Option<BString>,
}

/// What a suite says about the cases in it.
#[derive(Default)]
struct Suite {
    name: Option<Rc<BString>>,
    file: Option<Rc<BString>>,
    host: Option<Rc<BString>>,
    claims: Claims,
}

/// Values of `status` and `result` of a case that was not run (`GoogleTest`'s documentation,
/// "Generating an XML Report", and `CTest`'s `--output-junit`).
const NOT_RUN: &[&str] = &["notrun", "disabled", "skipped", "suppressed"];

/// Values of `status` and `result` of a case that failed, for tools that write no element.
const FAILED: &[&str] = &["fail", "failed", "failure", "error", "broken", "Failed", "Error"];

/// What Catch2 says of a test that was not to count, beside what it met (`catch_reporter_junit.cpp`).
const MAY_FAIL: &str = "TEST_CASE tagged with !mayfail";

/// A case that is being read.
struct OpenCase {
    case: Case,
    outcome: Outcome,
    time: Time,
    earlier_tries: u64,
    told: CaseTold,
}

/// What the words of a skip mean.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Skip {
    #[default]
    Usual,
    MayFail,
    CouldNotRun,
}

/// Whether the attributes say `notrun`: of `CTest` the `status`, of `GoogleTest` beside a `result`.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Status {
    #[default]
    Other,
    NotRun,
    WithResult,
}

/// What a gate wants to know of a case.
#[derive(Default)]
struct CaseTold {
    says_failed: bool,
    is_skipped: bool,
    skip: Skip,
    status: Status,
    failures: u64,
    errors: u64,
    has_tries: bool,
    line: Option<u64>,
    failure: Option<Box<Failure>>,
}

impl Document {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), Found> {
        let name = tag.name();
        if tag.depth == 1 {
            self.check_root(name)?;
        }
        match name {
            "testsuite" => {
                let mut suite = Suite::default();
                tag.attributes(|name, value| match name {
                    "name" => suite.name = Some(Rc::new(bytes(value))),
                    "file" => suite.file = Some(Rc::new(bytes(value))),
                    "hostname" => suite.host = Some(Rc::new(bytes(value))),
                    _ => suite.claims.claim(name, &value),
                })?;
                // Catch2 always writes this, and the number of assertions as that of tests
                // (`catch_reporter_junit.cpp`).
                if suite.host.as_deref().is_some_and(|host| host == "tbd") {
                    suite.claims.counts_assertions();
                }
                let shared = [&suite.name, &suite.file, &suite.host].into_iter().flatten();
                if shared.map(|name| name.len()).any(|length| length > LONGEST_SHARED) {
                    return Err(Found::TooLong);
                }
                self.suites.push(suite);
            }
            "testsuites" if self.is_for_a_gate && tag.depth == 1 => {
                let claims = &mut self.whole;
                tag.attributes(|name, value| claims.claim(name, &value))?;
            }
            "testcase" if self.case.is_some() => return Err(Found::NestedCase),
            "testcase" => self.case = Some(self.open_case(tag)?),
            _ => self.in_case(name, tag)?,
        }
        Ok(())
    }

    fn check_root(&mut self, name: &str) -> Result<(), Found> {
        self.seen_root = matches!(name, "testsuites" | "testsuite");
        match (self.seen_root, name.eq_ignore_ascii_case("html")) {
            (true, _) => Ok(()),
            (false, true) => Err(Found::Html),
            (false, false) => Err(Found::OtherXml),
        }
    }

    fn open_case(&self, tag: &Tag<'_>) -> Result<OpenCase, Found> {
        let mut case = Case::default();
        let mut time = Time::Unknown(WhyNoTime::Missing);
        let mut outcome = Outcome::Passed;
        let mut told = CaseTold::default();
        tag.attributes(|name, value| match name {
            "file" => case.file = Some(Rc::new(bytes(value))),
            "classname" => case.class = Some(bytes(value)),
            "name" => case.name = Some(bytes(value)),
            "time" => time = time::seconds(value.as_bytes()),
            // GoogleTest's way to say that a test was not run; its time is then 0.
            "status" | "result" if NOT_RUN.contains(&value.as_ref()) => {
                outcome = Outcome::Skipped;
                told.status = match (name, told.status) {
                    ("status", Status::Other) if value == "notrun" => Status::NotRun,
                    ("status", status) => status,
                    _ => Status::WithResult,
                };
            }
            "status" | "result" => told.says_failed |= FAILED.contains(&value.as_ref()),
            "line" => told.line = value.parse().ok(),
            _ => {}
        })?;
        let around = self.suites.iter().rev().find_map(|suite| suite.file.clone());
        case.file = case.file.or(around).or_else(|| self.root_file.clone());
        case.suite = self.suites.last().and_then(|suite| suite.name.clone());
        case.host = self.suites.last().and_then(|suite| suite.host.clone());
        told.is_skipped = outcome == Outcome::Skipped;
        // pytest counts lines from 0 (`_pytest/junitxml.py`), all others from 1.
        if case.suite.as_deref().is_some_and(|suite| suite == "pytest") {
            told.line = told.line.and_then(|line| line.checked_add(1));
        }
        Ok(OpenCase { case, outcome, time, earlier_tries: 0, told })
    }

    /// What an element within a case says about it.
    fn in_case(&mut self, name: &str, tag: &Tag<'_>) -> Result<(), Found> {
        let is_failure = matches!(name, "failure" | "error" | "flakyFailure" | "flakyError");
        if self.is_for_a_gate && is_failure && self.failure.is_none() {
            self.open_failure(name, tag)?;
        }
        let Some(case) = &mut self.case else { return Ok(()) };
        match name {
            "skipped" => {
                case.outcome = Outcome::Skipped;
                case.told.is_skipped = true;
                let read = tag.attributes(|name, value| {
                    if name == "message" {
                        case.told.skipped_because(&value);
                    }
                });
                match read {
                    Ok(()) | Err(Found::TooLong) => {}
                    Err(other) => return Err(other),
                }
            }
            "failure" | "error" => {
                case.outcome = Outcome::Failed;
                case.told.failures += u64::from(name == "failure");
                case.told.errors += u64::from(name == "error");
            }
            "flakyFailure" | "flakyError" | "rerunFailure" | "rerunError" => {
                case.told.has_tries = true;
                let mut took = None;
                let read = tag.attributes(|name, value| {
                    if name == "time" {
                        took = Some(time::seconds(value.as_bytes()));
                    }
                });
                // surefire writes the whole log into `message`: then the time is not worth it.
                match read {
                    Ok(()) | Err(Found::TooLong) => {}
                    Err(other) => return Err(other),
                }
                if let Some(Time::Known(Micros(micros))) = took {
                    case.earlier_tries = case.earlier_tries.saturating_add(micros);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Begins a failure; its text is asked for where it has no message.
    fn open_failure(&mut self, name: &str, tag: &Tag<'_>) -> Result<(), Found> {
        let mut message = None;
        let read = tag.attributes(|name, value| {
            if name == "message" && !value.trim().is_empty() {
                message = Some(value.into_owned().into());
            }
        });
        match read {
            Ok(()) | Err(Found::TooLong) => {}
            Err(other) => return Err(other),
        }
        if message.is_none() {
            self.text = Wanted::Begin;
        }
        self.failure = Some(Open { element: name.to_owned(), message });
        Ok(())
    }

    /// Ends a failure, whose text is this if it was asked for.
    fn explain(&mut self, text: &[u8], sink: &mut Sink<'_>) {
        let Some(open) = self.failure.take() else { return };
        let failure = Failure::of(open.message.as_deref().map_or(text, Vec::as_slice));
        match &mut self.case {
            Some(case) if case.told.failure.is_none() => {
                let failure = failure.or_at(case.case.file.as_deref(), case.told.line);
                case.told.failure = Some(Box::new(failure));
            }
            Some(_) => {}
            None => {
                let suite = self.suites.last_mut();
                let name = suite.as_ref().and_then(|suite| suite.name.as_deref());
                sink.trouble(name.cloned().unwrap_or_default(), failure);
                suite.map_or(&mut self.whole, |suite| &mut suite.claims).found_outside();
            }
        }
    }

    fn close(&mut self, tag: &Tag<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
        let name = tag.name();
        if self.failure.as_ref().is_some_and(|open| open.element == name) {
            self.text = Wanted::End;
        }
        match name {
            "testsuites" if self.is_for_a_gate && tag.depth == 1 => {
                self.whole.end(None, true, sink);
            }
            "testsuite" => {
                let is_root =
                    |suite: &Suite| suite.name.as_deref().is_some_and(|name| name == "Root Suite");
                let Some(mut suite) = self.suites.pop() else { return Ok(()) };
                if self.is_for_a_gate {
                    let is_root = tag.depth <= 1;
                    suite.claims.end(suite.name.as_deref(), is_root, sink);
                    let around = self.suites.last_mut().map(|suite| &mut suite.claims);
                    around.unwrap_or(&mut self.whole).add(std::mem::take(&mut suite.claims));
                }
                if is_root(&suite) {
                    self.root_file = suite.file;
                }
            }
            "testcase" => {
                let Some(case) = self.case.take() else { return Ok(()) };
                if self.is_for_a_gate {
                    let around = self.suites.last_mut().map(|suite| &mut suite.claims);
                    let CaseTold { is_skipped, failures, errors, .. } = case.told;
                    around.unwrap_or(&mut self.whole).found(is_skipped, failures, errors);
                    let (sample, detail) = case.tested();
                    return sink.push_test(sample, detail);
                }
                sink.push(case.sample())?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn bytes(value: Cow<'_, str>) -> BString {
    value.into_owned().into()
}

impl CaseTold {
    /// What Catch2 and `CTest` say only in the words of a skip: that a test may fail, and that one could
    /// not be run, which `CTest` itself counts as failed (`cmCTestTestHandler.cxx`). What it was told to
    /// skip begins with `SKIP_`.
    fn skipped_because(&mut self, why: &str) {
        let was_told_to = why.is_empty() || why.starts_with("SKIP_") || why == "Disabled";
        if why == MAY_FAIL {
            self.skip = Skip::MayFail;
        } else if self.status == Status::NotRun && !was_told_to {
            self.skip = Skip::CouldNotRun;
            self.failure = Some(Box::new(Failure::of(why.as_bytes())));
        }
    }
}

impl OpenCase {
    fn tested(mut self) -> (Sample, Detail) {
        let failure = self.told.failure.take();
        let CaseTold { says_failed, is_skipped, skip, failures, errors, has_tries, .. } = self.told;
        let outcome = if skip == Skip::CouldNotRun || (errors > 0 && skip != Skip::MayFail) {
            Outcome::Failed
        } else if is_skipped {
            Outcome::Skipped
        } else if failures > 0 || says_failed {
            Outcome::Failed
        } else {
            Outcome::Passed
        };
        let is_flaky = has_tries && outcome == Outcome::Passed;
        let failure = failure.filter(|_| is_flaky || outcome == Outcome::Failed);
        (self.sample(), Detail { outcome: Some(outcome), is_flaky, failure })
    }

    fn sample(self) -> Sample {
        let earlier = Time::Known(Micros(self.earlier_tries));
        Sample::new(Identity::Case(self.case), self.outcome, time::sum(self.time, earlier))
    }
}
