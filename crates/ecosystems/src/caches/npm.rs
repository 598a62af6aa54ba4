//! npm: its downloads, and `node_modules`.
//!
//! Sources: npm 11, "package-lock.json", "npm-shrinkwrap.json", "cache", "ci", "config"; cacache.

use std::collections::BTreeSet;

use diagnostics::{Place, Problem};
use repo_model::Tree;
use serde_json::Value;

use super::node::{self, Manager};
use super::reading::{File, Reading, name_of};
use super::{Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Wants, homes, values};
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "npm";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`package-lock.json`, `npm-shrinkwrap.json`, or a `package.json` that asks for packages";
/// Lock files, and settings that an earlier step may write, which count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["package-lock.json", "npm-shrinkwrap.json", ".npmrc"];

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    node::looks_into(path) || LOCKS.iter().any(|it| it.as_bytes() == name_of(path))
}

/// The folders in which it installs.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    node::folders_of(Manager::Npm, tree)
}

/// Node's version, the user's settings, variables.
pub(super) fn wants(_: &dyn Tree, settings: &Settings) -> Wants {
    node::wants(settings, &[])
}

const MODULES_WHY: &str = "`npm ci` deletes it and `npm install` takes what is there as right, so only the same lock file makes it right";

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    node::toolchain(false, &mut reading);
    for folder in seen.settings.folders(folders(seen.tree)) {
        let project = node::project(&folder, &mut reading);
        let mut homes = BTreeSet::from([folder.clone()]);
        // A shrinkwrap counts before a lock file (npm, "npm-shrinkwrap.json").
        let lock = reading.file(&folder, "npm-shrinkwrap.json");
        if let Some(file) = lock.or_else(|| reading.file(&folder, "package-lock.json")) {
            if let Some(value) = reading.json(&file) {
                let read = lock_file(&file, &value);
                for (_, entry) in values::entries(value.get("packages")) {
                    if let Some(path) = copied(entry) {
                        reading.copied(&folder, path.as_bytes(), &file);
                    }
                }
                if let Some([packages, members]) = reading.kept(read) {
                    homes.extend(homes_in(&folder, &packages));
                    reading.push(packages);
                    reading.push(members);
                }
            }
        } else {
            let why = "it asks for packages, and nothing locks them";
            node::requirements(&folder, why, &mut reading);
            if node::setting(&project, "install-links", &reading).as_deref() == Some(b"true") {
                node::copied(&folder, &mut reading);
            }
            let manifest = folders::join(&folder, node::MANIFEST.as_bytes());
            let help = "run `npm install` and commit `package-lock.json`";
            reading.unlocked(Place::file(manifest.as_slice()), "`package-lock.json` beside it", help);
        }
        node::modules(homes.iter().map(Vec::as_slice), MODULES_WHY, &mut reading);
        let downloads = match node::setting(&project, "cache", &reading) {
            Some(set) => homes::place(seen, &folder, &set),
            None => DOWNLOADS.path(seen),
        };
        // Beside it are logs, and what `npx` installed, which nothing checks.
        let why = "npm looks each download up by its checksum, and checks it before it is used";
        reading.place(homes::inside(&downloads, "_cacache"), Layer::Registry, Reuse::Any, why);
    }
    reading.done()
}

/// npm, "config", "cache".
const DOWNLOADS: homes::Default =
    homes::Default { linux: ".npm", macos: ".npm", windows: "AppData/Local/npm-cache" };

/// What a package says that does not change what is installed.
const WORDS: [&str; 3] = ["deprecated", "funding", "license"];

/// What counts of a member: not its version, and not what it asks for, because that is locked.
const OF_MEMBERS: [&str; 6] = ["bin", "cpu", "engines", "hasInstallScript", "libc", "os"];

/// The packages of a lock file, and the members of the workspace.
fn lock_file(file: &File, lock: &Value) -> Result<[Ingredient; 2], Box<Problem>> {
    let why = "it says which packages are installed, and where";
    let name = [b"packages in ", file.path()].concat();
    let mut packages =
        Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
    let why = "members are linked, and their programs and scripts with them";
    let name = [b"members in ", file.path()].concat();
    let mut members = Ingredient::new(Level::Dependencies, name, file.source(), why);
    let said = lock.get("lockfileVersion");
    let version = said.and_then(Value::as_u64);
    if let Some(said) = said.filter(|_| version.is_none()) {
        let key = "\"lockfileVersion\"";
        let wanted = "a number for `lockfileVersion`";
        return Err(values::not_of_kind(file.path(), &file.bytes, key, wanted, said));
    }
    match (version, lock.get("packages")) {
        // Version 2 says everything twice: `packages` is what counts (npm, "lockfileVersion").
        (Some(2 | 3), Some(Value::Object(all))) => {
            for (place, entry) in all {
                let is_link = entry.get("link").and_then(Value::as_bool) == Some(true);
                if place.contains("node_modules/") && !is_link {
                    values::add(&mut packages, place.as_str(), &values::without(entry, &WORDS));
                } else if is_link {
                    values::add(&mut members, place.as_str(), entry);
                } else {
                    let kept = values::only(entry, &OF_MEMBERS);
                    if !values::is_empty(&kept) {
                        values::add(&mut members, node_name(place), &kept);
                    }
                }
            }
        }
        (Some(2 | 3), _) => {
            let wanted = "`packages`, as version 2 and 3 have it";
            return Err(values::not_as_expected(file.path(), wanted, "none"));
        }
        (Some(1) | None, _) if lock.get("packages").is_none() && lock.is_object() => {
            nested("", lock.get("dependencies"), &mut packages);
        }
        // Of a version that is not known, everything counts.
        (Some(_), _) => node::whole(file, &mut packages),
        (None, _) => {
            let found = "another kind of JSON";
            return Err(values::not_as_expected(file.path(), "`lockfileVersion`", found));
        }
    }
    Ok([packages, members])
}

/// The path of a package that is copied and has no checksum (npm, "config", `install-links`).
fn copied(entry: &Value) -> Option<&str> {
    let is_link = entry.get("link").and_then(Value::as_bool) == Some(true);
    let path = entry.get("resolved").and_then(Value::as_str)?.strip_prefix("file:")?;
    (!is_link && entry.get("integrity").is_none()).then_some(path)
}

fn node_name(place: &str) -> &str {
    if place.is_empty() { "." } else { place }
}

/// Version 1 nests packages in each other. Readers refuse what is nested deeper than 128 levels.
fn nested(above: &str, dependencies: Option<&Value>, packages: &mut Ingredient) {
    for (name, entry) in values::entries(dependencies) {
        let place = format!("{above}node_modules/{name}");
        let own = values::without(entry, &["dependencies", "requires"]);
        values::add(packages, place.as_str(), &own);
        nested(&format!("{place}/"), entry.get("dependencies"), packages);
    }
}

/// The folders of members that have packages of their own.
fn homes_in(folder: &[u8], packages: &Ingredient) -> BTreeSet<Vec<u8>> {
    let home = |place: &[u8]| {
        let at = bstr::ByteSlice::find(place, "/node_modules/")?;
        let home = place.get(..at)?;
        (!home.starts_with(b"node_modules/")).then(|| folders::join(folder, home))
    };
    packages.facts.keys().filter_map(|place| home(place)).collect()
}

#[cfg(test)]
mod tests {
    use crate::caches::Ecosystem;
    use crate::caches::testing::Told;

    #[track_caller]
    fn check(manifest: &str, lock: &str, file: &str, line: u64) {
        let files = [("package.json", manifest), ("package-lock.json", lock)];
        let problems = Told::files(&files).read(Ecosystem::Npm).unwrap_err();
        let place = problems[0].place.clone().unwrap();
        assert_eq!((place.file, place.line), (file.into(), Some(line)), "{problems:?}");
    }

    #[test]
    fn what_is_of_another_kind_is_refused_with_its_place() {
        let lock = "{\"lockfileVersion\": 3, \"packages\": {}}";
        check("[]", lock, "package.json", 1);
        check("{}", "{\n  \"lockfileVersion\": \"x\"}", "package-lock.json", 2);
    }
}
