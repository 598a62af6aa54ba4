//! What a change of a lock file touches: the packages that come to use other packages from elsewhere
//! than before.
//!
//! For each package of the repository the set of packages from elsewhere (name, version, source,
//! checksum) that its own dependencies reach, before and now. It stops at packages of the repository:
//! what reaches them touches them, and through them whoever needs them. Their own versions are not
//! looked at: a lock file repeats them.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Text, text};

use super::lock::{Identity, Lock};
use super::manifest::Manifest;
use super::needs::{direct, kinds};
use crate::workspaces::{NeedKind, Reach};

/// How many steps through lock files are made before differences are assumed instead of looked for.
/// A workspace of 141 packages and 1130 locked ones takes 2 million at most; without a bound, a file
/// made for it could take minutes.
const MOST_STEPS: usize = 50_000_000;

/// A lock file before and now, with one number for each package from elsewhere.
pub(super) struct Pair<'a> {
    base: Half<'a>,
    head: Half<'a>,
    identities: Vec<&'a Identity>,
    steps: usize,
}

struct Half<'a> {
    lock: &'a Lock,
    /// The number of each package, by its place.
    numbers: Vec<usize>,
    /// By place, whether something that differs is reached.
    is_suspect: Vec<bool>,
}

/// A package's manifest and its root's, on one side.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    /// The package's manifest.
    pub(super) manifest: &'a Manifest,
    /// That of the root of its workspace.
    pub(super) root: Option<&'a Manifest>,
}

impl<'a> Pair<'a> {
    /// Both versions of a lock file.
    pub(super) fn new(base: &'a Lock, head: &'a Lock) -> Self {
        let of = |lock: &'a Lock| (0..lock.len()).filter_map(move |at| lock.identity(at));
        let mut identities: Vec<&Identity> = of(base).chain(of(head)).collect();
        identities.sort_unstable();
        identities.dedup();
        let numbers = |lock| -> Vec<usize> {
            of(lock).filter_map(|it| identities.binary_search(&it).ok()).collect()
        };
        let (mut base, mut head) = (
            Half { lock: base, numbers: numbers(base), is_suspect: Vec::new() },
            Half { lock: head, numbers: numbers(head), is_suspect: Vec::new() },
        );
        let (before, after) = (base.edges(), head.edges());
        base.is_suspect = base.suspects(&after);
        head.is_suspect = head.suspects(&before);
        Self { base, head, identities, steps: 0 }
    }

    /// What the package comes to use otherwise than before, and how far that reaches; nothing if it is
    /// the same, or one of the lock files does not know the package.
    pub(super) fn compare(&mut self, base: Side<'_>, head: Side<'_>) -> Option<(Reach, Text)> {
        let (before, after) = (self.base.package(base)?, self.head.package(head)?);
        let all = |half: &Half<'_>, package: &Known| half.direct(package, |_| true);
        let (from, to) = (all(&self.base, &before), all(&self.head, &after));
        let is_suspect = self.base.is_suspect(&from) || self.head.is_suspect(&to);
        for (reach, is_wanted) in
            [(Reach::Dependents, is_used as fn(NeedKind) -> bool), (Reach::Own, |_| true)]
        {
            let (from, to) =
                (self.base.direct(&before, is_wanted), self.head.direct(&after, is_wanted));
            if !is_suspect && self.base.numbered(&from) == self.head.numbered(&to) {
                continue;
            }
            if self.steps > MOST_STEPS {
                return Some((reach, text!["the lock file, too large to compare"]));
            }
            let (before, after) = (self.base.elsewhere(&from), self.head.elsewhere(&to));
            self.steps += before.1 + after.1;
            if before.0 != after.0 {
                return Some((reach, self.explained(&before.0, &after.0)));
            }
        }
        None
    }

    /// "`serde` 1.0.1 became 1.0.2, and 3 more": the first difference in the order of names.
    fn explained(&self, before: &BTreeSet<usize>, after: &BTreeSet<usize>) -> Text {
        let of = |numbers: Vec<usize>| -> Vec<&Identity> {
            numbers.into_iter().filter_map(|number| self.identities.get(number).copied()).collect()
        };
        let gone = of(before.difference(after).copied().collect());
        let new = of(after.difference(before).copied().collect());
        let names: BTreeSet<&str> = gone.iter().chain(&new).map(|it| it.name.as_str()).collect();
        let mut said = Text::new();
        let Some(first) = names.first() else { return said };
        let versions = |of: &[&Identity]| -> Vec<String> {
            of.iter().filter(|it| it.name == *first).map(|it| it.version.clone()).collect()
        };
        let (old, now) = (versions(&gone), versions(&new));
        let word = |words: &[String]| Foreign::from(words.join(", ").as_str());
        said.foreign(*first);
        said.append(match (old.is_empty(), now.is_empty()) {
            (true, _) => text![" ", word(&now), " is new"],
            (_, true) => text![" ", word(&old), " is gone"],
            (false, false) if old == now => text![" ", word(&now), " comes from elsewhere"],
            (false, false) => text![" ", word(&old), " became ", word(&now)],
        });
        if names.len() > 1 {
            said.append(text![", and ", names.len() - 1, " more"]);
        }
        said
    }
}

fn is_used(kind: NeedKind) -> bool {
    match kind {
        NeedKind::Normal | NeedKind::Build => true,
        NeedKind::Dev => false,
    }
}

/// A package that a lock file knows.
struct Known {
    at: usize,
    kinds: BTreeMap<String, BTreeSet<NeedKind>>,
}

impl Half<'_> {
    fn package(&self, side: Side<'_>) -> Option<Known> {
        let at = *self.lock.local().get(side.manifest.name()?)?;
        Some(Known { at, kinds: kinds(side.manifest, side.root) })
    }

    fn direct(&self, package: &Known, is_wanted: impl Fn(NeedKind) -> bool) -> Vec<usize> {
        direct(self.lock, package.at, &package.kinds, is_wanted)
    }

    fn is_suspect(&self, places: &[usize]) -> bool {
        places.iter().any(|at| self.is_suspect.get(*at) == Some(&true))
    }

    fn is_elsewhere(&self, at: usize) -> bool {
        self.lock.identity(at).is_some_and(|it| it.source.is_some())
    }

    /// The numbers of those of the places that are from elsewhere.
    fn numbered(&self, places: &[usize]) -> BTreeSet<usize> {
        let elsewhere = places.iter().filter(|at| self.is_elsewhere(**at));
        elsewhere.filter_map(|at| self.numbers.get(*at).copied()).collect()
    }

    /// The numbers of all packages from elsewhere that are reached, and how many steps that took.
    fn elsewhere(&self, from: &[usize]) -> (BTreeSet<usize>, usize) {
        let (reached, steps) = self.lock.reached(from);
        let places: Vec<usize> =
            reached.iter().enumerate().filter_map(|(at, is)| is.then_some(at)).collect();
        (self.numbered(&places), steps)
    }

    /// Of each package from elsewhere, by number, the numbers of what it needs from elsewhere.
    fn edges(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        let each = self.numbers.iter().enumerate().filter(|(at, _)| self.is_elsewhere(*at));
        each.map(|(at, number)| (*number, self.numbered(self.lock.needs(at)))).collect()
    }

    /// By place, whether a package from elsewhere is one that the other lock file has not, or has with
    /// other dependencies, or reaches such a one.
    fn suspects(&self, other: &BTreeMap<usize, BTreeSet<usize>>) -> Vec<bool> {
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); self.lock.len()];
        let mut rest = Vec::new();
        for (at, number) in self.numbers.iter().enumerate().filter(|(at, _)| self.is_elsewhere(*at))
        {
            for need in self.lock.needs(at) {
                if let Some(users) = users.get_mut(*need) {
                    users.push(at);
                }
            }
            if other.get(number) != Some(&self.numbered(self.lock.needs(at))) {
                rest.push(at);
            }
        }
        let mut is_suspect = vec![false; self.lock.len()];
        while let Some(at) = rest.pop() {
            if let Some(suspect) = is_suspect.get_mut(at)
                && !std::mem::replace(suspect, true)
            {
                rest.extend(users.get(at).into_iter().flatten());
            }
        }
        is_suspect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBER: &str =
        "package.name = 'a'\ndependencies = { x = '1' }\ndev-dependencies = { t = '1' }";

    fn package(name: &str, version: &str, needs: &str) -> String {
        let source = if name == "a" { "" } else { "source = 'registry+r'\n" };
        format!(
            "[[package]]\nname = '{name}'\nversion = '{version}'\n{source}dependencies = [{needs}]\n"
        )
    }

    /// A lock file in which `a` uses `x` and, in its tests, `t`, which both use what is given.
    fn lock(x: &str, t: &str, others: &[&str]) -> String {
        let others = others.iter().map(|other| {
            let (name, version) = other.split_once(' ').unwrap();
            package(name, version, "")
        });
        let others: String = others.collect();
        [
            package("a", "0.1.0", "'x', 't'"),
            package("x", "1.0.0", x),
            package("t", "1.0.0", t),
            others,
        ]
        .concat()
    }

    fn compared(base: &str, head: &str) -> Option<(Reach, Text)> {
        let manifest = Manifest::read(b"", b"Cargo.toml", MEMBER.as_bytes()).unwrap();
        let read = |lock: &str| Lock::read(b"Cargo.lock", lock.as_bytes()).unwrap();
        let (base, head) = (read(base), read(head));
        let side = Side { manifest: &manifest, root: None };
        Pair::new(&base, &head).compare(side, side)
    }

    #[track_caller]
    fn check(base: &str, head: &str, wanted: Option<(Reach, &Text)>) {
        let found = compared(base, head);
        assert_eq!(found.as_ref().map(|(reach, what)| (*reach, what)), wanted);
    }

    #[test]
    fn what_is_reached_is_compared() {
        let name = |name: &str| Foreign::from(name);
        let y = |version: &str| lock("'y'", "", &[&format!("y {version}")]);
        let said = text![name("y"), " ", name("1.0.0"), " became ", name("1.0.1")];
        check(&y("1.0.0"), &y("1.0.1"), Some((Reach::Dependents, &said)));
        let z = |version: &str| lock("", "'z'", &[&format!("z {version}")]);
        let said = text![name("z"), " ", name("1.0.0"), " became ", name("1.0.1")];
        check(&z("1.0.0"), &z("1.0.1"), Some((Reach::Own, &said)));
        let said = text![name("y"), " ", name("1.0.0"), " is new"];
        check(&lock("", "", &[]), &y("1.0.0"), Some((Reach::Dependents, &said)));
        let unused = lock("", "", &["y 1.0.0", "q 1.0.0"]);
        check(&lock("", "", &["y 2.0.0"]), &unused, None);
        let both = lock("'y', 'z'", "", &["y 1.0.0", "z 1.0.0"]);
        let two = text![name("y"), " ", name("1.0.0"), " is gone", ", and ", 1_u64, " more"];
        check(&both, &lock("", "", &[]), Some((Reach::Dependents, &two)));
    }

    #[test]
    fn the_same_reached_in_another_way_is_the_same() {
        let others = ["y 1.0.0"];
        let one = [lock("'y', 'w'", "", &others), package("w", "1.0.0", "")].concat();
        let other = [lock("'w'", "", &others), package("w", "1.0.0", "'y'")].concat();
        check(&one, &other, None);
    }

    #[test]
    fn the_own_version_is_no_change() {
        let base = lock("", "", &[]);
        check(&base, &base.replace("0.1.0", "0.2.0"), None);
    }
}
