//! What runs and deployments come to: the callers run word for word against a server that answers as GitHub and
//! as a storage.

use std::fs;

use end_to_end::act::Ran;
use end_to_end::workspace_root;
use serde_json::{Value, json};
use testkit::{Answer, Request, Server};

use super::examples::example;
use super::{folder, push};
use crate::shared;

const RUN: &str = r#"{"id":4711,"name":"build","run_number":3,"run_attempt":1,"event":"push","head_branch":"main",
 "head_sha":"c0ffee","status":"in_progress","conclusion":null,"created_at":"2026-11-22T12:00:00Z",
 "run_started_at":"2026-11-22T12:00:00Z","updated_at":"2026-11-22T12:20:00Z"}"#;

const JOBS: &str = r#"{"total_count":1,"jobs":[{"id":1,"run_id":4711,"run_attempt":1,"name":"build","status":"completed",
 "conclusion":"failure","created_at":"2026-11-22T12:00:00Z","started_at":"2026-11-22T12:01:00Z",
 "completed_at":"2026-11-22T12:11:00Z","labels":["ubuntu-latest"],"runner_name":"r"}]}"#;

fn answer(request: &Request) -> Answer {
    let target = request.target.as_str();
    match request.method.as_str() {
        "PUT" => Answer::new(200, ""),
        _ if target.contains("/attempts/") => Answer::new(200, RUN),
        _ if target.contains("/jobs?") => Answer::new(200, JOBS),
        _ if target.contains("/actions/runs?") => {
            Answer::new(200, r#"{"total_count":0,"workflow_runs":[]}"#)
        }
        _ => Answer::new(200, "[]"),
    }
}

#[test]
fn a_run_that_failed_is_measured_and_stored() {
    let server = Server::replying(answer);
    let failing = example("metrics").replace("echo \"build\"", "exit 1");
    let ran = shared::act(&failing)
        .env("GITHUB_API_URL", server.url())
        .var("STORAGE_ENDPOINT", &server.url())
        .secret("GITHUB_TOKEN", "a-token")
        .secret("STORAGE_KEY_ID", "an-id")
        .secret("STORAGE_SECRET", "a-secret")
        .attempt(4711, 1)
        .run()
        .unwrap();
    assert_eq!(ran.log.failed_legs("build").len(), 1);
    assert!(ran.log.failed_legs("collect").is_empty(), "{:#?}", ran.log.annotations());
    let record = fs::read(ran.artifacts().join("metrics/metrics.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(record["run"]["id"], 4711);
    let requests = server.requests();
    let stored: Vec<&Request> = requests.iter().filter(|it| it.method == "PUT").collect();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].target, "/build-metrics/example/project/2026/11/22/4711-1.json");
    assert_eq!(serde_json::from_slice::<Value>(&stored[0].body).unwrap(), record);
}

#[test]
fn what_is_missed_is_red() {
    let run = |targets: &str| {
        let server = Server::replying(answer);
        shared::act(&example("dora"))
            .file(".github/signalbox.toml", targets)
            .event("schedule")
            .env("GITHUB_API_URL", server.url())
            .secret("GITHUB_TOKEN", "a-token")
            .run()
            .unwrap()
    };
    let ran = run("[metrics.dora]\n");
    assert_eq!(
        ran.log.wrongs(&[("dora", 1)]),
        Vec::<String>::new(),
        "{:#?}",
        ran.log.annotations()
    );
    let figures: Value = serde_json::from_str(ran.log.outputs("dora", "dora")["dora"]).unwrap();
    assert_eq!(figures["lead_time_ms"], Value::Null, "{figures:#}");
    let ran = run("[metrics.dora]\nmin-deployments-per-week = 10\n");
    assert_eq!(ran.log.failed_legs("dora").len(), 1);
}

/// A sample of Prometheus.
fn sample(value: &str) -> Answer {
    let body = format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[1763726400,"{value}"]}}]}}}}"#
    );
    Answer::new(200, body)
}

/// A run of the canary example with a server whose error rate is this after so many questions; the weights that
/// the canary was given, in order.
fn canary(error_rate: &'static str, after: usize) -> (Ran, Vec<String>) {
    let mut asked = 0;
    let server = Server::replying(move |request| {
        asked += 1;
        let is = |word: &str| request.target.contains(word);
        sample(match () {
            () if is("errors") && asked > after => error_rate,
            () if is("errors") => "0.001",
            () if is("p99") => "0.1",
            () => "1",
        })
    });
    let policy = fs::read_to_string(folder("hypermesh").join(".github/signalbox.toml")).unwrap();
    let policy = policy.replace("\"5m\"", "\"400ms\"").replace("\"30s\"", "\"100ms\"");
    let act = shared::act(&example("canary"))
        .folder(&folder("hypermesh"))
        .file(".github/signalbox.toml", policy)
        .programs(&workspace_root().join("crates/end-to-end/stand-ins/programs"))
        .var("PROMETHEUS", &server.url());
    let commit = act.commit("released").unwrap();
    act.git(&["tag", "v1.2.3"]).unwrap();
    let before = "0000000000000000000000000000000000000000";
    let ran = act.payload(&push("refs/tags/v1.2.3", before, &commit)).run().unwrap();
    let told = fs::read_to_string(ran.artifacts().join("told.txt")).unwrap();
    let weight = |line: &str| line.split_once("canary-weight=").map(|(_, it)| it.to_owned());
    let mut weights: Vec<String> = told.lines().filter_map(weight).collect();
    // On a busy machine a window can have too few moments, and is watched once more.
    weights.dedup();
    (ran, weights)
}

#[test]
fn a_healthy_canary_gets_all_traffic() {
    let (ran, weights) = canary("0.001", 0);
    assert_eq!(
        ran.log.wrongs(&[("canary", 1)]),
        Vec::<String>::new(),
        "{:#?}",
        ran.log.annotations()
    );
    assert_eq!(weights, ["10", "25", "50", "75", "100"]);
    assert_eq!(ran.log.outputs("canary", "walk")["next-weight"], "100");
}

#[test]
fn a_canary_with_errors_gets_none() {
    // Twenty questions a step: the third step is beyond.
    let (ran, weights) = canary("0.02", 45);
    assert_eq!(ran.log.failed_legs("canary").len(), 1);
    assert_eq!(weights, ["10", "25", "50", "0"]);
    let outputs = ran.log.outputs("canary", "walk");
    assert_eq!(outputs["next-weight"], "0");
    assert!(outputs["reason"].contains("error-rate"), "{outputs:?}");
}

const ALERTS: &str = "[alerts]\n[[alerts.rule]]\nname = \"error-rate\"\nquery = \"errors\"\nwarn = \"0.5%\"\n\
    critical = \"1%\"\n";

/// A run of the monitor with this error rate, and this issue open; what gh was told, and what the channel was.
fn monitored(error_rate: &'static str, issue: &str) -> (Ran, Vec<String>, Vec<Request>) {
    monitored_for(error_rate, issue, 200)
}

/// The same with a channel that answers with this status.
fn monitored_for(
    error_rate: &'static str,
    issue: &str,
    status: u16,
) -> (Ran, Vec<String>, Vec<Request>) {
    let server = Server::replying(move |_| sample(error_rate));
    let channel = Server::replying(move |_| Answer::new(status, "ok"));
    let ran = shared::act(&example("monitor"))
        .file(".github/signalbox.toml", ALERTS)
        .programs(&workspace_root().join("crates/end-to-end/stand-ins/programs"))
        .event("schedule")
        .env("OPEN_ISSUE", issue)
        .var("PROMETHEUS", &server.url())
        .secret("GITHUB_TOKEN", "a-token")
        .secret("CHANNEL_URL", &channel.url())
        .run()
        .unwrap();
    let told = fs::read_to_string(ran.artifacts().join("told.txt")).unwrap_or_default();
    let words = |line: &str| line.split(" --").next().unwrap_or_default().to_owned();
    (ran, told.lines().map(words).collect(), channel.requests())
}

#[test]
fn what_is_critical_is_told_once_and_red_until_it_is_over() {
    let (ran, told, channel) = monitored("0.02", "");
    assert_eq!(ran.log.failed_legs("watch").len(), 1, "{:#?}", ran.log.annotations());
    let listed = "gh issue list";
    let created = ["gh label create signalbox-alerts", "gh issue create", "gh issue edit 7"];
    assert_eq!(told, [&[listed][..], &created].concat());
    assert_eq!(channel.len(), 1);
    let said: Value = serde_json::from_slice(&channel[0].body).unwrap();
    assert!(said["text"].as_str().unwrap().starts_with("Alerts: critical [\"error-rate\"], as "));

    let known = r#"{"number": 7, "title": "Alerts: critical [\"error-rate\"]"}"#;
    let (ran, told, channel) = monitored("0.02", known);
    assert_eq!(ran.log.failed_legs("watch").len(), 1);
    assert_eq!((told, channel.len()), (vec!["gh issue list".to_owned()], 0));
}

#[test]
fn an_issue_is_closed_when_all_is_well() {
    let (ran, told, channel) = monitored("0.001", r#"{"number": 7, "title": "Alerts: critical"}"#);
    assert_eq!(
        ran.log.wrongs(&[("watch", 1)]),
        Vec::<String>::new(),
        "{:#?}",
        ran.log.annotations()
    );
    assert_eq!(told, ["gh issue list", "gh issue close 7"]);
    assert_eq!(channel.len(), 1);
    let (ran, told, channel) = monitored("0.001", "");
    assert_eq!(ran.log.wrongs(&[("watch", 1)]), Vec::<String>::new());
    assert_eq!((told, channel.len()), (vec!["gh issue list".to_owned()], 0));
}

#[test]
fn no_answer_is_not_well() {
    let (ran, told, _) = monitored("NaN", "");
    let opened = told.contains(&"gh issue create".to_owned());
    assert!(opened, "{told:?} {:#?}", ran.log.annotations());
}

/// The issue as a run has left it.
fn issue_after(ran: &Ran) -> String {
    let told = fs::read_to_string(ran.artifacts().join("told.txt")).unwrap();
    let titled = |line: &str| {
        let (_, title) = line.split_once(" --title ")?;
        Some(title.split(" --").next().unwrap_or_default().to_owned())
    };
    let title = told.lines().filter_map(titled).next_back().unwrap();
    json!({"number": 7, "title": title}).to_string()
}

#[test]
fn what_the_channel_could_not_be_told_it_is_told_by_the_next_run() {
    let (ran, told, channel) = monitored_for("0.02", "", 503);
    assert_eq!((ran.log.failed_legs("watch").len(), channel.len()), (1, 1));
    assert_eq!(told.last().map(String::as_str), Some("gh issue create"));

    // As long as it cannot be told, it is tried, and the issue gets no further word.
    let issue = issue_after(&ran);
    let (_, told, channel) = monitored_for("0.02", &issue, 503);
    assert_eq!((told, channel.len()), (vec!["gh issue list".to_owned()], 1));

    let (ran, told, channel) = monitored("0.02", &issue);
    assert_eq!(
        (told, channel.len()),
        (["gh issue list", "gh issue edit 7"].map(str::to_owned).to_vec(), 1)
    );

    let (_, told, channel) = monitored("0.02", &issue_after(&ran));
    assert_eq!((told, channel.len()), (vec!["gh issue list".to_owned()], 0));

    // An issue stays open until it is told that all is well.
    let (ran, told, channel) = monitored_for("0.001", &issue, 503);
    assert_eq!((ran.log.failed_legs("watch").len(), channel.len()), (1, 1));
    assert_eq!(told, ["gh issue list"]);
}
