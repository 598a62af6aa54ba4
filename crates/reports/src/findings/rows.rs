//! Documents of JSON with a list of rows, which are read one after the other.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use bstr::BString;
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Fault;
use crate::json_values::Text;

/// A document that is JSON from its first byte to its last.
pub(super) fn document<'b, D: Deserialize<'b>>(bytes: &'b [u8]) -> Result<D, Fault> {
    serde_json::from_slice(bytes).map_err(|error| Fault::of_json(&error, bytes, 0))
}

/// Reads the rows of `list`, which is a piece of `bytes`, and hands each over. `null` has none.
pub(super) fn each<R: DeserializeOwned>(
    list: &RawValue,
    bytes: &[u8],
    take: impl FnMut(R) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let start = list.get().as_ptr().addr().wrapping_sub(bytes.as_ptr().addr());
    let refused = RefCell::new(None);
    let rows = Rows { take, refused: &refused, row: PhantomData };
    let mut json = serde_json::Deserializer::from_str(list.get());
    let read = json.deserialize_any(rows).and_then(|()| json.end());
    match (read, refused.take()) {
        (_, Some(fault)) => Err(fault),
        (Err(error), None) => Err(Fault::of_json(&error, bytes, start)),
        (Ok(()), None) => Ok(()),
    }
}

struct Rows<'a, R, F> {
    take: F,
    refused: &'a RefCell<Option<Fault>>,
    row: PhantomData<R>,
}

impl<'de, R: Deserialize<'de>, F: FnMut(R) -> Result<(), Fault>> Visitor<'de> for Rows<'_, R, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or `null`")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(row) = list.next_element()? {
            if let Err(fault) = (self.take)(row) {
                *self.refused.borrow_mut() = Some(fault);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// A list that must be there; `null` is one without elements.
pub(super) fn list<T>(list: Option<Vec<T>>) -> Vec<T> {
    list.unwrap_or_default()
}

/// Text that says something.
pub(super) fn said(text: Option<Text>) -> Option<BString> {
    text.map(|Text(text)| text).filter(|text| !text.trim_ascii().is_empty())
}

/// A line or column: tools write 0 for one that they do not know.
pub(super) fn counted(number: Option<u64>) -> Option<u64> {
    number.filter(|number| *number > 0)
}

/// Where something is, as the tools of Terraform write it.
#[derive(Deserialize)]
pub(super) struct Range {
    filename: Option<Text>,
    start: Option<Start>,
}

#[derive(Deserialize)]
struct Start {
    line: Option<u64>,
    column: Option<u64>,
}

/// The file, the line and the column, as far as they are known.
pub(super) fn spot(range: Option<Range>) -> (Option<BString>, Option<u64>, Option<u64>) {
    let (path, start) = range.map_or((None, None), |range| (said(range.filename), range.start));
    let (line, column) = start.map_or((None, None), |start| (start.line, start.column));
    (path, counted(line), counted(column))
}

/// A text, or anything else, which is passed over.
#[derive(Debug, Default)]
pub(super) struct Word(pub(super) Option<BString>);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str::<Text>(raw.get()).ok().map(|Text(text)| text)))
    }
}
