//! The JSON of gitleaks: version 8, and version 7 with other keys
//! (<https://github.com/gitleaks/gitleaks>, `report/finding.go`; 7: `scan/leak.go`).
//!
//! No leaks are `[]`, or `null` in early versions of 8: neither says by itself which tool wrote it. The
//! keys `Secret`, `Match` and `Line` (7: `offender` and `line`) hold secrets.

use bstr::ByteSlice as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::rows::{counted, document, each, said};
use super::secrets::{Secrets, fingerprint};
use super::{Fault, Finding, Kind, Severity, Sink, Standing};
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "gitleaks";
pub(super) const WANTED: &str = "the JSON of gitleaks";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let Some(rows) = head.text.strip_prefix(b"[") else { return false };
    let row = Head::new(rows.trim_ascii_start());
    let has = |name| row.has(name, Value::Text);
    (has("RuleID") && has("Secret")) || (has("offender") && has("rule"))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let list: &RawValue = document(bytes)?;
    sink.tool(NAME, None);
    each(list, bytes, |leak: Leak| {
        let finding = leak.finding().ok_or(Fault::wrong("a leak without its rule", 0))?;
        sink.push(finding, 0)
    })
}

/// One leak. There is no `Debug`, so that no secret is printed by mistake.
#[derive(Deserialize)]
struct Leak {
    #[serde(rename = "RuleID", alias = "rule")]
    rule: Option<Text>,
    #[serde(rename = "Description")]
    description: Option<Text>,
    #[serde(rename = "File", alias = "file")]
    file: Option<Text>,
    #[serde(rename = "StartLine", alias = "lineNumber")]
    line: Option<u64>,
    #[serde(rename = "StartColumn")]
    column: Option<u64>,
    #[serde(rename = "Secret", alias = "offender")]
    secret: Option<Text>,
    #[serde(rename = "Match")]
    matched: Option<Text>,
    #[serde(rename = "Line", alias = "line")]
    context: Option<Text>,
    #[serde(rename = "Fingerprint")]
    fingerprint: Option<Text>,
}

impl Leak {
    fn finding(self) -> Option<Finding> {
        let rule = said(self.rule)?;
        let secret = said(self.secret);
        // With `--redact` the secret is not there, or only its beginning.
        let known = secret.as_ref().filter(|text| *text != "REDACTED" && !text.ends_with_str("..."));
        let known = known.map(|secret| fingerprint(secret));
        let secrets = Secrets::new([secret, said(self.matched), said(self.context)]);
        let message = said(self.description).unwrap_or_else(|| rule.clone());
        Some(Finding {
            tool: NAME.into(),
            rule: secrets.hidden_in(rule),
            aliases: Vec::new(),
            message: secrets.hidden_in(message),
            path: secrets.hidden(said(self.file)),
            line: counted(self.line),
            column: counted(self.column),
            package: None,
            severity: Severity::Unknown,
            kind: Kind::Secret,
            standing: Standing::Open,
            fingerprint: known.or_else(|| secrets.hidden(said(self.fingerprint))), source: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{check_any, check_cuts, one, read_all};
    use super::super::Format;
    use super::*;
    use crate::Found;

    fn rows(json: &str) -> Result<usize, Found> {
        read_all(Format::Gitleaks, json.as_bytes()).map(|(findings, _)| findings.len())
    }

    #[test]
    fn null_and_an_empty_list_are_no_leaks() {
        assert_eq!(rows("null"), Ok(0));
        assert_eq!(rows("[]\n"), Ok(0));
        for wrong in ["{}", "0", "\"\"", "[1]", "[{}]", "[] []", "[", "nul", r#"[{"RuleID": ""}]"#] {
            assert!(rows(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_of_version_7_and_of_version_8_are_read() {
        let eight = one(Format::Gitleaks, br#"[{"RuleID":"aws","Description":"AWS key","StartLine":3,
            "StartColumn":7,"Match":"k = AKIAB","Secret":"AKIAB","File":"a.py","Fingerprint":"a.py:aws:3"}]"#);
        let seven = one(Format::Gitleaks, br#"[{"line":"k = AKIAB","lineNumber":3,"offender":"AKIAB",
            "rule":"AWS key","file":"a.py","tags":"key, AWS"}]"#);
        assert_eq!((eight.rule.as_slice(), seven.rule.as_slice()), (&b"aws"[..], &b"AWS key"[..]));
        assert_eq!(eight.message, seven.message);
        assert_eq!((eight.line, eight.column, seven.line), (Some(3), Some(7), Some(3)));
        assert_eq!(eight.fingerprint, seven.fingerprint);
        assert_eq!(eight.path, seven.path);
    }

    #[test]
    fn a_redacted_secret_is_told_by_the_fingerprint_of_gitleaks() {
        for redacted in ["REDACTED", "AKI..."] {
            let leak = format!(
                r#"[{{"RuleID":"aws","Secret":"{redacted}","Fingerprint":"a.py:aws:3"}}]"#
            );
            let leak = one(Format::Gitleaks, leak.as_bytes());
            assert_eq!(leak.fingerprint, Some("a.py:aws:3".into()));
        }
    }

    #[test]
    fn a_list_of_leaks_is_recognised_and_an_empty_one_is_not() {
        let is_it = |text: &str| sniff(&Head::new(text.as_bytes()));
        assert!(is_it("[\n {\n  \"RuleID\": \"a\", \"Secret\": \"b\"}]"));
        assert!(is_it(r#"[{"offender": "b", "rule": "a"}]"#));
        assert!(!is_it("[]") && !is_it("null") && !is_it(r#"[{"RuleID": "a"}]"#));
    }

    proptest! {
        #[test]
        fn no_secret_leaves_the_reader(secret in "[A-Za-z0-9+/]{8,40}", around in "[a-z =]{0,9}") {
            let json = format!(
                r#"[{{"RuleID":"r {secret}","Description":"d {secret}","Match":"{around}{secret}",
                "Secret":"{secret}","File":"{secret}.txt","Fingerprint":"{secret}:1","Message":"{secret}"}},
                {{"rule":"{secret}","offender":"{secret}","line":"{around}{secret}","file":"{secret}"}}]"#
            );
            let told = read_all(Format::Gitleaks, json.as_bytes());
            prop_assert!(told.is_ok());
            let shown = format!("{told:?}");
            prop_assert!(!shown.contains(&secret));
            let cut = read_all(Format::Gitleaks, &json.as_bytes()[..json.len() - 1]);
            let shown = format!("{cut:?}");
            prop_assert!(!shown.contains(&secret));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            check_any(Format::Gitleaks, &bytes);
        }
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        check_cuts(Format::Gitleaks, br#"[{"RuleID":"aws","Secret":"AKIAB"}]"#);
    }
}
