//! The fleet as somebody wrote it down: runners, scale sets, larger runners of GitHub's, and what labels mean.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::config::{Spot, Table, Word};
use diagnostics::{Problem, text};

use super::facts;
use super::profiles::{MOST_PROBLEMS, twice};
use super::values;
use crate::Machine;

/// GitHub's limit for the runners of a group.
pub(super) const MOST_TABLES: usize = 10_000;

/// Each is held against each runner.
const MOST_PATTERNS: usize = 1_000;

/// What a fleet is said to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Runners, alone or several at once.
    pub runners: Vec<Runners>,
    /// Scale sets.
    pub scale_sets: Vec<Pool>,
    /// Larger runners of GitHub's own.
    pub hosted: Vec<Pool>,
    /// What labels mean.
    pub labels: Vec<Meaning>,
}

/// Which runners are spoken of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one with this number.
    Id(u64),
    /// The one with this name.
    Name(String),
    /// Those whose names match a pattern, and that have all of some labels.
    All {
        /// The pattern, in which `*` stands for any letters and `?` for one.
        pattern: Option<String>,
        /// The labels, in lower case.
        labels: BTreeSet<String>,
    },
}

/// What is said of runners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runners {
    /// Which.
    pub which: Which,
    /// The labels of one that has a name or a number, in lower case.
    pub labels: BTreeSet<String>,
    /// The group that they are in.
    pub group: Option<String>,
    /// What each costs.
    pub price: Option<u32>,
    /// What is known of each.
    pub machine: Machine,
    /// The file that a probe printed on one.
    pub probe: Option<String>,
    /// Where that is written.
    pub spot: Spot,
}

/// What is said of something whose machines come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Its name, or its label.
    pub name: String,
    /// The group that it is in.
    pub group: Option<String>,
    /// How many jobs it runs at once.
    pub most: Option<u32>,
    /// What each costs.
    pub price: Option<u32>,
    /// What is known of each.
    pub machine: Machine,
    /// The file that a probe printed on one.
    pub probe: Option<String>,
    /// Where that is written.
    pub spot: Spot,
}

/// What a label says of each runner that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The label, in lower case.
    pub label: String,
    /// What it says.
    pub machine: Machine,
    /// Where that is written.
    pub spot: Spot,
}

impl Fleet {
    /// Reads the tables of the fleet.
    pub(super) fn read(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Self {
        let mut all = Self::default();
        let mut runners = table.tables("runner");
        let mut scale_sets = table.tables("scale-set");
        let mut hosted = table.tables("hosted");
        let mut labels = table.tables("label");
        for (key, count) in [
            ("runner", runners.len()),
            ("scale-set", scale_sets.len()),
            ("hosted", hosted.len()),
            ("label", labels.len()),
        ] {
            if count > MOST_TABLES {
                let label = text!["expected up to ", MOST_TABLES, " tables, found ", count];
                table.wrong_value(key, label, "describe several runners by a `name-pattern`");
            }
        }
        for table in runners.iter_mut().take(MOST_TABLES) {
            all.runners.extend(Runners::read(table, remarks));
        }
        for table in scale_sets.iter_mut().take(MOST_TABLES) {
            all.scale_sets.extend(Pool::read(table, "name", remarks));
        }
        for table in hosted.iter_mut().take(MOST_TABLES) {
            all.hosted.extend(Pool::read(table, "label", remarks));
        }
        for table in labels.iter_mut().take(MOST_TABLES) {
            all.labels.extend(Meaning::read(table, remarks));
        }
        all
    }

    /// All of both.
    pub(super) fn extend(&mut self, other: Self) {
        let Self { runners, scale_sets, hosted, labels } = other;
        self.runners.extend(runners);
        self.scale_sets.extend(scale_sets);
        self.hosted.extend(hosted);
        self.labels.extend(labels);
    }

    /// What is there twice, which would say two things of one.
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let many = self.runners.iter().filter(|it| matches!(it.which, Which::All { .. }));
        if let Some(first) = many.clone().nth(MOST_PATTERNS) {
            let message =
                text!["more than ", MOST_PATTERNS, " tables speak of several runners each"];
            let problem = Problem::error(message).label("this one is too many");
            let help = "name the runners, or say by fewer patterns and labels which they are";
            problems.push(first.spot.problem(problem.help(help)));
        }
        let mut ids = Seen::new("runner");
        let mut names = Seen::new("runner");
        for runner in &self.runners {
            match &runner.which {
                Which::Id(id) => ids.check(&id.to_string(), &runner.spot, problems),
                Which::Name(name) => names.check(name, &runner.spot, problems),
                Which::All { .. } => {}
            }
        }
        // Jobs ask for both by name.
        let mut pools = Seen::new("scale set or larger runner");
        for pool in self.scale_sets.iter().chain(&self.hosted) {
            pools.check(&pool.name, &pool.spot, problems);
        }
        let mut labels = Seen::new("label");
        for label in &self.labels {
            labels.check(&label.label, &label.spot, problems);
        }
    }
}

/// Names that were met.
struct Seen<'a> {
    what: &'static str,
    first: BTreeMap<String, &'a Spot>,
}

impl<'a> Seen<'a> {
    fn new(what: &'static str) -> Self {
        Self { what, first: BTreeMap::new() }
    }

    fn check(&mut self, name: &str, spot: &'a Spot, problems: &mut Vec<Problem>) {
        match self.first.get(&name.to_lowercase()) {
            Some(first) if problems.len() < MOST_PROBLEMS => {
                problems.push(twice(self.what, name, spot, first));
            }
            Some(_) => {}
            None => {
                self.first.insert(name.to_lowercase(), spot);
            }
        }
    }
}

impl Runners {
    fn read(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Option<Self> {
        let id = table.count("id");
        let name = name(table, "name");
        let pattern = name_pattern(table);
        let labels = values::labels(table, "labels").unwrap_or_default();
        let machine = facts::machine(table, remarks);
        let group = name_text(table, "group");
        let price = price(table);
        let probe = probe(table);
        let written: Vec<&str> =
            ["id", "name", "name-pattern"].into_iter().filter(|key| table.has(key)).collect();
        if let [first, second, ..] = written.as_slice() {
            let label = text![
                "expected one of `id`, `name` and `name-pattern`, found ",
                values::code(first),
                " too"
            ];
            table.wrong_value(second, label, "write a table for each");
            return None;
        }
        let which = match (id, name, pattern) {
            (Some(id), ..) => Which::Id(id),
            (None, Some(name), _) => Which::Name(name.text),
            (None, None, pattern) if pattern.is_some() || !labels.is_empty() => {
                Which::All { pattern: pattern.map(|word| word.text), labels: labels.clone() }
            }
            (None, None, _) => {
                if written.is_empty() && !table.has("labels") {
                    table.wrong_table(
                        "it is not said which runner this is",
                        "expected `id`, `name`, `name-pattern` or `labels`",
                        "write one of them into the table",
                    );
                }
                return None;
            }
        };
        let spot = table.spot();
        Some(Self { which, labels, group, price, machine, probe, spot })
    }
}

impl Pool {
    fn read(
        table: &mut Table<'_, '_>,
        key: &'static str,
        remarks: &mut Vec<Problem>,
    ) -> Option<Self> {
        let machine = facts::machine(table, remarks);
        let group = name_text(table, "group");
        let most = values::count(table, "max", 0, u64::from(u32::MAX));
        let (price, probe) = (price(table), probe(table));
        let name = table.string(key);
        let name = table.required(key, name)?;
        let name = values::line(table, name)?;
        let spot = table.spot_of(&name);
        Some(Self { name: name.text, group, most, price, machine, probe, spot })
    }
}

impl Meaning {
    fn read(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Option<Self> {
        let machine = facts::machine(table, remarks);
        let name = table.string("name");
        let name = table.required("name", name)?;
        let name = values::line(table, name)?;
        if machine == Machine::default() {
            table.wrong_table(
                "the label says nothing",
                "expected what each runner that has it is, such as `model`",
                "write it into the table, or remove the table",
            );
        }
        let spot = table.spot_of(&name);
        Some(Self { label: name.text.to_lowercase(), machine, spot })
    }
}

fn name(table: &mut Table<'_, '_>, key: &'static str) -> Option<Word> {
    let word = table.string(key)?;
    values::line(table, word)
}

fn name_text(table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
    name(table, key).map(|word| word.text)
}

fn name_pattern(table: &mut Table<'_, '_>) -> Option<Word> {
    let word = name(table, "name-pattern")?;
    if !word.text.contains(['*', '?']) {
        let label = "expected a pattern with `*` or `?`";
        table.wrong(&word, label, "write the name of one runner as `name`");
        return None;
    }
    Some(word)
}

fn price(table: &mut Table<'_, '_>) -> Option<u32> {
    values::count(table, "price", 0, u64::from(u32::MAX))
}

fn probe(table: &mut Table<'_, '_>) -> Option<String> {
    name_text(table, "probe")
}

/// Whether a name matches a pattern, upper and lower case alike.
pub(crate) fn is_match(pattern: &str, name: &str) -> bool {
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let (pattern, name) = (letters(pattern), letters(name));
    let (mut at, mut next) = (0, 0);
    // Where to go on if what followed the last `*` does not match.
    let mut back: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(next) {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                back = Some((at, next));
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                at += 1;
                next += 1;
            }
            Some(_) | None => {
                let Some((behind, from)) = back else { return false };
                (at, next) = (behind, from + 1);
                back = Some((behind, next));
            }
        }
    }
    pattern.iter().skip(at).all(|letter| *letter == '*')
}
