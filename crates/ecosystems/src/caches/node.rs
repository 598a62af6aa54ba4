//! What npm, pnpm, Yarn and Bun have in common: Node, `package.json`, `.npmrc`, patches.
//!
//! Sources: npm, "package.json", "npmrc", "config"; Node.js, "Corepack"; patch-package.

mod own;

use std::collections::BTreeMap;

use repo_model::Tree;
use repo_model::text_lines::as_committed;
use serde_json::Value;

pub(super) use self::own::{copied, named_patches};
use super::pins::{self, Pins};
use super::reading::{File, Reading, folders_with, has, name_of, said};
use super::{
    Answer, Beyond, Folder, Ingredient, Layer, Level, Reuse, Settings, Source, Wants, ini, values,
};
use crate::Probe;
use crate::workspaces::folders;

/// The manifest.
pub(super) const MANIFEST: &str = "package.json";

/// Who installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Npm,
    Pnpm,
    Yarn,
    Bun,
}

impl Manager {
    const ALL: [Self; 4] = [Self::Npm, Self::Pnpm, Self::Yarn, Self::Bun];

    fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
            Self::Bun => "bun",
        }
    }

    /// The names of its lock files.
    pub(super) const fn locks(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &["package-lock.json", "npm-shrinkwrap.json"],
            Self::Pnpm => &["pnpm-lock.yaml"],
            Self::Yarn => &["yarn.lock"],
            Self::Bun => &["bun.lock", "bun.lockb"],
        }
    }

    /// The files beside a manifest that only this one reads.
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &[],
            Self::Pnpm => &["pnpm-workspace.yaml"],
            Self::Yarn => &[".yarnrc.yml", ".yarnrc"],
            Self::Bun => &["bunfig.toml"],
        }
    }
}

/// Files that name versions.
const PINS: Pins = Pins {
    files: &[".nvmrc", ".node-version"],
    tools: &["node", "nodejs", "npm", "pnpm", "yarn", "bun"],
    why: "what sets Node up takes the version from it",
};

/// Variables that change what is installed, besides those that tell npm's settings. `NODE_OPTIONS` is none: it
/// changes how programs run, not what is installed. The others say what well-known packages download when
/// they are installed.
const VARIABLES: [&str; 14] = [
    "NODE_ENV",
    "CYPRESS_INSTALL_BINARY",
    "ELECTRON_CUSTOM_DIR",
    "ELECTRON_MIRROR",
    "ELECTRON_SKIP_BINARY_DOWNLOAD",
    "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
    "PRISMA_CLI_BINARY_TARGETS",
    "PRISMA_ENGINES_MIRROR",
    "PRISMA_SKIP_POSTINSTALL_GENERATE",
    "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD",
    "PUPPETEER_SKIP_DOWNLOAD",
    "SHARP_DIST_BASE_URL",
    "SHARP_FORCE_GLOBAL_LIBVIPS",
    "SHARP_IGNORE_GLOBAL_LIBVIPS",
];

/// How variables begin that tell settings (npm, "config", "Environment Variables"): in which case counts only
/// for the system.
const TELLING: [&str; 2] = ["npm_config_*", "NPM_CONFIG_*"];

/// Variables that scripts of packages compile with (node-gyp).
const BUILDING: [&str; 5] = ["CC", "CFLAGS", "CXX", "CXXFLAGS", "LDFLAGS"];

/// Settings of npm's that scripts of packages compile with (node-gyp, prebuild-install).
const BUILDING_SETTINGS: [&str; 8] = [
    "arch",
    "build-from-source",
    "libc",
    "nodedir",
    "platform",
    "target",
    "target-arch",
    "target-platform",
];

/// Whether the file at this path may matter to all of them.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    name == MANIFEST.as_bytes() || name == b".npmrc" || PINS.looks_into(name) || own::is_patch(path)
}

/// The folders in which a manager installs: those with its lock file, and those whose manifest asks for
/// something that nothing locks.
pub(super) fn folders_of(manager: Manager, tree: &dyn Tree) -> Vec<Vec<u8>> {
    let is_lock =
        |of: Manager| move |name: &[u8]| of.locks().iter().any(|it| it.as_bytes() == name);
    let mut found = folders_with(tree, &is_lock(manager));
    let locked = folders_with(tree, &|name| Manager::ALL.iter().any(|it| is_lock(*it)(name)));
    let mut roots: Vec<Vec<u8>> = Vec::new();
    for folder in folders_with(tree, &|name| name == MANIFEST.as_bytes()) {
        let is_below = |others: &[Vec<u8>]| {
            others.iter().any(|other| folders::inside(other, &folder).is_some())
        };
        if is_below(&locked) || is_below(&roots) {
            continue;
        }
        let Some(manifest) = manifest_at(tree, &folder) else { continue };
        if !SECTIONS.iter().any(|it| manifest.get(it).is_some_and(|it| !values::is_empty(it)))
            && manifest.get("workspaces").is_none()
        {
            continue;
        }
        if asked(tree, &folder, &manifest) == manager {
            found.push(folder.clone());
        }
        roots.push(folder);
    }
    found.sort();
    found
}

/// The manager that a manifest asks for; npm, where it asks for none.
fn asked(tree: &dyn Tree, folder: &[u8], manifest: &Value) -> Manager {
    let named = manifest.get("packageManager").and_then(Value::as_str).unwrap_or_default();
    let named = named.split('@').next().unwrap_or_default();
    let development = manifest.pointer("/devEngines/packageManager/name").and_then(Value::as_str);
    let by_name = |name: &str| Manager::ALL.into_iter().find(|it| it.name() == name);
    let by_file = || {
        let is_there = |it: &Manager| it.settings().iter().any(|name| has(tree, folder, name));
        Manager::ALL.into_iter().find(is_there)
    };
    by_name(named)
        .or_else(|| by_name(development.unwrap_or_default()))
        .or_else(by_file)
        .unwrap_or(Manager::Npm)
}

/// A manifest that can be read; one that cannot is told of later.
fn manifest_at(tree: &dyn Tree, folder: &[u8]) -> Option<Value> {
    let path = folders::join(folder, MANIFEST.as_bytes());
    let entry = repo_model::entry(tree, &path)?;
    let bytes = tree.read(&[entry]).ok()?.pop()?;
    match values::json(&path, &bytes) {
        Ok(manifest) => Some(manifest),
        // It asks for something that is not known.
        Err(_) => Some(serde_json::json!({"workspaces": null})),
    }
}

/// What must be known: Node's version, the settings of the user, variables.
///
/// Downloads alone are the same for every Node.
pub(super) fn wants(settings: &Settings, own: &[&'static str]) -> Wants {
    let probe = Probe::new("node", &["--version"], "the version of Node").fixed();
    let probe = Some((Vec::new(), probe)).filter(|_| settings.keeps_products());
    // What sets Node up writes registries into a file of its own (actions/setup-node, `registry-url`).
    let named = |variable| Folder::Named { variable };
    // What is nearer to a project counts before it, and comes later (npm, "npmrc").
    let global = ["NPM_CONFIG_GLOBALCONFIG", "npm_config_globalconfig"].map(named);
    let own_file = ["NPM_CONFIG_USERCONFIG", "npm_config_userconfig"].map(named);
    let npmrc = global.into_iter().chain([Folder::Home]).chain(own_file);
    let npmrc = npmrc.map(|folder| Beyond { folder, path: ".npmrc" });
    let variables = [&VARIABLES[..], &BUILDING, &TELLING, own].concat();
    Wants { probes: probe.into_iter().collect(), beyond: npmrc.collect(), variables }
}

/// Adds Node and the variables. What scripts build is kept with downloads by some.
///
/// The version of npm is no ingredient: its lock file says where each package lies, and to ask takes
/// longer than all the rest.
pub(super) fn toolchain(is_of_downloads: bool, reading: &mut Reading<'_>) {
    let why = "scripts of packages build with it, and what they build does not run with another";
    let source = Source::Command("node --version");
    let mut node = Ingredient::new(Level::Toolchain, "node", source, why);
    let answer = reading.seen.answer(0);
    if let Some(version) = said(answer) {
        node.shown("version", version.trim_start_matches('v'));
    } else if matches!(answer, Answer::Failed(_)) {
        node.shown("version", "not told");
    }
    reading.push(node);
    let why = "scripts of packages compile with it";
    if is_of_downloads {
        reading.flags(&BUILDING, why);
    } else {
        reading.variables(Level::Toolchain, &BUILDING, why);
    }
    let why = "it changes what is installed";
    reading.variables(Level::Dependencies, &VARIABLES, why);
    for it in reading.told_by_variables("npm_config_", &meant) {
        let is_flag = is_of_downloads && it.level == Level::Toolchain;
        reading.push(if is_flag { it.of_downloads() } else { it });
    }
    for file in reading.seen.beyond {
        if file.wanted.path == ".npmrc" {
            let source = Source::Beyond(file.shown.clone());
            npmrc(&source, &file.shown, &file.bytes, reading);
        }
    }
}

/// What a setting is for that a variable tells, in small letters.
pub(super) fn meant(key: &str) -> Option<(Level, &'static str)> {
    let key = if is_login(key) { return None } else { key.replace('_', "-") };
    match key.as_str() {
        key if key == "registry" || key.ends_with(":registry") => {
            Some((Level::Dependencies, "packages come from it"))
        }
        key if BUILDING_SETTINGS.contains(&key) => {
            Some((Level::Toolchain, "scripts of packages compile with it"))
        }
        key if is_beside(key) => None,
        _ => Some((Level::Dependencies, "it changes what is installed")),
    }
}

/// Sections of a manifest that ask for packages.
pub(super) const SECTIONS: [&str; 4] =
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// Fields that change what is installed although a lock file says it too.
const INSTALLING: [&str; 14] = [
    "bundleDependencies",
    "bundledDependencies",
    "dependenciesMeta",
    "engines",
    "installConfig",
    "nativeDependencies",
    "overrides",
    "patchedDependencies",
    "peerDependenciesMeta",
    "pnpm",
    "resolutions",
    "trustedDependencies",
    "os",
    "cpu",
];

/// Scripts that run when packages are installed, and so may change them (npm, "scripts", "Life Cycle
/// Operation Order", `npm ci`).
const SCRIPTS: [&str; 7] =
    ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];

/// What a folder's own files say, its lock file aside.
pub(super) struct Project {
    pub(super) manifest: Value,
    /// The settings of `.npmrc`, the nearest last.
    pub(super) settings: BTreeMap<String, String>,
}

/// Adds what the manifest, the settings and the patches in a folder say.
pub(super) fn project(folder: &[u8], reading: &mut Reading<'_>) -> Project {
    PINS.add(folder, reading);
    let mut settings = BTreeMap::new();
    for file in reading.seen.beyond.iter().filter(|it| it.wanted.path == ".npmrc") {
        let text = String::from_utf8_lossy(&file.bytes);
        settings.extend(pairs(&text));
    }
    if let Some(file) = reading.file(folder, ".npmrc") {
        settings.extend(npmrc(&file.source(), file.path(), &file.bytes, reading));
    }
    let mut manifest = Value::Null;
    if let Some(file) = reading.file(folder, MANIFEST)
        && let Some(read) = reading.json(&file)
    {
        if !read.is_object() {
            let wrong = values::not_of_kind(file.path(), &file.bytes, "", "an object", &read);
            reading.refuse(*wrong);
        }
        let why = "what sets Node and the package manager up takes the version from it";
        pins::in_manifest(&file, &read, &["packageManager", "devEngines", "volta"], why, reading);
        let name = [b"settings in ", file.path()].concat();
        let why = "it changes what is installed";
        let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why);
        for field in INSTALLING {
            if let Some(value) = read.get(field).filter(|value| !values::is_empty(value)) {
                values::add(&mut it, field, value);
            }
        }
        for script in SCRIPTS {
            if let Some(value) = read.pointer(&format!("/scripts/{script}")) {
                values::add(&mut it, format!("script {script}"), value);
            }
        }
        reading.push(it);
        named_patches(folder, &file, &read, reading);
        manifest = read;
    }
    own::scripts_of_members(folder, reading);
    pinned_above(folder, reading);
    own::patches(folder, reading);
    Project { manifest, settings }
}

/// Adds the version of the package manager that a manifest above the folder pins: it counts where the
/// folder's own says nothing (Corepack, "When authoring packages").
fn pinned_above(folder: &[u8], reading: &mut Reading<'_>) {
    for above in folders::upwards(folder).skip(1) {
        if let Some(file) = reading.file(above, MANIFEST)
            && let Some(read) = reading.json(&file)
        {
            let why = "it says which package manager runs in the folders below it";
            pins::in_manifest(&file, &read, &["packageManager", "devEngines"], why, reading);
        }
    }
}

/// Adds what the manifests in and below a folder ask for.
pub(super) fn requirements(folder: &[u8], why: &'static str, reading: &mut Reading<'_>) {
    let tree = reading.seen.tree;
    for below in folders_with(tree, &|name| name == MANIFEST.as_bytes()) {
        if folders::inside(folder, &below).is_none() {
            continue;
        }
        let Some(file) = reading.file(&below, MANIFEST) else { continue };
        let Some(manifest) = reading.json(&file) else { continue };
        let name = [b"requirements in ", file.path()].concat();
        let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
        for section in SECTIONS {
            values::add_all(&mut it, &format!("{section} "), manifest.get(section));
        }
        if let Some(workspaces) = manifest.get("workspaces") {
            values::add(&mut it, "workspaces", workspaces);
        }
        reading.push(it);
    }
}

/// Whether a setting says how to log in: `//registry.example/:_authToken`; all that is said of one host is.
pub(super) fn is_login(key: &str) -> bool {
    key.starts_with("//") || key.starts_with('_') || key.contains(":_")
}

/// Settings of npm and pnpm that do not change what is installed: how it is told, how the registry is
/// reached and proved to, what other commands do. Everything else counts, known or not.
fn is_beside(key: &str) -> bool {
    let beginnings = [
        "init",
        "fetch",
        "logs-",
        "sign-git-",
        "audit",
        "save",
        "network-",
        "diff-",
        "update-",
        "otp",
        "auth",
        "proxy",
        "https-proxy",
        "http-proxy",
        "noproxy",
        "git-",
    ];
    let words = [
        "access",
        "always-auth",
        "ca",
        "cache",
        "cache-dir",
        "cache-max",
        "cache-min",
        "cafile",
        "cert",
        "certfile",
        "child-concurrency",
        "color",
        "commit-hooks",
        "devdir",
        "editor",
        "email",
        "fund",
        "git",
        "global-prefix",
        "globalconfig",
        "jobs",
        "key",
        "keyfile",
        "local-address",
        "local-prefix",
        "loglevel",
        "long",
        "maxsockets",
        "message",
        "metrics-registry",
        "node-gyp",
        "node-options",
        "npm-version",
        "offline",
        "prefer-offline",
        "prefer-online",
        "prefix",
        "progress",
        "provenance",
        "reporter",
        "script-shell",
        "scripts-prepend-node-path",
        "side-effects-cache-readonly",
        "state-dir",
        "store-dir",
        "strict-ssl",
        "tag-version-prefix",
        "timing",
        "unicode",
        "user-agent",
        "userconfig",
        "username",
        "verify-deps-before-run",
        "verify-store-integrity",
        "viewer",
        "which",
        "workspace-concurrency",
        "tmp",
        "yes",
    ];
    is_login(key) || beginnings.iter().any(|it| key.starts_with(it)) || words.contains(&key)
}

/// The settings of a text.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let settings = ini::settings(text);
    settings.into_iter().map(|it| (it.key.to_owned(), it.value.to_owned())).collect()
}

/// Adds what an `.npmrc` says, never how to log in; all its settings.
pub(super) fn npmrc(
    source: &Source,
    path: &[u8],
    bytes: &[u8],
    reading: &mut Reading<'_>,
) -> BTreeMap<String, String> {
    let why = "packages come from the registries in it";
    let name = [b"registries in ", path].concat();
    let mut registries =
        Ingredient::new(Level::Dependencies, name, source.clone(), why).of_downloads();
    let name = [b"settings in ", path].concat();
    let why = "it changes what is installed";
    let mut settings = Ingredient::new(Level::Dependencies, name, source.clone(), why);
    let text = String::from_utf8_lossy(bytes);
    for it in ini::settings(&text) {
        let value = Value::String(it.value.to_owned());
        if it.key == "registry" || it.key.ends_with(":registry") {
            values::add(&mut registries, it.key, &value);
        } else if !is_beside(it.key) {
            // What is not known may be secret.
            settings.hidden(it.key, it.value);
        }
    }
    reading.push(registries);
    reading.push(settings);
    pairs(&text)
}

/// The value of a setting of npm's: a variable, or what `.npmrc` says.
pub(super) fn setting(project: &Project, key: &str, reading: &Reading<'_>) -> Option<Vec<u8>> {
    let name = format!("npm_config_{}", key.replace('-', "_"));
    let variable = [name.to_ascii_uppercase(), name].into_iter();
    let set = variable.filter_map(|name| reading.seen.variable(&name)).map(<[u8]>::to_vec).next();
    set.or_else(|| project.settings.get(key).map(|value| value.clone().into_bytes()))
}

/// Keeps the `node_modules` of these folders.
pub(super) fn modules<'f>(
    folders_with: impl IntoIterator<Item = &'f [u8]>,
    why: &'static str,
    reading: &mut Reading<'_>,
) {
    for folder in folders_with {
        let path = folders::join(folder, b"node_modules");
        reading.place(path, Layer::Dependencies, Reuse::Exact, why);
    }
}

/// A lock file in a format that is not known: all of it counts.
pub(super) fn whole(file: &File, ingredient: &mut Ingredient) {
    ingredient.hidden("contents", as_committed(&file.bytes));
}

/// Whether a manifest in a folder or above it says which version of the package manager is used: pnpm, Yarn
/// and Corepack then use that one, and get it from where the repository says. To ask them would be to run it.
pub(super) fn is_pinned(tree: &dyn Tree, folder: &[u8]) -> bool {
    let pins = |manifest: &Value| {
        let engine = manifest.pointer("/devEngines/packageManager");
        manifest.get("packageManager").or(engine).is_some()
    };
    folders::upwards(folder).any(|folder| manifest_at(tree, folder).as_ref().is_some_and(pins))
}
