//! A canary: its policy, how far it is, and the samples of one window.

mod replay;
mod walk;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostics::{Foreign, Piece, Place, Problem, text};
use rollout::canary::{Phase, Policy, State, Tick, Trigger};
use runner_protocol::{Cause, Failure};

use super::{config, files};
use crate::args::CanaryArgs;
use crate::wire::{CanaryIdentity, CanaryStateDocument, NotACanary};

pub(crate) use replay::judged;
pub(crate) use walk::{Walked, decided, walk};
pub(crate) use watch::watched;

/// The largest document of a canary, in bytes: a record of two hundred metrics and a thousand moments.
const LARGEST: u64 = 64 << 20;

/// What is known before anything is measured.
pub(crate) struct Canary {
    /// What is wanted.
    pub(crate) policy: Policy,
    /// What the step before left.
    pub(crate) state: State,
    /// Which of the policy's steps it is, from 0.
    pub(crate) step: usize,
    /// Where it is kept how far it is, and of which canary.
    kept: Option<(PathBuf, CanaryIdentity)>,
    /// What was told of the triggers.
    triggered: BTreeMap<String, Told>,
}

/// What was told of a trigger.
enum Told {
    /// At once.
    Known(Trigger),
    /// In a file, which need not be there yet.
    File(String),
}

/// What was measured.
pub(crate) struct Measured {
    /// The samples of each metric, in the policy's order.
    pub(crate) samples: Vec<Vec<Tick>>,
    /// What is known of the triggers.
    pub(crate) triggers: BTreeMap<String, Trigger>,
    /// Whether the window is over.
    pub(crate) is_over: bool,
}

impl Canary {
    /// Reads it.
    pub(crate) fn of(args: &CanaryArgs) -> Result<Self, Failure> {
        let (file, bytes) = config::needed_file(args.file.config.as_deref(), "canary")?;
        let policy = Policy::read(file.clone(), &bytes)
            .map_err(|problems| Failure { cause: Cause::NoAnswer, problems })?;
        let Some(policy) = policy else {
            let message = text!["the configuration ", file, " has no table `[canary]`"];
            let help = "write what is measured: `[[canary.metric]]` with a `name`, a `query` and a limit such as `max`";
            return Err(Failure::no_answer(Problem::error(message).help(help)));
        };
        let kept = kept(args)?;
        let before = match &kept {
            Some((path, identity)) => earlier(path, identity)?,
            None => None,
        };
        let (state, step) = begun(&policy, before, args.weight)?;
        let triggered = told(&policy, args.triggered.as_deref().unwrap_or_default())?;
        Ok(Self { policy, state, step, kept, triggered })
    }

    /// The weight that is judged.
    pub(crate) fn weight(&self) -> u8 {
        self.policy.steps.get(self.step).copied().unwrap_or(0)
    }

    /// The state of a canary that may have the traffic of this step.
    pub(crate) fn at(&self) -> State {
        State { phase: Phase::At(self.weight()), ..self.state.clone() }
    }

    /// Writes down what this step leaves for the next.
    pub(crate) fn keep(&self, state: &State) -> Result<(), Failure> {
        let Some((path, identity)) = &self.kept else { return Ok(()) };
        let mut text = crate::wire::line_of(&CanaryStateDocument::new(identity, state));
        text.push('\n');
        files::put(path, text.as_bytes()).map(|_| ())
    }

    /// What is known of the triggers now.
    fn triggers(&self) -> BTreeMap<String, Trigger> {
        let now = |told: &Told| match told {
            Told::Known(trigger) => *trigger,
            Told::File(path) => {
                let bytes = system::read_whole(Path::new(path), 64).unwrap_or_default();
                match bytes.trim_ascii() {
                    b"true" => Trigger::Fired,
                    b"false" => Trigger::Quiet,
                    _ => Trigger::Unknown,
                }
            }
        };
        self.triggered.iter().map(|(name, told)| (name.clone(), now(told))).collect()
    }
}

/// Where the state is kept, and whose it is.
fn kept(args: &CanaryArgs) -> Result<Option<(PathBuf, CanaryIdentity)>, Failure> {
    let Some(path) = &args.canary_state else { return Ok(None) };
    let (Some(environment), Some(release)) = (&args.environment, &args.release) else {
        let message = "nobody says whose state is kept in `canary-state`";
        let help = "name both `--environment` and `--release` (inputs of these names): what is known of one release says nothing of another";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    };
    let (environment, release) = (environment.clone(), release.clone());
    Ok(Some((path.clone(), CanaryIdentity { environment, release })))
}

/// The state that an earlier step left. That of another canary is refused unless that one is over: what it was given
/// is no way for this one.
fn earlier(path: &Path, identity: &CanaryIdentity) -> Result<Option<State>, Failure> {
    let what = "the state of the canary";
    let is_there = system::exists(path)
        .map_err(|failure| files::refused(&failure, what, "see the folder and its permissions"))?;
    if !is_there {
        return Ok(None);
    }
    let bytes =
        files::read_within(path, LARGEST, what, "name the file that the step before wrote")?;
    let (found, state) = CanaryStateDocument::read(&bytes).map_err(|error| {
        Failure::no_answer(
            Problem::error("the state of the canary cannot be read")
                .at(place(path, &bytes, &error))
                .label(Piece::said(&error))
                .help("hand over what the step before wrote, or name a new file to begin anew"),
        )
    })?;
    if found == *identity {
        return Ok(Some(state));
    }
    let Phase::At(weight) = state.phase else { return Ok(None) };
    let name = |name: &str| Foreign::from(name);
    let message = text![
        "the state is one of another canary, and not of ",
        name(&identity.release),
        " in ",
        name(&identity.environment)
    ];
    let label = text![
        "it is about ",
        name(&found.release),
        " in ",
        name(&found.environment),
        ", which is at ",
        u64::from(weight),
        " %"
    ];
    let help = "end that canary and take its traffic back first; then remove this file, or begin with a new one (input `canary-state`)";
    let problem = Problem::error(message).at(Place::file(Foreign::path(path))).label(label);
    Err(Failure::no_answer(problem.help(help)))
}

/// Where in a file something is wrong.
fn place(path: &Path, bytes: &[u8], error: &NotACanary) -> Place {
    match error.place {
        Some((line, column)) => Place::of_json(Foreign::path(path), bytes, line, column),
        None => Place::file(Foreign::path(path)),
    }
}

/// The state with which the step begins, and which step it is. A canary that has ended, and one that begins with the
/// first step again, is a new one.
fn begun(
    policy: &Policy,
    before: Option<State>,
    weight: Option<u8>,
) -> Result<(State, usize), Failure> {
    let first = policy.steps.first().copied().unwrap_or(100);
    let is_over = before.as_ref().is_some_and(|state| !matches!(state.phase, Phase::At(_)));
    if let Some(weight) = weight.filter(|weight| is_over && *weight != first) {
        let message =
            text!["the canary is over, and nothing is left to judge at ", u64::from(weight), " %"];
        let help = "begin anew with the first step, or name another `canary-state`";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    }
    let going = before.and_then(|state| match state.phase {
        Phase::At(weight) => Some((state, weight)),
        Phase::Promoted | Phase::RolledBack => None,
    });
    let (state, weight) = match (going, weight) {
        (Some((state, at)), None) => (state, at),
        (Some((state, at)), Some(weight)) if at == weight => (state, at),
        (Some(_), Some(weight)) if weight == first => (State::new(first), first),
        (Some((_, at)), Some(weight)) => {
            let message = text![
                "the canary is at ",
                u64::from(at),
                " %, and not at ",
                u64::from(weight),
                " %"
            ];
            let help = "judge the weight that the last step gave (its output `next-weight`), begin anew with the first step, or name another `canary-state`";
            return Err(Failure::no_answer(Problem::error(message).help(help)));
        }
        (None, weight) => (State::new(weight.unwrap_or(first)), weight.unwrap_or(first)),
    };
    let step = policy.steps.iter().position(|step| *step == weight).ok_or_else(|| {
        let message = text!["the weight ", u64::from(weight), " is none of the policy's steps"];
        let steps: Vec<String> = policy.steps.iter().map(u8::to_string).collect();
        let help = text![
            "write one of ",
            Foreign::from(steps.join(", ").as_str()),
            ", or add it to `steps` in `[canary]`"
        ];
        Failure::no_answer(Problem::error(message).help(help))
    })?;
    Ok((state, step))
}

/// What the input says of the triggers.
fn told(policy: &Policy, lines: &str) -> Result<BTreeMap<String, Told>, Failure> {
    let mut triggered = BTreeMap::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        let (name, value) = (name.trim(), value.trim());
        if !policy.triggers.iter().any(|known| known == name) {
            let message = text!["the trigger ", Foreign::from(name), " is none of the policy's"];
            let near = diagnostics::nearest(name, policy.triggers.iter().map(String::as_str));
            let help = if let Some(near) = near {
                text!["did you mean ", Foreign::from(near), "?"]
            } else {
                text!["write it into `triggers` in `[canary]`"]
            };
            return Err(Failure::no_answer(Problem::error(message).help(help)));
        }
        let told = match value {
            "true" => Told::Known(Trigger::Fired),
            "false" => Told::Known(Trigger::Quiet),
            // The output of a job that was skipped.
            "" => Told::Known(Trigger::Unknown),
            path => Told::File(path.to_owned()),
        };
        if triggered.insert(name.to_owned(), told).is_some() {
            let message = text!["the trigger ", Foreign::from(name), " is told twice"];
            let help = "write one line for each trigger";
            return Err(Failure::no_answer(Problem::error(message).help(help)));
        }
    }
    Ok(triggered)
}
