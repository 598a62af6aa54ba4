//! The job that this machine was matched for.

use diagnostics::{Foreign, Problem, nearest, text};
use placement::config::Job;
use runner_protocol::{Failure, Out};

use super::sources;
use crate::args::JobsArgs;
use crate::tell::words;

/// The job of this name.
pub(crate) fn expected(name: &str, args: &JobsArgs, out: &mut Out) -> Result<Job, Failure> {
    let (written, _) = sources::written(args, None, false, out)?;
    let mut jobs = written.jobs;
    if let Some(place) = jobs.iter().position(|job| job.name == name) {
        return Ok(jobs.swap_remove(place));
    }
    let names = || jobs.iter().map(|job| job.name.as_str());
    let message = text!["there is no job ", Foreign::from(name)];
    let help = match nearest(name, names()) {
        Some(meant) => text!["did you mean ", Foreign::from(meant), "?"],
        None if jobs.is_empty() => text![
            "no file describes a job: `.github/gpu-jobs.toml` is not there, and `--gpu-jobs` (input `gpu-jobs`) names no other"
        ],
        None => {
            let mut help = text!["`gpu-jobs` has "];
            help.append(words::listed(names().map(|name| text![Foreign::from(name)])));
            help
        }
    };
    Err(Failure::no_answer(Problem::error(message).help(help)))
}
