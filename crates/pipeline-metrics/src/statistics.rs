//! Medians, percentiles and shares, without a float: the same numbers give the same answer everywhere.

use crate::Millis;

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

impl Share {
    /// So many of so many; nothing of none, which is no share.
    pub fn new(part: u64, whole: u64) -> Option<Self> {
        (whole > 0).then_some(Self { part: part.min(whole), whole })
    }

    /// The share in thousandths of a percent, cut: one of three is 33 333.
    pub fn percent_thousandths(self) -> u64 {
        let thousandths = u128::from(self.part) * 100_000 / u128::from(self.whole.max(1));
        u64::try_from(thousandths).unwrap_or(u64::MAX)
    }
}

/// The value below or at which so many percent of the values lie, by the nearest rank; nothing of none.
pub fn percentile(values: &mut [Millis], percent: u64) -> Option<Millis> {
    values.sort_unstable();
    let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
    let rank = (u128::from(count) * u128::from(percent.min(100))).div_ceil(100).max(1);
    values.get(usize::try_from(rank - 1).ok()?).copied()
}

/// The value in the middle, or half way between the two that are; nothing of none.
pub fn median(values: &mut [Millis]) -> Option<Millis> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = values.get(middle)?.0;
    if values.len() % 2 == 1 {
        return Some(Millis(upper));
    }
    let lower = values.get(middle.checked_sub(1)?)?.0;
    Some(Millis(lower + (upper - lower) / 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_middle_of_none_is_not_zero() {
        assert_eq!(median(&mut []), None);
        assert_eq!(percentile(&mut [], 95), None);
        assert_eq!(Share::new(0, 0), None);
    }

    #[test]
    fn small_cases_are_those_of_a_textbook() {
        let mut five = [15, 20, 35, 40, 50].map(Millis);
        let ranks = [(5, 15), (30, 20), (40, 20), (50, 35), (100, 50)];
        for (percent, wanted) in ranks {
            assert_eq!(percentile(&mut five, percent), Some(Millis(wanted)), "{percent}");
        }
        assert_eq!(median(&mut [Millis(3), Millis(1)]), Some(Millis(2)));
        assert_eq!(Share::new(1, 3).unwrap().percent_thousandths(), 33_333);
    }

    proptest! {
        #[test]
        fn a_percentile_has_at_least_so_many_values_at_or_below_it(
            values in prop::collection::vec(0_u64..50, 1..40), percent in 1_u64..=100
        ) {
            let mut sorted: Vec<Millis> = values.iter().copied().map(Millis).collect();
            let found = percentile(&mut sorted, percent).unwrap().0;
            // Slow and by definition: the smallest value with enough of them at or below it.
            let count = values.len() as u64;
            let enough = |value: u64| values.iter().filter(|it| **it <= value).count() as u64 * 100 >= count * percent;
            let wanted = values.iter().copied().filter(|value| enough(*value)).min();
            prop_assert_eq!(Some(found), wanted);
        }

        #[test]
        fn as_many_values_lie_on_either_side_of_the_median(values in prop::collection::vec(0_u64..50, 1..40)) {
            let mut sorted: Vec<Millis> = values.iter().copied().map(Millis).collect();
            let found = median(&mut sorted).unwrap().0;
            let below = values.iter().filter(|it| **it < found).count() * 2;
            let above = values.iter().filter(|it| **it > found).count() * 2;
            prop_assert!(below <= values.len() && above <= values.len());
        }
    }
}
