//! Did each job that this one needs end as it may?
//!
//! A job ends as `success`, `failure`, `cancelled` or `skipped` (GitHub documentation, "Contexts
//! reference", `needs.<job_id>.result`). A skipped job did not run, so it is no success: it has to be
//! allowed by name, or by a change plan that says that nothing of it is affected. What a job's outputs
//! hold decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::config::Table;
use diagnostics::{Foreign, Text, nearest, text};
use reports::Job;

use crate::{Gate, Mode, Outcome, Reason, Verdict};

/// What the gate wants: `[gate.required-jobs]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// The jobs that may fail, be cancelled or be skipped.
    pub allowed_failures: Vec<String>,
    /// The jobs that may be skipped.
    pub allowed_skips: Vec<String>,
    /// Whether every job may be skipped at once.
    pub allow_all_skipped: bool,
    /// Which filter, service or package of the change plan says whether a job has to run, for jobs that
    /// are named otherwise.
    pub skip_by: BTreeMap<String, String>,
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let words = |words: Option<Vec<diagnostics::config::Word>>| -> Vec<String> {
            words.unwrap_or_default().into_iter().map(|word| word.text).collect()
        };
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let allowed_failures = words(table.strings("allowed-failures"));
        let allowed_skips = words(table.strings("allowed-skips"));
        let allow_all_skipped = table.flag("allow-all-skipped").unwrap_or_default();
        let mut skip_by = BTreeMap::new();
        for mut rule in table.tables("skip") {
            let job = rule.string("job");
            let by = rule.string("unless");
            let job = rule.required("job", job);
            let by = rule.required("unless", by);
            skip_by.extend(job.zip(by).map(|(job, by)| (job.text, by.text)));
        }
        Self { mode, allowed_failures, allowed_skips, allow_all_skipped, skip_by }
    }
}

/// What the change plan says of the things that jobs are named after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// Whether everything counts as affected.
    pub all: bool,
    /// Filters, services and packages, and whether each is affected. Of several of one name, one that is
    /// affected counts.
    pub names: BTreeMap<String, bool>,
}

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The jobs that are needed.
    pub jobs: &'a [Job],
    /// The change plan, if there is one.
    pub affected: Option<&'a Affected>,
}

/// Why a skipped job is no matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Excuse<'a> {
    /// It is in one of the lists.
    Listed,
    /// This of the change plan is not affected.
    NotAffected(&'a str),
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let mut reasons = unknown_names(policy, facts);
    let count = |word: &str| facts.jobs.iter().filter(|job| job.result == word).count();
    if facts.jobs.is_empty() {
        reasons.push(
            Reason::new(
                "no-jobs",
                Verdict::Error,
                "no job is needed, so there is nothing to look at",
            )
            .help("list the jobs under `needs:` of the job that runs this gate"),
        );
    }
    let failed = |job: &&Job| {
        matches!(job.result.as_str(), "failure" | "cancelled")
            && !policy.allowed_failures.contains(&job.name)
    };
    let has_failed = facts.jobs.iter().find(failed);
    for job in facts.jobs {
        reasons.extend(judge(policy, facts, job, has_failed));
    }
    let skipped = count("skipped");
    let is_planned = |job: &Job| matches!(excuse(policy, facts, job), Some(Excuse::NotAffected(_)));
    if !facts.jobs.is_empty()
        && skipped == facts.jobs.len()
        && !policy.allow_all_skipped
        && !facts.jobs.iter().all(is_planned)
    {
        reasons.push(
            Reason::new("all-skipped", policy.mode.soften(Verdict::Fail), "every job was skipped, so nothing was checked")
                .help("see why; if it may be so, set `allow-all-skipped: true`, or hand over the change plan as `changes`"),
        );
    }
    let mut measured = text![count("success"), " of ", facts.jobs.len(), " succeeded"];
    for (word, said) in
        [("failure", " failed"), ("cancelled", " cancelled"), ("skipped", " skipped")]
    {
        let number = count(word);
        if number > 0 {
            measured.text(", ").push(number).text(said);
        }
    }
    Outcome { gate: Gate::RequiredJobs, measured, limit: text!["all succeed"], reasons }
}

/// Names in the lists that are no job: a list with a mistake allows what nobody meant, or nothing.
fn unknown_names(policy: &Policy, facts: &Facts<'_>) -> Vec<Reason> {
    let known: BTreeSet<&str> = facts.jobs.iter().map(|job| job.name.as_str()).collect();
    let lists =
        [("allowed-failures", &policy.allowed_failures), ("allowed-skips", &policy.allowed_skips)];
    let listed = lists.iter().flat_map(|(list, names)| names.iter().map(move |name| (*list, name)));
    let listed = listed.chain(policy.skip_by.keys().map(|name| ("skip", name)));
    let unknown = listed.filter(|(_, name)| !known.contains(name.as_str()));
    unknown
        .map(|(list, name)| {
            let message = text![
                "`",
                list,
                "` names ",
                Foreign::from(name.as_str()),
                ", but this job does not need it"
            ];
            let mut help = text!["list it under `needs:`, or take it out"];
            if let Some(near) = nearest(name, known.iter().copied()) {
                help.text("; is ").foreign(near).text(" meant?");
            }
            Reason::new("unknown-job", Verdict::Error, message).help(help)
        })
        .collect()
}

fn judge(
    policy: &Policy,
    facts: &Facts<'_>,
    job: &Job,
    has_failed: Option<&Job>,
) -> Option<Reason> {
    let name = || Foreign::from(job.name.as_str());
    let reason = |verdict, message: Text| Reason::new(name(), verdict, message);
    let blocked = policy.mode.soften(Verdict::Fail);
    let may_fail = policy.allowed_failures.contains(&job.name);
    match job.result.as_str() {
        "success" => None,
        "failure" | "cancelled" => {
            let how = if job.result == "failure" { " failed" } else { " was cancelled" };
            let message = text!["the job ", name(), how];
            Some(if may_fail {
                reason(Verdict::Pass, message).help("it is one of `allowed-failures`")
            } else {
                reason(blocked, message).help("see its log; the first red step says why")
            })
        }
        "skipped" => {
            let message = text!["the job ", name(), " was skipped"];
            Some(match (excuse(policy, facts, job), has_failed) {
                (Some(Excuse::Listed), _) => reason(Verdict::Pass, message).help("it may be"),
                (Some(Excuse::NotAffected(what)), _) => reason(Verdict::Pass, message)
                    .help(text!["the change does not affect ", Foreign::from(what)]),
                (None, Some(failed)) => {
                    let cause = Foreign::from(failed.name.as_str());
                    let message = text!["the job ", name(), " did not run, because ", cause, " did not succeed"];
                    reason(policy.mode.soften(Verdict::Warn), message)
                }
                (None, None) => reason(blocked, message).help(
                    "a skipped job has checked nothing: see its `if:`; if it may be skipped, name it in `allowed-skips`",
                ),
            })
        }
        other => {
            let message = text![
                "the job ",
                name(),
                " ended as ",
                Foreign::from(other),
                ", which is no word of the runner"
            ];
            Some(reason(Verdict::Error, message).help(
                "expected `success`, `failure`, `cancelled` or `skipped`: hand over `toJSON(needs)` as it is",
            ))
        }
    }
}

fn excuse<'a>(policy: &'a Policy, facts: &Facts<'a>, job: &'a Job) -> Option<Excuse<'a>> {
    if policy.allowed_skips.contains(&job.name) || policy.allowed_failures.contains(&job.name) {
        return Some(Excuse::Listed);
    }
    let affected = facts.affected.filter(|affected| !affected.all)?;
    let what = policy.skip_by.get(&job.name).unwrap_or(&job.name);
    (affected.names.get(what) == Some(&false)).then_some(Excuse::NotAffected(what))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn jobs(written: &str) -> Vec<Job> {
        let job = |word: &str| {
            let (name, result) = word.split_once('=').unwrap();
            Job { name: name.to_owned(), result: result.to_owned() }
        };
        written.split_whitespace().map(job).collect()
    }

    fn policy(failures: &str, skips: &str) -> Policy {
        let list = |words: &str| words.split_whitespace().map(str::to_owned).collect();
        Policy { allowed_failures: list(failures), allowed_skips: list(skips), ..Policy::default() }
    }

    /// The verdict, and the rules of the reasons that block.
    #[track_caller]
    fn check(written: &str, policy: &Policy, verdict: Verdict, blocking: &[&str]) {
        let outcome = decide(policy, &Facts { jobs: &jobs(written), affected: None });
        assert_eq!(outcome.verdict(), verdict, "{written}");
        let found: Vec<&[u8]> = outcome
            .reasons
            .iter()
            .filter(|reason| reason.verdict > Verdict::Acknowledge)
            .map(|reason| reason.rule.raw())
            .collect();
        assert_eq!(found, blocking.iter().map(|rule| rule.as_bytes()).collect::<Vec<_>>());
    }

    #[test]
    fn a_job_has_to_succeed() {
        let none = Policy::default();
        check("a=success b=success", &none, Verdict::Pass, &[]);
        check("a=success b=failure", &none, Verdict::Fail, &["b"]);
        check("a=success b=cancelled", &none, Verdict::Fail, &["b"]);
        check("a=success b=skipped", &none, Verdict::Fail, &["b"]);
        check("a=success b=neutral", &none, Verdict::Error, &["b"]);
        check("a=success b=", &none, Verdict::Error, &["b"]);
        check("a=success b=Success", &none, Verdict::Error, &["b"]);
        check("", &none, Verdict::Error, &["no-jobs"]);
    }

    #[test]
    fn only_the_root_cause_blocks() {
        check("a=failure b=skipped c=skipped", &Policy::default(), Verdict::Fail, &["a"]);
        check("a=failure b=skipped", &policy("a", ""), Verdict::Fail, &["b"]);
    }

    #[test]
    fn allowed_is_the_union_of_both_lists() {
        check("a=failure b=success", &policy("a", "a"), Verdict::Pass, &[]);
        check("a=skipped b=success", &policy("a", ""), Verdict::Pass, &[]);
        check("a=skipped b=success", &policy("", "a"), Verdict::Pass, &[]);
        check("a=failure b=success", &policy("", "a"), Verdict::Fail, &["a"]);
        check("a=cancelled b=success", &policy("a", ""), Verdict::Pass, &[]);
    }

    #[test]
    fn a_name_that_is_no_job_is_told_with_the_nearest() {
        let outcome = decide(
            &policy("integraton", ""),
            &Facts { jobs: &jobs("integration=success unit=success"), affected: None },
        );
        assert_eq!(outcome.verdict(), Verdict::Error);
        assert!(format!("{:?}", outcome.reasons).contains("is "), "{outcome:?}");
        assert!(format!("{:?}", outcome.reasons).contains("Foreign(\"integration\")"));
    }

    #[test]
    fn when_everything_is_skipped_nothing_was_checked() {
        check("a=skipped b=skipped", &policy("", "a b"), Verdict::Fail, &["all-skipped"]);
        let allowed = Policy { allow_all_skipped: true, ..policy("", "a b") };
        check("a=skipped b=skipped", &allowed, Verdict::Pass, &[]);
        let only = Policy { allow_all_skipped: true, ..Policy::default() };
        check("a=skipped b=skipped", &only, Verdict::Fail, &["a", "b"]);
    }

    #[test]
    fn a_warning_mode_hides_no_missing_evidence() {
        let warn = Policy { mode: Mode::Warn, ..Policy::default() };
        check("a=failure b=success", &warn, Verdict::Warn, &[]);
        check("", &warn, Verdict::Error, &["no-jobs"]);
        check("a=odd", &warn, Verdict::Error, &["a"]);
    }

    #[track_caller]
    fn check_planned(written: &str, affected: &Affected, verdict: Verdict) {
        let skip_by = [("docs".to_owned(), "documentation".to_owned())].into();
        let policy = Policy { skip_by, ..Policy::default() };
        let outcome = decide(&policy, &Facts { jobs: &jobs(written), affected: Some(affected) });
        assert_eq!(outcome.verdict(), verdict, "{written}");
    }

    #[test]
    fn a_change_plan_says_which_jobs_may_be_skipped() {
        let names = [("api", false), ("web", true), ("documentation", false)];
        let names = names.map(|(name, is_affected)| (name.to_owned(), is_affected)).into();
        let some = Affected { all: false, names };
        check_planned("api=skipped web=success docs=skipped", &some, Verdict::Pass);
        check_planned("api=skipped web=skipped docs=success", &some, Verdict::Fail);
        check_planned("api=skipped other=skipped docs=success", &some, Verdict::Fail);
        check_planned("api=failure docs=success", &some, Verdict::Fail);
        check_planned("api=skipped docs=skipped", &some, Verdict::Pass);
        let all = Affected { all: true, ..some };
        check_planned("api=skipped web=success docs=success", &all, Verdict::Fail);
    }

    proptest! {
        /// Whatever is allowed, a job that is in no list and did not succeed never passes.
        #[test]
        fn nothing_passes_unlisted(
            results in proptest::collection::vec("success|failure|cancelled|skipped|x", 1..6),
            listed in proptest::collection::vec(any::<bool>(), 6),
        ) {
            let jobs: Vec<Job> = results.iter().enumerate().map(|(number, result)| {
                Job { name: format!("j{number}"), result: result.clone() }
            }).collect();
            let allowed: Vec<String> = jobs.iter().zip(&listed).filter(|(_, is_listed)| **is_listed)
                .map(|(job, _)| job.name.clone()).collect();
            let policy = Policy { allowed_failures: allowed.clone(), allow_all_skipped: true, ..Policy::default() };
            let verdict = decide(&policy, &Facts { jobs: &jobs, affected: None }).verdict();
            let is_bad = jobs.iter().any(|job| {
                job.result == "x" || job.result != "success" && !allowed.contains(&job.name)
            });
            prop_assert_eq!(verdict >= Verdict::Fail, is_bad);
        }
    }
}
