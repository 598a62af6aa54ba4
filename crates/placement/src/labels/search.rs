//! The widest sound set of a few labels.

use std::collections::BTreeSet;

use super::bits::Bits;
use super::{AT_MOST, Members, STEPS};

/// The labels that are looked at; GitHub lets a runner have a hundred, and its own three.
const LABELS: usize = 128;

/// Runners that have the same of the labels in question, and do or do not fit.
struct Kinds {
    /// The labels of each kind, one bit for each of those in question.
    fit: Vec<u128>,
    /// How many there are of each kind that fits.
    weights: Vec<usize>,
    unfit: Vec<u128>,
}

/// A label, and who has it.
struct Label {
    name: usize,
    fit: Bits,
    unfit: Bits,
}

/// A set of labels, by their places, and how many it reaches.
struct Found {
    labels: Vec<usize>,
    reach: usize,
}

/// A search among some labels, for a set that some runners have that fit and none that does not.
pub(super) struct Search {
    /// In the order of their names; of those that the same runners have, only the first.
    labels: Vec<Label>,
    weights: Vec<usize>,
    /// Those without fit that have all labels from a place on.
    stubborn: Vec<Bits>,
    everyone: (Bits, Bits),
    least: usize,
    steps: u32,
    best: Option<Found>,
}

impl Search {
    /// Among these labels, in the order of their names; for sets of at least so many.
    pub(super) fn new(rows: &[Members<'_>], labels: &[usize], least: usize) -> Self {
        let kinds = kinds(rows, labels);
        let has = |kinds: &[u128], place| {
            Bits::of(kinds.len(), |kind| kinds.get(kind).is_some_and(|it| it >> place & 1 == 1))
        };
        let mut seen = BTreeSet::new();
        let mut told = Vec::new();
        for (place, name) in labels.iter().enumerate().take(LABELS) {
            let label =
                Label { name: *name, fit: has(&kinds.fit, place), unfit: has(&kinds.unfit, place) };
            if seen.insert((label.fit.clone(), label.unfit.clone())) {
                told.push(label);
            }
        }
        let everyone = (Bits::of(kinds.fit.len(), |_| true), Bits::of(kinds.unfit.len(), |_| true));
        let mut stubborn = vec![everyone.1.clone()];
        for label in told.iter().rev() {
            stubborn.extend(stubborn.last().map(|later| later.and(&label.unfit)));
        }
        stubborn.reverse();
        let weights = kinds.weights;
        Self { labels: told, weights, stubborn, everyone, least, steps: STEPS, best: None }
    }

    /// The best set, how many it reaches, and whether it is known that no other is better.
    ///
    /// `left` is how many steps all searches of a plan may take together; when they are spent, the first set that is
    /// sound is as good as any.
    pub(super) fn best(mut self, left: &mut u32) -> Option<(Vec<usize>, usize, bool)> {
        let (fit, unfit) = self.everyone.clone();
        let given = STEPS.min(*left);
        self.steps = given;
        let all = self.reach(&fit);
        for size in self.least..=AT_MOST {
            self.extend(&mut Vec::new(), 0, size, (&fit, &unfit));
            if self.best.as_ref().is_some_and(|best| best.reach == all) {
                break;
            }
        }
        *left -= given - self.steps;
        let is_widest = self.best.is_some() && self.steps > 0;
        let found = match self.best.take() {
            Some(found) => found,
            None => self.without_limit()?,
        };
        let names = found.labels.iter().filter_map(|place| self.labels.get(*place));
        let names = names.map(|label| label.name).collect();
        Some((names, found.reach, is_widest))
    }

    fn reach(&self, fit: &Bits) -> usize {
        fit.numbers().filter_map(|kind| self.weights.get(kind)).sum()
    }

    /// Tries every set of `size` labels more, of those from a place on.
    fn extend(
        &mut self,
        chosen: &mut Vec<usize>,
        from: usize,
        size: usize,
        (fit, unfit): (&Bits, &Bits),
    ) {
        if size == 0 {
            if unfit.is_empty() {
                self.best = Some(Found { labels: chosen.clone(), reach: self.reach(fit) });
            }
            return;
        }
        for place in from..self.labels.len() {
            // Whoever has all labels that are left is not kept out by any of them.
            let is_hopeless =
                self.stubborn.get(place).is_some_and(|stubborn| !stubborn.is_apart_from(unfit));
            if is_hopeless || self.steps == 0 {
                return;
            }
            self.steps -= 1;
            let Some(label) = self.labels.get(place) else { return };
            let (fit, left) = (fit.and(&label.fit), unfit.and(&label.unfit));
            // A label that keeps nobody out narrows the set for nothing, but there has to be one.
            let is_idle = left == *unfit && !unfit.is_empty();
            // Sets are tried by size, then by name, so that an equal one is no better.
            let is_better = match &self.best {
                Some(best) => self.reach(&fit) > best.reach,
                None => self.reach(&fit) > 0,
            };
            if is_better && !is_idle {
                chosen.push(place);
                self.extend(chosen, place + 1, size - 1, (&fit, &left));
                chosen.pop();
            }
        }
    }

    /// All labels, less each that is not needed, the narrowest first.
    fn without_limit(&self) -> Option<Found> {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by_key(|place| {
            (self.labels.get(*place).map(|label| self.reach(&label.fit)), *place)
        });
        let (fit, unfit) = self.having(&order);
        if order.len() < self.least || !unfit.is_empty() || self.reach(&fit) == 0 {
            return None;
        }
        let mut kept = order.clone();
        for place in order {
            let rest: Vec<usize> = kept.iter().copied().filter(|other| *other != place).collect();
            if rest.len() >= self.least && self.having(&rest).1.is_empty() {
                kept = rest;
            }
        }
        let reach = self.reach(&self.having(&kept).0);
        Some(Found { labels: kept, reach })
    }

    /// Who has all of these.
    fn having(&self, places: &[usize]) -> (Bits, Bits) {
        let labels = places.iter().filter_map(|place| self.labels.get(*place));
        let (fit, unfit) = &self.everyone;
        labels.fold((fit.clone(), unfit.clone()), |(fit, unfit), label| {
            (fit.and(&label.fit), unfit.and(&label.unfit))
        })
    }
}

fn kinds(rows: &[Members<'_>], labels: &[usize]) -> Kinds {
    let mut fit: Vec<(u128, usize)> = Vec::new();
    let mut unfit = Vec::new();
    for row in rows {
        let mut has = 0_u128;
        // Both are in rising order.
        let mut theirs = row.kind.labels.iter().peekable();
        for (place, label) in labels.iter().enumerate().take(LABELS) {
            while theirs.next_if(|its| *its < label).is_some() {}
            if theirs.next_if(|its| *its == label).is_some() {
                has |= 1 << place;
            }
        }
        if row.unfit > 0 {
            unfit.push(has);
        }
        if row.fit > 0 {
            fit.push((has, row.fit));
        }
    }
    unfit.sort_unstable();
    unfit.dedup();
    fit.sort_unstable();
    fit.dedup_by(|later, first| {
        let is_same = later.0 == first.0;
        if is_same {
            first.1 += later.1;
        }
        is_same
    });
    let (fit, weights) = fit.into_iter().unzip();
    Kinds { fit, weights, unfit }
}
