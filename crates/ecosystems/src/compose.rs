//! What Compose files say of services: several files as one, with `extends`, `include` and profiles.
//!
//! Later files add to earlier ones and win over them. Files that are named in files are asked for by path,
//! from the folder that the first ones are relative to, and never outside of it. Variables (`${A:-b}`) have
//! their default.
//!
//! Source: Compose Specification, "Merge", "Extend", "Include", "Profiles", "Services".

mod service;

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::yaml::{At, Kind, Node, NotYaml};

use crate::yaml;
use service::Draft;
pub use service::repository;

/// How many files are read, and how many services extend each other in a row.
const MOST_FILES: usize = 200;
const LONGEST_CHAIN: usize = 32;
/// How many services a file may have.
const MOST_SERVICES: usize = 10_000;
/// How many bytes services may take over from others in all: a small file can ask for any number of copies of
/// a large service.
const MOST_TAKEN_OVER: usize = 16 << 20;
/// How many bytes services take as they are written, in all files: a range of ports is many ports.
const MOST_WRITTEN: usize = 64 << 20;
/// How many faults are kept.
const MOST_FAULTS: usize = 1000;

/// The services of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// The services, by name.
    pub services: BTreeMap<String, Service>,
    /// What cannot be read.
    pub faults: Vec<Fault>,
}

/// Why a project is not all known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file that says it.
    pub file: String,
    /// Where.
    pub at: At,
    /// What is wrong.
    pub why: diagnostics::Text,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The file that names it first.
    pub file: String,
    /// Where.
    pub at: At,
    /// The profiles that start it; none if it always starts.
    pub profiles: BTreeSet<String>,
    /// Its image, with the defaults of variables.
    pub image: Option<String>,
    /// The ports of its container.
    pub ports: BTreeSet<String>,
    /// The names of its variables.
    pub variables: BTreeSet<String>,
    /// Whether it has more variables, in files.
    pub has_more_variables: bool,
    /// Where volumes are mounted in its container.
    pub mounts: BTreeSet<String>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// A file.
    File(Vec<u8>),
    /// Nothing.
    Missing,
    /// Something that is not to be read.
    Refused,
}

/// Reads files as one project. `fetch` gives the file at a path.
pub fn read(files: &[String], fetch: &mut dyn FnMut(&str) -> Fetched) -> Project {
    let mut reader = Reader {
        fetch,
        known: BTreeMap::new(),
        faults: Vec::new(),
        unwritten: MOST_WRITTEN,
        left: MOST_TAKEN_OVER,
        is_full: false,
    };
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    let nowhere = At { line: 1, column: 1 };
    let first = files.iter().rev().map(|file| (file.clone(), file.clone(), nowhere));
    let mut queue: Vec<(String, String, At)> = first.collect();
    // What is included is included once, and those that are named first are there already.
    let mut met: BTreeSet<String> = files.iter().cloned().collect();
    while let Some((path, by, at)) = queue.pop() {
        let Some(file) = reader.file(&path, &by, at) else { continue };
        for (name, draft) in &file.services {
            let whole = reader.extended(draft, &path, LONGEST_CHAIN);
            match services.get_mut(name) {
                Some(known) => whole.over(known),
                None => drop(services.insert(name.clone(), whole.service(&path))),
            }
        }
        for (include, at) in file.includes.iter().rev() {
            match joined(&path, include) {
                Some(inner) if met.insert(inner.clone()) => queue.push((inner, path.clone(), *at)),
                Some(_) => {}
                None => reader.fault(
                    &path,
                    *at,
                    "it includes what is outside of this folder, or on a server",
                ),
            }
        }
    }
    Project { services, faults: reader.faults }
}

/// A file, as far as it is looked at.
#[derive(Debug, Default)]
struct File {
    services: BTreeMap<String, Draft>,
    includes: Vec<(String, At)>,
}

struct Reader<'f> {
    fetch: &'f mut dyn FnMut(&str) -> Fetched,
    known: BTreeMap<String, Option<std::rc::Rc<File>>>,
    faults: Vec<Fault>,
    /// How many bytes may still be written.
    unwritten: usize,
    /// How many bytes may still be taken over, and whether somebody wanted more.
    left: usize,
    is_full: bool,
}

impl Reader<'_> {
    fn fault(&mut self, file: &str, at: At, why: &'static str) {
        self.told(Fault { file: file.to_owned(), at, why: why.into() });
    }

    fn told(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }

    /// The file at a path, which another one names somewhere; nothing if it cannot be read, which is told
    /// once.
    fn file(&mut self, path: &str, by: &str, at: At) -> Option<std::rc::Rc<File>> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let file = self.fetched(path, by, at).map(std::rc::Rc::new);
        self.known.insert(path.to_owned(), file.clone());
        file
    }

    fn fetched(&mut self, path: &str, by: &str, at: At) -> Option<File> {
        if self.known.len() >= MOST_FILES {
            self.fault(by, at, "it brings more than 200 files");
            return None;
        }
        let bytes = match (self.fetch)(path) {
            Fetched::File(bytes) => bytes,
            Fetched::Missing => {
                self.fault(by, at, "the file that it names is not there");
                return None;
            }
            Fetched::Refused => {
                self.fault(by, at, "the file that it names cannot be read");
                return None;
            }
        };
        match File::read(&bytes, &mut self.unwritten) {
            Ok(file) => Some(file),
            Err(NotYaml { at, why }) => {
                self.told(Fault { file: path.to_owned(), at, why });
                None
            }
        }
    }

    /// A service with what it extends.
    fn extended(&mut self, draft: &Draft, path: &str, left: usize) -> Draft {
        let Some((file, name, at)) = &draft.extends else { return draft.clone() };
        if left == 0 {
            self.fault(path, *at, "services extend each other in a circle, or too often in a row");
            return draft.clone();
        }
        let from = match file {
            Some(file) => joined(path, file),
            None => Some(path.to_owned()),
        };
        let Some(from) = from else {
            self.fault(path, *at, "it extends what is outside of this folder");
            return draft.clone();
        };
        let Some(file) = self.file(&from, path, *at) else { return draft.clone() };
        let Some(base) = file.services.get(name) else {
            self.fault(path, *at, "there is no service of the name that it extends");
            return draft.clone();
        };
        // Once it is full nothing is taken over any more: the project is not known anyway.
        self.left = self.left.saturating_sub(base.size);
        if self.left == 0 {
            if !std::mem::replace(&mut self.is_full, true) {
                self.fault(
                    path,
                    *at,
                    "with it services take over more than 16 MiB by `extends`; have them extend smaller services, or hand over fewer files",
                );
            }
            return draft.clone();
        }
        let mut whole = self.extended(base, &from, left - 1);
        whole.add(draft);
        whole.at = draft.at;
        whole
    }
}

impl File {
    /// Reads a file whose services may take so many bytes, which are then fewer.
    fn read(bytes: &[u8], left: &mut usize) -> Result<Self, NotYaml> {
        let stream = yaml::read(bytes)?;
        let mut file = Self::default();
        for root in stream.documents() {
            let Kind::Map(_) = root.kind() else {
                return Err(NotYaml {
                    at: root.at(),
                    why: "it is no Compose file: it has no `services`".into(),
                });
            };
            let services = root.get("services");
            let pairs = services.map(Node::pairs).unwrap_or_default();
            if pairs.len() > MOST_SERVICES {
                return Err(NotYaml {
                    at: root.at(),
                    why: "it has more than 10,000 services".into(),
                });
            }
            for (name, node) in pairs {
                let Some(text) = name.text() else { continue };
                let draft = Draft::read(node, name.at());
                *left = left.saturating_sub(draft.size);
                if *left == 0 {
                    return Err(NotYaml {
                        at: name.at(),
                        why: "with it the services say more than 64 MiB; write fewer ports, or hand over fewer files"
                            .into(),
                    });
                }
                file.services.insert(text.to_owned(), draft);
            }
            let includes = root.get("include").map(Node::items).unwrap_or_default();
            for include in includes {
                let paths = include.get("path").unwrap_or(include);
                let several = paths.items();
                let all = if several.is_empty() { vec![paths] } else { several };
                file.includes
                    .extend(all.iter().filter_map(|it| Some((it.text()?.to_owned(), it.at()))));
            }
            if services.is_none() && file.includes.is_empty() {
                return Err(NotYaml {
                    at: root.at(),
                    why: "it is no Compose file: it has no `services`".into(),
                });
            }
        }
        Ok(file)
    }
}

/// A path that a file names, from the folder of that file; nothing where that leads out of the top folder
/// without the file being there already, or to a server.
fn joined(file: &str, path: &str) -> Option<String> {
    let path = service::with_defaults(path);
    if path.contains("://")
        || path.starts_with("git@")
        || path.starts_with('/')
        || path.contains('\0')
    {
        return None;
    }
    let root = if file.starts_with('/') { "/" } else { "" };
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                if matches!(parts.pop(), None | Some("..")) {
                    return None;
                }
            }
            part => parts.push(part),
        }
    }
    Some([root, &parts.join("/")].concat())
}

#[cfg(test)]
mod tests;
