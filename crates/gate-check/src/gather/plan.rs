//! What the change plan says is affected.

use std::path::Path;

use diagnostics::{Piece, Place, Problem, offset, position};
use runner_protocol::Failure;
use verdict::gates::required_jobs::Affected;

use super::{files, foreign};
use crate::wire::ChangePlan;

/// What is affected, if a plan is given.
pub(super) fn affected(path: Option<&Path>) -> Result<Option<Affected>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let help = "`changes` names the file of `plan-path` of `actions/changes`";
    let bytes = files::read(path, "the change plan", help)?;
    let plan = ChangePlan::read(&bytes).map_err(|error| {
        let (line, column) = error.place.unwrap_or((1, 1));
        let (line, column) = position(&bytes, offset(&bytes, line, column));
        Failure::no_answer(
            Problem::error("the change plan cannot be trusted")
                .at(Place::at(foreign(path), line, column))
                .label(Piece::said(&error))
                .help("write it with `actions/changes` of the same release, and hand it over as it is"),
        )
    })?;
    Ok(Some(plan.affected()))
}
