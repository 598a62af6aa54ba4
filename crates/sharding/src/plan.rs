//! The decision: a plan, the bound it is measured by, and what holds it back.

use std::cmp::Reverse;

use crate::lpt::{assign, heaviest_first};
use crate::{
    Bound, ItemId, Items, ShardCount, Timings, Weighing, Weight, Weights, lower_bound, weigh,
};

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What must run.
    pub items: &'a Items,
    /// How long each took, where that is known; made for these items.
    pub timings: &'a Timings,
    /// How many shards are wanted.
    pub shards: ShardCount,
    /// What becomes of shards without items.
    pub empty: Shards,
}

/// How many shards a plan has when there are fewer items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shards {
    /// As many as have something to run.
    OnlyUsed,
    /// As many as were wanted.
    All,
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

/// What one runner does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shard {
    /// Its items, the heaviest first.
    pub items: Vec<Placed>,
    /// The sum of their weights.
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

/// Why an item is on its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why {
    /// How many items were placed before it: the heaviest first; of equal ones, by name.
    pub placed_before: usize,
    /// What its shard had to do before, the least of all: microseconds, or items.
    pub load_before: u64,
}

impl Plan {
    /// The load of the slowest shard.
    pub fn makespan(&self) -> u64 {
        self.shards.iter().map(|shard| shard.load).max().unwrap_or(0)
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

    /// Why the item at `rank` of the shard at `index` is there; nothing if there is none.
    pub fn why(&self, index: usize, rank: usize) -> Option<Why> {
        let items = &self.shards.get(index)?.items;
        let item = items.get(rank)?;
        let order = |placed: &Placed| (Reverse(placed.weight.value()), placed.id.clone());
        let own = order(item);
        let loads = items.iter().take(rank).map(|placed| placed.weight.value());
        Some(Why {
            placed_before: self.placed().filter(|other| order(other) < own).count(),
            load_before: loads.fold(0, u64::saturating_add),
        })
    }

    /// The fewest shards found that finish as early as this plan: all of its own unless fewer are
    /// enough, which is so where the longest item decides.
    pub fn enough_shards(&self) -> usize {
        /// How many numbers of shards are tried: where the first few fail, many would.
        const TRIES: usize = 8;
        let own = self.shards.len();
        let goal = self.makespan();
        let mut weights: Vec<u64> = self.placed().map(|placed| placed.weight.value()).collect();
        weights.sort_unstable_by(|a, b| b.cmp(a));
        let total: u128 = weights.iter().copied().map(u128::from).sum();
        let least = usize::try_from(total.div_ceil(u128::from(goal.max(1)))).unwrap_or(own).max(1);
        let counts = (least..own).filter_map(|count| {
            let shards = ShardCount::new(u64::try_from(count).ok()?).ok()?;
            Some((count, shards))
        });
        let possible = counts.filter(|(_, shards)| lower_bound(&weights, *shards).value <= goal);
        let mut enough = possible.take(TRIES).filter(|(_, shards)| {
            let mut loads = vec![0_u64; usize::from(shards.get())];
            for (weight, shard) in weights.iter().zip(assign(&weights, *shards)) {
                if let Some(load) = loads.get_mut(usize::from(shard)) {
                    *load = load.saturating_add(*weight);
                }
            }
            loads.iter().all(|load| *load <= goal)
        });
        enough.next().map_or(own, |(count, _)| count)
    }
}

/// Shares the items out. Every item of the facts is on exactly one shard.
pub fn plan(facts: &Facts<'_>) -> Plan {
    let shards = match facts.empty {
        Shards::All => facts.shards,
        Shards::OnlyUsed => {
            let items = u64::try_from(facts.items.len()).unwrap_or(u64::MAX);
            ShardCount::new(items).map_or(facts.shards, |items| items.min(facts.shards))
        }
    };
    let weights = weigh(facts.timings, shards);
    let shards = if facts.items.is_empty() && facts.empty == Shards::OnlyUsed {
        Vec::new()
    } else {
        filled(facts.items, &weights, shards)
    };
    let values: Vec<u64> = weights.all().iter().map(|weight| weight.value()).collect();
    let count = u64::try_from(shards.len()).ok().and_then(|count| ShardCount::new(count).ok());
    let bound = lower_bound(&values, count.unwrap_or(facts.shards));
    Plan { shards, weighing: weights.weighing(), bound }
}

fn filled(items: &Items, weights: &Weights, count: ShardCount) -> Vec<Shard> {
    let values: Vec<u64> = weights.all().iter().map(|weight| weight.value()).collect();
    let shard_of = assign(&values, count);
    let mut shards = vec![Shard::default(); usize::from(count.get())];
    for place in heaviest_first(&values) {
        let (Some(id), Some(weight), Some(shard)) =
            (items.ids().get(place), weights.all().get(place), shard_of.get(place))
        else {
            continue;
        };
        if let Some(shard) = shards.get_mut(usize::from(*shard)) {
            shard.load = shard.load.saturating_add(weight.value());
            shard.items.push(Placed { id: id.clone(), weight: *weight });
        }
    }
    shards
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn items(count: usize) -> Items {
        Items::new((0..count).map(|n| ItemId::new(format!("t{n:04}")).unwrap()).collect())
    }

    fn planned(micros: &[Option<u64>], shards: u64, empty: Shards) -> Plan {
        let items = items(micros.len());
        let timings = Timings::from_micros(micros.to_vec());
        let shards = ShardCount::new(shards).unwrap();
        plan(&Facts { items: &items, timings: &timings, shards, empty })
    }

    #[track_caller]
    fn check(micros: &[u64], shards: u64, loads: &[u64], gap: u64) {
        let known: Vec<Option<u64>> = micros.iter().copied().map(Some).collect();
        let plan = planned(&known, shards, Shards::OnlyUsed);
        let found: Vec<u64> = plan.shards.iter().map(|shard| shard.load).collect();
        assert_eq!(found, loads);
        assert_eq!(plan.gap_millionths(), gap);
    }

    #[test]
    fn loads_are_even_and_the_gap_is_told() {
        check(&[5, 4, 3, 2, 1, 1], 2, &[8, 8], 0);
        check(&[3, 3, 2, 2, 2], 2, &[7, 5], 166_667);
        check(&[10, 1], 4, &[10, 1], 0);
        check(&[], 4, &[], 0);
    }

    #[test]
    fn empty_shards_are_dropped_or_kept() {
        assert_eq!(planned(&[Some(1)], 3, Shards::OnlyUsed).shards.len(), 1);
        assert_eq!(planned(&[Some(1)], 3, Shards::All).shards.len(), 3);
        assert_eq!(planned(&[], 3, Shards::All).shards.len(), 3);
    }

    #[test]
    fn a_dominating_item_says_how_many_shards_are_enough() {
        // pgmpy's shape: one test of 221 s in 530 s.
        let plan = planned(&[Some(221), Some(100), Some(100), Some(109)], 8, Shards::OnlyUsed);
        assert_eq!(plan.heaviest().map(|placed| placed.id.as_bytes()), Some(&b"t0000"[..]));
        assert_eq!(plan.enough_shards(), 3);
        // An even share of four would do for the sum, and two of five items are on one of them.
        let plan = planned(&[5, 4, 4, 4, 3].map(Some), 6, Shards::OnlyUsed);
        assert_eq!((plan.makespan(), plan.enough_shards()), (5, 5));
    }

    /// As many files as a large Rails application has, most short and some long.
    #[test]
    fn a_real_suites_shape_is_balanced_to_a_thousandth() {
        let mut state = 7_u64;
        let mut random = |end: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % end
        };
        let micros: Vec<Option<u64>> =
            (0..1122).map(|_| Some(100_000 + (1 << random(7)) * random(1_000_000))).collect();
        for shards in 2..=32 {
            let plan = planned(&micros, shards, Shards::OnlyUsed);
            assert_eq!(plan.item_count(), 1122);
            assert!(plan.gap_millionths() <= 1_000, "{shards}: {}", plan.gap_millionths());
        }
    }

    proptest! {
        #[test]
        fn every_item_is_on_exactly_one_shard(
            micros in proptest::collection::vec(proptest::option::of(0_u64..1_000_000), 0..80),
            shards in 1_u64..40,
            all in any::<bool>(),
        ) {
            let empty = if all { Shards::All } else { Shards::OnlyUsed };
            let plan = planned(&micros, shards, empty);
            let mut ids: Vec<ItemId> = plan.placed().map(|placed| placed.id.clone()).collect();
            ids.sort();
            prop_assert_eq!(ids, items(micros.len()).ids().to_vec());
            prop_assert!(plan.makespan() >= plan.bound.value);
            if micros.len() >= usize::try_from(shards).unwrap() {
                prop_assert!(plan.shards.iter().all(|shard| !shard.items.is_empty()));
            }
        }

        #[test]
        fn enough_shards_are_enough(
            micros in proptest::collection::vec(1_u64..1_000, 1..40),
            shards in 1_u64..20,
        ) {
            let known: Vec<Option<u64>> = micros.iter().copied().map(Some).collect();
            let plan = planned(&known, shards, Shards::OnlyUsed);
            let enough = u64::try_from(plan.enough_shards()).unwrap();
            prop_assert!(enough <= shards);
            let with_enough = planned(&known, enough, Shards::OnlyUsed);
            prop_assert!(with_enough.makespan() <= plan.makespan());
        }

        #[test]
        fn the_slowest_shard_keeps_grahams_promise(
            micros in proptest::collection::vec(1_u64..1_000, 1..60),
            shards in 1_u64..10,
        ) {
            // LPT is at most sum/m + (1 - 1/m) * longest, which needs no optimum to be checked.
            let known: Vec<Option<u64>> = micros.iter().copied().map(Some).collect();
            let plan = planned(&known, shards, Shards::All);
            let (sum, longest) = (micros.iter().sum::<u64>(), *micros.iter().max().unwrap());
            prop_assert!(plan.makespan() * shards <= sum + (shards - 1) * longest);
        }
    }
}
