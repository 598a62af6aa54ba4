//! What one table asks of a machine, key by key, before it is known what it stands in for.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use diagnostics::Problem;
use diagnostics::config::Table;

use super::values::{self, VENDORS};
use crate::catalogue::Profile;
use crate::cuda::{Arch, CompatPackage, Program, Requirement};
use crate::{Capability, Need, Part, Vendor, Version};

/// More GPUs than any machine has.
const MOST_GPUS: u64 = 1024;

/// The words for the package `cuda-compat`.
pub(super) const PACKAGES: [(&str, CompatPackage); 3] = [
    ("absent", CompatPackage::Absent),
    ("when-needed", CompatPackage::WhenNeeded),
    ("always", CompatPackage::Always),
];

/// The keys of a table that ask something, each if it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) gpus: Option<NonZeroU16>,
    pub(super) vendor: Option<Vendor>,
    pub(super) models: Option<BTreeSet<String>>,
    pub(super) exclude_models: Option<BTreeSet<String>>,
    pub(super) min_memory_gb: Option<u32>,
    pub(super) min_memory_mib: Option<u32>,
    pub(super) total_memory_gb: Option<u32>,
    pub(super) min_capability: Option<Capability>,
    pub(super) max_capability: Option<Capability>,
    pub(super) gfx: Option<BTreeSet<String>>,
    pub(super) min_driver: Option<Version>,
    pub(super) toolkit: Option<Version>,
    pub(super) archs: Option<Vec<Arch>>,
    pub(super) jit: Option<bool>,
    pub(super) compat_package: Option<CompatPackage>,
    pub(super) image: Option<Requirement>,
    pub(super) part: Option<Part>,
    pub(super) same_model: Option<bool>,
    pub(super) nvlink: Option<bool>,
    pub(super) os: Option<String>,
    pub(super) arch: Option<String>,
    pub(super) labels: Option<BTreeSet<String>>,
    /// Whether a toolkit is named, even one that cannot be read.
    pub(super) has_toolkit: bool,
}

impl Asked {
    /// Reads the keys of a table that ask something.
    pub(super) fn read(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Self {
        let image = table.string("image-require").and_then(|word| {
            let read = word.text.parse::<Requirement>();
            if let Err(error) = &read {
                table.wrong(
                    &word,
                    diagnostics::text![
                        "expected the text of NVIDIA_REQUIRE_CUDA; ",
                        diagnostics::Piece::said(error)
                    ],
                    "`docker image inspect` shows it among the variables of an image",
                );
            }
            read.ok()
        });
        let gfx = table.strings("gfx").map(|words| {
            words.iter().filter_map(|word| values::gfx(table, word)).collect::<BTreeSet<_>>()
        });
        Self {
            gpus: values::count(table, "gpus", 1, MOST_GPUS).and_then(NonZeroU16::new),
            vendor: table.choice("vendor", &VENDORS),
            models: models(table, remarks),
            exclude_models: values::models(table, "exclude-models", remarks),
            min_memory_gb: values::gigabytes(table, "min-memory"),
            min_memory_mib: values::mebibytes(table, "min-memory-mib"),
            total_memory_gb: values::gigabytes(table, "total-memory"),
            min_capability: values::capability(table, "min-cc"),
            max_capability: values::capability(table, "max-cc"),
            gfx,
            min_driver: values::version(table, "min-driver"),
            has_toolkit: table.has("cuda"),
            toolkit: values::toolkit(table, "cuda", remarks),
            archs: values::archs(table, "cuda-archs"),
            jit: table.flag("jit"),
            compat_package: table.choice("compat-package", &PACKAGES),
            image,
            part: part(table),
            same_model: table.flag("same-model"),
            nvlink: table.flag("nvlink"),
            os: values::os(table),
            arch: values::arch(table),
            labels: values::labels(table, "labels"),
        }
    }

    /// What this asks, and of what it does not speak, what the other asks.
    pub(super) fn over(self, other: &Self) -> Self {
        Self {
            gpus: self.gpus.or(other.gpus),
            vendor: self.vendor.or(other.vendor),
            models: self.models.or_else(|| other.models.clone()),
            exclude_models: self.exclude_models.or_else(|| other.exclude_models.clone()),
            min_memory_gb: self.min_memory_gb.or(other.min_memory_gb),
            min_memory_mib: self.min_memory_mib.or(other.min_memory_mib),
            total_memory_gb: self.total_memory_gb.or(other.total_memory_gb),
            min_capability: self.min_capability.or(other.min_capability),
            max_capability: self.max_capability.or(other.max_capability),
            gfx: self.gfx.or_else(|| other.gfx.clone()),
            min_driver: self.min_driver.or(other.min_driver),
            has_toolkit: self.has_toolkit || other.has_toolkit,
            toolkit: self.toolkit.or(other.toolkit),
            archs: self.archs.or_else(|| other.archs.clone()),
            jit: self.jit.or(other.jit),
            compat_package: self.compat_package.or(other.compat_package),
            image: self.image.or_else(|| other.image.clone()),
            part: self.part.or_else(|| other.part.clone()),
            same_model: self.same_model.or(other.same_model),
            nvlink: self.nvlink.or(other.nvlink),
            os: self.os.or_else(|| other.os.clone()),
            arch: self.arch.or_else(|| other.arch.clone()),
            labels: self.labels.or_else(|| other.labels.clone()),
        }
    }

    /// Whether something is said of a program of which the toolkit is not named.
    pub(super) fn lacks_toolkit(&self) -> bool {
        let speaks_of_program = self.archs.is_some()
            || self.jit == Some(true)
            || self.compat_package.is_some_and(|package| package != CompatPackage::Absent);
        speaks_of_program && !self.has_toolkit
    }

    /// What is asked in all.
    pub(super) fn need(&self) -> Need {
        let this = self.clone();
        let program = self.toolkit.map(|toolkit| Program {
            toolkit,
            archs: this.archs.unwrap_or_default(),
            jit: self.jit.unwrap_or_default(),
            compat_package: self.compat_package.unwrap_or_default(),
        });
        Need {
            gpus: self.gpus.unwrap_or(NonZeroU16::MIN),
            vendor: self.vendor,
            models: this.models.unwrap_or_default(),
            exclude_models: this.exclude_models.unwrap_or_default(),
            min_memory_gb: self.min_memory_gb,
            min_memory_mib: self.min_memory_mib,
            total_memory_gb: self.total_memory_gb,
            min_capability: self.min_capability,
            max_capability: self.max_capability,
            gfx: this.gfx.unwrap_or_default(),
            min_driver: self.min_driver,
            program,
            image: this.image,
            part: this.part.unwrap_or(Part::Whole),
            same_model: self.same_model.unwrap_or_default(),
            nvlink: self.nvlink.unwrap_or_default(),
            os: this.os,
            arch: this.arch,
            labels: this.labels.unwrap_or_default(),
        }
    }
}

/// `model` or `models`: one name or several, in either.
fn models(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Option<BTreeSet<String>> {
    let one = values::models(table, "model", remarks);
    let several = values::models(table, "models", remarks);
    if table.has("model") && table.has("models") {
        table.wrong_value(
            "models",
            "`model` stands in the same table",
            "write all models that will do into one of the two",
        );
    }
    one.or(several)
}

/// `mig` or `allow-mig`.
fn part(table: &mut Table<'_, '_>) -> Option<Part> {
    let slice: Option<Profile> = table.string("mig").and_then(|word| values::profile(table, &word));
    let may_be_slice = table.flag("allow-mig");
    if table.has("mig") && may_be_slice == Some(false) {
        table.wrong_value(
            "allow-mig",
            "`mig` in the same table asks for a slice",
            "remove one of the two",
        );
    }
    match (slice, may_be_slice) {
        (Some(profile), _) => Some(Part::Slice(profile)),
        (None, Some(true)) => Some(Part::WholeOrSlice),
        (None, Some(false)) => Some(Part::Whole),
        (None, None) => None,
    }
}
