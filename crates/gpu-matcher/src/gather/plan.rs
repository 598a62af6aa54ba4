//! Jobs, the fleet and what this run is, and where that leads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use diagnostics::{Foreign, Place, Problem, text};
use placement::config::{Job, Policies, Written};
use placement::{
    Entry, Gathered, NoGpu, OnBusy, OnNoMatch, OnOffline, Outcome, Policy, Request, Strangers,
    entries, plan,
};
use reports::change_plan::ChangePlan;
use runner_protocol::{Cause, Context, Event, Failure, Out};

use super::{github, sources};
use crate::args::{Busy, CpuRunner, Forks, NoMatch, Offline, PolicyArgs, SourceArgs};

/// The longest change plan, in bytes: a million files.
const LONGEST: u64 = 256 << 20;

/// The events that may be about a fork.
const OF_OTHERS: [&str; 5] = [
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_target",
    "workflow_run",
];

/// Where each job goes, and what that was made of.
pub(crate) struct Planned {
    pub(crate) requests: Vec<Request>,
    pub(crate) fleet: Vec<Entry>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) cpu: CpuRunner,
    /// Where each job is written.
    pub(crate) places: BTreeMap<String, Place>,
}

/// What there is, before anything is decided.
pub(crate) struct Known {
    pub(crate) written: Written,
    /// The jobs that are cargo commands and build nothing that needs a GPU.
    pub(crate) without_gpu: BTreeSet<String>,
    pub(crate) fleet: Vec<Entry>,
    pub(crate) remarks: Vec<Problem>,
}

/// Reads jobs and the fleet.
pub(crate) fn known(
    args: &SourceArgs,
    by_strangers: bool,
    out: &mut Out,
) -> Result<Known, Failure> {
    let (written, cargo) = sources::written(&args.jobs, args.fleet.as_deref(), by_strangers, out)?;
    let probes = sources::probes(&written.fleet)?;
    let context = if out.is_actions() {
        Some(out.context().map_err(|error| Failure::environment(error.problem()))?)
    } else {
        None
    };
    let asked = github::asked(args, context.as_ref(), out)?;
    if let Some(asked) = &asked {
        let (runners, requests) = (asked.listed.len(), asked.requests);
        out.trace(|say| {
            say.append(text!["GitHub lists ", runners, " runners, in ", requests, " requests"]);
        });
    }
    let workflow = context.as_ref().map(workflow_names).unwrap_or_default();
    let merged = entries(
        &written.fleet,
        &Gathered {
            listed: asked.as_ref().map(|it| it.listed.as_slice()),
            groups: asked.as_ref().and_then(|it| it.groups.as_deref()),
            hosted: asked.as_ref().and_then(|it| it.hosted.as_deref()),
            workflow: &workflow,
            is_public: context.as_ref().and_then(Context::is_public),
            probes: Some(&probes),
        },
    )
    .map_err(|conflicts| Failure {
        cause: Cause::NoAnswer,
        problems: conflicts.iter().map(placement::Conflict::problem).collect(),
    })?;
    let mut remarks = cargo.remarks;
    remarks.extend(written.remarks.iter().cloned());
    remarks.extend(merged.remarks);
    Ok(Known { written, without_gpu: cargo.without_gpu, fleet: merged.entries, remarks })
}

/// How a group may name the workflow of this run.
fn workflow_names(context: &Context) -> Vec<String> {
    let Some(named) = &context.workflow_ref else { return Vec::new() };
    let path = named.split_once('@').map_or(named.as_str(), |(path, _)| path);
    vec![named.clone(), format!("{path}@{}", context.commit)]
}

/// Decides where each job goes.
pub(crate) fn planned(
    source: &SourceArgs,
    args: &PolicyArgs,
    out: &mut Out,
) -> Result<Planned, Failure> {
    let strangers = strangers(args.forks, out)?;
    let known = known(source, strangers.is_some(), out)?;
    for remark in known.remarks {
        out.problem(remark);
    }
    let jobs = chosen(&known.written.jobs, &args.only)?;
    let change = args.change_plan.as_deref().map(change_plan).transpose()?;
    let run = policy(args, known.written.policies);
    let request = |job: &&Job| {
        let no_gpu = if known.without_gpu.contains(&job.name) {
            Some(NoGpu::NoFeature)
        } else {
            let unchanged = change.as_ref().filter(|change| !needs_gpu(job, change));
            unchanged.map(|_| NoGpu::Unchanged)
        };
        job.request(run, no_gpu)
    };
    let requests: Vec<Request> = jobs.iter().map(request).collect();
    let outcomes = plan(&requests, &known.fleet, run, strangers).map_err(|too_many| {
        let help = "place fewer jobs at once by `--only` (input `only`)";
        Failure::no_answer(
            Problem::error("there is no plan")
                .label(diagnostics::Piece::said(&too_many))
                .help(help),
        )
    })?;
    let places = jobs.iter().map(|job| (job.name.clone(), job.spot.place.clone())).collect();
    let cpu = args.cpu_runner.clone();
    Ok(Planned { requests, fleet: known.fleet, outcomes, cpu, places })
}

/// The jobs that are placed.
fn chosen<'a>(jobs: &'a [Job], only: &[String]) -> Result<Vec<&'a Job>, Failure> {
    if jobs.is_empty() {
        return Err(Failure::no_answer(
            Problem::error("no job says what it needs").help(
                "write `[jobs.test]` with what it needs into `.github/gpu-jobs.toml`, or name the file by `--gpu-jobs` (input `gpu-jobs`)",
            ),
        ));
    }
    let only: Vec<&str> = only.iter().map(|name| name.trim()).filter(|it| !it.is_empty()).collect();
    let mut problems = Vec::new();
    for name in &only {
        if !jobs.iter().any(|job| job.name == *name) {
            let mut message = text!["there is no job ", Foreign::from(*name)];
            let near = diagnostics::nearest(name, jobs.iter().map(|job| job.name.as_str()));
            if let Some(near) = near {
                message.text("; the nearest is ").foreign(near);
            }
            problems.push(
                Problem::error(message)
                    .help("`--only` (input `only`) names jobs that are written down"),
            );
        }
    }
    if !problems.is_empty() {
        return Err(Failure { cause: Cause::NoAnswer, problems });
    }
    Ok(jobs.iter().filter(|job| only.is_empty() || only.contains(&job.name.as_str())).collect())
}

/// Inputs stand in place of what is written, and that in place of what is usual.
fn policy(args: &PolicyArgs, written: Policies) -> Policy {
    let usual = written.over(Policy::default());
    Policy {
        on_no_match: args.on_no_match.map_or(usual.on_no_match, |it| match it {
            NoMatch::Fail => OnNoMatch::Fail,
            NoMatch::Cpu => OnNoMatch::Cpu,
            NoMatch::Skip => OnNoMatch::Skip,
            NoMatch::Wait => OnNoMatch::Wait,
        }),
        on_busy: args.on_busy.map_or(usual.on_busy, |it| match it {
            Busy::Wait => OnBusy::Wait,
            Busy::Fallback => OnBusy::Fallback,
        }),
        on_offline: args.on_offline.map_or(usual.on_offline, |it| match it {
            Offline::Fallback => OnOffline::Fallback,
            Offline::Fail => OnOffline::Fail,
            Offline::Wait => OnOffline::Wait,
        }),
    }
}

fn change_plan(path: &Path) -> Result<ChangePlan, Failure> {
    let bytes = system::read_whole(path, LONGEST).map_err(|failure| {
        Failure::outside(
            failure.is_wrong_path(),
            failure.problem("the change plan").help(
                "`--change-plan` (input `change-plan`) names the file of `plan-path` of `actions/changes`",
            ),
        )
    })?;
    ChangePlan::read(&bytes).map_err(|error| Failure::no_answer(error.problem(Foreign::path(path))))
}

/// Whether a job needs a GPU after a change.
fn needs_gpu(job: &Job, change: &ChangePlan) -> bool {
    let Some(when) = &job.when else { return true };
    if change.all {
        return true;
    }
    let files: Option<Vec<&[u8]>> =
        change.files.as_ref().map(|files| files.iter().map(Vec::as_slice).collect());
    let cargo = || change.packages.iter().filter(|it| it.ecosystem == "cargo");
    // A package that the plan does not know may have changed.
    let is_known = when.crates.iter().all(|name| cargo().any(|it| it.name == *name));
    let affected: Vec<&str> =
        cargo().filter(|it| it.is_affected).map(|it| it.name.as_str()).collect();
    when.needs_gpu(files.as_deref(), is_known.then_some(affected.as_slice()))
}

/// What happens to GPU jobs, if strangers may have written code for this run.
fn strangers(forks: Forks, out: &Out) -> Result<Option<Strangers>, Failure> {
    let rule = match forks {
        Forks::Allow => return Ok(None),
        Forks::Cpu => Strangers::Cpu,
        Forks::Skip => Strangers::Skip,
        Forks::Fail => Strangers::Fail,
    };
    Ok(is_by_strangers(out)?.then_some(rule))
}

/// Whether strangers may have written code for this run.
///
/// A pull request from a fork runs its code, and so may what runs after it with more rights (`pull_request_target`,
/// `workflow_run`). All other events run what a branch of the repository holds.
pub(crate) fn is_by_strangers(out: &Out) -> Result<bool, Failure> {
    if !out.is_actions() {
        return Ok(false);
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    if !OF_OTHERS.contains(&context.event_name.as_str()) {
        return Ok(false);
    }
    Ok(match context.event()? {
        Event::PullRequest(pull)
        | Event::PullRequestReview(pull)
        | Event::PullRequestReviewComment(pull)
        | Event::PullRequestTarget(pull) => pull.is_from_fork(),
        Event::WorkflowRun(run) => run.is_from_fork(),
        Event::Push(_)
        | Event::MergeGroup(_)
        | Event::Release(_)
        | Event::Schedule(_)
        | Event::WorkflowDispatch(_)
        | Event::Other(_) => false,
    })
}
