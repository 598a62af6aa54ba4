//! A repository whose history is written by one `git fast-import` (git-fast-import(1)).

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};

use anyhow::{Context as _, ensure};

use super::place::{Place, said};

/// A repository that is being made.
pub(crate) struct Import {
    child: Child,
    stream: BufWriter<ChildStdin>,
    commits: u64,
    repository: PathBuf,
}

impl Import {
    /// Begins an empty one below the bench's folder; its branch is `main`.
    pub(crate) fn begin(place: &Place, name: &str) -> anyhow::Result<Self> {
        let repository = place.at(name);
        std::fs::create_dir_all(&repository)?;
        said(&mut place.git(&repository, &["init", "--quiet", "--initial-branch=main"]))?;
        let mut import = place.git(&repository, &["fast-import", "--quiet", "--force"]);
        let mut child = import.stdin(Stdio::piped()).spawn()?;
        let stream = BufWriter::new(child.stdin.take().context("no pipe to git")?);
        Ok(Self { child, stream, commits: 0, repository })
    }

    /// Another commit on `main`; what is written next is in it.
    pub(crate) fn commit(&mut self) -> anyhow::Result<()> {
        let moment = 1_700_000_000 + self.commits;
        self.commits += 1;
        let who = format!("Bench <bench@example.invalid> {moment} +0000");
        Ok(writeln!(self.stream, "commit refs/heads/main\ncommitter {who}\ndata 0\n")?)
    }

    pub(crate) fn write(&mut self, path: &str, contents: &str) -> anyhow::Result<()> {
        let length = contents.len();
        Ok(writeln!(self.stream, "M 100644 inline {path}\ndata {length}\n{contents}")?)
    }

    pub(crate) fn rename(&mut self, from: &str, to: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.stream, "R {from} {to}")?)
    }

    /// Ends it; where the repository is.
    pub(crate) fn end(mut self) -> anyhow::Result<PathBuf> {
        self.stream.flush()?;
        drop(self.stream);
        let status = self.child.wait()?;
        ensure!(status.success(), "git fast-import: {status}");
        Ok(self.repository)
    }
}

/// A clone of it, with its files checked out, as a job has one.
pub(crate) fn cloned(place: &Place, from: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let to = place.at(name);
    let url = format!("file://{}", from.display());
    let words = ["clone", "--quiet", &url, name];
    said(&mut place.git(&place.at(""), &words))?;
    Ok(to)
}
