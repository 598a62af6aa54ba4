//! Timings from run to run, through the cache.

use end_to_end::act::{Act, Ran};
use serde_json::{Value, json};
use testkit::Scratch;

use super::{Cache, JOBS, WORKFLOW, projects, suite};

/// The repository that act believes to be in.
const OWN: &str = "example/project";

/// What GitHub tells of a pull request from the repository `head`.
fn pull_request(head: &str) -> Value {
    let side = |repository: &str, reference: &str| json!({"sha": "a".repeat(40), "ref": reference, "repo": {"full_name": repository}});
    json!({
        "action": "opened",
        "number": 7,
        "pull_request": {"number": 7, "draft": false, "labels": [], "base": side(OWN, "main"), "head": side(head, "topic")},
        "repository": {"full_name": OWN, "default_branch": "main"},
    })
}

/// The run of this number, with all jobs green.
fn run(cache: &Cache, number: u64, change: impl FnOnce(Act) -> Act) -> Ran {
    let scratch = Scratch::new();
    let act = suite(&projects::pytest(), WORKFLOW).attempt(number, 1).cache(cache.0.path());
    let ran = change(act.env("RAN", scratch.at("ran"))).run().unwrap();
    assert_eq!(ran.log.wrongs(&JOBS), Vec::<String>::new(), "{}", ran.log.said);
    ran
}

#[track_caller]
fn check(ran: &Ran, known_percent: &str, written: &str) {
    assert_eq!(ran.log.outputs("plan", "shard")["known-percent"], known_percent);
    assert_eq!(ran.log.outputs("merge", "shard")["written"], written);
}

#[test]
fn the_next_run_knows_every_time_and_a_fork_changes_none() {
    let cache = Cache(Scratch::new());
    check(&run(&cache, 1, |act| act), "0.000", "true");
    check(&run(&cache, 2, |act| act), "100.000", "true");
    assert_eq!(cache.entries().len(), 2);
    let timings: Value = serde_json::from_str(&cache.newest()).unwrap();
    assert_eq!(timings["runs"], 2);

    // A fork's pull request plans by these times, and leaves none.
    let fork =
        run(&cache, 3, |act| act.event("pull_request").payload(&pull_request("fork/project")));
    check(&fork, "100.000", "false");
    assert_eq!(cache.entries().len(), 2);
}
