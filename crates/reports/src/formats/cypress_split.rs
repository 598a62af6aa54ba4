//! cypress-split's `timings.json`: a list of files, each with its milliseconds (cypress-split 1.25).

use serde::Deserialize;
use serde::de::{DeserializeSeed as _, MapAccess, SeqAccess};

use super::Sink;
use crate::head::{Head, Value};
use crate::json_stream::{self, AsList, AsObject, List, Object, Samples, seen};
use crate::json_values::{Milliseconds, Text};
use crate::position::Counted;
use crate::{Found, Identity, Outcome, Sample};

pub(super) const NAME: &str = "cypress-split";
pub(super) const WANTED: &str = "the timings of cypress-split";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.has("durations", Value::List)
}

pub(super) fn read(input: &mut Counted<'_>, sink: &mut Sink<'_>) -> Result<(), Found> {
    json_stream::read(input, sink, sink.limits().tag_bytes, |samples, json| {
        let mut timings = Timings { samples, has_durations: false };
        AsObject(&mut timings).deserialize(json)?;
        seen(timings.has_durations)
    })
}

struct Timings<'s, 'a, 'b> {
    samples: &'s mut Samples<'a, 'b>,
    has_durations: bool,
}

impl Object for Timings<'_, '_, '_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "durations" {
            self.has_durations = true;
            return map.next_value_seed(AsList(Specs(self.samples)));
        }
        self.samples.pass_over(map)
    }
}

struct Specs<'s, 'a, 'b>(&'s mut Samples<'a, 'b>);

impl List for Specs<'_, '_, '_> {
    fn element<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(spec) = list.next_element::<Spec>()? else { return Ok(false) };
        let path = Identity::Key(spec.spec.0);
        self.0.push(Sample::new(path, Outcome::Passed, spec.duration.0))?;
        Ok(true)
    }
}

#[derive(Deserialize)]
struct Spec {
    spec: Text,
    #[serde(default)]
    duration: Milliseconds,
}
