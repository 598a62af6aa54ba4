//! What people wrote down of jobs and of the fleet.

use std::collections::BTreeMap;
use std::path::Path;

use diagnostics::{Foreign, Problem, text};
use placement::Machine;
use placement::config::{
    Fleet, Form, Home, Source, Written, cargo_commands, read_machine, read_with,
};
use runner_protocol::{Cause, Failure, Out};

use super::cargo::{self, Cargo};
use crate::args::JobsArgs;

const JOBS: &str = ".github/gpu-jobs.toml";
const FLEET: &str = ".github/gpu-fleet.toml";
const CONFIGURATION: &str = ".github/signalbox.toml";

/// The most bytes of a file: ten thousand runners with a hundred labels each.
const LARGEST: u64 = 64 << 20;

/// A file or a text that was read.
struct Read {
    name: Foreign,
    bytes: Vec<u8>,
    form: Form,
    home: Home,
}

/// What stands in all files, and what cargo says of the jobs that are commands of its.
///
/// Where strangers may have written what is checked out, cargo is not asked: a toolchain file of theirs could have it
/// start a program of theirs. Their jobs get no GPU anyway.
pub(super) fn written(
    jobs: &JobsArgs,
    fleet: Option<&str>,
    by_strangers: bool,
    out: &mut Out,
) -> Result<(Written, Cargo), Failure> {
    let mut files = files(jobs, fleet)?;
    let commands = cargo_commands(&sources(&files));
    let cargo = if commands.is_empty() || by_strangers {
        Cargo::default()
    } else {
        cargo::asked(commands, out)?
    };
    for manifest in &cargo.manifests {
        files.push(Read { home: Home::Manifest, ..file(Path::new(manifest))? });
    }
    let written = read_with(&sources(&files), &cargo.packages)
        .map_err(|problems| Failure { cause: Cause::NoAnswer, problems })?;
    Ok((written, cargo))
}

fn sources(files: &[Read]) -> Vec<Source<'_>> {
    files
        .iter()
        .map(|it| Source { file: it.name.clone(), bytes: &it.bytes, form: it.form, home: it.home })
        .collect()
}

/// The files that the inputs name, or that are where they are expected.
fn files(jobs: &JobsArgs, fleet: Option<&str>) -> Result<Vec<Read>, Failure> {
    let mut sources = Vec::new();
    for (given, default, input) in [
        (jobs.gpu_jobs.as_deref(), JOBS, "the input `gpu-jobs`"),
        (fleet, FLEET, "the input `fleet`"),
    ] {
        match given {
            Some(text) if is_text(text) => sources.push(Read {
                name: Foreign::from(input),
                bytes: text.as_bytes().to_vec(),
                form: form_of_text(text),
                home: Home::Top,
            }),
            Some(path) => sources.push(file(Path::new(path))?),
            None => sources.extend(if_there(Path::new(default))?),
        }
    }
    // A file that is named twice is read once.
    sources.dedup_by(|later, first| later.name == first.name && later.bytes == first.bytes);
    if let Some(configuration) = if_there(Path::new(CONFIGURATION))? {
        sources.push(Read { home: Home::Gpu, ..configuration });
    }
    Ok(sources)
}

/// Whether an input is the text itself, and not the name of a file: it has several lines, or is JSON.
fn is_text(given: &str) -> bool {
    given.contains('\n') || given.trim_start().starts_with(['{', '['])
}

fn form_of_text(text: &str) -> Form {
    // A table of TOML begins with a bracket too.
    if text.trim_start().starts_with('{') { Form::Json } else { Form::Toml }
}

fn if_there(path: &Path) -> Result<Option<Read>, Failure> {
    let is_there = system::exists(path).map_err(|failure| {
        let problem = failure.problem("the configuration of GPU jobs");
        Failure::outside(failure.is_wrong_path(), problem.help("see its permissions"))
    })?;
    if is_there { file(path).map(Some) } else { Ok(None) }
}

fn file(path: &Path) -> Result<Read, Failure> {
    let bytes = system::read_file(path, LARGEST).map_err(|failure| {
        let problem = failure.problem("the configuration of GPU jobs");
        let help = "`--gpu-jobs` (input `gpu-jobs`) and `--fleet` (input `fleet`) name files that can be read";
        Failure::outside(failure.is_wrong_path(), problem.help(help))
    })?;
    Ok(Read { name: Foreign::path(path), bytes, form: form(path), home: Home::Top })
}

fn form(path: &Path) -> Form {
    let is_json = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
    if is_json { Form::Json } else { Form::Toml }
}

/// What probes printed, by the names of the files that the fleet has.
pub(super) fn probes(fleet: &Fleet) -> Result<BTreeMap<String, Machine>, Failure> {
    let runners = fleet.runners.iter().map(|it| (&it.probe, &it.spot));
    let pools = fleet.scale_sets.iter().chain(&fleet.hosted).map(|it| (&it.probe, &it.spot));
    let mut read = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, spot) in runners.chain(pools) {
        let Some(name) = name.as_ref().filter(|name| !read.contains_key(*name)) else { continue };
        let path = Path::new(name);
        match system::read_file(path, LARGEST) {
            Ok(bytes) => match read_machine(Foreign::path(path), &bytes, form(path)) {
                Ok(machine) => {
                    read.insert(name.clone(), machine);
                }
                Err(wrong) => problems.extend(wrong),
            },
            Err(failure) => {
                let message = text!["what a probe printed cannot be read: ", Foreign::path(path)];
                problems.push(
                    spot.problem(
                        Problem::error(message).label(diagnostics::Piece::said(&failure.source)),
                    )
                    .help("`gpu-matcher probe --print toml` on that machine writes it"),
                );
            }
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(Failure { cause: Cause::NoAnswer, problems }) }
}
