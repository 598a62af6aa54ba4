//! What the imports of packages mean in the repository.
//!
//! An import may name a folder that no pattern of Go looks into, such as one below `testdata`, or a link to
//! another folder (`go list` agrees; `go help packages` says what patterns leave out). No other package
//! has these files, so they count as those of whoever imports them.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::Problem;
use repo_model::{Entry, Tree};

use super::local::Local;
use super::model::{self, Model};
use super::packages::{Nodes, sources};
use super::source;
use crate::workspaces::Reach;
use crate::workspaces::draft::not_read;
use crate::workspaces::folders;

/// What one import of a package means.
enum Target {
    Package(usize),
    /// A folder that is no package of its own.
    Folder(Vec<u8>),
}

/// An import that is not looked up yet: by which package, what for, and of what.
type Asked = (usize, Reach, String);

impl Nodes {
    /// Finds what all imports mean.
    ///
    /// # Errors
    /// When a source file cannot be read.
    pub(super) fn find_imported(
        &mut self,
        tree: &dyn Tree,
        local: &Local,
        model: &Model,
    ) -> Result<(), Box<Problem>> {
        let mut asked: Vec<Asked> = Vec::new();
        for (at, node) in self.all.iter().enumerate() {
            asked.extend(node.imports.iter().map(|path| (at, Reach::Dependents, path.clone())));
            asked.extend(node.test_imports.iter().map(|path| (at, Reach::Own, path.clone())));
        }
        let mut read: BTreeMap<Vec<u8>, Vec<String>> = BTreeMap::new();
        let mut taken: BTreeSet<(usize, Reach, Vec<u8>)> = BTreeSet::new();
        while !asked.is_empty() {
            let fresh = self.look_up(local, model, &std::mem::take(&mut asked), &mut taken);
            let unread = fresh.iter().map(|(.., folder)| folder.as_slice());
            let unread = unread.filter(|folder| !read.contains_key(*folder)).collect();
            read.extend(imports_below(tree, model, &unread)?);
            for (at, reach, folder) in fresh {
                let Some(node) = self.all.get_mut(at) else { continue };
                let imports = match reach {
                    Reach::Dependents => &mut node.imports,
                    Reach::Own | Reach::Lint => &mut node.test_imports,
                };
                for import in read.get(&folder).into_iter().flatten() {
                    if imports.insert(import.clone()) {
                        asked.push((at, reach, import.clone()));
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes over for modules what their packages import from folders that are no packages.
    pub(super) fn borrow_from(&mut self, packages: Self) {
        for (folder, borrowing) in packages.borrowing {
            let modules = borrowing.into_iter().filter_map(|(at, reach)| {
                let package = packages.all.get(at)?;
                Some((package.module, reach))
            });
            self.borrowing.insert(folder, modules.collect());
        }
    }

    /// Looks imports up; the folders among them that were not there before.
    fn look_up(
        &mut self,
        local: &Local,
        model: &Model,
        asked: &[Asked],
        taken: &mut BTreeSet<(usize, Reach, Vec<u8>)>,
    ) -> Vec<(usize, Reach, Vec<u8>)> {
        let owners = self.owners();
        let found: Vec<(usize, Reach, Target)> = asked
            .iter()
            .flat_map(|(at, reach, import)| {
                let module = self.all.get(*at).map_or(0, |node| node.module);
                let packages = local.packages(module, import).into_iter();
                packages.map(move |package| (*at, *reach, package))
            })
            .filter_map(|(at, reach, (module, rest))| {
                let folder = &model.modules.get(module)?.folder;
                let folder = folders::join(folder, rest.as_bytes());
                if let Some(on) = owners.at(&folder) {
                    return Some(vec![(at, reach, Target::Package(on))]);
                }
                let (links, path) = model.links.way(&folder)?;
                let is_link = !links.is_empty();
                // The links themselves count, too.
                let links = links.into_iter().map(|link| (at, reach, Target::Folder(link)));
                let mut targets: Vec<_> = links.collect();
                match owners.at(&path) {
                    Some(on) => targets.push((at, reach, Target::Package(on))),
                    None if is_link || model::is_data(rest.as_bytes()) => {
                        targets.push((at, reach, Target::Folder(path)));
                    }
                    None => {}
                }
                Some(targets)
            })
            .flatten()
            .collect();
        let mut fresh = Vec::new();
        for (at, reach, target) in found {
            match (target, self.all.get_mut(at)) {
                (Target::Package(on), Some(node)) if reach == Reach::Dependents => node.on.push(on),
                (Target::Package(on), Some(node)) => node.test_on.push(on),
                (Target::Folder(folder), Some(_)) => {
                    if taken.insert((at, reach, folder.clone())) {
                        self.borrowing.entry(folder.clone()).or_default().insert((at, reach));
                        fresh.push((at, reach, folder));
                    }
                }
                (_, None) => {}
            }
        }
        fresh
    }
}

/// What the source files directly in each of these folders import.
fn imports_below(
    tree: &dyn Tree,
    model: &Model,
    folders: &BTreeSet<&[u8]>,
) -> Result<BTreeMap<Vec<u8>, Vec<String>>, Box<Problem>> {
    let mut imports: BTreeMap<Vec<u8>, Vec<String>> = BTreeMap::new();
    if folders.is_empty() {
        return Ok(imports);
    }
    imports.extend(folders.iter().map(|folder| (folder.to_vec(), Vec::new())));
    let is_test = |entry: &Entry| entry.path.as_bytes().ends_with(b"_test.go");
    let files = sources(tree).filter(|(folder, it)| folders.contains(folder) && !is_test(it));
    let files: Vec<(&[u8], &Entry)> = files
        .filter_map(|(folder, entry)| Some((folder, model.links.file(tree, entry)?)))
        .collect();
    let entries: Vec<&Entry> = files.iter().map(|(_, entry)| *entry).collect();
    let contents = tree.read(&entries).map_err(|error| not_read(&error))?;
    for ((folder, _), bytes) in files.into_iter().zip(contents) {
        if let Some(imports) = imports.get_mut(folder) {
            imports.extend(source::read(&bytes).imports);
        }
    }
    Ok(imports)
}
