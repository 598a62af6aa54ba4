//! Helm: the indexes of repositories, and the charts that a chart depends on.
//!
//! Sources: Helm 3, "Chart Dependency", `helm dependency build`, "helm" (environment variables and default
//! folders by system), "Charts", "The Chart.yaml File".
//!
//! Helm's own version is no ingredient: the charts are the same, whoever downloads them.

use diagnostics::{Place, Problem};
use repo_model::Tree;
use serde_json::Value;

use super::pins::Pins;
use super::reading::{File, Reading, folders_with, has, name_of};
use super::{Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Wants, homes, values};
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "helm";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`Chart.lock`, or a `Chart.yaml` with dependencies";
/// Lock files that count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["Chart.lock", "requirements.lock"];

const MANIFEST: &str = "Chart.yaml";

const PINS: Pins = Pins {
    files: &[],
    tools: &["helm"],
    why: "what sets Helm up takes the version from it",
};

/// Whether what is in the file at this path may matter. `requirements` are those of Helm 2, which later
/// ones still read.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    matches!(name, b"Chart.yaml" | b"Chart.lock" | b"requirements.yaml" | b"requirements.lock")
        || PINS.looks_into(name)
}

/// The folders of charts that depend on others.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    let charts = folders_with(tree, &|name| name == MANIFEST.as_bytes());
    let is_meant = |folder: &Vec<u8>| {
        if has(tree, folder, "Chart.lock") || has(tree, folder, "requirements.lock") {
            return true;
        }
        ["Chart.yaml", "requirements.yaml"].iter().any(|name| {
            let path = folders::join(folder, name.as_bytes());
            let Some(entry) = repo_model::entry(tree, &path) else { return false };
            let bytes = tree.read(&[entry]).unwrap_or_default().pop().unwrap_or_default();
            // One that cannot be read is told of later.
            values::yaml(&path, &bytes).map_or(true, |documents| {
                let asked = documents.first().and_then(|it| it.get("dependencies"));
                asked.is_some_and(|asked| !values::is_empty(asked))
            })
        })
    };
    charts.into_iter().filter(is_meant).collect()
}

/// The variables that say where things are.
pub(super) fn wants(_: &dyn Tree, _: &Settings) -> Wants {
    let own = ["HELM_CACHE_HOME", "HELM_REPOSITORY_CACHE", "XDG_CACHE_HOME"];
    Wants { variables: own.to_vec(), ..Wants::default() }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    for folder in seen.settings.folders(folders(seen.tree)) {
        PINS.add(&folder, &mut reading);
        let lock = reading.file(&folder, "Chart.lock");
        let lock = lock.or_else(|| reading.file(&folder, "requirements.lock"));
        let is_local = if let Some(file) = lock {
            let why = "it says which charts are downloaded";
            charts(&file, why, &mut reading)
        } else {
            let mut is_local = false;
            for name in [MANIFEST, "requirements.yaml"] {
                if let Some(file) = reading.file(&folder, name) {
                    let why = "it asks for charts, and nothing locks them";
                    is_local |= charts(&file, why, &mut reading);
                }
            }
            let manifest = folders::join(&folder, MANIFEST.as_bytes());
            let place = Place::file(manifest.as_slice());
            let help = "run `helm dependency update` and commit `Chart.lock`";
            reading.unlocked(place, "`Chart.lock` beside it", help);
            is_local
        };
        // What is committed comes with git; charts of this repository are packed from what is in it, which
        // no lock file tells of.
        let charts = folders::join(&folder, b"charts");
        if !is_local && repo_model::below(seen.tree, &charts).is_empty() {
            let why = "Helm takes the charts that lie in it as right, so only the same lock file makes it right";
            reading.place(charts, Layer::Dependencies, Reuse::Exact, why);
        }
        let why = "each index is named by its repository, and Helm brings it up to date";
        reading.place(cache(seen), Layer::Registry, Reuse::SameSystem, why);
    }
    reading.done()
}

/// Where indexes are kept (Helm, "helm", environment variables).
fn cache(seen: &Seen<'_>) -> Vec<u8> {
    if let Some(set) = seen.variable("HELM_REPOSITORY_CACHE") {
        return homes::place(seen, b"", set);
    }
    if let Some(set) = seen.variable("HELM_CACHE_HOME") {
        return homes::place(seen, b"", set);
    }
    match homes::xdg(seen, "XDG_CACHE_HOME", true) {
        Some(caches) => homes::inside(&caches, "helm"),
        None => CACHE.path(seen),
    }
}

const CACHE: homes::Default = homes::Default {
    linux: ".cache/helm",
    macos: "Library/Caches/helm",
    windows: "AppData/Local/Temp/helm",
};

/// Adds the charts of a lock file or a manifest; whether one of them is of this repository. When the file
/// was made and the digest of what was asked for do not count.
fn charts(file: &File, why: &'static str, reading: &mut Reading<'_>) -> bool {
    let Some(read) = reading.yaml(file) else { return false };
    let name = [b"charts in ", file.path()].concat();
    let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
    let mut is_local = false;
    let dependencies = read.get("dependencies").and_then(Value::as_array);
    for chart in dependencies.into_iter().flatten() {
        let Some(name) = chart.get("name").and_then(Value::as_str) else {
            let wanted = "a `name` of each dependency";
            let wrong = values::not_as_expected(file.path(), wanted, "none");
            reading.refuse(*wrong);
            continue;
        };
        let repository = chart.get("repository").and_then(Value::as_str).unwrap_or_default();
        is_local |= repository.is_empty() || repository.starts_with("file://");
        values::add(&mut it, name, &values::only(chart, &["repository", "version"]));
    }
    if dependencies.is_none() && name_of(file.path()).ends_with(b".lock") {
        let wrong = values::not_as_expected(file.path(), "a list `dependencies`", "none");
        reading.refuse(*wrong);
    }
    reading.push(it);
    is_local
}
