//! Runs a deployment: the commands of each wave at once, and after each what became of it is written down.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use diagnostics::{Foreign, Piece, Place, Problem, text};
use rollout::deploy::{
    self, Ending, Next, OnFailure, Order, Phase, Plan, Policy, Standing, State, Step,
};
use runner_protocol::{Failure, Out};
use system::{Lock, Performed, perform};

use super::{config, files};
use crate::args::{DeployArgs, DeployRunArgs};
use crate::wire::{self, DeployStateDocument, OtherState};

/// The policy, and the plan that is asked for.
pub(crate) fn planned(args: &DeployArgs) -> Result<(Policy, Plan), Failure> {
    let (file, bytes) = config::needed_file(args.file.config.as_deref(), "deploy")?;
    let wrong = |problems| Failure { cause: runner_protocol::Cause::NoAnswer, problems };
    let policy = Policy::read(file, &bytes).map_err(wrong)?;
    let components: Option<BTreeSet<String>> = match &args.components {
        Some(input) => Some(config::list(input, "components")?.into_iter().collect()),
        None => None,
    };
    let order = Order {
        environment: &args.environment,
        version: &args.release,
        components: components.as_ref(),
    };
    let plan = deploy::plan(&policy, &order).map_err(wrong)?;
    Ok((policy, plan))
}

/// What was run for a step.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The step, by its place in the plan.
    pub(crate) step: usize,
    /// The part of it.
    pub(crate) phase: Phase,
    /// Why it did not do what it should; nothing where it did.
    pub(crate) wrong: Option<Wrong>,
    /// The end of what it said.
    pub(crate) said: Vec<u8>,
}

/// Why a command did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Its exit code was another than 0.
    Code(i32),
    /// A signal ended it.
    Signal,
    /// It was not run to its end: why.
    NotRun(String),
    /// There is no command for it.
    NoLine,
}

/// How a run of a deployment ended.
pub(crate) enum Ended {
    /// It went as far as it goes.
    At(Ending),
    /// These had begun when an earlier run was killed, and nobody knows what became of them.
    Unknown(Vec<usize>),
    /// Somebody else deploys to the same environment, or with the same state.
    Busy,
}

/// A run of a deployment.
pub(crate) struct Run {
    /// How it ended.
    pub(crate) ended: Ended,
    /// How far everything is.
    pub(crate) state: State,
    /// What was run.
    pub(crate) records: Vec<Record>,
    /// Where it is kept how far it is.
    pub(crate) state_file: PathBuf,
    /// Whether it was asked for that it goes back.
    pub(crate) is_wanted_back: bool,
}

/// Runs it as far as it goes.
pub(crate) fn run(
    args: &DeployRunArgs,
    policy: &Policy,
    plan: &Plan,
    out: &mut Out,
) -> Result<Run, Failure> {
    let (state_file, is_wanted_back) = (state_file(args), args.take_back);
    let Some(_locks) = locks(&args.deploy.environment, &state_file)? else {
        let state = State::default();
        return Ok(Run {
            ended: Ended::Busy,
            state,
            records: Vec::new(),
            state_file,
            is_wanted_back,
        });
    };
    let before = earlier(&state_file, plan)?;
    if args.take_back && before.is_none() {
        let message = text!["nothing says what is out: there is no ", Foreign::path(&state_file)];
        let help = "name the state file of the deployment with `--state-file` (input `state-file`)";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    }
    let mut state = before.unwrap_or_default();
    settle(args, plan, &mut state)?;
    let on_failure = if args.take_back {
        state.goes_back = true;
        OnFailure::RollBack
    } else {
        policy.on_failure
    };
    state.go_on(plan, on_failure, args.afresh);
    let wave = Wave { plan, state_file: &state_file, parallel: policy.parallel, on_failure };
    let mut records = Vec::new();
    let ended = loop {
        match deploy::next(plan, &state, on_failure) {
            Next::Ask(steps) => {
                let unknown = ask(plan, &steps, &mut state, &mut records);
                save(&state_file, plan, &state)?;
                if !unknown.is_empty() {
                    break Ended::Unknown(unknown);
                }
            }
            Next::Deploy(steps) => {
                records.extend(wave.run(&steps, &mut state, Standing::Begun, out)?);
            }
            Next::RollBack(steps) => {
                state.goes_back = true;
                records.extend(wave.run(&steps, &mut state, Standing::Reverting, out)?);
            }
            Next::End(ending) => break Ended::At(ending),
        }
    };
    Ok(Run { ended, state, records, state_file, is_wanted_back })
}

/// Where it is kept how far the deployment is.
pub(crate) fn state_file(args: &DeployRunArgs) -> PathBuf {
    let usual = || PathBuf::from(format!("{}.state.json", named_after(&args.deploy.environment)));
    args.state_file.clone().unwrap_or_else(usual)
}

/// The name of a file about an environment.
fn named_after(environment: &str) -> String {
    format!("deploy-{}", environment.replace(['/', ':'], "-"))
}

/// The locks of a deployment; nothing where somebody else has one.
///
/// One is of the environment and lies in the current folder, so that two deployments from one checkout exclude one
/// another wherever their states are. The other is of the state, which two checkouts may share. Deployments from two
/// checkouts with a state each know nothing of one another: that takes a `concurrency` group of the workflow. A folder
/// for temporary files would not help: each user and each job has its own.
fn locks(environment: &str, state_file: &Path) -> Result<Option<[Lock; 2]>, Failure> {
    let mut of_state = state_file.as_os_str().to_owned();
    of_state.push(".lock");
    // No state's lock ends as this one does.
    let of_environment = PathBuf::from(format!("{}.environment-lock", named_after(environment)));
    let taken = |path: &Path, help| {
        system::lock(path)
            .map_err(|failure| files::refused(&failure, "the lock of the deployment", help))
    };
    let help = "see its permissions and those of the current folder";
    let Some(first) = taken(&of_environment, help)? else {
        return Ok(None);
    };
    let second =
        taken(Path::new(&of_state), "see the folder of the state file and its permissions")?;
    Ok(second.map(|second| [first, second]))
}

/// How far an earlier run came, if there was one.
fn earlier(path: &Path, plan: &Plan) -> Result<Option<State>, Failure> {
    let help = "see its permissions";
    let is_there = system::exists(path)
        .map_err(|failure| files::refused(&failure, "the state of the deployment", help))?;
    if !is_there {
        return Ok(None);
    }
    let bytes = files::read(path, "the state of the deployment", help)?;
    DeployStateDocument::read(&bytes, plan).map(Some).map_err(|wrong| {
        let place = match wrong {
            OtherState::Malformed(_, line, column) => {
                Place::of_json(Foreign::path(path), &bytes, line, column)
            }
            OtherState::Version(_) | OtherState::Deployment(..) | OtherState::Plan => {
                Place::file(Foreign::path(path))
            }
        };
        Failure::no_answer(
            Problem::error("the state of the deployment is not one of this plan")
                .at(place)
                .label(Piece::said(&wrong))
                .help("finish that deployment first, or name another file with `--state-file` (input `state-file`)"),
        )
    })
}

/// Sets what somebody says of steps that had begun.
fn settle(args: &DeployRunArgs, plan: &Plan, state: &mut State) -> Result<(), Failure> {
    let words = config::list(args.settled.as_deref().unwrap_or_default(), "settled")?;
    for word in words {
        let step = word.split_once('=').and_then(|(name, became)| {
            let is_there = match became {
                "done" => true,
                "not-done" => false,
                _ => return None,
            };
            let step = plan.steps.iter().find(|step| step.name == name)?;
            let begun = [Standing::Begun, Standing::Reverting];
            begun.contains(&state.of(step)).then_some((step, is_there))
        });
        let Some((step, is_there)) = step else {
            let message = text!["nothing can be settled by ", Foreign::from(word.as_str())];
            return Err(Failure::no_answer(
                Problem::error(message)
                    .label("expected a step that has begun and not ended, and what became of it")
                    .help("write `NAME=done` or `NAME=not-done`, with a name of the state file"),
            ));
        };
        state.found(step, is_there);
    }
    Ok(())
}

/// Finds out what became of steps, as far as their probes say; the others.
fn ask(plan: &Plan, steps: &[usize], state: &mut State, records: &mut Vec<Record>) -> Vec<usize> {
    let mut unknown = Vec::new();
    for at in steps {
        let Some(step) = plan.steps.get(*at) else { continue };
        let step = &told_previous(step, state);
        let asked = ran(*at, step, Phase::Probe);
        match asked.as_ref().map(|record| &record.wrong) {
            // It came out, and nobody has seen yet whether it is healthy.
            Some(None) if state.of(step) == Standing::Begun && !checked(*at, step, records) => {
                state.set(step, Standing::Failed);
            }
            Some(None) => state.found(step, true),
            Some(Some(Wrong::Code(1))) => state.found(step, false),
            Some(Some(_)) | None => {
                records.extend(asked);
                unknown.push(*at);
            }
        }
    }
    unknown
}

/// The step, with what served before it among what its lines are told.
fn told_previous(step: &Step, state: &State) -> Step {
    let mut told = step.clone();
    let previous = state.previous.get(&step.name).cloned().unwrap_or_default();
    told.variables.insert("PREVIOUS".to_owned(), previous);
    told
}

fn save(path: &Path, plan: &Plan, state: &State) -> Result<(), Failure> {
    let mut line = wire::line_of(&DeployStateDocument::new(plan, state));
    line.push('\n');
    super::put(path, line.as_bytes()).map(|_| ())
}

/// What a command came to.
fn recorded(step: usize, phase: Phase, ran: Result<Performed, system::CommandFailure>) -> Record {
    match ran {
        Ok(Performed { code, mut stdout, stderr }) => {
            if !stdout.is_empty() && !stdout.ends_with(b"\n") {
                stdout.push(b'\n');
            }
            stdout.extend(stderr);
            let wrong = match code {
                Some(0) => None,
                Some(code) => Some(Wrong::Code(code)),
                None => Some(Wrong::Signal),
            };
            Record { step, phase, wrong, said: stdout }
        }
        Err(failure) => {
            let mut why = failure.to_string();
            if let Some(source) = std::error::Error::source(&failure) {
                why = format!("{why}: {source}");
            }
            Record { step, phase, wrong: Some(Wrong::NotRun(why)), said: Vec::new() }
        }
    }
}

/// Steps that are run at once.
struct Wave<'a> {
    plan: &'a Plan,
    state_file: &'a Path,
    parallel: u64,
    on_failure: OnFailure,
}

impl Wave<'_> {
    /// Runs the steps, a few at a time. After one that fails no other is begun.
    fn run(
        &self,
        steps: &[usize],
        state: &mut State,
        begun: Standing,
        out: &mut Out,
    ) -> Result<Vec<Record>, Failure> {
        let threads =
            usize::try_from(self.parallel).unwrap_or(usize::MAX).clamp(1, steps.len().max(1));
        let shared = Mutex::new(std::mem::take(state));
        let (taken, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (tell, told) = mpsc::channel();
        let mut records = Vec::new();
        let mut failure = None;
        let mut progress =
            out.progress("deploying", u64::try_from(steps.len()).unwrap_or(u64::MAX));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let tell = tell.clone();
                let (shared, taken, is_over) = (&shared, &taken, &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::SeqCst) {
                        let next = steps.get(taken.fetch_add(1, Ordering::SeqCst));
                        let Some((at, step)) =
                            next.and_then(|at| Some((*at, self.plan.steps.get(*at)?)))
                        else {
                            break;
                        };
                        let done = self.one(at, step, begun, shared);
                        // A rollback goes on with the others.
                        let is_fault = match &done {
                            Ok(records) => {
                                begun == Standing::Begun
                                    && records.iter().any(|record| record.wrong.is_some())
                            }
                            Err(_) => true,
                        };
                        if is_fault {
                            is_over.store(true, Ordering::SeqCst);
                        }
                        if tell.send(done).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(tell);
            for done in told {
                progress.advance(1);
                match done {
                    Ok(mut of_step) => {
                        if let Err(problem) = self.show(&of_step, out) {
                            failure.get_or_insert(problem);
                        }
                        records.append(&mut of_step);
                    }
                    Err(problem) => {
                        failure.get_or_insert(problem);
                    }
                }
            }
        });
        *state = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        match failure {
            Some(failure) => Err(failure),
            None => Ok(records),
        }
    }

    /// Shows what the commands of a step said.
    fn show(&self, records: &[Record], out: &mut Out) -> Result<(), Failure> {
        for record in records.iter().filter(|record| !record.said.is_empty()) {
            let name = self.plan.steps.get(record.step).map_or("", |step| step.name.as_str());
            let title = text![Foreign::from(name), ": ", record.phase.name()];
            out.group(&title, |out| out.quote(&Foreign::new(record.said.clone())))?;
        }
        Ok(())
    }

    /// Runs one step, and writes down that it begins and what becomes of it.
    fn one(
        &self,
        at: usize,
        step: &Step,
        begun: Standing,
        shared: &Mutex<State>,
    ) -> Result<Vec<Record>, Failure> {
        let change = |change: &dyn Fn(&mut State)| {
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut state);
            save(self.state_file, self.plan, &state)
        };
        if begun == Standing::Begun
            && let Some(record) = self.remember(at, step, shared)?
        {
            return Ok(vec![record]);
        }
        change(&|state| state.set(step, begun))?;
        let step = &told_previous(step, &shared.lock().unwrap_or_else(PoisonError::into_inner));
        let records =
            if begun == Standing::Begun { brought_out(at, step) } else { taken_back(at, step) };
        let is_well = records.iter().all(|record| record.wrong.is_none());
        change(&|state| state.ended(step, is_well))?;
        Ok(records)
    }

    /// Writes down what serves before a step, unless it is known. Where that cannot be told nothing is begun.
    fn remember(
        &self,
        at: usize,
        step: &Step,
        shared: &Mutex<State>,
    ) -> Result<Option<Record>, Failure> {
        let locked = || shared.lock().unwrap_or_else(PoisonError::into_inner);
        if locked().previous.contains_key(&step.name) {
            return Ok(None);
        }
        let Some(line) = step.phases.get(Phase::Before) else { return Ok(None) };
        let ran = perform(line, &step.variables, Duration::from_millis(step.timeout));
        // What stands on standard error, such as a warning, is no part of the answer.
        let answer = ran.as_ref().map(|ran| ran.stdout.clone()).unwrap_or_default();
        let record = Some(recorded(at, Phase::Before, ran)).filter(|it| it.wrong.is_some());
        let mut state = locked();
        match record {
            None => {
                let answer = String::from_utf8_lossy(&answer).trim().to_owned();
                state.previous.insert(step.name.clone(), answer);
            }
            Some(_) => state.could_not_begin(step, self.on_failure),
        }
        save(self.state_file, self.plan, &state)?;
        Ok(record)
    }
}

/// Brings a step out: deploys, checks, switches, watches, removes. It ends where something is wrong.
fn brought_out(at: usize, step: &Step) -> Vec<Record> {
    let mut records = Vec::new();
    let all = &mut records;
    let _ = run_phase(at, step, Phase::Deploy, all)
        && checked(at, step, all)
        && run_phase(at, step, Phase::Switch, all)
        && watched(at, step, all)
        && run_phase(at, step, Phase::Remove, all);
    records
}

/// Whether a phase did what it should; one without a line has nothing to do.
fn run_phase(at: usize, step: &Step, phase: Phase, records: &mut Vec<Record>) -> bool {
    let Some(record) = ran(at, step, phase) else { return true };
    let is_well = record.wrong.is_none();
    records.push(record);
    is_well
}

/// Runs a phase, if it has a line.
fn ran(at: usize, step: &Step, phase: Phase) -> Option<Record> {
    let line = step.phases.get(phase)?;
    let ran = perform(line, &step.variables, Duration::from_millis(step.timeout));
    Some(recorded(at, phase, ran))
}

fn pause(step: &Step) -> Duration {
    Duration::from_millis(step.interval)
}

/// Whether it becomes healthy before too many checks in a row have failed.
fn checked(at: usize, step: &Step, records: &mut Vec<Record>) -> bool {
    for tried in 1.. {
        let Some(record) = ran(at, step, Phase::Check) else { return true };
        let is_well = record.wrong.is_none();
        if is_well || tried >= step.failures {
            records.push(record);
            return is_well;
        }
        std::thread::sleep(pause(step));
    }
    true
}

/// Whether it stays healthy for as long as it is watched.
fn watched(at: usize, step: &Step, records: &mut Vec<Record>) -> bool {
    let mut left = Duration::from_millis(step.soak);
    let mut in_a_row = 0;
    while !left.is_zero() {
        let part = pause(step).min(left);
        std::thread::sleep(part);
        left = left.saturating_sub(part);
        let Some(record) = ran(at, step, Phase::Check) else { continue };
        in_a_row = if record.wrong.is_none() { 0 } else { in_a_row + 1 };
        if in_a_row >= step.failures {
            records.push(record);
            return false;
        }
        // What is ill in the end is watched on until it is healthy, or fails.
        if left.is_zero() && in_a_row > 0 {
            left = pause(step);
        }
    }
    true
}

/// Takes a step back.
fn taken_back(at: usize, step: &Step) -> Vec<Record> {
    let phase = Phase::Rollback;
    let none = Record { step: at, phase, wrong: Some(Wrong::NoLine), said: Vec::new() };
    vec![ran(at, step, phase).unwrap_or(none)]
}
