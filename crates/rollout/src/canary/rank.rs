//! Whether the samples of a canary are greater or smaller than those of its baseline: the rank-sum test of Mann
//! and Whitney with the correction for ties and for continuity, and how large the difference is.
//!
//! With `n` and `m` samples and the rank sum `R` of the canary, `U = R - n(n+1)/2` has the mean `nm/2` and the
//! variance `nm/12 * (N+1 - sum(t^3 - t) / (N(N-1)))`, where `N = n + m` and `t` are the sizes of the ties. The
//! statistic is decided on directly, not by the ends of an interval of shifts: where most samples are the same, as
//! counts of errors are zero, the estimated shift is zero whatever the other samples are.

use std::cmp::Ordering;

use super::policy::{Direction, Effect, Rank};
use crate::Decimal;

/// What a comparison by ranks comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The outcome.
    pub compared: Compared,
    /// How many samples of the canary were compared.
    pub canary: u64,
    /// How many of the baseline.
    pub baseline: u64,
    /// The statistic: above zero where the canary's samples are greater.
    pub z: f64,
    /// How many times the baseline's mean the canary's is; nothing where that is no number.
    pub mean_ratio: Option<f64>,
    /// The probability that a sample of the canary is greater than one of the baseline, ties being half.
    pub common_language: f64,
}

/// Which way the samples differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// They do not, or not enough.
    Pass,
    /// The canary's are greater.
    High,
    /// The canary's are smaller.
    Low,
}

/// There are too few samples to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inconclusive {
    /// How many there are of the canary.
    pub canary: u64,
    /// How many of the baseline.
    pub baseline: u64,
    /// How many are needed of each.
    pub needed: u64,
}

/// The smallest number of samples on each side with which any difference at all can be as sure as `confidence`:
/// when all of one side are beyond all of the other.
pub fn fewest(confidence: Decimal) -> u64 {
    let wanted = critical(confidence);
    let mut count = 2_u32;
    // The largest statistic grows with the root of the number; 0.9999 is reached at 11.
    while count < 1000 {
        let n = f64::from(count);
        let largest = (n * n / 2.0 - 0.5) / (n * n * (2.0 * n + 1.0) / 12.0).sqrt();
        if largest > wanted {
            break;
        }
        count += 1;
    }
    count.into()
}

/// Compares the samples of a canary with those of its baseline.
///
/// # Errors
/// When there are too few of either.
pub fn compare(
    canary: &[Decimal],
    baseline: &[Decimal],
    rank: &Rank,
    min_samples: u64,
) -> Result<Ranked, Inconclusive> {
    let sorted = |samples: &[Decimal]| {
        let mut samples =
            if rank.removes_outliers { without_outliers(samples) } else { samples.to_vec() };
        samples.sort_unstable();
        samples
    };
    let (canary, baseline) = (sorted(canary), sorted(baseline));
    let needed = min_samples.max(fewest(rank.confidence));
    let (n, m) = (count(&canary), count(&baseline));
    if n.min(m) < needed {
        return Err(Inconclusive { canary: n, baseline: m, needed });
    }
    let sums = Sums::of(&canary, &baseline);
    let (means, common_language) = ((mean(&canary), mean(&baseline)), sums.common_language());
    let ratio = means.0 / means.1;
    let mean_ratio = Some(ratio).filter(|ratio| ratio.is_finite() && *ratio >= 0.0);
    let is_few = |max: &Decimal| {
        baseline.iter().all(Decimal::is_zero) && canary.iter().all(|value| value <= max)
    };
    let z = sums.statistic();
    let compared = if rank.zero_baseline_max.as_ref().is_some_and(is_few) {
        Compared::Pass
    } else {
        direction(z, critical(rank.confidence)).map_or(Compared::Pass, |found| {
            let is_bad = match (rank.direction, found) {
                (Direction::Either, _)
                | (Direction::Increase, Compared::High)
                | (Direction::Decrease, Compared::Low) => true,
                (Direction::Increase | Direction::Decrease, _) => false,
            };
            let is_large = is_large(found, rank.effect, means, common_language);
            if is_bad && is_large { found } else { Compared::Pass }
        })
    };
    Ok(Ranked { compared, canary: n, baseline: m, z, mean_ratio, common_language })
}

/// Which way the samples differ for sure.
fn direction(z: f64, wanted: f64) -> Option<Compared> {
    match (z > wanted, z < -wanted) {
        (true, _) => Some(Compared::High),
        (_, true) => Some(Compared::Low),
        (false, false) => None,
    }
}

/// Whether a difference that is sure is larger than it may be. Means of which one is not above zero have no ratio
/// that says anything: then it is.
fn is_large(found: Compared, effect: Effect, means: (f64, f64), common_language: f64) -> bool {
    match (effect, found) {
        (_, Compared::Pass) => false,
        (Effect::MeanRatio(allowed), Compared::High | Compared::Low) => {
            let (greater, smaller) =
                if found == Compared::High { means } else { (means.1, means.0) };
            let has_ratio = greater.is_finite() && smaller > 0.0;
            !has_ratio || greater > smaller * allowed.to_f64()
        }
        (Effect::CommonLanguage(allowed), Compared::High) => common_language > allowed.to_f64(),
        (Effect::CommonLanguage(allowed), Compared::Low) => {
            1.0 - common_language > allowed.to_f64()
        }
    }
}

fn count(samples: &[Decimal]) -> u64 {
    u64::try_from(samples.len()).unwrap_or(u64::MAX)
}

/// A count as a double, which has all of those that are met here.
#[expect(
    clippy::cast_precision_loss,
    reason = "a window has at most eleven thousand samples a side"
)]
fn float(number: i128) -> f64 {
    number as f64
}

fn mean(samples: &[Decimal]) -> f64 {
    samples.iter().map(|it| it.to_f64()).sum::<f64>() / float(i128::from(count(samples)))
}

/// What the test needs of the ranks, in whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sums {
    canary: i128,
    baseline: i128,
    /// Twice `U` of the canary.
    twice_u: i128,
    /// The sum of `t^3 - t`.
    ties: i128,
}

impl Sums {
    /// Of samples that are sorted.
    fn of(canary: &[Decimal], baseline: &[Decimal]) -> Self {
        let (mut left, mut right) = (canary, baseline);
        let (mut twice_u, mut ties) = (0, 0);
        // Each group of equal samples: the canary's beat all of the baseline that came before, and half of the
        // equal ones.
        let mut below = 0;
        loop {
            let least = match (left.first(), right.first()) {
                (Some(a), Some(b)) => *a.min(b),
                (Some(least), None) | (None, Some(least)) => *least,
                (None, None) => break,
            };
            let equal = |side: &mut &[Decimal]| {
                let end = side.partition_point(|value| *value <= least);
                *side = side.get(end..).unwrap_or_default();
                i128::try_from(end).unwrap_or(i128::MAX)
            };
            let (of_canary, of_baseline) = (equal(&mut left), equal(&mut right));
            twice_u += of_canary * (2 * below + of_baseline);
            below += of_baseline;
            let size = of_canary + of_baseline;
            ties += size * size * size - size;
        }
        let (canary, baseline) = (i128::from(count(canary)), i128::from(count(baseline)));
        Self { canary, baseline, twice_u, ties }
    }

    /// The distance of `U` from its mean, less the half that a jump of whole numbers is wide, in standard
    /// deviations; zero where all samples are equal.
    fn statistic(&self) -> f64 {
        let (n, m) = (self.canary, self.baseline);
        let all = n + m;
        // The variance is this over 12 * N * (N - 1).
        let variance = n * m * ((all + 1) * all * (all - 1) - self.ties);
        let twice_distance = self.twice_u - n * m;
        if variance <= 0 || twice_distance == 0 {
            return 0.0;
        }
        let corrected = float((twice_distance.abs() - 1).max(0)) / 2.0;
        let deviation = (float(variance) / float(12 * all * (all - 1))).sqrt();
        let z = corrected / deviation;
        if twice_distance < 0 { -z } else { z }
    }

    fn common_language(&self) -> f64 {
        float(self.twice_u) / float(2 * self.canary * self.baseline)
    }
}

/// How far from zero a normal variable is with the probability `1 - confidence`, on both sides together.
fn critical(confidence: Decimal) -> f64 {
    let within = confidence.to_f64();
    let (mut low, mut high) = (0.0_f64, 8.0_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if within_deviations(middle) < within {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The probability that a normal variable is within `z` deviations of its mean: twice the density times
/// `z + z^3/3 + z^5/(3*5) + ...` (M. Abramowitz, I. A. Stegun, "Handbook of mathematical functions", 26.2.11).
fn within_deviations(z: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (z, z, 1.0);
    while term > sum * 1e-17 {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    2.0 * density * sum
}

/// Leaves out what is three times the middle half's width beyond it, and beyond the outermost hundredth as well.
fn without_outliers(samples: &[Decimal]) -> Vec<Decimal> {
    let mut sorted: Vec<f64> = samples.iter().map(|it| it.to_f64()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |part: f64| quantile(&sorted, part);
    let (low, high) = (at(0.25), at(0.75));
    let reach = 3.0 * (high - low);
    let (floor, ceiling) = (at(0.01).min(low - reach), at(0.99).max(high + reach));
    let is_far = |value: f64| {
        value.partial_cmp(&floor) == Some(Ordering::Less)
            || value.partial_cmp(&ceiling) == Some(Ordering::Greater)
    };
    samples.iter().copied().filter(|value| !is_far(value.to_f64())).collect()
}

/// A quantile between the two samples that are next to it, by their distance.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let last = u32::try_from(sorted.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let place = part * f64::from(last);
    let below = place.floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in the list"
    )]
    let index = below as usize;
    let first = sorted.get(index).copied().unwrap_or_default();
    let next = sorted.get(index + 1).copied().unwrap_or(first);
    first + (next - first) * (place - below)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    fn all(words: &str) -> Vec<Decimal> {
        words.split_whitespace().map(of).collect()
    }

    fn rule() -> Rank {
        Rank {
            direction: Direction::Either,
            confidence: of("0.98"),
            effect: Effect::MeanRatio(Decimal::ONE),
            zero_baseline_max: None,
            removes_outliers: false,
            is_critical: false,
            group: "g".to_owned(),
            weight: 100,
        }
    }

    #[track_caller]
    fn check(rank: &Rank, canary: &str, baseline: &str, wanted: Compared) -> Ranked {
        let ranked = compare(&all(canary), &all(baseline), rank, 1).unwrap();
        assert_eq!(ranked.compared, wanted, "{ranked:?}");
        ranked
    }

    #[track_caller]
    fn check_near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 5e-4, "{found} is not {wanted}");
    }

    #[test]
    fn the_quantiles_of_the_normal_distribution_are_those_of_the_tables() {
        check_near(critical(of("0.95")), 1.9600);
        check_near(critical(of("0.98")), 2.3263);
        check_near(critical(of("0.99")), 2.5758);
        check_near(critical(of("0.999")), 3.2905);
        check_near(critical(of("0.5")), 0.6745);
    }

    #[test]
    fn so_many_samples_are_needed_to_be_sure_of_anything() {
        // All of one side beyond all of the other: z is 2.165 with four, 2.507 with five, 2.802 with six.
        assert_eq!(fewest(of("0.95")), 4);
        assert_eq!(fewest(of("0.98")), 5);
        assert_eq!(fewest(of("0.99")), 6);
        assert!(fewest(of("0.9999")) < 20);
    }

    #[test]
    fn the_statistic_is_the_one_of_the_textbook() {
        // U = 25 of 25, variance 25 * 11 / 12, (25 - 12.5 - 0.5) / 4.787 = 2.507.
        let ranked = check(&rule(), "6 7 8 9 10", "1 2 3 4 5", Compared::High);
        check_near(ranked.z, 2.5067);
        check_near(ranked.common_language, 1.0);
        check_near(ranked.mean_ratio.unwrap(), 8.0 / 3.0);
        // Ties: 1 1 2 2 3 against 2 3 3 4 4. U = 3, ties 6 + 24 + 24 + 6 = 60, variance
        // 25 / 12 * (11 - 60 / 90) = 21.528, z = -(12.5 - 3 - 0.5) / 4.640 = -1.940.
        let ranked = check(&rule(), "1 1 2 2 3", "2 3 3 4 4", Compared::Pass);
        check_near(ranked.z, -1.9397);
        check_near(ranked.common_language, 3.0 / 25.0);
    }

    #[test]
    fn too_few_samples_say_how_many_are_missing() {
        let short = compare(&all("9 9 9 9"), &all("1 1 1 1 1"), &rule(), 1);
        assert_eq!(short, Err(Inconclusive { canary: 4, baseline: 5, needed: 5 }));
        let short = compare(&all("9 9 9 9 9"), &all("1 1 1 1 1"), &rule(), 8);
        assert_eq!(short, Err(Inconclusive { canary: 5, baseline: 5, needed: 8 }));
        assert!(compare(&[], &[], &rule(), 0).is_err());
    }

    #[test]
    fn the_same_samples_and_the_same_constant_pass() {
        assert!(check(&rule(), "3 1 2 5 4", "1 2 3 4 5", Compared::Pass).z.abs() < 1e-9);
        assert!(check(&rule(), "7 7 7 7 7", "7 7 7 7 7", Compared::Pass).z.abs() < 1e-9);
        assert!(check(&rule(), "0 0 0 0 0", "0 0 0 0 0", Compared::Pass).mean_ratio.is_none());
    }

    #[test]
    fn constants_that_differ_are_high_or_low() {
        check(&rule(), "8 8 8 8 8", "7 7 7 7 7", Compared::High);
        check(&rule(), "6 6 6 6 6", "7 7 7 7 7", Compared::Low);
    }

    #[test]
    fn only_the_direction_that_is_bad_counts() {
        let (low, high) = ("1 2 3 4 5", "6 7 8 9 10");
        let increase = Rank { direction: Direction::Increase, ..rule() };
        check(&increase, high, low, Compared::High);
        check(&increase, low, high, Compared::Pass);
        let decrease = Rank { direction: Direction::Decrease, ..rule() };
        check(&decrease, high, low, Compared::Pass);
        check(&decrease, low, high, Compared::Low);
    }

    #[test]
    fn a_small_difference_that_is_sure_is_allowed() {
        let fifth = Rank { effect: Effect::MeanRatio(of("1.2")), ..rule() };
        let (near, far) = ("110 111 112 113 114", "130 131 132 133 134");
        let baseline = "100 101 102 103 104";
        check(&rule(), near, baseline, Compared::High);
        check(&fifth, near, baseline, Compared::Pass);
        check(&fifth, far, baseline, Compared::High);
        check(&fifth, baseline, near, Compared::Pass);
        check(&fifth, baseline, far, Compared::Low);
        let often = Rank { effect: Effect::CommonLanguage(of("0.9")), ..rule() };
        check(&often, near, baseline, Compared::High);
        check(&often, baseline, near, Compared::Low);
        let most = Rank { effect: Effect::CommonLanguage(of("0.999")), ..rule() };
        check(&most, "1 6 7 8 9 10 11 12", "0 1 2 3 4 5 5 5", Compared::Pass);
    }

    #[test]
    fn errors_where_there_were_none_are_more_errors() {
        let many = Rank { effect: Effect::MeanRatio(of("1000")), ..rule() };
        check(&many, "1 2 1 2 1", "0 0 0 0 0", Compared::High);
        let some = Rank { zero_baseline_max: Some(of("2")), ..rule() };
        check(&some, "1 2 1 2 1", "0 0 0 0 0", Compared::Pass);
        check(&some, "1 2 3 2 1", "0 0 0 0 0", Compared::High);
        check(&some, "1 2 1 2 1 1 1 2", "0 0 0 0 0.1 0 0 0", Compared::High);
    }

    #[test]
    fn mostly_zeros_are_compared_by_the_rest() {
        // Counts of errors: the median of both is 0, and the canary has four times as many.
        let canary = format!("{} {}", "0 ".repeat(70), "1 2 3 ".repeat(10));
        let baseline = format!("{} {}", "0 ".repeat(92), "1 2 1 3 ".repeat(2));
        check(&rule(), &canary, &baseline, Compared::High);
    }

    #[test]
    fn outliers_go_only_where_that_is_asked_for() {
        let samples = format!("{} 1000000", "1 2 3 4 ".repeat(50));
        assert_eq!(without_outliers(&all(&samples)).len(), 200);
        assert_eq!(without_outliers(&all("1 2 3 4 5")).len(), 5);
        assert_eq!(without_outliers(&[]).len(), 0);
        let spike = Rank { removes_outliers: true, ..rule() };
        let ranked = compare(&all(&samples), &all(&"1 2 3 4 ".repeat(50)), &spike, 1).unwrap();
        assert_eq!((ranked.canary, ranked.baseline), (200, 200));
        let ranked = compare(&all(&samples), &all(&"1 2 3 4 ".repeat(50)), &rule(), 1).unwrap();
        assert_eq!(ranked.canary, 201);
    }

    proptest! {
        #[test]
        fn ranks_are_those_of_counting_all_pairs(
            canary in prop::collection::vec(0_u64..6, 1..20),
            baseline in prop::collection::vec(0_u64..6, 1..20),
        ) {
            let twice: i128 = canary.iter().flat_map(|a| baseline.iter().map(move |b| match a.cmp(b) {
                Ordering::Greater => 2,
                Ordering::Equal => 1,
                Ordering::Less => 0,
            })).sum();
            let sorted = |values: &[u64]| {
                let mut values: Vec<Decimal> = values.iter().map(|it| Decimal::whole(*it)).collect();
                values.sort_unstable();
                values
            };
            let sums = Sums::of(&sorted(&canary), &sorted(&baseline));
            prop_assert_eq!(sums.twice_u, twice);
            let other = Sums::of(&sorted(&baseline), &sorted(&canary));
            prop_assert!((sums.statistic() + other.statistic()).abs() < 1e-9);
        }
    }
}
