//! What a job needs of a machine, and what is asked in vain of every machine.
//!
//! Here are values that were read already; which text is which value is the reader's to say.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use crate::catalogue::Profile;
use crate::clause::{Failure, Fit, judge};
use crate::cuda::{Program, Requirement};
use crate::memory::{Counted, mib};
use crate::{Capability, Gpu, Machine, Vendor, Version};

/// What a job needs of the machine that runs it. Whatever is not asked for is left empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// How many GPUs, or parts of GPUs.
    pub gpus: NonZeroU16,
    /// Who makes them.
    pub vendor: Option<Vendor>,
    /// Which models will do, by their normalised names; any if there are none.
    pub models: BTreeSet<String>,
    /// Which models will not.
    pub exclude_models: BTreeSet<String>,
    /// The least memory of each, in GB as written on the box.
    pub min_memory_gb: Option<u32>,
    /// The least memory of each, in MiB as its driver reports it.
    pub min_memory_mib: Option<u32>,
    /// The least memory of all of the machine's GPUs that fit, in GB as written on the box.
    pub total_memory_gb: Option<u32>,
    /// The oldest compute capability that will do.
    pub min_capability: Option<Capability>,
    /// The newest one.
    pub max_capability: Option<Capability>,
    /// Which architectures of AMD will do; any if there are none.
    pub gfx: BTreeSet<String>,
    /// The oldest driver.
    pub min_driver: Option<Version>,
    /// The CUDA program that it runs.
    pub program: Option<Program>,
    /// What the container image asks that it runs in (`NVIDIA_REQUIRE_CUDA`).
    pub image: Option<Requirement>,
    /// Whether a part of a GPU will do.
    pub part: Part,
    /// Whether the GPUs have to be of one model.
    pub same_model: bool,
    /// Whether they have to be joined by `NVLink`.
    pub nvlink: bool,
    /// The system, as `RUNNER_OS` says it.
    pub os: Option<String>,
    /// The processor, as `RUNNER_ARCH` says it.
    pub arch: Option<String>,
    /// Labels that the runner has to have besides.
    pub labels: BTreeSet<String>,
}

impl Need {
    /// So many GPUs, whole ones of any kind.
    pub const fn gpus(gpus: NonZeroU16) -> Self {
        Self {
            gpus,
            vendor: None,
            models: BTreeSet::new(),
            exclude_models: BTreeSet::new(),
            min_memory_gb: None,
            min_memory_mib: None,
            total_memory_gb: None,
            min_capability: None,
            max_capability: None,
            gfx: BTreeSet::new(),
            min_driver: None,
            program: None,
            image: None,
            part: Part::Whole,
            same_model: false,
            nvlink: false,
            os: None,
            arch: None,
            labels: BTreeSet::new(),
        }
    }
}

/// Whether a job takes a part of a GPU.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// No: whole GPUs, each the job's alone.
    Whole,
    /// It takes either.
    WholeOrSlice,
    /// Only slices of this profile.
    Slice(Profile),
}

/// Why no machine, however good, can be what a job needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// The oldest compute capability is newer than the newest.
    Capabilities {
        /// The oldest.
        min: Capability,
        /// The newest.
        max: Capability,
    },
    /// Something is asked of GPUs that only another maker's have.
    Vendor {
        /// Whose GPUs are asked for.
        vendor: Vendor,
        /// What only others have.
        asked: OnlyOf,
    },
    /// Something that only NVIDIA's GPUs have, and an architecture of AMD.
    BothVendors(OnlyOf),
    /// Every model that will do is excluded.
    EveryModelIsExcluded,
    /// A slice has less memory than is asked for.
    SliceIsTooSmall {
        /// The slice.
        profile: Profile,
        /// Its memory in GB.
        has_gb: u32,
    },
    /// No model that will do has what else is asked for: what each fails, by its name.
    Models(Vec<(String, Failure)>),
}

/// What only the GPUs of one maker have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnlyOf {
    /// A compute capability: NVIDIA's.
    Capability,
    /// A CUDA program, or an image for one: NVIDIA's.
    Cuda,
    /// A slice of a profile: NVIDIA's.
    Slice,
    /// `NVLink`: NVIDIA's.
    NvLink,
    /// An architecture such as `gfx942`: AMD's.
    Gfx,
}

impl OnlyOf {
    pub(crate) const fn vendor(self) -> Vendor {
        match self {
            Self::Capability | Self::Cuda | Self::Slice | Self::NvLink => Vendor::Nvidia,
            Self::Gfx => Vendor::Amd,
        }
    }
}

/// Everything that no machine can meet.
///
/// `model` says what a GPU of a model may be, one entry for each variant, with `None` for whatever the
/// model does not decide, such as how it is divided; nothing if it does not know the model.
pub fn contradictions(need: &Need, model: &dyn Fn(&str) -> Vec<Gpu>) -> Vec<Contradiction> {
    let mut found = Vec::new();
    if let (Some(min), Some(max)) = (need.min_capability, need.max_capability)
        && min > max
    {
        found.push(Contradiction::Capabilities { min, max });
    }
    found.extend(of_vendors(need));
    if !need.models.is_empty() && need.models.is_subset(&need.exclude_models) {
        found.push(Contradiction::EveryModelIsExcluded);
    }
    if let Part::Slice(profile) = &need.part {
        let most = Counted::of_profile(*profile, None);
        // What is reported is never more than the name says.
        let too_small = need.min_memory_gb.is_some_and(|gb| most.reaches(mib(gb)) == Some(false))
            || need.min_memory_mib.is_some_and(|least| u64::from(least) > mib(profile.memory_gb));
        if too_small {
            let has_gb = profile.memory_gb;
            found.push(Contradiction::SliceIsTooSmall { profile: *profile, has_gb });
        }
    }
    // What is wrong in itself would be said again of every model.
    if found.is_empty() {
        found.extend(of_models(need, model));
    }
    found
}

fn of_vendors(need: &Need) -> Vec<Contradiction> {
    let asked = [
        (OnlyOf::Capability, need.min_capability.is_some() || need.max_capability.is_some()),
        (OnlyOf::Cuda, need.program.is_some() || need.image.is_some()),
        (OnlyOf::Slice, matches!(need.part, Part::Slice(_))),
        (OnlyOf::NvLink, need.nvlink),
        (OnlyOf::Gfx, !need.gfx.is_empty()),
    ];
    let asked = asked.into_iter().filter_map(|(what, is_asked)| is_asked.then_some(what));
    match need.vendor {
        Some(vendor) => asked
            .filter(|what| what.vendor() != vendor)
            .map(|asked| Contradiction::Vendor { vendor, asked })
            .collect(),
        None if need.gfx.is_empty() => Vec::new(),
        None => asked
            .filter(|what| what.vendor() == Vendor::Nvidia)
            .map(Contradiction::BothVendors)
            .collect(),
    }
}

/// Whether each model that will do fails something, as a machine with one GPU of it and nothing else known.
fn of_models(need: &Need, model: &dyn Fn(&str) -> Vec<Gpu>) -> Option<Contradiction> {
    // What concerns the machine rather than a GPU can always be met by another machine.
    let of_one = Need {
        gpus: NonZeroU16::MIN,
        total_memory_gb: None,
        min_driver: None,
        image: None,
        same_model: false,
        nvlink: false,
        os: None,
        arch: None,
        labels: BTreeSet::new(),
        ..need.clone()
    };
    let mut failed = Vec::new();
    for name in need.models.difference(&need.exclude_models) {
        let mut last = None;
        for gpu in model(name) {
            let judgement =
                judge(&of_one, &Machine { gpus: Some(vec![gpu]), ..Machine::default() });
            match judgement.fit() {
                Fit::Yes | Fit::Unknown => return None,
                Fit::No => last = judgement.failed.into_iter().next(),
            }
        }
        // Of a model that nobody knows, nothing can be ruled out.
        failed.push((name.clone(), last?));
    }
    if failed.is_empty() { None } else { Some(Contradiction::Models(failed)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::{gpu, need};

    /// What some models may be, as a catalogue says it: nobody knows how one is divided or shared.
    fn known(model: &str) -> Vec<Gpu> {
        let of = |nominal_gb| Gpu {
            mig: None,
            sharing: None,
            memory: crate::Memory { reported_mib: None, nominal_gb: Some(nominal_gb) },
            ..gpu(model)
        };
        match model {
            "t4" => vec![of(16)],
            "a100" => vec![of(40), of(80)],
            _ => vec![],
        }
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[track_caller]
    fn check(need: &Need, expected: &str) {
        let told = |found: &Contradiction| match found {
            Contradiction::Models(models) => models
                .iter()
                .map(|(model, failure)| format!("{model} fails {:?}", failure.clause))
                .collect::<Vec<_>>()
                .join(", "),
            Contradiction::Capabilities { .. }
            | Contradiction::Vendor { .. }
            | Contradiction::BothVendors(_)
            | Contradiction::EveryModelIsExcluded
            | Contradiction::SliceIsTooSmall { .. } => format!("{found:?}"),
        };
        let found: Vec<_> = contradictions(need, &known).iter().map(told).collect();
        assert_eq!(found.join("; "), expected);
    }

    #[test]
    fn what_some_machine_can_be_is_no_contradiction() {
        check(&need(64), "");
        check(&Need { min_memory_gb: Some(80), models: names(&["a100"]), ..need(8) }, "");
        check(&Need { min_memory_gb: Some(48), models: names(&["t4", "a100"]), ..need(1) }, "");
        let part = Part::Slice("1g.18gb".parse().unwrap());
        check(&Need { part, min_memory_gb: Some(18), ..need(7) }, "");
        check(&Need { total_memory_gb: Some(64), models: names(&["t4"]), ..need(1) }, "");
        let equal = Capability::new(9, 0);
        check(&Need { min_capability: Some(equal), max_capability: Some(equal), ..need(1) }, "");
    }

    #[test]
    fn what_no_machine_can_be_is_told() {
        let (low, high) = (Some(Capability::new(8, 9)), Some(Capability::new(9, 0)));
        check(
            &Need { min_capability: high, max_capability: low, ..need(1) },
            "Capabilities { min: Capability { major: 9, minor: 0 }, max: Capability { major: 8, minor: 9 } }",
        );
        let part = Part::Slice("1g.10gb".parse().unwrap());
        check(
            &Need { vendor: Some(Vendor::Amd), part: part.clone(), nvlink: true, ..need(1) },
            "Vendor { vendor: Amd, asked: Slice }; Vendor { vendor: Amd, asked: NvLink }",
        );
        check(
            &Need { vendor: Some(Vendor::Nvidia), gfx: names(&["gfx942"]), ..need(1) },
            "Vendor { vendor: Nvidia, asked: Gfx }",
        );
        check(
            &Need { gfx: names(&["gfx942"]), min_capability: low, ..need(1) },
            "BothVendors(Capability)",
        );
        check(
            &Need { models: names(&["t4"]), exclude_models: names(&["l4", "t4"]), ..need(1) },
            "EveryModelIsExcluded",
        );
        let small = "SliceIsTooSmall { profile: Profile { slices: 1, memory_gb: 10, engines: Share, \
                     compute: None }, has_gb: 10 }";
        check(&Need { part: part.clone(), min_memory_gb: Some(20), ..need(1) }, small);
        check(&Need { part, min_memory_mib: Some(10241), ..need(1) }, small);
    }

    #[test]
    fn a_program_that_no_model_can_run_is_told() {
        let program = |arch: &str| {
            Some(Program {
                toolkit: Version::new(12, 4, 0),
                archs: vec![arch.parse().unwrap()],
                jit: false,
                compat_package: crate::cuda::CompatPackage::Absent,
            })
        };
        let asked =
            |model, arch| Need { models: names(&[model]), program: program(arch), ..need(1) };
        check(&asked("t4", "90a"), "t4 fails Program");
        check(&asked("t4", "75"), "");
        let amd = Need { vendor: Some(Vendor::Amd), ..asked("t4", "75") };
        check(&amd, "Vendor { vendor: Amd, asked: Cuda }");
    }

    #[test]
    fn a_model_that_is_not_what_is_asked_is_told_if_its_facts_are_known() {
        let asked = |models: &[&str]| Need {
            models: names(models),
            min_capability: Some(Capability::new(9, 0)),
            ..need(1)
        };
        check(&asked(&["t4"]), "t4 fails MinCapability");
        check(&asked(&["t4", "a100"]), "a100 fails MinCapability, t4 fails MinCapability");
        // Nobody knows what it is.
        check(&asked(&["t4", "ghost"]), "");
        let large = Need { min_memory_gb: Some(96), models: names(&["a100"]), ..need(1) };
        check(&large, "a100 fails Memory");
    }
}
