//! Copies of other modules' packages: the folder `vendor` beside a `go.mod` or `go.work`.
//!
//! A package below it has its import path for a folder, and `modules.txt` says of which module and
//! version each is (<https://go.dev/ref/mod#vendoring>). A copy concerns those whose imports reach it,
//! also through other copies. A folder called `vendor` elsewhere means nothing to Go.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bstr::ByteSlice as _;
use repo_model::{Change, Entry, NotRead, Tree, below, entry};

use super::source;
use super::touches::MOST_CAUSES;
use crate::workspaces::Sides;
use crate::workspaces::folders::{self, is_for_people};

/// How many changes of one copy are told apart.
const MOST_OF_ONE: usize = 2;

/// The list of copies.
const LIST: &[u8] = b"modules.txt";

/// The folder of copies that a path is or lies in, where a module or workspace is above that.
pub(super) fn folder<'p>(path: &'p [u8], is_root: &dyn Fn(&[u8]) -> bool) -> Option<&'p [u8]> {
    let of_copies = folders::upwards(path).filter(|folder| {
        let (above, name) = folders::split(folder);
        name == b"vendor" && is_root(above)
    });
    of_copies.last()
}

/// What of the copies in one folder a change concerns.
#[derive(Debug, Default)]
pub(super) struct Reached<'c> {
    /// The copies, by import path: each with some changes, and the copy that changed, which is another
    /// one where it is only reached.
    pub(super) copies: BTreeMap<String, Vec<(&'c Change, String)>>,
    /// Changes that may concern every copy.
    pub(super) all: Vec<&'c Change>,
    /// The import paths of all copies.
    pub(super) names: BTreeSet<String>,
}

/// Looks into the copies in `folder`, of which `changes` are some.
pub(super) fn reached<'c>(sides: &Sides<'_>, folder: &[u8], changes: &[&'c Change]) -> Reached<'c> {
    let mut reached = Reached::default();
    let name = |path: &[u8]| {
        let inner = folders::inside(folder, folders::split(path).0).unwrap_or_default();
        inner.to_str_lossy().into_owned()
    };
    let is_source = |path: &[u8]| path.ends_with(b".go");
    let sources = below(sides.head, folder).iter();
    let sources = sources.filter(|it| it.kind.is_file() && is_source(it.path.as_bytes()));
    let sources: Vec<&Entry> = sources.collect();
    reached.names = sources.iter().map(|it| name(it.path.as_bytes())).collect();
    let paths = changes.iter().map(|it| it.path.as_bytes());
    reached.names.extend(paths.filter(|path| is_source(path)).map(name));
    // Sources first, because those are the last that somebody would ignore.
    let (first, other): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|it| is_source(it.path.as_bytes()));
    for change in first.into_iter().chain(other) {
        let path = change.path.as_bytes();
        if folders::inside(folder, path) == Some(LIST) {
            match listed(sides, change) {
                Ok(Some(names)) => {
                    for name in names {
                        reached.copies.entry(name.clone()).or_default().push((change, name));
                    }
                }
                Ok(None) | Err(_) => reached.everything(change),
            }
            continue;
        }
        let own = name(path);
        let above = folders::upwards(own.as_bytes()).filter_map(|it| it.to_str().ok());
        let mut copies = above.filter(|name| reached.names.contains(*name));
        if let Some(name) = copies.next() {
            let causes = reached.copies.entry(name.to_owned()).or_default();
            if causes.len() < MOST_OF_ONE {
                causes.push((change, name.to_owned()));
            }
        } else if !is_for_people(folders::split(path).1) {
            reached.everything(change);
        }
    }
    if reached.copies.is_empty() {
        return reached;
    }
    let Ok(importing) = importing(sides.head, &sources, &name) else {
        for change in changes {
            reached.everything(change);
        }
        return reached;
    };
    let mut next: VecDeque<String> = reached.copies.keys().cloned().collect();
    while let Some(copy) = next.pop_front() {
        let Some(causes) = reached.copies.get(&copy).cloned() else { continue };
        for importing in importing.get(&copy).into_iter().flatten() {
            let known = reached.copies.entry(importing.clone()).or_default();
            let length = known.len();
            for cause in &causes {
                if known.len() < MOST_CAUSES && !known.contains(cause) {
                    known.push(cause.clone());
                }
            }
            if known.len() > length {
                next.push_back(importing.clone());
            }
        }
    }
    reached
}

impl<'c> Reached<'c> {
    /// That a change may concern every copy.
    fn everything(&mut self, change: &'c Change) {
        if self.all.len() < MOST_CAUSES {
            self.all.push(change);
        }
    }
}

/// Which copies import each path.
fn importing(
    head: &dyn Tree,
    sources: &[&Entry],
    name: &dyn Fn(&[u8]) -> String,
) -> Result<BTreeMap<String, BTreeSet<String>>, NotRead> {
    let mut importing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (entry, bytes) in sources.iter().zip(head.read(sources)?) {
        for import in source::read(&bytes).imports {
            importing.entry(import).or_default().insert(name(entry.path.as_bytes()));
        }
    }
    Ok(importing)
}

/// The copies of modules that a list says something else of than before; nothing where that may be all.
fn listed(sides: &Sides<'_>, change: &Change) -> Result<Option<BTreeSet<String>>, NotRead> {
    let read = |tree: Option<&dyn Tree>| -> Result<List, NotRead> {
        let entry = tree.and_then(|tree| Some((tree, entry(tree, change.path.as_bytes())?)));
        let Some((tree, entry)) = entry.filter(|(_, it)| it.kind.is_file()) else {
            return Ok(List::default());
        };
        let bytes = tree.read(&[entry])?.pop().unwrap_or_default();
        Ok(list(&bytes.to_str_lossy()))
    };
    let (old, new) = (read(sides.base)?, read(Some(sides.head))?);
    if old.head != new.head {
        return Ok(None);
    }
    let differing = [(&old, &new), (&new, &old)].into_iter().flat_map(|(one, other)| {
        let modules = one.modules.iter();
        modules.filter(|(name, module)| other.modules.get(*name) != Some(*module))
    });
    Ok(Some(differing.flat_map(|(_, module)| module.packages.iter().cloned()).collect()))
}

/// What `modules.txt` says.
#[derive(Debug, Default, PartialEq, Eq)]
struct List {
    /// What stands above all modules: `## workspace`.
    head: Vec<String>,
    modules: BTreeMap<String, Listed>,
}

/// A module, by its name in a [`List`].
#[derive(Debug, Default, PartialEq, Eq)]
struct Listed {
    /// Its version and what replaces it, and with which Go it is built. That a `go.mod` asks for it by
    /// itself (`explicit`) is left out: that is for comparing both.
    says: Vec<String>,
    packages: BTreeSet<String>,
}

fn list(text: &str) -> List {
    let mut list = List::default();
    let mut module: Option<String> = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(remark) = line.strip_prefix("## ") {
            let words = remark.split(';').map(str::trim).filter(|word| *word != "explicit");
            let words = words.map(str::to_owned);
            match module.as_ref().and_then(|name| list.modules.get_mut(name)) {
                Some(listed) => listed.says.extend(words),
                None => list.head.extend(words),
            }
        } else if let Some(says) = line.strip_prefix("# ") {
            let (name, rest) = says.split_once(' ').unwrap_or((says, ""));
            let listed = list.modules.entry(name.to_owned()).or_default();
            listed.says.push(rest.to_owned());
            module = Some(name.to_owned());
        } else {
            match module.as_ref().and_then(|name| list.modules.get_mut(name)) {
                Some(listed) => drop(listed.packages.insert(line.to_owned())),
                None => list.head.push(line.to_owned()),
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn copies_lie_beside_a_module() {
        let is_root = |folder: &[u8]| matches!(folder, b"" | b"a");
        let check = |path: &[u8], wanted: Option<&[u8]>| assert_eq!(folder(path, &is_root), wanted);
        check(b"vendor/x/y.go", Some(b"vendor"));
        check(b"vendor/x/vendor/y.go", Some(b"vendor"));
        check(b"a/vendor/modules.txt", Some(b"a/vendor"));
        check(b"a/b/vendor/x.go", None);
        // A submodule, say.
        check(b"vendor", Some(b"vendor"));
        check(b"a/vendored/x.go", None);
    }

    #[test]
    fn a_list_is_modules_and_their_packages() {
        let read = list("# a v1\n## explicit; go 1.20\na\na/b\n# c v1 => ../c\n\n# c => ../d\n");
        assert_eq!(read.modules["a"].says, ["v1", "go 1.20"]);
        assert_eq!(read.modules["a"].packages.len(), 2);
        assert_eq!(read.modules["c"].says, ["v1 => ../c", "=> ../d"]);
        assert_eq!(list("## workspace\nx\n# a v1\n").head, ["workspace", "x"]);
    }

    proptest! {
        #[test]
        fn any_text_is_a_list(text in "[#a-c v1.;\n]{0,60}") {
            prop_assert_eq!(list(&text), list(&text.replace('\n', "\r\n\n")));
        }
    }
}
