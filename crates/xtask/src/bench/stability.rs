//! How many items move to another shard when newer times come.
//!
//! An item that moves takes its warm caches along, and a plan whose items stay is one that people
//! can follow. Only items of both versions count.

use std::collections::BTreeMap;
use std::fs;

use super::measure::share;
use super::schedule::bound;
use super::tool::{Bench, Planned};
use super::verdict::Verdict;

const SHARDS: u64 = 8;
/// How many of a hundred items may move under `sticky:1%`.
const MOVED: f64 = 5.0;
/// How far above the lower bound a plan under `sticky:1%` may be.
const LIMIT: f64 = 1.01;

/// A way to keep items where they were, as `--stability` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stability {
    Off,
    Hash,
    Sticky,
}

/// Plans each version of a suite after the one before it, in each way that the tool has.
pub(crate) fn stability(
    bench: &Bench,
    history: &[BTreeMap<String, u64>],
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    println!(
        "\nitems that move when newer times come, {SHARDS} shards, and the worst plan / bound:"
    );
    if history.len() < 2 {
        println!("  not measured: there is no history of times");
        return Ok(());
    }
    for way in [Stability::Off, Stability::Hash, Stability::Sticky] {
        let name = way.name();
        if !way.is_in(bench)? {
            println!(
                "  {name:<10}  not measured: `plan --help` has no --stability and --last-plan"
            );
            continue;
        }
        let (moved, worst) = measured(bench, history, way)?;
        let all: Vec<String> = moved.iter().map(|percent| format!("{percent:>6.1} %")).collect();
        println!("  {name:<10}  {}  {worst:.6}{}", all.join(""), way.limits());
        if way == Stability::Sticky {
            let most = moved.iter().copied().fold(0.0, f64::max);
            verdict.hold(most <= MOVED, || format!("{name}: {most:.1} % moved, limit {MOVED} %"));
            verdict.hold(worst <= LIMIT, || format!("{name}: {worst:.6}, limit {LIMIT}"));
        }
    }
    Ok(())
}

impl Stability {
    fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Hash => "hash",
            Self::Sticky => "sticky:1%",
        }
    }

    fn limits(self) -> String {
        match self {
            Self::Off | Self::Hash => String::new(),
            Self::Sticky => format!("  (limits {MOVED} % and {LIMIT})"),
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Off => &[],
            Self::Hash => &["--stability", "hash"],
            Self::Sticky => &["--stability", "sticky:1%", "--last-plan", "last-plan.json"],
        }
    }

    /// Whether the tool has what this way needs.
    fn is_in(self, bench: &Bench) -> anyhow::Result<bool> {
        let mut tool = std::process::Command::new(&bench.tool);
        let help = tool.args(["plan", "--help"]).env_clear().output()?.stdout;
        let help = String::from_utf8_lossy(&help).into_owned();
        let options = self.arguments().iter().filter(|word| word.starts_with("--"));
        Ok(options.into_iter().all(|option| help.contains(option)))
    }
}

/// The percentages of items that moved, version after version, and the worst plan / bound.
fn measured(
    bench: &Bench,
    history: &[BTreeMap<String, u64>],
    way: Stability,
) -> anyhow::Result<(Vec<f64>, f64)> {
    let mut moved = Vec::new();
    let mut worst: f64 = 0.0;
    let mut last: Option<Planned> = None;
    for times in history {
        bench.write_facts(times)?;
        // The first plan has none before it.
        let arguments = match (&last, way) {
            (None, Stability::Sticky) => &[][..],
            (None | Some(_), Stability::Off | Stability::Hash) | (Some(_), Stability::Sticky) => {
                way.arguments()
            }
        };
        let planned = bench.planned(times, SHARDS, arguments)?;
        fs::copy(bench.folder.join("plan.json"), bench.folder.join("last-plan.json"))?;
        let weights: Vec<u64> = times.values().copied().collect();
        worst = worst.max(share(planned.slowest(), bound(&weights, SHARDS)));
        if let Some(last) = &last {
            moved.push(100.0 * changed(&last.shard_of, &planned.shard_of));
        }
        last = Some(planned);
    }
    Ok((moved, worst))
}

/// The share of the items in both that are on another shard.
fn changed(last: &BTreeMap<String, usize>, next: &BTreeMap<String, usize>) -> f64 {
    let both = last.iter().filter_map(|(name, shard)| Some((shard, next.get(name)?)));
    let (mut all, mut moved) = (0, 0);
    for (before, after) in both {
        all += 1;
        moved += u64::from(before != after);
    }
    share(moved, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_items_of_both_plans_count() {
        let plan = |shards: &[(&str, usize)]| {
            shards.iter().map(|(name, shard)| ((*name).to_owned(), *shard)).collect()
        };
        let last = plan(&[("a", 0), ("b", 1), ("c", 2), ("gone", 0)]);
        let next = plan(&[("a", 0), ("b", 0), ("c", 2), ("new", 1), ("d", 0)]);
        assert!((changed(&last, &next) - 1.0 / 3.0).abs() < 1e-9);
    }
}
