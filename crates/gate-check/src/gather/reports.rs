//! Reports: found by pattern, known by what they hold, read once, and handed to the gates they are for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostics::{Foreign, Problem, nearest, text};
use repo_model::PathPattern;
use reports::{AnyFormat, Found, Malformed, Reading, unpacked};
use runner_protocol::{Cause, Failure, Out};
use system::DiskFailure;
use verdict::Gate;

use super::evidence::{Evidence, gates_of};
use super::files::{LONGEST, refused};

/// How many bytes of a report are looked at before it is read, in bytes.
const BEGINNING: u64 = 1 << 16;

/// Which reports are meant: a line of the input `reports`.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pattern: PathPattern,
    /// For which gates, where that is said.
    gates: Vec<Gate>,
    /// In which format, where that is said.
    format: Option<AnyFormat>,
}

impl Source {
    /// Whether it means any file.
    pub(super) fn has_file(&self) -> bool {
        let is_there = |file: &Path| system::exists(file).unwrap_or(true);
        !system::find(std::slice::from_ref(&self.pattern), &is_there).files.is_empty()
    }

    /// The gates that look at what it means, as far as the line says it.
    pub(super) fn gates(&self) -> Vec<Gate> {
        match (self.gates.as_slice(), self.format) {
            ([], Some(format)) => gates_of(format),
            (gates, _) => gates.to_vec(),
        }
    }
}

/// What a file, or a pattern without one, is meant to be.
#[derive(Clone, Debug, Default)]
struct Meant {
    gates: Vec<Gate>,
    format: Option<AnyFormat>,
}

impl Meant {
    /// Adds what one line says. Of several formats the first counts.
    fn add(&mut self, source: &Source) {
        self.format = self.format.or(source.format);
        for gate in &source.gates {
            if !self.gates.contains(gate) {
                self.gates.push(*gate);
            }
        }
    }

    /// The gates that it is for; nothing, once, where its contents say it.
    fn each_gate(&self) -> impl Iterator<Item = Option<Gate>> {
        let unsaid = self.gates.is_empty().then_some(None);
        self.gates.iter().copied().map(Some).chain(unsaid)
    }
}

/// A report that was read.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// Its file.
    pub(crate) file: Foreign,
    /// Its format.
    pub(crate) format: AnyFormat,
    /// The gates that look at it.
    pub(crate) gates: Vec<Gate>,
    /// What it says besides its entries.
    pub(crate) reading: Reading,
}

/// The lines of the input, read: `lcov.info`, `lcov=lcov.info`, `lint=out/*.sarif`, `lint:sarif=x`.
pub(super) fn sources(lines: &[String]) -> Result<Vec<Source>, Failure> {
    let (mut sources, mut problems) = (Vec::new(), Vec::new());
    let lines = lines.iter().flat_map(|lines| lines.lines()).map(str::trim);
    for line in lines.filter(|line| !line.is_empty()) {
        match source(line) {
            Ok(source) => sources.push(source),
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.is_empty() {
        Ok(sources)
    } else {
        Err(Failure { cause: Cause::NoAnswer, problems })
    }
}

fn source(line: &str) -> Result<Source, Box<Problem>> {
    let (words, path) = match line.split_once('=') {
        Some((words, path)) if is_word(words) => (Some(words.trim()), path.trim()),
        Some(_) | None => (None, line),
    };
    let (mut gates, mut format) = (Vec::new(), None);
    for word in words.into_iter().flat_map(|words| words.split(':')) {
        let named = Gate::WORDS.iter().find(|(name, _)| *name == word);
        if let Some((_, named)) = named {
            gates.push(*named);
        } else if let Some(named) = AnyFormat::named(word) {
            format = Some(named);
        } else {
            return Err(Box::new(unknown_word(line, word)));
        }
    }
    Ok(Source { pattern: pattern(path, "reports")?, gates, format })
}

fn pattern(text: &str, input: &'static str) -> Result<PathPattern, Box<Problem>> {
    PathPattern::new(text).map_err(|error| {
        let message = text!["the pattern ", Foreign::from(error.pattern.as_str()), " of `", input, "` cannot be read"];
        Box::new(
            Problem::error(message).label(diagnostics::Piece::said(&error.why)).help(
                "`*` and `?` stay within a directory, `**` crosses them, `[ab]` and `{a,b}` choose; write `[[]` for a bracket",
            ),
        )
    })
}

/// The files that a pattern of an input means, in their order.
pub(super) fn paths(text: &str, input: &'static str) -> Result<Vec<PathBuf>, Failure> {
    let pattern = pattern(text, input).map_err(|problem| Failure::no_answer(*problem))?;
    let found = system::find(std::slice::from_ref(&pattern), &|_| true);
    match found.failures.first() {
        Some(failure) => Err(refused(failure, "the files", "see the permissions there")),
        None => Ok(found.files),
    }
}

/// Whether it may be a gate's or a format's name: then it is one, or a mistake.
fn is_word(words: &str) -> bool {
    let is_letter =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-: ".contains(&byte);
    !words.is_empty() && words.bytes().all(is_letter)
}

fn unknown_word(line: &str, word: &str) -> Problem {
    let gates = Gate::WORDS.iter().map(|(name, _)| *name);
    let names: Vec<&str> = gates.chain(AnyFormat::all().map(AnyFormat::name)).collect();
    let mut help = text!["write gates, a format or both before the `=`: `lint:sarif=eslint.sarif`"];
    if let Some(near) = nearest(word, names.iter().copied()) {
        help.text("; is ").foreign(near).text(" meant?");
    }
    let message = text![
        Foreign::from(word),
        " in ",
        Foreign::from(line),
        " of `reports` is no gate and no format"
    ];
    Problem::error(message).help(help)
}

/// Reads every report that the sources mean. A pattern that means none is trouble, unless it is one of
/// those that nobody wrote.
pub(super) fn read(
    sources: &[Source],
    evidence: &mut Evidence,
    are_written: bool,
    out: &Out,
) -> Result<(), Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    // By the path without links, so that a report counts once however it is spelt.
    let mut meant: BTreeMap<PathBuf, Meant> = BTreeMap::new();
    for source in sources {
        let found = system::find(std::slice::from_ref(&source.pattern), &|_| true);
        if let Some(failure) = found.failures.first() {
            return Err(refused(failure, "the reports", "see the permissions there"));
        }
        let mut is_any = false;
        for file in found.files {
            // A pattern that nobody wrote asks for nothing.
            if !are_written && !system::exists(&file).unwrap_or(true) {
                continue;
            }
            is_any = true;
            let meant = meant.entry(whole(&file)).or_insert_with(|| {
                files.push(file);
                Meant::default()
            });
            meant.add(source);
        }
        if !is_any && are_written {
            let mut meant = Meant::default();
            meant.add(source);
            for gate in meant.each_gate() {
                evidence.nothing(source.pattern.as_str().as_bytes(), gate, source.format);
            }
        }
    }
    let count = u64::try_from(files.len()).unwrap_or(u64::MAX);
    let mut progress = out.progress("reading reports", count);
    for file in files {
        if let Some(meant) = meant.get(&whole(&file)) {
            report(&file, meant, evidence);
        }
        progress.advance(1);
    }
    Ok(())
}

/// The path without links; as it is written where nothing is there.
fn whole(file: &Path) -> PathBuf {
    system::whole_path(file).unwrap_or_else(|_| file.to_owned())
}

fn report(file: &Path, source: &Meant, evidence: &mut Evidence) {
    let shown = Foreign::path(file);
    let found = bytes_of(file);
    let read = match &found {
        Ok(Some(Ok(bytes))) => unpacked(bytes, LONGEST).and_then(|plain| {
            let format = source.format.map_or_else(|| AnyFormat::recognised(&plain), Ok)?;
            Ok((format, plain))
        }),
        Ok(Some(Err(malformed))) => Err(malformed.clone()),
        Ok(None) => {
            return source
                .each_gate()
                .for_each(|gate| evidence.outside(&shown, gate, source.format));
        }
        Err(failure) => {
            for gate in source.each_gate() {
                if failure.source.kind() == std::io::ErrorKind::NotFound {
                    evidence.nothing(shown.raw(), gate, source.format);
                } else {
                    // Evidence that cannot be read is evidence that is missing, whoever is to blame.
                    evidence.unread(&shown, gate, source.format, failure);
                }
            }
            return;
        }
    };
    for gate in source.each_gate() {
        match &read {
            Ok((format, plain)) => evidence.take(shown.clone(), *format, gate, plain),
            Err(malformed) => evidence.malformed(&shown, gate, source.format, malformed),
        }
    }
}

/// The bytes of a report that may be one; nothing where it is behind a link out of the folder.
fn bytes_of(file: &Path) -> Result<Option<Result<Vec<u8>, Malformed>>, DiskFailure> {
    if outside(file)? {
        return Ok(None);
    }
    let begin = system::read_beginning(file, BEGINNING)?;
    let is_marked =
        [&b"\x1f\x8b"[..], b"\xff\xfe", b"\xfe\xff"].iter().any(|it| begin.starts_with(it));
    // Before gigabytes of it are in memory.
    if !is_marked && begin.contains(&0) {
        let found = Found::Wrong("bytes that no text has");
        return Ok(Some(Err(Malformed { wanted: "a report", found, line: 1, column: 1 })));
    }
    system::read_file(file, LONGEST).map(|bytes| Some(Ok(bytes)))
}

/// Whether a link leads out of the folder that the step runs in: what is there is not this run's.
pub(super) fn outside(file: &Path) -> Result<bool, DiskFailure> {
    if !file.is_relative() {
        return Ok(false);
    }
    let whole = system::whole_path(file)?;
    let here = system::whole_path(Path::new("."))?;
    let climbs = file.components().any(|part| part == std::path::Component::ParentDir);
    Ok(!climbs && !whole.starts_with(here))
}
