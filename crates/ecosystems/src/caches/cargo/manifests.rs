//! Manifests by meaning: what the build of packages from elsewhere sees of them.
//!
//! That is what is asked of others (requirements, features, platforms), which features there are, whether a
//! package is a procedural macro or has a build script (what it needs is then built for the machine that
//! builds), and of the root the profiles, patches and the resolver. The set of packages counts by their
//! names, because the features that are asked for add up over a workspace; where they lie does not.
//!
//! Not there: a package's own version, description, license, authors, metadata, edition, targets, lints and
//! its `rust-version`, which only decides how an unlocked package is chosen, and counts then. The version
//! that is asked for of a package in the repository is none either: cargo takes what is there.
//!
//! Sources: The Cargo Book, "The Manifest Format", "Features", "Dependency Resolution", "Profiles".

use std::collections::{BTreeMap, BTreeSet};

use repo_model::{RepoPath, entry};

use super::locked::holds_secret;
use super::of_folder;
use super::roots::{Root, Roots};
use crate::caches::{Found, Ingredient, Level, Seen, Source};
use crate::workspaces::NeedKind;
use crate::workspaces::cargo::layout::{Found as Package, MANIFEST, in_folder};
use crate::workspaces::cargo::manifest::{Manifest, Requirement};
use crate::workspaces::cargo::meaning::resolver;
use crate::workspaces::cargo::value::Value;

/// What the manifests of each root ask for.
pub(super) fn read(seen: &Seen<'_>, roots: &Roots) -> Found {
    let mut found = Found::default();
    for root in roots.iter() {
        let is_locked = entry(seen.tree, &root.lock()).is_some_and(|it| it.kind.is_file());
        found.ingredients.extend(of_root(root, is_locked));
    }
    found
}

fn of_root(root: Root<'_>, is_locked: bool) -> Option<Ingredient> {
    let manifest = root.manifest()?;
    let path = RepoPath::of_git(&in_folder(root.folder, MANIFEST)).ok()?;
    let name = [b"manifests", of_folder(root.folder).as_slice()].concat();
    let why = "they say what is asked of packages from elsewhere";
    let mut it = Ingredient::new(Level::Dependencies, name, Source::File(path), why);
    if !is_locked {
        it.shown("locked", "no");
        it = it.of_downloads();
    }
    let said = Said { is_locked, into: &mut it, shared: BTreeMap::new() };
    said.all(root, manifest);
    Some(it)
}

struct Said<'a> {
    is_locked: bool,
    into: &'a mut Ingredient,
    /// What is asked for in the table `workspace.dependencies` of a root, by the names there.
    shared: BTreeMap<(&'a [u8], &'a str), String>,
}

impl<'a> Said<'a> {
    fn all(mut self, root: Root<'a>, manifest: &Manifest) {
        for (_, package) in root.members() {
            self.package(package, root.root_of(package), true);
        }
        for package in root.lent().into_values() {
            self.package(package, root.root_of(package), false);
        }
        let (_, chosen) = resolver(manifest);
        self.into.shown("resolver", chosen);
        for key in ["profile", "patch", "replace", "cargo-features"] {
            let Some(value) = manifest.tree.get(key) else { continue };
            for (name, leaf) in value.leaves(key) {
                let last = name.rsplit('.').next().unwrap_or_default();
                // Where a patch lies is of no matter; what is there counts with the sources.
                let is_place = key != "profile" && last == "path";
                // Of others cargo makes no incremental products.
                let is_own = key == "profile" && last == "incremental";
                if is_place {
                    self.into.shown(name, "in a folder");
                } else if !is_own {
                    self.fact(name, leaf);
                }
            }
        }
    }

    /// What a package asks for; its tests are only built where it `is_member` of the workspace.
    fn package(&mut self, package: &'a Package, root: Option<&'a Manifest>, is_member: bool) {
        let manifest = &package.manifest;
        let name = manifest.name().unwrap_or_default();
        self.into.shown(format!("package {name}"), traits(manifest, root));
        for dependency in manifest.dependencies() {
            let kind = match dependency.kind {
                NeedKind::Normal => "needs",
                NeedKind::Build => "is built with",
                NeedKind::Dev if is_member => "is tested with",
                NeedKind::Dev => continue,
            };
            let on = if dependency.target.is_empty() {
                String::new()
            } else {
                format!(" on {}", dependency.target)
            };
            // Most members take a requirement from the root as it stands there: it is written once.
            let is_whole = dependency.detail().as_table().is_some_and(|it| it.len() == 1)
                && root.is_some_and(|root| root.shared(dependency).is_some());
            let place = (package.root.as_slice(), dependency.alias);
            let said = match self.shared.get(&place).filter(|_| is_whole) {
                Some(said) => said.clone(),
                None => asked(&manifest.requirement(dependency, root)),
            };
            if is_whole {
                self.shared.entry(place).or_insert_with(|| said.clone());
            }
            let name = [name, " ", kind, " ", dependency.alias, &on].concat();
            if holds_address(&said) { self.into.hidden(name, said) } else { self.into.shown(name, said) }
        }
        let features = manifest.tree.get("features").and_then(Value::as_table);
        for (feature, value) in features.into_iter().flatten() {
            let listed = value.as_list().unwrap_or_default();
            let switched: BTreeSet<String> = listed.iter().map(Value::written).collect();
            let switched = switched.into_iter().collect::<Vec<_>>().join(", ");
            self.into.shown(format!("{name} has the feature {feature}"), switched);
        }
        if !self.is_locked
            && let Some(version) = manifest.package_key("rust-version", root)
        {
            self.into.shown(format!("{name} is for Rust"), version.written());
        }
    }

    fn fact(&mut self, name: String, value: &Value) {
        let text = value.written();
        if holds_address(&text) { self.into.hidden(name, text) } else { self.into.shown(name, text) }
    }
}

/// What a requirement asks for, in one spelling.
fn asked(requirement: &Requirement) -> String {
    let mut said = String::new();
    for (key, value) in requirement.counting() {
        said.push_str(if said.is_empty() { "" } else { ", " });
        said.push_str(key);
        said.push_str(" = ");
        said.push_str(&value.written());
    }
    if requirement.folder.is_some() {
        said.push_str(if said.is_empty() { "" } else { ", " });
        said.push_str("from the repository");
    }
    said
}

/// Whether some address in a text may hold a password.
fn holds_address(text: &str) -> bool {
    text.contains('/') && text.contains("://") && text.split(['"', ' ']).any(holds_secret)
}

/// What of a package decides for which machine others are built.
fn traits(manifest: &Manifest, root: Option<&Manifest>) -> String {
    let library = manifest.tree.get("lib");
    let flag = |key| library.and_then(|it| it.get(key)).and_then(Value::as_bool) == Some(true);
    let mut traits = Vec::new();
    if flag("proc-macro") || flag("proc_macro") {
        traits.push("a procedural macro".to_owned());
    }
    // `build = false` says that there is none; without a word there is one if `build.rs` is there, which
    // is only of matter to what it is built with, and that is said.
    if let Some(build) = manifest.package_key("build", root).filter(|it| it.as_bool() == Some(false)) {
        traits.push(format!("build = {}", build.written()));
    }
    if let Some(links) = manifest.package_key("links", root) {
        traits.push(format!("links {}", links.written()));
    }
    traits.join(", ")
}
