//! Each trap of the format, by its name.

use bstr::BString;
use proptest::prelude::*;

use crate::findings::tests::{check_any, check_cuts, one, read_all};
use crate::findings::{Finding, Format, Kind, Severity, Standing};
use crate::{Bounds, Found};

const RULES: &str = r#""driver":{"name":"t","rules":[
    {"id":"a","defaultConfiguration":{"level":"error"},"shortDescription":{"text":"about a"}},
    {"id":"b","properties":{"security-severity":"9.1","tags":["security","CVE-2099-1"]}},
    {"id":"c","properties":{"security-severity":"MEDIUM"},"messageStrings":{"m":{"text":"{1} and {{{0}}}"}},
     "deprecatedIds":["old-c"]}]},
    "extensions":[{"name":"more","guid":"g","rules":[{"id":"d","defaultConfiguration":{"level":"note"}}]}]"#;

/// A log with one run, which has the results and more keys.
fn log(results: &str, more: &str) -> String {
    format!(r#"{{"version":"2.1.0","runs":[{{"tool":{{{RULES}}},{more}"results":[{results}]}}]}}"#)
}

fn findings(log: &str) -> Vec<Finding> {
    read_all(Format::Sarif, log.as_bytes()).unwrap().0
}

fn finding(result: &str) -> Finding {
    one(Format::Sarif, log(&format!("{{{result}}}"), "").as_bytes())
}

#[track_caller]
fn check_severity(result: &str, wanted: Severity) {
    assert_eq!(finding(result).severity, wanted, "{result}");
}

#[track_caller]
fn check_standing(result: &str, wanted: &Standing) {
    assert_eq!(finding(&format!(r#""ruleId":"a",{result}"#)).standing, *wanted, "{result}");
}

#[track_caller]
fn check_complaints(log: &str, wanted: &[(&str, Option<&str>)]) {
    let reading = read_all(Format::Sarif, log.as_bytes()).unwrap().1;
    let told: Vec<_> = reading.complaints.iter().map(|it| (it.why, it.said.clone())).collect();
    let wanted: Vec<_> =
        wanted.iter().map(|(why, said)| (*why, said.map(BString::from))).collect();
    assert_eq!(told, wanted, "{log}");
}

fn path_of(location: &str, more: &str) -> Option<BString> {
    let result = format!(
        r#"{{"ruleId":"a","locations":[{{"physicalLocation":{{"artifactLocation":{{{location}}}}}}}]}}"#
    );
    let path = one(Format::Sarif, log(&result, more).as_bytes()).path;
    // The same with what is referred to behind the results.
    let behind = format!(
        r#"{{"version":"2.1.0","runs":[{{"results":[{result}],{more}"tool":{{{RULES}}}}}]}}"#
    );
    assert_eq!(one(Format::Sarif, behind.as_bytes()).path, path);
    let tool_first = more.trim_end_matches(',');
    if !tool_first.is_empty() {
        let behind = format!(
            r#"{{"version":"2.1.0","runs":[{{"tool":{{{RULES}}},"results":[{result}],{tool_first}}}]}}"#
        );
        assert_eq!(one(Format::Sarif, behind.as_bytes()).path, path);
    }
    path
}

#[track_caller]
fn check_path(location: &str, more: &str, wanted: &str) {
    assert_eq!(path_of(location, more), Some(wanted.into()), "{location} {more}");
}

#[test]
fn a_level_is_the_results_own_else_the_rules_else_warning() {
    check_severity(r#""ruleId":"a","level":"note""#, Severity::Low);
    check_severity(r#""ruleId":"a""#, Severity::High);
    check_severity(r#""ruleId":"nowhere""#, Severity::Medium);
    check_severity(r#""ruleId":"a","level":"none""#, Severity::Unknown);
    check_severity(r#""ruleId":"a","level":"fatal""#, Severity::Unknown);
    check_severity(r#""ruleId":"a","level":null"#, Severity::High);
    check_severity("", Severity::Medium);
}

#[test]
fn a_rule_may_sit_in_an_extension() {
    check_severity(r#""rule":{"id":"d","toolComponent":{"index":0}}"#, Severity::Low);
    check_severity(r#""rule":{"index":0,"toolComponent":{"index":0}}"#, Severity::Low);
    check_severity(r#""rule":{"index":0,"toolComponent":{"guid":"g"}}"#, Severity::Low);
    check_severity(r#""rule":{"index":0,"toolComponent":{"name":"more"}}"#, Severity::Low);
    check_severity(r#""ruleId":"d""#, Severity::Low);
    // One that is not there is no rule of another.
    check_severity(r#""rule":{"index":7,"toolComponent":{"index":9}}"#, Severity::Medium);
}

#[test]
fn a_rule_may_be_given_by_its_index_alone() {
    let found = finding(r#""ruleIndex":0"#);
    assert_eq!((found.rule, found.severity), ("a".into(), Severity::High));
    check_severity(r#""rule":{"index":1}"#, Severity::Critical);
    check_severity(r#""ruleIndex":-1,"ruleId":"a""#, Severity::High);
    check_severity(r#""ruleIndex":99"#, Severity::Medium);
    // An index of another rule than the one that is named is not believed.
    check_severity(r#""ruleIndex":1,"ruleId":"a""#, Severity::High);
    // Where no rule is named so, the index is all there is: an empty name, a slip of the pen.
    check_severity(r#""ruleIndex":1,"ruleId":"nowhere""#, Severity::Critical);
    check_severity(r#""ruleIndex":0,"ruleId":"""#, Severity::High);
    // A part of a rule has its level.
    check_severity(r#""ruleId":"a/1""#, Severity::High);
}

#[test]
fn security_severity_is_a_number_or_a_word_and_wins_over_the_level() {
    check_severity(r#""ruleId":"b","level":"note""#, Severity::Critical);
    check_severity(r#""ruleId":"c","level":"error""#, Severity::Medium);
    let own = |value: &str| format!(r#""ruleId":"b","properties":{{"security-severity":{value}}}"#);
    check_severity(&own("\"3.9\""), Severity::Low);
    check_severity(&own("7.0"), Severity::High);
    check_severity(&own("\"CRITICAL\""), Severity::Critical);
    check_severity(&own("\"\""), Severity::Critical);
    check_severity(&own("null"), Severity::Critical);
    check_severity(&own("\"bad\""), Severity::Unknown);
    check_severity(&own("\"NaN\""), Severity::Unknown);
    check_severity(&own("99"), Severity::Unknown);
}

#[test]
fn a_suppression_counts_if_it_was_accepted_and_none_is_open() {
    let why = |text: &str| Standing::Suppressed(Some(text.into()));
    check_standing(r#""suppressions":[]"#, &Standing::Open);
    check_standing(r#""suppressions":null"#, &Standing::Open);
    check_standing(r#""suppressions":[{"kind":"inSource"}]"#, &Standing::Suppressed(None));
    check_standing(
        r#""suppressions":[{"status":"accepted","justification":"x"}]"#,
        &why("x"),
    );
    check_standing(r#""suppressions":[{"status":"underReview"}]"#, &Standing::Open);
    check_standing(r#""suppressions":[{"status":"rejected"}]"#, &Standing::Open);
    check_standing(
        r#""suppressions":[{"status":"accepted"},{"status":"rejected"}]"#,
        &Standing::Open,
    );
}

#[test]
fn kinds_that_are_no_findings_are_left_out() {
    for kind in ["pass", "notApplicable", "informational"] {
        let log = log(&format!(r#"{{"ruleId":"a","kind":"{kind}"}}"#), "");
        assert_eq!(findings(&log), [], "{kind}");
    }
    for kind in ["fail", "open", "review"] {
        check_severity(&format!(r#""ruleId":"a","kind":"{kind}""#), Severity::High);
    }
}

#[test]
fn what_is_absent_from_the_head_is_none_and_what_is_unchanged_is_marked() {
    assert_eq!(findings(&log(r#"{"ruleId":"a","baselineState":"absent"}"#, "")), []);
    check_standing(r#""baselineState":"unchanged""#, &Standing::Existing);
    check_standing(r#""baselineState":"updated""#, &Standing::Existing);
    check_standing(r#""baselineState":"new""#, &Standing::Open);
}

#[test]
fn a_tool_that_failed_is_told() {
    let failed = "the tool says that it did not finish";
    let with = |invocations: &str| log("", &format!(r#""invocations":{invocations},"#));
    check_complaints(&with(r#"[{"executionSuccessful":false}]"#), &[(failed, None)]);
    check_complaints(
        &with(r#"[{"executionSuccessful":true},{"executionSuccessful":false,"exitCodeDescription":"e"}]"#),
        &[(failed, Some("e"))],
    );
    let notification = r#"{"level":"error","message":{"text":"n"}}"#;
    check_complaints(
        &with(&format!(
            r#"[{{"executionSuccessful":true,"toolExecutionNotifications":[{notification}]}}]"#
        )),
        &[("the tool says that it met an error", Some("n"))],
    );
    check_complaints(
        &with(r#"[{"executionSuccessful":true,"toolExecutionNotifications":[{"level":"warning"}]}]"#),
        &[],
    );
}

#[test]
fn no_runs_is_a_log_in_which_no_tool_ran() {
    let told = [("no tool ran: the list of runs is empty", None)];
    check_complaints(r#"{"version":"2.1.0","runs":[]}"#, &told);
    check_complaints(r#"{"version":"2.1.0","runs":null}"#, &told);
}

#[test]
fn a_run_without_results_is_one_that_did_not_look() {
    let told = [("a run without a list of results: the tool did not look", Some("t"))];
    check_complaints(r#"{"runs":[{"tool":{"driver":{"name":"t"}}}]}"#, &told);
    check_complaints(r#"{"runs":[{"tool":{"driver":{"name":"t"}},"results":null}]}"#, &told);
    check_complaints(r#"{"runs":[{"tool":{"driver":{"name":"t"}},"results":[]}]}"#, &[]);
}

#[test]
fn results_in_other_files_are_told() {
    let references = r#""externalPropertyFileReferences":{"results":[{"location":{}}]},"#;
    check_complaints(
        &log("", references),
        &[("some of its results stand in other files", None)],
    );
    let elsewhere = |properties: &str| {
        format!(
            r#"{{"runs":[{{"tool":{{"driver":{{"name":"t"}}}},"results":[]}}],"inlineExternalProperties":[{properties}]}}"#
        )
    };
    check_complaints(
        &elsewhere(r#"{},{"results":[{}]}"#),
        &[("some of its results stand outside of its runs", None)],
    );
    // ShiftLeft's scan says only whose they are.
    check_complaints(&elsewhere(r#"{"guid":"g","runGuid":"r"},{"results":[]}"#), &[]);
}

#[test]
fn a_base_of_addresses_is_the_repository_or_within_it() {
    let root = r#""originalUriBaseIds":{"%SRCROOT%":{"uri":"file:///w/x/"},"LIB":{"uri":"lib/","uriBaseId":"%SRCROOT%"},"HOST":{"uri":"file:///host/"}},"#;
    let of = |uri: &str, base: &str| format!(r#""uri":"{uri}","uriBaseId":"{base}""#);
    check_path(&of("src/a.rs", "%SRCROOT%"), "", "src/a.rs");
    check_path(&of("src/a.rs", "%SRCROOT%"), root, "src/a.rs");
    check_path(&of("a.rs", "LIB"), root, "lib/a.rs");
    check_path(&of("a.rs", "HOST"), root, "/host/a.rs");
    check_path(&of("file:///w/x/a.rs", "HOST"), root, "a.rs");
    check_path(r#""uri":"file:///w/x/a.rs""#, root, "a.rs");
    check_path(r#""uri":"file:///w/x/a%20b.rs""#, "", "/w/x/a b.rs");
    // Trivy's root is that of the file system.
    let trivy = r#""originalUriBaseIds":{"ROOTPATH":{"uri":"file:///"}},"#;
    check_path(&of("a/Cargo.lock", "ROOTPATH"), trivy, "a/Cargo.lock");
    let circle = r#""originalUriBaseIds":{"A":{"uri":"a","uriBaseId":"B"},"B":{"uri":"b","uriBaseId":"A"}},"#;
    assert!(path_of(&of("x", "A"), circle).unwrap().ends_with(b"b/a/x"));
}

#[test]
fn an_artifact_may_be_given_by_its_index_alone() {
    let artifacts = r#""artifacts":[{"location":{"uri":"a.rs"}},{"location":{"uri":"b.rs"}}],"#;
    check_path(r#""index":1"#, artifacts, "b.rs");
    check_path(r#""index":1,"uri":"c.rs""#, artifacts, "c.rs");
    assert_eq!(path_of(r#""index":7"#, artifacts), None);
    assert_eq!(path_of(r#""index":1"#, ""), None);
    assert_eq!(path_of(r#""uri":"""#, ""), None);
}

#[test]
fn a_message_may_be_absent_or_stand_with_the_rule() {
    let message = |result: &str| finding(result).message;
    assert_eq!(message(r#""ruleId":"a","message":{"text":"said"}"#), "said");
    assert_eq!(message(r#""ruleId":"a","message":{"markdown":"*said*"}"#), "*said*");
    assert_eq!(message(r#""ruleId":"a""#), "about a");
    assert_eq!(message(r#""ruleId":"a","message":{"text":" "}"#), "a");
    assert_eq!(message(r#""ruleId":"b""#), "b");
    assert_eq!(
        message(r#""ruleId":"c","message":{"id":"m","arguments":["x","y"]}"#),
        "y and {x}"
    );
    assert_eq!(message(r#""ruleId":"a","message":{"text":"{0}{5}","arguments":["x"]}"#), "x");
    let bomb = "{0}".repeat(10_000);
    let long = "x".repeat(10_000);
    let bomb = format!(r#""ruleId":"a","message":{{"text":"{bomb}","arguments":["{long}"]}}"#);
    assert!(message(&bomb).len() < 100_000);
}

#[test]
fn fingerprints_are_told_by_what_stays_the_same() {
    let fingerprint = |result: &str| finding(&format!(r#""ruleId":"a",{result}"#)).fingerprint;
    let github = r#""partialFingerprints":{"primaryLocationStartColumnFingerprint":"4","primaryLocationLineHash":"ab12:1"}"#;
    assert_eq!(fingerprint(github), Some("ab12:1".into()));
    let login = r#""fingerprints":{"matchBasedId/v1":"requires login"},"partialFingerprints":{"x":"cd34"}"#;
    assert_eq!(fingerprint(login), Some("cd34".into()));
    assert_eq!(fingerprint(r#""fingerprints":{"matchBasedId/v1":"requires login"}"#), None);
    assert_eq!(fingerprint(r#""fingerprints":{"b":"b1","a":"a1"}"#), Some("a1".into()));
    assert_eq!(fingerprint(r#""fingerprints":{"a":null}"#), None);
    let nested = r#""fingerprints":{"a":{"value":"x"}},"partialFingerprints":{"b":7,"c":"c1"}"#;
    assert_eq!(fingerprint(nested), Some("c1".into()));
}

#[test]
fn tags_and_names_say_what_sort_it_is_and_by_what_other_names() {
    assert_eq!(finding(r#""ruleId":"b""#).aliases, ["CVE-2099-1"].map(BString::from));
    assert_eq!(finding(r#""ruleId":"c""#).aliases, ["old-c"].map(BString::from));
    assert_eq!(finding(r#""ruleId":"GHSA-aaaa""#).kind, Kind::Vulnerability);
    assert_eq!(finding(r#""ruleId":"a""#).kind, Kind::Code);
    assert_eq!(
        finding(r#""ruleId":"a","properties":{"tags":["Secret"]}"#).kind,
        Kind::Secret
    );
}

#[test]
fn taxonomies_are_no_rules() {
    let taxa = r#""ruleId":"a","taxa":[{"id":"79","toolComponent":{"name":"CWE"}}]"#;
    check_severity(taxa, Severity::High);
    let log = log(
        r#"{"ruleId":"79"}"#,
        r#""taxonomies":[{"name":"CWE","taxa":[{"id":"79","defaultConfiguration":{"level":"error"}}]}],"#,
    );
    assert_eq!(findings(&log)[0].severity, Severity::Medium);
}

#[test]
fn the_quoted_source_is_kept_apart_from_the_message() {
    let found = finding(
        r#""ruleId":"a","locations":[{"physicalLocation":{"region":{"startLine":3,"startColumn":0,"snippet":{"text":"  key = 1\n"}}}}]"#,
    );
    assert_eq!((found.line, found.column, found.path), (Some(3), None, None));
    assert_eq!(found.source, Some("key = 1".into()));
    assert_eq!(found.message, "about a");
}

#[test]
fn keys_given_twice_and_other_shapes_are_refused() {
    let check = |log: &str| {
        let read = read_all(Format::Sarif, log.as_bytes());
        assert_eq!(read.map(|_| ()), Err(Found::OtherJson), "{log}");
    };
    let tool = r#""tool":{"driver":{"name":"t"}}"#;
    check(&format!(r#"{{"runs":[{{{tool},"results":[],"results":[]}}]}}"#));
    check(&format!(r#"{{"runs":[{{{tool},{tool},"results":[]}}]}}"#));
    check(r#"{"runs":[],"runs":[]}"#);
    check(r#"{"runs":{}}"#);
    check(r#"{"runs":[[]]}"#);
    check(&format!(r#"{{"runs":[{{{tool},"results":{{}}}}]}}"#));
    check(r#"{"version":"2.0.0","runs":[]}"#);
}

#[test]
fn a_mistake_in_results_that_stand_first_is_told_at_its_place() {
    let log = "{\"runs\":[{\n\"results\":[\n{\"ruleId\":1}],\"tool\":{\"driver\":{\"name\":\"t\"}}}]}";
    let read = Format::Sarif.read(log.as_bytes(), Bounds::default(), &mut |_| {});
    let malformed = read.unwrap_err();
    assert_eq!((malformed.found, malformed.line), (Found::OtherJson, 3));
}

#[test]
fn more_results_than_the_bound_are_refused() {
    let bounds = Bounds { entries: 2, ..Bounds::default() };
    let log = log(r#"{"ruleId":"a"},{"ruleId":"a"},{"ruleId":"a"}"#, "");
    let read = Format::Sarif.read(log.as_bytes(), bounds, &mut |_| {});
    assert_eq!(read.map_err(|it| it.found), Err(Found::TooMany));
}

#[test]
fn brackets_without_end_end_at_once() {
    for begin in [r#"{"runs":"#, r#"{"runs":[{"x":"#, r#"{"runs":[{"tool":{"driver":{"rules":"#] {
        let bomb = format!("{begin}{}", "[".repeat(1_000_000));
        assert!(read_all(Format::Sarif, bomb.as_bytes()).is_err());
    }
}

#[test]
fn a_log_that_is_cut_off_is_refused() {
    let more = r#""originalUriBaseIds":{"R":{"uri":"file:///w/"}},"#;
    check_cuts(Format::Sarif, log(r#"{"ruleId":"a","message":{"text":"m"}}"#, more).as_bytes());
}

proptest! {
    #[test]
    fn any_words_are_read_or_refused(words in proptest::collection::vec(proptest::sample::select(&[
        "{", "}", "[", "]", ",", ":", "\"runs\"", "\"tool\"", "\"driver\"", "\"results\"", "\"rules\"",
        "\"ruleId\"", "\"a\"", "1", "-1", "null", "{\"runs\":[{\"tool\":{\"driver\":{\"name\":\"t\"}},\"results\":[",
        "\"suppressions\"", "\"locations\"", "\"artifacts\":[{}]", "\"originalUriBaseIds\":{}", "]}]}",
    ][..]), 0..30)) {
        check_any(Format::Sarif, words.concat().as_bytes());
    }
}
