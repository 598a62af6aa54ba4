//! Poetry: its downloads, and its virtual environments.
//!
//! Sources: Poetry 2, "Configuration" (`cache-dir`, `virtualenvs.in-project`, `virtualenvs.path`), "The
//! pyproject.toml file", "Repositories"; seen with versions 1.1 to 2.1 of `poetry.lock`.
//!
//! Poetry's own version is no ingredient: it keeps archives by their address, and those that it built by
//! the tags of Python and system in the names of wheels.

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
pub(super) const NAME: &str = "poetry";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`poetry.lock`, or a `pyproject.toml` with `[tool.poetry]`";
/// Lock files, and settings that an earlier step may write, which count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["poetry.lock", "poetry.toml"];

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    matches!(name, b"poetry.lock" | b"poetry.toml" | b"pyproject.toml") || PINS.looks_into(name)
}

/// The folders in which it installs.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    python::folders_of(Manager::Poetry, tree)
}

/// Variables that change what is installed (Poetry, "Configuration": `POETRY_` and the setting). Those with
/// names, passwords and tokens of repositories are not among them.
const VARIABLES: [&str; 5] = [
    "POETRY_INSTALLER_NO_BINARY",
    "POETRY_INSTALLER_ONLY_BINARY",
    "POETRY_VIRTUALENVS_OPTIONS_ALWAYS_COPY",
    "POETRY_VIRTUALENVS_OPTIONS_NO_PIP",
    "POETRY_VIRTUALENVS_OPTIONS_SYSTEM_SITE_PACKAGES",
];

/// The variable that changes how packages are built.
const BUILDING: [&str; 1] = ["POETRY_INSTALLER_BUILD_CONFIG_SETTINGS"];

/// Python's version, the user's settings, variables.
pub(super) fn wants(_: &dyn Tree, settings: &Settings) -> Wants {
    let places = [
        "POETRY_CACHE_DIR",
        "POETRY_VIRTUALENVS_CREATE",
        "POETRY_VIRTUALENVS_IN_PROJECT",
        "POETRY_VIRTUALENVS_PATH",
        "XDG_CACHE_HOME",
    ];
    let folder = Folder::Variable { name: "XDG_CONFIG_HOME", otherwise: ".config" };
    let own = [&VARIABLES[..], &BUILDING, &places].concat();
    Wants { beyond: vec![Beyond { folder, path: "pypoetry/config.toml" }], ..python::wants(settings, &own) }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    python::toolchain(&BUILDING, true, &mut reading);
    python::checkout(&mut reading);
    reading.variables(Level::Dependencies, &VARIABLES, "it changes what is installed");
    let mut of_user = Value::Null;
    for file in seen.beyond {
        let read = values::toml(&file.shown, &file.bytes);
        if let Some(read) = reading.kept(read) {
            settings(&file.shown, Source::Beyond(file.shown.clone()), &read, &mut reading);
            of_user = read;
        }
    }
    for folder in seen.settings.folders(folders(seen.tree)) {
        PINS.add(&folder, &mut reading);
        let lock = reading.file(&folder, "poetry.lock");
        if let Some(file) = reading.file(&folder, MANIFEST)
            && let Some(manifest) = reading.toml(&file)
        {
            python::python_of(&file, &manifest, &mut reading);
            if lock.is_none() {
                python::requirements(&file, &manifest, &mut reading);
            }
        }
        let mut own = Value::Null;
        if let Some(file) = reading.file(&folder, "poetry.toml")
            && let Some(read) = reading.toml(&file)
        {
            settings(file.path(), file.source(), &read, &mut reading);
            own = read;
        }
        if let Some(file) = lock {
            if let Some(lock) = reading.toml(&file) {
                for path in copied(&lock) {
                    reading.copied(&folder, path.as_bytes(), &file);
                }
                let read = lock_file(&file, &lock);
                if let Some(packages) = reading.kept(read) {
                    reading.push(packages);
                }
            }
        } else {
            python::copied(&folder, false, &mut reading);
            let manifest = folders::join(&folder, MANIFEST.as_bytes());
            let place = Place::file(manifest.as_slice());
            let help = "run `poetry lock` and commit `poetry.lock`";
            reading.unlocked(place, "`poetry.lock` beside it", help);
        }
        places(&folder, &[&own, &of_user], &mut reading);
    }
    reading.done()
}

/// Keeps the downloads and the virtual environment of a folder.
fn places(folder: &[u8], settings: &[&Value], reading: &mut Reading<'_>) {
    let seen = reading.seen;
    let setting = |variable: &str, pointer: &str| {
        let set = seen.variable(variable).map(<[u8]>::to_vec);
        set.or_else(|| {
            let set = settings.iter().find_map(|it| it.pointer(pointer))?;
            Some(set.as_str().map_or_else(|| set.to_string(), str::to_owned).into_bytes())
        })
    };
    let is = |set: &Option<Vec<u8>>, wanted: &str| {
        set.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(wanted.as_bytes()))
    };
    let cache = match (
        setting("POETRY_CACHE_DIR", "/cache-dir"),
        homes::xdg(seen, "XDG_CACHE_HOME", false),
    ) {
        (Some(set), _) => homes::place(seen, folder, &set),
        (None, Some(caches)) => homes::inside(&caches, "pypoetry"),
        (None, None) => CACHE.path(seen),
    };
    let why = "each download is checked against the lock file, and the name of each wheel says what it was built for, not with which flags";
    for below in ["artifacts", "cache"] {
        let path = homes::inside(&cache, below);
        reading.place(path, Layer::Registry, Reuse::SameToolchain, why);
    }
    if is(&setting("POETRY_VIRTUALENVS_CREATE", "/virtualenvs/create"), "false") {
        return;
    }
    let in_project = setting("POETRY_VIRTUALENVS_IN_PROJECT", "/virtualenvs/in-project");
    let path = if is(&in_project, "true") || is(&in_project, "1") {
        folders::join(folder, b".venv")
    } else {
        match setting("POETRY_VIRTUALENVS_PATH", "/virtualenvs/path") {
            Some(set) => match set.strip_prefix(b"{cache-dir}/") {
                Some(below) => homes::inside(&cache, &String::from_utf8_lossy(below)),
                None => homes::place(seen, folder, &set),
            },
            None => homes::inside(&cache, "virtualenvs"),
        }
    };
    reading.place(path, Layer::Dependencies, Reuse::Exact, python::VENV_WHY);
}

/// Poetry, "cache-dir".
const CACHE: homes::Default = homes::Default {
    linux: ".cache/pypoetry",
    macos: "Library/Caches/pypoetry",
    windows: "AppData/Local/pypoetry/Cache",
};

/// Adds the settings of a file, but for places and how to log in.
fn settings(path: &[u8], source: Source, all: &Value, reading: &mut Reading<'_>) {
    let name = [b"settings in ", path].concat();
    let why = "it changes what is installed";
    let mut it = Ingredient::new(Level::Dependencies, name, source, why);
    let beside = [
        "cache-dir", "certificates", "data-dir", "http-basic", "keyring", "publish", "pypi-token",
        "repositories", "requests", "system-git-client", "virtualenvs",
    ];
    values::add_all(&mut it, "", Some(&values::without(all, &beside)));
    let environments = all.get("virtualenvs").map(|it| {
        values::without(it, &["create", "in-project", "path", "prompt"])
    });
    values::add_all(&mut it, "virtualenvs.", environments.as_ref());
    reading.push(it);
}

/// The folders of packages that are copied; where a package is to be developed, it is linked (Poetry,
/// "Dependency specification", "`path` dependencies").
fn copied(lock: &Value) -> impl Iterator<Item = &str> {
    let all = lock.get("package").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|package| {
        let is_linked = package.get("develop").and_then(Value::as_bool) == Some(true);
        let is_folder = package.pointer("/source/type")?.as_str() == Some("directory");
        package.pointer("/source/url")?.as_str().filter(|_| is_folder && !is_linked)
    })
}

/// The packages of a lock file.
fn lock_file(file: &File, lock: &Value) -> Result<Ingredient, Box<Problem>> {
    let name = [b"packages in ", file.path()].concat();
    let why = "it says which packages are installed";
    let mut packages =
        Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
    let version = lock.pointer("/metadata/lock-version").and_then(Value::as_str);
    let Some(version) = version else {
        let wanted = "`lock-version` in `[metadata]`";
        return Err(values::not_as_expected(file.path(), wanted, "none"));
    };
    // Of a version that is not known, everything counts.
    if !version.starts_with("1.") && !version.starts_with("2.") {
        values::add(&mut packages, "contents", lock);
        return Ok(packages);
    }
    let all = lock.get("package").and_then(Value::as_array);
    for package in all.into_iter().flatten() {
        let Some(name) = package.get("name").and_then(Value::as_str) else {
            return Err(values::not_as_expected(file.path(), "a `name` of each package", "none"));
        };
        let files = package.get("files").and_then(Value::as_array).into_iter().flatten();
        values::add(&mut packages, name, &values::without(package, &["name", "description", "files"]));
        let version = package.get("version").and_then(Value::as_str).unwrap_or_default();
        for one in files {
            let named = one.get("file").and_then(Value::as_str).unwrap_or_default();
            values::add(&mut packages, format!("{name} {version} {named}"), &values::without(one, &["file"]));
        }
    }
    // Until version 1.1 the files stood together.
    for (name, files) in values::entries(lock.pointer("/metadata/files")) {
        values::add(&mut packages, format!("files of {name}"), files);
    }
    // The rest of `[metadata]` is what was asked for: `content-hash`, `python-versions`.
    let rest = values::without(lock, &["metadata", "package"]);
    values::add_all(&mut packages, "", Some(&rest));
    Ok(packages)
}
