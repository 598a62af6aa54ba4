//! What picomatch makes of a pattern: the source of a JavaScript regular expression.
//!
//! picomatch has no grammar. It goes through a pattern once, and joins pieces of expression by
//! rules about the token before and the letters behind. An expression may then not be one at all, or
//! mean what nobody meant; whatever it is, it is what users' patterns match with, so it is made here
//! by the same rules. They were read in and tried with picomatch 4.0.7.

mod classes;
mod groups;
pub(super) mod pieces;
mod reader;
mod risk;
mod shortcuts;
mod stars;
mod token;

use super::text::{Letter, Text};

/// How long a pattern may be, in UTF-16 code units (picomatch's `MAX_LENGTH`).
const LONGEST: usize = 1 << 16;

/// Why picomatch, or we, refuse a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The byte of the pattern where it goes wrong.
    pub(super) at: usize,
    pub(super) why: &'static str,
}

/// A pattern as an expression.
#[derive(Debug)]
pub(super) struct Reading {
    /// What picomatch puts between `^(?:` and `)$`.
    pub(super) body: Text,
    /// How many `!` turn the whole round, and whether their number is odd.
    pub(super) negation: Negation,
}

/// The `!` before a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Negation {
    pub(super) is_odd: bool,
    /// Where the rest of the pattern begins, in bytes.
    pub(super) end: usize,
}

impl Reading {
    /// The whole expression.
    pub(super) fn source(&self) -> Text {
        let end = self.body.letters().last().map_or(0, |last| last.at);
        let mut source = Text::default();
        source.add(if self.negation.is_odd { "^(?!^(?:" } else { "^(?:" }, 0);
        source.extend(self.body.letters());
        source.add(if self.negation.is_odd { ")$).*$" } else { ")$" }, end);
        source
    }
}

/// Reads a pattern as `picomatch(pattern, { dot: true })` does.
pub(super) fn read(pattern: &Text) -> Result<Reading, Refused> {
    let letters = pattern.letters();
    if letters.is_empty() {
        return Err(Refused { at: 0, why: "it is empty" });
    }
    if let Some(first_too_many) = letters.get(LONGEST) {
        let why = "it is longer than the 65536 UTF-16 code units that picomatch takes";
        return Err(Refused { at: first_too_many.at, why });
    }
    if let Some(body) = shortcuts::common(letters) {
        return Ok(Reading { body, negation: Negation::default() });
    }
    let letters = shortcuts::without_prefix(shortcuts::replaced(letters));
    if let Some(body) = shortcuts::simple(letters) {
        return Ok(Reading { body, negation: Negation::default() });
    }
    reader::Reader::new(letters).read()
}

/// Reads what stands behind a group, which takes no shortcut.
fn read_behind(letters: &[Letter]) -> Result<Text, Refused> {
    let letters = shortcuts::without_prefix(shortcuts::replaced(letters));
    reader::Reader::new(letters).read().map(|reading| reading.body)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What picomatch 4.0.7 makes of the pattern: `picomatch.makeRe(pattern, { dot: true }, true)`.
    #[track_caller]
    fn check(pattern: &str, wanted: &str) {
        let reading = read(&Text::of(pattern)).unwrap();
        let units: Vec<u16> = reading.body.letters().iter().map(|letter| letter.unit).collect();
        assert_eq!(String::from_utf16(&units).unwrap(), wanted, "{pattern}");
    }

    #[test]
    fn a_pattern_makes_the_expression_that_picomatch_makes() {
        check("**", r"(?!(?:^|\/)\.{1,2}(?:\/|$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)\/?");
        check("*.ts", r"(?!(?:^|\/)\.{1,2}(?:\/|$))(?=.)[^/]*?\.ts\/?");
        check(
            "**/*.d.ts",
            r"(?:(?!(?:^|\/)\.{1,2}(?:\/|$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)\/)?(?!\.{1,2}(?:\/|$))(?=.)[^/]*?\.d\.ts\/?",
        );
        check(".*", r"\.(?=.)[^/]*?\/?");
        check("*/*", r"(?!(?:^|\/)\.{1,2}(?:\/|$))[^/]*?\/(?=.)(?!\.{1,2}(?:\/|$))[^/]*?\/?");
        check(
            "./**/*.*",
            r"(?:(?!(?:^|\/)\.{1,2}(?:\/|$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)\/)?(?!\.{1,2}(?:\/|$))[^/]*?\.(?=.)[^/]*?\/?",
        );
        check("a", "^(?:a)$");
        check("a.b++?*", r"^(?:a\.b\++[^/][^/]*?)$");
        check(r"\*a\\", r"^(?:\*a\\)$");
        check("src/**", r"src(?:\/(?!\.{1,2}(?:\/|$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)|$)");
        check(
            "src/**/*",
            r"src(?:\/(?!\.{1,2}(?:\/|$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)\/|\/|$)(?!\.{1,2}(?:\/|$))(?=.)[^/]*?\/?",
        );
        check("**/x", r"(?:^|\/|(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)\/)x");
        check(
            "a/**/b/*",
            r"a(?:\/(?!\.{1,2}(?:\/|$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)\/|\/|$)b\/(?!\.{1,2}(?:\/|$))(?=.)[^/]*?\/?",
        );
        check("a**", "^(?:a[^/]*?)$");
        check("!src/*", r"src\/(?!\.{1,2}(?:\/|$))(?=.)[^/]*?\/?");
        check("!!a/b", r"a\/b");
        check("{a,b}/{1..3}", r"(a|b)\/[1-3]");
        check("{z-a..b}x/", r"[b-z-a]x\/");
        check("a{b}c", r"a\{b\}c");
        check("[ab]/[^c]", r"(?:\[ab\]|[ab])\/[^c/]\/?");
        check("[[:digit:]_]/", r"(?=.)[0-9_]\/");
        check("!(a)", "(?=.)(?:(?!(?:a)$))[^/]*?");
        check("!(*.d).ts", r"(?=.)(?:(?!(?:[^/]*?\.d)\.ts)[^/]*?)\.ts");
        check("!(a/b)", r"(?=.)(?:(?!(?:a\/b)$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)");
        check("+(a|b)", "(?=.)(?:a|b)+");
        check("+(a|aa)", r"\+\(a\|aa\)");
        check("*(*(a)|b)", "(?=.)[ab]*");
        check("@(a|b)", "(a|b)");
        check(r#""a.b"*/"#, r"a\.b[^/]*?\/");
        check(r#"a,"b"/*"#, r"a,b\/(?!\.{1,2}(?:\/|$))(?=.)[^/]*?\/?");
        check("x)y)", r"x\)y)");
        check("(a|b)+?", "(a|b)+[^/]");
        check("(?:a)?", "(?:a)?");
        check("(?x)", r"(\?x)");
        check("(a", r"\(a");
        check("[a", r"\[a");
        check(r"\.a\/b", r"\.a\/b");
        check("a/***", r"a\/(?!\.{1,2}(?:\/|$))[^/]*?\/?");
        check(
            "a/(b/**)",
            r"a\/(b(?:\/(?!\.{1,2}(?:\/|$))(?:(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?)|$))",
        );
        check(".a/.*", r"\.a\/\.(?!\.{0,1}(?:\/|$))(?=.)[^/]*?\/?");
        check("a{.*,b}", r"a(\.(?!\.{0,1}(?:\/|$))(?=.)[^/]*?|b)");
        check(r"c[\]{2}/", r"c\[\]{2}/\/?");
        check(r"+(a|\?)", r"(?=.)(?:a|\?)+");
    }

    #[test]
    fn every_letter_knows_where_it_was_made() {
        for pattern in ["é/**/[a-c]", "!(*.é).ts", "{1..3}x", "+(a|aa)", "*.md"] {
            let reading = read(&Text::of(pattern)).unwrap();
            for letter in reading.source().letters() {
                assert!(pattern.is_char_boundary(letter.at) && letter.at < pattern.len());
            }
        }
    }

    #[test]
    fn a_pattern_of_any_length_is_read_in_time_that_grows_with_it() {
        for piece in ["(a)", "[::", "\"a", "a|", "}", "(?<", "[[:alpha:]", "!(*).", "{a..", "\\\\"]
        {
            let pattern = piece.repeat(LONGEST / piece.len());
            let _ = read(&Text::of(&pattern));
        }
    }
}
