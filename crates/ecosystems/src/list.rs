//! Filters that are nothing but a list of lines, and the lines of an answer.

use serde::de::DeserializeOwned;

use crate::filter::{CannotFilter, Part};

/// The items of a shard, one a line.
pub(crate) fn lines(part: &Part<'_>) -> Result<Vec<u8>, CannotFilter> {
    if let Some(item) = part.own.iter().find(|item| breaks_line(item)) {
        return Err(CannotFilter::new(item, "has a line break in its name"));
    }
    Ok(part.own.iter().flat_map(|item| item.iter().copied().chain([b'\n'])).collect())
}

/// Whether something that reads lines would take this name for two: what Python's `splitlines`
/// breaks at, because pytest reads its `@file` so (Python documentation, `str.splitlines`).
pub(crate) fn breaks_line(name: &[u8]) -> bool {
    let breaks = [
        '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
        '\u{2029}',
    ];
    name.utf8_chunks().any(|chunk| chunk.valid().contains(breaks))
}

/// The JSON document in an answer, between whatever else is printed while a configuration is loaded:
/// it begins at the last line that begins with `opens`, because tools indent all within it, or write
/// it as one line.
pub(crate) fn document<T: DeserializeOwned>(output: &[u8], opens: u8) -> Option<T> {
    let first = lines_of(output).rev().find(|line| line.first() == Some(&opens))?;
    let at = first.as_ptr().addr() - output.as_ptr().addr();
    serde_json::Deserializer::from_slice(output.get(at..)?).into_iter().next()?.ok()
}

/// The lines of an answer, without their ends.
pub(crate) fn lines_of(output: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    output.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, wanted: Option<&[u8]>) {
        let numbers: Option<Vec<u8>> = document(output.as_bytes(), b'[');
        assert_eq!(numbers.as_deref(), wanted);
    }

    #[test]
    fn a_document_stands_between_other_lines() {
        check("[1]", Some(&[1]));
        check("[loading]\n[\n  1,\n  2\n]\nbye\n", Some(&[1, 2]));
        check("loading [1]\n", None);
        check("[1]\n[bye]\n", None);
        check("", None);
    }

    #[test]
    fn a_name_with_a_line_break_is_refused() {
        let write = |own: &[&[u8]]| lines(&Part { own, others: &[] });
        assert_eq!(write(&[b"a b", b"\xff"]).unwrap(), b"a b\n\xff\n");
        assert_eq!(write(&[]).unwrap(), b"");
        assert!(write(&[b"a\nb"]).is_err());
        assert!(write(&["a\u{2028}b".as_bytes()]).is_err());
    }
}
