//! What the figures should come to, and whether they do: the table `[metrics.dora]` of
//! `.github/signalbox.toml`.

use diagnostics::config::{Config, Table};
use diagnostics::{Foreign, Problem};

use super::Dora;
use crate::Millis;

/// What is wanted, and how figures are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// The label of issues that tell of an incident; without it, `incident`.
    pub incident_label: Option<String>,
    /// At least so many deployments a week, in thousandths.
    pub weekly_deployments: Option<u64>,
    /// Less than so long from a commit to its deployment.
    pub lead_time: Option<Millis>,
    /// Less than this share of deployments with an incident, in thousandths of a percent.
    pub change_failure_rate: Option<u64>,
    /// Less than so long from an incident's opening to its closing.
    pub time_to_restore: Option<Millis>,
}

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// How often is deployed.
    DeploymentFrequency,
    /// How long a commit waits for it.
    LeadTime,
    /// How often that goes wrong.
    ChangeFailureRate,
    /// How long it takes until it is mended.
    TimeToRestore,
}

/// Whether a figure is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// Nobody asks.
    NotAsked,
    /// It is.
    Yes,
    /// It is not.
    No,
    /// There is no figure.
    Unknown,
}

/// A figure that was judged, with its unit: thousandths a week, milliseconds, or thousandths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which.
    pub figure: Figure,
    /// What it is.
    pub value: Option<u64>,
    /// What it should be.
    pub target: Option<u64>,
    /// Whether it is.
    pub met: Met,
}

impl Targets {
    /// Reads them from the file that all tools share.
    ///
    /// # Errors
    /// With every mistake in it.
    pub fn read(file: impl Into<Foreign>, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        Config::read(file, bytes, |top| {
            let mut metrics = top.of_suite("metrics");
            let mut table = metrics.table("dora");
            Self {
                incident_label: table.string("incident-label").map(|word| word.text),
                weekly_deployments: decimal(&mut table, "min-deployments-per-week", ""),
                lead_time: table.duration("lead-time-below").map(Millis),
                change_failure_rate: decimal(&mut table, "change-failure-rate-below", "%"),
                time_to_restore: table.duration("time-to-restore-below").map(Millis),
            }
        })
    }
}

/// A decimal of at most three places in thousandths, as a number or as text with its unit.
fn decimal(table: &mut Table<'_, '_>, key: &'static str, unit: &'static str) -> Option<u64> {
    let word = table.amount(key)?;
    let number = word.text.strip_suffix(unit).unwrap_or(&word.text).trim_end();
    let value = thousandths(number);
    if value.is_none() {
        table.wrong(
            &word,
            "expected a number from 0 with at most three places",
            "write it as `10`, `2.5` or, of a share, `5%`",
        );
    }
    value
}

fn thousandths(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let fraction = format!("{fraction:0<3}").parse::<u64>().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(fraction)
}

/// Judges each figure.
pub fn judge(dora: &Dora, targets: &Targets) -> [Judged; 4] {
    let at_least = |value: u64, target: u64| value >= target;
    let below = |value: u64, target: u64| value < target;
    let rate = dora.change_failure_rate;
    // The share is compared crosswise, so that nothing is rounded: part / whole < target / 100 000.
    let is_rate_below = |target: u64| {
        rate.map(|rate| {
            u128::from(rate.part) * 100_000 < u128::from(target) * u128::from(rate.whole)
        })
    };
    let plain = |figure, value: Option<u64>, target: Option<u64>, holds: fn(u64, u64) -> bool| {
        let met = match (value, target) {
            (_, None) => Met::NotAsked,
            (None, Some(_)) => Met::Unknown,
            (Some(value), Some(target)) if holds(value, target) => Met::Yes,
            (Some(_), Some(_)) => Met::No,
        };
        Judged { figure, value, target, met }
    };
    let rate_met = match targets.change_failure_rate.map(is_rate_below) {
        None => Met::NotAsked,
        Some(None) => Met::Unknown,
        Some(Some(true)) => Met::Yes,
        Some(Some(false)) => Met::No,
    };
    let millis = |span: Option<Millis>| span.map(|span| span.0);
    [
        plain(
            Figure::DeploymentFrequency,
            dora.weekly_thousandths(),
            targets.weekly_deployments,
            at_least,
        ),
        plain(Figure::LeadTime, millis(dora.lead_time), millis(targets.lead_time), below),
        Judged {
            figure: Figure::ChangeFailureRate,
            value: rate.map(crate::Share::percent_thousandths),
            target: targets.change_failure_rate,
            met: rate_met,
        },
        plain(
            Figure::TimeToRestore,
            millis(dora.time_to_restore),
            millis(targets.time_to_restore),
            below,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Share;

    #[test]
    fn targets_are_read_with_all_mistakes_at_once() {
        let text = "[gate]\n[metrics.dora]\nmin-deployments-per-week = 10\nlead-time-below = '1h'\n\
                    time-to-restore-below = '15m'\nchange-failure-rate-below = '5%'\nincident-label = 'outage'\n";
        let wanted = Targets {
            incident_label: Some("outage".to_owned()),
            weekly_deployments: Some(10_000),
            lead_time: Some(Millis(3_600_000)),
            change_failure_rate: Some(5_000),
            time_to_restore: Some(Millis(900_000)),
        };
        assert_eq!(Targets::read("c.toml", text.as_bytes()), Ok(wanted));
        assert_eq!(Targets::read("c.toml", b""), Ok(Targets::default()));
        let wrong = "[metrics.dora]\nlead-time-below = '1'\nchange-failure-rate-below = '-5%'\nmin-deployment = 1\n";
        let problems = Targets::read("c.toml", wrong.as_bytes()).unwrap_err();
        let lines: Vec<_> =
            problems.iter().filter_map(|problem| problem.place.as_ref()?.line).collect();
        assert_eq!(lines, [2, 3, 4]);
    }

    #[test]
    fn decimals_are_exact() {
        let check = |text: &str, wanted| assert_eq!(thousandths(text), wanted, "{text}");
        check("5", Some(5_000));
        check("0.1", Some(100));
        check("2.125", Some(2_125));
        for odd in ["", ".", "1.", ".5", "1.2345", "-1", "1e3", "99999999999999999999"] {
            check(odd, None);
        }
    }

    fn met(dora: &Dora, text: &str) -> Vec<Met> {
        let targets = Targets::read("c", format!("[metrics.dora]\n{text}").as_bytes()).unwrap();
        judge(dora, &targets).map(|judged| judged.met).to_vec()
    }

    #[test]
    fn a_limit_that_is_reached_is_missed() {
        let targets = "min-deployments-per-week = 10\nlead-time-below = '1h'\n\
                       change-failure-rate-below = '5%'\ntime-to-restore-below = '15m'";
        let at = Dora {
            window: Millis(28 * 86_400_000),
            deployments: 40,
            lead_time: Some(Millis(3_600_000)),
            change_failure_rate: Share::new(2, 40),
            time_to_restore: Some(Millis(900_000)),
            ..Dora::default()
        };
        assert_eq!(met(&at, targets), [Met::Yes, Met::No, Met::No, Met::No]);
        let better = Dora {
            deployments: 39,
            lead_time: Some(Millis(3_599_999)),
            change_failure_rate: Share::new(1, 39),
            time_to_restore: Some(Millis(899_999)),
            ..at
        };
        assert_eq!(met(&better, targets), [Met::No, Met::Yes, Met::Yes, Met::Yes]);
        assert_eq!(met(&Dora::default(), targets), [Met::Unknown; 4]);
        assert_eq!(met(&Dora::default(), ""), [Met::NotAsked; 4]);
    }

    #[test]
    fn a_share_is_compared_without_rounding() {
        // 33.3333...% is above 33.333 %, although it is shown so.
        let third = Dora { change_failure_rate: Share::new(1, 3), ..Dora::default() };
        assert_eq!(met(&third, "change-failure-rate-below = '33.333%'")[2], Met::No);
        assert_eq!(met(&third, "change-failure-rate-below = '33.334%'")[2], Met::Yes);
    }
}
