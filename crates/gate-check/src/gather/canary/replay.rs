//! Samples from files: those that somebody wrote, and answers that were kept.

use std::path::Path;

use diagnostics::{Foreign, Piece, Place, Problem, counted, text};
use prometheus_api::Raw;
use rollout::canary::{Absent, Metric, Reading, Rule};
use runner_protocol::{Failure, Out};

use super::super::files;
use super::super::prometheus::Asked;
use super::watch::{asked_for, at_once, through, ticks};
use super::{Canary, LARGEST, Measured, place};
use crate::args::CanaryJudgeArgs;
use crate::wire::{CanaryRecordDocument, CanarySamplesDocument, RECORD_FILE, RecordedSide};

/// The samples of a window that is over: from a file, from a record, or from the server.
pub(crate) fn judged(
    canary: &Canary,
    args: &CanaryJudgeArgs,
    out: &mut Out,
) -> Result<Measured, Failure> {
    match (&args.samples, &args.replay) {
        (Some(path), _) => of_file(canary, path),
        (None, Some(folder)) => of_record(canary, folder),
        (None, None) => asked_for(canary, args, out),
    }
}

fn of_file(canary: &Canary, path: &Path) -> Result<Measured, Failure> {
    let help = "name a file with the samples of each metric";
    let bytes = files::read_within(path, LARGEST, "the samples", help)?;
    let mut document = CanarySamplesDocument::read(&bytes).map_err(|error| {
        Failure::no_answer(
            Problem::error("the samples cannot be read")
                .at(place(path, &bytes, &error))
                .label(Piece::said(&error))
                .help("write `{\"signalbox-canary-samples\": 1, \"metrics\": {\"error-rate\": {\"canary\": [0, 0.01]}}}`"),
        )
    })?;
    let mut samples = Vec::new();
    for metric in &canary.policy.metrics {
        let (of_canary, baseline) = document.take(&metric.name);
        let baseline = metric.baseline.is_some().then(|| baseline.unwrap_or_default());
        let (of_canary, baseline) = match (&metric.rule, baseline) {
            (Rule::Rank(_), Some(baseline)) => ending_together(of_canary, baseline),
            (Rule::Rank(_) | Rule::Limits(_), baseline) => (of_canary, baseline),
        };
        samples.push(ticks(of_canary, baseline));
    }
    if let Some(name) = document.rest().next() {
        let message =
            text!["the samples are of a metric that the policy has not: ", Foreign::from(name)];
        let near =
            diagnostics::nearest(name, canary.policy.metrics.iter().map(|it| it.name.as_str()));
        let help = if let Some(near) = near {
            text!["did you mean ", Foreign::from(near), "?"]
        } else {
            text!["name the metrics as `[[canary.metric]]` does"]
        };
        return Err(Failure::no_answer(
            Problem::error(message).at(Place::file(Foreign::path(path))).help(help),
        ));
    }
    Ok(Measured { samples, triggers: canary.triggers(), is_over: true })
}

/// Sides that are compared as a whole need not be as long as each other: they end together, and the shorter one
/// begins later.
fn ending_together(
    mut canary: Vec<Reading>,
    mut baseline: Vec<Reading>,
) -> (Vec<Reading>, Option<Vec<Reading>>) {
    let length = canary.len().max(baseline.len());
    for side in [&mut canary, &mut baseline] {
        let missing = length - side.len();
        side.splice(0..0, (0..missing).map(|_| Reading::NoData(Absent::Empty)));
    }
    (canary, Some(baseline))
}

fn of_record(canary: &Canary, folder: &Path) -> Result<Measured, Failure> {
    let policy = &canary.policy;
    let list = folder.join(RECORD_FILE);
    let help = "name a folder that `record` filled";
    let bytes = files::read_within(&list, LARGEST, "the record", help)?;
    let record = CanaryRecordDocument::read(&bytes).map_err(|error| {
        Failure::no_answer(
            Problem::error("the record cannot be read")
                .at(place(&list, &bytes, &error))
                .label(Piece::said(&error))
                .help("name a folder that `record` of the same release filled"),
        )
    })?;
    if record.interval != policy.interval {
        let message = text![
            "the record has a sample every ",
            record.interval,
            " ms, and the policy every ",
            policy.interval,
            " ms"
        ];
        let help = "set the policy's `interval` to that of the record";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    }
    let is_whole = record.moments == policy.ticks();
    if record.is_over != is_whole || record.moments > policy.ticks() {
        let mut message = text!["the record has "];
        message.append(counted(record.moments, " moment", " moments"));
        message.text(if record.is_over { "" } else { " and was not over" });
        message.text(", and the policy's window ").push(policy.ticks());
        let help = "set the policy's `window` to that of the record";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    }
    let mut samples = Vec::new();
    for metric in &policy.metrics {
        let side = |query: &str, side| readings(canary, folder, &record, metric, query, side);
        let of_canary = side(&metric.query, RecordedSide::Canary)?;
        let baseline = match &metric.baseline {
            Some(query) => Some(side(query, RecordedSide::Baseline)?),
            None => None,
        };
        samples.push(ticks(of_canary, baseline));
    }
    Ok(Measured { samples, triggers: canary.triggers(), is_over: record.is_over })
}

/// The readings of one query, in the order of their moments.
fn readings(
    canary: &Canary,
    folder: &Path,
    record: &CanaryRecordDocument,
    metric: &Metric,
    query: &str,
    side: RecordedSide,
) -> Result<Vec<Reading>, Failure> {
    let policy = &canary.policy;
    let of_metric =
        || record.answers.iter().filter(|it| it.metric == metric.name && it.side == side);
    let (found, wanted) = (of_metric().count(), record.start.map_or(record.moments, |_| 1));
    if u64::try_from(found) != Ok(wanted) {
        let mut message = text!["the record has "];
        message
            .append(counted(found, " answer", " answers"))
            .text(" of the metric ")
            .push(Foreign::from(metric.name.as_str()))
            .text(", and not ")
            .push(wanted);
        let help = "record the window anew with this policy";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    }
    let mut readings = Vec::new();
    for answer in of_metric() {
        if answer.query != query {
            let message = text![
                "the record has an answer to another query of the metric ",
                Foreign::from(metric.name.as_str())
            ];
            let help = "record the window anew: an answer says nothing of another query";
            return Err(Failure::no_answer(Problem::error(message).help(help)));
        }
        let asked = match (&answer.file, answer.status) {
            (Some(file), Some(status)) => {
                let help = "keep all files of the record together";
                let path = folder.join(file);
                let body = files::read_within(&path, prometheus_api::LARGEST, "an answer", help)?;
                Asked::Answer(Raw { status, body })
            }
            (_, _) => Asked::Failed(answer.failed.clone().unwrap_or_default()),
        };
        match (answer.moment, record.start) {
            (None, Some(start)) => {
                readings.extend(through(&asked, metric, policy, start, record.moments));
            }
            (_, _) => readings.push(at_once(&asked, metric, policy)),
        }
    }
    Ok(readings)
}
