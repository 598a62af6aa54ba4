//! The figures of DORA, version 1.

use pipeline_metrics::Moment;
use pipeline_metrics::dora::{Basis, Dora, Figure, Window};
use serde::Serialize;

use super::{ShareEntry, millis};

/// The version of this document's shape.
const VERSION: u32 = 1;

/// The figures, as one document. What is not known is `null`.
#[derive(Clone, Debug, Serialize)]
pub struct DoraDocument {
    #[serde(rename = "signalbox-dora")]
    version: u32,
    environment: String,
    from: String,
    to: String,
    deployments: u64,
    deployments_per_week_thousandths: Option<u64>,
    failed_rollouts: u64,
    without_end: u64,
    lead_time_ms: Option<u64>,
    commits: u64,
    negative_lead_times: u64,
    without_commits: u64,
    change_failure_rate: Option<ShareEntry>,
    taken_back: u64,
    time_to_restore_ms: Option<u64>,
    incidents: u64,
    open_incidents: u64,
    unlinked_incidents: u64,
    undated_commits: u64,
    cut_comparisons: u64,
    rests_on: RestsOn,
    targets_met: &'static str,
}

/// What each figure was made of; `null` where there is nothing of the kind.
#[derive(Clone, Copy, Debug, Serialize)]
struct RestsOn {
    deployment_frequency: Option<BasisEntry>,
    lead_time: Option<BasisEntry>,
    change_failure_rate: Option<BasisEntry>,
    time_to_restore: Option<BasisEntry>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct BasisEntry {
    of: &'static str,
    part: u64,
    whole: u64,
}

impl RestsOn {
    fn new(dora: &Dora) -> Self {
        let entry = |figure| {
            let Basis { of, share } = dora.rests_on(figure)?;
            Some(BasisEntry { of: of.name(), part: share.part, whole: share.whole })
        };
        Self {
            deployment_frequency: entry(Figure::DeploymentFrequency),
            lead_time: entry(Figure::LeadTime),
            change_failure_rate: entry(Figure::ChangeFailureRate),
            time_to_restore: entry(Figure::TimeToRestore),
        }
    }
}

impl DoraDocument {
    /// The document for the figures of a window.
    pub fn new(dora: &Dora, window: &Window, targets_met: &'static str) -> Self {
        let written = |moment: Moment| moment.to_string();
        Self {
            version: VERSION,
            environment: window.environment.clone(),
            from: written(window.from),
            to: written(window.to),
            deployments: dora.deployments,
            deployments_per_week_thousandths: dora.weekly_thousandths(),
            failed_rollouts: dora.failed_rollouts,
            without_end: dora.without_end,
            lead_time_ms: millis(dora.lead_time),
            commits: dora.commits,
            negative_lead_times: dora.negative_lead_times,
            without_commits: dora.without_commits,
            change_failure_rate: dora.change_failure_rate.map(ShareEntry::of),
            taken_back: dora.taken_back,
            time_to_restore_ms: millis(dora.time_to_restore),
            incidents: dora.incidents,
            open_incidents: dora.open_incidents,
            unlinked_incidents: dora.unlinked_incidents,
            undated_commits: dora.undated_commits,
            cut_comparisons: dora.cut_comparisons,
            rests_on: RestsOn::new(dora),
            targets_met,
        }
    }
}
