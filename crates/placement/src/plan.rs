//! Where each job of a run goes: onto which labels, into a queue, onto a machine without a GPU, or nowhere, and why.
//!
//! Jobs are placed on what is free, so that as many as possible run, and each asks for labels that let no machine in that
//! does not fit. A machine whose labels cannot say so is as good as none. What is left over waits, makes do with
//! less, or goes the way that a person chose: never silently. Whether a machine fits may be unknown; then nothing
//! is decided for the job, whatever a person chose for jobs that nothing fits.

mod explain;
pub(crate) mod select;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use explain::{Change, Counts, Failing, Near, Seen, explain};

use crate::assign::{Column, Row, TooManyKinds, by_kinds, deciding, spare};
use crate::clause::{Fit, judge};
use crate::fleet::{Entry, State};
use crate::labels::Refusal;
use crate::{Machine, Need};
use select::Selector;

/// A job that may need a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it is called.
    pub name: String,
    /// How urgent it is: higher is more.
    pub priority: i32,
    /// What it needs, and what it makes do with instead, best first.
    pub options: Vec<Need>,
    /// Why it needs no GPU in this run; nothing if it does, or may.
    pub no_gpu: Option<NoGpu>,
    /// What happens where it does not get what it needs; the run's own if nothing.
    pub policy: Option<Policy>,
}

/// Why a job needs no GPU in this run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoGpu {
    /// Nothing changed that it needs one for.
    Unchanged,
    /// It enables no feature that needs one.
    NoFeature,
}

/// What happens to a job that nothing fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnNoMatch {
    /// The run fails.
    #[default]
    Fail,
    /// It runs on a machine without a GPU.
    Cpu,
    /// It does not run.
    Skip,
    /// It waits until somebody asks again.
    Wait,
}

/// What happens to a job if everything that fits runs another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnBusy {
    /// It waits in GitHub's queue.
    #[default]
    Wait,
    /// It makes do with the next best.
    Fallback,
}

/// What happens to a job if everything that fits is offline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnOffline {
    /// It makes do with the next best.
    #[default]
    Fallback,
    /// The run fails.
    Fail,
    /// It waits in GitHub's queue, which gives up after a day.
    Wait,
}

/// What happens to jobs that do not get what they need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Policy {
    /// If nothing fits.
    pub on_no_match: OnNoMatch,
    /// If what fits is busy.
    pub on_busy: OnBusy,
    /// If what fits is offline.
    pub on_offline: OnOffline,
}

/// What happens to GPU jobs of a run that strangers wrote code for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strangers {
    /// They run on a machine without a GPU.
    Cpu,
    /// They do not run.
    Skip,
    /// The run fails.
    Fail,
}

/// What becomes of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// It runs on a GPU.
    Run,
    /// It waits.
    Wait,
    /// It runs without a GPU.
    Cpu,
    /// It does not run.
    Skip,
    /// It cannot run, so the run fails.
    Fail,
    /// Too little is known of what might fit.
    Unknown,
}

/// What a job asks GitHub for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunsOn {
    /// A scale set or a larger runner, by its name.
    Name(String),
    /// A runner with all of these labels.
    Labels(BTreeSet<String>),
    /// A runner of this group with all of these labels, of which there may be none.
    Group {
        /// The group.
        group: String,
        /// The labels.
        labels: BTreeSet<String>,
    },
    /// What the run uses where there is no GPU.
    Cpu,
}

/// Why it is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Something that fits is free.
    Placed,
    /// It needs no GPU in this run.
    NotNeeded(NoGpu),
    /// Strangers wrote code for this run.
    Strangers,
    /// Everything that fits runs another job, or is to run one of this plan.
    Busy,
    /// Everything that fits is offline.
    Offline,
    /// Nothing fits.
    NoMatch,
    /// It is not known whether anything fits.
    Unknown,
    /// Something fits, and no labels say so: why, and of which place in the fleet.
    NotTold {
        /// The place.
        entry: usize,
        /// Why.
        refusal: Refusal,
    },
}

/// What becomes of a job, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What.
    pub decision: Decision,
    /// Whether that is less than what it asked for first.
    pub degraded: bool,
    /// Why.
    pub why: Why,
    /// Which of its options it gets, if any.
    pub option: Option<usize>,
    /// What it asks GitHub for; nothing if it is not to start.
    pub runs_on: Option<RunsOn>,
    /// The place in the fleet that it was planned for. GitHub may choose another one that `runs_on` lets in.
    pub entry: Option<usize>,
    /// How many places of the fleet that fit `runs_on` lets in, of how many that fit.
    pub reach: Option<(usize, usize)>,
}

/// Where every job goes, in the order of the requests.
///
/// # Errors
/// If jobs and machines are of so many kinds that planning would not end soon.
pub fn plan(
    requests: &[Request],
    fleet: &[Entry],
    policy: Policy,
    strangers: Option<Strangers>,
) -> Result<Vec<Outcome>, TooManyKinds> {
    Planner::new(requests, fleet, policy, strangers)?.plan()
}

/// How often jobs are placed anew because no labels tell what they would get from what does not fit. More turns would
/// only matter to fleets of hundreds of runners that are labelled alike.
const TURNS: u32 = 100;

/// Jobs and machines, folded into kinds.
struct Planner<'a> {
    requests: &'a [Request],
    fleet: &'a [Entry],
    policy: Policy,
    strangers: Option<Strangers>,
    /// The needs of each request, by their places in the list of kinds; none if it needs no GPU here.
    options: Vec<Vec<usize>>,
    needs: Vec<&'a Need>,
    /// The kind of each entry.
    kinds: Vec<usize>,
    machines: Vec<Machine>,
    /// By need, then by kind of machine.
    fits: Vec<Fit>,
}

/// The places of what can be had for a need.
#[derive(Clone, Copy, Debug, Default)]
struct Had {
    free: Option<usize>,
    busy: Option<usize>,
    offline: Option<usize>,
    is_unknown: bool,
}

impl<'a> Planner<'a> {
    fn new(
        requests: &'a [Request],
        fleet: &'a [Entry],
        policy: Policy,
        strangers: Option<Strangers>,
    ) -> Result<Self, TooManyKinds> {
        let wants = |request: &&Request| request.no_gpu.is_none() && strangers.is_none();
        let mut places: BTreeMap<&Need, usize> = BTreeMap::new();
        for need in requests.iter().filter(wants).flat_map(|request| &request.options) {
            let next = places.len();
            places.entry(need).or_insert(next);
        }
        let place = |need: &Need| places.get(need).copied();
        let options = |request: &Request| {
            let needs = request.options.iter().filter(|_| wants(&request));
            needs.filter_map(place).collect()
        };
        let options = requests.iter().map(options).collect();
        let mut needs: Vec<(usize, &Need)> =
            places.iter().map(|(need, place)| (*place, *need)).collect();
        needs.sort_unstable_by_key(|(place, _)| *place);
        let needs: Vec<&Need> = needs.into_iter().map(|(_, need)| need).collect();
        let asked: BTreeSet<String> =
            needs.iter().flat_map(|need| &need.labels).map(|it| it.to_lowercase()).collect();
        let mut of_machine: BTreeMap<Machine, usize> = BTreeMap::new();
        let mut kinds = Vec::with_capacity(fleet.len());
        for entry in fleet {
            let next = of_machine.len();
            kinds.push(*of_machine.entry(deciding(&entry.machine, &asked)).or_insert(next));
        }
        let mut machines: Vec<(Machine, usize)> = of_machine.into_iter().collect();
        machines.sort_unstable_by_key(|(_, place)| *place);
        let machines: Vec<Machine> = machines.into_iter().map(|(machine, _)| machine).collect();
        TooManyKinds::check(needs.len(), machines.len())?;
        let fit =
            |need: &&Need| machines.iter().map(|it| judge(need, it).fit()).collect::<Vec<_>>();
        let fits = needs.iter().flat_map(fit).collect();
        Ok(Self { requests, fleet, policy, strangers, options, needs, kinds, machines, fits })
    }

    fn fit(&self, need: usize, entry: usize) -> Fit {
        let kind = self.kinds.get(entry).copied();
        let place = kind.map(|kind| need * self.machines.len() + kind);
        place.and_then(|place| self.fits.get(place)).copied().unwrap_or(Fit::Unknown)
    }

    fn policy(&self, request: &Request) -> Policy {
        request.policy.unwrap_or(self.policy)
    }

    fn plan(&self) -> Result<Vec<Outcome>, TooManyKinds> {
        let mut selector = Selector::new(self.fleet);
        // What one job asks for may be what the next one asks for: by name, so that the order of the list is nothing.
        let mut in_order: Vec<(usize, &Request)> = self.requests.iter().enumerate().collect();
        in_order.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        let mut turn = 0_u32;
        loop {
            turn = turn.saturating_add(1);
            let had = self.had(&selector);
            let placed = self.assigned(&selector, &had)?;
            let mut outcomes = vec![None; self.requests.len()];
            let mut is_sure = true;
            for (place, request) in &in_order {
                let planned = placed.get(place).copied();
                let outcome = self.outcome(*place, request, planned, &had, &mut selector);
                let outcome = match outcome {
                    // What it was planned for is refused by now, and that is told.
                    None if turn >= TURNS => self.refused(*place, &selector),
                    outcome => outcome,
                };
                is_sure &= outcome.is_some();
                if let Some(slot) = outcomes.get_mut(*place) {
                    *slot = outcome;
                }
            }
            // Every turn but the last finds another entry that no labels tell from others for a need.
            if is_sure {
                return Ok(outcomes.into_iter().flatten().collect());
            }
        }
    }

    /// A job that fails because no labels tell what it was planned for from what does not fit.
    fn refused(&self, place: usize, selector: &Selector<'_>) -> Option<Outcome> {
        let options = self.options.get(place).map(Vec::as_slice).unwrap_or_default();
        let found = options.iter().find_map(|need| selector.first_refused(*need));
        let (entry, refusal) = found?;
        let why = Why::NotTold { entry, refusal };
        Some(Outcome {
            decision: Decision::Fail,
            degraded: false,
            why,
            option: None,
            runs_on: None,
            entry: None,
            reach: None,
        })
    }

    /// What can be had for each need.
    fn had(&self, selector: &Selector<'_>) -> Vec<Had> {
        let mut all = vec![Had::default(); self.needs.len()];
        for (need, had) in all.iter_mut().enumerate() {
            for (place, entry) in self.fleet.iter().enumerate() {
                if entry.hidden.is_some() || selector.is_refused(need, place) {
                    continue;
                }
                let better = |known: Option<usize>| match known.and_then(|it| self.fleet.get(it)) {
                    Some(best) if (best.price, &best.name) <= (entry.price, &entry.name) => known,
                    Some(_) | None => Some(place),
                };
                match self.fit(need, place) {
                    Fit::No => {}
                    Fit::Unknown => had.is_unknown = true,
                    Fit::Yes if entry.is_free() => had.free = better(had.free),
                    Fit::Yes if entry.state == State::Offline => had.offline = better(had.offline),
                    Fit::Yes => had.busy = better(had.busy),
                }
            }
        }
        all
    }

    /// How many of a job's options it may get: it does not make do with less while it is to wait for better.
    fn open(&self, request: &Request, options: &[usize], had: &[Had]) -> usize {
        let policy = self.policy(request);
        let ends = |need: &usize| {
            had.get(*need).is_some_and(|had| {
                let is_there = had.free.is_some() || had.busy.is_some();
                let waits_for_busy = policy.on_busy == OnBusy::Wait && is_there;
                let is_away = !is_there && had.offline.is_some();
                waits_for_busy || (policy.on_offline != OnOffline::Fallback && is_away)
            })
        };
        options.iter().position(ends).map_or(options.len(), |last| last + 1)
    }

    /// The entry and the option of each job that gets one.
    fn assigned(
        &self,
        selector: &Selector<'_>,
        had: &[Had],
    ) -> Result<BTreeMap<usize, (usize, usize)>, TooManyKinds> {
        let mut rows = Vec::new();
        let mut jobs = Vec::new();
        for (place, (request, options)) in self.requests.iter().zip(&self.options).enumerate() {
            let open = self.open(request, options, had);
            if let Some(options) = options.get(..open).filter(|options| !options.is_empty()) {
                rows.push(Row { name: &request.name, priority: request.priority, options });
                jobs.push(place);
            }
        }
        // Entries of one kind are told apart where some of them are refused for a need.
        let mut kinds: BTreeMap<(usize, Vec<usize>), usize> = BTreeMap::new();
        let mut columns = Vec::new();
        let mut entries = Vec::new();
        for (place, (entry, kind)) in self.fleet.iter().zip(&self.kinds).enumerate() {
            if entry.hidden.is_some() || !entry.is_free() {
                continue;
            }
            let next = kinds.len();
            let kind = *kinds.entry((*kind, selector.refused(place))).or_insert(next);
            let most = usize::try_from(entry.kind.most()).unwrap_or(usize::MAX).min(rows.len());
            for _ in 0..most {
                columns.push(Column { name: &entry.name, price: entry.price, kind });
                entries.push(place);
            }
        }
        let mut told: Vec<_> = kinds.into_iter().map(|(kind, place)| (place, kind)).collect();
        told.sort_unstable();
        let cost = |need: usize, kind: usize| {
            let (machine, refused) = &told.get(kind)?.1;
            let fit = *self.fits.get(need * self.machines.len() + machine)?;
            let (machine, asked) = (self.machines.get(*machine)?, self.needs.get(need)?);
            let fits = fit == Fit::Yes && !refused.contains(&need);
            fits.then(|| spare(asked, machine))
        };
        let placed = by_kinds(&rows, &columns, &cost)?;
        let placed = placed.into_iter().filter_map(|placed| {
            Some((*jobs.get(placed.job)?, (*entries.get(placed.offer)?, placed.option)))
        });
        Ok(placed.collect())
    }

    /// What becomes of a job; nothing if no labels tell what it would get from what does not fit, which the
    /// selector then knows.
    fn outcome(
        &self,
        place: usize,
        request: &Request,
        planned: Option<(usize, usize)>,
        had: &[Had],
        selector: &mut Selector<'_>,
    ) -> Option<Outcome> {
        let without = |decision, why, degraded| {
            let runs_on = (decision == Decision::Cpu).then_some(RunsOn::Cpu);
            Outcome { decision, degraded, why, option: None, runs_on, entry: None, reach: None }
        };
        if let Some(why) = &request.no_gpu {
            return Some(without(Decision::Cpu, Why::NotNeeded(why.clone()), false));
        }
        match self.strangers {
            Some(Strangers::Cpu) => return Some(without(Decision::Cpu, Why::Strangers, true)),
            Some(Strangers::Skip) => return Some(without(Decision::Skip, Why::Strangers, false)),
            Some(Strangers::Fail) => return Some(without(Decision::Fail, Why::Strangers, false)),
            None => {}
        }
        let options = self.options.get(place).map(Vec::as_slice).unwrap_or_default();
        if let Some((entry, option)) = planned {
            return self.on(entry, option, options, Decision::Run, Why::Placed, selector);
        }
        let policy = self.policy(request);
        let mut why = Why::NoMatch;
        let mut is_unknown = false;
        for (option, need) in options.iter().enumerate() {
            let had = had.get(*need).copied().unwrap_or_default();
            is_unknown |= had.is_unknown;
            if let Some(entry) = had.free.or(had.busy) {
                if policy.on_busy == OnBusy::Wait {
                    return self.on(entry, option, options, Decision::Wait, Why::Busy, selector);
                }
                why = Why::Busy;
            } else if let Some(entry) = had.offline {
                match policy.on_offline {
                    OnOffline::Wait => {
                        let wait = Decision::Wait;
                        return self.on(entry, option, options, wait, Why::Offline, selector);
                    }
                    OnOffline::Fail => return Some(without(Decision::Fail, Why::Offline, false)),
                    OnOffline::Fallback if why == Why::NoMatch => why = Why::Offline,
                    OnOffline::Fallback => {}
                }
            }
        }
        let refused = options.iter().find_map(|need| selector.first_refused(*need));
        if let Some((entry, refusal)) = refused {
            return Some(without(Decision::Fail, Why::NotTold { entry, refusal }, false));
        }
        if is_unknown {
            return Some(without(Decision::Unknown, Why::Unknown, false));
        }
        Some(match policy.on_no_match {
            OnNoMatch::Fail => without(Decision::Fail, why, false),
            OnNoMatch::Cpu => without(Decision::Cpu, why, true),
            OnNoMatch::Skip => without(Decision::Skip, why, false),
            OnNoMatch::Wait => without(Decision::Wait, why, false),
        })
    }

    /// A job that asks for the labels of an entry.
    fn on(
        &self,
        entry: usize,
        option: usize,
        options: &[usize],
        decision: Decision,
        why: Why,
        selector: &mut Selector<'_>,
    ) -> Option<Outcome> {
        let need = *options.get(option)?;
        let fits = |place: usize| self.fit(need, place) == Fit::Yes;
        let selected = selector.select(need, entry, &fits)?;
        Some(Outcome {
            decision,
            degraded: option > 0,
            why,
            option: Some(option),
            runs_on: Some(selected.runs_on),
            entry: Some(entry),
            reach: Some((selected.reach, selected.fitting)),
        })
    }
}
