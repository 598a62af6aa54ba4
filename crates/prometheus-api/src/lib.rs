//! Asks Prometheus, or what speaks its API, for samples.
//!
//! A [`Client`] knows one server. It brings answers as the bytes that they are, so that they can be kept and
//! judged again; [`read`] says what they mean. A number stays the text that the server wrote, and what is no
//! number is a variant of its own, so that nothing is rounded and nothing is taken for a measurement.
//!
//! Source: Prometheus documentation, "HTTP API": "Format overview", "Expression queries", "Expression query
//! result formats".

mod answer;
mod client;
mod failure;
mod forms;
#[cfg(test)]
mod tests;

pub use answer::{Answer, NotAnAnswer, Number, Point, Series, read};
pub use client::{Auth, Client, LARGEST, MOST_POINTS, Range, Raw, Settings};
pub use failure::{FailureKind, PrometheusFailure};
