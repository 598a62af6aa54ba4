//! An event's JSON payload, read by dotted paths so that an error can name what is missing.

use diagnostics::{Foreign, Place, Problem, offset, position, text};
use serde_json::Value;

/// A payload and the event it belongs to.
pub(crate) struct Payload {
    event: &'static str,
    value: Value,
}

/// Why a payload could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPayload {
    /// It is not JSON.
    #[error("the payload of `{event}` is not JSON (line {line}, column {column})")]
    NotJson {
        /// The event's name.
        event: &'static str,
        /// The line of the mistake, from 1.
        line: u64,
        /// The column of the mistake, from 1.
        column: u64,
    },
    /// Something that every payload of this event has is not there, or is something else.
    #[error("the payload of `{event}` has no `{path}`: expected {wanted}")]
    Missing {
        /// The event's name.
        event: &'static str,
        /// The dotted path of what is missing.
        path: &'static str,
        /// What should be there.
        wanted: &'static str,
    },
}

impl NotAPayload {
    /// The problem to tell, for the payload in `file`.
    pub fn problem(&self, file: &Foreign) -> Problem {
        let help = "give the event's payload as GitHub writes it to the file of GITHUB_EVENT_PATH";
        match *self {
            Self::NotJson { event, line, column } => {
                Problem::error(text!["the payload of the event `", event, "` is not JSON"])
                    .at(Place::at(file.clone(), line, column))
                    .help(help)
            }
            Self::Missing { event, path, wanted } => Problem::error(text![
                "the payload of the event `",
                event,
                "` has no `",
                path,
                "`: expected ",
                wanted
            ])
            .at(Place::file(file.clone()))
            .help(help),
        }
    }
}

impl Payload {
    pub(crate) fn parse(event: &'static str, bytes: &[u8]) -> Result<Self, NotAPayload> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match serde_json::from_slice(bytes) {
            Ok(value) => Ok(Self { event, value }),
            Err(error) => {
                // serde_json counts columns in bytes; ours are characters.
                let at = offset(bytes, error.line(), error.column());
                let (line, column) = position(bytes, at);
                Err(NotAPayload::NotJson { event, line, column })
            }
        }
    }

    /// What is at the dotted `path`; null counts as nothing.
    pub(crate) fn at(&self, path: &str) -> Option<&Value> {
        let mut value = &self.value;
        for step in path.split('.') {
            value = value.get(step)?;
        }
        Some(value).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, path: &'static str) -> Result<&str, NotAPayload> {
        self.at(path).and_then(Value::as_str).ok_or_else(|| self.unexpected(path, "a text"))
    }

    pub(crate) fn number(&self, path: &'static str) -> Result<u64, NotAPayload> {
        self.at(path).and_then(Value::as_u64).ok_or_else(|| self.unexpected(path, "a number"))
    }

    pub(crate) fn yes(&self, path: &'static str) -> Result<bool, NotAPayload> {
        self.at(path).and_then(Value::as_bool).ok_or_else(|| self.unexpected(path, "true or false"))
    }

    /// A text that some payloads of this event do not have.
    pub(crate) fn maybe_text(&self, path: &'static str) -> Result<Option<&str>, NotAPayload> {
        if self.at(path).is_some() { self.text(path).map(Some) } else { Ok(None) }
    }

    /// The texts below `path` of every element of the array at `list`.
    pub(crate) fn texts(&self, list: &'static str, path: &str) -> Result<Vec<&str>, NotAPayload> {
        let Some(value) = self.at(list) else {
            return Ok(Vec::new());
        };
        let elements = value.as_array().ok_or_else(|| self.unexpected(list, "a list"))?;
        elements
            .iter()
            .map(|element| {
                element
                    .get(path)
                    .and_then(Value::as_str)
                    .ok_or_else(|| self.unexpected(list, "a list of objects with names"))
            })
            .collect()
    }

    pub(crate) fn unexpected(&self, path: &'static str, wanted: &'static str) -> NotAPayload {
        NotAPayload::Missing { event: self.event, path, wanted }
    }
}
