//! The transport.

/// How many parts it is made of.
pub fn size() -> u64 {
    1
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts() {
        assert_eq!(super::size(), 1);
    }
}
