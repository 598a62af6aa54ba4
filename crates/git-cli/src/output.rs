//! What git prints, read as bytes: pure functions, one file a command.
//!
//! Git's output is not hostile, but what it quotes is: names hold line breaks, quotes and bytes that
//! are not UTF-8, so everything is read in the form that ends in a NUL. Output that was cut off is no
//! answer: [`Malformed`], never a shorter list.

mod commit;
mod config;
mod entries;
mod header;
mod raw_diff;
mod refs;
mod setup;

pub use commit::{Commit, commit};
pub use config::{Setting, settings};
pub use entries::{Indexed, Listed, index, paths, tree};
pub use header::{Header, ObjectKind, header};
pub use raw_diff::{changes, renames};
pub use refs::{Reference, references};
pub use setup::{Setup, setup};

/// Output of git that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its output cannot be read at byte {at}: expected {expected}")]
pub struct Malformed {
    /// The byte, from 0, at which the trouble begins.
    pub at: usize,
    /// What should stand there, in words.
    pub expected: &'static str,
}

/// Takes output apart from front to back.
struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    fn is_done(&self) -> bool {
        self.at >= self.all.len()
    }

    fn rest(&self) -> &'a [u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    fn wrong<T>(&self, expected: &'static str) -> Result<T, Malformed> {
        Err(Malformed { at: self.at, expected })
    }

    /// Everything before the next `end`, which is taken too.
    fn until(&mut self, end: u8, expected: &'static str) -> Result<&'a [u8], Malformed> {
        let rest = self.rest();
        let Some(length) = bstr::ByteSlice::find_byte(rest, end) else {
            return self.wrong(expected);
        };
        self.at += length + 1;
        Ok(rest.get(..length).unwrap_or_default())
    }

    /// A path of git, which ends in a NUL.
    fn path(&mut self) -> Result<repo_model::RepoPath, Malformed> {
        let start = self.at;
        let bytes = self.until(0, "a path that ends in NUL")?;
        let expected = "a path without `.`, `..` or an empty part";
        repo_model::RepoPath::of_git(bytes).map_err(|_| Malformed { at: start, expected })
    }

    /// The name of an object, up to `end`.
    fn id(&mut self, end: u8) -> Result<repo_model::ObjectId, Malformed> {
        let start = self.at;
        let digits = self.until(end, "the end of an object's name")?;
        let expected = "an object's name";
        repo_model::ObjectId::from_digits(digits).map_err(|_| Malformed { at: start, expected })
    }
}
