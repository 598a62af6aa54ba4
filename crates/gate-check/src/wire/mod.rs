//! The documents between a run, later steps and the next run.

mod baseline;
mod change_plan;
mod rounds;
mod sarif;
mod told_verdict;
mod verdict;

use std::fmt::Write as _;

use diagnostics::{Piece, Text};

pub use baseline::{Baseline, NotABaseline};
pub use change_plan::{ChangePlan, NotAChangePlan};
pub(crate) use rounds::RoundsDocument;
pub use sarif::SarifDocument;
pub use told_verdict::{NotAVerdict, ToldGate, ToldReason, ToldVerdict, ToldWaiver};
pub use verdict::{ReportEntry, VerdictDocument};

/// A sentence as plain text for a document; what is foreign stands as it is, bytes that are not UTF-8
/// replaced.
pub(crate) fn said(text: &Text) -> String {
    let mut said = String::new();
    for piece in text.pieces() {
        match piece {
            Piece::Ours(words) => said.push_str(words),
            Piece::Number(number) | Piece::Micros(number) => said.push_str(&number.to_string()),
            Piece::Thousandths(number) => {
                let _ = write!(said, "{}.{:03}", number / 1000, number % 1000);
            }
            Piece::Foreign(foreign) | Piece::Said(foreign) => {
                said.push_str(&String::from_utf8_lossy(foreign.raw()));
            }
        }
    }
    said
}

/// A document on one line.
pub(crate) fn line_of(document: &impl serde::Serialize) -> String {
    serde_json::to_string(document).unwrap_or_else(|error| {
        // Only maps with other keys than text have no JSON form.
        unreachable!("a document is always JSON: {error}")
    })
}
