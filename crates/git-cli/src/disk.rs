//! The disk, as far as git leaves it to its callers: files of a work tree, and of the scratch store.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// What is at a path of the disk; a link is not followed.
pub(crate) enum Found {
    /// Nothing, or what git does not know: a socket, a device.
    Nothing,
    /// A folder.
    Folder,
    /// A link.
    Link,
    /// A file, and whether it may be run.
    File(bool),
}

/// What is at `path`.
pub(crate) fn found(path: &Path) -> io::Result<Found> {
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if is_nothing(&error) => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let kind = metadata.file_type();
    Ok(if kind.is_symlink() {
        Found::Link
    } else if kind.is_dir() {
        Found::Folder
    } else if kind.is_file() {
        Found::File(is_executable(&metadata))
    } else {
        Found::Nothing
    })
}

/// A file where a folder should be means the same as nothing.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    // The owner's right, which is the one that git keeps.
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}

/// Where the link at `path` leads, as git keeps it.
pub(crate) fn target(path: &Path) -> io::Result<Vec<u8>> {
    Ok(path.read_link()?.into_os_string().into_encoded_bytes())
}

/// The file at `path`, if it has at most `most` bytes; nothing where it has more.
pub(crate) fn contents(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    #[expect(clippy::disallowed_methods, reason = "this file is the crate's disk")]
    let file = std::fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    let is_whole = u64::try_from(bytes.len()).is_ok_and(|length| length <= most);
    Ok(is_whole.then_some(bytes))
}

/// The file at `path`, whole; nothing where there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match contents(path, u64::MAX) {
        Err(error) if is_nothing(&error) => Ok(None),
        result => result,
    }
}

/// Writes a file of the scratch store, with the folders above it.
#[expect(clippy::disallowed_methods, reason = "nobody else reads the scratch store")]
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, bytes)
}

/// Copies a file, with the date of its last change; nothing where there is none.
#[expect(clippy::disallowed_methods, reason = "nobody else reads what is copied")]
pub(crate) fn copy_with_date(from: &Path, to: &Path) -> io::Result<()> {
    let Some(bytes) = read(from)? else { return Ok(()) };
    let date = from.metadata()?.modified()?;
    let mut file = std::fs::File::create(to)?;
    file.write_all(&bytes)?;
    file.set_modified(date)
}

/// The absolute path of what is at `path`, without links.
pub(crate) fn whole_path(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}
