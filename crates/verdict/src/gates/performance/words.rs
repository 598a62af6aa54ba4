//! Figures as people read them: `2.95 Gbit/s`, `35 ms`, `12.3 %`, `1.23 times`.

use bstr::{BString, ByteSlice as _};
use diagnostics::{Foreign, Text};
use reports::quantity::{NotAQuantity, Quantity, Unit};

/// How many digits of a figure are told.
const DIGITS: u32 = 4;

/// A figure with the prefix that makes it short.
pub(super) fn quantity(quantity: &Quantity) -> Text {
    to_digits(quantity, DIGITS)
}

/// Two figures with as many digits as it takes to see that they differ.
pub(super) fn both(one: &Quantity, other: &Quantity) -> [Text; 2] {
    let told = |digits| [to_digits(one, digits), to_digits(other, digits)];
    let differ = (DIGITS..=15).map(told).find(|[one, other]| one != other);
    differ.unwrap_or_else(|| told(DIGITS))
}

fn to_digits(quantity: &Quantity, digits: u32) -> Text {
    let value = quantity.value.get();
    let (factor, prefix, unit): (f64, &'static str, &'static str) = match &quantity.unit {
        Unit::Seconds => match value {
            0.0 | 1.0.. => (1.0, "", "s"),
            1e-3.. => (1e3, "m", "s"),
            1e-6.. => (1e6, "µ", "s"),
            _ => (1e9, "n", "s"),
        },
        Unit::Bytes => binary(value),
        Unit::BitsPerSecond => decimal(value, "bit/s"),
        Unit::PerSecond => decimal(value, "op/s"),
        Unit::Ratio => (100.0, "", "%"),
        Unit::Count | Unit::Other(_) => (1.0, "", ""),
        Unit::Instructions => (1.0, "", "instructions"),
    };
    let mut text = number(value * factor, digits);
    match (&quantity.unit, unit) {
        (Unit::Other(word), _) if !word.is_empty() => {
            text.text(" ").foreign(word.as_slice());
        }
        (_, "") => {}
        (_, unit) => {
            text.text(" ").text(prefix).text(unit);
        }
    }
    text
}

fn decimal(value: f64, unit: &'static str) -> (f64, &'static str, &'static str) {
    match value {
        1e12.. => (1e-12, "T", unit),
        1e9.. => (1e-9, "G", unit),
        1e6.. => (1e-6, "M", unit),
        1e3.. => (1e-3, "k", unit),
        _ => (1.0, "", unit),
    }
}

fn binary(value: f64) -> (f64, &'static str, &'static str) {
    match value {
        1_073_741_824.0.. => (1.0 / 1_073_741_824.0, "Gi", "B"),
        1_048_576.0.. => (1.0 / 1_048_576.0, "Mi", "B"),
        1024.0.. => (1.0 / 1024.0, "Ki", "B"),
        _ => (1.0, "", "B"),
    }
}

/// By how much a ratio is above 1, in percent.
pub(super) fn change(ratio: f64) -> Text {
    let mut text = number((ratio - 1.0) * 100.0, 3);
    text.text(" %");
    text
}

/// A threshold as the share it allows: 1.2 is 20 %.
pub(super) fn share(threshold: f64) -> Text {
    change(threshold)
}

/// A ratio: `1.23 times`.
pub(super) fn times(ratio: f64) -> Text {
    let mut text = number(ratio, 3);
    text.text(" times");
    text
}

/// A number in decimal digits, rounded to so many that count, without zeros at the end.
fn number(value: f64, digits: u32) -> Text {
    // Rust writes `1.235e3`: all the digits that count, and where the point goes.
    let places = usize::try_from(digits.saturating_sub(1)).unwrap_or(3);
    let written = format!("{value:.places$e}");
    let rounded: f64 = written.parse().unwrap_or(value);
    let mut text = Text::new();
    for letter in rounded.to_string().chars() {
        text.text(match letter {
            '0' => "0",
            '1' => "1",
            '2' => "2",
            '3' => "3",
            '4' => "4",
            '5' => "5",
            '6' => "6",
            '7' => "7",
            '8' => "8",
            '9' => "9",
            '-' => "-",
            _ => ".",
        });
    }
    text
}

/// The known unit nearest to one that is not.
pub(super) fn nearest(word: &BString) -> Option<String> {
    match Quantity::parse(&format!("1 {}", word.to_str_lossy())) {
        Err(NotAQuantity::Unit(near)) => near,
        Ok(_) | Err(NotAQuantity::Number) => None,
    }
}

/// A unit's own name.
pub(super) fn unit(unit: &Unit) -> Foreign {
    let name = unit.name();
    Foreign::new(if name.is_empty() { b"a count" } else { name.as_bytes() })
}

#[cfg(test)]
mod tests {
    use diagnostics::Piece;

    use super::*;

    fn plain(text: &Text) -> String {
        let word = |piece: &Piece| match piece {
            Piece::Ours(words) => (*words).to_owned(),
            Piece::Foreign(word) => String::from_utf8_lossy(word.raw()).into_owned(),
            Piece::Number(_)
            | Piece::Thousandths(_)
            | Piece::Micros(_)
            | Piece::Said(_)
            | Piece::Lines(_) => {
                panic!("{piece:?}")
            }
        };
        text.pieces().iter().map(word).collect()
    }

    #[track_caller]
    fn check(written: &str, told: &str) {
        assert_eq!(plain(&quantity(&Quantity::parse(written).unwrap())), told);
    }

    #[test]
    fn figures_are_told_with_the_prefix_that_makes_them_short() {
        check("2.95 Gbps", "2.95 Gbit/s");
        check("0.035 s", "35 ms");
        check("18,149 ns/iter", "18.15 µs");
        check("2.31 ns", "2.31 ns");
        check("0 s", "0 s");
        check("90 s", "90 s");
        check("65536 B", "64 KiB");
        check("1500 B", "1.465 KiB");
        check("12 ops/s", "12 op/s");
        check("4500 ops/s", "4.5 kop/s");
        check("120 %", "120 %");
        check("12", "12");
        check("1000 Ir", "1000 instructions");
        check("0.25", "0.25");
    }

    #[test]
    fn what_differs_is_told_so_that_it_is_seen() {
        let [one, other] =
            ["2.9499999 Gbps", "2.95 Gbps"].map(|text| Quantity::parse(text).unwrap());
        let told = both(&one, &other).map(|text| plain(&text));
        assert_eq!(told, ["2.9499999 Gbit/s", "2.95 Gbit/s"]);
    }
}
