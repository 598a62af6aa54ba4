//! Packages that depend on what is for GPUs and say nothing of it.

use diagnostics::{Foreign, Place, Problem, text};

use super::{Dependency, Features};

/// What is known to be for GPUs, by itself or with a feature: a hint, never a decision.
const HINTS: [(&str, Option<&str>); 4] =
    [("cudarc", None), ("cust", None), ("tfhe-cuda-backend", None), ("candle-core", Some("cuda"))];

/// A package that may be meant for a GPU, and does not say so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// The package.
    pub package: String,
    /// Its manifest.
    pub manifest: String,
    /// What it depends on.
    pub dependency: &'static str,
}

impl Hint {
    /// It in words.
    pub fn problem(&self) -> Problem {
        let code = |text: &str| Foreign::from(text);
        let message = text![
            "the package ",
            code(&self.package),
            " depends on ",
            code(self.dependency),
            ", and says nothing of GPUs"
        ];
        Problem::notice(message)
            .at(Place::file(code(&self.manifest)))
            .label("its tests may need one")
            .help("write `[package.metadata.gpu]` with `gpu-features`, if they do")
    }
}

impl Features {
    /// Packages of the workspace that depend on what is for GPUs and say nothing of it.
    pub fn hints(&self) -> Vec<Hint> {
        let members = self.members.iter().filter_map(|place| self.packages.get(*place));
        let mut hints = Vec::new();
        for package in members.filter(|package| package.gpu.is_none()) {
            for (name, feature) in HINTS {
                let brings = |value: &String| match feature {
                    Some(feature) => {
                        let parts = value.split_once('/');
                        parts.is_some_and(|(dependency, of)| {
                            dependency.trim_end_matches('?') == name && of == feature
                        })
                    }
                    None => false,
                };
                let is_it = |dependency: &Dependency| {
                    dependency.name == name
                        && feature.is_none_or(|feature| {
                            dependency.features.iter().any(|it| it == feature)
                                || package.features.values().flatten().any(brings)
                        })
                };
                if package.dependencies.iter().any(is_it) {
                    hints.push(Hint {
                        package: package.name.clone(),
                        manifest: package.manifest_path.clone(),
                        dependency: name,
                    });
                }
            }
        }
        hints.sort();
        hints
    }
}
