//! The rule by which two sides of rounds are compared.
//!
//! One round runs base and head once each, right after each other, so that what disturbs the machine
//! disturbs both. It is worse than a threshold T where the median of the rounds' ratios is above T *and*
//! the ratio of the best sample of each side is above 1 + (T - 1) / 2: noise only ever makes a run
//! slower, so that the best is the one with the least of it. Of 200 rounds of a shared machine with T = 1.10
//! that gave 1.5 % of false alarms at 5 rounds and found 94.6 % of changes of 20 %; Welch's test on the
//! samples of one run gave 33 % of false alarms (issue 5's study).

use reports::quantity::{Direction, Value};

/// How many times as bad the head is as the base. Above 1 is worse, whichever way the figure goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// The median of the ratios of the rounds.
    pub median: f64,
    /// The ratio of the best value of each side.
    pub best: f64,
}

/// Why there is no ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRatio {
    /// There are no rounds, or not as many values on both sides.
    Empty,
    /// All is 0 on both sides: nothing has changed.
    BothZero,
    /// The base has a 0.
    BaseIsZero,
    /// More is better, and the head has a 0.
    HeadFellToZero,
}

/// What was measured of one side.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'v> {
    /// One value for each round.
    pub values: &'v [Value],
    /// The best sample of each round, where there are samples; otherwise nothing, and the values are
    /// the best that is known.
    pub best: &'v [Value],
}

/// The difference that rounding makes in a ratio of decimals: 0.12 / 0.1 is no more than 1.2.
const ROUNDING: f64 = 1e-9;

impl Compared {
    /// Compares the values of rounds: the first of one side with the first of the other, and so on. One
    /// value each is one pair.
    ///
    /// # Errors
    /// When there is no ratio.
    pub fn rounds(direction: Direction, base: Runs<'_>, head: Runs<'_>) -> Result<Self, NoRatio> {
        // Only where both sides have samples are they alike.
        let has_best = !base.best.is_empty() && !head.best.is_empty();
        let [least_base, least_head] =
            [base, head].map(|side| if has_best { side.best } else { side.values });
        let (base, head) = (base.values, head.values);
        if base.is_empty() || base.len() != head.len() {
            return Err(NoRatio::Empty);
        }
        let zero = Value::default();
        match (base.contains(&zero), head.contains(&zero)) {
            (true, true) if base.iter().chain(head).all(|value| *value == zero) => {
                return Err(NoRatio::BothZero);
            }
            (true, _) => return Err(NoRatio::BaseIsZero),
            (false, true) if direction == Direction::BiggerIsBetter => {
                return Err(NoRatio::HeadFellToZero);
            }
            (false, _) => {}
        }
        let ratio = |base: Value, head: Value| match direction {
            Direction::SmallerIsBetter => head.get() / base.get(),
            Direction::BiggerIsBetter => base.get() / head.get(),
        };
        let best = |values: &[Value]| match direction {
            Direction::SmallerIsBetter => values.iter().min().copied(),
            Direction::BiggerIsBetter => values.iter().max().copied(),
        };
        let mut ratios: Vec<f64> =
            base.iter().zip(head).map(|(base, head)| ratio(*base, *head)).collect();
        let median = middle(&mut ratios).ok_or(NoRatio::Empty)?;
        let best = best(least_base).zip(best(least_head)).ok_or(NoRatio::Empty)?;
        if best.0 == zero || best.1 == zero {
            return Err(NoRatio::BaseIsZero);
        }
        Ok(Self { median, best: ratio(best.0, best.1) })
    }

    /// Whether it is worse by the rule for the threshold T, 1.2 for 20 %.
    pub fn is_over(self, threshold: f64) -> bool {
        let halved = 1.0 + (threshold - 1.0) / 2.0;
        self.median > threshold * (1.0 + ROUNDING) && self.best > halved * (1.0 + ROUNDING)
    }

    /// How many times as bad the base is as the head.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { median: 1.0 / self.median, best: 1.0 / self.best }
    }
}

/// The value in the middle; of two the mean. Nothing if there is none.
pub fn median(values: &[Value]) -> Option<Value> {
    let mut numbers: Vec<f64> = values.iter().map(|value| value.get()).collect();
    middle(&mut numbers).and_then(Value::new)
}

fn middle(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let half = numbers.len() / 2;
    let upper = *numbers.get(half)?;
    if numbers.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *numbers.get(half.checked_sub(1)?)?;
    // Two numbers near the end of what a double holds have no sum.
    Some(lower / 2.0 + upper / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(numbers: &[f64]) -> Vec<Value> {
        numbers.iter().map(|number| Value::new(*number).unwrap()).collect()
    }

    fn runs(values: &[Value]) -> Runs<'_> {
        Runs { values, best: &[] }
    }

    #[track_caller]
    fn check(base: &[f64], head: &[f64], threshold: f64, is_over: bool) {
        let (base, head) = (values(base), values(head));
        let compared =
            Compared::rounds(Direction::SmallerIsBetter, runs(&base), runs(&head)).unwrap();
        assert_eq!(compared.is_over(threshold), is_over, "{compared:?}");
    }

    #[test]
    fn median_and_best_must_both_be_over() {
        check(&[100.0; 5], &[121.0; 5], 1.2, true);
        check(&[100.0; 5], &[120.0; 5], 1.2, false);
        check(&[0.1; 5], &[0.12; 5], 1.2, false);
        // The median is over; the best of the head is as good as that of the base.
        check(&[100.0; 5], &[100.0, 130.0, 130.0, 130.0, 130.0], 1.2, false);
        check(&[100.0; 5], &[110.0, 130.0, 130.0, 130.0, 130.0], 1.2, false);
        check(&[100.0; 5], &[110.1, 130.0, 130.0, 130.0, 130.0], 1.2, true);
        // The best is over; the median is not.
        check(&[100.0; 5], &[115.0; 5], 1.2, false);
        // One round that was disturbed decides nothing.
        check(&[100.0; 5], &[100.0, 100.0, 100.0, 100.0, 900.0], 1.1, false);
    }

    #[test]
    fn what_disturbs_a_whole_round_disturbs_both_sides() {
        check(&[100.0, 300.0, 100.0], &[101.0, 303.0, 101.0], 1.1, false);
    }

    #[test]
    fn the_best_of_all_samples_counts_where_both_sides_have_samples() {
        let (base, head, least) = (values(&[100.0; 5]), values(&[130.0; 5]), values(&[90.0; 5]));
        let of = |best| {
            let base = Runs { values: &base, best: &least };
            let head = Runs { values: &head, best };
            Compared::rounds(Direction::SmallerIsBetter, base, head).unwrap().is_over(1.2)
        };
        // The head can be as fast as the base: it was disturbed.
        let slower = values(&[100.0; 5]);
        assert!(!of(&least));
        assert!(of(&slower));
        assert!(of(&[]));
    }

    #[test]
    fn where_more_is_better_less_is_worse() {
        let (base, head) = (values(&[100.0; 3]), values(&[80.0; 3]));
        let compared = |direction| Compared::rounds(direction, runs(&base), runs(&head)).unwrap();
        assert!(compared(Direction::BiggerIsBetter).is_over(1.2));
        assert!(!compared(Direction::SmallerIsBetter).is_over(1.0));
        assert!(compared(Direction::SmallerIsBetter).inverse().is_over(1.2));
    }

    #[test]
    fn a_ratio_to_zero_is_none() {
        use Direction::{BiggerIsBetter, SmallerIsBetter};
        let rounds = |direction, base: &[f64], head: &[f64]| {
            Compared::rounds(direction, runs(&values(base)), runs(&values(head))).unwrap_err()
        };
        assert_eq!(rounds(SmallerIsBetter, &[0.0], &[3.0]), NoRatio::BaseIsZero);
        assert_eq!(rounds(SmallerIsBetter, &[0.0], &[0.0]), NoRatio::BothZero);
        assert_eq!(rounds(SmallerIsBetter, &[0.0, 1.0], &[0.0, 1.0]), NoRatio::BaseIsZero);
        assert_eq!(rounds(BiggerIsBetter, &[3.0], &[0.0]), NoRatio::HeadFellToZero);
        assert_eq!(rounds(BiggerIsBetter, &[0.0], &[3.0]), NoRatio::BaseIsZero);
        assert_eq!(rounds(SmallerIsBetter, &[], &[]), NoRatio::Empty);
        assert_eq!(rounds(SmallerIsBetter, &[1.0], &[]), NoRatio::Empty);
    }

    #[test]
    fn of_an_even_number_the_median_is_between_the_two_in_the_middle() {
        assert_eq!(median(&values(&[4.0, 1.0, 3.0, 2.0])), Value::new(2.5));
        assert_eq!(median(&values(&[9.0, 1.0, 3.0])), Value::new(3.0));
        assert_eq!(median(&[]), None);
    }

    proptest! {
        #[test]
        fn the_order_of_the_rounds_changes_nothing(
            mut rounds in proptest::collection::vec((1.0..100.0, 1.0..100.0), 1..20),
        ) {
            let compare = |rounds: &[(f64, f64)]| {
                let base: Vec<f64> = rounds.iter().map(|round| round.0).collect();
                let head: Vec<f64> = rounds.iter().map(|round| round.1).collect();
                let (base, head) = (values(&base), values(&head));
                Compared::rounds(Direction::SmallerIsBetter, runs(&base), runs(&head))
            };
            let before = compare(&rounds);
            rounds.reverse();
            prop_assert_eq!(before, compare(&rounds));
        }
    }
}
