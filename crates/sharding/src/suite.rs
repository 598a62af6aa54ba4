//! What can be shared out: tests, and the files and classes that hold them.
//!
//! A discovery lists tests. Running a whole file at once is cheaper than its tests one by one on
//! several machines, because what the file sets up is set up once; so a plan shares out files and
//! opens only those that are too heavy for one shard.

use bstr::BString;

use crate::{ItemId, Items};

/// Tests and what holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    nodes: Items,
    /// The node that each is directly in.
    holder: Vec<Option<usize>>,
    /// What each holds directly; nothing for a test.
    held: Vec<Vec<usize>>,
}

/// How many levels of files and classes are looked at: no suite has more, and a name of colons may.
const MOST_LEVELS: usize = 64;

/// What a plan shares out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Granularity {
    /// The widest holders, opened where one is too heavy for a shard.
    Auto,
    /// The tests as they are listed.
    #[default]
    Item,
    /// What holds tests directly: classes, or files where there are none.
    Narrow,
    /// The widest holders: files, packages, binaries.
    Wide,
}

impl Suite {
    /// Tests that nothing is known to hold.
    pub fn flat(tests: Items) -> Self {
        let count = tests.len();
        Self { nodes: tests, holder: vec![None; count], held: vec![Vec::new(); count] }
    }

    /// Tests, each in what `holders` says, the widest first. A holder that is a test itself holds
    /// nothing: its name stands for one thing only.
    pub fn nested(tests: &Items, holders: &dyn Fn(&[u8]) -> Vec<BString>) -> Self {
        let chains: Vec<Vec<ItemId>> = tests
            .ids()
            .iter()
            .map(|test| {
                let names = holders(test.as_bytes());
                let ids = names.into_iter().filter_map(ItemId::new).take(MOST_LEVELS);
                ids.filter(|id| tests.position(id.as_bytes()).is_none()).collect()
            })
            .collect();
        let all = chains.iter().flatten().chain(tests.ids()).cloned().collect();
        let nodes = Items::new(all);
        let mut holder = vec![None; nodes.len()];
        for (test, chain) in tests.ids().iter().zip(&chains) {
            let path = chain.iter().chain([test]).filter_map(|id| nodes.position(id.as_bytes()));
            let path: Vec<usize> = path.collect();
            for (outer, inner) in path.iter().zip(path.iter().skip(1)) {
                if let Some(slot) = holder.get_mut(*inner).filter(|_| inner != outer) {
                    slot.get_or_insert(*outer);
                }
            }
        }
        let mut held = vec![Vec::new(); nodes.len()];
        for (inner, outer) in holder.iter().enumerate() {
            if let Some(list) = outer.and_then(|outer: usize| held.get_mut(outer)) {
                list.push(inner);
            }
        }
        Self { nodes, holder, held }
    }

    /// Everything that a time may belong to: tests and holders, in the order of their names.
    pub fn nodes(&self) -> &Items {
        &self.nodes
    }

    /// The tests, in the order of their names.
    pub fn tests(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|node| self.held(*node).is_empty())
    }

    /// What `node` is directly in.
    pub(crate) fn holder(&self, node: usize) -> Option<usize> {
        self.holder.get(node).copied().flatten()
    }

    /// What `node` holds directly.
    pub(crate) fn held(&self, node: usize) -> &[usize] {
        self.held.get(node).map_or(&[], Vec::as_slice)
    }

    /// All nodes, each after what it holds.
    pub(crate) fn inside_out(&self) -> Vec<usize> {
        let mut order: Vec<usize> =
            (0..self.nodes.len()).filter(|node| self.holder(*node).is_none()).collect();
        let mut at = 0;
        while let Some(node) = order.get(at) {
            order.extend_from_slice(self.held(*node));
            at += 1;
        }
        order.reverse();
        order
    }

    /// What is shared out with this granularity, before anything is opened; in the order of names.
    pub(crate) fn units(&self, granularity: Granularity) -> Vec<usize> {
        let nodes = 0..self.nodes.len();
        let is_test = |node: &usize| self.held(*node).is_empty();
        match granularity {
            Granularity::Item => nodes.filter(is_test).collect(),
            Granularity::Auto | Granularity::Wide => {
                nodes.filter(|node| self.holder(*node).is_none()).collect()
            }
            Granularity::Narrow => {
                let mut units: Vec<usize> =
                    nodes.filter(is_test).map(|test| self.holder(test).unwrap_or(test)).collect();
                units.sort_unstable();
                units.dedup();
                // What holds another unit is opened: nothing may run twice.
                self.without_doubles(&units)
            }
        }
    }

    /// Opens every unit that is within another one.
    fn without_doubles(&self, units: &[usize]) -> Vec<usize> {
        let chosen = |node: usize| units.binary_search(&node).is_ok();
        let has_unit_inside: Vec<bool> = {
            let mut inside = vec![false; self.nodes.len()];
            for unit in units {
                let mut outer = self.holder(*unit);
                while let Some(node) = outer {
                    if let Some(slot) = inside.get_mut(node) {
                        *slot = true;
                    }
                    outer = self.holder(node);
                }
            }
            inside
        };
        let opened = |node: usize| has_unit_inside.get(node).copied().unwrap_or(false);
        let mut found: Vec<usize> = Vec::new();
        for unit in units {
            if opened(*unit) {
                found.extend(
                    self.held(*unit).iter().filter(|node| !chosen(**node) && !opened(**node)),
                );
            } else {
                found.push(*unit);
            }
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice as _;

    use super::*;

    /// pytest's way: `a.py::C::t` is in `a.py::C`, in `a.py`.
    fn suite(names: &[&str]) -> Suite {
        let tests = names.iter().filter_map(|name| ItemId::new(*name)).collect();
        Suite::nested(&Items::new(tests), &|name| {
            let ends = name.find_iter("::").collect::<Vec<_>>();
            ends.into_iter().map(|end| BString::from(&name[..end])).collect()
        })
    }

    #[track_caller]
    fn check(names: &[&str], granularity: Granularity, wanted: &[&str]) {
        let suite = suite(names);
        let units = suite.units(granularity);
        let units: Vec<_> =
            units.into_iter().map(|unit| suite.nodes.ids()[unit].as_bstr()).collect();
        assert_eq!(units, wanted);
    }

    const SUITE: &[&str] = &["a.py::C::t", "a.py::C::u", "a.py::v", "b.py::t", "c"];

    #[test]
    fn a_suite_is_shared_out_as_asked() {
        check(SUITE, Granularity::Item, SUITE);
        check(SUITE, Granularity::Wide, &["a.py", "b.py", "c"]);
        check(SUITE, Granularity::Auto, &["a.py", "b.py", "c"]);
        // `a.py` is opened, because a class of it is a unit.
        check(SUITE, Granularity::Narrow, &["a.py::C", "a.py::v", "b.py", "c"]);
    }

    #[test]
    fn a_name_is_one_thing_only() {
        check(&["a", "a::t"], Granularity::Wide, &["a", "a::t"]);
        let flat = Suite::flat(suite(&["a::t", "b"]).nodes);
        assert_eq!(flat.units(Granularity::Wide).len(), 3);
    }

    #[test]
    fn what_is_inside_comes_first() {
        let suite = suite(SUITE);
        let order = suite.inside_out();
        assert_eq!(order.len(), suite.nodes.len());
        let place = |node| order.iter().position(|other| *other == node);
        for node in 0..suite.nodes.len() {
            assert!(suite.held(node).iter().all(|inner| place(*inner) < place(node)));
        }
    }
}
