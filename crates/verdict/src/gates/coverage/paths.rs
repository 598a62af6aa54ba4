//! Which file of the repository a path in a report means.
//!
//! A report was made in another folder, in a container, by a tool that knows import paths only. A path is
//! taken for a file whose own path it is, after `strip-prefix`; or for the one file that ends with it; or
//! for the file that it ends with. Where two files fit, nobody guesses.
//!
//! What lies in a folder where tools keep dependencies or the standard library is none of ours and is
//! left out, with a word about it. Every other path without a file is an error: a report of which a part
//! means nothing says nothing about the whole.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};
use repo_model::RepoPath;
use reports::coverage::{Coverage, FileCoverage, Merge, Name};

use super::policy::Policy;
use crate::globs::is_in;

/// What the reports say, by the paths of the repository.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// The files that count.
    pub(super) coverage: Coverage,
    /// Counts that belong to no file.
    pub(super) whole: Option<FileCoverage>,
    /// How many files `exclude` left out.
    pub(super) excluded: usize,
    /// How many files are dependencies.
    pub(super) outside: usize,
    /// What is in no file of the repository, or in several.
    pub(super) lost: Vec<Lost>,
}

/// A path that means no file for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// No file of the repository.
    Unknown(BString),
    /// Two at least.
    Ambiguous(BString, [BString; 2]),
    /// Another path, the second, was taken for the same file, the third, by another end.
    Twice(BString, BString, BString),
}

/// The file that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meant {
    path: BString,
    /// What stood before it in the report, if it was found by its end.
    before: Option<BString>,
}

/// What a look came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    One(Meant),
    Several([BString; 2]),
    None,
}

impl Files {
    pub(super) fn new(policy: &Policy, coverage: &Coverage, paths: &[RepoPath]) -> Self {
        let mut files = Self::default();
        let tree = Repository::new(policy, paths);
        let mut merge = Merge::default();
        let mut whole = Merge::default();
        let mut meant: BTreeMap<BString, (BString, Option<BString>)> = BTreeMap::new();
        for file in coverage.files() {
            if file.name.path.is_empty() {
                whole.add(file.clone());
                continue;
            }
            let spelt = spellings(&file.name);
            let found = tree.file(&spelt);
            // What nobody wants to count need not be known either.
            let is_excluded = match &found {
                Found::One(found) => is_in(&policy.exclude, &found.path),
                Found::Several(_) | Found::None => {
                    spelt.iter().any(|path| is_in(&policy.exclude, path))
                }
            };
            if is_excluded {
                files.excluded += 1;
                continue;
            }
            let written = &file.name.path;
            match found {
                Found::None if spelt.iter().any(|path| is_outside(path)) => files.outside += 1,
                Found::None => files.lost.push(Lost::Unknown(written.clone())),
                Found::Several(both) => files.lost.push(Lost::Ambiguous(written.clone(), both)),
                Found::One(Meant { path, before }) => {
                    if let Some((other, Some(other_before))) = meant.get(&path)
                        && before.as_ref().is_some_and(|before| before != other_before)
                    {
                        let lost = Lost::Twice(written.clone(), other.clone(), path.clone());
                        files.lost.push(lost);
                    }
                    meant.insert(path.clone(), (written.clone(), before));
                    let name = Name { path, ..Name::default() };
                    merge.add(FileCoverage { name, ..file.clone() });
                }
            }
        }
        files.coverage = merge.finish();
        files.whole = whole.finish().files().next().cloned();
        files
    }
}

/// The paths of the repository, ready to be asked.
struct Repository<'a> {
    paths: BTreeSet<&'a [u8]>,
    /// The paths from their last byte to their first, so that those with one end stand together.
    turned: BTreeSet<Vec<u8>>,
    prefixes: Vec<Vec<u8>>,
}

impl<'a> Repository<'a> {
    fn new(policy: &Policy, paths: &'a [RepoPath]) -> Self {
        let prefixes = policy.strip_prefix.iter();
        let prefixes = prefixes.filter_map(|prefix| RepoPath::normalized(prefix.as_bytes()).ok());
        Self {
            paths: paths.iter().map(RepoPath::as_bytes).collect(),
            turned: paths.iter().map(|path| turned(path.as_bytes())).collect(),
            prefixes: prefixes.map(|prefix| prefix.as_bytes().to_vec()).collect(),
        }
    }

    /// The file that one of the spellings of a path means: where they mean several, the one of which the
    /// most is spelt.
    fn file(&self, spelt: &[BString]) -> Found {
        let exact = |path: &[u8]| {
            let is_there = self.paths.contains(path);
            is_there.then(|| Found::One(Meant { path: path.into(), before: None }))
        };
        for path in spelt {
            for prefix in &self.prefixes {
                let rest = path.strip_prefix(prefix.as_slice());
                let rest = rest.and_then(|rest| rest.strip_prefix(b"/"));
                match rest.map(|rest| exact(rest).unwrap_or_else(|| self.ends_with(rest))) {
                    // Whoever wrote the prefix knows what stands before the path.
                    Some(Found::One(Meant { path, .. })) => {
                        return Found::One(Meant { path, before: None });
                    }
                    Some(Found::Several(both)) => return Found::Several(both),
                    Some(Found::None) | None => {}
                }
            }
        }
        let mut best = (0, Found::None);
        for path in spelt {
            let found = match exact(path) {
                Some(found) => found,
                // A file of a dependency may end like one of ours: `src/lib.rs`.
                None if is_outside(path) => return Found::None,
                None => match self.ends_with(path) {
                    Found::None => self.is_end_of(path),
                    found @ (Found::One(_) | Found::Several(_)) => found,
                },
            };
            let length = match &found {
                Found::One(found) => parts(path).min(parts(&found.path)),
                Found::Several(_) => parts(path),
                Found::None => 0,
            };
            if length > best.0 {
                best = (length, found);
            }
        }
        best.1
    }

    /// The one file whose path ends with `path`.
    fn ends_with(&self, path: &[u8]) -> Found {
        let mut end = turned(path);
        end.push(b'/');
        let mut fitting =
            self.turned.range(end.clone()..).take_while(|turned| turned.starts_with(&end));
        let path = |found: &Vec<u8>| BString::from(turned(found));
        match (fitting.next(), fitting.next()) {
            (None, _) => Found::None,
            (Some(one), None) => {
                Found::One(Meant { path: path(one), before: Some(BString::default()) })
            }
            (Some(one), Some(other)) => {
                let mut both = [path(one), path(other)];
                both.sort();
                Found::Several(both)
            }
        }
    }

    /// The file with which `path` ends: the longest, of which there is one.
    fn is_end_of(&self, path: &[u8]) -> Found {
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for (slash, _) in slashes {
            let (before, rest) = path.split_at(slash);
            let rest = rest.get(1..).unwrap_or_default();
            if self.paths.contains(rest) {
                return Found::One(Meant { path: rest.into(), before: Some(before.into()) });
            }
        }
        Found::None
    }
}

/// How many folders and files a path names.
fn parts(path: &[u8]) -> usize {
    path.split(|byte| *byte == b'/').count()
}

fn turned(path: &[u8]) -> Vec<u8> {
    path.iter().rev().copied().collect()
}

/// The ways to spell a path: below each of the folders that the report names, and as it is written.
fn spellings(name: &Name) -> Vec<BString> {
    let path = name.path.as_bytes();
    let is_absolute = matches!(path, [b'/' | b'\\', ..] | [_, b':', b'/' | b'\\', ..]);
    let roots = name.roots.iter().filter(|_| !is_absolute);
    let below = roots.map(|root| [root.as_bytes(), b"/", path].concat());
    let spelt = below.chain([path.to_vec()]).filter_map(|path| {
        // What is above the folder of the tool may still be in the repository.
        let mut rest = path.as_slice();
        while let Some(after) = rest.strip_prefix(b"../") {
            rest = after;
        }
        RepoPath::normalized(rest).ok()
    });
    spelt.map(|path| path.as_bytes().into()).collect()
}

/// Folders where tools keep what is not the repository's: cargo and rustup, npm, pip, Go's module cache,
/// Nix; and where the paths of the standard library of Rust begin.
fn is_outside(path: &[u8]) -> bool {
    let has = |parts: &str| {
        let inner = [b"/", parts.as_bytes(), b"/"].concat();
        let begins = path.strip_prefix(parts.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"));
        begins || path.contains_str(&inner)
    };
    let begins = |parts: &str| path.starts_with(parts.as_bytes());
    [
        ".cargo/registry",
        ".cargo/git",
        ".rustup/toolchains",
        "node_modules",
        "site-packages",
        "dist-packages",
        "go/pkg/mod",
    ]
    .into_iter()
    .any(has)
        || ["rustc/", "usr/include/", "usr/lib/", "usr/local/", "nix/store/"]
            .into_iter()
            .any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 9] = [
        "src/lib.rs",
        "src/a b.rs",
        "build.rs",
        "crates/x/src/lib.rs",
        "crates/y/src/lib.rs",
        "crates/y/src/only.rs",
        "server/pkg/main.go",
        "java/src/main/java/org/example/Shape.java",
        "web/node_modules/kept/index.js",
    ];

    fn file(strip: &[&str], roots: &[&str], path: &str) -> Found {
        let strip_prefix = strip.iter().map(|&prefix| prefix.to_owned()).collect();
        let policy = Policy { strip_prefix, ..Policy::default() };
        let paths = PATHS.map(|path| RepoPath::of_git(path.as_bytes()).unwrap());
        let roots: Vec<BString> = roots.iter().map(|&root| root.into()).collect();
        let name = Name { path: path.into(), roots: roots.into() };
        Repository::new(&policy, &paths).file(&spellings(&name))
    }

    #[track_caller]
    fn check(strip: &[&str], roots: &[&str], path: &str, wanted: Option<&str>) {
        let found = match file(strip, roots, path) {
            Found::One(Meant { path, .. }) => Some(path.to_string()),
            Found::None => None,
            Found::Several(_) => Some("several".to_owned()),
        };
        assert_eq!(found.as_deref(), wanted, "{path}");
    }

    #[test]
    fn a_path_is_found_however_the_tool_writes_it() {
        check(&[], &[], "src/lib.rs", Some("src/lib.rs"));
        check(&[], &[], "./src/../src/lib.rs", Some("src/lib.rs"));
        check(&[], &[], "/builds/app/src/a b.rs", Some("src/a b.rs"));
        check(&[], &[], "D:\\a\\app\\crates\\y\\src\\only.rs", Some("crates/y/src/only.rs"));
        check(&[], &[], "only.rs", Some("crates/y/src/only.rs"));
        check(&[], &[], "../crates/x/src/lib.rs", Some("crates/x/src/lib.rs"));
        check(
            &[],
            &[],
            "org/example/Shape.java",
            Some("java/src/main/java/org/example/Shape.java"),
        );
        // Of two ways to read a path, the one that says more.
        check(&[], &["/app/crates/y"], "src/lib.rs", Some("crates/y/src/lib.rs"));
        check(&[], &["/app/x"], "y/src/only.rs", Some("crates/y/src/only.rs"));
        check(&[], &["crates/y", "other"], "src/only.rs", Some("crates/y/src/only.rs"));
        check(&["example.org/mod"], &[], "example.org/mod/pkg/main.go", Some("server/pkg/main.go"));
        check(&["/app/", "/b"], &[], "/app/pkg/main.go", Some("server/pkg/main.go"));
    }

    #[test]
    fn where_two_files_fit_nobody_guesses() {
        check(&[], &[], "x/lib.rs", None);
        check(&[], &[], "lib.rs", Some("several"));
        check(&["/app"], &[], "/app/lib.rs", Some("several"));
    }

    #[test]
    fn a_folder_of_dependencies_is_outside_unless_the_repository_has_it() {
        check(&[], &[], "/rustc/59807616e1fa/library/core/src/lib.rs", None);
        check(&[], &["/usr/lib/python3"], "src/lib.rs", None);
        check(&[], &[], "/home/u/.cargo/registry/src/i/serde-1.0.0/src/lib.rs", None);
        check(&[], &[], "web/node_modules/kept/index.js", Some("web/node_modules/kept/index.js"));
        assert!(is_outside(b"rustc/59807616e1fa/library/core/src/lib.rs"));
        assert!(is_outside(b"node_modules/x/index.js"));
        assert!(!is_outside(b"my_node_modules/x/index.js"));
        assert!(!is_outside(b"src/usr/lib/a.c"));
    }
}
