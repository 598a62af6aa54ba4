//! A platform of Rust, contracts and charts: a coprocessor and a connector in one workspace, a library of contracts,
//! and what is deployed of them.

use std::collections::BTreeSet;
use std::fs;

use end_to_end::act::Ending;

use super::{Do, Monorepo, folder, told};

#[track_caller]
fn check(change: &[Do<'_>], wanted: &[&str]) {
    let always = ["contracts/plan", "contracts/gate", "charts/plan", "charts/gate"];
    Monorepo::new("fhevm").check(change, &[&always[..], wanted].concat());
}

#[test]
fn a_leaf_runs_its_own_tests() {
    check(
        &[Do::Append("coprocessor/gateway/src/lib.rs", "// A change.\n")],
        &["rust/plan", "rust/lint", "rust/test 1/1", "rust/gate"],
    );
}

#[test]
fn a_shared_crate_runs_the_tests_of_whatever_needs_it() {
    check(
        &[Do::Append("coprocessor/engine/src/lib.rs", "// A change.\n")],
        &["rust/plan", "rust/lint", "rust/test 1/2", "rust/test 2/2", "rust/gate"],
    );
}

#[test]
fn documents_run_nothing() {
    check(&[Do::Append("README.md", "A word.\n")], &["rust/plan", "rust/gate"]);
}

#[test]
fn the_toolchain_runs_everything() {
    check(
        &[Do::Write("rust-toolchain.toml", "[toolchain]\nchannel = \"stable\"\n")],
        &["rust/plan", "rust/lint", "rust/test 1/2", "rust/test 2/2", "rust/gate"],
    );
}

#[test]
fn the_workflow_itself_runs_everything() {
    check(
        &[Do::Append(".github/workflows/ci.yml", "# A change.\n")],
        &["rust/plan", "rust/lint", "rust/test 1/2", "rust/test 2/2", "rust/gate"],
    );
}

#[test]
fn a_crate_that_moves_runs_itself() {
    let manifest = "[workspace]\nresolver = \"2\"\n\
        members = [\"coprocessor/*\", \"kms-connector/connector\", \"client\"]\n";
    let connector = "[package]\nname = \"kms-connector\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
        [dependencies]\nkms-client = { path = \"../../client\" }\n";
    check(
        &[
            Do::Move("kms-connector/client", "client"),
            Do::Write("Cargo.toml", manifest),
            Do::Write("kms-connector/connector/Cargo.toml", connector),
        ],
        &["rust/plan", "rust/lint", "rust/test 1/2", "rust/test 2/2", "rust/gate"],
    );
}

#[test]
fn a_crate_that_goes_runs_nothing_of_its_own() {
    let manifest = "[workspace]\nresolver = \"2\"\n\
        members = [\"coprocessor/engine\", \"coprocessor/gateway\", \"kms-connector/client\"]\n";
    let lock = "version = 4\n\n[[package]]\nname = \"engine\"\nversion = \"0.1.0\"\n\n\
        [[package]]\nname = \"gateway\"\nversion = \"0.1.0\"\ndependencies = [\n \"engine\",\n]\n\n\
        [[package]]\nname = \"kms-client\"\nversion = \"0.1.0\"\n";
    check(
        &[
            Do::Remove("kms-connector/connector"),
            Do::Write("Cargo.toml", manifest),
            Do::Write("Cargo.lock", lock),
        ],
        &["rust/plan", "rust/gate"],
    );
}

#[test]
fn contracts_run_their_own_tests_and_are_deployed_nowhere() {
    let ran = Monorepo::new("fhevm").check(
        &[Do::Append("library-solidity/src/Sum.sol", "// A change.\n")],
        &[
            "rust/plan",
            "rust/gate",
            "contracts/plan",
            "contracts/test",
            "contracts/gate",
            "charts/plan",
            "charts/gate",
        ],
    );
    assert_eq!(told(&ran), ["forge build", "forge test"]);
}

#[test]
fn a_chart_is_judged_for_each_environment() {
    check(
        &[Do::Append("charts/coprocessor/values.yaml", "# A change.\n")],
        &["rust/plan", "rust/gate", "charts/judge staging", "charts/judge production"],
    );
}

/// What the jobs said that judge what is deployed: those of these environments end red after this change.
#[track_caller]
fn red(change: &[Do<'_>], environments: &[&str]) -> String {
    let ran = Monorepo::new("fhevm").run(change);
    let failed = ran.log.failed_legs("judge");
    let failed = failed.iter().filter_map(|job| job.matrix.get("environment")?.as_str());
    assert_eq!(failed.collect::<BTreeSet<_>>(), environments.iter().copied().collect());
    let gates = ran.log.jobs().filter(|job| job.id == "gate" && job.called == "charts");
    assert_eq!(gates.map(|job| &job.ending).collect::<Vec<_>>(), [&Ending::Failure]);
    ran.log.summaries("judge").concat()
}

#[test]
fn a_new_service_that_only_compose_knows_is_red() {
    let compose = "  worker:\n    image: ghcr.io/zama-ai/fhevm-worker:v0.1.0\n";
    let summary = red(&[Do::Append("docker-compose.yml", compose)], &["staging", "production"]);
    assert!(summary.contains("| parity | ❌ fail | 1 of 3 services deployed"), "{summary}");
    assert!(summary.contains("`worker`"), "{summary}");
}

#[test]
fn an_image_without_a_version_is_red_where_it_would_go() {
    let change = [Do::Append("charts/coprocessor/production.yaml", "tag: latest\n")];
    let summary = red(&change, &["production"]);
    assert!(summary.contains("ghcr.io/zama-ai/fhevm-coprocessor:latest"), "{summary}");
}

#[test]
fn a_deployment_may_not_lose_its_probe() {
    let path = "charts/coprocessor/templates/deployment.yaml";
    let whole = fs::read_to_string(folder("fhevm").join(path)).unwrap();
    let (before, rest) = whole.split_once("          livenessProbe:\n").unwrap();
    let (_, after) = rest.split_once("          readinessProbe:\n").unwrap();
    let bare = format!("{before}          readinessProbe:\n{after}");
    let summary = red(&[Do::Write(path, &bare)], &["staging", "production"]);
    assert!(summary.contains("has no liveness probe"), "{summary}");
}
