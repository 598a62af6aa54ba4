//! Cargo's configuration files of the head: what they include, what they put in the place of other
//! packages, and where they keep copies of packages from elsewhere.
//!
//! Source: The Cargo Book, "Configuration" (`include`, `[patch]`, `paths`) and "Source Replacement"
//! (`directory`, `local-registry`). A configuration counts for every package below the folder that its
//! `.cargo` stands in. What it includes is relative to the file itself, other paths to the folder around
//! the one that holds the file; seen with cargo 1.95.

use std::collections::{BTreeMap, BTreeSet};

use repo_model::{Entry, NotRead, Tree, entry};

use super::layout::{folder_of, is_within};
use super::manifest::{joined, local_patches};
use super::settings::setting;
use super::value::{self, Value};

/// The configuration that counts from one folder on.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Its files besides `config.toml`: what that one includes.
    pub(crate) included: BTreeSet<Vec<u8>>,
    /// The folders of packages that stand in for others, by the names of these.
    pub(crate) patches: BTreeSet<(String, Vec<u8>)>,
    /// The folders of packages that stand in for those of their own name.
    pub(crate) overrides: BTreeSet<Vec<u8>>,
    /// The folders with copies of packages from elsewhere.
    pub(crate) vendored: BTreeSet<Vec<u8>>,
}

/// All of them, by the folders from which on they count.
#[derive(Debug, Default)]
pub(crate) struct Configs(BTreeMap<Vec<u8>, Config>);

impl Configs {
    /// Reads those of a tree. What is not TOML is left out: it is cargo's to refuse.
    ///
    /// # Errors
    /// When the contents of one cannot be had.
    pub(crate) fn of(tree: &dyn Tree) -> Result<Self, NotRead> {
        let mut configs = Self::default();
        let first = tree.entries().iter().filter(|entry| entry.kind.is_file());
        let mut wave: Vec<(Vec<u8>, &Entry)> = first
            .filter_map(|entry| {
                let setting = setting(entry.path.as_bytes()).filter(|it| it.is_cargo)?;
                Some((setting.folder.to_vec(), entry))
            })
            .collect();
        while !wave.is_empty() {
            let entries: Vec<&Entry> = wave.iter().map(|(_, entry)| *entry).collect();
            let mut next = Vec::new();
            for ((folder, file), bytes) in wave.iter().zip(tree.read(&entries)?) {
                let path = file.path.as_bytes();
                let Ok(config) = value::read(path, &bytes) else { continue };
                let known = configs.0.entry(folder.clone()).or_default();
                known.add(path, &config);
                for included in included(path, &config) {
                    let is_new = known.included.insert(included.clone());
                    let found = entry(tree, &included).filter(|it| is_new && it.kind.is_file());
                    next.extend(found.map(|entry| (folder.clone(), entry)));
                }
            }
            wave = next;
        }
        Ok(configs)
    }

    /// The folders, and the configuration that counts from each on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &Config)> {
        self.0.iter().map(|(folder, config)| (folder.as_slice(), config))
    }

    /// The configurations that count in a folder.
    pub(crate) fn for_folder(&self, folder: &[u8]) -> impl Iterator<Item = &Config> {
        self.iter().filter(|(from, _)| is_within(folder, from)).map(|(_, config)| config)
    }

    /// The folders of the configurations that include a file.
    pub(crate) fn including(&self, path: &[u8]) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(|(_, config)| config.included.contains(path)).map(|(folder, _)| folder)
    }

    /// Whether there is a folder with copies of packages from elsewhere.
    pub(crate) fn has_vendored(&self) -> bool {
        self.0.values().any(|config| !config.vendored.is_empty())
    }

    /// Whether a file is in a folder with copies of packages from elsewhere.
    pub(crate) fn is_vendored(&self, path: &[u8]) -> bool {
        let mut folders = self.0.values().flat_map(|config| &config.vendored);
        folders.any(|folder| is_within(path, folder))
    }

    /// The folders of packages that stand in for others.
    pub(crate) fn stand_ins(&self) -> Vec<Vec<u8>> {
        let patches = |config: &Config| -> Vec<Vec<u8>> {
            let patches = config.patches.iter().map(|(_, folder)| folder);
            patches.chain(&config.overrides).cloned().collect()
        };
        self.0.values().flat_map(patches).collect()
    }
}

impl Config {
    /// Adds what a file says.
    fn add(&mut self, path: &[u8], config: &Value) {
        let file_folder = folder_of(path);
        if file_folder.is_empty() {
            // Its paths are relative to a folder around the repository.
            return;
        }
        let folder = folder_of(file_folder);
        self.patches.extend(local_patches(config, folder));
        let overrides = config.get("paths").and_then(Value::as_list).unwrap_or_default();
        let overrides = overrides.iter().filter_map(Value::as_str);
        self.overrides.extend(overrides.filter_map(|path| joined(folder, path)));
        let sources = config.get("source").and_then(Value::as_table);
        for (_, source) in sources.into_iter().flatten() {
            let copies = ["directory", "local-registry"].into_iter();
            let copies = copies.filter_map(|key| source.get(key)?.as_str());
            self.vendored.extend(copies.filter_map(|path| joined(folder, path)));
        }
    }
}

/// The files that a configuration includes: a text, a table with a `path`, or a list of both.
fn included(path: &[u8], config: &Value) -> Vec<Vec<u8>> {
    let Some(include) = config.get("include") else { return Vec::new() };
    let each = include.as_list().unwrap_or_else(|| std::slice::from_ref(include)).iter();
    let paths = each.filter_map(|it| it.as_str().or_else(|| it.get("path")?.as_str()));
    paths.filter_map(|it| joined(folder_of(path), it)).collect()
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    fn configs(files: &[(&str, &str)]) -> Configs {
        let files: BTreeMap<String, String> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Configs::of(&MemoryTree::new(&files).unwrap()).unwrap()
    }

    fn words(paths: impl IntoIterator<Item = Vec<u8>>) -> Vec<String> {
        paths.into_iter().map(|path| String::from_utf8(path).unwrap()).collect()
    }

    #[test]
    fn what_is_included_counts_and_includes_in_turn() {
        let given = configs(&[
            (".cargo/config.toml", "include = ['a.toml', { path = '../b.toml', optional = true }]"),
            (".cargo/a.toml", "include = 'deep/c.toml'"),
            (".cargo/deep/c.toml", "include = '../a.toml'\n[patch.crates-io]\nx.path = 'x'"),
            ("sub/.cargo/config", "paths = ['o']\nsource.v.directory = 'vendor'"),
            ("sub/.cargo/config.toml", "= broken"),
        ]);
        let root = &given.0[&b""[..]];
        let wanted = [".cargo/a.toml", ".cargo/deep/c.toml", "b.toml"];
        assert_eq!(words(root.included.clone()), wanted);
        assert_eq!(words(given.stand_ins()), [".cargo/x", "sub/o"]);
        assert_eq!(words(given.0[&b"sub"[..]].vendored.clone()), ["sub/vendor"]);
        assert_eq!(given.for_folder(b"sub/x").count(), 2);
        assert_eq!(given.for_folder(b"su").count(), 1);
    }
}
