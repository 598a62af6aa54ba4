//! What a cache is made of: every ingredient with its digest. It travels with the cache, so that a later
//! run can say what has changed.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};
use ecosystems::caches::{Fact, Ingredient, Level, Source};

use crate::Digest;

/// The version of everything that decides what a key is made of. A change of the recipe is a new version:
/// caches of two recipes never meet.
pub const RECIPE: u32 = 1;

/// A value as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// One that anybody may read.
    Shown(BString),
    /// The digest of one that nobody may.
    Hidden(Digest),
}

/// One ingredient, with its digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// How general it is.
    pub level: Level,
    /// Whose it is: the name of an ecosystem, or `recipe` for what a person added.
    pub owner: String,
    /// Its name, unique within its owner and level.
    pub name: BString,
    /// Where it comes from, as a person would write it.
    pub source: BString,
    /// Why it is in the key, in words that follow "because".
    pub why: String,
    /// What it is made of.
    pub facts: BTreeMap<BString, Value>,
    /// The digest of its name and facts.
    pub digest: Digest,
}

/// All that a cache's contents depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// The version of the recipe that it was made by.
    pub recipe: u32,
    /// The ingredients, sorted by level, owner and name.
    pub parts: Vec<Part>,
}

impl Part {
    /// The part of an ingredient.
    pub fn new(owner: &str, ingredient: &Ingredient) -> Self {
        let value = |name: &BString, fact: &Fact| match fact {
            Fact::Shown(value) => Value::Shown(value.clone()),
            // Its name is in the digest, so that equal values of two variables do not look equal.
            Fact::Hidden(value) => Value::Hidden(Digest::of([name.as_slice(), value.as_slice()])),
        };
        let facts = ingredient.facts.iter();
        let facts = facts.map(|(name, fact)| (name.clone(), value(name, fact))).collect();
        let mut part = Self {
            level: ingredient.level,
            owner: owner.to_owned(),
            name: ingredient.name.clone(),
            source: source(&ingredient.source),
            why: ingredient.why.to_owned(),
            facts,
            digest: Digest::of([]),
        };
        part.digest = part.computed();
        part
    }

    /// The digest that its facts have. Where it comes from and why it counts are not in it: a file that
    /// moved with all it says is no reason for another cache.
    pub fn computed(&self) -> Digest {
        let mut values: Vec<&[u8]> =
            vec![self.level.name().as_bytes(), self.owner.as_bytes(), self.name.as_bytes()];
        for (name, value) in &self.facts {
            values.push(name);
            match value {
                Value::Shown(value) => values.extend([&b"shown"[..], value.as_slice()]),
                Value::Hidden(digest) => values.extend([&b"hidden"[..], digest.0.as_slice()]),
            }
        }
        Digest::of(values)
    }
}

impl Material {
    /// The material of parts in any order.
    pub fn new(mut parts: Vec<Part>) -> Self {
        parts.sort();
        Self { recipe: RECIPE, parts }
    }

    /// The digest of one level.
    pub fn level(&self, level: Level) -> Digest {
        let parts = self.parts.iter().filter(|part| part.level == level);
        Digest::of(parts.map(|part| part.digest.0.as_slice()))
    }

    /// The digest of everything.
    pub fn digest(&self) -> Digest {
        let recipe = self.recipe.to_be_bytes();
        let parts = self.parts.iter().map(|part| part.digest.0.as_slice());
        Digest::of([recipe.as_slice()].into_iter().chain(parts))
    }
}

/// A source as a person would write it.
fn source(source: &Source) -> BString {
    match source {
        Source::File(path) => BString::from(path.as_bytes()),
        Source::Beyond(path) => path.clone(),
        Source::Variable(name) => BString::from([b"$".as_slice(), name.as_bytes()].concat()),
        Source::Command(command) => BString::from(*command),
        Source::Machine => BString::from("the machine"),
        Source::Input(name) => BString::from(format!("input {name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ingredient(facts: &[(&str, &str)]) -> Ingredient {
        let mut it = Ingredient::new(Level::Toolchain, "rustc", Source::Machine, "it compiles");
        for (name, value) in facts {
            it.shown(*name, *value);
        }
        it
    }

    #[test]
    fn a_part_is_the_same_wherever_it_stands_and_however_it_is_ordered() {
        let one = Part::new("cargo", &ingredient(&[("a", "1"), ("b", "2")]));
        let mut other = ingredient(&[("b", "2"), ("a", "1")]);
        other.source = Source::Command("rustc -vV");
        other.why = "somebody says so";
        assert_eq!(one.digest, Part::new("cargo", &other).digest);
    }

    #[test]
    fn a_part_is_another_by_owner_name_level_and_every_fact() {
        let one = Part::new("cargo", &ingredient(&[("a", "1")]));
        let mut renamed = ingredient(&[("a", "1")]);
        renamed.name = BString::from("rustdoc");
        let mut raised = ingredient(&[("a", "1")]);
        raised.level = Level::Dependencies;
        let others = [
            Part::new("go", &ingredient(&[("a", "1")])),
            Part::new("cargo", &renamed),
            Part::new("cargo", &raised),
            Part::new("cargo", &ingredient(&[("a", "2")])),
            Part::new("cargo", &ingredient(&[("b", "1")])),
            Part::new("cargo", &ingredient(&[("a", "1"), ("b", "")])),
        ];
        for other in others {
            assert_ne!(one.digest, other.digest, "{other:?}");
        }
    }

    #[test]
    fn a_hidden_value_is_nowhere_in_a_part() {
        let mut it = ingredient(&[]);
        it.hidden("RUSTFLAGS", "--cfg hunter2");
        let part = Part::new("cargo", &it);
        assert!(!format!("{part:?}").contains("hunter2"));
        let mut other = ingredient(&[]);
        other.hidden("RUSTFLAGS", "--cfg hunter3");
        assert_ne!(part.digest, Part::new("cargo", &other).digest);
    }
}
