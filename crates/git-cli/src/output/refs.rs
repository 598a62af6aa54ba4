//! `git for-each-ref` with `--format=%(objectname) %(objecttype) %(refname)`: branches and tags.
//!
//! The name of a ref holds neither spaces nor line breaks (git-check-ref-format(1)).

use bstr::{BString, ByteSlice as _};
use repo_model::ObjectId;

use super::{Malformed, Reader};

/// A ref and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The ref in full: `refs/heads/main`.
    pub name: BString,
    /// What it names: a commit, or the object of a tag.
    pub id: ObjectId,
    /// Whether that is a commit already.
    pub is_commit: bool,
}

/// Reads the refs, in git's order.
///
/// # Errors
/// When the output was cut off.
pub fn references(output: &[u8]) -> Result<Vec<Reference>, Malformed> {
    let mut found = Vec::new();
    let mut reader = Reader::new(output);
    while !reader.is_done() {
        let id = reader.id(b' ')?;
        let is_commit = reader.until(b' ', "a type")? == b"commit";
        let at = reader.at;
        let name = reader.until(b'\n', "a ref that ends in a line break")?;
        if !name.starts_with_str("refs/") {
            return Err(Malformed { at, expected: "a ref that begins with `refs/`" });
        }
        found.push(Reference { name: name.into(), id, is_commit });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refs_are_read_until_they_are_cut_off() {
        let id = "1111111111111111111111111111111111111111";
        let output = format!("{id} commit refs/heads/-x\n{id} tag refs/tags/v1\n");
        let found = references(output.as_bytes()).unwrap();
        assert_eq!(found[0].name, "refs/heads/-x");
        assert_eq!((found[0].is_commit, found[1].is_commit), (true, false));
        assert!(references(output.trim_end().as_bytes()).is_err());
        assert!(references(format!("{id} commit HEAD\n").as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..99)) {
            let _ = references(&bytes);
        }
    }
}
