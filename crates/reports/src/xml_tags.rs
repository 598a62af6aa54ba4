//! The tags of an XML document, one at a time, whatever stands between them.
//!
//! A report's text is the output of tests: megabytes that no decision needs. So text, CDATA,
//! comments, processing instructions and the DTD are passed over without being kept, and the memory
//! taken is that of one tag. quick-xml reads what is in a tag; entities that only a DTD could define
//! stay unknown. Source: Extensible Markup Language (XML) 1.0, sections 2.4 to 2.8 and 3.1.

use std::borrow::Cow;
use std::io::BufRead as _;

use quick_xml::events::BytesStart;
use quick_xml::name::QName;

use crate::Found;
use crate::position::Counted;

/// How many attributes a tag may have; the tools that we know write fewer than ten.
const MOST_ATTRIBUTES: usize = 128;

/// A document's tags, from front to back.
pub(crate) struct Tags<'r, 'i> {
    input: &'r mut Counted<'i>,
    longest: usize,
    deepest: usize,
    tag: Vec<u8>,
    /// Whether the tag was longer than what was kept of it.
    is_cut: bool,
    open: Open,
    /// Whether the root element was closed.
    is_over: bool,
    /// The text that somebody asked for, and how many more bytes of it are kept.
    text: Vec<u8>,
    room: usize,
}

/// The names of the elements that are open, one after the other in one text.
#[derive(Default)]
struct Open {
    names: String,
    starts: Vec<usize>,
}

impl Open {
    fn push(&mut self, name: &str) {
        self.starts.push(self.names.len());
        self.names.push_str(name);
    }

    /// Closes the innermost element; whether it has this name.
    fn pop(&mut self, name: &str) -> bool {
        let Some(start) = self.starts.pop() else { return false };
        let is_same = self.names.get(start..) == Some(name);
        self.names.truncate(start);
        is_same
    }
}

/// What a tag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `<a>`: what follows is in it.
    Open,
    /// `<a/>`: it opens and closes.
    Empty,
    /// `</a>`.
    Close,
}

/// One tag.
pub(crate) struct Tag<'t> {
    pub(crate) kind: Kind,
    /// How many elements it stands in, itself counted.
    pub(crate) depth: usize,
    is_cut: bool,
    content: BytesStart<'t>,
}

impl Tag<'_> {
    /// The element's name without a namespace's prefix.
    pub(crate) fn name(&self) -> &str {
        let QName(name) = self.content.name();
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    /// Hands each attribute to `take`, as its name and its value with XML's own entities resolved.
    pub(crate) fn attributes(&self, mut take: impl FnMut(&str, Cow<'_, str>)) -> Result<(), Found> {
        if self.is_cut {
            return Err(Found::TooLong);
        }
        if let Some(plain) = plain_attributes(self.content.attributes_raw()) {
            for (name, value) in plain.into_iter().flatten() {
                take(name, Cow::Borrowed(value));
            }
            return Ok(());
        }
        for (number, attribute) in self.content.attributes().enumerate() {
            // Each is compared with all before it, to find one that is there twice.
            if number == MOST_ATTRIBUTES {
                return Err(Found::TooLong);
            }
            let attribute = attribute.map_err(|_| Found::BrokenXml)?;
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            take(attribute.key.as_ref(), value.map_err(|error| entity_or_broken(&error))?);
        }
        Ok(())
    }
}

impl<'r, 'i> Tags<'r, 'i> {
    /// The tags of `input`: at most `longest` bytes of each, and `deepest` elements inside each
    /// other.
    pub(crate) fn new(input: &'r mut Counted<'i>, longest: usize, deepest: usize) -> Self {
        let (tag, open) = (Vec::new(), Open::default());
        let text = Vec::new();
        Self { input, longest, deepest, tag, is_cut: false, open, is_over: false, text, room: 0 }
    }

    /// Keeps the next `most` bytes of text between tags, as they are written.
    pub(crate) fn keep_text(&mut self, most: usize) {
        self.text.clear();
        self.room = most;
    }

    /// The text that was kept, with XML's own entities resolved; no more is kept.
    pub(crate) fn take_text(&mut self) -> Vec<u8> {
        self.room = 0;
        let text = lossy(&self.text);
        let text = match quick_xml::escape::unescape(&text) {
            Ok(text) => text.into_owned().into_bytes(),
            // It was cut within an entity, or it is CDATA, which has none.
            Err(_) => text.into_owned().into_bytes(),
        };
        self.text.clear();
        text
    }

    /// Where something is wrong that shows in the tag that was read last.
    pub(crate) fn place_of(&self, found: Found) -> (u64, u64) {
        match found {
            Found::BrokenXml
            | Found::Entity
            | Found::Html
            | Found::NestedCase
            | Found::OtherXml
            | Found::Outside
            | Found::TooDeep
            | Found::TooLong
            | Found::TooMany
            | Found::Wrong(_) => self.input.marked(),
            Found::BrokenJson
            | Found::Disk
            | Found::Empty
            | Found::End
            | Found::NeitherXmlNorJson
            | Found::OtherJson
            | Found::Utf16 => self.input.position(),
        }
    }

    /// The next tag; nothing at the end of a whole document.
    pub(crate) fn next(&mut self) -> Result<Option<Tag<'_>>, Found> {
        loop {
            if !self.pass_text()? {
                return if self.open.starts.is_empty() { Ok(None) } else { Err(Found::End) };
            }
            match self.peek()? {
                b'!' => self.pass_declaration()?,
                b'?' => self.pass_until(b"?>")?,
                _ => break,
            }
        }
        self.read_tag()?;
        let depth = self.open.starts.len();
        if self.is_over {
            return Err(Found::Outside);
        }
        let text = lossy(&self.tag);
        let (kind, depth) = follow(&text, depth, self.deepest, &mut self.open)?;
        self.is_over = self.open.starts.is_empty();
        let content = content(text, kind);
        Ok(Some(Tag { kind, depth, is_cut: self.is_cut, content }))
    }

    /// Reads up to and with the next `<`; whether there was one. Around the root element there is
    /// only white space.
    fn pass_text(&mut self) -> Result<bool, Found> {
        let is_outside = self.open.starts.is_empty();
        loop {
            let available = self.input.fill_buf().map_err(|_| Found::Disk)?;
            if available.is_empty() {
                return Ok(false);
            }
            let found = memchr::memchr(b'<', available);
            let text = available.get(..found.unwrap_or(available.len())).unwrap_or_default();
            let odd = if is_outside {
                text.iter().position(|byte| !byte.is_ascii_whitespace())
            } else {
                None
            };
            if let Some(odd) = odd {
                self.input.consume(odd);
                self.input.mark();
                return Err(Found::Outside);
            }
            let length = text.len();
            keep(&mut self.text, &mut self.room, text);
            self.input.consume(length);
            if found.is_some() {
                self.input.mark();
                self.input.consume(1);
                return Ok(true);
            }
        }
    }

    fn peek(&mut self) -> Result<u8, Found> {
        let available = self.input.fill_buf().map_err(|_| Found::Disk)?;
        available.first().copied().ok_or(Found::End)
    }

    fn byte(&mut self) -> Result<u8, Found> {
        let byte = self.peek()?;
        self.input.consume(1);
        Ok(byte)
    }

    /// Reads what is between `<` and `>`, where a `>` in a quoted value counts as text. Of a longer
    /// tag the beginning is kept, and whether a `/` ends it: tools write whole logs into `message`.
    fn read_tag(&mut self) -> Result<(), Found> {
        self.tag.clear();
        self.is_cut = false;
        if self.read_plain_tag()? {
            return Ok(());
        }
        let (mut quote, mut last_two) = (None, [0; 2]);
        loop {
            let available = self.input.fill_buf().map_err(|_| Found::Disk)?;
            if available.is_empty() {
                return Err(Found::End);
            }
            let found = match quote {
                None => memchr::memchr3(b'>', b'"', b'\'', available),
                Some(quote) => memchr::memchr(quote, available),
            };
            let end = found.map_or(available.len(), |at| at + 1);
            let part = available.get(..end).unwrap_or_default();
            match part {
                [.., before, last] => last_two = [*before, *last],
                [last] => last_two = [last_two[1], *last],
                [] => {}
            }
            let room = self.longest.saturating_sub(self.tag.len());
            self.is_cut |= part.len() > room;
            self.tag.extend_from_slice(part.get(..room).unwrap_or(part));
            self.input.consume(end);
            let [before, last] = last_two;
            match (found.map(|_| last), quote) {
                (Some(b'>'), None) => {
                    if self.is_cut {
                        self.tag.extend_from_slice(if before == b'/' { b" /" } else { b" " });
                    } else {
                        self.tag.pop();
                    }
                    return Ok(());
                }
                (Some(mark), None) => quote = Some(mark),
                (Some(_), Some(_)) => quote = None,
                (None, _) => {}
            }
        }
    }

    /// Reads a tag that is all there, if its first `>` is outside of quoted values for certain: where
    /// there are only double quotes, and an even number of them. Nearly every tag is one.
    fn read_plain_tag(&mut self) -> Result<bool, Found> {
        let available = self.input.fill_buf().map_err(|_| Found::Disk)?;
        let Some(end) = memchr::memchr(b'>', available).filter(|end| *end < self.longest) else {
            return Ok(false);
        };
        let tag = available.get(..end).unwrap_or_default();
        let is_plain = memchr::memchr(b'\'', tag).is_none()
            && memchr::memchr_iter(b'"', tag).count().is_multiple_of(2);
        if is_plain {
            self.tag.extend_from_slice(tag);
            self.input.consume(end + 1);
        }
        Ok(is_plain)
    }

    /// Passes over `<!--...-->`, `<![CDATA[...]]>` or `<!DOCTYPE...>`.
    fn pass_declaration(&mut self) -> Result<(), Found> {
        self.byte()?;
        match self.peek()? {
            b'-' => {
                self.byte()?;
                if self.byte()? != b'-' {
                    return Err(Found::BrokenXml);
                }
                self.pass_until(b"-->")
            }
            b'[' => self.pass_characters(),
            _ => self.pass_doctype(),
        }
    }

    /// Passes over `[CDATA[...]]>`, or keeps what is in it.
    fn pass_characters(&mut self) -> Result<(), Found> {
        if self.room == 0 {
            return self.pass_until(b"]]>");
        }
        let mut last = [0; 2];
        for at in 0_usize.. {
            let byte = self.byte()?;
            if byte == b'>' && last == *b"]]" {
                break;
            }
            // After `[CDATA[`, and up to two brackets behind, which may belong to the end.
            let [before, _] = last;
            if at >= "[CDATA[".len() + 2 {
                keep(&mut self.text, &mut self.room, &[before]);
            }
            let [_, after] = last;
            last = [after, byte];
        }
        Ok(())
    }

    /// Passes over a DTD: its quoted texts, comments and the subset in brackets.
    fn pass_doctype(&mut self) -> Result<(), Found> {
        let mut brackets = 0_u32;
        loop {
            match self.byte()? {
                b'>' if brackets == 0 => return Ok(()),
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                quote @ (b'"' | b'\'') => self.pass_until(&[quote])?,
                b'<' => match self.peek()? {
                    b'?' => self.pass_until(b"?>")?,
                    b'!' => {
                        self.byte()?;
                        if self.peek()? == b'-' {
                            self.pass_until(b"-->")?;
                        } else {
                            brackets += 1;
                        }
                    }
                    _ => brackets += 1,
                },
                b'>' => brackets -= 1,
                _ => {}
            }
        }
    }

    /// Reads up to and with `end`, of at most three bytes.
    fn pass_until(&mut self, end: &[u8]) -> Result<(), Found> {
        let Some((last, before)) = end.split_last() else { return Ok(()) };
        let mut seen: Vec<u8> = Vec::with_capacity(end.len());
        loop {
            let available = self.input.fill_buf().map_err(|_| Found::Disk)?;
            if available.is_empty() {
                return Err(Found::End);
            }
            let found = memchr::memchr(*last, available);
            let part = available.get(..found.unwrap_or(available.len())).unwrap_or_default();
            // What stood right before may be in an earlier piece of the input.
            seen.extend_from_slice(
                part.get(part.len().saturating_sub(before.len())..).unwrap_or_default(),
            );
            let keep = seen.len().saturating_sub(before.len());
            seen.drain(..keep);
            let is_end = found.is_some() && seen == before;
            let read = part.len() + usize::from(found.is_some());
            self.input.consume(read);
            if is_end {
                return Ok(());
            }
            if found.is_some() {
                seen.push(*last);
            }
        }
    }
}

/// How many attributes are read the quick way; the tools that we know write fewer.
const MOST_PLAIN: usize = 12;

/// Names and values, without a gap.
type Plain<'t> = [Option<(&'t str, &'t str)>; MOST_PLAIN];

/// The attributes of a tag in which nothing has to be looked at twice: each after white space, with none
/// around the `=`, each name once, and no value with anything that XML would replace. Nearly every
/// tag is one, and most of the time of reading a report goes into its tags.
fn plain_attributes(text: &str) -> Option<Plain<'_>> {
    // To the end, whatever is found: so many bytes are looked at at once.
    let is_odd = |byte: u8| byte < b' ' || byte == b'&' || byte == b'<';
    if text.bytes().fold(false, |odd, byte| odd | is_odd(byte)) {
        return None;
    }
    let mut plain = [None; MOST_PLAIN];
    let mut rest = text;
    for at in 0..=MOST_PLAIN {
        // What ends a tag may stand after white space.
        let begin = rest.trim_ascii_start();
        if begin.is_empty() {
            return Some(plain);
        }
        if begin.len() == rest.len() {
            return None;
        }
        // Names are short: a search that looks at many bytes at once would take longer to begin.
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let length = begin.bytes().position(|byte| !is_of_name(byte)).filter(|it| *it > 0)?;
        let (name, value) = (begin.get(..length)?, begin.get(length..)?);
        let quote = match value.as_bytes() {
            [b'=', quote @ (b'"' | b'\''), ..] => *quote,
            _ => return None,
        };
        let value = value.get(2..)?;
        let end = memchr::memchr(quote, value.as_bytes())?;
        let (value, after) = (value.get(..end)?, value.get(end + 1..)?);
        let is_twice = plain.iter().take(at).flatten().any(|(other, _)| *other == name);
        if is_twice {
            return None;
        }
        *plain.get_mut(at)? = Some((name, value));
        rest = after;
    }
    None
}

/// Keeps as much of `part` as there is room for.
fn keep(text: &mut Vec<u8>, room: &mut usize, part: &[u8]) {
    if *room > 0 {
        let part = part.get(..*room).unwrap_or(part);
        text.extend_from_slice(part);
        *room -= part.len();
    }
}

/// The tag as text; most is UTF-8, and checking all of it at once is the quick way.
fn lossy(tag: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(tag).map_or_else(|_| String::from_utf8_lossy(tag), Cow::Borrowed)
}

/// Why a value cannot be read: an entity that is not XML's own, or a reference that is none.
fn entity_or_broken(error: &quick_xml::Error) -> Found {
    use quick_xml::escape::EscapeError;
    if matches!(error, quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, _))) {
        return Found::Entity;
    }
    Found::BrokenXml
}

/// Follows what is open; answers with the tag's kind and depth.
fn follow(
    text: &str,
    depth: usize,
    deepest: usize,
    open: &mut Open,
) -> Result<(Kind, usize), Found> {
    if let Some(name) = text.strip_prefix('/') {
        let is_right = open.pop(name.trim_end());
        return if is_right { Ok((Kind::Close, depth)) } else { Err(Found::BrokenXml) };
    }
    if depth >= deepest {
        return Err(Found::TooDeep);
    }
    if !text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':') {
        return Err(Found::BrokenXml);
    }
    if text.ends_with('/') {
        return Ok((Kind::Empty, depth + 1));
    }
    open.push(name_of(text));
    Ok((Kind::Open, depth + 1))
}

fn name_of(text: &str) -> &str {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
    text.bytes().position(|byte| ends(&byte)).and_then(|end| text.get(..end)).unwrap_or(text)
}

fn content(text: Cow<'_, str>, kind: Kind) -> BytesStart<'_> {
    let text = match (kind, text) {
        (Kind::Open, text) => text,
        (Kind::Empty, Cow::Borrowed(text)) => Cow::Borrowed(text.strip_suffix('/').unwrap_or(text)),
        (Kind::Empty, Cow::Owned(mut text)) => {
            text.pop();
            Cow::Owned(text)
        }
        (Kind::Close, Cow::Borrowed(text)) => Cow::Borrowed(text.strip_prefix('/').unwrap_or(text)),
        (Kind::Close, Cow::Owned(text)) => {
            Cow::Owned(text.strip_prefix('/').unwrap_or(&text).to_owned())
        }
    };
    let length = name_of(&text).len();
    BytesStart::from_content(text, length)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    /// The document's tags as short words, read in pieces of `piece` bytes.
    fn tags(document: &[u8], piece: usize) -> Result<Vec<String>, Found> {
        let mut reader = BufReader::with_capacity(piece, document);
        let mut input = Counted::new(&mut reader);
        let mut tags = Tags::new(&mut input, 100, 8);
        let mut words = Vec::new();
        while let Some(tag) = tags.next()? {
            let mark = match tag.kind {
                Kind::Open => "",
                Kind::Empty => "/",
                Kind::Close => "-",
            };
            let mut word = format!("{}{}{mark}", tag.depth, tag.name());
            tag.attributes(|name, value| {
                let _ = write!(word, " {name}={value}");
            })?;
            words.push(word);
        }
        Ok(words)
    }

    #[track_caller]
    fn check(document: &str, wanted: &[&str]) {
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(
                tags(document.as_bytes(), piece).as_deref(),
                Ok(wanted_words(wanted).as_slice()),
                "{document} in {piece}"
            );
        }
    }

    fn wanted_words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn tags_are_found_between_anything() {
        check(
            "<?xml version='1.0'?> <a> text &unknown; <b x='1' y=\"2>3\"/></a>",
            &["1a", "2b/ x=1 y=2>3", "1a-"],
        );
        check("<a><!-- <b> -- > --><![CDATA[<c>]] ]>]]></a>", &["1a", "1a-"]);
        check("<n:a><n:b\n z='&lt;&#65;&amp;'></n:b ></n:a>", &["1a", "2b z=<A&", "2b-", "1a-"]);
        check("<!DOCTYPE a [ <!ENTITY e \"]>\"> <!-- ' --> <?p ]> ?> ]> <a/>", &["1a/"]);
        check("<!DOCTYPE a SYSTEM 'x>y'><a/>", &["1a/"]);
        check("", &[]);
    }

    #[track_caller]
    fn check_wrong(document: &[u8], wanted: Found) {
        for piece in [1, 2, 5, 1000] {
            assert_eq!(tags(document, piece), Err(wanted), "{}", String::from_utf8_lossy(document));
        }
    }

    #[test]
    fn what_breaks_the_rules_is_named() {
        check_wrong(b"<a>", Found::End);
        check_wrong(b"<a", Found::End);
        check_wrong(b"<a x='>", Found::End);
        check_wrong(b"<a><!-- ", Found::End);
        check_wrong(b"<a><![CDATA[ ]]", Found::End);
        check_wrong(b"<!DOCTYPE a [", Found::End);
        check_wrong(b"<a></b>", Found::BrokenXml);
        check_wrong(b"</a>", Found::BrokenXml);
        check_wrong(b"<a x=1/>", Found::BrokenXml);
        check_wrong(b"<a><1/></a>", Found::BrokenXml);
        check_wrong(b"<a x='&e;'/>", Found::Entity);
        check_wrong("<a>".repeat(9).as_bytes(), Found::TooDeep);
        check_wrong(format!("<a x='{}'/>", "x".repeat(100)).as_bytes(), Found::TooLong);
        check_wrong(b"<a x='b & c'/>", Found::BrokenXml);
        check_wrong(b"<a x='&#0;'/>", Found::BrokenXml);
        check_wrong(b"<a/>text", Found::Outside);
        check_wrong(b"<a/><a/>", Found::Outside);
        check_wrong(b"text<a/>", Found::Outside);
    }

    #[test]
    fn a_tag_that_nobody_asks_for_its_attributes_may_be_of_any_length() {
        let long = "x/>".repeat(1000);
        for (end, kinds) in
            [("/>", vec![Kind::Open, Kind::Empty]), (">", vec![Kind::Open, Kind::Open])]
        {
            for piece in [1, 7, 100_000] {
                let document = format!("<a><failure message='{long}'{end}");
                let mut reader = BufReader::with_capacity(piece, document.as_bytes());
                let mut input = Counted::new(&mut reader);
                let mut tags = Tags::new(&mut input, 100, 8);
                let mut seen = Vec::new();
                for _ in 0..2 {
                    let tag = tags.next().unwrap().unwrap();
                    assert_eq!(tag.name(), if seen.is_empty() { "a" } else { "failure" });
                    seen.push(tag.kind);
                }
                assert_eq!(seen, kinds);
            }
        }
    }

    #[test]
    fn a_tag_of_attributes_ends_before_it_takes_long() {
        let many: String = (0..=MOST_ATTRIBUTES).fold(String::new(), |mut tag, number| {
            let _ = write!(tag, " a{number}=''");
            tag
        });
        let document = format!("<a{many}/>");
        let mut reader = document.as_bytes();
        let mut input = Counted::new(&mut reader);
        let mut tags = Tags::new(&mut input, 1 << 16, 8);
        let tag = tags.next().unwrap().unwrap();
        let mut seen = 0;
        assert_eq!(tag.attributes(|_, _| seen += 1), Err(Found::TooLong));
        assert_eq!(seen, MOST_ATTRIBUTES);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced_and_do_no_harm() {
        assert_eq!(tags(b"<a x='caf\xe9'>\xff</a>", 3).unwrap(), ["1a x=caf\u{fffd}", "1a-"]);
    }

    /// The attributes as quick-xml reads them.
    fn slow(text: &str) -> Option<Vec<(String, String)>> {
        BytesStart::from_content(text, 1)
            .attributes()
            .map(|attribute| {
                let attribute = attribute.ok()?;
                let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
                Some((attribute.key.as_ref().to_owned(), value.into_owned()))
            })
            .collect()
    }

    proptest! {
        #[test]
        fn the_quick_way_reads_attributes_as_quick_xml_does(
            text in "[ ab=\"]{0,12}|( {0,2}[ab]=('[ab>/ ]{0,3}'|\"[a&<\n;']{0,3}\")){0,4} ?",
        ) {
            let tag = format!("t{text}");
            if let Some(plain) = plain_attributes(&text) {
                let plain: Vec<_> = plain
                    .into_iter()
                    .flatten()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                prop_assert_eq!(Some(plain), slow(&tag));
            }
        }

        #[test]
        fn any_pieces_give_the_same_tags(document in "[<>/ab='\"!\\[\\]\\-? ]{0,60}", piece in 1_usize..9) {
            prop_assert_eq!(tags(document.as_bytes(), piece), tags(document.as_bytes(), 1000));
        }
    }
}
