//! Bun: its downloads, and `node_modules`.
//!
//! Sources: Bun 1.4, "Lockfile", "Global cache", "bunfig.toml"; `bun.lock` of versions 0 to 2.

use std::collections::BTreeSet;

use diagnostics::{Place, Problem};
use repo_model::Tree;
use serde_json::Value;

use super::node::{self, Manager};
use super::reading::{File, Reading, folders_with, name_of, said};
use super::{
    Answer, Beyond, Folder, Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Source, Wants,
    homes, values,
};
use crate::Probe;
use crate::workspaces::{folders, npm};

/// Its name.
pub(super) const NAME: &str = "bun";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`bun.lock` or `bun.lockb`";
/// Lock files, and settings that an earlier step may write, which count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["bun.lock", "bun.lockb", ".npmrc", "bunfig.toml"];

const SETTINGS: &str = "bunfig.toml";

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    node::looks_into(path)
        || matches!(name, b"bunfig.toml" | b".bun-version")
        || LOCKS.iter().any(|it| it.as_bytes() == name)
}

/// The folders in which it installs.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    node::folders_of(Manager::Bun, tree)
}

/// Node's and Bun's versions, the user's settings, variables.
pub(super) fn wants(_: &dyn Tree, settings: &Settings) -> Wants {
    let own = ["BUN_CONFIG_REGISTRY", "BUN_CONFIG_NO_INSTALL_SCRIPTS", "BUN_INSTALL", "BUN_INSTALL_CACHE_DIR"];
    let mut wants = node::wants(settings, &own);
    if settings.keeps_products() {
        let probe = Probe::new("bun", &["--version"], "the version of Bun").fixed();
        wants.probes.push((Vec::new(), probe));
    }
    wants.beyond.push(Beyond { folder: Folder::Home, path: ".bunfig.toml" });
    wants
}

const MODULES_WHY: &str = "Bun looks at names and versions of packages in it and takes the rest as right, so only the same lock file makes it right";

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    node::toolchain(false, &mut reading);
    let why = "it decides how packages lie";
    let mut bun = Ingredient::new(Level::Toolchain, "bun", Source::Command("bun --version"), why);
    if let Some(version) = said(seen.answer(1)) {
        bun.shown("version", version);
    } else if matches!(seen.answer(1), Answer::Failed(_)) {
        bun.shown("version", "not told");
    }
    reading.push(bun);
    reading.variables(Level::Dependencies, &["BUN_CONFIG_REGISTRY"], "packages come from it");
    let scripts = ["BUN_CONFIG_NO_INSTALL_SCRIPTS"];
    reading.variables(Level::Dependencies, &scripts, "it changes what is installed");
    let mut cache = seen.variable("BUN_INSTALL_CACHE_DIR").map(|set| homes::place(seen, b"", set));
    for file in seen.beyond.iter().filter(|it| it.wanted.path == ".bunfig.toml") {
        let read = values::toml(&file.shown, &file.bytes);
        if let Some(read) = reading.kept(read) {
            let source = Source::Beyond(file.shown.clone());
            let set = settings(&file.shown, source, &read, &mut reading);
            cache = cache.or_else(|| Some(homes::place(seen, b"", set?.as_bytes())));
        }
    }
    for folder in seen.settings.folders(folders(seen.tree)) {
        node::project(&folder, &mut reading);
        node::copied(&folder, &mut reading);
        BUN.add(&folder, &mut reading);
        if let Some(file) = reading.file(&folder, SETTINGS)
            && let Some(read) = reading.toml(&file)
        {
            let set = settings(file.path(), file.source(), &read, &mut reading);
            cache = cache.or_else(|| Some(homes::place(seen, &folder, set?.as_bytes())));
        }
        let mut homes = BTreeSet::from([folder.clone()]);
        if let Some(file) = reading.file(&folder, "bun.lock") {
            let read = values::json(file.path(), &npm::without_comments(&file.bytes));
            let read = read.and_then(|lock| lock_file(&file, &lock));
            if let Some((ingredients, members)) = reading.kept(read) {
                for ingredient in ingredients {
                    reading.push(ingredient);
                }
                homes.extend(members.iter().filter_map(|it| folders::resolve(&folder, it.as_bytes())));
            }
        } else if let Some(file) = reading.file(&folder, "bun.lockb") {
            let name = [b"packages in ", file.path()].concat();
            let why = "it says which packages are installed, in a form that only Bun reads";
            let mut it =
                Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
            node::whole(&file, &mut it);
            reading.push(it);
            let manifests = folders_with(seen.tree, &|name| name == node::MANIFEST.as_bytes());
            let below = manifests.into_iter();
            homes.extend(below.filter(|it| folders::inside(&folder, it).is_some()));
        } else {
            let why = "it asks for packages, and nothing locks them";
            node::requirements(&folder, why, &mut reading);
            let manifest = folders::join(&folder, node::MANIFEST.as_bytes());
            let place = Place::file(manifest.as_slice());
            let help = "run `bun install` and commit `bun.lock`";
            reading.unlocked(place, "`bun.lock` beside it", help);
        }
        node::modules(homes.iter().map(Vec::as_slice), MODULES_WHY, &mut reading);
    }
    let cache = cache.unwrap_or_else(|| match seen.variable("BUN_INSTALL") {
        Some(set) => homes::inside(&homes::place(seen, b"", set), "install/cache"),
        None => b"~/.bun/install/cache".to_vec(),
    });
    let why = "each package's folder is named by its version and registry, where a version never changes";
    reading.place(cache, Layer::Registry, Reuse::Any, why);
    reading.done()
}

const BUN: super::pins::Pins = super::pins::Pins {
    files: &[".bun-version"],
    tools: &["bun"],
    why: "what sets Bun up takes the version from it",
};

/// Adds what `[install]` says, never how to log in; the folder of downloads.
fn settings(path: &[u8], source: Source, all: &Value, reading: &mut Reading<'_>) -> Option<String> {
    let install = all.get("install")?;
    let name = [b"registries in ", path].concat();
    let why = "packages come from the registries in it";
    let mut registries =
        Ingredient::new(Level::Dependencies, name, source.clone(), why).of_downloads();
    let of_registry = |value: &Value| values::without(value, &["password", "token", "username"]);
    if let Some(registry) = install.get("registry") {
        values::add(&mut registries, "registry", &of_registry(registry));
    }
    for (scope, registry) in values::entries(install.get("scopes")) {
        values::add(&mut registries, format!("scope {scope}"), &of_registry(registry));
    }
    reading.push(registries);
    let name = [b"settings in ", path].concat();
    let why = "it changes what is installed";
    let mut settings = Ingredient::new(Level::Dependencies, name, source, why);
    let beside = ["ca", "cache", "cafile", "logLevel", "registry", "scopes", "concurrentScripts"];
    values::add_all(&mut settings, "", Some(&values::without(install, &beside)));
    reading.push(settings);
    let cache = install.get("cache")?;
    let set = cache.get("dir").unwrap_or(cache).as_str()?;
    Some(set.to_owned())
}

/// What a lock file says, and the folders of members.
fn lock_file(file: &File, lock: &Value) -> Result<(Vec<Ingredient>, Vec<String>), Box<Problem>> {
    let name = |what: &[u8]| [what, b" in ", file.path()].concat();
    let why = "it says which packages are installed";
    let mut packages =
        Ingredient::new(Level::Dependencies, name(b"packages"), file.source(), why).of_downloads();
    let why = "it says how packages lie";
    let mut links = Ingredient::new(Level::Dependencies, name(b"links"), file.source(), why);
    let mut members = Vec::new();
    match lock.get("lockfileVersion").and_then(Value::as_u64) {
        Some(0..=2) => {}
        // Of a version that is not known, everything counts.
        Some(_) => {
            values::add(&mut packages, "contents", lock);
            return Ok((vec![packages, links], members));
        }
        None => return Err(values::not_as_expected(file.path(), "`lockfileVersion`", "none")),
    }
    for (key, value) in values::entries(Some(lock)) {
        match key.as_str() {
            // What members ask for is locked; what they are called is in their packages.
            "workspaces" => members.extend(values::entries(Some(value)).map(|(it, _)| it.clone())),
            "packages" => {
                for (way, package) in values::entries(Some(value)) {
                    values::add(&mut packages, way.as_str(), package);
                }
            }
            "lockfileVersion" | "catalog" | "catalogs" => {}
            key => values::add(&mut links, key, value),
        }
    }
    Ok((vec![packages, links], members))
}
