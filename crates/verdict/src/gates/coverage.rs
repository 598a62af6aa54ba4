//! How much of the code do tests run: of everything, of each component, of each file, of the change; and
//! is it less than it was?
//!
//! Shares are compared as fractions of whole numbers, never rounded. Reports of which nothing can be
//! measured, or of which a path means no file, are no evidence, and neither is a component without files.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};
use diagnostics::{Foreign, Place, Text, text};
use repo_model::{ChangedLines, RepoPath};
use reports::coverage::{Count, Coverage, FileCoverage, Metric};

use crate::globs::is_in;
use crate::{Gate, Mode, Outcome, Reason, Verdict};

mod patch;
mod paths;
mod percent;
mod policy;
#[cfg(test)]
mod tests;

pub use percent::Percent;
pub use policy::{Component, Policy};

use patch::Patch;
use paths::{Files, Lost};
use percent::share;

/// How many things of one kind are told by name. Nobody reads more.
const MOST_TOLD: usize = 50;

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What all reports say.
    pub coverage: &'a Coverage,
    /// The files of the repository.
    pub paths: &'a [RepoPath],
    /// The lines that the change adds or alters, if they are known.
    pub changed: Option<&'a ChangedLines>,
    /// What the base came to, if it is known.
    pub base: Option<&'a Totals>,
}

/// How much was run, of everything and of each component: what a baseline keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// What was counted.
    pub metric: Metric,
    /// Of everything.
    pub project: Count,
    /// Of each component, by its name.
    pub components: BTreeMap<String, Count>,
}

/// What a baseline is to keep of these reports.
pub fn totals(policy: &Policy, facts: &Facts<'_>) -> Totals {
    let files = Files::new(policy, facts.coverage, facts.paths);
    of_files(policy, &files)
}

fn of_files(policy: &Policy, files: &Files) -> Totals {
    let metric = policy.metric;
    let whole = files.whole.as_ref().filter(|_| files.coverage.is_empty());
    let project = match whole {
        Some(whole) => whole.count(metric),
        None => files.coverage.count(metric),
    };
    let of_component = |component: &Component| {
        let inner = files.coverage.files().filter(|file| is_in(&component.paths, &file.name.path));
        inner.fold(Count::default(), |sum, file| sum.plus(file.count(metric)))
    };
    let components = policy.components.iter();
    let components = components.map(|it| (it.name.clone(), of_component(it))).collect();
    Totals { metric, project, components }
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let files = Files::new(policy, facts.coverage, facts.paths);
    let totals = of_files(policy, &files);
    let mut reasons = lost(policy, &files, facts.coverage);
    reasons.extend(unmeasured(policy, &files, totals.project));
    let mut measured = share(totals.project, policy.metric);
    let mut limit = text!["at least "];
    limit.append(policy.min.text());
    if totals.project.total > 0 {
        let part = Part {
            rules: ["coverage-min", "coverage-max-drop"],
            name: None,
            count: totals.project,
            base: facts.base.map(|base| (base.metric, Some(base.project))),
            min: policy.min,
            max_drop: policy.max_drop,
            mode: policy.mode,
        };
        reasons.extend(part.reasons(policy.metric, &files));
    }
    for component in &policy.components {
        reasons.extend(of_component(policy, component, &totals, facts, &files));
    }
    reasons.extend(small_files(policy, &files));
    if let Some(most) = policy.max_drop {
        limit.text(", at most ").append(most.number()).text(" points below the base");
    }
    match facts.changed {
        Some(changed) => {
            let patch = Patch::new(policy, &files, changed);
            if policy.patch_min.is_some() && patch.count.total > 0 {
                measured.text("; ").append(share(patch.count, Metric::Line)).text(" that changed");
            }
            // Without files there is nothing to hold the change against, and that is told already.
            if !files.coverage.is_empty() {
                reasons.extend(patch.reasons(policy));
            }
        }
        None if policy.patch_min.is_some() => {
            let verdict = policy.mode.soften(Verdict::Inconclusive);
            let message = "which lines changed is not known, so their coverage is not either";
            reasons.push(
                Reason::new("coverage-patch", verdict, message)
                    .help("hand over `diff`, or run where the base commit is known"),
            );
        }
        None => {}
    }
    if let Some(min) = policy.patch_min {
        limit.text("; ").append(min.text()).text(" of changed lines");
    }
    reasons.extend(left_out(&files));
    Outcome { gate: Gate::Coverage, measured, limit, reasons }
}

/// One more reason, if `all` things are more than were told.
fn more(rule: &'static str, verdict: Verdict, all: usize) -> Option<Reason> {
    let rest = all.checked_sub(MOST_TOLD).filter(|rest| *rest > 0)?;
    Some(Reason::new(rule, verdict, text!["and ", rest, " more of this kind"]))
}

/// What the reports say of paths that mean no file of the repository.
fn lost(policy: &Policy, files: &Files, coverage: &Coverage) -> Vec<Reason> {
    const RULE: &str = "coverage-path";
    let error =
        |message: Text, help: &'static str| Reason::new(RULE, Verdict::Error, message).help(help);
    let mut reasons = Vec::new();
    if files.whole.is_some() && coverage.len() > 1 {
        let message =
            "one report gives a sum without files, which cannot be added to files of others";
        reasons.push(error(message.into(), "have every tool write a report with files"));
    }
    if files.whole.is_some() && (policy.patch_min.is_some() || policy.file_min.is_some()) {
        let message =
            "the reports give a sum without files, so nothing is known of files and changes";
        reasons
            .push(error(message.into(), "have the tool write a report with files, such as LCOV"));
    }
    let help = "write what stands before the path from the repository's root into `strip-prefix`, or leave the file out with `exclude`";
    let unknown = files.lost.iter().all(|lost| matches!(lost, Lost::Unknown(_)));
    if files.coverage.is_empty()
        && unknown
        && let Some(Lost::Unknown(first)) = files.lost.first()
    {
        let first = Foreign::from(first.as_slice());
        let message = text![
            "no file of the reports is in the repository; the first of ",
            files.lost.len(),
            " is ",
            first
        ];
        return vec![error(message, help)];
    }
    for lost in files.lost.iter().take(MOST_TOLD) {
        let foreign = |path: &BString| Foreign::from(path.as_slice());
        reasons.push(match lost {
            Lost::Unknown(path) => {
                let message =
                    text!["the reports name ", foreign(path), ", which is not in the repository"];
                error(message, help)
            }
            Lost::Ambiguous(path, [one, other]) => {
                let message = text![
                    "the reports name ",
                    foreign(path),
                    ", which may be ",
                    foreign(one),
                    " or ",
                    foreign(other)
                ];
                error(message, "have the tool write paths from the repository's root, or write what stands before them into `strip-prefix`")
            }
            Lost::Twice(path, other, meant) => {
                let message = text![
                    "the reports name ",
                    foreign(path),
                    " and ",
                    foreign(other),
                    ", and both look like ",
                    foreign(meant)
                ];
                error(message, "if both are this file, write what stands before each into `strip-prefix`; otherwise name one under `exclude`")
            }
        });
    }
    reasons.extend(more(RULE, Verdict::Error, files.lost.len()));
    reasons
}

/// What cannot be measured: then nothing was, and nothing passes.
fn unmeasured(policy: &Policy, files: &Files, project: Count) -> Option<Reason> {
    const RULE: &str = "coverage-nothing";
    let metric = policy.metric;
    let error = |message: Text, help: &'static str| {
        Some(Reason::new(RULE, Verdict::Error, message).help(help))
    };
    if project.total == 0 {
        let has_none = files.coverage.is_empty() && files.whole.is_none();
        if has_none && !files.lost.is_empty() {
            return None;
        }
        if has_none && files.excluded + files.outside > 0 {
            let message = text!["every file of the reports is left out"];
            return error(message, "see `exclude`, and which files the tool measures");
        }
        let has_lines = metric != Metric::Line && files.coverage.count(Metric::Line).total > 0;
        if has_lines {
            let message = text!["the reports count lines, and no ", metric.plural()];
            return error(message, "have the tool count them, or set `metric = \"line\"`");
        }
        let message = text!["there is nothing to cover: the reports have no ", metric.plural()];
        return error(message, "see that the tool looks at the code, and that tests ran");
    }
    // Every file with lines has statements, or regions, where the tool counts them at all.
    let is_hole =
        |file: &&FileCoverage| file.count(Metric::Line).total > 0 && file.count(metric).total == 0;
    let holes = match metric {
        Metric::Statement | Metric::Region => files.coverage.files().filter(is_hole).collect(),
        Metric::Line | Metric::Branch | Metric::Function => Vec::new(),
    };
    let first = holes.first()?;
    let first = Foreign::from(first.name.path.as_slice());
    let message = text![
        "the reports have lines and no ",
        metric.plural(),
        " of some files; the first of ",
        holes.len(),
        " is ",
        first
    ];
    error(message, "set `metric = \"line\"`, which every format has")
}

/// Everything, or a component.
struct Part<'a> {
    /// The rules of its floor and of its drop.
    rules: [&'static str; 2],
    name: Option<&'a str>,
    count: Count,
    /// What the base counted, and what it came to there; none if the base does not have the component.
    base: Option<(Metric, Option<Count>)>,
    min: Percent,
    max_drop: Option<Percent>,
    mode: Mode,
}

impl Part<'_> {
    fn subject(&self) -> Text {
        match self.name {
            Some(name) => text!["component ", Foreign::from(name), ": "],
            None => Text::new(),
        }
    }

    fn reasons(&self, metric: Metric, files: &Files) -> Vec<Reason> {
        let mut reasons = self.nameless(metric, files);
        // A waiver may name the component.
        let name = self.name.map(Foreign::from);
        for reason in &mut reasons {
            reason.aliases.extend(name.clone());
        }
        reasons
    }

    fn nameless(&self, metric: Metric, files: &Files) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let [floor, drop] = self.rules;
        if !self.min.is_reached_by(self.count) {
            let mut message = self.subject();
            message.append(share(self.count, metric)).text(" are covered, at least ");
            message.append(self.min.text()).text(" are wanted");
            let reason = Reason::new(floor, self.mode.soften(Verdict::Fail), message);
            reasons.push(match self.name {
                None => reason.help(worst(files, metric)),
                Some(_) => reason.help("add tests of this component"),
            });
        } else if self.name.is_some() {
            let mut message = self.subject();
            message.append(share(self.count, metric)).text(" are covered");
            reasons.push(Reason::new(floor, Verdict::Pass, message));
        }
        let Some(most) = self.max_drop else { return reasons };
        let unknown = |why: &'static str| {
            let mut message = self.subject();
            message.text(why);
            Reason::new(drop, self.mode.soften(Verdict::Inconclusive), message)
                .help("keep a baseline of the default branch")
        };
        let base = match self.base {
            None => Err("there is no base to compare with"),
            Some((base_metric, _)) if base_metric != metric => {
                Err("the base counted something else, so there is nothing to compare with")
            }
            Some((_, None)) => {
                Err("the base does not have it, so there is nothing to compare with")
            }
            Some((_, Some(base))) if base.total == 0 => {
                Err("the base has nothing to cover, so there is nothing to compare with")
            }
            Some((_, Some(base))) => Ok(base),
        };
        let base = match base {
            Ok(base) => base,
            Err(why) => {
                reasons.push(unknown(why));
                return reasons;
            }
        };
        match most.is_less_than_drop(base, self.count) {
            Some(false) => {}
            Some(true) => {
                let mut message = self.subject();
                message.text("coverage fell from ").append(share(base, metric)).text(" to ");
                message.append(share(self.count, metric)).text(", by more than ");
                message.append(most.number()).text(" points");
                let reason = Reason::new(drop, self.mode.soften(Verdict::Fail), message);
                reasons.push(reason.help("add tests of what is new, or see which tests are gone"));
            }
            None => reasons.push(
                Reason::new(drop, Verdict::Error, "the counts are larger than any can be")
                    .help("see the report and the baseline"),
            ),
        }
        reasons
    }
}

/// Where the most is missing.
fn worst(files: &Files, metric: Metric) -> Text {
    let missing = |file: &&FileCoverage| {
        let Count { covered, total } = file.count(metric);
        total.saturating_sub(covered)
    };
    let mut all: Vec<&FileCoverage> =
        files.coverage.files().filter(|file| missing(file) > 0).collect();
    all.sort_by_key(|file| std::cmp::Reverse(missing(file)));
    let mut help = text!["add tests"];
    for (number, file) in all.iter().take(3).enumerate() {
        help.text(if number == 0 { "; the most is missing in " } else { ", " });
        help.foreign(file.name.path.as_slice()).text(" (").number(missing(file)).text(")");
    }
    help
}

fn of_component(
    policy: &Policy,
    component: &Component,
    totals: &Totals,
    facts: &Facts<'_>,
    files: &Files,
) -> Vec<Reason> {
    let name = component.name.as_str();
    let error = |message: &'static str, help: &'static str| {
        let message = text!["component ", Foreign::from(name), ": ", message];
        vec![Reason::new("coverage-component", Verdict::Error, message).help(help)]
    };
    let has_file = files.coverage.files().any(|file| is_in(&component.paths, &file.name.path));
    if !has_file {
        let help = "see its `paths`, and that the tool measures these files";
        return error("no file of the reports belongs to it", help);
    }
    let count = totals.components.get(name).copied().unwrap_or_default();
    if count.total == 0 {
        return error("there is nothing to cover in its files", "see which files its `paths` mean");
    }
    let base = facts.base.map(|base| (base.metric, base.components.get(name).copied()));
    let part = Part {
        rules: ["coverage-component", "coverage-component-drop"],
        name: Some(name),
        count,
        base,
        min: component.min,
        max_drop: component.max_drop,
        mode: component.mode,
    };
    part.reasons(policy.metric, files)
}

/// The files of which too little is run.
fn small_files(policy: &Policy, files: &Files) -> Vec<Reason> {
    const RULE: &str = "coverage-file-min";
    let Some(min) = policy.file_min else { return Vec::new() };
    let verdict = policy.mode.soften(Verdict::Fail);
    let of_file = |file: &FileCoverage| file.count(policy.metric);
    let all = files.coverage.files();
    let all: Vec<&FileCoverage> = all.filter(|file| !min.is_reached_by(of_file(file))).collect();
    let told = all.iter().take(MOST_TOLD).map(|file| {
        let mut message = share(of_file(file), policy.metric);
        message.text(" of this file are covered, at least ").append(min.text()).text(" are wanted");
        let path = file.name.path.as_bytes();
        Reason::new(RULE, verdict, message).at(Place::file(path)).help("add tests of this file")
    });
    let mut reasons: Vec<Reason> = told.collect();
    reasons.extend(more(RULE, verdict, all.len()));
    reasons
}

/// What does not count, so that nobody has to wonder.
fn left_out(files: &Files) -> Option<Reason> {
    if files.excluded + files.outside == 0 {
        return None;
    }
    let message = text![
        "files of the reports that do not count: ",
        files.excluded,
        " by `exclude`, ",
        files.outside,
        " of dependencies"
    ];
    Some(Reason::new("coverage-left-out", Verdict::Pass, message))
}
