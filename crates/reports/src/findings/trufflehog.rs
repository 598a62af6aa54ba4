//! The JSON lines of TruffleHog: version 3 (<https://github.com/trufflesecurity/trufflehog>,
//! `pkg/output/json.go`), and version 2, the one in Python, with other keys.
//!
//! Version 3 writes its log as lines of JSON too, to standard error: where both go into one file, the log
//! says whether the scan came to its end. `Raw`, `RawV2`, `Redacted`, `SourceMetadata` and `ExtraData`
//! (2: `stringsFound`, `diff` and `printDiff`) hold secrets; of the log only `msg` is told, because
//! `error` may hold an address with a password.

use bstr::{BString, ByteSlice as _};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::rows::{Word, counted, said};
use super::secrets::{Secrets, fingerprint};
use super::{Fault, Finding, Kind, Severity, Sink, Standing};
use crate::Found;
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "trufflehog";
pub(super) const WANTED: &str = "the JSON lines of TruffleHog";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    (head.line_has("SourceMetadata", Value::Object) && head.line_has("DetectorName", Value::Text))
        || (head.line_has("stringsFound", Value::List) && head.line_has("reason", Value::Text))
        || (head.line_has("logger", Value::Text)
            && head.line_has("msg", Value::Text)
            && head.text.contains_str(r#""logger":"trufflehog""#))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let mut lines = Lines::default();
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        // What is no object is another program's word, or the banner.
        if line.trim_ascii_start().starts_with(b"{") {
            if line.len() > sink.bounds.line_bytes {
                return Err(Fault::new(Found::TooLong, start));
            }
            let json: Line<'_> = serde_json::from_slice(line).map_err(|error| {
                let fault = Fault::of_json(&error, line, 0);
                Fault::new(fault.found, start + fault.at)
            })?;
            lines.take(json, start, sink)?;
        }
        start += line.len();
    }
    lines.end(bytes.len())
}

/// One line. There is no `Debug`, so that no secret is printed by mistake.
#[derive(Deserialize)]
struct Line<'l> {
    // Of version 3.
    #[serde(rename = "DetectorName")]
    detector: Option<Text>,
    #[serde(rename = "Verified", default)]
    is_verified: bool,
    #[serde(rename = "Raw")]
    raw: Option<Text>,
    #[serde(rename = "RawV2")]
    raw_v2: Option<Text>,
    #[serde(rename = "Redacted")]
    redacted: Option<Text>,
    #[serde(rename = "SourceMetadata")]
    source: Option<Source>,
    // Of version 2.
    reason: Option<Text>,
    path: Option<Text>,
    #[serde(rename = "stringsFound")]
    strings: Option<Vec<Text>>,
    // Of the log.
    #[serde(borrow)]
    level: Option<&'l RawValue>,
    #[serde(default)]
    msg: Word,
}

#[derive(Deserialize)]
struct Source {
    /// By the name of the kind of source: `Git`, `Filesystem`.
    #[serde(rename = "Data", default)]
    data: Option<BTreeMap<String, Spot>>,
}

/// Where it was found. Docker and buckets have other keys, which are no paths.
#[derive(Deserialize)]
struct Spot {
    #[serde(default)]
    file: Word,
    line: Option<u64>,
}

/// What the lines so far have said.
#[derive(Default)]
struct Lines {
    is_any: bool,
    is_begun: bool,
    is_finished: bool,
}

impl Lines {
    fn take(&mut self, line: Line<'_>, at: usize, sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
        self.is_any = true;
        if line.detector.is_some() || line.strings.is_some() {
            sink.tool(NAME, None);
            let finding = line.finding();
            return sink.push(finding.ok_or(Fault::wrong("a secret without its rule", at))?, at);
        }
        let (Some(level), Word(Some(msg))) = (line.level, line.msg) else {
            return Err(Fault::new(Found::OtherJson, at));
        };
        match level.get() {
            r#""error""# | r#""dpanic""# | r#""panic""# | r#""fatal""# => {
                sink.complain("the log of TruffleHog has an error", Some(msg));
            }
            _ => {
                self.is_begun |= msg == "running source";
                self.is_finished |= msg == "finished scanning";
            }
        }
        Ok(())
    }

    fn end(self, at: usize) -> Result<(), Fault> {
        if !self.is_any {
            return Err(Fault::wrong("no line of JSON", 0));
        }
        if self.is_begun && !self.is_finished {
            return Err(Fault::new(Found::End, at));
        }
        Ok(())
    }
}

impl Line<'_> {
    fn finding(self) -> Option<Finding> {
        let rule = said(self.detector).or(said(self.reason))?;
        let mut strings: Vec<Option<BString>> =
            self.strings.unwrap_or_default().into_iter().map(|text| said(Some(text))).collect();
        let whole: Vec<&BString> = strings.iter().flatten().collect();
        let raw = said(self.raw);
        let known = match &raw {
            Some(raw) => Some(fingerprint(raw)),
            None if whole.is_empty() => None,
            None => Some(fingerprint(&bstr::join("\n", whole))),
        };
        strings.extend([raw, said(self.raw_v2), said(self.redacted)]);
        let secrets = Secrets::new(strings);
        let spot = self.source.and_then(|source| source.data).unwrap_or_default().into_values().next();
        let (file, line) = spot.map_or((None, None), |spot| (spot.file.0, counted(spot.line)));
        let rule = secrets.hidden_in(rule);
        let mut message = rule.clone();
        message.extend_from_slice(if self.is_verified { b": it works" } else { b": not verified" });
        Some(Finding {
            tool: NAME.into(),
            rule,
            aliases: Vec::new(),
            message,
            path: secrets.hidden(file.or(said(self.path))),
            line,
            column: None,
            package: None,
            severity: if self.is_verified { Severity::Critical } else { Severity::Unknown },
            kind: Kind::Secret,
            standing: Standing::Open,
            fingerprint: known, source: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::tests::{check_any, one, read_all};
    use super::*;

    const SECRET: &str = r#"{"SourceMetadata":{"Data":{"Git":{"commit":"c","file":"a.py","line":3}}},"SourceID":1,"DetectorName":"AWS","Verified":true,"Raw":"AKIAB"}"#;
    const BEGIN: &str = r#"{"level":"info-0","ts":"t","logger":"trufflehog","msg":"running source"}"#;
    const END: &str = r#"{"level":"info-0","ts":"t","logger":"trufflehog","msg":"finished scanning"}"#;

    /// How many findings and complaints lines have.
    #[track_caller]
    fn check(lines: &str, wanted: Result<(usize, usize), Found>) {
        let told = read_all(Format::Trufflehog, lines.as_bytes());
        let told = told.map(|(findings, reading)| (findings.len(), reading.complaints.len()));
        assert_eq!(told, wanted, "{lines}");
    }

    #[test]
    fn log_objects_stand_between_secrets() {
        check(&format!("{BEGIN}\n{SECRET}\nbanner\n{END}\n"), Ok((1, 0)));
        check(&format!("{SECRET}\n{SECRET}"), Ok((2, 0)));
        check(&format!("{BEGIN}\n{END}\n"), Ok((0, 0)));
    }

    #[test]
    fn an_error_in_the_log_is_a_complaint() {
        let error = r#"{"level":"error","ts":"t","msg":"error scanning","error":"https://u:p@h"}"#;
        check(&format!("{error}\n{SECRET}\n"), Ok((1, 1)));
        let (_, reading) = read_all(Format::Trufflehog, error.as_bytes()).unwrap();
        assert!(!format!("{reading:?}").contains("u:p"));
    }

    #[test]
    fn a_log_that_does_not_end_is_cut_off() {
        check(&format!("{BEGIN}\n{SECRET}\n"), Err(Found::End));
        check(SECRET.split_at(90).0, Err(Found::End));
        check("trufflehog: command not found\n", Err(Found::Wrong("no line of JSON")));
        check(r#"{"a": 1}"#, Err(Found::OtherJson));
        check(r#"{"DetectorName": ""}"#, Err(Found::Wrong("a secret without its rule")));
    }

    #[test]
    fn version_2_has_other_keys() {
        let old = r#"{"branch":"main","commit":"m","diff":"+k = AKIAB","path":"a.py",
            "printDiff":"AKIAB","reason":"High Entropy","stringsFound":["AKIAB"]}"#;
        let old = one(Format::Trufflehog, old.replace('\n', "").as_bytes());
        assert_eq!((old.rule.as_slice(), old.path), (&b"High Entropy"[..], Some("a.py".into())));
        let new = one(Format::Trufflehog, SECRET.as_bytes());
        assert_eq!((new.fingerprint, new.line), (old.fingerprint, Some(3)));
    }

    #[test]
    fn a_secret_that_works_is_critical() {
        let verified = one(Format::Trufflehog, SECRET.as_bytes());
        assert_eq!(verified.severity, Severity::Critical);
        let unverified = SECRET.replace("true", "false");
        assert_eq!(one(Format::Trufflehog, unverified.as_bytes()).severity, Severity::Unknown);
    }

    #[test]
    fn lines_of_trufflehog_are_recognised() {
        for line in [SECRET, BEGIN, r#"{"reason":"x","stringsFound":[]}"#] {
            assert!(sniff(&Head::new(line.as_bytes())), "{line}");
        }
        assert!(!sniff(&Head::new(br#"{"level":"info","logger":"x","msg":"y"}"#)));
    }

    proptest! {
        #[test]
        fn no_secret_leaves_the_reader(secret in "[A-Za-z0-9+/]{8,40}", other in "[A-Za-z0-9]{8,20}") {
            let lines = format!(
                r#"{{"SourceMetadata":{{"Data":{{"Filesystem":{{"file":"{secret}","link":"{other}"}}}}}},"DetectorName":"x{secret}","Raw":"{secret}","RawV2":"{secret}:{other}","Redacted":"{secret}","ExtraData":{{"a":"{other}"}}}}
{{"reason":"{secret}","path":"{other}","diff":"{secret}","printDiff":"{secret}","stringsFound":["{secret}","{other}"]}}"#
            );
            let cut = lines.strip_suffix('}').unwrap();
            for report in [&*lines, cut] {
                let told = format!("{:?}", read_all(Format::Trufflehog, report.as_bytes()));
                prop_assert!(!told.contains(&secret) && !told.contains(&other), "{}", told);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            check_any(Format::Trufflehog, &bytes);
        }
    }
}
