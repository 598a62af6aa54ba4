//! Searching for files by pattern, in the order of their names on every machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use repo_model::PathPattern;
use walkdir::WalkDir;

use crate::DiskFailure;

/// What a pattern found.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, sorted by the bytes of their paths, each once.
    pub files: Vec<PathBuf>,
    /// What could not be looked into.
    pub failures: Vec<DiskFailure>,
    /// The patterns that mean no file, by their place in the list.
    pub without_file: Vec<usize>,
}

/// The files that any of `patterns` means, each once however it is spelled. A pattern without
/// wildcards names its file even if it does not exist, and so does a link that leads nowhere, so
/// that opening it can say so. Links to directories are not followed.
pub fn find(patterns: &[PathPattern], keep: &dyn Fn(&Path) -> bool) -> Found {
    let mut found = Found::default();
    for (place, pattern) in patterns.iter().enumerate() {
        let (files, failures) = (found.files.len(), found.failures.len());
        // A file may be named like a pattern; then it is the one that is meant.
        let named = Path::new(pattern.as_str());
        if !pattern.is_search() || named.is_file() {
            found.files.push(named.to_owned());
        } else {
            search(pattern, &mut found);
        }
        let mut here = found.files.split_off(files);
        here.retain(|file| keep(file));
        if here.is_empty() && found.failures.len() == failures {
            found.without_file.push(place);
        }
        found.files.append(&mut here);
    }
    let spelled = |path: &PathBuf| path.as_os_str().as_encoded_bytes().to_vec();
    found.files.sort_by_key(spelled);
    let mut seen = BTreeSet::new();
    found.files.retain(|file| seen.insert(real(file).unwrap_or_else(|| file.clone())));
    found
}

/// Whether two paths lead to the same file; two that do not exist never do.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    real(one).is_some_and(|one| real(other) == Some(one))
}

/// Whether a folder is at `path`, or a link that leads to one.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// The absolute path of what is at `path`, without links.
///
/// # Errors
/// When nothing is there.
pub fn whole_path(path: &Path) -> Result<PathBuf, DiskFailure> {
    path.canonicalize().map_err(|source| DiskFailure::new("searching", path, source))
}

/// Whether something is at `path`; a link that leads nowhere is something.
///
/// # Errors
/// When the operating system does not say.
pub fn exists(path: &Path) -> Result<bool, DiskFailure> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(DiskFailure::new("searching", path, source)),
    }
}

/// Whether nothing is at `path`, or a folder without anything in it.
///
/// # Errors
/// When the operating system does not say.
pub fn is_empty_folder(path: &Path) -> Result<bool, DiskFailure> {
    if !exists(path)? {
        return Ok(true);
    }
    if path.is_symlink() || !path.is_dir() {
        return Ok(false);
    }
    let mut entries =
        path.read_dir().map_err(|source| DiskFailure::new("searching", path, source))?;
    Ok(entries.next().is_none())
}

/// The path without links; nothing if nothing is there.
fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

fn search(pattern: &PathPattern, found: &mut Found) {
    let root = Path::new(if pattern.root().is_empty() { "." } else { pattern.root() });
    match root.try_exists() {
        Ok(true) => {}
        Ok(false) => return,
        Err(source) => {
            found.failures.push(DiskFailure::new("searching", root, source));
            return;
        }
    }
    for entry in WalkDir::new(root) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                let source = error
                    .into_io_error()
                    .unwrap_or_else(|| std::io::Error::other("a link that leads back"));
                found.failures.push(DiskFailure::new("searching", &path, source));
                continue;
            }
        };
        let Ok(below) = entry.path().strip_prefix(root) else {
            continue;
        };
        let leads_nowhere = entry.path_is_symlink() && !entry.path().exists();
        let is_file = entry.path().is_file() || leads_nowhere;
        if is_file && pattern.matches_below_root(&with_slashes(below)) {
            // `./` before every name would only be noise.
            let named = entry.path().strip_prefix("./").unwrap_or(entry.path());
            found.files.push(named.to_owned());
        }
    }
}

fn with_slashes(path: &Path) -> Vec<u8> {
    let parts: Vec<&[u8]> = path.iter().map(std::ffi::OsStr::as_encoded_bytes).collect();
    parts.join(&b'/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write_whole;

    #[track_caller]
    fn check(files: &[&str], patterns: &[&str], wanted: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            write_whole(&folder.path().join(file), b"x").unwrap();
        }
        let root = folder.path().to_str().unwrap();
        let patterns: Vec<PathPattern> = patterns
            .iter()
            .map(|pattern| PathPattern::new(&format!("{root}/{pattern}")).unwrap())
            .collect();
        let found = find(&patterns, &|_| true);
        assert!(found.failures.is_empty(), "{:?}", found.failures);
        let names: Vec<&str> = found
            .files
            .iter()
            .map(|file| file.strip_prefix(root).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, wanted);
    }

    #[test]
    fn files_are_found_once_and_in_order() {
        check(
            &["b.xml", "a.xml", "d/c.xml", "e.json"],
            &["**/*.xml", "a.*"],
            &["a.xml", "b.xml", "d/c.xml"],
        );
    }

    #[test]
    fn a_file_that_is_named_like_a_pattern_is_itself() {
        check(&["a[1].xml", "a1.xml"], &["a[1].xml"], &["a[1].xml"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_found_once_however_it_is_spelled() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_str().unwrap();
        write_whole(&folder.path().join("d/a.xml"), b"x").unwrap();
        std::os::unix::fs::symlink("a.xml", folder.path().join("d/b.xml")).unwrap();
        std::os::unix::fs::symlink("gone.xml", folder.path().join("d/c.xml")).unwrap();
        let patterns = ["d/*.xml", "./d/a.xml", "d/../d/a.xml", "e/*.xml"]
            .map(|pattern| PathPattern::new(&format!("{root}/{pattern}")).unwrap());
        let found = find(&patterns, &|_| true);
        let names: Vec<&str> =
            found.files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.xml", "c.xml"]);
        assert_eq!(found.without_file, [3]);
        assert!(is_same_file(&folder.path().join("d/b.xml"), &folder.path().join("d/a.xml")));
        assert!(!is_same_file(&folder.path().join("none"), &folder.path().join("none")));
    }

    #[test]
    fn a_named_file_is_meant_even_if_it_is_not_there() {
        check(&[], &["none.xml", "none/*.xml"], &["none.xml"]);
    }
}
