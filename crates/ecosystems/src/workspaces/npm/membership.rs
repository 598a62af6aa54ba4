//! Packages that are gone, that are members of other workspaces, or that are linked to others than before.
//!
//! None of this stands in one file: a pattern in a root takes a folder in, a manifest gives its name
//! away. Each is told of every changed file that may be why, because `ignore` or a rule may take
//! another one away.

use std::collections::BTreeSet;

use diagnostics::{Foreign, Text, text};
use repo_model::{Change, ChangeSet, Kind, RepoPath, Status};

use super::model::{self, Model, Package, Workspace};
use super::needs::Lookup;
use crate::workspaces::draft::Draft;
use crate::workspaces::{Reach, folders};

/// Files that say which packages there are, and who is linked to whom.
const DECIDING: [&[u8]; 3] = [b"package.json", b"pnpm-workspace.yaml", b"lerna.json"];

/// How many changed links are told apart.
const MOST_LINKS: usize = 1000;

/// A side: its packages, and how they are found.
type Side<'a> = (&'a Model, &'a Lookup<'a>);

struct Both<'a> {
    changes: &'a ChangeSet,
    head: Side<'a>,
    base: Side<'a>,
    /// The folders of workspaces that ask for something else in place of what their members ask for.
    asking: BTreeSet<&'a [u8]>,
    /// The links that changed, each with the folders that it leads or led to.
    relinked: Vec<(&'a RepoPath, Vec<Vec<u8>>)>,
}

/// Finds them. The places of packages in the draft are those of the head.
pub(super) fn find(changes: &ChangeSet, head: Side<'_>, base: Side<'_>, draft: &mut Draft) {
    let asking = asking(head.0, base.0);
    let both = Both { changes, head, base, asking, relinked: relinked(changes, head.0, base.0) };
    for package in &base.0.packages {
        let same = package_at(head, &package.folder);
        if same.is_none_or(|(_, same)| same.manifest.name != package.manifest.name) {
            draft.gone(super::name(package));
        }
    }
    for (at, package) in head.0.packages.iter().enumerate() {
        let why = both.differences(at, package);
        for (what, paths) in &why {
            for path in paths {
                draft.touch(at, Reach::Dependents, path, Some(what.clone()));
            }
        }
        if let Some((what, _)) = why.first()
            && why.iter().all(|(_, paths)| paths.is_empty())
        {
            for path in both.any(&package.folder) {
                draft.touch(at, Reach::Dependents, &path, Some(what.clone()));
            }
        }
    }
}

impl Both<'_> {
    /// What is different of a package of the head, each with the changed files that may be why.
    fn differences(&self, at: usize, package: &Package) -> Vec<(Text, BTreeSet<RepoPath>)> {
        let (head, base) = (self.head.0, self.base.0);
        let Some((then, before)) = package_at(self.base, &package.folder) else {
            // The manifest may be older: only now somebody names it.
            let mut why = self.changed(&package.folder);
            let is_new = |path: &RepoPath| {
                self.changes.of(path.as_bytes()).is_some_and(|it| it.status == Status::Added)
            };
            if !why.iter().any(is_new) {
                why.extend(roots(head, package).into_iter().flat_map(|root| self.changed(root)));
            }
            return vec![("it is a package now".into(), why)];
        };
        let (old, new) = (roots(base, before), roots(head, package));
        if old != new {
            let why = old.symmetric_difference(&new).flat_map(|root| self.changed(root)).collect();
            return vec![("it is a member of another workspace, or of none".into(), why)];
        }
        let (old, new) = (links(self.base, then), links(self.head, at));
        let difference = |other: &&[u8]| {
            let word =
                if new.contains(*other) { " is linked now" } else { " is not linked any more" };
            (text![Foreign::from(*other), word], self.why_linked(before, package, other))
        };
        old.symmetric_difference(&new).map(difference).collect()
    }

    /// What may be why a package is linked to another one, or is not any more.
    fn why_linked(&self, before: &Package, now: &Package, other: &[u8]) -> BTreeSet<RepoPath> {
        let mut why = BTreeSet::new();
        if before.manifest.requirements != now.manifest.requirements {
            why.extend(self.changed(&now.folder));
        }
        let old = package_at(self.base, other).map(|(_, it)| it);
        let new = package_at(self.head, other).map(|(_, it)| it);
        let called = |it: &'_ Package| (it.manifest.name.clone(), it.manifest.version.clone());
        if old.map(called) != new.map(called) {
            why.extend(self.changed(other));
        }
        let old = old.map(|it| roots(self.base.0, it)).unwrap_or_default();
        let new = new.map(|it| roots(self.head.0, it)).unwrap_or_default();
        why.extend(old.symmetric_difference(&new).flat_map(|root| self.changed(root)));
        let asking = roots(self.head.0, now).into_iter().filter(|root| self.asking.contains(root));
        why.extend(asking.flat_map(|root| self.changed(root)));
        why
    }

    /// The files that decide, in a folder, and the links that lead there, as far as they changed.
    fn changed(&self, folder: &[u8]) -> BTreeSet<RepoPath> {
        let change = |name: &&[u8]| self.changes.of(&folders::join(folder, name));
        let files = DECIDING.iter().filter_map(change).map(|it| &it.path);
        let leads = |target: &Vec<u8>| folders::inside(target, folder).is_some();
        let links = self.relinked.iter().filter(|(_, targets)| targets.iter().any(leads));
        files.chain(links.map(|(path, _)| *path)).cloned().collect()
    }

    /// What else may be why: those that decide in the folders above, and where none changed there, the
    /// first of all.
    fn any(&self, folder: &[u8]) -> BTreeSet<RepoPath> {
        let mut why: BTreeSet<RepoPath> =
            folders::upwards(folder).flat_map(|above| self.changed(above)).collect();
        if why.is_empty() {
            let all = self.changes.iter();
            let decides = all.filter(|it| model::decides(it.path.as_bytes()));
            let links = self.relinked.iter().map(|(path, _)| *path);
            why.extend(decides.map(|it| &it.path).chain(links).take(1).cloned());
        }
        why
    }
}

/// The folders of the workspaces whose overrides or catalogs differ.
fn asking<'a>(head: &'a Model, base: &Model) -> BTreeSet<&'a [u8]> {
    let is_same = |now: &Workspace| {
        let Some((_, then)) = base.workspace(&now.folder) else { return false };
        let catalogs = |it: &'_ Workspace| it.settings.as_ref().map(|it| it.catalogs.clone());
        then.overrides == now.overrides && catalogs(then) == catalogs(now)
    };
    let all = head.workspaces.iter().filter(|workspace| !is_same(workspace));
    all.map(|workspace| workspace.folder.as_slice()).collect()
}

/// The links that changed, as many as are told apart.
fn relinked<'a>(
    changes: &'a ChangeSet,
    head: &Model,
    base: &Model,
) -> Vec<(&'a RepoPath, Vec<Vec<u8>>)> {
    let is_link = |it: &&Change| it.old.iter().chain(&it.new).any(|it| it.kind == Kind::Symlink);
    let links = changes.iter().filter(is_link).take(MOST_LINKS);
    let targets = |path: &RepoPath| {
        let sides = [&head.links, &base.links];
        sides.into_iter().filter_map(|links| links.follow(path.as_bytes())).collect()
    };
    links.map(|it| (&it.path, targets(&it.path))).collect()
}

fn package_at<'a>((model, lookup): Side<'a>, folder: &[u8]) -> Option<(usize, &'a Package)> {
    let at = lookup.owners().at(folder)?;
    Some((at, model.packages.get(at)?))
}

/// The folders of the workspaces that a package belongs to.
fn roots<'a>(model: &'a Model, package: &Package) -> BTreeSet<&'a [u8]> {
    let root = |at: &usize| model.workspaces.get(*at).map(|it| it.folder.as_slice());
    package.workspaces.iter().filter_map(root).collect()
}

/// The folders of the packages that a package needs.
fn links((model, lookup): Side<'_>, at: usize) -> BTreeSet<&[u8]> {
    let folder = |at: usize| model.packages.get(at).map(|it| it.folder.as_slice());
    lookup.needs(at).into_iter().filter_map(|(at, _)| folder(at)).collect()
}
