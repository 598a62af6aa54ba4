//! Sentences made of our own words, numbers and foreign text, kept apart until they are rendered.

use std::fmt::{self, Write as _};

use crate::Foreign;

/// A sentence whose parts remember who wrote them.
///
/// Our words are `&'static str`: a string made at run time does not fit, so it has to be passed as
/// [`Foreign`] and is escaped. [`crate::text!`] builds one in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

/// One part of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words from our own source.
    Ours(&'static str),
    /// A number, in decimal digits.
    Number(u64),
    /// A number of thousandths, shown with three decimals: `Thousandths(1_004)` is `1.004`.
    Thousandths(u64),
    /// A duration in microseconds, shown for people: `7m12s`, `1.3s`, `20ms`.
    Micros(u64),
    /// Words from outside, escaped for where they go and set off as code: a name, a value.
    Foreign(Foreign),
    /// The words in which the system or a library says what is wrong, escaped in the same way, but
    /// read as part of the sentence. Make it with [`Piece::said`].
    Said(Foreign),
    /// Lines to be written into a file, shown below each other with their indentation.
    Lines(Foreign),
}

impl Piece {
    /// What an error says.
    pub fn said(error: &dyn fmt::Display) -> Self {
        Self::Said(Foreign::from(error.to_string().as_str()))
    }
}

impl Text {
    /// A sentence without words yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends words of ours.
    pub fn text(&mut self, words: &'static str) -> &mut Self {
        self.push(Piece::Ours(words))
    }

    /// Appends a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.push(Piece::Number(number))
    }

    /// Appends a duration in microseconds.
    pub fn micros(&mut self, micros: u64) -> &mut Self {
        self.push(Piece::Micros(micros))
    }

    /// Appends words from outside.
    pub fn foreign(&mut self, foreign: impl Into<Foreign>) -> &mut Self {
        self.push(Piece::Foreign(foreign.into()))
    }

    /// Appends any piece.
    pub fn push(&mut self, piece: impl Into<Piece>) -> &mut Self {
        self.0.push(piece.into());
        self
    }

    /// Appends all of another sentence.
    pub fn append(&mut self, other: Self) -> &mut Self {
        self.0.extend(other.0);
        self
    }

    /// The parts in order, for the code that renders them.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The sentence as plain text, for a document of ours that says what is foreign as it is: bytes that
    /// are not UTF-8 are replaced, nothing is escaped or left out. It is for no terminal and no log.
    pub fn unescaped(&self) -> String {
        let mut said = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Ours(words) => said.push_str(words),
                Piece::Number(number) | Piece::Micros(number) => said.push_str(&number.to_string()),
                Piece::Thousandths(number) => {
                    let _ = write!(said, "{}.{:03}", number / 1000, number % 1000);
                }
                Piece::Foreign(words) | Piece::Said(words) => {
                    said.push_str(&String::from_utf8_lossy(words.raw()));
                }
                Piece::Lines(lines) => {
                    said.push('\n');
                    said.push_str(&String::from_utf8_lossy(lines.raw()));
                }
            }
        }
        said
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&'static str> for Text {
    fn from(words: &'static str) -> Self {
        Self(vec![Piece::Ours(words)])
    }
}

impl From<Piece> for Text {
    fn from(piece: Piece) -> Self {
        Self(vec![piece])
    }
}

impl From<Foreign> for Text {
    fn from(foreign: Foreign) -> Self {
        Self(vec![Piece::Foreign(foreign)])
    }
}

impl From<&'static str> for Piece {
    fn from(words: &'static str) -> Self {
        Self::Ours(words)
    }
}

impl From<Foreign> for Piece {
    fn from(foreign: Foreign) -> Self {
        Self::Foreign(foreign)
    }
}

impl From<u64> for Piece {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Piece {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u16> for Piece {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Piece {
    fn from(number: usize) -> Self {
        // No machine has more than 2^64 of anything.
        Self::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

/// A [`Text`] of the pieces given: literals, numbers, [`Foreign`] and [`Piece`]s.
///
/// ```
/// use diagnostics::{Foreign, text};
/// let file = Foreign::from("a\nb.xml");
/// let said = text!["read ", 3_u64, " times from ", file];
/// assert_eq!(said.pieces().len(), 4);
/// ```
///
/// A string made at run time does not compile, which is the point:
///
/// ```compile_fail
/// use diagnostics::text;
/// let name = String::from("::set-output name=x::y");
/// let said = text!["ran ", name];
/// ```
#[macro_export]
macro_rules! text {
    [$($piece:expr),+ $(,)?] => {{
        let mut text = $crate::Text::new();
        $( text.push($piece); )+
        text
    }};
}

/// A number and what is counted: ` file`, ` files`.
pub fn counted(number: impl TryInto<u64>, one: &'static str, many: &'static str) -> Text {
    let number = number.try_into().unwrap_or(u64::MAX);
    let mut text = Text::new();
    text.number(number).text(if number == 1 { one } else { many });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_for_a_document_is_as_it_was_said() {
        let name = Foreign::new(&b"a\n`b\xff"[..]);
        let said = text!["took ", Piece::Thousandths(1_004), " of ", 12_345_u64, " by ", name];
        assert_eq!(said.unescaped(), "took 1.004 of 12345 by a\n`b\u{fffd}");
    }
}
