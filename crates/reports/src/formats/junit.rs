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

use bstr::BString;
use quick_xml::{Reader, XmlVersion};
use quick_xml::events::{BytesStart, Event};

use super::Sink;
use crate::position::Counted;
use crate::{Case, Found, Identity, Micros, Outcome, Sample, Time, WhyNoTime, time};

pub(super) const NAME: &str = "junit";
pub(super) const WANTED: &str = "JUnit XML";

pub(super) fn sniff(head: &[u8]) -> bool {
    head.starts_with(b"<")
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    let mut reader = Reader::from_reader(input);
    reader.config_mut().allow_dangling_amp = true;
    let mut document = Document { suites: Vec::new(), case: None, depth: 0, seen_root: false };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| broken(&error))? {
            Event::Start(tag) => document.open(&tag, sink)?,
            Event::Empty(tag) => {
                document.open(&tag, sink)?;
                document.close(tag.name().as_ref(), sink)?;
            }
            Event::End(tag) => document.close(tag.name().as_ref(), sink)?,
            Event::Eof => return document.end(),
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

/// Where in the document the reader is.
struct Document {
    suites: Vec<Suite>,
    case: Option<OpenCase>,
    depth: usize,
    seen_root: bool,
}

/// What a suite says about the cases in it.
#[derive(Default)]
struct Suite {
    name: Option<BString>,
    file: Option<BString>,
}

/// A case that is being read.
struct OpenCase {
    case: Case,
    outcome: Outcome,
    time: Time,
    earlier_tries: u64,
}

impl Document {
    fn open(&mut self, tag: &BytesStart<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
        self.depth += 1;
        if self.depth > sink.limits().depth {
            return Err(Found::TooDeep);
        }
        if tag.len() > sink.limits().attribute_bytes {
            return Err(Found::TooLong);
        }
        let name = tag.local_name();
        let name: &str = name.as_ref();
        if self.depth == 1 {
            self.seen_root = matches!(name, "testsuites" | "testsuite");
            if !self.seen_root {
                let html = name.eq_ignore_ascii_case("html");
                return Err(if html { Found::Html } else { Found::OtherXml });
            }
        }
        match name {
            "testsuite" => self.suites.push(Suite {
                name: attribute(tag, "name")?,
                file: attribute(tag, "file")?,
            }),
            "testcase" => self.case = Some(self.open_case(tag)?),
            _ => self.in_case(name, tag)?,
        }
        Ok(())
    }

    fn open_case(&self, tag: &BytesStart<'_>) -> Result<OpenCase, Found> {
        let inherited = self.suites.iter().rev().find_map(|suite| suite.file.clone());
        let seconds = attribute(tag, "time")?;
        Ok(OpenCase {
            case: Case {
                file: attribute(tag, "file")?.or(inherited),
                suite: self.suites.last().and_then(|suite| suite.name.clone()),
                class: attribute(tag, "classname")?,
                name: attribute(tag, "name")?,
            },
            outcome: Outcome::Passed,
            time: seconds.map_or(Time::Unknown(WhyNoTime::Missing), |text| time::seconds(&text)),
            earlier_tries: 0,
        })
    }

    /// What an element within a case says about it.
    fn in_case(&mut self, name: &str, tag: &BytesStart<'_>) -> Result<(), Found> {
        let Some(case) = &mut self.case else { return Ok(()) };
        match name {
            "skipped" => case.outcome = Outcome::Skipped,
            "failure" | "error" => case.outcome = Outcome::Failed,
            "flakyFailure" | "flakyError" | "rerunFailure" | "rerunError" => {
                let seconds = attribute(tag, "time")?.map(|text| time::seconds(&text));
                if let Some(Time::Known(Micros(micros))) = seconds {
                    case.earlier_tries = case.earlier_tries.saturating_add(micros);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str, sink: &mut Sink<'_>) -> Result<(), Found> {
        self.depth = self.depth.saturating_sub(1);
        let local = name.rsplit(':').next().unwrap_or(name);
        match local {
            "testsuite" => {
                self.suites.pop();
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

    fn end(self) -> Result<(), Found> {
        match (self.depth, self.seen_root) {
            (0, true) => Ok(()),
            (0, false) => Err(Found::OtherXml),
            (_, _) => Err(Found::End),
        }
    }
}

impl OpenCase {
    fn sample(self) -> Sample {
        let time = match (self.outcome, self.time) {
            (Outcome::Skipped, _) => Time::Unknown(WhyNoTime::Skipped),
            (Outcome::Passed | Outcome::Failed, Time::Known(Micros(micros))) => {
                Time::Known(Micros(micros.saturating_add(self.earlier_tries)))
            }
            (Outcome::Passed | Outcome::Failed, unknown @ Time::Unknown(_)) => unknown,
        };
        Sample { identity: Identity::Case(self.case), outcome: self.outcome, time }
    }
}

/// The value of an attribute, with the entities that XML itself defines.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<BString>, Found> {
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| Found::BrokenXml)?;
        if attribute.key.as_ref() == name {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Found::Entity)?;
            return Ok(Some(value.as_bytes().into()));
        }
    }
    Ok(None)
}

fn broken(error: &quick_xml::Error) -> Found {
    use quick_xml::errors::{IllFormedError, SyntaxError};
    let cut_off = matches!(
        error,
        quick_xml::Error::Syntax(
            SyntaxError::UnclosedTag
                | SyntaxError::UnclosedCData
                | SyntaxError::UnclosedComment
                | SyntaxError::UnclosedDoctype,
        ) | quick_xml::Error::IllFormed(IllFormedError::MissingEndTag(_))
    );
    match error {
        quick_xml::Error::Io(_) => Found::Disk,
        quick_xml::Error::Syntax(_)
        | quick_xml::Error::IllFormed(_)
        | quick_xml::Error::InvalidAttr(_)
        | quick_xml::Error::Encoding(_)
        | quick_xml::Error::Escape(_)
        | quick_xml::Error::Namespace(_) => {
            if cut_off { Found::End } else { Found::BrokenXml }
        }
    }
}
