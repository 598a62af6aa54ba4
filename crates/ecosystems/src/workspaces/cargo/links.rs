//! Symbolic links within the repository. Cargo and rustc follow them wherever they open a file: a folder
//! of a member or of a dependency, a manifest, a page that is included.
//!
//! Where a link leads is read of the head alone: one that changes is itself a change.

use std::borrow::Cow;
use std::collections::BTreeMap;

use repo_model::{Change, ChangeSet, Entry, Kind, NotRead, RepoPath, Tree, entry};

use super::layout::{MANIFEST, name_of};

/// The links of a tree.
#[derive(Debug, Default)]
pub(super) struct Links {
    texts: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Each link that stays in the repository, and where it leads in the end.
    leads: Vec<(Vec<u8>, Vec<u8>)>,
}

/// How many links one path may go through, as for Linux (`path_resolution(7)`).
const MOST: usize = 40;

/// How many names one path may go through, those of its links among them.
const MOST_NAMES: usize = 1000;

/// The longest text of a link that is followed.
const LONGEST: usize = 4096;

/// The changes of a repository, with those that are seen through links.
pub(super) struct Seen<'a> {
    /// Each change, and once more under the name of a manifest that is a link to it.
    pub(super) changes: Cow<'a, ChangeSet>,
    /// The changed paths behind these names.
    real: BTreeMap<RepoPath, RepoPath>,
}

impl Links {
    /// The links of the tree.
    ///
    /// # Errors
    /// When it cannot be had where one leads.
    pub(super) fn of(tree: &dyn Tree) -> Result<Self, NotRead> {
        let links = tree.entries().iter().filter(|entry| entry.kind == Kind::Symlink);
        let links: Vec<&Entry> = links.collect();
        let texts = tree.read(&links)?;
        let pairs = links.iter().zip(texts).filter(|(_, text)| text.len() <= LONGEST);
        let texts = pairs.map(|(link, text)| (link.path.as_bytes().to_vec(), text)).collect();
        let mut links = Self { texts, leads: Vec::new() };
        let leads = links.texts.keys().filter_map(|it| Some((it.clone(), links.resolve(it)?)));
        links.leads = leads.collect();
        Ok(links)
    }

    /// Where a path leads when every link on the way is followed; nothing if that is outside of the
    /// repository, or nowhere.
    pub(super) fn resolve(&self, path: &[u8]) -> Option<Vec<u8>> {
        if self.texts.is_empty() {
            return Some(path.to_vec());
        }
        let mut here: Vec<u8> = Vec::new();
        let mut rest: Vec<&[u8]> = path.rsplit(|byte| *byte == b'/').collect();
        let (mut followed, mut names) = (0, 0);
        while let Some(part) = rest.pop() {
            names += 1;
            if names > MOST_NAMES {
                return None;
            }
            match part {
                b"" | b"." => continue,
                b".." if here.is_empty() => return None,
                b".." => {
                    let slash = here.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                    here.truncate(slash);
                    continue;
                }
                _ => {}
            }
            let before = here.len();
            if before > 0 {
                here.push(b'/');
            }
            here.extend_from_slice(part);
            if let Some(text) = self.texts.get(&here) {
                followed += 1;
                if followed > MOST || text.starts_with(b"/") {
                    return None;
                }
                here.truncate(before);
                rest.extend(text.rsplit(|byte| *byte == b'/'));
            }
        }
        Some(here)
    }

    /// Each link, and where it leads in the end, for those that stay in the repository.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.leads.iter().map(|(link, leads)| (link.as_slice(), leads.as_slice()))
    }

    /// The file at a path, behind links if need be.
    pub(super) fn file<'a>(&self, tree: &'a dyn Tree, path: &[u8]) -> Option<&'a Entry> {
        let is_file = |entry: &&Entry| entry.kind.is_file();
        let here = entry(tree, path).filter(is_file);
        here.or_else(|| entry(tree, &self.resolve(path)?).filter(is_file))
    }

    /// The changes as they are seen through manifests that are links.
    pub(super) fn seen<'a>(&self, changes: &'a ChangeSet) -> Seen<'a> {
        let manifests = self.iter().filter(|(link, _)| name_of(link) == MANIFEST);
        let through = |(link, leads): (&[u8], &[u8])| {
            let change = changes.of(leads)?;
            let is_new = changes.of(link).is_none();
            let path = RepoPath::of_git(link).ok().filter(|_| is_new)?;
            Some((Change { path, ..change.clone() }, change.path.clone()))
        };
        let through: Vec<(Change, RepoPath)> = manifests.filter_map(through).collect();
        if through.is_empty() {
            return Seen { changes: Cow::Borrowed(changes), real: BTreeMap::new() };
        }
        let real = through.iter().map(|(seen, real)| (seen.path.clone(), real.clone())).collect();
        let all = changes.iter().cloned().chain(through.into_iter().map(|(change, _)| change));
        Seen { changes: Cow::Owned(ChangeSet::new(all.collect())), real }
    }
}

impl Seen<'_> {
    /// The changed path behind one that may be seen through a link.
    pub(super) fn real(&self, path: RepoPath) -> RepoPath {
        self.real.get(&path).cloned().unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use repo_model::MemoryTree;

    use super::*;

    fn links(texts: &[(&str, &str)]) -> Links {
        let mut tree = MemoryTree::new(texts.iter().copied()).unwrap();
        for (path, _) in texts {
            tree = tree.with_kind(path.as_bytes(), Kind::Symlink);
        }
        Links::of(&tree).unwrap()
    }

    #[track_caller]
    fn check(texts: &[(&str, &str)], path: &str, wanted: Option<&str>) {
        let found = links(texts).resolve(path.as_bytes());
        assert_eq!(found.as_deref(), wanted.map(str::as_bytes), "{path}");
    }

    #[test]
    fn every_link_on_the_way_is_followed() {
        check(&[], "a/b", Some("a/b"));
        check(&[("a/b", "../c")], "a/b/d", Some("c/d"));
        check(&[("a/b", "../c")], "a/bb", Some("a/bb"));
        check(&[("a/b", "../c"), ("c", "d/e")], "a/b", Some("d/e"));
        check(&[("a", "b/c"), ("b/c", "../x/y")], "a/../z", Some("x/z"));
        check(&[("a", ".")], "a/a/b", Some("b"));
        check(&[("a", "..")], "a", None);
        check(&[("a", "/etc")], "a/b", None);
        check(&[("a", "b"), ("b", "a")], "a", None);
        check(&[("a", "")], "a/b", Some("b"));
    }

    #[test]
    fn a_link_that_multiplies_ends() {
        let many = "a/".repeat(2000);
        check(&[("a", &many)], "a", None);
    }

    proptest! {
        #[test]
        fn any_links_are_followed_to_an_end(
            texts in proptest::collection::btree_map("[ab](/[ab]){0,2}", "([ab.]|\\.\\.|/){0,5}", 0..5),
            path in "([ab]|\\.\\.|/){0,6}",
        ) {
            let pairs: Vec<(&str, &str)> = texts.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            let links = links(&pairs);
            if let Some(found) = links.resolve(path.as_bytes()) {
                prop_assert_eq!(links.resolve(&found), Some(found));
            }
        }
    }
}
