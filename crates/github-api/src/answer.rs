//! What a server answers, as JSON, or where it is none.

use diagnostics::{offset, position};
use serde::Deserialize;

/// An answer that is not what the documentation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAnswer {
    /// The line of the answer, from 1.
    pub line: u64,
    /// Its column, in characters, from 1.
    pub column: u64,
    /// What is wrong there.
    pub why: String,
}

/// What the bytes say.
pub(crate) fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, NotAnAnswer> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = position(body, offset(body, error.line(), error.column()));
        NotAnAnswer { line, column, why: without_place(&error) }
    })
}

/// What is wrong, without the place that stands beside it.
fn without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    said.strip_suffix(&place).unwrap_or(&said).to_owned()
}
