//! This workspace's own test suite, shared out by `org/actions/shard@v1` and run by act.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use end_to_end::act::Ran;
use end_to_end::suite::{self, Outcome, Report, Suite, prove, read_reports, write_json};
use end_to_end::workspace_root;
use testkit::Scratch;

use crate::shared;

const WORKFLOW: &str = include_str!("../../workflows/own-suite.yml");
const SHARDS: usize = 4;

/// The tests of this workspace, found once.
fn own_tests() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    SUITE.get_or_init(|| suite::of_workspace(&workspace_root()).unwrap())
}

/// Runs the workflow over `suite`, with these times and `change` made to the workflow before.
fn share_out(suite: &Suite, change: impl FnOnce(&str) -> String) -> Ran {
    let scratch = Scratch::new();
    let suite_file = scratch.at("suite.json");
    write_json(&suite_file, suite).unwrap();
    let timings = scratch.write("timings.json", timings(suite));
    let act = shared::act(&change(WORKFLOW))
        .env("OWN_SUITE", env!("CARGO_BIN_EXE_suite"))
        .env("OWN_SUITE_FILE", suite_file)
        .env("OWN_TIMINGS", timings)
        .env("OWN_SHARDS", SHARDS.to_string());
    act.run().unwrap()
}

/// Some times, uneven, in knapsack's form.
fn timings(suite: &Suite) -> String {
    let times: std::collections::BTreeMap<String, f64> = suite
        .items()
        .into_iter()
        .zip((1..=7_u8).cycle())
        .map(|(item, weight)| (item, f64::from(weight)))
        .collect();
    serde_json::to_string(&times).unwrap()
}

fn reports(ran: &Ran) -> Vec<Report> {
    read_reports(&ran.artifacts()).unwrap()
}

#[test]
fn every_test_of_this_workspace_runs_exactly_once() {
    let suite = own_tests();
    let ran = share_out(suite, str::to_owned);
    let legs: Vec<u64> = (0..SHARDS as u64).collect();
    let proof = prove(&suite.items(), &legs, &reports(&ran));
    assert!(proof.holds(), "{proof}\n{}\n{}", failures(&reports(&ran)), ran.log.said);
    assert!(proof.items > 100, "the discovery found {} tests only", proof.items);
    let jobs = [("plan", 1), ("test", SHARDS), ("prove", 1)];
    assert_eq!(ran.log.wrongs(&jobs), Vec::<String>::new());
    for leg in 0..SHARDS {
        let junit = fs::read(ran.artifacts().join(format!("report-{leg}/junit.xml"))).unwrap();
        assert!(junit.starts_with(b"<?xml"));
    }
}

/// What the failed tests wrote: this is the only place where somebody would look for it.
fn failures(reports: &[Report]) -> String {
    let ran = reports.iter().flat_map(|report| &report.ran);
    let failed = ran.filter_map(|execution| match &execution.outcome {
        Outcome::Failed(said) => Some(format!("{}: {said}\n", execution.item)),
        Outcome::Passed | Outcome::NotRun(_) | Outcome::Received => None,
    });
    failed.collect()
}

/// Names instead of programs: the same road, quick enough to be broken in several ways.
fn names() -> Suite {
    Suite::Names((0..40).map(|name| format!("spec/{name:02}_spec.rb")).collect())
}

#[test]
fn legs_that_no_runner_takes_break_the_proof() {
    let ran = share_out(&names(), |workflow| {
        let here = "runs-on: ubuntu-latest\n    strategy:";
        assert!(workflow.contains(here));
        workflow.replace(here, "runs-on: gpu\n    strategy:")
    });
    let wrongs = ran.log.wrongs(&[("plan", 1), ("test", SHARDS), ("prove", 1)]);
    let never = wrongs.iter().filter(|wrong| wrong.contains("never ran")).count();
    assert_eq!(never, SHARDS, "{wrongs:?}");
    assert!(wrongs.contains(&"every test ran exactly once: failed".to_owned()), "{wrongs:?}");
    let proof = prove(&names().items(), &[0, 1, 2, 3], &reports(&ran));
    assert_eq!((proof.silent_legs.len(), proof.missing.len()), (SHARDS, 40));
}

/// The step of the workflow itself, as the last job runs it.
#[track_caller]
fn check_proof(spoil: impl FnOnce(&mut Vec<Report>), wanted: &str) {
    let scratch = Scratch::new();
    let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let suite = Suite::Names(names.clone());
    write_json(&scratch.at("suite.json"), &suite).unwrap();
    let around = suite::Surroundings::here().unwrap();
    let mut reports: Vec<Report> = names
        .chunks(2)
        .zip(0..)
        .map(|(items, leg)| Report {
            leg,
            ran: suite::run(&suite, items, &around, |_| {}).unwrap(),
        })
        .collect();
    spoil(&mut reports);
    for (at, report) in reports.iter().enumerate() {
        write_json(&scratch.at(Path::new("reports").join(at.to_string()).join("ran.json")), report)
            .unwrap();
    }
    let matrix = r#"{"include":[{"index":0},{"index":1}]}"#;
    let mut program = Command::new(env!("CARGO_BIN_EXE_suite"));
    program.arg("prove").arg(scratch.at("suite.json")).arg(matrix).arg(scratch.at("reports"));
    let output = program.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.trim_end(), wanted);
    assert_eq!(output.status.success(), wanted.contains("exactly once"));
}

#[test]
fn the_proof_holds_when_nothing_is_spoiled() {
    check_proof(|_| {}, "4 items were handed out exactly once, in 2 legs");
}

#[test]
fn a_dropped_leg_is_named_with_its_tests() {
    check_proof(
        |reports| drop(reports.pop()),
        "did not run (2):\n  c\n  d\ndid not report (1):\n  leg 1",
    );
}

#[test]
fn a_doubled_test_is_named() {
    check_proof(
        |reports| {
            let twice = reports[0].ran[0].clone();
            reports[1].ran.push(twice);
        },
        "ran more than once (1):\n  \"a\" in the legs [0, 1]",
    );
}

#[test]
fn a_renamed_test_is_named() {
    check_proof(
        |reports| reports[1].ran[1].item = "e".to_owned(),
        "did not run (1):\n  d\nran, but was not found before (1):\n  e",
    );
}
