//! `*` and `**`.

use crate::glob::dialect::Refused;
use crate::glob::dialect::pieces::{GLOBSTAR, NO_DOT_SLASH, NO_DOTS_SLASH, NOT_END, SLASH, STAR};
use crate::glob::dialect::reader::Reader;
use crate::glob::dialect::token::{Kind, Token};
use crate::glob::text::{Letter, Text, begins};

impl Reader<'_> {
    pub(super) fn star(&mut self, letter: Letter) -> Result<(), Refused> {
        let is_third = self.token(self.last).is_some_and(|last| last.is_many_stars);
        if is_third || self.kind() == Kind::Globstar {
            self.change_last(|last| {
                last.kind = Kind::Star;
                last.is_many_stars = true;
                last.value.push(letter);
                last.output = Some(Text::made(STAR, letter.at));
            });
            self.makes_again = true;
            return Ok(());
        }
        if self.peeks('(') && self.rest().get(1).is_some_and(|second| !second.is('?')) {
            return self.group_opened(letter);
        }
        if self.kind() == Kind::Star {
            self.second_star(letter);
            return Ok(());
        }
        self.begin_of_name(letter);
        self.push(Token::of(Kind::Star, letter).making(Text::made(STAR, letter.at)));
        Ok(())
    }

    /// A `*` at the beginning of a name does not match the names `.` and `..`, nor nothing.
    fn begin_of_name(&mut self, letter: Letter) {
        let kind = self.kind();
        if self.next != self.start + 1 && !matches!(kind, Kind::Slash | Kind::Dot) {
            return;
        }
        let mut begin = Text::default();
        begin.add(if kind == Kind::Dot { NO_DOT_SLASH } else { NO_DOTS_SLASH }, letter.at);
        if !self.peeks('*') {
            begin.add(NOT_END, letter.at);
        }
        self.made.extend(begin.letters());
        self.change_last(|last| last.output.get_or_insert_default().extend(begin.letters()));
    }

    fn second_star(&mut self, letter: Letter) {
        let before = self.token(self.last).map_or(0, |last| last.before);
        let kind = self.token(before).map_or(Kind::Begin, |token| token.kind);
        // What stands before the token before the star, which the first token of all lacks.
        let earlier =
            self.token(before).filter(|_| before != 0).and_then(|it| self.token(it.before));
        let earlier = earlier.map(|token| token.kind);
        let is_start = matches!(kind, Kind::Slash | Kind::Begin);
        let after_star = matches!(earlier, Some(Kind::Star | Kind::Globstar));
        let in_brace = !self.braces.is_empty() && matches!(kind, Kind::Comma | Kind::Brace);
        if !is_start && kind != Kind::Paren && !in_brace {
            return self.push(Token::of(Kind::Star, letter).making(Text::default()));
        }
        while begins(self.rest(), "/**") && self.rest().get(3).is_none_or(|next| next.is('/')) {
            self.next += 3;
        }
        let slash_follows = self.peeks('/');
        let after_name = kind == Kind::Slash && earlier != Some(Kind::Begin);
        if kind == Kind::Begin && (self.is_end() || slash_follows) {
            self.first_globstar(letter);
        } else if after_name && !after_star && self.is_logical_end() {
            self.globstar_after_slash(letter, before, &[GLOBSTAR, "|$)"]);
        } else if after_name && slash_follows {
            let end = if self.rest().len() > 1 { "|$)" } else { ")" };
            self.globstar_after_slash(letter, before, &[GLOBSTAR, SLASH, "|", SLASH, end]);
            self.slash_read();
        } else {
            let star = self.token(self.last).map_or(0, |star| star.made().len());
            self.made.drop_last(star);
            self.becomes_globstar(letter, &[GLOBSTAR]);
        }
    }

    /// `**` as the whole pattern, or before its first `/`.
    fn first_globstar(&mut self, letter: Letter) {
        self.made.truncate(0);
        if self.is_end() {
            self.becomes_globstar(letter, &[GLOBSTAR]);
        } else {
            self.becomes_globstar(letter, &["(?:^|", SLASH, "|", GLOBSTAR, SLASH, ")"]);
            self.slash_read();
        }
    }

    /// `/**`, whose `/` may be missing together with what follows: `a/**` matches `a`.
    fn globstar_after_slash(&mut self, letter: Letter, slash: usize, pieces: &[&str]) {
        let star = self.token(self.last).map_or(0, |star| star.made().len());
        let mut group = Text::made("(?:", letter.at);
        if let Some(slash) = self.arena.get_mut(slash) {
            group.extend(slash.made().letters());
            self.made.drop_last(slash.made().len() + star);
            slash.output = Some(group.clone());
        }
        self.made.extend(group.letters());
        self.becomes_globstar(letter, pieces);
    }

    fn becomes_globstar(&mut self, letter: Letter, pieces: &[&str]) {
        let mut output = Text::default();
        for piece in pieces {
            output.add(piece, letter.at);
        }
        self.made.extend(output.letters());
        self.change_last(|last| {
            last.kind = Kind::Globstar;
            last.value.push(letter);
            last.output = Some(output);
        });
    }

    /// The `/` behind a `**` that has made its piece of expression already.
    fn slash_read(&mut self) {
        if let Some(slash) = self.rest().first().copied() {
            self.next += 1;
            self.push(Token::of(Kind::Slash, slash).making(Text::default()));
        }
    }

    /// Whether nothing follows, or only the ends of the open groups, of which none is `!(...)`.
    fn is_logical_end(&self) -> bool {
        let rest = self.rest();
        let closes_all = i64::try_from(rest.len()).is_ok_and(|length| length == self.parens);
        let is_closing = self.parens > 0 && closes_all && rest.iter().all(|letter| letter.is(')'));
        self.is_end() || (is_closing && !self.groups.iter().any(|group| group.letter == '!'))
    }

    /// What looked like a `**` is a `*`, because of what follows.
    pub(super) fn globstar_is_star(&mut self) {
        let at = self.token(self.last).and_then(|last| last.value.letters().first());
        let at = at.map_or(0, |first| first.at);
        let length = self.token(self.last).map_or(0, |last| last.made().len());
        self.made.drop_last(length);
        self.made.add(STAR, at);
        self.change_last(|last| {
            last.kind = Kind::Star;
            last.value = Text::made("*", at);
            last.output = Some(Text::made(STAR, at));
        });
    }
}
