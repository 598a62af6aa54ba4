//! What many records say together, week by week: trends, the slowest jobs, who waits for which runners, which
//! caches are found, which jobs are flaky, and what each gate kept out.
//!
//! An attempt that was collected twice counts once, by its later record. A job is flaky where it failed and
//! passed on the same commit, in whichever attempts or runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::answers::Conclusion;
use crate::outcome::{CacheUse, Outcome, caches};
use crate::record::{Counts, JobRecord, Record, Standing};
use crate::statistics::{Share, median, percentile};
use crate::{Millis, Moment};

/// A day: year, month and day in UTC.
pub type Day = (i16, i8, i8);

/// What the records say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many attempts of runs there are.
    pub attempts: u64,
    /// How many of these are still going on, or were when they were collected.
    pub unfinished: u64,
    /// The weeks, the oldest first, each by its Monday.
    pub weeks: Vec<(Day, Week)>,
    /// The jobs, the slowest first.
    pub jobs: Vec<Slow>,
    /// How long jobs waited for runners with these labels, the longest first.
    pub queues: Vec<Queue>,
    /// How caches were found, by the family of their keys.
    pub caches: BTreeMap<String, CacheUse>,
    /// The jobs that failed and passed on one commit, with how many commits.
    pub flaky: BTreeMap<(String, String), u64>,
    /// How often each gate looked, and how often it kept something out.
    pub gates: BTreeMap<String, Effect>,
}

/// A week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week {
    /// How its runs ended; of those that go on, what their jobs come to.
    pub counts: Counts,
    /// The median of how long its runs took.
    pub duration: Option<Millis>,
    /// How long nineteen of twenty jobs waited at most.
    pub queue: Option<Millis>,
    /// How long its jobs ran, together.
    pub job_time: Millis,
}

/// A job with the times that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow {
    /// The name of its workflow.
    pub workflow: String,
    /// Its name.
    pub job: String,
    /// How often it ran.
    pub runs: u64,
    /// How it ended.
    pub counts: Counts,
    /// How long half of its runs took at most.
    pub p50: Millis,
    /// How long nineteen of twenty took at most.
    pub p95: Millis,
}

/// The waits for runners with some labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The labels.
    pub labels: Vec<String>,
    /// How many jobs waited.
    pub jobs: u64,
    /// How long half of them waited at most.
    pub p50: Millis,
    /// How long nineteen of twenty waited at most.
    pub p95: Millis,
    /// How long the last one waited.
    pub longest: Millis,
}

/// What a gate does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// How often it kept something out.
    pub blocked: u64,
    /// How often gates decided at all.
    pub decisions: u64,
}

/// What these records say together.
pub fn report(records: &[Record]) -> Report {
    let mut attempts: BTreeMap<(&str, u64, u64), &Record> = BTreeMap::new();
    for record in records {
        attempts.insert((&record.repository, record.run.id, record.run.attempt), record);
    }
    let records: Vec<&Record> = attempts.into_values().collect();
    let outcomes = outcomes(&records);
    Report {
        attempts: number(records.len()),
        unfinished: number(records.iter().filter(|it| it.run.conclusion.is_none()).count()),
        weeks: weeks(&records),
        jobs: slow(&records),
        queues: queues(&records),
        caches: caches(outcomes.iter().copied()),
        flaky: flaky(&records),
        gates: effects(outcomes.into_iter()),
    }
}

/// What our own tools said, each attempt by its own record. Where that has nothing of it, the newest one that
/// has says it: a record holds what jobs said that a re-run kept.
fn outcomes<'r>(records: &[&'r Record]) -> Vec<&'r Outcome> {
    let mut teller: BTreeMap<(&str, u64, u64), u64> = BTreeMap::new();
    for record in records {
        let (run, own) = ((record.repository.as_str(), record.run.id), record.run.attempt);
        for attempt in record.outcomes.iter().map(|it| it.attempt) {
            let known = teller.entry((run.0, run.1, attempt)).or_insert(own);
            // Its own attempt first, then the newest.
            if *known != attempt && (own == attempt || own > *known) {
                *known = own;
            }
        }
    }
    let tells = |record: &Record, outcome: &Outcome| {
        let of = (record.repository.as_str(), record.run.id, outcome.attempt);
        teller.get(&of) == Some(&record.run.attempt)
    };
    records
        .iter()
        .flat_map(|record| record.outcomes.iter().filter(|outcome| tells(record, outcome)))
        .collect()
}

fn ran(record: &Record) -> impl Iterator<Item = &JobRecord> {
    record.jobs.iter().filter(|job| job.standing == Standing::Ran)
}

fn weeks(records: &[&Record]) -> Vec<(Day, Week)> {
    let mut weeks: BTreeMap<Day, (Week, Vec<Millis>, Vec<Millis>)> = BTreeMap::new();
    for record in records {
        let (week, durations, queues) = weeks.entry(Moment::week(record.run.started)).or_default();
        if let Some(end) = record.run.conclusion.as_ref().or(record.run.so_far.as_ref()) {
            week.counts.add(end);
        }
        durations.extend(record.run.duration.or(record.run.elapsed));
        queues.extend(ran(record).filter_map(|job| job.queue));
        week.job_time = week.job_time.plus(record.sums().duration);
    }
    let finished = weeks.into_iter().map(|(day, (mut week, mut durations, mut queues))| {
        week.duration = median(&mut durations);
        week.queue = percentile(&mut queues, 95);
        (day, week)
    });
    finished.collect()
}

fn slow(records: &[&Record]) -> Vec<Slow> {
    let mut jobs: BTreeMap<(&str, &str), (Counts, Vec<Millis>)> = BTreeMap::new();
    for record in records {
        let workflow = record.run.workflow.as_deref().unwrap_or_default();
        for job in ran(record) {
            let (counts, durations) = jobs.entry((workflow, &job.name)).or_default();
            if let Some(end) = &job.conclusion {
                counts.add(end);
            }
            durations.extend(job.duration);
        }
    }
    let mut slow: Vec<Slow> = jobs
        .into_iter()
        .filter_map(|((workflow, job), (counts, mut durations))| {
            Some(Slow {
                workflow: workflow.to_owned(),
                job: job.to_owned(),
                runs: number(durations.len()),
                counts,
                p50: percentile(&mut durations, 50)?,
                p95: percentile(&mut durations, 95)?,
            })
        })
        .collect();
    slow.sort_by(|one, other| other.p95.cmp(&one.p95).then_with(|| one.job.cmp(&other.job)));
    slow
}

fn queues(records: &[&Record]) -> Vec<Queue> {
    let mut labels: BTreeMap<&[String], Vec<Millis>> = BTreeMap::new();
    for job in records.iter().flat_map(|record| ran(record)) {
        if let Some(queue) = job.queue {
            labels.entry(&job.labels).or_default().push(queue);
        }
    }
    let mut queues: Vec<Queue> = labels
        .into_iter()
        .filter_map(|(labels, mut waits)| {
            Some(Queue {
                labels: labels.to_vec(),
                jobs: number(waits.len()),
                p50: percentile(&mut waits, 50)?,
                p95: percentile(&mut waits, 95)?,
                longest: percentile(&mut waits, 100)?,
            })
        })
        .collect();
    queues
        .sort_by(|one, other| other.p95.cmp(&one.p95).then_with(|| one.labels.cmp(&other.labels)));
    queues
}

/// A job of a workflow, on a commit of a repository.
type OnCommit<'r> = (&'r str, &'r str, &'r str, &'r str);

fn flaky(records: &[&Record]) -> BTreeMap<(String, String), u64> {
    let mut ends: BTreeMap<OnCommit<'_>, (bool, bool)> = BTreeMap::new();
    for record in records {
        let workflow = record.run.workflow.as_deref().unwrap_or_default();
        let place = |job| (record.repository.as_str(), workflow, record.run.commit.as_str(), job);
        for job in record.jobs.iter().filter(|it| it.standing != Standing::Reused) {
            let (failed, passed) = ends.entry(place(job.name.as_str())).or_default();
            *failed |= job.conclusion.as_ref().is_some_and(Conclusion::is_failure);
            *passed |= job.conclusion == Some(Conclusion::Success);
        }
        for name in &record.flaky {
            ends.insert(place(name.as_str()), (true, true));
        }
    }
    let mut flaky = BTreeMap::new();
    for ((_, workflow, _, job), _) in ends.into_iter().filter(|(_, ends)| *ends == (true, true)) {
        *flaky.entry((workflow.to_owned(), job.to_owned())).or_default() += 1;
    }
    flaky
}

/// What gates did: each decision of `gate-check` says which of them kept it from passing.
fn effects<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> BTreeMap<String, Effect> {
    let mut gates: BTreeMap<String, Effect> = BTreeMap::new();
    let mut decisions = 0_u64;
    for outcome in outcomes.filter(|outcome| outcome.tool == "gate-check") {
        let Some(blocking) = outcome.facts.get("blocking") else { continue };
        decisions += 1;
        let once: BTreeSet<&String> = blocking.words().iter().collect();
        for gate in once {
            gates.entry(gate.clone()).or_default().blocked += 1;
        }
    }
    for effect in gates.values_mut() {
        effect.decisions = decisions;
    }
    gates
}

impl Effect {
    /// How often it kept something out, of all decisions.
    pub fn share(self) -> Option<Share> {
        Share::new(self.blocked, self.decisions)
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::read_outcomes;
    use crate::record::RunRecord;

    fn job(name: &str, conclusion: Conclusion, seconds: u64) -> JobRecord {
        JobRecord {
            id: 1,
            name: name.to_owned(),
            standing: Standing::Ran,
            conclusion: Some(conclusion),
            queue: Some(Millis::of_seconds(seconds / 10)),
            approval: None,
            duration: Some(Millis::of_seconds(seconds)),
            labels: vec!["ubuntu-latest".to_owned()],
            runner: None,
            runner_group: None,
            steps: Vec::new(),
        }
    }

    fn record(id: u64, attempt: u64, started: &str, jobs: Vec<JobRecord>) -> Record {
        Record {
            repository: "o/r".to_owned(),
            run: RunRecord {
                id,
                attempt,
                workflow: Some("ci".to_owned()),
                path: None,
                title: None,
                event: "push".to_owned(),
                branch: None,
                commit: "c0ffee".to_owned(),
                started: Moment::parse(started).unwrap(),
                conclusion: Some(Conclusion::Success),
                duration: Some(Millis::of_seconds(100 * id)),
                elapsed: None,
                so_far: None,
            },
            jobs,
            flaky: Vec::new(),
            missing: 0,
            notes: None,
            outcomes: Vec::new(),
        }
    }

    #[test]
    fn an_attempt_counts_once_and_weeks_begin_on_monday() {
        let report = report(&[
            record(1, 1, "2026-11-22T23:00:00Z", vec![]),
            record(1, 1, "2026-11-22T23:00:00Z", vec![job("a", Conclusion::Success, 10)]),
            record(2, 1, "2026-11-23T00:00:00Z", vec![]),
            record(4, 1, "2026-11-29T00:00:00Z", vec![]),
        ]);
        let weeks: Vec<_> = report
            .weeks
            .iter()
            .map(|(day, week)| (*day, week.counts.success, week.duration))
            .collect();
        let wanted = [
            ((2026, 11, 16), 1, Some(Millis::of_seconds(100))),
            ((2026, 11, 23), 2, Some(Millis::of_seconds(300))),
        ];
        assert_eq!((report.attempts, weeks), (3, wanted.to_vec()));
        assert_eq!(report.weeks[0].1.job_time, Millis::of_seconds(10));
    }

    #[test]
    fn jobs_are_ranked_by_what_one_in_twenty_takes() {
        let times =
            |name: &str, times: [u64; 3]| times.map(|time| job(name, Conclusion::Success, time));
        let jobs = [times("steady", [50, 50, 50]), times("odd", [1, 1, 900])].concat();
        let report = report(&[record(1, 1, "2026-11-22T23:00:00Z", jobs)]);
        let found: Vec<_> =
            report.jobs.iter().map(|it| (it.job.as_str(), it.p50.0, it.p95.0)).collect();
        assert_eq!(found, [("odd", 1000, 900_000), ("steady", 50_000, 50_000)]);
        let queue = &report.queues[0];
        assert_eq!((queue.jobs, queue.p50.0, queue.longest.0), (6, 5_000, 90_000));
    }

    #[test]
    fn a_job_that_failed_and_passed_on_one_commit_is_flaky() {
        let day = "2026-11-22T23:00:00Z";
        let failed = record(
            1,
            1,
            day,
            vec![job("test", Conclusion::Failure, 1), job("lint", Conclusion::Failure, 1)],
        );
        let passed = record(
            1,
            2,
            day,
            vec![job("test", Conclusion::Success, 1), job("lint", Conclusion::Failure, 1)],
        );
        let mut other = record(2, 1, day, vec![job("lint", Conclusion::Success, 1)]);
        other.run.commit = "decade".to_owned();
        let flaky = report(&[failed, passed, other]).flaky;
        assert_eq!(flaky, BTreeMap::from([(("ci".to_owned(), "test".to_owned()), 1)]));
    }

    #[test]
    fn what_jobs_said_that_a_rerun_kept_counts_once_and_is_never_lost() {
        let line = |attempt: u64| {
            format!(
                r#"{{"signalbox-outcome":1,"tool":"gate-check","command":"run","job":"gate","attempt":{attempt},"exit":1,"facts":{{"blocking":["a{attempt}"]}}}}"#
            )
        };
        let with = |attempt: u64, lines: &[u64]| {
            let mut record = record(1, attempt, "2026-11-22T23:00:00Z", vec![]);
            let lines: Vec<String> = lines.iter().map(|attempt| line(*attempt)).collect();
            record.outcomes = read_outcomes(lines.join("\n").as_bytes()).0;
            record
        };
        let blocked = |records: &[Record]| -> Vec<(String, u64)> {
            let gates = report(records).gates.into_iter();
            gates.map(|(gate, effect)| (gate, effect.blocked)).collect()
        };
        let wanted = |all: &[(&str, u64)]| -> Vec<(String, u64)> {
            all.iter().map(|(gate, count)| ((*gate).to_owned(), *count)).collect()
        };
        let (one, two) = (with(1, &[1, 1]), with(2, &[1, 2]));
        assert_eq!(blocked(&[one.clone(), two.clone()]), wanted(&[("a1", 2), ("a2", 1)]));
        assert_eq!(blocked(&[two.clone(), one]), wanted(&[("a1", 2), ("a2", 1)]));
        // Nobody kept a record of the first attempt.
        assert_eq!(blocked(std::slice::from_ref(&two)), wanted(&[("a1", 1), ("a2", 1)]));
        let three = with(3, &[1, 2, 3]);
        assert_eq!(
            blocked(&[two.clone(), three.clone()]),
            wanted(&[("a1", 1), ("a2", 1), ("a3", 1)])
        );
        assert_eq!(blocked(&[three, two]), wanted(&[("a1", 1), ("a2", 1), ("a3", 1)]));
        // The record of the first attempt was made without what its jobs left.
        assert_eq!(blocked(&[with(1, &[]), with(2, &[1, 2])]), wanted(&[("a1", 1), ("a2", 1)]));
    }

    #[test]
    fn a_gate_is_told_by_what_it_kept_out() {
        let line = |blocking: &str| {
            format!(
                r#"{{"signalbox-outcome":1,"tool":"gate-check","command":"run","job":"gate","exit":1,"facts":{{"blocking":{blocking}}}}}"#
            )
        };
        let lines =
            [line(r#"["tests","tests"]"#), line("[]"), line(r#"["tests","lint"]"#)].join("\n");
        let mut record = record(1, 1, "2026-11-22T23:00:00Z", vec![]);
        record.outcomes = read_outcomes(lines.as_bytes()).0;
        let gates = report(&[record]).gates;
        assert_eq!(gates["tests"], Effect { blocked: 2, decisions: 3 });
        assert_eq!(gates["lint"].share(), Share::new(1, 3));
    }
}
