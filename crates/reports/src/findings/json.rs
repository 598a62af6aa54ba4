//! What the JSON of several scanners needs: texts that are not copied, lists of which only the first
//! element counts.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use bstr::BString;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A text as bytes, where it stands unless it has escapes. Half a surrogate pair is no reason to refuse
/// a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Words<'a>(pub(super) Cow<'a, [u8]>);

impl Words<'_> {
    pub(super) fn owned(&self) -> BString {
        BString::from(&*self.0)
    }
}

impl std::ops::Deref for Words<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// So that a map by them can be asked with any bytes.
impl std::borrow::Borrow<[u8]> for Words<'_> {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor;

        impl<'de> Visitor<'de> for WordsVisitor {
            type Value = Words<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_bytes<E: Error>(self, text: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Words(Cow::Borrowed(text)))
            }

            fn visit_bytes<E: Error>(self, text: &[u8]) -> Result<Self::Value, E> {
                Ok(Words(Cow::Owned(text.to_vec())))
            }
        }

        deserializer.deserialize_bytes(WordsVisitor)
    }
}

/// A text or a number, as it is written; nothing for anything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scalar(pub(super) Option<BString>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?.get();
        Ok(Self(match raw.as_bytes().first() {
            Some(b'"') => {
                let text: Words<'_> = serde_json::from_str(raw).map_err(Error::custom)?;
                Some(text.owned())
            }
            Some(b'-' | b'0'..=b'9') => Some(raw.into()),
            _ => None,
        }))
    }
}

/// The first element of a list; the others only have to be JSON.
#[derive(Clone, Debug)]
pub(super) struct First<T>(pub(super) Option<T>);

impl<T> Default for First<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
            type Value = First<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E: Error>(self) -> Result<First<T>, E> {
                Ok(First(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First<T>, A::Error> {
                let first = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }

        deserializer.deserialize_any(FirstVisitor(PhantomData))
    }
}

/// A list, or `null` in its place.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_not_copied_unless_it_has_escapes() {
        let words: Words<'_> = serde_json::from_str(r#""abc""#).unwrap();
        assert!(matches!(words.0, Cow::Borrowed(b"abc")));
        let words: Words<'_> = serde_json::from_str(r#""a\ud83d""#).unwrap();
        assert_eq!(&*words, b"a\xed\xa0\xbd");
        assert!(serde_json::from_str::<Words<'_>>("1").is_err());
        assert!(serde_json::from_str::<Words<'_>>("[1]").is_err());
    }

    #[test]
    fn only_the_first_element_is_kept_and_all_are_json() {
        assert_eq!(serde_json::from_str::<First<u8>>("[1, \"x\"]").unwrap().0, Some(1));
        assert_eq!(serde_json::from_str::<First<u8>>("[]").unwrap().0, None);
        assert_eq!(serde_json::from_str::<First<u8>>("null").unwrap().0, None);
        assert!(serde_json::from_str::<First<u8>>("[1, x]").is_err());
        assert!(serde_json::from_str::<First<u8>>("{}").is_err());
    }

    #[test]
    fn a_scalar_keeps_its_own_digits() {
        let check = |json: &str, wanted: Option<&str>| {
            let read: Scalar = serde_json::from_str(json).unwrap();
            assert_eq!(read.0, wanted.map(BString::from), "{json}");
        };
        check("7.50", Some("7.50"));
        check(r#""HI\u0047H""#, Some("HIGH"));
        check("null", None);
        check("[1]", None);
    }
}
