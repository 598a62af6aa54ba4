//! What is said of whole workflows.

use std::fmt::Write as _;

use bstr::ByteSlice as _;
use diagnostics::config::Config;
use proptest::prelude::*;

use super::*;

fn decided(policy: &str, files: &[(&str, &str)]) -> Outcome {
    let policy = Config::read("c.toml", policy.as_bytes(), Policy::read).unwrap();
    let files: Vec<File<'_>> = files
        .iter()
        .map(|(path, text)| File { path: path.as_bytes(), bytes: text.as_bytes() })
        .collect();
    decide(&policy, &Facts { files: &files })
}

fn shown(outcome: &Outcome) -> Vec<String> {
    let one = |reason: &Reason| {
        let place = reason.place.as_ref();
        let line = place.and_then(|place| place.line).unwrap_or_default();
        let column = place.and_then(|place| place.column).unwrap_or_default();
        format!("{line}:{column} {} {}", reason.rule.raw().as_bstr(), reason.verdict.name())
    };
    outcome.reasons.iter().map(one).collect()
}

#[track_caller]
fn check(policy: &str, workflow: &str, wanted: &[&str]) {
    let outcome = decided(policy, &[(".github/workflows/ci.yml", workflow)]);
    assert_eq!(shown(&outcome), wanted, "{workflow}");
}

/// A workflow whose one job has these steps, from line 6 on.
fn steps(on: &str, steps: &str) -> String {
    format!("on: {on}\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}")
}

#[track_caller]
fn check_uses(policy: &str, uses: &str, wanted: &[&str]) {
    check(policy, &steps("push", &format!("      - uses: {uses}\n")), wanted);
}

const COMMIT: &str = "8f4b7f84864484a7bf31766abe9204da3cbe65b3";

#[test]
fn standard_actions_are_at_version_4_or_later() {
    check_uses("", "actions/checkout@v4", &[]);
    check_uses("", "actions/checkout@v5.0.1", &[]);
    check_uses("", "actions/checkout@v3", &["6:15 action-too-old fail"]);
    check_uses("", "Actions/Checkout@v3", &["6:15 action-too-old fail"]);
    check_uses("", "actions/cache/restore@v3.3.1", &["6:15 action-too-old fail"]);
    check_uses("", "actions/labeler@v1", &[]);
    check_uses("mode = 'warn'", "actions/checkout@v3", &["6:15 action-too-old warn"]);
    check_uses("floors = ['actions/checkout@v3']", "actions/checkout@v3", &[]);
    check_uses("floors = ['own/*@v2.1']", "own/tool@v2.0.9", &["6:15 action-too-old fail"]);
}

#[test]
fn the_comment_behind_a_commit_counts_for_the_floor() {
    check_uses("", &format!("actions/checkout@{COMMIT} # v4.1.2"), &[]);
    check_uses("", &format!("actions/checkout@{COMMIT} # v3.6.0"), &["6:15 action-too-old fail"]);
    check_uses("", &format!("actions/checkout@{COMMIT}"), &["6:15 action-version-unknown warn"]);
    check_uses("", &format!("other/tool@{COMMIT}"), &[]);
}

#[test]
fn a_branch_is_no_pin_and_local_actions_need_none() {
    check_uses("", "other/tool@main", &["6:15 action-not-pinned fail"]);
    check_uses("", "other/tool", &["6:15 action-not-pinned fail"]);
    check_uses("require-pin = 'any'", "other/tool@main", &[]);
    check_uses("require-pin = 'sha'", "other/tool@v1", &["6:15 action-not-pinned fail"]);
    check_uses("require-pin = 'sha'", &format!("other/tool@{COMMIT}"), &[]);
    check_uses("trusted = ['other/*']", "other/tool@main", &[]);
    check_uses("require-pin = 'sha'", "./.github/actions/own", &[]);
    check_uses("require-pin = 'sha'", "$/.github/actions/own", &[]);
    check_uses("", "$/.github/actions/own@v1", &["6:15 action-not-pinned fail"]);
    check_uses("", "docker://alpine:3.20", &["6:15 image-not-pinned warn"]);
    check_uses("", "docker://alpine@sha256:0123", &[]);
    let called = "on: push\njobs:\n  a:\n    uses: own/repo/.github/workflows/x.yml@main\n";
    check("", called, &["4:11 action-not-pinned fail"]);
}

#[test]
fn what_anybody_writes_is_kept_out_of_scripts() {
    let run = |expression: &str| {
        steps(
            "push",
            &format!("      - run: |\n          echo 1\n          echo \"{expression}\"\n"),
        )
    };
    for theirs in [
        "${{ github.event.issue.title }}",
        "${{ github.event.pull_request.head.ref }}",
        "${{ github['head_ref'] }}",
        "${{ github.event.commits[0].author.name }}",
        "${{ toJSON(github.event) }}",
        "${{ toJSON(needs) }}",
        "${{ github.event.comment.body || 'x' }}",
    ] {
        check("", &run(theirs), &["8:17 template-injection fail"]);
    }
    for other in [
        "${{ inputs.a }}",
        "${{ steps.a.outputs.b }}",
        "${{ needs.a.outputs.b }}",
        "${{ github.ref_name }}",
        "${{ github.event.label.name }}",
    ] {
        check("", &run(other), &["8:17 template-expansion warn"]);
    }
    for safe in [
        "${{ github.sha }}",
        "${{ github.event.pull_request.number }}",
        "${{ github.event.comment.user.login }}",
        "${{ needs.a.result }}",
        "${{ contains(github.event.issue.title, 'x') }}",
        "${{ secrets.a }}",
        "$TITLE",
    ] {
        check("", &run(safe), &[]);
    }
}

#[test]
fn scripts_of_github_script_are_scripts_and_env_is_not() {
    let script = "      - uses: actions/github-script@v7\n        with:\n          script: f('${{ github.event.issue.body }}')\n";
    check("", &steps("push", script), &["8:22 template-injection fail"]);
    let env =
        "      - env:\n          A: ${{ github.event.issue.body }}\n        run: echo \"$A\"\n";
    check("", &steps("push", env), &[]);
    let other = "      - uses: other/tool@v7\n        with:\n          script: ${{ github.event.issue.body }}\n";
    check("", &steps("push", other), &[]);
}

#[test]
fn an_input_of_a_few_words_is_no_text() {
    let on = "{workflow_dispatch: {inputs: {a: {type: choice, options: [x]}, b: {type: string}}}}";
    let run = |name: &str| steps(on, &format!("      - run: echo ${{{{ inputs.{name} }}}}\n"));
    check("", &run("a"), &[]);
    check("", &run("b"), &["6:19 template-expansion warn"]);
}

fn gate(gate: &str) -> String {
    format!(
        "on: push\njobs:\n  a:\n    steps: [run: x]\n  b:\n    needs: a\n    steps: [run: x]\n  gate:\n{gate}    steps:\n      - uses: own/signalbox/actions/gate@v1\n        with: {{jobs: '${{{{ toJSON(needs) }}}}'}}\n  after:\n    needs: gate\n    steps: [run: x]\n"
    )
}

#[test]
fn the_gate_runs_always() {
    let condition = |condition: &str| gate(&format!("    needs: [a, b]\n    if: {condition}\n"));
    for good in ["always()", "${{ always() }}", "Always( )"] {
        check("", &condition(good), &[]);
    }
    for told in ["${{ !cancelled() }}", "success() || failure()"] {
        check("", &condition(told), &["10:9 gate-condition pass"]);
    }
    check("", &condition("always() && github.ref == 'x'"), &["10:9 gate-condition warn"]);
    for bad in ["github.ref == 'x'", "failure()", "success()"] {
        check("", &condition(bad), &["10:9 gate-condition fail"]);
    }
    check("", &gate("    needs: [a, b]\n"), &["8:3 gate-condition fail"]);
}

#[test]
fn the_gate_needs_every_job_before_it() {
    check("", &gate("    needs: b\n    if: always()\n"), &["8:3 gate-needs warn"]);
    check("", &gate("    if: always()\n"), &["8:3 gate-needs warn"]);
}

#[test]
fn a_gate_names_a_few_of_many_jobs() {
    let mut workflow = "on: push\njobs:\n".to_owned();
    for at in 0..300 {
        let _ = writeln!(
            workflow,
            "  j{at}:\n    steps: [uses: re-actors/alls-green@v1]\n    if: always()"
        );
    }
    let outcome = decided("mode = 'report'", &[(".github/workflows/ci.yml", &workflow)]);
    assert_eq!(outcome.reasons.len(), 101);
    assert_eq!(outcome.verdict(), Verdict::Error);
    assert!(outcome.reasons.iter().all(|reason| reason.message.pieces().len() < 40));
}

#[test]
fn a_gate_may_be_named_and_must_be_there() {
    let workflow = "on: push\njobs:\n  ok:\n    steps: [run: x]\n";
    check("gate-jobs = 'ok'", workflow, &["3:3 gate-condition fail"]);
    check("gate-jobs = 'okay'", workflow, &["0:0 gate-missing fail"]);
    check("", workflow, &[]);
    let other = "on: push\njobs:\n  c:\n    steps:\n      - uses: own/signalbox/actions/gate@v1\n        with: {gate: coverage}\n";
    check("", other, &[]);
    let written = other.replace("gate: coverage", "jobs: '{}'");
    check("", &written, &[]);
    let by_file = other.replace("gate: coverage", "jobs-file: needs.json");
    check("", &by_file, &["3:3 gate-condition fail"]);
}

#[test]
fn a_stranger_s_code_is_not_checked_out_with_our_rights() {
    let checkout = "      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n";
    check("", &steps("pull_request_target", checkout), &["8:16 untrusted-checkout fail"]);
    check("", &steps("[push, pull_request_target]", checkout), &["8:16 untrusted-checkout fail"]);
    check(
        "",
        &steps("{pull_request_target: {types: [opened]}}", checkout),
        &["8:16 untrusted-checkout fail"],
    );
    check("", &steps("pull_request", checkout), &[]);
    check("", &steps("pull_request_target", "      - uses: actions/checkout@v4\n"), &[]);
    let pr = "      - run: gh pr checkout 1\n";
    check("", &steps("workflow_run", pr), &["6:14 untrusted-checkout fail"]);
}

#[test]
fn actions_can_be_required() {
    let workflow = steps("push", "      - uses: own/scan/sub@v1\n");
    check("require-actions = 'own/scan'", &workflow, &[]);
    check("require-actions = ['own/*', 'other/scan']", &workflow, &["0:0 action-required fail"]);
    check("require-in-each = ['own/scan', 'x/y']", &workflow, &[]);
    check("require-in-each = ['x/y']", &workflow, &["0:0 action-required fail"]);
}

#[test]
fn composite_actions_are_looked_at_too() {
    let action = "runs:\n  using: composite\n  steps:\n    - run: echo ${{ inputs.a }}\n    - uses: x/y@main\n";
    let outcome = decided("", &[("actions/a/action.yml", action), ("src/x.yml", "a: [")]);
    assert_eq!(shown(&outcome), ["5:13 action-not-pinned fail", "4:17 template-expansion warn"]);
}

#[test]
fn what_cannot_be_read_is_an_error_in_every_mode() {
    for (text, wanted) in [
        ("a: [", "unreadable-workflow error"),
        ("on: push\n", "unreadable-workflow error"),
        ("", "unreadable-workflow error"),
        ("a: 1\n---\nb: 2\n", "unreadable-workflow error"),
    ] {
        let outcome = decided("mode = 'report'", &[(".github/workflows/ci.yml", text)]);
        assert!(shown(&outcome)[0].ends_with(wanted), "{text}");
    }
    let file = File { path: b".github/workflows/ci.yml", bytes: b"\xff" };
    assert_eq!(decide(&Policy::default(), &Facts { files: &[file] }).verdict(), Verdict::Error);
    assert_eq!(shown(&decided("", &[])), ["0:0 no-workflows error"]);
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut bomb = "on: push\na0: &a0 [x, x]\n".to_owned();
    for level in 1..60 {
        let _ = writeln!(bomb, "a{level}: &a{level} [*a{0}, *a{0}]", level - 1);
    }
    let outcome = decided("", &[(".github/workflows/ci.yml", &bomb)]);
    assert_eq!(outcome.verdict(), Verdict::Error);
}

#[test]
fn floors_and_patterns_with_mistakes_are_told() {
    for wrong in [
        "floors = ['actions/checkout']",
        "floors = ['a/b@main']",
        "floors = ['a/{b@v1']",
        "trusted = ['']",
        "require-pin = 'hash'",
    ] {
        let read = Config::read("c.toml", wrong.as_bytes(), Policy::read);
        assert_eq!(read.unwrap_err().len(), 1, "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_workflow_is_judged(text in "(on|jobs|steps|uses|run|if|needs|:|- |\n|  |\\$\\{\\{|\\}\\}|github.event.issue.title|a|@v1|'){0,40}") {
        let _ = decided("", &[(".github/workflows/ci.yml", &text), ("action.yml", &text)]);
    }
}
