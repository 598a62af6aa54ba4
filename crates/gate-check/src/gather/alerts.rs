//! What Prometheus says now of every alert.

use std::time::Duration;

use diagnostics::{Foreign, Problem, text};
use prometheus_api::Client;
use rollout::alerts::{Policy, Rule, Seen};
use runner_protocol::{Cause, Failure, Out};

use super::{config, prometheus};
use crate::args::AlertsArgs;

/// How long all questions together may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What was measured.
pub(crate) struct Watched {
    /// What is wanted.
    pub(crate) policy: Policy,
    /// What each rule's series are, or why that is not known.
    pub(crate) seen: Vec<Result<Vec<Seen>, Foreign>>,
}

/// Asks for every rule.
pub(crate) fn watched(args: &AlertsArgs, out: &mut Out) -> Result<Watched, Failure> {
    let (file, bytes) = config::needed_file(args.file.config.as_deref(), "alerts")?;
    let policy = Policy::read(file.clone(), &bytes)
        .map_err(|problems| Failure { cause: Cause::NoAnswer, problems })?;
    let Some(policy) = policy else {
        let message = text!["the configuration ", file, " has no table `[alerts]`"];
        let help = "write what is looked at: `[[alerts.rule]]` with a `name`, a `query`, `warn` and `critical`";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    };
    let client = prometheus::client(&args.server, Duration::from_secs(20), out)?;
    client.begin_for(PATIENCE);
    let mut progress =
        out.progress("asking for alerts", u64::try_from(policy.rules.len()).unwrap_or(0));
    let mut seen = Vec::new();
    for rule in &policy.rules {
        seen.push(of_rule(&client, rule, &policy)?);
        progress.advance(1);
    }
    drop(progress);
    Ok(Watched { policy, seen })
}

fn of_rule(
    client: &Client,
    rule: &Rule,
    policy: &Policy,
) -> Result<Result<Vec<Seen>, Foreign>, Failure> {
    let asked = prometheus::asked(client.query(&rule.query, None), &rule.name, true)?;
    let series = prometheus::series(&asked, &rule.select, policy.warnings_as_errors);
    let seen = series.and_then(|all| {
        let one = |series: prometheus_api::Series| match series.points.as_slice() {
            [point] => {
                let reading = prometheus::reading(&point.value);
                Ok(Seen { labels: series.labels, reading })
            }
            _ => Err(Foreign::from("the query gives a range and not one number")),
        };
        all.into_iter().map(one).collect()
    });
    Ok(seen)
}
