//! The whole: every gate that runs, the waivers, and what it comes to.

use jiff::civil::Date;

use crate::gates::{
    compile, coverage, docs, lint, manifests, migrations, parity, performance, required_jobs,
    security, terraform, tests, workflow_lint,
};
use crate::ignores::{Ignore, told};
use crate::waivers::apply;
use crate::{Gate, Mode, Outcome, Policy, State, Trouble, Verdict};

/// Everything that is known.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The day, for waivers.
    pub today: Date,
    /// Which gates run. Each must have facts, or there is no answer.
    pub wanted: &'a [Gate],
    /// What is wrong with the evidence.
    pub troubles: &'a [Trouble],
    /// The rules that somebody has said to know of: `acknowledge` is then done.
    pub acknowledged: &'a [String],
    /// What other tools have been told to ignore.
    pub ignores: &'a [Ignore],
    /// For `required-jobs`.
    pub required_jobs: Option<required_jobs::Facts<'a>>,
    /// For `compile`.
    pub compile: Option<compile::Facts<'a>>,
    /// For `lint`.
    pub lint: Option<lint::Facts<'a>>,
    /// For `docs`.
    pub docs: Option<docs::Facts<'a>>,
    /// For `tests`.
    pub tests: Option<tests::Facts<'a>>,
    /// For `coverage`.
    pub coverage: Option<coverage::Facts<'a>>,
    /// For `security`.
    pub security: Option<security::Facts<'a>>,
    /// For `performance`.
    pub performance: Option<performance::Facts<'a>>,
    /// For `terraform`.
    pub terraform: Option<terraform::Facts<'a>>,
    /// For `migrations`.
    pub migrations: Option<migrations::Facts<'a>>,
    /// For `manifests`.
    pub manifests: Option<manifests::Facts<'a>>,
    /// For `parity`.
    pub parity: Option<parity::Facts<'a>>,
    /// For `workflow-lint`.
    pub workflow_lint: Option<workflow_lint::Facts<'a>>,
}

/// What it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// As bad as the worst gate.
    pub verdict: Verdict,
    /// What each gate found, in the order of [`Gate::ALL`].
    pub outcomes: Vec<Outcome>,
    /// From which verdict on it blocks.
    blocks_from: Verdict,
}

/// Decides. Of the same facts comes the same decision.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Decision {
    let mut outcomes: Vec<Outcome> =
        Gate::ALL.into_iter().filter_map(|gate| outcome(policy, facts, gate)).collect();
    acknowledge(&mut outcomes, facts.acknowledged);
    let waivers = apply(&policy.waivers, &mut outcomes, facts.today, policy.most_waiver_days);
    outcomes.iter_mut().for_each(Outcome::recount);
    outcomes.extend(told(waivers, facts.ignores, facts.today));
    Decision::of(outcomes, policy.mode, policy.strict)
}

impl Decision {
    /// What outcomes come to.
    pub(crate) fn of(outcomes: Vec<Outcome>, mode: Mode, is_strict: bool) -> Self {
        let verdict = outcomes.iter().map(Outcome::verdict).max().unwrap_or(Verdict::Error);
        let blocks_from = match (mode, is_strict) {
            (Mode::Warn | Mode::Report, _) => Verdict::Error,
            (Mode::Block, true) => Verdict::Acknowledge,
            (Mode::Block, false) => Verdict::Review,
        };
        Self { verdict, outcomes, blocks_from }
    }

    /// Whether something that was found blocks. Where the evidence is at fault there is no answer, which
    /// [`Decision::verdict`] says.
    pub fn blocks(&self) -> bool {
        self.is_blocking(self.verdict)
    }

    /// The gates because of which it does not pass, the worst first.
    pub fn blocking(&self) -> Vec<&Outcome> {
        let mut blocking: Vec<&Outcome> =
            self.outcomes.iter().filter(|outcome| self.is_blocking(outcome.verdict())).collect();
        blocking.sort_by_key(|outcome| std::cmp::Reverse(outcome.verdict()));
        blocking
    }

    /// Whether a gate's verdict keeps the change from passing.
    pub fn is_blocking(&self, verdict: Verdict) -> bool {
        verdict >= self.blocks_from
    }
}

/// What a gate found, if it ran.
fn outcome(policy: &Policy, facts: &Facts<'_>, gate: Gate) -> Option<Outcome> {
    if !facts.wanted.contains(&gate) {
        return None;
    }
    /// Asks a gate, if there are facts for it.
    macro_rules! decided {
        ($gate:ident) => {
            facts.$gate.as_ref().map(|facts| $gate::decide(&policy.$gate, facts))
        };
    }
    let mut outcome = match gate {
        Gate::RequiredJobs => decided!(required_jobs),
        Gate::Compile => decided!(compile),
        Gate::Lint => decided!(lint),
        Gate::Docs => decided!(docs),
        Gate::Tests => decided!(tests),
        Gate::Coverage => decided!(coverage),
        Gate::Security => decided!(security),
        Gate::Performance => decided!(performance),
        Gate::Terraform => decided!(terraform),
        Gate::Migrations => decided!(migrations),
        Gate::Manifests => decided!(manifests),
        Gate::Parity => decided!(parity),
        Gate::WorkflowLint => decided!(workflow_lint),
        Gate::Waivers => None,
    };
    let troubles = facts.troubles.iter().filter(|trouble| trouble.is_of(gate));
    let mut reasons: Vec<_> = troubles.map(|trouble| trouble.reason.clone()).collect();
    if outcome.is_none() && reasons.is_empty() {
        reasons.push(Trouble::missing(gate).reason);
    }
    let (measured, limit) = Default::default();
    let found = outcome.get_or_insert(Outcome { gate, measured, limit, reasons: Vec::new() });
    // What is wrong with the evidence comes first.
    reasons.append(&mut found.reasons);
    found.reasons = reasons;
    outcome
}

/// What somebody has said to know of needs no acknowledgement any more.
fn acknowledge(outcomes: &mut [Outcome], rules: &[String]) {
    if rules.is_empty() {
        return;
    }
    for reason in outcomes.iter_mut().flat_map(|outcome| &mut outcome.reasons) {
        let is_open = reason.state == State::Open && reason.verdict == Verdict::Acknowledge;
        let is_known = |name: &[u8]| rules.iter().any(|rule| rule.as_bytes() == name);
        if is_open && reason.names().any(is_known) {
            reason.state = State::Acknowledged;
        }
    }
}
