//! What a vector of CVSS comes to: <https://www.first.org/cvss/>, versions 3.0, 3.1 and 4.0.

use super::Severity;

/// Longer ones are no vectors: each metric that there is takes some six bytes.
const LONGEST: usize = 1024;

/// The metrics that a vector must have: v3.1, table 15; v4.0, table 23.
const BASE_OF_3: [&str; 8] = ["AV", "AC", "PR", "UI", "S", "C", "I", "A"];
const BASE_OF_4: [&str; 11] = ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"];

impl Severity {
    /// How bad the scale of CVSS calls what a vector describes; nothing if it is no vector of versions 3.0,
    /// 3.1 or 4.0.
    pub fn of_vector(vector: &[u8]) -> Option<Self> {
        let vector = vector.get(..LONGEST).map_or(vector, |_| b"");
        let text = std::str::from_utf8(vector).ok()?.trim();
        let vector: cvss::Cvss = text.parse().ok()?;
        // The crate scores what lacks a metric of the base group as if it did no harm.
        let names: Vec<&str> =
            text.split('/').filter_map(|it| Some(it.split_once(':')?.0)).collect();
        let base: &[&str] = if text.starts_with("CVSS:4") { &BASE_OF_4 } else { &BASE_OF_3 };
        if !base.iter().all(|name| names.contains(name)) {
            return None;
        }
        Some(match vector.severity() {
            cvss::Severity::Critical => Self::Critical,
            cvss::Severity::High => Self::High,
            cvss::Severity::Medium => Self::Medium,
            // As for the score 0.0: something was found after all.
            cvss::Severity::Low | cvss::Severity::None => Self::Low,
        })
    }

    /// What a base score written in decimals comes to, `7.5`; nothing if it is no number from 0 to 10.
    pub fn of_decimal(score: &[u8]) -> Option<Self> {
        let score: f64 = std::str::from_utf8(score).ok()?.trim().parse().ok()?;
        // The bounds of the scale have one decimal, and 8.95 is not critical: nothing is rounded up.
        Some(match score {
            9.0..=10.0 => Self::Critical,
            7.0..9.0 => Self::High,
            4.0..7.0 => Self::Medium,
            0.0..4.0 => Self::Low,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(vector: &str, wanted: Option<Severity>) {
        assert_eq!(Severity::of_vector(vector.as_bytes()), wanted, "{vector}");
    }

    /// The severities are those of FIRST's own calculators.
    #[test]
    fn a_vector_has_the_severity_of_its_score() {
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(Severity::Critical));
        check("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", Some(Severity::High));
        check("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", Some(Severity::Medium));
        check("CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:N/I:N/A:L", Some(Severity::Low));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Some(Severity::Low));
        check(
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            Some(Severity::Critical),
        );
        check(
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N",
            Some(Severity::Medium),
        );
    }

    #[test]
    fn what_is_no_vector_is_nothing() {
        check("", None);
        check("AV:N/AC:L/Au:N/C:P/I:P/A:P", None);
        check("CVSS:3.1/AV:N", None);
        check("CVSS:4.0/AV:N", None);
        check("CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None);
        check(&format!("CVSS:3.1/{}", "AV:N/".repeat(1000)), None);
    }

    #[test]
    fn a_score_is_never_rounded_up() {
        let check = |score: &str, wanted| {
            assert_eq!(Severity::of_decimal(score.as_bytes()), wanted, "{score}");
        };
        check("9.0", Some(Severity::Critical));
        check("10", Some(Severity::Critical));
        check("8.95", Some(Severity::High));
        check(" 7.0 ", Some(Severity::High));
        check("6.9", Some(Severity::Medium));
        check("0", Some(Severity::Low));
        check("10.1", None);
        check("-1", None);
        check("NaN", None);
        check("inf", None);
        check("HIGH", None);
        check("", None);
    }

    proptest! {
        #[test]
        fn no_vector_panics(metrics in proptest::collection::vec("(AV|AC|AT|PR|UI|S|C|I|A|VC|VI|VA|SC|SI|SA|E|MAV|MSI|CR|RL|RC):[NLAPHRUCX]", 0..20)) {
            for version in ["3.0", "3.1", "4.0"] {
                let _ = Severity::of_vector(format!("CVSS:{version}/{}", metrics.join("/")).as_bytes());
            }
        }
    }
}
