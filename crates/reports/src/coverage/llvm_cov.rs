//! The JSON of `llvm-cov export` (LLVM's `CoverageExporterJson.cpp`, version 2), which cargo-llvm-cov
//! writes too.
//!
//! It has no list of lines. They come from `segments`, each the place from which a count holds, by the
//! rules of LLVM's `LineCoverageStats` (`CoverageMapping.cpp`): a line has code if a region that is
//! counted begins on it or reaches into it, and its count is the highest of these. gcc counts other
//! lines for the same source, so a threshold belongs to one engine.
//!
//! Copies of a generic function are one function, and its regions are covered where any copy ran them;
//! LLVM's own sum takes the copy that ran most.
//!
//! With `--summary-only` there are no segments, and the counts of the summary take their place.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::json::{self, Every, Hits, Refused, Sum};
use super::{FileCoverage, Key};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::{Head, Value};
use crate::json_stream::{AsList, AsObject, List, Object};
use crate::json_values::Text;

pub(super) const NAME: &str = "llvm-cov";
pub(super) const WANTED: &str = "the JSON of `llvm-cov export`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(head.text, word).is_some();
    let words = [&b"\"filename\""[..], b"\"segments\"", b"\"branches\"", b"\"expansions\""];
    let is_export = has(b"\"files\"") && words.into_iter().any(has);
    head.has("data", Value::List) && (is_export || has(b"\"llvm.coverage.json.export\""))
}

#[derive(Deserialize)]
struct File {
    filename: Text,
    #[serde(default)]
    segments: Vec<Segment>,
    #[serde(default)]
    branches: Vec<Branch>,
    #[serde(default)]
    summary: Option<Summary>,
}

#[derive(Clone, Copy, Deserialize)]
struct Summary {
    lines: Sum,
    functions: Sum,
    regions: Sum,
    /// From LLVM 12 on.
    #[serde(default)]
    branches: Sum,
}

#[derive(Deserialize)]
struct Function {
    name: Text,
    count: Hits,
    filenames: Vec<Text>,
    regions: Vec<Region>,
}

/// `[line, column, count, has count, is the beginning of a region, is a gap]`, the last from LLVM 11 on.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "so the format has them")]
struct Segment {
    line: u64,
    is_hit: bool,
    has_count: bool,
    is_entry: bool,
    is_gap: bool,
}

/// `[line, column, end line, end column, count, file, expanded file, kind]`.
struct Region {
    place: [u64; 4],
    is_hit: bool,
    file: usize,
    kind: u64,
}

/// `[line, column, end line, end column, count if true, count if false, ...]`.
struct Branch {
    place: [u64; 4],
    ways: [bool; 2],
}

/// Makes a type that is written as a list: its elements by name, the rest passed over.
macro_rules! as_list {
    ($name:ident, $list:ident => $make:expr) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Values;

                impl<'de> serde::de::Visitor<'de> for Values {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a list of numbers")
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut $list: A) -> Result<$name, A::Error> {
                        let value = $make;
                        while $list.next_element::<IgnoredAny>()?.is_some() {}
                        Ok(value)
                    }
                }

                deserializer.deserialize_seq(Values)
            }
        }
    };
}

/// The next element, which must be there.
fn element<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(list: &mut A) -> Result<T, A::Error> {
    let short = || serde::de::Error::invalid_length(0, &"more numbers");
    list.next_element()?.ok_or_else(short)
}

fn place<'de, A: SeqAccess<'de>>(list: &mut A) -> Result<[u64; 4], A::Error> {
    Ok([element(list)?, element(list)?, element(list)?, element(list)?])
}

as_list!(Segment, list => {
    let (line, _, Hits(is_hit)): (_, u64, _) =
        (element(&mut list)?, element(&mut list)?, element(&mut list)?);
    let (has_count, is_entry) = (element(&mut list)?, element(&mut list)?);
    let is_gap = list.next_element()?.unwrap_or_default();
    Segment { line, is_hit, has_count, is_entry, is_gap }
});

as_list!(Region, list => {
    let place = place(&mut list)?;
    let Hits(is_hit) = element(&mut list)?;
    let file = element(&mut list)?;
    let _: u64 = element(&mut list)?;
    Region { place, is_hit, file, kind: element(&mut list)? }
});

as_list!(Branch, list => {
    let place = place(&mut list)?;
    let (Hits(is_true), Hits(is_false)) = (element(&mut list)?, element(&mut list)?);
    Branch { place, ways: [is_true, is_false] }
});

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    let refused = Refused::default();
    let mut document = Document { sink, refused: &refused, is_seen: false, spanned: 0 };
    json::read(bytes, &refused, AsObject(&mut document))?;
    let is_seen = document.is_seen;
    if is_seen { Ok(()) } else { Err(Fault::new(Found::OtherJson, bytes.len())) }
}

struct Document<'a, 'b> {
    sink: &'a mut Sink<'b, FileCoverage>,
    refused: &'a Refused,
    is_seen: bool,
    /// How many lines the segments of all files have spanned.
    spanned: u64,
}

/// How many lines the segments of a report may span.
const MOST_LINES: u64 = 1 << 26;

impl Object for Document<'_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "data" => map.next_value_seed(AsList(Exports { document: self })),
            "type" => {
                let Text(kind) = map.next_value()?;
                let is_export = kind == "llvm.coverage.json.export";
                let wrong = Found::Wrong("JSON of another type than `llvm.coverage.json.export`");
                if is_export { Ok(()) } else { Err(json::stop(self.refused, wrong)) }
            }
            _ => map.next_value::<IgnoredAny>().map(|_| ()),
        }
    }
}

/// The elements of `data`, of which there is one.
struct Exports<'d, 'a, 'b> {
    document: &'d mut Document<'a, 'b>,
}

impl List for Exports<'_, '_, '_> {
    fn element<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut export = Export {
            document: self.document,
            listed: BTreeSet::new(),
            files: BTreeMap::new(),
            summaries: Vec::new(),
            has_functions: false,
            totals: None,
        };
        let is_there = list.next_element_seed(AsObject(&mut export))?.is_some();
        if is_there {
            export.end().map_err(|fault| json::fault(self.document.refused, fault))?;
        }
        Ok(is_there)
    }
}

struct Export<'d, 'a, 'b> {
    document: &'d mut Document<'a, 'b>,
    /// The files of the report. Functions are listed of files too that `--ignore-filename-regex` left
    /// out.
    listed: BTreeSet<BString>,
    /// What the functions say about each file.
    files: BTreeMap<BString, FileCoverage>,
    /// What the summaries say of functions and regions, in case that no function is listed.
    summaries: Vec<(BString, Summary)>,
    has_functions: bool,
    totals: Option<Summary>,
}

impl Object for Export<'_, '_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let refused = self.document.refused;
        match key {
            "files" => {
                self.document.is_seen = true;
                map.next_value_seed(Every::new(refused, |file| self.file(file)))
            }
            "functions" => {
                map.next_value_seed(Every::new(refused, |function| self.function(&function)))
            }
            "totals" => {
                self.document.is_seen = true;
                self.totals = map.next_value()?;
                Ok(())
            }
            _ => map.next_value::<IgnoredAny>().map(|_| ()),
        }
    }
}

impl Export<'_, '_, '_> {
    fn file(&mut self, file: File) -> Result<(), Fault> {
        let Text(path) = file.filename;
        if path.is_empty() {
            return Err(Fault::wrong("a file without a name", 0));
        }
        let mut coverage = FileCoverage::new(path.clone());
        lines(&mut coverage, &file.segments, &mut self.document.spanned)?;
        for Branch { place, ways } in &file.branches {
            let key = place.iter().fold(Key::new(), |key, number| key.number(*number));
            for (side, is_hit) in [0_u64, 1].into_iter().zip(ways) {
                coverage.branches.add(key.number(side).end(), 1, *is_hit);
            }
        }
        if let Some(summary) = file.summary {
            if file.segments.is_empty() {
                add(&mut coverage.unnumbered, summary.lines)?;
                add(&mut coverage.branches, summary.branches)?;
            }
            self.summaries.push((path.clone(), summary));
        }
        self.listed.insert(path);
        self.document.sink.push(coverage.finished(), 0)
    }

    /// The copies of a generic function begin at the same place, and are one function.
    fn function(&mut self, function: &Function) -> Result<(), Fault> {
        self.has_functions = true;
        let Some(first) = function.regions.first() else { return Ok(()) };
        let missing = || Fault::wrong("a function without its file", 0);
        let file = |number| function.filenames.get(number).ok_or_else(missing);
        let Text(path) = file(first.file)?;
        let of_file = self.files.entry(path.clone());
        let coverage = of_file.or_insert_with(|| FileCoverage::new(path.clone()));
        let [line, column, ..] = first.place;
        let Text(_) = &function.name;
        coverage.functions.add(Key::new().number(line).number(column).end(), 1, function.count.0);
        // Kind 0 is code; the others are expansions, gaps, branches and what was left out.
        for Region { place, is_hit, file: number, .. } in
            function.regions.iter().filter(|region| region.kind == 0)
        {
            let Text(path) = file(*number)?;
            let key = place.iter().fold(Key::new(), |key, number| key.number(*number)).end();
            if let Some(coverage) = self.files.get_mut(path) {
                coverage.regions.add(key, 1, *is_hit);
            } else {
                let mut coverage = FileCoverage::new(path.clone());
                coverage.regions.add(key, 1, *is_hit);
                self.files.insert(path.clone(), coverage);
            }
        }
        Ok(())
    }

    fn end(self) -> Result<(), Fault> {
        let sink = &mut *self.document.sink;
        if self.has_functions {
            let listed = self.files.into_iter().filter(|(path, _)| self.listed.contains(path));
            for (_, file) in listed {
                sink.push(file.finished(), 0)?;
            }
            return Ok(());
        }
        let has_files = !self.summaries.is_empty();
        for (path, summary) in self.summaries {
            let mut coverage = FileCoverage::new(path);
            add(&mut coverage.functions, summary.functions)?;
            add(&mut coverage.regions, summary.regions)?;
            sink.push(coverage.finished(), 0)?;
        }
        if let Some(totals) = self.totals.filter(|_| !has_files && sink.reading.entries == 0) {
            let mut whole = FileCoverage::default();
            add(&mut whole.unnumbered, totals.lines)?;
            add(&mut whole.branches, totals.branches)?;
            add(&mut whole.functions, totals.functions)?;
            add(&mut whole.regions, totals.regions)?;
            if whole.unnumbered.count().total > 0 {
                sink.push(whole.finished(), 0)?;
            }
        }
        Ok(())
    }
}

fn add(units: &mut super::Units, sum: Sum) -> Result<(), Fault> {
    let (covered, total) = sum.counts();
    if covered > total {
        return Err(Fault::wrong("more that was run than there is", 0));
    }
    if total > 0 {
        units.add_some(0, covered, total);
    }
    Ok(())
}

/// The lines of a file from its segments.
fn lines(
    coverage: &mut FileCoverage,
    segments: &[Segment],
    spanned: &mut u64,
) -> Result<(), Fault> {
    let beyond = || Fault::wrong("segments of more lines than any project has", 0);
    let mut around: Option<&Segment> = None;
    let mut before = 0;
    for here in segments.chunk_by(|one, other| one.line == other.line) {
        let (Some(first), Some(last)) = (here.first(), here.last()) else { continue };
        if around.is_some() && first.line <= before {
            return Err(Fault::wrong("segments that are not in order", 0));
        }
        // The lines on which nothing begins are those of what holds there.
        let holds = around.filter(|around| around.has_count);
        if let Some(holds) = holds
            && first.line > before + 1
        {
            *spanned = spanned.saturating_add(first.line - before);
            if *spanned > MOST_LINES
                || !coverage.lines.add_span(before + 1, first.line - 1, holds.is_hit)
            {
                return Err(beyond());
            }
        }
        let begins = |it: &&Segment| !it.is_gap && it.has_count && it.is_entry;
        let is_left_out = !first.has_count && first.is_entry;
        let has_entry = here.iter().any(|it| it.is_entry && it.has_count);
        if has_entry || (!is_left_out && holds.is_some()) {
            let is_hit = here.iter().filter(begins).any(|it| it.is_hit);
            // What holds from the line before counts even where it has no count of its own.
            let is_around_hit = around.is_some_and(|around| around.is_hit);
            if !coverage.lines.add(first.line, is_hit || is_around_hit) {
                return Err(beyond());
            }
        }
        (around, before) = (Some(last), first.line);
    }
    Ok(())
}
