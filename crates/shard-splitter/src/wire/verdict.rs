//! What `verify` found out, version 1, as `--format json` says it.

use bstr::{BStr, ByteSlice as _};
use serde::Serialize;
use sharding::Verdict;

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// The verdict, as it is written. Names that are not UTF-8 have U+FFFD where they are not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictFile {
    discovered: usize,
    doubled: Vec<Doubled>,
    failed: usize,
    holds: bool,
    missing: Vec<String>,
    newly_skipped: Vec<String>,
    no_such_shard: Vec<u16>,
    other_plan: Vec<u16>,
    plan_sha256: String,
    ran: usize,
    repeated: Vec<u16>,
    runs: Vec<u64>,
    skipped: usize,
    unknown: Vec<Unknown>,
    unreported: Vec<u16>,
    version: u32,
}

/// A test that ran on several shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Doubled {
    name: String,
    shards: Vec<u16>,
}

/// A test that ran and was not discovered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Unknown {
    name: String,
    shard: u16,
}

impl VerdictFile {
    /// The document of a verdict on a plan.
    pub fn new(verdict: &Verdict, plan: &str) -> Self {
        let text = |name: &BStr| name.to_str_lossy().into_owned();
        let doubled = verdict.doubled.iter();
        let unknown = verdict.unknown.iter();
        Self {
            discovered: verdict.discovered,
            doubled: doubled
                .map(|(id, shards)| Doubled { name: text(id.as_bstr()), shards: shards.clone() })
                .collect(),
            failed: verdict.failed,
            holds: verdict.holds(),
            missing: verdict.missing.iter().map(|id| text(id.as_bstr())).collect(),
            newly_skipped: verdict.newly_skipped.iter().map(|name| text(name.as_ref())).collect(),
            no_such_shard: verdict.no_such_shard.clone(),
            other_plan: verdict.other_plan.clone(),
            plan_sha256: plan.to_owned(),
            ran: verdict.ran,
            repeated: verdict.repeated.clone(),
            runs: verdict.runs.clone(),
            skipped: verdict.skipped,
            unknown: unknown
                .map(|(name, shard)| Unknown { name: text(name.as_ref()), shard: *shard })
                .collect(),
            unreported: verdict.unreported.clone(),
            version: VERSION,
        }
    }
}
