//! The documents that leave the process: the plan, the record of one shard, the timings of many
//! runs, the verdict.
//!
//! Each is JSON with a version. The plan file is canonical, because its digest is compared; the first
//! three are read again, with every doubt.

mod name;
mod plan_file;
mod record;
mod timings;
mod verdict;

use repo_model::hexadecimal;
use sha2::{Digest as _, Sha256};

pub use plan_file::{Explanation, ItemEntry, NotAPlan, PlanFacts, PlanFile, ReadPlan, ShardEntry};
pub use record::{NotARecord, RecordFile};
pub use timings::{Merged, NotTimings, Run, TimingsFile};
pub use verdict::VerdictFile;

/// The SHA-256 of `bytes`, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Where JSON is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The line of the mistake, from 1.
    pub line: usize,
    /// The column of the mistake, in bytes from 1.
    pub column: usize,
}

impl Shape {
    fn of(error: &serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column() }
    }
}

/// A document's bytes: one line.
fn bytes_of(document: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(document).unwrap_or_else(|error| {
        // Only maps with other keys than text have no JSON form.
        unreachable!("a document is always JSON: {error}")
    });
    bytes.push(b'\n');
    bytes
}
