//! `pull_request` and its kin: the same payload, other rights and occasions.
//!
//! Source: GitHub documentation, "Webhook events and payloads", `pull_request`. The head's
//! repository is null when the fork has been deleted.

use repo_model::CommitId;

use super::{NotAPayload, Payload, commit};

/// Something happened to a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// What happened: `opened`, `synchronize`, `labeled`, `closed`, ...
    pub action: String,
    /// The pull request's number.
    pub number: u64,
    /// Where it would be merged to. The commit is the base branch's tip when GitHub made the
    /// payload, which need not be the merge base.
    pub base: Side,
    /// What would be merged.
    pub head: Side,
    /// Where its branch was before it was pushed to; only where that is what happened
    /// (`synchronize`).
    pub before: Option<CommitId>,
    /// Whether the author calls it a draft.
    pub draft: bool,
    /// The names of its labels, in GitHub's order.
    pub labels: Vec<String>,
}

/// One side of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The commit.
    pub commit: CommitId,
    /// The branch's short name.
    pub branch: String,
    /// The repository, `owner/name`; nothing when it has been deleted.
    pub repository: Option<String>,
}

impl PullRequest {
    pub(crate) fn read(payload: &Payload) -> Result<Self, NotAPayload> {
        let labels = payload.texts("pull_request.labels", "name")?;
        Ok(Self {
            action: payload.text("action")?.to_owned(),
            // Only some of these events have it at the top as well.
            number: match payload.at("number") {
                Some(_) => payload.number("number")?,
                None => payload.number("pull_request.number")?,
            },
            base: Side {
                commit: commit(payload, "pull_request.base.sha")?,
                branch: payload.text("pull_request.base.ref")?.to_owned(),
                repository: payload
                    .maybe_text("pull_request.base.repo.full_name")?
                    .map(str::to_owned),
            },
            head: Side {
                commit: commit(payload, "pull_request.head.sha")?,
                branch: payload.text("pull_request.head.ref")?.to_owned(),
                repository: payload
                    .maybe_text("pull_request.head.repo.full_name")?
                    .map(str::to_owned),
            },
            before: match payload.at("before") {
                Some(_) => Some(commit(payload, "before")?),
                None => None,
            },
            draft: matches!(payload.at("pull_request.draft"), Some(value) if value.as_bool() == Some(true)),
            labels: labels.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Whether the code comes from another repository, so that nothing it made may be trusted. A
    /// deleted fork counts as one.
    pub fn is_from_fork(&self) -> bool {
        self.head.repository.is_none() || self.head.repository != self.base.repository
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    fn pull_request(name: &str, head_repository: &str) -> PullRequest {
        let payload = format!(
            r#"{{"action": "synchronize", "before": "{}", "pull_request": {{"number": 7,
                "base": {{"sha": "{}", "ref": "main", "repo": {{"full_name": "org/mono"}}}},
                "head": {{"sha": "{}", "ref": "topic", "repo": {head_repository}}},
                "draft": true, "labels": [{{"name": "ci: full"}}]}}}}"#,
            "d".repeat(40),
            "a".repeat(40),
            "b".repeat(64),
        );
        let (Event::PullRequest(it) | Event::PullRequestTarget(it)) =
            Event::read(name, payload.as_bytes()).unwrap()
        else {
            panic!("not a pull request")
        };
        it
    }

    #[test]
    fn a_fork_is_known_even_when_it_is_gone() {
        assert!(!pull_request("pull_request", r#"{"full_name": "org/mono"}"#).is_from_fork());
        assert!(pull_request("pull_request", r#"{"full_name": "eve/mono"}"#).is_from_fork());
        assert!(pull_request("pull_request_target", "null").is_from_fork());
    }

    #[test]
    fn both_sides_and_the_labels_are_read() {
        let it = pull_request("pull_request", "null");
        assert_eq!((it.number, it.action.as_str(), it.draft), (7, "synchronize", true));
        assert_eq!((it.base.branch.as_str(), it.head.branch.as_str()), ("main", "topic"));
        assert_eq!(it.head.commit.to_string(), "b".repeat(64));
        assert_eq!(it.labels, ["ci: full"]);
        assert_eq!(it.before.map(|id| id.to_string()), Some("d".repeat(40)));
    }
}
