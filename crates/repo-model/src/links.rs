//! Symbolic links within a repository, followed as a system follows them (`path_resolution(7)`): what a
//! link holds is a path from the folder that it is in, and a link on the way is followed as well.
//!
//! Only links of the repository can be followed: where a path leaves it, or is absolute, nobody knows
//! here what is there.

/// How many links one path goes through at most: the limit of Linux. More is a loop.
const MOST_LINKS: usize = 40;

/// How long a link's contents may be, in bytes, and how many parts one way may have, those of its links
/// included: `PATH_MAX` of Linux (limits.h).
const LONGEST: usize = 4096;

/// What stands at a path on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop<'t> {
    /// A link with these contents.
    Link(&'t [u8]),
    /// A link of which nobody knows yet what it holds.
    Unread,
    /// Something else, or nothing.
    Other,
}

/// Where a way ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayEnd {
    /// At this path, which goes through no link. Whether something is there is another question.
    At(Vec<u8>),
    /// Nowhere in the repository.
    Odd(OddLink),
    /// At a link that is [`Stop::Unread`].
    Unread,
}

/// Why a link cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OddLink {
    /// It leads to an absolute path.
    Absolute,
    /// It leads out of the repository.
    Outside,
    /// It leads to itself, or farther than a system would follow.
    Endless,
}

impl OddLink {
    /// What is odd about a link's contents by themselves.
    fn of(contents: &[u8]) -> Option<Self> {
        if contents.starts_with(b"/") {
            return Some(Self::Absolute);
        }
        (contents.len() >= LONGEST).then_some(Self::Endless)
    }

    /// What is to be said of the link.
    pub fn says(self) -> &'static str {
        match self {
            Self::Absolute => "is absolute",
            Self::Outside => "leads out of the repository",
            Self::Endless => "leads on without an end",
        }
    }
}

/// Where a path from the root of the repository leads. `stop` is asked at each part of the way, in its
/// order, what is there; a link that is gone through twice is asked for twice.
pub fn follow<'t>(path: &'t [u8], mut stop: impl FnMut(&[u8]) -> Stop<'t>) -> WayEnd {
    let mut at: Vec<u8> = Vec::new();
    // The parts to go, the next one last.
    let mut rest: Vec<&[u8]> = parts(path).collect();
    let (mut links, mut steps) = (0, 0);
    while let Some(part) = rest.pop() {
        steps += 1;
        if steps > LONGEST {
            return WayEnd::Odd(OddLink::Endless);
        }
        let above = at.len();
        match part {
            b"" | b"." => continue,
            b".." if at.is_empty() => return WayEnd::Odd(OddLink::Outside),
            b".." => {
                at.truncate(at.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                continue;
            }
            name => {
                if !at.is_empty() {
                    at.push(b'/');
                }
                at.extend_from_slice(name);
            }
        }
        match stop(&at) {
            Stop::Other => {}
            Stop::Unread => return WayEnd::Unread,
            Stop::Link(contents) => {
                links += 1;
                let is_far = links > MOST_LINKS;
                if let Some(odd) = OddLink::of(contents).or(is_far.then_some(OddLink::Endless)) {
                    return WayEnd::Odd(odd);
                }
                at.truncate(above);
                rest.extend(parts(contents));
            }
        }
    }
    WayEnd::At(at)
}

/// The parts of a path, the first one last.
fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').rev()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn end(links: &BTreeMap<String, String>, path: &str) -> WayEnd {
        let stop = |at: &[u8]| {
            let link = links.get(std::str::from_utf8(at).unwrap());
            link.map_or(Stop::Other, |contents| Stop::Link(contents.as_bytes()))
        };
        follow(path.as_bytes(), stop)
    }

    /// Where a path leads through links, each `path>contents`.
    #[track_caller]
    fn check(links: &str, path: &str, wanted: &str) {
        let pairs = links.split_whitespace().filter_map(|word| word.split_once('>'));
        let links = pairs.map(|(path, to)| (path.to_owned(), to.to_owned())).collect();
        let found = match end(&links, path) {
            WayEnd::At(path) => String::from_utf8(path).unwrap(),
            WayEnd::Odd(odd) => odd.says().to_owned(),
            WayEnd::Unread => "unread".to_owned(),
        };
        assert_eq!(found, wanted, "{path}");
    }

    #[test]
    fn every_link_on_the_way_is_followed() {
        check("", "a/b", "a/b");
        check("a/b>../c", "a/b/d", "c/d");
        check("a/b>../c", "a/bb", "a/bb");
        check("a/b>../c c>d/e", "a/b", "d/e");
        // `..` goes up from where a link led to.
        check("a>b/c b/c>../x/y", "a/../z", "x/z");
        check("a>.", "a/a/b", "b");
        check("a>", "a/b", "b");
        check("a>..", "a", "leads out of the repository");
        check("a>/etc", "a/b", "is absolute");
        check("a>b b>a", "a", "leads on without an end");
        check("a>a/x", "a", "leads on without an end");
    }

    #[test]
    fn a_way_that_multiplies_or_is_too_long_ends() {
        check(&format!("a>{}", "a/".repeat(2000)), "a", "leads on without an end");
        check(&format!("a>{}b", "./".repeat(2048)), "a", "leads on without an end");
        check(&format!("a>{}b", "./".repeat(2000)), "a", "b");
        check("", &"a/../".repeat(5000), "leads on without an end");
        let chain = |length: usize| {
            let links = (0..length).map(|at| format!("{at}>{}", at + 1));
            links.collect::<Vec<_>>().join(" ")
        };
        check(&chain(40), "0", "40");
        check(&chain(41), "0", "leads on without an end");
    }

    #[test]
    fn what_is_not_known_is_no_end() {
        assert_eq!(
            follow(b"a/b", |at| if at == b"a" { Stop::Unread } else { Stop::Other }),
            WayEnd::Unread
        );
    }

    proptest! {
        #[test]
        fn any_links_are_followed_to_an_end(
            links in proptest::collection::btree_map("[ab](/[ab]){0,2}", "([ab.]|\\.\\.|/){0,5}", 0..5),
            path in "([ab]|\\.\\.|/){0,6}",
        ) {
            if let WayEnd::At(found) = end(&links, &path) {
                let again = end(&links, std::str::from_utf8(&found).unwrap());
                prop_assert_eq!(again, WayEnd::At(found));
            }
        }
    }
}
