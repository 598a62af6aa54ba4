//! Keeps secrets where they were found: a report of them must not spread them.

use bstr::{BString, ByteSlice as _};
use sha2::{Digest as _, Sha256};

/// What stands in place of a secret.
const HIDDEN: &[u8] = b"***";
/// What is shorter stands in every other word, and is no secret.
const SHORTEST: usize = 4;

/// Secrets of one finding, as the report writes them.
pub(super) struct Secrets(Vec<BString>);

impl Secrets {
    pub(super) fn new(secrets: impl IntoIterator<Item = Option<BString>>) -> Self {
        let mut all: Vec<BString> =
            secrets.into_iter().flatten().filter(|secret| secret.len() >= SHORTEST).collect();
        // The longest first: what holds another is hidden whole.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(all)
    }

    /// The text without any of them.
    pub(super) fn hidden_in(&self, text: BString) -> BString {
        self.0.iter().fold(text, |text, secret| {
            if text.contains_str(secret) { text.replace(secret, HIDDEN).into() } else { text }
        })
    }

    /// The same for a text that may be missing.
    pub(super) fn hidden(&self, text: Option<BString>) -> Option<BString> {
        text.map(|text| self.hidden_in(text))
    }
}

/// What tells one secret from another and does not tell the secret: the first 64 bits of its SHA-256
/// (FIPS 180-4).
pub(super) fn fingerprint(secret: &[u8]) -> BString {
    let digest = Sha256::digest(secret);
    let mut words = BString::from("sha256:");
    for byte in digest.iter().take(8) {
        for digit in [byte >> 4, byte & 15] {
            words.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_beginning_of_a_sha_256() {
        // `printf abc | sha256sum`
        assert_eq!(fingerprint(b"abc"), "sha256:ba7816bf8f01cfea");
    }

    #[test]
    fn the_longest_secret_is_hidden_first() {
        let secrets = Secrets::new([Some("pass".into()), Some("password".into()), None]);
        assert_eq!(secrets.hidden_in("my password, a pass".into()), "my ***, a ***");
    }
}
