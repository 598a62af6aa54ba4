//! One plan whatever the order of the inputs, the locale and the number of processors.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha256};

use super::random::Random;
use super::suites::Suite;
use super::tool::Bench;
use super::verdict::Verdict;

/// How many times the tool is started.
const PROCESSES: usize = 1000;
/// Locales of runners and of people, whether installed or not: Turkish has its own lower case of I,
/// German a comma in numbers.
const LOCALES: [&str; 3] = ["C", "de_DE.UTF-8", "tr_TR.UTF-8"];
/// The processors that a process may use, as `taskset --cpu-list` takes them.
const PROCESSORS: [&str; 2] = ["0", "0,1"];

/// Plans a suite in many processes, each with its own order of items and timings.
pub(crate) fn same(bench: &Bench, suite: &Suite, verdict: &mut Verdict) -> anyhow::Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let bound_to = if has_taskset(bench) { &PROCESSORS[..] } else { &[] };
    let mut items: Vec<(&String, &u64)> = suite.times.iter().collect();
    let mut random = Random(1);
    let mut digests = BTreeSet::new();
    for (_, locale) in (0..PROCESSES).zip(LOCALES.iter().cycle()) {
        random.shuffle(&mut items)?;
        bench.write_facts(items.iter().copied())?;
        let processors = bound_to.get(usize::try_from(random.below(3))?);
        let mut command = bench.plan_command(started(bench, processors), 8);
        bench.finish(command.env("PATH", &path).env("LC_ALL", locale))?;
        digests.insert(Sha256::digest(bench.plan_file()?));
    }
    println!("\nsameness: {PROCESSES} processes plan {} on 8 shards, shuffled", suite.name);
    println!("  LC_ALL in {}", LOCALES.join(", "));
    match bound_to {
        [] => println!("  on all processors: there is no taskset here"),
        _ => println!("  on all processors, and with taskset on {}", PROCESSORS.join(" and ")),
    }
    println!("  different plan files: {} (limit 1)", digests.len());
    for digest in digests.iter().take(3) {
        println!("  sha256 {}", hex(digest));
    }
    verdict.hold(digests.len() == 1, || format!("{} different plan files", digests.len()));
    Ok(())
}

fn hex(digest: &[u8]) -> String {
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from_digit(half.into(), 16).unwrap_or_default())
        .collect()
}

/// The tool, free or bound to processors.
fn started(bench: &Bench, processors: Option<&&str>) -> Command {
    let Some(processors) = processors else { return Command::new(&bench.tool) };
    let mut taskset = Command::new("taskset");
    taskset.args(["--cpu-list", processors]).arg(&bench.tool);
    taskset
}

fn has_taskset(bench: &Bench) -> bool {
    PROCESSORS.iter().all(|processors| {
        let mut command = started(bench, Some(processors));
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}
