//! What is wrong with the evidence itself. Whatever it is, there is no answer.

use diagnostics::{Foreign, Piece, Place, text};
use reports::{Complaint, Malformed};

use crate::homes::wanted;
use crate::{Gate, Reason, Verdict};

/// Evidence of a gate that cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The gate that it was for; nothing where nobody knows, and it may be any that looks at reports.
    pub gate: Option<Gate>,
    /// What is wrong with it.
    pub reason: Reason,
}

impl Trouble {
    /// Whether it is trouble of a gate.
    pub(crate) fn is_of(&self, gate: Gate) -> bool {
        self.gate.map_or(gate.looks_at_reports(), |of| of == gate)
    }

    /// A report that is not whole, or of another format.
    pub fn malformed(gate: Option<Gate>, file: Foreign, malformed: &Malformed) -> Self {
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
    pub fn complaint(gate: Option<Gate>, file: Foreign, complaint: &Complaint) -> Self {
        let mut message = text!["the report ", file.clone(), " is no evidence: ", complaint.why];
        if let Some(said) = &complaint.said {
            message.text(": ").foreign(said.as_slice());
        }
        let reason = Reason::new("incomplete-report", Verdict::Error, message)
            .at(Place::file(file))
            .help("see the tool's own log, and run it again");
        Self { gate, reason }
    }

    /// A report of a scanner that cannot be told from one of nothing.
    pub fn of_nothing(gate: Gate, file: Foreign, why: &'static str) -> Self {
        let message = text!["the report ", file.clone(), " is no evidence: ", why];
        let reason = Reason::new("incomplete-report", Verdict::Error, message)
            .at(Place::file(file))
            .help("see that the scan finds lock files or configurations, with `--list-all-pkgs` before Trivy 0.52; write `allow-empty = true` in `[gate.security]` if it may find none");
        Self { gate: Some(gate), reason }
    }

    /// A report without anything in it, beside others.
    pub fn empty(gate: Gate, file: Foreign) -> Self {
        let message = text!["the report ", file.clone(), " holds nothing"];
        let reason = Reason::new("empty-report", Verdict::Warn, message)
            .at(Place::file(file))
            .help("see whether its step ran anything, or hand over only the others");
        Self { gate: Some(gate), reason }
    }

    /// A gate that is to run and has nothing to look at.
    pub fn missing(gate: Gate) -> Self {
        let (what, command) = wanted(gate);
        let mut help = text!["hand it over, or leave this gate out of `gate`"];
        if let Some(command) = command {
            let name = gate.name();
            help =
                text!["make one with `", command, "`, or name it in `reports`: `", name, "=PATH`"];
        }
        let message = text!["there is no ", what, " to look at"];
        let gate = Some(gate);
        Self { gate, reason: Reason::new("no-evidence", Verdict::Error, message).help(help) }
    }

    /// A pattern or a file that was asked for and means nothing.
    pub fn nothing(gate: Option<Gate>, pattern: Foreign) -> Self {
        let (what, command) = gate.map_or(("report", None), wanted);
        let message = text!["no ", what, " is at ", pattern];
        let help = match command {
            Some(command) => {
                text!["see that the step before wrote it; `", command, "` makes one"]
            }
            None => {
                text!["see that the step before wrote it, and the folder that this one runs in"]
            }
        };
        Self { gate, reason: Reason::new("missing-report", Verdict::Error, message).help(help) }
    }

    /// A report that the disk does not give, and what it says.
    pub fn unread(gate: Option<Gate>, file: Foreign, why: Piece) -> Self {
        let message = text!["the report ", file.clone(), " cannot be read: ", why];
        let reason = Reason::new("unreadable-report", Verdict::Error, message)
            .at(Place::file(file))
            .help("see what is there, and whether this user may read it");
        Self { gate, reason }
    }

    /// A report that lies outside of the folder that the tool runs in, behind a link.
    pub fn outside(gate: Option<Gate>, file: Foreign) -> Self {
        let message =
            text!["the report ", file.clone(), " is a link that leads out of this folder"];
        let reason = Reason::new("foreign-report", Verdict::Error, message)
            .at(Place::file(file))
            .help("hand the report itself over: what is behind the link is not this run's");
        Self { gate, reason }
    }

    /// A report that says nothing that the gate looks at.
    pub fn misplaced(gate: Option<Gate>, file: Foreign, format: &'static str) -> Self {
        let message = text![
            "the report ",
            file.clone(),
            " (",
            format,
            ") is not one that this gate looks at"
        ];
        let reason = Reason::new("misplaced-report", Verdict::Error, message)
            .at(Place::file(file))
            .help("name another gate in front of it, or none");
        Self { gate, reason }
    }
}
