//! Which items stay together: by rules that a user writes.
//!
//! A rule is a regular expression, perhaps with ` -> ` and a key behind it. Items for which the first
//! rule that matches gives the same key go to the same shard. Without a key it is the first group of
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

/// The number of each item's group, if it is in one; equal numbers stay together.
pub fn group(items: &Items, rules: &[Rule]) -> Vec<Option<usize>> {
    let mut numbers: BTreeMap<(usize, BString), usize> = BTreeMap::new();
    if rules.is_empty() {
        return vec![None; items.len()];
    }
    let keys = items.ids().iter().map(|item| {
        rules.iter().enumerate().find_map(|(at, rule)| {
            // One key means one group, whichever rule gave it; a rule without any is its own.
            let of = match &rule.key {
                Key::One => at + 1,
                Key::Matched | Key::Written(_) => 0,
            };
            Some((of, rule.key(item.as_bytes())?))
        })
    });
    keys.map(|key| {
        let next = numbers.len();
        key.map(|key| *numbers.entry(key).or_insert(next))
    })
    .collect()
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
        check(&["."], &["1$"], &["a/1", "b/2"], &[Some(0), Some(1)]);
        check(&[], &[], &names, &[None, None, None, None]);
    }

    #[test]
    fn a_rule_that_cannot_be_read_says_why() {
        assert_eq!(Rule::new("a(b").unwrap_err().to_string(), "unclosed group");
        assert!(Rule::new("(x{1000}){1000}{1000}").unwrap_err().to_string().contains("size limit"));
    }
}
