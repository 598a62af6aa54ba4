//! `[{"name", "unit", "value", "range", "extra"}]`: what github-action-benchmark takes from any tool as
//! `customSmallerIsBetter` and `customBiggerIsBetter` (its README). Which of the two it is does not stand
//! in the list, so that a unit that does not say it needs an override.
//!
//! `range` is a text such as `± 24` for people.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Fault, Measurement, Names, Sink, document};
use crate::head::{Head, Value};
use crate::json_values::Text;
use crate::quantity::{Unit, Value as Amount};

pub(super) const NAME: &str = "benchmark-list";
pub(super) const WANTED: &str = "a JSON list of `name`, `unit` and `value`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let Some(list) = head.text.strip_prefix(b"[") else { return false };
    let first = Head::new(list.trim_ascii_start());
    let has_value = first.has("value", Value::Other) || first.has("value", Value::Text);
    first.has("name", Value::Text) && first.has("unit", Value::Text) && has_value
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let mut names = Names::default();
    for bench in document::<Vec<Benchmark>>(bytes, 0)? {
        sink.push(bench.measured(&mut names, 0)?, 0)?;
    }
    Ok(())
}

/// One benchmark of a list.
#[derive(Deserialize)]
pub(super) struct Benchmark {
    name: Text,
    value: Figure,
    unit: Text,
}

impl Benchmark {
    pub(super) fn measured(self, names: &mut Names, at: usize) -> Result<Measurement, Fault> {
        let word = String::from_utf8_lossy(&self.unit.0);
        let figure = Unit::read(&word, self.value.0);
        let figure = figure.ok_or_else(|| Fault::wrong("a figure beyond every number", at))?;
        Ok(Measurement::new(names.unique(&self.name.0), figure.unit, figure.value))
    }
}

/// A number, or a text that is one.
struct Figure(Amount);

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = <&RawValue>::deserialize(deserializer)?.get();
        let text = written.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let value = Amount::parse(text.unwrap_or(written));
        value.map(Self).ok_or_else(|| D::Error::custom("no number from 0"))
    }
}
