//! SARIF 2.1.0.

use super::{Fault, Finding, Sink};
use crate::head::Head;

pub(super) const NAME: &str = "sarif";
pub(super) const WANTED: &str = "SARIF 2.1.0";

pub(super) fn sniff(_head: &Head<'_>) -> bool {
    false
}

pub(super) fn read(_bytes: &[u8], _sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    Err(Fault::wrong("a format that is not read yet", 0))
}
