//! Foundry: compilers of Solidity, what forks of chains fetched, and what was compiled.
//!
//! Sources: Foundry, "Config Reference" (default configuration, "Overview"), `foundry.lock`, Soldeer's
//! lock file; svm-rs, `data_dir`; forge 1.7.1 for what it says of itself.
//!
//! What is not kept of `cache`: the traces of scripts, which hold addresses of nodes with their keys, and
//! the failures of earlier tests, which would be run again.

use diagnostics::{Place, Problem};
use repo_model::text_lines::as_committed;
use repo_model::{Entry, Kind, Tree, below};
use serde_json::Value;

use super::pins::Pins;
use super::reading::{File, Reading, folders_with, is_installed, name_of, shown};
use super::seen::unread;
use super::{
    Answer, Beyond, Folder, Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Source, Wants,
    homes, sources, values,
};
use crate::Probe;
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "foundry";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`foundry.toml`";
/// Lock files that count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["soldeer.lock", "foundry.lock"];

const MANIFEST: &str = "foundry.toml";

/// How sources of Solidity are named.
const SOURCE: &[u8] = b".sol";

const PINS: Pins = Pins {
    files: &[],
    tools: &["foundry"],
    why: "what sets Foundry up takes the version from it",
};

/// Variables that stand for keys of the configuration, as far as those count, without any that holds the
/// address of a node or a key (Foundry, "Config Reference", "Environment variables").
const VARIABLES: [&str; 19] = [
    "DAPP_LIBRARIES",
    "DAPP_REMAPPINGS",
    "FOUNDRY_AUTO_DETECT_SOLC",
    "FOUNDRY_BYTECODE_HASH",
    "FOUNDRY_CBOR_METADATA",
    "FOUNDRY_CONFIG",
    "FOUNDRY_EVM_VERSION",
    "FOUNDRY_EXTRA_OUTPUT",
    "FOUNDRY_LIBRARIES",
    "FOUNDRY_LIBS",
    "FOUNDRY_OPTIMIZER",
    "FOUNDRY_OPTIMIZER_RUNS",
    "FOUNDRY_PROFILE",
    "FOUNDRY_REMAPPINGS",
    "FOUNDRY_SOLC",
    "FOUNDRY_SOLC_VERSION",
    "FOUNDRY_SRC",
    "FOUNDRY_USE_LITERAL_CONTENT",
    "FOUNDRY_VIA_IR",
];

/// Keys of a profile, and tables, that change nothing of what is compiled: how tests run, how code is
/// formatted, where chains are reached. Any other key counts, known or not.
const BESIDE: [&str; 60] = [
    "always_use_create_2_factory",
    "assertions_revert",
    "bind_json",
    "block_base_fee_per_gas",
    "block_coinbase",
    "block_difficulty",
    "block_gas_limit",
    "block_number",
    "block_prevrandao",
    "block_timestamp",
    "broadcast",
    "chain",
    "chain_id",
    "code_size_limit",
    "coverage_pattern_inverse",
    "deny",
    "deny_warnings",
    "disable_block_gas_limit",
    "doc",
    "eth_rpc_accept_invalid_certs",
    "eth_rpc_headers",
    "eth_rpc_jwt",
    "eth_rpc_timeout",
    "eth_rpc_url",
    "etherscan",
    "etherscan_api_key",
    "ffi",
    "fmt",
    "fork_block_number",
    "fs_permissions",
    "fuzz",
    "gas_limit",
    "gas_price",
    "gas_reports",
    "gas_reports_ignore",
    "gas_reports_include_tests",
    "ignored_error_codes",
    "ignored_warnings_from",
    "initial_balance",
    "invariant",
    "isolate",
    "labels",
    "lint",
    "match_contract",
    "match_path",
    "match_test",
    "memory_limit",
    "no_rpc_rate_limit",
    "no_storage_caching",
    "prompt_timeout",
    "rpc_endpoints",
    "rpc_storage_caching",
    "sender",
    "show_progress",
    "snapshots",
    "test_failures_file",
    "threads",
    "transaction_timeout",
    "tx_origin",
    "verbosity",
];

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    matches!(name, b"foundry.toml" | b"remappings.txt" | b"soldeer.lock" | b"foundry.lock")
        || name.ends_with(SOURCE)
        || PINS.looks_into(name)
}

/// The folders of projects, but for those that lie copied in another's `lib`.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    let found = folders_with(tree, &|name| name == MANIFEST.as_bytes());
    let is_copy = |folder: &Vec<u8>| {
        let above = found.iter().filter(|above| *above != folder);
        let mut inner = above.filter_map(|above| folders::inside(above, folder));
        inner.any(|inner| inner.starts_with(b"lib/") || inner.starts_with(b"dependencies/"))
    };
    found.iter().filter(|folder| !is_copy(folder)).cloned().collect()
}

/// Foundry's version, the user's configuration.
pub(super) fn wants(_: &dyn Tree, _: &Settings) -> Wants {
    let probe = Probe::new("forge", &["--version"], "the version of Foundry").fixed();
    Wants {
        probes: vec![(Vec::new(), probe)],
        beyond: vec![Beyond { folder: Folder::Home, path: ".foundry/foundry.toml" }],
        variables: [&["XDG_DATA_HOME"][..], &VARIABLES].concat(),
    }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    version(&mut reading);
    reading.variables(Level::Dependencies, &VARIABLES, "it changes what is compiled");
    for file in seen.beyond {
        let read = values::toml(&file.shown, &file.bytes);
        if let Some(read) = reading.kept(read) {
            settings(&file.shown, &Source::Beyond(file.shown.clone()), &read, &mut reading);
        }
    }
    for folder in seen.settings.folders(folders(seen.tree)) {
        PINS.add(&folder, &mut reading);
        project(&folder, &mut reading);
    }
    let compilers: &[&[u8]] = match seen.machine.os.as_str() {
        "macos" => &[b"~/.svm", b"~/Library/Application Support/svm"],
        "windows" => &[b"~/.svm", b"~/AppData/Roaming/svm"],
        _ => &[b"~/.svm"],
    };
    let why = "each compiler is named by its version, and was checked when it was downloaded";
    for path in compilers {
        reading.place(path.to_vec(), Layer::Registry, Reuse::SameSystem, why);
    }
    if !matches!(seen.machine.os.as_str(), "macos" | "windows") {
        let path = match homes::xdg(seen, "XDG_DATA_HOME", false) {
            Some(data) => homes::inside(&data, "svm"),
            None => b"~/.local/share/svm".to_vec(),
        };
        reading.place(path, Layer::Registry, Reuse::SameSystem, why);
    }
    let why = "what it holds is named by chain and block";
    reading.place(b"~/.foundry/cache/rpc".to_vec(), Layer::Registry, Reuse::Any, why);
    reading.done()
}

/// Adds the version: when it was built says nothing more than the commit does.
fn version(reading: &mut Reading<'_>) {
    let why = "another Foundry may compile otherwise, and read its own cache otherwise";
    let mut it =
        Ingredient::new(Level::Toolchain, "forge", Source::Command("forge --version"), why);
    match reading.seen.answer(0) {
        Answer::Said(said) => {
            let said = String::from_utf8_lossy(said);
            let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
            let is_time = |line: &&str| line.starts_with("Build Timestamp");
            for (at, line) in (1..).zip(lines.filter(|line| !is_time(line))) {
                match line.split_once(": ") {
                    Some((name, value)) => it.shown(name, value),
                    None => it.shown(format!("line {at}"), line),
                }
            }
        }
        Answer::NotThere | Answer::Failed(_) => {
            it.shown("forge Version", "not known: there is no forge that answers");
        }
    }
    reading.push(it);
}

/// Adds a project.
fn project(folder: &[u8], reading: &mut Reading<'_>) {
    let mut read = Value::Null;
    if let Some(file) = reading.file(folder, MANIFEST)
        && let Some(table) = reading.toml(&file)
    {
        settings(file.path(), &file.source(), &table, reading);
        for path in extended(&table) {
            let Some(path) = folders::resolve(folder, path.as_bytes()) else { continue };
            if let Some(file) = reading.file_at(&path)
                && let Some(table) = reading.toml(&file)
            {
                settings(file.path(), &file.source(), &table, reading);
            }
        }
        read = table;
    }
    if let Some(file) = reading.file(folder, "remappings.txt") {
        remappings(&file, reading);
    }
    submodules(folder, reading);
    if let Some(file) = reading.file(folder, "foundry.lock")
        && let Some(lock) = reading.json(&file)
    {
        let name = [b"libraries in ", file.path()].concat();
        let why = "it says which versions of libraries are built";
        let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why);
        values::add_all(&mut it, "", Some(&lock));
        reading.push(it);
    }
    soldeer(folder, &read, reading);
    if !says_compiler(&read, reading) {
        pragmas(folder, reading);
    }
    let profile = |key: &str| {
        read.pointer("/profile/default").and_then(|it| it.get(key)).and_then(Value::as_str)
    };
    let why = "Foundry compares what it compiled with the contents of sources, settings and compilers";
    let below = |path: &str| homes::place(reading.seen, folder, path.as_bytes());
    let out = below(profile("out").unwrap_or("out"));
    let cache = below(profile("cache_path").unwrap_or("cache"));
    let cache = folders::join(&cache, b"solidity-files-cache.json");
    reading.place(out, Layer::Workspace, Reuse::SameToolchain, why);
    reading.place(cache, Layer::Workspace, Reuse::SameToolchain, why);
    let is_source = |path: &[u8]| path.ends_with(b".sol") || path.ends_with(b".vy");
    sources::add(reading, folder, &is_source);
}

/// Whether one compiler is said for all sources: otherwise each says which will do (Foundry, "Config
/// Reference", `solc`, `auto_detect_solc`).
fn says_compiler(manifest: &Value, reading: &Reading<'_>) -> bool {
    let variables = ["FOUNDRY_SOLC", "FOUNDRY_SOLC_VERSION"];
    let of = |key: &str| manifest.pointer("/profile/default").and_then(|it| it.get(key));
    variables.iter().any(|name| reading.seen.variable(name).is_some())
        || of("solc").or_else(|| of("solc_version")).is_some()
        || of("auto_detect_solc").and_then(Value::as_bool) == Some(false)
}

/// Adds the versions that sources ask for, which are what is downloaded where nothing else says it.
fn pragmas(folder: &[u8], reading: &mut Reading<'_>) {
    let tree = reading.seen.tree;
    let is_source = |it: &&Entry| {
        let path = it.path.as_bytes();
        it.kind.is_file() && path.ends_with(SOURCE) && !is_installed(path)
    };
    let files: Vec<&Entry> = below(tree, folder).iter().filter(is_source).collect();
    let Some(first) = files.first() else { return };
    let name = [b"compilers that sources ask for in ", shown(folder)].concat();
    let source = Source::File(first.path.clone());
    let why = "it says which compilers are downloaded";
    let mut it = Ingredient::new(Level::Dependencies, name, source, why).of_downloads();
    for some in files.chunks(AT_ONCE) {
        let read = tree.read(some).map_err(|error| Box::new(unread(&error)));
        for bytes in reading.kept(read).into_iter().flatten() {
            for version in asked(&bytes) {
                it.shown(version, "");
            }
        }
    }
    reading.push(it);
}

/// How many sources are in memory at once.
const AT_ONCE: usize = 256;

/// The versions that a source asks for: `^0.8.20` of `pragma solidity ^0.8.20;`.
fn asked(source: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let pragmas = bstr::ByteSlice::find_iter(source, "pragma");
    pragmas.filter_map(|at| {
        let rest = source.get(at + "pragma".len()..)?.trim_ascii_start();
        let rest = rest.strip_prefix(b"solidity")?;
        let rest = rest.get(..LONGEST).unwrap_or(rest);
        let (version, _) = bstr::ByteSlice::split_once_str(rest, ";")?;
        let is_blank = |byte: &u8| byte.is_ascii_whitespace();
        let words = version.split(is_blank).filter(|word| !word.is_empty());
        let words = words.collect::<Vec<_>>().join(&b' ');
        (!words.is_empty()).then_some(words)
    })
}

/// The most bytes of a version that a source asks for.
const LONGEST: usize = 200;

/// The files that the profiles begin with (`extends`, a path or a table with one).
fn extended(table: &Value) -> Vec<String> {
    let profiles = values::entries(table.get("profile")).map(|(_, profile)| profile);
    let extends = profiles.filter_map(|it| it.get("extends"));
    let paths = extends.filter_map(|it| it.get("path").unwrap_or(it).as_str());
    paths.map(str::to_owned).collect()
}

/// Adds a configuration: each key of each profile.
fn settings(path: &[u8], source: &Source, table: &Value, reading: &mut Reading<'_>) {
    let name = |what: &[u8]| [what, b" in ", path].concat();
    let why = "it changes what is compiled";
    let mut it = Ingredient::new(Level::Dependencies, name(b"settings"), source.clone(), why);
    let why = "it says which compilers are downloaded";
    let mut compilers =
        Ingredient::new(Level::Dependencies, name(b"compilers"), source.clone(), why)
            .of_downloads();
    let why = "it says which libraries are downloaded";
    let mut libraries =
        Ingredient::new(Level::Dependencies, name(b"libraries"), source.clone(), why)
            .of_downloads();
    for (key, value) in values::entries(Some(table)) {
        match key.as_str() {
            // Before profiles had a table of their own, each stood at the top.
            "profile" => {
                for (profile, value) in values::entries(Some(value)) {
                    keys(profile, value, &mut it, &mut compilers);
                }
            }
            "dependencies" => values::add_all(&mut libraries, "", Some(value)),
            // How libraries are fetched, not which.
            "soldeer" => {}
            key if BESIDE.contains(&key) => {}
            key if value.is_object() => keys(key, value, &mut it, &mut compilers),
            key => add(&mut it, key, value),
        }
    }
    reading.push(it);
    reading.push(compilers);
    reading.push(libraries);
}

fn keys(profile: &str, value: &Value, it: &mut Ingredient, compilers: &mut Ingredient) {
    for (key, value) in values::entries(Some(value)) {
        if BESIDE.contains(&key.as_str()) {
            continue;
        }
        let name = format!("{profile}.{key}");
        match key.as_str() {
            "solc" | "solc_version" | "auto_detect_solc" => values::add(compilers, name, value),
            _ => add(it, &name, value),
        }
    }
}

/// A key that nobody knows may hold a secret.
fn add(it: &mut Ingredient, name: &str, value: &Value) {
    let is_telling = ["key", "secret", "token", "password", "mnemonic", "url", "header"];
    if is_telling.iter().any(|word| name.contains(word)) {
        it.hidden(name, value.to_string());
    } else {
        values::add(it, name, value);
    }
}

/// Adds `remappings.txt`: of two lines for one name the order may count, so each says where it stands
/// among those of its name (Solidity, "Import Remapping").
fn remappings(file: &File, reading: &mut Reading<'_>) {
    let name = [b"remappings in ", file.path()].concat();
    let why = "it says which files imports mean";
    let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why);
    let Some(text) = reading.kept(values::utf8(file.path(), &file.bytes, "text")) else { return };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once('=') {
            Some((name, path)) => it.shown(name, path),
            None => it.shown(line, ""),
        }
    }
    reading.push(it);
}

/// Adds the commits of submodules below a project: libraries that `forge install` fetched.
fn submodules(folder: &[u8], reading: &mut Reading<'_>) {
    let modules = below(reading.seen.tree, folder).iter();
    for module in modules.filter(|it| it.kind == Kind::Submodule) {
        let path = module.path.as_bytes();
        let name = [b"submodule ", path].concat();
        let source = Source::File(module.path.clone());
        let why = "it is compiled with the project";
        let mut it = Ingredient::new(Level::Dependencies, name, source, why);
        it.shown("commit", module.id.map_or_else(String::new, |id| id.to_string()));
        reading.push(it);
    }
}

/// Adds `soldeer.lock`, or says that nothing locks what is asked for; keeps `dependencies` where it is not
/// committed.
fn soldeer(folder: &[u8], manifest: &Value, reading: &mut Reading<'_>) {
    let asked = manifest.get("dependencies").filter(|it| !values::is_empty(it));
    if let Some(file) = reading.file(folder, "soldeer.lock") {
        let Some(lock) = reading.toml(&file) else { return };
        let name = [b"libraries in ", file.path()].concat();
        let why = "it says which libraries are downloaded";
        let mut it =
            Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
        let Some(all) = lock.get("dependencies").and_then(Value::as_array) else {
            if !as_committed(&file.bytes).iter().all(u8::is_ascii_whitespace) {
                let wanted = "tables `[[dependencies]]`";
                reading.refuse(*values::not_as_expected(file.path(), wanted, "none"));
            }
            return;
        };
        for library in all {
            let word = |key| library.get(key).and_then(Value::as_str).unwrap_or_default();
            let name = format!("{} {}", word("name"), word("version"));
            values::add(&mut it, name.trim(), &values::without(library, &["name", "version"]));
        }
        reading.push(it);
    } else if asked.is_some() {
        let path = folders::join(folder, MANIFEST.as_bytes());
        let place = Place::at(path.as_slice(), 1, 1);
        let help = "run `forge soldeer install` and commit `soldeer.lock`";
        reading.unlocked(place, "`soldeer.lock` beside it", help);
    } else {
        return;
    }
    let path = folders::join(folder, b"dependencies");
    if below(reading.seen.tree, &path).is_empty() {
        let why = "Soldeer holds each library against its checksum before it leaves it as it is";
        reading.place(path, Layer::Dependencies, Reuse::SameSystem, why);
    }
}

#[cfg(test)]
mod tests;
