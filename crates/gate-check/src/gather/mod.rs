//! From the disk, the environment and git to facts: the policy, the jobs, the reports.

mod config;
mod files;
mod jobs;
mod plan;
mod told;

use jiff::civil::Date;
use reports::Job;
use runner_protocol::{Cause, Failure, Out};
use verdict::gates::required_jobs::{self, Affected};
use verdict::{Facts, Gate, Policy, Trouble};

use crate::args::RunArgs;

pub(crate) use config::policy;
pub(crate) use files::{foreign, put};
pub(crate) use told::verdict_file;

/// Everything that was found.
pub(crate) struct Gathered {
    today: Date,
    wanted: Vec<Gate>,
    troubles: Vec<Trouble>,
    jobs: Option<Vec<Job>>,
    affected: Option<Affected>,
}

impl Gathered {
    /// The day.
    pub(crate) fn today(&self) -> Date {
        self.today
    }

    /// The facts to decide on.
    pub(crate) fn facts(&self) -> Facts<'_> {
        let affected = self.affected.as_ref();
        Facts {
            today: self.today,
            wanted: &self.wanted,
            troubles: &self.troubles,
            acknowledged: &[],
            required_jobs: self.jobs.as_ref().map(|jobs| required_jobs::Facts { jobs, affected }),
        }
    }
}

/// Gathers what the gates look at: those of `only`, else those that are asked for.
pub(crate) fn gathered(
    args: &RunArgs,
    policy: &Policy,
    only: Option<&[Gate]>,
    _out: &mut Out,
) -> Result<Gathered, Failure> {
    let mut failures = Failures::default();
    let jobs = failures.keep(jobs::jobs(&args.jobs)).flatten();
    let affected = failures.keep(plan::affected(&args.jobs)).flatten();
    failures.none()?;
    let wanted = wanted(policy, only, jobs.is_some());
    let today = args.config.today.unwrap_or_else(config::today);
    Ok(Gathered { today, wanted, troubles: Vec::new(), jobs, affected })
}

/// Which gates run.
fn wanted(policy: &Policy, only: Option<&[Gate]>, has_jobs: bool) -> Vec<Gate> {
    if let Some(only) = only {
        return only.to_vec();
    }
    let mut wanted = policy.gates.clone().unwrap_or_else(|| policy.configured.clone());
    if has_jobs && !wanted.contains(&Gate::RequiredJobs) {
        wanted.push(Gate::RequiredJobs);
    }
    wanted
}

/// What is wrong with several things, so that one run tells all of it.
#[derive(Default)]
pub(crate) struct Failures(Vec<Failure>);

impl Failures {
    /// The value, or nothing: then the failure is kept.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.0.push(failure)).ok()
    }

    /// All that was kept, as one.
    pub(crate) fn none(self) -> Result<(), Failure> {
        let worst =
            self.0.iter().map(|failure| failure.cause).max_by_key(|cause| cause.exit_code());
        let Some(cause): Option<Cause> = worst else { return Ok(()) };
        let problems = self.0.into_iter().flat_map(|failure| failure.problems).collect();
        Err(Failure { cause, problems })
    }
}
