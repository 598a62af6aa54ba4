//! Criterion's `target/criterion/<id>/new/` (and `base/`): `benchmark.json` has the name,
//! `estimates.json` the figures in nanoseconds, `sample.json` the times they come from (criterion 0.8.2,
//! `src/estimate.rs`, `src/benchmark_group.rs`).
//!
//! A report is `benchmark.json` with one or both of the others behind it, as `cat` joins them; several
//! such reports may follow each other.
//!
//! Of the estimates the median is the figure, as in criterion's own output in libtest's form: `slope` is
//! `null` in flat sampling, and the mean follows every disturbance (issue 5: on a machine that was busy
//! it had twice the false alarms).

use serde::Deserialize;
use serde_json::de::SliceRead;

use super::{Fault, Measurement, Number, Sink, Spread};
use crate::Found;
use crate::head::{Head, Value};
use crate::json_values::Text;
use crate::quantity::{Unit, Value as Amount};

pub(super) const NAME: &str = "criterion";
pub(super) const WANTED: &str = "criterion's benchmark.json and estimates.json, joined";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_benchmark = head.has("group_id", Value::Text) && head.has("full_id", Value::Text);
    let is_estimates = head.has("median_abs_dev", Value::Object)
        && head.has("mean", Value::Object)
        && !head.has("reason", Value::Text);
    is_benchmark || is_estimates
}

/// Any of the three files.
#[derive(Deserialize)]
struct File {
    full_id: Option<Text>,
    throughput: Option<Throughput>,
    median: Option<Estimate>,
    iters: Option<Vec<Number>>,
    times: Option<Vec<Number>>,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: Number,
}

/// What one iteration works on. New kinds are not refused.
#[derive(Deserialize)]
struct Throughput {
    #[serde(alias = "Bytes", alias = "BytesDecimal")]
    bytes: Option<Number>,
    #[serde(alias = "Bits")]
    bits: Option<Number>,
    #[serde(alias = "Elements")]
    elements: Option<Number>,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let mut files = serde_json::Deserializer::new(SliceRead::new(bytes)).into_iter::<File>();
    let mut named: Option<File> = None;
    let mut has_figures = false;
    let mut at = 0;
    let mut start = 0;
    while let Some(file) = files.next() {
        let file = file.map_err(|error| Fault::of_json(&error, bytes, 0))?;
        match (named.take(), file.full_id.is_some()) {
            (Some(benchmark), true) if has_figures => {
                measured(benchmark, start, sink)?;
                (named, has_figures, start) = (Some(file), false, at);
            }
            (None, true) => (named, start) = (Some(file), at),
            (Some(mut benchmark), false) => {
                if !benchmark.take_figures(file) {
                    return Err(Fault::wrong("neither estimates nor a sample", at));
                }
                (named, has_figures) = (Some(benchmark), true);
            }
            (None, false) => {
                return Err(Fault::wrong(
                    "figures without a name: the benchmark.json beside them has it, and goes first",
                    at,
                ));
            }
            (Some(_), true) => {
                return Err(Fault::wrong(
                    "a name without figures: the estimates.json beside it has them, and goes behind",
                    at,
                ));
            }
        }
        at = files.byte_offset();
    }
    match named {
        Some(benchmark) if has_figures => measured(benchmark, start, sink),
        Some(_) | None => Err(Fault::new(Found::End, bytes.len())),
    }
}

impl File {
    /// Takes in the figures of a file behind the one with the name; whether it has any.
    fn take_figures(&mut self, file: Self) -> bool {
        match file {
            Self { median: Some(median), .. } => self.median = Some(median),
            Self { iters: Some(iters), times: Some(times), .. } if iters.len() == times.len() => {
                (self.iters, self.times) = (Some(iters), Some(times));
            }
            Self { .. } => return false,
        }
        true
    }

    /// The time of one iteration in each sample.
    fn sample(&self) -> Option<Vec<Amount>> {
        let pairs = self.times.as_ref()?.iter().zip(self.iters.as_ref()?);
        pairs.map(|(time, iters)| nanoseconds(time.0.get() / iters.0.get())).collect()
    }
}

fn measured(benchmark: File, at: usize, sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let wrong = || Fault::wrong("a time that is no number from 0", at);
    let sample = benchmark.sample().unwrap_or_default();
    if sample.len() != benchmark.times.as_ref().map_or(0, Vec::len) {
        return Err(wrong());
    }
    let (values, best, spread) = match &benchmark.median {
        Some(median) => {
            let median = nanoseconds(median.point_estimate.0.get()).ok_or_else(wrong)?;
            (vec![median], sample.iter().min().copied().into_iter().collect(), Spread::PerRun)
        }
        None => (sample, Vec::new(), Spread::WithinRun),
    };
    if values.is_empty() {
        return Err(wrong());
    }
    let name = benchmark.full_id.unwrap_or_default().0;
    let throughput = benchmark.throughput.and_then(|work| work.of(&values));
    let new = |unit| Measurement::new(name.clone(), unit, Amount::default());
    sink.push(Measurement { values, best, spread, ..new(Unit::Seconds) }, at)?;
    if let Some((unit, values)) = throughput {
        // The same figure seen from its other side: for limits, not to be compared twice.
        let rate = Measurement { values, spread, direction: None, ..new(unit) };
        sink.push(rate.metric("throughput"), at)?;
    }
    Ok(())
}

fn nanoseconds(number: f64) -> Option<Amount> {
    Unit::read("ns", Amount::new(number)?).map(|read| read.value)
}

impl Throughput {
    fn of(&self, seconds: &[Amount]) -> Option<(Unit, Vec<Amount>)> {
        let (unit, work) = match self {
            Self { bytes: Some(bytes), .. } => (Unit::BitsPerSecond, bytes.0.get() * 8.0),
            Self { bits: Some(bits), .. } => (Unit::BitsPerSecond, bits.0.get()),
            Self { elements: Some(elements), .. } => (Unit::PerSecond, elements.0.get()),
            Self { .. } => return None,
        };
        let rates = seconds.iter().map(|seconds| Amount::new(work / seconds.get()));
        Some((unit, rates.collect::<Option<_>>()?))
    }
}
