//! A reader that knows the line and column of what was read last, and can look ahead.

use std::io::{self, BufRead, Read};

use crate::Found;

/// Reads through to `inner`, counting.
pub(crate) struct Counted<'a> {
    inner: &'a mut dyn BufRead,
    /// Bytes that were looked at but not read yet.
    ahead: Vec<u8>,
    ahead_from: usize,
    line: u64,
    column: u64,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(inner: &'a mut dyn BufRead) -> Self {
        Self { inner, ahead: Vec::new(), ahead_from: 0, line: 1, column: 1 }
    }

    /// The first bytes, without reading them, and without a UTF-8 byte order mark, which is read.
    pub(crate) fn head(&mut self, most: usize) -> Result<Vec<u8>, Found> {
        let mut head = Vec::new();
        let room = u64::try_from(most).unwrap_or(u64::MAX);
        (&mut *self.inner).take(room).read_to_end(&mut head).map_err(|_| Found::Disk)?;
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        self.ahead.clone_from(&head);
        Ok(head)
    }

    /// The line and column, from 1, after what was read; columns count characters.
    pub(crate) fn position(&self) -> (u64, u64) {
        (self.line, self.column)
    }

    fn count(&mut self, amount: usize) {
        let bytes = if self.ahead_from < self.ahead.len() {
            self.ahead.get(self.ahead_from..).unwrap_or_default()
        } else {
            self.inner.fill_buf().unwrap_or_default()
        };
        let bytes = bytes.get(..amount).unwrap_or(bytes);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        match memchr::memrchr(b'\n', bytes) {
            Some(last) => {
                self.line += count(memchr::memchr_iter(b'\n', bytes).count());
                self.column = 1 + count(characters(bytes.get(last + 1..).unwrap_or_default()));
            }
            None => self.column += count(characters(bytes)),
        }
    }
}

/// How many characters `bytes` hold: every byte but those that continue one (UTF-8, RFC 3629). So
/// the sum over pieces is the sum of the whole.
fn characters(bytes: &[u8]) -> usize {
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
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.ahead_from < self.ahead.len() {
            Ok(self.ahead.get(self.ahead_from..).unwrap_or_default())
        } else {
            self.inner.fill_buf()
        }
    }

    fn consume(&mut self, amount: usize) {
        self.count(amount);
        if self.ahead_from < self.ahead.len() {
            self.ahead_from += amount;
        } else {
            self.inner.consume(amount);
        }
    }
}
