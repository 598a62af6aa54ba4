//! The JSON of `terraform validate -json`, and of `tofu validate -json`
//! (<https://developer.hashicorp.com/terraform/internals/machine-readable-ui>, and "validate" in the
//! command line's documentation: a reader goes by the major `format_version`, which is 1).
//!
//! `valid` decides: where it is false there is at least one finding that is high. Terraform has no names
//! for its rules; the summary stands for one. `snippet` may hold values of variables and is not read.

use bstr::{BString, ByteSlice as _};
use serde::Deserialize;

use super::rows::{Range, document, said, spot};
use super::{Fault, Finding, Kind, Severity, Sink, Standing};
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "terraform-validate";
pub(super) const WANTED: &str = "the JSON of `terraform validate`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.has("valid", Value::Other)
        && head.has("diagnostics", Value::List)
        && head.has("error_count", Value::Other)
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let report: Report = document(bytes)?;
    if !said(report.format_version).is_some_and(|version| version == "1" || version.starts_with_str("1.")) {
        return Err(Fault::wrong("a `format_version` other than 1", 0));
    }
    sink.tool("terraform", None);
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity.0 != "warning";
    let errors = report.diagnostics.iter().filter(|diagnostic| is_error(diagnostic)).count();
    let warnings = report.diagnostics.len() - errors;
    let agrees = |told: Option<u64>, count| told.is_none_or(|told| usize::try_from(told) == Ok(count));
    if !agrees(report.error_count, errors) || !agrees(report.warning_count, warnings) {
        return Err(Fault::wrong("counts that are not those of its diagnostics", 0));
    }
    if report.valid && errors > 0 {
        return Err(Fault::wrong("errors in what is said to be valid", 0));
    }
    if !report.valid && errors == 0 {
        sink.push(finding("Invalid configuration".into(), None, None, Severity::High), 0)?;
    }
    for diagnostic in report.diagnostics {
        let severity = if is_error(&diagnostic) { Severity::High } else { Severity::Medium };
        let rule = said(diagnostic.summary).unwrap_or_else(|| "Invalid configuration".into());
        sink.push(finding(rule, said(diagnostic.detail), diagnostic.range, severity), 0)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Report {
    format_version: Option<Text>,
    valid: bool,
    error_count: Option<u64>,
    warning_count: Option<u64>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    severity: Text,
    summary: Option<Text>,
    detail: Option<Text>,
    range: Option<Range>,
}

fn finding(
    rule: BString,
    detail: Option<BString>,
    range: Option<Range>,
    severity: Severity,
) -> Finding {
    let (path, line, column) = spot(range);
    Finding {
        tool: "terraform".into(),
        message: detail.unwrap_or_else(|| rule.clone()),
        rule,
        aliases: Vec::new(),
        path,
        line,
        column,
        package: None,
        severity,
        kind: Kind::Code,
        standing: Standing::Open,
        fingerprint: None, source: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::tests::{check_any, check_cuts, read_all};
    use super::*;
    use crate::Found;

    fn report(version: &str, valid: bool, counts: (u64, u64), severities: &[&str]) -> String {
        let diagnostics: Vec<String> = severities
            .iter()
            .map(|word| format!(r#"{{"severity":"{word}","summary":"s","detail":"d"}}"#))
            .collect();
        format!(
            r#"{{"format_version":"{version}","valid":{valid},"error_count":{},"warning_count":{},"diagnostics":[{}]}}"#,
            counts.0,
            counts.1,
            diagnostics.join(",")
        )
    }

    #[track_caller]
    fn check(report: &str, wanted: Result<&[Severity], Found>) {
        let told = read_all(Format::TerraformValidate, report.as_bytes());
        let told = told.map(|(all, _)| all.iter().map(|one| one.severity).collect::<Vec<_>>());
        assert_eq!(told.as_deref().map_err(|found| *found), wanted, "{report}");
    }

    #[test]
    fn valid_decides() {
        check(&report("1.0", true, (0, 0), &[]), Ok(&[]));
        check(&report("1.0", true, (0, 1), &["warning"]), Ok(&[Severity::Medium]));
        check(&report("1.0", false, (1, 0), &["error"]), Ok(&[Severity::High]));
        check(&report("1.0", false, (0, 0), &[]), Ok(&[Severity::High]));
        check(
            &report("1.0", false, (0, 1), &["warning"]),
            Ok(&[Severity::High, Severity::Medium]),
        );
        check(
            &report("1.0", true, (1, 0), &["error"]),
            Err(Found::Wrong("errors in what is said to be valid")),
        );
    }

    #[test]
    fn the_major_version_of_the_format_must_be_1() {
        check(&report("1", true, (0, 0), &[]), Ok(&[]));
        check(&report("1.9", true, (0, 0), &[]), Ok(&[]));
        for version in ["0.1", "2.0", "10.0", "", "x"] {
            let wanted = Err(Found::Wrong("a `format_version` other than 1"));
            check(&report(version, true, (0, 0), &[]), wanted);
        }
        check(r#"{"format_version":"1.0","diagnostics":[]}"#, Err(Found::OtherJson));
        check(r#"{"format_version":"1.0","valid":true}"#, Err(Found::OtherJson));
    }

    #[test]
    fn diagnostics_that_were_taken_out_are_missed() {
        let wanted = Err(Found::Wrong("counts that are not those of its diagnostics"));
        check(&report("1.0", false, (2, 0), &["error"]), wanted);
        check(&report("1.0", true, (0, 1), &[]), wanted);
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        let report = report("1.0", false, (1, 0), &["error"]);
        check_cuts(Format::TerraformValidate, report.as_bytes());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            check_any(Format::TerraformValidate, &bytes);
        }
    }
}
