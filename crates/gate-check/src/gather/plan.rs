//! What the change plan says is affected.

use std::collections::BTreeMap;
use std::path::Path;

use ::reports::change_plan::ChangePlan;
use diagnostics::{Foreign, Piece, Place, Problem, offset, position};
use runner_protocol::Failure;
use verdict::gates::required_jobs::Affected;

use super::files;
use crate::args::JobsArgs;

/// What is affected, and the commit that the change is compared with.
pub(super) type Planned = (Affected, Option<String>);

/// What is affected, if anything says it.
pub(super) fn planned(args: &JobsArgs) -> Result<Option<Planned>, Failure> {
    match (&args.changes, &args.filters) {
        (Some(path), _) => of_plan(path).map(Some),
        (None, Some(filters)) => Ok(Some((of_filters(filters)?, None))),
        (None, None) => Ok(None),
    }
}

/// Names and whether each matches, as the output `filters` has them.
fn of_filters(json: &str) -> Result<Affected, Failure> {
    let names = serde_json::from_str(json).map_err(|error| {
        let (line, column) =
            position(json.as_bytes(), offset(json.as_bytes(), error.line(), error.column()));
        Failure::no_answer(
            Problem::error("the input `filters` cannot be read")
                .at(Place::at("the input filters", line, column))
                .label(Piece::said(&error))
                .help("write `filters: ${{ needs.<job>.outputs.filters }}`, and declare that output of the job"),
        )
    })?;
    Ok(Affected { all: false, names })
}

fn of_plan(path: &Path) -> Result<Planned, Failure> {
    let help = "`changes` names the file of `plan-path` of `actions/changes`";
    let bytes = files::read(path, "the change plan", help)?;
    let plan = ChangePlan::read(&bytes)
        .map_err(|error| Failure::no_answer(error.problem(Foreign::path(path))))?;
    Ok((affected(&plan), plan.base))
}

/// What is affected, by name. Of several things of one name, one that is affected counts.
fn affected(plan: &ChangePlan) -> Affected {
    let parts = plan.filters.iter().chain(&plan.services).map(|it| (&it.name, it.is_affected));
    let packages = plan.packages.iter().map(|it| (&it.name, it.is_affected));
    let mut names = BTreeMap::new();
    for (name, is_affected) in parts.chain(packages) {
        *names.entry(name.clone()).or_default() |= is_affected;
    }
    Affected { all: plan.all, names }
}
