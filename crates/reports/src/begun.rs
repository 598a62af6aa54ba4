//! Tests that have begun and not ended, in formats that say both.

use std::collections::BTreeSet;
use std::collections::btree_set::IntoIter;

use bstr::BString;

use crate::Found;

/// The most bytes that they may take: many times more than those of any run.
const MOST: usize = 16 << 20;

/// What a test is part of, if anything, and its name.
pub(crate) type Pair = (BString, BString);

/// The tests that have begun, in the order of their names.
#[derive(Default)]
pub(crate) struct Begun {
    tests: BTreeSet<Pair>,
    /// How many bytes they take, roughly.
    bytes: usize,
}

impl Begun {
    pub(crate) fn insert(&mut self, test: Pair) -> Result<(), Found> {
        let bytes = cost(&test);
        if self.tests.insert(test) {
            self.bytes = self.bytes.saturating_add(bytes);
        }
        if self.bytes > MOST { Err(Found::TooMany) } else { Ok(()) }
    }

    pub(crate) fn remove(&mut self, test: &Pair) {
        if self.tests.remove(test) {
            self.bytes = self.bytes.saturating_sub(cost(test));
        }
    }

    /// Takes out the first test that is part of `whole`.
    pub(crate) fn take_of(&mut self, whole: &BString) -> Option<Pair> {
        let first = (whole.clone(), BString::default());
        let test = self.tests.range(&first..).next().filter(|(part_of, _)| part_of == whole)?;
        let test = test.clone();
        self.remove(&test);
        Some(test)
    }
}

impl IntoIterator for Begun {
    type Item = Pair;
    type IntoIter = IntoIter<Pair>;

    fn into_iter(self) -> IntoIter<Pair> {
        self.tests.into_iter()
    }
}

/// What a test takes: its names, and about as much as the set and the two names need around them.
fn cost((whole, test): &Pair) -> usize {
    whole.len().saturating_add(test.len()).saturating_add(128)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(whole: &str, test: &str) -> Pair {
        (whole.into(), test.into())
    }

    #[test]
    fn a_whole_takes_out_its_own_tests_only() {
        let mut begun = Begun::default();
        for (whole, test) in [("a", "2"), ("a", "1"), ("ab", "1"), ("", "1")] {
            begun.insert(pair(whole, test)).unwrap();
        }
        assert_eq!(begun.take_of(&"a".into()), Some(pair("a", "1")));
        assert_eq!(begun.take_of(&"a".into()), Some(pair("a", "2")));
        assert_eq!(begun.take_of(&"a".into()), None);
        assert_eq!(begun.into_iter().collect::<Vec<_>>(), [pair("", "1"), pair("ab", "1")]);
    }

    #[test]
    fn what_has_ended_makes_room() {
        let long = BString::from("x".repeat(MOST / 2));
        let mut begun = Begun::default();
        for _ in 0..3 {
            begun.insert((long.clone(), "1".into())).unwrap();
            begun.insert((long.clone(), "1".into())).unwrap();
            begun.remove(&(long.clone(), "1".into()));
            begun.remove(&(long.clone(), "1".into()));
        }
        begun.insert((long.clone(), "1".into())).unwrap();
        assert_eq!(begun.insert((long, "2".into())), Err(Found::TooMany));
    }
}
