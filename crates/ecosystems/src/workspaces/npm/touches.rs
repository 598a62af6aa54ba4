//! What a change touches by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use diagnostics::{Foreign, Problem, Text, text};
use repo_model::{Change, Entry, Kind, RepoPath, Side, Status, Tree};

use super::locked::{self, Locked};
use super::manifest::Manifest;
use super::model::{self, Model};
use super::named::Named;
use super::needs::Lookup;
use super::settings::{Settings, catalog_key};
use super::{bun_lock, differences, files, membership, package_lock, pnpm_lock, yarn_lock};
use crate::workspaces::draft::{Draft, warning};
use crate::workspaces::folders::{self, is_for_people};
use crate::workspaces::{Reach, Sides};

/// How many touches there are at most by files that count for every package below their folder, so that
/// many such files and many packages do not fill the memory.
const MOST: usize = 200_000;

/// Both sides, and where the answer goes.
struct Touching<'a, 'd> {
    sides: &'a Sides<'a>,
    base_tree: &'a dyn Tree,
    head: &'a Model,
    now: &'a Lookup<'a>,
    base: &'a Model,
    then: &'a Lookup<'a>,
    draft: &'d mut Draft,
    /// The folders of which a shared file was told, with how far.
    told: BTreeSet<(Vec<u8>, Reach)>,
    /// How many touches by shared files may still be told; nothing once there were too many.
    left: Option<usize>,
    /// How many paths through links may still be looked at.
    links_left: usize,
    has_too_many_links: bool,
}

/// Finds all touches. The places of packages in the draft are those of `head`.
pub(super) fn find(
    sides: &Sides<'_>,
    base_tree: &dyn Tree,
    head: &Model,
    now: &Lookup<'_>,
    draft: &mut Draft,
) {
    let is_link = |side: &Side| side.kind == Kind::Symlink;
    let decides = |it: &Change| {
        it.old.iter().chain(&it.new).any(is_link)
            || model::decides(it.path.as_bytes())
            || head.links.aliases(it.path.as_bytes()).0.iter().any(|path| model::decides(path))
    };
    if !sides.changes.iter().any(decides) {
        // The same packages on both sides.
        return touching(sides, base_tree, (head, now), (head, now), draft).files();
    }
    let base = match Model::read(base_tree, Some((head, sides.changes))) {
        Ok(base) => base,
        Err(problem) => {
            draft.problem(warning(&problem));
            let mut touching = touching(sides, base_tree, (head, now), (head, now), draft);
            touching.everything();
            return touching.files();
        }
    };
    let then = Lookup::new(&base);
    let mut touching = touching(sides, base_tree, (head, now), (&base, &then), draft);
    touching.files();
    touching.broken();
    let draft = touching.draft;
    membership::find(sides.changes, (head, now), (&base, &then), draft);
}

/// Touches whoever names a changed path outside of its folder.
pub(super) fn by_name(sides: &Sides<'_>, named: &Named, draft: &mut Draft) {
    for change in sides.changes {
        let path = change.path.as_bytes();
        // Manifests and lock files are read by their meaning.
        if model::decides(path) || model::LOCKS.contains(&folders::split(path).1) {
            continue;
        }
        for at in named.who(path) {
            draft.known(&change.path);
            let what = Some("its settings or scripts name it".into());
            draft.touch(at, files::reach_by_name(path), &change.path, what);
        }
    }
}

fn touching<'a, 'd>(
    sides: &'a Sides<'a>,
    base_tree: &'a dyn Tree,
    (head, now): (&'a Model, &'a Lookup<'a>),
    (base, then): (&'a Model, &'a Lookup<'a>),
    draft: &'d mut Draft,
) -> Touching<'a, 'd> {
    Touching {
        sides,
        base_tree,
        head,
        now,
        base,
        then,
        draft,
        told: BTreeSet::new(),
        left: Some(MOST),
        links_left: MOST,
        has_too_many_links: false,
    }
}

impl Touching<'_, '_> {
    /// Goes through all changed paths.
    fn files(&mut self) {
        let mut locks = Vec::new();
        for change in self.sides.changes {
            self.through_links(change);
            let (folder, name) = folders::split(change.path.as_bytes());
            let is_package = self.now.owners().at(folder).is_some();
            let is_workspace = self.head.workspace(folder).is_some();
            if name == b"package.json" && self.manifest(change, folder) {
                self.draft.known(&change.path);
            } else if model::LOCKS.contains(&name) && (is_package || is_workspace) {
                self.draft.known(&change.path);
                locks.push(change);
            } else if name == b"pnpm-workspace.yaml" && model::decides(change.path.as_bytes()) {
                self.draft.known(&change.path);
                self.settings(change, folder);
            } else {
                self.file(change);
            }
        }
        self.locks(&locks);
    }

    /// The package that a path belongs to, of the side on which it stands, as one of the head; and
    /// whether it belongs to one at all.
    fn owner(&self, change: &Change) -> (Option<usize>, bool) {
        let path = change.path.as_bytes();
        let then = || {
            let package = self.base.packages.get(self.then.owners().of(path)?)?;
            Some(self.now.owners().at(&package.folder))
        };
        let now = || self.now.owners().of(path);
        match change.status {
            Status::Deleted => match then() {
                Some(owner) => (owner, true),
                None => (None, false),
            },
            Status::Added | Status::Modified | Status::TypeChanged => {
                let owner = now();
                (owner, owner.is_some())
            }
        }
    }

    /// Packages in which links lead to a changed file have it as their own.
    fn through_links(&mut self, change: &Change) {
        let (aliases, has_more) = self.head.links.aliases(change.path.as_bytes());
        let left = self.links_left.checked_sub(aliases.len());
        self.links_left = left.unwrap_or_default();
        let is_short = left.is_none() || has_more && !is_for_people(change.path.as_bytes());
        if is_short && !self.has_too_many_links {
            self.has_too_many_links = true;
            self.draft.problem(too_many_links());
        }
        if left.is_none() {
            return;
        }
        for alias in &aliases {
            let (folder, name) = folders::split(alias);
            if name == b"package.json" && self.manifest(change, folder) {
                self.draft.known(&change.path);
            } else if let Some(owner) = self.borrower(folder) {
                self.draft.known(&change.path);
                self.placed(change, alias, Some(owner));
            }
        }
    }

    /// The package that has a folder by a link; none where the link leads to a package as a whole, or where
    /// it was installed.
    fn borrower(&self, folder: &[u8]) -> Option<usize> {
        if model::is_installed(folder) {
            return None;
        }
        folders::upwards(folder).find_map(|above| {
            let own = self.now.owners().at(above);
            let real = || self.now.owners().at(&self.head.links.follow(above)?);
            own.map(Some).or_else(|| real().map(|_| None))
        })?
    }

    /// A file without a meaning of its own.
    fn file(&mut self, change: &Change) {
        let (owner, is_owned) = self.owner(change);
        if is_owned {
            self.draft.known(&change.path);
        }
        self.placed(change, change.path.as_bytes(), owner);
    }

    /// A file that stands at a path of its own, or at one through a link.
    fn placed(&mut self, change: &Change, path: &[u8], owner: Option<usize>) {
        let is_above = self.now.owners().has_below(folders::split(path).0);
        let is_other = path != change.path.as_bytes();
        let through = is_other.then(|| text!["through ", Foreign::from(path)]);
        if let Some((at, package)) = owner.and_then(|at| Some((at, self.head.packages.get(at)?))) {
            let inner = folders::inside(&package.folder, path).unwrap_or(path);
            let reach = files::reach(inner, &package.manifest, is_above);
            self.draft.touch(at, reach, &change.path, through);
        }
        let Some((folder, reach)) = files::shared(path, is_above) else { return };
        let below = self.now.owners().below(folder);
        if !below.is_empty() {
            self.draft.known(&change.path);
        }
        let is_first = self.told.insert((folder.to_vec(), reach));
        self.spread(&below, owner, reach, &change.path, is_first);
    }

    /// Touches packages, but for the owner of the file, by a file that counts for all of them. Each such
    /// file is told, because `ignore` or a rule may take another one away; where there are too many, the
    /// first is.
    fn spread(
        &mut self,
        packages: &[usize],
        owner: Option<usize>,
        reach: Reach,
        path: &RepoPath,
        is_first: bool,
    ) {
        let is_full = self.left.is_none();
        self.left = self.left.and_then(|left| left.checked_sub(packages.len()));
        if self.left.is_none() {
            if !is_full {
                self.draft.problem(
                    Problem::warning("so many files changed that count for every package below them, that not all are looked at one by one")
                        .help("`ignore` and `rules` see the first one of each folder: see what they say of it"),
                );
            }
            if !is_first {
                return;
            }
        }
        for at in packages.iter().filter(|at| Some(**at) != owner) {
            let what = Some("it counts for every package below its folder".into());
            self.draft.touch(*at, reach, path, what);
        }
    }

    /// What was before cannot be read: whatever decides which packages there are may have said anything.
    fn everything(&mut self) {
        let all: Vec<usize> = (0..self.head.packages.len()).collect();
        let decides = |it: &&Change| model::decides(it.path.as_bytes());
        for (at, change) in self.sides.changes.iter().filter(decides).enumerate() {
            self.left = self.left.and_then(|left| left.checked_sub(all.len()));
            if self.left.is_none() && at > 0 {
                return;
            }
            for at in &all {
                let what = Some("what was before cannot be read".into());
                self.draft.touch(*at, Reach::Dependents, &change.path, what);
            }
        }
    }

    /// A manifest, if it is that of a package on one side.
    fn manifest(&mut self, change: &Change, folder: &[u8]) -> bool {
        let (now, then) = (self.now.owners().at(folder), self.then.owners().at(folder));
        let package = |model: &'_ Model, at: Option<usize>| -> Option<Rc<Manifest>> {
            model.packages.get(at?).map(|package| Rc::clone(&package.manifest))
        };
        match (now, package(self.head, now), package(self.base, then)) {
            (Some(at), Some(head), Some(base)) => {
                if let Some((reach, what)) = differences::of_package(&base, &head) {
                    self.draft.touch(at, reach, &change.path, Some(what));
                }
                if self.head.workspace(folder).is_some()
                    && let Some((reach, what)) = differences::of_members(&base, &head)
                {
                    self.members(folder, reach, &change.path, &what);
                }
                true
            }
            (Some(at), ..) => {
                self.draft.touch(at, Reach::Dependents, &change.path, None);
                true
            }
            (None, _, base) => base.is_some(),
        }
    }

    /// Touches every member of the workspace in a folder.
    fn members(&mut self, folder: &[u8], reach: Reach, path: &RepoPath, what: &Text) {
        for at in members(self.head, folder) {
            self.draft.touch(at, reach, path, Some(what.clone()));
        }
    }

    /// `pnpm-workspace.yaml`: members who use a catalog's entry are touched by it, all by other settings.
    fn settings(&mut self, change: &Change, folder: &[u8]) {
        let none = Settings::default();
        let (base, head) = (self.base.workspace(folder), self.head.workspace(folder));
        let base = base.and_then(|(_, it)| it.settings.as_ref()).unwrap_or(&none);
        let head = head.and_then(|(_, it)| it.settings.as_ref()).unwrap_or(&none);
        let mut keys = base.rest.keys().chain(head.rest.keys());
        if let Some(key) = keys.find(|key| base.rest.get(*key) != head.rest.get(*key)) {
            let what = text![Foreign::from(key.as_str()), " changed"];
            self.members(folder, Reach::Dependents, &change.path, &what);
        }
        if base.catalogs == head.catalogs {
            return;
        }
        for at in members(self.head, folder) {
            let Some(package) = self.head.packages.get(at) else { continue };
            let changed = package.manifest.requirements.iter().find(|requirement| {
                let key = catalog_key(&requirement.name, &requirement.specifier);
                key.is_some_and(|key| base.catalogs.get(&key) != head.catalogs.get(&key))
            });
            if let Some(requirement) = changed {
                let name = Foreign::from(requirement.name.as_str());
                let what = Some(text![name, " is another one in the catalog"]);
                self.draft.touch(at, Reach::Dependents, &change.path, what);
            }
        }
    }

    /// The lock files that changed, read all at once.
    fn locks(&mut self, locks: &[&Change]) {
        let modified: Vec<&&Change> =
            locks.iter().filter(|change| change.status == Status::Modified).collect();
        let contents = |tree: &dyn Tree| -> Option<Vec<Vec<u8>>> {
            let entry = |change: &&&Change| repo_model::entry(tree, change.path.as_bytes());
            let entries: Option<Vec<&Entry>> = modified.iter().map(entry).collect();
            tree.read(&entries?).ok()
        };
        let old = contents(self.base_tree).unwrap_or_default();
        let new = contents(self.sides.head).unwrap_or_default();
        let mut pairs: BTreeMap<&RepoPath, (Vec<u8>, Vec<u8>)> = BTreeMap::new();
        for ((change, old), new) in modified.iter().zip(old).zip(new) {
            pairs.insert(&change.path, (old, new));
        }
        for change in locks {
            let (folder, name) = folders::split(change.path.as_bytes());
            let all: Vec<usize> = match self.head.workspace(folder) {
                Some(_) => members(self.head, folder),
                None => self.now.owners().at(folder).into_iter().collect(),
            };
            let changed = pairs.get(&change.path).and_then(|(old, new)| {
                locked::changed(
                    &self.lock(name, folder, &all, old)?,
                    &self.lock(name, folder, &all, new)?,
                )
            });
            for at in &all {
                let Some(package) = self.head.packages.get(*at) else { continue };
                let what = match (&changed, folders::inside(folder, &package.folder)) {
                    (Some(changed), Some(member)) => changed
                        .changed
                        .get(&b""[..])
                        .or_else(|| changed.changed.get(member))
                        .cloned()
                        .or_else(|| {
                            let is_there = changed.compared.contains(member);
                            (!is_there).then(|| "the lock file does not name it".into())
                        }),
                    _ => Some("the lock file changed and is not read by its meaning".into()),
                };
                if let Some(what) = what {
                    self.draft.touch(*at, Reach::Dependents, &change.path, Some(what));
                }
            }
        }
    }

    /// A lock file as a graph.
    fn lock(&self, name: &[u8], folder: &[u8], all: &[usize], bytes: &[u8]) -> Option<Locked> {
        match name {
            b"package-lock.json" | b"npm-shrinkwrap.json" => package_lock::read(bytes),
            b"pnpm-lock.yaml" => pnpm_lock::read(bytes),
            b"bun.lock" => bun_lock::read(bytes),
            b"yarn.lock" => {
                let member = |at: &usize| {
                    let package = self.head.packages.get(*at)?;
                    let inner = folders::inside(folder, &package.folder)?;
                    Some((inner.to_vec(), package.manifest.as_ref()))
                };
                yarn_lock::read(bytes, &all.iter().filter_map(member).collect::<Vec<_>>())
            }
            _ => None,
        }
    }

    /// What the base says that cannot be read touches whoever it is about.
    fn broken(&mut self) {
        for broken in &self.base.broken {
            let (Some(place), is_certain) = (&broken.problem.place, broken.is_certain) else {
                continue;
            };
            let Some(change) = self.sides.changes.of(place.file.raw()) else { continue };
            let own = self.now.owners().at(&broken.folder);
            // Without what names the members, everything below may have been one.
            let is_manifest = change.path.as_bytes().ends_with(b"package.json");
            let is_root = self.head.workspace(&broken.folder).is_some() || !is_manifest;
            let touched: Vec<usize> = if is_root {
                self.now.owners().below(&broken.folder)
            } else {
                own.into_iter().collect()
            };
            if is_certain || !touched.is_empty() {
                self.draft.problem(warning(&broken.problem));
            }
            for at in touched {
                let what = Some("it could not be read before".into());
                self.draft.touch(at, Reach::Dependents, &change.path, what);
            }
        }
    }
}

/// That not everything was looked at.
fn too_many_links() -> Problem {
    Problem::warning("more links lead to changed files than are looked at")
        .label("packages of npm that take one of these files through a link may be missing")
        .help("name what the links lead to in `global-files`, or have fewer of them")
}

/// The packages of the workspace with its root in a folder.
fn members(model: &Model, folder: &[u8]) -> Vec<usize> {
    let Some((workspace, _)) = model.workspace(folder) else { return Vec::new() };
    let packages = model.packages.iter().enumerate();
    let is_member =
        |(_, package): &(usize, &model::Package)| package.workspaces.contains(&workspace);
    packages.filter(is_member).map(|(at, _)| at).collect()
}
