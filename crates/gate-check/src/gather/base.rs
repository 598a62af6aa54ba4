//! What the base came to: a baseline that an earlier run wrote, or reports of the base itself.

use std::collections::BTreeSet;
use std::path::Path;

use ::reports::measurements::Measurement;
use bstr::BString;
use diagnostics::{Foreign, Piece, Place, Problem, text};
use runner_protocol::{Failure, Out};
use verdict::gates::coverage::{self, Totals};
use verdict::gates::security;
use verdict::{Gate, Policy};

use super::evidence::Evidence;
use super::{files, reports};
use crate::wire::{Baseline, NotABaseline};

/// What is known of the base, part by part.
#[derive(Debug, Default)]
pub(crate) struct Base {
    pub(crate) tests: Option<BTreeSet<BString>>,
    pub(crate) coverage: Option<Totals>,
    pub(crate) security: Option<security::Base>,
    pub(crate) performance: Option<Vec<Measurement>>,
}

impl Base {
    /// Takes in what the baseline in the file at `path` says, part by part.
    pub(super) fn compare_with(&mut self, path: &Path, read: &Baseline) -> Result<(), Failure> {
        let performance = read.performance().map_err(|error| refused(path, b"", &error))?;
        self.tests = read.tests().or(self.tests.take());
        self.coverage = read.coverage().or(self.coverage.take());
        let security = read.security().map(security::Base::of_fingerprints);
        self.security = security.or(self.security.take());
        self.performance = performance.or(self.performance.take());
        Ok(())
    }
}

/// Reads it. A baseline that is not there is no base: the first run has none.
pub(super) fn base(
    written: &[String],
    policy: &Policy,
    paths: &[repo_model::RepoPath],
    roots: Vec<BString>,
    out: &mut Out,
) -> Result<Base, Failure> {
    let lines: Vec<&str> = written.iter().flat_map(|lines| lines.lines()).map(str::trim).collect();
    let mut base = Base::default();
    let mut others = Vec::new();
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        let path = Path::new(line);
        let is_there = system::exists(path).unwrap_or(false);
        if is_there && let Some(read) = baseline(path)? {
            base.compare_with(path, &read)?;
        } else {
            others.push(line.to_owned());
        }
    }
    let sources = reports::sources(&others)?;
    let named = others.iter().zip(&sources);
    for (line, _) in named.filter(|(_, source)| !source.has_file()) {
        // The first run has none; a later one that has none compares with nothing.
        out.problem(
            Problem::warning(text!["the baseline ", Foreign::from(line.as_str()), " is not there"])
                .help("nothing is compared with it; `gate-check baseline` writes one"),
        );
    }
    let mut evidence = Evidence::of_base(roots, policy);
    reports::read(&sources, &mut evidence, false, out)?;
    if let Some(trouble) = evidence.troubles.first() {
        let mut problem = Problem::error(trouble.reason.message.clone());
        problem.place.clone_from(&trouble.reason.place);
        return Err(Failure::no_answer(problem.help(
            "hand over a baseline that `gate-check baseline` wrote, or reports of the base",
        )));
    }
    let is_read = |gate| evidence.reports.iter().any(|report| report.gates.contains(&gate));
    if is_read(Gate::Tests) {
        base.tests = evidence.tests.names().cloned();
    }
    if is_read(Gate::Security) {
        base.security = Some(security::Base::of(&evidence.findings));
    }
    if is_read(Gate::Performance) {
        base.performance = Some(std::mem::take(&mut evidence.measurements));
    }
    if is_read(Gate::Coverage) {
        let all = std::mem::take(&mut evidence.coverage).finish();
        let facts = coverage::Facts { coverage: &all, paths, changed: None, base: None };
        base.coverage = Some(coverage::totals(&policy.coverage, &facts));
    }
    Ok(base)
}

/// The baseline in a file; nothing if it is meant to be something else.
pub(crate) fn baseline(path: &Path) -> Result<Option<Baseline>, Failure> {
    let bytes = files::read(
        path,
        "the baseline",
        "`baseline` names a file that `gate-check baseline` wrote",
    )?;
    if !Baseline::is_one(&bytes) {
        return Ok(None);
    }
    Baseline::read(&bytes).map(Some).map_err(|error| refused(path, &bytes, &error))
}

fn refused(path: &Path, bytes: &[u8], error: &NotABaseline) -> Failure {
    let place = match error.place {
        Some((line, column)) => Place::of_json(Foreign::path(path), bytes, line, column),
        None => Place::file(Foreign::path(path)),
    };
    Failure::no_answer(
        Problem::error("the baseline cannot be read")
            .at(place)
            .label(Piece::said(error))
            .help("have a run of this release write it anew: `gate-check baseline`"),
    )
}
