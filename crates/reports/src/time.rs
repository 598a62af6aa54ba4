//! Seconds as tools write them, to whole microseconds, without a float between.
//!
//! Traps, each seen in a real report: `1,234.5` (surefire, thousands), `0,5` (a decimal comma),
//! `1,234` (either), `1e-05` (Python), `NaN`, `inf`, `-0.001` (a clock that went back), nothing.

use crate::{Micros, Time, WhyNoTime};

/// Longer than this (about 31 years) is a mistake, not a time.
const LONGEST: u128 = 1_000_000_000_000_000;

/// The most digits that are looked at; more cannot matter to a microsecond of a sane time.
const MOST_DIGITS: usize = 64;

/// Reads seconds.
pub(crate) fn seconds(text: &[u8]) -> Time {
    match micros(text.trim_ascii()) {
        Ok(micros) => Time::Known(Micros(micros)),
        Err(why) => Time::Unknown(why),
    }
}

fn micros(text: &[u8]) -> Result<u64, WhyNoTime> {
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
    let value = scaled(&whole, &fraction, exponent)?;
    if negative && value > 0 {
        return Err(WhyNoTime::Negative);
    }
    if value > LONGEST {
        return Err(WhyNoTime::TooLarge);
    }
    u64::try_from(value).map_err(|_| WhyNoTime::TooLarge)
}

/// The digits before and after the decimal sign.
fn parts(mantissa: &[u8]) -> Result<(Vec<u8>, Vec<u8>), WhyNoTime> {
    let dot = mantissa.iter().position(|byte| *byte == b'.');
    let comma = mantissa.iter().position(|byte| *byte == b',');
    let (whole, fraction) = match (dot, comma) {
        (Some(dot), _) => {
            let (whole, rest) = mantissa.split_at(dot);
            (without_thousands(whole)?, rest.get(1..).unwrap_or_default().to_vec())
        }
        (None, Some(comma)) => {
            let (whole, rest) = mantissa.split_at(comma);
            let fraction = rest.get(1..).unwrap_or_default();
            match (whole, fraction.len()) {
                (b"0", _) => (whole.to_vec(), fraction.to_vec()),
                (_, 3) => return Err(WhyNoTime::Ambiguous),
                (_, _) if fraction.contains(&b',') => (without_thousands(mantissa)?, Vec::new()),
                (_, _) => (whole.to_vec(), fraction.to_vec()),
            }
        }
        (None, None) => (mantissa.to_vec(), Vec::new()),
    };
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if !digits(&whole) || !digits(&fraction) || whole.is_empty() && fraction.is_empty() {
        return Err(WhyNoTime::NotANumber);
    }
    Ok((whole, fraction))
}

/// `1,234,567` without its commas, which stand before groups of three.
fn without_thousands(whole: &[u8]) -> Result<Vec<u8>, WhyNoTime> {
    let mut groups = whole.split(|byte| *byte == b',');
    let first = groups.next().unwrap_or_default();
    let mut digits = first.to_vec();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return Err(WhyNoTime::NotANumber);
        }
        digits.extend_from_slice(group);
    }
    Ok(digits)
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

/// `whole.fraction * 10^(exponent + 6)`, rounded half up.
fn scaled(whole: &[u8], fraction: &[u8], exponent: i32) -> Result<u128, WhyNoTime> {
    let digits: Vec<u8> = whole.iter().chain(fraction).copied().collect();
    let leading = digits.iter().take_while(|digit| **digit == b'0').count();
    let significant = digits.get(leading..).unwrap_or_default();
    if significant.is_empty() {
        return Ok(0);
    }
    // The place of the decimal sign within the significant digits, in microseconds.
    let length = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let point = length(whole.len()) - length(leading) + i64::from(exponent) + 6;
    if point > 18 {
        return Err(WhyNoTime::TooLarge);
    }
    let mut value = 0_u128;
    for at in 0..point.max(0) {
        let digit = usize::try_from(at).ok().and_then(|at| significant.get(at)).unwrap_or(&b'0');
        value = value * 10 + u128::from(digit - b'0');
    }
    let next = usize::try_from(point).ok().filter(|at| *at < MOST_DIGITS);
    let next = next.and_then(|at| significant.get(at)).unwrap_or(&b'0');
    Ok(value + u128::from(*next >= b'5'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Result<u64, WhyNoTime>) {
        assert_eq!(micros(text.as_bytes()), wanted, "{text}");
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
            prop_assert_eq!(micros(text.as_bytes()), Ok(micros_written));
        }
    }
}
