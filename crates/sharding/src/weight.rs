//! How heavy each item is: its known time, or a guess that is never nothing.
//!
//! An item without a time weighs the median of the times above zero. Taking 0 instead was worse in
//! every setting measured on real histories (specs/shard-splitter.md 5c), and puts all new tests on
//! one shard. The guess is at most an even share of the known time, so that a few heavy items cannot
//! make every new one look like a shard of its own, and never nothing.

use crate::{ShardCount, Timings};

/// The weight of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Its time in microseconds, from a report.
    Known(u64),
    /// A guess in microseconds, because no report names it.
    Guessed(u64),
    /// One item like any other, because no item has a time.
    Counted,
}

/// What weights are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighing {
    /// Microseconds; at least one item's time is known.
    Time,
    /// Items; no time is known.
    Count,
}

/// The weights of all items, in the items' order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    weights: Vec<Weight>,
    weighing: Weighing,
}

impl Weight {
    /// The number that plans add up: microseconds, or 1 where items are counted.
    pub fn value(self) -> u64 {
        match self {
            Self::Known(micros) | Self::Guessed(micros) => micros,
            Self::Counted => 1,
        }
    }

    /// Whether a report gave it.
    pub fn is_known(self) -> bool {
        match self {
            Self::Known(_) => true,
            Self::Guessed(_) | Self::Counted => false,
        }
    }
}

impl Weights {
    /// The weights in the items' order.
    pub fn all(&self) -> &[Weight] {
        &self.weights
    }

    /// Whether they are times or counts.
    pub fn weighing(&self) -> Weighing {
        self.weighing
    }
}

/// Weighs every item that `timings` was made for.
pub fn weigh(timings: &Timings, shards: ShardCount) -> Weights {
    let mut known: Vec<u64> = timings.micros().iter().copied().flatten().collect();
    if known.is_empty() {
        let weights = vec![Weight::Counted; timings.micros().len()];
        return Weights { weights, weighing: Weighing::Count };
    }
    known.sort_unstable();
    let total: u128 = known.iter().copied().map(u128::from).sum();
    let share = u64::try_from(total / u128::from(shards.get())).unwrap_or(u64::MAX);
    let (_, above_zero) = known.split_at(known.partition_point(|micros| *micros == 0));
    let guess = median(above_zero).min(share).max(1);
    let weigh = |micros: &Option<u64>| micros.map_or(Weight::Guessed(guess), Weight::Known);
    Weights { weights: timings.micros().iter().map(weigh).collect(), weighing: Weighing::Time }
}

/// The middle of sorted numbers; of two middles, the number half-way between, rounded down.
fn median(sorted: &[u64]) -> u64 {
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).copied().unwrap_or(0);
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = sorted.get(middle.wrapping_sub(1)).copied().unwrap_or(upper);
    lower.midpoint(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(micros: &[Option<u64>], shards: u64, wanted: &[Weight]) {
        let timings = Timings::from_micros(micros.to_vec());
        let weights = weigh(&timings, ShardCount::new(shards).unwrap());
        assert_eq!(weights.all(), wanted);
    }

    #[test]
    fn a_guess_is_never_nothing() {
        use Weight::{Guessed, Known};
        let most_are_zero = [Some(0), Some(0), Some(0), Some(10), Some(20), None];
        let weights = [Known(0), Known(0), Known(0), Known(10), Known(20), Guessed(15)];
        check(&most_are_zero, 2, &weights);
        check(&[Some(0), None], 2, &[Known(0), Guessed(1)]);
    }

    #[test]
    fn an_item_without_a_time_weighs_the_median() {
        use Weight::{Guessed, Known};
        check(
            &[Some(10), None, Some(30), Some(20)],
            2,
            &[Known(10), Guessed(20), Known(30), Known(20)],
        );
        check(&[Some(10), None, Some(21)], 2, &[Known(10), Guessed(15), Known(21)]);
    }

    #[test]
    fn a_guess_is_at_most_an_even_share() {
        use Weight::{Guessed, Known};
        check(&[Some(100), None], 4, &[Known(100), Guessed(25)]);
    }

    #[test]
    fn where_no_time_is_known_items_are_counted() {
        check(&[None, None], 2, &[Weight::Counted, Weight::Counted]);
        check(&[], 2, &[]);
    }
}
