//! Which findings are one: the same advisory, by any of its names, on the same version of the same
//! package, told by several scanners.
//!
//! Two places of one scanner stay two findings, because somebody may have answered for one of them
//! alone; a scanner that names no place joins the others.

use std::collections::{BTreeMap, HashMap};

use super::findings::{Findings, Kept};

/// More findings of one advisory on one package are told apart by their paths alone.
const COMPARED: usize = 64;

/// For each finding the first of those that it is one with.
pub(super) fn joined(findings: &Findings) -> Vec<usize> {
    let mut sets = Sets { leader: (0..findings.kept.len()).collect() };
    let mut first: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut has_no_version = false;
    for (at, kept) in findings.kept.iter().enumerate() {
        if findings.text(kept.package).is_empty() {
            continue;
        }
        has_no_version |= findings.text(kept.version).is_empty();
        for name in findings.names(kept) {
            let key = key(name, findings.text(kept.package), Some(findings.text(kept.version)));
            let other = *first.entry(key).or_insert(at);
            sets.join(other, at);
        }
    }
    if has_no_version {
        join_without_version(findings, &mut sets);
    }
    apart(findings, &sets.finish())
}

/// A finding that does not say the version is that of the only version there is.
fn join_without_version(findings: &Findings, sets: &mut Sets) {
    // By advisory and name: the versions' sets, as long as it is one.
    let mut versions: HashMap<Vec<u8>, Option<usize>> = HashMap::new();
    let named = || {
        let all = findings.kept.iter().enumerate();
        all.filter(|(_, kept)| !findings.text(kept.package).is_empty())
    };
    for (at, kept) in named().filter(|(_, kept)| !findings.text(kept.version).is_empty()) {
        for name in findings.names(kept) {
            let leader = sets.find(at);
            let key = key(name, findings.text(kept.package), None);
            let only = versions.entry(key).or_insert(Some(leader));
            if only.is_some_and(|only| sets.find(only) != leader) {
                *only = None;
            }
        }
    }
    for (at, kept) in named().filter(|(_, kept)| findings.text(kept.version).is_empty()) {
        for name in findings.names(kept) {
            let key = key(name, findings.text(kept.package), None);
            if let Some(Some(only)) = versions.get(&key) {
                sets.join(*only, at);
            }
        }
    }
}

/// An advisory and a package, as different scanners may write them.
fn key(name: &[u8], package: &[u8], version: Option<&[u8]>) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + package.len() + 24);
    key.extend(name.iter().map(u8::to_ascii_lowercase));
    key.push(0);
    // PyPI takes both for one, and no registry has packages that differ by it alone.
    let letter = |byte: &u8| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    key.extend(package.iter().map(letter));
    if let Some(version) = version {
        key.push(0);
        key.extend_from_slice(version.strip_prefix(b"v").unwrap_or(version));
    }
    key
}

/// Sets that are joined; the leader is the first of its set.
struct Sets {
    leader: Vec<usize>,
}

impl Sets {
    fn find(&mut self, of: usize) -> usize {
        let mut at = of;
        while let Some(next) = self.leader.get(at).copied()
            && next != at
        {
            // Halves the way for whoever asks next.
            let after = self.leader.get(next).copied().unwrap_or(next);
            if let Some(leader) = self.leader.get_mut(at) {
                *leader = after;
            }
            at = after;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        if let Some(leader) = self.leader.get_mut(one.max(other)) {
            *leader = one.min(other);
        }
    }

    fn finish(mut self) -> Vec<usize> {
        (0..self.leader.len()).map(|at| self.find(at)).collect()
    }
}

/// Takes the findings of one set apart that are at different places.
fn apart(findings: &Findings, leaders: &[usize]) -> Vec<usize> {
    let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, leader) in leaders.iter().enumerate().filter(|(at, leader)| at != *leader) {
        sets.entry(*leader).or_insert_with(|| vec![*leader]).push(at);
    }
    let mut leaders = leaders.to_vec();
    for members in sets.into_values() {
        let mut places: Vec<Place<'_>> = Vec::new();
        let mut by_path: BTreeMap<&[u8], usize> = BTreeMap::new();
        for at in members {
            let Some(kept) = findings.kept.get(at) else { continue };
            let path = findings.text(kept.path);
            let same = by_path.get(path).copied();
            let fitting = || {
                let few = places.iter().take(COMPARED);
                few.enumerate().find(|(_, place)| place.takes(findings, kept)).map(|(at, _)| at)
            };
            let index = same.or_else(fitting).unwrap_or(places.len());
            if index == places.len() {
                places.push(Place { leader: at, seen: Vec::new() });
            }
            if let Some(place) = places.get_mut(index) {
                if place.seen.len() < COMPARED {
                    place.seen.push((findings.text(kept.tool), path));
                }
                if let Some(leader) = leaders.get_mut(at) {
                    *leader = place.leader;
                }
            }
            by_path.entry(path).or_insert(index);
        }
    }
    leaders
}

/// Where some of the findings of a set are.
struct Place<'f> {
    leader: usize,
    /// By which scanner at which path.
    seen: Vec<(&'f [u8], &'f [u8])>,
}

impl Place<'_> {
    /// Whether a finding is at this place: as far as one can tell, and not at another one of its own
    /// scanner.
    fn takes(&self, findings: &Findings, kept: &Kept) -> bool {
        let (tool, path) = (findings.text(kept.tool), findings.text(kept.path));
        self.seen.iter().all(
            |(other, place)| {
                if *other == tool { *place == path } else { may_be_one(place, path) }
            },
        )
    }
}

/// Whether two paths can be one file's: one may be relative to a folder, or not be known.
fn may_be_one(one: &[u8], other: &[u8]) -> bool {
    let (long, short) = if one.len() < other.len() { (other, one) } else { (one, other) };
    short.is_empty()
        || long
            .strip_suffix(short)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with(b"/") || short.starts_with(b"/"))
}
