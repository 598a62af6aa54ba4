//! A plan that was made: who runs what, and what is known of it beyond that.

use crate::packing::{self, Task};
use crate::wanted::{Jobs, MINUTE};
use crate::{Bound, Choice, Cost, ItemId, Weighing, Weight, bound, pareto};

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
    /// What was packed as one and is the heaviest: its first item, how many items it is, and its weight.
    pub heaviest: Option<(ItemId, usize, u64)>,
    /// What was packed as one: its weight, and how many items it is.
    pub(crate) weights: Vec<u64>,
    pub(crate) sizes: Vec<usize>,
    /// The most items of a shard.
    pub(crate) most: usize,
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
}

/// How far `after` is from `before`, up or down, in millionths of `before`, rounded up.
pub fn change_millionths(before: u64, after: u64) -> u64 {
    let change = u128::from(before.abs_diff(after)) * 1_000_000;
    u64::try_from(change.div_ceil(u128::from(before.max(1)))).unwrap_or(u64::MAX)
}

impl Made {
    /// The fewest shards found that finish as early as this plan: all of its own unless fewer are
    /// enough, which is so where the longest item decides.
    pub fn enough_shards(&self) -> usize {
        /// How many numbers of shards are tried: where the first few fail, many would.
        const TRIES: usize = 8;
        let own = self.plan.shards.len();
        let goal = self.plan.makespan();
        let start: Vec<u64> = self.plan.shards.iter().map(|shard| shard.overhead).collect();
        let tasks = (1..own).filter_map(|count| {
            let start = start.get(..count)?;
            Some(Task { weights: &self.weights, sizes: &self.sizes, start, most: self.most })
        });
        let possible = tasks.filter(|task| bound::of(task).value <= goal);
        let mut enough = possible.take(TRIES).filter(|task| {
            let quick = packing::quick(task);
            quick.makespan <= goal && task.is_within(&quick.machine_of)
        });
        enough.next().map_or(own, |task| task.machines())
    }

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
            Jobs { weights: &self.weights, sizes: &self.sizes, start: &start, most: self.most };
        pareto(&jobs.costs(1, to))
    }
}
