//! Jobs: the one that others are judged by, and those that run the code of strangers.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, text};

use super::Lint;
use super::document::{Document, Job};
use crate::Verdict;

/// How many gates of one file are looked at, each against all jobs, and how many jobs one names.
const MOST_GATES: usize = 100;
const MOST_NAMES: usize = 10;

/// Judges the jobs that decide whether a change may be merged.
pub(super) fn judge_gates(lint: &mut Lint<'_>, document: &Document<'_>) {
    if !document.is_workflow {
        return;
    }
    let gates: Vec<&Job<'_>> = document.jobs.iter().filter(|job| is_gate(lint, job)).collect();
    for job in gates.iter().take(MOST_GATES) {
        judge_condition(lint, document, job);
        judge_needs(lint, document, job);
    }
    if let Some(job) = gates.get(MOST_GATES) {
        let message =
            text!["more than ", MOST_GATES, " jobs are gates, and nobody looked at the rest"];
        let help = "have one gate, which needs all other jobs";
        lint.say("gate-condition", Verdict::Error, document.place(job.at), message, help);
    }
}

fn is_gate(lint: &mut Lint<'_>, job: &Job<'_>) -> bool {
    let is_named = lint.policy.gate_jobs.iter().any(|name| name == job.name);
    if is_named {
        lint.gates_seen.insert(job.name.to_owned());
    }
    is_named
        || job.steps.iter().any(|step| {
            let action = step.action().unwrap_or_default();
            // Only with the results of jobs is it about them, and not with some that were written down.
            let has_results = step
                .input("jobs")
                .and_then(diagnostics::yaml::Node::text)
                .is_some_and(|jobs| jobs.contains("${{"))
                || step.input("jobs-file").is_some();
            let is_ours = action.ends_with("/actions/gate") && has_results;
            is_ours || action == "re-actors/alls-green"
        })
}

/// A job without a condition is skipped where one that it needs fails, and for GitHub a check that is
/// skipped has passed (documentation, "Troubleshooting required status checks").
fn judge_condition(lint: &mut Lint<'_>, document: &Document<'_>, job: &Job<'_>) {
    let help = "write `if: always()`";
    let name = Foreign::from(job.name);
    let Some((node, condition)) = job.condition.and_then(|node| Some((node, node.text()?))) else {
        let message = text![
            "the gate ",
            name,
            " is skipped where a job before it fails, which counts as passed"
        ];
        lint.say("gate-condition", Verdict::Fail, document.place(job.at), message, help);
        return;
    };
    let condition: String = condition
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase();
    let inner = condition.strip_prefix("${{").and_then(|inner| inner.strip_suffix("}}"));
    let condition = inner.unwrap_or(&condition);
    let place = document.place(node.at());
    match condition {
        "always()" => {}
        "!cancelled()" | "success()||failure()" | "failure()||success()" => {
            let message = text![
                "the gate ",
                name,
                " does not run where the run is cancelled; nothing is merged then either"
            ];
            lint.say("gate-condition", Verdict::Pass, place, message, help);
        }
        _ if condition.contains("always()") || condition.contains("!cancelled()") => {
            let message = text![
                "the gate ",
                name,
                " is skipped where the rest of its condition is false, which counts as passed"
            ];
            lint.say("gate-condition", Verdict::Warn, place, message, help);
        }
        _ => {
            let message = text![
                "the gate ",
                name,
                " is skipped where a job before it fails, or its condition is false, which counts as passed"
            ];
            lint.say("gate-condition", Verdict::Fail, place, message, help);
        }
    }
}

fn judge_needs(lint: &mut Lint<'_>, document: &Document<'_>, gate: &Job<'_>) {
    let after = after(document, gate.name);
    let is_left_out = |job: &&Job<'_>| {
        job.name != gate.name && !gate.needs.contains(job.name) && !after.contains(job.name)
    };
    let left_out: Vec<&Job<'_>> = document.jobs.iter().filter(is_left_out).collect();
    if left_out.is_empty() {
        return;
    }
    let mut message = text!["the gate ", Foreign::from(gate.name), " does not need "];
    for (number, job) in left_out.iter().take(MOST_NAMES).enumerate() {
        message.text(if number == 0 { "" } else { ", " }).foreign(job.name);
    }
    if let Some(more) = left_out.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        message.text(" and ").push(more).text(" other jobs");
    }
    let help = "list each under `needs:`, or what becomes of it does not count";
    lint.say("gate-needs", Verdict::Warn, document.place(gate.at), message, help);
}

/// The jobs that run after one, through others too.
fn after<'a>(document: &'a Document<'_>, name: &'a str) -> BTreeSet<&'a str> {
    let mut followers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for job in &document.jobs {
        for need in &job.needs {
            followers.entry(need).or_default().push(job.name);
        }
    }
    let mut after = BTreeSet::new();
    let mut open = vec![name];
    while let Some(job) = open.pop() {
        for follower in followers.get(job).into_iter().flatten() {
            if after.insert(*follower) {
                open.push(follower);
            }
        }
    }
    after
}

/// Judges what a workflow with this repository's rights checks out (GitHub documentation, "Events that
/// trigger workflows", `pull_request_target`; GitHub Security Lab, "Preventing pwn requests").
pub(super) fn judge_checkouts(lint: &mut Lint<'_>, document: &Document<'_>) {
    const THEIRS: [&str; 6] = [
        "github.event.pull_request.head",
        "github.event.pull_request.merge_commit_sha",
        "github.head_ref",
        "refs/pull/",
        "github.event.workflow_run.head",
        "github.event.workflow_run.pull",
    ];
    let privileged = ["pull_request_target", "workflow_run"];
    let Some(event) = privileged.into_iter().find(|event| document.events.contains(event)) else {
        return;
    };
    for step in document.jobs.iter().flat_map(|job| &job.steps) {
        let mut texts = Vec::new();
        if step.action().is_some_and(|action| action == "actions/checkout") {
            texts.extend([step.input("ref"), step.input("repository")].into_iter().flatten());
        }
        let is_theirs = |text: &str| {
            let text = text.to_ascii_lowercase();
            THEIRS.iter().any(|part| text.contains(part))
        };
        let checkout = texts.into_iter().find(|node| node.text().is_some_and(is_theirs));
        let fetches = |text: &str| text.contains("gh pr checkout");
        let run = step.run.filter(|node| node.text().is_some_and(fetches));
        if let Some(node) = checkout.or(run) {
            let message = text!["code of a stranger is checked out with the rights of ", event];
            let help = "run it on `pull_request`, which has no secrets; or check out the base, and only read what the pull request holds";
            lint.say("untrusted-checkout", Verdict::Fail, document.place(node.at()), message, help);
        }
    }
}
