//! Whether a shard has a plan to follow, and whether it is the right one.
//!
//! A re-run of failed jobs that planned anew, from newer timings, would move the failed test to a
//! shard that does not run again: red becomes green and nobody ran it. So a re-run needs its plan.

use std::path::Path;

use diagnostics::{Foreign, Place, Problem, text};
use runner_protocol::{Failure, Out};

use super::records::run_of;
use crate::args::{MissingPlan, SelectArgs};
use crate::wire::ReadPlan;

/// Whether there is a plan file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanIs {
    /// It is there, or there is no way to make one.
    There,
    /// It is to be made here.
    ToBeMade,
}

/// Whether the plan has to be made here, and may be.
pub(crate) fn missing_plan(args: &SelectArgs, out: &mut Out) -> Result<PlanIs, Failure> {
    let file = &args.plan.file;
    let can_plan = args.facts.count.shards.is_some()
        && (args.facts.list.items.is_some() || args.facts.list.framework.is_some());
    if !can_plan || super::if_there(file, |_| Ok(()))?.is_some() {
        return Ok(PlanIs::There);
    }
    let (_, attempt) = run_of(out)?;
    if attempt > 1 && args.on_missing_plan == MissingPlan::Error {
        return Err(Failure::no_answer(refused(file, attempt)));
    }
    let message = text!["there is no plan file, so this shard plans by itself"];
    out.problem(
        Problem::notice(message)
            .at(Place::file(Foreign::path(file)))
            .help("each shard must have the same list and the same timings; `verify` compares the digests of their plans"),
    );
    Ok(PlanIs::ToBeMade)
}

fn refused(file: &Path, attempt: u64) -> Problem {
    Problem::error(text!["attempt ", attempt, " of this run has no plan file"])
        .at(Place::file(Foreign::path(file)))
        .label(text!["a plan that is made anew could move a failed test to a shard that does not run again"])
        .help("hand over the plan of the first attempt as an artifact, or re-run all jobs with `on-missing-plan: recompute`")
}

/// Refuses a plan that is another than the one that was named.
pub(crate) fn check_digest(args: &SelectArgs, read: &ReadPlan, out: &Out) -> Result<(), Failure> {
    let Some(wanted) = &args.plan_digest else { return Ok(()) };
    if wanted.trim().eq_ignore_ascii_case(&read.digest) {
        return Ok(());
    }
    let mut message =
        text!["the plan file has another digest than ", Foreign::from(wanted.as_str()), " ("];
    message.append(out.argument("plan-digest")).text(")");
    let label = text![Foreign::from(read.digest.as_str())];
    Err(Failure::no_answer(
        Problem::error(message)
            .at(Place::file(Foreign::path(&args.plan.file)))
            .label(label)
            .help("use the plan file and the digest of the same `plan` step of the same run"),
    ))
}
