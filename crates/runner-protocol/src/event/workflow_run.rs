//! `workflow_run`: another workflow was requested, is running or has ended.
//!
//! Source: GitHub documentation, "Webhook events and payloads", `workflow_run`. The run's own code
//! may come from a fork, while this workflow has the base's secrets.

use repo_model::CommitId;

use super::{NotAPayload, Payload, commit};

/// Something happened to a run of another workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowRun {
    /// What happened: `requested`, `in_progress`, `completed`.
    pub action: String,
    /// The run's id.
    pub run_id: u64,
    /// How the run ended; nothing while it goes on.
    pub conclusion: Option<String>,
    /// The event that started that run.
    pub event: String,
    /// The commit that run was about.
    pub head: CommitId,
    /// The branch that run was about; nothing for a tag.
    pub head_branch: Option<String>,
    /// The repository that the code came from; nothing when it has been deleted.
    pub head_repository: Option<String>,
    /// The repository that the workflows belong to.
    pub repository: String,
}

impl WorkflowRun {
    pub(crate) fn read(payload: &Payload) -> Result<Self, NotAPayload> {
        let maybe = |path| Ok(payload.maybe_text(path)?.map(str::to_owned));
        Ok(Self {
            action: payload.text("action")?.to_owned(),
            run_id: payload.number("workflow_run.id")?,
            conclusion: maybe("workflow_run.conclusion")?,
            event: payload.text("workflow_run.event")?.to_owned(),
            head: commit(payload, "workflow_run.head_sha")?,
            head_branch: maybe("workflow_run.head_branch")?,
            head_repository: maybe("workflow_run.head_repository.full_name")?,
            repository: payload.text("repository.full_name")?.to_owned(),
        })
    }

    /// Whether the run's code comes from another repository. A deleted fork counts as one.
    pub fn is_from_fork(&self) -> bool {
        self.head_repository.as_deref() != Some(self.repository.as_str())
    }
}
