//! Branches, functions, statements, regions: what a report counts besides lines.

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many were run.
    pub covered: u64,
    /// How many can be run.
    pub total: u64,
}

impl Count {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            covered: self.covered.saturating_add(other.covered),
            total: self.total.saturating_add(other.total),
        }
    }
}

/// Units of one kind in one file, told apart by a key: what has the same key in another report is the
/// same unit and counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// Sorted and each key once, once [`Units::finish`] was called.
    units: Vec<Unit>,
    room: usize,
}

/// One unit, or several of which nothing but their number is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    key: u64,
    covered: u32,
    total: u32,
}

const FEWEST: usize = 64;

impl Units {
    /// Adds a unit that counts `weight` times.
    pub(crate) fn add(&mut self, key: u64, weight: u32, is_covered: bool) {
        self.add_some(key, if is_covered { weight } else { 0 }, weight);
    }

    /// Adds `total` units that have one key together. Where a report and another disagree about how many
    /// were run, nobody knows whether they mean the same ones: the higher number is sure, their sum is
    /// not.
    pub(crate) fn add_some(&mut self, key: u64, covered: u32, total: u32) {
        if self.units.len() >= self.room.max(FEWEST) {
            self.order();
            self.room = self.units.len().saturating_mul(2);
        }
        self.units.push(Unit { key, covered: covered.min(total), total });
    }

    fn order(&mut self) {
        if self.units.is_sorted_by(|one, other| one.key < other.key) {
            return;
        }
        self.units.sort_by_key(|unit| unit.key);
        self.units.dedup_by(|next, kept| {
            let is_same = next.key == kept.key;
            if is_same {
                kept.covered = kept.covered.max(next.covered);
                kept.total = kept.total.max(next.total);
            }
            is_same
        });
    }

    /// Ends the adding.
    pub(crate) fn finish(&mut self) {
        self.order();
        self.room = 0;
        self.units.shrink_to_fit();
    }

    /// Adds the units of the same file from elsewhere.
    pub(crate) fn merge(&mut self, other: &Self) {
        for Unit { key, covered, total } in &other.units {
            self.add_some(*key, *covered, *total);
        }
    }

    /// How many of how many were run.
    pub fn count(&self) -> Count {
        self.units.iter().fold(Count::default(), |sum, unit| {
            sum.plus(Count { covered: unit.covered.into(), total: unit.total.into() })
        })
    }

    /// Whether the report has none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }
}

/// A key of what a report says about a unit: FNV-1a of 64 bits (draft-eastlake-fnv), the same in every
/// run and on every machine. Two of the 100 000 units of a huge file share one with odds of 1 to 10^9.
#[derive(Clone, Copy)]
pub(crate) struct Key(u64);

impl Key {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let Self(start) = self;
        Self(bytes.iter().fold(start, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }

    pub(crate) fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    pub(crate) fn end(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(units: &[(u64, u32, u32)], covered: u64, total: u64) {
        let mut told = Units::default();
        let mut merged = Units::default();
        for (key, covered, total) in units {
            told.add_some(*key, *covered, *total);
            let mut one = Units::default();
            one.add_some(*key, *covered, *total);
            one.finish();
            merged.merge(&one);
        }
        told.finish();
        merged.finish();
        assert_eq!(told.count(), Count { covered, total });
        assert_eq!(told, merged);
    }

    #[test]
    fn what_has_one_key_counts_once() {
        check(&[], 0, 0);
        check(&[(1, 0, 1), (2, 1, 1)], 1, 2);
        check(&[(1, 0, 1), (1, 1, 1), (1, 0, 1)], 1, 1);
        check(&[(7, 1, 4), (7, 2, 4)], 2, 4);
        check(&[(7, 9, 4)], 4, 4);
        check(
            &[(1, u32::MAX, u32::MAX), (2, 0, u32::MAX)],
            u32::MAX.into(),
            2 * u64::from(u32::MAX),
        );
    }

    #[test]
    fn a_key_is_that_of_the_published_hash() {
        // draft-eastlake-fnv, test vectors for 64-bit FNV-1a.
        assert_eq!(Key::new().bytes(b"").end(), 0xcbf2_9ce4_8422_2325);
        assert_eq!(Key::new().bytes(b"a").end(), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Key::new().bytes(b"foobar").end(), 0x8594_4171_f739_67e8);
    }
}
