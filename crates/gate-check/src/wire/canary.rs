//! A canary, version 1: what one step leaves for the next, what was decided, samples that somebody wrote, and the list
//! of a record.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rollout::Decimal;
use rollout::canary::{
    Absent, Compared, Decision, Phase, Policy, Reading, Reason, Result as MetricResult, State,
};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::gather::prometheus::Asked;

/// The version of these documents' shape. Another shape is another number.
const VERSION: u32 = 1;

/// The most moments that a record may have, and the most samples of a metric, as many as a policy.
const MOST_MOMENTS: u64 = 11_000;

/// The file in a record that lists the others.
pub(crate) const RECORD_FILE: &str = "record.json";

/// Why a document is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotACanary {
    /// The line and the column, from 1, where it is one of a place.
    pub place: Option<(usize, usize)>,
    why: String,
}

impl NotACanary {
    fn of(error: &serde_json::Error) -> Self {
        Self { place: Some((error.line(), error.column())), why: error.to_string() }
    }

    fn words(why: impl Into<String>) -> Self {
        Self { place: None, why: why.into() }
    }

    fn version(found: u32) -> Result<(), Self> {
        match found {
            VERSION => Ok(()),
            other => Err(Self::words(format!("it has version {other}, and {VERSION} is read"))),
        }
    }
}

/// Which canary it is: what is walked, and where. Nothing that is known of one says anything of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryIdentity {
    /// The environment whose traffic it gets.
    pub environment: String,
    /// The version that gets it.
    pub release: String,
}

/// What one step leaves for the next.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryStateDocument {
    #[serde(rename = "signalbox-canary-state")]
    version: u32,
    environment: String,
    release: String,
    /// `at`, `promoted` or `rolled-back`.
    phase: String,
    /// The weight that is judged next, while it is at one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    weight: Option<u8>,
    holds: u64,
    #[serde(rename = "bad-in-a-row")]
    bad_in_a_row: BTreeMap<String, u64>,
}

impl CanaryStateDocument {
    /// The document of a canary's state.
    pub fn new(identity: &CanaryIdentity, state: &State) -> Self {
        let (phase, weight) = match state.phase {
            Phase::At(weight) => ("at", Some(weight)),
            Phase::Promoted => ("promoted", None),
            Phase::RolledBack => ("rolled-back", None),
        };
        Self {
            version: VERSION,
            environment: identity.environment.clone(),
            release: identity.release.clone(),
            phase: phase.to_owned(),
            weight,
            holds: state.holds,
            bad_in_a_row: state.bad_in_a_row.clone(),
        }
    }

    /// Reads a state, and whose it is.
    ///
    /// # Errors
    /// When it is no such document.
    pub fn read(bytes: &[u8]) -> Result<(CanaryIdentity, State), NotACanary> {
        let document: Self =
            serde_json::from_slice(bytes).map_err(|error| NotACanary::of(&error))?;
        NotACanary::version(document.version)?;
        let phase = match (document.phase.as_str(), document.weight) {
            ("at", Some(weight)) => Phase::At(weight),
            ("promoted", None) => Phase::Promoted,
            ("rolled-back", None) => Phase::RolledBack,
            _ => return Err(NotACanary::words("its phase and its weight do not go together")),
        };
        let Self { environment, release, holds, bad_in_a_row, .. } = document;
        Ok((CanaryIdentity { environment, release }, State { phase, holds, bad_in_a_row }))
    }
}

/// Samples that somebody wrote.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanarySamplesDocument {
    #[serde(rename = "signalbox-canary-samples")]
    version: u32,
    metrics: BTreeMap<String, Sides>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sides {
    canary: Samples,
    #[serde(default)]
    baseline: Option<Samples>,
}

/// No more samples than a window has.
#[derive(Debug, Default)]
struct Samples(Vec<Reading>);

impl<'de> Deserialize<'de> for Samples {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Samples;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of samples")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Samples, A::Error> {
                let mut samples = Samples::default();
                while let Some(Sample(reading)) = all.next_element()? {
                    samples.0.push(reading);
                    if u64::try_from(samples.0.len()).is_ok_and(|count| count > MOST_MOMENTS) {
                        let words = format!("it has more than {MOST_MOMENTS} samples of a metric");
                        return Err(A::Error::custom(words));
                    }
                }
                Ok(samples)
            }
        }

        source.deserialize_seq(List)
    }
}

/// A number, `null`, or one of Prometheus' strings.
#[derive(Debug)]
struct Sample(Reading);

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(source)?;
        let text = raw.get();
        let string = serde_json::from_str::<String>(text).ok();
        let reading = match string.as_deref().unwrap_or(text) {
            "null" if string.is_none() => Reading::NoData(Absent::Empty),
            "NaN" => Reading::NoData(Absent::NotANumber),
            "+Inf" => Reading::Infinity,
            "-Inf" => Reading::NegativeInfinity,
            number => Reading::Value(Decimal::parse(number).ok_or_else(|| {
                D::Error::custom("a sample is no number of at most 19 digits, `null`, \"NaN\", \"+Inf\" or \"-Inf\"")
            })?),
        };
        Ok(Self(reading))
    }
}

impl CanarySamplesDocument {
    /// Reads samples.
    ///
    /// # Errors
    /// When it is no such document.
    pub fn read(bytes: &[u8]) -> Result<Self, NotACanary> {
        let document: Self =
            serde_json::from_slice(bytes).map_err(|error| NotACanary::of(&error))?;
        NotACanary::version(document.version).map(|()| document)
    }

    /// Takes the samples of a metric, those of its baseline apart.
    pub fn take(&mut self, metric: &str) -> (Vec<Reading>, Option<Vec<Reading>>) {
        let Sides { canary, baseline } = self.metrics.remove(metric).unwrap_or_default();
        (canary.0, baseline.map(|Samples(readings)| readings))
    }

    /// The metrics that nobody took.
    pub fn rest(&self) -> impl Iterator<Item = &str> {
        self.metrics.keys().map(String::as_str)
    }
}

/// The list of a record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryRecordDocument {
    #[serde(rename = "signalbox-canary-record")]
    version: u32,
    /// The first moment in milliseconds since 1970, where the window was asked for at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) start: Option<i64>,
    /// From one moment to the next, in milliseconds.
    pub(crate) interval: u64,
    /// How many moments were measured.
    pub(crate) moments: u64,
    /// Whether the window was over.
    #[serde(rename = "is-over")]
    pub(crate) is_over: bool,
    /// The answers, in the order in which they came.
    pub(crate) answers: Vec<RecordedAnswer>,
}

/// An answer that was kept, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedAnswer {
    pub(crate) metric: String,
    pub(crate) side: RecordedSide,
    pub(crate) query: String,
    /// The moment, from 0; nothing where it is of the whole window.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) moment: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) failed: Option<String>,
}

/// Whose samples they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RecordedSide {
    /// The canary's.
    Canary,
    /// Those of what it is compared with.
    Baseline,
}

impl RecordedAnswer {
    /// An answer and the file in which it is kept, if it is.
    pub(crate) fn new(
        metric: &str,
        side: RecordedSide,
        query: &str,
        moment: Option<u64>,
        asked: &Asked,
        file: Option<String>,
    ) -> Self {
        let (status, failed) = match asked {
            Asked::Answer(raw) => (Some(raw.status), None),
            Asked::Failed(why) => (None, Some(why.clone())),
        };
        let (metric, query) = (metric.to_owned(), query.to_owned());
        Self { metric, side, query, moment, status, file, failed }
    }
}

impl CanaryRecordDocument {
    /// A record without answers yet.
    pub(crate) fn new(interval: u64) -> Self {
        Self {
            version: VERSION,
            start: None,
            interval,
            moments: 0,
            is_over: false,
            answers: Vec::new(),
        }
    }

    /// Reads the list of a record. Its files stand beside it, and nowhere else.
    ///
    /// # Errors
    /// When it is no such document.
    pub fn read(bytes: &[u8]) -> Result<Self, NotACanary> {
        let document: Self =
            serde_json::from_slice(bytes).map_err(|error| NotACanary::of(&error))?;
        NotACanary::version(document.version)?;
        if document.moments > MOST_MOMENTS {
            return Err(NotACanary::words(format!("it has more than {MOST_MOMENTS} moments")));
        }
        document.in_order()?;
        let is_whole = |answer: &RecordedAnswer| answer.moment.is_none();
        match document.start {
            Some(_) if !document.answers.iter().all(is_whole) => {
                Err(NotACanary::words("it has a `start`, and answers of single moments"))
            }
            None if document.answers.iter().any(is_whole) => {
                Err(NotACanary::words("it has answers of a whole window, and no `start`"))
            }
            Some(_) | None => Ok(document),
        }
    }

    /// Each answer has a file of its own, beside the list and nowhere else, and those of one metric's side follow each
    /// other: from the first moment on without a gap, or one of the whole window.
    fn in_order(&self) -> Result<(), NotACanary> {
        // The moment that is next; nothing after a whole window.
        let mut next: BTreeMap<(&str, RecordedSide), Option<u64>> = BTreeMap::new();
        let mut files = BTreeSet::new();
        for (at, answer) in self.answers.iter().enumerate() {
            let wrong = |why: &str| Err(NotACanary::words(format!("its answer {}: {why}", at + 1)));
            let query = (answer.metric.as_str(), answer.side);
            let after = match (next.get(&query), answer.moment) {
                (None, None) => None,
                (None, Some(0)) => Some(1),
                (Some(Some(wanted)), Some(moment)) if *wanted == moment => Some(moment + 1),
                _ => return wrong("the answers of one query do not follow each other"),
            };
            next.insert(query, after);
            let Some(file) = &answer.file else { continue };
            let name = file.strip_suffix(".json").filter(|name| !name.is_empty());
            if !name.is_some_and(|name| name.bytes().all(|it| it.is_ascii_digit())) {
                return wrong("it names a file that is none of a record");
            }
            if !files.insert(file) {
                return wrong("it names a file twice");
            }
        }
        Ok(())
    }
}

/// What was decided.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CanaryDocument<'a> {
    #[serde(rename = "signalbox-canary")]
    version: u32,
    decision: &'static str,
    weight: u8,
    next_weight: u8,
    step: usize,
    steps: &'a [u8],
    holds: u64,
    /// Of 100, with four decimals; nothing where no metric is scored.
    score: Option<String>,
    reasons: Vec<ReasonEntry<'a>>,
    metrics: Vec<MetricEntry<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct ReasonEntry<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<&'a str>,
}

#[derive(Clone, Debug, Serialize)]
struct MetricEntry<'a> {
    metric: &'a str,
    result: &'static str,
    muted: bool,
    ok: u64,
    bad: u64,
    no_data: u64,
    errors: u64,
    bad_in_a_row: u64,
    missing: u64,
    gap: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<RankEntry>,
}

/// What the comparison by ranks came to.
#[derive(Clone, Debug, Serialize)]
struct RankEntry {
    /// `pass`, `high` or `low`.
    compared: &'static str,
    canary: u64,
    baseline: u64,
    z: f64,
    mean_ratio: Option<f64>,
    common_language: f64,
}

impl<'a> CanaryDocument<'a> {
    /// The document of a decision about one of the policy's steps.
    pub(crate) fn new(policy: &'a Policy, step: usize, decision: &'a Decision) -> Self {
        let metrics =
            policy.metrics.iter().zip(&decision.outcomes).map(|(metric, outcome)| MetricEntry {
                metric: &metric.name,
                result: match outcome.result {
                    MetricResult::Pass => "pass",
                    MetricResult::Fail => "fail",
                    MetricResult::Unknown => "unknown",
                },
                muted: metric.muted,
                ok: outcome.counts.ok,
                bad: outcome.counts.bad,
                no_data: outcome.counts.no_data,
                errors: outcome.counts.errors,
                bad_in_a_row: outcome.in_a_row,
                missing: outcome.missing,
                gap: outcome.gap,
                rank: outcome.ranked.and_then(Result::ok).map(|ranked| RankEntry {
                    compared: match ranked.compared {
                        Compared::Pass => "pass",
                        Compared::High => "high",
                        Compared::Low => "low",
                    },
                    canary: ranked.canary,
                    baseline: ranked.baseline,
                    z: ranked.z,
                    mean_ratio: ranked.mean_ratio,
                    common_language: ranked.common_language,
                }),
            });
        Self {
            version: VERSION,
            decision: decision.verdict.name(),
            weight: policy.steps.get(step).copied().unwrap_or(0),
            next_weight: decision.next_weight,
            step: step + 1,
            steps: &policy.steps,
            holds: decision.state.holds,
            score: decision.score.map(|score| format!("{}.{:04}", score / 10_000, score % 10_000)),
            reasons: decision
                .reasons
                .iter()
                .map(|reason| ReasonEntry::of(policy, reason))
                .collect(),
            metrics: metrics.collect(),
        }
    }
}

impl<'a> ReasonEntry<'a> {
    fn of(policy: &'a Policy, reason: &'a Reason) -> Self {
        let (reason, metric, trigger) = match reason {
            Reason::Trigger(name) => ("trigger", None, Some(name.as_str())),
            Reason::Crossed(at) => ("limit-crossed", Some(*at), None),
            Reason::Critical(at) => ("critical-metric", Some(*at), None),
            Reason::Missing(at) => ("no-data", Some(*at), None),
            Reason::ScoreFails(_) => ("score-below-marginal", None, None),
            Reason::HeldTooOften(_) => ("held-too-often", None, None),
            Reason::NotOver => ("window-not-over", None, None),
            Reason::TriggerUnknown(name) => ("trigger-unknown", None, Some(name.as_str())),
            Reason::TooFew(at) => ("too-few-samples", Some(*at), None),
            Reason::Gap(at) => ("newest-samples-missing", Some(*at), None),
            Reason::ScoreMarginal(_) => ("score-marginal", None, None),
            Reason::NoConfidence => ("too-little-known", None, None),
            Reason::NothingDecides => ("no-metric", None, None),
        };
        let metric =
            metric.and_then(|at| policy.metrics.get(at)).map(|metric| metric.name.as_str());
        Self { reason, metric, trigger }
    }
}
