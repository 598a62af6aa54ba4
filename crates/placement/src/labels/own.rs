//! Labels that a machine's own facts give it.
//!
//! A label can say that something is so, and not that it is enough, which is what jobs ask for. So each
//! measure has labels that add up: a GPU of 24 GB has `vram-ge-16gb` and `vram-ge-24gb`. They are true of
//! every GPU of the machine, so that several of them are true of the same one. What is not known gives
//! no label, and neither does what others use too.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::catalogue::Profile;
use crate::memory::{Counted, mib};
use crate::{Capability, Gpu, Machine, Mig, Sharing, Vendor, Version, cuda};

/// GitHub's limit for the labels of a runner that are not its own (`maxItems` of its API's schema).
const MOST: usize = 100;

/// GB of the cards that there are.
const MEMORY: [u32; 22] =
    [4, 6, 8, 10, 11, 12, 16, 20, 24, 32, 40, 48, 64, 80, 94, 96, 128, 141, 180, 192, 256, 288];

/// How many GPUs machines have.
const COUNTS: [usize; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16];

/// What measures are compared with, as far as CUDA's toolkits decide it.
struct Thresholds {
    capabilities: BTreeSet<Capability>,
    branches: BTreeSet<u32>,
    cuda: Vec<Version>,
}

static THRESHOLDS: LazyLock<Thresholds> = LazyLock::new(|| {
    let known = cuda::known();
    Thresholds {
        capabilities: known.usual_capabilities(),
        branches: known.driver_branches(),
        cuda: known.all().filter(|it| it.is_step()).map(|it| it.version).collect(),
    }
});

/// The labels that a machine should be registered with: at most 100, of `a-z`, `0-9`, `.`, `_` and `-`.
/// None for a machine of whose GPUs nothing is known, or none can be used.
pub fn own_labels(machine: &Machine) -> BTreeSet<String> {
    let gpus: Vec<&Gpu> = machine.gpus.iter().flatten().collect();
    let can_be_used = |gpu: &&Gpu| gpu.sharing != Some(Sharing::Prohibited);
    let mut labels = BTreeSet::new();
    if gpus.is_empty() || !gpus.iter().all(can_be_used) {
        return labels;
    }
    labels.insert("gpu".to_owned());
    if machine.has_more {
        // Of the others nothing is known.
        return labels;
    }
    of_kind(&gpus, &mut labels);
    of_software(machine, &gpus, &mut labels);
    if machine.nvlink == Some(true) {
        labels.insert("nvlink".to_owned());
    }
    if gpus.iter().all(|gpu| gpu.sharing == Some(Sharing::Exclusive)) {
        of_parts(&gpus, &mut labels);
    }
    labels
}

/// What is said of all of them, if it is the same.
fn same<T: PartialEq>(gpus: &[&Gpu], of: impl Fn(&Gpu) -> Option<T>) -> Option<T> {
    let mut all = gpus.iter().map(|gpu| of(gpu));
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// The least of what is known of all of them.
fn least<T: Ord>(gpus: &[&Gpu], of: impl Fn(&Gpu) -> Option<T>) -> Option<T> {
    gpus.iter().map(|gpu| of(gpu)).collect::<Option<Vec<T>>>()?.into_iter().min()
}

fn of_kind(gpus: &[&Gpu], labels: &mut BTreeSet<String>) {
    let vendor = same(gpus, |gpu| Some(gpu.vendor));
    labels.extend(vendor.map(|vendor| {
        match vendor {
            Vendor::Nvidia => "nvidia",
            Vendor::Amd => "amd",
        }
        .to_owned()
    }));
    labels.extend(same(gpus, |gpu| gpu.model.clone()).and_then(|model| name(&model)));
    // Of GPUs of both makers, one measure says nothing.
    if vendor == Some(Vendor::Amd) {
        let gfx = same(gpus, |gpu| gpu.gfx.clone());
        labels.extend(gfx.filter(|gfx| is_gfx(gfx)));
    }
    if vendor == Some(Vendor::Nvidia) {
        let sm = |it: Capability| format!("{}{}", it.major, it.minor);
        let exact = same(gpus, |gpu| gpu.capability).filter(|exact| exact.minor < 10);
        labels.extend(exact.map(|exact| format!("sm-{}", sm(exact))));
        if let Some(oldest) = least(gpus, |gpu| gpu.capability) {
            let met = THRESHOLDS.capabilities.iter().filter(|step| **step <= oldest);
            labels.extend(met.map(|step| format!("sm-ge-{}", sm(*step))));
        }
    }
}

/// Whether a name is one of AMD's architectures.
fn is_gfx(name: &str) -> bool {
    name.strip_prefix("gfx").is_some_and(|number| {
        (1..=8).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

/// A model as a label, unless that would say something else. Names come from firmware and drivers.
fn name(model: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let label = model.to_ascii_lowercase();
    let others = ["gpu", "no-gpu", "nvidia", "amd", "nvlink", "self-hosted", "linux", "x64", "x86"];
    let prefixes = [
        "vram-", "sm-", "driver-", "cuda-", "rocm-", "gpus-", "mig-", "gfx", "arm", "ubuntu",
        "windows", "macos",
    ];
    let says_itself = (1..=64).contains(&label.len())
        && label.bytes().all(is_plain)
        && !others.contains(&label.as_str())
        && !prefixes.iter().any(|prefix| label.starts_with(prefix));
    says_itself.then_some(label)
}

fn of_software(machine: &Machine, gpus: &[&Gpu], labels: &mut BTreeSet<String>) {
    match same(gpus, |gpu| Some(gpu.vendor)) {
        Some(Vendor::Nvidia) => {
            if let Some(driver) = machine.driver {
                labels.insert(format!("driver-{}", driver.major()));
                let met = THRESHOLDS.branches.iter().filter(|branch| **branch <= driver.major());
                labels.extend(met.map(|branch| format!("driver-ge-{branch}")));
            }
            if let Some(cuda) = machine.cuda {
                labels.insert(format!("cuda-{}.{}", cuda.major(), cuda.minor()));
                let met = THRESHOLDS.cuda.iter().filter(|step| **step <= cuda);
                labels.extend(met.map(|step| match step.minor() {
                    0 => format!("cuda-ge-{}", step.major()),
                    minor => format!("cuda-ge-{}.{minor}", step.major()),
                }));
            }
        }
        Some(Vendor::Amd) => {
            labels
                .extend(machine.rocm.map(|rocm| format!("rocm-{}.{}", rocm.major(), rocm.minor())));
        }
        None => {}
    }
}

/// What a job gets: whole GPUs or slices.
fn of_parts(gpus: &[&Gpu], labels: &mut BTreeSet<String>) {
    if gpus.iter().all(|gpu| gpu.mig == Some(Mig::Whole)) {
        labels.insert(format!("gpus-{}", gpus.len()));
        let enough = COUNTS.iter().filter(|count| **count <= gpus.len());
        labels.extend(enough.map(|count| format!("gpus-ge-{count}")));
        let exact = same(gpus, |gpu| gpu.memory.nominal_gb);
        labels.extend(exact.map(|gigabytes| format!("vram-{gigabytes}gb")));
        let sure = gpus.iter().map(|gpu| Counted::of(gpu.memory).sure).min().unwrap_or(0);
        let enough = MEMORY.iter().filter(|gigabytes| mib(**gigabytes) <= sure);
        labels.extend(enough.map(|gigabytes| format!("vram-ge-{gigabytes}gb")));
    }
    let slices = gpus.iter().filter_map(|gpu| match &gpu.mig {
        Some(Mig::Sliced(slices)) => Some(slices),
        Some(Mig::Whole) | None => None,
    });
    let profiles: BTreeSet<Profile> =
        slices.flatten().filter_map(|slice| slice.profile.parse().ok()).collect();
    // What a profile has besides stands behind a plus, which labels do not have.
    let profiles = profiles.iter().map(|profile| format!("mig-{profile}").replace('+', "."));
    labels.extend(profiles.take(MOST.saturating_sub(labels.len())));
}
