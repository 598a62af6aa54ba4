//! The clauses that only all GPUs that fit can meet: enough of them at once, of one model, with enough memory.

use std::collections::{BTreeMap, BTreeSet};

use super::{Clause, Device, Doubt, Failure, Judgement, Value, Why, best, count, in_gigabytes};
use crate::memory::{Counted, mib};
use crate::need::Need;

/// A GPU that fails no clause.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub device: Device<'a>,
    /// It meets all of them.
    pub sure: bool,
}

/// The GPUs that a job would get: all that fit, or of several models those of one.
struct Group {
    sure: usize,
    possible: usize,
    memory_sure: u64,
    memory_possible: Option<u64>,
    /// Those of which something is not known.
    unsure: BTreeSet<usize>,
}

impl Group {
    /// `joining` may be of this group too, if their model is this one.
    fn of<'a>(
        members: impl Iterator<Item = &'a Candidate<'a>>,
        joining: &[&'a Candidate<'a>],
    ) -> Self {
        let mut group = Self {
            sure: 0,
            possible: 0,
            memory_sure: 0,
            memory_possible: Some(0),
            unsure: BTreeSet::new(),
        };
        let members = members.map(|member| (member, member.sure));
        for (member, is_sure) in members.chain(joining.iter().map(|joining| (*joining, false))) {
            let counted = member.device.counted();
            let all = Counted { sure: 0, possible: group.memory_possible }.plus(counted);
            group.memory_possible = if member.device.most > 1 { None } else { all.possible };
            group.possible = group.possible.saturating_add(member.device.most);
            if is_sure {
                group.sure += 1;
                group.memory_sure = group.memory_sure.saturating_add(counted.sure);
            }
            if !is_sure || counted.possible != Some(counted.sure) {
                group.unsure.insert(member.device.place);
            }
        }
        group
    }

    /// Whether they are enough; `total` in MiB.
    fn answer(&self, wanted: usize, total: u64) -> Option<bool> {
        if self.sure >= wanted && self.memory_sure >= total {
            Some(true)
        } else if self.possible < wanted
            || self.memory_possible.is_some_and(|possible| possible < total)
        {
            Some(false)
        } else {
            None
        }
    }
}

/// What the GPUs come to that each meet every clause for one, or may.
pub(super) fn of_all(need: &Need, candidates: &[Candidate<'_>], judgement: &mut Judgement) {
    let wanted = usize::from(need.gpus.get());
    let total = need.total_memory_gb.map_or(0, mib);
    let all = Group::of(candidates.iter(), &[]);
    let groups = if need.same_model { by_model(candidates) } else { vec![] };
    let groups: Vec<&Group> = if need.same_model { groups.iter().collect() } else { vec![&all] };
    let answers = |wanted, total| -> Vec<_> {
        groups.iter().map(|group| group.answer(wanted, total)).collect()
    };
    let answers_to_all = answers(wanted, total);
    if answers_to_all.contains(&Some(true)) {
        return;
    }
    let (clause, have, want) = if all.possible < wanted {
        (Clause::Together, count(all.possible), count(wanted))
    } else if answers(wanted, 0).iter().all(|answer| *answer == Some(false)) {
        let most = groups.iter().map(|group| group.possible).max().unwrap_or(0);
        (Clause::SameModel, count(most), count(wanted))
    } else {
        let enough = groups.iter().filter(|group| group.possible >= wanted);
        let most = enough.filter_map(|group| group.memory_possible);
        let want = need.total_memory_gb.map_or(Value::Nothing, Value::Gigabytes);
        (Clause::TotalMemory, best(most, in_gigabytes), want)
    };
    if answers_to_all.iter().all(|answer| *answer == Some(false)) {
        judgement.failed.push(Failure { clause, have, want });
    } else if judgement.doubts.is_empty() {
        // Otherwise it is known already what is not known.
        let sure_of = |wanted, total| answers(wanted, total).contains(&Some(true));
        let clause = if all.sure < wanted {
            Clause::Together
        } else if !sure_of(wanted, 0) {
            Clause::SameModel
        } else {
            Clause::TotalMemory
        };
        let why = Why::OfGpus(groups.iter().flat_map(|group| group.unsure.clone()).collect());
        judgement.doubts.push(Doubt { clause, why });
    }
}

/// One group for each model, and one for those whose model nobody knows, which may be of any.
fn by_model(candidates: &[Candidate<'_>]) -> Vec<Group> {
    let nameless: Vec<_> =
        candidates.iter().filter(|candidate| candidate.device.gpu.model.is_none()).collect();
    let mut models: BTreeMap<&str, Vec<&Candidate<'_>>> = BTreeMap::new();
    for candidate in candidates {
        if let Some(model) = &candidate.device.gpu.model {
            models.entry(model).or_default().push(candidate);
        }
    }
    let mut groups: Vec<_> =
        models.into_values().map(|members| Group::of(members.into_iter(), &nameless)).collect();
    groups.push(Group::of(std::iter::empty(), &nameless));
    groups
}
