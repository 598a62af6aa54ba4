//! Writes a JUnit report as cargo-nextest does: a `testsuite` for each program, named by its
//! binary id, and in it a `testcase` with the id as `classname`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{Execution, Outcome};
use crate::{Doing as _, Trouble};

/// Writes the report of what was run to `path`.
///
/// # Errors
/// When the disk refuses.
pub fn write_junit(path: &Path, ran: &[Execution]) -> Result<(), Trouble> {
    fs::write(path, text(ran)).doing(|| format!("write `{}`", path.display()))
}

fn text(ran: &[Execution]) -> String {
    let mut suites: BTreeMap<&str, Vec<(&str, &Execution)>> = BTreeMap::new();
    for execution in ran {
        let (suite, test) = execution.item.split_once(' ').unwrap_or(("", &execution.item));
        suites.entry(suite).or_default().push((test, execution));
    }
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let total: u64 = ran.iter().map(|execution| execution.micros).sum();
    let (count, failed) = (ran.len(), ran.iter().filter(|execution| is_bad(execution)).count());
    let _ = writeln!(
        text,
        "<testsuites name=\"signalbox\" tests=\"{count}\" failures=\"{failed}\" errors=\"0\" time=\"{}\">",
        seconds(total)
    );
    for (suite, tests) in suites {
        push_suite(&mut text, suite, &tests);
    }
    text.push_str("</testsuites>\n");
    text
}

fn push_suite(xml: &mut String, suite: &str, tests: &[(&str, &Execution)]) {
    let failed = tests.iter().filter(|(_, execution)| is_bad(execution)).count();
    let (suite, count) = (escaped(suite), tests.len());
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{suite}\" tests=\"{count}\" disabled=\"0\" errors=\"0\" failures=\"{failed}\">"
    );
    for (test, execution) in tests {
        let (name, time) = (escaped(test), seconds(execution.micros));
        let _ = write!(xml, "    <testcase name=\"{name}\" classname=\"{suite}\" time=\"{time}\"");
        match &execution.outcome {
            Outcome::Passed => xml.push_str("/>\n"),
            Outcome::Failed(said) => push_child(xml, "failure", said),
            Outcome::NotRun(why) => push_child(xml, "skipped", why),
            Outcome::Received => push_child(xml, "skipped", "there is no program to run"),
        }
    }
    xml.push_str("  </testsuite>\n");
}

fn push_child(text: &mut String, element: &str, said: &str) {
    let _ = write!(text, ">\n      <{element}>{}</{element}>\n    </testcase>\n", escaped(said));
}

fn is_bad(execution: &Execution) -> bool {
    match execution.outcome {
        Outcome::Failed(_) => true,
        Outcome::Passed | Outcome::NotRun(_) | Outcome::Received => false,
    }
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Text for an attribute or an element. What XML 1.0 cannot hold at all becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_a_suite_for_each_program() {
        let execution =
            |item: &str, outcome, micros| Execution { item: item.to_owned(), outcome, micros };
        let ran = [
            execution("b::it a<\"b\">", Outcome::Failed("no & \u{1b}[0m".to_owned()), 1_500_000),
            execution("a t::x", Outcome::Passed, 42),
        ];
        insta::assert_snapshot!(text(&ran), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="signalbox" tests="2" failures="1" errors="0" time="1.500042">
          <testsuite name="a" tests="1" disabled="0" errors="0" failures="0">
            <testcase name="t::x" classname="a" time="0.000042"/>
          </testsuite>
          <testsuite name="b::it" tests="1" disabled="0" errors="0" failures="1">
            <testcase name="a&lt;&quot;b&quot;&gt;" classname="b::it" time="1.500000">
              <failure>no &amp; �[0m</failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }
}
