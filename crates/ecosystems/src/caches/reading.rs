//! What every ecosystem does while it reads: files are read once, and what is wrong is collected so that
//! all of it is told at once.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use diagnostics::{Foreign, Place, Problem, text};
use repo_model::text_lines::as_committed;
use repo_model::{Entry, Kind, RepoPath, Tree, below, entry};
use serde_json::Value;

use super::sources::held;
use super::{Answer, Found, Ingredient, Layer, Level, Reuse, Seen, Source, values};
use crate::workspaces::folders;

/// A file of the repository.
pub(super) struct File {
    pub(super) path: RepoPath,
    pub(super) bytes: Vec<u8>,
}

impl File {
    pub(super) fn source(&self) -> Source {
        Source::File(self.path.clone())
    }

    pub(super) fn path(&self) -> &[u8] {
        self.path.as_bytes()
    }
}

/// An answer in the making.
pub(super) struct Reading<'a> {
    pub(super) seen: &'a Seen<'a>,
    pub(super) found: Found,
    /// The places that are found: a cache is named by their order too, so they keep it.
    places: BTreeSet<super::Place>,
    wrong: Vec<Problem>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(seen: &'a Seen<'a>) -> Self {
        Self { seen, found: Found::default(), places: BTreeSet::new(), wrong: Vec::new() }
    }

    /// The answer, with each ingredient once: two folders may find the same file above them.
    ///
    /// # Errors
    /// Everything that was wrong.
    pub(super) fn done(mut self) -> Result<Found, Vec<Problem>> {
        self.found.ingredients.sort();
        self.found.ingredients.dedup();
        if self.wrong.is_empty() { Ok(self.found) } else { Err(self.wrong) }
    }

    /// The file of a name in a folder, if it is there and can be read.
    pub(super) fn file(&mut self, folder: &[u8], name: &str) -> Option<File> {
        self.file_at(&folders::join(folder, name.as_bytes()))
    }

    /// The file at a path, if it is there and can be read.
    pub(super) fn file_at(&mut self, path: &[u8]) -> Option<File> {
        let read = self.seen.contents(path);
        let bytes = self.kept(read)??;
        RepoPath::of_git(path).ok().map(|path| File { path, bytes })
    }

    /// The nearest file of a name in a folder or above it.
    pub(super) fn nearest(&mut self, folder: &[u8], name: &str) -> Option<File> {
        let tree = self.seen.tree;
        let mut above = folders::upwards(folder).map(|it| folders::join(it, name.as_bytes()));
        let path = above.find(|path| entry(tree, path).is_some_and(|it| it.kind.is_file()))?;
        self.file_at(&path)
    }

    /// What was read; what is wrong is collected.
    pub(super) fn kept<T>(&mut self, read: Result<T, Box<Problem>>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(problem) => {
                self.refuse(*problem);
                None
            }
        }
    }

    /// Collects what is wrong, once: a file may be read for several reasons.
    pub(super) fn refuse(&mut self, problem: Problem) {
        if !self.wrong.contains(&problem) {
            self.wrong.push(problem);
        }
    }

    pub(super) fn json(&mut self, file: &File) -> Option<Value> {
        self.kept(values::json(file.path(), &file.bytes))
    }

    pub(super) fn toml(&mut self, file: &File) -> Option<Value> {
        self.kept(values::toml(file.path(), &file.bytes))
    }

    /// The last document of a file of YAML.
    pub(super) fn yaml(&mut self, file: &File) -> Option<Value> {
        let mut documents = self.kept(values::yaml(file.path(), &file.bytes))?;
        Some(documents.pop().unwrap_or(Value::Null))
    }

    /// Keeps an ingredient that says something. What stands in files outside of the repository belongs to a
    /// person, and is never shown.
    pub(super) fn push(&mut self, mut ingredient: Ingredient) {
        if matches!(ingredient.source, Source::Beyond(_)) {
            for fact in ingredient.facts.values_mut() {
                fact.hide();
            }
        }
        if !ingredient.facts.is_empty() {
            self.found.ingredients.push(ingredient);
        }
    }

    /// Keeps a place, once.
    pub(super) fn place(&mut self, path: Vec<u8>, layer: Layer, reuse: Reuse, why: &'static str) {
        let place = super::Place { path, layer, reuse, why };
        if self.places.insert(place.clone()) {
            self.found.places.push(place);
        }
    }

    /// Tells that nothing locks what the manifest at a place asks for.
    pub(super) fn unlocked(&mut self, place: Place, lock: &'static str, help: &'static str) {
        self.found.is_unlocked = true;
        let message = text!["nothing locks what ", place.file.clone(), " asks for"];
        let found = "the key is made of what the manifest asks for: what fits it may change, and the cache would not";
        let problem = if self.seen.settings.requires_lock {
            Problem::error(message)
        } else {
            Problem::warning(message)
        };
        let problem = problem.at(place).label(text!["expected ", lock, "; ", found]).help(help);
        if self.seen.settings.requires_lock {
            self.wrong.push(problem);
        } else {
            self.found.problems.push(problem);
        }
    }

    /// Adds the values of variables that are set. Those that are spelt in several cases are one.
    pub(super) fn variables(&mut self, level: Level, names: &[&str], why: &'static str) {
        for it in self.variables_of(level, names, why) {
            self.push(it);
        }
    }

    /// The same, where what is kept with downloads was built with them.
    pub(super) fn flags(&mut self, names: &[&str], why: &'static str) {
        for it in self.variables_of(Level::Toolchain, names, why) {
            self.push(it.of_downloads());
        }
    }

    fn variables_of(&self, level: Level, names: &[&str], why: &'static str) -> Vec<Ingredient> {
        let mut found = Vec::new();
        for name in names {
            let spelt = [(*name).to_owned(), name.to_ascii_uppercase(), name.to_ascii_lowercase()];
            let Some(value) = spelt.iter().find_map(|name| self.seen.variable(name)) else {
                continue;
            };
            let source = Source::Variable(BString::from(*name));
            let mut it = Ingredient::new(level, *name, source, why);
            it.hidden(name.to_ascii_lowercase(), value);
            found.push(it);
        }
        found
    }

    /// The settings that variables tell whose names begin so, in any case, each once. `meant` says of a
    /// setting what it is for; nothing, where it does not count. None that tells a password counts.
    pub(super) fn told_by_variables(
        &self,
        beginning: &str,
        meant: &dyn Fn(&str) -> Option<(Level, &'static str)>,
    ) -> Vec<Ingredient> {
        let mut found: BTreeMap<String, Ingredient> = BTreeMap::new();
        for (name, value) in self.seen.variables.iter().filter(|(_, value)| !value.is_empty()) {
            let spelt = name.to_string().to_ascii_lowercase();
            let Some(key) = spelt.strip_prefix(beginning) else { continue };
            if ["_auth", "token", "password", "secret"].iter().any(|word| key.contains(word)) {
                continue;
            }
            let Some((level, why)) = meant(key) else { continue };
            let source = Source::Variable(name.clone());
            let it = Ingredient::new(level, spelt.as_str(), source, why);
            found.entry(spelt.clone()).or_insert(it).hidden(spelt, value.as_slice());
        }
        found.into_values().collect()
    }

    /// Adds the packages that the manifests of a name in and below a folder ask for by `paths`, and those that
    /// these ask for in their turn.
    pub(super) fn copied_through(
        &mut self,
        folder: &[u8],
        manifest: &str,
        paths: impl Fn(&File) -> Vec<String>,
    ) {
        let found = folders_with(self.seen.tree, &|name| name == manifest.as_bytes());
        let below = found.into_iter().filter(|it| folders::inside(folder, it).is_some());
        let mut open: Vec<Vec<u8>> = below.collect();
        let mut known: BTreeSet<Vec<u8>> = open.iter().cloned().collect();
        while let Some(from) = open.pop() {
            let Some(file) = self.file(&from, manifest) else { continue };
            for path in paths(&file) {
                self.copied(&from, path.as_bytes(), &file);
                let next = folders::resolve(&from, path.as_bytes());
                open.extend(next.filter(|it| known.insert(it.clone())));
            }
        }
    }

    /// Adds what is copied from a path when packages are installed: a folder by its files, an archive by its
    /// bytes. What is not of this repository is told.
    pub(super) fn copied(&mut self, folder: &[u8], path: &[u8], by: &File) {
        if !self.seen.settings.keeps_products() {
            return;
        }
        let tree = self.seen.tree;
        let meant = folders::resolve(folder, path);
        let files =
            meant.iter().flat_map(|path| entry(tree, path).into_iter().chain(below(tree, path)));
        let name = [&b"files of "[..], meant.as_deref().map_or(path, shown)].concat();
        let why =
            "they are copied when packages are installed, and no lock file says what is in them";
        let mut it = Ingredient::new(Level::Dependencies, name, by.source(), why);
        let files: Vec<&Entry> = files.filter(|it| !is_installed(it.path.as_bytes())).collect();
        for (file, held) in self.kept(held(tree, &files)).into_iter().flatten() {
            held.add(&mut it, file.path.as_bytes());
        }
        if files.is_empty() {
            let message = text![
                "a package is copied from ",
                Foreign::new(path),
                ", where this repository has no file"
            ];
            let help = "what changes there changes no key: bring it into the repository, or say its version with `value:` in `recipe`";
            self.found
                .problems
                .push(Problem::warning(message).at(Place::file(by.path())).help(help));
        }
        self.push(it);
    }

    /// Adds every file of the repository that `is_meant`, by what is in it.
    pub(super) fn contents(
        &mut self,
        is_meant: &dyn Fn(&[u8]) -> bool,
        ingredient: &mut Ingredient,
    ) {
        let tree = self.seen.tree;
        let meant = tree.entries().iter().filter(|it| it.kind == Kind::File || it.kind.is_file());
        let paths: Vec<Vec<u8>> =
            meant.map(|it| it.path.as_bytes().to_vec()).filter(|path| is_meant(path)).collect();
        for path in paths {
            if let Some(file) = self.file_at(&path) {
                ingredient.hidden(path, as_committed(&file.bytes));
            }
        }
    }
}

/// What a program said of itself, in one line.
pub(super) fn said(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Said(said) => {
            let said = String::from_utf8_lossy(said);
            said.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
        }
        Answer::NotThere | Answer::Failed(_) => None,
    }
}

/// The last part of a path.
pub(super) fn name_of(path: &[u8]) -> &[u8] {
    folders::split(path).1
}

/// The folders of the files that `is_meant`, sorted, each once, but for those inside of a folder of
/// dependencies that somebody committed.
pub(super) fn folders_with(tree: &dyn Tree, is_meant: &dyn Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let is_meant = |it: &&Entry| {
        let path = it.path.as_bytes();
        it.kind.is_file() && is_meant(name_of(path)) && !is_installed(path)
    };
    let found = tree.entries().iter().filter(is_meant);
    let mut found: Vec<Vec<u8>> =
        found.map(|it| folders::split(it.path.as_bytes()).0.to_vec()).collect();
    found.sort();
    found.dedup();
    found
}

/// Whether a path is inside of what a tool installed.
pub(super) fn is_installed(path: &[u8]) -> bool {
    let names = [&b"node_modules"[..], b".venv", b".terraform", b"site-packages"];
    folders::names_of(folders::split(path).0).any(|name| names.contains(&name))
}

/// Whether a file of this name is in the folder.
pub(super) fn has(tree: &dyn Tree, folder: &[u8], name: &str) -> bool {
    entry(tree, &folders::join(folder, name.as_bytes())).is_some_and(|it| it.kind.is_file())
}

/// A folder as a person would write it.
pub(super) fn shown(folder: &[u8]) -> &[u8] {
    if folder.is_empty() { b"." } else { folder }
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;
    use crate::caches::{Fact, Machine, Settings};

    #[test]
    fn what_comes_from_outside_of_the_repository_is_never_shown() {
        let seen = Seen {
            tree: &MemoryTree::default(),
            variables: &BTreeMap::new(),
            answers: &[],
            beyond: &[],
            machine: &Machine::default(),
            settings: &Settings::default(),
        };
        let mut reading = Reading::new(&seen);
        let file = RepoPath::of_git(b"a").unwrap();
        for source in [Source::Beyond("~/.a".into()), Source::File(file)] {
            let mut it = Ingredient::new(Level::Toolchain, "a", source, "it is so");
            it.shown("x", "hunter2");
            reading.push(it);
        }
        let facts: Vec<&Fact> =
            reading.found.ingredients.iter().flat_map(|it| it.facts.values()).collect();
        assert_eq!(facts, [&Fact::Hidden("hunter2".into()), &Fact::Shown("hunter2".into())]);
    }

    #[test]
    fn what_is_installed_is_no_root() {
        let paths = ["b/p.json", "p.json", "node_modules/x/p.json", "b/.venv/p.json"];
        let tree = MemoryTree::new(paths.map(|path| (path, ""))).unwrap();
        let found = folders_with(&tree, &|name| name == b"p.json");
        assert_eq!(found, [b"".to_vec(), b"b".to_vec()]);
    }
}
