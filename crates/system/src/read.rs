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
/// When it does not exist, may not be read, or is no file: a pipe may wait for ever.
pub fn open(path: &Path) -> Result<(BufReader<File>, u64), DiskFailure> {
    let failure = |source| DiskFailure::new("reading", path, source);
    let metadata = path.metadata().map_err(failure)?;
    if !metadata.is_file() && !metadata.is_dir() {
        let why = "something else than a file is there";
        return Err(failure(io::Error::new(io::ErrorKind::InvalidInput, why)));
    }
    Ok((open_any(path)?, metadata.len()))
}

#[expect(clippy::disallowed_methods, reason = "this crate is the disk's room")]
fn open_any(path: &Path) -> Result<BufReader<File>, DiskFailure> {
    let failure = |source| DiskFailure::new("reading", path, source);
    let file = File::open(path).map_err(failure)?;
    if file.metadata().map_err(failure)?.is_dir() {
        return Err(failure(io::ErrorKind::IsADirectory.into()));
    }
    Ok(BufReader::with_capacity(1 << 16, file))
}

/// Reads a file if it has at most `limit` bytes. A pipe or a device is none: it may never end.
///
/// # Errors
/// When it is no file, cannot be read, or is longer.
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, DiskFailure> {
    let (reader, length) = open(path)?;
    if length > limit {
        return Err(too_large(path, limit));
    }
    // What it says of its own length is no more than a hint.
    let room = usize::try_from(length.min(limit)).unwrap_or_default();
    let mut file = reader.into_inner();
    let begin = if room >= LARGE { halves(&mut file, room) } else { None };
    let bytes = begin.unwrap_or_else(|| Vec::with_capacity(room + 1));
    whole_into(path, file, limit, bytes)
}

/// Files of at least so many bytes are read from two places at once.
const LARGE: usize = 16 << 20;

/// Reads the first `length` bytes of a file, the second half on a thread of its own: what takes the
/// time is that the kernel hands over memory page by page. The file is left where they end. Nothing
/// where that is not to be had: then the file is where it was.
#[cfg(unix)]
fn halves(file: &mut File, length: usize) -> Option<Vec<u8>> {
    use std::io::{Seek as _, SeekFrom};
    use std::os::unix::fs::FileExt as _;

    // Zeroed memory comes from the kernel, which hands none of it over yet. One more, so that reading on
    // finds the end without growing.
    let mut bytes = vec![0; length + 1];
    bytes.truncate(length);
    let (first, second) = bytes.split_at_mut_checked(length / 2)?;
    let middle = u64::try_from(first.len()).ok()?;
    let of_second = &*file;
    let are_read = std::thread::scope(|scope| {
        let second = std::thread::Builder::new()
            .spawn_scoped(scope, || of_second.read_exact_at(second, middle).is_ok())
            .ok()?;
        let first = of_second.read_exact_at(first, 0).is_ok();
        Some(second.join().is_ok_and(|second| second) && first)
    })?;
    if !are_read {
        return None;
    }
    file.seek(SeekFrom::Start(u64::try_from(length).ok()?)).ok()?;
    Some(bytes)
}

/// Elsewhere files are read from front to back.
#[cfg(not(unix))]
fn halves(_: &mut File, _: usize) -> Option<Vec<u8>> {
    None
}

/// Reads the first bytes of a file, at most `most`.
///
/// # Errors
/// When it is no file or cannot be read.
pub fn read_beginning(path: &Path, most: u64) -> Result<Vec<u8>, DiskFailure> {
    let (reader, _) = open(path)?;
    let mut bytes = Vec::new();
    let read = reader.take(most).read_to_end(&mut bytes);
    read.map_err(|source| DiskFailure::new("reading", path, source))?;
    Ok(bytes)
}

/// Reads a file, or standard input for `-`, if it has at most `limit` bytes. The file may be a pipe,
/// as a shell's `<(...)` is.
///
/// # Errors
/// When it cannot be read, or is longer.
pub fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, DiskFailure> {
    if path.as_os_str() == STANDARD_INPUT {
        return whole(path, io::stdin().lock(), limit);
    }
    whole(path, open_any(path)?, limit)
}

fn whole(path: &Path, reader: impl Read, limit: u64) -> Result<Vec<u8>, DiskFailure> {
    whole_into(path, reader, limit, Vec::new())
}

fn whole_into(
    path: &Path,
    reader: impl Read,
    limit: u64,
    mut bytes: Vec<u8>,
) -> Result<Vec<u8>, DiskFailure> {
    let failure = |source| DiskFailure::new("reading", path, source);
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failure)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
        Ok(bytes)
    } else {
        Err(too_large(path, limit))
    }
}

fn too_large(path: &Path, limit: u64) -> DiskFailure {
    let why = format!("it has more than {limit} bytes");
    DiskFailure::new("reading", path, io::Error::new(io::ErrorKind::FileTooLarge, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_read_as_a_small_one_is() {
        let folder = testkit::Scratch::new();
        let path = folder.path().join("large");
        let wanted: Vec<u8> = (0..=u32::try_from(LARGE).unwrap() / 4)
            .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        crate::write_whole(&path, &wanted).unwrap();
        let length = u64::try_from(wanted.len()).unwrap();
        assert!(read_file(&path, length).unwrap() == wanted);
        assert!(read_file(&path, u64::MAX).unwrap() == wanted);
        let error = read_file(&path, length - 1).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_file_that_became_shorter_or_longer_is_read_as_it_is() {
        let folder = testkit::Scratch::new();
        let path = folder.path().join("changed");
        crate::write_whole(&path, b"12345").unwrap();
        let check = |length: usize, wanted: Option<&[u8]>| {
            let mut file = open_any(&path).unwrap().into_inner();
            let begin = halves(&mut file, length);
            assert_eq!(begin.as_deref(), wanted);
            let bytes = begin.unwrap_or_default();
            assert_eq!(whole_into(&path, file, 9, bytes).unwrap(), b"12345");
        };
        if cfg!(unix) {
            check(3, Some(b"123"));
            check(5, Some(b"12345"));
        }
        check(6, None);
    }

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let read = |limit| whole(Path::new("x"), &b"12345"[..], limit);
        assert_eq!(read(5).unwrap(), b"12345");
        assert_eq!(read(4).unwrap_err().source.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_file_that_says_that_it_is_too_large_is_not_read() {
        let scratch = testkit::Scratch::new();
        let file = scratch.write("x", "12345");
        assert_eq!(read_file(&file, 5).unwrap(), b"12345");
        assert!(read_file(&file, 4).unwrap_err().is_wrong_path());
        assert_eq!(read_beginning(&file, 4).unwrap(), b"1234");
        assert_eq!(read_beginning(&file, 9).unwrap(), b"12345");
    }

    #[test]
    fn a_directory_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let refused = open(folder.path()).unwrap_err();
        assert_eq!(refused.source.kind(), io::ErrorKind::IsADirectory);
        assert!(open(&folder.path().join("none")).unwrap_err().is_wrong_path());
    }

    #[cfg(unix)]
    #[test]
    fn what_might_never_end_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(open(&socket).unwrap_err().is_wrong_path());
    }
}
