//! JSON that gives each test one number: an object from names to seconds, or a list of pairs.
//!
//! Read as a stream, in constant memory. A number keeps its own digits until it is an integer of
//! microseconds. `null` is no time. `NaN` and `Infinity`, which Python writes, are not JSON: the
//! report is refused at that place, as every JSON reader refuses it.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read as _};

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::formats::Sink;
use crate::position::{Counted, begins_character};
use crate::{Found, Identity, Outcome, Sample, Time, WhyNoTime, time};

pub(crate) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    let refused = Cell::new(None);
    let since = Cell::new(0);
    let longest = sink.limits().tag_bytes;
    let mut bounded = Bounded::new(input, &since, longest, &refused);
    let mut json = serde_json::Deserializer::from_reader(&mut bounded);
    let entries = Entries { sink, since: &since, refused: &refused };
    let result = entries.deserialize(&mut json).and_then(|()| json.end());
    result.map_err(|error| {
        let found = match (refused.get(), error.classify()) {
            (Some(found), _) => found,
            (None, Category::Eof) => Found::End,
            (None, Category::Syntax) => Found::BrokenJson,
            (None, Category::Data) => Found::OtherJson,
            (None, Category::Io) => Found::Disk,
        };
        // What is wrong is the byte that was read last; at the end there is none.
        let at_end = matches!(found, Found::End | Found::Disk);
        sink.place = Some(if at_end { (bounded.line, bounded.column) } else { bounded.last });
        found
    })
}

/// Hands bytes over one by one, as `serde_json` asks for them, and stops when one entry takes more
/// of them than any report's: an entry is kept whole until it is understood, and JSON of another
/// shape can be one huge value.
struct Bounded<'a, 'i> {
    input: &'a mut Counted<'i>,
    chunk: Vec<u8>,
    next: usize,
    line: u64,
    column: u64,
    /// The line and column of the byte that was read last.
    last: (u64, u64),
    since: &'a Cell<usize>,
    longest: usize,
    refused: &'a Cell<Option<Found>>,
}

/// How many bytes are taken from the input at once.
const CHUNK: usize = 8192;

impl<'a, 'i> Bounded<'a, 'i> {
    fn new(
        input: &'a mut Counted<'i>,
        since: &'a Cell<usize>,
        longest: usize,
        refused: &'a Cell<Option<Found>>,
    ) -> Self {
        Self {
            input,
            chunk: Vec::new(),
            next: 0,
            line: 1,
            column: 1,
            last: (1, 1),
            since,
            longest,
            refused,
        }
    }

    #[cold]
    fn refill(&mut self) -> io::Result<Option<u8>> {
        self.chunk.resize(CHUNK, 0);
        let amount = self.input.read(&mut self.chunk)?;
        self.chunk.truncate(amount);
        self.next = 0;
        Ok(self.chunk.first().copied())
    }
}

impl io::Read for Bounded<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(room) = buffer.first_mut() else { return Ok(0) };
        let byte = match self.chunk.get(self.next) {
            Some(byte) => *byte,
            None => match self.refill()? {
                Some(byte) => byte,
                None => return Ok(0),
            },
        };
        if self.since.get() == self.longest {
            self.refused.set(Some(Found::TooLong));
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.since.set(self.since.get() + 1);
        self.next += 1;
        if begins_character(byte) {
            self.last = (self.line, self.column);
            self.column += 1;
        }
        if byte == b'\n' {
            self.line += 1;
            self.column = 1;
        }
        *room = byte;
        Ok(1)
    }
}

/// The whole document, handed over entry by entry.
struct Entries<'a, 'b> {
    sink: &'a mut Sink<'b>,
    since: &'a Cell<usize>,
    refused: &'a Cell<Option<Found>>,
}

impl Entries<'_, '_> {
    fn push<E: serde::de::Error>(&mut self, name: String, value: &RawValue) -> Result<(), E> {
        self.since.set(0);
        let sample = Sample {
            identity: Identity::Key(name.into()),
            outcome: Outcome::Passed,
            time: number(value.get()).ok_or_else(|| E::custom("not a number"))?,
        };
        self.sink.push(sample).map_err(|found| {
            self.refused.set(Some(found));
            E::custom("refused")
        })
    }
}

/// A JSON value as seconds; nothing if it is neither a number nor null.
fn number(text: &str) -> Option<Time> {
    match text.as_bytes().first()? {
        b'n' => Some(Time::Unknown(WhyNoTime::Missing)),
        b'-' | b'0'..=b'9' => Some(time::seconds(text.as_bytes())),
        _ => None,
    }
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from names to seconds, or a list of pairs")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            self.push(name, &value)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(Pair(name, value)) = list.next_element()? {
            self.push(name, &value)?;
        }
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(E::custom("null"))
    }
}

/// `["name", 1.5]`. A third element is another shape, where a tuple would call it broken JSON.
struct Pair(String, Box<RawValue>);

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairVisitor;

        impl<'de> Visitor<'de> for PairVisitor {
            type Value = Pair;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pair")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pair, A::Error> {
                let (name, value) = (list.next_element()?, list.next_element()?);
                match (name, value, list.next_element::<IgnoredAny>()?) {
                    (Some(name), Some(value), None) => Ok(Pair(name, value)),
                    (_, _, _) => Err(A::Error::custom("not a pair")),
                }
            }
        }

        deserializer.deserialize_seq(PairVisitor)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Limits, Malformed, Micros};

    use super::*;

    fn times(text: &str) -> Result<Vec<(String, Time)>, Malformed> {
        let mut found = Vec::new();
        crate::read(&mut text.as_bytes(), &Limits::default(), &mut |sample| {
            let Identity::Key(key) = &sample.identity else { panic!("a key") };
            found.push((key.to_string(), sample.time));
        })?;
        Ok(found)
    }

    #[track_caller]
    fn check(text: &str, wanted: &[(&str, Time)]) {
        let wanted: Vec<(String, Time)> =
            wanted.iter().map(|(key, time)| ((*key).to_owned(), *time)).collect();
        assert_eq!(times(text), Ok(wanted));
    }

    #[test]
    fn objects_and_lists_of_pairs_are_read() {
        let known = |micros| Time::Known(Micros(micros));
        check(r#"{"a.rb": 0.5, "b.rb": 1e-05}"#, &[("a.rb", known(500_000)), ("b.rb", known(10))]);
        check(
            r#"[["a.py::t", 2], ["b.py::t", 0.1]]"#,
            &[("a.py::t", known(2_000_000)), ("b.py::t", known(100_000))],
        );
        check("\u{feff}{}", &[]);
    }

    #[test]
    fn a_value_that_is_no_time_is_no_sample_of_one() {
        check(
            r#"{"a": null, "b": -1}"#,
            &[("a", Time::Unknown(WhyNoTime::Missing)), ("b", Time::Unknown(WhyNoTime::Negative))],
        );
    }

    #[track_caller]
    fn check_wrong(text: &str, found: Found, line: u64, column: u64) {
        let error = times(text).unwrap_err();
        assert_eq!((error.found, error.line, error.column), (found, line, column), "{text}");
    }

    #[test]
    fn what_is_no_map_of_seconds_is_refused_at_its_place() {
        check_wrong("{\"a\": 1,\n \"b\"", Found::End, 2, 5);
        check_wrong("{\"a\": 1,\n \"b\": NaN}", Found::BrokenJson, 2, 7);
        check_wrong("{\"a\": {\"b\": 1}}", Found::OtherJson, 1, 15);
        check_wrong("{\"a\": \"1\"}", Found::OtherJson, 1, 10);
        check_wrong("{\n", Found::End, 2, 1);
        check_wrong("{} x", Found::BrokenJson, 1, 4);
        check_wrong("[1]", Found::OtherJson, 1, 3);
    }

    #[test]
    fn a_bomb_of_brackets_ends_at_once() {
        let bomb = format!("{{\"a\": {}", "[".repeat(1_000_000));
        assert!(times(&bomb).is_err());
        assert!(times(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn an_entry_that_would_fill_the_memory_is_refused_before_it_does() {
        let long = "x".repeat(Limits::default().tag_bytes);
        for text in [
            format!("{{\"{long}\": 1}}"),
            format!("{{\"a\": \"{long}"),
            format!("{{\"a\": {{\"b\": \"{long}"),
            format!("{{\"a\": 1{long}"),
        ] {
            let error = times(&text).unwrap_err();
            assert!(matches!(error.found, Found::TooLong | Found::BrokenJson), "{error}");
            assert!(error.column < 70_000, "{error}");
        }
    }
}
