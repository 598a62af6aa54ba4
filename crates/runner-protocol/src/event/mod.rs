//! What started the workflow: the events that our users have, each with the facts that decisions
//! need. One event, one file; an event that is not listed is [`Event::Other`], never an error.
//!
//! Source: GitHub documentation, "Events that trigger workflows" and "Webhook events and
//! payloads". The payload is the file named by `GITHUB_EVENT_PATH`.

mod payload;

use diagnostics::Foreign;
use repo_model::CommitId;

pub use payload::NotAPayload;
pub(crate) use payload::Payload;

/// Makes the [`Event`] enum, the list of names and the reader from one list.
macro_rules! events {
    ($($(#[doc = $doc:literal])* $name:literal => $variant:ident($kind:ident),)*) => {
        /// The event that started the workflow.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event {
            $( $(#[doc = $doc])* $variant($kind), )*
            /// An event that signalbox knows nothing about; its name.
            Other(Foreign),
        }

        impl Event {
            /// The names of the events whose payload is understood.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Reads the payload of the event `name`, as GitHub writes it.
            ///
            /// # Errors
            /// When the payload of a known event is not JSON or lacks what the event promises.
            pub fn read(name: &str, payload: &[u8]) -> Result<Self, NotAPayload> {
                match name {
                    $( $name => Ok(Self::$variant($kind::read(&Payload::parse($name, payload)?)?)), )*
                    other => Ok(Self::Other(Foreign::from(other))),
                }
            }

            /// The event's name, as in a workflow's `on:`.
            pub fn name(&self) -> Foreign {
                match self {
                    $( Self::$variant(_) => Foreign::from($name), )*
                    Self::Other(name) => name.clone(),
                }
            }
        }
    };
}

mod merge_group;
mod pull_request;
mod push;
mod release;
mod schedule;
mod workflow_dispatch;
mod workflow_run;

pub use merge_group::MergeGroup;
pub use pull_request::{PullRequest, Side};
pub use push::{Before, Push};
pub use release::Release;
pub use schedule::Schedule;
pub use workflow_dispatch::{Inputs, WorkflowDispatch};
pub use workflow_run::WorkflowRun;

events! {
    /// A merge queue asks whether a group of pull requests may be merged.
    "merge_group" => MergeGroup(MergeGroup),
    /// A pull request was opened, pushed to, labelled, closed.
    "pull_request" => PullRequest(PullRequest),
    /// A pull request was reviewed; the same payload with the review.
    "pull_request_review" => PullRequestReview(PullRequest),
    /// A comment on a pull request's code; the same payload with the comment.
    "pull_request_review_comment" => PullRequestReviewComment(PullRequest),
    /// The same, run with the default branch's workflow and the repository's secrets. Code of the
    /// head is not to be run with them.
    "pull_request_target" => PullRequestTarget(PullRequest),
    /// Commits or a tag were pushed.
    "push" => Push(Push),
    /// A release was published, edited, deleted.
    "release" => Release(Release),
    /// The clock.
    "schedule" => Schedule(Schedule),
    /// Somebody pressed the button or called the API.
    "workflow_dispatch" => WorkflowDispatch(WorkflowDispatch),
    /// Another workflow was requested or has ended.
    "workflow_run" => WorkflowRun(WorkflowRun),
}

/// Reads a commit id at `path` of the payload.
fn commit(payload: &Payload, path: &'static str) -> Result<CommitId, NotAPayload> {
    let text = payload.text(path)?;
    text.parse().map_err(|_| payload.unexpected(path, "a commit id of 40 or 64 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_has_its_file_and_every_file_its_event() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/event");
        #[expect(clippy::disallowed_methods, reason = "looks at this crate's own source")]
        let files = std::fs::read_dir(folder).unwrap();
        let files: BTreeSet<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        // Those of pull requests share one payload.
        let names = Event::NAMES.iter().filter(|name| !name.starts_with("pull_request_"));
        let listed: BTreeSet<String> = names.map(|name| format!("{name}.rs")).collect();
        let no_events = ["mod.rs", "payload.rs"].map(str::to_owned);
        assert_eq!(files, listed.into_iter().chain(no_events).collect());
    }

    #[test]
    fn an_event_that_nobody_knows_is_no_error() {
        let other = Event::read("issue_comment", b"not even JSON").unwrap();
        assert_eq!(other.name(), Foreign::from("issue_comment"));
    }
}
