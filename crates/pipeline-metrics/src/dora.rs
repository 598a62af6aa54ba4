//! The four figures of DORA over a window of time, from deployments, what they brought, and incidents.
//!
//! - A deployment counts where its first final status, within the window, is success; one whose first final
//!   status is another is a failed rollout and told apart. What nobody reported the end of counts nowhere.
//! - Lead time is per commit: from the commit to the end of the first deployment that has it. A commit that is
//!   younger than its deployment says so of a clock, and is counted apart.
//! - The change failure rate is the share of *distinct* deployments that an incident names, whose commits a
//!   later deployment reverts, or that were rolled back to an older commit: a deployment of three commits with
//!   three incidents has failed once.
//! - Time to restore is from an incident's opening to its closing.
//! - No data is no figure, never zero. A target is met or missed strictly, as it is written.
//! - Each figure says what it rests on: which share of the deployments, commits and incidents of the window it was
//!   made of ([`Dora::rests_on`]).
//!
//! Source: DORA, "DORA's software delivery metrics: the four keys".

mod targets;

use std::collections::{BTreeMap, BTreeSet};

use crate::answers::{Answers, Deployment, DeploymentState, Issue, Status};
use crate::statistics::{Share, median};
use crate::{Millis, Moment};

pub use targets::{Figure, Judged, Met, Targets, judge};

/// The fewest digits of a commit's id by which an issue may name it.
const FEWEST_DIGITS: usize = 7;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Window {
    /// The environment whose deployments are looked at.
    pub environment: String,
    /// When the window begins.
    pub from: Moment,
    /// When it ends; what happened at that very moment is outside.
    pub to: Moment,
    /// The label of issues that tell of an incident.
    pub incident_label: String,
}

/// The figures, and what they were made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dora {
    /// How long the window is.
    pub window: Millis,
    /// How many deployments there were.
    pub deployments: u64,
    /// How many rollouts failed.
    pub failed_rollouts: u64,
    /// How many deployments had no end that anybody reported.
    pub without_end: u64,
    /// The median of the lead times of commits.
    pub lead_time: Option<Millis>,
    /// How many commits it is the median of.
    pub commits: u64,
    /// How many commits are younger than their deployment.
    pub negative_lead_times: u64,
    /// How many commits there are whose time nobody knows.
    pub undated_commits: u64,
    /// How many deployments there is no comparison for, so that their commits are not known.
    pub without_commits: u64,
    /// How many deployments brought more commits than the server told.
    pub cut_comparisons: u64,
    /// The share of deployments that failed after they had succeeded.
    pub change_failure_rate: Option<Share>,
    /// The median of the times from an incident's opening to its closing.
    pub time_to_restore: Option<Millis>,
    /// How many incidents it is the median of.
    pub restored: u64,
    /// How many incidents were opened in the window.
    pub incidents: u64,
    /// How many of these are not closed.
    pub open_incidents: u64,
    /// How many of these name no deployment of the environment.
    pub unlinked_incidents: u64,
    /// How many deployments were taken back, by a revert or by going back to an older commit.
    pub taken_back: u64,
}

impl Dora {
    /// The deployments a week, in thousandths: 28 days with 40 of them are 10 000. Nothing without a
    /// deployment or a failed one: whether anybody reports deployments at all is not known then.
    pub fn weekly_thousandths(&self) -> Option<u64> {
        const WEEK: u128 = 7 * 86_400_000;
        if self.deployments == 0 && self.failed_rollouts == 0 {
            return None;
        }
        let thousandths = u128::from(self.deployments) * WEEK * 1000;
        let thousandths = thousandths.checked_div(u128::from(self.window.0))?;
        u64::try_from(thousandths).ok()
    }
}

/// Which share of what there was a figure was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// What is counted.
    pub of: Counted,
    /// How many of them there were, and how many of these the figure was made of.
    pub share: Share,
}

/// What a figure is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Deployments of the window whose end is known.
    Ends,
    /// Deployments that succeeded, whose commits are all known.
    Comparisons,
    /// Incidents that name a deployment.
    Links,
    /// Incidents that are closed.
    Closings,
}

impl Counted {
    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ends => "deployments-with-an-end",
            Self::Comparisons => "deployments-with-all-commits",
            Self::Links => "incidents-with-a-deployment",
            Self::Closings => "incidents-that-are-closed",
        }
    }
}

impl Dora {
    /// What a figure rests on; nothing where there is nothing that it could rest on. A change failure rate without
    /// any incident may be a good one, or one of a team that reports none: that shows here.
    pub fn rests_on(&self, figure: Figure) -> Option<Basis> {
        let (of, part, whole) = match figure {
            Figure::DeploymentFrequency => {
                let ended = self.deployments.saturating_add(self.failed_rollouts);
                (Counted::Ends, ended, ended.saturating_add(self.without_end))
            }
            Figure::LeadTime => {
                let lacking = self.without_commits.saturating_add(self.cut_comparisons);
                let known = self.deployments.saturating_sub(lacking);
                (Counted::Comparisons, known, self.deployments)
            }
            Figure::ChangeFailureRate => {
                let linked = self.incidents.saturating_sub(self.unlinked_incidents);
                (Counted::Links, linked, self.incidents)
            }
            Figure::TimeToRestore => (Counted::Closings, self.restored, self.incidents),
        };
        Share::new(part, whole).map(|share| Basis { of, share })
    }
}

/// A deployment that is over.
struct Ended<'a> {
    deployment: &'a Deployment,
    when: Moment,
}

/// Which deployments there were.
struct Rollouts<'a> {
    /// All of the environment.
    all: Vec<&'a Deployment>,
    /// Those that succeeded, by their ends, of all times.
    succeeded: Vec<Ended<'a>>,
    /// Those whose first end, within the window, is another.
    failed: u64,
    /// Those of the window without an end.
    without_end: u64,
}

impl<'a> Rollouts<'a> {
    fn new(answers: &'a Answers, window: &Window) -> Self {
        let mut ends: BTreeMap<u64, &Status> = BTreeMap::new();
        for status in answers.statuses.values().filter(|status| status.state.is_final()) {
            let first = ends.entry(status.deployment).or_insert(status);
            if (status.created, status.id) < (first.created, first.id) {
                *first = status;
            }
        }
        // An environment's name is the same in either case, as GitHub takes it.
        let is_of_it = |it: &&Deployment| it.environment.eq_ignore_ascii_case(&window.environment);
        let all = answers.deployments.values().filter(is_of_it).collect();
        let mut found = Self { all, succeeded: Vec::new(), failed: 0, without_end: 0 };
        for deployment in &found.all {
            match ends.get(&deployment.id) {
                Some(end) if end.state == DeploymentState::Success => {
                    found.succeeded.push(Ended { deployment, when: end.created });
                }
                Some(end) if window.has(end.created) => found.failed += 1,
                None if window.has(deployment.created) => found.without_end += 1,
                Some(_) | None => {}
            }
        }
        found.succeeded.sort_by_key(|ended| (ended.when, ended.deployment.id));
        found
    }

    /// Those that succeeded within the window.
    fn within(&self, window: &Window) -> Vec<&Ended<'a>> {
        self.succeeded.iter().filter(|ended| window.has(ended.when)).collect()
    }
}

impl Window {
    fn has(&self, moment: Moment) -> bool {
        moment >= self.from && moment < self.to
    }
}

/// The commits that are to be compared so that it is known what each deployment of the window brought: those of
/// the one before it, and its own.
pub fn comparisons(answers: &Answers, window: &Window) -> Vec<(String, String)> {
    let rollouts = Rollouts::new(answers, window);
    let pairs = rollouts.succeeded.windows(2).filter_map(|pair| {
        let [before, ended] = pair else { return None };
        let (base, head) = (&before.deployment.commit, &ended.deployment.commit);
        (window.has(ended.when) && base != head).then(|| (base.clone(), head.clone()))
    });
    pairs.collect()
}

/// Works them out.
pub fn dora(answers: &Answers, window: &Window) -> Dora {
    let rollouts = Rollouts::new(answers, window);
    let succeeded = rollouts.within(window);
    let mut dora = Dora {
        window: window.to.since(window.from).unwrap_or_default(),
        deployments: number(succeeded.len()),
        failed_rollouts: rollouts.failed,
        without_end: rollouts.without_end,
        ..Dora::default()
    };
    lead_times(answers, &succeeded, &mut dora);
    let named = Named::new(rollouts.all.iter().copied());
    let mut failed = incidents(answers, window, &named, &mut dora);
    let taken_back = taken_back(answers, &rollouts.succeeded);
    dora.taken_back =
        number(succeeded.iter().filter(|it| taken_back.contains(&it.deployment.id)).count());
    failed.extend(taken_back);
    let failed = succeeded.iter().filter(|ended| failed.contains(&ended.deployment.id)).count();
    dora.change_failure_rate = Share::new(number(failed), dora.deployments);
    dora
}

/// The deployments that later ones took back: their commits are reverted, or what came next is what was there
/// before them.
fn taken_back(answers: &Answers, succeeded: &[Ended<'_>]) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    // Where each commit came first: older than another is what came first before it.
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut homes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut before: Option<&Deployment> = None;
    for (place, Ended { deployment, .. }) in succeeded.iter().enumerate() {
        let commit = deployment.commit.as_str();
        let is_older = |before: &&Deployment| {
            let places = (first.get(commit), first.get(before.commit.as_str()));
            matches!(places, (Some(this), Some(other)) if this < other)
        };
        if let Some(before) = before.filter(is_older) {
            found.insert(before.id);
        }
        let commits = answers.comparisons.get(commit).map(|it| it.commits.as_slice());
        for brought in commits.unwrap_or_default() {
            let homes_of_reverted = brought.reverts.iter().filter_map(|id| homes.get(id.as_str()));
            found.extend(homes_of_reverted.copied());
            homes.entry(brought.id.as_str()).or_insert(deployment.id);
        }
        homes.entry(commit).or_insert(deployment.id);
        first.entry(commit).or_insert(place);
        before = Some(deployment);
    }
    found
}

/// The lead times: each commit counts with the first deployment that has it.
fn lead_times(answers: &Answers, succeeded: &[&Ended<'_>], dora: &mut Dora) {
    let (mut seen, mut times) = (BTreeSet::new(), Vec::new());
    for ended in succeeded {
        let Some(comparison) = answers.comparisons.get(&ended.deployment.commit) else {
            dora.without_commits += 1;
            continue;
        };
        if comparison.total > number(comparison.commits.len()) {
            dora.cut_comparisons += 1;
        }
        for commit in &comparison.commits {
            if !seen.insert(commit.id.as_str()) {
                continue;
            }
            let Some(committed) = commit.committed else {
                dora.undated_commits += 1;
                continue;
            };
            match ended.when.since(committed) {
                Some(time) => times.push(time),
                None => dora.negative_lead_times += 1,
            }
        }
    }
    dora.commits = number(times.len());
    dora.lead_time = median(&mut times);
}

/// Counts incidents; answers with the deployments that any of them names.
fn incidents(answers: &Answers, window: &Window, named: &Named, dora: &mut Dora) -> BTreeSet<u64> {
    let is_incident = |issue: &&Issue| {
        issue.labels.iter().any(|label| label.eq_ignore_ascii_case(&window.incident_label))
    };
    let (mut failed, mut restored) = (BTreeSet::new(), Vec::new());
    for issue in answers.issues.values().filter(is_incident) {
        let linked = named.by(&issue.body);
        failed.extend(linked.iter().copied());
        if issue.opened < window.from || issue.opened >= window.to {
            continue;
        }
        dora.incidents += 1;
        match issue.closed {
            Some(closed) => restored.extend(closed.since(issue.opened)),
            None => dora.open_incidents += 1,
        }
        if linked.is_empty() {
            dora.unlinked_incidents += 1;
        }
    }
    dora.restored = number(restored.len());
    dora.time_to_restore = median(&mut restored);
    failed
}

/// Deployments by what an issue may call them.
struct Named {
    ids: BTreeSet<u64>,
    commits: BTreeMap<String, Vec<u64>>,
}

impl Named {
    fn new<'d>(deployments: impl Iterator<Item = &'d Deployment>) -> Self {
        let mut named = Self { ids: BTreeSet::new(), commits: BTreeMap::new() };
        for deployment in deployments {
            named.ids.insert(deployment.id);
            let commit = deployment.commit.to_ascii_lowercase();
            named.commits.entry(commit).or_default().push(deployment.id);
        }
        named
    }

    /// The deployments that an issue names: behind `deploy:` or `deployment:` by id or commit, and anywhere
    /// else by the whole id of a commit.
    fn by(&self, body: &str) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        let mut is_behind_deploy = false;
        for word in body.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == ':')) {
            if word.is_empty() {
                continue;
            }
            let (head, tail) = word.rsplit_once(':').unwrap_or(("", word));
            let is_named = is_behind_deploy || is_deploy(head);
            is_behind_deploy = tail.is_empty() && is_deploy(head);
            if is_named {
                found.extend(tail.parse().ok().filter(|id| self.ids.contains(id)));
            }
            if tail.len() >= 40 || (is_named && tail.len() >= FEWEST_DIGITS) {
                let begin = tail.to_ascii_lowercase();
                let longer = self.commits.range(begin.clone()..);
                let alike = longer.take_while(|(commit, _)| commit.starts_with(&begin));
                found.extend(alike.flat_map(|(_, ids)| ids.iter().copied()));
            }
        }
        found
    }
}

fn is_deploy(word: &str) -> bool {
    ["deploy", "deployment"].iter().any(|it| word.eq_ignore_ascii_case(it))
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
