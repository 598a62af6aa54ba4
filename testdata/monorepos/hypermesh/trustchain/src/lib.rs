//! Who may speak to whom.

/// How many parts it is made of.
pub fn size() -> u64 {
    1 + stoq::size()
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts() {
        assert_eq!(super::size(), 2);
    }
}
