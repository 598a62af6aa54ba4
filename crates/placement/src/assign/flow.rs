//! Jobs to machines at the least cost: successive shortest paths, over kinds of jobs and machines.
//!
//! Jobs of the highest priority are placed first, each along a shortest way to a free machine: a job without
//! a place takes one from a job that moves, which takes one from another, and the last takes the free one.
//! So no plan that places as many costs less (Busacker and Gowen 1960), and once there is no way, none
//! places more. A job that has a place keeps one: another of its priority that waits could only take it for good,
//! and when a priority is done, none that waits will ever have a way again. Potentials keep steps from
//! being shorter than nothing (Edmonds and Karp 1972, Tomizawa 1971), so Dijkstra's search finds the
//! ways. Costs are compared field by field and added field by field, which is all that this needs of
//! them.
//!
//! Only machines are places on the way. So what a search takes depends on the machines, and on the jobs that
//! have one, however many wait.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Add, Sub};

/// What it costs that a job runs where it does. Earlier fields decide before later ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    /// How far it is from what the job needs: which of its options it is.
    option: i64,
    /// What the machine costs.
    price: i64,
    /// How many GB of memory it has too many.
    spare_memory: i64,
    /// How many GPUs it has too many.
    spare_gpus: i64,
}

impl Cost {
    /// The cost of one job. Sums of differences of these along any path stay within 64 bits.
    pub(super) fn new(option: u32, price: u32, spare_memory: u32, spare_gpus: u32) -> Self {
        Self {
            option: option.into(),
            price: price.into(),
            spare_memory: spare_memory.into(),
            spare_gpus: spare_gpus.into(),
        }
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            option: self.option.saturating_add(other.option),
            price: self.price.saturating_add(other.price),
            spare_memory: self.spare_memory.saturating_add(other.spare_memory),
            spare_gpus: self.spare_gpus.saturating_add(other.spare_gpus),
        }
    }
}

impl Sub for Cost {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            option: self.option.saturating_sub(other.option),
            price: self.price.saturating_sub(other.price),
            spare_memory: self.spare_memory.saturating_sub(other.spare_memory),
            spare_gpus: self.spare_gpus.saturating_sub(other.spare_gpus),
        }
    }
}

/// How a machine was reached: by this job, from this machine or from among those that wait.
#[derive(Clone, Copy, Debug)]
struct Step {
    job: usize,
    from: Option<usize>,
}

/// A machine's share of a search.
#[derive(Clone, Copy, Debug)]
struct Reached {
    length: Cost,
    by: Step,
    is_final: bool,
}

/// A kind of jobs.
struct Supply {
    priority: i32,
    /// How many have no place.
    waiting: usize,
    /// How many are on which machines.
    on: BTreeMap<usize, usize>,
}

/// A kind of machines.
#[derive(Default)]
struct Capacity {
    free: usize,
    /// Which jobs it has, and how many of each.
    jobs: BTreeMap<usize, usize>,
    /// The length of the shortest ways to it, as of all searches so far.
    potential: Cost,
    /// The jobs of the priority in turn that can run on it, dearest first, without some that do not wait.
    choices: Vec<usize>,
}

/// How many jobs of each kind run on how many machines of each kind.
pub(super) struct Flow<'a> {
    cells: &'a [Option<Cost>],
    jobs: Vec<Supply>,
    machines: Vec<Capacity>,
}

impl<'a> Flow<'a> {
    /// The best. `supplies` are the priority and the number of each kind of jobs, `capacities` the
    /// numbers of machines, `cells` the costs: all machines of the first kind of jobs, then of the next.
    pub(super) fn best(
        supplies: &[(i32, usize)],
        capacities: &[usize],
        cells: &'a [Option<Cost>],
    ) -> Self {
        let supply = |(priority, waiting): &(i32, usize)| Supply {
            priority: *priority,
            waiting: *waiting,
            on: BTreeMap::new(),
        };
        let capacity = |free: &usize| Capacity { free: *free, ..Capacity::default() };
        let mut flow = Self {
            cells,
            jobs: supplies.iter().map(supply).collect(),
            machines: capacities.iter().map(capacity).collect(),
        };
        let priorities: BTreeSet<i32> = supplies.iter().map(|(priority, _)| *priority).collect();
        for priority in priorities.into_iter().rev() {
            flow.open(priority);
            while let Some((end, reached)) = flow.shortest() {
                if flow.shift(end, &reached) == 0 {
                    break;
                }
            }
        }
        flow
    }

    /// The machines of a kind of jobs: which, by which option, how many.
    pub(super) fn of_job(&self, job: usize) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let on = self.jobs.get(job).into_iter().flat_map(|supply| &supply.on);
        on.filter_map(move |(machine, count)| {
            let option = usize::try_from(self.cost(job, *machine)?.option).ok()?;
            Some((*machine, option, *count))
        })
    }

    fn cost(&self, job: usize, machine: usize) -> Option<Cost> {
        self.cells.get(job * self.machines.len() + machine).copied().flatten()
    }

    /// Begins with the jobs of a priority.
    fn open(&mut self, priority: i32) {
        for machine in 0..self.machines.len() {
            let jobs = self.jobs.iter().enumerate();
            let jobs = jobs.filter(|(_, supply)| supply.priority == priority);
            let costs = jobs.filter_map(|(job, _)| Some((self.cost(job, machine)?, job)));
            let mut costs: Vec<_> = costs.collect();
            costs.sort_unstable_by(|a, b| b.cmp(a));
            if let Some(machine) = self.machines.get_mut(machine) {
                machine.choices = costs.into_iter().map(|(_, job)| job).collect();
            }
        }
    }

    /// The cheapest job for a machine among those of the priority that wait.
    fn cheapest(&mut self, machine: usize) -> Option<(usize, Cost)> {
        let jobs = &self.jobs;
        let choices = &mut self.machines.get_mut(machine)?.choices;
        let waits = |job: usize| jobs.get(job).is_some_and(|supply| supply.waiting > 0);
        while choices.last().is_some_and(|job| !waits(*job)) {
            choices.pop();
        }
        let job = *choices.last()?;
        Some((job, self.cost(job, machine)?))
    }

    /// A shortest way for a job that waits: the free machine at its end, and how each was reached.
    fn shortest(&mut self) -> Option<(usize, Vec<Option<Reached>>)> {
        let mut reached = vec![None; self.machines.len()];
        for machine in 0..self.machines.len() {
            if let Some((job, cost)) = self.cheapest(machine) {
                self.reach(machine, cost, Step { job, from: None }, &mut reached);
            }
        }
        // The first free machine to be reached is the nearest: the potentials of all that are free are equal, because
        // each search adds to them the length of its way, which is to the nearest of them.
        while let Some((length, machine)) = nearest(&reached) {
            let capacity = self.machines.get(machine)?;
            if capacity.free > 0 {
                self.remember(length, &reached);
                return Some((machine, reached));
            }
            let here = length + capacity.potential;
            if let Some(Some(entry)) = reached.get_mut(machine) {
                entry.is_final = true;
            }
            for job in capacity.jobs.keys().copied() {
                let Some(cost) = self.cost(job, machine) else { continue };
                let by = Step { job, from: Some(machine) };
                for other in 0..self.machines.len() {
                    if let Some(there) = self.cost(job, other) {
                        self.reach(other, here - cost + there, by, &mut reached);
                    }
                }
            }
        }
        None
    }

    /// Makes steps of the shortest ways as long as nothing.
    fn remember(&mut self, shortest: Cost, reached: &[Option<Reached>]) {
        for (machine, reached) in self.machines.iter_mut().zip(reached) {
            let length = reached.map_or(shortest, |reached| reached.length.min(shortest));
            machine.potential = machine.potential + length;
        }
    }

    /// Notes a way to a machine that is this long, if it is the shortest so far.
    fn reach(&self, machine: usize, length: Cost, by: Step, reached: &mut [Option<Reached>]) {
        let potential = self.machines.get(machine).map(|machine| machine.potential);
        let length = length - potential.unwrap_or_default();
        if let Some(entry) = reached.get_mut(machine)
            && entry.is_none_or(|entry| !entry.is_final && length < entry.length)
        {
            *entry = Some(Reached { length, by, is_final: false });
        }
    }

    /// Places as many jobs as can be along the way that ends at a machine; how many.
    fn shift(&mut self, end: usize, reached: &[Option<Reached>]) -> usize {
        let mut steps = Vec::new();
        let mut to = end;
        let mut count = self.machines.get(end).map_or(0, |machine| machine.free);
        // A way never comes to a machine again, so it has no more steps than there are machines.
        for _ in 0..reached.len() {
            let Some(Some(Reached { by, .. })) = reached.get(to) else { break };
            let supply = self.jobs.get(by.job);
            let available = match by.from {
                Some(from) => supply.and_then(|supply| supply.on.get(&from).copied()),
                None => supply.map(|supply| supply.waiting),
            };
            count = count.min(available.unwrap_or_default());
            steps.push((*by, to));
            match by.from {
                Some(from) => to = from,
                None => break,
            }
        }
        for (Step { job, from }, to) in steps {
            match from {
                Some(from) => self.leave(job, from, count),
                None => {
                    if let Some(supply) = self.jobs.get_mut(job) {
                        supply.waiting -= count;
                    }
                }
            }
            self.arrive(job, to, count);
        }
        if let Some(machine) = self.machines.get_mut(end) {
            machine.free -= count;
        }
        count
    }

    fn leave(&mut self, job: usize, machine: usize, count: usize) {
        let supply = self.jobs.get_mut(job).map(|supply| (&mut supply.on, machine));
        let capacity = self.machines.get_mut(machine).map(|machine| (&mut machine.jobs, job));
        for (counts, key) in supply.into_iter().chain(capacity) {
            if let Some(on) = counts.get_mut(&key) {
                *on -= count;
                if *on == 0 {
                    counts.remove(&key);
                }
            }
        }
    }

    fn arrive(&mut self, job: usize, machine: usize, count: usize) {
        if let (Some(supply), Some(capacity)) =
            (self.jobs.get_mut(job), self.machines.get_mut(machine))
        {
            *supply.on.entry(machine).or_default() += count;
            *capacity.jobs.entry(job).or_default() += count;
        }
    }
}

/// The nearest machine whose length is not final.
fn nearest(reached: &[Option<Reached>]) -> Option<(Cost, usize)> {
    let lengths = reached.iter().enumerate().filter_map(|(machine, reached)| {
        reached.filter(|reached| !reached.is_final).map(|reached| (reached.length, machine))
    });
    lengths.min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Some kinds of jobs (priority, how many) and of machines (how many), and what each costs on each.
    type Network = (Vec<(i32, usize)>, Vec<usize>, Vec<Option<Cost>>);

    fn networks() -> impl Strategy<Value = Network> {
        let supplies = prop::collection::vec((0..3_i32, 1..3_usize), 0..5);
        let capacities = prop::collection::vec(1..3_usize, 0..5);
        (supplies, capacities).prop_flat_map(|(supplies, capacities)| {
            let cost = (0..2_u32, 0..4_u32, 0..2_u32, 0..2_u32)
                .prop_map(|(option, price, memory, gpus)| Cost::new(option, price, memory, gpus));
            let cells = supplies.len() * capacities.len();
            let cells = prop::collection::vec(prop::option::weighted(0.6, cost), cells);
            (Just(supplies), Just(capacities), cells)
        })
    }

    /// The most urgent first: how many have no place; then the cost of all.
    type Loss = ([usize; 3], Cost);

    /// The least loss, by trying each machine for each job.
    fn least_loss((supplies, capacities, cells): &Network) -> Loss {
        let machines: Vec<usize> =
            capacities.iter().enumerate().flat_map(|(kind, count)| vec![kind; *count]).collect();
        let mut least = vec![Some(([0; 3], Cost::default()))];
        least.resize(1 << machines.len(), None);
        let better = |old: Option<Loss>, new: Loss| Some(old.map_or(new, |old| old.min(new)));
        for (kind, (priority, count)) in supplies.iter().enumerate() {
            for _ in 0..*count {
                let mut next = vec![None; least.len()];
                for (taken, loss) in least.iter().enumerate() {
                    let Some((waiting, cost)) = loss else { continue };
                    let mut left = *waiting;
                    left[usize::try_from(2 - priority).unwrap()] += 1;
                    next[taken] = better(next[taken], (left, *cost));
                    for (place, machine) in machines.iter().enumerate() {
                        let here = cells[kind * capacities.len() + machine];
                        if let (0, Some(here)) = (taken & (1 << place), here) {
                            let taken = taken | (1 << place);
                            next[taken] = better(next[taken], (*waiting, *cost + here));
                        }
                    }
                }
                least = next;
            }
        }
        least.into_iter().flatten().min().unwrap()
    }

    fn loss((supplies, capacities, cells): &Network, flow: &Flow<'_>) -> Loss {
        let mut loss = ([0; 3], Cost::default());
        let mut used = vec![0; capacities.len()];
        for (job, (priority, count)) in supplies.iter().enumerate() {
            let mut placed = 0;
            for (machine, option, count) in flow.of_job(job) {
                let cost = cells[job * capacities.len() + machine].unwrap();
                assert_eq!(cost.option, i64::try_from(option).unwrap());
                for _ in 0..count {
                    loss.1 = loss.1 + cost;
                }
                used[machine] += count;
                placed += count;
            }
            loss.0[usize::try_from(2 - priority).unwrap()] += count - placed;
        }
        assert!(used.iter().zip(capacities).all(|(used, all)| used <= all), "{used:?}");
        loss
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_plan_is_better(network in networks()) {
            let (supplies, capacities, cells) = &network;
            let flow = Flow::best(supplies, capacities, cells);
            prop_assert_eq!(loss(&network, &flow), least_loss(&network));
        }
    }
}
