//! The SHA-256 of one file.

use std::fs::File;
use std::io;
use std::path::Path;

use repo_model::text_lines;
use sha2::{Digest as _, Sha256};

use super::Lines;
use crate::DiskFailure;

/// How many bytes are read at once: they stay in the processor's cache until they are hashed.
const AT_ONCE: usize = 128 << 10;

/// What files pass through, one after another.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    lines: Lines,
}

impl Buffer {
    pub(super) fn new(lines: Lines) -> Self {
        Self { bytes: vec![0; AT_ONCE], lines }
    }

    /// The SHA-256 of a file, and how many bytes it has.
    pub(super) fn digest(&mut self, path: &Path) -> Result<([u8; 32], u64), DiskFailure> {
        let failure = |source| DiskFailure::new("reading", path, source);
        #[expect(clippy::disallowed_methods, reason = "this is system")]
        let file = File::open(path).map_err(failure)?;
        self.hashed(file).map_err(failure)
    }

    fn hashed(&mut self, mut file: impl io::Read) -> io::Result<([u8; 32], u64)> {
        let mut sha = Sha256::new();
        let first = self.beginning(&mut file)?;
        let read = self.bytes.get(..first).unwrap_or_default();
        let mut lines = match self.lines {
            Lines::Unix if text_lines::is_text(read) => Some(UnixLines::default()),
            Lines::Unix | Lines::AsTheyAre => None,
        };
        let mut length = 0;
        let mut here = first;
        while here > 0 {
            let read = self.bytes.get(..here).unwrap_or_default();
            match &mut lines {
                Some(lines) => lines.update(&mut sha, read),
                None => sha.update(read),
            }
            length += u64::try_from(here).unwrap_or_default();
            here = read_some(&mut file, &mut self.bytes)?;
        }
        if let Some(lines) = lines {
            lines.finish(&mut sha);
        }
        Ok((sha.finalize().into(), length))
    }

    /// Reads as much as tells text from the rest.
    fn beginning(&mut self, file: &mut impl io::Read) -> io::Result<usize> {
        let mut length = 0;
        loop {
            let read = read_some(file, self.bytes.get_mut(length..).unwrap_or_default())?;
            length += read;
            if read == 0 || length >= text_lines::LOOKED_AT || self.lines == Lines::AsTheyAre {
                return Ok(length);
            }
        }
    }
}

fn read_some(file: &mut impl io::Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// `CR LF` becomes `LF`, also where it is torn.
#[derive(Default)]
struct UnixLines {
    /// Whether the last byte was a `CR` that nothing has followed yet.
    is_open: bool,
}

impl UnixLines {
    fn update(&mut self, sha: &mut Sha256, bytes: &[u8]) {
        if self.is_open && bytes.first() != Some(&b'\n') {
            sha.update(b"\r");
        }
        self.is_open = bytes.last() == Some(&b'\r');
        let mut rest = bytes.get(..bytes.len() - usize::from(self.is_open)).unwrap_or_default();
        while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
            let (line, behind) = rest.split_at(at);
            sha.update(line);
            rest = behind.get(1..).unwrap_or_default();
        }
        sha.update(rest);
    }

    fn finish(self, sha: &mut Sha256) {
        if self.is_open {
            sha.update(b"\r");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives its bytes in pieces of these lengths.
    struct Torn<'a>(&'a [u8], Vec<usize>);

    impl io::Read for Torn<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.pop().unwrap_or(usize::MAX).max(1);
            let length = length.min(self.0.len()).min(into.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn hashed(lines: Lines, bytes: &[u8], pieces: Vec<usize>) -> [u8; 32] {
        Buffer::new(lines).hashed(Torn(bytes, pieces)).unwrap().0
    }

    #[test]
    fn text_has_unix_lines_and_the_rest_stays() {
        let check = |bytes: &[u8], wanted: &[u8]| {
            let wanted: [u8; 32] = Sha256::digest(wanted).into();
            assert_eq!(hashed(Lines::Unix, bytes, Vec::new()), wanted);
            assert_eq!(
                hashed(Lines::AsTheyAre, bytes, Vec::new()),
                <[u8; 32]>::from(Sha256::digest(bytes))
            );
        };
        check(b"a\r\nb\r\n", b"a\nb\n");
        check(b"a\r\r\nb\rc\r", b"a\r\nb\rc\r");
        check(b"\0a\r\n", b"\0a\r\n");
        check(b"", b"");
        let late = [&b"a\r\n".repeat(3000)[..], b"\0"].concat();
        check(&late, &[&b"a\n".repeat(3000)[..], b"\0"].concat());
        let at_the_end_of_the_beginning = [&[b'a'; 7999][..], b"\0\r\n"].concat();
        check(&at_the_end_of_the_beginning, &at_the_end_of_the_beginning);
        let large = b"0123456789abcde\r\n".repeat(40_000);
        check(&large, &b"0123456789abcde\n".repeat(40_000));
    }

    proptest! {
        #[test]
        fn how_a_file_comes_does_not_count(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'a')], 0..60),
            pieces in proptest::collection::vec(0..6_usize, 0..40),
        ) {
            let wanted = bytes.as_slice().iter().enumerate();
            let wanted: Vec<u8> = wanted
                .filter(|(at, byte)| **byte != b'\r' || bytes.get(at + 1) != Some(&b'\n'))
                .map(|(_, byte)| *byte)
                .collect();
            let wanted: [u8; 32] = Sha256::digest(&wanted).into();
            prop_assert_eq!(hashed(Lines::Unix, &bytes, pieces), wanted);
        }
    }
}
