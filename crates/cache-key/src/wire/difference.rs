//! What differs between two keys: the document of `explain`.

use bstr::ByteSlice as _;
use cache_identity::{Change, Common, Difference, Explanation, Reached, Renamed};
use serde::Serialize;

use super::lossless::text_of;
use super::material::ValueEntry;

/// Why a key is another: the document of `explain --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DifferenceFile {
    from: String,
    to: String,
    same_as: &'static str,
    expectation: &'static str,
    restored: Option<String>,
    changed: Vec<ChangeEntry>,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChangeEntry {
    level: &'static str,
    owner: String,
    ingredient: String,
    fact: Option<String>,
    source: String,
    from: Option<ValueEntry>,
    to: Option<ValueEntry>,
}

impl DifferenceFile {
    /// The document of an explanation, for these two keys.
    pub fn new(from: &str, to: &str, explanation: &Explanation<'_>) -> Self {
        let names = explanation.names.iter().map(ChangeEntry::of_name);
        let restored = match explanation.reached {
            Reached::Instead(same) => Some(same.to_owned()),
            Reached::Exact | Reached::Nothing => None,
        };
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            same_as: same_as(explanation.common),
            expectation: expectation(explanation.reached),
            restored,
            changed: names.chain(explanation.facts.iter().map(ChangeEntry::of_fact)).collect(),
        }
    }

    /// What differs.
    pub fn changed(&self) -> &[ChangeEntry] {
        &self.changed
    }

    /// How far they are the same, as the output `same-as` says it.
    pub fn same_as(&self) -> &'static str {
        self.same_as
    }

    /// What is found of the earlier run, as the output `expectation` says it.
    pub fn expectation(&self) -> &'static str {
        self.expectation
    }
}

impl ChangeEntry {
    fn of_name(renamed: &Renamed<'_>) -> Self {
        Self {
            level: "name",
            owner: "key".to_owned(),
            ingredient: renamed.part.to_owned(),
            fact: None,
            source: "input or job".to_owned(),
            from: Some(ValueEntry::Value(renamed.from.to_owned())),
            to: Some(ValueEntry::Value(renamed.to.to_owned())),
        }
    }

    fn of_fact(difference: &Difference<'_>) -> Self {
        let (from, to) = match &difference.change {
            Change::Added(to) => (None, Some(to)),
            Change::Removed(from) => (Some(from), None),
            Change::Changed { from, to } => (Some(from), Some(to)),
        };
        Self {
            level: difference.level.name(),
            owner: difference.owner.to_owned(),
            ingredient: text_of(difference.ingredient.as_bstr()),
            fact: difference.fact.map(|fact| text_of(fact.as_bstr())),
            source: text_of(difference.source.as_bstr()),
            from: from.map(ValueEntry::new),
            to: to.map(ValueEntry::new),
        }
    }
}

/// As many of the entries as a JSON array of so many characters holds, as that array.
pub fn as_many(entries: &[ChangeEntry], most: usize) -> String {
    let mut array = String::from("[");
    for entry in entries {
        let entry = serde_json::to_string(entry).unwrap_or_else(|error| {
            // Only maps with other keys than text have no JSON form.
            unreachable!("a document is always JSON: {error}")
        });
        if array.len() + entry.len() + 2 > most {
            break;
        }
        if array.len() > 1 {
            array.push(',');
        }
        array.push_str(&entry);
    }
    array.push(']');
    array
}

fn same_as(common: Common) -> &'static str {
    match common {
        Common::Nothing => "nothing",
        Common::Level(level) => level.name(),
        Common::Everything => "everything",
    }
}

fn expectation(reached: Reached<'_>) -> &'static str {
    match reached {
        Reached::Exact => "exact",
        Reached::Instead(_) => "partial",
        Reached::Nothing => "miss",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_between_its_entries() {
        let renamed = Renamed { part: "scope", from: "a", to: "b" };
        let entries = vec![ChangeEntry::of_name(&renamed); 9];
        let one = as_many(&entries[..1], usize::MAX).len();
        let cut = as_many(&entries, 3 * one - 4);
        let read: Vec<serde_json::Value> = serde_json::from_str(&cut).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(as_many(&entries, 1), "[]");
    }
}
