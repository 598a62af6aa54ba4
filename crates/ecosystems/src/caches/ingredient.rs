//! One thing that a cache's contents depend on.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use bstr::{BString, ByteSlice as _};
use repo_model::RepoPath;

/// How general an ingredient is: the key lists them in this order, so that a cache which differs only in
/// the later ones can still be found by what comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The machine: its operating system, processor and C library, which no build tool looks at.
    System,
    /// What everything is made with: compilers, flags in the environment.
    Toolchain,
    /// What is installed or built from elsewhere: locked packages, profiles, features.
    Dependencies,
    /// The repository's own sources.
    Workspace,
}

impl Level {
    /// All of them, the most general first.
    pub const ALL: [Self; 4] = [Self::System, Self::Toolchain, Self::Dependencies, Self::Workspace];

    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Toolchain => "toolchain",
            Self::Dependencies => "dependencies",
            Self::Workspace => "workspace",
        }
    }
}

/// Where an ingredient comes from, so that a person can look at it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A file of the repository.
    File(RepoPath),
    /// A file outside of it, as a person would write its path: `~/.cargo/config.toml`.
    Beyond(BString),
    /// An environment variable.
    Variable(BString),
    /// What a command said: `rustc -vV`.
    Command(&'static str),
    /// What the machine is.
    Machine,
    /// An input of the action.
    Input(&'static str),
}

/// What is known of an ingredient under one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A value that anybody may read: a version, a checksum, a name of a feature.
    Shown(BString),
    /// A value that never leaves the process but as a digest: an environment variable, a whole file.
    Hidden(BString),
}

impl Fact {
    /// From now on only its digest tells of it.
    pub(super) fn hide(&mut self) {
        let (Self::Shown(value) | Self::Hidden(value)) = self;
        *self = Self::Hidden(std::mem::take(value));
    }
}

/// One thing that a cache's contents depend on.
///
/// What it is made of stands in `facts`, as finely as a person would ask why a key changed: of a lock file
/// each package with its version and checksum, of a toolchain its release and host. Two ingredients with
/// the same facts are the same, whatever their sources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ingredient {
    /// How general it is.
    pub level: Level,
    /// Its name, unique within its ecosystem and level: `rustc`, `lock file of crates/a`.
    pub name: BString,
    /// Where it comes from.
    pub source: Source,
    /// Why it is in the key, in words that follow "because".
    pub why: &'static str,
    /// Whether it says what is downloaded, so that it counts for downloads that are kept alone.
    pub is_of_downloads: bool,
    /// Whether it counts only where something is kept that is right under its own key alone
    /// ([`Reuse::Exact`](super::Reuse::Exact)): a folder that names its own path.
    pub is_of_exact: bool,
    /// What it is made of. A fact's name is one line for a person: `serde 1.0.200`, `release`.
    pub facts: BTreeMap<BString, Fact>,
}

impl Ingredient {
    /// An ingredient without facts yet.
    pub fn new(level: Level, name: impl Into<Vec<u8>>, source: Source, why: &'static str) -> Self {
        let name = BString::from(name.into());
        let facts = BTreeMap::new();
        Self { level, name, source, why, is_of_downloads: false, is_of_exact: false, facts }
    }

    /// The same, as one that says what is downloaded.
    #[must_use]
    pub fn of_downloads(self) -> Self {
        Self { is_of_downloads: true, ..self }
    }

    /// The same, as one that counts only where something is kept that is right under its own key alone.
    #[must_use]
    pub fn of_exact(self) -> Self {
        Self { is_of_exact: true, ..self }
    }

    /// Adds a value that anybody may read. A second value under one name is kept beside the first.
    pub fn shown(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.add(name.into(), Fact::Shown(BString::from(value.into())));
    }

    /// Adds a value that only its digest may tell of.
    pub fn hidden(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.add(name.into(), Fact::Hidden(BString::from(value.into())));
    }

    /// Nothing may get lost because two things have one name: the second is told apart by its place. No name
    /// tells a password.
    fn add(&mut self, name: Vec<u8>, fact: Fact) {
        let (name, fact) = if name.contains_str("://") { named(&name, fact) } else { (name, fact) };
        let mut free = BString::from(name.clone());
        for place in 2..=FEW {
            match self.facts.entry(free) {
                Entry::Vacant(free) => {
                    free.insert(fact);
                    return;
                }
                Entry::Occupied(taken) if *taken.get() == fact => return,
                Entry::Occupied(_) => free = numbered(&name, place),
            }
        }
        // A hostile file may have a name a hundred thousand times.
        let is_taken = |place: u64| self.facts.contains_key(&numbered(&name, place));
        let (mut taken, mut place) = (1, FEW);
        while is_taken(place) {
            (taken, place) = (place, place.saturating_mul(2));
        }
        while place.saturating_sub(taken) > 1 {
            let middle = u64::midpoint(taken, place);
            if is_taken(middle) { taken = middle } else { place = middle }
        }
        self.facts.insert(numbered(&name, place), fact);
    }
}

/// How many facts of one name are looked through for one that is there already.
const FEW: u64 = 8;

fn numbered(name: &[u8], place: u64) -> BString {
    BString::from([name, format!(" ({place})").as_bytes()].concat())
}

/// The name and the fact of what is named by an address: without who asks there, and without the words after
/// `?`, which may be a token and count as a part of the value.
fn named(name: &[u8], fact: Fact) -> (Vec<u8>, Fact) {
    let text = name.to_str_lossy();
    let (said, is_telling) = public(&text);
    if !is_telling {
        return (said.into_bytes(), fact);
    }
    let (Fact::Shown(value) | Fact::Hidden(value)) = fact;
    let value = [said.as_bytes(), b" ", &value].concat();
    let (before, _) = said.split_once('?').unwrap_or((&said, ""));
    (before.as_bytes().to_vec(), Fact::Hidden(value.into()))
}

/// A text without the names and passwords in all of its addresses; and whether more of it may be secret.
pub(super) fn public(text: &str) -> (String, bool) {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_telling = false;
    while let Some((before, address)) = rest.split_once("://") {
        said.push_str(before);
        said.push_str("://");
        let ends =
            |it: char| matches!(it, '/' | '?' | '#' | ',' | '"' | '\'') || it.is_whitespace();
        let (host, path) = address.split_at(address.find(ends).unwrap_or(address.len()));
        said.push_str(host.rsplit_once('@').map_or(host, |(_, host)| host));
        is_telling |= path.contains('?');
        rest = path;
    }
    said.push_str(rest);
    (said, is_telling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_under_one_name_are_all_kept_in_time() {
        let mut it = Ingredient::new(Level::Toolchain, "a", Source::Machine, "it is so");
        for value in 0..20_000_u64 {
            it.shown("x", value.to_string());
        }
        assert_eq!(it.facts.len(), 20_000);
        assert!(it.facts.contains_key(&BString::from("x (20000)")));
    }

    #[test]
    fn a_name_tells_no_password() {
        let mut it = Ingredient::new(Level::Toolchain, "a", Source::Machine, "it is so");
        it.shown("https://me:hunter2@h/x.whl", "1");
        it.shown("y @ https://h/y.whl?token=hunter2", "1");
        it.shown("y @ https://h/y.whl?token=hunter3", "1");
        let told = format!("{:?}", it.facts.keys());
        assert_eq!(
            told,
            r#"["https://h/x.whl", "y @ https://h/y.whl", "y @ https://h/y.whl (2)"]"#
        );
        assert!(matches!(it.facts["y @ https://h/y.whl".as_bytes()], Fact::Hidden(_)));
    }

    #[test]
    fn two_values_under_one_name_are_both_kept() {
        let mut it = Ingredient::new(Level::Toolchain, "a", Source::Machine, "it is so");
        it.shown("x", "1");
        it.shown("x", "2");
        it.shown("x", "2");
        it.hidden("x", "2");
        let names: Vec<&[u8]> = it.facts.keys().map(|name| name.as_slice()).collect();
        assert_eq!(names, [&b"x"[..], b"x (2)", b"x (3)"]);
    }
}
