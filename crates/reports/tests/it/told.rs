//! What a gate is told of the same reports.
//!
//! Numbers of files that a real tool wrote are those of its own summary, or were counted by hand.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use reports::{Failure, Found, Limits, Malformed, Options, Outcome, Short, Tested, Told, Trouble};

fn told(report: &[u8]) -> Result<Vec<Told>, Malformed> {
    let mut all = Vec::new();
    reports::read_tests(&mut &*report, &Options::default(), &mut |told| all.push(told))?;
    Ok(all)
}

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    fs::read(folder.join(name)).unwrap()
}

fn tests(all: &[Told]) -> impl Iterator<Item = &Tested> {
    all.iter().filter_map(|told| if let Told::Test(test) = told { Some(test) } else { None })
}

/// Tests, failed, skipped, flaky, failures outside of tests, suites with too few tests.
fn counts(all: &[Told]) -> [usize; 6] {
    let of = |outcome| tests(all).filter(|test| test.outcome == outcome).count();
    [
        tests(all).count(),
        of(Outcome::Failed),
        of(Outcome::Skipped),
        tests(all).filter(|test| test.is_flaky).count(),
        all.iter().filter(|told| matches!(told, Told::Trouble(_))).count(),
        all.iter().filter(|told| matches!(told, Told::Short(_))).count(),
    ]
}

const FILES: &[(&str, [usize; 6])] = &[
    ("junit/cypress-file-on-root-suite.xml", [4, 0, 0, 0, 0, 0]),
    ("junit/googletest-notrun.xml", [2, 0, 1, 0, 0, 0]),
    ("junit/jest-junit-without-file.xml", [3, 1, 1, 0, 0, 0]),
    ("junit/jest-junit-file-does-not-load.xml", [5, 1, 1, 0, 0, 0]),
    ("junit/long-message.xml", [2, 1, 0, 0, 0, 0]),
    ("junit/mocha-file-on-suite.xml", [2, 1, 0, 0, 0, 0]),
    // "40% tests passed, 6 tests failed out of 10", "4 - disabled", "5 - skips", "6 - skipcode".
    ("junit/ctest-could-not-run.xml", [11, 6, 3, 0, 0, 0]),
    ("junit/mocha-skipped-on-root-only.xml", [4, 2, 0, 0, 0, 0]),
    ("junit/mocha-xunit-without-message.xml", [6, 2, 2, 0, 0, 0]),
    ("junit/nextest-flaky-and-failed.xml", [4, 1, 0, 1, 0, 0]),
    ("junit/node-test-nested.xml", [4, 1, 1, 0, 0, 0]),
    ("junit/node-todo-and-escape.xml", [6, 2, 1, 0, 0, 0]),
    ("junit/playwright-skipped-without-time.xml", [16, 2, 4, 0, 0, 0]),
    ("junit/pytest-reruns.xml", [5, 1, 0, 0, 0, 0]),
    // "4 failed, 2 passed, 2 skipped, 1 xfailed, 5 errors", of which two are of tests that had another
    // outcome before, and one of a file.
    ("junit/pytest-teardown-and-collection.xml", [12, 9, 2, 0, 0, 0]),
    ("junit/pytest-xunit1-teardown.xml", [11, 8, 2, 0, 0, 0]),
    ("junit/pytest-xunit2.xml", [6, 1, 1, 0, 0, 0]),
    ("junit/vitest-file-does-not-load.xml", [6, 2, 2, 0, 0, 0]),
    ("go-json/exit-skip-and-not-built.jsonl", [9, 2, 1, 0, 1, 0]),
    ("go-json/cached.jsonl", [1, 0, 0, 0, 0, 0]),
    ("go-json/build-as-events-and-benchmark.jsonl", [2, 0, 0, 0, 1, 0]),
    ("libtest-json/nextest-flaky-and-failed.jsonl", [5, 1, 1, 1, 0, 0]),
    ("libtest-json/nextest-stress-begins-ignored.jsonl", [6, 0, 2, 0, 0, 0]),
    ("jest-json/jest-file-does-not-load.json", [7, 1, 3, 0, 1, 0]),
    ("jest-json/jest-flaky-and-places.json", [5, 1, 2, 1, 1, 0]),
    ("jest-json/vitest-fractions-of-milliseconds.json", [3, 1, 1, 0, 1, 0]),
    ("mocha-json/flaky-and-hook.json", [5, 1, 2, 1, 1, 0]),
    ("mocha-json/hooks-fail.json", [6, 1, 3, 1, 2, 0]),
    ("playwright-json/two-projects-and-retries.json", [16, 2, 4, 2, 0, 0]),
];

#[test]
fn every_file_is_told_as_its_tool_counts() {
    for (name, wanted) in FILES {
        let all = told(&file(name)).unwrap_or_else(|malformed| panic!("{name}: {malformed}"));
        assert_eq!(counts(&all), *wanted, "{name}");
    }
}

/// The name, message, file and line of each test that failed or is flaky, and of each trouble.
fn failures(all: &[Told]) -> Vec<String> {
    let told = |name: &str, failure: &Failure| {
        let text = |text: &Option<bstr::BString>| {
            text.as_ref().map_or("-".to_owned(), ToString::to_string)
        };
        let line = failure.line.map_or("-".to_owned(), |line| line.to_string());
        format!("{name} | {} | {} | {line}", text(&failure.message), text(&failure.file))
    };
    let one = |one: &Told| match one {
        Told::Test(test) if test.outcome == Outcome::Failed || test.is_flaky => {
            let name = match &test.identity {
                reports::Identity::Key(key) => key.to_string(),
                reports::Identity::Case(case) => case.name.as_ref().unwrap().to_string(),
            };
            Some(told(&name, test.failure.as_deref().unwrap_or(&Failure::default())))
        }
        Told::Test(_) | Told::Short(_) => None,
        Told::Trouble(Trouble { name, failure }) => Some(told(&name.to_string(), failure)),
    };
    all.iter().filter_map(one).collect()
}

#[track_caller]
fn check_failures(name: &str, wanted: &[&str]) {
    assert_eq!(failures(&told(&file(name)).unwrap()), wanted, "{name}");
}

#[test]
fn a_failure_is_told_by_its_first_line_and_its_place() {
    check_failures(
        "junit/mocha-xunit-without-message.xml",
        &[
            "fails | 1 == 2 | m.mocha.js | 2",
            "\"before all\" hook for \"never\" | in hook | m.mocha.js | 4",
        ],
    );
    check_failures(
        "junit/jest-junit-file-does-not-load.xml",
        &["outer fails | Error: one | /repo/a.test.js | 1"],
    );
    check_failures("junit/pytest-reruns.xml", &["test_never | assert False | - | -"]);
    check_failures(
        "mocha-json/flaky-and-hook.json",
        &[
            "outer fails | 1 == 2 | m.mocha.js | 2",
            "hooked \"before all\" hook for \"never\" | in hook | m.mocha.js | 4",
            "outer flaky | - | - | -",
        ],
    );
}

#[test]
fn raw_escape_characters_are_no_part_of_a_message() {
    check_failures(
        "junit/node-todo-and-escape.xml",
        &["fails | onetwo | - | -", "deep fails | red | - | -"],
    );
}

#[test]
fn of_pytest_lines_count_from_0() {
    let all = told(&file("junit/pytest-xunit1-teardown.xml")).unwrap();
    // `def test_fails` stands in line 10.
    assert_eq!(failures(&all)[0], "test_fails | AssertionError: first | test_it.py | 10");
}

fn suite(attributes: &str, within: &str) -> Vec<u8> {
    format!("<testsuites><testsuite name='s' {attributes}>{within}</testsuite></testsuites>").into()
}

#[track_caller]
fn check(attributes: &str, within: &str, wanted: [usize; 6]) {
    let all = told(&suite(attributes, within)).unwrap();
    assert_eq!(counts(&all), wanted, "{attributes} {within}");
}

const PASSED: &str = "<testcase name='a'/>";
const FAILED: &str = "<testcase name='b'><failure/></testcase>";

#[test]
fn a_test_that_is_skipped_and_failed_is_skipped() {
    let todo = "<testcase name='t'><skipped type='todo'/><failure/></testcase>";
    check("", todo, [1, 0, 1, 0, 0, 0]);
    check("", "<testcase name='t'><failure/><skipped/></testcase>", [1, 0, 1, 0, 0, 0]);
}

#[test]
fn a_test_that_is_skipped_and_whose_teardown_fails_failed() {
    check("", "<testcase name='t'><skipped/><error/></testcase>", [1, 1, 0, 0, 0, 0]);
}

#[test]
fn a_test_of_catch2_that_may_fail_is_skipped_whatever_happened() {
    let skipped = "<skipped message='TEST_CASE tagged with !mayfail'/>";
    let case = |first: &str, then: &str| format!("<testcase name='t'>{first}{then}</testcase>");
    let error = "<error type='TEST_CASE'>thrown</error>";
    check("hostname='tbd'", &case(skipped, error), [1, 0, 1, 0, 0, 0]);
    check("hostname='tbd'", &case(error, skipped), [1, 0, 1, 0, 0, 0]);
    check("hostname='tbd'", &case("<skipped message='SKIP'/>", error), [1, 1, 0, 0, 0, 0]);
}

#[test]
fn a_test_that_ctest_could_not_run_failed() {
    let case = |why: &str| format!("<testcase name='t' status='notrun'>{why}</testcase>");
    for why in ["Unable to find executable", "Fixture dependency failed", "Required Files Missing"]
    {
        let skipped = format!("<skipped message='{why}'/>");
        check("tests='1' skipped='1'", &case(&skipped), [1, 1, 0, 0, 0, 0]);
        let all = told(&suite("", &case(&skipped))).unwrap();
        let failure = tests(&all).next().unwrap().failure.as_deref().unwrap();
        assert_eq!(failure.message, Some(why.into()));
    }
    // What was to be skipped, and what GoogleTest did not run.
    for why in [
        "<skipped message='SKIP_RETURN_CODE=1'/>",
        "<skipped message='Disabled'/>",
        "<skipped/>",
        "",
    ] {
        check("", &case(why), [1, 0, 1, 0, 0, 0]);
    }
    let filtered =
        "<testcase name='t' status='notrun' result='suppressed'><skipped message='x'/></testcase>";
    check("", filtered, [1, 0, 1, 0, 0, 0]);
}

#[test]
fn a_pytest_teardown_error_makes_ten_outcomes_in_nine_testcases() {
    let cases = format!("{}<testcase name='t'><error/></testcase>", PASSED.repeat(8));
    check("tests='10' errors='1' failures='0'", &cases, [9, 1, 0, 0, 0, 0]);
    check("tests='11' errors='1' failures='0'", &cases, [9, 1, 0, 0, 0, 1]);
}

#[test]
fn testcases_may_stand_directly_under_testsuites() {
    let all = told(format!("<testsuites>{PASSED}{FAILED}</testsuites>").as_bytes()).unwrap();
    assert_eq!(counts(&all), [2, 1, 0, 0, 0, 0]);
}

#[test]
fn elements_win_over_attributes() {
    check("tests='0' failures='0' errors='0'", FAILED, [1, 1, 0, 0, 0, 0]);
    check("tests='x' failures='-1'", PASSED, [1, 0, 0, 0, 0, 0]);
    check(
        "tests='18446744073709551615' skipped='18446744073709551615'",
        PASSED,
        [1, 0, 0, 0, 0, 0],
    );
}

#[test]
fn a_total_that_is_higher_than_the_elements_is_told_once() {
    let report = format!(
        "<testsuites tests='3'><testsuite name='o' tests='3'><testsuite name='i' tests='3'>{PASSED}</testsuite></testsuite></testsuites>"
    );
    let all = told(report.as_bytes()).unwrap();
    let short = Told::Short(Short { suite: "i".into(), claimed: 3, found: 1 });
    assert_eq!(all.last(), Some(&short));
    assert_eq!(counts(&all), [1, 0, 0, 0, 0, 1]);
    check("tests='3' skipped='2'", PASSED, [1, 0, 0, 0, 0, 0]);
    check("tests='3' skipped='1'", PASSED, [1, 0, 0, 0, 0, 1]);
}

#[test]
fn failures_that_are_claimed_and_not_there_are_failures_of_the_suite() {
    check("tests='1' failures='1'", PASSED, [1, 0, 0, 0, 1, 0]);
    check("tests='1' errors='1'", "", [0, 0, 0, 0, 1, 0]);
    check("tests='1' errors='1'", FAILED, [1, 1, 0, 0, 0, 0]);
}

#[test]
fn an_error_in_a_suite_outside_of_a_case_is_told() {
    check("errors='1'", &format!("<error message='x'/>{PASSED}"), [1, 0, 0, 0, 1, 0]);
    let all = told(&suite("", "<error type='E'><![CDATA[\n a.py:3: no ]] > &amp; \n]]></error>"))
        .unwrap();
    assert_eq!(failures(&all), ["s | a.py:3: no ]] > & | a.py | 3"]);
}

#[test]
fn catch2_counts_assertions_and_not_tests() {
    let cases = "<testcase name='a'><failure/><failure/></testcase>";
    check("tests='9' failures='2' hostname='tbd'", cases, [1, 1, 0, 0, 0, 0]);
}

#[test]
fn surefire_writes_what_failed_before_it_passed() {
    let flaky = "<testcase name='t'><flakyFailure message='m' time='1'><stackTrace>x</stackTrace></flakyFailure></testcase>";
    check("tests='1' failures='0'", flaky, [1, 0, 0, 1, 0, 0]);
    let failed = "<testcase name='t'><failure message='m'/><rerunFailure message='n'/></testcase>";
    check("tests='1' failures='1'", failed, [1, 1, 0, 0, 0, 0]);
}

#[test]
fn a_status_that_says_failed_needs_no_element() {
    check("", "<testcase name='t' status='failed'/>", [1, 1, 0, 0, 0, 0]);
    check("", "<testcase name='t' result='notrun'/>", [1, 0, 1, 0, 0, 0]);
    check("", "<testcase name='t' status='run' result='completed'/>", [1, 0, 0, 0, 0, 0]);
}

#[test]
fn zero_tests_are_told_as_zero() {
    for report in ["<testsuites/>", "<testsuites tests='0'></testsuites>", "<testsuite/>"] {
        assert_eq!(told(report.as_bytes()).unwrap(), [], "{report}");
    }
}

#[test]
fn maps_of_times_do_not_say_how_tests_ended() {
    for name in ["pytest-split/durations.json", "knapsack/report.json", "cypress-split/merged.json"]
    {
        let found = told(&file(name)).unwrap_err().found;
        assert!(matches!(found, Found::Wrong(_)), "{name}");
    }
}

#[test]
fn a_run_that_did_not_come_to_its_end_is_refused() {
    assert_eq!(told(&file("libtest-json/aborted.jsonl")).unwrap_err().found, Found::End);
    let begun = b"{\"Action\":\"start\",\"Package\":\"p\"}\n";
    assert_eq!(told(begun).unwrap_err().found, Found::End);
}

#[test]
fn a_report_that_was_cut_off_is_refused() {
    let cut_at = |name: &str, length: usize| told(&file(name)[..length]).map(|all| counts(&all));
    for (name, _) in FILES.iter().filter(|(name, _)| !name.starts_with("go-json")) {
        let whole = file(name);
        let end = whole.trim_ascii_end().len();
        for length in (0..end).filter(|at| at % 97 == 0 || at + 30 > end) {
            assert!(cut_at(name, length).is_err(), "{name} cut at {length}");
        }
    }
}

#[test]
fn a_long_text_without_a_message_takes_no_more_memory() {
    let text = "x".repeat(3_000_000);
    let all = told(&suite("", &format!("<testcase name='t'><failure>{text}</failure></testcase>")));
    let all = all.unwrap();
    let message = tests(&all).next().unwrap().failure.as_ref().unwrap().message.as_ref().unwrap();
    assert_eq!(message.len(), 300);
}

proptest! {
    #[test]
    fn a_gate_is_told_of_as_many_tests_as_have_samples(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "<testsuites>", "</testsuites>", "<testsuite name='s' tests='2'>", "</testsuite>",
            "<testcase name='a'>", "</testcase>", "<failure>", "</failure>", "<error/>", "<skipped/>",
            "<![CDATA[x]]>", "text", "<flakyFailure/>", "&amp;",
        ]), 0..30,
    )) {
        let report = words.concat();
        let mut samples = 0;
        let options = Options { limits: Limits { samples: 20, ..Limits::default() }, ..Options::default() };
        let read = reports::read(&mut report.as_bytes(), &options, &mut |_| samples += 1);
        let mut seen = 0;
        let gate = reports::read_tests(&mut report.as_bytes(), &options, &mut |told| {
            seen += usize::from(matches!(told, Told::Test(_)));
        });
        prop_assert_eq!(read.map_err(|it| it.found), gate.map_err(|it| it.found));
        prop_assert_eq!(samples, seen);
    }
}
