//! The documents that leave the process: the change plan, lists of files, matrices.

mod lists;
mod matrix;
mod plan;

pub use lists::{csv, json, nul, shell, word as shell_word};
pub use matrix::{Entry, Matrix};
pub use plan::{PlanDocument, word as status_word};

pub(crate) use plan::base_id;

/// A document's bytes: one line.
pub(crate) fn bytes_of(document: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(document).unwrap_or_else(|error| {
        // Only maps with other keys than text have no JSON form.
        unreachable!("a document is always JSON: {error}")
    });
    bytes.push(b'\n');
    bytes
}

/// A value of an output: a document without a line break.
pub(crate) fn line_of(document: &impl serde::Serialize) -> String {
    serde_json::to_string(document).unwrap_or_else(|error| {
        // As above.
        unreachable!("a document is always JSON: {error}")
    })
}
