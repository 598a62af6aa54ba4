//! Symbolic links in the folders of services: what they lead to is part of the service.
//!
//! A link's contents are the path that it leads to, from the folder that it is in, and a link on the way
//! is followed as well (`path_resolution(7)`). Only links of the repository can be followed: where a
//! path leaves it, or is absolute, nobody knows here what is there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bstr::BString;
use repo_model::{ChangeSet, Entry, Kind, OddLink, Stop, WayEnd, follow};

use super::{Cause, Wanted, folders, is_marker, is_meant, last_part, with_ancestors};
use crate::impact::Node;

/// Where the links of a tree lead, as far as that is known.
#[derive(Clone, Debug, Default)]
pub struct Links(BTreeMap<BString, BString>);

/// A link that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    path: BString,
    /// The links and submodules on its way.
    way: Vec<BString>,
    /// What it leads to.
    end: Option<BString>,
}

/// What the links of a tree mean for its services.
#[derive(Clone, Debug, Default)]
pub(super) struct Followed {
    pub(super) links: Vec<Link>,
    pub(super) odd: Vec<(BString, OddLink)>,
    pub(super) folders: Vec<(BString, BString)>,
}

impl Links {
    /// Adds where the link at `path` leads.
    pub fn add(&mut self, path: &[u8], target: &[u8]) {
        self.0.insert(path.into(), target.into());
    }

    /// The links of `head` that have to be added to know what its services depend on. First those of
    /// the services themselves; if one leads to others, all the others at once, because a question
    /// for each step would be slow.
    pub fn unread<'e>(&self, wanted: &Wanted, head: &'e [Entry]) -> Vec<&'e Entry> {
        let all: Vec<&Entry> = head.iter().filter(|it| it.kind == Kind::Symlink).collect();
        let unread = all.iter().filter(|it| !self.0.contains_key(it.path.as_bytes()));
        if self.0.is_empty() {
            let services = services(wanted, &all, head);
            return unread.filter(|it| services.are_about(it.path.as_bytes())).copied().collect();
        }
        let unread: Vec<&Entry> = unread.copied().collect();
        let is_needed = |path: &BString| match self.follow(head, path).1 {
            WayEnd::At(end) => !below(&unread, &end).is_empty(),
            WayEnd::Odd(_) => false,
            WayEnd::Unread => true,
        };
        if self.0.keys().any(is_needed) { unread } else { Vec::new() }
    }

    /// What the links mean. `services` are the folders of the services.
    pub(super) fn followed(
        &self,
        wanted: &Wanted,
        head: &[Entry],
        services: &BTreeSet<&[u8]>,
    ) -> Followed {
        let mut found = Followed::default();
        let mut marked: Option<BTreeSet<&[u8]>> = None;
        for path in self.0.keys() {
            let (way, end) = self.follow(head, path);
            let is_inside = with_ancestors(path).any(|folder| services.contains(folder));
            let end = match end {
                WayEnd::At(end) => Some(BString::from(end)),
                WayEnd::Odd(odd) => {
                    found.odd.extend(is_inside.then(|| (path.clone(), odd)));
                    None
                }
                WayEnd::Unread => None,
            };
            let is_new = |end: &&BString| !services.contains(end.as_slice());
            if let Some(end) = end.as_ref().filter(is_new)
                && is_meant(wanted, path)
                && marked.get_or_insert_with(|| with_marker(wanted, head)).contains(end.as_slice())
            {
                found.folders.push((path.clone(), end.clone()));
            }
            found.links.push(Link { path: path.clone(), way, end });
        }
        found
    }

    /// Follows a link: what is on its way, and where it ends.
    fn follow(&self, head: &[Entry], link: &[u8]) -> (Vec<BString>, WayEnd) {
        let mut way: Vec<BString> = Vec::new();
        let mut is_begun = false;
        let end = follow(link, |at| match kind(head, at) {
            Some(Kind::Symlink) => {
                // The link itself is where the way begins.
                if is_begun {
                    way.push(at.into());
                }
                is_begun = true;
                self.0.get(at).map_or(Stop::Unread, |contents| Stop::Link(contents))
            }
            Some(Kind::Submodule) => {
                // Its files are in another repository, and change with it.
                way.push(at.into());
                Stop::Other
            }
            Some(Kind::File | Kind::Executable) | None => Stop::Other,
        });
        (way, end)
    }
}

fn kind(head: &[Entry], path: &[u8]) -> Option<Kind> {
    let at = head.binary_search_by(|entry| entry.path.as_bytes().cmp(path)).ok()?;
    head.get(at).map(|entry| entry.kind)
}

/// Those of some sorted entries that lie below a folder.
fn below<'s, 'e>(entries: &'s [&'e Entry], folder: &[u8]) -> &'s [&'e Entry] {
    if folder.is_empty() {
        return entries;
    }
    let first = [folder, b"/"].concat();
    let from = entries.partition_point(|entry| entry.path.as_bytes() < first.as_slice());
    let rest = entries.get(from..).unwrap_or_default();
    let length = rest.partition_point(|entry| entry.path.as_bytes().starts_with(&first));
    rest.get(..length).unwrap_or_default()
}

/// Services whose links are looked for.
struct Looked<'a> {
    wanted: &'a Wanted,
    folders: BTreeSet<&'a [u8]>,
}

impl Looked<'_> {
    /// Whether a link is in a service, or could be taken for one.
    fn are_about(&self, link: &[u8]) -> bool {
        is_meant(self.wanted, link) || with_ancestors(link).any(|it| self.folders.contains(it))
    }
}

fn services<'a>(wanted: &'a Wanted, links: &[&Entry], head: &'a [Entry]) -> Looked<'a> {
    let mut looked = Looked { wanted, folders: BTreeSet::new() };
    if !links.is_empty() {
        let found = folders(wanted, head.iter().map(|entry| entry.path.as_bytes()));
        looked.folders =
            found.into_iter().filter(|(_, it)| *it).map(|(folder, _)| folder).collect();
    }
    looked
}

/// All folders that would be services if a pattern named them.
fn with_marker<'a>(wanted: &Wanted, head: &'a [Entry]) -> BTreeSet<&'a [u8]> {
    let mut found = BTreeSet::new();
    for entry in head {
        let path = entry.path.as_bytes();
        if wanted.markers.is_empty() {
            found.extend(with_ancestors(path));
        } else if is_marker(wanted, last_part(path)) {
            found.extend(with_ancestors(path).next());
        }
    }
    found
}

/// From changes and affected packages through links to the links in services.
pub(super) struct Spread<'s> {
    links: &'s [Link],
    /// The links that have something on their way.
    by_way: BTreeMap<&'s [u8], Vec<usize>>,
    /// The links that lead to a place, as long as none of them was reached through it.
    by_end: BTreeMap<&'s [u8], Vec<usize>>,
    is_reached: Vec<bool>,
    next: VecDeque<(usize, Origin)>,
}

/// Where a way began.
#[derive(Clone, Copy)]
enum Origin {
    Change(usize),
    Package(Node),
}

impl<'s> Spread<'s> {
    pub(super) fn new(links: &'s [Link]) -> Self {
        let (mut by_way, mut by_end) = (BTreeMap::new(), BTreeMap::new());
        for (at, link) in links.iter().enumerate() {
            for place in &link.way {
                by_way.entry(place.as_slice()).or_insert_with(Vec::new).push(at);
            }
            if let Some(place) = &link.end {
                by_end.entry(place.as_slice()).or_insert_with(Vec::new).push(at);
            }
        }
        Self { links, by_way, by_end, is_reached: vec![false; links.len()], next: VecDeque::new() }
    }

    /// Each link that leads to something that changed, with the reason for a service that it is in.
    pub(super) fn run(
        mut self,
        changes: &ChangeSet,
        packages: &[(&[u8], Node)],
        reached: &mut dyn FnMut(&[u8], Cause),
    ) {
        if self.links.is_empty() {
            return;
        }
        for (place, change) in changes.iter().enumerate() {
            let path = change.path.as_bytes();
            // What is on the way counts only for where it leads.
            let links = self.by_way.remove(path).unwrap_or_default();
            self.add(links, Origin::Change(place));
            self.reach(path, Origin::Change(place));
        }
        for (folder, node) in packages {
            self.reach(folder, Origin::Package(*node));
        }
        while let Some((at, origin)) = self.next.pop_front() {
            let Some(link) = self.links.get(at) else { continue };
            let cause = match origin {
                Origin::Change(change) => Cause::Link { change, link: link.path.clone() },
                Origin::Package(node) => Cause::Package(node),
            };
            reached(&link.path, cause);
            // Whoever sees this link sees what it leads to.
            self.reach(&link.path, origin);
        }
    }

    /// The links that lead to a path or to a folder above it.
    fn reach(&mut self, path: &[u8], origin: Origin) {
        let above = std::iter::once(path).chain(with_ancestors(path)).chain([&b""[..]]);
        for place in above {
            if let Some(links) = self.by_end.remove(place) {
                self.add(links, origin);
            }
        }
    }

    fn add(&mut self, links: Vec<usize>, origin: Origin) {
        for link in links {
            if let Some(is_reached) = self.is_reached.get_mut(link).filter(|it| !**it) {
                *is_reached = true;
                self.next.push_back((link, origin));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice as _;
    use proptest::prelude::*;
    use repo_model::{Glob, MemoryTree, Tree as _};

    use super::*;

    /// Files, and links as `path>target`.
    fn tree(words: &str) -> MemoryTree {
        let pairs =
            || words.split_whitespace().map(|word| word.split_once('>').unwrap_or((word, "")));
        let tree = MemoryTree::new(pairs()).unwrap();
        let links = pairs().filter(|(path, _)| words.contains(&format!("{path}>")));
        links.fold(tree, |tree, (path, _)| tree.with_kind(path.as_bytes(), Kind::Symlink))
    }

    fn all_links(tree: &MemoryTree) -> Links {
        let mut links = Links::default();
        let entries: Vec<&Entry> =
            tree.entries().iter().filter(|it| it.kind == Kind::Symlink).collect();
        for (entry, target) in entries.iter().zip(tree.read(&entries).unwrap()) {
            links.add(entry.path.as_bytes(), &target);
        }
        links
    }

    /// What is on the way of the link `s/l`, and where it ends.
    #[track_caller]
    fn check(words: &str, wanted: &str) {
        let tree = tree(words).with_kind(b"sub", Kind::Submodule);
        let links = all_links(&tree);
        let (way, end) = links.follow(tree.entries(), b"s/l");
        let mut told: Vec<String> = way.iter().map(ToString::to_string).collect();
        told.push(match end {
            WayEnd::At(at) => BString::from(at).to_string(),
            WayEnd::Odd(odd) => odd.says().to_owned(),
            WayEnd::Unread => "unread".to_owned(),
        });
        assert_eq!(told.join(", "), wanted);
    }

    #[test]
    fn a_link_is_followed_as_a_system_does() {
        check("s/l>../a/b a/b/c", "a/b");
        check("s/l>.././/a/./b/../c/", "a/c");
        check("s/l>..", "");
        check("s/l>m s/m>../a", "s/m, a");
        // `..` goes up from where a link led to.
        check("s/l>../a/../x a>b/c", "a, b/x");
        check("s/l>../../a", "leads out of the repository");
        check("s/l>../a a>../b", "a, leads out of the repository");
        check("s/l>/etc", "is absolute");
        check("s/l>../a a>/etc", "a, is absolute");
        check("s/l>../sub/x/y sub", "sub, sub/x/y");
        check("s/l>../sub/../x sub", "sub, x");
    }

    #[test]
    fn a_way_without_end_is_none() {
        let odd = |words: &str| {
            let tree = tree(words);
            let links = all_links(&tree);
            matches!(links.follow(tree.entries(), b"s/l").1, WayEnd::Odd(OddLink::Endless))
        };
        assert!(odd("s/l>l"));
        assert!(odd("s/l>../a/x a>b b>a"));
        assert!(odd("s/l>m/m/m s/m>m/m"));
        assert!(odd(&format!("s/l>{}x", "../s/".repeat(3000))));
        let chain = |length: usize| {
            let links = (0..length).map(|at| format!("s/{at}>{}", at + 1));
            format!("s/l>0 {}", links.collect::<Vec<_>>().join(" "))
        };
        assert!(!odd(&chain(39)) && odd(&chain(40)));
    }

    #[test]
    fn only_links_that_count_are_read() {
        let wanted = Wanted {
            folders: vec![Glob::new("s/*").unwrap()],
            markers: vec![Glob::new("m").unwrap()],
            ..Wanted::default()
        };
        let check = |words: &str, rounds: &[&str]| {
            let tree = tree(words);
            let mut links = Links::default();
            let mut told = Vec::new();
            loop {
                let unread = links.unread(&wanted, tree.entries());
                if unread.is_empty() {
                    break;
                }
                let paths: Vec<String> = unread
                    .iter()
                    .map(|it| it.path.as_bytes().to_str_lossy().into_owned())
                    .collect();
                told.push(paths.join(" "));
                for (entry, target) in unread.iter().zip(tree.read(&unread).unwrap()) {
                    links.add(entry.path.as_bytes(), &target);
                }
            }
            assert_eq!(told, rounds, "{words}");
        };
        check("s/a/m x", &[]);
        check("s/a/m x>y s/b/l>../..", &[]);
        check("s/a/m s/a/l>../../x x/y z>s", &["s/a/l"]);
        check("s/a/m s/c>../x x/y z>s", &["s/c"]);
        check("s/a/m s/a/l>../../x x/y/z>w z>s", &["s/a/l", "x/y/z z"]);
        check("s/a/m s/a/l>../../x x>y z>s", &["s/a/l", "x z"]);
        check("s/a/m s/a/l>../../../x x>y", &["s/a/l"]);
    }

    proptest! {
        #[test]
        fn any_links_are_followed_to_an_end(
            targets in proptest::collection::vec("(\\.\\.|[abs/.]){0,6}", 1..9),
        ) {
            let name = |at: usize| format!("{}/{at}", ["s/a", "a", "b", "a/b"][at % 4]);
            let words: Vec<String> =
                targets.iter().enumerate().map(|(at, it)| format!("{}>{it}", name(at))).collect();
            let tree = tree(&words.join(" "));
            let wanted = Wanted { folders: vec![Glob::new("s/*").unwrap()], ..Wanted::default() };
            let mut links = Links::default();
            for _ in 0..2 {
                let unread = links.unread(&wanted, tree.entries());
                for (entry, target) in unread.iter().zip(tree.read(&unread).unwrap()) {
                    links.add(entry.path.as_bytes(), &target);
                }
            }
            prop_assert!(links.unread(&wanted, tree.entries()).is_empty());
            let services = BTreeSet::from([&b"s/a"[..]]);
            let followed = links.followed(&wanted, tree.entries(), &services);
            prop_assert!(followed.links.len() <= targets.len());
        }
    }
}
