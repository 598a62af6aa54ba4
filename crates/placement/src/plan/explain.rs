//! Why a job does not fit the places of a fleet, and what would have to change.
//!
//! As `condor_q -better-analyze` of `HTCondor` does, each place is counted under the first clause that it fails,
//! and those that fail the least are named, with the smallest change of the job or of the machine that would
//! make them fit. A change is told only if it is enough.

use std::collections::BTreeMap;

use crate::clause::{Clause, Doubt, Failure, Fit, Unit, Value, judge};
use crate::fleet::{Entry, Hidden, State};
use crate::need::{Need, Part};

/// How many places that are near, and how many changes, are told.
const MOST: usize = 3;

/// How many places fit, by what they do now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They wait for a job.
    pub idle: usize,
    /// Nobody asked whether they do.
    pub assumed: usize,
    /// They run one.
    pub busy: usize,
    /// They are not there.
    pub offline: usize,
}

impl Counts {
    /// All of them.
    pub fn all(self) -> usize {
        self.idle + self.assumed + self.busy + self.offline
    }
}

/// A clause, and those that fail it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The clause.
    pub clause: Clause,
    /// How many.
    pub count: usize,
    /// The best that one of them has.
    pub best: Value,
    /// What is wanted.
    pub want: Value,
}

/// A place that fails little.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its place in the fleet.
    pub entry: usize,
    /// What it fails.
    pub failed: Vec<Failure>,
}

/// What would make a place fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The job asks for what the place has.
    Job {
        /// In this clause.
        clause: Clause,
        /// This.
        have: Value,
    },
    /// The place has what the job asks for.
    Machine {
        /// Its place in the fleet.
        entry: usize,
        /// In this clause.
        clause: Clause,
        /// What it has now.
        have: Value,
        /// What it would have to have.
        want: Value,
    },
}

/// What there is for a need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many places were looked at.
    pub places: usize,
    /// Those that fit and that jobs of this run get to.
    pub fit: Counts,
    /// Those that do not fit, by the clause that they fail first, most of them first.
    pub failing: Vec<Failing>,
    /// Those of which it is not known, by what is not known first, most of them first.
    pub unknown: Vec<(Doubt, usize)>,
    /// Those that no job of this run gets to, whether they fit or not.
    pub hidden: Vec<(Hidden, usize)>,
    /// Those that fail the least.
    pub near: Vec<Near>,
    /// What would make one fit.
    pub changes: Vec<Change>,
}

/// What a fleet has for a need, and why it does not have more.
pub fn explain(need: &Need, fleet: &[Entry]) -> Seen {
    let mut seen = Seen { places: fleet.len(), ..Seen::default() };
    let mut failing: BTreeMap<Clause, Failing> = BTreeMap::new();
    let mut unknown: Vec<(Doubt, usize)> = Vec::new();
    let mut hidden: BTreeMap<&Hidden, usize> = BTreeMap::new();
    let mut near: Vec<(Near, bool)> = Vec::new();
    for (place, entry) in fleet.iter().enumerate() {
        if let Some(why) = &entry.hidden {
            *hidden.entry(why).or_default() += 1;
            continue;
        }
        let judgement = judge(need, &entry.machine);
        match (judgement.fit(), judgement.failed.first(), judgement.doubts.first()) {
            (Fit::Yes, ..) => {
                let count = match entry.state {
                    State::Idle => &mut seen.fit.idle,
                    State::Assumed => &mut seen.fit.assumed,
                    State::Busy => &mut seen.fit.busy,
                    State::Offline => &mut seen.fit.offline,
                };
                *count += 1;
            }
            (Fit::No, Some(first), doubt) => {
                count(&mut failing, first);
                let is_certain = doubt.is_none();
                near.push((Near { entry: place, failed: judgement.failed }, is_certain));
            }
            (_, _, Some(first)) => match unknown.iter_mut().find(|(doubt, _)| doubt == first) {
                Some((_, count)) => *count += 1,
                None => unknown.push((first.clone(), 1)),
            },
            (Fit::No | Fit::Unknown, _, None) => {}
        }
    }
    seen.failing = failing.into_values().collect();
    seen.failing.sort_by_key(|failing| std::cmp::Reverse(failing.count));
    unknown.sort_by_key(|(doubt, count)| (std::cmp::Reverse(*count), doubt.clause));
    seen.unknown = unknown;
    seen.hidden = hidden.into_iter().map(|(why, count)| (why.clone(), count)).collect();
    // What runs now is nearer than what is not there.
    let name = |near: &Near| fleet.get(near.entry).map(|it| (it.state == State::Offline, &it.name));
    near.sort_by(|(a, _), (b, _)| {
        (a.failed.len(), name(a), a.entry).cmp(&(b.failed.len(), name(b), b.entry))
    });
    if seen.fit.all() == 0 {
        seen.changes = changes(need, fleet, &near);
    }
    near.truncate(MOST);
    seen.near = near.into_iter().map(|(near, _)| near).collect();
    seen
}

/// Counts a failure, and keeps the best of what such places have.
fn count(failing: &mut BTreeMap<Clause, Failing>, failure: &Failure) {
    let Failure { clause, have, want } = failure.clone();
    let entry = failing.entry(clause);
    let counted = entry.or_insert(Failing { clause, count: 0, best: have.clone(), want });
    counted.count += 1;
    counted.best = better(clause, &counted.best, &have);
}

/// The better of two values of a clause; of names, both.
fn better(clause: Clause, one: &Value, other: &Value) -> Value {
    match (one, other) {
        (Value::Names(one), Value::Names(other)) => Value::Names(one | other),
        (Value::Vendors(one), Value::Vendors(other)) => Value::Vendors(one | other),
        (Value::Parts(one), Value::Parts(other)) => Value::Parts(one | other),
        (Value::Nothing, other) => other.clone(),
        (one, Value::Nothing) => one.clone(),
        // Of what a program dies of, and of what is too new, the least; of anything else the most.
        (one @ Value::Dies { .. }, other) => one.min(other).clone(),
        (one, other) if clause == Clause::MaxCapability => one.min(other).clone(),
        (one, other) => one.max(other).clone(),
    }
}

/// What would make those fit that fail one clause and nothing else: of each clause of the job, what asks for least
/// less.
fn changes(need: &Need, fleet: &[Entry], near: &[(Near, bool)]) -> Vec<Change> {
    let mut of_job: Vec<(Clause, Value)> = Vec::new();
    let mut of_machine = Vec::new();
    for (near, is_certain) in near {
        let ([failure], true) = (&near.failed[..], *is_certain) else { continue };
        let Failure { clause, have, want } = failure.clone();
        let Some(entry) = fleet.get(near.entry) else { continue };
        let is_enough = |need: &Need| judge(need, &entry.machine).fit() == Fit::Yes;
        if loosened(need, clause, &have, &want).is_some_and(|need| is_enough(&need)) {
            match of_job.iter_mut().find(|(known, _)| *known == clause) {
                // Of names there is no better one, and together they were not tried.
                Some((_, known)) if better(clause, known, &have) == have => *known = have.clone(),
                Some(_) => {}
                None => of_job.push((clause, have.clone())),
            }
        }
        let is_the_machines = matches!(
            clause,
            Clause::Driver | Clause::Program | Clause::Image | Clause::Labels | Clause::Part
        );
        if of_machine.len() < MOST && is_the_machines {
            of_machine.push(Change::Machine { entry: near.entry, clause, have, want });
        }
    }
    of_job.truncate(MOST);
    let of_job = of_job.into_iter().map(|(clause, have)| Change::Job { clause, have });
    of_job.chain(of_machine).collect()
}

/// The need that asks for no more in a clause than a machine has; nothing if that is not for the job to say.
pub(super) fn loosened(need: &Need, clause: Clause, have: &Value, want: &Value) -> Option<Need> {
    let mut need = need.clone();
    match (clause, have) {
        (Clause::Gpus | Clause::Together | Clause::SameModel, Value::Count(count)) => {
            need.gpus = std::num::NonZeroU16::new(u16::try_from(*count).ok()?)?;
        }
        (Clause::Vendor, Value::Vendors(_)) => need.vendor = None,
        (Clause::Model, Value::Names(names)) => need.models.extend(names.iter().cloned()),
        (Clause::ExcludedModel, Value::Names(names)) => {
            need.exclude_models.retain(|name| !names.contains(name));
        }
        (Clause::Memory, Value::Gigabytes(gigabytes)) => need.min_memory_gb = Some(*gigabytes),
        (Clause::ReportedMemory, Value::Mebibytes(mib)) => need.min_memory_mib = Some(*mib),
        (Clause::TotalMemory, Value::Gigabytes(gigabytes)) => {
            need.total_memory_gb = Some(*gigabytes);
        }
        (Clause::MinCapability, Value::Capability(is)) => need.min_capability = Some(*is),
        (Clause::MaxCapability, Value::Capability(is)) => need.max_capability = Some(*is),
        (Clause::Gfx, Value::Names(names)) => need.gfx.extend(names.iter().cloned()),
        (Clause::Driver, Value::Version(version)) => need.min_driver = Some(*version),
        (Clause::Part, Value::Parts(parts))
            if parts.iter().any(|it| matches!(it, Unit::Slice(_))) =>
        {
            need.part = Part::WholeOrSlice;
        }
        (Clause::NvLink, _) => need.nvlink = false,
        (Clause::Os, Value::Names(names)) => need.os = names.first().cloned(),
        (Clause::Arch, Value::Names(names)) => need.arch = names.first().cloned(),
        (Clause::Labels, _) => {
            let Value::Names(missing) = want else { return None };
            need.labels.retain(|label| !missing.contains(label));
        }
        _ => return None,
    }
    Some(need)
}
