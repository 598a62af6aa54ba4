//! What a run cost, where that is stored, the figures of DORA and the weekly review.

use insta::assert_snapshot;
use serde_json::Value;
use testkit::{Answer, Request, Scratch, Server, Told, Tool};

use crate::tool::{local, step};

const RUN: &str = r#"{"id":4711,"name":"ci","run_number":3,"run_attempt":2,"event":"push","head_branch":"main",
 "head_sha":"c0ffee","status":"in_progress","conclusion":null,"created_at":"2026-11-22T12:00:00Z",
 "run_started_at":"2026-11-22T13:00:00Z","updated_at":"2026-11-22T13:20:00Z"}"#;

/// A job with its attempt, name, conclusion (none while it runs) and minutes of the day.
fn job(
    id: u64,
    attempt: u64,
    name: &str,
    conclusion: &str,
    [created, started, completed]: [u64; 3],
) -> String {
    let at = |minutes: u64| format!("\"2026-11-22T{:02}:{:02}:00Z\"", minutes / 60, minutes % 60);
    let (status, conclusion, completed) = match conclusion {
        "" => ("in_progress", "null".to_owned(), "null".to_owned()),
        word => ("completed", format!("\"{word}\""), at(completed)),
    };
    format!(
        r#"{{"id":{id},"run_id":4711,"run_attempt":{attempt},"name":{name:?},"status":"{status}","conclusion":{conclusion},
        "created_at":{},"started_at":{},"completed_at":{completed},"labels":["ubuntu-latest"],"runner_name":"r"}}"#,
        at(created),
        at(started)
    )
}

/// The jobs of the second attempt, as GitHub lists them with `filter=all`.
fn jobs() -> Vec<String> {
    vec![
        job(1, 1, "build", "success", [720, 721, 730]),
        job(2, 1, "test", "failure", [730, 731, 740]),
        job(3, 2, "test", "success", [780, 782, 790]),
        job(4, 2, "lint | \n::error::x", "failure", [780, 781, 783]),
        job(5, 2, "metrics", "", [795, 796, 0]),
    ]
}

fn page(jobs: &[String], total: usize) -> String {
    format!(r#"{{"total_count":{total},"jobs":[{}]}}"#, jobs.join(","))
}

/// The tool in a folder with these answers.
fn saved(tool: Tool) -> Tool {
    tool.file("answers/run.json", RUN).file("answers/jobs.json", page(&jobs(), 5))
}

fn collect(inputs: &[(&str, &str)]) -> Tool {
    let all = [&[("command", "metrics-collect"), ("responses", "answers/*.json")], inputs].concat();
    saved(step(&all))
}

/// The tool with all files of another run beside it.
fn beside(tool: Tool, files: &Scratch) -> Tool {
    tool.scratch().copy_from(files.path());
    tool
}

#[track_caller]
fn check(told: &Told, exit: i32) {
    assert_eq!(told.exit, exit, "{}\n{}", told.stdout, told.stderr);
}

/// The document that an output names.
fn document(told: &Told, output: &str) -> Value {
    let runner = told.runner.as_ref().unwrap();
    let files = runner.files();
    let file = files.iter().find(|file| runner.at(file).to_str() == Some(&told.outputs[output]));
    serde_json::from_slice(&runner.read(file.unwrap())).unwrap()
}

#[test]
fn a_run_is_measured_by_saved_answers() {
    let told = collect(&[]).run();
    check(&told, 0);
    assert_eq!(told.outputs["success-rate"], "50.0");
    let document = document(&told, "metrics-path");
    let sums = &document["sums"];
    // Kept and superseded jobs of the first attempt are in no sum: two and one minutes of waiting are.
    assert_eq!(sums["queue_ms"], 180_000);
    assert_eq!((&sums["reused"], &sums["unfinished"]), (&1.into(), &1.into()));
    assert_eq!(sums["success_rate"], serde_json::json!({"part": 1, "whole": 2}));
    let run = &document["run"];
    assert_eq!((&run["duration_ms"], &run["elapsed_ms"]), (&Value::Null, &600_000.into()));
    assert_eq!(
        (&run["so_far"], &document["flaky"]),
        (&"failure".into(), &serde_json::json!(["test"]))
    );
    assert_snapshot!(told.summary);
}

#[test]
fn lines_of_our_own_tools_are_kept_with_the_run() {
    let line = |found: &str, attempt: &str| {
        format!(
            "{{\"signalbox-outcome\":1,\"tool\":\"cache-key\",\"command\":\"explain\",\"job\":\"test\",{attempt}\"exit\":0,\"facts\":{{\"expectation\":\"{found}\",\"cache-family\":\"rust-*\"}}}}\n"
        )
    };
    let tool = collect(&[
        ("outcomes", "artifacts/**/*.json"),
        ("openmetrics-file", "m.txt"),
        ("job-times-file", "t.json"),
    ]);
    let told = tool
        .file("artifacts/a/cache-key-1.json", line("exact", "\"attempt\":2,"))
        .file("artifacts/b/cache-key-2.json", line("miss", "\"attempt\":2,"))
        // A job that was kept said this in the first attempt, whose record has it; and one that is to come.
        .file("artifacts/c/cache-key-3.json", line("exact", ""))
        .file("artifacts/c/cache-key-4.json", line("exact", "\"attempt\":1,"))
        .file("artifacts/c/cache-key-5.json", line("exact", "\"attempt\":3,"))
        .file("artifacts/b/odd.json", "{}")
        .run();
    check(&told, 0);
    let document = document(&told, "metrics-path");
    let wanted = serde_json::json!([{"family": "rust-*", "exact": 1, "partial": 0, "miss": 1}]);
    assert_eq!(document["caches"], wanted);
    let attempts: Vec<_> =
        document["outcomes"].as_array().unwrap().iter().map(|it| &it["attempt"]).collect();
    assert_eq!(attempts, [1, 1, 2, 2]);
    assert!(
        told.stdout.contains("1 lines of our own tools were not understood"),
        "{}",
        told.stdout
    );
    assert_snapshot!(told.scratch.read_text("m.txt"));
    // What shard-splitter reads as times.
    let mut times = Vec::new();
    let text = told.scratch.read("t.json");
    reports::read(&mut text.as_slice(), &reports::Options::default(), &mut |sample| {
        times.push(sample.time);
    })
    .unwrap();
    let micros = |seconds: u64| reports::Time::Known(reports::Micros(seconds * 1_000_000));
    assert_eq!(times, [micros(120), micros(480)]);
    assert_snapshot!(told.scratch.read_text("t.json"), @r#"
    {
      "lint | \n::error::x": 120.000,
      "test": 480.000
    }
    "#);
}

/// GitHub, with a run of 130 jobs and one deployment.
fn github() -> Server {
    Server::replying(|request: &Request| {
        let many = |ids: std::ops::Range<u64>| {
            let jobs =
                ids.map(|id| job(id, 1, &format!("test ({id})"), "success", [720, 721, 722]));
            page(&jobs.collect::<Vec<_>>(), 130)
        };
        let body = match request.target.split('?').next().unwrap() {
            "/repos/org/mono/actions/runs/4711/attempts/1" => {
                RUN.replace("\"run_attempt\":2", "\"run_attempt\":1")
            }
            "/repos/org/mono/actions/runs/4711/jobs" if request.target.ends_with("page=1") => {
                many(0..100)
            }
            "/repos/org/mono/actions/runs/4711/jobs" => many(100..130),
            _ => {
                return Answer::new(403, r#"{"message":"Resource not accessible by integration"}"#);
            }
        };
        Answer::new(200, body)
    })
}

#[test]
fn github_is_asked_page_by_page_and_needs_no_more_than_it_is_given() {
    let server = github();
    let told = step(&[
        ("command", "metrics-collect"),
        ("token", "ghs_secret"),
        ("responses-folder", "kept"),
    ])
    .env("GITHUB_API_URL", server.url())
    .run();
    check(&told, 0);
    assert_eq!(document(&told, "metrics-path")["sums"]["success"], 130);
    assert!(told.stdout.contains("deployments: read"), "{}", told.stdout);
    let is_authorized = |it: &Request| it.headers["authorization"] == "Bearer ghs_secret";
    assert!(server.requests().iter().all(is_authorized));
    // What was saved says the same once more, and nobody is asked.
    let again = step(&[("command", "metrics-collect"), ("responses", "kept/*.json")]);
    let again = beside(again, &told.scratch).run();
    check(&again, 0);
    assert_eq!(document(&again, "metrics-path"), document(&told, "metrics-path"));
}

#[test]
fn what_cannot_be_measured_fails_only_who_asks_for_it() {
    let asked = |strict: &str| {
        let server = Server::replying(|_| Answer::new(401, r#"{"message":"Bad credentials"}"#));
        step(&[("command", "metrics-collect"), ("token", "x"), ("strict-metrics", strict)])
            .env("GITHUB_API_URL", server.url())
            .run()
    };
    let told = asked("false");
    check(&told, 0);
    assert_eq!(told.outputs["collected"], "false");
    assert!(
        told.stdout.contains("::warning") && !told.stdout.contains("::error"),
        "{}",
        told.stdout
    );
    let told = asked("true");
    check(&told, 2);
    assert!(told.stdout.contains("::error"), "{}", told.stdout);
    // Without a token, without answers, with answers of something else, and cut off.
    check(&step(&[("command", "metrics-collect"), ("strict-metrics", "true")]).run(), 2);
    for odd in ["", "<html>", "{\"jobs\": [", "{}", "[7]"] {
        let told = step(&[
            ("command", "metrics-collect"),
            ("strict-metrics", "true"),
            ("responses", "a.json"),
        ])
        .file("a.json", odd)
        .run();
        check(&told, 2);
    }
    let told = step(&[("command", "metrics-collect"), ("responses", "none/*.json")]).run();
    check(&told, 0);
    assert!(told.stdout.contains("No file is meant by"), "{}", told.stdout);
}

/// A push of the record of `a_run`, with keys in the environment.
fn push(server: &Server, inputs: &[(&str, &str)]) -> Told {
    let record = collect(&[("metrics-file", "record.json")]).run().scratch;
    let all =
        [&[("command", "metrics-push"), ("metrics", "record.json"), ("bucket", "metrics")], inputs];
    beside(step(&all.concat()), &record)
        .env("SIGNALBOX_STORAGE_ENDPOINT", server.url())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalr-secret")
        .run()
}

#[test]
fn a_record_is_stored_under_the_name_of_its_attempt() {
    let server = Server::new([Answer::new(503, ""), Answer::new(500, ""), Answer::new(200, "")]);
    let told = push(&server, &[("storage-prefix", "/ci/")]);
    check(&told, 0);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[2].target, "/metrics/ci/org/mono/2026/11/22/4711-2.json");
    let stored: Value = serde_json::from_slice(&requests[2].body).unwrap();
    assert_eq!(stored["run"]["attempt"], 2);
    assert_eq!(told.outputs["pushed"], format!("[\"{}{}\"]", server.url(), requests[2].target));
    let shown = told.stdout.lines().filter(|line| !line.starts_with("::add-mask::"));
    assert!(!shown.collect::<String>().contains("wJalr") && !told.summary.contains("wJalr"));
}

#[test]
fn a_record_that_is_not_stored_is_in_the_summary_and_fails_only_who_asks_for_it() {
    let refuse =
        || Server::replying(|_| Answer::new(403, "<Error><Code>AccessDenied</Code></Error>"));
    let server = refuse();
    let told = push(&server, &[]);
    check(&told, 0);
    assert_eq!((told.outputs["pushed"].as_str(), server.requests().len()), ("[]", 1));
    assert!(told.summary.contains("signalbox-metrics"), "{}", told.summary);
    assert!(told.stdout.contains("AccessDenied"), "{}", told.stdout);
    check(&push(&refuse(), &[("strict-metrics", "true")]), 2);
    let without = step(&[
        ("command", "metrics-push"),
        ("metrics", "*.json"),
        ("bucket", "abc"),
        ("strict-metrics", "true"),
    ])
    .file("a.json", "{}")
    .run();
    check(&without, 2);
}

#[test]
fn a_record_that_has_no_name_keeps_no_other_from_being_stored() {
    let server = Server::new([Answer::new(200, "")]);
    let folder = collect(&[("metrics-file", "b.json")]).run().scratch;
    // Whoever wrote this wants it to lie somewhere else.
    let record = folder.read_text("b.json");
    folder.write("a.json", record.replace("org/mono", "org/../../mono"));
    let all = [("command", "metrics-push"), ("metrics", "*.json"), ("bucket", "metrics")];
    let told = beside(step(&all), &folder)
        .env("SIGNALBOX_STORAGE_ENDPOINT", server.url())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalr-secret")
        .run();
    check(&told, 0);
    let stored = format!("[\"{}/metrics/org/mono/2026/11/22/4711-2.json\"]", server.url());
    assert_eq!(told.outputs["pushed"], stored, "{}", told.stdout);
    assert!(told.stdout.contains("the name of the object is none"), "{}", told.stdout);
    assert!(told.summary.contains("1 of 2 stored"), "{}", told.summary);
}

/// Two deployments, an incident, and what the second one brought.
const DEPLOYED: &str = r#"[{"id":1,"sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","environment":"production","statuses_url":"","created_at":"2026-11-10T12:00:00Z"},
{"id":2,"sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","environment":"production","statuses_url":"","created_at":"2026-11-12T12:00:00Z"}]
[{"id":11,"state":"success","deployment_url":"https://x/deployments/1","created_at":"2026-11-10T12:10:00Z"},
 {"id":12,"state":"success","deployment_url":"https://x/deployments/2","created_at":"2026-11-12T12:10:00Z"}]
{"merge_base_commit":{},"total_commits":1,"commits":[{"sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","commit":{"message":"x","committer":{"date":"2026-11-12T11:30:00Z"}}}]}
[{"number":9,"state":"closed","labels":[{"name":"incident"}],"body":"deploy: 2","created_at":"2026-11-12T13:00:00Z","closed_at":"2026-11-12T13:10:00Z"}]"#;

fn dora(config: &str, answers: &str) -> Told {
    step(&[
        ("command", "metrics-dora"),
        ("deployed-to", "production"),
        ("responses", "a.json"),
        ("measured-until", "2026-11-22T00:00:00Z"),
    ])
    .file("a.json", answers)
    .file(".github/signalbox.toml", config)
    .run()
}

#[test]
fn the_figures_of_dora_are_held_against_targets() {
    let met = "[metrics.dora]\nlead-time-below = '1h'\ntime-to-restore-below = '15m'\n";
    let told = dora(met, DEPLOYED);
    check(&told, 0);
    assert_eq!(told.outputs["targets-met"], "true");
    let strict = format!("{met}change-failure-rate-below = '50%'\nmin-deployments-per-week = 10\n");
    let told = dora(&strict, DEPLOYED);
    check(&told, 1);
    assert_snapshot!(told.summary);
    let figures: Value = serde_json::from_str(&told.outputs["dora"]).unwrap();
    assert_eq!(figures["change_failure_rate"], serde_json::json!({"part": 1, "whole": 2}));
    // Nobody knows what the first one brought.
    let lead = serde_json::json!({"of": "deployments-with-all-commits", "part": 1, "whole": 2});
    assert_eq!(figures["rests_on"]["lead_time"], lead);
    assert_eq!(
        (&figures["lead_time_ms"], &figures["time_to_restore_ms"]),
        (&2_400_000.into(), &600_000.into())
    );
}

#[test]
fn no_data_meets_no_target() {
    let told = dora("[metrics.dora]\nlead-time-below = '1h'\n", "[]");
    check(&told, 2);
    assert_eq!(told.outputs["targets-met"], "unknown");
    let figures: Value = serde_json::from_str(&told.outputs["dora"]).unwrap();
    assert_eq!(figures["lead_time_ms"], Value::Null);
    assert_eq!(figures["rests_on"]["change_failure_rate"], Value::Null);
    check(&dora("", "[]"), 0);
    let told = dora("[metrics.dora]\nlead-time = '1h'\n", "[]");
    check(&told, 2);
    assert_eq!(told.outputs["dora"], "");
}

#[test]
fn many_runs_come_to_a_review() {
    let record = collect(&[("metrics-file", "records/1.json")]).run().scratch;
    let told = step(&[
        ("command", "metrics-report"),
        ("metrics", "records/*.json"),
        ("review-file", "review.md"),
    ]);
    let told = beside(told, &record).run();
    check(&told, 0);
    assert_snapshot!(told.scratch.read_text("review.md"));
    let odd = local(&["metrics", "report", "--metrics", "a.json"])
        .file("a.json", r#"{"signalbox-metrics":2}"#)
        .run();
    check(&odd, 2);
    assert!(odd.stderr.contains("version 2"), "{}", odd.stderr);
}
