//! Names of images: `registry/path/name:tag@digest`, and how a policy says what they look like.
//!
//! A pattern is literal text with places: `<name>` or `<service>` is one part of a path, `<version>` is
//! `1.2.3` with what may follow (`-rc.1`, `+build`), `<tag>` any tag but `latest`. An image that has a digest
//! and no tag need only fit what stands before the tag.

use diagnostics::config::{Table, Word};
use diagnostics::text;

/// The parts of an image's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Image<'a> {
    /// The registry and the path.
    pub(super) repository: &'a str,
    pub(super) tag: Option<&'a str>,
    pub(super) digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let last = rest.get(slash..).unwrap_or_default();
        match last.find(':') {
            Some(colon) => {
                let (repository, tag) = rest.split_at(slash + colon);
                Self { repository, tag: tag.get(1..), digest }
            }
            None => Self { repository: rest, tag: None, digest },
        }
    }

    /// Whether it is the same image tomorrow, as far as its name can say that.
    pub(super) fn is_fixed(&self) -> bool {
        let is_digest = |digest: &str| {
            digest.strip_prefix("sha256:").is_some_and(|hex| {
                hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        };
        match (self.digest, self.tag) {
            (Some(digest), _) => is_digest(digest),
            (None, Some(tag)) => !tag.is_empty() && tag != "latest",
            (None, None) => false,
        }
    }
}

/// How images are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    /// As it is written.
    pub written: String,
    repository: Vec<Part>,
    tag: Option<Vec<Part>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name,
    Version,
    Tag,
}

const PLACES: [(&str, Part); 4] =
    [("name", Part::Name), ("service", Part::Name), ("version", Part::Version), ("tag", Part::Tag)];

impl ImageName {
    /// Reads a pattern, or tells what is wrong with it.
    pub(super) fn read(table: &Table<'_, '_>, word: &Word) -> Option<Self> {
        let help = "write `ghcr.io/org/<name>:v<version>`: text, with `<name>`, `<service>`, `<version>` or `<tag>`";
        let read = Self::of(&word.text);
        if read.is_none() {
            table.wrong(word, text!["expected how images are named"], help);
        }
        read
    }

    fn of(written: &str) -> Option<Self> {
        let image = Image::of(written);
        if written.trim().is_empty() || image.digest.is_some() {
            return None;
        }
        Some(Self {
            written: written.to_owned(),
            repository: parts(image.repository)?,
            tag: match image.tag {
                Some(tag) => Some(parts(tag)?),
                None => None,
            },
        })
    }

    /// Whether an image is named so.
    pub(super) fn fits(&self, image: &Image<'_>) -> bool {
        fits(&self.repository, image.repository)
            && match (&self.tag, image.tag) {
                (Some(wanted), Some(tag)) => fits(wanted, tag),
                (None, _) => true,
                (Some(_), None) => image.digest.is_some(),
            }
    }
}

/// Text with places; nothing where a place is not known or not closed.
fn parts(mut text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some((before, rest)) = text.split_once('<') {
        let (name, after) = rest.split_once('>')?;
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(PLACES.iter().find(|(known, _)| *known == name)?.1.clone());
        text = after;
    }
    if text.contains('>') {
        return None;
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
    Some(parts)
}

/// Whether text has these parts: each place takes as much as leaves something right for the rest. The sets
/// of ends that each part can reach keep it from trying one way after another.
fn fits(parts: &[Part], text: &str) -> bool {
    let ends: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
    if text.len() > 512 {
        return false;
    }
    let mut reached = vec![0];
    for part in parts {
        let mut next: Vec<usize> = Vec::new();
        for start in &reached {
            for end in ends.iter().filter(|end| *end >= start) {
                if part.is(text.get(*start..*end).unwrap_or_default()) && !next.contains(end) {
                    next.push(*end);
                }
            }
        }
        reached = next;
    }
    reached.contains(&text.len())
}

impl Part {
    fn is(&self, text: &str) -> bool {
        match self {
            Self::Text(wanted) => text == wanted,
            Self::Name => is_name(text),
            Self::Version => is_version(text),
            Self::Tag => !text.is_empty() && text != "latest",
        }
    }
}

/// One part of a path of the distribution specification: small letters and digits, with separators between.
fn is_name(text: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |byte: u8| is_letter(&byte) || matches!(byte, b'.' | b'_' | b'-');
    let bytes = text.as_bytes();
    bytes.first().is_some_and(is_letter)
        && bytes.last().is_some_and(is_letter)
        && bytes.iter().all(|byte| is_part(*byte))
}

/// `1.2.3`, with what semantic versions may have behind it.
fn is_version(text: &str) -> bool {
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, rest) = text.split_at(end);
    let is_number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    let is_rest = |rest: &str| {
        let inner = rest.get(1..).unwrap_or_default();
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'+');
        !inner.is_empty() && inner.bytes().all(is_word)
    };
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && (rest.is_empty() || is_rest(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, image: &str, wanted: bool) {
        let pattern = ImageName::of(pattern).unwrap();
        assert_eq!(pattern.fits(&Image::of(image)), wanted, "{image}");
    }

    #[test]
    fn an_image_has_a_repository_a_tag_and_a_digest() {
        let parts = |text| {
            let Image { repository, tag, digest } = Image::of(text);
            (repository, tag, digest)
        };
        assert_eq!(parts("redis"), ("redis", None, None));
        assert_eq!(parts("localhost:5000/a/b"), ("localhost:5000/a/b", None, None));
        assert_eq!(parts("h:5000/a:v1@sha256:0"), ("h:5000/a", Some("v1"), Some("sha256:0")));
        assert_eq!(parts("a:"), ("a", Some(""), None));
    }

    #[test]
    fn a_pattern_is_text_with_places() {
        let fhevm = "ghcr.io/zama-ai/fhevm-<service>:v<version>";
        check(fhevm, "ghcr.io/zama-ai/fhevm-coprocessor:v1.2.3", true);
        check(fhevm, "ghcr.io/zama-ai/fhevm-kms-connector:v0.10.0-rc.1", true);
        check(fhevm, "ghcr.io/zama-ai/fhevm-coprocessor:1.2.3", false);
        check(fhevm, "ghcr.io/zama-ai/fhevm-coprocessor:v1.2", false);
        check(fhevm, "ghcr.io/zama-ai/fhevm-coprocessor:v01.2.3", false);
        check(fhevm, "ghcr.io/zama-ai/fhevm-:v1.2.3", false);
        check(fhevm, "ghcr.io/zama-ai/coprocessor:v1.2.3", false);
        check(fhevm, "ghcr.io/zama-ai/fhevm-a/b:v1.2.3", false);
        check(fhevm, "evil.io/ghcr.io/zama-ai/fhevm-a:v1.2.3", false);
        check(fhevm, "ghcr.io/zama-ai/fhevm-a:latest", false);
        check(fhevm, "ghcr.io/zama-ai/fhevm-a@sha256:00", true);
        check("<name>:<tag>", "redis:7", true);
        check("<name>:<tag>", "redis:latest", false);
        check("redis", "redis:7", true);
    }

    #[test]
    fn places_that_nobody_knows_are_refused() {
        for wrong in ["", " ", "a/<verison>", "a/<name", "a/name>", "a/<>", "a@sha256:00"] {
            assert_eq!(ImageName::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn many_places_cost_little() {
        let pattern = ImageName::of(&"<name>".repeat(60)).unwrap();
        assert!(!pattern.fits(&Image::of(&"a".repeat(400).replace("aaaa", "aaa/"))));
    }
}
