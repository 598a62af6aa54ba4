//! Helm: the indexes of repositories, and the charts that a chart depends on.
//!
//! Sources: Helm 3, "Chart Dependency", `helm dependency build`, "helm" (environment variables and default
//! folders by system), "Charts", "The Chart.yaml File".
//!
//! Helm's own version is no ingredient: the charts are the same, whoever downloads them.

use std::collections::BTreeSet;

use diagnostics::{Place, Problem};
use repo_model::Tree;
use serde_json::Value;

use super::pins::Pins;
use super::reading::{File, Reading, folders_with, has, name_of};
use super::{
    Beyond, Folder, Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Source, Wants, homes,
    values,
};
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

/// The variables that say where things are, and the user's list of repositories (`helm repo add`).
pub(super) fn wants(_: &dyn Tree, _: &Settings) -> Wants {
    let own = ["HELM_CACHE_HOME", "HELM_REPOSITORY_CACHE", "XDG_CACHE_HOME"];
    let variable = |name, otherwise| Folder::Variable { name, otherwise };
    let named = Folder::Named { variable: "HELM_REPOSITORY_CONFIG" };
    let below = "helm/repositories.yaml";
    let beyond = vec![
        Beyond { folder: named, path: "repositories.yaml" },
        Beyond { folder: variable("HELM_CONFIG_HOME", ".config/helm"), path: "repositories.yaml" },
        Beyond { folder: variable("XDG_CONFIG_HOME", ".config"), path: below },
        Beyond { folder: Folder::Home, path: "Library/Preferences/helm/repositories.yaml" },
        Beyond { folder: variable("APPDATA", "AppData/Roaming"), path: below },
    ];
    Wants { variables: own.to_vec(), beyond, ..Wants::default() }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    for folder in seen.settings.folders(folders(seen.tree)) {
        PINS.add(&folder, &mut reading);
        manifest(&folder, &mut reading);
        let lock = reading.file(&folder, "Chart.lock");
        let lock = lock.or_else(|| reading.file(&folder, "requirements.lock"));
        let asked = if let Some(file) = lock {
            let why = "it says which charts are downloaded";
            charts(&file, why, &mut reading)
        } else {
            let mut all = Asked::default();
            for name in [MANIFEST, "requirements.yaml"] {
                if let Some(file) = reading.file(&folder, name) {
                    let why = "it asks for charts, and nothing locks them";
                    let asked = charts(&file, why, &mut reading);
                    all.is_local |= asked.is_local;
                    all.aliases.extend(asked.aliases);
                }
            }
            let manifest = folders::join(&folder, MANIFEST.as_bytes());
            let place = Place::file(manifest.as_slice());
            let help = "run `helm dependency update` and commit `Chart.lock`";
            reading.unlocked(place, "`Chart.lock` beside it", help);
            all
        };
        let is_known = aliases(&asked.aliases, &mut reading);
        // What is committed comes with git; charts of this repository are packed from what is in it, which
        // no lock file tells of. Behind an alias that nobody here knows may be any repository.
        let charts = folders::join(&folder, b"charts");
        if !asked.is_local && is_known && repo_model::below(seen.tree, &charts).is_empty() {
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

/// Refuses a manifest that asks for its charts in another form than a list.
fn manifest(folder: &[u8], reading: &mut Reading<'_>) {
    let Some(file) = reading.file(folder, MANIFEST) else { return };
    let Some(read) = reading.yaml(&file) else { return };
    let asked = read.get("dependencies").filter(|it| !it.is_array() && !it.is_null());
    // As a text, nothing is written `""` too.
    if let Some(asked) = asked.filter(|it| it.as_str().is_none_or(|text| !text.is_empty())) {
        let key = "dependencies";
        let wrong = values::not_of_kind(file.path(), &file.bytes, key, "a list `dependencies`", asked);
        reading.refuse(*wrong);
    }
}

/// What is asked for besides charts of repositories that are named by their addresses.
#[derive(Default)]
struct Asked {
    /// Whether a chart is of this repository.
    is_local: bool,
    /// The user's names for repositories.
    aliases: BTreeSet<String>,
}

/// Adds the addresses of repositories that the user has names for (Helm, "Chart Dependency", `@` and
/// `alias:`); whether all of them are known. Of the lists the first is read.
fn aliases(names: &BTreeSet<String>, reading: &mut Reading<'_>) -> bool {
    let Some(file) = reading.seen.beyond.first().filter(|_| !names.is_empty()) else {
        return names.is_empty();
    };
    let read = reading.kept(values::yaml(&file.shown, &file.bytes));
    let all = read.iter().flatten().filter_map(|it| it.get("repositories")?.as_array()).flatten();
    let name = [b"repositories in ", file.shown.as_slice()].concat();
    let why = "it says which repository a name stands for";
    let source = Source::Beyond(file.shown.clone());
    let mut it = Ingredient::new(Level::Dependencies, name, source, why).of_downloads();
    for repository in all {
        let text = |key| repository.get(key).and_then(Value::as_str);
        if let (Some(name), Some(address)) = (text("name"), text("url"))
            && names.contains(name)
        {
            it.hidden(name, address);
        }
    }
    let is_known = names.iter().all(|name| it.facts.contains_key(name.as_bytes()));
    reading.push(it);
    is_known
}

/// Adds the charts of a lock file or a manifest. When the file was made and the digest of what was asked for
/// do not count.
fn charts(file: &File, why: &'static str, reading: &mut Reading<'_>) -> Asked {
    let mut asked = Asked::default();
    let Some(read) = reading.yaml(file) else { return asked };
    let name = [b"charts in ", file.path()].concat();
    let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
    let dependencies = read.get("dependencies").and_then(Value::as_array);
    for chart in dependencies.into_iter().flatten() {
        let Some(name) = chart.get("name").and_then(Value::as_str) else {
            let wanted = "a `name` of each dependency";
            let wrong = values::not_as_expected(file.path(), wanted, "none");
            reading.refuse(*wrong);
            continue;
        };
        let repository = chart.get("repository").and_then(Value::as_str).unwrap_or_default();
        asked.is_local |= repository.is_empty() || repository.starts_with("file://");
        let alias = repository.strip_prefix('@').or_else(|| repository.strip_prefix("alias:"));
        asked.aliases.extend(alias.map(str::to_owned));
        values::add(&mut it, name, &values::only(chart, &["repository", "version"]));
    }
    let is_lock = name_of(file.path()).ends_with(b".lock");
    if dependencies.is_none() && is_lock {
        let wrong = values::not_as_expected(file.path(), "a list `dependencies`", "none");
        reading.refuse(*wrong);
    } else if is_lock && it.facts.is_empty() {
        it.shown("charts", "none");
    }
    reading.push(it);
    asked
}

#[cfg(test)]
mod tests {
    use crate::caches::testing::{Told, paths};
    use crate::caches::{Ecosystem, Layer};

    #[track_caller]
    fn check(repository: &str, kept: &[&str]) {
        let lock = format!("dependencies:\n- name: redis\n  repository: {repository}\n  version: 1.0.0\n");
        let files = [("Chart.yaml", "name: a\n"), ("Chart.lock", lock.as_str())];
        let found = Told::files(&files).read(Ecosystem::Helm).unwrap();
        assert_eq!(paths(&found, Layer::Dependencies), kept, "{repository}");
    }

    #[test]
    fn what_is_no_list_of_charts_is_refused_with_its_place() {
        let files = [("Chart.yaml", "name: a\ndependencies: 5\n"), ("Chart.lock", "dependencies: []\n")];
        let problems = Told::files(&files).read(Ecosystem::Helm).unwrap_err();
        let place = problems[0].place.clone().unwrap();
        assert_eq!((place.file, place.line), ("Chart.yaml".into(), Some(2)), "{problems:?}");
        let files = [("Chart.yaml", "name: a\n"), ("Chart.lock", "dependencies: []\n")];
        assert!(!Told::files(&files).read(Ecosystem::Helm).unwrap().ingredients.is_empty());
    }

    #[test]
    fn charts_are_kept_where_it_is_known_whence_they_come() {
        check("https://charts.example", &["charts"]);
        check("file://../other", &[]);
        check("\"@stable\"", &[]);
        check("alias:stable", &[]);
    }
}
