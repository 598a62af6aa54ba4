//! Words that nobody may read.

use std::fmt;

/// A token or a password. It has no `Display`, its `Debug` hides it, and there is no way to put it
/// into a [`crate::Text`] by mistake.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Marks `words` as secret.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// The words themselves, for the one who hands them to whom they are meant for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `bytes` from outside with stars wherever they hold the secret: who was given it may send it back.
    pub fn removed_from(&self, bytes: &[u8]) -> Vec<u8> {
        if self.0.is_empty() {
            return bytes.to_vec();
        }
        bstr::ByteSlice::replace(bytes, self.0.as_bytes(), "***")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn debug_output_does_not_tell_it() {
        assert_eq!(format!("{:?}", Some(Secret::new("ghs_abc"))), "Some(Secret(***))");
    }

    #[track_caller]
    fn check_removed(secret: &str, bytes: &str, wanted: &str) {
        assert_eq!(Secret::new(secret).removed_from(bytes.as_bytes()), wanted.as_bytes());
    }

    #[test]
    fn it_is_removed_from_what_comes_back() {
        check_removed("ghs_abc", "bad token ghs_abc, ghs_abc!", "bad token ***, ***!");
        check_removed("ghs_abc", "ghs_ab", "ghs_ab");
        check_removed("", "as it is", "as it is");
    }

    proptest! {
        #[test]
        fn nothing_that_comes_back_holds_it(
            secret in "[a-zA-Z0-9_]{4,40}",
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..5),
        ) {
            let echoed = bstr::join(&secret, parts);
            let removed = Secret::new(secret.clone()).removed_from(&echoed);
            prop_assert!(!bstr::ByteSlice::contains_str(removed.as_slice(), &secret));
        }
    }
}
