//! A test fails, newer timings come, and the failed leg runs again.

use std::fs;
use std::process::Command;

use end_to_end::act::Ran;
use serde_json::{Value, json};
use testkit::Scratch;

use super::projects::{self, Project};
use super::{Cache, JOBS, WORKFLOW, answer, legs_by_test, suite};
use crate::frameworks::npm;
use crate::shared;

const RUN: u64 = 4711;

/// The first attempt, in which a test failed, and timings that are newer than its plan.
struct Failed {
    project: Project,
    scratch: Scratch,
    cache: Cache,
    ran: Ran,
    leg: u64,
}

impl Failed {
    /// Runs the project. Every test runs once, and `verify` is content: a test that failed has run.
    fn new(project: Project) -> Self {
        let (scratch, cache) = (Scratch::new(), Cache(Scratch::new()));
        let ran = suite(&project, WORKFLOW)
            .attempt(RUN, 1)
            .cache(cache.0.path())
            .env("RAN", scratch.at("first"))
            .env("FAILING", project.failing)
            .run()
            .unwrap();
        let legs = legs_by_test(&scratch.at("first"));
        assert_eq!(legs.keys().cloned().collect::<Vec<_>>(), sorted(&project.tests));
        let leg = legs[project.failing];
        let failed = ran.log.failed_legs("test");
        assert_eq!(failed.len(), 1, "{failed:?} {}", ran.log.said);
        assert_eq!(
            (&failed[0].failed_steps[..], &failed[0].matrix["index"]),
            (&["Run it".to_owned()][..], &json!(leg))
        );
        check_verified(&ran, &project, "1 of those that ran failed");
        let plan = fs::read(ran.artifacts().join("shard-plan/shard-plan.json")).unwrap();
        // The plan of somebody else's list: so the tool's own discovery found these items, no others.
        assert_eq!(String::from_utf8(plan).unwrap(), planned(&project, None));
        let failed = Self { project, scratch, cache, ran, leg };
        failed.save_newer_timings();
        failed
    }

    /// Saves timings from which a plan would put the failed test on a shard that does not run again.
    fn save_newer_timings(&self) {
        let mut timings: Value = serde_json::from_str(&self.cache.newest()).unwrap();
        let tests = timings["tests"].as_array_mut().unwrap();
        let mut heavy = 0;
        for test in tests.iter_mut() {
            let fell_over = test.to_string().contains("falls");
            heavy += u32::from(fell_over);
            test["micros"] = json!([[1, if fell_over { 60_000_000 } else { 1_000_000 }]]);
        }
        assert_eq!(heavy, 1, "{tests:?}");
        timings["recent"] = json!([[RUN + 1, 1]]);
        let timings = timings.to_string();
        let anew: Value = serde_json::from_str(&planned(&self.project, Some(&timings))).unwrap();
        assert_eq!(anew["weighing"], "time");
        let shard = anew["shards"].as_array().unwrap().iter().find(|shard| {
            let mut items = shard["items"].as_array().unwrap().iter();
            items.any(|item| self.project.failing.starts_with(item["name"].as_str().unwrap()))
        });
        assert_ne!(shard.unwrap()["index"], self.leg, "the test would not move: {anew}");
        self.cache.save(&timings);
    }

    /// Runs the failed leg again, and what needs it; nothing fails on purpose any more.
    fn again(&self, workflow: &str) -> Ran {
        let _ = fs::remove_file(self.scratch.at("second"));
        self.cache.forget_all_but(2);
        let act = suite(&self.project, workflow)
            .attempt(RUN, 2)
            .cache(self.cache.0.path())
            .env("RAN", self.scratch.at("second"));
        act.re_run(&self.ran, "plan", "test", "index").unwrap().run().unwrap()
    }

    /// The tests that wrote themselves down in the second attempt.
    fn ran_again(&self) -> Vec<String> {
        let legs = legs_by_test(&self.scratch.at("second"));
        assert!(legs.values().all(|leg| *leg == self.leg), "{legs:?}");
        legs.into_keys().collect()
    }
}

fn sorted(tests: &[String]) -> Vec<String> {
    let mut tests = tests.to_vec();
    tests.sort();
    tests
}

/// The plan of the project's items, in four shards, made outside of any job.
fn planned(project: &Project, timings: Option<&str>) -> String {
    let scratch = Scratch::new();
    scratch.write("items.json", json!(project.items).to_string());
    let mut tool = Command::new(shared::tools().join("shard-splitter"));
    tool.current_dir(scratch.path()).env_clear();
    tool.args(["plan", "--items", "items.json", "--shards", "4", "--framework", project.framework]);
    if let Some(timings) = timings {
        scratch.write("timings.json", timings);
        tool.args(["--timings", "timings.json"]);
    }
    let output = tool.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    scratch.read_text("shard-plan.json")
}

#[track_caller]
fn check_verified(ran: &Ran, project: &Project, words: &str) {
    assert_eq!(answer(ran, "verify"), (0, "[]".to_owned()));
    let outputs = ran.log.outputs("verify", "shard");
    let numbers = ["missing", "doubled", "unknown-tests", "unreported"].map(|name| outputs[name]);
    assert_eq!((outputs["verified"], numbers), ("true", ["0"; 4]));
    let summary = ran.log.summaries("verify").concat();
    let count = format!("each of {} tests was on exactly one shard", project.items.len());
    assert!(summary.contains(&count) && summary.contains(words), "{summary}");
}

/// Both times every test ran exactly once, and the one that failed ran again.
fn check(project: Project) -> Failed {
    let failed = Failed::new(project);
    let again = failed.again(WORKFLOW);
    let jobs = JOBS.map(|(job, legs)| (job, if job == "test" { 1 } else { legs }));
    assert_eq!(again.log.wrongs(&jobs), Vec::<String>::new(), "{}", again.log.said);
    let first = legs_by_test(&failed.scratch.at("first"));
    let of_leg = first.into_iter().filter(|(_, leg)| *leg == failed.leg);
    let of_leg: Vec<String> = of_leg.map(|(test, _)| test).collect();
    assert_eq!(failed.ran_again(), of_leg);
    assert!(of_leg.iter().any(|test| test == failed.project.failing));
    assert!(of_leg.len() < failed.project.tests.len());
    check_verified(&again, &failed.project, "0 of those that ran failed");
    failed
}

#[test]
fn nextest() {
    check(projects::nextest());
}

#[test]
fn vitest() {
    check(projects::vitest(npm().join("node_modules").to_str().unwrap()));
}

/// And no way to lose tests in a re-run gets past.
#[test]
fn pytest() {
    let failed = check(projects::pytest());
    check_without_plan(&failed);
    check_another_plan(&failed);
    check_missing_record(&failed);
}

/// The workflow with `before` as `after` in the legs, which is the only place where it stands.
fn changed(workflow: &str, before: &str, after: &str) -> String {
    assert_eq!(workflow.matches(before).count(), 1, "{before}");
    workflow.replace(before, after)
}

/// The workflow whose legs do not find the plan.
fn without_plan() -> String {
    let fetched = "          name: shard-plan\n      - name: Bring";
    changed(WORKFLOW, fetched, &fetched.replace("plan\n", "plan\n          path: elsewhere\n"))
}

/// Without its plan the leg refuses to run anything.
fn check_without_plan(failed: &Failed) {
    let again = failed.again(&without_plan());
    let (exit, said) = answer(&again, "test");
    assert_eq!(exit, 2, "{said}");
    assert!(said.contains("attempt 2 of this run has no plan file"), "{said}");
    assert!(said.contains("a plan that is made anew could move a failed test"), "{said}");
    assert_eq!(failed.ran_again(), Vec::<String>::new());
    assert!(!again.log.failed_legs("test").is_empty());
}

/// A leg that plans anew is green and did not run the test that failed: `verify` finds out.
fn check_another_plan(failed: &Failed) {
    let anew = changed(
        &without_plan(),
        "          plan-digest: ${{ needs.plan.outputs.plan-digest }}\n",
        "          on-missing-plan: recompute\n",
    );
    let again = failed.again(&anew);
    assert!(again.log.failed_legs("test").is_empty(), "{}", again.log.said);
    let ran_again = failed.ran_again();
    assert!(!ran_again.is_empty(), "the leg ran nothing");
    assert!(!ran_again.iter().any(|test| test == failed.project.failing), "{ran_again:?}");
    let (exit, said) = answer(&again, "verify");
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains(&format!("1 shard followed another plan: {}", failed.leg + 1)), "{said}");
    assert_ne!(again.log.outputs("verify", "shard")["missing"], "0");
    let summary = again.log.summaries("verify").concat();
    assert!(summary.contains(failed.project.failing), "{summary}");
}

/// All is green, and what a leg that was green in the first attempt ran is not known.
fn check_missing_record(failed: &Failed) {
    let other = (failed.leg + 1) % 4;
    fs::remove_dir_all(failed.ran.artifacts().join(format!("record-{other}-1"))).unwrap();
    let again = failed.again(WORKFLOW);
    assert!(again.log.failed_legs("test").is_empty(), "{}", again.log.said);
    let (exit, said) = answer(&again, "verify");
    assert_eq!(exit, 1, "{said}");
    assert_eq!(again.log.outputs("verify", "shard")["unreported"], "1");
    assert!(said.contains(&format!("1 shard never reported: {}", other + 1)), "{said}");
}
