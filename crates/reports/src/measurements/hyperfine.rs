//! The `--export-json` of hyperfine (1.20, `src/benchmark/benchmark_result.rs`): seconds, one for each
//! run, and the exit code of each. A command that fails is timed all the same with
//! `--ignore-failure`, so that a failure makes the report no evidence.

use serde::Deserialize;

use super::{Fault, Measurement, Names, Number, Sink, document};
use crate::head::{Head, Value};
use crate::json_values::Text;
use crate::quantity::{Unit, Value as Amount};

pub(super) const NAME: &str = "hyperfine";
pub(super) const WANTED: &str = "the JSON of hyperfine's `--export-json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let results = memchr::memmem::find(head.text, b"\"results\"");
    let first = results.and_then(|at| {
        let rest = head.text.get(at..)?;
        rest.get(memchr::memchr(b'{', rest)?..)
    });
    head.has("results", Value::List)
        && first.is_some_and(|first| {
            let first = Head::new(first);
            let has_figure = first.has("mean", Value::Other) || first.has("times", Value::List);
            first.has("command", Value::Text) && has_figure
        })
}

#[derive(Deserialize)]
struct Export {
    results: Vec<Timed>,
}

#[derive(Deserialize)]
struct Timed {
    command: Text,
    median: Option<Number>,
    times: Option<Vec<Number>>,
    #[serde(default)]
    memory_usage_byte: Vec<Number>,
    #[serde(default)]
    exit_codes: Vec<Option<i64>>,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let mut names = Names::default();
    for timed in document::<Export>(bytes, 0)?.results {
        let name = names.unique(&timed.command.0);
        if timed.exit_codes.iter().any(|code| *code != Some(0)) {
            sink.complain("a command failed while it was timed", Some(name.clone()));
        }
        let values: Vec<Amount> = match (&timed.times, timed.median) {
            (Some(times), _) => times.iter().map(|Number(time)| *time).collect(),
            (None, Some(Number(median))) => vec![median],
            (None, None) => Vec::new(),
        };
        if values.is_empty() {
            return Err(Fault::wrong("a command without a time", 0));
        }
        let new = |unit| Measurement::new(name.clone(), unit, Amount::default());
        sink.push(Measurement { values, ..new(Unit::Seconds) }, 0)?;
        let memory: Vec<Amount> = timed.memory_usage_byte.iter().map(|it| it.0).collect();
        // Where it cannot be measured it is 0.
        if memory.iter().any(|bytes| bytes.get() > 0.0) {
            let memory = Measurement { values: memory, ..new(Unit::Bytes) };
            sink.push(memory.metric("memory"), 0)?;
        }
    }
    Ok(())
}
