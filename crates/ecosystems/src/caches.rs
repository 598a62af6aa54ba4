//! Caches: what each ecosystem keeps between runs, what its contents depend on, and how far a cache that
//! was made for something else may be used.
//!
//! One file an ecosystem, registered here and nowhere else. Each looks for its marks in the repository,
//! says what must be known besides ([`Wants`]: a command's answer, files outside of the repository), and
//! turns what was found into [`Ingredient`]s and [`Place`]s. It reads manifests and lock files by what
//! they mean: what cannot change the cache's contents is no ingredient. How a key is made of them is
//! decided in the crate `cache-identity`.

mod homes;
mod ingredient;
mod ini;
mod names;
mod node;
mod pins;
mod place;
mod python;
mod reading;
mod seen;
mod sources;
mod values;

pub use ingredient::{Fact, Ingredient, Level, Source};
pub use place::{Layer, Place, Reuse};
pub use seen::{Answer, Beyond, BeyondFile, Folder, Machine, Seen, Settings, Wants, Workspace};

use std::collections::BTreeSet;

use diagnostics::Problem;
use repo_model::Tree;

/// What an ecosystem says of its cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What the contents depend on, in any order; each name once within its ecosystem and level.
    pub ingredients: Vec<Ingredient>,
    /// What is kept, and where.
    pub places: Vec<Place>,
    /// The paths of those places outside of the repository that a file of the repository alone names: they
    /// may be anybody's on this machine.
    pub claimed: BTreeSet<Vec<u8>>,
    /// What somebody should look at: no lock file, a toolchain that is not known.
    pub problems: Vec<Problem>,
    /// Whether something that should be locked is not: the key is then made of what the manifests ask
    /// for, which is less than what will be installed.
    pub is_unlocked: bool,
}

/// Makes [`Ecosystem`], its names and its dispatch from one list.
macro_rules! caches {
    ($($(#[doc = $doc:literal])* $variant:ident($file:ident),)*) => {
        $( mod $file; )*

        /// A tool whose downloads or products are worth keeping.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Ecosystem {
            $( $(#[doc = $doc])* $variant, )*
        }

        impl Ecosystem {
            /// All of them, in the order in which keys and reports name them.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),*];

            /// Its name in inputs and in keys: lower-case letters and digits.
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$variant => $file::NAME, )*
                }
            }

            /// What a repository has where this ecosystem is used, in words for a person.
            pub const fn mark(self) -> &'static str {
                match self {
                    $( Self::$variant => $file::MARK, )*
                }
            }

            /// The files that count beside those that it looks into even where git does not know them:
            /// lock files, and settings that an earlier step of a job may have written.
            pub const fn locks(self) -> &'static [&'static str] {
                match self {
                    $( Self::$variant => $file::LOCKS, )*
                }
            }

            /// Whether what is in the file at this path may matter.
            pub fn looks_into(self, path: &[u8]) -> bool {
                match self {
                    $( Self::$variant => $file::looks_into(path), )*
                }
            }

            /// The folders from which it is used, without `/` at the end, sorted; empty if it is not.
            /// The root of the repository is the empty folder.
            pub fn folders(self, tree: &dyn Tree) -> Vec<Vec<u8>> {
                match self {
                    $( Self::$variant => $file::folders(tree), )*
                }
            }

            /// What must be known besides the files of the repository.
            pub fn wants(self, tree: &dyn Tree, settings: &Settings) -> Wants {
                match self {
                    $( Self::$variant => $file::wants(tree, settings), )*
                }
            }

            /// What its cache depends on, and where it is.
            ///
            /// # Errors
            /// Each thing that leaves open what the cache depends on: a lock file that cannot be read,
            /// a manifest that is none. And each folder that cannot be kept by its name.
            pub fn read(self, seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
                let found = match self {
                    $( Self::$variant => $file::read(seen)?, )*
                };
                let odd = names::problems(&found, seen.tree);
                if odd.is_empty() { Ok(found) } else { Err(odd) }
            }
        }
    };
}

caches! {
    /// Rust's cargo.
    Cargo(cargo),
    /// Node's npm.
    Npm(npm),
    /// Node's pnpm.
    Pnpm(pnpm),
    /// Node's Yarn, classic and later.
    Yarn(yarn),
    /// Bun.
    Bun(bun),
    /// Python's uv.
    Uv(uv),
    /// Python's pip.
    Pip(pip),
    /// Python's Poetry.
    Poetry(poetry),
    /// Terraform and `OpenTofu`.
    Terraform(terraform),
    /// Kubernetes' Helm.
    Helm(helm),
    /// Go.
    Go(go),
    /// Foundry, for contracts in Solidity.
    Foundry(foundry),
    /// Hardhat, for contracts in Solidity.
    Hardhat(hardhat),
    /// Images of Docker, which `BuildKit` keeps itself.
    Docker(docker),
}

/// Whether the file at this path may name folders with copies of packages from elsewhere.
pub fn may_name_copies(path: &[u8]) -> bool {
    cargo::may_name_copies(path)
}

/// Whether these files, of those that may, name such folders: what is in them counts, as sources do. What
/// cannot be read names none; it is told by [`Ecosystem::read`].
pub fn names_copies(settings: &dyn Tree) -> bool {
    cargo::names_copies(settings)
}

impl Ecosystem {
    /// The files that one outside of the repository includes: where each is, and how a person would write
    /// that.
    pub fn includes(self, file: &BeyondFile) -> Vec<(Vec<u8>, Vec<u8>)> {
        if self == Self::Cargo { cargo::includes(file) } else { Vec::new() }
    }

    /// Whether its tool keeps its cache itself, under a name that it is told: there is no folder to keep.
    pub const fn keeps_itself(self) -> bool {
        matches!(self, Self::Docker)
    }
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod checks;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_plain_and_each_is_there_once() {
        let names: BTreeSet<&str> = Ecosystem::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), Ecosystem::ALL.len());
        for name in names {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            assert!(name.bytes().all(is_plain), "{name}");
        }
    }
}
