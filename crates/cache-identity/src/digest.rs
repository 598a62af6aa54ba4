//! SHA-256 over values that cannot be mistaken for one another.

use sha2::{Digest as _, Sha256};

/// A SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// How many hexadecimal digits of a digest stand in a key: 80 bits, so that no two of the caches that a
/// repository ever keeps have the same.
const IN_KEYS: usize = 20;

impl Digest {
    /// The digest of a list of values. Each is preceded by its length, so that what stands where one ends
    /// and the next begins cannot be moved.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut sha = Sha256::new();
        for value in values {
            // No machine has more than 2^64 bytes.
            sha.update(u64::try_from(value.len()).unwrap_or(u64::MAX).to_be_bytes());
            sha.update(value);
        }
        Self(sha.finalize().into())
    }

    /// All of it, in hexadecimal.
    pub fn hexadecimal(&self) -> String {
        repo_model::hexadecimal(&self.0)
    }

    /// As much of it as a key has.
    pub fn short(&self) -> String {
        let mut digits = self.hexadecimal();
        digits.truncate(IN_KEYS);
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_where_one_value_ends_and_the_next_begins_counts() {
        let one = Digest::of([&b"ab"[..], b"c"]);
        assert_ne!(one, Digest::of([&b"a"[..], b"bc"]));
        assert_ne!(one, Digest::of([&b"abc"[..]]));
        assert_ne!(Digest::of([]), Digest::of([&b""[..]]));
    }

    #[test]
    fn a_digest_is_sha_256_of_lengths_and_values() {
        // printf '\0\0\0\0\0\0\0\1a' | sha256sum
        let wanted = "3b196fd4907bedf51c3090e9835f2f7cb61e7ee1b2299ea3b8fed9b4183a822a";
        assert_eq!(Digest::of([&b"a"[..]]).hexadecimal(), wanted);
    }
}
