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
