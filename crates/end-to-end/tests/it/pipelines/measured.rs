//! What runs and deployments come to: the callers run word for word against a server that answers as GitHub and
//! as a storage.

use std::fs;

use serde_json::Value;
use testkit::{Answer, Request, Server};

use super::examples::example;
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
