//! The proof that every item ran exactly once: what was found before the legs began, against what
//! the legs say that they ran.
//!
//! A leg that says nothing is not assumed to have had nothing to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Outcome, Report};

/// How many names of one kind are shown.
const SHOWN: usize = 20;

/// What is wrong; nothing, if the proof holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// How many items there are.
    pub items: usize,
    /// How many names without a program only had to reach a leg.
    pub received: usize,
    /// How many legs reported.
    pub legs: usize,
    /// Items that no leg ran.
    pub missing: Vec<String>,
    /// Items that ran more than once, with the legs.
    pub doubled: Vec<(String, Vec<u64>)>,
    /// What ran and was never found before.
    pub unknown: Vec<String>,
    /// Items that ran and failed.
    pub failed: Vec<String>,
    /// Legs of the matrix without a report.
    pub silent_legs: Vec<u64>,
    /// Legs with more than one report, or that the matrix does not have.
    pub stray_legs: Vec<u64>,
}

/// Compares what was found with what was run.
pub fn prove(found: &[String], legs: &[u64], reports: &[Report]) -> Proof {
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let mut ran: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let (mut failed, mut received) = (Vec::new(), 0);
    for report in reports {
        for execution in &report.ran {
            match execution.outcome {
                Outcome::NotRun(_) => continue,
                Outcome::Failed(_) => failed.push(execution.item.clone()),
                Outcome::Received => received += 1,
                Outcome::Passed => {}
            }
            ran.entry(&execution.item).or_default().push(report.leg);
        }
    }
    let owned = |names: Vec<&&str>| names.into_iter().map(|name| (*name).to_owned()).collect();
    let doubled = ran.iter().filter(|(_, legs)| legs.len() > 1);
    let reported = |leg: u64| reports.iter().filter(|report| report.leg == leg).count();
    let mut stray: Vec<u64> = reports.iter().map(|report| report.leg).collect();
    stray.retain(|leg| !legs.contains(leg) || reported(*leg) > 1);
    stray.sort_unstable();
    stray.dedup();
    failed.sort();
    Proof {
        items: found.len(),
        received,
        legs: reports.len(),
        missing: owned(found.iter().filter(|name| !ran.contains_key(**name)).collect()),
        doubled: doubled.map(|(name, legs)| ((*name).to_owned(), legs.clone())).collect(),
        unknown: owned(ran.keys().filter(|name| !found.contains(**name)).collect()),
        failed,
        silent_legs: legs.iter().copied().filter(|leg| reported(*leg) == 0).collect(),
        stray_legs: stray,
    }
}

impl Proof {
    /// Whether every item ran exactly once and passed, and every leg told so.
    pub fn holds(&self) -> bool {
        let Self { items, legs, doubled, silent_legs, stray_legs, .. } = self;
        let named = [&self.missing, &self.unknown, &self.failed];
        *items > 0
            && *legs > 0
            && doubled.is_empty()
            && silent_legs.is_empty()
            && stray_legs.is_empty()
            && named.iter().all(|names| names.is_empty())
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.holds() {
            let Self { items, legs, received, .. } = self;
            let verb = if *received == 0 { "ran" } else { "were handed out" };
            return write!(formatter, "{items} items {verb} exactly once, in {legs} legs");
        }
        let no_items: &[String] = match self.items {
            0 => &["no item was found at all".to_owned()],
            _ => &[],
        };
        list(formatter, "nothing to prove", no_items)?;
        list(formatter, "did not run", &self.missing)?;
        let twice = |(name, legs): &(String, Vec<u64>)| format!("{name:?} in the legs {legs:?}");
        list(formatter, "ran more than once", &shown(&self.doubled, twice))?;
        list(formatter, "ran, but was not found before", &self.unknown)?;
        list(formatter, "failed", &self.failed)?;
        let leg = |leg: &u64| format!("leg {leg}");
        list(formatter, "did not report", &shown(&self.silent_legs, leg))?;
        list(formatter, "reported out of turn", &shown(&self.stray_legs, leg))
    }
}

fn shown<T>(values: &[T], text: impl Fn(&T) -> String) -> Vec<String> {
    values.iter().map(text).collect()
}

/// A heading and its names. A line break in a name is shown as `\n`, so that each has its line.
fn list(formatter: &mut fmt::Formatter<'_>, title: &str, names: &[String]) -> fmt::Result {
    if names.is_empty() {
        return Ok(());
    }
    writeln!(formatter, "{title} ({}):", names.len())?;
    for name in names.iter().take(SHOWN) {
        let plain: String =
            name.chars().flat_map(|character| visible(character).collect::<Vec<_>>()).collect();
        writeln!(formatter, "  {plain}")?;
    }
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => writeln!(formatter, "  and {more} more"),
        Some(0) | None => Ok(()),
    }
}

fn visible(character: char) -> Box<dyn Iterator<Item = char>> {
    if character.is_control() {
        Box::new(character.escape_default())
    } else {
        Box::new(std::iter::once(character))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Execution;
    use super::*;

    /// Legs as `0: a b` where `-a` is an item that could not be run and `!a` one that failed.
    fn reports(legs: &[&str]) -> Vec<Report> {
        let report = |text: &&str| {
            let (leg, items) = text.split_once(':').unwrap();
            let ran = items.split_whitespace().map(execution).collect();
            Report { leg: leg.parse().unwrap(), ran }
        };
        legs.iter().map(report).collect()
    }

    fn execution(text: &str) -> Execution {
        let (item, outcome) = match (text.strip_prefix('-'), text.strip_prefix('!')) {
            (Some(item), _) => (item, Outcome::NotRun(String::new())),
            (None, Some(item)) => (item, Outcome::Failed(String::new())),
            (None, None) => (text, Outcome::Passed),
        };
        Execution { item: item.to_owned(), outcome, micros: 1 }
    }

    #[track_caller]
    fn check(found: &str, legs: &[&str], wanted: &str) {
        let found: Vec<String> = found.split_whitespace().map(str::to_owned).collect();
        let proof = prove(&found, &[0, 1], &reports(legs));
        assert_eq!(proof.to_string().trim_end(), wanted);
        assert_eq!(proof.holds(), wanted.contains("exactly once"));
    }

    #[test]
    fn every_item_in_one_leg_is_a_proof() {
        check("a b c", &["0: a c", "1: b"], "3 items ran exactly once, in 2 legs");
        check("a b c", &["0: a b c", "1:"], "3 items ran exactly once, in 2 legs");
    }

    #[test]
    fn an_item_that_did_not_run_is_named() {
        check("a b", &["0: a", "1:"], "did not run (1):\n  b");
        check("a b", &["0: a", "1: -b"], "did not run (1):\n  b");
    }

    #[test]
    fn an_item_that_ran_twice_is_named_with_its_legs() {
        check("a b", &["0: a b", "1: a"], "ran more than once (1):\n  \"a\" in the legs [0, 1]");
        check("a b", &["0: a b a", "1:"], "ran more than once (1):\n  \"a\" in the legs [0, 0]");
    }

    #[test]
    fn a_renamed_item_is_missing_and_unknown() {
        check(
            "a b",
            &["0: a", "1: c"],
            "did not run (1):\n  b\nran, but was not found before (1):\n  c",
        );
    }

    #[test]
    fn a_failed_item_ran_but_proves_nothing() {
        check("a b", &["0: a", "1: !b"], "failed (1):\n  b");
    }

    #[test]
    fn a_leg_must_report_once() {
        check("a b", &["0: a b"], "did not report (1):\n  leg 1");
        check("a", &["0: a", "1:", "2:"], "reported out of turn (1):\n  leg 2");
        check("a", &["0: a", "1:", "1:"], "reported out of turn (1):\n  leg 1");
    }

    #[test]
    fn nothing_found_proves_nothing() {
        check("", &["0:", "1:"], "nothing to prove (1):\n  no item was found at all");
    }

    #[test]
    fn names_keep_to_their_line() {
        let found = vec!["a\n::error::b".to_owned()];
        let proof = prove(&found, &[0], &reports(&["0:"]));
        assert_eq!(proof.to_string(), "did not run (1):\n  a\\n::error::b\n");
    }
}
