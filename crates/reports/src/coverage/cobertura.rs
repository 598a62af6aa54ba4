//! Cobertura's XML (`coverage-04.dtd` in its sources), which coverage.py, gcovr, coverlet, tarpaulin and
//! many more write.
//!
//! A file may have several classes, and a line may stand in its method and in its class: it is one line.
//! The lines of a class are those that it lists itself.
//! Rates are not read: coverage.py mixes branches into them, others write `NaN`. A report without any
//! line counts by the sums of its root, if it has them; with nothing but a rate it is refused.

use std::sync::Arc;

use bstr::BString;

use super::numbers::hits;
use super::xml::{Element, Elements, Item, root};
use super::{FileCoverage, Key};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::Head;

pub(super) const NAME: &str = "cobertura";
pub(super) const WANTED: &str = "Cobertura's XML";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let words = [&b"line-rate="[..], b"lines-valid=", b"<packages", b"cobertura"];
    let has = |word: &&[u8]| memchr::memmem::find(head.text, word).is_some();
    root(head.text) == Some(b"coverage") && words.iter().any(has)
}

/// How many folders a report may name.
const MOST_SOURCES: usize = 1000;

#[derive(Default)]
struct Document {
    sources: Vec<BString>,
    roots: Option<Arc<[BString]>>,
    /// The folder that is being read.
    source: Option<String>,
    class: Option<Class>,
    has_line: bool,
    sums: Sums,
}

/// One class, which has a file.
struct Class {
    file: FileCoverage,
    /// What stands in its methods. nyc names lines there that are none of the class, so it counts only
    /// where the class lists no lines itself.
    methods: FileCoverage,
    name: String,
    method: Option<Method>,
}

struct Method {
    key: Key,
    /// Whether a line of it was run; nothing before its first line.
    is_hit: Option<bool>,
}

/// The sums of the root: `lines-valid` and its kin.
#[derive(Default)]
struct Sums {
    lines: (Option<u32>, Option<u32>),
    branches: (Option<u32>, Option<u32>),
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    let mut elements = Elements::new(bytes, "coverage", sink)?;
    let mut document = Document::default();
    let mut is_root = true;
    while let Some(item) = elements.next()? {
        match item {
            Item::Open(element) if is_root => {
                is_root = false;
                document.sums = sums(&element)?;
            }
            Item::Open(element) => document.open(&element)?,
            Item::Close(name) => document.close(&name, elements.at, sink)?,
            Item::Text(text) => {
                if let Some(source) = &mut document.source {
                    source.push_str(&text);
                }
            }
        }
    }
    if document.has_line {
        return Ok(());
    }
    match document.sums.lines {
        (Some(covered), Some(all)) if covered <= all => {
            let mut whole = FileCoverage::default();
            whole.unnumbered.add_some(0, covered, all);
            if let (Some(covered), Some(all)) = document.sums.branches {
                whole.branches.add_some(0, covered, all);
            }
            if all > 0 { sink.push(whole.finished(), bytes.len()) } else { Ok(()) }
        }
        _ => Err(Fault::wrong("no lines and no counts, at most a rate", bytes.len())),
    }
}

fn sums(element: &Element<'_>) -> Result<Sums, Fault> {
    let mut sums = Sums::default();
    element.attributes(|name, value| match name {
        "lines-covered" => sums.lines.0 = value.parse().ok(),
        "lines-valid" => sums.lines.1 = value.parse().ok(),
        "branches-covered" => sums.branches.0 = value.parse().ok(),
        "branches-valid" => sums.branches.1 = value.parse().ok(),
        _ => {}
    })?;
    Ok(sums)
}

impl Document {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Fault> {
        match (element.name(), &mut self.class) {
            ("source", None) => self.source = Some(String::new()),
            ("class", None) => {
                let (mut path, mut name) = (None, String::new());
                element.attributes(|key, value| match key {
                    "filename" => path = Some(value.into_owned()),
                    "name" => name = value.into_owned(),
                    _ => {}
                })?;
                let path = path.filter(|path| !path.is_empty());
                let wrong = Fault::wrong("a class without its file's name", element.at);
                let mut file = FileCoverage::new(path.ok_or(wrong)?);
                let roots = self.roots.get_or_insert_with(|| self.sources.as_slice().into());
                file.name.roots = Arc::clone(roots);
                let methods = FileCoverage::default();
                self.class = Some(Class { file, methods, name, method: None });
            }
            ("class", Some(_)) => return Err(Fault::wrong("a class within a class", element.at)),
            ("method", Some(class)) => {
                let mut key = Key::new().bytes(class.name.as_bytes());
                element.attributes(|name, value| {
                    if matches!(name, "name" | "signature") {
                        key = key.bytes(b"/").bytes(value.as_bytes());
                    }
                })?;
                class.method = Some(Method { key, is_hit: None });
            }
            ("line", Some(class)) => {
                self.has_line = true;
                class.line(element)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn close(
        &mut self,
        name: &str,
        at: usize,
        sink: &mut Sink<'_, FileCoverage>,
    ) -> Result<(), Fault> {
        match name {
            "source" => {
                let source = self.source.take().unwrap_or_default();
                let source = source.trim();
                if self.sources.len() == MOST_SOURCES {
                    return Err(Fault::wrong("more folders of sources than any project has", at));
                }
                if !matches!(source, "" | ".") {
                    self.sources.push(source.into());
                }
                self.roots = None;
            }
            "method" => {
                if let Some(class) = &mut self.class
                    && let Some(Method { key, is_hit: Some(is_hit) }) = class.method.take()
                {
                    class.file.functions.add(key.end(), 1, is_hit);
                }
            }
            "class" => {
                if let Some(Class { mut file, methods, .. }) = self.class.take() {
                    if file.lines.is_empty() {
                        (file.lines, file.branches) = (methods.lines, methods.branches);
                    }
                    sink.push(file.finished(), at)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Class {
    /// `<line number="3" hits="1" branch="true" condition-coverage="50% (1/2)"/>`
    fn line(&mut self, element: &Element<'_>) -> Result<(), Fault> {
        let (mut line, mut is_hit, mut condition) = (None::<u64>, None, None);
        element.attributes(|name, value| match name {
            "number" => line = value.trim().parse().ok(),
            "hits" => is_hit = hits(value.trim().as_bytes()),
            "condition-coverage" => condition = Some(ways(&value)),
            _ => {}
        })?;
        let wrong = Fault::wrong("a line without its number and hits", element.at);
        let (Some(line), Some(is_hit)) = (line, is_hit) else { return Err(wrong) };
        let file = match &mut self.method {
            Some(method) => {
                method.is_hit = Some(method.is_hit.unwrap_or_default() || is_hit);
                &mut self.methods
            }
            None => &mut self.file,
        };
        if !file.lines.add(line, is_hit) {
            return Err(Fault::wrong("a line number beyond any file", element.at));
        }
        if let Some(ways) = condition {
            let wrong = Fault::new(Found::Wrong("a condition without its counts"), element.at);
            let (covered, all) = ways.ok_or(wrong)?;
            file.branches.add_some(line, covered, all);
        }
        Ok(())
    }
}

/// `50% (1/2)`: how many ways out of the conditions of a line were taken.
fn ways(value: &str) -> Option<(u32, u32)> {
    let (_, counts) = value.split_once('(')?;
    let (covered, all) = counts.trim_end().strip_suffix(')')?.split_once('/')?;
    let (covered, all) = (covered.trim().parse().ok()?, all.trim().parse().ok()?);
    (covered <= all).then_some((covered, all))
}
