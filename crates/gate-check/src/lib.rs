//! gate-check: may this pass? If not, exactly why not?
//!
//! `gather` reads reports, the configuration and git, `verdict` decides, `tell` says it; `wire` holds
//! the documents between a run, later steps and the next run.

mod args;
mod gather;
mod tell;
pub mod wire;

use std::process::ExitCode;

use runner_protocol::{Answer, Failure, Out, run};
use verdict::{Gate, Verdict};

use args::{Arguments, Command, RunArgs};

pub use args::interface;

/// Runs the tool on this process's arguments.
pub fn main() -> ExitCode {
    run(&interface(), |arguments: &Arguments, out: &mut Out| -> Result<Answer, Failure> {
        match &arguments.command {
            Command::Run(args) => judge(args, None, out),
            Command::Explain(args) => {
                tell::explanation(&gather::verdict_file(&args.from)?, &args.rule, out)?;
                Ok(Answer::Yes)
            }
            Command::Needs(args) => judge(&args.as_run(), Some(&[Gate::RequiredJobs]), out),
        }
    })
}

fn judge(args: &RunArgs, only: Option<&[Gate]>, out: &mut Out) -> Result<Answer, Failure> {
    let policy = gather::policy(args)?;
    let gathered = gather::gathered(args, &policy, only, out)?;
    let lent = gathered.lent();
    let decision = verdict::decide(&policy, &gathered.facts(&lent));
    tell::tell(
        &tell::Told { args, policy: &policy, gathered: &gathered, decision: &decision },
        out,
    )?;
    Ok(match decision.verdict {
        Verdict::Error => Answer::Unanswered,
        _ if decision.blocks() => Answer::No,
        Verdict::Pass
        | Verdict::Warn
        | Verdict::Inconclusive
        | Verdict::Acknowledge
        | Verdict::Review
        | Verdict::Fail => Answer::Yes,
    })
}
