//! Why a key is not the one of an earlier run, and what of that run's cache is still of use.

use crate::{Difference, Level, Material, differences};

/// A key and what it was made of.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// The key.
    pub key: &'a str,
    /// What it was made of.
    pub material: &'a Material,
}

/// A part of a key's name that is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renamed<'a> {
    /// Which part, as the inputs call it.
    pub part: &'static str,
    /// What it was.
    pub from: &'a str,
    /// What it is.
    pub to: &'a str,
}

/// What a run finds when the store holds the earlier cache and nothing newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached<'a> {
    /// The very cache.
    Exact,
    /// It is restored in place of the exact one; what it has in common with it.
    Instead(&'a str),
    /// Nothing: it is not looked for.
    Nothing,
}

/// How far two materials are the same, the levels taken from the most general one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Common {
    /// Not even the system.
    Nothing,
    /// Up to and with this level.
    Level(Level),
    /// Everything.
    Everything,
}

/// Why a key is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The parts of the name that differ.
    pub names: Vec<Renamed<'a>>,
    /// Every fact that differs, the most general first.
    pub facts: Vec<Difference<'a>>,
    /// What is found of the earlier run.
    pub reached: Reached<'a>,
    /// How far the materials are the same.
    pub common: Common,
}

/// The parts of a key's name, in the order in which it has them; the system's is left out, because the
/// material says it better.
const PARTS: [Option<&str>; 7] = [
    Some("prefix-key"),
    Some("version of the recipe"),
    Some("scope"),
    None,
    Some("ecosystems"),
    Some("layers"),
    Some("job, key or shared-key"),
];

/// Why `new` has another key than `old`. `restore` are the keys that are looked for besides `new`'s own,
/// each with what such a cache has in common.
pub fn explanation<'a>(
    old: Made<'a>,
    new: Made<'a>,
    restore: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Explanation<'a> {
    let names = PARTS.into_iter().zip(old.key.split('/').zip(new.key.split('/')));
    let renamed = |(part, (from, to)): (Option<&'static str>, (&'a str, &'a str))| {
        let part = part?;
        (from != to).then_some(Renamed { part, from, to })
    };
    Explanation {
        names: names.filter_map(renamed).collect(),
        facts: differences(old.material, new.material),
        reached: reached(old.key, new.key, restore),
        common: common(old.material, new.material),
    }
}

/// What is found when the cache of `old` is there.
pub fn reached<'a>(
    old: &str,
    new: &str,
    restore: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Reached<'a> {
    if old == new {
        return Reached::Exact;
    }
    let found = restore.into_iter().find(|(beginning, _)| old.starts_with(beginning));
    found.map_or(Reached::Nothing, |(_, same)| Reached::Instead(same))
}

fn common(old: &Material, new: &Material) -> Common {
    if old.recipe != new.recipe {
        return Common::Nothing;
    }
    let mut common = Common::Nothing;
    for level in Level::ALL {
        if old.level(level) != new.level(level) {
            return common;
        }
        common = Common::Level(level);
    }
    Common::Everything
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bstr::BString;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::{Change, Part, Value};

    fn level() -> impl Strategy<Value = Level> {
        proptest::sample::select(Level::ALL.to_vec())
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            vec(any::<u8>(), 0..6).prop_map(|bytes| Value::Shown(BString::from(bytes))),
            any::<[u8; 32]>().prop_map(|bytes| Value::Hidden(crate::Digest(bytes))),
        ]
    }

    fn facts() -> impl Strategy<Value = BTreeMap<BString, Value>> {
        btree_map(vec(any::<u8>(), 0..4).prop_map(BString::from), value(), 0..5)
    }

    fn material() -> impl Strategy<Value = Material> {
        let owner = proptest::sample::select(vec!["cargo", "npm", "recipe"]);
        btree_map((level(), owner, vec(any::<u8>(), 0..3)), facts(), 1..8).prop_map(|parts| {
            let part = |((level, owner, name), facts)| {
                let mut part = Part {
                    level,
                    owner: str::to_owned(owner),
                    name: BString::from(name),
                    source: BString::from("here"),
                    why: "so".to_owned(),
                    facts,
                    digest: crate::Digest([0; 32]),
                };
                part.digest = part.computed();
                part
            };
            Material::new(parts.into_iter().map(part).collect())
        })
    }

    proptest! {
        #[test]
        fn one_fact_that_is_changed_is_named_and_nothing_else(
            old in material(),
            at in any::<proptest::sample::Index>(),
            name in vec(any::<u8>(), 0..4),
            value in value(),
            is_removed in any::<bool>(),
        ) {
            let mut parts = old.parts.clone();
            let at = at.index(parts.len());
            let part = &mut parts[at];
            let name = BString::from(name);
            let before = if is_removed && part.facts.len() > 1 {
                let (name, before) = part.facts.pop_last().unwrap();
                (name, Some(before), None)
            } else {
                let before = part.facts.insert(name.clone(), value.clone());
                (name, before, Some(value))
            };
            part.digest = part.computed();
            let (level, owner, ingredient) = (part.level, part.owner.clone(), part.name.clone());
            let new = Material::new(parts);
            let found = differences(&old, &new);
            let (name, was, is) = before;
            if was == is {
                prop_assert_eq!(found, vec![]);
                prop_assert_eq!(common(&old, &new), Common::Everything);
                return Ok(());
            }
            prop_assert_eq!(found.len(), 1, "{:?}", found);
            let only = &found[0];
            prop_assert_eq!((only.level, only.owner, only.ingredient), (level, owner.as_str(), &ingredient));
            prop_assert_eq!(only.fact, Some(&name));
            let change = match (was, is) {
                (Some(from), Some(to)) => Change::Changed { from, to },
                (Some(from), None) => Change::Removed(from),
                (None, Some(to)) => Change::Added(to),
                (None, None) => unreachable!(),
            };
            prop_assert_eq!(&only.change, &change);
            prop_assert!(common(&old, &new) < Common::Level(level));
        }
    }

    const OLD: &str = "signalbox/v1/trusted/linux-x64-a/cargo/deps/job.test/t1/d1";

    #[test]
    fn the_first_key_that_the_earlier_one_begins_with_is_what_is_reached() {
        let restore = [
            ("signalbox/v1/trusted/linux-x64-a/cargo/deps/job.test/t2/", "toolchain"),
            ("signalbox/v1/trusted/linux-x64-a/cargo/deps/job.test/", "system"),
        ];
        assert_eq!(reached(OLD, OLD, restore), Reached::Exact);
        assert_eq!(reached(OLD, "x", restore), Reached::Instead("system"));
        assert_eq!(reached("y", "x", restore), Reached::Nothing);
    }

    #[test]
    fn what_differs_in_the_name_is_told_as_the_inputs_call_it() {
        let material = Material::new(Vec::new());
        let new = OLD.replace("trusted", "local").replace("job.test", "shared.all");
        let made = |key| Made { key, material: &material };
        let told = explanation(made(OLD), made(&new), []);
        let parts: Vec<_> = told.names.iter().map(|it| (it.part, it.from, it.to)).collect();
        let wanted =
            [("scope", "trusted", "local"), ("job, key or shared-key", "job.test", "shared.all")];
        assert_eq!(parts, wanted);
        assert_eq!((told.facts.len(), told.common), (0, Common::Everything));
    }
}
