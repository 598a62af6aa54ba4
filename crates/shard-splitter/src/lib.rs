//! shard-splitter: how do N runners finish together, with every test run exactly once?
//!
//! `gather` reads files and asks test tools, `sharding` decides, `tell` says it; `wire` holds the
//! documents between the job that plans, the jobs that run, and the next run.

mod args;
mod gather;
mod tell;
pub mod wire;

use std::collections::BTreeSet;
use std::process::ExitCode;

use runner_protocol::{Answer, Failure, Out, run};
use sharding::{Claim, Items, Timings, Verdict};

use args::{Arguments, Command};

pub use args::interface;

/// Runs the tool on this process's arguments.
pub fn main() -> ExitCode {
    run(&interface(), |arguments: &Arguments, out: &mut Out| -> Result<Answer, Failure> {
        match &arguments.command {
            Command::Plan(args) => plan(args, out)?,
            Command::Select(args) => select(args, out)?,
            Command::Record(args) => record(args, out)?,
            Command::Merge(args) => merge(args, out)?,
            Command::Verify(args) => return verify(args, out),
            Command::Explain(args) => {
                tell::explanation(&gather::plan_file(&args.plan.file)?, args, out)?;
            }
        }
        Ok(Answer::Yes)
    })
}

fn plan(args: &args::PlanArgs, out: &mut Out) -> Result<(), Failure> {
    let gathered = gather::gathered(&args.facts, &args.plan.file, out)?;
    let made = gathered.plan()?;
    let file = wire::PlanFile::new(&made.plan, &gathered.plan_facts());
    let planned = tell::Planned { args, made: &made, reports: &gathered.reports, file: &file };
    tell::plan(&planned, out)
}

fn select(args: &args::SelectArgs, out: &mut Out) -> Result<(), Failure> {
    let read = match gather::missing_plan(args, out)? {
        gather::PlanIs::There => gather::plan_file(&args.plan.file)?,
        gather::PlanIs::ToBeMade => {
            let gathered = gather::gathered(&args.facts, &args.plan.file, out)?;
            let file = wire::PlanFile::new(&gathered.plan()?.plan, &gathered.plan_facts());
            tell::write_plan(&args.plan.file, &file)?;
            gather::plan_file(&args.plan.file)?
        }
    };
    gather::check_digest(args, &read, out)?;
    gather::refuse_overwriting(&args.list_file, &args.plan.file, "the plan file", "list-file")?;
    let (index, shard) = gather::shard(&read, &args.which, &args.plan.file, out)?;
    tell::selection(&read, (index, shard), args, out)
}

fn record(args: &args::RecordArgs, out: &mut Out) -> Result<(), Failure> {
    let read = gather::plan_file(&args.plan.file)?;
    let (index, shard) = gather::shard(&read, &args.which, &args.plan.file, out)?;
    let report = if shard.items.is_empty() {
        gather::idle_report(args, (index, &read.digest), out)?
    } else {
        gather::shard_report(args, (index, &read.digest), out)?
    };
    tell::record(args, &report, out)
}

fn merge(args: &args::MergeArgs, out: &mut Out) -> Result<(), Failure> {
    let reports = gather::evidence(&args.records)?;
    let id = tell::only_run(&reports)?;
    let known = gather::timings_so_far(&args.timings_file, out)?;
    let plan = gather::if_there(&args.plan.file, gather::plan_file)?;
    let is_new = known.is_none();
    let mut file = known.unwrap_or_default();
    let before = plan.as_ref().map(|plan| expected(plan, &file, args));
    let newest = sharding::newest(&reports);
    let samples: Vec<&reports::Sample> = newest.iter().flat_map(|report| &report.samples).collect();
    let merged = file.merge(wire::Run { id, samples: &samples });
    let after = plan.as_ref().map(|plan| expected(plan, &file, args));
    // What there is nothing to compare with is new.
    let change = before.zip(after).filter(|_| !is_new);
    let merging = tell::Merging {
        args,
        file: &file,
        merged,
        change: change.map(|(before, after)| sharding::change_millionths(before, after)),
        may_save: gather::may_save(out)?,
    };
    tell::merge(&merging, out)
}

/// How long the plan's slowest shard takes by these timings, as far as they are known.
fn expected(read: &wire::ReadPlan, file: &wire::TimingsFile, args: &args::MergeArgs) -> u64 {
    let items = Items::new(read.plan.placed().map(|placed| placed.id.clone()).collect());
    let mut matcher = sharding::Matcher::new(&items);
    let mut report = matcher.report();
    file.samples(args.estimate.estimate()).for_each(|sample| report.sample(&sample));
    let collected = report.collected();
    matcher.keep(collected);
    let timings: Timings = matcher.finish();
    read.plan.makespan_with(&|id| {
        let place = items.position(id.as_bytes())?;
        timings.micros().get(place).copied().flatten()
    })
}

fn verify(args: &args::VerifyArgs, out: &mut Out) -> Result<Answer, Failure> {
    let read = gather::plan_file(&args.plan.file)?;
    let discovered = gather::tests(&args.list, out)?;
    let reports = gather::evidence(&args.records)?;
    let run = reports.iter().map(|report| report.run).max().unwrap_or(0);
    let baseline = match &args.baseline {
        Some(path) => {
            let file = gather::if_there(path, gather::timings_file)?;
            if file.is_none() {
                tell::no_baseline(path, out);
            }
            file
        }
        None => None,
    };
    let ran_before = baseline.map_or_else(BTreeSet::new, |file| file.ran_before(run));
    let holders = gather::holders(&discovered, args.list.framework.or(read.facts.framework));
    let shards = u16::try_from(read.plan.shards.len()).unwrap_or(u16::MAX);
    let claim = Claim {
        discovered: &discovered,
        holders: &holders,
        run: gather::run_in_question(out)?,
        shards,
        plan: &read.digest,
        ran_before: &ran_before,
    };
    let mut verdict: Verdict = sharding::verify(&claim, &reports);
    if args.new_skips == args::NewSkips::Warn {
        tell::new_skips(&std::mem::take(&mut verdict.newly_skipped), out);
    }
    tell::verdict(&verdict, &read, out);
    Ok(if verdict.holds() { Answer::Yes } else { Answer::No })
}
