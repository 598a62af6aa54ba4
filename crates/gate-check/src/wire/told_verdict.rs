//! A verdict that an earlier run wrote, as much of it as `explain` shows.

use serde::Deserialize;

/// The verdict of an earlier run.
#[derive(Clone, Debug, Deserialize)]
pub struct ToldVerdict {
    #[serde(rename = "signalbox-verdict")]
    version: u32,
    /// Its word.
    pub verdict: String,
    /// Its gates.
    pub gates: Vec<ToldGate>,
    /// The waivers that it knew.
    pub waivers: Vec<ToldWaiver>,
}

/// A gate of it.
#[derive(Clone, Debug, Deserialize)]
pub struct ToldGate {
    /// Its name.
    pub gate: String,
    /// Its verdict.
    pub verdict: String,
    /// What was measured.
    pub measured: String,
    /// What it was held against.
    pub limit: String,
    /// What it said.
    pub reasons: Vec<ToldReason>,
}

/// A reason of a gate.
#[derive(Clone, Debug, Deserialize)]
pub struct ToldReason {
    /// Its rule.
    pub rule: String,
    /// Other names of the rule.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What it comes to.
    pub verdict: String,
    /// Whether it counts.
    pub state: String,
    /// Which waiver covers it.
    pub waiver: Option<usize>,
    /// Why the tool does not count it.
    pub why_suppressed: Option<String>,
    /// What it says.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    /// Where it shows.
    pub file: Option<String>,
    /// The line there.
    pub line: Option<u64>,
    /// The column there.
    pub column: Option<u64>,
    /// The package that it is about.
    pub package: Option<String>,
    /// What tells it from others.
    pub fingerprint: Option<String>,
}

/// A waiver that an earlier run knew.
#[derive(Clone, Debug, Deserialize)]
pub struct ToldWaiver {
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Until when.
    pub expires: String,
}

/// It is no verdict, or one of another version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotAVerdict {
    what: String,
    /// The line and the column in bytes, both from 1, if it has a place.
    pub place: Option<(usize, usize)>,
}

impl ToldVerdict {
    /// Reads a verdict.
    ///
    /// # Errors
    /// When it is none, or one of another version.
    pub fn read(bytes: &[u8]) -> Result<Self, NotAVerdict> {
        let told: Self = serde_json::from_slice(bytes).map_err(|error| NotAVerdict {
            what: format!("not a verdict: {error}"),
            place: Some((error.line(), error.column())),
        })?;
        if told.version != 1 {
            let what = format!("a verdict of version {}; this tool reads 1", told.version);
            return Err(NotAVerdict { what, place: None });
        }
        Ok(told)
    }
}

impl ToldReason {
    /// Whether it goes by this name: its rule, one of its aliases, its fingerprint or its package.
    pub fn is_called(&self, name: &str) -> bool {
        let names = [Some(&self.rule), self.fingerprint.as_ref(), self.package.as_ref()];
        names.into_iter().flatten().chain(&self.aliases).any(|it| it == name)
    }
}
