//! Runs and jobs.

use serde::{Deserialize, Deserializer};

use crate::moment::{Moment, if_ever};

/// The most characters that are kept of a name. GitHub cuts names far earlier.
pub(crate) const LONGEST: usize = 1024;

/// An attempt of a run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// Its id, the same for all attempts.
    pub id: u64,
    /// Which attempt it is, from 1.
    #[serde(rename = "run_attempt", default = "first")]
    pub attempt: u64,
    /// The name of its workflow.
    #[serde(default, deserialize_with = "short_or_none")]
    pub name: Option<String>,
    /// What it is called in lists: the commit's title, or `run-name`, which may hold the notes of whoever
    /// started it.
    #[serde(rename = "display_title", default, deserialize_with = "short_or_none")]
    pub title: Option<String>,
    /// The file of its workflow.
    #[serde(default, deserialize_with = "short_or_none")]
    pub path: Option<String>,
    /// What started it.
    #[serde(deserialize_with = "short")]
    pub event: String,
    /// The branch or tag that it is about.
    #[serde(rename = "head_branch", default, deserialize_with = "short_or_none")]
    pub branch: Option<String>,
    /// The commit that it is about.
    #[serde(rename = "head_sha", deserialize_with = "short")]
    pub commit: String,
    /// Whether it is over, in GitHub's word: `completed`, or another.
    #[serde(default, deserialize_with = "short_or_none")]
    pub status: Option<String>,
    /// How it ended, if it has.
    pub conclusion: Option<Conclusion>,
    /// When its first attempt was asked for.
    #[serde(rename = "created_at")]
    pub created: Moment,
    /// When this attempt began.
    #[serde(rename = "run_started_at", default, deserialize_with = "if_ever")]
    pub started: Option<Moment>,
    /// When anything about it changed last.
    #[serde(rename = "updated_at", default, deserialize_with = "if_ever")]
    pub updated: Option<Moment>,
}

/// A job of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: u64,
    /// The run that it is of.
    pub run_id: u64,
    /// The attempt that it is of.
    #[serde(rename = "run_attempt", default = "first")]
    pub attempt: u64,
    /// The commit that it is about.
    #[serde(rename = "head_sha", default, deserialize_with = "short_or_none")]
    pub commit: Option<String>,
    /// Its name, with the values of its matrix.
    #[serde(deserialize_with = "short")]
    pub name: String,
    /// The name of its workflow.
    #[serde(rename = "workflow_name", default, deserialize_with = "short_or_none")]
    pub workflow: Option<String>,
    /// Whether it is over, in GitHub's word: `completed`, or another.
    #[serde(deserialize_with = "short")]
    pub status: String,
    /// How it ended, if it has.
    pub conclusion: Option<Conclusion>,
    /// When it could have begun: from here on it waits.
    #[serde(rename = "created_at", default, deserialize_with = "if_ever")]
    pub created: Option<Moment>,
    /// When it began.
    #[serde(rename = "started_at", default, deserialize_with = "if_ever")]
    pub started: Option<Moment>,
    /// When it ended.
    #[serde(rename = "completed_at", default, deserialize_with = "if_ever")]
    pub completed: Option<Moment>,
    /// What it asked for in `runs-on`.
    #[serde(default, deserialize_with = "labels")]
    pub labels: Vec<String>,
    /// The runner that took it.
    #[serde(rename = "runner_name", default, deserialize_with = "short_or_none")]
    pub runner: Option<String>,
    /// The group of that runner.
    #[serde(rename = "runner_group_name", default, deserialize_with = "short_or_none")]
    pub runner_group: Option<String>,
    /// Its steps.
    #[serde(default, deserialize_with = "none_if_null")]
    pub steps: Vec<Step>,
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Step {
    /// Its name.
    #[serde(deserialize_with = "short")]
    pub name: String,
    /// Its number among the steps.
    pub number: u64,
    /// How it ended, if it has.
    pub conclusion: Option<Conclusion>,
    /// When it began.
    #[serde(rename = "started_at", default, deserialize_with = "if_ever")]
    pub started: Option<Moment>,
    /// When it ended.
    #[serde(rename = "completed_at", default, deserialize_with = "if_ever")]
    pub completed: Option<Moment>,
}

/// How a run, a job or a step ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "String")]
pub enum Conclusion {
    /// As it should.
    Success,
    /// Not as it should.
    Failure,
    /// It took too long.
    TimedOut,
    /// The workflow could not even begin: a failure without jobs.
    StartupFailure,
    /// Somebody, or something newer, ended it.
    Cancelled,
    /// It was not to run.
    Skipped,
    /// Another word: `neutral`, `stale`, `action_required`.
    Other(String),
}

impl Conclusion {
    /// GitHub's word.
    pub fn name(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::TimedOut => "timed_out",
            Self::StartupFailure => "startup_failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Other(word) => word,
        }
    }

    /// Whether it counts as a failure.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failure | Self::TimedOut | Self::StartupFailure)
    }
}

impl From<String> for Conclusion {
    fn from(word: String) -> Self {
        match word.as_str() {
            "success" => Self::Success,
            "failure" => Self::Failure,
            "timed_out" => Self::TimedOut,
            "startup_failure" => Self::StartupFailure,
            "cancelled" => Self::Cancelled,
            "skipped" => Self::Skipped,
            _ => Self::Other(cut(word)),
        }
    }
}

fn first() -> u64 {
    1
}

/// The text, if it is short, or its beginning.
pub(crate) fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(at);
    }
    text
}

pub(crate) fn short<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    String::deserialize(from).map(cut)
}

pub(crate) fn short_or_none<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(cut))
}

fn none_if_null<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Step>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Labels in the order of their letters, so that two jobs with the same ones are alike.
fn labels<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let labels = Option::<Vec<String>>::deserialize(from)?.unwrap_or_default();
    let mut labels: Vec<String> = labels.into_iter().map(cut).collect();
    labels.sort();
    labels.dedup();
    Ok(labels)
}
