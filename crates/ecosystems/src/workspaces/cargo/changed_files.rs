//! What changed files touch that are neither manifests nor lock files: those of packages, those of
//! settings, those that a build script names, and what packages take by path from folders that cannot
//! be looked into.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Text, text};
use repo_model::{Change, NotRead, RepoPath, Status, Tree};

use super::changed_locks::LOCK;
use super::changed_manifests::Layouts;
use super::files::{Targets, Use};
use super::includes::{self, Scope};
use super::layout::{
    Found, MANIFEST, PathNeed, above, contents, folder_of, is_within, name_of, relative,
};
use super::manifest::joined;
use super::reader::below;
use super::settings::{builds_alike, setting};
use super::source;
use super::touches::Touches;
use crate::workspaces::{NeedKind, Reach};

/// How many folders above a package are looked at, at most, for what its build script names.
const HIGHEST: usize = 16;

/// The targets of each package, by its folder.
pub(super) type AllTargets = BTreeMap<Vec<u8>, Targets>;

impl<'a> Layouts<'a> {
    /// The targets of every package of the head.
    pub(super) fn targets(self) -> AllTargets {
        let of = |(folder, package): (&Vec<u8>, &Found)| {
            let is_root = folder.is_empty() || self.head.root(folder).is_some();
            (folder.clone(), Targets::of(&package.manifest, is_root))
        };
        self.head.packages.iter().map(of).collect()
    }

    /// Touches what changed files touch by where they lie.
    ///
    /// # Errors
    /// When the contents of a file of settings cannot be had.
    pub(super) fn files(
        self,
        trees: [&dyn Tree; 2],
        targets: &AllTargets,
        touches: &mut Touches<'_>,
    ) -> Result<(), NotRead> {
        for change in self.changes {
            let path = change.path.as_bytes();
            let is_looked_into = matches!(name_of(path), MANIFEST | LOCK);
            let is_done = touches.known.contains(&change.path)
                && (is_looked_into || self.configs.is_vendored(path));
            if is_done || self.is_setting(change, trees, touches)? {
                continue;
            }
            let before =
                if change.status == Status::Deleted { self.base.owner(path) } else { None };
            if let Some((folder, _)) = before
                && !self.head.packages.contains_key(folder)
            {
                // Its package went with it.
                touches.known.insert(change.path.clone());
                continue;
            }
            let Some((folder, package)) = before.or_else(|| self.head.owner(path)) else {
                continue;
            };
            touches.known.insert(change.path.clone());
            use_of(folder, &change.path, targets, touches);
            // What another workspace's package around this one reads, it may read of this one too.
            if let Some((outer, around)) = self.head.owner(folder)
                && around.root != package.root
            {
                use_of(outer, &change.path, targets, touches);
            }
        }
        Ok(())
    }

    /// Whose sources must be read in any case, for what changed: a page that nobody reads by where it lies may
    /// be documentation and test in one, and a file of tests may be a part of the library.
    pub(super) fn scope(self, targets: &AllTargets, touches: &Touches<'_>) -> Scope {
        let mut scope = Scope::default();
        let changed = self.changes.iter().map(|change| change.path.as_bytes());
        let links = touches.links.iter();
        let linked =
            links.filter(|(path, leads)| !is_within(path, leads) && touches.has_changed(leads));
        for path in changed.chain(linked.map(|(path, _)| path)) {
            let usage = self.use_at(path, targets);
            let is_unread = match usage {
                Some((folder, Use::Unread)) => {
                    scope.whole.insert(folder.to_vec());
                    true
                }
                Some((folder, Use::Read(Reach::Own))) => {
                    scope.built.insert(folder.to_vec());
                    false
                }
                Some((_, Use::Read(Reach::Dependents | Reach::Lint))) => false,
                None => true,
            };
            // The page of the repository, which crates show as theirs.
            scope.are_roots |= is_unread && name_of(path).starts_with(b"README");
        }
        scope
    }

    fn is_setting(
        self,
        change: &Change,
        [base, head]: [&dyn Tree; 2],
        touches: &mut Touches<'_>,
    ) -> Result<bool, NotRead> {
        let path = &change.path;
        let setting = setting(path.as_bytes());
        // What cargo's configuration includes is a part of it, wherever it lies.
        let from: Vec<&[u8]> = match &setting {
            Some(setting) => vec![setting.folder],
            None => self.configs.including(path.as_bytes()).collect(),
        };
        let is_below = |folder: &&Vec<u8>| from.iter().any(|from| is_within(folder, from));
        let below: Vec<&Vec<u8>> = self.head.packages.keys().filter(is_below).collect();
        if below.is_empty() {
            return Ok(false);
        }
        touches.known.insert(path.clone());
        let reach = setting.as_ref().map_or(Reach::Dependents, |setting| setting.reach);
        if setting.is_none_or(|setting| setting.is_cargo) {
            let before = contents(base, path, change.old)?;
            let now = contents(head, path, change.new)?;
            if builds_alike(before.as_deref(), now.as_deref()) {
                return Ok(true);
            }
        }
        let what = match reach {
            Reach::Lint => "settings for linters, for all packages below",
            Reach::Own | Reach::Dependents => "settings for builds, for all packages below",
        };
        for folder in below {
            touches.add(folder, reach, path, Some(what.into()));
        }
        Ok(true)
    }

    /// Touches the packages that have a symbolic link to what changed, and those that a changed link
    /// leads to.
    pub(super) fn links(self, targets: &AllTargets, touches: &mut Touches<'_>) {
        let links = touches.links;
        let mut done = BTreeSet::new();
        // A link to a folder around itself names no file.
        for (path, leads) in links.iter().filter(|(path, leads)| !is_within(path, leads)) {
            if let Some(change) = self.changes.of(path) {
                for folder in below(&self.head.packages, leads) {
                    let what: Text = "the link to it".into();
                    touches.add(folder, Reach::Dependents, &change.path, Some(what));
                    touches.known.insert(change.path.clone());
                }
            }
            if self.by_name(path, leads, touches) {
                continue;
            }
            // Manifests are compared by meaning.
            let is_manifest =
                name_of(path) == MANIFEST && self.head.packages.contains_key(folder_of(path));
            let Some((folder, Use::Read(reach))) = self.use_at(path, targets) else { continue };
            if is_manifest {
                continue;
            }
            if !done.insert((folder, reach, leads)) {
                continue;
            }
            for changed in touches.changed_within(leads) {
                let what = text![Foreign::from(path), " is a link to it"];
                touches.add(folder, reach, changed, Some(what));
                touches.known.insert(changed.clone());
            }
        }
    }

    /// Touches what a link to settings or to a lock file concerns; whether it is such a link. What changed
    /// in the file is not looked at.
    fn by_name(self, path: &[u8], leads: &[u8], touches: &mut Touches<'_>) -> bool {
        let folder = folder_of(path);
        let (reach, concerned): (Reach, Vec<&Vec<u8>>) = if let Some(setting) = setting(path) {
            (setting.reach, below(&self.head.packages, setting.folder).collect())
        } else if name_of(path) == LOCK && self.head.is_root(folder) {
            let members = self.head.packages.iter().filter(|(_, it)| it.root == folder);
            (Reach::Dependents, members.map(|(folder, _)| folder).collect())
        } else {
            return false;
        };
        if let Some(changed) = touches.changed(leads) {
            for package in concerned {
                let what = text![Foreign::from(path), " is a link to it"];
                touches.add(package, reach, changed, Some(what));
                touches.known.insert(changed.clone());
            }
        }
        true
    }

    /// The package that a path belongs to, and what it means there.
    fn use_at(self, path: &[u8], targets: &AllTargets) -> Option<(&'a [u8], Use)> {
        let (folder, _) = self.head.owner(path)?;
        Some((folder, targets.get(folder)?.usage(relative(path, folder)?)))
    }

    /// Touches the packages whose build scripts name a changed file, or a folder that it is in: a
    /// schema beside the crates, a page that is packed into the program. What lies beside a named file
    /// and has its ending is named by that file, as one schema names others.
    ///
    /// # Errors
    /// When the contents of a build script cannot be had.
    pub(super) fn build_scripts(
        self,
        head: &dyn Tree,
        targets: &AllTargets,
        touches: &mut Touches<'_>,
    ) -> Result<(), NotRead> {
        for (folder, targets) in targets {
            let Some(script) = targets.build_script() else { continue };
            let mut named = BTreeSet::new();
            for source in includes::of_script(head, script, folder, touches.links)? {
                let words = source::words(&source);
                let folders = std::iter::once(folder.as_slice()).chain(above(folder));
                for from in folders.take(words.upwards.saturating_add(1).min(HIGHEST)) {
                    let resolved = words.texts.iter().map(|text| text.trim_start_matches('/'));
                    let resolved = resolved.filter_map(|text| joined(from, text));
                    // The package's folder, or one around it: `..` names no file.
                    named.extend(resolved.filter(|named| !is_within(folder, named)));
                }
            }
            self.named_by_script(folder, &named, head, touches);
        }
        Ok(())
    }

    fn named_by_script(
        self,
        folder: &[u8],
        all: &BTreeSet<Vec<u8>>,
        head: &dyn Tree,
        touches: &mut Touches<'_>,
    ) {
        let mut beside: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
        for named in all {
            if above(named).any(|folder| all.contains(folder)) {
                // Met with the folder.
                continue;
            }
            for path in touches.changed_within(named) {
                let what: Text = "the build script names it".into();
                touches.add(folder, Reach::Dependents, path, Some(what));
                touches.known.insert(path.clone());
            }
            let is_source = name_of(named).ends_with(b".rs");
            let around = folder_of(named);
            if let Some(ending) = ending(named)
                && !is_source
                && !is_within(folder, around)
                && relative(named, folder).is_none()
                && touches.links.file(head, named).is_some()
                && !self.head.packages.contains_key(around)
            {
                beside.entry(around).or_default().insert(ending);
            }
        }
        for (around, endings) in beside {
            let changed = touches.changed_within(around).into_iter();
            let is_like = |path: &[u8]| ending(path).is_some_and(|ending| endings.contains(ending));
            for path in changed.filter(|path| is_like(path.as_bytes())) {
                let what: Text = "it lies beside what the build script names".into();
                touches.add(folder, Reach::Dependents, path, Some(what));
                touches.known.insert(path.clone());
            }
        }
    }

    /// Touches the packages that depend by path on a folder in which no package is seen: a submodule,
    /// or a manifest that is a link.
    pub(super) fn unseen(self, touches: &mut Touches<'_>) {
        for (folder, package) in &self.head.packages {
            let is_unseen = |path: &&PathNeed| !self.head.packages.contains_key(&path.folder);
            for needed in package.paths.iter().filter(is_unseen) {
                let reach = match needed.kind {
                    NeedKind::Normal | NeedKind::Build => Reach::Dependents,
                    NeedKind::Dev => Reach::Own,
                };
                for path in touches.changed_around(&needed.folder) {
                    let alias = Foreign::from(needed.alias.as_str());
                    let what = text!["it is part of the dependency ", alias];
                    touches.add(folder, reach, path, Some(what));
                    touches.known.insert(path.clone());
                }
            }
        }
    }
}

/// The ending of a file's name, if it has one.
fn ending(path: &[u8]) -> Option<&[u8]> {
    let name = name_of(path);
    let dot = name.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0)?;
    name.get(dot..)
}

fn use_of(folder: &[u8], path: &RepoPath, targets: &AllTargets, touches: &mut Touches<'_>) {
    let usage = targets.get(folder).zip(relative(path.as_bytes(), folder));
    match usage.map(|(targets, path)| targets.usage(path)) {
        Some(Use::Read(reach)) => touches.add(folder, reach, path, None),
        Some(Use::Unread) | None => {}
    }
}
