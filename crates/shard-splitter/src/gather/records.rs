//! What shards report: their own reports on the way into a record, and records on the way out.

use std::path::{Path, PathBuf};

use diagnostics::{Foreign, Level, Piece, Place, Problem, offset, position, text};
use ecosystems::Framework;
use reports::{Format, Identity, Malformed, Options, Sample};
use runner_protocol::{Cause, Context, Event, Failure, Out, Side};
use sharding::{ItemId, Items, ShardReport};

use super::patterns::{list, patterns};
use super::{LONGEST_PLAN, disk};
use crate::args::RecordArgs;
use crate::wire::{NotARecord, NotTimings, RecordFile, Shape, TimingsFile};

/// The longest record or file of timings, in bytes.
const LONGEST_RECORD: u64 = LONGEST_PLAN;

/// The record of a shard that has nothing to run.
fn empty_report((shard, plan): (u16, &str), out: &Out) -> Result<ShardReport, Failure> {
    let (run, attempt) = run_of(out)?;
    Ok(ShardReport { shard, attempt, run, plan: plan.to_owned(), samples: Vec::new() })
}

/// The events that only those can cause who may write to the repository.
const TRUSTED: [&str; 8] = [
    "create",
    "delete",
    "merge_group",
    "push",
    "release",
    "repository_dispatch",
    "schedule",
    "workflow_dispatch",
];

/// The events whose payload says whether the run is about a fork's code.
const SAYS_WHOSE: [&str; 3] = ["pull_request", "pull_request_target", "workflow_run"];

/// Whether timings may be kept for other runs: not what a fork's pull request says, because every
/// later run would believe it; nor what happens in a run that anybody may start.
pub(crate) fn may_save(out: &Out) -> Result<bool, Failure> {
    if !out.is_actions() {
        return Ok(true);
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    // The payload of others does not matter, and act's, for one, lack what GitHub's have.
    if !SAYS_WHOSE.contains(&context.event_name.as_str()) {
        return Ok(TRUSTED.contains(&context.event_name.as_str()));
    }
    Ok(match context.event()? {
        Event::PullRequest(pull)
        | Event::PullRequestReview(pull)
        | Event::PullRequestReviewComment(pull)
        | Event::PullRequestTarget(pull) => {
            let own = |side: &Side| side.repository.as_deref() == Some(context.repository.as_str());
            own(&pull.head)
        }
        // What such a run did is in artifacts, which a fork's run may have written.
        Event::WorkflowRun(run) => !run.is_from_fork(),
        Event::MergeGroup(_)
        | Event::Push(_)
        | Event::Release(_)
        | Event::Schedule(_)
        | Event::WorkflowDispatch(_)
        | Event::Other(_) => false,
    })
}

/// The run and its attempt; 0 and 1 outside of a job.
pub(super) fn run_of(out: &Out) -> Result<(u64, u64), Failure> {
    if !out.is_actions() {
        return Ok((0, 1));
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    let Context { run_id, run_attempt, .. } = context;
    Ok((run_id, run_attempt))
}

/// What this shard's reports say. Half a report is no report: a test that is not in the record counts
/// as one that never ran.
pub(crate) fn shard_report(
    args: &RecordArgs,
    (shard, plan): (u16, &str),
    out: &mut Out,
) -> Result<ShardReport, Failure> {
    let files = files(&args.reports, "reports", "no report of this shard is there: ")?;
    let (run, attempt) = run_of(out)?;
    let folder = system::whole_path(Path::new(".")).ok();
    let folder = folder.map(|folder| folder.as_os_str().as_encoded_bytes().to_vec());
    let options = Options { unit: args.time_unit.unit(), ..Options::default() };
    let mut samples = Vec::new();
    let mut problems = Vec::new();
    for path in &files {
        let (mut reader, _) = system::open(path).map_err(|failure| {
            disk(&failure, "a report of this shard").help_with("name files that this job can read")
        })?;
        let mut own = Vec::new();
        let mut take = |sample: Sample| own.push(from_here(sample, folder.as_deref()));
        match reports::read(&mut reader, &options, &mut take) {
            Ok(read) if is_of_times_only(read.format) => problems.push(only_times(path)),
            Ok(_) => samples.append(&mut own),
            Err(error) => problems.push(unreadable(path, &error)),
        }
    }
    if problems.is_empty() {
        return Ok(ShardReport { shard, attempt, run, plan: plan.to_owned(), samples });
    }
    Err(Failure { cause: Cause::NoAnswer, problems })
}

/// Whether such a file says how long tests take, and nothing of whether they ran.
fn is_of_times_only(format: Format) -> bool {
    match format {
        Format::PytestSplit | Format::Knapsack | Format::CypressSplit => true,
        Format::Junit
        | Format::GoJson
        | Format::LibtestJson
        | Format::JestJson
        | Format::MochaJson
        | Format::PlaywrightJson => false,
    }
}

fn only_times(path: &Path) -> Problem {
    Problem::error("a file of times does not say what ran").at(Place::file(Foreign::path(path))).help(
        "give the report that the tests of this shard wrote; `timings` of `plan` takes this one",
    )
}

fn unreadable(path: &Path, error: &Malformed) -> Problem {
    Problem::error("a report of this shard cannot be read, so nobody knows what ran")
        .at(Place::at(Foreign::path(path), error.line, error.column))
        .label(text!["expected ", error.wanted, ", found ", Piece::said(&error.found)])
        .help("see what wrote it, and whether the tests ran to their end")
}

/// The samples of a shard that has nothing to run: what its reports say all the same.
pub(crate) fn idle_report(
    args: &RecordArgs,
    shard: (u16, &str),
    out: &mut Out,
) -> Result<ShardReport, Failure> {
    let found = system::find(&patterns(&args.reports, "reports")?, &|_| true);
    let is_there = |path: &PathBuf| system::exists(path).unwrap_or(true);
    if found.files.iter().any(is_there) {
        shard_report(args, shard, out)
    } else {
        empty_report(shard, out)
    }
}

/// The sample with paths below this folder named from here, as the discovery names them.
fn from_here(sample: Sample, folder: Option<&[u8]>) -> Sample {
    let Some(folder) = folder else { return sample };
    let inside = |path: &[u8]| -> Option<Vec<u8>> {
        Some(path.strip_prefix(folder)?.strip_prefix(b"/")?.to_vec())
    };
    let identity = match sample.identity {
        Identity::Key(key) => Identity::Key(inside(&key).map_or(key, Into::into)),
        Identity::Case(mut case) => {
            if let Some(file) = case.file.as_ref().and_then(|file| inside(file)) {
                case.file = Some(std::rc::Rc::new(file.into()));
            }
            Identity::Case(case)
        }
    };
    Sample { identity, ..sample }
}

/// The records of all shards.
pub(crate) fn evidence(written: &[String]) -> Result<Vec<ShardReport>, Failure> {
    let files = files(written, "records", "no record of any shard is there: ")?;
    let mut records = Vec::new();
    let mut problems = Vec::new();
    for path in files {
        let bytes = system::read_whole(&path, LONGEST_RECORD).map_err(|failure| {
            disk(&failure, "the record of a shard")
                .help_with("download the shards' records before this step")
        })?;
        match RecordFile::read(&bytes) {
            Ok(record) => records.push(record),
            Err(error) => problems.push(not_a_record(&path, &bytes, error)),
        }
    }
    if problems.is_empty() {
        Ok(records)
    } else {
        Err(Failure { cause: Cause::NoAnswer, problems })
    }
}

fn files(
    written: &[String],
    input: &'static str,
    missing: &'static str,
) -> Result<Vec<PathBuf>, Failure> {
    let patterns = patterns(written, input)?;
    let found = system::find(&patterns, &|_| true);
    if let Some(failure) = found.failures.first() {
        return Err(disk(failure, "a directory").help_with("see its permissions"));
    }
    let nowhere: Vec<_> =
        found.without_file.iter().filter_map(|place| patterns.get(*place)).collect();
    if !nowhere.is_empty() || found.files.is_empty() {
        let all: Vec<_> = patterns.iter().collect();
        let mut message = text![missing];
        message.append(list(if nowhere.is_empty() { &all } else { &nowhere }));
        let problem = Problem::error(message);
        return Err(Failure::no_answer(problem.help(
            "a report that is missing is never a report without tests: see that the step before wrote it",
        )));
    }
    Ok(found.files)
}

fn not_a_record(path: &Path, bytes: &[u8], error: NotARecord) -> Problem {
    let shape = match error {
        NotARecord::Shape(shape) => Some(shape),
        NotARecord::Version(_) => None,
    };
    Problem::error("the record of a shard cannot be trusted")
        .at(place(path, bytes, shape))
        .label(Piece::said(&error))
        .help("hand over what `record` wrote as it is, with the same version in all jobs")
}

fn place(path: &Path, bytes: &[u8], shape: Option<Shape>) -> Place {
    match shape {
        Some(Shape { line, column }) => {
            let (line, column) = position(bytes, offset(bytes, line, column));
            Place::at(Foreign::path(path), line, column)
        }
        None => Place::file(Foreign::path(path)),
    }
}

/// The file at `path`, read by `read`, if there is one.
pub(crate) fn if_there<T>(
    path: &Path,
    read: impl FnOnce(&Path) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    let is_there = system::exists(path).map_err(|failure| {
        disk(&failure, "a file").help_with("see the permissions of its directory")
    })?;
    if is_there { read(path).map(Some) } else { Ok(None) }
}

/// The timings that `merge` keeps.
pub(crate) fn timings_file(path: &Path) -> Result<TimingsFile, Failure> {
    let bytes = timings_bytes(path)?;
    TimingsFile::read(&bytes).map_err(|error| Failure::no_answer(not_timings(path, &bytes, error)))
}

fn timings_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    system::read_whole(path, LONGEST_RECORD).map_err(|failure| {
        disk(&failure, "the file of timings").help_with("on a first run there is none yet")
    })
}

fn not_timings(path: &Path, bytes: &[u8], error: NotTimings) -> Problem {
    let shape = match error {
        NotTimings::Shape(shape) => Some(shape),
        NotTimings::Version(_) | NotTimings::Contradiction => None,
    };
    Problem::error("the file of timings cannot be read")
        .at(place(path, bytes, shape))
        .label(Piece::said(&error))
        .help("only the balance of the shards depends on it, never what runs; `merge` writes a new one")
}

/// The timings to be added to: none yet, or none any more. A file that is broken would otherwise come
/// back from the cache for ever; one of a later version is somebody else's.
pub(crate) fn timings_so_far(path: &Path, out: &mut Out) -> Result<Option<TimingsFile>, Failure> {
    let Some(bytes) = if_there(path, timings_bytes)? else { return Ok(None) };
    match TimingsFile::read(&bytes) {
        Ok(file) => Ok(Some(file)),
        Err(error @ NotTimings::Version(_)) => Err(Failure::no_answer(
            not_timings(path, &bytes, error)
                .help("use the version of signalbox that wrote it, or delete it"),
        )),
        Err(error @ (NotTimings::Shape(_) | NotTimings::Contradiction)) => {
            let problem = not_timings(path, &bytes, error);
            out.problem(Problem { level: Level::Warning, ..problem });
            Ok(None)
        }
    }
}

/// What holds these tests, as their framework tells it.
pub(crate) fn holders(tests: &Items, framework: Option<Framework>) -> Items {
    let owners = tests.ids().iter().flat_map(|test| {
        framework.into_iter().flat_map(|framework| framework.owners(test.as_bytes()))
    });
    Items::new(owners.filter_map(|owner| ItemId::new(owner.name)).collect())
}

/// The run that this is about, where that is known: not in a run that looks at another one.
pub(crate) fn run_in_question(out: &Out) -> Result<Option<u64>, Failure> {
    if !out.is_actions() {
        return Ok(None);
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    Ok(Some(context.run_id).filter(|_| context.event_name != "workflow_run"))
}
