//! The JSON lines that cargo-deny writes to standard error with `--format json`
//! (<https://embarkstudios.github.io/cargo-deny/cli/common.html>): diagnostics, log messages, and a
//! summary as the last line. Without the summary it did not finish.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::cargo_audit::Advisory;
use super::json::{First, Words};
use super::{Fault, Finding, Kind, Package, Severity, Sink, Standing};
use crate::Found;
use crate::head::{Head, Value};

pub(super) const NAME: &str = "cargo-deny";
pub(super) const WANTED: &str = "the JSON lines of cargo-deny";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.line_has("type", Value::Text) && head.line_has("fields", Value::Object)
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let mut counted = None;
    let mut errors = 0_u64;
    let mut has_failed = false;
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        // Lines of other programs, such as cargo's, stand between.
        if line.starts_with(b"{") {
            let wrong = |error: serde_json::Error| Fault::of_json(&error, bytes, at);
            let line: Line<'_> = serde_json::from_slice(line).map_err(wrong)?;
            let fields = line.fields.get();
            // The line was read: what is wrong now is wrong in its fields.
            let other = |_| Fault::new(Found::OtherJson, at);
            match &*line.sort {
                b"summary" => {
                    let checks: BTreeMap<Words<'_>, Counts> =
                        serde_json::from_str(fields).map_err(other)?;
                    let counts = checks.values().map(|check| check.errors);
                    counted = Some(counts.fold(0, u64::saturating_add));
                }
                b"diagnostic" => {
                    let it: Diagnostic<'_> = serde_json::from_str(fields).map_err(other)?;
                    errors += u64::from(it.is_error());
                    if let Some(finding) = it.finding() {
                        sink.push(finding, at)?;
                    } else if it.is_error() {
                        let said = it.message.as_ref().map(Words::owned);
                        sink.complain("the tool says that it could not look", said);
                    }
                }
                b"log" => {
                    let log: Log<'_> = serde_json::from_str(fields).map_err(other)?;
                    let level = log.level.as_ref().map_or(&b""[..], |level| level);
                    if level.eq_ignore_ascii_case(b"error") {
                        has_failed = true;
                        let said = log.message.as_ref().map(Words::owned);
                        sink.complain("the tool says that it met an error", said);
                    }
                }
                _ => return Err(Fault::wrong("a line of a type that cargo-deny has not", at)),
            }
        }
        at += line.len();
    }
    // An error that it tells is why there is no summary; then that is what has to be told.
    match counted {
        None if has_failed => {}
        None => {
            return Err(Fault::wrong("no summary, with which a whole report ends", bytes.len()));
        }
        // As with `--log-level off`.
        Some(counted) if counted > errors => {
            sink.complain("the summary counts more errors than the report has", None);
        }
        Some(_) => {}
    }
    sink.tool(NAME, None);
    Ok(())
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    sort: Words<'a>,
    #[serde(borrow)]
    fields: &'a RawValue,
}

/// What a summary has for each check: `advisories`, `bans`, `licenses`, `sources`.
#[derive(Deserialize)]
struct Counts {
    errors: u64,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    level: Option<Words<'a>>,
    #[serde(borrow)]
    message: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct Diagnostic<'a> {
    #[serde(borrow)]
    code: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Words<'a>,
    #[serde(borrow)]
    message: Option<Words<'a>>,
    #[serde(borrow)]
    advisory: Option<Advisory<'a>>,
    #[serde(borrow, default)]
    graphs: First<Graph<'a>>,
}

#[derive(Deserialize)]
struct Graph<'a> {
    #[serde(borrow, rename = "Krate")]
    krate: Option<Krate<'a>>,
}

#[derive(Deserialize)]
struct Krate<'a> {
    #[serde(borrow)]
    name: Words<'a>,
    #[serde(borrow)]
    version: Option<Words<'a>>,
}

impl Diagnostic<'_> {
    fn code(&self) -> &[u8] {
        self.code.as_ref().map_or(&b""[..], |words| words)
    }

    fn is_error(&self) -> bool {
        &*self.severity == b"error"
    }

    fn finding(&self) -> Option<Finding> {
        // Mistakes in the configuration have no code, and are about no dependency.
        self.code.as_ref()?;
        let is_ignored = matches!(self.code(), b"advisory-ignored" | b"yanked-ignored");
        let severity = match &*self.severity {
            // Its own word for what the policy forbids; how bad an advisory is, its vector says.
            b"error" if self.code() == b"vulnerability" => Severity::Unknown,
            b"error" => Severity::High,
            // The policy says that it may be.
            b"warning" => Severity::Low,
            // Notes and helps tell what is right.
            _ if is_ignored => Severity::Low,
            _ => return None,
        };
        let kind = match self.code() {
            b"vulnerability" => Kind::Vulnerability,
            b"advisory-ignored" if self.advisory.is_some() => Kind::Vulnerability,
            b"rejected" | b"unlicensed" | b"accepted" => Kind::License,
            b"index-failure" | b"index-cache-load-failure" => return None,
            // Lists of the configuration that match nothing say nothing about a dependency.
            code if code.ends_with(b"-not-encountered")
                || code.ends_with(b"-not-detected")
                || code == b"unknown-advisory"
                || code.starts_with(b"unmatched-")
                || code.starts_with(b"unused-") =>
            {
                return None;
            }
            _ => Kind::Dependency,
        };
        let advisory = self.advisory.as_ref();
        let krate = self.graphs.0.as_ref().and_then(|graph| graph.krate.as_ref());
        Some(Finding {
            tool: NAME.into(),
            rule: advisory.map_or_else(|| self.code().into(), |advisory| advisory.id.owned()),
            aliases: advisory.map(Advisory::aliases).unwrap_or_default(),
            message: advisory
                .and_then(|advisory| advisory.title.as_ref())
                .or(self.message.as_ref())
                .map_or_else(|| self.code().into(), Words::owned),
            path: None,
            line: None,
            column: None,
            package: krate.map(|krate| Package {
                name: krate.name.owned(),
                version: krate.version.as_ref().map(Words::owned),
            }),
            severity: advisory.and_then(Advisory::severity).unwrap_or(severity),
            kind,
            standing: if is_ignored { Standing::Suppressed(None) } else { Standing::Open },
            fingerprint: None,
            source: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::findings::tests::{one, read_all};
    use crate::findings::{Format, Kind, Severity, Standing};
    use crate::Found;

    const SUMMARY: &str = r#"{"type":"summary","fields":{"bans":{"errors":0,"warnings":1}}}"#;

    fn diagnostic(severity: &str, code: &str, more: &str) -> String {
        format!(
            r#"{{"type":"diagnostic","fields":{{"severity":"{severity}","code":"{code}","message":"m"{more}}}}}"#
        )
    }

    #[track_caller]
    fn check(lines: &[&str], findings: usize, complaints: usize) {
        let (found, reading) = read_all(Format::CargoDeny, lines.join("\n").as_bytes()).unwrap();
        assert_eq!((found.len(), reading.complaints.len()), (findings, complaints), "{lines:?}");
    }

    #[test]
    fn without_its_summary_it_did_not_finish() {
        let banned = diagnostic("error", "banned", "");
        let read = |lines: &str| read_all(Format::CargoDeny, lines.as_bytes()).map(|_| ());
        let no_summary = Err(Found::Wrong("no summary, with which a whole report ends"));
        assert_eq!(read(&banned), no_summary);
        assert_eq!(read("   Updating crates.io index\n"), no_summary);
        let log = r#"{"type":"log","fields":{"level":"ERROR","message":"no database"}}"#;
        check(&[log], 0, 1);
        check(&[log, SUMMARY], 0, 1);
        check(&[r#"{"type":"log","fields":{"level":"WARN","message":"w"}}"#, SUMMARY], 0, 0);
    }

    #[test]
    fn lines_of_other_programs_stand_between() {
        check(&["    Blocking waiting for file lock", SUMMARY, ""], 0, 0);
    }

    #[test]
    fn errors_that_are_counted_and_not_written_are_told() {
        let counted = SUMMARY.replace("\"errors\":0", "\"errors\":2");
        check(&[&diagnostic("error", "banned", ""), &counted], 1, 1);
        check(&[&diagnostic("error", "banned", ""), SUMMARY], 1, 0);
    }

    #[test]
    fn an_error_about_the_configuration_is_a_complaint() {
        let wrong = r#"{"type":"diagnostic","fields":{"severity":"error","message":"m"}}"#;
        check(&[wrong, SUMMARY], 0, 1);
        check(&[&diagnostic("error", "index-failure", ""), SUMMARY], 0, 1);
        check(&[&diagnostic("warning", "license-not-encountered", ""), SUMMARY], 0, 0);
    }

    #[test]
    fn what_is_denied_is_high_what_is_warned_of_low_and_an_advisory_by_its_vector() {
        let it = |severity: &str, code: &str, more: &str| {
            let lines = format!("{}\n{SUMMARY}", diagnostic(severity, code, more));
            let it = one(Format::CargoDeny, lines.as_bytes());
            (it.kind, it.severity, it.standing)
        };
        assert_eq!(it("error", "banned", "").1, Severity::High);
        assert_eq!(it("error", "rejected", "").0, Kind::License);
        assert_eq!(it("warning", "duplicate", "").1, Severity::Low);
        let advisory = r#","advisory":{"id":"R","title":"t","aliases":[],"cvss":null}"#;
        let open = (Kind::Vulnerability, Severity::Unknown, Standing::Open);
        assert_eq!(it("error", "vulnerability", advisory), open);
        let ignored = it("note", "advisory-ignored", advisory);
        assert_eq!(ignored.2, Standing::Suppressed(None));
    }
}
