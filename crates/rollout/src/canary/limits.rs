//! Metrics with limits: how many samples in a row are beyond them.

use std::cmp::Ordering;

use diagnostics::Foreign;

use super::policy::Limits;
use super::sample::{Counts, Reading, Tick};
use crate::Decimal;

/// Which limit was crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `min`.
    Min,
    /// `max`.
    Max,
    /// `min-ratio`.
    MinRatio,
    /// `max-ratio`.
    MaxRatio,
}

/// A sample that is beyond a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossed {
    /// Which limit.
    pub side: Side,
    /// What was measured.
    pub tick: Tick,
}

/// What a sample comes to.
enum Judged {
    Ok,
    Bad(Side),
    NoData,
    Error(Foreign),
}

/// The samples of a metric so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many there are of each kind.
    pub counts: Counts,
    /// How many were bad in a row, at last. Neither a sample that is missing nor the end of a step ends a row.
    pub in_a_row: u64,
    /// How many of the newest samples are missing, in a row.
    pub gap: u64,
    /// The sample with which the row became long enough, and how long it was, if it ever did.
    pub crossed: Option<Crossed>,
    /// Why the last of those that could not be asked could not.
    pub error: Option<Foreign>,
}

impl Run {
    /// A run that begins with some bad samples of the step before.
    pub fn new(in_a_row: u64) -> Self {
        Self { counts: Counts::default(), in_a_row, gap: 0, crossed: None, error: None }
    }

    /// Adds a sample.
    pub fn push(&mut self, limits: &Limits, tick: &Tick) {
        let judged = judge(limits, tick);
        self.gap = match &judged {
            Judged::Ok | Judged::Bad(_) => 0,
            Judged::NoData | Judged::Error(_) => self.gap.saturating_add(1),
        };
        match judged {
            Judged::Ok => {
                self.counts.ok += 1;
                self.in_a_row = 0;
            }
            Judged::Bad(side) => {
                self.counts.bad += 1;
                self.in_a_row = self.in_a_row.saturating_add(1);
                if self.in_a_row >= limits.consecutive && self.crossed.is_none() {
                    self.crossed = Some(Crossed { side, tick: tick.clone() });
                }
            }
            Judged::NoData => self.counts.no_data += 1,
            Judged::Error(why) => {
                self.counts.errors += 1;
                self.error = Some(why);
            }
        }
    }
}

fn judge(limits: &Limits, tick: &Tick) -> Judged {
    let has_upper = limits.max.is_some() || limits.max_ratio.is_some();
    let has_lower = limits.min.is_some() || limits.min_ratio.is_some();
    let value = match &tick.canary {
        Reading::Value(value) => *value,
        Reading::Infinity if has_upper => {
            return Judged::Bad(if limits.max.is_some() { Side::Max } else { Side::MaxRatio });
        }
        Reading::NegativeInfinity if has_lower => {
            return Judged::Bad(if limits.min.is_some() { Side::Min } else { Side::MinRatio });
        }
        Reading::Infinity | Reading::NegativeInfinity | Reading::NoData(_) => {
            return Judged::NoData;
        }
        Reading::Error(why) => return Judged::Error(why.clone()),
    };
    if limits.min.is_some_and(|min| value < min) {
        return Judged::Bad(Side::Min);
    }
    if limits.max.is_some_and(|max| value > max) {
        return Judged::Bad(Side::Max);
    }
    if limits.max_ratio.is_none() && limits.min_ratio.is_none() {
        return Judged::Ok;
    }
    let baseline = match &tick.baseline {
        Some(Reading::Value(baseline)) => *baseline,
        Some(Reading::Error(why)) => return Judged::Error(why.clone()),
        Some(Reading::Infinity | Reading::NegativeInfinity | Reading::NoData(_)) | None => {
            return Judged::NoData;
        }
    };
    if baseline.is_negative() {
        return Judged::Error("a baseline below zero has no ratio".into());
    }
    ratio(limits, value, baseline)
}

/// Where the baseline is zero every number above it is more than any multiple of it, so that only a limit of
/// its own lets one pass.
fn ratio(limits: &Limits, value: Decimal, baseline: Decimal) -> Judged {
    if baseline.is_zero() && limits.zero_baseline_max.is_some_and(|max| value <= max) {
        return Judged::Ok;
    }
    let against = |ratio: Option<Decimal>| match ratio.map(|ratio| ratio.product(baseline)) {
        Some(Some(limit)) => Ok(Some(value.cmp(&limit))),
        Some(None) => Err(()),
        None => Ok(None),
    };
    match (against(limits.max_ratio), against(limits.min_ratio)) {
        (Ok(Some(Ordering::Greater)), _) => Judged::Bad(Side::MaxRatio),
        (_, Ok(Some(Ordering::Less))) => Judged::Bad(Side::MinRatio),
        (Ok(_), Ok(_)) => Judged::Ok,
        (Err(()), _) | (_, Err(())) => Judged::Error("the ratio has too many digits".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Absent;
    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    fn reading(text: &str) -> Reading {
        match text {
            "NaN" => Reading::NoData(Absent::NotANumber),
            "-" => Reading::NoData(Absent::Empty),
            "Inf" => Reading::Infinity,
            "-Inf" => Reading::NegativeInfinity,
            "!" => Reading::Error("refused".into()),
            number => Reading::Value(of(number)),
        }
    }

    fn limits() -> Limits {
        Limits {
            min: None,
            max: None,
            min_ratio: None,
            max_ratio: None,
            zero_baseline_max: None,
            consecutive: 1,
        }
    }

    /// The kind of each sample: `o`k, `b`ad, `n`o data, `e`rror.
    #[track_caller]
    fn check(limits: &Limits, samples: &[(&str, &str)], wanted: &str) {
        let kinds: String = samples
            .iter()
            .map(|(canary, baseline)| {
                let baseline = (!baseline.is_empty()).then(|| reading(baseline));
                match judge(limits, &Tick { canary: reading(canary), baseline }) {
                    Judged::Ok => 'o',
                    Judged::Bad(_) => 'b',
                    Judged::NoData => 'n',
                    Judged::Error(_) => 'e',
                }
            })
            .collect();
        assert_eq!(kinds, wanted, "{samples:?}");
    }

    #[test]
    fn a_limit_is_crossed_beyond_it_and_not_at_it() {
        let max = Limits { max: Some(of("0.01")), ..limits() };
        let samples = ["0.01", "0.0100000000000000002", "0", "Inf", "-Inf", "NaN", "-", "!"];
        check(&max, &samples.map(|it| (it, "")), "obobnnne");
        let min = Limits { min: Some(of("1")), ..limits() };
        check(
            &min,
            &["1", "0.999999999999999999", "Inf", "-Inf", "NaN"].map(|it| (it, "")),
            "obnbn",
        );
    }

    #[test]
    fn a_ratio_is_taken_of_the_same_moment() {
        let twice = Limits { max_ratio: Some(of("2")), ..limits() };
        check(
            &twice,
            &[
                ("0.2", "0.1"),
                ("0.20000000000000001", "0.1"),
                ("1", "-"),
                ("1", "!"),
                ("-", "1"),
                ("1", "Inf"),
                ("1", "-1"),
                ("1", ""),
            ],
            "obnennen",
        );
        let half = Limits { min_ratio: Some(of("0.5")), ..limits() };
        check(&half, &[("50", "100"), ("49.9", "100"), ("0", "0")], "obo");
    }

    #[test]
    fn where_the_baseline_is_zero_only_a_limit_of_its_own_helps() {
        let twice = Limits { max_ratio: Some(of("2")), ..limits() };
        check(&twice, &[("0", "0"), ("0.001", "0")], "ob");
        let few = Limits { zero_baseline_max: Some(of("0.001")), ..twice };
        check(&few, &[("0", "0"), ("0.001", "0"), ("0.0011", "0"), ("0.001", "0.0001")], "oobb");
    }

    #[test]
    fn only_a_good_sample_ends_a_row_of_bad_ones() {
        let three = Limits { max: Some(of("1")), consecutive: 3, ..limits() };
        let crossed = |carried: u64, samples: &[&str]| {
            let mut run = Run::new(carried);
            for sample in samples {
                run.push(&three, &Tick { canary: reading(sample), baseline: None });
            }
            (run.crossed.is_some(), run.in_a_row)
        };
        assert_eq!(crossed(0, &["2", "2", "1", "2", "2"]), (false, 2));
        assert_eq!(crossed(0, &["2", "-", "2", "!", "2"]), (true, 3));
        assert_eq!(crossed(0, &["2", "2", "2", "1"]), (true, 0));
        assert_eq!(crossed(2, &["2"]), (true, 3));
        assert_eq!(crossed(2, &["1", "2"]), (false, 1));
        assert_eq!(crossed(2, &["-", "!"]), (false, 2));
    }
}
