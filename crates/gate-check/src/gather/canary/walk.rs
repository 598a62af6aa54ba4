//! A canary from its first step to its end: each weight is given by a command of the user's, and watched.

use std::collections::BTreeMap;
use std::time::Duration;

use diagnostics::{Foreign, Problem, text};
use rollout::canary::{Decision, Facts, Phase, State, Trigger, Verdict, decide};
use runner_protocol::{Failure, Out};

use super::super::prometheus;
use super::{Canary, Measured, watched};
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
    /// Why it has traffic still, where it has to go and that failed.
    pub(crate) stuck: Option<Failure>,
}

/// Walks until it has all traffic or none, or waits for too long. Where anything goes wrong in between, the traffic
/// is taken from it.
pub(crate) fn walk(args: &CanaryWalkArgs, out: &mut Out) -> Result<Walk, Failure> {
    let mut canary = Canary::of(&args.canary)?;
    // Before any traffic goes anywhere: whether somebody can be asked at all.
    let interval = Duration::from_millis(canary.policy.interval);
    drop(prometheus::client(&args.canary.server, interval, out)?);
    let mut traffic = Traffic { line: &args.shift, given: None, tried: None };
    let mut steps = Vec::new();
    loop {
        let weight = canary.weight();
        // What was found out before is no reason to give it traffic first.
        let triggers = canary.triggers();
        let is_lost = triggers.values().any(|trigger| *trigger == Trigger::Fired);
        let shifted = if is_lost { Ok(()) } else { traffic.give(weight) };
        let step = shifted.and_then(|()| {
            let measured = if is_lost {
                // What has fired has fired, whatever its file says a moment later.
                Measured { samples: Vec::new(), triggers, is_over: false }
            } else {
                watched(&canary, &of_step(&args.canary, steps.len()), out)?
            };
            let decision = decided(&canary, &measured);
            // It is not at its end before it has all traffic.
            if decision.state.phase == Phase::Promoted && weight < 100 {
                traffic.give(100)?;
            }
            if decision.verdict == Verdict::Rollback {
                // It is not over before it has no traffic.
                canary.keep(&canary.at())?;
            } else {
                canary.keep(&decision.state)?;
            }
            Ok((measured, decision))
        });
        let (measured, decision) = match step {
            Ok(step) => step,
            Err(failure) => return Err(traffic.lost(failure, &canary)),
        };
        steps.push(Walked { weight, decision: decision.clone() });
        let mut stuck = None;
        let next = match (decision.verdict, decision.state.phase) {
            (Verdict::Rollback, _) => {
                stuck = match traffic.give(0) {
                    Ok(()) => canary.keep(&decision.state).err(),
                    Err(failure) => Some(still_has(failure, weight)),
                };
                None
            }
            (Verdict::Promote, Phase::At(next)) => Some(next),
            (Verdict::Promote, _) => None,
            // Only a policy that waits on comes further than its holds.
            (Verdict::Hold, _) if decision.state.holds > canary.policy.max_holds => None,
            (Verdict::Hold, _) => Some(weight),
        };
        match next {
            None => return Ok(Walk { canary, measured, decision, steps, stuck }),
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

/// The traffic of a canary, as far as it is known here.
struct Traffic<'a> {
    /// The command that gives it.
    line: &'a str,
    /// What it was given last, in per cent.
    given: Option<u8>,
    /// What was tried last.
    tried: Option<u8>,
}

impl Traffic<'_> {
    fn give(&mut self, weight: u8) -> Result<(), Failure> {
        self.tried = Some(weight);
        given(self.line, weight)?;
        self.given = Some(weight);
        Ok(())
    }

    /// Takes all of it back after a failure, says what stands, and that the canary does not go on where it was.
    fn lost(&mut self, mut failure: Failure, canary: &Canary) -> Failure {
        let (before, tried) = (self.given, self.tried);
        let state = match self.give(0) {
            Ok(()) => {
                let message = "all traffic was taken from the canary: it has 0 %";
                failure.problems.push(Problem::notice(message));
                State { phase: Phase::RolledBack, ..canary.state.clone() }
            }
            Err(worse) => {
                let mut message = text!["it is not known how much traffic the canary has: "];
                match before {
                    Some(weight) => message.push(u64::from(weight)).text(" % was given last"),
                    None => message.text("nothing was given by this run"),
                };
                if let Some(weight) = tried.filter(|_| tried != before) {
                    message.text(", and ").push(u64::from(weight)).text(" % was tried");
                }
                failure.problems.push(Problem::error(message).help("see what serves the traffic"));
                failure.problems.extend(worse.problems);
                canary.at()
            }
        };
        if let Err(worse) = canary.keep(&state) {
            failure.problems.extend(worse.problems);
        }
        failure
    }
}

/// What to tell where a canary that has to go cannot be taken back.
fn still_has(mut failure: Failure, weight: u8) -> Failure {
    let message =
        text!["the canary has to go, and may still have ", u64::from(weight), " % of the traffic"];
    failure.problems.insert(0, Problem::error(message).help("see what serves the traffic"));
    failure
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
