//! What an ecosystem asks to be told, and what it is told.

use std::collections::BTreeMap;

use bstr::BString;
use diagnostics::{Piece, Place, Problem};
use repo_model::{NotRead, Tree, entry};

use crate::Probe;

/// Where a file outside of the repository is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// The folder of an environment variable; where it is not set, this folder of the home folder.
    Variable {
        /// The variable: `CARGO_HOME`.
        name: &'static str,
        /// What it is if it is not set, below the home folder: `.cargo`.
        otherwise: &'static str,
    },
    /// The home folder.
    Home,
    /// No folder but the very file that an environment variable names, as `NPM_CONFIG_USERCONFIG` does; the
    /// path says only what kind of file it is.
    Named {
        /// The variable.
        variable: &'static str,
    },
    /// The same, where the variable names several files with blanks between them, as `PIP_CONSTRAINT` does.
    Listed {
        /// The variable.
        variable: &'static str,
    },
    /// Every folder above the repository, up to the root of the disk, the nearest first.
    Above,
}

/// A file outside of the repository that a tool reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beyond {
    /// Where.
    pub folder: Folder,
    /// Its path from there: `config.toml`.
    pub path: &'static str,
}

/// What must be known besides the files of the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Commands to run in the root of the repository, or in the folder that each names.
    pub probes: Vec<(Vec<u8>, Probe)>,
    /// Files to read, if they are there.
    pub beyond: Vec<Beyond>,
    /// Environment variables that change what is made: names, in which one `*` stands for any
    /// letters.
    pub variables: Vec<&'static str>,
}

/// What became of a [`Probe`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its standard output.
    Said(Vec<u8>),
    /// The program is not installed here.
    NotThere,
    /// It failed; its standard error.
    Failed(Vec<u8>),
}

/// A file outside of the repository that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeyondFile {
    /// Which of the wanted ones it is.
    pub wanted: Beyond,
    /// Where it is, absolute. It tells where paths in it lead, and is no ingredient.
    pub at: Vec<u8>,
    /// Where the wanted one is that includes it; nothing for that one itself.
    pub by: Option<Vec<u8>>,
    /// Its path as a person would write it: `~/.cargo/config.toml`, `../.cargo/config.toml`.
    pub shown: BString,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The machine that builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The operating system, as the runner names it, in lower case: `linux`, `macos`, `windows`.
    pub os: String,
    /// The processor, as the runner names it, in lower case: `x64`, `arm64`.
    pub arch: String,
    /// The C library with its version, such as `glibc 2.39`; nothing where there is none to know.
    pub libc: Option<String>,
    /// The distribution with its version, such as `ubuntu 24.04`; nothing where it is not known.
    pub distribution: Option<String>,
    /// The home folder, if there is one. It only tells where things lie.
    pub home: Option<Vec<u8>>,
    /// Where the home folder is as seen from the folder that steps of a job start in; nothing outside of a
    /// job. actions/cache packs and unpacks by it (its toolkit's `cacheUtils.ts`, `resolvePaths`).
    pub home_from_workspace: Option<Vec<u8>>,
    /// Where the root of the repository is, absolute. It tells where things lie, and is an ingredient only
    /// of what has absolute paths in it and cannot be used elsewhere.
    pub repository: Vec<u8>,
}

/// A workspace that a person named, as the input `workspaces` does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workspace {
    /// Its folder from the root of the repository, without `/` at the end; empty for the root.
    pub folder: Vec<u8>,
    /// Where its products are, if a person said so: from its folder, or absolute.
    pub target: Option<Vec<u8>>,
}

/// What a person asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an input of its own")]
pub struct Settings {
    /// The workspaces; empty for all that are found.
    pub workspaces: Vec<Workspace>,
    /// Whether products of the repository's own packages are kept as well.
    pub keeps_workspace: bool,
    /// Whether what was built or installed from elsewhere is kept.
    pub keeps_dependencies: bool,
    /// Whether programs that were installed for a person to run are kept: `cache-bin`.
    pub keeps_programs: bool,
    /// Whether there is nothing to be trusted without a lock file.
    pub requires_lock: bool,
    /// The arguments that images are built with: names and values.
    pub build_args: BTreeMap<String, String>,
}

impl Settings {
    /// Whether anything is kept that a compiler made.
    pub fn keeps_products(&self) -> bool {
        self.keeps_dependencies || self.keeps_workspace
    }

    /// The folders that count: those of the workspaces that a person named, otherwise all of `found`.
    pub fn folders(&self, found: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        if self.workspaces.is_empty() {
            return found;
        }
        let is_named = |folder: &Vec<u8>| self.workspaces.iter().any(|it| it.folder == *folder);
        found.into_iter().filter(is_named).collect()
    }
}

/// That a file of the repository cannot be read.
pub(super) fn unread(error: &NotRead) -> Problem {
    Problem::error("a file that the cache depends on cannot be read")
        .at(Place::file(error.path.as_bytes()))
        .label(Piece::said(&error.why))
        .help("see its permissions, and whether it is checked out")
}

/// All that an ecosystem is told.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The files of the repository, as they are on disk.
    pub tree: &'a dyn Tree,
    /// The wanted variables. One with an empty value counts as not set. Those that a person named besides
    /// are nobody's here.
    pub variables: &'a BTreeMap<BString, BString>,
    /// What became of each wanted probe, in their order.
    pub answers: &'a [Answer],
    /// The wanted files that are there, in the order of the wishes, the nearest first, each before what it
    /// includes.
    pub beyond: &'a [BeyondFile],
    /// The machine.
    pub machine: &'a Machine,
    /// What a person asked for.
    pub settings: &'a Settings,
}

impl<'a> Seen<'a> {
    /// The value of a variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&'a [u8]> {
        let value = self.variables.get(name.as_bytes())?.as_slice();
        Some(value).filter(|value| !value.is_empty())
    }

    /// What the file at this path of the repository holds; nothing where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read: what is in it counts all the same.
    pub fn contents(&self, path: &[u8]) -> Result<Option<Vec<u8>>, Box<Problem>> {
        let Some(file) = entry(self.tree, path).filter(|it| it.kind.is_file()) else {
            return Ok(None);
        };
        let contents = self.tree.read(&[file]).map_err(|error| unread(&error))?;
        Ok(contents.into_iter().next())
    }

    /// The answer to the probe at `at` of the wishes.
    pub fn answer(&self, at: usize) -> &'a Answer {
        self.answers.get(at).unwrap_or(&Answer::NotThere)
    }
}
