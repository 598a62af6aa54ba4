//! What the public functions make of whole files.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "tests read fixtures of a known size")]

mod any;
mod coverage;
mod coverage_traps;
mod findings;
mod fixtures;
mod measurements;
mod messages;
mod scanners;
mod told;
