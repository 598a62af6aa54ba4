//! One program and one GPU, from the inputs of `check`.

use diagnostics::{Foreign, Piece, Problem, text};
use placement::catalogue::{Unidentified, known};
use placement::cuda::{CompatPackage, Program};
use placement::{Fit, Gpu, Judgement, Machine, Memory, Mig, Need, Sharing, Vendor, judge};
use runner_protocol::{Answer, Failure};

use crate::args::{CheckArgs, Package, SystemName};

/// A program and a machine, and whether the one runs on the other.
pub(crate) struct Checked {
    pub(crate) need: Need,
    pub(crate) machine: Machine,
    pub(crate) judgement: Judgement,
}

impl Checked {
    /// Whether it runs there.
    pub(crate) fn answer(&self) -> Answer {
        match self.judgement.fit() {
            Fit::Yes => Answer::Yes,
            Fit::No => Answer::No,
            Fit::Unknown => Answer::Unanswered,
        }
    }
}

/// Looks at the inputs of `check`.
pub(crate) fn checked(args: &CheckArgs) -> Result<Checked, Failure> {
    if args.cuda.is_none() && args.image_require.is_none() {
        return Err(Failure::no_answer(Problem::error("there is no program to check").help(
            "say `--cuda` (input `cuda`), `--image-require` (input `image-require`), or both",
        )));
    }
    let program = args.cuda.map(|toolkit| Program {
        toolkit,
        archs: args.cuda_archs.clone(),
        jit: args.jit,
        compat_package: match args.compat_package {
            Package::Absent => CompatPackage::Absent,
            Package::WhenNeeded => CompatPackage::WhenNeeded,
            Package::Always => CompatPackage::Always,
        },
    });
    let image = args.image_require.clone();
    let need = Need { program, image, ..Need::gpus(std::num::NonZeroU16::MIN) };
    let machine = Machine {
        gpus: Some(vec![gpu(args)?]),
        driver: args.driver,
        os: Some(
            match args.system {
                SystemName::Linux => "Linux",
                SystemName::Windows => "Windows",
            }
            .to_owned(),
        ),
        ..Machine::default()
    };
    let judgement = judge(&need, &machine);
    Ok(Checked { need, machine, judgement })
}

/// A GPU that is the program's alone, as the inputs describe it.
fn gpu(args: &CheckArgs) -> Result<Gpu, Failure> {
    let found = args.gpu.as_deref().map(|name| (name, known().identify(name)));
    let model = match found {
        None => None,
        Some((_, Ok(found))) => Some(found),
        // What else is known of it may be enough.
        Some((_, Err(Unidentified::NotListed))) if args.compute_capability.is_some() => None,
        Some((name, Err(why))) => {
            let message =
                text!["the GPU ", Foreign::from(name), " is not known: ", Piece::said(&why)];
            return Err(Failure::no_answer(Problem::error(message).help(
                "name it as `nvidia-smi -L` does, or say `--compute-capability` (input `compute-capability`) of a model that is not listed",
            )));
        }
    };
    let of_model = model.as_ref().and_then(|found| found.model.capability);
    if let (Some(of_model), Some(said)) = (of_model, args.compute_capability)
        && of_model != said
    {
        let message = text![
            "the GPU has compute capability ",
            Foreign::from(of_model.to_string().as_str()),
            ", not ",
            Foreign::from(said.to_string().as_str())
        ];
        return Err(Failure::no_answer(
            Problem::error(message).help("leave `--compute-capability` out, or name another GPU"),
        ));
    }
    Ok(Gpu {
        vendor: model.as_ref().map_or(Vendor::Nvidia, |found| found.model.vendor),
        model: model.as_ref().map(|found| found.model.name.clone()),
        memory: Memory {
            reported_mib: None,
            nominal_gb: model.as_ref().and_then(|found| found.memory_gb),
        },
        capability: of_model.or(args.compute_capability),
        gfx: model.as_ref().and_then(|found| found.model.gfx.clone()),
        mig: Some(Mig::Whole),
        sharing: Some(Sharing::Exclusive),
        uuid: None,
    })
}
