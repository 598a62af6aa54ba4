//! The modules of a tree, or the packages in them, and what they need.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::Problem;
use repo_model::{Entry, Kind, Tree};

use super::Unit;
use super::local::Local;
use super::model::{self, Model};
use super::source;
use crate::workspaces::draft::not_read;
use crate::workspaces::folders::{self, Owners};
use crate::workspaces::{NeedKind, Reach};

/// A module or a package.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) folder: Vec<u8>,
    /// The place of its module.
    pub(super) module: usize,
    /// What its files import, and what only tests do.
    pub(super) imports: BTreeSet<String>,
    pub(super) test_imports: BTreeSet<String>,
    /// The packages that these mean in the repository, by place.
    pub(super) on: Vec<usize>,
    pub(super) test_on: Vec<usize>,
    /// Patterns of what it embeds.
    pub(super) embeds: Vec<String>,
    /// Whether the versions that its module asks for may be those of something it imports, itself or
    /// through packages of other modules.
    pub(super) is_open: bool,
}

/// All of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    /// In the order of their folders.
    pub(super) all: Vec<Node>,
    /// Folders that are no packages, and links, with the packages that import what is there.
    pub(super) borrowing: BTreeMap<Vec<u8>, BTreeSet<(usize, Reach)>>,
}

impl Nodes {
    /// The modules or packages of a tree, without looking into source files.
    pub(super) fn folders(tree: &dyn Tree, model: &Model, unit: Unit) -> Self {
        let module = |(at, module): (usize, &model::Module)| Node {
            name: module.path.clone(),
            folder: module.folder.clone(),
            module: at,
            is_open: true,
            ..Node::default()
        };
        if unit == Unit::Module {
            let all = model.modules.iter().enumerate().map(module).collect();
            return Self { all, ..Self::default() };
        }
        let modules = Owners::new(model.modules.iter().map(|it| it.folder.as_slice()));
        let mut found: BTreeMap<&[u8], Node> = BTreeMap::new();
        for (folder, _) in sources(tree) {
            if found.contains_key(folder) {
                continue;
            }
            let Some(at) = modules.above(folder) else { continue };
            let Some(module) = model.modules.get(at) else { continue };
            let inner = folders::inside(&module.folder, folder).unwrap_or_default();
            if model::is_data(inner) {
                continue;
            }
            let name = match inner {
                [] => module.path.clone(),
                _ => format!("{}/{}", module.path, String::from_utf8_lossy(inner)),
            };
            let node = Node { name, folder: folder.to_vec(), module: at, ..Node::default() };
            found.insert(folder, node);
        }
        Self { all: found.into_values().collect(), ..Self::default() }
    }

    /// The same, with what source files say where that is asked for.
    ///
    /// # Errors
    /// When a source file cannot be read.
    pub(super) fn read(tree: &dyn Tree, model: &Model, unit: Unit) -> Result<Self, Box<Problem>> {
        let mut nodes = Self::folders(tree, model, unit);
        if unit == Unit::Module {
            return Ok(nodes);
        }
        let owners = Owners::new(nodes.all.iter().map(|it| it.folder.as_slice()));
        let own =
            |(folder, entry)| Some((owners.at(folder)?, entry, model.links.file(tree, entry)?));
        let files: Vec<(usize, &Entry, &Entry)> = sources(tree).filter_map(own).collect();
        let entries: Vec<&Entry> = files.iter().map(|(.., entry)| *entry).collect();
        let contents = tree.read(&entries).map_err(|error| not_read(&error))?;
        for ((at, entry, _), bytes) in files.into_iter().zip(contents) {
            let Some(node) = nodes.all.get_mut(at) else { continue };
            let source = source::read(&bytes);
            if entry.path.as_bytes().ends_with(b"_test.go") {
                node.test_imports.extend(source.imports);
            } else {
                node.imports.extend(source.imports);
            }
            node.embeds.extend(source.embeds);
        }
        let local = Local::read(model);
        nodes.find_imported(tree, &local, model)?;
        nodes.find_open(&local);
        Ok(nodes)
    }

    /// Finds to which packages versions matter: those that import from elsewhere, or a package of
    /// another module that does or comes to one. What is in one workspace is told apart by the versions
    /// that the workspace takes.
    fn find_open(&mut self, local: &Local) {
        let is_foreign = |node: &Node, path: &String| local.is_foreign(node.module, path);
        // Who imports each package, and which come to something from elsewhere.
        let mut importing: Vec<Vec<usize>> = vec![Vec::new(); self.all.len()];
        let mut comes_to: BTreeSet<usize> = BTreeSet::new();
        for (at, node) in self.all.iter().enumerate() {
            for on in &node.on {
                importing.get_mut(*on).into_iter().for_each(|from| from.push(at));
            }
            if node.imports.iter().any(|path| is_foreign(node, path)) {
                comes_to.insert(at);
            }
        }
        let mut next: Vec<usize> = comes_to.iter().copied().collect();
        while let Some(on) = next.pop() {
            let new = importing.get(on).into_iter().flatten().filter(|at| comes_to.insert(**at));
            next.extend(new);
        }
        let is_open = |node: &Node| {
            let mut imports = node.imports.iter().chain(&node.test_imports);
            let mut on = node.on.iter().chain(&node.test_on);
            let is_through = |on: &usize| {
                let other = self.all.get(*on).map(|it| it.module);
                let is_other = |other| !local.share_versions(node.module, other);
                comes_to.contains(on) && other.is_some_and(is_other)
            };
            imports.any(|path| is_foreign(node, path)) || on.any(is_through)
        };
        let open: Vec<bool> = self.all.iter().map(is_open).collect();
        self.all.iter_mut().zip(open).for_each(|(node, is_open)| node.is_open = is_open);
    }

    /// The place of what is nearest above a path, by folder.
    pub(super) fn owners(&self) -> Owners<'_> {
        Owners::new(self.all.iter().map(|it| it.folder.as_slice()))
    }

    /// Who needs whom: both places, and what for.
    pub(super) fn needs(&self, model: &Model, unit: Unit) -> Vec<(usize, usize, NeedKind)> {
        let mut needs = Vec::new();
        match unit {
            Unit::Module => {
                let local = Local::read(model);
                for (at, module) in model.modules.iter().enumerate() {
                    // What is replaced is used, whoever requires it.
                    let lines = module.directives.iter().filter(|it| it.name == "replace");
                    let replaced = lines.filter_map(|it| it.argument(0));
                    let paths = module.requires().map(|(path, _)| path).chain(replaced);
                    let targets = paths.filter_map(|path| local.module(at, path));
                    needs.extend(targets.map(|on| (at, on, NeedKind::Normal)));
                }
            }
            Unit::Package => {
                for (at, node) in self.all.iter().enumerate() {
                    needs.extend(node.on.iter().map(|on| (at, *on, NeedKind::Normal)));
                    let tests = node.test_on.iter().filter(|on| !node.on.contains(on));
                    needs.extend(tests.map(|on| (at, *on, NeedKind::Dev)));
                }
            }
        }
        needs
    }
}

/// The source files of a tree, each with its folder. A link to a file is one, too.
pub(super) fn sources(tree: &dyn Tree) -> impl Iterator<Item = (&[u8], &Entry)> {
    tree.entries().iter().filter_map(|entry| {
        let (folder, name) = folders::split(entry.path.as_bytes());
        let is_ignored = name.starts_with(b"_") || name.starts_with(b".");
        let is_file = entry.kind.is_file() || entry.kind == Kind::Symlink;
        (is_file && name.ends_with(b".go") && !is_ignored).then_some((folder, entry))
    })
}
