//! Words that nobody can guess.

/// 128 random bits from the operating system, as 32 hexadecimal digits.
///
/// # Errors
/// When the operating system gives none; nothing may be written then, because a delimiter that
/// can be guessed lets foreign text forge outputs.
pub(crate) fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(repo_model::hexadecimal(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_32_digits_and_never_the_same() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one, other);
    }
}
