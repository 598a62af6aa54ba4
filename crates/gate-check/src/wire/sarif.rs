//! The reasons as SARIF 2.1.0, for code scanning and editors (OASIS, "Static Analysis Results Interchange
//! Format", 3.14 and 3.27).
//!
//! What does not count stays in and is marked: a finding that vanishes from a file is closed by who reads
//! it, and opened again by the next.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use verdict::{Decision, Gate, Policy, Reason, State, Verdict};

/// A SARIF log with one run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SarifDocument {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Clone, Debug, Serialize)]
struct Run {
    tool: Tool,
    results: Vec<Finding>,
}

#[derive(Clone, Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Clone, Debug, Serialize)]
struct Driver {
    name: &'static str,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, Serialize)]
struct Rule {
    id: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<BTreeMap<&'static str, String>>,
    suppressions: Vec<Suppression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    properties: Properties,
}

#[derive(Clone, Debug, Serialize)]
struct Message {
    text: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Clone, Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Properties {
    gate: &'static str,
    verdict: &'static str,
}

impl SarifDocument {
    /// The log of a decision.
    pub fn new(decision: &Decision, policy: &Policy) -> Self {
        let mut rules: Vec<Rule> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut results = Vec::new();
        for outcome in &decision.outcomes {
            for reason in &outcome.reasons {
                let id = String::from_utf8_lossy(reason.rule.raw()).into_owned();
                let place = *places.entry(id.clone()).or_insert_with(|| {
                    rules.push(Rule { id: id.clone() });
                    rules.len() - 1
                });
                results.push(finding(policy, outcome.gate, reason, (id, place)));
            }
        }
        Self {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: Tool { driver: Driver { name: "signalbox gate", rules } },
                results,
            }],
        }
    }
}

fn finding(
    policy: &Policy,
    gate: Gate,
    reason: &Reason,
    (rule_id, rule_index): (String, usize),
) -> Finding {
    let mut text = reason.message.unescaped();
    if let Some(help) = &reason.help {
        let _ = write!(text, "; {}", help.unescaped());
    }
    let fingerprint = reason.fingerprint.as_ref();
    let fingerprint = fingerprint.map(|print| String::from_utf8_lossy(print.raw()).into_owned());
    Finding {
        rule_id,
        rule_index,
        level: level(reason.verdict),
        message: Message { text },
        locations: reason.place.iter().chain(&reason.also).map(location).collect(),
        partial_fingerprints: fingerprint.map(|print| [("signalbox/v1", print)].into()),
        suppressions: suppression(policy, reason).into_iter().collect(),
        baseline_state: (reason.state == State::Known).then_some("unchanged"),
        properties: Properties { gate: gate.name(), verdict: reason.verdict.name() },
    }
}

fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "note",
        Verdict::Warn | Verdict::Inconclusive | Verdict::Acknowledge => "warning",
        Verdict::Review | Verdict::Fail | Verdict::Error => "error",
    }
}

/// What is set aside here is suppressed there; a list of suppressions that is empty means that there are
/// none (3.27.23).
fn suppression(policy: &Policy, reason: &Reason) -> Option<Suppression> {
    let (kind, justification) = match &reason.state {
        State::Open | State::Known => return None,
        State::Acknowledged => ("external", Some("acknowledged".to_owned())),
        State::Waived(number) => {
            let waiver = policy.waivers.get(*number);
            let why = |waiver: &verdict::Waiver| {
                format!("{} ({}, until {})", waiver.reason, waiver.owner, waiver.expires)
            };
            ("external", waiver.map(why))
        }
        State::Suppressed(why) => {
            let why = why.as_ref().map(|why| String::from_utf8_lossy(why.raw()).into_owned());
            ("inSource", why)
        }
    };
    Some(Suppression { kind, status: "accepted", justification })
}

fn location(place: &diagnostics::Place) -> Location {
    let region = place.line.map(|line| Region { start_line: line, start_column: place.column });
    Location {
        physical_location: Physical {
            artifact_location: Artifact { uri: encoded(place.file.raw()) },
            region,
        },
    }
}

/// A path as a relative reference (RFC 3986, section 4.2).
fn encoded(path: &[u8]) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
        if is_plain {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_reference_in_any_bytes() {
        assert_eq!(encoded(b"a b/\xff%.rs"), "a%20b/%FF%25.rs");
    }
}
