//! gpu-matcher: which runner fits this job's GPU needs, and is it truly what it says?
//!
//! `gather` reads what jobs need and what runners have, `placement` decides, `tell` says it; `wire` holds the
//! documents between the job that plans and the jobs that run.

mod args;
mod gather;
mod tell;
pub mod wire;

use std::process::ExitCode;

use runner_protocol::{Answer, Failure, Out, run};

use args::{Arguments, Command};
use tell::Expected;

pub use args::interface;

/// Runs the tool on this process's arguments.
pub fn main() -> ExitCode {
    run(&interface(), |arguments: &Arguments, out: &mut Out| -> Result<Answer, Failure> {
        match &arguments.command {
            Command::Match(args) => {
                let planned = gather::planned(&args.source, &args.policy, out)?;
                tell::plan(&planned, args, out)
            }
            Command::Explain(args) => {
                tell::explanation(&gather::planned(&args.source, &args.policy, out)?, out);
                Ok(Answer::Yes)
            }
            Command::Lint(args) => {
                let known = gather::known(&args.source, gather::is_by_strangers(out)?, out)?;
                Ok(tell::lint(&known, out))
            }
            Command::Check(args) => {
                let checked = gather::checked(args)?;
                tell::check(&checked, out);
                Ok(checked.answer())
            }
            Command::Probe(args) => {
                // What is expected is read first: a mistake there needs no machine.
                let job =
                    args.expect.as_deref().map(|name| gather::expected(name, &args.jobs, out));
                let job = job.transpose()?;
                let probed = gather::probed(out);
                match job {
                    Some(job) => {
                        let expected = Expected { job: &job.name, options: &job.options };
                        tell::expect(&expected, &probed, args.print, out)
                    }
                    None => tell::probe(&probed, args.print, out),
                }
            }
        }
    })
}
