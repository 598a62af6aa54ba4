//! A platform of Rust and contracts: a coprocessor and a connector in one workspace, and a library of contracts.

use super::{Do, Monorepo, told};

#[track_caller]
fn check(change: &[Do<'_>], wanted: &[&str]) {
    Monorepo::new("fhevm").check(change, &[&["contracts/plan", "contracts/gate"], wanted].concat());
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
        &["rust/plan", "rust/gate", "contracts/plan", "contracts/test", "contracts/gate"],
    );
    assert_eq!(told(&ran), ["forge build", "forge test"]);
}
