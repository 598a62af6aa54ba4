//! What a lock file installs, as a graph, and whose part of it changed.
//!
//! A member of a workspace is changed by a lock file if what it reaches changed: a package that it asks
//! for, or one that such a package asks for, became another version, has other contents, or is found in
//! another place of the graph. Where a file keeps it (npm hoists packages to the top when it can) does
//! not matter.
//!
//! Both graphs are numbered together: two packages get the same number exactly if they have the same
//! identity and need packages of the same numbers. Packages that need each other in a circle have no
//! such order, so a circle is numbered as a whole, by its identities and needs; a change in it then
//! changes all of it, which is the safe side. The circles are Tarjan's strongly connected components
//! (SIAM Journal on Computing 1, 1972), found without recursion. All of it is linear but for the sorting.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Text, text};

/// A package that is installed, or a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// The name by which people know it.
    pub(super) name: String,
    /// Its version, for people.
    pub(super) version: String,
    /// Everything that says what it is: name, version, checksum, source.
    pub(super) identity: String,
    /// The places of what it needs.
    pub(super) needs: Vec<usize>,
}

/// A lock file as a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Locked {
    /// The format, as the file says it. Another format gives other identities.
    pub(super) format: String,
    /// All packages.
    pub(super) nodes: Vec<Node>,
    /// The node of each member, by its folder below the lock file's.
    pub(super) members: BTreeMap<Vec<u8>, usize>,
}

impl Locked {
    /// The place of a new node.
    pub(super) fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// A member of the workspace, with what it needs. Its version is its manifest's matter.
    pub(super) fn member(&mut self, folder: &[u8], needs: Vec<usize>) {
        let at = self.push(Node { needs, ..Node::default() });
        self.members.insert(folder.to_vec(), at);
    }

    /// A package that stands for something outside of the file, such as a link to a member: what that
    /// needs is its own matter.
    pub(super) fn leaf(name: &str, identity: String) -> Node {
        Node { name: name.to_owned(), version: String::new(), identity, needs: Vec::new() }
    }
}

/// Which members differ between two lock files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The members whose part is another one, by folder, and the reason for people.
    pub(super) changed: BTreeMap<Vec<u8>, Text>,
    /// The members that both files name. Of another one nothing is known.
    pub(super) compared: BTreeSet<Vec<u8>>,
}

/// Compares two lock files. Nothing where that cannot be done, because they are of different formats.
pub(super) fn changed(base: &Locked, head: &Locked) -> Option<Comparison> {
    if base.format != head.format {
        return None;
    }
    let mut numbers = Numbers::default();
    let (old, new) = (numbers.graph(base), numbers.graph(head));
    let (causes_of_old, causes_of_new) = (causes(base, head, &old), causes(head, base, &new));
    let mut comparison = Comparison::default();
    let mut told: BTreeMap<String, Text> = BTreeMap::new();
    for (folder, at) in &head.members {
        let Some(before) = base.members.get(folder) else { continue };
        comparison.compared.insert(folder.clone());
        if old.number(*before) == new.number(*at) {
            continue;
        }
        let cause = |causes: &[Option<usize>], graph: &Locked, at: usize| {
            let cause = causes.get(at).copied().flatten()?;
            graph.nodes.get(cause).map(|node| node.name.clone())
        };
        let name =
            cause(&causes_of_new, head, *at).or_else(|| cause(&causes_of_old, base, *before));
        let what = match name {
            Some(name) => match told.get(&name) {
                Some(what) => what.clone(),
                None => told.entry(name.clone()).or_insert(became(&name, base, head)).clone(),
            },
            None => "what it installs is put together in another way".into(),
        };
        comparison.changed.insert(folder.clone(), what);
    }
    Some(comparison)
}

/// What happened to the package of a name.
fn became(name: &str, base: &Locked, head: &Locked) -> Text {
    let versions = |graph: &Locked| -> BTreeSet<String> {
        let own = graph.nodes.iter().filter(|node| node.name == name);
        own.map(|node| node.version.clone()).collect()
    };
    let (old, new) = (versions(base), versions(head));
    let list = |versions: &BTreeSet<String>, other: &BTreeSet<String>| {
        let only: Vec<&str> = versions.difference(other).map(String::as_str).collect();
        Foreign::from(only.join(", ").as_str())
    };
    let name = Foreign::from(name);
    match (old.is_subset(&new), new.is_subset(&old)) {
        (true, true) => text![name, " is installed from other contents"],
        (true, false) if old.is_empty() => text![name, " ", list(&new, &old), " is new"],
        (true, false) => text![name, " ", list(&new, &old), " is there too"],
        (false, true) => text![name, " ", list(&old, &new), " is gone"],
        (false, false) => text![name, " ", list(&old, &new), " became ", list(&new, &old)],
    }
}

/// What is told apart by numbers.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// A package that is in no circle: its identity and what it needs.
    Alone(usize, Vec<usize>),
    /// A circle: of each package its identity, what it needs outside, and the identities of what it
    /// needs inside.
    Circle(Vec<(usize, Vec<usize>, Vec<usize>)>),
    /// A package of a circle: its identity, and the number of the circle.
    Within(usize, usize),
}

/// The numbers that were given so far.
#[derive(Default)]
struct Numbers<'g> {
    identities: BTreeMap<&'g str, usize>,
    keys: BTreeMap<Key, usize>,
}

/// The numbers of one graph.
struct Numbered {
    numbers: Vec<usize>,
    /// The circles, each after those that it needs.
    circles: Vec<Vec<usize>>,
}

impl Numbered {
    fn number(&self, at: usize) -> Option<usize> {
        self.numbers.get(at).copied()
    }
}

impl<'g> Numbers<'g> {
    fn identity(&mut self, identity: &'g str) -> usize {
        let next = self.identities.len();
        *self.identities.entry(identity).or_insert(next)
    }

    fn key(&mut self, key: Key) -> usize {
        let next = self.keys.len();
        *self.keys.entry(key).or_insert(next)
    }

    fn graph(&mut self, graph: &'g Locked) -> Numbered {
        let circles = circles(&graph.nodes);
        let identities: Vec<usize> =
            graph.nodes.iter().map(|node| self.identity(&node.identity)).collect();
        let identity = |at: usize| identities.get(at).copied().unwrap_or_default();
        let mut circle_of = vec![usize::MAX; graph.nodes.len()];
        let mut numbers = vec![usize::MAX; graph.nodes.len()];
        for (index, circle) in circles.iter().enumerate() {
            for at in circle {
                if let Some(own) = circle_of.get_mut(*at) {
                    *own = index;
                }
            }
            let number = |at: &usize| numbers.get(*at).copied();
            let is_inside = |at: &usize| circle_of.get(*at) == Some(&index);
            let mut parts = Vec::with_capacity(circle.len());
            for at in circle {
                let needs = graph.nodes.get(*at).map(|node| node.needs.as_slice());
                let (inside, outside): (Vec<usize>, Vec<usize>) =
                    needs.unwrap_or_default().iter().copied().partition(is_inside);
                let outside = sorted(outside.iter().filter_map(number));
                parts.push((identity(*at), outside, sorted(inside.into_iter().map(identity))));
            }
            let given: Vec<usize> = if let [(identity, outside, inside)] = parts.as_slice()
                && inside.is_empty()
            {
                vec![self.key(Key::Alone(*identity, outside.clone()))]
            } else {
                let own: Vec<usize> = parts.iter().map(|(identity, ..)| *identity).collect();
                parts.sort_unstable();
                parts.dedup();
                let whole = self.key(Key::Circle(parts));
                own.into_iter().map(|identity| self.key(Key::Within(identity, whole))).collect()
            };
            for (at, given) in circle.iter().zip(given) {
                if let Some(number) = numbers.get_mut(*at) {
                    *number = given;
                }
            }
        }
        Numbered { numbers, circles }
    }
}

fn sorted(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// For each node the first node that it reaches, or is, and that has an identity which the other graph
/// does not have.
fn causes(graph: &Locked, other: &Locked, numbered: &Numbered) -> Vec<Option<usize>> {
    let there: BTreeSet<&str> = other.nodes.iter().map(|node| node.identity.as_str()).collect();
    let mut causes: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    for circle in &numbered.circles {
        let node = |at: &usize| graph.nodes.get(*at);
        let is_new = |at: &usize| node(at).is_some_and(|it| !there.contains(it.identity.as_str()));
        let cause = circle.iter().copied().find(is_new).or_else(|| {
            let mut needs = circle.iter().filter_map(node).flat_map(|node| &node.needs);
            needs.find_map(|need| causes.get(*need).copied().flatten())
        });
        for at in circle {
            if let Some(own) = causes.get_mut(*at) {
                *own = cause;
            }
        }
    }
    causes
}

/// The strongly connected components, each after all that it needs, its nodes in order.
fn circles(nodes: &[Node]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    const DONE: usize = usize::MAX;
    // When a node was first seen, and the earliest seen node that it leads back to.
    let mut seen = vec![UNSEEN; nodes.len()];
    let mut low = vec![0; nodes.len()];
    let mut circles = Vec::new();
    let (mut clock, mut waiting) = (0, Vec::new());
    let set = |list: &mut Vec<usize>, at: usize, value: usize| {
        if let Some(slot) = list.get_mut(at) {
            *slot = value;
        }
    };
    let of = |list: &[usize], at: usize| list.get(at).copied().unwrap_or(DONE);
    for start in 0..nodes.len() {
        if of(&seen, start) != UNSEEN {
            continue;
        }
        // Nodes on the way, each with how many of its needs were looked at.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((at, looked)) = way.pop() {
            if looked == 0 {
                set(&mut seen, at, clock);
                set(&mut low, at, clock);
                clock += 1;
                waiting.push(at);
            }
            let needs = nodes.get(at).map_or(&[][..], |node| node.needs.as_slice());
            if let Some(need) = needs.get(looked).copied() {
                way.push((at, looked + 1));
                if need >= nodes.len() {
                    continue;
                }
                if of(&seen, need) == UNSEEN {
                    way.push((need, 0));
                } else {
                    let lowest = of(&low, at).min(of(&low, need));
                    set(&mut low, at, lowest);
                }
                continue;
            }
            if of(&low, at) == of(&seen, at) {
                let from = waiting.iter().rposition(|it| *it == at).unwrap_or_default();
                let mut circle: Vec<usize> = waiting.split_off(from);
                for done in &circle {
                    set(&mut low, *done, DONE);
                }
                circle.sort_unstable();
                circles.push(circle);
            } else if let Some((above, _)) = way.last().copied() {
                let lowest = of(&low, above).min(of(&low, at));
                set(&mut low, above, lowest);
            }
        }
    }
    circles
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_changed(base: &Locked, head: &Locked, wanted: &[&str]) {
        let changed = changed(base, head).unwrap().changed;
        let folders: Vec<&[u8]> = changed.keys().map(Vec::as_slice).collect();
        let wanted: Vec<&[u8]> = wanted.iter().map(|it| it.as_bytes()).collect();
        assert_eq!(folders, wanted);
    }

    /// For the tests of each format: the members that change where `from` becomes `to` in a file.
    #[track_caller]
    pub(in crate::workspaces::npm) fn check_edit(
        read: impl Fn(&[u8]) -> Option<Locked>,
        base: &str,
        (from, to): (&str, &str),
        wanted: &[&str],
    ) {
        let head = base.replace(from, to);
        assert_ne!(head, base, "{from}");
        let [base, head] = [base, &head].map(|text| read(text.as_bytes()).unwrap());
        check_changed(&base, &head, wanted);
    }

    /// A graph of nodes `name@version -> needs`; names without a version are members.
    fn graph(lines: &[(&str, &[usize])]) -> Locked {
        let mut locked = Locked::default();
        for (written, needs) in lines {
            match written.split_once('@') {
                Some((name, version)) => {
                    locked.push(Node {
                        name: name.into(),
                        version: version.into(),
                        identity: (*written).into(),
                        needs: needs.to_vec(),
                    });
                }
                None => locked.member(written.as_bytes(), needs.to_vec()),
            }
        }
        locked
    }

    #[track_caller]
    fn check(base: &[(&str, &[usize])], head: &[(&str, &[usize])], wanted: &[&str]) {
        check_changed(&graph(base), &graph(head), wanted);
    }

    #[test]
    fn a_member_changes_with_what_it_reaches() {
        let base: &[(&str, &[usize])] =
            &[("a", &[2]), ("b", &[3]), ("x@1", &[3]), ("y@1", &[]), ("z@1", &[])];
        check(base, base, &[]);
        check(base, &[("a", &[2]), ("b", &[3]), ("x@2", &[3]), ("y@1", &[])], &["a"]);
        check(base, &[("a", &[2]), ("b", &[3]), ("x@1", &[3]), ("y@2", &[])], &["a", "b"]);
        check(base, &[("a", &[2]), ("b", &[3]), ("x@1", &[]), ("y@1", &[])], &["a"]);
        // In another order, and kept twice.
        let other: &[(&str, &[usize])] =
            &[("y@1", &[]), ("b", &[0]), ("x@1", &[4]), ("a", &[2]), ("y@1", &[]), ("c", &[])];
        check(base, other, &[]);
    }

    #[test]
    fn two_that_change_places_are_a_change() {
        let base: &[(&str, &[usize])] =
            &[("a", &[1, 2]), ("p@1", &[3]), ("q@1", &[4]), ("x@1", &[]), ("x@2", &[])];
        let head: &[(&str, &[usize])] =
            &[("a", &[1, 2]), ("p@1", &[4]), ("q@1", &[3]), ("x@1", &[]), ("x@2", &[])];
        check(base, head, &["a"]);
    }

    #[test]
    fn a_circle_is_one_thing() {
        let base: &[(&str, &[usize])] =
            &[("a", &[2]), ("b", &[4]), ("x@1", &[3]), ("y@1", &[2]), ("z@1", &[4])];
        check(base, base, &[]);
        check(
            base,
            &[("a", &[2]), ("b", &[4]), ("x@1", &[3]), ("y@2", &[2]), ("z@1", &[4])],
            &["a"],
        );
        check(
            base,
            &[("a", &[2]), ("b", &[4]), ("x@1", &[3]), ("y@1", &[2]), ("z@1", &[])],
            &["b"],
        );
        check(base, &[("b", &[3]), ("y@1", &[2]), ("x@1", &[1]), ("z@1", &[3]), ("a", &[2])], &[]);
    }

    #[test]
    fn the_reason_names_the_package() {
        let what = |base: &str, head: &str| {
            let base = graph(&[("a", &[1]), ("p@1", &[2]), (base, &[])]);
            let head = graph(&[("a", &[1]), ("p@1", &[2]), (head, &[])]);
            changed(&base, &head).unwrap().changed.remove(&b"a"[..]).unwrap()
        };
        let foreign = |it: &str| Foreign::from(it);
        let wanted = text![foreign("x"), " ", foreign("1"), " became ", foreign("2")];
        assert_eq!(what("x@1", "x@2"), wanted);
        assert_eq!(what("x@1", "y@1"), text![foreign("y"), " ", foreign("1"), " is new"]);
        let other = Locked { format: "2".into(), ..Locked::default() };
        assert_eq!(changed(&Locked::default(), &other), None);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let chain = |last: &str| {
            let mut locked = graph(&[(last, &[])]);
            for at in 0..40_000 {
                let identity = at.to_string();
                locked.push(Node { identity, needs: vec![at], ..Node::default() });
            }
            locked.member(b"m", vec![40_000]);
            locked
        };
        assert!(changed(&chain("x@1"), &chain("x@1")).unwrap().changed.is_empty());
        assert_eq!(changed(&chain("x@1"), &chain("x@2")).unwrap().changed.len(), 1);
    }

    /// What a node reaches, as pairs of who needs whom.
    fn reached(graph: &Locked, from: usize) -> BTreeSet<(String, String)> {
        let (mut seen, mut pairs, mut next) = (BTreeSet::new(), BTreeSet::new(), vec![from]);
        while let Some(at) = next.pop() {
            if seen.insert(at) {
                for need in &graph.nodes[at].needs {
                    let identity = |at: usize| graph.nodes[at].identity.clone();
                    pairs.insert((identity(at), identity(*need)));
                    next.push(*need);
                }
            }
        }
        pairs
    }

    fn any_graph() -> impl Strategy<Value = Locked> {
        proptest::collection::vec((0..3_u8, proptest::collection::vec(0..9_usize, 0..3)), 9)
            .prop_map(|nodes| {
                let mut locked = Locked::default();
                for (at, (version, needs)) in nodes.iter().enumerate() {
                    let identity = format!("{}@{}", at % 5, version / 2);
                    locked.push(Node { identity, needs: needs.clone(), ..Node::default() });
                }
                locked.member(b"m", vec![0]);
                locked
            })
    }

    proptest! {
        #[test]
        fn what_reaches_other_pairs_has_changed(base in any_graph(), head in any_graph()) {
            let is_changed = !changed(&base, &head).unwrap().changed.is_empty();
            if reached(&base, 9) != reached(&head, 9) {
                prop_assert!(is_changed);
            }
            prop_assert!(changed(&base, &base).unwrap().changed.is_empty());
            // Where the nodes stand does not matter.
            let mut turned = base.clone();
            turned.nodes.reverse();
            for node in &mut turned.nodes {
                for need in &mut node.needs {
                    *need = 9 - *need;
                }
            }
            turned.members = BTreeMap::from([(b"m".to_vec(), 0)]);
            prop_assert!(changed(&base, &turned).unwrap().changed.is_empty());
        }
    }
}
