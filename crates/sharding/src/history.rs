//! What a test will take, from what it took in the last runs.

/// How the times of several runs become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Estimate {
    /// A mean in which each run weighs three tenths of what the runs before it weigh together
    /// (exponentially weighted moving average). On real histories nothing was better throughout
    /// (specs/shard-splitter.md 5c).
    #[default]
    Ewma,
    /// The last run.
    Last,
    /// The time that half of the runs do not exceed.
    Percentile50,
    /// The time that nine of ten runs do not exceed.
    Percentile90,
}

impl Estimate {
    /// The estimate from the times of runs in microseconds, the oldest first; nothing from none.
    pub fn of(self, runs: &[u64]) -> Option<u64> {
        match self {
            Self::Ewma => runs.iter().copied().reduce(|mean, next| {
                let sum = u128::from(mean) * 7 + u128::from(next) * 3;
                u64::try_from((sum + 5) / 10).unwrap_or(u64::MAX)
            }),
            Self::Last => runs.last().copied(),
            Self::Percentile50 => percentile(runs, 50),
            Self::Percentile90 => percentile(runs, 90),
        }
    }
}

/// The smallest of the numbers that so many hundredths of them do not exceed (nearest rank).
fn percentile(numbers: &[u64], hundredths: usize) -> Option<u64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * hundredths).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(estimate: Estimate, runs: &[u64], wanted: Option<u64>) {
        assert_eq!(estimate.of(runs), wanted);
    }

    #[test]
    fn several_runs_become_one() {
        use Estimate::{Ewma, Last, Percentile50, Percentile90};
        check(Ewma, &[100], Some(100));
        check(Ewma, &[100, 200], Some(130));
        check(Ewma, &[100, 200, 0], Some(91));
        check(Last, &[100, 200, 0], Some(0));
        check(Percentile50, &[3, 1, 2], Some(2));
        check(Percentile50, &[4, 1, 2, 3], Some(2));
        check(Percentile90, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Some(9));
        check(Percentile90, &[1, 9], Some(9));
        for estimate in [Ewma, Last, Percentile50, Percentile90] {
            check(estimate, &[], None);
            check(estimate, &[u64::MAX; 3], Some(u64::MAX));
        }
    }
}
