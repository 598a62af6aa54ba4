//! Classes, `[...]`: they go into the expression nearly as they are.
//!
//! `[!a]` is `!` or `a`, only `[^a]` is anything but `a`; a class without wildcards in it also
//! matches itself as text, so `a[b]` matches `a[b]` and `ab`.

use crate::glob::dialect::Refused;
use crate::glob::dialect::pieces::NOT_END;
use crate::glob::dialect::reader::{Open, Reader};
use crate::glob::dialect::token::{Kind, Token};
use crate::glob::text::{Letter, Text, is};

/// What `[:name:]` stands for in a class, as picomatch has it.
const POSIX: &[(&str, &str)] = &[
    ("alnum", "a-zA-Z0-9"),
    ("alpha", "a-zA-Z"),
    ("ascii", "\\x00-\\x7F"),
    ("blank", " \\t"),
    ("cntrl", "\\x00-\\x1F\\x7F"),
    ("digit", "0-9"),
    ("graph", "\\x21-\\x7E"),
    ("lower", "a-z"),
    ("print", "\\x20-\\x7E "),
    ("punct", "\\-!\"#$%&'()\\*+,./:;<=>?@[\\]^_`{|}~"),
    ("space", " \\t\\r\\n\\v\\f"),
    ("upper", "A-Z"),
    ("word", "A-Za-z0-9_"),
    ("xdigit", "A-Fa-f0-9"),
];

/// What is known of the open class, so that nobody looks through it for every `:`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Class {
    /// How long its text is.
    length: usize,
    /// Where the last `[` stands that is not its first letter.
    last_open: Option<usize>,
    /// Whether there is a `:`.
    has_colon: bool,
}

impl Class {
    fn add(&mut self, text: &[Letter]) {
        if let Some(open) = text.iter().rposition(|letter| letter.is('[')) {
            self.last_open = Some(self.length + open).filter(|open| *open > 0).or(self.last_open);
        }
        self.has_colon |= text.iter().any(|letter| letter.is(':'));
        self.length += text.len();
    }

    fn of(text: &Text) -> Self {
        let mut class = Self::default();
        let (first, rest) = text.letters().split_at_checked(1).unwrap_or_default();
        class.add(first);
        class.add(rest);
        class
    }
}

impl Reader<'_> {
    /// A `[` is literal if no `]` comes.
    pub(super) fn class_opened(&mut self, letter: Letter) -> Result<(), Refused> {
        let mut value = Text::default();
        if self.has_bracket_ahead() {
            self.opened(Open::Bracket, letter)?;
        } else {
            value.add("\\", letter.at);
        }
        value.push(letter);
        self.class = Class::of(&value);
        self.push(Token::new(Kind::Bracket, value));
        Ok(())
    }

    /// Whether a `]` here is a letter of the class.
    pub(super) fn is_class_empty(&self) -> bool {
        self.last_is("[") || self.last_is("[^")
    }

    /// A letter in a class, or an escaped one.
    pub(super) fn class_letter(&mut self, value: &Text) -> Result<(), Refused> {
        if value.is(":")
            && let Some(open) = self.class.last_open
        {
            self.change_last(|last| last.is_posix = true);
            if self.class.has_colon && self.named_class(open)? {
                return Ok(());
            }
        }
        let at = value.letters().first().map_or(0, |first| first.at);
        let is_escaped = (value.is("[") && !self.peeks(':'))
            || (value.is("-") && self.peeks(']'))
            || value.is("]");
        let mut added = if is_escaped { Text::made("\\", at) } else { Text::default() };
        added.extend(value.letters());
        self.class.add(added.letters());
        self.made.extend(added.letters());
        self.change_last(|last| last.value.extend(added.letters()));
        Ok(())
    }

    /// Puts the characters of `[:name:]` in its place, whose second `:` has just been read. What
    /// follows should be `]`, and is left out whatever it is.
    fn named_class(&mut self, open: usize) -> Result<bool, Refused> {
        let Some(class) = self.token(self.last) else { return Ok(false) };
        let name = class.value.letters().get(open + 2..).unwrap_or_default();
        let Some((_, posix)) = POSIX.iter().find(|(known, _)| is(name, known)) else {
            return Ok(false);
        };
        let at = class.value.letters().get(open).map_or(0, |open| open.at);
        if self.is_end() {
            let why = "this class is not closed, at which picomatch never ends";
            return Err(Refused { at, why });
        }
        self.next += 1;
        self.change_last(|last| {
            last.value.truncate(open);
            last.value.add(posix, at);
        });
        self.class = self.token(self.last).map(|class| Class::of(&class.value)).unwrap_or_default();
        self.makes_again = true;
        let is_first = self.tokens.get(1) == Some(&self.last);
        if let Some(begin) = self.arena.first_mut().filter(|begin| begin.made().is_empty())
            && is_first
        {
            begin.output = Some(Text::made(NOT_END, at));
        }
        Ok(true)
    }

    pub(super) fn class_closed(&mut self, letter: Letter) {
        let Some(last) = self.token(self.last) else { return };
        let is_one_letter = last.kind == Kind::Bracket && last.value.len() == 1;
        if is_one_letter || !self.in_class {
            return self.push(Token::of(Kind::Text, letter).making(Text::made("\\]", letter.at)));
        }
        let inside = last.value.letters().get(1..).unwrap_or_default();
        let is_negated = inside.first().is_some_and(|first| first.is('^'));
        let has_slash = inside.iter().any(|letter| letter.is('/'));
        let mut end = Text::default();
        // What a class excludes, it excludes with the `/`.
        if is_negated && !last.is_posix && !has_slash {
            end.add("/", letter.at);
        }
        end.push(letter);
        let has_special = inside.iter().any(|letter| letter.is_special());
        self.in_class = false;
        self.open.pop();
        self.made.extend(end.letters());
        self.change_last(|last| last.value.extend(end.letters()));
        if has_special {
            return;
        }
        let Some(class) = self.token(self.last).map(|last| last.value.clone()) else { return };
        let mut both = Text::made("(?:", letter.at);
        both.extend_escaped(class.letters());
        both.add("|", letter.at);
        both.extend(class.letters());
        both.add(")", letter.at);
        self.made.drop_last(class.len());
        self.made.extend(both.letters());
        self.change_last(|last| last.value = both);
    }
}
