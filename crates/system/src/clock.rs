//! The clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// The seconds since 1970 in UTC, as this machine's clock has them; 0 for a clock before that.
#[expect(clippy::disallowed_methods, reason = "this crate is the room of the clock")]
pub fn seconds_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_past_the_year_2025() {
        assert!(seconds_since_1970() > 1_735_689_600);
    }
}
