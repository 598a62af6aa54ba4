//! Where a result is: addresses of files, and what they are relative to (§3.4, §3.14.14).

use std::borrow::Cow;
use std::collections::BTreeMap;

use bstr::BString;
use serde::Deserialize;

use super::{Fold, Whole};
use crate::findings::json::Words;

/// `artifactLocation` (§3.4).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation<'a> {
    #[serde(borrow)]
    uri: Option<Words<'a>>,
    #[serde(borrow)]
    uri_base_id: Option<Words<'a>>,
    index: Option<Whole>,
}

/// The files that a run knows, of which a result may give the index only.
#[derive(Default)]
pub(super) struct Artifacts<'a>(Vec<ArtifactLocation<'a>>);

#[derive(Deserialize)]
pub(super) struct Artifact<'a> {
    #[serde(borrow)]
    location: Option<ArtifactLocation<'a>>,
}

impl<'a> Fold for Artifacts<'a> {
    type Element = Artifact<'a>;

    fn add(&mut self, artifact: Artifact<'a>) -> bool {
        self.0.push(artifact.location.unwrap_or_default());
        self.0.len() <= 5_000_000
    }
}

/// What addresses are relative to, by its name.
#[derive(Deserialize)]
pub(super) struct Bases<'a>(#[serde(borrow)] BTreeMap<Words<'a>, ArtifactLocation<'a>>);

impl<'a> Bases<'a> {
    /// The address of a base: absolute, or relative to the repository.
    fn address(&self, id: &Words<'a>) -> BString {
        let mut address = BString::default();
        let mut id = Some(id);
        // Bases may be relative to one another, and by mistake in a circle.
        for _ in 0..8 {
            let Some(base) = id.and_then(|id| self.0.get(id)) else { break };
            let mut part = base.uri.as_ref().map_or_else(BString::default, |uri| path(uri));
            if !part.is_empty() && !part.ends_with(b"/") {
                part.push(b'/');
            }
            part.extend_from_slice(&address);
            address = part;
            id = base.uri_base_id.as_ref().filter(|_| !is_absolute(&address));
        }
        address
    }

    /// Where the repository is: the base that says so in its name, as `%SRCROOT%` and `ROOTPATH` do, or
    /// the only one.
    fn root(&self) -> Option<BString> {
        let names = self.0.keys();
        let is_root = |name: &&Words<'a>| name.to_ascii_uppercase().windows(4).any(|it| it == b"ROOT");
        let root = names.clone().find(is_root).or_else(|| names.last().filter(|_| self.0.len() == 1));
        root.map(|id| self.address(id)).filter(|root| is_absolute(root))
    }
}

/// What the addresses of a run are held against.
pub(super) struct Places<'r, 'a> {
    bases: Option<&'r Bases<'a>>,
    root: Option<BString>,
    artifacts: Option<&'r Artifacts<'a>>,
}

impl<'r, 'a> Places<'r, 'a> {
    pub(super) fn new(
        bases: Option<&'r Bases<'a>>,
        artifacts: Option<&'r Artifacts<'a>>,
    ) -> Self {
        Self { bases, root: bases.and_then(Bases::root), artifacts }
    }

    /// The path of a file, relative to the repository where that is known.
    pub(super) fn path(&self, location: &ArtifactLocation<'a>) -> Option<BString> {
        let index = location.index.and_then(Whole::index);
        let listed = || self.artifacts.and_then(|artifacts| artifacts.0.get(index?));
        let it = if location.uri.is_some() { location } else { listed()? };
        let mut found = path(it.uri.as_ref()?);
        if let Some(bases) = self.bases
            && let Some(id) = it.uri_base_id.as_ref().filter(|_| !is_absolute(&found))
        {
            let mut whole = bases.address(id);
            whole.extend_from_slice(&found);
            found = whole;
        }
        if let Some(below) = self.root.as_ref().and_then(|root| found.strip_prefix(&***root)) {
            found = below.into();
        }
        Some(found).filter(|it| !it.is_empty())
    }
}

/// Whether a path says where it is without anything else.
fn is_absolute(path: &[u8]) -> bool {
    matches!(path, [b'/' | b'\\', ..] | [_, b':', b'/' | b'\\', ..])
}

/// The path in an address: without `file:`, and with the characters that stand for themselves (RFC 3986,
/// RFC 8089). An address of another kind stays as it is.
pub(super) fn path(uri: &[u8]) -> BString {
    let Some(rest) = uri.get(..5).filter(|it| it.eq_ignore_ascii_case(b"file:")) else {
        return decoded(uri).into_owned().into();
    };
    let rest = uri.get(rest.len()..).unwrap_or_default();
    let path = match rest.strip_prefix(b"//") {
        // Behind a host's name there is a `/`; `C:` is none.
        Some(rest) if !rest.starts_with(b"/") && rest.get(1) != Some(&b':') => {
            memchr::memchr(b'/', rest).and_then(|at| rest.get(at..)).unwrap_or_default()
        }
        Some(rest) => rest,
        None => rest,
    };
    let path = decoded(path);
    let is_drive = matches!(&*path, [b'/', letter, b':', ..] if letter.is_ascii_alphabetic());
    path.get(usize::from(is_drive)..).unwrap_or_default().into()
}

/// `%20` as a space. A `%` that begins no such sign stands for itself.
fn decoded(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'%', text) else { return Cow::Borrowed(text) };
    let (plain, mut rest) = text.split_at(first);
    let mut decoded = plain.to_vec();
    while let Some((byte, after)) = rest.split_first() {
        let sign = after.get(..2).filter(|_| *byte == b'%').and_then(|digits| {
            let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
            u8::try_from(digit(0)? * 16 + digit(1)?).ok()
        });
        decoded.push(sign.unwrap_or(*byte));
        rest = after.get(if sign.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &str, wanted: &str) {
        assert_eq!(path(uri.as_bytes()), wanted, "{uri}");
    }

    #[test]
    fn an_address_becomes_a_path() {
        check("src/a%20b.rs", "src/a b.rs");
        check("100%.md", "100%.md");
        check("a%2", "a%2");
        check("a%zz%41", "a%zzA");
        check("file:///repo/a.rs", "/repo/a.rs");
        check("FILE:///repo/a%23.rs", "/repo/a#.rs");
        check("file://host/repo/a.rs", "/repo/a.rs");
        check("file:/repo/a.rs", "/repo/a.rs");
        check("file:///C:/repo/a.rs", "C:/repo/a.rs");
        check("file://C:/repo/a.rs", "C:/repo/a.rs");
        check("https://example.com/a%20b", "https://example.com/a b");
        check("", "");
    }
}
