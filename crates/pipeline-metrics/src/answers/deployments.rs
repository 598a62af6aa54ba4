//! Deployments, what became of them, what they brought, and the issues that tell of incidents.

use serde::{Deserialize, Deserializer};

use super::runs::{cut, short, short_or_none};
use crate::moment::{Moment, if_ever};

/// The most bytes of an issue's body that are looked at: GitHub takes no longer ones.
const LONGEST_BODY: usize = 1 << 18;

/// The most commits that one commit is taken to revert.
const MOST_REVERTS: usize = 100;

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Deployment {
    /// Its id.
    pub id: u64,
    /// The commit that is deployed.
    #[serde(rename = "sha", deserialize_with = "short")]
    pub commit: String,
    /// The branch, tag or commit that was asked for.
    #[serde(rename = "ref", default, deserialize_with = "short_or_none")]
    pub reference: Option<String>,
    /// Where to.
    #[serde(deserialize_with = "short")]
    pub environment: String,
    /// When it was asked for.
    #[serde(rename = "created_at")]
    pub created: Moment,
}

/// What became of a deployment at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its id.
    pub id: u64,
    /// The deployment that it is of.
    pub deployment: u64,
    /// What became of it.
    pub state: DeploymentState,
    /// When.
    pub created: Moment,
    /// The job that said so, if a workflow did.
    pub job: Option<u64>,
}

/// What can become of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Somebody has to approve it.
    Waiting,
    /// It was asked for.
    Pending,
    /// It waits for a runner.
    Queued,
    /// It is under way.
    InProgress,
    /// It is there.
    Success,
    /// It is not there.
    Failure,
    /// Nobody knows whether it is there.
    Error,
    /// Another one has taken its place.
    Inactive,
    /// Something else.
    #[serde(other)]
    Other,
}

impl DeploymentState {
    /// Whether the deployment is over with it. One that another has replaced was over before.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failure | Self::Error)
    }
}

/// What lies between two commits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Comparison {
    /// How many commits there are, of which an answer has 250 at most.
    #[serde(rename = "total_commits", default)]
    pub total: u64,
    /// The commits, the oldest first.
    pub commits: Vec<Commit>,
}

impl Comparison {
    /// The commit that it leads to; nothing where nothing lies between the two.
    pub fn head(&self) -> Option<&str> {
        self.commits.last().map(|commit| commit.id.as_str())
    }
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "CommitRecord")]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// When it was made, as its committer's clock says.
    pub committed: Option<Moment>,
    /// The commits that it takes back, as `git revert` writes them into its message.
    pub reverts: Vec<String>,
}

#[derive(Deserialize)]
struct CommitRecord {
    #[serde(deserialize_with = "short")]
    sha: String,
    commit: CommitDetails,
}

#[derive(Deserialize)]
struct CommitDetails {
    committer: Option<Signature>,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Signature {
    #[serde(default, deserialize_with = "if_ever")]
    date: Option<Moment>,
}

impl From<CommitRecord> for Commit {
    fn from(record: CommitRecord) -> Self {
        let committed = record.commit.committer.and_then(|signature| signature.date);
        let message = record.commit.message.unwrap_or_default();
        Self { id: record.sha, committed, reverts: reverts(&message) }
    }
}

/// The commits that a message says to revert (git, `builtin/revert.c`: "This reverts commit ").
fn reverts(message: &str) -> Vec<String> {
    let after = message.split("This reverts commit ").skip(1).take(MOST_REVERTS);
    let ids = after
        .map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).take(64).collect::<String>());
    ids.filter(|id| id.len() >= 40).collect()
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Its title.
    #[serde(default, deserialize_with = "short_or_none")]
    pub title: Option<String>,
    /// Its text.
    #[serde(default, deserialize_with = "body")]
    pub body: String,
    /// The names of its labels.
    #[serde(deserialize_with = "label_names")]
    pub labels: Vec<String>,
    /// When it was opened.
    #[serde(rename = "created_at")]
    pub opened: Moment,
    /// When it was closed, if it was.
    #[serde(rename = "closed_at", default, deserialize_with = "if_ever")]
    pub closed: Option<Moment>,
    #[serde(default, rename = "pull_request", deserialize_with = "is_there")]
    is_pull_request: bool,
}

impl Issue {
    /// Whether it is a pull request, which the API lists among issues.
    pub(crate) fn is_pull_request(&self) -> bool {
        self.is_pull_request
    }
}

fn is_there<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Option::<serde::de::IgnoredAny>::deserialize(from)?.is_some())
}

fn body<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let mut body = Option::<String>::deserialize(from)?.unwrap_or_default();
    let end = (0..=LONGEST_BODY.min(body.len())).rev().find(|at| body.is_char_boundary(*at));
    body.truncate(end.unwrap_or(0));
    Ok(body)
}

/// A label is its name, or an object with one.
fn label_names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Label {
        Name(String),
        Full { name: Option<String> },
    }
    let labels = Vec::<Label>::deserialize(from)?.into_iter();
    let names = labels.filter_map(|label| match label {
        Label::Name(name) => Some(cut(name)),
        Label::Full { name } => name.map(cut),
    });
    Ok(names.collect())
}

#[derive(Deserialize)]
struct StatusRecord {
    id: u64,
    state: DeploymentState,
    created_at: Moment,
    deployment_url: String,
    log_url: Option<String>,
    target_url: Option<String>,
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let record = StatusRecord::deserialize(from)?;
        let last = record.deployment_url.rsplit('/').next();
        let deployment = last.and_then(|id| id.parse().ok()).ok_or_else(|| {
            serde::de::Error::custom("`deployment_url` does not end in the id of a deployment")
        })?;
        let job =
            [&record.log_url, &record.target_url].into_iter().flatten().find_map(|url| job(url));
        Ok(Self { id: record.id, deployment, state: record.state, created: record.created_at, job })
    }
}

/// The job that an address leads to: `.../actions/runs/1/job/2`.
fn job(url: &str) -> Option<u64> {
    let (_, rest) = url.split_once("/actions/runs/")?;
    let mut parts = rest.split(['/', '?', '#']);
    parts.next()?;
    let is_job = matches!(parts.next()?, "job" | "jobs");
    if is_job { parts.next()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revert_names_whole_commits() {
        let id = "c0ffee01".repeat(5);
        let message =
            format!("Revert \"x\"\n\nThis reverts commit {id}.\nThis reverts commit c0ffee.");
        assert_eq!(reverts(&message), [id]);
    }

    #[test]
    fn a_status_names_the_job_that_said_it() {
        let check = |url: &str, wanted| assert_eq!(job(url), wanted, "{url}");
        check("https://github.com/o/r/actions/runs/12/job/34", Some(34));
        check("https://github.com/o/r/actions/runs/12/job/34?pr=1", Some(34));
        check("https://github.com/o/r/actions/runs/12", None);
        check("https://github.com/o/r/actions/runs/12/attempts/2", None);
        check("https://example.com/job/34", None);
        check("", None);
    }
}
