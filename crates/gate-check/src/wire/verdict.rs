//! The verdict, version 1: every gate with every reason, for other tools and for the next run.
//!
//! JSON with integers and text only. Its schema is `actions/gate/verdict.schema.json`.

use diagnostics::Text;
use serde::Serialize;
use verdict::{Decision, Outcome, Policy, Reason, Standing, State};

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// Everything, as one document.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictDocument {
    #[serde(rename = "signalbox-verdict")]
    version: u32,
    verdict: &'static str,
    passed: bool,
    blocking: Vec<&'static str>,
    gates: Vec<GateEntry>,
    waivers: Vec<WaiverEntry>,
    reports: Vec<ReportEntry>,
}

/// A report that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct ReportEntry {
    /// Its file.
    pub file: String,
    /// The name of its format.
    pub format: &'static str,
    /// The gates that looked at it.
    pub gates: Vec<&'static str>,
    /// How many entries it has.
    pub entries: u64,
    /// The tools that wrote it, with their versions.
    pub tools: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct GateEntry {
    gate: &'static str,
    verdict: &'static str,
    blocks: bool,
    measured: String,
    limit: String,
    reasons: Vec<ReasonEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct ReasonEntry {
    rule: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    verdict: &'static str,
    state: &'static str,
    /// The place of the waiver in `waivers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<usize>,
    /// Why the tool itself does not count it.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_suppressed: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<PlaceEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct PlaceEntry {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct WaiverEntry {
    gate: &'static str,
    rule: String,
    owner: String,
    reason: String,
    expires: String,
    standing: &'static str,
    used: u64,
}

impl VerdictDocument {
    /// The document for a decision.
    pub fn new(
        decision: &Decision,
        policy: &Policy,
        today: jiff::civil::Date,
        reports: Vec<ReportEntry>,
    ) -> Self {
        let blocking = decision.blocking();
        Self {
            version: VERSION,
            verdict: decision.verdict.name(),
            passed: !decision.blocks(),
            blocking: blocking.iter().map(|outcome| outcome.gate.name()).collect(),
            gates: decision.outcomes.iter().map(|outcome| gate(decision, outcome)).collect(),
            waivers: waivers(decision, policy, today),
            reports,
        }
    }
}

fn gate(decision: &Decision, outcome: &Outcome) -> GateEntry {
    GateEntry {
        gate: outcome.gate.name(),
        verdict: outcome.verdict().name(),
        blocks: decision.is_blocking(outcome.verdict()),
        measured: outcome.measured.unescaped(),
        limit: outcome.limit.unescaped(),
        reasons: outcome.reasons.iter().map(reason).collect(),
    }
}

fn reason(reason: &Reason) -> ReasonEntry {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (state, waiver, why_suppressed) = match &reason.state {
        State::Open => ("open", None, None),
        State::Waived(number) => ("waived", Some(*number), None),
        State::Acknowledged => ("acknowledged", None, None),
        State::Known => ("known", None, None),
        State::Suppressed(why) => ("suppressed", None, why.as_ref().map(|why| text(why.raw()))),
    };
    let place = reason.place.as_ref();
    ReasonEntry {
        rule: text(reason.rule.raw()),
        aliases: reason.aliases.iter().map(|alias| text(alias.raw())).collect(),
        verdict: reason.verdict.name(),
        state,
        waiver,
        why_suppressed,
        message: reason.message.unescaped(),
        help: reason.help.as_ref().map(Text::unescaped),
        file: place.map(|place| text(place.file.raw())),
        line: place.and_then(|place| place.line),
        column: place.and_then(|place| place.column),
        also: reason
            .also
            .iter()
            .map(|place| PlaceEntry {
                file: text(place.file.raw()),
                line: place.line,
                column: place.column,
            })
            .collect(),
        package: reason.package.as_ref().map(|package| text(package.raw())),
        fingerprint: reason.fingerprint.as_ref().map(|print| text(print.raw())),
    }
}

fn waivers(decision: &Decision, policy: &Policy, today: jiff::civil::Date) -> Vec<WaiverEntry> {
    let reasons = || decision.outcomes.iter().flat_map(|outcome| &outcome.reasons);
    let waivers = policy.waivers.iter().enumerate();
    waivers
        .map(|(number, waiver)| {
            let uses = reasons().filter(|reason| reason.state == State::Waived(number)).count();
            WaiverEntry {
                gate: waiver.gate.name(),
                rule: waiver.rule.clone(),
                owner: waiver.owner.clone(),
                reason: waiver.reason.clone(),
                expires: waiver.expires.to_string(),
                standing: match waiver.standing(today, policy.most_waiver_days) {
                    Standing::Holds => "holds",
                    Standing::EndsSoon(_) => "ends-soon",
                    Standing::Ended => "ended",
                    Standing::TooLong => "too-long",
                },
                used: u64::try_from(uses).unwrap_or(u64::MAX),
            }
        })
        .collect()
}
