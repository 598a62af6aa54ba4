//! The JSON of tflint (<https://github.com/terraform-linters/tflint>, `formatter/json.go`).
//!
//! `errors` says that it did not lint, or not everything: whatever it found by then is not the whole
//! truth. Its severities `error`, `warning` and `notice` become high, medium and low.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::rows::{Range, document, each, list, said, spot};
use super::{Fault, Finding, Kind, Severity, Sink, Standing};
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "tflint";
pub(super) const WANTED: &str = "the JSON of tflint";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.has("issues", Value::List) && head.has("errors", Value::List)
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let report: Report<'_> = document(bytes)?;
    sink.tool(NAME, None);
    for error in list(report.errors) {
        let said = said(error.summary).or(said(error.message));
        sink.complain("tflint says that it could not lint", said);
    }
    each(report.issues, bytes, |issue: Issue| {
        let finding = issue.finding().ok_or(Fault::wrong("an issue without its rule", 0))?;
        sink.push(finding, 0)
    })
}

#[derive(Deserialize)]
struct Report<'r> {
    #[serde(borrow)]
    issues: &'r RawValue,
    #[serde(deserialize_with = "must_be_there")]
    errors: Option<Vec<Trouble>>,
}

/// Without this, a key that is missing would be read as `null`.
fn must_be_there<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Trouble>>, D::Error> {
    Option::deserialize(deserializer)
}

#[derive(Deserialize)]
struct Trouble {
    summary: Option<Text>,
    message: Option<Text>,
}

#[derive(Deserialize)]
struct Issue {
    rule: Rule,
    message: Option<Text>,
    range: Option<Range>,
}

#[derive(Deserialize)]
struct Rule {
    name: Option<Text>,
    severity: Option<Text>,
}

impl Issue {
    fn finding(self) -> Option<Finding> {
        let rule = said(self.rule.name)?;
        let (path, line, column) = spot(self.range);
        Some(Finding {
            tool: NAME.into(),
            message: said(self.message).unwrap_or_else(|| rule.clone()),
            rule,
            aliases: Vec::new(),
            path,
            line,
            column,
            package: None,
            severity: said(self.rule.severity)
                .and_then(|word| Severity::of_word(&word))
                .unwrap_or(Severity::Unknown),
            kind: Kind::Code,
            standing: Standing::Open,
            fingerprint: None, source: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::tests::{check_any, check_cuts, one, read_all};
    use super::*;

    fn report(severity: &str, errors: &str) -> String {
        format!(
            r#"{{"issues":[{{"rule":{{"name":"terraform_typed_variables","severity":"{severity}","link":"l"}},"message":"m","range":{{"filename":"v.tf","start":{{"line":1,"column":2}},"end":{{"line":1,"column":9}}}},"callers":[]}}],"errors":{errors}}}"#
        )
    }

    #[test]
    fn errors_mean_that_it_did_not_lint() {
        let complaints = |errors: &str| {
            let read = read_all(Format::Tflint, report("error", errors).as_bytes());
            read.map(|(_, reading)| reading.complaints.len())
        };
        assert_eq!(complaints("[]"), Ok(0));
        assert_eq!(complaints("null"), Ok(0));
        assert_eq!(complaints(r#"[{"message":"Failed to load","severity":"error"}]"#), Ok(1));
        assert_eq!(complaints(r#"[{"summary":"s","severity":"warning","range":{}}, {}]"#), Ok(2));
        assert!(read_all(Format::Tflint, br#"{"issues":[]}"#).is_err());
        assert!(read_all(Format::Tflint, br#"{"errors":[]}"#).is_err());
    }

    #[test]
    fn its_three_severities_are_told_apart() {
        for (word, wanted) in [
            ("error", Severity::High),
            ("warning", Severity::Medium),
            ("notice", Severity::Low),
            ("x", Severity::Unknown),
        ] {
            let found = one(Format::Tflint, report(word, "[]").as_bytes());
            assert_eq!((found.severity, found.line, found.column), (wanted, Some(1), Some(2)));
        }
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        check_cuts(Format::Tflint, report("error", "[]").as_bytes());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            check_any(Format::Tflint, &bytes);
        }
    }
}
