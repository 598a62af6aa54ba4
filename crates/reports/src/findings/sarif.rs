//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>, whose sections are
//! named in these files with `§`.
//!
//! The results are read one by one and handed over at once, because a log may have hundreds of
//! thousands of them. What they refer to (rules, artifacts, bases of paths) may stand behind them: then
//! the list is passed over, and read when the run is known.

mod components;
mod places;
mod results;
mod runs;
#[cfg(test)]
mod tests;

use std::fmt;

use memchr::memmem;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::json::Words;
use super::{Fault, Finding, Sink};
use crate::head::{Head, Value};
use runs::{Later, Run};

pub(super) const NAME: &str = "sarif";
pub(super) const WANTED: &str = "SARIF 2.1.0";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    // The version may stand behind the runs, out of sight.
    let has = |word: &str| memmem::find(head.text, word.as_bytes()).is_some();
    head.has("runs", Value::List)
        && (head.has("version", Value::Text)
            || head.has("$schema", Value::Text)
            || ["\"ruleId\"", "\"artifactLocation\"", "\"driver\""].into_iter().any(has))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let mut log =
        Log { bytes, sink, fault: None, later: Later::default(), runs: None, is_elsewhere: false };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = (&mut log).deserialize(&mut json).and_then(|()| json.end());
    if let Err(error) = read {
        return Err(log.fault.unwrap_or_else(|| Fault::of_json(&error, bytes, 0)));
    }
    let Some(runs) = log.runs else {
        return Err(Fault::wrong("no list of runs", bytes.len()));
    };
    if runs == 0 {
        log.sink.complain("no tool ran: the list of runs is empty", None);
    }
    if log.is_elsewhere {
        log.sink.complain("some of its results stand outside of its runs", None);
    }
    Ok(())
}

/// The whole document: `sarifLog` (§3.13).
struct Log<'a, 's, 't> {
    bytes: &'a [u8],
    sink: &'s mut Sink<'t, Finding>,
    /// What is wrong, where it is not JSON's.
    fault: Option<Fault>,
    later: Later,
    /// How many runs there are, once their list was seen.
    runs: Option<usize>,
    /// Whether `inlineExternalProperties` (§3.13.5) have results: parts of runs outside of them.
    is_elsewhere: bool,
}

/// Parts of a run outside of it (§4.3), of which some tools write only whose they are.
#[derive(Deserialize)]
struct External {
    results: Option<Vec<IgnoredAny>>,
}

impl<'a> DeserializeSeed<'a> for &mut Log<'a, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for &mut Log<'a, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SARIF log")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Words<'a>>()? {
            match &*key {
                b"version" => {
                    let version: Words<'a> = map.next_value()?;
                    if !version.starts_with(b"2.1.") {
                        return Err(A::Error::custom("another version"));
                    }
                }
                b"runs" if self.runs.is_some() => return Err(A::Error::duplicate_field("runs")),
                b"runs" => map.next_value_seed(Runs(self))?,
                b"inlineExternalProperties" => {
                    let elsewhere: Option<Vec<External>> = map.next_value()?;
                    let has_results = |it: &External| {
                        it.results.as_ref().is_some_and(|results| !results.is_empty())
                    };
                    self.is_elsewhere |= elsewhere.iter().flatten().any(has_results);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The list of runs, or `null` (§3.13.4: the producer failed to get any).
struct Runs<'l, 'a, 's, 't>(&'l mut Log<'a, 's, 't>);

impl<'a> DeserializeSeed<'a> for Runs<'_, 'a, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Runs<'_, 'a, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of runs")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.runs = Some(0);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        let mut count = 0;
        while list.next_element_seed(Run::new(self.0))?.is_some() {
            count += 1;
        }
        self.0.runs = Some(count);
        Ok(())
    }
}

/// A list of which each element is added to what is known, and none is kept.
trait Fold: Default {
    type Element;

    /// Adds an element; whether the list may go on.
    fn add(&mut self, element: Self::Element) -> bool;
}

/// What a list, or `null`, comes to.
#[derive(Debug, Default)]
struct Folded<F>(F);

impl<'de, F: Fold<Element: Deserialize<'de>>> Deserialize<'de> for Folded<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FoldVisitor<F>(F);

        impl<'de, F: Fold<Element: Deserialize<'de>>> Visitor<'de> for FoldVisitor<F> {
            type Value = Folded<F>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Folded(self.0))
            }

            fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
                while let Some(element) = list.next_element()? {
                    if !self.0.add(element) {
                        return Err(A::Error::custom("a list that is longer than any tool's"));
                    }
                }
                Ok(Folded(self.0))
            }
        }

        deserializer.deserialize_any(FoldVisitor(F::default()))
    }
}

/// A whole number from 0; nothing for any other number, such as the -1 that means "no index".
#[derive(Clone, Copy, Debug, Default)]
struct Whole(Option<u64>);

impl Whole {
    fn index(self) -> Option<usize> {
        self.0.and_then(|number| usize::try_from(number).ok())
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WholeVisitor;

        impl Visitor<'_> for WholeVisitor {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(Some(number)))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Whole, E> {
                Ok(Whole(None))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Whole, E> {
                Ok(Whole(None))
            }

            fn visit_unit<E: Error>(self) -> Result<Whole, E> {
                Ok(Whole(None))
            }
        }

        deserializer.deserialize_any(WholeVisitor)
    }
}
