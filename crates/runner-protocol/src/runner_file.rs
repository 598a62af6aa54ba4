//! The runner's files, named by `GITHUB_OUTPUT` and its kin: opened, looked at, appended to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use diagnostics::{Foreign, Piece, Problem, text};

use crate::Failure;

/// A file through which the runner is told something, ready to be appended to.
pub(crate) struct Opened {
    variable: &'static str,
    path: PathBuf,
    file: File,
    /// How many bytes stand there.
    pub(crate) length: u64,
    /// Whether what stands there is a whole line, so that ours begins a new one.
    is_whole_line: bool,
}

impl Opened {
    pub(crate) fn new(variable: &'static str, path: PathBuf) -> Result<Self, Failure> {
        #[expect(clippy::disallowed_methods, reason = "this is how a step talks to its runner")]
        let opened = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let looked_at = opened.and_then(|mut file| {
            let length = file.metadata()?.len();
            let mut last = [b'\n'];
            if length > 0 {
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
            }
            Ok((file, length, last == [b'\n']))
        });
        match looked_at {
            Ok((file, length, is_whole_line)) => {
                Ok(Self { variable, path, file, length, is_whole_line })
            }
            Err(error) => Err(not_written(variable, &path, &error)),
        }
    }

    /// Appends `text` in one write.
    pub(crate) fn append(mut self, text: &str) -> Result<(), Failure> {
        let text = if self.is_whole_line { text.to_owned() } else { format!("\n{text}") };
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|error| not_written(self.variable, &self.path, &error))
    }
}

fn not_written(variable: &'static str, path: &Path, error: &io::Error) -> Failure {
    let file = Foreign::path(path);
    let message = text!["the file ", file, " of ", variable, " cannot be written"];
    Failure::environment(
        Problem::error(message)
            .label(Piece::said(error))
            .help("see the disk and the permissions of the runner"),
    )
}
