//! How many shards: as many as asked for, the fewest that are fast enough, or the cheapest.
//!
//! A runner is billed by the started minute, so the bill does not fall with the number of shards: more
//! of them may be faster *and* cheaper (specs/shard-splitter.md 5e). What each number costs is
//! therefore looked at one by one.

use crate::packing::{self, Packed, Task};
use crate::{ShardCount, bound};

/// How many shards are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This many.
    Exactly(ShardCount),
    /// As many as it takes, from the first to the second.
    Between(ShardCount, ShardCount, Aim),
}

/// What the number of shards is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The fewest with which no shard takes longer than this many microseconds.
    Within(u64),
    /// The fewest billed minutes, and of equal ones the earliest end; where a number of microseconds
    /// is given, of those that keep within it.
    Cheapest(Option<u64>),
}

/// How the number of shards came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It was asked for.
    Given,
    /// The fewest shards that keep within the target, in microseconds.
    Fewest {
        /// The target.
        target: u64,
        /// Whether it was shown that fewer cannot.
        proven: bool,
    },
    /// No number that may be chosen keeps within the target, in microseconds. It is the fewest that
    /// finishes as early as any.
    OutOfReach {
        /// The target.
        target: u64,
        /// Whether one item or group alone takes longer, so that no number at all could.
        by_one: bool,
    },
    /// It costs the fewest billed minutes.
    Cheapest,
    /// No time is known, so nothing speaks for a number.
    NoTimes,
}

/// What a number of shards costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// How many shards.
    pub shards: u16,
    /// When the last one finishes, in microseconds.
    pub wall: u64,
    /// The minutes that are billed, each shard's rounded up.
    pub minutes: u64,
}

/// Jobs with weights, to be packed onto any number of machines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jobs<'a> {
    pub(crate) weights: &'a [u64],
    pub(crate) sizes: &'a [usize],
    /// What each machine has to do before, for the most machines that may be asked for.
    pub(crate) start: &'a [u64],
    pub(crate) most: usize,
}

/// A minute, by which runners are billed (GitHub documentation, "About billing for GitHub Actions":
/// minutes are rounded up for each job).
pub(crate) const MINUTE: u64 = 60_000_000;

/// The most jobs that are packed to see what each number of shards costs: it is done for many numbers.
const MOST_PACKED: usize = 50_000;

impl<'a> Jobs<'a> {
    /// These jobs on `shards` machines.
    pub(crate) fn on(&self, shards: u16) -> Task<'a> {
        let start = self.start.get(..usize::from(shards)).unwrap_or(self.start);
        Task { weights: self.weights, sizes: self.sizes, start, most: self.most }
    }

    fn cost(&self, shards: u16) -> Cost {
        let task = self.on(shards);
        if self.weights.len() > MOST_PACKED {
            // So many small jobs are shared out evenly.
            let wall = bound::of(&task).value;
            let minutes = wall.div_ceil(MINUTE).saturating_mul(u64::from(shards));
            return Cost { shards, wall, minutes };
        }
        let packing = packing::quick(&task);
        let minutes = task.minutes(&packing);
        Cost { shards, wall: packing.makespan, minutes }
    }

    /// What each of these numbers of shards costs.
    pub(crate) fn costs(&self, from: u16, to: u16) -> Vec<Cost> {
        let has_room = |shards: &u16| {
            let items = self.sizes.iter().copied().fold(0, usize::saturating_add);
            items.div_ceil(self.most.max(1)) <= usize::from(*shards)
        };
        (from..=to).filter(has_room).map(|shards| self.cost(shards)).collect()
    }

    /// The fewest shards that keep within `target`, and how that is known.
    pub(crate) fn fewest(&self, from: u16, to: u16, target: u64) -> (u16, Choice) {
        let mut proven = true;
        for shards in from..=to {
            let task = self.on(shards);
            if bound::of(&task).value > target {
                continue;
            }
            let Packed { packing, bound } = packing::pack(&task);
            if packing.makespan <= target && task.is_within(&packing.machine_of) {
                return (shards, Choice::Fewest { target, proven });
            }
            // Nobody showed that it cannot be done.
            proven &= bound.value > target;
        }
        let least = self.start.iter().copied().min().unwrap_or(0);
        let longest = self.weights.iter().copied().max().unwrap_or(0);
        let by_one = longest.saturating_add(least) > target;
        (self.enough(from, to), Choice::OutOfReach { target, by_one })
    }

    /// The fewest of these numbers of shards that finish as early as the most.
    fn enough(&self, from: u16, to: u16) -> u16 {
        let best = packing::quick(&self.on(to)).makespan;
        let mut counts = (from..to).filter(|shards| bound::of(&self.on(*shards)).value <= best);
        let found = counts.find(|shards| packing::quick(&self.on(*shards)).makespan <= best);
        found.unwrap_or(to)
    }

    /// The number that costs the fewest minutes.
    pub(crate) fn cheapest(&self, from: u16, to: u16, target: Option<u64>) -> (u16, Choice) {
        let costs = self.costs(from, to);
        let within = |cost: &&Cost| target.is_none_or(|target| cost.wall <= target);
        let order = |cost: &&Cost| (cost.minutes, cost.wall, cost.shards);
        match (costs.iter().filter(within).min_by_key(order), target) {
            (Some(cost), _) => (cost.shards, Choice::Cheapest),
            (None, Some(target)) => self.fewest(from, to, target),
            (None, None) => (from, Choice::Cheapest),
        }
    }
}

/// Those that no other beats in both time and price, by the number of shards.
pub fn pareto(costs: &[Cost]) -> Vec<Cost> {
    let beats = |other: &Cost, cost: &Cost| {
        let (time, price) = (other.wall.cmp(&cost.wall), other.minutes.cmp(&cost.minutes));
        time.is_le()
            && price.is_le()
            && (time.is_lt() || price.is_lt() || other.shards < cost.shards)
    };
    costs.iter().filter(|cost| !costs.iter().any(|other| beats(other, cost))).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs<'a>(weights: &'a [u64], sizes: &'a [usize], start: &'a [u64]) -> Jobs<'a> {
        Jobs { weights, sizes, start, most: usize::MAX }
    }

    #[track_caller]
    fn check_fewest(weights: &[u64], overhead: u64, target: u64, wanted: (u16, Choice)) {
        let (sizes, start) = (vec![1; weights.len()], vec![overhead; 16]);
        assert_eq!(jobs(weights, &sizes, &start).fewest(1, 16, target), wanted);
    }

    #[test]
    fn the_fewest_shards_that_are_fast_enough() {
        let fewest = |target, proven| Choice::Fewest { target, proven };
        check_fewest(&[3, 3, 2, 2, 2], 0, 6, (2, fewest(6, true)));
        check_fewest(&[3, 3, 2, 2, 2], 0, 5, (3, fewest(5, true)));
        check_fewest(&[3, 3, 2, 2, 2], 4, 10, (2, fewest(10, true)));
        check_fewest(&[], 0, 1, (1, fewest(1, true)));
    }

    #[test]
    fn a_target_that_one_item_exceeds_is_out_of_reach() {
        check_fewest(&[9, 1, 1], 0, 8, (2, Choice::OutOfReach { target: 8, by_one: true }));
        let many = vec![1; 40];
        check_fewest(&many, 0, 2, (14, Choice::OutOfReach { target: 2, by_one: false }));
    }

    #[test]
    fn the_bill_is_not_monotone() {
        // Six jobs of 20 s, and 10 s before each shard: 130 s on one; 70 s, two minutes, on each of two;
        // 50 s on each of three.
        let (sizes, start) = (vec![1; 6], vec![10_000_000; 8]);
        let weights = [20_000_000; 6];
        let costs = jobs(&weights, &sizes, &start).costs(1, 3);
        let told: Vec<(u16, u64)> = costs.iter().map(|cost| (cost.shards, cost.minutes)).collect();
        assert_eq!(told, [(1, 3), (2, 4), (3, 3)]);
        // Of equal prices the earliest end.
        assert_eq!(jobs(&weights, &sizes, &start).cheapest(1, 8, None), (3, Choice::Cheapest));
        // Three jobs of 61 s, and 50 s before each shard: 233 s, four minutes; 172 and 111 s, five.
        let (sizes, start) = (vec![1; 3], vec![50_000_000; 8]);
        let weights = [61_000_000; 3];
        assert_eq!(jobs(&weights, &sizes, &start).cheapest(1, 8, None), (1, Choice::Cheapest));
        assert_eq!(
            jobs(&weights, &sizes, &start).cheapest(1, 8, Some(172_000_000)),
            (2, Choice::Cheapest)
        );
    }

    #[test]
    fn what_is_slower_and_dearer_is_not_offered() {
        let cost = |shards, wall, minutes| Cost { shards, wall, minutes };
        // onegov with 60 s before each shard: 12 shards are faster and cheaper than 10.
        let all = [cost(8, 758, 104), cost(10, 618, 110), cost(12, 525, 108), cost(16, 409, 112)];
        assert_eq!(pareto(&all), [all[0], all[2], all[3]]);
        assert_eq!(pareto(&[cost(1, 5, 1), cost(2, 5, 1)]), [cost(1, 5, 1)]);
    }
}
