//! Longest processing time first: each job, from the longest on, goes to the machine that has the
//! least to do so far (Graham 1969; at most 4/3 - 1/(3m) times the best makespan).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Task;

/// The machine of each job.
///
/// Ties are broken by fewer items, then by the lower index: jobs without weight spread evenly, and
/// while there are at least as many jobs as machines, none stays empty. A machine that has no room
/// for a job's items is passed over; if none has, the job goes where there is most room.
pub(super) fn assign(task: &Task<'_>) -> Vec<u16> {
    let mut machine_of = vec![0; task.weights.len()];
    let mut loads: BinaryHeap<Reverse<(u64, usize, u16)>> =
        task.start.iter().zip(0..).map(|(load, machine)| Reverse((*load, 0, machine))).collect();
    let mut full = Vec::new();
    for place in heaviest_first(task.weights) {
        let (Some(slot), Some(weight), Some(size)) =
            (machine_of.get_mut(place), task.weights.get(place), task.sizes.get(place))
        else {
            continue;
        };
        full.clear();
        let free = loop {
            match loads.pop() {
                Some(Reverse(least)) if least.1.saturating_add(*size) > task.most => {
                    full.push(least);
                }
                found => break found.map(|Reverse(least)| least),
            }
        };
        let roomiest = full.iter().copied().min_by_key(|(load, items, at)| (*items, *load, *at));
        let Some((load, items, machine)) = free.or(roomiest) else { continue };
        loads.extend(full.drain(..).filter(|other| other.2 != machine).map(Reverse));
        *slot = machine;
        loads.push(Reverse((load.saturating_add(*weight), items.saturating_add(*size), machine)));
    }
    machine_of
}

/// The places of `weights`, from the heaviest to the lightest; equal ones in their own order, which
/// is that of the items' names.
pub(crate) fn heaviest_first(weights: &[u64]) -> Vec<usize> {
    let mut order: Vec<(Reverse<u64>, usize)> =
        weights.iter().zip(0..).map(|(weight, place)| (Reverse(*weight), place)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(weights: &[u64], start: &[u64], most: usize, wanted: &[u16]) {
        let sizes = vec![1; weights.len()];
        assert_eq!(assign(&Task { weights, sizes: &sizes, start, most }), wanted);
    }

    #[test]
    fn the_heaviest_job_goes_first_and_each_to_the_least_loaded() {
        check(&[1, 5, 3, 3], &[0, 0], 9, &[0, 0, 1, 1]);
        check(&[2, 2, 2], &[0, 0, 0], 9, &[0, 1, 2]);
        // Graham's worst case for two machines: 7 where 6 is possible.
        check(&[3, 3, 2, 2, 2], &[0, 0], 9, &[0, 1, 0, 1, 0]);
    }

    #[test]
    fn jobs_without_weight_spread_too() {
        check(&[9, 0, 0, 0, 0], &[0, 0, 0], 9, &[0, 1, 2, 1, 2]);
    }

    #[test]
    fn what_a_machine_has_to_do_already_counts() {
        check(&[3, 2, 1], &[4, 0], 9, &[1, 1, 0]);
    }

    #[test]
    fn a_full_machine_is_passed_over() {
        check(&[9, 1, 1, 1], &[0, 0], 2, &[0, 1, 1, 0]);
        // Nowhere is room: the caller refuses such a task, and nothing is lost here.
        check(&[1, 1, 1], &[0, 0], 1, &[0, 1, 0]);
    }
}
