//! What picomatch makes of a pattern: the source of a JavaScript regular expression.
//!
//! picomatch has no grammar. It goes through a pattern once, and joins pieces of expression by
//! rules about the token before and the letters behind. An expression may then not be one at all, or
//! mean what nobody meant; whatever it is, it is what users' patterns match with, so it is made here
//! by the same rules. They were read in and tried with picomatch 4.0.7.

mod classes;
mod groups;
pub(super) mod pieces;
mod reader;
mod risk;
mod shortcuts;
mod stars;
mod token;

use super::text::{Letter, Text};

/// How long a pattern may be, in UTF-16 code units (picomatch's `MAX_LENGTH`).
const LONGEST: usize = 1 << 16;

/// Why picomatch, or we, refuse a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The byte of the pattern where it goes wrong.
    pub(super) at: usize,
    pub(super) why: &'static str,
}

/// A pattern as an expression.
#[derive(Debug)]
pub(super) struct Reading {
    /// What picomatch puts between `^(?:` and `)$`.
    pub(super) body: Text,
    /// How many `!` turn the whole round, and whether their number is odd.
    pub(super) negation: Negation,
}

/// The `!` before a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Negation {
    pub(super) is_odd: bool,
    /// Where the rest of the pattern begins, in bytes.
    pub(super) end: usize,
}

impl Reading {
    /// The whole expression.
    pub(super) fn source(&self) -> Text {
        let end = self.body.letters().last().map_or(0, |last| last.at);
        let mut source = Text::default();
        source.add(if self.negation.is_odd { "^(?!^(?:" } else { "^(?:" }, 0);
        source.extend(self.body.letters());
        source.add(if self.negation.is_odd { ")$).*$" } else { ")$" }, end);
        source
    }
}

/// Reads a pattern as `picomatch(pattern, { dot: true })` does.
pub(super) fn read(pattern: &Text) -> Result<Reading, Refused> {
    let letters = pattern.letters();
    if letters.is_empty() {
        return Err(Refused { at: 0, why: "it is empty" });
    }
    if let Some(first_too_many) = letters.get(LONGEST) {
        let why = "it is longer than the 65536 UTF-16 code units that picomatch takes";
        return Err(Refused { at: first_too_many.at, why });
    }
    if let Some(body) = shortcuts::common(letters) {
        return Ok(Reading { body, negation: Negation::default() });
    }
    let letters = shortcuts::without_prefix(shortcuts::replaced(letters));
    if let Some(body) = shortcuts::simple(letters) {
        return Ok(Reading { body, negation: Negation::default() });
    }
    reader::Reader::new(letters).read()
}

/// Reads what stands behind a group, which takes no shortcut.
fn read_behind(letters: &[Letter]) -> Result<Text, Refused> {
    let letters = shortcuts::without_prefix(shortcuts::replaced(letters));
    reader::Reader::new(letters).read().map(|reading| reading.body)
}
