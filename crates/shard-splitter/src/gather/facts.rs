//! Everything that a plan is made from.

use std::path::Path;

use diagnostics::{Foreign, Level, Piece, Place, Problem, text};
use runner_protocol::{Cause, Failure, Out};
use sharding::{
    Aim, CannotPlan, Facts, Granularity, LastPlan, Made, Rule, ShardCount, Shards, Suite, Wanted,
    group,
};

use super::timings::{Reports, timings};
use super::{plan_file, refuse_overwriting, suite};
use crate::args::{Count, CountArgs, EmptyShards, FactArgs, Optimize, ShapeArgs};
use crate::wire::PlanFacts;

/// What was gathered for a plan.
pub(crate) struct Gathered<'a> {
    args: &'a FactArgs,
    suite: Suite,
    granularity: Granularity,
    groups: Vec<Option<usize>>,
    wanted: Wanted,
    last: Option<LastPlan>,
    /// What the reports say.
    pub(crate) reports: Reports,
}

/// Gathers what `args` name; the plan will be written to `plan`.
pub(crate) fn gathered<'a>(
    args: &'a FactArgs,
    plan: &Path,
    out: &mut Out,
) -> Result<Gathered<'a>, Failure> {
    let (wanted, rules) = understood(args)?;
    if let Some(items) = &args.list.items {
        refuse_overwriting(plan, items, "the list of items", "plan-file")?;
    }
    let tests = suite::tests(&args.list, out)?;
    let framework = args.list.framework;
    suite::check_doubles(&tests, framework, out);
    let (suite, granularity) = suite::suite(tests, framework, args.shape.granularity)?;
    let reports = timings(&args.timing, plan, suite.nodes(), out)?;
    let groups = group(suite.nodes(), &rules);
    let last = last_plan(&args.shape, out);
    Ok(Gathered { args, suite, granularity, groups, wanted, last, reports })
}

impl Gathered<'_> {
    /// The plan for these facts.
    pub(crate) fn plan(&self) -> Result<Made, Failure> {
        let CountArgs {
            overhead,
            shard_overhead,
            min_shard_duration,
            max_items_per_shard,
            empty,
            ..
        } = &self.args.count;
        let facts = Facts {
            groups: &self.groups,
            empty: match empty {
                EmptyShards::Drop => Shards::OnlyUsed,
                EmptyShards::Keep => Shards::All,
            },
            granularity: self.granularity,
            overhead: *overhead,
            shard_overhead,
            most_items: *max_items_per_shard,
            least_duration: *min_shard_duration,
            stability: self.args.shape.stability,
            last: self.last.as_ref(),
            unknown: self.args.timing.unknown,
            ..Facts::new(&self.suite, &self.reports.timings, self.wanted)
        };
        sharding::plan(&facts).map_err(|error| {
            let mut problem = Problem::error("there is no such plan").label(Piece::said(&error));
            if let CannotPlan::LargeGroup { first, .. } = &error {
                let message = text!["the items that stay together with ", Foreign::new(first.as_bytes()), " have no place"];
                problem = Problem::error(message).label(Piece::said(&error));
            }
            Failure::no_answer(problem.help(
                "allow more shards or a larger `--max-items-per-shard` (input `max-items-per-shard`)",
            ))
        })
    }

    /// What the plan file says besides the plan.
    pub(crate) fn plan_facts(&self) -> PlanFacts {
        let requested = match self.wanted {
            Wanted::Exactly(count) | Wanted::Between(_, count, _) => count,
        };
        PlanFacts {
            framework: self.args.list.framework,
            indexing: u16::from(self.args.count.indexing == "1"),
            requested,
            timings_sha256: self.reports.timings.digest(self.suite.nodes()),
        }
    }
}

/// What can be told wrong without looking at anything, all of it at once.
fn understood(args: &FactArgs) -> Result<(Wanted, Vec<Rule>), Failure> {
    let mut problems = Vec::new();
    let wanted = wanted(&args.count, &mut problems);
    let mut rules = Vec::new();
    let serial = (&args.shape.serial_group, "serial-group", Rule::serial as fn(&str) -> _);
    for (written, input, read) in [serial, (&args.shape.group, "group", Rule::new)] {
        let lines = written.iter().map(|rule| rule.trim()).filter(|rule| !rule.is_empty());
        for line in lines {
            match read(line) {
                Ok(rule) => rules.push(rule),
                Err(error) => problems.push(
                    Problem::error(text![
                        "the rule ",
                        Foreign::from(line),
                        " of `--",
                        input,
                        "` (input `",
                        input,
                        "`) cannot be read"
                    ])
                    .label(Piece::said(&error))
                    .help("write a regular expression, and behind ` -> ` a key if you want one"),
                ),
            }
        }
    }
    match wanted {
        Some(wanted) if problems.is_empty() => Ok((wanted, rules)),
        Some(_) | None => Err(Failure { cause: Cause::NoAnswer, problems }),
    }
}

fn wanted(args: &CountArgs, problems: &mut Vec<Problem>) -> Option<Wanted> {
    let mut wrong = |message: &'static str, help: &'static str| {
        problems.push(Problem::error(message).help(help));
    };
    match args.shards {
        None => {
            wrong("nothing says how many shards there are", "give `--shards` (input `shards`)");
            None
        }
        Some(Count::Fixed(count)) => {
            if args.target_duration.is_some() || args.optimize == Optimize::Cost {
                wrong(
                    "a number of shards is given, so it cannot be chosen",
                    "set `--shards` (input `shards`) to `auto`, or leave `target-duration` and `optimize` out",
                );
            }
            Some(Wanted::Exactly(count))
        }
        Some(Count::Auto) => {
            let (from, to): (ShardCount, ShardCount) = (args.min_shards, args.max_shards);
            if from > to {
                wrong(
                    "the fewest shards are more than the most",
                    "give a smaller `--min-shards` (input `min-shards`) or a larger `--max-shards` (input `max-shards`)",
                );
            }
            let aim = match (args.optimize, args.target_duration) {
                (Optimize::Cost, target) => Aim::Cheapest(target),
                (Optimize::Time, Some(target)) => Aim::Within(target),
                (Optimize::Time, None) => {
                    wrong(
                        "nothing says what the number of shards is chosen for",
                        "give `--target-duration` (input `target-duration`), or set `--optimize` (input `optimize`) to `cost`",
                    );
                    return None;
                }
            };
            Some(Wanted::Between(from, to, aim))
        }
    }
}

/// The last plan, if it is there and can be trusted: only what stays where it is depends on it.
fn last_plan(args: &ShapeArgs, out: &mut Out) -> Option<LastPlan> {
    let path = args.last_plan.as_ref()?;
    match plan_file(path) {
        Ok(read) => Some(read.last_plan()),
        Err(failure) => {
            for problem in failure.problems {
                let place =
                    problem.place.clone().unwrap_or_else(|| Place::file(Foreign::path(path)));
                let told = Problem { level: Level::Notice, ..problem }.at(place);
                out.problem(told.help(
                    "without a last plan all is shared out anew; on a first run there is none yet",
                ));
            }
            None
        }
    }
}
