//! What changed manifests touch.

use std::collections::BTreeMap;
use std::rc::Rc;

use diagnostics::{Level, Problem, text};
use repo_model::{ChangeSet, RepoPath};

use super::configs::Configs;
use super::layout::{Found, Layout, MANIFEST, in_folder, name_of};
use super::manifest::Manifest;
use super::meaning::{self, Handed, Side};
use super::origins::Origins;
use super::touches::Touches;
use crate::workspaces::Reach;

/// Something of a package that cargo tells its sources in a variable, and that changed: who depends on it
/// is touched only if they read it.
pub(super) struct NewVariable {
    /// The package's folder.
    pub(super) folder: Vec<u8>,
    /// The changed manifest.
    pub(super) path: RepoPath,
    /// The variable's name.
    pub(super) name: &'static str,
}

/// Both sides.
#[derive(Clone, Copy)]
pub(super) struct Layouts<'a> {
    /// What was.
    pub(super) base: &'a Layout,
    /// What is.
    pub(super) head: &'a Layout,
    /// What differs.
    pub(super) changes: &'a ChangeSet,
    /// Cargo's configuration now.
    pub(super) configs: &'a Configs,
}

impl Layouts<'_> {
    /// Touches what the changed manifests touch.
    pub(super) fn manifests(self, touches: &mut Touches<'_>) -> Vec<NewVariable> {
        for change in self.changes {
            let path = change.path.as_bytes();
            let folder = super::layout::folder_of(path);
            let is_known = [self.base, self.head].iter().any(|layout| {
                layout.packages.contains_key(folder) || layout.root(folder).is_some()
            });
            if name_of(path) == MANIFEST && is_known {
                touches.known.insert(change.path.clone());
            }
        }
        self.report_broken(touches);
        self.roots(touches);
        let mut variables = Vec::new();
        let mut handed = BTreeMap::new();
        for (root, now) in self.head.roots() {
            if let Some(before) = self.base.root(root).filter(|before| !Rc::ptr_eq(before, now)) {
                handed.insert(root, Handed::new(before, now));
            }
        }
        let mut origins = Origins::new(self);
        for (folder, package) in &self.head.packages {
            let Some(what) = self.whole(folder, package) else {
                let handed = handed.get(package.root.as_slice());
                self.package(folder, package, handed, touches, &mut variables);
                continue;
            };
            let broken = [folder, &package.root].map(Vec::as_slice);
            let mut broken =
                broken.into_iter().filter(|it| self.base.broken.contains_key(*it)).peekable();
            let causes = if broken.peek().is_some() {
                self.causes(broken)
            } else {
                origins.of(folder, package)
            };
            for path in causes {
                touches.add(folder, Reach::Dependents, path, Some(what.into()));
            }
        }
        variables
    }

    fn package(
        self,
        folder: &[u8],
        package: &Found,
        handed: Option<&Handed<'_>>,
        touches: &mut Touches<'_>,
        variables: &mut Vec<NewVariable>,
    ) {
        let root = package.root.as_slice();
        let Some(before) = self.base.packages.get(folder) else { return };
        let base = Side { manifest: &before.manifest, root: self.base.root_of(before) };
        let head = Side { manifest: &package.manifest, root: self.head.root_of(package) };
        let differences = if Rc::ptr_eq(&before.manifest, &package.manifest) {
            let Some(handed) = handed.filter(|handed| !handed.is_empty()) else { return };
            meaning::compare_inherited(base, head, handed)
        } else {
            meaning::compare(base, head)
        };
        for difference in differences {
            let own = difference.is_own.then_some(folder);
            let causes =
                self.causes(own.into_iter().chain(difference.is_inherited.then_some(root)));
            for path in causes {
                if let Some(name) = difference.variable {
                    let (folder, path) = (folder.to_vec(), path.clone());
                    variables.push(NewVariable { folder, path, name });
                }
                touches.add(folder, difference.reach, path, Some(difference.what.clone()));
            }
        }
    }

    /// Why every user of a package is touched, whatever its manifest says; nothing if they are not.
    fn whole(self, folder: &[u8], package: &Found) -> Option<&'static str> {
        let is_broken = |it: &[u8]| self.base.broken.contains_key(it);
        if is_broken(folder) || is_broken(&package.root) {
            return Some("its manifest could not be read before");
        }
        match self.base.packages.get(folder) {
            None => Some("the package is new"),
            Some(before) if before.root != package.root => Some("it belongs to another workspace"),
            Some(_) => None,
        }
    }

    /// What of a root, or of a package that is alone, concerns every package of the workspace.
    fn roots(self, touches: &mut Touches<'_>) {
        let mut members: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
        for (folder, package) in &self.head.packages {
            members.entry(&package.root).or_default().push(folder);
        }
        for (root, members) in members {
            let manifest = |layout: &Layout| -> Option<Rc<Manifest>> {
                let alone = || layout.packages.get(root).map(|package| &package.manifest);
                layout.root(root).or_else(alone).cloned()
            };
            let (Some(before), Some(now)) = (manifest(self.base), manifest(self.head)) else {
                continue;
            };
            let Some(change) = self.changes.of(&in_folder(root, MANIFEST)) else { continue };
            for what in meaning::compare_roots(&before, &now) {
                for member in &members {
                    touches.add(member, Reach::Dependents, &change.path, Some(what.clone()));
                }
            }
        }
    }

    /// Says which manifests could not be read before, where that matters.
    fn report_broken(self, touches: &mut Touches<'_>) {
        for (folder, broken) in &self.base.broken {
            let is_used =
                self.head.root(folder).is_some() || self.head.packages.contains_key(folder);
            if is_used {
                let mut problem = Problem::clone(&broken.problem);
                problem.level = Level::Warning;
                let help = text!["this is how it was before; what it describes counts as changed"];
                touches.problems.push(problem.help(help));
            }
        }
    }
}
