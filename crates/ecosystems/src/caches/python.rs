//! What uv, pip and Poetry have in common: Python, `pyproject.toml`, variables.
//!
//! Sources: Python, "Command line and environment", `-VV`; PEP 621; `PyPA`, "pyproject.toml specification";
//! PEP 503 for names.

use repo_model::Tree;
use repo_model::text_lines::as_committed;
use serde_json::Value;

use super::pins::Pins;
use super::reading::{File, Reading, folders_with, has, said};
use super::{
    Answer, Beyond, BeyondFile, Folder, Ingredient, Level, Settings, Source, Wants, values,
};
use crate::Probe;
use crate::workspaces::folders;

pub(super) const MANIFEST: &str = "pyproject.toml";

/// Files that name versions.
pub(super) const PINS: Pins = Pins {
    files: &[".python-version"],
    tools: &["python", "uv", "poetry", "pip"],
    why: "what sets Python up takes the version from it",
};

/// Variables that change what is built from source: those of setuptools, of scikit-build-core (`CMAKE_ARGS`)
/// and of maturin and setuptools-rust (`RUSTFLAGS`).
const VARIABLES: [&str; 10] = [
    "ARCHFLAGS",
    "CC",
    "CFLAGS",
    "CMAKE_ARGS",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "LDFLAGS",
    "MACOSX_DEPLOYMENT_TARGET",
    "RUSTFLAGS",
];

/// What must be known: Python's version, variables.
pub(super) fn wants(settings: &Settings, own: &[&'static str]) -> Wants {
    let probe =
        |program| (Vec::new(), Probe::new(program, &["-VV"], "the version of Python").fixed());
    // It has one name or the other, by system and by what set it up. Downloads alone are the same for all.
    let programs = ["python3", "python"].into_iter().filter(|_| settings.keeps_products());
    Wants {
        probes: programs.map(probe).collect(),
        beyond: Vec::new(),
        variables: [&VARIABLES[..], own].concat(),
    }
}

/// Adds Python, and the variables that packages are built with: `own` ones and those of all. What is built is
/// kept with downloads by some.
pub(super) fn toolchain(own: &[&str], is_of_downloads: bool, reading: &mut Reading<'_>) {
    let why = "what is built with one does not run with another";
    let mut python =
        Ingredient::new(Level::Toolchain, "python", Source::Command("python3 -VV"), why);
    let answers = [reading.seen.answer(0), reading.seen.answer(1)];
    if let Some(words) = answers.into_iter().find_map(said) {
        describe(&words, &mut python);
    } else if answers.iter().any(|it| matches!(it, Answer::Failed(_))) {
        python.shown("version", "not told");
    }
    reading.push(python);
    let why = "packages are built from source with it";
    let flags = [&VARIABLES[..], own].concat();
    if is_of_downloads {
        reading.flags(&flags, why);
    } else {
        reading.variables(Level::Toolchain, &flags, why);
    }
}

/// `Python 3.13.1 experimental free-threading build (main, Dec  4 2024, 08:54:15) [GCC 13.2.0]`: the
/// version, how it was built and by what, not when.
fn describe(words: &str, python: &mut Ingredient) {
    let known = words.strip_prefix("Python ").and_then(|rest| {
        let (version, built) = rest.split_once(" (")?;
        Some((version, built.rsplit_once(") [")?.1.strip_suffix(']')?))
    });
    match known {
        Some((version, compiler)) => {
            python.shown("version", version);
            python.shown("compiler", compiler);
        }
        // Of another implementation everything counts.
        None => python.shown("version", words),
    }
}

/// Who installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Uv,
    Poetry,
}

impl Manager {
    fn lock(self) -> &'static str {
        match self {
            Self::Uv => "uv.lock",
            Self::Poetry => "poetry.lock",
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Uv => "/tool/uv",
            Self::Poetry => "/tool/poetry",
        }
    }
}

/// The folders in which a manager installs: those with its lock file, and those whose manifest has
/// settings for it and that nothing locks.
pub(super) fn folders_of(manager: Manager, tree: &dyn Tree) -> Vec<Vec<u8>> {
    let mut found = folders_with(tree, &|name| name == manager.lock().as_bytes());
    let locked = folders_with(tree, &|name| matches!(name, b"uv.lock" | b"poetry.lock"));
    let mut roots: Vec<Vec<u8>> = Vec::new();
    for folder in folders_with(tree, &|name| name == MANIFEST.as_bytes()) {
        let is_below = |others: &[Vec<u8>]| {
            others.iter().any(|other| folders::inside(other, &folder).is_some())
        };
        if is_below(&locked) || is_below(&roots) {
            continue;
        }
        let manifest = manifest_at(tree, &folder);
        if manifest.is_some_and(|it| it.pointer(manager.table()).is_some()) {
            found.push(folder.clone());
            roots.push(folder);
        }
    }
    found.sort();
    found
}

/// Whether a manifest asks for packages and leaves open who installs them, so that it may be pip.
pub(super) fn is_for_pip(tree: &dyn Tree, folder: &[u8]) -> bool {
    let is_locked = folders::upwards(folder)
        .any(|above| has(tree, above, "uv.lock") || has(tree, above, "poetry.lock"));
    let asks = |manifest: Value| {
        let asked = manifest.pointer("/project/dependencies");
        let is_other =
            manifest.pointer("/tool/uv").is_some() || manifest.pointer("/tool/poetry").is_some();
        asked.is_some_and(|asked| !values::is_empty(asked)) && !is_other
    };
    !is_locked && manifest_at(tree, folder).is_some_and(asks)
}

/// A manifest that can be read; one that cannot is told of by whoever needs it.
fn manifest_at(tree: &dyn Tree, folder: &[u8]) -> Option<Value> {
    let path = folders::join(folder, MANIFEST.as_bytes());
    let entry = repo_model::entry(tree, &path)?;
    let bytes = tree.read(&[entry]).ok()?.pop()?;
    values::toml(&path, &bytes).ok()
}

/// What every manifest says of Python.
pub(super) fn python_of(file: &File, manifest: &Value, reading: &mut Reading<'_>) {
    let name = [b"python in ", file.path()].concat();
    let why = "it says which versions of Python will do";
    let mut it = Ingredient::new(Level::Toolchain, name, file.source(), why);
    let asked = manifest.pointer("/project/requires-python");
    let older = manifest.pointer("/tool/poetry/dependencies/python");
    if let Some(asked) = asked.or(older) {
        values::add(&mut it, "requires-python", asked);
    }
    reading.push(it);
}

/// Adds what a manifest asks for, where nothing locks it.
pub(super) fn requirements(file: &File, manifest: &Value, reading: &mut Reading<'_>) {
    let name = [b"requirements in ", file.path()].concat();
    let why = "it asks for packages, and nothing locks them";
    let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
    let asking = [
        "/project/dependencies",
        "/project/optional-dependencies",
        "/dependency-groups",
        "/build-system",
        "/tool/uv",
        "/tool/poetry/dependencies",
        "/tool/poetry/dev-dependencies",
        "/tool/poetry/group",
        "/tool/poetry/extras",
    ];
    for pointer in asking {
        if let Some(asked) = manifest.pointer(pointer) {
            let name = pointer.trim_start_matches('/').replace('/', ".");
            values::add(&mut it, name, asked);
        }
    }
    reading.push(it);
}

/// Adds the packages of the repository that the manifests in and below a folder ask for by their paths, and
/// those that these ask for (uv, "Managing dependencies", "Path"; Poetry, "Dependency specification",
/// "`path` dependencies"). What is linked is not copied, unless somebody says so.
pub(super) fn copied(folder: &[u8], are_links_copied: bool, reading: &mut Reading<'_>) {
    let paths = |file: &File| {
        // One that cannot be read cannot be installed either.
        let manifest = values::toml(file.path(), &file.bytes).unwrap_or_default();
        let is_copied = |asked: &&Value| {
            let is = |key: &str| asked.get(key).and_then(Value::as_bool) == Some(true);
            are_links_copied || !is("editable") && !is("develop")
        };
        let asked = asked_by_path(&manifest).filter(is_copied);
        asked.filter_map(|it| it.get("path")?.as_str().map(str::to_owned)).collect()
    };
    reading.copied_through(folder, MANIFEST, paths);
}

/// What a manifest says of each package that it may ask for by its path: a table, or several of which one
/// counts on each system.
fn asked_by_path(manifest: &Value) -> impl Iterator<Item = &Value> {
    let groups = values::entries(manifest.pointer("/tool/poetry/group"));
    let groups = groups.map(|(_, group)| group.get("dependencies"));
    let tables = ["/tool/uv/sources", "/tool/poetry/dependencies", "/tool/poetry/dev-dependencies"];
    let tables = tables.into_iter().map(|pointer| manifest.pointer(pointer)).chain(groups);
    tables
        .flat_map(values::entries)
        .flat_map(|(_, asked)| asked.as_array().map_or(std::slice::from_ref(asked), Vec::as_slice))
}

/// The kind of a file that a variable names and that bounds versions: all of it counts.
const NAMED: &str = "constraints.txt";

/// The files that these variables name, each one or more (pip, "Environment Variables"; uv, "Environment
/// variables", `UV_CONSTRAINT`).
pub(super) fn named<const N: usize>(variables: [&'static str; N]) -> [Beyond; N] {
    variables.map(|variable| Beyond { folder: Folder::Listed { variable }, path: NAMED })
}

/// Adds a file that a variable names; whether it is one.
pub(super) fn is_named(file: &BeyondFile, reading: &mut Reading<'_>) -> bool {
    if file.wanted.path != NAMED {
        return false;
    }
    let name = [b"versions in ", file.shown.as_slice()].concat();
    let why = "it says which versions will do";
    let source = Source::Beyond(file.shown.clone());
    let mut it = Ingredient::new(Level::Dependencies, name, source, why);
    it.hidden("contents", as_committed(&file.bytes));
    reading.push(it);
    true
}

/// Adds where the repository is checked out: a virtual environment has absolute paths in it (`pyvenv.cfg`,
/// the first line of each program; Python, "venv").
pub(super) fn checkout(reading: &mut Reading<'_>) {
    let path = &reading.seen.machine.repository;
    let why = "a virtual environment has absolute paths in it and works in no other folder";
    let name = "folder of the checkout";
    let mut it = Ingredient::new(Level::Toolchain, name, Source::Machine, why).of_exact();
    it.hidden("path", path.as_slice());
    reading.push(it);
}

/// Why a virtual environment is used under its own key only.
pub(super) const VENV_WHY: &str =
    "it has absolute paths in it, and what is installed in it is taken as right";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caches::Fact;

    #[track_caller]
    fn check(words: &str, wanted: &[(&str, &str)]) {
        let mut it = Ingredient::new(Level::Toolchain, "python", Source::Machine, "it is");
        describe(words, &mut it);
        let wanted =
            wanted.iter().map(|(name, value)| ((*name).into(), Fact::Shown((*value).into())));
        assert_eq!(it.facts, wanted.collect());
    }

    #[test]
    fn python_says_what_it_is_and_not_when_it_was_built() {
        check(
            "Python 3.11.7 (main, May  9 2026, 07:35:25) [GCC 12.2.0]",
            &[("version", "3.11.7"), ("compiler", "GCC 12.2.0")],
        );
        check(
            "Python 3.13.1 experimental free-threading build (main, Dec  4 2024, 08:54:15) [Clang 18]",
            &[("version", "3.13.1 experimental free-threading build"), ("compiler", "Clang 18")],
        );
        check("GraalPy 3.11", &[("version", "GraalPy 3.11")]);
    }
}
