//! What is known of models of GPUs, read from `data/gpus.toml`, and which of them a device's name means.
//!
//! A name is compared by whole words and in full: `L40S` is never an `L40`, `RTX 4000`, `RTX A4000` and
//! `RTX 4000 Ada` are three models, and a word that nobody explained makes the name unknown.

mod mig;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

pub use mig::{Engines, NotAProfile, Profile, slice_gb};
pub use names::{Identified, Unidentified, plain_name};

use crate::Mig::Whole;
use crate::{Capability, Gpu, Memory, Vendor};

/// For whom a GPU is made, which decides how its driver may be newer or older than CUDA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// Servers: Tesla, A100, L40S, Instinct.
    DataCentre,
    /// Workstations: Quadro, RTX A6000, RTX PRO.
    Workstation,
    /// Everybody: `GeForce`, TITAN, Radeon.
    Consumer,
    /// Boards with everything on one chip: Jetson.
    Embedded,
}

/// One model of GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its normalised name, such as `l40s` or `rtx-4000-ada`.
    pub name: String,
    /// Who makes it.
    pub vendor: Vendor,
    /// Its generation, such as `Hopper` or `CDNA3`.
    pub family: String,
    /// For whom it is made.
    pub line: Line,
    /// Its compute capability, if it is NVIDIA's.
    pub capability: Option<Capability>,
    /// Its architecture, such as `gfx942`, if it is AMD's.
    pub gfx: Option<String>,
    /// The sizes in GB that it is sold with, in rising order; empty if nobody wrote them down.
    pub memory_gb: Vec<u32>,
    /// How many instances of each MIG profile it holds, by its size in GB.
    instances: BTreeMap<u32, BTreeMap<Profile, u32>>,
}

impl Model {
    /// The size that is written on the box of one that reports this much memory: the nearest of those it is
    /// sold with, if the report is at most a tenth below it (error correction takes 6.3 % of GDDR6, and
    /// drivers a little more) or a twentieth above.
    pub fn nominal_gb(&self, reported_mib: u32) -> Option<u32> {
        let reported = u64::from(reported_mib);
        let fits = |gb: &&u32| {
            let size = u64::from(**gb) * 1024;
            reported * 10 >= size * 9 && reported * 20 <= size * 21
        };
        let distance = |gb: &&u32| (u64::from(**gb) * 1024).abs_diff(reported);
        self.memory_gb.iter().filter(fits).min_by_key(distance).copied()
    }

    /// The brands that its driver may give it, as `NVIDIA_REQUIRE_CUDA` compares them. Which one depends on
    /// the driver, and nobody wrote it down; none if it is not NVIDIA's.
    pub fn brands(&self) -> &'static [&'static str] {
        match (self.vendor, self.line) {
            (Vendor::Amd, _) => &[],
            (Vendor::Nvidia, Line::DataCentre) => &["nvidia", "tesla"],
            (Vendor::Nvidia, Line::Workstation) => &["nvidia", "nvidiartx", "quadro", "quadrortx"],
            (Vendor::Nvidia, Line::Consumer) if self.name.contains("titan") => {
                &["geforce", "titan", "titanrtx"]
            }
            (Vendor::Nvidia, Line::Consumer) => &["geforce", "geforcertx"],
            (Vendor::Nvidia, Line::Embedded) => &["nvidia", "unknown"],
        }
    }

    /// Whether it can be divided at all, as far as anybody wrote it down.
    pub fn has_mig(&self) -> bool {
        !self.instances.is_empty()
    }

    /// How many instances of a profile one GPU of this size holds; `None` if the profile is none of its own.
    /// A compute instance (`1c.3g.71gb`) shares the memory of its GPU instance, which is what is counted.
    pub fn instances(&self, memory_gb: u32, profile: Profile) -> Option<u32> {
        self.instances.get(&memory_gb)?.get(&profile.without_suffix()).copied()
    }

    /// Its profiles at this size, in the order of their names.
    pub fn profiles(&self, memory_gb: u32) -> impl Iterator<Item = (Profile, u32)> + '_ {
        self.instances
            .get(&memory_gb)
            .into_iter()
            .flatten()
            .map(|(profile, count)| (*profile, *count))
    }
}

/// What a name may mean: more than one model if it says too little.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meaning {
    models: BTreeSet<String>,
    memory_gb: Option<u32>,
}

/// All models, and the names they go by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    models: BTreeMap<String, Model>,
    names: BTreeMap<Vec<String>, Meaning>,
}

/// A mistake in a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// It is no TOML of the form that is wanted.
    #[error("not a catalogue of GPUs: {0}")]
    Form(#[from] toml::de::Error),
    /// A compute capability or a profile cannot be read.
    #[error("`{0}` is no compute capability and no MIG profile")]
    Value(String),
    /// A group has neither or both of `capability` and `gfx`, or the other maker's.
    #[error("the group of `{0}` needs `capability` for NVIDIA, `gfx` for AMD, and not both")]
    Architecture(String),
    /// A model is there twice.
    #[error("`{0}` is listed twice")]
    Twice(String),
    /// A name is there twice, or it holds nothing.
    #[error("the name `{0}` is empty or listed twice")]
    Name(String),
    /// Something refers to a model that is not there, or to a size that it is not sold with.
    #[error("`{model}` with {memory_gb:?} GB is not listed")]
    NotListed {
        /// The model.
        model: String,
        /// The size, if one was named.
        memory_gb: Option<u32>,
    },
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    group: Vec<Group>,
    #[serde(default)]
    name: Vec<Name>,
    #[serde(default)]
    mig: Vec<Mig>,
}

/// Models that share everything but their name and size.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Group {
    family: String,
    vendor: Maker,
    capability: Option<String>,
    gfx: Option<String>,
    line: Line,
    /// What may stand before their names.
    #[serde(default)]
    words: Vec<String>,
    /// Their names, and the sizes in GB that they are sold with.
    models: BTreeMap<String, BTreeSet<u32>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Maker {
    Nvidia,
    Amd,
}

/// Another name, and what it says of the size.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Name {
    text: String,
    models: BTreeSet<String>,
    memory: Option<u32>,
}

/// The MIG profiles of some models at one size.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Mig {
    models: Vec<String>,
    memory: u32,
    instances: BTreeMap<String, u32>,
}

/// The models that this version knows.
///
/// A test reads the file, so it has no mistake; if it had one, nothing would be known, which is the safe side.
pub fn known() -> &'static Catalogue {
    static KNOWN: LazyLock<Catalogue> =
        LazyLock::new(|| Catalogue::read(include_str!("../data/gpus.toml")).unwrap_or_default());
    &KNOWN
}

impl Catalogue {
    /// Reads a catalogue.
    ///
    /// # Errors
    ///
    /// The first mistake in it.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let file: File = toml::from_str(text)?;
        let mut catalogue = Self::default();
        for group in file.group {
            catalogue.add_group(&group)?;
        }
        for name in file.name {
            for model in &name.models {
                catalogue.model_of_size(model, name.memory)?;
            }
            catalogue.add_name(&name.text, name.models, name.memory)?;
        }
        for mig in file.mig {
            catalogue.add_mig(&mig)?;
        }
        Ok(catalogue)
    }

    /// The model of this normalised name.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(name)
    }

    /// What a GPU of a model may be, one for each size that it is sold with; nothing if the model is not known.
    pub fn variants(&self, name: &str) -> Vec<Gpu> {
        let Some(model) = self.model(name) else { return Vec::new() };
        let gpu = |nominal_gb| Gpu {
            vendor: model.vendor,
            model: Some(model.name.clone()),
            memory: Memory { reported_mib: None, nominal_gb },
            capability: model.capability,
            gfx: model.gfx.clone(),
            // NVIDIA lists all models that can be divided; whether one is, no list says.
            mig: (!model.has_mig()).then_some(Whole),
            sharing: None,
            uuid: None,
        };
        if model.memory_gb.is_empty() {
            return vec![gpu(None)];
        }
        model.memory_gb.iter().map(|size| gpu(Some(*size))).collect()
    }

    /// All models, by name.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }

    fn add_group(&mut self, group: &Group) -> Result<(), Mistake> {
        let one = || group.models.keys().next().cloned().unwrap_or_default();
        let (vendor, capability, gfx) = match (group.vendor, &group.capability, &group.gfx) {
            (Maker::Nvidia, Some(text), None) => {
                let capability = text.parse().map_err(|_| Mistake::Value(text.clone()))?;
                (Vendor::Nvidia, Some(capability), None)
            }
            (Maker::Amd, None, Some(gfx)) => (Vendor::Amd, None, Some(gfx.clone())),
            (Maker::Nvidia | Maker::Amd, ..) => return Err(Mistake::Architecture(one())),
        };
        for (name, sizes) in &group.models {
            let model = Model {
                name: name.clone(),
                vendor,
                family: group.family.clone(),
                line: group.line,
                capability,
                gfx: gfx.clone(),
                memory_gb: sizes.iter().copied().collect(),
                instances: BTreeMap::new(),
            };
            if self.models.insert(name.clone(), model).is_some() {
                return Err(Mistake::Twice(name.clone()));
            }
            self.add_name(name, BTreeSet::from([name.clone()]), None)?;
            for word in &group.words {
                let text = format!("{word} {name}");
                self.add_name(&text, BTreeSet::from([name.clone()]), None)?;
            }
        }
        Ok(())
    }

    fn add_name(
        &mut self,
        text: &str,
        models: BTreeSet<String>,
        memory_gb: Option<u32>,
    ) -> Result<(), Mistake> {
        let words = names::words(text);
        let is_empty = words.is_empty() || models.is_empty();
        if is_empty || self.names.insert(words, Meaning { models, memory_gb }).is_some() {
            return Err(Mistake::Name(text.to_owned()));
        }
        Ok(())
    }

    fn add_mig(&mut self, mig: &Mig) -> Result<(), Mistake> {
        let mut instances = BTreeMap::new();
        for (text, count) in &mig.instances {
            let profile = text.parse().map_err(|_| Mistake::Value(text.clone()))?;
            instances.insert(profile, *count);
        }
        for name in &mig.models {
            let model = self.model_of_size(name, Some(mig.memory))?;
            if model.instances.insert(mig.memory, instances.clone()).is_some() {
                return Err(Mistake::Twice(name.clone()));
            }
        }
        Ok(())
    }

    fn model_of_size(&mut self, name: &str, memory_gb: Option<u32>) -> Result<&mut Model, Mistake> {
        let model = self.models.get_mut(name);
        let is_sold = |model: &&mut Model| memory_gb.is_none_or(|gb| model.memory_gb.contains(&gb));
        model
            .filter(is_sold)
            .ok_or_else(|| Mistake::NotListed { model: name.to_owned(), memory_gb })
    }
}

#[cfg(test)]
mod tests;
