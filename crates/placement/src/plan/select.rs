//! What jobs of a plan ask GitHub for.

use std::collections::{BTreeMap, BTreeSet};

use super::RunsOn;
use crate::fleet::{Entry, Hidden, Kind};
use crate::labels::{Known, Refusal, own_labels};

/// How many sets of labels are looked at for all jobs of a plan: ten times [`crate::STEPS`], which one alone may take.
const ALL_STEPS: u32 = 3_000_000;

/// For how many runners that no labels tell apart a label is looked for that would.
const ADVICE: usize = 100;

/// What a job asks for, and how many of the places that fit it lets in.
#[derive(Clone, Debug)]
pub(crate) struct Selected {
    pub runs_on: RunsOn,
    pub reach: usize,
    pub fitting: usize,
}

/// The labels of everything that jobs of this run may get to, and what was found of them so far.
pub(crate) struct Selector<'a> {
    fleet: &'a [Entry],
    /// Their places in the fleet.
    places: Vec<usize>,
    known: Known,
    chosen: BTreeMap<usize, Vec<Selected>>,
    /// Which of those is for a place in the fleet: by need and place.
    of_entry: BTreeMap<(usize, usize), usize>,
    /// How many sets of labels may still be looked at, for all jobs together.
    steps: u32,
    /// What no labels tell from what does not fit: by need and place in the fleet, the place of the refusal.
    refused: BTreeMap<(usize, usize), usize>,
    refusals: Vec<Refusal>,
    /// The needs of those, by place.
    refused_at: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Selector<'a> {
    pub(crate) fn new(fleet: &'a [Entry]) -> Self {
        // What may be within reach may take a job too.
        let may_take = |(place, entry): (usize, &Entry)| {
            let is_out = entry.hidden.as_ref().is_some_and(Hidden::is_sure);
            (!is_out).then_some(place)
        };
        let places: Vec<usize> = fleet.iter().enumerate().filter_map(may_take).collect();
        let entries = places.iter().filter_map(|place| fleet.get(*place));
        let known = Known::new(entries.map(|entry| (entry.group.as_deref(), asked_by(entry))));
        let (chosen, of_entry, refused) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self {
            fleet,
            places,
            known,
            chosen,
            of_entry,
            refused,
            refusals: Vec::new(),
            refused_at: BTreeMap::new(),
            steps: ALL_STEPS,
        }
    }

    pub(super) fn is_refused(&self, need: usize, entry: usize) -> bool {
        self.refused.contains_key(&(need, entry))
    }

    /// Why nothing tells a place from what does not fit a need.
    pub(crate) fn refusal(&self, need: usize, entry: usize) -> Option<&Refusal> {
        self.refusals.get(*self.refused.get(&(need, entry))?)
    }

    /// The needs for which nothing tells this place from what does not fit.
    pub(super) fn refused(&self, entry: usize) -> Vec<usize> {
        self.refused_at.get(&entry).cloned().unwrap_or_default()
    }

    /// The first place that is refused for a need, and why.
    pub(super) fn first_refused(&self, need: usize) -> Option<(usize, Refusal)> {
        let mut refused = self.refused.range((need, 0)..=(need, usize::MAX));
        let ((_, entry), refusal) = refused.next()?;
        Some((*entry, self.refusals.get(*refusal)?.clone()))
    }

    /// What a job with this need asks for, to get to a place of the fleet that fits; nothing if that would let in
    /// what does not, which is remembered.
    pub(crate) fn select(
        &mut self,
        need: usize,
        entry: usize,
        fits: &dyn Fn(usize) -> bool,
    ) -> Option<Selected> {
        let target = self.fleet.get(entry)?;
        let chosen = self.chosen.entry(need).or_default();
        let found = self.of_entry.get(&(need, entry)).copied();
        let found = found.or_else(|| chosen.iter().position(|it| lets_in(&it.runs_on, target)));
        if let Some(place) = found {
            self.of_entry.insert((need, entry), place);
            return chosen.get(place).cloned();
        }
        let place = self.places.binary_search(&entry).ok()?;
        let at = |place: usize| self.places.get(place).copied();
        let fits_at = |place: usize| at(place).is_some_and(fits);
        // Nobody reads more advice than this, and each costs a look at all runners.
        let is_told = self.refusals.len() < ADVICE;
        let own = |place: usize| {
            if !is_told {
                return BTreeSet::new();
            }
            let it = at(place).and_then(|it| self.fleet.get(it));
            it.map(|it| own_labels(&it.machine)).unwrap_or_default()
        };
        match self.known.select(place, &fits_at, &own, &mut self.steps) {
            Ok(selection) => {
                let (reach, fitting) = (selection.reach, selection.fitting);
                let labels = selection.labels;
                let runs_on = match (selection.group, target.kind) {
                    (Some(group), _) => RunsOn::Group { group, labels },
                    (None, Kind::Runner) => RunsOn::Labels(labels),
                    (None, Kind::ScaleSet { .. } | Kind::Hosted { .. }) => {
                        RunsOn::Name(target.name.clone())
                    }
                };
                let selected = Selected { runs_on, reach, fitting };
                chosen.push(selected.clone());
                Some(selected)
            }
            Err(mut refusal) => {
                if let Refusal::NotTold { rivals, add } = &mut refusal {
                    // A scale set has no label but its name.
                    add.take_if(|_| target.kind != Kind::Runner);
                    // As places of the fleet.
                    *rivals = rivals.iter().filter_map(|place| at(*place)).collect();
                }
                self.refusals.push(refusal);
                // Whatever has the same labels is refused for the same reason.
                let alike = self.known.alike(place).iter().filter_map(|place| at(*place));
                for alike in alike.filter(|place| fits(*place)) {
                    if self.refused.insert((need, alike), self.refusals.len() - 1).is_none() {
                        self.refused_at.entry(alike).or_default().push(need);
                    }
                }
                None
            }
        }
    }
}

/// The labels by which jobs get to a place.
fn asked_by(entry: &Entry) -> impl Iterator<Item = &str> {
    let (labels, name) = match entry.kind {
        Kind::Runner => (Some(&entry.machine.labels), None),
        Kind::ScaleSet { .. } | Kind::Hosted { .. } => (None, Some(entry.name.as_str())),
    };
    labels.into_iter().flatten().map(String::as_str).chain(name)
}

/// Whether a job that asks for this may get to a place.
fn lets_in(runs_on: &RunsOn, entry: &Entry) -> bool {
    let has_all = |labels: &BTreeSet<String>| {
        labels.iter().all(|label| asked_by(entry).any(|its| its.eq_ignore_ascii_case(label)))
    };
    match runs_on {
        RunsOn::Cpu => false,
        RunsOn::Name(name) => entry.kind != Kind::Runner && entry.name.eq_ignore_ascii_case(name),
        RunsOn::Labels(labels) => has_all(labels),
        RunsOn::Group { group, labels } => {
            let is_here = entry.group.as_ref().is_some_and(|its| its.eq_ignore_ascii_case(group));
            is_here && has_all(labels)
        }
    }
}
