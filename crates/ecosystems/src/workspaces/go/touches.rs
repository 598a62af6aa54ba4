//! What a change touches by itself.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Text, text};
use repo_model::{Change, RepoPath, Status};

use super::Unit;
use super::lines::Directive;
use super::local::Local;
use super::model::{self, Model, Module, Workspace};
use super::packages::{Node, Nodes};
use super::vendor::{self, Reached};
use crate::workspaces::draft::{Draft, warning};
use crate::workspaces::folders::{self, Owners, is_for_people};
use crate::workspaces::version::Version;
use crate::workspaces::{Reach, Sides};

/// Settings of linters, by the beginnings of their names.
const LINT: [&[u8]; 3] = [b".golangci.", b".editorconfig", b"staticcheck.conf"];

/// Files that say with which Go everything below is built.
const SHARED: [&[u8]; 2] = [b".go-version", b".tool-versions"];

/// Both sides, and where the answer goes.
struct Touching<'a, 'd> {
    unit: Unit,
    head: &'a Model,
    nodes: &'a Nodes,
    now: Owners<'a>,
    base: &'a Model,
    before: &'a Nodes,
    then: Owners<'a>,
    draft: &'d mut Draft,
    /// The modules whose `go.mod` changed, each with its path.
    asked: BTreeMap<usize, RepoPath>,
    /// The changes of copies, by their folder.
    copied: BTreeMap<Vec<u8>, Vec<&'a Change>>,
    /// Folders with settings for everything below, of which one change is as good as many.
    told: BTreeSet<(Vec<u8>, Reach)>,
}

/// Which nodes of a module.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Those that import from outside of the repository.
    Open,
}

/// What could have been compared cannot: everything is touched.
pub(super) fn everything(sides: &Sides<'_>, nodes: &Nodes, draft: &mut Draft) {
    let Some(first) = sides.changes.iter().next() else { return };
    for at in 0..nodes.all.len() {
        let what = Some("what was before cannot be read".into());
        draft.touch(at, Reach::Dependents, &first.path, what);
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
    let (asked, copied, told) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    let mut touching =
        Touching { unit, head, nodes, now, base, before, then, draft, asked, copied, told };
    let mut deciding = None;
    for change in sides.changes {
        let path = change.path.as_bytes();
        let (folder, name) = folders::split(path);
        match name {
            _ if model::decides(path) => {
                touching.draft.known(&change.path);
                deciding = deciding.or(Some(&change.path));
                if name == b"go.work" {
                    touching.workspace(&change.path, folder);
                } else {
                    touching.module(change, folder);
                }
            }
            b"go.sum" | b"go.work.sum" => touching.sums(&change.path, folder, name),
            _ => touching.file(change),
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
    if let Some(path) = deciding {
        touching.renamed(path);
    }
    touching.gone(sides);
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

    fn touch_module(
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

    /// Any other file.
    fn file(&mut self, change: &'a Change) {
        let path = change.path.as_bytes();
        let is_root = |folder: &[u8]| {
            module_at(self.head, folder).is_some() || workspace_at(self.head, folder).is_some()
        };
        if let Some(copies) = vendor::folder(path, &is_root) {
            self.draft.known(&change.path);
            self.copied.entry(copies.to_vec()).or_default().push(change);
            return;
        }
        let (folder, name) = folders::split(path);
        let owner = match change.status {
            Status::Deleted => {
                let before = self.then.of(path).and_then(|at| self.before.all.get(at));
                before.map(|node| self.now.at(&node.folder))
            }
            Status::Added | Status::Modified | Status::TypeChanged => self.now.of(path).map(Some),
        };
        if owner.is_some() {
            self.draft.known(&change.path);
        }
        let is_lint = LINT.iter().any(|beginning| name.starts_with(beginning));
        if is_lint || SHARED.contains(&name) {
            let reach = if is_lint { Reach::Lint } else { Reach::Dependents };
            let below = self.now.below(folder);
            if !below.is_empty() {
                self.draft.known(&change.path);
            }
            let is_new = self.told.insert((folder.to_vec(), reach));
            for at in below.into_iter().filter(|_| is_new) {
                let what = Some("it counts for everything below its folder".into());
                self.draft.touch(at, reach, &change.path, what);
            }
        }
        if let Some((at, node)) = owner.flatten().and_then(|at| Some((at, self.nodes.all.get(at)?)))
        {
            let inner = folders::inside(&node.folder, path).unwrap_or(path);
            self.draft.touch(at, reach(inner, is_lint), &change.path, None);
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

    /// What lies in `vendor`.
    fn copies(&mut self, sides: &Sides<'_>) {
        let local = Local::read(self.head);
        for (folder, changes) in std::mem::take(&mut self.copied) {
            let reached = vendor::reached(sides, &folder, &changes);
            let above = folders::split(&folder).0;
            let used = workspace_at(self.head, above).map(|it| it.modules.as_slice());
            let used = used.into_iter().flatten().copied();
            let modules: BTreeSet<usize> = used.chain(module_at(self.head, above)).collect();
            let nodes = self.nodes.all.iter().enumerate();
            for (at, node) in nodes.filter(|(_, node)| modules.contains(&node.module)) {
                match self.unit {
                    Unit::Module => self.copied_for_module(at, &reached),
                    Unit::Package => self.copied_for(at, node, &reached, &local),
                }
            }
        }
    }

    fn copied_for_module(&mut self, at: usize, reached: &Reached<'_>) {
        let first = reached.copies.values().map(|(change, _)| *change).next();
        if let Some(change) = reached.all.or(first) {
            let what = Some("it is a copy for this module".into());
            self.draft.touch(at, Reach::Dependents, &change.path, what);
        }
    }

    fn copied_for(&mut self, at: usize, node: &Node, reached: &Reached<'_>, local: &Local) {
        let imports = node.imports.iter().map(|path| (path, Reach::Dependents));
        let tests = node.test_imports.iter().map(|path| (path, Reach::Own));
        let is_elsewhere = |path: &str| local.is_foreign(node.module, path);
        for (import, reach) in imports.chain(tests) {
            if let Some((change, copy)) = reached.copies.get(import) {
                let mut what = text!["a copy of ", Foreign::from(copy.as_str())];
                if copy != import {
                    what.text(", through ").foreign(import.as_str());
                }
                self.draft.touch(at, reach, &change.path, Some(what));
            } else if let Some(change) = reached.all
                && (reached.names.contains(import) || is_elsewhere(import))
            {
                let what = Some("it may be part of any copy".into());
                self.draft.touch(at, reach, &change.path, what);
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

    /// What a changed module asks for may be selected for the others of its workspaces.
    fn selected(&mut self) {
        let mut touched: BTreeMap<usize, (RepoPath, Text)> = BTreeMap::new();
        for workspace in &self.head.workspaces {
            let path = workspace.modules.iter().find_map(|at| self.asked.get(at));
            let before = workspace_at(self.base, &workspace.folder);
            let (Some(path), Some(before)) = (path, before) else { continue };
            let old = selected(self.base, &before.modules);
            let new = selected(self.head, &workspace.modules);
            for at in &workspace.modules {
                let Some(module) = self.head.modules.get(*at) else { continue };
                let other = module.requires().find(|(path, _)| old.get(path) != new.get(path));
                if let Some((required, _)) = other.filter(|_| !self.asked.contains_key(at)) {
                    let name = Foreign::from(required);
                    let what = text!["the workspace takes another version of ", name];
                    touched.entry(*at).or_insert((path.clone(), what));
                }
            }
        }
        for (module, (path, what)) in touched {
            self.touch_module(module, Which::Open, Reach::Dependents, &path, Some(&what));
        }
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

    /// What is another package than before, without a file of its own that changed.
    fn renamed(&mut self, path: &RepoPath) {
        for (at, node) in self.nodes.all.iter().enumerate() {
            let before = self.then.at(&node.folder).and_then(|at| self.before.all.get(at));
            if before.is_none_or(|before| before.name != node.name) {
                let what = Some("it has another import path now".into());
                self.draft.touch(at, Reach::Dependents, path, what);
            }
        }
    }

    /// What is gone, and who still asks for it.
    fn gone(&mut self, sides: &Sides<'_>) {
        let names: BTreeSet<&str> = self.nodes.all.iter().map(|it| it.name.as_str()).collect();
        let mut gone: BTreeMap<&str, &[u8]> = BTreeMap::new();
        for node in &self.before.all {
            if !names.contains(node.name.as_str()) {
                gone.insert(&node.name, &node.folder);
                self.draft.gone(node.name.clone());
            }
        }
        if gone.is_empty() {
            return;
        }
        // A changed path in the folder of what is gone, to point at.
        let changes = sides.changes.as_slice();
        let path_of = |folder: &[u8]| {
            let from = changes.partition_point(|it| it.path.as_bytes() < folder);
            let inside = |it: &&Change| folders::inside(folder, it.path.as_bytes()).is_some();
            changes.get(from..).unwrap_or_default().iter().find(inside).or(changes.first())
        };
        let local = Local::read(self.base);
        for (at, node) in self.nodes.all.iter().enumerate() {
            // What it got by a name then; from a proxy it still gets it.
            let Some(module) = self.head.modules.get(node.module) else { continue };
            let Some(before) = module_at(self.base, &module.folder) else { continue };
            let is_local = |name: &str| local.package(before, name).is_some();
            let imports = node.imports.iter().chain(&node.test_imports).map(String::as_str);
            let required = module.requires().map(|(path, _)| path);
            let required = required.filter(|_| self.unit == Unit::Module);
            let mut asked = imports.chain(required);
            let lost = asked.find_map(|name| gone.get_key_value(name).filter(|_| is_local(name)));
            if let Some((name, folder)) = lost
                && let Some(change) = path_of(folder)
            {
                let what = Some(text![Foreign::from(*name), " is gone"]);
                self.draft.touch(at, Reach::Dependents, &change.path, what);
            }
        }
    }
}

/// The place of the module in a folder.
fn module_at(model: &Model, folder: &[u8]) -> Option<usize> {
    model.modules.binary_search_by(|it| it.folder.as_slice().cmp(folder)).ok()
}

/// The workspace in a folder.
fn workspace_at<'m>(model: &'m Model, folder: &[u8]) -> Option<&'m Workspace> {
    let at = model.workspaces.binary_search_by(|it| it.folder.as_slice().cmp(folder)).ok()?;
    model.workspaces.get(at)
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

/// The highest version that is asked for of each module; nothing of one whose versions have no order.
fn selected<'m>(model: &'m Model, modules: &[usize]) -> BTreeMap<&'m str, Option<Version>> {
    let mut selected: BTreeMap<&str, Option<Version>> = BTreeMap::new();
    let modules = modules.iter().filter_map(|at| model.modules.get(*at));
    for (path, version) in modules.flat_map(Module::requires) {
        let version = Version::read(version);
        let highest = selected.entry(path).or_default();
        *highest = version.max(highest.take());
    }
    selected
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
