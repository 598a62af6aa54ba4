//! Names of files in the forms that other programs read.
//!
//! A name may hold anything but a NUL. Only the NUL-separated list and the plan have every name
//! exactly; the others are text, where bytes that are not UTF-8 are replaced, which is told.
//!
//! Sources: POSIX.1-2024, "Shell Command Language", 2.2 Quoting; RFC 4180; RFC 8259.

use bstr::ByteSlice as _;

/// The names as a JSON array. What is not UTF-8 is replaced by U+FFFD.
pub fn json<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| name.to_str_lossy()).collect();
    serde_json::to_string(&names).unwrap_or_else(|error| {
        // Texts always have a JSON form.
        unreachable!("a list of names is always JSON: {error}")
    })
}

/// The names, each followed by a NUL byte.
pub fn nul<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut list = Vec::new();
    for name in names {
        list.extend_from_slice(name);
        list.push(0);
    }
    list
}

/// The names as one record of comma-separated values.
pub fn csv<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let quoted = |name: &'a [u8]| {
        let is_plain = !name.is_empty()
            && !name.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'))
            && name.trim_ascii() == name;
        if is_plain {
            name.to_vec()
        } else {
            [b"\"", name.replace("\"", "\"\"").as_slice(), b"\""].concat()
        }
    };
    bstr::join(",", names.into_iter().map(quoted))
}

/// The names as words for a POSIX shell, each of which is a path and no option.
pub fn shell<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    bstr::join(" ", names.into_iter().map(path_word))
}

/// A path as one word: `./` before a `-`, so that no program takes it for an option.
fn path_word(name: &[u8]) -> Vec<u8> {
    if name.starts_with(b"-") { word(&[b"./", name].concat()) } else { word(name) }
}

/// Anything as one word. Between single quotes every character stands for itself; a single quote ends
/// them, stands behind a backslash, and begins them again.
pub fn word(text: &[u8]) -> Vec<u8> {
    let is_safe = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'.' | b'/' | b'@' | b'%' | b'+' | b'=' | b':' | b',' | b'-')
    };
    // `a=b` would set a variable before a command, and `~` and `#` stand for something at the start;
    // the last two are not among the safe ones.
    if !text.is_empty() && text.iter().all(is_safe) && !text.contains(&b'=') {
        return text.to_vec();
    }
    [b"'", text.replace("'", r"'\''").as_slice(), b"'"].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_word(text: &str, wanted: &str) {
        assert_eq!(path_word(text.as_bytes()), wanted.as_bytes());
    }

    #[test]
    fn a_word_is_quoted_as_a_whole_or_not_at_all() {
        check_word("src/a-b_c.rs", "src/a-b_c.rs");
        check_word("safe\n$(touch PWNED)", "'safe\n$(touch PWNED)'");
        check_word("it's", r"'it'\''s'");
        check_word("-rf", "./-rf");
        check_word("--output=x", "'./--output=x'");
        check_word("a=b", "'a=b'");
        check_word("~root", "'~root'");
        check_word("", "''");
        check_word("\u{202e}gpj", "'\u{202e}gpj'");
    }

    #[test]
    fn a_field_is_quoted_where_csv_asks_for_it() {
        let line = csv([&b"a"[..], b"b,c", b"d\"e", b"f\ng", b" h"]);
        assert_eq!(line.as_bstr(), "a,\"b,c\",\"d\"\"e\",\"f\ng\",\" h\"");
    }

    /// The fields of one record, by RFC 4180.
    fn fields(record: &[u8]) -> Vec<Vec<u8>> {
        let mut fields = vec![Vec::new()];
        let mut quoted = false;
        let mut bytes = record.iter().peekable();
        while let Some(byte) = bytes.next() {
            let field = fields.last_mut().unwrap();
            match byte {
                b'"' if quoted && bytes.peek() == Some(&&b'"') => {
                    bytes.next();
                    field.push(b'"');
                }
                b'"' => quoted = !quoted,
                b',' if !quoted => fields.push(Vec::new()),
                _ => field.push(*byte),
            }
        }
        fields
    }

    fn names() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let any = proptest::collection::vec(1_u8..=255, 1..20);
        let nasty = "[-a'\"$`\\\\ \n,;|&<>(){}*?~#=!%\u{202e}\u{1f600}]{1,12}";
        let nasty = nasty.prop_map(String::into_bytes);
        proptest::collection::vec(prop_oneof![any, nasty], 1..8)
    }

    proptest! {
        #[test]
        fn every_list_is_read_again(names in names()) {
            let list = || names.iter().map(Vec::as_slice);
            let nul = nul(list());
            prop_assert_eq!(nul.split_str("\0").count(), names.len() + 1);
            prop_assert_eq!(fields(&csv(list())), names.clone());
            let json: Vec<String> = serde_json::from_str(&json(list())).unwrap();
            let lossy: Vec<String> = list().map(|name| name.to_str_lossy().into_owned()).collect();
            prop_assert_eq!(json, lossy);
        }
    }
}
