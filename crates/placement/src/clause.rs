//! Whether a machine is what a job needs: clause by clause, each met, failed or not known.
//!
//! A clause about GPUs holds if as many of them meet it as the job needs. All of them together hold if
//! the same GPUs meet every clause, so a machine with several models is judged by those that fit. What is
//! not known never makes a machine fit, and is never told as if it failed.

mod each;
mod together;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Profile;
use crate::cuda::{self, Fix, Program, Requirement, Unsure};
use crate::memory::{Counted, mib};
use crate::need::{Need, Part};
use crate::{Capability, Gpu, Machine, Mig, Sharing, Slice, Vendor, Version};
use each::{OfDevice, best, clauses, in_gigabytes, names};
use together::{Candidate, of_all};

/// One thing that a job needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clause {
    /// So many GPUs, or parts of them.
    Gpus,
    /// By this maker.
    Vendor,
    /// Of these models.
    Model,
    /// Not of those.
    ExcludedModel,
    /// With this much memory each, as written on the box.
    Memory,
    /// With this much memory each, as reported.
    ReportedMemory,
    /// Not older than this.
    MinCapability,
    /// Not newer than this.
    MaxCapability,
    /// Of these architectures.
    Gfx,
    /// Such that this CUDA program runs.
    Program,
    /// Such that this container image starts.
    Image,
    /// Whole and the job's alone, or slices of a profile.
    Part,
    /// Of one model.
    SameModel,
    /// With this much memory together.
    TotalMemory,
    /// All of this at once, by the same GPUs.
    Together,
    /// Joined by `NVLink`.
    NvLink,
    /// A driver not older than this.
    Driver,
    /// This system.
    Os,
    /// This processor.
    Arch,
    /// These labels.
    Labels,
}

/// What is had or wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing of the kind.
    Nothing,
    /// It, whatever it is like.
    Present,
    /// So many.
    Count(u32),
    /// So many GB, as written on the box.
    Gigabytes(u32),
    /// So many MiB, as reported.
    Mebibytes(u32),
    /// A compute capability.
    Capability(Capability),
    /// A version.
    Version(Version),
    /// Makers.
    Vendors(BTreeSet<Vendor>),
    /// Names: of models, architectures, systems, labels. They come from outside.
    Names(BTreeSet<String>),
    /// How GPUs are divided or shared.
    Parts(BTreeSet<Unit>),
    /// A CUDA program that runs.
    Runs(Program),
    /// One that does not.
    Dies {
        /// Why.
        failure: cuda::Failure,
        /// What would help, the first the least.
        fixes: Vec<Fix>,
    },
    /// A container image that starts.
    Starts(Requirement),
    /// One that does not, with this driver.
    DoesNotStart {
        /// The driver's version.
        driver: Option<Version>,
        /// The CUDA it was made with.
        cuda: Option<Version>,
    },
}

impl Value {
    /// What a CUDA program dies of, and what would help, the least first.
    pub fn death(&self) -> Option<(cuda::Failure, &[Fix])> {
        if let Self::Dies { failure, fixes } = self { Some((*failure, fixes)) } else { None }
    }
}

/// What a GPU is used as.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Whole, and the job's alone.
    Whole,
    /// Whole or a slice: either will do.
    Either,
    /// A slice, by its profile.
    Slice(String),
    /// Shared with others.
    Shared,
    /// By nobody.
    Prohibited,
}

/// A clause that a machine fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub clause: Clause,
    /// The best it has.
    pub have: Value,
    /// What it would have to have.
    pub want: Value,
}

/// Why it is not known whether a machine meets a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody knows which GPUs it has.
    Gpus,
    /// Nobody knows this of those GPUs, by their places from 0.
    OfGpus(BTreeSet<usize>),
    /// Nobody knows this of the machine.
    OfMachine,
    /// Nobody knows whether the CUDA program runs.
    OfProgram(Unsure),
}

/// A clause that a machine may meet or fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Which.
    pub clause: Clause,
    /// Why it is not known.
    pub why: Why,
}

/// Whether a machine fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It meets every clause.
    Yes,
    /// It fails one, whatever the rest is.
    No,
    /// It fails none, but whether it meets all is not known.
    Unknown,
}

/// What was found of a machine; what is in neither list is met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The clauses that it fails, in the order of [`Clause`].
    pub failed: Vec<Failure>,
    /// Those that it may fail, in the same order.
    pub doubts: Vec<Doubt>,
}

impl Judgement {
    /// What that comes to.
    pub fn fit(&self) -> Fit {
        if !self.failed.is_empty() {
            Fit::No
        } else if self.doubts.is_empty() {
            Fit::Yes
        } else {
            Fit::Unknown
        }
    }
}

/// Whether a machine is what a job needs.
pub fn judge(need: &Need, machine: &Machine) -> Judgement {
    let mut judgement = Judgement::default();
    match &machine.gpus {
        Some(gpus) => {
            of_gpus(need, machine, gpus, &mut judgement);
            if machine.has_more {
                // The others may be what these are not.
                let doubt = |failure: Failure| Doubt { clause: failure.clause, why: Why::Gpus };
                judgement.doubts.extend(judgement.failed.drain(..).map(doubt));
            }
        }
        None => judgement.doubts.push(Doubt { clause: Clause::Gpus, why: Why::Gpus }),
    }
    of_machine(need, machine, &mut judgement);
    judgement.failed.sort_by_key(|failure| failure.clause);
    judgement.doubts.sort_by_key(|doubt| doubt.clause);
    judgement
}

/// A GPU or a slice of one: what a job counts as a GPU.
#[derive(Clone, Copy)]
struct Device<'a> {
    place: usize,
    gpu: &'a Gpu,
    slice: Option<&'a Slice>,
    /// As how many it may count: nobody knows into how many slices a GPU is divided of which nobody knows
    /// whether it is.
    most: usize,
}

impl<'a> Device<'a> {
    fn all(need: &Need, gpus: &'a [Gpu]) -> Vec<Self> {
        let devices = |(place, gpu): (usize, &'a Gpu)| match (&gpu.mig, &need.part) {
            // No process can use a GPU whole that is divided, although it reports all of its memory.
            (Some(Mig::Sliced(slices)), _) => slices
                .iter()
                .map(|slice| Self { place, gpu, slice: Some(slice), most: 1 })
                .collect(),
            (Some(Mig::Whole), _) | (None, Part::Whole) => {
                vec![Self { place, gpu, slice: None, most: 1 }]
            }
            (None, Part::WholeOrSlice | Part::Slice(_)) => {
                vec![Self { place, gpu, slice: None, most: usize::from(need.gpus.get()) }]
            }
        };
        gpus.iter().enumerate().flat_map(devices).collect()
    }

    fn counted(&self) -> Counted {
        let counted = self.slice.map_or_else(|| Counted::of(self.gpu.memory), Counted::of_slice);
        if self.most > 1 { Counted { sure: 0, ..counted } } else { counted }
    }

    /// Its memory in GB, as a person would say it.
    fn gigabytes(&self) -> Option<u32> {
        let (named, reported) = match self.slice {
            Some(slice) => (profile(slice).map(|it| it.memory_gb), slice.memory_mib),
            None => (self.gpu.memory.nominal_gb, self.gpu.memory.reported_mib),
        };
        // What is written on the box of one that reports much less is not believed elsewhere either.
        let written = named.filter(|gb| self.counted().sure >= mib(*gb));
        written.or(reported.map(|mib| mib / 1024)).or(named)
    }

    fn reported(&self) -> Option<u32> {
        match self.slice {
            // What is reported of a compute instance is what it shares.
            Some(slice) if profile(slice).is_none_or(Profile::shares_memory) => None,
            Some(slice) => slice.memory_mib,
            None => self.gpu.memory.reported_mib,
        }
    }

    fn unit(&self) -> Option<Unit> {
        match (self.gpu.sharing, self.slice, &self.gpu.mig) {
            (Some(Sharing::Prohibited), _, _) => Some(Unit::Prohibited),
            (Some(Sharing::Shared), _, _) => Some(Unit::Shared),
            (Some(Sharing::Exclusive), Some(slice), _) => Some(Unit::Slice(slice.profile.clone())),
            (Some(Sharing::Exclusive), None, Some(_)) => Some(Unit::Whole),
            (None, _, _) | (_, None, None) => None,
        }
    }

    /// Whether it may be used as a job asks.
    fn is(&self, part: &Part) -> Option<bool> {
        let exclusive = match self.gpu.sharing {
            Some(Sharing::Exclusive) => Some(true),
            Some(Sharing::Shared | Sharing::Prohibited) => return Some(false),
            None => None,
        };
        let divided = match (part, self.slice, &self.gpu.mig) {
            (Part::WholeOrSlice | Part::Whole | Part::Slice(_), None, None) => None,
            (Part::WholeOrSlice, _, _) => Some(true),
            (Part::Whole, slice, _) => Some(slice.is_none()),
            (Part::Slice(_), None, Some(_)) => Some(false),
            // A name that cannot be read is one that nobody knows yet.
            (Part::Slice(wanted), Some(slice), _) => profile(slice).map(|is| is == *wanted),
        };
        match (exclusive, divided) {
            (_, Some(false)) => Some(false),
            (Some(_), Some(true)) => Some(true),
            (None, _) | (_, None) => None,
        }
    }
}

fn profile(slice: &Slice) -> Option<Profile> {
    slice.profile.parse().ok()
}

/// A GPU or a slice that a job may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fitting<'a> {
    /// The place of the GPU in the machine's list.
    pub place: usize,
    /// The GPU.
    pub gpu: &'a Gpu,
    /// The slice of it, if it is one.
    pub slice: Option<&'a Slice>,
}

impl Fitting<'_> {
    /// What `CUDA_VISIBLE_DEVICES` calls it.
    pub fn uuid(&self) -> Option<&str> {
        self.slice.map_or(&self.gpu.uuid, |slice| &slice.uuid).as_deref()
    }
}

/// The GPUs and slices of a machine that meet, for sure, every clause for one of them; where they have to be of
/// one model, those of the model that most of them are of, the first by name. A machine may have some and
/// not fit: there may be too few.
pub fn fitting<'a>(need: &Need, machine: &'a Machine) -> Vec<Fitting<'a>> {
    let gpus = machine.gpus.as_deref().unwrap_or_default();
    let clauses = clauses(need, machine);
    let meets = |device: &Device<'_>| {
        device.most == 1 && clauses.iter().all(|clause| (clause.meets)(device) == Some(true))
    };
    let mut devices: Vec<_> = Device::all(need, gpus).into_iter().filter(meets).collect();
    if need.same_model {
        let mut models: BTreeMap<&str, usize> = BTreeMap::new();
        for model in devices.iter().filter_map(|device| device.gpu.model.as_deref()) {
            *models.entry(model).or_default() += 1;
        }
        // The last of the most would be the last by name.
        let most = models.iter().rev().max_by_key(|(_, count)| **count).map(|(model, _)| *model);
        devices.retain(|device| most.is_some() && device.gpu.model.as_deref() == most);
    }
    let fitting =
        |device: Device<'a>| Fitting { place: device.place, gpu: device.gpu, slice: device.slice };
    devices.into_iter().map(fitting).collect()
}

fn of_gpus(need: &Need, machine: &Machine, gpus: &[Gpu], judgement: &mut Judgement) {
    let devices = Device::all(need, gpus);
    let wanted = usize::from(need.gpus.get());
    let most = most(devices.iter());
    if most < wanted {
        let (have, want) = (count(most), count(wanted));
        judgement.failed.push(Failure { clause: Clause::Gpus, have, want });
    }
    let clauses = clauses(need, machine);
    for clause in &clauses {
        // What it would take if there were enough; too few is said once.
        of_each(clause, &devices, wanted.min(most), judgement);
    }
    if judgement.failed.is_empty() {
        let meets = |device: &Device<'_>| {
            let answers: Vec<_> = clauses.iter().map(|clause| (clause.meets)(device)).collect();
            let sure = answers.iter().all(|answer| *answer == Some(true));
            (!answers.contains(&Some(false))).then_some(sure)
        };
        let candidates: Vec<_> = devices
            .iter()
            .filter_map(|device| Some(Candidate { device: *device, sure: meets(device)? }))
            .collect();
        of_all(need, &candidates, judgement);
    }
}

/// As how many they may count.
fn most<'a>(devices: impl Iterator<Item = &'a Device<'a>>) -> usize {
    devices.fold(0, |most, device| most.saturating_add(device.most))
}

fn of_each(
    clause: &OfDevice<'_>,
    devices: &[Device<'_>],
    wanted: usize,
    judgement: &mut Judgement,
) {
    let with = |answer: Option<bool>| {
        devices.iter().filter(move |device| (clause.meets)(device) == answer)
    };
    let met = with(Some(true)).count();
    if most(with(Some(true)).chain(with(None))) < wanted {
        let others: Vec<_> = with(Some(false)).copied().collect();
        let have = (clause.have)(&others);
        judgement.failed.push(Failure { clause: clause.clause, have, want: clause.want.clone() });
    } else if met < wanted {
        let uncounted = with(Some(true)).filter(|device| device.most > 1);
        let unknown = with(None).chain(uncounted).map(|device| device.place);
        let reason = clause.unsure.as_ref().and_then(|unsure| with(None).find_map(unsure));
        let why = reason.unwrap_or_else(|| Why::OfGpus(unknown.collect()));
        judgement.doubts.push(Doubt { clause: clause.clause, why });
    }
}

fn count(number: usize) -> Value {
    Value::Count(u32::try_from(number).unwrap_or(u32::MAX))
}

fn of_machine(need: &Need, machine: &Machine, judgement: &mut Judgement) {
    let mut told = |clause, met: Option<bool>, have: Value, want: Value| match met {
        Some(true) => {}
        Some(false) => judgement.failed.push(Failure { clause, have, want }),
        None => judgement.doubts.push(Doubt { clause, why: Why::OfMachine }),
    };
    if need.nvlink {
        told(Clause::NvLink, machine.nvlink, Value::Nothing, Value::Present);
    }
    if let Some(min) = need.min_driver {
        // Of a branch alone, each of its versions may be meant.
        let met = match (machine.driver, machine.driver_branch) {
            (Some(driver), _) => Some(driver >= min),
            (None, Some(branch)) if branch < min.major() => Some(false),
            (None, Some(branch)) if Version::new(branch, 0, 0) >= min => Some(true),
            (None, _) => None,
        };
        let oldest = machine.oldest_driver();
        let have = oldest.map_or(Value::Nothing, Value::Version);
        told(Clause::Driver, met, have, Value::Version(min));
    }
    let systems = [(Clause::Os, &need.os, &machine.os), (Clause::Arch, &need.arch, &machine.arch)];
    for (clause, wanted, is) in systems {
        if let Some(wanted) = wanted {
            let met = is.as_ref().map(|is| is.eq_ignore_ascii_case(wanted));
            told(clause, met, names(is.iter()), Value::Names(BTreeSet::from([wanted.clone()])));
        }
    }
    let missing: BTreeSet<String> = need
        .labels
        .iter()
        .filter(|label| !machine.labels.contains(&label.to_lowercase()))
        .cloned()
        .collect();
    if !missing.is_empty() {
        let met = Some(false);
        told(Clause::Labels, met, names(machine.labels.iter()), Value::Names(missing));
    }
}

#[cfg(test)]
mod tests;
