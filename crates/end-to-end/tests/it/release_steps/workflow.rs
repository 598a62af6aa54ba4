//! `.github/workflows/release.yml`: what it builds, what it may do and what it may use.

use std::fs;
use std::process::Command;

use end_to_end::act::Act;
use end_to_end::workspace_root;

use crate::shared;

const WORKFLOW: &str = include_str!("../../../../../.github/workflows/release.yml");

/// What a folder of `actions/` starts is what is released, for each target that is built.
#[test]
fn the_list_is_that_of_the_actions_and_of_the_workflow() {
    let root = workspace_root();
    let output = Command::new(root.join("scripts/release")).arg("assets").output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let targets = WORKFLOW.lines().filter_map(|line| line.trim().strip_prefix("- target: "));
    let targets: Vec<&str> = targets.collect();
    let mut wanted = Vec::new();
    for action in fs::read_dir(root.join("actions")).unwrap() {
        let manifest = action.unwrap().path().join("action.yml");
        let Ok(text) = fs::read_to_string(manifest) else { continue };
        let (_, rest) = text.split_once("/lib/install.sh\" ").unwrap();
        let tool: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        for target in &targets {
            let suffix = if target.contains("windows") { ".exe" } else { "" };
            wanted.push(format!("{tool}-{target}{suffix}"));
        }
    }
    wanted.sort();
    assert_eq!(listed.lines().collect::<Vec<_>>(), wanted);
    assert_eq!(targets.len(), 6);
}

/// What the workflow may do, where it may do it, and what it may use.
#[test]
fn the_workflow_takes_no_right_that_it_does_not_need() {
    let mut job = "";
    let mut rights = Vec::new();
    for line in WORKFLOW.lines() {
        let indent = line.len() - line.trim_start().len();
        if indent == 2 && line.ends_with(':') {
            job = line.trim().trim_end_matches(':');
        }
        let words = line.split('#').next().unwrap_or_default().trim();
        if words.ends_with(": write") {
            rights.push(format!("{job}: {words}"));
        }
        if let Some((_, used)) = line.split_once("uses: ") {
            let known = [
                "actions/checkout@",
                "actions/upload-artifact@",
                "actions/download-artifact@",
                "actions/attest-build-provenance@",
                "org/actions/shard@v1",
            ];
            assert!(known.iter().any(|known| used.starts_with(known)), "{used}");
        }
    }
    assert_eq!(
        rights,
        [
            "attest: id-token: write",
            "attest: attestations: write",
            "publish: contents: write",
            "keep: contents: write",
            "roll-back: contents: write"
        ]
    );
    assert!(WORKFLOW.contains("\npermissions: {}\n") && !WORKFLOW.contains("write-all"));
    assert!(!WORKFLOW.contains("pull_request"));
}

/// Which jobs ran where this one failed.
fn ran(version: &str, fails: &str) -> String {
    let workflow = shared::skeleton(WORKFLOW).replace("inputs.version", "vars.VERSION");
    let act = Act::new(&workflow).unwrap().var("VERSION", version).env("FAILS", fails);
    let ran = act.run().unwrap();
    let all =
        ["check", "build", "attest", "collect", "publish", "verify", "use", "keep", "roll-back"];
    let ran: Vec<&str> = all.into_iter().filter(|job| !ran.log.legs(job).is_empty()).collect();
    ran.join(" ")
}

#[test]
fn what_is_not_good_goes_back_and_nothing_else_does() {
    let check = |version: &str, fails: &str, wanted: &str| {
        assert_eq!(ran(version, fails), wanted, "{version}, {fails} fails");
    };
    let until_published = "check build attest collect publish";
    check("1.2.3", "", &format!("{until_published} verify use keep"));
    check("1.3.0-rc.1", "", &format!("{until_published} verify keep"));
    check("1.2.3", "verify", &format!("{until_published} verify use roll-back"));
    check("1.2.3", "use", &format!("{until_published} verify use roll-back"));
    check("1.3.0-rc.1", "verify", &format!("{until_published} verify roll-back"));
    check("1.2.3", "publish", &format!("{until_published} roll-back"));
    check("1.2.3", "collect", "check build attest collect");
    check("1.2.3", "attest", "check build attest");
    check("1.2.3", "build", "check build");
    check("1.2.3", "check", "check");
}
