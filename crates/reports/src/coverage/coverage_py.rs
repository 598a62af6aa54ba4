//! The JSON of coverage.py (`coverage json`; its documentation, "JSON reporting"; formats 2 and 3).
//!
//! `percent_covered` mixes branches into the rate of lines, so only the lists of lines and branches are
//! read. A branch is a jump from a line to another; one to a line below zero leaves the function.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::MapAccess;

use super::json::{self, Each, Refused};
use super::{FileCoverage, Key};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::{Head, Value};
use crate::json_stream::{AsObject, Object, seen};
use crate::json_values::Text;

pub(super) const NAME: &str = "coverage-py";
pub(super) const WANTED: &str = "the JSON of coverage.py";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.has("meta", Value::Object) && head.has("files", Value::Object)
}

#[derive(Deserialize)]
struct File {
    executed_lines: Vec<u64>,
    missing_lines: Vec<u64>,
    #[serde(default)]
    executed_branches: Vec<(i64, i64)>,
    #[serde(default)]
    missing_branches: Vec<(i64, i64)>,
    #[serde(default)]
    functions: BTreeMap<String, Function>,
}

#[derive(Deserialize)]
struct Function {
    executed_lines: Vec<u64>,
    missing_lines: Vec<u64>,
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    let refused = Refused::default();
    let mut document = Document { sink, refused: &refused, is_seen: false };
    json::read(bytes, &refused, AsObject(&mut document))?;
    let is_seen = document.is_seen;
    seen::<serde_json::Error>(is_seen).map_err(|_| Fault::new(Found::OtherJson, bytes.len()))
}

struct Document<'a, 'b> {
    sink: &'a mut Sink<'b, FileCoverage>,
    refused: &'a Refused,
    is_seen: bool,
}

impl Object for Document<'_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "meta" => {
                let Meta { version } = map.next_value()?;
                self.sink.tool("coverage.py", version.map(|Text(version)| version));
            }
            "files" => {
                self.is_seen = true;
                let sink = &mut *self.sink;
                let take = |Text(path), file: File| sink.push(coverage(path, &file)?, 0);
                map.next_value_seed(Each::new(self.refused, take))?;
            }
            _ => {
                map.next_value::<serde::de::IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    version: Option<Text>,
}

fn coverage(path: bstr::BString, file: &File) -> Result<FileCoverage, Fault> {
    let mut coverage = FileCoverage::new(path);
    for (lines, is_hit) in [(&file.executed_lines, true), (&file.missing_lines, false)] {
        if !lines.iter().all(|line| coverage.lines.add(*line, is_hit)) {
            return Err(Fault::wrong("a line number beyond any file", 0));
        }
    }
    for (branches, is_hit) in [(&file.executed_branches, true), (&file.missing_branches, false)] {
        for (from, to) in branches {
            let key = Key::new().bytes(&from.to_le_bytes()).bytes(&to.to_le_bytes());
            coverage.branches.add(key.end(), 1, is_hit);
        }
    }
    // The part of a module that is in no function has an empty name.
    for (name, function) in file.functions.iter().filter(|(name, _)| !name.is_empty()) {
        if function.executed_lines.len() + function.missing_lines.len() > 0 {
            let is_hit = !function.executed_lines.is_empty();
            coverage.functions.add(Key::new().bytes(name.as_bytes()).end(), 1, is_hit);
        }
    }
    Ok(coverage.finished())
}
