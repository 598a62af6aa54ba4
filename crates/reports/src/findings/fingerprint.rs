//! Fingerprints that are none.

/// Whether a tool wrote this in place of a fingerprint: nothing, one character over and over, or words
/// that are the same for every finding (Semgrep without a login writes `requires login`).
pub fn is_placeholder(fingerprint: &[u8]) -> bool {
    let text = fingerprint.trim_ascii();
    let first = text.first();
    text.iter().all(|byte| Some(byte) == first)
        || [&b"requires login"[..], b"unknown", b"null", b"none", b"undefined", b"n/a"]
            .iter()
            .any(|words| text.eq_ignore_ascii_case(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_finding_has_is_no_fingerprint() {
        for words in ["", " ", "requires login", "Requires Login", "0000000000000000", "null"] {
            assert!(is_placeholder(words.as_bytes()), "{words}");
        }
        for words in ["39fa2ee980eb94b0:1", "a:1", "requires logins"] {
            assert!(!is_placeholder(words.as_bytes()), "{words}");
        }
    }
}
