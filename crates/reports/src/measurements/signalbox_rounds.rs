//! The rounds of `gate-check bench`: base and head in turns, in one job, in an order that was drawn.
//!
//! For each figure there are as many values a side as there are rounds, in the order of the rounds; none
//! on the side that does not have the figure. `base_best` and `head_best` are the best samples of each run,
//! where the benchmark took several.

use serde::Deserialize;

use super::{Fault, Measurement, Number, Side, Sink, document};
use crate::head::{Head, Value};
use crate::json_values::Text;
use crate::quantity::{Direction, Unit};

pub(super) const NAME: &str = "signalbox-rounds";
pub(super) const WANTED: &str = "rounds of `gate-check bench` (gate-bench/v1)";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.has("rounds", Value::Other) && head.has("schema", Value::Text) && {
        let quoted = memchr::memmem::find(head.text, b"\"gate-bench/");
        quoted.is_some()
    }
}

#[derive(Deserialize)]
struct File<'b> {
    schema: &'b str,
    rounds: usize,
    #[serde(borrow)]
    measurements: Vec<Series<'b>>,
}

#[derive(Deserialize)]
struct Series<'b> {
    name: Text,
    #[serde(default)]
    metric: Option<Text>,
    unit: &'b str,
    direction: Option<Word>,
    deterministic: bool,
    base: Vec<Number>,
    head: Vec<Number>,
    #[serde(default)]
    base_best: Vec<Number>,
    #[serde(default)]
    head_best: Vec<Number>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Smaller,
    Bigger,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let file: File<'_> = document(bytes, 0)?;
    if file.schema != "gate-bench/v1" {
        return Err(Fault::wrong("another version than gate-bench/v1", 0));
    }
    for series in &file.measurements {
        for (side, values, best) in [
            (Side::Base, &series.base, &series.base_best),
            (Side::Head, &series.head, &series.head_best),
        ] {
            if values.is_empty() {
                continue;
            }
            if values.len() != file.rounds || (!best.is_empty() && best.len() != file.rounds) {
                return Err(Fault::wrong("a figure without a value for each round", 0));
            }
            sink.push(series.side(side, values, best), 0)?;
        }
    }
    Ok(())
}

impl Series<'_> {
    fn side(&self, side: Side, values: &[Number], best: &[Number]) -> Measurement {
        let numbers = |numbers: &[Number]| numbers.iter().map(|number| number.0).collect();
        let unit = match self.unit {
            "s" => Unit::Seconds,
            "B" => Unit::Bytes,
            "bit/s" => Unit::BitsPerSecond,
            "op/s" => Unit::PerSecond,
            "" => Unit::Count,
            "instructions" => Unit::Instructions,
            // A share of one, as everywhere within.
            "ratio" => Unit::Ratio,
            other => Unit::Other(other.into()),
        };
        let direction = self.direction.map(|word| match word {
            Word::Smaller => Direction::SmallerIsBetter,
            Word::Bigger => Direction::BiggerIsBetter,
        });
        Measurement {
            metric: self.metric.as_ref().map(|Text(metric)| metric.clone()),
            direction,
            values: numbers(values),
            best: numbers(best),
            side,
            is_deterministic: self.deterministic,
            ..Measurement::new(self.name.0.clone(), unit, crate::quantity::Value::default())
        }
    }
}
