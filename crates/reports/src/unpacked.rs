//! The bytes of a report as its reader wants them: unpacked, UTF-8, without a byte order mark.

use std::borrow::Cow;
use std::io::Read as _;

use crate::{Found, Malformed};

/// How many times longer than packed data what is in it may be: reports of real tools come to less than
/// 40, and a bomb to 1000 (zlib's technical details, "Maximum Compression Factor").
const MOST_TIMES: u64 = 100;
/// What packed data may always come to, in bytes.
const SMALL: u64 = 64 << 20;

/// The report in UTF-8: unpacked if it begins as gzip does (RFC 1952), decoded if it begins with a byte
/// order mark of UTF-16 (Unicode 16, section 23.8), and without the mark of UTF-8.
///
/// # Errors
/// When it is empty, is a page for browsers, is not whole, or has more than `most` bytes.
pub fn unpacked(bytes: &[u8], most: u64) -> Result<Cow<'_, [u8]>, Malformed> {
    let malformed = |found| Malformed { wanted: "a report", found, line: 1, column: 1 };
    let plain = if bytes.starts_with(b"\x1f\x8b") {
        let mut unpacked = Vec::new();
        let times = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_mul(MOST_TIMES);
        let most = most.min(times.max(SMALL));
        let mut reader = flate2::bufread::MultiGzDecoder::new(bytes).take(most.saturating_add(1));
        reader
            .read_to_end(&mut unpacked)
            .map_err(|_| malformed(Found::Wrong("broken gzip data")))?;
        if u64::try_from(unpacked.len()).unwrap_or(u64::MAX) > most {
            return Err(malformed(Found::Wrong("gzip data that comes to more than a report")));
        }
        Cow::Owned(unpacked)
    } else {
        Cow::Borrowed(bytes)
    };
    if u64::try_from(plain.len()).unwrap_or(u64::MAX) > most {
        return Err(malformed(Found::TooLong));
    }
    let plain = match &*plain {
        [0xff, 0xfe, rest @ ..] => {
            Cow::Owned(decoded(rest, u16::from_le_bytes).map_err(malformed)?)
        }
        [0xfe, 0xff, rest @ ..] => {
            Cow::Owned(decoded(rest, u16::from_be_bytes).map_err(malformed)?)
        }
        [0xef, 0xbb, 0xbf, ..] => match plain {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(3..).unwrap_or_default()),
            Cow::Owned(bytes) => Cow::Owned(bytes.get(3..).unwrap_or_default().to_vec()),
        },
        _ => plain,
    };
    let text = plain.trim_ascii_start();
    if text.is_empty() {
        return Err(malformed(Found::Empty));
    }
    let head = text.get(..14).unwrap_or(text).to_ascii_lowercase();
    if head.starts_with(b"<!doctype html") || head.starts_with(b"<html") {
        return Err(malformed(Found::Html));
    }
    Ok(plain)
}

/// UTF-16 as UTF-8.
fn decoded(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Vec<u8>, Found> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Found::End);
    }
    let text: Result<String, _> =
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.map(String::into_bytes).map_err(|_| Found::Wrong("half a character of UTF-16"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], wanted: Result<&[u8], Found>) {
        let told = unpacked(bytes, 100).map_err(|malformed| malformed.found);
        assert_eq!(told.as_deref().map_err(|found| *found), wanted);
    }

    #[test]
    fn whatever_it_came_as_it_is_utf_8() {
        check(b"{}", Ok(b"{}"));
        check(b"\xef\xbb\xbf{}", Ok(b"{}"));
        check(b"\xff\xfe{\0}\0", Ok(b"{}"));
        check(b"\xfe\xff\0{\0}", Ok(b"{}"));
        check(b"\xff\xfe{\0}", Err(Found::End));
        check(b"\xff\xfe\0\xd8", Err(Found::Wrong("half a character of UTF-16")));
        check(b" \n", Err(Found::Empty));
        check(b"", Err(Found::Empty));
        check(b"\xef\xbb\xbf", Err(Found::Empty));
        check(b"<!DOCTYPE HTML>", Err(Found::Html));
        check(&[b'x'; 101], Err(Found::TooLong));
        check(b"\x1f\x8b", Err(Found::Wrong("broken gzip data")));
        // `printf '{}' | gzip -n`
        let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";
        check(packed, Ok(b"{}"));
        check(&packed[..15], Err(Found::Wrong("broken gzip data")));
    }
}
