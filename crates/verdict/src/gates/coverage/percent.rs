//! Percentages without fractions that a float would round: 59.996 % is not 60 %.

use diagnostics::{Text, text};
use reports::coverage::{Count, Metric};

/// A percentage from 0 to 100 with at most six decimals, exactly as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent {
    /// Millionths of one percent.
    millionths: u64,
}

/// Millionths in one percent.
const ONE: u64 = 1_000_000;
/// Decimals of a percentage.
const DECIMALS: usize = 6;

impl Percent {
    /// A whole percentage; 100 % for more.
    pub const fn whole(percent: u8) -> Self {
        // `u64::from` cannot be called here yet, and a byte has eight bits.
        let percent = if percent > 100 { 100 } else { percent };
        Self { millionths: ONE * u64::from_le_bytes([percent, 0, 0, 0, 0, 0, 0, 0]) }
    }

    /// Reads `80`, `79.5`, `80 %`.
    pub fn read(text: &str) -> Option<Self> {
        let number = text.strip_suffix('%').map_or(text, str::trim_end);
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let are_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !are_digits(decimals) || decimals.len() > DECIMALS {
            return None;
        }
        let decimals: u64 = format!("{decimals:0<DECIMALS$}").parse().ok()?;
        let millionths = whole.parse::<u64>().ok()?.checked_mul(ONE)?.checked_add(decimals)?;
        (millionths <= 100 * ONE).then_some(Self { millionths })
    }

    /// Whether so much, or more, was run.
    pub fn is_reached_by(self, count: Count) -> bool {
        let reached = u128::from(count.covered) * u128::from(100 * ONE);
        reached >= u128::from(self.millionths) * u128::from(count.total)
    }

    /// Whether the share of what was run fell by more than so many points from `base` to `head`;
    /// nothing if the counts are larger than any that can be true, or there is nothing to compare.
    pub fn is_less_than_drop(self, base: Count, head: Count) -> Option<bool> {
        if base.total == 0 || head.total == 0 {
            return None;
        }
        let before = u128::from(base.covered) * u128::from(head.total);
        let after = u128::from(head.covered) * u128::from(base.total);
        let fell = before.saturating_sub(after).checked_mul(u128::from(100 * ONE))?;
        let both = u128::from(base.total) * u128::from(head.total);
        Some(fell > both.checked_mul(u128::from(self.millionths))?)
    }

    /// It, as it is written: `79.5 %`.
    pub fn text(self) -> Text {
        let mut said = self.number();
        said.text(" %");
        said
    }

    /// Its number: `79.5`.
    pub(super) fn number(self) -> Text {
        let mut said = text![self.millionths / ONE];
        let mut rest = self.millionths % ONE;
        let mut unit = ONE / 10;
        if rest > 0 {
            said.text(".");
        }
        while rest > 0 {
            said.number(rest / unit);
            (rest, unit) = (rest % unit, unit / 10);
        }
        said
    }
}

/// A share for people, rounded down: `59.9 % of 1204 lines`.
pub(super) fn share(count: Count, metric: Metric) -> Text {
    let thousand = u128::from(count.covered) * 1000;
    // A share of nothing is none.
    let tenths = thousand.checked_div(u128::from(count.total)).unwrap_or_default();
    let tenths = u64::try_from(tenths).unwrap_or(u64::MAX);
    text![tenths / 10, ".", tenths % 10, " % of ", count.total, " ", metric.plural()]
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Option<&str>) {
        let read = Percent::read(text);
        assert_eq!(read.map(|percent| shown(&percent.text())).as_deref(), wanted, "{text}");
    }

    #[test]
    fn a_percentage_is_what_is_written() {
        check("60", Some("60 %"));
        check("79.5", Some("79.5 %"));
        check("79.50", Some("79.5 %"));
        check("80 %", Some("80 %"));
        check("80%", Some("80 %"));
        check("0.000001", Some("0.000001 %"));
        check("99.99", Some("99.99 %"));
        check("100", Some("100 %"));
        for wrong in
            ["100.1", "-1", "1e1", "0.0000001", "nan", "inf", "", "%", "1.", ".5", "1_0", "٣"]
        {
            check(wrong, None);
        }
    }

    #[track_caller]
    fn check_reached(percent: &str, covered: u64, total: u64, wanted: bool) {
        let percent = Percent::read(percent).unwrap();
        assert_eq!(percent.is_reached_by(Count { covered, total }), wanted);
    }

    #[test]
    fn nothing_is_rounded_up() {
        check_reached("60", 59_996, 100_000, false);
        check_reached("60", 6, 10, true);
        check_reached("60", 60_000, 100_000, true);
        check_reached("33.333333", 1, 3, true);
        check_reached("33.333334", 1, 3, false);
        check_reached("100", u64::MAX - 1, u64::MAX, false);
        check_reached("100", u64::MAX, u64::MAX, true);
        let lines = |covered, total| shown(&share(Count { covered, total }, Metric::Line));
        assert_eq!(lines(59_996, 100_000), "59.9 % of 100000 lines");
        assert_eq!(lines(999_999, 1_000_000), "99.9 % of 1000000 lines");
        assert_eq!(lines(0, 0), "0.0 % of 0 lines");
    }

    #[track_caller]
    fn check_drop(most: &str, base: (u64, u64), head: (u64, u64), wanted: Option<bool>) {
        let count = |(covered, total)| Count { covered, total };
        let most = Percent::read(most).unwrap();
        assert_eq!(most.is_less_than_drop(count(base), count(head)), wanted);
    }

    #[test]
    fn a_drop_is_exact() {
        check_drop("1", (80, 100), (79, 100), Some(false));
        check_drop("1", (80, 100), (789, 1000), Some(true));
        check_drop("0", (80, 100), (80, 100), Some(false));
        check_drop("0", (80, 100), (79_999, 100_000), Some(true));
        check_drop("0", (1, 3), (1, 2), Some(false));
        check_drop("0", (0, 0), (1, 2), None);
        check_drop("0", (u64::MAX, u64::MAX), (0, u64::MAX), None);
    }
}
