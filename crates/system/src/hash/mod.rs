//! One SHA-256 over many files, whose names patterns say: as GitHub's `hashFiles()` makes it, or as it had
//! better be made.
//!
//! One thread walks, and all hash what it finds; what is told is put together in the order in which it was
//! found, so that nothing depends on their number. Memory is bounded: large files pass through a buffer, and
//! the walk waits, by hashing itself, where it is far ahead.

mod content;
mod ordered;
mod walk;

use std::num::NonZeroUsize;
use std::path::Path;

use repo_model::hash_files::HashPatterns;
use sha2::{Digest as _, Sha256};

use crate::DiskFailure;
use content::Buffer;
use walk::{Job, What};

/// How the hash of many files is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashStyle {
    /// As GitHub's `hashFiles()` does: SHA-256 over the SHA-256 of each file, in the order of the walk.
    /// Names do not count, lines end as they end on this disk, `.git` is a folder as any other.
    HashFiles,
    /// Names count, in the order of their bytes; in text `CR LF` is `LF`; a link counts as what it
    /// names; `.git` is left out. SHA-256 over [`HEADER`], and for each file the length of its path below the
    /// top in 8 bytes, the greatest first, the path with `/`, the byte `f` for a file or `l` for a link,
    /// and the SHA-256 of the contents or of what the link names.
    Names,
}

/// What the input of [`HashStyle::Names`] begins with: another way to hash gets another version.
pub const HEADER: &[u8] = b"signalbox hash v1\n";

/// How lines end in what is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lines {
    /// As on this disk.
    AsTheyAre,
    /// With `LF` where there is `CR LF`, in what git takes for text.
    Unix,
}

/// What is to be hashed, and how.
#[derive(Clone, Copy, Debug)]
pub struct HashRequest<'a> {
    /// Which files.
    pub patterns: &'a HashPatterns,
    /// The folder below which files count: an absolute path without links.
    pub top: &'a str,
    /// Whether links are followed; one that leads nowhere is then left out, where otherwise it is an
    /// error to mean it.
    pub follows_links: bool,
    /// How.
    pub style: HashStyle,
    /// How many threads hash; without it as many as the machine has for this process. The result does
    /// not depend on it.
    pub threads: Option<NonZeroUsize>,
}

/// The hash of many files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// The SHA-256; none if there is no file.
    pub digest: Option<[u8; 32]>,
    /// How many files there are.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
}

/// Hashes the files that patterns mean.
///
/// # Errors
/// When something that the patterns lead to cannot be read, or is neither a file nor a folder. The
/// first of the walk is told.
pub fn hash_files(request: &HashRequest<'_>) -> Result<Hashed, DiskFailure> {
    let mut sha = Sha256::new();
    if request.style == HashStyle::Names {
        sha.update(HEADER);
    }
    let (mut files, mut bytes) = (0, 0);
    let lines = match request.style {
        HashStyle::HashFiles => Lines::AsTheyAre,
        HashStyle::Names => Lines::Unix,
    };
    ordered::ordered(
        request.threads.unwrap_or_else(threads),
        |found| walk::walk(request, found),
        || Buffer::new(lines),
        |buffer, job: Job| {
            let (digest, length) = match &job.what {
                What::File => buffer.digest(&job.path)?,
                What::Nothing => (Sha256::digest(b"").into(), 0),
                What::Link(target) => (Sha256::digest(target).into(), 0),
            };
            Ok((job, digest, length))
        },
        |(job, digest, length): (Job, [u8; 32], u64)| {
            files += 1;
            bytes += length;
            if request.style == HashStyle::Names {
                let shown = shown(&job.path, request.top);
                sha.update(u64::try_from(shown.len()).unwrap_or(u64::MAX).to_be_bytes());
                sha.update(shown);
                sha.update(match job.what {
                    What::File | What::Nothing => b"f",
                    What::Link(_) => b"l",
                });
            }
            sha.update(digest);
        },
    )?;
    Ok(Hashed { digest: (files > 0).then(|| sha.finalize().into()), files, bytes })
}

/// A path below the top, as its bytes.
fn shown<'a>(path: &'a Path, top: &str) -> &'a [u8] {
    let bytes = path.as_os_str().as_encoded_bytes();
    let below = bytes.strip_prefix(top.as_bytes()).unwrap_or(bytes);
    below.strip_prefix(b"/").unwrap_or(below)
}

#[expect(clippy::disallowed_methods, reason = "the result does not depend on it")]
fn threads() -> NonZeroUsize {
    // More would wait for the same disk.
    let most = NonZeroUsize::MIN.saturating_add(15);
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).min(most)
}
