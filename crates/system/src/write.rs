//! Writing files, whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;

use tempfile::Builder;

use crate::DiskFailure;

/// Replaces the file at `path` by `bytes`. The new file takes the old one's place in one step, so
/// that nobody ever reads half of it; its missing parent directories are made.
///
/// # Errors
/// When the operating system refuses; the old file is as it was then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), DiskFailure> {
    written(path, bytes).map_err(|source| DiskFailure::new("writing", path, source))
}

#[expect(clippy::disallowed_methods, reason = "this crate is the disk's room")]
fn written(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) | None => Path::new("."),
    };
    std::fs::create_dir_all(directory)?;
    let mut builder = Builder::new();
    builder.prefix(".signalbox-");
    #[cfg(unix)]
    {
        // As readable as any file that the user makes; the umask takes its share.
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_whole;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(read_whole(&path, 10).unwrap(), b"two");
        let beside =
            walkdir::WalkDir::new(folder.path().join("a")).min_depth(1).into_iter().count();
        assert_eq!(beside, 1);
    }

    #[test]
    fn a_directory_in_its_place_is_an_error_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let refused = write_whole(folder.path(), b"one").unwrap_err();
        assert_eq!(refused.source.kind(), io::ErrorKind::IsADirectory);
        assert!(folder.path().is_dir());
    }
}
