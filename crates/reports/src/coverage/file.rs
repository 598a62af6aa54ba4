//! What reports say about one file, and about all.

use std::collections::BTreeMap;
use std::sync::Arc;

use bstr::BString;

use super::{Count, Lines, Units};

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Lines with code.
    #[default]
    Line,
    /// Ways out of a condition.
    Branch,
    /// Functions, of which at least the first line was run.
    Function,
    /// Statements, as Go and JavaScript count them.
    Statement,
    /// Regions, as LLVM counts them: pieces of code that run together.
    Region,
}

impl Metric {
    /// The words of the configuration.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("line", Self::Line),
        ("branch", Self::Branch),
        ("function", Self::Function),
        ("statement", Self::Statement),
        ("region", Self::Region),
    ];

    /// Several of them, as a word.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Line => "lines",
            Self::Branch => "branches",
            Self::Function => "functions",
            Self::Statement => "statements",
            Self::Region => "regions",
        }
    }
}

/// How a report names a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The path as it is written: absolute, relative to a root, relative to nobody knows what, or an
    /// import path of Go. Empty for counts that belong to no file.
    pub path: BString,
    /// The folders that the path may be relative to, as the report writes them.
    pub roots: Arc<[BString]>,
}

/// What a report says about one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// Which file.
    pub name: Name,
    /// Its lines.
    pub lines: Lines,
    /// Lines of which a summary says nothing but how many there are.
    pub unnumbered: Units,
    /// Its branches.
    pub branches: Units,
    /// Its functions.
    pub functions: Units,
    /// Its statements.
    pub statements: Units,
    /// Its regions.
    pub regions: Units,
}

impl FileCoverage {
    pub(crate) fn new(path: impl Into<BString>) -> Self {
        let name = Name { path: path.into(), roots: Arc::default() };
        Self { name, ..Self::default() }
    }

    /// Ends the reading of a file.
    pub(crate) fn finished(mut self) -> Self {
        self.lines.finish();
        let all = [
            &mut self.unnumbered,
            &mut self.branches,
            &mut self.functions,
            &mut self.statements,
            &mut self.regions,
        ];
        all.into_iter().for_each(Units::finish);
        self
    }

    /// Adds what another report, or another part of this one, says about the same file.
    fn merge(&mut self, other: &Self) {
        self.lines.merge(&other.lines);
        self.unnumbered.merge(&other.unnumbered);
        self.branches.merge(&other.branches);
        self.functions.merge(&other.functions);
        self.statements.merge(&other.statements);
        self.regions.merge(&other.regions);
    }

    /// How much of the file was run. Lines with numbers say more than a summary, and win.
    pub fn count(&self, metric: Metric) -> Count {
        match metric {
            Metric::Line if self.lines.is_empty() => self.unnumbered.count(),
            Metric::Line => Count { covered: self.lines.covered(), total: self.lines.total() },
            Metric::Branch => self.branches.count(),
            Metric::Function => self.functions.count(),
            Metric::Statement => self.statements.count(),
            Metric::Region => self.regions.count(),
        }
    }
}

/// What all reports say together: each file once. It is made by a [`Merge`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    files: BTreeMap<Name, FileCoverage>,
}

/// Puts together what reports say about the same files.
#[derive(Clone, Debug, Default)]
pub struct Merge {
    files: BTreeMap<Name, FileCoverage>,
}

impl Merge {
    /// Adds what a report says about a file. A hit in one report is a hit.
    pub fn add(&mut self, file: FileCoverage) {
        match self.files.get_mut(&file.name) {
            Some(known) => known.merge(&file),
            None => {
                self.files.insert(file.name.clone(), file);
            }
        }
    }

    /// All of it.
    pub fn finish(self) -> Coverage {
        let finished = |(name, file): (Name, FileCoverage)| (name, file.finished());
        Coverage { files: self.files.into_iter().map(finished).collect() }
    }
}

impl Coverage {
    /// The files, in the order of their names.
    pub fn files(&self) -> impl Iterator<Item = &FileCoverage> {
        self.files.values()
    }

    /// The file of a path that is relative to no root.
    pub fn file(&self, path: &[u8]) -> Option<&FileCoverage> {
        self.files.get(&Name { path: path.into(), roots: Arc::default() })
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How much of all files was run.
    pub fn count(&self, metric: Metric) -> Count {
        self.files().fold(Count::default(), |sum, file| sum.plus(file.count(metric)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, lines: &[(u64, bool)]) -> FileCoverage {
        let mut file = FileCoverage::new(path);
        assert!(lines.iter().all(|(line, hit)| file.lines.add(*line, *hit)));
        file.finished()
    }

    #[track_caller]
    fn check(files: &[FileCoverage], wanted: (usize, u64, u64)) {
        let mut merge = Merge::default();
        for file in files {
            merge.add(file.clone());
        }
        let all = merge.finish();
        let Count { covered, total } = all.count(Metric::Line);
        assert_eq!((all.len(), covered, total), wanted);
    }

    #[test]
    fn a_line_that_one_report_ran_was_run() {
        let again = file("a", &[(1, false), (2, true), (3, false)]);
        check(&[file("a", &[(1, true), (2, false)]), file("b", &[(1, false)]), again], (2, 2, 4));
    }

    #[test]
    fn lines_with_numbers_win_over_a_summary_of_the_same_file() {
        let mut summary = FileCoverage::new("a");
        summary.unnumbered.add_some(0, 9, 10);
        let summary = summary.finished();
        check(std::slice::from_ref(&summary), (1, 9, 10));
        check(&[summary, file("a", &[(1, true), (2, false)])], (1, 1, 2));
    }

    #[test]
    fn the_same_name_below_another_root_is_another_file() {
        let mut other = file("a", &[(1, false)]);
        other.name.roots = ["x".into()].into();
        check(&[file("a", &[(1, true)]), other], (2, 1, 2));
    }

    #[test]
    fn a_file_that_comes_in_a_million_pieces_takes_no_longer_than_it_should() {
        let mut merge = Merge::default();
        for line in 0..300_000 {
            merge.add(file("a", &[(line * 7919 % 1_000_003, line % 2 == 0)]));
        }
        let all = merge.finish();
        assert_eq!(all.count(Metric::Line), Count { covered: 150_000, total: 300_000 });
    }
}
