//! The JSON of gungraun, which was called iai-callgrind: what `--output-format=json` prints, one line a
//! benchmark, and the `summary.json` of `--save-summary` (gungraun 0.20.0, version 7 of its schema).
//!
//! Instructions are counted by Callgrind and are the same on each run. `old` is whatever the last run
//! on that machine left behind, and is no base. `regressions` are of limits that the user set.

use bstr::BString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::de::SliceRead;

use super::{Fault, Measurement, Number, Sink};
use crate::Found;
use crate::head::{Head, Value};
use crate::json_values::Text;
use crate::quantity::Unit;

pub(super) const NAME: &str = "gungraun";
pub(super) const WANTED: &str = "the JSON of gungraun";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_first = head.has("module_path", Value::Text) && head.has("function_name", Value::Text);
    // The profiles stand far behind; the beginning has what only this tool writes.
    is_first && (head.has("baselines", Value::List) || head.has("profiles", Value::List))
}

#[derive(Deserialize)]
struct Benchmark {
    module_path: Text,
    id: Option<Text>,
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    total: Total,
}

#[derive(Deserialize)]
struct Total {
    /// Of another tool, such as DHAT, they have another shape.
    metrics: Metrics,
    #[serde(default)]
    regressions: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Metrics {
    #[serde(rename = "Ir")]
    instructions: Option<Metric>,
}

#[derive(Deserialize)]
struct Metric {
    values: Values,
}

#[derive(Deserialize)]
struct Values {
    new: Option<Number>,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let mut benchmarks =
        serde_json::Deserializer::new(SliceRead::new(bytes)).into_iter::<Benchmark>();
    let mut at = 0;
    while let Some(benchmark) = benchmarks.next() {
        let benchmark = benchmark.map_err(|error| Fault::of_json(&error, bytes, 0))?;
        let totals = || benchmark.profiles.iter().map(|profile| &profile.data.total);
        let counted = totals().find_map(|total| total.metrics.instructions.as_ref()?.values.new);
        let counted =
            counted.ok_or_else(|| Fault::wrong("a benchmark without its instructions", at))?;
        let name = match &benchmark.id {
            Some(Text(id)) => bstr::concat([benchmark.module_path.0.as_slice(), b" ", id]).into(),
            None => benchmark.module_path.0.clone(),
        };
        let is_broken = totals().any(|total| !total.regressions.is_empty());
        let broken = is_broken.then(|| BString::from("the limits of its regression check"));
        let measured = Measurement::new(name, Unit::Instructions, counted.0);
        sink.push(Measurement { broken: broken.into_iter().collect(), ..measured }, at)?;
        at = benchmarks.byte_offset();
    }
    if at == 0 { Err(Fault::new(Found::End, bytes.len())) } else { Ok(()) }
}
