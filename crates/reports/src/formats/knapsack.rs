//! Knapsack's `knapsack_rspec_report.json`: an object from the path of a file to its seconds.
//!
//! pytest-split's object has the same shape; telling them apart changes nothing but the name.

use super::Sink;
use crate::Found;
use crate::head::Head;
use crate::position::Counted;
use crate::times_map;

pub(super) const NAME: &str = "knapsack";
pub(super) const WANTED: &str = "knapsack JSON, an object from paths to seconds";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.text.starts_with(b"{")
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    times_map::read(input, sink)
}
