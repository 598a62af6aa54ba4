//! What compilers and linters say about the code, each thing once, and the proof that they looked.
//!
//! Cargo says the same thing again for each target that takes a file in, and in each run, fresh or not.
//! Two remarks are the same where their place and all of their text are.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};
use diagnostics::{Foreign, Piece, Place, Text};
use reports::messages::{Diagnostic, Level, Message, Spot};

use crate::{Reason, Verdict};

/// How many remarks are kept. Of more, only the number is known.
const MOST_KEPT: usize = 100_000;
/// How much of a message is told, in bytes: the first line of most.
const LONGEST_TOLD: usize = 300;

/// How much a remark counts where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// The tool warns.
    Warning,
    /// A lint that the tool is told to deny.
    Denied,
    /// The tool could not go on here: the code does not compile, or the compiler failed.
    Broken,
}

/// One thing that a tool says about the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The tool: `rustc`, `clippy`, `rustdoc`, `tflint`.
    pub tool: BString,
    /// The lint or rule, if it has a name.
    pub rule: Option<BString>,
    /// How much it counts.
    pub weight: Weight,
    /// What is wrong.
    pub message: BString,
    /// Where.
    pub spot: Option<Spot>,
    /// The package that it is about, if the tool knows of packages.
    pub package: Option<BString>,
}

/// All remarks of a gate's reports, and which packages the tools looked at.
#[derive(Clone, Debug, Default)]
pub struct CodeSeen {
    remarks: BTreeMap<(Option<Spot>, BString), Remark>,
    not_kept: u64,
    runs: u64,
    failed_runs: u64,
    built: BTreeSet<BString>,
    documented: BTreeSet<BString>,
    broken: BTreeSet<BString>,
}

impl CodeSeen {
    /// Takes the next message of cargo or rustc.
    pub fn message(&mut self, message: &Message) {
        match message {
            Message::Diagnostic(diagnostic) => self.diagnostic(diagnostic),
            Message::Artifact(artifact) => {
                let name = artifact.package.name();
                if artifact.is_documentation {
                    insert(&mut self.documented, name);
                } else if !artifact.target.is_build_script() {
                    insert(&mut self.built, name);
                }
            }
            Message::BuildScript(_) => {}
            Message::Finished { success } => {
                self.runs = self.runs.saturating_add(1);
                self.failed_runs = self.failed_runs.saturating_add(u64::from(!success));
            }
        }
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        let code = diagnostic.code.as_ref().map(|code| code.as_bstr());
        let weight = match diagnostic.level {
            Level::Note => return,
            Level::Warning => Weight::Warning,
            Level::CompilerFailure => Weight::Broken,
            Level::Error if code.is_none_or(|code| is_error_code(code)) => Weight::Broken,
            Level::Error => Weight::Denied,
        };
        let tool = match code {
            Some(code) if code.starts_with(b"clippy::") => "clippy",
            Some(code) if code.starts_with(b"rustdoc::") => "rustdoc",
            Some(_) | None => "rustc",
        };
        let package = diagnostic.package.as_ref().map(|id| id.name().to_owned());
        let remark = Remark {
            tool: tool.into(),
            rule: diagnostic.code.clone(),
            weight,
            message: diagnostic.message.clone(),
            spot: diagnostic.spot.clone(),
            package,
        };
        let text = diagnostic.rendered.as_ref().unwrap_or(&diagnostic.message);
        self.keep(&remark, text.clone());
    }

    /// Takes a remark of another tool.
    pub fn remark(&mut self, remark: &Remark) {
        let mut text = remark.tool.clone();
        for part in [remark.rule.as_ref(), Some(&remark.message)].into_iter().flatten() {
            text.push(b'\n');
            text.extend_from_slice(part);
        }
        self.keep(remark, text);
    }

    /// Says that another tool ran to its end.
    pub fn ran(&mut self) {
        self.runs = self.runs.saturating_add(1);
    }

    fn keep(&mut self, remark: &Remark, text: BString) {
        if remark.weight > Weight::Warning
            && let Some(package) = &remark.package
        {
            insert(&mut self.broken, package.as_bstr());
        }
        let key = (remark.spot.clone(), text);
        if self.remarks.len() < MOST_KEPT || self.remarks.contains_key(&key) {
            let kept = self.remarks.entry(key).or_insert_with(|| remark.clone());
            kept.weight = kept.weight.max(remark.weight);
        } else {
            self.not_kept = self.not_kept.saturating_add(1);
        }
    }

    /// The remarks, in the order of their places.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.values()
    }

    /// How many remarks came after more than anybody keeps.
    pub(crate) fn not_kept(&self) -> u64 {
        self.not_kept
    }

    /// How many runs of a tool ended.
    pub(crate) fn runs(&self) -> u64 {
        self.runs
    }

    /// Whether a run ended without success.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed_runs > 0
    }

    /// Whether a target of the package was built, other than its build script and its documentation.
    pub(crate) fn is_built(&self, package: &str) -> bool {
        self.built.contains(package.as_bytes().as_bstr())
    }

    /// Whether any package was built: then cargo wrote one of the reports.
    pub(crate) fn is_of_cargo(&self) -> bool {
        !self.built.is_empty() || !self.documented.is_empty()
    }

    /// Whether pages were written for the package.
    pub(crate) fn is_documented(&self, package: &str) -> bool {
        self.documented.contains(package.as_bytes().as_bstr())
    }

    /// Whether an error stands in the package.
    pub(crate) fn is_broken(&self, package: &str) -> bool {
        self.broken.contains(package.as_bytes().as_bstr())
    }
}

fn insert(names: &mut BTreeSet<BString>, name: &bstr::BStr) {
    if !names.contains(name) {
        names.insert(name.to_owned());
    }
}

/// Whether it is one of rustc's errors, `E0308`, rather than a lint.
fn is_error_code(code: &[u8]) -> bool {
    code.strip_prefix(b"E")
        .is_some_and(|number| number.len() == 4 && number.iter().all(u8::is_ascii_digit))
}

impl Remark {
    /// The name of the rule, or the tool's.
    pub(crate) fn name(&self) -> Foreign {
        Foreign::new(self.rule.as_ref().unwrap_or(&self.tool).as_slice())
    }

    /// The first line of what is wrong.
    pub(crate) fn told(&self) -> Text {
        Piece::Said(Foreign::new(first_line(&self.message))).into()
    }

    /// Why a gate does not pass because of it.
    pub(crate) fn reason(&self, verdict: Verdict) -> Reason {
        let mut reason = Reason::new(self.name(), verdict, self.told());
        reason.package = self.package.as_ref().map(|name| Foreign::new(name.as_slice()));
        reason.place = self.place();
        reason
    }

    pub(crate) fn place(&self) -> Option<Place> {
        let spot = self.spot.as_ref()?;
        Some(Place::at(Foreign::new(spot.file.as_slice()), spot.line, spot.column))
    }
}

/// The first line that says something, of at most a few hundred bytes.
pub(crate) fn first_line(text: &[u8]) -> &[u8] {
    let line = text.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    let line = line.unwrap_or_default().trim_ascii_end();
    let mut end = line.len().min(LONGEST_TOLD);
    // A cut goes before a character, not into it.
    while end < line.len() && line.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end = end.saturating_sub(1);
    }
    line.get(..end).unwrap_or(line)
}

#[cfg(test)]
pub(crate) mod tests {
    use reports::Bounds;
    use reports::messages::Format;

    use super::*;

    /// What a report of `testdata/cargo-json/` comes to.
    #[expect(clippy::disallowed_methods, reason = "fixtures are of a known size")]
    pub(crate) fn seen(file: &str) -> CodeSeen {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/cargo-json/");
        let bytes = std::fs::read(format!("{folder}{file}")).unwrap();
        let mut seen = CodeSeen::default();
        let read = Format::CargoJson.read(&bytes, Bounds::default(), &mut |it| seen.message(&it));
        read.unwrap();
        seen
    }

    #[test]
    fn what_is_said_for_several_targets_counts_once() {
        let told: Vec<_> = seen("clippy-all-targets-says-it-twice.jsonl")
            .remarks()
            .map(|remark| (remark.tool.to_string(), remark.spot.as_ref().unwrap().line))
            .collect();
        let told: Vec<_> = told.iter().map(|(tool, line)| (tool.as_str(), *line)).collect();
        assert_eq!(told, [("rustc", 5), ("clippy", 6), ("rustc", 8)]);
        assert_eq!(seen("doc-warns-and-succeeds.jsonl").remarks().count(), 5);
    }

    #[test]
    fn a_lint_that_is_denied_is_no_error_of_the_compiler() {
        use Weight::{Broken, Warning};
        let weights = |file| -> Vec<_> { seen(file).remarks().map(|it| it.weight).collect() };
        assert_eq!(weights("clippy-denied-stops-at-the-first.jsonl"), [Weight::Denied; 3]);
        assert_eq!(weights("check-fails.jsonl"), [Warning, Warning, Broken, Broken]);
        assert!(is_error_code(b"E0308") && !is_error_code(b"E03088") && !is_error_code(b"dead"));
    }

    #[test]
    fn a_first_line_is_short() {
        assert_eq!(first_line(b"\n  \nab \r\nc"), b"ab");
        assert_eq!(first_line(b""), b"");
        assert_eq!(first_line("\u{e9}".repeat(400).as_bytes()).len(), 300);
        assert_eq!(first_line(format!("x{}", "\u{e9}".repeat(400)).as_bytes()).len(), 299);
    }
}
