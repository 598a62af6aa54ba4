//! Istanbul's `coverage-summary.json` (reporter `json-summary`): counts of each file, without lines.
//!
//! `pct` is never read: it is `"Unknown"` where there is nothing. `total` is the sum of the others and
//! counts only where there are no others; `branchesTrue` is a part of the branches.

use serde::Deserialize;

use super::FileCoverage;
use super::json::{self, Each, Refused, Sum};
use crate::family::{Fault, Sink};
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "istanbul-summary";
pub(super) const WANTED: &str = "Istanbul's `coverage-summary.json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(head.text, word).is_some();
    let is_map = head.keys.first().is_some_and(|key| key.value == Value::Object);
    is_map && [&b"\"lines\""[..], b"\"covered\"", b"\"skipped\""].into_iter().all(has)
}

#[derive(Clone, Copy, Deserialize)]
struct File {
    lines: Sum,
    statements: Sum,
    functions: Sum,
    branches: Sum,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    let refused = Refused::default();
    let mut total = None;
    let take = |Text(path): Text, file: File| {
        if path == "total" {
            total = Some(file);
            return Ok(());
        }
        sink.push(coverage(path, file)?, 0)
    };
    json::read(bytes, &refused, Each::new(&refused, take))?;
    match total {
        Some(total) if sink.reading.entries == 0 => {
            sink.push(coverage(bstr::BString::default(), total)?, 0)
        }
        _ => Ok(()),
    }
}

fn coverage(path: bstr::BString, file: File) -> Result<FileCoverage, Fault> {
    let mut coverage = FileCoverage::new(path);
    let all = [
        (&mut coverage.unnumbered, file.lines),
        (&mut coverage.statements, file.statements),
        (&mut coverage.functions, file.functions),
        (&mut coverage.branches, file.branches),
    ];
    for (units, sum) in all {
        let (covered, total) = sum.counts();
        if covered > total {
            return Err(Fault::wrong("more that was run than there is", 0));
        }
        units.add_some(0, covered, total);
    }
    Ok(coverage.finished())
}
