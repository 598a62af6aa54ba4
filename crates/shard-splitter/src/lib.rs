//! shard-splitter: how do N runners finish together, with every test run exactly once?
//!
//! `gather` reads files, `sharding` decides, `tell` says it; `wire` is the plan file between the
//! job that plans and the jobs that run.

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
            Command::Plan(args) => plan(args, out)?,
            Command::Select(args) => select(args, out)?,
            Command::Explain(args) => {
                tell::explanation(&gather::plan_file(&args.plan.file)?, args, out)?;
            }
        }
        Ok(Answer::Yes)
    })
}

fn plan(args: &args::PlanArgs, out: &mut Out) -> Result<(), Failure> {
    let items = gather::items(args, out)?;
    let reports = gather::timings(args, &items, out)?;
    let empty = match args.empty {
        args::EmptyShards::Drop => sharding::Shards::OnlyUsed,
        args::EmptyShards::Keep => sharding::Shards::All,
    };
    let facts =
        sharding::Facts { items: &items, timings: &reports.timings, shards: args.shards, empty };
    let plan = sharding::plan(&facts);
    let file = wire::PlanFile::new(&plan, &items, args.shards);
    tell::plan(&tell::Planned { args, plan: &plan, reports: &reports, file: &file }, out)
}

fn select(args: &args::SelectArgs, out: &mut Out) -> Result<(), Failure> {
    let plan = gather::plan_file(&args.plan.file)?;
    let shard = gather::shard(&plan, args, out)?;
    tell::selection(&plan, shard, args, out)
}
