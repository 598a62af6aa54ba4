//! One pattern.

use std::sync::Arc;

use super::backward::Backward;
use super::dialect::{self, Negation, Refused};
use super::expression::{Node, NotAnExpression, Repeat, Set, Unit, all, parse, simplified};
use super::program::{Program, TooLarge};
use super::text::Text;
use super::{search, units};

/// One pattern of the dialect of picomatch, with `{ dot: true }`.
///
/// A copy shares what was made of the pattern.
#[derive(Clone, Debug)]
pub struct Glob(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    written: String,
    negation: Negation,
    matcher: Result<Matcher, OnlyItself>,
}

/// A pattern that is none: one that picomatch refuses, never gets to the end of, or fails on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern cannot be read: {why} (byte {at})")]
pub struct NotAGlob {
    /// The pattern as it was given.
    pub pattern: String,
    /// The byte of the pattern, from 0, where it goes wrong.
    pub at: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Why a pattern matches nothing but the one path that is spelt like the pattern.
///
/// picomatch takes such a pattern without a word: what it made is no regular expression, and it
/// matches with one that never matches instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern matches nothing but itself: {why} (byte {at})")]
pub struct OnlyItself {
    /// The byte of the pattern, from 0, from which the wrong place in the expression was made.
    pub at: usize,
    /// What is wrong with the expression.
    pub why: &'static str,
}

/// How a path is matched.
#[derive(Debug)]
pub(super) enum Matcher {
    /// From its end, with what it has to begin with looked at first.
    Backward { beginning: Vec<u8>, rest: Rest, is_negated: bool },
    /// Step by step.
    Search { program: Program, is_negated: bool },
}

/// What has to follow the beginning.
#[derive(Debug)]
pub(super) enum Rest {
    /// The end of the path.
    Nothing,
    /// The end of the path, or a `/` and whatever comes.
    Below,
    Steps(Backward),
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When picomatch throws, which it does for an empty pattern and for one of more than 65 536
    /// UTF-16 code units, or would not end, or when the pattern is larger or deeper than the limits
    /// that this module's page names.
    pub fn new(pattern: &str) -> Result<Self, NotAGlob> {
        let refused = |Refused { at, why }| NotAGlob {
            pattern: pattern.to_owned(),
            at: at.min(pattern.len()),
            why,
        };
        let reading = dialect::read(&Text::of(pattern)).map_err(refused)?;
        let matcher = match parse(reading.source().letters()) {
            Ok(node) => Ok(Matcher::of(node).map_err(|TooLarge| {
                refused(Refused { at: 0, why: "it repeats too much: more than 131072 steps" })
            })?),
            Err(NotAnExpression { at, why }) => Err(OnlyItself { at, why }),
        };
        let negation = reading.negation;
        Ok(Self(Arc::new(Compiled { written: pattern.to_owned(), negation, matcher })))
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.0.written
    }

    /// Whether the pattern matches a path of git: not empty, without a NUL, without empty parts,
    /// `.` and `..`. For other bytes the answer is one or the other.
    pub fn is_match(&self, path: &[u8]) -> bool {
        // picomatch compares before it matches, so every pattern matches itself.
        if path.is_empty() || path == self.0.written.as_bytes() {
            return !path.is_empty();
        }
        self.0.matcher.as_ref().is_ok_and(|matcher| matcher.is_match(path))
    }

    /// Whether an odd number of `!` before the pattern turns the whole of it round. `!(a|b)` is a
    /// group, not a negated pattern.
    pub fn is_negated(&self) -> bool {
        self.0.negation.is_odd
    }

    /// The pattern that stands behind the `!`, read on its own; the same pattern if there is none.
    ///
    /// # Errors
    /// When nothing stands there.
    pub fn without_negation(&self) -> Result<Self, NotAGlob> {
        if !self.is_negated() {
            return Ok(self.clone());
        }
        let written = &self.0.written;
        let begin = self.0.negation.end.min(written.len());
        let behind = written.get(begin..).unwrap_or_default();
        Self::new(behind).map_err(|error| NotAGlob {
            pattern: written.clone(),
            at: begin + error.at,
            why: if behind.is_empty() { "nothing stands behind the `!`" } else { error.why },
        })
    }

    /// Why the pattern matches no path but the one that is spelt like it, if it is such a pattern:
    /// a `{` or `(` that is never closed, for example. Nobody writes one on purpose.
    pub fn only_itself(&self) -> Option<OnlyItself> {
        self.0.matcher.as_ref().err().copied()
    }

    /// How paths are matched, unless the pattern matches only itself.
    pub(super) fn matcher(&self) -> Option<&Matcher> {
        self.0.matcher.as_ref().ok()
    }

    /// The program that is run over a path, or over what follows its beginning, if there is one.
    pub(super) fn backward(&self) -> Option<&Backward> {
        match self.matcher()? {
            Matcher::Backward { rest: Rest::Steps(backward), .. } => Some(backward),
            Matcher::Backward { rest: Rest::Nothing | Rest::Below, .. }
            | Matcher::Search { .. } => None,
        }
    }

    /// Whether the pattern matches itself only because picomatch compares first.
    pub(super) fn is_odd(&self) -> bool {
        let written = self.0.written.as_bytes();
        !self.0.matcher.as_ref().is_ok_and(|matcher| matcher.is_match(written))
    }
}

impl Matcher {
    fn of(node: Node) -> Result<Self, TooLarge> {
        let (node, is_negated) = turned(node);
        let node = simplified(node);
        let (beginning, rest) = beginning_of(node.clone());
        let program = Program::new(&node)?;
        if program.needs_search {
            return Ok(Self::Search { program, is_negated });
        }
        let rest = match rest {
            Some(Node::End) if !beginning.is_empty() => Rest::Nothing,
            Some(rest) if !beginning.is_empty() && is_below(&rest) => Rest::Below,
            Some(rest) if !beginning.is_empty() => {
                Rest::Steps(Backward::new(Program::from_here(&rest)?, false))
            }
            Some(_) | None => Rest::Steps(Backward::new(program, true)),
        };
        Ok(Self::Backward { beginning, rest, is_negated })
    }

    fn is_match(&self, path: &[u8]) -> bool {
        match self {
            Self::Backward { beginning, rest, is_negated } => {
                let is_match =
                    path.strip_prefix(beginning.as_slice()).is_some_and(|path| match rest {
                        Rest::Nothing => path.is_empty(),
                        Rest::Below => matches!(path.first(), None | Some(b'/')),
                        Rest::Steps(steps) => steps.is_match(path),
                    });
                is_match != *is_negated
            }
            Self::Search { program, is_negated } => {
                search::is_match(program, &units::units(path)) != *is_negated
            }
        }
    }
}

/// What stands in `^(?!...).*$`, and that it was turned round. It has to match from the beginning.
fn turned(node: Node) -> (Node, bool) {
    let Node::All(nodes) = node else { return (node, false) };
    match nodes.as_slice() {
        [
            Node::Begin,
            Node::Look { is_behind: false, is_negated: true, node },
            Node::Repeat(any),
            Node::End,
        ] if is_anything(any) => (all(vec![Node::Begin, (**node).clone()]), true),
        _ => (Node::All(nodes), false),
    }
}

/// Whether it is `.*`, also the lazy one.
fn is_anything(repeat: &Repeat) -> bool {
    repeat.node == Node::Unit(Set::all()) && repeat.least == 0 && repeat.most.is_none()
}

/// Whether an expression is what picomatch makes of `/**` at the end: `(?:\/.*?|$)$`.
fn is_below(node: &Node) -> bool {
    let Node::All(nodes) = node else { return false };
    let [Node::Any(ways), Node::End] = nodes.as_slice() else { return false };
    let [Node::All(below), Node::End] = ways.as_slice() else { return false };
    let [slash, Node::Repeat(rest)] = below.as_slice() else { return false };
    only(slash) == Some(u16::from(b'/')) && is_anything(rest)
}

/// The characters that a match begins with, and the rest, if the expression begins with `^`.
fn beginning_of(node: Node) -> (Vec<u8>, Option<Node>) {
    let Node::All(nodes) = node else { return (Vec::new(), None) };
    let mut nodes = nodes.into_iter().peekable();
    if nodes.next() != Some(Node::Begin) {
        return (Vec::new(), None);
    }
    while nodes.next_if_eq(&Node::Begin).is_some() {}
    let mut letters: Vec<u16> = Vec::new();
    let mut kept = nodes.clone();
    while let Some(unit) = nodes.next_if(|node| only(node).is_some()).as_ref().and_then(only) {
        letters.push(unit);
        // A character may be two units, of which one alone is none.
        if String::from_utf16(&letters).is_ok() {
            kept = nodes.clone();
        }
    }
    while String::from_utf16(&letters).is_err() {
        letters.pop();
    }
    (String::from_utf16_lossy(&letters).into_bytes(), Some(all(kept.collect())))
}

fn only(node: &Node) -> Option<u16> {
    match node {
        Node::Unit(set) => set.only().and_then(|unit: Unit| u16::try_from(unit).ok()),
        Node::Empty
        | Node::Begin
        | Node::End
        | Node::WordEdge { .. }
        | Node::All(_)
        | Node::Any(_)
        | Node::Capture { .. }
        | Node::Repeat(_)
        | Node::Look { .. }
        | Node::Again { .. } => None,
    }
}
