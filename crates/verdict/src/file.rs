//! A file of the repository, as gates take it that judge files themselves.

/// A file of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// Its path from the repository's root.
    pub path: &'a [u8],
    /// What it holds.
    pub bytes: &'a [u8],
}
