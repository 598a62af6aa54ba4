//! From the disk to facts: items, timings, a plan.

use std::io::{BufRead, Read};
use std::path::Path;

use diagnostics::{Foreign, Piece, Place, Problem, Snippet, position, text};
use repo_model::PathPattern;
use reports::{Limits, NotAnItemList, WhyNotAnItemList};
use runner_protocol::{Cause, Failure, Out, Progress};
use sharding::{Collected, ItemId, Items, Matcher, Shard, Timings};
use system::DiskFailure;

use crate::args::{PlanArgs, SelectArgs};
use crate::wire::{NotAPlan, PlanFile, ReadPlan};

/// The longest list of items or plan file that is read, in bytes.
const LONGEST: u64 = 256 << 20;

/// The items that must run.
pub(crate) fn items(args: &PlanArgs, out: &mut Out) -> Result<Items, Failure> {
    let file = foreign(&args.items);
    let bytes = system::read_whole(&args.items, LONGEST).map_err(|failure| {
        disk(&failure, "the list of items")
            .help_with("write the list that your test tool discovers to this file before this step")
    })?;
    let names =
        reports::read_item_list(&bytes).map_err(|error| not_a_list(&file, &bytes, error))?;
    let (items, repeated) = Items::listed(names.into_iter().filter_map(ItemId::new).collect());
    if let Some(first) = repeated.first() {
        let first = Foreign::new(first.as_bytes());
        let count = repeated.len();
        out.problem(
            Problem::warning(text![
                count,
                " items are listed more than once, the first is ",
                first
            ])
            .at(Place::file(file.clone()))
            .help("each runs once; if they are different tests, give them different names"),
        );
    }
    if items.is_empty() && args.require_tests {
        return Err(Failure::no_answer(
            Problem::error("there are no items to share out").at(Place::file(file)).help(
                "see why the discovery found no test; where nothing to run is fine, set `require-tests` to false",
            ),
        ));
    }
    Ok(items)
}

fn not_a_list(file: &Foreign, bytes: &[u8], error: NotAnItemList) -> Failure {
    let help = match error.why {
        WhyNotAnItemList::Utf16 => "write it as UTF-8; in PowerShell: `Out-File -Encoding utf8`",
        WhyNotAnItemList::CutOff => "see that the list is written whole before this step reads it",
        WhyNotAnItemList::NotJson | WhyNotAnItemList::NotText => {
            "give a JSON array of strings, or one item a line; what begins as JSON does is read as JSON"
        }
        WhyNotAnItemList::NoName => "give each item a name",
    };
    let label = match error.why {
        WhyNotAnItemList::Utf16 => "this is UTF-16 text",
        WhyNotAnItemList::CutOff => "the JSON array ends too early",
        WhyNotAnItemList::NotJson => "this is not JSON",
        WhyNotAnItemList::NotText => "this is not an array of strings",
        WhyNotAnItemList::NoName => "an item has no name",
    };
    let (line, column) = position(bytes, error.at);
    Failure::no_answer(
        Problem::error("the list of items cannot be read")
            .at(Place::at(file.clone(), line, column))
            .snippet(Snippet::of(bytes, error.at))
            .label(label)
            .help(help),
    )
}

/// What the reports say about `items`. A report that cannot be read costs balance, never coverage:
/// it is told, and fails the run only where that was asked for.
pub(crate) fn timings(args: &PlanArgs, items: &Items, out: &mut Out) -> Result<Timings, Failure> {
    let (patterns, mut problems) = patterns(&args.timings);
    if !problems.is_empty() {
        return Err(Failure { cause: Cause::NoAnswer, problems });
    }
    let found = system::find(&patterns);
    problems.extend(found.failures.iter().map(|failure| disk(failure, "a directory of reports").0));
    let mut matcher = Matcher::new(items);
    for path in &found.files {
        match one_report(path, &matcher, out) {
            Ok(report) => matcher.keep(report),
            Err(problem) => problems.push(*problem),
        }
    }
    if !patterns.is_empty() && found.files.is_empty() {
        problems.push(no_reports(&patterns));
    }
    told(problems, args.strict, out)?;
    Ok(matcher.finish())
}

fn told(problems: Vec<Problem>, strict: bool, out: &mut Out) -> Result<(), Failure> {
    if strict && !problems.is_empty() {
        let error = |problem| Problem { level: diagnostics::Level::Error, ..problem };
        let problems = problems.into_iter().map(error).collect();
        return Err(Failure { cause: Cause::NoAnswer, problems });
    }
    for problem in problems {
        out.problem(problem);
    }
    Ok(())
}

fn no_reports(patterns: &[PathPattern]) -> Problem {
    let mut message = text!["no report of timings is there: "];
    for (at, pattern) in patterns.iter().enumerate() {
        if at > 0 {
            message.text(", ");
        }
        message.foreign(pattern.as_str());
    }
    Problem::warning(message)
        .help("on a first run this is as it should be; later, see that the reports are restored before this step")
}

fn patterns(written: &[String]) -> (Vec<PathPattern>, Vec<Problem>) {
    let (mut patterns, mut problems) = (Vec::new(), Vec::new());
    for pattern in
        written.iter().map(|pattern| pattern.trim()).filter(|pattern| !pattern.is_empty())
    {
        match PathPattern::new(pattern) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => problems.push(
                Problem::error(text!["the pattern ", Foreign::from(error.pattern.as_str()), " of `--timings` (input `timings`) cannot be read"])
                    .label(Piece::said(&error.why))
                    .help("`*` and `?` stay within a directory, `**` crosses them, `[ab]` and `{a,b}` choose; write `[[]` for a bracket"),
            ),
        }
    }
    (patterns, problems)
}

/// All that one report says, or what is wrong with it: half a report is no report.
fn one_report(path: &Path, matcher: &Matcher<'_>, out: &Out) -> Result<Collected, Box<Problem>> {
    let (reader, length) =
        system::open(path).map_err(|failure| Box::new(disk(&failure, "a report of timings").0))?;
    let progress = out.progress("reading timings", length);
    let mut reader = Watched { reader, progress, untold: 0 };
    let mut report = matcher.report();
    let read = reports::read(&mut reader, &Limits::default(), &mut |sample| report.sample(&sample));
    match read {
        Ok(_) => Ok(report.collected()),
        Err(error) => Err(Box::new(crate::tell::malformed(foreign(path), &error))),
    }
}

/// A reader that shows how far it is, now and then: a report is read in millions of pieces.
struct Watched<R> {
    reader: R,
    progress: Progress,
    untold: usize,
}

impl<R> Watched<R> {
    fn advance(&mut self, amount: usize) {
        self.untold += amount;
        if self.untold > 1 << 18 {
            self.progress.advance(u64::try_from(self.untold).unwrap_or(0));
            self.untold = 0;
        }
    }
}

impl<R: BufRead> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let amount = self.reader.read(buffer)?;
        self.advance(amount);
        Ok(amount)
    }
}

impl<R: BufRead> BufRead for Watched<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.advance(amount);
        self.reader.consume(amount);
    }
}

/// The plan in the file at `path`.
pub(crate) fn plan_file(path: &Path) -> Result<ReadPlan, Failure> {
    let bytes = system::read_whole(path, LONGEST).map_err(|failure| {
        disk(&failure, "the plan").help_with(
            "hand the plan file of the job that planned to this one, as an artifact of the same run",
        )
    })?;
    PlanFile::read(&bytes).map_err(|error| not_a_plan(path, &bytes, error))
}

fn not_a_plan(path: &Path, bytes: &[u8], error: NotAPlan) -> Failure {
    let place = match error {
        NotAPlan::Shape { line, column } => {
            let before: usize = bytes
                .split_inclusive(|byte| *byte == b'\n')
                .take(line.saturating_sub(1))
                .map(<[u8]>::len)
                .sum();
            let (line, column) = position(bytes, before + column.saturating_sub(1));
            Place::at(foreign(path), line, column)
        }
        NotAPlan::Version(_)
        | NotAPlan::ShardOrder(_)
        | NotAPlan::TooManyShards
        | NotAPlan::Name(_)
        | NotAPlan::Doubled(_)
        | NotAPlan::Load(_)
        | NotAPlan::Items => Place::file(foreign(path)),
    };
    Failure::no_answer(
        Problem::error("the plan cannot be trusted")
            .at(place)
            .label(Piece::said(&error))
            .help("plan again with this version, and hand the file over as it is"),
    )
}

/// The shard that `args` mean.
pub(crate) fn shard<'a>(read: &'a ReadPlan, args: &SelectArgs) -> Result<&'a Shard, Failure> {
    let count = read.plan.shards.len();
    if let Some(total) = args.total
        && usize::from(total) != count
    {
        return Err(Failure::no_answer(
            Problem::error(text![
                "the matrix has ",
                total,
                " shards, the plan has ",
                count,
                " (input `total`)"
            ])
            .at(Place::file(foreign(&args.plan.file)))
            .help("use the matrix and the plan file of the same `plan` step"),
        ));
    }
    read.plan.shards.get(usize::from(args.index)).ok_or_else(|| {
        let last = count.saturating_sub(1);
        let message =
            text!["there is no shard ", args.index, " (input `index`): the plan has ", count];
        let help = if count == 0 {
            text!["the plan has nothing to run; guard the job with `has-tests`"]
        } else {
            text!["shards are counted from 0 to ", last, ": use `matrix.index`"]
        };
        Failure::no_answer(
            Problem::error(message).at(Place::file(foreign(&args.plan.file))).help(help),
        )
    })
}

/// A failure of the disk, on its way to become a [`Failure`].
pub(crate) struct DiskProblem(Problem, Cause);

impl DiskProblem {
    pub(crate) fn help_with(self, help: &'static str) -> Failure {
        Failure { cause: self.1, problems: vec![self.0.help(help)] }
    }
}

/// What to tell of a failure of the disk. A file that is not there is missing evidence; one that
/// the machine will not read or write is the machine's failure.
pub(crate) fn disk(failure: &DiskFailure, what: &'static str) -> DiskProblem {
    let path = foreign(&failure.path);
    let cause = if failure.is_missing() { Cause::NoAnswer } else { Cause::Environment };
    let message = text![what, " ", path.clone(), ": ", failure.action, " failed"];
    let problem = Problem::error(message).at(Place::file(path)).label(Piece::said(&failure.source));
    DiskProblem(problem, cause)
}

pub(crate) fn foreign(path: &Path) -> Foreign {
    Foreign::new(path.as_os_str().as_encoded_bytes())
}
