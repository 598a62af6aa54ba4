//! The JSON of Semgrep (<https://semgrep.dev/docs/semgrep-appsec-platform/json-and-sarif>; versions 0.100
//! to 1.182, of which the last wrote the fixtures).
//!
//! Severities are on one of two scales: `ERROR`, `WARNING`, `INFO`, or `LOW` to `CRITICAL`. Without a
//! login every fingerprint is the words `requires login`. `errors` says which rules and files were not
//! looked at; those of level `warn`, such as a line that could not be parsed, do not stop a scan.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::rows::{Word, counted, document, each, said};
use super::{Fault, Finding, Kind, Severity, Sink, Standing};
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "semgrep";
pub(super) const WANTED: &str = "the JSON of Semgrep";

/// What stands in place of a fingerprint for who is not logged in.
const NO_FINGERPRINT: &[u8] = b"requires login";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let has = |name| head.has(name, Value::List);
    has("results") && has("errors") && head.has("paths", Value::Object)
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let report: Report<'_> = document(bytes)?;
    sink.tool(NAME, said(report.version));
    for error in report.errors {
        let is_warning = |Text(level): &Text| level.eq_ignore_ascii_case(b"warn");
        if !error.level.as_ref().is_some_and(is_warning) {
            // Messages quote the code, so what sort of error it is has to do.
            sink.complain("Semgrep says that it could not look at everything", error.kind.0);
        }
    }
    let scanned = report.paths.and_then(|paths| paths.scanned);
    if scanned.is_some_and(|scanned| scanned.is_empty()) {
        sink.complain("Semgrep says that it looked at no file", None);
    }
    each(report.results, bytes, |result: Hit| {
        let finding = result.finding().ok_or(Fault::wrong("a result without its rule", 0))?;
        sink.push(finding, 0)
    })
}

#[derive(Deserialize)]
struct Report<'r> {
    version: Option<Text>,
    #[serde(borrow)]
    results: &'r RawValue,
    errors: Vec<Trouble>,
    paths: Option<Paths<'r>>,
}

#[derive(Deserialize)]
struct Trouble {
    level: Option<Text>,
    #[serde(rename = "type", default)]
    kind: Word,
}

#[derive(Deserialize)]
struct Paths<'r> {
    #[serde(borrow)]
    scanned: Option<Vec<&'r RawValue>>,
}

#[derive(Deserialize)]
struct Hit {
    check_id: Option<Text>,
    path: Option<Text>,
    start: Option<Start>,
    extra: Extra,
}

#[derive(Deserialize)]
struct Start {
    line: Option<u64>,
    col: Option<u64>,
}

#[derive(Deserialize)]
struct Extra {
    message: Option<Text>,
    severity: Option<Text>,
    fingerprint: Option<Text>,
    #[serde(default)]
    is_ignored: Option<bool>,
}

impl Hit {
    fn finding(self) -> Option<Finding> {
        let rule = said(self.check_id)?;
        // The rules' own folders: `generic.secrets.security.detected-aws-access-key-id-value`.
        let is_secret = rule.split(|byte| *byte == b'.').any(|part| part == b"secrets");
        let message = said(self.extra.message).filter(|_| !is_secret);
        let fingerprint = said(self.extra.fingerprint);
        let (line, column) = self.start.map_or((None, None), |start| (start.line, start.col));
        Some(Finding {
            tool: NAME.into(),
            // A message may quote what a rule of secrets found.
            message: message.unwrap_or_else(|| rule.clone()),
            rule,
            aliases: Vec::new(),
            path: said(self.path),
            line: counted(line),
            column: counted(column),
            package: None,
            severity: said(self.extra.severity)
                .and_then(|word| Severity::of_word(&word))
                .unwrap_or(Severity::Unknown),
            kind: if is_secret { Kind::Secret } else { Kind::Code },
            standing: match self.extra.is_ignored {
                Some(true) => Standing::Suppressed(None),
                Some(false) | None => Standing::Open,
            },
            fingerprint: fingerprint.filter(|text| !text.starts_with(NO_FINGERPRINT)), source: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::tests::{check_any, check_cuts, one, read_all};
    use super::*;

    fn report(results: &str, errors: &str) -> String {
        format!(r#"{{"version":"1.0","results":[{results}],"errors":[{errors}],"paths":{{"scanned":["a"]}}}}"#)
    }

    fn hit(extra: &str) -> Finding {
        let hit = format!(
            r#"{{"check_id":"a.b","path":"a.py","start":{{"line":2,"col":3}},"extra":{{{extra}}}}}"#
        );
        one(Format::Semgrep, report(&hit, "").as_bytes())
    }

    #[test]
    fn both_scales_of_severity_are_read() {
        for (word, wanted) in [
            ("ERROR", Severity::High),
            ("WARNING", Severity::Medium),
            ("INFO", Severity::Low),
            ("CRITICAL", Severity::Critical),
            ("HIGH", Severity::High),
            ("MEDIUM", Severity::Medium),
            ("LOW", Severity::Low),
            ("INVENTORY", Severity::Unknown),
        ] {
            assert_eq!(hit(&format!(r#""severity":"{word}""#)).severity, wanted, "{word}");
        }
        assert_eq!(hit("").severity, Severity::Unknown);
        let confident = hit(r#""severity":"LOW","metadata":{"confidence":"HIGH","severity":"HIGH"}"#);
        assert_eq!(confident.severity, Severity::Low);
    }

    #[test]
    fn the_fingerprint_that_requires_a_login_is_none() {
        assert_eq!(hit(r#""fingerprint":"requires login""#).fingerprint, None);
        assert_eq!(hit(r#""fingerprint":"ab12_0""#).fingerprint, Some("ab12_0".into()));
    }

    /// How many complaints the errors of a report make.
    #[track_caller]
    fn check_errors(errors: &str, wanted: usize) {
        let (_, reading) = read_all(Format::Semgrep, report("", errors).as_bytes()).unwrap();
        assert_eq!(reading.complaints.len(), wanted, "{errors}");
    }

    #[test]
    fn errors_beside_results_are_complaints() {
        check_errors(r#"{"level":"error","type":"Rule parse error","message":"m"}"#, 1);
        check_errors(r#"{"level":"warn","type":["PartialParsing",[]],"message":"m"}"#, 0);
        check_errors(r#"{"type":{},"message":"m"}, {"level":"error","type":["X",[]]}"#, 2);
    }

    #[test]
    fn a_scan_of_no_file_is_a_complaint() {
        let empty = report("", "").replace("[\"a\"]", "[]");
        let (_, reading) = read_all(Format::Semgrep, empty.as_bytes()).unwrap();
        assert_eq!(reading.complaints.len(), 1);
        assert!(read_all(Format::Semgrep, br#"{"results":[]}"#).is_err());
    }

    #[test]
    fn what_is_ignored_in_the_source_is_suppressed() {
        assert_eq!(hit(r#""is_ignored":true"#).standing, Standing::Suppressed(None));
        assert_eq!(hit(r#""is_ignored":false"#).standing, Standing::Open);
    }

    #[test]
    fn a_message_that_may_quote_a_secret_is_not_told() {
        let row = r#"{"check_id":"generic.secrets.x","extra":{"message":"found AKIAB","lines":"AKIAB"}}"#;
        let found = one(Format::Semgrep, report(row, "").as_bytes());
        assert_eq!((found.kind, found.message.as_slice()), (Kind::Secret, &b"generic.secrets.x"[..]));
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        let row = r#"{"check_id":"a","path":"p","extra":{"severity":"LOW"}}"#;
        check_cuts(Format::Semgrep, report(row, "").as_bytes());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            check_any(Format::Semgrep, &bytes);
            check_any(Format::Semgrep, report(&String::from_utf8_lossy(&bytes), "").as_bytes());
        }
    }
}
