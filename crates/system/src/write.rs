//! Writing files, whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;

use tempfile::Builder;

use crate::DiskFailure;

/// Replaces the file at `path` by `bytes`. The new file takes the old one's place and rights in one
/// step, so that nobody ever reads half of it; its missing parent directories are made. A link stays
/// a link.
///
/// # Errors
/// When the operating system refuses; the old file is as it was then. When something else than a
/// file is there: a device that is replaced by a file is a broken machine.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), DiskFailure> {
    written(path, bytes).map_err(|source| DiskFailure::new("writing", path, source))
}

/// Writes a file that is not there yet, and makes it one that may be run if it is to be.
///
/// # Errors
/// When the operating system refuses, or something is there.
pub fn write_new(path: &Path, bytes: &[u8], is_executable: bool) -> Result<(), DiskFailure> {
    if path.symlink_metadata().is_ok() {
        return Err(DiskFailure::new("writing", path, io::ErrorKind::AlreadyExists.into()));
    }
    write_whole(path, bytes)?;
    if is_executable {
        make_executable(path).map_err(|source| DiskFailure::new("writing", path, source))?;
    }
    Ok(())
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = path.metadata()?.permissions();
    // Whoever may read it may run it.
    let readable = permissions.mode() & 0o444;
    permissions.set_mode(permissions.mode() | readable >> 2);
    std::fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this crate is the disk's room")]
fn written(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let linked = path.is_symlink().then(|| path.canonicalize()).transpose()?;
    let path = linked.as_deref().unwrap_or(path);
    let old = match path.metadata() {
        Ok(old) if old.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(old) if !old.is_file() => {
            let why = "something else than a file is there";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
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
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions())?;
    }
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

    #[cfg(unix)]
    #[test]
    fn a_new_file_may_be_one_to_run_and_replaces_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/run.sh");
        write_new(&path, b"one", true).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o100, 0o100);
        assert!(write_new(&path, b"two", false).is_err());
        assert_eq!(read_whole(&path, 10).unwrap(), b"one");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_the_rights_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("plan.json"), folder.path().join("link.json"));
        write_whole(&path, b"one").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        symlink("plan.json", &link).unwrap();
        write_whole(&link, b"two").unwrap();
        assert!(link.is_symlink());
        assert_eq!(read_whole(&path, 10).unwrap(), b"two");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_stays_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let refused = write_whole(&socket, b"one").unwrap_err();
        assert!(refused.is_wrong_path());
        assert!(!socket.is_file());
    }

    #[test]
    fn a_directory_in_its_place_is_an_error_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let refused = write_whole(folder.path(), b"one").unwrap_err();
        assert_eq!(refused.source.kind(), io::ErrorKind::IsADirectory);
        assert!(folder.path().is_dir());
    }
}
