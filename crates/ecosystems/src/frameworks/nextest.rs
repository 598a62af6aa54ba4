//! cargo-nextest: each test is a process of its own, so tests are what is shared out.
//!
//! An item is `binary-id test`, as nextest prints it, or a binary id for all tests of a program.
//!
//! The filter is a configuration of a tool (nextest documentation, "Tool-specific configuration")
//! with a default filter. A plain `default-filter` there loses to one of the user's, so it stands in
//! an override for every platform, which wins over `default-filter` of every profile. It loses only
//! to an override of the user's own that has a `default-filter` (seen with 0.9.143). Ignored tests,
//! and those that the user's default filter leaves out, are not listed; so a shard that has all
//! listed tests of a program still names them one by one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bstr::BString;
use serde::Deserialize;

use super::{About, Owner, Unit, split};
use crate::filter::{CannotFilter, FilterFile, Part, utf8};
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};

pub(super) const ABOUT: About =
    About { name: "nextest", default_unit: Unit::Test, finest_unit: Unit::Test };

pub(super) fn discovery() -> Vec<Probe> {
    let arguments = ["nextest", "list", "--workspace", "--message-format", "json"];
    vec![Probe::new("cargo", &arguments, "the list of tests from cargo-nextest")]
}

/// The document of `--message-format json`, as far as it is read (nextest documentation,
/// "Machine-readable output", "Listing tests").
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct List {
    rust_suites: BTreeMap<String, Suite>,
}

#[derive(Deserialize)]
struct Suite {
    testcases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Case {
    filter_match: FilterMatch,
}

#[derive(Deserialize)]
struct FilterMatch {
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Matches,
    Mismatch,
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let list: List = serde_json::from_slice(answers.output(0))
        .map_err(|_| NotDiscovered::Unreadable { wanted: "the JSON of `cargo nextest list`" })?;
    let mut tests = Vec::new();
    for (binary, suite) in &list.rust_suites {
        for (test, case) in &suite.testcases {
            match case.filter_match.status {
                Status::Matches => tests.push(BString::from(format!("{binary} {test}"))),
                Status::Mismatch => {}
            }
        }
    }
    Ok(Discovered::tests(tests))
}

pub(super) fn owners(item: &[u8]) -> Vec<Owner<'_>> {
    let binary = split(item, b" ").map(|(name, _)| Owner { unit: Unit::Binary, name });
    binary.into_iter().collect()
}

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let mut binaries: BTreeMap<&str, Vec<Option<&str>>> = BTreeMap::new();
    for item in part.own {
        let (binary, test) = match utf8(item)?.split_once(' ') {
            Some((binary, test)) => (binary, Some(test)),
            None => (utf8(item)?, None),
        };
        if binary.is_empty() || test.is_some_and(str::is_empty) {
            return Err(CannotFilter::new(item, "is not `binary-id test`"));
        }
        binaries.entry(binary).or_default().push(test);
    }
    let terms: Vec<String> = binaries.iter().map(|(binary, tests)| term(binary, tests)).collect();
    let filter = if terms.is_empty() { "none()".to_owned() } else { any_of(&terms) };
    // A term holds no single quote, so it can stand between two (TOML 1.0, "Literal strings").
    let file = format!(
        "[[profile.default.overrides]]\nplatform = 'cfg(all())'\ndefault-filter = '{filter}'\n"
    );
    Ok(FilterFile { bytes: file.into_bytes(), name: "nextest.toml", usage: usage(part) })
}

/// Without a test to run nextest ends with 4, which is right for every shard but an empty one.
fn usage(part: &Part<'_>) -> &'static str {
    if part.own.is_empty() {
        "cargo nextest run --workspace --no-tests=pass --tool-config-file \"signalbox:$FILTER\""
    } else {
        "cargo nextest run --workspace --no-fail-fast --tool-config-file \"signalbox:$FILTER\""
    }
}

/// The tests of a program; all of them where the program itself is an item.
fn term(binary: &str, tests: &[Option<&str>]) -> String {
    let binary = literal(binary);
    let tests: Option<Vec<&str>> = tests.iter().copied().collect();
    let Some(tests) = tests else {
        return format!("binary_id(={binary})");
    };
    let tests: Vec<String> = tests.iter().map(|test| format!("test(={})", literal(test))).collect();
    format!("(binary_id(={binary}) & ({}))", any_of(&tests))
}

/// How many terms stand in one row.
const LONGEST_ROW: usize = 64;

/// The union of these terms. nextest goes down one level for each term of a row and runs out of
/// stack in one of 100,000 (seen with 0.9.143), so a long row is two halves, each in parentheses.
fn any_of(terms: &[String]) -> String {
    if terms.len() <= LONGEST_ROW {
        return terms.join(" | ");
    }
    let (one, other) = terms.split_at(terms.len() / 2);
    format!("({}) | ({})", any_of(one), any_of(other))
}

/// A name as nextest's filtersets read it literally: every character that could mean something is
/// `\u{...}` (nextest documentation, "Filterset DSL", "Escape sequences").
fn literal(name: &str) -> String {
    let mut literal = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '_' | ':' | '-') {
            literal.push(character);
        } else {
            let _ = write!(literal, "\\u{{{:x}}}", u32::from(character));
        }
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::Framework;
    use crate::frameworks::tests::discovered;

    #[track_caller]
    fn check(own: &[&str], wanted: &str) {
        let own: Vec<&[u8]> = own.iter().map(|item| item.as_bytes()).collect();
        let filter = filter(&Part { own: &own, others: &[] }).unwrap();
        let text = String::from_utf8(filter.bytes).unwrap();
        let text = text.lines().last().unwrap().strip_prefix("default-filter = ").unwrap();
        assert_eq!(text, wanted);
    }

    #[test]
    fn tests_are_named_by_program() {
        check(&[], "'none()'");
        check(&["a t"], "'(binary_id(=a) & (test(=t)))'");
        check(
            &["b::t x::y", "a t", "a u"],
            "'(binary_id(=a) & (test(=t) | test(=u))) | (binary_id(=b::t) & (test(=x::y)))'",
        );
        check(&["a t", "a"], "'binary_id(=a)'");
        check(&["a::bin/a"], r"'binary_id(=a::bin\u{2f}a)'");
        check(&["a it's (ü)"], r"'(binary_id(=a) & (test(=it\u{27}s\u{20}\u{28}\u{fc}\u{29})))'");
    }

    #[test]
    fn many_tests_are_no_long_row() {
        let items: Vec<String> = (0..100_000).map(|number| format!("a t{number}")).collect();
        let own: Vec<&[u8]> = items.iter().map(String::as_bytes).collect();
        let filter = filter(&Part { own: &own, others: &[] }).unwrap();
        let text = String::from_utf8(filter.bytes).unwrap();
        assert_eq!(text.matches("test(=").count(), items.len());
        let longest = text.split("))").map(|row| row.matches("test(=").count()).max();
        assert!(longest.is_some_and(|longest| longest <= LONGEST_ROW), "{longest:?}");
    }

    #[test]
    fn what_is_no_item_is_refused() {
        for item in [&b" t"[..], b"a ", b"", b"a \xff"] {
            assert!(filter(&Part { own: &[item], others: &[] }).is_err());
        }
    }

    #[test]
    fn tests_that_would_not_run_are_not_listed() {
        let answer = r#"{"rust-suites": {"a::t": {"testcases": {
            "x": {"ignored": false, "filter-match": {"status": "matches"}},
            "y": {"ignored": true, "filter-match": {"status": "mismatch", "reason": "ignored"}}
        }}, "b": {"testcases": {}}}}"#;
        let found = discovered(Framework::Nextest, answer);
        assert_eq!(found, Ok(Discovered::Tests(vec!["a::t x".into()])));
        assert!(discovered(Framework::Nextest, "{}").is_err());
    }

    #[test]
    fn a_test_is_in_its_program() {
        assert_eq!(owners(b"a::t x y"), [Owner { unit: Unit::Binary, name: b"a::t" }]);
        assert_eq!(owners(b"a::t"), []);
    }
}
