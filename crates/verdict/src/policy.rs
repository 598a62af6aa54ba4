//! The policy of all gates: the table `[gate]` of `.github/signalbox.toml`.

use diagnostics::config::{Config, Table};
use diagnostics::{Foreign, Problem};

use crate::gates::{
    self, compile, coverage, docs, lint, manifests, migrations, parity, performance, required_jobs,
    security, terraform, workflow_lint,
};
use crate::waivers::{MOST_DAYS, Waiver};
use crate::{Gate, Mode};

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Which gates run where the input `gate` does not say.
    pub gates: Option<Vec<Gate>>,
    /// The gates that the file has a table for: they are meant to run.
    pub configured: Vec<Gate>,
    /// What all of it comes to: in another mode than `block`, nothing that is found blocks.
    pub mode: Mode,
    /// Whether what has to be acknowledged blocks until it is.
    pub strict: bool,
    /// For how many days a waiver may hold.
    pub most_waiver_days: u64,
    /// The reports, as in the input `reports`, where that does not say.
    pub reports: Vec<String>,
    /// The gate `required-jobs`.
    pub required_jobs: required_jobs::Policy,
    /// The gate `compile`.
    pub compile: compile::Policy,
    /// The gate `lint`.
    pub lint: lint::Policy,
    /// The gate `docs`.
    pub docs: docs::Policy,
    /// The gate `tests`.
    pub tests: gates::tests::Policy,
    /// The gate `coverage`.
    pub coverage: coverage::Policy,
    /// The gate `security`.
    pub security: security::Policy,
    /// The gate `performance`.
    pub performance: performance::Policy,
    /// The gate `terraform`.
    pub terraform: terraform::Policy,
    /// The gate `migrations`.
    pub migrations: migrations::Policy,
    /// The gate `manifests`.
    pub manifests: manifests::Policy,
    /// The gate `parity`.
    pub parity: parity::Policy,
    /// The gate `workflow-lint`.
    pub workflow_lint: workflow_lint::Policy,
    /// What somebody answers for.
    pub waivers: Vec<Waiver>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            gates: None,
            configured: Vec::new(),
            mode: Mode::default(),
            strict: false,
            most_waiver_days: MOST_DAYS,
            reports: Vec::new(),
            required_jobs: required_jobs::Policy::default(),
            compile: compile::Policy::default(),
            lint: lint::Policy::default(),
            docs: docs::Policy::default(),
            tests: gates::tests::Policy::default(),
            coverage: coverage::Policy::default(),
            security: security::Policy::default(),
            performance: performance::Policy::default(),
            terraform: terraform::Policy::default(),
            migrations: migrations::Policy::default(),
            manifests: manifests::Policy::default(),
            parity: parity::Policy::default(),
            workflow_lint: workflow_lint::Policy::default(),
            waivers: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads a file.
    ///
    /// # Errors
    /// With every mistake in it, in the order of their places.
    pub fn read(file: impl Into<Foreign>, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        Config::read(file, bytes, |top| Self::of(&mut top.of_suite("gate")))
    }

    fn of(table: &mut Table<'_, '_>) -> Self {
        let gates = table.strings("gates").map(|words| {
            let named = words.iter().filter_map(|word| table.chosen(word, "gates", &Gate::WORDS));
            named.collect()
        });
        let mut configured = Vec::new();
        let mut of_gate = |gate: Gate, name| {
            let inner = table.table(name);
            if inner.is_there() {
                configured.push(gate);
            }
            inner
        };
        let required_jobs =
            required_jobs::Policy::read(&mut of_gate(Gate::RequiredJobs, "required-jobs"));
        let compile = compile::Policy::read(&mut of_gate(Gate::Compile, "compile"));
        let lint = lint::Policy::read(&mut of_gate(Gate::Lint, "lint"));
        let docs = docs::Policy::read(&mut of_gate(Gate::Docs, "docs"));
        let tests = gates::tests::Policy::read(&mut of_gate(Gate::Tests, "tests"));
        let coverage = coverage::Policy::read(&mut of_gate(Gate::Coverage, "coverage"));
        let security = security::Policy::read(&mut of_gate(Gate::Security, "security"));
        let performance = performance::Policy::read(&mut of_gate(Gate::Performance, "performance"));
        let terraform = terraform::Policy::read(&mut of_gate(Gate::Terraform, "terraform"));
        let migrations = migrations::Policy::read(&mut of_gate(Gate::Migrations, "migrations"));
        let manifests = manifests::Policy::read(&mut of_gate(Gate::Manifests, "manifests"));
        let parity = parity::Policy::read(&mut of_gate(Gate::Parity, "parity"));
        let workflow_lint =
            workflow_lint::Policy::read(&mut of_gate(Gate::WorkflowLint, "workflow-lint"));
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let strict = table.flag("strict").unwrap_or_default();
        let most_waiver_days = table.count("max-waiver-days").unwrap_or(MOST_DAYS);
        let reports = table.strings("reports").unwrap_or_default();
        let waivers = table.tables("waiver").iter_mut().filter_map(Waiver::read).collect();
        Self {
            gates,
            configured,
            mode,
            strict,
            most_waiver_days,
            reports: reports.into_iter().map(|word| word.text).collect(),
            required_jobs,
            compile,
            lint,
            docs,
            tests,
            coverage,
            security,
            performance,
            terraform,
            migrations,
            manifests,
            parity,
            workflow_lint,
            waivers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, places: &[(u64, u64)]) {
        let problems = Policy::read("c.toml", text.as_bytes()).unwrap_err();
        let found: Vec<_> = problems.iter().map(|problem| problem.place.clone().unwrap()).collect();
        let found: Vec<_> =
            found.iter().map(|place| (place.line.unwrap(), place.column.unwrap())).collect();
        assert_eq!(found, places, "{text}");
    }

    #[test]
    fn no_file_and_an_empty_file_are_the_same() {
        let empty = Policy::read("c.toml", b"").unwrap();
        assert_eq!(format!("{empty:?}"), format!("{:?}", Policy::default()));
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        check_refused("[gates]\nmode = 'warn'", &[(1, 2)]);
        check_refused(
            "[gate]\nmode = 'wran'\ngates = ['lint', 'covrage']\n[gate.coverag]\nmin = 1\n[[gate.waiver]]\nrule = 'x'",
            &[(2, 8), (3, 18), (4, 7), (6, 1), (6, 1), (6, 1), (6, 1)],
        );
    }

    #[test]
    fn a_table_of_a_gate_says_that_it_is_meant_to_run() {
        let policy = Policy::read("c.toml", b"[changes]\nx = 1\n[gate.required-jobs]").unwrap();
        assert_eq!(policy.configured, [Gate::RequiredJobs]);
    }
}
