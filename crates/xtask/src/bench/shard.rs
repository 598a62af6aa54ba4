//! `scripts/bench shard`: shard-splitter against its peers and on hard instances, in one run.
//!
//! All peers are the real programs; what is made again here is called so. Plans are added up by the
//! bench's own code. Limits of balance and sameness, and a peer that is not there, fail the run at
//! its end; a time never does.

use std::path::Path;
use std::process::{Command, ExitCode};

use super::hard::hard;
use super::measure::share;
use super::peers::{Cells, Column, Peers};
use super::reading::reading;
use super::same::same;
use super::schedule::{bound, chunks, round_robin, slowest};
use super::stability::stability;
use super::suites::{self, Data, Suite};
use super::tool::{Bench, Planned};
use super::verdict::Verdict;

/// How many shards share each suite.
const COUNTS: [u64; 6] = [2, 3, 4, 8, 16, 32];
/// How far above the lower bound a plan of a suite may be, unless no plan is better.
const LIMIT: f64 = 1.000_01;
/// Where the real times are, if they are there.
const DATA: &str = "../shared/data/timings";

/// Measures everything; the suites are those of the folder, or of [`DATA`]. Fails if a limit is
/// broken or a peer cannot be compared with.
///
/// # Errors
/// When something does not work.
pub(crate) fn run(root: &Path, folder: Option<&Path>) -> anyhow::Result<ExitCode> {
    let data = data(root, folder)?;
    let bench = Bench::built(root)?;
    let peers = Peers::installed(root, &bench.target);
    let mut verdict = Verdict::default();
    println!("\nbalance: the slowest shard / the lower bound (limit {LIMIT}, or proven the best)");
    println!("  least_duration is pytest-split's other algorithm; round robin and chunks are made");
    println!(
        "  again here, all others are the tools themselves; `-`: the tool shares out files only"
    );
    let mut worst: f64 = 0.0;
    for suite in &data.suites {
        worst = worst.max(balance(&bench, &peers, suite, &mut verdict)?);
    }
    println!("\n  worst of {} plans: {worst:.7}", data.suites.len() * COUNTS.len());
    hard(&bench, &mut verdict)?;
    planning(root)?;
    if let Some(suite) = data.suites.first() {
        same(&bench, suite, &mut verdict)?;
    }
    stability(&bench, &data.history, &mut verdict)?;
    reading(&bench)?;
    Ok(verdict.told())
}

fn data(root: &Path, folder: Option<&Path>) -> anyhow::Result<Data> {
    let ours = root.join(DATA);
    let folder = match folder {
        Some(folder) => folder,
        None if ours.is_dir() => &ours,
        None => {
            println!("{DATA}: not there, so suites are made up");
            return Ok(suites::made_up());
        }
    };
    println!("suites from {}", folder.display());
    suites::read(folder)
}

/// One suite on each number of shards, a column a way; the worst of our plans.
fn balance(
    bench: &Bench,
    peers: &Peers,
    suite: &Suite,
    verdict: &mut Verdict,
) -> anyhow::Result<f64> {
    let weights = suite.weights();
    let seconds = weights.iter().sum::<u64>() / 1_000_000;
    println!("\n  {} ({}, {seconds} s)", suite.name, weights.len());
    let mut columns = peers.columns(suite, &COUNTS);
    columns.push(made_again("round robin", round_robin, &weights));
    columns.push(made_again("chunks", chunks, &weights));
    let heads: Vec<String> = columns.iter().map(|column| right(column, column.head)).collect();
    println!("    shards  signalbox         {}", heads.concat());
    bench.write_facts(&suite.times)?;
    let mut worst: f64 = 0.0;
    for (at, shards) in COUNTS.into_iter().enumerate() {
        let planned = bench.planned(&suite.times, shards, &[])?;
        let bound = bound(&weights, shards);
        let cells: Vec<String> =
            columns.iter().map(|column| right(column, &cell(column, at, bound))).collect();
        let proven = if planned.is_proven() { "proven" } else { "" };
        let ours = share(planned.slowest(), bound);
        println!("    {shards:>6}  {ours:<9.7}  {proven:<7}{}", cells.concat());
        let place = format!("{}, {shards} shards", suite.name);
        held(&planned, ours, &place, verdict);
        compared(&planned, &columns, at, &place, verdict);
        worst = worst.max(ours);
    }
    for Column { head, cells } in columns {
        if let Cells::Missing(why) = cells {
            verdict.missing(format!("{head}: {why}"));
        }
    }
    Ok(worst)
}

/// A cell as wide as its column.
fn right(column: &Column, cell: &str) -> String {
    format!("  {cell:>width$}", width = column.head.len().max(8))
}

fn made_again(
    head: &'static str,
    share_out: fn(&[u64], u64) -> Vec<u64>,
    weights: &[u64],
) -> Column {
    let slowest = COUNTS.into_iter().map(|shards| slowest(&share_out(weights, shards)));
    Column { head, cells: Cells::Slowest(slowest.collect()) }
}

fn cell(column: &Column, at: usize, bound: u64) -> String {
    match &column.cells {
        Cells::Slowest(all) => {
            all.get(at).map_or_else(String::new, |slowest| format!("{:.6}", share(*slowest, bound)))
        }
        Cells::OnlyFiles => "-".to_owned(),
        Cells::Missing(_) => "missing".to_owned(),
    }
}

fn held(planned: &Planned, ours: f64, place: &str, verdict: &mut Verdict) {
    let is_best = ours <= LIMIT || planned.is_proven();
    verdict.hold(is_best, || format!("{place}: {ours:.7} of the bound, limit {LIMIT}"));
}

/// No other way may be better, and none below the bound that the tool tells.
fn compared(planned: &Planned, columns: &[Column], at: usize, place: &str, verdict: &mut Verdict) {
    let ours = planned.slowest();
    for Column { head, cells } in columns {
        let Cells::Slowest(all) = cells else { continue };
        let Some(theirs) = all.get(at) else { continue };
        verdict.hold(ours <= *theirs, || {
            format!("{place}: {head} is better, {theirs} against {ours} microseconds")
        });
        verdict.hold(planned.bound <= *theirs, || {
            format!("{place}: {head} has {theirs}, below the tool's bound {}", planned.bound)
        });
    }
}

/// The decision alone, without reading and writing.
fn planning(root: &Path) -> anyhow::Result<()> {
    println!("\nplanning alone, medians of 20, times as in a log-normal suite:");
    let mut cargo = Command::new("cargo");
    cargo.args(["bench", "--quiet", "--locked", "--package", "sharding", "--bench", "plan"]);
    anyhow::ensure!(cargo.current_dir(root).status()?.success(), "the bench of sharding fails");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::bench::tool::proven;

    /// Two items of 3 and 2 on two shards, whose bound is said to be 2, beside another way.
    #[track_caller]
    fn check(theirs: Cells, is_kept: bool) {
        let plan = br#"{"bound":2,"shards":[
            {"items":[{"name":"a"}],"load":3},{"items":[{"name":"b"}],"load":2}]}"#;
        let times = BTreeMap::from([("a".to_owned(), 3), ("b".to_owned(), 2)]);
        let planned = proven(plan, &times).unwrap();
        let mut verdict = Verdict::default();
        compared(&planned, &[Column { head: "other", cells: theirs }], 0, "here", &mut verdict);
        assert_eq!(verdict.is_kept(), is_kept);
    }

    #[test]
    fn no_other_way_may_be_better() {
        check(Cells::Slowest(vec![4]), true);
        check(Cells::Slowest(vec![3]), true);
        check(Cells::Slowest(vec![2]), false);
        check(Cells::OnlyFiles, true);
    }

    #[track_caller]
    fn check_held(bound: u64, proven_too: &str, is_kept: bool) {
        let plan = format!(
            r#"{{"bound":{bound}{proven_too},"shards":[{{"items":[{{"name":"a"}}],"load":1000000}}]}}"#
        );
        let times = BTreeMap::from([("a".to_owned(), 1_000_000)]);
        let planned = proven(plan.as_bytes(), &times).unwrap();
        let mut verdict = Verdict::default();
        held(&planned, share(1_000_000, bound), "here", &mut verdict);
        assert_eq!(verdict.is_kept(), is_kept);
    }

    #[test]
    fn a_plan_above_the_limit_must_be_proven() {
        check_held(1_000_000, "", true);
        check_held(999_991, "", true);
        check_held(999_900, "", false);
        check_held(999_900, r#","proven":false"#, false);
        check_held(999_900, r#","proven":true"#, true);
    }
}
