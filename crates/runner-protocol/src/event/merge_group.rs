//! `merge_group`: a merge queue asks whether a group of pull requests may be merged.
//!
//! Source: GitHub documentation, "Webhook events and payloads", `merge_group`.

use repo_model::CommitId;

use super::{NotAPayload, Payload, commit};

/// A group of pull requests in a merge queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeGroup {
    /// The commit that the group would be merged onto.
    pub base: CommitId,
    /// The full ref of the branch that it would be merged to.
    pub base_ref: String,
    /// The commit that holds the merged group.
    pub head: CommitId,
    /// The full ref of the queue's temporary branch.
    pub head_ref: String,
}

impl MergeGroup {
    pub(crate) fn read(payload: &Payload) -> Result<Self, NotAPayload> {
        Ok(Self {
            base: commit(payload, "merge_group.base_sha")?,
            base_ref: payload.text("merge_group.base_ref")?.to_owned(),
            head: commit(payload, "merge_group.head_sha")?,
            head_ref: payload.text("merge_group.head_ref")?.to_owned(),
        })
    }
}
