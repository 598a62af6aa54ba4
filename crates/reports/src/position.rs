//! A reader that can tell the line and column of what was read last, and can look ahead.
//!
//! It holds one piece of the input at a time, and lines and columns are counted piece by piece, or
//! when somebody asks: a report is read in millions of steps, and few of them are ever told.

use std::io::{self, BufRead, Read};

use crate::Found;

/// Reads through to `inner`, counting.
pub(crate) struct Counted<'a> {
    inner: &'a mut dyn BufRead,
    piece: Vec<u8>,
    /// How much of the piece was read.
    next: usize,
    /// The line and column, from 1, with which the piece begins.
    start: Place,
    marked: Marked,
}

/// A line and a column, from 1; columns count characters.
type Place = (u64, u64);

/// The place that is kept.
enum Marked {
    /// At this byte of the piece.
    Here(usize),
    /// In an earlier piece.
    Before(Place),
}

/// The most bytes that are held.
const PIECE: usize = 1 << 16;

impl<'a> Counted<'a> {
    pub(crate) fn new(inner: &'a mut dyn BufRead) -> Self {
        let (piece, marked) = (Vec::new(), Marked::Before((1, 1)));
        Self { inner, piece, next: 0, start: (1, 1), marked }
    }

    /// The first bytes, without reading them, and without a UTF-8 byte order mark, which is read.
    pub(crate) fn head(&mut self, most: usize) -> Result<Vec<u8>, Found> {
        let room = u64::try_from(most).unwrap_or(u64::MAX);
        (&mut *self.inner).take(room).read_to_end(&mut self.piece).map_err(|_| Found::Disk)?;
        if self.piece.starts_with(b"\xef\xbb\xbf") {
            self.piece.drain(..3);
        }
        Ok(self.piece.clone())
    }

    /// The line and column after what was read.
    pub(crate) fn position(&self) -> Place {
        self.place_of(self.next)
    }

    /// Keeps the place after what was read.
    pub(crate) fn mark(&mut self) {
        self.marked = Marked::Here(self.next);
    }

    /// The line and column that were kept last.
    pub(crate) fn marked(&self) -> Place {
        match self.marked {
            Marked::Here(at) => self.place_of(at),
            Marked::Before(place) => place,
        }
    }

    /// The place of a byte of the piece.
    fn place_of(&self, at: usize) -> Place {
        let bytes = self.piece.get(..at).unwrap_or(&self.piece);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let (line, column) = self.start;
        match memchr::memrchr(b'\n', bytes) {
            Some(last) => {
                let line = line + count(memchr::memchr_iter(b'\n', bytes).count());
                (line, 1 + count(characters(bytes.get(last + 1..).unwrap_or_default())))
            }
            None => (line, column + count(characters(bytes))),
        }
    }

    #[cold]
    fn refill(&mut self) -> io::Result<()> {
        self.marked = Marked::Before(self.marked());
        self.start = self.place_of(self.piece.len());
        self.piece.clear();
        self.next = 0;
        let available = self.inner.fill_buf()?;
        let piece = available.get(..PIECE).unwrap_or(available);
        self.piece.extend_from_slice(piece);
        self.inner.consume(self.piece.len());
        Ok(())
    }
}

/// How many characters `bytes` hold: every byte but those that continue one (UTF-8, RFC 3629). So
/// the sum over pieces is the sum of the whole.
pub(crate) fn characters(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| usize::from(begins_character(*byte))).sum()
}

/// Whether a character begins here.
pub(crate) fn begins_character(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.fill_buf()?.read(buffer)?;
        self.consume(amount);
        Ok(amount)
    }
}

impl BufRead for Counted<'_> {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.next >= self.piece.len() {
            self.refill()?;
        }
        Ok(self.piece.get(self.next..).unwrap_or_default())
    }

    #[inline]
    fn consume(&mut self, amount: usize) {
        self.next += amount;
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// The place after `read` bytes, and that of the byte at `mark`, in pieces of `piece` bytes.
    fn places(text: &str, mark: usize, read: usize, piece: usize) -> (Place, Place) {
        let mut reader = BufReader::with_capacity(piece, text.as_bytes());
        let mut input = Counted::new(&mut reader);
        input.head(3).unwrap();
        for at in 0..read {
            if at == mark {
                input.mark();
            }
            assert_eq!(input.fill_buf().unwrap().first(), text.as_bytes().get(at));
            input.consume(1);
        }
        (input.marked(), input.position())
    }

    #[test]
    fn places_are_the_same_in_any_pieces() {
        let text = "a\nbé\n\nc€d\n";
        for piece in [1, 2, 3, 5, 100] {
            assert_eq!(places(text, 0, 1, piece), ((1, 1), (1, 2)), "{piece}");
            assert_eq!(places(text, 2, 5, piece), ((2, 1), (2, 3)), "{piece}");
            assert_eq!(places(text, 6, 11, piece), ((3, 1), (4, 3)), "{piece}");
            assert_eq!(places(text, 11, text.len(), piece), ((4, 3), (5, 1)), "{piece}");
        }
    }
}
