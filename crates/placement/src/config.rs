//! What people write down of jobs and of the fleet, in TOML or JSON.
//!
//! The files have the same tables, so that one may hold everything: `[jobs.NAME]`, `[[profile]]`, `[[runner]]`,
//! `[[scale-set]]`, `[[hosted]]` and `[[label]]`. In `.github/signalbox.toml` they are below `[gpu]`. All mistakes of
//! all files are told at once, each at its place.

mod facts;
mod fleet;
mod jobs;
mod needs;
mod print;
mod profiles;
#[cfg(test)]
mod tests;
mod values;
mod words;

use std::collections::BTreeMap;

use diagnostics::config::{Config, Format, Table};
use diagnostics::{Foreign, Level, Problem};

pub(crate) use fleet::is_match;
pub use fleet::{Fleet, Meaning, Pool, Runners, Which};
pub use jobs::{Job, ON_BUSY, ON_NO_MATCH, ON_OFFLINE, Policies, When};
pub use print::{print_jobs, print_machine};

use jobs::RawJob;
use profiles::{Profiles, RawProfile};

use crate::Machine;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

/// Where in a file the tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// At the top.
    Top,
    /// Below `[gpu]`, beside the tables of the other tools.
    Gpu,
    /// It is a package's `Cargo.toml`, whose `[package.metadata.gpu]` is a profile with the package's name.
    Manifest,
}

/// A file.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// Its name.
    pub file: Foreign,
    /// What is in it.
    pub bytes: &'a [u8],
    /// How it is written.
    pub form: Form,
    /// Where in it the tables are.
    pub home: Home,
}

/// What the files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The jobs, in the order of the files and of their places.
    pub jobs: Vec<Job>,
    /// The fleet.
    pub fleet: Fleet,
    /// What happens to jobs that do not get what they need, unless they say otherwise themselves.
    pub policies: Policies,
    /// What is worth knowing, and wrong only perhaps.
    pub remarks: Vec<Problem>,
}

const FORMAT: Format =
    Format { what: "the configuration of GPU jobs", help: "see the README's table of keys" };

/// What was read, before it is known what its names mean.
#[derive(Default)]
struct Raw {
    jobs: Vec<RawJob>,
    profiles: Vec<RawProfile>,
    fleet: Fleet,
    policies: Vec<Policies>,
    remarks: Vec<Problem>,
}

/// Reads all files.
///
/// # Errors
/// With every mistake in them, at most 100 in each, in the order of files and places.
pub fn read(sources: &[Source<'_>]) -> Result<Written, Vec<Problem>> {
    read_with(sources, &BTreeMap::new())
}

/// The words of each job's cargo command, by the job's name, as far as the files can be read. What is wrong with them,
/// [`read`] tells.
pub fn cargo_commands(sources: &[Source<'_>]) -> BTreeMap<String, Vec<String>> {
    raw(sources, &mut Vec::new()).jobs.iter().filter_map(RawJob::command).collect()
}

fn raw(sources: &[Source<'_>], problems: &mut Vec<Problem>) -> Raw {
    let mut raw = Raw::default();
    for source in sources {
        let file = source.file.clone();
        let read = |top: &mut Table<'_, '_>| match source.home {
            Home::Top => raw.read(top),
            Home::Gpu => {
                raw.read(&mut top.of_suite("gpu"));
            }
            Home::Manifest => raw.profiles.extend(profiles::package(top, &mut raw.remarks)),
        };
        let read = match source.form {
            Form::Toml => Config::read_as(FORMAT, file, source.bytes, read),
            Form::Json => Config::read_json_as(FORMAT, file, source.bytes, read),
        };
        problems.extend(read.err().into_iter().flatten());
    }
    raw
}

/// Reads all files, and takes for the profile of a job that names none that of the package which its command builds:
/// `packages`, by job.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    sources: &[Source<'_>],
    packages: &BTreeMap<String, String>,
) -> Result<Written, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut raw = raw(sources, &mut problems);
    for job in &mut raw.jobs {
        job.default_profile(packages);
    }
    let profiles = Profiles::new(raw.profiles, &mut problems);
    let jobs = jobs::resolved(&raw.jobs, &profiles, &mut problems);
    raw.fleet.check(&mut problems);
    raw.remarks.extend(profiles.unused(raw.jobs.iter().flat_map(RawJob::profiles)));
    let order = |problem: &Problem| {
        let place = problem.place.as_ref();
        let file = place.and_then(|it| sources.iter().position(|source| source.file == it.file));
        (file, place.map(|place| (place.line, place.column)))
    };
    problems.sort_by_key(order);
    raw.remarks.sort_by_key(order);
    if problems.iter().any(|problem| problem.level == Level::Error) {
        return Err(problems);
    }
    let policies = raw.policies.iter().fold(Policies::default(), |one, other| one.or(*other));
    Ok(Written { jobs, fleet: raw.fleet, policies, remarks: raw.remarks })
}

/// Reads the facts of one machine, as a probe prints them. What is not there is not known.
///
/// # Errors
/// As [`read`].
pub fn read_machine(
    file: impl Into<Foreign>,
    bytes: &[u8],
    form: Form,
) -> Result<Machine, Vec<Problem>> {
    const FORMAT: Format = Format {
        what: "what a probe printed",
        help: "write it again with `gpu-matcher probe` on that machine",
    };
    let read = |top: &mut Table<'_, '_>| facts::machine(top, &mut Vec::new());
    match form {
        Form::Toml => Config::read_as(FORMAT, file, bytes, read),
        Form::Json => Config::read_json_as(FORMAT, file, bytes, read),
    }
}

impl Raw {
    fn read(&mut self, table: &mut Table<'_, '_>) {
        self.profiles.extend(profiles::profiles(table, &mut self.remarks));
        self.fleet.extend(Fleet::read(table, &mut self.remarks));
        self.policies.push(Policies::read(table));
        self.jobs.extend(jobs::jobs(&mut table.table("jobs"), &mut self.remarks));
    }
}
