//! How many shards.

use std::num::NonZeroU16;
use std::str::FromStr;

/// The most jobs that GitHub allows in one matrix (GitHub documentation, "Usage limits": "A job
/// matrix can generate a maximum of 256 jobs per workflow run").
const MOST: u16 = 256;

/// How many shards share the work: 1 to 256, the most jobs that GitHub allows in one matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShardCount(NonZeroU16);

/// Why a number is not a [`ShardCount`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAShardCount {
    /// Not written in decimal digits.
    #[error("not a whole number; expected 1 to 256")]
    NotANumber,
    /// Nobody would run the tests.
    #[error("no shard would run anything; expected 1 to 256")]
    Zero,
    /// GitHub would refuse the matrix.
    #[error("more than the 256 jobs that GitHub allows in one matrix; expected 1 to 256")]
    TooMany,
}

impl ShardCount {
    /// The count `count`, if it is one.
    ///
    /// # Errors
    /// When it is 0 or more than 256.
    pub fn new(count: u64) -> Result<Self, NotAShardCount> {
        let Ok(small) = u16::try_from(count) else { return Err(NotAShardCount::TooMany) };
        let some = NonZeroU16::new(small).ok_or(NotAShardCount::Zero)?;
        if small <= MOST { Ok(Self(some)) } else { Err(NotAShardCount::TooMany) }
    }

    /// The number itself.
    pub fn get(self) -> u16 {
        self.0.get()
    }
}

impl FromStr for ShardCount {
    type Err = NotAShardCount;

    fn from_str(text: &str) -> Result<Self, NotAShardCount> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAShardCount::NotANumber);
        }
        // Digits that do not fit are a number all the same, only too large a one.
        Self::new(text.parse().unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Result<u16, NotAShardCount>) {
        assert_eq!(text.parse::<ShardCount>().map(ShardCount::get), wanted);
    }

    #[test]
    fn a_shard_count_is_one_to_256() {
        check("1", Ok(1));
        check("256", Ok(256));
        check("0", Err(NotAShardCount::Zero));
        check("257", Err(NotAShardCount::TooMany));
        check("99999999999999999999999", Err(NotAShardCount::TooMany));
        check("", Err(NotAShardCount::NotANumber));
        check("-1", Err(NotAShardCount::NotANumber));
        check("+1", Err(NotAShardCount::NotANumber));
        check("4.0", Err(NotAShardCount::NotANumber));
        check("auto", Err(NotAShardCount::NotANumber));
    }
}
