//! What was deployed, what that brought, and which incidents there were.

use diagnostics::{Level, Problem};
use pipeline_metrics::answers::Answers;
use pipeline_metrics::dora::{Dora, Targets, Window, comparisons, dora};
use pipeline_metrics::{Millis, Moment};
use runner_protocol::{Cause, Failure, Out};

use super::super::config;
use super::{Answered, Asking, asking, saved};
use crate::args::DoraArgs;

/// How long a deployment may take: so long a run may wait for its approval and go on (GitHub documentation,
/// "Usage limits").
const LONGEST_ROLLOUT: Millis = Millis(35 * 86_400_000);

/// The most deployments that are asked about, and the most comparisons.
const MOST_DEPLOYMENTS: usize = 1_000;

/// The label of incidents where the configuration has none.
const LABEL: &str = "incident";

/// The figures, with what they were asked for.
pub(crate) struct Measured {
    pub(crate) window: Window,
    pub(crate) dora: Dora,
    pub(crate) targets: Targets,
}

/// Measures them.
pub(crate) fn measured(args: &DoraArgs, out: &mut Out) -> Result<Measured, Failure> {
    let targets = match config::file(args.file.config.as_deref())? {
        Some((file, bytes)) => Targets::read(file, &bytes)
            .map_err(|problems| Failure { cause: Cause::NoAnswer, problems })?,
        None => Targets::default(),
    };
    let to =
        args.measured_until.unwrap_or_else(|| Moment::of_seconds(system::seconds_since_1970()));
    let window = Window {
        environment: args.deployed_to.clone(),
        from: to.minus(args.measured_span),
        to,
        incident_label: targets.incident_label.clone().unwrap_or_else(|| LABEL.to_owned()),
    };
    let answers = match asking(&args.answers, out)? {
        Some(asking) => asked(args, &asking, &window, out)?,
        None => saved(&args.answers.responses)?,
    };
    Ok(Measured { dora: dora(&answers, &window), window, targets })
}

fn asked(
    args: &DoraArgs,
    asking: &Asking,
    window: &Window,
    out: &mut Out,
) -> Result<Answers, Failure> {
    let outside = |failure: github_api::ApiFailure| {
        Failure::outside(failure.is_wrong_input(), failure.problem())
    };
    let Asking { repository, client } = asking;
    let mut answered = Answered::new(args.answers.responses_folder.as_deref());
    let since = window.from.minus(LONGEST_ROLLOUT).to_string();
    let deployments = client.deployments_to(repository, &window.environment, &since);
    answered.add(&deployments.map_err(outside)?)?;
    let ids: Vec<u64> = answered.answers.deployments.keys().rev().copied().collect();
    if ids.len() > MOST_DEPLOYMENTS {
        return Err(Failure::no_answer(
            Problem::error("there are more deployments than are asked about")
                .help("look at a shorter time with `measured-span`"),
        ));
    }
    answered.add(&client.statuses(repository, &ids).map_err(outside)?)?;
    for (base, head) in comparisons(&answered.answers, window) {
        match client.compared(repository, &base, &head) {
            Ok(body) => answered.add(&[body])?,
            // A commit that is gone brings no others down: what it brought is counted as not known.
            Err(failure) if matches!(failure.kind, github_api::FailureKind::NotFound) => {
                out.problem(Problem { level: Level::Notice, ..failure.problem() });
            }
            Err(failure) => return Err(outside(failure)),
        }
    }
    let from = window.from.to_string();
    let issues = client.issues_with(repository, &window.incident_label, &from);
    answered.add(&issues.map_err(outside)?)?;
    Ok(answered.answers)
}
