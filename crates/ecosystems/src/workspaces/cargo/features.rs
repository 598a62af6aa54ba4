//! Whether a cargo command builds something that needs a GPU.
//!
//! A package says in `[package.metadata.gpu]` that it needs one, and in `gpu-features` there with which of its
//! features. From the command's words follows which packages it builds with which features: `default`, those
//! named, and those that features and dependencies bring (The Cargo Book, "Features", "Resolver", "cargo test";
//! `cargo metadata`'s `features` and `dependencies`, as seen with cargo 1.95).
//!
//! The safe side is a GPU. So platforms count as the same, packages of one name count as the same where nothing
//! tells them apart, and what cannot be followed is not known.

mod command;
mod hints;

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Piece, Place, Problem, nearest, text};
use serde::Deserialize;
use serde_json::Value;

pub use command::{Command, Unsure};
pub use hints::Hint;

/// The packages that a command could build.
#[derive(Clone, Debug)]
pub struct Features {
    packages: Vec<Package>,
    by_name: BTreeMap<String, Vec<usize>>,
    members: BTreeSet<usize>,
    default_members: BTreeSet<usize>,
}

/// Whether a command needs a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// It builds this package, which needs one.
    Gpu {
        /// The package.
        package: String,
        /// The feature that needs it; without, the package always does.
        feature: Option<String>,
        /// How the command comes to it: packages, each with a feature, the last one the package itself.
        way: Vec<String>,
    },
    /// It builds nothing that needs one.
    NoGpu,
    /// It cannot be told.
    Unknown(Unsure),
}

/// The document of `cargo metadata`, as far as it is read.
#[derive(Deserialize)]
struct Told {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    workspace_default_members: Option<Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: String,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    metadata: Option<Value>,
    #[serde(skip)]
    gpu: Option<Gpu>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    uses_default_features: bool,
    #[serde(default)]
    features: Vec<String>,
    path: Option<String>,
}

/// What `[package.metadata.gpu]` says.
#[derive(Clone, Debug)]
struct Gpu {
    /// The features that need a GPU; without, the package always does.
    features: Option<Vec<String>>,
}

impl Dependency {
    /// What its package calls it.
    fn key(&self) -> &str {
        self.rename.as_deref().unwrap_or(&self.name)
    }
}

impl Package {
    /// Reads what the package says of GPUs.
    fn gpu(&self) -> Result<Option<Gpu>, Box<Problem>> {
        let Some(gpu) = self.metadata.as_ref().and_then(|metadata| metadata.get("gpu")) else {
            return Ok(None);
        };
        let wrong = |label: &'static str| {
            let message = text![
                "the table `[package.metadata.gpu]` of the package ",
                Foreign::from(self.name.as_str()),
                " cannot be read"
            ];
            let problem = Problem::error(message).at(self.place()).label(label);
            Box::new(
                problem.help("write `gpu-features = [\"gpu\"]` with the features that need a GPU"),
            )
        };
        let gpu = gpu.as_object().ok_or_else(|| wrong("expected a table"))?;
        let features = match gpu.get("gpu-features") {
            None => None,
            Some(Value::String(feature)) => Some(vec![feature.clone()]),
            Some(Value::Array(features)) => {
                let names = features.iter().map(|it| it.as_str().map(str::to_owned));
                let names: Option<Vec<String>> = names.collect();
                Some(names.ok_or_else(|| wrong("expected the names of features"))?)
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
                return Err(wrong("expected the names of features"));
            }
        };
        Ok(Some(Gpu { features }))
    }

    fn place(&self) -> Place {
        Place::file(Foreign::from(self.manifest_path.as_str()))
    }
}

/// Something that a command builds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Built {
    Package(usize),
    Feature(usize, String),
    /// A dependency of a package, by what the package calls it.
    Dependency(usize, String),
}

/// What is built, and what each thing is built for.
#[derive(Default)]
struct Resolved {
    for_what: BTreeMap<Built, Option<Built>>,
    /// In the order in which it was found.
    order: Vec<Built>,
    /// Features of dependencies that are enabled if the dependency is.
    weak: BTreeMap<(usize, String), BTreeSet<String>>,
}

impl Resolved {
    fn add(&mut self, built: Built, of: Option<&Built>) {
        if !self.for_what.contains_key(&built) {
            self.for_what.insert(built.clone(), of.cloned());
            self.order.push(built);
        }
    }

    fn has(&self, built: &Built) -> bool {
        self.for_what.contains_key(built)
    }
}

/// Reads the output of `cargo metadata --format-version 1`. Without `--no-deps` the ways through packages from
/// elsewhere are known too.
///
/// # Errors
/// When it is something else, and for each feature that is named and not there.
pub fn read(json: &[u8]) -> Result<Features, Vec<Problem>> {
    let mut told: Told = serde_json::from_slice(json).map_err(|error| {
        let message = text!["the output of `cargo metadata` cannot be read: ", Piece::said(&error)];
        vec![Problem::error(message).help("run `cargo metadata --format-version 1`")]
    })?;
    let mut problems = Vec::new();
    let mut read = Vec::with_capacity(told.packages.len());
    for package in &told.packages {
        match package.gpu() {
            Ok(gpu) => read.push(gpu),
            Err(problem) => {
                problems.push(*problem);
                read.push(None);
            }
        }
    }
    for (package, gpu) in told.packages.iter_mut().zip(read) {
        package.gpu = gpu;
    }
    problems.extend(told.packages.iter().flat_map(wrong_features));
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut by_id = BTreeMap::new();
    for (place, package) in told.packages.iter().enumerate() {
        by_name.entry(package.name.clone()).or_default().push(place);
        by_id.insert(package.id.as_str(), place);
    }
    let places = |ids: &[String]| -> BTreeSet<usize> {
        ids.iter().filter_map(|id| by_id.get(id.as_str()).copied()).collect()
    };
    let members = places(&told.workspace_members);
    let default_members = told.workspace_default_members.as_deref().map(places);
    // An older cargo does not say them, and they are no more than all.
    let default_members =
        default_members.filter(|places| !places.is_empty()).unwrap_or_else(|| members.clone());
    Ok(Features { packages: told.packages, by_name, members, default_members })
}

/// Features of a package that need a GPU and are not there.
fn wrong_features(package: &Package) -> Vec<Problem> {
    let named = package.gpu.as_ref().and_then(|gpu| gpu.features.as_deref()).unwrap_or_default();
    let is_there = |feature: &&String| {
        let is_optional =
            |dependency: &Dependency| dependency.optional && dependency.key() == *feature;
        package.features.contains_key(*feature) || package.dependencies.iter().any(is_optional)
    };
    let problem = |feature: &String| {
        let code = |text: &str| Foreign::from(text);
        let message = text![
            "`gpu-features` of the package ",
            code(&package.name),
            " names ",
            code(feature),
            ", which is no feature of it"
        ];
        let known = package.features.keys().map(String::as_str);
        let help = match nearest(feature, known) {
            Some(near) => text!["did you mean ", code(near), "?"],
            None => "name features of this package".into(),
        };
        Problem::error(message)
            .at(package.place())
            .label("expected a feature of the package")
            .help(help)
    };
    named.iter().filter(|feature| !is_there(feature)).map(problem).collect()
}

impl Features {
    /// The packages with `[package.metadata.gpu]`, and their manifests.
    pub fn gpu_packages(&self) -> impl Iterator<Item = (&str, &str)> {
        let with = self.packages.iter().filter(|package| package.gpu.is_some());
        with.map(|package| (package.name.as_str(), package.manifest_path.as_str()))
    }

    /// Whether a command, started in the folder of the workspace, builds something that needs a GPU.
    pub fn asks(&self, words: &[impl AsRef<str>]) -> Asks {
        let command = match Command::read(words) {
            Ok(command) => command,
            Err(unsure) => return Asks::Unknown(unsure),
        };
        if self.gpu_packages().next().is_none() {
            return Asks::Unknown(Unsure::NoPackage);
        }
        let selected = match self.selected(&command) {
            Ok(selected) => selected,
            Err(unsure) => return Asks::Unknown(unsure),
        };
        let resolved = self.resolved(&command, &selected);
        let found = resolved.order.iter().find_map(|built| self.needs_gpu(built));
        let Some((place, feature, built)) = found else { return Asks::NoGpu };
        let name = |place: usize| self.packages.get(place).map(|package| package.name.clone());
        Asks::Gpu {
            package: name(place).unwrap_or_default(),
            feature,
            way: self.way(&resolved, &built),
        }
    }

    /// The package that needs a GPU, and its feature that does.
    fn needs_gpu(&self, built: &Built) -> Option<(usize, Option<String>, Built)> {
        let gpu = |place: usize| self.packages.get(place)?.gpu.as_ref();
        match built {
            Built::Package(place) => {
                let is_always = gpu(*place)?.features.is_none();
                is_always.then(|| (*place, None, built.clone()))
            }
            Built::Feature(place, feature) => {
                let features = gpu(*place)?.features.as_ref()?;
                let is_named = features.contains(feature);
                is_named.then(|| (*place, Some(feature.clone()), built.clone()))
            }
            // An optional dependency whose name is no feature may be named like one.
            Built::Dependency(place, key) => {
                let features = gpu(*place)?.features.as_ref()?;
                let is_named = features.contains(key);
                is_named.then(|| (*place, Some(key.clone()), built.clone()))
            }
        }
    }

    /// How it came to something.
    fn way(&self, resolved: &Resolved, built: &Built) -> Vec<String> {
        let before = |built: &Built| resolved.for_what.get(built).cloned().flatten();
        let name = |place: usize| {
            self.packages.get(place).map(|package| package.name.as_str()).unwrap_or_default()
        };
        let shown = |built: Built| match built {
            Built::Package(place) => name(place).to_owned(),
            Built::Feature(place, of) | Built::Dependency(place, of) => {
                format!("{}/{of}", name(place))
            }
        };
        let mut way: Vec<String> =
            std::iter::successors(Some(built.clone()), before).map(shown).collect();
        way.reverse();
        way.dedup();
        way
    }

    /// The packages that a command chooses.
    fn selected(&self, command: &Command) -> Result<BTreeSet<usize>, Unsure> {
        let mut selected = if command.is_workspace {
            self.members.clone()
        } else if command.packages.is_empty() {
            self.default_members.clone()
        } else {
            BTreeSet::new()
        };
        for spec in &command.packages {
            selected.extend(self.meant(spec)?);
        }
        if command.is_workspace {
            for spec in &command.exclude {
                // What is left out by mistake would be missed: only one that is there is left out.
                for place in self.meant(spec)? {
                    selected.remove(&place);
                }
            }
        }
        Ok(selected)
    }

    /// The packages that a word of `-p` means: a name, a pattern, or a name with a version.
    fn meant(&self, spec: &str) -> Result<Vec<usize>, Unsure> {
        let unsure = || Unsure::Package(spec.to_owned());
        if spec.contains(['/', '#', ':', '[']) {
            return Err(unsure());
        }
        let name = spec.split_once('@').map_or(spec, |(name, _)| name);
        if name.contains(['*', '?']) {
            let is_meant = |place: &&usize| {
                self.packages.get(**place).is_some_and(|it| command::is_match(name, &it.name))
            };
            return Ok(self.members.iter().filter(is_meant).copied().collect());
        }
        self.by_name.get(name).cloned().ok_or_else(unsure)
    }

    fn resolved(&self, command: &Command, selected: &BTreeSet<usize>) -> Resolved {
        let mut resolved = Resolved::default();
        for place in selected {
            let Some(package) = self.packages.get(*place) else { continue };
            resolved.add(Built::Package(*place), None);
            if command.is_all_features {
                for feature in package.features.keys() {
                    resolved.add(Built::Feature(*place, feature.clone()), None);
                }
                for dependency in package.dependencies.iter().filter(|it| it.optional) {
                    let key = dependency.key().to_owned();
                    resolved.add(Built::Dependency(*place, key), None);
                }
            }
            if !command.has_no_default_features && package.features.contains_key("default") {
                resolved.add(Built::Feature(*place, "default".to_owned()), None);
            }
            for feature in &command.features {
                match feature.split_once('/') {
                    Some((of, feature)) => {
                        let of = of.trim_end_matches('?');
                        if package.name == of {
                            resolved.add(Built::Feature(*place, feature.to_owned()), None);
                        }
                        self.of_dependency(*place, of, feature, None, &mut resolved);
                        for other in self.by_name.get(of).into_iter().flatten() {
                            if self.members.contains(other) {
                                resolved.add(Built::Feature(*other, feature.to_owned()), None);
                            }
                        }
                    }
                    None => resolved.add(Built::Feature(*place, feature.clone()), None),
                }
            }
        }
        let mut next = 0;
        while let Some(built) = resolved.order.get(next).cloned() {
            next += 1;
            match &built {
                Built::Package(place) => {
                    let has_dev = command.builds_tests && selected.contains(place);
                    self.of_package(*place, has_dev, &built, &mut resolved);
                }
                Built::Feature(place, feature) => {
                    self.of_feature(*place, feature, &built, &mut resolved);
                }
                Built::Dependency(place, key) => {
                    let has_dev = command.builds_tests && selected.contains(place);
                    self.of_edge(*place, key, has_dev, &built, &mut resolved);
                }
            }
        }
        resolved
    }

    fn of_package(&self, place: usize, has_dev: bool, built: &Built, resolved: &mut Resolved) {
        let dependencies = self.packages.get(place).map(|package| &package.dependencies);
        for dependency in dependencies.into_iter().flatten() {
            let is_dev = dependency.kind.as_deref() == Some("dev");
            if !dependency.optional && (has_dev || !is_dev) {
                let key = dependency.key().to_owned();
                resolved.add(Built::Dependency(place, key), Some(built));
            }
        }
    }

    fn of_feature(&self, place: usize, feature: &str, built: &Built, resolved: &mut Resolved) {
        let Some(package) = self.packages.get(place) else { return };
        resolved.add(Built::Package(place), Some(built));
        let Some(values) = package.features.get(feature) else {
            // An optional dependency is a feature of its own.
            let is_it = |it: &Dependency| it.optional && it.key() == feature;
            if package.dependencies.iter().any(is_it) {
                resolved.add(Built::Dependency(place, feature.to_owned()), Some(built));
            }
            return;
        };
        for value in values {
            if let Some(key) = value.strip_prefix("dep:") {
                resolved.add(Built::Dependency(place, key.to_owned()), Some(built));
            } else if let Some((key, of)) = value.split_once('/') {
                self.of_dependency(place, key, of, Some(built), resolved);
            } else {
                resolved.add(Built::Feature(place, value.clone()), Some(built));
            }
        }
    }

    /// `key/feature` or `key?/feature`.
    fn of_dependency(
        &self,
        place: usize,
        key: &str,
        feature: &str,
        of: Option<&Built>,
        resolved: &mut Resolved,
    ) {
        let (name, is_weak) = match key.strip_suffix('?') {
            Some(name) => (name, true),
            None => (key, false),
        };
        let Some(package) = self.packages.get(place) else { return };
        if !package.dependencies.iter().any(|dependency| dependency.key() == name) {
            return;
        }
        let dependency = Built::Dependency(place, name.to_owned());
        if is_weak && !resolved.has(&dependency) {
            let weak = resolved.weak.entry((place, name.to_owned())).or_default();
            weak.insert(feature.to_owned());
            return;
        }
        if !is_weak {
            if package.features.contains_key(name) {
                resolved.add(Built::Feature(place, name.to_owned()), of);
            }
            resolved.add(dependency, of);
        }
        for dependency in package.dependencies.iter().filter(|it| it.key() == name) {
            for target in self.targets(dependency) {
                resolved.add(Built::Feature(target, feature.to_owned()), of);
            }
        }
    }

    /// What a dependency brings.
    fn of_edge(
        &self,
        place: usize,
        key: &str,
        has_dev: bool,
        built: &Built,
        resolved: &mut Resolved,
    ) {
        let Some(package) = self.packages.get(place) else { return };
        let weak = resolved.weak.remove(&(place, key.to_owned())).unwrap_or_default();
        for dependency in package.dependencies.iter().filter(|it| it.key() == key) {
            if dependency.kind.as_deref() == Some("dev") && !has_dev {
                continue;
            }
            for target in self.targets(dependency) {
                resolved.add(Built::Package(target), Some(built));
                let has_default = self
                    .packages
                    .get(target)
                    .is_some_and(|package| package.features.contains_key("default"));
                if dependency.uses_default_features && has_default {
                    resolved.add(Built::Feature(target, "default".to_owned()), Some(built));
                }
                for feature in dependency.features.iter().chain(&weak) {
                    resolved.add(Built::Feature(target, feature.clone()), Some(built));
                }
            }
        }
    }

    /// The packages that a dependency may be: the one in its folder, or all of its name.
    fn targets(&self, dependency: &Dependency) -> Vec<usize> {
        let named = self.by_name.get(&dependency.name).map(Vec::as_slice).unwrap_or_default();
        let plain = |path: &str| path.replace('\\', "/");
        let folder = dependency.path.as_deref().map(plain);
        let is_there = |place: &&usize| {
            let manifest = self.packages.get(**place).map(|it| plain(&it.manifest_path));
            folder.is_some()
                && manifest.as_deref().and_then(|it| it.strip_suffix("/Cargo.toml"))
                    == folder.as_deref()
        };
        let there: Vec<usize> = named.iter().filter(is_there).copied().collect();
        if there.is_empty() { named.to_vec() } else { there }
    }
}

#[cfg(test)]
mod tests;
