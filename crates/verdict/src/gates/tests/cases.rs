//! The gate's own tests, on reports as tools write them.

use diagnostics::config::Config;
use repo_model::Glob;
use reports::Options;

use super::*;

fn seen(policy: &Policy, keeps_names: bool, reports: &[&str]) -> TestsSeen {
    let mut seen = TestsSeen::new(policy, keeps_names);
    for report in reports {
        let read = reports::read_tests(&mut report.as_bytes(), &Options::default(), &mut |told| {
            seen.take(told);
        });
        read.unwrap();
    }
    seen.finished()
}

fn told(policy: &Policy, reports: &[&str]) -> (Verdict, Vec<String>) {
    let outcome = decide(policy, &Facts { seen: &seen(policy, false, reports), base: None });
    (outcome.verdict(), rules(&outcome))
}

fn rules(outcome: &Outcome) -> Vec<String> {
    let rule = |reason: &Reason| String::from_utf8_lossy(reason.rule.raw()).into_owned();
    outcome.reasons.iter().map(rule).collect()
}

fn suite(cases: &str) -> String {
    format!("<testsuites><testsuite name='s'>{cases}</testsuite></testsuites>")
}

#[track_caller]
fn check(policy: &Policy, cases: &str, verdict: Verdict, wanted: &[&str]) {
    let (found, rules) = told(policy, &[&suite(cases)]);
    assert_eq!((found, rules.iter().map(String::as_str).collect()), (verdict, wanted.to_vec()));
}

const PASSED: &str = "<testcase name='a' classname='c' file='x/a.py'/>";
const FAILED: &str =
    "<testcase name='a' classname='c' file='x/a.py' line='7'><failure message='no'/></testcase>";
const SKIPPED: &str = "<testcase name='b' classname='c'><skipped/></testcase>";
const FLAKY: &str = "<testcase name='f' classname='c'><flakyFailure message='x'/></testcase>";

fn usual() -> Policy {
    Policy::default()
}

#[test]
fn a_test_that_failed_is_told_with_its_name_its_place_and_its_message() {
    check(&usual(), PASSED, Verdict::Pass, &[]);
    let policy = usual();
    let seen = seen(&policy, false, &[&suite(FAILED)]);
    let outcome = decide(&policy, &Facts { seen: &seen, base: None });
    let [reason] = outcome.reasons.as_slice() else { panic!("{outcome:?}") };
    let wanted = text![Foreign::from("x/a.py > c > a"), " failed", ": ", Piece::Said("no".into())];
    assert_eq!((reason.verdict, &reason.message), (Verdict::Fail, &wanted));
    let place = reason.place.as_ref().unwrap();
    assert_eq!((place.file.raw(), place.line), (&b"x/a.py"[..], Some(7)));
    assert_eq!(outcome.measured, text![0_u64, " of ", 1_u64, " tests passed"]);
}

#[test]
fn no_test_is_an_error_in_every_mode() {
    let report = Policy { mode: Mode::Report, ..usual() };
    check(&report, "", Verdict::Error, &["no-tests"]);
    check(&report, SKIPPED, Verdict::Error, &["no-tests"]);
    assert_eq!(told(&report, &[]).0, Verdict::Error);
    assert_eq!(told(&report, &["<testsuites tests='0'/>"]).0, Verdict::Error);
    check(&report, FAILED, Verdict::Pass, &["test-failed"]);
    check(&Policy { mode: Mode::Warn, ..usual() }, FAILED, Verdict::Warn, &["test-failed"]);
}

#[test]
fn limits_hold_for_tests_that_ran_are_flaky_or_skipped() {
    let with =
        |min_tests, max_flaky, max_skipped| Policy { min_tests, max_flaky, max_skipped, ..usual() };
    let cases = format!("{PASSED}{SKIPPED}{FLAKY}");
    check(&with(1, None, None), &cases, Verdict::Pass, &["flaky-test"]);
    check(&with(3, None, None), &cases, Verdict::Fail, &["too-few-tests", "flaky-test"]);
    check(&with(2, Some(1), Some(1)), &cases, Verdict::Pass, &["flaky-test"]);
    check(&with(1, Some(0), None), &cases, Verdict::Fail, &["too-many-flaky", "flaky-test"]);
    check(&with(1, None, Some(0)), &cases, Verdict::Fail, &["too-many-skipped", "flaky-test"]);
}

#[test]
fn a_test_that_failed_in_one_report_and_passed_in_another_failed_unless_any_will_do() {
    let (passed, failed) = (suite(PASSED), suite(FAILED));
    let any = Policy { reruns: Reruns::Any, ..usual() };
    for reports in [[passed.as_str(), failed.as_str()], [failed.as_str(), passed.as_str()]] {
        assert_eq!(told(&usual(), &reports), (Verdict::Fail, vec!["test-failed".to_owned()]));
        assert_eq!(told(&any, &reports), (Verdict::Pass, vec!["flaky-test".to_owned()]));
    }
    assert_eq!(told(&any, &[&failed, &failed]).0, Verdict::Fail);
    let never = Policy { max_flaky: Some(0), ..any };
    assert_eq!(told(&never, &[&failed, &passed]).0, Verdict::Fail);
}

#[test]
fn what_failed_outside_of_tests_fails() {
    check(&usual(), &format!("{PASSED}<error message='x'/>"), Verdict::Fail, &["suite-failed"]);
}

#[test]
fn a_total_that_is_higher_than_the_tests_is_told() {
    let report = format!("<testsuite name='s' tests='2'>{PASSED}</testsuite>");
    let wanted = vec!["tests-total".to_owned()];
    assert_eq!(told(&usual(), &[&report]), (Verdict::Warn, wanted.clone()));
    let block = Policy { totals: Mode::Block, ..usual() };
    assert_eq!(told(&block, &[&report]), (Verdict::Fail, wanted));
    let lower = format!("<testsuite name='s' tests='0' failures='0'>{PASSED}{FAILED}</testsuite>");
    assert_eq!(told(&block, &[&lower]), (Verdict::Fail, vec!["test-failed".to_owned()]));
}

#[test]
fn tests_that_vanished_are_named() {
    let base: BTreeSet<BString> = ["x/a.py > c > a", "gone > 1", "gone > 2"].map(Into::into).into();
    let told = |policy: &Policy, base, keeps_names| {
        let seen = seen(policy, keeps_names, &[&suite(PASSED)]);
        let outcome = decide(policy, &Facts { seen: &seen, base });
        (outcome.verdict(), outcome.reasons.len())
    };
    assert_eq!(told(&usual(), Some(&base), true), (Verdict::Fail, 2));
    assert_eq!(told(&Policy { max_vanished: 2, ..usual() }, Some(&base), true), (Verdict::Pass, 2));
    let allow_removed = vec![Glob::new("gone*").unwrap()];
    let allowed = Policy { allow_removed, ..usual() };
    assert_eq!(told(&allowed, Some(&base), true), (Verdict::Pass, 0));
    assert_eq!(told(&usual(), None, false), (Verdict::Pass, 0));
    let needs = Policy { needs_base: true, ..usual() };
    assert_eq!(told(&needs, None, true), (Verdict::Fail, 1));
    assert_eq!(told(&needs, Some(&base), false), (Verdict::Fail, 1));
}

#[test]
fn a_component_has_a_mode_and_limits_of_its_own() {
    let component = |paths: &str, mode, max_skipped| Component {
        name: "x".to_owned(),
        paths: vec![Glob::new(paths).unwrap()],
        suites: Vec::new(),
        mode,
        min_tests: 1,
        max_flaky: None,
        max_skipped,
    };
    let with = |component| Policy { components: vec![component], ..usual() };
    check(&with(component("x/**", Mode::Warn, None)), FAILED, Verdict::Warn, &["test-failed"]);
    check(&with(component("y/**", Mode::Warn, None)), PASSED, Verdict::Error, &["too-few-tests"]);
    let by_class = Component {
        paths: Vec::new(),
        suites: vec![Glob::new("c").unwrap()],
        ..component("x", Mode::Block, Some(0))
    };
    let cases = format!("{PASSED}{SKIPPED}");
    check(&with(by_class), &cases, Verdict::Fail, &["too-many-skipped"]);
}

#[test]
fn a_million_failures_are_counted_and_a_few_are_kept() {
    let case = |number: u32| format!("<testcase name='{number}'><failure/></testcase>");
    let cases = (0..10_500).map(case).collect::<Vec<_>>().concat();
    let (verdict, rules) = told(&usual(), &[&suite(&cases)]);
    assert_eq!((verdict, rules.len()), (Verdict::Fail, 10_001));
}

#[test]
fn the_table_is_read_and_what_is_wrong_in_it_told() {
    let read = |text: &str| Config::read("c", text.as_bytes(), Policy::read);
    let policy = read("min-tests = 9\nmax-flaky = 0\nreruns = 'any'\ntotals = 'block'").unwrap();
    assert_eq!((policy.min_tests, policy.max_flaky, policy.reruns), (9, Some(0), Reruns::Any));
    assert_eq!(read("").unwrap().min_tests, 1);
    let wrong =
        "max-flakey = 1\nreruns = 'some'\n[[component]]\nname = 'a'\n[[component]]\npaths = ['a']";
    assert_eq!(read(wrong).unwrap_err().len(), 4);
}

#[test]
fn a_component_whose_tests_another_took_says_so() {
    let text = "[[component]]\nname = 'all'\nsuites = ['**']\nmode = 'report'\n[[component]]\nname = 'c'\nsuites = ['c']\n";
    let policy = Config::read("c.toml", text.as_bytes(), Policy::read).unwrap();
    let seen = seen(&policy, false, &[&suite(PASSED)]);
    let outcome = decide(&policy, &Facts { seen: &seen, base: None });
    let [reason] = outcome.reasons.as_slice() else { panic!("{outcome:?}") };
    let help = "a test counts for the first component that it fits: see `paths` and `suites` of this one, and of those before it";
    assert_eq!((reason.verdict, &reason.help), (Verdict::Error, &Some(help.into())));
}
