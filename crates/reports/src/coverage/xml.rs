//! The elements of an XML report and the text between them, read from memory.
//!
//! A DTD is passed over: nothing in it is read, resolved or fetched, and an entity that only a DTD could
//! define is refused where it would be read. Source: Extensible Markup Language (XML) 1.0, sections 2.4
//! to 2.8 and 3.1.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::Found;
use crate::family::{Fault, Sink};

/// How many attributes an element may have; the tools that we know write fewer than ten.
const MOST_ATTRIBUTES: usize = 64;

/// What comes next in a report.
pub(super) enum Item<'a> {
    Open(Element<'a>),
    /// The end of the element of this name.
    Close(String),
    Text(Cow<'a, str>),
}

/// The beginning of an element.
pub(super) struct Element<'a> {
    tag: BytesStart<'a>,
    pub(super) at: usize,
}

/// A report's elements, from front to back.
pub(super) struct Elements<'a> {
    reader: Reader<&'a [u8]>,
    root: &'static str,
    deepest: usize,
    longest: usize,
    depth: usize,
    is_over: bool,
    /// Where what comes next begins.
    pub(super) at: usize,
}

impl<'a> Elements<'a> {
    /// The elements of a report with this root element.
    pub(super) fn new<T>(
        bytes: &'a [u8],
        root: &'static str,
        sink: &Sink<'_, T>,
    ) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Fault::wrong("bytes that are not UTF-8", error.valid_up_to()))?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let (deepest, longest) = (sink.bounds.depth, sink.bounds.line_bytes);
        Ok(Self { reader, root, deepest, longest, depth: 0, is_over: false, at: 0 })
    }

    /// What comes next; nothing at the end of a whole report.
    pub(super) fn next(&mut self) -> Result<Option<Item<'a>>, Fault> {
        loop {
            self.at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
            let at = self.at;
            let event = self.reader.read_event().map_err(|error| Fault::new(found(&error), at))?;
            let is_outside = self.depth == 0;
            match event {
                Event::Start(tag) => return self.open(tag).map(|it| Some(Item::Open(it))),
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.is_over = self.depth == 0;
                    let name = tag.local_name().into_inner().to_owned();
                    return Ok(Some(Item::Close(name)));
                }
                Event::Eof if self.is_over => return Ok(None),
                Event::Eof => return Err(Fault::new(Found::End, at)),
                Event::Text(text) if is_outside => {
                    if !text.into_inner().trim().is_empty() {
                        return Err(Fault::new(Found::Outside, at));
                    }
                }
                Event::CData(_) | Event::GeneralRef(_) if is_outside => {
                    return Err(Fault::new(Found::Outside, at));
                }
                Event::Text(text) => return Ok(Some(Item::Text(text.into_inner()))),
                Event::CData(text) => return Ok(Some(Item::Text(text.into_inner()))),
                Event::GeneralRef(entity) => {
                    let name = entity.into_inner();
                    let text =
                        quick_xml::escape::unescape(&format!("&{name};")).map(Cow::into_owned);
                    let text = text.map_err(|_| Fault::new(Found::Entity, at))?;
                    return Ok(Some(Item::Text(text.into())));
                }
                // An empty element is a start and an end.
                Event::Empty(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => {}
            }
        }
    }

    fn open(&mut self, tag: BytesStart<'a>) -> Result<Element<'a>, Fault> {
        let at = self.at;
        if self.is_over {
            return Err(Fault::new(Found::Outside, at));
        }
        if self.depth == 0 && tag.local_name().into_inner() != self.root {
            return Err(Fault::wrong("XML with another root element", at));
        }
        self.depth += 1;
        if self.depth > self.deepest {
            return Err(Fault::new(Found::TooDeep, at));
        }
        if tag.len() > self.longest {
            return Err(Fault::new(Found::TooLong, at));
        }
        Ok(Element { tag, at })
    }
}

impl Element<'_> {
    /// Its name, without a namespace's prefix.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// Hands each attribute to `take`, as its name and its value with XML's own entities resolved.
    pub(super) fn attributes(&self, mut take: impl FnMut(&str, Cow<'_, str>)) -> Result<(), Fault> {
        for (number, attribute) in self.tag.attributes().enumerate() {
            // Each is compared with all before it, to find one that is there twice.
            if number == MOST_ATTRIBUTES {
                return Err(Fault::new(Found::TooLong, self.at));
            }
            let attribute = attribute.map_err(|_| Fault::new(Found::BrokenXml, self.at))?;
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            let value = value.map_err(|error| {
                use quick_xml::escape::EscapeError::UnrecognizedEntity;
                let is_entity = matches!(error, quick_xml::Error::Escape(UnrecognizedEntity(_, _)));
                Fault::new(if is_entity { Found::Entity } else { Found::BrokenXml }, self.at)
            })?;
            take(attribute.key.as_ref(), value);
        }
        Ok(())
    }
}

fn found(error: &quick_xml::Error) -> Found {
    if matches!(error, quick_xml::Error::Syntax(_)) { Found::End } else { Found::BrokenXml }
}

/// The name of the element with which a report begins, as far as its beginning shows.
pub(super) fn root(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.trim_ascii_start();
    loop {
        let end: &[u8] = if rest.starts_with(b"<?") {
            b"?>"
        } else if rest.starts_with(b"<!--") {
            b"-->"
        } else if rest.starts_with(b"<!") {
            b">"
        } else {
            break;
        };
        // A DTD may have declarations in brackets.
        let begin = match memchr::memchr2(b'[', b'>', rest) {
            Some(at) if end == b">" && rest.get(at) == Some(&b'[') => {
                at + memchr::memchr(b']', rest.get(at..)?)?
            }
            _ => 0,
        };
        let at = begin + memchr::memmem::find(rest.get(begin..)?, end)?;
        rest = rest.get(at + end.len()..)?.trim_ascii_start();
    }
    let name = rest.strip_prefix(b"<")?;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    name.get(..name.iter().position(ends)?)
}
