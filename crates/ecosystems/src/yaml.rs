//! YAML 1.2 as text in lists and mappings: no scalar is guessed to be a number, a date or a truth value,
//! because no reader here needs one.
//!
//! `saphyr-parser` gives events with places and limits the depth of flow collections itself; depth of
//! blocks, and what aliases unfold to, are limited here. Events are read in one pass without recursion, and
//! text is borrowed where it stands in the file as it is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, Span};

/// How deep lists and mappings stand in each other at most. pnpm's lock file needs five.
const DEEPEST: usize = 64;
/// How many nodes all aliases of a stream may stand for. People write a few.
const MOST_COPIES: usize = 100_000;

/// A node. What is not there, or `~`, is a scalar of that text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Yaml<'i> {
    /// Any text, quoted or not.
    Scalar(Cow<'i, str>),
    /// Nodes in order.
    Sequence(Vec<Self>),
    /// Nodes by their keys, which are scalars and each there once.
    Mapping(BTreeMap<Cow<'i, str>, Self>),
}

impl<'i> Yaml<'i> {
    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text) => Some(text),
            Self::Sequence(_) | Self::Mapping(_) => None,
        }
    }

    /// The nodes of a list.
    pub(crate) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::Sequence(nodes) => Some(nodes),
            Self::Scalar(_) | Self::Mapping(_) => None,
        }
    }

    /// The nodes of a mapping.
    pub(crate) fn mapping(&self) -> Option<&BTreeMap<Cow<'i, str>, Self>> {
        match self {
            Self::Mapping(nodes) => Some(nodes),
            Self::Scalar(_) | Self::Sequence(_) => None,
        }
    }

    /// The node of a key, if this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.mapping()?.get(key)
    }
}

/// Why bytes are no YAML that can be read, and where: line and column from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub(crate) struct NotYaml {
    pub(crate) why: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A collection that is not closed yet.
enum Open<'i> {
    Sequence(Vec<Yaml<'i>>),
    Mapping(BTreeMap<Cow<'i, str>, Yaml<'i>>, Option<Cow<'i, str>>),
}

/// The documents of a stream while they are read.
#[derive(Default)]
struct Composer<'i> {
    documents: Vec<Yaml<'i>>,
    /// The collections around the next node, each with its anchor (0 is none) and how many nodes were
    /// there when it began.
    open: Vec<(Open<'i>, usize, usize)>,
    /// What an anchor names, and how many nodes that is.
    anchors: BTreeMap<usize, (Yaml<'i>, usize)>,
    nodes: usize,
    copies: usize,
}

/// The documents in `bytes`, a byte order mark left out. No document gives none.
///
/// # Errors
/// When the bytes are no YAML, or deeper or larger than anything that a tool or a person writes.
pub(crate) fn documents(bytes: &[u8]) -> Result<Vec<Yaml<'_>>, NotYaml> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = diagnostics::position(bytes, error.valid_up_to());
        let number = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
        NotYaml { why: "it is not UTF-8".into(), line: number(line), column: number(column) }
    })?;
    let mut composer = Composer::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| NotYaml {
            why: error.info().to_owned(),
            line: error.marker().line(),
            column: error.marker().col() + 1,
        })?;
        if matches!(event, Event::StreamEnd) {
            break;
        }
        composer.event(event).map_err(|why| at(span, why))?;
    }
    Ok(composer.documents)
}

/// A mistake where an event begins.
fn at(span: Span, why: &str) -> NotYaml {
    NotYaml { why: why.to_owned(), line: span.start.line(), column: span.start.col() + 1 }
}

impl<'i> Composer<'i> {
    fn event(&mut self, event: Event<'i>) -> Result<(), &'static str> {
        match event {
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
            Event::Scalar(text, _, anchor, _) => {
                self.nodes += 1;
                self.put(Yaml::Scalar(text), anchor, 1)
            }
            Event::Alias(anchor) => {
                let (_, size) =
                    self.anchors.get(&anchor).ok_or("an alias inside of what it names")?;
                self.copies = self.copies.saturating_add(*size);
                self.nodes = self.nodes.saturating_add(*size);
                if self.copies > MOST_COPIES {
                    return Err("aliases that stand for more than 100,000 nodes");
                }
                let (node, size) = self.anchors.get(&anchor).cloned().ok_or("an unknown alias")?;
                self.put(node, 0, size)
            }
            Event::SequenceStart(anchor, _) => self.begin(Open::Sequence(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => {
                self.begin(Open::Mapping(BTreeMap::new(), None), anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (open, anchor, before) = self.open.pop().ok_or("an end without a start")?;
                let node = match open {
                    Open::Sequence(nodes) => Yaml::Sequence(nodes),
                    Open::Mapping(nodes, _) => Yaml::Mapping(nodes),
                };
                self.put(node, anchor, self.nodes - before + 1)
            }
        }
    }

    fn begin(&mut self, open: Open<'i>, anchor: usize) -> Result<(), &'static str> {
        self.nodes += 1;
        if self.open.len() >= DEEPEST {
            return Err("lists and mappings deeper than 64 levels");
        }
        if let Some((Open::Mapping(_, None), _, _)) = self.open.last() {
            return Err("a key that is no scalar");
        }
        self.open.push((open, anchor, self.nodes));
        Ok(())
    }

    fn put(&mut self, node: Yaml<'i>, anchor: usize, size: usize) -> Result<(), &'static str> {
        if anchor != 0 {
            // Anchors in each other would copy everything below once a level.
            self.copies = self.copies.saturating_add(size);
            if self.copies > MOST_COPIES {
                return Err("anchors that name more than 100,000 nodes");
            }
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some((Open::Sequence(nodes), _, _)) => nodes.push(node),
            Some((Open::Mapping(nodes, key), _, _)) => match (key.take(), node) {
                (Some(key), node) => {
                    nodes.insert(key, node);
                }
                (None, Yaml::Scalar(text)) if nodes.contains_key(&text) => {
                    return Err("a key that is there twice");
                }
                (None, Yaml::Scalar(text)) => *key = Some(text),
                (None, Yaml::Sequence(_) | Yaml::Mapping(_)) => {
                    return Err("a key that is no scalar");
                }
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> Yaml<'_> {
        let mut documents = documents(text.as_bytes()).unwrap();
        assert_eq!(documents.len(), 1, "{text}");
        documents.remove(0)
    }

    #[test]
    fn nodes_are_found_by_their_keys() {
        let read = one("a:\n  - 'x'\n  - {b: 1.0}\nc: &n [yes]\nd: *n\n");
        assert_eq!(read.get("a").and_then(Yaml::list).map(<[_]>::len), Some(2));
        let list = read.get("a").and_then(Yaml::list).unwrap();
        assert_eq!(list[1].get("b").and_then(Yaml::text), Some("1.0"));
        assert_eq!(read.get("d"), read.get("c"));
        assert_eq!(read.get("e"), None);
    }

    #[test]
    fn a_stream_has_any_number_of_documents() {
        assert_eq!(documents(b"").unwrap().len(), 0);
        assert_eq!(documents(b"# nothing\n").unwrap().len(), 0);
        assert_eq!(documents(b"\xef\xbb\xbfa: 1\n---\nb: 2\n").unwrap().len(), 2);
    }

    #[track_caller]
    fn check_refused(text: &str, line: usize, column: usize) {
        let error = documents(text.as_bytes()).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{error}");
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        check_refused("a: 1\na: 2\n", 2, 1);
        check_refused("a: &x [*x]\n", 1, 8);
        check_refused("a: 1\n? [b]\n: 2\n", 2, 3);
        check_refused("a: b: c\n", 1, 5);
        let bad = documents(b"a: \xff").unwrap_err();
        assert_eq!((bad.line, bad.column), (1, 4));
    }

    #[test]
    fn deep_and_unfolding_documents_are_refused() {
        let deep: Vec<String> = (0..70).map(|at| format!("{}a:\n", " ".repeat(at))).collect();
        assert!(documents(deep.concat().as_bytes()).is_err());
        assert!(documents("[".repeat(100_000).as_bytes()).is_err());
        let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for at in 1..12 {
            let inner = format!("*a{}, ", at - 1).repeat(10);
            let line = format!("a{at}: &a{at} [{inner}]\n");
            laughs += &line;
        }
        assert!(documents(laughs.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-a:?&*!|>'\"{}\\[\\], #\n~%@]{0,60}") {
            let _ = documents(text.as_bytes());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = documents(&bytes);
        }
    }
}
