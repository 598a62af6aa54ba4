//! pytest-split's `.test_durations`: an object from node id to seconds, or, in its early versions,
//! a list of pairs (pytest-split 0.1 to 0.3; later ones still read it).

use super::Sink;
use crate::Found;
use crate::position::Counted;
use crate::seconds_map;

pub(super) const NAME: &str = "pytest-split";
pub(super) const WANTED: &str = "pytest-split JSON, an object from node ids to seconds";

/// A list, or an object whose first key is a node id.
pub(super) fn sniff(head: &[u8]) -> bool {
    if head.starts_with(b"[") {
        return true;
    }
    let Some(rest) = head.strip_prefix(b"{") else { return false };
    let Some(key) = rest.trim_ascii_start().strip_prefix(b"\"") else { return false };
    let key = key.split(|byte| *byte == b'"').next().unwrap_or_default();
    key.windows(2).any(|pair| pair == b"::")
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    seconds_map::read(input, sink)
}
