//! What a step of a canary comes to.

use std::collections::BTreeMap;

use diagnostics::Foreign;

use super::limits::{Crossed, Run};
use super::policy::{AfterHolds, Limits, Metric, OnNoData, Policy, Rank, Rule};
use super::rank::{Compared, Inconclusive, Ranked, compare};
use super::sample::{Counts, Reading, Tick};
use super::state::{Phase, State};
use crate::Decimal;

/// The whole score, in parts of a million.
const WHOLE: u64 = 1_000_000;

/// What is known of a step.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What is wanted.
    pub policy: &'a Policy,
    /// What the step before left.
    pub state: &'a State,
    /// Which of the policy's steps it is, from 0.
    pub step: usize,
    /// The samples of each metric, in the policy's order, the oldest first.
    pub samples: &'a [Vec<Tick>],
    /// What was told of each trigger, by name.
    pub triggers: &'a BTreeMap<String, Trigger>,
    /// Whether the window is over.
    pub is_over: bool,
}

/// What is known of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Its job found something.
    Fired,
    /// Its job found nothing.
    Quiet,
    /// Nothing was heard of it.
    Unknown,
}

/// What happens to the canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It gets the traffic of the next step.
    Promote,
    /// It keeps what it has, and is looked at again.
    Hold,
    /// It gets none.
    Rollback,
}

impl Verdict {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Hold => "hold",
            Self::Rollback => "rollback",
        }
    }
}

/// What a metric comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Result {
    /// It is as it should be.
    Pass,
    /// It is not.
    Fail,
    /// Nobody can say.
    Unknown,
}

/// A metric, and why it comes to what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What it comes to.
    pub result: Result,
    /// Its samples by their kinds. A metric that is compared by ranks has no bad ones.
    pub counts: Counts,
    /// How many samples were bad in a row, at last.
    pub in_a_row: u64,
    /// The sample with which too many were.
    pub crossed: Option<Crossed>,
    /// What the comparison by ranks came to.
    pub ranked: Option<std::result::Result<Ranked, Inconclusive>>,
    /// How many more good samples it needs.
    pub missing: u64,
    /// How many of its newest samples are missing, in a row.
    pub gap: u64,
    /// Why the last of those that could not be asked could not.
    pub error: Option<Foreign>,
    /// Whether one side has more than ten times as many samples as the other.
    pub is_uneven: bool,
}

/// Why a canary is not promoted. A metric is named by its place in the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A trigger fired.
    Trigger(String),
    /// So many samples in a row were beyond a limit.
    Crossed(usize),
    /// A critical metric differs from its baseline.
    Critical(usize),
    /// A metric has too few good samples, or none of late, and the policy says that this is a rollback.
    Missing(usize),
    /// The score, in parts of a million, is below the margin.
    ScoreFails(u64),
    /// It held as often as it may.
    HeldTooOften(u64),
    /// The window is not over.
    NotOver,
    /// Nothing was heard of a trigger.
    TriggerUnknown(String),
    /// A metric has too few good samples.
    TooFew(usize),
    /// The newest samples of a metric are missing.
    Gap(usize),
    /// The score is within the margin.
    ScoreMarginal(u64),
    /// Over half of the score's weight has no verdict.
    NoConfidence,
    /// No metric decides.
    NothingDecides,
}

/// What happens, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What happens.
    pub verdict: Verdict,
    /// Why it is not promoted, what weighs most first; nothing where it is.
    pub reasons: Vec<Reason>,
    /// What each metric comes to, in the policy's order.
    pub outcomes: Vec<Outcome>,
    /// The score in parts of a million, where metrics are scored.
    pub score: Option<u64>,
    /// How much traffic it gets now, in per cent.
    pub next_weight: u8,
    /// What this step leaves for the next.
    pub state: State,
}

/// Decides.
pub fn decide(facts: &Facts<'_>) -> Decision {
    let policy = facts.policy;
    let samples = |at: usize| facts.samples.get(at).map(Vec::as_slice).unwrap_or_default();
    let metrics = policy.metrics.iter().enumerate();
    let mut outcomes: Vec<Outcome> =
        metrics.map(|(at, metric)| outcome(metric, facts.state, samples(at))).collect();
    // Samples that are late are no reason for a worse score.
    let scored = Scored::of(policy, &outcomes);
    // What was good before it fell silent says nothing of how it is now.
    for outcome in &mut outcomes {
        if outcome.result == Result::Pass && outcome.gap > policy.most_missing() {
            outcome.result = Result::Unknown;
        }
    }
    let mut rollback = rollback_at_once(facts, &outcomes);
    let mut hold = Vec::new();
    if facts.is_over {
        at_the_end(policy, &outcomes, &scored, &mut rollback, &mut hold);
        let unknown = policy.triggers.iter().filter(|name| told(facts, name) == Trigger::Unknown);
        hold.extend(unknown.cloned().map(Reason::TriggerUnknown));
    } else if rollback.is_empty() {
        hold.push(Reason::NotOver);
    }
    let mut holds = facts.state.holds;
    let verdict = if !rollback.is_empty() {
        Verdict::Rollback
    } else if hold.is_empty() {
        Verdict::Promote
    } else if facts.is_over
        && holds >= policy.max_holds
        && policy.after_max_holds == AfterHolds::Rollback
    {
        rollback.push(Reason::HeldTooOften(holds));
        Verdict::Rollback
    } else {
        holds = holds.saturating_add(u64::from(facts.is_over));
        Verdict::Hold
    };
    let mut reasons = rollback;
    if verdict != Verdict::Promote {
        reasons.extend(hold);
    }
    let weight = policy.steps.get(facts.step).copied().unwrap_or(0);
    let next = policy.steps.get(facts.step.saturating_add(1)).copied();
    let (phase, next_weight) = match verdict {
        Verdict::Promote => (next.map_or(Phase::Promoted, Phase::At), next.unwrap_or(100)),
        Verdict::Hold => (Phase::At(weight), weight),
        Verdict::Rollback => (Phase::RolledBack, 0),
    };
    if verdict == Verdict::Promote {
        holds = 0;
    }
    let rows = policy.metrics.iter().zip(&outcomes);
    let rows = rows.filter(|(_, outcome)| outcome.in_a_row > 0);
    let bad_in_a_row = rows.map(|(metric, it)| (metric.name.clone(), it.in_a_row)).collect();
    let state = State { phase, holds, bad_in_a_row };
    Decision { verdict, reasons, outcomes, score: scored.score, next_weight, state }
}

/// What a metric comes to.
fn outcome(metric: &Metric, state: &State, samples: &[Tick]) -> Outcome {
    match &metric.rule {
        Rule::Limits(limits) => {
            let carried = state.bad_in_a_row.get(&metric.name).copied().unwrap_or(0);
            within(metric, limits, carried, samples)
        }
        Rule::Rank(rank) => ranked(metric, rank, samples),
    }
}

fn within(metric: &Metric, limits: &Limits, carried: u64, samples: &[Tick]) -> Outcome {
    let mut run = Run::new(carried);
    for tick in samples {
        run.push(limits, tick);
    }
    let missing = metric.min_samples.saturating_sub(run.counts.ok);
    let result = match (&run.crossed, missing) {
        (Some(_), _) => Result::Fail,
        (None, 0) => Result::Pass,
        (None, _) => Result::Unknown,
    };
    let (canary, baseline) = sides(samples);
    let is_uneven = metric.baseline.is_some() && is_uneven(canary.len(), baseline.len());
    Outcome {
        result,
        counts: run.counts,
        in_a_row: run.in_a_row,
        crossed: run.crossed,
        ranked: None,
        missing,
        gap: run.gap,
        error: run.error,
        is_uneven,
    }
}

fn ranked(metric: &Metric, rank: &Rank, samples: &[Tick]) -> Outcome {
    let (canary, baseline) = sides(samples);
    let mut counts = Counts::default();
    let (mut gap, mut error) = (0_u64, None);
    for tick in samples {
        let both = [Some(&tick.canary), tick.baseline.as_ref()];
        let why = both.iter().flatten().find_map(|reading| match reading {
            Reading::Error(why) => Some(why),
            Reading::Value(_)
            | Reading::Infinity
            | Reading::NegativeInfinity
            | Reading::NoData(_) => None,
        });
        gap = gap.saturating_add(1);
        if let Some(why) = why {
            counts.errors += 1;
            error = Some(why.clone());
        } else if both.iter().all(|reading| reading.and_then(Reading::value).is_some()) {
            counts.ok += 1;
            gap = 0;
        } else {
            counts.no_data += 1;
        }
    }
    let is_uneven = is_uneven(canary.len(), baseline.len());
    let compared = compare(&canary, &baseline, rank, metric.min_samples);
    let (result, missing) = match &compared {
        Ok(ranked) if ranked.compared == Compared::Pass => (Result::Pass, 0),
        Ok(_) => (Result::Fail, 0),
        Err(short) => {
            (Result::Unknown, short.needed.saturating_sub(short.canary.min(short.baseline)))
        }
    };
    Outcome {
        result,
        counts,
        in_a_row: 0,
        crossed: None,
        ranked: Some(compared),
        missing,
        gap,
        error,
        is_uneven,
    }
}

/// The numbers of both sides, each by itself.
fn sides(samples: &[Tick]) -> (Vec<Decimal>, Vec<Decimal>) {
    let canary = samples.iter().filter_map(|tick| tick.canary.value());
    let baseline = samples.iter().filter_map(|tick| tick.baseline.as_ref()?.value());
    (canary.collect(), baseline.collect())
}

fn is_uneven(one: usize, other: usize) -> bool {
    one.max(other) > one.min(other).saturating_mul(10)
}

fn told(facts: &Facts<'_>, trigger: &str) -> Trigger {
    facts.triggers.get(trigger).copied().unwrap_or(Trigger::Unknown)
}

/// Metrics that decide, with their places.
fn deciding<'a>(
    policy: &'a Policy,
    outcomes: &'a [Outcome],
) -> impl Iterator<Item = (usize, &'a Metric, &'a Outcome)> {
    let all = policy.metrics.iter().zip(outcomes).enumerate();
    all.filter(|(_, (metric, _))| !metric.muted)
        .map(|(at, (metric, outcome))| (at, metric, outcome))
}

/// What does not wait for the end of the window.
fn rollback_at_once(facts: &Facts<'_>, outcomes: &[Outcome]) -> Vec<Reason> {
    let fired = facts.policy.triggers.iter().filter(|name| told(facts, name) == Trigger::Fired);
    let crossed =
        deciding(facts.policy, outcomes).filter(|(.., outcome)| outcome.crossed.is_some());
    let crossed = crossed.map(|(at, ..)| Reason::Crossed(at));
    fired.cloned().map(Reason::Trigger).chain(crossed).collect()
}

fn at_the_end(
    policy: &Policy,
    outcomes: &[Outcome],
    scored: &Scored,
    rollback: &mut Vec<Reason>,
    hold: &mut Vec<Reason>,
) {
    for (at, metric, outcome) in deciding(policy, outcomes) {
        let is_critical = matches!(&metric.rule, Rule::Rank(rank) if rank.is_critical);
        match outcome.result {
            Result::Fail if is_critical => rollback.push(Reason::Critical(at)),
            Result::Unknown
                if (is_critical && is_silent(outcome))
                    || policy.on_no_data == OnNoData::Rollback =>
            {
                rollback.push(Reason::Missing(at));
            }
            Result::Unknown if outcome.missing == 0 => hold.push(Reason::Gap(at)),
            Result::Unknown => hold.push(Reason::TooFew(at)),
            Result::Pass | Result::Fail => {}
        }
    }
    match scored.score {
        // A score of less than half of what it should be of is none that a canary should go for.
        Some(_) | None if scored.is_poor => hold.push(Reason::NoConfidence),
        Some(score) if score < parts(policy.score.marginal) => {
            rollback.push(Reason::ScoreFails(score));
        }
        Some(score) if score < parts(policy.score.pass) => hold.push(Reason::ScoreMarginal(score)),
        Some(_) | None => {}
    }
    if deciding(policy, outcomes).next().is_none() {
        hold.push(Reason::NothingDecides);
    }
}

/// Whether one side has no sample at all, which is worse than too few.
fn is_silent(outcome: &Outcome) -> bool {
    matches!(outcome.ranked, Some(Err(short)) if short.canary == 0 || short.baseline == 0)
}

fn parts(per_cent: u64) -> u64 {
    per_cent.saturating_mul(WHOLE / 100)
}

/// The metrics that are scored.
struct Scored {
    /// How much of what has a verdict passed, in parts of a million, rounded down.
    score: Option<u64>,
    /// Whether over half of the weight has no verdict.
    is_poor: bool,
}

impl Scored {
    fn of(policy: &Policy, outcomes: &[Outcome]) -> Self {
        // For each group its weight, how many passed, and how many have a verdict.
        let mut groups: BTreeMap<&str, (u128, u128, u128)> = BTreeMap::new();
        for (_, metric, outcome) in deciding(policy, outcomes) {
            let Rule::Rank(rank) = &metric.rule else { continue };
            let (weight, passed, judged) = groups.entry(&rank.group).or_default();
            *weight = rank.weight.into();
            *passed += u128::from(outcome.result == Result::Pass);
            *judged += u128::from(outcome.result != Result::Unknown);
        }
        let all: u128 = groups.values().map(|(weight, ..)| weight).sum();
        let judged = || groups.values().filter(|(.., judged)| *judged > 0);
        let known: u128 = judged().map(|(weight, ..)| weight).sum();
        let whole = u128::from(WHOLE);
        let sum: u128 = judged()
            .map(|(weight, passed, judged)| weight * (whole * passed / (*judged).max(1)))
            .sum();
        let score = sum.checked_div(known).and_then(|score| u64::try_from(score).ok());
        Self { score, is_poor: known * 2 < all }
    }
}
