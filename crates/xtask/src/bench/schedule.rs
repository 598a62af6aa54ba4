//! What plans are measured by: a lower bound, and the usual ways to share items out, made again here.
//!
//! None of it is the tool's own code, so that a mistake there shows here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What no plan can beat: the longest item, everything divided by the shards, and what the shard
/// takes that must run j + 1 of the jm + 1 longest items on m shards (pigeonhole; Dell'Amico and
/// Martello 1995).
pub(crate) fn bound(weights: &[u64], shards: u64) -> u64 {
    let mut sorted = weights.to_vec();
    sorted.sort_unstable_by_key(|weight| Reverse(*weight));
    let mut bound = weights.iter().sum::<u64>().div_ceil(shards.max(1));
    let step = usize::try_from(shards).unwrap_or(usize::MAX).max(1);
    for together in 1.. {
        let Some(last) = step.checked_mul(together - 1) else { break };
        // The items at `last` and before it, as many as are `together` on one shard.
        let Some(shortest) = sorted.get((last + 1).saturating_sub(together)..=last) else { break };
        bound = bound.max(shortest.iter().sum());
    }
    bound
}

/// The longest item first, each on the shard with the least so far (Graham 1969).
pub(crate) fn longest_first(weights: &[u64], shards: u64) -> Vec<u64> {
    let mut sorted = weights.to_vec();
    sorted.sort_unstable_by_key(|weight| Reverse(*weight));
    let mut loads: BinaryHeap<Reverse<u64>> = (0..shards).map(|_| Reverse(0)).collect();
    for weight in sorted {
        if let Some(mut least) = loads.peek_mut() {
            least.0 += weight;
        }
    }
    loads.into_iter().map(|Reverse(load)| load).collect()
}

/// The load of the slowest shard in the best plan, by trying all of them: for a dozen items at most.
pub(crate) fn best(weights: &[u64], shards: u64) -> u64 {
    let loads = longest_first(weights, shards);
    let mut best = slowest(&loads);
    let mut sorted = weights.to_vec();
    sorted.sort_unstable_by_key(|weight| Reverse(*weight));
    place(&sorted, &mut vec![0; loads.len()], &mut best);
    best
}

/// Puts the rest on every shard in turn; shards with the same load are one, and what is no better
/// than the best so far is left.
fn place(rest: &[u64], loads: &mut Vec<u64>, best: &mut u64) {
    let Some((first, rest)) = rest.split_first() else {
        *best = slowest(loads).min(*best);
        return;
    };
    for at in 0..loads.len() {
        let Some((tried, [load, ..])) = loads.split_at_checked(at) else { return };
        let (load, more) = (*load, *load + first);
        if more < *best && !tried.contains(&load) {
            loads.splice(at..=at, [more]);
            place(rest, loads, best);
            loads.splice(at..=at, [load]);
        }
    }
}

/// Item i on shard i modulo N, in the order of the names.
pub(crate) fn round_robin(weights: &[u64], shards: u64) -> Vec<u64> {
    let mut loads = vec![0; usize::try_from(shards).unwrap_or(1)];
    let mut next = 0..loads.len();
    for weight in weights {
        let at = next.next().unwrap_or_else(|| {
            next = 1..loads.len();
            0
        });
        if let Some(load) = loads.get_mut(at) {
            *load += weight;
        }
    }
    loads
}

/// Equal numbers of neighbours, in the order of the names.
pub(crate) fn chunks(weights: &[u64], shards: u64) -> Vec<u64> {
    let size = weights.len().div_ceil(usize::try_from(shards).unwrap_or(1)).max(1);
    weights.chunks(size).map(|chunk| chunk.iter().sum()).collect()
}

/// The load of the slowest shard.
pub(crate) fn slowest(loads: &[u64]) -> u64 {
    loads.iter().copied().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_bound(weights: &[u64], shards: u64, wanted: u64) {
        assert_eq!(bound(weights, shards), wanted);
    }

    #[test]
    fn a_bound_is_a_share_an_item_or_items_together() {
        check_bound(&[3, 3, 3, 3], 2, 6);
        check_bound(&[1, 10, 1], 2, 10);
        check_bound(&[3, 3, 3], 2, 6);
        check_bound(&[2, 2, 2, 2, 2], 2, 6);
        check_bound(&[1, 1], 4, 1);
        check_bound(&[], 3, 0);
    }

    #[track_caller]
    fn check(share_out: fn(&[u64], u64) -> Vec<u64>, weights: &[u64], shards: u64, wanted: &[u64]) {
        let mut loads = share_out(weights, shards);
        loads.sort_unstable();
        assert_eq!(loads, wanted);
    }

    #[test]
    fn the_best_plan_can_be_between_the_bound_and_the_longest_first() {
        assert_eq!(best(&[3, 3, 2, 2, 2], 2), 6);
        assert_eq!(best(&[5, 5, 4, 4, 3, 3, 3], 3), 9);
        // Half of 18 is 9, but no item is odd.
        assert_eq!((bound(&[6, 4, 4, 4], 2), best(&[6, 4, 4, 4], 2)), (9, 10));
        assert_eq!(best(&[], 3), 0);
    }

    #[test]
    fn the_usual_ways_are_what_their_names_say() {
        check(longest_first, &[2, 3, 2, 3, 2], 2, &[5, 7]);
        check(round_robin, &[1, 2, 3, 4, 5], 2, &[6, 9]);
        check(round_robin, &[1, 2, 3, 4], 3, &[2, 3, 5]);
        check(chunks, &[1, 2, 3, 4, 5], 2, &[6, 9]);
        check(chunks, &[5, 4, 3, 2, 1], 2, &[3, 12]);
    }
}
