//! The body for systems that look names up in an opened folder.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat, unlinkat};
use rustix::io::Errno;

use super::{Listed, ListedKind, Listing, NotRemoved, Opened};
use crate::DiskFailure;

/// A folder, without following a link in its place.
const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// The most folders in one another that are listed: no build makes more, and a path stays short.
const DEEPEST: usize = 200;

/// A folder that is never left.
#[derive(Debug)]
pub struct Rooted {
    folder: OwnedFd,
    mount: Mount,
}

/// Folders that are still to be listed, each with the open one above it. No more are open at once than lie
/// in one another.
type Waiting = Vec<(Vec<u8>, Option<Rc<OwnedFd>>)>;

/// What is mounted where: another one begins where this changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mount {
    device: u64,
    id: Option<u64>,
}

impl Rooted {
    /// What is at `below`, from the folder `base` on. Links count only up to `base`.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn open(base: &Path, below: &[u8]) -> Result<Opened, DiskFailure> {
        let failure = |errno: Errno| {
            let path: PathBuf = base.join(OsStr::from_bytes(below));
            DiskFailure::new("searching", &path, errno.into())
        };
        let beginning = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut folder = match openat(rustix::fs::CWD, base, beginning, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Opened::Nothing),
            Err(errno) => return Err(failure(errno)),
        };
        let mut parts = parts(below).peekable();
        let mut so_far: Vec<u8> = Vec::new();
        while let Some(part) = parts.next() {
            if !so_far.is_empty() {
                so_far.push(b'/');
            }
            so_far.extend_from_slice(part);
            let stat = match statat(&folder, part, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Opened::Nothing),
                Err(errno) => return Err(failure(errno)),
            };
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => {}
                FileType::Symlink => return Ok(Opened::Link(so_far)),
                _ if parts.peek().is_some() => return Ok(Opened::Nothing),
                FileType::RegularFile => return Ok(Opened::File(wide(stat.st_size))),
                FileType::Fifo
                | FileType::Socket
                | FileType::CharacterDevice
                | FileType::BlockDevice
                | FileType::Unknown => return Ok(Opened::Other),
            }
            folder = openat(&folder, part, FOLDER, Mode::empty()).map_err(failure)?;
        }
        let mount = mount(folder.as_fd()).map_err(failure)?;
        Ok(Opened::Folder(Self { folder, mount }))
    }

    /// All that is below it.
    pub fn list(&self) -> Listing {
        let mut listing = Listing::default();
        let mut rest: Waiting = vec![(Vec::new(), None)];
        while let Some((path, above)) = rest.pop() {
            let listed = self.list_one(&path, above.as_deref(), &mut listing.entries, &mut rest);
            if let Err(errno) = listed {
                listing.failures.push((path, errno.into()));
            }
        }
        listing.entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        listing.failures.sort_by(|one, other| one.0.cmp(&other.0));
        listing
    }

    fn list_one(
        &self,
        path: &[u8],
        above: Option<&OwnedFd>,
        entries: &mut Vec<Listed>,
        rest: &mut Waiting,
    ) -> Result<(), Errno> {
        if parts(path).count() > DEEPEST {
            return Err(Errno::NAMETOOLONG);
        }
        let folder = match above {
            None => self.folder(path)?,
            Some(above) => openat(above, split(path).1, FOLDER, Mode::empty())?,
        };
        let folder = Rc::new(folder);
        if mount(folder.as_fd())? != self.mount {
            // Only what is in it is left out: it was listed as a folder by the one above it.
            let listed = entries.iter_mut().rev().find(|it| it.path == path);
            if let Some(listed) = listed {
                listed.kind = ListedKind::Mounted;
            }
            return Ok(());
        }
        for entry in Dir::read_from(&*folder)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let stat = match statat(&*folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                // What went away since is not there.
                Err(Errno::NOENT) => continue,
                Err(errno) => return Err(errno),
            };
            let separator: &[u8] = if path.is_empty() { b"" } else { b"/" };
            let mut listed = listed([path, separator, name].concat(), &stat);
            match listed.kind {
                ListedKind::Folder => rest.push((listed.path.clone(), Some(Rc::clone(&folder)))),
                // One file may be mounted over another as well.
                ListedKind::File if listed.identity.0 != self.mount.device => {
                    listed.kind = ListedKind::Other;
                }
                ListedKind::File | ListedKind::Link | ListedKind::Mounted | ListedKind::Other => {}
            }
            entries.push(listed);
        }
        Ok(())
    }

    /// The first bytes of a file below it, at most `most`.
    ///
    /// # Errors
    /// When it is no file, a link is on the way to it, or it cannot be read.
    pub fn beginning(&self, path: &[u8], most: u64) -> io::Result<Vec<u8>> {
        let (parent, name) = split(path);
        let folder = self.inside(parent)?;
        // A pipe would wait for whoever writes to it.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = File::from(openat(&folder, name, flags, Mode::empty())?);
        if !file.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Removes what was listed: a file, a link, or a folder that is empty by now.
    ///
    /// # Errors
    /// When something else is there, or the operating system refuses.
    pub fn remove(&self, wanted: &Listed) -> Result<(), NotRemoved> {
        let (parent, name) = split(&wanted.path);
        let folder = match self.inside(parent) {
            Ok(folder) => folder,
            Err(Errno::NOTDIR | Errno::LOOP | Errno::NOENT | Errno::XDEV) => {
                return Err(NotRemoved::Changed);
            }
            Err(errno) => return Err(NotRemoved::Refused(errno.into())),
        };
        let there = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => listed(wanted.path.clone(), &stat),
            Err(Errno::NOENT) => return Err(NotRemoved::Changed),
            Err(errno) => return Err(NotRemoved::Refused(errno.into())),
        };
        let is_it = there.kind == wanted.kind && there.identity == wanted.identity;
        let flags = match wanted.kind {
            ListedKind::Folder => AtFlags::REMOVEDIR,
            ListedKind::File | ListedKind::Link => AtFlags::empty(),
            ListedKind::Mounted | ListedKind::Other => return Err(NotRemoved::Changed),
        };
        if !is_it || name.is_empty() {
            return Err(NotRemoved::Changed);
        }
        unlinkat(&folder, name, flags).map_err(|errno| NotRemoved::Refused(errno.into()))
    }

    /// The folder at `path`, no link on the way.
    fn folder(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let mut folder = openat(&self.folder, ".", FOLDER, Mode::empty())?;
        for part in parts(path) {
            folder = openat(&folder, part, FOLDER, Mode::empty())?;
        }
        Ok(folder)
    }

    /// The same, and nothing else is mounted there.
    fn inside(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let folder = self.folder(path)?;
        if mount(folder.as_fd())? == self.mount { Ok(folder) } else { Err(Errno::XDEV) }
    }
}

/// The parts of a path that lead downwards; `..` never comes from a listing, and leads nowhere here.
fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"." | b".."))
}

/// The folder and the name of a path.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let at = path.iter().rposition(|byte| *byte == b'/');
    at.and_then(|at| Some((path.get(..at)?, path.get(at.saturating_add(1)..)?)))
        .unwrap_or((&[], path))
}

fn listed(path: Vec<u8>, stat: &Stat) -> Listed {
    let kind = kind(stat);
    let size = if kind == ListedKind::File { wide(stat.st_size) } else { 0 };
    let identity = (wide(stat.st_dev), wide(stat.st_ino));
    Listed { path, kind, size, identity, links: wide(stat.st_nlink) }
}

fn kind(stat: &Stat) -> ListedKind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => ListedKind::File,
        FileType::Directory => ListedKind::Folder,
        FileType::Symlink => ListedKind::Link,
        FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => ListedKind::Other,
    }
}

/// The numbers of [`Stat`] have other types on every system.
fn wide<T: TryInto<u64>>(number: T) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

/// What a folder is mounted from. A bind mount has the file system of where it comes from; Linux tells
/// them apart since 5.8 (statx(2), `stx_mnt_id`).
fn mount(folder: BorrowedFd<'_>) -> Result<Mount, Errno> {
    let device = wide(fstat(folder)?.st_dev);
    Ok(Mount { device, id: mount_id(folder) })
}

#[cfg(target_os = "linux")]
fn mount_id(folder: BorrowedFd<'_>) -> Option<u64> {
    use rustix::fs::{StatxFlags, statx};
    let said = statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    (said.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(said.stx_mnt_id)
}

#[cfg(not(target_os = "linux"))]
fn mount_id(_: BorrowedFd<'_>) -> Option<u64> {
    None
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "what is listed has to be made first")]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use testkit::Scratch;

    use super::ListedKind::{File, Folder, Link};
    use super::*;

    fn rooted(base: &Path, below: &str) -> Rooted {
        match Rooted::open(base, below.as_bytes()).unwrap() {
            Opened::Folder(folder) => folder,
            other @ (Opened::Nothing | Opened::File(_) | Opened::Link(_) | Opened::Other) => {
                panic!("{other:?}")
            }
        }
    }

    fn of(listing: &Listing, path: &str) -> Listed {
        let found = listing.entries.iter().find(|it| it.path == path.as_bytes());
        found.unwrap_or_else(|| panic!("no {path} in {listing:?}")).clone()
    }

    #[test]
    fn all_that_is_below_is_listed_and_no_link_is_followed() {
        let scratch = Scratch::new();
        scratch.write("outside/x", "outside");
        scratch.write("in/a/b", "12345");
        scratch.write("in/line\nbreak", "");
        fs::write(scratch.at("in").join(OsStr::from_bytes(b"\xff")), "1").unwrap();
        symlink("..", scratch.at("in/loop")).unwrap();
        symlink("/", scratch.at("in/a/root")).unwrap();
        symlink("nowhere", scratch.at("in/dangling")).unwrap();
        fs::hard_link(scratch.at("in/a/b"), scratch.at("in/c")).unwrap();
        let listing = rooted(scratch.path(), "in").list();
        assert!(listing.failures.is_empty());
        let told: Vec<(String, ListedKind, u64)> = listing
            .entries
            .iter()
            .map(|it| (String::from_utf8_lossy(&it.path).into_owned(), it.kind, it.size))
            .collect();
        assert_eq!(
            told,
            [
                ("a".to_owned(), Folder, 0),
                ("a/b".to_owned(), File, 5),
                ("a/root".to_owned(), Link, 0),
                ("c".to_owned(), File, 5),
                ("dangling".to_owned(), Link, 0),
                ("line\nbreak".to_owned(), File, 0),
                ("loop".to_owned(), Link, 0),
                ("\u{fffd}".to_owned(), File, 1),
            ]
        );
        assert_eq!(of(&listing, "a/b").identity, of(&listing, "c").identity);
        assert_eq!(of(&listing, "c").links, 2);
    }

    #[test]
    fn a_link_from_the_base_on_is_told_and_not_opened() {
        let scratch = Scratch::new();
        scratch.write("real/target/x", "1");
        symlink("real", scratch.at("linked")).unwrap();
        symlink("real/target", scratch.at("target")).unwrap();
        let open = |below: &str| Rooted::open(scratch.path(), below.as_bytes()).unwrap();
        assert!(matches!(open("target"), Opened::Link(path) if path == b"target"));
        assert!(matches!(open("linked/target"), Opened::Link(path) if path == b"linked"));
        assert!(matches!(open("real/target/x"), Opened::File(1)));
        assert!(matches!(open("real/none"), Opened::Nothing));
        assert!(matches!(open("real/target/x/y"), Opened::Nothing));
        // The base itself may be reached through links, as `/home` may.
        assert!(matches!(
            Rooted::open(&scratch.at("linked"), b"target").unwrap(),
            Opened::Folder(_)
        ));
    }

    #[test]
    fn what_was_listed_is_removed_and_nothing_else() {
        let scratch = Scratch::new();
        scratch.write("in/a/b", "1");
        scratch.write("in/keep", "1");
        scratch.write("outside", "1");
        symlink("../outside", scratch.at("in/link")).unwrap();
        let folder = rooted(scratch.path(), "in");
        let listing = folder.list();
        let refused = folder.remove(&of(&listing, "a")).unwrap_err();
        assert!(matches!(refused, NotRemoved::Refused(_)), "{refused:?}");
        for path in ["a/b", "a", "link"] {
            folder.remove(&of(&listing, path)).unwrap();
        }
        assert!(matches!(folder.remove(&of(&listing, "a/b")), Err(NotRemoved::Changed)));
        assert_eq!(scratch.files(), ["in/keep", "outside"]);
    }

    #[test]
    fn what_was_put_in_the_place_of_what_was_listed_stays() {
        let scratch = Scratch::new();
        scratch.write("in/a/b", "1");
        scratch.write("in/c", "1");
        scratch.write("precious/b", "precious");
        let folder = rooted(scratch.path(), "in");
        let listing = folder.list();
        // A folder becomes a link to another with a file of that name, a file becomes another.
        fs::rename(scratch.at("in/a"), scratch.at("moved")).unwrap();
        symlink(scratch.at("precious"), scratch.at("in/a")).unwrap();
        scratch.write("in/new", "2");
        fs::rename(scratch.at("in/new"), scratch.at("in/c")).unwrap();
        for path in ["a/b", "c", "a"] {
            let refused = folder.remove(&of(&listing, path)).unwrap_err();
            assert!(matches!(refused, NotRemoved::Changed), "{path}: {refused:?}");
        }
        assert_eq!(folder.beginning(b"a/b", 9).unwrap_err().kind(), io::ErrorKind::NotADirectory);
        assert_eq!(scratch.files(), ["in/a", "in/c", "moved/b", "precious/b"]);
        assert_eq!(scratch.read("precious/b"), b"precious");
    }

    #[test]
    fn a_path_never_leads_upwards() {
        let scratch = Scratch::new();
        scratch.write("in/a", "1");
        scratch.write("a", "outside");
        let folder = rooted(scratch.path(), "in");
        assert_eq!(folder.beginning(b"../a", 9).unwrap(), b"1");
        let mut wanted = of(&folder.list(), "a");
        wanted.path = b"../../a".to_vec();
        folder.remove(&wanted).unwrap();
        assert_eq!(scratch.files(), ["a"]);
    }

    #[test]
    fn a_pipe_and_a_socket_are_neither_read_nor_removed() {
        let scratch = Scratch::new();
        let _listening = std::os::unix::net::UnixListener::bind(scratch.at("s")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, scratch.at("p"), Mode::RWXU).unwrap();
        let folder = rooted(scratch.path(), "");
        let listing = folder.list();
        for path in ["s", "p"] {
            assert_eq!(of(&listing, path).kind, ListedKind::Other);
            assert!(folder.remove(&of(&listing, path)).is_err());
            assert!(folder.beginning(path.as_bytes(), 9).is_err());
        }
        assert!(scratch.has("s") && scratch.has("p"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_is_entered_that_is_mounted_below() {
        // `/proc/sys/fs/binfmt_misc` may be another mount; `/dev` holds several, and nothing is removed.
        let folder = rooted(Path::new("/"), "dev");
        let listing = folder.list();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mounts: Vec<&str> = mounts.lines().filter_map(|line| line.split(' ').nth(4)).collect();
        for mounted in ["pts", "shm"] {
            if !mounts.contains(&format!("/dev/{mounted}").as_str()) {
                continue;
            }
            assert_eq!(of(&listing, mounted).kind, ListedKind::Mounted);
            let inside = format!("{mounted}/");
            assert!(!listing.entries.iter().any(|it| it.path.starts_with(inside.as_bytes())));
            assert!(matches!(folder.remove(&of(&listing, mounted)), Err(NotRemoved::Changed)));
        }
    }
}
