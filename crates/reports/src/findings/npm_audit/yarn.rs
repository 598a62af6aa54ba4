//! The lines of `yarn audit --json` of Yarn 1.

use std::collections::BTreeSet;

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Advisory, Metadata, NAME, check};
use crate::findings::json::Words;
use crate::findings::{Fault, Finding, Sink};
use crate::head::{Head, Value};

/// Whether the report consists of lines of Yarn, of whichever version.
pub(super) fn sniff(head: &Head<'_>) -> bool {
    let has = |word: &str| memmem::find(head.text, word.as_bytes()).is_some();
    (head.line_has("type", Value::Text)
        && (has(r#""type":"auditAdvisory""#) || has(r#""type":"auditSummary""#)))
        || (is_of_later(head) && has(r#""Tree Versions""#))
}

/// Later Yarns: a line for each advisory, `value` the package and `children` what is said of it.
fn is_of_later(head: &Head<'_>) -> bool {
    head.line_has("value", Value::Text) && head.line_has("children", Value::Object)
}

/// Whether a report is lines rather than one document of npm.
pub(super) fn is_lines(bytes: &[u8]) -> bool {
    let head = Head::new(bytes.trim_ascii_start());
    (head.line_has("type", Value::Text) && head.line_keys.len() == 2) || is_of_later(&head)
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    r#type: Option<Words<'a>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    advisory: Advisory<'a>,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    let mut summary: Option<Metadata> = None;
    let mut failed = false;
    let mut start = 0;
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let at = start;
        start += piece.len();
        if piece.trim_ascii().is_empty() {
            continue;
        }
        let fault = |error: serde_json::Error| Fault::of_json(&error, bytes, at);
        let line: Line<'_> = serde_json::from_slice(piece).map_err(fault)?;
        let (Some(sort), Some(data)) = (line.r#type, line.data) else {
            return Err(Fault::wrong(
                "lines of a later Yarn, of which nobody can tell the last: use `npm audit`",
                at,
            ));
        };
        let wrong = |_| Fault::wrong("an advisory or a summary of another shape", at);
        match &*sort {
            b"auditAdvisory" => {
                let found: Found<'_> = serde_json::from_str(data.get()).map_err(wrong)?;
                let number = found.advisory.id.as_ref().and_then(|id| id.0.clone());
                if number.is_none() || seen.insert(number) {
                    found.advisory.findings(sink)?;
                }
            }
            b"auditSummary" => summary = Some(serde_json::from_str(data.get()).map_err(wrong)?),
            b"error" => {
                failed = true;
                let said = serde_json::from_str::<Words<'_>>(data.get()).ok();
                sink.complain("yarn got no answer", said.map(|said| said.owned()));
            }
            // Remarks and warnings.
            _ => {}
        }
    }
    sink.tool(NAME, None);
    let Some(metadata) = summary else {
        let none = "no summary, with which a whole report of yarn ends";
        return if failed { Ok(()) } else { Err(Fault::wrong(none, bytes.len())) };
    };
    check(&metadata, None, sink);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::findings::Format;
    use crate::findings::tests::{check_cuts, read_all};

    const ADVISORY: &str = r#"{"type":"auditAdvisory","data":{"resolution":{"id":1,"path":"a>p"},"advisory":{"id":1,"module_name":"p","severity":"high","findings":[{"version":"1"},{"version":"2"}]}}}"#;

    fn summary(high: u64) -> String {
        format!(
            r#"{{"type":"auditSummary","data":{{"vulnerabilities":{{"high":{high}}},"totalDependencies":3}}}}"#
        )
    }

    #[track_caller]
    fn check(lines: &[&str], findings: usize, complaints: usize) {
        let (found, reading) = read_all(Format::NpmAudit, lines.join("\n").as_bytes()).unwrap();
        assert_eq!((found.len(), reading.complaints.len()), (findings, complaints), "{lines:?}");
    }

    #[test]
    fn a_line_a_path_is_one_advisory_for_each_version() {
        check(&[ADVISORY, ADVISORY, &summary(2)], 2, 0);
        check(&[r#"{"type":"info","data":"x"}"#, &summary(0)], 0, 0);
    }

    #[test]
    fn a_summary_counts_what_a_level_leaves_out() {
        check(&[&summary(2)], 0, 0);
    }

    #[test]
    fn an_answer_that_did_not_come_is_no_report_without_findings() {
        check(&[r#"{"type":"info","data":"x"}"#, r#"{"type":"error","data":"405"}"#], 0, 1);
    }

    #[test]
    fn lines_without_their_summary_are_refused() {
        assert!(read_all(Format::NpmAudit, ADVISORY.as_bytes()).is_err());
        let info = r#"{"type":"info","data":"x"}"#;
        assert!(read_all(Format::NpmAudit, info.as_bytes()).is_err());
        check_cuts(Format::NpmAudit, format!("{ADVISORY}\n{}", summary(2)).as_bytes());
    }

    #[test]
    fn lines_of_a_later_yarn_are_refused_in_words() {
        let line = r#"{"value":"p","children":{"ID":1,"Issue":"t","Severity":"high","Tree Versions":["1"]}}"#;
        let found = read_all(Format::NpmAudit, line.as_bytes()).unwrap_err();
        assert!(found.to_string().contains("a later Yarn"), "{found}");
        let both = format!("{line}\n{line}\n");
        assert!(read_all(Format::NpmAudit, both.as_bytes()).is_err());
    }
}
