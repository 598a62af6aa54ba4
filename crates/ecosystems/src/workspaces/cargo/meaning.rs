//! What a change of a manifest means for a package: two manifests are compared key by key, with what
//! they inherit from the roots of their workspaces.
//!
//! How far a key reaches, and why:
//! - what decides how the library is built (`dependencies`, `features`, `lib`, `edition`, `build`,
//!   `links`, and every key that is not known here) reaches the dependents;
//! - what only the package's own tests, examples and benches see (`dev-dependencies`, `[[test]]`) is its
//!   own;
//! - so is what describes it (`description`, `license`, `publish`, `metadata`): its own build sees it as
//!   `CARGO_PKG_*`, its own packaging checks read it; but `metadata.system-deps` says what is linked;
//! - so is `rust-version`: who has too old a compiler for it cannot build the package itself either;
//! - so is `version`, unless what the package is built from reads it, which `includes::variables` finds
//!   out, as of what describes it; what version a dependent asks for of a package in the repository is checked by cargo before
//!   any build;
//! - so is `[lints]`: a denied lint fails the package's build and nobody else's. What it inherits from
//!   `[workspace.lints]` concerns linters, unless it denies or forbids something of rustc's.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Text, text};

use super::manifest::{Dependency, Manifest, Requirement, kind_of_table};
use super::value::{Table, Value};
use crate::workspaces::{NeedKind, Reach};

/// Something that differs between two manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// How far it reaches.
    pub(crate) reach: Reach,
    /// What it is, for people.
    pub(crate) what: Text,
    /// Whether the package's manifest says something else than before.
    pub(crate) is_own: bool,
    /// Whether what the root of the workspace hands down is something else than before.
    pub(crate) is_inherited: bool,
    /// The variable in which sources see it, and without which it does not reach the dependents.
    pub(crate) variable: Option<&'static str>,
}

/// A package's manifest and its root's.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    /// The package's own.
    pub(crate) manifest: &'a Manifest,
    /// That of the root of its workspace.
    pub(crate) root: Option<&'a Manifest>,
}

/// What differs between two versions of a package's manifest.
pub(crate) fn compare(base: Side<'_>, head: Side<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    dependencies(&by_key(base, |_| true), &by_key(head, |_| true), base, head, &mut found);
    package(base, head, &mut found);
    other_tables(base, head, &mut found);
    found
}

/// What differs for a package whose own manifest is the same: what it inherits, of `handed`.
pub(crate) fn compare_inherited(
    base: Side<'_>,
    head: Side<'_>,
    handed: &Handed<'_>,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let differs = |dependency: &Dependency<'_>| handed.dependencies.contains(dependency.alias);
    dependencies(&by_key(base, differs), &by_key(head, differs), base, head, &mut found);
    if handed.is_package {
        package(base, head, &mut found);
    }
    if handed.is_lints {
        found.extend(lints(base, head));
    }
    found
}

/// What two versions of a root hand down differently.
#[derive(Debug, Default)]
pub(crate) struct Handed<'a> {
    dependencies: BTreeSet<&'a str>,
    is_package: bool,
    is_lints: bool,
}

impl<'a> Handed<'a> {
    /// What differs between two versions of a root.
    pub(crate) fn new(base: &'a Manifest, head: &'a Manifest) -> Self {
        let of = |root: &'a Manifest, key| root.workspace().and_then(|it| it.get(key));
        let tables = [base, head].map(|root| of(root, "dependencies").and_then(Value::as_table));
        let names = tables.into_iter().flatten().flat_map(Table::keys).map(String::as_str);
        let differs = |name: &&str| {
            let [before, after] = tables.map(|table| table.and_then(|table| table.get(name)));
            before != after
        };
        Self {
            dependencies: names.filter(differs).collect(),
            is_package: of(base, "package") != of(head, "package"),
            is_lints: of(base, "lints") != of(head, "lints"),
        }
    }

    /// Whether nothing differs.
    pub(crate) fn is_empty(&self) -> bool {
        self.dependencies.is_empty() && !self.is_package && !self.is_lints
    }
}

fn dependencies(
    of_base: &ByKey<'_>,
    of_head: &ByKey<'_>,
    base: Side<'_>,
    head: Side<'_>,
    found: &mut Vec<Difference>,
) {
    let keys: BTreeSet<&Key<'_>> = of_base.keys().chain(of_head.keys()).collect();
    for key in keys {
        let (old, new) = (of_base.get(key), of_head.get(key));
        let is_written_alike = old.map(Dependency::detail) == new.map(Dependency::detail);
        let before = old.and_then(|old| base.shared(*old));
        let after = new.and_then(|new| head.shared(*new));
        let is_handed_alike = before == after;
        let is_same = match (old, new) {
            (Some(old), Some(new)) => {
                is_written_alike && is_handed_alike
                    || base.requirement(*old).is_same(&head.requirement(*new))
            }
            (_, _) => false,
        };
        if is_same {
            continue;
        }
        let (kind, _, alias) = *key;
        let (reach, words) = match kind {
            NeedKind::Normal => (Reach::Dependents, "the dependency "),
            NeedKind::Build => (Reach::Dependents, "the build dependency "),
            NeedKind::Dev => (Reach::Own, "the dev-dependency "),
        };
        found.push(Difference {
            reach,
            what: text![words, Foreign::from(alias)],
            is_own: !is_written_alike,
            is_inherited: is_written_alike
                || !is_handed_alike && before.is_some() && after.is_some(),
            variable: None,
        });
    }
}

/// What a dependency is for, on which platform, under which name.
type Key<'a> = (NeedKind, &'a str, &'a str);

/// The dependencies of a manifest.
type ByKey<'a> = BTreeMap<Key<'a>, Dependency<'a>>;

fn by_key<'a>(side: Side<'a>, is_wanted: impl Fn(&Dependency<'a>) -> bool) -> ByKey<'a> {
    let each = side.manifest.dependencies().into_iter().filter(is_wanted);
    each.map(|it| ((it.kind, it.target, it.alias), it)).collect()
}

impl<'a> Side<'a> {
    /// What a dependency inherits.
    fn shared(self, dependency: Dependency<'_>) -> Option<&'a Value> {
        self.root.and_then(|root| root.shared(dependency))
    }

    /// The lints, its own or inherited.
    fn lints(self) -> Option<&'a Value> {
        let own = self.manifest.tree.get("lints")?;
        if own.get("workspace").is_none() {
            return Some(own);
        }
        self.root.and_then(Manifest::workspace)?.get("lints")
    }

    fn requirement(self, dependency: Dependency<'_>) -> Requirement {
        self.manifest.requirement(dependency, self.root)
    }
}

fn package(base: Side<'_>, head: Side<'_>, found: &mut Vec<Difference>) {
    let tables = [base.manifest.package(), head.manifest.package()];
    let keys: BTreeSet<&str> =
        tables.into_iter().flatten().flat_map(Table::keys).map(String::as_str).collect();
    for key in keys {
        if base.manifest.package_key(key, base.root) == head.manifest.package_key(key, head.root) {
            continue;
        }
        let [raw_base, raw_head] = tables.map(|table| table.and_then(|table| table.get(key)));
        found.push(Difference {
            reach: if key == "metadata" && is_for_build(tables) {
                Reach::Dependents
            } else {
                reach_of_package_key(key)
            },
            what: text![Foreign::from(format!("package.{key}").as_str())],
            is_own: raw_base != raw_head,
            is_inherited: raw_base == raw_head,
            variable: variable(key),
        });
    }
}

/// The variable that cargo sets to what a key of `[package]` says (The Cargo Book, "Environment
/// Variables"). A name of a file is left out: what counts is the file.
fn variable(key: &str) -> Option<&'static str> {
    Some(match key {
        "version" => "CARGO_PKG_VERSION",
        "rust-version" => "CARGO_PKG_RUST_VERSION",
        "authors" => "CARGO_PKG_AUTHORS",
        "description" => "CARGO_PKG_DESCRIPTION",
        "homepage" => "CARGO_PKG_HOMEPAGE",
        "repository" => "CARGO_PKG_REPOSITORY",
        "license" => "CARGO_PKG_LICENSE",
        _ => return None,
    })
}

/// Whether what differs of the package's metadata says what is linked: a build script with the crate
/// `system-deps` reads it there (its documentation, "Usage").
fn is_for_build(tables: [Option<&Table>; 2]) -> bool {
    let [before, after] = tables.map(|table| table?.get("metadata")?.get("system-deps"));
    before != after
}

/// How far a key of `[package]` reaches (The Cargo Book, "The `[package]` section").
fn reach_of_package_key(key: &str) -> Reach {
    match key {
        "version" | "rust-version" | "authors" | "description" | "documentation" | "readme"
        | "homepage" | "repository" | "license" | "license-file" | "keywords" | "categories"
        | "exclude" | "include" | "publish" | "metadata" | "default-run" | "autoexamples"
        | "autotests" | "autobenches" => Reach::Own,
        _ => Reach::Dependents,
    }
}

fn other_tables(base: Side<'_>, head: Side<'_>, found: &mut Vec<Difference>) {
    let keys: BTreeSet<&str> = [base, head]
        .into_iter()
        .filter_map(|side| side.manifest.tree.as_table())
        .flat_map(Table::keys)
        .map(String::as_str)
        .collect();
    for key in keys {
        let [before, after] = [base, head].map(|side| side.manifest.tree.get(key));
        let reach = match key {
            // Compared above, or as the root's; a member's own profile and patches are not used.
            "package" | "project" | "workspace" | "profile" | "patch" | "replace" | "badges" => {
                continue;
            }
            "lints" => {
                found.extend(lints(base, head));
                continue;
            }
            "target" => {
                if rest_of_targets(before) != rest_of_targets(after) {
                    found.push(Difference::own(Reach::Dependents, key));
                }
                continue;
            }
            "test" | "bench" | "example" => Reach::Own,
            key if kind_of_table(key).is_some() => continue,
            _ => Reach::Dependents,
        };
        if before != after {
            found.push(Difference::own(reach, key));
        }
    }
}

impl Difference {
    /// A table of the package's own manifest.
    fn own(reach: Reach, key: &str) -> Self {
        let what = text![Foreign::from(format!("[{key}]").as_str())];
        Self { reach, what, is_own: true, is_inherited: false, variable: None }
    }
}

/// What stands in `[target.*]` besides dependencies.
fn rest_of_targets(targets: Option<&Value>) -> Vec<(&str, &str, &Value)> {
    let tables = targets.and_then(Value::as_table).into_iter().flatten();
    let mut rest = Vec::new();
    for (target, table) in tables {
        let entries = table.as_table().into_iter().flatten();
        let others = entries.filter(|(name, _)| kind_of_table(name).is_none());
        rest.extend(others.map(|(name, value)| (target.as_str(), name.as_str(), value)));
    }
    rest
}

fn lints(base: Side<'_>, head: Side<'_>) -> Option<Difference> {
    let (before, after) = (base.lints(), head.lints());
    if before == after {
        return None;
    }
    let is_inherited = base.manifest.tree.get("lints") == head.manifest.tree.get("lints");
    let fails_builds = strict_lints(before) != strict_lints(after);
    let reach = if is_inherited && !fails_builds { Reach::Lint } else { Reach::Own };
    let what = if is_inherited { "[workspace.lints]" } else { "[lints]" };
    let (what, is_own) = (text![Foreign::from(what)], !is_inherited);
    Some(Difference { reach, what, is_own, is_inherited, variable: None })
}

/// The lints of rustc that fail a build.
fn strict_lints(lints: Option<&Value>) -> BTreeSet<&str> {
    let rustc = lints.and_then(|lints| lints.get("rust")).and_then(Value::as_table);
    let strict = rustc.into_iter().flatten().filter(|(_, level)| {
        let level = level.as_str().or_else(|| level.get("level").and_then(Value::as_str));
        matches!(level, Some("deny" | "forbid"))
    });
    strict.map(|(name, _)| name.as_str()).collect()
}

/// What differs between two versions of a root and concerns every member, whatever it inherits.
pub(crate) fn compare_roots(base: &Manifest, head: &Manifest) -> Vec<Text> {
    let mut found = Vec::new();
    let mut differs = |before: Option<&Value>, after: Option<&Value>, words: String| {
        if before != after {
            found.push(text![Foreign::from(words.as_str())]);
        }
    };
    for key in ["profile", "patch", "replace", "cargo-features"] {
        differs(base.tree.get(key), head.tree.get(key), format!("[{key}]"));
    }
    let tables = [base.workspace(), head.workspace()];
    let keys: BTreeSet<&str> =
        tables.into_iter().flatten().flat_map(Table::keys).map(String::as_str).collect();
    for key in keys {
        match key {
            // Who comes, goes or inherits is seen at each package; the rest is no build's.
            "members" | "exclude" | "default-members" | "dependencies" | "package" | "lints"
            | "metadata" | "resolver" => {}
            _ => {
                let [before, after] = tables.map(|table| table.and_then(|table| table.get(key)));
                differs(before, after, format!("workspace.{key}"));
            }
        }
    }
    let (before, after) = (resolver(base), resolver(head));
    if before.1 != after.1 {
        let is_same_key = before.0 == after.0;
        found.push(if is_same_key {
            Foreign::from(before.0).into()
        } else {
            "the resolver".into()
        });
    }
    found
}

/// Which resolver a root chooses for the workspace: by `workspace.resolver`, or `package.resolver` of the
/// root package, or its edition, 1 without any (The Cargo Book, "Dependency Resolution", "Resolver
/// versions").
///
/// The key that chooses, for people, and the choice.
pub(crate) fn resolver(root: &Manifest) -> (&'static str, &str) {
    if let Some(said) = root.workspace().and_then(|workspace| workspace.get("resolver")) {
        return ("workspace.resolver", said.as_str().unwrap_or_default());
    }
    if let Some(said) = root.package().and_then(|package| package.get("resolver")) {
        return ("package.resolver", said.as_str().unwrap_or_default());
    }
    let edition = root.package_key("edition", Some(root)).and_then(Value::as_str);
    let chosen = match edition {
        None | Some("2015" | "2018") => "1",
        Some("2021") => "2",
        Some("2024") => "3",
        Some(other) => other,
    };
    ("package.edition", chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspaces::Reach::{Dependents, Lint, Own};

    fn manifest(folder: &str, text: &str) -> Manifest {
        Manifest::read(folder.as_bytes(), b"Cargo.toml", text.as_bytes()).unwrap()
    }

    fn reaches(base: (&str, &str), head: (&str, &str)) -> Vec<(Reach, bool)> {
        let read = |(member, root): (&str, &str)| {
            (manifest("a", &format!("package.name = 'a'\n{member}")), manifest("", root))
        };
        let (base, head) = (read(base), read(head));
        let side = |it: &'static (Manifest, Manifest)| Side { manifest: &it.0, root: Some(&it.1) };
        let (base, head) = (Box::leak(Box::new(base)), Box::leak(Box::new(head)));
        let found = compare(side(base), side(head));
        found.iter().map(|it| (it.reach, it.is_inherited)).collect()
    }

    #[track_caller]
    fn check(base: &str, head: &str, wanted: &[Reach]) {
        let wanted: Vec<(Reach, bool)> = wanted.iter().map(|reach| (*reach, false)).collect();
        assert_eq!(reaches((base, ""), (head, "")), wanted);
        assert_eq!(reaches((head, ""), (base, "")), wanted, "the other way round");
        assert_eq!(reaches((base, ""), (base, "")), []);
    }

    #[test]
    fn a_key_reaches_as_far_as_what_it_decides() {
        check("", "# words", &[]);
        check("[dependencies]\nx = '1'", "[dependencies]\nx = '2'", &[Dependents]);
        check("", "[dependencies]\nx = '1'", &[Dependents]);
        check("", "[build-dependencies]\nx = '1'", &[Dependents]);
        check("", "[dev-dependencies]\nx = '1'", &[Own]);
        check("", "[target.'cfg(unix)'.dependencies]\nx = '1'", &[Dependents]);
        check("", "[target.'cfg(unix)'.dev-dependencies]\nx = '1'", &[Own]);
        check("[dependencies]\nx = '1'", "[dev-dependencies]\nx = '1'", &[Dependents, Own]);
        check("", "[features]\nx = []", &[Dependents]);
        check("", "[lib]\nproc-macro = true", &[Dependents]);
        check("", "[[bin]]\nname = 'b'", &[Dependents]);
        check("", "[[test]]\nname = 'b'", &[Own]);
        check("", "[lints.rust]\nx = 'warn'", &[Own]);
        check("", "[badges]\nx = {}", &[]);
        check("", "[profile.dev]\nopt-level = 1", &[]);
        check("", "[something-new]\nx = 1", &[Dependents]);
    }

    #[test]
    fn a_key_of_the_package_reaches_as_far_as_it_is_seen() {
        for (key, wanted) in [
            ("edition", Dependents),
            ("build", Dependents),
            ("links", Dependents),
            ("something-new", Dependents),
            ("version", Own),
            ("rust-version", Own),
            ("description", Own),
            ("publish", Own),
            ("metadata.docs", Own),
            ("metadata.system-deps", Dependents),
        ] {
            check("", &format!("package.{key} = 'x'"), &[wanted]);
        }
    }

    #[track_caller]
    fn check_inherited(member: &str, base: &str, head: &str, wanted: &[Reach]) {
        let wanted: Vec<(Reach, bool)> = wanted.iter().map(|reach| (*reach, true)).collect();
        assert_eq!(reaches((member, base), (member, head)), wanted);
    }

    #[test]
    fn what_the_root_hands_down_touches_who_inherits_it() {
        let dependencies = |version: &str| format!("[workspace.dependencies]\nx = '{version}'");
        let (one, two) = (dependencies("1"), dependencies("2"));
        check_inherited("dependencies.x.workspace = true", &one, &two, &[Dependents]);
        check_inherited("dev-dependencies.x.workspace = true", &one, &two, &[Own]);
        check_inherited("dependencies.x = '1'", &one, &two, &[]);
        check_inherited("dependencies.y.workspace = true", &one, &two, &[]);
        let edition = |year: &str| format!("workspace.package.edition = '{year}'");
        check_inherited(
            "package.edition.workspace = true",
            &edition("1"),
            &edition("2"),
            &[Dependents],
        );
        check_inherited("package.edition = '2'", &edition("1"), &edition("2"), &[]);
        let lints = |level: &str| format!("[workspace.lints]\nrust.x = '{level}'");
        check_inherited("lints.workspace = true", &lints("allow"), &lints("warn"), &[Lint]);
        check_inherited("lints.workspace = true", &lints("warn"), &lints("deny"), &[Own]);
        check_inherited("", &lints("warn"), &lints("deny"), &[]);
    }

    #[track_caller]
    fn check_roots(base: &str, head: &str, wanted: usize) {
        let (base, head) = (manifest("", base), manifest("", head));
        assert_eq!(compare_roots(&base, &head).len(), wanted);
    }

    #[test]
    fn what_concerns_every_member_is_found_in_the_root() {
        check_roots("[workspace]", "[workspace]\nresolver = '3'", 1);
        check_roots("[workspace]", "[workspace]\n[profile.dev]\ndebug = 1", 1);
        check_roots("[workspace]", "[workspace]\n[patch.crates-io]\nx.path = 'x'", 1);
        check_roots("[workspace]", "[workspace]\nsomething-new = 1", 1);
        check_roots("[workspace]", "[workspace]\nmembers = ['a']\nmetadata.x = 1", 0);
        let edition =
            |year: &str| format!("[workspace]\n[package]\nname = 'a'\nedition = '{year}'");
        check_roots(&edition("2018"), &edition("2021"), 1);
        check_roots(&edition("2015"), &edition("2018"), 0);
        let with = |key: &str| format!("{}\n{key} = '1'", edition("2021"));
        check_roots(&edition("2021"), &with("resolver"), 1);
        check_roots(
            &edition("2018"),
            &edition("2018").replace("2018'", "2018'\nresolver = '1'"),
            0,
        );
    }
}
