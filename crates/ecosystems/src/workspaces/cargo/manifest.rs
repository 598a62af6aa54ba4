//! One `Cargo.toml`: what of it decides which packages there are and who needs whom.
//!
//! Source: The Cargo Book, "The Manifest Format", "Workspaces", "Specifying Dependencies". The shape of
//! what is used here is checked once, while reading; what cargo would refuse for other reasons is not.

use std::collections::BTreeMap;

use diagnostics::{Foreign, Problem, text};

use super::value::{self, Table, Value};
use crate::workspaces::NeedKind;

/// A manifest that has been read.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// The folder it stands in, without `/` at its end; empty for the root.
    pub(crate) folder: Vec<u8>,
    /// All of it.
    pub(crate) tree: Value,
}

/// One dependency, as a table of a manifest says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dependency<'a> {
    /// What it is needed for.
    pub(crate) kind: NeedKind,
    /// The platform that it is for, as written; empty for all.
    pub(crate) target: &'a str,
    /// The name by which the package's code knows it.
    pub(crate) alias: &'a str,
    /// The requirement: a version, or a table.
    detail: &'a Value,
}

/// A dependency with what it inherits from its workspace, in one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// The name of the package that is meant.
    pub(crate) package: String,
    /// The folder in the repository that it is taken from; nothing if it comes from elsewhere.
    pub(crate) folder: Option<Vec<u8>>,
    /// All that was said, without what is a default.
    said: BTreeMap<String, Value>,
}

/// The names of the tables of dependencies, and what they are for. Cargo reads the spellings with `_`
/// in editions before 2024.
const TABLES: [(&str, NeedKind); 5] = [
    ("dependencies", NeedKind::Normal),
    ("build-dependencies", NeedKind::Build),
    ("build_dependencies", NeedKind::Build),
    ("dev-dependencies", NeedKind::Dev),
    ("dev_dependencies", NeedKind::Dev),
];

/// What a table of dependencies is for, if a table of this name is one.
pub(crate) fn kind_of_table(name: &str) -> Option<NeedKind> {
    TABLES.iter().find(|(table, _)| *table == name).map(|(_, kind)| *kind)
}

impl<'a> Dependency<'a> {
    /// The requirement as it is written: a version, or a table.
    pub(crate) fn detail(&self) -> &'a Value {
        self.detail
    }

    /// The folder in the repository that it is taken from, if it is, where its manifest is seen in the
    /// folder `from`.
    pub(crate) fn folder_from(&self, from: &[u8], root: Option<&Manifest>) -> Option<Vec<u8>> {
        if let Some(path) = self.detail.get("path").and_then(Value::as_str) {
            return joined(from, path);
        }
        let root = root?;
        joined(&root.folder, root.shared(*self)?.get("path")?.as_str()?)
    }

    /// The name of the package that is meant; `root` is the manifest of the workspace.
    pub(crate) fn package(&self, root: Option<&'a Manifest>) -> &'a str {
        let renamed = |detail: &'a Value| detail.get("package").and_then(Value::as_str);
        let shared = root.and_then(|root| root.shared(*self));
        let name = renamed(self.detail).or_else(|| shared.and_then(renamed));
        name.unwrap_or(self.alias)
    }
}

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    /// When it is not TOML, or what is used of it has the wrong shape; the problem names the place.
    pub(crate) fn read(folder: &[u8], path: &[u8], bytes: &[u8]) -> Result<Self, Box<Problem>> {
        let manifest = Self { folder: folder.to_vec(), tree: value::read(path, bytes)? };
        Shape { path, bytes }.check(&manifest)?;
        Ok(manifest)
    }

    /// The table of the package; cargo called it `project` once.
    pub(crate) fn package(&self) -> Option<&Table> {
        let table = self.tree.get("package").or_else(|| self.tree.get("project"));
        table.and_then(Value::as_table)
    }

    /// The package's name, if the manifest describes one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.package()?.get("name")?.as_str()
    }

    /// The package's version, its own or inherited; cargo takes 0.0.0 where none is said.
    pub(crate) fn version<'a>(&'a self, root: Option<&'a Self>) -> &'a str {
        self.package_key("version", root).and_then(Value::as_str).unwrap_or("0.0.0")
    }

    /// The table of the workspace, if the manifest is a root.
    pub(crate) fn workspace(&self) -> Option<&Table> {
        self.tree.get("workspace")?.as_table()
    }

    /// A list of texts in the table of the workspace.
    pub(crate) fn workspace_list(&self, key: &str) -> impl Iterator<Item = &str> {
        let list = self.workspace().and_then(|table| table.get(key)).and_then(Value::as_list);
        list.unwrap_or_default().iter().filter_map(Value::as_str)
    }

    /// The folder of the root that `package.workspace` points to.
    pub(crate) fn root_pointer(&self) -> Option<Vec<u8>> {
        joined(&self.folder, self.package()?.get("workspace")?.as_str()?)
    }

    /// Every dependency of the package, in all of its tables.
    pub(crate) fn dependencies(&self) -> Vec<Dependency<'_>> {
        let mut found = Vec::new();
        if let Some(table) = self.tree.as_table() {
            of_tables(table, "", &mut found);
        }
        let targets = self.tree.get("target").and_then(Value::as_table);
        for (target, table) in targets.into_iter().flatten() {
            if let Some(table) = table.as_table() {
                of_tables(table, target, &mut found);
            }
        }
        found
    }

    /// The folder in the repository that a dependency is taken from, if it is.
    pub(crate) fn folder_of(
        &self,
        dependency: Dependency<'_>,
        root: Option<&Self>,
    ) -> Option<Vec<u8>> {
        dependency.folder_from(&self.folder, root)
    }

    /// What a dependency that inherits takes from this root.
    pub(crate) fn shared(&self, dependency: Dependency<'_>) -> Option<&Value> {
        let inherits = dependency.detail.get("workspace").and_then(Value::as_bool);
        inherits.filter(|inherits| *inherits)?;
        self.workspace()?.get("dependencies")?.get(dependency.alias)
    }

    /// What a dependency of this manifest asks for; `root` is the manifest of its workspace.
    pub(crate) fn requirement(
        &self,
        dependency: Dependency<'_>,
        root: Option<&Self>,
    ) -> Requirement {
        let mut said = BTreeMap::new();
        let mut folder = None;
        if let Some(root) = root
            && let Some(shared) = root.shared(dependency)
        {
            folder = add(&mut said, shared, &root.folder);
        }
        let own = add(&mut said, dependency.detail, &self.folder);
        said.remove("workspace");
        let package = said.get("package").and_then(Value::as_str).unwrap_or(dependency.alias);
        Requirement { package: package.to_owned(), folder: own.or(folder), said }
    }

    /// What a key of the package's table says, taken from the workspace where it is inherited.
    pub(crate) fn package_key<'a>(
        &'a self,
        key: &str,
        root: Option<&'a Self>,
    ) -> Option<&'a Value> {
        let own = self.package()?.get(key)?;
        if own.get("workspace").and_then(Value::as_bool) != Some(true) {
            return Some(own);
        }
        root.and_then(Self::workspace)?.get("package")?.get(key)
    }

    /// The entries of `[patch]` and `[replace]` that take a package from a folder of the repository.
    pub(crate) fn local_patches(&self) -> Vec<(String, Vec<u8>)> {
        local_patches(&self.tree, &self.folder)
    }
}

/// The entries of `[patch]` and `[replace]` in a manifest, or cargo's configuration, that take a package
/// from a folder of the repository, relative to `from`: the package's name and the folder.
pub(crate) fn local_patches(tree: &Value, from: &[u8]) -> Vec<(String, Vec<u8>)> {
    let local = |(name, said): (String, &str)| Some((name, joined(from, said)?));
    patch_paths(tree).into_iter().filter_map(local).collect()
}

/// The entries of `[patch]` and `[replace]` that take a package from a folder: the package's name, and the
/// path as it is written.
pub(crate) fn patch_paths(tree: &Value) -> Vec<(String, &str)> {
    let table = |key| tree.get(key).and_then(Value::as_table);
    let patches = table("patch").into_iter().flatten().filter_map(|(_, of)| of.as_table());
    let entries = patches.flatten().chain(table("replace").into_iter().flatten());
    let paths = entries.filter_map(|(key, detail)| {
        let said = detail.get("path")?.as_str()?;
        let named = detail.get("package").and_then(Value::as_str);
        // `[replace]` writes `name:version`.
        let name = named.or_else(|| key.split(':').next()).unwrap_or(key);
        Some((name.to_owned(), said))
    });
    paths.collect()
}

impl Requirement {
    /// Whether two requirements build the same. What version is asked for does not matter of a package
    /// that is taken from the repository: cargo takes the folder, and refuses every package of the
    /// workspace alike if the version there does not fit.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.package == other.package
            && self.folder == other.folder
            && self.counting() == other.counting()
    }

    /// What of it decides what is built, in one spelling: all that was said, but of a package that is
    /// taken from the repository neither its version nor where it lies.
    pub(crate) fn counting(&self) -> BTreeMap<&str, &Value> {
        let is_local = self.folder.is_some();
        let counts =
            |key: &str| !is_local || !matches!(key, "version" | "registry" | "path" | "base");
        let said = self.said.iter().map(|(key, value)| (key.as_str(), value));
        said.filter(|(key, _)| counts(key)).collect()
    }
}

/// Adds what a requirement says, over what is there; features add up. The folder of its `path`.
fn add(said: &mut BTreeMap<String, Value>, detail: &Value, folder: &[u8]) -> Option<Vec<u8>> {
    if detail.as_str().is_some() {
        said.insert("version".to_owned(), detail.clone());
        return None;
    }
    for (key, value) in detail.as_table()? {
        let key = if key == "default_features" { "default-features" } else { key };
        let is_default = match (key, value.as_bool()) {
            ("default-features", Some(true)) | ("optional" | "public", Some(false)) => true,
            ("features", _) => {
                let features = said.get(key).into_iter().chain([value]);
                let mut names: Vec<&str> = features
                    .filter_map(Value::as_list)
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                names.sort_unstable();
                names.dedup();
                let names = Value::texts(names);
                said.insert(key.to_owned(), names);
                continue;
            }
            (_, _) => false,
        };
        if is_default {
            said.remove(key);
        } else {
            said.insert(key.to_owned(), value.clone());
        }
    }
    joined(folder, detail.get("path")?.as_str()?)
}

fn of_tables<'a>(table: &'a Table, target: &'a str, found: &mut Vec<Dependency<'a>>) {
    for (name, kind) in TABLES {
        let table = table.get(name).and_then(Value::as_table);
        found.extend(table.into_iter().flatten().map(|(alias, detail)| Dependency {
            kind,
            target,
            alias,
            detail,
        }));
    }
}

/// The folder that `path`, written in the folder `from`, leads to; nothing if it leaves the repository
/// or begins at the machine's root.
pub(crate) fn joined(from: &[u8], path: &str) -> Option<Vec<u8>> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&[u8]> = from.split(|byte| *byte == b'/').collect();
    parts.retain(|part| !part.is_empty());
    // cargo takes `\` for `/` on Windows only, and a folder with that letter in it is no crate's.
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part.as_bytes()),
        }
    }
    Some(parts.join(&b'/'))
}

/// The shape that a manifest must have.
struct Shape<'a> {
    path: &'a [u8],
    bytes: &'a [u8],
}

impl Shape<'_> {
    fn check(&self, manifest: &Manifest) -> Result<(), Box<Problem>> {
        let tree = &manifest.tree;
        for key in ["package", "project", "workspace", "target"] {
            self.table(key, tree.get(key))?;
        }
        if let Some(package) = tree.get("package").or_else(|| tree.get("project")) {
            let Some(name) = package.get("name") else {
                let message = text!["the package has no name; expected `name = \"...\"`"];
                return Err(value::problem(message, self.path, self.bytes, package.at()));
            };
            self.string("name", name)?;
            package.get("workspace").map_or(Ok(()), |root| self.string("workspace", root))?;
        }
        if let Some(workspace) = tree.get("workspace") {
            for key in ["members", "exclude"] {
                self.strings(key, workspace.get(key))?;
            }
            self.requirements("workspace.dependencies", workspace.get("dependencies"))?;
            self.table("workspace.package", workspace.get("package"))?;
        }
        self.dependencies(tree)?;
        let targets = tree.get("target").and_then(Value::as_table);
        targets.into_iter().flatten().try_for_each(|(_, table)| self.dependencies(table))
    }

    fn dependencies(&self, table: &Value) -> Result<(), Box<Problem>> {
        TABLES.iter().try_for_each(|(name, _)| self.requirements(name, table.get(name)))
    }

    fn requirements(&self, name: &str, table: Option<&Value>) -> Result<(), Box<Problem>> {
        self.table(name, table)?;
        let entries = table.and_then(Value::as_table);
        for (alias, detail) in entries.into_iter().flatten() {
            if detail.as_str().is_none() && detail.as_table().is_none() {
                return Err(self.unexpected(alias, detail, "a version or a table"));
            }
            for key in ["path", "package"] {
                detail.get(key).map_or(Ok(()), |value| self.string(key, value))?;
            }
        }
        Ok(())
    }

    fn table(&self, name: &str, value: Option<&Value>) -> Result<(), Box<Problem>> {
        match value {
            Some(value) if value.as_table().is_none() => {
                Err(self.unexpected(name, value, "a table"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn string(&self, name: &str, value: &Value) -> Result<(), Box<Problem>> {
        match value.as_str() {
            Some(_) => Ok(()),
            None => Err(self.unexpected(name, value, "a string")),
        }
    }

    fn strings(&self, name: &str, value: Option<&Value>) -> Result<(), Box<Problem>> {
        let Some(value) = value else { return Ok(()) };
        match value.as_list() {
            Some(list) => list.iter().try_for_each(|item| self.string(name, item)),
            None => Err(self.unexpected(name, value, "a list of strings")),
        }
    }

    fn unexpected(&self, name: &str, value: &Value, wanted: &'static str) -> Box<Problem> {
        value::unexpected(value, text![Foreign::from(name)], wanted, self.path, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(folder: &str, text: &str) -> Manifest {
        Manifest::read(folder.as_bytes(), b"Cargo.toml", text.as_bytes()).unwrap()
    }

    #[track_caller]
    fn check(text: &str, root: &str, wanted: &[(NeedKind, &str, Option<&str>)]) {
        let (member, root) = (manifest("crates/a", text), manifest("", root));
        let found: Vec<(NeedKind, String, Option<String>)> = member
            .dependencies()
            .into_iter()
            .map(|dependency| {
                let requirement = member.requirement(dependency, Some(&root));
                let folder = requirement.folder.map(|folder| String::from_utf8(folder).unwrap());
                (dependency.kind, requirement.package, folder)
            })
            .collect();
        let wanted: Vec<(NeedKind, String, Option<String>)> = wanted
            .iter()
            .map(|(kind, name, folder)| (*kind, (*name).to_owned(), folder.map(str::to_owned)))
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn every_table_of_dependencies_is_read() {
        use NeedKind::{Build, Dev, Normal};
        check("[dependencies]\nb = '1'", "", &[(Normal, "b", None)]);
        check("[dependencies]\nb = { path = '../b' }", "", &[(Normal, "b", Some("crates/b"))]);
        check("[dev_dependencies]\nb.path = './x/'", "", &[(Dev, "b", Some("crates/a/x"))]);
        check("[build-dependencies.b]\npath = '../../..'", "", &[(Build, "b", None)]);
        check("[dependencies]\nb = { package = 'c' }", "", &[(Normal, "c", None)]);
        check("[target.'cfg(unix)'.dependencies]\nb = '1'", "", &[(Normal, "b", None)]);
        check("[target.x.dev-dependencies]\nb.path = '.'", "", &[(Dev, "b", Some("crates/a"))]);
    }

    #[test]
    fn what_is_inherited_is_found_in_the_root() {
        use NeedKind::Normal;
        let root = "[workspace.dependencies]\nb = { path = 'x/b', package = 'c' }";
        check("[dependencies]\nb.workspace = true", root, &[(Normal, "c", Some("x/b"))]);
        check("[dependencies]\nz.workspace = true", root, &[(Normal, "z", None)]);
    }

    #[track_caller]
    fn check_same(one: &str, other: &str, is_same: bool) {
        let root =
            manifest("", "[workspace.dependencies]\nw = '1'\nl = { path = 'l', version = '1' }");
        let read = |text: &str| {
            let member = manifest("a", &format!("[dependencies]\n{text}"));
            let dependency = member.dependencies().into_iter().next().unwrap();
            member.requirement(dependency, Some(&root))
        };
        assert_eq!(read(one).is_same(&read(other)), is_same, "{one} and {other}");
    }

    #[test]
    fn spellings_of_one_requirement_are_the_same() {
        check_same("x = '1'", "x = { version = '1' }", true);
        check_same("x = '1'", "x = '2'", false);
        check_same("w = '1'", "w.workspace = true", true);
        check_same("w = { workspace = true, features = ['f'] }", "w.workspace = true", false);
        check_same(
            "x = { version = '1', features = ['a', 'b'] }",
            "x = { version = '1', features = ['b', 'a'] }",
            true,
        );
        check_same(
            "x = { version = '1', default_features = false }",
            "x = { version = '1', default-features = false }",
            true,
        );
        check_same("x = { version = '1', optional = false }", "x = '1'", true);
        check_same(
            "x = { path = '../x', version = '1' }",
            "x = { path = '../x', version = '2' }",
            true,
        );
        check_same("x = { path = '../x' }", "x = { path = '.././x' }", true);
        check_same("x = { path = '../x' }", "x = { path = '../y' }", false);
        check_same("l = { path = '../l' }", "l.workspace = true", true);
    }

    #[test]
    fn patches_name_folders() {
        let root = manifest(
            "r",
            "[patch.crates-io]\na = { path = 'a' }\nb = '1'\n[patch.'https://x/y']\nc = { path = '../c', package = 'd' }\n[replace]\n'e:1.0' = { path = 'e' }",
        );
        let wanted = [("a", "r/a"), ("d", "c"), ("e", "r/e")];
        let wanted: Vec<_> =
            wanted.iter().map(|(n, f)| ((*n).to_owned(), f.as_bytes().to_vec())).collect();
        assert_eq!(root.local_patches(), wanted);
    }

    #[track_caller]
    fn check_problem(text: &str, line: u64, column: u64) {
        let problem = Manifest::read(b"", b"Cargo.toml", text.as_bytes()).unwrap_err();
        let place = problem.place.unwrap();
        assert_eq!((place.line, place.column), (Some(line), Some(column)), "{:?}", problem.message);
    }

    #[test]
    fn a_wrong_shape_has_a_place() {
        check_problem("[package]\nversion = '1'", 1, 1);
        check_problem("[package]\nname = 1", 2, 8);
        check_problem("workspace = 1", 1, 13);
        check_problem("[workspace]\nmembers = 'a'", 2, 11);
        check_problem("[workspace]\nmembers = ['a', 1]", 2, 17);
        check_problem("[dependencies]\na = 1", 2, 5);
        check_problem("[target.x.dependencies]\na = { path = 1 }", 2, 14);
        check_problem("[workspace.dependencies]\na = []", 2, 5);
    }
}
