//! What cargo's and rustc's messages share: lines, and the shape of a diagnostic.
//!
//! The structs are ours rather than those of the crate `cargo_metadata`: that one takes a line of
//! broken JSON for text, so that a report that was cut off reads as a shorter one, and keeps every
//! child, span and explanation, which no gate looks at.

use serde::Deserialize;

use super::{Diagnostic, Level, Message, Spot, Take};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::json_values::Text;

/// Hands each line that begins as an object does to `take`, with the byte at which it begins. All other
/// lines are another program's: what cargo prints besides, and what tests print.
pub(super) fn each<'a>(
    bytes: &[u8],
    sink: &mut Sink<'a, Message>,
    take: Take<'_, 'a>,
) -> Result<(), Fault> {
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or(rest);
        if line.starts_with(b"{") {
            if length > sink.bounds.line_bytes {
                return Err(Fault::new(Found::TooLong, start));
            }
            take(line, start, sink)?;
        }
        start += length + 1;
    }
    Ok(())
}

/// What stands in one line, or why it does not.
pub(super) fn parsed<'l, T: Deserialize<'l>>(line: &'l [u8], start: usize) -> Result<T, Fault> {
    serde_json::from_slice(line).map_err(|error| {
        let mut fault = Fault::of_json(&error, line, 0);
        fault.at += start;
        fault
    })
}

/// A diagnostic (The rustc book, "JSON Output"; rustc 1.95 wrote the fixtures). What no gate looks at is
/// left out.
#[derive(Deserialize)]
pub(super) struct Told {
    message: Text,
    code: Option<Code>,
    level: Text,
    #[serde(default)]
    spans: Vec<Span>,
    rendered: Option<Text>,
}

#[derive(Deserialize)]
struct Code {
    code: Text,
}

#[derive(Deserialize)]
struct Span {
    file_name: Text,
    line_start: u64,
    column_start: u64,
    is_primary: bool,
}

/// What rustc says last about a whole crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// `2 warnings emitted`.
    Warnings,
    /// `aborting due to 2 previous errors; 1 warning emitted`.
    Errors,
}

impl Told {
    /// Which closing remark it is, if it is one.
    pub(super) fn closing(&self) -> Option<Closing> {
        if self.code.is_some() || !self.spans.is_empty() {
            return None;
        }
        let message = &self.message.0;
        if message.starts_with(b"aborting due to ") {
            return Some(Closing::Errors);
        }
        let is_count = message.first().is_some_and(u8::is_ascii_digit);
        let ends = [&b" warning emitted"[..], b" warnings emitted"];
        let is_warnings = is_count && ends.iter().any(|end| message.ends_with(end));
        is_warnings.then_some(Closing::Warnings)
    }

    /// The diagnostic, of a line that begins at `at`.
    pub(super) fn diagnostic(self, at: usize) -> Result<Diagnostic, Fault> {
        let level = match (self.closing(), self.level.0.as_slice()) {
            (Some(_), _) | (None, b"note" | b"help" | b"failure-note") => Level::Note,
            (None, b"warning") => Level::Warning,
            (None, b"error") => Level::Error,
            (None, b"error: internal compiler error") => Level::CompilerFailure,
            (None, _) => return Err(Fault::wrong("a level that rustc does not have", at)),
        };
        let spot = self.spans.into_iter().find(|span| span.is_primary).map(|span| Spot {
            file: span.file_name.0,
            line: span.line_start,
            column: span.column_start,
        });
        Ok(Diagnostic {
            level,
            code: self.code.map(|code| code.code.0),
            message: self.message.0,
            rendered: self.rendered.map(|rendered| rendered.0),
            package: None,
            target: None,
            spot,
        })
    }
}
