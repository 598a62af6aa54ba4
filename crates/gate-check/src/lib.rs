//! gate-check: may this pass? If not, exactly why not?
//!
//! `gather` reads reports, the configuration and git, `verdict` decides, `tell` says it; `wire` holds
//! the documents between a run, later steps and the next run.

mod args;
mod gather;
mod tell;
pub mod wire;

use std::process::ExitCode;

use diagnostics::{Level, Problem};
use runner_protocol::{Answer, Failure, Out, run};
use verdict::{Decision, Gate, Policy, Verdict};

use args::{
    AlertsArgs, Arguments, BaselineArgs, BenchArgs, CanaryArgs, CollectArgs, Command,
    DeployRunArgs, JobsArgs, PromotionArgs, PushArgs, RunArgs,
};
use gather::canary::{Canary, Measured};
use gather::{DeployEnded, Gathered, Purpose};
use rollout::deploy::Ending;

pub use args::interface;

/// Runs the tool on this process's arguments.
pub fn main() -> ExitCode {
    run(&interface(), |arguments: &Arguments, out: &mut Out| -> Result<Answer, Failure> {
        match &arguments.command {
            Command::Run(args) => judge(args, Purpose::Judge, out),
            Command::Needs(args) => {
                let run = RunArgs::of(&args.config, args.jobs.clone(), &args.files);
                judge(&run, Purpose::Only(&[Gate::RequiredJobs]), out)
            }
            Command::Lint(args) => {
                let run = RunArgs::of(&args.config, JobsArgs::default(), &args.files);
                judge(&run, Purpose::Only(&[Gate::WorkflowLint]), out)
            }
            Command::Manifests(args) => {
                let run = RunArgs::of(&args.config, JobsArgs::default(), &args.files);
                let run = RunArgs { manifests: args.manifests.clone(), ..run };
                judge(&run, Purpose::Only(&[Gate::Manifests]), out)
            }
            Command::Parity(args) => {
                let run = RunArgs::of(&args.config, JobsArgs::default(), &args.files);
                let (manifests, compose) = (args.manifests.clone(), args.compose.clone());
                let run = RunArgs { manifests, compose, ..run };
                judge(&run, Purpose::Only(&[Gate::Parity]), out)
            }
            Command::Baseline(args) => baseline(args, out),
            Command::Bench(args) => bench(args, out),
            Command::DeployPlan(args) => {
                let (_, plan) = gather::deploy_plan(args)?;
                tell::deploy_plan(&plan, out);
                Ok(Answer::Yes)
            }
            Command::DeployRun(args) => deploy(args, out),
            Command::Promotion(args) => promotion(args, out),
            Command::PromotionEvidence(args) => {
                let outcome = gather::promotion_evidence(args, out)?;
                tell::promotion_evidence(&args.criterion, outcome, out);
                Ok(Answer::Yes)
            }
            Command::Alerts(args) => alerts(args, out),
            Command::CanaryStep(args) => canary(&args.canary, gather::canary::watched, out),
            Command::CanaryWalk(args) => {
                let walk = gather::canary::walk(args, out)?;
                if let Some(mut failure) = walk.stuck {
                    let why = tell::canary_problems(&walk.canary, &walk.measured, &walk.decision);
                    failure.problems.extend(why);
                    return Err(failure);
                }
                tell::canary(&walk.canary, &walk.measured, &walk.decision, &walk.steps, out);
                Ok(canary_answer(walk.decision.verdict))
            }
            Command::CanaryJudge(args) => {
                let judged = |canary: &Canary, _: &CanaryArgs, out: &mut Out| {
                    gather::canary::judged(canary, args, out)
                };
                canary(&args.canary, judged, out)
            }
            Command::MetricsCollect(args) => metrics_collect(args, out),
            Command::MetricsPush(args) => metrics_push(args, out),
            Command::MetricsDora(args) => {
                let measured = gather::measured(args, out)?;
                Ok(tell::metrics_dora(&measured, out))
            }
            Command::MetricsReport(args) => {
                let records = gather::metrics_records(&args.records)?;
                let records: Vec<_> = records.into_iter().map(|(_, record)| record).collect();
                tell::metrics_review(args, &pipeline_metrics::report::report(&records), out)?;
                Ok(Answer::Yes)
            }
            Command::ReleaseNotes(args) => {
                let release = gather::notes::release_notes(args, out)?;
                tell::release_notes(&release, &args.title, &args.notes_file, out);
                Ok(Answer::Yes)
            }
            Command::Explain(args) => {
                tell::explanation(&gather::told::verdict_file(&args.from)?, &args.rule, out)?;
                Ok(Answer::Yes)
            }
        }
    })
}

/// Metrics fail nobody's run, unless they are asked to.
fn metrics_collect(args: &CollectArgs, out: &mut Out) -> Result<Answer, Failure> {
    let collected = gather::collected(args, out)
        .and_then(|collected| tell::metrics_collected(args, &collected, out));
    match collected {
        Ok(()) => Ok(Answer::Yes),
        Err(failure) if args.strict.strict_metrics => Err(failure),
        Err(failure) => {
            warn(failure, out);
            tell::metrics_not_collected(out);
            Ok(Answer::Yes)
        }
    }
}

fn metrics_push(args: &PushArgs, out: &mut Out) -> Result<Answer, Failure> {
    let is_strict = args.strict.strict_metrics;
    match gather::pushed(args, out) {
        Ok(pushed) => {
            if let Some(failure) = pushed.why.as_ref().filter(|_| is_strict) {
                return Err(failure.clone());
            }
            tell::metrics_pushed(&pushed, out);
            Ok(Answer::Yes)
        }
        Err(failure) if is_strict => Err(failure),
        Err(failure) => {
            warn(failure, out);
            tell::metrics_not_pushed(out);
            Ok(Answer::Yes)
        }
    }
}

/// Tells what went wrong as something that somebody should look at.
fn warn(failure: Failure, out: &mut Out) {
    for problem in failure.problems {
        out.problem(Problem { level: Level::Warning, ..problem });
    }
}

fn judge(args: &RunArgs, purpose: Purpose<'_>, out: &mut Out) -> Result<Answer, Failure> {
    let policy = gather::policy(args)?;
    let gathered = gather::gathered(args, &policy, purpose, out)?;
    decide(args, &policy, &gathered, out).map(|decision| answer(&decision))
}

/// Decides and tells.
fn decide(
    args: &RunArgs,
    policy: &Policy,
    gathered: &Gathered,
    out: &mut Out,
) -> Result<Decision, Failure> {
    let lent = gathered.lent();
    let decision = verdict::decide(policy, &gathered.facts(&lent));
    tell::tell(&tell::Told { args, policy, gathered, decision: &decision }, out)?;
    Ok(decision)
}

fn answer(decision: &Decision) -> Answer {
    match decision.verdict {
        Verdict::Error => Answer::Unanswered,
        _ if decision.blocks() => Answer::No,
        Verdict::Pass
        | Verdict::Warn
        | Verdict::Inconclusive
        | Verdict::Acknowledge
        | Verdict::Review
        | Verdict::Fail => Answer::Yes,
    }
}

/// A baseline moves after a run in which nothing blocks, and where nobody else's code is looked at.
fn baseline(args: &BaselineArgs, out: &mut Out) -> Result<Answer, Failure> {
    gather::refuse_foreign_code(out)?;
    let run = &args.run;
    let policy = gather::policy(run)?;
    let older = gather::older_baseline(&args.baseline_file)?;
    let moved = older.as_ref().map(|older| (args.baseline_file.as_path(), older));
    let gathered = gather::gathered(run, &policy, Purpose::Move(moved), out)?;
    let decision = decide(run, &policy, &gathered, out)?;
    let answer = answer(&decision);
    if answer == Answer::Yes {
        let mut kept = gathered.kept(&policy, &decision);
        kept.fill_from(older.unwrap_or_default());
        tell::baseline(&kept, &args.baseline_file)?;
    }
    out.output("written", if answer == Answer::Yes { "true" } else { "false" });
    Ok(answer)
}

fn deploy(args: &DeployRunArgs, out: &mut Out) -> Result<Answer, Failure> {
    let (policy, plan) = gather::deploy_plan(&args.deploy)?;
    if args.dry_run {
        tell::deploy_plan(&plan, out);
        tell::nothing_deployed(&gather::deploy_state_file(args), out);
        return Ok(Answer::Yes);
    }
    let run = gather::deploy_run(args, &policy, &plan, out)?;
    tell::deploy_run(&plan, &run, out);
    Ok(match run.ended {
        DeployEnded::At(Ending::Deployed) => Answer::Yes,
        // It was asked for.
        DeployEnded::At(Ending::RolledBack(_)) if args.take_back => Answer::Yes,
        DeployEnded::At(Ending::RolledBack(_) | Ending::Stopped(_) | Ending::Stuck(_)) => {
            Answer::No
        }
        DeployEnded::Unknown(_) => Answer::Unanswered,
        DeployEnded::Busy => Answer::NotYet,
    })
}

fn promotion(args: &PromotionArgs, out: &mut Out) -> Result<Answer, Failure> {
    let gathered = gather::promotion(args, out)?;
    let facts = rollout::promotion::Facts {
        now: gathered.now,
        subjects: &gathered.subjects,
        authors: &gathered.authors,
        evidence: &gathered.evidence,
        approvals: &gathered.approvals,
        freeze_override: gathered.freeze_override.as_deref(),
    };
    let decision = rollout::promotion::decide(&gathered.policy, &gathered.edge, &facts);
    tell::promotion(&gathered, &decision, out);
    Ok(match decision.verdict {
        rollout::promotion::Verdict::Promote => Answer::Yes,
        rollout::promotion::Verdict::Wait => Answer::NotYet,
        rollout::promotion::Verdict::Missing => Answer::Unanswered,
        rollout::promotion::Verdict::Refuse => Answer::No,
    })
}

fn alerts(args: &AlertsArgs, out: &mut Out) -> Result<Answer, Failure> {
    use rollout::alerts::{FailOn, Level};
    let watched = gather::alerts::watched(args, out)?;
    let decision = rollout::alerts::decide(&watched.policy, &watched.seen);
    tell::alerts(&watched, &decision, out);
    Ok(match (decision.level, watched.policy.fail_on) {
        (Level::Critical, FailOn::Critical | FailOn::Warn) | (Level::Warn, FailOn::Warn) => {
            Answer::No
        }
        _ if watched.policy.require && decision.is_incomplete() => Answer::Unanswered,
        (Level::Ok | Level::Unknown | Level::Warn | Level::Critical, _) => Answer::Yes,
    })
}

/// Measures a canary, decides, and keeps what the next step must know.
fn canary(
    args: &CanaryArgs,
    measure: impl FnOnce(&Canary, &CanaryArgs, &mut Out) -> Result<Measured, Failure>,
    out: &mut Out,
) -> Result<Answer, Failure> {
    let canary = Canary::of(args)?;
    let measured = measure(&canary, args, out)?;
    let decision = gather::canary::decided(&canary, &measured);
    canary.keep(&decision.state)?;
    tell::canary(&canary, &measured, &decision, &[], out);
    Ok(canary_answer(decision.verdict))
}

fn canary_answer(verdict: rollout::canary::Verdict) -> Answer {
    match verdict {
        rollout::canary::Verdict::Promote => Answer::Yes,
        rollout::canary::Verdict::Hold => Answer::NotYet,
        rollout::canary::Verdict::Rollback => Answer::No,
    }
}

fn bench(args: &BenchArgs, out: &mut Out) -> Result<Answer, Failure> {
    let run = RunArgs::of(&args.config, JobsArgs::default(), &args.files);
    let policy = gather::policy(&run)?;
    let plan = gather::bench_plan(args)?;
    let rounds = gather::rounds(&plan, &mut gather::Machine)?;
    let written = tell::rounds(&plan, &rounds, args.rounds_file.as_deref(), out)?;
    let gathered = gather::of_rounds(&run, rounds);
    let decision = decide(&run, &policy, &gathered, out)?;
    out.output("rounds", written);
    Ok(answer(&decision))
}
