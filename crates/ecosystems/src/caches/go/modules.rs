//! Which modules there are: `go.mod`, `go.work`, their sums, and the list of copies.

use std::collections::{BTreeMap, BTreeSet};

use bstr::ByteSlice as _;
use diagnostics::{Piece, Place, Problem, Snippet, position, text};

use crate::caches::reading::{File, Reading};
use crate::caches::{Ingredient, Level};
use crate::workspaces::folders;
use crate::workspaces::go::lines::{self, Directive};

/// What is read of all folders.
#[derive(Default)]
pub(super) struct Modules {
    /// The files that were read.
    known: BTreeSet<Vec<u8>>,
    /// The folders of modules that need others from elsewhere and have no sums beside them.
    without_sums: BTreeMap<Vec<u8>, Place>,
    /// Whether there is a `go.work.sum`, which stands in for the sums of modules.
    has_shared_sums: bool,
}

impl Modules {
    /// Reads what stands in a folder.
    pub(super) fn read(&mut self, folder: &[u8], reading: &mut Reading<'_>) {
        for name in ["go.mod", "go.work"] {
            let Some(directives) = self.directives(folder, name, reading) else { continue };
            let needs_others = self.add(folder, name, &directives, reading);
            let sum = if name == "go.mod" { "go.sum" } else { "go.work.sum" };
            let sums = reading.file(folder, sum);
            let copies = reading.file(folder, "vendor/modules.txt");
            if name == "go.mod" && needs_others && sums.is_none() && copies.is_none() {
                let path = folders::join(folder, name.as_bytes());
                self.without_sums.insert(folder.to_vec(), Place::at(path.as_slice(), 1, 1));
            }
            if let Some(file) = sums {
                self.has_shared_sums |= name == "go.work";
                let read = checksums(&file);
                if let Some(it) = reading.kept(read) {
                    reading.push(it);
                }
            }
            if let Some(file) = copies
                && self.known.insert(file.path().to_vec())
            {
                reading.push(list_of_copies(&file));
            }
        }
    }

    /// Tells where nothing confirms what is needed.
    pub(super) fn tell(self, reading: &mut Reading<'_>) {
        for place in self.without_sums.into_values().filter(|_| !self.has_shared_sums) {
            reading.unlocked(place, "`go.sum` beside it", "run `go mod tidy` and commit `go.sum`");
        }
    }

    /// The directives of a file, if it is there and was not read yet, sorted: their order says nothing.
    fn directives(
        &mut self,
        folder: &[u8],
        name: &str,
        reading: &mut Reading<'_>,
    ) -> Option<Vec<Directive>> {
        let path = folders::join(folder, name.as_bytes());
        if self.known.contains(&path) {
            return None;
        }
        let file = reading.file_at(&path)?;
        self.known.insert(path);
        let mut directives = reading.kept(lines::read(file.path(), &file.bytes))?;
        directives.sort();
        directives.dedup();
        Some(directives)
    }

    /// Adds what the directives ask for; whether some of it comes from elsewhere. What a module is called
    /// and which of its own versions it takes back say nothing of what is built with it.
    fn add(
        &mut self,
        folder: &[u8],
        name: &str,
        directives: &[Directive],
        reading: &mut Reading<'_>,
    ) -> bool {
        let path = folders::join(folder, name.as_bytes());
        let Ok(source) = repo_model::RepoPath::of_git(&path) else { return false };
        let source = crate::caches::Source::File(source);
        let title = |what: &[u8]| [what, b" in ", path.as_slice()].concat();
        let why = "it says which versions of modules are built";
        let mut modules =
            Ingredient::new(Level::Dependencies, title(b"modules"), source.clone(), why)
                .of_downloads();
        let why = "it changes what is built of them";
        let mut settings = Ingredient::new(Level::Dependencies, title(b"settings"), source, why);
        let mut local = BTreeSet::new();
        for it in directives {
            let words = &it.arguments;
            match it.name.as_str() {
                "require" => {
                    let (module, rest) = words.split_first().map_or(("", &[][..]), |(module, rest)| {
                        (module.as_str(), rest)
                    });
                    modules.shown(format!("require {module}"), rest.join(" "));
                }
                "replace" => {
                    let arrow = words.iter().position(|word| word == "=>").unwrap_or(words.len());
                    let (from, to) = words.split_at(arrow);
                    let to = to.get(1..).unwrap_or_default();
                    modules.shown(format!("replace {}", from.join(" ")), to.join(" "));
                    if let ([target], Some(module)) = (to, from.first()) {
                        local.insert((target.as_str(), module.as_str()));
                    }
                }
                "exclude" => modules.shown(format!("exclude {}", words.join(" ")), ""),
                // They choose the toolchain, or say nothing of what is built.
                "go" | "toolchain" | "module" | "retract" => {}
                other => settings.shown(format!("{other} {}", words.join(" ")), ""),
            }
        }
        reading.push(modules);
        reading.push(settings);
        let is_local = |module: &str| local.iter().any(|(_, it)| *it == module);
        let mut required = directives.iter().filter(|it| it.name == "require");
        let needs_others = required.any(|it| it.argument(0).is_some_and(|it| !is_local(it)));
        for (target, _) in &local {
            // A module that is taken from a folder asks for others in its own file; what is in it Go's
            // cache tells apart. Those outside of the repository are confirmed by the sums alone.
            let Some(target) = folders::resolve(folder, target.as_bytes()) else { continue };
            if let Some(directives) = self.directives(&target, "go.mod", reading) {
                self.add(&target, "go.mod", &directives, reading);
            }
        }
        needs_others
    }
}

/// The sums of a file: lines of a module, a version and a digest (Go Modules Reference, "go.sum files").
/// Neither their order nor lines that stand twice say anything.
fn checksums(file: &File) -> Result<Ingredient, Box<Problem>> {
    let name = [b"checksums in ", file.path()].concat();
    let why = "it says what the downloaded modules hold";
    let mut it =
        Ingredient::new(Level::Dependencies, name, file.source(), why).of_downloads();
    let mut sums: BTreeSet<(Vec<u8>, &[u8])> = BTreeSet::new();
    let mut at = 0;
    for line in file.bytes.split_inclusive(|byte| *byte == b'\n') {
        let words: Vec<&[u8]> = words(line).collect();
        match words.as_slice() {
            [] => {}
            [module, version, digest] if is_digest(digest) => {
                sums.insert(([module, &b" "[..], version].concat(), digest));
            }
            _ => return Err(no_sum(file, at)),
        }
        at += line.len();
    }
    for (name, digest) in sums {
        it.shown(name, digest);
    }
    Ok(it)
}

/// The words between blanks.
fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// Whether a word is a digest with the name of its algorithm. Of `h1`, SHA-256, the length is known.
fn is_digest(word: &[u8]) -> bool {
    match word.split_once_str(":") {
        Some((b"h1", digest)) => digest.len() == 44,
        Some((algorithm, digest)) => !algorithm.is_empty() && !digest.is_empty(),
        None => false,
    }
}

fn no_sum(file: &File, at: usize) -> Box<Problem> {
    let (line, column) = position(&file.bytes, at);
    let found = "found something else";
    let problem = Problem::error("a file of Go's checksums cannot be read")
        .at(Place::at(file.path(), line, column))
        .label(text!["expected a module, a version and a digest `h1:...`; ", Piece::said(&found)])
        .snippet(Snippet::of(&file.bytes, at));
    Box::new(problem.help("resolve the conflict if a merge left one, then run `go mod tidy`"))
}

/// The modules that are copied into `vendor`: lines of `# MODULE VERSION`, perhaps with `=>` (Go Modules
/// Reference, "Vendoring"). Which packages of them are copied follows from the sources.
fn list_of_copies(file: &File) -> Ingredient {
    let name = [b"copies in ", file.path()].concat();
    let why = "Go builds the copies of these modules";
    let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why);
    for line in file.bytes.lines() {
        let Some(words) = line.trim_ascii().strip_prefix(b"# ") else { continue };
        let mut words = self::words(words);
        let module = words.next().unwrap_or_default();
        it.shown(module, bstr::join(" ", words));
    }
    it
}
