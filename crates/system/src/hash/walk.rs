//! The walk: which files patterns mean, in the order of `@actions/glob`, or in that of their paths.
//!
//! Sources: `internal-globber.js` of `@actions/glob` 0.7.0; libuv's `uv_fs_scandir`, which sorts names by
//! their bytes, so that the order of node's `readdir` is not that of the disk.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use repo_model::hash_files::{HashPatterns, Position};

use super::{HashRequest, HashStyle};
use crate::DiskFailure;

/// A file that counts.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) path: PathBuf,
    pub(super) what: What,
}

/// What is hashed of it.
#[derive(Debug)]
pub(super) enum What {
    /// Its contents.
    File,
    /// Nothing: it leads to `/dev/null`.
    Nothing,
    /// What this link names.
    Link(Vec<u8>),
}

/// What a name in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Folder,
    File,
    Link,
    Other,
    /// What the name is that JavaScript has for one that is no UTF-8.
    Renamed,
}

impl Kind {
    fn of(kind: FileType) -> Self {
        if kind.is_dir() {
            Self::Folder
        } else if kind.is_file() {
            Self::File
        } else if kind.is_symlink() {
            Self::Link
        } else {
            Self::Other
        }
    }
}

/// A folder that is being walked through.
struct Frame {
    path: PathBuf,
    position: Position,
    /// Its path without links, as JavaScript has it, where links are followed.
    real: Option<String>,
    rest: std::vec::IntoIter<(OsString, Kind)>,
}

/// What is to be done about a path.
enum Next {
    Leave,
    Hash(What),
    Enter { real: Option<String> },
}

/// Gives every file that counts to `found`.
pub(super) fn walk(
    request: &HashRequest<'_>,
    found: &mut dyn FnMut(Job),
) -> Result<(), DiskFailure> {
    let walk = Walk { request, patterns: request.patterns };
    let paths = request.patterns.search_paths();
    match request.style {
        HashStyle::HashFiles => {
            for path in paths.iter().filter(|path| walk.may_be_at_top(path)) {
                walk.from(path, found)?;
            }
            Ok(())
        }
        // One walk is in one order, however many patterns there are.
        HashStyle::Names if paths.is_empty() => Ok(()),
        HashStyle::Names => walk.from(request.top, found),
    }
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    request: &'a HashRequest<'a>,
    patterns: &'a HashPatterns,
}

impl Walk<'_> {
    /// Whether a path lies below the top, or the top below it. The others are not walked through: none of
    /// their files count.
    fn may_be_at_top(&self, path: &str) -> bool {
        let is_below = |path: &str, above: &str| {
            path.strip_prefix(above)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || above == "/")
        };
        is_below(path, self.request.top) || is_below(self.request.top, path)
    }

    /// Whether a file counts as far as its place goes.
    fn is_below_top(&self, path: &Path) -> bool {
        let below = path.as_os_str().as_encoded_bytes().strip_prefix(self.request.top.as_bytes());
        below.is_some_and(|below| below.starts_with(b"/"))
    }

    fn from(&self, path: &str, found: &mut dyn FnMut(Job)) -> Result<(), DiskFailure> {
        let kind = match fs::symlink_metadata(path) {
            Ok(metadata) => Kind::of(metadata.file_type()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(DiskFailure::new("searching", Path::new(path), error)),
        };
        let mut frames: Vec<Frame> = Vec::new();
        let mut next = self.patterns.at(path);
        self.visit(PathBuf::from(path), kind, &mut next, &mut frames, found)?;
        while let Some(frame) = frames.last_mut() {
            let Some((name, kind)) = frame.rest.next() else {
                frames.pop();
                continue;
            };
            self.patterns.below(&frame.position, &name.to_string_lossy(), &mut next);
            if !self.patterns.goes_on(&next) {
                continue;
            }
            let path = frame.path.join(name);
            self.visit(path, kind, &mut next, &mut frames, found)?;
        }
        Ok(())
    }

    fn visit(
        &self,
        path: PathBuf,
        kind: Kind,
        position: &mut Position,
        frames: &mut Vec<Frame>,
        found: &mut dyn FnMut(Job),
    ) -> Result<(), DiskFailure> {
        if !self.patterns.goes_on(position) {
            return Ok(());
        }
        match self.next(&path, kind, self.patterns.takes(position), frames)? {
            Next::Leave => {}
            Next::Hash(what) => {
                if self.is_below_top(&path) {
                    found(Job { path, what });
                }
            }
            Next::Enter { real } => {
                if path.to_str().is_none_or(|path| self.may_be_at_top(path)) {
                    let rest = self.names(&path)?.into_iter();
                    frames.push(Frame { path, position: std::mem::take(position), real, rest });
                }
            }
        }
        Ok(())
    }

    /// What to do about what is at a path. `is_taken` says whether it counts if it is a file.
    fn next(
        &self,
        path: &Path,
        kind: Kind,
        is_taken: bool,
        frames: &[Frame],
    ) -> Result<Next, DiskFailure> {
        let failure = |error| DiskFailure::new("reading", path, error);
        let follows = self.request.follows_links;
        match kind {
            Kind::Folder => self.entered(path, false, frames),
            Kind::File if is_taken => Ok(Next::Hash(What::File)),
            Kind::File => Ok(Next::Leave),
            Kind::Other => special(path, is_taken),
            Kind::Renamed => match fs::symlink_metadata(path) {
                Ok(metadata) => self.next(path, Kind::of(metadata.file_type()), is_taken, frames),
                Err(error) if follows && error.kind() == ErrorKind::NotFound => Ok(Next::Leave),
                Err(error) => Err(failure(error)),
            },
            Kind::Link if follows => match fs::metadata(path) {
                Ok(metadata) => match Kind::of(metadata.file_type()) {
                    Kind::Folder => self.entered(path, true, frames),
                    Kind::File if is_taken => Ok(Next::Hash(What::File)),
                    Kind::File => Ok(Next::Leave),
                    Kind::Link | Kind::Other | Kind::Renamed => special(path, is_taken),
                },
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Next::Leave),
                Err(error) => Err(failure(error)),
            },
            Kind::Link if !is_taken => Ok(Next::Leave),
            Kind::Link => match self.request.style {
                HashStyle::HashFiles => {
                    match Kind::of(fs::metadata(path).map_err(failure)?.file_type()) {
                        Kind::Folder => Ok(Next::Leave),
                        Kind::File => Ok(Next::Hash(What::File)),
                        Kind::Link | Kind::Other | Kind::Renamed => special(path, is_taken),
                    }
                }
                HashStyle::Names => {
                    let target = fs::read_link(path).map_err(failure)?;
                    Ok(Next::Hash(What::Link(target.into_os_string().into_encoded_bytes())))
                }
            },
        }
    }

    /// A folder that is entered, unless it is one of those around it.
    fn entered(&self, path: &Path, is_link: bool, frames: &[Frame]) -> Result<Next, DiskFailure> {
        if !self.request.follows_links {
            return Ok(Next::Enter { real: None });
        }
        let around = frames.last().and_then(|frame| frame.real.as_deref());
        let real = match (around, path.file_name()) {
            (Some(around), Some(name)) if !is_link => {
                let separator = if around == "/" { "" } else { "/" };
                format!("{around}{separator}{}", name.to_string_lossy())
            }
            _ => {
                let real = fs::canonicalize(path)
                    .map_err(|error| DiskFailure::new("searching", path, error))?;
                real.to_string_lossy().into_owned()
            }
        };
        let is_around = frames.iter().any(|frame| frame.real.as_ref() == Some(&real));
        Ok(if is_around { Next::Leave } else { Next::Enter { real: Some(real) } })
    }

    /// The names in a folder, in order, with what they are.
    fn names(&self, path: &Path) -> Result<Vec<(OsString, Kind)>, DiskFailure> {
        let failure = |error| DiskFailure::new("searching", path, error);
        let mut names = Vec::new();
        #[expect(clippy::disallowed_methods, reason = "this is system, and the order is made here")]
        let entries = fs::read_dir(path).map_err(failure)?;
        for entry in entries {
            let entry = entry.map_err(failure)?;
            let kind = Kind::of(entry.file_type().map_err(failure)?);
            names.push((entry.file_name(), kind));
        }
        match self.request.style {
            HashStyle::HashFiles => {
                names.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
                names.iter_mut().for_each(as_javascript_has_it);
            }
            HashStyle::Names => {
                names.retain(|(name, _)| name != ".git");
                names.sort_unstable_by(by_path);
            }
        }
        Ok(names)
    }
}

/// JavaScript has U+FFFD for each byte that is no UTF-8: another name, that of nothing most of the time.
fn as_javascript_has_it((name, kind): &mut (OsString, Kind)) {
    if name.to_str().is_none() {
        *name = OsString::from(name.to_string_lossy().into_owned());
        *kind = Kind::Renamed;
    }
}

/// A device, a pipe or a socket: nothing if it does not count, and refused if it does, because reading it
/// might never end. `/dev/null` is empty.
fn special(path: &Path, is_taken: bool) -> Result<Next, DiskFailure> {
    if !is_taken {
        return Ok(Next::Leave);
    }
    if fs::canonicalize(path).is_ok_and(|real| real == Path::new("/dev/null")) {
        return Ok(Next::Hash(What::Nothing));
    }
    let error = io::Error::new(ErrorKind::InvalidInput, "it is neither a file nor a folder");
    Err(DiskFailure::new("reading", path, error))
}

/// The order of whole paths by their bytes: what lies in the folder `a` comes behind `a-b`, as in git.
fn by_path((one, kind): &(OsString, Kind), (other, other_kind): &(OsString, Kind)) -> Ordering {
    let bytes = |name: &OsString, kind: Kind| {
        let end = if kind == Kind::Folder { &b"/"[..] } else { b"" };
        name.as_encoded_bytes().iter().chain(end).copied().collect::<Vec<u8>>()
    };
    let (first, second) = (one.as_encoded_bytes(), other.as_encoded_bytes());
    let common = first.iter().zip(second).take_while(|(one, other)| one == other).count();
    if common < first.len() && common < second.len() {
        return first.cmp(second);
    }
    bytes(one, *kind).cmp(&bytes(other, *other_kind))
}
