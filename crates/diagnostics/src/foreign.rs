//! Bytes that somebody else chose: file names, test names, messages of other tools, branch names.

use std::fmt;
use std::path::Path;

use bstr::{BString, ByteSlice as _};

/// Text from outside. It may hold line breaks, terminal escapes, workflow commands, Markdown,
/// bidirectional controls and bytes that are not UTF-8.
///
/// There is no `Display` on purpose: only `runner-protocol` turns it into output, escaped for the
/// place it goes to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Foreign(BString);

impl Foreign {
    /// Marks `bytes` as somebody else's.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(BString::from(bytes.into()))
    }

    /// A path of this machine, whatever its bytes are.
    pub fn path(path: impl AsRef<Path>) -> Self {
        Self::new(path.as_ref().as_os_str().as_encoded_bytes())
    }

    /// The bytes as they came, for the code that escapes them.
    pub fn raw(&self) -> &[u8] {
        &self.0
    }
}

/// Escaped by [`BString`]'s own rules, so that a failed assertion cannot forge a log line either.
impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Foreign({:?})", self.0.as_bstr())
    }
}

impl From<&str> for Foreign {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&[u8]> for Foreign {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_stays_on_one_line() {
        let foreign = Foreign::new(&b"a\n::error::b\x1b[31m\xff"[..]);
        assert_eq!(format!("{foreign:?}"), r#"Foreign("a\n::error::b\x1b[31m\xff")"#);
    }
}
