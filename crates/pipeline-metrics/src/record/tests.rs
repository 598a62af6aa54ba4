//! Re-runs, cancelled and skipped jobs, approvals, and what holds of any jobs.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// Seconds after a run's creation, as GitHub writes them.
fn at(seconds: i64) -> String {
    Moment::of_seconds(1_795_000_000 + seconds).to_string()
}

/// A run of this attempt that began so many seconds after the first, and is over.
fn run(attempt: u64, began: i64) -> String {
    format!(
        r#"{{"id":10,"name":"ci","run_number":1,"run_attempt":{attempt},"event":"push","head_branch":"main","head_sha":"c0ffee",
        "status":"completed","conclusion":"success","created_at":"{}","run_started_at":"{}","updated_at":"{}"}}"#,
        at(0),
        at(began),
        at(100_000)
    )
}

/// A job with its attempt, name, conclusion and times.
fn job(id: u64, attempt: u64, name: &str, conclusion: &str, times: [i64; 3]) -> String {
    let [created, started, completed] = times.map(at);
    let (status, conclusion) = match conclusion {
        "" => ("in_progress", "null".to_owned()),
        word => ("completed", format!("\"{word}\"")),
    };
    format!(
        r#"{{"id":{id},"run_id":10,"run_attempt":{attempt},"name":"{name}","status":"{status}","conclusion":{conclusion},
        "created_at":"{created}","started_at":"{started}","completed_at":"{completed}","labels":["ubuntu-latest"],"runner_name":"r"}}"#
    )
}

fn of(texts: &[String]) -> Record {
    let mut answers = Answers::new();
    for text in texts {
        answers.read(text.as_bytes()).unwrap();
    }
    let run = answers.newest(None).unwrap().clone();
    record(&answers, &run, Beside::default())
}

fn standings(record: &Record) -> Vec<(u64, Standing)> {
    let mut found: Vec<_> = record.jobs.iter().map(|job| (job.id, job.standing)).collect();
    found.sort();
    found
}

#[test]
fn a_job_that_a_rerun_kept_is_in_no_sum() {
    // As GitHub lists the second attempt: `build` was kept, `test` was run again.
    let record = of(&[
        run(2, 1000),
        job(1, 1, "build", "success", [0, 10, 110]),
        job(2, 1, "test", "failure", [110, 120, 200]),
        job(3, 2, "test", "success", [1000, 1030, 1100]),
    ]);
    let wanted = [(1, Standing::Reused), (2, Standing::Superseded), (3, Standing::Ran)];
    assert_eq!(standings(&record), wanted);
    let sums = record.sums();
    assert_eq!((sums.queue, sums.duration), (Millis(30_000), Millis(70_000)));
    assert_eq!((sums.counts.success, sums.counts.failure, sums.reused), (1, 0, 1));
    assert_eq!(record.flaky, ["test"]);
    assert_eq!(record.run.duration, Some(Millis(100_000)));
}

/// A page of jobs, of so many in all.
fn page(total: usize, jobs: &[String]) -> String {
    format!(r#"{{"total_count":{total},"jobs":[{}]}}"#, jobs.join(","))
}

#[test]
fn pages_that_are_cut_short_show() {
    let times = [0, 10, 110];
    let first = [job(1, 1, "a", "success", times), job(2, 1, "b", "failure", times)];
    let second = [job(3, 2, "b", "success", [1000, 1010, 1100])];
    // All attempts of the run are in one list, whose second page is gone.
    assert_eq!(of(&[run(2, 1000), page(3, &first)]).missing, 1);
    assert_eq!(of(&[run(2, 1000), page(3, &first), page(3, &second)]).missing, 0);
    // A later attempt is no job of this one that is missing.
    assert_eq!(of(&[run(1, 0), page(3, &first), page(3, &second)]).missing, 0);
    // A job that stands on both pages has pushed another one out.
    assert_eq!(
        of(&[run(2, 1000), page(4, &first), page(4, &[&first[1..], &second].concat())]).missing,
        1
    );
    // The attempts as lists of their own, and a total below what there is.
    assert_eq!(of(&[run(2, 1000), page(2, &first), page(1, &second)]).missing, 0);
    // Not a single one of five.
    assert_eq!(of(&[run(1, 0), page(5, &[])]).missing, 5);
}

#[test]
fn a_kept_job_with_a_new_time_of_creation_is_still_of_its_attempt() {
    // Created with the second attempt, begun and ended in the first: the wait would be below zero.
    let record = of(&[
        run(2, 1000),
        job(1, 2, "build", "success", [1000, 10, 110]),
        job(3, 2, "test", "success", [1000, 1030, 1100]),
    ]);
    assert_eq!(standings(&record), [(1, Standing::Reused), (3, Standing::Ran)]);
    assert_eq!(record.sums().queue, Millis(30_000));
}

#[test]
fn a_runner_whose_clock_is_behind_makes_no_wait_below_zero() {
    let record = of(&[run(1, 0), job(1, 1, "build", "success", [11, 10, 20])]);
    assert_eq!(record.jobs[0].queue, Some(Millis(0)));
}

#[test]
fn skipped_cancelled_and_unfinished_jobs_are_told_apart() {
    let skipped = job(1, 1, "deploy", "skipped", [5, 5, 5]).replace("\"r\"", "null");
    let cancelled = job(2, 1, "slow", "cancelled", [5, 9, 30]);
    let never = job(3, 1, "never", "cancelled", [5, 30, 30]).replace("\"r\"", "null");
    let own = job(4, 1, "metrics", "", [40, 41, 0]);
    let late = job(5, 1, "late", "timed_out", [5, 9, 39]);
    let record = of(&[run(1, 0), skipped, cancelled, never, own, late]);
    let times: Vec<_> = record
        .jobs
        .iter()
        .map(|job| (job.name.as_str(), job.queue.is_some(), job.duration))
        .collect();
    let wanted = [
        ("deploy", false, None),
        ("late", true, Some(Millis(30_000))),
        ("metrics", false, None),
        ("never", false, None),
        ("slow", true, Some(Millis(21_000))),
    ];
    assert_eq!(times, wanted);
    let sums = record.sums();
    let counts = sums.counts;
    assert_eq!((counts.skipped, counts.cancelled, counts.timed_out), (1, 2, 1));
    assert_eq!((sums.unfinished, counts.success_rate()), (1, Share::new(0, 1)));
    assert_eq!(record.run.elapsed, Some(Millis(39_000)));
}

#[test]
fn a_run_that_is_not_over_has_no_duration() {
    let going = run(1, 0)
        .replace("\"completed\",\"conclusion\":\"success\"", "\"in_progress\",\"conclusion\":null");
    let record = of(&[
        going,
        job(1, 1, "build", "failure", [0, 1, 11]),
        job(2, 1, "metrics", "", [11, 12, 0]),
    ]);
    assert_eq!((record.run.duration, &record.run.conclusion), (None, &None));
    assert_eq!(record.run.elapsed, Some(Millis(11_000)));
    assert_eq!(record.run.so_far, Some(Conclusion::Failure));
}

#[test]
fn a_workflow_that_could_not_begin_failed_without_jobs() {
    let record = of(&[run(1, 0).replace("\"success\"", "\"startup_failure\"")]);
    assert_eq!(record.run.conclusion, Some(Conclusion::StartupFailure));
    assert_eq!((record.sums().counts.success_rate(), record.run.so_far), (None, None));
    let mut counts = Counts::default();
    counts.add(&Conclusion::StartupFailure);
    assert_eq!(counts.success_rate(), Share::new(0, 1));
}

#[test]
fn an_approval_is_no_waiting_for_a_runner() {
    let status = |id: u64, state: &str, seconds: i64| {
        format!(
            r#"{{"id":{id},"state":"{state}","created_at":"{}","deployment_url":"https://x/deployments/5",
            "log_url":"https://github.com/o/r/actions/runs/10/job/1"}}"#,
            at(seconds)
        )
    };
    let record = of(&[
        run(1, 0),
        job(1, 1, "deploy", "success", [0, 620, 700]),
        status(9, "success", 700),
        status(8, "in_progress", 620),
        status(7, "queued", 600),
        status(6, "waiting", 0),
    ]);
    let job = &record.jobs[0];
    assert_eq!((job.approval, job.queue), (Some(Millis(600_000)), Some(Millis(20_000))));
    assert_eq!(record.sums().approval, Millis(600_000));
}

#[test]
fn jobs_that_were_not_handed_over_are_counted() {
    let mut page = String::from(r#"{"total_count":3,"jobs":["#);
    write!(page, "{}]}}", job(1, 1, "build", "success", [0, 1, 2])).unwrap();
    assert_eq!(of(&[run(1, 0), page]).missing, 2);
}

const ENDS: [&str; 6] = ["success", "failure", "timed_out", "cancelled", "skipped", ""];

proptest! {
    /// Held against a calculation that knows nothing of standings: it goes through the jobs of the attempt.
    #[test]
    fn sums_are_those_of_a_slow_calculation(
        jobs in prop::collection::vec((1_u64..4, 0_u8..5, 0_usize..6, -5_i64..100, 0_i64..100), 0..20)
    ) {
        let began = |attempt: u64| i64::try_from(attempt - 1).unwrap() * 10_000;
        let mut texts = vec![run(3, began(3))];
        let (mut queue, mut duration, mut success, mut judged) = (0_i64, 0_i64, 0_u64, 0_u64);
        for (number, (attempt, name, end, waits, takes)) in (1_u64..).zip(jobs) {
            let created = began(attempt) + 100;
            let started = created + waits;
            let times = [created, started, started + takes];
            texts.push(job(number, attempt, &format!("job {name}"), ENDS[end], times));
            if attempt == 3 && end < 4 {
                queue += waits.max(0);
                duration += takes;
                success += u64::from(end == 0);
                judged += u64::from(end < 3);
            }
        }
        let sums = of(&texts).sums();
        prop_assert_eq!(sums.queue.0, u64::try_from(queue * 1000).unwrap());
        prop_assert_eq!(sums.duration.0, u64::try_from(duration * 1000).unwrap());
        prop_assert_eq!(sums.counts.success_rate(), Share::new(success, judged));
    }
}
