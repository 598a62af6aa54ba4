//! The inputs of `check`: a CUDA program, and where it would run.

use clap::{ArgAction, Args, ValueEnum};
use placement::cuda::{Arch, Requirement};
use placement::{Capability, Version};

use super::values;

/// The arguments of `check`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CheckArgs {
    /// The CUDA toolkit that the program was built with: `12.9`.
    #[arg(long, env = "SIGNALBOX_CUDA", value_name = "VERSION", value_parser = values::version)]
    pub(crate) cuda: Option<Version>,

    /// The code in the program, separated by commas, as `nvcc` was told: `89`, `sm_90a`, `compute_80`. Without
    /// it, all that the toolkit makes.
    #[arg(long, env = "SIGNALBOX_CUDA_ARCHS", value_name = "ARCHS", value_delimiter = ',', requires = "cuda", value_parser = values::arch)]
    pub(crate) cuda_archs: Vec<Arch>,

    /// Whether the program has code that is compiled while it runs: NVRTC, Triton, `torch.compile`.
    #[arg(long, env = "SIGNALBOX_JIT", action = ArgAction::Set, value_name = "BOOL", default_value_t = false)]
    pub(crate) jit: bool,

    /// Whether the package `cuda-compat` of the toolkit is there.
    #[arg(long, env = "SIGNALBOX_COMPAT_PACKAGE", value_enum, default_value_t)]
    pub(crate) compat_package: Package,

    /// What the container image asks for: its variable `NVIDIA_REQUIRE_CUDA`.
    #[arg(long, env = "SIGNALBOX_IMAGE_REQUIRE", value_name = "TEXT", value_parser = values::requirement)]
    pub(crate) image_require: Option<Requirement>,

    /// The GPU, as `nvidia-smi` or a person names it: `NVIDIA L40S`, `a100`.
    #[arg(long, env = "SIGNALBOX_GPU", value_name = "NAME")]
    pub(crate) gpu: Option<String>,

    /// The GPU's compute capability, if the name does not say it: `8.9`.
    #[arg(long, env = "SIGNALBOX_COMPUTE_CAPABILITY", value_name = "X.Y", value_parser = values::capability)]
    pub(crate) compute_capability: Option<Capability>,

    /// The version of the GPU's driver: `550.54.14`.
    #[arg(long, env = "SIGNALBOX_DRIVER", value_name = "VERSION", value_parser = values::version)]
    pub(crate) driver: Option<Version>,

    /// The system that it runs on.
    #[arg(long, env = "SIGNALBOX_SYSTEM", value_enum, default_value_t)]
    pub(crate) system: SystemName,
}

/// Whether the package `cuda-compat` is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Package {
    /// It is not.
    #[default]
    Absent,
    /// It is used on older drivers only, as containers do it.
    WhenNeeded,
    /// It is in the path of libraries, so it is always used.
    Always,
}

/// Systems that CUDA runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SystemName {
    /// Linux.
    #[default]
    Linux,
    /// Windows.
    Windows,
}
