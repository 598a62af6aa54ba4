//! Hardhat: compilers of Solidity, and what was compiled.
//!
//! Sources: Hardhat 2 and 3, "Configuration", "Compiling your contracts"; its `getCompilersDir` below the
//! cache folder of env-paths for `hardhat`.
//!
//! The configuration is a program, so all of it counts. Which packages it loads is npm's matter (or
//! pnpm's, Yarn's, Bun's): name that ecosystem too, or let `auto` find it.

use diagnostics::Problem;
use repo_model::text_lines::as_committed;
use repo_model::Tree;

use super::reading::{File, Reading, folders_with, name_of};
use super::{
    Found, Ingredient, Layer, Level, Reuse, Seen, Settings, Wants, homes, sources, values,
};
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "hardhat";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`hardhat.config.js`, or the same with `.ts`, `.cjs`, `.mjs`, `.cts` or `.mts`";
/// It has none of its own.
pub(super) const LOCKS: &[&str] = &[];

const ENDINGS: [&str; 6] = ["js", "ts", "cjs", "mjs", "cts", "mts"];

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    is_configuration(name) || name == b"package.json"
}

fn is_configuration(name: &[u8]) -> bool {
    let ending = name.strip_prefix(b"hardhat.config.");
    ending.is_some_and(|ending| ENDINGS.iter().any(|it| it.as_bytes() == ending))
}

/// The folders of projects.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    folders_with(tree, &is_configuration)
}

/// Where things are, and which compilers there are for a system.
pub(super) fn wants(_: &dyn Tree, _: &Settings) -> Wants {
    let own = ["XDG_CACHE_HOME", "LOCALAPPDATA"];
    Wants { variables: own.to_vec(), ..Wants::default() }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    for folder in seen.settings.folders(folders(seen.tree)) {
        let files = ENDINGS.map(|ending| reading.file(&folder, &format!("hardhat.config.{ending}")));
        for file in files.iter().flatten() {
            configuration(file, &mut reading);
        }
        if let Some(file) = reading.nearest(&folder, "package.json") {
            asked(&file, &mut reading);
        }
        let program = files.into_iter().flatten().next();
        let program = program.map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
        let set = |key: &str| {
            let set = path_of(program.as_deref()?, key)?;
            homes::own_place(seen, &folder, set.as_bytes())
        };
        let or_usual = |key: &str| set(key).unwrap_or_else(|| folders::join(&folder, key.as_bytes()));
        let why = "Hardhat compares what it compiled with the contents of sources and settings";
        let cache = or_usual("cache");
        let names = ["solidity-files-cache.json", "compile-cache.json"];
        let names = names.map(|name| homes::inside(&cache, name));
        for path in [or_usual("artifacts")].into_iter().chain(names) {
            reading.place(path, Layer::Workspace, Reuse::SameToolchain, why);
        }
        sources::add(&mut reading, &folder, &|path| path.ends_with(b".sol"));
    }
    let caches = match homes::xdg(seen, "XDG_CACHE_HOME", false) {
        Some(caches) => homes::inside(&caches, "hardhat-nodejs"),
        None => CACHE.path(seen),
    };
    let why = "each compiler is named by its version and system, and was checked when it was downloaded";
    for name in ["compilers-v2", "compilers-v3"] {
        let path = homes::inside(&caches, name);
        reading.place(path, Layer::Registry, Reuse::SameSystem, why);
    }
    reading.done()
}

/// env-paths, "paths.cache".
const CACHE: homes::Default = homes::Default {
    linux: ".cache/hardhat-nodejs",
    macos: "Library/Caches/hardhat-nodejs",
    windows: "AppData/Local/hardhat-nodejs/Cache",
};

/// How often a word is looked at in a program that may repeat it.
const MOST: usize = 100;

/// What a program sets one of its `paths` to, where that is a plain text (Hardhat, "Configuration", "Path
/// configuration").
fn path_of<'p>(program: &'p str, key: &str) -> Option<&'p str> {
    values_of(program, "paths").find_map(|value| {
        let (paths, _) = value.strip_prefix('{')?.split_once('}')?;
        values_of(paths, key).find_map(|value| {
            let quote = value.chars().next().filter(|it| matches!(it, '"' | '\'' | '`'))?;
            let (text, _) = value.get(1..)?.split_once(quote)?;
            (!text.is_empty() && !text.contains(['$', '\\', '\n'])).then_some(text)
        })
    })
}

/// What follows a key of an object and its colon, wherever it stands.
fn values_of<'p>(program: &'p str, key: &str) -> impl Iterator<Item = &'p str> {
    program.match_indices(key).take(MOST).filter_map(|(at, word)| {
        let is_name = |it: char| it.is_alphanumeric() || matches!(it, '_' | '$' | '.');
        let (before, rest) = (program.get(..at)?, program.get(at + word.len()..)?);
        if before.ends_with(is_name) {
            return None;
        }
        let rest = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
        Some(rest.trim_start())
    })
}

/// Adds a configuration: the whole of it, and the compilers that it names, which are what is downloaded.
/// Where none can be read out of it, the whole says which are.
fn configuration(file: &File, reading: &mut Reading<'_>) {
    let name = |what: &[u8]| [what, b" in ", file.path()].concat();
    let why = "it says which compilers are downloaded";
    let mut compilers =
        Ingredient::new(Level::Dependencies, name(b"compilers"), file.source(), why)
            .of_downloads();
    for version in versions(&file.bytes) {
        compilers.shown(format!("solc {version}"), "");
    }
    let why = "it changes what is compiled";
    let mut it = Ingredient::new(Level::Dependencies, name(b"configuration"), file.source(), why);
    it.hidden("contents", as_committed(&file.bytes));
    it.is_of_downloads = compilers.facts.is_empty();
    reading.push(it);
    reading.push(compilers);
}

/// The versions of compilers among the texts of a program: those that stand in quotes and are three
/// numbers, as `solidity: "0.8.24"` and `version: '0.8.24'` have them. Sorted, each once.
fn versions(program: &[u8]) -> Vec<String> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let mut found: Vec<String> = Vec::new();
    let mut rest = program;
    while let Some(at) = rest.iter().position(is_quote) {
        let (_, behind) = rest.split_at(at + 1);
        let end = behind.iter().position(|byte| is_quote(byte) || *byte == b'\n');
        let Some(end) = end else { break };
        let (text, after) = behind.split_at(end);
        if let Ok(text) = std::str::from_utf8(text)
            && is_version(text)
            && after.first().is_some_and(is_quote)
        {
            found.push(text.to_owned());
            rest = after.get(1..).unwrap_or_default();
        } else {
            // What closes this text may open another, if a single quote was no quote at all.
            rest = behind;
        }
    }
    found.sort();
    found.dedup();
    found
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_number = |part: &&str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    parts.len() == 3 && parts.iter().all(is_number)
}

/// Adds which Hardhat a manifest asks for; the lock file of the package manager says it more exactly.
fn asked(file: &File, reading: &mut Reading<'_>) {
    let Some(manifest) = reading.json(file) else { return };
    let name = [b"Hardhat in ", file.path()].concat();
    let why = "another Hardhat may compile otherwise, and read its own cache otherwise";
    let mut it = Ingredient::new(Level::Toolchain, name, file.source(), why);
    for table in ["dependencies", "devDependencies"] {
        for (package, version) in values::entries(manifest.get(table)) {
            let is_own = matches!(package.as_str(), "hardhat" | "solc")
                || package.starts_with("@nomicfoundation/")
                || package.starts_with("@nomiclabs/");
            if is_own {
                values::add(&mut it, package.as_str(), version);
            }
        }
    }
    reading.push(it);
}

#[cfg(test)]
mod tests;
