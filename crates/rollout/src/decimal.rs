//! Numbers as they are written in decimal digits, compared exactly: a limit of 1 % is crossed at 1.0000001 %
//! and not at 1 %, whatever a binary fraction makes of either.

use std::cmp::Ordering;
use std::fmt;

use diagnostics::config::Table;

/// The most digits that a number may have. A double is written with 17; two numbers of 19 digits have a
/// product that still fits into 128 bits.
const MOST_DIGITS: usize = 19;

/// The furthest that a number may be from one, as a power of ten. Doubles reach 308 and -324.
const FURTHEST: i32 = 400;

/// A number of at most 19 decimal digits, or the product of two of them.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    is_negative: bool,
    /// No multiple of ten, unless it is zero.
    digits: u128,
    exponent: i32,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { is_negative: false, digits: 0, exponent: 0 };
    /// One.
    pub const ONE: Self = Self { is_negative: false, digits: 1, exponent: 0 };

    /// The number that decimal text says: `0.25`, `-3`, `1e-9`. Nothing for anything else, and for a number of
    /// more than 19 digits beside the zeros around them.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, whole(exponent)?),
            None => (text, 0),
        };
        let unsigned = number.strip_prefix(['-', '+']).unwrap_or(number);
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = || whole.bytes().chain(part.bytes());
        if all().next().is_none() || !all().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (before, after) = (i32::try_from(whole.len()).ok()?, i32::try_from(part.len()).ok()?);
        let leading = all().take_while(|byte| *byte == b'0').count();
        let length = usize::try_from(before.checked_add(after)?).ok()?;
        let trailing =
            whole.bytes().chain(part.bytes()).rev().take_while(|byte| *byte == b'0').count();
        if leading == length {
            return Some(Self::ZERO);
        }
        let kept = length - leading - trailing;
        if kept > MOST_DIGITS {
            return None;
        }
        let digits =
            all().skip(leading).take(kept).fold(0, |sum, byte| sum * 10 + u128::from(byte - b'0'));
        let exponent = exponent.checked_sub(after)?.checked_add(i32::try_from(trailing).ok()?)?;
        let is_near = (-FURTHEST..=FURTHEST).contains(&exponent);
        is_near.then_some(Self { is_negative: number.starts_with('-'), digits, exponent })
    }

    /// A number as people write it: `0.01`, `1%`, `100 ms`. Times are seconds, as Prometheus has them.
    pub fn amount(text: &str) -> Option<Self> {
        const UNITS: [(&str, i32); 6] =
            [("%", -2), ("ms", -3), ("us", -6), ("\u{b5}s", -6), ("ns", -9), ("s", 0)];
        let text = text.trim();
        let unit = UNITS.iter().find_map(|(unit, power)| Some((text.strip_suffix(unit)?, *power)));
        let (number, power) = unit.unwrap_or((text, 0));
        Self::parse(&number.trim_end().replace('_', "")).map(|number| number.times_ten_to(power))
    }

    /// The number `key` of a table, as [`Self::amount`] reads it.
    pub(crate) fn of_table(table: &mut Table<'_, '_>, key: &'static str) -> Option<Self> {
        let word = table.amount(key)?;
        let number = Self::amount(&word.text);
        if number.is_none() {
            let help = "write a number, with `%`, `ms`, `us`, `ns` or `s` behind it if need be: `\"1%\"`; it may have 19 digits";
            table.wrong(&word, "expected a number", help);
        }
        number
    }

    /// A whole number.
    pub fn whole(number: u64) -> Self {
        Self { is_negative: false, digits: number.into(), exponent: 0 }.normal()
    }

    /// The number times a power of ten.
    #[must_use]
    pub fn times_ten_to(self, power: i32) -> Self {
        Self { exponent: self.exponent.saturating_add(power), ..self }.normal()
    }

    /// The product of two numbers, exactly; nothing if one of them is a product already and it does not fit.
    pub fn product(self, other: Self) -> Option<Self> {
        let digits = self.digits.checked_mul(other.digits)?;
        let exponent = self.exponent.checked_add(other.exponent)?;
        let is_negative = self.is_negative != other.is_negative;
        Some(Self { is_negative, digits, exponent }.normal())
    }

    /// The number with at most so many digits, for people.
    #[must_use]
    pub fn rounded(self, digits: u32) -> Self {
        let length = self.digits.checked_ilog10().map_or(0, |it| it + 1);
        let Some(scale) = length.checked_sub(digits).map(|more| 10_u128.saturating_pow(more))
        else {
            return self;
        };
        let exponent = i32::try_from(length - digits).unwrap_or(0);
        let half = self.digits % scale >= scale / 2 && scale > 1;
        let digits = (self.digits / scale).saturating_add(u128::from(half));
        Self { digits, exponent: self.exponent.saturating_add(exponent), ..self }.normal()
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.digits == 0
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.is_negative && self.digits != 0
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        let sign = if self.is_negative { "-" } else { "" };
        format!("{sign}{}e{}", self.digits, self.exponent).parse().unwrap_or(f64::NAN)
    }

    fn normal(self) -> Self {
        if self.digits == 0 {
            return Self::ZERO;
        }
        let mut number = self;
        while number.digits.is_multiple_of(10) {
            number.digits /= 10;
            number.exponent = number.exponent.saturating_add(1);
        }
        number
    }

    /// How many digits stand before the point; below zero for zeros behind it.
    fn magnitude(&self) -> i64 {
        i64::from(self.digits.checked_ilog10().unwrap_or(0)) + i64::from(self.exponent)
    }

    fn cmp_magnitude(&self, other: &Self) -> Ordering {
        if self.digits == 0 || other.digits == 0 {
            return self.digits.cmp(&other.digits);
        }
        self.magnitude().cmp(&other.magnitude()).then_with(|| {
            // With as many digits before the point they differ in how many they have at all: at most 38.
            let length = |it: &Self| it.digits.checked_ilog10().unwrap_or(0);
            let most = length(self).max(length(other));
            let aligned =
                |it: &Self| it.digits.saturating_mul(10_u128.saturating_pow(most - length(it)));
            aligned(self).cmp(&aligned(other))
        })
    }
}

/// A whole number with or without a sign.
fn whole(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative(), other.is_negative()) {
            (false, false) => self.cmp_magnitude(other),
            (true, true) => other.cmp_magnitude(self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

/// Without an exponent where it is not far from one.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative() {
            f.write_str("-")?;
        }
        let digits = self.digits.to_string();
        let point = self.magnitude() + 1;
        if self.digits == 0 || !(-8..=20).contains(&point) {
            return match self.exponent {
                0 => f.write_str(&digits),
                exponent => write!(f, "{digits}e{exponent}"),
            };
        }
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        if point <= 0 {
            return write!(f, "0.{}{digits}", zeros(-point));
        }
        if point >= length {
            return write!(f, "{digits}{}", zeros(point - length));
        }
        let (whole, part) = digits.split_at(usize::try_from(point).unwrap_or(0));
        write!(f, "{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn what_is_written_is_what_is_meant() {
        for (text, shown) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("0.010", "0.01"),
            ("12.50", "12.5"),
            ("+7", "7"),
            ("1e3", "1000"),
            ("1.5E-3", "0.0015"),
            ("-2.25", "-2.25"),
            (".5", "0.5"),
            ("100000000000000000000000", "1e23"),
            ("1e-300", "1e-300"),
            ("000123", "123"),
        ] {
            assert_eq!(of(text).to_string(), shown, "{text}");
        }
        for odd in [
            "",
            ".",
            "-",
            "1e",
            "e1",
            "1.2.3",
            "1_0",
            "NaN",
            "+Inf",
            " 1",
            "1e1.5",
            "0x1",
            "1e99999999999",
            "\u{661}",
        ] {
            assert!(Decimal::parse(odd).is_none(), "{odd:?}");
        }
        assert!(Decimal::parse("12345678901234567890.1").is_none());
        assert!(Decimal::parse("1e401").is_none());
    }

    #[test]
    fn one_per_cent_is_not_more_than_one_per_cent() {
        assert_eq!(of("0.01"), of("1").times_ten_to(-2));
        assert_eq!(of("0").times_ten_to(-4).to_string(), "0");
        assert!(of("0.010000000000000001") > of("0.01"));
        assert!(of("0.3") < of("0.30000000000000004"));
        // Twice the baseline is twice the baseline, also where no double is.
        assert_eq!(of("0.1").product(of("3")), Some(of("0.3")));
        assert!(of("-2") < of("-1") && of("-1") < of("0") && of("-1") < of("0.5"));
        assert_eq!(of("-0"), of("0"));
    }

    #[test]
    fn people_write_units() {
        for (text, wanted) in [
            ("1%", "0.01"),
            ("0.5 %", "0.005"),
            ("100ms", "0.1"),
            ("35 us", "0.000035"),
            ("2s", "2"),
            ("1_000", "1000"),
            ("2.0", "2"),
        ] {
            assert_eq!(Decimal::amount(text), Some(of(wanted)), "{text}");
        }
        assert!(["", "%", "1 m", "1%%", "one"].iter().all(|text| Decimal::amount(text).is_none()));
    }

    #[test]
    fn people_see_as_many_digits_as_they_read() {
        for (text, shown) in [
            ("0.010000000000000002", "0.01"),
            ("0.12345", "0.1235"),
            ("99999", "100000"),
            ("1234", "1234"),
            ("-12346", "-12350"),
            ("0", "0"),
        ] {
            assert_eq!(of(text).rounded(4).to_string(), shown);
        }
    }

    #[test]
    fn the_longest_numbers_have_a_product() {
        let long = of("9999999999999999999");
        let product = long.product(long).unwrap();
        assert!(product > of("9999999999999999999e18"));
        assert!(product < of("1e38"));
        assert_eq!(product.product(product), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_are_ordered_as_they_are(a in -10_i64.pow(15)..10_i64.pow(15), b in -10_i64.pow(15)..10_i64.pow(15), shift in -20_i32..20) {
            let of = |number: i64| Decimal::parse(&number.to_string()).unwrap().times_ten_to(shift);
            prop_assert_eq!(of(a).cmp(&of(b)), a.cmp(&b));
        }

        #[test]
        fn what_is_shown_is_read_again(text in "-?[0-9]{1,9}\\.?[0-9]{0,9}(e-?[0-9]{1,2})?") {
            let number = of(&text);
            prop_assert_eq!(of(&number.to_string()), number);
            prop_assert_eq!(number.to_f64().to_bits() << 1, text.parse::<f64>().unwrap().to_bits() << 1);
        }
    }
}
