//! What gungraun, which was called iai-callgrind, prints: the name of a benchmark, and below it
//! `Instructions: 269|271 (...)`, this run before the last one (gungraun 0.20.0).
//!
//! The last line counts the benchmarks; without it the text was cut off. Limits that the user set and
//! that were broken stand between, below the name of the benchmark.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};

use super::{Fault, Measurement, Sink, lines, said};
use crate::Found;
use crate::head::Head;
use crate::quantity::{Unit, Value};

pub(super) const NAME: &str = "gungraun-text";
pub(super) const WANTED: &str = "what gungraun prints";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    lines(head.text).any(|(_, line)| {
        line.strip_prefix(b"  Instructions: ").is_some_and(|rest| rest.contains(&b'|'))
    })
}

/// The line of a benchmark without a figure yet.
struct Open {
    at: usize,
    name: BString,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let mut open: Option<Open> = None;
    let mut found: Vec<(usize, BString, Value)> = Vec::new();
    let mut broken: BTreeMap<BString, Vec<BString>> = BTreeMap::new();
    let mut broke: Option<BString> = None;
    let mut is_whole = false;
    for (at, line) in lines(bytes) {
        if let Some(result) = result(line) {
            is_whole = whole(result, &mut found, at, sink)?;
        } else if line == b"Regressions:" {
            broke = Some(BString::default());
        } else if let Some(name) = &mut broke {
            if let Some(limit) = line.strip_prefix(b"    ") {
                broken.entry(name.clone()).or_default().extend(said(limit));
            } else if let Some(next) = line.strip_prefix(b"  ") {
                *name = next.trim_ascii().strip_suffix(b":").unwrap_or(next).into();
            }
        } else if let Some(figures) = line.strip_prefix(b"  Instructions:") {
            let Open { at, name } = open
                .take()
                .ok_or_else(|| Fault::wrong("instructions of no benchmark", at))?;
            found.push((at, name, counted(figures, at)?));
            is_whole = false;
        } else if let Some(name) = name(line) {
            if open.is_some() {
                return Err(Fault::wrong("a benchmark without its instructions", at));
            }
            open = Some(Open { at, name });
        }
    }
    if !is_whole || open.is_some() {
        return Err(Fault::new(Found::End, bytes.len()));
    }
    for (at, name, value) in found {
        let broken = broken.remove(&name).unwrap_or_default();
        let measured = Measurement::new(name, Unit::Instructions, value);
        sink.push(Measurement { broken, ..measured }, at)?;
    }
    Ok(())
}

/// `counts::all::sums short:(100)` is `counts::all::sums short`: what stands behind the colon are the
/// arguments, which may be long.
fn name(line: &[u8]) -> Option<BString> {
    let end = line.find_byte(b' ').unwrap_or(line.len());
    let (path, rest) = line.split_at(end);
    let is_path = path.contains_str("::") && !path.starts_with(b"::");
    let id = rest.find_byte(b':').and_then(|colon| rest.get(..colon)).unwrap_or(rest);
    is_path.then(|| bstr::concat([path, id]).into())
}

/// The count of this run.
fn counted(figures: &[u8], at: usize) -> Result<Value, Fault> {
    let fault = || Fault::wrong("a count of instructions that is no number", at);
    let (new, _) = figures.split_once_str("|").ok_or_else(fault)?;
    new.trim_ascii().to_str().ok().and_then(Value::parse).ok_or_else(fault)
}

/// The words behind `Gungraun result: `.
fn result(line: &[u8]) -> Option<&[u8]> {
    let tools: [&[u8]; 2] = [b"Gungraun result: ", b"Iai-Callgrind result: "];
    tools.iter().find_map(|tool| line.strip_prefix(*tool))
}

/// Whether the last line counts as many benchmarks as there are: `2 benchmarks finished in 0.55839s`.
fn whole(
    result: &[u8],
    found: &mut [(usize, BString, Value)],
    at: usize,
    sink: &mut Sink<'_, Measurement>,
) -> Result<bool, Fault> {
    let count = result.split_str(b"; ").find_map(|part| {
        let (count, _) = part.split_once_str(" benchmarks finished")?;
        count.to_str().ok()?.parse::<usize>().ok()
    });
    let count = count.ok_or_else(|| Fault::wrong("a result that does not count", at))?;
    if count != found.len() {
        return Err(Fault::wrong("another number of benchmarks than its result says", at));
    }
    if !result.starts_with(b"Ok. ") && !result.starts_with(b"Regressed. ") {
        sink.complain("the tool says that it failed", said(result));
    }
    Ok(true)
}
