//! The history that github-action-benchmark keeps (its `src/write.ts` and `src/extract.ts`, 1.20): a
//! script with a prefix, or the JSON in it. Of each suite the last run counts; all before it are
//! history.
//!
//! The tool has one direction for all units of a suite; a unit that has one of its own wins.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Fault, Measurement, Names, Sink, document};
use crate::head::{Head, Value};
use crate::json_values::Text;
use crate::measurements::benchmark_list::Benchmark;
use crate::quantity::Direction;

pub(super) const NAME: &str = "github-action-benchmark";
pub(super) const WANTED: &str = "the data.js of github-action-benchmark, or the JSON in it";

const PREFIX: &[u8] = b"window.BENCHMARK_DATA";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_json = head.has("entries", Value::Object)
        && (head.has("lastUpdate", Value::Other) || head.has("repoUrl", Value::Text));
    is_json || head.text.starts_with(PREFIX)
}

#[derive(Deserialize)]
struct Data<'b> {
    #[serde(borrow)]
    entries: BTreeMap<String, Last<'b>>,
}

/// The last run of a list, and nothing of the others: histories have tens of megabytes.
struct Last<'b>(Option<&'b RawValue>);

impl<'de: 'b, 'b> Deserialize<'de> for Last<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Runs;

        impl<'de> Visitor<'de> for Runs {
            type Value = Option<&'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of runs")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut runs: A) -> Result<Self::Value, A::Error> {
                let mut last = None;
                while let Some(run) = runs.next_element()? {
                    last = Some(run);
                }
                Ok(last)
            }
        }

        deserializer.deserialize_seq(Runs).map(Last)
    }
}

#[derive(Deserialize)]
struct Run {
    #[serde(default)]
    tool: Text,
    benches: Vec<Benchmark>,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let start = match bytes.trim_ascii_start().strip_prefix(PREFIX) {
        Some(rest) => {
            let rest = rest.trim_ascii_start().strip_prefix(b"=");
            let rest = rest.ok_or_else(|| Fault::wrong("a script that sets nothing", 0))?;
            bytes.len() - rest.len()
        }
        None => 0,
    };
    // The tool writes no `;`; whoever formats the script does.
    let end = bytes.trim_ascii_end();
    let end = end.strip_suffix(b";").filter(|_| start > 0).unwrap_or(end);
    let data: Data<'_> = document(end, start)?;
    let has_many = data.entries.len() > 1;
    let mut names = Names::default();
    for (suite, Last(run)) in &data.entries {
        let Some(run) = run else {
            return Err(Fault::wrong("a suite without a run", start));
        };
        let at = bytes.len().min(offset(bytes, run.get()));
        let run: Run = serde_json::from_str(run.get())
            .map_err(|error| Fault::of_json(&error, bytes, at))?;
        let of_tool = direction(&run.tool.0);
        for bench in run.benches {
            let mut measured = bench.measured(&mut Names::default(), at)?;
            if has_many {
                measured.name = format!("{suite}/{}", measured.name).into();
            }
            measured.name = names.unique(&measured.name);
            measured.direction = match of_tool {
                // The user's own word for all of them.
                Some((direction, true)) => Some(direction),
                Some((direction, false)) => measured.direction.or(Some(direction)),
                None => measured.direction,
            };
            sink.push(measured, at)?;
        }
    }
    Ok(())
}

/// Where a piece of `bytes` begins in them.
fn offset(bytes: &[u8], piece: &str) -> usize {
    piece.as_ptr().addr().saturating_sub(bytes.as_ptr().addr())
}

/// The direction that the tool takes for a suite (`biggerIsBetter` in `src/write.ts`), and whether the
/// user chose it.
fn direction(tool: &[u8]) -> Option<(Direction, bool)> {
    match tool {
        b"customBiggerIsBetter" => Some((Direction::BiggerIsBetter, true)),
        b"customSmallerIsBetter" => Some((Direction::SmallerIsBetter, true)),
        b"benchmarkjs" | b"pytest" => Some((Direction::BiggerIsBetter, false)),
        b"cargo" | b"go" | b"googlecpp" | b"catch2" | b"julia" | b"jmh" | b"benchmarkdotnet"
        | b"benchmarkluau" => Some((Direction::SmallerIsBetter, false)),
        _ => None,
    }
}
