//! JSON that gives each test one number: an object from names to times, or a list of pairs.
//!
//! The numbers are seconds unless [`crate::Options`] say otherwise. Each keeps its own digits until
//! it is an integer of microseconds. `null` is no time. `NaN` and `Infinity`, which Python writes, are
//! not JSON: the report is refused at that place, as every JSON reader refuses it.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::formats::Sink;
use crate::json_stream::{self, Samples};
use crate::position::Counted;
use crate::{Found, Identity, Outcome, Sample, Time, Unit, WhyNoTime, time};

pub(crate) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    let longest = sink.limits().tag_bytes;
    json_stream::read(input, sink, longest, |samples, json| Entries(samples).deserialize(json))
}

/// The whole document, handed over entry by entry.
struct Entries<'s, 'a, 'b>(&'s mut Samples<'a, 'b>);

impl Entries<'_, '_, '_> {
    fn push<E: serde::de::Error>(&mut self, name: String, value: &RawValue) -> Result<(), E> {
        let time = number(value.get(), self.0.unit()).ok_or_else(|| E::custom("not a number"))?;
        let identity = Identity::Key(name.into());
        self.0.push(Sample::new(identity, Outcome::Passed, time))
    }
}

/// A JSON value as a time; nothing if it is neither a number nor null.
fn number(text: &str, unit: Unit) -> Option<Time> {
    match text.as_bytes().first()? {
        b'n' => Some(Time::Unknown(WhyNoTime::Missing)),
        b'-' | b'0'..=b'9' => Some(time::read(text.as_bytes(), unit)),
        _ => None,
    }
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from names to times, or a list of pairs")
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
    use crate::{Limits, Malformed, Micros, Options};

    use super::*;

    fn times(text: &str) -> Result<Vec<(String, Time)>, Malformed> {
        times_in(text, Unit::Seconds)
    }

    fn times_in(text: &str, unit: Unit) -> Result<Vec<(String, Time)>, Malformed> {
        let mut found = Vec::new();
        let options = Options { unit, ..Options::default() };
        crate::read(&mut text.as_bytes(), &options, &mut |sample| {
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
    fn the_numbers_are_milliseconds_where_that_is_said() {
        let times = times_in(r#"{"a.js": 1234, "b.js": 0.5}"#, Unit::Milliseconds).unwrap();
        let micros = [1_234_000, 500].map(|micros| Time::Known(Micros(micros)));
        assert_eq!(times.iter().map(|(_, time)| *time).collect::<Vec<_>>(), micros);
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
