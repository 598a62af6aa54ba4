//! Speaks to the key management service.

/// The name of a key.
pub fn key(id: u32) -> String {
    format!("key-{id}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn names() {
        assert_eq!(super::key(7), "key-7");
    }
}
