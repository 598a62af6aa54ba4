//! Workspaces: which packages a repository has, which of them need which, and which of them a change
//! touches by itself.
//!
//! One file (or folder) an ecosystem. Each reads manifests and lock files through `&dyn Tree`, so that
//! a commit, the disk and a test are read alike, and answers with the same [`Reading`]. What follows
//! from it (who depends on whom, tiers, rules) is decided in the crate `affected`.

pub mod cargo;
mod draft;
pub(crate) mod folders;
pub mod foundry;
pub mod go;
mod links;
pub mod npm;
#[cfg(test)]
mod testing;
mod version;

use diagnostics::{Problem, Text};
use repo_model::{ChangeSet, RepoPath, Tree};

/// What is compared.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// The files before; nothing where there is nothing to compare with, so that only packages and
    /// their needs are asked for.
    pub base: Option<&'a dyn Tree>,
    /// The files now.
    pub head: &'a dyn Tree,
    /// What differs between both, every path of it.
    pub changes: &'a ChangeSet,
}

/// A package: what one manifest describes and other packages can need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name, as its manifest says it.
    pub name: String,
    /// The folder of its manifest, without `/` at its end; empty for the root.
    pub folder: Vec<u8>,
    /// The folder from which it is built together with others: of cargo the root of its workspace.
    /// Its own folder where it is alone, and in other ecosystems.
    pub root: Vec<u8>,
    /// Which other packages of the same [`Reading`] it needs, each kind of need once, sorted.
    pub needs: Vec<Need>,
}

/// That one package needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The place of the needed package in [`Reading::packages`].
    pub on: usize,
    /// What for.
    pub kind: NeedKind,
}

/// What a package needs another one for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NeedKind {
    /// To be used: whoever depends on the one depends on the other.
    Normal,
    /// To be built, such as a build script's: the same.
    Build,
    /// For its own tests, examples and benches only: whoever depends on the one does not see the other.
    Dev,
}

/// How far a touch reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// What linters and formatters say of the package; nothing that is built or run.
    Lint,
    /// The package alone, such as its tests, examples, benches and words; nobody who depends on it.
    Own,
    /// The package and whoever depends on it.
    Dependents,
}

/// That a change touches a package by itself, without going through another package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The place of the package in [`Reading::packages`].
    pub package: usize,
    /// How far it reaches.
    pub reach: Reach,
    /// The changed file that it comes from.
    pub path: RepoPath,
    /// What in that file it is, if the file alone does not say it: "`serde` 1.0.1 became 1.0.2".
    pub what: Option<Text>,
}

/// Whether a file of this name is one whose two sides are compared by what they say: a manifest or a lock
/// file. A rule about its path says nothing about what was found in it, as in determinator, which
/// compares manifests and lock files whatever its rules say.
pub fn is_compared(path: &[u8]) -> bool {
    const NAMES: [&[u8]; 14] = [
        b"Cargo.lock",
        b"Cargo.toml",
        b"bun.lock",
        b"foundry.toml",
        b"go.mod",
        b"go.sum",
        b"go.work",
        b"go.work.sum",
        b"npm-shrinkwrap.json",
        b"package-lock.json",
        b"package.json",
        b"pnpm-lock.yaml",
        b"pnpm-workspace.yaml",
        b"yarn.lock",
    ];
    let name = path.rsplit(|byte| *byte == b'/').next();
    name.is_some_and(|name| NAMES.contains(&name))
}

/// What one ecosystem has in a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The packages of the head, sorted by name, then folder.
    pub packages: Vec<Package>,
    /// What the change touches, sorted by package, the farthest reach first; empty without a base.
    pub touches: Vec<Touch>,
    /// The names of the packages that are gone since the base, sorted.
    pub gone: Vec<String>,
    /// The changed paths that this ecosystem has looked into and answers for, sorted: lock files,
    /// root manifests, everything below a package. What nobody answers for is told to the user.
    pub known: Vec<RepoPath>,
    /// What somebody should look at: a base manifest that cannot be read, so that its package counts
    /// as touched.
    pub problems: Vec<Problem>,
}
