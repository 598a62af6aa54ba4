//! Text as JavaScript sees it, UTF-16 code units, each with the place in the pattern it came from.
//!
//! picomatch makes a regular expression by joining strings. What it makes of odd patterns follows
//! from those strings, so they are made here too; the places let an error name a byte of the pattern.

/// One UTF-16 code unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    /// The code unit: half of a surrogate pair is one of its own.
    pub(super) unit: u16,
    /// The byte of the pattern that it is, or that it was made for.
    pub(super) at: usize,
}

impl Letter {
    /// The character, where the unit is one; a half of a surrogate pair is no character that any
    /// rule names, and U+FFFD is none either.
    pub(super) fn char(self) -> char {
        char::from_u32(u32::from(self.unit)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// Whether it is this character.
    pub(super) fn is(self, wanted: char) -> bool {
        self.char() == wanted
    }

    /// Whether it is one of `\w`: a letter or digit of ASCII, or `_`.
    pub(super) fn is_word(self) -> bool {
        let char = self.char();
        char.is_ascii_alphanumeric() || char == '_'
    }

    /// Whether JavaScript's `.` refuses it.
    pub(super) fn is_line_terminator(self) -> bool {
        matches!(self.char(), '\n' | '\r' | '\u{2028}' | '\u{2029}')
    }

    /// Whether `trim` takes it away: white space and line terminators of ECMA-262 (12.2, 12.3).
    pub(super) fn is_space(self) -> bool {
        let char = self.char();
        (char.is_whitespace() && char != '\u{85}') || char == '\u{feff}'
    }

    /// Whether picomatch's `escapeRegex` puts a `\` before it.
    pub(super) fn is_special(self) -> bool {
        "-*+?.^${}(|)[]".contains(self.char())
    }
}

/// A string of code units.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(Vec<Letter>);

impl Text {
    /// The units of a pattern.
    pub(super) fn of(pattern: &str) -> Self {
        let mut text = Self::default();
        let mut buffer = [0; 2];
        for (at, char) in pattern.char_indices() {
            text.0.extend(
                char.encode_utf16(&mut buffer).iter().map(|unit| Letter { unit: *unit, at }),
            );
        }
        text
    }

    /// Text that was made for the letter at `at`.
    pub(super) fn made(words: &str, at: usize) -> Self {
        let mut text = Self::default();
        text.add(words, at);
        text
    }

    pub(super) fn letters(&self) -> &[Letter] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is exactly these words.
    pub(super) fn is(&self, words: &str) -> bool {
        is(&self.0, words)
    }

    pub(super) fn push(&mut self, letter: Letter) {
        self.0.push(letter);
    }

    /// Adds words that were made for the letter at `at`.
    pub(super) fn add(&mut self, words: &str, at: usize) {
        self.0.extend(words.encode_utf16().map(|unit| Letter { unit, at }));
    }

    pub(super) fn extend(&mut self, letters: &[Letter]) {
        self.0.extend_from_slice(letters);
    }

    /// Adds letters that stand for themselves in an expression.
    pub(super) fn extend_escaped(&mut self, letters: &[Letter]) {
        for letter in letters {
            if letter.is_special() {
                self.add("\\", letter.at);
            }
            self.push(*letter);
        }
    }

    /// `slice(0, -count)`, which for a count of zero is the empty string.
    pub(super) fn drop_last(&mut self, count: usize) {
        let kept = if count == 0 { 0 } else { self.0.len().saturating_sub(count) };
        self.0.truncate(kept);
    }

    /// Keeps the first `length` units.
    pub(super) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// Makes it `length` units long, whatever they are.
    pub(super) fn set_length(&mut self, length: usize) {
        self.0.resize(length, Letter { unit: 0, at: 0 });
    }

    /// Puts a `\` before the last `wanted` that has none.
    pub(super) fn escape_last(&mut self, wanted: char) {
        let mut end = self.0.len();
        while let Some(found) =
            self.0.get(..end).and_then(|all| all.iter().rposition(|it| it.is(wanted)))
        {
            let before = found.checked_sub(1).and_then(|before| self.0.get(before));
            let Some(letter) = self.0.get(found).copied() else { return };
            if !before.is_some_and(|before| before.is('\\')) {
                self.0.insert(found, Letter { unit: u16::from(b'\\'), at: letter.at });
                return;
            }
            end = found;
        }
    }
}

/// Whether letters are exactly these words.
pub(super) fn is(letters: &[Letter], words: &str) -> bool {
    letters.iter().map(|letter| letter.unit).eq(words.encode_utf16())
}

/// Whether letters begin with these words.
pub(super) fn begins(letters: &[Letter], words: &str) -> bool {
    let length = words.encode_utf16().count();
    letters.get(..length).is_some_and(|beginning| is(beginning, words))
}

/// Letters without the white space around them.
pub(super) fn trimmed(mut letters: &[Letter]) -> &[Letter] {
    while let [first, rest @ ..] = letters
        && first.is_space()
    {
        letters = rest;
    }
    while let [rest @ .., last] = letters
        && last.is_space()
    {
        letters = rest;
    }
    letters
}
