//! Longest processing time first: each item, from the heaviest on, goes to the shard that is least
//! loaded so far (Graham 1969; at most 4/3 - 1/(3m) times the best makespan).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ShardCount;

/// The shard of each item, by the places of `weights`.
///
/// Ties are broken by fewer items, then by the lower index: items without weight spread evenly, and
/// while there are at least as many items as shards, no shard stays empty.
pub(crate) fn assign(weights: &[u64], shards: ShardCount) -> Vec<u16> {
    let mut shard_of = vec![0; weights.len()];
    let mut loads: BinaryHeap<Reverse<(u64, usize, u16)>> =
        (0..shards.get()).map(|shard| Reverse((0, 0, shard))).collect();
    for place in heaviest_first(weights) {
        let (Some(mut least), Some(slot), Some(weight)) =
            (loads.peek_mut(), shard_of.get_mut(place), weights.get(place))
        else {
            continue;
        };
        let Reverse((load, items, shard)) = *least;
        *slot = shard;
        *least = Reverse((load.saturating_add(*weight), items + 1, shard));
    }
    shard_of
}

/// The places of `weights`, from the heaviest to the lightest; equal ones in their own order, which
/// is that of the items' names.
pub(crate) fn heaviest_first(weights: &[u64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|place| Reverse(weights.get(*place).copied()));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(weights: &[u64], shards: u64, wanted: &[u16]) {
        assert_eq!(assign(weights, ShardCount::new(shards).unwrap()), wanted);
    }

    #[test]
    fn the_heaviest_item_goes_first_and_each_to_the_least_loaded() {
        check(&[1, 5, 3, 3], 2, &[0, 0, 1, 1]);
        check(&[2, 2, 2], 3, &[0, 1, 2]);
        // Graham's worst case for two machines: 7 where 6 is possible.
        check(&[3, 3, 2, 2, 2], 2, &[0, 1, 0, 1, 0]);
    }

    #[test]
    fn items_without_weight_spread_too() {
        check(&[9, 0, 0, 0, 0], 3, &[0, 1, 2, 1, 2]);
    }
}
