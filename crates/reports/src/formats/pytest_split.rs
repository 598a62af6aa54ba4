//! pytest-split's `.test_durations`: an object from node id to seconds, or, in its early versions,
//! a list of pairs (pytest-split 0.1 to 0.3; later ones still read it).

use super::Sink;
use crate::Found;
use crate::head::{Head, Key};
use crate::position::Counted;
use crate::times_map;

pub(super) const NAME: &str = "pytest-split";
pub(super) const WANTED: &str = "pytest-split JSON, an object from node ids to seconds";

/// A list, or an object whose first key is a node id.
pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_node_id = |key: &Key<'_>| key.name.windows(2).any(|pair| pair == b"::");
    head.text.starts_with(b"[") || head.keys.first().is_some_and(is_node_id)
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    times_map::read(input, sink)
}
