//! Takes requests for the engine.

/// The answer to a request.
pub fn answer(request: &[u64]) -> u64 {
    request
        .iter()
        .fold(0, |sum, value| engine::add(sum, *value))
}

#[cfg(test)]
mod tests {
    #[test]
    fn answers() {
        assert_eq!(super::answer(&[1, 2, 3]), 6);
    }
}
