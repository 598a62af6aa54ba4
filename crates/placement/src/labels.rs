//! Which labels a job asks for, so that it runs on a machine that fits and on no other.
//!
//! GitHub gives a job to any runner that has all the labels it asks for, whatever was planned. So a set of
//! labels is sound if no runner that is known has all of them and does not fit, idle or not, online or not:
//! it may be back before the job starts. A runner of which it is not known whether it fits does not. GitHub does
//! not tell the cases of labels apart, and compares whole labels: `no-gpu` is no `gpu`.
//!
//! The set for a machine is searched among the machine's own labels: up to [`AT_MOST`] of them, the most
//! runners that fit first, then the fewest labels, then by name. That is a search over all such sets, cut
//! where it cannot get better, and given up after [`STEPS`] steps, after which the best so far stands. If
//! no such set is sound, all of the machine's labels together may be; if they are not, nothing is, and
//! that is the answer.

mod bits;
mod own;
mod search;

use std::collections::{BTreeMap, BTreeSet};

pub use own::own_labels;
use search::Search;

/// How many labels a job asks for, unless so few do not tell the runners apart.
pub const AT_MOST: usize = 4;

/// How many sets are looked at.
pub const STEPS: u32 = 300_000;

/// A runner that GitHub knows, whether it could take a job now or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runner {
    /// The group that it is in, if that is known.
    pub group: Option<String>,
    /// The labels that it has.
    pub labels: BTreeSet<String>,
    /// Those that [`own_labels`] makes of its facts, whether it has them or not.
    pub own: BTreeSet<String>,
    /// Whether it is known to fit the job.
    pub fits: bool,
}

/// What a job asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The group, if the labels alone would let others in.
    pub group: Option<String>,
    /// The labels, in lower case; empty only with a group.
    pub labels: BTreeSet<String>,
    /// How many runners that fit have all of this.
    pub reach: usize,
    /// How many runners fit.
    pub fitting: usize,
    /// Whether no other set of up to [`AT_MOST`] of the machine's labels is known to be better.
    pub is_widest: bool,
}

/// Why nothing can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The runner does not fit, or is not known.
    DoesNotFit,
    /// Others have all of its labels and do not fit.
    NotTold {
        /// Those, by their places in the list.
        rivals: Vec<usize>,
        /// A label that would tell it from all of them, true of it and of none of them.
        add: Option<String>,
    },
}

/// What a job asks for, so that `assigned`, a place in the list of all known runners, may take it.
///
/// # Errors
/// If nothing that is asked for would keep out every runner that does not fit.
pub fn select(runners: &[Runner], assigned: usize) -> Result<Selection, Refusal> {
    let known = Known::new(
        runners.iter().map(|it| (it.group.as_deref(), it.labels.iter().map(String::as_str))),
    );
    let fits = |place: usize| runners.get(place).is_some_and(|runner| runner.fits);
    let own = |place: usize| runners.get(place).map(|it| it.own.clone()).unwrap_or_default();
    known.select(assigned, &fits, &own, &mut { STEPS })
}

/// The labels of all runners that are known, to be asked about many jobs.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The labels that there are, in lower case, by name.
    names: Vec<String>,
    /// Runners with the same labels in the same group.
    kinds: Vec<Kind>,
    /// The kind of each runner.
    places: Vec<usize>,
    /// The group of each, as it is written.
    groups: Vec<Option<String>>,
}

/// Runners with the same labels in the same group.
#[derive(Clone, Debug)]
struct Kind {
    group: Option<String>,
    /// The places of their labels among the names, in rising order.
    labels: Vec<usize>,
    members: Vec<usize>,
}

impl Known {
    /// Of runners with their groups and labels, in their order.
    pub fn new<'a, L: Iterator<Item = &'a str>>(
        runners: impl Iterator<Item = (Option<&'a str>, L)>,
    ) -> Self {
        let mut groups = Vec::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut kinds: BTreeMap<(Option<String>, BTreeSet<usize>), Vec<usize>> = BTreeMap::new();
        for (place, (group, labels)) in runners.enumerate() {
            groups.push(group.map(str::to_owned));
            let mut has = BTreeSet::new();
            for label in labels {
                let next = names.len();
                has.insert(*names.entry(label.to_ascii_lowercase()).or_insert(next));
            }
            kinds.entry((group.map(str::to_ascii_lowercase), has)).or_default().push(place);
        }
        // In the order of their names, whatever order they were met in.
        let order: BTreeMap<usize, usize> =
            names.values().enumerate().map(|(place, met)| (*met, place)).collect();
        let kinds: Vec<Kind> = kinds
            .into_iter()
            .map(|((group, labels), members)| {
                let mut labels: Vec<usize> =
                    labels.iter().filter_map(|met| order.get(met).copied()).collect();
                labels.sort_unstable();
                Kind { group, labels, members }
            })
            .collect();
        let mut places = vec![0; kinds.iter().map(|kind| kind.members.len()).sum()];
        for (kind, it) in kinds.iter().enumerate() {
            for member in &it.members {
                if let Some(place) = places.get_mut(*member) {
                    *place = kind;
                }
            }
        }
        Self { names: names.into_keys().collect(), kinds, places, groups }
    }

    /// What a job asks for, so that the runner at a place may take it. `fits` says whether one at a place is known
    /// to fit the job, and `own` what [`own_labels`] makes of its facts, whether it has them or not. `steps` is how many
    /// sets may be looked at, less those that were.
    ///
    /// # Errors
    /// If nothing that is asked for would keep out every runner that does not fit.
    pub fn select(
        &self,
        assigned: usize,
        fits: &dyn Fn(usize) -> bool,
        own: &dyn Fn(usize) -> BTreeSet<String>,
        steps: &mut u32,
    ) -> Result<Selection, Refusal> {
        let target = self.kind(assigned).filter(|_| fits(assigned)).ok_or(Refusal::DoesNotFit)?;
        let rows: Vec<Members<'_>> = self
            .kinds
            .iter()
            .map(|kind| {
                let fit = kind.members.iter().filter(|member| fits(**member)).count();
                Members { kind, fit, unfit: kind.members.len() - fit }
            })
            .collect();
        let fitting = rows.iter().map(|row| row.fit).sum();
        let labels: Vec<usize> = target
            .labels
            .iter()
            .copied()
            .filter(|label| self.names.get(*label).is_some_and(|name| is_usable(name)))
            .collect();
        let name = |label: usize| self.names.get(label).cloned();
        let mut chosen = |group: Option<&String>, search: Search| {
            let (labels, reach, is_widest) = search.best(steps)?;
            let labels = labels.into_iter().filter_map(name).collect();
            Some(Selection { group: group.cloned(), labels, reach, fitting, is_widest })
        };
        // No labels at all would ask for any runner.
        if let Some(selection) = chosen(None, Search::new(&rows, &labels, 1)) {
            return Ok(selection);
        }
        if let Some(group) = &target.group {
            // Of a runner whose group is not known, it may be this one.
            let is_here =
                |row: &&Members<'_>| row.kind.group.as_ref().is_none_or(|its| its == group);
            let here: Vec<Members<'_>> = rows.iter().filter(is_here).cloned().collect();
            let written = self.groups.get(assigned).and_then(Option::as_ref);
            if let Some(mut selection) = chosen(written, Search::new(&here, &labels, 0)) {
                // Those whose group is not known are kept out, but nothing says that they are let in.
                let let_in = |row: &&Members<'_>| {
                    row.kind.group.is_some() && self.has_all(row.kind, &selection.labels)
                };
                selection.reach = here.iter().filter(let_in).map(|row| row.fit).sum();
                return Ok(selection);
            }
        }
        Err(self.refusal(assigned, &labels, fits, own))
    }

    /// The runners with the same labels in the same group as the one at a place, it among them.
    pub(crate) fn alike(&self, place: usize) -> &[usize] {
        self.kind(place).map(|kind| kind.members.as_slice()).unwrap_or_default()
    }

    fn kind(&self, place: usize) -> Option<&Kind> {
        self.kinds.get(*self.places.get(place)?)
    }

    fn has_all(&self, kind: &Kind, labels: &BTreeSet<String>) -> bool {
        labels.iter().all(|label| self.has(kind, label))
    }

    fn has(&self, kind: &Kind, label: &str) -> bool {
        let place = self.names.binary_search_by(|name| name.as_str().cmp(label));
        place.is_ok_and(|place| kind.labels.binary_search(&place).is_ok())
    }

    fn refusal(
        &self,
        assigned: usize,
        labels: &[usize],
        fits: &dyn Fn(usize) -> bool,
        own: &dyn Fn(usize) -> BTreeSet<String>,
    ) -> Refusal {
        let may_take = |kind: &&Kind| labels.iter().all(|it| kind.labels.binary_search(it).is_ok());
        let members = |kind: &Kind| kind.members.clone();
        let mut rivals: Vec<usize> = self.kinds.iter().filter(may_take).flat_map(members).collect();
        rivals.retain(|place| !fits(*place));
        rivals.sort_unstable();
        let mut theirs: BTreeSet<String> = rivals.iter().flat_map(|place| own(*place)).collect();
        let kinds: BTreeSet<usize> =
            rivals.iter().filter_map(|place| self.places.get(*place).copied()).collect();
        let had = kinds.iter().filter_map(|kind| self.kinds.get(*kind)).flat_map(|it| &it.labels);
        theirs.extend(had.filter_map(|label| self.names.get(*label).cloned()));
        let mut earned: BTreeMap<String, usize> = BTreeMap::new();
        for place in (0..self.places.len()).filter(|place| fits(*place)) {
            for label in own(place) {
                *earned.entry(label).or_default() += 1;
            }
        }
        let has = |label: &str| self.kind(assigned).is_some_and(|kind| self.has(kind, label));
        let mine = own(assigned);
        let add = mine
            .iter()
            .filter(|label| is_usable(label) && !has(label) && !theirs.contains(*label))
            // The last of the most would be the last by name.
            .rev()
            .max_by_key(|label| earned.get(*label).copied().unwrap_or(0));
        Refusal::NotTold { rivals, add: add.cloned() }
    }
}

/// How many runners of a kind fit, and how many do not.
#[derive(Clone, Debug)]
struct Members<'a> {
    kind: &'a Kind,
    fit: usize,
    unfit: usize,
}

/// Whether a job may ask for a label.
///
/// Not those that GitHub's own runners have, which are not in the list of runners. Nor those whose cases GitHub
/// may tell apart in another way than we do, or that something on their way may take for more than a word.
fn is_usable(label: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" ._-/+@=:".contains(&byte);
    let begins =
        label.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_');
    let label = label.to_ascii_lowercase();
    let hosted = ["ubuntu-", "windows-", "macos-"];
    begins && label.bytes().all(is_plain) && !hosted.iter().any(|prefix| label.starts_with(prefix))
}

#[cfg(test)]
mod tests;
