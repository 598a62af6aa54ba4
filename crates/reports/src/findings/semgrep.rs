//! The JSON of Semgrep.

use super::{Fault, Finding, Sink};
use crate::head::Head;

pub(super) const NAME: &str = "semgrep";
pub(super) const WANTED: &str = "the JSON of Semgrep";

pub(super) fn sniff(_head: &Head<'_>) -> bool {
    false
}

pub(super) fn read(_bytes: &[u8], _sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    Err(Fault::wrong("a format that is not read yet", 0))
}
