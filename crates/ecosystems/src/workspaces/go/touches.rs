//! What a change touches by itself.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Problem, Text, text};
use repo_model::{Change, RepoPath, Status};

use super::Unit;
use super::lines::Directive;
use super::local::Local;
use super::model::{self, Model, Workspace};
use super::packages::{Node, Nodes};
use super::vendor::{self, Reached};
use crate::workspaces::draft::{Draft, warning};
use crate::workspaces::folders::{self, Owners, is_for_people};
use crate::workspaces::{Reach, Sides};

/// Settings of linters, by the beginnings of their names.
const LINT: [&[u8]; 3] = [b".golangci.", b".editorconfig", b"staticcheck.conf"];

/// Files that say with which Go everything below is built.
const SHARED: [&[u8]; 2] = [b".go-version", b".tool-versions"];

/// How many changes that each would touch the same packages do so: more than one, because those of
/// some paths may not count.
pub(super) const MOST_CAUSES: usize = 10;
/// How often packages are touched where nothing can be told apart.
const MOST_TOUCHES: usize = 500_000;
/// How many other paths of changed files are looked at that links give them.
const MOST_LINKED: usize = 300_000;

/// Both sides, and where the answer goes.
pub(super) struct Touching<'a, 'd> {
    pub(super) unit: Unit,
    pub(super) head: &'a Model,
    pub(super) nodes: &'a Nodes,
    pub(super) now: Owners<'a>,
    pub(super) base: &'a Model,
    pub(super) before: &'a Nodes,
    pub(super) then: Owners<'a>,
    pub(super) draft: &'d mut Draft,
    /// The modules whose `go.mod` changed, each with its path.
    pub(super) asked: BTreeMap<usize, RepoPath>,
    /// The changes of copies, by their folder.
    copied: BTreeMap<Vec<u8>, Vec<&'a Change>>,
    /// Folders with settings for everything below, and how many of them there are.
    told: BTreeMap<(Vec<u8>, Reach), usize>,
}

/// Which nodes of a module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    /// Those that import from outside of the repository.
    Open,
}

/// What could have been compared cannot: everything is touched, by whatever changed.
pub(super) fn everything(sides: &Sides<'_>, nodes: &Nodes, draft: &mut Draft) {
    let each = |change| (0..nodes.all.len()).map(move |at| (at, change));
    for (at, change) in sides.changes.iter().flat_map(each).take(MOST_TOUCHES) {
        let what = Some("what was before cannot be read".into());
        draft.touch(at, Reach::Dependents, &change.path, what);
    }
}

/// Finds all touches. The places in the draft are those of the head's nodes.
pub(super) fn find(
    sides: &Sides<'_>,
    (head, nodes): (&Model, &Nodes),
    (base, before): (&Model, &Nodes),
    unit: Unit,
    draft: &mut Draft,
) {
    let (now, then) = (nodes.owners(), before.owners());
    let (asked, copied, told) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut linked, mut has_more_links) = (0, false);
    let mut touching =
        Touching { unit, head, nodes, now, base, before, then, draft, asked, copied, told };
    for change in sides.changes {
        let path = change.path.as_bytes();
        touching.changed(change, path);
        let (aliases, has_more) = head.links.aliases(path);
        linked += aliases.len();
        has_more_links |= has_more || linked > MOST_LINKED;
        if linked <= MOST_LINKED {
            for alias in &aliases {
                touching.changed(change, alias);
            }
        }
    }
    for (path, problem) in &base.broken {
        let Some(change) = sides.changes.of(path.as_bytes()) else { continue };
        touching.draft.problem(warning(problem));
        for at in touching.now.below(folders::split(path.as_bytes()).0) {
            let what = Some("it could not be read before".into());
            touching.draft.touch(at, Reach::Dependents, &change.path, what);
        }
    }
    touching.selected();
    touching.copies(sides);
    touching.renamed(sides.changes);
    touching.gone(sides.changes);
    if has_more_links {
        touching.draft.problem(too_many_links());
    }
}

impl<'a> Touching<'a, '_> {
    /// The nodes of a module of the head.
    fn nodes_of(&self, module: usize, which: Which) -> Vec<usize> {
        let nodes = self.nodes.all.iter().enumerate();
        let is_own = |(_, node): &(usize, &Node)| {
            node.module == module && (which == Which::All || node.is_open)
        };
        nodes.filter(is_own).map(|(at, _)| at).collect()
    }

    pub(super) fn touch_module(
        &mut self,
        module: usize,
        which: Which,
        reach: Reach,
        path: &RepoPath,
        what: Option<&Text>,
    ) {
        for at in self.nodes_of(module, which) {
            self.draft.touch(at, reach, path, what.cloned());
        }
    }

    /// What changed at `path`: that of the change, or one by which a link leads there.
    fn changed(&mut self, change: &'a Change, path: &[u8]) {
        let (folder, name) = folders::split(path);
        if model::decides(path) {
            self.draft.known(&change.path);
            if name == b"go.work" {
                self.workspace(&change.path, folder);
            } else {
                self.module(change, folder);
            }
        } else if matches!(name, b"go.sum" | b"go.work.sum") {
            self.sums(&change.path, folder, name);
        } else {
            self.file(change, path);
        }
    }

    /// Any other file.
    fn file(&mut self, change: &'a Change, path: &[u8]) {
        let is_here = path == change.path.as_bytes();
        let is_root = |folder: &[u8]| {
            module_at(self.head, folder).is_some() || workspace_at(self.head, folder).is_some()
        };
        if let Some(copies) = vendor::folder(path, &is_root) {
            self.draft.known(&change.path);
            if is_here {
                self.copied.entry(copies.to_vec()).or_default().push(change);
            } else {
                let what = text!["through ", Foreign::from(path)];
                for module in self.modules_at(folders::split(copies).0) {
                    let (which, reach) = (Which::Open, Reach::Dependents);
                    self.touch_module(module, which, reach, &change.path, Some(&what));
                }
            }
            return;
        }
        self.borrowed(change, path);
        let owner = match change.status {
            Status::Deleted if is_here => {
                let before = self.then.of(path).and_then(|at| self.before.all.get(at));
                before.map(|node| self.now.at(&node.folder))
            }
            Status::Deleted | Status::Added | Status::Modified | Status::TypeChanged => {
                self.now.of(path).map(Some)
            }
        };
        if owner.is_some() {
            self.draft.known(&change.path);
        }
        let owner = owner.flatten();
        let (folder, name) = folders::split(path);
        let through = (!is_here).then(|| text!["through ", Foreign::from(path)]);
        let is_lint = LINT.iter().any(|beginning| name.starts_with(beginning));
        if is_lint || SHARED.contains(&name) {
            let reach = if is_lint { Reach::Lint } else { Reach::Dependents };
            let below = self.now.below(folder);
            if !below.is_empty() {
                self.draft.known(&change.path);
            }
            let told = self.told.entry((folder.to_vec(), reach)).or_default();
            *told += 1;
            let is_new = *told <= MOST_CAUSES;
            for at in below.into_iter().filter(|_| is_new) {
                let what = Some("it counts for everything below its folder".into());
                self.draft.touch(at, reach, &change.path, what);
            }
        }
        if let Some((at, node)) = owner.and_then(|at| Some((at, self.nodes.all.get(at)?))) {
            let inner = folders::inside(&node.folder, path).unwrap_or(path);
            self.draft.touch(at, reach(inner, is_lint), &change.path, through);
        }
        // A folder may be embedded that is a package itself.
        for (at, inner) in folders::upwards(folder)
            .filter_map(|above| Some((self.now.at(above)?, folders::inside(above, path)?)))
            .collect::<Vec<_>>()
        {
            let embeds = self.nodes.all.get(at).map(|node| node.embeds.as_slice());
            if embeds.unwrap_or_default().iter().any(|pattern| may_match(pattern, inner)) {
                self.draft.known(&change.path);
                self.draft.touch(
                    at,
                    Reach::Dependents,
                    &change.path,
                    Some("it is embedded".into()),
                );
            }
        }
    }

    /// A file in a folder that is no package, for those who import what is there; `path` as in
    /// [`Self::changed`].
    fn borrowed(&mut self, change: &Change, path: &[u8]) {
        let is_said = path.ends_with(b"_test.go") || is_for_people(folders::split(path).1);
        // What lies behind a link is there by its own path, too.
        let links = &self.head.links;
        let above = folders::upwards(path).filter(|folder| *folder == path || !links.has(folder));
        let above = above.filter(|_| !is_said);
        let borrowing = above.filter_map(|folder| self.nodes.borrowing.get(folder)).flatten();
        for (at, reach) in borrowing {
            self.draft.known(&change.path);
            let what = Some("it is imported from there".into());
            self.draft.touch(*at, *reach, &change.path, what);
        }
    }

    /// What lies in `vendor`.
    fn copies(&mut self, sides: &Sides<'_>) {
        let local = Local::read(self.head);
        for (folder, changes) in std::mem::take(&mut self.copied) {
            let reached = vendor::reached(sides, &folder, &changes);
            let above = folders::split(&folder).0;
            let modules = self.modules_at(above);
            let nodes = self.nodes.all.iter().enumerate();
            for (at, node) in nodes.filter(|(_, node)| modules.contains(&node.module)) {
                match self.unit {
                    Unit::Module => self.copied_for_module(at, &reached),
                    Unit::Package => self.copied_for(at, node, &reached, &local),
                }
            }
        }
    }

    /// The modules for which copies beside a folder's `go.mod` or `go.work` are.
    fn modules_at(&self, folder: &[u8]) -> BTreeSet<usize> {
        let used = workspace_at(self.head, folder).map(|it| it.modules.as_slice());
        used.into_iter().flatten().copied().chain(module_at(self.head, folder)).collect()
    }

    fn copied_for_module(&mut self, at: usize, reached: &Reached<'_>) {
        let copies = reached.copies.values().flatten().map(|(change, _)| *change);
        let changes: BTreeSet<&RepoPath> =
            reached.all.iter().copied().chain(copies).map(|it| &it.path).collect();
        for path in changes.into_iter().take(MOST_CAUSES) {
            let what = Some("it is a copy for this module".into());
            self.draft.touch(at, Reach::Dependents, path, what);
        }
    }

    fn copied_for(&mut self, at: usize, node: &Node, reached: &Reached<'_>, local: &Local) {
        let imports = node.imports.iter().map(|path| (path, Reach::Dependents));
        let tests = node.test_imports.iter().map(|path| (path, Reach::Own));
        let is_elsewhere = |path: &str| local.is_foreign(node.module, path);
        for (import, reach) in imports.chain(tests) {
            for (change, copy) in reached.copies.get(import).into_iter().flatten() {
                let mut what = text!["a copy of ", Foreign::from(copy.as_str())];
                if copy != import {
                    what.text(", through ").foreign(import.as_str());
                }
                self.draft.touch(at, reach, &change.path, Some(what));
            }
            if !reached.all.is_empty() && (reached.names.contains(import) || is_elsewhere(import)) {
                for change in &reached.all {
                    let what = Some("it may be part of any copy".into());
                    self.draft.touch(at, reach, &change.path, what);
                }
            }
        }
    }

    /// `go.sum` and `go.work.sum`.
    fn sums(&mut self, path: &RepoPath, folder: &[u8], name: &[u8]) {
        let modules: Vec<usize> = if name == b"go.sum" {
            module_at(self.head, folder).into_iter().collect()
        } else {
            workspace_at(self.head, folder).map(|it| it.modules.clone()).unwrap_or_default()
        };
        for module in modules {
            self.draft.known(path);
            self.touch_module(module, Which::Open, Reach::Own, path, None);
        }
    }

    /// A `go.mod`.
    fn module(&mut self, change: &Change, folder: &[u8]) {
        let of = |model: &'_ Model| module_at(model, folder);
        let (Some(at), then) = (of(self.head), of(self.base)) else { return };
        let (head, base) =
            (self.head.modules.get(at), then.and_then(|at| self.base.modules.get(at)));
        let Some(head) = head else { return };
        let Some(base) = base else {
            return self.touch_module(at, Which::All, Reach::Dependents, &change.path, None);
        };
        if let Some((which, what)) = difference(&base.directives, &head.directives) {
            self.touch_module(at, which, Reach::Dependents, &change.path, Some(&what));
        }
        self.asked.entry(at).or_insert(change.path.clone());
    }

    /// A `go.work`: which modules it uses, and with which Go, counts for all of them.
    fn workspace(&mut self, path: &RepoPath, folder: &[u8]) {
        let of = |model: &'_ Model| -> Option<(Vec<Directive>, Vec<Vec<u8>>)> {
            let workspace = workspace_at(model, folder)?;
            let used = workspace.modules.iter().filter_map(|at| model.modules.get(*at));
            let mut directives = workspace.directives.to_vec();
            directives.sort();
            Some((directives, used.map(|it| it.folder.clone()).collect()))
        };
        let (old, new) = (of(self.base), of(self.head));
        let directives = |side: &Option<(Vec<Directive>, _)>| side.as_ref().map(|it| it.0.clone());
        if directives(&old) == directives(&new) {
            return;
        }
        let used: BTreeSet<Vec<u8>> =
            [old, new].into_iter().flatten().flat_map(|it| it.1).collect();
        let modules = self.head.modules.iter().enumerate();
        let modules = modules.filter(|(_, it)| used.contains(&it.folder)).map(|(at, _)| at);
        let what = "its workspace changed".into();
        for module in modules.collect::<Vec<_>>() {
            self.touch_module(module, Which::All, Reach::Dependents, path, Some(&what));
        }
    }
}

/// The place of the module in a folder.
pub(super) fn module_at(model: &Model, folder: &[u8]) -> Option<usize> {
    model.modules.binary_search_by(|it| it.folder.as_slice().cmp(folder)).ok()
}

/// The workspace in a folder.
pub(super) fn workspace_at<'m>(model: &'m Model, folder: &[u8]) -> Option<&'m Workspace> {
    let at = model.workspaces.binary_search_by(|it| it.folder.as_slice().cmp(folder)).ok()?;
    model.workspaces.get(at)
}

/// That not everything was looked at.
fn too_many_links() -> Problem {
    Problem::warning("more links lead to changed files than are looked at")
        .label("packages of Go that take one of these files through a link may be missing")
        .help("name what the links lead to in `global-files`, or have fewer of them")
}

/// How far a file reaches, from its path below the folder of its package.
fn reach(path: &[u8], is_lint: bool) -> Reach {
    let (folder, name) = folders::split(path);
    let is_test =
        name.ends_with(b"_test.go") || folders::names_of(folder).any(|name| name == b"testdata");
    if is_lint {
        Reach::Lint
    } else if is_test || is_for_people(path) {
        Reach::Own
    } else {
        Reach::Dependents
    }
}

/// Whether a pattern of `//go:embed` may mean a path below the folder of its package: whether what
/// stands before the wildcards does.
pub(super) fn may_match(pattern: &str, path: &[u8]) -> bool {
    let wild = pattern.find(['*', '?', '[', '\\']);
    let literal = pattern.get(..wild.unwrap_or(pattern.len())).unwrap_or_default();
    let literal = literal.strip_prefix("./").unwrap_or(literal).as_bytes();
    match wild {
        Some(_) => path.starts_with(literal),
        None => literal == b"." || folders::inside(literal, path).is_some(),
    }
}

/// What differs between two `go.mod`: whom it concerns, and what it is for people. What is retracted is
/// told to others through a proxy, and changes nothing here.
fn difference(base: &[Directive], head: &[Directive]) -> Option<(Which, Text)> {
    let sorted = |directives: &[Directive]| -> BTreeSet<Directive> {
        directives.iter().filter(|it| it.name != "retract").cloned().collect()
    };
    let (old, new) = (sorted(base), sorted(head));
    let differing: Vec<&Directive> = old.symmetric_difference(&new).collect();
    let is_version = |it: &&&Directive| matches!(it.name.as_str(), "require" | "exclude" | "tool");
    let first = differing.iter().find(|it| !is_version(it));
    if let Some(first) = first {
        return Some((Which::All, text![Foreign::from(first.name.as_str()), " changed"]));
    }
    let first = differing.first()?;
    let path = first.argument(0).unwrap_or_default();
    let version = |side: &BTreeSet<Directive>| -> Option<String> {
        let own = side.iter().find(|it| it.name == first.name && it.argument(0) == Some(path));
        own.and_then(|it| it.argument(1)).map(str::to_owned)
    };
    let name = Foreign::from(path);
    let foreign = |version: String| Foreign::from(version.as_str());
    let what = match (version(&old), version(&new)) {
        (Some(old), Some(new)) => text![name, " ", foreign(old), " became ", foreign(new)],
        (Some(_), None) => text![name, " is not asked for any more"],
        (None, _) => text![name, " is asked for now"],
    };
    Some((Which::Open, what))
}
