//! Where reports are looked for when nobody says it, and what makes those that are missing.

use crate::Gate;

/// A place where a gate's reports may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The gate.
    pub gate: Gate,
    /// The pattern of the files, from the folder that the tool runs in.
    pub pattern: &'static str,
}

/// The places, each for one gate. What the commands below make comes first.
pub const HOMES: &[Home] = &[
    Home { gate: Gate::Compile, pattern: "target/gate/check.json" },
    Home { gate: Gate::Lint, pattern: "target/gate/clippy.json" },
    Home { gate: Gate::Lint, pattern: "target/gate/lint/*" },
    Home { gate: Gate::Docs, pattern: "target/gate/doc.json" },
    Home { gate: Gate::Tests, pattern: "target/gate/tests/*" },
    Home { gate: Gate::Tests, pattern: "target/nextest/*/junit.xml" },
    Home { gate: Gate::Tests, pattern: "junit.xml" },
    Home { gate: Gate::Tests, pattern: "test-results/**/*.xml" },
    Home { gate: Gate::Coverage, pattern: "target/gate/lcov.info" },
    Home { gate: Gate::Coverage, pattern: "lcov.info" },
    Home { gate: Gate::Coverage, pattern: "coverage/lcov.info" },
    Home { gate: Gate::Coverage, pattern: "coverage.xml" },
    Home { gate: Gate::Coverage, pattern: "coverage.out" },
    Home { gate: Gate::Security, pattern: "target/gate/security/*" },
    Home { gate: Gate::Security, pattern: "target/gate/audit.json" },
    Home { gate: Gate::Security, pattern: "target/gate/deny.json" },
    Home { gate: Gate::Performance, pattern: "target/gate/rounds.json" },
    Home { gate: Gate::Terraform, pattern: "target/gate/terraform/*" },
];

/// What a gate looks at, and the command that makes it in a Rust workspace, if one does.
pub fn wanted(gate: Gate) -> (&'static str, Option<&'static str>) {
    match gate {
        Gate::RequiredJobs => ("list of jobs (`jobs: ${{ toJSON(needs) }}`)", None),
        Gate::Compile => (
            "report of a build",
            Some(
                "cargo check --workspace --all-targets --message-format=json > target/gate/check.json",
            ),
        ),
        Gate::Lint => (
            "report of a linter",
            Some(
                "cargo clippy --workspace --all-targets --message-format=json > target/gate/clippy.json",
            ),
        ),
        Gate::Docs => (
            "report of the documentation",
            Some("cargo doc --workspace --no-deps --message-format=json > target/gate/doc.json"),
        ),
        Gate::Tests => ("report of tests", Some("cargo nextest run --workspace --profile ci")),
        Gate::Coverage => (
            "report of coverage",
            Some("cargo llvm-cov --workspace --lcov --output-path target/gate/lcov.info"),
        ),
        Gate::Security => {
            ("report of a scanner", Some("cargo deny --format json check 2> target/gate/deny.json"))
        }
        Gate::Performance => (
            "measurement",
            Some("gate-check bench --base OLD --head NEW --rounds-file target/gate/rounds.json"),
        ),
        Gate::Terraform => (
            "report on Terraform code",
            Some("terraform validate -json > target/gate/terraform/validate.json"),
        ),
        Gate::Migrations => ("repository with migrations", None),
        Gate::Manifests => ("manifest", None),
        Gate::Parity => ("pair of Compose files (`compose`) and manifests (`manifests`)", None),
        Gate::WorkflowLint => ("workflow", None),
        Gate::Waivers => ("waiver", None),
    }
}
