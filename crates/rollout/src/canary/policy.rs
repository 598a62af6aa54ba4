//! What is wanted of a canary: the table `[canary]` of `.github/signalbox.toml`.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::config::{Config, Table, Word};
use diagnostics::{Foreign, Problem, text};

use super::rank::fewest;
use crate::Decimal;

/// The most moments of a window: Prometheus gives no more samples of a series at once.
const MOST_TICKS: u64 = 11_000;

/// The most metrics, each of which is asked for at every moment.
const MOST_METRICS: usize = 200;

/// What is wanted of a canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How much traffic each step has, in per cent, growing.
    pub steps: Vec<u8>,
    /// How long a step is watched, in milliseconds.
    pub window: u64,
    /// From one sample to the next, in milliseconds.
    pub interval: u64,
    /// How long the traffic settles before the first sample, in milliseconds.
    pub settle: u64,
    /// How long the newest samples of a metric may be missing when the window is over, in milliseconds.
    pub max_gap: u64,
    /// What a metric without enough samples comes to, and one without the newest ones.
    pub on_no_data: OnNoData,
    /// How often in a row a step may hold.
    pub max_holds: u64,
    /// What happens then.
    pub after_max_holds: AfterHolds,
    /// Whether samples of which the server warns are not trusted.
    pub warnings_as_errors: bool,
    /// What else ends the canary at once, by name.
    pub triggers: Vec<String>,
    /// The limits of the score.
    pub score: Score,
    /// What is measured.
    pub metrics: Vec<Metric>,
}

/// What a metric without enough samples comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnNoData {
    /// The canary waits.
    Hold,
    /// It goes.
    Rollback,
}

/// What happens to a canary that has waited long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterHolds {
    /// It goes.
    Rollback,
    /// It waits on.
    Hold,
}

/// The limits of the score, of 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// From here on the canary passes.
    pub pass: u64,
    /// Below it fails; between the two it waits.
    pub marginal: u64,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// The query that measures the canary.
    pub query: String,
    /// The query that measures what it is compared with.
    pub baseline: Option<String>,
    /// The labels of the series that is meant, where the query gives more than one.
    pub select: BTreeMap<String, String>,
    /// What no series means.
    pub empty: Empty,
    /// How many good samples it must have.
    pub min_samples: u64,
    /// Whether it is told, and decides nothing.
    pub muted: bool,
    /// How it is judged.
    pub rule: Rule,
}

/// What no series means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// Nothing is known.
    NoData,
    /// There was nothing to count.
    Zero,
}

/// How a metric is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Sample by sample.
    Limits(Limits),
    /// All samples together.
    Rank(Rank),
}

/// Limits of every sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Below is bad.
    pub min: Option<Decimal>,
    /// Above is bad.
    pub max: Option<Decimal>,
    /// Below this many times the baseline is bad.
    pub min_ratio: Option<Decimal>,
    /// Above this many times the baseline is bad.
    pub max_ratio: Option<Decimal>,
    /// Up to here is good where the baseline is zero.
    pub zero_baseline_max: Option<Decimal>,
    /// How many bad samples in a row fail.
    pub consecutive: u64,
}

/// How the samples of canary and baseline are compared by their ranks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank {
    /// Which difference is bad.
    pub direction: Direction,
    /// How sure the difference must be.
    pub confidence: Decimal,
    /// How large it must be.
    pub effect: Effect,
    /// Up to here is good where the baseline is nothing but zeros.
    pub zero_baseline_max: Option<Decimal>,
    /// Whether samples far from all others are left out.
    pub removes_outliers: bool,
    /// Whether failing alone is a rollback.
    pub is_critical: bool,
    /// What it is scored with.
    pub group: String,
    /// The share of its group in the score, in per cent.
    pub weight: u64,
}

/// Which difference is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More than the baseline.
    Increase,
    /// Less.
    Decrease,
    /// Both.
    Either,
}

/// How large a difference may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The greater of the two means may be up to this many times the other.
    MeanRatio(Decimal),
    /// The probability that a sample of the one is greater than one of the other may be up to this.
    CommonLanguage(Decimal),
}

impl Metric {
    /// Whether it is as it should be where the server knows of nothing at all.
    fn passes_in_silence(&self) -> bool {
        let has_floor = match &self.rule {
            Rule::Limits(limits) => limits.min.is_some_and(|min| min > Decimal::ZERO),
            Rule::Rank(_) => false,
        };
        self.empty == Empty::Zero && !has_floor
    }
}

impl Policy {
    /// Reads a file; nothing where it has no such table.
    ///
    /// # Errors
    /// With every mistake in it, in the order of their places.
    pub fn read(file: impl Into<Foreign>, bytes: &[u8]) -> Result<Option<Self>, Vec<Problem>> {
        Config::read(file, bytes, |top| {
            let mut table = top.of_suite("canary");
            table.is_there().then(|| Self::of(&mut table))
        })
    }

    /// At how many moments of a window is measured.
    pub fn ticks(&self) -> u64 {
        ticks(self.window, self.interval)
    }

    /// How many of a metric's newest samples may be missing when the window is over.
    pub fn most_missing(&self) -> u64 {
        self.max_gap.checked_div(self.interval).unwrap_or(0)
    }

    fn of(table: &mut Table<'_, '_>) -> Self {
        let steps = steps(table);
        let window = table.duration("window").unwrap_or(300_000);
        let interval = table.duration("interval").unwrap_or(30_000);
        let settle = table.duration("settle").unwrap_or(30_000);
        let count = ticks(window, interval);
        if interval == 0 || interval > window || count > MOST_TICKS {
            table.wrong_table(
                "the window of the canary cannot be measured",
                text!["it has ", count, " moments"],
                text!["write an `interval` that is not longer than the `window`, and not so short that it has more than ", MOST_TICKS, " moments"],
            );
        }
        // A sample that is late, or a moment without a request, is no silence.
        let usual = interval.saturating_mul(2).min(window.saturating_sub(interval));
        let max_gap = table.duration("max-gap").unwrap_or(usual);
        if max_gap > 0 && max_gap >= window {
            let help = "write how long the newest samples may be missing: `max-gap = \"1m\"`";
            table.wrong_value("max-gap", "expected less than the whole `window`", help);
        }
        let on_no_data = [("hold", OnNoData::Hold), ("rollback", OnNoData::Rollback)];
        let on_no_data = table.choice("on-no-data", &on_no_data).unwrap_or(OnNoData::Hold);
        let max_holds = table.count("max-holds").unwrap_or(2);
        let after = [("rollback", AfterHolds::Rollback), ("hold", AfterHolds::Hold)];
        let after_max_holds =
            table.choice("after-max-holds", &after).unwrap_or(AfterHolds::Rollback);
        let warnings_as_errors = table.flag("warnings-as-errors").unwrap_or(true);
        let triggers = names(table, "triggers");
        let score = score(&mut table.table("score"));
        let mut inner = table.tables("metric");
        let mut metrics = Vec::new();
        let mut shares = Shares::default();
        let mut seen = BTreeSet::new();
        for table in &mut inner {
            let Some(raw) = metric(table, count) else { continue };
            if !seen.insert(raw.name.text.clone()) {
                table.wrong(
                    &raw.name,
                    "another metric has this name",
                    "give each metric its own name",
                );
            }
            shares.add(table, &raw);
            metrics.push(raw.metric);
        }
        shares.share(table, &mut metrics);
        if metrics.len() > MOST_METRICS {
            let label = text!["it has ", metrics.len(), " metrics"];
            table.wrong_table(
                "the canary has too many metrics",
                label,
                text!["write at most ", MOST_METRICS],
            );
        }
        let deciding = || metrics.iter().filter(|metric| !metric.muted);
        if deciding().count() > 0 && deciding().all(Metric::passes_in_silence) {
            table.wrong_table(
                "a canary of which nothing is heard would be promoted",
                "every metric that decides takes no series for a good zero",
                "leave `empty` out of one of them, such as one that counts the canary's requests, or give one a `min` above 0",
            );
        }
        if inner.is_empty() || (!metrics.is_empty() && metrics.iter().all(|metric| metric.muted)) {
            table.wrong_table(
                "nothing decides about the canary",
                "expected a metric in this table that is not muted",
                "write `[[canary.metric]]` with a `name`, a `query` and a limit such as `max`",
            );
        }
        Self {
            steps,
            window,
            interval,
            settle,
            max_gap,
            on_no_data,
            max_holds,
            after_max_holds,
            warnings_as_errors,
            triggers,
            score,
            metrics,
        }
    }
}

/// How many moments a window has, its two ends being two of them.
fn ticks(window: u64, interval: u64) -> u64 {
    window.checked_div(interval).unwrap_or(0).saturating_add(1)
}

fn steps(table: &mut Table<'_, '_>) -> Vec<u8> {
    let Some(words) = table.amounts("steps", "a list of whole numbers from 1 to 100") else {
        return vec![10, 25, 50, 75, 100];
    };
    let mut steps: Vec<u8> = Vec::new();
    for word in &words {
        let step = word.text.parse().ok().filter(|step| (1..=100).contains(step));
        match step {
            Some(step) if steps.last().is_none_or(|last| *last < step) => steps.push(step),
            _ => table.wrong(
                word,
                "expected a whole number from 1 to 100 that is greater than the one before",
                "write the traffic of each step in per cent: `steps = [10, 25, 50, 75, 100]`",
            ),
        }
    }
    if words.is_empty() {
        table.wrong_value(
            "steps",
            "expected at least one step",
            "write `steps = [10, 25, 50, 75, 100]`",
        );
    }
    steps
}

fn names(table: &mut Table<'_, '_>, key: &'static str) -> Vec<String> {
    let mut names = Vec::new();
    for word in table.strings(key).unwrap_or_default() {
        if word.text.is_empty() || word.text.contains(['=', '\n']) || names.contains(&word.text) {
            table.wrong(
                &word,
                "expected a name that is not there yet",
                "write short names such as `smoke-test`",
            );
        } else {
            names.push(word.text);
        }
    }
    names
}

fn score(table: &mut Table<'_, '_>) -> Score {
    let pass = table.count("pass").unwrap_or(95);
    let marginal = table.count("marginal").unwrap_or_else(|| pass.min(75));
    if pass == 0 || pass > 100 || marginal > pass {
        table.wrong_table(
            "the limits of the score cannot be used",
            "expected `marginal` not above `pass`, and `pass` from 1 to 100",
            "write `pass = 95` and `marginal = 75`",
        );
    }
    Score { pass, marginal }
}

/// A metric, and what of it is still looked at.
struct Raw {
    metric: Metric,
    name: Word,
    weight: Option<u64>,
}

fn metric(table: &mut Table<'_, '_>, count: u64) -> Option<Raw> {
    let name = table.string("name");
    let name = table.required("name", name);
    let query = table.string("query");
    let query = table.required("query", query);
    let baseline = table.string("baseline").map(|word| word.text);
    let mut select = BTreeMap::new();
    let mut labels = table.table("select");
    for (label, value) in labels.named_strings() {
        select.insert(label.text, value.text);
    }
    drop(labels);
    let empty = [("no-data", Empty::NoData), ("zero", Empty::Zero)];
    let empty = table.choice("empty", &empty).unwrap_or(Empty::NoData);
    let muted = table.flag("muted").unwrap_or(false);
    let min_samples = table.amount("min-samples");
    let is_rank = table.choice("compare", &[("limits", false), ("rank", true)]).unwrap_or(false);
    let (rule, fewest, weight) = if is_rank {
        let (rank, weight) = rank(table, name.as_ref());
        if baseline.is_none() {
            table.required("baseline", None::<()>);
        }
        let fewest = fewest(rank.confidence);
        (Rule::Rank(rank), fewest, weight)
    } else {
        (Rule::Limits(limits(table, baseline.is_some())), 1, None)
    };
    let default = if is_rank { fewest } else { count.div_ceil(2) };
    let wanted = min_samples.as_ref().and_then(|word| word.text.parse::<u64>().ok());
    let least = wanted.unwrap_or(default).max(fewest);
    if let Some(word) =
        min_samples.as_ref().filter(|_| wanted.is_none_or(|it| it == 0 || it > count))
    {
        let label = text![
            "expected a whole number from 1 to ",
            count,
            ", which are the moments of a window"
        ];
        table.wrong(word, label, "write fewer samples, or a longer `window`");
    } else if least > count {
        let message = "the window is too short to compare this metric";
        let label = text!["its `confidence` needs ", least, " samples, and the window has ", count];
        table.wrong_table(message, label, "write a longer `window` or a shorter `interval`");
    }
    let (name, query) = (name?, query?);
    if name.text.trim().is_empty() || query.text.trim().is_empty() {
        let word = if name.text.trim().is_empty() { &name } else { &query };
        table.wrong(word, "it is empty", "write a name and a query in PromQL");
    }
    let metric = Metric {
        name: name.text.clone(),
        query: query.text,
        baseline,
        select,
        empty,
        min_samples: least,
        muted,
        rule,
    };
    Some(Raw { metric, name, weight })
}

fn limits(table: &mut Table<'_, '_>, has_baseline: bool) -> Limits {
    for key in
        ["direction", "confidence", "allowed", "effect", "outliers", "critical", "group", "weight"]
    {
        only_with(table, key, "compare = \"rank\"");
    }
    let limits = Limits {
        min: Decimal::of_table(table, "min"),
        max: Decimal::of_table(table, "max"),
        min_ratio: factor(table, "min-ratio"),
        max_ratio: factor(table, "max-ratio"),
        zero_baseline_max: Decimal::of_table(table, "zero-baseline-max"),
        consecutive: table.count("consecutive").unwrap_or(1),
    };
    let has_ratio = table.has("min-ratio") || table.has("max-ratio");
    if !(table.has("min") || table.has("max") || has_ratio) {
        table.wrong_table(
            "nothing is wanted of this metric",
            "expected a limit in this table",
            "write `min`, `max`, `min-ratio` or `max-ratio`, or `compare = \"rank\"`",
        );
    }
    if has_ratio && !has_baseline {
        table.required("baseline", None::<()>);
    }
    if has_baseline && !has_ratio {
        only_with(table, "baseline", "a ratio or `compare = \"rank\"`");
    }
    if limits.consecutive == 0 {
        let help = "write how many bad samples in a row fail, from 1";
        table.wrong_value("consecutive", "expected a whole number from 1", help);
    }
    limits
}

fn rank(table: &mut Table<'_, '_>, name: Option<&Word>) -> (Rank, Option<u64>) {
    for key in ["min", "max", "min-ratio", "max-ratio", "consecutive"] {
        only_with(table, key, "limits, which `compare = \"rank\"` has not");
    }
    let directions = [
        ("increase", Direction::Increase),
        ("decrease", Direction::Decrease),
        ("either", Direction::Either),
    ];
    let direction = table.choice("direction", &directions);
    let direction = table.required("direction", direction).unwrap_or(Direction::Either);
    let (most, half) = (Decimal::whole(9999).times_ten_to(-4), Decimal::whole(5).times_ten_to(-1));
    let usual = Decimal::whole(98).times_ten_to(-2);
    let confidence = table.amount("confidence").map(|word| {
        let number = Decimal::amount(&word.text).filter(|number| (half..=most).contains(number));
        if number.is_none() {
            table.wrong(&word, "expected a number from 0.5 to 0.9999", "write `confidence = 0.98`");
        }
        number.unwrap_or(usual)
    });
    let is_common_language = table
        .choice("effect", &[("mean-ratio", false), ("common-language", true)])
        .unwrap_or(false);
    let allowed = table.amount("allowed").map(|word| {
        let fits = |number: &Decimal| {
            if is_common_language {
                *number >= half && *number < Decimal::ONE
            } else {
                *number >= Decimal::ONE
            }
        };
        let number = Decimal::amount(&word.text).filter(fits);
        if number.is_none() {
            let label = if is_common_language {
                "expected a probability from 0.5 and below 1"
            } else {
                "expected a number from 1"
            };
            let help = "write how many times the other the greater mean may be, as `allowed = 1.2`; with `effect = \"common-language\"` a probability";
            table.wrong(&word, label, help);
        }
        number
    });
    let allowed = allowed.flatten();
    let effect = if is_common_language {
        Effect::CommonLanguage(allowed.unwrap_or(half))
    } else {
        Effect::MeanRatio(allowed.unwrap_or(Decimal::ONE))
    };
    let zero_baseline_max = Decimal::of_table(table, "zero-baseline-max");
    let outliers = table.choice("outliers", &[("keep", false), ("remove", true)]).unwrap_or(false);
    let is_critical = table.flag("critical").unwrap_or(false);
    let group = table.string("group").map(|word| word.text);
    let group = group.or_else(|| name.map(|name| name.text.clone())).unwrap_or_default();
    let weight = table.count("weight");
    let rank = Rank {
        direction,
        confidence: confidence.unwrap_or(usual),
        effect,
        zero_baseline_max,
        removes_outliers: outliers,
        is_critical,
        group,
        weight: 0,
    };
    (rank, weight)
}

/// Says that a key means nothing without another.
fn only_with(table: &mut Table<'_, '_>, key: &'static str, other: &'static str) {
    table.pass_over(key);
    if table.has(key) {
        table.wrong_value(
            key,
            text!["expected this key only with ", other],
            "remove it from this table",
        );
    }
}

/// How many times the baseline: a number that is above zero.
fn factor(table: &mut Table<'_, '_>, key: &'static str) -> Option<Decimal> {
    let word = table.amount(key)?;
    let number = Decimal::amount(&word.text).filter(|number| *number > Decimal::ZERO);
    if number.is_none() {
        table.wrong(
            &word,
            "expected a number above 0",
            "write how many times the baseline it may be: `max-ratio = 2.0`",
        );
    }
    number
}

/// The shares of the groups in the score.
#[derive(Default)]
struct Shares {
    groups: BTreeMap<String, Option<u64>>,
}

impl Shares {
    fn add(&mut self, table: &Table<'_, '_>, raw: &Raw) {
        let Rule::Rank(rank) = &raw.metric.rule else { return };
        let before = self.groups.entry(rank.group.clone()).or_default();
        match (*before, raw.weight) {
            (Some(before), Some(weight)) if before != weight => {
                let help = "write the weight of a group once";
                table.wrong_value("weight", "another metric of this group has another one", help);
            }
            (None, Some(weight)) => *before = Some(weight),
            (_, _) => {}
        }
    }

    /// Groups without a weight share what the others leave.
    fn share(&self, table: &Table<'_, '_>, metrics: &mut [Metric]) {
        // In parts of a million of a per cent, so that three groups of one third each are as good as one.
        const PARTS: u64 = 1_000_000;
        if self.groups.is_empty() {
            return;
        }
        let given = self.groups.values().flatten().fold(0_u64, |sum, it| sum.saturating_add(*it));
        let open = self.groups.values().filter(|weight| weight.is_none()).count();
        let open = u64::try_from(open).unwrap_or(u64::MAX);
        let left = 100_u64.saturating_sub(given);
        let is_whole = if open == 0 { given == 100 } else { given < 100 };
        if !is_whole || self.groups.values().any(|weight| *weight == Some(0)) {
            table.wrong_table(
                "the weights of the groups cannot be used",
                text!["they come to ", given, ", and ", open, " groups have none"],
                "write weights from 1 that come to 100; groups without a weight share what is left",
            );
        }
        let each = left.saturating_mul(PARTS).checked_div(open).unwrap_or(0);
        for metric in metrics {
            if let Rule::Rank(rank) = &mut metric.rule {
                let given = self.groups.get(&rank.group).copied().flatten();
                rank.weight = given.map_or(each, |given| given.saturating_mul(PARTS));
            }
        }
    }
}
