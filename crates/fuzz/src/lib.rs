//! Throws bytes at everything that reads bytes from outside, and says what must hold for any bytes:
//! no panic, no endless loop, the same answer for the same bytes, an error's place in the input.
//!
//! Each function here is one target of `cargo fuzz` (CONTRIBUTING says how to start it), and is also
//! run by this crate's tests: on all of `testdata/`, and on bytes made up by proptest.
//!
//! Built without `cargo fuzz`, a target is a program that runs one input from standard input, to
//! look at a crash: `cargo run -p fuzz --bin reports < crates/fuzz/artifacts/reports/crash-...`

#![expect(clippy::panic, clippy::missing_panics_doc, reason = "a panic is how a target reports")]

mod caches;
mod canaries;
mod coverage;
mod gates;
mod gpu;
mod packages;
mod pages;
mod pipelines;

use std::io::{self, BufReader, Read as _};

use affected::filters::{Filters, Looked, Quantifier, Statuses};
use bstr::ByteSlice as _;
use diagnostics::Foreign;
use ecosystems::workspaces::{Package, Sides, cargo};
use ecosystems::{Answers, Discovered, Framework, Home, Part};
use repo_model::hash_files::{HashPatterns, Position};
use repo_model::{Glob, GlobSet, MemoryTree, NotARepoPath, PathPattern, RepoPath};
use reports::change_plan::ChangePlan;
use reports::{Limits, Malformed, Options, Outcome, Read, Sample, Time, WhyNoTime, read_item_list};
use runner_protocol::Event;
use shard_splitter::wire::{PlanFile, RecordFile, Run, TimingsFile};
use sharding::{Changed, Estimate, ItemId, Items, Matcher, Rule, TestId, group};

pub use caches::{cache_files, leftovers};
pub use canaries::{canary_documents, canary_policy, prometheus_answers};
pub use coverage::{coverage, line_changes};
pub use gates::{deployed_services, manifests, repository_files};
pub use gpu::{cargo_features, gpu_config, gpu_machine};
pub use packages::{package_manifests, rules_file};
pub use pages::{runner_pages, workflow_runs};
pub use pipelines::pipeline_answers;

/// Limits that a fuzzer's small input can reach.
const LIMITS: Limits = Limits { depth: 16, tag_bytes: 512, log_bytes: 4096, samples: 64 };

/// A report, read at once and in pieces of some size.
pub fn reports(data: &[u8]) {
    let whole = read_report(data, data.len().max(1));
    let piece = data.len() % 61 + 1;
    assert_eq!(whole, read_report(data, piece), "pieces of {piece} change the answer");
    match whole.1 {
        Ok(read) => {
            assert_eq!(usize::try_from(read.samples).ok(), Some(whole.0.len()));
            assert!(read.without_time.values().sum::<u64>() <= read.samples);
            let no_time = Time::Unknown(WhyNoTime::Skipped);
            assert!(
                whole.0.iter().all(|it| (it.outcome == Outcome::Skipped) == (it.time == no_time))
            );
        }
        Err(malformed) => check_place(&malformed, data),
    }
}

fn read_report(report: &[u8], piece: usize) -> (Vec<Sample>, Result<Read, Malformed>) {
    let mut samples = Vec::new();
    let mut input = BufReader::with_capacity(piece, report);
    let options = Options { limits: LIMITS, ..Options::default() };
    let read = reports::read(&mut input, &options, &mut |sample| samples.push(sample));
    (samples, read)
}

/// A report of tests as a gate is told of it: as many tests as there are samples, in any pieces, and a
/// decision that is never a pass without a test.
pub fn test_gate(data: &[u8]) {
    use verdict::gates::tests::{Facts, Policy, TestsSeen, decide};
    let policy = Policy::default();
    let options = Options { limits: LIMITS, ..Options::default() };
    let told = |piece: usize| {
        let mut all = Vec::new();
        let mut input = BufReader::with_capacity(piece, data);
        let read = reports::read_tests(&mut input, &options, &mut |told| all.push(told));
        (all, read)
    };
    let (all, read) = told(data.len().max(1));
    let piece = data.len() % 61 + 1;
    assert_eq!(
        (&all, &read),
        (&told(piece).0, &told(piece).1),
        "pieces of {piece} change the answer"
    );
    let is_test = |told: &&reports::Told| matches!(told, reports::Told::Test(_));
    let tests = all.iter().filter(is_test).count();
    let mut seen = TestsSeen::new(&policy, true);
    for told in all {
        seen.take(told);
    }
    let verdict = decide(&policy, &Facts { seen: &seen.finished(), base: None }).verdict();
    match read {
        Ok(read) => assert_eq!(usize::try_from(read.samples).ok(), Some(tests)),
        Err(malformed) => check_place(&malformed, data),
    }
    assert!(tests > 0 || verdict == verdict::Verdict::Error);
}

/// Messages of compilers, in the format that the first byte chooses: counted right, or refused at a
/// place in the report.
pub fn messages(data: &[u8]) {
    use reports::messages::{Format, Message};
    let Some((first, report)) = data.split_first() else { return };
    let Some(format) = Format::ALL.get(usize::from(*first) % Format::ALL.len()) else { return };
    let bounds = reports::Bounds { depth: 16, line_bytes: 4096, entries: 64 };
    let mut seen = 0;
    let mut is_whole = false;
    let read = format.read(report, bounds, &mut |message| {
        seen += 1;
        is_whole |= matches!(message, Message::Finished { .. });
        if let Message::Artifact(artifact) = message {
            assert!(artifact.package.name().len() <= artifact.package.0.len());
        }
    });
    match read {
        Ok(reading) => assert!(is_whole && reading.entries == seen),
        Err(malformed) => check_place(&malformed, report),
    }
}

/// Findings of scanners, in the format that the first byte chooses: counted right and twice the same, or
/// refused at a place in the report.
pub fn findings(data: &[u8]) {
    use reports::findings::{Finding, Format};
    let Some((first, report)) = data.split_first() else { return };
    let Some(format) = Format::ALL.get(usize::from(*first) % Format::ALL.len()) else { return };
    let bounds = reports::Bounds { depth: 16, line_bytes: 4096, entries: 64 };
    let read = || {
        let mut findings: Vec<Finding> = Vec::new();
        let reading = format.read(report, bounds, &mut |finding| findings.push(finding));
        (findings, reading)
    };
    let (findings, reading) = read();
    assert_eq!(read(), (findings.clone(), reading.clone()));
    match reading {
        Ok(reading) => assert_eq!(usize::try_from(reading.entries).ok(), Some(findings.len())),
        Err(malformed) => check_place(&malformed, report),
    }
    assert!(findings.iter().all(|finding| finding.line != Some(0) && !finding.rule.is_empty()));
}

fn check_place(malformed: &Malformed, report: &[u8]) {
    let lines: Vec<&[u8]> = report.split(|byte| *byte == b'\n').collect();
    let at = usize::try_from(malformed.line).ok().and_then(|line| line.checked_sub(1));
    let Some(line) = at.and_then(|at| lines.get(at)) else {
        panic!("{malformed}: there are {} lines", lines.len());
    };
    // One past the end of the line, and one more for its line break, is a place; the next is not.
    let column = usize::try_from(malformed.column).unwrap_or(usize::MAX);
    assert!((1..=line.len() + 2).contains(&column), "{malformed}: a line of {}", line.len());
}

/// A report of benchmarks, its format chosen by the first byte: no value that is no number from 0, a place
/// in the input where it is refused.
pub fn measurements(data: &[u8]) {
    let Some((first, report)) = data.split_first() else { return };
    let formats = reports::measurements::Format::ALL;
    let Some(format) = formats.get(usize::from(*first) % formats.len()) else { return };
    let mut found = Vec::new();
    let bounds = reports::Bounds { entries: 64, ..reports::Bounds::default() };
    match format.read(report, bounds, &mut |measurement| found.push(measurement)) {
        Ok(reading) => {
            assert_eq!(usize::try_from(reading.entries).ok(), Some(found.len()));
            let values = found.iter().flat_map(|measurement| &measurement.values);
            assert!(values.into_iter().all(|it| it.get().is_finite() && it.get() >= 0.0));
        }
        Err(malformed) => check_place(&malformed, report),
    }
    if let Ok(text) = std::str::from_utf8(report) {
        let _ = reports::quantity::Quantity::parse(text);
    }
}

/// A list of items: names that are not empty, or the byte that is wrong.
pub fn item_list(data: &[u8]) {
    match read_item_list(data, 100) {
        Ok(names) => assert!(names.iter().all(|name| !name.is_empty())),
        Err(error) => assert!(error.at <= data.len(), "{error}"),
    }
}

/// What a cache key was made of: whatever is accepted has the digests that it says, and differs in nothing
/// from itself.
pub fn material_file(data: &[u8]) {
    let Ok(read) = cache_key::wire::MaterialFile::read(data) else { return };
    assert!(read.material.parts.iter().all(|part| part.computed() == part.digest));
    let told = cache_identity::explanation(read.made(), read.made(), read.restore());
    assert!(told.names.is_empty() && told.facts.is_empty());
    assert_eq!(told.reached, cache_identity::Reached::Exact);
}

/// A plan file: whatever is accepted hands every item to one shard.
pub fn plan_file(data: &[u8]) {
    let Ok(read) = PlanFile::read(data) else { return };
    let mut names: Vec<&[u8]> = read.plan.placed().map(|placed| placed.id.as_bytes()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "an item on two shards");
    assert!(read.plan.shards.len() <= 256);
    assert!(read.plan.makespan() >= read.plan.bound.value, "better than the bound");
}

/// A shard's record: what was read is written and read again as the same.
pub fn record(data: &[u8]) {
    let Ok(record) = RecordFile::read(data) else { return };
    let written = RecordFile::new(&record).bytes();
    assert_eq!(RecordFile::read(&written), Ok(record));
}

/// The timings of many runs: merging a run keeps what it says, and what is written is read again.
pub fn timings_file(data: &[u8]) {
    let Ok(mut file) = TimingsFile::read(data) else { return };
    let said: Vec<Sample> = file.samples(Estimate::Ewma).take(3).collect();
    let samples: Vec<&Sample> = said.iter().collect();
    let _ = (file.is_uniform(), file.ran_before(1));
    file.merge(Run { id: 7, samples: &samples });
    let kept: Vec<TestId> =
        file.samples(Estimate::Last).map(|sample| TestId::of(&sample.identity)).collect();
    assert!(said.iter().all(|sample| kept.contains(&TestId::of(&sample.identity))));
    let written = file.bytes();
    let read = TimingsFile::read(&written).map(|file| file.bytes());
    assert_eq!(read, Ok(written));
}

/// Items, one a line, and behind a line of `---` a report: times for as many items as there are, and
/// no more than the report has.
pub fn matching(data: &[u8]) {
    let Some((items, report)) = data.split_once_str("\n---\n") else { return };
    let items = Items::new(items.lines().filter_map(ItemId::new).collect());
    let mut matcher = Matcher::new(&items);
    let mut one = matcher.report();
    let (samples, _) = read_report(report, report.len().max(1));
    for sample in &samples {
        one.sample(sample);
    }
    let collected = one.collected();
    let timed = samples.iter().filter(|sample| matches!(sample.time, Time::Known(_))).count();
    assert_eq!(usize::try_from(collected.matched() + collected.unmatched()).ok(), Some(timed));
    matcher.keep(collected);
    assert_eq!(matcher.finish().micros().len(), items.len());
}

/// A rule in the first line, items in the rest: as many answers as items.
pub fn group_rule(data: &[u8]) {
    let mut lines = data.lines();
    let Some(text) = lines.next().and_then(|line| std::str::from_utf8(line).ok()) else { return };
    let items = Items::new(lines.filter_map(ItemId::new).collect());
    let rules: Vec<Rule> = [Rule::new(text), Rule::serial(text)].into_iter().flatten().collect();
    assert_eq!(group(&items, &rules).len(), items.len());
}

/// The payload of each event.
pub fn event(data: &[u8]) {
    for name in Event::NAMES {
        if let Ok(event) = Event::read(name, data) {
            assert_eq!(event.name(), Foreign::from(*name));
        }
    }
}

/// A pattern in the first line, a path in the rest.
pub fn path_pattern(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let pattern = parts.next().and_then(|pattern| std::str::from_utf8(pattern).ok());
    let path = parts.next().unwrap_or_default();
    let Some(pattern) = pattern.and_then(|pattern| PathPattern::new(pattern).ok()) else { return };
    assert!(pattern.as_str().starts_with(pattern.root()));
    let _ = pattern.matches_below_root(path);
    if let Ok(normal) = RepoPath::normalized(path) {
        assert_eq!(RepoPath::normalized(normal.as_bytes()).as_ref(), Ok(&normal));
    }
}

/// Patterns of filters, an empty line, and paths: what matches alone matches together with others,
/// whatever has been matched before, and each pattern matches itself.
pub fn glob(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut globs = Vec::new();
    let patterns = lines.by_ref().take_while(|line| !line.is_empty()).take(20);
    for pattern in patterns.filter_map(|line| std::str::from_utf8(line).ok()) {
        match Glob::new(pattern) {
            Ok(glob) => {
                assert!(glob.is_match(pattern.as_bytes()), "{pattern} does not match itself");
                globs.push(glob);
            }
            Err(error) => assert!(error.at <= pattern.len(), "{error}"),
        }
    }
    let mut set = GlobSet::new(&globs);
    let mut found = Vec::new();
    for path in lines.take(20) {
        set.matches_into(path, &mut found);
        let alone = (0..).zip(&globs).filter(|(_, glob)| glob.is_match(path));
        assert_eq!(found, alone.map(|(index, _)| index).collect::<Vec<usize>>());
    }
}

/// Patterns of `hashFiles()`, an empty line, and paths: who counts is reached, and a walk by steps arrives
/// where a walk at once does.
pub fn hash_patterns(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (list, paths) = text.split_once("\n\n").unwrap_or((text, "a/b"));
    let patterns = match HashPatterns::new(list, "/w [x]", Some("/h")) {
        Ok(patterns) => patterns,
        Err(wrong) => {
            let count = list.lines().count();
            assert!(wrong.iter().all(|it| (1..=count).contains(&it.line)));
            return;
        }
    };
    for path in paths.split('\n').take(20) {
        let mut here = patterns.at("/w [x]");
        let mut is_reached = patterns.goes_on(&here);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let mut next = Position::default();
            patterns.below(&here, name, &mut next);
            here = next;
            is_reached &= patterns.goes_on(&here);
        }
        assert_eq!(here, patterns.at(&format!("/w [x]/{path}")));
        assert!(is_reached || !patterns.takes(&here));
    }
}

/// What each framework lists, its answers divided by lines of `---`: tests in order, each once, that
/// the framework can be told to run or says that it cannot, and that are in something shorter.
pub fn test_lists(data: &[u8]) {
    let outputs: Vec<Vec<u8>> = data.split_str("\n---\n").map(Vec::from).collect();
    for framework in Framework::ALL {
        let answers = Answers { outputs: &outputs, folder: b"/w" };
        let Ok(Discovered::Tests(tests)) = framework.discovered(&answers) else { continue };
        assert!(tests.is_sorted_by(|one, other| one < other));
        let tests: Vec<&[u8]> = tests.iter().map(|test| test.as_slice()).collect();
        let (own, others) = tests.split_at(tests.len() / 2);
        let _ = framework.filter(&Part { own, others });
        for test in tests {
            let owners = framework.owners(test);
            assert!(owners.iter().all(|owner| owner.name.len() < test.len()));
        }
    }
}

/// Files divided by lines of `---`, the first of each its path: one half of them is what was, the other
/// what is. Whatever they hold, cargo's packages are in order, the places point at packages, what
/// touches is a changed path, and comparing a side with itself touches nothing.
pub fn cargo_manifests(data: &[u8]) {
    let files: Vec<(&[u8], &[u8])> = data
        .split_str("\n---\n")
        .filter_map(|file| file.split_once_str("\n"))
        .filter(|(path, _)| RepoPath::of_git(path).is_ok())
        .collect();
    let (base, head) = files.split_at(files.len() / 2);
    let (Ok(base), Ok(head)) = (tree(base), tree(head)) else { return };
    check_cargo(&base, &head);
    check_cargo(&head, &base);
    check_cargo(&head, &head);
    let _ = cargo::metadata::read(data, b"/w");
}

fn tree(files: &[(&[u8], &[u8])]) -> Result<MemoryTree, NotARepoPath> {
    MemoryTree::new(files.iter().copied())
}

fn check_cargo(base: &MemoryTree, head: &MemoryTree) {
    let changes = base.changes_to(head);
    let sides = Sides { base: Some(base), head, changes: &changes };
    let options = cargo::Options { scan_includes: true, metadata: None };
    let Ok(reading) = cargo::read(&sides, &options) else { return };
    assert_eq!(cargo::read(&sides, &options).as_ref(), Ok(&reading));
    let key = |package: &Package| (package.name.clone(), package.folder.clone());
    assert!(reading.packages.is_sorted_by_key(key));
    let is_place = |at: usize| at < reading.packages.len();
    assert!(reading.packages.iter().flat_map(|it| &it.needs).all(|need| is_place(need.on)));
    for touch in &reading.touches {
        assert!(is_place(touch.package) && changes.of(touch.path.as_bytes()).is_some());
    }
    assert!(reading.known.iter().all(|path| changes.of(path.as_bytes()).is_some()));
}

/// Filters, and behind a line of `---` changed files, one a line: the same answer twice, places in the
/// text, and `every` never finds what `some` does not.
pub fn filters(data: &[u8]) {
    let (yaml, files) = data.split_once_str("\n---\n").unwrap_or((data, b"a\nb/c.md\nd/e/f"));
    let Ok(yaml) = std::str::from_utf8(yaml) else { return };
    match Filters::read(yaml) {
        Ok(filters) => {
            let statuses = [Statuses::ADDED, Statuses::MODIFIED, Statuses::DELETED];
            let looked: Vec<Looked<'_>> = files
                .lines()
                .zip(statuses.into_iter().cycle())
                .map(|(path, statuses)| Looked { path, statuses })
                .collect();
            let every = filters.found(&looked, Quantifier::Every);
            let some = filters.found(&looked, Quantifier::Some);
            assert_eq!(some, filters.found(&looked, Quantifier::Some));
            for (every, some) in every.iter().zip(&some) {
                assert!(every.files.iter().all(|file| some.files.contains(file)));
            }
            let _ = filters.found(&looked, Quantifier::SomeWithExcludes);
            let _ = filters.oddities(Quantifier::Some, false);
        }
        Err(mistakes) => {
            let lines = u64::try_from(yaml.split('\n').count()).unwrap_or(u64::MAX);
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                assert!((1..=lines + 1).contains(&mistake.at.line), "{mistake:?}");
            }
        }
    }
}

/// A change plan: whatever is accepted leaves out no test that nobody knows.
pub fn change_plan(data: &[u8]) {
    let Ok(changed) = ChangePlan::read(data).map(Changed::from) else { return };
    assert!(changed.wants(Home::Unknown));
    for package in &changed.packages {
        let home = Home::Package { ecosystem: "cargo", name: package.name.as_bytes() };
        let is_wanted = changed.wants(home);
        assert!(is_wanted || (package.ecosystem != "cargo" || !package.is_affected));
    }
}

/// What git prints: sorted and each path once, or refused at a place in the output. What lost its last
/// byte is never read as less.
pub fn git_output(data: &[u8]) {
    let mut refused = Vec::new();
    match git_cli::output::changes(data) {
        Ok(changes) => {
            let paths = || changes.iter().map(|change| &change.path);
            assert!(paths().is_sorted_by(|one, other| one < other));
            let cut = data.split_last().map_or(data, |(_, cut)| cut);
            assert!(data.is_empty() || cut.is_empty() || git_cli::output::changes(cut).is_err());
        }
        Err(malformed) => refused.push(malformed),
    }
    match git_cli::output::tree(data) {
        Ok(entries) => assert!(entries.is_sorted_by(|one, other| one.path < other.path)),
        Err(malformed) => refused.push(malformed),
    }
    refused.extend(git_cli::output::renames(data).err());
    refused.extend(git_cli::output::index(data).err());
    refused.extend(git_cli::output::paths(data).err());
    refused.extend(git_cli::output::references(data).err());
    refused.extend(git_cli::output::settings(data).err());
    refused.extend(git_cli::output::setup(data).err());
    refused.extend(git_cli::output::header(data).err());
    refused.extend(git_cli::output::commit(data).err());
    assert!(refused.iter().all(|malformed| malformed.at <= data.len()));
    let _ = git_cli::RefName::new(data);
}

/// Runs one target on what stands on standard input.
///
/// # Errors
/// When standard input cannot be read.
pub fn on_standard_input(target: fn(&[u8])) -> io::Result<()> {
    let mut data = Vec::new();
    io::stdin().read_to_end(&mut data)?;
    target(&data);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const TARGETS: &[fn(&[u8])] = &[
        cargo_features,
        gpu_config,
        gpu_machine,
        findings,
        reports,
        test_gate,
        measurements,
        messages,
        coverage,
        line_changes,
        item_list,
        material_file,
        plan_file,
        record,
        timings_file,
        matching,
        group_rule,
        event,
        path_pattern,
        glob,
        hash_patterns,
        test_lists,
        cargo_manifests,
        git_output,
        workflow_runs,
        runner_pages,
        pipeline_answers,
        filters,
        change_plan,
        package_manifests,
        cache_files,
        leftovers,
        rules_file,
        repository_files,
        manifests,
        deployed_services,
        prometheus_answers,
        canary_policy,
        canary_documents,
    ];

    fn run_all(data: &[u8]) {
        for target in TARGETS {
            target(data);
        }
    }

    #[test]
    fn every_target_withstands_all_of_testdata() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
        let mut seen = 0;
        for entry in walkdir::WalkDir::new(root) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                #[expect(clippy::disallowed_methods, reason = "fixtures are of a known size")]
                let mut data = fs::read(entry.path()).unwrap();
                for cut in [data.len(), data.len() / 2, data.len() / 3] {
                    data.truncate(cut);
                    run_all(&data);
                }
                seen += 1;
            }
        }
        assert!(seen > 10, "only {seen} files");
    }

    /// Each of these is read, and no word that a format has outgrown.
    #[test]
    fn the_words_of_canaries_are_those_of_their_readers() {
        use gate_check::wire::{CanaryRecordDocument, CanarySamplesDocument, CanaryStateDocument};
        let starting = |words: &str| {
            let found: Vec<&[u8]> =
                WORDS.iter().filter(|it| it.starts_with(words)).map(|it| it.as_bytes()).collect();
            assert!(!found.is_empty(), "{words}");
            found
        };
        for words in starting("{\"signalbox-canary-state") {
            CanaryStateDocument::read(words).unwrap();
        }
        for words in starting("{\"signalbox-canary-samples") {
            CanarySamplesDocument::read(words).unwrap();
        }
        for words in starting("{\"signalbox-canary-record") {
            CanaryRecordDocument::read(words).unwrap();
        }
        for words in starting("2{\"status") {
            prometheus_api::read(&prometheus_api::Raw { status: 200, body: words[1..].to_vec() })
                .unwrap();
        }
        for words in starting("[canary]") {
            assert!(rollout::canary::Policy::read("f", words).unwrap().is_some());
        }
        for words in starting("[[alerts.rule]]") {
            assert!(rollout::alerts::Policy::read("f", words).unwrap().is_some());
        }
    }

    /// Words of all formats, so that made-up bytes get past the first look.
    const WORDS: &[&str] = &[
        "2{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1,\"NaN\"],[2.5,\"1e3\"]]}]}}",
        "2{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"+Inf\"]}}",
        "[canary]\nsteps = [50]\nmax-gap = '1s'\n[[canary.metric]]\nname = 'a'\nquery = 'b'\nmax = 1\n",
        "[[canary.metric]]\nname = 'r'\nquery = 'b'\nbaseline = 'c'\ncompare = 'rank'\ndirection = 'either'\nempty = 'zero'\n",
        "[[alerts.rule]]\nname = 'a'\nquery = 'b'\nwarn = '1%'\ncritical = 2\n",
        "{\"signalbox-canary-state\":1,\"environment\":\"e\",\"release\":\"v\",\"phase\":\"at\",\"weight\":50,\"holds\":1,\"bad-in-a-row\":{\"a\":2}}",
        "{\"signalbox-canary-samples\":1,\"metrics\":{\"a\":{\"canary\":[1,null,\"NaN\"],\"baseline\":[2]}}}",
        "{\"signalbox-canary-record\":1,\"interval\":1,\"moments\":1,\"is-over\":true,\"answers\":[{\"metric\":\"a\",\"side\":\"canary\",\"query\":\"b\",\"moment\":0,\"file\":\"0.json\"}]}",
        "{\"id\":1,\"run_number\":1,\"run_attempt\":2,\"event\":\"push\",\"head_sha\":\"a\",\"conclusion\":null,\"created_at\":\"2026-01-01T00:00:00Z\"}",
        "{\"total_count\":2,\"jobs\":[{\"id\":1,\"run_id\":1,\"run_attempt\":1,\"name\":\"a\",\"status\":\"completed\",\"conclusion\":\"failure\"}]}",
        "{\"id\":1,\"sha\":\"a\",\"environment\":\"production\",\"statuses_url\":\"\",\"created_at\":\"2026-01-01T00:00:00Z\"}",
        "{\"id\":1,\"state\":\"success\",\"created_at\":\"2026-01-01T00:00:00Z\",\"deployment_url\":\"/1\"}",
        "\n{\"signalbox-outcome\":1,\"tool\":\"gate-check\",\"command\":\"run\",\"exit\":1,\"facts\":{\"blocking\":[\"a\"]}}\n",
        "[jobs.a]\nmodel = 't4'\nfallbacks = ['p', { gpus = 2 }]\n",
        "[[profile]]\nname = 'p'\nmin-memory = '16GB'\n",
        "[[runner]]\nlabels = ['t4']\nmodel = 'l4'\n[[runner.gpu]]\nmodel = 'h100'\nmig = ['1g.10gb']\n",
        "[[scale-set]]\nname = 's'\n[[hosted]]\nlabel = 'h'\n[[label]]\nname = 'l40s'\ngpus = 2\n",
        "{\"gpu\": {\"jobs\": {\"a\": {\"gpus\": 2}}}}",
        " t4 gpus-2 vram-48gb driver-550 mig-1g.10gb sm-ge-80 ",
        "cargo test -p a --features b/c\n{\"packages\":[{\"id\":\"a\",\"name\":\"a\",\"manifest_path\":\"/a/Cargo.toml\",\"metadata\":{\"gpu\":{}}}],\"workspace_members\":[\"a\"]}",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, annotations: {gate-check/waive.pdb: 'x, 2027-01-31'}}\nspec: {replicas: 3, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, livenessProbe: {httpGet: {port: 1}}}]}}}\n",
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nspec: {selector: {matchLabels: {a: b}}, minAvailable: 50%}\n",
        "\n+++\n",
        "services:\n  a: {image: b, ports: ['1:2'], profiles: [p]}\n  b: {extends: {service: a, file: '1'}}\n",
        "include: ['0', '1']\n",
        "target/debug/deps/liba-7416d5a85c84d78c.rlib: /h/.cargo/registry/src/i-1/a-1.0.0/src/lib.rs \\ x",
        "{\"rustc\":1,\"features\":\"\",\"deps\":[[2,\"b\",false,3]],\"local\":[]}",
        "\0Cargo.toml\n[package]\nname='a'\n---\nCargo.lock\nversion = 4\n",
        "\n---\nCargo.lock\n",
        "\u{6}Pipfile.lock\n{\"_meta\":{\"sources\":[]},\"default\":{\"a\":{\"version\":\"==1\"}}}",
        "[[package]]\nname='a'\nversion='1.0.0'\nsource='r'\n",
        "\n---\n.cargo/config.toml\n[build]\ninclude='x'\n",
        "\n---\nrust-toolchain\n[toolchain]\n",
        "\n---\npackage.json\n",
        "\n---\nbase:package.json\n",
        "\n---\na/package.json\n",
        "\n---\nbase:a/package.json\n",
        "\n---\npnpm-workspace.yaml\npackages: ['**']\ncatalog: {b: ^1}\n",
        "\n---\nbase:pnpm-workspace.yaml\n",
        "\n---\npackage-lock.json\n",
        "\n---\nbase:package-lock.json\n",
        "\n---\nyarn.lock\n",
        "\n---\nbase:yarn.lock\n",
        "\n---\npnpm-lock.yaml\n",
        "\n---\nbase:pnpm-lock.yaml\n",
        "\n---\nbun.lock\n",
        "\n---\nbase:bun.lock\n",
        "{\"name\":\"a\",\"version\":\"1.0.0\",\"workspaces\":[\"*\"]}",
        "{\"name\":\"b\",\"dependencies\":{\"a\":\"^1\"},\"devDependencies\":{\"c\":\"workspace:*\"}}",
        "{\"lockfileVersion\":3,\"packages\":{\"\":{\"dependencies\":{\"x\":\"1\"}},\"node_modules/x\":{\"version\":\"1\"}}}",
        "{\"lockfileVersion\":1,\"workspaces\":{\"\":{\"dependencies\":{\"x\":\"1\"}}},\"packages\":{\"x\":[\"x@1\",\"\",{},\"s\"]}}",
        "lockfileVersion: '9.0'\nimporters:\n  a:\n    dependencies:\n      x: {specifier: 1, version: 1.0.0}\n",
        "packages:\n  x@1.0.0: {resolution: {integrity: x}}\nsnapshots:\n  x@1.0.0: {}\n",
        "x@1, \"x@2\":\n  version \"1\"\n  dependencies:\n    y \"1\"\n",
        "__metadata:\n  version: 8\n",
        "\"a@workspace:a\":\n  resolution: \"a@workspace:a\"\n  dependencies:\n    x: \"npm:1\"\n",
        "\n---\ngo.mod\n",
        "\n---\nbase:go.mod\n",
        "\n---\na/go.mod\n",
        "\n---\na/b.go\n",
        "\n---\nbase:a/b.go\n",
        "\n---\ngo.work\n",
        "module m/a\n",
        "require (\n\tx.org/x v1.0.0\n\tm/a v1.0.0\n)\n",
        "replace m/a => ../a\n",
        "use (\n./a\n.\n)\n",
        "package a\nimport (\n\"m/a/b\"\n)\n//go:embed x\n",
        "\n---\nfoundry.toml\n",
        "\n---\nbase:foundry.toml\n",
        "\n---\na/hardhat.config.js\n",
        "\n---\na/A.sol\nimport \"../b/B.sol\";",
        "[profile.default]\nlibs = ['../a']\nremappings = ['a/=../a/']\n",
        "[[path-rule]]\nglobs = [\"a/**\"]\nmark-changed = [\"a\"]\n",
        "[[package-rule]]\non-affected = [\"a\"]\nmark-changed = \"all\"\n",
        "post-rule = \"fallthrough\"\n",
        "&a [*a]\n",
        "{\"total_count\":1,\"runners\":[",
        "{\"id\":1,\"name\":\"a\",\"status\":\"online\",\"busy\":false,\"labels\":[{\"name\":\"gpu\"}]}",
        "{\"id\":1,\"name\":\"a\",\"platform\":\"linux-x64\",\"status\":\"Ready\"}",
        "{\"total_count\":1,\"runner_groups\":[",
        "diff --git a/a b/a\n",
        "+++ b/a\n@@ -0,0 +1,2 @@\n+x\n",
        "+x\n",
        "TN:\nSF:a\n",
        "DA:1,1\n",
        "BRDA:1,0,0,-\n",
        "end_of_record\n",
        "mode: set\n",
        "a.go:1.1,3.2 1 1\n",
        "<coverage lines-valid='1' lines-covered='1'>",
        "<class filename='a'>",
        "<line number='1' hits='1'/>",
        "</class></coverage>",
        "<report><package name='p'><sourcefile name='s'><line nr='1' mi='0' ci='1'/>",
        "</sourcefile></package></report>",
        "{\"data\":[{\"files\":[{\"filename\":\"a\",\"segments\":[[1,1,1,true,true]",
        "]}]}]}",
        "{\"a\":{\"statementMap\":{},\"fnMap\":{},\"branchMap\":{},\"s\":{},\"f\":{},\"b\":{}}}",
        "{\"meta\":{},\"files\":{\"a\":{\"executed_lines\":[1],\"missing_lines\":[2]}}}",
        "{\"files\":[{\"path\":[\"a\"],\"traces\":[{\"line\":1,\"stats\":{\"Line\":1}}]}]}",
        "<testsuites>",
        "</testsuites>",
        "<testsuite name='s' file=\"f\">",
        "</testsuite>",
        "<testcase name='a' classname='c' time='1.5'/>",
        "<testcase time='-1'>",
        "</testcase>",
        "<skipped/>",
        "<failure>",
        "</failure>",
        "<rerunFailure time='1,5'/>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]>",
        "&e;",
        "&#0;",
        "<?x?>",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a::b\"",
        "\"a\"",
        "1e3",
        "-0.5",
        "NaN",
        "null",
        "\"\\ud800\"",
        "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"T\"}\n",
        "{\"Action\":\"fail\",\"Package\":\"p\",\"Elapsed\":1}\n",
        "{\"type\":\"test\",\"event\":\"started\",\"name\":\"b$t#2\"}\n",
        "{\"type\":\"test\",\"event\":\"ok\",\"name\":\"b$t#2\"}\n",
        "{\"reason\":\"compiler-artifact\",\"package_id\":\"a 1\",\"target\":{\"name\":\"a\",\"kind\":[]},\"filenames\":[],\"fresh\":true}\n",
        "{\"reason\":\"build-finished\",\"success\":true}\n",
        "{\"level\":\"warning\",\"code\":null,\"message\":\"1 warning emitted\"}\n",
        "{\"testResults\":[",
        "{\"fullName\":\"a\",\"status\":\"passed\",\"duration\":1.5}",
        "{\"name\":\"a\",\"status\":\"failed\",\"assertionResults\":[",
        "{\"suites\":[",
        "{\"title\":\"a\",",
        "\"suites\":[",
        "\"specs\":[",
        "\"tests\":[{\"status\":\"flaky\",\"results\":[{\"duration\":1}]}]}",
        "{\"stats\":{},",
        "\"passes\":[",
        "{\"title\":\"a\",\"fullTitle\":\"a\",\"duration\":1}",
        "{\"durations\":[",
        "{\"spec\":\"a\",\"duration\":1}",
        "\n",
        "\0",
        "\u{feff}",
        "\n---\n",
        "{\"rust-suites\":{\"a\":{\"testcases\":{\"t\":{\"filter-match\":{\"status\":\"matches\"}}}}}}",
        "{\"Action\":\"output\",\"Package\":\"m\",\"Output\":\"TestA\\n\"}\n",
        "{\"Action\":\"pass\",\"Package\":\"m\"}\n",
        "a.py::t[x]\n",
        "\n1 test collected\n",
        "{\"packages\":[]}",
        "\0/w/a\0",
        "\0ignored\0",
        "t: test\n",
        "\n1 test, 0 benchmarks\n",
        "[\"/w/a.js\"]",
        "[{\"file\":\"/w/a.js\"}]",
        "{\n  \"tests\":[{\"file\":\"/w/a.js\"}]}",
        "{\"errors\":[],\"suites\":[{\"title\":\"a\",\"specs\":[{\"title\":\"t\",\"tests\":[{\"projectName\":\"p\"}]}]}]}",
        "{\"a.sol\":{\"C\":[\"t\"]}}",
        "{\"signalbox-record\":1,\"attempt\":1,\"plan_sha256\":\"p\",\"run\":1,\"shard\":0,\"tests\":[",
        "{\"signalbox-timings\":1,\"last_run\":1,\"runs\":1,\"tests\":[",
        "{\"micros\":[[1,5]],\"seen\":1,\"key\":\"a\"}",
        "{\"outcome\":\"passed\",\"key\":\"a\"}",
        "]}",
        ":100644 100755 1111111111111111111111111111111111111111 2222222222222222222222222222222222222222 M\0a\0",
        ":000000 120000 0000000000000000000000000000000000000000 2222222222222222222222222222222222222222 A\0b/c\0",
        ":100644 100644 1111111111111111111111111111111111111111 2222222222222222222222222222222222222222 R086\0",
        "100644 blob 1111111111111111111111111111111111111111\ta\0",
        "H 100644 1111111111111111111111111111111111111111 0\ta\0",
        "1111111111111111111111111111111111111111 commit refs/heads/a\n",
        "tree 1111111111111111111111111111111111111111\n",
        "parent 1111111111111111111111111111111111111111\n",
        "remote.a.url\nb\0",
        "false\ntrue\nfalse\nsha1\n\n\n",
        "^(a|b)*$ -> $1\n",
        "(?i)x{2,3}?",
        "**",
        "{a,",
        "!(a|",
        "+(*(",
        "[[:alpha:]",
        "{1..3}",
        "\\1",
        "\n\n",
        "Cargo.toml\n[workspace]\nmembers = ['*', 'a/**']\nexclude = ['b']\n",
        "a/Cargo.toml\n[package]\nname = 'a'\n[dependencies]\nb.path = '../b'\n",
        "b/Cargo.toml\npackage.name = 'b'\nlints.workspace = true\nversion.workspace = true\n",
        "[workspace.dependencies]\nb = { path = 'b', package = 'c' }\n[patch.x]\nb.path = 'b'\n",
        "Cargo.lock\n[[package]]\nname = 'a'\nversion = '1'\ndependencies = ['x 1']\n",
        "[[package]]\nname = 'x'\nversion = '1'\nsource = 'r'\ndependencies = ['b', 'x']\n",
        "a/src/lib.rs\ninclude_str!(\"../../b/Cargo.toml\") #[path = \"x.rs\"]",
        "\n---\n.github/workflows/a.yml\non: pull_request_target\njobs:\n  a:\n    steps:\n",
        "      - uses: actions/checkout@v3\n",
        "      - run: echo ${{ github.event.issue.title }}\n",
        "\n---\nmigrations/1_a.up.sql\n",
        "\n---\nmigrations/1_a.down.sql\n",
        "\n---\nmigrations/2-b.js\nexports.up = () => { a.dropTable('b'); };\n",
        "exports.down = () => ",
        "DROP TABLE a;\n",
        "ALTER TABLE a ADD b int NOT NULL",
        "DO $$ BEGIN",
        "$$",
        "-- +goose Down\n",
        "\n---\ndeny.toml\n[advisories]\nignore = ['a']\n",
        "\n---\n.snyk\nignore: {A: [{'*': {reason: r}}]}\n",
        "[{\"RuleID\":\"a\",\"Secret\":\"b\"}]",
        "{\"results\":[",
        "\"errors\":[]",
        "{\"issues\":[],\"errors\":[{}]}",
        "{\"check_id\":\"a\",\"extra\":{}}",
        "{\"DetectorName\":\"a\",\"Raw\":\"b\"}\n",
        "{\"format_version\":\"1.0\",\"valid\":false,\"diagnostics\":[]}",
        "[!",
        "/",
        "..",
        "\\",
    ];

    fn soup() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            4 => proptest::sample::select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
            1 => vec(any::<u8>(), 0..4),
        ];
        vec(word, 0..40).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn every_target_withstands_any_bytes(data in vec(any::<u8>(), 0..300)) {
            run_all(&data);
        }

        #[test]
        fn every_target_withstands_soup(data in soup()) {
            run_all(&data);
        }
    }
}
