//! The record of an attempt of a run, version 1: for storage, for reports, and for whoever draws it.
//!
//! JSON with integers, text and shares as two integers. What was not measured is `null`, never 0. Its schema is
//! `actions/gate/metrics.schema.json`.

mod dora;
mod open_metrics;
mod reading;

use pipeline_metrics::answers::Conclusion;
use pipeline_metrics::{
    Fact, JobRecord, Millis, Outcome, Record, RunRecord, Share, StepRecord, caches,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use dora::DoraDocument;
pub use open_metrics::open_metrics;
pub use reading::NotARecord;

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// A record, as one document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MetricsDocument {
    #[serde(rename = "signalbox-metrics")]
    version: u32,
    repository: String,
    run: RunEntry,
    /// Told for readers; worked out anew when the record is read.
    #[serde(default, skip_deserializing)]
    sums: SumsEntry,
    jobs: Vec<JobEntry>,
    flaky: Vec<String>,
    missing: u64,
    notes: Option<String>,
    #[serde(default, skip_deserializing)]
    caches: Vec<CacheEntry>,
    outcomes: Vec<OutcomeEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct RunEntry {
    id: u64,
    attempt: u64,
    workflow: Option<String>,
    path: Option<String>,
    title: Option<String>,
    event: String,
    branch: Option<String>,
    commit: String,
    started: String,
    conclusion: Option<String>,
    duration_ms: Option<u64>,
    elapsed_ms: Option<u64>,
    so_far: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct SumsEntry {
    success: u64,
    failure: u64,
    timed_out: u64,
    cancelled: u64,
    skipped: u64,
    other: u64,
    reused: u64,
    unfinished: u64,
    success_rate: Option<ShareEntry>,
    duration_ms: u64,
    queue_ms: u64,
    longest_queue_ms: Option<u64>,
    approval_ms: u64,
}

/// A part of a whole, as two integers.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct ShareEntry {
    part: u64,
    whole: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct JobEntry {
    id: u64,
    name: String,
    standing: String,
    conclusion: Option<String>,
    queue_ms: Option<u64>,
    approval_ms: Option<u64>,
    duration_ms: Option<u64>,
    labels: Vec<String>,
    runner: Option<String>,
    runner_group: Option<String>,
    steps: Vec<StepEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StepEntry {
    name: String,
    conclusion: Option<String>,
    duration_ms: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct CacheEntry {
    family: String,
    exact: u64,
    partial: u64,
    miss: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct OutcomeEntry {
    tool: String,
    command: String,
    job: Option<String>,
    attempt: Option<u64>,
    exit: u8,
    facts: BTreeMap<String, FactEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum FactEntry {
    Word(String),
    Words(Vec<String>),
}

impl ShareEntry {
    pub(super) fn of(share: Share) -> Self {
        Self { part: share.part, whole: share.whole }
    }
}

impl MetricsDocument {
    /// The document for a record.
    pub fn new(record: &Record) -> Self {
        let sums = record.sums();
        let counts = sums.counts;
        let caches = caches(record.own_outcomes()).into_iter();
        Self {
            version: VERSION,
            repository: record.repository.clone(),
            run: run(&record.run),
            sums: SumsEntry {
                success: counts.success,
                failure: counts.failure,
                timed_out: counts.timed_out,
                cancelled: counts.cancelled,
                skipped: counts.skipped,
                other: counts.other,
                reused: sums.reused,
                unfinished: sums.unfinished,
                success_rate: counts.success_rate().map(ShareEntry::of),
                duration_ms: sums.duration.0,
                queue_ms: sums.queue.0,
                longest_queue_ms: millis(sums.longest_queue),
                approval_ms: sums.approval.0,
            },
            jobs: record.jobs.iter().map(job).collect(),
            flaky: record.flaky.clone(),
            missing: record.missing,
            notes: record.notes.clone(),
            caches: caches
                .map(|(family, uses)| CacheEntry {
                    family,
                    exact: uses.exact,
                    partial: uses.partial,
                    miss: uses.miss,
                })
                .collect(),
            outcomes: record.outcomes.iter().map(outcome).collect(),
        }
    }
}

fn run(run: &RunRecord) -> RunEntry {
    RunEntry {
        id: run.id,
        attempt: run.attempt,
        workflow: run.workflow.clone(),
        path: run.path.clone(),
        title: run.title.clone(),
        event: run.event.clone(),
        branch: run.branch.clone(),
        commit: run.commit.clone(),
        started: run.started.to_string(),
        conclusion: word(run.conclusion.as_ref()),
        duration_ms: millis(run.duration),
        elapsed_ms: millis(run.elapsed),
        so_far: word(run.so_far.as_ref()),
    }
}

fn job(job: &JobRecord) -> JobEntry {
    JobEntry {
        id: job.id,
        name: job.name.clone(),
        standing: job.standing.name().to_owned(),
        conclusion: word(job.conclusion.as_ref()),
        queue_ms: millis(job.queue),
        approval_ms: millis(job.approval),
        duration_ms: millis(job.duration),
        labels: job.labels.clone(),
        runner: job.runner.clone(),
        runner_group: job.runner_group.clone(),
        steps: job.steps.iter().map(step).collect(),
    }
}

fn step(step: &StepRecord) -> StepEntry {
    StepEntry {
        name: step.name.clone(),
        conclusion: word(step.conclusion.as_ref()),
        duration_ms: millis(step.duration),
    }
}

fn outcome(outcome: &Outcome) -> OutcomeEntry {
    let fact = |fact: &Fact| match fact {
        Fact::Word(word) => FactEntry::Word(word.clone()),
        Fact::Words(words) => FactEntry::Words(words.clone()),
    };
    OutcomeEntry {
        tool: outcome.tool.clone(),
        command: outcome.command.clone(),
        job: outcome.job.clone(),
        attempt: Some(outcome.attempt),
        exit: outcome.exit,
        facts: outcome.facts.iter().map(|(name, it)| (name.clone(), fact(it))).collect(),
    }
}

fn millis(span: Option<Millis>) -> Option<u64> {
    span.map(|span| span.0)
}

fn word(conclusion: Option<&Conclusion>) -> Option<String> {
    conclusion.map(|conclusion| conclusion.name().to_owned())
}
