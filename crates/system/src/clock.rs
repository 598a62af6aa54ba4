//! The clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The seconds since 1970 in UTC, as this machine's clock has them; 0 for a clock before that.
#[expect(clippy::disallowed_methods, reason = "this crate is the room of the clock")]
pub fn seconds_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A walk with moments to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    begun: Instant,
}

impl Pace {
    /// A walk that begins now.
    #[expect(clippy::disallowed_methods, reason = "this crate is the room of the clock")]
    pub fn begin() -> Self {
        Self { begun: Instant::now() }
    }

    /// Waits until so much of it is over; not at all if it is.
    pub fn wait_until(&self, after: Duration) {
        std::thread::sleep(after.saturating_sub(self.begun.elapsed()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_past_the_year_2025() {
        assert!(seconds_since_1970() > 1_735_689_600);
    }

    #[test]
    fn a_moment_that_is_over_is_not_waited_for() {
        let pace = Pace::begin();
        pace.wait_until(Duration::from_millis(20));
        assert!(pace.begun.elapsed() >= Duration::from_millis(20));
        pace.wait_until(Duration::from_millis(1));
    }
}
