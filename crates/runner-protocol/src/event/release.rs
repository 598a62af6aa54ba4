//! `release`: a release was published, edited or deleted.
//!
//! Source: GitHub documentation, "Webhook events and payloads", `release`.

use super::{NotAPayload, Payload};

/// Something happened to a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// What happened: `published`, `released`, `edited`, ...
    pub action: String,
    /// The release's tag, `v1.2.3`.
    pub tag: String,
    /// What the tag was made from: a branch or a commit.
    pub target: String,
    /// Whether it is not meant for everybody yet.
    pub prerelease: bool,
}

impl Release {
    pub(crate) fn read(payload: &Payload) -> Result<Self, NotAPayload> {
        Ok(Self {
            action: payload.text("action")?.to_owned(),
            tag: payload.text("release.tag_name")?.to_owned(),
            target: payload.text("release.target_commitish")?.to_owned(),
            prerelease: payload.yes("release.prerelease")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    #[test]
    fn a_release_names_its_tag_and_what_happened() {
        let payload = br#"{"action": "published", "release": {"tag_name": "v1.2.3-rc.1",
            "target_commitish": "main", "prerelease": true, "draft": false}}"#;
        let wanted = Release {
            action: "published".to_owned(),
            tag: "v1.2.3-rc.1".to_owned(),
            target: "main".to_owned(),
            prerelease: true,
        };
        assert_eq!(Event::read("release", payload), Ok(Event::Release(wanted)));
    }

    #[test]
    fn a_release_that_does_not_say_whether_it_is_for_everybody_is_refused() {
        let payload = br#"{"action": "published", "release": {"tag_name": "v1",
            "target_commitish": "main", "prerelease": "true"}}"#;
        let refused = Event::read("release", payload).unwrap_err();
        assert!(refused.to_string().contains("`release.prerelease`: expected true or false"));
    }
}
