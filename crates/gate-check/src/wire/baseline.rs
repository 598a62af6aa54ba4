//! The baseline, version 1: what later runs are compared with. It moves only after a run that passed.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};
use repo_model::{from_hexadecimal, hexadecimal};
use reports::Bounds;
use reports::coverage::{Count, Metric};
use reports::measurements::{Format, Measurement};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use verdict::gates::coverage::Totals;

use super::rounds::RoundsDocument;

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;
/// What stands before a name that is not UTF-8, in hexadecimal digits. No name begins with a NUL.
const HEXADECIMAL: &str = "\0hex:";

/// What is known of an earlier state, part by part. A part that is not there is not known.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Baseline {
    #[serde(rename = "signalbox-gate-baseline")]
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    performance: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize, Serialize)]
struct CoverageEntry {
    metric: String,
    project: CountEntry,
    components: BTreeMap<String, CountEntry>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct CountEntry {
    covered: u64,
    total: u64,
}

/// It is no baseline, or one of another version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotABaseline {
    what: String,
    /// The line and the column in bytes, both from 1, if it has a place.
    pub place: Option<(usize, usize)>,
}

impl Baseline {
    /// A baseline of nothing.
    pub fn new() -> Self {
        Self { version: VERSION, ..Self::default() }
    }

    /// Whether a document is meant to be a baseline.
    pub fn is_one(bytes: &[u8]) -> bool {
        let head = bytes.get(..200).unwrap_or(bytes);
        head.trim_ascii_start().starts_with(b"{")
            && head.contains_str("\"signalbox-gate-baseline\"")
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// When it is none, or one of another version: what it would say is not known.
    pub fn read(bytes: &[u8]) -> Result<Self, NotABaseline> {
        let read: Self = serde_json::from_slice(bytes).map_err(|error| NotABaseline {
            what: format!("not a baseline: {error}"),
            place: Some((error.line(), error.column())),
        })?;
        if read.version != VERSION {
            let what = format!("a baseline of version {}; this tool reads {VERSION}", read.version);
            return Err(NotABaseline { what, place: None });
        }
        Ok(read)
    }

    /// The names of the tests.
    pub fn tests(&self) -> Option<BTreeSet<BString>> {
        Some(self.tests.as_ref()?.iter().map(|name| read_name(name)).collect())
    }

    /// Puts the names of the tests in.
    pub fn set_tests(&mut self, names: &BTreeSet<BString>) {
        self.tests = Some(names.iter().map(written_name).collect());
    }

    /// How much was run.
    pub fn coverage(&self) -> Option<Totals> {
        let entry = self.coverage.as_ref()?;
        let (_, metric) = Metric::WORDS.into_iter().find(|(word, _)| *word == entry.metric)?;
        let count = |entry: &CountEntry| Count { covered: entry.covered, total: entry.total };
        let components = entry.components.iter();
        Some(Totals {
            metric,
            project: count(&entry.project),
            components: components.map(|(name, entry)| (name.clone(), count(entry))).collect(),
        })
    }

    /// Puts how much was run in.
    pub fn set_coverage(&mut self, totals: &Totals) {
        let count = |count: &Count| CountEntry { covered: count.covered, total: count.total };
        let word = Metric::WORDS.into_iter().find(|(_, metric)| *metric == totals.metric);
        let components = totals.components.iter();
        self.coverage = Some(CoverageEntry {
            metric: word.map(|(word, _)| word).unwrap_or_default().to_owned(),
            project: count(&totals.project),
            components: components.map(|(name, entry)| (name.clone(), count(entry))).collect(),
        });
    }

    /// The fingerprints of the findings.
    pub fn security(&self) -> Option<impl Iterator<Item = &[u8]>> {
        Some(self.security.as_ref()?.iter().map(String::as_bytes))
    }

    /// Puts the fingerprints of the findings in, each as often as it is there.
    pub fn set_security(&mut self, fingerprints: impl Iterator<Item = String>) {
        let mut all: Vec<String> = fingerprints.collect();
        all.sort();
        self.security = Some(all);
    }

    /// The measurements.
    ///
    /// # Errors
    /// When they are not as this tool writes them.
    pub fn performance(&self) -> Result<Option<Vec<Measurement>>, NotABaseline> {
        let Some(document) = &self.performance else { return Ok(None) };
        let mut all = Vec::new();
        let bytes = document.get().as_bytes();
        let read = Format::SignalboxRounds.read(bytes, Bounds::default(), &mut |one| all.push(one));
        let told = |error| NotABaseline { what: format!("its measurements: {error}"), place: None };
        read.map(|_| Some(all)).map_err(told)
    }

    /// Puts the measurements in: of each figure one value, the median.
    pub fn set_performance(&mut self, measurements: &[Measurement]) {
        let document = RoundsDocument::kept(measurements);
        self.performance = serde_json::value::to_raw_value(&document).ok();
    }

    /// Takes parts over from an older baseline where this one has none.
    pub fn fill_from(&mut self, older: Self) {
        self.tests = self.tests.take().or(older.tests);
        self.coverage = self.coverage.take().or(older.coverage);
        self.security = self.security.take().or(older.security);
        self.performance = self.performance.take().or(older.performance);
    }
}

fn written_name(name: &BString) -> String {
    match name.to_str() {
        Ok(text) if !text.starts_with(HEXADECIMAL) => text.to_owned(),
        Ok(_) | Err(_) => [HEXADECIMAL, &hexadecimal(name)].concat(),
    }
}

fn read_name(written: &str) -> BString {
    let Some(digits) = written.strip_prefix(HEXADECIMAL) else { return written.into() };
    from_hexadecimal(digits).map_or_else(|| written.into(), BString::from)
}

#[cfg(test)]
mod tests {
    use reports::measurements::Side;
    use reports::quantity::{Unit, Value};

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let names: BTreeSet<BString> =
            ["a::b".into(), "\0hex:61".into(), BString::from(b"caf\xe9\n".to_vec())].into();
        let totals = Totals {
            metric: Metric::Branch,
            project: Count { covered: 1, total: 2 },
            components: [("x".to_owned(), Count { covered: 0, total: 1 })].into(),
        };
        let measured = Measurement {
            values: [3.0, 1.0, 2.0].map(|it| Value::new(it).unwrap()).to_vec(),
            ..Measurement::new("m", Unit::Seconds, Value::default())
        };
        let mut baseline = Baseline::new();
        baseline.set_tests(&names);
        baseline.set_coverage(&totals);
        baseline.set_security(["b", "a", "b"].map(str::to_owned).into_iter());
        baseline.set_performance(&[measured]);
        let bytes = super::super::line_of(&baseline).into_bytes();
        assert!(Baseline::is_one(&bytes));
        let read = Baseline::read(&bytes).unwrap();
        assert_eq!(read.tests(), Some(names));
        assert_eq!(read.coverage(), Some(totals));
        assert_eq!(read.security().unwrap().collect::<Vec<_>>(), [b"a", b"b", b"b"]);
        let kept = read.performance().unwrap().unwrap();
        let one = kept.first().unwrap();
        assert_eq!(
            (one.side, one.values.as_slice()),
            (Side::Head, &[Value::new(2.0).unwrap()][..])
        );
        let mut newer = Baseline::new();
        newer.set_security(std::iter::empty());
        newer.fill_from(read);
        assert_eq!((newer.security().unwrap().count(), newer.tests().unwrap().len()), (0, 3));
    }

    #[test]
    fn what_is_none_is_refused() {
        for other in ["", "{}", "[]", r#"{"signalbox-gate-baseline": 2}"#] {
            assert!(Baseline::read(other.as_bytes()).is_err(), "{other}");
        }
    }
}
