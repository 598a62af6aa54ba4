//! Packings held against every assignment, and against families whose best makespan is known.

use proptest::prelude::*;

use super::*;
use crate::bound::tests::best;

fn packed(weights: &[u64], machines: usize) -> Packed {
    let sizes = vec![1; weights.len()];
    pack(&Task { weights, sizes: &sizes, start: &vec![0; machines], most: usize::MAX })
}

#[track_caller]
fn check(weights: &[u64], machines: usize, makespan: u64) {
    let Packed { packing, bound } = packed(weights, machines);
    assert_eq!((packing.makespan, bound.value), (makespan, makespan));
}

#[test]
fn grahams_worst_family_is_packed_perfectly() {
    // 2m+1 jobs: two each of 2m-1 to m+1, three of m; the best makespan is 3m (Graham 1969).
    for machines in 2..=64 {
        let m = u64::try_from(machines).unwrap();
        let pairs = (m + 1..2 * m).rev().flat_map(|weight| [weight, weight]);
        let weights: Vec<u64> = pairs.chain([m, m, m]).collect();
        check(&weights, machines, 3 * m);
    }
}

#[test]
fn what_is_best_is_known_to_be() {
    check(&[3, 3, 2, 2, 2], 2, 6);
    check(&[3, 3, 3], 2, 6);
    check(&[10, 1, 1], 2, 10);
    check(&[], 3, 0);
    // An even share is 14, but two of the three sixes meet, or one of them two fours.
    check(&[6, 6, 6, 4, 4, 1, 1], 2, 14);
}

#[test]
fn many_jobs_are_packed_to_the_bound() {
    let mut state = 11_u64;
    let mut random = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % end
    };
    let weights: Vec<u64> =
        (0..1122).map(|_| 100_000 + (1 << random(7)) * random(1_000_000)).collect();
    for machines in [2, 3, 4, 8, 16, 32] {
        let Packed { packing, bound } = packed(&weights, machines);
        let over = packing.makespan - bound.value;
        assert!(over * 100_000 <= bound.value, "{machines}: {over} above {}", bound.value);
    }
}

proptest! {
    #[test]
    fn few_jobs_are_packed_perfectly(weights in proptest::collection::vec(0_u64..60, 0..9), machines in 1_usize..4) {
        let Packed { packing, bound } = packed(&weights, machines);
        prop_assert_eq!(packing.makespan, best(&weights, &mut vec![0; machines]));
        prop_assert_eq!(bound.value, packing.makespan);
    }

    #[test]
    fn the_bound_holds_whatever_machines_have_to_do_already(
        weights in proptest::collection::vec(0_u64..60, 0..7),
        start in proptest::collection::vec(0_u64..80, 1..4),
    ) {
        let sizes = vec![1; weights.len()];
        let found = pack(&Task { weights: &weights, sizes: &sizes, start: &start, most: usize::MAX });
        let least = best(&weights, &mut start.clone());
        prop_assert!(found.bound.value <= least && least <= found.packing.makespan);
    }

    #[test]
    fn no_machine_has_more_items_than_it_may(
        jobs in proptest::collection::vec((0_u64..60, 1_usize..3), 0..30),
        machines in 1_usize..5,
        room in 0_usize..3,
    ) {
        let (weights, sizes): (Vec<u64>, Vec<usize>) = jobs.into_iter().unzip();
        let most = sizes.iter().sum::<usize>().div_ceil(machines) + room + 1;
        let start = vec![0; machines];
        let task = Task { weights: &weights, sizes: &sizes, start: &start, most };
        let first = quick(&task);
        let found = pack(&task).packing;
        prop_assert_eq!(found.machine_of.len(), weights.len());
        prop_assert!(found.makespan <= first.makespan);
        prop_assert!(task.is_within(&found.machine_of) || !task.is_within(&first.machine_of));
    }

    #[test]
    fn a_repair_never_makes_it_worse(weights in proptest::collection::vec(0_u64..60, 1..30), machines in 1_u16..5) {
        let sizes = vec![1; weights.len()];
        let start = vec![0; usize::from(machines)];
        let task = Task { weights: &weights, sizes: &sizes, start: &start, most: usize::MAX };
        let before = task.packing((0..machines).cycle().take(weights.len()).collect());
        let after = repaired(&task, before.clone(), 0);
        prop_assert!(after.makespan <= before.makespan);
    }
}
