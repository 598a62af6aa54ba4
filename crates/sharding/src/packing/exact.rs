//! A complete search for few jobs: is there a packing within this time, or is there none?
//!
//! Machines are filled one after the other, each beginning with the longest job that is left (bin
//! completion: Korf 2003, after Martello and Toth's dominance criterion). A machine may waste at most
//! what all machines together have to spare, and is never left with room for a job that is still to
//! be placed: that job might as well stand there.

use super::{Packing, Task, Work, heaviest_first};
use crate::bound::{Bound, BoundKind};

/// The most of the work that one limit may take: where one is hopeless, another may not be.
const OF_THE_WORK: u64 = 4;

/// Searches below `best` and above `bound` until they meet or the work is done.
pub(super) fn search(task: &Task<'_>, best: &mut Packing, bound: &mut Bound, work: &mut Work) {
    let order = heaviest_first(task.weights);
    let mut untried = bound.value;
    let mut limit = bound.value;
    while untried < best.makespan && !work.is_spent() {
        let mut part = Work(work.0.div_ceil(OF_THE_WORK));
        let given = part.0;
        let completed = completed(task, &order, limit, &mut part);
        work.0 -= given - part.0;
        match completed {
            Completed::Found(found) if found.makespan < best.makespan => *best = found,
            // It is no packing within the limit after all.
            Completed::Found(_) => return,
            Completed::Impossible => {
                if limit + 1 > bound.value {
                    *bound = Bound { value: limit + 1, kind: BoundKind::Search };
                }
                untried = untried.max(limit + 1);
            }
            Completed::Unknown => untried = limit + 1,
        }
        if untried < best.makespan {
            limit = untried.midpoint(best.makespan - 1);
        }
    }
}

enum Completed {
    Found(Packing),
    Impossible,
    /// Its part of the work was done.
    Unknown,
}

fn completed(task: &Task<'_>, order: &[usize], limit: u64, work: &mut Work) -> Completed {
    let mut search = Search::new(task, order, limit, *work);
    let found = search.machine(task.machines());
    *work = search.work;
    match found {
        Some(true) => Completed::Found(search.packing(task, order)),
        Some(false) => Completed::Impossible,
        None => Completed::Unknown,
    }
}

/// Jobs of the same length.
struct Lot {
    weight: u64,
    left: usize,
}

struct Search {
    /// From the longest to the shortest.
    lots: Vec<Lot>,
    limit: u64,
    /// What is still to be placed.
    total: u128,
    work: Work,
    /// The lots of the jobs placed so far; nothing where a machine ends.
    placed: Vec<Option<usize>>,
}

impl Search {
    fn new(task: &Task<'_>, order: &[usize], limit: u64, work: Work) -> Self {
        let mut lots: Vec<Lot> = Vec::new();
        for weight in order.iter().filter_map(|place| task.weights.get(*place)) {
            match lots.last_mut().filter(|lot| lot.weight == *weight) {
                Some(lot) => lot.left += 1,
                None => lots.push(Lot { weight: *weight, left: 1 }),
            }
        }
        let total = task.weights.iter().copied().map(u128::from).sum();
        Self { lots, limit, total, work, placed: Vec::new() }
    }

    /// Fills `machines` machines with what is left: whether that is possible; nothing when the work
    /// is done.
    fn machine(&mut self, machines: usize) -> Option<bool> {
        let Some(first) = self.lots.iter().position(|lot| lot.left > 0) else { return Some(true) };
        let room = u128::from(self.limit) * machines as u128;
        let Some(spare) = room.checked_sub(self.total).filter(|_| machines > 0) else {
            return Some(false);
        };
        let spare = u64::try_from(spare).unwrap_or(u64::MAX);
        let Some(rest) = self.limit.checked_sub(self.take(first)) else {
            self.put_back(first);
            return Some(false);
        };
        let found = self.fill(first, rest, spare, machines);
        if found != Some(true) {
            self.put_back(first);
        }
        found
    }

    /// Fills the machine on, with jobs from `from` on, where `room` is left of it.
    fn fill(&mut self, from: usize, room: u64, spare: u64, machines: usize) -> Option<bool> {
        let rest = self.lots.get(from..).unwrap_or_default();
        if !self.work.take(1 + rest.len() + self.lots.len()) {
            return None;
        }
        let fitting = rest.partition_point(|lot| lot.weight > room);
        let mut left: u128 = rest
            .get(fitting..)
            .unwrap_or_default()
            .iter()
            .map(|lot| u128::from(lot.weight) * lot.left as u128)
            .sum();
        for at in from + fitting..self.lots.len() {
            // Too much would be wasted even with all of the rest.
            if u128::from(room) > left + u128::from(spare) {
                return Some(false);
            }
            let Some(lot) = self.lots.get(at).filter(|lot| lot.left > 0) else { continue };
            left -= u128::from(lot.weight) * lot.left as u128;
            let rest = room - self.take(at);
            match self.fill(at, rest, spare, machines) {
                Some(false) => self.put_back(at),
                found => return found,
            }
        }
        let is_full = !self.lots.iter().any(|lot| lot.left > 0 && lot.weight <= room);
        if room > spare || !is_full {
            return Some(false);
        }
        self.placed.push(None);
        let found = self.machine(machines - 1);
        if found == Some(false) {
            self.placed.pop();
        }
        found
    }

    fn take(&mut self, lot: usize) -> u64 {
        let weight = self.lots.get_mut(lot).map_or(0, |lot| {
            lot.left -= 1;
            lot.weight
        });
        self.total -= u128::from(weight);
        self.placed.push(Some(lot));
        weight
    }

    fn put_back(&mut self, lot: usize) {
        self.placed.pop();
        if let Some(lot) = self.lots.get_mut(lot) {
            lot.left += 1;
            self.total += u128::from(lot.weight);
        }
    }

    /// The packing that was found: jobs of a lot are taken in their order.
    fn packing(&self, task: &Task<'_>, order: &[usize]) -> Packing {
        let mut next: Vec<usize> = Vec::with_capacity(self.lots.len());
        let weight_at = |at: usize| order.get(at).and_then(|place| task.weights.get(*place));
        for at in 0..order.len() {
            if at == 0 || weight_at(at) != weight_at(at - 1) {
                next.push(at);
            }
        }
        let mut machine_of = vec![0; task.weights.len()];
        let mut machine = 0;
        for placed in &self.placed {
            let Some(lot) = placed else {
                machine += 1;
                continue;
            };
            let Some(at) = next.get_mut(*lot) else { continue };
            let slot = order.get(*at).and_then(|place| machine_of.get_mut(*place));
            if let Some(slot) = slot {
                *slot = machine;
            }
            *at += 1;
        }
        task.packing(machine_of)
    }
}
