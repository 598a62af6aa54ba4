//! Values that several formats of JSON have.

use std::fmt;

use bstr::BString;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{Time, Unit, WhyNoTime, time};

/// A text as bytes: half a surrogate pair, which a name that JavaScript cut may end with, is no
/// reason to refuse a report.
#[derive(Debug, Default)]
pub(crate) struct Text(pub(crate) BString);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_bytes<E: Error>(self, text: &[u8]) -> Result<Text, E> {
                Ok(Text(text.into()))
            }
        }

        deserializer.deserialize_bytes(TextVisitor)
    }
}

/// A value that nobody depends on: of another shape, or not there, it is nothing.
#[derive(Debug)]
pub(crate) struct Loose<T>(pub(crate) Option<T>);

impl<T> Default for Loose<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(value.get()).ok()))
    }
}

/// A number of seconds; `null` is no time.
#[derive(Debug)]
pub(crate) struct Seconds(pub(crate) Time);

impl Default for Seconds {
    fn default() -> Self {
        Self(Time::Unknown(WhyNoTime::Missing))
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        in_unit(deserializer, Unit::Seconds).map(Self)
    }
}

/// A number of milliseconds; `null` is no time.
#[derive(Debug)]
pub(crate) struct Milliseconds(pub(crate) Time);

impl Default for Milliseconds {
    fn default() -> Self {
        Self(Time::Unknown(WhyNoTime::Missing))
    }
}

impl<'de> Deserialize<'de> for Milliseconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        in_unit(deserializer, Unit::Milliseconds).map(Self)
    }
}

/// The number with its own digits, read without a float between.
fn in_unit<'de, D: Deserializer<'de>>(deserializer: D, unit: Unit) -> Result<Time, D::Error> {
    let number = Option::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(number.map_or(Time::Unknown(WhyNoTime::Missing), |number| {
        time::read(number.get().as_bytes(), unit)
    }))
}

#[cfg(test)]
mod tests {
    use crate::Micros;

    use super::*;

    #[track_caller]
    fn check(json: &str, wanted: Time) {
        assert_eq!(serde_json::from_str::<Milliseconds>(json).unwrap().0, wanted, "{json}");
    }

    #[test]
    fn a_number_is_a_time_and_nothing_else_is() {
        check("12.5", Time::Known(Micros(12_500)));
        check("null", Time::Unknown(WhyNoTime::Missing));
        check("-1", Time::Unknown(WhyNoTime::Negative));
        check("\"12\"", Time::Unknown(WhyNoTime::NotANumber));
        check("[1]", Time::Unknown(WhyNoTime::NotANumber));
    }

    #[test]
    fn what_nobody_depends_on_may_have_any_shape() {
        #[track_caller]
        fn check(json: &str, wanted: Option<u64>) {
            assert_eq!(serde_json::from_str::<Loose<u64>>(json).unwrap().0, wanted, "{json}");
        }
        check("1", Some(1));
        check("\"1\"", None);
        check("{\"a\": [null]}", None);
        check("null", None);
        assert!(serde_json::from_str::<Loose<u64>>("{").is_err());
    }

    #[test]
    fn a_text_may_end_in_half_a_character() {
        let text: Text = serde_json::from_str(r#""a\ud83d""#).unwrap();
        assert_eq!(text.0, b"a\xed\xa0\xbd");
        assert!(serde_json::from_str::<Text>("1").is_err());
        assert!(serde_json::from_str::<Text>("[1]").is_err());
    }
}
