//! What reports of earlier runs say about the items, and what is odd about the reports.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, ErrorKind, Read};
use std::path::{Path, PathBuf};

use diagnostics::{Foreign, Level, Place, Problem, Text, counted, text};
use repo_model::PathPattern;
use reports::{Options, WhyNoTime};
use runner_protocol::{Cause, Failure, Out, Progress};
use sharding::{Collected, Items, Matcher, Timings};
use system::DiskFailure;

use super::patterns::{list, patterns};
use super::{LONGEST_PLAN, disk, refuse_overwriting};
use crate::args::TimingArgs;
use crate::tell::malformed;
use crate::wire::{PlanFile, TimingsFile};

/// What was read of all reports.
pub(crate) struct Reports {
    /// The times of the items.
    pub(crate) timings: Timings,
    /// How many files were found that should be reports.
    pub(crate) found: usize,
    /// How many of them were read to their end.
    pub(crate) read: usize,
}

/// What the reports say about `items`. A report that cannot be read costs balance, never coverage:
/// it is told, and fails the run only where that was asked for.
pub(crate) fn timings(
    args: &TimingArgs,
    plan: &Path,
    items: &Items,
    out: &mut Out,
) -> Result<Reports, Failure> {
    let patterns = patterns(&args.timings, "timings")?;
    let overwritten = RefCell::new(None);
    let found = system::find(&patterns, &|file| is_report(file, plan, &overwritten));
    if let Some(report) = overwritten.take() {
        refuse_overwriting(plan, &report, "a report of timings", "plan-file")?;
    }
    let mut odd = Oddities::default();
    for failure in &found.failures {
        odd.disk(failure, "a directory of reports");
    }
    let without_file = found.without_file.iter().filter_map(|place| patterns.get(*place));
    let without_file: Vec<&PathPattern> = without_file.collect();
    if !without_file.is_empty() {
        odd.problems.push(no_reports(&without_file));
    }
    let mut matcher = Matcher::new(items);
    let (mut read, mut untimed) = (0, Untimed::default());
    for path in &found.files {
        if let Some((report, no_times)) = one_report(path, args, &matcher, &mut odd, out) {
            matcher.keep(report);
            untimed.add(path, &no_times);
            read += 1;
        }
    }
    odd.problems.extend(untimed.problem());
    odd.told(args.strict, out)?;
    Ok(Reports { timings: matcher.finish(), found: found.files.len(), read })
}

/// Whether the file is to be read: not where the plan is to be written. There an earlier plan, or
/// nothing at all, may be replaced; anything else is not to be lost.
fn is_report(file: &Path, plan: &Path, overwritten: &RefCell<Option<PathBuf>>) -> bool {
    if !system::is_same_file(plan, file) {
        return true;
    }
    let bytes = system::open(file).and_then(|_| system::read_whole(file, LONGEST_PLAN));
    let is_free =
        bytes.is_ok_and(|bytes| bytes.trim_ascii().is_empty() || PlanFile::is_one(&bytes));
    if !is_free {
        overwritten.replace(Some(file.to_owned()));
    }
    false
}

/// What is odd about the reports: warnings, or, with `strict`, the reason why there is no plan.
#[derive(Default)]
struct Oddities {
    problems: Vec<Problem>,
    /// Whether it was the machine that refused something.
    environment: bool,
}

impl Oddities {
    fn disk(&mut self, failure: &DiskFailure, what: &'static str) {
        let (problem, cause) = disk(failure, what).parts();
        self.environment |= cause == Cause::Environment;
        let is_missing = failure.source.kind() == ErrorKind::NotFound;
        // A first run has none, and that is as it should be.
        let level = if is_missing { Level::Notice } else { Level::Warning };
        self.problems.push(Problem { level, ..problem }.help(if is_missing {
            "on a first run there is none yet; later, see that the reports are restored before this step"
        } else {
            "name a file that can be read, or a pattern such as `reports/*.xml`"
        }));
    }

    fn told(self, strict: bool, out: &mut Out) -> Result<(), Failure> {
        if strict && !self.problems.is_empty() {
            let error = |problem| Problem { level: Level::Error, ..problem };
            let mut problems: Vec<Problem> = self.problems.into_iter().map(error).collect();
            problems.push(
                Problem::notice("`--strict` (input `strict`) makes this an error").help(
                    "on a first run there are no reports yet: set it to false until there are",
                ),
            );
            let cause = if self.environment { Cause::Environment } else { Cause::NoAnswer };
            return Err(Failure { cause, problems });
        }
        for problem in self.problems {
            out.problem(problem);
        }
        Ok(())
    }
}

fn no_reports(patterns: &[&PathPattern]) -> Problem {
    let mut message = text!["no report of timings is there: "];
    message.append(list(patterns));
    Problem::notice(message)
        .help("on a first run this is as it should be; later, see that the reports are restored before this step")
}

/// How many samples of a report have no time, by the reason.
type NoTimes = BTreeMap<WhyNoTime, u64>;

/// All that one report says; nothing if it cannot be read, for half a report is no report.
fn one_report(
    path: &Path,
    args: &TimingArgs,
    matcher: &Matcher<'_>,
    odd: &mut Oddities,
    out: &mut Out,
) -> Option<(Collected, NoTimes)> {
    let (mut reader, length) = match system::open(path) {
        Ok(opened) => opened,
        Err(failure) => {
            odd.disk(&failure, "a report of timings");
            return None;
        }
    };
    if reader.fill_buf().is_ok_and(TimingsFile::is_one) {
        return many_runs(path, args, matcher, odd, out).map(|report| (report, NoTimes::new()));
    }
    let progress = out.progress("reading timings", length);
    let mut reader = Watched { reader, progress, untold: 0 };
    let mut report = matcher.report();
    let take = &mut |sample| report.sample(&sample);
    let options = Options { unit: args.time_unit.unit(), ..Options::default() };
    let read = match reports::read(&mut reader, &options, take) {
        Ok(read) => read,
        Err(error) => {
            odd.problems.push(malformed(Foreign::path(path), &error));
            return None;
        }
    };
    let report = report.collected();
    out.trace(|say| {
        say.text("read ").foreign(Foreign::path(path)).text(" as ").text(read.format.name());
        say.text(": ").append(counted(read.samples, " test", " tests")).text(", ");
        say.number(report.matched()).text(" belong to an item, ");
        say.number(report.unmatched()).text(" to none, ");
        say.number(read.without_time.values().sum()).text(" have no time");
    });
    Some((report, read.without_time))
}

/// All that the file says which `merge` keeps.
fn many_runs(
    path: &Path,
    args: &TimingArgs,
    matcher: &Matcher<'_>,
    odd: &mut Oddities,
    out: &mut Out,
) -> Option<Collected> {
    let file = match super::timings_file(path) {
        Ok(file) => file,
        Err(failure) => {
            odd.environment |= failure.cause == Cause::Environment;
            let warning = |problem| Problem { level: Level::Warning, ..problem };
            odd.problems.extend(failure.problems.into_iter().map(warning));
            return None;
        }
    };
    if file.is_uniform() {
        odd.problems.push(
            Problem::warning("every test has the same time, which no measurement gives")
                .at(Place::file(Foreign::path(path)))
                .help("see what wrote the reports of the last runs"),
        );
    }
    let mut report = matcher.report();
    file.samples(args.estimate.estimate()).for_each(|sample| report.sample(&sample));
    let report = report.collected();
    out.trace(|say| {
        say.text("read ").foreign(Foreign::path(path)).text(" as timings of many runs: ");
        say.number(report.matched()).text(" belong to an item, ");
        say.number(report.unmatched()).text(" to none");
    });
    Some(report)
}

/// Times that are none: what was written is odd, so somebody should know.
#[derive(Default)]
struct Untimed {
    counts: NoTimes,
    first: Option<Foreign>,
}

impl Untimed {
    fn add(&mut self, path: &Path, no_times: &NoTimes) {
        for (why, count) in no_times.iter().filter(|(why, _)| words(**why).is_some()) {
            *self.counts.entry(*why).or_default() += count;
            self.first.get_or_insert_with(|| Foreign::path(path));
        }
    }

    fn problem(self) -> Option<Problem> {
        let first = self.first?;
        let mut label = Text::new();
        for (why, count) in &self.counts {
            if !label.is_empty() {
                label.text(", ");
            }
            label.number(*count).text(words(*why).unwrap_or_default());
        }
        let all: u64 = self.counts.values().sum();
        let mut message = counted(all, " time", " times");
        message.text(" in the reports cannot be understood and ");
        message.text(if all == 1 { "does" } else { "do" }).text(" not count");
        Some(
            Problem::warning(message)
                .at(Place::file(first))
                .label(label)
                .help("see what writes them; this is the first such report"),
        )
    }
}

/// What is odd about a time; nothing where there simply is none.
fn words(why: WhyNoTime) -> Option<&'static str> {
    match why {
        WhyNoTime::Missing | WhyNoTime::Skipped => None,
        WhyNoTime::NotANumber => Some(" not a number"),
        WhyNoTime::Negative => Some(" below zero"),
        WhyNoTime::Ambiguous => Some(" with a comma that may mean two things"),
        WhyNoTime::TooLarge => Some(" longer than any test takes"),
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
