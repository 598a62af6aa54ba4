//! Yarn, classic and later: its downloads, and what it installs.
//!
//! Sources: Yarn 1, "yarn.lock", "yarn cache", `yarnrc`; Yarn 4, "Settings (.yarnrc.yml)" (`cacheFolder`,
//! `enableGlobalCache`, `globalFolder`, `nodeLinker`, `checksumBehavior`), "Plug'n'Play", "Zero-installs".

mod classic;

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Place, Problem};
use repo_model::{Tree, entry};
use serde_json::Value;

use super::node::{self, Manager, Project};
use super::reading::{File, Reading, folders_with, name_of, said};
use super::{
    Answer, Beyond, Folder, Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Source, Wants,
    homes, values,
};
use crate::Probe;
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "yarn";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`yarn.lock`";
/// Lock files, and settings that an earlier step may write, which count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["yarn.lock", ".npmrc", ".yarnrc", ".yarnrc.yml"];

const SETTINGS: &str = ".yarnrc.yml";
const CLASSIC_SETTINGS: &str = ".yarnrc";

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    node::looks_into(path)
        || matches!(name, b".yarnrc.yml" | b".yarnrc")
        || LOCKS.iter().any(|it| it.as_bytes() == name)
}

/// The folders in which it installs.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    node::folders_of(Manager::Yarn, tree)
}

/// How variables begin that tell settings (Yarn 4, "Settings": `YARN_` and the setting in snake case; Yarn 1
/// takes them in any case).
const TELLING: [&str; 2] = ["YARN_*", "yarn_*"];

/// What a setting is for that a variable tells, in small letters.
fn meant(key: &str) -> Option<(Level, &'static str)> {
    let mut camel = String::with_capacity(key.len());
    let mut words = key.split('_');
    camel.push_str(words.next().unwrap_or_default());
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    match camel.as_str() {
        "registry" | "npmRegistryServer" => Some((Level::Dependencies, "packages come from it")),
        // Yarn, and images of Node, set the first two themselves.
        "wrapOutput" | "version" | "networkTimeout" => None,
        key if is_beside(key) => None,
        _ => Some((Level::Dependencies, "it changes what is installed")),
    }
}

/// Node's version, the user's settings, variables; and Yarn's version where nothing pins it.
pub(super) fn wants(tree: &dyn Tree, settings: &Settings) -> Wants {
    let mut wants = node::wants(settings, &[&TELLING[..], &["XDG_CACHE_HOME"]].concat());
    for path in [SETTINGS, CLASSIC_SETTINGS] {
        wants.beyond.push(Beyond { folder: Folder::Home, path });
    }
    // Settings may name a program of the repository's as the Yarn that runs, for all folders below them.
    let is_set = |folder: &[u8]| {
        let path = |name: &str| folders::join(folder, name.as_bytes());
        [SETTINGS, CLASSIC_SETTINGS].into_iter().any(|name| entry(tree, &path(name)).is_some())
    };
    let is_open = |folder: &Vec<u8>| {
        !node::is_pinned(tree, folder) && !folders::upwards(folder).any(is_set)
    };
    // It is asked at the root, so what stands there counts for the question as well.
    let may_be_asked = is_open(&Vec::new());
    if settings.keeps_products()
        && may_be_asked
        && settings.folders(folders(tree)).iter().any(is_open)
    {
        let probe = Probe::new("yarn", &["--version"], "the version of Yarn").fixed();
        wants.probes.push((Vec::new(), probe));
    }
    wants
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    node::toolchain(false, &mut reading);
    let why = "it decides how packages lie";
    let mut yarn =
        Ingredient::new(Level::Toolchain, "yarn", Source::Command("yarn --version"), why);
    if let Some(version) = said(seen.answer(1)) {
        yarn.shown("version", version);
    } else if matches!(seen.answer(1), Answer::Failed(_)) {
        yarn.shown("version", "not told");
    }
    reading.push(yarn);
    for it in reading.told_by_variables("yarn_", &meant) {
        reading.push(it);
    }
    let mut of_user = None;
    for file in seen.beyond.iter().filter(|it| it.wanted.path == CLASSIC_SETTINGS) {
        let source = Source::Beyond(file.shown.clone());
        of_user = classic_settings(&file.shown, source, &file.bytes, &mut reading);
    }
    for file in seen.beyond.iter().filter(|it| it.wanted.path == SETTINGS) {
        let read = values::yaml(&file.shown, &file.bytes);
        if let Some(Some(read)) = reading.kept(read).map(|mut documents| documents.pop()) {
            settings(&file.shown, &Source::Beyond(file.shown.clone()), &read, &mut reading);
        }
    }
    for folder in seen.settings.folders(folders(seen.tree)) {
        one(&folder, of_user.clone(), &mut reading);
    }
    reading.done()
}

/// One folder with a lock file, or with nothing that locks.
fn one(folder: &[u8], of_user: Option<Vec<u8>>, reading: &mut Reading<'_>) {
    let seen = reading.seen;
    let project = node::project(folder, reading);
    let mut own = Value::Null;
    let mut of_classic = None;
    // Those of folders above count as well, and the nearest first.
    for folder in folders::upwards(folder) {
        if let Some(file) = reading.file(folder, SETTINGS)
            && let Some(read) = reading.yaml(&file)
        {
            settings(file.path(), &file.source(), &read, reading);
            if own == Value::Null {
                own = read;
            }
        }
        if let Some(file) = reading.file(folder, CLASSIC_SETTINGS) {
            of_classic = of_classic.or(classic_settings(file.path(), file.source(), &file.bytes, reading));
        }
    }
    let mut is_berry = own != Value::Null
        || project.manifest.get("packageManager").and_then(Value::as_str).is_some_and(|it| {
            it.starts_with("yarn@") && !it.starts_with("yarn@1.") && !it.starts_with("yarn@0.")
        });
    let mut homes = BTreeSet::from([folder.to_vec()]);
    if let Some(file) = reading.file(folder, "yarn.lock") {
        is_berry = bstr::ByteSlice::find(file.bytes.as_slice(), "__metadata:").is_some();
        let read = if is_berry { berry(&file) } else { classic_lock(&file) };
        if let Some(mut locked) = reading.kept(read) {
            for ingredient in std::mem::take(&mut locked.ingredients) {
                reading.push(ingredient);
            }
            let members = locked.members.iter();
            homes.extend(members.filter_map(|it| folders::resolve(folder, it.as_bytes())));
            if !is_berry {
                asked_by_manifests(folder, &locked, reading);
            }
        }
    } else {
        let why = "it asks for packages, and nothing locks them";
        node::requirements(folder, why, reading);
        let manifest = folders::join(folder, node::MANIFEST.as_bytes());
        let help = "run `yarn install` and commit `yarn.lock`";
        reading.unlocked(Place::file(manifest.as_slice()), "`yarn.lock` beside it", help);
    }
    if !is_berry {
        // Later versions have a checksum of what they copy in the lock file.
        node::copied(folder, reading);
        let manifests = folders_with(seen.tree, &|name| name == node::MANIFEST.as_bytes());
        homes.extend(manifests.into_iter().filter(|it| folders::inside(folder, it).is_some()));
    }
    installed(folder, &homes, &own, is_berry, reading);
    downloads(folder, &project, &own, of_classic.or(of_user), is_berry, reading);
}

const MODULES_WHY: &str =
    "Yarn takes the packages that lie in it as right, so only the same lock file makes it right";

/// Keeps what is installed.
fn installed(
    folder: &[u8],
    homes: &BTreeSet<Vec<u8>>,
    own: &Value,
    is_berry: bool,
    reading: &mut Reading<'_>,
) {
    let linker = reading.seen.variable("YARN_NODE_LINKER").map(String::from_utf8_lossy);
    let linker = linker.as_deref().or_else(|| own.get("nodeLinker").and_then(Value::as_str));
    if is_berry && !matches!(linker, Some("node-modules" | "pnpm")) {
        let why = "Yarn takes what is unpacked there as right, so only the same lock file makes it right";
        // Where it is committed, git brings it.
        let path = folders::join(folder, b".yarn/unplugged");
        if repo_model::below(reading.seen.tree, &path).is_empty() {
            reading.place(path, Layer::Dependencies, Reuse::Exact, why);
        }
    } else {
        node::modules(homes.iter().map(Vec::as_slice), MODULES_WHY, reading);
    }
    if is_berry {
        let path = folders::join(folder, b".yarn/install-state.gz");
        let why = "it says what is installed, and belongs to what is";
        reading.place(path, Layer::Dependencies, Reuse::Exact, why);
    }
}

/// Keeps the downloads.
fn downloads(
    folder: &[u8],
    project: &Project,
    own: &Value,
    of_classic: Option<Vec<u8>>,
    is_berry: bool,
    reading: &mut Reading<'_>,
) {
    let seen = reading.seen;
    let text = |key: &str| own.get(key).and_then(Value::as_str);
    let set = seen.variable("YARN_CACHE_FOLDER").map(<[u8]>::to_vec);
    if !is_berry {
        let set = set.or(of_classic).or_else(|| node::setting(project, "cache-folder", reading));
        let paths = match (set, homes::xdg(seen, "XDG_CACHE_HOME", true)) {
            (Some(set), _) => vec![homes::place(seen, folder, &set)],
            (None, Some(caches)) => vec![homes::inside(&caches, "yarn")],
            // For root, as in most containers, Yarn has another home (seen with 1.22.22).
            (None, None) if !matches!(seen.machine.os.as_str(), "macos" | "windows") => {
                vec![CLASSIC.path(seen), b"/usr/local/share/.cache/yarn".to_vec()]
            }
            (None, None) => vec![CLASSIC.path(seen)],
        };
        let why = "each package's folder is named by its version and checksum, which was checked when it came";
        for path in paths {
            reading.place(path, Layer::Registry, Reuse::Any, why);
        }
        return;
    }
    let is_global = seen.variable("YARN_ENABLE_GLOBAL_CACHE").map(String::from_utf8_lossy);
    let is_global = is_global.as_deref().or_else(|| text("enableGlobalCache"));
    let path = match (is_global, set.as_deref().or_else(|| text("cacheFolder").map(str::as_bytes))) {
        (Some("false" | "0"), Some(set)) => homes::place(seen, folder, set),
        (Some("false" | "0"), None) => folders::join(folder, b".yarn/cache"),
        (_, _) => {
            let set = seen.variable("YARN_GLOBAL_FOLDER");
            let set = set.or_else(|| text("globalFolder").map(str::as_bytes));
            let global = set.map_or_else(|| BERRY.path(seen), |set| homes::place(seen, folder, set));
            homes::inside(&global, "cache")
        }
    };
    // Zero-installs: where it is committed, git brings it.
    if repo_model::below(seen.tree, &path).is_empty() {
        let why = "Yarn checks each archive against the checksum in its lock file";
        reading.place(path, Layer::Registry, Reuse::Any, why);
    }
}

/// Yarn 1, `src/util/user-dirs.js` by its documentation, "yarn cache dir".
const CLASSIC: homes::Default = homes::Default {
    linux: ".cache/yarn",
    macos: "Library/Caches/Yarn",
    windows: "AppData/Local/Yarn/Cache",
};

/// Yarn 4, `globalFolder`.
const BERRY: homes::Default = homes::Default {
    linux: ".yarn/berry",
    macos: ".yarn/berry",
    windows: "AppData/Local/Yarn/Berry",
};

/// Settings that do not change what is installed: places, how it is told and reached, how to log in.
fn is_beside(key: &str) -> bool {
    let beginnings = ["http", "log", "enableProgress", "enableTelemetry", "telemetry", "init", "changeset"];
    let words = [
        "cacheFolder", "cacheMigrationMode", "caFilePath", "enableColors", "enableGlobalCache", "enableHyperlinks",
        "enableInlineBuilds", "enableMessageNames", "enableMirror", "enableTimers", "globalFolder",
        "networkConcurrency", "networkSettings", "npmAlwaysAuth", "npmAuditRegistry", "npmAuthIdent",
        "npmAuthToken", "npmPublishAccess", "npmPublishRegistry", "npmPublishProvenance",
        "preferAggregateCacheInfo", "preferInteractive", "preferReuse", "preferTruncatedLines",
        "progressBarStyle", "taskPoolConcurrency", "workerPoolMode", "winLinkType_", "enableStrictSsl",
    ];
    beginnings.iter().any(|it| key.starts_with(it)) || words.contains(&key)
}

/// Adds what a `.yarnrc.yml` says, never how to log in.
fn settings(path: &[u8], source: &Source, all: &Value, reading: &mut Reading<'_>) {
    let name = [b"registries in ", path].concat();
    let why = "packages come from the registries in it";
    let mut registries =
        Ingredient::new(Level::Dependencies, name, source.clone(), why).of_downloads();
    let name = [b"settings in ", path].concat();
    let why = "it changes what is installed";
    let mut settings = Ingredient::new(Level::Dependencies, name, source.clone(), why);
    let name = [b"yarn in ", path].concat();
    let why = "it says which Yarn installs";
    let mut yarn = Ingredient::new(Level::Toolchain, name, source.clone(), why);
    for (key, value) in values::entries(Some(all)) {
        match key.as_str() {
            "npmRegistryServer" => values::add(&mut registries, key.as_str(), value),
            "npmScopes" | "npmRegistries" => {
                for (name, scope) in values::entries(Some(value)) {
                    let server = values::only(scope, &["npmRegistryServer"]);
                    if !values::is_empty(&server) {
                        values::add(&mut registries, format!("{key} {name}"), &server);
                    }
                }
            }
            "yarnPath" => values::add(&mut yarn, key.as_str(), value),
            key if is_beside(key) => {}
            key => values::add(&mut settings, key, value),
        }
    }
    reading.push(registries);
    reading.push(settings);
    reading.push(yarn);
}

/// Adds what a `.yarnrc` of Yarn 1 says; the folder of downloads.
fn classic_settings(
    path: &[u8],
    source: Source,
    bytes: &[u8],
    reading: &mut Reading<'_>,
) -> Option<Vec<u8>> {
    let text = reading.kept(values::utf8(path, bytes, "text"))?;
    let name = [b"settings in ", path].concat();
    let why = "it changes what is installed, or where it comes from";
    let mut it =
        Ingredient::new(Level::Dependencies, name, source, why).of_downloads();
    let mut folder = None;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let Some((key, value)) = line.split_once(' ') else { continue };
        let (key, value) = (key.trim_matches('"'), value.trim().trim_matches('"'));
        match key {
            "email" | "username" => {}
            "cache-folder" | "yarn-offline-mirror-pruning" | "lastUpdateCheck" | "network-timeout" | "progress" => {
                if key == "cache-folder" {
                    folder = Some(value.as_bytes().to_vec());
                }
            }
            key if key.contains(":_") || key.starts_with('_') || key.starts_with("//") => {}
            key => values::add(&mut it, key, &Value::String(value.to_owned())),
        }
    }
    reading.push(it);
    folder
}

/// What a lock file says.
#[derive(Default)]
struct Locked {
    ingredients: Vec<Ingredient>,
    /// The folders of members.
    members: Vec<String>,
    /// What was got, by what was asked for: `ms@npm:^2.1.0`.
    got: BTreeMap<String, String>,
}

impl Locked {
    /// What a name and a range got; the range, where that is not known. Later versions leave `npm:` out
    /// where a range is asked for, and write it where it is found.
    fn got(&self, name: &str, range: &str) -> String {
        let keys = [format!("{name}@{range}"), format!("{name}@npm:{range}")];
        let got = keys.iter().find_map(|key| self.got.get(key));
        got.cloned().unwrap_or_else(|| range.to_owned())
    }

    /// The same dependencies by what they got: that a range changed is no matter where it got the same.
    fn resolved(&self, dependencies: &Value) -> Value {
        let got = |(name, range): (&String, &Value)| {
            let range = range.as_str().map_or_else(|| range.to_string(), str::to_owned);
            (name.clone(), Value::String(self.got(name, &range)))
        };
        Value::Object(values::entries(Some(dependencies)).map(got).collect())
    }

    /// Adds which of its dependencies a package or a member got.
    fn link(&self, whose: &str, entry: &Value, links: &mut Ingredient) {
        for section in node::SECTIONS.iter().filter(|it| **it != "peerDependencies") {
            if let Some(asked) = entry.get(section) {
                values::add(links, format!("{whose} {section}"), &self.resolved(asked));
            }
        }
    }
}

/// The sections in which an entry says what it asks for.
const ASKING: [&str; 2] = ["dependencies", "optionalDependencies"];

fn ingredients(file: &File) -> (Ingredient, Ingredient) {
    let name = |what: &[u8]| [what, b" in ", file.path()].concat();
    let why = "it says which packages are installed";
    let packages =
        Ingredient::new(Level::Dependencies, name(b"packages"), file.source(), why).of_downloads();
    let why = "it says which package finds which";
    let links = Ingredient::new(Level::Dependencies, name(b"links"), file.source(), why);
    (packages, links)
}

/// The lock file of Yarn 2 and later.
fn berry(file: &File) -> Result<Locked, Box<Problem>> {
    let documents = values::yaml(file.path(), &file.bytes)?;
    let (mut packages, mut links) = ingredients(file);
    let mut locked = Locked::default();
    let resolution = |entry: &Value| entry.get("resolution")?.as_str().map(str::to_owned);
    for (asked, entry) in values::entries(documents.first()) {
        let Some(resolution) = resolution(entry) else { continue };
        let asked = asked.split(", ").map(str::to_owned);
        locked.got.extend(asked.map(|asked| (asked, resolution.clone())));
    }
    for (asked, entry) in values::entries(documents.first()) {
        if asked == "__metadata" {
            values::add(&mut packages, asked.as_str(), &values::without(entry, &["version"]));
            continue;
        }
        let Some(resolution) = resolution(entry) else {
            let found = "an entry without one";
            return Err(values::not_as_expected(file.path(), "a `resolution` of each entry", found));
        };
        locked.link(&resolution, entry, &mut links);
        let kept = values::without(entry, &[&ASKING[..], &["resolution"]].concat());
        if let Some((_, folder)) = resolution.split_once("@workspace:") {
            locked.members.push(folder.to_owned());
            let kept = values::without(&kept, &["version", "checksum", "peerDependencies"]);
            values::add(&mut links, resolution.as_str(), &kept);
        } else {
            values::add(&mut packages, resolution.as_str(), &kept);
        }
    }
    locked.ingredients = vec![packages, links];
    Ok(locked)
}

/// The lock file of Yarn 1. Members are not in it.
fn classic_lock(file: &File) -> Result<Locked, Box<Problem>> {
    let text = values::utf8(file.path(), &file.bytes, "a lock file of Yarn 1")?;
    let entries = classic::entries(text).map_err(|wrong| {
        values::not(file.path(), text.as_bytes(), wrong.at, "a lock file of Yarn 1", &wrong.why)
    })?;
    let (mut packages, mut links) = ingredients(file);
    let mut locked = Locked::default();
    let named = |asked: &str, entry: &Value| {
        let at = asked.char_indices().skip(1).find(|(_, letter)| *letter == '@');
        let name = at.map_or(asked, |(at, _)| asked.split_at(at).0);
        let version = entry.get("version").and_then(Value::as_str).unwrap_or_default();
        // `a@npm:b@1` is another package under that name; its address says which.
        format!("{name}@{version}")
    };
    for (asked, entry) in &entries {
        let asked = asked.iter().map(|it| (it.clone(), named(it, entry)));
        locked.got.extend(asked);
    }
    for (asked, entry) in &entries {
        let name = named(asked.first().map(String::as_str).unwrap_or_default(), entry);
        locked.link(&name, entry, &mut links);
        values::add(&mut packages, name, &values::without(entry, &ASKING));
    }
    locked.ingredients = vec![packages, links];
    Ok(locked)
}

/// What the manifests of Yarn 1 got: the lock file does not say who asks for what.
fn asked_by_manifests(folder: &[u8], locked: &Locked, reading: &mut Reading<'_>) {
    for below in folders_with(reading.seen.tree, &|name| name == node::MANIFEST.as_bytes()) {
        if folders::inside(folder, &below).is_none() {
            continue;
        }
        let Some(file) = reading.file(&below, node::MANIFEST) else { continue };
        let Some(manifest) = reading.json(&file) else { continue };
        let name = [b"packages of ", file.path()].concat();
        let why = "the lock file does not say who asks for what, and so what lies where";
        let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why);
        locked.link("its", &manifest, &mut it);
        reading.push(it);
    }
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], asks: bool) {
        let known = [("sub/package.json", "{}"), ("sub/yarn.lock", "# yarn lockfile v1\n")];
        let tree = MemoryTree::new(known.iter().chain(files).copied()).unwrap();
        let settings = Settings { keeps_dependencies: true, ..Settings::default() };
        let wants = wants(&tree, &settings);
        assert_eq!(wants.probes.iter().any(|(_, probe)| probe.program == "yarn"), asks, "{files:?}");
    }

    #[test]
    fn yarn_is_not_asked_where_the_repository_may_bring_one() {
        check(&[], true);
        check(&[("sub/a/.yarnrc.yml", "yarnPath: evil.cjs")], true);
        check(&[(".yarnrc.yml", "yarnPath: evil.cjs")], false);
        check(&[("sub/.yarnrc.yml", "nodeLinker: pnp")], false);
        check(&[(".yarnrc", "yarn-path evil.js")], false);
        check(&[("package.json", r#"{"packageManager": "yarn@4.0.0"}"#)], false);
        let engines = r#"{"devEngines": {"packageManager": {"name": "yarn"}}}"#;
        check(&[("package.json", engines)], false);
    }
}
