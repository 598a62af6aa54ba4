//! A Node service, its contracts and its infrastructure, on two branches.

use end_to_end::act::Ran;

use super::{Do, Monorepo, told};

const ALWAYS: [&str; 9] = [
    "node/plan",
    "node/gate",
    "contracts/plan",
    "contracts/gate",
    "terraform/plan",
    "terraform/gate",
    "security/plan",
    "security/scan snyk",
    "security/gate",
];

const API: [&str; 3] = ["node/lint", "node/test", "node/build"];

#[track_caller]
fn check(monorepo: &Monorepo, change: &[Do<'_>], wanted: &[&str]) -> Ran {
    monorepo.check(change, &[&ALWAYS, wanted].concat())
}

fn pheme() -> Monorepo {
    Monorepo::new("pheme")
}

#[test]
fn the_service_is_linted_tested_and_built() {
    check(&pheme(), &[Do::Append("api/src/title.js", "// A change.\n")], &API);
}

#[test]
fn documents_run_nothing_but_scans() {
    check(&pheme(), &[Do::Write("api/NOTES.md", "A word.\n")], &[]);
}

#[test]
fn the_lock_file_runs_the_service() {
    check(&pheme(), &[Do::Append("api/package-lock.json", "\n")], &API);
}

#[test]
fn the_workflow_itself_runs_the_service() {
    check(&pheme(), &[Do::Append(".github/workflows/ci.yml", "# A change.\n")], &API);
}

#[test]
fn contracts_on_develop_go_to_the_test_network() {
    let change = [Do::Append("contracts/src/Post.sol", "// A change.\n")];
    let ran =
        check(&pheme().on("refs/heads/develop"), &change, &["contracts/test", "contracts/deploy"]);
    assert_eq!(told(&ran).iter().filter(|it| *it == "network base-testnet").count(), 1);
}

#[test]
fn contracts_on_main_go_to_the_main_network() {
    let change = [Do::Append("contracts/src/Post.sol", "// A change.\n")];
    let ran = check(&pheme(), &change, &["contracts/test", "contracts/deploy"]);
    assert_eq!(told(&ran).iter().filter(|it| *it == "network base-mainnet").count(), 1);
}

#[test]
fn contracts_on_another_branch_go_nowhere() {
    let change = [Do::Move("contracts/src/Post.sol", "contracts/src/Entry.sol")];
    let ran = check(&pheme().on("refs/heads/topic"), &change, &["contracts/test"]);
    assert!(!told(&ran).iter().any(|it| it.contains("run deploy.js")), "{:?}", told(&ran));
}

#[test]
fn infrastructure_is_planned() {
    let change = [Do::Append("infra/terraform/main.tf", "# A change.\n")];
    check(&pheme(), &change, &["terraform/check", "terraform/tfplan production"]);
}
