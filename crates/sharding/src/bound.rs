//! What no plan can beat, whatever it does.
//!
//! P||Cmax on m machines with times p1 >= p2 >= ...: the work is shared evenly at best; the longest
//! item runs somewhere; and of the jm+r longest items, with r < m, some r machines run r(j+1)
//! together, which take at least as long as the r(j+1) shortest of them do on r machines. Times that
//! are whole milliseconds add up to whole milliseconds, so a bound between two is the next. The third
//! holds for one machine by the pigeonhole principle (Graham 1969) and for several by lifting (Haouari,
//! Gharbi and Jemmali 2006). For few items, packing them into bins as high as a limit says whether
//! the limit is too low (Martello and Toth 1990, their bound L2; Fekete and Schepers 2001).

use std::cmp::Reverse;

use crate::ShardCount;
use crate::packing::Task;

/// A time or count that no plan can go below, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// In the unit of the weights.
    pub value: u64,
    /// Which argument gives it.
    pub kind: BoundKind,
}

/// Why a plan cannot be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundKind {
    /// The whole work, evenly shared.
    EvenShare,
    /// One item alone takes longer than an even share.
    LongestItem,
    /// Some shards must run this many items together that are still heavy.
    Together {
        /// How many shards.
        shards: usize,
        /// How many items.
        items: usize,
    },
    /// What a shard has to do already, before any item.
    Overhead,
    /// Every way of less was ruled out.
    Search,
}

impl Bound {
    /// So many millionths more, rounded down.
    pub(crate) fn raised(self, millionths: u64) -> u64 {
        let more = u128::from(self.value) * u128::from(millionths) / 1_000_000;
        self.value.saturating_add(in_u64(more))
    }
}

/// The best bound that is quickly found for items of these weights, in any order.
pub fn lower_bound(weights: &[u64], shards: ShardCount) -> Bound {
    let start = vec![0; usize::from(shards.get())];
    let sizes = vec![1; weights.len()];
    of(&Task { weights, sizes: &sizes, start: &start, most: usize::MAX })
}

/// The best bound that is quickly found.
pub(crate) fn of(task: &Task<'_>) -> Bound {
    let sums = Sums::new(task.weights);
    let all = sums.len();
    let machines = task.machines();
    // Every machine has at least this to do before, so it comes on top of the rest.
    let least = task.start.iter().copied().min().unwrap_or(0);
    let busiest = task.start.iter().copied().max().unwrap_or(0);
    let mut bound = Bound { value: level(task.start, sums.of(all)), kind: BoundKind::EvenShare };
    let mut raise = |value: u64, kind: BoundKind| {
        if value > bound.value {
            bound = Bound { value, kind };
        }
    };
    raise(busiest, BoundKind::Overhead);
    for count in 1..=all {
        let (each, shards) = ((count - 1) / machines.max(1) + 1, (count - 1) % machines.max(1) + 1);
        let items = shards * each;
        let together = sums.of(count) - sums.of(count - items);
        let value = in_u64(together.div_ceil(shards as u128)).saturating_add(least);
        let kind =
            if items == 1 { BoundKind::LongestItem } else { BoundKind::Together { shards, items } };
        raise(value, kind);
    }
    // Every load is a sum of these, so it is a multiple of what divides them all.
    let divisor = task.weights.iter().chain(task.start).copied().fold(0, common_divisor);
    let multiple = bound.value.checked_next_multiple_of(divisor).unwrap_or(bound.value);
    Bound { value: multiple, ..bound }
}

/// The largest number that divides both (Euclid).
fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// How high the machines stand when `work` is poured over them as evenly as it can be.
fn level(start: &[u64], work: u128) -> u64 {
    let mut loads = start.to_vec();
    loads.sort_unstable();
    let mut below: u128 = 0;
    let mut level = 0;
    for (load, count) in loads.iter().zip(0_u128..) {
        // Up to here the work fills the machines before this one.
        if count > 0 && u128::from(*load) * count - below >= work {
            break;
        }
        below += u128::from(*load);
        level = in_u64((below + work).div_ceil(count + 1));
    }
    level
}

/// What the longest items take together.
struct Sums(Vec<u128>);

impl Sums {
    fn new(weights: &[u64]) -> Self {
        let mut sorted = weights.to_vec();
        sorted.sort_unstable_by_key(|weight| Reverse(*weight));
        let mut sums = Vec::with_capacity(sorted.len() + 1);
        sums.push(0);
        sums.extend(sorted.iter().scan(0_u128, |sum, weight| {
            *sum += u128::from(*weight);
            Some(*sum)
        }));
        Self(sums)
    }

    fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    fn of(&self, longest: usize) -> u128 {
        self.0.get(longest).copied().unwrap_or_default()
    }
}

fn in_u64(sum: u128) -> u64 {
    u64::try_from(sum).unwrap_or(u64::MAX)
}

/// A bound that is at least `bound`, by packing bins below `best`: for few items, because it takes
/// time. The machines begin empty.
pub(crate) fn sharper(task: &Task<'_>, bound: Bound, best: u64) -> Bound {
    let mut sorted = task.weights.to_vec();
    sorted.sort_unstable_by_key(|weight| Reverse(*weight));
    let bins = Bins { sums: Sums::new(&sorted), sorted, machines: task.machines() };
    let (mut low, mut high) = (bound.value, best);
    while low < high {
        let limit = low.midpoint(high - 1);
        if bins.are_too_few(limit) {
            low = limit + 1;
        } else {
            high = limit;
        }
    }
    if low > bound.value { Bound { value: low, kind: BoundKind::Search } } else { bound }
}

/// Items to be packed into as many bins as there are machines.
struct Bins {
    /// Descending.
    sorted: Vec<u64>,
    sums: Sums,
    machines: usize,
}

impl Bins {
    /// Whether the items need more bins of this height.
    fn are_too_few(&self, height: u64) -> bool {
        self.sorted.first().is_some_and(|longest| *longest > height)
            || self.by_pairs(height)
            || (2..=MOST_ROUNDS).any(|rounds| self.by_rounding(height, rounds))
    }

    /// Martello and Toth's L2: items above half of the height need a bin each, and small ones fill
    /// only what these leave. Only items of at least `small` are counted, for each such size.
    fn by_pairs(&self, height: u64) -> bool {
        let longer = |than: u64| self.sorted.partition_point(|weight| *weight > than);
        let big = longer(height / 2);
        let halves = self.sorted.get(big..).unwrap_or_default();
        let mut sizes: Vec<u64> = halves.to_vec();
        sizes.dedup();
        sizes.into_iter().any(|small| {
            // Of the big ones, these leave no room for any of the counted ones.
            let alone = longer(height - small).min(big);
            let counted = longer(small.saturating_sub(1)).max(big);
            let room = u128::from(height) * (big - alone) as u128
                - (self.sums.of(big) - self.sums.of(alone));
            let left = (self.sums.of(counted) - self.sums.of(big)).saturating_sub(room);
            let more = left.div_ceil(u128::from(height.max(1)));
            big as u128 + more > self.machines as u128
        })
    }

    /// Fekete and Schepers' functions u(k): of each item only the multiples of a (k+1)-th of the
    /// height count, as k-ths.
    fn by_rounding(&self, height: u64, rounds: u64) -> bool {
        let (height, rounds) = (u128::from(height.max(1)), u128::from(rounds));
        // Everything in parts of a bin: `height * rounds` of them.
        let parts: u128 = self
            .sorted
            .iter()
            .map(|weight| {
                let scaled = u128::from(*weight) * (rounds + 1);
                if scaled % height == 0 {
                    u128::from(*weight) * rounds
                } else {
                    (scaled / height) * height
                }
            })
            .sum();
        parts > height * rounds * self.machines as u128
    }
}

/// The finest rounding that is tried.
const MOST_ROUNDS: u64 = 20;

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(weights: &[u64], shards: u64, value: u64, kind: BoundKind) {
        let bound = lower_bound(weights, ShardCount::new(shards).unwrap());
        assert_eq!(bound, Bound { value, kind });
    }

    #[test]
    fn the_bound_says_what_holds_a_plan_back() {
        let together = |shards, items| BoundKind::Together { shards, items };
        check(&[3, 3, 3, 3], 2, 6, BoundKind::EvenShare);
        check(&[3, 3, 3], 2, 6, together(1, 2));
        check(&[10, 1, 1], 2, 10, BoundKind::LongestItem);
        check(&[1, 1], 4, 1, BoundKind::EvenShare);
        check(&[2, 2, 2, 2, 2], 2, 6, together(1, 3));
        check(&[5, 5, 5, 5, 5, 5, 5, 5, 1], 3, 15, together(1, 3));
        // Two of three shards run four of the five: 21 on two.
        check(&[9, 9, 4, 4, 4], 3, 11, together(2, 4));
        check(&[], 3, 0, BoundKind::EvenShare);
        // Whole thousands: 3,500 is no load.
        check(&[3_000, 1_000, 1_000, 1_000, 1_000], 2, 4_000, BoundKind::EvenShare);
        check(&[u64::MAX, u64::MAX], 1, u64::MAX, BoundKind::EvenShare);
    }

    #[track_caller]
    fn check_level(start: &[u64], work: u128, wanted: u64) {
        assert_eq!(level(start, work), wanted);
    }

    #[test]
    fn work_is_poured_over_what_is_there() {
        check_level(&[0, 0], 5, 3);
        check_level(&[0, 10], 5, 5);
        check_level(&[0, 10], 10, 10);
        check_level(&[4, 0, 10], 4, 4);
        check_level(&[4, 0, 10], 20, 12);
    }

    /// The best makespan, by trying every assignment onto machines that are this full.
    pub(crate) fn best(weights: &[u64], loads: &mut Vec<u64>) -> u64 {
        let Some((first, rest)) = weights.split_first() else {
            return loads.iter().copied().max().unwrap_or(0);
        };
        let mut least = u64::MAX;
        for shard in 0..loads.len() {
            loads[shard] += first;
            least = least.min(best(rest, loads));
            loads[shard] -= first;
        }
        least
    }

    proptest! {
        #[test]
        fn no_assignment_beats_the_bound(weights in proptest::collection::vec(0_u64..20, 0..7), shards in 1_u64..4) {
            let bound = lower_bound(&weights, ShardCount::new(shards).unwrap());
            let least = best(&weights, &mut vec![0; usize::try_from(shards).unwrap()]);
            prop_assert!(bound.value <= least);
        }

        #[test]
        fn no_assignment_beats_the_sharper_bound(weights in proptest::collection::vec(0_u64..40, 1..8), machines in 1_usize..5) {
            let sizes = vec![1; weights.len()];
            let start = vec![0; machines];
            let task = Task { weights: &weights, sizes: &sizes, start: &start, most: usize::MAX };
            let bound = sharper(&task, of(&task), weights.iter().sum::<u64>() + 1);
            prop_assert!(bound.value <= best(&weights, &mut start.clone()));
        }
    }
}
