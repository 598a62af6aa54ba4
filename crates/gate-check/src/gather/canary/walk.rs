//! A canary from its first step to its end: each weight is given by a command of the user's, and watched.

use std::collections::BTreeMap;
use std::time::Duration;

use diagnostics::{Foreign, Problem, text};
use rollout::canary::{Decision, Facts, Phase, Trigger, Verdict, decide};
use runner_protocol::{Failure, Out};

use super::super::prometheus;
use super::{Canary, Measured, keep, watched};
use crate::args::{CanaryArgs, CanaryWalkArgs};

/// How long the command that gives traffic may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// How many of its last bytes are told where it fails.
const SAID: usize = 1000;

/// A step that was taken.
pub(crate) struct Walked {
    /// The traffic that it had, in per cent.
    pub(crate) weight: u8,
    /// What happened to it.
    pub(crate) decision: Decision,
}

/// How it ended.
pub(crate) struct Walk {
    /// The canary, at its last step.
    pub(crate) canary: Canary,
    /// What was measured there.
    pub(crate) measured: Measured,
    /// What was decided there.
    pub(crate) decision: Decision,
    /// All steps, the last one among them.
    pub(crate) steps: Vec<Walked>,
}

/// Walks until it has all traffic or none, or waits for too long. Where anything goes wrong in between, the traffic
/// is taken from it.
pub(crate) fn walk(args: &CanaryWalkArgs, out: &mut Out) -> Result<Walk, Failure> {
    let mut canary = Canary::of(&args.canary)?;
    // Before any traffic goes anywhere: whether somebody can be asked at all.
    let interval = Duration::from_millis(canary.policy.interval);
    drop(prometheus::client(&args.canary.server, interval, out)?);
    let mut steps = Vec::new();
    loop {
        let weight = canary.weight();
        // What was found out before is no reason to give it traffic first.
        let is_lost = canary.triggers().values().any(|trigger| *trigger == Trigger::Fired);
        let shifted = if is_lost { Ok(()) } else { given(&args.shift, weight) };
        let step = shifted.and_then(|()| {
            let args = of_step(&args.canary, steps.len());
            let measured = watched(&canary, &args, out)?;
            let decision = decided(&canary, &measured);
            if let Some(path) = &args.canary_state {
                keep(&decision.state, path)?;
            }
            Ok((measured, decision))
        });
        let (measured, decision) = match step {
            Ok(step) => step,
            Err(mut failure) => {
                if let Err(worse) = given(&args.shift, 0) {
                    failure.problems.extend(worse.problems);
                }
                return Err(failure);
            }
        };
        steps.push(Walked { weight, decision: decision.clone() });
        let next = match (decision.verdict, decision.state.phase) {
            (Verdict::Rollback, _) => {
                given(&args.shift, 0)?;
                None
            }
            (Verdict::Promote, Phase::At(next)) => Some(next),
            (Verdict::Promote, _) => {
                if weight < 100 {
                    given(&args.shift, 100)?;
                }
                None
            }
            // Only a policy that waits on comes further than its holds.
            (Verdict::Hold, _) if decision.state.holds > canary.policy.max_holds => None,
            (Verdict::Hold, _) => Some(weight),
        };
        match next {
            None => return Ok(Walk { canary, measured, decision, steps }),
            Some(next) => {
                let place = canary.policy.steps.iter().position(|step| *step == next);
                canary.step = place.unwrap_or(canary.step);
                canary.state = decision.state;
            }
        }
    }
}

/// The decision about what was measured.
pub(crate) fn decided(canary: &Canary, measured: &Measured) -> Decision {
    decide(&Facts {
        policy: &canary.policy,
        state: &canary.state,
        step: canary.step,
        samples: &measured.samples,
        triggers: &measured.triggers,
        is_over: measured.is_over,
    })
}

/// The arguments of one step: its answers are kept in a folder of its own.
fn of_step(args: &CanaryArgs, number: usize) -> CanaryArgs {
    let record = args.record.as_ref().map(|folder| folder.join(format!("{:02}", number + 1)));
    CanaryArgs { record, ..args.clone() }
}

/// Gives the canary so much of the traffic.
fn given(line: &str, weight: u8) -> Result<(), Failure> {
    let variables = BTreeMap::from([("WEIGHT".to_owned(), weight.to_string())]);
    let what = text!["the command that gives the canary ", u64::from(weight), " % of the traffic"];
    let failed = |words: &'static str, said: &[u8]| {
        let mut message = what.clone();
        message.text(words);
        let said = said.get(said.len().saturating_sub(SAID)..).unwrap_or(said).trim_ascii();
        if !said.is_empty() {
            message.text(": ").push(diagnostics::Piece::Said(Foreign::new(said)));
        }
        let help = if weight == 0 {
            "take the traffic from it by hand, now; then see what the command says"
        } else {
            "run `shift` by hand with `WEIGHT` set, and see what it says; the canary gets no traffic until it works"
        };
        Failure::environment(Problem::error(message).help(help))
    };
    match system::perform(line, &variables, PATIENCE) {
        Ok(performed) if performed.code == Some(0) => Ok(()),
        Ok(performed) => Err(failed(" failed", &performed.stderr)),
        Err(error) => Err(failed(" did not end", error.to_string().as_bytes())),
    }
}
