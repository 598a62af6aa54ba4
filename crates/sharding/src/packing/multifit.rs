//! MULTIFIT (Coffman, Garey and Johnson 1978; at most 13/11 of the best makespan): the smallest time
//! limit within which first-fit decreasing finds a place for every job.

use super::{Task, heaviest_first};
use crate::bound;

/// The machine of each job.
pub(super) fn assign(task: &Task<'_>) -> Vec<u16> {
    let order = heaviest_first(task.weights);
    let mut best = super::lpt::assign(task);
    let mut low = bound::of(task).value;
    let mut high = task.packing(best.clone()).makespan;
    while low < high {
        let limit = low.midpoint(high);
        match first_fit(task, &order, limit) {
            Some(found) => {
                high = task.packing(found.clone()).makespan.min(limit);
                best = found;
            }
            None => low = limit + 1,
        }
    }
    best
}

/// Each job on the first machine where it fits below `limit`; nothing if one fits nowhere.
fn first_fit(task: &Task<'_>, order: &[usize], limit: u64) -> Option<Vec<u16>> {
    let mut loads = vec![0_u64; task.machines()];
    let mut machine_of = vec![0; task.weights.len()];
    for place in order {
        let weight = *task.weights.get(*place)?;
        let fits = |load: &u64| load.checked_add(weight).is_some_and(|sum| sum <= limit);
        let machine = loads.iter().position(fits)?;
        *loads.get_mut(machine)? += weight;
        *machine_of.get_mut(*place)? = u16::try_from(machine).ok()?;
    }
    Some(machine_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(weights: &[u64], machines: usize, makespan: u64) {
        let sizes = vec![1; weights.len()];
        let task = Task { weights, sizes: &sizes, start: &vec![0; machines], most: usize::MAX };
        assert_eq!(task.packing(assign(&task)).makespan, makespan);
    }

    #[test]
    fn the_smallest_limit_is_found() {
        // Graham's worst case for two machines, where longest first needs 7.
        check(&[3, 3, 2, 2, 2], 2, 6);
        check(&[9, 1], 3, 9);
        check(&[], 3, 0);
    }
}
