//! A folder that is opened once and never left: what is below it is listed, read and removed from there,
//! without following a link and without entering what is mounted below it.
//!
//! Every step goes from an opened folder to a name in it (POSIX `openat` with `O_NOFOLLOW`, `unlinkat`),
//! so that whatever is put in the place of a folder meanwhile, nothing outside is reached.

#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod here;
#[cfg(unix)]
#[path = "unix.rs"]
mod here;

pub use here::Rooted;

use std::io;

/// What is at a path that was looked at without following links.
#[derive(Debug)]
pub enum Opened {
    /// Nothing.
    Nothing,
    /// A file of this many bytes.
    File(u64),
    /// A folder.
    Folder(Rooted),
    /// A link stands at this path, from the base on; where it leads to was not looked at.
    Link(Vec<u8>),
    /// Neither a file nor a folder.
    Other,
}

/// What something below a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link, wherever it leads.
    Link,
    /// A folder on which something else is mounted: what is in it was not looked at.
    Mounted,
    /// A device, a pipe, a socket.
    Other,
}

/// Something below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path from the folder, with `/` between the parts.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: ListedKind,
    /// How many bytes it holds; 0 for all but files.
    pub size: u64,
    /// What tells it from everything else on the machine: its file system and its number there.
    pub identity: (u64, u64),
    /// How many names it has.
    pub links: u64,
}

/// All that is below a folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// What is there, sorted by the bytes of the paths.
    pub entries: Vec<Listed>,
    /// What could not be looked into, by its path.
    pub failures: Vec<(Vec<u8>, io::Error)>,
}

/// Why something was not removed.
#[derive(Debug, thiserror::Error)]
pub enum NotRemoved {
    /// Something else is there now than when it was listed, or on the way to it.
    #[error("something else is there than when it was listed")]
    Changed,
    /// The operating system refused.
    #[error(transparent)]
    Refused(#[from] io::Error),
}
