//! What people read such reports with today: diff-cover and junitparser, installed below
//! `target/bench-peers` as `.config/bench-peers/gate.txt` pins them, and jq where it is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, anyhow};

use crate::bench::changes::place::on_path;
use crate::bench::peers::environment;

/// A tool to compare with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Peer {
    DiffCover,
    Junitparser,
    Jq,
}

/// Where they are.
pub(super) struct Peers {
    python: Result<PathBuf, String>,
}

impl Peers {
    /// Installs what is not installed yet.
    pub(super) fn installed(root: &Path, target: &Path) -> Self {
        let folder = target.join("bench-peers/gate");
        let made = environment(&folder, &root.join(".config/bench-peers/gate.txt"));
        let python = made.map(|()| folder.join("venv/bin/python"));
        Self { python: python.map_err(|why| format!("{why:#}")) }
    }

    /// What it is called, and how it is started on a report.
    pub(super) fn command(
        &self,
        peer: Peer,
        folder: &Path,
        file: &str,
    ) -> (&'static str, anyhow::Result<Command>) {
        let python = |words: &[&str]| {
            let python = self.python.as_ref().map_err(|why| anyhow!("{why}"))?;
            let mut command = Command::new(python);
            command.args(words).current_dir(folder);
            Ok(command)
        };
        match peer {
            Peer::DiffCover => {
                let words =
                    ["-m", "diff_cover.diff_cover_tool", file, "--diff-file", "change.diff", "-q"];
                ("diff-cover", python(&words))
            }
            // `verify` fails where a test failed: the same is asked here without that.
            Peer::Junitparser => {
                let script = "import sys, junitparser\n\
                     for suite in junitparser.JUnitXml.fromfile(sys.argv[1]):\n\
                     \x20   all(case.is_passed or case.is_skipped for case in suite)\n";
                ("junitparser", python(&["-c", script, file]))
            }
            Peer::Jq => {
                let jq = on_path("jq").context("it is not installed here").map(|jq| {
                    let mut jq = Command::new(jq);
                    jq.args(["[.runs[].results|length]|add", file]).current_dir(folder);
                    jq
                });
                ("jq length", jq)
            }
        }
    }
}
