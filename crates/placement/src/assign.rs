//! Which job runs on which machine, so that as many as possible run, the urgent ones first, and what
//! that costs is as little as possible.
//!
//! A machine runs one job. Of all plans, those are best that place most jobs of the highest priority;
//! of these, those that place most of the next, and so on. Of those that place most everywhere, that one
//! is best whose jobs make do with the least; then the cheapest; then the one that leaves least memory
//! without use, and then the fewest GPUs. To place one more job, those that have a place may be given another,
//! but never does a priority above have fewer of them. A plan is of a moment: GitHub chooses runners by labels,
//! whatever was planned.

mod flow;

use std::collections::{BTreeMap, BTreeSet};

use crate::clause::{Fit, judge};
use crate::memory::{Counted, mib};
use crate::need::Need;
use crate::{Machine, Mig};
use flow::{Cost, Flow};

/// A job that waits for a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What it is called.
    pub name: String,
    /// How urgent it is: higher is more.
    pub priority: i32,
    /// What it needs, and what it makes do with instead, best first.
    pub options: Vec<Need>,
}

/// A machine that could take a job now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it is called.
    pub name: String,
    /// What it costs, in any unit that is that of all.
    pub price: u32,
    /// What is known of it.
    pub machine: Machine,
}

/// A job and its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// The place of the job in the list of jobs.
    pub job: usize,
    /// The place of the machine in the list of offers.
    pub offer: usize,
    /// Which of the job's options this is.
    pub option: usize,
}

/// How many kinds of machines are planned for at most. GitHub lets a group hold 10,000 runners, but few of them
/// differ; what planning takes grows with the cube of the kinds.
pub const MACHINE_KINDS: usize = 2_000;

/// How many pairs of a kind of jobs and one of machines are looked at, which is 80 MB of costs.
pub const PAIRS: usize = 2_000_000;

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{jobs} kinds of jobs and {machines} kinds of machines are too many: expected up to {MACHINE_KINDS} kinds of \
     machines, and {PAIRS} pairs"
)]
pub struct TooManyKinds {
    /// How many kinds of jobs there are.
    pub jobs: usize,
    /// How many kinds of machines.
    pub machines: usize,
}

/// Whether a machine is known to be what a job needs.
pub fn fits(need: &Need, machine: &Machine) -> bool {
    judge(need, machine).fit() == Fit::Yes
}

/// The best plan, in the order of the jobs. Where several are equally good, names decide, so the order of
/// the lists does not.
///
/// `fits` is asked once for each kind of machine and each need. What it is shown of a machine is what
/// decides: without the names that its GPUs have for programs, and without labels that nobody asks for.
///
/// # Errors
/// If jobs and machines are of so many kinds that planning would not end soon.
pub fn assign(
    jobs: &[Job],
    offers: &[Offer],
    fits: &dyn Fn(&Need, &Machine) -> bool,
) -> Result<Vec<Placed>, TooManyKinds> {
    let asked: BTreeSet<String> = jobs
        .iter()
        .flat_map(|job| &job.options)
        .flat_map(|need| &need.labels)
        .map(|label| label.to_lowercase())
        .collect();
    let machines: Vec<Machine> = offers.iter().map(|offer| deciding(offer, &asked)).collect();
    let kinds_of_jobs = classes(jobs.iter().map(|job| ((job.priority, &job.options), &job.name)));
    let kinds_of_machines = classes(
        offers.iter().zip(&machines).map(|(offer, machine)| ((offer.price, machine), &offer.name)),
    );
    let (rows, columns) = (kinds_of_jobs.len(), kinds_of_machines.len());
    if columns > MACHINE_KINDS || rows.saturating_mul(columns) > PAIRS {
        return Err(TooManyKinds { jobs: rows, machines: columns });
    }
    let mut cells = Vec::with_capacity(rows * columns);
    for ((_, options), _) in &kinds_of_jobs {
        for ((price, machine), _) in &kinds_of_machines {
            cells.push(cell(options, *price, machine, fits));
        }
    }
    let supplies = kinds_of_jobs.iter().map(|((priority, _), members)| (*priority, members.len()));
    let capacities = kinds_of_machines.iter().map(|(_, members)| members.len());
    let flow = Flow::best(&supplies.collect::<Vec<_>>(), &capacities.collect::<Vec<_>>(), &cells);
    let mut free: Vec<_> =
        kinds_of_machines.iter().map(|(_, members)| members.iter().copied()).collect();
    let mut placed = Vec::new();
    for (kind, (_, members)) in kinds_of_jobs.iter().enumerate() {
        let mut waiting = members.iter().copied();
        for (machine, option, count) in flow.of_job(kind) {
            if let Some(free) = free.get_mut(machine) {
                let pairs = waiting.by_ref().take(count).zip(free.by_ref().take(count));
                placed.extend(pairs.map(|(job, offer)| Placed { job, offer, option }));
            }
        }
    }
    placed.sort_unstable();
    Ok(placed)
}

/// What of a machine can decide where a job runs.
fn deciding(offer: &Offer, asked: &BTreeSet<String>) -> Machine {
    let mut machine = offer.machine.clone();
    machine.labels.retain(|label| asked.contains(label));
    for gpu in machine.gpus.iter_mut().flatten() {
        gpu.uuid = None;
        if let Some(Mig::Sliced(slices)) = &mut gpu.mig {
            for slice in slices.iter_mut() {
                slice.uuid = None;
            }
            slices.sort_unstable();
        }
    }
    if let Some(gpus) = &mut machine.gpus {
        gpus.sort_unstable();
    }
    machine
}

/// What is equal, in the order of the first names; the members by name, then by place.
fn classes<'a, K: Ord>(items: impl Iterator<Item = (K, &'a String)>) -> Vec<(K, Vec<usize>)> {
    let mut classes: BTreeMap<K, Vec<(&str, usize)>> = BTreeMap::new();
    for (place, (key, name)) in items.enumerate() {
        classes.entry(key).or_default().push((name, place));
    }
    let mut classes: Vec<_> = classes
        .into_iter()
        .map(|(key, mut members)| {
            members.sort_unstable();
            (key, members)
        })
        .collect();
    // Stable: classes with the same first name stay in the order of their keys.
    classes.sort_by_key(|(_, members)| members.first().map(|(name, _)| *name));
    let places =
        |members: Vec<(&str, usize)>| members.into_iter().map(|(_, place)| place).collect();
    classes.into_iter().map(|(key, members)| (key, places(members))).collect()
}

/// What it costs to run one of these jobs on one of these machines, if it can.
fn cell(
    options: &[Need],
    price: u32,
    machine: &Machine,
    fits: &dyn Fn(&Need, &Machine) -> bool,
) -> Option<Cost> {
    let (option, need) = options.iter().enumerate().find(|(_, need)| fits(need, machine))?;
    let option = u32::try_from(option).ok()?;
    let (memory, devices) = size(machine);
    let wanted = u32::from(need.gpus.get());
    let each = need.min_memory_gb.map_or(0, mib).max(need.min_memory_mib.unwrap_or(0).into());
    let asked = each.saturating_mul(wanted.into()).max(need.total_memory_gb.map_or(0, mib));
    let spare_gb = memory.saturating_sub(asked) / 1024;
    let spare_gb = u32::try_from(spare_gb).unwrap_or(u32::MAX);
    Some(Cost::new(option, price, spare_gb, devices.saturating_sub(wanted)))
}

/// How many MiB a machine has for sure, and how many GPUs or slices.
fn size(machine: &Machine) -> (u64, u32) {
    let mut memory = 0_u64;
    let mut devices = 0_u32;
    let mut add = |counted: Counted| {
        memory = memory.saturating_add(counted.sure);
        devices = devices.saturating_add(1);
    };
    for gpu in machine.gpus.iter().flatten() {
        match &gpu.mig {
            Some(Mig::Sliced(slices)) => slices.iter().map(Counted::of_slice).for_each(&mut add),
            Some(Mig::Whole) | None => add(Counted::of(gpu.memory)),
        }
    }
    (memory, devices)
}

#[cfg(test)]
mod tests;
