//! Whose caches this run writes and reads: from the event to what started it.

use cache_identity::{NotTrusted, Origin, Scope, Store, Wish};
use diagnostics::{Problem, text};
use runner_protocol::{Context, Event, Failure, Out, PullRequest};

use crate::args::{Backend, ComputeArgs};

/// Events that only those who may write to the repository, GitHub itself or the clock can start, and whose
/// code is what a ref of the repository holds.
///
/// Source: GitHub changelog, 2026-06-26, "Read-only Actions cache for untrusted triggers", where they keep
/// the right to write; and GitHub documentation, "Events that trigger workflows", for the last three, which
/// run on a ref of their own.
const OF_WRITERS: &[&str] = &[
    "push",
    "schedule",
    "workflow_dispatch",
    "repository_dispatch",
    "delete",
    "registry_package",
    "page_build",
    "create",
    "merge_group",
    "release",
];

/// The scope of this run.
pub(crate) fn scope(args: &ComputeArgs, out: &Out) -> Result<Scope, Failure> {
    let origin = origin(out)?;
    let store = match args.backend {
        Backend::Actions => Store::KeepsRefsApart,
        Backend::S3 | Backend::Local => Store::KeepsNothingApart,
    };
    let wish = match args.scope.trim() {
        "" | "auto" => Wish::Auto,
        "trusted" => Wish::Trusted,
        "untrusted" => Wish::Untrusted,
        name => Wish::Named(name.to_owned()),
    };
    Scope::of(&origin, store, &wish).map_err(|NotTrusted { why }| {
        let mut message = text!["this run gets no key that others trust: "];
        Failure::no_answer(Problem::error(message.append(why).clone()).help(
            "leave `scope` out: it reads trusted caches in any case, and saves its own apart, if at all",
        ))
    })
}

fn origin(out: &Out) -> Result<Origin, Failure> {
    if !out.is_actions() {
        return Ok(Origin::Local);
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    let default = context.default_branch();
    // A payload that cannot be understood leaves only the event's name: then the safe side is taken.
    Ok(match context.event() {
        Ok(event) => of_event(&event, &context, default.as_deref()),
        Err(_) => of_name(&context, default.as_deref()),
    })
}

fn of_event(event: &Event, context: &Context, default: Option<&str>) -> Origin {
    match event {
        Event::PullRequest(pull)
        | Event::PullRequestReview(pull)
        | Event::PullRequestReviewComment(pull) => pull_request(pull, default),
        Event::PullRequestTarget(pull) => {
            Origin::Strangers { event: context.event_name.clone(), number: Some(pull.number) }
        }
        Event::Push(_)
        | Event::MergeGroup(_)
        | Event::Release(_)
        | Event::Schedule(_)
        | Event::WorkflowDispatch(_)
        | Event::WorkflowRun(_)
        | Event::Other(_) => of_name(context, default),
    }
}

fn pull_request(pull: &PullRequest, default: Option<&str>) -> Origin {
    let base = Some(pull.base.branch.clone());
    Origin::PullRequest {
        number: Some(pull.number),
        base: base.filter(|base| Some(base.as_str()) != default),
        is_from_fork: pull.is_from_fork(),
    }
}

/// What is known by the event's name alone.
fn of_name(context: &Context, default: Option<&str>) -> Origin {
    match context.event_name.as_str() {
        "pull_request" | "pull_request_review" | "pull_request_review_comment" => {
            Origin::PullRequest { number: None, base: None, is_from_fork: true }
        }
        name if OF_WRITERS.contains(&name) => {
            let branch = context.full_ref.strip_prefix("refs/heads/");
            Origin::Writers {
                ref_name: context.full_ref.clone(),
                // The clock knows the default branch only.
                is_default: name == "schedule" || (branch.is_some() && branch == default),
            }
        }
        name => Origin::Strangers { event: name.to_owned(), number: None },
    }
}
