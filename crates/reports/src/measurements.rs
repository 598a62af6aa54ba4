//! How fast something is: what benchmarks write.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::family::{Fault, Sink, family};
use crate::quantity::{Direction, Unit, Value};

family! {
    Measurement; "measurements";
    /// The rounds of `gate-check bench`.
    signalbox_rounds::SignalboxRounds,
    /// The `benchmark.json` and `estimates.json` of criterion, one after the other.
    criterion::Criterion,
    /// The lines of `cargo criterion --message-format=json`.
    criterion_messages::CriterionMessages,
    /// The `data.js` of github-action-benchmark, or the JSON in it.
    github_action_benchmark::GithubActionBenchmark,
    /// A list of names, units and values, as github-action-benchmark takes from any tool.
    benchmark_list::BenchmarkList,
    /// The `--export-json` of hyperfine.
    hyperfine::Hyperfine,
    /// The summary of k6 in JSON.
    k6::K6,
    /// The JSON of gungraun, which was called iai-callgrind.
    gungraun::Gungraun,
    /// What gungraun, which was called iai-callgrind, prints.
    gungraun_text::GungraunText,
    /// What libtest prints of benchmarks, and others in its form.
    libtest_bench::LibtestBench,
    /// What `go test -bench` prints.
    go_bench::GoBench,
}

/// One figure of one benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// The benchmark.
    pub name: BString,
    /// Which of its figures this is, unless it is the one that the benchmark is about: `B/op`, `p(95)`.
    pub metric: Option<BString>,
    /// The base unit of the values.
    pub unit: Unit,
    /// Which of two values is the better one; nothing if it cannot be said, or if the figure is
    /// derived from another one of the same benchmark.
    pub direction: Option<Direction>,
    /// The values, in the order of the report.
    pub values: Vec<Value>,
    /// The best sample that is behind each value, where the report has samples of a run beside its
    /// figure; otherwise nothing. It is what the run took with the least disturbance.
    pub best: Vec<Value>,
    /// What the values are to each other.
    pub spread: Spread,
    /// Which side of a comparison it is of.
    pub side: Side,
    /// Whether the same program gives the same value on each run, as for instructions.
    pub is_deterministic: bool,
    /// The tool's own limits that it broke, as it writes them.
    pub broken: Vec<BString>,
}

/// What several values of one measurement are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spread {
    /// Each is of a run of its own.
    PerRun,
    /// All are of one run. Their spread says nothing of that from run to run.
    WithinRun,
}

/// Which side of a comparison a measurement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The report has one side only.
    Alone,
    /// What is compared with. The values are one a round, in the order of the rounds.
    Base,
    /// What is looked at. The values are one a round, in the order of the rounds.
    Head,
}

impl Measurement {
    /// A measurement of one value, whose direction is that of its unit.
    pub fn new(name: impl Into<BString>, unit: Unit, value: Value) -> Self {
        Self {
            name: name.into(),
            metric: None,
            direction: unit.direction(),
            is_deterministic: unit == Unit::Instructions,
            unit,
            values: vec![value],
            best: Vec::new(),
            spread: Spread::PerRun,
            side: Side::Alone,
            broken: Vec::new(),
        }
    }

    /// The same as another figure of its benchmark.
    #[must_use]
    pub fn metric(mut self, metric: impl Into<BString>) -> Self {
        self.metric = Some(metric.into());
        self
    }

    /// The name by which limits and overrides call it: `stoq`, `stoq/throughput`.
    pub fn key(&self) -> BString {
        match &self.metric {
            None => self.name.clone(),
            Some(metric) => bstr::concat([self.name.as_bytes(), b"/", metric.as_slice()]).into(),
        }
    }
}

/// A number as its digits say it, which is the double that is nearest to them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) Value);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = <&RawValue>::deserialize(deserializer)?.get();
        let value = Value::parse(written).filter(|_| !written.contains(','));
        value.map(Self).ok_or_else(|| D::Error::custom("no number from 0"))
    }
}

/// Reads a document that is all of `bytes` from `start`.
fn document<'b, T: Deserialize<'b>>(bytes: &'b [u8], start: usize) -> Result<T, Fault> {
    let text = bytes.get(start..).unwrap_or_default();
    serde_json::from_slice(text).map_err(|error| Fault::of_json(&error, bytes, start))
}

/// Names that are there several times in one report, told apart by their number.
#[derive(Default)]
struct Names(BTreeMap<BString, u64>);

impl Names {
    fn unique(&mut self, name: &[u8]) -> BString {
        let count = self.0.entry(name.into()).or_default();
        *count += 1;
        match count {
            1 => name.into(),
            _ => format!("{}#{count}", name.as_bstr()).into(),
        }
    }
}

/// The lines of a report, each with the byte with which it begins, without their line breaks.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    bytes.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        let at = start;
        start += line.len();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        (at, line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// What a line says, if it is text.
fn said(line: &[u8]) -> Option<BString> {
    Some(line.trim_ascii().into()).filter(|line: &BString| !line.is_empty())
}

#[cfg(test)]
mod tests;
