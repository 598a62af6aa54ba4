//! What is read of saved answers, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::Moment;

const RUN: &str = r#"{"id":10,"name":"ci","run_number":3,"run_attempt":2,"event":"push","head_branch":"main",
 "head_sha":"c0ffee","status":"completed","conclusion":"success","display_title":"t","path":".github/workflows/ci.yml",
 "created_at":"2026-11-22T12:00:00Z","run_started_at":"2026-11-22T12:30:00Z","updated_at":"2026-11-22T12:40:00Z"}"#;

fn job(id: u64) -> String {
    format!(
        r#"{{"id":{id},"run_id":10,"run_attempt":2,"head_sha":"c0ffee","name":"test ({id})","status":"completed",
        "conclusion":"failure","created_at":"2026-11-22T12:30:01Z","started_at":"2026-11-22T12:30:05Z",
        "completed_at":"2026-11-22T12:31:05Z","labels":["self-hosted","gpu"],"runner_name":"r1","steps":[
        {{"name":"build","number":1,"conclusion":"success","started_at":"2026-11-22T12:30:05Z","completed_at":null}}]}}"#
    )
}

fn page(ids: &[u64], total: usize) -> String {
    let jobs: Vec<String> = ids.iter().map(|id| job(*id)).collect();
    format!(r#"{{"total_count":{total},"jobs":[{}]}}"#, jobs.join(","))
}

fn read_all(text: &str) -> Result<Answers, NotAnswers> {
    let mut answers = Answers::new();
    answers.read(text.as_bytes()).map(|()| answers)
}

#[test]
fn pages_are_read_however_they_were_saved() {
    let one = page(&[1, 2], 3);
    let two = page(&[3], 3);
    let ways = [
        format!("{one}\n{two}\n"),
        format!("{one}{two}"),
        format!("[{one},{two}]"),
        format!("\u{feff}[[{one}],[{two}]]"),
        format!("[{},{}]\n{}", job(1), job(2), job(3)),
    ];
    for way in ways {
        let read = read_all(&way).unwrap();
        assert_eq!(read.jobs.keys().copied().collect::<Vec<_>>(), [1, 2, 3], "{way}");
    }
    let read = read_all(&format!("{RUN}{one}")).unwrap();
    assert_eq!(read.totals[&Some(10)], 3);
    let run = read.newest(None).unwrap();
    assert_eq!((run.id, run.attempt, run.event.as_str()), (10, 2, "push"));
    assert_eq!(run.started, Moment::parse("2026-11-22T12:30:00Z"));
    let job = &read.jobs[&1];
    assert_eq!(job.labels, ["gpu", "self-hosted"]);
    assert_eq!(job.conclusion, Some(Conclusion::Failure));
    assert_eq!((job.steps.len(), job.steps[0].completed), (1, None));
}

#[test]
fn deployments_issues_and_comparisons_are_known_by_their_keys() {
    let text = r#"[{"id":5,"sha":"c0ffee","ref":"main","environment":"production","task":"deploy",
        "statuses_url":"https://x/deployments/5/statuses","created_at":"2026-11-22T12:00:00Z"}]
      [{"id":7,"state":"waiting","created_at":"2026-11-22T12:00:01Z","deployment_url":"https://x/deployments/5",
        "environment":"production","log_url":"https://github.com/o/r/actions/runs/10/job/1","target_url":""},
       {"id":8,"state":"brand_new","created_at":"2026-11-22T12:00:01Z","deployment_url":"https://x/deployments/5"}]
      [{"number":3,"state":"open","labels":[{"name":"incident"},"p1"],"body":null,"created_at":"2026-11-22T12:00:01Z",
        "closed_at":null},
       {"number":4,"state":"open","labels":[],"body":"","created_at":"2026-11-22T12:00:01Z","pull_request":{"url":""}}]
      {"status":"ahead","total_commits":1,"merge_base_commit":{},"commits":[{"sha":"c0ffee","commit":
        {"committer":{"date":"2026-11-22T11:00:00Z"}}}]}
      {"message":"Not Found"}"#;
    let read = read_all(text).unwrap();
    assert_eq!(read.deployments[&5].environment, "production");
    let statuses: Vec<_> =
        read.statuses.values().map(|it| (it.deployment, it.state, it.job)).collect();
    let wanted = [(5, DeploymentState::Waiting, Some(1)), (5, DeploymentState::Other, None)];
    assert_eq!(statuses, wanted);
    assert_eq!(read.issues.keys().copied().collect::<Vec<_>>(), [3]);
    assert_eq!(read.issues[&3].labels, ["incident", "p1"]);
    assert_eq!(read.comparisons["c0ffee"].total, 1);
    assert_eq!(read.unknown, 1);
}

#[track_caller]
fn check_refused(text: &str, line: u64, column: u64, why: &str) {
    let wrong = read_all(text).unwrap_err();
    assert!(wrong.why.contains(why), "{wrong:?}");
    assert_eq!((wrong.line, wrong.column), (line, column), "{wrong:?}");
}

#[test]
fn what_is_no_answer_is_refused_at_its_place() {
    check_refused("", 1, 1, "no answer");
    check_refused(" \n", 1, 1, "no answer");
    check_refused("<html>", 1, 1, "expected value");
    check_refused("{}\n  7", 2, 3, "expected an object");
    check_refused("{\"jobs\":\n [{}]}", 2, 4, "missing field `id`");
    check_refused("[[[[{}]]]]", 1, 4, "too deep");
    check_refused(&RUN.replace("2026-11-22T12:00:00Z", "yesterday"), 3, 25, "yesterday");
    check_refused("{\"jobs\": [", 1, 10, "EOF");
    check_refused(&"[".repeat(1_000_000), 1, 1_000_000, "EOF");
    check_refused(
        r#"{"id":1,"state":"success","created_at":"2026-11-22T12:00:01Z","deployment_url":"x/y"}"#,
        1,
        1,
        "`deployment_url`",
    );
}

#[test]
fn a_name_is_kept_as_far_as_anybody_reads() {
    let long = RUN.replace("\"ci\"", &format!("\"{}\"", "é".repeat(100_000)));
    let name = read_all(&long).unwrap().newest(None).unwrap().name.clone().unwrap();
    assert_eq!(name.chars().count(), 1024);
}

proptest! {
    #[test]
    fn any_bytes_are_answers_or_refused_at_a_place_in_them(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(wrong) = Answers::new().read(&bytes) {
            let lines = bytes.split(|byte| *byte == b'\n').count() as u64;
            prop_assert!(wrong.line >= 1 && wrong.line <= lines, "{:?}", wrong);
        }
    }

    #[test]
    fn a_cut_page_is_refused(cut in 1_usize..400) {
        let whole = page(&[1], 1);
        let cut = cut.min(whole.len() - 1);
        if whole.is_char_boundary(cut) {
            prop_assert!(whole.get(..cut).is_some_and(|cut| read_all(cut).is_err()));
        }
    }
}
