//! The compiler: what it says of itself, and what says which one it is where it is not there.
//!
//! Sources: The Cargo Book, "Build Cache" (products are told apart by the compiler's version); the rustup
//! book, "Overrides" and "Profiles"; the read-me of actions/runner-images (`ImageOS`, `ImageVersion`).

use std::collections::{BTreeMap, BTreeSet};

use bstr::ByteSlice as _;
use diagnostics::{Foreign, Place, Problem, position, text};
use repo_model::{Tree, entry};

use super::roots::Roots;
use super::told;
use crate::Probe;
use crate::caches::seen::unread;
use crate::caches::{Answer, Folder, Found, Ingredient, Level, Seen, Settings, Source};
use crate::workspaces::cargo::layout::{MANIFEST, above, folder_of, in_folder, is_within, name_of};
use crate::workspaces::cargo::value::{self, Value};

/// The files that choose a toolchain. Of two in one folder rustup takes the first (the rustup book, "The
/// toolchain file").
pub(super) const FILES: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];

/// The variables that say which compiler there is, where it does not say so itself.
pub(super) const INSTEAD: [&str; 3] = ["RUSTUP_TOOLCHAIN", "ImageOS", "ImageVersion"];

/// What of `rustc -vV` tells compilers apart. Not `binary`, which is `rustc`, nor `commit-date`, which the
/// commit has.
const TELLING: [&str; 4] = ["release", "commit-hash", "host", "LLVM version"];

const WHY: &str = "what one compiler made is of no use to another";

/// The folders of the files that `is_meant` and that lie in no folder of another such.
pub(super) fn outermost(tree: &dyn Tree, is_meant: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let meant = tree.entries().iter().filter(|it| is_meant(it.path.as_bytes()));
    let folders: BTreeSet<&[u8]> = meant.map(|it| folder_of(it.path.as_bytes())).collect();
    let is_outermost = |folder: &&&[u8]| !above(folder).any(|above| folders.contains(above));
    folders.iter().filter(is_outermost).map(|folder| folder.to_vec()).collect()
}

/// The folders in which the compiler is asked: rustup may have another one for each (an override of its
/// own, or a file). Those that a person named, otherwise those with a lock file or the outermost with a
/// manifest; and those with a file that chooses a toolchain. Never one whose compiler the repository brings.
fn asked(tree: &dyn Tree, settings: &Settings) -> BTreeSet<Vec<u8>> {
    let named = |names: &[&[u8]]| -> BTreeSet<Vec<u8>> {
        let found = tree.entries().iter().filter(|it| names.contains(&name_of(it.path.as_bytes())));
        found.map(|it| folder_of(it.path.as_bytes()).to_vec()).collect()
    };
    let has_manifest = |folder: &Vec<u8>| entry(tree, &in_folder(folder, MANIFEST)).is_some();
    let mut roots: BTreeSet<Vec<u8>> =
        settings.workspaces.iter().map(|it| it.folder.clone()).filter(has_manifest).collect();
    if roots.is_empty() {
        roots = named(&[super::LOCK]);
        roots.retain(has_manifest);
        roots.extend(outermost(tree, |path| name_of(path) == MANIFEST));
    }
    let files = named(&FILES.map(str::as_bytes));
    // One above all roots says nothing that the answer in the roots does not say.
    let is_inside = |file: &&Vec<u8>| roots.iter().any(|root| is_within(file, root));
    let inside: Vec<Vec<u8>> = files.iter().filter(is_inside).cloned().collect();
    roots.extend(inside);
    roots.retain(|folder| !is_brought(tree, folder));
    roots
}

/// Whether the compiler in a folder is one that a file of the repository names by its path: the nearest file
/// upwards decides. To ask that compiler would be to run a program that the repository brings, as that of a
/// stranger's pull request may, where somebody only wants to know a key. What cannot be read is told by
/// [`read`].
fn is_brought(tree: &dyn Tree, folder: &[u8]) -> bool {
    let mut files = [folder].into_iter().chain(above(folder)).flat_map(|folder| {
        FILES.iter().filter_map(|name| entry(tree, &in_folder(folder, name.as_bytes())))
    });
    files.find(|it| it.kind.is_file()).is_some_and(|it| {
        let contents = tree.read(&[it]).ok().and_then(|contents| contents.into_iter().next());
        let said = contents.and_then(|bytes| value::read(it.path.as_bytes(), &bytes).ok());
        said.is_some_and(|said| said.get("toolchain").and_then(|it| it.get("path")).is_some())
    })
}

/// `rustc -vV`, in each folder.
pub(super) fn probes(tree: &dyn Tree, settings: &Settings) -> Vec<(Vec<u8>, Probe)> {
    let probe = || Probe::new("rustc", &["-vV"], "the version of the compiler").fixed();
    asked(tree, settings).into_iter().map(|folder| (folder, probe())).collect()
}

/// What the compiler says, or what says which one it is.
pub(super) fn read(seen: &Seen<'_>, roots: &Roots) -> Result<Found, Vec<Problem>> {
    let mut found = Found::default();
    // Downloads need no compiler, whatever the files say of one.
    let files = if seen.settings.keeps_products() { files(seen, roots)? } else { Vec::new() };
    let around = roots.around();
    let asked = asked(seen.tree, seen.settings);
    let asked: Vec<(&Vec<u8>, &Answer)> = asked
        .iter()
        .enumerate()
        .map(|(at, folder)| (folder, seen.answer(at)))
        .filter(|(folder, _)| around.contains(folder.as_slice()))
        .collect();
    let mut known: BTreeMap<Vec<(String, Vec<u8>)>, &[u8]> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (folder, answer) in asked {
        match answer {
            Answer::Said(said) => {
                known.entry(telling(said)).or_insert(folder);
            }
            Answer::NotThere => unknown.push((folder, None)),
            Answer::Failed(why) => unknown.push((folder, Some(why))),
        }
    }
    let mut known: Vec<_> = known.into_iter().collect();
    known.sort_by_key(|(_, folder)| *folder);
    for (at, (facts, folder)) in known.into_iter().enumerate() {
        let name = if at == 0 { b"rustc".to_vec() } else { [b"rustc in ", folder].concat() };
        let mut rustc = Ingredient::new(Level::Toolchain, name, Source::Command("rustc -vV"), WHY);
        for (name, value) in facts {
            rustc.shown(name, value);
        }
        found.ingredients.push(rustc);
    }
    let is_known = unknown.is_empty();
    found.ingredients.extend(files.iter().map(|file| file.ingredient(is_known)));
    if let Some((folder, why)) = unknown.first()
        && seen.settings.keeps_products()
    {
        let (ingredient, problem) = instead(seen, folder, *why, &files)?;
        found.ingredients.push(ingredient);
        found.problems.push(problem);
    }
    Ok(found)
}

/// What tells a compiler apart, of what it said; all of that, where it has another form.
fn telling(said: &[u8]) -> Vec<(String, Vec<u8>)> {
    let value = |key: &str| {
        let mut lines = said.lines();
        let line = lines.find_map(|line| line.strip_prefix(key.as_bytes())?.strip_prefix(b":"))?;
        Some((key.to_owned(), line.trim_ascii().to_vec()))
    };
    let facts: Vec<(String, Vec<u8>)> = TELLING.into_iter().filter_map(value).collect();
    let is_whole = facts.iter().any(|(key, _)| key == "release");
    if is_whole { facts } else { vec![("said".to_owned(), said.trim_ascii().to_vec())] }
}

/// What stands in for a compiler that does not say what it is. Its name is another than that of one that
/// does, so that the two never have the same key.
fn instead(
    seen: &Seen<'_>,
    folder: &[u8],
    why: Option<&Vec<u8>>,
    files: &[File],
) -> Result<(Ingredient, Problem), Vec<Problem>> {
    let mut ingredient =
        Ingredient::new(Level::Toolchain, "rustc by name", Source::Command("rustc -vV"), WHY);
    ingredient.shown("rustc", "not known");
    for name in INSTEAD {
        if let Some(value) = seen.variable(name) {
            ingredient.shown(name, value);
        }
    }
    let message = text!["the Rust compiler does not say what it is, in ", told(folder)];
    let label = match why {
        None => text!["`rustc` is not on the path"],
        Some(why) => {
            let line = why.lines().map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
            text!["`rustc -vV` failed: ", Foreign::new(line.unwrap_or_default())]
        }
    };
    if ingredient.facts.len() == 1 && !files.iter().any(|file| file.channel.is_some()) {
        // Two compilers of which nothing is known are not the same one.
        let problem = Problem::error(message).label(label).help(
            "install Rust in a step before this one, or name the compiler in `rust-toolchain.toml` or RUSTUP_TOOLCHAIN; \
             `layers: registry` needs none",
        );
        return Err(vec![problem]);
    }
    let problem = Problem::warning(message).label(label).help(
        "install Rust in a step before this one: the key names the compiler by the toolchain file and the \
         variables alone, and does not change when `stable` becomes another release",
    );
    Ok((ingredient, problem))
}

/// A file that chooses a toolchain.
struct File {
    name: Vec<u8>,
    source: Source,
    channel: Option<Vec<u8>>,
    /// Components, targets and the profile: what a job wants to build with, so what it builds.
    wants: Vec<(&'static str, Vec<u8>)>,
}

impl File {
    /// What it says. The channel counts only where no compiler says what it is: a name such as `stable`
    /// has many releases, and a release has many names.
    fn ingredient(&self, is_known: bool) -> Ingredient {
        let why = "it says for which targets and with which components is built";
        let name = self.name.as_slice();
        let mut it = Ingredient::new(Level::Toolchain, name, self.source.clone(), why);
        for (name, value) in &self.wants {
            it.shown(*name, value.as_slice());
        }
        if let Some(channel) = self.channel.as_ref().filter(|_| !is_known) {
            it.shown("channel", channel.as_slice());
        }
        it
    }

    fn read(path: &[u8], name: Vec<u8>, source: Source, bytes: &[u8]) -> Result<Self, Box<Problem>> {
        let mut file = Self { name, source, channel: None, wants: Vec::new() };
        // rustup takes a file without an ending that has one line for the name of a channel.
        let is_legacy = name_of(path) == FILES[0].as_bytes() && bytes.lines().count() <= 1;
        if is_legacy {
            file.channel = Some(bytes.trim_ascii().to_vec()).filter(|channel| !channel.is_empty());
            return Ok(file);
        }
        let tree = value::read(path, bytes)?;
        let said = |key| tree.get("toolchain").and_then(|it| it.get(key));
        if let Some(value) = said("path") {
            let (line, column) = position(bytes, value.at());
            return Err(Box::new(
                Problem::error("a toolchain that is named by its path is not known by its name")
                    .at(Place::at(path, line, column))
                    .label("expected `channel`: what lies at a path can be another compiler tomorrow, and to ask it would be to run it")
                    .help("name a channel, or keep downloads alone (`layers: registry`), which need no compiler"),
            ));
        }
        let channel = said("channel");
        file.channel = channel.and_then(Value::as_str).map(|it| it.as_bytes().to_vec());
        for key in ["components", "targets", "profile"] {
            if let Some(value) = said(key) {
                let written = match value.as_list() {
                    None => value.written(),
                    Some(list) => {
                        let names: BTreeSet<String> = list.iter().map(Value::written).collect();
                        names.into_iter().collect::<Vec<_>>().join(", ")
                    }
                };
                file.wants.push((key, written.into_bytes()));
            }
        }
        Ok(file)
    }
}

/// The files that choose a toolchain where builds may be started. Those outside of the repository count
/// where none in it does for every root.
fn files(seen: &Seen<'_>, roots: &Roots) -> Result<Vec<File>, Vec<Problem>> {
    let (mut files, mut wrong) = (Vec::new(), Vec::new());
    for folder in roots.around() {
        for name in FILES {
            let path = in_folder(folder, name.as_bytes());
            let Some(entry) = entry(seen.tree, &path).filter(|it| it.kind.is_file()) else {
                continue;
            };
            let name = [b"toolchain file", super::of_folder(folder).as_slice()].concat();
            let source = Source::File(entry.path.clone());
            match seen.tree.read(&[entry]) {
                Ok(contents) => {
                    let bytes = contents.into_iter().next().unwrap_or_default();
                    match File::read(&path, name, source, &bytes) {
                        Ok(file) => files.push(file),
                        Err(problem) => wrong.push(*problem),
                    }
                }
                Err(error) => wrong.push(unread(&error)),
            }
            break;
        }
    }
    let is_outside = files.is_empty() && wrong.is_empty();
    let nearest = seen.beyond.iter().find(|it| {
        it.wanted.folder == Folder::Above && FILES.contains(&it.wanted.path) && is_outside
    });
    if let Some(file) = nearest {
        let source = Source::Beyond(file.shown.clone());
        match File::read(&file.shown, b"toolchain file".to_vec(), source, &file.bytes) {
            Ok(file) => files.push(file),
            Err(problem) => wrong.push(*problem),
        }
    }
    if wrong.is_empty() { Ok(files) } else { Err(wrong) }
}
