//! A record as an earlier run wrote it.

use pipeline_metrics::answers::Conclusion;
use pipeline_metrics::{
    Fact, JobRecord, Millis, Moment, Outcome, Record, RunRecord, Standing, StepRecord,
};
use serde::Deserialize;

use super::{FactEntry, JobEntry, MetricsDocument, OutcomeEntry, RunEntry, StepEntry, VERSION};

/// Why bytes are no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// It is not JSON of that shape.
    #[error("it is not a record of a run: {why}")]
    Shape {
        /// What the reader of JSON says.
        why: String,
        /// The line, from 1, and the column, in bytes, as that reader counts.
        place: (usize, usize),
    },
    /// It has another version.
    #[error("it has version {0}, and this tool reads version 1")]
    Version(u32),
    /// It says something that no record says.
    #[error("its {0} is none")]
    Odd(&'static str),
}

#[derive(Deserialize)]
struct Versioned {
    #[serde(rename = "signalbox-metrics")]
    version: u32,
}

impl MetricsDocument {
    /// Reads the record that a document holds.
    ///
    /// # Errors
    /// When it is none, or of another version.
    pub fn read(bytes: &[u8]) -> Result<Record, NotARecord> {
        let read = serde_json::from_slice::<Self>(bytes);
        let version = match &read {
            Ok(document) => Some(document.version),
            // Another version may well have another shape.
            Err(_) => serde_json::from_slice::<Versioned>(bytes).ok().map(|it| it.version),
        };
        if let Some(version) = version.filter(|version| *version != VERSION) {
            return Err(NotARecord::Version(version));
        }
        let document = read.map_err(|error| NotARecord::Shape {
            why: error.to_string(),
            place: (error.line(), error.column()),
        })?;
        Ok(Record {
            repository: document.repository,
            run: run(document.run)?,
            jobs: document.jobs.into_iter().map(job).collect::<Result<_, _>>()?,
            flaky: document.flaky,
            missing: document.missing,
            notes: document.notes,
            outcomes: document.outcomes.into_iter().map(outcome).collect(),
        })
    }
}

fn run(entry: RunEntry) -> Result<RunRecord, NotARecord> {
    Ok(RunRecord {
        id: entry.id,
        attempt: entry.attempt,
        workflow: entry.workflow,
        path: entry.path,
        title: entry.title,
        event: entry.event,
        branch: entry.branch,
        commit: entry.commit,
        started: Moment::parse(&entry.started).ok_or(NotARecord::Odd("`started`"))?,
        conclusion: entry.conclusion.map(Conclusion::from),
        duration: entry.duration_ms.map(Millis),
        elapsed: entry.elapsed_ms.map(Millis),
        so_far: entry.so_far.map(Conclusion::from),
    })
}

fn job(entry: JobEntry) -> Result<JobRecord, NotARecord> {
    let standing = Standing::ALL.into_iter().find(|standing| standing.name() == entry.standing);
    Ok(JobRecord {
        id: entry.id,
        name: entry.name,
        standing: standing.ok_or(NotARecord::Odd("`standing`"))?,
        conclusion: entry.conclusion.map(Conclusion::from),
        queue: entry.queue_ms.map(Millis),
        approval: entry.approval_ms.map(Millis),
        duration: entry.duration_ms.map(Millis),
        labels: entry.labels,
        runner: entry.runner,
        runner_group: entry.runner_group,
        steps: entry.steps.into_iter().map(step).collect(),
    })
}

fn step(entry: StepEntry) -> StepRecord {
    StepRecord {
        name: entry.name,
        conclusion: entry.conclusion.map(Conclusion::from),
        duration: entry.duration_ms.map(Millis),
    }
}

fn outcome(entry: OutcomeEntry) -> Outcome {
    let fact = |fact| match fact {
        FactEntry::Word(word) => Fact::Word(word),
        FactEntry::Words(words) => Fact::Words(words),
    };
    Outcome {
        tool: entry.tool,
        command: entry.command,
        job: entry.job,
        attempt: entry.attempt.unwrap_or(1).max(1),
        exit: entry.exit,
        facts: entry.facts.into_iter().map(|(name, it)| (name, fact(it))).collect(),
    }
}
