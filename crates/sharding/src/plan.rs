//! The decision: a plan, the bound it is measured by, and what holds it back.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::packing::{self, Packed, Task};
use crate::stable::{self, History};
use crate::wanted::{Jobs, MINUTE};
use crate::weight::{Scales, Weights, weigh};
use crate::{
    Aim, Bound, Choice, Cost, Granularity, ItemId, LastPlan, Stability, Suite, Timings, Unknown,
    Wanted, Weighing, Weight, pareto,
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

/// Which shard runs which item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The shards in order.
    pub shards: Vec<Shard>,
    /// Whether weights are times or counts.
    pub weighing: Weighing,
    /// What no plan with this many shards can beat.
    pub bound: Bound,
}

/// A plan, and what is known of it beyond who runs what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// How the number of shards came about.
    pub choice: Choice,
    /// When the last shard would finish if items were dealt out one after the other.
    pub dealt: u64,
    /// How many items are on another shard than in the last plan, of how many that it had.
    pub moved: Option<(usize, usize)>,
    /// How many files, classes and the like were opened because they are too heavy for one shard.
    pub opened: usize,
    /// What was packed as one: its weight, and how many items it is.
    weights: Vec<u64>,
    sizes: Vec<usize>,
}

/// What one runner does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shard {
    /// Its items, the heaviest first.
    pub items: Vec<Placed>,
    /// What it has to do besides them, in microseconds.
    pub overhead: u64,
    /// The sum of their weights and of what it has to do besides.
    pub load: u64,
}

/// An item on its shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The item.
    pub id: ItemId,
    /// Its weight.
    pub weight: Weight,
}

impl Plan {
    /// The load of the slowest shard.
    pub fn makespan(&self) -> u64 {
        self.shards.iter().map(|shard| shard.load).max().unwrap_or(0)
    }

    /// The load of the slowest shard if items took what `time` says, where it says something.
    pub fn makespan_with(&self, time: &dyn Fn(&ItemId) -> Option<u64>) -> u64 {
        let load = |shard: &Shard| {
            let weight = |placed: &Placed| time(&placed.id).unwrap_or(placed.weight.value());
            shard.items.iter().map(weight).fold(shard.overhead, u64::saturating_add)
        };
        self.shards.iter().map(load).max().unwrap_or(0)
    }

    /// The minutes that are billed for it, each shard's rounded up.
    pub fn minutes(&self) -> u64 {
        let minutes = self.shards.iter().map(|shard| shard.load.div_ceil(MINUTE));
        minutes.fold(0, u64::saturating_add)
    }

    /// Whether no plan with as many shards finishes earlier.
    pub fn is_proven(&self) -> bool {
        self.makespan() <= self.bound.value
    }

    /// How many items there are.
    pub fn item_count(&self) -> usize {
        self.shards.iter().map(|shard| shard.items.len()).sum()
    }

    /// How many items have a known time.
    pub fn known_count(&self) -> usize {
        self.placed().filter(|placed| placed.weight.is_known()).count()
    }

    /// All items with their weights, shard by shard.
    pub fn placed(&self) -> impl Iterator<Item = &Placed> {
        self.shards.iter().flat_map(|shard| &shard.items)
    }

    /// The heaviest item; of equal ones, the first by name.
    pub fn heaviest(&self) -> Option<&Placed> {
        self.placed()
            .max_by(|a, b| a.weight.value().cmp(&b.weight.value()).then_with(|| b.id.cmp(&a.id)))
    }

    /// How far the slowest shard is above the bound, in millionths of the bound, rounded up.
    pub fn gap_millionths(&self) -> u64 {
        let over = u128::from(self.makespan().saturating_sub(self.bound.value));
        let bound = u128::from(self.bound.value.max(1));
        u64::try_from((over * 1_000_000).div_ceil(bound)).unwrap_or(u64::MAX)
    }

    /// The fewest shards found that finish as early as this plan: all of its own unless fewer are
    /// enough, which is so where the longest item decides.
    pub fn enough_shards(&self) -> usize {
        /// How many numbers of shards are tried: where the first few fail, many would.
        const TRIES: usize = 8;
        let own = self.shards.len();
        let goal = self.makespan();
        let weights: Vec<u64> = self.placed().map(|placed| placed.weight.value()).collect();
        let sizes = vec![1; weights.len()];
        let start: Vec<u64> = self.shards.iter().map(|shard| shard.overhead).collect();
        let tasks = (1..own).filter_map(|count| {
            let start = start.get(..count)?;
            Some(Task { weights: &weights, sizes: &sizes, start, most: usize::MAX })
        });
        let possible = tasks.filter(|task| crate::bound::of(task).value <= goal);
        let mut enough = possible.take(TRIES).filter(|task| packing::quick(task).makespan <= goal);
        enough.next().map_or(own, |task| task.machines())
    }
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
        let finer = Made { opened, ..arranged(facts, &weights, &parts)? };
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
            Wanted::Between(_, _, Aim::Within(target)) => return target,
            // With finer items there may be as many shards as were asked for.
            Wanted::Exactly(count) => usize::from(count.get()),
            Wanted::Between(_, _, Aim::Cheapest(_)) => made.plan.shards.len(),
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
    let mut jobs: Vec<Job> = Vec::with_capacity(units.len());
    let mut job_of_group: BTreeMap<usize, usize> = BTreeMap::new();
    for unit in units {
        let weight = weights.of(*unit).value();
        let known =
            facts.group(*unit).map(|group| *job_of_group.entry(group).or_insert(jobs.len()));
        match known.and_then(|at| jobs.get_mut(at)) {
            Some(job) => {
                job.items.push(*unit);
                job.weight = job.weight.saturating_add(weight);
            }
            None => jobs.push(Job { items: vec![*unit], weight }),
        }
    }
    jobs
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
    let Packed { packing, bound } =
        stable::pack(&task, facts.stability, &History { last: &last, names: &names });
    if !task.is_within(&packing.machine_of) {
        return Err(CannotPlan::TooManyItems { items: units.len(), shards: count, most });
    }
    let is_empty = jobs.is_empty() && facts.empty == Shards::OnlyUsed;
    let shards = if is_empty {
        Vec::new()
    } else {
        filled(facts, weights, &jobs, &task, &packing.machine_of)
    };
    let moved = moved(facts, &shards);
    let dealt = dealt(&task, &values);
    let plan = Plan { shards, weighing: weights.weighing(), bound };
    Ok(Made { plan, choice, dealt, moved, opened: 0, weights: values, sizes })
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

/// How far `after` is from `before`, up or down, in millionths of `before`, rounded up.
pub fn change_millionths(before: u64, after: u64) -> u64 {
    let change = u128::from(before.abs_diff(after)) * 1_000_000;
    u64::try_from(change.div_ceil(u128::from(before.max(1)))).unwrap_or(u64::MAX)
}

impl Made {
    /// What other numbers of shards would cost, where no other is both faster and cheaper; nothing
    /// where no time is known. `overhead` is what each shard does before its first test.
    pub fn costs(&self, overhead: u64) -> Vec<Cost> {
        /// The most shards that are looked at: what more of them cost, nobody asks.
        const MOST: u16 = 64;
        if self.plan.weighing == Weighing::Count || self.weights.is_empty() {
            return Vec::new();
        }
        let to = u16::try_from(self.weights.len()).unwrap_or(MOST).min(MOST);
        let start = vec![overhead; usize::from(to)];
        let jobs =
            Jobs { weights: &self.weights, sizes: &self.sizes, start: &start, most: usize::MAX };
        pareto(&jobs.costs(1, to))
    }
}

#[cfg(test)]
mod tests;
