//! What the gate comes to, finding by finding.

use bstr::BString;
use diagnostics::config::Config;
use diagnostics::{Foreign, Piece};
use proptest::prelude::*;
use reports::Reading;
use reports::findings::{Finding, Kind, Package, Severity, Standing};

use super::*;
use crate::{Outcome, State, Verdict};

/// `tool rule severity path message`, and what follows after ` | `, each of `k=v`.
fn finding(line: &str) -> Finding {
    let (main, rest) = line.split_once(" | ").unwrap_or((line, ""));
    let mut words = main.splitn(5, ' ');
    let mut word = || words.next().unwrap_or_default();
    let mut finding = Finding {
        tool: word().into(),
        rule: word().into(),
        aliases: Vec::new(),
        severity: Severity::of_word(word().as_bytes()).unwrap(),
        path: Some(BString::from(word())).filter(|path| !path.is_empty() && *path != "-"),
        message: word().into(),
        line: Some(1),
        column: None,
        package: None,
        kind: Kind::Code,
        standing: Standing::Open,
        fingerprint: None,
        source: None,
    };
    for (key, value) in rest.split(' ').filter_map(|pair| pair.split_once('=')) {
        match key {
            "alias" => finding.aliases.push(value.into()),
            "fp" => finding.fingerprint = Some(value.into()),
            "source" => finding.source = Some(value.into()),
            "status" => finding.standing = Standing::Status(value.into()),
            "suppressed" => finding.standing = Standing::Suppressed(Some(value.into())),
            "existing" => finding.standing = Standing::Existing,
            "package" => {
                let (name, version) = value.split_once('@').unwrap_or((value, ""));
                let version = Some(version).filter(|it| !it.is_empty()).map(BString::from);
                finding.package = Some(Package { name: name.into(), version });
                finding.kind = Kind::Vulnerability;
            }
            "kind" => {
                finding.kind = match value {
                    "secret" => Kind::Secret,
                    "license" => Kind::License,
                    other => panic!("{other}"),
                }
            }
            other => panic!("{other}"),
        }
    }
    finding
}

fn ran() -> Reading {
    let tool = reports::Tool { name: "scanner".into(), version: None };
    Reading { tools: vec![tool], ..Reading::default() }
}

fn findings(lines: &[&str]) -> Findings {
    let mut findings = Findings::new(["/repo".into()]);
    for line in lines {
        findings.take(&finding(line));
    }
    findings.report(&ran());
    findings
}

fn policy(text: &str) -> Policy {
    let text = format!("[s]\n{text}");
    Config::read("c.toml", text.as_bytes(), |top| Policy::read(&mut top.table("s"))).unwrap()
}

fn outcome(policy_text: &str, lines: &[&str], base: Option<&[&str]>) -> Outcome {
    let (findings, base) = (findings(lines), base.map(|lines| Base::of(&findings(lines))));
    let facts = Facts { findings: &findings, base: base.as_ref(), approve_high: false };
    decide(&policy(policy_text), &facts)
}

/// How many findings are open.
fn open(outcome: &Outcome) -> usize {
    outcome.reasons.iter().filter(|reason| reason.state == State::Open).count()
}

#[track_caller]
fn check(policy: &str, lines: &[&str], wanted: Verdict) {
    assert_eq!(outcome(policy, lines, None).verdict(), wanted, "{policy} {lines:?}");
}

#[track_caller]
fn check_new(base: &[&str], head: &[&str], wanted: usize) {
    let outcome = outcome("only-new = true", head, Some(base));
    assert_eq!(open(&outcome), wanted, "{base:?} {head:?}");
}

#[track_caller]
fn check_joined(lines: &[&str], wanted: usize) {
    assert_eq!(open(&outcome("", lines, None)), wanted, "{lines:?}");
}

fn words(text: &diagnostics::Text) -> String {
    let word = |piece: &Piece| match piece {
        Piece::Ours(words) => (*words).to_owned(),
        Piece::Number(number) => number.to_string(),
        Piece::Foreign(foreign) => String::from_utf8_lossy(foreign.raw()).into_owned(),
        Piece::Thousandths(_) | Piece::Micros(_) | Piece::Said(_) | Piece::Lines(_) => {
            panic!("{piece:?}")
        }
    };
    text.pieces().iter().map(word).collect()
}

#[test]
fn each_severity_has_its_verdict() {
    check("", &["t r critical a m"], Verdict::Fail);
    check("", &["t r high a m"], Verdict::Review);
    check("", &["t r medium a m"], Verdict::Acknowledge);
    check("", &["t r low a m"], Verdict::Pass);
    check("", &["t r unknown a m"], Verdict::Fail);
    check("", &["t r low a m", "t r medium a m", "t r high a m"], Verdict::Review);
    check("low = 'warn'", &["t r low a m"], Verdict::Warn);
    check("unknown = 'track'", &["t r unknown a m"], Verdict::Pass);
    check("mode = 'warn'", &["t r critical a m"], Verdict::Warn);
    check("mode = 'report'", &["t r critical a m"], Verdict::Pass);
}

#[test]
fn a_report_without_findings_passes_and_no_report_does_not() {
    check("", &[], Verdict::Pass);
    let none = Findings::default();
    let facts = Facts { findings: &none, base: None, approve_high: true };
    for mode in ["block", "warn", "report"] {
        let policy = policy(&format!("mode = '{mode}'"));
        assert_eq!(decide(&policy, &facts).verdict(), Verdict::Error);
    }
    let mut nobody = Findings::default();
    nobody.report(&Reading::default());
    let facts = Facts { findings: &nobody, base: None, approve_high: true };
    assert_eq!(decide(&Policy::default(), &facts).verdict(), Verdict::Error);
}

#[test]
fn a_secret_blocks_however_bad_it_is_called() {
    check("", &["t r low a m | kind=secret"], Verdict::Fail);
    check("secrets = 'track'", &["t r critical a m | kind=secret"], Verdict::Pass);
    check("licenses = 'block'", &["t r low a m | kind=license"], Verdict::Fail);
    check("", &["t r low a m | kind=license"], Verdict::Pass);
}

#[test]
fn what_was_approved_no_longer_blocks_but_is_told() {
    let findings = findings(&["t r high a m"]);
    let facts = Facts { findings: &findings, base: None, approve_high: true };
    assert_eq!(decide(&Policy::default(), &facts).verdict(), Verdict::Warn);
    let findings = self::findings(&["t r critical a m"]);
    let facts = Facts { findings: &findings, ..facts };
    assert_eq!(decide(&Policy::default(), &facts).verdict(), Verdict::Fail);
}

#[test]
fn a_suppressed_finding_is_told_and_does_not_count() {
    let outcome = outcome("", &["t r critical a m | suppressed=why"], None);
    assert_eq!(outcome.verdict(), Verdict::Pass);
    assert_eq!(outcome.reasons[0].state, State::Suppressed(Some(Foreign::from("why"))));
    assert_eq!(words(&outcome.measured), "0 findings; 1 suppressed");
}

#[test]
fn only_a_status_that_says_so_lets_a_finding_go() {
    check("", &["t r critical a m | status=not_affected"], Verdict::Pass);
    check("", &["t r critical a m | status=fixed"], Verdict::Fail);
    check("", &["t r critical a m | status=will_not_fix"], Verdict::Fail);
    check("", &["t r critical a m | status=affected"], Verdict::Fail);
    check(
        "ignore-statuses = ['will_not_fix']",
        &["t r critical a m | status=will_not_fix"],
        Verdict::Pass,
    );
    check("ignore-statuses = []", &["t r critical a m | status=not_affected"], Verdict::Fail);
}

#[test]
fn files_are_left_out_by_pattern_and_told_in_number() {
    let policy = "exclude = ['vendor/**']";
    let lines = ["t r critical /repo/vendor/a m", "t r low src/a m", "t r critical - m"];
    let outcome = outcome(policy, &lines, None);
    assert_eq!(
        words(&outcome.measured),
        "2 findings: 1 critical, 1 low; 1 left out by the configuration"
    );
    assert_eq!(outcome.verdict(), Verdict::Fail);
}

#[test]
fn a_component_has_levels_of_its_own() {
    let policy = "[[s.component]]\nname = 'a'\npaths = ['a/**']\nhigh = 'track'\n\
                  [[s.component]]\nname = 'b'\npaths = ['**']\nmode = 'warn'";
    check(policy, &["t r high a/x m"], Verdict::Pass);
    check(policy, &["t r high b/x m"], Verdict::Warn);
    check(policy, &["t r high - m"], Verdict::Review);
}

#[test]
fn what_the_base_has_is_known_and_what_it_has_not_is_new() {
    check_new(&["t r high a m"], &["t r high a m"], 0);
    check_new(&["t r high a m"], &["t r high ./a m", "t r high /repo/a n"], 1);
    check_new(&["t r high a m"], &["t r high b m"], 1);
    check_new(&["t r high a m"], &["t q high a m"], 1);
    check_new(&["t r high a m"], &["u r high a m"], 1);
    check_new(&[], &["t r high a m"], 1);
}

#[test]
fn a_second_one_that_cannot_be_told_apart_is_new() {
    let one = "t r high a m";
    check_new(&[one], &[one, one], 1);
    check_new(&[one, one], &[one, one, one], 1);
    check_new(&[one, one, one], &[one], 0);
    check_new(&["t r high a m | fp=x1"], &["t r high a m | fp=x1", "t r high a m | fp=x1"], 1);
}

#[test]
fn a_finding_that_moved_or_was_worded_anew_is_known_by_its_fingerprint() {
    check_new(&["t r high a m | fp=x1"], &["t r high a worded_anew | fp=x1"], 0);
    check_new(&["t r high a m | fp=x1"], &["t r high a m | fp=y1"], 1);
    // A tool that began to give fingerprints, or stopped.
    check_new(&["t r high a m"], &["t r high a m | fp=x1"], 0);
    check_new(&["t r high a m | fp=x1"], &["t r high a m"], 0);
}

#[test]
fn a_constant_is_no_fingerprint() {
    check_new(
        &["semgrep r high a m | fp=requires_login"],
        &["semgrep r high a m | fp=requires_login", "semgrep r high a n | fp=requires_login"],
        1,
    );
    let mut base = Findings::new([]);
    let mut head = Findings::new([]);
    for (of, message) in [(&mut base, "m"), (&mut head, "n")] {
        let line = format!("semgrep r high a {message}");
        of.take(&Finding { fingerprint: Some("requires login".into()), ..finding(&line) });
        of.report(&ran());
    }
    let base = Base::of(&base);
    let facts = Facts { findings: &head, base: Some(&base), approve_high: false };
    assert_eq!(open(&decide(&policy("only-new = true"), &facts)), 1);
}

#[test]
fn one_fingerprint_on_results_that_differ_tells_none_of_them() {
    let base = ["t r high a m | fp=x1", "t r high a n | fp=x1"];
    check_new(&base, &["t r high a m | fp=x1", "t r high a o | fp=x1"], 1);
    // Alike they are counted.
    let base = ["t r high a m | fp=x1", "t r high a m | fp=x1", "t r high b m | fp=x1"];
    check_new(&base, &base, 0);
}

#[test]
fn a_quoted_source_tells_more_than_a_message_and_is_never_told() {
    let base = ["t r high a m | source=eval(1)"];
    check_new(&base, &["t r high a other_words | source=eval(1)"], 0);
    check_new(&base, &["t r high a m | source=eval(2)"], 1);
    let outcome = outcome("", &["t r high a m | source=hunter2 kind=secret"], None);
    assert!(!format!("{outcome:?}").contains("hunter2"));
}

#[test]
fn a_package_is_known_by_version_and_advisory() {
    let base = ["t r high - m | package=p@1"];
    check_new(&base, &["t r high - other_words | package=p@1"], 0);
    check_new(&base, &["t r high - m | package=p@2"], 1);
}

#[test]
fn a_base_may_be_given_by_the_fingerprints_of_its_reasons() {
    let lines = ["t r high a m | fp=x1", "t r high a n", "t r high - o | package=p@1"];
    let first = outcome("", &lines, None);
    let written: Vec<&[u8]> =
        first.reasons.iter().map(|reason| reason.fingerprint.as_ref().unwrap().raw()).collect();
    let base = Base::of_fingerprints(written.iter().copied().chain([&b"not one"[..]]));
    let findings = findings(&[&lines[..], &["t r high a p"]].concat());
    let facts = Facts { findings: &findings, base: Some(&base), approve_high: false };
    assert_eq!(open(&decide(&policy("only-new = true"), &facts)), 1);
}

#[test]
fn without_a_base_every_finding_counts_as_new() {
    let outcome = outcome("only-new = true", &["t r medium a m"], None);
    assert_eq!(outcome.verdict(), Verdict::Acknowledge);
    assert!(outcome.reasons.iter().any(|it| it.rule == Foreign::from("security-base")));
    check("only-new = true\nlow = 'track'", &["t r low a m"], Verdict::Inconclusive);
    check("only-new = true", &[], Verdict::Pass);
}

#[test]
fn what_the_tool_itself_compared_counts_unless_only_new_findings_do() {
    check("", &["t r critical a m | existing=1"], Verdict::Fail);
    let outcome = outcome("only-new = true", &["t r critical a m | existing=1"], Some(&[]));
    assert_eq!(outcome.verdict(), Verdict::Pass);
    assert_eq!(outcome.reasons[0].state, State::Known);
}

#[test]
fn one_advisory_of_one_package_is_one_finding_as_bad_as_the_worst_says() {
    let lines = [
        "cargo-audit RUSTSEC-1 unknown - m | package=p@1 alias=CVE-1",
        "osv-scanner GHSA-1 high Cargo.lock n | package=p@1 alias=CVE-1",
        "trivy CVE-1 medium /repo/Cargo.lock o | package=P@v1",
    ];
    let outcome = outcome("", &lines, None);
    assert_eq!((open(&outcome), outcome.verdict()), (1, Verdict::Review));
    let reason = &outcome.reasons[0];
    assert_eq!(
        words(&reason.message),
        "high vulnerability in p 1: m, found by cargo-audit, osv-scanner, trivy"
    );
    assert_eq!(reason.aliases, ["CVE-1", "GHSA-1"].map(Foreign::from));
    assert_eq!(reason.place.as_ref().unwrap().file, Foreign::from("Cargo.lock"));
    assert_eq!(reason.package, Some(Foreign::from("p@1")));
    assert_eq!(words(&outcome.measured), "1 finding: 1 high; 2 told by several scanners");
}

#[test]
fn other_versions_packages_and_places_are_other_findings() {
    check_joined(&["a I high - m | package=p@1", "a I high - m | package=p@2"], 2);
    check_joined(&["a I high - m | package=p@1", "b I high - m | package=q@1"], 2);
    check_joined(&["a I high - m | package=p@1", "b J high - m | package=p@1"], 2);
    check_joined(&["a I high - m", "b I high - m"], 2);
    // Two lock files of one scanner.
    check_joined(&["a I high x/l m | package=p@1", "a I high y/l m | package=p@1"], 2);
    check_joined(
        &[
            "a I high x/l m | package=p@1",
            "a I high y/l m | package=p@1",
            "b I high y/l m | package=p@1",
        ],
        2,
    );
    check_joined(&["a I high l m | package=p@1", "b I high /elsewhere/l m | package=p@1"], 1);
    check_joined(&["a I high x/l m | package=p@1", "b I high y/l m | package=p@1"], 2);
}

#[test]
fn a_finding_without_a_version_joins_the_only_one() {
    check_joined(&["a I high - m | package=p", "b I high - m | package=p@1"], 1);
    check_joined(
        &["a I high - m | package=p", "b I high - m | package=p@1", "b I high - m | package=p@2"],
        3,
    );
    check_joined(&["a I high - m | package=p", "b I high - m | package=p"], 1);
}

#[test]
fn what_one_scanner_suppresses_counts_if_another_does_not() {
    let suppressed = "a I high - m | package=p@1 suppressed=x";
    check("", &[suppressed, "b I high - m | package=p@1"], Verdict::Review);
    check("", &[suppressed, "b I high - m | package=p@1 suppressed=y"], Verdict::Pass);
}

#[test]
fn the_worst_are_told_first_and_the_rest_in_number() {
    let mut findings = Findings::new([]);
    for number in 0..12_000_u32 {
        let word = if number == 11_999 { "critical" } else { "medium" };
        findings.take(&finding(&format!("t r {word} a/{number} m")));
    }
    findings.report(&ran());
    let facts = Facts { findings: &findings, base: None, approve_high: false };
    let outcome = decide(&Policy::default(), &facts);
    assert_eq!(outcome.verdict(), Verdict::Fail);
    assert_eq!(outcome.reasons.len(), 10_001);
    assert_eq!(outcome.reasons[0].verdict, Verdict::Fail);
    let last = outcome.reasons.last().unwrap();
    assert_eq!((last.verdict, last.rule.raw()), (Verdict::Acknowledge, &b"security-untold"[..]));
}

fn any_line() -> impl Strategy<Value = String> {
    let words =
        ("[ab]", "[RC][12]", "(low|high|unknown)", "(-|x/l|y/l|l)", "[mn]", "[pq]", "(|@1|@2)");
    let more = ("(| alias=[RC][12])", "(| fp=[xy]1)", "(| suppressed=s)");
    (words, more).prop_map(|((tool, rule, severity, path, message, package, version), more)| {
        let (alias, fp, standing) = more;
        format!("{tool} {rule} {severity} {path} {message} | package={package}{version}{alias}{fp}{standing}")
    })
}

proptest! {
    /// Joining loses nothing that counts: some reason is as bad as each open finding alone would be,
    /// unless another scanner knows how bad it is.
    #[test]
    fn no_finding_is_lost(lines in proptest::collection::vec(any_line(), 0..12)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let whole = outcome("unknown = 'track'", &lines, None);
        let worst = lines.iter().map(|line| outcome("unknown = 'track'", &[line], None).verdict()).max();
        prop_assert!(whole.verdict() >= worst.unwrap_or_default());
        prop_assert_eq!(&whole, &outcome("unknown = 'track'", &lines, None));
    }

    /// A head that is its base has nothing new, and one finding more is one more.
    #[test]
    fn a_base_covers_itself_and_no_more(lines in proptest::collection::vec(any_line(), 0..12)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        prop_assert_eq!(open(&outcome("only-new = true", &lines, Some(&lines))), 0);
        let more: Vec<&str> = lines.iter().copied().chain(["new rule high z m"]).collect();
        prop_assert_eq!(open(&outcome("only-new = true", &more, Some(&lines))), 1);
    }
}
