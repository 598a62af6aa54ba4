//! What the public functions make of whole files.

#![expect(clippy::disallowed_methods, reason = "tests read fixtures of a known size")]

#[cfg(test)]
mod fixtures;
