//! What the JSON formats share: values, and maps and lists that are read one entry at a time.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::Found;
use crate::family::Fault;
use crate::json_values::Text;

/// Where a reader leaves why it stopped; `serde_json` knows where.
pub(super) type Refused = Cell<Option<Found>>;

/// Reads one document and nothing after it.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    refused: &Refused,
    document: S,
) -> Result<S::Value, Fault> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = document.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    read.map_err(|error| {
        let fault = Fault::of_json(&error, bytes, 0);
        Fault { found: refused.get().unwrap_or(fault.found), ..fault }
    })
}

/// Leaves why, and stops.
pub(super) fn stop<E: Error>(refused: &Refused, found: Found) -> E {
    refused.set(Some(found));
    E::custom("refused")
}

/// Leaves why a fault stops the reading.
pub(super) fn fault<E: Error>(refused: &Refused, fault: Fault) -> E {
    stop(refused, fault.found)
}

/// Reads an object whose values are all of one shape, one at a time.
pub(super) struct Each<'r, V, F> {
    refused: &'r Refused,
    take: F,
    shape: PhantomData<fn() -> V>,
}

impl<'r, V, F> Each<'r, V, F> {
    pub(super) fn new(refused: &'r Refused, take: F) -> Self {
        Self { refused, take, shape: PhantomData }
    }
}

impl<'de, V: Deserialize<'de>, F: FnMut(Text, V) -> Result<(), Fault>> DeserializeSeed<'de>
    for Each<'_, V, F>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, V: Deserialize<'de>, F: FnMut(Text, V) -> Result<(), Fault>> Visitor<'de>
    for Each<'_, V, F>
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key()? {
            let value = map.next_value()?;
            (self.take)(key, value).map_err(|found| fault(self.refused, found))?;
        }
        Ok(())
    }
}

/// Reads a list whose elements are all of one shape, one at a time.
pub(super) struct Every<'r, V, F> {
    refused: &'r Refused,
    take: F,
    shape: PhantomData<fn() -> V>,
}

impl<'r, V, F> Every<'r, V, F> {
    pub(super) fn new(refused: &'r Refused, take: F) -> Self {
        Self { refused, take, shape: PhantomData }
    }
}

impl<'de, V: Deserialize<'de>, F: FnMut(V) -> Result<(), Fault>> DeserializeSeed<'de>
    for Every<'_, V, F>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, V: Deserialize<'de>, F: FnMut(V) -> Result<(), Fault>> Visitor<'de> for Every<'_, V, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element()? {
            (self.take)(value).map_err(|found| fault(self.refused, found))?;
        }
        Ok(())
    }
}

/// Whether a count is more than none, however large the number is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits(pub(super) bool);

impl<'de> Deserialize<'de> for Hits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Hits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Hits, E> {
                Ok(Hits(number > 0))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Hits, E> {
                Ok(Hits(number > 0))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Hits, E> {
                Ok(Hits(number > 0.0))
            }
        }

        deserializer.deserialize_any(Number)
    }
}

/// A count of a summary.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Sum {
    /// Istanbul's word, or LLVM's.
    #[serde(alias = "count")]
    total: u32,
    covered: u32,
}

impl Sum {
    /// How many were run, and how many there are.
    pub(super) fn counts(self) -> (u32, u32) {
        (self.covered, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, wanted: Option<bool>) {
        assert_eq!(serde_json::from_str(json).ok().map(|Hits(is_hit)| is_hit), wanted, "{json}");
    }

    #[test]
    fn a_count_may_be_of_any_size() {
        check("0", Some(false));
        check("1", Some(true));
        check("-1", Some(false));
        check("99999999999999999999999", Some(true));
        check("0.0", Some(false));
        check("\"1\"", None);
        check("null", None);
        check("NaN", None);
    }
}
