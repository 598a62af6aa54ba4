//! Amounts of resources: `500m`, `1Gi`, `1.5`, `2e3` (Kubernetes API reference, "Quantity").

/// An amount in thousand-millionths, which is as finely as the API keeps it; what is finer is rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

/// A text that is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAQuantity;

/// The decimal digits that are kept behind the point.
const DIGITS: u32 = 9;

/// More than the API keeps of anything, 2^63, in thousand-millionths: larger amounts are this one.
const MOST: i128 = (1 << 63) * 1_000_000_000;

impl Quantity {
    /// Reads an amount.
    ///
    /// # Errors
    /// When it is no number with one of the API's suffixes.
    pub fn read(text: &str) -> Result<Self, NotAQuantity> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        let end = rest.bytes().position(|byte| !is_number(byte)).unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if part.contains('.') || (whole.is_empty() && part.is_empty()) {
            return Err(NotAQuantity);
        }
        let scale = Scale::read(suffix)?;
        let nanos = scale.nanos(whole, part);
        Ok(Self(if is_negative { -nanos } else { nanos }))
    }

    /// Whether it is more than nothing.
    pub fn is_some(self) -> bool {
        self.0 > 0
    }
}

/// What a suffix stands for.
#[derive(Clone, Copy)]
enum Scale {
    /// A power of ten.
    Ten(i32),
    /// A power of two.
    Two(u32),
}

impl Scale {
    fn read(suffix: &str) -> Result<Self, NotAQuantity> {
        Ok(match suffix {
            "" => Self::Ten(0),
            "n" => Self::Ten(-9),
            "u" => Self::Ten(-6),
            "m" => Self::Ten(-3),
            "k" => Self::Ten(3),
            "M" => Self::Ten(6),
            "G" => Self::Ten(9),
            "T" => Self::Ten(12),
            "P" => Self::Ten(15),
            "E" => Self::Ten(18),
            "Ki" => Self::Two(10),
            "Mi" => Self::Two(20),
            "Gi" => Self::Two(30),
            "Ti" => Self::Two(40),
            "Pi" => Self::Two(50),
            "Ei" => Self::Two(60),
            exponent => {
                let digits = exponent.strip_prefix(['e', 'E']).ok_or(NotAQuantity)?;
                // `parse` would take a sign behind the sign.
                let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
                if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(NotAQuantity);
                }
                let is_negative = digits.starts_with('-');
                let size: i32 = unsigned.parse().unwrap_or(i32::MAX).min(10_000);
                Self::Ten(if is_negative { -size } else { size })
            }
        })
    }

    /// The digits of a number before and behind its point, in thousand-millionths, rounded up.
    fn nanos(self, whole: &str, part: &str) -> i128 {
        let (tens, times) = match self {
            Self::Ten(power) => (power, 1),
            Self::Two(power) => (0, 1_i128 << power),
        };
        // Behind the last digit that is kept there only counts whether there is any.
        let digits: Vec<u8> = whole.bytes().chain(part.bytes()).map(|byte| byte - b'0').collect();
        let point = i64::try_from(whole.len()).unwrap_or(i64::MAX);
        let kept = point.saturating_add(i64::from(tens)).saturating_add(i64::from(DIGITS));
        // With a power of two, what is cut off would be multiplied: nobody writes so many digits.
        let mut nanos: i128 = 0;
        let mut is_rounded = false;
        let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        for (at, digit) in (0_i64..).zip(&digits) {
            if at < kept {
                nanos = (nanos * 10 + i128::from(*digit)).min(MOST);
            } else {
                is_rounded |= *digit > 0;
            }
        }
        for _ in length..kept {
            if nanos == 0 || nanos >= MOST {
                break;
            }
            nanos = (nanos * 10).min(MOST);
        }
        let nanos = nanos + i128::from(is_rounded);
        nanos.saturating_mul(times).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, nanos: i128) {
        assert_eq!(Quantity::read(text), Ok(Quantity(nanos)), "{text}");
    }

    #[test]
    fn amounts_are_exact() {
        check("1", 1_000_000_000);
        check("0", 0);
        check("0m", 0);
        check("0.0Gi", 0);
        check("00", 0);
        check("500m", 500_000_000);
        check("0.5", 500_000_000);
        check(".5", 500_000_000);
        check("5.", 5_000_000_000);
        check("+2", 2_000_000_000);
        check("-1", -1_000_000_000);
        check("1k", 1_000_000_000_000);
        check("1Ki", 1_024_000_000_000);
        check("1.5Gi", 1_610_612_736_000_000_000);
        check("2e3", 2_000_000_000_000);
        check("2E-3", 2_000_000);
        check("1E", 1_000_000_000_000_000_000_000_000_000);
        check("100n", 100);
    }

    #[test]
    fn what_is_too_fine_is_rounded_up_and_what_is_too_large_is_the_most() {
        check("0.1n", 1);
        check("1e-20", 1);
        check("9e99", MOST);
        check("99999999999999999999999999999999999999999999Ei", MOST);
        check(&format!("1e{}", "9".repeat(100)), MOST);
        check(&format!("0e{}", "9".repeat(100)), 0);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for wrong in [
            "", "m", ".", "1 Gi", "1gi", "1K", "1GiB", "abc", "1e", "1e+-3", "--1", "1.2.3", "∞",
            "0x10", "1_000",
        ] {
            assert_eq!(Quantity::read(wrong), Err(NotAQuantity), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_amount_or_none(text in "[-+0-9.eEKMGimnuk]{0,24}") {
            let _ = Quantity::read(&text);
        }

        #[test]
        fn whole_numbers_are_themselves(number in 0_u32..) {
            prop_assert_eq!(Quantity::read(&number.to_string()), Ok(Quantity(i128::from(number) * 1_000_000_000)));
        }
    }
}
