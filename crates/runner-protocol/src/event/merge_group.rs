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

#[cfg(test)]
mod tests {
    use super::super::Event;

    const PAYLOAD: &str = r#"{"action": "checks_requested", "merge_group": {
        "base_sha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "base_ref": "refs/heads/main",
        "head_sha": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-aaaa"}}"#;

    #[test]
    fn a_group_names_both_of_its_ends() {
        let Ok(Event::MergeGroup(group)) = Event::read("merge_group", PAYLOAD.as_bytes()) else {
            panic!("not a merge group")
        };
        assert_eq!(group.base.to_string(), "a".repeat(40));
        assert_eq!(group.head.to_string(), "b".repeat(40));
        assert_eq!(group.base_ref, "refs/heads/main");
        assert_eq!(group.head_ref, "refs/heads/gh-readonly-queue/main/pr-7-aaaa");
    }

    #[test]
    fn a_group_without_a_base_is_refused() {
        let refused = Event::read("merge_group", PAYLOAD.replace("base_sha", "x").as_bytes());
        assert!(refused.unwrap_err().to_string().contains("no `merge_group.base_sha`"));
    }
}
