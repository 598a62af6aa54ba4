//! What became of an attempt of a run.

use diagnostics::{Foreign, Problem, text};
use github_api::AttemptQuery;
use pipeline_metrics::answers::{Answers, Run};
use pipeline_metrics::{Beside, Outcome, Record, read_outcomes, record};
use runner_protocol::{Failure, Out};

use super::{Answered, Asking, asking, found_or_not, read, repository, saved};
use crate::args::CollectArgs;

/// The most deployments of a commit whose statuses are asked for.
const MOST_DEPLOYMENTS: usize = 100;

/// The most characters of notes that are kept.
const LONGEST_NOTES: usize = 4096;

/// A record, and what was not understood on the way.
pub(crate) struct Collected {
    pub(crate) record: Record,
    /// How many lines of our own tools were none.
    pub(crate) odd_lines: u64,
}

/// Collects it.
pub(crate) fn collected(args: &CollectArgs, out: &mut Out) -> Result<Collected, Failure> {
    let (outcomes, odd_lines) = outcomes(args, out)?;
    let (answers, repository) = match asking(&args.answers, out)? {
        Some(asking) => (asked(args, &asking, out)?, asking.repository),
        None => (saved(&args.answers.responses)?, repository(&args.answers, out)?),
    };
    let run = run(args, &answers, out)?;
    let notes = args.notes.as_deref().filter(|notes| !notes.trim().is_empty());
    let notes = notes.map(|notes| notes.chars().take(LONGEST_NOTES).collect());
    let record = record(&answers, run, Beside { repository, notes, outcomes });
    Ok(Collected { record, odd_lines })
}

/// Asks GitHub about the run, its jobs, and how long these waited for somebody's approval.
fn asked(args: &CollectArgs, asking: &Asking, out: &mut Out) -> Result<Answers, Failure> {
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    let run = args.run_id.unwrap_or(context.run_id);
    let own = (run == context.run_id).then_some(context.run_attempt);
    let attempt = args.run_attempt.or(own);
    let query = AttemptQuery { repository: &asking.repository, run, attempt };
    let mut answered = Answered::new(args.answers.responses_folder.as_deref());
    let outside = |failure: github_api::ApiFailure| {
        Failure::outside(failure.is_wrong_input(), failure.problem())
    };
    let bodies = asking.client.attempt(&query).map_err(outside)?;
    answered.add(&bodies)?;
    let commit = answered.answers.newest(Some(run)).map(|run| run.commit.clone());
    let approvals = commit.map_or(Ok(()), |commit| {
        let deployments = asking.client.deployments_of(&asking.repository, &commit)?;
        let mut of_commit = Answers::new();
        // Whatever is wrong with them shows when they are added.
        let _ = deployments.iter().try_for_each(|body| of_commit.read(body));
        let ids: Vec<u64> =
            of_commit.deployments.into_keys().rev().take(MOST_DEPLOYMENTS).collect();
        let statuses = asking.client.statuses(&asking.repository, &ids)?;
        let _ = answered.add(&deployments).and_then(|()| answered.add(&statuses));
        Ok(())
    });
    if let Err(failure) = approvals {
        let failure: github_api::ApiFailure = failure;
        let mut message = text!["waiting for an approval counts as waiting for a runner: "];
        message.append(failure.problem().message);
        out.problem(
            Problem::notice(message)
                .help("grant the job `permissions: deployments: read` if jobs have an environment"),
        );
    }
    Ok(answered.answers)
}

/// The attempt that is meant.
fn run<'a>(args: &CollectArgs, answers: &'a Answers, out: &Out) -> Result<&'a Run, Failure> {
    let own = out.context().ok().filter(|_| args.answers.responses.is_empty());
    let id = args.run_id.or(own.map(|context| context.run_id));
    let run = match (id, args.run_attempt) {
        (Some(id), Some(attempt)) => answers.runs.get(&(id, attempt)),
        (None, Some(attempt)) => {
            let only = answers.newest(None).map(|run| run.id);
            only.and_then(|id| answers.runs.get(&(id, attempt)))
        }
        (id, None) => answers.newest(id),
    };
    run.ok_or_else(|| {
        let runs = answers.runs.keys().take(5);
        let mut message = text!["the run that is meant is not among the answers"];
        for (place, (id, attempt)) in runs.enumerate() {
            message.text(if place == 0 { ", which have " } else { ", " });
            message.number(*id).text(" attempt ").number(*attempt);
        }
        Failure::no_answer(Problem::error(message).help(
            "save the answer to `repos/OWNER/NAME/actions/runs/ID/attempts/N` too, or say `run-id` and `run-attempt`",
        ))
    })
}

/// What our own tools left, in this job and in others.
fn outcomes(args: &CollectArgs, out: &Out) -> Result<(Vec<Outcome>, u64), Failure> {
    let mut patterns = args.outcomes.clone();
    if let Some(folder) = out.temporary() {
        let own = folder.join("signalbox-metrics");
        let is_there = system::exists(&own).unwrap_or(false);
        let is_empty = system::is_empty_folder(&own).unwrap_or(true);
        if is_there && !is_empty {
            let folder = Foreign::path(&own);
            let folder = String::from_utf8_lossy(folder.raw()).replace('[', "[[]");
            patterns.push(format!("{folder}/*.json"));
        }
    }
    let (mut outcomes, mut odd) = (Vec::new(), 0_u64);
    if patterns.is_empty() {
        return Ok((outcomes, odd));
    }
    // A job whose tools left nothing hands over nothing.
    for file in found_or_not(&patterns, "outcomes")?.0 {
        let help = "`outcomes` names files below a folder `signalbox-metrics`";
        let (read, not_read) = read_outcomes(&read(&file, "the outcomes", help)?);
        outcomes.extend(read);
        odd = odd.saturating_add(not_read);
    }
    // The names of the files are random, and a record of the same facts is the same bytes.
    outcomes.sort();
    Ok((outcomes, odd))
}
