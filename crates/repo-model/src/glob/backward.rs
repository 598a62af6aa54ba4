//! Runs a program over a path from its end to its beginning.
//!
//! At each place it is known which steps lead to a match of the rest of the path; from that follows
//! which do at the place before. That answers what looks ahead as easily as anything else, and takes
//! no more than the number of steps for each unit of the path, whatever the pattern.
//!
//! The sets of steps that occur are few, so [`States`] keeps them: a path that is like others costs
//! one look-up for each unit.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::expression::{Kinds, Set, Unit};
use super::program::{At, Program, Step};
use super::units::units_from_end;

/// How many steps all states that are kept may have in all.
const MOST_KEPT: usize = 1 << 18;

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
    /// Steps that match at every place before one at which they match, and the first step with them.
    winning: Vec<bool>,
}

/// Which steps lead to a match from some place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// Those that a unit before the place can lead to.
    open: Vec<At>,
    /// Whether the first step is one of them, if this is the beginning.
    is_match: bool,
    /// Whether it is one of them at every place before this one. That is said once: what has led to
    /// it is not open any more, so states do not differ in what has been won long ago.
    is_won: bool,
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
            winning: Vec::new(),
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
        made.winning = (0..length).map(|at| made.wins(at)).collect();
        made
    }

    /// Whether a step is that of a `.*` which reads whatever comes before it, and then leads to the
    /// first step without asking for more than the beginning of the path.
    fn wins(&self, at: At) -> bool {
        let reads_all = |unit: &At| match self.program.steps.get(*unit) {
            Some(Step::Unit { set, .. }) => self.program.sets.get(*set) == Some(&Set::all()),
            _ => false,
        };
        let Some(Step::Either { first, second }) = self.program.steps.get(at) else { return false };
        let reading = self.reading.get(at).map(Vec::as_slice).unwrap_or_default();
        if !reading.iter().any(|unit| reads_all(unit) && (unit == first || unit == second)) {
            return false;
        }
        let mut above = at;
        while above != self.program.start {
            let is_free = |at: &&At| match self.program.steps.get(**at) {
                Some(Step::Either { .. }) => true,
                Some(Step::Begin { .. }) => self.is_whole,
                _ => false,
            };
            let leading = self.leading.get(above).map(Vec::as_slice).unwrap_or_default();
            // Steps are made from the end to the beginning, so a loop leads back to an earlier one.
            match leading.iter().filter(is_free).find(|before| **before > above) {
                Some(before) => above = *before,
                None => return false,
            }
        }
        true
    }

    /// Whether a path, or what follows its beginning, matches.
    pub(super) fn is_match(&self, path: &[u8]) -> bool {
        let mut scratch = Scratch::new(self);
        let mut state = State::default();
        self.settle(&mut state, true, &mut scratch);
        for unit in units_from_end(path) {
            if self.is_lost(&state) || state.is_won {
                break;
            }
            self.go_before(&mut state, unit, &mut scratch);
        }
        state.is_match || state.is_won
    }

    /// Whether the path cannot match whatever comes before this place. What leads to a match here
    /// without having read anything does so everywhere, unless a look must not match.
    fn is_lost(&self, state: &State) -> bool {
        state.open.is_empty() && !state.is_match && !state.is_won && self.done.len() == 1
    }

    /// The sets that its steps read.
    pub(super) fn sets(&self) -> &[Set] {
        &self.program.sets
    }

    /// Makes of a state the one before a unit.
    fn go_before(&self, state: &mut State, unit: Unit, scratch: &mut Scratch) {
        for open in &state.open {
            for at in self.reading.get(*open).map(Vec::as_slice).unwrap_or_default() {
                if let Some(Step::Unit { set, .. }) = self.program.steps.get(*at)
                    && self.program.sets.get(*set).is_some_and(|set| set.contains(unit))
                {
                    scratch.read.push(*at);
                }
            }
        }
        if self.done.len() > 1 {
            scratch.read.sort_unstable_by_key(|at| Reverse(self.look(*at)));
        }
        self.settle(state, false, scratch);
        scratch.read.clear();
    }

    /// The look that a step belongs to.
    fn look(&self, at: At) -> usize {
        self.program.looks.get(at).copied().unwrap_or_default()
    }

    /// Makes the state in which the steps that have been noted have read a unit.
    fn settle(&self, state: &mut State, is_end: bool, scratch: &mut Scratch) {
        let mut is_match = None;
        if self.asks_for_begin && self.is_whole {
            self.spread(Edges { is_begin: true, is_end }, scratch);
            is_match = Some(scratch.holds(self.program.start));
            scratch.clear();
        }
        self.spread(Edges { is_begin: false, is_end }, scratch);
        state.is_match = is_match.unwrap_or_else(|| scratch.holds(self.program.start));
        let is_open = |at: &At| self.reading.get(*at).is_some_and(|reading| !reading.is_empty());
        state.open.clear();
        state.open.extend(scratch.found.iter().copied().filter(is_open));
        let wins = |at: &At| self.winning.get(*at) == Some(&true);
        state.is_won = state.is_match && state.open.iter().any(wins);
        if state.is_won {
            state.open.retain(|at| !wins(at));
        }
        scratch.clear();
    }

    /// Finds all steps that lead to a match without reading more, the innermost looks first, because
    /// others ask whether they match.
    fn spread(&self, edges: Edges, scratch: &mut Scratch) {
        let mut read = 0;
        for (look, done) in self.done.iter().enumerate().rev() {
            for at in done {
                scratch.find(*at);
            }
            while let Some(at) = scratch.read.get(read).copied().filter(|at| self.look(*at) == look)
            {
                scratch.find(at);
                read += 1;
            }
            while let Some(at) = scratch.next() {
                for before in self.leading.get(at).map(Vec::as_slice).unwrap_or_default() {
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
#[derive(Clone, Debug)]
struct Scratch {
    /// The steps that have read the unit behind the place, those of the innermost looks first.
    read: Vec<At>,
    holds: Vec<bool>,
    found: Vec<At>,
    /// How many of those found have been looked at.
    seen: usize,
}

impl Scratch {
    fn new(backward: &Backward) -> Self {
        let holds = vec![false; backward.program.steps.len()];
        Self { read: Vec::new(), holds, found: Vec::new(), seen: 0 }
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

/// The states of a program that paths have led to, and where from there.
#[derive(Clone, Debug)]
pub(super) struct States {
    kinds: Kinds,
    known: BTreeMap<State, usize>,
    list: Vec<State>,
    /// For each state and each kind of unit, the state before the unit, if it has been needed.
    before: Vec<Option<usize>>,
    /// How many steps the states have in all.
    kept: usize,
    scratch: Scratch,
}

/// The states of a program have become too many to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl States {
    /// The state from which no path matches.
    pub(super) const LOST: usize = 0;
    /// The state at the end of a path.
    pub(super) const FIRST: usize = 1;

    /// The states that every program has; nothing if it tells too many kinds of units apart.
    pub(super) fn new(backward: &Backward) -> Option<Self> {
        let kinds = Kinds::of(backward.sets())?;
        let mut scratch = Scratch::new(backward);
        let mut first = State::default();
        backward.settle(&mut first, true, &mut scratch);
        first.open.sort_unstable();
        let before = vec![Some(Self::LOST); kinds.count()];
        let (known, list) = (BTreeMap::new(), vec![State::default()]);
        let mut made = Self { kinds, known, list, before, kept: 0, scratch };
        made.keep(first);
        Some(made)
    }

    fn keep(&mut self, state: State) -> usize {
        let id = self.list.len();
        self.kept += state.open.len() + 1;
        self.known.insert(state.clone(), id);
        self.list.push(state);
        self.before.resize(self.list.len() * self.kinds.count(), None);
        id
    }

    /// Whether a path, or what follows its beginning, matches.
    pub(super) fn run(&mut self, backward: &Backward, path: &[u8]) -> Result<bool, TooMany> {
        let mut state = Self::FIRST;
        for unit in units_from_end(path) {
            if state == Self::LOST || self.is_won(state) {
                break;
            }
            state = self.before(backward, state, unit)?;
        }
        Ok(self.is_match(state) || self.is_won(state))
    }

    /// Whether a path matches that begins in this state.
    pub(super) fn is_match(&self, id: usize) -> bool {
        self.list.get(id).is_some_and(|state| state.is_match)
    }

    /// Whether a path matches that ends in what led to this state.
    pub(super) fn is_won(&self, id: usize) -> bool {
        self.list.get(id).is_some_and(|state| state.is_won)
    }

    /// The state before a unit.
    pub(super) fn before(
        &mut self,
        backward: &Backward,
        id: usize,
        unit: Unit,
    ) -> Result<usize, TooMany> {
        let cell = id * self.kinds.count() + self.kinds.kind(unit);
        if let Some(Some(before)) = self.before.get(cell) {
            return Ok(*before);
        }
        let Some(mut state) = self.list.get(id).cloned() else { return Ok(Self::LOST) };
        backward.go_before(&mut state, unit, &mut self.scratch);
        state.open.sort_unstable();
        let before = if backward.is_lost(&state) {
            Self::LOST
        } else if let Some(known) = self.known.get(&state) {
            *known
        } else {
            self.keep(state)
        };
        if let Some(cell) = self.before.get_mut(cell) {
            *cell = Some(before);
        }
        if self.kept > MOST_KEPT { Err(TooMany) } else { Ok(before) }
    }
}
