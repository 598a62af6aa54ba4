//! P||Cmax: jobs onto machines so that the last one finishes as early as possible.
//!
//! One road, each step only where the one before left a gap to the bound: longest processing time
//! first, local search, other beginnings (differencing, MULTIFIT), a sharper bound, and for few jobs
//! a complete search. Every step counts its work and stops at a fixed amount of it, never at a time:
//! a slow machine must plan as a fast one does.

mod differencing;
mod exact;
mod improve;
mod lpt;
mod multifit;

use crate::bound::{self, Bound};

pub(crate) use lpt::heaviest_first;

/// What is to be packed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task<'a> {
    /// How long each job takes.
    pub(crate) weights: &'a [u64],
    /// How many items each job is: more than one where items stay together.
    pub(crate) sizes: &'a [usize],
    /// What each machine has to do already; one number a machine.
    pub(crate) start: &'a [u64],
    /// The most items that a machine may take.
    pub(crate) most: usize,
}

/// Which machine takes which job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packing {
    /// The machine of each job.
    pub(crate) machine_of: Vec<u16>,
    /// When the last machine finishes.
    pub(crate) makespan: u64,
}

/// A packing, and what none can beat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    /// The best packing found.
    pub(crate) packing: Packing,
    /// What no packing can beat.
    pub(crate) bound: Bound,
}

/// How much work may still be done: about one unit a job that is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work(u64);

impl Work {
    pub(crate) fn new(units: u64) -> Self {
        Self(units)
    }

    /// Takes `units`; whether they were there.
    pub(crate) fn take(&mut self, units: usize) -> bool {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        let rest = self.0.checked_sub(units);
        self.0 = rest.unwrap_or(0);
        rest.is_some()
    }

    fn is_spent(self) -> bool {
        self.0 == 0
    }
}

/// The units that a local search from one beginning may take.
const SEARCH: u64 = 6_000_000;

/// The units that a complete search may take, over all its limits.
const COMPLETE_SEARCH: u64 = 8_000_000;

/// The most jobs for which other beginnings and a sharper bound are tried: more are even enough.
const FEW_JOBS: usize = 2_000;

/// The most jobs for which a complete search is tried: with more, it comes nowhere.
const EXACT_JOBS: usize = 256;

/// How far above the bound is good enough for more than [`FEW_JOBS`], in millionths: what is left is
/// less than a tenth of a second of a day.
const CLOSE: u64 = 1;

impl Task<'_> {
    /// How many machines there are.
    pub(crate) fn machines(&self) -> usize {
        self.start.len()
    }

    /// Whether nothing but the weights decides: every machine begins empty and takes any number.
    fn is_plain(&self) -> bool {
        self.start.iter().all(|load| *load == 0) && !self.is_counted()
    }

    /// Whether the number of items may stand in the way.
    fn is_counted(&self) -> bool {
        self.most < self.sizes.iter().copied().fold(0, usize::saturating_add)
    }

    /// The loads that a packing gives.
    pub(crate) fn loads(&self, machine_of: &[u16]) -> Vec<u64> {
        let mut loads = self.start.to_vec();
        for (weight, machine) in self.weights.iter().zip(machine_of) {
            if let Some(load) = loads.get_mut(usize::from(*machine)) {
                *load = load.saturating_add(*weight);
            }
        }
        loads
    }

    /// The minutes that are billed for a packing, each machine's rounded up.
    pub(crate) fn minutes(&self, packing: &Packing) -> u64 {
        let loads = self.loads(&packing.machine_of);
        let minutes = loads.into_iter().map(|load| load.div_ceil(crate::wanted::MINUTE));
        minutes.fold(0, u64::saturating_add)
    }

    /// The packing with these machines.
    pub(crate) fn packing(&self, machine_of: Vec<u16>) -> Packing {
        let makespan = self.loads(&machine_of).into_iter().max().unwrap_or(0);
        Packing { machine_of, makespan }
    }

    /// Whether no machine has more items than it may.
    pub(crate) fn is_within(&self, machine_of: &[u16]) -> bool {
        let mut counts = vec![0_usize; self.machines()];
        for (size, machine) in self.sizes.iter().zip(machine_of) {
            if let Some(count) = counts.get_mut(usize::from(*machine)) {
                *count = count.saturating_add(*size);
            }
        }
        counts.into_iter().all(|count| count <= self.most)
    }
}

/// Packs quickly: longest processing time first and nothing more.
pub(crate) fn quick(task: &Task<'_>) -> Packing {
    task.packing(lpt::assign(task))
}

/// Packs as well as the work allows.
pub(crate) fn pack(task: &Task<'_>) -> Packed {
    let first = task.start.first().copied().unwrap_or(0);
    if first > 0 && task.start.iter().all(|load| *load == first) {
        // What all machines have to do before changes nothing but the clock.
        let start = vec![0; task.machines()];
        let Packed { packing, bound } = pack(&Task { start: &start, ..*task });
        let bound = Bound { value: bound.value.saturating_add(first), ..bound };
        return Packed { packing: task.packing(packing.machine_of), bound };
    }
    let mut bound = bound::of(task);
    let mut best = quick(task);
    let jobs = task.weights.len();
    let goal = if jobs <= FEW_JOBS { bound.value } else { bound.raised(CLOSE) };
    improve::as_far_as_possible(task, &mut best, goal, &mut Work::new(SEARCH));
    let is_hard = jobs <= FEW_JOBS && task.is_plain();
    for begin in [multifit::assign, differencing::assign] {
        if best.makespan > goal && is_hard {
            let mut other = task.packing(begin(task));
            improve::as_far_as_possible(task, &mut other, goal, &mut Work::new(SEARCH));
            if other.makespan < best.makespan {
                best = other;
            }
        }
    }
    if best.makespan > goal && is_hard {
        bound = bound::sharper(task, bound, best.makespan);
        if jobs <= EXACT_JOBS {
            exact::search(task, &mut best, &mut bound, &mut Work::new(COMPLETE_SEARCH));
        }
    }
    Packed { packing: best, bound }
}

/// Packs with as few changes as its beginning allows: only until no machine is above `goal`.
pub(crate) fn repaired(task: &Task<'_>, packing: Packing, goal: u64) -> Packing {
    let mut best = packing;
    improve::by_few_changes(task, &mut best, goal, &mut Work::new(SEARCH));
    best
}

#[cfg(test)]
mod tests;
