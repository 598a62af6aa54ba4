//! What the matrix is made of.

use affected::impact::{Cause, package};
use affected::services;
use bstr::ByteSlice as _;
use diagnostics::{Foreign, Problem, text};
use runner_protocol::Failure;

use super::{Told, View};
use crate::args::{MatrixOf, Overflow, ServiceNames};
use crate::wire::{Entry, Matrix};

/// The matrix of what is affected.
pub(super) fn matrix(told: &Told<'_>) -> Result<Matrix, Failure> {
    let args = &told.args.tell;
    let of = match (args.matrix, told.view) {
        (MatrixOf::Auto, View::Services) => MatrixOf::Services,
        (MatrixOf::Auto, View::Packages) => MatrixOf::Packages,
        (MatrixOf::Auto, View::All) if !told.args.service.services.is_empty() => MatrixOf::Services,
        (MatrixOf::Auto, View::All) if !told.args.graph.graph.is_empty() => MatrixOf::Packages,
        (MatrixOf::Auto, View::All) => MatrixOf::Filters,
        (asked @ (MatrixOf::Services | MatrixOf::Packages | MatrixOf::Filters), _) => asked,
    };
    let include = match of {
        MatrixOf::Services => of_services(told),
        MatrixOf::Packages => of_packages(told),
        MatrixOf::Filters | MatrixOf::Auto => of_filters(told),
    };
    let matrix = Matrix { include };
    check(&matrix, told)?;
    Ok(matrix)
}

fn check(matrix: &Matrix, told: &Told<'_>) -> Result<(), Failure> {
    let args = &told.args.tell;
    if args.matrix_overflow == Overflow::Fail && matrix.include.len() > args.matrix_limit {
        let jobs = matrix.include.len();
        return Err(Failure::no_answer(
            Problem::error(text!["the matrix would have ", jobs, " jobs; ", args.matrix_limit, " are allowed"])
                .help("take `matrix-overflow: chunk` and call a reusable workflow for each of `matrix-chunks`"),
        ));
    }
    if told.args.service.service_names == ServiceNames::Any {
        return Ok(());
    }
    let wild =
        matrix.include.iter().find(|entry| !is_harmless(&entry.path) || !is_harmless(&entry.name));
    let Some(entry) = wild else { return Ok(()) };
    Err(Failure::no_answer(
        Problem::error(text![
            "the name ",
            Foreign::from(entry.name.as_str()),
            " or the folder ",
            Foreign::from(entry.path.as_str()),
            " of a matrix's job could be taken for a command where a script pastes it"
        ])
        .help("rename it, or set `service-names` to `any` and quote every use of the matrix"),
    ))
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
            Cause::Global(_) => "global",
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
