//! Objects in S3-compatible storage, put there by signed requests.
//!
//! [`put`] sends one object whole. It is the same when it is sent twice, so it is tried again where another try
//! may help, after a pause that differs from object to object: many jobs that end together do not come back
//! together. Keys come from the caller as secrets and go nowhere but into the signature.
//!
//! Sources: Amazon Simple Storage Service API Reference, "Authenticating Requests (AWS Signature Version 4)",
//! `PutObject`, "Error responses"; RFC 2104 (HMAC).

mod failure;
mod signature;
mod storage;
mod time;

#[cfg(test)]
mod tests;

pub use failure::{FailureKind, PutFailure};
pub use storage::{Keys, LARGEST, Object, Storage, Style, put};
