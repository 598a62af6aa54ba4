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

impl TooManyKinds {
    /// Whether so many are too many.
    pub(crate) fn check(jobs: usize, machines: usize) -> Result<(), Self> {
        if machines > MACHINE_KINDS || jobs.saturating_mul(machines) > PAIRS {
            return Err(Self { jobs, machines });
        }
        Ok(())
    }
}

/// Whether a machine is known to be what a job needs.
pub fn fits(need: &Need, machine: &Machine) -> bool {
    judge(need, machine).fit() == Fit::Yes
}

/// The best plan, in the order of the jobs. Where several are equally good, names decide, so the order of
/// the lists does not.
///
/// `fits` is asked once for each need and each machine that differ. What it is shown of a machine is what
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
    let mut needs: BTreeMap<&Need, usize> = BTreeMap::new();
    let mut options = Vec::with_capacity(jobs.len());
    for job in jobs {
        let place = |need| {
            let next = needs.len();
            *needs.entry(need).or_insert(next)
        };
        options.push(job.options.iter().map(place).collect::<Vec<_>>());
    }
    let mut machines: BTreeMap<Machine, usize> = BTreeMap::new();
    let mut columns = Vec::with_capacity(offers.len());
    for offer in offers {
        let next = machines.len();
        let kind = *machines.entry(deciding(&offer.machine, &asked)).or_insert(next);
        columns.push(Column { name: &offer.name, price: offer.price, kind });
    }
    let needs: BTreeMap<usize, &Need> = needs.into_iter().map(|(need, at)| (at, need)).collect();
    let machines: BTreeMap<usize, Machine> =
        machines.into_iter().map(|(machine, at)| (at, machine)).collect();
    let row = |(job, options)| {
        let Job { name, priority, .. }: &Job = job;
        Row { name, priority: *priority, options }
    };
    let rows: Vec<Row<'_>> = jobs.iter().zip(options.iter().map(Vec::as_slice)).map(row).collect();
    by_kinds(&rows, &columns, &|need, kind| {
        let (need, machine) = (needs.get(&need)?, machines.get(&kind)?);
        fits(need, machine).then(|| spare(need, machine))
    })
}

/// A job, whose needs are known by their places in a list of different ones.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub name: &'a str,
    pub priority: i32,
    pub options: &'a [usize],
}

/// A machine that could take a job now, known by its place in a list of different ones.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a> {
    pub name: &'a str,
    pub price: u32,
    pub kind: usize,
}

/// What a job leaves without use.
#[derive(Clone, Copy)]
pub(crate) struct Spare {
    gigabytes: u32,
    gpus: u32,
}

/// The best plan, as [`assign`] makes it. `spare` is asked once for each need and kind of machine, and says what
/// is left without use if the one fits the other.
pub(crate) fn by_kinds(
    rows: &[Row<'_>],
    columns: &[Column<'_>],
    spare: &dyn Fn(usize, usize) -> Option<Spare>,
) -> Result<Vec<Placed>, TooManyKinds> {
    let kinds_of_jobs = classes(rows.iter().map(|row| ((row.priority, row.options), row.name)));
    let kinds_of_machines =
        classes(columns.iter().map(|column| ((column.price, column.kind), column.name)));
    TooManyKinds::check(kinds_of_jobs.len(), kinds_of_machines.len())?;
    let mut cells = Vec::with_capacity(kinds_of_jobs.len() * kinds_of_machines.len());
    let mut asked: BTreeMap<(usize, usize), Option<Spare>> = BTreeMap::new();
    for ((_, options), _) in &kinds_of_jobs {
        for ((price, kind), _) in &kinds_of_machines {
            let mut found = None;
            for (option, need) in options.iter().enumerate() {
                let key = (*need, *kind);
                let left = *asked.entry(key).or_insert_with(|| spare(*need, *kind));
                let option = u32::try_from(option).ok();
                found = option.zip(left);
                if found.is_some() {
                    break;
                }
            }
            cells.push(
                found.map(|(option, left)| Cost::new(option, *price, left.gigabytes, left.gpus)),
            );
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
pub(crate) fn deciding(machine: &Machine, asked: &BTreeSet<String>) -> Machine {
    let labels = machine.labels.iter().filter(|label| asked.contains(*label)).cloned().collect();
    let Machine { gpus, has_more, driver, driver_branch, cuda, rocm, nvlink, os, arch, labels: _ } =
        machine;
    let (gpus, os, arch) = (gpus.clone(), os.clone(), arch.clone());
    let (driver, cuda, rocm, nvlink) = (*driver, *cuda, *rocm, *nvlink);
    let (has_more, driver_branch) = (*has_more, *driver_branch);
    let mut machine =
        Machine { gpus, has_more, driver, driver_branch, cuda, rocm, nvlink, os, arch, labels };
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
fn classes<'a, K: Ord>(items: impl Iterator<Item = (K, &'a str)>) -> Vec<(K, Vec<usize>)> {
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

/// What a job leaves of a machine that it fits.
pub(crate) fn spare(need: &Need, machine: &Machine) -> Spare {
    let (memory, devices) = size(machine);
    let wanted = u32::from(need.gpus.get());
    let each = need.min_memory_gb.map_or(0, mib).max(need.min_memory_mib.unwrap_or(0).into());
    let asked = each.saturating_mul(wanted.into()).max(need.total_memory_gb.map_or(0, mib));
    let gigabytes = u32::try_from(memory.saturating_sub(asked) / 1024).unwrap_or(u32::MAX);
    Spare { gigabytes, gpus: devices.saturating_sub(wanted) }
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
