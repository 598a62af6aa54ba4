//! Machines and needs made for tests, from few words or at random.

use std::num::NonZeroU16;

use proptest::prelude::*;

use crate::cuda::{CompatPackage, Program, Requirement};
use crate::{Gpu, Machine, Mig, Need, Part, Sharing, Slice, Vendor, Version};

/// Name, GB on the box, MiB reported, compute capability, profiles of slices with their MiB.
type Model = (&'static str, u32, u32, &'static str, &'static [(&'static str, u32)]);

/// What cards report. What slices do is made up, a little less than their names, but for the H200.
const MODELS: [Model; 6] = [
    ("t4", 16, 15360, "7.5", &[]),
    ("a10g", 24, 23028, "8.6", &[]),
    ("l40s", 48, 46068, "8.9", &[]),
    ("a100", 80, 81920, "8.0", &[("1g.10gb", 9728), ("1g.10gb+me", 9728), ("3g.40gb", 40192)]),
    ("h100", 80, 81559, "9.0", &[("1g.10gb", 9984), ("1g.20gb", 20096), ("3g.40gb", 40448)]),
    ("h200", 141, 143_771, "9.0", &[("1g.18gb", 16384), ("3g.71gb", 71424), ("1c.3g.71gb", 71424)]),
];

/// A whole GPU of a known model, the job's alone, or AMD's `mi300x`.
pub(crate) fn gpu(model: &str) -> Gpu {
    if model == "mi300x" {
        return Gpu {
            vendor: Vendor::Amd,
            capability: None,
            gfx: Some("gfx942".to_owned()),
            memory: crate::Memory { reported_mib: Some(196_592), nominal_gb: Some(192) },
            model: Some(model.to_owned()),
            ..gpu("t4")
        };
    }
    let (_, gb, mib, capability, _) = MODELS.iter().find(|known| known.0 == model).unwrap();
    Gpu {
        vendor: Vendor::Nvidia,
        model: Some(model.to_owned()),
        memory: crate::Memory { reported_mib: Some(*mib), nominal_gb: Some(*gb) },
        capability: Some(capability.parse().unwrap()),
        gfx: None,
        mig: Some(Mig::Whole),
        sharing: Some(Sharing::Exclusive),
        uuid: None,
    }
}

/// The GPU in slices of these profiles.
pub(crate) fn sliced(model: &str, profiles: &[&str]) -> Gpu {
    let (.., known) = MODELS.iter().find(|known| known.0 == model).unwrap();
    let slice = |profile: &&str| Slice {
        profile: (*profile).to_owned(),
        memory_mib: known.iter().find(|slice| slice.0 == *profile).map(|slice| slice.1),
        uuid: None,
    };
    Gpu { mig: Some(Mig::Sliced(profiles.iter().map(slice).collect())), ..gpu(model) }
}

/// A machine with these GPUs of which everything is known.
pub(crate) fn machine(gpus: Vec<Gpu>) -> Machine {
    Machine {
        gpus: Some(gpus),
        has_more: false,
        driver: Some(Version::new(550, 54, 14)),
        driver_branch: None,
        cuda: Some(Version::new(12, 4, 0)),
        rocm: None,
        nvlink: Some(false),
        os: Some("Linux".to_owned()),
        arch: Some("X64".to_owned()),
        labels: ["self-hosted", "linux", "x64"].map(str::to_owned).into(),
    }
}

/// So many whole GPUs.
pub(crate) fn need(gpus: u16) -> Need {
    Need::gpus(NonZeroU16::new(gpus).unwrap())
}

fn gpus() -> impl Strategy<Value = Gpu> {
    let model = prop::sample::select(vec!["t4", "a10g", "l40s", "a100", "h100", "h200", "mi300x"]);
    let slices = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    (model, slices, 0..3_usize, 0..8_usize).prop_map(|(model, slices, is_sliced, sharing)| {
        let known = MODELS.iter().find(|known| known.0 == model).map_or(&[][..], |known| known.4);
        let profiles: Vec<&str> = match known {
            [] => Vec::new(),
            known => slices.iter().map(|slice| slice.get(known).0).collect(),
        };
        let mut made =
            if is_sliced == 0 && !known.is_empty() { sliced(model, &profiles) } else { gpu(model) };
        made.sharing = Some(match sharing {
            0 => Sharing::Shared,
            1 => Sharing::Prohibited,
            _ => Sharing::Exclusive,
        });
        made
    })
}

/// Machines of which everything is known.
pub(crate) fn machines() -> impl Strategy<Value = Machine> {
    let driver = prop::sample::select(vec![470_u32, 535, 550, 575]);
    (prop::collection::vec(gpus(), 0..5), driver, any::<bool>(), any::<bool>()).prop_map(
        |(gpus, driver, nvlink, is_arm)| {
            let arch = Some(if is_arm { "ARM64" } else { "X64" }.to_owned());
            let driver = Some(Version::new(driver, 0, 0));
            Machine { driver, nvlink: Some(nvlink), arch, ..machine(gpus) }
        },
    )
}

/// Needs of every kind.
pub(crate) fn needs() -> impl Strategy<Value = Need> {
    fn maybe<T: Clone + std::fmt::Debug + 'static>(of: Vec<T>) -> impl Strategy<Value = Option<T>> {
        prop::option::weighted(0.25, prop::sample::select(of))
    }
    let models = || maybe(vec!["t4", "l40s", "a100", "h100", "mi300x", "ghost"]);
    let profiles = vec!["1g.10gb", "1g.10gb+me", "3g.40gb", "1c.3g.71gb", "2g.20gb"];
    let part = prop_oneof![
        3 => Just(Part::Whole),
        2 => Just(Part::WholeOrSlice),
        2 => prop::sample::select(profiles).prop_map(|text| Part::Slice(text.parse().unwrap())),
    ];
    let capabilities = vec!["7.5", "8.0", "8.9", "9.0"];
    let memory = (
        maybe(vec![0, 10, 16, 17, 18, 24, 40, 48, 50, 80, 86, 141, 150]),
        maybe(vec![9728, 15000, 16384, 46068, 46069, 81559]),
        maybe(vec![10, 36, 48, 80, 96, 160, 200, 282]),
    );
    let kind = (
        models(),
        models(),
        maybe(vec![Vendor::Nvidia, Vendor::Amd]),
        maybe(vec!["gfx942", "gfx90a"]),
        (maybe(capabilities.clone()), maybe(capabilities)),
    );
    let rest = (maybe(vec![535_u32, 551]), any::<bool>(), 0..8_usize, maybe(vec!["x64", "arm64"]));
    (1..4_u16, memory, kind, part, rest).prop_map(|(gpus, memory, kind, part, rest)| {
        let (model, exclude, vendor, gfx, (min, max)) = kind;
        let (driver, same_model, nvlink, arch) = rest;
        let names = |name: Option<&str>| name.map(str::to_owned).into_iter().collect();
        Need {
            models: names(model),
            exclude_models: names(exclude),
            vendor,
            gfx: names(gfx),
            min_memory_gb: memory.0,
            min_memory_mib: memory.1,
            total_memory_gb: memory.2,
            min_capability: min.map(|text| text.parse().unwrap()),
            max_capability: max.map(|text| text.parse().unwrap()),
            min_driver: driver.map(|major| Version::new(major, 0, 0)),
            part,
            same_model,
            nvlink: nvlink == 0,
            arch: arch.map(str::to_owned),
            ..need(gpus)
        }
    })
}

/// CUDA programs, and the images that they are in.
pub(crate) fn programs() -> impl Strategy<Value = (Option<Program>, Option<Requirement>)> {
    let archs = vec!["75", "80", "89", "90a", "compute_80", "compute_90"];
    let program = (
        prop::sample::select(vec!["11.8", "12.4", "12.8", "13.0"]),
        prop::sample::subsequence(archs, 0..4),
        any::<bool>(),
        prop::sample::select(vec![CompatPackage::Absent, CompatPackage::WhenNeeded]),
    );
    let program = program.prop_map(|(toolkit, archs, jit, compat_package)| Program {
        toolkit: toolkit.parse().unwrap(),
        archs: archs.iter().map(|arch| arch.parse().unwrap()).collect(),
        jit,
        compat_package,
    });
    let images = vec!["cuda>=12.4", "cuda>=12.9 brand=tesla,driver>=550,driver<551", "arch>=8.0"];
    let image = prop::sample::select(images).prop_map(|text| text.parse().unwrap());
    (prop::option::of(program), prop::option::of(image))
}

/// The machine, with those facts forgotten for whose turn the list says so.
pub(crate) fn forget(machine: &Machine, turns: &[bool]) -> Machine {
    fn drop<T>(fact: &mut Option<T>, turns: &mut impl Iterator<Item = bool>) {
        if turns.next().unwrap_or(false) {
            *fact = None;
        }
    }
    let mut machine = machine.clone();
    let turns = &mut turns.iter().copied();
    drop(&mut machine.driver, turns);
    drop(&mut machine.nvlink, turns);
    drop(&mut machine.arch, turns);
    for gpu in machine.gpus.iter_mut().flatten() {
        drop(&mut gpu.model, turns);
        drop(&mut gpu.capability, turns);
        drop(&mut gpu.gfx, turns);
        drop(&mut gpu.sharing, turns);
        drop(&mut gpu.memory.reported_mib, turns);
        drop(&mut gpu.memory.nominal_gb, turns);
        if let Some(Mig::Sliced(slices)) = &mut gpu.mig {
            for slice in slices {
                drop(&mut slice.memory_mib, turns);
            }
        }
        drop(&mut gpu.mig, turns);
    }
    // Not often: then nothing is known that could be told wrongly.
    if turns.take(3).filter(|turn| *turn).count() == 3 {
        machine.gpus = None;
    }
    machine
}
