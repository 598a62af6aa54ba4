//! pip: its downloads, and the wheels that it built.
//!
//! Sources: pip 26, "Caching" (`http-v2` since 23.3, `http` before, `wheels`), "Requirements File Format",
//! "Configuration", "Environment variables".
//!
//! pip's own version is no ingredient: it keeps what it downloads by address, and what it built by the
//! tags of Python and system in the name of the wheel; with which flags of compilers, no name says. A folder with a virtual environment is none that pip
//! knows of.

mod lines;

use std::collections::BTreeSet;

use diagnostics::{Foreign, Place, Problem, Snippet, position, text};
use repo_model::Tree;
use repo_model::text_lines::as_committed;
use serde_json::Value;

use self::lines::{Line, Said};
use super::python::{self, MANIFEST, PINS};
use super::reading::{File, Reading, folders_with, has, name_of};
use super::{
    Beyond, Folder, Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Source, Wants, homes,
    ini, values,
};
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "pip";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`requirements.txt`, `Pipfile.lock`, a `setup.py` at the root, or a `pyproject.toml` that asks for packages";
/// Lock files that count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["requirements.txt", PIPENV];

/// The lock file of Pipenv, which installs with pip (Pipenv, "Pipfile & Pipfile.lock").
const PIPENV: &str = "Pipfile.lock";

/// Programs that ask for packages (setuptools, "Dependencies Management").
const SETUP: [&str; 2] = ["setup.py", "setup.cfg"];

/// Whether what is in the file at this path may matter: one requirements file may take in another of any
/// name that ends so.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    name == MANIFEST.as_bytes()
        || name == PIPENV.as_bytes()
        || SETUP.iter().any(|it| it.as_bytes() == path)
        || PINS.looks_into(name)
        || is_text(name)
        || name.ends_with(b".txt") && is_of_requirements(folders::split(path).0)
}

fn is_text(name: &[u8]) -> bool {
    let words = [&b"require"[..], b"constraint", b"deps", b"dev", b"test", b"base", b"prod", b"lock"];
    // Every file of a repository comes by here, so what costs least is asked first.
    (name.ends_with(b".txt") || name.ends_with(b".in"))
        && words.iter().any(|word| bstr::ByteSlice::find(name, word).is_some())
}

fn is_requirements(name: &[u8]) -> bool {
    name.ends_with(b".txt") && bstr::ByteSlice::find(name, "requirements").is_some()
}

/// Whether a folder is one that holds requirements files under any name: `requirements/dev.txt`.
fn is_of_requirements(folder: &[u8]) -> bool {
    name_of(folder) == b"requirements"
}

/// The requirements files in a folder. In a folder `requirements` all are, if one has a name that says so.
fn requirements_in(tree: &dyn Tree, folder: &[u8]) -> Vec<Vec<u8>> {
    let inside = repo_model::below(tree, folder).iter().filter(|it| it.kind.is_file());
    let own = inside.map(|it| it.path.as_bytes()).filter(|path| folders::split(path).0 == folder);
    let texts: Vec<Vec<u8>> =
        own.filter(|path| path.ends_with(b".txt")).map(<[u8]>::to_vec).collect();
    let words = [&b"ci.txt"[..], b"docs.txt", b"lint.txt", b"local.txt", b"main.txt"];
    let tells = |path: &Vec<u8>| is_text(name_of(path)) || words.contains(&name_of(path));
    if is_of_requirements(folder) && texts.iter().any(tells) {
        return texts;
    }
    texts.into_iter().filter(|path| is_requirements(name_of(path))).collect()
}

/// The folders with requirements files or the lock file of Pipenv, and those with manifests that leave open who installs.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    let mut found = folders_with(tree, &|name| name.ends_with(b".txt"));
    found.retain(|folder| !requirements_in(tree, folder).is_empty());
    for folder in folders_with(tree, &|name| name == PIPENV.as_bytes()) {
        if !found.contains(&folder) {
            found.push(folder);
        }
    }
    for folder in folders_with(tree, &|name| name == MANIFEST.as_bytes()) {
        if !found.contains(&folder) && python::is_for_pip(tree, &folder) {
            found.push(folder);
        }
    }
    // One that lies deeper may be of a test, or of another tool.
    if found.is_empty() && has(tree, b"", "setup.py") && !has(tree, b"", MANIFEST) {
        let is_lock = |name: &[u8]| matches!(name, b"uv.lock" | b"poetry.lock");
        if folders_with(tree, &is_lock).is_empty() {
            found.push(Vec::new());
        }
    }
    found.sort();
    found
}

/// Variables that change what is downloaded or built.
const VARIABLES: [&str; 11] = [
    "PIP_CONSTRAINT",
    "PIP_BUILD_CONSTRAINT",
    "PIP_NO_BINARY",
    "PIP_NO_BUILD_ISOLATION",
    "PIP_ONLY_BINARY",
    "PIP_PLATFORM",
    "PIP_PRE",
    "PIP_PREFER_BINARY",
    "PIP_PYTHON_VERSION",
    "PIP_REQUIRE_HASHES",
    "PIP_REQUIREMENT",
];

/// Variables that change how packages are built, which the name of a kept wheel does not say (pip, "Build
/// System Interface", `--config-settings`).
const BUILDING: [&str; 3] = ["PIP_BUILD_OPTION", "PIP_CONFIG_SETTINGS", "PIP_GLOBAL_OPTION"];

/// Addresses, which may hold passwords.
const INDEXES: [&str; 3] = ["PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL"];

/// Python's version, the user's settings, variables.
pub(super) fn wants(_: &dyn Tree, settings: &Settings) -> Wants {
    let own = [&VARIABLES[..], &BUILDING, &INDEXES, &["PIPENV_CACHE_DIR", "PIP_CACHE_DIR", "XDG_CACHE_HOME"]].concat();
    let folder = Folder::Variable { name: "XDG_CONFIG_HOME", otherwise: ".config" };
    let named = python::named(["PIP_BUILD_CONSTRAINT", "PIP_CONSTRAINT", "PIP_REQUIREMENT"]);
    let mut beyond = vec![
        Beyond { folder, path: "pip/pip.conf" },
        Beyond { folder: Folder::Home, path: ".pip/pip.conf" },
        Beyond { folder: Folder::Home, path: "Library/Application Support/pip/pip.conf" },
        Beyond { folder: Folder::Named { variable: "PIP_CONFIG_FILE" }, path: "pip.conf" },
    ];
    beyond.extend(named);
    Wants { beyond, ..python::wants(settings, &own) }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    python::toolchain(&BUILDING, false, &mut reading);
    reading.variables(Level::Dependencies, &VARIABLES, "it changes what is installed");
    reading.variables(Level::Dependencies, &INDEXES, "packages come from it");
    let mut cache = seen.variable("PIP_CACHE_DIR").map(|set| homes::place(seen, b"", set));
    for file in seen.beyond {
        if python::is_named(file, &mut reading) {
            continue;
        }
        let text = String::from_utf8_lossy(&file.bytes);
        for it in ini::settings(&ini::unfolded(&text)).iter().filter(|it| it.key == "cache-dir") {
            cache = cache.or_else(|| Some(homes::place(seen, b"", it.value.as_bytes())));
        }
        settings(&Source::Beyond(file.shown.clone()), &file.shown, &text, &mut reading);
    }
    let mut has_pipenv = false;
    for folder in seen.settings.folders(folders(seen.tree)) {
        PINS.add(&folder, &mut reading);
        let tree = seen.tree;
        let files = requirements_in(tree, &folder);
        let mut known = BTreeSet::new();
        for path in &files {
            take_in(path, None, &mut known, &mut reading);
        }
        let locked = reading.file(&folder, PIPENV);
        if let Some(file) = &locked {
            pipenv(file, &mut reading);
            has_pipenv = true;
        }
        if !files.is_empty() || locked.is_some() {
            continue;
        }
        if !has(tree, &folder, MANIFEST) {
            setup(&folder, &mut reading);
        } else if let Some(file) = reading.file(&folder, MANIFEST) {
            if let Some(manifest) = reading.toml(&file) {
                python::python_of(&file, &manifest, &mut reading);
                python::requirements(&file, &manifest, &mut reading);
            }
            let help = "write what it was installed with into a requirements file (`pip-compile`, `pip freeze`), or use uv or Poetry";
            reading.unlocked(Place::file(file.path()), "a requirements file beside it", help);
        }
    }
    let cache = cache.unwrap_or_else(|| match homes::xdg(seen, "XDG_CACHE_HOME", false) {
        Some(caches) => homes::inside(&caches, "pip"),
        None => CACHE.path(seen),
    });
    let of_pipenv = || match (seen.variable("PIPENV_CACHE_DIR"), homes::xdg(seen, "XDG_CACHE_HOME", false)) {
        (Some(set), _) => homes::place(seen, b"", set),
        (None, Some(caches)) => homes::inside(&caches, "pipenv"),
        (None, None) => PIPENV_CACHE.path(seen),
    };
    for cache in [cache].into_iter().chain(has_pipenv.then(of_pipenv)) {
        let why = "answers of indexes are kept by their addresses, and asked for again when they are old";
        for below in ["http-v2", "http"] {
            reading.place(homes::inside(&cache, below), Layer::Registry, Reuse::Any, why);
        }
        let why = "the name of each wheel says which Python and system it was built for, and not with which flags";
        let path = homes::inside(&cache, "wheels");
        reading.place(path, Layer::Dependencies, Reuse::SameToolchain, why);
    }
    reading.done()
}

/// Where Pipenv lets pip keep what it downloads (Pipenv, "Environment Variables", `PIPENV_CACHE_DIR`).
const PIPENV_CACHE: homes::Default = homes::Default {
    linux: ".cache/pipenv",
    macos: "Library/Caches/pipenv",
    windows: "AppData/Local/pipenv/pipenv/Cache",
};

/// Adds what the lock file of Pipenv says. The digest of what was asked for does not count.
fn pipenv(file: &File, reading: &mut Reading<'_>) {
    let Some(lock) = reading.json(file) else { return };
    let Some(meta) = lock.get("_meta").filter(|it| it.is_object()) else {
        let wrong = values::not_as_expected(file.path(), "`_meta`", "none");
        return reading.refuse(*wrong);
    };
    let name = |what: &[u8]| [what, b" in ", file.path()].concat();
    let why = "it says which packages are installed";
    let mut packages =
        Ingredient::new(Level::Dependencies, name(b"packages"), file.source(), why).of_downloads();
    for (group, all) in values::entries(Some(&lock)).filter(|(group, _)| *group != "_meta") {
        for (package, locked) in values::entries(Some(all)) {
            values::add(&mut packages, format!("{group} {package}"), locked);
        }
    }
    if let Some(sources) = meta.get("sources") {
        values::add(&mut packages, "sources", sources);
    }
    let why = "it says which version of Python will do";
    let mut python = Ingredient::new(Level::Toolchain, name(b"python"), file.source(), why);
    values::add_all(&mut python, "", meta.get("requires"));
    reading.push(packages);
    reading.push(python);
}

/// Adds the programs that ask for packages, which nobody but Python can read, where there is nothing else.
fn setup(folder: &[u8], reading: &mut Reading<'_>) {
    for name in SETUP {
        let Some(file) = reading.file(folder, name) else { continue };
        let name = [b"requirements in ", file.path()].concat();
        let why = "it asks for packages, and nothing locks them";
        let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
        it.hidden("contents", as_committed(&file.bytes));
        reading.push(it);
        if file.path().ends_with(b".py") {
            let help = "write what it was installed with into a requirements file (`pip-compile`, `pip freeze`)";
            reading.unlocked(Place::file(file.path()), "a requirements file beside it", help);
        }
    }
}

/// pip, "Caching", "Where is the cache stored".
const CACHE: homes::Default = homes::Default {
    linux: ".cache/pip",
    macos: "Library/Caches/pip",
    windows: "AppData/Local/pip/cache",
};

/// Adds what a requirements file says, and those that it takes in.
fn take_in(
    path: &[u8],
    by: Option<(&File, &Line<'_>)>,
    known: &mut BTreeSet<Vec<u8>>,
    reading: &mut Reading<'_>,
) {
    if !known.insert(path.to_vec()) {
        return;
    }
    let file = match (reading.file_at(path), by) {
        (Some(file), _) => file,
        // What was there and could not be read has been told.
        (None, Some((by, line))) if repo_model::entry(reading.seen.tree, path).is_none() => {
            let problem = wrong(by, line, "a requirements file takes in another that is not there");
            let label = text!["expected a file of the repository at ", Foreign::new(path)];
            let problem = problem.label(label).help("commit it, or take the line out");
            return reading.refuse(problem);
        }
        (None, _) => return,
    };
    let Some(text) = reading.kept(values::utf8(file.path(), &file.bytes, "text")) else { return };
    let name = [b"requirements in ", file.path()].concat();
    let why = "it says which packages are installed";
    let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
    let mut open: Option<Line<'_>> = None;
    // What is only a bound for others need not be one version.
    let is_constraints =
        by.is_some_and(|(_, line)| matches!(line.said(), Said::Other("-c", _)));
    let (folder, _) = folders::split(path);
    for line in lines::lines(text) {
        match line.said() {
            Said::Other("-r" | "-c", value) => {
                let Some(other) = folders::resolve(folder, value.as_bytes()).filter(|_| !value.contains("://"))
                else {
                    let problem = wrong(&file, &line, "a requirements file takes in one that is not of this repository");
                    let label = text!["nobody knows what will be in it"];
                    let problem = problem.label(label).help("commit a copy of it, and take that in");
                    reading.refuse(problem);
                    continue;
                };
                take_in(&other, Some((&file, &line)), known, reading);
            }
            Said::Other(option, value) => {
                values::add(&mut it, option, &Value::String(value.to_owned()));
            }
            Said::Package { name, asked, .. } if name.is_empty() && !is_path(&asked) => {
                let problem = wrong(&file, &line, "a requirement cannot be read");
                let label = text!["expected the name of a package, a path or an option; found ", Foreign::from(asked.as_str())];
                let problem = problem.label(label).help("repair it: pip cannot read it either");
                reading.refuse(problem);
            }
            Said::Package { name, asked, hashes } => {
                if !line.is_pinned() && !is_constraints {
                    open.get_or_insert(line.clone());
                }
                let asked = Value::String(asked);
                values::add(&mut it, name.as_str(), &asked);
                if !hashes.is_empty() {
                    it.shown(format!("hashes of {name}"), hashes.join(" "));
                }
            }
        }
    }
    reading.push(it);
    if let Some(line) = open {
        let (line, column) = position(text.as_bytes(), line.at);
        let help = "pin the versions: `pip-compile --generate-hashes`, `uv pip compile --generate-hashes`";
        let place = Place::at(path, line, column);
        reading.unlocked(place, "each package with `==` and its version", help);
    }
}

/// Whether a package is asked for by where it is.
fn is_path(asked: &str) -> bool {
    asked.starts_with(['.', '/']) || asked.contains("://")
}

fn wrong(file: &File, line: &Line<'_>, message: &'static str) -> Problem {
    let (at, column) = position(&file.bytes, line.at);
    Problem::error(message)
        .at(Place::at(file.path(), at, column))
        .snippet(Snippet::of(&file.bytes, line.at))
}

/// Settings that do not change what is installed.
const BESIDE: [&str; 16] = [
    "cache-dir",
    "cert",
    "client-cert",
    "debug",
    "disable-pip-version-check",
    "keyring-provider",
    "log",
    "no-color",
    "no-input",
    "progress-bar",
    "proxy",
    "quiet",
    "retries",
    "timeout",
    "trusted-host",
    "verbose",
];

/// Adds what a `pip.conf` says.
fn settings(source: &Source, path: &[u8], text: &str, reading: &mut Reading<'_>) {
    let name = [b"indexes in ", path].concat();
    let why = "packages come from it";
    let mut indexes =
        Ingredient::new(Level::Dependencies, name, source.clone(), why).of_downloads();
    let name = [b"settings in ", path].concat();
    let why = "it changes what is installed";
    let mut settings = Ingredient::new(Level::Dependencies, name, source.clone(), why);
    for it in ini::settings(&ini::unfolded(text)) {
        let key = it.key.replace('_', "-");
        let name = format!("{}.{key}", it.section);
        match key.as_str() {
            "index-url" | "extra-index-url" | "find-links" => {
                values::add(&mut indexes, name, &Value::String(it.value.to_owned()));
            }
            key if BESIDE.contains(&key) => {}
            _ => settings.hidden(name, it.value),
        }
    }
    reading.push(indexes);
    reading.push(settings);
}
