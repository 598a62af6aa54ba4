//! `match` on a fleet that GitHub lists, from a server on this machine.

use serde_json::{Value, json};
use testkit::{Answer, Server, Told, Tool};

use crate::tool::{annotations, check_no_answer, output, step};

const JOBS: &str = "[jobs.unit]\nmin-memory = \"40GB\"\n";
const LABELS: &str = "[[label]]\nname = \"l40s\"\nmodel = \"l40s\"\ngpus = 1\n[[label]]\nname = \"t4\"\nmodel = \"t4\"\ngpus = 1\n";

/// A runner as GitHub writes it.
fn runner(id: u64, name: &str, state: &str, labels: &[&str]) -> Value {
    let labels: Vec<Value> =
        labels.iter().map(|label| json!({"id": 1, "name": label, "type": "custom"})).collect();
    json!({"id": id, "runner_group_id": 1, "name": name, "os": "linux",
        "status": if state == "offline" { "offline" } else { "online" },
        "busy": state == "busy", "labels": labels})
}

fn page(runners: &[Value]) -> Answer {
    let all = json!({"total_count": runners.len(), "runners": runners});
    Answer::new(200, all.to_string())
}

fn asking(server: &Server, inputs: &[(&str, &str)]) -> Tool {
    step(inputs)
        .env("SIGNALBOX_TOKEN", "ghp_Sesame0123456789")
        .env("SIGNALBOX_API_URL", server.url())
        .file(".github/gpu-jobs.toml", JOBS)
        .file(".github/gpu-fleet.toml", LABELS)
}

fn decision(told: &Told) -> (String, Value) {
    let decision = output(told, "decisions")["unit"].as_str().unwrap().to_owned();
    (decision, output(told, "runs-on")["unit"].clone())
}

#[track_caller]
fn check(runners: &[Value], inputs: &[(&str, &str)], decided: &str, runs_on: Value) {
    let server = Server::new([page(runners)]);
    let told = asking(&server, inputs).run();
    assert_eq!(decision(&told), (decided.to_owned(), runs_on), "{}", told.stdout);
    assert_eq!(server.requests().len(), 1);
    assert!(!told.stdout.replace("::add-mask::ghp_Sesame0123456789", "").contains("Sesame"));
}

#[test]
fn what_is_idle_runs_what_is_busy_is_waited_for() {
    let fits = json!(["l40s"]);
    let idle = runner(1, "a", "idle", &["self-hosted", "L40S"]);
    let busy = runner(1, "a", "busy", &["self-hosted", "L40S"]);
    let offline = runner(1, "a", "offline", &["self-hosted", "L40S"]);
    let other = runner(2, "b", "idle", &["self-hosted", "t4"]);
    check(&[idle.clone(), other.clone()], &[], "run", fits.clone());
    check(&[busy.clone(), other.clone()], &[], "wait", fits.clone());
    check(&[busy, other.clone()], &[("on-busy", "fallback")], "fail", Value::Null);
    check(&[offline.clone(), other.clone()], &[], "fail", Value::Null);
    check(&[offline.clone(), other.clone()], &[("on-offline", "wait")], "wait", fits);
    let cpu = [("on-no-match", "cpu")];
    check(&[offline, other.clone()], &cpu, "cpu", json!("ubuntu-latest"));
    // A runner that is offline is not busy, whatever it was when it was last seen.
    let mut both = runner(1, "a", "offline", &["L40S"]);
    both["busy"] = json!(true);
    check(&[both, other.clone()], &[("on-offline", "wait")], "wait", json!(["l40s"]));
    check(&[runner(1, "a", "idle", &["no-gpu"]), other], &[], "fail", Value::Null);
}

#[test]
fn a_runner_on_the_second_page_counts() {
    let others = (1..=100).map(|id| runner(id, &format!("t4-{id}"), "idle", &["t4"]));
    let first: Vec<Value> = others.collect();
    let of = |runners: &[Value]| {
        Answer::new(200, json!({"total_count": 101, "runners": runners}).to_string())
    };
    let server = Server::new([of(&first), of(&[runner(101, "a", "idle", &["l40s", "t4-not"])])]);
    let told = asking(&server, &[]).run();
    assert_eq!(decision(&told), ("run".to_owned(), json!(["l40s"])), "{}", told.stdout);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_group_that_the_repository_does_not_see_is_out_of_reach() {
    let mut hidden = runner(1, "a", "idle", &["l40s"]);
    hidden["runner_group_id"] = json!(9);
    let groups = json!({"total_count": 1, "runner_groups": [{"id": 1, "name": "Default", "visibility": "all",
        "default": true, "runners_url": "x", "inherited": false, "allows_public_repositories": true,
        "restricted_to_workflows": false, "selected_workflows": [],
        "workflow_restrictions_read_only": false}]});
    let server = Server::new([page(&[hidden]), Answer::new(200, groups.to_string())]);
    let told = asking(&server, &[("scope-of-runners", "org")]).run();
    assert_eq!((told.exit, decision(&told).0), (1, "fail".to_owned()), "{}", told.stdout);
    assert!(annotations(&told, "error")[0].contains("1 out of reach"), "{}", told.stdout);
    assert_eq!(server.requests().len(), 2);
    assert!(server.requests()[1].target.contains("visible_to_repository="));
}

#[test]
fn pods_of_a_scale_set_have_no_labels_and_are_asked_for_by_its_name() {
    let pod = runner(1, "l40s-set-8xk2p-runner-abcde", "busy", &[]);
    let server = Server::new([page(&[pod])]);
    let set = "[[scale-set]]\nname = \"l40s-set\"\nmax = 2\nmodel = \"l40s\"\ngpus = 1\n";
    let told = asking(&server, &[]).file(".github/gpu-fleet.toml", set).run();
    assert_eq!(decision(&told), ("run".to_owned(), json!("l40s-set")), "{}", told.stdout);
    // Without the scale set nobody gets there.
    let server = Server::new([page(&[runner(1, "l40s-set-8xk2p-runner-abcde", "idle", &[])])]);
    let told = asking(&server, &[]).run();
    assert_eq!((told.exit, decision(&told).0), (1, "fail".to_owned()), "{}", told.stdout);
}

#[test]
fn a_hundred_and_more_labels_are_read() {
    let mut labels: Vec<String> = (0..120).map(|number| format!("label-{number}")).collect();
    labels.push("l40s".to_owned());
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let rival: Vec<&str> =
        labels.iter().copied().filter(|it| *it != "l40s").chain(["t4"]).collect();
    let fleet = [runner(1, "a", "idle", &labels), runner(2, "b", "idle", &rival)];
    check(&fleet, &[], "run", json!(["l40s"]));
}

#[test]
fn what_github_does_not_say_is_told_with_what_to_grant() {
    let refused = |status: u16, message: &str| {
        Server::new([Answer::new(status, json!({"message": message}).to_string())])
    };
    let server = refused(403, "Resource not accessible by integration");
    let told = asking(&server, &[]).run();
    check_no_answer(&told, 2, "(403)");
    let [error] = &annotations(&told, "error")[..] else { panic!("{}", told.stdout) };
    assert!(error.contains("Administration"), "{error}");
    check_no_answer(&asking(&refused(401, "Bad credentials"), &[]).run(), 2, "(401)");
    check_no_answer(&asking(&refused(404, "Not Found"), &[]).run(), 2, "(404)");

    // Only who says so goes on with what is written down, and is told.
    let fleet = "[[runner]]\nname = \"a\"\nlabels = [\"l40s\"]\nmodel = \"l40s\"\ngpus = 1\n";
    let server = refused(403, "Resource not accessible by integration");
    let told =
        asking(&server, &[("on-unknown", "static")]).file(".github/gpu-fleet.toml", fleet).run();
    assert_eq!(decision(&told), ("run".to_owned(), json!(["l40s"])), "{}", told.stdout);
    assert!(annotations(&told, "warning")[0].contains("(403)"));
}

#[test]
fn without_a_token_github_is_not_asked() {
    let told = step(&[("fleet-source", "api")]).file(".github/gpu-jobs.toml", JOBS).run();
    check_no_answer(&told, 2, "without a token, GitHub does not list runners");
}
