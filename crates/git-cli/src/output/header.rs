//! The line with which `git cat-file --batch` begins each answer.
//!
//! Source: git-cat-file(1), "BATCH OUTPUT": `<name> <type> <size>`, or, where there is no such object,
//! what was asked and the word `missing` or `ambiguous`.

use bstr::ByteSlice as _;
use repo_model::ObjectId;

use super::Malformed;

/// What an object is (gitglossary, "object type").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// The contents of a file, or where a link leads.
    Blob,
    /// A commit.
    Commit,
    /// A tag with a message.
    Tag,
    /// A folder.
    Tree,
}

/// What the line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// There is no such object here.
    Missing,
    /// The object, whose contents follow, and a line break after them.
    Found {
        /// Its name.
        id: ObjectId,
        /// What it is.
        kind: ObjectKind,
        /// How many bytes follow.
        size: u64,
    },
}

/// Reads the line, without its line break.
///
/// # Errors
/// When it is no such line.
pub fn header(line: &[u8]) -> Result<Header, Malformed> {
    let wrong = |expected| Malformed { at: 0, expected };
    let (before, last) = line.rsplit_once_str(b" ").ok_or(wrong("an object's name and more"))?;
    // `submodule` is what newer versions say of a commit of another repository.
    if matches!(last, b"missing" | b"ambiguous" | b"submodule") {
        return Ok(Header::Missing);
    }
    let (digits, kind) = before.split_once_str(b" ").ok_or(wrong("a type and a size"))?;
    let kind = match kind {
        b"blob" => ObjectKind::Blob,
        b"commit" => ObjectKind::Commit,
        b"tag" => ObjectKind::Tag,
        b"tree" => ObjectKind::Tree,
        _ => return Err(wrong("a type")),
    };
    let id = ObjectId::from_digits(digits).map_err(|_| wrong("an object's name"))?;
    let size = last.to_str().ok().and_then(|digits| digits.parse().ok()).ok_or(wrong("a size"))?;
    Ok(Header::Found { id, kind, size })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_object_is_there_or_missing() {
        let id = "1111111111111111111111111111111111111111";
        let found = header(format!("{id} blob 12").as_bytes()).unwrap();
        let wanted = Header::Found { id: id.parse().unwrap(), kind: ObjectKind::Blob, size: 12 };
        assert_eq!(found, wanted);
        assert_eq!(header(format!("{id}^{{commit}} missing").as_bytes()), Ok(Header::Missing));
        for wrong in ["", "missing", "blob 12", "x blob 12", &format!("{id} blob -1"), id] {
            assert!(header(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = header(&line);
        }
    }
}
