//! How heavy each test, file and class is: its known time, or a guess that is never nothing.
//!
//! A test without a time weighs what is known of its file: what the file's own time leaves over, or
//! the mean of its other tests; else the mean of its group; else the median of the times above zero.
//! Taking 0 instead was worse in every setting measured on real histories (specs/shard-splitter.md
//! 5c), and puts all new tests on one shard. A guess is at most an even share of the known time, so
//! that a few heavy items cannot make every new one look like a shard of its own, and never nothing.

use std::collections::BTreeMap;

use crate::{Suite, Timings};

/// The weight of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Its time in microseconds, from reports: of itself or of all that it holds.
    Known(u64),
    /// In microseconds, a guess at least in part.
    Guessed(u64, Guess),
    /// Tests, because nothing has a time.
    Counted(u64),
}

/// What a guess was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// What is known of the file or class that holds it.
    Holder,
    /// The items that stay together with it.
    Group,
    /// All items with a known time.
    Suite,
    /// What was given.
    Given,
    /// The sum of its tests, some of which are guesses.
    Parts,
}

/// What becomes of tests without a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// What is known of the file, else of the group, else the median.
    #[default]
    Auto,
    /// The mean of all known times.
    Mean,
    /// The median of all known times.
    Median,
    /// The time that three quarters of the known ones do not exceed.
    Percentile75,
    /// This many microseconds.
    Given(u64),
}

/// What weights are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighing {
    /// Microseconds; at least one item's time is known.
    Time,
    /// Tests; no time is known.
    Count,
}

/// The weights of all nodes of a suite, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weights {
    weights: Vec<Weight>,
    weighing: Weighing,
}

impl Weight {
    /// The number that plans add up: microseconds, or tests.
    pub fn value(self) -> u64 {
        match self {
            Self::Known(value) | Self::Guessed(value, _) | Self::Counted(value) => value,
        }
    }

    /// Whether reports gave all of it.
    pub fn is_known(self) -> bool {
        match self {
            Self::Known(_) => true,
            Self::Guessed(_, _) | Self::Counted(_) => false,
        }
    }
}

impl Weights {
    /// The weight of a node.
    pub(crate) fn of(&self, node: usize) -> Weight {
        self.weights.get(node).copied().unwrap_or(Weight::Counted(0))
    }

    /// Whether they are times or counts.
    pub(crate) fn weighing(&self) -> Weighing {
        self.weighing
    }
}

/// What weights are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scales<'a> {
    pub(crate) suite: &'a Suite,
    /// Made for the suite's nodes.
    pub(crate) timings: &'a Timings,
    /// The group of each node, if it is in one.
    pub(crate) groups: &'a [Option<usize>],
    pub(crate) unknown: Unknown,
    /// How many shards there will be, if that is known.
    pub(crate) shards: Option<u16>,
}

/// Weighs every node.
pub(crate) fn weigh(scales: &Scales<'_>) -> Weights {
    let known = Known { scales, times: scales.times() };
    let sorted = known.sorted();
    if sorted.is_empty() && !matches!(scales.unknown, Unknown::Given(_)) {
        return scales.counted();
    }
    let mut weights = vec![Weight::Counted(0); scales.suite.nodes().len()];
    let guesses = Guesses::new(&known, &sorted);
    for test in scales.suite.tests() {
        if let Some(slot) = weights.get_mut(test) {
            *slot = guesses.test(test);
        }
    }
    for node in scales.suite.inside_out() {
        let held = scales.suite.held(node);
        if held.is_empty() {
            continue;
        }
        let parts = held.iter().filter_map(|inner| weights.get(*inner).copied());
        let sum = match known.time(node) {
            Some(micros) => Weight::Known(micros),
            None => parts.fold(Weight::Known(0), added),
        };
        if let Some(slot) = weights.get_mut(node) {
            *slot = sum;
        }
    }
    Weights { weights, weighing: Weighing::Time }
}

fn added(sum: Weight, part: Weight) -> Weight {
    let value = sum.value().saturating_add(part.value());
    if sum.is_known() && part.is_known() {
        Weight::Known(value)
    } else {
        Weight::Guessed(value, Guess::Parts)
    }
}

impl Scales<'_> {
    /// What is known of a node: not what a holder's tests took that are no more, where those that it
    /// has are known by themselves.
    fn times(&self) -> Vec<Option<u64>> {
        let mut times = self.timings.micros().to_vec();
        times.resize(self.suite.nodes().len(), None);
        let mut is_known_inside = vec![false; times.len()];
        for node in self.suite.inside_out() {
            let held = self.suite.held(node);
            let is_known = |inner: &usize| {
                times.get(*inner).is_some_and(Option::is_some)
                    || is_known_inside.get(*inner).is_some_and(|known| *known)
            };
            let inside = held.iter().any(is_known);
            if let Some(slot) = is_known_inside.get_mut(node) {
                *slot = inside;
            }
            if let Some(time) =
                times.get_mut(node).filter(|_| inside && !self.timings.is_whole(node))
            {
                *time = None;
            }
        }
        times
    }

    /// As many as it holds tests.
    fn counted(&self) -> Weights {
        let mut weights = vec![Weight::Counted(1); self.suite.nodes().len()];
        for node in self.suite.inside_out() {
            let held = self.suite.held(node);
            let count =
                held.iter().filter_map(|inner| weights.get(*inner)).map(|weight| weight.value());
            let count = count.fold(0, u64::saturating_add);
            if let Some(slot) = weights.get_mut(node).filter(|_| !held.is_empty()) {
                *slot = Weight::Counted(count);
            }
        }
        Weights { weights, weighing: Weighing::Count }
    }
}

/// What is known of each node.
struct Known<'a> {
    scales: &'a Scales<'a>,
    times: Vec<Option<u64>>,
}

impl Known<'_> {
    fn time(&self, node: usize) -> Option<u64> {
        self.times.get(node).copied().flatten()
    }

    /// The times of tests, ascending; those of what holds them only where no test has one.
    fn sorted(&self) -> Vec<u64> {
        let mut known: Vec<u64> =
            self.scales.suite.tests().filter_map(|test| self.time(test)).collect();
        if known.is_empty() {
            // Each holder's time, shared by its tests.
            let shares = (0..self.scales.suite.nodes().len()).filter_map(|node| {
                let held = u64::try_from(self.scales.suite.held(node).len()).ok()?;
                self.time(node)?.checked_div(held)
            });
            known = shares.collect();
        }
        known.sort_unstable();
        known
    }

    /// An even share of what is known; anything where the number of shards is not known.
    fn most(&self) -> u64 {
        let Some(shards) = self.scales.shards else { return u64::MAX };
        let widest = |node: &usize| self.scales.suite.holder(*node).is_none();
        let tops = (0..self.scales.suite.nodes().len()).filter(widest);
        let total: u128 = tops.map(|node| self.within(node)).sum();
        u64::try_from(total / u128::from(shards.max(1))).unwrap_or(u64::MAX)
    }

    /// The known time of a node: its own, or that of what it holds.
    fn within(&self, node: usize) -> u128 {
        let mut waiting = vec![node];
        let mut sum = 0;
        while let Some(node) = waiting.pop() {
            match self.time(node) {
                Some(micros) => sum += u128::from(micros),
                None => waiting.extend_from_slice(self.scales.suite.held(node)),
            }
        }
        sum
    }
}

/// What tests without a time are taken for.
struct Guesses<'a> {
    known: &'a Known<'a>,
    /// The mean time of a test of each holder, where something is known of it.
    of_holder: BTreeMap<usize, u64>,
    of_group: BTreeMap<usize, u64>,
    of_suite: Weight,
    most: u64,
}

impl<'a> Guesses<'a> {
    fn new(known: &'a Known<'a>, sorted: &[u64]) -> Self {
        let most = known.most();
        let (_, above_zero) = sorted.split_at(sorted.partition_point(|micros| *micros == 0));
        let unknown = known.scales.unknown;
        let typical = match unknown {
            Unknown::Given(micros) => Weight::Guessed(micros, Guess::Given),
            Unknown::Auto | Unknown::Median => guess(median(above_zero), most, Guess::Suite),
            Unknown::Mean => guess(mean(sorted), most, Guess::Suite),
            Unknown::Percentile75 => guess(percentile_75(sorted), most, Guess::Suite),
        };
        let mut guesses = Self {
            known,
            of_holder: BTreeMap::new(),
            of_group: BTreeMap::new(),
            of_suite: typical,
            most,
        };
        if unknown == Unknown::Auto {
            guesses.look_at_holders();
            guesses.look_at_groups();
        }
        guesses
    }

    fn look_at_holders(&mut self) {
        let suite = self.known.scales.suite;
        for node in suite.inside_out() {
            let tests = suite.held(node);
            let times: Vec<Option<u64>> = tests.iter().map(|test| self.known.time(*test)).collect();
            let known: Vec<u64> = times.iter().copied().flatten().collect();
            let unknown = u64::try_from(times.len() - known.len()).unwrap_or(u64::MAX);
            let left = self.known.time(node).and_then(|whole| {
                let sum = known.iter().copied().fold(0, u64::saturating_add);
                whole.checked_sub(sum)?.checked_div(unknown)
            });
            let found = left.or_else(|| (!known.is_empty()).then(|| mean(&known)));
            if let Some(micros) = found.filter(|_| unknown > 0) {
                self.of_holder.insert(node, micros);
            }
        }
    }

    fn look_at_groups(&mut self) {
        let mut known: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for test in self.known.scales.suite.tests() {
            let group = self.known.scales.groups.get(test).copied().flatten();
            if let (Some(group), Some(micros)) = (group, self.known.time(test)) {
                known.entry(group).or_default().push(micros);
            }
        }
        self.of_group = known.into_iter().map(|(group, times)| (group, mean(&times))).collect();
    }

    fn test(&self, test: usize) -> Weight {
        if let Some(micros) = self.known.time(test) {
            return Weight::Known(micros);
        }
        // From the narrowest holder outwards.
        let holders = std::iter::successors(self.known.scales.suite.holder(test), |node| {
            self.known.scales.suite.holder(*node)
        });
        for holder in holders {
            if let Some(micros) = self.of_holder.get(&holder) {
                return guess(*micros, self.most, Guess::Holder);
            }
        }
        let group = self.known.scales.groups.get(test).copied().flatten();
        match group.and_then(|group| self.of_group.get(&group)) {
            Some(micros) => guess(*micros, self.most, Guess::Group),
            None => self.of_suite,
        }
    }
}

fn guess(micros: u64, most: u64, from: Guess) -> Weight {
    Weight::Guessed(micros.min(most).max(1), from)
}

/// The mean, rounded half up; 0 of nothing.
fn mean(numbers: &[u64]) -> u64 {
    let count = numbers.len() as u128;
    let sum: u128 = numbers.iter().copied().map(u128::from).sum();
    (sum + count / 2).checked_div(count).and_then(|mean| u64::try_from(mean).ok()).unwrap_or(0)
}

/// The middle of sorted numbers; of two middles, the number half-way between, rounded down.
fn median(sorted: &[u64]) -> u64 {
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).copied().unwrap_or(0);
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = sorted.get(middle.wrapping_sub(1)).copied().unwrap_or(upper);
    lower.midpoint(upper)
}

/// The smallest of sorted numbers that three quarters of them do not exceed (nearest rank).
fn percentile_75(sorted: &[u64]) -> u64 {
    let rank = (sorted.len() * 3).div_ceil(4);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use bstr::{BString, ByteSlice as _};

    use super::Guess::{Given, Group, Holder, Parts, Suite as All};
    use super::Weight::{Counted, Guessed, Known};
    use super::*;
    use crate::{ItemId, Items};

    fn flat(count: usize) -> Suite {
        Suite::flat(Items::new(
            (0..count).map(|n| ItemId::new(format!("t{n:03}")).unwrap()).collect(),
        ))
    }

    #[track_caller]
    fn check_with(unknown: Unknown, micros: &[Option<u64>], shards: u16, wanted: &[Weight]) {
        let suite = flat(micros.len());
        let timings = Timings::from_micros(micros.to_vec());
        let scales =
            Scales { suite: &suite, timings: &timings, groups: &[], unknown, shards: Some(shards) };
        assert_eq!(weigh(&scales).weights, wanted);
    }

    #[track_caller]
    fn check(micros: &[Option<u64>], shards: u16, wanted: &[Weight]) {
        check_with(Unknown::Auto, micros, shards, wanted);
    }

    #[test]
    fn a_guess_is_never_nothing() {
        let most_are_zero = [Some(0), Some(0), Some(0), Some(10), Some(20), None];
        let weights = [Known(0), Known(0), Known(0), Known(10), Known(20), Guessed(15, All)];
        check(&most_are_zero, 2, &weights);
        check(&[Some(0), None], 2, &[Known(0), Guessed(1, All)]);
    }

    #[test]
    fn an_item_without_a_time_weighs_what_was_asked() {
        let times = [Some(10), None, Some(30), Some(20), Some(100)];
        for (unknown, guess) in [
            (Unknown::Auto, Guessed(25, All)),
            (Unknown::Median, Guessed(25, All)),
            (Unknown::Mean, Guessed(40, All)),
            (Unknown::Percentile75, Guessed(30, All)),
            (Unknown::Given(7), Guessed(7, Given)),
        ] {
            let weights = [Known(10), guess, Known(30), Known(20), Known(100)];
            check_with(unknown, &times, 2, &weights);
        }
        check(&[Some(10), None, Some(21)], 2, &[Known(10), Guessed(15, All), Known(21)]);
    }

    #[test]
    fn a_guess_is_at_most_an_even_share() {
        check(&[Some(100), None], 4, &[Known(100), Guessed(25, All)]);
    }

    #[test]
    fn where_no_time_is_known_tests_are_counted() {
        check(&[None, None], 2, &[Counted(1), Counted(1)]);
        check(&[], 2, &[]);
    }

    #[track_caller]
    fn check_nested(
        tests: &[&str],
        times: &[(&str, u64)],
        groups: &[&str],
        wanted: &[(&str, Weight)],
    ) {
        let items = tests.iter().filter_map(|name| ItemId::new(*name)).collect();
        let suite = Suite::nested(&Items::new(items), &|name| {
            name.find_iter("::").map(|end| BString::from(&name[..end])).collect()
        });
        let names = || suite.nodes().ids().iter().map(ItemId::as_bytes);
        let time = |name: &[u8]| {
            times.iter().find(|(own, _)| own.as_bytes() == name).map(|(_, time)| *time)
        };
        let timings = Timings::from_micros(names().map(time).collect());
        let group = |name: &[u8]| groups.iter().any(|own| own.as_bytes() == name).then_some(0);
        let groups: Vec<Option<usize>> = names().map(group).collect();
        let scales = Scales {
            suite: &suite,
            timings: &timings,
            groups: &groups,
            unknown: Unknown::Auto,
            shards: None,
        };
        let weights = weigh(&scales);
        let found: Vec<(&str, Weight)> = names()
            .zip(&weights.weights)
            .map(|(name, weight)| (std::str::from_utf8(name).unwrap(), *weight))
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_test_without_a_time_weighs_what_is_known_of_its_file() {
        check_nested(
            &["a::t", "a::u", "b::t"],
            &[("a::t", 8)],
            &[],
            &[
                ("a", Guessed(16, Parts)),
                ("a::t", Known(8)),
                ("a::u", Guessed(8, Holder)),
                ("b", Guessed(8, Parts)),
                ("b::t", Guessed(8, All)),
            ],
        );
        // The file's own time, less what is known of its tests.
        check_nested(
            &["a::t", "a::u", "a::v"],
            &[("a", 10), ("a::t", 4)],
            &[],
            &[
                ("a", Known(10)),
                ("a::t", Known(4)),
                ("a::u", Guessed(3, Holder)),
                ("a::v", Guessed(3, Holder)),
            ],
        );
        check_nested(
            &["a::t", "a::u"],
            &[("a", 10)],
            &[],
            &[("a", Known(10)), ("a::t", Guessed(5, Holder)), ("a::u", Guessed(5, Holder))],
        );
    }

    #[test]
    fn then_what_is_known_of_its_group() {
        check_nested(
            &["p", "q", "r", "s"],
            &[("p", 100), ("r", 1), ("s", 1)],
            &["p", "q"],
            &[("p", Known(100)), ("q", Guessed(100, Group)), ("r", Known(1)), ("s", Known(1))],
        );
    }
}
