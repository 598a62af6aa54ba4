//! Measures shard-splitter: size, start, balance, and how fast and in how much memory it reads.
//!
//! Every figure is a ratio against a floor (bash that does nothing, the lower bound, `cat`) or a
//! peer, taken in the same run, because this machine is not yours. Times are medians of runs that
//! take turns. What is promised stands with its limit; size, balance and sameness fail the run, a
//! time never does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

/// How many times each of two programs is started.
const STARTS: usize = 300;
/// How many shuffled inputs must give one plan.
const SHUFFLES: u64 = 100;
/// How many tests the report has whose reading is measured: about 100 MB.
const REPORT_TESTS: u64 = 400_000;

/// The tool that is measured, and a folder for what it reads and writes.
struct Bench {
    tool: PathBuf,
    folder: PathBuf,
}

/// The most bytes that a released binary may have.
const LARGEST: u64 = 2_500_000;

/// Builds the tool as it is released, and looks at its size.
///
/// # Errors
/// When it does not build, or is too large.
pub fn size(root: &Path) -> anyhow::Result<()> {
    Bench::built(root)?.size()
}

/// Measures everything, with the times in `timings` or, without a file, with times made up here.
///
/// # Errors
/// When the tool does not build, or a plan is wrong.
pub fn run(root: &Path, timings: Option<&Path>) -> anyhow::Result<()> {
    let bench = Bench::built(root)?;
    bench.size()?;
    bench.start()?;
    let times = match timings {
        Some(file) => times_of(&fs::read(file).with_context(|| file.display().to_string())?)?,
        None => made_up_times(),
    };
    let worst = bench.balance(&times)?;
    // Made-up times have no item that decides alone, so the limit holds; yours may have one.
    ensure!(timings.is_some() || worst <= 1.001, "the slowest shard is {worst:.6} of the bound");
    bench.same_bytes(&times)?;
    bench.reading()
}

impl Bench {
    fn built(root: &Path) -> anyhow::Result<Self> {
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let target = root.join(target);
        println!("building shard-splitter with the release profile ...");
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--release", "--locked", "--quiet", "--package", "shard-splitter"]);
        ensure!(cargo.current_dir(root).status()?.success(), "shard-splitter does not build");
        let folder = target.join("bench");
        fs::create_dir_all(&folder)?;
        let tool = format!("release/shard-splitter{}", std::env::consts::EXE_SUFFIX);
        Ok(Self { tool: target.join(tool), folder })
    }

    fn size(&self) -> anyhow::Result<()> {
        let bytes = fs::metadata(&self.tool)?.len();
        let share = percent(bytes, LARGEST);
        println!("\nsize, stripped: {bytes} bytes, {share} of the limit of {LARGEST}");
        ensure!(bytes <= LARGEST, "the binary is too large");
        Ok(())
    }

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
            let loads = self.loads(times, shards)?;
            let bound = bound(&weights, shards);
            let over = |loads: &[u64]| share(loads.iter().copied().max().unwrap_or(0), bound);
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

    fn write_facts(&self, times: &BTreeMap<String, u64>) -> anyhow::Result<()> {
        let names: Vec<&String> = times.keys().collect();
        fs::write(self.folder.join("items.json"), serde_json::to_vec(&names)?)?;
        let mut report = "{".to_owned();
        for (at, (name, micros)) in times.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let name = serde_json::to_string(name)?;
            write!(report, "{comma}{name}:{}.{:06}", micros / 1_000_000, micros % 1_000_000)?;
        }
        report.push('}');
        Ok(fs::write(self.folder.join("timings.json"), report)?)
    }

    /// Plans, and adds the loads up from the plan file after proving that each item is in it once.
    fn loads(&self, times: &BTreeMap<String, u64>, shards: u64) -> anyhow::Result<Vec<u64>> {
        let plan = self.plan("items.json", shards)?;
        let plan: Plan = serde_json::from_slice(&plan)?;
        let mut seen = BTreeSet::new();
        let mut loads = Vec::new();
        for shard in plan.shards {
            let mut load = 0;
            for Item { name } in shard.items {
                load += times.get(&name).with_context(|| format!("{name} was not listed"))?;
                ensure!(seen.insert(name), "an item is in the plan twice");
            }
            loads.push(load);
        }
        ensure!(seen.len() == times.len(), "the plan has {} items", seen.len());
        Ok(loads)
    }

    fn plan(&self, items: &str, shards: u64) -> anyhow::Result<Vec<u8>> {
        let mut tool = Command::new(&self.tool);
        tool.args(["plan", "--items", items, "--timings", "timings.json"]);
        tool.args(["--plan-file", "plan.json", "--shards", &shards.to_string()]);
        self.finish(&mut tool)?;
        Ok(fs::read(self.folder.join("plan.json"))?)
    }

    fn finish(&self, tool: &mut Command) -> anyhow::Result<()> {
        tool.env_clear().current_dir(&self.folder);
        let output = tool.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "shard-splitter: {}: {said}", output.status);
        Ok(())
    }

    fn same_bytes(&self, times: &BTreeMap<String, u64>) -> anyhow::Result<()> {
        let mut names: Vec<&String> = times.keys().collect();
        let mut plans = BTreeSet::new();
        let mut random = Random(1);
        for _ in 0..SHUFFLES {
            for at in (1..names.len()).rev() {
                let other = random.below(u64::try_from(at + 1)?);
                names.swap(at, usize::try_from(other)?);
            }
            fs::write(self.folder.join("shuffled.json"), serde_json::to_vec(&names)?)?;
            plans.insert(self.plan("shuffled.json", 8)?);
        }
        println!("\n{SHUFFLES} plans of shuffled items on 8 shards: {} different", plans.len());
        if plans.len() == 1 { Ok(()) } else { bail!("the order of the items changes the plan") }
    }

    /// Reading a large JUnit report, against `cat` and Python's streaming reader.
    fn reading(&self) -> anyhow::Result<()> {
        let report = self.folder.join("large.xml");
        let bytes = write_report(&report)?;
        fs::write(self.folder.join("one.txt"), "tests/test_1.py\n")?;
        let python = "import sys, xml.etree.ElementTree as tree\n\
            for _, element in tree.iterparse(sys.argv[1]):\n    element.clear()\n";
        let mut cat = Command::new("cat");
        let mut peer = Command::new("python3");
        let mut ours = Command::new(&self.tool);
        cat.arg(&report);
        peer.args(["-c", python]).arg(&report);
        ours.args(["plan", "--items", "one.txt", "--shards", "1", "--timings", "large.xml"]);
        ours.args(["--plan-file", "plan.json"]).env_clear().current_dir(&self.folder);
        timed(&mut cat)?;
        let floor = median(vec![timed(&mut cat)?, timed(&mut cat)?, timed(&mut cat)?]);
        let peer = timed(&mut peer)?;
        let peak = peak_kilobytes(&mut ours)?;
        let took = median(vec![timed(&mut ours)?, timed(&mut ours)?, timed(&mut ours)?]);
        println!("\nreading a JUnit report of {} MB with {REPORT_TESTS} tests:", bytes / 1_000_000);
        println!("  cat to nowhere            {floor:>10.3?}");
        println!("  shard-splitter plan       {took:>10.3?}   x {:.1}", ratio(took, floor));
        println!("  Python's iterparse        {peer:>10.3?}   x {:.1}", ratio(peer, floor));
        match peak {
            Some(peak) => println!("  shard-splitter's memory   {peak:>7} kB"),
            None => println!("  shard-splitter's memory   not known: there is no /proc here"),
        }
        Ok(fs::remove_file(report)?)
    }
}

/// What is looked at in a plan file: none of the tool's own code, so that both can be wrong.
#[derive(Deserialize)]
struct Plan {
    shards: Vec<Shard>,
}

#[derive(Deserialize)]
struct Shard {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
}

/// Numbers that look random and are the same everywhere (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

/// 1200 files: most take a second or two, some a minute.
fn made_up_times() -> BTreeMap<String, u64> {
    let mut random = Random(7);
    let mut time = |number: u64| {
        let scale = 1 << random.below(7);
        (format!("spec/made_up_{number:04}_spec.rb"), 100_000 + scale * random.below(1_000_000))
    };
    (0..1200).map(&mut time).collect()
}

/// The times of a JSON object from names to seconds: knapsack's and pytest-split's form.
fn times_of(json: &[u8]) -> anyhow::Result<BTreeMap<String, u64>> {
    let seconds: BTreeMap<String, f64> =
        serde_json::from_slice(json).context("expected a JSON object from names to seconds")?;
    let micros =
        |seconds: f64| format!("{:.0}", seconds * 1e6).parse().context("a time below zero");
    seconds.into_iter().map(|(name, seconds)| Ok((name, micros(seconds)?))).collect()
}

fn write_report(path: &Path) -> anyhow::Result<usize> {
    let said = "a line of what the test printed, as reports keep it\n".repeat(3);
    let mut report = "<testsuites>\n<testsuite name=\"s\">\n".to_owned();
    for number in 0..REPORT_TESTS {
        writeln!(
            report,
            "<testcase file=\"tests/test_{}.py\" classname=\"c\" name=\"t{number}\" time=\"0.{:06}\">\
             <system-out>{said}</system-out></testcase>",
            number % 1000,
            number % 1_000_000,
        )?;
    }
    report.push_str("</testsuite>\n</testsuites>\n");
    fs::write(path, &report)?;
    Ok(report.len())
}

/// What no plan can beat: the longest item, or everything divided by the shards.
fn bound(weights: &[u64], shards: u64) -> u64 {
    let longest = weights.iter().copied().max().unwrap_or(0);
    weights.iter().sum::<u64>().div_ceil(shards).max(longest)
}

/// Item i on shard i modulo N, in the order of the names.
fn round_robin(weights: &[u64], shards: u64) -> Vec<u64> {
    let mut loads = vec![0; usize::try_from(shards).unwrap_or(1)];
    let mut next = 0..loads.len();
    for weight in weights {
        let at = next.next().unwrap_or_else(|| {
            next = 1..loads.len();
            0
        });
        if let Some(load) = loads.get_mut(at) {
            *load += weight;
        }
    }
    loads
}

/// Equal numbers of neighbours, in the order of the names.
fn chunks(weights: &[u64], shards: u64) -> Vec<u64> {
    let size = weights.len().div_ceil(usize::try_from(shards).unwrap_or(1)).max(1);
    weights.chunks(size).map(|chunk| chunk.iter().sum()).collect()
}

fn timed(command: &mut Command) -> anyhow::Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let took = start.elapsed();
    ensure!(status.success(), "{command:?}: {status}");
    Ok(took)
}

/// The most memory a program held, as Linux tells it while the program runs.
fn peak_kilobytes(command: &mut Command) -> anyhow::Result<Option<u64>> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = None;
    while child.try_wait()?.is_none() {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        peak = peak.max(kilobytes);
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(peak)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn ratio(time: Duration, floor: Duration) -> f64 {
    time.as_secs_f64() / floor.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.0} %", share(part, whole) * 100.0)
}
