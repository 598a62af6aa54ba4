//! The clauses that each GPU meets by itself, or not.

use std::collections::BTreeSet;

use super::{Clause, Device, Unit, Value, Why};
use crate::catalogue;
use crate::cuda::{self, Checked, Host, ImageHost, Program, Verdict};
use crate::memory::mib;
use crate::need::{Need, Part};
use crate::{Capability, Gpu, Machine, Vendor, Version};

/// Whether a GPU meets a clause, if that is known.
type Meets<'a> = Box<dyn Fn(&Device<'_>) -> Option<bool> + 'a>;

/// What is best of some GPUs.
type Best<'a> = Box<dyn Fn(&[Device<'_>]) -> Value + 'a>;

/// Why it is not known.
type Reason<'a> = Box<dyn Fn(&Device<'_>) -> Option<Why> + 'a>;

/// A clause that each GPU meets by itself, or not.
pub(super) struct OfDevice<'a> {
    pub clause: Clause,
    pub meets: Meets<'a>,
    /// The best of those that do not.
    pub have: Best<'a>,
    pub want: Value,
    /// Why that is not known of a GPU, where more can be said than that it is not.
    pub unsure: Option<Reason<'a>>,
}

/// The names that are known, and those that are wanted.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a String>) -> Value {
    Value::Names(names.cloned().collect())
}

pub(super) fn best<T: Ord>(of: impl Iterator<Item = T>, value: impl Fn(T) -> Value) -> Value {
    of.max().map_or(Value::Nothing, value)
}

/// MiB in whole GB, as a person would say it.
pub(super) fn in_gigabytes(mib: u64) -> Value {
    Value::Gigabytes(u32::try_from(mib / 1024).unwrap_or(u32::MAX))
}

pub(super) fn clauses<'a>(need: &'a Need, machine: &'a Machine) -> Vec<OfDevice<'a>> {
    let mut clauses = Vec::new();
    clauses.extend(of_kind(need));
    clauses.extend(of_memory(need));
    clauses.extend(of_age(need));
    clauses.extend(of_program(need, machine));
    clauses.push(OfDevice {
        clause: Clause::Part,
        meets: Box::new(|device| device.is(&need.part)),
        have: Box::new(|devices| Value::Parts(devices.iter().filter_map(Device::unit).collect())),
        want: Value::Parts(BTreeSet::from([match &need.part {
            Part::Whole => Unit::Whole,
            Part::WholeOrSlice => Unit::Either,
            Part::Slice(profile) => Unit::Slice(profile.to_string()),
        }])),
        unsure: None,
    });
    clauses
}

fn of_kind(need: &Need) -> Vec<OfDevice<'_>> {
    let mut clauses = Vec::new();
    if let Some(vendor) = need.vendor {
        clauses.push(OfDevice {
            clause: Clause::Vendor,
            meets: Box::new(move |device| Some(device.gpu.vendor == vendor)),
            have: Box::new(|devices| {
                Value::Vendors(devices.iter().map(|device| device.gpu.vendor).collect())
            }),
            want: Value::Vendors(BTreeSet::from([vendor])),
            unsure: None,
        });
    }
    let models = |devices: &[Device<'_>]| {
        names(devices.iter().filter_map(|device| device.gpu.model.as_ref()))
    };
    if !need.models.is_empty() {
        clauses.push(OfDevice {
            clause: Clause::Model,
            meets: Box::new(|device| Some(need.models.contains(device.gpu.model.as_ref()?))),
            have: Box::new(models),
            want: Value::Names(need.models.clone()),
            unsure: None,
        });
    }
    if !need.exclude_models.is_empty() {
        clauses.push(OfDevice {
            clause: Clause::ExcludedModel,
            meets: Box::new(|device| {
                Some(!need.exclude_models.contains(device.gpu.model.as_ref()?))
            }),
            have: Box::new(models),
            want: Value::Names(need.exclude_models.clone()),
            unsure: None,
        });
    }
    if !need.gfx.is_empty() {
        clauses.push(OfDevice {
            clause: Clause::Gfx,
            meets: Box::new(|device| match (device.gpu.vendor, &device.gpu.gfx) {
                (Vendor::Nvidia, _) => Some(false),
                (Vendor::Amd, gfx) => Some(need.gfx.contains(gfx.as_ref()?)),
            }),
            have: Box::new(|devices| {
                names(devices.iter().filter_map(|device| device.gpu.gfx.as_ref()))
            }),
            want: Value::Names(need.gfx.clone()),
            unsure: None,
        });
    }
    clauses
}

fn of_memory(need: &Need) -> Vec<OfDevice<'_>> {
    let mut clauses = Vec::new();
    if let Some(least) = need.min_memory_gb {
        clauses.push(OfDevice {
            clause: Clause::Memory,
            meets: Box::new(move |device| device.counted().reaches(mib(least))),
            have: Box::new(|devices| {
                best(devices.iter().filter_map(Device::gigabytes), Value::Gigabytes)
            }),
            want: Value::Gigabytes(least),
            unsure: None,
        });
    }
    if let Some(least) = need.min_memory_mib {
        clauses.push(OfDevice {
            clause: Clause::ReportedMemory,
            meets: Box::new(move |device| Some(device.reported()? >= least)),
            have: Box::new(|devices| {
                best(devices.iter().filter_map(Device::reported), Value::Mebibytes)
            }),
            want: Value::Mebibytes(least),
            unsure: None,
        });
    }
    clauses
}

fn of_age(need: &Need) -> Vec<OfDevice<'_>> {
    /// AMD's GPUs have none, which is known.
    fn meets(device: &Device<'_>, holds: impl Fn(Capability) -> bool) -> Option<bool> {
        match device.gpu.vendor {
            Vendor::Nvidia => device.gpu.capability.map(holds),
            Vendor::Amd => Some(false),
        }
    }
    let known = |device: &Device<'_>| device.gpu.capability;
    let mut clauses = Vec::new();
    if let Some(min) = need.min_capability {
        clauses.push(OfDevice {
            clause: Clause::MinCapability,
            meets: Box::new(move |device| meets(device, |has| has >= min)),
            have: Box::new(move |devices| {
                best(devices.iter().filter_map(known), Value::Capability)
            }),
            want: Value::Capability(min),
            unsure: None,
        });
    }
    if let Some(max) = need.max_capability {
        clauses.push(OfDevice {
            clause: Clause::MaxCapability,
            meets: Box::new(move |device| meets(device, |has| has <= max)),
            have: Box::new(move |devices| {
                devices.iter().filter_map(known).min().map_or(Value::Nothing, Value::Capability)
            }),
            want: Value::Capability(max),
            unsure: None,
        });
    }
    clauses
}

/// The first and the last driver of the branch, where no more is known of a machine's driver: what is so for
/// both is so for all between them.
fn ends_of_branch(machine: &Machine) -> Option<[Option<Version>; 2]> {
    let branch = machine.driver_branch.filter(|_| machine.driver.is_none())?;
    Some([0, u32::MAX].map(|minor| Some(Version::new(branch, minor, 0))))
}

/// Whether a CUDA program runs there.
fn runs(program: &Program, machine: &Machine, host: &Host) -> Option<bool> {
    let Some(ends) = ends_of_branch(machine) else { return cuda::known().runs(program, host) };
    let [first, last] = ends.map(|driver| cuda::known().runs(program, &Host { driver, ..*host }));
    first.filter(|_| first == last)
}

/// The same, and why.
fn judged(program: &Program, machine: &Machine, gpu: &Gpu) -> Verdict {
    let host = Host::of(machine, gpu);
    let of = |driver| cuda::known().judge(program, &Host { driver, ..host });
    match ends_of_branch(machine) {
        Some([first, _]) if runs(program, machine, &host).is_some() => of(first),
        Some(_) | None => of(host.driver),
    }
}

/// Whether a program runs on each GPU of a machine; most machines have several of one kind.
fn answers(program: &Program, machine: &Machine) -> Vec<Option<bool>> {
    let gpus = machine.gpus.as_deref().unwrap_or_default();
    let mut answers: Vec<Option<bool>> = Vec::with_capacity(gpus.len());
    let mut last: Option<Host> = None;
    for gpu in gpus {
        let host = Host::of(machine, gpu);
        let known = answers.last().filter(|_| last == Some(host));
        let answer = known.copied().unwrap_or_else(|| runs(program, machine, &host));
        answers.push(answer);
        last = Some(host);
    }
    answers
}

/// Whether a CUDA program runs on each, and the image that it is in starts.
fn of_program<'a>(need: &'a Need, machine: &'a Machine) -> Vec<OfDevice<'a>> {
    let mut clauses = Vec::new();
    if let Some(program) = &need.program {
        let answers = answers(program, machine);
        let judged = move |device: &Device<'_>| judged(program, machine, device.gpu);
        let dies = move |device: &Device<'_>| match judged(device) {
            Verdict::Dies { failure, fixes } => Some(Value::Dies { failure, fixes }),
            Verdict::Runs { .. } | Verdict::Unknown(_) => None,
        };
        clauses.push(OfDevice {
            clause: Clause::Program,
            meets: Box::new(move |device| answers.get(device.place).copied().flatten()),
            have: Box::new(move |devices| {
                devices.iter().filter_map(dies).min().unwrap_or(Value::Nothing)
            }),
            want: Value::Runs(program.clone()),
            unsure: Some(Box::new(move |device| match judged(device) {
                Verdict::Unknown(unsure) => Some(Why::OfProgram(unsure)),
                Verdict::Runs { .. } | Verdict::Dies { .. } => None,
            })),
        });
    }
    if let Some(image) = &need.image {
        let cuda = machine.cuda.or_else(|| cuda::known().of_machine(machine));
        clauses.push(OfDevice {
            clause: Clause::Image,
            meets: Box::new(move |device| {
                let gpu = device.gpu;
                // NVIDIA's runtime does not start a container that asks for it on another maker's GPU.
                if gpu.vendor == Vendor::Amd {
                    return Some(false);
                }
                let model = gpu.model.as_deref().and_then(|name| catalogue::known().model(name));
                let host = ImageHost {
                    cuda,
                    driver: machine.driver,
                    capability: gpu.capability,
                    brands: model.map_or(&[], |model| model.brands()),
                };
                match image.check(&host) {
                    Checked::Met(_) => Some(true),
                    Checked::NotMet => Some(false),
                    Checked::Unknown => None,
                }
            }),
            have: Box::new(move |_| Value::DoesNotStart { driver: machine.driver, cuda }),
            want: Value::Starts(image.clone()),
            unsure: None,
        });
    }
    clauses
}
