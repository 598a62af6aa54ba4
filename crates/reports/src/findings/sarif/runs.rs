//! A run: what a tool did once (§3.14).

use std::borrow::Cow;
use std::fmt;

use bstr::BString;
use memchr::memmem;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::components::Components;
use super::places::{Artifacts, Bases};
use super::results::{Context, Results};
use super::{Fold, Folded, Log};
use crate::family::Fault;
use crate::findings::json::Words;
use crate::json_values::Text;

/// What a run's results refer to.
#[derive(Default)]
struct Known<'a> {
    components: Option<Components<'a>>,
    bases: Option<Bases<'a>>,
    artifacts: Option<Folded<Artifacts<'a>>>,
}

pub(super) struct Run<'l, 'a, 's, 't> {
    log: &'l mut Log<'a, 's, 't>,
}

impl<'l, 'a, 's, 't> Run<'l, 'a, 's, 't> {
    pub(super) fn new(log: &'l mut Log<'a, 's, 't>) -> Self {
        Self { log }
    }
}

impl<'a> DeserializeSeed<'a> for Run<'_, 'a, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// What became of a run's list of results.
enum Seen<'a> {
    /// There is none.
    Nothing,
    /// They were handed over.
    Read,
    /// They stand before what they refer to.
    Later(&'a RawValue),
}

impl<'a> Visitor<'a> for Run<'_, 'a, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a run")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let log = self.log;
        let mut known = Known::default();
        let mut seen = Seen::Nothing;
        let mut is_whole = true;
        while let Some(key) = map.next_key::<Words<'a>>()? {
            match &*key {
                b"tool" if known.components.is_some() => {
                    return Err(A::Error::duplicate_field("tool"));
                }
                b"tool" => known.components = Some(map.next_value()?),
                b"originalUriBaseIds" => known.bases = Some(map.next_value()?),
                b"artifacts" => known.artifacts = Some(map.next_value()?),
                b"invocations" => {
                    let invocations: Folded<Invocations> = map.next_value()?;
                    invocations.0.tell(log);
                }
                b"externalPropertyFileReferences" => {
                    let references: Option<References> = map.next_value()?;
                    is_whole &= references.is_none_or(|it| it.results.is_none());
                }
                b"results" if !matches!(seen, Seen::Nothing) => {
                    return Err(A::Error::duplicate_field("results"));
                }
                b"results" if log.are_all_seen(&known, &key) => {
                    let context = known.context();
                    let (sink, fault) = (&mut *log.sink, &mut log.fault);
                    let is_list = map.next_value_seed(Results { context, sink, fault })?;
                    seen = if is_list { Seen::Read } else { Seen::Nothing };
                }
                b"results" => seen = Seen::Later(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let Some((tool, version)) = known.components.as_ref().map(Components::driver) else {
            return Err(A::Error::missing_field("tool"));
        };
        if let Seen::Later(raw) = seen {
            let context = known.context();
            let mut json = serde_json::Deserializer::from_str(raw.get());
            let (sink, fault) = (&mut *log.sink, &mut log.fault);
            let read = Results { context, sink, fault }.deserialize(&mut json);
            match read {
                Ok(is_list) => seen = if is_list { Seen::Read } else { Seen::Nothing },
                Err(error) => {
                    let start = offset(log.bytes, raw.get().as_bytes()).unwrap_or_default();
                    log.fault.get_or_insert_with(|| Fault::of_json(&error, log.bytes, start));
                    return Err(A::Error::custom("refused"));
                }
            }
        }
        if matches!(seen, Seen::Nothing) {
            // §3.14.23: a tool that looked and found nothing writes an empty list.
            let why = "a run without a list of results: the tool did not look";
            log.sink.complain(why, Some(tool.clone()));
        }
        if !is_whole {
            log.sink.complain("some of its results stand in other files", None);
        }
        log.sink.tool(tool, version);
        Ok(())
    }
}

impl<'a> Known<'a> {
    fn context(&self) -> Context<'_, 'a> {
        Context {
            components: self.components.as_ref(),
            bases: self.bases.as_ref(),
            artifacts: self.artifacts.as_ref().map(|artifacts| &artifacts.0),
        }
    }
}

impl<'a> Log<'a, '_, '_> {
    /// Whether all that the results behind `key` refer to was seen. What has the name of something that
    /// is looked for and stands anywhere behind may be it.
    fn are_all_seen(&mut self, known: &Known<'a>, key: &Words<'a>) -> bool {
        let Cow::Borrowed(key) = key.0 else { return false };
        let Some(at) = offset(self.bytes, key) else { return false };
        known.components.is_some()
            && (known.bases.is_some() || !self.later.bases.is_after(self.bytes, at, BASES))
            && (known.artifacts.is_some()
                || !self.later.artifacts.is_after(self.bytes, at, ARTIFACTS))
    }
}

/// Where a piece of `bytes` stands in it.
fn offset(bytes: &[u8], piece: &[u8]) -> Option<usize> {
    piece.as_ptr().addr().checked_sub(bytes.as_ptr().addr()).filter(|at| *at <= bytes.len())
}

const BASES: &[u8] = b"\"originalUriBaseIds\"";
const ARTIFACTS: &[u8] = b"\"artifacts\"";

/// Where the next of two words stands, so that each byte is looked at once.
#[derive(Default)]
pub(super) struct Later {
    bases: Next,
    artifacts: Next,
}

#[derive(Default)]
struct Next(Option<usize>);

impl Next {
    fn is_after(&mut self, bytes: &[u8], at: usize, word: &[u8]) -> bool {
        if self.0.is_none_or(|next| next < at) {
            let rest = bytes.get(at..).unwrap_or_default();
            self.0 = Some(memmem::find(rest, word).map_or(usize::MAX, |found| at + found));
        }
        self.0 != Some(usize::MAX)
    }
}

/// Parts of the run in other files (§3.14.2).
#[derive(Deserialize)]
struct References {
    results: Option<IgnoredAny>,
}

/// What the tool says of how it ran (§3.20).
#[derive(Default)]
struct Invocations {
    has_failed: bool,
    /// What it says of that.
    failure: Option<BString>,
    error: Option<BString>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: Option<bool>,
    exit_code_description: Option<Text>,
    #[serde(default)]
    tool_execution_notifications: Folded<Notifications>,
    #[serde(default)]
    tool_configuration_notifications: Folded<Notifications>,
}

/// The first notification of level `error`, which means that results may be missing (§3.58.6).
#[derive(Default)]
struct Notifications(Option<BString>);

#[derive(Deserialize)]
struct Notification {
    level: Option<Text>,
    message: Option<Said>,
}

#[derive(Deserialize)]
struct Said {
    text: Option<Text>,
}

impl Fold for Notifications {
    type Element = Notification;

    fn add(&mut self, it: Notification) -> bool {
        if self.0.is_none() && it.level.is_some_and(|level| level.0 == b"error") {
            let said = it.message.and_then(|message| message.text);
            self.0 = Some(said.map_or_else(|| "an error".into(), |said| said.0));
        }
        true
    }
}

impl Fold for Invocations {
    type Element = Invocation;

    fn add(&mut self, it: Invocation) -> bool {
        let error =
            it.tool_execution_notifications.0.0.or(it.tool_configuration_notifications.0.0);
        if it.execution_successful == Some(false) {
            self.has_failed = true;
            let said = it.exit_code_description.map(|said| said.0);
            self.failure = self.failure.take().or(said).or(error);
        } else {
            self.error = self.error.take().or(error);
        }
        true
    }
}

impl Invocations {
    fn tell(self, log: &mut Log<'_, '_, '_>) {
        if self.has_failed {
            log.sink.complain("the tool says that it did not finish", self.failure);
        }
        if self.error.is_some() {
            log.sink.complain("the tool says that it met an error", self.error);
        }
    }
}
