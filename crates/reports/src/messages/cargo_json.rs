//! The lines of cargo's `--message-format=json` (The Cargo Book, "External tools", "JSON messages";
//! cargo 1.95 wrote the fixtures).
//!
//! `build-finished` is the only proof of an end, also where `-D warnings` stopped the build at its first
//! finding: whatever follows the last of them is a build that was cut off. Several builds may stand one
//! after the other. Messages of kinds that are not known yet are passed over, as the book asks for.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::lines::{self, Told, parsed};
use super::{Artifact, Message, PackageId, Target};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::{Head, Value};
use crate::json_values::Text;

pub(super) const NAME: &str = "cargo-json";
pub(super) const WANTED: &str = "lines of cargo's `--message-format=json`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let is_message = head.line_has("package_id", Value::Text);
    head.line_has("reason", Value::Text) && (is_message || head.line_has("success", Value::Other))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Message>) -> Result<(), Fault> {
    let mut is_whole = false;
    lines::each(bytes, sink, &mut |line, at, sink| {
        let Kind { reason: Some(reason) } = parsed(line, at)? else { return Ok(()) };
        let message = match reason.get() {
            "\"compiler-message\"" => compiler_message(line, at)?,
            "\"compiler-artifact\"" => artifact(parsed(line, at)?),
            "\"build-script-executed\"" => {
                let Script { package_id } = parsed(line, at)?;
                Message::BuildScript(PackageId(package_id.0))
            }
            "\"build-finished\"" => {
                let End { success } = parsed(line, at)?;
                Message::Finished { success }
            }
            _ => return Ok(()),
        };
        is_whole = matches!(message, Message::Finished { .. });
        sink.tool("cargo", None);
        sink.push(message, at)
    })?;
    if is_whole { Ok(()) } else { Err(Fault::new(Found::End, bytes.len())) }
}

/// What a line is about. Of another program's JSON it may be anything, or not there.
#[derive(Deserialize)]
struct Kind<'l> {
    #[serde(borrow)]
    reason: Option<&'l RawValue>,
}

#[derive(Deserialize)]
struct Compiler {
    package_id: Text,
    target: Built,
    message: Told,
}

#[derive(Deserialize)]
struct Built {
    name: Text,
    kind: Vec<Text>,
}

#[derive(Deserialize)]
struct Output {
    package_id: Text,
    target: Built,
    filenames: Vec<Text>,
    fresh: bool,
}

#[derive(Deserialize)]
struct Script {
    package_id: Text,
}

#[derive(Deserialize)]
struct End {
    success: bool,
}

impl Built {
    fn target(self) -> Target {
        Target { name: self.name.0, kinds: self.kind.into_iter().map(|kind| kind.0).collect() }
    }
}

fn compiler_message(line: &[u8], at: usize) -> Result<Message, Fault> {
    let Compiler { package_id, target, message } = parsed(line, at)?;
    let mut diagnostic = message.diagnostic(at)?;
    diagnostic.package = Some(PackageId(package_id.0));
    diagnostic.target = Some(target.target());
    Ok(Message::Diagnostic(Box::new(diagnostic)))
}

fn artifact(output: Output) -> Message {
    Message::Artifact(Artifact {
        package: PackageId(output.package_id.0),
        target: output.target.target(),
        fresh: output.fresh,
        is_documentation: output.filenames.iter().any(|file| file.0.ends_with(b".html")),
    })
}
