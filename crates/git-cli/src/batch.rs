//! One long-lived `git cat-file`: objects by the thousand without a process for each.

use std::time::Instant;

use repo_model::ObjectId;

use crate::GitFailure;
use crate::output::{Header, Malformed, ObjectKind, header};
use crate::process::{Running, Said, Trouble, deadline};
use crate::{FailureKind, Settings};

/// How git is asked for objects (git-cat-file(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `--batch-command --buffer`, since git 2.36: it answers many questions in one piece, where
    /// `--batch` writes each answer by itself, and somebody wakes up for it.
    Commands,
    /// `--batch`.
    Names,
}

impl Way {
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Commands => &["cat-file", "--batch-command", "--buffer"],
            Self::Names => &["cat-file", "--batch"],
        }
    }

    /// How many bytes are asked at once.
    fn window(self) -> usize {
        match self {
            // Git reads all questions before it answers the first.
            Self::Commands => 32 << 10,
            // They must fit into a pipe (4 KiB at the least, pipe(7)), because git reads no further
            // question while nobody takes its answer.
            Self::Names => 4 << 10,
        }
    }

    /// What stands before each name.
    fn before(self) -> &'static [u8] {
        match self {
            Self::Commands => b"contents ",
            Self::Names => b"",
        }
    }

    /// What stands after the last one.
    fn after(self) -> &'static [u8] {
        match self {
            Self::Commands => b"flush\n",
            Self::Names => b"",
        }
    }
}

/// The exit code of a git that does not know an option (git's usage.h).
const USAGE: i32 = 129;

/// The longest line that begins an answer: a question and a word.
const LONGEST_LINE: usize = 64 << 10;

/// What stands under a name.
#[derive(Debug)]
pub(crate) enum Object {
    /// Nothing, in this clone.
    Missing,
    /// More bytes than are read.
    TooLarge(u64),
    /// An object.
    Found { id: ObjectId, kind: ObjectKind, contents: Vec<u8> },
}

/// A `cat-file` that runs.
#[derive(Debug)]
pub(crate) struct Batch {
    running: Running,
    way: Way,
    /// Whether it has answered anything.
    is_good: bool,
    taken: Vec<u8>,
    at: usize,
}

impl Batch {
    pub(crate) fn new(running: Running, way: Way) -> Self {
        Self { running, way, is_good: false, taken: Vec::new(), at: 0 }
    }

    /// Whether this failure says that git is too old for the way in which it was asked.
    pub(crate) fn is_too_old(&self, failure: &GitFailure) -> bool {
        self.way == Way::Commands && !self.is_good && failure.code == Some(USAGE)
    }

    /// Reads the objects of these names, which hold no line break, and hands each over with its place in
    /// the list. After an object of more than `most` bytes it stops, because git would print all of it:
    /// the answer is how many names were answered.
    pub(crate) fn read(
        &mut self,
        question: &'static str,
        names: &[Vec<u8>],
        settings: &Settings,
        take: &mut dyn FnMut(usize, Object),
    ) -> Result<usize, GitFailure> {
        let mut answered = 0;
        while answered < names.len() {
            let until = deadline(settings.timeout);
            let mut asked = Vec::new();
            let mut count = 0;
            for name in names.iter().skip(answered) {
                if count > 0 && asked.len() + name.len() > self.way.window() {
                    break;
                }
                asked.extend_from_slice(self.way.before());
                asked.extend_from_slice(name);
                asked.push(b'\n');
                count += 1;
            }
            asked.extend_from_slice(self.way.after());
            let result = self.running.ask(&asked);
            result.map_err(|trouble| self.failure(question, trouble, until))?;
            for _ in 0..count {
                let object = self.object(question, settings.most_contents, until)?;
                self.is_good = true;
                let is_end = matches!(object, Object::TooLarge(_));
                take(answered, object);
                answered += 1;
                if is_end {
                    return Ok(answered);
                }
            }
        }
        Ok(answered)
    }

    fn object(
        &mut self,
        question: &'static str,
        most: u64,
        until: Instant,
    ) -> Result<Object, GitFailure> {
        let line = self.line(question, until)?;
        let read = header(&line).map_err(|malformed| GitFailure::malformed(question, malformed))?;
        let Header::Found { id, kind, size } = read else { return Ok(Object::Missing) };
        let Some(length) = usize::try_from(size).ok().filter(|_| size <= most) else {
            return Ok(Object::TooLarge(size));
        };
        // The line break after it is taken with it.
        let mut contents = self.bytes(question, length.saturating_add(1), until)?;
        if contents.pop() != Some(b'\n') {
            let malformed = Malformed { at: length, expected: "a line break after the contents" };
            return Err(GitFailure::malformed(question, malformed));
        }
        Ok(Object::Found { id, kind, contents })
    }

    fn line(&mut self, question: &'static str, until: Instant) -> Result<Vec<u8>, GitFailure> {
        loop {
            let rest = self.taken.get(self.at..).unwrap_or_default();
            if let Some(length) = bstr::ByteSlice::find_byte(rest, b'\n') {
                let line = rest.get(..length).unwrap_or_default().to_vec();
                self.at += length + 1;
                return Ok(line);
            }
            if rest.len() > LONGEST_LINE {
                let malformed = Malformed { at: LONGEST_LINE, expected: "the end of a line" };
                return Err(GitFailure::malformed(question, malformed));
            }
            self.more(question, until)?;
        }
    }

    fn bytes(
        &mut self,
        question: &'static str,
        length: usize,
        until: Instant,
    ) -> Result<Vec<u8>, GitFailure> {
        // No room is made before git has filled it: a size is only a claim.
        let mut bytes = Vec::with_capacity(length.min(1 << 20));
        loop {
            let rest = self.taken.get(self.at..).unwrap_or_default();
            let wanted = length - bytes.len();
            let part = rest.get(..wanted).unwrap_or(rest);
            bytes.extend_from_slice(part);
            self.at += part.len();
            if bytes.len() == length {
                return Ok(bytes);
            }
            self.more(question, until)?;
        }
    }

    fn more(&mut self, question: &'static str, until: Instant) -> Result<(), GitFailure> {
        match self.running.chunk(until) {
            Ok(Some(mut chunk)) => {
                if self.at >= self.taken.len() {
                    self.taken = chunk;
                } else {
                    self.taken.drain(..self.at);
                    self.taken.append(&mut chunk);
                }
                self.at = 0;
                Ok(())
            }
            Ok(None) => {
                let ended = Trouble::Pipe(std::io::ErrorKind::UnexpectedEof.into());
                Err(self.failure(question, ended, until))
            }
            Err(trouble) => Err(self.failure(question, trouble, until)),
        }
    }

    /// What went wrong: where git has ended, its own words say more than a broken pipe does.
    fn failure(&mut self, question: &'static str, trouble: Trouble, until: Instant) -> GitFailure {
        if !matches!(trouble, Trouble::Pipe(_)) {
            return GitFailure::of_trouble(question, trouble);
        }
        match self.running.last_words(until) {
            Some((code, stderr)) => {
                let failure =
                    GitFailure::of_refusal(question, &Said { code, stdout: Vec::new(), stderr });
                let is_blank = failure.said.raw().is_empty();
                if is_blank { GitFailure { kind: FailureKind::Other, ..failure } } else { failure }
            }
            None => GitFailure::of_trouble(question, trouble),
        }
    }
}
