//! Lists of items, as discovery tools write them: one a line, NUL-separated, or a JSON array.
//!
//! Which of the three it is shows in the bytes: a list that begins with `["` is JSON (or a cut-off
//! one, which is an error), one with a NUL byte is NUL-separated, everything else is lines.

use bstr::BString;
use serde_json::error::Category;

/// Why bytes are not a list of items, and where that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why} at byte {at}")]
pub struct NotAnItemList {
    /// What is wrong.
    pub why: WhyNotAnItemList,
    /// The byte at which it shows.
    pub at: usize,
}

/// What is wrong with a list of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNotAnItemList {
    /// A byte order mark of UTF-16, as Windows PowerShell's `>` writes.
    #[error("UTF-16 text")]
    Utf16,
    /// A JSON array that ends too early.
    #[error("a JSON array that is cut off")]
    CutOff,
    /// Bytes that are no JSON where JSON was begun.
    #[error("not JSON")]
    NotJson,
    /// An element that is no text.
    #[error("an element that is not a text")]
    NotText,
    /// An element that is an empty text.
    #[error("an element without a name")]
    NoName,
}

/// Reads a list of items: their names in the order of the list, none of them empty.
///
/// # Errors
/// When it is UTF-16, or a JSON array that is cut off or holds something else than texts.
pub fn read_item_list(bytes: &[u8]) -> Result<Vec<BString>, NotAnItemList> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(NotAnItemList { why: WhyNotAnItemList::Utf16, at: 0 });
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if is_json(text) {
        from_json(text, bytes.len() - text.len())
    } else if text.contains(&0) {
        let names = text.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(BString::from).collect())
    } else {
        let lines = text.split(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let names = lines.filter(|line| !line.trim_ascii().is_empty());
        Ok(names.map(BString::from).collect())
    }
}

/// Whether the list begins as an array of texts, or is an empty one.
fn is_json(text: &[u8]) -> bool {
    let Some(rest) = text.trim_ascii_start().strip_prefix(b"[") else { return false };
    matches!(rest.trim_ascii_start().first(), Some(b'"' | b']'))
}

fn from_json(text: &[u8], skipped: usize) -> Result<Vec<BString>, NotAnItemList> {
    let names: Vec<String> = serde_json::from_slice(text).map_err(|error| {
        let near = skipped + offset(text, error.line(), error.column());
        let (why, at) = match error.classify() {
            Category::Eof => (WhyNotAnItemList::CutOff, skipped + text.len()),
            Category::Data => (WhyNotAnItemList::NotText, near),
            Category::Syntax | Category::Io => (WhyNotAnItemList::NotJson, near),
        };
        NotAnItemList { why, at }
    })?;
    if names.iter().any(String::is_empty) {
        return Err(NotAnItemList { why: WhyNotAnItemList::NoName, at: skipped });
    }
    Ok(names.into_iter().map(BString::from).collect())
}

/// The byte at a line and column as `serde_json` counts them: lines from 1, columns in bytes.
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let before = text.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let start: usize = before.map(<[u8]>::len).sum();
    (start + column.saturating_sub(1)).min(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], names: &[&[u8]]) {
        assert_eq!(read_item_list(bytes).unwrap(), names);
    }

    #[test]
    fn lines_keep_everything_but_their_ends() {
        check(b"b\na\nb\n", &[b"b", b"a", b"b"]);
        check(b"b\r\na", &[b"b", b"a"]);
        check(b"\n \n\xef\xbb\xbf\n", &[b"\xef\xbb\xbf"]);
        check(b"\xef\xbb\xbfa\n", &[b"a"]);
        check(b" a b \n", &[b" a b "]);
        check(b"::set-output name=x::y\n\xff\n", &[b"::set-output name=x::y", b"\xff"]);
        check(b"[unit] a\n", &[b"[unit] a"]);
        check(b"", &[]);
    }

    #[test]
    fn names_with_line_breaks_come_in_the_other_two_forms() {
        check(b"a\nb\0c\0", &[b"a\nb", b"c"]);
        check(br#" ["a\nb", "c"] "#, &[b"a\nb", b"c"]);
        check(b"[]", &[]);
    }

    #[track_caller]
    fn check_wrong(bytes: &[u8], why: WhyNotAnItemList, at: usize) {
        assert_eq!(read_item_list(bytes), Err(NotAnItemList { why, at }));
    }

    #[test]
    fn a_list_that_is_cut_off_or_in_another_form_is_refused() {
        check_wrong(b"[\"a\",\n\"b", WhyNotAnItemList::CutOff, 8);
        check_wrong(b"[\"a\", 1]", WhyNotAnItemList::NotText, 6);
        check_wrong(b"[\"a\" \"b\"]", WhyNotAnItemList::NotJson, 5);
        check_wrong(b"[\"\"]", WhyNotAnItemList::NoName, 0);
        check_wrong(b"\xff\xfea\0\n\0", WhyNotAnItemList::Utf16, 0);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_list_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Err(error) = read_item_list(&bytes) {
                prop_assert!(error.at <= bytes.len());
            }
        }

        #[test]
        fn what_is_written_as_json_is_read_again(names in proptest::collection::btree_set("[a\n\"\\[]{1,5}", 0..10)) {
            let written = serde_json::to_vec(&names).unwrap();
            let read = read_item_list(&written).unwrap();
            let wanted: Vec<BString> = names.into_iter().map(BString::from).collect();
            prop_assert_eq!(read, wanted);
        }
    }
}
