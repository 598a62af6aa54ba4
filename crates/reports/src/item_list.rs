//! Lists of items, as discovery tools write them: one a line, NUL-separated, or a JSON array.
//!
//! Which of the three it is shows in the bytes: what begins as a JSON array or object does is JSON
//! (or a cut-off one, which is an error), a list with a NUL byte is NUL-separated, everything else
//! is lines.

use bstr::BString;
use diagnostics::offset;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::value::RawValue;

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
    /// More items than are read.
    #[error("too many items")]
    TooMany,
    /// Lines, and a NUL: one name of many lines, or many names.
    #[error("lines with a NUL among them")]
    Mixed,
    /// A JSON array that ends too early.
    #[error("a JSON array that is cut off")]
    CutOff,
    /// Bytes that are no JSON where JSON was begun.
    #[error("not JSON")]
    NotJson,
    /// JSON that is no array, or holds something else than texts.
    #[error("JSON that is not an array of texts")]
    NotText,
    /// An element that is an empty or blank text.
    #[error("an element without a name")]
    NoName,
}

/// Reads a list of at most `most` items: their names in the order of the list, none of them blank.
///
/// # Errors
/// When it is UTF-16, has more items, or is JSON that is cut off or something else than an array of
/// texts.
pub fn read_item_list(bytes: &[u8], most: usize) -> Result<Vec<BString>, NotAnItemList> {
    let names = read_at_most(bytes, most)?;
    if names.len() > most {
        return Err(NotAnItemList { why: WhyNotAnItemList::TooMany, at: bytes.len() });
    }
    Ok(names)
}

/// Reads one more than `most` items and no further.
fn read_at_most(bytes: &[u8], most: usize) -> Result<Vec<BString>, NotAnItemList> {
    let enough = most.saturating_add(1);
    if is_utf_16(bytes) {
        return Err(NotAnItemList { why: WhyNotAnItemList::Utf16, at: 0 });
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if is_json(text) {
        return from_json(text, bytes.len() - text.len(), enough);
    }
    let is_blank = |name: &[u8]| name.trim_ascii().is_empty();
    if text.contains(&0) {
        let names = text.split(|byte| *byte == 0).filter(|name| !is_blank(name));
        let names: Vec<BString> = names.take(enough).map(BString::from).collect();
        return match names.as_slice() {
            [only] if only.contains(&b'\n') => {
                let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(0);
                Err(NotAnItemList { why: WhyNotAnItemList::Mixed, at })
            }
            _ => Ok(names),
        };
    }
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(lines.filter(|line| !is_blank(line)).take(enough).map(BString::from).collect())
}

/// Whether this is UTF-16: by its mark, by a line break of two bytes, or by a NUL at the same place
/// of each pair; but not where a pair is two letters of ASCII.
fn is_utf_16(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let (pairs, _) = bytes.as_chunks::<2>();
    let is_letter = |byte: &u8| (b' '..=b'~').contains(byte);
    let head = pairs.get(..pairs.len().min(64)).unwrap_or_default();
    if pairs.len() < 2 || head.iter().any(|pair| pair.iter().all(is_letter)) {
        return false;
    }
    let has_break = pairs.contains(b"\n\0") || pairs.contains(b"\0\n");
    has_break
        || head.iter().all(|[first, second]| *first != 0 && *second == 0)
        || head.iter().all(|[first, second]| *first == 0 && *second != 0)
}

/// Whether the list is meant as JSON: it begins as an array or object does, or is one as a whole.
/// `[unit] a` and `{a,b}.rs` are names.
fn is_json(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let inner = text.get(1..).unwrap_or_default().trim_ascii_start().first();
    match text.first() {
        Some(b'[') if matches!(inner, Some(b'"' | b']' | b'{' | b'[') | None) => true,
        Some(b'{') if matches!(inner, Some(b'"' | b'}') | None) => true,
        Some(b'[' | b'{') => serde_json::from_slice::<IgnoredAny>(text).is_ok(),
        Some(_) | None => false,
    }
}

fn from_json(text: &[u8], skipped: usize, enough: usize) -> Result<Vec<BString>, NotAnItemList> {
    let refused = |why, at: usize| NotAnItemList { why, at: skipped + at };
    let elements: Vec<&RawValue> =
        serde_json::from_slice(text).map_err(|error| match error.classify() {
            Category::Eof => refused(WhyNotAnItemList::CutOff, text.len()),
            Category::Data => {
                refused(WhyNotAnItemList::NotText, text.len() - text.trim_ascii_start().len())
            }
            Category::Syntax | Category::Io => {
                refused(WhyNotAnItemList::NotJson, offset(text, error.line(), error.column()))
            }
        })?;
    let name = |element: &RawValue| {
        let at = element.get().as_ptr().addr() - text.as_ptr().addr();
        match serde_json::from_str::<String>(element.get()) {
            Ok(name) if name.trim().is_empty() => Err(refused(WhyNotAnItemList::NoName, at)),
            Ok(name) => Ok(BString::from(name)),
            Err(_) => Err(refused(WhyNotAnItemList::NotText, at)),
        }
    };
    elements.into_iter().take(enough).map(name).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], names: &[&[u8]]) {
        assert_eq!(read_item_list(bytes, 1000).unwrap(), names);
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
        check(b"{a,b}.rs\n", &[b"{a,b}.rs"]);
        check(b"", &[]);
    }

    #[test]
    fn names_with_line_breaks_come_in_the_other_two_forms() {
        check(b"a\nb\0c\0", &[b"a\nb", b"c"]);
        check(b"aa\0b\0\n", &[b"aa", b"b"]);
        check(b"10\x0011\x0012\0", &[b"10", b"11", b"12"]);
        check(b"ab\n\0cd\n\0", &[b"ab\n", b"cd\n"]);
        check(b"ab\0\ncd\0", &[b"ab", b"\ncd"]);
        check(b"a\0", &[b"a"]);
        check(br#" ["a\nb", "c"] "#, &[b"a\nb", b"c"]);
        check(b"[]", &[]);
    }

    #[track_caller]
    fn check_wrong(bytes: &[u8], why: WhyNotAnItemList, at: usize) {
        assert_eq!(read_item_list(bytes, 1000), Err(NotAnItemList { why, at }));
    }

    #[test]
    fn a_list_that_is_cut_off_or_in_another_form_is_refused() {
        check_wrong(b"[\"a\",\n\"b", WhyNotAnItemList::CutOff, 8);
        check_wrong(b"[\"a\", 1]", WhyNotAnItemList::NotText, 6);
        check_wrong(b"[\"a\" \"b\"]", WhyNotAnItemList::NotJson, 5);
        check_wrong(b"[\"a\",\n\"\"]", WhyNotAnItemList::NoName, 6);
        check_wrong(b"[\" \"]", WhyNotAnItemList::NoName, 1);
        check_wrong(b"[1, 2]", WhyNotAnItemList::NotText, 1);
        check_wrong(b"[[\"a\"]]", WhyNotAnItemList::NotText, 1);
        check_wrong(b"{\"tests\": [\"a\"]}", WhyNotAnItemList::NotText, 0);
        check_wrong(b"[\n {\"name\": \"a\"", WhyNotAnItemList::CutOff, 15);
        check_wrong(b"[", WhyNotAnItemList::CutOff, 1);
        check_wrong(b"\xff\xfea\0\n\0", WhyNotAnItemList::Utf16, 0);
        check_wrong(b"a\0\n\0b\0\n\0", WhyNotAnItemList::Utf16, 0);
        check_wrong(b"\0a\0\n\0b\0\n", WhyNotAnItemList::Utf16, 0);
        let cyrillic: Vec<u8> = "тест/a\nb\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check_wrong(&cyrillic, WhyNotAnItemList::Utf16, 0);
        check_wrong(b"a\0b\0.\0p\0y\0", WhyNotAnItemList::Utf16, 0);
        check_wrong(b"\0a\0b\0.\0p\0y\0\n", WhyNotAnItemList::Utf16, 0);
        check_wrong(b"a\nb\n\0", WhyNotAnItemList::Mixed, 4);
    }

    #[test]
    fn a_longer_list_is_refused() {
        let too_many = |bytes: &[u8]| {
            read_item_list(bytes, 2).is_err_and(|error| error.why == WhyNotAnItemList::TooMany)
        };
        assert!(!too_many(b"a\nb\n\n"));
        assert!(too_many(b"a\nb\nc\n"));
        assert!(too_many(b"aa\0bb\0cc\0"));
        assert!(too_many(b"[\"a\", \"b\", \"c\", 1]"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_list_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Err(error) = read_item_list(&bytes, 1000) {
                prop_assert!(error.at <= bytes.len());
            }
        }

        #[test]
        fn what_is_written_as_json_is_read_again(names in proptest::collection::btree_set("[a\"\\[][a\n\"\\[]{0,4}", 0..10)) {
            let written = serde_json::to_vec(&names).unwrap();
            let read = read_item_list(&written, 1000).unwrap();
            let wanted: Vec<BString> = names.into_iter().map(BString::from).collect();
            prop_assert_eq!(read, wanted);
        }
    }
}
