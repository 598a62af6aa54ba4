//! Clauses that a machine fails, or may fail.

use placement::{Doubt, Failure};
use serde::Serialize;

use crate::tell::words;

/// A clause that a machine fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailureDocument {
    /// The key of the need that it is about.
    clause: &'static str,
    /// What the machine has, in words.
    have: String,
    /// What the job needs, in words.
    want: String,
    /// The number of the error that a CUDA program would die of.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<u16>,
    /// Its name in CUDA's header.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_name: Option<&'static str>,
    /// What would help, the least first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<String>,
}

/// A clause of which it is not known whether a machine meets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoubtDocument {
    /// The key of the need that it is about.
    clause: &'static str,
    /// Why it is not known, in words.
    why: String,
}

impl FailureDocument {
    /// As it is written.
    pub fn new(failure: &Failure) -> Self {
        let death = failure.have.death();
        let error = death.and_then(|(failure, _)| failure.error());
        let fixes = death.map(|(_, fixes)| fixes).unwrap_or_default();
        Self {
            clause: words::clause_id(failure.clause),
            have: words::value(&failure.have).unescaped(),
            want: words::value(&failure.want).unescaped(),
            error: error.map(|error| error.number),
            error_name: error.map(|error| error.name),
            fixes: fixes.iter().map(|fix| words::fix(fix).unescaped()).collect(),
        }
    }
}

impl DoubtDocument {
    /// As it is written.
    pub fn new(doubt: &Doubt) -> Self {
        Self { clause: words::clause_id(doubt.clause), why: words::doubt(doubt).unescaped() }
    }
}
