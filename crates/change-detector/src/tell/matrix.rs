//! What the matrix is made of.

use affected::impact::{Cause, package};
use affected::services;
use bstr::ByteSlice as _;
use diagnostics::{Foreign, Level, Problem, text};
use runner_protocol::{Failure, Out};

use super::{Told, View};
use crate::args::{MatrixOf, Overflow, ServiceNames};
use crate::wire::{Entry, Matrix};

/// The matrix of what is affected; nothing where nobody asked for one and it could not be pasted into a
/// script.
pub(super) fn matrix(told: &Told<'_>, out: &mut Out) -> Result<Option<Matrix>, Failure> {
    let args = &told.args.tell;
    let is_asked_for = args.matrix != MatrixOf::Auto;
    let (services, packages) = (told.gathered.wants_services(), told.gathered.wants_packages());
    let of = match (args.matrix, told.view) {
        (MatrixOf::Auto, View::Services) => MatrixOf::Services,
        (MatrixOf::Auto, View::Packages) => MatrixOf::Packages,
        (MatrixOf::Auto, View::All) if services => MatrixOf::Services,
        (MatrixOf::Auto, View::All) if packages => MatrixOf::Packages,
        (MatrixOf::Auto, View::All) => MatrixOf::Filters,
        (asked @ (MatrixOf::Services | MatrixOf::Packages | MatrixOf::Filters), _) => asked,
    };
    let include = match of {
        MatrixOf::Services => of_services(told),
        MatrixOf::Packages => of_packages(told),
        MatrixOf::Filters | MatrixOf::Auto => of_filters(told),
    };
    if args.matrix_overflow == Overflow::Fail && include.len() > args.matrix_limit {
        return Err(Failure::no_answer(
            Problem::error(text!["the matrix would have ", include.len(), " jobs; ", args.matrix_limit, " are allowed"])
                .help("take `matrix-overflow: chunk` and call a reusable workflow for each of `matrix-chunks`"),
        ));
    }
    // Names of filters are the workflow's own words, those of the others stand in the repository.
    if of == MatrixOf::Filters || told.args.service.service_names == ServiceNames::Any {
        return Ok(Some(Matrix { include }));
    }
    let wild = include.iter().find(|entry| !is_harmless(&entry.path) || !is_harmless(&entry.name));
    let Some(entry) = wild else { return Ok(Some(Matrix { include })) };
    let mut problem = Problem::error(text![
        "the name ",
        Foreign::from(entry.name.as_str()),
        " or the folder ",
        Foreign::from(entry.path.as_str()),
        " of a matrix's job could be taken for a command where a script pastes it"
    ])
    .help("rename it, or set `service-names` to `any` and quote every use of the matrix");
    if is_asked_for || of == MatrixOf::Services {
        return Err(Failure::no_answer(problem));
    }
    problem.level = Level::Warning;
    out.problem(problem);
    Ok(None)
}

/// Whether a shell takes the text for one word, whatever stands around it.
fn is_harmless(text: &str) -> bool {
    let letter =
        |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-' | '/' | '@' | '+' | '~');
    text.chars().all(letter) && !text.starts_with(['-', '~'])
}

fn of_services(told: &Told<'_>) -> Vec<Entry> {
    let services = told.decision.services.all.iter().zip(&told.decision.service_causes);
    let entry = |(service, cause): (&services::Service, &Option<services::Cause>)| {
        let reason = match cause.as_ref()? {
            services::Cause::File(_) => "file",
            services::Cause::Depends { .. } => "depends",
            services::Cause::Link { .. } => "link",
            services::Cause::Package(_) => "package",
            services::Cause::Global(_) => "global",
            services::Cause::Unknown => "unknown",
        };
        Some(Entry {
            name: service.name.clone(),
            path: service.folder.to_str_lossy().into_owned(),
            kind: "service",
            reason,
        })
    };
    services.filter_map(entry).collect()
}

fn of_packages(told: &Told<'_>) -> Vec<Entry> {
    let graphs = &told.gathered.graphs;
    let entry = |(node, effect): (_, &affected::impact::Effect)| {
        let package = package(graphs, node)?;
        let reason = match effect.affected.as_ref()? {
            Cause::Touch(_) => "file",
            Cause::Needs { .. } => "needs",
            Cause::PathRule(_) | Cause::PackageRule(_) => "rule",
            Cause::Global(_) | Cause::Nobodys(_) => "global",
            Cause::Unknown => "unknown",
        };
        Some(Entry {
            name: package.name.clone(),
            path: package.folder.to_str_lossy().into_owned(),
            kind: graphs.get(node.graph)?.ecosystem,
            reason,
        })
    };
    told.decision.impact.all().filter_map(entry).collect()
}

fn of_filters(told: &Told<'_>) -> Vec<Entry> {
    let reason = if told.decision.extent == affected::Extent::Unknown { "unknown" } else { "file" };
    let matching = told.decision.filters.iter().filter(|result| result.matches);
    let entry = |result: &affected::FilterResult<'_>| Entry {
        name: result.found.name.to_owned(),
        path: String::new(),
        kind: "filter",
        reason,
    };
    matching.map(entry).collect()
}
