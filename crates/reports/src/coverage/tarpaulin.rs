//! The JSON of cargo-tarpaulin (`--out json`; its `CoverageReport`, `SourceFile` and `Trace`).
//!
//! A path is a list of its parts, and a file's whole text stands beside its lines; it is passed over.

use bstr::BString;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use super::json::{self, Every, Hits, Refused};
use super::{FileCoverage, Key};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::{Head, Value};
use crate::json_stream::{AsObject, Object};
use crate::json_values::Text;

pub(super) const NAME: &str = "tarpaulin";
pub(super) const WANTED: &str = "the JSON of cargo-tarpaulin";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(head.text, word).is_some();
    head.has("files", Value::List)
        && (has(b"\"path\":[") || has(b"\"path\": [") || has(b"\"traces\""))
}

#[derive(Deserialize)]
struct File {
    path: Vec<Text>,
    traces: Vec<Trace>,
}

#[derive(Deserialize)]
struct Trace {
    line: u64,
    stats: Stats,
}

/// What tarpaulin knows of a line; newer versions may know more.
#[derive(Deserialize)]
enum Stats {
    Line(Hits),
    Branch(Ways),
    Condition(Vec<Ways>),
}

/// The two ways out of a condition.
#[derive(Deserialize)]
struct Ways {
    been_true: bool,
    been_false: bool,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    let refused = Refused::default();
    let mut document = Document { sink, refused: &refused, is_seen: false };
    json::read(bytes, &refused, AsObject(&mut document))?;
    let is_seen = document.is_seen;
    if is_seen { Ok(()) } else { Err(Fault::new(Found::OtherJson, bytes.len())) }
}

struct Document<'a, 'b> {
    sink: &'a mut Sink<'b, FileCoverage>,
    refused: &'a Refused,
    is_seen: bool,
}

impl Object for Document<'_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key != "files" {
            map.next_value::<IgnoredAny>()?;
            return Ok(());
        }
        self.is_seen = true;
        let sink = &mut *self.sink;
        let take = |file: File| sink.push(coverage(&file)?, 0);
        map.next_value_seed(Every::new(self.refused, take))
    }
}

fn coverage(file: &File) -> Result<FileCoverage, Fault> {
    let mut path = BString::default();
    for Text(part) in &file.path {
        // The first part of an absolute path is the root itself.
        if !path.is_empty() && !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(part);
    }
    if path.is_empty() {
        return Err(Fault::wrong("a file without a name", 0));
    }
    let mut coverage = FileCoverage::new(path);
    for Trace { line, stats } in &file.traces {
        let ways = match stats {
            Stats::Line(Hits(_)) => &[][..],
            Stats::Branch(ways) => std::slice::from_ref(ways),
            Stats::Condition(ways) => ways,
        };
        let was_run = |way: &Ways| way.been_true || way.been_false;
        let is_hit = matches!(stats, Stats::Line(Hits(true))) || ways.iter().any(was_run);
        if !coverage.lines.add(*line, is_hit) {
            return Err(Fault::wrong("a line number beyond any file", 0));
        }
        for (number, way) in (0_u64..).zip(ways) {
            for (side, is_hit) in [(0, way.been_true), (1, way.been_false)] {
                let key = [*line, number, side].into_iter().fold(Key::new(), Key::number);
                coverage.branches.add(key.end(), 1, is_hit);
            }
        }
    }
    Ok(coverage.finished())
}
