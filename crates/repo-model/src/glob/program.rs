//! An expression as steps.

use std::collections::BTreeMap;

use super::expression::{Node, Repeat, Set};

/// How many steps a program may have: a list of thousands of names has as many, and what repeats
/// groups or has tens of thousands of wildcards. Letters that a path begins with are no steps.
const MOST_STEPS: usize = 1 << 16;

/// Where a step stands in its program.
pub(super) type At = usize;

/// A step. Each but the last leads to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The expression, or what looks ahead or behind, has matched.
    Done,
    /// Reads a unit of the set, the one ahead or the one behind.
    Unit { set: usize, is_behind: bool, next: At },
    /// Goes on at either, and first at the first.
    Either { first: At, second: At },
    /// At the beginning of the path.
    Begin { next: At },
    /// At the end of the path.
    End { next: At },
    /// Between a letter of a word and something else.
    WordEdge { is_negated: bool, next: At },
    /// If the steps from `start` lead to their end.
    Look { start: At, is_negated: bool, next: At },
    /// Keeps the place in a register.
    Keep { register: usize, next: At },
    /// If the place is another than the one that was kept.
    Moved { register: usize, next: At },
    /// A group has matched from the place that was kept to here, or the other way round.
    Matched { group: Registers, is_behind: bool, next: At },
    /// Forgets what some groups have matched.
    Forget { first: usize, end: usize, next: At },
    /// Reads again what a group has matched.
    Again { group: Registers, is_behind: bool, next: At },
}

/// The registers of a group: where it has been entered, and, behind that, where its match begins and
/// ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Registers {
    pub(super) first: usize,
}

/// Steps, and the sets that they read.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) sets: Vec<Set>,
    pub(super) start: At,
    /// How many places are kept while it runs.
    pub(super) registers: usize,
    /// To which look each step belongs: 0 for the expression itself. What stands in a look has a
    /// greater number than the look.
    pub(super) looks: Vec<usize>,
}

/// The expression is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Program {
    /// The steps of an expression that may begin anywhere in a path, or, if it begins with `^`, only
    /// at its beginning.
    pub(super) fn new(node: &Node) -> Result<Self, TooLarge> {
        Self::of(node, is_anchored(node))
    }

    /// The steps of an expression that begins where it is said to.
    pub(super) fn from_here(node: &Node) -> Result<Self, TooLarge> {
        Self::of(node, true)
    }

    fn of(node: &Node, is_anchored: bool) -> Result<Self, TooLarge> {
        let mut used = BTreeMap::new();
        referred(node, &mut used);
        let mut emitter = Emitter { used, ..Emitter::default() };
        emitter.program.registers = emitter.used.len() * 3;
        let done = emitter.step(Step::Done)?;
        let start = emitter.node(node, done, false)?;
        emitter.program.start = if is_anchored {
            start
        } else {
            let either = emitter.step(Step::Either { first: start, second: start })?;
            let any = emitter.unit(&Set::all(), false, either)?;
            emitter.set(either, Step::Either { first: start, second: any });
            either
        };
        Ok(emitter.program)
    }

    /// Whether it keeps places, so that its time grows faster than the path.
    pub(super) fn has_registers(&self) -> bool {
        self.registers > 0
    }
}

/// Whether an expression looks behind, at the edges of words, or at groups again: one pass from the
/// end to the beginning cannot answer it.
pub(super) fn needs_search(node: &Node) -> bool {
    match node {
        Node::WordEdge { .. } | Node::Again { .. } | Node::Look { is_behind: true, .. } => true,
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().any(needs_search),
        Node::Capture { node, .. } | Node::Look { node, .. } => needs_search(node),
        Node::Repeat(repeat) => needs_search(&repeat.node),
        Node::Empty | Node::Unit(_) | Node::Begin | Node::End => false,
    }
}

/// Whether an expression can only match from the beginning of the path.
fn is_anchored(node: &Node) -> bool {
    match node {
        Node::Begin => true,
        Node::All(nodes) => nodes.first().is_some_and(is_anchored),
        Node::Any(nodes) => nodes.iter().all(is_anchored),
        Node::Capture { node, .. } => is_anchored(node),
        Node::Empty
        | Node::Unit(_)
        | Node::End
        | Node::WordEdge { .. }
        | Node::Repeat(_)
        | Node::Look { .. }
        | Node::Again { .. } => false,
    }
}

/// Gives three registers to each group that is referred to.
fn referred(node: &Node, used: &mut BTreeMap<usize, Registers>) {
    match node {
        Node::Again { group } => {
            let first = used.len() * 3;
            used.entry(*group).or_insert(Registers { first });
        }
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| referred(node, used)),
        Node::Capture { node, .. } | Node::Look { node, .. } => referred(node, used),
        Node::Repeat(repeat) => referred(&repeat.node, used),
        Node::Empty | Node::Unit(_) | Node::Begin | Node::End | Node::WordEdge { .. } => {}
    }
}

#[derive(Default)]
struct Emitter {
    program: Program,
    used: BTreeMap<usize, Registers>,
    sets: BTreeMap<Set, usize>,
    /// The look that steps belong to.
    look: usize,
    /// How many looks there are.
    looks: usize,
    /// How many nodes have been seen, each time that they are repeated.
    nodes: usize,
}

impl Emitter {
    fn step(&mut self, step: Step) -> Result<At, TooLarge> {
        let at = self.program.steps.len();
        if at >= MOST_STEPS {
            return Err(TooLarge);
        }
        self.program.steps.push(step);
        self.program.looks.push(self.look);
        Ok(at)
    }

    fn set(&mut self, at: At, step: Step) {
        if let Some(place) = self.program.steps.get_mut(at) {
            *place = step;
        }
    }

    fn unit(&mut self, set: &Set, is_behind: bool, next: At) -> Result<At, TooLarge> {
        let set = if let Some(known) = self.sets.get(set) {
            *known
        } else {
            let new = self.program.sets.len();
            self.sets.insert(set.clone(), new);
            self.program.sets.push(set.clone());
            new
        };
        self.step(Step::Unit { set, is_behind, next })
    }

    /// The steps of a node that lead to `next`, and where they begin.
    fn node(&mut self, node: &Node, next: At, is_behind: bool) -> Result<At, TooLarge> {
        self.nodes += 1;
        if self.nodes > 4 * MOST_STEPS {
            return Err(TooLarge);
        }
        match node {
            Node::Empty => Ok(next),
            Node::Unit(set) => self.unit(set, is_behind, next),
            Node::Begin => self.step(Step::Begin { next }),
            Node::End => self.step(Step::End { next }),
            Node::WordEdge { is_negated } => {
                self.step(Step::WordEdge { is_negated: *is_negated, next })
            }
            Node::All(nodes) if is_behind => {
                nodes.iter().try_fold(next, |next, node| self.node(node, next, is_behind))
            }
            Node::All(nodes) => {
                nodes.iter().rev().try_fold(next, |next, node| self.node(node, next, is_behind))
            }
            Node::Any(nodes) => {
                let mut nodes = nodes.iter().rev();
                let mut start = match nodes.next() {
                    Some(last) => self.node(last, next, is_behind)?,
                    None => next,
                };
                for node in nodes {
                    let first = self.node(node, next, is_behind)?;
                    start = self.step(Step::Either { first, second: start })?;
                }
                Ok(start)
            }
            Node::Capture { group, node } => {
                let Some(group) = self.used.get(group).copied() else {
                    return self.node(node, next, is_behind);
                };
                let next = self.step(Step::Matched { group, is_behind, next })?;
                let next = self.node(node, next, is_behind)?;
                self.step(Step::Keep { register: group.first, next })
            }
            Node::Repeat(repeat) => self.repeat(repeat, next, is_behind),
            Node::Look { is_behind, is_negated, node } => {
                let outer = self.look;
                self.looks += 1;
                self.look = self.looks;
                let done = self.step(Step::Done)?;
                let start = self.node(node, done, *is_behind)?;
                self.look = outer;
                self.step(Step::Look { start, is_negated: *is_negated, next })
            }
            Node::Again { group } => {
                let Some(group) = self.used.get(group).copied() else { return Ok(next) };
                self.step(Step::Again { group, is_behind, next })
            }
        }
    }

    fn repeat(&mut self, repeat: &Repeat, next: At, is_behind: bool) -> Result<At, TooLarge> {
        let optional = repeat.most.map(|most| most.saturating_sub(repeat.least));
        let mut start = match optional {
            None => self.endless(repeat, next, is_behind)?,
            Some(times) => {
                let mut start = next;
                for _ in 0..times {
                    let body = self.nonempty(repeat, start, is_behind)?;
                    start = self.either(repeat, body, next)?;
                }
                start
            }
        };
        for _ in 0..repeat.least {
            let body = self.node(&repeat.node, start, is_behind)?;
            start = self.forget(repeat, body)?;
        }
        Ok(start)
    }

    fn either(&mut self, repeat: &Repeat, body: At, next: At) -> Result<At, TooLarge> {
        self.step(if repeat.is_lazy {
            Step::Either { first: next, second: body }
        } else {
            Step::Either { first: body, second: next }
        })
    }

    fn endless(&mut self, repeat: &Repeat, next: At, is_behind: bool) -> Result<At, TooLarge> {
        let either = self.step(Step::Either { first: next, second: next })?;
        let body = self.nonempty(repeat, either, is_behind)?;
        self.set(
            either,
            if repeat.is_lazy {
                Step::Either { first: next, second: body }
            } else {
                Step::Either { first: body, second: next }
            },
        );
        Ok(either)
    }

    /// One time more than has to be, which must not match nothing (ECMA-262, 22.2.2.3.1). That can
    /// be seen only in what groups match.
    fn nonempty(&mut self, repeat: &Repeat, next: At, is_behind: bool) -> Result<At, TooLarge> {
        if self.used.is_empty() {
            return self.node(&repeat.node, next, is_behind);
        }
        let register = self.program.registers;
        self.program.registers += 1;
        let next = self.step(Step::Moved { register, next })?;
        let next = self.node(&repeat.node, next, is_behind)?;
        let next = self.forget(repeat, next)?;
        self.step(Step::Keep { register, next })
    }

    /// Each time that a group is repeated, what stands in it has matched nothing yet.
    fn forget(&mut self, repeat: &Repeat, next: At) -> Result<At, TooLarge> {
        let (first, end) = repeat.groups;
        let inside: Vec<Registers> = self.used.range(first..end).map(|(_, group)| *group).collect();
        inside.iter().try_fold(next, |next, group| {
            self.step(Step::Forget { first: group.first + 1, end: group.first + 3, next })
        })
    }
}
