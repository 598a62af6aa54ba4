//! The samples of a window: one moment after the other while it goes on, or all at once when it is over.

use std::time::Duration;

use diagnostics::{Foreign, Problem, text};
use jiff::Timestamp;
use prometheus_api::{Client, Range};
use rollout::Decimal;
use rollout::canary::{Absent, Empty, Metric, Policy, Reading, Rule, Run, Tick, Trigger};
use runner_protocol::{Failure, Out};

use super::super::prometheus::{self, Asked, Recorder};
use super::{Canary, Measured};
use crate::args::{CanaryArgs, CanaryJudgeArgs};
use crate::wire::{CanaryRecordDocument, RecordedAnswer, RecordedSide};

/// Measures through the window, and stops where nothing can save the canary.
pub(crate) fn watched(
    canary: &Canary,
    args: &CanaryArgs,
    out: &mut Out,
) -> Result<Measured, Failure> {
    let policy = &canary.policy;
    let interval = Duration::from_millis(policy.interval);
    let client = prometheus::client(&args.server, interval, out)?;
    let mut recorder = Recorder::new(args.record.as_deref())?;
    let mut record = CanaryRecordDocument::new(policy.interval);
    let mut samples: Vec<Vec<Tick>> = policy.metrics.iter().map(|_| Vec::new()).collect();
    let mut runs = runs(canary);
    let mut progress = out.progress("watching the canary", policy.ticks());
    let pace = system::Pace::begin();
    let mut triggers = canary.triggers();
    let mut is_lost = triggers.values().any(|trigger| *trigger == Trigger::Fired);
    let mut moment = 0;
    while moment < policy.ticks() && !is_lost {
        let after = policy.settle.saturating_add(policy.interval.saturating_mul(moment));
        pace.wait_until(Duration::from_millis(after));
        client.begin_for(interval.max(Duration::from_secs(2)));
        for ((metric, samples), run) in policy.metrics.iter().zip(&mut samples).zip(&mut runs) {
            let mut ask = |query: &str, side| {
                let answer = client.query(query, None);
                let asked = prometheus::asked(answer, &metric.name, moment == 0)?;
                let file = recorder.keep(&asked)?;
                record.answers.push(RecordedAnswer::new(
                    &metric.name,
                    side,
                    query,
                    Some(moment),
                    &asked,
                    file,
                ));
                Ok::<_, Failure>(at_once(&asked, metric, policy))
            };
            let tick = Tick {
                canary: ask(&metric.query, RecordedSide::Canary)?,
                baseline: match &metric.baseline {
                    Some(query) => Some(ask(query, RecordedSide::Baseline)?),
                    None => None,
                },
            };
            if let (Rule::Limits(limits), Some(run)) = (&metric.rule, run) {
                run.push(limits, &tick);
                is_lost |= run.crossed.is_some();
            }
            samples.push(tick);
        }
        triggers = canary.triggers();
        is_lost |= triggers.values().any(|trigger| *trigger == Trigger::Fired);
        progress.advance(1);
        moment += 1;
    }
    drop(progress);
    let is_over = moment == policy.ticks();
    record.moments = moment;
    record.is_over = is_over;
    recorder.close(&record)?;
    Ok(Measured { samples, triggers, is_over })
}

/// The rows of bad samples with which the metrics begin that can end a canary at once.
fn runs(canary: &Canary) -> Vec<Option<Run>> {
    let carried = |metric: &Metric| canary.state.bad_in_a_row.get(&metric.name).copied();
    let run = |metric: &Metric| match &metric.rule {
        Rule::Limits(_) if !metric.muted => Some(Run::new(carried(metric).unwrap_or(0))),
        Rule::Limits(_) | Rule::Rank(_) => None,
    };
    canary.policy.metrics.iter().map(run).collect()
}

/// Asks for a window that is over.
pub(super) fn asked_for(
    canary: &Canary,
    args: &CanaryJudgeArgs,
    out: &mut Out,
) -> Result<Measured, Failure> {
    let policy = &canary.policy;
    let named = args.window_end.as_deref().map(moment).transpose()?;
    let length = i64::try_from(policy.window).unwrap_or(i64::MAX);
    let interval = Duration::from_millis(policy.interval);
    let server = &args.canary.server;
    let client = prometheus::client(server, interval, out)?;
    let end = ended(named, prometheus::now(&client)?, policy)?;
    let range = Range { start: end.saturating_sub(length), end, step: policy.interval };
    let mut recorder = Recorder::new(args.canary.record.as_deref())?;
    let mut record = CanaryRecordDocument::new(policy.interval);
    record.start = Some(range.start);
    record.moments = policy.ticks();
    record.is_over = true;
    let mut samples = Vec::new();
    for metric in &policy.metrics {
        let mut ask = |query: &str, side| {
            let asked = of_range(&client, query, range, metric)?;
            let file = recorder.keep(&asked)?;
            record.answers.push(RecordedAnswer::new(&metric.name, side, query, None, &asked, file));
            Ok::<_, Failure>(through(&asked, metric, policy, range.start, policy.ticks()))
        };
        let of_canary = ask(&metric.query, RecordedSide::Canary)?;
        let baseline = match &metric.baseline {
            Some(query) => Some(ask(query, RecordedSide::Baseline)?),
            None => None,
        };
        samples.push(ticks(of_canary, baseline));
    }
    recorder.close(&record)?;
    Ok(Measured { samples, triggers: canary.triggers(), is_over: true })
}

/// When the window ended. Of what is to come the server gives the last samples that it has, as if they were those of
/// then; who names now may be ahead of it by a moment.
fn ended(named: Option<i64>, now: i64, policy: &Policy) -> Result<i64, Failure> {
    let end = named.unwrap_or(now);
    let ahead = u64::try_from(end.saturating_sub(now)).unwrap_or(0);
    if ahead < policy.interval.clamp(1, 5000) {
        return Ok(end);
    }
    let seconds = ahead.div_ceil(1000);
    let message = text!["the window is not over: by Prometheus' clock it ends in ", seconds, " s"];
    let help =
        "judge it then; where it is over, compare the clocks of this machine and of the server";
    Err(Failure::no_answer(Problem::error(message).help(help)))
}

fn of_range(client: &Client, query: &str, range: Range, metric: &Metric) -> Result<Asked, Failure> {
    client.begin_for(Duration::from_mins(1));
    prometheus::asked(client.query_range(query, range), &metric.name, true)
}

/// Two sides as one list: a moment that one of them lacks has no data there.
pub(super) fn ticks(canary: Vec<Reading>, baseline: Option<Vec<Reading>>) -> Vec<Tick> {
    let nothing = || Reading::NoData(Absent::Empty);
    let length = canary.len().max(baseline.as_ref().map_or(0, Vec::len));
    let mut canary = canary.into_iter();
    let has_baseline = baseline.is_some();
    let mut baseline = baseline.unwrap_or_default().into_iter();
    let tick = |_| Tick {
        canary: canary.next().unwrap_or_else(nothing),
        baseline: has_baseline.then(|| baseline.next().unwrap_or_else(nothing)),
    };
    (0..length).map(tick).collect()
}

/// A moment as people and programs write it.
fn moment(text: &str) -> Result<i64, Failure> {
    let text = text.trim();
    let seconds = text.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
    let parsed = seconds.or_else(|| text.parse().ok().map(Timestamp::as_millisecond));
    parsed.ok_or_else(|| {
        let message = text!["the end of the window is no time: ", Foreign::from(text)];
        let help = "write seconds since 1970, or a time such as `2026-11-21T12:00:00Z`";
        Failure::no_answer(Problem::error(message).help(help))
    })
}

/// What the answer of one moment comes to.
pub(super) fn at_once(asked: &Asked, metric: &Metric, policy: &Policy) -> Reading {
    match prometheus::series(asked, &metric.select, policy.warnings_as_errors) {
        Err(why) => Reading::Error(why),
        Ok(series) => match series.as_slice() {
            [] => absent(metric),
            [one] => match one.points.as_slice() {
                [point] => prometheus::reading(&point.value),
                _ => Reading::Error("the query gives a range and not one number".into()),
            },
            more => Reading::Error(too_many(more.len())),
        },
    }
}

/// What the answer of a whole window comes to.
pub(super) fn through(
    asked: &Asked,
    metric: &Metric,
    policy: &Policy,
    start: i64,
    moments: u64,
) -> Vec<Reading> {
    let all = |reading: Reading| (0..moments).map(|_| reading.clone()).collect();
    match prometheus::series(asked, &metric.select, policy.warnings_as_errors) {
        Err(why) => all(Reading::Error(why)),
        Ok(series) => {
            match series.as_slice() {
                [] => all(absent(metric)),
                [one] => {
                    let mut points = one.points.iter().peekable();
                    let interval = i64::try_from(policy.interval).unwrap_or(i64::MAX);
                    let moment = |number: u64| {
                        let number = i64::try_from(number).unwrap_or(i64::MAX);
                        start.saturating_add(interval.saturating_mul(number))
                    };
                    let mut readings = Vec::new();
                    for number in 0..moments {
                        let found = points.next_if(|point| point.at == moment(number));
                        readings.push(found.map_or_else(
                            || absent(metric),
                            |point| prometheus::reading(&point.value),
                        ));
                    }
                    match points.next() {
                        None => readings,
                        Some(_) => {
                            all(Reading::Error("the answer has samples of other moments".into()))
                        }
                    }
                }
                more => all(Reading::Error(too_many(more.len()))),
            }
        }
    }
}

fn absent(metric: &Metric) -> Reading {
    match metric.empty {
        Empty::NoData => Reading::NoData(Absent::Empty),
        Empty::Zero => Reading::Value(Decimal::ZERO),
    }
}

fn too_many(count: usize) -> Foreign {
    let words = format!("the query gives {count} series: sum them up, or choose one with `select`");
    Foreign::from(words.as_str())
}
