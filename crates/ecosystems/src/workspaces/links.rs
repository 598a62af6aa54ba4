//! Symbolic links, which lead from one path of a repository to another.

use std::collections::BTreeMap;

use repo_model::{Entry, Kind, NotRead, Tree, entry};

use super::folders;

/// How many links one path goes through at most: the limit of Linux
/// (<https://man7.org/linux/man-pages/man7/path_resolution.7.html>). More is a loop.
const MOST_LINKS: usize = 40;

/// By how many other paths one is reached at most, as far as is told apart.
const MOST_ALIASES: usize = 100;

/// All links of a tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// Each with where it leads; nothing for those that leave the repository.
    to: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Those that lead to each path.
    from: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
}

impl Links {
    /// Reads all links of a tree.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn read(tree: &dyn Tree) -> Result<Self, NotRead> {
        let is_link = |it: &&Entry| it.kind == Kind::Symlink;
        let entries: Vec<&Entry> = tree.entries().iter().filter(is_link).collect();
        if entries.is_empty() {
            return Ok(Self::default());
        }
        let contents = tree.read(&entries)?;
        let mut links = Self::default();
        for (entry, target) in entries.into_iter().zip(contents) {
            let path = entry.path.as_bytes();
            let target = folders::resolve(folders::split(path).0, &target);
            // No tool follows a link to a folder that it is in itself.
            if let Some(target) = target.as_ref().filter(|it| folders::inside(it, path).is_none()) {
                links.from.entry(target.clone()).or_default().push(path.to_vec());
            }
            links.to.insert(path.to_vec(), target);
        }
        Ok(links)
    }

    /// The paths of all links, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.to.keys().map(Vec::as_slice)
    }

    /// The file that has the contents of an entry: itself, or what it leads to.
    pub(super) fn file<'t>(&self, tree: &'t dyn Tree, of: &'t Entry) -> Option<&'t Entry> {
        if of.kind.is_file() {
            return Some(of);
        }
        let path = self.follow(of.path.as_bytes()).filter(|_| of.kind == Kind::Symlink)?;
        entry(tree, &path).filter(|it| it.kind.is_file())
    }

    /// Whether a path is a link.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        self.to.contains_key(path)
    }

    /// The first link that a path goes through, from the root on; maybe the path itself.
    pub(super) fn first<'p>(&self, path: &'p [u8]) -> Option<&'p [u8]> {
        if self.to.is_empty() {
            return None;
        }
        let links = folders::upwards(path).filter(|folder| self.to.contains_key(*folder));
        links.last()
    }

    /// A path, and what it becomes by each link in it, up to one without links; nothing where it leaves
    /// the repository or comes to no end.
    pub(super) fn steps(&self, path: &[u8]) -> Vec<Vec<u8>> {
        let mut steps = vec![path.to_vec()];
        while let Some(path) = steps.last()
            && let Some(link) = self.first(path)
        {
            let rest = folders::inside(link, path).unwrap_or_default();
            match self.to.get(link) {
                Some(Some(target)) if steps.len() <= MOST_LINKS => {
                    let path = folders::join(target, rest);
                    steps.push(path);
                }
                Some(_) | None => return Vec::new(),
            }
        }
        steps
    }

    /// By which other paths a path is reached, and whether there are more.
    pub(super) fn aliases(&self, path: &[u8]) -> (Vec<Vec<u8>>, bool) {
        let mut aliases: Vec<Vec<u8>> = Vec::new();
        if self.from.is_empty() {
            return (aliases, false);
        }
        let mut next = Some(path.to_vec());
        let mut read = 0;
        while let Some(path) = next {
            for folder in folders::upwards(&path) {
                let inner = folders::inside(folder, &path).unwrap_or_default();
                for link in self.from.get(folder).into_iter().flatten() {
                    let alias = folders::join(link, inner);
                    if aliases.len() >= MOST_ALIASES {
                        return (aliases, true);
                    }
                    if !aliases.contains(&alias) {
                        aliases.push(alias);
                    }
                }
            }
            next = aliases.get(read).cloned();
            read += 1;
        }
        (aliases, false)
    }

    /// A path without links, if it stays in the repository.
    pub(super) fn follow(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.steps(path).pop()
    }
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    #[test]
    fn a_path_is_followed_through_links() {
        let links =
            [("a/x", "../b"), ("b", "c/d"), ("loop", "loop/x"), ("out", "../.."), ("abs", "/")];
        let mut tree = MemoryTree::new(links).unwrap();
        for (path, _) in links {
            tree = tree.with_kind(path.as_bytes(), Kind::Symlink);
        }
        let links = Links::read(&tree).unwrap();
        let check = |path: &[u8], wanted: Option<&[u8]>| {
            assert_eq!(links.follow(path).as_deref(), wanted);
        };
        check(b"a/x/f", Some(b"c/d/f"));
        check(b"a/y", Some(b"a/y"));
        check(b"b", Some(b"c/d"));
        check(b"loop/y", None);
        check(b"out/y", None);
        check(b"abs", None);
        assert_eq!(links.steps(b"a/x/f"), [&b"a/x/f"[..], b"b/f", b"c/d/f"]);
        assert_eq!(links.aliases(b"c/d/f"), (vec![b"b/f".to_vec(), b"a/x/f".to_vec()], false));
        assert_eq!(links.aliases(b"loop/y"), (vec![], false));
        assert_eq!((links.first(b"a/x/f"), links.paths().count()), (Some(&b"a/x"[..]), 5));
    }
}
