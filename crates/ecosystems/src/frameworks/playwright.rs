//! Playwright Test: files are shared out, and only those that are too large are opened into tests.
//!
//! An item is a file, as Playwright itself names it (seen from its `rootDir`), for all projects; or
//! one test of one project in the form of its lists, `[project] › file › title › title`. The list is
//! `--list --reporter=json`; the filter is a file for `--test-list` (Playwright documentation,
//! "Command line"; both seen with 1.65.1, and how the lines of the list are read in its
//! `lib/runner/index.js`). That reader trims each title and takes a line for all tests that begin
//! with its titles, so what it would take for something else is refused. Projects that others
//! depend on run in every shard that needs them, as with Playwright's own `--shard`.

use bstr::BString;
use serde::Deserialize;

use super::{About, Owner, Unit};
use crate::filter::{CannotFilter, FilterFile, Part, utf8};
use crate::list::document;
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};

pub(super) const ABOUT: About =
    About { name: "playwright", default_unit: Unit::File, finest_unit: Unit::Test };

/// Between the parts of a test's name.
const ARROW: &str = " › ";

/// How many suites may stand inside each other.
const MOST_LEVELS: usize = 64;

pub(super) fn discovery() -> Vec<Probe> {
    let arguments = ["playwright", "test", "--list", "--reporter=json"];
    vec![Probe::new("npx", &arguments, "the list of tests from Playwright")]
}

/// The document of the reporter `json`, as far as it is read (Playwright, `types/testReporter.d.ts`,
/// `JSONReport`).
#[derive(Deserialize)]
struct Report {
    suites: Vec<Suite>,
    errors: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Suite {
    title: String,
    #[serde(default)]
    specs: Vec<Spec>,
    #[serde(default)]
    suites: Vec<Self>,
}

#[derive(Deserialize)]
struct Spec {
    title: String,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    project_name: String,
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let unreadable = NotDiscovered::Unreadable { wanted: "the JSON of `playwright test --list`" };
    let report: Report = document(answers.output(0), b'{').ok_or(unreadable)?;
    if !report.errors.is_empty() {
        return Err(NotDiscovered::Errors);
    }
    let mut tests = Vec::new();
    // The reader of JSON refuses documents that are nested more deeply, so this ends.
    let mut rest: Vec<(String, &Suite, usize)> =
        report.suites.iter().map(|suite| (suite.title.clone(), suite, 0)).collect();
    while let Some((path, suite, depth)) = rest.pop() {
        if depth == MOST_LEVELS {
            return Err(unreadable);
        }
        tests.extend(suite.specs.iter().flat_map(|spec| names(&path, spec)));
        let below = suite.suites.iter();
        rest.extend(below.map(|it| (format!("{path}{ARROW}{}", it.title), it, depth + 1)));
    }
    Ok(Discovered::tests(tests))
}

/// A test's name in each project.
fn names(path: &str, spec: &Spec) -> impl Iterator<Item = BString> {
    let projects = spec.tests.iter().map(|test| &test.project_name);
    projects.map(move |project| format!("[{project}]{ARROW}{path}{ARROW}{}", spec.title).into())
}

pub(super) fn owners(item: &[u8]) -> Vec<Owner<'_>> {
    let file = test(item).map(|(_, file, _)| Owner { unit: Unit::File, name: file });
    file.into_iter().collect()
}

/// The project, the file and the titles of a test; nothing if the item is a file.
fn test(item: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (project, rest) = super::split(item.strip_prefix(b"[")?, "] › ".as_bytes())?;
    let (file, titles) = super::split(rest, ARROW.as_bytes())?;
    (!file.is_empty() && !titles.is_empty()).then_some((project, file, titles))
}

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let mut list = String::new();
    let all: Vec<&[u8]> = part.own.iter().chain(part.others).copied().collect();
    let is_prefix = Prefixes::new(&all);
    for item in part.own {
        let text = utf8(item)?;
        let file = test(item).map_or(*item, |(_, file, _)| file);
        if test(item).is_none() && text.starts_with(['#', '[']) {
            let why = "is a file whose name begins as a comment or a project does";
            return Err(CannotFilter::new(item, why));
        }
        if utf8(file)?.contains(['›', '>']) || ends_as_place(file) {
            let why = "is in a file whose name reads as something else in a list of Playwright's";
            return Err(CannotFilter::new(item, why));
        }
        if !reads_back(text) {
            let why = "has a line break, or white space at an end, in its name";
            return Err(CannotFilter::new(item, why));
        }
        if is_prefix.holds(item) {
            return Err(CannotFilter::new(item, "has the name of a group of tests too"));
        }
        list.push_str(text);
        list.push('\n');
    }
    let usage = "npx playwright test --test-list \"$FILTER\"";
    Ok(FilterFile { bytes: list.into_bytes(), name: "playwright.txt", usage })
}

/// Whether the line, split at its arrows and trimmed, is the same again.
fn reads_back(text: &str) -> bool {
    // JavaScript's `trim` takes a byte order mark for white space too.
    let is_space = |c: char| c.is_whitespace() || c == '\u{feff}';
    let has_break = text.contains(['\n', '\r']);
    !has_break && text.split(ARROW).all(|part| !part.is_empty() && part.trim_matches(is_space) == part)
        && text.matches('›').count() == text.matches(ARROW).count()
}

/// Whether Playwright takes the end for a line: `a.spec.ts:12`, `a.spec.ts:12:3`.
fn ends_as_place(file: &[u8]) -> bool {
    let number = file.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    number.len() < file.len() && !number.is_empty() && number.iter().all(u8::is_ascii_digit)
}

/// The items in order, to find those that begin with another and an arrow.
struct Prefixes<'a>(Vec<&'a [u8]>);

impl<'a> Prefixes<'a> {
    fn new(items: &[&'a [u8]]) -> Self {
        let mut sorted = items.to_vec();
        sorted.sort_unstable();
        Self(sorted)
    }

    /// Whether an item lies below this one.
    fn holds(&self, item: &[u8]) -> bool {
        let below = [item, ARROW.as_bytes()].concat();
        let at = self.0.partition_point(|other| *other < below.as_slice());
        self.0.get(at).is_some_and(|other| other.starts_with(&below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::Framework;
    use crate::frameworks::tests::{discovered, named};

    #[test]
    fn a_test_is_named_by_project_file_and_titles() {
        let answer = r#"{"errors": [], "suites": [{"title": "sub/a.js", "specs": [
            {"title": "t", "tests": [{"projectName": "one"}, {"projectName": ""}]}
        ], "suites": [{"title": "d › e", "specs": [{"title": "u", "tests": [{"projectName": "one"}]}]}]}]}"#;
        let found = discovered(Framework::Playwright, answer);
        let wanted = ["[] › sub/a.js › t", "[one] › sub/a.js › d › e › u", "[one] › sub/a.js › t"];
        assert_eq!(found, Ok(named(&wanted)));
    }

    #[test]
    fn a_file_that_does_not_load_is_an_error() {
        let answer = r#"{"errors": [{"message": "x"}], "suites": []}"#;
        let found = discovered(Framework::Playwright, answer);
        assert_eq!(found, Err(NotDiscovered::Errors));
    }

    #[track_caller]
    fn check(own: &str, others: &[&str], allowed: bool) {
        let others: Vec<&[u8]> = others.iter().map(|item| item.as_bytes()).collect();
        let filter = filter(&Part { own: &[own.as_bytes()], others: &others });
        assert_eq!(filter.is_ok(), allowed, "{own}");
    }

    #[test]
    fn what_would_be_read_as_something_else_is_refused() {
        check("a [1] (b).spec.js", &[], true);
        check("[p: x] › # a.js › t", &[], true);
        check("# a.js", &[], false);
        check("[a].js", &[], false);
        check("a > b.js", &[], false);
        check("a.js:12", &[], false);
        check("[p] › a.js › t ", &[], false);
        check("[p] › a.js › t\nu", &[], false);
        check("[p] › a.js › t›u", &[], false);
        check("[p] › a.js › t", &["[p] › a.js › t2", "[p] › a.js › t › u"], false);
        check("[p] › a.js › t", &["[p] › a.js › t2", "[q] › a.js › t › u"], true);
    }

    #[test]
    fn a_test_is_in_its_file() {
        let file = owners("[p] › a.js › t".as_bytes());
        assert_eq!(file, [Owner { unit: Unit::File, name: b"a.js" }]);
        assert_eq!(owners(b"a.js"), []);
    }
}
