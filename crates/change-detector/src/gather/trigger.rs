//! The event, as far as its base depends on it.

use affected::base::Trigger;
use runner_protocol::{Before, Event, Failure, Out, PullRequest};

use super::foreign;
use crate::args::RangeArgs;

/// The longest payload that is replayed: GitHub caps them at 25 MB.
const LONGEST: u64 = 64 << 20;

/// What started this run: the job's event, the one to be replayed, or nothing.
pub(super) fn trigger(args: &RangeArgs, out: &Out) -> Result<Trigger, Failure> {
    let event = match (&args.event_name, &args.event_path) {
        (Some(name), Some(path)) => {
            let payload = system::read_whole(path, LONGEST).map_err(|failure| {
                let what = "the payload of the event";
                Failure::no_answer(
                    diagnostics::Problem::error(diagnostics::text![what, " cannot be read"])
                        .at(diagnostics::Place::file(foreign(path)))
                        .label(diagnostics::Piece::said(&failure.source))
                        .help(
                            "`--event-path` names the file that a job finds by GITHUB_EVENT_PATH",
                        ),
                )
            })?;
            Event::read(name, &payload)
                .map_err(|error| Failure::no_answer(error.problem(&foreign(path))))?
        }
        (Some(_) | None, _) if out.is_actions() => {
            let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
            context.event()?
        }
        (Some(_) | None, _) => return Ok(Trigger::Local),
    };
    Ok(match event {
        Event::Push(push) => Trigger::Push {
            full_ref: push.ref_name,
            before: match push.before {
                Before::Commit(commit) => Some(commit),
                Before::NewRef => None,
            },
            after: push.after,
            default_branch: push.default_branch,
        },
        Event::PullRequest(pull)
        | Event::PullRequestReview(pull)
        | Event::PullRequestReviewComment(pull)
        | Event::PullRequestTarget(pull) => pull_request(pull),
        Event::MergeGroup(group) => Trigger::MergeGroup { base: group.base, head: group.head },
        Event::Release(release) => Trigger::Release { tag: release.tag },
        Event::Schedule(_)
        | Event::WorkflowDispatch(_)
        | Event::WorkflowRun(_)
        | Event::Other(_) => Trigger::Other,
    })
}

fn pull_request(pull: PullRequest) -> Trigger {
    Trigger::PullRequest {
        number: pull.number,
        base: pull.base.commit,
        head: pull.head.commit,
        before: pull.before,
    }
}
