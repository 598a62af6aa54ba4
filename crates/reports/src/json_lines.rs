//! Lines of which some are JSON objects, each an event: what tools write while they run.
//!
//! A line that does not begin with `{` is another program's, such as a compiler's, and passed over.
//! The last line may be cut off, because the process may have been killed; any other line that begins
//! with `{` must be JSON. The memory taken is that of one line.

use std::io::BufRead as _;

use serde::de::DeserializeOwned;

use crate::Found;
use crate::formats::Sink;
use crate::json_stream::found;
use crate::position::{Counted, characters};

/// What a gate is told by lines that are no events, of which those are handed over that begin with `F`.
pub(crate) type Hear = fn(&[u8], &mut Sink<'_>);

/// The most bytes of such a line.
const LONGEST_HEARD: usize = 4096;

/// Hands each event to `take`, and other lines to `hear`.
pub(crate) fn read<E: DeserializeOwned>(
    input: &mut Counted<'_>,
    sink: &mut Sink<'_>,
    hear: Option<Hear>,
    mut take: impl FnMut(E, &mut Sink<'_>) -> Result<(), Found>,
) -> Result<(), Found> {
    let mut line = Vec::new();
    loop {
        input.mark();
        let hear = hear.filter(|_| sink.is_for_a_gate());
        let end = next(input, sink.limits().log_bytes, hear.is_some(), &mut line);
        if end == Err(Found::TooLong) {
            sink.place = Some(input.marked());
        }
        let end = end?;
        if line.starts_with(b"{") {
            match serde_json::from_slice(&line) {
                Ok(event) => take(event, sink)?,
                // Half an event is no evidence, and the times before it are right all the same.
                Err(error) if end == End::OfInput && error.is_eof() && !sink.is_for_a_gate() => {}
                Err(error) => {
                    let (start, _) = input.marked();
                    sink.place = Some((start, column(&line, error.column())));
                    return Err(found(&error));
                }
            }
        }
        if let Some(hear) = hear.filter(|_| line.starts_with(b"F")) {
            hear(&line, sink);
        }
        if end == End::OfInput {
            return Ok(());
        }
    }
}

/// What a line ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Break,
    OfInput,
}

/// Reads a line, and keeps it if it begins as an object does; the beginning of one that may be heard.
fn next(
    input: &mut Counted<'_>,
    longest: usize,
    is_heard: bool,
    line: &mut Vec<u8>,
) -> Result<End, Found> {
    line.clear();
    let mut is_kept = None;
    loop {
        let available = input.fill_buf().map_err(|_| Found::Disk)?;
        let Some(first) = available.first() else { return Ok(End::OfInput) };
        let first = *is_kept.get_or_insert(*first);
        let is_kept = first == b'{';
        let found = memchr::memchr(b'\n', available);
        let part = available.get(..found.unwrap_or(available.len())).unwrap_or_default();
        if is_kept && part.len() > longest.saturating_sub(line.len()) {
            return Err(Found::TooLong);
        }
        if is_kept {
            line.extend_from_slice(part);
        } else if is_heard && first == b'F' {
            let room = LONGEST_HEARD.saturating_sub(line.len());
            line.extend_from_slice(part.get(..room).unwrap_or(part));
        }
        let length = part.len() + usize::from(found.is_some());
        input.consume(length);
        if found.is_some() {
            return Ok(End::Break);
        }
    }
}

/// The column in characters of what `serde_json` counts in bytes.
fn column(line: &[u8], bytes: usize) -> u64 {
    let line = line.get(..bytes).unwrap_or(line);
    u64::try_from(characters(line).max(1)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::BufReader;

    use crate::{Limits, Malformed, Options, Sample};

    use super::*;

    /// The samples of lines of go, in which logs may take 100 bytes, read in pieces of `piece`.
    fn samples(lines: &str, piece: usize) -> Result<Vec<Sample>, Malformed> {
        let limits = Limits { log_bytes: 100, ..Limits::default() };
        let options = Options { limits, ..Options::default() };
        let mut samples = Vec::new();
        let mut input = BufReader::with_capacity(piece, lines.as_bytes());
        crate::read(&mut input, &options, &mut |sample| samples.push(sample))?;
        Ok(samples)
    }

    #[track_caller]
    fn check(lines: &str, wanted: Result<usize, (Found, u64, u64)>) {
        // The beginning is read at once, whatever the pieces are.
        let begin = format!("{{\"Action\":\"start\",\"Package\":\"p\"}}\n{}\n", "x".repeat(5000));
        for piece in [1, 7, 10_000] {
            let told = samples(&format!("{begin}{lines}"), piece)
                .map(|samples| samples.len())
                .map_err(|malformed| (malformed.found, malformed.line - 2, malformed.column));
            assert_eq!(told, wanted, "{lines} in {piece}");
        }
    }

    const RUN: &str = r#"{"Action":"run","Package":"p","Test":"T"}"#;
    /// The end of the package: two samples with its test.
    const PASS: &str = r#"{"Action":"pass","Package":"p"}"#;

    #[test]
    fn lines_may_end_in_any_way() {
        check(&format!("{RUN}\n{PASS}\n"), Ok(2));
        check(&format!("{RUN}\r\n{PASS}"), Ok(2));
        check(&format!("{RUN}\n{PASS}\n\n{{\"Action"), Ok(2));
        check(&format!("{RUN}\n{{\"Action\n"), Err((Found::End, 2, 8)));
        check(&format!("{RUN}\n{{\"é\": x"), Err((Found::BrokenJson, 2, 7)));
    }

    #[test]
    fn only_a_line_of_json_must_be_short() {
        let long = "x".repeat(101);
        check(&format!("{RUN}\n{long}\n{PASS}"), Ok(2));
        check(&format!("{RUN}\n{{{long}\n{PASS}"), Err((Found::TooLong, 2, 1)));
    }

    #[test]
    fn tests_that_only_begin_do_not_fill_the_memory() {
        let long = "x".repeat(1 << 15);
        for line in [
            format!(r#"{{"Action":"run","Package":"p","Test":"{long}"#),
            format!(r#"{{"type":"test","event":"started","name":"{long}"#),
        ] {
            let lines = (0..1000).fold(String::new(), |mut lines, number| {
                let _ = writeln!(lines, "{line}{number}\"}}");
                lines
            });
            let read = crate::read(&mut lines.as_bytes(), &Options::default(), &mut |_| {});
            assert_eq!(read.map_err(|malformed| malformed.found), Err(Found::TooMany));
        }
    }
}
