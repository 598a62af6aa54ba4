//! Why something could not be done, in words for the person who started it.

use std::fmt;

/// What went wrong, with what to do next where that is known.
#[derive(Clone, PartialEq, Eq)]
pub struct Trouble(String);

impl Trouble {
    /// This went wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The same as `Display`: a test that unwraps shows it.
impl fmt::Debug for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

/// Says what was being done when something failed.
pub trait Doing<T> {
    /// The value, or the trouble: `failed to {what}: {why}`.
    ///
    /// # Errors
    /// When there is no value.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Trouble>;
}

impl<T, E: fmt::Display> Doing<T> for Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Trouble> {
        self.map_err(|why| Trouble(format!("failed to {}: {why}", what())))
    }
}
