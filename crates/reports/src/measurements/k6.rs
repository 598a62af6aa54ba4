//! The summary of k6, in each of its three forms: what `--summary-export` writes, where the figures stand
//! in the metric itself; the object that `handleSummary` is given, where they stand in `values`
//! (<https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/>); and what both are
//! with `--new-machine-readable-summary` (k6 1.5 and later; `internal/lib/summary/machine_readable.go`).
//!
//! In the first, a threshold that is `true` was broken (grafana/k6#1498); in the second, one whose `ok`
//! is `false`. The third, version 1.0.0 of its schema, says nothing of thresholds: only the exit code of
//! k6 does (99).

use std::borrow::Cow;
use std::collections::BTreeMap;

use bstr::BString;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Fault, Measurement, Number, Sink, Spread, document};
use crate::head::{Head, Value};
use crate::quantity::{Direction, Unit, Value as Amount};

pub(super) const NAME: &str = "k6";
pub(super) const WANTED: &str = "the summary of k6 in JSON";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_summary = head.has("root_group", Value::Object) || head.has("options", Value::Object);
    let metric: [&[u8]; 3] = [b"\"iterations\"", b"\"http_req", b"\"iteration_duration\""];
    let has_metric = metric.iter().any(|name| memchr::memmem::find(head.text, name).is_some());
    (head.has("metrics", Value::Object) && (is_summary || has_metric)) || is_machine_readable(head)
}

/// The script's whole text may stand before everything else that would tell.
fn is_machine_readable(head: &Head<'_>) -> bool {
    let has = |name: &[u8]| memchr::memmem::find(head.text, name).is_some();
    head.has("config", Value::Object)
        && (has(b"\"k6_version\"") || (has(b"\"execution\"") && has(b"\"script\"")))
}

/// The parts of a metric, by their names.
type Parts<'b> = BTreeMap<String, &'b RawValue>;

#[derive(Deserialize)]
struct Summary<'b> {
    #[serde(borrow)]
    metrics: Option<BTreeMap<String, Parts<'b>>>,
    // Of the third form.
    version: Option<String>,
    config: Option<Config>,
    #[serde(borrow)]
    results: Option<Results<'b>>,
}

#[derive(Deserialize)]
struct Config {
    /// Seconds.
    duration: Option<Number>,
}

#[derive(Deserialize)]
struct Results<'b> {
    #[serde(borrow)]
    metrics: Vec<Parts<'b>>,
    #[serde(borrow)]
    checks: Option<Checks<'b>>,
}

#[derive(Deserialize)]
struct Checks<'b> {
    #[serde(borrow)]
    metrics: Vec<Parts<'b>>,
}

/// What a threshold came to: `true` where it was broken, or an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Threshold {
    Broken(bool),
    Told { ok: bool },
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let summary: Summary<'_> = document(bytes, 0)?;
    let mut has_run = false;
    for metric in summary.metrics(bytes.len())? {
        let ran = metric.figures.get("count").is_some_and(|count| count.get() > 0.0);
        has_run |= metric.name == "iterations" && ran;
        metric.push(sink)?;
    }
    if !has_run {
        sink.complain("the tool says of no iteration that it ran", None);
    }
    Ok(())
}

impl Summary<'_> {
    /// All metrics, by their names.
    fn metrics(&self, end: usize) -> Result<Vec<Metric<'_>>, Fault> {
        match (&self.metrics, &self.results) {
            (Some(metrics), None) => {
                metrics.iter().map(|(name, parts)| Metric::new(name.as_str(), parts)).collect()
            }
            (None, Some(results)) => {
                if self.version.as_ref().is_none_or(|version| !version.starts_with("1.")) {
                    return Err(Fault::wrong("a summary of a version other than 1", end));
                }
                let seconds = self.config.as_ref().and_then(|config| config.duration.as_ref());
                let seconds = seconds.map(|seconds| seconds.0.get()).filter(|it| *it > 0.0);
                let checks = results.checks.iter().flat_map(|checks| &checks.metrics);
                let all = results.metrics.iter().chain(checks);
                let all = all.map(|parts| Metric::listed(parts, seconds));
                let mut all = all.collect::<Result<Vec<_>, Fault>>()?;
                all.sort_by(|a, b| a.name.cmp(&b.name));
                Ok(all)
            }
            _ => Err(Fault::wrong("neither metrics nor results", end)),
        }
    }
}

struct Metric<'s> {
    name: Cow<'s, str>,
    /// `time`, `data` or `default`; empty where the export does not say it.
    contains: String,
    figures: BTreeMap<String, Amount>,
    broken: Vec<BString>,
}

fn another_shape() -> Fault {
    Fault::wrong("a metric of another shape", 0)
}

impl<'s> Metric<'s> {
    fn new(name: impl Into<Cow<'s, str>>, parts: &Parts<'_>) -> Result<Self, Fault> {
        let fault = another_shape;
        let text = |key: &str| {
            let value = parts.get(key).map(|value| serde_json::from_str::<String>(value.get()));
            value.transpose().map_err(|_| fault())
        };
        let mut figures = BTreeMap::new();
        if let Some(values) = parts.get("values") {
            let values: BTreeMap<String, Option<Number>> =
                serde_json::from_str(values.get()).map_err(|_| fault())?;
            let there = values.into_iter().filter_map(|(key, value)| Some((key, value?.0)));
            figures.extend(there);
        } else {
            for (key, value) in parts {
                if !matches!(key.as_str(), "thresholds" | "type" | "contains") {
                    let value: Option<Number> =
                        serde_json::from_str(value.get()).map_err(|_| fault())?;
                    figures.extend(value.map(|value| (key.clone(), value.0)));
                }
            }
        }
        let mut broken = Vec::new();
        if let Some(thresholds) = parts.get("thresholds") {
            let thresholds: BTreeMap<String, Threshold> =
                serde_json::from_str(thresholds.get()).map_err(|_| fault())?;
            for (limit, threshold) in thresholds {
                if matches!(threshold, Threshold::Broken(true) | Threshold::Told { ok: false }) {
                    broken.push(limit.into());
                }
            }
        }
        let contains = text("contains")?.unwrap_or_default();
        Ok(Self { name: name.into(), contains, figures, broken })
    }

    /// A metric of the third form with the names and the rate that it has in the others. The rate of a
    /// counter is what k6 prints: its count over the whole run.
    fn listed(parts: &Parts<'_>, seconds: Option<f64>) -> Result<Self, Fault> {
        let (Some(name), Some(_)) = (parts.get("name"), parts.get("values")) else {
            return Err(another_shape());
        };
        let name: String = serde_json::from_str(name.get()).map_err(|_| another_shape())?;
        let mut it = Self::new(name, parts)?;
        for (name, other) in [("p90", "p(90)"), ("p95", "p(95)"), ("matches", "passes")] {
            if let Some(value) = it.figures.remove(name) {
                it.figures.insert(other.to_owned(), value);
            }
        }
        it.figures.remove("total");
        if let (Some(count), Some(seconds)) = (it.figures.get("count"), seconds) {
            let rate = Amount::new(count.get() / seconds);
            it.figures.extend(rate.map(|rate| ("rate".to_owned(), rate)));
        }
        Ok(it)
    }

    fn push(self, sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
        let mut broken = self.broken.clone();
        if self.figures.is_empty() && !broken.is_empty() {
            return Err(Fault::wrong("a threshold of a metric without figures", 0));
        }
        let is_rate = self.figures.contains_key("passes");
        let is_counter = self.figures.contains_key("count");
        for (key, value) in &self.figures {
            let figure = match key.as_str() {
                "rate" | "value" if is_rate => Some(self.share(*value)),
                "passes" | "fails" if is_rate => continue,
                "rate" if is_counter => self.rate(*value),
                // How many there were of all, or, of a gauge, at last.
                "count" | "value" => Some((Unit::Count, *value, None)),
                _ => self.trend(key, *value),
            };
            let (unit, value, direction) =
                figure.ok_or_else(|| Fault::wrong("a figure beyond every number", 0))?;
            let measured = Measurement {
                direction,
                spread: Spread::WithinRun,
                broken: std::mem::take(&mut broken),
                ..Measurement::new(&*self.name, unit, value)
            };
            sink.push(measured.metric(key.as_str()), 0)?;
        }
        Ok(())
    }

    fn share(&self, value: Amount) -> Figure {
        let direction = match self.base_name() {
            "checks" | "checks_succeeded" => Some(Direction::BiggerIsBetter),
            "checks_failed" | "http_req_failed" => Some(Direction::SmallerIsBetter),
            _ => None,
        };
        (Unit::Ratio, value, direction)
    }

    fn rate(&self, value: Amount) -> Option<Figure> {
        let direction = match self.base_name() {
            "http_reqs" | "iterations" => Some(Direction::BiggerIsBetter),
            "dropped_iterations" => Some(Direction::SmallerIsBetter),
            // How much is sent depends on what is asked for.
            _ => None,
        };
        let is_data = self.contains == "data" || self.base_name().starts_with("data_");
        if is_data {
            let bits = Amount::new(value.get() * 8.0)?;
            return Some((Unit::BitsPerSecond, bits, direction));
        }
        Some((Unit::PerSecond, value, direction))
    }

    fn trend(&self, key: &str, value: Amount) -> Option<Figure> {
        let name = self.base_name();
        let is_known_time = match name {
            "http_req_failed" => false,
            "iteration_duration" | "group_duration" | "grpc_req_duration" | "ws_connecting"
            | "ws_session_duration" | "ws_ping" => true,
            _ => name.starts_with("http_req_"),
        };
        // One value decides the greatest, so that it is not compared.
        let is_compared = key != "max" && key != "count";
        if self.contains == "time" || (self.contains.is_empty() && is_known_time) {
            let seconds = Unit::read("ms", value)?.value;
            let direction = is_compared.then_some(Direction::SmallerIsBetter);
            return Some((Unit::Seconds, seconds, direction));
        }
        let unit = if self.contains == "data" { Unit::Bytes } else { Unit::Count };
        Some((unit, value, None))
    }

    /// Without the tags of a part: `http_req_duration{expected_response:true}`.
    fn base_name(&self) -> &str {
        self.name.split_once('{').map_or(&*self.name, |(name, _)| name)
    }
}

type Figure = (Unit, Amount, Option<Direction>);
