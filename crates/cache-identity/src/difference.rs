//! What differs between two materials: the answer to "why did it miss?".

use std::collections::BTreeMap;

use bstr::BString;

use crate::{Level, Material, Part, Value};

/// How one fact differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added(Value),
    /// It is gone.
    Removed(Value),
    /// It was one and is the other.
    Changed {
        /// What it was.
        from: Value,
        /// What it is.
        to: Value,
    },
}

/// One fact that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// How general what it belongs to is.
    pub level: Level,
    /// Whose it is.
    pub owner: &'a str,
    /// The ingredient.
    pub ingredient: &'a BString,
    /// Where the ingredient comes from, as far as it is known now.
    pub source: &'a BString,
    /// The fact; nothing where the ingredient itself came or went without having any.
    pub fact: Option<&'a BString>,
    /// What became of it.
    pub change: Change,
}

static NONE: BTreeMap<BString, Value> = BTreeMap::new();

/// Every fact that differs from `old` to `new`, the most general first. Empty exactly when the materials
/// have the same digest, the recipe aside.
pub fn differences<'a>(old: &'a Material, new: &'a Material) -> Vec<Difference<'a>> {
    let key = |part: &'a Part| (part.level, part.owner.as_str(), &part.name);
    let mut pairs: BTreeMap<_, (Option<&Part>, Option<&Part>)> = BTreeMap::new();
    for part in &old.parts {
        pairs.entry(key(part)).or_default().0 = Some(part);
    }
    for part in &new.parts {
        pairs.entry(key(part)).or_default().1 = Some(part);
    }
    let mut differences = Vec::new();
    for ((level, owner, ingredient), (old, new)) in pairs {
        let Some(source) = new.or(old).map(|part| &part.source) else { continue };
        let mut push = |fact, change| {
            differences.push(Difference { level, owner, ingredient, source, fact, change });
        };
        let was = old.map_or(&NONE, |part| &part.facts);
        let is = new.map_or(&NONE, |part| &part.facts);
        for fact in was.keys().chain(is.keys().filter(|fact| !was.contains_key(*fact))) {
            match (was.get(fact), is.get(fact)) {
                (Some(from), Some(to)) if from == to => {}
                (Some(from), Some(to)) => {
                    let (from, to) = (from.clone(), to.clone());
                    push(Some(fact), Change::Changed { from, to });
                }
                (Some(value), None) => push(Some(fact), Change::Removed(value.clone())),
                (None, Some(value)) => push(Some(fact), Change::Added(value.clone())),
                (None, None) => {}
            }
        }
        // An ingredient that says nothing but that it is there.
        let nothing = || Value::Shown(BString::default());
        match (old, new) {
            (Some(part), None) if part.facts.is_empty() => push(None, Change::Removed(nothing())),
            (None, Some(part)) if part.facts.is_empty() => push(None, Change::Added(nothing())),
            _ => {}
        }
    }
    differences
}
