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

use std::collections::BTreeSet;

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
    let target = runners.get(assigned).filter(|runner| runner.fits);
    let target = target.ok_or(Refusal::DoesNotFit)?;
    let everywhere: Vec<&Runner> = runners.iter().collect();
    let fitting = runners.iter().filter(|runner| runner.fits).count();
    let labels = usable(target);
    let chosen = |group: Option<&String>, search: Search<'_>| {
        let (labels, reach, is_widest) = search.best()?;
        Some(Selection { group: group.cloned(), labels, reach, fitting, is_widest })
    };
    // No labels at all would ask for any runner.
    if let Some(selection) = chosen(None, Search::new(&everywhere, &labels, 1)) {
        return Ok(selection);
    }
    if let Some(group) = &target.group {
        let is_here = |runner: &&Runner| {
            // Of a runner whose group is not known, it may be this one.
            runner.group.as_ref().is_none_or(|its| its.eq_ignore_ascii_case(group))
        };
        let here: Vec<&Runner> = runners.iter().filter(is_here).collect();
        if let Some(mut selection) = chosen(Some(group), Search::new(&here, &labels, 0)) {
            // Those whose group is not known are kept out, but nothing says that they are let in.
            let let_in = |runner: &&&Runner| {
                runner.fits && runner.group.is_some() && has_all(runner, &selection.labels)
            };
            selection.reach = here.iter().filter(let_in).count();
            return Ok(selection);
        }
    }
    Err(refusal(runners, target, &labels))
}

fn refusal(runners: &[Runner], target: &Runner, labels: &BTreeSet<String>) -> Refusal {
    let is_rival = |runner: &Runner| !runner.fits && has_all(runner, labels);
    let rivals: Vec<usize> = runners
        .iter()
        .enumerate()
        .filter_map(|(place, runner)| is_rival(runner).then_some(place))
        .collect();
    let is_rivals = |label: &String| {
        runners
            .iter()
            .any(|runner| is_rival(runner) && (has(runner, label) || runner.own.contains(label)))
    };
    let earned = |label: &String| {
        runners.iter().filter(|runner| runner.fits && runner.own.contains(label)).count()
    };
    let add = target
        .own
        .iter()
        .filter(|label| is_usable(label) && !has(target, label) && !is_rivals(label))
        // The last of the most would be the last by name.
        .rev()
        .max_by_key(|label| earned(label));
    Refusal::NotTold { rivals, add: add.cloned() }
}

fn has(runner: &Runner, label: &str) -> bool {
    runner.labels.iter().any(|its| its.eq_ignore_ascii_case(label))
}

fn has_all(runner: &Runner, labels: &BTreeSet<String>) -> bool {
    labels.iter().all(|label| has(runner, label))
}

/// The labels of a runner that a job may ask for, in lower case.
fn usable(runner: &Runner) -> BTreeSet<String> {
    let labels = runner.labels.iter().filter(|label| is_usable(label));
    labels.map(|label| label.to_ascii_lowercase()).collect()
}

/// Not those that GitHub's own runners have, which are not in the list of runners. Nor those whose cases GitHub
/// may tell apart in another way than we do, or that are no text on one line.
fn is_usable(label: &str) -> bool {
    let is_plain = label.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let label = label.to_ascii_lowercase();
    let hosted = ["ubuntu-", "windows-", "macos-"];
    is_plain && !label.trim().is_empty() && !hosted.iter().any(|prefix| label.starts_with(prefix))
}

#[cfg(test)]
mod tests;
