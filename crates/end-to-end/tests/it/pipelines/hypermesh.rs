//! Five crates that need each other, and five gates.

use super::{Do, Monorepo, ran_jobs};

/// The gates look at the whole repository, whatever has changed.
const GATES: [&str; 7] = [
    "quality-gates/plan",
    "quality-gates/evidence compile",
    "quality-gates/evidence security",
    "quality-gates/evidence performance",
    "quality-gates/evidence coverage",
    "quality-gates/evidence docs",
    "quality-gates/gate",
];

const TWO: [&str; 5] = ["rust/plan", "rust/lint", "rust/test 1/2", "rust/test 2/2", "rust/gate"];
const ONE: [&str; 4] = ["rust/plan", "rust/lint", "rust/test 1/1", "rust/gate"];
const NONE: [&str; 2] = ["rust/plan", "rust/gate"];

#[track_caller]
fn check(change: &[Do<'_>], rust: &[&str]) {
    Monorepo::new("hypermesh").check(change, &[&GATES, rust].concat());
}

fn touch(path: &str) -> Do<'_> {
    Do::Append(path, "// A change.\n")
}

#[test]
fn a_leaf_runs_its_own_test() {
    check(&[touch("caesar/src/lib.rs")], &ONE);
}

#[test]
fn the_transport_runs_everything() {
    check(&[touch("stoq/src/lib.rs")], &TWO);
}

#[test]
fn the_middle_runs_what_needs_it() {
    check(&[touch("hypermesh/src/lib.rs")], &TWO);
}

#[test]
fn documents_run_no_test() {
    check(&[Do::Append("README.md", "A word.\n")], &NONE);
}

#[test]
fn the_workflow_itself_runs_everything() {
    check(&[Do::Append(".github/workflows/ci.yml", "# A change.\n")], &TWO);
}

#[test]
fn the_settings_of_cargo_run_everything() {
    check(&[Do::Write(".cargo/config.toml", "[build]\nincremental = false\n")], &TWO);
}

#[test]
fn a_gate_that_is_missed_is_red() {
    let bench = "#!/usr/bin/env bash\nprintf '[{\"name\": \"stoq/throughput\", \"unit\": \"Gbps\", \"value\": 2.9}]\\n'\n";
    let ran = Monorepo::new("hypermesh").run(&[Do::Write("scripts/bench", bench)]);
    let failed: Vec<String> = ran
        .log
        .jobs()
        .filter(|job| !job.failed_steps.is_empty())
        .map(|job| format!("{}/{}", job.called, job.id))
        .collect();
    assert_eq!(failed, ["quality-gates/gate"], "{:?}", ran_jobs(&ran));
    let said: Vec<&str> = ran.log.annotations().iter().map(|it| it.message.as_str()).collect();
    assert!(said.iter().any(|it| it.contains("stoq/throughput")), "{said:?}");
}
