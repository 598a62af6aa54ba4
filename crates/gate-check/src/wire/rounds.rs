//! `gate-bench/v1`: the rounds of a comparison, to be taken as evidence by a later `gate-check run`. Its
//! reader is the format `signalbox-rounds` of `reports`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};
use reports::measurements::{Measurement, Side};
use reports::quantity::{Direction, Unit, Value};
use serde::Serialize;
use verdict::gates::performance::comparison;

use super::line_of;
use crate::gather::{Plan, Rounds};

/// All rounds, and how to repeat them.
#[derive(Debug, Serialize)]
pub(crate) struct RoundsDocument<'r> {
    schema: &'static str,
    rounds: usize,
    warmup: usize,
    seed: u64,
    /// Which side went first, for each round.
    first: Vec<&'static str>,
    commands: Commands<'r>,
    measurements: Vec<Series<'r>>,
}

#[derive(Debug, Serialize)]
struct Commands<'r> {
    base: &'r str,
    head: &'r str,
}

#[derive(Debug, Serialize)]
struct Series<'r> {
    name: Cow<'r, str>,
    metric: Option<Cow<'r, str>>,
    unit: Cow<'r, str>,
    direction: Option<&'static str>,
    deterministic: bool,
    base: Vec<f64>,
    head: Vec<f64>,
    base_best: Vec<f64>,
    head_best: Vec<f64>,
}

impl<'r> RoundsDocument<'r> {
    /// The document of a plan and what it came to.
    pub(crate) fn new(plan: &'r Plan, rounds: &'r Rounds) -> Self {
        let mut series: BTreeMap<(BString, &Unit), Series<'r>> = BTreeMap::new();
        for measured in &rounds.measurements {
            // A unit that changed between the sides stays two series, which the gate refuses.
            let key = (measured.key(), &measured.unit);
            let unit = unit(&measured.unit);
            let one = series.entry(key).or_insert_with(|| Series::new(measured, unit.clone()));
            one.add(measured);
        }
        Self {
            schema: "gate-bench/v1",
            rounds: plan.rounds,
            warmup: plan.warmup,
            seed: plan.seed,
            first: rounds
                .first
                .iter()
                .map(|side| if *side == Side::Head { "head" } else { "base" })
                .collect(),
            commands: Commands { base: &plan.base, head: &plan.head },
            measurements: series.into_values().collect(),
        }
    }

    /// What a baseline keeps of measurements: of each figure of the head one value, the median.
    pub(crate) fn kept(measurements: &'r [Measurement]) -> Self {
        let heads = measurements.iter().filter(|measured| measured.side != Side::Base);
        let series = heads.filter_map(|measured| {
            let median = comparison::median(&measured.values)?;
            let mut one = Series::new(measured, unit(&measured.unit));
            one.head.push(median.get());
            Some(one)
        });
        Self {
            schema: "gate-bench/v1",
            rounds: 1,
            warmup: 0,
            seed: 0,
            first: Vec::new(),
            commands: Commands { base: "", head: "" },
            measurements: series.collect(),
        }
    }

    /// It as it is written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        format!("{}\n", line_of(self)).into_bytes()
    }
}

impl<'r> Series<'r> {
    fn new(measured: &'r Measurement, unit: Cow<'r, str>) -> Self {
        Self {
            name: measured.name.to_str_lossy(),
            metric: measured.metric.as_ref().map(|metric| metric.to_str_lossy()),
            unit,
            direction: measured.direction.map(|direction| match direction {
                Direction::SmallerIsBetter => "smaller",
                Direction::BiggerIsBetter => "bigger",
            }),
            deterministic: measured.is_deterministic,
            base: Vec::new(),
            head: Vec::new(),
            base_best: Vec::new(),
            head_best: Vec::new(),
        }
    }

    fn add(&mut self, measured: &Measurement) {
        let numbers = |values: &[Value]| values.iter().map(|value| value.get()).collect();
        if measured.side == Side::Head {
            (self.head, self.head_best) = (numbers(&measured.values), numbers(&measured.best));
        } else {
            (self.base, self.base_best) = (numbers(&measured.values), numbers(&measured.best));
        }
    }
}

fn unit(unit: &Unit) -> Cow<'_, str> {
    match unit {
        Unit::Ratio => Cow::Borrowed("ratio"),
        Unit::Seconds
        | Unit::Bytes
        | Unit::BitsPerSecond
        | Unit::PerSecond
        | Unit::Count
        | Unit::Instructions
        | Unit::Other(_) => unit.name().to_str_lossy(),
    }
}

#[cfg(test)]
mod tests {
    use reports::Bounds;
    use reports::measurements::Format;

    use super::*;
    use crate::gather::Measure;

    #[test]
    fn what_is_written_is_read_again() {
        let value = |number| Value::new(number).unwrap();
        let of = |side, unit: Unit, values: &[f64]| Measurement {
            side,
            values: values.iter().copied().map(value).collect(),
            best: values.iter().map(|number| value(number / 2.0)).collect(),
            ..Measurement::new("a \"b\"\n", unit, value(0.0))
        };
        let rounds = Rounds {
            first: vec![Side::Base, Side::Head],
            measurements: vec![
                of(Side::Base, Unit::Seconds, &[0.1, 1e-9]),
                of(Side::Head, Unit::Seconds, &[0.1 + 0.2, 1e300]),
                of(Side::Head, Unit::Ratio, &[0.5, 0.25]).metric("hits"),
                of(Side::Base, Unit::Other("frames".into()), &[1.0, 2.0]).metric("f"),
                of(Side::Base, Unit::Instructions, &[1.0, 2.0]).metric("i"),
            ],
        };
        let plan = Plan {
            base: "./a".into(),
            head: "./b \"c\"".into(),
            rounds: 2,
            warmup: 0,
            seed: 7,
            measure: Measure::Wall,
        };
        let bytes = RoundsDocument::new(&plan, &rounds).bytes();
        let mut found = Vec::new();
        let take = &mut |measurement: Measurement| found.push(measurement);
        Format::SignalboxRounds.read(&bytes, Bounds::default(), take).unwrap();
        let key = |it: &Measurement| (it.key(), it.side);
        let mut wanted = rounds.measurements.clone();
        wanted.sort_by_key(key);
        found.sort_by_key(key);
        assert_eq!(found, wanted);
    }
}
