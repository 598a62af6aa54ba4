//! uv: its cache, and `.venv`.
//!
//! Sources: uv, "Caching" (versions of its buckets, cache directory), "Settings", "Environment variables",
//! "Locking and syncing"; seen with versions 1 of `uv.lock`, revisions 1 to 5.
//!
//! uv's own version is no ingredient: each bucket of its cache has a version in its name, so that a uv
//! which reads it otherwise looks elsewhere (uv, "Cache versioning").

use diagnostics::{Place, Problem};
use repo_model::Tree;
use serde_json::Value;

use super::python::{self, MANIFEST, Manager, PINS};
use super::reading::{File, Reading, name_of};
use super::{
    Beyond, Folder, Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Source, Wants, homes,
    values,
};
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "uv";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`uv.lock`, or a `pyproject.toml` with `[tool.uv]`";
/// Lock files, and settings that an earlier step may write, which count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["uv.lock", "uv.toml"];

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    matches!(name, b"uv.lock" | b"uv.toml" | b"pyproject.toml") || PINS.looks_into(name)
}

/// The folders in which it installs.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    python::folders_of(Manager::Uv, tree)
}

/// Variables that change what is installed. Those with names and passwords of indexes are not among them.
const VARIABLES: [&str; 23] = [
    "UV_BUILD_CONSTRAINT",
    "UV_COMPILE_BYTECODE",
    "UV_CONSTRAINT",
    "UV_DEV",
    "UV_INDEX_STRATEGY",
    "UV_LINK_MODE",
    "UV_NO_BINARY",
    "UV_NO_BINARY_PACKAGE",
    "UV_NO_BUILD",
    "UV_NO_BUILD_ISOLATION",
    "UV_NO_BUILD_PACKAGE",
    "UV_NO_DEFAULT_GROUPS",
    "UV_NO_DEV",
    "UV_NO_EDITABLE",
    "UV_NO_GROUP",
    "UV_NO_SOURCES",
    "UV_OVERRIDE",
    "UV_PYTHON",
    "UV_PYTHON_PREFERENCE",
    "UV_RESOLUTION",
    "UV_TORCH_BACKEND",
    "UV_PRERELEASE",
    "UV_EXCLUDE_NEWER",
];

/// Variables that change how packages are built.
const BUILDING: [&str; 2] = ["UV_CONFIG_SETTINGS", "UV_CONFIG_SETTINGS_PACKAGE"];

/// Addresses, which may hold passwords.
const INDEXES: [&str; 5] =
    ["UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_URL"];

/// Python's version, the user's settings, variables.
pub(super) fn wants(_: &dyn Tree, settings: &Settings) -> Wants {
    let places = ["UV_CACHE_DIR", "UV_PROJECT_ENVIRONMENT", "XDG_CACHE_HOME"];
    let own = [&VARIABLES[..], &BUILDING, &INDEXES, &places].concat();
    let folder = Folder::Variable { name: "XDG_CONFIG_HOME", otherwise: ".config" };
    let named = Folder::Named { variable: "UV_CONFIG_FILE" };
    let mut beyond =
        vec![Beyond { folder: named, path: "uv.toml" }, Beyond { folder, path: "uv/uv.toml" }];
    beyond.extend(python::named(["UV_BUILD_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE"]));
    Wants { beyond, ..python::wants(settings, &own) }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    python::toolchain(&BUILDING, true, &mut reading);
    python::checkout(&mut reading);
    reading.variables(Level::Dependencies, &VARIABLES, "it changes what is installed");
    reading.variables(Level::Dependencies, &INDEXES, "packages come from it");
    let mut cache = seen.variable("UV_CACHE_DIR").map(|set| homes::place(seen, b"", set));
    for file in seen.beyond {
        if python::is_named(file, &mut reading) {
            continue;
        }
        let read = values::toml(&file.shown, &file.bytes);
        if let Some(read) = reading.kept(read) {
            let source = Source::Beyond(file.shown.clone());
            settings(&file.shown, source, &read, &mut reading);
            cache = cache.or_else(|| cache_of(b"", &read, seen));
        }
    }
    // Then members are copied as well (uv, "Locking and syncing", "Editable installation").
    let are_links_copied = seen.variable("UV_NO_EDITABLE").is_some();
    for folder in seen.settings.folders(folders(seen.tree)) {
        PINS.add(&folder, &mut reading);
        let lock = reading.file(&folder, "uv.lock");
        if let Some(file) = reading.file(&folder, MANIFEST)
            && let Some(manifest) = reading.toml(&file)
        {
            python::python_of(&file, &manifest, &mut reading);
            if let Some(table) = manifest.pointer("/tool/uv") {
                settings(file.path(), file.source(), table, &mut reading);
                cache = cache.or_else(|| cache_of(&folder, table, seen));
            }
            if lock.is_none() {
                python::requirements(&file, &manifest, &mut reading);
            }
        }
        // Where there is one, `[tool.uv]` beside it is not read (uv, "Configuration files").
        if let Some(file) = reading.file(&folder, "uv.toml")
            && let Some(read) = reading.toml(&file)
        {
            settings(file.path(), file.source(), &read, &mut reading);
            cache = cache.or_else(|| cache_of(&folder, &read, seen));
        }
        if let Some(file) = lock {
            if let Some(lock) = reading.toml(&file) {
                for path in copied(&lock, are_links_copied) {
                    reading.copied(&folder, path.as_bytes(), &file);
                }
                let read = lock_file(&file, &lock);
                for ingredient in reading.kept(read).into_iter().flatten() {
                    reading.push(ingredient);
                }
            }
        } else {
            python::copied(&folder, are_links_copied, &mut reading);
            let manifest = folders::join(&folder, MANIFEST.as_bytes());
            if let Some(file) = reading.file(&folder, MANIFEST).filter(|_| are_links_copied) {
                reading.copied(&folder, b".", &file);
            }
            let help = "run `uv lock` and commit `uv.lock`";
            reading.unlocked(Place::file(manifest.as_slice()), "`uv.lock` beside it", help);
        }
        let environment = match seen.variable("UV_PROJECT_ENVIRONMENT") {
            Some(set) => homes::place(seen, &folder, set),
            None => folders::join(&folder, b".venv"),
        };
        reading.place(environment, Layer::Dependencies, Reuse::Exact, python::VENV_WHY);
    }
    let cache = cache.unwrap_or_else(|| match homes::xdg(seen, "XDG_CACHE_HOME", true) {
        Some(caches) => homes::inside(&caches, "uv"),
        None => CACHE.path(seen),
    });
    let why = "downloads are named by what they are, and what was built by Python and system, not by flags";
    reading.place(cache, Layer::Registry, Reuse::SameToolchain, why);
    reading.done()
}

/// uv, "Cache directory". macOS has the same as Linux.
const CACHE: homes::Default =
    homes::Default { linux: ".cache/uv", macos: ".cache/uv", windows: "AppData/Local/uv/cache" };

fn cache_of(folder: &[u8], settings: &Value, seen: &Seen<'_>) -> Option<Vec<u8>> {
    let set = settings.get("cache-dir")?.as_str()?;
    Some(homes::place(seen, folder, set.as_bytes()))
}

/// Settings that do not change what is installed: how uv is reached and told, what is locked already.
const BESIDE: [&str; 15] = [
    "allow-insecure-host",
    "cache-dir",
    "cache-keys",
    "check-url",
    "concurrent-builds",
    "concurrent-downloads",
    "concurrent-installs",
    "keyring-provider",
    "native-tls",
    "offline",
    "preview",
    "publish-url",
    "required-version",
    "system-certs",
    "trusted-publishing",
];

/// Adds the settings of a file.
fn settings(path: &[u8], source: Source, table: &Value, reading: &mut Reading<'_>) {
    let name = [b"settings in ", path].concat();
    let why = "it changes what is installed";
    let mut it = Ingredient::new(Level::Dependencies, name, source.clone(), why);
    let indexes = ["default-index", "extra-index-url", "find-links", "index", "index-url"];
    let kept = values::without(table, &[&BESIDE[..], &indexes].concat());
    values::add_all(&mut it, "", Some(&kept));
    reading.push(it);
    let name = [b"indexes in ", path].concat();
    let why = "packages come from it";
    let mut it = Ingredient::new(Level::Dependencies, name, source, why).of_downloads();
    values::add_all(&mut it, "", Some(&values::only(table, &indexes)));
    reading.push(it);
}

/// The packages of a lock file, and what members need.
fn lock_file(file: &File, lock: &Value) -> Result<[Ingredient; 2], Box<Problem>> {
    let name = |what: &[u8]| [what, b" in ", file.path()].concat();
    let why = "it says which packages are installed";
    let mut packages =
        Ingredient::new(Level::Dependencies, name(b"packages"), file.source(), why).of_downloads();
    let why = "it says which packages a member needs";
    let mut members = Ingredient::new(Level::Dependencies, name(b"members"), file.source(), why);
    match lock.get("version").and_then(Value::as_u64) {
        Some(1) => {}
        // Of a version that is not known, everything counts.
        Some(_) => {
            values::add(&mut packages, "contents", lock);
            return Ok([packages, members]);
        }
        None => return Err(values::not_as_expected(file.path(), "`version`", "none")),
    }
    for (key, value) in values::entries(Some(lock)) {
        // How it is written, and what was asked for.
        if !matches!(key.as_str(), "version" | "revision" | "manifest" | "package") {
            values::add(&mut members, key.as_str(), value);
        }
    }
    let all = lock.get("package").and_then(Value::as_array);
    for package in all.into_iter().flatten() {
        let Some(name) = package.get("name").and_then(Value::as_str) else {
            return Err(values::not_as_expected(file.path(), "a `name` of each package", "none"));
        };
        let source = package.get("source");
        let is_own = ["editable", "virtual", "directory"]
            .iter()
            .any(|kind| source.is_some_and(|source| source.get(kind).is_some()));
        if is_own {
            let kept = values::without(package, &["name", "version", "metadata"]);
            values::add(&mut members, name, &kept);
            continue;
        }
        let kept = values::without(package, &["name", "metadata", "sdist", "wheels"]);
        values::add(&mut packages, name, &kept);
        let version = package.get("version").and_then(Value::as_str).unwrap_or_default();
        let files = package.get("sdist").into_iter();
        let wheels = package.get("wheels").and_then(Value::as_array).into_iter().flatten();
        let kept: Vec<Value> = files.chain(wheels).map(known).collect();
        if !kept.is_empty() {
            // There may be a hundred of one package; their digest says whether they are the same.
            let files = Value::Array(kept);
            let mut words = Ingredient::new(Level::Dependencies, "", file.source(), "");
            values::add(&mut words, "", &files);
            for fact in words.facts.into_values() {
                let (super::Fact::Shown(fact) | super::Fact::Hidden(fact)) = fact;
                packages.hidden(format!("files of {name} {version}"), fact);
            }
        }
    }
    Ok([packages, members])
}

/// The folders of packages that are copied; those of others are linked.
fn copied(lock: &Value, are_links_copied: bool) -> impl Iterator<Item = &str> {
    let all = lock.get("package").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(move |package| {
        let source = package.get("source")?;
        let link = || source.get("editable").filter(|_| are_links_copied);
        source.get("directory").or_else(link)?.as_str()
    })
}

/// A file without what later revisions add and nobody checks.
fn known(file: &Value) -> Value {
    values::without(file, &["size", "upload-time"])
}
