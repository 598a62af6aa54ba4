//! What `check` found, version 1, as `--format json` says it.

use placement::{Fit, Judgement};
use serde::Serialize;

use super::{DoubtDocument, FailureDocument};

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// Whether a program runs on a GPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckFile {
    version: u32,
    /// Whether it runs; nothing if that is not known.
    fits: Option<bool>,
    failed: Vec<FailureDocument>,
    unknown: Vec<DoubtDocument>,
}

impl CheckFile {
    /// As it is written.
    pub fn new(judgement: &Judgement) -> Self {
        Self {
            version: VERSION,
            fits: match judgement.fit() {
                Fit::Yes => Some(true),
                Fit::No => Some(false),
                Fit::Unknown => None,
            },
            failed: judgement.failed.iter().map(FailureDocument::new).collect(),
            unknown: judgement.doubts.iter().map(DoubtDocument::new).collect(),
        }
    }
}
