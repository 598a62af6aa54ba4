//! Where each job goes and why, version 1: the plan file, and what `--format json` prints.

use std::collections::BTreeMap;

use placement::{
    Change, Decision, Entry, Hidden, Kind, Need, Outcome, Refusal, Request, RunsOn, Seen, State,
    WhyPlanned, explain,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{DoubtDocument, FailureDocument};
use crate::args::CpuRunner;
use crate::tell::words;

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// Where each job goes.
#[derive(Clone, Debug, Serialize)]
pub struct PlanFile {
    version: u32,
    /// In the order of the jobs.
    pub(crate) jobs: Vec<JobDocument>,
    /// What the fleet has for a need; jobs with the same need share one.
    explanations: Vec<SeenDocument>,
    /// How many places the fleet has.
    places: usize,
}

/// Where one job goes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct JobDocument {
    job: String,
    pub(crate) decision: &'static str,
    pub(crate) degraded: bool,
    why: &'static str,
    /// Why no labels tell what it would get from what does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_told: Option<NotTold>,
    /// Which of its options it gets, from 0; null if none.
    option: Option<usize>,
    /// For `runs-on`, through `fromJSON`; null if it does not start.
    pub(crate) runs_on: Option<Value>,
    /// What it was planned for; GitHub may choose another one that `runs_on` lets in.
    runner: Option<String>,
    /// How many places that fit `runs_on` lets in, and how many fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<Reach>,
    /// How many GPUs it gets; null without one.
    gpus: Option<u16>,
    /// What the fleet has for each of its options, by the place among the explanations.
    explained: Vec<usize>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Reach {
    places: usize,
    of: usize,
}

/// A runner that no labels tell from others.
#[derive(Clone, Debug, Serialize)]
struct NotTold {
    runner: String,
    rivals: Vec<String>,
    /// A label that would tell it from them.
    add_label: Option<String>,
}

/// What a fleet has for a need.
#[derive(Clone, Debug, Serialize)]
struct SeenDocument {
    places: usize,
    fit: Fit,
    failing: Vec<FailingDocument>,
    unknown: Vec<CountedDoubt>,
    hidden: Vec<HiddenDocument>,
    nearest: Vec<NearDocument>,
    would_match_if: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Fit {
    idle: usize,
    assumed: usize,
    busy: usize,
    offline: usize,
}

#[derive(Clone, Debug, Serialize)]
struct FailingDocument {
    clause: &'static str,
    count: usize,
    best: String,
    want: String,
}

#[derive(Clone, Debug, Serialize)]
struct CountedDoubt {
    count: usize,
    #[serde(flatten)]
    doubt: DoubtDocument,
}

#[derive(Clone, Debug, Serialize)]
struct HiddenDocument {
    count: usize,
    why: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct NearDocument {
    runner: String,
    failed: Vec<FailureDocument>,
}

/// What a plan file is made of.
pub(crate) struct PlanFacts<'a> {
    pub(crate) requests: &'a [Request],
    pub(crate) fleet: &'a [Entry],
    pub(crate) outcomes: &'a [Outcome],
    pub(crate) cpu: &'a CpuRunner,
    pub(crate) seen: &'a Explained<'a>,
}

/// What the fleet has for each need that is explained, once.
#[derive(Default)]
pub(crate) struct Explained<'a> {
    pub(crate) all: Vec<Seen>,
    pub(crate) places: BTreeMap<&'a Need, usize>,
}

impl<'a> Explained<'a> {
    /// Of the jobs that do not get what they asked for first; of all if `every` one is to be explained.
    pub(crate) fn new(
        requests: &'a [Request],
        outcomes: &[Outcome],
        fleet: &[Entry],
        every: bool,
    ) -> Self {
        let mut explained = Self::default();
        for (request, outcome) in requests.iter().zip(outcomes) {
            let is_whole = outcome.decision == Decision::Run && !outcome.degraded;
            let is_asked = !matches!(outcome.why, WhyPlanned::NotNeeded(_) | WhyPlanned::Strangers);
            if every || (is_asked && !is_whole) {
                for need in &request.options {
                    explained.places.entry(need).or_insert_with(|| {
                        explained.all.push(explain(need, fleet));
                        explained.all.len() - 1
                    });
                }
            }
        }
        explained
    }

    /// What there is for a need.
    pub(crate) fn of(&self, need: &Need) -> Option<&Seen> {
        self.all.get(*self.places.get(need)?)
    }
}

impl PlanFile {
    /// As it is written.
    pub(crate) fn new(facts: &PlanFacts<'_>) -> Self {
        let jobs = facts.requests.iter().zip(facts.outcomes);
        Self {
            version: VERSION,
            jobs: jobs.map(|(request, outcome)| job(request, outcome, facts)).collect(),
            explanations: facts.seen.all.iter().map(|seen| explained(seen, facts.fleet)).collect(),
            places: facts.fleet.len(),
        }
    }

    /// For `strategy.matrix`: the jobs that start. What somebody else named stands in `runs-on` only, which is no
    /// script.
    pub(crate) fn matrix(&self) -> Value {
        let starts = self.jobs.iter().filter_map(|job| {
            let runs_on = job.runs_on.as_ref()?;
            Some(json!({
                "job": job.job,
                "runs-on": runs_on,
                "decision": job.decision,
                "gpus": job.gpus.unwrap_or(0),
                "degraded": job.degraded,
            }))
        });
        json!({ "include": starts.collect::<Vec<_>>() })
    }

    /// What each job that starts runs on, by its name.
    pub(crate) fn runs_on(&self) -> Value {
        let starts =
            self.jobs.iter().filter_map(|job| Some((job.job.clone(), job.runs_on.clone()?)));
        Value::Object(starts.collect())
    }

    /// What becomes of each job, by its name.
    pub(crate) fn decisions(&self) -> Value {
        let all = self.jobs.iter().map(|job| (job.job.clone(), Value::from(job.decision)));
        Value::Object(all.collect())
    }

    /// The names of the jobs for which it holds.
    pub(crate) fn names(&self, holds: impl Fn(&JobDocument) -> bool) -> Value {
        self.jobs.iter().filter(|job| holds(job)).map(|job| job.job.as_str()).collect()
    }
}

/// What becomes of a job, in a word.
pub(crate) fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Run => "run",
        Decision::Wait => "wait",
        Decision::Cpu => "cpu",
        Decision::Skip => "skip",
        Decision::Fail => "fail",
        Decision::Unknown => "unknown",
    }
}

fn job(request: &Request, outcome: &Outcome, facts: &PlanFacts<'_>) -> JobDocument {
    let name = |place: usize| facts.fleet.get(place).map(|entry| entry.name.clone());
    let not_told = match &outcome.why {
        WhyPlanned::NotTold { entry, refusal: Refusal::NotTold { rivals, add } } => Some(NotTold {
            runner: name(*entry).unwrap_or_default(),
            rivals: rivals.iter().filter_map(|place| name(*place)).take(10).collect(),
            add_label: add.clone(),
        }),
        WhyPlanned::NotTold { refusal: Refusal::DoesNotFit, .. }
        | WhyPlanned::Placed
        | WhyPlanned::NotNeeded(_)
        | WhyPlanned::Strangers
        | WhyPlanned::Busy
        | WhyPlanned::Offline
        | WhyPlanned::NoMatch
        | WhyPlanned::Unknown => None,
    };
    let place = |need: &Need| facts.seen.places.get(need).copied();
    let option = outcome.option.and_then(|option| request.options.get(option));
    JobDocument {
        job: request.name.clone(),
        decision: decision(outcome.decision),
        degraded: outcome.degraded,
        why: why(&outcome.why),
        not_told,
        option: outcome.option,
        runs_on: outcome.runs_on.as_ref().map(|it| runs_on(it, facts.cpu)),
        runner: outcome.entry.and_then(name),
        reach: outcome.reach.map(|(places, of)| Reach { places, of }),
        gpus: option.map(|need| need.gpus.get()),
        explained: request.options.iter().filter_map(place).collect(),
    }
}

fn why(why: &WhyPlanned) -> &'static str {
    match why {
        WhyPlanned::Placed => "placed",
        WhyPlanned::NotNeeded(_) => "not-needed",
        WhyPlanned::Strangers => "strangers",
        WhyPlanned::Busy => "busy",
        WhyPlanned::Offline => "offline",
        WhyPlanned::NoMatch => "no-match",
        WhyPlanned::Unknown => "unknown",
        WhyPlanned::NotTold { .. } => "not-told",
    }
}

/// As `runs-on` takes it through `fromJSON` (GitHub documentation, "Workflow syntax", `jobs.<job_id>.runs-on`).
pub(crate) fn runs_on(runs_on: &RunsOn, cpu: &CpuRunner) -> Value {
    match runs_on {
        RunsOn::Name(name) => json!(name),
        RunsOn::Labels(labels) => json!(labels),
        RunsOn::Group { group, labels } if labels.is_empty() => json!({ "group": group }),
        RunsOn::Group { group, labels } => json!({ "group": group, "labels": labels }),
        RunsOn::Cpu => match cpu {
            CpuRunner::Label(label) => json!(label),
            CpuRunner::Labels(labels) => json!(labels),
        },
    }
}

fn explained(seen: &Seen, fleet: &[Entry]) -> SeenDocument {
    let failing = seen.failing.iter().map(|failing| FailingDocument {
        clause: words::clause_id(failing.clause),
        count: failing.count,
        best: words::value(&failing.best).unescaped(),
        want: words::value(&failing.want).unescaped(),
    });
    let unknown = seen
        .unknown
        .iter()
        .map(|(doubt, count)| CountedDoubt { count: *count, doubt: DoubtDocument::new(doubt) });
    let name = |place: usize| fleet.get(place).map(|entry| entry.name.clone()).unwrap_or_default();
    let nearest = seen.near.iter().map(|near| NearDocument {
        runner: name(near.entry),
        failed: near.failed.iter().map(FailureDocument::new).collect(),
    });
    SeenDocument {
        places: seen.places,
        fit: Fit {
            idle: seen.fit.idle,
            assumed: seen.fit.assumed,
            busy: seen.fit.busy,
            offline: seen.fit.offline,
        },
        failing: failing.collect(),
        unknown: unknown.collect(),
        hidden: seen.hidden.iter().map(|(hidden, count)| self::hidden(hidden, *count)).collect(),
        nearest: nearest.collect(),
        would_match_if: seen
            .changes
            .iter()
            .map(|change: &Change| words::change(change, fleet).unescaped())
            .collect(),
    }
}

fn hidden(hidden: &Hidden, count: usize) -> HiddenDocument {
    let (why, group) = match hidden {
        Hidden::Group { group } => ("group-is-for-other-repositories", Some(group)),
        Hidden::Workflows { group } => ("group-is-for-other-workflows", Some(group)),
        Hidden::PublicRepository { group } => ("group-takes-no-public-repository", Some(group)),
        Hidden::PerhapsPublicRepository { group } => {
            ("group-takes-no-public-repository-and-this-may-be-one", Some(group))
        }
        Hidden::Enterprise => ("whether-the-enterprise-lends-it-is-not-known", None),
        Hidden::NoLabels => ("no-labels", None),
    };
    HiddenDocument { count, why, group: group.cloned() }
}

/// What kind of place an entry is, in a word.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Runner => "runner",
        Kind::ScaleSet { .. } => "scale-set",
        Kind::Hosted { .. } => "hosted",
    }
}

/// What it does, in a word.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Busy => "busy",
        State::Offline => "offline",
        State::Assumed => "assumed",
    }
}
