//! Which modules of the repository each module gets by which path.
//!
//! Only the main module's `replace` counts (<https://go.dev/ref/mod#go-mod-file-replace>), or those of a
//! workspace: a module that is used by another one may be built with others of the repository than
//! by itself. Where several main modules do so differently, a module needs all of these.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::Directive;
use super::model::Model;
use crate::workspaces::folders;

/// Modules by the paths that lead to them.
type Paths = BTreeMap<String, usize>;

/// How many words of [`Bits`] may be kept, and how many looked at, to tell apart what each module gets
/// through others. Beyond that each gets what any module does.
const MOST_WORDS: usize = 1_000_000;
const MOST_STEPS: usize = 20_000_000;

/// What each module finds in the repository.
#[derive(Debug, Default)]
pub(super) struct Local {
    modules: Vec<Own>,
    workspaces: Vec<Paths>,
    /// Every path and the module that it leads to from somewhere, sorted; [`Bits`] are places in it.
    all: Vec<(String, usize)>,
}

#[derive(Debug, Default)]
struct Own {
    /// What it finds itself.
    paths: Paths,
    /// The workspaces that use it.
    workspaces: Vec<usize>,
    /// The paths of modules that it asks for or replaces.
    asked: BTreeSet<String>,
    /// What it finds for others that use it, and not by itself.
    through: Through,
}

#[derive(Debug, Default)]
enum Through {
    #[default]
    Nothing,
    Some(Bits),
    /// Too much to tell apart.
    Anything,
}

impl Local {
    /// Reads what the modules say. A workspace gives all its modules to each other, and what one of
    /// them replaces is replaced for all (<https://go.dev/ref/mod#workspaces>).
    pub(super) fn read(model: &Model) -> Self {
        let owners = folders::Owners::new(model.modules.iter().map(|it| it.folder.as_slice()));
        let replaced = |folder: &[u8], directives: &[Directive]| -> Paths {
            let replaces = directives.iter().filter(|it| it.name == "replace");
            let local = replaces.filter_map(|it| {
                let arrow = it.arguments.iter().position(|word| word == "=>")?;
                let target = it.argument(arrow + 1)?;
                let is_folder = target.starts_with("./") || target.starts_with("../");
                let is_folder = is_folder || matches!(target, "." | "..");
                let target = folders::resolve(folder, target.as_bytes()).filter(|_| is_folder)?;
                let target = model.links.follow(&target)?;
                Some((it.argument(0)?.to_owned(), owners.at(&target)?))
            });
            local.collect()
        };
        let asked = |directives: &[Directive]| -> BTreeSet<String> {
            let asks = |it: &&Directive| it.name == "require" || it.name == "replace";
            let asked = directives.iter().filter(asks);
            asked.filter_map(|it| it.argument(0).map(str::to_owned)).collect()
        };
        let mut local = Self::default();
        for (at, module) in model.modules.iter().enumerate() {
            let mut paths = replaced(&module.folder, &module.directives);
            paths.insert(module.path.clone(), at);
            let asked = asked(&module.directives);
            local.modules.push(Own { paths, asked, ..Own::default() });
        }
        for (at, workspace) in model.workspaces.iter().enumerate() {
            let mut shared = Paths::new();
            for module in &workspace.modules {
                if let Some(own) = local.modules.get_mut(*module) {
                    shared.extend(own.paths.iter().map(|(path, at)| (path.clone(), *at)));
                    own.workspaces.push(at);
                }
            }
            shared.extend(replaced(&workspace.folder, &workspace.directives));
            local.workspaces.push(shared);
        }
        local.find_through();
        local
    }

    /// What a module finds by itself: its own, then what it shares.
    fn paths_of(&self, module: usize) -> impl Iterator<Item = &Paths> {
        let own = self.modules.get(module);
        let workspaces = own.into_iter().flat_map(|own| &own.workspaces);
        let shared = workspaces.filter_map(|at| self.workspaces.get(*at));
        own.map(|own| &own.paths).into_iter().chain(shared)
    }

    /// Finds what each module gets through others: what those find who use it, and so on.
    fn find_through(&mut self) {
        let paths = self.modules.iter().map(|own| &own.paths).chain(&self.workspaces);
        let all: BTreeSet<(&String, usize)> =
            paths.flatten().map(|(path, at)| (path, *at)).collect();
        self.all = all.into_iter().map(|(path, at)| (path.clone(), at)).collect();
        let carried = self.carried();
        let own = |(at, own): (usize, &mut Own)| {
            own.through = match &carried {
                None => Through::Anything,
                Some(carried) => carried.get(at).map_or(Through::Nothing, |bits| match bits {
                    Bits(words) if words.iter().all(|word| *word == 0) => Through::Nothing,
                    bits => Through::Some(bits.clone()),
                }),
            };
        };
        self.modules.iter_mut().enumerate().for_each(own);
    }

    /// What others hand on to each module, without what it finds by itself; nothing where that is too
    /// much.
    fn carried(&self) -> Option<Vec<Bits>> {
        let width = self.all.len().div_ceil(64);
        if width.saturating_mul(self.modules.len()) > MOST_WORDS {
            return None;
        }
        let own = |module: usize| {
            let mut bits = Bits(vec![0; width]);
            for (path, at) in self.paths_of(module).flatten() {
                let order = |it: &(String, usize)| (&it.0, it.1).cmp(&(path, *at));
                if let Ok(place) = self.all.binary_search_by(order) {
                    bits.set(place);
                }
            }
            bits
        };
        let own: Vec<Bits> = (0..self.modules.len()).map(own).collect();
        let mut carried = own.clone();
        let mut steps = 0;
        let mut next: BTreeSet<usize> = (0..self.modules.len()).collect();
        while let Some(from) = next.pop_first() {
            let (Some(asking), Some(bits)) = (self.modules.get(from), carried.get(from).cloned())
            else {
                continue;
            };
            let asked = asking.asked.iter().flat_map(|path| self.leading(path));
            let used: BTreeSet<usize> =
                asked.filter(|(place, _)| bits.has(*place)).map(|(_, at)| at).collect();
            steps += asking.asked.len();
            for at in used {
                steps += width;
                if carried.get_mut(at).is_some_and(|carried| carried.add(&bits)) {
                    next.insert(at);
                }
            }
            if steps > MOST_STEPS {
                return None;
            }
        }
        carried.iter_mut().zip(&own).for_each(|(carried, own)| carried.remove(own));
        Some(carried)
    }

    /// To which modules a path leads from anywhere, each with its place in [`Self::all`].
    fn leading(&self, path: &str) -> impl Iterator<Item = (usize, usize)> {
        let from = self.all.partition_point(|it| it.0.as_str() < path);
        let same = self.all.iter().enumerate().skip(from).take_while(move |(_, it)| it.0 == path);
        same.map(|(place, it)| (place, it.1))
    }

    /// The module that another one gets by exactly this path.
    pub(super) fn module(&self, from: usize, path: &str) -> Option<usize> {
        self.paths_of(from).find_map(|paths| paths.get(path).copied())
    }

    /// The module that has the package of an import path, and the folder of the package in it: that of
    /// the longest path.
    pub(super) fn package<'p>(&self, from: usize, import: &'p str) -> Option<(usize, &'p str)> {
        prefixes(import).find_map(|path| Some((self.module(from, path)?, rest(import, path))))
    }

    /// The same, and what it is for others that use the module.
    pub(super) fn packages<'p>(&self, from: usize, import: &'p str) -> Vec<(usize, &'p str)> {
        let mut found: Vec<_> = self.package(from, import).into_iter().collect();
        let through = self.modules.get(from).map_or(&Through::Nothing, |own| &own.through);
        let is_handed_on = |place: usize| match through {
            Through::Nothing => false,
            Through::Some(bits) => bits.has(place),
            Through::Anything => true,
        };
        if !matches!(through, Through::Nothing) {
            let handed_on = |path| {
                let leading = self.leading(path).filter(|(place, _)| is_handed_on(*place));
                leading.map(|(_, at)| (at, rest(import, path))).collect::<Vec<_>>()
            };
            found.extend(
                prefixes(import).map(handed_on).find(|it| !it.is_empty()).into_iter().flatten(),
            );
        }
        found
    }

    /// Whether an import comes from outside of the repository and of Go itself, whose own paths have no
    /// dot in their first part (<https://go.dev/ref/mod#module-path>); a module that is asked for may
    /// have none either.
    pub(super) fn is_foreign(&self, from: usize, import: &str) -> bool {
        let has_dot = import.split('/').next().is_some_and(|first| first.contains('.'));
        let asked = |own: &Own| prefixes(import).any(|path| own.asked.contains(path));
        (has_dot || self.modules.get(from).is_some_and(asked))
            && self.package(from, import).is_none()
    }

    /// Whether the same versions are selected for two modules.
    pub(super) fn share_versions(&self, one: usize, other: usize) -> bool {
        let of = |at: usize| self.modules.get(at).map(|own| own.workspaces.as_slice());
        let both = (of(one).unwrap_or_default(), of(other).unwrap_or_default());
        one == other || both.0.iter().any(|at| both.1.contains(at))
    }
}

/// An import path and those above it.
fn prefixes(import: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(import), |path| Some(path.rsplit_once('/')?.0))
}

/// What follows `path` in an import path.
fn rest<'p>(import: &'p str, path: &str) -> &'p str {
    let rest = import.get(path.len()..).unwrap_or_default();
    rest.strip_prefix('/').unwrap_or(rest)
}

/// A set of small numbers.
#[derive(Clone, Debug)]
struct Bits(Vec<u64>);

impl Bits {
    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }

    fn set(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// Adds those of another one; whether there were any new ones.
    fn add(&mut self, other: &Self) -> bool {
        let mut is_new = false;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            is_new |= other & !*word != 0;
            *word |= other;
        }
        is_new
    }

    fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    fn read(files: &[(&str, &str)]) -> Local {
        let tree = MemoryTree::new(files.iter().copied()).unwrap();
        Local::read(&Model::read(&tree, None).unwrap())
    }

    #[test]
    fn modules_are_found_by_replacing_and_in_workspaces() {
        let local = read(&[
            ("a/go.mod", "module m/a\nreplace m/b v1.0.0 => ../b\nreplace m/x => m/c v1\n"),
            ("b/go.mod", "module m/b\n"),
            ("c/go.mod", "module m/c\n"),
            ("d/go.mod", "module m/d\nreplace other => ../a/\n"),
            ("go.work", "go 1.22\nuse (\n\t./c\n\td\n\t./missing\n)\nreplace m/e => ./b\n"),
        ]);
        assert_eq!(local.module(0, "m/b"), Some(1));
        assert_eq!((local.module(0, "m/x"), local.module(0, "m/c")), (None, None));
        assert_eq!((local.module(2, "m/d"), local.module(2, "other")), (Some(3), Some(0)));
        assert_eq!((local.module(3, "m/e"), local.module(1, "m/a")), (Some(1), None));
        assert_eq!(local.package(2, "m/d/x/y"), Some((3, "x/y")));
        assert_eq!(local.package(2, "m/d"), Some((3, "")));
        assert_eq!(local.package(2, "fmt"), None);
        assert_eq!((local.share_versions(2, 3), local.share_versions(0, 1)), (true, false));
    }

    #[test]
    fn what_the_main_module_replaces_counts_for_whom_it_uses() {
        let local = read(&[
            ("a/go.mod", "module m/a\nrequire m/b v1\nreplace m/b => ../b\nreplace m/d => ../d\n"),
            ("b/go.mod", "module m/b\nrequire m/c v1\nrequire m/d v1\nreplace m/c => ../c\n"),
            ("c/go.mod", "module m/c\nrequire m/d v1\n"),
            ("d/go.mod", "module m/d\n"),
            ("e/go.mod", "module m/e\nrequire m/d v1\nreplace m/c => ../d\n"),
        ]);
        assert_eq!((local.package(1, "m/d/x"), local.packages(1, "m/d/x")), (None, vec![(3, "x")]));
        // As `a` uses `c` too.
        assert_eq!(local.packages(2, "m/d"), [(3, "")]);
        // Of several main modules each counts.
        assert_eq!(local.packages(3, "m/c"), [(2, ""), (3, "")]);
        assert_eq!(local.packages(0, "m/c"), []);
        assert_eq!(local.packages(4, "m/d"), []);
        assert_eq!(local.packages(0, "m/d"), [(3, "")]);
    }

    #[test]
    fn a_module_without_a_dot_is_foreign_where_it_is_asked_for() {
        let local = read(&[("go.mod", "module m\nrequire (\n\tcorp/lib v1\n\tm/b v1\n)\n")]);
        let check = |path: &str, wanted: bool| assert_eq!(local.is_foreign(0, path), wanted);
        check("corp/lib/x", true);
        check("x.org/x", true);
        check("corp", false);
        check("encoding/json", false);
        check("m/a", false);
    }
}
