//! One thing that is wrong or worth knowing.

use crate::{Foreign, Place, Text};

/// How much a [`Problem`] matters. The order is from worst to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The answer is no, or cannot be trusted.
    Error,
    /// The answer stands, but somebody should look.
    Warning,
    /// Worth knowing.
    Notice,
}

/// One mistake or remark: what, where, why, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub level: Level,
    /// What is wrong, as a fragment that reads after `error: `: lower case, no full stop.
    pub message: Text,
    /// Where, if it has a place.
    pub place: Option<Place>,
    /// What stands at the place, as a short remark below it.
    pub label: Option<Text>,
    /// The source line at the place, if it is at hand.
    pub snippet: Option<Snippet>,
    /// The next step, as a sentence fragment that reads after `help: `.
    pub help: Option<Text>,
}

/// The line of a file in which a problem lies, without its line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The line's bytes. The renderer cuts long ones around the place.
    pub line: Foreign,
}

impl Snippet {
    /// The line of `bytes` that holds the byte at `offset`.
    pub fn of(bytes: &[u8], offset: usize) -> Self {
        let offset = offset.min(bytes.len());
        let (before, after) = bytes.split_at(offset);
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let length = after.iter().position(|byte| *byte == b'\n').unwrap_or(after.len());
        let line = bytes.get(start..offset + length).unwrap_or_default();
        Self { line: Foreign::new(line.strip_suffix(b"\r").unwrap_or(line)) }
    }
}

impl Problem {
    /// A problem that makes the answer no, or no answer.
    pub fn error(message: impl Into<Text>) -> Self {
        Self::new(Level::Error, message.into())
    }

    /// Something that somebody should look at.
    pub fn warning(message: impl Into<Text>) -> Self {
        Self::new(Level::Warning, message.into())
    }

    /// Something worth knowing.
    pub fn notice(message: impl Into<Text>) -> Self {
        Self::new(Level::Notice, message.into())
    }

    fn new(level: Level, message: Text) -> Self {
        Self { level, message, place: None, label: None, snippet: None, help: None }
    }

    /// The same problem, at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same problem, with a remark on what was found at its place.
    #[must_use]
    pub fn label(mut self, label: impl Into<Text>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same problem, with the source line it lies in.
    #[must_use]
    pub fn snippet(mut self, snippet: Snippet) -> Self {
        self.snippet = Some(snippet);
        self
    }

    /// The same problem, with the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text>) -> Self {
        self.help = Some(help.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], offset: usize, line: &[u8]) {
        assert_eq!(Snippet::of(bytes, offset).line.raw(), line);
    }

    #[test]
    fn a_snippet_is_the_whole_line_around_the_offset() {
        check(b"one\ntwo\r\nthree", 0, b"one");
        check(b"one\ntwo\r\nthree", 3, b"one");
        check(b"one\ntwo\r\nthree", 5, b"two");
        check(b"one\ntwo\r\nthree", 12, b"three");
        check(b"one\ntwo\r\nthree", 99, b"three");
        check(b"", 0, b"");
    }
}
