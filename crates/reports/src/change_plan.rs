//! The change plan that `actions/changes` writes, version 1, as far as other tools ask for it.
//!
//! Read with every doubt: a plan that is not understood is no answer, never "nothing changed".

use diagnostics::{Foreign, Piece, Place, Problem, offset, position};
use repo_model::from_hexadecimal;
use serde::Deserialize;

/// The version that is understood.
const VERSION: u32 = 1;

/// What changed, as another tool wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePlan {
    /// Whether everything counts as changed, whatever else it says.
    pub all: bool,
    /// The commit that the head is compared with, if there is one.
    pub base: Option<String>,
    /// The files that changed, under their new names and their old ones; nothing if nobody knows.
    pub files: Option<Vec<Vec<u8>>>,
    /// Each filter of paths, and whether a change matches it.
    pub filters: Vec<ChangedPart>,
    /// Each service, and whether it is affected.
    pub services: Vec<ChangedPart>,
    /// Each package, and whether it is affected.
    pub packages: Vec<ChangedPackage>,
}

/// A part of a repository that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPart {
    /// The name.
    pub name: String,
    /// Whether the change concerns it.
    pub is_affected: bool,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPackage {
    /// Whose package it is: `cargo`, `npm`, `go`, `foundry`.
    pub ecosystem: String,
    /// Its name there.
    pub name: String,
    /// Its folder, from the root of the repository; empty for the root.
    pub folder: Vec<u8>,
    /// Whether the change concerns it.
    pub is_affected: bool,
}

/// Why bytes are no change plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAChangePlan {
    /// It is not JSON of that shape.
    #[error("it is not a change plan: {why}")]
    Shape {
        /// What the reader of JSON says.
        why: String,
        /// The line at which it shows, from 1.
        line: u64,
        /// The column at which it shows, in characters from 1.
        column: u64,
    },
    /// It has another version.
    #[error("it has version {0}, and this tool reads version 1")]
    Version(u32),
    /// A package or a file has no path, or two.
    #[error("a package or a file in it has no path that can be read")]
    Path,
}

impl NotAChangePlan {
    /// The problem to tell of the plan in `file`.
    pub fn problem(&self, file: Foreign) -> Problem {
        let place = match self {
            Self::Shape { line, column, .. } => Place::at(file, *line, *column),
            Self::Version(_) | Self::Path => Place::file(file),
        };
        Problem::error("the change plan cannot be trusted")
            .at(place)
            .label(Piece::said(self))
            .help("write it with `actions/changes` of the same release, and hand it over as it is")
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "signalbox-changes")]
    version: u32,
    all: bool,
    base: Option<String>,
    files: Option<Vec<FileEntry>>,
    filters: Vec<FilterEntry>,
    services: Vec<ServiceEntry>,
    packages: Vec<PackageEntry>,
}

/// Of a plan of another version, all that is known.
#[derive(Deserialize)]
struct Versioned {
    #[serde(rename = "signalbox-changes")]
    version: u32,
}

#[derive(Deserialize)]
struct PathEntry {
    path: Option<String>,
    path_hex: Option<String>,
}

#[derive(Deserialize)]
struct FileEntry {
    #[serde(flatten)]
    path: PathEntry,
    from: Option<PathEntry>,
}

#[derive(Deserialize)]
struct FilterEntry {
    name: String,
    matches: bool,
}

#[derive(Deserialize)]
struct ServiceEntry {
    name: String,
    affected: bool,
}

#[derive(Deserialize)]
struct PackageEntry {
    ecosystem: String,
    name: String,
    #[serde(flatten)]
    path: PathEntry,
    affected: bool,
}

impl ChangePlan {
    /// Reads a change plan.
    ///
    /// # Errors
    /// When it is none, has another version or contradicts itself: what it would say is not known.
    pub fn read(bytes: &[u8]) -> Result<Self, NotAChangePlan> {
        let read = serde_json::from_slice::<Document>(bytes);
        let version = match &read {
            Ok(document) => Some(document.version),
            // Another version may well have another shape.
            Err(_) => serde_json::from_slice::<Versioned>(bytes).ok().map(|it| it.version),
        };
        if let Some(version) = version.filter(|version| *version != VERSION) {
            return Err(NotAChangePlan::Version(version));
        }
        let document = read.map_err(|error| {
            let (line, column) = position(bytes, offset(bytes, error.line(), error.column()));
            NotAChangePlan::Shape { why: error.to_string(), line, column }
        })?;
        let part = |name, is_affected| ChangedPart { name, is_affected };
        let packages = document.packages.into_iter().map(package);
        Ok(Self {
            all: document.all,
            base: document.base,
            files: document.files.map(files).transpose()?,
            filters: document.filters.into_iter().map(|it| part(it.name, it.matches)).collect(),
            services: document.services.into_iter().map(|it| part(it.name, it.affected)).collect(),
            packages: packages.collect::<Result<_, _>>()?,
        })
    }
}

fn path(entry: PathEntry) -> Result<Vec<u8>, NotAChangePlan> {
    let path = match (entry.path, entry.path_hex) {
        (Some(path), None) => Some(path.into_bytes()),
        (None, Some(digits)) => from_hexadecimal(&digits),
        (Some(_), Some(_)) | (None, None) => None,
    };
    path.ok_or(NotAChangePlan::Path)
}

fn files(entries: Vec<FileEntry>) -> Result<Vec<Vec<u8>>, NotAChangePlan> {
    let mut files = Vec::with_capacity(entries.len());
    for entry in entries {
        files.push(path(entry.path)?);
        files.extend(entry.from.map(path).transpose()?);
    }
    Ok(files)
}

fn package(entry: PackageEntry) -> Result<ChangedPackage, NotAChangePlan> {
    Ok(ChangedPackage {
        ecosystem: entry.ecosystem,
        name: entry.name,
        folder: path(entry.path)?,
        is_affected: entry.affected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_what_is_affected() {
        let plan = br#"{"signalbox-changes":1,"any":true,"all":false,"base":"c0ffee","packages":[
            {"ecosystem":"cargo","name":"a","path":"crates/a","affected":true,"direct":true},
            {"ecosystem":"go","name":"b","path_hex":"ff","affected":false,"why":[]}],
            "filters":[{"name":"docs","matches":true,"files":[0]}],
            "services":[{"name":"web","path":"web","affected":false}]}"#;
        let read = ChangePlan::read(plan).unwrap();
        let part = |name: &str, is_affected| ChangedPart { name: name.to_owned(), is_affected };
        assert_eq!((read.all, read.base.as_deref()), (false, Some("c0ffee")));
        assert_eq!(read.filters, [part("docs", true)]);
        assert_eq!(read.services, [part("web", false)]);
        let packages: Vec<_> = read
            .packages
            .iter()
            .map(|it| {
                (it.ecosystem.as_str(), it.name.as_str(), it.folder.as_slice(), it.is_affected)
            })
            .collect();
        assert_eq!(packages, [("cargo", "a", &b"crates/a"[..], true), ("go", "b", b"\xff", false)]);
    }

    #[test]
    fn a_plan_says_which_files_changed_under_both_names() {
        let read = |files: &str| {
            let plan = format!(
                r#"{{"signalbox-changes":1,"all":false,{files}"filters":[],"services":[],"packages":[]}}"#
            );
            ChangePlan::read(plan.as_bytes()).map(|plan| plan.files)
        };
        let moved = r#""files":[{"path":"a","status":"M"},{"path_hex":"ff","status":"M","from":{"path":"b"}}],"#;
        let names = [b"a".to_vec(), b"\xff".to_vec(), b"b".to_vec()];
        assert_eq!(read(moved), Ok(Some(names.to_vec())));
        assert_eq!((read(r#""files":null,"#), read("")), (Ok(None), Ok(None)));
        assert_eq!(read(r#""files":[],"#), Ok(Some(vec![])));
        assert_eq!(read(r#""files":[{"status":"M"}],"#), Err(NotAChangePlan::Path));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let read = |text: &str| ChangePlan::read(text.as_bytes()).unwrap_err();
        let with = |packages: &str| {
            format!(
                r#"{{"signalbox-changes":1,"all":false,"filters":[],"services":[],"packages":[{packages}]}}"#
            )
        };
        for text in ["", "{}", "[]", r#"{"signalbox-changes":1,"all":false,"packages":[]}"#] {
            assert!(matches!(read(text), NotAChangePlan::Shape { .. }), "{text}");
        }
        assert!(ChangePlan::read(with("").as_bytes()).is_ok());
        assert!(matches!(read(&format!("{}x", with(""))), NotAChangePlan::Shape { .. }));
        assert_eq!(read(r#"{"signalbox-changes":2,"changed":[]}"#), NotAChangePlan::Version(2));
        for path in ["", r#","path":"b","path_hex":"62""#, r#","path_hex":"6""#] {
            let lost = with(&format!(r#"{{"ecosystem":"go","name":"b","affected":true{path}}}"#));
            assert_eq!(read(&lost), NotAChangePlan::Path, "{path}");
        }
        let NotAChangePlan::Shape { line, column, .. } = read("{\n \"all\": é") else { panic!() };
        assert_eq!((line, column), (2, 9));
    }
}
