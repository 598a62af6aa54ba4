//! From the samples of reports to a time for each item.
//!
//! A sample is offered under each name that its report allows (see `names`); the first that is an
//! item takes it. Within one report, samples of the same test add up: that is what retries cost.
//! Over several reports, a test counts with its mean: they are runs, or the shards of one. An item's
//! time is what reports say of it as a whole, else the sum of its tests; a test that only old reports
//! name still counts for its file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use repo_model::{RepoPath, hexadecimal};
use reports::{Identity, Micros, Outcome, Sample, Time};
use sha2::{Digest as _, Sha256};

use crate::Items;
use crate::item::length;
use crate::names::{Kind, Name, Names, Precision, TestId, dotted, parts, path_of, reported};

/// How many unmatched names are kept to be shown.
const SHOWN: usize = 5;

/// How much longer than twice an item's name a report may write it: the absolute path of the folder
/// that it is in.
const MORE_PATH: usize = 4096;

/// The most items with the same last component among which a shorter path is looked for.
const MOST_NAMESAKES: usize = 32;

/// What reports say about items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    micros: Vec<Option<u64>>,
    /// Which of them are what a report says of the item itself, not the sum of what it holds.
    whole: Vec<bool>,
    by_end: u64,
    prefix: Option<Prefix>,
    unmatched: u64,
    first_unmatched: Vec<BString>,
}

impl Timings {
    /// Times for items, in the items' order.
    pub fn from_micros(micros: Vec<Option<u64>>) -> Self {
        let whole = vec![true; micros.len()];
        Self { micros, whole, ..Self::default() }
    }

    /// Whether the time of the item at this place is what a report says of the item itself.
    pub(crate) fn is_whole(&self, place: usize) -> bool {
        self.whole.get(place).copied().unwrap_or(false)
    }

    /// The SHA-256 of all that is known about `items`, for which these times were made, in
    /// hexadecimal: for each item with a time, in their order, its name's length and its time as
    /// eight bytes each, most significant first, and its name.
    pub fn digest(&self, items: &Items) -> String {
        let mut hash = Sha256::new();
        for (item, micros) in items.ids().iter().zip(&self.micros) {
            if let Some(micros) = micros {
                hash.update(length(item.as_bytes()));
                hash.update(micros.to_be_bytes());
                hash.update(item.as_bytes());
            }
        }
        hexadecimal(&hash.finalize())
    }

    /// The time of each item in microseconds, in the items' order.
    pub fn micros(&self) -> &[Option<u64>] {
        &self.micros
    }

    /// How many timed samples were found by the end of their path only: their reports write another
    /// beginning of it.
    pub fn by_end(&self) -> u64 {
        self.by_end
    }

    /// The beginning that most of them differ by.
    pub fn prefix(&self) -> Option<&Prefix> {
        self.prefix.as_ref()
    }

    /// How many timed samples belong to no item.
    pub fn unmatched(&self) -> u64 {
        self.unmatched
    }

    /// The first names, in the order of their bytes, that belong to no item.
    pub fn first_unmatched(&self) -> &[BString] {
        &self.first_unmatched
    }
}

/// A beginning of paths that only one side has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prefix {
    /// The reports write it, the list does not.
    InReports(BString),
    /// The list has it, the reports do not.
    InList(BString),
}

/// Collects samples, report by report, for a fixed list of items.
#[derive(Debug)]
pub struct Matcher<'a> {
    items: &'a Items,
    /// Whether normalising changes no item's name: then each is found by its own.
    all_are_normal: bool,
    /// Otherwise, items by their name with the path part normalised; nothing where two share one.
    normalized: BTreeMap<Vec<u8>, Option<usize>>,
    /// Python's tests, classes and files, as pytest's report names them; nothing where two share one.
    dotted: BTreeMap<Vec<u8>, Option<usize>>,
    /// Items by the last component of their path, for reports that leave the beginning of it out.
    by_last: BTreeMap<Vec<u8>, Vec<usize>>,
    /// No name that is longer belongs to an item, however its path is spelled.
    longest: usize,
    tests: BTreeMap<TestKey, Runs>,
    by_end: ByEnd,
    unmatched: Unmatched,
}

/// The samples of one report, to be kept with [`Matcher::keep`] once all of it could be read.
#[derive(Debug)]
pub struct OneReport<'a> {
    matcher: &'a Matcher<'a>,
    names: Names,
    tests: BTreeMap<TestKey, OneRun>,
    /// What was found by the end of its path only, by the beginning that differs.
    ends: BTreeMap<(Prefix, TestKey), OneRun>,
    matched: u64,
    by_end: ByEnd,
    unmatched: Unmatched,
}

/// What was read of one report, apart from the matcher that it goes to.
#[derive(Debug)]
pub struct Collected {
    tests: BTreeMap<TestKey, OneRun>,
    matched: u64,
    by_end: ByEnd,
    unmatched: Unmatched,
}

impl Collected {
    /// How many timed samples belong to an item.
    pub fn matched(&self) -> u64 {
        self.matched
    }

    /// How many timed samples belong to none.
    pub fn unmatched(&self) -> u64 {
        self.unmatched.count
    }
}

/// A test: the place of its item, and which test of the item; nothing where the item is the test.
type TestKey = (usize, Option<TestId>);

/// What one report says about one test: the sum of its tries, by how they ended.
#[derive(Clone, Copy, Debug, Default)]
struct OneRun {
    passed: Option<u64>,
    failed: Option<u64>,
}

/// What all reports say about one test.
#[derive(Clone, Copy, Debug, Default)]
struct Runs {
    passed: Mean,
    failed: Mean,
}

/// What a test or an item takes.
#[derive(Clone, Copy, Debug, Default)]
struct Estimate {
    micros: u64,
    /// Whether it comes from a run that passed: a failed one often stops early, and counts only
    /// where there is nothing better.
    has_passed: bool,
}

impl Runs {
    fn estimate(self) -> Option<Estimate> {
        let passed = self.passed.get().map(|micros| Estimate { micros, has_passed: true });
        passed.or_else(|| Some(Estimate { micros: self.failed.get()?, has_passed: false }))
    }
}

/// A mean in the making.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: u64,
    count: u64,
}

/// What was found by the end of its path.
#[derive(Clone, Debug, Default)]
struct ByEnd {
    count: u64,
    prefixes: BTreeMap<Prefix, u64>,
}

/// How many different beginnings are counted.
const MOST_PREFIXES: usize = 64;

impl ByEnd {
    fn add(&mut self, prefix: Prefix, count: u64) {
        self.count = self.count.saturating_add(count);
        if self.prefixes.len() < MOST_PREFIXES || self.prefixes.contains_key(&prefix) {
            let sum = self.prefixes.entry(prefix).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    fn merge(&mut self, other: Self) {
        let told: u64 = other.prefixes.values().sum();
        for (prefix, count) in other.prefixes {
            self.add(prefix, count);
        }
        self.count = self.count.saturating_add(other.count.saturating_sub(told));
    }
}

/// What belongs to no item.
#[derive(Clone, Debug, Default)]
struct Unmatched {
    count: u64,
    first: Vec<BString>,
}

impl Mean {
    fn add(&mut self, value: u64) {
        self.sum = self.sum.saturating_add(value);
        self.count += 1;
    }

    /// The mean, rounded half up; nothing of nothing.
    fn get(self) -> Option<u64> {
        self.sum.saturating_add(self.count / 2).checked_div(self.count)
    }
}

impl Unmatched {
    fn show(&mut self, name: BString) {
        if let Err(place) = self.first.binary_search(&name)
            && place < SHOWN
        {
            self.first.insert(place, name);
            self.first.truncate(SHOWN);
        }
    }

    fn merge(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.first.extend(other.first);
        self.first.sort();
        self.first.dedup();
        self.first.truncate(SHOWN);
    }
}

impl<'a> Matcher<'a> {
    /// Collects for these items.
    pub fn new(items: &'a Items) -> Self {
        let mut indexes = [BTreeMap::new(), BTreeMap::new()];
        let [normalized, of_python] = &mut indexes;
        let all_are_normal =
            items.ids().iter().all(|item| RepoPath::is_normal(path_of(item.as_bytes())));
        let odd = if all_are_normal { &[] } else { items.ids() };
        for (place, item) in odd.iter().enumerate() {
            if let Some(name) = with_normal_path(item.as_bytes()) {
                index(normalized, name, place);
            }
        }
        for (place, item) in items.ids().iter().enumerate() {
            if path_of(item.as_bytes()).ends_with(b".py") {
                index(of_python, dotted(item.as_bytes()), place);
            }
        }
        let tests = BTreeMap::new();
        let (by_end, unmatched) = (ByEnd::default(), Unmatched::default());
        let [normalized, dotted] = indexes;
        let mut by_last: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        for (place, item) in items.ids().iter().enumerate() {
            let last = last_component(path_of(item.as_bytes()));
            by_last.entry(last.to_vec()).or_default().push(place);
        }
        let longest = items.ids().iter().map(|item| item.as_bytes().len()).max().unwrap_or(0);
        let longest = longest.saturating_mul(2).saturating_add(MORE_PATH);
        Self {
            items,
            all_are_normal,
            normalized,
            dotted,
            by_last,
            longest,
            tests,
            by_end,
            unmatched,
        }
    }

    /// Begins a report. Nothing of it counts until it is kept.
    pub fn report(&self) -> OneReport<'_> {
        OneReport {
            matcher: self,
            names: Names::default(),
            tests: BTreeMap::new(),
            ends: BTreeMap::new(),
            matched: 0,
            by_end: ByEnd::default(),
            unmatched: Unmatched::default(),
        }
    }

    /// Counts a report that was read to its end.
    pub fn keep(&mut self, report: Collected) {
        for (test, run) in report.tests {
            let runs = self.tests.entry(test).or_default();
            match (run.passed, run.failed) {
                // It passed in the end, and all of its tries took their time.
                (Some(passed), failed) => {
                    runs.passed.add(passed.saturating_add(failed.unwrap_or(0)));
                }
                (None, Some(failed)) => runs.failed.add(failed),
                (None, None) => {}
            }
        }
        self.by_end.merge(report.by_end);
        self.unmatched.merge(report.unmatched);
    }

    /// The times of all items.
    pub fn finish(self) -> Timings {
        let mut wholes: Vec<Option<Estimate>> = vec![None; self.items.len()];
        let mut parts = wholes.clone();
        for ((item, test), runs) in self.tests {
            let times = if test.is_none() { &mut wholes } else { &mut parts };
            if let (Some(run), Some(slot)) = (runs.estimate(), times.get_mut(item)) {
                let sum = slot.unwrap_or_default();
                let micros = sum.micros.saturating_add(run.micros);
                *slot = Some(Estimate { micros, has_passed: sum.has_passed || run.has_passed });
            }
        }
        // What is said of the item itself says more than its tests, unless it failed and they did not.
        let both = |pair: (Option<Estimate>, Option<Estimate>)| match pair {
            (Some(whole), Some(parts)) if !whole.has_passed && parts.has_passed => {
                (Some(parts.micros), false)
            }
            (Some(whole), _) => (Some(whole.micros), true),
            (None, parts) => (parts.map(|estimate| estimate.micros), false),
        };
        let (micros, whole) = wholes.into_iter().zip(parts).map(both).unzip();
        let ByEnd { count: by_end, prefixes } = self.by_end;
        let prefix =
            prefixes.into_iter().max_by_key(|(prefix, count)| (*count, Reverse(prefix.clone())));
        let prefix = prefix.map(|(prefix, _)| prefix);
        let Unmatched { count: unmatched, first: first_unmatched } = self.unmatched;
        Timings { micros, whole, by_end, prefix, unmatched, first_unmatched }
    }

    /// The place of the item that a sample belongs to, if there is one, and whether the sample is all
    /// of it or a part.
    pub(crate) fn find(
        &self,
        names: &mut Names,
        identity: &Identity,
        paths: Paths,
    ) -> Option<Found> {
        let mut found = None;
        let mut exact = |name: Name<'_>| {
            let hit = self.item(name);
            if let Hit::Item(item) = hit {
                found = Some(Found { item, precision: name.precision, prefix: None });
            }
            hit != Hit::Nothing
        };
        if names.offer_all(identity, &mut exact) || !self.may_end_alike(identity) {
            return found;
        }
        names.offer_all(identity, &mut |name| {
            let by_end = self.by_end(name, paths);
            found = by_end.map(|(item, prefix)| {
                let precision = name.precision;
                Found { item, precision, prefix: Some(prefix) }
            });
            found.is_some()
        });
        found
    }

    fn item(&self, Name { bytes, kind, .. }: Name<'_>) -> Hit {
        if bytes.len() > self.longest {
            return Hit::Nothing;
        }
        if kind == Kind::Dotted {
            return Hit::indexed(self.dotted.get(bytes));
        }
        let exact = self.items.position(bytes);
        let is_as_written = self.all_are_normal && RepoPath::is_normal(path_of(bytes));
        if exact.is_some() || kind == Kind::Words || is_as_written {
            return Hit::found(exact);
        }
        match with_normal_path(bytes) {
            Some(name) => self.normal(&name),
            None => Hit::Nothing,
        }
    }

    /// The item with this name, whose path is normalised.
    fn normal(&self, name: &[u8]) -> Hit {
        if self.all_are_normal {
            Hit::found(self.items.position(name))
        } else {
            Hit::indexed(self.normalized.get(name))
        }
    }

    /// Whether some item's path has the last component of one that a report writes: most have none,
    /// and looking closer takes time.
    fn may_end_alike(&self, identity: &Identity) -> bool {
        let is_known = |path: &[u8]| self.by_last.contains_key(last_component(path_of(path)));
        match identity {
            Identity::Key(key) => is_known(key),
            Identity::Case(case) => {
                let [file, suite, class, _] = parts(case);
                [file, class, suite].into_iter().any(|path| !path.is_empty() && is_known(path))
            }
        }
    }

    /// The item whose path ends as that of `name` does.
    fn by_end(&self, name: Name<'_>, paths: Paths) -> Option<(usize, Prefix)> {
        let last = last_component(path_of(name.bytes));
        let may_be = name.kind == Kind::Path && self.by_last.contains_key(last);
        if !may_be || name.bytes.len() > self.longest {
            return None;
        }
        let whole = with_normal_path(name.bytes)?;
        let longer = match paths {
            Paths::AnyEnd => self.by_shorter_end(&whole),
            Paths::ShorterInReport => None,
        };
        longer.or_else(|| self.by_longer_path(&whole))
    }

    /// The item whose path is the longest end of this path: reports may write absolute paths.
    fn by_shorter_end(&self, name: &[u8]) -> Option<(usize, Prefix)> {
        let mut slashes = memchr::memchr_iter(b'/', path_of(name)).take(MOST_FOLDERS);
        slashes.find_map(|slash| {
            let (prefix, end) = name.split_at_checked(slash + 1)?;
            match self.normal(end) {
                Hit::Item(item) => Some((item, Prefix::InReports(prefix.into()))),
                Hit::Shared | Hit::Nothing => None,
            }
        })
    }

    /// The only item whose path ends with this one: reports may write paths below a folder of tests.
    fn by_longer_path(&self, name: &[u8]) -> Option<(usize, Prefix)> {
        let namesakes = self.by_last.get(last_component(path_of(name)))?;
        if namesakes.len() > MOST_NAMESAKES {
            return None;
        }
        let mut found = namesakes.iter().filter_map(|place| {
            let before = self.items.ids().get(*place)?.as_bytes().strip_suffix(name)?;
            before.ends_with(b"/").then(|| (*place, Prefix::InList(before.into())))
        });
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            (_, _) => None,
        }
    }
}

/// How many folders of a path are left out to find the item at its end.
const MOST_FOLDERS: usize = 64;

/// What may be left out of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paths {
    /// The beginning, of either the report's or the item's: a wrong guess costs only balance.
    AnyEnd,
    /// The beginning of the item's, in the report: nothing that was run is taken for another.
    ShorterInReport,
}

/// What a sample belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Its place.
    pub(crate) item: usize,
    pub(crate) precision: Precision,
    /// What only one side's path begins with, where it was found by its end.
    prefix: Option<Prefix>,
}

/// What stands behind the last slash of a path, of either kind.
fn last_component(path: &[u8]) -> &[u8] {
    let slash = memchr::memrchr2(b'/', b'\\', path);
    slash.and_then(|slash| path.get(slash + 1..)).unwrap_or(path)
}

/// What a name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    /// The item at this place.
    Item(usize),
    /// Two items share it: neither, and no other name is tried.
    Shared,
    /// No item.
    Nothing,
}

impl Hit {
    fn found(place: Option<usize>) -> Self {
        place.map_or(Self::Nothing, Self::Item)
    }

    fn indexed(place: Option<&Option<usize>>) -> Self {
        match place {
            Some(Some(place)) => Self::Item(*place),
            Some(None) => Self::Shared,
            None => Self::Nothing,
        }
    }
}

impl OneReport<'_> {
    /// Takes one sample. One without a time says nothing.
    pub fn sample(&mut self, sample: &Sample) {
        let Time::Known(Micros(micros)) = sample.time else { return };
        let found = self.matcher.find(&mut self.names, &sample.identity, Paths::AnyEnd);
        let Some(Found { item, precision, prefix }) = found else {
            let unmatched = &mut self.unmatched;
            unmatched.count = unmatched.count.saturating_add(1);
            unmatched.show(reported(&sample.identity));
            return;
        };
        self.matched = self.matched.saturating_add(1);
        let test = match precision {
            Precision::Test => None,
            Precision::Part => Some(TestId::of(&sample.identity)),
        };
        let run = match prefix {
            None => self.tests.entry((item, test)).or_default(),
            Some(prefix) => {
                self.by_end.add(prefix.clone(), 1);
                self.ends.entry((prefix, (item, test))).or_default()
            }
        };
        let slot = match sample.outcome {
            Outcome::Passed => &mut run.passed,
            Outcome::Failed => &mut run.failed,
            Outcome::Skipped => return,
        };
        *slot = Some(slot.unwrap_or(0).saturating_add(micros));
    }

    /// What was taken.
    pub fn collected(self) -> Collected {
        let Self { mut tests, ends, matched, by_end, unmatched, .. } = self;
        // Two files may end alike: a name of its own says more than the end of another, and of several
        // ends the one that begins as most of the report does.
        let mut best: BTreeMap<usize, (u64, Reverse<&Prefix>)> = BTreeMap::new();
        for (prefix, (item, _)) in ends.keys() {
            let order = (by_end.prefixes.get(prefix).copied().unwrap_or(0), Reverse(prefix));
            let best = best.entry(*item).or_insert(order);
            *best = order.max(*best);
        }
        let exact: BTreeSet<usize> = tests.keys().map(|(item, _)| *item).collect();
        for ((prefix, key), run) in &ends {
            let is_best = best.get(&key.0).is_some_and(|(_, Reverse(best))| *best == prefix);
            if is_best && !exact.contains(&key.0) {
                tests.insert(*key, *run);
            }
        }
        Collected { tests, matched, by_end, unmatched }
    }
}

/// Adds a name to an index. A name that two items share belongs to neither.
fn index(index: &mut BTreeMap<Vec<u8>, Option<usize>>, name: Vec<u8>, place: usize) {
    let place = if index.contains_key(&name) { None } else { Some(place) };
    index.insert(name, place);
}

/// The name with its path normalised; nothing if that is no path.
fn with_normal_path(name: &[u8]) -> Option<Vec<u8>> {
    let path = path_of(name);
    let rest = name.get(path.len()..).unwrap_or_default();
    let path = RepoPath::normalized(path).ok()?;
    Some([path.as_bytes(), rest].concat())
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use reports::Case;

    use super::*;
    use crate::ItemId;

    fn items(names: &[&str]) -> Items {
        Items::new(names.iter().map(|name| ItemId::new(*name).unwrap()).collect())
    }

    fn key(name: &str, micros: u64) -> Sample {
        let identity = Identity::Key(name.into());
        Sample { identity, outcome: Outcome::Passed, time: Time::Known(Micros(micros)) }
    }

    fn case(file: &str, suite: &str, class: &str, name: &str, micros: u64) -> Sample {
        let some = |text: &str| if text.is_empty() { None } else { Some(BString::from(text)) };
        let identity = Identity::Case(Case {
            file: some(file).map(Rc::new),
            suite: some(suite).map(Rc::new),
            class: some(class),
            name: some(name),
            host: None,
        });
        Sample { identity, outcome: Outcome::Passed, time: Time::Known(Micros(micros)) }
    }

    fn collected(names: &[&str], reports: &[&[Sample]]) -> Timings {
        let items = items(names);
        let mut matcher = Matcher::new(&items);
        for report in reports {
            let mut one = matcher.report();
            report.iter().for_each(|sample| one.sample(sample));
            let collected = one.collected();
            matcher.keep(collected);
        }
        matcher.finish()
    }

    #[track_caller]
    fn check(names: &[&str], reports: &[&[Sample]], wanted: &[Option<u64>]) {
        assert_eq!(collected(names, reports).micros(), wanted);
    }

    #[test]
    fn a_sample_goes_to_the_most_precise_item_that_it_names() {
        let sample = [key("tests/a.py::C::t", 5), key("tests/a.py::C::u", 7)];
        check(&["tests/a.py::C::t", "tests/a.py::C::u"], &[&sample], &[Some(5), Some(7)]);
        check(&["tests/a.py::C"], &[&sample], &[Some(12)]);
        check(&["tests/a.py"], &[&sample], &[Some(12)]);
        check(&["tests/b.py"], &[&sample], &[None]);
    }

    #[test]
    fn each_dialect_of_junit_finds_its_items() {
        check(
            &["crate::bin works"],
            &[&[case("", "crate::bin", "crate::bin", "works", 1)]],
            &[Some(1)],
        );
        check(
            &["tests/test_a.py::TestC::test_x"],
            &[&[case("", "pytest", "tests.test_a.TestC", "test_x", 2)]],
            &[Some(2)],
        );
        check(
            &["tests/test_a.py"],
            &[&[case("", "pytest", "tests.test_a.TestC", "test_x", 2)]],
            &[Some(2)],
        );
        check(
            &["src/a.test.ts"],
            &[&[case("", "src/a.test.ts", "src/a.test.ts", "A > b", 3)]],
            &[Some(3)],
        );
        check(
            &["com.example.AppTest"],
            &[&[case("", "", "com.example.AppTest", "works", 4)]],
            &[Some(4)],
        );
        check(
            &["spec/a_spec.rb"],
            &[&[case("./spec/a_spec.rb", "rspec", "spec.a_spec", "A b", 5)]],
            &[Some(5)],
        );
    }

    #[test]
    fn spellings_of_a_path_meet_unless_two_items_would() {
        check(&["spec/a.rb"], &[&[key("./spec/a.rb", 1)]], &[Some(1)]);
        check(&["./spec/a.rb"], &[&[key("/spec/a.rb", 1)]], &[Some(1)]);
        check(&["./a", "a"], &[&[key("/a", 1)]], &[None, None]);
        check(&["./a", "a"], &[&[key("a", 1)]], &[None, Some(1)]);
    }

    #[test]
    fn a_path_is_found_by_its_end_if_that_is_one_items_only() {
        let items = ["pkg/a.test.js", "src/a.test.js", "src/b.test.js", "tests/e2e/c.spec.ts"];
        let absolute = |path: &str| key(&format!("/builds/r/r/{path}"), 1);
        check(&items, &[&[absolute("src/a.test.js")]], &[None, Some(1), None, None]);
        check(&items, &[&[key("e2e/c.spec.ts", 1)]], &[None, None, None, Some(1)]);
        check(
            &items,
            &[&[key("b.test.js", 1), key("xb.test.js", 9)]],
            &[None, None, Some(1), None],
        );
        // Two end like this.
        check(&items, &[&[key("a.test.js", 1)]], &[None; 4]);
        check(&["a.py::C::t"], &[&[key("/w/a.py::C::t", 1), key("/w/a.py::C::u", 1)]], &[Some(1)]);
        // A name of its own comes before the end of another.
        check(&["a.py", "sub/a.py::t"], &[&[key("a.py::t", 1)]], &[Some(1), None]);
        let timings = collected(&items, &[&[absolute("src/a.test.js"), key("src/b.test.js", 2)]]);
        let prefix = Prefix::InReports("builds/r/r/".into());
        assert_eq!((timings.by_end(), timings.prefix()), (1, Some(&prefix)));
        let timings = collected(&items, &[&[key("e2e/c.spec.ts", 1)]]);
        assert_eq!(timings.prefix(), Some(&Prefix::InList("tests/".into())));
    }

    #[test]
    fn a_name_of_its_own_says_more_than_the_end_of_another() {
        let items = ["b.py::t", "tests/test_x.py::t"];
        let report = [key("tests/test_x.py::t", 1), key("sub/tests/test_x.py::t", 100)];
        check(&items, &[&report], &[None, Some(1)]);
        // Of two beginnings, that of most.
        let report = [
            key("/w/b.py::t", 2),
            key("/w/tests/test_x.py::t", 3),
            key("/v/tests/test_x.py::t", 9),
        ];
        check(&items, &[&report], &[Some(2), Some(3)]);
    }

    #[test]
    fn retries_add_up_and_runs_are_averaged() {
        check(&["a"], &[&[key("a", 1), key("a", 2)]], &[Some(3)]);
        check(&["a"], &[&[key("a", 10)], &[key("a", 13)]], &[Some(12)]);
        // Two shards of one run share a file: its tests add up.
        check(&["a"], &[&[key("a::x", 10)], &[key("a::y", 5)]], &[Some(15)]);
    }

    /// The same test in two formats, or in a suite that is named by its run.
    #[test]
    fn a_test_is_the_same_in_reports_of_another_form() {
        let junit = |suite| case("", suite, "tests.a.C", "t[x.y::z]", 20);
        let split = key("tests/a.py::C::t[x.y::z]", 10);
        let reports: [&[Sample]; 3] = [&[split], &[junit("run 1")], &[junit("run 2")]];
        for item in ["tests/a.py::C::t[x.y::z]", "tests/a.py::C", "tests/a.py"] {
            check(&[item], &reports, &[Some(17)]);
        }
        // However the path is spelled.
        check(&["a.py"], &[&[key("./a.py::t", 1)], &[key("a.py::t", 3)]], &[Some(2)]);
        let spelled = |file| case(file, "", "", "t", if file == "a.js" { 1 } else { 3 });
        check(&["a.js"], &[&[spelled("a.js")], &[spelled("./a.js")]], &[Some(2)]);
    }

    #[test]
    fn what_is_said_of_an_item_itself_says_more_than_its_tests() {
        let rspec = |name| case("./a_spec.rb", "rspec", "a_spec", name, 10);
        let reports: [&[Sample]; 2] = [&[key("a_spec.rb", 30)], &[rspec("x"), rspec("y")]];
        check(&["a_spec.rb"], &reports, &[Some(30)]);
        // A whole that failed says nothing where its parts passed.
        let failed = Sample { outcome: Outcome::Failed, ..key("a.py::t", 1) };
        check(&["a.py::t"], &[&[failed, key("a.py::t[1]", 99)]], &[Some(99)]);
    }

    #[test]
    fn dots_in_folders_and_files_are_no_slashes() {
        for item in ["tests/v1.2/test_a.py", ".ci/test_a.py", "t/test_a.b.py"] {
            let class = item.strip_suffix(".py").unwrap().replace('/', ".");
            check(&[item], &[&[case("", "pytest", &class, "t", 1)]], &[Some(1)]);
            let test = format!("{item}::TestC::t");
            check(
                &[&test],
                &[&[case("", "pytest", &format!("{class}.TestC"), "t", 1)]],
                &[Some(1)],
            );
        }
        // Which of two is meant cannot be told, and it is none of a third.
        let shared = ["a.b/c.py", "a.py", "a/b/c.py"];
        check(&shared, &[&[case("", "pytest", "a.b.c", "t", 1)]], &[None, None, None]);
        // The report itself says where the class is.
        let elsewhere = case("tests/unit/test_x.py", "pytest", "tests.unit.test_x", "t", 1);
        check(&["tests.py"], &[&[elsewhere]], &[None]);
    }

    #[test]
    fn a_parameter_is_a_part_of_its_function() {
        check(&["a.py::t"], &[&[key("a.py::t[1]", 1), key("a.py::t[b::c]", 2)]], &[Some(3)]);
        check(&["app"], &[&[key("app/[id]/page.test.ts", 1)]], &[None]);
        check(&["a/[b].py"], &[&[key("a/[b].py::t[1]", 1)]], &[Some(1)]);
        let junit = |name, time| case("", "pytest", "a", name, time);
        check(&["a.py::t"], &[&[junit("t[1]", 1), junit("t[2]", 2)]], &[Some(3)]);
        let java = case("", "", "com.example.AppTest", "works(int)[1]", 4);
        check(&["com.example.AppTest.works(int)"], &[&[java]], &[Some(4)]);
        let with_file = |name, time| case("a.py", "pytest", "a", name, time);
        check(&["a.py::t"], &[&[with_file("t[1]", 1), with_file("t[2]", 2)]], &[Some(3)]);
    }

    #[test]
    fn a_file_says_more_than_a_class_that_is_only_a_word() {
        let node = case("src/a.test.ts", "", "test", "x", 1);
        check(&["src/a.test.ts", "test"], &[&[node]], &[Some(1), None]);
        let java = case("AppTest.java", "", "com.example.AppTest", "x", 1);
        check(&["AppTest.java", "com.example.AppTest"], &[&[java]], &[None, Some(1)]);
    }

    #[test]
    fn what_belongs_to_no_item_is_shown_as_its_report_writes_it() {
        let samples = [
            case("", "s", "com.example.AppTest", "f", 1),
            case("tests/a.php", "s", "Tests.A", "g", 1),
            case("", "s", "", "h", 1),
        ];
        let timings = collected(&["other"], &[&samples]);
        assert_eq!(timings.first_unmatched(), ["com.example.AppTest.f", "s.h", "tests/a.php::g"]);
    }

    #[test]
    fn a_method_is_not_the_function_of_the_same_name() {
        let file = |class, micros| case("tests/a.py", "pytest", class, "test_x", micros);
        let samples = [file("tests.a", 1), file("tests.a.TestC", 60)];
        let both = ["tests/a.py::TestC::test_x", "tests/a.py::test_x"];
        check(&both, &[&samples], &[Some(60), Some(1)]);
        check(&["tests/a.py::test_x"], &[&samples], &[Some(1)]);
        check(&["tests/a.py"], &[&samples], &[Some(61)]);
    }

    #[test]
    fn a_class_is_meant_before_a_test_that_happens_to_be_named_like_an_item() {
        let samples = [case("", "", "billing", "auth", 7), case("", "", "billing", "/login", 3)];
        check(&["auth", "billing", "login"], &[&samples], &[None, Some(10), None]);
        check(&["auth"], &[&samples], &[Some(7)]);
    }

    #[test]
    fn tries_of_a_test_in_one_report_add_up_however_they_ended() {
        let failed = Sample { outcome: Outcome::Failed, ..key("a::t", 100) };
        check(&["a"], &[&[failed, key("a::t", 10)]], &[Some(110)]);
    }

    #[test]
    fn a_failed_run_counts_only_where_none_passed() {
        let failed = Sample { outcome: Outcome::Failed, ..key("a", 1) };
        check(&["a"], &[std::slice::from_ref(&failed)], &[Some(1)]);
        check(&["a"], &[&[failed], &[key("a", 9)]], &[Some(9)]);
    }

    #[test]
    fn a_long_name_costs_no_more_than_its_bytes() {
        let dots = ".a".repeat(30_000);
        let colons = "a::".repeat(20_000);
        let mut samples = vec![case("", "", &dots, "t", 1); 100];
        samples.extend(vec![key(&colons, 1); 100]);
        check(&["./b"], &[&samples], &[None]);
        let deep = ["a"; 60].join(".");
        check(&["a.py"], &[&[case("", "", &deep, "t", 1)]], &[Some(1)]);
        check(&["a.py"], &[&[case("", "", &format!("{deep}.{deep}"), "t", 1)]], &[None]);
    }

    #[test]
    fn what_matches_nothing_is_counted_and_the_first_names_are_kept() {
        let samples: Vec<Sample> =
            ["z", "y", "x", "w", "v", "u", "t"].iter().map(|name| key(name, 1)).collect();
        let timings = collected(&["a"], &[&samples]);
        assert_eq!(timings.unmatched(), 7);
        assert_eq!(timings.first_unmatched(), ["t", "u", "v", "w", "x"]);
    }
}
