//! cache-key: which key makes this cache correct and hit most, and why did it miss?
//!
//! `gather` reads files, asks compilers for their versions and looks at the machine, `ecosystems` knows
//! what of it matters, `cache_identity` decides, `tell` says it; `wire` holds the document that travels
//! with a cache.

mod args;
mod gather;
mod tell;
pub mod wire;

use std::process::ExitCode;

use runner_protocol::{Answer, Failure, Out, run};

use args::{Arguments, Command};

pub use args::interface;

/// Runs the tool on this process's arguments.
pub fn main() -> ExitCode {
    run(&interface(), |arguments: &Arguments, out: &mut Out| -> Result<Answer, Failure> {
        match &arguments.command {
            Command::Compute(args) => compute(args, out)?,
            Command::Explain(args) => explain(args, out)?,
            Command::Prune(args) => tell::prune(&gather::pruned(args, out)?, out)?,
            Command::Hash(args) => {
                let hashed = gather::hash(args, out)?;
                tell::hash(args, &hashed, out)?;
            }
            Command::Import(args) => tell::import(&gather::workflow(args)?, out)?,
        }
        Ok(Answer::Yes)
    })
}

fn compute(args: &args::ComputeArgs, out: &mut Out) -> Result<(), Failure> {
    let gathered = gather::gathered(args, out)?;
    let identity = gathered.identity()?;
    let earlier = args.previous.as_deref().map(gather::material).transpose()?;
    let computed = tell::Computed {
        args,
        gathered: &gathered,
        identity: &identity,
        earlier: earlier.as_ref(),
    };
    tell::compute(&computed, out)
}

fn explain(args: &args::ExplainArgs, out: &mut Out) -> Result<(), Failure> {
    let compared = gather::compared(args, out)?;
    tell::explain(&compared, out);
    if args.replace {
        tell::replace(&compared, out);
    }
    Ok(())
}
