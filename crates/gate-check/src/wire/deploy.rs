//! A deployment, version 1: the plan for people and other tools, and how far it is for the next run.

use std::collections::BTreeMap;

use repo_model::hexadecimal;
use rollout::deploy::{Phase, Plan, Standing, State};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The version of these documents' shape. Another shape is another number.
const VERSION: u32 = 1;

/// A plan.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DeployPlanDocument<'a> {
    #[serde(rename = "signalbox-deploy-plan")]
    version: u32,
    environment: &'a str,
    release: &'a str,
    waves: Vec<Vec<StepEntry<'a>>>,
}

#[derive(Clone, Debug, Serialize)]
struct StepEntry<'a> {
    step: &'a str,
    component: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    after: &'a [String],
    commands: BTreeMap<&'static str, &'a str>,
    variables: &'a BTreeMap<String, String>,
    soak_ms: u64,
    timeout_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<&'static str>,
}

impl<'a> DeployPlanDocument<'a> {
    /// The document of a plan, and of how far it is if it was begun.
    pub(crate) fn new(plan: &'a Plan, state: Option<&State>) -> Self {
        let entry = |at: &usize| {
            let step = plan.steps.get(*at)?;
            let line = |phase: Phase| Some((phase.name(), step.phases.get(phase)?));
            Some(StepEntry {
                step: &step.name,
                component: &step.component,
                region: step.region.as_deref(),
                after: &step.after,
                commands: Phase::ALL.into_iter().filter_map(line).collect(),
                variables: &step.variables,
                soak_ms: step.soak,
                timeout_ms: step.timeout,
                standing: state.map(|state| state.of(step).name()),
            })
        };
        let waves = plan.waves.iter().map(|wave| wave.iter().filter_map(entry).collect());
        Self {
            version: VERSION,
            environment: &plan.environment,
            release: &plan.version,
            waves: waves.collect(),
        }
    }
}

/// How far a deployment is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeployStateDocument {
    #[serde(rename = "signalbox-deploy-state")]
    version: u32,
    environment: String,
    release: String,
    /// Of the plan that it belongs to.
    plan: String,
    /// Whether it goes back.
    #[serde(default, rename = "goes-back")]
    goes_back: bool,
    /// What served before each step.
    #[serde(default)]
    previous: BTreeMap<String, String>,
    /// Every step that was begun, and how far it is.
    steps: BTreeMap<String, String>,
}

/// Why a document says nothing of this deployment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OtherState {
    /// It is no such document.
    #[error("{0}")]
    Malformed(String, usize, usize),
    /// It is another version of this document.
    #[error("it has version {0}, and {VERSION} is read")]
    Version(u32),
    /// It is about another deployment: of this release to this environment.
    #[error("it is about {0} in {1}")]
    Deployment(String, String),
    /// The plan has changed since.
    #[error("the configuration or the choice of components has changed since")]
    Plan,
}

impl DeployStateDocument {
    /// The document of how far a plan is.
    pub(crate) fn new(plan: &Plan, state: &State) -> Self {
        let steps = state.steps.iter().map(|(name, it)| (name.clone(), it.name().to_owned()));
        Self {
            version: VERSION,
            environment: plan.environment.clone(),
            release: plan.version.clone(),
            plan: digest(plan),
            goes_back: state.goes_back,
            previous: state.previous.clone(),
            steps: steps.collect(),
        }
    }

    /// Reads how far a plan is.
    ///
    /// # Errors
    /// When it is no such document, or one of another plan.
    pub(crate) fn read(bytes: &[u8], plan: &Plan) -> Result<State, OtherState> {
        let malformed = |error: &serde_json::Error| {
            OtherState::Malformed(error.to_string(), error.line(), error.column())
        };
        let read: Self = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
        if read.version != VERSION {
            return Err(OtherState::Version(read.version));
        }
        if (&read.environment, &read.release) != (&plan.environment, &plan.version) {
            return Err(OtherState::Deployment(read.release, read.environment));
        }
        if read.plan != digest(plan) {
            return Err(OtherState::Plan);
        }
        let mut state =
            State { goes_back: read.goes_back, previous: read.previous, ..State::default() };
        for (name, word) in read.steps {
            let standing = Standing::WORDS.iter().find(|(known, _)| *known == word);
            let is_step = plan.steps.iter().any(|step| step.name == name);
            let Some((_, standing)) = standing.filter(|_| is_step) else {
                let why = format!("the step {name:?} or its standing {word:?} is not known");
                return Err(OtherState::Malformed(why, 1, 1));
            };
            state.steps.insert(name, *standing);
        }
        Ok(state)
    }
}

/// What tells a plan from others: everything that decides what is run, in which order.
fn digest(plan: &Plan) -> String {
    let document = DeployPlanDocument::new(plan, None);
    hexadecimal(&Sha256::digest(super::line_of(&document).as_bytes()))
}
