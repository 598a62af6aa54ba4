//! Where something is: a file, and as much of line and column as is known.

use crate::Foreign;

/// A place in a file. Lines and columns count from 1; a column counts characters, not bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it, or relative to the repository root.
    pub file: Foreign,
    /// The line, if one can be named.
    pub line: Option<u64>,
    /// The column in that line, if one can be named.
    pub column: Option<u64>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<Foreign>) -> Self {
        Self { file: file.into(), line: None, column: None }
    }

    /// A line and column of a file.
    pub fn at(file: impl Into<Foreign>, line: u64, column: u64) -> Self {
        Self { file: file.into(), line: Some(line), column: Some(column) }
    }
}

/// The line and column, both from 1, of the byte at `offset` in `bytes`.
///
/// An offset past the end means the end. A column counts characters; a byte that is not UTF-8
/// counts as one.
pub fn position(bytes: &[u8], offset: usize) -> (u64, u64) {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = before.split(|byte| *byte == b'\n').count() - 1;
    let in_line = before.get(line_start..).unwrap_or_default();
    let columns = bstr::ByteSlice::chars(in_line).count();
    (counted(lines), counted(columns))
}

/// The byte at a line and column as `serde_json` counts them: lines from 1, columns in bytes from 1.
/// A place past the end means the end.
pub fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before = bytes.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let start: usize = before.map(<[u8]>::len).sum();
    (start + column.saturating_sub(1)).min(bytes.len())
}

/// `zero_based` as a number that counts from 1.
fn counted(zero_based: usize) -> u64 {
    u64::try_from(zero_based).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], offset: usize, wanted: (u64, u64)) {
        assert_eq!(position(bytes, offset), wanted);
    }

    #[test]
    fn an_offset_is_found_again() {
        assert_eq!(offset(b"ab\ncd", 1, 1), 0);
        assert_eq!(offset(b"ab\ncd", 2, 2), 4);
        assert_eq!(offset(b"ab\ncd", 2, 0), 3);
        assert_eq!(offset(b"ab\ncd", 9, 9), 5);
    }

    #[test]
    fn positions_count_from_one_and_by_character() {
        check(b"", 0, (1, 1));
        check(b"ab\ncd", 0, (1, 1));
        check(b"ab\ncd", 2, (1, 3));
        check(b"ab\ncd", 3, (2, 1));
        check("ä\näx".as_bytes(), 5, (2, 2));
        check(b"\xff\xffx", 2, (1, 3));
        check(b"ab\n", 99, (2, 1));
    }
}
