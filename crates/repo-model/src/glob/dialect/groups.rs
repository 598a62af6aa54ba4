//! Braces, `{a,b}` and `{1..3}`, and extglobs, `?(...)`, `*(...)`, `+(...)`, `!(...)`.

use crate::glob::dialect::pieces::{GLOBSTAR, NOT_END, STAR};
use crate::glob::dialect::reader::{Open, Reader};
use crate::glob::dialect::risk::{Risk, of_repeated};
use crate::glob::dialect::token::{Brace, Group, Inner, Kind, Token};
use crate::glob::dialect::{Refused, read_behind};
use crate::glob::expression;
use crate::glob::text::{Letter, Text};

impl Reader<'_> {
    pub(super) fn brace_opened(&mut self, letter: Letter) -> Result<(), Refused> {
        self.opened(Open::Brace, letter)?;
        let brace = Brace {
            token: self.arena.len(),
            made: self.made.len(),
            tokens: self.tokens.len(),
            has_comma: false,
            has_dots: false,
        };
        self.braces.push(brace);
        self.push(Token::of(Kind::Brace, letter).making(Text::made("(", letter.at)));
        Ok(())
    }

    pub(super) fn brace_closed(&mut self, letter: Letter) {
        let Some(brace) = self.braces.last() else {
            return self.push(Token::of(Kind::Text, letter).making(Text::made("}", letter.at)));
        };
        let mut token = Token::of(Kind::Brace, letter);
        let (opened, made, first) = (brace.token, brace.made, brace.tokens);
        if brace.has_dots {
            let range = self.range(letter.at);
            token = token.making(range);
            self.makes_again = true;
        } else if brace.has_comma {
            token = token.making(Text::made(")", letter.at));
        } else {
            // Braces around one thing are letters.
            if let Some(open) = self.arena.get_mut(opened) {
                let at = open.value.letters().first().map_or(0, |first| first.at);
                open.value = Text::made("\\{", at);
                open.output = Some(open.value.clone());
            }
            self.made.truncate(made);
            for token in self.tokens.get(first..).unwrap_or_default() {
                if let Some(token) = self.arena.get(*token) {
                    self.made.extend(token.made_or_value().letters());
                }
            }
            let close = Text::made("\\}", letter.at);
            token = Token::new(Kind::Brace, close.clone()).making(close);
        }
        self.push(token);
        self.braces.pop();
        self.open.pop();
    }

    /// Takes the tokens of a range off the list, and makes a class: `{1..3}` is `[1-3]`, and so
    /// `{1..10}` is `[1-10]`, which is `0` or `1`. What would be no class is text with `..` in it,
    /// which is any two characters.
    fn range(&mut self, at: usize) -> Text {
        let mut ends: Vec<Text> = Vec::new();
        while let Some(token) = self.tokens.pop().and_then(|token| self.arena.get(token)) {
            if token.kind == Kind::Brace {
                break;
            }
            if token.kind != Kind::Dots {
                ends.push(token.value.clone());
            }
        }
        ends.sort_by_cached_key(|end| {
            end.letters().iter().map(|letter| letter.unit).collect::<Vec<u16>>()
        });
        let mut class = Text::made("[", at);
        for (index, end) in ends.iter().enumerate() {
            class.add(if index == 0 { "" } else { "-" }, at);
            class.extend(end.letters());
        }
        class.add("]", at);
        if expression::parse(class.letters()).is_ok() {
            return class;
        }
        let mut text = Text::default();
        for (index, end) in ends.iter().enumerate() {
            text.add(if index == 0 { "" } else { ".." }, at);
            text.extend_escaped(end.letters());
        }
        text
    }

    /// A letter and a `(`, which comes next.
    pub(super) fn group_opened(&mut self, letter: Letter) -> Result<(), Refused> {
        let Some(paren) = self.rest().first().copied() else { return Ok(()) };
        let group = Group {
            letter: letter.char(),
            parens: self.parens,
            made: self.made.len(),
            begin: self.next.saturating_sub(1),
            tokens: self.tokens.len(),
            inner: Inner::default(),
        };
        self.opened(Open::Paren, letter)?;
        let first = if self.made.is_empty() { NOT_END } else { "" };
        let kind = if letter.is('*') { Kind::Star } else { Kind::Other };
        self.push(Token::of(kind, letter).making(Text::made(first, letter.at)));
        self.next += 1;
        let open = if letter.is('!') { "(?:(?!(?:" } else { "(?:" };
        let open = Token::of(Kind::Paren, paren).making(Text::made(open, letter.at));
        self.push(open.of_extglob());
        self.groups.push(group);
        Ok(())
    }

    pub(super) fn group_closed(&mut self, group: &Group, letter: Letter) -> Result<(), Refused> {
        let repeats = matches!(group.letter, '+' | '*');
        let begin = self.letters.get(group.begin).map_or(0, |begin| begin.at);
        let written = self.letters.get(group.begin..self.next).unwrap_or_default();
        let body = match written {
            [_, _, body @ .., _] if repeats => body,
            _ => &[],
        };
        let end = match if repeats { of_repeated(body, begin) } else { Risk::None } {
            Risk::None => match group.letter {
                '!' => self.end_of_negation(group, letter)?,
                '+' => Text::made(")+", letter.at),
                '*' => Text::made(")*", letter.at),
                _ => Text::made(")?", letter.at),
            },
            Risk::Literal => {
                let mut text = Text::default();
                text.extend_escaped(written);
                self.take_back(group, written, text)?;
                Text::default()
            }
            Risk::Characters(characters) => {
                let first = if group.made == 0 { NOT_END } else { "" };
                let mut text = Text::made(first, begin);
                text.extend(characters.letters());
                self.take_back(group, written, text)?;
                Text::default()
            }
        };
        self.push(Token::of(Kind::Paren, letter).making(end).of_extglob());
        self.parens -= 1;
        self.open.pop();
        Ok(())
    }

    /// Makes something else of a group that has been read: what its tokens made is left out.
    fn take_back(&mut self, group: &Group, written: &[Letter], text: Text) -> Result<(), Refused> {
        let tokens = self.tokens.get(group.tokens..).unwrap_or_default();
        let Some((first, others)) = tokens.split_first() else {
            // A range has taken the tokens off the list.
            let at = written.first().map_or(0, |first| first.at);
            let why = "a group that begins inside of a range is not closed there; picomatch fails";
            return Err(Refused { at, why });
        };
        for other in others {
            if let Some(other) = self.arena.get_mut(*other) {
                other.value = Text::default();
                other.output = Some(Text::default());
            }
        }
        self.made.set_length(group.made + text.len());
        self.makes_again = true;
        if let Some(first) = self.arena.get_mut(*first) {
            first.kind = Kind::Text;
            first.value = Text::default();
            first.value.extend(written);
            first.output = Some(text);
        }
        Ok(())
    }

    /// The end of `!(...)`: whatever is in it must not match what follows, then anything may come.
    ///
    /// "What follows" is the end of the path if the group is the end of the pattern, what stands
    /// behind the group if that is an extension, and otherwise whatever comes.
    fn end_of_negation(&mut self, group: &Group, letter: Letter) -> Result<Text, Refused> {
        let has_path = group.inner.length > 1 && group.inner.has_slash;
        let anything = if has_path { GLOBSTAR } else { STAR };
        let behind = self.rest();
        let is_last = behind.iter().all(|letter| letter.is(')'));
        let mut end = Text::default();
        let is_extension = behind.split_first().is_some_and(|(dot, name)| {
            let is_name = |letter: &Letter| !matches!(letter.char(), '\\' | '/' | '.');
            dot.is('.') && !name.is_empty() && name.iter().all(is_name)
        });
        end.add(")", letter.at);
        if group.inner.has_star && is_extension {
            end.extend(read_behind(behind)?.letters());
        } else if has_path || is_last {
            end.add("$))", letter.at);
            end.add(anything, letter.at);
            return Ok(end);
        }
        end.add(")", letter.at);
        end.add(anything, letter.at);
        end.add(")", letter.at);
        Ok(end)
    }
}
