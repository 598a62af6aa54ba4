//! What GitHub's REST API answers about a pipeline, as far as metrics are made of it.
//!
//! A file of saved answers may hold one page, an array of pages (`gh api --paginate --slurp`), or pages one
//! after another, as JSON lines or without a break between them (`gh api --paginate`). Each value is known by
//! its keys. What is not known is counted, and what is known and is not what the documentation says is refused
//! with its place: a job that was not understood would be missing from a sum.
//!
//! Sources: GitHub documentation, "REST API endpoints for workflow runs", "... for workflow jobs", "... for
//! deployments", "... for deployment statuses", "... for issues", "... for commits" (compare two commits).

mod deployments;
mod runs;

use std::collections::BTreeMap;

use diagnostics::{offset, position};
use serde::Deserialize;
use serde_json::value::RawValue;

pub use deployments::{Commit, Comparison, Deployment, DeploymentState, Issue, Status};
pub(crate) use runs::cut;
pub use runs::{Conclusion, Job, Run, Step};

/// The most entries of one kind that are kept. A repository with a run a minute has half of it in a year.
pub const MOST: usize = 1_000_000;

/// How far arrays may stand in each other: pages of a list, in a list of answers.
const DEEPEST: usize = 3;

/// Everything that answers say, each thing once: what came later replaces what came before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Runs, by id and attempt.
    pub runs: BTreeMap<(u64, u64), Run>,
    /// Jobs, by id.
    pub jobs: BTreeMap<u64, Job>,
    /// Deployments, by id.
    pub deployments: BTreeMap<u64, Deployment>,
    /// Their statuses, by id.
    pub statuses: BTreeMap<u64, Status>,
    /// Issues, by number. Pull requests are none.
    pub issues: BTreeMap<u64, Issue>,
    /// Comparisons, by the commit that they lead to.
    pub comparisons: BTreeMap<String, Comparison>,
    /// How many jobs each run has in all attempts, as pages say, of which an empty one names no run: more than
    /// were read is incomplete.
    pub totals: BTreeMap<Option<u64>, u64>,
    /// How many values were of no known kind.
    pub unknown: u64,
}

/// Why bytes are no answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotAnswers {
    /// What is wrong.
    pub why: String,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
}

/// The keys by which an answer is known. What they hold is looked at afterwards.
#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow)]
    jobs: Option<&'a RawValue>,
    #[serde(borrow)]
    workflow_runs: Option<&'a RawValue>,
    #[serde(borrow)]
    merge_base_commit: Option<&'a RawValue>,
    #[serde(borrow)]
    run_number: Option<&'a RawValue>,
    #[serde(borrow)]
    run_id: Option<&'a RawValue>,
    #[serde(borrow)]
    statuses_url: Option<&'a RawValue>,
    #[serde(borrow)]
    deployment_url: Option<&'a RawValue>,
    #[serde(borrow)]
    environment: Option<&'a RawValue>,
    #[serde(borrow)]
    state: Option<&'a RawValue>,
    #[serde(borrow)]
    labels: Option<&'a RawValue>,
    #[serde(borrow)]
    number: Option<&'a RawValue>,
    #[serde(borrow)]
    total_count: Option<&'a RawValue>,
}

impl Answers {
    /// No answers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a file of saved answers says, or the body of one answer.
    ///
    /// # Errors
    /// When it is not JSON, or an answer is not what the documentation says. What stands before the place is
    /// added.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), NotAnswers> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.trim_ascii().is_empty() {
            return Err(NotAnswers {
                why: "there is no answer in it".to_owned(),
                line: 1,
                column: 1,
            });
        }
        let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
        loop {
            let value = match values.next() {
                None => return Ok(()),
                Some(Ok(value)) => value,
                Some(Err(error)) => return Err(wrong(bytes, bytes, &error)),
            };
            self.take(bytes, value, 0)?;
        }
    }

    fn take(&mut self, all: &[u8], value: &RawValue, depth: usize) -> Result<(), NotAnswers> {
        let text = value.get();
        if text.starts_with('[') {
            if depth >= DEEPEST {
                return Err(refused(all, text.as_bytes(), "lists stand too deep in each other"));
            }
            let entries: Vec<&RawValue> = read(all, text)?;
            return entries.into_iter().try_for_each(|entry| self.take(all, entry, depth + 1));
        }
        if !text.starts_with('{') {
            return Err(refused(all, text.as_bytes(), "expected an object or a list of them"));
        }
        let shape: Shape<'_> = read(all, text)?;
        self.known(all, text, &shape)?;
        let counts = [
            self.runs.len(),
            self.jobs.len(),
            self.deployments.len(),
            self.statuses.len(),
            self.issues.len(),
            self.comparisons.len(),
        ];
        if counts.iter().any(|count| *count > MOST) {
            return Err(refused(all, text.as_bytes(), "there are more than a million of a kind"));
        }
        Ok(())
    }

    fn known(&mut self, all: &[u8], text: &str, shape: &Shape<'_>) -> Result<(), NotAnswers> {
        if let Some(jobs) = shape.jobs {
            let jobs: Vec<Job> = read(all, jobs.get())?;
            let total: Option<u64> =
                shape.total_count.map(|total| read(all, total.get())).transpose()?;
            self.jobs_page(jobs, total);
        } else if let Some(runs) = shape.workflow_runs {
            let runs: Vec<Run> = read(all, runs.get())?;
            for run in runs {
                self.run(run);
            }
        } else if shape.merge_base_commit.is_some() {
            let comparison: Comparison = read(all, text)?;
            if let Some(head) = comparison.head() {
                self.comparisons.insert(head.to_owned(), comparison);
            }
        } else if shape.run_number.is_some() {
            let run: Run = read(all, text)?;
            self.run(run);
        } else if shape.deployment_url.is_some() && shape.state.is_some() {
            let status: Status = read(all, text)?;
            self.statuses.insert(status.id, status);
        } else if shape.statuses_url.is_some() && shape.environment.is_some() {
            let deployment: Deployment = read(all, text)?;
            self.deployments.insert(deployment.id, deployment);
        } else if shape.run_id.is_some() {
            let job: Job = read(all, text)?;
            self.jobs.insert(job.id, job);
        } else if shape.number.is_some() && shape.labels.is_some() && shape.state.is_some() {
            let issue: Issue = read(all, text)?;
            if !issue.is_pull_request() {
                self.issues.insert(issue.number, issue);
            }
        } else {
            self.unknown = self.unknown.saturating_add(1);
        }
        Ok(())
    }

    fn run(&mut self, run: Run) {
        self.runs.insert((run.id, run.attempt), run);
    }

    fn jobs_page(&mut self, jobs: Vec<Job>, total: Option<u64>) {
        if let Some(total) = total {
            // The list of a run has its attempts one after another, and each page the total of all.
            let known = self.totals.entry(jobs.first().map(|first| first.run_id)).or_default();
            *known = total.max(*known);
        }
        self.jobs.extend(jobs.into_iter().map(|job| (job.id, job)));
    }

    /// The newest attempt of a run; of the only run, where none is named.
    pub fn newest(&self, run: Option<u64>) -> Option<&Run> {
        let ids: std::collections::BTreeSet<u64> = self.runs.keys().map(|(id, _)| *id).collect();
        let wanted = run.or_else(|| ids.first().copied().filter(|_| ids.len() == 1))?;
        self.runs.range((wanted, 0)..=(wanted, u64::MAX)).next_back().map(|(_, run)| run)
    }
}

fn read<'a, T: Deserialize<'a>>(all: &[u8], text: &'a str) -> Result<T, NotAnswers> {
    serde_json::from_str(text).map_err(|error| wrong(all, text.as_bytes(), &error))
}

/// Where in all bytes a part of them begins.
fn begin(all: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(all.as_ptr() as usize).min(all.len())
}

fn wrong(all: &[u8], part: &[u8], error: &serde_json::Error) -> NotAnswers {
    let at = begin(all, part) + offset(part, error.line(), error.column());
    let (line, column) = position(all, at);
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    NotAnswers { why: said.strip_suffix(&place).unwrap_or(&said).to_owned(), line, column }
}

fn refused(all: &[u8], part: &[u8], why: &str) -> NotAnswers {
    let (line, column) = position(all, begin(all, part));
    NotAnswers { why: why.to_owned(), line, column }
}

#[cfg(test)]
mod tests;
