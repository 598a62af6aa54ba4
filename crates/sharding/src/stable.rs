//! Plans that change little from run to run, so that what a runner has cached stays of use.
//!
//! Packing anew moves nearly everything at every refresh of the times (specs/shard-splitter.md 5d).
//! *Sticky* keeps each item where the last plan had it, as long as no shard is more than a little
//! above the bound. *Hash* needs no last plan: a name alone says where an item belongs (Lamping and
//! Veach 2014, jump consistent hash), and as few as possible move until the shards are even.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::bound::Bound;
use crate::packing::{self, Packed, Packing, Task, heaviest_first};
use crate::{ItemId, bound};

/// How much of the last plan is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Only the numbers of the shards.
    Off,
    /// Names say where items belong; this many millionths above the bound are given for it.
    Hash(u64),
    /// Items stay where they were; this many millionths above the bound are given for it.
    Sticky(u64),
}

/// Where the last plan had each item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastPlan(BTreeMap<ItemId, u16>);

impl LastPlan {
    /// The plan that had each of these items on the shard beside it.
    pub fn new(items: impl IntoIterator<Item = (ItemId, u16)>) -> Self {
        Self(items.into_iter().collect())
    }

    /// The shard of an item.
    pub(crate) fn shard_of(&self, item: &ItemId) -> Option<u16> {
        self.0.get(item).copied()
    }
}

/// Jobs with what is known of their past.
pub(crate) struct History<'a> {
    /// The shard on which the last plan had most of each job.
    pub(crate) last: &'a [Option<u16>],
    /// A name of each job that stays the same.
    pub(crate) names: &'a [&'a ItemId],
}

/// Packs as stably as asked, and no machine above `cap` for the sake of stability.
pub(crate) fn pack(
    task: &Task<'_>,
    stability: Stability,
    history: &History<'_>,
    cap: u64,
) -> Packed {
    let mut packed = packed(task, stability, history, cap);
    fill_empty(task, &mut packed.packing);
    packed
}

fn packed(task: &Task<'_>, stability: Stability, history: &History<'_>, cap: u64) -> Packed {
    let has_past = history.last.iter().any(Option::is_some);
    let (begin, allowed) = match stability {
        Stability::Hash(allowed) => (hashed(task, history.names), allowed),
        Stability::Sticky(allowed) if has_past => (kept(task, history.last), allowed),
        Stability::Off | Stability::Sticky(_) => {
            let mut packed = packing::pack(task);
            relabel(task, &mut packed.packing, history.last);
            return packed;
        }
    };
    let bound = bound::of(task);
    let goal = bound.raised(allowed).min(cap.max(bound.value));
    let packing = packing::repaired(task, task.packing(begin), goal);
    if packing.makespan <= goal && task.is_within(&packing.machine_of) {
        return Packed { packing, bound };
    }
    // Too little could be moved one by one. Anew, and with what that reaches, more can be said of what
    // stability costs.
    let mut packed = packing::pack(task);
    relabel(task, &mut packed.packing, history.last);
    let reached = Bound { value: packed.packing.makespan, ..packed.bound };
    let may_be = cap.max(reached.value).min(reached.raised(allowed));
    if packing.makespan <= may_be && task.is_within(&packing.machine_of) {
        packed.packing = packing;
    }
    packed
}

/// Gives each machine without a job one of a machine that has several, the lightest: nobody starts a
/// runner for nothing.
fn fill_empty(task: &Task<'_>, packing: &mut Packing) {
    let order = heaviest_first(task.weights);
    let mut jobs = vec![0_usize; task.machines()];
    for machine in &packing.machine_of {
        if let Some(count) = jobs.get_mut(usize::from(*machine)) {
            *count += 1;
        }
    }
    let empty = jobs.iter().zip(0_u16..).filter(|(count, _)| **count == 0);
    let empty: Vec<u16> = empty.map(|(_, machine)| machine).collect();
    let mut lightest = order.into_iter().rev();
    for machine in empty {
        let found = lightest.find(|job| {
            let from = packing.machine_of.get(*job).map(|from| usize::from(*from));
            from.and_then(|from| jobs.get(from)).is_some_and(|count| *count > 1)
        });
        let Some(job) = found else { return };
        let (start, weight) = (task.start.get(usize::from(machine)), task.weights.get(job));
        // Not where that would make it the slowest.
        let after = start.copied().unwrap_or(0).saturating_add(weight.copied().unwrap_or(0));
        let Some(slot) = packing.machine_of.get_mut(job).filter(|_| after <= packing.makespan)
        else {
            continue;
        };
        if let Some(count) = jobs.get_mut(usize::from(*slot)) {
            *count -= 1;
        }
        *slot = machine;
    }
    let filled = task.packing(packing.machine_of.clone());
    packing.makespan = filled.makespan;
}

/// Each job where it was, as far as there is room for its items; the others by the longest first.
fn kept(task: &Task<'_>, last: &[Option<u16>]) -> Vec<u16> {
    let mut loads: Vec<(u64, usize)> = task.start.iter().map(|load| (*load, 0)).collect();
    let mut machine_of = vec![None; task.weights.len()];
    let order = heaviest_first(task.weights);
    for stays in [true, false] {
        for place in &order {
            let (Some(weight), Some(size)) = (task.weights.get(*place), task.sizes.get(*place))
            else {
                continue;
            };
            let Some(slot) = machine_of.get_mut(*place).filter(|slot| slot.is_none()) else {
                continue;
            };
            let machine = if stays {
                last.get(*place).copied().flatten()
            } else {
                emptiest(&loads, *size, task.most)
            };
            let Some(machine) = machine else { continue };
            let Some((load, items)) = loads.get_mut(usize::from(machine)) else { continue };
            let count = items.saturating_add(*size);
            if stays && count > task.most {
                continue;
            }
            (*load, *items) = (load.saturating_add(*weight), count);
            *slot = Some(machine);
        }
    }
    machine_of.into_iter().map(Option::unwrap_or_default).collect()
}

/// The machine with the least to do that has room; the one with the most room if none has.
fn emptiest(loads: &[(u64, usize)], size: usize, most: usize) -> Option<u16> {
    let least = loads.iter().zip(0_u16..).min_by_key(|((load, items), at)| {
        let has_no_room = items.saturating_add(size) > most;
        (has_no_room, if has_no_room { *items } else { 0 }, *load, *items, *at)
    });
    least.map(|(_, at)| at)
}

/// The machine of each job that its name says.
fn hashed(task: &Task<'_>, names: &[&ItemId]) -> Vec<u16> {
    let machines = task.machines();
    names.iter().map(|name| jump(name.as_bytes(), machines)).collect()
}

/// Lamping and Veach's jump consistent hash over the first 64 bits of the name's SHA-256: of n+1
/// buckets instead of n, only one name in n+1 moves, and only to the new one.
fn jump(name: &[u8], buckets: usize) -> u16 {
    let digest: [u8; 32] = Sha256::digest(name).into();
    let (first, _) = digest.split_at(8);
    let mut key = first.iter().fold(0_u64, |key, byte| key << 8 | u64::from(*byte));
    let (mut bucket, mut next) = (0_u64, 0_u64);
    while next < buckets as u64 {
        bucket = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        // The paper divides by the floating-point (key >> 33) + 1; integers give the same floor.
        next = u64::try_from((u128::from(bucket) + 1) * (1 << 31) / (u128::from(key >> 33) + 1))
            .unwrap_or(u64::MAX);
    }
    u16::try_from(bucket).unwrap_or(0)
}

/// Numbers the machines so that much stays where it was: the pair with the most work in common
/// first. Machines that begin with other loads are other machines, and keep their numbers.
fn relabel(task: &Task<'_>, packing: &mut Packing, last: &[Option<u16>]) {
    let machines = task.machines();
    let is_same = task.start.windows(2).all(|pair| matches!(pair, [one, other] if one == other));
    if !is_same || !last.iter().any(Option::is_some) {
        return;
    }
    let mut common: BTreeMap<(u16, u16), u64> = BTreeMap::new();
    for ((machine, last), weight) in packing.machine_of.iter().zip(last).zip(task.weights) {
        if let Some(last) = last.filter(|last| usize::from(*last) < machines) {
            let sum = common.entry((*machine, last)).or_default();
            *sum = sum.saturating_add(*weight).max(1);
        }
    }
    let mut pairs: Vec<((u16, u16), u64)> = common.into_iter().collect();
    pairs.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
    let mut number_of = vec![None; machines];
    let mut is_taken = vec![false; machines];
    for ((machine, last), _) in pairs {
        let (Some(number), Some(taken)) =
            (number_of.get_mut(usize::from(machine)), is_taken.get_mut(usize::from(last)))
        else {
            continue;
        };
        if number.is_none() && !*taken {
            (*number, *taken) = (Some(last), true);
        }
    }
    let mut free =
        is_taken.iter().zip(0_u16..).filter(|(taken, _)| !**taken).map(|(_, number)| number);
    let number_of: Vec<u16> = number_of
        .into_iter()
        .map(|number| number.or_else(|| free.next()).unwrap_or_default())
        .collect();
    for machine in &mut packing.machine_of {
        *machine = number_of.get(usize::from(*machine)).copied().unwrap_or(*machine);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(count: usize) -> Vec<ItemId> {
        (0..count).map(|n| ItemId::new(format!("t{n:04}")).unwrap()).collect()
    }

    fn packed(
        weights: &[u64],
        machines: usize,
        stability: Stability,
        last: &[Option<u16>],
    ) -> Packed {
        let (sizes, start) = (vec![1; weights.len()], vec![0; machines]);
        let task = Task { weights, sizes: &sizes, start: &start, most: usize::MAX };
        let ids = names(weights.len());
        let names: Vec<&ItemId> = ids.iter().collect();
        pack(&task, stability, &History { last, names: &names }, u64::MAX)
    }

    #[track_caller]
    fn check(weights: &[u64], last: &[Option<u16>], stability: Stability, wanted: &[u16]) {
        assert_eq!(packed(weights, 2, stability, last).packing.machine_of, wanted);
    }

    #[test]
    fn what_was_on_a_shard_stays_if_the_shards_stay_even() {
        let last = [Some(1), Some(1), Some(0), None];
        check(&[3, 2, 4, 1], &last, Stability::Sticky(10_000), &[1, 1, 0, 0]);
        // Too much for the one: a single item goes, not the three others.
        check(
            &[5, 2, 2, 1],
            &[Some(1), Some(1), Some(1), Some(1)],
            Stability::Sticky(0),
            &[0, 1, 1, 1],
        );
        // A shard that is no more.
        check(&[1, 1], &[Some(7), Some(0)], Stability::Sticky(0), &[1, 0]);
    }

    #[test]
    fn where_a_few_moves_are_not_enough_all_is_packed_anew() {
        // 3+3 and 2+2+2 are even; one move or swap from 3+2 and 3+2+2 helps nothing.
        let last = [Some(0), Some(1), Some(0), Some(1), Some(1)];
        let found = packed(&[3, 3, 2, 2, 2], 2, Stability::Sticky(0), &last);
        assert_eq!(found.packing.makespan, 6);
    }

    #[test]
    fn shards_keep_their_numbers() {
        check(&[9, 1, 8], &[Some(1), None, Some(0)], Stability::Off, &[1, 0, 0]);
    }

    #[test]
    fn a_name_says_where_an_item_belongs_and_few_move_when_a_shard_comes() {
        let ids = names(4000);
        for buckets in [1_usize, 4, 8] {
            let count =
                |bucket| ids.iter().filter(|id| jump(id.as_bytes(), buckets) == bucket).count();
            for bucket in 0..u16::try_from(buckets).unwrap() {
                assert!(count(bucket).abs_diff(4000 / buckets) < 4000 / buckets / 5 + 1);
            }
        }
        for id in &ids {
            let (seven, eight) = (jump(id.as_bytes(), 7), jump(id.as_bytes(), 8));
            assert!(eight == seven || eight == 7);
        }
    }

    proptest! {
        #[test]
        fn a_stable_plan_is_within_what_it_may_cost_or_as_good_as_any(
            jobs in proptest::collection::vec((1_u64..1000, proptest::option::of(0_u16..5)), 1..80),
            machines in 1_usize..5,
            is_hash in any::<bool>(),
        ) {
            let (weights, last): (Vec<u64>, Vec<Option<u16>>) = jobs.into_iter().unzip();
            let stability = if is_hash { Stability::Hash(10_000) } else { Stability::Sticky(10_000) };
            let stable = packed(&weights, machines, stability, &last);
            let free = packed(&weights, machines, Stability::Off, &last);
            let allowed = free.bound.raised(10_000).max(free.packing.makespan);
            prop_assert!(stable.packing.makespan <= allowed);
            prop_assert!(stable.packing.machine_of.iter().all(|machine| usize::from(*machine) < machines));
        }
    }
}
