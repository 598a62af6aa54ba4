//! What is wrong with the evidence itself. Whatever it is, there is no answer.

use diagnostics::{Foreign, Piece, Place, text};
use reports::{Complaint, Malformed};

use crate::{Gate, Reason, Verdict};

/// Evidence of a gate that cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The gate that it was for.
    pub gate: Gate,
    /// What is wrong with it.
    pub reason: Reason,
}

impl Trouble {
    /// A report that is not whole, or of another format.
    pub fn malformed(gate: Gate, file: Foreign, malformed: &Malformed) -> Self {
        let message = text![
            "the report ",
            file.clone(),
            " cannot be read: expected ",
            malformed.wanted,
            ", found ",
            Piece::said(&malformed.found)
        ];
        let reason = Reason::new("unreadable-report", Verdict::Error, message)
            .at(Place::at(file, malformed.line, malformed.column))
            .help("have the tool write it anew, and see that it was not cut off; name the format (`lcov=path`) if it is another");
        Self { gate, reason }
    }

    /// A report that says itself that it is not the whole truth.
    pub fn complaint(gate: Gate, file: Foreign, complaint: &Complaint) -> Self {
        let mut message = text!["the report ", file.clone(), " is no evidence: ", complaint.why];
        if let Some(said) = &complaint.said {
            message.text(": ").foreign(said.as_slice());
        }
        let reason = Reason::new("incomplete-report", Verdict::Error, message)
            .at(Place::file(file))
            .help("see the tool's own log, and run it again");
        Self { gate, reason }
    }

    /// A gate that is to run and has nothing to look at. `wanted` says what it needs, `command` what
    /// makes it.
    pub fn missing(gate: Gate, wanted: &'static str, command: Option<&'static str>) -> Self {
        let mut help = text!["name it in `reports`"];
        if let Some(command) = command {
            help = text!["make it with `", command, "`, or name it in `reports`"];
        }
        let message = text!["there is no ", wanted];
        Self { gate, reason: Reason::new("no-evidence", Verdict::Error, message).help(help) }
    }
}
