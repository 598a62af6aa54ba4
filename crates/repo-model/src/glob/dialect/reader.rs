//! Goes through a pattern once, letter by letter.

use crate::glob::dialect::classes::Class;
use crate::glob::dialect::pieces::{DOT, ONE, PLUS, SLASH};
use crate::glob::dialect::token::{Brace, Group, Kind, Token};
use crate::glob::dialect::{Negation, Reading, Refused};
use crate::glob::text::{Letter, Text};

/// How many parentheses and braces may be open at once. picomatch has no limit but its stack, and
/// takes time that grows with the square of the depth.
const DEEPEST: usize = 200;

/// What is open, as far as a comma asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Paren,
    Bracket,
    Brace,
}

#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) letters: &'a [Letter],
    /// The letter to be read next. Beyond the end, picomatch reads for ever.
    pub(super) next: usize,
    /// Where the pattern begins, behind each `!` and `./`.
    pub(super) start: usize,
    /// The expression so far. It is not always what the tokens make.
    pub(super) made: Text,
    /// All tokens there have been; the others name them by their place here.
    pub(super) arena: Vec<Token>,
    /// Those that count.
    pub(super) tokens: Vec<usize>,
    /// The token before, which may have been taken off the list.
    pub(super) last: usize,
    pub(super) parens: i64,
    pub(super) braces: Vec<Brace>,
    pub(super) in_class: bool,
    pub(super) in_quotes: bool,
    pub(super) groups: Vec<Group>,
    pub(super) open: Vec<Open>,
    /// Whether the expression is made again from the tokens at the end.
    pub(super) makes_again: bool,
    pub(super) negation: Negation,
    pub(super) class: Class,
    /// Where the last `]` stands.
    last_bracket: Option<usize>,
    /// Where the last `<` stands that `(?<!`, `(?<=` or `(?<name>` may have.
    last_angle: Option<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(letters: &'a [Letter]) -> Self {
        Self {
            letters,
            next: 0,
            start: 0,
            made: Text::default(),
            arena: vec![Token::new(Kind::Begin, Text::default()).making(Text::default())],
            tokens: vec![0],
            last: 0,
            parens: 0,
            braces: Vec::new(),
            in_class: false,
            in_quotes: false,
            groups: Vec::new(),
            open: Vec::new(),
            makes_again: false,
            negation: Negation::default(),
            class: Class::default(),
            last_bracket: letters.iter().rposition(|letter| letter.is(']')),
            last_angle: last_angle(letters),
        }
    }

    pub(super) fn read(mut self) -> Result<Reading, Refused> {
        while let Some(letter) = self.letters.get(self.next).copied() {
            self.next += 1;
            self.letter(letter)?;
        }
        self.finish();
        Ok(Reading { body: self.made, negation: self.negation })
    }

    /// Closes what is still open, and makes the expression again where that is needed.
    fn finish(&mut self) {
        if self.in_class {
            self.made.escape_last('[');
        }
        for _ in 0..self.parens {
            self.made.escape_last('(');
        }
        for _ in 0..self.braces.len() {
            self.made.escape_last('{');
        }
        if matches!(self.kind(), Kind::Star | Kind::Bracket) {
            let at = self.letters.last().map_or(0, |last| last.at);
            let optional = Text::made("\\/?", at);
            self.push(Token::new(Kind::Other, Text::default()).making(optional));
        }
        if self.makes_again {
            let mut made = Text::default();
            for token in &self.tokens {
                if let Some(token) = self.arena.get(*token) {
                    made.extend(token.made().letters());
                }
            }
            self.made = made;
        }
    }

    fn letter(&mut self, letter: Letter) -> Result<(), Refused> {
        let mut value = Text::default();
        value.push(letter);
        match letter.char() {
            '\0' => return Ok(()),
            '\\' => match self.escaped(letter)? {
                Some(inside) => value = inside,
                None => return Ok(()),
            },
            _ => {}
        }
        if self.in_class && (!value.is("]") || self.is_class_empty()) {
            return self.class_letter(&value);
        }
        if self.in_quotes && !letter.is('"') {
            let mut escaped = Text::default();
            escaped.extend_escaped(value.letters());
            self.made.extend(escaped.letters());
            self.change_last(|last| last.value.extend(escaped.letters()));
            return Ok(());
        }
        match letter.char() {
            '"' => self.in_quotes = !self.in_quotes,
            '(' => {
                self.opened(Open::Paren, letter)?;
                self.push(Token::of(Kind::Paren, letter));
            }
            ')' => self.paren_closed(letter)?,
            '[' => self.class_opened(letter)?,
            ']' => self.class_closed(letter),
            '{' => self.brace_opened(letter)?,
            '}' => self.brace_closed(letter),
            ',' => self.comma(letter),
            '/' => self.slash(letter),
            '.' => self.dot(letter),
            '?' => self.question_mark(letter)?,
            '!' if self.begins_group(letter) => self.group_opened(letter)?,
            '!' if self.next == 1 => self.negate(),
            '+' => self.plus(letter)?,
            '@' if self.peeks('(') && !self.peeks_at(1, '?') => {
                let at = Token::of(Kind::Other, letter).of_extglob();
                self.push(at.making(Text::default()));
            }
            '@' | '|' => self.push(Token::of(Kind::Text, letter)),
            '*' => self.star(letter)?,
            _ => self.plain(letter),
        }
        Ok(())
    }

    /// A `\` and what it makes literal; given back where it belongs to a class.
    fn escaped(&mut self, backslash: Letter) -> Result<Option<Text>, Refused> {
        let mut value = Text::default();
        value.push(backslash);
        let Some(next) = self.rest().first().copied() else {
            value.push(backslash);
            self.push(Token::new(Kind::Text, value));
            return Ok(None);
        };
        if matches!(next.char(), '/' | '.' | ';') {
            return Ok(None);
        }
        let more = self.rest().iter().take_while(|letter| letter.is('\\')).count();
        if more > 2 {
            self.next += more;
            if more % 2 == 1 {
                value.push(backslash);
            }
        }
        let Some(literal) = self.rest().first().copied() else {
            let why = "it ends in four or more `\\`, at which picomatch never ends";
            return Err(Refused { at: backslash.at, why });
        };
        self.next += 1;
        value.push(literal);
        if self.in_class {
            return Ok(Some(value));
        }
        self.push(Token::new(Kind::Text, value));
        Ok(None)
    }

    /// Adds a token, and puts a `**` back to a `*` where what follows does not let it be more.
    pub(super) fn push(&mut self, token: Token) {
        if self.kind() == Kind::Globstar {
            let in_brace =
                !self.braces.is_empty() && matches!(token.kind, Kind::Comma | Kind::Brace);
            let in_group =
                token.is_extglob || (!self.groups.is_empty() && token.kind == Kind::Paren);
            if !matches!(token.kind, Kind::Slash | Kind::Paren) && !in_brace && !in_group {
                self.globstar_is_star();
            }
        }
        if token.kind != Kind::Paren
            && let Some(group) = self.groups.last_mut()
        {
            group.inner.add(&token.value);
        }
        self.made.extend(token.made().letters());
        if let Some(last) = self.arena.get_mut(self.last)
            && last.kind == Kind::Text
            && token.kind == Kind::Text
        {
            let made = last.output.take().filter(|made| !made.is_empty());
            let mut made = made.unwrap_or_else(|| last.value.clone());
            made.extend(token.value.letters());
            last.output = Some(made);
            last.value.extend(token.value.letters());
            return;
        }
        let id = self.arena.len();
        self.arena.push(Token { before: self.last, ..token });
        self.tokens.push(id);
        self.last = id;
    }

    /// What is still to be read.
    pub(super) fn rest(&self) -> &'a [Letter] {
        self.letters.get(self.next..).unwrap_or_default()
    }

    pub(super) fn is_end(&self) -> bool {
        self.next == self.letters.len()
    }

    /// Whether this letter comes next.
    pub(super) fn peeks(&self, wanted: char) -> bool {
        self.peeks_at(0, wanted)
    }

    /// Whether this letter comes after so many others.
    pub(super) fn peeks_at(&self, ahead: usize, wanted: char) -> bool {
        self.rest().get(ahead).is_some_and(|letter| letter.is(wanted))
    }

    pub(super) fn token(&self, id: usize) -> Option<&Token> {
        self.arena.get(id)
    }

    /// Changes the token before.
    pub(super) fn change_last(&mut self, change: impl FnOnce(&mut Token)) {
        if let Some(last) = self.arena.get_mut(self.last) {
            change(last);
        }
    }

    /// The kind of the token before.
    pub(super) fn kind(&self) -> Kind {
        self.token(self.last).map_or(Kind::Begin, |token| token.kind)
    }

    /// Whether the token before is written so.
    pub(super) fn last_is(&self, words: &str) -> bool {
        self.token(self.last).is_some_and(|token| token.value.is(words))
    }

    pub(super) fn opened(&mut self, open: Open, letter: Letter) -> Result<(), Refused> {
        self.open.push(open);
        match open {
            Open::Paren => self.parens += 1,
            Open::Bracket => self.in_class = true,
            Open::Brace => {}
        }
        if self.open.len() > DEEPEST {
            let why = "more than 200 parentheses and braces are open here";
            return Err(Refused { at: letter.at, why });
        }
        Ok(())
    }

    /// A `)` too many is literal, but the one after it is not: by then the count is below zero.
    fn paren_closed(&mut self, letter: Letter) -> Result<(), Refused> {
        if let Some(group) = self.groups.pop_if(|group| self.parens == group.parens + 1) {
            return self.group_closed(&group, letter);
        }
        let made = if self.parens == 0 { "\\)" } else { ")" };
        self.push(Token::of(Kind::Paren, letter).making(Text::made(made, letter.at)));
        self.parens -= 1;
        self.open.pop();
        Ok(())
    }

    fn comma(&mut self, letter: Letter) {
        let mut made = Text::made(",", letter.at);
        if self.open.last() == Some(&Open::Brace)
            && let Some(brace) = self.braces.last_mut()
        {
            brace.has_comma = true;
            made = Text::made("|", letter.at);
        }
        self.push(Token::of(Kind::Comma, letter).making(made));
    }

    fn slash(&mut self, letter: Letter) {
        // `./` at the beginning, also behind a `!`, is left out.
        if self.kind() == Kind::Dot && self.next == self.start + 2 {
            self.start = self.next;
            self.made.truncate(0);
            self.tokens.pop();
            self.last = 0;
            return;
        }
        self.push(Token::of(Kind::Slash, letter).making(Text::made(SLASH, letter.at)));
    }

    fn dot(&mut self, letter: Letter) {
        if self.kind() == Kind::Dot
            && let Some(brace) = self.braces.last_mut()
        {
            brace.has_dots = true;
            self.change_last(|last| {
                last.kind = Kind::Dots;
                last.output.get_or_insert_default().push(letter);
                last.value.push(letter);
            });
            return;
        }
        let braces = i64::try_from(self.braces.len()).unwrap_or(i64::MAX);
        let is_text =
            braces + self.parens == 0 && !matches!(self.kind(), Kind::Begin | Kind::Slash);
        let kind = if is_text { Kind::Text } else { Kind::Dot };
        self.push(Token::of(kind, letter).making(Text::made(DOT, letter.at)));
    }

    fn question_mark(&mut self, letter: Letter) -> Result<(), Refused> {
        let after_paren = self.last_is("(");
        if !after_paren && self.peeks('(') && !self.peeks_at(1, '?') {
            return self.group_opened(letter);
        }
        if self.kind() != Kind::Paren {
            self.push(Token::of(Kind::Other, letter).making(Text::made(ONE, letter.at)));
            return Ok(());
        }
        // `(?=`, `(?!`, `(?<name>` and `(?:` go into the expression as they are, and so does the
        // `?` behind a group.
        let next = self.rest().first().map_or('\0', |next| next.char());
        let is_special = "!=<:".contains(next);
        let is_named = self.last_angle.is_some_and(|angle| angle >= self.next);
        let mut token = Token::of(Kind::Text, letter);
        if (after_paren && !is_special) || (next == '<' && !is_named) {
            token = token.making(Text::made("\\?", letter.at));
        } else {
            token = token.making(Text::made("?", letter.at));
        }
        self.push(token);
        Ok(())
    }

    /// Whether the `!` just read begins a group.
    fn begins_group(&self, letter: Letter) -> bool {
        let third = self.rest().get(2).map_or('\0', |third| third.char());
        letter.is('!') && self.peeks('(') && (!self.peeks_at(1, '?') || !"!=<:".contains(third))
    }

    fn negate(&mut self) {
        let mut count = 1;
        while self.peeks('!') && (!self.peeks_at(1, '(') || self.peeks_at(2, '?')) {
            self.next += 1;
            self.start += 1;
            count += 1;
        }
        if count % 2 == 1 {
            self.start += 1;
            self.negation.is_odd = true;
        }
        self.negation.end = self.rest().first().map_or(usize::MAX, |first| first.at);
    }

    fn plus(&mut self, letter: Letter) -> Result<(), Refused> {
        if self.peeks('(') && !self.peeks_at(1, '?') {
            return self.group_opened(letter);
        }
        let after_closed = matches!(self.kind(), Kind::Bracket | Kind::Paren | Kind::Brace);
        let token = if self.last_is("(") {
            Token::of(Kind::Plus, letter).making(Text::made(PLUS, letter.at))
        } else if after_closed || self.parens > 0 {
            // It repeats what stands before it.
            Token::of(Kind::Plus, letter)
        } else {
            Token::new(Kind::Plus, Text::made(PLUS, letter.at))
        };
        self.push(token);
        Ok(())
    }

    /// A letter that stands for itself, with all that do behind it.
    fn plain(&mut self, letter: Letter) {
        let mut value = Text::default();
        if letter.is('$') || letter.is('^') {
            value.add("\\", letter.at);
        }
        value.push(letter);
        let more =
            self.rest().iter().take_while(|next| !"@![].,$*+?^{}()|\\/".contains(next.char()));
        let more = more.count();
        value.extend(self.rest().get(..more).unwrap_or_default());
        self.next += more;
        self.push(Token::new(Kind::Text, value));
    }

    /// Whether a `]` comes.
    pub(super) fn has_bracket_ahead(&self) -> bool {
        self.last_bracket.is_some_and(|bracket| bracket >= self.next)
    }
}

/// Where the last `<` stands that is followed by `!`, `=`, or a word and `>`.
fn last_angle(letters: &[Letter]) -> Option<usize> {
    letters.iter().enumerate().rev().filter(|(_, letter)| letter.is('<')).find_map(|(index, _)| {
        let behind = letters.get(index + 1..)?;
        let word = behind.iter().take_while(|letter| letter.is_word()).count();
        let is_named = word > 0 && behind.get(word).is_some_and(|end| end.is('>'));
        (is_named || matches!(behind.first()?.char(), '!' | '=')).then_some(index)
    })
}
