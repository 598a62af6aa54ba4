//! Whether a program made with a CUDA toolkit runs on a driver and a GPU, and what it dies of if not.
//!
//! A driver runs everything that was made with its own CUDA or an older one. An older driver of the same major
//! version runs the machine code, and compiles no PTX of the newer toolkit. The package `cuda-compat` brings a
//! newer user-mode driver, which some branches take on data-centre GPUs, and which a `GeForce` refuses even
//! where it would have run without. What is not known is never a yes.
//!
//! Sources: NVIDIA, "CUDA Compatibility" (minor version and forward compatibility); the numbers of errors are
//! those of `cudaError_t` in the CUDA runtime's header.

mod arch;
mod image;
mod toolkits;

pub use arch::{Arch, Form, NotAnArch, Reach, Runs};
pub use image::{Checked, Condition, ImageHost, NotARequirement, Requirement};
pub use toolkits::{Mistake, System, Toolkit, Toolkits, known};

use crate::catalogue::{self, Line};
use crate::{Capability, Gpu, Machine, Vendor, Version};

/// Whether the package `cuda-compat` of the program's toolkit is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompatPackage {
    /// It is not.
    #[default]
    Absent,
    /// It is, and is used on older drivers only, as containers do it.
    WhenNeeded,
    /// It is in the path of libraries, so it is always used.
    Always,
}

/// What is known of a program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Program {
    /// The toolkit that it was made with.
    pub toolkit: Version,
    /// The machine code and PTX in it; empty if nobody says.
    pub archs: Vec<Arch>,
    /// Whether it has code compiled while it runs, by the driver.
    pub jit: bool,
    /// Whether the package for older drivers is there.
    pub compat_package: CompatPackage,
}

/// What is known of where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// Who makes the GPU.
    pub vendor: Vendor,
    /// The system.
    pub system: Option<System>,
    /// The version of the driver.
    pub driver: Option<Version>,
    /// The CUDA that the driver says it was made with; only asked where no list knows the driver, because a
    /// package `cuda-compat` on the machine makes it say more.
    pub cuda: Option<Version>,
    /// The GPU's compute capability.
    pub capability: Option<Capability>,
    /// For whom the GPU is made.
    pub line: Option<Line>,
}

impl Host {
    /// What is known of one GPU in a machine, and by its model.
    pub fn of(machine: &Machine, gpu: &Gpu) -> Self {
        let model = gpu.model.as_deref().and_then(|name| catalogue::known().model(name));
        Self {
            vendor: gpu.vendor,
            system: machine.os.as_deref().and_then(System::of_runner),
            driver: machine.driver,
            cuda: machine.cuda,
            capability: gpu.capability.or_else(|| model?.capability),
            line: model.map(|model| model.line),
        }
    }
}

/// How a driver runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// It was made with this toolkit or a newer one.
    Native,
    /// It is older, of the same major version, or may be: machine code only.
    MinorVersion,
    /// It is older, and the package `cuda-compat` helps.
    Forward,
}

/// How a GPU runs the code in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// As it is.
    AsItIs,
    /// After the driver compiled it.
    Compiled,
    /// Nobody said what code there is; the toolkit makes code for this GPU.
    NotSaid,
}

/// Why a program dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// The GPU is not NVIDIA's.
    NotNvidia,
    /// The driver is older than any that runs this toolkit's programs.
    DriverTooOld {
        /// The driver.
        have: Version,
        /// The oldest that runs them.
        want: Version,
    },
    /// The driver runs machine code only, and the driver would have to compile some.
    CannotCompile {
        /// The driver.
        have: Version,
        /// The one that was released with the toolkit.
        want: Option<Version>,
    },
    /// The package `cuda-compat` refuses this kind of GPU.
    CompatRefusesGpu,
    /// The package `cuda-compat` does not run on this branch of drivers.
    CompatRefusesBranch {
        /// The branch.
        branch: u32,
    },
    /// The package `cuda-compat` is always used, and the driver is newer than it.
    CompatTooOld,
    /// There is no code for this GPU in the program.
    NoCode {
        /// The GPU.
        capability: Capability,
    },
    /// The toolkit cannot have made the code.
    CannotBeMade {
        /// The code.
        arch: Arch,
    },
}

/// An error of CUDA's runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CudaError {
    /// Its number.
    pub number: u16,
    /// Its name in the header.
    pub name: &'static str,
}

impl Failure {
    /// The error that the program would die of, if it could be made at all.
    pub fn error(self) -> Option<CudaError> {
        let (number, name) = match self {
            Self::NotNvidia => (100, "cudaErrorNoDevice"),
            Self::DriverTooOld { .. } => (35, "cudaErrorInsufficientDriver"),
            Self::CannotCompile { .. } => (222, "cudaErrorUnsupportedPtxVersion"),
            Self::CompatRefusesGpu => (804, "cudaErrorCompatNotSupportedOnDevice"),
            Self::CompatRefusesBranch { .. } | Self::CompatTooOld => {
                (803, "cudaErrorSystemDriverMismatch")
            }
            Self::NoCode { .. } => (209, "cudaErrorNoKernelImageForDevice"),
            Self::CannotBeMade { .. } => return None,
        };
        Some(CudaError { number, name })
    }
}

/// What would help, the first the least.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fix {
    /// This driver or a newer one.
    Driver(Version),
    /// The program made with this toolkit.
    Toolkit(Version),
    /// Code for this GPU in the program, which this toolkit makes.
    CodeFor {
        /// The code.
        arch: Arch,
        /// The program's own toolkit, if it can.
        toolkit: Version,
    },
    /// This package in the job.
    AddPackage(String),
    /// No package `cuda-compat` in the job.
    RemovePackage,
    /// An NVIDIA GPU.
    OtherGpu,
}

/// Why nobody can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Unsure {
    /// The driver's version is not known.
    #[error("the version of the driver is not known")]
    Driver,
    /// The system is not known, or CUDA does not run on it.
    #[error("it is not known whether the system is Linux or Windows")]
    System,
    /// The GPU's compute capability is not known.
    #[error("the compute capability is not known")]
    Capability,
    /// The model is not known, so neither is whether it is a data-centre GPU.
    #[error("it is not known whether this is a data-centre GPU, which `cuda-compat` needs")]
    Line,
    /// There is no such toolkit in the list.
    #[error("this version of CUDA is not listed")]
    Toolkit,
    /// Which drivers this toolkit runs on is not listed for this system.
    #[error("the oldest driver for this version of CUDA is not listed for this system")]
    OldestDriver,
    /// Which GPUs this toolkit makes code for is not listed.
    #[error(
        "the GPUs that this version of CUDA knows are not listed; say which code the program has"
    )]
    Capabilities,
    /// The GPU is newer than the toolkit, so that only PTX could run.
    #[error("the GPU is newer than this version of CUDA; say which code the program has")]
    NewerGpu,
    /// Which branches the package runs on is not listed.
    #[error("whether `cuda-compat` runs on this driver is not listed")]
    CompatBranches,
    /// The package runs on some workstation GPUs only.
    #[error("`cuda-compat` runs on some workstation GPUs only, and no list says which")]
    CompatOnWorkstation,
    /// Jetson's drivers are numbered and made compatible by rules of their own.
    #[error("Jetson has drivers of its own")]
    Embedded,
    /// Nobody promises that code for the one runs on the other.
    #[error("nobody promises that this code runs on this GPU")]
    NotPromised,
}

/// Whether a program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Runs {
        /// By this agreement of driver and toolkit.
        way: Way,
        /// With its code so.
        code: Code,
    },
    /// It does not.
    Dies {
        /// Why.
        failure: Failure,
        /// What would help.
        fixes: Vec<Fix>,
    },
    /// Nobody can say.
    Unknown(Unsure),
}

/// What keeps a program from a plain yes.
enum Doubt {
    Unknown(Unsure),
    Certain(Failure),
}

impl From<Unsure> for Doubt {
    fn from(unsure: Unsure) -> Self {
        Self::Unknown(unsure)
    }
}

impl From<Failure> for Doubt {
    fn from(failure: Failure) -> Self {
        Self::Certain(failure)
    }
}

impl Toolkits {
    /// Whether a program runs there. What is certain to fail fails, whatever else is not known.
    pub fn judge(&self, program: &Program, host: &Host) -> Verdict {
        match self.judged(program, host) {
            Ok((way, code)) => Verdict::Runs { way, code },
            Err(Doubt::Unknown(unsure)) => Verdict::Unknown(unsure),
            Err(Doubt::Certain(failure)) => {
                Verdict::Dies { failure, fixes: self.fixes(failure, program, host) }
            }
        }
    }

    /// The same without what would help; nothing if nobody can say.
    pub fn runs(&self, program: &Program, host: &Host) -> Option<bool> {
        match self.judged(program, host) {
            Ok(_) => Some(true),
            Err(Doubt::Certain(_)) => Some(false),
            Err(Doubt::Unknown(_)) => None,
        }
    }

    fn judged(&self, program: &Program, host: &Host) -> Result<(Way, Code), Doubt> {
        if host.vendor == Vendor::Amd {
            return Err(Failure::NotNvidia.into());
        }
        let toolkit = self.toolkit(program.toolkit);
        let code = code(toolkit, program, host);
        let must_compile = program.jit || matches!(code, Ok(Code::Compiled));
        let way = self.way(toolkit, program, host, must_compile);
        match (way, code) {
            (Err(Doubt::Certain(failure)), _) | (_, Err(Doubt::Certain(failure))) => {
                Err(failure.into())
            }
            (Err(Doubt::Unknown(unsure)), _) | (_, Err(Doubt::Unknown(unsure))) => {
                Err(unsure.into())
            }
            (Ok(way), Ok(code)) => Ok((way, code)),
        }
    }

    /// By which agreement the driver runs the program.
    fn way(
        &self,
        toolkit: Option<&Toolkit>,
        program: &Program,
        host: &Host,
        must_compile: bool,
    ) -> Result<Way, Doubt> {
        if is_embedded(host) {
            return Err(Unsure::Embedded.into());
        }
        let system = host.system.ok_or(Unsure::System)?;
        let driver = host.driver.ok_or(Unsure::Driver)?;
        let own = toolkit.and_then(|toolkit| toolkit.own_driver(system));
        let package = match system {
            System::Linux => program.compat_package,
            // There is none for Windows.
            System::Windows => CompatPackage::Absent,
        };
        let is_native = self.is_native(program.toolkit, driver, system, host.cuda);
        match (is_native, package) {
            (Ok(true), CompatPackage::Absent | CompatPackage::WhenNeeded) => Ok(Way::Native),
            (Ok(true), CompatPackage::Always) => {
                let is_older = own.is_some_and(|own| own.major() < driver.major());
                // Within one branch it depends on the update of each, of which no list speaks.
                let unsure = Unsure::CompatBranches;
                Err(if is_older { Failure::CompatTooOld.into() } else { unsure.into() })
            }
            (Ok(false), CompatPackage::Absent) => {
                let toolkit = toolkit.ok_or(Unsure::Toolkit)?;
                minor_version(toolkit, driver, system, must_compile)
            }
            (Ok(false), CompatPackage::WhenNeeded | CompatPackage::Always) => {
                forward(toolkit.ok_or(Unsure::Toolkit)?, driver, own, host.line)
            }
            // Native or not, what runs by the minor version runs.
            (Err(unsure), CompatPackage::Absent) => {
                let toolkit = toolkit.filter(|_| !must_compile).ok_or(unsure)?;
                let oldest = toolkit.oldest_driver(system).filter(|oldest| *oldest <= driver);
                Ok(oldest.map(|_| Way::MinorVersion).ok_or(unsure)?)
            }
            (Err(unsure), CompatPackage::WhenNeeded | CompatPackage::Always) => Err(unsure.into()),
        }
    }

    /// Whether a driver was made with this version of CUDA or a newer one.
    fn is_native(
        &self,
        wanted: Version,
        driver: Version,
        system: System,
        says: Option<Version>,
    ) -> Result<bool, Unsure> {
        let wanted = Version::new(wanted.major(), wanted.minor(), 0);
        let own = |toolkit: &Toolkit| toolkit.own_driver(system);
        let newest = self.all().next_back().ok_or(Unsure::Toolkit)?;
        let is_newer_than_all = wanted > newest.version;
        let is_between = wanted.major() >= 11 && self.toolkit(wanted).is_none();
        if is_between && !is_newer_than_all {
            return Err(Unsure::Toolkit);
        }
        let mut newer = self.all().filter(|toolkit| toolkit.version >= wanted).filter_map(own);
        if newer.any(|own| own <= driver) {
            return Ok(true);
        }
        let mut older = self.all().filter(|toolkit| toolkit.version <= wanted).filter_map(own);
        if older.any(|own| own > driver) {
            return Ok(false);
        }
        // The driver is newer than what is listed, or nothing near it is. What it says of itself counts only
        // where it is newer than all that is listed, so that no package can have made it say more.
        let is_unlisted = self.all().filter_map(own).all(|own| own.major() < driver.major());
        match says {
            Some(says) if is_unlisted && says >= wanted => Ok(true),
            Some(_) | None if self.toolkit(wanted).is_some() => Err(Unsure::OldestDriver),
            Some(_) | None => Err(Unsure::Toolkit),
        }
    }

    /// What would help.
    fn fixes(&self, failure: Failure, program: &Program, host: &Host) -> Vec<Fix> {
        let toolkit = self.toolkit(program.toolkit);
        let own = host.system.and_then(|system| toolkit?.own_driver(system)).map(Fix::Driver);
        let without = Program { compat_package: CompatPackage::Absent, ..program.clone() };
        let with = Program { compat_package: CompatPackage::WhenNeeded, ..program.clone() };
        let must_compile =
            program.jit || matches!(code(toolkit, program, host), Ok(Code::Compiled));
        let runs = |program: &Program| self.way(toolkit, program, host, must_compile).is_ok();
        let remove = || runs(&without).then_some(Fix::RemovePackage);
        let add = || {
            let package = toolkit.map(|toolkit| Fix::AddPackage(toolkit.compat_package()));
            package.filter(|_| runs(&with))
        };
        // The package of an older toolkit would be in the way too.
        let may_be_older = program.compat_package != CompatPackage::Always;
        let older = || self.newest_native(program, host).filter(|_| may_be_older).map(Fix::Toolkit);
        let maker = |arch: Arch| {
            let makes = |toolkit: &&Toolkit| toolkit.makes(arch) == Some(true);
            let later = self.all().filter(|it| it.version > program.toolkit).find(makes);
            let found = toolkit.filter(makes).or(later).or_else(|| self.all().rev().find(makes));
            found.map(|toolkit| toolkit.version)
        };
        let code_for = |capability: Capability| {
            let arch = Arch { capability, form: Form::Binary, reach: Reach::Onwards };
            let toolkit = maker(arch)?;
            // Where nobody said what code there is, the right toolkit is all that can be said.
            let is_said = !program.archs.is_empty();
            Some(if is_said { Fix::CodeFor { arch, toolkit } } else { Fix::Toolkit(toolkit) })
        };
        let fixes = match failure {
            Failure::NotNvidia => [Some(Fix::OtherGpu), None, None],
            Failure::DriverTooOld { want, .. } => {
                [if must_compile { own } else { Some(Fix::Driver(want)) }, add(), older()]
            }
            Failure::CannotCompile { .. } => {
                let code = host.capability.filter(|_| !program.jit).and_then(code_for);
                let version = toolkit.map(|toolkit| toolkit.version);
                let is_own = |fix: &Fix| matches!(fix, Fix::CodeFor { toolkit, .. } if Some(*toolkit) == version);
                [code.filter(is_own).or_else(add), own, older()]
            }
            Failure::CompatRefusesGpu | Failure::CompatRefusesBranch { .. } => {
                [remove(), own, older()]
            }
            Failure::CompatTooOld => [Some(Fix::RemovePackage), None, None],
            Failure::NoCode { capability } => [code_for(capability), None, None],
            Failure::CannotBeMade { arch } => [maker(arch).map(Fix::Toolkit), None, None],
        };
        fixes.into_iter().flatten().collect()
    }

    /// The newest toolkit that the driver there was made with.
    fn newest_native(&self, program: &Program, host: &Host) -> Option<Version> {
        let (driver, system) = (host.driver?, host.system?);
        let runs = |toolkit: &&Toolkit| {
            let own = toolkit.own_driver(system);
            own.is_some_and(|own| own <= driver) && toolkit.version < program.toolkit
        };
        self.all().rev().find(runs).map(|toolkit| toolkit.version)
    }
}

fn is_embedded(host: &Host) -> bool {
    host.line == Some(Line::Embedded) || host.capability.is_some_and(arch::is_tegra)
}

/// Whether a driver that is older than a toolkit runs its programs all the same.
fn minor_version(
    toolkit: &Toolkit,
    driver: Version,
    system: System,
    must_compile: bool,
) -> Result<Way, Doubt> {
    let own = toolkit.own_driver(system);
    let oldest = toolkit.oldest_driver(system).ok_or(Unsure::OldestDriver)?;
    if driver < oldest {
        let want = own.map_or(oldest, |own| own.min(oldest));
        return Err(Failure::DriverTooOld { have: driver, want }.into());
    }
    if must_compile {
        return Err(Failure::CannotCompile { have: driver, want: own }.into());
    }
    Ok(Way::MinorVersion)
}

/// Whether the package `cuda-compat` of a toolkit runs on an older driver.
fn forward(
    toolkit: &Toolkit,
    driver: Version,
    own: Option<Version>,
    line: Option<Line>,
) -> Result<Way, Doubt> {
    match line {
        None => Err(Unsure::Line.into()),
        Some(Line::Consumer) => Err(Failure::CompatRefusesGpu.into()),
        Some(Line::Workstation) => Err(Unsure::CompatOnWorkstation.into()),
        Some(Line::Embedded) => Err(Unsure::Embedded.into()),
        Some(Line::DataCentre) => {
            let branches = toolkit.forward_branches().ok_or(Unsure::CompatBranches)?;
            let branch = driver.major();
            if branches.contains(&branch) {
                Ok(Way::Forward)
            } else if own.is_none_or(|own| own.major() <= branch) {
                // An earlier driver of the package's own branch: no list speaks of it.
                Err(Unsure::CompatBranches.into())
            } else {
                Err(Failure::CompatRefusesBranch { branch }.into())
            }
        }
    }
}

/// How the GPU runs the code in the program.
fn code(toolkit: Option<&Toolkit>, program: &Program, host: &Host) -> Result<Code, Doubt> {
    for arch in &program.archs {
        if toolkit.and_then(|toolkit| toolkit.makes(*arch)) == Some(false) {
            return Err(Failure::CannotBeMade { arch: *arch }.into());
        }
    }
    let capability = host.capability.ok_or(Unsure::Capability)?;
    if program.archs.is_empty() {
        return code_not_said(toolkit, capability);
    }
    let runs: Vec<Runs> = program.archs.iter().map(|arch| arch.runs_on(capability)).collect();
    if runs.contains(&Runs::AsItIs) {
        Ok(Code::AsItIs)
    } else if runs.contains(&Runs::Compiled) {
        // Also beside code that nobody promised to run: if it does not, the driver compiles this.
        Ok(Code::Compiled)
    } else if runs.contains(&Runs::NotPromised) {
        Err(Unsure::NotPromised.into())
    } else {
        Err(Failure::NoCode { capability }.into())
    }
}

/// The same where nobody said what code there is: what the toolkit could have made.
fn code_not_said(toolkit: Option<&Toolkit>, gpu: Capability) -> Result<Code, Doubt> {
    let made = toolkit.and_then(Toolkit::capabilities).ok_or(Unsure::Capabilities)?;
    let runs = |capability: &Capability| {
        let arch = Arch { capability: *capability, form: Form::Binary, reach: Reach::Onwards };
        arch.runs_on(gpu) == Runs::AsItIs
    };
    if made.iter().any(runs) {
        Ok(Code::NotSaid)
    } else if made.iter().all(|capability| gpu < *capability) {
        Err(Failure::NoCode { capability: gpu }.into())
    } else {
        Err(Unsure::NewerGpu.into())
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
