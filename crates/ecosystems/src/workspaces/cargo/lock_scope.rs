//! Which packages of the repository a lock file speaks of.
//!
//! Those of its workspace; and, of other workspaces and of packages that are alone, what those use by
//! path. Of these the lock file says what they are built with *here*. So a package of another
//! workspace is not touched by it, but who uses it here is; one that is alone, and has no lock file of
//! its own, is touched: where else is it tested?

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Text};
use repo_model::{RepoPath, Tree, entry};

use super::changed_locks::LOCK;
use super::layout::{Found, Layout, in_folder};
use super::lock::Lock;
use super::touches::Touches;
use crate::workspaces::{NeedKind, Reach};

/// The packages that a lock file speaks of.
pub(super) struct LockScope<'a> {
    /// The folders of those that it touches.
    own: BTreeSet<&'a [u8]>,
    /// The folders of those whose users it touches.
    foreign: BTreeSet<&'a [u8]>,
    /// Who uses each of the foreign ones by path, and what for.
    users: BTreeMap<&'a [u8], Vec<(&'a [u8], NeedKind)>>,
}

impl<'a> LockScope<'a> {
    /// Those of the lock file of the root in the folder.
    pub(super) fn of(layout: &'a Layout, root: &[u8], lock: &Lock, tree: &dyn Tree) -> Self {
        let (own, foreign) = (BTreeSet::new(), BTreeSet::new());
        let mut scope = Self { own, foreign, users: BTreeMap::new() };
        let members = layout.packages.iter().filter(|(_, package)| package.root == root);
        let mut rest: Vec<(&[u8], &Found)> =
            members.map(|(folder, package)| (folder.as_slice(), package)).collect();
        scope.own.extend(rest.iter().map(|(folder, _)| *folder));
        let mut names: BTreeSet<&str> = BTreeSet::new();
        while let Some((folder, package)) = rest.pop() {
            names.extend(package.manifest.name());
            for path in &package.paths {
                // What others need for their tests is not built here.
                if path.kind == NeedKind::Dev && package.root != root {
                    continue;
                }
                let needed = layout.packages.get_key_value(&path.folder);
                let Some((on, needed)) = needed.filter(|(_, it)| it.root != root) else { continue };
                scope.users.entry(on).or_default().push((folder, path.kind));
                let is_lent = needed.root != *on
                    || layout.root(on).is_some()
                    || entry(tree, &in_folder(on, LOCK)).is_some();
                let known = if is_lent { &mut scope.foreign } else { &mut scope.own };
                if known.insert(on) {
                    rest.push((on, needed));
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
