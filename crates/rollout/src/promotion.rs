//! Whether a version may go from one environment to the next.
//!
//! An edge of the policy says what must be there: evidence by name, and approvals. Evidence counts where it is about
//! this very version, is not too old, and says yes. While an environment is frozen nothing goes there.

mod freeze;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use freeze::{Freeze, Frozen, When};
pub use policy::{Edge, Policy};

/// What somebody found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Of what: the name that an edge requires.
    pub name: String,
    /// What was found.
    pub outcome: Outcome,
    /// What it is about: a commit, a digest or a version.
    pub subject: Option<String>,
    /// When it was found.
    pub at: Option<Timestamp>,
    /// Who says so.
    pub by: Option<String>,
    /// Where more of it stands.
    pub url: Option<String>,
    /// The file that it was read from, or what else it comes from.
    pub source: String,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Yes.
    Pass,
    /// It was not looked at.
    Skipped,
    /// No.
    Fail,
}

impl Outcome {
    /// The words of evidence, of GitHub's results of jobs and of our own verdicts.
    pub const WORDS: [(&'static str, Self); 16] = [
        ("pass", Self::Pass),
        ("passed", Self::Pass),
        ("success", Self::Pass),
        ("true", Self::Pass),
        ("warn", Self::Pass),
        ("promote", Self::Pass),
        ("deployed", Self::Pass),
        ("skipped", Self::Skipped),
        ("neutral", Self::Skipped),
        ("fail", Self::Fail),
        ("failed", Self::Fail),
        ("failure", Self::Fail),
        ("false", Self::Fail),
        ("cancelled", Self::Fail),
        ("timed_out", Self::Fail),
        ("rollback", Self::Fail),
    ];

    /// What a word means.
    pub fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, outcome)| *outcome)
    }
}

/// What somebody said who was asked for an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// Whether it is one, and no rejection.
    pub is_yes: bool,
    /// The environments that it is for; all where none is named.
    pub environments: Vec<String>,
}

/// Everything that is known.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The time.
    pub now: Timestamp,
    /// What is promoted: all names of it, as its commit and its digest.
    pub subjects: &'a [String],
    /// Who made it: nobody approves what is their own.
    pub authors: &'a [String],
    /// All evidence.
    pub evidence: &'a [Evidence],
    /// All approvals.
    pub approvals: &'a [Approval],
    /// Why a freeze does not count this time, if somebody says so.
    pub freeze_override: Option<&'a str>,
}

/// How something that is required stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is there.
    Met,
    /// It says no.
    Failed,
    /// It is older than is allowed: by how many seconds it is old.
    Stale(i64),
    /// It does not say when it was found.
    Undated,
    /// It was found in the future.
    Ahead,
    /// It is about something else.
    OtherSubject,
    /// It was skipped.
    Skipped,
    /// There is none.
    Missing,
}

impl Standing {
    /// Its word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Failed => "failed",
            Self::Stale(_) => "stale",
            Self::Undated => "undated",
            Self::Ahead => "ahead",
            Self::OtherSubject => "other-subject",
            Self::Skipped => "skipped",
            Self::Missing => "missing",
        }
    }
}

/// One thing that is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// What says so, by its place in the facts.
    pub evidence: Option<usize>,
}

/// Why an approval does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotCounted {
    /// It is their own work.
    Author,
    /// They are none of those who may.
    NotNamed,
    /// It is for another environment.
    OtherEnvironment,
}

/// The approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvals {
    /// How many people must say yes.
    pub wanted: u64,
    /// Who did.
    pub by: BTreeSet<String>,
    /// Who said no.
    pub rejected_by: BTreeSet<String>,
    /// Whose word does not count, and why.
    pub not_counted: BTreeMap<String, NotCounted>,
}

/// What it comes to, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It may go on.
    Promote,
    /// Not yet: people or a date are waited for.
    Wait,
    /// Something is not known.
    Missing,
    /// Something says no.
    Refuse,
}

impl Verdict {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Wait => "wait",
            Self::Missing => "missing",
            Self::Refuse => "refuse",
        }
    }
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What it comes to.
    pub verdict: Verdict,
    /// Everything that is required, in the order of the policy.
    pub criteria: Vec<Criterion>,
    /// The approvals.
    pub approvals: Approvals,
    /// The freezes that hold.
    pub frozen: Vec<Frozen>,
    /// Whether somebody said that they do not count this time.
    pub is_freeze_overridden: bool,
}

/// Decides whether the version may take this edge.
pub fn decide(policy: &Policy, edge: &Edge, facts: &Facts<'_>) -> Decision {
    let criteria: Vec<Criterion> =
        edge.require.iter().map(|name| criterion(edge, name, facts)).collect();
    let approvals = approvals(edge, facts);
    let frozen: Vec<Frozen> = policy
        .freezes
        .iter()
        .enumerate()
        .filter(|(_, freeze)| freeze.is_of(&edge.to))
        .filter_map(|(at, freeze)| freeze.holds(at, facts.now))
        .collect();
    let is_freeze_overridden = !frozen.is_empty()
        && facts.freeze_override.is_some_and(|why| !why.trim().is_empty())
        && frozen.iter().all(|it| policy.freezes.get(it.freeze).is_some_and(|it| it.may_override));
    let mut verdict = Verdict::Promote;
    for criterion in &criteria {
        verdict = verdict.max(match criterion.standing {
            Standing::Met => Verdict::Promote,
            Standing::Missing | Standing::Skipped => Verdict::Missing,
            Standing::Failed
            | Standing::Stale(_)
            | Standing::Undated
            | Standing::Ahead
            | Standing::OtherSubject => Verdict::Refuse,
        });
    }
    if !approvals.rejected_by.is_empty() {
        verdict = Verdict::Refuse;
    } else if u64::try_from(approvals.by.len()).unwrap_or(u64::MAX) < approvals.wanted {
        verdict = verdict.max(Verdict::Wait);
    }
    if !frozen.is_empty() && !is_freeze_overridden {
        verdict = verdict.max(Verdict::Wait);
    }
    Decision { verdict, criteria, approvals, frozen, is_freeze_overridden }
}

/// How one thing stands: of all evidence with its name about this version the newest decides, and of those of one
/// moment the worst.
fn criterion(edge: &Edge, name: &str, facts: &Facts<'_>) -> Criterion {
    let of_name: Vec<(usize, &Evidence)> =
        facts.evidence.iter().enumerate().filter(|(_, it)| it.name == name).collect();
    let is_ours = |it: &Evidence| it.subject.as_ref().is_some_and(|it| facts.subjects.contains(it));
    let decides = of_name
        .iter()
        .filter(|(_, it)| is_ours(it))
        .max_by_key(|(at, it)| (it.at, it.outcome, std::cmp::Reverse(*at)));
    let (standing, evidence) = match (decides, of_name.first()) {
        (Some((at, it)), _) => (standing(edge, it, facts.now), Some(*at)),
        (None, Some((at, _))) => (Standing::OtherSubject, Some(*at)),
        (None, None) => (Standing::Missing, None),
    };
    Criterion { name: name.to_owned(), standing, evidence }
}

/// How long a clock may be ahead of ours, in seconds.
const CLOCKS_APART: i64 = 300;

fn standing(edge: &Edge, evidence: &Evidence, now: Timestamp) -> Standing {
    match evidence.outcome {
        Outcome::Fail => return Standing::Failed,
        Outcome::Skipped => return Standing::Skipped,
        Outcome::Pass => {}
    }
    let Some(at) = evidence.at else { return Standing::Undated };
    let age = now.as_second().saturating_sub(at.as_second());
    let most = edge.max_age.map(|age| i64::try_from(age / 1000).unwrap_or(i64::MAX));
    if age < -CLOCKS_APART {
        Standing::Ahead
    } else if most.is_some_and(|most| age > most) {
        Standing::Stale(age)
    } else {
        Standing::Met
    }
}

fn approvals(edge: &Edge, facts: &Facts<'_>) -> Approvals {
    // Logins have no case.
    let is_one_of = |all: &[String], one: &str| all.iter().any(|it| it.eq_ignore_ascii_case(one));
    let (mut by, mut rejected_by) = (BTreeSet::new(), BTreeSet::new());
    let mut not_counted = BTreeMap::new();
    for approval in facts.approvals {
        let who = approval.by.to_ascii_lowercase();
        let is_here = approval.environments.is_empty()
            || approval.environments.iter().any(|name| name.eq_ignore_ascii_case(&edge.to));
        if !is_here {
            not_counted.entry(who).or_insert(NotCounted::OtherEnvironment);
        } else if !approval.is_yes {
            rejected_by.insert(who);
        } else if is_one_of(facts.authors, &who) {
            not_counted.insert(who, NotCounted::Author);
        } else if !edge.approvers.is_empty() && !is_one_of(&edge.approvers, &who) {
            not_counted.insert(who, NotCounted::NotNamed);
        } else {
            by.insert(who);
        }
    }
    not_counted.retain(|who, _| !by.contains(who) && !rejected_by.contains(who));
    Approvals { wanted: edge.approvals, by, rejected_by, not_counted }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: &str = r#"
[[promotion.edge]]
from = "staging"
to = "production"
require = ["ci", "health"]
approvals = 2
approvers = ["ann", "bob", "eve"]
max-age = "2h"

[[promotion.freeze]]
environments = ["production"]
from = "2026-12-20T00:00"
until = "2027-01-03T00:00"
zone = "Europe/Zurich"
reason = "the holidays"
may-override = true
"#;

    const NOW: &str = "2026-11-22T12:00:00Z";

    fn evidence(name: &str, outcome: Outcome, at: &str) -> Evidence {
        Evidence {
            name: name.to_owned(),
            outcome,
            subject: Some("sha256:1".to_owned()),
            at: (!at.is_empty()).then(|| at.parse().unwrap()),
            by: None,
            url: None,
            source: "e.json".to_owned(),
        }
    }

    fn yes(by: &str) -> Approval {
        Approval { by: by.to_owned(), is_yes: true, environments: vec!["Production".to_owned()] }
    }

    fn decided(
        evidence: &[Evidence],
        approvals: &[Approval],
        now: &str,
        why: Option<&str>,
    ) -> Decision {
        let policy = Policy::read("c.toml", POLICY.as_bytes()).unwrap();
        let subjects = ["abc".to_owned(), "sha256:1".to_owned()];
        let facts = Facts {
            now: now.parse().unwrap(),
            subjects: &subjects,
            authors: &["Ann".to_owned()],
            evidence,
            approvals,
            freeze_override: why,
        };
        decide(&policy, &policy.edges[0], &facts)
    }

    fn good() -> Vec<Evidence> {
        let at = "2026-11-22T11:00:00Z";
        vec![evidence("ci", Outcome::Pass, at), evidence("health", Outcome::Pass, at)]
    }

    #[track_caller]
    fn check(evidence: &[Evidence], approvals: &[Approval], wanted: Verdict) {
        assert_eq!(decided(evidence, approvals, NOW, None).verdict, wanted);
    }

    #[test]
    fn all_evidence_and_all_approvals_promote() {
        check(&good(), &[yes("bob"), yes("eve")], Verdict::Promote);
        // Other names of evidence do not matter.
        let mut more = good();
        more.push(evidence("other", Outcome::Fail, NOW));
        check(&more, &[yes("bob"), yes("eve")], Verdict::Promote);
    }

    #[test]
    fn approvals_are_of_different_people_who_may_and_did_not_make_it() {
        for (approvals, wanted) in [
            (vec![], Verdict::Wait),
            (vec![yes("bob")], Verdict::Wait),
            (vec![yes("bob"), yes("BOB")], Verdict::Wait),
            (vec![yes("bob"), yes("ann")], Verdict::Wait),
            (vec![yes("bob"), yes("mallory")], Verdict::Wait),
            (
                vec![
                    yes("bob"),
                    Approval { environments: vec!["staging".to_owned()], ..yes("eve") },
                ],
                Verdict::Wait,
            ),
            (
                vec![yes("bob"), yes("eve"), Approval { is_yes: false, ..yes("ann") }],
                Verdict::Refuse,
            ),
        ] {
            check(&good(), &approvals, wanted);
        }
        let found =
            decided(&good(), &[yes("ann"), yes("mallory"), yes("bob")], NOW, None).approvals;
        let wanted =
            [("ann".to_owned(), NotCounted::Author), ("mallory".to_owned(), NotCounted::NotNamed)];
        assert_eq!(found.not_counted, BTreeMap::from(wanted));
    }

    #[test]
    fn evidence_counts_where_it_is_about_this_version_and_young() {
        let both = [yes("bob"), yes("eve")];
        let with = |changed: Evidence| {
            let mut all = good();
            all.retain(|it| it.name != changed.name);
            all.push(changed);
            all
        };
        let at = "2026-11-22T11:00:00Z";
        for (changed, standing, verdict) in [
            (evidence("ci", Outcome::Fail, at), Standing::Failed, Verdict::Refuse),
            (evidence("ci", Outcome::Skipped, at), Standing::Skipped, Verdict::Missing),
            (evidence("ci", Outcome::Pass, ""), Standing::Undated, Verdict::Refuse),
            (
                evidence("ci", Outcome::Pass, "2026-11-22T10:00:00Z"),
                Standing::Met,
                Verdict::Promote,
            ),
            (
                evidence("ci", Outcome::Pass, "2026-11-22T09:59:59Z"),
                Standing::Stale(7201),
                Verdict::Refuse,
            ),
            (
                evidence("ci", Outcome::Pass, "2026-11-22T12:04:59Z"),
                Standing::Met,
                Verdict::Promote,
            ),
            (
                evidence("ci", Outcome::Pass, "2026-11-22T12:05:01Z"),
                Standing::Ahead,
                Verdict::Refuse,
            ),
            (
                Evidence { subject: Some("sha256:2".into()), ..evidence("ci", Outcome::Pass, at) },
                Standing::OtherSubject,
                Verdict::Refuse,
            ),
            (
                Evidence { subject: None, ..evidence("ci", Outcome::Pass, at) },
                Standing::OtherSubject,
                Verdict::Refuse,
            ),
            (
                Evidence { subject: Some("abc".into()), ..evidence("ci", Outcome::Pass, at) },
                Standing::Met,
                Verdict::Promote,
            ),
        ] {
            let found = decided(&with(changed), &both, NOW, None);
            assert_eq!((&found.criteria[0].standing, found.verdict), (&standing, verdict));
        }
        check(&good()[..1], &both, Verdict::Missing);
        check(&[], &[], Verdict::Missing);
    }

    #[test]
    fn the_newest_evidence_decides_and_of_one_moment_the_worst() {
        let both = [yes("bob"), yes("eve")];
        let mut all = good();
        all.push(evidence("ci", Outcome::Fail, "2026-11-22T11:30:00Z"));
        check(&all, &both, Verdict::Refuse);
        all.push(evidence("ci", Outcome::Pass, "2026-11-22T11:45:00Z"));
        check(&all, &both, Verdict::Promote);
        all.push(evidence("ci", Outcome::Fail, "2026-11-22T11:45:00Z"));
        check(&all, &both, Verdict::Refuse);
        // What is about another version says nothing of this one.
        let other =
            Evidence { subject: Some("sha256:2".into()), ..evidence("ci", Outcome::Fail, NOW) };
        let mut all = good();
        all.push(other);
        check(&all, &both, Verdict::Promote);
    }

    #[test]
    fn nothing_goes_where_it_is_frozen_unless_somebody_says_why() {
        let both = [yes("bob"), yes("eve")];
        let at = "2026-12-24T11:00:00Z";
        let evidence = [evidence("ci", Outcome::Pass, at), evidence("health", Outcome::Pass, at)];
        let now = "2026-12-24T12:00:00Z";
        let found = decided(&evidence, &both, now, None);
        assert_eq!((found.verdict, found.frozen.len()), (Verdict::Wait, 1));
        // Midnight in Zurich.
        assert_eq!(found.frozen[0].until.to_string(), "2027-01-02T23:00:00Z");
        assert_eq!(decided(&evidence, &both, now, Some(" ")).verdict, Verdict::Wait);
        assert_eq!(
            decided(&evidence, &both, now, Some("the site is down")).verdict,
            Verdict::Promote
        );
        let refused = decided(&[], &both, now, Some("the site is down"));
        assert_eq!(refused.verdict, Verdict::Missing);
    }

    proptest! {
        /// Whatever there is: it goes on only if every name has a pass about this version.
        #[test]
        fn nothing_is_promoted_without_all_of_it(
            all in proptest::collection::vec((0_usize..3, 0_usize..3, 0_usize..3, 0_i64..20_000), 0..12),
            who in proptest::collection::vec((0_usize..4, any::<bool>()), 0..6),
        ) {
            let names = ["ci", "health", "other"];
            let outcomes = [Outcome::Pass, Outcome::Skipped, Outcome::Fail];
            let subjects = [Some("sha256:1".to_owned()), Some("sha256:2".to_owned()), None];
            let now: Timestamp = NOW.parse().unwrap();
            let evidence: Vec<Evidence> = all.iter().map(|(name, outcome, subject, age)| Evidence {
                subject: subjects[*subject].clone(),
                at: Timestamp::from_second(now.as_second() - age).ok(),
                ..evidence(names[*name], outcomes[*outcome], "")
            }).collect();
            let approvals: Vec<Approval> = who.iter().map(|(who, is_yes)| Approval {
                is_yes: *is_yes, ..yes(["ann", "bob", "eve", "mallory"][*who])
            }).collect();
            let decision = decided(&evidence, &approvals, NOW, None);
            let has = |name: &str| evidence.iter().any(|it| it.name == name && it.outcome == Outcome::Pass
                && it.subject.as_deref() == Some("sha256:1")
                && it.at.is_some_and(|at| now.as_second() - at.as_second() <= 7200));
            let said_yes = ["bob", "eve"].iter().all(|who| approvals.iter().any(|it| it.is_yes && it.by == *who));
            let said_no = approvals.iter().any(|it| !it.is_yes);
            if decision.verdict == Verdict::Promote {
                prop_assert!(has("ci") && has("health") && said_yes && !said_no);
            }
            let mut turned: Vec<Approval> = approvals.clone();
            turned.reverse();
            prop_assert_eq!(decided(&evidence, &turned, NOW, None), decision);
        }
    }
}
