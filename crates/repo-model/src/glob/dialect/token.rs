//! What a pattern is read into: tokens, each with the piece of expression that it makes.

use crate::glob::text::{Letter, Text};

/// What kind of token it is, as far as a later letter asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Before the first letter.
    Begin,
    Text,
    Paren,
    Bracket,
    Brace,
    Comma,
    Slash,
    Dot,
    /// Two dots in braces: a range.
    Dots,
    Plus,
    Star,
    Globstar,
    /// Nothing asks for it.
    Other,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// What was read, with changes.
    pub(super) value: Text,
    /// What it makes, where that does not follow its value: what stands in quotes is added to the
    /// value alone, and is lost if the expression is made again.
    pub(super) output: Option<Text>,
    /// The token before it: one that may have been taken off the list since.
    pub(super) before: usize,
    /// Whether it belongs to a group with a letter before its parenthesis.
    pub(super) is_extglob: bool,
    /// Whether a third star has been seen.
    pub(super) is_many_stars: bool,
    /// Whether a class holds `[:`.
    pub(super) is_posix: bool,
}

impl Token {
    pub(super) fn new(kind: Kind, value: Text) -> Self {
        Self {
            kind,
            value,
            output: None,
            before: 0,
            is_extglob: false,
            is_many_stars: false,
            is_posix: false,
        }
    }

    /// A token of one letter.
    pub(super) fn of(kind: Kind, letter: Letter) -> Self {
        let mut value = Text::default();
        value.push(letter);
        Self::new(kind, value)
    }

    /// The same token, making something other than its value.
    pub(super) fn making(mut self, output: Text) -> Self {
        self.output = Some(output);
        self
    }

    /// The same token, part of a group with a letter before its parenthesis.
    pub(super) fn of_extglob(mut self) -> Self {
        self.is_extglob = true;
        self
    }

    /// What it adds to the expression.
    pub(super) fn made(&self) -> &Text {
        self.output.as_ref().unwrap_or(&self.value)
    }

    /// What it makes, or its value where it makes nothing.
    pub(super) fn made_or_value(&self) -> &Text {
        self.output.as_ref().filter(|output| !output.is_empty()).unwrap_or(&self.value)
    }
}

/// An open brace.
#[derive(Debug)]
pub(super) struct Brace {
    /// The token that opened it.
    pub(super) token: usize,
    /// How long the expression was.
    pub(super) made: usize,
    /// How many tokens there were.
    pub(super) tokens: usize,
    pub(super) has_comma: bool,
    pub(super) has_dots: bool,
}

/// An open group with a letter before its parenthesis, an extglob.
#[derive(Debug)]
pub(super) struct Group {
    /// The letter: one of `!`, `?`, `+`, `*`; `@` needs no such group.
    pub(super) letter: char,
    /// How many parentheses were open before it.
    pub(super) parens: i64,
    /// How long the expression was.
    pub(super) made: usize,
    /// Where it begins in the pattern.
    pub(super) begin: usize,
    /// How many tokens there were.
    pub(super) tokens: usize,
    /// Units, slashes and stars of the tokens in it that are in no inner group.
    pub(super) inner: Inner,
}

/// What is known of the tokens in a group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inner {
    pub(super) length: usize,
    pub(super) has_slash: bool,
    pub(super) has_star: bool,
}

impl Inner {
    pub(super) fn add(&mut self, value: &Text) {
        self.length += value.len();
        self.has_slash |= value.letters().iter().any(|letter| letter.is('/'));
        self.has_star |= value.letters().iter().any(|letter| letter.is('*'));
    }
}
