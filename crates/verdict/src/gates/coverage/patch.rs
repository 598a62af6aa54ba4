//! Are the lines that a change adds or alters run by tests?
//!
//! Lines decide here, whatever the metric is: no other unit can be told to be new. A changed file of a
//! type that the reports cover, and that they do not know, is the hole through which untested files slip:
//! a tool that measures what tests load knows nothing of a file that no test loads.

use std::collections::BTreeSet;

use bstr::ByteSlice as _;
use diagnostics::{Foreign, Place, text};
use repo_model::ChangedLines;
use reports::coverage::{Count, FileCoverage, Metric};

use super::paths::Files;
use super::percent::{Percent, share};
use super::policy::Policy;
use super::{MOST_TOLD, more};
use crate::globs::is_in;
use crate::{Reason, Verdict};

/// What is known of the change.
#[derive(Debug, Default)]
pub(super) struct Patch<'a> {
    /// The changed lines that can be run, and those that were.
    pub(super) count: Count,
    /// Runs of changed lines that were not run, by file.
    missed: Vec<(&'a [u8], u64, u64)>,
    /// Changed files of a type that the reports cover, of which they say nothing.
    unknown: Vec<&'a [u8]>,
    /// Changed files of which the reports give no lines.
    unnumbered: Vec<&'a [u8]>,
}

impl<'a> Patch<'a> {
    pub(super) fn new(policy: &Policy, files: &'a Files, changed: &'a ChangedLines) -> Self {
        let mut known = Self::default();
        let types: BTreeSet<&[u8]> =
            files.coverage.files().filter_map(|file| file_type(&file.name.path)).collect();
        for (file, ranges) in changed.files() {
            let path = file.as_bytes();
            let is_measured = |kind: &[u8]| types.contains(kind);
            if ranges.is_empty() || is_in(&policy.exclude, path) {
                continue;
            }
            match files.coverage.file(path) {
                None if file_type(path).is_some_and(is_measured) => known.unknown.push(path),
                None => {}
                Some(file) if has_no_lines(file) => known.unnumbered.push(path),
                Some(file) => {
                    for range in ranges {
                        for (line, is_covered) in file.lines.between(range.first, range.last) {
                            known.line(path, line, is_covered);
                        }
                    }
                }
            }
        }
        known
    }

    fn line(&mut self, path: &'a [u8], line: u64, is_covered: bool) {
        self.count = self.count.plus(Count { covered: is_covered.into(), total: 1 });
        if is_covered {
            return;
        }
        match self.missed.last_mut() {
            Some((file, _, last)) if *file == path && *last + 1 == line => *last = line,
            _ => self.missed.push((path, line, line)),
        }
    }

    /// What speaks against the change.
    pub(super) fn reasons(&self, policy: &Policy) -> Vec<Reason> {
        let Some(min) = policy.patch_min else {
            return self.lines(Verdict::Pass);
        };
        let mut reasons = Vec::new();
        for path in self.unnumbered.iter().take(MOST_TOLD) {
            let message = "the reports count the lines of this changed file without their numbers";
            let reason = Reason::new("coverage-patch-lines", Verdict::Error, message);
            let help = "have the tool write a report with lines, such as LCOV";
            reasons.push(reason.at(Place::file(*path)).help(help));
        }
        let has_none = self.count.total == 0;
        let verdict = if has_none { Verdict::Error } else { policy.mode.soften(Verdict::Warn) };
        for path in self.unknown.iter().take(MOST_TOLD) {
            let message = "this file changed, and no report says whether tests run it";
            let help = "have the coverage tool look at files that no test loads, or name the file under `exclude` if it holds no code";
            let reason = Reason::new("coverage-patch-unknown", verdict, message);
            reasons.push(reason.at(Place::file(*path)).help(help));
        }
        reasons.extend(more("coverage-patch-unknown", verdict, self.unknown.len()));
        let is_enough = min.is_reached_by(self.count);
        if has_none && self.unknown.is_empty() && self.unnumbered.is_empty() {
            let message = "no line that changed can be run by tests, so there is nothing to cover";
            reasons.push(Reason::new("coverage-patch", Verdict::Pass, message));
        }
        if !has_none && !is_enough {
            reasons.push(self.too_few(policy, min));
        }
        let of_lines = if is_enough { Verdict::Pass } else { policy.mode.soften(Verdict::Warn) };
        reasons.extend(self.lines(of_lines));
        reasons
    }

    fn too_few(&self, policy: &Policy, min: Percent) -> Reason {
        let is_small = self.count.total < policy.patch_grace_lines;
        let verdict = if is_small { Verdict::Warn } else { Verdict::Fail };
        let mut message = share(self.count, Metric::Line);
        message.text(" that changed are covered, at least ").append(min.text()).text(" are wanted");
        if is_small {
            let grace = policy.patch_grace_lines;
            message.append(text!["; a change of fewer than ", grace, " such lines does not block"]);
        }
        Reason::new("coverage-patch", policy.mode.soften(verdict), message)
            .help("add tests that run the lines named here")
    }

    /// The lines that were not run, so that they show beside the code.
    fn lines(&self, verdict: Verdict) -> Vec<Reason> {
        let told = self.missed.iter().take(MOST_TOLD);
        let told = told.map(|(path, first, last)| {
            let message = if first == last {
                text!["no test runs this line that changed"]
            } else {
                text!["no test runs the lines ", *first, " to ", *last, " that changed"]
            };
            let place = Place { file: Foreign::from(*path), line: Some(*first), column: None };
            Reason::new("coverage-line", verdict, message).at(place)
        });
        let mut reasons: Vec<Reason> = told.collect();
        reasons.extend(more("coverage-line", verdict, self.missed.len()));
        reasons
    }
}

/// The end of a file's name, which tells its type.
fn file_type(path: &[u8]) -> Option<&[u8]> {
    let name = path.rsplit_once_str("/").map_or(path, |(_, name)| name);
    name.rsplit_once_str(".").map(|(_, end)| end)
}

fn has_no_lines(file: &FileCoverage) -> bool {
    file.lines.is_empty() && file.unnumbered.count().total > 0
}
