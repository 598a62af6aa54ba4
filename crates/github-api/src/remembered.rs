//! Answers of earlier questions, so that a server need not say again what has not changed.
//!
//! Source: GitHub documentation, "Best practices for using the REST API", "Use conditional requests": a
//! question that is answered with 304 does not count towards the limit.

use std::collections::BTreeMap;

/// The most bytes of a tag, which a server makes up: GitHub's have 68.
const LONGEST_TAG: usize = 256;

/// What servers answered before, by address. It holds no token; it does hold what was answered, and whoever
/// can write to it decides what is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered(BTreeMap<String, Kept>);

/// An answer, and the tag by which the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The server's name for this answer (`ETag`).
    pub tag: String,
    /// What it said.
    pub body: Vec<u8>,
}

impl Remembered {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer from an address, as an earlier one was given by [`Self::iter`]. A tag that can be part
    /// of no request is forgotten, with its answer.
    pub fn insert(&mut self, address: impl Into<String>, kept: Kept) {
        let is_tag = |tag: &str| {
            (1..=LONGEST_TAG).contains(&tag.len())
                && tag.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if is_tag(&kept.tag) {
            self.0.insert(address.into(), kept);
        }
    }

    /// All answers with their addresses, in the order of these.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Kept)> {
        self.0.iter().map(|(address, kept)| (address.as_str(), kept))
    }

    /// The answer from an address.
    pub(crate) fn from(&self, address: &str) -> Option<&Kept> {
        self.0.get(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_could_forge_a_header_is_forgotten() {
        let mut remembered = Remembered::new();
        let long = format!("\"{}\"", "a".repeat(LONGEST_TAG));
        for tag in ["", "\"a\r\nX: y\"", "\"a b\"", "\"\u{fc}\"", &long] {
            remembered.insert("https://h/a", Kept { tag: tag.to_owned(), body: b"x".to_vec() });
        }
        assert_eq!(remembered, Remembered::new());
        let kept = Kept { tag: "W/\"0a1\"".to_owned(), body: b"x".to_vec() };
        remembered.insert("https://h/a", kept.clone());
        assert_eq!(remembered.iter().collect::<Vec<_>>(), [("https://h/a", &kept)]);
    }
}
