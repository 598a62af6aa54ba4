//! What one attempt of a run cost: the record that is kept of it.
//!
//! - A job's queue time is from when it could begin to when it did, without the time in which somebody had to
//!   approve it, and never below zero.
//! - A job of an older attempt that was kept is *reused*, one that was run again is *superseded*; neither is in
//!   any sum. GitHub may give a kept job the attempt's number and a new time of creation: whatever ended before
//!   the attempt began is not of it.
//! - What our own tools said in jobs of an older attempt is kept, and is in no sum either; what they said in a
//!   later one is not of this record.
//! - A skipped job has no times. A job that is not over, as the one that collects, is left out.
//! - A run that is not over has no duration and no conclusion; what its jobs came to so far is told apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::answers::{Answers, Conclusion, DeploymentState, Job, Run, Status};
use crate::outcome::Outcome;
use crate::statistics::Share;
use crate::{Millis, Moment};

/// What is kept of one attempt of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The repository, `owner/name`.
    pub repository: String,
    /// The attempt.
    pub run: RunRecord,
    /// Its jobs, by their names and ids.
    pub jobs: Vec<JobRecord>,
    /// The jobs that failed in an older attempt and passed in this one, by name: the commit is the same.
    pub flaky: Vec<String>,
    /// How many jobs the server has and did not hand over; more than none makes every sum too small.
    pub missing: u64,
    /// What whoever started it wrote.
    pub notes: Option<String>,
    /// What our own tools said, in this attempt and in older ones.
    pub outcomes: Vec<Outcome>,
}

/// An attempt of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// The id of the run.
    pub id: u64,
    /// The attempt, from 1.
    pub attempt: u64,
    /// The name of its workflow.
    pub workflow: Option<String>,
    /// The file of its workflow.
    pub path: Option<String>,
    /// What it is called in lists.
    pub title: Option<String>,
    /// What started it.
    pub event: String,
    /// The branch or tag.
    pub branch: Option<String>,
    /// The commit.
    pub commit: String,
    /// When the attempt began.
    pub started: Moment,
    /// How it ended, if it has.
    pub conclusion: Option<Conclusion>,
    /// How long it took, if it is over.
    pub duration: Option<Millis>,
    /// How long it took up to the end of the last job that is over; nothing without such a job.
    pub elapsed: Option<Millis>,
    /// What the jobs that are over come to; nothing where none is.
    pub so_far: Option<Conclusion>,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What it is to this attempt.
    pub standing: Standing,
    /// How it ended, if it has.
    pub conclusion: Option<Conclusion>,
    /// How long it waited for a runner.
    pub queue: Option<Millis>,
    /// How long it waited for somebody's approval.
    pub approval: Option<Millis>,
    /// How long it ran.
    pub duration: Option<Millis>,
    /// What it asked for in `runs-on`.
    pub labels: Vec<String>,
    /// The runner that took it.
    pub runner: Option<String>,
    /// The group of that runner.
    pub runner_group: Option<String>,
    /// Its steps that took time.
    pub steps: Vec<StepRecord>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// Its name.
    pub name: String,
    /// How it ended, if it has.
    pub conclusion: Option<Conclusion>,
    /// How long it took.
    pub duration: Option<Millis>,
}

/// What a job is to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It ran in it, or was ended before it could.
    Ran,
    /// It was not to run.
    Skipped,
    /// It was kept from an older attempt.
    Reused,
    /// It is of an older attempt, and was run again.
    Superseded,
    /// It is not over.
    Unfinished,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 5] =
        [Self::Ran, Self::Skipped, Self::Reused, Self::Superseded, Self::Unfinished];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Skipped => "skipped",
            Self::Reused => "reused",
            Self::Superseded => "superseded",
            Self::Unfinished => "unfinished",
        }
    }
}

/// How the jobs of one or more records ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As they should.
    pub success: u64,
    /// Not as they should, or not begun at all.
    pub failure: u64,
    /// They took too long.
    pub timed_out: u64,
    /// Somebody ended them.
    pub cancelled: u64,
    /// They were not to run.
    pub skipped: u64,
    /// In another way.
    pub other: u64,
}

impl Counts {
    /// One more that ended so.
    pub fn add(&mut self, conclusion: &Conclusion) {
        match conclusion {
            Conclusion::Success => self.success += 1,
            Conclusion::Failure | Conclusion::StartupFailure => self.failure += 1,
            Conclusion::TimedOut => self.timed_out += 1,
            Conclusion::Cancelled => self.cancelled += 1,
            Conclusion::Skipped => self.skipped += 1,
            Conclusion::Other(_) => self.other += 1,
        }
    }

    /// The share of success among success, failure and time-outs: who was cancelled or skipped says nothing.
    pub fn success_rate(self) -> Option<Share> {
        Share::new(self.success, self.success + self.failure + self.timed_out)
    }
}

/// The sums of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How its jobs ended.
    pub counts: Counts,
    /// How many were kept from older attempts.
    pub reused: u64,
    /// How many are not over.
    pub unfinished: u64,
    /// How long its jobs ran, together.
    pub duration: Millis,
    /// How long its jobs waited for runners, together.
    pub queue: Millis,
    /// The longest of these waits.
    pub longest_queue: Option<Millis>,
    /// How long its jobs waited for somebody's approval, together.
    pub approval: Millis,
}

impl Record {
    /// What our own tools said in this very attempt.
    pub fn own_outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.attempt == self.run.attempt)
    }

    /// The sums over the jobs of this very attempt.
    pub fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for job in &self.jobs {
            match job.standing {
                Standing::Reused => sums.reused += 1,
                Standing::Unfinished => sums.unfinished += 1,
                Standing::Superseded => {}
                Standing::Ran | Standing::Skipped => {
                    if let Some(conclusion) = &job.conclusion {
                        sums.counts.add(conclusion);
                    }
                    sums.duration = sums.duration.plus(job.duration.unwrap_or_default());
                    sums.queue = sums.queue.plus(job.queue.unwrap_or_default());
                    sums.longest_queue = sums.longest_queue.max(job.queue);
                    sums.approval = sums.approval.plus(job.approval.unwrap_or_default());
                }
            }
        }
        sums
    }
}

/// What else is known of a run.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The repository, `owner/name`.
    pub repository: String,
    /// What whoever started it wrote.
    pub notes: Option<String>,
    /// What our own tools said.
    pub outcomes: Vec<Outcome>,
}

/// The record of an attempt.
pub fn record(answers: &Answers, run: &Run, mut beside: Beside) -> Record {
    beside.outcomes.retain(|outcome| outcome.attempt <= run.attempt);
    let mut jobs: Vec<&Job> = answers.jobs.values().filter(|job| job.run_id == run.id).collect();
    let missing = missing(answers, run, jobs.len());
    // A record of an earlier attempt knows nothing of later ones.
    jobs.retain(|job| job.attempt <= run.attempt);
    let begun = run.started.unwrap_or(run.created);
    let approvals = approvals(answers.statuses.values());
    let newest = newest_of_each(&jobs, run, begun);
    let mut records: Vec<JobRecord> = jobs
        .iter()
        .map(|job| job_record(job, standing(job, run, begun, &newest), approvals.get(&job.id)))
        .collect();
    records.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    let ran = |job: &&&Job| standing(job, run, begun, &newest) == Standing::Ran;
    let last = jobs.iter().filter(ran).filter_map(|job| job.completed).max();
    let is_over = run.status.as_deref() == Some("completed") && run.conclusion.is_some();
    let elapsed = last.and_then(|last| last.since(begun));
    let whole = elapsed.or_else(|| run.updated.and_then(|updated| updated.since(begun)));
    Record {
        repository: beside.repository,
        run: RunRecord {
            id: run.id,
            attempt: run.attempt,
            workflow: run.name.clone(),
            path: run.path.clone(),
            title: run.title.clone(),
            event: run.event.clone(),
            branch: run.branch.clone(),
            commit: run.commit.clone(),
            started: begun,
            conclusion: run.conclusion.clone().filter(|_| is_over),
            duration: whole.filter(|_| is_over),
            elapsed,
            so_far: so_far(&records),
        },
        flaky: flaky(&records),
        jobs: records,
        missing,
        notes: beside.notes,
        outcomes: beside.outcomes,
    }
}

/// How many jobs of the run, of whichever attempt, pages promise and do not hold: nobody knows which those are.
fn missing(answers: &Answers, run: &Run, read: usize) -> u64 {
    let is_only = answers.runs.keys().all(|(id, _)| *id == run.id);
    let totals = [Some(run.id), None].into_iter().filter(|of| of.is_some() || is_only);
    let total = totals.filter_map(|of| answers.totals.get(&of)).max().copied().unwrap_or_default();
    total.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX))
}

/// Whether the job is of an attempt before this one.
fn is_older(job: &Job, run: &Run, begun: Moment) -> bool {
    let ended_before = run.attempt > 1 && job.completed.is_some_and(|completed| completed < begun);
    job.attempt < run.attempt || ended_before
}

/// The ids of the newest job of each name, of those that are kept; names that ran in this attempt have none.
fn newest_of_each<'j>(
    jobs: &[&'j Job],
    run: &Run,
    begun: Moment,
) -> BTreeMap<&'j str, Option<u64>> {
    let mut newest: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let (older, own): (Vec<&Job>, Vec<&Job>) =
        jobs.iter().partition(|job| is_older(job, run, begun));
    for job in older {
        let place = (job.attempt, job.id);
        let known = newest.entry(&job.name).or_insert(place);
        *known = place.max(*known);
    }
    let mut newest: BTreeMap<&str, Option<u64>> =
        newest.into_iter().map(|(name, (_, id))| (name, Some(id))).collect();
    newest.extend(own.into_iter().map(|job| (job.name.as_str(), None)));
    newest
}

fn standing(job: &Job, run: &Run, begun: Moment, newest: &BTreeMap<&str, Option<u64>>) -> Standing {
    if is_older(job, run, begun) {
        let is_kept = newest.get(job.name.as_str()) == Some(&Some(job.id));
        return if is_kept { Standing::Reused } else { Standing::Superseded };
    }
    match &job.conclusion {
        _ if job.status != "completed" => Standing::Unfinished,
        None => Standing::Unfinished,
        Some(Conclusion::Skipped) => Standing::Skipped,
        Some(_) => Standing::Ran,
    }
}

fn job_record(job: &Job, standing: Standing, approval: Option<&Millis>) -> JobRecord {
    // Who was cancelled may never have had a runner, and still has times.
    let has_runner = job.runner.as_deref().is_some_and(|runner| !runner.is_empty());
    let began = matches!(
        job.conclusion,
        Some(Conclusion::Success | Conclusion::Failure | Conclusion::TimedOut)
    );
    let has_times = standing == Standing::Ran && (began || has_runner);
    let times = has_times.then_some(job);
    let approval = times.and(approval).copied();
    let waited = times.and_then(|job| Some((job.created?, job.started?)));
    let waited = waited.map(|(created, started)| started.since(created).unwrap_or_default());
    let span = |started: Option<Moment>, completed: Option<Moment>| completed?.since(started?);
    JobRecord {
        id: job.id,
        name: job.name.clone(),
        standing,
        conclusion: job.conclusion.clone(),
        queue: waited.map(|waited| waited.without(approval.unwrap_or_default())),
        approval,
        duration: times.and_then(|job| span(job.started, job.completed)),
        labels: job.labels.clone(),
        runner: job.runner.clone(),
        runner_group: job.runner_group.clone(),
        steps: times
            .map(|job| job.steps.as_slice())
            .unwrap_or_default()
            .iter()
            .filter(|step| step.conclusion != Some(Conclusion::Skipped))
            .map(|step| StepRecord {
                name: step.name.clone(),
                conclusion: step.conclusion.clone(),
                duration: span(step.started, step.completed),
            })
            .collect(),
    }
}

/// How long each job waited for somebody's approval: its deployment was waiting, and then was not.
fn approvals<'s>(statuses: impl Iterator<Item = &'s Status>) -> BTreeMap<u64, Millis> {
    let mut deployments: BTreeMap<u64, Vec<&Status>> = BTreeMap::new();
    for status in statuses {
        deployments.entry(status.deployment).or_default().push(status);
    }
    let mut waits: BTreeMap<u64, Millis> = BTreeMap::new();
    for statuses in deployments.values_mut() {
        statuses.sort_by_key(|status| (status.created, status.id));
        let Some(job) = statuses.iter().find_map(|status| status.job) else { continue };
        for pair in statuses.windows(2) {
            let [before, after] = pair else { continue };
            if before.state == DeploymentState::Waiting {
                let wait = waits.entry(job).or_default();
                *wait = wait.plus(after.created.since(before.created).unwrap_or_default());
            }
        }
    }
    waits
}

/// What the jobs of this attempt come to: the worst of them, and those that were kept count as they ended.
fn so_far(jobs: &[JobRecord]) -> Option<Conclusion> {
    let is_of_it = |job: &&JobRecord| {
        matches!(job.standing, Standing::Ran | Standing::Skipped | Standing::Reused)
    };
    let ends: BTreeSet<&Conclusion> =
        jobs.iter().filter(is_of_it).filter_map(|job| job.conclusion.as_ref()).collect();
    let worst = [
        Conclusion::Failure,
        Conclusion::TimedOut,
        Conclusion::StartupFailure,
        Conclusion::Cancelled,
        Conclusion::Success,
        Conclusion::Skipped,
    ];
    worst.into_iter().find(|end| ends.contains(end)).or_else(|| ends.first().copied().cloned())
}

/// The names of the jobs that failed before and passed now.
fn flaky(jobs: &[JobRecord]) -> Vec<String> {
    let failed = |job: &&JobRecord| {
        job.standing == Standing::Superseded
            && job.conclusion.as_ref().is_some_and(Conclusion::is_failure)
    };
    let failed: BTreeSet<&str> = jobs.iter().filter(failed).map(|job| job.name.as_str()).collect();
    let passed = |job: &&JobRecord| {
        job.standing == Standing::Ran && job.conclusion == Some(Conclusion::Success)
    };
    let passed: BTreeSet<&str> = jobs.iter().filter(passed).map(|job| job.name.as_str()).collect();
    failed.intersection(&passed).map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests;
