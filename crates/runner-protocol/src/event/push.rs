//! `push`: commits or a tag were pushed, or a branch or tag was deleted.
//!
//! Source: GitHub documentation, "Webhook events and payloads", `push`. A commit id of zeros means
//! that there is none: `before` of a new branch, `after` of a deleted one. For an annotated tag
//! `after` is the tag object; the commit stands in `head_commit`, which is null where the ref was
//! deleted.

use repo_model::CommitId;

use super::{NotAPayload, Payload, commit};

/// A push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The full ref, `refs/heads/main` or `refs/tags/v1`.
    pub ref_name: String,
    /// The commit that the ref named before.
    pub before: Before,
    /// The commit that the ref names now, a tag object seen through; nothing when the ref was
    /// deleted.
    pub after: Option<CommitId>,
    /// Whether history was rewritten: `before` need not be an ancestor of `after`.
    pub forced: bool,
    /// The repository's default branch.
    pub default_branch: String,
}

/// What a ref named before a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// This commit.
    Commit(CommitId),
    /// Nothing: the ref is new.
    NewRef,
}

impl Push {
    pub(crate) fn read(payload: &Payload) -> Result<Self, NotAPayload> {
        let before = match commit(payload, "before")? {
            id if id.is_zero() => Before::NewRef,
            id => Before::Commit(id),
        };
        let after = commit(payload, "after")?;
        let after = match payload.at("head_commit") {
            Some(_) if !after.is_zero() => commit(payload, "head_commit.id")?,
            Some(_) | None => after,
        };
        Ok(Self {
            ref_name: payload.text("ref")?.to_owned(),
            before,
            after: Some(after).filter(|id| !id.is_zero()),
            forced: payload.at("forced").and_then(serde_json::Value::as_bool).unwrap_or(false),
            default_branch: payload.text("repository.default_branch")?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    const ZERO: &str = "0000000000000000000000000000000000000000";
    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn push(before: &str, after: &str) -> Result<Event, NotAPayload> {
        let payload = format!(
            r#"{{"ref": "refs/heads/x", "before": "{before}", "after": "{after}", "forced": true,
                "repository": {{"default_branch": "main"}}}}"#
        );
        Event::read("push", payload.as_bytes())
    }

    #[track_caller]
    fn check(before: &str, after: &str, wanted_before: &Before, wanted_after: Option<&str>) {
        let Ok(Event::Push(push)) = push(before, after) else { panic!("not a push") };
        assert_eq!(push.before, *wanted_before);
        assert_eq!(push.after.map(|id| id.to_string()).as_deref(), wanted_after);
        assert!(push.forced);
    }

    #[test]
    fn a_commit_of_zeros_is_no_commit() {
        check(A, B, &Before::Commit(A.parse().unwrap()), Some(B));
        check(ZERO, B, &Before::NewRef, Some(B));
        check(A, ZERO, &Before::Commit(A.parse().unwrap()), None);
    }

    #[test]
    fn an_annotated_tag_is_seen_through() {
        let payload = format!(
            r#"{{"ref": "refs/tags/v1", "before": "{ZERO}", "after": "{A}", "forced": false,
                "head_commit": {{"id": "{B}"}}, "repository": {{"default_branch": "main"}}}}"#
        );
        let Ok(Event::Push(push)) = Event::read("push", payload.as_bytes()) else {
            panic!("not a push")
        };
        assert_eq!(push.after.map(|id| id.to_string()).as_deref(), Some(B));
    }

    #[test]
    fn a_payload_without_a_commit_says_where_it_should_be() {
        let refused = push("main", B).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the payload of `push` has no `before`: expected a commit id of 40 or 64 hexadecimal digits"
        );
    }
}
