//! Connects the coprocessor with the key management service.

/// The keys of a request.
pub fn keys(ids: &[u32]) -> Vec<String> {
    ids.iter().copied().map(kms_client::key).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn connects() {
        assert_eq!(super::keys(&[1]), ["key-1"]);
    }
}
