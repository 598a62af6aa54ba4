//! Which changed manifests brought a package in, or into another workspace: its own, that of a root, or
//! that of who takes it by path.
//!
//! Each of them is named, because a rule or `ignore` may take some of them away and not the others.

use std::collections::{BTreeMap, BTreeSet};

use repo_model::RepoPath;

use super::changed_manifests::Layouts;
use super::layout::{Found, Layout, MANIFEST, above, in_folder, name_of};
use super::manifest::Manifest;

/// How many new packages are looked at for one, and how many manifests are named where none is found to
/// be the origin. Without a bound, manifests made for it could take minutes.
const MOST_STEPS: usize = 100;
const MOST_NAMED: usize = 1000;

/// The origins of packages.
pub(super) struct Origins<'a> {
    layouts: Layouts<'a>,
    /// Who takes each folder by path; made when it is asked for first.
    users: Option<BTreeMap<&'a [u8], Vec<&'a [u8]>>>,
}

impl<'a> Layouts<'a> {
    /// Those of the manifests of these folders that changed; every one that did, if none of them.
    pub(super) fn causes<'f>(self, folders: impl Iterator<Item = &'f [u8]>) -> Vec<&'a RepoPath> {
        let of = |folder: &[u8]| self.changes.of(&in_folder(folder, MANIFEST));
        let mut found: Vec<&RepoPath> = folders.filter_map(of).map(|it| &it.path).collect();
        if found.is_empty() {
            let paths = self.changes.iter().map(|change| &change.path);
            found
                .extend(paths.filter(|path| name_of(path.as_bytes()) == MANIFEST).take(MOST_NAMED));
        }
        found
    }

    /// Whether a manifest names the same members as before, and is one of a package as before.
    fn leads_alike(self, folder: &[u8]) -> bool {
        let of = |layout: &'a Layout| -> Option<&'a Manifest> {
            let alone = || layout.packages.get(folder).map(|package| &package.manifest);
            layout.root(folder).or_else(alone).map(AsRef::as_ref)
        };
        let leads = |manifest: &'a Manifest| {
            let lists =
                ["members", "exclude"].map(|it| manifest.workspace_list(it).collect::<Vec<_>>());
            let is_root = manifest.workspace().is_some();
            (lists, is_root, manifest.root_pointer(), manifest.name().is_some())
        };
        of(self.base).map(leads) == of(self.head).map(leads)
    }

    /// Whether a root hands down the same dependencies as before.
    fn hands_alike(self, root: &[u8]) -> bool {
        let of = |layout: &'a Layout| layout.root(root)?.workspace()?.get("dependencies");
        of(self.base) == of(self.head)
    }
}

impl<'a> Origins<'a> {
    /// Nothing is looked for yet.
    pub(super) fn new(layouts: Layouts<'a>) -> Self {
        Self { layouts, users: None }
    }

    /// The changed manifests that brought in the package of a folder.
    pub(super) fn of(&mut self, folder: &'a [u8], package: &'a Found) -> Vec<&'a RepoPath> {
        let layouts = self.layouts;
        let own = layouts.changes.of(&in_folder(folder, MANIFEST));
        if own.is_some_and(|own| own.old.is_none()) {
            return layouts.causes([folder].into_iter());
        }
        let mut found: BTreeSet<&[u8]> = BTreeSet::new();
        let (mut rest, mut seen) = (vec![(folder, package)], BTreeSet::from([folder]));
        while let Some((folder, package)) = rest.pop() {
            let before = layouts.base.packages.get(folder).map(|before| before.root.as_slice());
            let around = [folder, &package.root].into_iter().chain(before).chain(above(folder));
            found.extend(around.filter(|it| !layouts.leads_alike(it)));
            for user in self.users().get(folder).into_iter().flatten() {
                let Some((user, taker)) = layouts.head.packages.get_key_value(*user) else {
                    continue;
                };
                match layouts.base.packages.get(user) {
                    Some(before) if before.paths.iter().any(|it| it.folder == folder) => {}
                    Some(_) => {
                        found.insert(user);
                        found.extend(
                            (!layouts.hands_alike(&taker.root)).then_some(taker.root.as_slice()),
                        );
                    }
                    // It is new itself.
                    None if seen.len() < MOST_STEPS && seen.insert(user) => {
                        rest.push((user, taker));
                    }
                    None => {}
                }
            }
        }
        layouts.causes(found.into_iter())
    }

    fn users(&mut self) -> &BTreeMap<&'a [u8], Vec<&'a [u8]>> {
        let head = self.layouts.head;
        self.users.get_or_insert_with(|| {
            let mut users: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
            for (folder, package) in &head.packages {
                for path in &package.paths {
                    users.entry(&path.folder).or_default().push(folder);
                }
            }
            users
        })
    }
}
