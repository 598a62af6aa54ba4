//! Works on ciphertexts.

/// The sum of two ciphertexts.
pub fn add(left: u64, right: u64) -> u64 {
    left.wrapping_add(right)
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::add(1, 2), 3);
    }

    #[test]
    fn wraps() {
        assert_eq!(super::add(u64::MAX, 1), 0);
    }
}
