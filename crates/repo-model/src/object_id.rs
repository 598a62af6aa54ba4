//! The name of any object of git (a file's contents, a folder, a commit), small enough to keep many.

use std::fmt;
use std::str::FromStr;

use crate::NotACommitId;

/// The SHA-1 (20 bytes) or SHA-256 (32 bytes) of an object (gitglossary, "object name").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    bytes: [u8; 32],
    is_long: bool,
}

impl ObjectId {
    /// Reads 40 or 64 hexadecimal digits, as git writes them.
    ///
    /// # Errors
    /// When they are something else.
    pub fn from_digits(digits: &[u8]) -> Result<Self, NotACommitId> {
        let is_long = match digits.len() {
            40 => false,
            64 => true,
            _ => return Err(NotACommitId),
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let &[high, low] = pair else { return Err(NotACommitId) };
            *byte = value(high)? << 4 | value(low)?;
        }
        Ok(Self { bytes, is_long })
    }

    /// Whether these are the zeros that git writes where there is no object, or where it does not know
    /// which.
    pub fn is_zero(&self) -> bool {
        self.bytes == [0; 32]
    }
}

fn value(digit: u8) -> Result<u8, NotACommitId> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(NotACommitId),
    }
}

impl FromStr for ObjectId {
    type Err = NotACommitId;

    fn from_str(digits: &str) -> Result<Self, NotACommitId> {
        Self::from_digits(digits.as_bytes())
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = if self.is_long { 32 } else { 20 };
        self.bytes.iter().take(length).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(digits: &str, wanted: Option<&str>) {
        let read = digits.parse::<ObjectId>().ok();
        assert_eq!(read.map(|id| id.to_string()).as_deref(), wanted);
    }

    #[test]
    fn an_id_is_read_and_written() {
        let short = "00ff17a0b1c2d3e4f5061728394a5b6c7d8e9fab";
        check(short, Some(short));
        check(&short.to_ascii_uppercase(), Some(short));
        check(&"7".repeat(64), Some(&"7".repeat(64)));
        check(&"7".repeat(41), None);
        check(&"g".repeat(40), None);
        check("", None);
    }

    #[test]
    fn zeros_are_no_object() {
        assert!("0".repeat(64).parse::<ObjectId>().unwrap().is_zero());
        assert!(!format!("{}1", "0".repeat(39)).parse::<ObjectId>().unwrap().is_zero());
    }
}
