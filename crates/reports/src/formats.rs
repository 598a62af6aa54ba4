//! The list of report formats: one file each, registered here and nowhere else.

use std::io::BufRead;

use bstr::BString;

use crate::head::Head;
use crate::position::Counted;
use crate::told::{Failure, Short, Tested, Told, Trouble};
use crate::{Found, Malformed, Outcome, Read, Sample, Unit};

/// What a report may not exceed. The defaults are far above any real report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many elements may stand inside each other.
    pub depth: usize,
    /// The bytes of one XML tag with all its attributes, or of one entry of JSON.
    pub tag_bytes: usize,
    /// The bytes of JSON from one test to the next, in formats where logs of tests stand between.
    pub log_bytes: usize,
    /// How many tests a report may have.
    pub samples: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 256, tag_bytes: 64 << 10, log_bytes: 16 << 20, samples: 5_000_000 }
    }
}

/// How a report is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What a report may not exceed.
    pub limits: Limits,
    /// What the numbers of a plain map from names to numbers count. All other formats say it.
    pub unit: Unit,
}

/// What a format's reader hands its samples to.
pub(crate) struct Sink<'a> {
    options: Options,
    take: Take<'a>,
    read: Read,
    /// Where something is wrong, if the format's reader knows better than the reader of bytes.
    pub(crate) place: Option<(u64, u64)>,
}

/// Who wants what is read.
enum Take<'a> {
    /// Somebody who asks for times.
    Samples(&'a mut dyn FnMut(Sample)),
    /// A gate.
    Tests(&'a mut dyn FnMut(Told)),
}

/// What a sample does not say of its test.
#[derive(Default)]
pub(crate) struct Detail {
    /// How it ended for a gate, if that is not how it ended for its time.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) is_flaky: bool,
    pub(crate) failure: Option<Box<Failure>>,
}

impl Sink<'_> {
    /// Whether details are asked for, which cost time.
    pub(crate) fn is_for_a_gate(&self) -> bool {
        match self.take {
            Take::Samples(_) => false,
            Take::Tests(_) => true,
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.options.limits
    }

    pub(crate) fn unit(&self) -> Unit {
        self.options.unit
    }

    pub(crate) fn push(&mut self, sample: Sample) -> Result<(), Found> {
        self.push_test(sample, Detail::default())
    }

    /// Hands a test over with what a gate wants to know.
    pub(crate) fn push_test(&mut self, sample: Sample, detail: Detail) -> Result<(), Found> {
        if self.read.samples == self.options.limits.samples {
            return Err(Found::TooMany);
        }
        self.read.count(&sample);
        match &mut self.take {
            Take::Samples(take) => take(sample),
            Take::Tests(take) => take(Told::Test(Tested {
                identity: sample.identity,
                outcome: detail.outcome.unwrap_or(sample.outcome),
                is_flaky: detail.is_flaky,
                failure: detail.failure,
            })),
        }
        Ok(())
    }

    /// Hands over the time of something that is no test, such as a file with its tests.
    pub(crate) fn push_whole(&mut self, sample: Sample) -> Result<(), Found> {
        if self.is_for_a_gate() { Ok(()) } else { self.push(sample) }
    }

    /// Tells a gate of a failure outside of any test.
    pub(crate) fn trouble(&mut self, name: impl Into<BString>, failure: Failure) {
        if let Take::Tests(take) = &mut self.take {
            take(Told::Trouble(Trouble { name: name.into(), failure }));
        }
    }

    /// Tells a gate of tests that a suite says it has, and that are not there.
    pub(crate) fn short(&mut self, suite: impl Into<BString>, claimed: u64, found: u64) {
        if let Take::Tests(take) = &mut self.take {
            take(Told::Short(Short { suite: suite.into(), claimed, found }));
        }
    }
}

/// Makes the modules, the list and the dispatch from one list of files.
macro_rules! formats {
    ($($(#[doc = $doc:literal])* $module:ident::$name:ident,)*) => {
        $( pub(crate) mod $module; )*

        /// A format of reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format {
            $( $(#[doc = $doc])* $name, )*
        }

        impl Format {
            /// All formats, in the order in which a beginning is held against them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The format's name, which is also that of its folder of fixtures.
            pub fn name(self) -> &'static str {
                match self { $( Self::$name => $module::NAME, )* }
            }

            /// What a report of this format is, in words.
            pub fn wanted(self) -> &'static str {
                match self { $( Self::$name => $module::WANTED, )* }
            }

            /// The format that begins like this, if one does.
            fn sniff(head: &Head<'_>) -> Option<Self> {
                $( if $module::sniff(head) { return Some(Self::$name); } )*
                None
            }

            fn read(self, input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
                match self { $( Self::$name => $module::read(input, sink), )* }
            }
        }
    };
}

formats! {
    /// `JUnit` XML, in the dialects of many tools.
    junit::Junit,
    /// The lines of `go test -json`.
    go_json::GoJson,
    /// The lines of libtest's `--format json`, which cargo-nextest writes too.
    libtest_json::LibtestJson,
    /// The `--json` of jest, and vitest's reporter `json`.
    jest_json::JestJson,
    /// Playwright's reporter `json`.
    playwright_json::PlaywrightJson,
    /// Mocha's reporter `json`.
    mocha_json::MochaJson,
    /// The `timings.json` of cypress-split.
    cypress_split::CypressSplit,
    /// The `.test_durations` of pytest-split.
    pytest_split::PytestSplit,
    /// The `knapsack_rspec_report.json` of Knapsack.
    knapsack::Knapsack,
}

impl Format {
    /// Whether a report says how tests ended.
    pub(crate) fn tells_outcomes(self) -> bool {
        match self {
            Self::Junit
            | Self::GoJson
            | Self::LibtestJson
            | Self::JestJson
            | Self::PlaywrightJson
            | Self::MochaJson => true,
            Self::CypressSplit | Self::PytestSplit | Self::Knapsack => false,
        }
    }
}

/// How much of the beginning decides about the format.
const HEAD: usize = 4096;

/// Reads a report of any format, from front to back, and hands each of its tests to `take`.
///
/// The memory it takes does not grow with the report.
///
/// # Errors
/// When it is no report of a known format, or stops being one. Some tests may have been handed over
/// by then; whether half a report counts is the caller's decision.
pub fn read(
    input: &mut dyn BufRead,
    options: &Options,
    take: &mut dyn FnMut(Sample),
) -> Result<Read, Malformed> {
    read_to(input, options, Take::Samples(take))
}

/// Reads a report of tests of any format as a gate wants it, and hands what it tells to `take`.
///
/// The memory it takes does not grow with the report.
///
/// # Errors
/// As [`read`], and when the report does not tell how tests ended, or the run did not come to its end.
/// What was handed over by then is no evidence.
pub fn read_tests(
    input: &mut dyn BufRead,
    options: &Options,
    take: &mut dyn FnMut(Told),
) -> Result<Read, Malformed> {
    read_to(input, options, Take::Tests(take))
}

fn read_to(input: &mut dyn BufRead, options: &Options, take: Take<'_>) -> Result<Read, Malformed> {
    let mut input = Counted::new(input);
    let head = input.head(HEAD);
    let format = head.and_then(|head| recognised(&head));
    let wanted = match format {
        Ok(format) => format.wanted(),
        Err(_) => "a report of tests in XML or JSON",
    };
    let mut place = None;
    let read = format.and_then(|format| {
        if matches!(take, Take::Tests(_)) && !format.tells_outcomes() {
            return Err(Found::Wrong("times of tests, which do not say how they ended"));
        }
        let mut sink = Sink { options: *options, take, read: Read::new(format), place: None };
        let ended = format.read(&mut input, &mut sink);
        place = sink.place;
        ended.map(|()| sink.read)
    });
    read.map_err(|found| {
        let (line, column) = place.unwrap_or_else(|| input.position());
        Malformed { wanted, found, line, column }
    })
}

/// The format of a report that begins with `head`, or what it is instead.
pub(crate) fn recognised(head: &[u8]) -> Result<Format, Found> {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(Found::Utf16);
    }
    let text = head.trim_ascii_start();
    if text.is_empty() {
        return Err(Found::Empty);
    }
    let lower = text.to_ascii_lowercase();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        return Err(Found::Html);
    }
    Format::sniff(&Head::new(text)).ok_or(Found::NeitherXmlNorJson)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[track_caller]
    fn check(head: &[u8], wanted: Result<Format, Found>) {
        assert_eq!(recognised(head), wanted);
    }

    #[test]
    fn a_report_is_known_by_its_beginning() {
        check(b"<?xml version='1.0'?>", Ok(Format::Junit));
        check(b"  <testsuites/>", Ok(Format::Junit));
        check(br#"{"tests/a.py::t": 1}"#, Ok(Format::PytestSplit));
        check(br#"[["tests/a.py::t", 1]]"#, Ok(Format::PytestSplit));
        check(br#"{"spec/a.rb": 1}"#, Ok(Format::Knapsack));
        check(b"{}", Ok(Format::Knapsack));
        check(b"", Err(Found::Empty));
        check(b" \n", Err(Found::Empty));
        check(b"\xff\xfe<\0", Err(Found::Utf16));
        check(b"<!DOCTYPE html>", Err(Found::Html));
        check(b"not found", Err(Found::NeitherXmlNorJson));
    }

    #[test]
    fn lines_of_events_are_known_wherever_they_begin() {
        check(br#"{"Time":"2026-11-21T10:28:33Z","Action":"run"}"#, Ok(Format::GoJson));
        check(br#"{"Action":"output","Package":"a"}"#, Ok(Format::GoJson));
        check(
            b"# example\n./a.go:5:41: undefined\n{\"Time\":\"\",\"Action\":\"\"}",
            Ok(Format::GoJson),
        );
        check(
            b"warning: x\n{ \"type\": \"suite\", \"event\": \"started\" }",
            Ok(Format::LibtestJson),
        );
        check(b"warning: x\n{\"a\": 1}", Err(Found::NeitherXmlNorJson));
    }

    #[test]
    fn json_is_known_by_its_keys_in_any_order() {
        check(br#"{"numFailedTestSuites":0,"numFailedTests":0,"x":{}}"#, Ok(Format::JestJson));
        check(br#"{"success":true,"testResults":[]}"#, Ok(Format::JestJson));
        check(br#"{"config":{"argv":["#, Ok(Format::PlaywrightJson));
        check(br#"{"errors":[],"stats":{"expected":1},"suites":[]}"#, Ok(Format::PlaywrightJson));
        check(br#"{"stats":{"suites":1},"tests":["#, Ok(Format::MochaJson));
        check(br#"{"failures":[{"err":"#, Ok(Format::MochaJson));
        check(br#"{"durations":[]}"#, Ok(Format::CypressSplit));
    }

    #[test]
    fn a_map_of_numbers_stays_one_whatever_its_keys_are() {
        check(br#"{"durations":1,"stats":2,"suites":3,"config":4}"#, Ok(Format::Knapsack));
        check(br#"{"testResults":1,"Action":2,"type":3,"event":4}"#, Ok(Format::Knapsack));
        check(br#"{"a":{"stats":{}}}"#, Ok(Format::Knapsack));
    }

    #[test]
    fn every_file_of_a_format_is_in_the_list() {
        let listed: BTreeSet<String> =
            Format::ALL.iter().map(|format| format.name().replace('-', "_") + ".rs").collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/formats");
        #[expect(clippy::disallowed_methods, reason = "looks at this crate's own source")]
        let files = std::fs::read_dir(folder).unwrap();
        let files: BTreeSet<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(files, listed);
    }
}
