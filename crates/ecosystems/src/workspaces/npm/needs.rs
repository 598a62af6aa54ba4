//! Which packages of the repository a package gets when it is installed.
//!
//! * `workspace:` names a member (<https://pnpm.io/workspaces>, <https://yarnpkg.com/protocol/workspace>). A
//!   path behind it begins in pnpm where the manifest lies, in Yarn at the root (Yarn 4.18 links it so).
//! * `file:`, `link:`, `portal:` and a path name a folder.
//! * `catalog:` stands for the range in the catalog.
//! * A range, also behind `npm:`, links the member of that name if its version is in the range: npm and
//!   Yarn do so always, pnpm where `link-workspace-packages` says so, which may stand outside of the
//!   repository. A member without a version, and a tag in place of a range, are linked here as well: where it
//!   is not certain, an edge is the safe side.
//! * Everything else (an archive, a repository, `jsr:`) comes from elsewhere.
//! * An override or a resolution (<https://docs.npmjs.com/cli/v11/configuring-npm/package-json#overrides>,
//!   <https://pnpm.io/settings#overrides>, <https://yarnpkg.com/configuration/manifest#resolutions>) that
//!   names a member or a folder counts for whoever in its workspace asks for the name, beside what that
//!   asks for.
//! * A package of no workspace that lies in the folder of another one may be what that hands out, such
//!   as a template, so that one needs it. A root holds everything and hands out nothing.
//!
//! `dependencies`, `optionalDependencies` and `peerDependencies` are used at run time. `devDependencies`
//! are [`NeedKind::Build`]: they hold the compiler, the bundler and the configuration that make what
//! others get of the package, and nothing tells these apart from tools of tests. turbo, nx and moon
//! follow them too. What else ties packages together is said in `npm/named.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::manifest::{Requirement, Section};
use super::model::{Model, Package};
use super::range;
use crate::workspaces::NeedKind;
use crate::workspaces::folders::{self, Owners};
use crate::workspaces::version::Version;

/// The packages of a model, by what a specifier can name them with.
pub(super) struct Lookup<'m> {
    model: &'m Model,
    owners: Owners<'m>,
    /// The packages of each name, and those in each workspace, the first [`SAME`] of them.
    named: BTreeMap<(&'m str, Option<usize>), Vec<usize>>,
    /// The packages that lie in the folder of another one, by that.
    inner: BTreeMap<usize, Vec<usize>>,
    /// What an override of a workspace links whoever asks for a name to, the first [`SAME`] of it.
    replaced: BTreeMap<(usize, &'m str), Vec<usize>>,
}

/// How many packages of one name are told apart. npm and Yarn refuse two in a workspace; without an end,
/// a workspace of one name would have as many needs as the square of its packages.
const SAME: usize = 100;

impl<'m> Lookup<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let owners = Owners::new(model.packages.iter().map(|it| it.folder.as_slice()));
        let mut named: BTreeMap<(&str, Option<usize>), Vec<usize>> = BTreeMap::new();
        for (at, package) in model.packages.iter().enumerate() {
            let Some(name) = package.manifest.name.as_deref() else { continue };
            let workspaces = package.workspaces.iter().copied().map(Some);
            for workspace in std::iter::once(None).chain(workspaces) {
                let same = named.entry((name, workspace)).or_default();
                if same.len() < SAME {
                    same.push(at);
                }
            }
        }
        let mut inner: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, package) in model.packages.iter().enumerate() {
            let above = owners.above(folders::split(&package.folder).0);
            let Some(outer) = above.and_then(|above| model.packages.get(above)) else { continue };
            let is_root = outer.folder.is_empty() || model.workspace(&outer.folder).is_some();
            if let (Some(above), false, true) = (above, is_root, package.workspaces.is_empty()) {
                inner.entry(above).or_default().push(at);
            }
        }
        let mut lookup = Self { model, owners, named, inner, replaced: BTreeMap::new() };
        for (at, workspace) in model.workspaces.iter().enumerate() {
            let folder = workspace.folder.clone();
            let root = Package { folder, manifest: Rc::default(), workspaces: vec![at] };
            for (name, specifiers) in &workspace.overrides {
                let targets: BTreeSet<usize> = specifiers
                    .iter()
                    .flat_map(|it| lookup.targets(&root, &root.folder, name, it))
                    .collect();
                let targets: Vec<usize> = targets.into_iter().take(SAME).collect();
                lookup.replaced.insert((at, name), targets);
            }
        }
        lookup
    }

    /// Who owns a path.
    pub(super) fn owners(&self) -> &Owners<'m> {
        &self.owners
    }

    /// What the package at a place needs, by place.
    pub(super) fn needs(&self, at: usize) -> Vec<(usize, NeedKind)> {
        let Some(package) = self.model.packages.get(at) else { return Vec::new() };
        let inner = self.inner.get(&at).into_iter().flatten();
        let mut needs: Vec<(usize, NeedKind)> = inner.map(|at| (*at, NeedKind::Normal)).collect();
        for requirement in &package.manifest.requirements {
            let kind = match requirement.section {
                Section::Normal | Section::Optional | Section::Peer => NeedKind::Normal,
                Section::Dev => NeedKind::Build,
            };
            let Requirement { name, specifier, section: _ } = requirement;
            let mut targets = self.targets(package, &package.folder, name, specifier);
            for at in &package.workspaces {
                targets.extend(self.replaced.get(&(*at, name.as_str())).into_iter().flatten());
            }
            needs.extend(targets.into_iter().map(|target| (target, kind)));
        }
        needs
    }

    /// What a specifier links a package to; paths in it are seen from `from`.
    fn targets(&self, package: &Package, from: &[u8], name: &str, specifier: &str) -> Vec<usize> {
        let mut specifier = specifier.trim();
        if specifier.starts_with("catalog:") {
            let settings = |at: &usize| self.model.workspaces.get(*at)?.settings.as_ref();
            let mut catalogs = package.workspaces.iter().filter_map(settings);
            let meant = catalogs.find_map(|it| it.specifier(name, specifier));
            // A catalog of Yarn or Bun, which is not read.
            let Some(meant) = meant else { return self.members(package, name, |_| true) };
            specifier = meant.trim();
        }
        let folder = |path: &str| {
            let path = folders::resolve(from, path.as_bytes());
            let path = path.and_then(|path| self.model.links.follow(&path));
            path.and_then(|path| self.owners.above(&path)).into_iter().collect()
        };
        if let Some(rest) = specifier.strip_prefix("workspace:") {
            if rest.starts_with('.') || rest.contains('/') && !rest.starts_with('@') {
                let workspaces = package.workspaces.iter();
                let roots = workspaces.filter_map(|at| self.model.workspaces.get(*at));
                let folders = roots.map(|it| it.folder.as_slice()).chain([from]);
                let member =
                    |from: &[u8]| self.owners.at(&folders::resolve(from, rest.as_bytes())?);
                let members: Vec<usize> = folders.filter_map(member).collect();
                return if members.is_empty() { folder(rest) } else { members };
            }
            let name = alias(rest).map_or(name, |(name, _)| name);
            let members = self.members(package, name, |_| true);
            // No other package can be meant, even if it is not seen here that it is a member.
            let anybody = || self.named.get(&(name, None)).cloned().unwrap_or_default();
            return if members.is_empty() { anybody() } else { members };
        }
        for protocol in ["file:", "link:", "portal:"] {
            if let Some(path) = specifier.strip_prefix(protocol) {
                return folder(path);
            }
        }
        if specifier.starts_with("./") || specifier.starts_with("../") || specifier == ".." {
            return folder(specifier);
        }
        if specifier.starts_with("patch:") {
            return self.members(package, name, |_| true);
        }
        let (name, range) = match specifier.strip_prefix("npm:") {
            Some(rest) => alias(rest).unwrap_or((name, rest)),
            None => (name, specifier),
        };
        if range.contains([':', '/']) {
            return Vec::new();
        }
        self.members(package, name, |version| {
            let version = version.and_then(Version::read);
            version.is_none_or(|version| range::contains(range, &version).unwrap_or(true))
        })
    }

    /// The members of a name in the workspaces of a package.
    fn members(
        &self,
        package: &Package,
        name: &str,
        linked: impl Fn(Option<&str>) -> bool,
    ) -> Vec<usize> {
        let near = package.workspaces.iter().filter_map(|at| self.named.get(&(name, Some(*at))));
        let near: BTreeSet<usize> = near.flatten().copied().collect();
        let is_linked = |at: &usize| {
            let other = self.model.packages.get(*at);
            other.is_some_and(|it| linked(it.manifest.version.as_deref()))
        };
        near.into_iter().filter(is_linked).collect()
    }
}

/// The name and the range of `name@range`, where it begins with a name.
fn alias(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, letter)| *letter == '@').map(|(at, _)| at);
    if let Some(at) = at {
        let (name, range) = text.split_at(at);
        return Some((name, range.strip_prefix('@').unwrap_or(range)));
    }
    // A name without a range; a range has no letters before its numbers but `v` and `x`.
    let is_name = text.starts_with('@') && text.contains('/');
    is_name.then_some((text, "*"))
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    /// What the package `a` gets for `"b": specifier`, where `b` has version 1.2.0.
    #[track_caller]
    fn check(specifier: &str, wanted: &[&str]) {
        let a = format!(r#"{{"name": "a", "dependencies": {{"b": "{specifier}"}}}}"#);
        let tree = MemoryTree::new([
            ("package.json", "{}"),
            (
                "pnpm-workspace.yaml",
                "packages: ['p/*']\ncatalog: {b: ^1}\ncatalogs: {old: {b: ^0}, here: {b: 'workspace:*'}}",
            ),
            ("p/a/package.json", a.as_str()),
            ("p/b/package.json", r#"{"name": "b", "version": "1.2.0"}"#),
            ("p/@s-c/package.json", r#"{"name": "@s/c", "version": "1.0.0"}"#),
            ("alone/package.json", r#"{"name": "d"}"#),
        ])
        .unwrap();
        let model = Model::read(&tree, None).unwrap();
        let lookup = Lookup::new(&model);
        let a = model.packages.iter().position(|it| it.folder == b"p/a").unwrap();
        let name = |(at, kind): (usize, NeedKind)| {
            assert_eq!(kind, NeedKind::Normal);
            model.packages[at].manifest.name.clone().unwrap_or_default()
        };
        let names: Vec<String> = lookup.needs(a).into_iter().map(name).collect();
        assert_eq!(names, wanted, "{specifier}");
    }

    #[test]
    fn a_specifier_names_a_package_of_the_repository_or_none() {
        for linked in ["^1.0.0", "*", "", "latest", "workspace:*", "workspace:^", "workspace:^9"] {
            check(linked, &["b"]);
        }
        for linked in ["npm:^1.0.0", "npm:b@1", "workspace:b@*", "workspace:../b", "file:../b"] {
            check(linked, &["b"]);
        }
        for linked in ["link:../b/dist", "portal:../b", "../b", "catalog:", "catalog:here"] {
            check(linked, &["b"]);
        }
        for other in ["^2.0.0", "npm:^2", "npm:left-pad@^1", "catalog:old", "jsr:^1"] {
            check(other, &[]);
        }
        for other in ["user/b", "git+ssh://git@github.com/u/b.git", "https://x/b.tgz", "github:u/b"]
        {
            check(other, &[]);
        }
        check("npm:@s/c@^1", &["@s/c"]);
        check("npm:@s/c", &["@s/c"]);
        check("workspace:@s/c@^", &["@s/c"]);
        check("workspace:d@*", &["d"]);
        check("npm:d@*", &[]);
        check("workspace:p/b", &["b"]);
        check("workspace:./p/b", &["b"]);
        check("file:../../alone", &["d"]);
        check("file:../../../outside", &[]);
    }

    #[test]
    fn an_override_links_whoever_asks_for_the_name() {
        for root in [
            r#"{"workspaces": ["*"], "overrides": {"x": {"b@^1": "file:./b"}}}"#,
            r#"{"workspaces": ["*"], "resolutions": {"**/b": "workspace:*"}}"#,
            r#"{"workspaces": ["*"], "pnpm": {"overrides": {"c>b": "link:b"}}}"#,
        ] {
            let tree = MemoryTree::new([
                ("package.json", root),
                ("a/package.json", r#"{"name": "a", "dependencies": {"b": "^9"}}"#),
                ("b/package.json", r#"{"name": "b", "version": "1.0.0"}"#),
            ]);
            let model = Model::read(&tree.unwrap(), None).unwrap();
            assert_eq!(Lookup::new(&model).needs(1), [(2, NeedKind::Normal)], "{root}");
        }
    }

    #[test]
    fn a_package_needs_what_lies_in_it_and_belongs_to_nobody() {
        let tree = MemoryTree::new([
            ("package.json", r#"{"workspaces": ["p/*", "p/a/member"]}"#),
            ("p/a/package.json", r#"{"name": "a"}"#),
            ("p/a/member/package.json", r#"{"name": "m"}"#),
            ("p/a/template-x/package.json", r#"{"name": "t"}"#),
            ("q/package.json", r#"{"name": "q"}"#),
        ]);
        let model = Model::read(&tree.unwrap(), None).unwrap();
        let lookup = Lookup::new(&model);
        let needs: Vec<_> = (0..5).map(|at| lookup.needs(at)).collect();
        assert_eq!(needs, [vec![], vec![(3, NeedKind::Normal)], vec![], vec![], vec![]]);
    }

    #[test]
    fn each_section_is_a_need() {
        let tree = MemoryTree::new([
            (
                "package.json",
                r#"{"workspaces": ["*"], "devDependencies": {"x": "*"}, "peerDependencies": {"x": "*"}}"#,
            ),
            ("x/package.json", r#"{"name": "x"}"#),
        ])
        .unwrap();
        let model = Model::read(&tree, None).unwrap();
        let needs = Lookup::new(&model).needs(0);
        assert_eq!(needs, [(1, NeedKind::Normal), (1, NeedKind::Build)]);
    }
}
