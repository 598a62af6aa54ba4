//! A promotion, version 1: every box and what stands behind it.

use rollout::promotion::Decision;
use serde::Serialize;

use crate::gather::Promotion;

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// The decision.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PromotionDocument<'a> {
    #[serde(rename = "signalbox-promotion")]
    version: u32,
    verdict: &'static str,
    from: &'a str,
    to: &'a str,
    subjects: &'a [String],
    at: String,
    criteria: Vec<CriterionEntry<'a>>,
    approvals: ApprovalsEntry<'a>,
    frozen: Vec<FrozenEntry<'a>>,
    freeze_overridden: bool,
}

#[derive(Clone, Debug, Serialize)]
struct CriterionEntry<'a> {
    name: &'a str,
    standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
}

#[derive(Clone, Debug, Serialize)]
struct ApprovalsEntry<'a> {
    wanted: u64,
    by: Vec<&'a str>,
    rejected_by: Vec<&'a str>,
    not_counted: Vec<&'a str>,
}

#[derive(Clone, Debug, Serialize)]
struct FrozenEntry<'a> {
    until: String,
    reason: &'a str,
}

impl<'a> PromotionDocument<'a> {
    /// The document for a decision.
    pub(crate) fn new(told: &'a Promotion, decision: &'a Decision) -> Self {
        let criterion = |it: &'a rollout::promotion::Criterion| {
            let found = it.evidence.and_then(|at| told.evidence.get(at));
            CriterionEntry {
                name: &it.name,
                standing: it.standing.name(),
                subject: found.and_then(|it| it.subject.as_deref()),
                at: found.and_then(|it| it.at).map(|at| at.to_string()),
                by: found.and_then(|it| it.by.as_deref()),
                url: found.and_then(|it| it.url.as_deref()),
                source: found.map(|it| it.source.as_str()),
            }
        };
        let approvals = &decision.approvals;
        let frozen = decision.frozen.iter().filter_map(|it| {
            let freeze = told.policy.freezes.get(it.freeze)?;
            Some(FrozenEntry { until: it.until.to_string(), reason: &freeze.reason })
        });
        Self {
            version: VERSION,
            verdict: decision.verdict.name(),
            from: &told.edge.from,
            to: &told.edge.to,
            subjects: &told.subjects,
            at: told.now.to_string(),
            criteria: decision.criteria.iter().map(criterion).collect(),
            approvals: ApprovalsEntry {
                wanted: approvals.wanted,
                by: approvals.by.iter().map(String::as_str).collect(),
                rejected_by: approvals.rejected_by.iter().map(String::as_str).collect(),
                not_counted: approvals.not_counted.keys().map(String::as_str).collect(),
            },
            frozen: frozen.collect(),
            freeze_overridden: decision.is_freeze_overridden,
        }
    }
}
