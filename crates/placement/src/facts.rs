//! What is known of a machine and its GPUs. `None` is "nobody knows", never "none" and never zero.

use std::collections::BTreeSet;

use crate::{Capability, Version};

/// Who makes a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vendor {
    /// NVIDIA, programmed by CUDA.
    Nvidia,
    /// AMD, programmed by `ROCm`.
    Amd,
}

/// How much memory a GPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Memory {
    /// As its driver reports it, in MiB: less than what is written on the box.
    pub reported_mib: Option<u32>,
    /// What is written on the box, in GB.
    pub nominal_gb: Option<u32>,
}

/// A part of a GPU that is used as if it were one (NVIDIA's Multi-Instance GPU).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice {
    /// Its profile, such as `1g.10gb`.
    pub profile: String,
    /// Its memory as reported, in MiB.
    pub memory_mib: Option<u32>,
    /// What `CUDA_VISIBLE_DEVICES` calls it.
    pub uuid: Option<String>,
}

/// Whether a GPU is divided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mig {
    /// It cannot be, or is not: it is used whole.
    Whole,
    /// It is, into these; nobody can use it whole.
    Sliced(Vec<Slice>),
}

/// Whether others may use a GPU at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sharing {
    /// It is the job's alone.
    Exclusive,
    /// It is not: a virtual GPU, MPS or time-slicing.
    Shared,
    /// No process may use it (compute mode "Prohibited").
    Prohibited,
}

/// One GPU.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gpu {
    /// Who makes it.
    pub vendor: Vendor,
    /// Its model by its normalised name, such as `l40s`.
    pub model: Option<String>,
    /// Its memory.
    pub memory: Memory,
    /// Its compute capability, if it is NVIDIA's.
    pub capability: Option<Capability>,
    /// Its architecture, such as `gfx942`, if it is AMD's.
    pub gfx: Option<String>,
    /// Whether it is divided.
    pub mig: Option<Mig>,
    /// Whether it is the job's alone.
    pub sharing: Option<Sharing>,
    /// What `CUDA_VISIBLE_DEVICES` calls it, or `ROCR_VISIBLE_DEVICES` if it is AMD's.
    pub uuid: Option<String>,
}

/// One machine that may run a job. By default nothing is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Machine {
    /// Its GPUs, in the order of their indices; empty if it is known to have none.
    pub gpus: Option<Vec<Gpu>>,
    /// Whether it may have more GPUs than those: somebody said that these are there, and not how many there are.
    pub has_more: bool,
    /// The version of its GPU driver.
    pub driver: Option<Version>,
    /// The branch of its driver, the first number of its version, where no more is known of it.
    pub driver_branch: Option<u32>,
    /// The newest CUDA that its driver was made with.
    pub cuda: Option<Version>,
    /// The version of `ROCm`.
    pub rocm: Option<Version>,
    /// Whether its GPUs are joined by `NVLink`.
    pub nvlink: Option<bool>,
    /// Its system, as `RUNNER_OS` says it: `Linux`, `macOS`, `Windows`.
    pub os: Option<String>,
    /// Its processor, as `RUNNER_ARCH` says it: `X64`, `ARM64`.
    pub arch: Option<String>,
    /// The labels that GitHub selects it by, in lower case, because GitHub does not tell cases apart.
    pub labels: BTreeSet<String>,
}

impl Machine {
    /// The oldest driver that it may have: its own, or the first of its branch.
    pub(crate) fn oldest_driver(&self) -> Option<Version> {
        self.driver.or(self.driver_branch.map(|branch| Version::new(branch, 0, 0)))
    }
}
