//! Measures shard-splitter: size, start, installation, balance, and how fast and in how much memory it reads.
//!
//! Every figure is a ratio against a floor (bash that does nothing, the lower bound, `cat`) or a
//! peer, taken in the same run, because this machine is not yours. Times are medians of runs that
//! take turns. What is promised stands with its limit; size, balance and sameness fail the run, a
//! time never does. `shard` compares with the real peers and on hard instances.

mod cache_key;
mod changes;
mod gate;
mod gpu;
mod hard;
mod hash;
mod install;
mod measure;
mod noise;
mod peers;
mod random;
mod reading;
mod same;
mod sarif;
mod schedule;
mod shard;
mod stability;
mod suites;
mod tool;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail, ensure};

use measure::{median, percent, ratio, share, timed};
use random::Random;
use schedule::{bound, chunks, round_robin, slowest};
use suites::{made_up_times, times_of};
use tool::Bench;

/// How many times each of two programs is started.
const STARTS: usize = 300;
/// How many shuffled inputs must give one plan.
const SHUFFLES: u64 = 100;

/// The tools, and the most bytes that each may have as it is released. A tool that speaks https holds
/// rustls, ring and what hangs on reqwest, which is 1.5 MB; gate-check the zones of the world besides.
const LARGEST: [(&str, u64); 5] = [
    ("shard-splitter", 3_150_000),
    ("change-detector", 6_500_000),
    ("cache-key", 3_650_000),
    ("gpu-matcher", 5_000_000),
    ("gate-check", 9_000_000),
];

/// Builds the tools as they are released, and looks at their size.
///
/// # Errors
/// When one does not build, or is too large.
pub fn size(root: &Path) -> anyhow::Result<()> {
    let folder = tool::built_together(root, &LARGEST.map(|(tool, _)| tool))?;
    let mut wrong = Vec::new();
    for (tool, largest) in LARGEST {
        let bytes = fs::metadata(tool::program(&folder, tool))?.len();
        if !is_small_enough(tool, bytes, largest) {
            wrong.push(format!("{tool} is too large"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    Ok(())
}

fn is_small_enough(name: &str, bytes: u64, largest: u64) -> bool {
    let share = percent(bytes, largest);
    println!("{name}, stripped: {bytes} bytes, {share} of the limit of {largest}");
    bytes <= largest
}

/// Looks at the size of what is about to be released: `<tool>-<target>` in this folder.
///
/// # Errors
/// When one is too large, or a tool has none.
pub fn size_of_assets(folder: &Path) -> anyhow::Result<()> {
    let mut names = Vec::new();
    let entries = fs::read_dir(folder);
    for entry in entries.with_context(|| format!("failed to list {}", folder.display()))? {
        let entry = entry?;
        names.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
    }
    names.sort();
    let mut wrong = Vec::new();
    for (tool, largest) in LARGEST {
        let is_own = |name: &str| name.strip_prefix(tool).is_some_and(|rest| rest.starts_with('-'));
        let own: Vec<_> = names.iter().filter(|(name, _)| is_own(name)).collect();
        if own.is_empty() {
            wrong.push(format!("{} has no {tool}-<target>", folder.display()));
        }
        for (name, bytes) in own {
            if !is_small_enough(name, *bytes, largest) {
                wrong.push(format!("{name} is too large"));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    Ok(())
}

/// Measures everything, with the times in `timings` or, without a file, with times made up here.
///
/// # Errors
/// When the tool does not build, or a plan is wrong.
pub fn run(root: &Path, timings: Option<&Path>) -> anyhow::Result<()> {
    size(root)?;
    let bench = Bench::built(root)?;
    bench.start()?;
    install::second_use(root, &bench)?;
    let times = match timings {
        Some(file) => times_of(&fs::read(file).with_context(|| file.display().to_string())?)?,
        None => made_up_times(7, 1200),
    };
    let worst = bench.balance(&times)?;
    // Made-up times have no item that decides alone, so the limit holds; yours may have one.
    ensure!(timings.is_some() || worst <= 1.001, "the slowest shard is {worst:.6} of the bound");
    bench.same_bytes(&times)?;
    reading::reading(&bench)
}

/// Compares shard-splitter with its peers and measures it on hard instances; the suites are those of
/// `folder`, or of the project's data, or made up here. Fails if a limit is broken or a peer cannot be
/// compared with.
///
/// # Errors
/// When something does not work.
pub fn shard(root: &Path, folder: Option<&Path>) -> anyhow::Result<ExitCode> {
    shard::run(root, folder)
}

/// Measures change-detector beside plain git, node and its peers; the real commits are those of
/// `folder`, or of the project's data. Fails if a limit is broken.
///
/// # Errors
/// When something does not work.
pub fn changes(root: &Path, folder: Option<&Path>) -> anyhow::Result<ExitCode> {
    changes::run(root, folder)
}

/// Counts how often the rule of the performance gate is wrong on this machine.
///
/// # Errors
/// When what is measured cannot be run.
pub fn noise(root: &Path) -> anyhow::Result<ExitCode> {
    noise::run(root)
}

/// The program that `scripts/bench noise` measures, with so many hundredths of its usual work.
pub fn noise_work(hundredths: u64) {
    noise::work(hundredths);
}

/// Measures how long cache-key takes to make a key, and to say what may go of a cache.
///
/// # Errors
/// When something does not work.
pub fn cache_key(root: &Path) -> anyhow::Result<ExitCode> {
    cache_key::run(root)
}

/// Measures `cache-key hash` on 100 000 files, beside sha256sum and node. Fails if a limit is broken or a peer
/// cannot be compared with.
///
/// # Errors
/// When something does not work.
pub fn hash(root: &Path) -> anyhow::Result<ExitCode> {
    hash::run(root)
}

/// Measures how long gpu-matcher takes to place 10 000 jobs on 1 000 runners. Fails if it takes too much memory.
///
/// # Errors
/// When something does not work.
pub fn gpu(root: &Path) -> anyhow::Result<ExitCode> {
    gpu::run(root)
}

/// Measures gate-check on large reports, beside a scan of their bytes and the tools that people read them
/// with. Fails if a limit of memory is broken or a peer cannot be compared with.
///
/// # Errors
/// When something does not work.
pub fn gate(root: &Path) -> anyhow::Result<ExitCode> {
    gate::run(root)
}

impl Bench {
    fn start(&self) -> anyhow::Result<()> {
        let mut floor = Vec::new();
        let mut ours = Vec::new();
        for _ in 0..STARTS {
            floor.push(timed(Command::new("bash").args(["-c", "true"]))?);
            ours.push(timed(Command::new(&self.tool).arg("--version"))?);
        }
        let (floor, ours) = (median(floor), median(ours));
        println!("\nstart, median of {STARTS} in turns (limit 2 ms):");
        println!("  bash -c true              {floor:>10.3?}");
        println!("  shard-splitter --version  {ours:>10.3?}   x {:.2}", ratio(ours, floor));
        Ok(())
    }

    /// The slowest shard against the lower bound, and what the usual ways make of the same tests.
    fn balance(&self, times: &BTreeMap<String, u64>) -> anyhow::Result<f64> {
        self.write_facts(times)?;
        println!(
            "\nbalance over {} items: the slowest shard / the lower bound (limit 1.001)",
            times.len()
        );
        println!(
            "  {:>6}  {:>10}  {:>11}  {:>11}",
            "shards", "signalbox", "round robin", "in chunks"
        );
        let weights: Vec<u64> = times.values().copied().collect();
        let mut worst = (0.0, 0);
        for shards in 2..=32_u64 {
            let loads = self.planned(times, shards, &[])?.loads;
            let bound = bound(&weights, shards);
            let over = |loads: &[u64]| share(slowest(loads), bound);
            let ours = over(&loads);
            if ours > worst.0 {
                worst = (ours, shards);
            }
            let (robin, chunks) =
                (over(&round_robin(&weights, shards)), over(&chunks(&weights, shards)));
            println!("  {shards:>6}  {ours:>10.6}  {robin:>11.3}  {chunks:>11.3}");
        }
        println!("  worst: {:.6} with {} shards", worst.0, worst.1);
        Ok(worst.0)
    }

    fn same_bytes(&self, times: &BTreeMap<String, u64>) -> anyhow::Result<()> {
        let mut items: Vec<(&String, &u64)> = times.iter().collect();
        let mut plans = BTreeSet::new();
        let mut random = Random(1);
        for _ in 0..SHUFFLES {
            random.shuffle(&mut items)?;
            self.write_facts(items.iter().copied())?;
            self.finish(&mut self.plan_command(Command::new(&self.tool), 8))?;
            plans.insert(self.plan_file()?);
        }
        println!("\n{SHUFFLES} plans of shuffled items on 8 shards: {} different", plans.len());
        if plans.len() == 1 { Ok(()) } else { bail!("the order of the items changes the plan") }
    }
}
