//! Amounts with units, as benchmarks and people write them: `2.95 Gbps`, `35ms`, `18,149 ns/iter`.
//!
//! Every unit is turned into its base unit: seconds, bytes, bits a second, operations a second.
//! `k`, `M`, `G`, `T` are powers of 1000 and `Ki`, `Mi`, `Gi`, `Ti` powers of 1024 (ISO/IEC 80000-13);
//! `b` is a bit and `B` a byte, so that case counts.

use std::cmp::Ordering;
use std::fmt;

use bstr::{BStr, BString};

/// A number that is measured: finite and not below zero. Its unit is a base unit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Value(f64);

/// What a value counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Seconds, for one operation where the benchmark says so.
    Seconds,
    /// Bytes.
    Bytes,
    /// Bits a second: bytes a second are eight times as many.
    BitsPerSecond,
    /// Operations, requests, elements a second.
    PerSecond,
    /// Things that are counted: allocations.
    Count,
    /// Instructions that were executed (`Ir` of Callgrind): the same on each run.
    Instructions,
    /// Parts of one: 50 % is 0.5.
    Ratio,
    /// A unit that is not known, as it is written.
    Other(BString),
}

/// Which of two values is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The smaller: a time.
    SmallerIsBetter,
    /// The bigger: a throughput.
    BiggerIsBetter,
}

/// A value with its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The number, in the base unit.
    pub value: Value,
    /// The base unit.
    pub unit: Unit,
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAQuantity {
    /// It does not begin with a number that is finite and not below zero.
    Number,
    /// The unit is not known; the nearest that is.
    Unit(Option<String>),
}

impl Value {
    /// The number, unless it is not finite or below zero.
    pub fn new(number: f64) -> Option<Self> {
        // `-0.0` becomes `0.0`, so that equal values are the same bytes.
        (number.is_finite() && number >= 0.0).then_some(Self(number + 0.0))
    }

    /// A whole number; above 2^53 the nearest that a double has.
    pub fn whole(number: u64) -> Self {
        let number = u32::try_from(number)
            .map_or_else(|_| number.to_string().parse().unwrap_or(f64::MAX), f64::from);
        Self(number)
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// What decimal text says: `18,149`, `0.25`, `1e-9`. A comma divides groups of three digits.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix('+').unwrap_or(text);
        if !number.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
            return None;
        }
        let Some((first, groups)) = number.split_once(',') else {
            return number.parse().ok().and_then(Self::new);
        };
        let whole = groups.split_once('.').map_or(groups, |(whole, _)| whole);
        let is_group =
            |group: &str| group.len() == 3 && group.bytes().all(|it| it.is_ascii_digit());
        if !(1..=3).contains(&first.len()) || !whole.split(',').all(is_group) {
            return None;
        }
        number.replace(',', "").parse().ok().and_then(Self::new)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// How many base units one unit is: so many times a power of ten. The power is applied to the decimal
/// digits, so that 8581.72 MB/s are the very same number as 68.65376 Gbit/s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    times: f64,
    exponent: i8,
}

impl Scale {
    const ONE: Self = Self::ten(0);

    const fn ten(exponent: i8) -> Self {
        Self { times: 1.0, exponent }
    }

    const fn times(times: f64) -> Self {
        Self { times, exponent: 0 }
    }

    /// A value in base units; nothing if it is beyond every number.
    pub(crate) fn of(self, value: Value) -> Option<Value> {
        let shifted: f64 = format!("{}e{}", value.0, self.exponent).parse().ok()?;
        Value::new(shifted * self.times)
    }
}

/// Units that are written as they are.
const PLAIN: &[(&str, Unit, Scale)] = &[
    ("ps", Unit::Seconds, Scale::ten(-12)),
    ("ns", Unit::Seconds, Scale::ten(-9)),
    ("us", Unit::Seconds, Scale::ten(-6)),
    ("µs", Unit::Seconds, Scale::ten(-6)), // the micro sign, U+00B5
    ("μs", Unit::Seconds, Scale::ten(-6)), // the Greek letter, U+03BC
    ("ms", Unit::Seconds, Scale::ten(-3)),
    ("s", Unit::Seconds, Scale::ONE),
    ("min", Unit::Seconds, Scale::times(60.0)),
    ("h", Unit::Seconds, Scale::times(3600.0)),
    ("nanoseconds", Unit::Seconds, Scale::ten(-9)),
    ("microseconds", Unit::Seconds, Scale::ten(-6)),
    ("milliseconds", Unit::Seconds, Scale::ten(-3)),
    ("sec", Unit::Seconds, Scale::ONE),
    ("seconds", Unit::Seconds, Scale::ONE),
    ("minutes", Unit::Seconds, Scale::times(60.0)),
    ("", Unit::Count, Scale::ONE),
    ("alloc", Unit::Count, Scale::ONE),
    ("allocs", Unit::Count, Scale::ONE),
    ("count", Unit::Count, Scale::ONE),
    ("instr", Unit::Instructions, Scale::ONE),
    ("instruction", Unit::Instructions, Scale::ONE),
    ("instructions", Unit::Instructions, Scale::ONE),
    ("Ir", Unit::Instructions, Scale::ONE),
    ("%", Unit::Ratio, Scale::ten(-2)),
    ("percent", Unit::Ratio, Scale::ten(-2)),
    ("byte", Unit::Bytes, Scale::ONE),
    ("bytes", Unit::Bytes, Scale::ONE),
];

/// Units that take `k`, `M`, `Gi` before them.
const PREFIXED: &[(&str, Unit, Scale)] = &[
    ("B", Unit::Bytes, Scale::ONE),
    ("bps", Unit::BitsPerSecond, Scale::ONE),
    ("b/s", Unit::BitsPerSecond, Scale::ONE),
    ("bit/s", Unit::BitsPerSecond, Scale::ONE),
    ("bits/s", Unit::BitsPerSecond, Scale::ONE),
    ("Bps", Unit::BitsPerSecond, Scale::times(8.0)),
    ("B/s", Unit::BitsPerSecond, Scale::times(8.0)),
    ("bytes/s", Unit::BitsPerSecond, Scale::times(8.0)),
    ("Hz", Unit::PerSecond, Scale::ONE),
    ("rps", Unit::PerSecond, Scale::ONE),
    ("qps", Unit::PerSecond, Scale::ONE),
    ("tps", Unit::PerSecond, Scale::ONE),
    ("/s", Unit::PerSecond, Scale::ONE),
    ("op/s", Unit::PerSecond, Scale::ONE),
    ("ops/s", Unit::PerSecond, Scale::ONE),
    ("elem/s", Unit::PerSecond, Scale::ONE),
    ("elements/s", Unit::PerSecond, Scale::ONE),
    ("iter/s", Unit::PerSecond, Scale::ONE),
    ("iters/s", Unit::PerSecond, Scale::ONE),
    ("iterations/s", Unit::PerSecond, Scale::ONE),
    ("req/s", Unit::PerSecond, Scale::ONE),
    ("reqs/s", Unit::PerSecond, Scale::ONE),
    ("requests/s", Unit::PerSecond, Scale::ONE),
    ("calls/s", Unit::PerSecond, Scale::ONE),
    ("events/s", Unit::PerSecond, Scale::ONE),
    ("msg/s", Unit::PerSecond, Scale::ONE),
    ("messages/s", Unit::PerSecond, Scale::ONE),
    ("packets/s", Unit::PerSecond, Scale::ONE),
    ("tx/s", Unit::PerSecond, Scale::ONE),
];

/// Longer prefixes first: `Mi` is no `M`.
const PREFIXES: &[(&str, Scale)] = &[
    ("Ki", Scale::times(1024.0)),
    ("Mi", Scale::times(1_048_576.0)),
    ("Gi", Scale::times(1_073_741_824.0)),
    ("Ti", Scale::times(1_099_511_627_776.0)),
    ("k", Scale::ten(3)),
    ("K", Scale::ten(3)),
    ("M", Scale::ten(6)),
    ("G", Scale::ten(9)),
    ("T", Scale::ten(12)),
];

/// What a unit may end with, where the value is that of one operation.
const PER_OPERATION: &[&str] = &["/op", "/iter", "/iteration", "/call", "/run"];

impl Unit {
    /// The base unit that `word` belongs to, and how many of it `word` is; nothing if it is not known.
    pub(crate) fn of_word(word: &str) -> Option<(Self, Scale)> {
        let word = PER_OPERATION.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        let seconds = ["/sec", "/second"].iter().find_map(|end| word.strip_suffix(end));
        let shorter = seconds.map(|start| format!("{start}/s"));
        let word = shorter.as_deref().unwrap_or(word);
        let all = || PLAIN.iter().chain(PREFIXED);
        if let Some((_, unit, scale)) = all().find(|(name, ..)| *name == word) {
            return Some((unit.clone(), *scale));
        }
        PREFIXES.iter().find_map(|(prefix, factor)| {
            let rest = word.strip_prefix(prefix)?;
            let (_, unit, scale) = PREFIXED.iter().find(|(name, ..)| *name == rest)?;
            let scale = Scale { times: scale.times * factor.times, ..*factor };
            Some((unit.clone(), scale))
        })
    }

    /// A value in the unit that a report calls `word`, in its base unit.
    pub(crate) fn read(word: &str, value: Value) -> Option<Quantity> {
        let Some((unit, scale)) = Self::of_word(word.trim()) else {
            return Some(Quantity { value, unit: Self::Other(word.trim().into()) });
        };
        Some(Quantity { value: scale.of(value)?, unit })
    }

    /// Its name, for people; empty for things that are counted.
    pub fn name(&self) -> &BStr {
        match self {
            Self::Seconds => "s".into(),
            Self::Bytes => "B".into(),
            Self::BitsPerSecond => "bit/s".into(),
            Self::PerSecond => "op/s".into(),
            Self::Count => "".into(),
            Self::Instructions => "instructions".into(),
            Self::Ratio => "%".into(),
            Self::Other(word) => word.as_ref(),
        }
    }

    /// Which of two values is the better one, if the unit alone says so. Counts and shares do not:
    /// allocations should be few, and hits of a cache many.
    pub fn direction(&self) -> Option<Direction> {
        match self {
            Self::Seconds | Self::Bytes | Self::Instructions => Some(Direction::SmallerIsBetter),
            Self::BitsPerSecond | Self::PerSecond => Some(Direction::BiggerIsBetter),
            Self::Count | Self::Ratio | Self::Other(_) => None,
        }
    }
}

impl Quantity {
    /// Reads a number with a unit behind it, with or without a space between: `2.95 Gbps`, `35ms`.
    ///
    /// # Errors
    /// When it is no such thing.
    pub fn parse(text: &str) -> Result<Self, NotAQuantity> {
        let text = text.trim();
        let (number, unit) = text.split_at(end_of_number(text));
        let value = Value::parse(number).ok_or(NotAQuantity::Number)?;
        let unit = unit.trim();
        let (unit, scale) = Unit::of_word(unit).ok_or_else(|| NotAQuantity::Unit(nearest(unit)))?;
        Ok(Self { value: scale.of(value).ok_or(NotAQuantity::Number)?, unit })
    }
}

/// Where the number ends with which a text begins. An `e` belongs to it if digits follow.
fn end_of_number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    while let Some(byte) = bytes.get(end) {
        let is_exponent = matches!(byte, b'e' | b'E')
            && end > 0
            && (is_digit(end + 1)
                || (matches!(bytes.get(end + 1), Some(b'+' | b'-')) && is_digit(end + 2)));
        let is_sign = matches!(byte, b'+' | b'-')
            && (end == 0 || matches!(bytes.get(end.saturating_sub(1)), Some(b'e' | b'E')));
        if !(byte.is_ascii_digit() || matches!(byte, b'.' | b',') || is_exponent || is_sign) {
            break;
        }
        end += 1;
    }
    end
}

/// The known unit that was probably meant.
fn nearest(word: &str) -> Option<String> {
    let prefixed = PREFIXED
        .iter()
        .flat_map(|(name, ..)| PREFIXES.iter().map(move |(prefix, _)| format!("{prefix}{name}")));
    let plain = PLAIN.iter().chain(PREFIXED).map(|(name, ..)| (*name).to_owned());
    let known: Vec<String> = plain.chain(prefixed).filter(|name| !name.is_empty()).collect();
    // What differs in case alone is nearer than anything else.
    let in_case = known.iter().find(|name| name.eq_ignore_ascii_case(word)).cloned();
    in_case.or_else(|| {
        diagnostics::nearest(word, known.iter().map(String::as_str)).map(ToOwned::to_owned)
    })
}

impl fmt::Display for NotAQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "it does not begin with a number from 0",
            Self::Unit(_) => "its unit is not known",
        })
    }
}

impl std::error::Error for NotAQuantity {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, value: f64, unit: &Unit) {
        let read = Quantity::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((read.value, &read.unit), (Value::new(value).unwrap(), unit), "{text}");
    }

    #[test]
    fn what_people_and_benchmarks_write_is_read_in_base_units() {
        check("35ms", 0.035, &Unit::Seconds);
        check("1.69 ms", 0.00169, &Unit::Seconds);
        check("18,149 ns/iter", 0.000_018_149, &Unit::Seconds);
        check("1,234,567.5 ns/op", 0.001_234_567_5, &Unit::Seconds);
        check("3 µs", 3e-6, &Unit::Seconds);
        check("3 μs", 3e-6, &Unit::Seconds);
        check("2 min", 120.0, &Unit::Seconds);
        check("2e3 s", 2000.0, &Unit::Seconds);
        check("1e-9s", 1e-9, &Unit::Seconds);
        check("64 KiB", 65536.0, &Unit::Bytes);
        check("64 kB", 64000.0, &Unit::Bytes);
        check("64 KB", 64000.0, &Unit::Bytes);
        check("16 B/op", 16.0, &Unit::Bytes);
        check("5 allocs/op", 5.0, &Unit::Count);
        check("12", 12.0, &Unit::Count);
        check("1,000 Ir", 1000.0, &Unit::Instructions);
        check("120 %", 1.2, &Unit::Ratio);
        check("120%", 1.2, &Unit::Ratio);
        check("4.5 kops/sec", 4500.0, &Unit::PerSecond);
        check("3 Melem/s", 3e6, &Unit::PerSecond);
        check("100 req/s", 100.0, &Unit::PerSecond);
        check("100 iter/sec", 100.0, &Unit::PerSecond);
    }

    #[test]
    fn bits_and_bytes_a_second_are_converted() {
        check("2.95 Gbps", 2.95e9, &Unit::BitsPerSecond);
        check("2.95 Gbit/s", 2.95e9, &Unit::BitsPerSecond);
        check("8581.72 MB/s", 68.65376e9, &Unit::BitsPerSecond);
        check("1 MB/s", 8e6, &Unit::BitsPerSecond);
        check("1 MiB/s", 8_388_608.0, &Unit::BitsPerSecond);
        check("1 MBps", 8e6, &Unit::BitsPerSecond);
        check("1 Mbps", 1e6, &Unit::BitsPerSecond);
    }

    #[test]
    fn an_unknown_unit_is_told_with_the_nearest() {
        let nearest = |text: &str| match Quantity::parse(text) {
            Err(NotAQuantity::Unit(near)) => near,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(nearest("2.95 gbps").as_deref(), Some("Gbps"));
        assert_eq!(nearest("35 mss").as_deref(), Some("ms"));
        assert_eq!(nearest("35 Ms").as_deref(), Some("ms"));
        assert_eq!(nearest("1 megaparsecs"), None);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "ms", "-1 ms", "NaN s", "inf", "1,00 ms", "1,0000", "1e999 s", ".", "1.2.3 s",
            "--1",
        ] {
            assert_eq!(Quantity::parse(text), Err(NotAQuantity::Number), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_quantity_or_none(text in ".{0,40}") {
            if let Ok(read) = Quantity::parse(&text) {
                prop_assert!(read.value.get().is_finite() && read.value.get() >= 0.0);
            }
        }

        #[test]
        fn a_number_is_read_as_the_nearest_double(number in 0.0..1e18_f64) {
            prop_assert_eq!(Value::parse(&number.to_string()), Value::new(number));
        }
    }
}
