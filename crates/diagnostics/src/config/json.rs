//! JSON (RFC 8259) as the tree that TOML makes, so that one reader tells the mistakes of both.
//!
//! A key is there once, and no value is `null`: both would leave open what is meant. What is nested deeper
//! than [`DEEPEST`] is refused before it could exhaust the stack.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::MOST_PROBLEMS;

/// As deep as `toml` goes, near enough.
const DEEPEST: usize = 80;

/// What is wrong, and where.
pub(super) struct Wrong {
    pub(super) at: Range<usize>,
    pub(super) why: &'static str,
}

/// The table that a text is, as far as it can be read, and what is wrong with it.
pub(super) fn parse(text: &str) -> (DeTable<'_>, Vec<Wrong>) {
    let mut reader = Reader { text, at: 0, depth: 0, wrong: Vec::new() };
    reader.space();
    let mut table = DeTable::new();
    let read = if reader.next() == Some(b'{') {
        reader.object(&mut table).and_then(|()| {
            reader.space();
            if reader.next().is_none() { Ok(()) } else { Err("expected the end of the text") }
        })
    } else {
        Err("expected an object, which begins with `{`")
    };
    if let Err(why) = read {
        let at = reader.at;
        // Told in any case: nothing behind it was read.
        reader.wrong.truncate(MOST_PROBLEMS - 1);
        reader.wrong.push(Wrong { at: at..at, why });
    }
    (table, reader.wrong)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    wrong: Vec<Wrong>,
}

/// What ends the reading.
type Read<T> = Result<T, &'static str>;

impl<'t> Reader<'t> {
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on behind a byte, if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn run(&mut self, of: impl Fn(u8) -> bool) -> usize {
        let from = self.at;
        while self.next().is_some_and(&of) {
            self.at += 1;
        }
        self.at - from
    }

    fn space(&mut self) {
        self.run(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn wrong(&mut self, at: Range<usize>, why: &'static str) {
        if self.wrong.len() < MOST_PROBLEMS {
            self.wrong.push(Wrong { at, why });
        }
    }

    /// The members of an object, the first of which are kept where it cannot be read to its end.
    fn object(&mut self, table: &mut DeTable<'t>) -> Read<()> {
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            let from = self.at;
            if self.next() != Some(b'"') {
                return Err("expected a key in double quotes");
            }
            let key = self.string()?;
            let key = Spanned::new(from..self.at, key.into());
            self.space();
            if !self.take(b':') {
                return Err("expected `:`");
            }
            self.space();
            let value = self.value()?;
            if table.contains_key(&key) {
                self.wrong(key.span(), "expected each key once");
            } else if let Some(value) = value {
                table.insert(key, value);
            }
            self.space();
            if !self.take(b',') {
                return if self.take(b'}') { Ok(()) } else { Err("expected `,` or `}`") };
            }
        }
    }

    fn array(&mut self) -> Read<DeArray<'t>> {
        let mut array: DeArray<'t> = DeArray::default();
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Ok(array);
        }
        loop {
            self.space();
            if let Some(value) = self.value()? {
                array.push(value);
            }
            self.space();
            if !self.take(b',') {
                return if self.take(b']') { Ok(array) } else { Err("expected `,` or `]`") };
            }
        }
    }

    /// A value; nothing of `null`, which is told.
    fn value(&mut self) -> Read<Option<Spanned<DeValue<'t>>>> {
        let from = self.at;
        let value = match self.next() {
            Some(b'{' | b'[') if self.depth == DEEPEST => {
                return Err("expected values that are nested less deeply");
            }
            Some(b'{') => {
                self.depth += 1;
                let mut table = DeTable::new();
                self.object(&mut table)?;
                self.depth -= 1;
                DeValue::Table(table)
            }
            Some(b'[') => {
                self.depth += 1;
                let array = self.array()?;
                self.depth -= 1;
                DeValue::Array(array)
            }
            Some(b'"') => DeValue::String(self.string()?.into()),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) | None => {
                self.run(|byte| byte.is_ascii_alphabetic());
                match self.text.get(from..self.at) {
                    Some("true") => DeValue::Boolean(true),
                    Some("false") => DeValue::Boolean(false),
                    Some("null") => {
                        let why = "expected a value, found null: leave the key out";
                        self.wrong(from..self.at, why);
                        return Ok(None);
                    }
                    Some(_) | None => {
                        self.at = from;
                        return Err("expected a value");
                    }
                }
            }
        };
        Ok(Some(Spanned::new(from..self.at, value)))
    }

    /// A number, which TOML writes in the same way.
    fn number(&mut self) -> Read<DeValue<'t>> {
        const WRONG: &str = "expected a number";
        let from = self.at;
        self.take(b'-');
        let is_zero = self.next() == Some(b'0');
        let digits = self.run(|byte| byte.is_ascii_digit());
        let mut is_number = digits == 1 || (digits > 1 && !is_zero);
        if self.take(b'.') {
            is_number &= self.run(|byte| byte.is_ascii_digit()) > 0;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'-') || self.take(b'+');
            is_number &= self.run(|byte| byte.is_ascii_digit()) > 0;
        }
        let written = self.text.get(from..self.at).filter(|_| is_number);
        let value = written.and_then(|written| DeValue::parse(written).ok());
        if value.is_none() {
            self.at = from;
        }
        value.map(Spanned::into_inner).ok_or(WRONG)
    }

    fn string(&mut self) -> Read<String> {
        const WRONG: &str = "expected an escape such as `\\n`, `\\\\` or `\\u00e9`";
        self.at += 1;
        let mut string = String::new();
        loop {
            let from = self.at;
            self.run(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
            // What ends the run is a byte of its own, so characters stay whole.
            string.push_str(self.text.get(from..self.at).unwrap_or_default());
            if self.take(b'"') {
                return Ok(string);
            }
            if !self.take(b'\\') {
                return Err(match self.next() {
                    Some(_) => "expected an escape in place of a control character",
                    None => "expected `\"` at the end of the string",
                });
            }
            let escaped = self.next().ok_or(WRONG)?;
            self.at += 1;
            string.push(match escaped {
                b'"' | b'\\' | b'/' => char::from(escaped),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.unicode().ok_or(WRONG)?,
                _ => {
                    self.at -= 1;
                    return Err(WRONG);
                }
            });
        }
    }

    /// The character behind `\u`: one unit of UTF-16, or two.
    fn unicode(&mut self) -> Option<char> {
        let first = self.unit()?;
        let is_first_of_two = (0xd800..0xdc00).contains(&first);
        let second = if is_first_of_two && self.take(b'\\') && self.take(b'u') {
            Some(self.unit()?)
        } else {
            None
        };
        char::decode_utf16([Some(first), second].into_iter().flatten()).next()?.ok()
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
        self.at += 4;
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The texts of the key `a`, or the byte at which each mistake is.
    #[track_caller]
    fn check(text: &str, wanted: Result<&str, &[usize]>) {
        let (table, wrong) = parse(text);
        let found = table.get("a").and_then(|value| value.get_ref().as_str());
        let wrong: Vec<usize> = wrong.iter().map(|wrong| wrong.at.start).collect();
        match wanted {
            Ok(wanted) => assert_eq!((found, wrong.as_slice()), (Some(wanted), [].as_slice())),
            Err(wanted) => assert_eq!(wrong, wanted, "{text}"),
        }
    }

    #[test]
    fn strings_are_read() {
        check(r#"{"a": "b"}"#, Ok("b"));
        check(" {\n\"a\"\t:\r\"\" } ", Ok(""));
        check(
            r#"{"b":[1,{"c":[]},true,false],"\u0061":"\"\\\/\b\f\n\r\t"}"#,
            Ok("\"\\/\u{8}\u{c}\n\r\t"),
        );
        check(r#"{"a": "é\u00e9\ud83e\udd80"}"#, Ok("éé🦀"));
    }

    #[test]
    fn what_is_no_json_is_told_at_its_place() {
        check("", Err(&[0]));
        check("[]", Err(&[0]));
        check("{", Err(&[1]));
        check("{}}", Err(&[2]));
        check("{a: 1}", Err(&[1]));
        check(r#"{"a" 1}"#, Err(&[5]));
        check(r#"{"a": 1,}"#, Err(&[8]));
        check(r#"{"a": [1,]}"#, Err(&[9]));
        check(r#"{"a": [1 2]}"#, Err(&[9]));
        check(r#"{"a": nul}"#, Err(&[6]));
        check(r#"{"a": 1 "b": 2}"#, Err(&[8]));
        check("{\"a\": \"\n\"}", Err(&[7]));
        check(r#"{"a": "\x"}"#, Err(&[8]));
        check(r#"{"a": "\ud800"}"#, Err(&[13]));
        check(r#"{"a": "\ud800\u0041"}"#, Err(&[19]));
        check(r#"{"a": "\u+041"}"#, Err(&[9]));
        check(r#"{"a": "b"#, Err(&[8]));
        for number in ["01", "-", "1.", ".5", "1e", "+1", "0x1", "1_0", "-a", "inf"] {
            let text = format!("{{\"a\": {number}}}");
            let (_, wrong) = parse(&text);
            assert_eq!(wrong.len(), 1, "{number}");
        }
    }

    #[test]
    fn what_json_leaves_open_is_told() {
        check(r#"{"a": "b", "a": "c"}"#, Err(&[11]));
        check(r#"{"a": null, "b": [null, 1]}"#, Err(&[6, 18]));
    }

    #[test]
    fn numbers_are_those_of_toml() {
        for number in
            ["0", "-0", "12", "-12", "1.5", "1e5", "1.5E-10", "123456789012345678901234567890"]
        {
            let text = format!("{{\"a\":{number}}}");
            let (table, wrong) = parse(&text);
            assert_eq!(wrong.len(), 0, "{number}");
            let value = table.get("a").unwrap().get_ref();
            assert!(value.is_integer() || value.is_float(), "{number}");
        }
    }

    #[test]
    fn what_is_nested_deeply_is_refused() {
        let text = |deep: usize| format!("{{\"a\":{}{}}}", "[".repeat(deep), "]".repeat(deep));
        assert_eq!(parse(&text(DEEPEST)).1.len(), 0);
        assert_eq!(parse(&text(DEEPEST + 1)).1.len(), 1);
        assert_eq!(parse(&"{\"a\":".repeat(1_000_000)).1.len(), 1);
    }

    #[test]
    fn of_many_mistakes_the_last_is_told_too() {
        let text = format!("{{{}", "\"a\": null,".repeat(1000));
        let (_, wrong) = parse(&text);
        assert_eq!(wrong.len(), MOST_PROBLEMS);
        assert_eq!(wrong.last().unwrap().at.start, text.len());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r#"[ -~\n]{0,40}|(\{|\}|\[|\]|"|\\u|\\|,|:|a|1|-|\.|e|null|true| |é){0,40}"#) {
            let (_, wrong) = parse(&text);
            prop_assert!(wrong.iter().all(|wrong| wrong.at.end <= text.len()));
        }
    }
}
