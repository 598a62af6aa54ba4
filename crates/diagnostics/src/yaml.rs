//! YAML documents as trees whose every part knows its place.
//!
//! Scalars stay text, borrowed where it stands in the file as it is: whoever reads them decides what a
//! number is. Anchors and merge keys (`<<`) are
//! resolved without copying, so that a small file cannot become a large one here.
//!
//! Source: YAML 1.2.2; merge keys by the YAML 1.1 type `tag:yaml.org,2002:merge`, which js-yaml and so
//! most of GitHub's world still reads.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::{Foreign, Piece, Place, Problem, Snippet, Text, text};

/// How deep a document may be nested, through anchors too, and how many parts it may have.
const DEEPEST: usize = 64;
const TOO_DEEP: &str = "it is nested deeper than 64 levels";
const MOST_PARTS: usize = 1 << 20;

/// How many keys all merges of a document may bring.
const MOST_MERGES: usize = 100_000;

/// How many parts all aliases of a stream may stand for. People write a few.
const MOST_COPIES: usize = 100_000;

/// A document, or a stream of them.
#[derive(Clone, Debug)]
pub struct Yaml<'i> {
    parts: Vec<Part<'i>>,
    roots: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Part<'i> {
    at: At,
    value: Value<'i>,
}

/// A place in the document's text, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}

#[derive(Clone, Debug)]
enum Value<'i> {
    Scalar { text: Cow<'i, str>, is_plain: bool },
    List(Vec<usize>),
    Map(Vec<(usize, usize)>),
}

/// A part of a document.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    yaml: &'a Yaml<'a>,
    part: usize,
}

/// What a part is.
#[derive(Clone, Debug)]
pub enum Kind<'a> {
    /// Nothing: `~`, `null` or no text at all.
    Nothing,
    /// A text, or what looks like a number or a boolean.
    Text(&'a str),
    /// A list.
    List(Vec<Node<'a>>),
    /// Keys and their values, in order, each key once; the keys of merged maps last.
    Map(Vec<(Node<'a>, Node<'a>)>),
}

/// Why a text is not a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotYaml {
    /// Where.
    pub at: At,
    /// What is wrong.
    pub why: Text,
}

impl<'i> Yaml<'i> {
    /// Reads a text that holds one document. What walks it through aliases may walk for ever and needs
    /// a bound of its own; no way is deeper than 64 levels.
    ///
    /// # Errors
    /// When it is not YAML, has no document or more than one, names a key twice, or is nested deeper or
    /// has more parts than anything a person writes.
    pub fn read(source: &'i str) -> Result<Self, NotYaml> {
        let yaml = Composer { most_documents: 1, most_copies: usize::MAX, ..Composer::default() }
            .compose(source)?;
        if yaml.roots.is_empty() {
            return Err(wrong(At { line: 1, column: 1 }, "there is nothing in it"));
        }
        Ok(yaml)
    }

    /// Reads a text that holds any number of documents. All of it may be walked, aliases too.
    ///
    /// # Errors
    /// When it is not YAML, names a key twice, is nested deeper or has more parts than what tools write,
    /// or has aliases that stand for more than 100,000 parts.
    pub fn stream(source: &'i str) -> Result<Self, NotYaml> {
        Composer { most_documents: usize::MAX, most_copies: MOST_COPIES, ..Composer::default() }
            .compose(source)
    }

    /// Reads a part of a longer text as [`Yaml::stream`] does; `above` lines stand before it.
    ///
    /// # Errors
    /// As [`Yaml::stream`].
    pub fn part(source: &'i str, above: u64) -> Result<Self, NotYaml> {
        let most_copies = MOST_COPIES;
        Composer { most_documents: usize::MAX, most_copies, above, ..Composer::default() }
            .compose(source)
    }

    /// The outermost part of the first document.
    pub fn root(&self) -> Node<'_> {
        Node { yaml: self, part: self.roots.first().copied().unwrap_or_default() }
    }

    /// The outermost part of each document.
    pub fn documents(&self) -> Vec<Node<'_>> {
        self.roots.iter().map(|part| Node { yaml: self, part: *part }).collect()
    }

    fn check_keys(&self) -> Result<(), NotYaml> {
        let mut budget = MOST_MERGES;
        for (part, found) in self.parts.iter().enumerate() {
            let Value::Map(pairs) = &found.value else { continue };
            let node = |part: &usize| Node { yaml: self, part: *part };
            let mut seen: BTreeMap<&str, At> = BTreeMap::new();
            let mut merged = Vec::new();
            for (key, value) in pairs.iter().map(|(key, value)| (node(key), node(value))) {
                let Some(text) = key.text() else {
                    return Err(wrong(key.at(), "a key that is not a text"));
                };
                if key.is_merge() {
                    merged.push((key, value));
                } else if let Some(first) = seen.insert(text, key.at()) {
                    return Err(twice(key, text, first));
                }
            }
            for (key, value) in &merged {
                if value.sources().is_none() {
                    return Err(wrong(key.at(), "only maps can be merged"));
                }
            }
            if !merged.is_empty() && node(&part).pairs_within(&mut budget).is_none() {
                return Err(wrong(found.at, "its merges bring more than 100,000 keys"));
            }
        }
        Ok(())
    }
}

/// The key whose value's keys are taken over.
const MERGE: &str = "<<";

impl<'a> Node<'a> {
    /// Where it begins.
    pub fn at(self) -> At {
        self.found().map_or(At { line: 1, column: 1 }, |part| part.at)
    }

    fn found(self) -> Option<&'a Part<'a>> {
        self.yaml.parts.get(self.part)
    }

    /// What it is.
    pub fn kind(self) -> Kind<'a> {
        match self.found().map(|part| &part.value) {
            None => Kind::Nothing,
            Some(Value::Scalar { text, is_plain }) => {
                let is_nothing =
                    *is_plain && matches!(&**text, "" | "~" | "null" | "Null" | "NULL");
                if is_nothing { Kind::Nothing } else { Kind::Text(text) }
            }
            Some(Value::List(items)) => {
                Kind::List(items.iter().map(|part| Node { part: *part, ..self }).collect())
            }
            Some(Value::Map(_)) => Kind::Map(self.pairs()),
        }
    }

    /// Whether it is a key that merges; in quotes it is a text like any other.
    fn is_merge(self) -> bool {
        let value = self.found().map(|part| &part.value);
        matches!(value, Some(Value::Scalar { text, is_plain: true }) if text == MERGE)
    }

    /// The maps that a value of a merge names; nothing if it is something else.
    fn sources(self) -> Option<Vec<Self>> {
        let is_map = |node: &Self| matches!(node.found(), Some(Part { value: Value::Map(_), .. }));
        let sources = match self.found().map(|part| &part.value) {
            Some(Value::List(items)) => {
                items.iter().map(|part| Node { part: *part, ..self }).collect()
            }
            Some(Value::Map(_) | Value::Scalar { .. }) | None => vec![self],
        };
        sources.iter().all(is_map).then_some(sources)
    }

    /// The parts of a list, in order; none of anything else.
    pub fn items(self) -> Vec<Self> {
        match self.kind() {
            Kind::List(items) => items,
            Kind::Nothing | Kind::Text(_) | Kind::Map(_) => Vec::new(),
        }
    }

    /// The keys and values of a map, as [`Kind::Map`] has them; none of anything else.
    pub fn pairs(self) -> Vec<(Self, Self)> {
        // It was seen in reading that the budget is enough.
        self.pairs_within(&mut { MOST_MERGES }).unwrap_or_default()
    }

    /// The keys and values with those of merged maps; nothing if that takes more than `budget` steps.
    fn pairs_within(self, budget: &mut usize) -> Option<Vec<(Self, Self)>> {
        let Some(Part { value: Value::Map(pairs), .. }) = self.found() else {
            return Some(Vec::new());
        };
        let node = |part: usize| Node { part, ..self };
        if !pairs.iter().any(|(key, _)| node(*key).is_merge()) {
            return Some(pairs.iter().map(|(key, value)| (node(*key), node(*value))).collect());
        }
        let (merged, mut all): (Vec<_>, Vec<_>) = pairs
            .iter()
            .map(|(key, value)| (node(*key), node(*value)))
            .partition(|(key, _)| key.is_merge());
        let mut known: BTreeSet<&str> = all.iter().filter_map(|(key, _)| key.text()).collect();
        for (_, value) in merged {
            let sources = value.sources().unwrap_or_default();
            for source in sources {
                for pair in source.pairs_within(budget)? {
                    *budget = budget.checked_sub(1)?;
                    if pair.0.text().is_some_and(|key| known.insert(key)) {
                        all.push(pair);
                    }
                }
            }
        }
        Some(all)
    }

    /// Its text, if it is one.
    pub fn text(self) -> Option<&'a str> {
        match self.found().map(|part| &part.value) {
            Some(Value::Scalar { text, .. }) => Some(text),
            Some(Value::List(_) | Value::Map(_)) | None => None,
        }
    }

    /// Whether it is a text without quotes, which readers may take for a number or a boolean.
    pub fn is_plain(self) -> bool {
        let value = self.found().map(|part| &part.value);
        matches!(value, Some(Value::Scalar { is_plain: true, .. }))
    }

    /// The value of `key`, if this is a map that has it.
    pub fn get(self, key: &str) -> Option<Self> {
        let Some(Part { value: Value::Map(pairs), .. }) = self.found() else { return None };
        let node = |part: &usize| Node { part: *part, ..self };
        let is_it = |known: Self| known.text() == Some(key) && !known.is_merge();
        if let Some((_, value)) = pairs.iter().find(|(known, _)| is_it(node(known))) {
            return Some(node(value));
        }
        if !pairs.iter().any(|(key, _)| node(key).is_merge()) {
            return None;
        }
        self.pairs().into_iter().find(|(known, _)| is_it(*known)).map(|(_, value)| value)
    }
}

impl NotYaml {
    /// The problem to tell, for the text `source` of `file`.
    pub fn problem(&self, file: impl Into<Foreign>, source: &str) -> Problem {
        Problem::error("this is not YAML that can be read")
            .at(Place::at(file, self.at.line, self.at.column))
            .snippet(snippet(source, self.at))
            .label(self.why.clone())
            .help("see the indentation, the quotes and the colons around this place")
    }
}

/// The line of `source` at a place.
pub fn snippet(source: &str, at: At) -> Snippet {
    let line = usize::try_from(at.line).unwrap_or(usize::MAX);
    let column = usize::try_from(at.column).unwrap_or(usize::MAX);
    let start = crate::offset(source.as_bytes(), line, 1);
    let rest = source.get(start..).unwrap_or_default();
    let inner: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    Snippet::of(source.as_bytes(), start + inner)
}

/// The lines of a text. For YAML a carriage return alone ends a line too (YAML 1.2.2, 5.4); for editors
/// and for GitHub, and so for [`At`], only a line feed does.
struct Lines {
    /// For each line of YAML's, the line that it is part of and the column before it; nothing where both
    /// are the same.
    parts: Vec<(u64, u64)>,
    /// How many lines stand before the text.
    above: u64,
}

impl Lines {
    fn of(source: &str, above: u64) -> Self {
        let mut parts = Vec::new();
        let ends_line = |at: usize| source.as_bytes().get(at + 1) != Some(&b'\n');
        if source.match_indices('\r').any(|(at, _)| ends_line(at)) {
            for (line, text) in (1..).zip(source.split('\n')) {
                let text = text.strip_suffix('\r').unwrap_or(text);
                let mut column = 0;
                for part in text.split('\r') {
                    parts.push((line, column));
                    column += u64::try_from(part.chars().count()).unwrap_or(u64::MAX) + 1;
                }
            }
        }
        Self { parts, above }
    }

    fn at(&self, marker: Marker) -> At {
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let (line, column) = (marker.line().max(1), number(marker.col()).saturating_add(1));
        match self.parts.get(line - 1).or(self.parts.last()) {
            Some((line, before)) => At { line: line + self.above, column: before + column },
            None => At { line: number(line) + self.above, column },
        }
    }
}

/// Refuses what YAML takes for a tag: `- !docs/**` without quotes is one, and its text would be gone.
fn check_tag(tag: Option<&Tag>, at: At) -> Result<(), NotYaml> {
    if tag.is_none_or(Tag::is_yaml_core_schema) {
        return Ok(());
    }
    Err(wrong(at, "this is a tag; what begins with `!` is text only within quotes"))
}

/// That a key is there already, and where.
fn twice(key: Node<'_>, name: &str, first: At) -> NotYaml {
    let mut why = text!["the key ", Foreign::from(name), " stands here for the second time"];
    why.text("; the first is at line ").number(first.line);
    why.text(", column ").number(first.column);
    NotYaml { at: key.at(), why }
}

fn wrong(at: At, why: &'static str) -> NotYaml {
    NotYaml { at, why: text![why] }
}

/// A document in the making.
#[derive(Default)]
struct Composer<'i> {
    parts: Vec<Part<'i>>,
    /// The parts that are not closed, from the outermost.
    open: Vec<Open>,
    /// What each anchor names; a later one of the same name has another number.
    anchors: BTreeMap<usize, Anchor>,
    roots: Vec<usize>,
    documents: usize,
    most_documents: usize,
    /// How many parts all aliases stand for.
    copies: usize,
    most_copies: usize,
    /// How many lines stand before the text.
    above: u64,
}

struct Open {
    part: usize,
    anchor: usize,
    /// The key whose value comes next.
    key: Option<usize>,
    below: Extent,
}

#[derive(Clone, Copy)]
struct Anchor {
    part: usize,
    extent: Extent,
}

/// How much there is to walk, through aliases too.
#[derive(Clone, Copy, Default)]
struct Extent {
    levels: usize,
    parts: usize,
}

impl<'i> Composer<'i> {
    fn compose(mut self, source: &'i str) -> Result<Yaml<'i>, NotYaml> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let lines = Lines::of(source, self.above);
        let mut parser = Parser::new_from_str(source);
        while let Some(next) = parser.next_event() {
            let (event, span) = next.map_err(|error| NotYaml {
                at: lines.at(*error.marker()),
                why: text![Piece::said(&error.info())],
            })?;
            self.event(event, lines.at(span.start))?;
        }
        let yaml = Yaml { parts: self.parts, roots: self.roots };
        yaml.check_keys()?;
        Ok(yaml)
    }

    fn event(&mut self, event: Event<'i>, at: At) -> Result<(), NotYaml> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > self.most_documents {
                    return Err(wrong(at, "a second document begins here"));
                }
            }
            Event::Alias(anchor) => {
                let Some(Anchor { part, extent }) = self.anchors.get(&anchor).copied() else {
                    return Err(wrong(at, "no anchor of this name stands above"));
                };
                if self.open.iter().any(|open| open.part == part) {
                    return Err(wrong(at, "this anchor would hold itself"));
                }
                if self.open.len() + extent.levels > DEEPEST {
                    return Err(wrong(at, TOO_DEEP));
                }
                self.copies = self.copies.saturating_add(extent.parts);
                if self.copies > self.most_copies {
                    return Err(wrong(at, "its aliases stand for more than 100,000 parts"));
                }
                self.place(part);
                self.holds(extent);
            }
            Event::Scalar(text, style, anchor, tag) => {
                check_tag(tag.as_deref(), at)?;
                let is_plain = style == ScalarStyle::Plain;
                // What is copied for an alias is as long as its text.
                let parts = 1 + text.len() / 64;
                let part = self.part(at, Value::Scalar { text, is_plain })?;
                let extent = Extent { levels: 0, parts };
                self.anchor(anchor, part, extent);
                self.place(part);
                self.holds(extent);
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), at)?;
                self.begin(at, anchor, Value::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), at)?;
                self.begin(at, anchor, Value::Map(Vec::new()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(closed) = self.open.pop() else { return Ok(()) };
                let Extent { levels, parts } = closed.below;
                let extent = Extent { levels: levels + 1, parts: parts.saturating_add(1) };
                self.anchor(closed.anchor, closed.part, extent);
                self.holds(extent);
            }
        }
        Ok(())
    }

    fn part(&mut self, at: At, value: Value<'i>) -> Result<usize, NotYaml> {
        if self.parts.len() >= MOST_PARTS {
            return Err(wrong(at, "it has more than a million parts"));
        }
        self.parts.push(Part { at, value });
        Ok(self.parts.len() - 1)
    }

    fn begin(&mut self, at: At, anchor: usize, value: Value<'i>) -> Result<(), NotYaml> {
        if self.open.len() >= DEEPEST {
            return Err(wrong(at, TOO_DEEP));
        }
        let part = self.part(at, value)?;
        // Its extent is known at its end; until then it is here to be found in itself.
        self.anchor(anchor, part, Extent::default());
        self.place(part);
        self.open.push(Open { part, anchor, key: None, below: Extent::default() });
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, part: usize, extent: Extent) {
        // 0 is the parser's word for none.
        if anchor > 0 {
            self.anchors.insert(anchor, Anchor { part, extent });
        }
    }

    /// The innermost part that is open has something of this extent in it.
    fn holds(&mut self, extent: Extent) {
        if let Some(Open { below, .. }) = self.open.last_mut() {
            below.levels = below.levels.max(extent.levels);
            below.parts = below.parts.saturating_add(extent.parts);
        }
    }

    /// Puts a part into the innermost one that is open.
    fn place(&mut self, part: usize) {
        let Some(open) = self.open.last_mut() else {
            self.roots.push(part);
            return;
        };
        match self.parts.get_mut(open.part).map(|outer| &mut outer.value) {
            Some(Value::List(items)) => items.push(part),
            Some(Value::Map(pairs)) => match open.key.take() {
                Some(key) => pairs.push((key, part)),
                None => open.key = Some(part),
            },
            Some(Value::Scalar { .. }) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn shown(node: Node<'_>) -> String {
        match node.kind() {
            Kind::Nothing => "-".to_owned(),
            Kind::Text(text) => text.to_owned(),
            Kind::List(items) => {
                format!("[{}]", items.into_iter().map(shown).collect::<Vec<_>>().join(" "))
            }
            Kind::Map(pairs) => {
                let pair = |(key, value)| format!("{}={}", shown(key), shown(value));
                format!("{{{}}}", pairs.into_iter().map(pair).collect::<Vec<_>>().join(" "))
            }
        }
    }

    #[track_caller]
    fn check(source: &str, wanted: &str) {
        assert_eq!(shown(Yaml::read(source).unwrap().root()), wanted);
    }

    #[track_caller]
    fn check_refused(source: &str, line: u64, column: u64) {
        assert_eq!(Yaml::read(source).unwrap_err().at, At { line, column }, "{source}");
    }

    #[test]
    fn a_document_is_a_tree() {
        check("a: b\nc: [1, 'null', ~]\n", "{a=b c=[1 null -]}");
        check("- x: |\n    1\n    2\n-\n", "[{x=1\n2\n} -]");
        check("\u{feff}a: b", "{a=b}");
        check("text", "text");
    }

    #[test]
    fn anchors_and_merges_are_followed() {
        check("a: &x [1, 2]\nb:\n  - *x\n  - 3\n", "{a=[1 2] b=[[1 2] 3]}");
        check("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n", "{a={p=1 q=2} b={q=3 p=1}}");
        check(
            "a: &x {p: 1}\nb: &y {p: 2, r: 3}\nc: {<<: [*x, *y]}\n",
            "{a={p=1} b={p=2 r=3} c={p=1 r=3}}",
        );
    }

    #[test]
    fn a_merge_key_in_quotes_is_a_text() {
        check("'<<': x\na: !!str 1\n", "{<<=x a=1}");
    }

    #[test]
    fn what_is_no_document_has_a_place() {
        check_refused("- !docs/** x\n", 1, 3);
        check_refused("a: {<<: text}\n", 1, 5);
        check_refused("a: b\na: c\n", 2, 1);
        check_refused("", 1, 1);
        check_refused("a: *x\n", 1, 4);
        check_refused("a: &x [*x]\n", 1, 8);
        check_refused("a: 1\n---\nb: 2\n", 2, 1);
        check_refused("? [1]\n: 2\n", 1, 3);
        assert!(Yaml::read(&"[".repeat(1000)).is_err());
    }

    #[test]
    fn a_key_that_is_there_already_is_named_with_the_place_of_the_first() {
        let why = |source: &str| Yaml::read(source).unwrap_err().why;
        let wanted = |key: &str, line: u64, column: u64| {
            let mut why = text!["the key ", Foreign::from(key), " stands here for the second time"];
            why.text("; the first is at line ").number(line).text(", column ").number(column);
            why
        };
        assert_eq!(why("a: b\nx: {p: 1, 'c\n': 2, \"p\": 3}\n"), wanted("p", 2, 5));
        assert_eq!(why("- a: b\n  c: d\n  a: e\n"), wanted("a", 1, 3));
        // Merged keys may be said again.
        check("a: &x {p: 1}\nb: {<<: *x, <<: *x, p: 2}\n", "{a={p=1} b={p=2}}");
    }

    #[test]
    fn a_stream_has_any_number_of_documents() {
        let shown_all = |source: &str| -> Vec<String> {
            Yaml::stream(source).unwrap().documents().into_iter().map(shown).collect()
        };
        assert_eq!(shown_all("a: 1\n---\n- &x b\n- *x\n"), ["{a=1}", "[b b]"]);
        assert_eq!(shown_all("# nothing\n"), [""; 0]);
    }

    #[test]
    fn a_part_of_a_text_has_the_places_of_the_whole() {
        let part = Yaml::part("a: 1\nb: [\n", 40).unwrap_err();
        assert_eq!(part.at, At { line: 43, column: 1 });
        let part = Yaml::part("a: 1\rb: 2\n", 40).unwrap();
        assert_eq!(part.root().get("b").unwrap().at(), At { line: 41, column: 9 });
    }

    #[test]
    fn values_and_parts_are_asked_for() {
        let yaml = Yaml::read("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\nc: [4]\n").unwrap();
        let value = |key: &str, inner: &str| yaml.root().get(key)?.get(inner)?.text();
        assert_eq!([value("b", "k"), value("b", "l")], [Some("3"), Some("2")]);
        assert_eq!([value("b", "<<"), value("c", "k")], [None, None]);
        let [b, c] = ["b", "c"].map(|key| yaml.root().get(key).unwrap());
        assert_eq!((b.pairs().len(), b.items().len()), (2, 0));
        assert_eq!((c.pairs().len(), c.items().len()), (0, 1));
    }

    #[test]
    fn anchors_within_anchors_are_as_deep_as_what_they_stand_for() {
        let chain = |length: usize| {
            let link = |at: usize| format!("- &a{at} [*a{}]\n", at - 1);
            "- &a0 []\n".to_owned() + &(1..length).map(link).collect::<String>()
        };
        assert!(Yaml::read(&chain(63)).is_ok());
        check_refused(&chain(64), 64, 9);
        let maps = chain(64).replace("[]", "{k: 1}").replace('[', "{<<: ").replace(']', "}");
        check_refused(&maps, 64, 13);
    }

    #[test]
    fn a_bomb_of_anchors_stays_small() {
        let mut bomb = "a0: &a0 [x, x]\n".to_owned();
        for level in 1..60 {
            let below = level - 1;
            let _ = writeln!(bomb, "a{level}: &a{level} [*a{below}, *a{below}]");
        }
        assert!(Yaml::read(&bomb).unwrap().parts.len() < 1000);
        // Who asks for a stream may walk all of it.
        assert!(Yaml::stream(&bomb).is_err());
        let merges = bomb.replace("[x, x]", "{x: 1}").replace('[', "{<<: [").replace(']', "]}");
        assert!(Yaml::read(&merges).is_err());
    }

    #[test]
    fn a_carriage_return_ends_a_line_for_yaml_and_none_for_people() {
        let place = |source: &str, key: &str| {
            let yaml = Yaml::read(source).unwrap();
            let at = yaml.root().get(key).unwrap().at();
            (at.line, at.column)
        };
        assert_eq!(place("a: 1\r\nb: 2\r\n", "b"), (2, 4));
        assert_eq!(place("a: 1\rb: 2\nc: 3\r", "b"), (1, 9));
        assert_eq!(place("a: 1\rb: 2\nc: 3\r", "c"), (2, 4));
        check_refused("{\n\r\u{1e}", 2, 2);
    }

    #[test]
    fn a_place_has_its_line() {
        let source = "a: 1\nb: ä, x\n";
        let line = snippet(source, At { line: 2, column: 7 });
        assert_eq!((line.line.raw(), line.first_column), ("b: ä, x".as_bytes(), 1));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(source in "[-a: \\[\\]{}&*|>'\"\\n,#?<!%@~\u{feff}\u{e9}]{0,60}") {
            if let Ok(yaml) = Yaml::read(&source) {
                let _ = shown(yaml.root());
            }
        }
    }
}
