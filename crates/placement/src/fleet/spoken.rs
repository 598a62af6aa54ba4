//! What the labels of a runner say of its machine by themselves.
//!
//! Our own labels ([`crate::own_labels`]) are true of every GPU of a machine. The name of a model is what a
//! person registered a runner with: it says that a GPU of that model is there, not how many.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::{self, Identified, Profile};
use crate::cuda::{Arch, Form, Reach};
use crate::{Capability, Vendor, Version};

/// Something that is said, and the label that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim<T> {
    pub(super) is: T,
    pub(super) label: String,
}

/// What labels say. Of two that say different things of one fact, both are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    /// There is none.
    pub(super) no_gpu: Vec<Claim<()>>,
    /// How many whole GPUs, each the job's alone.
    pub(super) gpus: Vec<Claim<u32>>,
    pub(super) vendor: Vec<Claim<Vendor>>,
    /// There is one of each of these, with its size if the name says one of several.
    pub(super) models: Vec<Claim<(String, Option<u32>)>>,
    pub(super) memory_gb: Vec<Claim<u32>>,
    pub(super) capability: Vec<Claim<Capability>>,
    pub(super) gfx: Vec<Claim<String>>,
    /// There is a slice of each of these.
    pub(super) slices: Vec<Claim<Profile>>,
    pub(super) branch: Vec<Claim<u32>>,
    pub(super) cuda: Vec<Claim<Version>>,
    pub(super) rocm: Vec<Claim<Version>>,
    pub(super) nvlink: Vec<Claim<bool>>,
    pub(super) os: Vec<Claim<String>>,
    pub(super) arch: Vec<Claim<String>>,
    /// The least of each measure.
    pub(super) least: Vec<Claim<Least>>,
    /// Whether there are labels that a probe makes and hardly a person: of a measure, or `gpu` and the maker. They
    /// say how many whole GPUs there are if it was seen that they are whole, and the job's alone.
    pub(super) is_measured: bool,
}

/// The least of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Least {
    /// Whole GPUs.
    Gpus(u32),
    /// GB of each GPU, as written on the box.
    MemoryGb(u32),
    /// The capability of each GPU.
    Capability(Capability),
    /// The branch of the driver.
    Branch(u32),
    /// The CUDA that the driver was made with.
    Cuda(Version),
}

/// Labels of systems and processors that GitHub gives to runners itself.
const SYSTEMS: [(&str, &str); 3] = [("linux", "Linux"), ("windows", "Windows"), ("macos", "macOS")];
const PROCESSORS: [(&str, &str); 4] =
    [("x64", "X64"), ("arm64", "ARM64"), ("x86", "X86"), ("arm", "ARM")];

impl Spoken {
    /// What some labels say, without those whose meaning somebody wrote down.
    pub(super) fn of<'a>(labels: impl Iterator<Item = &'a String>) -> Self {
        let mut spoken = Self::default();
        let mut is_gpu = false;
        for label in labels {
            spoken.hear(label);
            is_gpu |= label == "gpu";
        }
        spoken.is_measured |= is_gpu && !spoken.vendor.is_empty();
        spoken
    }

    fn hear(&mut self, label: &str) {
        fn claim<T>(is: T, label: &str) -> Claim<T> {
            Claim { is, label: label.to_owned() }
        }
        let known = |all: &[(&str, &str)]| {
            let found = all.iter().find(|(name, _)| *name == label);
            found.map(|(_, word)| claim((*word).to_owned(), label))
        };
        self.os.extend(known(&SYSTEMS));
        self.arch.extend(known(&PROCESSORS));
        match label {
            "no-gpu" => self.no_gpu.push(claim((), label)),
            "nvidia" => self.vendor.push(claim(Vendor::Nvidia, label)),
            "amd" => self.vendor.push(claim(Vendor::Amd, label)),
            "nvlink" => self.nvlink.push(claim(true, label)),
            _ => {}
        }
        if let Some(least) = least(label) {
            self.least.push(claim(least, label));
            self.is_measured = true;
            return;
        }
        let behind = |prefix: &str| label.strip_prefix(prefix);
        let gpus = behind("gpus-").and_then(number).map(|gpus| claim(gpus, label));
        let memory = behind("vram-").and_then(gigabytes).map(|size| claim(size, label));
        let capability = behind("sm-").and_then(capability).map(|is| claim(is, label));
        let branch = behind("driver-").and_then(number).map(|branch| claim(branch, label));
        let cuda = behind("cuda-").and_then(version).map(|cuda| claim(cuda, label));
        let rocm = behind("rocm-").and_then(version).map(|rocm| claim(rocm, label));
        let slice = behind("mig-").and_then(profile).map(|slice| claim(slice, label));
        let is_gfx = |number: &&str| {
            number.len() >= 3 && number.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let gfx = behind("gfx").filter(is_gfx).map(|_| claim(label.to_owned(), label));
        let is_ours = gpus.is_some()
            || memory.is_some()
            || capability.is_some()
            || branch.is_some()
            || cuda.is_some()
            || rocm.is_some()
            || slice.is_some()
            || gfx.is_some();
        self.is_measured |= is_ours;
        self.gpus.extend(gpus);
        self.memory_gb.extend(memory);
        self.capability.extend(capability);
        self.branch.extend(branch);
        self.cuda.extend(cuda);
        self.rocm.extend(rocm);
        self.slices.extend(slice);
        self.gfx.extend(gfx);
        if !is_ours && let Ok(Identified { model, memory_gb }) = catalogue::known().identify(label)
        {
            let size = memory_gb.filter(|_| model.memory_gb.len() > 1);
            self.models.push(claim((model.name.clone(), size), label));
        }
    }

    /// Who makes the GPUs, if anything says it.
    pub(super) fn maker(&self) -> Option<Vendor> {
        let is_nvidia =
            !self.capability.is_empty() || !self.slices.is_empty() || !self.branch.is_empty();
        let known = self.vendor.first().map(|vendor| vendor.is);
        let by_model = || {
            let models = self.models.iter();
            let makers: BTreeSet<Vendor> = models
                .filter_map(|model| Some(catalogue::known().model(&model.is.0)?.vendor))
                .collect();
            makers.first().copied().filter(|_| makers.len() == 1)
        };
        let by_facts = match (is_nvidia || !self.cuda.is_empty(), !self.gfx.is_empty()) {
            (true, false) => Some(Vendor::Nvidia),
            (false, true) => Some(Vendor::Amd),
            (true, true) | (false, false) => None,
        };
        known.or_else(by_model).or(by_facts)
    }

    /// Whether anything is said of a GPU.
    pub(super) fn speaks_of_gpus(&self) -> bool {
        !(self.gpus.is_empty()
            && self.models.is_empty()
            && self.memory_gb.is_empty()
            && self.capability.is_empty()
            && self.gfx.is_empty()
            && self.slices.is_empty())
    }

    /// A label that says something of a GPU.
    pub(super) fn first_label(&self) -> Option<&str> {
        let model = || self.models.first().map(|claim| &claim.label);
        let memory = || self.memory_gb.first().map(|claim| &claim.label);
        let capability = || self.capability.first().map(|claim| &claim.label);
        let gfx = || self.gfx.first().map(|claim| &claim.label);
        let slice = || self.slices.first().map(|claim| &claim.label);
        let label = model().or_else(memory).or_else(capability).or_else(gfx).or_else(slice);
        label.map(String::as_str)
    }

    /// The profiles of its slices, each once.
    pub(super) fn profiles(&self) -> BTreeMap<Profile, &str> {
        self.slices.iter().map(|slice| (slice.is, slice.label.as_str())).collect()
    }
}

fn least(label: &str) -> Option<Least> {
    let behind = |prefix: &str| label.strip_prefix(prefix);
    let gpus = || behind("gpus-ge-").and_then(number).map(Least::Gpus);
    let memory = || behind("vram-ge-").and_then(gigabytes).map(Least::MemoryGb);
    let age = || behind("sm-ge-").and_then(capability).map(Least::Capability);
    let branch = || behind("driver-ge-").and_then(number).map(Least::Branch);
    let cuda = || behind("cuda-ge-").and_then(version).map(Least::Cuda);
    gpus().or_else(memory).or_else(age).or_else(branch).or_else(cuda)
}

/// A number as labels have it.
fn number(text: &str) -> Option<u32> {
    let is_number = (1..=6).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    text.parse().ok().filter(|_| is_number)
}

fn gigabytes(text: &str) -> Option<u32> {
    text.strip_suffix("gb").and_then(number)
}

/// `89`, without what makes it code.
fn capability(text: &str) -> Option<Capability> {
    let arch: Arch = text.parse().ok()?;
    let is_plain = arch.form == Form::Binary && arch.reach == Reach::Onwards;
    (is_plain && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(arch.capability)
}

/// `13` or `13.2`.
fn version(text: &str) -> Option<Version> {
    text.parse().ok().filter(|_| text.split('.').count() <= 2)
}

/// A profile, whose plus is a point in labels.
fn profile(text: &str) -> Option<Profile> {
    let (size, rest) = text.split_once("gb")?;
    let rest = rest.strip_prefix('.').map_or_else(|| rest.to_owned(), |rest| format!("+{rest}"));
    format!("{size}gb{rest}").parse().ok()
}
