//! Which items stay together: by rules that a user writes.
//!
//! A rule is a regular expression, perhaps with ` -> ` and a key behind it. Items for which a rule gives
//! the same key go to the same shard, and so do those that another rule keeps with one of them. Without
//! a key it is the first group of
//! the expression, or else all that matched.

use std::collections::BTreeMap;

use bstr::BString;
use regex::bytes::{Regex, RegexBuilder};

use crate::Items;

/// What stands between an expression and its key.
const ARROW: &str = " -> ";

/// The most memory that one compiled expression may take, in bytes: `x{1000}{1000}` would take all.
const LARGEST: usize = 1 << 20;

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pattern: Regex,
    key: Key,
}

#[derive(Clone, Debug)]
enum Key {
    /// The first group, or all that matched.
    Matched,
    /// A text in which `$1` or `$name` stands for a group.
    Written(String),
    /// The same for all: whatever matches is one group.
    One,
}

/// A rule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotARule {
    why: String,
}

impl Rule {
    /// The rule `text`.
    ///
    /// # Errors
    /// When it is no regular expression, or a huge one.
    pub fn new(text: &str) -> Result<Self, NotARule> {
        match text.rsplit_once(ARROW) {
            Some((pattern, key)) => {
                Self::with(pattern.trim_end(), Key::Written(key.trim().to_owned()))
            }
            None => Self::with(text, Key::Matched),
        }
    }

    /// The rule by which everything that `text` matches stays together.
    ///
    /// # Errors
    /// When it is no regular expression, or a huge one.
    pub fn serial(text: &str) -> Result<Self, NotARule> {
        Self::with(text, Key::One)
    }

    fn with(pattern: &str, key: Key) -> Result<Self, NotARule> {
        let built = RegexBuilder::new(pattern).size_limit(LARGEST).build();
        let pattern = built.map_err(|error| {
            // The last line says what is wrong; those before draw it.
            let why = error.to_string();
            let last = why.lines().last().unwrap_or_default();
            NotARule { why: last.trim_start_matches("error: ").to_owned() }
        })?;
        Ok(Self { pattern, key })
    }

    /// The key of `name`; nothing if the rule is not about it.
    fn key(&self, name: &[u8]) -> Option<BString> {
        match &self.key {
            Key::One => self.pattern.is_match(name).then(BString::default),
            Key::Matched => {
                let found = self.pattern.captures(name)?;
                Some(found.get(1).or_else(|| found.get(0))?.as_bytes().into())
            }
            Key::Written(key) => {
                let mut written = Vec::new();
                self.pattern.captures(name)?.expand(key.as_bytes(), &mut written);
                Some(written.into())
            }
        }
    }
}

/// The number of each item's group, if it is in one; equal numbers stay together. An item that several
/// rules match joins what they keep together.
pub fn group(items: &Items, rules: &[Rule]) -> Vec<Option<usize>> {
    let mut numbers: BTreeMap<(usize, BString), usize> = BTreeMap::new();
    // Of each group, one with a lower number that it has joined, or itself.
    let mut joined: Vec<usize> = Vec::new();
    let mut groups = vec![None; items.len()];
    for (item, slot) in items.ids().iter().zip(&mut groups) {
        for (at, rule) in rules.iter().enumerate() {
            let Some(key) = rule.key(item.as_bytes()) else { continue };
            // One key means one group, whichever rule gave it; a rule without any is its own.
            let of = match &rule.key {
                Key::One => at + 1,
                Key::Matched | Key::Written(_) => 0,
            };
            let number = *numbers.entry((of, key)).or_insert_with(|| {
                joined.push(joined.len());
                joined.len() - 1
            });
            let number = root(&joined, number);
            let before = slot.map_or(number, |before| root(&joined, before));
            if let Some(higher) = joined.get_mut(number.max(before)) {
                *higher = number.min(before);
            }
            *slot = Some(number.min(before));
        }
    }
    groups.into_iter().map(|group| group.map(|number| root(&joined, number))).collect()
}

/// What `number` has joined in the end, where each joined another with a lower number, or none.
pub(crate) fn root(joined: &[usize], mut number: usize) -> usize {
    while let Some(next) = joined.get(number).copied().filter(|next| *next != number) {
        number = next;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ItemId;

    #[track_caller]
    fn check(rules: &[&str], serial: &[&str], names: &[&str], wanted: &[Option<usize>]) {
        let items = Items::new(names.iter().map(|name| ItemId::new(*name).unwrap()).collect());
        let serial = serial.iter().map(|rule| Rule::serial(rule).unwrap());
        let rules: Vec<Rule> =
            serial.chain(rules.iter().map(|rule| Rule::new(rule).unwrap())).collect();
        assert_eq!(group(&items, &rules), wanted);
    }

    #[test]
    fn items_with_one_key_stay_together() {
        let names = ["a/1", "a/2", "b/1", "c"];
        check(&["^[ab]/"], &[], &names, &[Some(0), Some(0), Some(1), None]);
        check(&["/([0-9])"], &[], &names, &[Some(0), Some(1), Some(0), None]);
        check(&["^([ab])/ -> x$1", "c -> xa"], &[], &names, &[Some(0), Some(0), Some(1), Some(0)]);
        check(&[], &["1$", "c"], &names, &[Some(0), None, Some(0), Some(1)]);
        check(&["."], &["1$"], &["a/1", "b/2"], &[Some(0), Some(2)]);
        // Two rules that share an item are one group.
        check(
            &[],
            &["_db", "_redis"],
            &["a_db", "b_db_redis", "c_redis", "d"],
            &[Some(0), Some(0), Some(0), None],
        );
        check(&[], &[], &names, &[None, None, None, None]);
    }

    #[test]
    fn a_rule_that_cannot_be_read_says_why() {
        assert_eq!(Rule::new("a(b").unwrap_err().to_string(), "unclosed group");
        assert!(Rule::new("(x{1000}){1000}{1000}").unwrap_err().to_string().contains("size limit"));
    }
}
