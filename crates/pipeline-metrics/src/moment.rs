//! Points in time and the spans between them, in whole milliseconds: no float is ever compared.

use std::fmt;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};

/// A point in time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// A span of time, in milliseconds; never below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

/// What a server writes where it has no time: `0001-01-01T00:00:00Z` is older than every pipeline, and so is
/// the first second of 1970.
const NEVER: Moment = Moment(0);

impl Moment {
    /// A moment of so many seconds since 1970.
    pub fn of_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// A moment of so many milliseconds since 1970.
    pub fn of_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// What a text in the form of RFC 3339 says; nothing where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|stamp| Self(stamp.as_millisecond()))
    }

    /// The milliseconds since 1970.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// How long it took from `earlier` to here; nothing where that was later.
    pub fn since(self, earlier: Self) -> Option<Millis> {
        u64::try_from(self.0.saturating_sub(earlier.0)).ok().map(Millis)
    }

    /// The moment so much earlier.
    #[must_use]
    pub fn minus(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }

    /// The day in UTC, as year, month and day.
    pub fn day(self) -> (i16, i8, i8) {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        let date = stamp.to_zoned(jiff::tz::TimeZone::UTC).date();
        (date.year(), date.month(), date.day())
    }

    /// The Monday of its week, as a day in UTC.
    pub fn week(self) -> (i16, i8, i8) {
        const DAY: i64 = 86_400_000;
        // The first of January 1970 was a Thursday.
        let days = self.0.div_euclid(DAY);
        let monday = days.saturating_sub((days + 3).rem_euclid(7));
        Self(monday.saturating_mul(DAY)).day()
    }
}

/// In the form of RFC 3339.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        write!(f, "{stamp}")
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wanted = &"a time as 2026-01-31T12:00:00Z";
        Self::parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), wanted))
    }
}

/// A time that may be missing: `null`, or the zero of a server's language.
pub(crate) fn if_ever<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Moment>, D::Error> {
    Ok(Option::<Moment>::deserialize(from)?.filter(|moment| *moment > NEVER))
}

impl Millis {
    /// So many whole seconds.
    pub fn of_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// So many microseconds, as texts for people take them.
    pub fn as_micros(self) -> u64 {
        self.0.saturating_mul(1000)
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left of it without `other`; at least nothing.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Option<i64>) {
        assert_eq!(Moment::parse(text).map(Moment::as_millis), wanted, "{text}");
    }

    #[test]
    fn what_github_writes_is_read() {
        check("1970-01-01T00:00:01Z", Some(1000));
        check("2026-11-22T12:00:00Z", Some(1_795_348_800_000));
        check("2026-11-22T13:00:00+01:00", Some(1_795_348_800_000));
        check("2026-11-22T12:00:00.250Z", Some(1_795_348_800_250));
        for odd in ["", "null", "2026-11-22", "12:00", "2026-13-01T00:00:00Z", "0", "-1"] {
            check(odd, None);
        }
    }

    #[test]
    fn a_week_begins_on_monday() {
        // 2026-11-22 is a Sunday.
        assert_eq!(Moment::parse("2026-11-22T23:59:59Z").unwrap().week(), (2026, 11, 16));
        assert_eq!(Moment::parse("2026-11-23T00:00:00Z").unwrap().week(), (2026, 11, 23));
        assert_eq!(Moment::of_seconds(-1).day(), (1969, 12, 31));
    }

    proptest! {
        #[test]
        fn any_text_is_a_moment_or_none(text in ".{0,40}") {
            let _ = Moment::parse(&text);
        }

        #[test]
        fn a_span_is_never_below_zero(one in any::<i64>(), other in any::<i64>()) {
            let (one, other) = (Moment::of_millis(one), Moment::of_millis(other));
            prop_assert_eq!(one.since(other).is_some(), one >= other);
            let _ = (one.day(), one.week(), one.to_string());
        }
    }
}
