//! The event, as far as its base depends on it.

use affected::base::Trigger;
use diagnostics::Foreign;
use runner_protocol::{Before, Event, Failure, Out, PullRequest};

use crate::args::RangeArgs;

/// The longest payload that is replayed: GitHub caps them at 25 MB.
const LONGEST: u64 = 64 << 20;

/// What started a run, and for which branch it runs.
pub(super) struct Occasion {
    /// What started it.
    pub(super) trigger: Trigger,
    /// The branch.
    pub(super) branch: Branch,
}

/// The branch that a run is for, as GitHub lists runs by it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// A branch of this repository, by its short name.
    Of(String),
    /// A branch of a fork.
    OfFork,
    /// None: a tag, or no job.
    None,
}

/// What started this run: the job's event, the one to be replayed, or nothing.
pub(super) fn occasion(args: &RangeArgs, out: &Out) -> Result<Occasion, Failure> {
    let Some(event) = event(args, out)? else {
        return Ok(Occasion { trigger: Trigger::Local, branch: Branch::None });
    };
    let full_ref = out.context().map(|context| context.full_ref).unwrap_or_default();
    let branch = branch(&event, &full_ref);
    Ok(Occasion { trigger: trigger(event), branch })
}

fn branch(event: &Event, full_ref: &str) -> Branch {
    let full_ref = match event {
        Event::PullRequest(pull)
        | Event::PullRequestReview(pull)
        | Event::PullRequestReviewComment(pull)
        | Event::PullRequestTarget(pull) => {
            return if pull.is_from_fork() {
                Branch::OfFork
            } else {
                Branch::Of(pull.head.branch.clone())
            };
        }
        Event::Push(push) => push.ref_name.as_str(),
        Event::MergeGroup(_)
        | Event::Release(_)
        | Event::Schedule(_)
        | Event::WorkflowDispatch(_)
        | Event::WorkflowRun(_)
        | Event::Other(_) => full_ref,
    };
    // GitHub lists the runs of a tag and of a branch with one name together.
    match full_ref.strip_prefix("refs/heads/") {
        Some(short) => Branch::Of(short.to_owned()),
        None => Branch::None,
    }
}

fn event(args: &RangeArgs, out: &Out) -> Result<Option<Event>, Failure> {
    Ok(match (&args.event_name, &args.event_path) {
        (Some(name), Some(path)) => {
            let payload = system::read_whole(path, LONGEST).map_err(|failure| {
                let what = "the payload of the event";
                Failure::no_answer(
                    diagnostics::Problem::error(diagnostics::text![what, " cannot be read"])
                        .at(diagnostics::Place::file(Foreign::path(path)))
                        .label(diagnostics::Piece::said(&failure.source))
                        .help(
                            "`--event-path` names the file that a job finds by GITHUB_EVENT_PATH",
                        ),
                )
            })?;
            let read = Event::read(name, &payload);
            Some(read.map_err(|error| Failure::no_answer(error.problem(&Foreign::path(path))))?)
        }
        (Some(_) | None, _) if out.is_actions() => {
            let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
            Some(context.event()?)
        }
        (Some(_) | None, _) => None,
    })
}

fn trigger(event: Event) -> Trigger {
    match event {
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
    }
}

fn pull_request(pull: PullRequest) -> Trigger {
    Trigger::PullRequest {
        number: pull.number,
        base: pull.base.commit,
        head: pull.head.commit,
        before: pull.before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, payload: &str, full_ref: &str, wanted: &Branch) {
        let event = Event::read(name, payload.as_bytes()).unwrap();
        assert_eq!(branch(&event, full_ref), *wanted, "{name} {payload} {full_ref}");
    }

    #[test]
    fn a_run_is_for_the_branch_that_its_code_is_from() {
        let main = Branch::Of("main".to_owned());
        let schedule = r#"{"schedule": "0 3 * * *"}"#;
        check("schedule", schedule, "refs/heads/main", &main);
        check("schedule", schedule, "refs/heads/a/b", &Branch::Of("a/b".to_owned()));
        check("issue_comment", "{}", "refs/heads/main", &main);
        check("issue_comment", "{}", "refs/tags/main", &Branch::None);
        check("issue_comment", "{}", "", &Branch::None);
    }

    #[test]
    fn a_pull_request_is_for_its_own_branch_unless_that_is_a_forks() {
        let pull = |repository: &str| {
            let (base, head) = ("a".repeat(40), "b".repeat(40));
            format!(
                r#"{{"action": "opened", "number": 7, "pull_request": {{"number": 7, "draft": false, "labels": [],
                "base": {{"sha": "{base}", "ref": "main", "repo": {{"full_name": "org/mono"}}}},
                "head": {{"sha": "{head}", "ref": "topic", "repo": {repository}}}}}}}"#
            )
        };
        let own = pull(r#"{"full_name": "org/mono"}"#);
        for name in ["pull_request", "pull_request_target", "pull_request_review"] {
            check(name, &own, "refs/heads/main", &Branch::Of("topic".to_owned()));
        }
        check(
            "pull_request",
            &pull(r#"{"full_name": "eve/mono"}"#),
            "refs/pull/7/merge",
            &Branch::OfFork,
        );
        check("pull_request", &pull("null"), "refs/pull/7/merge", &Branch::OfFork);
    }
}
