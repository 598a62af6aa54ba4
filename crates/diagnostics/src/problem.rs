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
    /// The line's bytes, or, of a very long line, those around the place.
    pub line: Foreign,
    /// The column of the first of them, from 1, in characters.
    pub first_column: u64,
}

/// How many bytes of a line are kept on each side of the place.
const KEPT: usize = 1024;

impl Snippet {
    /// The line of `bytes` that holds the byte at `offset`.
    pub fn of(bytes: &[u8], offset: usize) -> Self {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.get(line_start..).unwrap_or_default();
        let column = bstr::ByteSlice::chars(line).count().saturating_add(1);
        Self::in_column(bytes, offset, u64::try_from(column).unwrap_or(u64::MAX))
    }

    /// The same where the column of that byte is known, from 1, in characters, so that a long line need not be
    /// gone through again.
    pub fn in_column(bytes: &[u8], offset: usize, column: u64) -> Self {
        Self::near(bytes, offset, column, KEPT)
    }

    /// The same with so many bytes of a long line on each side, for whoever keeps many of them.
    pub(crate) fn near(bytes: &[u8], offset: usize, column: u64, kept: usize) -> Self {
        let offset = offset.min(bytes.len());
        let (before, after) = bytes.split_at(offset);
        let cut = offset.saturating_sub(kept);
        let near = before.get(cut..).unwrap_or_default();
        let start = near.iter().rposition(|byte| *byte == b'\n').map_or(cut, |at| cut + at + 1);
        // A cut goes before a character, not into it.
        let is_cut = |at: &usize| bytes.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
        let start = (start..offset).find(|at| !is_cut(at)).unwrap_or(offset);
        let rest = after.get(..kept).unwrap_or(after);
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = bytes.get(start..offset + length).unwrap_or_default();
        let shown = bstr::ByteSlice::chars(bytes.get(start..offset).unwrap_or_default()).count();
        let shown = u64::try_from(shown).unwrap_or(u64::MAX);
        Self {
            line: Foreign::new(line.strip_suffix(b"\r").unwrap_or(line)),
            first_column: column.saturating_sub(shown).max(1),
        }
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

    #[test]
    fn of_a_huge_line_a_part_is_kept() {
        let line = "\u{e9}".repeat(1_000_000);
        let snippet = Snippet::of(line.as_bytes(), 1_000_000);
        assert_eq!(snippet.line.raw().len(), 2 * KEPT);
        assert_eq!(snippet.first_column, 500_000 - 512 + 1);
    }
}
