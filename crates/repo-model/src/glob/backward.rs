//! Runs a program over a path from its end to its beginning.
//!
//! At each place it is known which steps lead to a match of the rest of the path; from that follows
//! which do at the place before. That answers what looks ahead as easily as anything else, and takes
//! no more than the number of steps for each unit of the path, whatever the pattern.
//!
//! The sets of steps that occur are few, so for most patterns they are worked out once and kept as a
//! table. A path then costs one look-up a byte.

use std::collections::BTreeMap;

use super::expression::{Kinds, Unit};
use super::program::{At, Program, Step};
use super::units::units_from_end;

/// How much work a table may take to make, in steps looked at, and how large it may get.
const MOST_WORK: usize = 1 << 19;
const MOST_CELLS: usize = 1 << 16;

/// A program that can run backward.
#[derive(Debug)]
pub(super) struct Backward {
    program: Program,
    /// Which steps lead to each without reading.
    leading: Vec<Vec<At>>,
    /// Which steps lead to each by reading a unit.
    reading: Vec<Vec<At>>,
    /// The steps that have matched, by the look that they belong to, the innermost first.
    done: Vec<Vec<At>>,
    /// Whether the first place that is reached at last is the beginning of the path.
    is_whole: bool,
    asks_for_begin: bool,
}

/// Which steps lead to a match from some place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// Those that a unit before the place can lead to.
    open: Vec<At>,
    /// Whether the first step is one of them, if this is the beginning.
    is_match: bool,
}

impl Backward {
    /// A program whose first step is at the beginning of the path, or, if not `is_whole`, somewhere
    /// behind it.
    pub(super) fn new(program: Program, is_whole: bool) -> Self {
        let length = program.steps.len();
        let looks = program.looks.iter().max().map_or(1, |most| most + 1);
        let mut made = Self {
            leading: vec![Vec::new(); length],
            reading: vec![Vec::new(); length],
            done: vec![Vec::new(); looks],
            is_whole,
            asks_for_begin: false,
            program,
        };
        for (at, step) in made.program.steps.iter().enumerate() {
            let add = |lists: &mut Vec<Vec<At>>, next: At| {
                if let Some(list) = lists.get_mut(next) {
                    list.push(at);
                }
            };
            match *step {
                Step::Done => {
                    let look = made.program.looks.get(at).copied().unwrap_or_default();
                    add(&mut made.done, look);
                }
                Step::Unit { next, .. } => add(&mut made.reading, next),
                Step::Either { first, second } => {
                    add(&mut made.leading, first);
                    add(&mut made.leading, second);
                }
                Step::Begin { next } => {
                    made.asks_for_begin = true;
                    add(&mut made.leading, next);
                }
                Step::End { next } | Step::Look { next, .. } => add(&mut made.leading, next),
                // A program with these is searched.
                Step::WordEdge { .. }
                | Step::Keep { .. }
                | Step::Moved { .. }
                | Step::Matched { .. }
                | Step::Forget { .. }
                | Step::Again { .. } => {}
            }
        }
        made
    }

    /// Whether a path, or what follows its beginning, matches.
    pub(super) fn is_match(&self, path: &[u8]) -> bool {
        let mut scratch = Scratch::new(self);
        let mut state = self.at_end(&mut scratch);
        for unit in units_from_end(path) {
            if self.is_lost(&state) {
                return false;
            }
            state = self.before(&state, unit, &mut scratch);
        }
        state.is_match
    }

    /// Whether the path cannot match whatever comes before this place. What leads to a match here
    /// without having read anything does so everywhere, unless a look must not match.
    fn is_lost(&self, state: &State) -> bool {
        state.open.is_empty() && !state.is_match && self.done.len() == 1
    }

    fn at_end(&self, scratch: &mut Scratch) -> State {
        self.state(&[], true, scratch)
    }

    /// The state at the place before a unit.
    fn before(&self, state: &State, unit: Unit, scratch: &mut Scratch) -> State {
        let mut read: Vec<At> = Vec::new();
        for open in &state.open {
            for at in self.reading.get(*open).map(Vec::as_slice).unwrap_or_default() {
                scratch.work += 1;
                if let Some(Step::Unit { set, .. }) = self.program.steps.get(*at)
                    && self.program.sets.get(*set).is_some_and(|set| set.contains(unit))
                {
                    read.push(*at);
                }
            }
        }
        self.state(&read, false, scratch)
    }

    /// The state in which these steps have read a unit.
    fn state(&self, read: &[At], is_end: bool, scratch: &mut Scratch) -> State {
        let mut is_match = None;
        if self.asks_for_begin && self.is_whole {
            self.spread(read, Edges { is_begin: true, is_end }, scratch);
            is_match = Some(scratch.holds(self.program.start));
            scratch.clear();
        }
        self.spread(read, Edges { is_begin: false, is_end }, scratch);
        let is_match = is_match.unwrap_or_else(|| scratch.holds(self.program.start));
        let is_open = |at: &At| self.reading.get(*at).is_some_and(|reading| !reading.is_empty());
        let mut open: Vec<At> = scratch.found.iter().copied().filter(is_open).collect();
        open.sort_unstable();
        scratch.clear();
        State { open, is_match }
    }

    /// Finds all steps that lead to a match without reading more, the innermost looks first, because
    /// others ask whether they match.
    fn spread(&self, read: &[At], edges: Edges, scratch: &mut Scratch) {
        for (look, done) in self.done.iter().enumerate().rev() {
            let belongs = |at: &At| self.program.looks.get(*at) == Some(&look);
            for at in done.iter().chain(read.iter().filter(|at| belongs(at))) {
                scratch.find(*at);
            }
            while let Some(at) = scratch.next() {
                for before in self.leading.get(at).map(Vec::as_slice).unwrap_or_default() {
                    scratch.work += 1;
                    if self.leads(*before, edges, scratch) {
                        scratch.find(*before);
                    }
                }
            }
        }
    }

    /// Whether a step goes on, given that the one that it leads to matches.
    fn leads(&self, at: At, edges: Edges, scratch: &Scratch) -> bool {
        match self.program.steps.get(at) {
            Some(Step::Either { .. }) => true,
            Some(Step::Begin { .. }) => edges.is_begin,
            Some(Step::End { .. }) => edges.is_end,
            Some(Step::Look { start, is_negated, .. }) => scratch.holds(*start) != *is_negated,
            Some(
                Step::Done
                | Step::Unit { .. }
                | Step::WordEdge { .. }
                | Step::Keep { .. }
                | Step::Moved { .. }
                | Step::Matched { .. }
                | Step::Forget { .. }
                | Step::Again { .. },
            )
            | None => false,
        }
    }
}

/// Where the path begins and ends.
#[derive(Clone, Copy)]
struct Edges {
    is_begin: bool,
    is_end: bool,
}

/// The steps found at one place.
struct Scratch {
    holds: Vec<bool>,
    found: Vec<At>,
    /// How many of those found have been looked at.
    seen: usize,
    work: usize,
}

impl Scratch {
    fn new(backward: &Backward) -> Self {
        let holds = vec![false; backward.program.steps.len()];
        Self { holds, found: Vec::new(), seen: 0, work: 0 }
    }

    fn holds(&self, at: At) -> bool {
        self.holds.get(at).copied().unwrap_or_default()
    }

    fn find(&mut self, at: At) {
        if let Some(holds) = self.holds.get_mut(at).filter(|holds| !**holds) {
            *holds = true;
            self.found.push(at);
        }
    }

    fn next(&mut self) -> Option<At> {
        let at = self.found.get(self.seen).copied();
        self.seen += usize::from(at.is_some());
        at
    }

    fn clear(&mut self) {
        for at in self.found.drain(..) {
            if let Some(holds) = self.holds.get_mut(at) {
                *holds = false;
            }
        }
        self.seen = 0;
    }
}

/// All states of a program, and how units lead from one to another.
#[derive(Debug)]
pub(super) struct Table {
    kinds: Kinds,
    /// For each state, the next one for each kind of unit.
    next: Vec<usize>,
    is_match: Vec<bool>,
    first: usize,
    /// States before this one stay as they are whatever comes.
    settled: usize,
}

impl Table {
    /// The table of a program, unless it would be large.
    pub(super) fn new(backward: &Backward) -> Option<Self> {
        let kinds = Kinds::of(&backward.program.sets, MOST_WORK)?;
        let mut scratch = Scratch::new(backward);
        let mut known: BTreeMap<State, usize> = BTreeMap::new();
        let mut states: Vec<State> = Vec::new();
        let mut next: Vec<usize> = Vec::new();
        let first = backward.at_end(&mut scratch);
        known.insert(first.clone(), 0);
        states.push(first);
        let mut seen = 0;
        while let Some(state) = states.get(seen).cloned() {
            for unit in kinds.examples() {
                let before = backward.before(&state, *unit, &mut scratch);
                let new = known.len();
                let id = *known.entry(before.clone()).or_insert(new);
                if id == new {
                    states.push(before);
                }
                next.push(id);
                if scratch.work > MOST_WORK || next.len() > MOST_CELLS {
                    return None;
                }
            }
            seen += 1;
        }
        Some(Self::in_order(kinds, &states, &next))
    }

    /// The same states with those first that nothing changes.
    fn in_order(kinds: Kinds, states: &[State], next: &[usize]) -> Self {
        let width = kinds.examples().len();
        let rows: Vec<&[usize]> = next.chunks(width).collect();
        let stays = |state: &usize| {
            rows.get(*state).is_some_and(|row| row.iter().all(|next| next == state))
        };
        let (settled, others): (Vec<usize>, Vec<usize>) = (0..states.len()).partition(stays);
        let order: Vec<usize> = settled.iter().chain(&others).copied().collect();
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(place) = place.get_mut(*old) {
                *place = new;
            }
        }
        let placed = |old: &usize| place.get(*old).copied().unwrap_or_default();
        let row = |old: &usize| rows.get(*old).copied().unwrap_or_default();
        Self {
            next: order.iter().flat_map(row).map(|next| placed(next) * width).collect(),
            is_match: order
                .iter()
                .map(|old| states.get(*old).is_some_and(|state| state.is_match))
                .collect(),
            first: placed(&0) * width,
            settled: settled.len() * width,
            kinds,
        }
    }

    /// Whether a path, or what follows its beginning, matches.
    pub(super) fn is_match(&self, path: &[u8]) -> bool {
        let mut state = self.first;
        let mut rest = path;
        while let Some((last, before)) = rest.split_last() {
            if state < self.settled {
                break;
            }
            if last.is_ascii() {
                state = self.next(state, self.kinds.ascii(*last));
                rest = before;
                continue;
            }
            let (units, length) = super::units::last_units(rest);
            for unit in units.into_iter().flatten() {
                state = self.next(state, self.kinds.kind(unit));
            }
            rest = rest.get(..rest.len().saturating_sub(length)).unwrap_or_default();
        }
        self.matches(state)
    }

    /// Whether a path that matches can end in this byte.
    pub(super) fn may_end_in(&self, byte: u8) -> bool {
        if !byte.is_ascii() {
            return true;
        }
        let state = self.next(self.first, self.kinds.ascii(byte));
        state >= self.settled || self.matches(state)
    }

    /// Whether nothing at all matches.
    pub(super) fn matches_nothing(&self) -> bool {
        self.matches(self.first)
    }

    fn next(&self, state: usize, kind: usize) -> usize {
        self.next.get(state + kind).copied().unwrap_or_default()
    }

    fn matches(&self, state: usize) -> bool {
        let width = self.kinds.examples().len().max(1);
        self.is_match.get(state / width).copied().unwrap_or_default()
    }
}
