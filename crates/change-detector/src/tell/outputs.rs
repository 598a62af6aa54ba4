//! The values of the outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use affected::impact::{Effect, Node, package};
use affected::{Extent, FilterResult};
use bstr::ByteSlice as _;
use diagnostics::{Foreign, Level, Problem, text};
use runner_protocol::{Failure, Out};
use serde_json::{Map, Value};

use super::files::Written;
use super::{Told, View, cargo};
use crate::args::ListKind;
use crate::wire::{self, Matrix, line_of};

/// The most characters that all lists of files have in outputs: GitHub keeps 1 MiB of a job's outputs,
/// counted as UTF-16.
const LONGEST: usize = 400_000;

/// Sets every output; `list` is the JSON list of the changed files.
pub(super) fn set(
    told: &Told<'_>,
    matrix: Option<&Matrix>,
    written: &Written,
    list: String,
    out: &mut Out,
) -> Result<(), Failure> {
    let (decision, resolution) = (told.decision, &told.gathered.resolution);
    let yes = |yes: bool| if yes { "true" } else { "false" };
    out.output("any", yes(decision.any()));
    out.output("all", yes(decision.all()));
    out.output("none", yes(!decision.any()));
    out.output("reason", resolution.reason.word());
    out.output("base", wire::base_id(resolution).unwrap_or_default());
    out.output("head", resolution.head.as_ref().map(ToString::to_string).unwrap_or_default());
    let merge_base = resolution.merge_base.as_ref();
    out.output("merge-base", merge_base.map(ToString::to_string).unwrap_or_default());
    out.output("degraded", yes(resolution.is_degraded));
    filters(told, out);
    files(told, list, out);
    for (name, path) in [
        ("plan-path", &written.plan),
        ("files-path", &written.list),
        ("files-nul-path", &written.nul),
    ] {
        out.output(
            name,
            path.as_deref().map(|path| path_output(path, out)).transpose()?.unwrap_or_default(),
        );
    }
    services(told, out);
    packages(told, out);
    let Some(matrix) = matrix else {
        // `fromJSON` of nothing fails, which an empty matrix would not.
        out.output("matrix", "");
        out.output("matrix-chunks", "");
        out.output("has-matrix", "true");
        return Ok(());
    };
    out.output("matrix", line_of(matrix));
    let chunks = matrix.chunks(told.args.tell.matrix_limit);
    if chunks.len() > 1 {
        let jobs = matrix.include.len();
        out.problem(
            Problem::warning(text![
                "the matrix has ",
                jobs,
                " jobs, more than the ",
                told.args.tell.matrix_limit,
                " of one matrix"
            ])
            .help("call a reusable workflow for each of `matrix-chunks`, which leave nothing out"),
        );
    }
    out.output("matrix-chunks", line_of(&chunks));
    out.output("has-matrix", yes(!matrix.include.is_empty()));
    Ok(())
}

fn names(told: &Told<'_>, result: &FilterResult<'_>) -> Vec<Vec<u8>> {
    let changes = told.decision.changes.as_slice();
    let files = result.found.files.iter().filter_map(|place| usize::try_from(*place).ok());
    files
        .filter_map(|place| changes.get(place))
        .map(|change| change.path.as_bytes().to_vec())
        .collect()
}

fn filters(told: &Told<'_>, out: &mut Out) {
    let results = &told.decision.filters;
    let object = |value: &dyn Fn(&FilterResult<'_>) -> Value| {
        let pairs = results.iter().map(|result| (result.found.name.to_owned(), value(result)));
        line_of(&pairs.collect::<Map<String, Value>>())
    };
    out.output("filters", object(&|result| Value::Bool(result.matches)));
    let matching = results.iter().filter(|result| result.matches);
    out.output("changes", line_of(&matching.map(|result| result.found.name).collect::<Vec<_>>()));
    // A count that nobody knows is no 0: `fromJSON` of nothing fails.
    let is_known = told.decision.extent != Extent::Unknown;
    let counts = object(&|result| Value::from(result.found.files.len()));
    out.output("counts", if is_known { counts } else { String::new() });
    let all = told.decision.changes.len();
    let is_only = |result: &FilterResult<'_>| all > 0 && result.found.files.len() == all;
    out.output("only", object(&|result| Value::Bool(is_only(result))));
}

/// The lists of files, as long as they are short enough.
fn files(told: &Told<'_>, list: String, out: &mut Out) {
    let decision = told.decision;
    let is_known = decision.extent != Extent::Unknown;
    let names = || decision.changes.iter().map(|change| change.path.as_bytes());
    out.output("count", if is_known { decision.changes.len().to_string() } else { String::new() });
    let mut left = LONGEST;
    let mut is_cut = false;
    let mut fitting = |list: String| {
        // Of a character there are at most three times as many bytes as units of UTF-16.
        let is_far_too_long = list.len() / 3 > left;
        let length = if is_far_too_long { usize::MAX } else { list.encode_utf16().count() };
        if length <= left {
            left -= length;
            list
        } else {
            is_cut = true;
            String::new()
        }
    };
    let (files, directories, of_filters) = if is_known {
        let files = fitting(list);
        let depth = told.args.tell.directory_depth;
        let mut folders: Vec<&[u8]> = names().map(|name| folder(name, depth)).collect();
        folders.dedup();
        let folders: BTreeSet<&[u8]> = folders.into_iter().collect();
        (files, fitting(wire::json(folders)), fitting(of_filters(told)))
    } else {
        Default::default()
    };
    out.output("files", files);
    out.output("directories", directories);
    out.output("filter-files", of_filters);
    out.output("files-truncated", if is_cut { "true" } else { "false" });
    let is_lossy = names().any(|name| name.to_str().is_err());
    out.output("files-lossy", if is_lossy { "true" } else { "false" });
    if is_cut {
        let problem = Problem::notice("the lists of files are too long for outputs");
        out.problem(problem.help("read the file of `files-path` or `files-nul-path`"));
    }
    if is_lossy {
        let message = "a name is not UTF-8, and outputs are text";
        let problem = Problem { level: Level::Notice, ..Problem::notice(message) };
        out.problem(problem.help("only `files-nul-path` and the plan have it exactly"));
    }
}

/// The folder of a file, at most `depth` parts of it; `.` for the root.
fn folder(name: &[u8], depth: usize) -> &[u8] {
    let Some(end) = name.rfind_byte(b'/') else { return b"." };
    let folder = name.get(..end).unwrap_or_default();
    if depth == 0 {
        return folder;
    }
    let mut slashes = folder.find_iter("/");
    slashes.nth(depth - 1).and_then(|end| folder.get(..end)).unwrap_or(folder)
}

fn of_filters(told: &Told<'_>) -> String {
    let list = |result: &FilterResult<'_>| {
        let names = names(told, result);
        let names = || names.iter().map(Vec::as_slice);
        let text = |bytes: Vec<u8>| Value::from(bytes.to_str_lossy().into_owned());
        match told.args.tell.list_files {
            ListKind::None => Value::Null,
            ListKind::Json => {
                names().map(|name| Value::from(name.to_str_lossy().into_owned())).collect()
            }
            ListKind::Csv => text(wire::csv(names())),
            ListKind::Shell => text(wire::shell(names())),
        }
    };
    if told.args.tell.list_files == ListKind::None {
        return String::new();
    }
    let pairs = told.decision.filters.iter().map(|it| (it.found.name.to_owned(), list(it)));
    line_of(&pairs.collect::<Map<String, Value>>())
}

fn services(told: &Told<'_>, out: &mut Out) {
    let services = &told.decision.services;
    let all: Vec<&str> = services.all.iter().map(|service| service.name.as_str()).collect();
    let causes = all.iter().zip(&told.decision.service_causes);
    let affected: Vec<&str> =
        causes.filter(|(_, cause)| cause.is_some()).map(|(name, _)| *name).collect();
    out.output("any-services", if affected.is_empty() { "false" } else { "true" });
    out.output("services", line_of(&affected));
    out.output("services-all", line_of(&all));
    out.output("services-deleted", line_of(&services.deleted));
}

/// The names of packages, of cargo or of the others, for which `is` says yes; each once, sorted.
fn chosen<'a>(told: &'a Told<'_>, of_cargo: bool, is: &dyn Fn(&Effect) -> bool) -> Vec<&'a str> {
    let graphs = &told.gathered.graphs;
    let is_meant = |node: &Node| {
        graphs.get(node.graph).is_some_and(|graph| (graph.ecosystem == "cargo") == of_cargo)
    };
    let found = told.decision.impact.all().filter(|(node, effect)| is_meant(node) && is(effect));
    let packages = found.filter_map(|(node, _)| package(graphs, node));
    let each: BTreeSet<&str> = packages.map(|package| package.name.as_str()).collect();
    each.into_iter().collect()
}

fn packages(told: &Told<'_>, out: &mut Out) {
    let affected = chosen(told, true, &|effect| effect.affected.is_some());
    let direct = chosen(told, true, &|effect| effect.direct.is_some());
    let required = chosen(told, true, &|effect| effect.is_required);
    out.output("any-crates", if affected.is_empty() { "false" } else { "true" });
    out.output("crates-direct", line_of(&direct));
    out.output("crates-affected", line_of(&affected));
    out.output("crates-required", line_of(&required));
    cargo::set(told, out);
    out.output("packages", line_of(&chosen(told, false, &|effect| effect.affected.is_some())));
}

/// A flag before each name. A name of cargo's has nothing to quote (The Cargo Book, "The Manifest
/// Format", `name`); whatever else it is, it stays one word.
pub(super) fn flags(flag: &str, names: &[&str]) -> String {
    let words = names.iter().map(|name| {
        let word = wire::shell_word(name.as_bytes());
        format!("{flag} {}", word.to_str_lossy())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The packages as a filterset (cargo-nextest documentation, "Filterset DSL reference").
pub(super) fn filterset(names: &[&str]) -> String {
    if names.is_empty() {
        return "none()".to_owned();
    }
    let parts: Vec<String> = names.iter().map(|name| format!("package(={name})")).collect();
    parts.join(" | ")
}

/// What `--format args` prints: arguments for cargo where packages are asked for, else the files.
/// Nothing where nobody knows which files changed.
pub(super) fn words(told: &Told<'_>) -> Option<Vec<u8>> {
    let is_about_packages = told.view == View::Packages || !told.gathered.graphs.is_empty();
    if is_about_packages {
        return Some(cargo::args(told).into_bytes());
    }
    if told.view == View::Services {
        let services = told.decision.services.all.iter().zip(&told.decision.service_causes);
        let affected = services.filter(|(_, cause)| cause.is_some());
        return Some(wire::shell(affected.map(|(service, _)| service.name.as_bytes())));
    }
    // What is gone cannot be handed to a program.
    let here = told.decision.changes.iter().filter(|change| change.new.is_some());
    let is_known = told.decision.extent != Extent::Unknown;
    is_known.then(|| wire::shell(here.map(|change| change.path.as_bytes())))
}

/// A path as an output, as the next step knows it.
fn path_output(path: &Path, out: &Out) -> Result<String, Failure> {
    out.reach(path).to_str().map(str::to_owned).ok_or_else(|| {
        Failure::no_answer(
            Problem::error(text![
                "the path ",
                Foreign::path(path),
                " is not UTF-8 and cannot be an output"
            ])
            .help("choose a path of plain letters"),
        )
    })
}

/// The files of each filter by place, for the page.
pub(super) fn by_name<'a>(
    results: &'a [FilterResult<'a>],
) -> BTreeMap<&'a str, &'a FilterResult<'a>> {
    results.iter().map(|result| (result.found.name, result)).collect()
}
