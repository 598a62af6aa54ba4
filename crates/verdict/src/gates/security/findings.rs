//! What the scanners found, kept small: there may be hundreds of thousands of findings.

use bstr::BString;
use repo_model::RepoPath;
use reports::Reading;
use reports::findings::{Finding, Kind, Severity, Standing};

/// The most bytes of a message that are kept. Nobody reads more of it in a table.
const MESSAGE: usize = 500;
/// The most bytes of a quoted source that are kept, to tell findings apart.
const SOURCE: usize = 300;
/// The most other names that are kept of a rule.
const ALIASES: usize = 64;

/// What the scanners found, of all their reports.
#[derive(Debug, Default)]
pub struct Findings {
    roots: Vec<BString>,
    reports: u64,
    texts: Vec<u8>,
    pub(super) kept: Vec<Kept>,
    aliases: Vec<Span>,
    tools: Vec<Span>,
    rule: Span,
}

/// A piece of the texts: where it begins, and in the lowest bits how long it is. In a number of eight
/// bytes, because a finding has many and there are many findings.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span(u64);

/// How many bits the length of a piece has; the longest is a path.
const LENGTH_BITS: u32 = 16;

impl Span {
    fn new(at: usize, length: usize) -> Self {
        let number = |number: usize| u64::try_from(number).unwrap_or_default();
        Self(number(at) << LENGTH_BITS | number(length))
    }

    fn range(self) -> std::ops::Range<usize> {
        let number = |number: u64| usize::try_from(number).unwrap_or_default();
        let at = number(self.0 >> LENGTH_BITS);
        at..at + number(self.0 & ((1 << LENGTH_BITS) - 1))
    }
}

/// A finding, without its texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) tool: Span,
    pub(super) rule: Span,
    pub(super) message: Span,
    pub(super) path: Span,
    pub(super) source: Span,
    pub(super) fingerprint: Span,
    pub(super) package: Span,
    pub(super) version: Span,
    aliases: (u32, u32),
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) severity: Severity,
    pub(super) kind: Kind,
    pub(super) standing: KeptStanding,
}

/// A finding's standing, its words kept as pieces.
#[derive(Clone, Copy, Debug)]
pub(super) enum KeptStanding {
    Open,
    Suppressed(Span),
    Status(Span),
    Existing,
}

impl Findings {
    /// Nothing yet. `roots` are the absolute paths under which the repository was when it was scanned:
    /// the paths of findings are made relative to them.
    pub fn new(roots: impl IntoIterator<Item = BString>) -> Self {
        let roots = roots.into_iter().filter(|root| !root.iter().all(|byte| *byte == b'/'));
        Self { roots: roots.collect(), ..Self::default() }
    }

    /// Counts a report that was read to its end. Without any there is nothing to go by, and the gate is no
    /// pass. A report that names no tool proves nothing, and does not count.
    pub fn report(&mut self, reading: &Reading) {
        self.reports += u64::from(!reading.tools.is_empty());
    }

    /// How many reports were read.
    pub fn reports(&self) -> u64 {
        self.reports
    }

    /// How many findings there are, each as often as it is reported.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Adds a finding.
    pub fn take(&mut self, finding: &Finding) {
        let tool = self.tool(&finding.tool);
        let rule = if self.text(self.rule) == finding.rule.as_slice() {
            self.rule
        } else {
            self.keep(&finding.rule, MESSAGE)
        };
        self.rule = rule;
        let first_alias = small_index(self.aliases.len());
        for alias in finding.aliases.iter().take(ALIASES) {
            let alias = self.keep(alias, MESSAGE);
            self.aliases.push(alias);
        }
        let aliases = (first_alias, small_index(self.aliases.len()));
        let path = finding.path.as_ref().map_or_else(Span::default, |path| self.path(path));
        let package = finding.package.as_ref();
        let version = package.and_then(|package| package.version.as_ref());
        let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
        let kept = Kept {
            tool,
            rule,
            message: self.keep(&finding.message, MESSAGE),
            path,
            source: self.keep_any(finding.source.as_ref(), SOURCE),
            fingerprint: self.keep_any(finding.fingerprint.as_ref(), SOURCE),
            package: self.keep_any(package.map(|package| &package.name), MESSAGE),
            version: self.keep_any(version, MESSAGE),
            aliases,
            line: small(finding.line),
            column: small(finding.column),
            severity: finding.severity,
            kind: finding.kind,
            standing: match &finding.standing {
                Standing::Open => KeptStanding::Open,
                Standing::Suppressed(why) => {
                    KeptStanding::Suppressed(self.keep_any(why.as_ref(), MESSAGE))
                }
                Standing::Status(status) => KeptStanding::Status(self.keep(status, MESSAGE)),
                Standing::Existing => KeptStanding::Existing,
            },
        };
        self.kept.push(kept);
    }

    pub(super) fn text(&self, span: Span) -> &[u8] {
        self.texts.get(span.range()).unwrap_or_default()
    }

    /// The rule of a finding and its other names.
    pub(super) fn names(&self, kept: &Kept) -> impl Iterator<Item = &[u8]> {
        let (first, end) = kept.aliases;
        let index = |index: u32| usize::try_from(index).unwrap_or_default();
        let aliases = self.aliases.get(index(first)..index(end)).unwrap_or_default();
        std::iter::once(self.text(kept.rule)).chain(aliases.iter().map(|alias| self.text(*alias)))
    }

    fn keep_any(&mut self, text: Option<&BString>, most: usize) -> Span {
        text.map_or_else(Span::default, |text| self.keep(text, most))
    }

    fn keep(&mut self, text: &[u8], most: usize) -> Span {
        let text = text.get(..most).unwrap_or(text);
        let span = Span::new(self.texts.len(), text.len());
        self.texts.extend_from_slice(text);
        span
    }

    /// There are a few tools, and each has many findings.
    fn tool(&mut self, name: &[u8]) -> Span {
        let known = self.tools.iter().rev().take(16);
        if let Some(known) = known.copied().find(|known| self.text(*known) == name) {
            return known;
        }
        let tool = self.keep(name, MESSAGE);
        self.tools.push(tool);
        tool
    }

    /// A path as git has it, if it is in the repository; else as it is.
    fn path(&mut self, path: &[u8]) -> Span {
        let below = self.roots.iter().find_map(|root| {
            let root = root.strip_suffix(b"/").unwrap_or(root);
            path.strip_prefix(root)?.strip_prefix(b"/")
        });
        let path = below.unwrap_or(path);
        if RepoPath::is_normal(path) {
            return self.keep(path, 4096);
        }
        match RepoPath::normalized(path) {
            Ok(normal) => self.keep(normal.as_bytes(), 4096),
            Err(_) => self.keep(path, 4096),
        }
    }
}

/// An index of less than 2^32; there is no memory for more.
fn small_index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
