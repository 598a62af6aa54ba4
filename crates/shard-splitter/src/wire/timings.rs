//! The timings of many runs, version 1: what `merge` keeps and the next `plan` reads.
//!
//! Each test has its times of the last runs, so that one odd run does not decide, and the run that
//! named it last, so that tests that are gone are forgotten.

use std::collections::{BTreeMap, BTreeSet};

use reports::{Identity, Micros, Outcome, Sample, Time};
use serde::{Deserialize, Serialize};
use sharding::{Estimate, TestId};

use super::name::TestName;
use super::{Shape, bytes_of};

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// The key that tells the document from reports, and how far from its beginning it stands: where the
/// file is kept in a repository, somebody's formatter lays it out anew, or sorts its keys.
const MARK: (&[u8], usize) = (b"\"signalbox-timings\"", 256);

/// How many times of a test are kept.
const KEPT: usize = 10;

/// How many runs are known by their ids: the newest, and those that may be merged once more.
const RECENT: usize = 30;

/// How many runs that ran or skipped a test are kept of each.
const KEPT_RUNS: usize = 2;

/// More runs than anybody merges: one a second for thirty million years.
const MOST_RUNS: u64 = 1_000_000_000_000_000;

/// Longer than any test takes, in microseconds: about 31 years.
const LONGEST: u64 = 1_000_000_000_000_000;

/// After how many runs that do not name a test it is forgotten.
const FORGOTTEN_AFTER: u64 = 30;

/// The document, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimingsFile {
    #[serde(rename = "signalbox-timings")]
    version: u32,
    /// The last runs that were merged: their ids and their numbers.
    recent: Vec<(u64, u64)>,
    /// How many runs were merged, and so the number of the newest.
    runs: u64,
    tests: Vec<TestEntry>,
}

/// The times of one test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TestEntry {
    /// The times, the oldest first: the number of the run, from 1, and microseconds.
    micros: Vec<(u64, u64)>,
    /// The numbers of the last runs that ran it.
    ran: Vec<u64>,
    /// The numbers of the last runs that skipped it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<u64>,
    #[serde(flatten)]
    name: TestName,
}

/// Why the file cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTimings {
    /// It is not JSON of this shape.
    #[error("not a file of timings: another shape, or cut off")]
    Shape(Shape),
    /// A later version of signalbox wrote it.
    #[error("a file of timings of version {0}")]
    Version(u32),
    /// It says what cannot be: runs that were never merged, times of centuries.
    #[error("a file of timings that contradicts itself")]
    Contradiction,
}

/// What one run says: its samples, of all shards together.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The run's id; 0 outside of a run.
    pub id: u64,
    /// What its shards reported.
    pub samples: &'a [&'a Sample],
}

/// What a merge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// How many tests have a time now.
    pub timed: usize,
    /// How many of them had none before.
    pub new: usize,
    /// How many were forgotten.
    pub forgotten: usize,
}

impl TimingsFile {
    /// Whether a file that begins like this is one.
    pub fn is_one(head: &[u8]) -> bool {
        let (mark, within) = MARK;
        let head = head.get(..within).unwrap_or(head);
        head.trim_ascii_start().starts_with(b"{")
            && head.windows(mark.len()).any(|part| part == mark)
    }

    /// The document's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        bytes_of(&Self { version: VERSION, ..self.clone() })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When it is no file of timings of this version.
    pub fn read(bytes: &[u8]) -> Result<Self, NotTimings> {
        #[derive(Deserialize)]
        struct Versioned {
            #[serde(rename = "signalbox-timings")]
            version: u32,
        }
        let shape = |error: serde_json::Error| NotTimings::Shape(Shape::of(&error));
        let Versioned { version } = serde_json::from_slice(bytes).map_err(shape)?;
        if version != VERSION {
            return Err(NotTimings::Version(version));
        }
        let file: Self = serde_json::from_slice(bytes).map_err(shape)?;
        if file.is_consistent() { Ok(file) } else { Err(NotTimings::Contradiction) }
    }

    fn is_consistent(&self) -> bool {
        let is_run = |number: &u64| (1..=self.runs).contains(number);
        let is_sound = |test: &TestEntry| {
            let numbers = test.micros.iter().map(|(run, _)| run).chain(&test.ran);
            numbers.chain(&test.skipped).all(is_run)
                && test.micros.iter().all(|(_, micros)| *micros <= LONGEST)
        };
        self.runs <= MOST_RUNS
            && self.recent.iter().all(|(_, number)| is_run(number))
            && self.tests.iter().all(is_sound)
    }

    /// What each test is expected to take.
    pub fn samples(&self, estimate: Estimate) -> impl Iterator<Item = Sample> {
        self.tests.iter().filter_map(move |test| {
            let times: Vec<u64> = test.micros.iter().map(|(_, micros)| *micros).collect();
            Some(Sample {
                identity: test.name.clone().identity(),
                outcome: Outcome::Passed,
                time: Time::Known(Micros(estimate.of(&times)?)),
            })
        })
    }

    /// The tests that ran when they were last named before the run with this id, and were not skipped
    /// there. An earlier attempt of the same run counts where it ran a test, not where it skipped one.
    pub fn ran_before(&self, run: u64) -> BTreeSet<TestId> {
        let number = self.number_of(run).unwrap_or(self.runs.saturating_add(1));
        let ran = self.tests.iter().filter(|test| {
            let ran = test.ran.iter().filter(|ran| **ran <= number).max();
            let skipped = test.skipped.iter().filter(|skipped| **skipped < number).max();
            ran.is_some() && ran >= skipped
        });
        ran.map(|test| TestId::of(&test.name.clone().identity())).collect()
    }

    /// The number of the run with this id, if it was merged lately; a run outside of GitHub has none.
    fn number_of(&self, run: u64) -> Option<u64> {
        let found = self.recent.iter().find(|(id, _)| *id == run && run != 0);
        found.map(|(_, number)| *number)
    }

    /// Whether at least 20 tests have a time and all have the same: then they are no measurement.
    pub fn is_uniform(&self) -> bool {
        const ENOUGH: usize = 20;
        let mut times = self.samples(Estimate::Last).map(|sample| sample.time);
        let Some(first) = times.next() else { return false };
        let mut count = 1;
        let all_same = times.all(|time| {
            count += 1;
            time == first
        });
        all_same && count >= ENOUGH
    }

    /// Takes what a run says. What the same run said before, in an earlier attempt, is replaced.
    pub fn merge(&mut self, run: Run<'_>) -> Merged {
        let number = self.number_of(run.id).unwrap_or_else(|| {
            self.runs = self.runs.saturating_add(1);
            self.recent.push((run.id, self.runs));
            let old = self.recent.len().saturating_sub(RECENT);
            self.recent.drain(..old);
            self.runs
        });
        let mut tests: BTreeMap<TestId, TestEntry> = BTreeMap::new();
        for test in std::mem::take(&mut self.tests) {
            tests.entry(TestId::of(&test.name.clone().identity())).or_insert(test);
        }
        let mut merged = Merged::default();
        for (id, said) in said(run.samples) {
            let entry = tests.entry(id).or_insert_with(|| TestEntry {
                micros: Vec::new(),
                ran: Vec::new(),
                skipped: Vec::new(),
                name: TestName::of(said.identity),
            });
            for runs in [&mut entry.ran, &mut entry.skipped] {
                runs.retain(|run| *run != number);
            }
            let runs = if said.ran { &mut entry.ran } else { &mut entry.skipped };
            runs.push(number);
            runs.sort_unstable();
            let old = runs.len().saturating_sub(KEPT_RUNS);
            runs.drain(..old);
            let had_time = !entry.micros.is_empty();
            entry.micros.retain(|(run, _)| *run != number);
            // A failed run often stops early: it counts only where there is nothing better.
            let time = said.passed.or(said.failed.filter(|_| entry.micros.is_empty()));
            if let Some(micros) = time {
                entry.micros.push((number, micros));
                entry.micros.sort_unstable();
                let old = entry.micros.len().saturating_sub(KEPT);
                entry.micros.drain(..old);
                merged.new += usize::from(!had_time);
            }
        }
        let all = tests.len();
        let newest = self.runs;
        tests.retain(|_, test| {
            let seen = test.ran.iter().chain(&test.skipped).copied().max().unwrap_or(0);
            newest.saturating_sub(seen) < FORGOTTEN_AFTER
        });
        merged.forgotten = all - tests.len();
        self.tests = tests.into_values().collect();
        self.tests.sort_by(|a, b| TestName::order(&a.name).cmp(&TestName::order(&b.name)));
        merged.timed = self.tests.iter().filter(|test| !test.micros.is_empty()).count();
        merged
    }
}

/// What all shards of a run say of one test.
struct Said<'a> {
    identity: &'a Identity,
    passed: Option<u64>,
    failed: Option<u64>,
    ran: bool,
}

/// What a run says, test by test: what was spent on it on all shards.
fn said<'a>(samples: &[&'a Sample]) -> BTreeMap<TestId, Said<'a>> {
    let mut tests: BTreeMap<TestId, Said<'a>> = BTreeMap::new();
    for sample in samples {
        let said = tests.entry(TestId::of(&sample.identity)).or_insert(Said {
            identity: &sample.identity,
            passed: None,
            failed: None,
            ran: false,
        });
        said.ran |= sample.outcome != Outcome::Skipped;
        let Time::Known(Micros(micros)) = sample.time else { continue };
        let slot = match sample.outcome {
            Outcome::Passed => &mut said.passed,
            Outcome::Failed => &mut said.failed,
            Outcome::Skipped => continue,
        };
        *slot = Some(slot.unwrap_or(0).saturating_add(micros));
    }
    // It passed in the end, and all of its tries took their time.
    for said in tests.values_mut() {
        said.passed = said.passed.map(|micros| micros.saturating_add(said.failed.unwrap_or(0)));
    }
    tests
}

#[cfg(test)]
mod tests {
    use reports::WhyNoTime;

    use super::Outcome::{Failed, Passed, Skipped};
    use super::*;

    fn sample(name: &str, outcome: Outcome, micros: u64) -> Sample {
        let time = match outcome {
            Passed | Failed => Time::Known(Micros(micros)),
            Skipped => Time::Unknown(WhyNoTime::Skipped),
        };
        Sample { identity: Identity::Key(name.into()), outcome, time }
    }

    fn merge(file: &mut TimingsFile, id: u64, samples: &[Sample]) -> Merged {
        let samples: Vec<&Sample> = samples.iter().collect();
        file.merge(Run { id, samples: &samples })
    }

    #[track_caller]
    fn check(runs: &[(u64, &[Sample])], estimate: Estimate, wanted: &[(&str, u64)]) {
        let mut file = TimingsFile::default();
        for (id, samples) in runs {
            merge(&mut file, *id, samples);
        }
        let read = TimingsFile::read(&file.bytes()).unwrap();
        let wanted: Vec<Sample> =
            wanted.iter().map(|(name, micros)| sample(name, Passed, *micros)).collect();
        assert_eq!(read.samples(estimate).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn the_times_of_runs_are_kept_and_become_one() {
        let first = [sample("a", Passed, 100), sample("b", Passed, 10)];
        let second = [sample("a", Passed, 200)];
        check(&[(1, &first), (2, &second)], Estimate::Last, &[("a", 200), ("b", 10)]);
        check(&[(1, &first), (2, &second)], Estimate::Ewma, &[("a", 130), ("b", 10)]);
        // Shards and tries of one run add up.
        let tries = [sample("a", Failed, 5), sample("a", Passed, 7), sample("a", Passed, 1)];
        check(&[(1, &tries)], Estimate::Last, &[("a", 13)]);
    }

    #[test]
    fn a_newer_attempt_of_a_run_replaces_the_older() {
        let runs: [(u64, &[Sample]); 3] = [
            (1, &[sample("a", Passed, 100)]),
            (2, &[sample("a", Passed, 900)]),
            (2, &[sample("a", Passed, 200)]),
        ];
        check(&runs, Estimate::Ewma, &[("a", 130)]);
        // Outside of a run there is no id to tell two apart by.
        let local: [(u64, &[Sample]); 2] =
            [(0, &[sample("a", Passed, 100)]), (0, &[sample("a", Passed, 200)])];
        check(&local, Estimate::Ewma, &[("a", 130)]);
    }

    #[test]
    fn a_failed_run_counts_only_where_there_is_nothing_better() {
        check(&[(1, &[sample("a", Failed, 5)])], Estimate::Last, &[("a", 5)]);
        let runs: [(u64, &[Sample]); 2] =
            [(1, &[sample("a", Passed, 100)]), (2, &[sample("a", Failed, 5)])];
        check(&runs, Estimate::Last, &[("a", 100)]);
    }

    #[test]
    fn what_no_run_names_any_more_is_forgotten() {
        let mut file = TimingsFile::default();
        merge(&mut file, 1, &[sample("old", Passed, 1)]);
        let forgotten: Vec<usize> = (2..=31)
            .map(|id| merge(&mut file, id, &[sample("new", Passed, 1)]).forgotten)
            .collect();
        assert_eq!(forgotten.iter().sum::<usize>(), 1);
        assert_eq!(forgotten.last(), Some(&1));
        assert_eq!(file.tests.len(), 1);
        assert_eq!(file.tests[0].micros.len(), KEPT);
    }

    #[track_caller]
    fn check_ran_before(file: &TimingsFile, run: u64, wanted: &[&str]) {
        let ids = wanted.iter().map(|name| TestId::of(&Identity::Key((*name).into()))).collect();
        assert_eq!(file.ran_before(run), ids);
    }

    #[test]
    fn what_ran_before_a_run_is_known() {
        let mut file = TimingsFile::default();
        merge(
            &mut file,
            1,
            &[sample("a", Passed, 1), sample("b", Skipped, 0), sample("c", Failed, 1)],
        );
        check_ran_before(&file, 2, &["a", "c"]);
        // A shard that left no record takes nothing out.
        merge(&mut file, 2, &[sample("c", Passed, 1)]);
        check_ran_before(&file, 3, &["a", "c"]);
        // Skipped in a run that was merged: the next one may skip it too, that one's re-run may not.
        merge(&mut file, 3, &[sample("a", Skipped, 0), sample("c", Passed, 1)]);
        check_ran_before(&file, 3, &["a", "c"]);
        check_ran_before(&file, 4, &["c"]);
    }

    #[test]
    fn a_run_may_be_merged_once_more_after_another() {
        let mut file = TimingsFile::default();
        for id in [10, 11, 10, 11] {
            merge(&mut file, id, &[sample("a", Passed, id)]);
        }
        assert_eq!((file.runs, file.tests[0].micros.as_slice()), (2, &[(1, 10), (2, 11)][..]));
    }

    #[test]
    fn a_file_that_says_what_cannot_be_is_refused() {
        let mut file = TimingsFile::default();
        merge(&mut file, 1, &[sample("a", Passed, 1)]);
        let text = String::from_utf8(file.bytes()).unwrap();
        for (from, to) in [
            ("\"runs\":1", "\"runs\":18446744073709551615"),
            ("\"runs\":1", "\"runs\":0"),
            ("[[1,1]],\"ran\":[1]", "[[1,1]],\"ran\":[2]"),
            ("\"micros\":[[1,1]]", "\"micros\":[[1,18446744073709551615]]"),
        ] {
            assert!(text.contains(from), "{text}");
            let edited = text.replacen(from, to, 1);
            assert_eq!(
                TimingsFile::read(edited.as_bytes()),
                Err(NotTimings::Contradiction),
                "{to}"
            );
        }
    }

    #[test]
    fn times_that_are_all_the_same_are_no_measurement() {
        let mut file = TimingsFile::default();
        let even: Vec<Sample> = (0..20).map(|n| sample(&format!("t{n}"), Passed, 7)).collect();
        merge(&mut file, 1, &even[1..]);
        assert!(!file.is_uniform());
        merge(&mut file, 2, &even);
        assert!(file.is_uniform());
        merge(&mut file, 3, &[sample("t0", Passed, 8)]);
        assert!(!file.is_uniform());
    }

    #[test]
    fn a_file_is_known_by_its_beginning() {
        let bytes = TimingsFile::default().bytes();
        assert!(TimingsFile::is_one(&bytes));
        // As `prettier` lays it out, and as `jq -S` does.
        assert!(TimingsFile::is_one(b"{\n  \"signalbox-timings\": 1,\n  \"last_run\": 1"));
        assert!(TimingsFile::is_one(b"{\"last_run\":1,\"runs\":1,\"signalbox-timings\":1"));
        assert!(!TimingsFile::is_one(b"{}"));
        assert!(!TimingsFile::is_one(b"<a b='\"signalbox-timings\"'/>"));
        assert_eq!(TimingsFile::read(br#"{"signalbox-timings":2}"#), Err(NotTimings::Version(2)));
        assert!(TimingsFile::read(b"{\"signalbox-timings\":1}").is_err());
    }
}
