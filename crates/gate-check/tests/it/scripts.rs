//! The scripts that call the tool: what they hand over, and what they refuse.

#![expect(clippy::disallowed_methods, reason = "the scripts are started as people start them")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use testkit::Scratch;

/// Notes its words, one a line.
const NOTES: &str = "#!/bin/sh\nfor word; do echo \"$word\"; done >>\"$NOTED\"\nexit ${ENDS:-0}\n";

fn run(script: &str, words: &[&str], variables: &[(&str, &str)], scratch: &Scratch) -> Output {
    for program in ["gate-check", "gh"] {
        let path = scratch.write(format!("bin/{program}"), NOTES);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Command::new(root.join("scripts").join(script))
        .args(words)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", scratch.at("bin").display()))
        .env("NOTED", scratch.at("noted"))
        .envs(variables.iter().copied())
        .current_dir(scratch.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What the tool is called with.
#[track_caller]
fn check(script: &str, words: &[&str], wanted: &[&str]) {
    check_with(script, words, &[], wanted);
}

#[track_caller]
fn check_with(script: &str, words: &[&str], variables: &[(&str, &str)], wanted: &[&str]) {
    let scratch = Scratch::new();
    let ran = run(script, words, variables, &scratch);
    let noted = if scratch.has("noted") { scratch.read_text("noted") } else { String::new() };
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(
        (noted.lines().collect::<Vec<_>>().as_slice(), ran.status.code()),
        (wanted, Some(0)),
        "{said}"
    );
}

#[track_caller]
fn check_refused(script: &str, words: &[&str], code: i32, said: &str) {
    let scratch = Scratch::new();
    let ran = run(script, words, &[], &scratch);
    assert_eq!(ran.status.code(), Some(code));
    let found = String::from_utf8_lossy(&ran.stderr);
    assert!(found.contains(said) && !scratch.has("noted"), "{found}");
}

#[test]
fn the_orchestrator_deploys_and_only_shows_where_nobody_watches_production() {
    let script = "deploy-orchestrator.sh";
    let words = |environment: &str, dry_run: &str| {
        [
            "deploy",
            "run",
            &format!("--environment={environment}"),
            "--release=v1.2.3",
            &format!("--dry-run={dry_run}"),
        ]
        .map(str::to_owned)
        .to_vec()
    };
    for (asked, wanted) in [
        (&["staging", "v1.2.3"][..], words("staging", "false")),
        (&["staging", "v1.2.3", "true"], words("staging", "true")),
        (&["production", "v1.2.3"], words("production", "true")),
        (&["production", "v1.2.3", ""], words("production", "true")),
        (&["production", "v1.2.3", "false"], words("production", "false")),
    ] {
        check(script, asked, &wanted.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let more = [
        "deploy",
        "run",
        "--environment=a b",
        "--release=$(id)",
        "--dry-run=false",
        "--components=x y",
    ];
    check(script, &["a b", "$(id)", "--components=x y"], &more);
    check_refused(script, &["staging", "v1", "maybe"], 2, "DRY-RUN is \"maybe\"");
    check_refused(script, &["staging"], 2, "ENVIRONMENT VERSION");
}

#[test]
fn the_others_hand_over_what_they_are_given() {
    check(
        "rollback.sh",
        &["staging", "v1", "--components=api"],
        &[
            "deploy",
            "run",
            "--environment=staging",
            "--release=v1",
            "--take-back",
            "--components=api",
        ],
    );
    check("release-notes.sh", &["v2"], &["release-notes", "--title=v2"]);
    check(
        "release-notes.sh",
        &["v2", "v1", "--notes-file=n.md"],
        &["release-notes", "--title=v2", "--since=v1", "--notes-file=n.md"],
    );
    check_refused("release-notes.sh", &[], 2, "VERSION [SINCE]");
    check("db-guardrails.sh", &["--diff=main"], &["run", "--gate=migrations", "--diff=main"]);
    check("quality-gate-enforcer.sh", &["--mode=warn"], &["run", "--mode=warn"]);
    check_with(
        "quality-gate-enforcer.sh",
        &[],
        &[("EVIDENCE", "echo first >>\"$NOTED\"")],
        &["first", "run"],
    );
    let scratch = Scratch::new();
    let ran = run("quality-gate-enforcer.sh", &[], &[("ENDS", "2")], &scratch);
    assert_eq!(ran.status.code(), Some(2));
}

#[test]
fn without_new_reports_the_old_ones_pass_nothing() {
    let evidence = ("EVIDENCE", "echo first >>\"$NOTED\"; false; echo never >>\"$NOTED\"");
    for (gates, wanted) in [("0", 2), ("1", 1), ("2", 2), ("3", 3)] {
        let scratch = Scratch::new();
        let ran = run("quality-gate-enforcer.sh", &[], &[evidence, ("ENDS", gates)], &scratch);
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(wanted), "gates {gates}: {said}");
        assert_eq!(scratch.read_text("noted"), "first\nrun\n");
        assert!(said.contains("EVIDENCE ended with 1") && said.contains("earlier run"), "{said}");
    }
}

#[test]
fn a_run_by_hand_keeps_what_it_is_for() {
    let begun = ["workflow", "run", "ci-remote.yml", "--ref", "main", "--raw-field"];
    let with = |service: &'static str, notes: &'static str| {
        [&begun[..], &[service, "--raw-field", notes]].concat()
    };
    let on_main = [("REF", "main")];
    check_with("ci-remote.sh", &[], &on_main, &with("service=all", "notes="));
    check_with(
        "ci-remote.sh",
        &["user-org", "why; $(id)"],
        &on_main,
        &with("service=user-org", "notes=why; $(id)"),
    );
    check_refused("ci-remote.sh", &["a b"], 2, "is no name");
    check_refused("ci-remote.sh", &["api", &"x".repeat(501)], 2, "more than 500 characters");
}

#[test]
fn each_says_what_it_is_for_and_what_it_lacks() {
    for script in [
        "deploy-orchestrator.sh",
        "rollback.sh",
        "db-guardrails.sh",
        "quality-gate-enforcer.sh",
        "ci-remote.sh",
    ] {
        let scratch = Scratch::new();
        let ran = run(script, &["--help"], &[], &scratch);
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.contains(&format!("scripts/{script}")), "{said}");
        if script != "ci-remote.sh" {
            let ran = run(script, &["staging", "v1"], &[("GATE_CHECK", "no-such-tool")], &scratch);
            assert_eq!(ran.status.code(), Some(3), "{script}");
        }
    }
}
