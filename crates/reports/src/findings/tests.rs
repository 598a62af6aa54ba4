//! What the tests of the formats share.

use super::{Finding, Format};
use crate::{Bounds, Found, Reading};

pub(super) fn read_all(format: Format, bytes: &[u8]) -> Result<(Vec<Finding>, Reading), Found> {
    let mut findings = Vec::new();
    let read = format.read(bytes, Bounds::default(), &mut |finding| findings.push(finding));
    read.map(|reading| (findings, reading)).map_err(|malformed| malformed.found)
}

/// The one finding of a report.
#[track_caller]
pub(super) fn one(format: Format, bytes: &[u8]) -> Finding {
    let (mut findings, _) = read_all(format, bytes).unwrap();
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

/// Bytes are read or refused, twice in the same way.
pub(super) fn check_any(format: Format, bytes: &[u8]) {
    assert_eq!(read_all(format, bytes), read_all(format, bytes));
}

/// Every beginning of a report is refused.
#[track_caller]
pub(super) fn check_cuts(format: Format, bytes: &[u8]) {
    assert!(read_all(format, bytes).is_ok());
    for end in 0..bytes.len() {
        assert!(read_all(format, &bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
    }
}
