//! Where something is: a file, and as much of line and column as is known.

use std::cell::OnceCell;

use crate::Foreign;

/// A place in a file. Lines and columns count from 1; a column counts characters, not bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it, or relative to the repository root.
    pub file: Foreign,
    /// The line, if one can be named.
    pub line: Option<u64>,
    /// The column in that line, if one can be named.
    pub column: Option<u64>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<Foreign>) -> Self {
        Self { file: file.into(), line: None, column: None }
    }

    /// A line and column of a file.
    pub fn at(file: impl Into<Foreign>, line: u64, column: u64) -> Self {
        Self { file: file.into(), line: Some(line), column: Some(column) }
    }
}

impl Place {
    /// A line and column of a file as `serde_json` counts them, in characters.
    pub fn of_json(file: impl Into<Foreign>, bytes: &[u8], line: usize, column: usize) -> Self {
        let (line, column) = position(bytes, offset(bytes, line, column));
        Self::at(file, line, column)
    }
}

/// The line and column, both from 1, of the byte at `offset` in `bytes`. It counts from the start: who
/// asks for many places asks [`Positions`].
///
/// An offset past the end means the end. A column counts characters; a byte that is not UTF-8
/// counts as one.
pub fn position(bytes: &[u8], offset: usize) -> (u64, u64) {
    let before = bytes.get(..offset).unwrap_or(bytes);
    #[cfg(test)]
    tests::count_work(before.len());
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = before.split(|byte| *byte == b'\n').count() - 1;
    let in_line = before.get(line_start..).unwrap_or_default();
    let columns = bstr::ByteSlice::chars(in_line).count();
    (counted(lines), counted(columns))
}

/// The lines and columns of a text, for whoever asks for many: the text is counted once, when first
/// asked, and each place then costs the same wherever it is and however long its line.
#[derive(Clone, Debug)]
pub struct Positions<'t> {
    text: &'t [u8],
    kept: OnceCell<Vec<Counted>>,
}

/// A byte with which a character begins, and where it is.
#[derive(Clone, Copy, Debug)]
struct Counted {
    offset: usize,
    line: usize,
    column: usize,
}

impl Counted {
    const START: Self = Self { offset: 0, line: 1, column: 1 };

    /// The place behind a character of `size` bytes.
    fn behind(self, is_line_feed: bool, size: usize) -> Self {
        let offset = self.offset + size;
        if is_line_feed {
            Self { offset, line: self.line + 1, column: 1 }
        } else {
            Self { offset, column: self.column + 1, ..self }
        }
    }
}

impl<'t> Positions<'t> {
    /// How many bytes, and the rest of a character, lie between two places that are kept.
    const STEP: usize = 256;

    /// The places of `text`.
    pub fn of(text: &'t [u8]) -> Self {
        Self { text, kept: OnceCell::new() }
    }

    /// The line and column of the byte at `offset`, as [`position`] gives them.
    pub fn at(&self, offset: usize) -> (u64, u64) {
        let end = self.text.get(..offset).unwrap_or(self.text);
        let found = Self::walk(end, self.last(|kept| kept.offset <= offset), |_| false);
        (number(found.line), number(found.column))
    }

    /// The byte with which a line begins; the end of the text if it has no such line.
    pub fn line_start(&self, line: u64) -> usize {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let before = self.last(|kept| kept.line < line);
        if line <= 1 { 0 } else { Self::walk(self.text, before, |at| at.line == line).offset }
    }

    /// The last of the kept places for which `is_before` still holds.
    fn last(&self, is_before: impl Fn(&Counted) -> bool) -> Counted {
        let kept = self.kept.get_or_init(|| Self::counted(self.text));
        let after = kept.partition_point(is_before);
        after.checked_sub(1).and_then(|last| kept.get(last)).copied().unwrap_or(Counted::START)
    }

    fn counted(text: &[u8]) -> Vec<Counted> {
        let mut kept = vec![Counted::START];
        let mut at = Counted::START;
        while at.offset < text.len() {
            let step = at.offset + Self::STEP;
            at = Self::walk(text, at, |at| at.offset >= step);
            kept.push(at);
        }
        kept
    }

    /// Goes on from a place, character by character, until there or the end of `text`.
    fn walk(text: &[u8], from: Counted, is_there: impl Fn(&Counted) -> bool) -> Counted {
        let mut at = from;
        while !is_there(&at) {
            let rest = text.get(at.offset..).unwrap_or_default();
            let (character, size) = bstr::decode_utf8(rest);
            if size == 0 {
                break;
            }
            #[cfg(test)]
            tests::count_work(size);
            at = at.behind(character == Some('\n'), size);
        }
        at
    }
}

fn number(counted: usize) -> u64 {
    u64::try_from(counted).unwrap_or(u64::MAX)
}

/// The byte at a line and column as `serde_json` counts them: lines from 1, columns in bytes from 1.
/// A place past the end means the end.
pub fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before = bytes.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let start: usize = before.map(<[u8]>::len).sum();
    (start + column.saturating_sub(1)).min(bytes.len())
}

/// `zero_based` as a number that counts from 1.
fn counted(zero_based: usize) -> u64 {
    u64::try_from(zero_based).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    thread_local! { static WORK: Cell<usize> = const { Cell::new(0) } }

    pub(super) fn count_work(bytes: usize) {
        WORK.set(WORK.get() + bytes);
    }

    /// How many bytes are looked at to find places while `job` runs.
    pub(crate) fn work(job: impl FnOnce()) -> usize {
        let before = WORK.get();
        job();
        WORK.get() - before
    }

    #[track_caller]
    fn check(bytes: &[u8], offset: usize, wanted: (u64, u64)) {
        assert_eq!(position(bytes, offset), wanted);
    }

    #[test]
    fn an_offset_is_found_again() {
        assert_eq!(offset(b"ab\ncd", 1, 1), 0);
        assert_eq!(offset(b"ab\ncd", 2, 2), 4);
        assert_eq!(offset(b"ab\ncd", 2, 0), 3);
        assert_eq!(offset(b"ab\ncd", 9, 9), 5);
    }

    #[test]
    fn positions_count_from_one_and_by_character() {
        check(b"", 0, (1, 1));
        check(b"ab\ncd", 0, (1, 1));
        check(b"ab\ncd", 2, (1, 3));
        check(b"ab\ncd", 3, (2, 1));
        check("ä\näx".as_bytes(), 5, (2, 2));
        check(b"\xff\xffx", 2, (1, 3));
        check(b"ab\n", 99, (2, 1));
    }

    #[test]
    fn a_line_begins_behind_the_one_before() {
        let text = "a\n\nb\u{e9}\n".repeat(300);
        let positions = Positions::of(text.as_bytes());
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        for (line, start) in (1..).zip(std::iter::once(0).chain(starts)) {
            assert_eq!(positions.line_start(line), start, "{line}");
        }
        assert_eq!((positions.line_start(0), positions.line_start(9999)), (0, text.len()));
        assert_eq!(Positions::of(b"").line_start(2), 0);
    }

    /// Whether a thousand places cost no more than reading the text, and 300 bytes each.
    #[track_caller]
    fn check_work(text: &[u8]) {
        let positions = Positions::of(text);
        let work = work(|| {
            for place in 0..1000 {
                positions.at(text.len() / 1000 * place);
            }
        });
        assert!(work <= text.len() + 300 * 1000, "{work}");
    }

    #[test]
    fn many_places_cost_little_more_than_the_text() {
        check_work(&b"[[gate.waiver]]\n".repeat(10_000));
        check_work(&b"x".repeat(160_000));
        check_work(&"\u{e9}".repeat(80_000).into_bytes());
        check_work(&b"\x80".repeat(160_000));
    }

    proptest! {
        #[test]
        fn places_are_those_that_are_counted_from_the_start(
            pieces in prop::collection::vec(prop::sample::select(vec![
                &b"a"[..], b"\n", b"\r\n", b"\xc3\xa9", b"\xff", b"\x80", b"\xf0\x9f", b"\xf0\x9f\x98\x80", &[b'y'; 200],
            ]), 0..40),
        ) {
            let text = pieces.concat();
            let positions = Positions::of(&text);
            for offset in 0..=text.len() + 2 {
                prop_assert_eq!(positions.at(offset), position(&text, offset), "{}", offset);
            }
        }
    }
}
