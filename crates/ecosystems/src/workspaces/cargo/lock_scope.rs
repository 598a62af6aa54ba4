//! Which packages of the repository a lock file speaks of.
//!
//! Those of its workspace; and, of other workspaces and of packages that are alone, what those use by
//! path. Of these the lock file says what they are built with *here*. So a package of another
//! workspace is not touched by it, but who uses it here is; one that is alone, has no lock file of its
//! own and lies below no other root, is touched: where else is it tested?

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Text};
use repo_model::{RepoPath, Tree, entry};

use super::changed_locks::LOCK;
use super::layout::{Found, Layout, PathNeed, above, in_folder, is_within};
use super::lock::Lock;
use super::touches::Touches;
use crate::workspaces::{NeedKind, Reach};

/// The packages that a lock file speaks of.
pub(super) struct LockScope<'a> {
    /// The folders of those that it touches.
    own: BTreeSet<&'a [u8]>,
    /// The folders of those whose users it touches.
    foreign: BTreeSet<&'a [u8]>,
    /// Who uses each package by path, and what for.
    users: BTreeMap<&'a [u8], Vec<(&'a [u8], NeedKind)>>,
}

/// The packages that a root's members are built with: themselves, and what they use by path, directly or
/// through more of it.
pub(crate) fn built_with<'a>(layout: &'a Layout, root: &[u8]) -> BTreeMap<&'a [u8], &'a Found> {
    let members = layout.packages.iter().filter(|(_, package)| package.root == root);
    let mut found: BTreeMap<&[u8], &Found> =
        members.map(|(folder, package)| (folder.as_slice(), package)).collect();
    let mut rest: Vec<&Found> = found.values().copied().collect();
    while let Some(package) = rest.pop() {
        for path in package.paths.iter().filter(|it| is_built(it, package, root)) {
            if let Some((on, needed)) = layout.packages.get_key_value(&path.folder)
                && found.insert(on, needed).is_none()
            {
                rest.push(needed);
            }
        }
    }
    found
}

/// Whether a need of a package is built with a root's members: what others need for their tests is not.
fn is_built(path: &PathNeed, package: &Found, root: &[u8]) -> bool {
    path.kind != NeedKind::Dev || package.root == root
}

impl<'a> LockScope<'a> {
    /// Those of the lock file of the root in the folder.
    pub(super) fn of(layout: &'a Layout, root: &[u8], lock: &Lock, tree: &dyn Tree) -> Self {
        let (own, foreign) = (BTreeSet::new(), BTreeSet::new());
        let mut scope = Self { own, foreign, users: BTreeMap::new() };
        let packages = built_with(layout, root);
        let names: BTreeSet<&str> =
            packages.values().filter_map(|package| package.manifest.name()).collect();
        for (folder, package) in packages {
            let is_below_another = || {
                let mut roots = above(folder).filter(|above| layout.root(above).is_some());
                !is_within(folder, root) && roots.next().is_some()
            };
            let is_lent = package.root != root
                && (package.root != folder
                    || layout.root(folder).is_some()
                    || entry(tree, &in_folder(folder, LOCK)).is_some()
                    || is_below_another());
            let known = if is_lent { &mut scope.foreign } else { &mut scope.own };
            known.insert(folder);
            for path in package.paths.iter().filter(|it| is_built(it, package, root)) {
                if let Some((on, _)) = layout.packages.get_key_value(&path.folder) {
                    scope.users.entry(on).or_default().push((folder, path.kind));
                }
            }
        }
        // A patch, or something else that is not seen, brings in the others that it names.
        let others: BTreeSet<&str> = lock.local_names().filter(|it| !names.contains(it)).collect();
        let is_named =
            |package: &Found| package.manifest.name().is_some_and(|it| others.contains(it));
        let brought = layout.packages.iter().filter(|(_, package)| is_named(package));
        scope.own.extend(brought.map(|(folder, _)| folder.as_slice()));
        scope
    }

    /// Touches those that use something else than before, which `difference` says of each package by its
    /// folder; the changed `paths` say so.
    pub(super) fn touch(
        &self,
        paths: &[&RepoPath],
        mut difference: impl FnMut(&[u8]) -> Option<(Reach, Text)>,
        touches: &mut Touches<'_>,
    ) {
        let mut add = |folder: &[u8], reach, what: &Text| {
            for path in paths {
                touches.add(folder, reach, path, Some(what.clone()));
            }
        };
        for folder in &self.own {
            if let Some((reach, what)) = difference(folder) {
                add(folder, reach, &what);
            }
        }
        // Who uses what another workspace has, directly or through more of it.
        let mut seen: BTreeSet<&[u8]> = BTreeSet::new();
        for folder in &self.foreign {
            let Some((Reach::Dependents, what)) = difference(folder) else { continue };
            let mut what = what;
            what.text(", used through ").foreign(Foreign::from(*folder));
            let mut rest = vec![*folder];
            while let Some(on) = rest.pop() {
                if !seen.insert(on) {
                    continue;
                }
                for (user, kind) in self.users.get(on).into_iter().flatten() {
                    match kind {
                        _ if self.foreign.contains(user) => rest.push(user),
                        NeedKind::Normal | NeedKind::Build => add(user, Reach::Dependents, &what),
                        NeedKind::Dev => add(user, Reach::Own, &what),
                    }
                }
            }
        }
    }
}
