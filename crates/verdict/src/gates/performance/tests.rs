//! The gate as a whole: what it comes to, and by which rule.

use diagnostics::config::Config;
use reports::measurements::Side;

use super::*;

const T: Unit = Unit::Seconds;

fn figure(name: &str, unit: &Unit, side: Side, values: &[f64]) -> Measurement {
    let values = values.iter().map(|value| Value::new(*value).unwrap()).collect();
    Measurement { values, side, ..Measurement::new(name, unit.clone(), Value::default()) }
}

fn alone(name: &str, value: f64) -> Measurement {
    figure(name, &T, Side::Alone, &[value])
}

/// Rounds in which the head takes so many times as long.
fn rounds(name: &str, count: usize, times: f64) -> Vec<Measurement> {
    let base: Vec<f64> = (0..count).map(|round| [1.0, 1.5, 1.1][round % 3]).collect();
    let head: Vec<f64> = base.iter().map(|value| value * times).collect();
    vec![figure(name, &T, Side::Base, &base), figure(name, &T, Side::Head, &head)]
}

fn policy(text: &str) -> Policy {
    Config::read("c.toml", text.as_bytes(), Policy::read).unwrap()
}

/// What it comes to, and the rules of all reasons that are not mere notes.
#[track_caller]
fn check(
    text: &str,
    head: &[Measurement],
    base: Option<&[Measurement]>,
    verdict: Verdict,
    rules: &[&str],
) {
    let outcome = decide(&policy(text), &Facts { head, base });
    let told: Vec<&str> = outcome
        .reasons
        .iter()
        .filter(|reason| reason.verdict > Verdict::Pass)
        .map(|reason| std::str::from_utf8(reason.rule.raw()).unwrap())
        .collect();
    assert_eq!((outcome.verdict(), told), (verdict, rules.to_vec()), "{:#?}", outcome.reasons);
}

#[test]
fn nothing_measured_is_no_pass() {
    check("", &[], None, Verdict::Error, &["performance-empty"]);
    check("mode = 'report'", &[], None, Verdict::Error, &["performance-empty"]);
    check("", &[], Some(&[alone("a", 1.0)]), Verdict::Error, &["performance-empty"]);
    let without_values = [figure("a", &T, Side::Alone, &[])];
    check("", &without_values, None, Verdict::Error, &["performance-empty"]);
}

#[test]
fn five_rounds_give_an_answer() {
    check("", &rounds("a", 5, 1.0), None, Verdict::Pass, &[]);
    check("", &rounds("a", 5, 1.05), None, Verdict::Pass, &[]);
    check("", &rounds("a", 5, 1.15), None, Verdict::Warn, &["performance-regression"]);
    check("", &rounds("a", 5, 1.25), None, Verdict::Fail, &["performance-regression"]);
    check("", &rounds("a", 5, 0.5), None, Verdict::Pass, &[]);
}

#[test]
fn an_improvement_is_told_too() {
    let outcome = decide(&Policy::default(), &Facts { head: &rounds("a", 5, 0.5), base: None });
    assert_eq!(outcome.reasons[0].rule, Foreign::from("performance-improvement"));
    assert_eq!(outcome.verdict(), Verdict::Pass);
}

#[test]
fn fewer_rounds_are_inconclusive_unless_it_is_beyond_noise() {
    check("", &rounds("a", 4, 1.0), None, Verdict::Inconclusive, &["performance-rounds"]);
    check(
        "",
        &rounds("a", 4, 1.5),
        None,
        Verdict::Inconclusive,
        &["performance-regression", "performance-rounds"],
    );
    check(
        "",
        &rounds("a", 1, 2.5),
        None,
        Verdict::Fail,
        &["performance-regression", "performance-rounds"],
    );
    check("min-rounds = 4", &rounds("a", 4, 1.0), None, Verdict::Pass, &[]);
}

#[test]
fn a_stored_base_is_never_more_than_inconclusive_below_twice() {
    let base = [alone("a", 1.0)];
    let head = |value| [alone("a", value)];
    check("", &head(1.05), Some(&base), Verdict::Pass, &[]);
    check("", &head(1.15), Some(&base), Verdict::Warn, &["performance-regression"]);
    check("", &head(1.9), Some(&base), Verdict::Inconclusive, &["performance-regression"]);
    check("", &head(2.0), Some(&base), Verdict::Inconclusive, &["performance-regression"]);
    check("", &head(2.1), Some(&base), Verdict::Fail, &["performance-regression"]);
    check("mode = 'warn'", &head(2.1), Some(&base), Verdict::Warn, &["performance-regression"]);
}

#[test]
fn one_run_is_enough_for_instructions() {
    let of = |value: f64| figure("a", &Unit::Instructions, Side::Alone, &[value]);
    let base = [of(1_000_000.0)];
    check("", &[of(1_005_000.0)], Some(&base), Verdict::Pass, &[]);
    check("", &[of(1_020_000.0)], Some(&base), Verdict::Warn, &["performance-regression"]);
    check("", &[of(1_060_000.0)], Some(&base), Verdict::Fail, &["performance-regression"]);
    check(
        "max-instructions-regression = '1%'",
        &[of(1_020_000.0)],
        Some(&base),
        Verdict::Fail,
        &["performance-regression"],
    );
}

#[test]
fn a_benchmark_that_disappears_fails_unless_it_may() {
    let base = [alone("a", 1.0), alone("b", 1.0)];
    let head = [alone("a", 1.0)];
    check("", &head, Some(&base), Verdict::Fail, &["performance-removed"]);
    check("allow-removed = true", &head, Some(&base), Verdict::Pass, &[]);
    let mut both = rounds("a", 5, 1.0);
    both.push(figure("b", &T, Side::Base, &[1.0; 5]));
    check("", &both, None, Verdict::Fail, &["performance-removed"]);
}

#[test]
fn a_new_benchmark_is_noted_and_nothing_but_new_ones_is_inconclusive() {
    let base = [alone("a", 1.0)];
    check("", &[alone("a", 1.0), alone("b", 1.0)], Some(&base), Verdict::Pass, &[]);
    let only_new = [figure("b", &T, Side::Head, &[1.0; 5])];
    check("", &only_new, None, Verdict::Inconclusive, &["performance-no-base"]);
    check("allow-removed = true", &[alone("b", 1.0)], Some(&base), Verdict::Pass, &[]);
}

#[test]
fn a_base_of_zero_is_inconclusive_and_never_infinite() {
    let base = [alone("a", 0.0)];
    check("", &[alone("a", 1.0)], Some(&base), Verdict::Inconclusive, &["performance-zero"]);
    let allocations = |value| figure("a", &Unit::Bytes, Side::Alone, &[value]);
    check("", &[allocations(0.0)], Some(&[allocations(0.0)]), Verdict::Pass, &[]);
    let rate = |value| figure("a", &Unit::PerSecond, Side::Alone, &[value]);
    check("", &[rate(0.0)], Some(&[rate(9.0)]), Verdict::Fail, &["performance-regression"]);
}

#[test]
fn no_base_is_inconclusive_unless_none_is_wanted() {
    let head = [alone("a", 1.0)];
    check("", &head, None, Verdict::Inconclusive, &["performance-no-base"]);
    check("", &head, Some(&[]), Verdict::Inconclusive, &["performance-no-base"]);
    let off = "max-regression = 'off'\n[[limit]]\nmetric = 'a'\nmax = '2 s'";
    check(off, &head, None, Verdict::Pass, &[]);
    check("max-regression = 'off'", &head, None, Verdict::Error, &["performance-empty"]);
}

#[test]
fn limits_hold_in_any_unit_that_measures_the_same() {
    let rate =
        |value: f64| [figure("stoq/throughput", &Unit::BitsPerSecond, Side::Alone, &[value])];
    let floor = "max-regression = 'off'\n[[limit]]\nmetric = 'stoq/throughput'\nmin = '2.95 Gbps'";
    check(floor, &rate(2.95e9), None, Verdict::Pass, &[]);
    check(floor, &rate(2.949_999e9), None, Verdict::Fail, &["performance-limit"]);
    let bytes = floor.replace("2.95 Gbps", "368.75 MB/s");
    check(&bytes, &rate(2.95e9), None, Verdict::Pass, &[]);
    check(&bytes, &rate(2.949_999e9), None, Verdict::Fail, &["performance-limit"]);
    let ceiling = "max-regression = 'off'\n[[limit]]\nmetric = 'Trust*'\nmax = '35 ms'";
    check(ceiling, &[alone("TrustChain", 0.035)], None, Verdict::Pass, &[]);
    check(ceiling, &[alone("TrustChain", 0.0351)], None, Verdict::Fail, &["performance-limit"]);
}

#[test]
fn a_limit_of_what_was_not_measured_is_an_error_in_any_mode() {
    let text = "mode = 'report'\nmax-regression = 'off'\n[[limit]]\nmetric = 'b'\nmax = '35 ms'";
    check(text, &[alone("a", 1.0)], None, Verdict::Error, &["performance-limit"]);
    let text = "max-regression = 'off'\n[[limit]]\nmetric = 'a'\nmax = '35 MB'";
    check(text, &[alone("a", 1.0)], None, Verdict::Error, &["performance-limit"]);
}

#[test]
fn the_median_of_the_rounds_is_held_against_a_limit() {
    let mut head = rounds("a", 5, 1.0);
    head[1] = figure("a", &T, Side::Head, &[1.0, 1.0, 1.0, 9.0, 9.0]);
    let text = "max-regression = 'off'\n[[limit]]\nmetric = 'a'\nmax = '1 s'";
    check(text, &head, None, Verdict::Pass, &[]);
}

#[test]
fn an_unknown_unit_is_an_error_until_its_direction_is_said() {
    let of = |value| figure("a", &Unit::Other("gbps".into()), Side::Alone, &[value]);
    let base = [of(10.0)];
    check("", &[of(9.5)], Some(&base), Verdict::Error, &["performance-unit"]);
    let said = "[[override]]\nmetric = '*'\ndirection = 'bigger'";
    check(said, &[of(9.5)], Some(&base), Verdict::Pass, &[]);
    check(said, &[of(4.0)], Some(&base), Verdict::Fail, &["performance-regression"]);
}

#[test]
fn overrides_are_stricter_looser_or_silent() {
    let head = rounds("io", 5, 1.25);
    check(
        "[[override]]\nmetric = 'io'\nmax-regression = '30%'\nwarn-regression = '30%'",
        &head,
        None,
        Verdict::Pass,
        &[],
    );
    check(
        "[[override]]\nmetric = 'io'\nmode = 'warn'",
        &head,
        None,
        Verdict::Warn,
        &["performance-regression"],
    );
    check("[[override]]\nmetric = 'io'\nmode = 'report'", &head, None, Verdict::Pass, &[]);
    check(
        "[[override]]\nmetric = 'i*'\nmax-regression = '3%'",
        &rounds("io", 5, 1.05),
        None,
        Verdict::Fail,
        &["performance-regression"],
    );
}

#[test]
fn a_unit_that_changed_is_an_error() {
    let base = [figure("a", &Unit::Bytes, Side::Alone, &[1.0])];
    check("", &[alone("a", 1.0)], Some(&base), Verdict::Error, &["performance-unit"]);
    let twice = [alone("a", 1.0), figure("a", &Unit::Bytes, Side::Alone, &[1.0])];
    check("", &twice, None, Verdict::Error, &["performance-unit"]);
}

#[test]
fn rounds_that_do_not_pair_are_an_error() {
    let mut head = rounds("a", 5, 1.0);
    head[1].values.pop();
    check("", &head, None, Verdict::Error, &["performance-rounds"]);
}

#[test]
fn a_limit_that_the_tool_itself_found_broken_fails() {
    let broken = Measurement { broken: vec!["p(95)<100".into()], ..alone("a", 1.0) };
    let base = [alone("a", 1.0)];
    check("", &[broken], Some(&base), Verdict::Fail, &["performance-tool-limit"]);
}

#[test]
fn less_than_a_nanosecond_is_no_work() {
    let base = [alone("a", 0.5e-9)];
    check("", &[alone("a", 0.5e-9)], Some(&base), Verdict::Warn, &["performance-no-work"]);
}

#[test]
fn repeated_runs_of_one_report_are_taken_by_their_median() {
    let head = [alone("a", 1.0), alone("a", 9.0), alone("a", 1.0)];
    check("", &head, Some(&[alone("a", 1.0)]), Verdict::Pass, &[]);
}

#[test]
fn figures_without_a_direction_are_no_evidence_by_themselves() {
    let of = |value| figure("vus", &Unit::Count, Side::Alone, &[value]);
    check("", &[of(1.0)], Some(&[of(9.0)]), Verdict::Error, &["performance-empty"]);
    let more = [of(1.0), alone("a", 1.0)];
    check("", &more, Some(&[of(9.0), alone("a", 1.0)]), Verdict::Pass, &[]);
}

#[test]
fn a_stored_comparison_of_rounds_is_a_base() {
    let stored = rounds("a", 5, 1.0);
    check("", &[alone("a", 2.5)], Some(&stored), Verdict::Fail, &["performance-regression"]);
}
