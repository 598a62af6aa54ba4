//! What sources take in from elsewhere: a changed file that another package includes, a page that is
//! documentation and test in one, a helper of the tests that the library shares.
//!
//! Every source of every package of the head is read, because only a source says what it includes. What
//! it includes is read in turn, on its behalf.

use std::collections::BTreeSet;

use diagnostics::{Foreign, text};
use memchr::memmem;
use repo_model::{Entry, Kind, NotRead, Tree, below, entry};

use super::changed_files::AllTargets;
use super::changed_manifests::{Layouts, NewVariable};
use super::files::Use;
use super::layout::{folder_of, in_folder, is_within, name_of, relative};
use super::links::Links;
use super::manifest::joined;
use super::source::{self, From, Named, Usage};
use super::touches::Touches;
use crate::workspaces::Reach;

/// How many sources are held in memory at once.
const AT_ONCE: usize = 512;

/// A source that is read on behalf of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked<'a> {
    path: &'a [u8],
    folder: &'a [u8],
    reach: Reach,
    /// How the package has come to it; nothing for a source of its own.
    taken: Option<Taken>,
}

/// How a package comes to a source that is none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    /// Its modules lie beside it: a `path` attribute names it, or it is the first file of a target.
    LikeMod,
    /// Where its modules lie its name says.
    ByName,
}

/// How many sources are read to see whether they read a version or the like. Where more would have to be,
/// they are taken to: a release of everything touches everything anyway.
const MOST_FOR_VERSIONS: usize = 1000;

/// Touches the dependents of packages of which cargo tells something new in a variable, if what they are
/// built from reads it.
///
/// # Errors
/// When the contents of a source cannot be had.
pub(super) fn variables(
    layouts: Layouts<'_>,
    head: &dyn Tree,
    targets: &AllTargets,
    variables: &[NewVariable],
    touches: &mut Touches<'_>,
) -> Result<(), NotRead> {
    let mut sources: Vec<(&NewVariable, &Entry)> = Vec::new();
    for variable in variables {
        for entry in below(head, &variable.folder) {
            let is_read = sourced(layouts, targets, entry).is_some_and(|asked| {
                asked.folder == variable.folder && asked.reach == Reach::Dependents
            });
            if is_read {
                sources.push((variable, entry));
            }
        }
    }
    if sources.len() > MOST_FOR_VERSIONS {
        for variable in variables {
            let what = text![Foreign::from(variable.name), ", which its sources may read"];
            touches.add(&variable.folder, Reach::Dependents, &variable.path, Some(what));
        }
        return Ok(());
    }
    let entries: Vec<&Entry> = sources.iter().map(|(_, entry)| *entry).collect();
    for ((variable, entry), bytes) in sources.iter().zip(head.read(&entries)?) {
        if reads(&bytes, variable.name) {
            let source = Foreign::from(entry.path.as_bytes());
            let what = text![Foreign::from(variable.name), ", which ", source, " reads"];
            touches.add(&variable.folder, Reach::Dependents, &variable.path, Some(what));
        }
    }
    Ok(())
}

/// The package that a source belongs to, and how far it reaches.
fn sourced<'a>(layouts: Layouts<'a>, targets: &AllTargets, entry: &'a Entry) -> Option<Asked<'a>> {
    let path = entry.path.as_bytes();
    let is_file = entry.kind.is_file() || entry.kind == Kind::Symlink;
    if !is_file || !path.ends_with(b".rs") {
        return None;
    }
    let (folder, _) = layouts.head.owner(path)?;
    match targets.get(folder)?.usage(relative(path, folder)?) {
        Use::Read(reach) => Some(Asked { reach, ..Asked::own(path, folder) }),
        Use::Unread => None,
    }
}

/// Whose sources are read.
#[derive(Default)]
pub(super) struct Scope {
    /// Those of every package.
    pub(super) is_all: bool,
    /// All those of the packages in these folders.
    pub(super) whole: BTreeSet<Vec<u8>>,
    /// What is built for others of the packages in these folders, where that is not too much.
    pub(super) built: BTreeSet<Vec<u8>>,
    /// The files of every package in which its library and its programs begin.
    pub(super) are_roots: bool,
}

/// How many sources of a package are read to see whether they take in a file of its tests.
const MOST_FOR_TESTS: usize = 100;

/// The sources to begin with.
fn first<'a>(
    layouts: Layouts<'a>,
    head: &'a dyn Tree,
    targets: &'a AllTargets,
    scope: &Scope,
) -> Vec<Asked<'a>> {
    let mut wave = Vec::new();
    if scope.is_all {
        wave.extend(head.entries().iter().filter_map(|entry| sourced(layouts, targets, entry)));
    } else {
        let of = |folder: &'a [u8]| {
            let sources = below(head, folder).iter();
            let sources = sources.filter_map(|entry| sourced(layouts, targets, entry));
            sources.filter(move |asked| asked.folder == folder)
        };
        let folders = targets.keys().map(Vec::as_slice);
        for folder in folders.filter(|folder| scope.whole.contains(*folder)) {
            wave.extend(of(folder));
        }
        let folders = targets.keys().map(Vec::as_slice);
        for folder in folders.filter(|folder| scope.built.contains(*folder)) {
            let is_built =
                |asked: &Asked<'_>| asked.reach == Reach::Dependents && !is_of_tests(asked.path);
            let built = of(folder).filter(is_built);
            let built: Vec<Asked<'_>> = built.take(MOST_FOR_TESTS + 1).collect();
            if built.len() <= MOST_FOR_TESTS {
                wave.extend(built);
            }
        }
        if scope.are_roots {
            for (folder, targets) in targets {
                let roots =
                    targets.built().filter_map(|path| entry(head, &in_folder(folder, path)));
                let roots = roots.filter(|entry| entry.kind.is_file());
                wave.extend(roots.map(|it| Asked::own(it.path.as_bytes(), folder)));
            }
        }
    }
    wave.sort();
    wave.dedup();
    wave
}

/// Touches the packages whose sources include a changed file. Of packages that are not in the scope
/// only what lies outside of them is read.
///
/// # Errors
/// When the contents of a source cannot be had.
pub(super) fn includes(
    layouts: Layouts<'_>,
    head: &dyn Tree,
    targets: &AllTargets,
    scope: &Scope,
    touches: &mut Touches<'_>,
) -> Result<(), NotRead> {
    let mut wave = first(layouts, head, targets, scope);
    for (folder, targets) in targets {
        for (path, reach) in targets.outside() {
            if let Some(changed) = touches.changed(path) {
                let what = text!["it is a target of the package"];
                touches.add(folder, *reach, changed, Some(what));
                touches.known.insert(changed.clone());
            }
            let there = touches.links.file(head, path);
            wave.extend(there.map(|entry| Asked {
                reach: *reach,
                taken: Some(Taken::LikeMod),
                ..Asked::own(entry.path.as_bytes(), folder)
            }));
        }
    }
    let mut seen: BTreeSet<Asked<'_>> = wave.iter().cloned().collect();
    while !wave.is_empty() {
        let mut next = Vec::new();
        for asked in wave.chunks(AT_ONCE) {
            let there = |asked| Some((asked, touches.links.file(head, Asked::path(asked))?));
            let (asked, entries): (Vec<&Asked<'_>>, Vec<&Entry>) =
                asked.iter().filter_map(there).unzip();
            for (asked, bytes) in asked.iter().zip(head.read(&entries)?) {
                for named in source::named(&bytes) {
                    for (path, taken) in asked.places(&named) {
                        next.extend(take(asked, &named, &path, taken, head, targets, touches));
                    }
                }
            }
        }
        next.retain(|asked| seen.insert(asked.clone()));
        wave = next;
    }
    Ok(())
}

impl<'a> Asked<'a> {
    /// A source of the package in `folder`.
    fn own(path: &'a [u8], folder: &'a [u8]) -> Self {
        Self { path, folder, reach: Reach::Dependents, taken: None }
    }

    fn path(&self) -> &'a [u8] {
        self.path
    }

    /// Where a named file may be, and how it would be taken in.
    fn places(&self, named: &Named) -> Vec<(Vec<u8>, Taken)> {
        let here = folder_of(self.path);
        let modules = match self.taken {
            Some(Taken::LikeMod) => here.to_vec(),
            Some(Taken::ByName) | None => modules_of(self.path),
        };
        let written = named.path.as_str();
        let place = |from: &[u8], path: &str, taken| Some((joined(from, path)?, taken));
        let places = match (named.usage, named.from) {
            // The modules of a package's own sources are sources of its own.
            (Usage::Child, _) if self.taken.is_none() => vec![],
            (Usage::Child, _) => vec![
                place(&modules, &format!("{written}.rs"), Taken::ByName),
                place(&modules, &format!("{written}/mod.rs"), Taken::LikeMod),
            ],
            // Inline modules around it are folders below the file's own or below its modules'.
            (_, From::Modules) => {
                vec![place(&modules, written, Taken::LikeMod), place(here, written, Taken::LikeMod)]
            }
            (Usage::Unknown, From::Package) => {
                let outside = place(self.folder, written, Taken::ByName);
                vec![outside.filter(|(path, _)| relative(path, self.folder).is_none())]
            }
            (_, From::Package) => vec![place(self.folder, written, Taken::ByName)],
            // What is included stands where the macro stands, with the modules of that file.
            (Usage::Data | Usage::Documentation | Usage::Unknown, From::Source) => {
                vec![place(here, written, Taken::ByName)]
            }
            (Usage::Module, From::Source) => vec![place(here, written, Taken::LikeMod)],
        };
        places.into_iter().flatten().collect()
    }
}

/// Whether a source is a module of tests, by the usual names.
fn is_of_tests(path: &[u8]) -> bool {
    let mut names = path.split(|byte| *byte == b'/');
    names.any(|name| matches!(name, b"tests" | b"test" | b"tests.rs" | b"test.rs"))
}

/// Touches the package if what it includes changed; what it includes, if that is a source.
fn take<'a>(
    asked: &Asked<'a>,
    named: &Named,
    path: &[u8],
    taken: Taken,
    head: &'a dyn Tree,
    targets: &AllTargets,
    touches: &mut Touches<'_>,
) -> Option<Asked<'a>> {
    let usage = named.usage;
    let is_own = named.is_test || usage == Usage::Documentation;
    let reach = if is_own { asked.reach.min(Reach::Own) } else { asked.reach };
    let within = relative(path, asked.folder);
    let mut changed = match usage {
        // The package's folder, or one around it: nobody takes in all of that.
        _ if is_within(asked.folder, path) => return None,
        Usage::Unknown if within.is_some() => touches.changed(path).into_iter().collect(),
        Usage::Child => touches.changed(path).into_iter().collect(),
        Usage::Data | Usage::Module | Usage::Documentation | Usage::Unknown => {
            touches.changed_within(path)
        }
    };
    if usage == Usage::Module && name_of(path) == b"mod.rs" && within.is_none() {
        // A macro may make its modules.
        changed.extend(touches.changed_within(folder_of(path)));
    }
    for changed in changed {
        let what = text![Foreign::from(asked.path), " includes it"];
        touches.add(asked.folder, reach, changed, Some(what));
        touches.known.insert(changed.clone());
    }
    // What the package reads as far by itself is looked at where it lies.
    let own = within.and_then(|path| Some(targets.get(asked.folder)?.usage(path)));
    let is_read = matches!(own, Some(Use::Read(own)) if own >= reach);
    let is_source = path.ends_with(b".rs") && !is_read;
    let included = touches.links.file(head, path).filter(|_| is_source)?;
    let path = included.path.as_bytes();
    Some(Asked { path, reach, taken: Some(taken), ..*asked })
}

/// The folder in which the modules of a source are looked for (The Rust Reference, "Module source
/// filenames"): its own for `mod.rs`, one of its name otherwise. A file that a `path` attribute names is
/// treated like `mod.rs`.
fn modules_of(path: &[u8]) -> Vec<u8> {
    let name = name_of(path);
    match name.strip_suffix(b".rs").unwrap_or(name) {
        b"mod" => folder_of(path).to_vec(),
        stem => in_folder(folder_of(path), stem),
    }
}

/// The sources that a build script is made of, itself first: its modules, and what it includes. Nothing if it is
/// not there.
///
/// # Errors
/// When the contents of one cannot be had.
pub(super) fn of_script(
    head: &dyn Tree,
    script: &[u8],
    folder: &[u8],
    links: &Links,
) -> Result<Vec<Vec<u8>>, NotRead> {
    let mut read = Vec::new();
    let mut wave = vec![(script.to_vec(), Taken::LikeMod)];
    let mut seen = BTreeSet::new();
    while !wave.is_empty() && seen.len() <= MOST_OF_SCRIPT {
        let there = |(path, taken): (Vec<u8>, Taken)| {
            let entry = links.file(head, &path)?;
            (path.ends_with(b".rs") || path == script).then_some((entry, taken))
        };
        let mut asked: Vec<(&Entry, Taken)> = wave.drain(..).filter_map(there).collect();
        asked.retain(|(entry, _)| seen.insert(entry.path.clone()));
        let entries: Vec<&Entry> = asked.iter().map(|(entry, _)| *entry).collect();
        for ((entry, taken), bytes) in asked.into_iter().zip(head.read(&entries)?) {
            let asked = Asked { taken: Some(taken), ..Asked::own(entry.path.as_bytes(), folder) };
            let named = source::named(&bytes);
            let named = named.iter().filter(|named| named.usage != Usage::Unknown);
            wave.extend(named.flat_map(|named| asked.places(named)));
            read.push(bytes);
        }
    }
    Ok(read)
}

/// How many sources of a build script are followed further.
const MOST_OF_SCRIPT: usize = 100;

/// Whether a source puts a variable of cargo's into the program: by its name, by clap's ways to it (its
/// documentation, "Derive Reference" and "Macros"), or through the crates `built` and `shadow-rs`, which
/// write all of them.
fn reads(source: &[u8], variable: &str) -> bool {
    let has = |word: &[u8]| memmem::find(source, word).is_some();
    let (macros, attribute): (&[u8], &[u8]) = match variable {
        "CARGO_PKG_VERSION" => (b"crate_version!", b"version"),
        "CARGO_PKG_AUTHORS" => (b"crate_authors!", b"author"),
        "CARGO_PKG_DESCRIPTION" => (b"crate_description!", b"about"),
        _ => (b"", b""),
    };
    let by_clap = || {
        let in_attribute = || has(attribute) && (has(b"#[command(") || has(b"#[clap("));
        !macros.is_empty() && (has(macros) || has(b"command!(") || in_attribute())
    };
    has(variable.as_bytes()) || has(b"write_built_file") || has(b"shadow_rs") || by_clap()
}
