//! Base and head in turns: the rounds that the gate `performance` compares.
//!
//! Each round runs both commands once, one right after the other, in an order that is drawn from a
//! seed. A command is timed as a whole, or prints or writes a report of a benchmark, of which each run
//! gives one value for each figure: the median of what it has, and the best of its samples.
//!
//! Commands go through `sh -c`, as in a workflow's step: they come from whoever wrote the workflow. The
//! shell's own start is a millisecond on both sides.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bstr::{BString, ByteSlice as _};
use diagnostics::{Foreign, Piece, Place, Problem, Text, text};
use reports::measurements::{Format, Measurement, Side, Spread};
use reports::quantity::{Direction, Unit, Value};
use reports::{AnyFormat, Bounds, Malformed, Reading, unpacked};
use runner_protocol::Failure;
use verdict::gates::performance::{comparison, order};

/// The most that a command may print, in bytes.
const LONGEST: u64 = 64 << 20;
/// How many of a command's last lines are told where it fails.
const LINES: usize = 10;
/// The most rounds: each is two runs of a benchmark.
const MOST_ROUNDS: usize = 1000;

/// What is to be run, and how often.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The command of the base.
    pub(crate) base: String,
    /// The command of the head.
    pub(crate) head: String,
    /// How many rounds count.
    pub(crate) rounds: usize,
    /// How many go before them and do not.
    pub(crate) warmup: usize,
    /// What the order is drawn from.
    pub(crate) seed: u64,
    /// What is taken of each run.
    pub(crate) measure: Measure,
}

/// What is taken of each run.
#[derive(Clone, Debug)]
pub(crate) enum Measure {
    /// How long it takes as a whole.
    Wall,
    /// A report: on standard output, or in a file that each run writes anew.
    Report { format: Option<Format>, file: Option<PathBuf> },
}

/// One run of a command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ran {
    /// Its exit code; nothing if a signal ended it.
    pub(crate) code: Option<i32>,
    /// All of its standard output.
    pub(crate) stdout: Vec<u8>,
    /// The end of its standard error.
    pub(crate) stderr: Vec<u8>,
    /// From its start to its end.
    pub(crate) took: Duration,
}

/// The world that the commands run in.
pub(crate) trait Runner {
    /// Runs a command.
    fn run(&mut self, command: &str) -> Result<Ran, Failure>;
    /// Empties a file, so that what is read of it afterwards was written in between.
    fn empty(&mut self, file: &Path) -> Result<(), Failure>;
    /// Reads a file.
    fn read(&mut self, file: &Path) -> Result<Vec<u8>, Failure>;
}

/// This machine.
pub(crate) struct Machine;

impl Runner for Machine {
    fn run(&mut self, command: &str) -> Result<Ran, Failure> {
        let arguments = ["-c", command].map(OsString::from);
        let ran = system::run_timed("sh", &arguments, Path::new("."), LONGEST);
        let (said, took) = ran.map_err(|failure| {
            let message = text!["the command ", Foreign::from(command), " cannot be run"];
            let help = "see that `sh` is there, and that the command prints less than 64 MiB";
            let problem = Problem::error(message).label(Piece::said(&failure)).help(help);
            Failure::no_answer(problem)
        })?;
        Ok(Ran { code: said.code, stdout: said.stdout, stderr: said.stderr, took })
    }

    fn empty(&mut self, file: &Path) -> Result<(), Failure> {
        super::put(file, b"").map(|_| ())
    }

    fn read(&mut self, file: &Path) -> Result<Vec<u8>, Failure> {
        super::files::read(file, "the report", "each run of the command must write it")
    }
}

/// What all rounds came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rounds {
    /// Which side went first, for each round.
    pub(crate) first: Vec<Side>,
    /// Every figure of each side, with one value for each round.
    pub(crate) measurements: Vec<Measurement>,
}

/// Runs the plan.
///
/// # Errors
/// When a command fails, or its report cannot be read, is not whole, or has no figure; when a figure is
/// in one run and not in another of the same side.
pub(crate) fn rounds(plan: &Plan, runner: &mut dyn Runner) -> Result<Rounds, Failure> {
    if plan.rounds == 0 || plan.rounds > MOST_ROUNDS {
        let problem = Problem::error("the number of rounds cannot be used")
            .label(text!["expected 1 to ", MOST_ROUNDS, ", found ", plan.rounds])
            .help("5 rounds give an answer, 10 a better one");
        return Err(Failure::no_answer(problem));
    }
    for _ in 0..plan.warmup {
        for side in order::sides(false) {
            measured(plan, side, runner)?;
        }
    }
    let order = order::head_goes_first(plan.seed, plan.rounds);
    let mut figures: BTreeMap<(Side, BString), Measurement> = BTreeMap::new();
    let mut first = Vec::new();
    for (round, head_goes_first) in order.into_iter().enumerate() {
        let sides = order::sides(head_goes_first);
        first.extend(sides.first());
        for side in sides {
            let found = measured(plan, side, runner)?;
            let found = merged(found);
            keep(&mut figures, found, side, round)?;
        }
    }
    Ok(Rounds { first, measurements: figures.into_values().collect() })
}

/// Runs one side once.
fn measured(plan: &Plan, side: Side, runner: &mut dyn Runner) -> Result<Vec<Measurement>, Failure> {
    let command = if side == Side::Head { &plan.head } else { &plan.base };
    let file = match &plan.measure {
        Measure::Wall => None,
        Measure::Report { file, .. } => file.as_deref(),
    };
    if let Some(file) = file {
        runner.empty(file)?;
    }
    let ran = runner.run(command)?;
    if ran.code != Some(0) {
        return Err(failed(command, &ran));
    }
    let Measure::Report { format, .. } = &plan.measure else {
        let took = Value::new(ran.took.as_secs_f64()).unwrap_or_default();
        return Ok(vec![Measurement::new("wall", Unit::Seconds, took)]);
    };
    let bytes = match file {
        Some(file) => runner.read(file)?,
        None => ran.stdout,
    };
    read(*format, &bytes).map_err(|why| unread(command, file, why))
}

/// Why the report of a run is none.
enum Unread {
    Malformed(Malformed),
    Format(AnyFormat),
    Complaint(Reading),
    Nothing,
}

fn read(format: Option<Format>, bytes: &[u8]) -> Result<Vec<Measurement>, Unread> {
    let bytes = unpacked(bytes, LONGEST).map_err(Unread::Malformed)?;
    let format = match format {
        Some(format) => format,
        None => match AnyFormat::recognised(&bytes).map_err(Unread::Malformed)? {
            AnyFormat::Measurements(format) => format,
            other @ (AnyFormat::Tests(_)
            | AnyFormat::Coverage(_)
            | AnyFormat::Findings(_)
            | AnyFormat::Messages(_)) => return Err(Unread::Format(other)),
        },
    };
    let mut found = Vec::new();
    let reading = format
        .read(&bytes, Bounds::default(), &mut |measurement| found.push(measurement))
        .map_err(Unread::Malformed)?;
    if !reading.complaints.is_empty() {
        return Err(Unread::Complaint(reading));
    }
    found.retain(|measurement| !measurement.values.is_empty());
    if found.is_empty() { Err(Unread::Nothing) } else { Ok(found) }
}

fn unread(command: &str, file: Option<&Path>, why: Unread) -> Failure {
    let message =
        text!["the benchmarks of the command ", Foreign::from(command), " cannot be read"];
    let mut problem = Problem::error(message);
    if let Some(file) = file {
        problem = problem.at(Place::file(Foreign::path(file)));
    }
    let label = match why {
        Unread::Malformed(malformed) => Piece::said(&malformed).into(),
        Unread::Format(format) => text!["expected benchmarks, found ", format.wanted()],
        Unread::Nothing => Text::from("there is no benchmark in it"),
        Unread::Complaint(reading) => {
            let mut label = Text::new();
            for complaint in reading.complaints.iter().take(1) {
                label.text(complaint.why);
                if let Some(said) = &complaint.said {
                    label.text(": ").foreign(said.as_slice());
                }
            }
            label
        }
    };
    let help = "name the `--format`, give the file as `--report`, or time the command with \
                `--measure wall`";
    Failure::no_answer(problem.label(label).help(help))
}

/// A command that failed, with its last lines.
fn failed(command: &str, ran: &Ran) -> Failure {
    let mut label = match ran.code.and_then(|code| u64::try_from(code).ok()) {
        Some(code) => text!["it ended with exit code ", code],
        None => Text::from("a signal ended it"),
    };
    let said = if ran.stderr.trim_ascii().is_empty() { &ran.stdout } else { &ran.stderr };
    let lines: Vec<&[u8]> = said.trim_ascii_end().lines().collect();
    let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default();
    if !last.is_empty() {
        label.text("; its last lines: ").foreign(Foreign::new(bstr::join("\n", last)));
    }
    let message = text!["the command ", Foreign::from(command), " failed"];
    let help = "what fails is not compared: make it pass by itself first";
    Failure::no_answer(Problem::error(message).label(label).help(help))
}

/// One value for each figure of a run, and the best of its samples.
fn merged(found: Vec<Measurement>) -> BTreeMap<BString, Measurement> {
    let mut merged: BTreeMap<BString, Measurement> = BTreeMap::new();
    for measurement in found {
        match merged.get_mut(&measurement.key()) {
            Some(one) => {
                one.values.extend(&measurement.values);
                one.best.extend(&measurement.best);
                one.broken.extend(measurement.broken);
            }
            None => {
                merged.insert(measurement.key(), measurement);
            }
        }
    }
    for measurement in merged.values_mut() {
        let samples =
            if measurement.best.is_empty() { &measurement.values } else { &measurement.best };
        let has_samples = samples.len() > 1 || !measurement.best.is_empty();
        let best = match measurement.direction {
            Some(Direction::BiggerIsBetter) => samples.iter().max(),
            Some(Direction::SmallerIsBetter) | None => samples.iter().min(),
        };
        let best = best.copied().filter(|_| has_samples);
        let median = comparison::median(&measurement.values);
        measurement.values = median.into_iter().collect();
        measurement.best = best.into_iter().collect();
    }
    merged
}

/// Adds the figures of one run to those of its side.
fn keep(
    figures: &mut BTreeMap<(Side, BString), Measurement>,
    found: BTreeMap<BString, Measurement>,
    side: Side,
    round: usize,
) -> Result<(), Failure> {
    let missing = figures
        .keys()
        .find(|(of, key)| *of == side && !found.contains_key(key))
        .map(|(_, key)| key.clone());
    if let Some(key) = missing {
        return Err(uneven(&key, side));
    }
    for (key, measurement) in found {
        match figures.get_mut(&(side, key.clone())) {
            None if round == 0 => {
                let one = Measurement { side, spread: Spread::PerRun, ..measurement };
                figures.insert((side, key), one);
            }
            None => return Err(uneven(&key, side)),
            Some(kept) => {
                // Samples count where every run has them.
                if measurement.best.is_empty() || kept.best.is_empty() {
                    kept.best.clear();
                } else {
                    kept.best.extend(measurement.best);
                }
                kept.values.extend(measurement.values);
                for broken in measurement.broken {
                    if !kept.broken.contains(&broken) {
                        kept.broken.push(broken);
                    }
                }
                if kept.unit != measurement.unit {
                    return Err(uneven(&key, side));
                }
            }
        }
    }
    Ok(())
}

fn uneven(key: &BString, side: Side) -> Failure {
    let side = if side == Side::Head { "head" } else { "base" };
    let message =
        text!["the benchmark ", Foreign::new(key.as_slice()), " is not in each run of the ", side];
    let help = "a benchmark must measure the same, in the same unit, each time that it is run";
    Failure::no_answer(Problem::error(message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each command from a list, round robin, and notes what was run.
    struct Double {
        answers: BTreeMap<&'static str, Vec<Ran>>,
        ran: Vec<String>,
        file: Vec<u8>,
    }

    impl Double {
        fn new(base: &[Ran], head: &[Ran]) -> Self {
            let answers = BTreeMap::from([("base", base.to_vec()), ("head", head.to_vec())]);
            Self { answers, ran: Vec::new(), file: b"old".to_vec() }
        }
    }

    impl Runner for Double {
        fn run(&mut self, command: &str) -> Result<Ran, Failure> {
            let count = self.ran.iter().filter(|ran| *ran == command).count();
            self.ran.push(command.to_owned());
            let answers = &self.answers[command];
            Ok(answers[count % answers.len()].clone())
        }

        fn empty(&mut self, _file: &Path) -> Result<(), Failure> {
            self.file.clear();
            Ok(())
        }

        fn read(&mut self, _file: &Path) -> Result<Vec<u8>, Failure> {
            Ok(self.file.clone())
        }
    }

    fn took(milliseconds: u64) -> Ran {
        Ran { code: Some(0), took: Duration::from_millis(milliseconds), ..Ran::default() }
    }

    fn said(text: &str) -> Ran {
        Ran { code: Some(0), stdout: text.into(), ..Ran::default() }
    }

    fn plan(rounds: usize, measure: Measure) -> Plan {
        Plan { base: "base".into(), head: "head".into(), rounds, warmup: 0, seed: 7, measure }
    }

    fn report() -> Measure {
        Measure::Report { format: None, file: None }
    }

    fn numbers(values: &[Value]) -> Vec<f64> {
        values.iter().map(|value| value.get()).collect()
    }

    /// The words of the failure.
    #[track_caller]
    fn refused(plan: &Plan, double: &mut Double) -> String {
        format!("{:?}", rounds(plan, double).unwrap_err().problems)
    }

    #[test]
    fn each_round_runs_both_sides_once_in_an_order_that_is_drawn() {
        let mut double = Double::new(&[took(100), took(200)], &[took(150)]);
        let found = rounds(&plan(6, Measure::Wall), &mut double).unwrap();
        assert_eq!(double.ran.len(), 12);
        for (round, first) in double.ran.chunks(2).zip(&found.first) {
            assert_ne!(round[0], round[1]);
            assert_eq!(round[0] == "head", *first == Side::Head);
        }
        assert_eq!(found.first.iter().filter(|side| **side == Side::Head).count(), 3);
        let [base, head] = &found.measurements[..] else { panic!("{found:?}") };
        assert_eq!((base.side, head.side), (Side::Base, Side::Head));
        assert_eq!(numbers(&base.values), [0.1, 0.2, 0.1, 0.2, 0.1, 0.2]);
        assert_eq!(numbers(&head.values), [0.15; 6]);
        let mut again = Double::new(&[took(100)], &[took(150)]);
        rounds(&plan(6, Measure::Wall), &mut again).unwrap();
        assert_eq!(again.ran, double.ran);
    }

    #[test]
    fn warm_up_rounds_do_not_count() {
        let mut double = Double::new(&[took(900), took(100)], &[took(100)]);
        let plan = Plan { warmup: 1, ..plan(1, Measure::Wall) };
        let found = rounds(&plan, &mut double).unwrap();
        assert_eq!(numbers(&found.measurements[0].values), [0.1]);
        assert_eq!(double.ran.len(), 4);
    }

    #[test]
    fn a_command_that_fails_is_named_with_its_last_lines() {
        let failing =
            Ran { code: Some(3), stderr: b"a\nno such benchmark\n".to_vec(), ..Ran::default() };
        let told = refused(&plan(5, Measure::Wall), &mut Double::new(&[took(1)], &[failing]));
        assert!(told.contains("no such benchmark") && told.contains("Number(3)"), "{told}");
    }

    #[test]
    fn each_run_of_a_report_gives_its_median_and_its_best() {
        let base = "BenchmarkA 1 30 ns/op\nBenchmarkA 1 10 ns/op\nBenchmarkA 1 20 ns/op\n";
        let mut double = Double::new(&[said(base)], &[said(base)]);
        let found = rounds(&plan(2, report()), &mut double).unwrap();
        assert_eq!(numbers(&found.measurements[0].values), [2e-8, 2e-8]);
        assert_eq!(numbers(&found.measurements[0].best), [1e-8, 1e-8]);
        let one = "BenchmarkA 1 30 ns/op\n";
        let mut double = Double::new(&[said(one)], &[said(one)]);
        let found = rounds(&plan(2, report()), &mut double).unwrap();
        assert!(found.measurements[0].best.is_empty());
    }

    #[test]
    fn what_is_no_report_of_a_benchmark_is_refused() {
        let of = |text: &str| {
            refused(&plan(1, report()), &mut Double::new(&[said(text)], &[said(text)]))
        };
        assert!(of("").contains("an empty file"));
        assert!(of("hello\n").contains("known format"));
        assert!(of("<testsuites/>").contains("expected benchmarks"));
        assert!(of("BenchmarkA 1 30 ns/op\n--- FAIL: BenchmarkB\n").contains("a benchmark failed"));
        let none = "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let measure = Measure::Report { format: Some(Format::LibtestBench), file: None };
        let told = refused(&plan(1, measure), &mut Double::new(&[said(none)], &[said(none)]));
        assert!(told.contains("there is no benchmark in it"), "{told}");
    }

    #[test]
    fn a_report_that_an_earlier_run_left_is_not_read() {
        let measure = Measure::Report { format: None, file: Some("r.json".into()) };
        let told = refused(&plan(1, measure), &mut Double::new(&[said("")], &[said("")]));
        assert!(told.contains("an empty file"), "{told}");
    }

    #[test]
    fn a_benchmark_that_comes_and_goes_between_runs_is_refused() {
        let (one, two) =
            ("BenchmarkA 1 30 ns/op\n", "BenchmarkA 1 30 ns/op\nBenchmarkB 1 3 ns/op\n");
        for head in [[said(one), said(two)], [said(two), said(one)]] {
            let told = refused(&plan(2, report()), &mut Double::new(&[said(one)], &head));
            assert!(told.contains("is not in each run of the "), "{told}");
        }
        // One that only one side has was added or removed: the gate says so.
        let mut double = Double::new(&[said(one)], &[said(two)]);
        assert_eq!(rounds(&plan(2, report()), &mut double).unwrap().measurements.len(), 3);
    }

    #[test]
    fn no_rounds_are_no_comparison() {
        let told = refused(&plan(0, Measure::Wall), &mut Double::new(&[took(1)], &[took(1)]));
        assert!(told.contains("the number of rounds"), "{told}");
    }

    #[test]
    fn this_machine_times_a_shell() {
        let plan = Plan {
            base: "true".into(),
            head: "sleep 0.05 && true".into(),
            ..plan(1, Measure::Wall)
        };
        let found = rounds(&plan, &mut Machine).unwrap();
        assert!(found.measurements[1].values[0].get() >= 0.05);
        let failing = Plan { base: "echo gone >&2; exit 4".into(), ..plan };
        let told = format!("{:?}", rounds(&failing, &mut Machine).unwrap_err().problems);
        assert!(told.contains("gone"), "{told}");
    }
}
