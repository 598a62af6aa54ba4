//! Lists of items, as discovery tools write them: one a line, NUL-separated, or a JSON array.
//!
//! Which of the three it is shows in the bytes: a list that begins with `["` is JSON (or a cut-off
//! one, which is an error), one with a NUL byte is NUL-separated, everything else is lines.

use serde_json::error::Category;

use crate::{ItemId, Items};

/// A list that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemList {
    /// The items.
    pub items: Items,
    /// Names that the list holds more than once, sorted, each once.
    pub repeated: Vec<ItemId>,
}

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

/// Reads a list of items.
///
/// # Errors
/// When it is UTF-16, or a JSON array that is cut off or holds something else than texts.
pub fn read_item_list(bytes: &[u8]) -> Result<ItemList, NotAnItemList> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(NotAnItemList { why: WhyNotAnItemList::Utf16, at: 0 });
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let ids = if is_json(text) {
        from_json(text, bytes.len() - text.len())?
    } else if text.contains(&0) {
        text.split(|byte| *byte == 0).filter_map(ItemId::new).collect()
    } else {
        let lines = text.split(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.filter(|line| !line.trim_ascii().is_empty()).filter_map(ItemId::new).collect()
    };
    Ok(listed(ids))
}

fn listed(mut ids: Vec<ItemId>) -> ItemList {
    ids.sort_unstable();
    let twice = ids.windows(2).filter_map(|pair| match pair {
        [one, other] if one == other => Some(one.clone()),
        _ => None,
    });
    let mut repeated: Vec<ItemId> = twice.collect();
    repeated.dedup();
    ItemList { items: Items::new(ids), repeated }
}

/// Whether the list begins as an array of texts, or is an empty one.
fn is_json(text: &[u8]) -> bool {
    let Some(rest) = text.trim_ascii_start().strip_prefix(b"[") else { return false };
    matches!(rest.trim_ascii_start().first(), Some(b'"' | b']'))
}

fn from_json(text: &[u8], skipped: usize) -> Result<Vec<ItemId>, NotAnItemList> {
    let names: Vec<String> = serde_json::from_slice(text).map_err(|error| NotAnItemList {
        why: match error.classify() {
            Category::Eof => WhyNotAnItemList::CutOff,
            Category::Data => WhyNotAnItemList::NotText,
            Category::Syntax | Category::Io => WhyNotAnItemList::NotJson,
        },
        at: skipped + offset(text, error.line(), error.column()),
    })?;
    let named = names.into_iter().map(ItemId::new).collect::<Option<_>>();
    named.ok_or(NotAnItemList { why: WhyNotAnItemList::NoName, at: skipped })
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
    fn check(bytes: &[u8], names: &[&[u8]], repeated: &[&[u8]]) {
        let list = read_item_list(bytes).unwrap();
        let found: Vec<&[u8]> = list.items.ids().iter().map(ItemId::as_bytes).collect();
        assert_eq!(found, names);
        let twice: Vec<&[u8]> = list.repeated.iter().map(ItemId::as_bytes).collect();
        assert_eq!(twice, repeated);
    }

    #[test]
    fn lines_keep_everything_but_their_ends() {
        check(b"b\na\n", &[b"a", b"b"], &[]);
        check(b"b\r\na", &[b"a", b"b"], &[]);
        check(b"\n \n\xef\xbb\xbf\n", &[b"\xef\xbb\xbf"], &[]);
        check(b"\xef\xbb\xbfa\n", &[b"a"], &[]);
        check(b" a b \n", &[b" a b "], &[]);
        check(b"::set-output name=x::y\n\xff\n", &[b"::set-output name=x::y", b"\xff"], &[]);
        check(b"[unit] a\n", &[b"[unit] a"], &[]);
        check(b"", &[], &[]);
    }

    #[test]
    fn names_with_line_breaks_come_in_the_other_two_forms() {
        check(b"a\nb\0c\0", &[b"a\nb", b"c"], &[]);
        check(br#" ["a\nb", "c"] "#, &[b"a\nb", b"c"], &[]);
        check(b"[]", &[], &[]);
    }

    #[test]
    fn a_name_that_comes_twice_is_one_item_and_is_told() {
        check(b"a\nb\na\na\n", &[b"a", b"b"], &[b"a"]);
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
            let list = read_item_list(&written).unwrap();
            let read: Vec<&[u8]> = list.items.ids().iter().map(ItemId::as_bytes).collect();
            let wanted: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
            prop_assert_eq!(read, wanted);
        }
    }
}
