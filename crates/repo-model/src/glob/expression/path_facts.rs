//! Leaves out what always holds for a path of git.
//!
//! picomatch asks at many places that no name `.` or `..` comes, and that something does. A path of
//! git has no such names, none that is empty, and no `/` at its end, so where it is known that a name
//! begins there is nothing to ask. Everywhere else the question stays.

use std::sync::LazyLock;

use super::{Node, Repeat, Set, all, parse};
use crate::glob::dialect::pieces::{NO_DOT_SLASH, NO_DOTS, NO_DOTS_SLASH, NOT_END};
use crate::glob::text::Text;

/// What is known of a place in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::glob) enum Place {
    /// A name begins here.
    Name,
    /// A name begins here, or the path has ended.
    NameOrEnd,
    /// The path has ended.
    End,
    /// The dot before this place is the first letter of a name.
    AfterDot,
    Unknown,
}

impl Place {
    /// What is known where one of the two holds.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (
                Self::Name | Self::NameOrEnd | Self::End,
                Self::Name | Self::NameOrEnd | Self::End,
            ) => Self::NameOrEnd,
            _ => Self::Unknown,
        }
    }
}

/// The expression without what holds anyway.
pub(in crate::glob) fn simplified(node: Node) -> Node {
    static KNOWN: LazyLock<Known> = LazyLock::new(Known::new);
    KNOWN.walk(node, Place::Unknown).0
}

struct Known {
    no_dots: Node,
    no_dots_slash: Node,
    no_dot_slash: Node,
    not_end: Node,
    slash: Set,
    dot: Set,
}

impl Known {
    fn new() -> Self {
        let question = |words| parse(Text::made(words, 0).letters()).unwrap_or(Node::Empty);
        Self {
            no_dots: question(NO_DOTS),
            no_dots_slash: question(NO_DOTS_SLASH),
            no_dot_slash: question(NO_DOT_SLASH),
            not_end: question(NOT_END),
            slash: Set::one(u32::from('/')),
            dot: Set::one(u32::from('.')),
        }
    }

    fn holds(&self, node: &Node, place: Place) -> bool {
        *node == self.no_dots
            || match place {
                Place::Name => {
                    [&self.no_dots_slash, &self.no_dot_slash, &self.not_end].contains(&node)
                }
                Place::NameOrEnd | Place::End => *node == self.no_dots_slash,
                Place::AfterDot => [&self.no_dot_slash, &self.not_end].contains(&node),
                Place::Unknown => false,
            }
    }

    /// The node without what holds, and what is known behind it.
    fn walk(&self, node: Node, place: Place) -> (Node, Place) {
        match node {
            Node::Begin => (node, Place::Name),
            Node::End => (node, Place::End),
            Node::Empty | Node::WordEdge { .. } => (node, place),
            Node::Unit(ref set) => {
                let after = if *set == self.slash {
                    Place::Name
                } else if *set == self.dot && place == Place::Name {
                    Place::AfterDot
                } else {
                    Place::Unknown
                };
                (node, after)
            }
            Node::Again { .. } => (node, Place::Unknown),
            Node::All(nodes) => self.in_order(nodes, place),
            Node::Any(nodes) => {
                let mut after: Option<Place> = None;
                let mut kept = Vec::new();
                for node in nodes {
                    let (node, place) = self.walk(node, place);
                    after = Some(after.map_or(place, |after| after.or(place)));
                    kept.push(node);
                }
                (Node::Any(kept), after.unwrap_or(place))
            }
            Node::Capture { group, node } => {
                let (node, after) = self.walk(*node, place);
                (Node::Capture { group, node: Box::new(node) }, after)
            }
            Node::Repeat(repeat) => {
                let Repeat { node, least, most, is_lazy, groups } = *repeat;
                let first = if most == Some(1) { place } else { Place::Unknown };
                let (node, behind) = self.walk(node, first);
                let after = if least > 0 { behind } else { behind.or(place) };
                (Node::Repeat(Box::new(Repeat { node, least, most, is_lazy, groups })), after)
            }
            Node::Look { .. } if self.holds(&node, place) => (Node::Empty, place),
            Node::Look { is_behind, is_negated, node } => {
                let inside = if is_behind { Place::Unknown } else { place };
                let node = Box::new(self.walk(*node, inside).0);
                (Node::Look { is_behind, is_negated, node }, place)
            }
        }
    }

    fn in_order(&self, nodes: Vec<Node>, mut place: Place) -> (Node, Place) {
        let mut kept = Vec::new();
        for node in nodes {
            let (node, after) = self.walk(node, place);
            place = after;
            if let Node::All(inner) = node {
                kept.extend(inner);
            } else if node != Node::Empty {
                kept.push(node);
            }
        }
        (all(kept), place)
    }
}
