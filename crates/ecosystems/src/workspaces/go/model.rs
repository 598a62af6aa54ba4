//! The modules and workspaces of one version of a repository.
//!
//! A folder with a `go.mod` is a module, and everything below it down to the next one is its own. What
//! lies in `vendor`, in `testdata`, and in folders whose names begin with `_` or `.` is no package of its
//! module (`go help packages`). A `go.mod` in the first two is a copy or data; in the others it is a module
//! of its own, such as `_tools`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use diagnostics::Problem;
use repo_model::{ChangeSet, Entry, RepoPath, Tree};

use super::lines::{self, Directive};
use crate::workspaces::draft::not_read;
use crate::workspaces::folders;
use crate::workspaces::links::Links;

/// A module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) folder: Vec<u8>,
    /// What its import paths begin with.
    pub(super) path: String,
    pub(super) directives: Rc<[Directive]>,
}

impl Module {
    /// The modules that it requires, with their versions.
    pub(super) fn requires(&self) -> impl Iterator<Item = (&str, &str)> {
        let requires = self.directives.iter().filter(|it| it.name == "require");
        requires.filter_map(|it| Some((it.argument(0)?, it.argument(1)?)))
    }
}

/// A workspace: `go.work`.
#[derive(Clone, Debug)]
pub(super) struct Workspace {
    pub(super) folder: Vec<u8>,
    pub(super) directives: Rc<[Directive]>,
    /// The modules that it uses, by place.
    pub(super) modules: Vec<usize>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// In the order of their folders.
    pub(super) modules: Vec<Module>,
    /// In the order of their folders.
    pub(super) workspaces: Vec<Workspace>,
    /// Files that cannot be read.
    pub(super) broken: Vec<(RepoPath, Box<Problem>)>,
    files: BTreeMap<RepoPath, Rc<[Directive]>>,
    /// Where links of the tree lead.
    pub(super) links: Links,
}

/// Whether a path decides which modules there are.
pub(crate) fn decides(path: &[u8]) -> bool {
    let (folder, name) = folders::split(path);
    let is_copy = |name: &[u8]| name == b"testdata" || name == b"vendor";
    matches!(name, b"go.mod" | b"go.work") && !folders::names_of(folder).any(is_copy)
}

/// Whether Go looks for no packages in a folder, from its path below that of its module.
pub(super) fn is_data(folder: &[u8]) -> bool {
    folders::names_of(folder).any(|name| {
        name.starts_with(b"_") || name.starts_with(b".") || name == b"testdata" || name == b"vendor"
    })
}

impl Model {
    /// Reads one side. What did not change since the `other` one was read is not read again.
    ///
    /// # Errors
    /// When the tree cannot be read. What is wrong in a file stands in [`Model::broken`].
    pub(super) fn read(
        tree: &dyn Tree,
        other: Option<(&Self, &ChangeSet)>,
    ) -> Result<Self, Box<Problem>> {
        let links = Links::read(tree).map_err(|error| not_read(&error))?;
        let mut model = Self { links, ..Self::default() };
        let decides = |it: &&Entry| decides(it.path.as_bytes());
        let mut unread: Vec<(&Entry, &Entry)> = Vec::new();
        for entry in tree.entries().iter().filter(decides) {
            if !entry.kind.is_file() {
                unread.extend(model.links.file(tree, entry).map(|file| (entry, file)));
                continue;
            }
            let same = other.filter(|(_, changes)| changes.of(entry.path.as_bytes()).is_none());
            match same.and_then(|(other, _)| other.files.get(&entry.path)) {
                Some(directives) => {
                    model.files.insert(entry.path.clone(), Rc::clone(directives));
                }
                None => unread.push((entry, entry)),
            }
        }
        let files: Vec<&Entry> = unread.iter().map(|(_, file)| *file).collect();
        let contents = tree.read(&files).map_err(|error| not_read(&error))?;
        for ((entry, _), bytes) in unread.into_iter().zip(contents) {
            let path = entry.path.as_bytes();
            let directives = lines::read(path, &bytes).and_then(|directives| {
                let is_module = |it: &Directive| it.name == "module" && it.argument(0).is_some();
                if path.ends_with(b"go.mod") && !directives.iter().any(is_module) {
                    let found = "found no line that begins with `module`";
                    return Err(lines::refused(path, &bytes, 0, found).into());
                }
                Ok(directives)
            });
            match directives {
                Ok(directives) => {
                    model.files.insert(entry.path.clone(), directives.into());
                }
                Err(problem) => model.broken.push((entry.path.clone(), problem)),
            }
        }
        model.arrange();
        Ok(model)
    }

    /// Makes modules and workspaces of the files.
    fn arrange(&mut self) {
        let mut works = Vec::new();
        for (path, directives) in &self.files {
            let (folder, name) = folders::split(path.as_bytes());
            if name == b"go.work" {
                works.push((folder.to_vec(), Rc::clone(directives)));
                continue;
            }
            let module = directives.iter().find(|it| it.name == "module");
            let path = module.and_then(|it| it.argument(0)).unwrap_or_default().to_owned();
            let directives = Rc::clone(directives);
            self.modules.push(Module { folder: folder.to_vec(), path, directives });
        }
        self.modules.sort_by(|one, other| one.folder.cmp(&other.folder));
        let owners = folders::Owners::new(self.modules.iter().map(|it| it.folder.as_slice()));
        for (folder, directives) in works {
            let used = directives.iter().filter(|it| it.name == "use");
            let modules: BTreeSet<usize> = used
                .filter_map(|it| {
                    let path = folders::resolve(&folder, it.argument(0)?.as_bytes())?;
                    owners.at(&self.links.follow(&path)?)
                })
                .collect();
            let modules = modules.into_iter().collect();
            self.workspaces.push(Workspace { folder, directives, modules });
        }
        self.workspaces.sort_by(|one, other| one.folder.cmp(&other.folder));
    }
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    fn read(files: &[(&str, &str)]) -> Model {
        Model::read(&MemoryTree::new(files.iter().copied()).unwrap(), None).unwrap()
    }

    #[test]
    fn a_folder_with_a_file_of_modules_is_one() {
        let model = read(&[
            ("go.mod", "module m\n"),
            ("a/go.mod", "module m/a // x\n"),
            ("a/testdata/go.mod", "module no\n"),
            ("vendor/x/go.mod", "module no\n"),
            ("_x/go.mod", "module x\n"),
            ("b/go.mod", "go 1.22\n"),
        ]);
        let modules: Vec<_> =
            model.modules.iter().map(|it| (it.folder.as_slice(), it.path.as_str())).collect();
        assert_eq!(modules, [(&b""[..], "m"), (b"_x", "x"), (b"a", "m/a")]);
        assert_eq!(model.broken.len(), 1);
    }
}
