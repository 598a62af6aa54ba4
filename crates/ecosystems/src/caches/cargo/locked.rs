//! Lock files by meaning: each package from elsewhere, with what makes it this one, and which others it
//! is built with.
//!
//! A package's own version, the order and spelling of the file and its format (1 to 4) are no part of it.
//! The edges between packages are: a feature that is switched on, or another choice between two versions
//! of one package, changes what is built without another package. Packages of the repository stand there
//! by what they need alone.
//!
//! Source: cargo's `core/resolver/encode.rs`. Format 4 writes what follows `?` in the address of a git
//! repository percent-encoded, the formats before it as it is.

use std::collections::{BTreeMap, BTreeSet};

use bstr::ByteSlice as _;
use diagnostics::{Foreign, Place as At, Problem, text};
use repo_model::text_lines::as_committed;
use repo_model::{RepoPath, entry};

use super::roots::{Root, Roots};
use super::{LOCK, told};
use crate::caches::seen::unread;
use crate::caches::{Found, Ingredient, Level, Seen, Source};
use crate::workspaces::cargo::lock::{Identity, Lock};

/// The formats that are known.
const FORMATS: [&str; 4] = ["1", "2", "3", "4"];
/// What the lock file calls crates.io (cargo's `CRATES_IO_INDEX`), whichever way it is reached.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A lock file.
pub(super) struct File {
    path: RepoPath,
    bytes: Vec<u8>,
}

/// What a lock file says.
pub(super) struct Said {
    file: File,
    lock: Lock,
    ingredient: Ingredient,
}

/// The lock file at the root of the repository, if there is one. What it says takes as long as all manifests
/// do, so it is read beside them, before it is known whether it counts.
pub(super) fn first(seen: &Seen<'_>) -> Result<Option<File>, Box<Problem>> {
    file(seen, LOCK)
}

fn file(seen: &Seen<'_>, path: &[u8]) -> Result<Option<File>, Box<Problem>> {
    let Some(file) = entry(seen.tree, path).filter(|it| it.kind.is_file()) else {
        return Ok(None);
    };
    let contents = seen.tree.read(&[file]).map_err(|error| unread(&error))?;
    let bytes = contents.into_iter().next().unwrap_or_default();
    Ok(Some(File { path: file.path.clone(), bytes }))
}

/// What a lock file says; nothing where there is none.
pub(super) type OfFile = Result<Option<Said>, Box<Problem>>;

/// What it says.
pub(super) fn said(file: Result<Option<File>, Box<Problem>>) -> OfFile {
    file?.map(Said::of).transpose()
}

impl Said {
    fn of(file: File) -> Result<Self, Box<Problem>> {
        let path = file.path.as_bytes();
        let lock = read_lock(path, &file.bytes)?;
        let mut ingredient = Ingredient::new(
            Level::Dependencies,
            path,
            Source::File(file.path.clone()),
            "it says which packages from elsewhere are built",
        )
        .of_downloads();
        add(&lock, &mut ingredient);
        Ok(Self { file, lock, ingredient })
    }
}

/// What the lock files of the roots come to; what the one at the root of the repository says is known.
pub(super) fn read(seen: &Seen<'_>, roots: &Roots, first: OfFile) -> Result<Found, Vec<Problem>> {
    let mut found = Found::default();
    let mut wrong = Vec::new();
    let mut first = Some(first);
    for root in roots.iter() {
        let path = root.lock();
        let known = if path == LOCK { first.take() } else { None };
        match known.unwrap_or_else(|| said(file(seen, &path))) {
            Ok(Some(said)) => of_root(root, said, &mut found),
            Ok(None) => {
                let problem = unlocked(seen, root);
                if seen.settings.requires_lock {
                    wrong.push(problem);
                } else {
                    found.problems.push(problem);
                    found.is_unlocked = true;
                }
            }
            Err(problem) => wrong.push(*problem),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

fn unlocked(seen: &Seen<'_>, root: Root<'_>) -> Problem {
    let message = text!["no `Cargo.lock` in ", told(root.folder)];
    if seen.settings.requires_lock {
        let help = "commit the lock file: `cargo generate-lockfile` makes it; `require-lock: false` makes the key of \
                    the manifests instead, and `workspaces` leaves a folder out";
        return Problem::error(message).at(At::file(root.lock().as_slice())).help(help);
    }
    let help = "the key is made of what the manifests ask for, and stays the same when newer versions are built; \
                commit the lock file: `cargo generate-lockfile` makes it";
    Problem::warning(message).help(help)
}

/// What the lock file of a root comes to, beside its manifests.
fn of_root(root: Root<'_>, said: Said, found: &mut Found) {
    let Said { file, lock, mut ingredient } = said;
    let (path, bytes) = (file.path.as_bytes(), &file.bytes);
    let known: BTreeSet<&str> = lock.local_names().collect();
    let members = root.members().filter_map(|(_, it)| it.manifest.name());
    let missing: BTreeSet<&str> = members.filter(|name| !known.contains(name)).collect();
    if let Some(first) = missing.first() {
        for name in &missing {
            ingredient.shown(format!("{name} is not in it"), "");
        }
        let message = text!["the lock file is behind: ", Foreign::from(*first), " is not in it"];
        found.problems.push(Problem::warning(message).at(At::file(path)).help(
            "commit what `cargo metadata` makes of it: a build adds what the key does not know",
        ));
    }
    if let Some(format) = later_format(bytes) {
        // Nothing says that what is read of it is all that it means.
        ingredient.hidden("format", [b"format ", format.as_bytes()].concat());
        ingredient.hidden("the whole file", as_committed(bytes));
        let message = text!["a lock file of format ", Foreign::from(format.as_str()), ", which is not known"];
        found.problems.push(
            Problem::warning(message)
                .at(At::file(path))
                .label("known are formats 1 to 4, so every change of the file changes the key")
                .help("a later release of this action may know it"),
        );
    }
    found.ingredients.push(ingredient);
}

fn read_lock(path: &[u8], bytes: &[u8]) -> Result<Lock, Box<Problem>> {
    let is_conflict = |line: &[u8]| line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> ");
    if let Some(at) = bytes.lines().position(is_conflict) {
        let line = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1);
        let problem = Problem::error("a merge conflict in the lock file").at(At::at(path, line, 1));
        return Err(Box::new(problem.label("expected what cargo wrote").help(
            "take the lock file of one side and run `cargo metadata`: cargo adds what is missing",
        )));
    }
    Lock::read(path, bytes).map_err(|problem| {
        Box::new(problem.help("restore the file, or delete it and run `cargo generate-lockfile`"))
    })
}

/// The format, if it is none that is known.
fn later_format(bytes: &[u8]) -> Option<String> {
    // Of the file itself, before any table: `[root]`, `[[package]]`.
    let mut head = bytes.lines().take_while(|line| !line.starts_with(b"["));
    let line = head.find_map(|line| line.strip_prefix(b"version"))?;
    let format = line.trim_ascii().strip_prefix(b"=")?.trim_ascii().to_str_lossy().into_owned();
    (!FORMATS.contains(&format.as_str())).then_some(format)
}

/// Adds a fact for each package.
fn add(lock: &Lock, ingredient: &mut Ingredient) {
    let packages: Vec<&Identity> = (0..lock.len()).filter_map(|at| lock.identity(at)).collect();
    let mut count: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for package in &packages {
        *names.entry(&package.name).or_default() += 1;
        *count.entry((&package.name, compatible(&package.version))).or_default() += 1;
    }
    // As little as tells it apart from others of its name, so that a newer version of what is needed is
    // told once.
    let reference = |at: usize| -> Option<String> {
        let package = packages.get(at)?;
        let name = package.name.as_str();
        let version = compatible(&package.version);
        let Some(source) = &package.source else { return Some(name.to_owned()) };
        Some(match (names.get(name), count.get(&(name, version))) {
            (Some(1), _) => name.to_owned(),
            (_, Some(1)) => format!("{name} {version}"),
            (_, _) => format!("{name} {}{}", package.version, told_source(source)),
        })
    };
    let mut facts: Vec<(String, String, bool)> = Vec::new();
    for (at, package) in packages.iter().enumerate() {
        let needs: BTreeSet<String> =
            lock.needs(at).iter().filter_map(|need| reference(*need)).collect();
        let needs: Vec<String> = needs.into_iter().collect();
        let needs = if needs.is_empty() {
            String::new()
        } else {
            format!(" needs {}", needs.join(", "))
        };
        match &package.source {
            // Its version is its own, and its place is read in the manifests.
            None if needs.is_empty() => {}
            None => facts.push((format!("{} of the repository", package.name), needs, true)),
            Some(source) => {
                let name = format!("{} {}", package.name, compatible(&package.version));
                let checksum = package.checksum().filter(|it| *it != "<none>");
                let checksum = checksum.map_or_else(String::new, |it| format!(" sha256:{it}"));
                let source = told_source(source);
                let value = format!("{}{source}{checksum}{needs}", package.version);
                facts.push((name, value, !holds_secret(&source)));
            }
        }
    }
    // Two of one name and one version are told apart in the order of what they are.
    facts.sort();
    for (name, value, is_shown) in facts {
        let value = value.trim_start().to_owned();
        if is_shown { ingredient.shown(name, value) } else { ingredient.hidden(name, value) }
    }
}

/// The part of a version that cargo has once in a build: `1` of `1.2.3`, `0.4` of `0.4.1` (The Cargo Book,
/// "`SemVer` Compatibility").
fn compatible(version: &str) -> &str {
    let mut end = 0;
    for part in version.split('.') {
        end += part.len();
        if part != "0" {
            break;
        }
        end += 1;
    }
    version.get(..end.min(version.len())).unwrap_or(version)
}

/// ` (source)`; nothing for crates.io.
fn told_source(source: &str) -> String {
    if source == CRATES_IO {
        return String::new();
    }
    let Some((address, query)) = source.split_once('?') else { return format!(" ({source})") };
    let (query, commit) = match query.split_once('#') {
        Some((query, commit)) => (query, format!("#{commit}")),
        None => (query, String::new()),
    };
    format!(" ({address}?{}{commit})", decoded(query))
}

/// What is percent-encoded, decoded: bytes that are no UTF-8 then stay as they are.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let is_plain = |it: &&str| it.bytes().all(|byte| byte.is_ascii_hexdigit());
        let byte = digits.filter(is_plain).and_then(|it| u8::from_str_radix(it, 16).ok());
        if let Some(byte) = byte.filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Whether an address names somebody who may read it, with a password perhaps.
pub(super) fn holds_secret(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    host.split_once('@').is_some_and(|(who, _)| who != "git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_by_what_cargo_has_once() {
        for (version, wanted) in
            [("1.2.3", "1"), ("0.4.1", "0.4"), ("0.0.3", "0.0.3"), ("0.0.0", "0.0.0"), ("10.0.0-rc.1", "10")]
        {
            assert_eq!(compatible(version), wanted);
        }
    }

    #[test]
    fn one_source_has_one_spelling() {
        let check = |one: &str, other: &str| assert_eq!(told_source(one), told_source(other));
        check("git+https://h/r?branch=a%2Fb#12", "git+https://h/r?branch=a/b#12");
        assert_eq!(told_source(CRATES_IO), "");
        assert_eq!(told_source("git+https://h/r#12"), " (git+https://h/r#12)");
        assert_ne!(told_source("git+https://h/r?tag=a#12"), told_source("git+https://h/r?tag=b#12"));
    }

    #[test]
    fn who_may_read_a_repository_is_not_told() {
        assert!(holds_secret("git+https://me:secret@h/r"));
        assert!(!holds_secret("git+ssh://git@h/r"));
        assert!(!holds_secret("git+https://h/r@2"));
    }
}
