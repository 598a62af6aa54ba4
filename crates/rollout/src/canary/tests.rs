//! Canaries from the policy to the decision.

use std::collections::BTreeMap;

use diagnostics::Problem;
use proptest::prelude::*;

use super::*;
use crate::Decimal;

/// The policy of a platform that rolls back on any anomaly.
const ANY_ANOMALY: &str = r#"
[canary]
steps = [10, 25, 50, 75, 100]
window = "5m"
interval = "30s"
max-gap = "0s"
triggers = ["smoke-test", "security"]

[[canary.metric]]
name = "health"
query = "min(up)"
min = 1
consecutive = 3

[[canary.metric]]
name = "error-rate"
query = "errors"
max = "1%"
min-samples = 5

[[canary.metric]]
name = "latency"
query = "latency"
baseline = "latency of the others"
max-ratio = 2.0
"#;

const RANKED: &str = r#"
[canary]
max-gap = "0s"
[canary.score]
pass = 95
marginal = 75
[[canary.metric]]
name = "p99"
query = "p99"
baseline = "b"
compare = "rank"
direction = "increase"
critical = true
group = "latency"
weight = 50
[[canary.metric]]
name = "cpu"
query = "cpu"
baseline = "b"
compare = "rank"
direction = "increase"
group = "saturation"
weight = 30
[[canary.metric]]
name = "memory"
query = "memory"
baseline = "b"
compare = "rank"
direction = "increase"
"#;

fn read(text: &str) -> Policy {
    Policy::read("c.toml", text.as_bytes()).unwrap_or_else(|all| panic!("{all:?}")).unwrap()
}

fn reading(text: &str) -> Reading {
    match text {
        "NaN" => Reading::NoData(Absent::NotANumber),
        "-" => Reading::NoData(Absent::Empty),
        "Inf" => Reading::Infinity,
        "!" => Reading::Error("HTTP 503".into()),
        number => Reading::Value(Decimal::parse(number).unwrap_or_else(|| panic!("{number}"))),
    }
}

/// Samples of one metric: `0.1/0.2` has a baseline.
fn ticks(text: &str) -> Vec<Tick> {
    let tick = |word: &str| {
        let (canary, baseline) = word.split_once('/').map_or((word, None), |(a, b)| (a, Some(b)));
        Tick { canary: reading(canary), baseline: baseline.map(reading) }
    };
    text.split_whitespace().map(tick).collect()
}

fn quiet() -> BTreeMap<String, Trigger> {
    ["smoke-test", "security"].map(|name| (name.to_owned(), Trigger::Quiet)).into()
}

fn decided(policy: &Policy, state: &State, samples: &[&str]) -> Decision {
    let samples: Vec<Vec<Tick>> = samples.iter().map(|text| ticks(text)).collect();
    let step = match state.phase {
        Phase::At(weight) => policy.steps.iter().position(|step| *step == weight).unwrap(),
        Phase::Promoted | Phase::RolledBack => 0,
    };
    let triggers = quiet();
    decide(&Facts { policy, state, step, samples: &samples, triggers: &triggers, is_over: true })
}

/// Eleven samples of health, errors and latency that are as they should be.
const HEALTHY: [&str; 3] = [
    "1 1 1 1 1 1 1 1 1 1 1",
    "0 0 0.01 0 0 0 0 0 0 0 0",
    "0.2/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1",
];

#[track_caller]
fn check(samples: [&str; 3], verdict: Verdict, reasons: &[Reason]) -> Decision {
    let decision = decided(&read(ANY_ANOMALY), &State::new(10), &samples);
    assert_eq!((decision.verdict, decision.reasons.as_slice()), (verdict, reasons));
    decision
}

#[test]
fn a_healthy_canary_gets_the_next_share_of_the_traffic() {
    let decision = check(HEALTHY, Verdict::Promote, &[]);
    assert_eq!((decision.next_weight, decision.state), (25, State::new(25)));
}

#[test]
fn any_anomaly_is_a_rollback() {
    let [health, errors, latency] = HEALTHY;
    let gone = check([health, "0 0 0.0101", latency], Verdict::Rollback, &[Reason::Crossed(1)]);
    assert_eq!((gone.next_weight, gone.state.phase), (0, Phase::RolledBack));
    let slow = latency.replacen("0.2/", "0.2000001/", 1);
    check([health, errors, &slow], Verdict::Rollback, &[Reason::Crossed(2)]);
    check(["1 1 1 1 1 1 0 0 0", errors, latency], Verdict::Rollback, &[Reason::Crossed(0)]);
    check(["1 1 1 1 1 1 0 0 1 0 0", errors, latency], Verdict::Promote, &[]);
    check([health, "0 0 0 0 0 Inf", latency], Verdict::Rollback, &[Reason::Crossed(1)]);
}

#[test]
fn what_is_not_known_is_waited_for() {
    let [health, errors, latency] = HEALTHY;
    let none = "- - - - - - - - - - -";
    let held = check([none, errors, latency], Verdict::Hold, &[Reason::TooFew(0)]);
    assert_eq!((held.next_weight, held.state.holds, held.state.phase), (10, 1, Phase::At(10)));
    assert_eq!(held.outcomes[0].missing, 6);
    check([health, "! ! ! ! ! ! ! 0 0 0 0", latency], Verdict::Hold, &[Reason::TooFew(1)]);
    check([health, "NaN NaN NaN NaN NaN NaN 0 0 0 0 0", latency], Verdict::Promote, &[]);
    check([health, errors, "0.1/- 0.1/NaN 0.1/! 0.1/0.1"], Verdict::Hold, &[Reason::TooFew(2)]);
    check(["", "", ""], Verdict::Hold, &[Reason::TooFew(0), Reason::TooFew(1), Reason::TooFew(2)]);
}

#[test]
fn who_waited_long_enough_goes() {
    let policy = read(ANY_ANOMALY);
    let held = |holds| decided(&policy, &State { holds, ..State::new(50) }, &["-", "-", "-"]);
    assert_eq!(
        (held(0).verdict, held(1).verdict, held(1).state.holds),
        (Verdict::Hold, Verdict::Hold, 2)
    );
    assert_eq!(
        (held(2).verdict, &held(2).reasons[0]),
        (Verdict::Rollback, &Reason::HeldTooOften(2))
    );
    let patient = read(&ANY_ANOMALY.replace("[canary]", "[canary]\nafter-max-holds = \"hold\""));
    let waits = decided(&patient, &State { holds: 2, ..State::new(50) }, &["-", "-", "-"]);
    assert_eq!((waits.verdict, waits.state.holds), (Verdict::Hold, 3));
    let promoted = decided(&policy, &State { holds: 2, ..State::new(50) }, &HEALTHY);
    assert_eq!((promoted.verdict, promoted.state), (Verdict::Promote, State::new(75)));
    let strict = read(&ANY_ANOMALY.replace("[canary]", "[canary]\non-no-data = \"rollback\""));
    let gone = decided(&strict, &State::new(10), &["-", HEALTHY[1], HEALTHY[2]]);
    assert_eq!((gone.verdict, gone.reasons), (Verdict::Rollback, vec![Reason::Missing(0)]));
}

/// Good samples from before the canary fell silent say nothing of it now.
#[test]
fn a_window_without_its_newest_samples_is_no_promotion() {
    let [_, errors, latency] = HEALTHY;
    let held = |health: &str| check([health, errors, latency], Verdict::Hold, &[Reason::Gap(0)]);
    for silent in ["-", "NaN", "!"] {
        let decision = held(&format!("1 1 1 1 1 1 1 1 1 1 {silent}"));
        let outcome = &decision.outcomes[0];
        assert_eq!((outcome.gap, outcome.missing, outcome.result), (1, 0, Result::Unknown));
    }
    assert_eq!(held("1 1 1 1 1 1 - - NaN ! -").outcomes[0].gap, 5);
    // Of what is compared, both sides have to be there.
    let late =
        "0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/0.1 0.1/-";
    check([HEALTHY[0], errors, late], Verdict::Hold, &[Reason::Gap(2)]);
    // What is missing in between is not missing at the end, and what is bad is there.
    check(["1 1 1 1 1 1 - ! - - 1", errors, latency], Verdict::Promote, &[]);
    check(["1 1 1 1 1 1 1 1 1 1 0", errors, latency], Verdict::Promote, &[]);
    let samples = ["1 1 1 1 1 1 1 1 1 - -", errors, latency];
    let with = |line: &str| {
        let kept = if line.contains("max-gap") { "" } else { "max-gap = '0s'\n" };
        let policy = read(&ANY_ANOMALY.replace("max-gap = \"0s\"\n", &format!("{kept}{line}\n")));
        let decision = decided(&policy, &State::new(10), &samples);
        (decision.verdict, decision.reasons)
    };
    assert_eq!(with("max-gap = '59s'"), (Verdict::Hold, vec![Reason::Gap(0)]));
    assert_eq!(with("max-gap = '1m'"), (Verdict::Promote, vec![]));
    // Two that are late are usual, and three are not.
    let usual = read(&ANY_ANOMALY.replace("max-gap = \"0s\"\n", ""));
    let missing = |health| decided(&usual, &State::new(10), &[health, errors, latency]);
    assert_eq!(missing("1 1 1 1 1 1 1 1 1 - NaN").verdict, Verdict::Promote);
    assert_eq!(missing("1 1 1 1 1 1 1 1 - - NaN").reasons, [Reason::Gap(0)]);
    let strict = (Verdict::Rollback, vec![Reason::Missing(0)]);
    assert_eq!(with("on-no-data = 'rollback'"), strict);
    assert_eq!(
        with("max-holds = 0"),
        (Verdict::Rollback, vec![Reason::HeldTooOften(0), Reason::Gap(0)])
    );
}

#[test]
fn a_comparison_without_its_newest_samples_is_no_pass() {
    let late = "1/1 2/2 3/3 4/4 5/5 6/-";
    check_ranked([SAME, SAME, late], Verdict::Hold, &[Reason::Gap(2)]);
    check_ranked([late, SAME, SAME], Verdict::Hold, &[Reason::Gap(0)]);
    // What is late is no reason for a worse score.
    let marginal = Reason::ScoreMarginal(800_000);
    check_ranked([late, SAME, HIGH], Verdict::Hold, &[Reason::Gap(0), marginal]);
    // What has failed has failed.
    let high = "7/1 8/2 9/3 10/4 11/5 !/6";
    let both = [Reason::Critical(0), Reason::ScoreFails(500_000)];
    check_ranked([high, SAME, SAME], Verdict::Rollback, &both);
}

/// Healthy, ill and silent canaries, whichever samples the server has lost at the end.
#[test]
fn two_hundred_canaries_that_fall_silent_are_not_promoted() {
    let silent = |mut all: Vec<Vec<Tick>>| {
        let nothing = Tick { canary: Reading::NoData(Absent::Empty), baseline: None };
        let last = all[1].last_mut().unwrap();
        *last = nothing;
        all
    };
    assert_eq!(verdicts(&read(ANY_ANOMALY), 100_000, 0, silent)[0], 0);
    // What is ill goes all the same.
    assert!(verdicts(&read(ANY_ANOMALY), 220_000, 0, silent)[2] >= 198);
    assert!(verdicts(&read(ANY_ANOMALY), 100_000, 0, |all| all)[0] >= 198);
}

#[test]
fn a_row_of_bad_samples_goes_on_in_the_next_step() {
    let policy = read(ANY_ANOMALY);
    let [_, errors, latency] = HEALTHY;
    let first = decided(&policy, &State::new(10), &["1 1 1 1 1 1 0 0", errors, latency]);
    assert_eq!(first.verdict, Verdict::Promote);
    assert_eq!(first.state.bad_in_a_row, BTreeMap::from([("health".to_owned(), 2)]));
    let second = decided(&policy, &first.state, &["0 1 1 1 1 1 1 1", errors, latency]);
    assert_eq!((second.verdict, second.reasons), (Verdict::Rollback, vec![Reason::Crossed(0)]));
}

#[test]
fn the_last_step_gives_it_all_traffic() {
    let policy = read(ANY_ANOMALY);
    let last = decided(&policy, &State::new(100), &HEALTHY);
    assert_eq!((last.next_weight, last.state.phase), (100, Phase::Promoted));
    let twenty = read(&ANY_ANOMALY.replace("[10, 25, 50, 75, 100]", "[20]"));
    let last = decided(&twenty, &State::new(20), &HEALTHY);
    assert_eq!((last.next_weight, last.state.phase), (100, Phase::Promoted));
}

#[test]
fn a_trigger_ends_it_at_once_and_an_unknown_one_is_waited_for() {
    let policy = read(ANY_ANOMALY);
    let samples: Vec<Vec<Tick>> = HEALTHY.iter().map(|text| ticks(text)).collect();
    let with = |told: &[(&str, Trigger)], is_over| {
        let triggers = told.iter().map(|(name, told)| ((*name).to_owned(), *told)).collect();
        let state = State::new(10);
        let facts = Facts {
            policy: &policy,
            state: &state,
            step: 0,
            samples: &samples,
            triggers: &triggers,
            is_over,
        };
        let decision = decide(&facts);
        (decision.verdict, decision.reasons)
    };
    let fired = [("smoke-test", Trigger::Fired), ("security", Trigger::Quiet)];
    let reason = Reason::Trigger("smoke-test".to_owned());
    assert_eq!(with(&fired, true), (Verdict::Rollback, vec![reason.clone()]));
    assert_eq!(with(&fired, false), (Verdict::Rollback, vec![reason]));
    let unknown = Reason::TriggerUnknown("security".to_owned());
    assert_eq!(with(&[("smoke-test", Trigger::Quiet)], true), (Verdict::Hold, vec![unknown]));
    let quiet = [("smoke-test", Trigger::Quiet), ("security", Trigger::Quiet)];
    assert_eq!(with(&quiet, false), (Verdict::Hold, vec![Reason::NotOver]));
    assert_eq!(with(&quiet, true), (Verdict::Promote, vec![]));
}

const SAME: &str = "1/1 2/2 3/3 4/4 5/5 6/6";
const HIGH: &str = "7/1 8/2 9/3 10/4 11/5 12/6";

#[track_caller]
fn check_ranked(samples: [&str; 3], verdict: Verdict, reasons: &[Reason]) -> Decision {
    let decision = decided(&read(RANKED), &State::new(10), &samples);
    assert_eq!((decision.verdict, decision.reasons.as_slice()), (verdict, reasons), "{decision:?}");
    decision
}

#[test]
fn groups_are_scored_by_their_weight() {
    let score =
        |samples, verdict, reasons: &[Reason]| check_ranked(samples, verdict, reasons).score;
    assert_eq!(score([SAME, SAME, SAME], Verdict::Promote, &[]), Some(1_000_000));
    let marginal = [Reason::ScoreMarginal(800_000)];
    assert_eq!(score([SAME, SAME, HIGH], Verdict::Hold, &marginal), Some(800_000));
    score([SAME, HIGH, SAME], Verdict::Rollback, &[Reason::ScoreFails(700_000)]);
    let both = [Reason::Critical(0), Reason::ScoreFails(500_000)];
    score([HIGH, SAME, SAME], Verdict::Rollback, &both);
}

#[test]
fn a_group_without_a_verdict_is_no_good_one() {
    check_ranked([SAME, SAME, "1/1"], Verdict::Hold, &[Reason::TooFew(2)]);
    // The group that is known failed; it is 30 of 50, so that it counts.
    let policy = read(&RANKED.replace("critical = true", ""));
    let decision = decided(&policy, &State::new(10), &["-/-", HIGH, HIGH]);
    assert_eq!(decision.reasons, [Reason::ScoreFails(0), Reason::TooFew(0)]);
    // Of 20 in 100 nothing follows.
    let decision = decided(&policy, &State::new(10), &["-/-", "-/-", HIGH]);
    assert_eq!(decision.verdict, Verdict::Hold);
    assert!(decision.reasons.contains(&Reason::NoConfidence), "{:?}", decision.reasons);
    // Without what is critical the canary does not go on.
    check_ranked(["!/1 -/1 NaN/1", SAME, SAME], Verdict::Rollback, &[Reason::Missing(0)]);
    check_ranked(["1/!", SAME, SAME], Verdict::Rollback, &[Reason::Missing(0)]);
    // With some samples it is only too early.
    check_ranked(["1/1 2/2 3/3 4/4", SAME, SAME], Verdict::Hold, &[Reason::TooFew(0)]);
}

#[test]
fn what_is_muted_decides_nothing() {
    let policy =
        read(&ANY_ANOMALY.replace("name = \"latency\"", "name = \"latency\"\nmuted = true"));
    for latency in ["9/0.1", "-/-", "!/!"] {
        let decision = decided(&policy, &State::new(10), &[HEALTHY[0], HEALTHY[1], latency]);
        assert_eq!(decision.verdict, Verdict::Promote);
    }
}

#[test]
fn sides_of_very_different_size_are_told() {
    let uneven = format!("0.1/0.1 {}", "0.1/- ".repeat(10));
    let decision = decided(&read(ANY_ANOMALY), &State::new(10), &[HEALTHY[0], HEALTHY[1], &uneven]);
    assert!(decision.outcomes[2].is_uneven && !decision.outcomes[0].is_uneven);
}

#[test]
fn no_table_is_no_policy_and_defaults_are_those_of_the_readme() {
    assert_eq!(Policy::read("c.toml", b"[gate]\n"), Ok(None));
    let policy = read("[[canary.metric]]\nname = 'a'\nquery = 'b'\nmax = 1\n");
    assert_eq!(policy.steps, [10, 25, 50, 75, 100]);
    assert_eq!((policy.window, policy.interval, policy.settle), (300_000, 30_000, 30_000));
    assert_eq!((policy.ticks(), policy.metrics[0].min_samples), (11, 6));
    assert_eq!((policy.max_holds, policy.warnings_as_errors), (2, true));
    let ranked = read(RANKED);
    let weights = ranked.metrics.iter().map(|metric| match &metric.rule {
        Rule::Rank(rank) => rank.weight,
        Rule::Limits(_) => 0,
    });
    let weights: Vec<u64> = weights.collect();
    assert_eq!(weights, [50_000_000, 30_000_000, 20_000_000]);
    assert_eq!(ranked.metrics[0].min_samples, 5);
}

/// Where the mistakes of a policy are, by line.
#[track_caller]
fn check_wrong(text: &str, lines: &[u64]) {
    let problems: Vec<Problem> = Policy::read("c.toml", text.as_bytes()).unwrap_err();
    let found: Vec<u64> =
        problems.iter().map(|it| it.place.as_ref().and_then(|place| place.line).unwrap()).collect();
    assert_eq!(found, lines, "{problems:?}");
    assert!(problems.iter().all(|problem| problem.help.is_some()));
}

#[test]
fn every_mistake_of_a_policy_is_told_at_its_place() {
    let metric = "[[canary.metric]]\nname = 'a'\nquery = 'b'\n";
    check_wrong("[canary]\n", &[1]);
    check_wrong(
        &format!("[canary]\nsteps = [10, 5, 101, 0, 'x']\n{metric}max = 1\n"),
        &[2, 2, 2, 2],
    );
    check_wrong(&format!("[canary]\nwindow = '10s'\n{metric}max = 1\n"), &[1]);
    check_wrong(&format!("[canary]\ninterval = '0s'\n{metric}max = 1\n"), &[1]);
    check_wrong(
        &format!("[canary]\nstep = [1]\non-no-data = 'promote'\n{metric}max = 1\n"),
        &[2, 3],
    );
    check_wrong(&format!("[canary.score]\npass = 70\nmarginal = 71\n{metric}max = 1\n"), &[1]);
    check_wrong(metric, &[1]);
    check_wrong(
        &format!("{metric}max = 'one'\nmin = '5 parsecs'\nmax-ratio = 0\nbaseline = 'c'\n"),
        &[4, 5, 6],
    );
    check_wrong(&format!("{metric}max-ratio = 2\n"), &[1]);
    check_wrong(&format!("[canary]\nmax-gap = '5m'\n{metric}max = 1\n"), &[2]);
    // Nothing at all is not what a canary should be.
    let zero = format!("{metric}max = 1\nempty = 'zero'\n");
    check_wrong(&zero, &[1]);
    check_wrong(&format!("{zero}min = 0\n"), &[1]);
    let muted = "[[canary.metric]]\nname = 'c'\nquery = 'd'\nmax = 1\nmuted = true\n";
    check_wrong(&format!("{zero}{muted}"), &[1]);
    read(&format!("{zero}{}", muted.replace("muted = true\n", "")));
    read(&format!("{zero}min = 0.1\n"));
    check_wrong(&format!("{metric}max = 1\nbaseline = 'c'\n"), &[5]);
    check_wrong(
        &format!("{metric}max = 1\nconsecutive = 0\nmin-samples = 12\ncritical = true\n"),
        &[5, 6, 7],
    );
    check_wrong(&format!("{metric}compare = 'rank'\nmax = 1\n"), &[1, 1, 5]);
    check_wrong(&format!("{metric}max = 1\n{metric}max = 2\n"), &[6]);
    check_wrong(&format!("{metric}max = 1\nmuted = true\n"), &[1]);
    let rank = format!("{metric}compare = 'rank'\nbaseline = 'c'\ndirection = 'increase'\n");
    check_wrong(&format!("{rank}confidence = 1\nallowed = 0.5\n"), &[7, 8]);
    check_wrong(&format!("{rank}effect = 'common-language'\nallowed = 1.2\n"), &[8]);
    check_wrong(&format!("{rank}weight = 90\n"), &[1]);
    check_wrong(&format!("[canary]\nwindow = '1m'\n{rank}"), &[3]);
    check_wrong(
        &format!("[canary]\ntriggers = ['a', 'a', 'b=c', '']\n{metric}max = 1\n"),
        &[2, 2, 2],
    );
}

/// One sample of anything that a server can say.
fn any_reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        3 => (0_u64..3).prop_map(|number| Reading::Value(Decimal::whole(number))),
        1 => "[0-9]{1,3}\\.[0-9]{1,3}(e-?[0-9]{1,2})?".prop_map(|text| Reading::Value(Decimal::parse(&text).unwrap())),
        1 => Just(Reading::Infinity),
        1 => Just(Reading::NegativeInfinity),
        1 => Just(Reading::NoData(Absent::Empty)),
        1 => Just(Reading::NoData(Absent::NotANumber)),
        1 => Just(Reading::Error("x".into())),
    ]
}

fn any_samples() -> impl Strategy<Value = Vec<Vec<Tick>>> {
    let tick = (any_reading(), prop::option::of(any_reading()))
        .prop_map(|(canary, baseline)| Tick { canary, baseline });
    prop::collection::vec(prop::collection::vec(tick, 0..14), 0..4)
}

fn any_trigger() -> impl Strategy<Value = Trigger> {
    prop_oneof![4 => Just(Trigger::Quiet), 1 => Just(Trigger::Fired), 1 => Just(Trigger::Unknown)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_is_promoted_without_enough_good_samples_of_every_metric(
        samples in any_samples(),
        smoke in any_trigger(),
        security in any_trigger(),
        is_over: bool,
        holds in 0_u64..4,
        is_ranked: bool,
    ) {
        let policy = read(if is_ranked { RANKED } else { ANY_ANOMALY });
        let state = State { holds, ..State::new(25) };
        let triggers = BTreeMap::from([("smoke-test".to_owned(), smoke), ("security".to_owned(), security)]);
        let facts = Facts { policy: &policy, state: &state, step: 1, samples: &samples, triggers: &triggers, is_over };
        let decision = decide(&facts);
        prop_assert_eq!(&decision, &decide(&facts));
        prop_assert_eq!(decision.verdict == Verdict::Promote, decision.reasons.is_empty());
        if decision.verdict != Verdict::Promote {
            return Ok(());
        }
        prop_assert!(is_over);
        prop_assert!(is_ranked || (smoke, security) == (Trigger::Quiet, Trigger::Quiet));
        for (at, metric) in policy.metrics.iter().enumerate() {
            let of_metric = samples.get(at).map(Vec::as_slice).unwrap_or_default();
            let good = |tick: &&Tick| match &metric.rule {
                Rule::Rank(_) => tick.canary.value().is_some(),
                Rule::Limits(limits) => {
                    let value = tick.canary.value();
                    value.is_some_and(|value| limits.max.is_none_or(|max| value <= max) && limits.min.is_none_or(|min| value >= min))
                }
            };
            let last = of_metric.last().and_then(|tick| tick.canary.value());
            prop_assert!(last.is_some() || of_metric.last().is_some_and(|tick| !matches!(metric.rule, Rule::Rank(_)) && matches!(tick.canary, Reading::Infinity)));
            let good = of_metric.iter().filter(good).count();
            prop_assert!(u64::try_from(good).unwrap() >= metric.min_samples);
        }
    }
}

/// Numbers that look like chance and are always the same (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// About normal, with the mean 0 and the deviation 1000: twelve throws of a die of a thousand sides.
    fn normal(&mut self) -> i64 {
        let sum: u64 = (0..12).map(|_| self.next() % 1001).sum();
        i64::try_from(sum).unwrap() - 6000
    }
}

/// A window's samples of the three metrics: latencies around a mean of 100 ms, 0 to 0.3 % of errors.
fn series(chance: &mut Chance, latency: i64, errors: u64) -> Vec<Vec<Tick>> {
    let value = |number: i64, power| {
        Reading::Value(Decimal::parse(&number.max(0).to_string()).unwrap().times_ten_to(power))
    };
    let mut all = vec![Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..11 {
        let health = i64::from(!chance.next().is_multiple_of(100));
        all[0].push(Tick { canary: value(health, 0), baseline: None });
        let rate = i64::try_from(errors + chance.next() % 30).unwrap();
        all[1].push(Tick { canary: value(rate, -4), baseline: None });
        let (canary, baseline) =
            (latency + latency * chance.normal() / 12_000, 100_000 + 8 * chance.normal());
        all[2].push(Tick { canary: value(canary, -6), baseline: Some(value(baseline, -6)) });
    }
    all
}

/// How many of two hundred canaries are promoted, hold, and go.
fn verdicts(
    policy: &Policy,
    latency: i64,
    errors: u64,
    reduce: fn(Vec<Vec<Tick>>) -> Vec<Vec<Tick>>,
) -> [usize; 3] {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let (state, triggers) = (State::new(10), quiet());
    let verdicts: Vec<Verdict> = (0..200)
        .map(|_| {
            let samples = reduce(series(&mut chance, latency, errors));
            decide(&Facts {
                policy,
                state: &state,
                step: 0,
                samples: &samples,
                triggers: &triggers,
                is_over: true,
            })
            .verdict
        })
        .collect();
    let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
    [Verdict::Promote, Verdict::Hold, Verdict::Rollback].map(count)
}

fn rollbacks(
    policy: &Policy,
    latency: i64,
    errors: u64,
    reduce: fn(Vec<Vec<Tick>>) -> Vec<Vec<Tick>>,
) -> usize {
    verdicts(policy, latency, errors, reduce)[2]
}

#[test]
fn two_hundred_canaries_that_are_like_their_baseline_stay() {
    assert!(rollbacks(&read(ANY_ANOMALY), 100_000, 0, |all| all) <= 2);
    let ranked = read(
        "[[canary.metric]]\nname = 'p'\nquery = 'q'\nbaseline = 'b'\ncompare = 'rank'\ndirection = 'increase'\nconfidence = 0.99\nallowed = 1.05\n",
    );
    let latency = |mut all: Vec<Vec<Tick>>| vec![all.remove(2)];
    assert!(rollbacks(&ranked, 100_000, 0, latency) <= 2);
}

#[test]
fn two_hundred_canaries_that_are_beyond_a_limit_go() {
    assert!(rollbacks(&read(ANY_ANOMALY), 220_000, 0, |all| all) >= 198);
    assert!(rollbacks(&read(ANY_ANOMALY), 100_000, 90, |all| all) >= 198);
    let ranked = read(
        "[[canary.metric]]\nname = 'p'\nquery = 'q'\nbaseline = 'b'\ncompare = 'rank'\ndirection = 'increase'\nconfidence = 0.99\nallowed = 1.05\n",
    );
    let latency = |mut all: Vec<Vec<Tick>>| vec![all.remove(2)];
    assert!(rollbacks(&ranked, 130_000, 0, latency) >= 198);
}
