//! What a table says of a machine: the facts of a fleet, and what a probe prints.
//!
//! What is left out is not known, but how many GPUs there are of a model: at least one.

use std::num::NonZeroU16;

use diagnostics::config::{Item, Table};
use diagnostics::{Problem, text};

use super::values::{self, Named, VENDORS, code, codes};
use crate::catalogue::{self, Model};
use crate::{Capability, Gpu, Machine, Memory, Mig, Sharing, Slice, Vendor, Version};

/// The words for whether others may use a GPU.
pub(super) const SHARING: [(&str, Sharing); 3] = [
    ("exclusive", Sharing::Exclusive),
    ("shared", Sharing::Shared),
    ("prohibited", Sharing::Prohibited),
];

/// The keys that speak of a GPU.
const OF_GPU: [&str; 9] =
    ["cc", "gfx", "memory", "memory-mib", "mig", "model", "sharing", "uuid", "vendor"];

/// More GPUs than any machine has: thousands of machines with more would be made of few lines.
const MOST_GPUS: u16 = 32;

/// More slices than a GPU can be divided into: seven, each with seven compute instances.
const MOST_SLICES: usize = 49;

/// Reads the keys of a table that say something of a machine.
pub(super) fn machine(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Machine {
    let driver = values::version(table, "driver");
    let cuda = values::version(table, "cuda");
    let rocm = values::version(table, "rocm");
    let maker = maker_of_software(driver, cuda, rocm);
    let says_gpu = OF_GPU.into_iter().find(|key| table.has(key));
    let alike = GpuKeys::read(table, remarks);
    let count: Option<u16> = values::count(table, "gpus", 0, MOST_GPUS.into());
    let mut inner = table.tables("gpu");
    let (gpus, has_more) = if inner.is_empty() {
        match (count, says_gpu) {
            (Some(0), Some(key)) => {
                let label = text!["`gpus = 0` stands in the same table"];
                table.wrong_value(key, label, "remove one of the two");
                (None, false)
            }
            (Some(0), None) => (Some(Vec::new()), false),
            (None, None) => (None, false),
            (count, _) => {
                let gpu = alike.gpu(maker);
                if gpu.is_none() && !table.has("vendor") && !table.has("model") {
                    table.wrong_table(
                        "nobody says who makes the GPU",
                        "expected `model` or `vendor`",
                        "write one of them, such as vendor = \"nvidia\"",
                    );
                }
                let is_written = table.has("gpus");
                let count = count.and_then(NonZeroU16::new).unwrap_or(NonZeroU16::MIN).get();
                (gpu.map(|gpu| vec![gpu; usize::from(count)]), !is_written)
            }
        }
    } else {
        for key in says_gpu.into_iter().chain(table.has("gpus").then_some("gpus")) {
            let label = "the table lists its GPUs one by one, in `gpu`";
            table.wrong_value(key, label, "write it into the tables of the GPUs");
        }
        let mut gpus = Some(Vec::new());
        for table in &mut inner {
            let keys = GpuKeys::read(table, remarks);
            let count: Option<u16> = values::count(table, "count", 1, MOST_GPUS.into());
            let gpu = keys.gpu(maker);
            if gpu.is_none() && !table.has("vendor") && !table.has("model") {
                table.wrong_table(
                    "nobody says who makes the GPU",
                    "expected `model` or `vendor`",
                    "write one of them, such as vendor = \"nvidia\"",
                );
            }
            let Some(gpu) = gpu else {
                gpus = None;
                continue;
            };
            if let Some(gpus) = &mut gpus {
                let free = usize::from(MOST_GPUS) + 1 - gpus.len().min(MOST_GPUS.into());
                gpus.extend(vec![gpu; free.min(count.unwrap_or(1).into())]);
            }
        }
        if gpus.as_ref().is_some_and(|gpus| gpus.len() > usize::from(MOST_GPUS)) {
            let label = text!["expected up to ", MOST_GPUS, " GPUs in one machine"];
            table.wrong_value("gpu", label, "write a table for each machine");
        }
        (gpus, false)
    };
    Machine {
        gpus,
        has_more,
        driver,
        cuda,
        rocm,
        nvlink: table.flag("nvlink"),
        os: values::os(table),
        arch: values::arch(table),
        ..Machine::default()
    }
}

/// Who makes the GPUs that this software is for.
fn maker_of_software(
    driver: Option<Version>,
    cuda: Option<Version>,
    rocm: Option<Version>,
) -> Option<Vendor> {
    match (driver.is_some() || cuda.is_some(), rocm.is_some()) {
        (true, false) => Some(Vendor::Nvidia),
        (false, true) => Some(Vendor::Amd),
        (true, true) | (false, false) => None,
    }
}

/// The keys that speak of a GPU, each if it is written.
#[derive(Default)]
struct GpuKeys {
    vendor: Option<Vendor>,
    model: Option<Named>,
    memory_gb: Option<u32>,
    memory_mib: Option<u32>,
    capability: Option<Capability>,
    gfx: Option<String>,
    mig: Option<Mig>,
    sharing: Option<Sharing>,
    uuid: Option<String>,
}

impl GpuKeys {
    fn read(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Self {
        let model = table.string("model").and_then(|word| values::model(table, &word, remarks));
        let gfx = table.string("gfx").and_then(|word| values::gfx(table, &word));
        let uuid = table.string("uuid").and_then(|word| values::line(table, word));
        let keys = Self {
            vendor: table.choice("vendor", &VENDORS),
            memory_gb: values::gigabytes(table, "memory"),
            memory_mib: values::mebibytes(table, "memory-mib"),
            capability: values::capability(table, "cc"),
            gfx,
            mig: mig(table),
            sharing: table.choice("sharing", &SHARING),
            uuid: uuid.map(|word| word.text),
            model,
        };
        if let Some(model) = keys.known() {
            keys.check(model, table);
        }
        keys
    }

    fn known(&self) -> Option<&'static Model> {
        self.model.as_ref().and_then(|named| catalogue::known().model(&named.model))
    }

    /// What is written is held against what is known of the model.
    fn check(&self, model: &Model, table: &Table<'_, '_>) {
        let of_model = code(&model.name);
        let help = "correct one of the two";
        if self.vendor.is_some_and(|vendor| vendor != model.vendor) {
            let label = text!["the other makes ", of_model.clone()];
            table.wrong_value("vendor", label, help);
        }
        if let (Some(_), other) = (self.capability, model.capability)
            && self.capability != other
        {
            let label = if let Some(other) = other {
                text![of_model.clone(), " has ", code(other)]
            } else {
                text![of_model.clone(), " has none, because it is AMD's"]
            };
            table.wrong_value("cc", label, help);
        }
        if self.gfx.is_some() && self.gfx != model.gfx {
            let label = if let Some(gfx) = &model.gfx {
                text![of_model.clone(), " is ", code(gfx)]
            } else {
                text![of_model.clone(), " has none, because it is NVIDIA's"]
            };
            table.wrong_value("gfx", label, help);
        }
        let is_sold = |gb: u32| model.memory_gb.is_empty() || model.memory_gb.contains(&gb);
        if self.memory_gb.is_some_and(|gb| !is_sold(gb)) {
            let sizes = codes(model.memory_gb.iter().map(|gb| format!("{gb}GB")));
            let mut label = text![of_model.clone(), " is sold with "];
            label.append(sizes);
            table.wrong_value("memory", label, help);
        }
        if let (Some(written), Some(named)) =
            (self.memory_gb, self.model.as_ref().and_then(|named| named.memory_gb))
            && written != named
        {
            let label = text!["the name of the model says ", code(format!("{named}GB"))];
            table.wrong_value("memory", label, help);
        }
        if matches!(self.mig, Some(Mig::Sliced(_))) && !model.has_mig() {
            let label = text![of_model, " cannot be divided"];
            table.wrong_value("mig", label, "remove `mig`, or correct `model`");
        }
    }

    /// The GPU; nothing if nobody says who makes it.
    fn gpu(self, maker: Option<Vendor>) -> Option<Gpu> {
        let model = self.known();
        let is_nvidia = self.capability.is_some() || matches!(self.mig, Some(Mig::Sliced(_)));
        let by_keys = match (is_nvidia, self.gfx.is_some()) {
            (true, false) => Some(Vendor::Nvidia),
            (false, true) => Some(Vendor::Amd),
            (true, true) | (false, false) => None,
        };
        let vendor = self.vendor.or(model.map(|model| model.vendor)).or(by_keys).or(maker)?;
        let by_name = self.model.as_ref().and_then(|named| named.memory_gb);
        Some(Gpu {
            vendor,
            model: self.model.map(|named| named.model),
            memory: Memory {
                reported_mib: self.memory_mib,
                nominal_gb: self.memory_gb.or(by_name),
            },
            capability: self.capability,
            gfx: self.gfx,
            mig: self.mig,
            sharing: self.sharing,
            uuid: self.uuid,
        })
    }
}

/// The slices of a GPU: names of profiles, or tables of what a probe knows of each. None, or `false`, is a GPU
/// that is not divided.
fn mig(table: &mut Table<'_, '_>) -> Option<Mig> {
    if table.has_flag("mig") {
        if table.flag("mig") == Some(false) {
            return Some(Mig::Whole);
        }
        let label = "expected a list of MIG profiles, or `false` for a GPU that is not divided";
        table.wrong_value("mig", label, "write the slices that `nvidia-smi -L` shows");
        return None;
    }
    if !table.has("mig") {
        return None;
    }
    let items = table.items("mig", "a list of MIG profiles");
    let mut slices = Vec::new();
    let count = items.len();
    for item in items {
        let slice = match item {
            Item::Word(word) => {
                let profile = values::profile(table, &word);
                profile.map(|profile| (profile, None, None))
            }
            Item::Table(mut table) => {
                let profile = table.string("profile");
                let profile = table.required("profile", profile);
                let profile = profile.and_then(|word| values::profile(&table, &word));
                let memory_mib = values::mebibytes(&mut table, "memory-mib");
                let uuid = table.string("uuid").and_then(|word| values::line(&table, word));
                profile.map(|profile| (profile, memory_mib, uuid.map(|word| word.text)))
            }
        };
        slices.extend(slice.map(|(profile, memory_mib, uuid)| Slice {
            profile: profile.to_string(),
            memory_mib,
            uuid,
        }));
    }
    if count > MOST_SLICES {
        let label = text!["expected up to ", MOST_SLICES, " slices, found ", count];
        table.wrong_value("mig", label, "write those of one GPU");
        return None;
    }
    match (count, slices.len()) {
        (0, _) => Some(Mig::Whole),
        // All of them are wrong.
        (_, 0) => None,
        _ => Some(Mig::Sliced(slices)),
    }
}
