//! Many patterns at once.
//!
//! Patterns that say the same about how a path begins, such as `src/*.rs` and `src/**/*.md`, or nothing
//! about it, such as `**/*.md`, are run together over what follows that: what the first of them make of
//! a file's extension, the others need not be asked for any more. Only those whose beginning the path
//! has are looked at. What has been found out is kept for the next path; it changes how long an answer
//! takes, and nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::backward::{Backward, States};
use super::beginnings::Beginnings;
use super::expression::{Kinds, Set, Unit};
use super::pattern::{Glob, Matcher, Rest};
use super::units::last_units;

/// How many states are kept, each counted once for every pattern, and how many ways from them: about
/// 30 MB. Patterns that are run together share them evenly with those that begin otherwise.
const MOST_STATES: usize = 1 << 20;
const MOST_WAYS: usize = 1 << 20;

/// How often that may not have been enough before patterns are run one by one.
const MOST_FORGOTTEN: usize = 4;

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
    groups: Vec<Together>,
    alone: Vec<Alone>,
    /// What is tried on a path, by how the path has to begin.
    tried: Beginnings<Tried>,
    /// The patterns by their length: each matches the path that is spelt like it.
    lengths: BTreeMap<usize, Vec<usize>>,
}

/// A place in `groups` or in `alone`.
#[derive(Clone, Copy, Debug)]
enum Tried {
    /// These are run over what follows the beginning, which is so long.
    Together(usize, usize),
    Alone(usize),
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
        let mut set = Self {
            globs: globs.to_vec(),
            groups: Vec::new(),
            alone: Vec::new(),
            tried: Beginnings::default(),
            lengths: BTreeMap::new(),
        };
        let mut runs: BTreeMap<&[u8], Vec<Run>> = BTreeMap::new();
        for (index, glob) in globs.iter().enumerate() {
            set.lengths.entry(glob.as_str().len()).or_default().push(index);
            let states = glob.backward().and_then(States::new);
            match (glob.matcher(), states) {
                (None, _) => {}
                (Some(Matcher::Backward { beginning, is_negated, .. }), Some(states))
                    if beginning.is_empty() || !is_negated =>
                {
                    let run = Run { index, states, is_negated: *is_negated };
                    runs.entry(beginning).or_default().push(run);
                }
                (Some(_), states) => set.try_alone(Alone { index, states }),
            }
        }
        let count = runs.len();
        for (beginning, runs) in runs {
            let (together, others) = Together::new(runs, globs, count);
            set.tried.add(beginning, Tried::Together(set.groups.len(), beginning.len()));
            set.groups.push(together);
            for alone in others {
                set.try_alone(alone);
            }
        }
        set
    }

    /// Has a pattern tried alone.
    fn try_alone(&mut self, alone: Alone) {
        let beginning = match self.globs.get(alone.index).and_then(Glob::matcher) {
            Some(Matcher::Backward { beginning, is_negated: false, .. }) => beginning.as_slice(),
            Some(Matcher::Backward { .. } | Matcher::Search { .. }) | None => &[],
        };
        self.tried.add(beginning, Tried::Alone(self.alone.len()));
        self.alone.push(alone);
    }

    /// Puts the indices of all patterns that match the path into `found`, in ascending order, in
    /// place of what is there. The path is one of git, as for [`Glob::is_match`], whose answer this
    /// is.
    pub fn matches_into(&mut self, path: &[u8], found: &mut Vec<usize>) {
        found.clear();
        if path.is_empty() {
            return;
        }
        let mut given_up = Vec::new();
        for tried in self.tried.of(path) {
            match *tried {
                Tried::Together(group, begin) => {
                    let Some(group) = self.groups.get_mut(group) else { continue };
                    let rest = path.get(begin..).unwrap_or_default();
                    while let Err(GivenUp(others)) = group.matches_into(rest, &self.globs, found) {
                        given_up.extend(others);
                    }
                }
                Tried::Alone(at) => {
                    if let Some(alone) = self.alone.get_mut(at)
                        && let Some(glob) = self.globs.get(alone.index)
                        && alone.is_match(glob, path)
                    {
                        found.push(alone.index);
                    }
                }
            }
        }
        for mut alone in given_up {
            if let Some(glob) = self.globs.get(alone.index)
                && alone.is_match(glob, path)
            {
                found.push(alone.index);
            }
            self.try_alone(alone);
        }
        let is_written = |index: &usize| {
            self.globs.get(*index).is_some_and(|glob| glob.as_str().as_bytes() == path)
        };
        let as_long = self.lengths.get(&path.len()).into_iter().flatten().copied();
        found.extend(as_long.filter(is_written));
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

impl From<Run> for Alone {
    fn from(run: Run) -> Self {
        Self { index: run.index, states: Some(run.states) }
    }
}

/// These patterns have more states than are kept, and are no longer among those that are run together.
struct GivenUp(Vec<Alone>);

/// Patterns that are run over a path together, and the states that they have been seen in.
#[derive(Clone, Debug, Default)]
struct Together {
    runs: Vec<Run>,
    /// Among how many the room for states is shared.
    shares: usize,
    /// How often that has been too little.
    forgotten: usize,
    /// The place in `runs` and the index of each negated pattern.
    negated: Vec<(usize, usize)>,
    kinds: Kinds,
    known: HashMap<Vec<usize>, usize>,
    /// For each state, the state of each pattern.
    states: Vec<Vec<usize>>,
    /// For each state, which of the patterns match a path that begins here, by their place in `runs`.
    matching: Vec<Vec<usize>>,
    /// For each state, which of the patterns match whatever comes before.
    won: Vec<Vec<usize>>,
    /// For each state and each kind of unit, the state before the unit, if it has been needed.
    before: Vec<Option<Way>>,
    /// The patterns that are known to match the path that is being run over.
    noted: Vec<usize>,
}

/// The way from a state to the one before it.
#[derive(Clone, Copy, Debug)]
struct Way {
    to: u32,
    /// Whether some patterns match from there whatever comes before.
    wins: bool,
}

/// The state from which nothing changes any more.
const LOST: usize = 0;
/// The state at the end of a path.
const FIRST: usize = 1;

impl Together {
    /// These patterns; those that cannot be run together are given back.
    fn new(runs: Vec<Run>, globs: &[Glob], shares: usize) -> (Self, Vec<Alone>) {
        let backward = runs.iter().filter_map(|run| globs.get(run.index)?.backward());
        let sets: BTreeSet<&Set> = backward.flat_map(Backward::sets).collect();
        match Kinds::of(&sets.into_iter().cloned().collect::<Vec<Set>>()) {
            Some(kinds) => {
                let mut together = Self { runs, shares, kinds, ..Self::default() };
                together.forget();
                (together, Vec::new())
            }
            None => (Self::default(), runs.into_iter().map(Alone::from).collect()),
        }
    }

    /// Adds the patterns that match a path, or what follows its beginning.
    fn matches_into(
        &mut self,
        path: &[u8],
        globs: &[Glob],
        found: &mut Vec<usize>,
    ) -> Result<(), GivenUp> {
        if self.runs.is_empty() {
            return Ok(());
        }
        self.noted.clear();
        let state = self.run(path, globs)?;
        self.noted.extend(self.matching.get(state).into_iter().flatten());
        let not_negated = |at: &usize| self.runs.get(*at).filter(|run| !run.is_negated);
        found.extend(self.noted.iter().filter_map(not_negated).map(|run| run.index));
        for (at, run) in &self.negated {
            if !self.noted.contains(at) {
                found.push(*run);
            }
        }
        Ok(())
    }

    /// The state in which a path begins, found from its end. Patterns that match before the beginning
    /// is reached are noted.
    fn run(&mut self, path: &[u8], globs: &[Glob]) -> Result<usize, GivenUp> {
        if self.states.is_empty() {
            self.keep(vec![States::FIRST; self.runs.len()]);
        }
        let mut state = FIRST;
        let mut rest = path;
        self.note(state);
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

    /// Notes the patterns that match whatever comes before this state.
    fn note(&mut self, state: usize) {
        self.noted.extend(self.won.get(state).into_iter().flatten());
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
        let way = match self.before.get(cell).copied().flatten() {
            Some(way) => way,
            None => self.found_before(state, unit, cell, globs)?,
        };
        let before = usize::try_from(way.to).unwrap_or_default();
        if way.wins {
            self.note(before);
        }
        Ok(before)
    }

    /// The same, for a kind of unit that has not been before this state yet.
    fn found_before(
        &mut self,
        state: usize,
        unit: Unit,
        cell: usize,
        globs: &[Glob],
    ) -> Result<Way, GivenUp> {
        let mut states = self.states.get(state).cloned().unwrap_or_default();
        for (at, (run, state)) in self.runs.iter_mut().zip(&mut states).enumerate() {
            let Some(backward) = globs.get(run.index).and_then(Glob::backward) else { continue };
            let Ok(before) = run.states.before(backward, *state, unit) else {
                let index = self.runs.remove(at).index;
                self.forget();
                return Err(GivenUp(vec![Alone { index, states: None }]));
            };
            *state = before;
        }
        let kept = self.states.len() * self.runs.len() * self.shares;
        if kept >= MOST_STATES || self.before.len() * self.shares >= MOST_WAYS {
            self.forget();
            self.forgotten += 1;
            if self.forgotten > MOST_FORGOTTEN {
                return Err(GivenUp(self.runs.drain(..).map(Alone::from).collect()));
            }
            let before = self.keep(states);
            return Ok(self.way(before));
        }
        let before = self.keep(states);
        let way = self.way(before);
        if let Some(cell) = self.before.get_mut(cell) {
            *cell = Some(way);
        }
        Ok(way)
    }

    fn way(&self, to: usize) -> Way {
        let wins = self.won.get(to).is_some_and(|won| !won.is_empty());
        Way { to: u32::try_from(to).unwrap_or_default(), wins }
    }

    /// Forgets all states.
    fn forget(&mut self) {
        let negated = self.runs.iter().enumerate().filter(|(_, run)| run.is_negated);
        self.negated = negated.map(|(at, run)| (at, run.index)).collect();
        self.known.clear();
        self.states.clear();
        self.matching.clear();
        self.won.clear();
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
        let are = |wanted: &dyn Fn(&Run, usize) -> bool| {
            let runs = self.runs.iter().zip(&states).enumerate();
            let found = runs.filter(|(_, (run, state))| wanted(run, **state)).map(|(at, _)| at);
            found.collect::<Vec<usize>>()
        };
        let won = are(&|run, state| run.states.is_won(state));
        let matching = are(&|run, state| run.states.is_match(state));
        self.won.push(won);
        self.matching.push(matching);
        self.before.resize((id + 1) * self.kinds.count(), None);
        self.known.insert(states.clone(), id);
        self.states.push(states);
        id
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn globs(patterns: &[&str]) -> Vec<Glob> {
        patterns.iter().map(|pattern| Glob::new(pattern).unwrap()).collect()
    }

    #[track_caller]
    fn check(set: &mut GlobSet, path: &[u8], wanted: &[usize]) {
        let mut found = vec![usize::MAX];
        set.matches_into(path, &mut found);
        assert_eq!(found, wanted, "{path:?}");
    }

    #[test]
    fn all_patterns_that_match_are_found_in_order() {
        let patterns = ["**/*.md", "src/**", "!src/**", "src/a.md", "{a", "\\bmd\\b", "[", "**"];
        let mut set = GlobSet::new(&globs(&patterns));
        check(&mut set, b"src/a.md", &[0, 1, 3, 7]);
        check(&mut set, b"src", &[1, 7]);
        check(&mut set, b"b/\xff.md", &[0, 2, 7]);
        check(&mut set, b"md", &[2, 5, 7]);
        check(&mut set, b"{a", &[2, 4, 7]);
        check(&mut set, b"[", &[2, 6, 7]);
        check(&mut set, b"", &[]);
        check(&mut GlobSet::new(&[]), b"a", &[]);
    }

    #[test]
    fn more_states_than_are_kept_change_no_answer() {
        // Of which of forty folders `e` a path has been in makes more states than anybody can keep.
        let patterns: Vec<String> = (0..40).map(|at| format!("**/d{at}/**/e{at}/**")).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let mut set = GlobSet::new(&globs(&patterns));
        let (mut seed, mut forgotten, mut most) = (1_u64, 0, 0);
        for _ in 0..1_200 {
            let mut names = Vec::new();
            for _ in 0..16 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let letter = if names.len() < 4 { 'd' } else { 'e' };
                names.push(format!("{letter}{}", (seed >> 33) % 44));
            }
            let has = |name: String| names.contains(&name);
            let is_in = |at: &usize| has(format!("d{at}")) && has(format!("e{at}"));
            let wanted: Vec<usize> = (0..40).filter(is_in).collect();
            check(&mut set, names.join("/").as_bytes(), &wanted);
            forgotten += usize::from(set.groups[0].states.len() < most);
            most = set.groups[0].states.len();
        }
        assert!(forgotten > 0, "there were never more than {most} states");
    }

    #[test]
    fn a_pattern_with_too_many_states_is_still_matched() {
        // From the end it cannot be known which `a` is the one behind so many characters.
        let pattern = format!("{}a*", "?".repeat(30));
        let mut set = GlobSet::new(&globs(&[&pattern, "*b*"]));
        let mut seed = 1_u64;
        for _ in 0..3_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let path: Vec<u8> =
                (0..48).map(|bit| if seed >> bit & 1 == 0 { b'a' } else { b'b' }).collect();
            let wanted: Vec<usize> = [path[30] == b'a', path.contains(&b'b')]
                .iter()
                .enumerate()
                .filter(|it| *it.1)
                .map(|it| it.0)
                .collect();
            check(&mut set, &path, &wanted);
        }
        assert!(set.groups[0].runs.len() < 2, "the pattern has been given up");
    }

    proptest! {
        #[test]
        fn together_and_alone_are_the_same(
            patterns in vec("[*?{}()!|,./a-b\\[\\]+@-]{1,10}", 0..12),
            paths in vec("[ab.é😀\\[{]{1,3}(/[ab.x]{1,3}){0,3}", 1..12),
        ) {
            let globs: Vec<Glob> = patterns.iter().filter_map(|it| Glob::new(it).ok()).collect();
            let mut set = GlobSet::new(&globs);
            let mut found = Vec::new();
            for path in paths {
                set.matches_into(path.as_bytes(), &mut found);
                let alone = (0..globs.len()).filter(|at| globs[*at].is_match(path.as_bytes()));
                prop_assert_eq!(&found, &alone.collect::<Vec<_>>());
            }
        }
    }
}
