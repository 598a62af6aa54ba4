//! `JUnit` XML, which nobody has specified: the dialects of cargo-nextest, pytest, jest-junit,
//! vitest, Playwright, mocha-junit-reporter, `node --test` and surefire are read.
//!
//! Suites may be nested, missing or the root. `file` may stand on the case or on a suite around it.
//! A suite's own `time` is never used: it is 0 for some tools and counts twice for others. What
//! earlier tries took (`flakyFailure`, `rerunFailure` and their kin, as surefire and nextest write
//! them) is part of what the test costs.
//!
//! A DTD is passed over: nothing in it is read, resolved or fetched. An entity that only a DTD could
//! define makes the report malformed where one of its values is used.

use std::borrow::Cow;
use std::rc::Rc;

use bstr::BString;

use super::Sink;
use crate::head::Head;
use crate::position::Counted;
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
    let mut document = Document::default();
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
    }
    Ok(())
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
}

/// What a suite says about the cases in it.
#[derive(Default)]
struct Suite {
    name: Option<Rc<BString>>,
    file: Option<Rc<BString>>,
    host: Option<Rc<BString>>,
}

/// Values of `status` and `result` of a case that was not run (`GoogleTest`'s documentation,
/// "Generating an XML Report", and `CTest`'s `--output-junit`).
const NOT_RUN: &[&str] = &["notrun", "disabled", "skipped", "suppressed"];

/// A case that is being read.
struct OpenCase {
    case: Case,
    outcome: Outcome,
    time: Time,
    earlier_tries: u64,
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
                    _ => {}
                })?;
                let shared = [&suite.name, &suite.file, &suite.host].into_iter().flatten();
                if shared.map(|name| name.len()).any(|length| length > LONGEST_SHARED) {
                    return Err(Found::TooLong);
                }
                self.suites.push(suite);
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
        tag.attributes(|name, value| match name {
            "file" => case.file = Some(Rc::new(bytes(value))),
            "classname" => case.class = Some(bytes(value)),
            "name" => case.name = Some(bytes(value)),
            "time" => time = time::seconds(value.as_bytes()),
            // GoogleTest's way to say that a test was not run; its time is then 0.
            "status" | "result" if NOT_RUN.contains(&value.as_ref()) => outcome = Outcome::Skipped,
            _ => {}
        })?;
        let around = self.suites.iter().rev().find_map(|suite| suite.file.clone());
        case.file = case.file.or(around).or_else(|| self.root_file.clone());
        case.suite = self.suites.last().and_then(|suite| suite.name.clone());
        case.host = self.suites.last().and_then(|suite| suite.host.clone());
        Ok(OpenCase { case, outcome, time, earlier_tries: 0 })
    }

    /// What an element within a case says about it.
    fn in_case(&mut self, name: &str, tag: &Tag<'_>) -> Result<(), Found> {
        let Some(case) = &mut self.case else { return Ok(()) };
        match name {
            "skipped" => case.outcome = Outcome::Skipped,
            "failure" | "error" => case.outcome = Outcome::Failed,
            "flakyFailure" | "flakyError" | "rerunFailure" | "rerunError" => {
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

    fn close(&mut self, tag: &Tag<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
        match tag.name() {
            "testsuite" => {
                let is_root =
                    |suite: &Suite| suite.name.as_deref().is_some_and(|name| name == "Root Suite");
                if let Some(root) = self.suites.pop().filter(is_root) {
                    self.root_file = root.file;
                }
            }
            "testcase" => {
                if let Some(case) = self.case.take() {
                    sink.push(case.sample())?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn bytes(value: Cow<'_, str>) -> BString {
    value.into_owned().into()
}

impl OpenCase {
    fn sample(self) -> Sample {
        let earlier = Time::Known(Micros(self.earlier_tries));
        Sample::new(Identity::Case(self.case), self.outcome, time::sum(self.time, earlier))
    }
}
