//! Files as they are read and written here.

use std::path::{Path, PathBuf};

use runner_protocol::Failure;
use system::DiskFailure;

/// The largest report, in bytes (the spec's 2 GiB).
pub(crate) const LONGEST: u64 = 2 << 30;

/// Reads a file that an input names.
pub(crate) fn read(
    path: &Path,
    what: &'static str,
    help: &'static str,
) -> Result<Vec<u8>, Failure> {
    read_within(path, LONGEST, what, help)
}

/// Reads a file that an input names, and that has at most so many bytes.
pub(crate) fn read_within(
    path: &Path,
    most: u64,
    what: &'static str,
    help: &'static str,
) -> Result<Vec<u8>, Failure> {
    system::read_whole(path, most).map_err(|failure| refused(&failure, what, help))
}

/// What to tell of a failure of the disk. A path that is not what was meant is a wrong input; what the
/// machine will not read is the machine's failure.
pub(crate) fn refused(failure: &DiskFailure, what: &'static str, help: &'static str) -> Failure {
    Failure::outside(failure.is_wrong_path(), failure.problem(what).help(help))
}

/// Writes a file whole, or not at all.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<PathBuf, Failure> {
    system::write_whole(path, bytes).map_err(|failure| {
        refused(&failure, "the file", "see the disk and the permissions there")
    })?;
    Ok(path.to_owned())
}
