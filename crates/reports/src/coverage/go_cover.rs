//! The profile of `go test -coverprofile` (`cmd/cover`, profile.go in golang.org/x/tools/cover): a line
//! `mode: set|count|atomic`, then `file:line.column,line.column statements count` for each block.
//!
//! With `-coverpkg` every test binary writes all blocks, and a merged profile has the line with the mode
//! more than once: a block that is there several times is one block. The unit is the statement; the
//! lines of a block are derived, where a line is covered if any block on it is. The path is an import
//! path: `example.org/module/package/file.go`.
//!
//! Every line ends with a line break, so a profile that is cut off within a line is refused; one that
//! is cut off between two lines cannot be told.

use std::collections::BTreeMap;

use super::{FileCoverage, Key};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::Head;

pub(super) const NAME: &str = "go-cover";
pub(super) const WANTED: &str = "a profile of `go test -coverprofile`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let line = head.text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    is_mode(line.trim_ascii_end())
}

fn is_mode(line: &[u8]) -> bool {
    matches!(line, b"mode: set" | b"mode: count" | b"mode: atomic")
}

/// One block; its order is that of the place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    from: (u64, u64),
    to: (u64, u64),
    statements: u32,
    is_hit: bool,
}

/// How many lines the blocks of a report may span: far more than any project has, and few enough that
/// numbers do not become memory.
const MOST_LINES: u64 = 1 << 26;

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    if bytes.last() != Some(&b'\n') {
        return Err(Fault::new(Found::End, bytes.len()));
    }
    let mut files: BTreeMap<&[u8], Vec<Block>> = BTreeMap::new();
    // The blocks of a file follow each other.
    let mut here: (&[u8], Vec<Block>) = (&[], Vec::new());
    let mut start = 0;
    let mut has_mode = false;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default().trim_ascii();
        if is_mode(line) {
            has_mode = true;
        } else if !has_mode {
            return Err(Fault::wrong("a profile that does not begin with its mode", start));
        } else if !line.is_empty() {
            let wrong = Fault::wrong("a line that is no block", start);
            let (path, block) = block(line).ok_or(wrong)?;
            if here.0 != path {
                let (before, blocks) = std::mem::replace(&mut here, (path, Vec::new()));
                files.entry(before).or_default().extend(blocks);
            }
            here.1.push(block);
        }
        start += length + 1;
    }
    files.entry(here.0).or_default().extend(here.1);
    files.remove(&[][..]);
    let mut spanned = 0;
    for (path, blocks) in files {
        sink.push(file(path, blocks, &mut spanned, bytes.len())?, bytes.len())?;
    }
    Ok(())
}

/// `path:line.column,line.column statements count`; a path may hold colons and spaces.
fn block(line: &[u8]) -> Option<(&[u8], Block)> {
    let (line, count) = split_last(line, b' ')?;
    let (line, statements) = split_last(line, b' ')?;
    let (path, range) = split_last(line, b':')?;
    let (from, to) = split_last(range, b',')?;
    let is_hit = !count.is_empty() && count.iter().all(u8::is_ascii_digit);
    if path.is_empty() || !is_hit {
        return None;
    }
    let (from, to) = (place(from)?, place(to)?);
    let is_hit = count.iter().any(|digit| *digit != b'0');
    let statements = decimal(statements).and_then(|number| u32::try_from(number).ok())?;
    (from <= to && to.0 <= super::lines::LAST_LINE)
        .then_some((path, Block { from, to, statements, is_hit }))
}

fn split_last(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let (before, after) = text.split_at(memchr::memrchr(byte, text)?);
    Some((before, after.get(1..)?))
}

fn place(text: &[u8]) -> Option<(u64, u64)> {
    let (line, column) = split_last(text, b'.')?;
    Some((decimal(line)?, decimal(column)?))
}

fn decimal(text: &[u8]) -> Option<u64> {
    if text.iter().all(u8::is_ascii_digit) { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
}

fn file(
    path: &[u8],
    mut blocks: Vec<Block>,
    spanned: &mut u64,
    at: usize,
) -> Result<FileCoverage, Fault> {
    let mut file = FileCoverage::new(path);
    // Of a block that is there several times, the hit comes last and is kept.
    blocks.sort_unstable();
    blocks.dedup_by(|next, kept| {
        let is_same = (next.from, next.to) == (kept.from, kept.to);
        if is_same {
            kept.is_hit |= next.is_hit;
            kept.statements = kept.statements.max(next.statements);
        }
        is_same
    });
    for Block { from, to, statements, is_hit } in blocks {
        if statements == 0 {
            continue;
        }
        let key = [from.0, from.1, to.0, to.1].into_iter().fold(Key::new(), Key::number);
        file.statements.add(key.end(), statements, is_hit);
        *spanned += to.0 - from.0 + 1;
        if *spanned > MOST_LINES || !file.lines.add_span(from.0, to.0, is_hit) {
            return Err(Fault::wrong("blocks of more lines than any project has", at));
        }
    }
    Ok(file.finished())
}
