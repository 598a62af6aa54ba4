//! Local search: the fullest machine shares with another one, as long as that makes it less full.
//!
//! Two machines share in two ways: all their jobs are divided anew by differencing, which is almost
//! perfect where there are many; or up to two jobs of each change places, which is better where there
//! are few. Every step lowers the load of a fullest machine, so the search ends.

use std::cmp::Reverse;

use super::differencing::halves;
use super::{Packing, Task, Work, heaviest_first};

/// With more jobs than this on a machine, only single jobs change places: pairs would be millions.
const MOST_FOR_PAIRS: usize = 48;

/// What two machines hold after they shared, and how full the fuller of both is then.
struct Exchange {
    load: u64,
    jobs: [Vec<usize>; 2],
}

/// Machines with their loads and jobs.
struct State<'a> {
    task: &'a Task<'a>,
    loads: Vec<u64>,
    jobs: Vec<Vec<usize>>,
    counts: Vec<usize>,
}

/// Improves `packing` until no machine is above `goal`, nothing helps, or the work is done.
pub(super) fn as_far_as_possible(
    task: &Task<'_>,
    packing: &mut Packing,
    goal: u64,
    work: &mut Work,
) {
    let mut state = State::new(task, &packing.machine_of);
    while let Some(fullest) = state.fullest().filter(|at| state.load(*at) > goal) {
        if work.is_spent() || !state.relieve(fullest, Way::Any, work) {
            break;
        }
    }
    state.keep_if_better(packing);
}

/// The same by moves and exchanges of single jobs only, so that few of them change their machine: at
/// best one, just heavy enough, goes where there is room for it.
pub(super) fn by_few_changes(task: &Task<'_>, packing: &mut Packing, goal: u64, work: &mut Work) {
    let mut state = State::new(task, &packing.machine_of);
    while let Some(fullest) = state.fullest().filter(|at| state.load(*at) > goal) {
        if work.is_spent() {
            break;
        }
        let is_relieved = state.relieve(fullest, Way::OneThatFits(goal), work)
            || state.relieve(fullest, Way::Largest(goal), work)
            || state.relieve(fullest, Way::Singles, work);
        if !is_relieved {
            break;
        }
    }
    state.keep_if_better(packing);
}

/// How two machines may share.
#[derive(Clone, Copy)]
enum Way {
    /// As it helps most.
    Any,
    /// One job of each, or one of one.
    Singles,
    /// The lightest job without which the one is not above this load, if the other is not above it
    /// with the job.
    OneThatFits(u64),
    /// The heaviest job with which the other is not above this load.
    Largest(u64),
}

impl<'a> State<'a> {
    fn new(task: &'a Task<'a>, machine_of: &[u16]) -> Self {
        let mut jobs = vec![Vec::new(); task.machines()];
        let mut counts = vec![0_usize; task.machines()];
        for place in heaviest_first(task.weights) {
            let machine = machine_of.get(place).map_or(0, |machine| usize::from(*machine));
            if let (Some(jobs), Some(count)) = (jobs.get_mut(machine), counts.get_mut(machine)) {
                jobs.push(place);
                *count = count.saturating_add(task.sizes.get(place).copied().unwrap_or(1));
            }
        }
        Self { task, loads: task.loads(machine_of), jobs, counts }
    }

    fn load(&self, machine: usize) -> u64 {
        self.loads.get(machine).copied().unwrap_or(0)
    }

    fn jobs(&self, machine: usize) -> &[usize] {
        self.jobs.get(machine).map_or(&[], Vec::as_slice)
    }

    fn weight(&self, job: usize) -> u64 {
        self.task.weights.get(job).copied().unwrap_or(0)
    }

    fn size(&self, job: usize) -> usize {
        self.task.sizes.get(job).copied().unwrap_or(1)
    }

    /// The machine that finishes last; of equal ones, the first.
    fn fullest(&self) -> Option<usize> {
        let loads = self.loads.iter().enumerate();
        loads.max_by_key(|(at, load)| (**load, usize::MAX - at)).map(|(at, _)| at)
    }

    /// Lets `fullest` share with the first machine, from the emptiest on, with which it helps.
    fn relieve(&mut self, fullest: usize, way: Way, work: &mut Work) -> bool {
        let mut others: Vec<usize> = (0..self.loads.len()).filter(|at| *at != fullest).collect();
        others.sort_by_key(|at| (self.load(*at), *at));
        let found = others.into_iter().find_map(|other| {
            let exchange = match way {
                Way::Any => self.share(fullest, other, work),
                Way::Singles => self.exchange(fullest, other, 1, work),
                Way::OneThatFits(goal) => self.one_that_fits(fullest, other, goal, work),
                Way::Largest(goal) => self.largest(fullest, other, goal, work),
            };
            exchange.map(|exchange| (other, exchange))
        });
        let Some((other, exchange)) = found else { return false };
        self.apply(fullest, other, exchange);
        true
    }

    fn apply(&mut self, from: usize, to: usize, exchange: Exchange) {
        for (machine, mut jobs) in [from, to].into_iter().zip(exchange.jobs) {
            jobs.sort_unstable_by_key(|job| self.order(*job));
            let start = self.task.start.get(machine).copied().unwrap_or(0);
            let load = jobs.iter().fold(start, |sum, job| sum.saturating_add(self.weight(*job)));
            let count = jobs.iter().map(|job| self.size(*job)).fold(0, usize::saturating_add);
            if let (Some(own_load), Some(own_count), Some(own_jobs)) = (
                self.loads.get_mut(machine),
                self.counts.get_mut(machine),
                self.jobs.get_mut(machine),
            ) {
                (*own_load, *own_count, *own_jobs) = (load, count, jobs);
            }
        }
    }

    /// The longest first; of equal ones, by place.
    fn order(&self, job: usize) -> (Reverse<u64>, usize) {
        (Reverse(self.weight(job)), job)
    }

    /// The better of both ways.
    fn share(&self, fullest: usize, other: usize, work: &mut Work) -> Option<Exchange> {
        let divided = self.divide(fullest, other, work);
        let few = self.jobs(fullest).len().max(self.jobs(other).len()) <= MOST_FOR_PAIRS;
        let exchanged = match &divided {
            // As even as it can be.
            Some(divided) if self.is_even(fullest, other, divided.load) => None,
            Some(_) | None if few => self.exchange(fullest, other, 2, work),
            Some(_) | None => self.exchange(fullest, other, 1, work),
        };
        let found = divided.into_iter().chain(exchanged);
        found.min_by_key(|exchange| exchange.load)
    }

    fn is_even(&self, one: usize, other: usize, load: u64) -> bool {
        let sum = u128::from(self.load(one)) + u128::from(self.load(other));
        u128::from(load) == sum.div_ceil(2)
    }

    /// Divides all jobs of both anew.
    fn divide(&self, one: usize, other: usize, work: &mut Work) -> Option<Exchange> {
        let start = |machine| self.task.start.get(machine).copied().unwrap_or(0);
        if start(one) != start(other) {
            return None;
        }
        let mut jobs: Vec<usize> = [self.jobs(one), self.jobs(other)].concat();
        if !work.take(jobs.len() * 8) {
            return None;
        }
        // The same jobs are divided in the same way, whoever of the two holds them now.
        jobs.sort_unstable_by_key(|job| self.order(*job));
        let weights: Vec<u64> = jobs.iter().map(|job| self.weight(*job)).collect();
        let (in_second, _) = halves(&weights);
        let mut parts = [Vec::new(), Vec::new()];
        for (job, second) in jobs.into_iter().zip(in_second) {
            let [first, other] = &mut parts;
            if second { other.push(job) } else { first.push(job) }
        }
        let [heavy, light] = parts;
        let sum = |part: &[usize]| part.iter().fold(start(one), |sum, job| sum + self.weight(*job));
        let size = |part: &[usize]| part.iter().fold(0, |sum: usize, job| sum + self.size(*job));
        let load = sum(&heavy).max(sum(&light));
        let fits = size(&heavy).max(size(&light)) <= self.task.most;
        if load >= self.load(one) || !fits {
            return None;
        }
        Some(Exchange { load, jobs: [heavy, light] })
    }

    /// The lightest job of `from` without which it is within `goal`, to `to` if that stays within.
    fn one_that_fits(
        &self,
        from: usize,
        to: usize,
        goal: u64,
        work: &mut Work,
    ) -> Option<Exchange> {
        let over = self.load(from).checked_sub(goal)?;
        let jobs = self.jobs(from);
        let heavy = jobs.partition_point(|job| self.weight(*job) >= over);
        self.moved(from, to, jobs.get(heavy.checked_sub(1)?), goal, work)
    }

    /// The heaviest job of `from` for which there is room on `to`.
    fn largest(&self, from: usize, to: usize, goal: u64, work: &mut Work) -> Option<Exchange> {
        let room = goal.checked_sub(self.load(to))?;
        let jobs = self.jobs(from);
        let fitting = jobs.partition_point(|job| self.weight(*job) > room);
        self.moved(from, to, jobs.get(fitting), goal, work)
    }

    /// One job moved from `from` to `to`, if it weighs something and `to` stays within `goal`.
    fn moved(
        &self,
        from: usize,
        to: usize,
        job: Option<&usize>,
        goal: u64,
        work: &mut Work,
    ) -> Option<Exchange> {
        let job = *job?;
        let weight = self.weight(job);
        let after = self.load(to).checked_add(weight).filter(|after| *after <= goal)?;
        let chosen = |weight, job: Option<usize>| Choice {
            weight,
            size: job.map_or(0, |job| self.size(job)),
            jobs: [job, None],
        };
        let (out, back) = (chosen(weight, Some(job)), chosen(0, None));
        if weight == 0 || !work.take(self.jobs(from).len()) || !self.has_room(from, to, &out, &back)
        {
            return None;
        }
        let load = after.max(self.load(from) - weight);
        Some(Exchange { load, jobs: [self.with(from, &out, &back), self.with(to, &back, &out)] })
    }

    /// Up to `most` jobs of `from` go, up to `most` of `to` come; the fuller of both ends up as low
    /// as that can make it.
    fn exchange(&self, from: usize, to: usize, most: usize, work: &mut Work) -> Option<Exchange> {
        let (high, low) = (self.load(from), self.load(to));
        let gap = high.checked_sub(low).filter(|gap| *gap > 1)?;
        let leaving = self.choices(from, most);
        let coming = self.choices(to, most);
        if !work.take(leaving.len() + coming.len()) {
            return None;
        }
        // The difference nearest to half of the gap, both lists ascending.
        let mut best: Option<(u64, &Choice, &Choice)> = None;
        let mut candidates = coming.iter().peekable();
        let mut before: Option<&Choice> = None;
        for out in &leaving {
            // What comes should weigh `out` less half of the gap.
            let wanted = out.weight.saturating_sub(gap / 2);
            while let Some(choice) = candidates.next_if(|choice| choice.weight < wanted) {
                before = Some(choice);
            }
            for back in [before, candidates.peek().copied()].into_iter().flatten() {
                let Some(difference) = out.weight.checked_sub(back.weight) else { continue };
                if difference == 0 || difference >= gap || !self.has_room(from, to, out, back) {
                    continue;
                }
                let load = (high - difference).max(low + difference);
                if best.is_none_or(|(least, _, _)| load < least) {
                    best = Some((load, out, back));
                }
            }
        }
        best.map(|(load, out, back)| Exchange {
            load,
            jobs: [self.with(from, out, back), self.with(to, back, out)],
        })
    }

    /// The jobs of a machine when some leave and others come.
    fn with(&self, machine: usize, leaving: &Choice, coming: &Choice) -> Vec<usize> {
        let leaves = |job: &usize| leaving.jobs.contains(&Some(*job));
        let stay = self.jobs(machine).iter().copied().filter(|job| !leaves(job));
        stay.chain(coming.jobs.into_iter().flatten()).collect()
    }

    fn has_room(&self, from: usize, to: usize, out: &Choice, back: &Choice) -> bool {
        let count = |machine| self.counts.get(machine).copied().unwrap_or(0);
        count(from) - out.size + back.size <= self.task.most
            && count(to) - back.size + out.size <= self.task.most
    }

    /// Nothing, each job and, if `most` is 2, each pair of jobs of a machine, lightest first.
    fn choices(&self, machine: usize, most: usize) -> Vec<Choice> {
        let jobs = self.jobs(machine);
        let mut choices = vec![Choice { weight: 0, size: 0, jobs: [None, None] }];
        for (at, one) in jobs.iter().enumerate() {
            let (weight, size) = (self.weight(*one), self.size(*one));
            choices.push(Choice { weight, size, jobs: [Some(*one), None] });
            let others = if most > 1 { jobs.get(at + 1..) } else { None };
            choices.extend(others.unwrap_or_default().iter().map(|other| Choice {
                weight: weight.saturating_add(self.weight(*other)),
                size: size + self.size(*other),
                jobs: [Some(*one), Some(*other)],
            }));
        }
        choices.sort_unstable_by_key(|choice| (choice.weight, choice.jobs));
        choices
    }

    fn keep_if_better(self, packing: &mut Packing) {
        let mut machine_of = packing.machine_of.clone();
        for (jobs, machine) in self.jobs.iter().zip(0..) {
            for job in jobs {
                if let Some(slot) = machine_of.get_mut(*job) {
                    *slot = machine;
                }
            }
        }
        let found = self.task.packing(machine_of);
        if found.makespan < packing.makespan {
            *packing = found;
        }
    }
}

/// Up to two jobs that could leave a machine together.
struct Choice {
    weight: u64,
    size: usize,
    jobs: [Option<usize>; 2],
}
