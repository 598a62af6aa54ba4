//! Searches for a match step by step, with a memory of what has failed.
//!
//! Only patterns that look behind, ask for the edge of a word or refer to what a group has matched
//! need it. Nobody writes these on purpose: picomatch hands `\b`, `\1` and `(?<=a)` to its expression.

use std::collections::{BTreeMap, HashSet};

use super::expression::{Unit, word};
use super::program::{At, Program, Registers, Step};

/// How many steps a search may take whose time would grow faster than the path. Paths are rarely
/// longer than 100 bytes, and take a few thousand.
const MOST_STEPS: usize = 1 << 20;

/// A place that is not kept.
const NOWHERE: usize = usize::MAX;

/// Whether a path matches. If finding out would take too long, it is said to: what is not known to be
/// untouched has changed.
pub(super) fn is_match(program: &Program, units: &[Unit]) -> bool {
    counted(program, units).0
}

/// The same, and how many steps it took.
fn counted(program: &Program, units: &[Unit]) -> (bool, usize) {
    let mut search = Search {
        program,
        units,
        joins: joins(program),
        looks: BTreeMap::new(),
        failed: BTreeMap::new(),
        word: word(),
        steps: 0,
    };
    let start = Thread { at: program.start, place: 0, registers: vec![NOWHERE; program.registers] };
    let is_match = match search.run(start) {
        Ok(end) => end.is_some(),
        Err(TooLong) => true,
    };
    (is_match, search.steps)
}

/// A search that was given up.
struct TooLong;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Thread {
    at: At,
    place: usize,
    registers: Vec<usize>,
}

struct Search<'a> {
    program: &'a Program,
    units: &'a [Unit],
    /// The steps that several others lead to: only there can two ways be found to be one.
    joins: Vec<bool>,
    /// The answers of looks, where no register can change them.
    looks: BTreeMap<(At, usize), bool>,
    /// What has led nowhere, by the first step of the look it was in.
    failed: BTreeMap<At, HashSet<Thread>>,
    word: super::expression::Set,
    steps: usize,
}

fn joins(program: &Program) -> Vec<bool> {
    let mut count = vec![0_usize; program.steps.len()];
    let mut add = |next: At| {
        if let Some(count) = count.get_mut(next) {
            *count += 1;
        }
    };
    // What is begun with is led to as well: a loop there would otherwise go unseen.
    add(program.start);
    for step in &program.steps {
        match *step {
            Step::Done => {}
            Step::Look { start, next, .. } => {
                add(start);
                add(next);
            }
            Step::Either { first, second } => {
                add(first);
                add(second);
            }
            Step::Unit { next, .. }
            | Step::Begin { next }
            | Step::End { next }
            | Step::WordEdge { next, .. }
            | Step::Keep { next, .. }
            | Step::Moved { next, .. }
            | Step::Matched { next, .. }
            | Step::Forget { next, .. }
            | Step::Again { next, .. } => add(next),
        }
    }
    count.into_iter().map(|count| count > 1).collect()
}

impl Search<'_> {
    /// Where a match ends that begins with this step, if there is one.
    fn run(&mut self, start: Thread) -> Result<Option<Thread>, TooLong> {
        let look = start.at;
        let mut seen = self.failed.remove(&look).unwrap_or_default();
        let mut new: Vec<Thread> = Vec::new();
        let mut waiting = vec![start];
        while let Some(mut thread) = waiting.pop() {
            loop {
                self.steps += 1;
                if self.program.has_registers() && self.steps > MOST_STEPS {
                    return Err(TooLong);
                }
                if self.joins.get(thread.at) == Some(&true) {
                    if !seen.insert(thread.clone()) {
                        break;
                    }
                    new.push(thread.clone());
                }
                match self.step(&mut thread, &mut waiting)? {
                    After::On => {}
                    After::Failed => break,
                    After::Done => {
                        // What has been seen in this run may have led here.
                        for thread in &new {
                            seen.remove(thread);
                        }
                        self.failed.insert(look, seen);
                        return Ok(Some(thread));
                    }
                }
            }
        }
        self.failed.insert(look, seen);
        Ok(None)
    }

    fn step(&mut self, thread: &mut Thread, waiting: &mut Vec<Thread>) -> Result<After, TooLong> {
        let Some(step) = self.program.steps.get(thread.at).copied() else {
            return Ok(After::Failed);
        };
        let next = match step {
            Step::Done => return Ok(After::Done),
            Step::Unit { set, is_behind, next } => {
                let set = self.program.sets.get(set);
                let unit = self.unit(thread.place, is_behind);
                if !unit.is_some_and(|unit| set.is_some_and(|set| set.contains(unit))) {
                    return Ok(After::Failed);
                }
                thread.place = if is_behind { thread.place - 1 } else { thread.place + 1 };
                next
            }
            Step::Either { first, second } => {
                waiting.push(Thread { at: second, ..thread.clone() });
                first
            }
            Step::Begin { next } if thread.place == 0 => next,
            Step::End { next } if thread.place == self.units.len() => next,
            Step::Begin { .. } | Step::End { .. } => return Ok(After::Failed),
            Step::WordEdge { is_negated, next } => {
                let is_word = |is_behind| {
                    self.unit(thread.place, is_behind).is_some_and(|it| self.word.contains(it))
                };
                if (is_word(true) != is_word(false)) == is_negated {
                    return Ok(After::Failed);
                }
                next
            }
            Step::Look { start, is_negated, next } => {
                if self.look(start, is_negated, thread)? == is_negated {
                    return Ok(After::Failed);
                }
                next
            }
            Step::Keep { register, next } => {
                let place = thread.place;
                keep(thread, register, place);
                next
            }
            Step::Moved { register, next } => {
                if kept(thread, register) == thread.place {
                    return Ok(After::Failed);
                }
                // Of no use any more, and two ways that differ in it only are one.
                keep(thread, register, NOWHERE);
                next
            }
            Step::Matched { group, is_behind, next } => {
                let (entered, here) = (kept(thread, group.first), thread.place);
                let (begin, end) = if is_behind { (here, entered) } else { (entered, here) };
                keep(thread, group.first, NOWHERE);
                keep(thread, group.first + 1, begin);
                keep(thread, group.first + 2, end);
                next
            }
            Step::Forget { first, end, next } => {
                (first..end).for_each(|register| keep(thread, register, NOWHERE));
                next
            }
            Step::Again { group, is_behind, next } => {
                if !self.again(group, is_behind, thread) {
                    return Ok(After::Failed);
                }
                next
            }
        };
        thread.at = next;
        Ok(After::On)
    }

    /// The unit ahead of a place, or the one behind it.
    fn unit(&self, place: usize, is_behind: bool) -> Option<Unit> {
        let at = if is_behind { place.checked_sub(1)? } else { place };
        self.units.get(at).copied()
    }

    /// Whether the steps of a look match here. What groups match in it is kept if it has to match.
    fn look(&mut self, start: At, is_negated: bool, thread: &mut Thread) -> Result<bool, TooLong> {
        let key = (start, thread.place);
        if let Some(known) = self.looks.get(&key) {
            return Ok(*known);
        }
        let end = self.run(Thread { at: start, ..thread.clone() })?;
        let is_match = end.is_some();
        if !self.program.has_registers() {
            self.looks.insert(key, is_match);
        }
        if let Some(end) = end
            && !is_negated
        {
            thread.registers = end.registers;
        }
        Ok(is_match)
    }

    /// Reads what a group has matched, which is nothing if it has not matched yet.
    fn again(&self, group: Registers, is_behind: bool, thread: &mut Thread) -> bool {
        let (begin, end) = (kept(thread, group.first + 1), kept(thread, group.first + 2));
        let Some(wanted) = self.units.get(begin..end) else { return true };
        let place = thread.place;
        let (from, to) = if is_behind {
            let Some(from) = place.checked_sub(wanted.len()) else { return false };
            (from, place)
        } else {
            (place, place.saturating_add(wanted.len()))
        };
        thread.place = if is_behind { from } else { to };
        self.units.get(from..to) == Some(wanted)
    }
}

enum After {
    On,
    Failed,
    Done,
}

fn keep(thread: &mut Thread, register: usize, place: usize) {
    if let Some(kept) = thread.registers.get_mut(register) {
        *kept = place;
    }
}

fn kept(thread: &Thread, register: usize) -> usize {
    thread.registers.get(register).copied().unwrap_or(NOWHERE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::backward::Backward;
    use super::super::expression::parse;
    use super::super::program::needs_search;
    use super::super::text::Text;
    use super::super::units::units;
    use super::*;

    fn program(expression: &str) -> Program {
        Program::new(&parse(Text::of(expression).letters()).unwrap()).unwrap()
    }

    /// What matches and what does not follows from ECMA-262, and was tried with node 20.
    #[track_caller]
    fn check(expression: &str, matching: &[&str], other: &[&str]) {
        let program = program(expression);
        for (texts, wanted) in [(matching, true), (other, false)] {
            for text in texts {
                let found = is_match(&program, &units(text.as_bytes()));
                assert_eq!(found, wanted, "{expression} on {text:?}");
            }
        }
    }

    #[test]
    fn a_group_is_read_again() {
        check(r"^(a|b)\1$", &["aa", "bb"], &["ab", "a", "aab"]);
        check(r"^(a*)b\1$", &["aabaa", "b"], &["aaba"]);
        // A group that has not matched has matched nothing.
        check(r"^(?:(a)|b)\1$", &["aa", "b"], &["ba"]);
        check(r"^\1(a)$", &["a"], &["aa"]);
        // What a group matched is forgotten when the group around it is repeated.
        check(r"^(?:(a)|b)*\1$", &["ab", "aa", "b"], &["aba_"]);
        check(r"^(?<x>a|b)\k<x>$", &["aa"], &["ab"]);
        // What matches nothing is no repetition, so the group keeps what it has matched.
        check(r"^(?:(a)|b?)*\1$", &["aa"], &[]);
    }

    #[test]
    fn what_stands_behind_is_looked_at() {
        check("(?<=a)b", &["ab", "cab"], &["b", "cb"]);
        check("^.*(?<!a)b$", &["b", "cb"], &["ab"]);
        check("(?<=ab|c)d", &["abd", "cd"], &["bd"]);
        check("(?<=^a*)b", &["aab", "b"], &["cb"]);
        // Behind a place, groups are matched from the right.
        check(r"^(?<=(\d+)(\d+)$)|x", &["x"], &["12"]);
        check(r"(?<=\1(a))b", &["aab"], &["ab"]);
        check(r"(?=(a+))a*b\1", &["baaabac"], &["ab"]);
    }

    #[test]
    fn edges_of_words_are_found() {
        check(r"\bsrc\b", &["src", "a/src.x"], &["xsrc", "src1"]);
        check(r"^\B.\B$", &["."], &["a"]);
    }

    #[test]
    fn no_pattern_takes_time_that_explodes() {
        for expression in [
            "(?:a|a)*(?<=b)$",
            "(?:(?:a*)*)*(?<=b)$",
            "(?:a|aa|a?)+(?<!a)$",
            "^(?:(?=a*(?<=a))a)*b",
            "(?:(?:(?:a+)+)+)+(?<=x)",
            r"(?:a*a*a*a*\b)*c",
            "(?:)*(?<=b)",
        ] {
            let program = program(expression);
            for length in [10, 100, 400] {
                let path = "a".repeat(length);
                let (is_match, steps) = counted(&program, &units(path.as_bytes()));
                assert!(!is_match, "{expression}");
                let most = 4 * program.steps.len() * (length + 1) * (length + 1);
                assert!(steps <= most, "{expression}: {steps} steps for {length} letters");
            }
        }
    }

    #[test]
    fn a_search_that_would_take_too_long_says_yes() {
        let program = program(r"^(a*)(a*)(a*)(a*)(a*)\5\4\3\2\1b$");
        let (is_match, steps) = counted(&program, &units("a".repeat(2000).as_bytes()));
        assert_eq!((is_match, steps), (true, MOST_STEPS + 1));
        let (is_match, _) = counted(&program, &units(b"aac"));
        assert!(!is_match);
    }

    fn expressions() -> impl Strategy<Value = String> {
        let leaf = proptest::sample::select(vec![
            "a", "b", ".", "[^a]", "^", "$", "", "\\w", "(?=a)", "(?!b)", "/",
        ]);
        leaf.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one}{other}")),
                (inner.clone(), inner.clone())
                    .prop_map(|(one, other)| format!("(?:{one}|{other})")),
                inner.clone().prop_map(|one| format!("(?:{one})*")),
                inner.clone().prop_map(|one| format!("(?:{one})+?")),
                inner.clone().prop_map(|one| format!("(?:{one}){{0,2}}")),
                inner.clone().prop_map(|one| format!("(?!{one})")),
                inner.prop_map(|one| format!("(?={one})")),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_search_and_a_run_backward_agree(
            expression in expressions(),
            text in "[ab/é]{0,8}",
        ) {
            let node = parse(Text::of(&expression).letters()).unwrap();
            prop_assume!(!needs_search(&node));
            let search = is_match(&Program::new(&node).unwrap(), &units(text.as_bytes()));
            let backward = Backward::new(Program::new(&node).unwrap(), true);
            prop_assert_eq!(backward.is_match(text.as_bytes()), search);
        }
    }
}
