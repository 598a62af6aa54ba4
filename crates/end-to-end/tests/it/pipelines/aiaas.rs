//! Go services, their infrastructure and their database.

use super::{Do, Monorepo, told};

/// Which services run says the plan; what a service does is tried once.
fn quick() -> Monorepo {
    Monorepo::new("aiaas").with(
        "      lint: go vet ./...\n",
        "      build: ls go.mod\n      test: ls go.mod\n      lint: ls go.mod\n",
    )
}

/// The jobs of these services, and those that always run.
fn jobs(services: &[&str], infrastructure: &[&str]) -> Vec<String> {
    let mut jobs: Vec<String> = ["go-services/plan", "go-services/gate"].map(str::to_owned).into();
    for service in services {
        for job in ["build", "test", "lint"] {
            jobs.push(format!("go-services/{job} {service}"));
        }
    }
    jobs.extend(["terraform/plan", "terraform/gate", "database"].map(str::to_owned));
    jobs.extend(infrastructure.iter().map(|job| format!("terraform/{job}")));
    jobs
}

#[track_caller]
fn check(monorepo: &Monorepo, change: &[Do<'_>], services: &[&str], infrastructure: &[&str]) {
    let jobs = jobs(services, infrastructure);
    let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
    monorepo.check(change, &jobs);
}

const PLANNED: [&str; 4] = ["check", "tfplan development", "tfplan staging", "tfplan production"];

#[test]
fn a_service_is_built_tested_and_linted() {
    let change = [Do::Append("services/billing/billing.go", "// A change.\n")];
    check(&Monorepo::new("aiaas"), &change, &["billing"], &[]);
}

#[test]
fn what_services_share_runs_those_that_use_it() {
    let change = [Do::Append("libs/common/name.go", "// A change.\n")];
    check(&quick(), &change, &["auth", "gateway"], &[]);
}

#[test]
fn documents_run_nothing() {
    check(&quick(), &[Do::Append("README.md", "A word.\n")], &[], &[]);
}

#[test]
fn the_workspace_runs_every_service() {
    let change = [Do::Append("go.work", "// A change.\n")];
    check(&quick(), &change, &["auth", "billing", "gateway"], &[]);
}

#[test]
fn the_workflow_itself_runs_every_service() {
    let change = [Do::Append(".github/workflows/ci.yml", "# A change.\n")];
    check(&quick(), &change, &["auth", "billing", "gateway"], &[]);
}

#[test]
fn a_new_service_runs() {
    let change = [
        Do::Write("services/search/go.mod", "module example.com/search\n\ngo 1.22\n"),
        Do::Write("services/search/search.go", "package search\n"),
    ];
    check(&quick(), &change, &["search"], &[]);
}

#[test]
fn a_service_that_is_renamed_runs_under_its_new_name() {
    let change = [Do::Move("services/billing", "services/payments")];
    check(&quick(), &change, &["payments"], &[]);
}

#[test]
fn a_service_that_goes_runs_nothing() {
    check(&quick(), &[Do::Remove("services/billing")], &[], &[]);
}

const UP: Do<'_> = Do::Write("db/migrations/0002_x.up.sql", "CREATE TABLE x (id BIGINT);\n");

#[test]
fn a_migration_runs_no_service() {
    let change = [UP, Do::Write("db/migrations/0002_x.down.sql", "DROP TABLE x;\n")];
    check(&quick(), &change, &[], &[]);
}

#[test]
fn a_migration_that_cannot_be_undone_is_red() {
    let ran = quick().run(&[UP]);
    assert_eq!(ran.log.failed_legs("database").len(), 1, "{:#?}", ran.log.annotations());
    let changed = [Do::Append("db/migrations/0001_users.up.sql", "DROP TABLE users;\n")];
    assert_eq!(quick().run(&changed).log.failed_legs("database").len(), 1);
}

#[test]
fn infrastructure_is_planned_everywhere_and_applied_to_what_main_may() {
    let change = [Do::Append("infra/terraform/main.tf", "# A change.\n")];
    let applied = [&PLANNED[..], &["apply development", "apply staging"]].concat();
    let jobs = jobs(&[], &applied);
    let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
    let ran = quick().check(&change, &jobs);
    let told = told(&ran);
    let count = |words: &str| told.iter().filter(|it| it.starts_with(words)).count();
    assert_eq!((count("terraform plan"), count("terraform apply")), (3, 2), "{told:?}");
}

#[test]
fn infrastructure_on_a_branch_is_planned_and_not_applied() {
    let change = [Do::Append("infra/terraform/main.tf", "# A change.\n")];
    check(&quick().on("refs/heads/topic"), &change, &[], &PLANNED);
}
