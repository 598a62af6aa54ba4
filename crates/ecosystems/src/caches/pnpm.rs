//! pnpm: its store, and `node_modules`.
//!
//! Sources: pnpm 11, "Settings" (`storeDir`, `sideEffectsCache`, `verifyStoreIntegrity`),
//! "pnpm-workspace.yaml"; pnpm's specification of `pnpm-lock.yaml`, versions 6 and 9.

use std::collections::BTreeSet;

use diagnostics::{Place, Problem};
use repo_model::Tree;
use serde_json::Value;

use super::node::{self, Manager, Project};
use super::reading::{File, Reading, folders_with, name_of, said};
use super::{
    Answer, Beyond, Folder, Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Source, Wants, homes, values,
};
use crate::Probe;
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "pnpm";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`pnpm-lock.yaml`";
/// Lock files, and settings that an earlier step may write, which count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["pnpm-lock.yaml", ".npmrc"];

const SETTINGS: &str = "pnpm-workspace.yaml";

/// The settings of the user: `pnpm config set` writes them (pnpm, "pnpm config"; the second since 11).
const RC: &str = "pnpm/rc";
const GLOBAL: &str = "pnpm/config.yaml";

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    node::looks_into(path)
        || name == SETTINGS.as_bytes()
        || LOCKS.iter().any(|it| it.as_bytes() == name)
}

/// The folders in which it installs.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    node::folders_of(Manager::Pnpm, tree)
}

/// Node's version, the user's settings, variables; and pnpm's version where no manifest pins it, because
/// it runs the scripts of packages or does not (pnpm 10, "Lifecycle scripts") and asking it takes long.
pub(super) fn wants(tree: &dyn Tree, settings: &Settings) -> Wants {
    let mut wants = node::wants(settings, &[
        "pnpm_config_*",
        "PNPM_CONFIG_*",
        "PNPM_HOME",
        "XDG_DATA_HOME",
    ]);
    for path in [RC, GLOBAL] {
        let folder = Folder::Variable { name: "XDG_CONFIG_HOME", otherwise: ".config" };
        wants.beyond.push(Beyond { folder, path });
    }
    let folders = settings.folders(folders(tree));
    // It is asked at the root, and would get another one there if the manifest says so.
    if settings.keeps_products()
        && !node::is_pinned(tree, b"")
        && folders.iter().any(|folder| !node::is_pinned(tree, folder))
    {
        let probe = Probe::new("pnpm", &["--version"], "the version of pnpm").fixed();
        wants.probes.push((Vec::new(), probe));
    }
    wants
}

const MODULES_WHY: &str = "pnpm takes the packages that lie in it as right, so only the same lock file makes it right";

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    node::toolchain(true, &mut reading);
    let why = "it decides which scripts of packages run, and how packages lie";
    let mut pnpm =
        Ingredient::new(Level::Toolchain, "pnpm", Source::Command("pnpm --version"), why);
    if let Some(version) = said(seen.answer(1)) {
        pnpm.shown("version", version);
    } else if matches!(seen.answer(1), Answer::Failed(_)) {
        pnpm.shown("version", "not told");
    }
    reading.push(pnpm);
    for it in reading.told_by_variables("pnpm_config_", &node::meant) {
        let is_flag = it.level == Level::Toolchain;
        reading.push(if is_flag { it.of_downloads() } else { it });
    }
    let mut of_user = None;
    for file in seen.beyond {
        let source = Source::Beyond(file.shown.clone());
        if file.wanted.path == RC {
            let set = node::npmrc(&source, &file.shown, &file.bytes, &mut reading);
            of_user = of_user.or_else(|| set.get("store-dir").cloned());
        } else if file.wanted.path == GLOBAL {
            let read = values::yaml(&file.shown, &file.bytes);
            if let Some(Some(read)) = reading.kept(read).map(|mut documents| documents.pop()) {
                settings_in(&file.shown, source, &read, &mut reading);
                let set = read.get("storeDir").and_then(Value::as_str);
                of_user = of_user.or_else(|| set.map(str::to_owned));
            }
        }
    }
    for folder in seen.settings.folders(folders(seen.tree)) {
        let project = node::project(&folder, &mut reading);
        let workspace = workspace(&folder, &mut reading);
        let mut homes = BTreeSet::from([folder.clone()]);
        if let Some(file) = reading.file(&folder, "pnpm-lock.yaml") {
            let read = values::yaml(file.path(), &file.bytes);
            for path in read.iter().flatten().flat_map(copied) {
                reading.copied(&folder, path.as_bytes(), &file);
            }
            let read = read.and_then(|documents| lock_file(&file, &documents));
            if let Some((ingredients, importers)) = reading.kept(read) {
                for ingredient in ingredients {
                    reading.push(ingredient);
                }
                homes.extend(importers.iter().filter_map(|importer| {
                    folders::resolve(&folder, importer.as_bytes())
                }));
            }
        } else {
            let why = "it asks for packages, and nothing locks them";
            node::requirements(&folder, why, &mut reading);
            node::copied(&folder, &mut reading);
            let manifests = folders_with(seen.tree, &|name| name == node::MANIFEST.as_bytes());
            let below = manifests.into_iter();
            homes.extend(below.filter(|it| folders::inside(&folder, it).is_some()));
            let manifest = folders::join(&folder, node::MANIFEST.as_bytes());
            let help = "run `pnpm install` and commit `pnpm-lock.yaml`";
            reading.unlocked(Place::file(manifest.as_slice()), "`pnpm-lock.yaml` beside it", help);
        }
        modules(&folder, &homes, &project, &workspace, &mut reading);
        let store = store(&folder, &project, &workspace, of_user.as_deref(), &reading);
        let why = "files are named by their checksums, and what scripts built by system, processor and Node's version, not by flags";
        reading.place(store, Layer::Registry, Reuse::SameToolchain, why);
    }
    reading.done()
}

/// Keeps the folders that packages are installed in: of each member, and the one that they lead to, where
/// that is none of them (pnpm, "Settings", `modulesDir`, `virtualStoreDir`).
fn modules(
    folder: &[u8],
    homes: &BTreeSet<Vec<u8>>,
    project: &Project,
    workspace: &Value,
    reading: &mut Reading<'_>,
) {
    let (set, is_certain) = set(["modulesDir", "modules_dir"], project, workspace, reading);
    if let Some(set) = &set {
        for home in homes {
            keep(home, set, reading);
        }
    }
    if !is_certain {
        node::modules(homes.iter().map(Vec::as_slice), MODULES_WHY, reading);
    }
    let (set, _) = self::set(["virtualStoreDir", "virtual_store_dir"], project, workspace, reading);
    if let Some(set) = set {
        keep(folder, &set, reading);
    }
}

/// What a setting of one name in settings of the workspace, and another in variables, is set to, and whether
/// every pnpm takes it: since 11 it reads none of npm's settings (seen with pnpm 10 and 12, in this order).
fn set(
    [key, variable]: [&str; 2],
    project: &Project,
    workspace: &Value,
    reading: &Reading<'_>,
) -> (Option<Vec<u8>>, bool) {
    let names = [format!("pnpm_config_{variable}"), format!("PNPM_CONFIG_{}", variable.to_uppercase())];
    let told = names.iter().find_map(|name| reading.seen.variable(name));
    let told = told.or_else(|| workspace.get(key).and_then(Value::as_str).map(str::as_bytes));
    match told {
        Some(told) => (Some(told.to_vec()), true),
        None => (node::setting(project, &variable.replace('_', "-"), reading), false),
    }
}

fn keep(folder: &[u8], set: &[u8], reading: &mut Reading<'_>) {
    if let Some(path) = homes::own_place(reading.seen, folder, set) {
        reading.place(path, Layer::Dependencies, Reuse::Exact, MODULES_WHY);
    }
}

/// Adds the settings of the workspace; all of them.
fn workspace(folder: &[u8], reading: &mut Reading<'_>) -> Value {
    let Some(file) = reading.file(folder, SETTINGS) else { return Value::Null };
    let Some(settings) = reading.yaml(&file) else { return Value::Null };
    settings_in(file.path(), file.source(), &settings, reading);
    node::named_patches(folder, &file, &settings, reading);
    if reading.file(folder, "pnpm-lock.yaml").is_none() {
        let name = [b"requirements in ", file.path()].concat();
        let why = "it asks for packages, and nothing locks them";
        let mut it =
            Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
        let kept = values::only(&settings, &["catalog", "catalogs", "packages"]);
        values::add_all(&mut it, "", Some(&kept));
        reading.push(it);
    }
    settings
}

/// Adds the settings of a file.
fn settings_in(path: &[u8], source: Source, settings: &Value, reading: &mut Reading<'_>) {
    let name = [b"settings in ", path].concat();
    let why = "it changes what is installed";
    let mut it = Ingredient::new(Level::Dependencies, name, source, why);
    // What members and catalogs are is in the lock file; the others are places and words.
    let beside = [
        "cacheDir",
        "catalog",
        "catalogs",
        "packages",
        "stateDir",
        "storeDir",
        "updateNotifier",
    ];
    for (key, value) in values::entries(Some(settings)) {
        if !beside.contains(&key.as_str()) && !node::is_login(key) {
            values::add(&mut it, key.as_str(), value);
        }
    }
    reading.push(it);
}

/// Where the store is (pnpm, "storeDir"). Where the repository is on another disk than the home folder,
/// pnpm keeps it at the root of that disk, unless a setting says otherwise.
fn store(
    folder: &[u8],
    project: &Project,
    workspace: &Value,
    of_user: Option<&str>,
    reading: &Reading<'_>,
) -> Vec<u8> {
    let seen = reading.seen;
    let variables = ["pnpm_config_store_dir", "PNPM_CONFIG_STORE_DIR"];
    let set = variables.iter().find_map(|name| seen.variable(name)).map(<[u8]>::to_vec);
    let set = set.or_else(|| node::setting(project, "store-dir", reading));
    let of_workspace = || {
        let set = workspace.get("storeDir").and_then(Value::as_str);
        set.map(|set| set.as_bytes().to_vec())
    };
    let of_user = of_user.map(|set| set.as_bytes().to_vec());
    if let Some(set) = set.or_else(of_workspace).or(of_user) {
        return homes::place(seen, folder, &set);
    }
    if let Some(home) = seen.variable("PNPM_HOME") {
        return homes::inside(&homes::place(seen, folder, home), "store");
    }
    if let Some(data) = homes::xdg(seen, "XDG_DATA_HOME", true) {
        return homes::inside(&data, "pnpm/store");
    }
    STORE.path(seen)
}

const STORE: homes::Default = homes::Default {
    linux: ".local/share/pnpm/store",
    macos: "Library/pnpm/store",
    windows: "AppData/Local/pnpm/store",
};

/// Sections of the lock file that say only how versions were chosen.
const CHOOSING: [&str; 4] = ["catalogs", "specifiers", "time", "packages"];

/// What is installed, and the folders of the members.
fn lock_file(
    file: &File,
    documents: &[Value],
) -> Result<(Vec<Ingredient>, Vec<String>), Box<Problem>> {
    let Some((lock, before)) = documents.split_last().filter(|(lock, _)| lock.is_object()) else {
        let found = "something else";
        return Err(values::not_as_expected(file.path(), "a mapping with `lockfileVersion`", found));
    };
    if lock.get("lockfileVersion").and_then(Value::as_str).is_none() {
        return Err(values::not_as_expected(file.path(), "`lockfileVersion`", "none"));
    }
    let name = |what: &[u8]| [what, b" in ", file.path()].concat();
    let why = "it says which packages are installed";
    let mut packages =
        Ingredient::new(Level::Dependencies, name(b"packages"), file.source(), why).of_downloads();
    for (key, package) in values::entries(lock.get("packages")) {
        values::add(&mut packages, key.as_str(), &values::without(package, &["deprecated"]));
    }
    let why = "it says which package finds which";
    let mut links = Ingredient::new(Level::Dependencies, name(b"links"), file.source(), why);
    let mut importers = Vec::new();
    for (section, value) in values::entries(Some(lock)) {
        match section.as_str() {
            section if CHOOSING.contains(&section) => {}
            "importers" => {
                for (importer, needs) in values::entries(Some(value)) {
                    importers.push(importer.clone());
                    needed(importer, needs, &mut links);
                }
            }
            section if node::SECTIONS.contains(&section) => {
                needed(".", &serde_json::json!({section: value}), &mut links);
            }
            section => {
                if value.is_object() {
                    values::add_all(&mut links, &format!("{section} "), Some(value));
                } else {
                    values::add(&mut links, section, value);
                }
            }
        }
    }
    // pnpm 11 keeps what it installs for itself in a document of its own.
    let why = "pnpm installs it for itself";
    let mut own = Ingredient::new(Level::Dependencies, name(b"pnpm's own"), file.source(), why);
    for (at, document) in before.iter().enumerate() {
        for (section, value) in values::entries(Some(document)) {
            values::add(&mut own, format!("{section} of document {}", at.saturating_add(1)), value);
        }
    }
    Ok((vec![packages, links, own], importers))
}

/// The folders that are copied: `file:`, and members that are injected.
fn copied(lock: &Value) -> Vec<&str> {
    let packages = values::entries(lock.get("packages"));
    packages
        .filter_map(|(_, package)| package.get("resolution")?.get("directory")?.as_str())
        .collect()
}

/// What a member got; what it asked for is no matter.
fn needed(importer: &str, needs: &Value, links: &mut Ingredient) {
    for (section, dependencies) in values::entries(Some(needs)) {
        if section == "specifiers" {
            continue;
        }
        if !dependencies.is_object() {
            values::add(links, format!("{importer} {section}"), dependencies);
        }
        for (name, got) in values::entries(Some(dependencies)) {
            let got = values::without(got, &["specifier"]);
            let got = got.get("version").filter(|_| got.as_object().is_some_and(|it| it.len() == 1)).unwrap_or(&got);
            values::add(links, format!("{importer} {section} {name}"), got);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::caches::testing::{Told, paths};
    use crate::caches::{Ecosystem, Layer};

    #[track_caller]
    fn check(npmrc: &str, workspace: &str, variables: &[(&str, &str)], wanted: &[&str]) {
        let lock = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  packages/a: {}\n";
        let files = [
            ("package.json", "{}"),
            ("pnpm-lock.yaml", lock),
            (".npmrc", npmrc),
            ("pnpm-workspace.yaml", workspace),
        ];
        let told = Told { variables, ..Told::files(&files) };
        let found = told.read(Ecosystem::Pnpm).unwrap();
        assert_eq!(paths(&found, Layer::Dependencies), wanted, "{npmrc} {workspace} {variables:?}");
    }

    #[test]
    fn packages_are_kept_where_settings_put_them() {
        let usual = ["node_modules", "packages/a/node_modules"];
        check("", "", &[], &usual);
        check("", "modulesDir: nm", &[], &["nm", "packages/a/nm"]);
        check("modules-dir=x", "modulesDir: nm", &[], &["nm", "packages/a/nm"]);
        // Newer ones do not read it.
        check("modules-dir=x", "", &[], &["x", "packages/a/x", usual[0], usual[1]]);
        let npm = [("npm_config_modules_dir", "x")];
        check("", "", &npm, &["x", "packages/a/x", usual[0], usual[1]]);
        let own = [("PNPM_CONFIG_MODULES_DIR", "x")];
        check("", "modulesDir: nm", &own, &["x", "packages/a/x"]);
        check("", "virtualStoreDir: ../vs", &[], &[usual[0], usual[1], "~/work/vs"]);
    }

    #[test]
    fn the_repository_itself_is_not_kept() {
        check("", "modulesDir: nm/..\nvirtualStoreDir: ..", &[], &["packages/a"]);
    }
}
