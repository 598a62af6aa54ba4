//! Symbolic links, which lead from one path of a repository to another.

use std::collections::BTreeMap;

use repo_model::{Entry, Kind, NotRead, Stop, Tree, WayEnd, entry, follow};

use super::folders;

/// By how many other paths one is reached at most, as far as is told apart.
const MOST_ALIASES: usize = 100;

/// All links of a tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// Each with what it holds.
    texts: BTreeMap<Vec<u8>, Vec<u8>>,
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
        let paths = entries.into_iter().map(|entry| entry.path.as_bytes().to_vec());
        let mut links = Self { texts: paths.zip(contents).collect(), from: BTreeMap::new() };
        let mut from: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for (path, text) in &links.texts {
            let next = folders::resolve(folders::split(path).0, text);
            let end = links.follow(path);
            // A `..` behind another link goes up from where that leads to.
            let is_next = next.as_ref().is_some_and(|next| links.follow(next) == end);
            // No tool follows a link to a folder that it is in itself.
            let to = if is_next { next } else { end };
            if let Some(to) = to.filter(|it| folders::inside(it, path).is_none()) {
                from.entry(to).or_default().push(path.clone());
            }
        }
        links.from = from;
        Ok(links)
    }

    /// The paths of all links, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.texts.keys().map(Vec::as_slice)
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
        self.texts.contains_key(path)
    }

    /// The links that a path goes through, in the order of the way, and where it leads in the end; nothing
    /// where it leaves the repository or comes to no end.
    pub(super) fn way(&self, path: &[u8]) -> Option<(Vec<Vec<u8>>, Vec<u8>)> {
        let mut links = Vec::new();
        if self.texts.is_empty() {
            return Some((links, path.to_vec()));
        }
        let end = follow(path, |at| match self.texts.get(at) {
            Some(text) => {
                links.push(at.to_vec());
                Stop::Link(text)
            }
            None => Stop::Other,
        });
        match end {
            WayEnd::At(end) => Some((links, end)),
            WayEnd::Odd(_) | WayEnd::Unread => None,
        }
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
        self.way(path).map(|(_, end)| end)
    }
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    #[test]
    fn a_path_is_followed_through_links() {
        let links = [
            ("a/x", "../b"),
            ("b", "c/d"),
            ("loop", "loop/x"),
            ("out", "../.."),
            ("abs", "/"),
            ("up", "b/../e"),
        ];
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
        // `..` goes up from where a link leads to.
        check(b"up/f", Some(b"c/e/f"));
        let way = (vec![b"a/x".to_vec(), b"b".to_vec()], b"c/d/f".to_vec());
        assert_eq!(links.way(b"a/x/f"), Some(way));
        assert_eq!(links.aliases(b"c/e/f"), (vec![b"up/f".to_vec()], false));
        assert_eq!(links.aliases(b"c/d/f"), (vec![b"b/f".to_vec(), b"a/x/f".to_vec()], false));
        assert_eq!(links.aliases(b"loop/y"), (vec![], false));
        assert_eq!(links.paths().count(), 6);
    }
}
