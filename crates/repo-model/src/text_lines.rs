//! What git takes for text, and how its lines end where it keeps them.
//!
//! Source: git's `buffer_is_binary` (`xdiff-interface.c`) and gitattributes(5), "text".

use std::borrow::Cow;

use bstr::ByteSlice as _;

/// How many bytes git looks at to tell text from the rest.
pub const LOOKED_AT: usize = 8000;

/// Whether git takes these contents for text: no NUL is among the first [`LOOKED_AT`] bytes. The
/// beginning of a file is enough to know.
pub fn is_text(contents: &[u8]) -> bool {
    !contents.get(..LOOKED_AT).unwrap_or(contents).contains(&0)
}

/// Contents as git keeps them where it converts the ends of lines, so that those of a checkout with `CR LF`
/// are the same: in text `CR LF` is `LF`.
pub fn as_committed(contents: &[u8]) -> Cow<'_, [u8]> {
    if is_text(contents) && contents.contains_str("\r\n") {
        Cow::Owned(contents.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(contents: &[u8], wanted: &[u8]) {
        assert_eq!(as_committed(contents), wanted);
    }

    #[test]
    fn only_text_loses_its_carriage_returns() {
        check(b"a\r\nb\rc\n", b"a\nb\rc\n");
        check(b"a\r\r\n", b"a\r\n");
        check(b"a\0\r\n", b"a\0\r\n");
        check(b"", b"");
    }

    #[test]
    fn what_is_far_from_the_beginning_is_not_looked_at() {
        let text = [&[b'a'; LOOKED_AT][..], b"\0\r\n"].concat();
        check(&text, &[&[b'a'; LOOKED_AT][..], b"\0\n"].concat());
        let binary = [&[b'a'; LOOKED_AT - 1][..], b"\0\r\n"].concat();
        check(&binary, &binary);
    }
}
