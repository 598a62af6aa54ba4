//! Whether every test ran exactly once: what was discovered outside of the shards against what each
//! shard's reports say that it ran.
//!
//! A shard can lose tests and be green: its filter selected nothing, a re-run planned anew, a list was
//! cut off. So nothing that a shard was told counts here, only what it reports.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use reports::{Outcome, Sample};

use crate::names::{Names, Precision, reported};
use crate::timings::Paths;
use crate::{ItemId, Items, Matcher, TestId};

/// What one shard reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardReport {
    /// Its index, from 0.
    pub shard: u16,
    /// Which attempt of the run this was.
    pub attempt: u64,
    /// The run it belongs to.
    pub run: u64,
    /// The SHA-256 of the plan it followed.
    pub plan: String,
    /// What it ran, and what it says that it did not run.
    pub samples: Vec<Sample>,
}

/// What is to be proven.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// What must have run, from a discovery outside of the shards.
    pub discovered: &'a Items,
    /// What holds these tests: a report may tell how it ended as a whole, which proves nothing.
    pub holders: &'a Items,
    /// The run that this is about; nothing where only the reports say it.
    pub run: Option<u64>,
    /// How many shards there are.
    pub shards: u16,
    /// The SHA-256 of the plan.
    pub plan: &'a str,
    /// The tests that ran in an earlier run, and were not skipped there.
    pub ran_before: &'a BTreeSet<TestId>,
}

/// What was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many tests were discovered.
    pub discovered: usize,
    /// How many of them ran, passed or failed.
    pub ran: usize,
    /// How many of them were skipped by the shard that had them.
    pub skipped: usize,
    /// How many of those that ran failed at last.
    pub failed: usize,
    /// Discovered, and in no shard's report.
    pub missing: Vec<ItemId>,
    /// In the reports of more than one shard.
    pub doubled: Vec<(ItemId, Vec<u16>)>,
    /// In a shard's report, and not discovered.
    pub unknown: Vec<(BString, u16)>,
    /// Skipped now, and not in an earlier run.
    pub newly_skipped: Vec<BString>,
    /// Shards that never reported.
    pub unreported: Vec<u16>,
    /// Shards that followed another plan.
    pub other_plan: Vec<u16>,
    /// Reports of shards that the plan does not have.
    pub no_such_shard: Vec<u16>,
    /// Shards with several reports of one attempt that say different things.
    pub repeated: Vec<u16>,
    /// The runs that the reports belong to, if it is not the one that this is about.
    pub runs: Vec<u64>,
}

impl Verdict {
    /// Whether every test was on exactly one shard, and something ran at all.
    pub fn holds(&self) -> bool {
        let Self {
            discovered,
            ran,
            skipped: _,
            failed: _,
            missing,
            doubled,
            unknown,
            newly_skipped,
            unreported,
            other_plan,
            no_such_shard,
            repeated,
            runs,
        } = self;
        (*ran > 0 || *discovered == 0)
            && repeated.is_empty()
            && missing.is_empty()
            && doubled.is_empty()
            && unknown.is_empty()
            && newly_skipped.is_empty()
            && unreported.is_empty()
            && other_plan.is_empty()
            && no_such_shard.is_empty()
            && runs.is_empty()
    }
}

/// What the reports say of one test.
#[derive(Clone, Debug, Default)]
struct Seen {
    shards: BTreeSet<u16>,
    ran: bool,
    failed: bool,
}

/// Holds the reports against the claim. Of several reports of one shard, the newest attempt counts.
pub fn verify(claim: &Claim<'_>, reports: &[ShardReport]) -> Verdict {
    let mut verdict = Verdict { discovered: claim.discovered.len(), ..Verdict::default() };
    let newest = by_shard(reports);
    verdict.runs = runs(claim, reports);
    verdict.repeated = repeated(reports);
    verdict.unreported = (0..claim.shards).filter(|shard| !newest.contains_key(shard)).collect();
    let (matcher, holders) = (Matcher::new(claim.discovered), Matcher::new(claim.holders));
    let mut names = Names::default();
    let mut seen: BTreeMap<usize, Seen> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for (shard, report) in newest {
        if shard >= claim.shards {
            verdict.no_such_shard.push(shard);
        }
        if report.plan != claim.plan {
            verdict.other_plan.push(shard);
        }
        for sample in &report.samples {
            let found = matcher.find(&mut names, &sample.identity, Paths::ShorterInReport);
            let Some(item) = found.map(|found| found.item) else {
                let holder = holders.find(&mut names, &sample.identity, Paths::ShorterInReport);
                let is_holder = holder.is_some_and(|found| found.precision == Precision::Test);
                // What was not run is nothing that ran and was not discovered.
                if !is_holder && sample.outcome != Outcome::Skipped {
                    unknown.insert((reported(&sample.identity), shard));
                }
                continue;
            };
            let seen = seen.entry(item).or_default();
            seen.shards.insert(shard);
            match sample.outcome {
                Outcome::Passed => seen.ran = true,
                Outcome::Failed => (seen.ran, seen.failed) = (true, true),
                Outcome::Skipped if claim.ran_before.contains(&TestId::of(&sample.identity)) => {
                    verdict.newly_skipped.push(reported(&sample.identity));
                }
                Outcome::Skipped => {}
            }
        }
    }
    verdict.unknown = unknown.into_iter().collect();
    verdict.newly_skipped.sort();
    verdict.newly_skipped.dedup();
    for (place, id) in claim.discovered.ids().iter().enumerate() {
        match seen.remove(&place) {
            None => verdict.missing.push(id.clone()),
            Some(Seen { shards, ran, failed }) => {
                if shards.len() > 1 {
                    verdict.doubled.push((id.clone(), shards.into_iter().collect()));
                }
                verdict.ran += usize::from(ran);
                verdict.skipped += usize::from(!ran);
                verdict.failed += usize::from(failed);
            }
        }
    }
    verdict
}

/// The reports of each shard's newest attempt, by shard; of equal ones, the last.
pub fn newest(reports: &[ShardReport]) -> Vec<&ShardReport> {
    by_shard(reports).into_values().collect()
}

fn by_shard(reports: &[ShardReport]) -> BTreeMap<u16, &ShardReport> {
    let mut newest: BTreeMap<u16, &ShardReport> = BTreeMap::new();
    for report in reports {
        let own = newest.entry(report.shard).or_insert(report);
        if report.attempt >= own.attempt {
            *own = report;
        }
    }
    newest
}

/// The shards with several reports of one attempt that say different things.
fn repeated(reports: &[ShardReport]) -> Vec<u16> {
    let mut first: BTreeMap<(u16, u64), &ShardReport> = BTreeMap::new();
    let mut repeated = BTreeSet::new();
    for report in reports {
        let known = first.entry((report.shard, report.attempt)).or_insert(report);
        if *known != report {
            repeated.insert(report.shard);
        }
    }
    repeated.into_iter().collect()
}

/// The runs of the reports, if it is more than one, or another than this is about.
fn runs(claim: &Claim<'_>, reports: &[ShardReport]) -> Vec<u64> {
    let runs: BTreeSet<u64> = reports.iter().map(|report| report.run).collect();
    let is_other = claim.run.is_some_and(|own| runs.iter().any(|run| *run != own));
    if runs.len() > 1 || is_other { runs.into_iter().collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use reports::{Identity, Micros, Time};

    use super::*;

    const PLAN: &str = "p";

    fn items(names: &[&str]) -> Items {
        Items::new(names.iter().map(|name| ItemId::new(*name).unwrap()).collect())
    }

    fn sample(name: &str, outcome: Outcome) -> Sample {
        Sample { identity: Identity::Key(name.into()), outcome, time: Time::Known(Micros(1)) }
    }

    fn report(shard: u16, passed: &[&str]) -> ShardReport {
        let samples = passed.iter().map(|name| sample(name, Outcome::Passed)).collect();
        ShardReport { shard, attempt: 1, run: 7, plan: PLAN.to_owned(), samples }
    }

    fn verified(names: &[&str], reports: &[ShardReport]) -> Verdict {
        verified_with(names, reports, &[])
    }

    fn verified_with(names: &[&str], reports: &[ShardReport], ran_before: &[&str]) -> Verdict {
        let discovered = items(names);
        let identity = |name: &&str| TestId::of(&Identity::Key((*name).into()));
        let ran_before = ran_before.iter().map(identity).collect();
        let holders = items(&["pkg"]);
        let claim = Claim {
            discovered: &discovered,
            holders: &holders,
            run: None,
            shards: 2,
            plan: PLAN,
            ran_before: &ran_before,
        };
        verify(&claim, reports)
    }

    #[track_caller]
    fn check(names: &[&str], reports: &[ShardReport], wrong: &Verdict) {
        let found = verified(names, reports);
        let discovered = found.discovered;
        let (ran, skipped, failed) = (found.ran, found.skipped, found.failed);
        assert_eq!(found, Verdict { discovered, ran, skipped, failed, ..wrong.clone() });
        assert_eq!(found.holds(), *wrong == Verdict::default());
    }

    #[test]
    fn every_test_ran_exactly_once() {
        check(&["a", "b", "c"], &[report(0, &["a", "c"]), report(1, &["b"])], &Verdict::default());
        let found = verified(&["a", "b"], &[report(0, &["a"]), report(1, &["b"])]);
        assert_eq!((found.discovered, found.ran, found.failed), (2, 2, 0));
    }

    #[test]
    fn one_that_is_missing_doubled_or_unknown_is_named() {
        let [a, b] = ["a", "b"].map(|name| ItemId::new(name).unwrap());
        let missing = Verdict { missing: vec![b], ..Verdict::default() };
        check(&["a", "b"], &[report(0, &["a"]), report(1, &[])], &missing);
        let doubled = Verdict { doubled: vec![(a, vec![0, 1])], ..Verdict::default() };
        check(&["a", "b"], &[report(0, &["a"]), report(1, &["a", "b"])], &doubled);
        let unknown = Verdict { unknown: vec![("x".into(), 1)], ..Verdict::default() };
        check(&["a"], &[report(0, &["a"]), report(1, &["x"])], &unknown);
    }

    #[test]
    fn a_shard_that_never_reported_is_never_a_shard_without_tests() {
        let unreported = Verdict { unreported: vec![1], ..Verdict::default() };
        check(&["a"], &[report(0, &["a"])], &unreported);
        let missing = items(&["a"]).ids().to_vec();
        check(&["a"], &[], &Verdict { unreported: vec![0, 1], missing, ..Verdict::default() });
    }

    #[test]
    fn a_report_of_another_plan_run_or_shard_proves_nothing() {
        let own = report(0, &["a"]);
        let other = ShardReport { plan: "q".to_owned(), ..report(1, &[]) };
        check(
            &["a"],
            &[own.clone(), other],
            &Verdict { other_plan: vec![1], ..Verdict::default() },
        );
        let other = ShardReport { run: 8, ..report(1, &[]) };
        check(&["a"], &[own.clone(), other], &Verdict { runs: vec![7, 8], ..Verdict::default() });
        let more = [own, report(1, &[]), report(2, &[])];
        check(&["a"], &more, &Verdict { no_such_shard: vec![2], ..Verdict::default() });
    }

    #[test]
    fn two_reports_of_one_attempt_that_differ_prove_nothing() {
        let [one, two] = [report(0, &["a"]), report(1, &["b"])];
        check(&["a", "b"], &[one.clone(), one.clone(), two.clone()], &Verdict::default());
        let other = report(0, &[]);
        let repeated = Verdict { repeated: vec![0], ..Verdict::default() };
        check(&["a", "b"], &[other, one, two], &repeated);
    }

    #[test]
    fn where_nothing_ran_nothing_is_proven() {
        let mut own = report(0, &[]);
        own.samples.push(sample("a", Outcome::Skipped));
        let found = verified(&["a"], &[own, report(1, &[])]);
        assert!(!found.holds(), "{found:?}");
        assert_eq!((found.ran, found.skipped), (0, 1));
    }

    #[test]
    fn how_a_package_ended_is_no_test() {
        let reports = [report(0, &["pkg a", "pkg"]), report(1, &["pkg b"])];
        check(&["pkg a", "pkg b"], &reports, &Verdict::default());
        // What is not run needs no discovery.
        let mut own = report(0, &["a"]);
        own.samples.push(sample("ignored", Outcome::Skipped));
        check(&["a"], &[own, report(1, &[])], &Verdict::default());
    }

    #[test]
    fn the_newest_attempt_of_a_shard_counts() {
        let again = ShardReport { attempt: 2, ..report(1, &["b"]) };
        let reports = [report(0, &["a"]), again, report(1, &["a"])];
        check(&["a", "b"], &reports, &Verdict::default());
    }

    #[test]
    fn a_skipped_test_was_not_run_but_is_accounted_for() {
        let mut own = report(0, &["a"]);
        own.samples.push(sample("b", Outcome::Skipped));
        own.samples.push(sample("c", Outcome::Failed));
        let reports = [own, report(1, &[])];
        let found = verified(&["a", "b", "c"], &reports);
        assert!(found.holds());
        assert_eq!((found.ran, found.skipped, found.failed), (2, 1, 1));
        let found = verified_with(&["a", "b", "c"], &reports, &["a", "b"]);
        assert_eq!(found.newly_skipped, ["b"]);
        assert!(!found.holds());
    }

    #[test]
    fn what_a_test_is_part_of_is_run_by_one_shard() {
        let files = ["a.py", "b.py"];
        let reports = [report(0, &["a.py::t", "a.py::u"]), report(1, &["b.py::t"])];
        check(&files, &reports, &Verdict::default());
        let reports = [report(0, &["a.py::t"]), report(1, &["b.py::t", "a.py::u"])];
        assert_eq!(verified(&files, &reports).doubled.len(), 1);
    }
}
