//! The verdict of an earlier run.

use std::path::Path;

use diagnostics::{Foreign, Piece, Place, Problem};
use runner_protocol::Failure;

use super::files;
use crate::wire::ToldVerdict;

/// Reads it.
pub(crate) fn verdict_file(path: &Path) -> Result<ToldVerdict, Failure> {
    let help = "`from` names the file of the output `report` of an earlier run";
    let bytes = files::read(path, "the verdict", help)?;
    ToldVerdict::read(&bytes).map_err(|error| {
        let (line, column) = error.place.unwrap_or((1, 1));
        Failure::no_answer(
            Problem::error("the verdict cannot be read")
                .at(Place::of_json(Foreign::path(path), &bytes, line, column))
                .label(Piece::said(&error))
                .help("have a run of the same release write it, and hand it over as it is"),
        )
    })
}
