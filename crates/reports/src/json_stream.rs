//! JSON that is read as a stream: each sample is handed over where it stands, and what is kept is
//! what is read from one sample to the next, which is bounded.
//!
//! `serde_json` recurses on the nesting of what is kept, to a depth of 128 and no further.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead as _};

use bstr::BString;
use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::de::IoRead;
use serde_json::error::Category;

use crate::formats::{Detail, Sink};
use crate::position::{Counted, begins_character};
use crate::told::Failure;
use crate::{Found, Sample, Unit};

/// Reads one document with `document`, and nothing after it. At most `longest` bytes of it are taken
/// from one sample to the next.
pub(crate) fn read(
    input: &mut Counted<'_>,
    sink: &mut Sink<'_>,
    longest: usize,
    document: fn(&mut Samples<'_, '_>, &mut Json<'_, '_, '_>) -> serde_json::Result<()>,
) -> Result<(), Found> {
    let refused = Cell::new(None);
    let left = Cell::new(longest);
    let nesting = Nesting::new(sink.limits().depth);
    let mut bounded = Bounded { input, nesting, left: &left, refused: &refused };
    let mut json = serde_json::Deserializer::from_reader(&mut bounded);
    let mut samples = Samples { sink, longest, left: &left, refused: &refused };
    let result = document(&mut samples, &mut json).and_then(|()| json.end());
    result.map_err(|error| {
        let found = refused.get().unwrap_or_else(|| found(&error));
        // What is wrong is the byte that was read last; at the end there is none.
        let at_end = matches!(found, Found::End | Found::Disk);
        let input = &bounded.input;
        sink.place = Some(if at_end { input.position() } else { input.marked() });
        found
    })
}

/// What stands where something else should.
pub(crate) fn found(error: &serde_json::Error) -> Found {
    match error.classify() {
        Category::Eof => Found::End,
        Category::Syntax => Found::BrokenJson,
        Category::Data => Found::OtherJson,
        Category::Io => Found::Disk,
    }
}

/// A document that is being read.
pub(crate) type Json<'r, 'a, 'i> = serde_json::Deserializer<IoRead<&'r mut Bounded<'a, 'i>>>;

/// Where the samples of a document go.
pub(crate) struct Samples<'a, 'b> {
    sink: &'a mut Sink<'b>,
    longest: usize,
    left: &'a Cell<usize>,
    refused: &'a Cell<Option<Found>>,
}

impl Samples<'_, '_> {
    pub(crate) fn unit(&self) -> Unit {
        self.sink.unit()
    }

    pub(crate) fn push<E: serde::de::Error>(&mut self, sample: Sample) -> Result<(), E> {
        self.left.set(self.longest);
        self.sink.push(sample).map_err(|found| self.refuse(found))
    }

    /// Hands a test over with what a gate wants to know.
    pub(crate) fn push_test<E: serde::de::Error>(
        &mut self,
        sample: Sample,
        detail: Detail,
    ) -> Result<(), E> {
        self.left.set(self.longest);
        self.sink.push_test(sample, detail).map_err(|found| self.refuse(found))
    }

    /// Hands over the time of something that is no test.
    pub(crate) fn push_whole<E: serde::de::Error>(&mut self, sample: Sample) -> Result<(), E> {
        self.left.set(self.longest);
        self.sink.push_whole(sample).map_err(|found| self.refuse(found))
    }

    /// Tells a gate of a failure outside of any test.
    pub(crate) fn trouble(&mut self, name: impl Into<BString>, failure: Failure) {
        self.left.set(self.longest);
        self.sink.trouble(name, failure);
    }

    /// Whether details are asked for.
    pub(crate) fn is_for_a_gate(&self) -> bool {
        self.sink.is_for_a_gate()
    }

    pub(crate) fn refuse<E: serde::de::Error>(&self, found: Found) -> E {
        self.refused.set(Some(found));
        E::custom("refused")
    }

    /// Passes over a value, of which nothing is kept but how it is nested: so it may be of any length.
    pub(crate) fn pass_over<'de, A: MapAccess<'de>>(&self, map: &mut A) -> Result<(), A::Error> {
        self.left.set(usize::MAX);
        map.next_value::<IgnoredAny>()?;
        self.left.set(self.longest);
        Ok(())
    }
}

/// An object whose values are read one by one, in the order in which they stand.
pub(crate) trait Object {
    /// Reads the value of `key`, or passes over it.
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Reads an object, and nothing but an object.
pub(crate) struct AsObject<'o, O>(pub(crate) &'o mut O);

impl<'de, O: Object> DeserializeSeed<'de> for AsObject<'_, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, O: Object> Visitor<'de> for AsObject<'_, O> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.0.value(&key, &mut map)?;
        }
        Ok(())
    }
}

/// A list whose elements are read one by one.
pub(crate) trait List {
    /// Reads the next element; whether there was one.
    fn element<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error>;
}

/// Reads a list, and nothing but a list.
pub(crate) struct AsList<L>(pub(crate) L);

impl<'de, L: List> DeserializeSeed<'de> for AsList<L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, L: List> Visitor<'de> for AsList<L> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while self.0.element(&mut list)? {}
        Ok(())
    }
}

/// Why a document without its list is refused.
pub(crate) fn seen<E: serde::de::Error>(is_seen: bool) -> Result<(), E> {
    if is_seen { Ok(()) } else { Err(E::custom("no list of tests")) }
}

/// Hands bytes over one by one, as `serde_json` asks for them, and stops when more of them are taken
/// from one sample to the next than in any report: an entry is kept whole until it is understood, and
/// JSON of another shape can be one huge value.
pub(crate) struct Bounded<'a, 'i> {
    input: &'a mut Counted<'i>,
    nesting: Nesting,
    left: &'a Cell<usize>,
    refused: &'a Cell<Option<Found>>,
}

impl Bounded<'_, '_> {
    /// Counts the next byte; why it is not read.
    fn count(&mut self, byte: u8) -> Result<(), Found> {
        let left = self.left.get().checked_sub(1).ok_or(Found::TooLong)?;
        self.left.set(left);
        if self.nesting.follow(byte) { Ok(()) } else { Err(Found::TooDeep) }
    }
}

impl io::Read for Bounded<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(room) = buffer.first_mut() else { return Ok(0) };
        let Some(byte) = self.input.fill_buf()?.first().copied() else { return Ok(0) };
        if let Err(found) = self.count(byte) {
            self.refused.set(Some(found));
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if begins_character(byte) {
            self.input.mark();
        }
        self.input.consume(1);
        *room = byte;
        Ok(1)
    }
}

/// How deep in objects and lists the reader is: for each it passes over, `serde_json` keeps a byte.
struct Nesting {
    deepest: usize,
    depth: usize,
    within: Within,
}

/// Where a byte of JSON stands.
#[derive(Clone, Copy)]
enum Within {
    /// Outside of texts.
    Value,
    Text,
    /// In a text, right after a `\`.
    Escape,
}

impl Nesting {
    fn new(deepest: usize) -> Self {
        Self { deepest, depth: 0, within: Within::Value }
    }

    /// Follows the next byte; whether it is not too deep.
    fn follow(&mut self, byte: u8) -> bool {
        self.within = match (self.within, byte) {
            (Within::Text, b'\\') => Within::Escape,
            (Within::Text, b'"') => Within::Value,
            (Within::Text | Within::Escape, _) | (Within::Value, b'"') => Within::Text,
            (Within::Value, b'{' | b'[') => {
                self.depth += 1;
                Within::Value
            }
            (Within::Value, b'}' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                Within::Value
            }
            (Within::Value, _) => Within::Value,
        };
        self.depth <= self.deepest
    }
}

#[cfg(test)]
mod tests {
    use crate::{Limits, Options};

    use super::*;

    /// How many samples a report has of which 200 bytes may be kept at a time.
    #[track_caller]
    fn check(report: &str, wanted: Result<u64, Found>) {
        let limits = Limits { log_bytes: 200, ..Limits::default() };
        let options = Options { limits, ..Options::default() };
        let read = crate::read(&mut report.as_bytes(), &options, &mut |_| {});
        let told = read.map(|read| read.samples).map_err(|malformed| malformed.found);
        assert_eq!(told, wanted, "{report}");
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_passed_over_is_not() {
        let long = "x".repeat(300);
        let test = r#"{"title": "a", "fullTitle": "a", "duration": 1}"#;
        let many = [test; 20].join(",");
        check(&format!(r#"{{"stats": {{"{long}": 1}}, "passes": [{test}]}}"#), Ok(1));
        check(&format!(r#"{{"stats": {{}}, "passes": [{many}], "x": "{long}"}}"#), Ok(20));
        let logs = format!(r#"{{"fullTitle": "a", "title": "a", "err": {{"stack": "{long}"}}}}"#);
        check(&format!(r#"{{"stats": {{}}, "failures": [{logs}]}}"#), Err(Found::TooLong));
        check(&format!(r#"{{"stats": {{}}, "{long}": 1}}"#), Err(Found::TooLong));
    }

    #[test]
    fn brackets_without_end_end_at_once() {
        for begin in [
            r#"{"testResults":"#,
            r#"{"testResults":[{"assertionResults":[{"x":"#,
            r#"{"config":{},"suites":"#,
            r#"{"suites":[{"title":"a","specs":[{"x":"#,
            r#"{"stats":{},"passes":[{"err":"#,
            r#"{"durations":[{"x":"#,
        ] {
            let bomb = format!("{begin}{}\n", "[".repeat(1_000_000));
            let read = crate::read(&mut bomb.as_bytes(), &Options::default(), &mut |_| {});
            let found = read.map_err(|malformed| malformed.found);
            let is_early = matches!(found, Err(Found::BrokenJson | Found::OtherJson));
            assert!(is_early || found == Err(Found::TooDeep), "{begin}");
        }
    }

    #[test]
    fn titles_within_titles_do_not_grow_without_bound() {
        let title = "x".repeat(1000);
        let open = format!(r#"{{"title":"{title}","suites":["#);
        let report = format!(r#"{{"suites":[{}"#, open.repeat(10));
        let read = crate::read(&mut report.as_bytes(), &Options::default(), &mut |_| {});
        assert_eq!(read.map_err(|malformed| malformed.found), Err(Found::TooLong));
    }
}
