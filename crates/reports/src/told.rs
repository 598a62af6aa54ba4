//! What a report tells of a run of tests besides times: how each test ended for a gate, why one failed,
//! and what went wrong outside of any test.

use bstr::BString;

use crate::{Identity, Outcome};

/// How much of a failure's message is kept, in bytes.
pub(crate) const LONGEST_MESSAGE: usize = 300;
/// How much of a failure's text is looked through for its message and its place.
pub(crate) const LONGEST_TEXT: usize = 2048;

/// One thing that a report tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// How a test ended.
    Test(Tested),
    /// Something failed outside of any test: a file that does not load, a hook, a package that is not
    /// built.
    Trouble(Trouble),
    /// A suite says that it has more tests than are there: the report was cut or merged.
    Short(Short),
}

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Which test.
    pub identity: Identity,
    /// How it ended. Here a test that was not to count and failed, as those that are `todo`, is skipped.
    pub outcome: Outcome,
    /// Whether it failed before it passed.
    pub is_flaky: bool,
    /// Why it failed, as far as the report says it. A flaky test may have one too.
    pub failure: Option<Box<Failure>>,
}

/// Why something failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The first line of the message, without the colours of a terminal; at most 300 bytes.
    pub message: Option<BString>,
    /// The file, as the report writes it.
    pub file: Option<BString>,
    /// The line in it, from 1.
    pub line: Option<u64>,
}

/// Something that failed outside of any test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What: the suite, the file, the package, the hook.
    pub name: BString,
    /// Why.
    pub failure: Failure,
}

/// A suite with fewer tests than it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// The suite's name.
    pub suite: BString,
    /// How many tests it says it has.
    pub claimed: u64,
    /// How many are there.
    pub found: u64,
}

impl Failure {
    /// The failure of which this is the whole message, or its beginning.
    pub(crate) fn of(text: &[u8]) -> Self {
        let text = text.get(..LONGEST_TEXT).unwrap_or(text);
        let mut lines = text
            .split(|byte| *byte == b'\n')
            .map(plain)
            .filter(|line| !line.trim_ascii().is_empty());
        let first = lines.next().unwrap_or_default();
        let (file, line) = match place(&first).or_else(|| lines.find_map(|line| place(&line))) {
            Some((file, line)) => (Some(file), Some(line)),
            None => (None, None),
        };
        Self { message: message(&first), file, line }
    }

    /// The same failure at the place where its test stands, if it has no place of its own.
    pub(crate) fn or_at(mut self, file: Option<&BString>, line: Option<u64>) -> Self {
        if self.file.is_none() {
            self.file = file.cloned();
            self.line = line;
        }
        self
    }
}

fn message(line: &[u8]) -> Option<BString> {
    let line = line.trim_ascii();
    let mut end = line.len().min(LONGEST_MESSAGE);
    // A cut goes before a character, not into it.
    while end < line.len() && line.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end = end.saturating_sub(1);
    }
    line.get(..end).filter(|line| !line.is_empty()).map(Into::into)
}

/// A line without what colours it on a terminal (ECMA-48, control sequences), and without other control
/// characters.
fn plain(line: &[u8]) -> BString {
    let mut plain = BString::default();
    let mut rest = line.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            0x1b => {
                let mut sequence = rest.clone();
                if sequence.next() == Some(b'[')
                    && sequence.any(|byte| (0x40..0x7f).contains(&byte))
                {
                    rest = sequence;
                }
            }
            b'\t' => plain.push(b' '),
            0..0x20 | 0x7f => {}
            _ => plain.push(byte),
        }
    }
    plain
}

/// The first `file.ext:12` of a line, perhaps with a column behind it.
fn place(line: &[u8]) -> Option<(BString, u64)> {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"()[]<>,;\"'`".contains(byte);
    line.split(is_end).find_map(|word| {
        let mut parts = word.splitn(3, |byte| *byte == b':');
        let (file, number) = (parts.next()?, parts.next()?);
        let dot = file.iter().rposition(|byte| *byte == b'.')?;
        let (name, ending) = (file.get(..dot)?, file.get(dot + 1..)?);
        let is_file = !name.is_empty()
            && (1..=8).contains(&ending.len())
            && ending.first().is_some_and(u8::is_ascii_alphabetic)
            && ending.iter().all(u8::is_ascii_alphanumeric);
        let number: u64 = std::str::from_utf8(number).ok()?.parse().ok()?;
        (is_file && number > 0).then(|| (file.into(), number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, message: Option<&str>, place: Option<(&str, u64)>) {
        let failure = Failure::of(text.as_bytes());
        let told = failure.file.as_ref().map(ToString::to_string).zip(failure.line);
        let told = told.as_ref().map(|(file, line)| (file.as_str(), *line));
        assert_eq!((failure.message, told), (message.map(Into::into), place), "{text:?}");
    }

    #[test]
    fn a_failure_is_its_first_line_and_its_first_place() {
        check("", None, None);
        check("\n \n assert 1 == 2\nmore", Some("assert 1 == 2"), None);
        let panic = "thread 'a' panicked at src/lib.rs:12:9:";
        check(panic, Some(panic), Some(("src/lib.rs", 12)));
        check(
            "Error: x\n    at f (/w/a.test.js:5:10)",
            Some("Error: x"),
            Some(("/w/a.test.js", 5)),
        );
        check(
            "at 12:30 in v1.2:3 of localhost:8080",
            Some("at 12:30 in v1.2:3 of localhost:8080"),
            None,
        );
        check("a.go:0: x", Some("a.go:0: x"), None);
    }

    #[test]
    fn raw_escape_characters_are_taken_out() {
        check("\x1b[31mred\x1b[0m \x1b[1;32mx", Some("red x"), None);
        check("\x1b[", Some("["), None);
        check("\x1b[31", Some("[31"), None);
        check("\x1b\x07a\tb\r", Some("a b"), None);
    }

    #[test]
    fn a_long_line_is_cut_before_a_character() {
        let text = "\u{e9}".repeat(400);
        assert_eq!(Failure::of(text.as_bytes()).message.unwrap().len(), 300);
        let text = format!("x{text}");
        assert_eq!(Failure::of(text.as_bytes()).message.unwrap().len(), 299);
    }
}
