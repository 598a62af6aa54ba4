//! The decision: a plan, the bound it is measured by, and what holds it back.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::bound;
use crate::groups::root;
use crate::packing::{self, Packed, Task};
use crate::stable::{self, History};
use crate::wanted::Jobs;
use crate::weight::{Scales, Weights, weigh};
use crate::{
    Aim, Bound, Choice, Granularity, ItemId, LastPlan, Made, Placed, Plan, Shard, Stability, Suite,
    Timings, Unknown, Wanted, Weighing,
};

/// What a plan is made from.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// What must run, and what holds it.
    pub suite: &'a Suite,
    /// How long each took, where that is known; made for the suite's nodes.
    pub timings: &'a Timings,
    /// The group of each of the suite's nodes, if it is in one.
    pub groups: &'a [Option<usize>],
    /// How many shards are wanted.
    pub wanted: Wanted,
    /// What becomes of shards without items.
    pub empty: Shards,
    /// What is shared out: tests, or what holds them.
    pub granularity: Granularity,
    /// What each shard does before its first test, in microseconds.
    pub overhead: u64,
    /// What each shard has to do besides, in microseconds; nothing where the list ends.
    pub shard_overhead: &'a [u64],
    /// The most items that a shard may have.
    pub most_items: Option<usize>,
    /// What a shard should have to do to be worth starting, in microseconds.
    pub least_duration: u64,
    /// How much of the last plan is kept.
    pub stability: Stability,
    /// The last plan, if there is one.
    pub last: Option<&'a LastPlan>,
    /// What becomes of tests without a time.
    pub unknown: Unknown,
}

impl<'a> Facts<'a> {
    /// The facts of a plain plan: these tests on this many shards, and nothing else asked for.
    pub fn new(suite: &'a Suite, timings: &'a Timings, wanted: Wanted) -> Self {
        Self {
            suite,
            timings,
            groups: &[],
            wanted,
            empty: Shards::OnlyUsed,
            granularity: Granularity::Item,
            overhead: 0,
            shard_overhead: &[],
            most_items: None,
            least_duration: 0,
            stability: Stability::Off,
            last: None,
            unknown: Unknown::Auto,
        }
    }
}

/// How many shards a plan has when there are fewer items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shards {
    /// As many as have something to run.
    OnlyUsed,
    /// As many as were wanted.
    All,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotPlan {
    /// So many items have no place on so few shards.
    #[error("{items} items do not fit on {shards} shards of at most {most}")]
    TooManyItems {
        /// How many items there are.
        items: usize,
        /// How many shards there may be.
        shards: u16,
        /// How many items each may have.
        most: usize,
    },
    /// There is room enough for all items, but groups of them found no place together.
    #[error("no place was found for all groups of items on {shards} shards of at most {most}")]
    NoPlace {
        /// How many shards there may be.
        shards: u16,
        /// How many items each may have.
        most: usize,
    },
    /// Items that must stay together are more than a shard may have.
    #[error("a group has {items} items, and no shard may have more than {most}")]
    LargeGroup {
        /// The first item of the group.
        first: ItemId,
        /// How many items it has.
        items: usize,
        /// How many items a shard may have.
        most: usize,
    },
}

/// How much of an even share an item may weigh before it is opened, tried one after the other, in
/// hundredths.
const TOO_HEAVY: [u64; 4] = [100, 50, 25, 12];

/// Shares the tests out. Every test of the facts is on exactly one shard, by itself or in one item
/// that holds it.
///
/// # Errors
/// When a shard may not have as many items as some shard must have.
pub fn plan(facts: &Facts<'_>) -> Result<Made, CannotPlan> {
    let weights = weigh(&Scales {
        suite: facts.suite,
        timings: facts.timings,
        groups: facts.groups,
        unknown: facts.unknown,
        shards: match facts.wanted {
            Wanted::Exactly(count) => Some(facts.used(count.get(), facts.suite.tests().count())),
            Wanted::Between(_, _, _) => None,
        },
    });
    let units = facts.suite.units(facts.granularity);
    let mut made = arranged(facts, &weights, &units)?;
    if facts.granularity != Granularity::Auto {
        return Ok(made);
    }
    for hundredths in TOO_HEAVY {
        let goal = facts.goal(&made);
        if made.plan.makespan() <= goal.saturating_add(goal / 100) {
            break;
        }
        let own = goal.saturating_sub(facts.overhead);
        let limit = u128::from(own) * u128::from(hundredths) / 100;
        let (opened, parts) = opened(facts, &weights, &units, limit);
        if opened == made.opened {
            continue;
        }
        // What is opened may be too many items for the shards: then it stays as it was.
        let Ok(finer) = arranged(facts, &weights, &parts) else { continue };
        let finer = Made { opened, ..finer };
        if facts.prefers(&finer, &made) {
            made = finer;
        }
    }
    Ok(made)
}

impl Facts<'_> {
    /// How many shards there are for so many items when `count` are asked for.
    fn used(&self, count: u16, items: usize) -> u16 {
        match self.empty {
            Shards::All => count,
            Shards::OnlyUsed => u16::try_from(items).map_or(count, |items| items.min(count)).max(1),
        }
    }

    /// What a shard should not exceed: the target, or an even share.
    fn goal(&self, made: &Made) -> u64 {
        let shards = match self.wanted {
            Wanted::Between(_, _, Aim::Within(target) | Aim::Cheapest(Some(target))) => {
                return target;
            }
            // With finer items there may be as many shards as were asked for.
            Wanted::Exactly(count) => usize::from(count.get()),
            Wanted::Between(_, _, Aim::Cheapest(None)) => made.plan.shards.len(),
        };
        let loads = made.plan.shards.iter().map(|shard| u128::from(shard.load - shard.overhead));
        let share = loads.sum::<u128>().div_ceil(shards.max(1) as u128);
        u64::try_from(share).unwrap_or(u64::MAX).saturating_add(self.overhead)
    }

    /// Whether one plan is better than another of the same tests.
    fn prefers(&self, one: &Made, other: &Made) -> bool {
        let makespan = |made: &Made| made.plan.makespan();
        let is_out = |made: &Made| matches!(made.choice, Choice::OutOfReach { .. });
        let count = |made: &Made| made.plan.shards.len();
        match self.wanted {
            Wanted::Exactly(_) => makespan(one) < makespan(other),
            Wanted::Between(_, _, Aim::Within(_)) => {
                let order = |made: &Made| (is_out(made), count(made), makespan(made));
                order(one) < order(other)
            }
            Wanted::Between(_, _, Aim::Cheapest(_)) => {
                let order = |made: &Made| (is_out(made), made.plan.minutes(), makespan(made));
                order(one) < order(other)
            }
        }
    }

    fn group(&self, node: usize) -> Option<usize> {
        self.groups.get(node).copied().flatten()
    }
}

/// Opens every unit above `limit` that holds something and is not to stay together; and how many.
fn opened(
    facts: &Facts<'_>,
    weights: &Weights,
    units: &[usize],
    limit: u128,
) -> (usize, Vec<usize>) {
    let (mut opened, mut kept) = (0, Vec::new());
    let mut waiting = units.to_vec();
    while let Some(unit) = waiting.pop() {
        let held = facts.suite.held(unit);
        let is_heavy = u128::from(weights.of(unit).value()) > limit;
        if is_heavy && !held.is_empty() && facts.group(unit).is_none() {
            opened += 1;
            waiting.extend_from_slice(held);
        } else {
            kept.push(unit);
        }
    }
    kept.sort_unstable();
    (opened, kept)
}

/// What is packed as one: an item, or items that stay together.
struct Job {
    /// In the order of their names.
    items: Vec<usize>,
    weight: u64,
}

fn jobs(facts: &Facts<'_>, weights: &Weights, units: &[usize]) -> Vec<Job> {
    let together = together(facts, units);
    let mut jobs: Vec<Job> = Vec::with_capacity(units.len());
    let mut job_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (unit, first) in units.iter().zip(together) {
        let weight = weights.of(*unit).value();
        let at = *job_of.entry(first).or_insert(jobs.len());
        match jobs.get_mut(at) {
            Some(job) => {
                job.items.push(*unit);
                job.weight = job.weight.saturating_add(weight);
            }
            None => jobs.push(Job { items: vec![*unit], weight }),
        }
    }
    jobs
}

/// For each unit, the place of the first with which it stays together: units that are in one group, or
/// hold tests that are, and those that stay together with them.
fn together(facts: &Facts<'_>, units: &[usize]) -> Vec<usize> {
    let mut first_of: Vec<usize> = (0..units.len()).collect();
    if facts.groups.iter().all(Option::is_none) {
        return first_of;
    }
    let mut first_with: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, unit) in units.iter().enumerate() {
        let mut inside = vec![*unit];
        while let Some(node) = inside.pop() {
            inside.extend_from_slice(facts.suite.held(node));
            let Some(group) = facts.group(node) else { continue };
            let other = *first_with.entry(group).or_insert(at);
            let (one, other) = (root(&first_of, at), root(&first_of, other));
            if let Some(slot) = first_of.get_mut(one.max(other)) {
                *slot = one.min(other);
            }
        }
    }
    (0..units.len()).map(|at| root(&first_of, at)).collect()
}

fn arranged(facts: &Facts<'_>, weights: &Weights, units: &[usize]) -> Result<Made, CannotPlan> {
    let jobs = jobs(facts, weights, units);
    let most = facts.most_items.unwrap_or(usize::MAX);
    let ids = facts.suite.nodes().ids();
    if let Some(job) = jobs.iter().find(|job| job.items.len() > most) {
        let first = job.items.first().and_then(|item| ids.get(*item)).cloned();
        let items = job.items.len();
        return Err(match first {
            Some(first) => CannotPlan::LargeGroup { first, items, most },
            None => CannotPlan::TooManyItems { items, shards: 0, most },
        });
    }
    let values: Vec<u64> = jobs.iter().map(|job| job.weight).collect();
    let sizes: Vec<usize> = jobs.iter().map(|job| job.items.len()).collect();
    let range = Range::new(facts, weights.weighing(), &values, units.len())?;
    let start = starts(facts, weights.weighing(), range.to);
    let task = Jobs { weights: &values, sizes: &sizes, start: &start, most };
    let (count, choice) = match (facts.wanted, weights.weighing()) {
        (Wanted::Exactly(_), _) => (range.to, Choice::Given),
        (Wanted::Between(_, _, _), Weighing::Count) => {
            (WITHOUT_TIMES.clamp(range.from, range.to), Choice::NoTimes)
        }
        (Wanted::Between(_, _, Aim::Within(target)), Weighing::Time) => {
            task.fewest(range.from, range.to, target)
        }
        (Wanted::Between(_, _, Aim::Cheapest(target)), Weighing::Time) => {
            task.cheapest(range.from, range.to, target)
        }
    };
    let task = task.on(count);
    let names: Vec<&ItemId> = jobs.iter().filter_map(|job| ids.get(*job.items.first()?)).collect();
    let last: Vec<Option<u16>> = jobs.iter().map(|job| facts.last_shard_of(job, weights)).collect();
    let cap = match choice {
        Choice::Fewest { target, .. } => target,
        Choice::Given | Choice::OutOfReach { .. } | Choice::Cheapest | Choice::NoTimes => u64::MAX,
    };
    let history = History { last: &last, names: &names };
    let Packed { mut packing, bound } = stable::pack(&task, facts.stability, &history, cap);
    if choice == Choice::Cheapest {
        // The price that chose this number was that of the quick packing.
        let quick = packing::quick(&task);
        if task.minutes(&quick) < task.minutes(&packing) && task.is_within(&quick.machine_of) {
            packing = quick;
        }
    }
    // What holds for single items holds for groups of them, and a plan file names single items only.
    let single: Vec<u64> = units.iter().map(|unit| weights.of(*unit).value()).collect();
    let ones = vec![1; single.len()];
    let of_items = bound::of(&Task { weights: &single, sizes: &ones, ..task });
    let bound = if of_items.value > bound.value { of_items } else { bound };
    if !task.is_within(&packing.machine_of) {
        return Err(CannotPlan::NoPlace { shards: count, most });
    }
    let is_empty = jobs.is_empty() && facts.empty == Shards::OnlyUsed;
    let shards = if is_empty {
        Vec::new()
    } else {
        filled(facts, weights, &jobs, &task, &packing.machine_of)
    };
    let moved = moved(facts, &shards);
    let dealt = dealt(&task, &values);
    let (shards, bound) = used(facts, &task, &values, &sizes, shards, bound);
    let plan = Plan { shards, weighing: weights.weighing(), bound };
    let heaviest = jobs.iter().max_by_key(|job| (job.weight, Reverse(job.items.first().copied())));
    let heaviest = heaviest
        .and_then(|job| Some((ids.get(*job.items.first()?)?.clone(), job.items.len(), job.weight)));
    Ok(Made { plan, choice, dealt, moved, heaviest, opened: 0, weights: values, sizes, most })
}

/// Without the last shards that have nothing to run, because what they have to do besides is too much;
/// and the bound of those that are left.
fn used(
    facts: &Facts<'_>,
    task: &Task<'_>,
    weights: &[u64],
    sizes: &[usize],
    mut shards: Vec<Shard>,
    bound: Bound,
) -> (Vec<Shard>, Bound) {
    let all = shards.len();
    if facts.empty == Shards::OnlyUsed {
        // Only the last ones: the others keep the number by which they were told what they have to do.
        while shards.pop_if(|shard| shard.items.is_empty()).is_some() {}
    }
    if shards.len() == all {
        return (shards, bound);
    }
    let start: Vec<u64> = shards.iter().map(|shard| shard.overhead).collect();
    let bound = bound::of(&Task { weights, sizes, start: &start, most: task.most });
    (shards, bound)
}

/// How many shards there are where no time says how many are enough: a first run should neither
/// take all day nor start a hundred machines.
const WITHOUT_TIMES: u16 = 4;

/// From how many to how many shards there may be.
struct Range {
    from: u16,
    to: u16,
}

impl Range {
    fn new(
        facts: &Facts<'_>,
        weighing: Weighing,
        weights: &[u64],
        items: usize,
    ) -> Result<Self, CannotPlan> {
        let (from, to) = match facts.wanted {
            Wanted::Exactly(count) => (count.get(), count.get()),
            Wanted::Between(from, to, _) => (from.get().min(to.get()), to.get()),
        };
        let most = facts.most_items.unwrap_or(usize::MAX).max(1);
        let needed = u16::try_from(items.div_ceil(most)).unwrap_or(u16::MAX);
        if needed > to {
            return Err(CannotPlan::TooManyItems { items, shards: to, most });
        }
        let total: u128 = weights.iter().copied().map(u128::from).sum();
        let worth = match weighing {
            Weighing::Time => total.checked_div(u128::from(facts.least_duration)),
            Weighing::Count => None,
        };
        let worth = worth.map_or(u16::MAX, |worth| u16::try_from(worth).unwrap_or(u16::MAX));
        let to = facts.used(to.min(worth), weights.len()).max(needed).max(1);
        let from =
            if matches!(facts.wanted, Wanted::Exactly(_)) { to } else { from.max(needed).min(to) };
        Ok(Self { from, to })
    }
}

/// What each shard has to do before its first test. Counts have no overhead: it is a time.
fn starts(facts: &Facts<'_>, weighing: Weighing, shards: u16) -> Vec<u64> {
    let own = (0..usize::from(shards)).map(|at| facts.shard_overhead.get(at).copied().unwrap_or(0));
    match weighing {
        Weighing::Time => own.map(|own| own.saturating_add(facts.overhead)).collect(),
        Weighing::Count => own.map(|_| 0).collect(),
    }
}

impl Facts<'_> {
    /// The shard on which the last plan had most of this job.
    fn last_shard_of(&self, job: &Job, weights: &Weights) -> Option<u16> {
        let last = self.last?;
        let mut on_shard: BTreeMap<u16, u64> = BTreeMap::new();
        for item in &job.items {
            if let Some(shard) =
                self.suite.nodes().ids().get(*item).and_then(|id| last.shard_of(id))
            {
                let sum = on_shard.entry(shard).or_default();
                *sum = sum.saturating_add(weights.of(*item).value());
            }
        }
        on_shard
            .into_iter()
            .max_by_key(|(shard, sum)| (*sum, Reverse(*shard)))
            .map(|(shard, _)| shard)
    }
}

fn filled(
    facts: &Facts<'_>,
    weights: &Weights,
    jobs: &[Job],
    task: &Task<'_>,
    machine_of: &[u16],
) -> Vec<Shard> {
    let empty = |overhead: &u64| Shard { items: Vec::new(), overhead: *overhead, load: *overhead };
    let mut shards: Vec<Shard> = task.start.iter().map(empty).collect();
    for (job, machine) in jobs.iter().zip(machine_of) {
        let Some(shard) = shards.get_mut(usize::from(*machine)) else { continue };
        for item in &job.items {
            let Some(id) = facts.suite.nodes().ids().get(*item) else { continue };
            let weight = weights.of(*item);
            shard.load = shard.load.saturating_add(weight.value());
            shard.items.push(Placed { id: id.clone(), weight });
        }
    }
    for shard in &mut shards {
        shard
            .items
            .sort_by(|a, b| b.weight.value().cmp(&a.weight.value()).then_with(|| a.id.cmp(&b.id)));
    }
    shards
}

fn moved(facts: &Facts<'_>, shards: &[Shard]) -> Option<(usize, usize)> {
    let last = facts.last?;
    let (mut moved, mut known) = (0, 0);
    for (shard, at) in shards.iter().zip(0_u16..) {
        for before in shard.items.iter().filter_map(|placed| last.shard_of(&placed.id)) {
            known += 1;
            moved += usize::from(before != at);
        }
    }
    Some((moved, known))
}

/// When the last shard would finish if jobs were dealt out in the order of their names.
fn dealt(task: &Task<'_>, weights: &[u64]) -> u64 {
    let mut loads = task.start.to_vec();
    let count = loads.len().max(1);
    for (at, weight) in weights.iter().enumerate() {
        if let Some(load) = loads.get_mut(at % count) {
            *load = load.saturating_add(*weight);
        }
    }
    loads.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
