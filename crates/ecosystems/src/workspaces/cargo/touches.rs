//! What has been found to be touched, and the questions that every finder asks of the changes.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Problem, Text};
use repo_model::{ChangeSet, RepoPath};

use super::layout::{above, is_within};
use super::links::Links;
use super::needs::Places;
use crate::workspaces::{Reach, Touch};

/// What a change touches, while it is being found.
pub(super) struct Touches<'a> {
    changes: &'a ChangeSet,
    /// The links of the head.
    pub(super) links: &'a Links,
    places: &'a Places,
    found: BTreeMap<(usize, RepoPath), (Reach, Option<Text>)>,
    /// The changed paths that somebody answers for.
    pub(super) known: BTreeSet<RepoPath>,
    /// What somebody should look at.
    pub(super) problems: Vec<Problem>,
}

impl<'a> Touches<'a> {
    /// Nothing yet.
    pub(super) fn new(changes: &'a ChangeSet, links: &'a Links, places: &'a Places) -> Self {
        let (found, known, problems) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Self { changes, links, places, found, known, problems }
    }

    /// The package in `folder` is touched. Of what is said of one file the farthest reach counts.
    pub(super) fn add(&mut self, folder: &[u8], reach: Reach, path: &RepoPath, what: Option<Text>) {
        let Some(package) = self.places.get(folder) else { return };
        let said =
            self.found.entry((*package, path.clone())).or_insert_with(|| (reach, what.clone()));
        if said.0 < reach {
            *said = (reach, what);
        }
    }

    /// The changed path of these bytes, or the one that a link there leads to.
    pub(super) fn changed(&self, path: &[u8]) -> Option<&'a RepoPath> {
        let here = || Some(&self.changes.of(path)?.path);
        let there = || Some(&self.changes.of(&self.links.resolve(path)?)?.path);
        here().or_else(there)
    }

    /// The changed paths that are `named`, or below it; also where links lead.
    pub(super) fn changed_within(&self, named: &[u8]) -> Vec<&'a RepoPath> {
        let mut found = changed_within(self.changes, named);
        if let Some(real) = self.links.resolve(named).filter(|real| real != named) {
            found.extend(changed_within(self.changes, &real));
        }
        found
    }

    /// Whether a changed path is `named`, or below it.
    pub(super) fn has_changed(&self, named: &[u8]) -> bool {
        let changes = self.changes.as_slice();
        let below = [named, b"/"].concat();
        let first = changes.partition_point(|change| change.path.as_bytes() < below.as_slice());
        let next = changes.get(first).is_some_and(|it| is_within(it.path.as_bytes(), named));
        next || self.changes.of(named).is_some()
    }

    /// The changed paths that are `named`, below it, or above it: a submodule it is in.
    pub(super) fn changed_around(&self, named: &[u8]) -> Vec<&'a RepoPath> {
        let mut found = self.changed_within(named);
        found.extend(above(named).filter_map(|folder| self.changed(folder)));
        found
    }

    /// All that was found, by package, the farthest reach first.
    pub(super) fn finish(self) -> (Vec<Touch>, Vec<RepoPath>, Vec<Problem>) {
        let touches = self.found.into_iter().map(|((package, path), (reach, what))| Touch {
            package,
            reach,
            path,
            what,
        });
        let mut touches: Vec<Touch> = touches.collect();
        // Stable: those of one reach stay in the order of their paths.
        touches.sort_by(|one, other| {
            one.package.cmp(&other.package).then_with(|| other.reach.cmp(&one.reach))
        });
        (touches, self.known.into_iter().collect(), self.problems)
    }
}

/// The changed paths that are `named`, or below it.
pub(super) fn changed_within<'a>(changes: &'a ChangeSet, named: &[u8]) -> Vec<&'a RepoPath> {
    let all = changes.as_slice();
    let below = [named, b"/"].concat();
    let first = all.partition_point(|change| change.path.as_bytes() < below.as_slice());
    let rest = all.get(first..).unwrap_or_default().iter().map(|change| &change.path);
    let below = rest.take_while(|path| is_within(path.as_bytes(), named));
    changes.of(named).map(|change| &change.path).into_iter().chain(below).collect()
}
