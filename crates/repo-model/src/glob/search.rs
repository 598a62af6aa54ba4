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
    match search.run(start) {
        Ok(end) => end.is_some(),
        Err(TooLong) => true,
    }
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
