//! Reading files and standard input.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::DiskFailure;

/// The path that means standard input.
const STANDARD_INPUT: &str = "-";

/// Opens a file for reading from front to back, and its length in bytes.
///
/// # Errors
/// When it does not exist, is a directory or may not be read.
#[expect(clippy::disallowed_methods, reason = "this crate is the disk's room")]
pub fn open(path: &Path) -> Result<(BufReader<File>, u64), DiskFailure> {
    let failure = |source| DiskFailure::new("reading", path, source);
    let file = File::open(path).map_err(failure)?;
    let metadata = file.metadata().map_err(failure)?;
    if metadata.is_dir() {
        return Err(failure(io::ErrorKind::IsADirectory.into()));
    }
    Ok((BufReader::with_capacity(1 << 16, file), metadata.len()))
}

/// Reads a file, or standard input for `-`, if it has at most `limit` bytes.
///
/// # Errors
/// When it cannot be read, or is longer.
pub fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, DiskFailure> {
    if path.as_os_str() == STANDARD_INPUT {
        return whole(path, io::stdin().lock(), limit);
    }
    let (file, _) = open(path)?;
    whole(path, file, limit)
}

fn whole(path: &Path, reader: impl Read, limit: u64) -> Result<Vec<u8>, DiskFailure> {
    let mut bytes = Vec::new();
    let failure = |source| DiskFailure::new("reading", path, source);
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failure)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
        Ok(bytes)
    } else {
        let why = format!("it has more than {limit} bytes");
        Err(failure(io::Error::new(io::ErrorKind::FileTooLarge, why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let read = |limit| whole(Path::new("x"), &b"12345"[..], limit);
        assert_eq!(read(5).unwrap(), b"12345");
        assert_eq!(read(4).unwrap_err().source.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_directory_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let refused = open(folder.path()).unwrap_err();
        assert_eq!(refused.source.kind(), io::ErrorKind::IsADirectory);
        assert!(open(&folder.path().join("none")).unwrap_err().is_wrong_path());
    }
}
