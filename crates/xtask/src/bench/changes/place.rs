//! Where the bench works: the tool as it is released, git alone on the path, and a home without settings.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::bench::tool::built;

/// The tool, and folders for what it reads and writes.
pub(crate) struct Place {
    pub(crate) tool: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// Where repositories are made.
    folder: PathBuf,
    /// `node`, if it is installed.
    pub(crate) node: Option<PathBuf>,
}

/// A `git` that counts how often it is started.
const COUNTING: &str = r#"#!/bin/sh
echo >>"$COUNTED_GITS"
exec "$COUNTED_GIT" "$@"
"#;

impl Place {
    /// Builds the tool; what it reads is made in `bench/FOLDER` below where cargo builds.
    pub(crate) fn built(root: &Path, tool: &str, folder: &str) -> anyhow::Result<Self> {
        let (tool, target) = built(root, tool)?;
        let folder = target.join("bench").join(folder);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let place = Self { tool, target, folder, node: on_path("node") };
        for name in ["bin", "counting", "home", "job"] {
            fs::create_dir_all(place.folder.join(name))?;
        }
        let git = on_path("git").context("git is not installed")?;
        symlink(&git, place.folder.join("bin/git"))?;
        let counting = place.folder.join("counting/git");
        fs::write(&counting, COUNTING)?;
        fs::set_permissions(&counting, fs::Permissions::from_mode(0o755))?;
        Ok(place)
    }

    /// A path below the bench's folder.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A program without a variable of this process's: git is on its path and nothing else.
    pub(crate) fn alone(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(folder).stdin(Stdio::null());
        command.env("PATH", self.at("bin")).env("HOME", self.at("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    pub(crate) fn git(&self, repository: &Path, words: &[&str]) -> Command {
        let mut git = self.alone("git", repository);
        git.args(words);
        git
    }

    pub(crate) fn tool(&self, repository: &Path, words: &[&str]) -> Command {
        let mut tool = self.alone(&self.tool, repository);
        tool.args(words);
        tool
    }

    /// What git says.
    pub(crate) fn asked(&self, repository: &Path, words: &[&str]) -> anyhow::Result<String> {
        let said = said(&mut self.git(repository, words))?;
        Ok(String::from_utf8(said)?.trim_end().to_owned())
    }

    /// How many gits `command` starts; those that git itself starts are not counted.
    pub(crate) fn gits(&self, mut command: Command) -> anyhow::Result<usize> {
        let list = self.at("counted");
        fs::write(&list, "")?;
        command.env("PATH", self.at("counting"));
        command.env("COUNTED_GITS", &list).env("COUNTED_GIT", self.at("bin/git"));
        said(&mut command)?;
        Ok(fs::read_to_string(&list)?.lines().count())
    }

    /// Whether nobody wrote into the home folder.
    pub(crate) fn home_is_empty(&self) -> anyhow::Result<bool> {
        Ok(fs::read_dir(self.at("home"))?.next().is_none())
    }
}

/// What the tool tells with `--format json`: its outputs by name.
pub(crate) fn answer(tool: &mut Command) -> anyhow::Result<BTreeMap<String, String>> {
    let told: Told = serde_json::from_slice(&said(tool.args(["--format", "json"]))?)?;
    Ok(told.outputs)
}

/// The list of names in an output.
pub(crate) fn names(
    outputs: &BTreeMap<String, String>,
    output: &str,
) -> anyhow::Result<BTreeSet<String>> {
    let list = outputs.get(output).with_context(|| format!("no output `{output}`"))?;
    Ok(serde_json::from_str(list)?)
}

#[derive(Deserialize)]
struct Told {
    outputs: BTreeMap<String, String>,
}

/// What a program prints; its last words if it fails.
pub(crate) fn said(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}: {}", output.status, error.trim_end());
    Ok(output.stdout)
}

pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join(program));
    found.filter(|path| path.is_file()).find_map(|path| path.canonicalize().ok())
}
