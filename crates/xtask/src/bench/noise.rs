//! `scripts/bench noise`: how often the rule of the performance gate is wrong on this machine.
//!
//! One program in three variants takes turns in an order that is drawn: two that are the same, and one
//! that does 20 % more work. Each window of k rounds is one comparison. Between the same two, whatever
//! is flagged is a false alarm; the third should be found. Beside our rule stand those of the peers. The
//! machine is not quietened: what else runs on it is what the rule is for.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::ensure;
use reports::quantity::{Direction, Value};
use verdict::gates::performance::comparison::{Compared, Runs};

use super::random::Random;
use super::verdict::Verdict;

/// How many rounds are run: three minutes or more.
const ROUNDS: usize = 260;
/// When the last round begins: a machine that is too busy gets fewer.
const LONGEST: Duration = Duration::from_mins(7);
/// How many samples one run takes of each work.
const SAMPLES: usize = 15;
/// Same, same, and 20 % more, in hundredths of the usual work.
const VARIANTS: [u64; 3] = [100, 100, 120];
const WORKS: [&str; 3] = ["cpu", "mem", "alloc"];

/// What is promised for k rounds: false alarms at most, and changes of 20 % found at least, in percent.
const BARS: [(usize, f64, f64); 2] = [(5, 2.0, 90.0), (10, 0.5, 94.0)];

/// The samples of one run, in seconds, one list for each work.
type Run = Vec<Vec<f64>>;

/// Runs the study. A rate that breaks its bar fails it.
///
/// # Errors
/// When the program cannot be run.
pub(crate) fn run(_root: &Path) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    println!("load of this machine at the start: {}", load());
    let mut random = Random(20_261_121);
    let mut rounds: Vec<Vec<Run>> = Vec::new();
    for _ in 0..ROUNDS {
        if start.elapsed() > LONGEST {
            break;
        }
        let mut order = [0, 1, 2];
        random.shuffle(&mut order)?;
        let mut round: Vec<(usize, Run)> = Vec::new();
        for variant in order {
            let hundredths = VARIANTS.get(variant).copied().unwrap_or_default();
            round.push((variant, child(hundredths)?));
        }
        round.sort_unstable_by_key(|(variant, _)| *variant);
        rounds.push(round.into_iter().map(|(_, run)| run).collect());
    }
    println!("load of this machine at the end: {}", load());
    println!("{} rounds of three runs in {:.0?}", rounds.len(), start.elapsed());
    tell_truth(&rounds);
    let mut verdict = Verdict::default();
    tell_table(&rounds, &mut verdict);
    Ok(verdict.told())
}

fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()
}

/// Runs this program as the one that is measured, and reads the times that it prints.
fn child(hundredths: u64) -> anyhow::Result<Run> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).args(["noise-work", &hundredths.to_string()]).output()?;
    ensure!(output.status.success(), "the measured program failed");
    let text = String::from_utf8(output.stdout)?;
    let line = |line: &str| line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>();
    let run: Run = text.lines().map(line).collect::<Result<_, _>>()?;
    ensure!(run.len() == WORKS.len() && run.iter().all(|it| it.len() == SAMPLES), "{text}");
    Ok(run)
}

/// The measured program: prints the seconds of each sample, one line for each work.
pub(crate) fn work(hundredths: u64) {
    let mut next = vec![0_usize; 1 << 19];
    fill(&mut next);
    let works: [&dyn Fn() -> u64; 3] =
        [&|| cpu(hundredths * 6000), &|| mem(&next, hundredths * 250), &|| alloc(hundredths * 120)];
    for work in works {
        let mut times = Vec::new();
        for _ in 0..SAMPLES {
            let start = Instant::now();
            std::hint::black_box(work());
            times.push(format!("{:.9}", Duration::as_secs_f64(&start.elapsed())));
        }
        println!("{}", times.join(" "));
    }
}

/// Arithmetic alone.
fn cpu(steps: u64) -> u64 {
    let mut state = std::hint::black_box(88_172_645_463_325_252_u64);
    for _ in 0..steps {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}

/// One cycle through all places, in an order that no cache foresees (Sattolo's shuffle).
fn fill(next: &mut [usize]) {
    let mut random = Random(7);
    for (place, to) in next.iter_mut().enumerate() {
        *to = place;
    }
    for place in (1..next.len()).rev() {
        let other = random.below(u64::try_from(place).unwrap_or(u64::MAX));
        next.swap(place, usize::try_from(other).unwrap_or_default());
    }
}

/// Memory: each step waits for the one before.
fn mem(next: &[usize], steps: u64) -> u64 {
    let mut place = 0;
    for _ in 0..steps {
        place = next.get(place).copied().unwrap_or_default();
    }
    u64::try_from(place).unwrap_or(u64::MAX)
}

/// Allocation: a map of texts.
fn alloc(count: u64) -> u64 {
    let texts = (0..count).map(|number| (format!("key {number}"), number));
    let map: std::collections::BTreeMap<String, u64> = texts.collect();
    map.values().sum()
}

/// One value of a run.
#[derive(Clone, Copy)]
enum Statistic {
    Mean,
    Median,
    Best,
}

impl Statistic {
    fn of(self, samples: &[f64]) -> f64 {
        match self {
            Self::Mean => mean(samples),
            Self::Median => middle(samples),
            Self::Best => samples.iter().copied().fold(f64::INFINITY, f64::min),
        }
    }
}

fn mean(samples: &[f64]) -> f64 {
    samples.iter().sum::<f64>() / count(samples)
}

fn middle(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn count(samples: &[f64]) -> f64 {
    u32::try_from(samples.len()).map_or(f64::MAX, f64::from)
}

/// The values of one work and one variant, a value a round.
fn values(rounds: &[Vec<Run>], work: usize, variant: usize, statistic: Statistic) -> Vec<f64> {
    let of = |round: &Vec<Run>| round.get(variant)?.get(work).map(|it| statistic.of(it));
    rounds.iter().filter_map(of).collect()
}

/// What the variants really take, by the best of all rounds.
fn tell_truth(rounds: &[Vec<Run>]) {
    println!("\nwork    120 / 100 by the best run   from run to run (standard deviation / mean)");
    for (work, name) in WORKS.iter().enumerate() {
        let of = |variant| values(rounds, work, variant, Statistic::Mean);
        let best = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        let (base, more) = (of(0), of(2));
        let spread = variance(&base).sqrt() / mean(&base) * 100.0;
        println!("{name:<6}  {:>10.3}   {spread:>36.0} %", best(&more) / best(&base));
    }
}

/// A rule that says whether a window of rounds is a regression.
struct Rule {
    name: &'static str,
    is_ours: bool,
    says: fn(&[Vec<Run>], usize, usize) -> Option<bool>,
}

const RULES: [Rule; 8] = [
    Rule {
        name: "ours, T = 1.10",
        is_ours: true,
        says: |rounds, work, side| ours(rounds, work, side, Statistic::Median, 1.1),
    },
    Rule {
        name: "ours, T = 1.20",
        is_ours: false,
        says: |rounds, work, side| ours(rounds, work, side, Statistic::Median, 1.2),
    },
    Rule {
        name: "ours, T = 1.10, only the mean of each run",
        is_ours: false,
        says: |rounds, work, side| ours(rounds, work, side, Statistic::Mean, 1.1),
    },
    Rule { name: "median of the ratios > 1.10 alone", is_ours: false, says: median_alone },
    Rule {
        name: "one pair, mean > 1.20",
        is_ours: false,
        says: |rounds, work, side| one_pair(rounds, work, side, 1.2),
    },
    Rule {
        name: "one pair, mean > 1.10",
        is_ours: false,
        says: |rounds, work, side| one_pair(rounds, work, side, 1.1),
    },
    Rule { name: "one pair, Welch's t on samples, p < .05", is_ours: false, says: welch_of_one },
    Rule { name: "all samples of all rounds, Welch's t", is_ours: false, says: welch_of_all },
];

/// Our rule, as the gate has it.
fn ours(
    rounds: &[Vec<Run>],
    work: usize,
    variant: usize,
    statistic: Statistic,
    threshold: f64,
) -> Option<bool> {
    let side = |variant, statistic| -> Option<Vec<Value>> {
        values(rounds, work, variant, statistic).into_iter().map(Value::new).collect()
    };
    let (base, head) = (side(0, statistic)?, side(variant, statistic)?);
    let bests = match statistic {
        Statistic::Median => [side(0, Statistic::Best)?, side(variant, Statistic::Best)?],
        // One figure a run, as of a program that is timed as a whole.
        Statistic::Mean | Statistic::Best => [Vec::new(), Vec::new()],
    };
    let [fastest_base, fastest_head] = &bests;
    let base = Runs { values: &base, best: fastest_base };
    let head = Runs { values: &head, best: fastest_head };
    Compared::rounds(Direction::SmallerIsBetter, base, head).ok().map(|it| it.is_over(threshold))
}

fn median_alone(rounds: &[Vec<Run>], work: usize, variant: usize) -> Option<bool> {
    let base = values(rounds, work, 0, Statistic::Mean);
    let head = values(rounds, work, variant, Statistic::Mean);
    let ratios: Vec<f64> = base.iter().zip(&head).map(|(base, head)| head / base).collect();
    (!ratios.is_empty()).then(|| middle(&ratios) > 1.1)
}

/// What is said of the first round of a window alone, as by github-action-benchmark.
fn one_pair(rounds: &[Vec<Run>], work: usize, variant: usize, threshold: f64) -> Option<bool> {
    let first = rounds.first()?;
    let of = |variant: usize| first.get(variant)?.get(work).map(|samples| mean(samples));
    Some(of(variant)? / of(0)? > threshold)
}

fn welch_of_one(rounds: &[Vec<Run>], work: usize, variant: usize) -> Option<bool> {
    let first = rounds.first()?;
    Some(welch(first.first()?.get(work)?, first.get(variant)?.get(work)?))
}

fn welch_of_all(rounds: &[Vec<Run>], work: usize, variant: usize) -> Option<bool> {
    let all = |variant: usize| -> Vec<f64> {
        let samples = rounds.iter().filter_map(|round| round.get(variant)?.get(work));
        samples.flatten().copied().collect()
    };
    let (base, head) = (all(0), all(variant));
    (!base.is_empty()).then(|| welch(&base, &head))
}

/// Whether the head is slower by Welch's test, one-sided at 5 %. With 15 samples a side and more, the
/// limit of t is 1.70 to 1.65.
fn welch(base: &[f64], head: &[f64]) -> bool {
    let error = (variance(base) / count(base) + variance(head) / count(head)).sqrt();
    (mean(head) - mean(base)) / error > 1.7
}

fn variance(samples: &[f64]) -> f64 {
    let mean = mean(samples);
    let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
    squares / (count(samples) - 1.0)
}

/// How often a rule says yes, in percent, over all windows of all works.
fn rate(rounds: &[Vec<Run>], size: usize, rule: &Rule, variant: usize) -> Option<f64> {
    let mut said = Vec::new();
    for work in 0..WORKS.len() {
        for window in rounds.windows(size) {
            said.push(if (rule.says)(window, work, variant)? { 100.0 } else { 0.0 });
        }
    }
    Some(mean(&said))
}

fn tell_table(rounds: &[Vec<Run>], verdict: &mut Verdict) {
    for (size, most_false, least_found) in BARS {
        let windows = rounds.windows(size).count() * WORKS.len();
        println!("\nk = {size}: {windows} comparisons of each kind (windows overlap), in percent");
        println!("{:<42} {:>12} {:>12}", "rule", "false alarms", "+20 % found");
        for rule in &RULES {
            let rates = rate(rounds, size, rule, 1).zip(rate(rounds, size, rule, 2));
            let Some((alarms, found)) = rates else { continue };
            println!("{:<42} {alarms:>12.1} {found:>12.1}", rule.name);
            if rule.is_ours {
                println!("{:<42} {most_false:>11.1}- {least_found:>11.1}+", "  what is promised");
                verdict.hold(alarms <= most_false, || {
                    format!("k = {size}: {alarms:.1} % of false alarms, promised {most_false} %")
                });
                verdict.hold(found >= least_found, || {
                    format!("k = {size}: {found:.1} % found, promised {least_found} %")
                });
            }
        }
    }
}
