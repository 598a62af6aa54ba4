//! JavaScript's regular expressions, without flags, as far as patterns can hold them: all of them.
//!
//! The grammar is that of ECMA-262 (2025), 22.2.1 with annex B.1.2, in which a `{` that begins no
//! quantifier is a letter and `\8` is an `8`. Flag `s` is taken to be set: `.` is any unit.

mod parser;
mod path_facts;
mod set;

pub(super) use parser::{NotAnExpression, parse, word};
pub(super) use path_facts::simplified;
pub(super) use set::{Kinds, Set, Unit, lone_byte};

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Nothing, which always matches.
    Empty,
    /// One unit of a set.
    Unit(Set),
    /// `^`
    Begin,
    /// `$`
    End,
    /// `\b`, or, turned round, `\B`.
    WordEdge { is_negated: bool },
    /// One after the other.
    All(Vec<Self>),
    /// One of them, the earlier ones first.
    Any(Vec<Self>),
    /// A group that may be referred to by its number, from 1.
    Capture { group: usize, node: Box<Self> },
    /// The same many times.
    Repeat(Box<Repeat>),
    /// Whether something stands here, ahead or behind, without reading it.
    Look { is_behind: bool, is_negated: bool, node: Box<Self> },
    /// What a group has matched.
    Again { group: usize },
}

/// An expression many times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    pub(super) node: Node,
    pub(super) least: u32,
    /// No end where there is none.
    pub(super) most: Option<u32>,
    pub(super) is_lazy: bool,
    /// The groups in it: from the first to before the second.
    pub(super) groups: (usize, usize),
}

/// All nodes, as one.
pub(super) fn all(mut nodes: Vec<Node>) -> Node {
    match nodes.len() {
        0 => Node::Empty,
        1 => nodes.pop().unwrap_or(Node::Empty),
        _ => Node::All(nodes),
    }
}
