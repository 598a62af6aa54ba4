//! Which lines of a file a test can run, and which were run: two bits a line.
//!
//! A report of 200 MB has 15 million lines. Kept as bits, 64 lines to a chunk, they take a few
//! megabytes, and lines of several reports are put together a chunk at a time.

/// The highest line that a report may name: there is no longer source file, and what spans lines must
/// not make memory out of a number.
pub(crate) const LAST_LINE: u64 = 16_000_000;

/// The lines of a file that a test can run, and of these the lines that were run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Sorted and each number once, once [`Lines::finish`] was called.
    chunks: Vec<Chunk>,
    /// How many chunks there may be before they are put in order.
    room: usize,
}

/// 64 lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Chunk {
    /// The number of the first line, divided by 64.
    number: u32,
    coverable: u64,
    covered: u64,
}

/// The fewest chunks that are worth putting in order.
const FEWEST: usize = 64;

/// The chunk of a line, and its bit there; nothing for a line beyond the last.
fn place(line: u64) -> Option<(u32, u64)> {
    if line > LAST_LINE {
        return None;
    }
    Some((u32::try_from(line / 64).ok()?, 1 << (line % 64)))
}

impl Lines {
    /// Adds a line that can be run; whether it was run as well, here or elsewhere. A line beyond the
    /// last that a report may name is refused with `false`.
    #[must_use]
    pub(crate) fn add(&mut self, line: u64, is_covered: bool) -> bool {
        let Some((number, bit)) = place(line) else { return false };
        let covered = if is_covered { bit } else { 0 };
        self.add_chunk(Chunk { number, coverable: bit, covered });
        true
    }

    /// Adds all lines from `first` to `last`; whether they are lines that a report may name.
    #[must_use]
    pub(crate) fn add_span(&mut self, first: u64, last: u64, is_covered: bool) -> bool {
        let (Some((from, low)), Some((to, high))) = (place(first), place(last)) else {
            return false;
        };
        if first > last {
            return false;
        }
        for number in from..=to {
            // The bits from the first line on, and those up to the last.
            let begin = if number == from { !(low - 1) } else { !0 };
            let end = if number == to { high | (high - 1) } else { !0 };
            let coverable = begin & end;
            self.add_chunk(Chunk {
                number,
                coverable,
                covered: if is_covered { coverable } else { 0 },
            });
        }
        true
    }

    #[inline]
    fn add_chunk(&mut self, chunk: Chunk) {
        if let Some(last) = self.chunks.last_mut()
            && last.number == chunk.number
        {
            last.coverable |= chunk.coverable;
            last.covered |= chunk.covered;
            return;
        }
        if self.chunks.len() >= self.room.max(FEWEST) {
            self.order();
            self.room = self.chunks.len().saturating_mul(2);
        }
        self.chunks.push(chunk);
    }

    /// Puts the chunks in order, each number once.
    fn order(&mut self) {
        if !self.chunks.is_sorted_by(|one, other| one.number < other.number) {
            self.chunks.sort_by_key(|chunk| chunk.number);
            self.chunks.dedup_by(|next, kept| {
                let is_same = next.number == kept.number;
                if is_same {
                    kept.coverable |= next.coverable;
                    kept.covered |= next.covered;
                }
                is_same
            });
        }
    }

    /// Ends the adding, after which the lines can be asked.
    pub(crate) fn finish(&mut self) {
        self.order();
        self.room = 0;
        self.chunks.shrink_to_fit();
    }

    /// Adds the lines of the same file from elsewhere. A line that was run in one of them was run.
    pub(crate) fn merge(&mut self, other: &Self) {
        for chunk in &other.chunks {
            self.add_chunk(*chunk);
        }
    }

    /// How many lines can be run.
    pub fn total(&self) -> u64 {
        self.chunks.iter().map(|chunk| u64::from(chunk.coverable.count_ones())).sum()
    }

    /// How many lines were run.
    pub fn covered(&self) -> u64 {
        self.chunks.iter().map(|chunk| u64::from(chunk.covered.count_ones())).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Whether a line, counted from 1, was run; nothing if it cannot be run.
    pub fn get(&self, line: u64) -> Option<bool> {
        let (number, bit) = place(line)?;
        let at = self.chunks.binary_search_by_key(&number, |chunk| chunk.number).ok()?;
        let chunk = self.chunks.get(at)?;
        (chunk.coverable & bit != 0).then_some(chunk.covered & bit != 0)
    }

    /// The lines from `first` to `last` that can be run, in order, each with whether it was run.
    pub fn between(&self, first: u64, last: u64) -> impl Iterator<Item = (u64, bool)> {
        let first_chunk = u32::try_from(first / 64).unwrap_or(u32::MAX);
        let begin = self.chunks.partition_point(|chunk| chunk.number < first_chunk);
        let chunks = self.chunks.get(begin..).unwrap_or_default().iter();
        let chunks = chunks.take_while(move |chunk| u64::from(chunk.number) <= last / 64);
        chunks.flat_map(Chunk::lines).filter(move |(line, _)| (first..=last).contains(line))
    }

    /// All lines that can be run, in order, each with whether it was run.
    pub fn iter(&self) -> impl Iterator<Item = (u64, bool)> {
        self.chunks.iter().flat_map(Chunk::lines)
    }
}

impl Chunk {
    fn lines(&self) -> impl Iterator<Item = (u64, bool)> + use<> {
        let Self { number, coverable, covered } = *self;
        (0..64_u64)
            .filter(move |bit| coverable & (1 << bit) != 0)
            .map(move |bit| (u64::from(number) * 64 + bit, covered & (1 << bit) != 0))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn lines(all: &[(u64, bool)]) -> Lines {
        let mut lines = Lines::default();
        for (line, is_covered) in all {
            assert!(lines.add(*line, *is_covered));
        }
        lines.finish();
        lines
    }

    #[test]
    fn a_line_that_no_file_has_is_refused() {
        let mut lines = Lines::default();
        assert!(!lines.add(LAST_LINE + 1, true));
        assert!(!lines.add(u64::MAX, true));
        assert!(!lines.add_span(1, u64::MAX, true));
        assert!(!lines.add_span(2, 1, true));
        assert!(lines.add(LAST_LINE, true) && lines.add_span(0, 0, false));
        lines.finish();
        assert_eq!((lines.covered(), lines.total()), (1, 2));
    }

    #[test]
    fn lines_in_any_order_take_no_more_room_than_in_order() {
        let mut lines = Lines::default();
        for round in 0..1000 {
            assert!((0..100).all(|chunk| lines.add(chunk * 64 + round % 64, false)));
        }
        assert!(lines.chunks.capacity() < 1000);
    }

    proptest! {
        #[test]
        fn lines_are_those_of_a_map(
            all in vec((0_u64..700, any::<bool>()), 0..300),
            spans in vec((0_u64..700, 0_u64..200, any::<bool>()), 0..5),
            (first, length) in (0_u64..700, 0_u64..300),
        ) {
            let mut map: BTreeMap<u64, bool> = BTreeMap::new();
            for (line, is_covered) in &all {
                *map.entry(*line).or_default() |= is_covered;
            }
            let mut told = lines(&all);
            let (one, other) = all.split_at(all.len() / 2);
            let mut merged = lines(one);
            merged.merge(&lines(other));
            merged.finish();
            prop_assert_eq!(&merged, &told);
            for (first, length, is_covered) in spans {
                prop_assert!(told.add_span(first, first + length, is_covered));
                for line in first..=first + length {
                    *map.entry(line).or_default() |= is_covered;
                }
            }
            told.finish();
            prop_assert_eq!(told.iter().collect::<Vec<_>>(), map.clone().into_iter().collect::<Vec<_>>());
            prop_assert_eq!(told.total(), u64::try_from(map.len()).unwrap());
            prop_assert_eq!(told.covered(), told.iter().filter(|(_, hit)| *hit).count() as u64);
            let last = first + length;
            prop_assert_eq!(
                told.between(first, last).collect::<Vec<_>>(),
                map.range(first..=last).map(|(line, hit)| (*line, *hit)).collect::<Vec<_>>()
            );
            prop_assert!((0..1000).all(|line| told.get(line) == map.get(&line).copied()));
        }
    }
}
