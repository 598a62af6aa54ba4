//! Times as tools write them, to whole microseconds, without a float between.
//!
//! Traps, each seen in a real report: `1,234.5` (surefire, thousands), `0,5` (a decimal comma),
//! `1,234` (either), `1e-05` (Python), `NaN`, `inf`, `-0.001` (a clock that went back), nothing.

use std::borrow::Cow;

use crate::{Micros, Time, WhyNoTime};

/// Longer than this (about 31 years) is a mistake, not a time.
const LONGEST: u128 = 1_000_000_000_000_000;

/// What a number counts, where a format does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    #[default]
    Seconds,
    /// Thousandths of a second.
    Milliseconds,
}

impl Unit {
    /// How many digits of microseconds stand before the decimal sign of one of it.
    fn digits(self) -> i64 {
        match self {
            Self::Seconds => 6,
            Self::Milliseconds => 3,
        }
    }
}

/// Reads seconds.
pub(crate) fn seconds(text: &[u8]) -> Time {
    read(text, Unit::Seconds)
}

/// Reads a time.
pub(crate) fn read(text: &[u8], unit: Unit) -> Time {
    known(micros(text.trim_ascii(), unit).and_then(sane))
}

/// The time from one point to another, both counted from any third.
pub(crate) fn between(start: &[u8], end: &[u8], unit: Unit) -> Time {
    let point = |text: &[u8]| micros(text.trim_ascii(), unit);
    let took = point(start)
        .and_then(|start| sane(point(end)?.checked_sub(start).ok_or(WhyNoTime::Negative)?));
    known(took)
}

/// Both times together, which is known only if both are.
pub(crate) fn sum(one: Time, other: Time) -> Time {
    match (one, other) {
        (Time::Known(Micros(one)), Time::Known(Micros(other))) => {
            Time::Known(Micros(one.saturating_add(other)))
        }
        (unknown @ Time::Unknown(_), _) | (_, unknown @ Time::Unknown(_)) => unknown,
    }
}

fn known(micros: Result<u64, WhyNoTime>) -> Time {
    micros.map_or_else(Time::Unknown, |micros| Time::Known(Micros(micros)))
}

fn sane(micros: u128) -> Result<u64, WhyNoTime> {
    if micros > LONGEST {
        return Err(WhyNoTime::TooLarge);
    }
    u64::try_from(micros).map_err(|_| WhyNoTime::TooLarge)
}

fn micros(text: &[u8], unit: Unit) -> Result<u128, WhyNoTime> {
    let (negative, text) = match text.split_first() {
        None => return Err(WhyNoTime::Missing),
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        Some(_) => (false, text),
    };
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => {
            let (mantissa, rest) = text.split_at(at);
            (mantissa, exponent(rest.get(1..).unwrap_or_default())?)
        }
        None => (text, 0),
    };
    let (whole, fraction) = parts(mantissa)?;
    let value = scaled(&whole, fraction, i64::from(exponent) + unit.digits())?;
    if negative && value > 0 { Err(WhyNoTime::Negative) } else { Ok(value) }
}

/// The digits before and after the decimal sign.
fn parts(mantissa: &[u8]) -> Result<(Cow<'_, [u8]>, &[u8]), WhyNoTime> {
    let dot = mantissa.iter().position(|byte| *byte == b'.');
    let comma = mantissa.iter().position(|byte| *byte == b',');
    let (whole, fraction) = match (dot, comma) {
        (Some(dot), _) => {
            let (whole, rest) = mantissa.split_at(dot);
            (without_thousands(whole)?, rest.get(1..).unwrap_or_default())
        }
        (None, Some(comma)) => {
            let (whole, rest) = mantissa.split_at(comma);
            let fraction = rest.get(1..).unwrap_or_default();
            match (whole, fraction.len()) {
                (b"0", _) => (Cow::Borrowed(whole), fraction),
                (_, 3) => return Err(WhyNoTime::Ambiguous),
                (_, _) if fraction.contains(&b',') => (without_thousands(mantissa)?, &[][..]),
                (_, _) => (Cow::Borrowed(whole), fraction),
            }
        }
        (None, None) => (Cow::Borrowed(mantissa), &[][..]),
    };
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if !digits(&whole) || !digits(fraction) || whole.is_empty() && fraction.is_empty() {
        return Err(WhyNoTime::NotANumber);
    }
    Ok((whole, fraction))
}

/// `1,234,567` without its commas, which stand before groups of three.
fn without_thousands(whole: &[u8]) -> Result<Cow<'_, [u8]>, WhyNoTime> {
    if !whole.contains(&b',') {
        return Ok(Cow::Borrowed(whole));
    }
    let mut groups = whole.split(|byte| *byte == b',');
    let first = groups.next().unwrap_or_default();
    let mut digits = first.to_vec();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return Err(WhyNoTime::NotANumber);
        }
        digits.extend_from_slice(group);
    }
    Ok(Cow::Owned(digits))
}

fn exponent(text: &[u8]) -> Result<i32, WhyNoTime> {
    let digits = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(WhyNoTime::NotANumber);
    }
    let sign = if text.starts_with(b"-") { -1 } else { 1 };
    let value = digits.iter().fold(0_i32, |value, digit| {
        value.saturating_mul(10).saturating_add(i32::from(digit - b'0'))
    });
    Ok(value.saturating_mul(sign))
}

/// `whole.fraction * 10^exponent`, rounded half up.
fn scaled(whole: &[u8], fraction: &[u8], exponent: i64) -> Result<u128, WhyNoTime> {
    let digit = |at: usize| whole.get(at).or_else(|| fraction.get(at.checked_sub(whole.len())?));
    let leading = whole.iter().chain(fraction).take_while(|digit| **digit == b'0').count();
    if leading == whole.len() + fraction.len() {
        return Ok(0);
    }
    // The place of the decimal sign within the significant digits, in microseconds.
    let length = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let point = length(whole.len()) - length(leading) + exponent;
    if point > 18 {
        return Err(WhyNoTime::TooLarge);
    }
    let significant = |at: usize| digit(leading + at).unwrap_or(&b'0');
    let mut value = 0_u128;
    for at in 0..usize::try_from(point).unwrap_or(0) {
        value = value * 10 + u128::from(significant(at) - b'0');
    }
    let next = usize::try_from(point).map_or(&b'0', significant);
    Ok(value + u128::from(*next >= b'5'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Result<u64, WhyNoTime>) {
        let wanted = known(wanted);
        assert_eq!(seconds(text.as_bytes()), wanted, "{text}");
    }

    #[test]
    fn seconds_become_whole_microseconds() {
        check("0.007082199", Ok(7_082));
        check("0.0000005", Ok(1));
        check("0.00000049999", Ok(0));
        check("12", Ok(12_000_000));
        check("1e-05", Ok(10));
        check("1.5E3", Ok(1_500_000_000));
        check("+2.", Ok(2_000_000));
        check(".25", Ok(250_000));
        check("-0.0", Ok(0));
        check("0.010639253999999999", Ok(10_639));
        check("1e-400", Ok(0));
        check("0e999999999999", Ok(0));
    }

    #[test]
    fn commas_are_read_only_where_they_mean_one_thing() {
        check("1,234.5", Ok(1_234_500_000));
        check("1,234,567.25", Ok(1_234_567_250_000));
        check("1,234,567", Ok(1_234_567_000_000));
        check("0,5", Ok(500_000));
        check("0,123", Ok(123_000));
        check("1,25", Ok(1_250_000));
        check("1,234", Err(WhyNoTime::Ambiguous));
        check("12,34.5", Err(WhyNoTime::NotANumber));
    }

    #[test]
    fn what_is_no_time_says_why() {
        check("", Err(WhyNoTime::Missing));
        check("NaN", Err(WhyNoTime::NotANumber));
        check("inf", Err(WhyNoTime::NotANumber));
        check("-Infinity", Err(WhyNoTime::NotANumber));
        check("1.2.3", Err(WhyNoTime::NotANumber));
        check("0x10", Err(WhyNoTime::NotANumber));
        check("1e", Err(WhyNoTime::NotANumber));
        check(".", Err(WhyNoTime::NotANumber));
        check("-0.001", Err(WhyNoTime::Negative));
        check("1e300", Err(WhyNoTime::TooLarge));
        check("99999999999999999999999999999999999999999999", Err(WhyNoTime::TooLarge));
    }

    #[test]
    fn milliseconds_become_whole_microseconds() {
        let read = |text: &str| read(text.as_bytes(), Unit::Milliseconds);
        assert_eq!(read("12"), known(Ok(12_000)));
        assert_eq!(read("0.603983999999997"), known(Ok(604)));
        assert_eq!(read("-1"), known(Err(WhyNoTime::Negative)));
        assert_eq!(read("1e12"), known(Ok(1_000_000_000_000_000)));
        assert_eq!(read("1e13"), known(Err(WhyNoTime::TooLarge)));
    }

    #[track_caller]
    fn check_between(start: &str, end: &str, wanted: Result<u64, WhyNoTime>) {
        let took = between(start.as_bytes(), end.as_bytes(), Unit::Milliseconds);
        assert_eq!(took, known(wanted), "{start} to {end}");
    }

    #[test]
    fn the_time_between_two_points_is_their_difference() {
        check_between("1795256916362", "1795256916368.3264", Ok(6_326));
        check_between("7", "7", Ok(0));
        check_between("1795256916362", "1795256916361", Err(WhyNoTime::Negative));
        check_between("0", "1795256916362", Err(WhyNoTime::TooLarge));
        check_between("x", "7", Err(WhyNoTime::NotANumber));
    }

    #[test]
    fn a_sum_is_known_only_if_all_of_it_is() {
        let (one, none) = (known(Ok(1)), known(Err(WhyNoTime::Missing)));
        assert_eq!(sum(one, one), known(Ok(2)));
        assert_eq!(sum(one, none), none);
        assert_eq!(sum(none, one), none);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_time_or_a_reason(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Time::Known(Micros(micros)) = seconds(&text) {
                prop_assert!(u128::from(micros) <= LONGEST);
            }
        }

        #[test]
        fn a_number_of_microseconds_survives(micros_written in 0_u64..1_000_000_000_000) {
            let text = format!("{}.{:06}", micros_written / 1_000_000, micros_written % 1_000_000);
            prop_assert_eq!(seconds(text.as_bytes()), Time::Known(Micros(micros_written)));
        }
    }
}
