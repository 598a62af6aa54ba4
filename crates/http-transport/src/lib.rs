//! Requests over HTTP with limits: how long, how large, how often, and whom a secret may be sent to.
//!
//! A [`Transport`] stands for one server. It sends nothing anywhere else: it follows no way to another
//! host, reads no more than it can hold, waits no longer than it is told to, and tries again only where its
//! caller says that another try may help. What an answer means is the caller's business.
//!
//! Sources: RFC 9110 ("HTTP Semantics"): 10.2.3 `Retry-After`, 15.4 redirects; RFC 3986 for addresses.

mod address;
mod headers;
mod transport;

#[cfg(test)]
mod tests;

pub use address::{Address, Target, Trust};
pub use headers::Headers;
pub use transport::{
    Again, Answer, Failure, FailureKind, Limits, Method, Request, Transport, retry_after,
};
