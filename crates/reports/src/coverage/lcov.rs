//! LCOV's tracefiles (geninfo(1), "TRACEFILE FORMAT", lcov 1.16 and 2.0), which lcov, grcov, cargo
//! llvm-cov, coverage.py, c8, nyc, Node and many more write.
//!
//! Only the records of lines, branches and functions count. The sums (`LF`, `LH`, `BRF` and so on) are
//! not read: lcov 1.16 leaves some out, Node writes them in another order. What a record says twice
//! counts once, and a hit in one of them is a hit. A count below zero, which gcov made of overflows, is
//! none.
//!
//! A file's part ends with `end_of_record`. That a report was cut off right behind one cannot be seen.

use std::collections::BTreeMap;

use super::numbers::{hits, number};
use super::{FileCoverage, Key};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::Head;

pub(super) const NAME: &str = "lcov";
pub(super) const WANTED: &str = "an LCOV tracefile";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let mut lines = head.text.split(|byte| *byte == b'\n');
    let first = lines.find(|line| !line.starts_with(b"#") && !line.trim_ascii().is_empty());
    first.is_some_and(|line| line.starts_with(b"TN:") || line.starts_with(b"SF:"))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    let mut record = None;
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        // Lines of `DA` are most of the report.
        match (&mut record, line.strip_prefix(b"DA:")) {
            (Some(record), Some(data)) => line_data(record, data, start)?,
            (record, _) => other(record, line, start, sink)?,
        }
        start += length + 1;
    }
    if record.is_some() || sink.reading.entries == 0 {
        return Err(Fault::new(Found::End, bytes.len()));
    }
    Ok(())
}

/// The part of one file.
struct Record {
    file: FileCoverage,
    /// The lines of functions that lcov 2 numbers: `FNL:<number>,<line>`.
    numbered: BTreeMap<u64, u64>,
    /// The lines of functions whose name a compiler made, by the name's key.
    mangled: BTreeMap<u64, u64>,
}

#[inline]
fn line_data(record: &mut Record, data: &[u8], at: usize) -> Result<(), Fault> {
    let wrong = || Fault::wrong("a `DA` without a line and a count", at);
    let (line, rest) = number(data).ok_or_else(wrong)?;
    let count = rest.strip_prefix(b",").ok_or_else(wrong)?;
    let is_hit = hits(count.split(|byte| *byte == b',').next().unwrap_or_default());
    if record.file.lines.add(line, is_hit.ok_or_else(wrong)?) {
        Ok(())
    } else {
        Err(Fault::wrong("a line number beyond any file", at))
    }
}

fn other(
    record: &mut Option<Record>,
    line: &[u8],
    at: usize,
    sink: &mut Sink<'_, FileCoverage>,
) -> Result<(), Fault> {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(());
    }
    if line == b"end_of_record" {
        let record = record.take();
        let record = record.ok_or(Fault::wrong("an `end_of_record` without a file", at))?;
        return sink.push(record.file.finished(), at);
    }
    let colon = memchr::memchr(b':', line);
    let (key, data) = colon.and_then(|colon| line.split_at_checked(colon)).unwrap_or((line, b""));
    let data = data.strip_prefix(b":").unwrap_or_default();
    match (key, record) {
        (b"SF", Some(_)) => Err(Fault::wrong("a file before the `end_of_record` of another", at)),
        (b"SF", none) => {
            if data.is_empty() {
                return Err(Fault::wrong("a file without a name", at));
            }
            let (numbered, mangled) = (BTreeMap::new(), BTreeMap::new());
            *none = Some(Record { file: FileCoverage::new(data), numbered, mangled });
            Ok(())
        }
        (b"BRDA", Some(record)) => branch(record, data, at),
        (b"FN" | b"FNDA" | b"FNL" | b"FNA", Some(record)) => function(record, key, data, at),
        (b"DA" | b"BRDA" | b"FN" | b"FNDA" | b"FNL" | b"FNA", None) => {
            Err(Fault::wrong("a record before any file", at))
        }
        // `TN`, `VER`, sums, and what newer versions add, as `MCDC`.
        (key, _) if colon.is_some() && key.iter().all(u8::is_ascii_uppercase) => Ok(()),
        _ => Err(Fault::wrong("a line that is no record", at)),
    }
}

/// `<line>,[e]<block>,<branch>,<taken>`: coverage.py writes words with spaces and commas as the branch;
/// `-` says that the condition was never looked at.
fn branch(record: &mut Record, data: &[u8], at: usize) -> Result<(), Fault> {
    let wrong = || Fault::wrong("a `BRDA` without a line, a block, a branch and a count", at);
    let (line, rest) = number(data).ok_or_else(wrong)?;
    let rest = rest.strip_prefix(b",").ok_or_else(wrong)?;
    let comma = memchr::memrchr(b',', rest).ok_or_else(wrong)?;
    let (name, taken) = rest.split_at(comma);
    if !name.contains(&b',') {
        return Err(wrong());
    }
    let taken = taken.get(1..).unwrap_or_default();
    let is_hit = if taken == b"-" { false } else { hits(taken).ok_or_else(wrong)? };
    record.file.branches.add(Key::new().number(line).bytes(name).end(), 1, is_hit);
    Ok(())
}

/// `FN:<line>,[<end>,]<name>` and `FNDA:<count>,<name>`; in lcov 2 `FNL:<number>,<line>[,<end>]` and
/// `FNA:<number>,<count>,<name>`, where all names of a number are one function.
fn function(record: &mut Record, key: &[u8], data: &[u8], at: usize) -> Result<(), Fault> {
    let wrong = || Fault::wrong("a record of a function that is not whole", at);
    let after = |text| number(text).and_then(|(value, rest)| Some((value, rest.strip_prefix(b",")?)));
    let (key, is_hit) = match key {
        b"FN" => {
            let (line, name) = after(data).ok_or_else(wrong)?;
            let name = after(name).map_or(name, |(_, name)| name);
            if is_mangled(name) {
                record.mangled.insert(Key::new().bytes(name).end(), line);
                (of_line(line), false)
            } else {
                (of_name(name), false)
            }
        }
        b"FNDA" => {
            let comma = memchr::memchr(b',', data).ok_or_else(wrong)?;
            let (count, name) = data.split_at(comma);
            let is_hit = hits(count).ok_or_else(wrong)?;
            let name = name.get(1..).unwrap_or_default();
            let line = record.mangled.get(&Key::new().bytes(name).end());
            (line.map_or_else(|| of_name(name), |line| of_line(*line)), is_hit)
        }
        b"FNL" => {
            let (index, rest) = after(data).ok_or_else(wrong)?;
            let (line, _) = number(rest).ok_or_else(wrong)?;
            record.numbered.insert(index, line);
            return Ok(());
        }
        _ => {
            let (index, rest) = after(data).ok_or_else(wrong)?;
            let count = rest.split(|byte| *byte == b',').next().unwrap_or_default();
            let is_hit = hits(count).ok_or_else(wrong)?;
            (of_line(*record.numbered.get(&index).ok_or_else(wrong)?), is_hit)
        }
    };
    record.file.functions.add(key, 1, is_hit);
    Ok(())
}

/// Whether a compiler made the name, one for each copy of a generic function: Rust's `_R` and the
/// Itanium C++ ABI's `_Z`. The copies begin on the same line, and LLVM counts them as one function.
fn is_mangled(name: &[u8]) -> bool {
    name.starts_with(b"_R") || name.starts_with(b"_Z")
}

fn of_name(name: &[u8]) -> u64 {
    Key::new().bytes(b"name").bytes(name).end()
}

fn of_line(line: u64) -> u64 {
    Key::new().bytes(b"line").number(line).end()
}
