//! `.github/workflows/release.yml`: what it builds, what it may do and what it may use.

use std::fs;
use std::process::Command;

use end_to_end::workspace_root;

/// What a folder of `actions/` starts is what is released, for each target that is built.
#[test]
fn the_list_is_that_of_the_actions_and_of_the_workflow() {
    let root = workspace_root();
    let output = Command::new(root.join("scripts/release")).arg("assets").output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let workflow = fs::read_to_string(root.join(".github/workflows/release.yml")).unwrap();
    let targets = workflow.lines().filter_map(|line| line.trim().strip_prefix("- target: "));
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
    let workflow =
        fs::read_to_string(workspace_root().join(".github/workflows/release.yml")).unwrap();
    let mut job = "";
    let mut rights = Vec::new();
    for line in workflow.lines() {
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
    assert!(workflow.contains("\npermissions: {}\n") && !workflow.contains("write-all"));
    assert!(!workflow.contains("pull_request"));
}
