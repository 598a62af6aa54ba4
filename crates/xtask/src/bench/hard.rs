//! Instances that are hard to share out, made here, whose answers are known or bounded.

use std::collections::BTreeMap;

use anyhow::ensure;

use super::measure::share;
use super::random::Random;
use super::schedule::{best, bound, longest_first, slowest};
use super::tool::Bench;
use super::verdict::Verdict;

/// How far above the lower bound plans of França's sets may be on average.
const FRANCA_MEAN: f64 = 1.001;
/// How many sets of each kind there are.
const SETS: u64 = 10;
/// Up to how many items all plans are tried, to see whether what is called proven is.
const FEW: usize = 11;

/// Weights and how many shards are to share them.
struct Instance {
    weights: Vec<u64>,
    shards: u64,
}

/// Ratios of one kind of instances, to the tool's bound and to the bench's own.
#[derive(Default)]
struct Ratios {
    to_told: Vec<f64>,
    to_own: Vec<f64>,
    longest_first: Vec<f64>,
    proven: u64,
}

/// Plans all instances and holds the results to their limits.
pub(crate) fn hard(bench: &Bench, verdict: &mut Verdict) -> anyhow::Result<()> {
    println!(
        "\nhard instances: the slowest shard / a lower bound, mean and worst; proven: the plan meets"
    );
    println!(
        "  the tool's bound or says that none is better, which is tried out up to {FEW} items"
    );
    println!(
        "  {:<28} {:>5}  {:>17}  {:>17}  {:>6}  {:>17}",
        "", "count", "the tool's bound", "the bench's bound", "proven", "longest first"
    );
    let graham = measured(bench, &graham())?;
    graham.tell("Graham, m = 2..64");
    let worst = worst(&graham.to_own);
    verdict.hold(worst <= 1.0, || format!("Graham's family: worst {worst:.6}, limit 1"));
    let mut all = Ratios::default();
    for (name, instances) in franca() {
        let ratios = measured(bench, &instances)?;
        ratios.tell(&name);
        all.add(ratios);
    }
    all.tell("França, all");
    let mean = mean(&all.to_told);
    println!("  limits: Graham 1 at worst; França, all: {FRANCA_MEAN} on average");
    verdict.hold(mean <= FRANCA_MEAN, || {
        format!("França's sets: mean {mean:.6}, limit {FRANCA_MEAN}")
    });
    Ok(())
}

/// The family on which the longest first is as bad as it can be, (4m - 1) / 3m: two items each of
/// 2m - 1 down to m + 1, and three of m; the best plan is 3m (Graham 1969). The even share is 3m too.
fn graham() -> Vec<Instance> {
    let weights = |m: u64| {
        let pairs = (m + 1..2 * m).rev().flat_map(|weight| [weight; 2]);
        pairs.chain([m; 3]).collect()
    };
    (2..=64).map(|shards| Instance { weights: weights(shards), shards }).collect()
}

/// Sets of the two classes that work on P||Cmax calls França's, drawn here by their usual rule:
/// uniform from 1 to b, and not uniform with 98 in 100 from 0.9 (b - 1) to b, the rest from 1 to
/// 0.2 (b - 1). They are not the published files.
fn franca() -> Vec<(String, Vec<Instance>)> {
    let mut kinds = Vec::new();
    let mut random = Random(1994);
    for most in [100_u64, 1_000, 10_000] {
        let name = format!("França, uniform to {most}");
        kinds.push((name, sets(|| random.between(1, most))));
    }
    for most in [100_u64, 1_000, 10_000] {
        let name = format!("França, not uniform to {most}");
        let mut weight = || match random.below(100) {
            0..98 => random.between((9 * (most - 1)).div_ceil(10), most),
            _ => random.between(1, (most - 1) / 5),
        };
        kinds.push((name, sets(&mut weight)));
    }
    kinds
}

fn sets(mut weight: impl FnMut() -> u64) -> Vec<Instance> {
    let mut instances = Vec::new();
    for items in [10, 50, 100, 500, 1_000] {
        for shards in [5, 10, 25].into_iter().filter(|shards| *shards < items) {
            for _ in 0..SETS {
                let weights = (0..items).map(|_| weight()).collect();
                instances.push(Instance { weights, shards });
            }
        }
    }
    instances
}

fn measured(bench: &Bench, instances: &[Instance]) -> anyhow::Result<Ratios> {
    let mut ratios = Ratios::default();
    for Instance { weights, shards } in instances {
        let name = |(place, weight): (usize, &u64)| (format!("item {place:04}"), *weight);
        let times: BTreeMap<String, u64> = weights.iter().enumerate().map(name).collect();
        bench.write_facts(&times)?;
        let planned = bench.planned(&times, *shards, &[])?;
        let longest_first = slowest(&longest_first(weights, *shards));
        ensure!(planned.bound <= longest_first, "a plan is better than the tool's bound");
        if weights.len() <= FEW {
            let best = best(weights, *shards);
            ensure!(
                planned.bound <= best,
                "the best plan of {weights:?} is below the tool's bound"
            );
            let is_best = planned.slowest() == best || !planned.is_proven();
            ensure!(is_best, "the plan of {weights:?} is not the best, as it says");
        }
        let own = bound(weights, *shards);
        ratios.to_told.push(share(planned.slowest(), planned.bound));
        ratios.to_own.push(share(planned.slowest(), own));
        ratios.longest_first.push(share(longest_first, own));
        ratios.proven += u64::from(planned.is_proven());
    }
    Ok(ratios)
}

impl Ratios {
    fn add(&mut self, other: Self) {
        self.to_told.extend(other.to_told);
        self.to_own.extend(other.to_own);
        self.longest_first.extend(other.longest_first);
        self.proven += other.proven;
    }

    fn tell(&self, name: &str) {
        let pair = |ratios: &[f64]| format!("{:.6} {:.6}", mean(ratios), worst(ratios));
        println!(
            "  {name:<28} {:>5}  {}  {}  {:>5.1}%  {}",
            self.to_told.len(),
            pair(&self.to_told),
            pair(&self.to_own),
            100.0 * mean_of(self.proven, self.to_told.len()),
            pair(&self.longest_first)
        );
    }
}

fn worst(ratios: &[f64]) -> f64 {
    ratios.iter().copied().fold(0.0, f64::max)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mean(ratios: &[f64]) -> f64 {
    ratios.iter().sum::<f64>() / ratios.len() as f64
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mean_of(part: u64, count: usize) -> f64 {
    part as f64 / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grahams_family_has_an_even_share_that_the_longest_first_misses() {
        for (Instance { weights, shards }, m) in graham().iter().zip(2..) {
            assert_eq!((*shards, weights.len()), (m, usize::try_from(2 * m + 1).unwrap()));
            assert_eq!(bound(weights, m), 3 * m);
            assert_eq!(slowest(&longest_first(weights, m)), 4 * m - 1);
        }
    }

    #[test]
    fn francas_sets_have_the_sizes_and_ranges_that_are_said() {
        let kinds = franca();
        assert_eq!(kinds.len(), 6);
        for ((_, instances), most) in kinds.iter().zip([100, 1_000, 10_000].repeat(2)) {
            assert_eq!(instances.len(), 130);
            let weights = || instances.iter().flat_map(|instance| &instance.weights).copied();
            assert!(weights().all(|weight| (1..=most).contains(&weight)));
        }
        let (_, hard) = kinds.last().unwrap();
        let weights = || hard.iter().flat_map(|instance| &instance.weights).copied();
        assert!(weights().all(|weight| weight <= 1_999 || weight >= 9_000));
        let high = weights().filter(|weight| *weight >= 9_000).count() * 1_000 / weights().count();
        assert!((975..=985).contains(&high), "{high}");
    }
}
