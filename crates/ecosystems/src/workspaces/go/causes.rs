//! What touches packages without a file of their own that changed, and the change that it comes from.
//!
//! A touch of a path that somebody ignores is none, so each cause touches by itself.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, text};
use repo_model::{Change, ChangeSet, RepoPath, Status};

use super::Unit;
use super::local::Local;
use super::model::{Model, Module};
use super::touches::{MOST_CAUSES, Touching, Which, module_at, workspace_at};
use crate::workspaces::Reach;
use crate::workspaces::folders;
use crate::workspaces::version::Version;

impl Touching<'_, '_> {
    /// What a changed module asks for may be selected for the others of its workspaces.
    pub(super) fn selected(&mut self) {
        let mut touched: BTreeSet<(usize, &RepoPath, &str)> = BTreeSet::new();
        let asked = std::mem::take(&mut self.asked);
        let (head, base) = (self.head, self.base);
        // Which versions each changed module asks for otherwise than before.
        let mut differing: BTreeMap<&str, Vec<(usize, &RepoPath)>> = BTreeMap::new();
        for (at, path) in &asked {
            let Some(module) = head.modules.get(*at) else { continue };
            let before = module_at(base, &module.folder).and_then(|at| base.modules.get(at));
            let old: BTreeSet<_> = before.into_iter().flat_map(Module::requires).collect();
            let new: BTreeSet<_> = module.requires().collect();
            let names: BTreeSet<&str> = old.symmetric_difference(&new).map(|it| it.0).collect();
            for name in names {
                differing.entry(name).or_default().push((*at, path));
            }
        }
        for workspace in head.workspaces.iter().filter(|_| !differing.is_empty()) {
            let Some(before) = workspace_at(base, &workspace.folder) else { continue };
            let old = selected(base, &before.modules);
            let new = selected(head, &workspace.modules);
            for at in workspace.modules.iter().filter(|at| !asked.contains_key(at)) {
                let Some(module) = head.modules.get(*at) else { continue };
                let others = module.requires().filter(|(path, _)| old.get(path) != new.get(path));
                for (required, _) in others {
                    let causes = differing.get(required).into_iter().flatten();
                    let causes =
                        causes.filter(|(at, _)| workspace.modules.binary_search(at).is_ok());
                    let causes = causes.take(MOST_CAUSES);
                    touched.extend(causes.map(|(_, path)| (*at, *path, required)));
                }
            }
        }
        // One name is enough for each module and change.
        let mut last = None;
        for (module, path, required) in touched {
            if last.replace((module, path)) != Some((module, path)) {
                let name = Foreign::from(required);
                let what = text!["the workspace takes another version of ", name];
                self.touch_module(module, Which::Open, Reach::Dependents, path, Some(&what));
            }
        }
    }

    /// What is another package than before, or one of another module, without a file of its own that
    /// changed: by a `go.mod` above it that changed.
    pub(super) fn renamed(&mut self, changes: &ChangeSet) {
        for (at, node) in self.nodes.all.iter().enumerate() {
            let before = self.then.at(&node.folder).and_then(|at| self.before.all.get(at));
            let module = self.head.modules.get(node.module).map(|it| &it.folder);
            let is_same = before.is_some_and(|before| {
                let old = self.base.modules.get(before.module).map(|it| &it.folder);
                before.name == node.name && old == module
            });
            if is_same {
                continue;
            }
            for change in deciding(changes, &node.folder) {
                let what = if before.is_some_and(|before| before.name == node.name) {
                    "it belongs to another module now"
                } else {
                    "it has another import path now"
                };
                self.draft.touch(at, Reach::Dependents, &change.path, Some(what.into()));
            }
        }
    }

    /// What is gone, and who still asks for it.
    pub(super) fn gone(&mut self, changes: &ChangeSet) {
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
        let mut causes: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
        let local = Local::read(self.base);
        for (at, node) in self.nodes.all.iter().enumerate() {
            // What it got by a name then; from a proxy it still gets it.
            let Some(module) = self.head.modules.get(node.module) else { continue };
            let Some(before) = module_at(self.base, &module.folder) else { continue };
            let is_local = |name: &str| !local.packages(before, name).is_empty();
            let imports = node.imports.iter().chain(&node.test_imports).map(String::as_str);
            let required = module.requires().map(|(path, _)| path);
            let required = required.filter(|_| self.unit == Unit::Module);
            let asked = imports.chain(required);
            let lost = asked.filter_map(|name| gone.get_key_value(name));
            for (name, folder) in lost.filter(|(name, _)| is_local(name)) {
                let causes = causes.entry(*name).or_insert_with(|| causes_of(changes, folder));
                for change in &*causes {
                    let what = Some(text![Foreign::from(*name), " is gone"]);
                    self.draft.touch(at, Reach::Dependents, &change.path, what);
                }
            }
        }
    }
}

/// The changed `go.mod` in a folder and above it.
fn deciding<'c>(changes: &'c ChangeSet, folder: &'c [u8]) -> impl Iterator<Item = &'c Change> {
    folders::upwards(folder).filter_map(|above| changes.of(&folders::join(above, b"go.mod")))
}

/// Why the package of a folder is gone: its files are, or a `go.mod` says so.
fn causes_of<'c>(changes: &'c ChangeSet, folder: &'c [u8]) -> Vec<&'c Change> {
    let all = changes.as_slice();
    let from = all.partition_point(|it| it.path.as_bytes() < folder);
    let below = all.get(from..).unwrap_or_default().iter();
    let below = below.take_while(|it| it.path.as_bytes().starts_with(folder));
    let is_file = |it: &&Change| {
        let (above, name) = folders::split(it.path.as_bytes());
        above == folder && name.ends_with(b".go") && it.status != Status::Modified
    };
    let files = below.filter(is_file).take(MOST_CAUSES);
    let causes: Vec<&Change> = files.chain(deciding(changes, folder)).collect();
    if causes.is_empty() { all.iter().take(MOST_CAUSES).collect() } else { causes }
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
