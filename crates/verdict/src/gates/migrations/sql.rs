//! SQL as words, so far as it has to be known to tell its statements apart: comments, quoted text, quoted
//! names and dollar quotes (PostgreSQL documentation, 4.1 "Lexical Structure"; MySQL reference manual,
//! 9.1 "Literal Values" and 9.7 "Comments").
//!
//! Whether `\` escapes in a text depends on the database, so a text is read in both ways and what either
//! way shows counts: nothing hides behind a quote.

/// A word, a quoted name or a sign of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// As it is written, without quotes.
    pub(super) text: &'a [u8],
    /// The byte at which it begins.
    pub(super) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A name in quotes: no keyword.
    Name,
    /// A text, which says nothing here.
    Text,
    /// A text in dollar quotes.
    Dollar,
    Sign(u8),
}

impl Token<'_> {
    /// Whether it is this keyword, which is written in capitals.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword.as_bytes())
    }
}

/// The tokens of a text, and whether every quote and comment is closed.
pub(super) fn tokens(text: &[u8], has_escapes: bool) -> (Vec<Token<'_>>, bool) {
    let mut reader = Reader { text, at: 0, has_escapes, is_whole: true, tokens: Vec::new() };
    while reader.step() {}
    (reader.tokens, reader.is_whole)
}

/// Whether nothing is done: no statement but those that begin and end a transaction.
pub(super) fn is_empty(text: &[u8]) -> bool {
    const NOTHING: [&str; 7] =
        ["BEGIN", "COMMIT", "START", "TRANSACTION", "END", "WORK", "ROLLBACK"];
    let (tokens, _) = tokens(text, false);
    tokens
        .iter()
        .all(|token| token.kind == Kind::Sign(b';') || NOTHING.iter().any(|word| token.is(word)))
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    has_escapes: bool,
    is_whole: bool,
    tokens: Vec<Token<'a>>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let text = self.text.get(start..end).unwrap_or_default();
        self.tokens.push(Token { kind, text, at: start });
    }

    /// Reads on; whether there was something.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.first().copied() else { return false };
        match first {
            _ if first.is_ascii_whitespace() => self.at += 1,
            b'-' if rest.starts_with(b"--") => self.line_comment(),
            // MySQL's; elsewhere `#` is an operator, which no line begins with.
            b'#' if self.begins_line() => self.line_comment(),
            b'/' if rest.starts_with(b"/*!") => {
                // MySQL runs what stands in it.
                let digits = rest.iter().skip(3).take_while(|byte| byte.is_ascii_digit()).count();
                self.at += 3 + digits;
            }
            b'*' if rest.starts_with(b"*/") => self.at += 2,
            b'/' if rest.starts_with(b"/*") => self.block_comment(),
            b'\'' => self.quoted(b'\'', Kind::Text),
            b'"' => self.quoted(b'"', Kind::Name),
            b'`' => self.quoted(b'`', Kind::Name),
            b'$' if self.dollar() => {}
            _ if is_letter(first) => {
                let length = rest.iter().take_while(|byte| is_letter(**byte)).count();
                self.push(Kind::Word, self.at, self.at + length);
                self.at += length;
            }
            _ => {
                self.push(Kind::Sign(first), self.at, self.at + 1);
                self.at += 1;
            }
        }
        true
    }

    fn begins_line(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default();
        let other = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        other.is_none_or(|byte| *byte == b'\n')
    }

    fn line_comment(&mut self) {
        let rest = self.rest();
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    /// Comments in comments, as in PostgreSQL; a database that has none refuses them.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while let Some(pair) = self.rest().get(..2) {
            match pair {
                b"/*" => depth += 1,
                b"*/" => depth -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return;
            }
        }
        self.at = self.text.len();
        self.is_whole = false;
    }

    fn quoted(&mut self, quote: u8, kind: Kind) {
        let is_escape = self.tokens.last().is_some_and(|token| {
            token.at + token.text.len() == self.at && token.is("E") && kind == Kind::Text
        });
        let has_escapes = (self.has_escapes && quote != b'`') || is_escape;
        let start = self.at + 1;
        let mut at = start;
        while let Some(byte) = self.text.get(at).copied() {
            if byte == b'\\' && has_escapes {
                at += 2;
            } else if byte != quote {
                at += 1;
            } else if self.text.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                self.push(kind, start, at);
                self.at = at + 1;
                return;
            }
        }
        self.is_whole = false;
        self.at = self.text.len();
    }

    /// A text in dollar quotes, if one begins here.
    fn dollar(&mut self) -> bool {
        let rest = self.rest();
        let tag =
            rest.iter().skip(1).take_while(|byte| is_letter(**byte) && **byte != b'$').count();
        let Some(open) = rest.get(..tag + 2).filter(|open| open.ends_with(b"$")) else {
            return false;
        };
        if rest.get(1).is_some_and(u8::is_ascii_digit) {
            return false;
        }
        let inner = rest.get(open.len()..).unwrap_or_default();
        let start = self.at + open.len();
        if let Some(length) = bstr::ByteSlice::find(inner, open) {
            self.push(Kind::Dollar, start, start + length);
            self.at = start + length + open.len();
        } else {
            self.is_whole = false;
            self.at = self.text.len();
        }
        true
    }
}

/// Letters, digits, `_`, and every byte beyond ASCII.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice as _;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let (all, is_whole) = tokens(text.as_bytes(), false);
        let shown: Vec<String> = all
            .iter()
            .map(|token| match token.kind {
                Kind::Word | Kind::Sign(_) => token.text.as_bstr().to_string(),
                Kind::Name => format!("\"{}\"", token.text.as_bstr()),
                Kind::Text => format!("'{}'", token.text.as_bstr()),
                Kind::Dollar => format!("${}$", token.text.as_bstr()),
            })
            .collect();
        let end = if is_whole { "" } else { " ..." };
        assert_eq!(shown.join(" ") + end, wanted, "{text}");
    }

    #[test]
    fn comments_and_quotes_hide_what_is_in_them() {
        check("a -- DROP TABLE\nb", "a b");
        check("a /* x /* y */ DROP */ b", "a b");
        check("a 'DROP ''; TABLE' b", "a 'DROP ''; TABLE' b");
        check("a \"drop\" `table`;", "a \"drop\" \"table\" ;");
        check("a $$ drop; $x$ $$ $b$ $$ $b$ $1", "a $ drop; $x$ $ $ $$ $ $ 1");
        check("# it's a comment\na #> 'b'", "a # > 'b'");
        check("/*!40101 SET x */;", "SET x ;");
        check("E'it\\'s' 'it\\' s", "E 'it\\'s' 'it\\' s");
    }

    #[test]
    fn what_is_not_closed_is_known() {
        for text in ["'a", "\"a", "/* a", "/* /* */", "$$ a", "$x$ a $$"] {
            assert!(!tokens(text.as_bytes(), false).1, "{text}");
        }
    }

    #[test]
    fn comments_and_an_empty_transaction_do_nothing() {
        for text in
            ["", " \n-- nothing\n", "/* a */ ;;", "BEGIN; COMMIT;", "start transaction; end"]
        {
            assert!(is_empty(text.as_bytes()), "{text}");
        }
        assert!(!is_empty(b"SELECT 1") && !is_empty(b"-- a\nDROP TABLE b;") && !is_empty(b"''"));
    }

    proptest! {
        #[test]
        fn any_bytes_have_tokens_in_their_order(text in "[a-z'\"`$/*\\\\;# \n-]{0,60}", has_escapes: bool) {
            let (all, _) = tokens(text.as_bytes(), has_escapes);
            prop_assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
        }
    }
}
