//! The lines of `cargo criterion --message-format=json`
//! (<https://bheisler.github.io/criterion.rs/book/cargo_criterion/external_tools.html>).
//!
//! The median is the figure, as in the files of criterion. Each benchmark is named again by the end of
//! its group; where it is not, the lines were cut off.

use std::collections::BTreeSet;

use bstr::BString;
use serde::Deserialize;

use super::{Fault, Measurement, Number, Sink, lines};
use crate::Found;
use crate::head::{Head, Value};
use crate::json_values::Text;
use crate::quantity::Unit;

pub(super) const NAME: &str = "criterion-messages";
pub(super) const WANTED: &str = "lines of `cargo criterion --message-format=json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_benchmark = head.line_has("id", Value::Text) && head.line_has("typical", Value::Object);
    let is_group = head.line_has("group_name", Value::Text);
    head.line_has("reason", Value::Text)
        && (is_benchmark || is_group || head.line_has("measured_values", Value::List))
}

#[derive(Deserialize)]
struct Message<'b> {
    reason: &'b str,
    id: Option<Text>,
    median: Option<Estimate>,
    #[serde(default)]
    iteration_count: Vec<Number>,
    #[serde(default)]
    measured_values: Vec<Number>,
    unit: Option<Text>,
    #[serde(default)]
    throughput: Vec<Throughput>,
    #[serde(default)]
    benchmarks: Vec<Text>,
}

#[derive(Deserialize)]
struct Estimate {
    estimate: Number,
    unit: Text,
}

#[derive(Deserialize)]
struct Throughput {
    per_iteration: Number,
    unit: Text,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let mut open: BTreeSet<BString> = BTreeSet::new();
    let mut has_benchmark = false;
    for (at, line) in lines(bytes) {
        if !line.starts_with(b"{") {
            continue;
        }
        let message: Message<'_> =
            serde_json::from_slice(line).map_err(|error| Fault::of_json(&error, bytes, at))?;
        match message.reason {
            "benchmark-complete" => {
                let name = measured(message, at, sink)?;
                open.insert(name);
                has_benchmark = true;
            }
            "group-complete" => {
                for Text(name) in message.benchmarks {
                    open.remove(&name);
                }
            }
            _ => {}
        }
    }
    if has_benchmark && open.is_empty() {
        Ok(())
    } else {
        Err(Fault::new(Found::End, bytes.len()))
    }
}

fn measured(
    message: Message<'_>,
    at: usize,
    sink: &mut Sink<'_, Measurement>,
) -> Result<BString, Fault> {
    let (Some(Text(name)), Some(figure)) = (message.id, message.median) else {
        return Err(Fault::wrong("a benchmark without a name or a figure", at));
    };
    let word = String::from_utf8_lossy(&figure.unit.0);
    let figure = Unit::read(&word, figure.estimate.0);
    let figure = figure.ok_or_else(|| Fault::wrong("a figure beyond every number", at))?;
    let seconds = figure.value.get();
    let is_time = figure.unit == Unit::Seconds;
    let best = match &message.unit {
        Some(Text(unit)) => {
            let pairs = message.measured_values.iter().zip(&message.iteration_count);
            let each = pairs.map(|(value, count)| value.0.get() / count.0.get());
            let each = each.filter_map(crate::quantity::Value::new);
            each.min().and_then(|least| Unit::read(&String::from_utf8_lossy(unit), least))
        }
        None => None,
    };
    // What is more where more is better is the greatest; criterion measures costs alone.
    let best = best.filter(|best| best.unit == figure.unit).map(|best| best.value);
    let measured = Measurement::new(name.clone(), figure.unit, figure.value);
    sink.push(Measurement { best: best.into_iter().collect(), ..measured }, at)?;
    // Of several kinds of work the first; the others are the same time seen again.
    if let Some(work) = message.throughput.first().filter(|_| is_time) {
        let (unit, factor) = match work.unit.0.as_slice() {
            b"bytes" => (Unit::BitsPerSecond, 8.0),
            b"bits" => (Unit::BitsPerSecond, 1.0),
            _ => (Unit::PerSecond, 1.0),
        };
        let rate = work.per_iteration.0.get() * factor / seconds;
        if let Some(rate) = crate::quantity::Value::new(rate) {
            let rate = Measurement { direction: None, ..Measurement::new(name.clone(), unit, rate) };
            sink.push(rate.metric("throughput"), at)?;
        }
    }
    Ok(name)
}
