//! What goes with a request, and what comes with an answer.

use diagnostics::Secret;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Headers by their names, in either case.
#[derive(Clone, Debug, Default)]
pub struct Headers(HeaderMap);

impl Headers {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more, in place of another of its name; nothing where the name or the value cannot be part
    /// of a header, because it holds a line break or the like.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Option<Self> {
        self.and(name, value, false)
    }

    /// With one more whose value nobody may read.
    #[must_use]
    pub fn with_secret(self, name: &str, value: &Secret) -> Option<Self> {
        self.and(name, value.reveal(), true)
    }

    fn and(mut self, name: &str, value: &str, is_secret: bool) -> Option<Self> {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(is_secret);
        self.0.insert(name, value);
        Some(self)
    }

    /// The value of a header, if it has one that is text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn from_map(map: HeaderMap) -> Self {
        Self(map)
    }

    pub(crate) fn to_map(&self) -> HeaderMap {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_forge_a_header_is_refused() {
        for odd in ["a\nb", "a\r\nX: y", "\0"] {
            assert!(Headers::new().with("accept", odd).is_none(), "{odd:?}");
            assert!(Headers::new().with(odd, "a").is_none(), "{odd:?}");
            let secret = Secret::new(odd);
            assert!(Headers::new().with_secret("authorization", &secret).is_none(), "{odd:?}");
        }
        assert!(Headers::new().with("", "a").is_none());
    }

    #[test]
    fn a_secret_is_sent_and_not_shown() {
        let secret = Secret::new("Bearer ghs_abc");
        let headers = Headers::new().with_secret("Authorization", &secret).unwrap();
        assert_eq!(headers.get("authorization"), Some("Bearer ghs_abc"));
        assert!(!format!("{headers:?}").contains("ghs_abc"));
    }
}
