//! Which thresholds are reached: a warning, something critical, or nobody knows.
//!
//! A threshold is reached at its very value, as an alert rule with `>=` has it. Every series of a query is looked at by
//! itself, so that one full disk among ten is one full disk. What is not known is never taken for well.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::config::{Config, Table};
use diagnostics::{Foreign, Problem, text};

use crate::Decimal;
use crate::canary::{Empty, Reading};

/// The most rules, each of which is one question.
const MOST_RULES: usize = 500;

/// What is wanted: the table `[alerts]` of `.github/signalbox.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether there is no answer while something is not known.
    pub require: bool,
    /// From which level on the answer is no.
    pub fail_on: FailOn,
    /// Whether samples of which the server warns are not trusted.
    pub warnings_as_errors: bool,
    /// What is looked at.
    pub rules: Vec<Rule>,
}

/// From which level on the answer is no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// What is critical.
    Critical,
    /// A warning as well.
    Warn,
    /// Never.
    Never,
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The query.
    pub query: String,
    /// From here on it is worth a warning.
    pub warn: Option<Decimal>,
    /// From here on it is critical.
    pub critical: Option<Decimal>,
    /// Which side is bad.
    pub bad: Bad,
    /// The labels of the series that are meant.
    pub select: BTreeMap<String, String>,
    /// What no series means.
    pub empty: Empty,
}

/// Which side is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// At and above a threshold.
    High,
    /// At and below it.
    Low,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// No threshold is reached.
    Ok,
    /// Nobody knows.
    Unknown,
    /// That of a warning is.
    Warn,
    /// That of what is critical is.
    Critical,
}

impl Level {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Critical => "critical",
        }
    }
}

/// A series that was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its labels, by name.
    pub labels: BTreeMap<String, String>,
    /// What it is now.
    pub reading: Reading,
}

/// What a rule comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The worst of its series; unknown where it has none.
    pub level: Level,
    /// Its series with their levels, the worst first.
    pub series: Vec<(Level, Seen)>,
    /// Why it could not be asked for, if it could not.
    pub error: Option<Foreign>,
}

/// What all rules come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The worst of them.
    pub level: Level,
    /// Each, in the policy's order.
    pub outcomes: Vec<Outcome>,
}

/// Decides: `seen` has what was measured for each rule, in the policy's order, or why nothing was.
pub fn decide(policy: &Policy, seen: &[Result<Vec<Seen>, Foreign>]) -> Decision {
    let unasked = || Err(Foreign::from("it was not asked for"));
    let outcomes: Vec<Outcome> = policy
        .rules
        .iter()
        .enumerate()
        .map(|(at, rule)| outcome(rule, seen.get(at).cloned().unwrap_or_else(unasked)))
        .collect();
    let level = outcomes.iter().map(|outcome| outcome.level).max().unwrap_or(Level::Unknown);
    Decision { level, outcomes }
}

impl Decision {
    /// Whether something is not known.
    pub fn is_incomplete(&self) -> bool {
        let series = |outcome: &Outcome| outcome.series.iter().any(|(it, _)| *it == Level::Unknown);
        self.outcomes.iter().any(|outcome| outcome.level == Level::Unknown || series(outcome))
    }
}

fn outcome(rule: &Rule, seen: Result<Vec<Seen>, Foreign>) -> Outcome {
    let seen = match seen {
        Ok(seen) => seen,
        Err(why) => return Outcome { level: Level::Unknown, series: Vec::new(), error: Some(why) },
    };
    let mut series: Vec<(Level, Seen)> =
        seen.into_iter().map(|seen| (level(rule, &seen.reading), seen)).collect();
    if series.is_empty() && rule.empty == Empty::Zero {
        let reading = Reading::Value(Decimal::ZERO);
        series.push((level(rule, &reading), Seen { labels: BTreeMap::new(), reading }));
    }
    series.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
    let level = series.first().map_or(Level::Unknown, |(level, _)| *level);
    Outcome { level, series, error: None }
}

fn level(rule: &Rule, reading: &Reading) -> Level {
    let reaches = |threshold: Option<Decimal>| match (reading, rule.bad) {
        (Reading::Value(value), Bad::High) => threshold.is_some_and(|it| *value >= it),
        (Reading::Value(value), Bad::Low) => threshold.is_some_and(|it| *value <= it),
        (Reading::Infinity, Bad::High) | (Reading::NegativeInfinity, Bad::Low) => {
            threshold.is_some()
        }
        (_, _) => false,
    };
    let is_known = match (reading, rule.bad) {
        (Reading::Value(_), _)
        | (Reading::Infinity, Bad::High)
        | (Reading::NegativeInfinity, Bad::Low) => true,
        (_, _) => false,
    };
    match (is_known, reaches(rule.critical), reaches(rule.warn)) {
        (false, ..) => Level::Unknown,
        (true, true, _) => Level::Critical,
        (true, false, true) => Level::Warn,
        (true, false, false) => Level::Ok,
    }
}

impl Policy {
    /// Reads a file; nothing where it has no such table.
    ///
    /// # Errors
    /// With every mistake in it, in the order of their places.
    pub fn read(file: impl Into<Foreign>, bytes: &[u8]) -> Result<Option<Self>, Vec<Problem>> {
        Config::read(file, bytes, |top| {
            let mut table = top.of_suite("alerts");
            table.is_there().then(|| Self::of(&mut table))
        })
    }

    fn of(table: &mut Table<'_, '_>) -> Self {
        let require = table.flag("require").unwrap_or(false);
        let words =
            [("critical", FailOn::Critical), ("warn", FailOn::Warn), ("never", FailOn::Never)];
        let fail_on = table.choice("fail-on", &words).unwrap_or(FailOn::Critical);
        let warnings_as_errors = table.flag("warnings-as-errors").unwrap_or(true);
        let mut tables = table.tables("rule");
        let mut names = BTreeSet::new();
        let rules: Vec<Rule> = tables.iter_mut().filter_map(|it| rule(it, &mut names)).collect();
        if tables.is_empty() {
            table.wrong_table(
                "there is nothing to look at",
                "expected a rule in this table",
                "write `[[alerts.rule]]` with a `name`, a `query`, and `warn`, `critical` or both",
            );
        }
        if rules.len() > MOST_RULES {
            let label = text!["it has ", rules.len(), " rules"];
            table.wrong_table(
                "there are too many alerts",
                label,
                text!["write at most ", MOST_RULES],
            );
        }
        Self { require, fail_on, warnings_as_errors, rules }
    }
}

fn rule(table: &mut Table<'_, '_>, names: &mut BTreeSet<String>) -> Option<Rule> {
    let name = table.string("name");
    let name = table.required("name", name);
    let query = table.string("query");
    let query = table.required("query", query);
    let warn = Decimal::of_table(table, "warn");
    let critical = Decimal::of_table(table, "critical");
    let bad = table.choice("bad", &[("high", Bad::High), ("low", Bad::Low)]).unwrap_or(Bad::High);
    let select = table.table("select").named_strings();
    let select = select.into_iter().map(|(label, value)| (label.text, value.text)).collect();
    let empty = [("no-data", Empty::NoData), ("zero", Empty::Zero)];
    let empty = table.choice("empty", &empty).unwrap_or(Empty::NoData);
    if !table.has("warn") && !table.has("critical") {
        let help = "write `warn`, `critical` or both";
        table.wrong_table(
            "nothing is wanted of this rule",
            "expected a threshold in this table",
            help,
        );
    }
    let is_behind = match (warn, critical, bad) {
        (Some(warn), Some(critical), Bad::High) => warn > critical,
        (Some(warn), Some(critical), Bad::Low) => warn < critical,
        (_, None, _) | (None, _, _) => false,
    };
    if is_behind {
        let help = "write the one that is reached first as `warn`; `bad = \"low\"` is for what should be high";
        table.wrong_value("warn", "it is reached after `critical`", help);
    }
    let (name, query) = (name?, query?);
    if name.text.trim().is_empty() || !names.insert(name.text.clone()) {
        table.wrong(&name, "expected a name that no other rule has", "give each rule its own name");
    }
    if query.text.trim().is_empty() {
        table.wrong(&query, "it is empty", "write a query in PromQL");
    }
    Some(Rule { name: name.text, query: query.text, warn, critical, bad, select, empty })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canary::Absent;

    /// The thresholds of a platform.
    const PLATFORM: &str = r#"
[[alerts.rule]]
name = "error-rate"
query = "errors"
warn = "0.5%"
critical = "1%"
[[alerts.rule]]
name = "latency"
query = "latency"
warn = "80ms"
critical = "100ms"
[[alerts.rule]]
name = "cpu"
query = "cpu"
warn = "70%"
critical = "80%"
[[alerts.rule]]
name = "memory"
query = "memory"
warn = "80%"
critical = "90%"
[[alerts.rule]]
name = "disk"
query = "disk"
warn = "75%"
critical = "85%"
"#;

    fn read(text: &str) -> Policy {
        Policy::read("c.toml", text.as_bytes()).unwrap_or_else(|all| panic!("{all:?}")).unwrap()
    }

    fn reading(text: &str) -> Reading {
        match text {
            "NaN" => Reading::NoData(Absent::NotANumber),
            "Inf" => Reading::Infinity,
            "-Inf" => Reading::NegativeInfinity,
            number => Reading::Value(Decimal::parse(number).unwrap()),
        }
    }

    fn seen(text: &str) -> Result<Vec<Seen>, Foreign> {
        let one = |word: &str| Seen { labels: BTreeMap::new(), reading: reading(word) };
        if text.contains('!') {
            return Err("HTTP 503".into());
        }
        Ok(text.split_whitespace().map(one).collect())
    }

    #[track_caller]
    fn check(rule: usize, text: &str, wanted: Level) {
        let policy = read(PLATFORM);
        let outcome = outcome(&policy.rules[rule], seen(text));
        assert_eq!(outcome.level, wanted, "{text}");
    }

    #[test]
    fn a_threshold_is_reached_at_its_value() {
        for (rule, below, warn, between, critical) in [
            (0, "0.004999999999", "0.005", "0.00999999999", "0.01"),
            (1, "0.0799", "0.08", "0.0999", "0.1"),
            (2, "0.6999", "0.7", "0.7999", "0.8"),
            (3, "0.7999", "0.8", "0.8999", "0.9"),
            (4, "0.7499", "0.75", "0.8499", "0.85"),
        ] {
            check(rule, below, Level::Ok);
            check(rule, warn, Level::Warn);
            check(rule, between, Level::Warn);
            check(rule, critical, Level::Critical);
        }
    }

    #[test]
    fn the_worst_series_counts_and_what_is_unknown_is_not_well() {
        check(4, "0.1 0.9 0.2", Level::Critical);
        check(4, "0.1 NaN 0.2", Level::Unknown);
        check(4, "0.1 NaN 0.75", Level::Warn);
        check(4, "", Level::Unknown);
        check(4, "!", Level::Unknown);
        check(4, "Inf", Level::Critical);
        check(4, "-Inf", Level::Unknown);
        let zero =
            read(&PLATFORM.replace("query = \"errors\"", "query = \"errors\"\nempty = \"zero\""));
        assert_eq!(outcome(&zero.rules[0], seen("")).level, Level::Ok);
    }

    #[test]
    fn all_rules_come_to_the_worst_and_nothing_is_forgotten() {
        let policy = read(PLATFORM);
        let fine = || seen("0.001");
        let all = |disk| decide(&policy, &[fine(), fine(), fine(), fine(), disk]);
        assert_eq!((all(fine()).level, all(fine()).is_incomplete()), (Level::Ok, false));
        assert_eq!(
            (all(seen("1")).level, all(seen("1")).is_incomplete()),
            (Level::Critical, false)
        );
        let unknown = all(Err("HTTP 503".into()));
        assert_eq!((unknown.level, unknown.is_incomplete()), (Level::Unknown, true));
        assert!(all(seen("1 NaN")).is_incomplete());
        let short = decide(&policy, &[fine()]);
        assert_eq!((short.level, short.outcomes.len()), (Level::Unknown, 5));
    }

    #[test]
    fn what_should_be_high_may_be_low() {
        let policy = read(
            "[[alerts.rule]]\nname = 'up'\nquery = 'up'\nbad = 'low'\nwarn = 3\ncritical = 1\n",
        );
        let level = |text| outcome(&policy.rules[0], seen(text)).level;
        assert_eq!(
            (level("4"), level("3"), level("1"), level("0")),
            (Level::Ok, Level::Warn, Level::Critical, Level::Critical)
        );
        assert_eq!((level("-Inf"), level("Inf")), (Level::Critical, Level::Unknown));
    }

    #[track_caller]
    fn check_wrong(text: &str, lines: &[u64]) {
        let problems = Policy::read("c.toml", text.as_bytes()).unwrap_err();
        let found: Vec<u64> = problems
            .iter()
            .map(|it| it.place.as_ref().and_then(|place| place.line).unwrap())
            .collect();
        assert_eq!(found, lines, "{problems:?}");
    }

    #[test]
    fn every_mistake_is_told_at_its_place() {
        assert_eq!(Policy::read("c.toml", b"[gate]\n"), Ok(None));
        let rule = "[[alerts.rule]]\nname = 'a'\nquery = 'b'\n";
        check_wrong("[alerts]\nrequired = true\n", &[1, 2]);
        check_wrong(rule, &[1]);
        check_wrong(&format!("{rule}warn = 'much'\ncritical = 1\n"), &[4]);
        check_wrong(&format!("{rule}warn = 2\ncritical = 1\n"), &[4]);
        check_wrong(&format!("{rule}warn = 2\n{rule}warn = 2\n"), &[6]);
        check_wrong(&format!("[alerts]\nfail-on = 'ok'\n{rule}warn = 2\nbad = 'odd'\n"), &[2, 7]);
    }

    proptest! {
        #[test]
        fn nothing_but_numbers_below_all_thresholds_is_well(
            words in prop::collection::vec(prop::sample::select(vec!["0.1", "0.75", "9", "NaN", "Inf", "-Inf", "!"]), 0..6),
        ) {
            let policy = read(PLATFORM);
            let outcome = outcome(&policy.rules[4], seen(&words.join(" ")));
            let is_well = !words.is_empty() && words.iter().all(|word| *word == "0.1");
            prop_assert_eq!(outcome.level == Level::Ok, is_well);
        }
    }
}
