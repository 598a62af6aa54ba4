//! Which finding of the base a finding is.
//!
//! A finding is known by its tool, its rule, its path, and the first of these that there is: the
//! fingerprint that its tool gives, its package with the version, the quoted source, its message. There
//! may be several that cannot be told apart; then the base's are counted against the head's, so that a
//! second one is new.

use std::collections::HashMap;

use repo_model::from_hexadecimal;
use sha2::{Digest as _, Sha256};

use super::findings::{Findings, Kept};
use reports::findings::is_placeholder;

/// The beginning of a SHA-256, which is enough that no two are the same by chance.
pub(super) type Id = [u8; 16];

/// What a tool's fingerprint is on: a tool, a rule, a fingerprint.
type Use<'f> = (&'f [u8], &'f [u8], &'f [u8]);

/// Tells findings apart.
pub(super) struct Identities<'f> {
    findings: &'f Findings,
    /// What the findings with one fingerprint have in common; nothing where they have not.
    uses: HashMap<Use<'f>, Option<&'f [u8]>>,
}

impl<'f> Identities<'f> {
    pub(super) fn new(findings: &'f Findings) -> Self {
        // Growing hashes everything again.
        let mut it = Self { findings, uses: HashMap::with_capacity(findings.kept.len()) };
        for kept in &findings.kept {
            if !findings.text(kept.fingerprint).is_empty() {
                let content = Some(it.content(kept));
                let common = it.uses.entry(it.used(kept)).or_insert(content);
                if *common != content {
                    *common = None;
                }
            }
        }
        it
    }

    fn used(&self, kept: &Kept) -> Use<'f> {
        let text = |span| self.findings.text(span);
        (text(kept.tool), text(kept.rule), text(kept.fingerprint))
    }

    /// What a finding is about, in the report's own words.
    fn content(&self, kept: &Kept) -> &'f [u8] {
        let source = self.findings.text(kept.source);
        if source.is_empty() { self.findings.text(kept.message) } else { source }
    }

    /// The identity by which a finding is told.
    pub(super) fn told(&self, kept: &Kept) -> Id {
        self.strong(kept).unwrap_or_else(|| self.weak(kept))
    }

    /// The identity with the tool's fingerprint, if that can be used.
    fn strong(&self, kept: &Kept) -> Option<Id> {
        let fingerprint = self.findings.text(kept.fingerprint);
        // One fingerprint on findings that differ tells none of them from the others.
        let is_usable = !is_placeholder(fingerprint)
            && self.uses.get(&self.used(kept)).is_some_and(Option::is_some);
        is_usable.then(|| id(&self.common(kept), &[b"fingerprint", fingerprint]))
    }

    /// The identity without it.
    fn weak(&self, kept: &Kept) -> Id {
        let text = |span| self.findings.text(span);
        let package = text(kept.package);
        if package.is_empty() {
            id(&self.common(kept), &[b"content", self.content(kept)])
        } else {
            id(&self.common(kept), &[b"package", package, text(kept.version)])
        }
    }

    fn common(&self, kept: &Kept) -> [&'f [u8]; 3] {
        [kept.tool, kept.rule, kept.path].map(|span| self.findings.text(span))
    }
}

/// The hash of several texts, each with its length, so that no two lists have one hash.
fn id(common: &[&[u8]], own: &[&[u8]]) -> Id {
    let mut hash = Sha256::new();
    for text in common.iter().chain(own) {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(text);
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// What the base had: each finding as often as it is there.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// By its identities, in order, which finding of the base it is: those with a fingerprint; all without
    /// it; those that have none.
    strong: Vec<(Id, u32)>,
    weak: Vec<(Id, u32)>,
    alone: Vec<(Id, u32)>,
}

impl Base {
    /// What was found in the base.
    pub fn of(findings: &Findings) -> Self {
        let identities = Identities::new(findings);
        let mut base = Self::default();
        for (kept, entry) in findings.kept.iter().zip(0..) {
            let weak = identities.weak(kept);
            match identities.strong(kept) {
                Some(strong) => base.strong.push((strong, entry)),
                None => base.alone.push((weak, entry)),
            }
            base.weak.push((weak, entry));
        }
        base.sorted()
    }

    /// What was found in the base, by the fingerprints of its reasons, as this gate gives them: 32
    /// hexadecimal digits. Other words are no finding of this gate.
    pub fn of_fingerprints<'a>(fingerprints: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let ids = fingerprints.into_iter().filter_map(unwritten).zip(0..);
        let all: Vec<(Id, u32)> = ids.collect();
        Self { strong: all.clone(), weak: all.clone(), alone: all }.sorted()
    }

    fn sorted(mut self) -> Self {
        self.strong.sort_unstable();
        self.weak.sort_unstable();
        self.alone.sort_unstable();
        self
    }

    pub(super) fn matching(&self) -> Matching<'_> {
        Matching {
            is_used: vec![false; self.weak.len()],
            strong: Left::new(&self.strong),
            weak: Left::new(&self.weak),
            alone: Left::new(&self.alone),
        }
    }
}

/// The base's findings, each to be matched once.
pub(super) struct Matching<'b> {
    is_used: Vec<bool>,
    strong: Left<'b>,
    weak: Left<'b>,
    alone: Left<'b>,
}

/// A list of the base, and how many of the entries with one identity were looked at: at the first of them.
struct Left<'b> {
    list: &'b [(Id, u32)],
    seen: Vec<u32>,
}

impl Matching<'_> {
    /// Whether the base has a finding that was not yet matched. One with another fingerprint is another.
    pub(super) fn take(&mut self, identities: &Identities<'_>, kept: &Kept) -> bool {
        let used = &mut self.is_used;
        match identities.strong(kept) {
            Some(strong) => {
                self.strong.take(strong, used)
                    || (!self.alone.list.is_empty() && self.alone.take(identities.weak(kept), used))
            }
            None => self.weak.take(identities.weak(kept), used),
        }
    }
}

impl<'b> Left<'b> {
    fn new(list: &'b [(Id, u32)]) -> Self {
        Self { list, seen: vec![0; list.len()] }
    }

    fn take(&mut self, id: Id, is_used: &mut [bool]) -> bool {
        let first = self.list.partition_point(|(other, _)| *other < id);
        let Some(seen) = self.seen.get_mut(first) else { return false };
        loop {
            let at = first + usize::try_from(*seen).unwrap_or(usize::MAX);
            let Some((_, entry)) = self.list.get(at).filter(|(other, _)| *other == id) else {
                return false;
            };
            *seen += 1;
            let entry = usize::try_from(*entry).unwrap_or(usize::MAX);
            if let Some(is_used) = is_used.get_mut(entry)
                && !*is_used
            {
                *is_used = true;
                return true;
            }
        }
    }
}

/// An identity in hexadecimal digits.
pub(super) fn written(id: Id) -> Vec<u8> {
    repo_model::hexadecimal(&id).into_bytes()
}

fn unwritten(text: &[u8]) -> Option<Id> {
    Id::try_from(from_hexadecimal(str::from_utf8(text).ok()?)?).ok()
}
