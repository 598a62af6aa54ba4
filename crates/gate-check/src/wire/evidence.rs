//! Evidence, version 1: what a run found out about a version, for a promotion in another run.

use jiff::Timestamp;
use rollout::promotion::{Approval, Evidence, Outcome};
use serde::{Deserialize, Serialize};

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// One thing that was found out.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvidenceDocument {
    #[serde(rename = "signalbox-evidence")]
    version: u32,
    name: String,
    outcome: String,
    subject: String,
    at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// Why a file is no evidence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotEvidence {
    /// It is no such document.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// It is another version of it.
    #[error("it has version {0}, and {VERSION} is read")]
    Version(u32),
    /// What was found is no word that is known.
    #[error("the outcome {0:?} is none of those that are known")]
    Outcome(String),
    /// When it was found is no moment.
    #[error("the moment {0:?} is none: expected one such as 2026-11-22T12:00:00Z")]
    Moment(String),
}

impl EvidenceDocument {
    /// The document of what was found now.
    pub(crate) fn new(name: &str, outcome: &str, subject: &str, at: Timestamp) -> Self {
        Self {
            version: VERSION,
            name: name.to_owned(),
            outcome: outcome.to_owned(),
            subject: subject.to_owned(),
            at: at.to_string(),
            by: None,
            url: None,
        }
    }

    /// The same, with who says so and where more of it stands.
    pub(crate) fn with(mut self, by: Option<String>, url: Option<String>) -> Self {
        self.by = by;
        self.url = url;
        self
    }

    /// Reads evidence from the file `source`.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn read(bytes: &[u8], source: &str) -> Result<Evidence, NotEvidence> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let read: Self = serde_json::from_slice(bytes)?;
        if read.version != VERSION {
            return Err(NotEvidence::Version(read.version));
        }
        let outcome = Outcome::of(&read.outcome);
        let outcome = outcome.ok_or_else(|| NotEvidence::Outcome(read.outcome.clone()))?;
        let at = read.at.parse().map_err(|_| NotEvidence::Moment(read.at.clone()))?;
        Ok(Evidence {
            name: read.name,
            outcome,
            subject: Some(read.subject),
            at: Some(at),
            by: read.by,
            url: read.url,
            source: source.to_owned(),
        })
    }
}

/// Reads what GitHub answers of the approvals of a run ("Get the review history for a workflow run").
///
/// # Errors
/// When it is something else.
pub(crate) fn approvals(bytes: &[u8]) -> Result<Vec<Approval>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Review {
        state: State,
        user: Named,
        environments: Vec<Environment>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum State {
        Approved,
        Rejected,
        Pending,
    }
    #[derive(Deserialize)]
    struct Named {
        login: String,
    }
    #[derive(Deserialize)]
    struct Environment {
        name: String,
    }
    let reviews: Vec<Review> = serde_json::from_slice(bytes)?;
    let said = reviews.into_iter().filter(|review| !matches!(review.state, State::Pending));
    // One without an environment is of none, and not of all.
    let said = said.filter(|review| !review.environments.is_empty());
    let approval = said.map(|review| Approval {
        by: review.user.login,
        is_yes: matches!(review.state, State::Approved),
        environments: review.environments.into_iter().map(|it| it.name).collect(),
    });
    Ok(approval.collect())
}
