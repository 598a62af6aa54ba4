//! The documents between a run, later steps and the next run.

mod alerts;
mod baseline;
mod canary;
mod deploy;
mod evidence;
mod metrics;
mod promotion;
mod rounds;
mod sarif;
mod told_verdict;
mod verdict;

pub(crate) use alerts::AlertsDocument;
pub use baseline::{Baseline, NotABaseline};
pub(crate) use canary::{CanaryDocument, RECORD_FILE, RecordedAnswer, RecordedSide};
pub use canary::{
    CanaryIdentity, CanaryRecordDocument, CanarySamplesDocument, CanaryStateDocument, NotACanary,
};
pub(crate) use deploy::{DeployPlanDocument, DeployStateDocument, OtherState};
pub(crate) use evidence::{EvidenceDocument, NotEvidence, approvals};
pub use metrics::{DoraDocument, MetricsDocument, NotARecord, open_metrics};
pub(crate) use promotion::PromotionDocument;
pub(crate) use rounds::RoundsDocument;
pub use sarif::SarifDocument;
pub use told_verdict::{NotAVerdict, ToldGate, ToldReason, ToldVerdict, ToldWaiver};
pub use verdict::{ReportEntry, VerdictDocument};

/// A document on one line.
pub(crate) fn line_of(document: &impl serde::Serialize) -> String {
    serde_json::to_string(document).unwrap_or_else(|error| {
        // Only maps with other keys than text have no JSON form.
        unreachable!("a document is always JSON: {error}")
    })
}
