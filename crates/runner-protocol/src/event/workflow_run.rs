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
    /// The short name of the branch or tag that run was about. A tag may be called `main`: this
    /// alone does not say that the code is that of a branch.
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

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    #[track_caller]
    fn run(head_repository: &str, conclusion: &str) -> WorkflowRun {
        let payload = format!(
            r#"{{"action": "completed", "repository": {{"full_name": "org/mono"}},
                "workflow_run": {{"id": 30433642, "event": "pull_request",
                "head_sha": "{}", "head_branch": null, "conclusion": {conclusion},
                "head_repository": {head_repository}}}}}"#,
            "c".repeat(40),
        );
        let Ok(Event::WorkflowRun(run)) = Event::read("workflow_run", payload.as_bytes()) else {
            panic!("not a workflow run")
        };
        run
    }

    #[test]
    fn a_run_of_a_fork_is_known_even_when_the_fork_is_gone() {
        assert!(!run(r#"{"full_name": "org/mono"}"#, "null").is_from_fork());
        assert!(run(r#"{"full_name": "eve/mono"}"#, "null").is_from_fork());
        assert!(run("null", "null").is_from_fork());
    }

    #[test]
    fn a_run_that_goes_on_has_no_conclusion() {
        assert_eq!(run("null", "null").conclusion, None);
        let ended = run("null", "\"failure\"");
        assert_eq!(ended.conclusion.as_deref(), Some("failure"));
        assert_eq!((ended.run_id, ended.head_branch), (30_433_642, None));
        assert_eq!(ended.head.to_string(), "c".repeat(40));
    }
}
