//! Istanbul's `coverage-final.json` (`istanbul-lib-coverage`, "file coverage object"), which nyc, c8,
//! jest and vitest write: an object from paths to what was counted in each file.
//!
//! A line is covered where a statement that begins on it was run: so Istanbul's own reports count lines.
//! A way out of a condition that has no code (an `else` that is not there) has no place; it is counted
//! all the same.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json::{self, Each, Hits, Refused};
use super::{FileCoverage, Key};
use crate::family::{Fault, Sink};
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "istanbul";
pub(super) const WANTED: &str = "Istanbul's `coverage-final.json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_map = head.keys.first().is_some_and(|key| key.value == Value::Object);
    is_map && memchr::memmem::find(head.text, b"\"statementMap\"").is_some()
}

#[derive(Deserialize)]
struct File {
    path: Option<Text>,
    #[serde(rename = "statementMap")]
    statement_map: BTreeMap<String, Span>,
    #[serde(rename = "fnMap")]
    function_map: BTreeMap<String, Function>,
    #[serde(rename = "branchMap")]
    branch_map: BTreeMap<String, Branch>,
    #[serde(rename = "s")]
    statements: BTreeMap<String, Hits>,
    #[serde(rename = "f")]
    functions: BTreeMap<String, Hits>,
    #[serde(rename = "b")]
    branches: BTreeMap<String, Vec<Hits>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Span {
    start: Point,
    end: Point,
}

/// A place; JavaScript writes an infinite column as `null`.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Point {
    line: Option<u64>,
    column: Option<i64>,
}

#[derive(Deserialize)]
struct Function {
    #[serde(default)]
    loc: Option<Span>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    loc: Option<Span>,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    let refused = Refused::default();
    let take = |key, file: File| sink.push(coverage(key, file)?, 0);
    json::read(bytes, &refused, Each::new(&refused, take))
}

/// The same part of the same text has the same key: its number in the map, and its place.
fn key(id: &str, span: Span) -> Key {
    let points = [span.start, span.end].into_iter();
    points.fold(Key::new().bytes(id.as_bytes()), |key, point| {
        let line = point.line.unwrap_or(u64::MAX);
        key.number(line).bytes(&point.column.unwrap_or(i64::MAX).to_le_bytes())
    })
}

fn coverage(Text(key_path): Text, file: File) -> Result<FileCoverage, Fault> {
    let other = || Fault::wrong("a count and a map that do not belong together", 0);
    let path = file.path.map_or(key_path, |Text(path)| path);
    if path.is_empty() {
        return Err(Fault::wrong("a file without a name", 0));
    }
    let mut coverage = FileCoverage::new(path);
    let sizes = [
        (file.statement_map.len(), file.statements.len()),
        (file.function_map.len(), file.functions.len()),
        (file.branch_map.len(), file.branches.len()),
    ];
    if sizes.iter().any(|(map, counts)| map != counts) {
        return Err(other());
    }
    for (id, span) in &file.statement_map {
        let Hits(is_hit) = *file.statements.get(id).ok_or_else(other)?;
        coverage.statements.add(key(id, *span).end(), 1, is_hit);
        if let Some(line) = span.start.line
            && !coverage.lines.add(line, is_hit)
        {
            return Err(Fault::wrong("a line number beyond any file", 0));
        }
    }
    for (id, function) in &file.function_map {
        let Hits(is_hit) = *file.functions.get(id).ok_or_else(other)?;
        coverage.functions.add(key(id, function.loc.unwrap_or_default()).end(), 1, is_hit);
    }
    for (id, branch) in &file.branch_map {
        let ways = file.branches.get(id).ok_or_else(other)?;
        let key = key(id, branch.loc.unwrap_or_default());
        for (number, Hits(is_hit)) in (0_u64..).zip(ways) {
            coverage.branches.add(key.number(number).end(), 1, *is_hit);
        }
    }
    Ok(coverage.finished())
}
