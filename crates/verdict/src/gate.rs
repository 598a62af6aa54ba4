//! The list of gates, and what each comes to.

use std::collections::BTreeMap;

use diagnostics::Text;

use crate::{Reason, State, Verdict};

/// A gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// The jobs that this one needs: did each end as it may?
    RequiredJobs,
    /// Does every member of the workspace compile?
    Compile,
    /// What linters find in the code.
    Lint,
    /// Is what is public documented, without broken links?
    Docs,
    /// Did every test run and pass?
    Tests,
    /// How much of the code do tests run?
    Coverage,
    /// What scanners find: vulnerabilities, secrets, misconfigurations.
    Security,
    /// Is it as fast as it was, and as fast as it must be?
    Performance,
    /// Is the Terraform code valid?
    Terraform,
    /// Can each migration of a database be undone, and is none changed that ran?
    Migrations,
    /// Do manifests say what keeps a deployment running?
    Manifests,
    /// Is what people run with Compose also deployed, and the other way round?
    Parity,
    /// Are the workflows themselves sound?
    WorkflowLint,
    /// Are the waivers themselves in order? It is there when there are any.
    Waivers,
}

impl Gate {
    /// Every gate, in the order in which they are told.
    pub const ALL: [Self; 14] = [
        Self::RequiredJobs,
        Self::Compile,
        Self::Lint,
        Self::Docs,
        Self::Tests,
        Self::Coverage,
        Self::Security,
        Self::Performance,
        Self::Terraform,
        Self::Migrations,
        Self::Manifests,
        Self::Parity,
        Self::WorkflowLint,
        Self::Waivers,
    ];

    /// The words of the configuration for those that look at evidence.
    pub const WORDS: [(&'static str, Self); 13] = [
        ("required-jobs", Self::RequiredJobs),
        ("compile", Self::Compile),
        ("lint", Self::Lint),
        ("docs", Self::Docs),
        ("tests", Self::Tests),
        ("coverage", Self::Coverage),
        ("security", Self::Security),
        ("performance", Self::Performance),
        ("terraform", Self::Terraform),
        ("migrations", Self::Migrations),
        ("manifests", Self::Manifests),
        ("parity", Self::Parity),
        ("workflow-lint", Self::WorkflowLint),
    ];

    /// Whether it looks at reports, and not at files of the repository or at what the runner says.
    pub fn looks_at_reports(self) -> bool {
        match self {
            Self::Compile
            | Self::Lint
            | Self::Docs
            | Self::Tests
            | Self::Coverage
            | Self::Security
            | Self::Performance
            | Self::Terraform => true,
            Self::RequiredJobs
            | Self::Migrations
            | Self::Manifests
            | Self::Parity
            | Self::WorkflowLint
            | Self::Waivers => false,
        }
    }

    /// Its name, which is also its key in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::RequiredJobs => "required-jobs",
            Self::Compile => "compile",
            Self::Lint => "lint",
            Self::Docs => "docs",
            Self::Tests => "tests",
            Self::Coverage => "coverage",
            Self::Security => "security",
            Self::Performance => "performance",
            Self::Terraform => "terraform",
            Self::Migrations => "migrations",
            Self::Manifests => "manifests",
            Self::Parity => "parity",
            Self::WorkflowLint => "workflow-lint",
            Self::Waivers => "waivers",
        }
    }
}

/// What a gate does with what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// What is found is told, and never more than told.
    Report,
    /// What is found warns.
    Warn,
    /// What is found blocks.
    #[default]
    Block,
}

impl Mode {
    /// The words of the configuration.
    pub const WORDS: [(&'static str, Self); 3] =
        [("block", Self::Block), ("warn", Self::Warn), ("report", Self::Report)];

    /// What a verdict comes to in this mode. Missing evidence stays missing in every mode.
    pub fn soften(self, verdict: Verdict) -> Verdict {
        match (self, verdict) {
            (Self::Block, _) | (_, Verdict::Error | Verdict::Pass) => verdict,
            (Self::Warn, _) => Verdict::Warn,
            (Self::Report, _) => Verdict::Pass,
        }
    }
}

/// What a gate found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which gate.
    pub gate: Gate,
    /// What was measured, for the table: `61.3 % of 1204 lines`.
    pub measured: Text,
    /// What it is held against: `at least 60 %`.
    pub limit: Text,
    /// Everything that speaks against it or is worth knowing.
    pub reasons: Vec<Reason>,
}

impl Outcome {
    /// As bad as the worst reason that is open.
    pub fn verdict(&self) -> Verdict {
        let open = self.reasons.iter().filter(|reason| reason.state == State::Open);
        open.map(|reason| reason.verdict).max().unwrap_or_default()
    }

    /// Counts again what is held against a number, once it is known what is waived.
    pub(crate) fn recount(&mut self) {
        let is_open = |reason: &&mut Reason| reason.state == State::Open;
        let mut open: BTreeMap<usize, u64> = BTreeMap::new();
        for reason in self.reasons.iter_mut().filter(is_open) {
            if let Some(counted) = reason.counted {
                *open.entry(counted.number).or_default() += 1;
            }
        }
        for reason in self.reasons.iter_mut().filter(is_open) {
            let Some(counted) = reason.counted else { continue };
            if open.get(&counted.number).is_some_and(|open| *open <= counted.most) {
                reason.verdict = reason.verdict.min(counted.within);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gate_is_known_by_its_name() {
        let named: Vec<_> = Gate::ALL.iter().map(|gate| (gate.name(), *gate)).collect();
        assert_eq!(named.split_last().unwrap().1, Gate::WORDS);
    }

    #[test]
    fn no_mode_hides_missing_evidence() {
        for (_, mode) in Mode::WORDS {
            assert_eq!(mode.soften(Verdict::Error), Verdict::Error);
            assert_eq!(mode.soften(Verdict::Pass), Verdict::Pass);
        }
        assert_eq!(Mode::Block.soften(Verdict::Fail), Verdict::Fail);
        assert_eq!(Mode::Warn.soften(Verdict::Fail), Verdict::Warn);
        assert_eq!(Mode::Report.soften(Verdict::Review), Verdict::Pass);
    }
}
