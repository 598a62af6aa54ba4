//! Terraform and `OpenTofu`: the providers that they download.
//!
//! Sources: Terraform, "Dependency Lock File", "CLI Configuration" (`plugin_cache_dir`), "Environment
//! Variables", "terraform init", "Terraform Settings" (`required_version`).
//!
//! The program's own version is no ingredient where it is only installed: the lock file says which
//! providers there are, whoever downloads them. What a repository pins counts, because it is read by what
//! installs the program. `.terraform` is not kept as a whole: its `terraform.tfstate` has the backend's
//! settings with their secrets in it, and its `modules` nothing checks.

mod hcl;

use diagnostics::{Place, Problem};
use repo_model::Tree;
use serde_json::Value;

use self::hcl::Provider;
use super::pins::Pins;
use super::reading::{Reading, folders_with, name_of};
use super::{
    Beyond, Folder, Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Wants, homes, values,
};
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "terraform";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`.terraform.lock.hcl`, or a `.tf`, `.tofu`, `.tf.json` or `.tofu.json` file with a provider or a backend";
/// Lock files that count even where git does not know them.
pub(super) const LOCKS: &[&str] = &[LOCK];

const LOCK: &str = ".terraform.lock.hcl";

const PINS: Pins = Pins {
    files: &[".terraform-version", ".opentofu-version"],
    tools: &["terraform", "opentofu"],
    why: "what sets Terraform up takes the version from it",
};

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    name == LOCK.as_bytes() || is_configuration(name) || PINS.looks_into(name)
}

fn is_configuration(name: &[u8]) -> bool {
    name.ends_with(b".tf") || name.ends_with(b".tofu") || is_json(name)
}

/// Whether it is a configuration in JSON (Terraform, "JSON Configuration Syntax").
fn is_json(name: &[u8]) -> bool {
    name.ends_with(b".tf.json") || name.ends_with(b".tofu.json")
}

/// The blocks of a kind in a configuration in JSON: one, or a list of them.
fn blocks<'v>(configuration: &'v Value, kind: &str) -> Vec<&'v Value> {
    match configuration.get(kind) {
        Some(Value::Array(all)) => all.iter().collect(),
        one => one.into_iter().collect(),
    }
}

/// Whether a file makes its folder one that is initialised, and no module for others.
fn is_root(path: &[u8], bytes: &[u8]) -> bool {
    if !is_json(path) {
        return hcl::is_root(&String::from_utf8_lossy(bytes));
    }
    // One that cannot be read is told of later.
    values::json(path, bytes).map_or(true, |it| {
        let is_set = |block: &&Value| block.get("backend").or_else(|| block.get("cloud")).is_some();
        it.get("provider").is_some() || blocks(&it, "terraform").iter().any(is_set)
    })
}

/// The folders in which providers are installed: those with a lock file, and those that configure a
/// provider or a backend, which a module for others does not.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    let mut found = folders_with(tree, &|name| name == LOCK.as_bytes());
    for folder in folders_with(tree, &is_configuration) {
        if found.contains(&folder) {
            continue;
        }
        let files = configuration(tree, &folder);
        let entries: Vec<_> =
            files.iter().filter_map(|path| repo_model::entry(tree, path)).collect();
        let contents = tree.read(&entries).unwrap_or_default();
        if files.iter().zip(&contents).any(|(path, bytes)| is_root(path, bytes)) {
            found.push(folder);
        }
    }
    found.sort();
    found
}

/// The files of a configuration: those in its folder, not below it.
fn configuration(tree: &dyn Tree, folder: &[u8]) -> Vec<Vec<u8>> {
    let below = repo_model::below(tree, folder).iter().map(|it| it.path.as_bytes());
    let own = below.filter(|path| folders::split(path).0 == folder);
    own.filter(|path| is_configuration(name_of(path))).map(<[u8]>::to_vec).collect()
}

/// The user's settings and the variables that say where things are. None of the `TF_VAR_*` and
/// `TF_TOKEN_*`, which hold secrets and change no provider.
pub(super) fn wants(_: &dyn Tree, _: &Settings) -> Wants {
    let own = ["TF_DATA_DIR", "TF_PLUGIN_CACHE_DIR"];
    Wants {
        probes: Vec::new(),
        beyond: vec![
            Beyond {
                folder: Folder::Named { variable: "TF_CLI_CONFIG_FILE" },
                path: ".terraformrc",
            },
            Beyond { folder: Folder::Home, path: ".terraformrc" },
            Beyond { folder: Folder::Home, path: ".tofurc" },
            Beyond {
                folder: Folder::Variable { name: "APPDATA", otherwise: "AppData/Roaming" },
                path: "terraform.rc",
            },
        ],
        variables: own.to_vec(),
    }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    let set = seen.variable("TF_PLUGIN_CACHE_DIR").map(<[u8]>::to_vec);
    let of_user = || {
        let texts = seen.beyond.iter().map(|file| String::from_utf8_lossy(&file.bytes));
        let set = texts.filter_map(|text| hcl::value(&text, "plugin_cache_dir"));
        set.map(String::into_bytes).next()
    };
    let cache = set.or_else(of_user);
    let why = "providers are named by version and system, and checked against the lock file";
    for folder in seen.settings.folders(folders(seen.tree)) {
        PINS.add(&folder, &mut reading);
        let files = configuration(seen.tree, &folder);
        let lock = reading.file(&folder, LOCK);
        for path in &files {
            let Some(file) = reading.file_at(path) else { continue };
            let name = [b"terraform in ", file.path()].concat();
            let why = "it says which versions of Terraform will do";
            let mut version = Ingredient::new(Level::Toolchain, name, file.source(), why);
            let name = [b"providers in ", file.path()].concat();
            let why = "it asks for providers, and nothing locks them";
            let mut asked =
                Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
            if is_json(path) {
                let Some(configuration) = reading.json(&file) else { continue };
                for block in blocks(&configuration, "terraform") {
                    if let Some(required) = block.get("required_version") {
                        values::add(&mut version, "required_version", required);
                    }
                    for providers in blocks(block, "required_providers") {
                        values::add_all(&mut asked, "", Some(providers));
                    }
                }
                if let Some(modules) = configuration.get("module") {
                    values::add(&mut asked, "modules", modules);
                }
            } else {
                let text = String::from_utf8_lossy(&file.bytes);
                if let Some(required) = hcl::value(&text, "required_version") {
                    version.shown("required_version", required);
                }
                for (at, line) in (1..).zip(hcl::asked(&text)) {
                    asked.shown(format!("line {at}"), line);
                }
            }
            reading.push(version);
            if lock.is_none() {
                reading.push(asked);
            }
        }
        if let Some(file) = lock {
            let name = [b"providers in ", file.path()].concat();
            let why = "it says which providers are installed";
            let mut it =
                Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
            let read = values::utf8(file.path(), &file.bytes, "HCL").and_then(|text| {
                hcl::providers(text).map_err(|wrong| {
                    let wanted = "a lock file of Terraform";
                    values::not(file.path(), text.as_bytes(), wrong.at, wanted, &wrong.why)
                })
            });
            for Provider { address, version, hashes } in reading.kept(read).into_iter().flatten() {
                it.shown(address.as_str(), version);
                it.shown(format!("hashes of {address}"), hashes.join(" "));
            }
            reading.push(it);
        } else if let Some(path) = files.first() {
            let help = "run `terraform init` and commit `.terraform.lock.hcl`";
            reading.unlocked(Place::file(path.as_slice()), "`.terraform.lock.hcl` beside it", help);
        }
        let data = match seen.variable("TF_DATA_DIR") {
            Some(set) => homes::place(seen, &folder, set),
            None => folders::join(&folder, b".terraform"),
        };
        let path = homes::inside(&data, "providers");
        reading.place(path, Layer::Dependencies, Reuse::SameSystem, why);
        if let Some(set) = &cache {
            let path = homes::place(seen, b"", set);
            reading.place(path, Layer::Registry, Reuse::SameSystem, why);
        }
    }
    reading.done()
}
