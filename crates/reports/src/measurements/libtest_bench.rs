//! What libtest prints of benchmarks, and what prints in its form, such as criterion's
//! `--output-format bencher`: `test x ... bench: 18,149 ns/iter (+/- 755)`. Newer toolchains print
//! decimals (`library/test/src/bench.rs` of Rust 1.95).
//!
//! libtest begins with `running N tests` and ends with `test result:`, which counts what was measured;
//! criterion prints the lines alone.

use bstr::ByteSlice as _;

use super::{Fault, Measurement, Names, Sink, lines, said};
use crate::Found;
use crate::head::Head;
use crate::quantity::{Quantity, Unit, Value};

pub(super) const NAME: &str = "libtest-bench";
pub(super) const WANTED: &str = "what libtest prints of benchmarks";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_bench =
        |line: &[u8]| line.starts_with(b"test ") && line.contains_str(" ... bench: ");
    lines(head.text).any(|(_, line)| is_bench(line))
}

/// One program's benchmarks.
struct Run {
    measured: u64,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let mut names = Names::default();
    let mut open: Option<Run> = None;
    let mut has_runs = false;
    let mut is_empty = true;
    for (at, line) in lines(bytes) {
        if is_start(line) {
            if open.is_some() {
                return Err(Fault::wrong("benchmarks that begin before others have ended", at));
            }
            open = Some(Run { measured: 0 });
            has_runs = true;
        } else if let Some(result) = line.strip_prefix(b"test result: ") {
            let measured = open.take().map(|run| run.measured);
            is_empty = false;
            end(result, measured, at, sink)?;
        } else if let Some(rest) = line.strip_prefix(b"test ") {
            if let Some((name, figure)) = rest.split_once_str(" ... bench:") {
                bench(name, figure, at, &mut names, sink)?;
                is_empty = false;
                if let Some(run) = &mut open {
                    run.measured += 1;
                }
            } else if rest.ends_with(b" ... FAILED") {
                let name = rest.strip_suffix(b" ... FAILED").unwrap_or(rest);
                sink.complain("a benchmark failed", said(name));
            }
        }
    }
    let is_cut = open.is_some() || (!has_runs && !bytes.ends_with(b"\n"));
    match (is_empty, is_cut) {
        (_, true) => Err(Fault::new(Found::End, bytes.len())),
        (true, false) => Err(Fault::wrong("text without a benchmark", 0)),
        (false, false) => Ok(()),
    }
}

/// `running 3 tests`.
fn is_start(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"running ");
    let number = rest.and_then(|rest| {
        rest.strip_suffix(b" tests").or_else(|| rest.strip_suffix(b" test"))
    });
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

fn bench(
    name: &[u8],
    figure: &[u8],
    at: usize,
    names: &mut Names,
    sink: &mut Sink<'_, Measurement>,
) -> Result<(), Fault> {
    let fault = || Fault::wrong("a benchmark's line that is not whole", at);
    let figure = figure.to_str().map_err(|_| fault())?.trim();
    let (figure, throughput) = match figure.split_once(" = ") {
        Some((figure, throughput)) => (figure, Some(throughput)),
        None => (figure, None),
    };
    let (figure, spread) = figure.split_once(" (+/- ").ok_or_else(fault)?;
    let spread = spread.strip_suffix(')').ok_or_else(fault)?;
    Value::parse(spread).ok_or_else(fault)?;
    let (number, unit) = figure.split_once(' ').ok_or_else(fault)?;
    let value = Value::parse(number).ok_or_else(fault)?;
    let figure = Unit::read(unit, value).ok_or_else(fault)?;
    let name = names.unique(name.trim_ascii());
    sink.push(Measurement::new(name.clone(), figure.unit, figure.value), at)?;
    if let Some(throughput) = throughput {
        let rate = Quantity::parse(throughput).map_err(|_| fault())?;
        // The same figure seen from its other side: for limits, not to be compared twice.
        let rate = Measurement { direction: None, ..Measurement::new(name, rate.unit, rate.value) };
        sink.push(rate.metric("throughput"), at)?;
    }
    Ok(())
}

/// `ok. 0 passed; 0 failed; 1 ignored; 3 measured; 0 filtered out`.
fn end(
    result: &[u8],
    measured: Option<u64>,
    at: usize,
    sink: &mut Sink<'_, Measurement>,
) -> Result<(), Fault> {
    if !result.starts_with(b"ok. ") {
        sink.complain("the tool says that it failed", said(result));
    }
    let told = result.split_str(b"; ").find_map(|part| part.strip_suffix(b" measured"));
    let told = told.and_then(|told| told.to_str().ok()?.parse::<u64>().ok());
    let told = told.ok_or_else(|| Fault::wrong("a result that does not count", at))?;
    if measured.is_some_and(|measured| measured != told) {
        return Err(Fault::wrong("another number of benchmarks than its result says", at));
    }
    Ok(())
}
