//! Sets of the units that a path is read as.

use std::collections::BTreeMap;

/// How often it may be asked whether a unit is in a set, to tell the kinds of units apart.
const MOST_QUESTIONS: usize = 1 << 18;

/// A unit of a path: a UTF-16 code unit, or, beyond those, a byte that is no part of UTF-8.
pub(in crate::glob) type Unit = u32;

/// The last unit: the byte 0xff.
pub(in crate::glob) const LAST: Unit = 0x1_00ff;

/// The unit for a byte that is no part of a UTF-8 character.
pub(in crate::glob) fn lone_byte(byte: u8) -> Unit {
    0x1_0000 + Unit::from(byte)
}

/// A set of units, as ranges in order with gaps between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::glob) struct Set(Vec<(Unit, Unit)>);

impl Set {
    pub(in crate::glob) fn all() -> Self {
        Self(vec![(0, LAST)])
    }

    pub(in crate::glob) fn one(unit: Unit) -> Self {
        Self(vec![(unit, unit)])
    }

    /// The set of all units in these ranges, each of which has its first unit first.
    pub(in crate::glob) fn of(mut ranges: Vec<(Unit, Unit)>) -> Self {
        ranges.sort_unstable();
        let mut kept: Vec<(Unit, Unit)> = Vec::new();
        for (first, last) in ranges {
            match kept.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                Some(_) | None => kept.push((first, last)),
            }
        }
        Self(kept)
    }

    /// All other units.
    pub(in crate::glob) fn others(&self) -> Self {
        let mut others = Vec::new();
        let mut next = 0;
        for (first, last) in &self.0 {
            if let Some(before) = first.checked_sub(1).filter(|before| *before >= next) {
                others.push((next, before));
            }
            next = last + 1;
        }
        if next <= LAST {
            others.push((next, LAST));
        }
        Self(others)
    }

    pub(in crate::glob) fn ranges(&self) -> &[(Unit, Unit)] {
        &self.0
    }

    pub(in crate::glob) fn contains(&self, unit: Unit) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= unit);
        let range = after.checked_sub(1).and_then(|at| self.0.get(at));
        range.is_some_and(|(_, last)| unit <= *last)
    }

    /// The unit, where there is exactly one.
    pub(in crate::glob) fn only(&self) -> Option<Unit> {
        match self.0.as_slice() {
            [(first, last)] if first == last => Some(*first),
            _ => None,
        }
    }
}

/// The units in kinds, so that a table needs no column for each: two units of a kind are in the same
/// sets.
#[derive(Clone, Debug, Default)]
pub(in crate::glob) struct Kinds {
    ascii: Vec<u16>,
    /// Where each run of one kind begins.
    runs: Vec<(Unit, u16)>,
    /// How many kinds there are.
    count: usize,
}

impl Kinds {
    /// The kinds that these sets tell apart, if finding them takes no long time.
    pub(in crate::glob) fn of(sets: &[Set]) -> Option<Self> {
        let ends = |set: &Set| {
            let ends: Vec<Unit> =
                set.0.iter().flat_map(|(first, last)| [*first, last + 1]).collect();
            ends
        };
        let mut begins: Vec<Unit> = sets.iter().flat_map(ends).collect();
        begins.push(0);
        begins.retain(|begin| *begin <= LAST);
        begins.sort_unstable();
        begins.dedup();
        if begins.len().saturating_mul(sets.len()) > MOST_QUESTIONS {
            return None;
        }
        let mut found = Self::default();
        let mut known: BTreeMap<Vec<bool>, u16> = BTreeMap::new();
        for begin in begins {
            let member: Vec<bool> = sets.iter().map(|set| set.contains(begin)).collect();
            let new = u16::try_from(known.len()).ok();
            let kind = if let Some(kind) = known.get(&member) {
                *kind
            } else {
                let kind = new?;
                known.insert(member, kind);
                found.count += 1;
                kind
            };
            if found.runs.last().is_none_or(|(_, last)| *last != kind) {
                found.runs.push((begin, kind));
            }
        }
        found.ascii = (0..128).map(|unit| found.by_run(unit)).collect();
        Some(found)
    }

    fn by_run(&self, unit: Unit) -> u16 {
        let after = self.runs.partition_point(|(begin, _)| *begin <= unit);
        after.checked_sub(1).and_then(|at| self.runs.get(at)).map_or(0, |(_, kind)| *kind)
    }

    /// The kind of a unit.
    pub(in crate::glob) fn kind(&self, unit: Unit) -> usize {
        let known = usize::try_from(unit).ok().and_then(|unit| self.ascii.get(unit));
        usize::from(known.copied().unwrap_or_else(|| self.by_run(unit)))
    }

    /// The kind of an ASCII byte.
    pub(in crate::glob) fn ascii(&self, byte: u8) -> usize {
        usize::from(self.ascii.get(usize::from(byte)).copied().unwrap_or_default())
    }

    /// How many kinds there are.
    pub(in crate::glob) fn count(&self) -> usize {
        self.count
    }
}
