//! The name of a commit: a SHA-1 or SHA-256 in hexadecimal (gitglossary, "object name").

use std::fmt;
use std::str::FromStr;

/// A full commit id: 40 or 64 hexadecimal digits, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(String);

/// The text is not 40 or 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a commit id; expected 40 or 64 hexadecimal digits")]
pub struct NotACommitId;

/// Bytes in hexadecimal digits, in lower case, as git writes ids and sha256sum digests.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' - 10 + half });
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 0xf));
    }
    digits
}

/// The bytes that hexadecimal digits of any case stand for; nothing if they are none, or half a byte.
pub fn from_hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? * 16 + digit(*low)?)).collect()
}

impl CommitId {
    /// Whether this is the id that git and GitHub write where there is no commit.
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|digit| digit == b'0')
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommitId {
    type Err = NotACommitId;

    fn from_str(text: &str) -> Result<Self, NotACommitId> {
        let is_id =
            matches!(text.len(), 40 | 64) && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        if is_id { Ok(Self(text.to_ascii_lowercase())) } else { Err(NotACommitId) }
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, accepted: bool) {
        assert_eq!(text.parse::<CommitId>().is_ok(), accepted, "{text}");
    }

    #[test]
    fn only_full_ids_are_commit_ids() {
        check(&"a".repeat(40), true);
        check(&"A".repeat(64), true);
        check(&"a".repeat(39), false);
        check(&"g".repeat(40), false);
        check("", false);
        check("HEAD", false);
        check("--output=x0000000000000000000000000000000", false);
    }

    #[test]
    fn each_byte_is_two_digits() {
        for byte in 0..=u8::MAX {
            assert_eq!(hexadecimal(&[byte, !byte]), format!("{byte:02x}{:02x}", !byte));
        }
        assert_eq!(hexadecimal(b""), "");
    }

    #[test]
    fn zeros_name_no_commit() {
        assert!("0".repeat(40).parse::<CommitId>().unwrap().is_zero());
        assert!(!format!("{}1", "0".repeat(39)).parse::<CommitId>().unwrap().is_zero());
    }

    #[test]
    fn hexadecimal_digits_are_read_again() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hexadecimal(&hexadecimal(&all)), Some(all));
        assert_eq!(from_hexadecimal("fF0a"), Some(vec![0xff, 0x0a]));
        for digits in ["f", "0g", "+1", "0x", "é", " 1"] {
            assert_eq!(from_hexadecimal(digits), None, "{digits}");
        }
    }
}
