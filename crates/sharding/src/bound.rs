//! What no plan can beat, whatever it does.
//!
//! P||Cmax on m machines with times p1 >= p2 >= ...: some machine works at least the average, the
//! longest item runs somewhere, and of the jm+1 longest items some machine runs j+1, which take at
//! least as long as the j+1 shortest of them (pigeonhole; Graham 1969, Dell'Amico and Martello
//! 1995). The bound is the largest of these.

use crate::ShardCount;

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
    /// Some shard must take this many items that are still heavy together.
    Together(usize),
}

/// The best bound for items of these weights, in any order.
pub fn lower_bound(weights: &[u64], shards: ShardCount) -> Bound {
    let mut sorted = weights.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let count = usize::from(shards.get());
    // `sums[i]` is what the i longest take together.
    let mut sums: Vec<u128> = Vec::with_capacity(sorted.len() + 1);
    sums.push(0);
    sums.extend(sorted.iter().scan(0_u128, |sum, weight| {
        *sum += u128::from(*weight);
        Some(*sum)
    }));
    let sum_of = |longest: usize| sums.get(longest).copied().unwrap_or_default();
    let in_u64 = |sum: u128| u64::try_from(sum).unwrap_or(u64::MAX);
    let share = sum_of(sorted.len()).div_ceil(u128::from(shards.get()));
    let mut bound = Bound { value: in_u64(share), kind: BoundKind::EvenShare };
    for items in 1.. {
        // Of the first `(items - 1) * count + 1` items, some shard runs `items`.
        let last = (items - 1) * count;
        if last >= sorted.len() {
            break;
        }
        let value = in_u64(sum_of(last + 1) - sum_of(last + 1 - items));
        if value > bound.value {
            let kind = if items == 1 { BoundKind::LongestItem } else { BoundKind::Together(items) };
            bound = Bound { value, kind };
        }
    }
    bound
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(weights: &[u64], shards: u64, value: u64, kind: BoundKind) {
        let bound = lower_bound(weights, ShardCount::new(shards).unwrap());
        assert_eq!(bound, Bound { value, kind });
    }

    #[test]
    fn the_bound_says_what_holds_a_plan_back() {
        check(&[3, 3, 3, 3], 2, 6, BoundKind::EvenShare);
        check(&[3, 3, 3], 2, 6, BoundKind::Together(2));
        check(&[10, 1, 1], 2, 10, BoundKind::LongestItem);
        check(&[1, 1], 4, 1, BoundKind::EvenShare);
        check(&[2, 2, 2, 2, 2], 2, 6, BoundKind::Together(3));
        check(&[], 3, 0, BoundKind::EvenShare);
        check(&[u64::MAX, u64::MAX], 1, u64::MAX, BoundKind::EvenShare);
    }

    /// The best makespan, by trying every assignment.
    fn best(weights: &[u64], shards: usize) -> u64 {
        fn place(rest: &[u64], loads: &mut Vec<u64>) -> u64 {
            let Some((first, rest)) = rest.split_first() else {
                return loads.iter().copied().max().unwrap_or(0);
            };
            let mut best = u64::MAX;
            for shard in 0..loads.len() {
                loads[shard] += first;
                best = best.min(place(rest, loads));
                loads[shard] -= first;
            }
            best
        }
        place(weights, &mut vec![0; shards])
    }

    proptest! {
        #[test]
        fn no_assignment_beats_the_bound(weights in proptest::collection::vec(0_u64..20, 0..7), shards in 1_u64..4) {
            let bound = lower_bound(&weights, ShardCount::new(shards).unwrap());
            prop_assert!(bound.value <= best(&weights, usize::try_from(shards).unwrap()));
        }
    }
}
