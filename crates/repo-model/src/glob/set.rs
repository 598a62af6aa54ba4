//! Many patterns at once.
//!
//! A pattern that says what a path begins with, such as `src/**`, is tried where a path begins with
//! the same byte. All others, such as `**/*.md`, are run over a path together: what the first of them
//! make of a file's extension, the others need not be asked for any more. What has been found out is
//! kept for the next path; it changes how long an answer takes, and nothing else.

use std::collections::{BTreeSet, HashMap};

use super::backward::{Backward, States};
use super::expression::{Kinds, Set, Unit};
use super::pattern::{Glob, Matcher, Rest};
use super::units::last_units;

/// How many states of all patterns together are kept, and how many ways from them.
const MOST_STATES: usize = 1 << 14;
const MOST_WAYS: usize = 1 << 20;

/// Patterns, with all of which a path is matched.
///
/// ```
/// use repo_model::{Glob, GlobSet};
///
/// let globs = ["src/**", "**/*.md"].map(|pattern| Glob::new(pattern).unwrap());
/// let mut set = GlobSet::new(&globs);
/// let mut found = Vec::new();
/// set.matches_into(b"src/README.md", &mut found);
/// assert_eq!(found, [0, 1]);
/// ```
#[derive(Clone, Debug)]
pub struct GlobSet {
    globs: Vec<Glob>,
    together: Together,
    /// For each first byte of a path, which of `alone` may match.
    tried: Vec<Vec<usize>>,
    alone: Vec<Alone>,
    /// Patterns that match themselves, which nothing else would find.
    odd: Vec<usize>,
}

/// A pattern that is tried alone.
#[derive(Clone, Debug)]
struct Alone {
    index: usize,
    /// What is kept of its program, if that is run and can be kept.
    states: Option<States>,
}

impl GlobSet {
    /// All of these patterns; the first has the index 0.
    pub fn new(globs: &[Glob]) -> Self {
        let odd = (0..).zip(globs).filter(|(_, glob)| glob.is_odd()).map(|(index, _)| index);
        let mut set = Self {
            globs: globs.to_vec(),
            together: Together::default(),
            tried: vec![Vec::new(); 256],
            alone: Vec::new(),
            odd: odd.collect(),
        };
        let mut runs = Vec::new();
        for (index, glob) in globs.iter().enumerate() {
            let states = glob.backward().and_then(States::new);
            match (glob.matcher(), states) {
                (None, _) => {}
                (Some(Matcher::Backward { beginning, is_negated, .. }), Some(states))
                    if beginning.is_empty() =>
                {
                    runs.push(Run { index, states, is_negated: *is_negated });
                }
                (Some(Matcher::Backward { beginning, is_negated: false, .. }), states) => {
                    set.try_alone(Alone { index, states }, beginning.first().copied());
                }
                (Some(Matcher::Backward { .. } | Matcher::Search { .. }), states) => {
                    set.try_alone(Alone { index, states }, None);
                }
            }
        }
        let (together, others) = Together::new(runs, globs);
        set.together = together;
        for index in others {
            set.try_alone(Alone { index, states: None }, None);
        }
        set
    }

    /// Has a pattern tried alone, for paths with this first byte or for all.
    fn try_alone(&mut self, alone: Alone, first: Option<u8>) {
        let at = self.alone.len();
        self.alone.push(alone);
        for (byte, tried) in (0..=u8::MAX).zip(&mut self.tried) {
            if first.is_none_or(|first| first == byte) {
                tried.push(at);
            }
        }
    }

    /// Puts the indices of all patterns that match the path into `found`, in ascending order, in
    /// place of what is there. The path is one of git, as for [`Glob::is_match`], whose answer this
    /// is.
    pub fn matches_into(&mut self, path: &[u8], found: &mut Vec<usize>) {
        found.clear();
        let Some(first) = path.first() else { return };
        loop {
            match self.together.matches_into(path, &self.globs, found) {
                Ok(()) => break,
                Err(GivenUp { index }) => self.try_alone(Alone { index, states: None }, None),
            }
        }
        for at in self.tried.get(usize::from(*first)).into_iter().flatten() {
            if let Some(alone) = self.alone.get_mut(*at)
                && let Some(glob) = self.globs.get(alone.index)
                && alone.is_match(glob, path)
            {
                found.push(alone.index);
            }
        }
        let is_written =
            |odd: &usize| self.globs.get(*odd).is_some_and(|glob| glob.as_str().as_bytes() == path);
        found.extend(self.odd.iter().copied().filter(is_written));
        found.sort_unstable();
        found.dedup();
    }
}

impl Alone {
    fn is_match(&mut self, glob: &Glob, path: &[u8]) -> bool {
        if let Some(Matcher::Backward { beginning, rest: Rest::Steps(backward), is_negated }) =
            glob.matcher()
            && let Some(states) = &mut self.states
        {
            let Some(path) = path.strip_prefix(beginning.as_slice()) else { return *is_negated };
            if let Ok(is_match) = states.run(backward, path) {
                return is_match != *is_negated;
            }
            self.states = None;
        }
        glob.is_match(path)
    }
}

/// A pattern that is run over a path together with others.
#[derive(Clone, Debug)]
struct Run {
    index: usize,
    states: States,
    is_negated: bool,
}

/// A pattern has more states than are kept, and is no longer one of those that are run together.
struct GivenUp {
    index: usize,
}

/// Patterns that are run over a path together, and the states that they have been seen in.
#[derive(Clone, Debug, Default)]
struct Together {
    runs: Vec<Run>,
    kinds: Kinds,
    known: HashMap<Vec<usize>, usize>,
    /// For each state, the state of each pattern.
    states: Vec<Vec<usize>>,
    /// For each state, the patterns that match a path that begins here.
    matching: Vec<Vec<usize>>,
    /// For each state and each kind of unit, the state before the unit, or [`UNKNOWN`].
    before: Vec<u32>,
}

/// The state from which nothing changes any more.
const LOST: usize = 0;
/// The state at the end of a path.
const FIRST: usize = 1;
/// A state that has not been needed yet.
const UNKNOWN: u32 = u32::MAX;

impl Together {
    /// These patterns; those that cannot be run together are given back.
    fn new(runs: Vec<Run>, globs: &[Glob]) -> (Self, Vec<usize>) {
        let backward = runs.iter().filter_map(|run| globs.get(run.index)?.backward());
        let sets: BTreeSet<&Set> = backward.flat_map(Backward::sets).collect();
        match Kinds::of(&sets.into_iter().cloned().collect::<Vec<Set>>()) {
            Some(kinds) => (Self { runs, kinds, ..Self::default() }, Vec::new()),
            None => (Self::default(), runs.iter().map(|run| run.index).collect()),
        }
    }

    /// Adds the patterns that match a path.
    fn matches_into(
        &mut self,
        path: &[u8],
        globs: &[Glob],
        found: &mut Vec<usize>,
    ) -> Result<(), GivenUp> {
        if !self.runs.is_empty() {
            let state = self.run(path, globs)?;
            found
                .extend_from_slice(self.matching.get(state).map(Vec::as_slice).unwrap_or_default());
        }
        Ok(())
    }

    /// The state in which a path begins, found from its end.
    fn run(&mut self, path: &[u8], globs: &[Glob]) -> Result<usize, GivenUp> {
        if self.states.is_empty() {
            self.keep(vec![States::FIRST; self.runs.len()]);
        }
        let mut state = FIRST;
        let mut rest = path;
        while state != LOST
            && let Some((last, before)) = rest.split_last()
        {
            if last.is_ascii() {
                state = self.before(state, Unit::from(*last), self.kinds.ascii(*last), globs)?;
                rest = before;
            } else {
                let (units, length) = last_units(rest);
                for unit in units.into_iter().flatten() {
                    state = self.before(state, unit, self.kinds.kind(unit), globs)?;
                }
                rest = rest.get(..rest.len().saturating_sub(length)).unwrap_or_default();
            }
        }
        Ok(state)
    }

    /// The state before a unit, which is of this kind.
    fn before(
        &mut self,
        state: usize,
        unit: Unit,
        kind: usize,
        globs: &[Glob],
    ) -> Result<usize, GivenUp> {
        let cell = state * self.kinds.count() + kind;
        let known = self.before.get(cell).copied().filter(|known| *known != UNKNOWN);
        match known.and_then(|known| usize::try_from(known).ok()) {
            Some(known) => Ok(known),
            None => self.found_before(state, unit, cell, globs),
        }
    }

    /// The same, for a kind of unit that has not been before this state yet.
    fn found_before(
        &mut self,
        state: usize,
        unit: Unit,
        cell: usize,
        globs: &[Glob],
    ) -> Result<usize, GivenUp> {
        let mut states = self.states.get(state).cloned().unwrap_or_default();
        for (at, (run, state)) in self.runs.iter_mut().zip(&mut states).enumerate() {
            let Some(backward) = globs.get(run.index).and_then(Glob::backward) else { continue };
            let Ok(before) = run.states.before(backward, *state, unit) else {
                let index = self.runs.remove(at).index;
                self.forget();
                return Err(GivenUp { index });
            };
            *state = before;
        }
        if self.states.len() >= MOST_STATES || self.before.len() >= MOST_WAYS {
            self.forget();
            return Ok(self.keep(states));
        }
        let before = self.keep(states);
        if let (Some(cell), Ok(before)) = (self.before.get_mut(cell), u32::try_from(before)) {
            *cell = before;
        }
        Ok(before)
    }

    fn forget(&mut self) {
        self.known.clear();
        self.states.clear();
        self.matching.clear();
        self.before.clear();
    }

    /// The number of a state.
    fn keep(&mut self, states: Vec<usize>) -> usize {
        if let Some(known) = self.known.get(&states) {
            return *known;
        }
        if self.states.is_empty() {
            self.add(vec![States::LOST; self.runs.len()]);
            self.add(vec![States::FIRST; self.runs.len()]);
            return self.keep(states);
        }
        self.add(states)
    }

    fn add(&mut self, states: Vec<usize>) -> usize {
        let id = self.states.len();
        let runs = self.runs.iter().zip(&states);
        let matching = runs.filter(|(run, state)| run.states.is_match(**state) != run.is_negated);
        self.matching.push(matching.map(|(run, _)| run.index).collect());
        self.before.resize((id + 1) * self.kinds.count(), UNKNOWN);
        self.known.insert(states.clone(), id);
        self.states.push(states);
        id
    }
}
