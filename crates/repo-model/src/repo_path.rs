//! A path inside a repository: bytes, `/` between parts, relative to the root.

use bstr::{BString, ByteSlice as _};

/// A normalised path below the repository's root: no leading `/`, no empty part, no `.` or `..`.
/// Its bytes need not be UTF-8, because file names need not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(BString);

/// Why bytes are not a [`RepoPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARepoPath {
    /// Nothing is left after normalising.
    #[error("an empty path")]
    Empty,
    /// It names something above the root.
    #[error("a path that leaves the repository")]
    Outside,
    /// No file name holds a NUL.
    #[error("a path with a NUL byte")]
    Nul,
}

impl RepoPath {
    /// Normalises what a tool wrote: `\` as `/`, `./` and doubled `/` left out, `..` resolved, a
    /// leading `/` taken as the root of the repository (Knapsack's reports
    /// have been seen with each of the three).
    ///
    /// # Errors
    /// When nothing is left, it leaves the repository, or it holds a NUL.
    pub fn normalized(bytes: &[u8]) -> Result<Self, NotARepoPath> {
        if bytes.contains(&0) {
            return Err(NotARepoPath::Nul);
        }
        let mut parts: Vec<&[u8]> = Vec::new();
        for part in bytes.split(|byte| matches!(byte, b'/' | b'\\')) {
            match part {
                b"" | b"." => {}
                b".." => {
                    parts.pop().ok_or(NotARepoPath::Outside)?;
                }
                name => parts.push(name),
            }
        }
        if parts.is_empty() { Err(NotARepoPath::Empty) } else { Ok(Self(parts.join(&b'/').into())) }
    }

    /// Takes a path as git keeps it: its bytes stay as they are, a `\` is a letter like any other.
    ///
    /// # Errors
    /// When git could not have it: it is empty, holds a NUL, or a part is empty, `.` or `..`.
    pub fn of_git(bytes: &[u8]) -> Result<Self, NotARepoPath> {
        if bytes.is_empty() {
            return Err(NotARepoPath::Empty);
        }
        if bytes.contains(&0) {
            return Err(NotARepoPath::Nul);
        }
        if bytes.split(|byte| *byte == b'/').all(is_name) {
            Ok(Self(bytes.into()))
        } else {
            Err(NotARepoPath::Outside)
        }
    }

    /// Whether these bytes are a normalised path, so that [`RepoPath::normalized`] changes nothing.
    pub fn is_normal(bytes: &[u8]) -> bool {
        !bytes.iter().any(|byte| matches!(byte, 0 | b'\\'))
            && bytes.split(|byte| *byte == b'/').all(is_name)
    }

    /// The bytes of the path.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn is_name(part: &[u8]) -> bool {
    !matches!(part, b"" | b"." | b"..")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], wanted: Result<&[u8], NotARepoPath>) {
        let path = RepoPath::normalized(bytes);
        assert_eq!(path.as_ref().map(RepoPath::as_bytes).map_err(|error| *error), wanted);
    }

    #[test]
    fn spellings_of_one_path_are_one_path() {
        check(b"a/b", Ok(b"a/b"));
        check(b"./a//b/", Ok(b"a/b"));
        check(b"/a/b", Ok(b"a/b"));
        check(b"a\\b", Ok(b"a/b"));
        check(b"a/x/../b", Ok(b"a/b"));
        check(b"a\xff/b\n", Ok(b"a\xff/b\n"));
        check(b"a/../../b", Err(NotARepoPath::Outside));
        check(b"./", Err(NotARepoPath::Empty));
        check(b"", Err(NotARepoPath::Empty));
        check(b"a\0b", Err(NotARepoPath::Nul));
    }

    #[test]
    fn a_path_of_git_is_taken_as_it_is() {
        assert_eq!(RepoPath::of_git(b"a\\b/\n\xff").unwrap().as_bytes(), b"a\\b/\n\xff");
        for wrong in [&b""[..], b"a//b", b"/a", b"a/", b"./a", b"a/..", b"a\0b"] {
            assert!(RepoPath::of_git(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(path) = RepoPath::normalized(&bytes) {
                prop_assert!(RepoPath::is_normal(path.as_bytes()));
                prop_assert_eq!(RepoPath::normalized(path.as_bytes()), Ok(path));
            }
        }

        #[test]
        fn what_normalising_leaves_alone_is_normal(bytes in r"[a./\\x00]{0,8}") {
            let same = RepoPath::normalized(bytes.as_bytes());
            let same = same.is_ok_and(|path| path.as_bytes() == bytes.as_bytes());
            prop_assert_eq!(RepoPath::is_normal(bytes.as_bytes()), same);
        }
    }
}
