//! What the public functions make of whole machines.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "tests read fixtures of a known size")]

mod expected;
mod machines;
mod probe;
