//! What the gate decides, on reports that are read as they would be.

use diagnostics::config::Config;
use diagnostics::{Piece, Text};
use repo_model::{ChangedLines, RepoPath};
use reports::Bounds;
use reports::coverage::{Count, Format, Merge, Metric};

use super::{Facts, Policy, Totals, decide, totals};
use crate::{Outcome, Verdict};

/// A sentence as plain text.
pub(super) fn shown(text: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Ours(words) => (*words).to_owned(),
        Piece::Number(number) => number.to_string(),
        Piece::Foreign(words) => format!("`{}`", String::from_utf8_lossy(words.raw())),
        Piece::Thousandths(_) | Piece::Micros(_) | Piece::Said(_) | Piece::Lines(_) => {
            format!("{piece:?}")
        }
    };
    text.pieces().iter().map(piece).collect()
}

/// A case: a configuration, reports, and what is known besides.
#[derive(Clone, Default)]
struct Case<'a> {
    config: &'a str,
    reports: &'a [(Format, &'a str)],
    paths: &'a [&'a str],
    diff: Option<&'a str>,
    base: Option<Totals>,
}

impl Case<'_> {
    fn run<T>(&self, look: impl FnOnce(&Policy, &Facts<'_>) -> T) -> T {
        let policy = Config::read("c.toml", self.config.as_bytes(), |top| Policy::read(top));
        let mut merge = Merge::default();
        for (format, text) in self.reports {
            let mut take = |file| merge.add(file);
            format.read(text.as_bytes(), Bounds::default(), &mut take).unwrap();
        }
        let paths: Vec<RepoPath> =
            self.paths.iter().map(|path| RepoPath::of_git(path.as_bytes()).unwrap()).collect();
        let changed = self.diff.map(|diff| ChangedLines::read(diff.as_bytes()).unwrap());
        let coverage = merge.finish();
        let (changed, base) = (changed.as_ref(), self.base.as_ref());
        look(&policy.unwrap(), &Facts { coverage: &coverage, paths: &paths, changed, base })
    }

    fn outcome(&self) -> Outcome {
        self.run(decide)
    }

    /// The verdict, and each reason as `rule verdict`, with `at file:line` if it has a place.
    #[track_caller]
    fn check(&self, verdict: Verdict, wanted: &[&str]) {
        let outcome = self.outcome();
        let told: Vec<String> = outcome
            .reasons
            .iter()
            .map(|reason| {
                let rule = String::from_utf8_lossy(reason.rule.raw()).into_owned();
                let place = reason.place.as_ref().map(|place| {
                    let file = String::from_utf8_lossy(place.file.raw()).into_owned();
                    let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
                    format!(" at {file}{line}")
                });
                format!("{rule} {}{}", reason.verdict.name(), place.unwrap_or_default())
            })
            .collect();
        assert_eq!(told, wanted);
        assert_eq!(outcome.verdict(), verdict);
    }
}

/// A tracefile of one file: each letter a line, `+` run, `-` not run, anything else without code.
fn lcov(files: &[(&str, &str)]) -> String {
    let file = |(path, lines): &(&str, &str)| {
        let line = |(number, letter): (usize, char)| match letter {
            '+' => format!("DA:{number},1\n"),
            '-' => format!("DA:{number},0\n"),
            _ => String::new(),
        };
        let lines: Vec<String> = (1..).zip(lines.chars()).map(line).collect();
        format!("SF:{path}\n{}end_of_record\n", lines.concat())
    };
    files.iter().map(file).collect::<Vec<String>>().concat()
}

/// A diff that adds lines to files: from which line how many.
fn diff(files: &[(&str, u64, usize)]) -> String {
    let file = |(path, first, count): &(&str, u64, usize)| {
        let lines = "+x\n".repeat(*count);
        format!(
            "diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -0,0 +{first},{count} @@\n{lines}"
        )
    };
    files.iter().map(file).collect::<Vec<String>>().concat()
}

fn base(project: (u64, u64), components: &[(&str, u64, u64)]) -> Totals {
    let count = |covered, total| Count { covered, total };
    Totals {
        metric: Metric::Line,
        project: count(project.0, project.1),
        components: components
            .iter()
            .map(|(name, covered, total)| ((*name).to_owned(), count(*covered, *total)))
            .collect(),
    }
}

const SOURCES: &[&str] =
    &["src/a.rs", "src/b.rs", "crates/x/src/lib.rs", "tests/it.rs", "README.md"];

#[track_caller]
fn check_lines(config: &str, files: &[(&str, &str)], verdict: Verdict, wanted: &[&str]) {
    let text = lcov(files);
    let case =
        Case { config, reports: &[(Format::Lcov, &text)], paths: SOURCES, ..Case::default() };
    case.check(verdict, wanted);
}

#[test]
fn a_floor_is_reached_or_not() {
    check_lines("", &[("src/a.rs", "+++--")], Verdict::Pass, &[]);
    check_lines("", &[("src/a.rs", "+++---")], Verdict::Fail, &["coverage-min fail"]);
    check_lines("min = 50", &[("src/a.rs", "+++---")], Verdict::Pass, &[]);
    check_lines("min = 50.01", &[("src/a.rs", "+++---")], Verdict::Fail, &["coverage-min fail"]);
    check_lines("mode = 'warn'", &[("src/a.rs", "-")], Verdict::Warn, &["coverage-min warn"]);
    check_lines("mode = 'report'", &[("src/a.rs", "-")], Verdict::Pass, &["coverage-min pass"]);
}

#[test]
fn a_share_is_not_rounded_up() {
    let lines = "+".repeat(14_999) + &"-".repeat(10_001);
    let text = lcov(&[("src/a.rs", &lines)]);
    let reports = &[(Format::Lcov, text.as_str())];
    let outcome = Case { reports, paths: SOURCES, ..Case::default() }.outcome();
    assert_eq!(outcome.verdict(), Verdict::Fail);
    assert_eq!(shown(&outcome.measured), "59.9 % of 25000 lines");
    assert_eq!(shown(&outcome.limit), "at least 60 %");
    assert_eq!(
        shown(&outcome.reasons[0].message),
        "59.9 % of 25000 lines are covered, at least 60 % are wanted"
    );
    assert_eq!(
        shown(outcome.reasons[0].help.as_ref().unwrap()),
        "add tests; the most is missing in `src/a.rs` (10001)"
    );
}

#[test]
fn nothing_to_cover_is_no_pass() {
    Case { paths: SOURCES, ..Case::default() }.check(Verdict::Error, &["coverage-nothing error"]);
    for config in ["", "min = 0", "mode = 'report'"] {
        check_lines(config, &[("src/a.rs", "")], Verdict::Error, &["coverage-nothing error"]);
    }
    check_lines(
        "exclude = ['src/**']",
        &[("src/a.rs", "+")],
        Verdict::Error,
        &["coverage-nothing error", "coverage-left-out pass"],
    );
    check_lines(
        "metric = 'branch'",
        &[("src/a.rs", "+")],
        Verdict::Error,
        &["coverage-nothing error"],
    );
}

#[test]
fn a_path_that_means_no_file_is_an_error() {
    check_lines("", &[("/app/other/x.rs", "+")], Verdict::Error, &["coverage-path error"]);
    check_lines(
        "",
        &[("src/a.rs", "+"), ("src/gone.rs", "+")],
        Verdict::Error,
        &["coverage-path error"],
    );
    let excluded = "exclude = ['**/gone.rs']";
    check_lines(
        excluded,
        &[("src/a.rs", "+"), ("/b/src/gone.rs", "+")],
        Verdict::Pass,
        &["coverage-left-out pass"],
    );
    check_lines(
        "",
        &[("/one/src/a.rs", "+"), ("/two/src/a.rs", "+")],
        Verdict::Error,
        &["coverage-path error"],
    );
    let both = "strip-prefix = ['/one', '/two']";
    check_lines(both, &[("/one/src/a.rs", "+-"), ("/two/src/a.rs", "-+")], Verdict::Pass, &[]);
}

#[test]
fn dependencies_and_test_files_in_the_report_do_not_count() {
    check_lines(
        "",
        &[
            ("src/a.rs", "+--"),
            ("tests/it.rs", "++++++"),
            ("/rustc/59807616e1fa/library/core/src/option.rs", "++++++"),
            ("/home/u/.cargo/registry/src/index/serde-1.0.0/src/a.rs", "++++++"),
        ],
        Verdict::Fail,
        &["coverage-min fail", "coverage-left-out pass"],
    );
}

#[test]
fn a_report_only_of_dependencies_is_an_error() {
    check_lines(
        "",
        &[("/rustc/1/library/core/src/a.rs", "+")],
        Verdict::Error,
        &["coverage-nothing error", "coverage-left-out pass"],
    );
}

#[track_caller]
fn check_drop(config: &str, base: Option<Totals>, lines: &str, verdict: Verdict, wanted: &[&str]) {
    let text = lcov(&[("src/a.rs", lines)]);
    let reports = &[(Format::Lcov, text.as_str())];
    Case { config, reports, paths: SOURCES, base, ..Case::default() }.check(verdict, wanted);
}

#[test]
fn a_drop_is_held_against_the_base() {
    let config = "max-drop = 1.0";
    check_drop(
        config,
        Some(base((80, 100), &[])),
        &("+".repeat(79) + &"-".repeat(21)),
        Verdict::Pass,
        &[],
    );
    check_drop(
        config,
        Some(base((80, 100), &[])),
        "+++-",
        Verdict::Fail,
        &["coverage-max-drop fail"],
    );
    check_drop("", Some(base((80, 100), &[])), "+++-", Verdict::Pass, &[]);
}

#[test]
fn without_a_base_a_drop_is_inconclusive() {
    let config = "max-drop = 1.0";
    let wanted: &[&str] = &["coverage-max-drop inconclusive"];
    check_drop(config, None, "+", Verdict::Inconclusive, wanted);
    check_drop(config, Some(base((0, 0), &[])), "+", Verdict::Inconclusive, wanted);
    let other = Some(Totals { metric: Metric::Branch, ..base((1, 1), &[]) });
    check_drop(config, other, "+", Verdict::Inconclusive, wanted);
    let huge = Some(base((u64::MAX, u64::MAX), &[]));
    check_drop(config, huge, "+", Verdict::Pass, &[]);
}

const COMPONENT: &str = "[[component]]\nname = 'x'\npaths = ['crates/x/**']\nmin = 70\n";

#[test]
fn a_large_part_does_not_hide_a_small_one() {
    let files = [("src/a.rs", "++++++++++++++++++"), ("crates/x/src/lib.rs", "+-")];
    check_lines(COMPONENT, &files, Verdict::Fail, &["coverage-component fail"]);
    let warn = format!("{COMPONENT}mode = 'warn'");
    check_lines(&warn, &files, Verdict::Warn, &["coverage-component warn"]);
    let files = [("src/a.rs", "-"), ("crates/x/src/lib.rs", "+++-")];
    check_lines(COMPONENT, &files, Verdict::Pass, &["coverage-component pass"]);
}

#[test]
fn a_component_without_files_or_lines_is_an_error() {
    let one = ("src/a.rs", "+");
    check_lines(COMPONENT, &[one], Verdict::Error, &["coverage-component error"]);
    check_lines(
        COMPONENT,
        &[one, ("crates/x/src/lib.rs", "")],
        Verdict::Error,
        &["coverage-component error"],
    );
}

#[test]
fn a_component_has_a_drop_of_its_own() {
    let config = format!("{COMPONENT}max-drop = 5");
    let text = lcov(&[("crates/x/src/lib.rs", "+++-")]);
    let reports = &[(Format::Lcov, text.as_str())];
    let case = |base| {
        let base = Some(base);
        Case { config: &config, reports, paths: SOURCES, base, ..Case::default() }
    };
    let wanted = &["coverage-component pass", "coverage-component-drop fail"];
    case(base((1, 1), &[("x", 9, 10)])).check(Verdict::Fail, wanted);
    case(base((1, 1), &[("x", 3, 4)])).check(Verdict::Pass, &["coverage-component pass"]);
    let wanted = &["coverage-component pass", "coverage-component-drop inconclusive"];
    case(base((1, 1), &[])).check(Verdict::Inconclusive, wanted);
}

#[test]
fn each_file_may_have_a_floor() {
    let files = [("src/a.rs", "+++++++++"), ("src/b.rs", "+-"), ("crates/x/src/lib.rs", "")];
    check_lines("file-min = 51", &files, Verdict::Fail, &["coverage-file-min fail at src/b.rs"]);
}

#[track_caller]
fn check_patch(
    config: &str,
    files: &[(&str, &str)],
    changed: &[(&str, u64, usize)],
    verdict: Verdict,
    wanted: &[&str],
) {
    let (text, diff) = (lcov(files), diff(changed));
    let reports = &[(Format::Lcov, text.as_str())];
    let paths = SOURCES;
    Case { config, reports, paths, diff: Some(&diff), base: None }.check(verdict, wanted);
}

const PATCH: &str = "min = 0\npatch-min = 80\npatch-grace-lines = 3\n";

#[test]
fn changed_lines_that_no_test_runs_are_named() {
    let files = [("src/a.rs", "++--.-++")];
    let lines = ["coverage-line warn at src/a.rs:3", "coverage-line warn at src/a.rs:6"];
    let wanted = ["coverage-patch fail", lines[0], lines[1]];
    check_patch(PATCH, &files, &[("src/a.rs", 1, 9)], Verdict::Fail, &wanted);
    let lines = ["coverage-line pass at src/a.rs:3", "coverage-line pass at src/a.rs:6"];
    check_patch("min = 0", &files, &[("src/a.rs", 1, 9)], Verdict::Pass, &lines);
    let enough = [("src/a.rs", "++++++++-")];
    let wanted = ["coverage-line pass at src/a.rs:9"];
    check_patch(PATCH, &enough, &[("src/a.rs", 1, 9)], Verdict::Pass, &wanted);
}

#[test]
fn a_small_change_warns() {
    let files = [("src/a.rs", "+---")];
    let wanted = ["coverage-patch warn", "coverage-line warn at src/a.rs:2"];
    check_patch(PATCH, &files, &[("src/a.rs", 2, 2)], Verdict::Warn, &wanted);
    let wanted = ["coverage-patch fail", "coverage-line warn at src/a.rs:2"];
    check_patch(PATCH, &files, &[("src/a.rs", 2, 3)], Verdict::Fail, &wanted);
}

#[test]
fn a_change_of_nothing_that_can_be_run_is_no_pass_unless_it_is_known() {
    let files = [("src/a.rs", "+..")];
    let pass = ["coverage-patch pass"];
    check_patch(PATCH, &files, &[("README.md", 1, 3)], Verdict::Pass, &pass);
    check_patch(PATCH, &files, &[("src/a.rs", 2, 2)], Verdict::Pass, &pass);
    check_patch(PATCH, &files, &[("tests/it.rs", 1, 9)], Verdict::Pass, &pass);
    let unknown = ["coverage-patch-unknown error at src/new.rs"];
    check_patch(PATCH, &files, &[("src/new.rs", 1, 9)], Verdict::Error, &unknown);
    let in_part = ["coverage-patch-unknown warn at src/new.rs"];
    let changed = [("src/a.rs", 1, 1), ("src/new.rs", 1, 9)];
    check_patch(PATCH, &files, &changed, Verdict::Warn, &in_part);
}

#[test]
fn a_change_that_nobody_knows_is_inconclusive() {
    let text = lcov(&[("src/a.rs", "+")]);
    let reports = &[(Format::Lcov, text.as_str())];
    Case { config: PATCH, reports, paths: SOURCES, ..Case::default() }
        .check(Verdict::Inconclusive, &["coverage-patch inconclusive"]);
}

const SUMMARY: &str = r#"{"src/a.rs": {"lines":{"total":4,"covered":3},"statements":{"total":4,"covered":3},"functions":{"total":0,"covered":0},"branches":{"total":0,"covered":0}}}"#;

#[test]
fn a_summary_has_no_lines_to_hold_a_change_against() {
    let diff = diff(&[("src/a.rs", 1, 3)]);
    let reports = &[(Format::IstanbulSummary, SUMMARY)];
    let case = Case { reports, paths: SOURCES, diff: Some(&diff), ..Case::default() };
    case.check(Verdict::Pass, &[]);
    Case { config: PATCH, ..case.clone() }
        .check(Verdict::Error, &["coverage-patch-lines error at src/a.rs"]);
}

#[test]
fn a_sum_without_files_counts_alone_and_for_everything_only() {
    let whole = "<coverage lines-covered='7' lines-valid='10'><packages/></coverage>";
    let reports = &[(Format::Cobertura, whole)];
    let case = Case { reports, paths: SOURCES, ..Case::default() };
    case.check(Verdict::Pass, &[]);
    let config = "patch-min = 80";
    let diff = diff(&[("src/a.rs", 1, 3)]);
    Case { config, diff: Some(&diff), ..case.clone() }
        .check(Verdict::Error, &["coverage-path error"]);
    let reports = &[(Format::Cobertura, whole), (Format::IstanbulSummary, SUMMARY)];
    Case { reports, ..case }.check(Verdict::Error, &["coverage-path error"]);
}

#[test]
fn go_counts_statements_and_its_import_paths_are_found() {
    let profile =
        "mode: set\nexample.org/mod/src/a.go:1.1,3.2 5 1\nexample.org/mod/src/a.go:4.1,9.2 1 0\n";
    let reports = &[(Format::GoCover, profile)];
    let paths = &["src/a.go"];
    let config = "metric = 'statement'\nmin = 80";
    let case = Case { config, reports, paths, ..Case::default() };
    case.check(Verdict::Pass, &[]);
    assert_eq!(shown(&case.outcome().measured), "83.3 % of 6 statements");
    Case { config: "min = 80", ..case.clone() }.check(Verdict::Fail, &["coverage-min fail"]);
    let text = lcov(&[("src/b.rs", "+")]);
    let reports = &[(Format::GoCover, profile), (Format::Lcov, text.as_str())];
    let paths = &["src/a.go", "src/b.rs"];
    Case { reports, paths, ..case }.check(Verdict::Error, &["coverage-nothing error"]);
}

#[test]
fn what_a_baseline_keeps_is_what_was_measured() {
    let text = lcov(&[("/app/src/a.rs", "++-"), ("crates/x/src/lib.rs", "+")]);
    let reports = &[(Format::Lcov, text.as_str())];
    let case = Case { config: COMPONENT, reports, paths: SOURCES, ..Case::default() };
    assert_eq!(case.run(totals), base((3, 4), &[("x", 1, 1)]));
}

#[test]
fn names_that_want_to_be_obeyed_stay_foreign() {
    let text = lcov(&[("/x/::error::\u{202e}`|<b>.rs", "+")]);
    let reports = &[(Format::Lcov, text.as_str())];
    let outcome = Case { reports, paths: SOURCES, ..Case::default() }.outcome();
    let pieces = outcome.reasons[0].message.pieces();
    let is_foreign = |piece: &Piece| matches!(piece, Piece::Foreign(_));
    assert_eq!(pieces.iter().filter(|piece| is_foreign(piece)).count(), 1);
}
