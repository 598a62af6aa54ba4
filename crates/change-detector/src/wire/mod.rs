//! The documents that leave the process: the change plan, lists of files, matrices.

mod lists;
mod matrix;
mod plan;

use diagnostics::{Piece, Text};

pub use lists::{csv, json, nul, shell, word as shell_word};
pub use matrix::{Entry, Matrix};
pub use plan::{PlanDocument, word as status_word};

pub(crate) use plan::base_id;

/// A sentence as plain text for a document; what is foreign stands as it is, bytes that are not UTF-8
/// replaced.
pub(crate) fn said(text: &Text) -> String {
    let mut said = String::new();
    for piece in text.pieces() {
        match piece {
            Piece::Ours(words) => said.push_str(words),
            Piece::Number(number) | Piece::Thousandths(number) | Piece::Micros(number) => {
                said.push_str(&number.to_string());
            }
            Piece::Foreign(foreign) | Piece::Said(foreign) => {
                said.push_str(&String::from_utf8_lossy(foreign.raw()));
            }
        }
    }
    said
}

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
