//! What may be dropped from a cache: the document of `prune --format json`.

use std::collections::BTreeMap;

use bstr::ByteSlice as _;
use cache_identity::{Plan, Reason, Spot};
use serde::Serialize;

use super::lossless::text_of;

/// The version of the document.
const VERSION: u32 = 1;

/// What may be dropped from a cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PruneFile {
    version: u32,
    /// Whether it was dropped, and not only asked what would be.
    applied: bool,
    pruned_bytes: u64,
    pruned_files: u64,
    kept_bytes: u64,
    reasons: BTreeMap<&'static str, Sum>,
    places: Vec<PlaceEntry>,
    dropped: Vec<DroppedEntry>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Sum {
    bytes: u64,
    files: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct PlaceEntry {
    path: String,
    kept_bytes: u64,
    kept_files: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_alone: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct DroppedEntry {
    place: usize,
    path: String,
    reason: &'static str,
    bytes: u64,
}

impl PruneFile {
    /// The document of a plan.
    pub fn new(spots: &[Spot], plan: &Plan, applied: bool) -> Self {
        let entry = |it: &cache_identity::Dropped| spots.get(it.spot)?.entries.get(it.entry);
        let dropped = plan.dropped.iter().map(|it| DroppedEntry {
            place: it.spot,
            path: entry(it).map(|entry| text_of(entry.path.as_bstr())).unwrap_or_default(),
            reason: it.why.name(),
            bytes: it.bytes,
        });
        let places = spots.iter().zip(&plan.kept).map(|(spot, kept)| PlaceEntry {
            path: text_of(spot.path.as_bstr()),
            kept_bytes: kept.bytes,
            kept_files: kept.files,
            left_alone: kept.whole,
        });
        let reasons = Reason::ALL.into_iter().map(|why| {
            let (bytes, files) = plan.sum(spots, Some(why));
            (why.name(), Sum { bytes, files })
        });
        let (pruned_bytes, pruned_files) = plan.sum(spots, None);
        Self {
            version: VERSION,
            applied,
            pruned_bytes,
            pruned_files,
            kept_bytes: plan.kept_bytes(),
            reasons: reasons.collect(),
            places: places.collect(),
            dropped: dropped.collect(),
        }
    }
}
