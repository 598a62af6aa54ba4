//! The lines of rustc's `--error-format=json`, which clippy-driver and rustdoc write too (The rustc
//! book, "JSON Output"; rustc 1.95 wrote the fixtures).
//!
//! There is no message that says that a build ended. But after any warning or error rustc closes with a
//! count (`2 warnings emitted`, `aborting due to ...`), so that a report without one was cut off. Of a
//! crate about which there is nothing to say it writes nothing at all, and an empty report proves
//! nothing: use cargo's JSON.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Message;
use super::lines::{self, Closing, Told, parsed};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::{Head, Value};

pub(super) const NAME: &str = "rustc-json";
pub(super) const WANTED: &str = "lines of rustc's `--error-format=json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_diagnostic = || {
        let has_level = head.line_has("level", Value::Text);
        let has_parts = head.line_has("spans", Value::List) && head.line_has("children", Value::List);
        has_level && has_parts
    };
    head.line_has("$message_type", Value::Text) || is_diagnostic()
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Message>) -> Result<(), Fault> {
    let mut is_whole = false;
    lines::each(bytes, sink, &mut |line, at, sink| {
        let Kind { message_type, level } = parsed(line, at)?;
        // Before Rust 1.77 there was no `$message_type`.
        let is_diagnostic = match message_type {
            Some(kind) => kind.get() == "\"diagnostic\"",
            None => level.is_some(),
        };
        if !is_diagnostic {
            return Ok(());
        }
        let told: Told = parsed(line, at)?;
        let closing = told.closing();
        let diagnostic = told.diagnostic(at)?;
        sink.tool("rustc", None);
        // Notes may follow the count, and need none of their own.
        is_whole |= closing.is_some();
        is_whole &= closing.is_some() || diagnostic.level == super::Level::Note;
        sink.push(Message::Diagnostic(Box::new(diagnostic)), at)?;
        let Some(closing) = closing else { return Ok(()) };
        sink.push(Message::Finished { success: closing == Closing::Warnings }, at)
    })?;
    if is_whole { Ok(()) } else { Err(Fault::new(Found::End, bytes.len())) }
}

/// What a line is about. Of another program's JSON it may be anything, or not there.
#[derive(Deserialize)]
struct Kind<'l> {
    #[serde(borrow, rename = "$message_type")]
    message_type: Option<&'l RawValue>,
    #[serde(borrow)]
    level: Option<&'l RawValue>,
}
