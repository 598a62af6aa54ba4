//! What packages name besides their dependencies: paths outside of their folder, and, for Nx, packages.
//!
//! * A `tsconfig*.json` or `jsconfig*.json` beside the manifest: what it `extends`, and those in turn,
//!   `references`, and what `paths`, `include`, `files`, `rootDirs` and `typeRoots` lead to
//!   (<https://www.typescriptlang.org/tsconfig/>).
//! * Words of `scripts` that begin with `../` and lead to a file, such as
//!   `node ../../scripts/build.mjs`, or to another package.
//! * `implicitDependencies` of Nx, in the manifest or in `project.json`
//!   (<https://nx.dev/reference/project-configuration>).
//!
//! What `references`, `paths` and scripts name of another package is a need of that package. Else only the
//! path that is named counts. What source files import by paths is not looked at: all of them would have to be read.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::Problem;
use repo_model::{Entry, PathPattern, Tree};
use serde_json::Value;

use super::bun_lock;
use super::model::{Model, Package, is_installed};
use super::needs::Lookup;
use crate::workspaces::draft::not_read;
use crate::workspaces::folders;

/// How many files may extend each other.
const DEEPEST: usize = 16;

/// How many patterns for names of packages are tried on all of them.
const MOST_PATTERNS: usize = 100;

/// What packages name. Packages are places in the model.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Who is built with which other package.
    pub(super) needs: BTreeSet<(usize, usize)>,
    /// Who names which file or folder.
    paths: BTreeMap<Vec<u8>, BTreeSet<usize>>,
}

impl Named {
    /// Reads what the packages of a tree name.
    ///
    /// # Errors
    /// When a file cannot be had. One that is no JSON names nothing.
    pub(super) fn read(
        tree: &dyn Tree,
        model: &Model,
        lookup: &Lookup<'_>,
    ) -> Result<Self, Box<Problem>> {
        let beside = beside(tree, model);
        let entries: Vec<&Entry> = beside.iter().map(|(_, entry)| *entry).collect();
        let contents = tree.read(&entries).map_err(|error| not_read(&error))?;
        let mut named = Self::default();
        let mut projects = Projects::default();
        let mut extends: Vec<(usize, Vec<u8>)> = Vec::new();
        for ((at, entry), bytes) in beside.iter().zip(contents) {
            let (folder, name) = folders::split(entry.path.as_bytes());
            let Some(json) = json(&bytes) else { continue };
            if name == b"project.json" {
                projects.add(*at, json.get("name"), json.get("implicitDependencies"));
                continue;
            }
            extends.extend(extended(folder, &json).into_iter().map(|path| (*at, path)));
            for path in listed(folder, &json) {
                named.path(model, *at, path);
            }
            for path in mapped(folder, &json) {
                if !named.need(model, lookup, *at, &path) {
                    named.path(model, *at, path);
                }
            }
        }
        for (at, package) in model.packages.iter().enumerate() {
            let field = |name: &str| package.manifest.fields.get(name).map(String::as_str);
            let nx = field("nx").and_then(|it| serde_json::from_str::<Value>(it).ok());
            let implicit = nx.as_ref().and_then(|it| it.get("implicitDependencies"));
            let name = package.manifest.name.clone().map(Value::String);
            projects.add(at, name.as_ref(), implicit);
            for path in scripts(&package.folder, field("scripts").unwrap_or_default()) {
                let is_file = repo_model::entry(tree, &path).is_some_and(|it| it.kind.is_file());
                if !named.need(model, lookup, at, &path) && is_file {
                    named.path(model, at, path);
                }
            }
        }
        named.needs.extend(projects.needs());
        named.follow(tree, model, extends)?;
        Ok(named)
    }

    /// The packages that name a path, or a folder above it.
    pub(super) fn who(&self, path: &[u8]) -> BTreeSet<usize> {
        if self.paths.is_empty() {
            return BTreeSet::new();
        }
        folders::upwards(path).filter_map(|it| self.paths.get(it)).flatten().copied().collect()
    }

    /// One path that a package names.
    fn path(&mut self, model: &Model, at: usize, path: Vec<u8>) {
        if model.packages.get(at).is_some_and(|package| is_outside(package, &path)) {
            self.paths.entry(path).or_default().insert(at);
        }
    }

    /// Whether a path leads to another package, which is needed then.
    fn need(&mut self, model: &Model, lookup: &Lookup<'_>, at: usize, path: &[u8]) -> bool {
        let Some(package) = model.packages.get(at) else { return false };
        let owner = lookup.owners().above(path);
        let other = owner.filter(|owner| {
            let owner = model.packages.get(*owner);
            owner.is_some_and(|it| folders::inside(&it.folder, &package.folder).is_none())
        });
        let other = other.filter(|_| is_outside(package, path));
        self.needs.extend(other.map(|other| (at, other)));
        other.is_some()
    }

    /// Follows what files extend, each of them read once.
    fn follow(
        &mut self,
        tree: &dyn Tree,
        model: &Model,
        mut open: Vec<(usize, Vec<u8>)>,
    ) -> Result<(), Box<Problem>> {
        let mut read: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        let mut seen: BTreeSet<(usize, Vec<u8>)> = BTreeSet::new();
        for _ in 0..DEEPEST {
            let found = open.drain(..).filter_map(|(at, path)| Some((at, file(tree, path)?)));
            let found: Vec<(usize, &Entry)> = found.collect();
            let unread: BTreeMap<&[u8], &Entry> = found
                .iter()
                .map(|(_, entry)| (entry.path.as_bytes(), *entry))
                .filter(|(path, _)| !read.contains_key(*path))
                .collect();
            let entries: Vec<&Entry> = unread.values().copied().collect();
            let contents = tree.read(&entries).map_err(|error| not_read(&error))?;
            for (path, bytes) in unread.into_keys().zip(contents) {
                let folder = folders::split(path).0;
                let next = json(&bytes).map(|json| extended(folder, &json)).unwrap_or_default();
                read.insert(path.to_vec(), next);
            }
            for (at, entry) in found {
                let path = entry.path.as_bytes().to_vec();
                if !seen.insert((at, path.clone())) {
                    continue;
                }
                let next = read.get(&path).into_iter().flatten();
                open.extend(next.map(|next| (at, next.clone())));
                self.path(model, at, path);
            }
            if open.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a path lies beside the folder of a package, neither in it nor around it.
fn is_outside(package: &Package, path: &[u8]) -> bool {
    folders::inside(&package.folder, path).is_none()
        && folders::inside(path, &package.folder).is_none()
}

/// The files beside manifests that name others, each with its package.
fn beside<'t>(tree: &'t dyn Tree, model: &Model) -> Vec<(usize, &'t Entry)> {
    let entries = tree.entries();
    let mut found = Vec::new();
    for (at, package) in model.packages.iter().enumerate() {
        for name in ["jsconfig", "project.json", "tsconfig"] {
            let first = folders::join(&package.folder, name.as_bytes());
            let from = entries.partition_point(|it| it.path.as_bytes() < first.as_slice());
            let rest = entries.get(from..).unwrap_or_default().iter();
            let rest = rest.take_while(|it| it.path.as_bytes().starts_with(&first));
            let is_json = |it: &&Entry| {
                let (folder, name) = folders::split(it.path.as_bytes());
                it.kind.is_file() && folder == package.folder && name.ends_with(b".json")
            };
            found.extend(rest.filter(is_json).map(|entry| (at, entry)));
        }
    }
    found
}

/// JSON that may have comments and a comma too many.
fn json(bytes: &[u8]) -> Option<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(&bun_lock::json(bytes)).ok()
}

/// The texts of a list, or the one that stands in place of a list.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    value.and_then(Value::as_str).into_iter().chain(list.iter().filter_map(Value::as_str))
}

/// The paths that a file extends. What begins otherwise is a package, asked for like any other.
fn extended(folder: &[u8], json: &Value) -> Vec<Vec<u8>> {
    let texts = texts(json.get("extends")).filter(|it| it.starts_with('.'));
    texts.filter_map(|it| folders::resolve(folder, it.as_bytes())).collect()
}

/// The file that is extended: TypeScript adds `.json` where it is missing, and takes a folder for the
/// `tsconfig.json` in it.
fn file(tree: &dyn Tree, path: Vec<u8>) -> Option<&Entry> {
    let names = [[&path, &b".json"[..]].concat(), folders::join(&path, b"tsconfig.json"), path];
    let entries = names.iter().rev().filter_map(|path| repo_model::entry(tree, path));
    entries.into_iter().find(|it| it.kind.is_file())
}

/// Where a path of TypeScript leads, up to the first wildcard in it; nothing for what was installed.
fn led(from: &[u8], text: &str) -> Option<Vec<u8>> {
    let wild = text.find('*').map(|at| text.split_at(at).0);
    let text = wild.map_or(text, |text| text.rsplit_once('/').map_or(".", |(text, _)| text));
    folders::resolve(from, text.as_bytes()).filter(|path| !is_installed(path))
}

/// The files and folders that a file of TypeScript takes in.
fn listed(folder: &[u8], json: &Value) -> Vec<Vec<u8>> {
    let option = |name: &str| json.get("compilerOptions").and_then(|it| it.get(name));
    let lists = [json.get("include"), json.get("files"), option("rootDirs"), option("typeRoots")];
    lists.into_iter().flat_map(texts).filter_map(|text| led(folder, text)).collect()
}

/// The projects and sources that a file of TypeScript knows others by.
fn mapped(folder: &[u8], json: &Value) -> Vec<Vec<u8>> {
    let option = |name: &str| json.get("compilerOptions").and_then(|it| it.get(name));
    let base = option("baseUrl").and_then(Value::as_str).unwrap_or(".");
    let base = folders::resolve(folder, base.as_bytes());
    let references = json.get("references").and_then(Value::as_array).into_iter().flatten();
    let references = references.flat_map(|it| texts(it.get("path")));
    let mapped = option("paths").and_then(Value::as_object).into_iter().flat_map(|it| it.values());
    let mapped = mapped.flat_map(|it| texts(Some(it)));
    let mapped = mapped.filter_map(|text| led(base.as_deref()?, text));
    references.filter_map(|text| led(folder, text)).chain(mapped).collect()
}

/// The paths outside that scripts name.
fn scripts(folder: &[u8], json: &str) -> Vec<Vec<u8>> {
    let is_end = |letter: char| letter.is_whitespace() || "\"'`\\=;&|()<>,".contains(letter);
    let words = json.split(is_end).filter(|word| word.starts_with("../"));
    let words = words.filter_map(|word| folders::resolve(folder, word.as_bytes()));
    words.filter(|path| !is_installed(path)).collect()
}

/// What Nx knows of packages.
#[derive(Default)]
struct Projects {
    named: BTreeMap<String, BTreeSet<usize>>,
    asks: Vec<(usize, String)>,
}

impl Projects {
    fn add(&mut self, at: usize, name: Option<&Value>, implicit: Option<&Value>) {
        if let Some(name) = name.and_then(Value::as_str) {
            self.named.entry(name.to_owned()).or_default().insert(at);
        }
        // A name that is taken back only says so of patterns, of which more is taken in.
        let asks = texts(implicit).filter(|it| !it.starts_with('!'));
        self.asks.extend(asks.map(|name| (at, name.to_owned())));
    }

    fn needs(&self) -> BTreeSet<(usize, usize)> {
        let mut needs = BTreeSet::new();
        let mut patterns: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (at, name) in &self.asks {
            let exact = self.named.get(name).into_iter().flatten();
            needs.extend(exact.map(|on| (*at, *on)));
            if name.contains(['*', '{', '?']) && patterns.len() < MOST_PATTERNS {
                patterns.entry(name).or_default().insert(*at);
            }
        }
        for (pattern, who) in patterns {
            let Ok(pattern) = PathPattern::new(pattern) else { continue };
            let is_meant = |name: &str| {
                let below = name.strip_prefix(pattern.root());
                below.is_some_and(|below| pattern.matches_below_root(below.as_bytes()))
            };
            let all = self.named.iter().filter(|(name, _)| is_meant(name));
            for on in all.flat_map(|(_, on)| on) {
                needs.extend(who.iter().filter(|at| *at != on).map(|at| (*at, *on)));
            }
        }
        needs
    }
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    /// A package `a` with the file, `b` beside it, both in a workspace.
    #[track_caller]
    fn check(file: &str, text: &str, needs: bool, paths: &[&str]) {
        let tree = MemoryTree::new([
            ("package.json", r#"{"name": "root", "workspaces": ["p/*"]}"#),
            ("p/a/package.json", r#"{"name": "a"}"#),
            ("p/b/package.json", r#"{"name": "@s/b"}"#),
            ("p/b/src/x.ts", ""),
            ("config/base.json", "{\n  // first\n  \"extends\": \"./more\",\n}"),
            ("config/more.json", r#"{"extends": ["../tsconfig.json", "./base.json"]}"#),
            ("tsconfig.json", r#"{"references": [{"path": "p/b"}]}"#),
            ("scripts/build.mjs", ""),
            (file, text),
        ]);
        let tree = tree.unwrap();
        let model = Model::read(&tree, None).unwrap();
        let named = Named::read(&tree, &model, &Lookup::new(&model)).unwrap();
        let wanted: BTreeSet<(usize, usize)> = needs.then_some((1, 2)).into_iter().collect();
        assert_eq!(named.needs, wanted, "{text}");
        let found: Vec<&[u8]> = named.paths.keys().map(Vec::as_slice).collect();
        assert_eq!(found, paths.iter().map(|it| it.as_bytes()).collect::<Vec<_>>(), "{text}");
    }

    #[test]
    fn settings_of_typescript_name_files_and_packages() {
        let check = |text: &str, needs: bool, paths: &[&str]| {
            check("p/a/tsconfig.build.json", text, needs, paths);
        };
        let extended = ["config/base.json", "config/more.json", "tsconfig.json"];
        check(r#"{"extends": "../../config/base.json"}"#, false, &extended);
        check(r#"{"extends": ["../../config/base"]}"#, false, &extended);
        check(r#"{"extends": "../.."}"#, false, &["tsconfig.json"]);
        check(r#"{"extends": "@s/b/tsconfig.json"}"#, false, &[]);
        check(r#"{"references": [{"path": "../b"}]}"#, true, &[]);
        check(r#"{"compilerOptions": {"paths": {"@b/*": ["../b/src/*"]}}}"#, true, &[]);
        check(
            r#"{"compilerOptions": {"baseUrl": "../..", "paths": {"x": ["p/b", "p/a"]}}}"#,
            true,
            &[],
        );
        check(r#"{"include": ["src", "../../types/**/*.d.ts"]}"#, false, &["types"]);
        check(r#"{"include": ["../../**"], "files": ["../../../outside"]}"#, false, &[]);
        check(r#"{"compilerOptions": {"typeRoots": ["../../node_modules/@types"]}}"#, false, &[]);
        check(r#"{"include": ["../b/src/*.d.ts"]}"#, false, &["p/b/src"]);
        check("{ // x\n", false, &[]);
    }

    #[test]
    fn scripts_name_files_and_packages() {
        let check = |script: &str, needs: bool, paths: &[&str]| {
            let manifest = format!(r#"{{"name": "a", "scripts": {{"build": "{script}"}}}}"#);
            check("p/a/package.json", &manifest, needs, paths);
        };
        check("node ../../scripts/build.mjs --x", false, &["scripts/build.mjs"]);
        check("x --config=../../scripts/build.mjs", false, &["scripts/build.mjs"]);
        check("cd ../b && npm run build", true, &[]);
        check("cp -r dist ../../docs && cd ../..", false, &[]);
        check("../../node_modules/.bin/tsc", false, &[]);
    }

    #[test]
    fn nx_names_packages() {
        let check = |names: &str, needs: bool| {
            let nx = format!(r#"{{"implicitDependencies": {names}}}"#);
            check("p/a/project.json", &nx, needs, &[]);
            let manifest = format!(r#"{{"name": "a", "nx": {nx}}}"#);
            check("p/a/package.json", &manifest, needs, &[]);
        };
        check(r#"["@s/b"]"#, true);
        check(r#"["@s/*"]"#, true);
        check(r#"["!@s/b", "b"]"#, false);
    }
}
