//! Alerts, version 1.

use std::collections::BTreeMap;

use rollout::alerts::{Decision, Policy};
use rollout::canary::Reading;
use serde::Serialize;

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// Every alert with its series.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AlertsDocument<'a> {
    #[serde(rename = "signalbox-alerts")]
    version: u32,
    level: &'static str,
    alerts: Vec<AlertEntry<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct AlertEntry<'a> {
    alert: &'a str,
    level: &'static str,
    warn: Option<String>,
    critical: Option<String>,
    series: Vec<SeriesEntry<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct SeriesEntry<'a> {
    level: &'static str,
    labels: &'a BTreeMap<String, String>,
    /// The number, as text that loses nothing; nothing where it is none.
    value: Option<String>,
}

impl<'a> AlertsDocument<'a> {
    /// The document of a decision.
    pub(crate) fn new(policy: &'a Policy, decision: &'a Decision) -> Self {
        let alerts =
            policy.rules.iter().zip(&decision.outcomes).map(|(rule, outcome)| AlertEntry {
                alert: &rule.name,
                level: outcome.level.name(),
                warn: rule.warn.map(|it| it.to_string()),
                critical: rule.critical.map(|it| it.to_string()),
                series: outcome
                    .series
                    .iter()
                    .map(|(level, seen)| SeriesEntry {
                        level: level.name(),
                        labels: &seen.labels,
                        value: match &seen.reading {
                            Reading::Value(value) => Some(value.to_string()),
                            Reading::Infinity => Some("+Inf".to_owned()),
                            Reading::NegativeInfinity => Some("-Inf".to_owned()),
                            Reading::NoData(_) | Reading::Error(_) => None,
                        },
                    })
                    .collect(),
            });
        Self { version: VERSION, level: decision.level.name(), alerts: alerts.collect() }
    }
}
