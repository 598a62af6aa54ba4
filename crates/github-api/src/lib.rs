//! Asks GitHub's REST API, and nobody else.
//!
//! A [`Client`] knows one address. It sends its token there and nowhere else, follows no way to another
//! host, reads no more than it can hold, waits no longer than it is told to, and says what went wrong
//! without the token. Each question is one method, with the page of the documentation that describes it.
//!
//! Sources: GitHub documentation, "REST API", "Best practices for using the REST API", "Rate limits for
//! the REST API", "Troubleshooting the REST API".

mod answer;
mod client;
mod failure;
pub mod pipeline;
mod remembered;
pub mod runners;
pub mod runs;
#[cfg(test)]
mod tests;

pub use answer::NotAnAnswer;
pub use client::{Client, Settings};
pub use failure::{ApiFailure, FailureKind};
pub use pipeline::AttemptQuery;
pub use remembered::{Kept, Remembered};
pub use runs::{Run, RunQuery};
