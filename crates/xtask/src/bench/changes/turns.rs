//! Programs that take turns, and the table of their times.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::place::Place;
use crate::bench::measure::{median, ratio, timed};

/// How often each program runs.
pub(crate) const RUNS: usize = 15;

/// One program of a table.
pub(crate) struct Row<'a> {
    name: String,
    /// What it is meant to take, if that is said.
    bar: Option<Duration>,
    /// Makes ready and hands over what is timed.
    start: Box<dyn FnMut() -> anyhow::Result<Command> + 'a>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(
        name: impl Into<String>,
        start: impl FnMut() -> anyhow::Result<Command> + 'a,
    ) -> Self {
        Self { name: name.into(), bar: None, start: Box::new(start) }
    }

    pub(crate) fn bar(mut self, milliseconds: u64) -> Self {
        self.bar = Some(Duration::from_millis(milliseconds));
        self
    }
}

/// Git's own comparison of two commits, and what the tool answers to `words` about them.
pub(crate) fn beside_git<'a>(
    place: &'a Place,
    repository: &'a Path,
    words: &'a [&str],
    [base, head]: [&'a str; 2],
) -> [Row<'a>; 2] {
    let floor = ["diff", "-z", "--name-status", "--no-renames", base, head];
    let command = words.first().copied().unwrap_or_default();
    [
        Row::new("git diff -z", move || Ok(place.git(repository, &floor))),
        Row::new(format!("change-detector {command}"), move || {
            let mut tool = place.tool(repository, words);
            tool.args(["--format", "json"]);
            Ok(tool)
        }),
    ]
}

/// Runs all of them in turns; prints each beside the first, which is the floor.
pub(crate) fn table(mut rows: Vec<Row<'_>>) -> anyhow::Result<Vec<Duration>> {
    let mut times = vec![Vec::with_capacity(RUNS); rows.len()];
    let mut ticks = vec![0; rows.len()];
    for _ in 0..=RUNS {
        for (row, (times, ticks)) in rows.iter_mut().zip(times.iter_mut().zip(&mut ticks)) {
            let mut command = (row.start)()?;
            let before = ticks_of_children();
            times.push(timed(&mut command)?);
            *ticks += ticks_of_children() - before;
        }
    }
    // The first of each warms the disk.
    let best = times.iter().map(|times| times.iter().min().copied().unwrap_or_default());
    let best: Vec<Duration> = best.collect();
    let medians = times.into_iter().map(|times| median(times.into_iter().skip(1).collect()));
    let medians: Vec<Duration> = medians.collect();
    let floor = medians.first().copied().unwrap_or_default();
    println!(
        "  {:<32} {:>10} {:>10} {:>10} {:>8}  bar",
        "", "median", "fastest", "processor", "x first"
    );
    for ((row, ticks), (median, best)) in rows.iter().zip(ticks).zip(medians.iter().zip(best)) {
        println!(
            "  {:<32} {:>7} ms {:>7} ms {:>7} ms {:>8.2}  {}",
            row.name,
            milliseconds(*median),
            milliseconds(best),
            milliseconds(each(ticks)),
            ratio(*median, floor),
            row.bar.map_or_else(String::new, |bar| beside(*median, bar))
        );
    }
    Ok(medians)
}

/// How much processor time all children had so far, and their children, in hundredths of a second
/// (`proc_pid_stat(5)`, `cutime` and `cstime`); nothing on a system that does not say. Its sum over many
/// runs says more than the clock does where others use the machine too.
pub(crate) fn ticks_of_children() -> u32 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in parentheses, which may hold anything.
    let fields = told.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|field| field.parse::<u32>().ok()).sum()
}

/// The processor time of one run.
fn each(ticks: u32) -> Duration {
    let runs = u32::try_from(RUNS + 1).unwrap_or(1);
    Duration::from_millis(10) * ticks / runs
}

/// A time for people.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}

/// A bar, and whether this machine met it today.
pub(crate) fn beside(time: Duration, bar: Duration) -> String {
    let met = if time <= bar { "met" } else { "not met here" };
    format!("{} ms: {met}", bar.as_millis())
}
