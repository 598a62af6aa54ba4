//! What `go test -bench` prints (<https://go.dev/design/14313-benchmark-format>; Go 1.27 wrote the
//! fixtures): `BenchmarkSum-8  1000  123 ns/op  45 MB/s  16 B/op  1 allocs/op`, and units of one's own.
//!
//! `-count` repeats each line; the repeated values are of one process. `-8` is the number of
//! processors, which is left out where all benchmarks have the same, so that machines can be
//! compared. The benchmarks of a package end with `PASS` or `FAIL`.

use bstr::{BString, ByteSlice as _};

use super::{Fault, Measurement, Sink, Spread, lines, said};
use crate::Found;
use crate::head::Head;
use crate::quantity::{Direction, Unit, Value};

pub(super) const NAME: &str = "go-bench";
pub(super) const WANTED: &str = "what `go test -bench` prints";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    lines(head.text).any(|(_, line)| {
        fields(line).is_some_and(|(_, rest)| {
            rest.fields_with(char::is_whitespace).any(|field| field == b"ns/op")
        })
    })
}

/// A line of a benchmark.
struct Line {
    at: usize,
    package: BString,
    name: BString,
    figures: Vec<(BString, Value)>,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let mut found: Vec<Line> = Vec::new();
    let mut package: Option<BString> = None;
    let mut has_packages = false;
    for (at, line) in lines(bytes) {
        if let Some(name) = line.strip_prefix(b"pkg: ") {
            if package.is_some() {
                return Err(Fault::wrong("a package that begins before another has ended", at));
            }
            package = Some(name.trim_ascii().into());
            has_packages = true;
        } else if line.starts_with(b"--- FAIL: ") || line.starts_with(b"panic: ") {
            sink.complain("a benchmark failed", said(line));
        } else if line == b"FAIL" || line.starts_with(b"FAIL\t") {
            sink.complain("the tool says that it failed", said(line));
            package = None;
        } else if line == b"PASS" || line.starts_with(b"ok  \t") {
            package = None;
        } else if let Some((name, rest)) = fields(line)
            && !rest.trim_ascii().is_empty()
        {
            let figures = figures(rest).ok_or_else(|| {
                Fault::wrong("a benchmark's line that is not whole, or has a log in it", at)
            })?;
            let package = package.clone().unwrap_or_default();
            found.push(Line { at, package, name: name.into(), figures });
        }
    }
    if package.is_some() || (!has_packages && !bytes.ends_with(b"\n")) {
        return Err(Fault::new(Found::End, bytes.len()));
    }
    if found.is_empty() && sink.reading.complaints.is_empty() {
        return Err(Fault::wrong("text without a benchmark", 0));
    }
    let processors = common_suffix(&found);
    for line in found {
        push(line, &processors, sink)?;
    }
    Ok(())
}

/// The name with which a line begins, and what is behind it. `Benchmark` is followed by no small
/// letter (`go help testfunc`).
fn fields(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_prefix(b"Benchmark")?;
    if rest.first().is_some_and(u8::is_ascii_lowercase) {
        return None;
    }
    let end = line.find_byteset(b" \t").unwrap_or(line.len());
    Some(line.split_at(end))
}

/// The number of iterations, and behind it pairs of a value and a unit.
fn figures(rest: &[u8]) -> Option<Vec<(BString, Value)>> {
    let mut fields = rest.fields_with(char::is_whitespace);
    let iterations = fields.next()?;
    iterations.to_str().ok()?.parse::<u64>().ok()?;
    let mut figures = Vec::new();
    while let Some(value) = fields.next() {
        let value = Value::parse(value.to_str().ok()?)?;
        figures.push((fields.next()?.into(), value));
    }
    Some(figures).filter(|figures| !figures.is_empty())
}

/// The `-8` that all names end with, or nothing.
fn common_suffix(found: &[Line]) -> BString {
    let suffix = |line: &Line| {
        let at = line.name.rfind_byte(b'-')?;
        let digits = line.name.get(at + 1..)?;
        let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        is_number.then(|| BString::from(line.name.get(at..).unwrap_or_default()))
    };
    let mut suffixes = found.iter().map(suffix);
    let first = suffixes.next().flatten();
    let is_common = suffixes.all(|suffix| suffix == first);
    first.filter(|_| is_common).unwrap_or_default()
}

fn push(line: Line, processors: &BString, sink: &mut Sink<'_, Measurement>) -> Result<(), Fault> {
    let Line { at, package, name, figures } = line;
    let name = name.strip_suffix(processors.as_slice()).unwrap_or(&name);
    let dot: &[u8] = if package.is_empty() { b"" } else { b"." };
    let name: BString = bstr::concat([package.as_slice(), dot, name]).into();
    for (word, value) in figures {
        // `b.ReportMetric(…, "p95-ns")`: the unit stands behind what it is of.
        let text = word.to_str_lossy();
        let unit = text.rsplit_once('-').map_or(&*text, |(_, unit)| unit);
        let figure = Unit::read(unit, value)
            .ok_or_else(|| Fault::wrong("a figure beyond every number", at))?;
        let mut measured = Measurement {
            spread: Spread::WithinRun,
            ..Measurement::new(name.clone(), figure.unit, figure.value)
        };
        match word.as_slice() {
            b"ns/op" => {}
            b"allocs/op" => {
                measured.direction = Some(Direction::SmallerIsBetter);
                measured = measured.metric(word);
            }
            // The time seen from its other side: for limits, not to be compared twice.
            b"MB/s" => {
                measured.direction = None;
                measured = measured.metric(word);
            }
            _ => measured = measured.metric(word),
        }
        sink.push(measured, at)?;
    }
    Ok(())
}
