//! Bytes as text of JSON and back, without loss.
//!
//! A byte that is not part of UTF-8 is `\xNN`, and `\` is `\\`, so that two different values never look
//! alike.

use std::fmt::Write as _;

use bstr::{BStr, BString, ByteSlice as _};

/// Bytes as text.
pub(super) fn text_of(bytes: &BStr) -> String {
    // Nearly all are words.
    if let Ok(text) = bytes.to_str()
        && !text.contains('\\')
    {
        return text.to_owned();
    }
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The bytes that such a text stands for; nothing where it stands for none.
pub(super) fn bytes_of(text: &str) -> Option<BString> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        if let Some(after) = escaped.strip_prefix('\\') {
            bytes.push(b'\\');
            rest = after;
        } else {
            let digits = escaped.strip_prefix('x')?;
            let (digits, after) = digits.split_at_checked(2)?;
            let is_written = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
            if !digits.bytes().all(is_written) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    let bytes = BString::from(bytes);
    // One value has one text: `\x61` is none.
    (text_of(bytes.as_bstr()) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_different_names_never_look_alike() {
        let all = [&b"a\xff"[..], b"a\\xff", b"a\xfe", b"a", b"a\\\\xff"];
        let texts: BTreeSet<String> = all.iter().map(|bytes| text_of(bytes.as_bstr())).collect();
        assert_eq!(texts.len(), all.len());
        assert_eq!(text_of(b"a\xff\\".as_bstr()), "a\\xff\\\\");
    }

    #[test]
    fn what_is_not_written_so_is_no_value() {
        for text in ["\\", "\\x", "\\x6", "\\x61", "\\xFF", "\\y", "\\x+f"] {
            assert_eq!(bytes_of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(bytes_of(&text_of(bytes.as_bstr())), Some(BString::from(bytes)));
        }

        #[test]
        fn any_text_is_a_value_or_none(text in any::<String>()) {
            if let Some(bytes) = bytes_of(&text) {
                prop_assert_eq!(text_of(bytes.as_bstr()), text);
            }
        }
    }
}
