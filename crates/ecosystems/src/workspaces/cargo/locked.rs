//! What a change of a lock file touches: the packages that come to use other packages from elsewhere
//! than before.
//!
//! For each package of the repository the set of packages from elsewhere (name, version, source,
//! checksum) that its own dependencies reach, before and now. It stops at packages of the repository:
//! what reaches them touches them, and through them whoever needs them. Their own versions are not
//! looked at: a lock file repeats them.

use std::collections::BTreeSet;

use diagnostics::{Foreign, Text, text};

use super::lock::{Identity, Lock};
use super::manifest::Manifest;
use super::needs::{direct, kinds};
use crate::workspaces::{NeedKind, Reach};

/// How many steps through lock files are made before differences are assumed instead of looked for. They
/// are looked for only where nothing came, went or has another version, but something depends on
/// something else than before. Without a bound, a file made for it could take minutes.
const MOST_STEPS: usize = 20_000_000;

/// A lock file before and now, with one number for each package from elsewhere, in the order of names.
pub(super) struct Pair<'a> {
    base: Half<'a>,
    head: Half<'a>,
    identities: Vec<&'a Identity>,
    steps: usize,
}

/// One of both lock files. Every list is by place.
struct Half<'a> {
    lock: &'a Lock,
    /// The number of each package.
    numbers: Vec<usize>,
    /// By number, not by place: what each package from elsewhere needs from elsewhere.
    edges: Edges,
    /// The lowest number of a package that the other lock file has not, among those that are reached.
    lost: Vec<Option<usize>>,
    /// Whether one that has other dependencies in the other lock file is reached.
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
        let (mut base, mut head) = (Half::new(base, &identities), Half::new(head, &identities));
        base.look_for_differences(&head.edges);
        head.look_for_differences(&base.edges);
        Self { base, head, identities, steps: 0 }
    }

    /// Whether both lock files know the package.
    pub(super) fn both_know(&self, base: Side<'_>, head: Side<'_>) -> bool {
        !self.base.places(base).is_empty() && !self.head.places(head).is_empty()
    }

    /// What the package comes to use otherwise than before, and how far that reaches; nothing if it is
    /// the same, or none of the lock files knows the package.
    pub(super) fn compare(&mut self, base: Side<'_>, head: Side<'_>) -> Option<(Reach, Text)> {
        let (old, new) = (self.base.places(base), self.head.places(head));
        let what = match (old.is_empty(), new.is_empty()) {
            (true, true) => return None,
            (true, false) => "the lock file did not know the package",
            (false, true) => "the lock file does not know the package any more",
            (false, false) => "",
        };
        if !what.is_empty() {
            return Some((Reach::Dependents, what.into()));
        }
        let (from, to) = (self.base.needs(old), self.head.needs(new));
        if !self.may_differ(&from, &to) {
            return None;
        }
        let before = kinds(base.manifest, base.root);
        let now = kinds(head.manifest, head.root);
        for reach in [Reach::Dependents, Reach::Own] {
            let is_wanted = |kind| reach == Reach::Own || is_used(kind);
            let from = direct(self.base.lock, old, &before, is_wanted);
            let to = direct(self.head.lock, new, &now, is_wanted);
            if let Some(what) = self.difference(&from, &to) {
                return Some((reach, what));
            }
        }
        None
    }

    /// Whether these places may reach something else in one lock file than those in the other.
    fn may_differ(&self, from: &[usize], to: &[usize]) -> bool {
        self.base.is_different(from)
            || self.head.is_different(to)
            || self.base.numbered(from) != self.head.numbered(to)
    }

    fn difference(&mut self, from: &[usize], to: &[usize]) -> Option<Text> {
        let lost = self.base.lost(from).into_iter().chain(self.head.lost(to)).min();
        if let Some(number) = lost {
            return Some(self.explained(number));
        }
        if !self.may_differ(from, to) {
            return None;
        }
        if self.steps > MOST_STEPS {
            return Some("the lock file, too large to compare".into());
        }
        let (before, after) = (self.base.elsewhere(from), self.head.elsewhere(to));
        self.steps += before.1 + after.1;
        let name = |number: &usize| {
            let name = self.identities.get(*number).map(|it| it.name.as_str());
            Foreign::from(name.unwrap_or_default())
        };
        let gone = before.0.difference(&after.0).next();
        let new = after.0.difference(&before.0).next();
        match (gone, new) {
            (Some(number), _) => Some(text![name(number), " is not used any more"]),
            (None, Some(number)) => Some(text![name(number), " is used now"]),
            (None, None) => None,
        }
    }

    /// "`serde` 1.0.1 became 1.0.2": what happened to the package that only one lock file has.
    fn explained(&self, number: usize) -> Text {
        let Some(name) = self.identities.get(number).map(|it| it.name.as_str()) else {
            return Text::new();
        };
        let first = self.identities.partition_point(|it| it.name.as_str() < name);
        let same = self.identities.iter().enumerate().skip(first);
        let same: Vec<(usize, &&Identity)> = same.take_while(|(_, it)| it.name == name).collect();
        let only_in = |half: &Half<'_>, other: &Half<'_>| -> Vec<&Identity> {
            let is_only = |number| half.has(number) && !other.has(number);
            let only = same.iter().filter(|(number, _)| is_only(*number));
            only.map(|(_, it)| **it).collect()
        };
        let lost = only_in(&self.base, &self.head);
        let come = only_in(&self.head, &self.base);
        let [old, now] = [&lost, &come].map(|of| of.iter().map(|it| it.version.as_str()));
        let (old, now): (Vec<&str>, Vec<&str>) = (old.collect(), now.collect());
        let word = |words: &[&str]| Foreign::from(words.join(", ").as_str());
        let mut said = text![Foreign::from(name)];
        said.append(match (old.is_empty(), now.is_empty()) {
            (true, _) => text![" ", word(&now), " is new"],
            (_, true) => text![" ", word(&old), " is gone"],
            (false, false) if old == now => {
                let what = lost.iter().zip(&come).find_map(|(old, now)| old.same_version(now));
                text![" ", word(&now), what.unwrap_or(" comes from another source")]
            }
            (false, false) => text![" ", word(&old), " became ", word(&now)],
        });
        said
    }
}

fn is_used(kind: NeedKind) -> bool {
    match kind {
        NeedKind::Normal | NeedKind::Build => true,
        NeedKind::Dev => false,
    }
}

/// Of each package from elsewhere, by number, the numbers of what it needs from elsewhere; nothing of
/// what the lock file has not.
type Edges = Vec<Option<Vec<usize>>>;

impl<'a> Half<'a> {
    fn new(lock: &'a Lock, identities: &[&Identity]) -> Self {
        let of = (0..lock.len()).filter_map(|at| lock.identity(at));
        let numbers = of.filter_map(|it| identities.binary_search(&it).ok()).collect();
        let (lost, is_suspect) = (Vec::new(), Vec::new());
        let mut half = Self { lock, numbers, edges: Vec::new(), lost, is_suspect };
        let mut edges: Edges = vec![None; identities.len()];
        for at in (0..lock.len()).filter(|at| half.is_elsewhere(*at)) {
            let number = half.numbers.get(at).copied();
            if let Some(edges) = number.and_then(|number| edges.get_mut(number)) {
                *edges = Some(half.numbered(lock.needs(at)));
            }
        }
        half.edges = edges;
        half
    }

    /// The places of the package that a manifest describes: one, unless the lock file is behind.
    fn places(&self, side: Side<'_>) -> &'a [usize] {
        let name = side.manifest.name().unwrap_or_default();
        self.lock.places(name, side.manifest.version(side.root))
    }

    /// The places of what some packages depend on.
    fn needs(&self, places: &[usize]) -> Vec<usize> {
        places.iter().flat_map(|at| self.lock.needs(*at)).copied().collect()
    }

    /// Whether the lock file has the package from elsewhere with this number.
    fn has(&self, number: usize) -> bool {
        matches!(self.edges.get(number), Some(Some(_)))
    }

    fn is_elsewhere(&self, at: usize) -> bool {
        self.lock.identity(at).is_some_and(|it| it.source.is_some())
    }

    fn is_different(&self, places: &[usize]) -> bool {
        let is_suspect = |at: &usize| self.is_suspect.get(*at) == Some(&true);
        self.lost(places).is_some() || places.iter().any(is_suspect)
    }

    fn lost(&self, places: &[usize]) -> Option<usize> {
        places.iter().filter_map(|at| self.lost.get(*at).copied().flatten()).min()
    }

    /// The numbers of those of the places that are from elsewhere, sorted.
    fn numbered(&self, places: &[usize]) -> Vec<usize> {
        let elsewhere = places.iter().filter(|at| self.is_elsewhere(**at));
        let numbers = elsewhere.filter_map(|at| self.numbers.get(*at).copied());
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The numbers of all packages from elsewhere that are reached, and how many steps that took.
    fn elsewhere(&self, from: &[usize]) -> (BTreeSet<usize>, usize) {
        let (reached, steps) = self.lock.reached(from);
        let places: Vec<usize> =
            reached.iter().enumerate().filter_map(|(at, is)| is.then_some(at)).collect();
        (self.numbered(&places).into_iter().collect(), steps)
    }

    /// Marks who reaches what differs, going from users to users; each package is met once for each
    /// mark, because the lowest number comes first.
    fn look_for_differences(&mut self, other: &Edges) {
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); self.lock.len()];
        let (mut lost, mut changed) = (Vec::new(), Vec::new());
        for (at, number) in self.numbers.iter().enumerate().filter(|(at, _)| self.is_elsewhere(*at))
        {
            for need in self.lock.needs(at) {
                if let Some(users) = users.get_mut(*need) {
                    users.push(at);
                }
            }
            match (self.edges.get(*number), other.get(*number)) {
                (_, None | Some(None)) => lost.push((*number, at)),
                (own, other) if own != other => changed.push(at),
                (_, _) => {}
            }
        }
        lost.sort_unstable();
        self.lost = vec![None; self.lock.len()];
        for (number, at) in lost {
            let mut rest = vec![at];
            while let Some(at) = rest.pop() {
                if let Some(mark @ None) = self.lost.get_mut(at) {
                    *mark = Some(number);
                    rest.extend(users.get(at).into_iter().flatten());
                }
            }
        }
        self.is_suspect = vec![false; self.lock.len()];
        while let Some(at) = changed.pop() {
            if let Some(mark @ false) = self.is_suspect.get_mut(at) {
                *mark = true;
                changed.extend(users.get(at).into_iter().flatten());
            }
        }
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
        let two = text![name("y"), " ", name("1.0.0"), " is gone"];
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
    fn what_is_there_already_and_used_now_is_a_difference() {
        let others = ["y 1.0.0", "w 1.0.0"];
        let (base, head) = (lock("'y'", "", &others), lock("'w'", "", &others));
        let said = text![Foreign::from("y"), " is not used any more"];
        check(&base, &head, Some((Reach::Dependents, &said)));
        let said = text![Foreign::from("y"), " is used now"];
        check(&lock("", "", &others), &base, Some((Reach::Dependents, &said)));
        check(&lock("", "", &others), &lock("", "'y'", &others), Some((Reach::Own, &said)));
    }

    #[test]
    fn the_same_version_from_elsewhere_says_what_differs() {
        let from = |rest: &str| lock("", "", &[]).replacen("source = 'registry+r'", rest, 1);
        let x = |words: &'static str| text![Foreign::from("x"), " ", Foreign::from("1.0.0"), words];
        let commit = |id: &str| from(&format!("source = 'git+https://g/x?branch=b#{id}'"));
        let said = x(" comes from another commit");
        check(&commit("1234"), &commit("5678"), Some((Reach::Dependents, &said)));
        let said = x(" comes from another source");
        check(&commit("1234"), &from("source = 'registry+r'"), Some((Reach::Dependents, &said)));
        let sum = |sum: &str| from(&format!("source = 'registry+r'\nchecksum = '{sum}'"));
        let said = x(" has another checksum");
        check(&sum("1"), &sum("2"), Some((Reach::Dependents, &said)));
    }

    #[test]
    fn what_only_one_lock_file_knows_is_not_taken_for_the_same() {
        let (none, one) = (package("b", "1.0.0", ""), lock("", "", &[]));
        assert_eq!(compared(&none, &one).map(|it| it.0), Some(Reach::Dependents));
        assert_eq!(compared(&one, &none).map(|it| it.0), Some(Reach::Dependents));
        assert_eq!(compared(&none, &package("b", "1.0.1", "")), None);
    }

    #[test]
    fn the_own_version_is_no_change() {
        let base = lock("", "", &[]);
        check(&base, &base.replace("0.1.0", "0.2.0"), None);
    }
}
