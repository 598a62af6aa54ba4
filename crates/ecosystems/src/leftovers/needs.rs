//! What the lock files of a repository need.

use std::collections::{BTreeMap, BTreeSet};

use bstr::ByteSlice as _;
use diagnostics::Problem;
use repo_model::{Entry, Tree};

use crate::workspaces::cargo::lock::{Identity, Lock};

/// The packages that any lock file of a repository names: one that no workspace of today uses keeps too
/// much, and never too little.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    packages: BTreeMap<String, Vec<Package>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Package {
    version: String,
    from: From,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    Path,
    Registry,
    Git { repository: Vec<u8>, commit: String },
}

impl Needs {
    /// Those of all lock files of the tree; nothing where there is none.
    ///
    /// # Errors
    /// When one cannot be read or understood.
    pub fn of(tree: &dyn Tree) -> Result<Option<Self>, Box<Problem>> {
        let is_lock = |it: &&Entry| {
            it.kind.is_file() && it.path.as_bytes().rsplit_str("/").next() == Some(b"Cargo.lock")
        };
        let files: Vec<&Entry> = tree.entries().iter().filter(is_lock).collect();
        let mut needs = Self::default();
        for file in &files {
            let read = tree.read(&[file]).map_err(|error| {
                Problem::error("a lock file cannot be read")
                    .at(diagnostics::Place::file(file.path.as_bytes()))
                    .label(diagnostics::Piece::said(&error.why))
            })?;
            for bytes in read {
                needs.add(&Lock::read(file.path.as_bytes(), &bytes)?);
            }
        }
        Ok((!files.is_empty()).then_some(needs))
    }

    fn add(&mut self, lock: &Lock) {
        for Identity { name, version, source, .. } in
            (0..lock.len()).filter_map(|at| lock.identity(at))
        {
            let from = match source.as_deref().map(|it| (it.strip_prefix("git+"), it)) {
                None => From::Path,
                Some((None, _)) => From::Registry,
                Some((Some(git), _)) => {
                    let (address, commit) = git.split_once('#').unwrap_or((git, ""));
                    let address = address.split('?').next().unwrap_or(address);
                    From::Git {
                        repository: repository_name(address.as_bytes()),
                        commit: commit.to_owned(),
                    }
                }
            };
            let package = Package { version: version.clone(), from };
            self.packages.entry(name.clone()).or_default().push(package);
        }
    }

    fn named(&self, name: &[u8]) -> &[Package] {
        let packages = std::str::from_utf8(name).ok().and_then(|name| self.packages.get(name));
        packages.map_or(&[], Vec::as_slice)
    }

    /// Whether a package of this name comes from elsewhere.
    pub fn is_external(&self, name: &[u8]) -> bool {
        self.named(name).iter().any(|it| it.from != From::Path)
    }

    /// Whether a package of this name is of a path.
    pub fn is_local(&self, name: &[u8]) -> bool {
        self.named(name).iter().any(|it| it.from == From::Path)
    }

    /// Whether the package that a registry packed as `folder` is needed; nothing where the folder's name
    /// is not that of `name`.
    pub fn package(&self, name: &[u8], folder: &[u8]) -> Option<bool> {
        let version = folder.strip_prefix(name)?.strip_prefix(b"-")?;
        let is_it = |it: &Package| it.from == From::Registry && it.version.as_bytes() == version;
        Some(self.named(name).iter().any(is_it))
    }

    /// The names, with their versions, of all packages of registries: `serde-1.0.200`.
    pub fn folders(&self) -> BTreeSet<Vec<u8>> {
        let all = self.packages.iter();
        let all = all.flat_map(|(name, packages)| packages.iter().map(move |it| (name, it)));
        let of_registry = all.filter(|(_, it)| it.from == From::Registry);
        of_registry.map(|(name, it)| format!("{name}-{}", it.version).into_bytes()).collect()
    }

    /// Whether a commit of a clone is needed, for the package of this name or for any.
    pub fn commit(&self, name: Option<&[u8]>, clone: &[u8], beginning: &[u8]) -> bool {
        let is_it = |it: &Package| match &it.from {
            From::Path | From::Registry => false,
            From::Git { repository, commit } => {
                is_clone_of(clone, repository) && commit.as_bytes().starts_with(beginning)
            }
        };
        match name {
            Some(name) => self.named(name).iter().any(is_it),
            None => self.packages.values().flatten().any(is_it),
        }
    }

    /// Whether a clone is of a repository that is needed.
    pub fn clone_of_any(&self, clone: &[u8]) -> bool {
        self.commit(None, clone, b"")
    }
}

/// What cargo calls the clone of a repository, before a `-` and a hash of its address (cargo's
/// `sources/git/source.rs`, `ident`): the last part of its path, in small letters here.
pub fn repository_name(address: &[u8]) -> Vec<u8> {
    let address = address.trim_end_with(|it| it == '/');
    let last = address.rsplit(|byte| matches!(byte, b'/' | b':')).next().unwrap_or_default();
    let last = last.to_ascii_lowercase();
    last.strip_suffix(b".git").unwrap_or(&last).to_vec()
}

fn is_clone_of(clone: &[u8], repository: &[u8]) -> bool {
    let name = clone.rsplit_once_str("-").map_or(clone, |(name, _)| name).to_ascii_lowercase();
    name.strip_suffix(b".git").unwrap_or(&name) == repository
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 4

[[package]]
name = "own"
version = "0.1.0"

[[package]]
name = "serde"
version = "1.0.2"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "regex"
version = "1.2.3"
source = "git+https://github.com/rust-lang/Regex.git?branch=main#0123456789abcdef0123456789abcdef01234567"
"#;

    #[test]
    fn what_a_lock_file_names_is_needed() {
        let mut needs = Needs::default();
        needs.add(&Lock::read(b"Cargo.lock", LOCK.as_bytes()).unwrap());
        assert_eq!(needs.package(b"serde", b"serde-1.0.2"), Some(true));
        assert_eq!(needs.package(b"serde", b"serde-1.0.3"), Some(false));
        assert_eq!(needs.package(b"serde", b"serde_core-1.0.2"), None);
        assert_eq!(needs.package(b"itoa", b"itoa-1.0.0"), Some(false));
        assert!(needs.is_local(b"own") && !needs.is_external(b"own"));
        assert!(needs.is_external(b"regex") && !needs.is_local(b"regex"));
        assert!(needs.commit(Some(b"regex"), b"regex-1234567890abcdef", b"0123456"));
        assert!(needs.commit(None, b"Regex-1234567890abcdef", b"0123456"));
        assert!(!needs.commit(None, b"regex-1234567890abcdef", b"1123456"));
        assert!(!needs.commit(Some(b"serde"), b"regex-1234567890abcdef", b"0123456"));
        assert!(needs.clone_of_any(b"regex-1234567890abcdef"));
        assert!(!needs.clone_of_any(b"regex-syntax-1234567890abcdef"));
        assert_eq!(needs.folders().len(), 1);
    }

    #[test]
    fn repositories_are_called_as_cargo_calls_them() {
        for address in ["https://h/o/Name.git", "ssh://git@h/o/name/", "git@h:o/name", "name"] {
            assert_eq!(repository_name(address.as_bytes()), b"name", "{address}");
        }
    }
}
