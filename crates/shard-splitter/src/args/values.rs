//! What the value of an input may look like, where that is more than a number or a word.

use sharding::{ShardCount, Stability, Unknown};

/// How many shards: a number, or as many as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// This many.
    Fixed(ShardCount),
    /// As many as it takes.
    Auto,
}

pub(crate) fn count(text: &str) -> Result<Count, String> {
    if text == "auto" {
        return Ok(Count::Auto);
    }
    let count: Result<ShardCount, _> = text.parse();
    count.map(Count::Fixed).map_err(|error| format!("{error}, or `auto`"))
}

/// The units of a time, with their microseconds. `ms` stands before `m`, which it begins with.
const UNITS: [(&str, u64); 4] =
    [("ms", 1_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000)];

const NOT_A_TIME: &str = "expected a time such as `90`, `90s`, `1.5m`, `1h30m` or `250ms`";

/// A time in microseconds: `1h30m`, `90s`, `1.5m`, `250ms`, or a number of seconds.
pub(crate) fn time(text: &str) -> Result<u64, &'static str> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(NOT_A_TIME);
    }
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let end =
            rest.find(|letter: char| !matches!(letter, '0'..='9' | '.')).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let unit =
            UNITS.iter().find_map(|(unit, micros)| Some((after.strip_prefix(unit)?, *micros)));
        let (after, unit) = match unit {
            Some(unit) => unit,
            // A bare number is seconds, and stands alone.
            None if after.is_empty() && number.len() == text.trim().len() => ("", 1_000_000),
            None => return Err(NOT_A_TIME),
        };
        let part = times(number, unit).ok_or(NOT_A_TIME)?;
        sum = sum.checked_add(part).ok_or("expected a shorter time")?;
        rest = after.trim_start();
    }
    Ok(sum)
}

/// A decimal number of units, in microseconds, rounded down.
fn times(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || whole.is_empty() || fraction.len() > 6 {
        return None;
    }
    let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
    u64::try_from(u128::from(digits) * u128::from(unit) / u128::from(scale)).ok()
}

const NOT_A_SHARE: &str = "expected a share such as `1%` or `0.5%`, at most `100%`";

/// A share in millionths: `1%`, `0.5%`.
pub(crate) fn share(text: &str) -> Result<u64, &'static str> {
    let number = text.trim().strip_suffix('%').ok_or(NOT_A_SHARE)?;
    let millionths = times(number, 10_000).ok_or(NOT_A_SHARE)?;
    if millionths <= 1_000_000 { Ok(millionths) } else { Err(NOT_A_SHARE) }
}

/// What a stable plan may cost where nothing is said, in millionths.
const ONE_PERCENT: u64 = 10_000;

pub(crate) fn stability(text: &str) -> Result<Stability, String> {
    let (kind, allowed) = match text.split_once(':') {
        Some((kind, allowed)) => (kind, share(allowed)?),
        None => (text, ONE_PERCENT),
    };
    match kind {
        "off" if kind.len() == text.len() => Ok(Stability::Off),
        "hash" => Ok(Stability::Hash(allowed)),
        "sticky" => Ok(Stability::Sticky(allowed)),
        _ => {
            Err("expected `off`, `hash`, `sticky`, or with what it may cost, `sticky:1%`"
                .to_owned())
        }
    }
}

pub(crate) fn unknown(text: &str) -> Result<Unknown, String> {
    match text {
        "auto" => Ok(Unknown::Auto),
        "mean" => Ok(Unknown::Mean),
        "median" => Ok(Unknown::Median),
        "p75" => Ok(Unknown::Percentile75),
        _ => time(text).map(Unknown::Given).map_err(|_| {
            "expected `auto`, `mean`, `median`, `p75`, or a time such as `5s`".to_owned()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_time(text: &str, micros: Option<u64>) {
        assert_eq!(time(text).ok(), micros, "{text}");
    }

    #[test]
    fn a_time_is_written_as_people_write_it() {
        check_time("90", Some(90_000_000));
        check_time("1.5", Some(1_500_000));
        check_time("90s", Some(90_000_000));
        check_time("250ms", Some(250_000));
        check_time("1h30m", Some(5_400_000_000));
        check_time("1m 5s", Some(65_000_000));
        check_time("0.5h", Some(1_800_000_000));
        for wrong in [
            "",
            "s",
            "1 2",
            "90 s x",
            "-1",
            "1m30",
            "1e3",
            "NaN",
            "1.2.3s",
            "99999999999h",
            "1.0000001s",
            ".",
        ] {
            check_time(wrong, None);
        }
    }

    #[test]
    fn a_share_is_percent() {
        assert_eq!(
            ["1%", "0.5%", "100%", "0%"].map(share),
            [Ok(10_000), Ok(5_000), Ok(1_000_000), Ok(0)]
        );
        assert!(["1", "%", "-1%", "101%", "0.00000001%"].iter().all(|text| share(text).is_err()));
    }

    #[test]
    fn stability_is_a_word_and_what_it_may_cost() {
        let read = |text| stability(text).ok();
        assert_eq!(read("off"), Some(Stability::Off));
        assert_eq!(read("hash"), Some(Stability::Hash(10_000)));
        assert_eq!(read("sticky:2.5%"), Some(Stability::Sticky(25_000)));
        assert_eq!([read("off:1%"), read("sticky:"), read("stick")], [None; 3]);
    }
}
