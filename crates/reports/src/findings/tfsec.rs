//! The JSON of tfsec (<https://github.com/aquasecurity/tfsec>, merged into Trivy since; 1.28 and before).
//!
//! Nothing found is `{"results": null}`, which does not say which tool wrote it. With
//! `--include-passed` and `--include-ignored` there are rows that are no findings, by a `status` that is
//! a number (`StatusFailed`, `StatusPassed`, `StatusIgnored` of aquasecurity/defsec) or, before 1.0, a
//! word. Early severities are `ERROR`, `WARNING` and `INFO`.

use bstr::ByteSlice as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::rows::{counted, document, each, said};
use super::{Fault, Finding, Kind, Severity, Sink, Standing};
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "tfsec";
pub(super) const WANTED: &str = "the JSON of tfsec";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    // osv-scanner and Semgrep have `results` too; no row of theirs has these keys.
    head.has("results", Value::List)
        && !head.has("errors", Value::List)
        && [r#""rule_id""#, r#""location""#, r#""severity""#]
            .iter()
            .all(|key| head.text.contains_str(key))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let report: Report<'_> = document(bytes)?;
    sink.tool(NAME, None);
    each(report.results, bytes, |row: Row| {
        let standing = match row.status.as_ref().map(|status| status.get()) {
            Some("1" | r#""passed""#) => return Ok(()),
            Some("2" | r#""ignored""#) => Standing::Suppressed(None),
            Some("0" | r#""failed""# | r#""""# | "null") | None => Standing::Open,
            Some(_) => return Err(Fault::wrong("a result of a status that nobody knows", 0)),
        };
        let finding = row.finding(standing).ok_or(Fault::wrong("a result without its rule", 0))?;
        sink.push(finding, 0)
    })
}

#[derive(Deserialize)]
struct Report<'r> {
    #[serde(borrow)]
    results: &'r RawValue,
}

#[derive(Deserialize)]
struct Row {
    rule_id: Option<Text>,
    long_id: Option<Text>,
    rule_description: Option<Text>,
    description: Option<Text>,
    severity: Option<Text>,
    status: Option<Box<RawValue>>,
    resource: Option<Text>,
    location: Option<Location>,
}

#[derive(Deserialize)]
struct Location {
    filename: Option<Text>,
    start_line: Option<u64>,
}

impl Row {
    fn finding(self, standing: Standing) -> Option<Finding> {
        let long = said(self.long_id);
        let rule = said(self.rule_id).or_else(|| long.clone())?;
        let message = said(self.description).or(said(self.rule_description));
        let (path, line) = self
            .location
            .map_or((None, None), |location| (said(location.filename), location.start_line));
        Some(Finding {
            tool: NAME.into(),
            aliases: long.into_iter().filter(|long| *long != rule).collect(),
            message: message.unwrap_or_else(|| rule.clone()),
            rule,
            path,
            line: counted(line),
            column: None,
            package: None,
            severity: said(self.severity)
                .and_then(|word| Severity::of_word(&word))
                .unwrap_or(Severity::Unknown),
            kind: Kind::Misconfiguration,
            standing,
            // The address of what is wrong does not move with the lines.
            fingerprint: said(self.resource), source: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::tests::{check_any, check_cuts, one, read_all};
    use super::*;

    fn report(row: &str) -> String {
        format!(r#"{{"results":[{{"rule_id":"AVD-AWS-0086","long_id":"aws-s3-block",{row}"location":{{"filename":"m.tf","start_line":4,"end_line":6}}}}]}}"#)
    }

    #[test]
    fn results_that_are_null_are_none() {
        let count = |text: &str| read_all(Format::Tfsec, text.as_bytes()).map(|(all, _)| all.len());
        assert_eq!(count(r#"{"results": null}"#), Ok(0));
        assert_eq!(count(r#"{"results": []}"#), Ok(0));
        assert!(count("{}").is_err() && count(r#"{"results": {}}"#).is_err());
        assert!(count(r#"{"results": [{}]}"#).is_err());
    }

    #[test]
    fn old_words_of_severity_are_read() {
        for (word, wanted) in [
            ("ERROR", Severity::High),
            ("WARNING", Severity::Medium),
            ("INFO", Severity::Low),
            ("CRITICAL", Severity::Critical),
            ("nothing", Severity::Unknown),
        ] {
            let found = one(Format::Tfsec, report(&format!(r#""severity":"{word}","#)).as_bytes());
            assert_eq!(found.severity, wanted, "{word}");
        }
    }

    #[test]
    fn what_passed_is_no_finding() {
        let standing = |status: &str| {
            let report = report(&format!(r#""status":{status},"#));
            let (mut all, _) = read_all(Format::Tfsec, report.as_bytes()).ok()?;
            Some(all.pop().map(|finding| finding.standing))
        };
        assert_eq!(standing("0"), Some(Some(Standing::Open)));
        assert_eq!(standing("\"failed\""), Some(Some(Standing::Open)));
        assert_eq!(standing("1"), Some(None));
        assert_eq!(standing("2"), Some(Some(Standing::Suppressed(None))));
        assert_eq!(standing("3"), None);
    }

    #[test]
    fn both_names_of_a_rule_are_told() {
        let found = one(Format::Tfsec, report("").as_bytes());
        assert_eq!(found.rule, "AVD-AWS-0086");
        assert_eq!(found.aliases, ["aws-s3-block"]);
        assert_eq!((found.path, found.line), (Some("m.tf".into()), Some(4)));
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        check_cuts(Format::Tfsec, report(r#""severity":"LOW","#).as_bytes());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            check_any(Format::Tfsec, &bytes);
        }
    }
}
